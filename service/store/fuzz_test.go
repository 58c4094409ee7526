package store

import (
	"bytes"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// FuzzDecodeRecord gives the reader database values that anybody may have edited.
// None of them opens, and none panics.
func FuzzDecodeRecord(f *testing.F) {
	s := mustOpen(f, f.TempDir())
	for kind := range kinds {
		mustApply(f, s, record(wire.Put, kind, 1, "value"))
		id := newRecordID(kind, wire.KeyID{1}, wire.SessionID{1, 1})
		raw, err := s.raw(id)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(id[:], raw)
		f.Add(id[:10], raw[:10])
	}
	f.Fuzz(func(t *testing.T, dbkey, raw []byte) {
		id, err := parseRecordID(append([]byte{recordPrefix}, dbkey...))
		if err != nil {
			if id, err = parseRecordID(dbkey); err != nil {
				return
			}
		}
		stored, _ := s.raw(id)
		if _, err := s.openRecord(id, raw); err == nil && !bytes.Equal(raw, stored) {
			t.Errorf("%v: %x opens", id, raw)
		}
	})
}

// FuzzMeta decodes the record that says how to derive keys, with no way to make it
// take all memory.
func FuzzMeta(f *testing.F) {
	_, m, err := newKeyring(quick, 0)
	if err != nil {
		f.Fatal(err)
	}
	enc, err := rlp.EncodeToBytes(m)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(enc)
	f.Fuzz(func(t *testing.T, enc []byte) {
		if m, err := decodeMeta(enc); err == nil && (m.N > 1<<20 || m.R > 32 || m.P > 16) {
			t.Errorf("took %+v", m)
		}
	})
}
