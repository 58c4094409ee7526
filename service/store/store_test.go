package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// quick is a secret that needs no slow key derivation.
var quick = []byte(keyFilePrefix + "0123456789abcdef0123456789abcdef")

func mustOpen(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, quick)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustApply(t testing.TB, s *Store, recs ...wire.Record) {
	t.Helper()
	if err := s.Apply(recs); err != nil {
		t.Fatal(err)
	}
}

func record(op wire.RecordOp, kind wire.RecordKind, key byte, value string) wire.Record {
	return wire.Record{Op: op, Kind: kind, Key: wire.KeyID{key}, Session: wire.SessionID{key, 1}, Value: []byte(value)}
}

func expect(t testing.TB, s *Store, kind wire.RecordKind, key byte, want string) {
	t.Helper()
	got, err := s.Get(kind, wire.KeyID{key}, wire.SessionID{key, 1})
	if err != nil || string(got) != want {
		t.Fatalf("%s of key %d: %q, %v; want %q", kinds[kind], key, got, err, want)
	}
}

func expectNone(t testing.TB, s *Store, kind wire.RecordKind, key byte) {
	t.Helper()
	if got, err := s.Get(kind, wire.KeyID{key}, wire.SessionID{key, 1}); !errors.Is(err, ErrNotFound) {
		t.Fatalf("%s of key %d: %q, %v; want none", kinds[kind], key, got, err)
	}
}

// keyFileNames lists the directory of key files.
func keyFileNames(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestOperations(t *testing.T) {
	for kind, name := range kinds {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, t.TempDir())
			expectNone(t, s, kind, 1)
			mustApply(t, s, record(wire.Erase, kind, 1, "")) // of nothing
			mustApply(t, s, record(wire.Create, kind, 1, "a"))
			mustApply(t, s, record(wire.Create, kind, 1, "a")) // an equal one is no conflict
			expect(t, s, kind, 1, "a")

			err := s.Apply([]wire.Record{record(wire.Put, kind, 2, "b"), record(wire.Create, kind, 1, "other")})
			if !errors.Is(err, ErrConflict) {
				t.Errorf("creating over a different record: %v", err)
			}
			expect(t, s, kind, 1, "a")
			expectNone(t, s, kind, 2) // nothing of the batch was written

			for _, wrong := range []wire.Record{record(wire.Expect, kind, 1, "other"), record(wire.Expect, kind, 3, "a"), record(wire.Expect, kind, 3, ""),
				record(wire.Absent, kind, 1, "a"), record(wire.Absent, kind, 1, ""), record(wire.Absent, kind, 2, "")} {
				if err := s.Apply([]wire.Record{record(wire.Put, kind, 2, "b"), wrong}); !errors.Is(err, ErrConflict) {
					t.Errorf("expecting what is not there: %v", err)
				}
			}
			expectNone(t, s, kind, 2)
			mustApply(t, s, record(wire.Expect, kind, 1, "a"), record(wire.Put, kind, 1, "c"), record(wire.Expect, kind, 1, "c"))
			mustApply(t, s, record(wire.Expect, kind, 1, "c"))
			mustApply(t, s, record(wire.Absent, kind, 3, ""), record(wire.Put, kind, 3, "a"), record(wire.Erase, kind, 3, ""), record(wire.Absent, kind, 3, "x"))
			expectNone(t, s, kind, 3)
			expect(t, s, kind, 1, "c")
			mustApply(t, s, record(wire.Put, kind, 1, "")) // empty is a value
			expect(t, s, kind, 1, "")
			mustApply(t, s, record(wire.Erase, kind, 1, ""), record(wire.Create, kind, 1, "d"), record(wire.Create, kind, 1, "d"))
			expect(t, s, kind, 1, "d")
			mustApply(t, s, record(wire.Put, kind, 1, "e"), record(wire.Erase, kind, 1, ""))
			expectNone(t, s, kind, 1)
			if n, err := s.Count(kind); n != 0 || err != nil {
				t.Errorf("%d records, %v", n, err)
			}
		})
	}
}

func TestRefusesNonsense(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for _, r := range []wire.Record{
		{Kind: 0}, {Kind: 99}, {Kind: wire.RecordKey, Op: 9},
		{Kind: wire.RecordKey, Value: make([]byte, maxValue+1)},
	} {
		if err := s.Apply([]wire.Record{record(wire.Put, wire.RecordKey, 1, "a"), r}); err == nil {
			t.Errorf("took record of kind %d, operation %d, %d bytes", r.Kind, r.Op, len(r.Value))
		}
	}
	expectNone(t, s, wire.RecordKey, 1)
}

func TestListings(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	for _, key := range []byte{0, 5, 3, 255} {
		for session := range byte(3) {
			mustApply(t, s, wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: wire.KeyID{key}, Session: wire.SessionID{session}})
		}
	}
	mustApply(t, s, record(wire.Put, wire.RecordAttempt, 4, "x")) // another kind
	check := func(s *Store) {
		t.Helper()
		ids, err := s.Sessions(wire.RecordShare, wire.KeyID{5})
		if err != nil || !slices.Equal(ids, []wire.SessionID{{0}, {1}, {2}}) {
			t.Errorf("sessions %v, %v", ids, err)
		}
		if ids, err := s.Sessions(wire.RecordShare, wire.KeyID{6}); len(ids) != 0 || err != nil {
			t.Errorf("sessions of an unknown key: %v, %v", ids, err)
		}
		var all []wire.KeyID
		for after := (wire.KeyID{}); ; after = all[len(all)-1] {
			page, err := s.Keys(wire.RecordShare, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			all = append(all, page...)
		}
		if !slices.Equal(all, []wire.KeyID{{0}, {3}, {5}, {255}}) {
			t.Errorf("keys %v", all)
		}
		if n, _ := s.Count(wire.RecordShare); n != 12 {
			t.Errorf("%d shares", n)
		}
	}
	check(s)
	s.Close()
	check(mustOpen(t, dir))
}

// A random history agrees with a map at every step and after each reopening.
func TestAgainstModel(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	s := mustOpen(t, dir)
	model := make(map[recordID]string)
	all := []wire.RecordKind{wire.RecordKey, wire.RecordShare, wire.RecordPending, wire.RecordPromise}
	for step := range 300 {
		var recs []wire.Record
		next := make(map[recordID]string)
		for id, v := range model {
			next[id] = v
		}
		conflict := false
		for range 1 + rnd.IntN(4) {
			r := record(wire.RecordOp(rnd.IntN(5)), all[rnd.IntN(len(all))], byte(rnd.IntN(4)), fmt.Sprint(rnd.IntN(3)))
			recs = append(recs, r)
			id := newRecordID(r.Kind, r.Key, r.Session)
			old, there := next[id]
			switch {
			case r.Op == wire.Erase:
				delete(next, id)
			case r.Op == wire.Create && there && old != string(r.Value):
				conflict = true
			case r.Op == wire.Expect:
				conflict = conflict || !there || old != string(r.Value)
			case r.Op == wire.Absent:
				conflict = conflict || there
			default:
				next[id] = string(r.Value)
			}
		}
		err := s.Apply(recs)
		if conflict != errors.Is(err, ErrConflict) || !conflict && err != nil {
			t.Fatalf("seed %d, step %d: conflict %v, error %v", seed, step, conflict, err)
		}
		if !conflict {
			model = next
		}
		if step%50 == 49 {
			s.Close()
			s = mustOpen(t, dir)
		}
		secrets := 0
		counts := make(map[wire.RecordKind]int)
		for id, v := range model {
			got, err := s.get(id)
			if err != nil || string(got) != v {
				t.Fatalf("seed %d, step %d: %v is %q, %v; want %q", seed, step, id, got, err, v)
			}
			counts[id.kind()]++
			if id.kind().Secret() {
				secrets++
			}
		}
		for _, kind := range all {
			if n, _ := s.Count(kind); n != counts[kind] {
				t.Fatalf("seed %d, step %d: %d of %s, want %d", seed, step, n, kinds[kind], counts[kind])
			}
		}
		if names := keyFileNames(t, dir); len(names) != secrets {
			t.Fatalf("seed %d, step %d: %d secrets and key files %v", seed, step, secrets, names)
		}
	}
}

// Of many nodes' calls that create one record, one wins and the others learn of it.
func TestCreateIsCompareAndSet(t *testing.T) {
	for _, kind := range []wire.RecordKind{wire.RecordPromise, wire.RecordPending} {
		s := mustOpen(t, t.TempDir())
		const callers = 32
		errs := make([]error, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				errs[i] = s.Apply([]wire.Record{
					record(wire.Create, kind, 1, fmt.Sprint(i)),
					record(wire.Put, wire.RecordKey, byte(i), "of the same batch"),
				})
			})
		}
		wg.Wait()
		winner := -1
		for i, err := range errs {
			switch {
			case err == nil && winner >= 0:
				t.Errorf("%d and %d both created %s", winner, i, kinds[kind])
			case err == nil:
				winner = i
			case !errors.Is(err, ErrConflict):
				t.Error(err)
			}
		}
		if winner < 0 {
			t.Fatal("nobody won")
		}
		expect(t, s, kind, 1, fmt.Sprint(winner))
		if n, _ := s.Count(wire.RecordKey); n != 1 {
			t.Errorf("%d losers' batches were written", n-1)
		}
	}
}

// Readers never see a half made change, nor damage, while records are replaced.
func TestReadsDuringWrites(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "0"))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := s.Get(wire.RecordShare, wire.KeyID{1}, wire.SessionID{1, 1}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 100 {
		mustApply(t, s, record(wire.Put, wire.RecordShare, 1, fmt.Sprint(i)))
	}
	close(done)
	wg.Wait()
}

func TestClosed(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if _, err := Open(dir, quick); !errors.Is(err, ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := s.Get(wire.RecordKey, wire.KeyID{}, wire.SessionID{}); !errors.Is(err, ErrClosed) {
		t.Errorf("reading: %v", err)
	}
	if _, err := s.Keys(wire.RecordKey, wire.KeyID{}, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("listing: %v", err)
	}
	if err := s.Apply([]wire.Record{record(wire.Put, wire.RecordKey, 1, "")}); !errors.Is(err, ErrClosed) {
		t.Errorf("writing: %v", err)
	}
	mustOpen(t, dir)
}

// What is written is neither readable in the files nor by others.
func TestSealedAndPrivate(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	secret := bytes.Repeat([]byte("SECRET"), 10)
	for kind := range kinds {
		mustApply(t, s, record(wire.Put, kind, 1, string(secret)))
	}
	s.Close()
	for _, sub := range []string{"db", "keys"} {
		if info, err := os.Stat(filepath.Join(dir, sub)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", sub, info.Mode(), err)
		}
	}
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil || bytes.Contains(content, secret[:12]) {
			t.Errorf("%s shows the secret (%v)", path, err)
		}
		if info, _ := e.Info(); filepath.Base(filepath.Dir(path)) == "keys" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
}

// An erased share can't be read even by somebody who kept the database, as leveldb
// itself does, and knows the operator's secret: neither as a share nor as the pending one that it was.
func TestErasedForGood(t *testing.T) {
	for name, erase := range map[string]wire.Record{
		"replaced": record(wire.Put, wire.RecordPending, 1, "another share"),
		"erased":   record(wire.Erase, wire.RecordPending, 1, ""),
		"promoted": record(wire.Erase, wire.RecordShare, 1, ""),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			mustApply(t, s, record(wire.Put, wire.RecordPending, 1, "the share"))
			before := keyFileNames(t, dir)
			kept := t.TempDir()
			keep := func(name string) {
				s.Close()
				if err := os.CopyFS(filepath.Join(kept, name, "db"), os.DirFS(filepath.Join(dir, "db"))); err != nil {
					t.Fatal(err)
				}
				if err := os.Mkdir(filepath.Join(kept, name, "keys"), 0o700); err != nil {
					t.Fatal(err)
				}
				s = mustOpen(t, dir)
			}
			keep("pending")
			if name == "promoted" {
				mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "the share"), record(wire.Erase, wire.RecordPending, 1, ""))
				if now := keyFileNames(t, dir); !slices.Equal(now, before) {
					t.Errorf("key files %v of a share that was pending, and then %v", now, before)
				}
				expect(t, s, wire.RecordShare, 1, "the share")
				expectNone(t, s, wire.RecordPending, 1)
				keep("share")
				expect(t, s, wire.RecordShare, 1, "the share")
			}
			mustApply(t, s, erase)
			after := keyFileNames(t, dir)
			if len(before) != 1 || slices.Contains(after, before[0]) {
				t.Errorf("key files before %v, after %v", before, after)
			}
			s.Close()
			for what, kind := range map[string]wire.RecordKind{"pending": wire.RecordPending, "share": wire.RecordShare} {
				if !whole.Present(filepath.Join(kept, what)) {
					continue
				}
				old := mustOpen(t, filepath.Join(kept, what)) // an old database without the old key files
				var damaged *DamagedError
				if _, err := old.Get(kind, wire.KeyID{1}, wire.SessionID{1, 1}); !errors.As(err, &damaged) {
					t.Errorf("an erased share was read from an old database: %v", err)
				}
			}
		})
	}
}

// TestOthersAreNotPromoted: what becomes a share is sealed anew if it is not what was pending, if that stays, or if there was a
// share before, which is destroyed.
func TestOthersAreNotPromoted(t *testing.T) {
	for name, c := range map[string]struct {
		before, change []wire.Record
		pending        bool // afterwards
	}{
		"another value": {nil, []wire.Record{record(wire.Put, wire.RecordShare, 1, "other"), record(wire.Erase, wire.RecordPending, 1, "")}, false},
		"pending stays": {nil, []wire.Record{record(wire.Put, wire.RecordShare, 1, "secret")}, true},
		"pending again": {nil, []wire.Record{record(wire.Put, wire.RecordShare, 1, "secret"), record(wire.Erase, wire.RecordPending, 1, ""),
			record(wire.Put, wire.RecordPending, 1, "secret")}, true},
		"a share before": {[]wire.Record{record(wire.Put, wire.RecordShare, 1, "old")},
			[]wire.Record{record(wire.Put, wire.RecordShare, 1, "secret"), record(wire.Erase, wire.RecordPending, 1, "")}, false},
		"of another key": {nil, []wire.Record{record(wire.Put, wire.RecordShare, 2, "secret"), record(wire.Erase, wire.RecordPending, 1, "")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			mustApply(t, s, append(c.before, record(wire.Put, wire.RecordPending, 1, "secret"))...)
			before := keyFileNames(t, dir)
			mustApply(t, s, c.change...)
			expect(t, s, wire.RecordShare, c.change[0].Key[0], string(c.change[0].Value))
			want := 1
			if c.pending {
				want = 2
				expect(t, s, wire.RecordPending, 1, "secret")
			} else {
				expectNone(t, s, wire.RecordPending, 1)
			}
			after := keyFileNames(t, dir)
			if len(after) != want {
				t.Errorf("%d key files, want %d", len(after), want)
			}
			if name == "pending stays" {
				return
			}
			for _, file := range before {
				if slices.Contains(after, file) {
					t.Errorf("key file %s is still there", file)
				}
			}
		})
	}
}

// Compaction comes now and then and loses nothing.
func TestCompaction(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	mustApply(t, s, record(wire.Put, wire.RecordShare, 200, "stays"))
	var make, erase []wire.Record
	for i := range 100 {
		make = append(make, record(wire.Put, wire.RecordPending, byte(i), "x"))
		erase = append(erase, record(wire.Erase, wire.RecordPending, byte(i), ""))
	}
	for range 1 + compactAfter/len(erase) {
		mustApply(t, s, make...)
		mustApply(t, s, erase...)
	}
	s.compacting.Wait()
	expect(t, s, wire.RecordShare, 200, "stays")
	expectNone(t, s, wire.RecordPending, 1)
}

func BenchmarkApply(b *testing.B) {
	for _, kind := range []wire.RecordKind{wire.RecordPromise, wire.RecordShare} {
		b.Run(kinds[kind], func(b *testing.B) {
			s := mustOpen(b, b.TempDir())
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r := wire.Record{Op: wire.Put, Kind: kind, Value: make([]byte, 1000)}
					fillRandom(r.Key[:])
					if err := s.Apply([]wire.Record{r}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
