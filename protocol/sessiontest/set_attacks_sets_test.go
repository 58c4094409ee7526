package sessiontest

import (
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// changingWorld has n nodes, of which the first four are set 0, whose administrator may have others follow, and have made a key.
func changingWorld(t *testing.T, n int) *world {
	t.Helper()
	w := &world{Cluster: New(n, 11), t: t, key: KeyID(1)}
	w.author = w.NewClient("author")
	w.Changing(0, w.Nodes[:4]...)
	w.record = w.generates(0, w.key)
	return w
}

func (w *world) generates(at int, key wire.KeyID) *wire.KeyRecord {
	w.t.Helper()
	o := w.Generate(w.Nodes[at], w.author, key, 1)
	if w.settled(o) != nil {
		w.t.Fatalf("%s makes key %x: %v", w.Nodes[at].Name, key[31], o.Err)
	}
	return o.Record
}

// decides has a set follow the newest one that a node knows.
func (w *world) decides(at, number int, nodes ...*Node) *wire.SetOrder {
	w.t.Helper()
	n := w.Nodes[at]
	o := w.Order(n.Sets().Newest(), number, nodes...)
	if err := w.settled(w.Decide(n, o)); err != nil {
		w.t.Fatalf("%s decides: %v", n.Name, err)
	}
	return o
}

// gathers has members of the newest set gather listings, until they may make keys.
func (w *world) gathers(nodes ...*Node) {
	w.t.Helper()
	for range 3 * len(nodes) { // each set stands on the one before it
		for _, n := range nodes {
			env := n.Env()
			if epochs, err := handover.Unheard(&env); err != nil || len(epochs) > 0 {
				w.settled(w.GatherListings(n))
			}
		}
	}
	for _, n := range nodes {
		env := n.Env()
		if epochs, err := handover.Unheard(&env); err != nil || len(epochs) > 0 {
			w.t.Fatalf("%s has not gathered for sets %v: %v", n.Name, epochs, err)
		}
	}
}

// An administrator signs two orders: one set follows, and all know the same.
func TestTwoOrdersOfOneAdministrator(t *testing.T) {
	w := changingWorld(t, 6)
	parent := w.Nodes[0].Sets().Newest()
	a := w.Decide(w.Nodes[0], w.Order(parent, 1, w.Nodes[:5]...))
	b := w.Decide(w.Nodes[1], w.Order(parent, 2, append(w.Nodes[:4:4], w.Nodes[5])...))
	w.settle()
	if !a.Done || !b.Done || (a.Err == nil) == (b.Err == nil) {
		t.Errorf("%v; %v", a, b)
	}
	set := w.Nodes[0].Sets().Newest()
	for _, n := range w.Nodes[:4] {
		if own := n.Sets().Newest(); own.Epoch != 1 || own.Hash() != set.Hash() {
			t.Errorf("%s knows set %d, or another", n.Name, own.Epoch)
		}
	}
	w.wantBlamed()
}

// behindBy has a node's chain be some blocks shorter than the others' until they come.
func (w *world) behindBy(n *Node, blocks uint64) {
	n.Head -= blocks
	n.OnChain = func(b wire.BlockRef) error {
		if b.Number > n.Head {
			return wire.Errorf(wire.Busy, "block %d is not final here yet", b.Number)
		}
		return nil
	}
}

// The chain of two of four is a block behind: what comes early waits there until the block has come. Without it they say nothing,
// and the answer names who did not have it, and no block is waited for that comes no more.
func TestOneBlockBehind(t *testing.T) {
	for name, c := range map[string]struct{ comes, quorum bool }{
		"it comes": {true, false}, "it comes after the others have bound themselves": {true, true}, "it does not come": {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := changingWorld(t, 5)
			behind := w.of(3, 4)
			if c.quorum {
				behind = w.of(4)
			}
			for _, n := range behind {
				w.behindBy(n, 1)
			}
			o := w.Decide(w.Nodes[0], w.Order(w.Nodes[0].Sets().Newest(), 1, w.Nodes...))
			w.Steps(60)
			for _, n := range behind {
				if _, said := n.records[recordKey{wire.RecordSetBound, wire.KeyID{}, wire.EpochName(1)}]; said && !c.quorum {
					t.Errorf("%s has bound itself without the block", n.Name)
				}
				if c.comes {
					n.Head++
				}
			}
			switch err := w.settled(o); {
			case c.comes && err != nil:
				t.Fatal(err)
			case !c.comes && (wire.ReasonOf(err) != wire.Busy || !strings.Contains(err.Error(), "not final here yet") ||
				!strings.Contains(err.Error(), behind[0].ID().Short()) && !strings.Contains(err.Error(), behind[1].ID().Short())):
				t.Errorf("it ends with %v", err)
			}
			for _, n := range w.Nodes {
				if own := n.Sets().Newest(); (own.Epoch == 1) != c.comes {
					t.Errorf("%s knows set %d", n.Name, own.Epoch)
				}
			}
			w.wantBlamed()
		})
	}
}

// After the listings an order can't be cancelled any more. Keys are made in the new set, and a new order leads back.
func TestCancelAfterListing(t *testing.T) {
	w := changingWorld(t, 5)
	o := w.decides(0, 1, w.Nodes...)
	w.gathers(w.Nodes...)
	if err := w.settled(w.CancelOrder(w.Nodes[0], o)); wire.ReasonOf(err) != wire.NotMember && wire.ReasonOf(err) != wire.Denied {
		t.Errorf("cancelled: %v", err)
	}
	made := w.generates(4, KeyID(2))
	if made.Setup.Set == nil || made.Setup.Set.Epoch != 1 {
		t.Errorf("made in %v", made.Setup.Set)
	}
	w.decides(4, 2, w.Nodes[:4]...)
	w.gathers(w.Nodes[:4]...)
	for _, key := range []wire.KeyID{KeyID(1), KeyID(2)} {
		if err := w.settled(w.Move(w.Nodes[0], key, 0)); err != nil {
			t.Errorf("key %x: %v", key[31], err)
		}
	}
	if o := w.Generate(w.Nodes[1], w.author, KeyID(2), 1); w.settled(o) == nil {
		t.Error("a second key of one id")
	}
	w.wantBlamed()
}

// Set 2 follows before a key has moved into set 1, whose new member is gone then: the key moves from set 0.
func TestSetAfterAnUnreachableOne(t *testing.T) {
	w := changingWorld(t, 8)
	w.decides(0, 1, w.Nodes[:5]...)
	w.decides(0, 2, w.Nodes[2:]...)
	w.Down(w.Nodes[4])
	w.gathers(w.Nodes[:4]...)
	if o := w.Move(w.Nodes[2], w.key, 0); w.settled(o) != nil || o.Record.Setup.Set.Epoch != 2 || o.Record.Setup.Move.Parent != w.record.Version() {
		t.Errorf("%v", o)
	}
	w.gathers(w.Nodes[5], w.Nodes[6], w.Nodes[7])
	w.generates(7, KeyID(3))
	w.wantBlamed()
}

// A set that was followed by another before it had its listings: its own count only once it has gathered what it stands on, which its
// members do though they are in the newest set no more.
func TestListingsOfASetThatWasFollowed(t *testing.T) {
	w := changingWorld(t, 8)
	w.decides(0, 1, w.Nodes[1:5]...)
	w.decides(1, 2, w.Nodes[4:]...)
	n := w.Nodes[7]
	if err := w.settled(w.GatherListings(n)); wire.ReasonOf(err) != wire.Unavailable {
		t.Fatalf("stands on what stands on nothing: %v", err)
	}
	w.gathers(w.Nodes[1], w.Nodes[2], w.Nodes[3], w.Nodes[4])
	w.gathers(n)
	w.wantBlamed()
}

// A generation is cut off in set 0. One of its members settles it, though it has left; who was told of the attempt and has no part in
// the ballots asks again what is listed, and then the id is free.
func TestAttemptOfAFormerSetIsSettled(t *testing.T) {
	w := changingWorld(t, 8)
	id := KeyID(5)
	g := w.Generate(w.Nodes[0], w.author, id, 1)
	for i := 0; w.Nodes[1].State(id).Attempt == nil; i++ {
		if w.Steps(1); i > 1000 {
			t.Fatal("n2 is never bound")
		}
	}
	w.Down(w.Nodes[0]) // and what was certified is lost with it
	w.settle()
	if g.Done {
		t.Fatal("made")
	}
	w.decides(1, 1, w.Nodes[4:]...)
	w.gathers(w.Nodes[4:]...)
	fresh := w.Nodes[7]
	if got := mayMake(fresh, id); got != wire.Busy {
		t.Fatalf("n8 would make the key: %v", got)
	}
	w.Down(fresh) // which is not told
	if o := w.Known(w.Nodes[1], id); w.settled(o) != nil && o.Reason() != wire.KeyNotFound {
		t.Fatalf("n2, which has left, settles it: %v", o)
	}
	w.Restart(fresh)
	if o := w.Relist(fresh, id, 1); w.settled(o) != nil {
		t.Fatal(o.Err)
	}
	if got := mayMake(fresh, id); w.current(id) == nil && got != 0 {
		t.Errorf("n8 does not make the key: %v", got)
	}
	w.wantBlamed()
}

// Who is not of the set of an attempt has no vote on it, also if it drives the ballots.
func TestOutsiderHasNoVote(t *testing.T) {
	h := newHanding(t)
	h.establish(h.Nodes...)
	n, r := h.Nodes[4], unconfirmed(h.made(KeyID(2)))
	env := n.Env()
	poll := &wire.Poll{Setup: r.Setup, Ask: &wire.Motion{Complete: true}, Record: r}
	if _, _, err := n.State(KeyID(2)).AnswerPoll(&env, poll); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("n5 votes: %v", err)
	}
	bind(r, h.old[:2]...)
	m, err := generation.NewResolution(env, n.State(KeyID(2)), KeyID(2), []*wire.KeyRecord{r})
	check(err)
	h.Begin(n, wire.KindResolve, KeyID(2), m, nil)
	h.settle()
	for _, old := range h.old {
		for _, f := range old.State(KeyID(2)).Outcomes {
			for _, s := range f.Cast.Grounds {
				if s.Node == n.ID() {
					t.Error("n5's vote counts")
				}
			}
		}
	}
	h.wantBlamed()
}

// A former member hears of a later round in the set that has followed: what it holds is erased when that is thick, not its parent.
func TestFormerMemberHearsOfALaterRound(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.set(0, 2, 3, 4, 5)
	w.moves(2, 0)
	former := w.Nodes[0]
	w.Down(former)
	later := w.moves(2, 100)
	w.Restart(former)
	w.settled(w.Latest(former, w.key))
	if got := former.State(w.key).Record.Version(); got != later.Version() {
		t.Errorf("n1 knows %v, want %v", got, later.Version())
	}
	if err := w.settled(w.EraseFormer(former, w.key)); err != nil {
		t.Error(err)
	}
}

// A pair that holders have only promised, and that the certificate of a later sharing names, is the document key: who stored it is
// gone, and nobody certifies it any more.
func TestPromisedPairIsKept(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.alice, w.doc = w.NewClient("alice"), w.Encrypt(w.record, 1)
	w.grant(w.alice)
	if o := w.store(w.Nodes[0], w.doc); o.Err != nil {
		t.Fatal(o.Err)
	}
	for _, n := range w.Nodes {
		n.Forget(wire.RecordDocument, w.key)
	}
	w.set(0, 1, 2, 3, 4, 5)
	if r := w.moves(1, 0); r.Moved.Pair.Kind != wire.PairKept {
		t.Fatalf("the certificate says %v", r.Moved.Pair.Kind)
	}
	for _, n := range w.Nodes {
		w.read(n, true)
	}
	w.storeFails(w.Nodes[1], w.Encrypt(w.record, 2), wire.DocumentExists)
	w.wantBlamed()
}

// What a session does not know of yet that supersedes a sharing is erased with the former shares: nothing is left without a name.
func TestLeftoversAreErased(t *testing.T) {
	w := newMoving(t, 4, 1, 1, 2, 3, 4)
	n := w.Nodes[0]
	cut := w.moves(2, 7)
	share := n.State(w.key).Share
	w.moves(2, 9)
	view, err := n.State(w.key).In(cut.Setup.Slot())
	check(err)
	n.Forget(wire.RecordFormer, w.key)
	n.Put(view.KeepAttempt(&session.Attempt{Setup: cut.Setup, Bodies: cut.Bodies, Commitments: cut.Commitments}),
		wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: w.key, Session: cut.Version(), Value: share.Encode()})
	left := n.State(w.key).Leftovers()
	if len(left) == 0 {
		t.Fatal("nothing is left over")
	}
	n.Put(left...)
	for k := range n.records {
		if k.session == cut.Version() && k.kind.Secret() {
			t.Errorf("a record of kind %d is left", k.kind)
		}
	}
}

// Not all have to be there at one instant: quorums of the old set and of the new one do. Who slept follows when it comes: who has left
// erases, who has joined gets its share with the next round.
func TestNotAllAtOneInstant(t *testing.T) {
	w := changingWorld(t, 6)
	leaves, joins := w.Nodes[3], w.Nodes[5]
	w.Down(leaves)
	w.Down(joins)
	there := w.of(1, 2, 3, 5)
	w.decides(0, 1, append(there, joins)...)
	w.gathers(there...)
	w.generates(4, KeyID(2))
	first := w.Move(w.Nodes[0], w.key, 0)
	if err := w.settled(first); err != nil {
		t.Fatal(err)
	}
	for _, n := range []*Node{leaves, joins} {
		w.Restart(n)
		if err := w.settled(w.FollowSets(n)); err != nil || n.Sets().Newest().Epoch != 1 {
			t.Errorf("%s follows to set %d: %v", n.Name, n.Sets().Newest().Epoch, err)
		}
		if err := w.settled(w.Latest(n, w.key)); err != nil {
			t.Errorf("%s learns of the key: %v", n.Name, err)
		}
	}
	if err := w.settled(w.EraseFormer(leaves, w.key)); err != nil || len(leaves.State(w.key).Former) > 0 || leaves.State(w.key).Share != nil {
		t.Errorf("%s has left, and erases: %v", leaves.Name, err)
	}
	o := w.Move(joins, w.key, 100)
	if err := w.settled(o); err != nil || o.Record.Setup.Index(joins.ID()) == 0 || joins.State(w.key).Share == nil {
		t.Errorf("%s joins: %v", joins.Name, err)
	}
	w.wantBlamed()
}
