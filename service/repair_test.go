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

// The own store is looked through now and then, and as soon as another set is known.
func TestLookedThroughForEachSet(t *testing.T) {
	l, now := newLacks(), time.Now()
	for _, test := range []struct {
		epoch uint64
		after time.Duration
		due   bool
	}{{0, 0, true}, {0, time.Second, false}, {3, time.Second, true}, {3, time.Minute, false}, {3, 2 * lackEvery, true}} {
		if due := l.due(test.epoch, now.Add(test.after)); due != test.due {
			t.Errorf("set %d, after %v: %v", test.epoch, test.after, due)
		}
	}
	l.again()
	if !l.due(3, now.Add(2*lackEvery)) {
		t.Error("not when it is asked for")
	}
}
