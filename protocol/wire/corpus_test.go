package wire

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

var updateCorpus = flag.Bool("update-corpus", false, "write what the fuzzers' corpora lack of messages, remove what they have too much")

// corpora are those that have a file for each message, named after its type, and the arguments
// that follow code and payload there. Names with a dash are other cases.
var corpora = map[string]string{
	"testdata/fuzz/FuzzDecode":     "",
	"../testdata/fuzz/FuzzReceive": "uint32(0)\n",
}

// TestCorpus: each message of the table has its example in the corpora, which decodes, and there
// is none of a message that is no more.
func TestCorpus(t *testing.T) {
	for dir, rest := range corpora {
		missing := make(map[string]Message)
		for _, m := range append(samples(), storedSamples()...) {
			if name := typeName(m); missing[name] == nil {
				missing[name] = m
			}
		}
		for code, r := range known.messages {
			if missing[typeName(r.new())] == nil {
				t.Errorf("message %#x, %T, is missing in samples", code, r.new())
			}
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			path := filepath.Join(dir, f.Name())
			switch err := checkEntry(path, rest); {
			case strings.Contains(f.Name(), "-"):
			case err == nil:
				delete(missing, f.Name())
			case *updateCorpus:
				os.Remove(path)
			default:
				t.Errorf("%s: %v", path, err)
			}
		}
		for name, m := range missing {
			payload, err := Encode(SessionID{9}, m)
			if err != nil {
				t.Fatal(err)
			}
			entry := fmt.Sprintf("go test fuzz v1\nbyte(%q)\n[]byte(%q)\n%s", rune(m.Code()), payload, rest)
			if path := filepath.Join(dir, name); !*updateCorpus {
				t.Errorf("%s is missing: go test ./protocol/wire -run TestCorpus -update-corpus", path)
			} else if err := os.WriteFile(path, []byte(entry), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func typeName(m Message) string { return strings.ToLower(reflect.TypeOf(m).Elem().Name()) }

// checkEntry tells whether a file of a corpus holds the message that its name says.
func checkEntry(path, rest string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := strings.SplitN(string(text), "\n", 4)
	if len(lines) != 4 || lines[0] != "go test fuzz v1" || lines[3] != rest {
		return fmt.Errorf("is no entry of this corpus")
	}
	code, err := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(lines[1], "byte("), ")"))
	if err != nil {
		return fmt.Errorf("code %s: %w", lines[1], err)
	}
	payload, err := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(lines[2], "[]byte("), ")"))
	if err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	_, m, err := Decode(Code([]rune(code)[0]), []byte(payload))
	if err == nil && typeName(m) != filepath.Base(path) {
		err = fmt.Errorf("is %T", m)
	}
	return err
}
