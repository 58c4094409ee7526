package session

import (
	"bytes"
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// held is a store of one key id in memory, of which one kind of record can be damaged.
type held struct {
	records    auditRecords
	fails      wire.RecordKind // can't be read
	failsLists wire.RecordKind // can't be listed
}

var errDisk = errors.New("the disk is broken")

func (h *held) get(kind wire.RecordKind, key wire.KeyID, id wire.SessionID) ([]byte, error) {
	if kind == h.fails {
		return nil, errDisk
	}
	return h.records.get(kind, key, id)
}

func (h *held) list(kind wire.RecordKind, key wire.KeyID) ([]wire.SessionID, error) {
	if kind == h.failsLists {
		return nil, errDisk
	}
	return h.records.list(kind, key)
}

// replace puts another value in the place of all records of a kind.
func (h *held) replace(kind wire.RecordKind, value []byte) {
	for i := range h.records {
		if h.records[i].Kind == kind && (kind != wire.RecordOutcome || h.records[i].Session != (wire.SessionID{})) {
			h.records[i].Value = value
		}
	}
}

// everything is a record of each kind.
func everything() *held {
	var key wire.KeyID
	member := wire.NodeID{1}
	setup := wire.Setup{SetSize: 1, Members: []wire.NodeID{member}, Initiator: member}
	record := &wire.KeyRecord{Setup: setup, Commitments: make([]wire.Point, 1), Signatures: make([]wire.Signature, 1)}
	attempt := &Attempt{Setup: setup, Commitments: make([]wire.Point, 1)}
	attempt.Setup.Nonce[0] = 1
	to := attempt.Session()
	share := (&Share{Index: 1, Value: secp256k1.NewScalar(5)}).Encode()
	pair := &wire.DocumentRecord{Version: record.Version()}
	return &held{records: auditRecords{
		wire.NewRecord(wire.Put, wire.RecordKey, key, wire.SessionID{}, record),
		{Kind: wire.RecordShare, Session: record.Version(), Value: share},
		wire.NewRecord(wire.Put, wire.RecordAttempt, key, wire.SessionID{}, attempt),
		{Kind: wire.RecordPending, Session: to, Value: share},
		{Kind: wire.RecordOutcome, Value: to[:]},
		{Kind: wire.RecordBound, Session: wire.SessionID{6}, Value: to[:]},
		wire.NewRecord(wire.Put, wire.RecordNext, key, wire.SessionID{6}, record),
		wire.NewRecord(wire.Put, wire.RecordFormer, key, wire.SessionID{5}, record),
		wire.NewRecord(wire.Put, wire.RecordOutcome, key, wire.SessionID{7}, &AttemptOutcome{Majority: 1}),
		wire.NewRecord(wire.Put, wire.RecordPromise, key, wire.SessionID{}, pair),
		wire.NewRecord(wire.Put, wire.RecordDocument, key, wire.SessionID{}, pair),
	}}
}

// What can't be read, or is damaged, is an error, and never taken for what is not there: a node would promise again what
// it has promised otherwise.
func TestDamagedRecords(t *testing.T) {
	h := everything()
	s, err := LoadState(wire.KeyID{}, h.get, h.list)
	if err != nil || s.Record == nil || s.Share == nil || s.Attempt == nil || s.Pending == nil || len(s.Outcomes) != 1 || s.Promise == nil || s.Document == nil {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, kind := range []wire.RecordKind{wire.RecordKey, wire.RecordShare, wire.RecordAttempt, wire.RecordPending, wire.RecordOutcome,
		wire.RecordPromise, wire.RecordDocument, wire.RecordBound, wire.RecordNext, wire.RecordFormer} {
		for name, change := range map[string]func(h *held){
			"can't be read": func(h *held) { h.fails = kind },
			"is empty":      func(h *held) { h.replace(kind, []byte{}) },
			"is no record":  func(h *held) { h.replace(kind, []byte{1, 2, 3}) },
			"is too large":  func(h *held) { h.replace(kind, bytes.Repeat([]byte{0xff}, shareSize)) }, // as a scalar, too
		} {
			h := everything()
			change(h)
			if s, err := LoadState(wire.KeyID{}, h.get, h.list); err == nil {
				t.Errorf("kind %d %s, and the state is %+v", kind, name, s)
			}
		}
	}
	for _, kind := range []wire.RecordKind{wire.RecordOutcome, wire.RecordDealt, wire.RecordRestored, wire.RecordBound,
		wire.RecordNext, wire.RecordFormer, wire.RecordAttempt} {
		h := everything()
		h.failsLists = kind
		if _, err := LoadState(wire.KeyID{}, h.get, h.list); !errors.Is(err, errDisk) {
			t.Errorf("kind %d can't be listed: %v", kind, err)
		}
	}
}

// A share is lost if this node has helped to make a key that there is, and has not given it up.
func TestLost(t *testing.T) {
	self, other := wire.NodeID{1}, wire.NodeID{2}
	record := func(member wire.NodeID, acks int) *wire.KeyRecord {
		return &wire.KeyRecord{Setup: wire.Setup{SetSize: 1, Members: []wire.NodeID{member}}, Acks: make([]wire.IndexedSign, acks)}
	}
	mine := record(self, 1)
	for name, c := range map[string]struct {
		state State
		lost  bool
	}{
		"no key":                      {State{}, false},
		"a key without its share":     {State{Record: mine}, true},
		"a key with its share":        {State{Record: mine, Share: new(Share)}, false},
		"a key that is not confirmed": {State{Record: record(self, 0)}, false},
		"others' key":                 {State{Record: record(other, 1)}, false},
		"a key that was given up":     {State{Record: mine, Outcomes: []AttemptOutcome{{Session: mine.Version(), Final: new(wire.Abandonment)}}}, false},
	} {
		if got := c.state.Lost(self); got != c.lost {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Two nodes differ if one lists others or does not know what is asked; nobody does for another reason, or for none.
func TestDiffers(t *testing.T) {
	for _, reason := range []wire.Reason{wire.NotMember, wire.Unsupported, wire.InvalidMessage, wire.Unavailable, wire.Cryptographic, wire.Internal} {
		err := wire.Errorf(reason, "why")
		eff := BlameOrDiffer(wire.NodeID{1}, "what", err)
		if differs := reason == wire.NotMember || reason == wire.Unsupported; Differs(err) != differs ||
			len(eff.Differ) == 1 != differs || len(eff.Faults) == 0 != differs {
			t.Errorf("%v: %+v", reason, eff)
		}
	}
	if Differs(nil) {
		t.Error("no error differs")
	}
}

// A share is held if it can be read where it belongs, of the current sharing, which is confirmed: others erase upon that word.
func TestHoldsShare(t *testing.T) {
	share := (&Share{Index: 1, Value: secp256k1.NewScalar(5)}).Encode()
	for name, c := range map[string]struct {
		change        func(h *held, r *wire.KeyRecord)
		current, held bool
	}{
		"as it is":         {func(*held, *wire.KeyRecord) {}, true, true},
		"not confirmed":    {func(_ *held, r *wire.KeyRecord) { r.Acks = nil }, false, false},
		"another sharing":  {func(_ *held, r *wire.KeyRecord) { r.Setup.Nonce[0] = 9 }, false, false},
		"no record":        {func(h *held, _ *wire.KeyRecord) { h.fails = wire.RecordKey }, false, false},
		"unreadable share": {func(h *held, _ *wire.KeyRecord) { h.fails = wire.RecordShare }, true, false},
		"damaged share":    {func(h *held, _ *wire.KeyRecord) { h.replace(wire.RecordShare, []byte{1}) }, true, false},
		"no share":         {func(h *held, _ *wire.KeyRecord) { h.records = h.records[1:] }, true, false},
	} {
		member := wire.NodeID{1}
		r := &wire.KeyRecord{Setup: wire.Setup{SetSize: 1, Members: []wire.NodeID{member}, Initiator: member},
			Commitments: make([]wire.Point, 1), Signatures: make([]wire.Signature, 1), Acks: []wire.IndexedSign{{Index: 1}}}
		asked := wire.KeyVersion{Version: r.Version()}
		h := &held{records: auditRecords{{Kind: wire.RecordShare, Session: r.Version(), Value: share}}}
		c.change(h, r)
		h.records = append(h.records, wire.NewRecord(wire.Put, wire.RecordKey, wire.KeyID{}, wire.SessionID{}, r))
		if current, held := HoldsShare(h.get, asked); current != c.current || held != c.held {
			t.Errorf("%s: current %t, held %t", name, current, held)
		}
	}
}
