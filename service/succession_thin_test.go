package service

import (
	"slices"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestThinKeysEraseNothing: while too few members have certified what a key was moved to, nobody destroys its former share nor signs
// that it has, however often it looks. It tells how many such keys there are, and waits for nobody's receipt of them.
func TestThinKeysEraseNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 6, 0)
	a, late, e := c.nodes[0], c.nodes[4], c.nodes[5]
	ids := c.makeKeys(a, 2, 2)
	former := c.versions(a, ids)
	late.stop(t)
	a.remove(t, admin, e)
	there := []*testServer{a, c.nodes[1], c.nodes[2], c.nodes[3], e}
	for _, s := range there {
		for _, id := range ids {
			c.until("the key has moved", func() bool {
				r := c.stateOf(s, id).Record
				return setEpoch(&r.Setup) == 1 && r.Confirmed()
			})
		}
	}
	for i, s := range there {
		look := s.succession.eraseAll()
		if slices.SortFunc(look.unsure, func(a, b wire.KeyID) int { return slices.Compare(a[:], b[:]) }); look.stage || look.left || !slices.Equal(look.unsure, ids) {
			t.Errorf("key server %d: something is being erased %t, or will be %t; later sharings are asked for of %v", i, look.stage, look.left, look.unsure)
		}
		if thin := s.info(t).Thin; thin != len(ids) {
			t.Errorf("key server %d tells of %d thin keys", i, thin)
		}
		env := s.env()
		for _, id := range ids {
			if state := c.stateOf(s, id); len(state.Former) != 1 || handover.Thick(state.Record) {
				t.Errorf("key server %d has %d former shares of key %v", i, len(state.Former), id)
			}
			receipts, err := handover.ErasedOf(&env, wire.KeyVersion{Key: id, Version: former[id]})
			if err != nil || len(receipts) > 0 {
				t.Errorf("key server %d has %d receipts of erasure: %v", i, len(receipts), err)
			}
		}
	}
	if _, err := a.succession.askReceipts(); err != nil {
		t.Fatal(err)
	}
	a.succession.mu.Lock()
	owing, ready := len(a.succession.receipts.owing), len(a.succession.receipts.ready)
	a.succession.mu.Unlock()
	if owing != 6 || ready != 0 {
		t.Errorf("receipts of %d are wanted, want 6; %d are awaited though nothing may be erased", owing, ready)
	}
}

// TestErasePause: who can't erase yet asks the others less and less often, for a holder may be away for days. Who comes, and what is
// written of a key, has it look at once.
func TestErasePause(t *testing.T) {
	s := newSoloService(t).succession
	last := func() (time.Duration, time.Time) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.erasing.pause, s.erasing.next
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		s.eraseFormer()
		pause, next := last()
		if pause != want*time.Second || time.Until(next) > pause {
			t.Errorf("look %d: a pause of %v, want %v seconds", i, pause, int(want))
		}
		s.eraseFormer() // in the pause
		if again, at := last(); again != pause || !at.Equal(next) {
			t.Errorf("it looks again in the pause after look %d", i)
		}
		s.mu.Lock()
		s.erasing.next = time.Now() // which is over
		s.mu.Unlock()
	}
	for what, happens := range map[string]func(){
		"who comes":               s.came,
		"a record of a key":       func() { s.saved([]wire.Record{{Kind: wire.RecordKey}}) },
		"a sharing is superseded": func() { s.saved([]wire.Record{{Kind: wire.RecordFormer}}) },
	} {
		s.eraseFormer()
		if happens(); !s.erasing.next.IsZero() || s.erasing.pause != 0 {
			t.Errorf("%s does not end the pause", what)
		}
	}
	s.eraseFormer()
	if s.saved([]wire.Record{{Kind: wire.RecordErased}}); s.erasing.next.IsZero() {
		t.Error("a receipt ends the pause")
	}
}

// TestDifferencesOfBeforeAChange: what differed while not all knew of another set yet is told no more a moment later, as nobody may see
// it again; what is seen after that is told.
func TestDifferencesOfBeforeAChange(t *testing.T) {
	s := newSoloService(t)
	peer := wire.NodeID{7}
	s.differs(wire.KindGenerate, session.Difference{Node: peer, Detail: "lists less"})
	s.succession.look()
	if s.differences.of(peer) == "" {
		t.Error("it is forgotten though no set has followed")
	}
	s.succession.begin(1)
	s.succession.look()
	if s.differences.of(peer) == "" {
		t.Error("it is forgotten before all can have followed")
	}
	s.succession.mu.Lock()
	s.succession.agreeing = time.Now().Add(-time.Second)
	s.succession.mu.Unlock()
	s.succession.look()
	if what := s.differences.of(peer); what != "" {
		t.Errorf("it is still told: %s", what)
	}
	s.differs(wire.KindGenerate, session.Difference{Node: peer, Detail: "lists less"})
	s.succession.look()
	if s.differences.of(peer) == "" {
		t.Error("what is seen afterwards is forgotten")
	}
}
