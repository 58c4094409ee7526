package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/syndtr/goleveldb/leveldb"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

func copyDir(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// snapshot is the content of all files that matter.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if name := filepath.Base(path); err != nil || info.IsDir() || name == "LOCK" || strings.HasPrefix(name, "LOG") {
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// mustRefuse opens a store that must not open, and checks that nothing was touched.
func mustRefuse(t *testing.T, dir string, secret []byte, is func(error) bool) {
	t.Helper()
	before := snapshot(t, dir)
	s, err := Open(dir, secret)
	if err == nil {
		s.Close()
		t.Fatal("opened")
	}
	if !is(err) {
		t.Errorf("refused with: %v", err)
	}
	after := snapshot(t, dir)
	for path, content := range before {
		if after[path] != content {
			t.Errorf("%s was changed by a failed Open", path)
		}
	}
	if len(after) != len(before) {
		t.Errorf("a failed Open left %d files of %d", len(after), len(before))
	}
}

func isDamage(err error) bool { var d *DamagedError; return errors.As(err, &d) && d.Advice != "" }

func isError(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) && !isDamage(err) }
}

// fill makes a store with records of all kinds and closes it.
func fill(t testing.TB, dir string) {
	t.Helper()
	s := mustOpen(t, dir)
	for key := range byte(20) {
		for kind, name := range kinds {
			mustApply(t, s, record(wire.Put, kind, key, fmt.Sprint(name, key)))
		}
	}
	s.Close()
}

func TestWrongSecret(t *testing.T) {
	cheap := settings{scryptN: 1 << 10}
	for _, made := range [][]byte{[]byte("password"), quick} {
		dir := t.TempDir()
		s, err := open(dir, made, cheap)
		if err != nil {
			t.Fatal(err)
		}
		mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "x"))
		s.Close()
		mustRefuse(t, dir, []byte("Password"), isError(ErrWrongSecret))
		mustRefuse(t, dir, append(bytes.Clone(quick), 1), isError(ErrWrongSecret))
		mustRefuse(t, dir, nil, func(error) bool { return true })
		s, err = open(dir, made, cheap)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, s, wire.RecordShare, 1, "x")
		s.Close()
	}
}

// A password's derivation must stay slow enough to guess.
func TestPasswordIsStretched(t *testing.T) {
	_, m, err := newKeyring([]byte("password"), defaultScryptN)
	if err != nil {
		t.Fatal(err)
	}
	if m.KDF != kdfScrypt || m.N < 1<<17 || m.R < 8 {
		t.Errorf("password derivation %d with N %d, r %d", m.KDF, m.N, m.R)
	}
}

func TestNewerSchema(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	edit(t, dir, func(db *leveldb.DB) error {
		return db.Put(versionKey, binary.BigEndian.AppendUint64(nil, schemaVersion+1), nil)
	})
	mustRefuse(t, dir, quick, isError(ErrSchema))
}

// edit changes a closed database behind the store's back.
func edit(t testing.TB, dir string, change func(*leveldb.DB) error) {
	t.Helper()
	db, err := leveldb.OpenFile(filepath.Join(dir, "db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := change(db); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedMeta(t *testing.T) {
	for _, key := range [][]byte{versionKey, metaKey} {
		dir := t.TempDir()
		fill(t, dir)
		edit(t, dir, func(db *leveldb.DB) error { return db.Delete(key, nil) })
		mustRefuse(t, dir, quick, isDamage)
	}
	dir := t.TempDir()
	fill(t, dir)
	edit(t, dir, func(db *leveldb.DB) error {
		enc, err := db.Get(metaKey, nil)
		if err != nil {
			return err
		}
		enc[len(enc)/2] ^= 1
		return db.Put(metaKey, enc, nil)
	})
	mustRefuse(t, dir, quick, isDamage) // and not as a wrong password
}

// One bad record is named and leaves the others alone.
func TestDamagedRecord(t *testing.T) {
	for kind, name := range kinds {
		for what, change := range map[string]func(value, other []byte) []byte{
			"flipped":   func(v, _ []byte) []byte { v[len(v)-1] ^= 1; return v },
			"cut":       func(v, _ []byte) []byte { return v[:len(v)-1] },
			"exchanged": func(_, other []byte) []byte { return other },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				dir := t.TempDir()
				s := mustOpen(t, dir)
				mustApply(t, s, record(wire.Put, kind, 1, "one"), record(wire.Put, kind, 2, "two"))
				s.Close()
				one := newRecordID(kind, wire.KeyID{1}, wire.SessionID{1, 1})
				two := newRecordID(kind, wire.KeyID{2}, wire.SessionID{2, 1})
				if what == "exchanged" && kind.Secret() {
					// Exchanging secrets loses a key file's record; keep it with a third record.
					edit(t, dir, func(db *leveldb.DB) error {
						v, err := db.Get(one[:], nil)
						third := newRecordID(kind, wire.KeyID{3}, wire.SessionID{3, 1})
						return errors.Join(err, db.Put(third[:], v, nil))
					})
				}
				edit(t, dir, func(db *leveldb.DB) error {
					v1, err1 := db.Get(one[:], nil)
					v2, err2 := db.Get(two[:], nil)
					return errors.Join(err1, err2, db.Put(one[:], change(v1, v2), nil))
				})
				s = mustOpen(t, dir)
				_, err := s.Get(kind, wire.KeyID{1}, wire.SessionID{1, 1})
				if !isDamage(err) || !strings.Contains(err.Error(), one.String()) {
					t.Errorf("reading: %v", err)
				}
				if err := s.Apply([]wire.Record{record(wire.Create, kind, 1, "one")}); !isDamage(err) {
					t.Errorf("creating over it: %v", err)
				}
				expect(t, s, kind, 2, "two")
			})
		}
	}
}

func TestDamagedKeyFile(t *testing.T) {
	for what, change := range map[string]func(path string) error{
		"gone":    os.Remove,
		"cut":     func(path string) error { return os.Truncate(path, wrappedLen-1) },
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"foreign": func(path string) error { return os.WriteFile(path, make([]byte, wrappedLen), 0o600) },
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "one"))
			bad := keyFileNames(t, dir)[0]
			mustApply(t, s, record(wire.Put, wire.RecordShare, 2, "two"))
			s.Close()
			if err := change(filepath.Join(dir, "keys", bad)); err != nil {
				t.Fatal(err)
			}
			s = mustOpen(t, dir)
			if _, err := s.Get(wire.RecordShare, wire.KeyID{1}, wire.SessionID{1, 1}); !isDamage(err) {
				t.Errorf("reading: %v", err)
			}
			expect(t, s, wire.RecordShare, 2, "two")
		})
	}
}

// Whatever file of the database is missing, cut or flipped anywhere: the store does
// not open, or every record is right or an error. None is silently gone, not even where
// a journal was cut exactly at the end of a write.
func TestDamagedDatabase(t *testing.T) {
	t.Run("journal", func(t *testing.T) {
		dir := t.TempDir()
		fill(t, dir)
		damageEach(t, dir)
	})
	t.Run("tables", func(t *testing.T) {
		dir := t.TempDir()
		fill(t, dir)
		mustOpen(t, dir).Close() // leveldb turns its journal into a table
		damageEach(t, dir)
	})
}

func damageEach(t *testing.T, good string) {
	entries, err := os.ReadDir(filepath.Join(good, "db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if name == "LOCK" || strings.HasPrefix(name, "LOG") || name == "CURRENT.bak" || info.Size() == 0 {
			continue
		}
		size := info.Size()
		damageOne(t, good, name, "removed", os.Remove)
		for i := range int64(8) {
			at := size * i / 8
			damageOne(t, good, name, fmt.Sprintf("cut at %d of %d", at, size),
				func(path string) error { return os.Truncate(path, at) })
			at += size / 16
			damageOne(t, good, name, fmt.Sprintf("flipped at %d of %d", at, size),
				func(path string) error { return flip(path, at) })
		}
	}
}

func flip(path string, at int64) error {
	content, err := os.ReadFile(path)
	if err == nil {
		content[at] ^= 0x10
		err = os.WriteFile(path, content, 0o600)
	}
	return err
}

func damageOne(t *testing.T, good, name, what string, damage func(path string) error) {
	t.Run(name+" "+what, func(t *testing.T) {
		dir := t.TempDir()
		copyDir(t, good, dir)
		if err := damage(filepath.Join(dir, "db", name)); err != nil {
			t.Fatal(err)
		}
		before := snapshot(t, dir)
		s, err := Open(dir, quick)
		if err != nil {
			if !isDamage(err) {
				t.Errorf("refused with: %v", err)
			}
			after := snapshot(t, dir)
			for path, content := range before {
				if after[path] != content {
					t.Errorf("%s was changed by a failed Open", path)
				}
			}
			return
		}
		defer s.Close()
		for key := range byte(20) {
			for kind, kindName := range kinds {
				got, err := s.Get(kind, wire.KeyID{key}, wire.SessionID{key, 1})
				switch {
				case err == nil && string(got) != fmt.Sprint(kindName, key):
					t.Errorf("%s of key %d is %q", kindName, key, got)
				case errors.Is(err, ErrNotFound):
					t.Errorf("%s of key %d is silently gone", kindName, key)
				}
			}
		}
	})
}

func TestDatabaseGone(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "db")); err != nil {
		t.Fatal(err)
	}
	mustRefuse(t, dir, quick, isDamage)
}

// Putting back an older database while the key files are newer is noticed.
func TestOlderDatabasePutBack(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	old := filepath.Join(t.TempDir(), "db")
	copyDir(t, filepath.Join(dir, "db"), old)
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Put, wire.RecordShare, 99, "new"))
	s.Close()
	if err := os.RemoveAll(filepath.Join(dir, "db")); err != nil {
		t.Fatal(err)
	}
	copyDir(t, old, filepath.Join(dir, "db"))
	mustRefuse(t, dir, quick, isDamage)
}

func TestHalfMadeDatabase(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "db.new"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "db.new", "000001.log"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir)
}
