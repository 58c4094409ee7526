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

// FreeFor is Free for a directory that may not be there yet: it will be on the disk of the nearest directory above.
func FreeFor(dir string) (uint64, error) { return free(existing(dir)) }

// Low is the room below which a disk is warned of whose node ends below floor. Both are bytes.
func Low(floor uint64) uint64 { return max(lowSpace, 2*floor) }

// existing is dir, or the nearest directory above that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}
