package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLittleRoom: whichever of a validator's disks gets full, the node ends with exit code 1 and the reason as its last line while it
// can still write, does not start again before there is room, and then goes on.
func TestLittleRoom(t *testing.T) {
	if testing.Short() {
		t.Skip("runs nodes")
	}
	for _, volume := range []string{".", "geth-ss/poa"} {
		t.Run(volume, func(t *testing.T) {
			t.Parallel()
			v := newValidator(t)
			disk := filepath.Join(v.dir, volume)
			saved := filepath.Join(t.TempDir(), "saved")
			if err := os.CopyFS(saved, os.DirFS(disk)); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=256m,mode=0700"); err != nil {
				t.Skipf("SKIPPED: a small disk can't be mounted here: %v", err)
			}
			t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
			if err := os.CopyFS(disk, os.DirFS(saved)); err != nil {
				t.Fatal(err)
			}
			n := startNode(t, v.args...)
			wantMatch(t, n.log.String(), `WARN .*Little room on the disk`)
			filler := filepath.Join(disk, "filler")
			leave(t, disk, filler, 60<<20)
			select {
			case <-n.done:
			case <-time.After(nodeTimeout):
				t.Fatalf("the node goes on:\n%s", &n.log)
			}
			lines := strings.Split(strings.TrimSpace(n.log.String()), "\n")
			if code := n.cmd.ProcessState.ExitCode(); code != 1 || !strings.HasPrefix(lines[len(lines)-1], "Fatal: the disk is nearly full: ") {
				t.Errorf("exit code %d, and last:\n%s", code, lines[len(lines)-1])
			}
			if out := fail(t, v.args...); !strings.Contains(out, "Fatal: the disk is nearly full: ") {
				t.Errorf("started on a nearly full disk:\n%s", out)
			}
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			n = startNode(t, v.args...)
			n.stop(t, os.Interrupt)
		})
	}
}

// leave fills a disk so that some bytes stay free.
func leave(t *testing.T, disk, filler string, free uint64) {
	t.Helper()
	file, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for piece := make([]byte, 1<<20); ; {
		var fs syscall.Statfs_t
		if err := syscall.Statfs(disk, &fs); err != nil {
			t.Fatal(err)
		}
		if fs.Bavail*uint64(fs.Bsize) <= free {
			return
		}
		if _, err := file.Write(piece); err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}
