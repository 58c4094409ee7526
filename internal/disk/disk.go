// Package disk tells how much room there is on disks, and watches over those that a node can't do without.
package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Free is how many bytes an ordinary user can still write under dir. On systems where it can't be asked there is always
// room, and a full disk is noticed by the write that fails.
func Free(dir string) (uint64, error) { return free(dir) }

// freeFor is Free for a directory that may not be there yet.
func freeFor(dir string) (uint64, error) { return free(existing(dir)) }

// existing is dir, or the nearest directory above that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}
