package service

import (
	"slices"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A key that nobody knows is not looked for each time that somebody names it; one about which too few could tell is, and soon, though
// nobody names it again.
func TestLookedUpAgain(t *testing.T) {
	l, now := newLacks(), time.Now()
	made, up := wire.KeyID{1}, wire.KeyID{2}
	named := []wire.KeyVersion{{Key: made}, {Key: up}}
	l.hear(named)
	if ids := l.wanted(now); len(ids) != 2 {
		t.Fatalf("looked up: %v", ids)
	}
	l.notFound(made, wire.Errorf(wire.KeyNotFound, "nobody"), now)
	l.notFound(up, wire.Errorf(wire.Unavailable, "too few"), now)
	if ids := l.wanted(now); len(ids) != 0 {
		t.Errorf("at once: %v", ids)
	}
	if ids := l.wanted(now.Add(lookAgain)); !slices.Equal(ids, []wire.KeyID{up}) {
		t.Errorf("soon: %v", ids)
	}
	l.hear(named)
	if ids := l.wanted(now.Add(lookAgain)); !slices.Equal(ids, []wire.KeyID{up}) {
		t.Errorf("named again: %v", ids)
	}
	l.wanted(now.Add(unknownLife))
	l.hear(named)
	if ids := l.wanted(now.Add(unknownLife)); len(ids) != 2 {
		t.Errorf("after %v: %v", unknownLife, ids)
	}
}

// The own store is looked through now and then, as soon as another set is known, and more often for a while afterwards.
func TestLookedThroughForEachSet(t *testing.T) {
	l, now := newLacks(), time.Now()
	for _, test := range []struct {
		epoch uint64
		after time.Duration
		due   bool
	}{{0, 0, true}, {0, time.Second, false}, {3, time.Second, true}, {3, 2 * time.Second, false}, {3, time.Second + 2*lackSoon, true},
		{3, lackEvery + 2*time.Minute, true}, {3, lackEvery + 3*time.Minute, false}, {3, 3 * lackEvery, true}} {
		if due := l.due(test.epoch, now.Add(test.after)); due != test.due {
			t.Errorf("set %d, after %v: %v", test.epoch, test.after, due)
		}
	}
	l.again()
	if !l.due(3, now.Add(3*lackEvery)) {
		t.Error("not when it is asked for")
	}
}

// Keys that are made while others move count for nothing there: else who waits for others to make progress would wait as long as keys
// are made.
func TestNewKeysAreNoProgress(t *testing.T) {
	set := &wire.ServerSet{Epoch: 2, Members: []wire.NodeID{{1}, {2}}}
	m := newMover(set)
	m.note(wire.KeyID{1}, nil) // listed, and still to be settled
	before := m.moved
	made := &wire.KeyRecord{Setup: wire.Setup{Key: wire.KeyID{2}, Set: &wire.SetRef{Epoch: 2}}}
	if m.there(made) {
		t.Fatal("it is confirmed")
	}
	m.note(wire.KeyID{2}, made)
	if m.left() != 1 || m.size() != 1 || m.moved != before {
		t.Errorf("%d of %d keys are left to be moved", m.left(), m.size())
	}
	m.note(wire.KeyID{3}, &wire.KeyRecord{Setup: wire.Setup{Key: wire.KeyID{3}, Set: &wire.SetRef{Epoch: 1}}})
	if m.left() != 2 {
		t.Error("a key of the set before is not to be moved")
	}
}

// Keys move when nobody is waited for and the others have found each other, and at the latest when those that are not connected were
// waited for.
func TestAssembled(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		name         string
		whole, begun time.Duration // ago; whole 0: somebody was waited for until now
		waiting      bool
		want         bool
	}{
		{"who may come soon is waited for", 0, time.Second, true, false},
		{"but not for longer", 0, assembleWait, true, true},
		{"those that are there find each other first", 0, time.Second, false, false},
		{"which takes a moment", assembledAfter, 2 * time.Second, false, true},
		{"and begins anew when another is gone", assembledAfter, 2 * time.Second, true, false},
	} {
		var whole time.Time
		if test.whole > 0 {
			whole = now.Add(-test.whole)
		}
		if got := assembledIn(&whole, now.Add(-test.begun), test.waiting); got != test.want || whole.IsZero() != test.waiting {
			t.Errorf("%s: %v, whole since %v", test.name, got, whole)
		}
	}
}
