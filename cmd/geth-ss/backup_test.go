package main

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// A backup has the server sets under the zero id. They are checked as sets, which follow one another, and not as what is known of
// a key.
func TestBackupOfSetsIsChecked(t *testing.T) {
	first := &wire.ServerSet{Members: []wire.NodeID{{1}, {2}}}
	set := func(epoch uint64, value any) wire.Record {
		return wire.NewRecord(wire.Put, wire.RecordSet, wire.KeyID{}, wire.EpochName(epoch), value)
	}
	for name, c := range map[string]struct {
		recs []wire.Record
		ok   bool
	}{
		"the first set":                {[]wire.Record{set(0, first)}, true},
		"what is bound, without a set": {[]wire.Record{{Kind: wire.RecordSetBound, Session: wire.EpochName(1), Value: []byte{1}}}, true},
		"no first set":                 {[]wire.Record{set(1, first)}, false},
		"a set that does not follow":   {[]wire.Record{set(0, first), set(1, new(wire.SetLink))}, false},
		"a damaged set":                {[]wire.Record{{Kind: wire.RecordSet, Session: wire.EpochName(0), Value: []byte{0xc1}}}, false},
		"listings of no set":           {[]wire.Record{set(0, first), wire.NewRecord(wire.Put, wire.RecordGathered, wire.KeyID{}, wire.EpochName(1), []byte{1})}, false},
		"and a damaged key":            {[]wire.Record{set(0, first), {Kind: wire.RecordKey, Value: []byte{0xc1}}}, false},
	} {
		if err := auditRecords(new(store.BackupHeader), wire.KeyID{}, c.recs); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
