package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestCrashPoints copies the store between every two steps of a change, as a crash
// would leave it, and opens the copies: the change took place wholly or not at all,
// no live share is lost, and no key file is left that should not be.
func TestCrashPoints(t *testing.T) {
	t.Run("sealed anew", func(t *testing.T) { testCrashPoints(t, "what was pending", 5) })
	t.Run("promoted", func(t *testing.T) { testCrashPoints(t, "share", 3) }) // seal and key file stay
}

func testCrashPoints(t *testing.T, pending string, steps int) {
	dir := t.TempDir()
	copies := t.TempDir()
	var points []string
	armed := false
	s, err := open(dir, quick, settings{step: func(name string) {
		if armed {
			point := fmt.Sprintf("%d %s", len(points), name)
			points = append(points, point)
			copyDir(t, dir, filepath.Join(copies, point))
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	mustApply(t, s, record(wire.Put, wire.RecordPending, 1, pending), record(wire.Put, wire.RecordShare, 2, "bystander"),
		record(wire.Put, wire.RecordAttempt, 1, "promise"))
	armed = true
	mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "share"), record(wire.Erase, wire.RecordPending, 1, ""),
		record(wire.Erase, wire.RecordAttempt, 1, ""), record(wire.Create, wire.RecordKey, 1, "certificate"))
	armed = false
	s.Close()
	if len(points) != steps {
		t.Fatalf("crash points %q", points)
	}
	sawBefore, sawAfter := false, false
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			dir := filepath.Join(copies, point)
			for range 2 { // the second time finds a tidy store
				s := mustOpen(t, dir)
				_, err := s.Get(wire.RecordShare, wire.KeyID{1}, wire.SessionID{1, 1})
				if err == nil {
					sawAfter = true
					expect(t, s, wire.RecordShare, 1, "share")
					expect(t, s, wire.RecordKey, 1, "certificate")
					expectNone(t, s, wire.RecordPending, 1)
					expectNone(t, s, wire.RecordAttempt, 1)
				} else {
					sawBefore = true
					expectNone(t, s, wire.RecordShare, 1)
					expectNone(t, s, wire.RecordKey, 1)
					expect(t, s, wire.RecordPending, 1, pending)
					expect(t, s, wire.RecordAttempt, 1, "promise")
				}
				expect(t, s, wire.RecordShare, 2, "bystander")
				s.Close()
				names := keyFileNames(t, dir)
				if len(names) != 2 || strings.Contains(fmt.Sprint(names), newSuffix) {
					t.Errorf("key files %v, want those of two shares", names)
				}
			}
		})
	}
	if !sawBefore || !sawAfter {
		t.Error("the crash points do not lie on both sides of the change")
	}
}

// A crash while a key file is being written leaves part of it, of a record that
// never was.
func TestCrashInKeyFile(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	before := len(keyFileNames(t, dir))
	part := filepath.Join(dir, "keys", strings.Repeat("ab", fileIDLen)+newSuffix)
	if err := os.WriteFile(part, make([]byte, 10), 0o600); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir)
	if after := len(keyFileNames(t, dir)); after != before {
		t.Errorf("%d key files, want %d", after, before)
	}
}

// A crash in the middle of a journal write: the interrupted record never was, all
// others are there, and the store opens.
func TestCrashInJournal(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "kept"))
	path := journalOf(t, dir)
	whole, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	mustApply(t, s, record(wire.Put, wire.RecordKey, 2, "interrupted"))
	s.Close()
	longer, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	noteWrites(filepath.Join(dir, writesFile), 1) // the second one had not come to its end
	for size := whole.Size(); size < longer.Size(); size += 13 {
		for _, zeros := range []int64{0, 100} { // what a loss of power may leave
			torn := t.TempDir()
			copyDir(t, dir, torn)
			if err := os.Truncate(journalOf(t, torn), size); err != nil {
				t.Fatal(err)
			}
			if zeros > 0 && size == whole.Size() {
				if err := os.Truncate(journalOf(t, torn), size+zeros); err != nil {
					t.Fatal(err)
				}
			}
			s := mustOpen(t, torn)
			expect(t, s, wire.RecordShare, 1, "kept")
			expectNone(t, s, wire.RecordKey, 2)
			mustApply(t, s, record(wire.Put, wire.RecordKey, 3, "after"))
			s.Close()
			s = mustOpen(t, torn)
			expect(t, s, wire.RecordKey, 3, "after")
			s.Close()
		}
	}
}

func journalOf(t testing.TB, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "db", "*.log"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("journals %v, %v", paths, err)
	}
	return paths[0]
}

// When a key file can't be written nothing is, and the store goes on.
func TestKeyFileFails(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "old"))
	hidden := filepath.Join(dir, "hidden")
	if err := os.Rename(filepath.Join(dir, "keys"), hidden); err != nil {
		t.Fatal(err)
	}
	err := s.Apply([]wire.Record{record(wire.Put, wire.RecordKey, 1, "x"), record(wire.Put, wire.RecordShare, 1, "new")})
	if err == nil {
		t.Error("wrote a share without its key file")
	}
	if err := os.Rename(hidden, filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	expect(t, s, wire.RecordShare, 1, "old")
	expectNone(t, s, wire.RecordKey, 1)
	mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "new"))
	expect(t, s, wire.RecordShare, 1, "new")
}

// TestErasureIsNotFeigned: a key file goes away overwritten, or not at all. While the disk refuses to overwrite it, it
// stays under its name, noted, and the next change or the next start destroys it.
func TestErasureIsNotFeigned(t *testing.T) {
	for name, goOn := range map[string]func(s *Store, dir string){
		"next change": func(s *Store, dir string) { mustApply(t, s, record(wire.Put, wire.RecordKey, 2, "x")) },
		"next start": func(s *Store, dir string) {
			s.Close()
			mustOpen(t, dir)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "share"))
			file := filepath.Join(dir, "keys", keyFileNames(t, dir)[0])
			other := filepath.Join(t.TempDir(), "other name") // tells what becomes of the contents
			if err := os.Rename(file, other); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(file, 0o700); err != nil { // can be unlinked, and not overwritten
				t.Fatal(err)
			}
			mustApply(t, s, record(wire.Erase, wire.RecordShare, 1, ""))
			if err := os.Remove(file); err != nil {
				t.Fatal("unlinked what was not overwritten:", err)
			}
			if err := os.Link(other, file); err != nil {
				t.Fatal(err)
			}
			goOn(s, dir)
			if names := keyFileNames(t, dir); len(names) != 0 {
				t.Errorf("key files of an erased share: %v", names)
			}
			if left, err := os.ReadFile(other); err != nil || strings.Trim(string(left), "\x00") != "" {
				t.Errorf("of an erased share's key file are left %d bytes, %v", len(left), err)
			}
		})
	}
}
