package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestKeyFileCannotBeWritten: without its key file a share would be lost for good, so it is not said to be stored. Here
// the directory is as it should be, and the file alone fails.
func TestKeyFileCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "old"))
	keys := filepath.Join(dir, "keys")
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755), os.Chmod(keys, 0o555)); err != nil {
		t.Fatal(err)
	}
	err := asNobody(func() error { return s.Apply([]wire.Record{record(wire.Put, wire.RecordShare, 2, "new")}) })
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("applied: %v", err)
	}
	if err := os.Chmod(keys, 0o700); err != nil {
		t.Fatal(err)
	}
	expect(t, s, wire.RecordShare, 1, "old")
	expectNone(t, s, wire.RecordShare, 2)
}

// asNobody does something without the rights that root has on files.
func asNobody(do func() error) error {
	if os.Geteuid() != 0 {
		return do()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := syscall.Setfsuid(65534); err != nil {
		return err
	}
	defer syscall.Setfsuid(0)
	return do()
}
