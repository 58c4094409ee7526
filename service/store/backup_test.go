package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// owner is whose the stores of these tests are.
var owner = Owner{Node: wire.NodeID{1}, Cluster: wire.ClusterID{2}, Servers: []wire.NodeID{{1}, {3}}}

// lock is a passphrase with a derivation that takes no time.
func lock(t testing.TB, passphrase string) age.Recipient {
	t.Helper()
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(5)
	return r
}

func unlock(t testing.TB, passphrase string) age.Identity {
	t.Helper()
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func anything(*BackupHeader, wire.KeyID, []wire.Record) error { return nil }

// backedUp fills a store and gives it and a backup of it.
func backedUp(t testing.TB) (dir string, backup []byte) {
	t.Helper()
	dir = t.TempDir()
	fill(t, dir)
	s := mustOpen(t, dir)
	if err := s.Bind(owner); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := s.Backup(&b, anything, lock(t, "pass")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	return dir, b.Bytes()
}

// restoring takes every backup.
func restoring(complete bool) Restoring {
	return Restoring{Secret: quick, Complete: complete, Header: func(*BackupHeader) error { return nil }, Key: anything}
}

// contents are all records of a store.
func contents(t testing.TB, s *Store) map[recordID]string {
	t.Helper()
	all := make(map[recordID]string)
	err := s.EachKey(func(key wire.KeyID, recs []wire.Record) error {
		for _, r := range recs {
			all[newRecordID(r.Kind, r.Key, r.Session)] = string(r.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRestoreGivesBackAll(t *testing.T) {
	from, backup := backedUp(t)
	want := contents(t, mustOpen(t, from))
	for _, complete := range []bool{true, false} {
		dir := filepath.Join(t.TempDir(), "secretstore")
		sum, err := Restore(dir, bytes.NewReader(backup), restoring(complete), unlock(t, "pass"))
		if err != nil {
			t.Fatal(err)
		}
		if sum.Keys != 20 || sum.Records != uint64(20*len(kindsInOrder())+len(keptOfSets)) || sum.Shares != 20 || sum.Owner.Node != owner.Node {
			t.Errorf("summary %+v", sum)
		}
		s := mustOpen(t, dir)
		got := contents(t, s)
		for id, value := range want {
			if got[id] != value && id.kind() != wire.RecordRestored {
				t.Errorf("%v is %q, was %q", id, got[id], value)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d records, there were %d", len(got), len(want))
		}
		gap, found, err := s.Gap()
		if found == complete || err != nil || !complete && gap.Since != sum.Created {
			t.Errorf("complete %v: gap %v, %v, %v", complete, gap, found, err)
		}
		if o, err := s.Owner(); err != nil || o.Node != owner.Node || len(o.Servers) != 2 {
			t.Errorf("owner %v, %v", o, err)
		}
		s.Close()
		for _, name := range []string{restoringDir, "db.new"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				t.Errorf("left %s behind", name)
			}
		}
	}
}

// Versions with a share are marked when promises may be missing, and stay marked in the
// backup of a restored store.
func TestRestoredVersionsAreMarked(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "s"), record(wire.Put, wire.RecordKey, 2, "k"))
	if err := s.Bind(owner); err != nil {
		t.Fatal(err)
	}
	for round, complete := range []bool{true, false, true} {
		var b bytes.Buffer
		if _, err := s.Backup(&b, anything, lock(t, "pass")); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if _, err := Restore(dir, &b, restoring(complete), unlock(t, "pass")); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, dir)
		_, gap, err := s.Gap()
		marked, _ := s.Count(wire.RecordRestored)
		if want := round > 0; err != nil || gap != want || marked != map[bool]int{true: 1}[want] {
			t.Errorf("restore %d: gap %v, %d marked, %v", round+1, gap, marked, err)
		}
		expect(t, s, wire.RecordShare, 1, "s")
	}
}

func TestRestoreRefuses(t *testing.T) {
	from, backup := backedUp(t)
	no := errors.New("no")
	is := func(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }
	refuse := restoring(true)
	refuse.Header = func(*BackupHeader) error { return no }
	bad := restoring(true)
	bad.Key = func(_ *BackupHeader, key wire.KeyID, _ []wire.Record) error {
		if key == (wire.KeyID{19}) { // the last
			return no
		}
		return nil
	}
	flipped := func(at int) []byte { b := bytes.Clone(backup); b[at] ^= 1; return b }
	var other bytes.Buffer
	w, err := age.Encrypt(&other, lock(t, "pass"))
	if err != nil {
		t.Fatal(err)
	}
	if err := writeFrame(w, &BackupHeader{Magic: "photographs"}); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for name, c := range map[string]struct {
		backup []byte
		with   string
		how    Restoring
		is     func(error) bool
	}{
		"wrong passphrase":       {backup, "Pass", restoring(true), is(ErrPassphrase)},
		"not a backup":           {[]byte("hello\n"), "pass", restoring(true), is(ErrBackup)},
		"empty":                  {nil, "pass", restoring(true), is(ErrBackup)},
		"other encrypted file":   {other.Bytes(), "pass", restoring(true), is(ErrBackup)},
		"last byte gone":         {backup[:len(backup)-1], "pass", restoring(true), is(ErrBackup)},
		"half":                   {backup[:len(backup)/2], "pass", restoring(true), is(ErrBackup)},
		"flipped at its end":     {flipped(len(backup) - 1), "pass", restoring(true), is(ErrBackup)},
		"flipped in its middle":  {flipped(len(backup) / 2), "pass", restoring(true), is(ErrBackup)},
		"more at its end":        {append(bytes.Clone(backup), 0), "pass", restoring(true), is(ErrBackup)},
		"of somebody else":       {backup, "pass", refuse, is(no)},
		"a record does not hold": {backup, "pass", bad, is(no)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := Restore(dir, bytes.NewReader(c.backup), c.how, unlock(t, c.with))
			if err == nil || !c.is(err) {
				t.Errorf("restored, or refused with: %v", err)
			}
			if left := snapshot(t, dir); len(left) != 0 {
				t.Errorf("left behind: %d files", len(left))
			}
		})
	}
	for _, part := range []string{"db", "keys"} {
		t.Run("over a store's "+part, func(t *testing.T) {
			dir := t.TempDir()
			copyDir(t, filepath.Join(from, part), filepath.Join(dir, part))
			before := snapshot(t, dir)
			if _, err := Restore(dir, bytes.NewReader(backup), restoring(true), unlock(t, "pass")); !errors.Is(err, ErrExists) {
				t.Errorf("refused with: %v", err)
			}
			if err := CreateForgetful(dir, quick, owner); !errors.Is(err, ErrExists) {
				t.Errorf("making an empty one: %v", err)
			}
			if after := snapshot(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Error("something was changed")
			}
		})
	}
	t.Run("into an open store's directory", func(t *testing.T) {
		dir := t.TempDir()
		mustOpen(t, dir)
		if _, err := Restore(dir, bytes.NewReader(backup), restoring(true), unlock(t, "pass")); !errors.Is(err, ErrLocked) {
			t.Errorf("refused with: %v", err)
		}
	})
}

// A restore that was cut off leaves no store, and does not stand in the way of the next.
func TestRestoreCutOff(t *testing.T) {
	_, backup := backedUp(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, restoringDir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(dir, bytes.NewReader(backup), restoring(true), unlock(t, "pass")); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir)
}

func TestBackupToPublicKey(t *testing.T) {
	from, _ := backedUp(t)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := mustOpen(t, from).Backup(&b, anything, id.Recipient()); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.TempDir(), bytes.NewReader(b.Bytes()), restoring(true), unlock(t, "pass")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("with a passphrase: %v", err)
	}
	if _, err := Restore(t.TempDir(), &b, restoring(true), id); err != nil {
		t.Error(err)
	}
}

// Nothing of a share is readable in a backup, and a backup is not made of a store with an
// unreadable or unsound record: it would not be noticed before it is needed.
func TestBackupIsSealedAndSound(t *testing.T) {
	from, backup := backedUp(t)
	if bytes.Contains(backup, []byte("pending share7")) {
		t.Error("a share can be read in a backup")
	}
	s := mustOpen(t, from)
	no := errors.New("no")
	_, err := s.Backup(io.Discard, func(*BackupHeader, wire.KeyID, []wire.Record) error { return no }, lock(t, "pass"))
	if !errors.Is(err, no) {
		t.Errorf("an unsound record: %v", err)
	}
	for _, name := range keyFileNames(t, from) { // those of epoch keys too, which are in no backup
		if err := os.Truncate(filepath.Join(from, "keys", name), 3); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Backup(io.Discard, anything, lock(t, "pass")); !isDamage(err) {
		t.Errorf("an unreadable record: %v", err)
	}
}

// A backup may be made while the store is written to.
func TestBackupOfALiveStore(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	if err := s.Bind(owner); err != nil {
		t.Fatal(err)
	}
	for key := range byte(50) {
		mustApply(t, s, record(wire.Put, wire.RecordShare, key, "0"), record(wire.Put, wire.RecordKey, key, "0"))
	}
	stop := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			key, value := byte(i%50), fmt.Sprint(i)
			if err := s.Apply([]wire.Record{record(wire.Put, wire.RecordShare, key, value), record(wire.Put, wire.RecordKey, key, value)}); err != nil {
				done <- err
				return
			}
		}
	}()
	for range 5 {
		sum, err := s.Backup(io.Discard, func(_ *BackupHeader, key wire.KeyID, recs []wire.Record) error {
			if len(recs) != 2 || string(recs[0].Value) != string(recs[1].Value) {
				return fmt.Errorf("key %v is torn: %q", key, recs)
			}
			return nil
		}, lock(t, "pass"))
		if err != nil || sum.Keys != 50 {
			t.Errorf("%v, %v", sum, err)
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestBind(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if _, err := s.Owner(); !errors.Is(err, ErrNotFound) {
		t.Errorf("owner of a new store: %v", err)
	}
	if _, err := s.Backup(io.Discard, anything, lock(t, "pass")); err == nil {
		t.Error("backed up a store of nobody")
	}
	if err := s.Bind(owner); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = mustOpen(t, dir)
	more := owner
	more.Servers = append(more.Servers, wire.NodeID{9})
	if err := s.Bind(more); err != nil {
		t.Errorf("another list of servers: %v", err)
	}
	for what, other := range map[string]Owner{
		"the share store belongs to key server 01000000": {Node: wire.NodeID{7}, Cluster: owner.Cluster},
		"the share store belongs to cluster 0x0200":      {Node: owner.Node, Cluster: wire.ClusterID{7}},
	} {
		var wrong *OwnerError
		if err := s.Bind(other); !errors.As(err, &wrong) || !strings.Contains(err.Error(), what) {
			t.Errorf("another owner: %v", err)
		}
		s.Close()
		before := snapshot(t, dir)
		if _, err := OpenFor(dir, quick, other); !errors.As(err, &wrong) {
			t.Errorf("another owner opens: %v", err)
		}
		if after := snapshot(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Error("another owner's attempt changed something")
		}
		var err error
		if s, err = OpenFor(dir, quick, owner); err != nil {
			t.Fatal(err)
		}
		defer s.Close()
	}
	if o, err := s.Owner(); err != nil || o.Node != owner.Node || len(o.Servers) != 3 {
		t.Errorf("%v, %v", o, err)
	}
}

func TestForgetful(t *testing.T) {
	dir := t.TempDir()
	if err := CreateForgetful(dir, quick, owner); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir)
	if gap, found, err := s.Gap(); !found || err != nil || gap.Since != 0 {
		t.Errorf("%v, %v, %v", gap, found, err)
	}
	if err := s.NoteGap(Gap{Since: 5}); err != nil {
		t.Error(err)
	}
	if gap, _, _ := s.Gap(); gap.Since != 0 {
		t.Error("a gap was made smaller")
	}
}

// The memory that a backup takes does not depend on the number of keys.
func TestBackupMemory(t *testing.T) {
	const keys, size = 200, 256 << 10
	s := mustOpen(t, t.TempDir())
	if err := s.Bind(owner); err != nil {
		t.Fatal(err)
	}
	value := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	for key := range byte(keys) {
		mustApply(t, s, wire.Record{Op: wire.Put, Kind: wire.RecordKey, Key: wire.KeyID{key}, Value: value})
	}
	var most uint64
	look := func(*BackupHeader, wire.KeyID, []wire.Record) error {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
		return nil
	}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if _, err := s.Backup(io.Discard, look, lock(t, "pass")); err != nil {
		t.Fatal(err)
	}
	// 50 MiB of records. What may grow is leveldb's block cache, 8 MiB.
	if grown := int64(most) - int64(before.HeapAlloc); grown > 25<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}
