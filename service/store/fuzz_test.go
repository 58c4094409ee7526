package store

import (
	"bytes"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/syndtr/goleveldb/leveldb/journal"

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

// FuzzJournal: what leveldb would silently skip in the middle of a journal, we
// refuse before.
func FuzzJournal(f *testing.F) {
	for _, sizes := range [][]int{{10, 0, 30}, {10, 40000, 100}} {
		good := writeJournal(f, sizes)
		if err := checkJournal(good); err != nil {
			f.Fatal(err)
		}
		f.Add(good)
		f.Add(good[:20])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if checkJournal(content) != nil {
			return
		}
		// Once leveldb has dropped something, nothing may follow.
		dropped := new(drops)
		r := journal.NewReader(bytes.NewReader(content), dropped, false, true)
		for {
			rec, err := r.Next()
			if err != nil {
				return
			}
			var buf bytes.Buffer
			if _, err := buf.ReadFrom(rec); err == nil && *dropped > 0 {
				t.Errorf("a record is read after a part was skipped: %x", content)
			}
		}
	})
}

func writeJournal(t testing.TB, sizes []int) []byte {
	t.Helper()
	var content bytes.Buffer
	w := journal.NewWriter(&content)
	for _, size := range sizes {
		r, err := w.Next()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Write(bytes.Repeat([]byte{byte(size)}, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

// drops counts what leveldb skips.
type drops int

func (d *drops) Drop(error) { *d++ }
