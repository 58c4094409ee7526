package chainrpc

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOneSender: nothing else of the product signs transactions, or hands one to a node, but service/transact and poa, by which a
// node sends its own to its own chain. What is checked before one is signed is checked here, for all whom others tell of the chain.
func TestOneSender(t *testing.T) {
	const root = "../.."
	signs := regexp.MustCompile(`\b(SignNewTx|MustSignNewTx|SignTx|SendTransaction|eth_sendRawTransaction|eth_sendTransaction|WithSignature|bind\.Transact\w*)\b`)
	seen := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		switch first, _, _ := strings.Cut(filepath.ToSlash(rel), "/"); {
		case entry.IsDir() && (first == "test" || first == "bench" || first == "build" || rel != "." && strings.HasPrefix(entry.Name(), ".") || strings.HasSuffix(rel, "test") || entry.Name() == "bindings"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			if !signs.MatchString(code) {
				continue
			}
			if filepath.ToSlash(rel) == "client/chainrpc/send.go" {
				seen++
			} else if dir := filepath.ToSlash(filepath.Dir(rel)); dir != "service/transact" && rel != filepath.Join("poa", "governing.go") && dir != "rpcapi/jsonrpc" { // the latter's methods, for others
				t.Errorf("%s:%d: %s", rel, i+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil || seen < 2 {
		t.Errorf("%d places in send.go: %v", seen, err)
	}
}
