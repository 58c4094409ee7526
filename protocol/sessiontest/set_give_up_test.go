package sessiontest

import (
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// givesUp has these nodes follow a set that has lost its quorum, decided through one of them.
func (w *world) givesUp(at, number int, nodes ...*Node) {
	w.t.Helper()
	n := w.Nodes[at]
	o := w.Order(n.Sets().Newest(), number, nodes...)
	o.GiveUp = true
	if err := w.settled(w.Decide(n, o)); err != nil {
		w.t.Fatalf("%s decides: %v", n.Name, err)
	}
	for _, member := range nodes {
		if set := member.Sets().Newest(); set.Epoch != o.Epoch || set.Hash() != n.Sets().Newest().Hash() {
			w.t.Fatalf("%s knows set %d", member.Name, set.Epoch)
		}
	}
}

// gathersFew has members of the newest set be content with the listings that can be had.
func (w *world) gathersFew(nodes ...*Node) {
	w.t.Helper()
	for _, n := range nodes {
		_, r, err := w.GatherFew(n)
		if err != nil {
			w.t.Fatal(err)
		}
		w.settle()
		env := n.Env()
		if ready, err := handover.Ready(&env); err != nil || !ready {
			w.t.Fatalf("%s does not stand on what can be had: %v, %v", n.Name, r.Err, err)
		}
	}
}

// Of the whole old set t are left: it is given up, and decides nothing. What it lists is found: an id that it lists is not given
// again. The key can't move, which the answer says, until another holder is back; and then it does, under the id and the public key
// that it had.
func TestGiveUpWithTMembersLeft(t *testing.T) {
	w := changingWorld(t, 8)
	for _, n := range w.Nodes[1:4] {
		w.Down(n)
	}
	next := w.Nodes[4:]
	w.givesUp(0, 1, next...)
	if err := w.settled(w.GatherListings(next[0])); wire.ReasonOf(err) != wire.Unavailable {
		t.Fatalf("stands at once on the listing of one: %v", err)
	}
	w.gathersFew(next...)
	if o := w.Generate(next[1], w.author, w.key, 1); w.settled(o) == nil {
		t.Error("an id that was listed is given again")
	}
	w.generates(5, KeyID(2))
	if err := w.settled(w.Known(next[0], w.key)); err != nil {
		t.Fatal(err)
	}
	o := w.Move(next[0], w.key, 0)
	w.settle()
	if o.Reason() != wire.Disconnected || !strings.Contains(o.String(), "1 of the 2 holders") {
		t.Fatalf("moved by one of two holders: %v", o)
	}
	w.Restart(w.Nodes[2])
	if err := w.settled(w.FollowSets(w.Nodes[2])); err != nil {
		t.Fatal(err)
	}
	if o := w.Move(next[0], w.key, 0); w.settled(o) != nil || o.Record.Public() != w.record.Public() || o.Record.Setup.Set.Epoch != 1 {
		t.Fatalf("%v", o)
	}
	w.wantBlamed()
}

// The listings of few are enough after a set that was given up, and after no other one, whatever a driver says.
func TestFewListingsAfterAnOrdinarySet(t *testing.T) {
	w := changingWorld(t, 5)
	w.decides(0, 1, w.Nodes...)
	for _, n := range w.Nodes[1:4] {
		w.Down(n)
	}
	_, r, err := w.GatherFew(w.Nodes[4])
	check(err)
	w.settle()
	env := w.Nodes[4].Env()
	if ready, err := handover.Ready(&env); wire.ReasonOf(r.Err) != wire.Unavailable || ready || err != nil {
		t.Errorf("ready: %t, %v, %v", ready, r.Err, err)
	}
}

// Set 1 has lost its quorum before a key has moved there: it is given up, and the key moves into set 2 from set 0, whose members
// hold it still.
func TestGiveUpAnUnreachableSet(t *testing.T) {
	w := changingWorld(t, 8)
	w.decides(0, 1, w.Nodes[4:]...)
	for _, n := range w.Nodes[5:] {
		w.Down(n)
	}
	w.givesUp(4, 2, w.Nodes[:5]...)
	for range 3 {
		for _, n := range w.Nodes[:5] { // who is of both sets also gathers for the first
			env := n.Env()
			epochs, err := handover.Unheard(&env)
			check(err)
			for _, epoch := range epochs {
				m, err := handover.NewGatheringFor(n.Env(), epoch)
				w.settled(w.does(n, wire.KindList, wire.KeyID{}, m.OfFew(), err))
			}
		}
	}
	if o := w.Move(w.Nodes[0], w.key, 0); w.settled(o) != nil || o.Record.Setup.Set.Epoch != 2 || o.Record.Setup.Move.Parent != w.record.Version() {
		t.Fatalf("%v", o)
	}
	w.generates(1, KeyID(3))
	w.Restart(w.Nodes[5])
	if err := w.settled(w.FollowSets(w.Nodes[5])); err != nil || w.Nodes[5].Sets().Newest().Epoch != 2 {
		t.Errorf("n6 comes back: %v", err)
	}
	w.wantBlamed()
}
