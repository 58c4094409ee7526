package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A promise is no share and has no key file. It is missed all the same when the journal
// is cut exactly where the write of the promise began, as if it had never been.
func TestCutAtTheEndOfAWrite(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Create, wire.RecordPromise, 1, "one"))
	logs, err := filepath.Glob(filepath.Join(dir, "db", "*.log"))
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	info, err := os.Stat(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	mustApply(t, s, record(wire.Create, wire.RecordPromise, 2, "two"))
	s.Close()
	if err := os.Truncate(logs[0], info.Size()); err != nil {
		t.Fatal(err)
	}
	mustRefuse(t, dir, quick, isDamage)
	// What shows it is the number of writes, and nothing else.
	if err := os.Remove(filepath.Join(dir, writesFile)); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	expect(t, s, wire.RecordPromise, 1, "one")
	expectNone(t, s, wire.RecordPromise, 2)
}

// The file may be behind the database, or be rubbish: that says nothing.
func TestNumberOfWritesBehind(t *testing.T) {
	for _, content := range []string{"", "short", "0123456789abcdef", "\x00\x00\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xfe"} {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		mustApply(t, s, record(wire.Put, wire.RecordKey, 1, "a"))
		mustApply(t, s, record(wire.Put, wire.RecordKey, 1, "b"))
		s.Close()
		if err := os.WriteFile(filepath.Join(dir, writesFile), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, dir)
		expect(t, s, wire.RecordKey, 1, "b")
		mustApply(t, s, record(wire.Put, wire.RecordKey, 1, "c"))
		s.Close()
		mustOpen(t, dir).Close()
	}
}

// A database that is gone is missed also when it held no share.
func TestDatabaseWithoutSharesGone(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Create, wire.RecordPromise, 1, "one"))
	s.Close()
	if err := os.RemoveAll(filepath.Join(dir, "db")); err != nil {
		t.Fatal(err)
	}
	mustRefuse(t, dir, quick, isDamage)
}
