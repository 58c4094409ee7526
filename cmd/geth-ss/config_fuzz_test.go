package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/log"
)

// FuzzConfig reads configuration files: whatever the bytes, they are an error that says what is wrong, or a
// configuration that dumpconfig writes and --config reads again as the same.
func FuzzConfig(f *testing.F) {
	old := log.Root()
	log.SetDefault(log.NewLogger(log.DiscardHandler()))
	f.Cleanup(func() { log.SetDefault(old) })
	f.Add(dump(f, defaultConfig()))
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(bytes.ToLower(text), []byte("stun")) {
			t.Skip("a STUN server's name is looked up on the network")
		}
		cfg := defaultConfig()
		if err := readConfig(bytes.NewReader(text), &cfg); err != nil {
			if len(err.Error()) > 2*len(text)+512 || !helpful.MatchString(err.Error()) {
				t.Errorf("%q: an error that does not help: %v", text, err)
			}
			return
		}
		cfg.Eth.Genesis = nil // is not written
		written := dump(t, cfg)
		again := defaultConfig()
		if err := readConfig(bytes.NewReader(written), &again); err != nil {
			t.Fatalf("%q is written as\n%s\nwhich can't be read: %v", text, written, err)
		}
		if twice := dump(t, again); !bytes.Equal(twice, written) {
			t.Fatalf("%q is written as\n%s\nand then as\n%s", text, written, twice)
		}
		// Asked as at the start of a node: any verdict, no panic.
		_, _, _ = again.SecretStore.Validate(), again.PoA.Validate(), checkSupported(&again.Node)
	})
}

// helpful errors name a line, or what about the file as a whole is wrong.
var helpful = regexp.MustCompile(`line \d+: |not valid TOML: |is it the right file|behind: write`)

func dump(t testing.TB, cfg config) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := writeConfig(&out, cfg); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestMisspeltKeys: each key and section of a full configuration, misspelt, is refused by its name and line.
func TestMisspeltKeys(t *testing.T) {
	text := string(dump(t, defaultConfig()))
	var section string
	tried := 0
	for i, line := range strings.Split(text, "\n") {
		if line == "" {
			continue
		}
		var bent string
		if key, value, isKey := strings.Cut(line, " = "); isKey {
			bent = key + "X = " + value
		} else {
			section = line
			bent = strings.TrimSuffix(line, "]") + "X]"
		}
		tried++
		lines := strings.Split(text, "\n")
		lines[i] = bent
		cfg := defaultConfig()
		err := readConfig(strings.NewReader(strings.Join(lines, "\n")), &cfg)
		if err == nil || !strings.Contains(err.Error(), "X' is not defined in") {
			t.Errorf("%s: %s: %v", section, bent, err)
		}
	}
	if tried < 100 {
		t.Errorf("only %d keys in the dump", tried)
	}
}

// TestRetiredKeys: what geth once knew, and its files still carry, is no misspelling.
func TestRetiredKeys(t *testing.T) {
	for _, field := range retiredEthFields {
		cfg := defaultConfig()
		if err := readConfig(strings.NewReader("[Eth]\n"+field+" = 1\n"), &cfg); err != nil {
			t.Error(err)
		}
	}
}

// TestEmptyIsWritten: what is switched off, where the default is on, stays off in the dump.
func TestEmptyIsWritten(t *testing.T) {
	for _, text := range []string{
		"[Eth]\nTransactionHistory = 0\n", "[Node]\nHTTPPort = 0\n", "[Node]\nHTTPVirtualHosts = []\n", "[Node.P2P]\nNAT = \"none\"\n",
		"[Node]\nUserIdent = \"\\u0007\\u000b\\u0001\\\\x41\"\n",
	} {
		cfg := defaultConfig()
		if err := readConfig(strings.NewReader(text), &cfg); err != nil {
			t.Fatal(err)
		}
		line := strings.SplitAfter(text, "\n")[1]
		if written := string(dump(t, cfg)); !strings.Contains(written, line) {
			t.Errorf("%q is not in the dump", line)
		}
	}
}

// TestConfigTooHeavy: nobody waits for a file that none would write; what is within the bounds is read, or refused
// for what it says.
func TestConfigTooHeavy(t *testing.T) {
	user := func(text string) string { return "[Node]\nUserIdent = \"\"\"" + text + "\"\"\"\n" }
	for _, test := range []struct{ name, text, want string }{
		{"size", strings.Repeat("#", maxConfigSize+1), "longer than"},
		{"lists within lists", "a = " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), "brackets"},
		{"tables within tables", strings.Repeat("a={", 50_000), "brackets"},
		{"a long string", user(strings.Repeat("a", maxConfigQuoted+1)), "behind"},

		{"as long as may be", strings.Repeat("\n", maxConfigSize), ""},
		{"as many lists as may be", "a = " + strings.Repeat("[", maxConfigBrackets) + strings.Repeat("]", maxConfigBrackets), "field 'a' is not defined"},
		{"as many tables as may be", "a = " + strings.Repeat("{a = ", maxConfigBrackets) + "1" + strings.Repeat("}", maxConfigBrackets), "field 'a' is not defined"},
		{"a string as long as may be", user(strings.Repeat("a", maxConfigQuoted)), ""},
		{"sections within sections", "[a" + strings.Repeat(".a", maxConfigSize/2-2) + "]", "field 'a' is not defined"},
	} {
		cfg := defaultConfig()
		err := readConfig(strings.NewReader(test.text), &cfg)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: want %q, have %.200v", test.name, test.want, err)
		}
	}
}
