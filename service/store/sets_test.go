package store

import (
	"bytes"
	"testing"

	"filippo.io/age"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestBackupOfSets: records about the server set are no key's: a backup has them apart, without epoch keys and fences, and
// brings them back.
func TestBackupOfSets(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	set := func(kind wire.RecordKind, name byte, value string) wire.Record {
		return wire.Record{Op: wire.Put, Kind: kind, Session: wire.SessionID{31: name}, Value: []byte(value)}
	}
	mustApply(t, s, record(wire.Put, wire.RecordKey, 0, "the key with the zero id"), record(wire.Put, wire.RecordKey, 1, "a key"),
		set(wire.RecordSet, 0, "set"), set(wire.RecordSet, 1, "link"), set(wire.RecordSetBound, 1, "word"),
		set(wire.RecordEpochKey, 9, "secret"), set(wire.RecordFence, 0, "fence"), set(wire.RecordGathered, 1, "gathered"))
	if err := s.Bind(goodHeader().Owner); err != nil {
		t.Fatal(err)
	}
	keys := 0
	if err := s.EachKey(func(key wire.KeyID, recs []wire.Record) error {
		keys++
		for i := range recs {
			if !recs[i].Kind.OfKey() {
				t.Errorf("%v is taken for a key's", kinds[recs[i].Kind])
			}
		}
		return nil
	}); err != nil || keys != 2 {
		t.Fatalf("%d keys: %v", keys, err)
	}
	to, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	sum, err := s.Backup(&b, anything, to.Recipient())
	if err != nil || sum.Keys != 2 || sum.Records != 6 || sum.Version != 3 {
		t.Fatalf("%+v: %v", sum, err)
	}
	dir := t.TempDir()
	how := Restoring{Secret: []byte("s"), Complete: true, Header: func(*BackupHeader) error { return nil }, Key: anything}
	if back, err := Restore(dir, bytes.NewReader(b.Bytes()), how, to); err != nil || back.Keys != 2 || back.Records != 6 {
		t.Fatalf("%+v: %v", back, err)
	}
	again, err := Open(dir, []byte("s"))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for kind, want := range map[wire.RecordKind]int{wire.RecordKey: 2, wire.RecordSet: 2, wire.RecordSetBound: 1, wire.RecordEpochKey: 0,
		wire.RecordFence: 0, wire.RecordGathered: 1} {
		if n, _ := again.Count(kind); n != want {
			t.Errorf("%d of %s are restored, want %d", n, kinds[kind], want)
		}
	}
}
