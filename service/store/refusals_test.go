package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/util"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestMetaOutOfRange: a key derivation that asks for all memory, or that this program does not know, is refused before it
// is begun, and is not taken for a wrong password. Whoever can write to the disk can make the sum right.
func TestMetaOutOfRange(t *testing.T) {
	for name, change := range map[string]func(*meta){
		"good":              func(*meta) {},
		"no derivation":     func(m *meta) { m.KDF = 0 },
		"unknown":           func(m *meta) { m.KDF = 3 },
		"N":                 func(m *meta) { m.N = 1<<20 + 1 },
		"r":                 func(m *meta) { m.R = 33 },
		"p":                 func(m *meta) { m.P = 17 },
		"salt too short":    func(m *meta) { m.Salt = m.Salt[:31] },
		"salt too long":     func(m *meta) { m.Salt = append(m.Salt, 0) },
		"N no power of two": func(m *meta) { m.N = 1000 },
	} {
		m := &meta{KDF: kdfScrypt, N: 1 << 4, R: 8, P: 1, Salt: make([]byte, 32)}
		change(m)
		m.Sum = m.sum()
		enc, err := rlp.EncodeToBytes(m)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := decodeMeta(enc)
		if name == "N no power of two" && err == nil { // which scrypt says itself
			_, err = openKeyring([]byte("password"), decoded)
		}
		if (err == nil) != (name == "good") || errors.Is(err, ErrWrongSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, m, err := newKeyring(quick, 0)
	if err != nil {
		t.Fatal(err)
	}
	enc, err := rlp.EncodeToBytes(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeMeta(append(enc, 0)); err == nil {
		t.Error("took what something follows")
	}
	dir := t.TempDir()
	if _, err := open(dir, []byte("password"), settings{scryptN: 1000}); err == nil {
		t.Error("made a store without a key")
	}
	if _, err := os.Stat(filepath.Join(dir, "db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left a database: %v", err)
	}
}

// TestNoSecret: without a password or a key file nothing is made.
func TestNoSecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	if s, err := Open(dir, nil); err == nil {
		s.Close()
		t.Error("made a store without a secret")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left a directory: %v", err)
	}
}

// TestHugeSecretFile: the wrong file, named as a password or key file, is not read into memory.
func TestHugeSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disk image")
	if err := os.WriteFile(path, []byte("password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skip("no sparse files here:", err)
	}
	if _, err := ReadPasswordFile(path); err == nil {
		t.Error("read a password of a terabyte")
	}
	if _, err := LoadKeyFile(path); err == nil {
		t.Error("read a key file of a terabyte")
	}
	if _, err := LoadOrCreateKeyFile(filepath.Join(path, "key")); err == nil {
		t.Error("made a key file below a file")
	}
}

// TestTooShort: values that were cut to anything are errors.
func TestTooShort(t *testing.T) {
	aead := newAEAD(make([]byte, 32))
	whole := seal(aead, nil, nil)
	for n := range whole {
		if _, err := unseal(aead, whole[:n], nil); err == nil {
			t.Errorf("opened %d bytes", n)
		}
	}
	if _, err := unseal(aead, whole, nil); err != nil {
		t.Error(err)
	}
	for n := range fileIDLen {
		if _, _, err := splitSecret(make([]byte, n)); err == nil {
			t.Errorf("took %d bytes apart", n)
		}
	}
	id := newRecordID(wire.RecordKey, wire.KeyID{1}, wire.SessionID{})
	other, unknown := id, id
	other[0], unknown[1] = erasedPrefix, 99
	for _, dbkey := range [][]byte{nil, id[:len(id)-1], append(bytes.Clone(id[:]), 0), other[:], unknown[:]} {
		if _, err := parseRecordID(dbkey); err == nil {
			t.Errorf("%x is taken for a record's key", dbkey)
		}
	}
	if got, err := parseRecordID(id[:]); err != nil || got != id {
		t.Error(got, err)
	}
}

// withoutShares makes a store whose damage no key file tells of, nor the number of its writes.
func withoutShares(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := mustOpen(t, dir)
	var recs []wire.Record
	for key := range byte(200) { // several blocks of a table
		recs = append(recs, record(wire.Create, wire.RecordPromise, key, fmt.Sprint("promise", key)))
	}
	mustApply(t, s, recs...)
	s.Close()
	if err := os.Remove(filepath.Join(dir, writesFile)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestDamageThatOneCheckFinds: there are several checks at the start, and most damage is found by more than one. This is
// what is left to each.
func TestDamageThatOneCheckFinds(t *testing.T) {
	put := func(dbkey, value []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			edit(t, dir, func(db *leveldb.DB) error { return db.Put(dbkey, value, nil) })
		}
	}
	unknown := newRecordID(99, wire.KeyID{1}, wire.SessionID{})
	for name, damage := range map[string]func(*testing.T, string){
		"a schema version of seven bytes":   put(versionKey, make([]byte, 7)),
		"a number of writes of seven bytes": put(writesKey, make([]byte, 7)),
		"a record's key cut short":          put([]byte{recordPrefix, byte(wire.RecordPromise), 1}, nil),
		"a record of an unknown kind":       put(unknown[:], nil),
		"a note of erasure cut short":       put([]byte{erasedPrefix, 1, 2}, nil),
		"no key files' directory": func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "keys")); err != nil {
				t.Fatal(err)
			}
		},
		"a key file without a record": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "keys", strings.Repeat("ab", fileIDLen)), make([]byte, wrappedLen), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a key file without a database": func(t *testing.T, dir string) {
			err := os.WriteFile(filepath.Join(dir, "keys", strings.Repeat("ab", fileIDLen)), make([]byte, wrappedLen), 0o600)
			if err := errors.Join(err, os.RemoveAll(filepath.Join(dir, "db"))); err != nil {
				t.Fatal(err)
			}
		},
		"the first promise in the journal": func(t *testing.T, dir string) {
			if err := flip(journalOf(t, dir), 20); err != nil {
				t.Fatal(err)
			}
		},
		"a promise in a table": func(t *testing.T, dir string) {
			mustOpen(t, dir).Close() // leveldb turns its journal into a table
			if err := os.Remove(filepath.Join(dir, writesFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			path, size := largestTable(t, dir)
			if err := flip(path, size/2); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := withoutShares(t)
			damage(t, dir)
			mustRefuse(t, dir, quick, isDamage)
		})
	}
	mustOpen(t, withoutShares(t)) // as it is, it opens
}

func largestTable(t *testing.T, dir string) (path string, size int64) {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(dir, "db", "*.ldb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if info, err := os.Stat(table); err != nil {
			t.Fatal(err)
		} else if info.Size() > size {
			path, size = table, info.Size()
		}
	}
	return path, size
}

// TestShortSecretRecord: the share that it was is named, and nothing is written over it.
func TestShortSecretRecord(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "share"))
	s.Close()
	id := newRecordID(wire.RecordShare, wire.KeyID{1}, wire.SessionID{1, 1})
	edit(t, dir, func(db *leveldb.DB) error { return db.Put(id[:], []byte("short"), nil) })
	if err := os.Remove(filepath.Join(dir, "keys", keyFileNames(t, dir)[0])); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	if _, err := s.Get(wire.RecordShare, wire.KeyID{1}, wire.SessionID{1, 1}); !isDamage(err) {
		t.Errorf("reading: %v", err)
	}
	for _, op := range []wire.RecordOp{wire.Create, wire.Expect, wire.Absent} {
		if err := s.Apply([]wire.Record{record(op, wire.RecordShare, 1, "share")}); !isDamage(err) {
			t.Errorf("operation %d on it: %v", op, err)
		}
	}
}

// TestDatabaseFailsToWrite: what may or may not be on the disk is not said to be there, and nothing is written after it.
func TestDatabaseFailsToWrite(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Put, wire.RecordKey, 1, "a"))
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.NoteGap(Gap{}); !errors.Is(err, ErrClosed) {
		t.Errorf("noting a gap: %v", err)
	}
	if err := s.Bind(owner); !errors.Is(err, ErrClosed) {
		t.Errorf("binding: %v", err)
	}
	if err := s.Apply([]wire.Record{record(wire.Put, wire.RecordShare, 1, "x")}); err == nil {
		t.Error("wrote to a database that is closed")
	}
	if names := keyFileNames(t, dir); len(names) != 0 {
		t.Errorf("left key files of what was not written: %v", names)
	}
	db, err := openDatabase(s.dbdir, reading())
	if err != nil {
		t.Fatal(err)
	}
	s.db = db
	failure := s.Apply([]wire.Record{record(wire.Put, wire.RecordKey, 1, "b")})
	if failure == nil {
		t.Fatal("wrote to a database that can't be written to")
	}
	expect(t, s, wire.RecordKey, 1, "a")
	s.db.Close()
	if s.db, err = openDatabase(s.dbdir, options()); err != nil { // as if the disk were in order again
		t.Fatal(err)
	}
	for what, err := range map[string]error{"a record": s.Apply([]wire.Record{record(wire.Put, wire.RecordKey, 2, "b")}), "a note": s.putNote(gapKey, &Gap{})} {
		if !errors.Is(err, failure) {
			t.Errorf("%s after a failure: %v", what, err)
		}
	}
}

// TestNotesOfTheStore: a damaged note is no missing one, and one that is there is not written again.
func TestNotesOfTheStore(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if err := s.Bind(owner); err != nil {
		t.Fatal(err)
	}
	writes := s.writes
	if err := s.Bind(owner); err != nil || s.writes != writes {
		t.Errorf("binding again: %v, %d writes more", err, s.writes-writes)
	}
	s.Close()
	for _, damaged := range [][]byte{nil, []byte("damaged"), make([]byte, 100)} {
		edit(t, dir, func(db *leveldb.DB) error {
			return errors.Join(db.Put(ownerKey, damaged, nil), db.Put(gapKey, damaged, nil))
		})
		s = mustOpen(t, dir)
		_, err := s.Owner()
		_, found, gapErr := s.Gap()
		for what, err := range map[string]error{"owner": err, "bind": s.Bind(owner), "gap": gapErr, "note gap": s.NoteGap(Gap{})} {
			if !isDamage(err) || found {
				t.Errorf("%s, with a note of %d bytes: %v", what, len(damaged), err)
			}
		}
		s.Close()
		if s, err := OpenFor(dir, quick, owner); !isDamage(err) {
			s.Close()
			t.Errorf("opens for its owner with a note of %d bytes: %v", len(damaged), err)
		}
	}
}

// TestPlaceThatIsTaken: what can't be locked or tidied up is an error of its own, and not another process's lock.
func TestPlaceThatIsTaken(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"lock": func(dir string) error { return os.Mkdir(filepath.Join(dir, "LOCK"), 0o700) },
		"unfinished key file": func(dir string) error {
			return os.MkdirAll(filepath.Join(dir, "keys", strings.Repeat("ab", fileIDLen)+newSuffix, "x"), 0o700)
		},
	} {
		dir := t.TempDir()
		fill(t, dir)
		if name == "lock" {
			if err := os.Remove(filepath.Join(dir, "LOCK")); err != nil {
				t.Fatal(err)
			}
		}
		if err := prepare(dir); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(dir, quick); err == nil || errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				s.Close()
			}
		}
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "LOCK"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := CreateForgetful(dir, quick, owner); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("making a store: %v", err)
	}
}

// TestAdviceOnPermissions: only where permissions are what is missing, and the error stays what it is.
func TestAdviceOnPermissions(t *testing.T) {
	for _, err := range []error{fs.ErrPermission, syscall.EROFS, ErrLocked, nil} {
		got := adviseWritable(err)
		if advised := got != err; !errors.Is(got, err) || advised != (err == fs.ErrPermission || err == syscall.EROFS) {
			t.Errorf("%v becomes %v", err, got)
		}
	}
}

// TestNotRestored: a restored store that could not be written, or not marked as one that lacks promises, is none.
func TestNotRestored(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if err := s.Bind(owner); err != nil {
		t.Fatal(err)
	}
	header := goodHeader()
	w := restoreWriter{store: s, header: &header}
	if err := w.add([]wire.Record{record(wire.Put, wire.RecordKey, 1, "x")}); err != nil {
		t.Fatal(err)
	}
	s.free = func(string) (uint64, error) { return 0, nil }
	if err := w.finish(); !errors.Is(err, ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
	s.db.Close()
	var err error
	if s.db, err = openDatabase(s.dbdir, reading()); err != nil {
		t.Fatal(err)
	}
	header.Gap = &Gap{Since: 1}
	for _, complete := range []bool{false, true} {
		if err := (&restoreWriter{store: s, header: &header, complete: complete}).finish(); err == nil {
			t.Errorf("complete %v: without the note of lost promises", complete)
		}
	}
}

// TestRoomUnknown: where nobody can tell how much room there is, nothing is begun.
func TestRoomUnknown(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	s.free = func(string) (uint64, error) { return 1 << 40, errTorn }
	if err := s.Apply([]wire.Record{record(wire.Put, wire.RecordKey, 1, "x")}); !errors.Is(err, errTorn) {
		t.Errorf("applied: %v", err)
	}
	expectNone(t, s, wire.RecordKey, 1)
}

// TestBothNames: should a key file be there under both its names, both are destroyed.
func TestBothNames(t *testing.T) {
	k, id := keyFiles{t.TempDir()}, fileID{1}
	paths := []string{k.path(id), k.path(id) + newSuffix}
	for _, path := range paths {
		if err := os.WriteFile(path, bytes.Repeat([]byte{1}, wrappedLen), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.overwrite([]fileID{id}); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, make([]byte, wrappedLen)) {
			t.Errorf("left %x, %v", left, err)
		}
	}
	if err := k.unlink(id); err != nil {
		t.Fatal(err)
	}
	if found, err := k.list(); len(found) != 0 || err != nil {
		t.Errorf("left %v, %v", found, err)
	}
}

// TestDamageWhileOpen: what becomes unreadable under an open store is an error, of the record and of a list that it would
// be missing in. No value is another one's.
func TestDamageWhileOpen(t *testing.T) {
	const keys, size = 40, 512 << 10 // more than leveldb keeps in memory
	dir := t.TempDir()
	s := mustOpen(t, dir)
	value := func(key byte) []byte { return bytes.Repeat([]byte{key}, size) }
	for key := range byte(keys) {
		mustApply(t, s, wire.Record{Op: wire.Put, Kind: wire.RecordKey, Key: wire.KeyID{key}, Value: value(key)})
	}
	// What would have to be merged is, and what that leaves is cleared away when the store is opened: else it happens at some time below.
	if err := s.db.CompactRange(util.Range{}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = mustOpen(t, dir)
	tables, err := filepath.Glob(filepath.Join(dir, "db", "*.ldb"))
	if err != nil || len(tables) < 2 {
		t.Fatal(tables, err)
	}
	for _, table := range tables {
		zeros := make([]byte, size) // in the middle, over a whole record or more
		f, err := os.OpenFile(table, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil || info.Size() < 3*size {
			f.Close()
			continue
		}
		_, err = f.WriteAt(zeros, info.Size()/3)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	bad := 0
	for key := range byte(keys) {
		got, err := s.Get(wire.RecordKey, wire.KeyID{key}, wire.SessionID{})
		if err == nil && !bytes.Equal(got, value(key)) || err != nil && !isDamage(err) {
			t.Errorf("key %d: %d bytes, %v", key, len(got), err)
		}
		if err != nil {
			bad++
		}
	}
	if bad == 0 {
		t.Fatal("nothing was damaged")
	}
	if all, err := s.Keys(wire.RecordKey, wire.KeyID{}, keys); !isDamage(err) {
		t.Errorf("lists %d keys, %v", len(all), err)
	}
	if err := s.EachKey(func(wire.KeyID, []wire.Record) error { return nil }); !isDamage(err) {
		t.Errorf("walks over all keys: %v", err)
	}
}
