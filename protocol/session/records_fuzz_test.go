package session_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// recorded is a cluster with a key and a document key, and their encodings.
func recorded(t testing.TB) (c *sessiontest.Cluster, record *wire.KeyRecord, encKey, encDocument []byte) {
	c = sessiontest.New(4, 1)
	record = c.Deal(sessiontest.KeyID(1), 1, c.NewClient("author"), c.Nodes)
	document := c.DealDocument(record, c.Encrypt(record, 1))
	var err error
	if encKey, err = rlp.EncodeToBytes(record); err != nil {
		t.Fatal(err)
	}
	if encDocument, err = rlp.EncodeToBytes(document); err != nil {
		t.Fatal(err)
	}
	return c, record, encKey, encDocument
}

// FuzzRecords: bytes that are taken as a certificate are one that was signed: nothing else
// passes, and nothing panics.
func FuzzRecords(f *testing.F) {
	c, record, encKey, encDocument := recorded(f)
	f.Add(encKey)
	f.Add(encDocument)
	f.Fuzz(func(t *testing.T, enc []byte) {
		r := new(wire.KeyRecord)
		if rlp.DecodeBytes(enc, r) == nil && verify.Record(c.ID, c.Members(), r) == nil && r.Transcript() != record.Transcript() {
			t.Errorf("forged key record: %x", enc)
		}
		d := new(wire.DocumentRecord)
		if rlp.DecodeBytes(enc, d) == nil && verify.Document(c.ID, record, nil, d) == nil {
			genuine := new(wire.DocumentRecord)
			if err := rlp.DecodeBytes(encDocument, genuine); err != nil || !genuine.SamePair(d) {
				t.Errorf("forged document record: %x", enc)
			}
		}
	})
}

// FuzzLoadState: a damaged record of any kind is an error or is what it says, never a
// panic, and never a share that prints.
func FuzzLoadState(f *testing.F) {
	_, record, encKey, encDocument := recorded(f)
	share := (&session.Share{Index: 1, Value: secp256k1.NewScalar(7)}).Encode()
	for _, kind := range []wire.RecordKind{wire.RecordKey, wire.RecordAttempt, wire.RecordPromise, wire.RecordDocument} {
		f.Add(uint8(kind), encKey)
		f.Add(uint8(kind), encDocument)
	}
	f.Add(uint8(wire.RecordShare), share)
	f.Add(uint8(wire.RecordPending), share)
	f.Add(uint8(wire.RecordAbandoned), []byte{1})
	f.Fuzz(func(t *testing.T, kind uint8, value []byte) {
		get := func(k wire.RecordKind, _ wire.KeyID, _ wire.SessionID) ([]byte, error) {
			switch {
			case k == wire.RecordKind(kind%16):
				return append([]byte(nil), value...), nil
			case k == wire.RecordKey:
				return append([]byte(nil), encKey...), nil
			}
			return nil, session.ErrNoRecord
		}
		list := func(wire.RecordKind, wire.KeyID) ([]wire.SessionID, error) {
			return []wire.SessionID{record.Version()}, nil
		}
		state, err := session.LoadState(sessiontest.KeyID(1), get, list)
		if (state == nil) == (err == nil) {
			t.Fatalf("state %v with error %v", state, err)
		}
	})
}
