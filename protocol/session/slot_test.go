package session

import (
	"bytes"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// disk keeps records as a store does.
type disk struct {
	*testing.T
	records auditRecords
}

func (d *disk) apply(batch []wire.Record) (ok bool) {
	next := slices.Clone(d.records)
	find := func(r *wire.Record) int {
		return slices.IndexFunc(next, func(o wire.Record) bool { return o.Kind == r.Kind && o.Key == r.Key && o.Session == r.Session })
	}
	for i := range batch {
		r := &batch[i]
		at := find(r)
		switch {
		case r.Op == wire.Create && at >= 0 && !bytes.Equal(next[at].Value, r.Value),
			r.Op == wire.Expect && (at < 0 || !bytes.Equal(next[at].Value, r.Value)):
			return false
		case r.Op == wire.Expect:
		case r.Op == wire.Erase && at >= 0:
			next = slices.Delete(next, at, at+1)
		case r.Op == wire.Erase:
		case at >= 0:
			next[at].Value = slices.Clone(r.Value)
		default:
			c := *r
			c.Value = slices.Clone(r.Value)
			next = append(next, c)
		}
	}
	d.records = next
	return true
}

func (d *disk) mustApply(batch []wire.Record) {
	d.Helper()
	if !d.apply(batch) {
		d.Fatalf("refused: %+v", batch)
	}
}

func (d *disk) load() *State {
	d.Helper()
	s, err := LoadState(wire.KeyID{9}, d.records.get, d.records.list)
	if err != nil {
		d.Fatal(err)
	}
	return s
}

func (d *disk) in(slot wire.Slot) *State {
	d.Helper()
	s, err := d.load().In(slot)
	if err != nil {
		d.Fatal(err)
	}
	return s
}

// sharing is a record of four members: of the generation, or dealt anew from another.
func sharing(parent *wire.KeyRecord, slot wire.Slot, nonce byte) *wire.KeyRecord {
	r := &wire.KeyRecord{Setup: wire.Setup{Key: wire.KeyID{9}, SetSize: 4, Threshold: 1, Members: []wire.NodeID{{1}, {2}, {3}, {4}}, Nonce: [32]byte{nonce}},
		Commitments: make([]wire.Point, 2), Signatures: make([]wire.Signature, 4), Acks: make([]wire.IndexedSign, 3)}
	if parent != nil {
		r.Setup.Set = &wire.SetRef{Epoch: slot.Epoch}
		r.Setup.Move = &wire.Move{Round: slot.Round, Origin: parent.Setup.Origin(), Parent: parent.Version(), Made: 1,
			Dealers: []wire.Dealer{{Node: wire.NodeID{1}, Index: 1}, {Node: wire.NodeID{2}, Index: 2}}}
		r.Moved = &wire.Moved{Pair: wire.PairState{Kind: wire.PairNone}}
	}
	return r
}

func unconfirmed(r *wire.KeyRecord) *wire.KeyRecord {
	c := *r
	c.Acks = r.Acks[:1]
	return &c
}

func shareOf(value uint64) *Share { return &Share{Index: 1, Value: secp256k1.NewScalar(uint32(value))} }

// promise is what a member writes that signs the transcript of an attempt.
func (d *disk) promise(view *State, r *wire.KeyRecord, share *Share) bool {
	batch := view.Bind(wire.Create, r.Version())
	return d.apply(append(batch, view.KeepAttempt(&Attempt{Setup: r.Setup, Commitments: r.Commitments}),
		wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: r.Setup.Key, Session: r.Version(), Value: share.Encode()}))
}

// A key that is generated, dealt anew twice, and once more in the set's next epoch: at each step the current sharing, the
// own share of it, and those that are kept until they may be erased are what they should be, also after a restart.
func TestSlots(t *testing.T) {
	d := &disk{T: t}
	first := sharing(nil, wire.Slot{}, 1)
	if !d.promise(d.load(), first, shareOf(1)) {
		t.Fatal("the generation's attempt was refused")
	}
	batch, err := Activate(d.load(), first)
	if err != nil {
		t.Fatal(err)
	}
	d.mustApply(batch)

	parent := first
	for i, slot := range []wire.Slot{{Epoch: 0, Round: 7}, {Epoch: 0, Round: 9}, {Epoch: 1}} {
		view := d.in(slot)
		if view.Record != nil || view.Parent == nil || view.Parent.Version() != parent.Version() || view.ParentShare == nil || view.Slot() != slot {
			t.Fatalf("%v before: %+v", slot, view)
		}
		next := sharing(parent, slot, byte(i+2))
		if !d.promise(view, next, shareOf(uint64(i+2))) {
			t.Fatalf("%v: an attempt was refused", slot)
		}
		if d.promise(d.in(slot), sharing(parent, slot, 99), shareOf(99)) {
			t.Errorf("%v: bound to two attempts", slot)
		}
		if s := d.load(); s.Record.Version() != parent.Version() || s.Share == nil || s.Attempt != nil {
			t.Errorf("%v: an attempt has changed what is current: %+v", slot, s)
		}
		batch, err := ActivateUnconfirmed(d.in(slot), unconfirmed(next))
		if err != nil {
			t.Fatal(err)
		}
		d.mustApply(batch)
		if s := d.load(); s.Record.Version() != parent.Version() || s.Share == nil {
			t.Errorf("%v: current before it is confirmed", slot)
		}
		if view := d.in(slot); view.Record == nil || view.Record.Version() != next.Version() || view.Share == nil {
			t.Errorf("%v: the certificate is forgotten: %+v", slot, view)
		}
		loaded := d.load() // as a node that learns of it in a request: not by the slot
		if batch, err = Activate(loaded, next); err != nil {
			t.Fatal(err)
		}
		d.mustApply(batch)
		loaded.Apply(next)
		for name, s := range map[string]*State{"applied": loaded, "loaded": d.load()} {
			if s.Record.Version() != next.Version() || s.Share == nil || len(s.Former) != i+1 {
				t.Fatalf("%v, %s: %+v", slot, name, s)
			}
			if want := shareOf(uint64(i + 2)); !s.Share.Value.Equal(want.Value) {
				t.Errorf("%v, %s: another share", slot, name)
			}
			for j, f := range s.Former {
				if share := s.FormerShare(f); share == nil || !share.Value.Equal(shareOf(uint64(j+1)).Value) {
					t.Errorf("%v, %s: former sharing %d without its share", slot, name, j)
				}
			}
		}
		if view := d.in(slot); view.Record == nil || view.Record.Version() != next.Version() || view.Parent != nil {
			t.Errorf("%v after: %+v", slot, view)
		}
		parent = next
	}
	for _, r := range d.records { // superseded slots leave nothing behind
		if r.Kind == wire.RecordNext || r.Kind == wire.RecordAttempt || r.Kind == wire.RecordPending {
			t.Errorf("left: kind %d, %v", r.Kind, r.Session)
		}
	}
	bound := 0
	for _, r := range d.records {
		if r.Kind == wire.RecordBound {
			bound++
		}
	}
	if bound > 1 {
		t.Errorf("bound in %d slots", bound)
	}
}

// A word about a slot that another session has superseded since it was read is not given: neither a promise nor a vote.
func TestSupersededMeanwhile(t *testing.T) {
	d := &disk{T: t}
	first := sharing(nil, wire.Slot{}, 1)
	batch, err := Activate(d.load(), first)
	if err != nil {
		t.Fatal(err)
	}
	d.mustApply(batch)
	early, late := wire.Slot{Round: 7}, wire.Slot{Round: 9}
	stale := d.in(early)
	if batch, err = Activate(d.load(), sharing(first, late, 2)); err != nil {
		t.Fatal(err)
	}
	d.mustApply(batch)
	if d.promise(stale, sharing(first, early, 3), shareOf(3)) {
		t.Error("bound to an attempt in a slot that was superseded")
	}
	if d.apply(append(stale.guard(), wire.NewRecord(wire.Create, wire.RecordOutcome, wire.KeyID{9}, wire.SessionID{5}, &AttemptOutcome{Majority: 3}))) {
		t.Error("voted in a slot that was superseded")
	}
	view := d.in(early)
	if !view.Superseded() || view.Record.Setup.Slot() != late || view.Parent != nil {
		t.Errorf("%+v", view)
	}
}

// What an earlier sharing's certificate comes to is nothing any more, and a redistribution of another key under the id is none.
func TestActivateOtherSlots(t *testing.T) {
	first := sharing(nil, wire.Slot{}, 1)
	moved := sharing(first, wire.Slot{Epoch: 1}, 2)
	other := sharing(sharing(nil, wire.Slot{}, 8), wire.Slot{Epoch: 2}, 3)
	bent := sharing(first, wire.Slot{Epoch: 2}, 3)
	bent.Commitments[0][0] = 1
	for name, c := range map[string]struct {
		known  *wire.KeyRecord
		record *wire.KeyRecord
		reason wire.Reason
	}{
		"an earlier one":                   {moved, sharing(first, wire.Slot{Round: 5}, 4), wire.KeyExists},
		"the generated one":                {moved, first, wire.KeyExists},
		"of another key":                   {moved, other, wire.KeyExists},
		"of another public key":            {moved, bent, wire.KeyExists},
		"another one of the same slot":     {moved, sharing(first, wire.Slot{Epoch: 1}, 5), wire.KeyExists},
		"a later one that isn't confirmed": {first, unconfirmed(moved), wire.Unavailable},
	} {
		d := &disk{T: t}
		batch, err := Activate(d.load(), c.known)
		if err != nil {
			t.Fatal(err)
		}
		d.mustApply(batch)
		if batch, err := Activate(d.load(), c.record); err == nil || wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %d changes, %v", name, len(batch), err)
		}
	}
	// A key that can never be confirmed gives way to what a majority has confirmed.
	d := &disk{T: t}
	lost := unconfirmed(sharing(nil, wire.Slot{}, 8))
	if !d.promise(d.load(), lost, shareOf(1)) {
		t.Fatal("refused")
	}
	batch, err := ActivateUnconfirmed(d.load(), lost)
	if err != nil {
		t.Fatal(err)
	}
	d.mustApply(batch)
	if batch, err = Activate(d.load(), moved); err != nil {
		t.Fatal(err)
	}
	d.mustApply(batch)
	if s := d.load(); s.Record.Version() != moved.Version() || s.Share != nil || len(s.Former) != 0 {
		t.Errorf("%+v", s)
	}
}
