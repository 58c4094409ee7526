package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCut: .ci/cut lists every test that -short cuts, or there is one that never runs in full. What skips for several tests,
// here a helper, has all of its package's listed.
func TestCut(t *testing.T) {
	files := map[string]string{
		"own/a_test.go": "func TestWhole(t *testing.T) {\n}\n\nfunc TestSkipped(t *testing.T) {\n\tif SHORT {\n\t\tt.Skip()\n\t}\n}\n\n" +
			"func TestAlsoWhole(t *testing.T) {\n}\n",
		"own/b_test.go":    "func FuzzShorter(f *testing.F) {\n\tif SHORT {\n\t}\n}\n",
		"helper/a_test.go": "func (n *node) start(t *testing.T) {\n\tif SHORT {\n\t\tt.Skip()\n\t}\n}\n",
		"helper/b_test.go": "func TestByHelper(t *testing.T) {\n}\n\nfunc ExampleByHelper() {\n}\n",
		"main/a_test.go":   "func TestMain(m *testing.M) {\n\tif SHORT {\n\t}\n}\n\nfunc TestOfMain(t *testing.T) {\n}\n",
	}
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		text = strings.ReplaceAll(text, "SHORT", "testing"+".Short()") // in one word, it would make this test one of them
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(root, ".ci", "cut"), filepath.Join(dir, "own"), filepath.Join(dir, "helper"), filepath.Join(dir, "main"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	const want = "^(ExampleByHelper|FuzzShorter|TestByHelper|TestMain|TestOfMain|TestSkipped)$"
	if got := strings.TrimSpace(string(out)); got != want {
		t.Errorf("%s, not %s", got, want)
	}
}
