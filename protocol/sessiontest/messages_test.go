package sessiontest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Each message has a line in the table, and a transcript in which it is sent: a new one is not told as nothing.
func TestEveryMessageIsTold(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	check(err)
	told := make(map[string]bool)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		for _, m := range regexp.MustCompile(`(?m)^ +n\d → [n\d ]+: (\w+) \[`).FindAllSubmatch(text, -1) {
			told[string(m[1])] = true
		}
	}
	for code := range wire.Code(wire.ProtocolLength) {
		m := wire.New(code)
		switch {
		case m == nil && descriptions[code] != nil:
			t.Errorf("message %#x is described, and there is none", code)
		case m == nil:
		case descriptions[code] == nil:
			t.Errorf("%s has no line in descriptions", messageName(m))
		case !told[messageName(m)]:
			t.Errorf("%s is in no transcript: add it to the script of its family", messageName(m))
		}
	}
}
