//go:build unix

package keyfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExposed: a file that others can read or change is told with what to do, and nothing else is.
func TestExposed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "my key")
	if err := os.WriteFile(path, []byte(digits), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for mode, exposed := range map[fs.FileMode]bool{0o600: false, 0o400: false, 0o700: false, 0o640: true, 0o604: true, 0o644: true, 0o620: true, 0o602: true, 0o666: true, 0o610: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, by := range []string{path, link} {
			err := Exposed(by)
			if (err != nil) != exposed {
				t.Errorf("%04o, %s: %v", mode, by, err)
			}
			if err != nil && (!strings.Contains(err.Error(), "chmod 600 '"+by) && by == path || strings.Contains(err.Error(), digits[:6])) {
				t.Errorf("%04o: %v", mode, err)
			}
		}
	}
	for _, other := range []string{dir, filepath.Join(dir, "none"), os.DevNull} {
		if err := Exposed(other); err != nil {
			t.Errorf("%s: %v", other, err)
		}
	}
}
