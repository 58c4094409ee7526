package handover

import (
	"strings"
	"testing"
	"time"
)

var (
	two     = members(0, 1)
	four    = members(0, 1, 2, 3)
	replace = [2]mask{four, members(1, 2, 3, 4)} // member 4 comes, member 0 goes
	same    = [2]mask{four, four}

	twoCoordinators = []attempt{{"A", 1, 1, 0}, {"B", 1, 1, 0}}
	refreshThenMove = []attempt{{"R", 0, 1, 0}, {"A", 1, 2, 0}, {"B", 1, 2, 1}}
	twoRounds       = []attempt{{"A", 0, 1, 0}, {"B", 0, 2, 1}}
)

// The scenarios of moves. Each is a function, so that a variant can break a copy.
func replaceOne() *moveWorld {
	return &moveWorld{t: 1, sets: replace, liars: members(3), attempts: twoCoordinators}
}

func replaceWithGap() *moveWorld {
	w := replaceOne()
	w.wipeable, w.wipes = members(0, 1, 2), 1
	return w
}

func refreshAndReplace() *moveWorld {
	return &moveWorld{t: 1, sets: replace, liars: members(3), attempts: refreshThenMove}
}

func repairGap() *moveWorld {
	return &moveWorld{t: 1, sets: same, wipeable: members(2), wipes: 1, attempts: twoRounds}
}

func disksLost() *moveWorld {
	return &moveWorld{t: 1, sets: replace, wipeable: members(1, 2), wipes: 2, attempts: twoCoordinators[:1]}
}

func twoLiarsOfFive() *moveWorld {
	five := members(0, 1, 2, 3, 4)
	return &moveWorld{t: 2, sets: [2]mask{five, five}, liars: members(2, 3), attempts: twoCoordinators}
}

func addFifth() *moveWorld {
	return &moveWorld{t: 1, sets: [2]mask{four, members(0, 1, 2, 3, 4)}, liars: members(3), attempts: twoCoordinators}
}

func pairMoves() *moveWorld {
	return &moveWorld{t: 1, sets: replace, liars: members(3), pairs: true, attempts: twoCoordinators[:1]}
}

// pairMovesTwice deals the successor anew, too.
func pairMovesTwice() *moveWorld {
	w := pairMoves()
	w.sets, w.attempts, w.keepOld = same, twoRounds, true
	return w
}

func pairAndGap() *moveWorld {
	w := pairMoves()
	w.sets, w.wipeable, w.wipes = same, members(1), 1
	return w
}

// pairTwice has no liar, but two rounds that deal the same parent.
func pairTwice() *moveWorld {
	three := members(0, 1, 2)
	attempts := []attempt{{"A", 0, 1, 0}, {"B", 0, 2, 0}}
	return &moveWorld{t: 1, sets: [2]mask{three, three}, pairs: true, keepOld: true, attempts: attempts}
}

// The scenarios of the fence.
func fenceOne() *fenceWorld {
	return &fenceWorld{t: 1, parent: four, orders: [2]mask{members(1, 2, 3, 4)}, liars: members(3)}
}

func fenceOfFive() *fenceWorld {
	five := members(0, 1, 2, 3, 4)
	return &fenceWorld{t: 2, parent: five, orders: [2]mask{five}, liars: members(3)}
}

func twoOrders() *fenceWorld {
	w := fenceOne()
	w.orders[1] = members(1, 2, 4)
	return w
}

// noLiar is small: a parent of three, f = 0, and a key of threshold 0.
func noLiar() *fenceWorld {
	three := members(0, 1, 2)
	return &fenceWorld{t: 0, parent: three, orders: [2]mask{three, two}}
}

func fenceWithGap() *fenceWorld {
	w := fenceOne()
	w.wipeable, w.wipes = members(1, 2), 1
	return w
}

// run searches a world of either kind.
func run(t *testing.T, w any, live bool) result {
	switch w := w.(type) {
	case *moveWorld:
		return search(t, w, live)
	case *fenceWorld:
		return search(t, w, live)
	}
	t.Fatalf("There is no search for a world of the type %T.", w)
	return result{}
}

// TestModelHolds searches the true protocol. The events show that the search isn't empty.
func TestModelHolds(t *testing.T) {
	for _, test := range []struct {
		name   string
		world  any
		live   bool // liars and gap nodes leave a majority, so that it also ends
		large  bool
		events []string
	}{
		{"replace one, two coordinators, a liar", replaceOne(), true, false, []string{
			"a sharing has a successor", "an attempt was abandoned and another succeeded", "the old shares are erased"}},
		{"the same, and a gap node", replaceWithGap(), false, false, []string{"an attempt was abandoned and another succeeded"}},
		{"refresh and replace at once", refreshAndReplace(), true, false, []string{"a successor has a successor"}},
		{"a gap node is repaired by a later round", repairGap(), true, false, []string{"a gap node has a share again"}},
		{"two disks are lost", disksLost(), false, false, []string{"the old shares are erased"}},
		{"refresh of five, threshold 2, two liars", twoLiarsOfFive(), false, false, []string{"a successor is thin", "the old shares are erased"}},
		{"four to five, a liar", addFifth(), true, false, []string{"the old shares are erased"}},
		{"the pair moves, a liar", pairMoves(), true, false, []string{"the pair moved", "the successor has the first pair"}},
		{"the pair moves, a liar and a gap node", pairAndGap(), false, false, []string{"a sharing has a successor"}},
		{"the pair moves twice, a liar", pairMovesTwice(), true, true, []string{"a successor has a successor", "the pair moved"}},
		{"the pair moves, two rounds of one parent", pairTwice(), true, true, []string{"the pair moved", "the successor has the first pair"}},
		{"fence and list, two orders, a liar", twoOrders(), true, true, []string{
			"an order was abandoned and another decided", "the new set made a key",
			"the old key was abandoned, the new one made", "the old key was made, and the parent has listed", "an id is in limbo"}},
		{"fence and list, a liar", fenceOne(), true, false, []string{"the new set made a key", "an id is in limbo"}},
		{"fence and list, five members, threshold 2, a liar", fenceOfFive(), true, false, []string{"an id is in limbo"}},
		{"fence and list, two orders, three members", noLiar(), true, true, []string{"an order was abandoned and another decided"}},
		{"fence and list, a liar and a gap node", fenceWithGap(), false, false, []string{"the new set made a key"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.large && testing.Short() {
				t.Skip("It has too many states for the race detector; the full run has it.")
			}
			begun := time.Now()
			r := run(t, test.world, test.live)
			if r.broken != "" {
				t.Fatalf("The true protocol breaks %s:\n  %s", r.broken, strings.Join(r.trace, "\n  "))
			}
			t.Logf("%d states, %v; states in which something had happened: %v", r.states, time.Since(begun).Round(time.Millisecond), r.marks)
			for _, event := range test.events {
				if r.marks[event] == 0 {
					t.Errorf("There is no state in which %s: the model is too narrow to show anything.", event)
				}
			}
		})
	}
}

// broken is a world that a variant breaks.
func broken[W any](world *W, breakIt func(*W)) any {
	breakIt(world)
	return world
}

// TestModelCatches breaks one rule at a time, and demands that the search finds how that hurts.
func TestModelCatches(t *testing.T) {
	for _, test := range []struct {
		variant string
		world   any
		breaks  string
	}{
		{"parent in the slot", broken(refreshAndReplace(), func(w *moveWorld) { w.parentInSlot = true }), oneSuccessor},
		{"set not in the set-up", broken(replaceOne(), func(w *moveWorld) { w.setNotInSetUp = true }), oneSuccessor},
		{"two coordinators without a ballot", broken(replaceOne(), func(w *moveWorld) { w.noBallot = true }), oneSuccessor},
		{"no attempt is abandoned", broken(replaceOne(), func(w *moveWorld) { w.noAbandoning = true }), ends},
		{"a gap node votes", broken(replaceWithGap(), func(w *moveWorld) { w.gapVotes = true }), oneSuccessor},
		{"erase at a quorum", broken(twoLiarsOfFive(), func(w *moveWorld) { w.eraseAtQuorum = true }), alwaysReadable},
		{"a late learner erases without hearing", broken(disksLost(), func(w *moveWorld) { w.eraseUnheard = true }), alwaysReadable},
		{"share not on disk when signed", broken(replaceOne(), func(w *moveWorld) { w.shareInMemory = true }), alwaysReadable},
		{"receipt before erasure", broken(replaceOne(), func(w *moveWorld) { w.eraseThenDie = true }), oldSharesDie},
		{"requests name no version", broken(replaceOne(), func(w *moveWorld) { w.versionsUnnamed = true }), nobodyMixes},
		{"release not durable", broken(pairMoves(), func(w *moveWorld) { w.releaseInMemory = true }), keepsPair},
		{"a release for two attempts", broken(pairTwice(), func(w *moveWorld) { w.sets, w.releaseForTwo = [2]mask{two, two}, true }), keepsPair},
		{"a gap node's release counts", broken(pairAndGap(), func(w *moveWorld) { w.gapReleasesCount = true }), keepsPair},
		{"a liar's release without a pair is believed", broken(pairMoves(), func(w *moveWorld) { w.trustNone = true }), keepsPair},
		{"who sent no release is taken to have no pair", broken(pairMoves(), func(w *moveWorld) { w.trustUnheard = true }), keepsPair},
		{"a closed version takes new pairs", broken(pairMoves(), func(w *moveWorld) { w.closedTakesPairs = true }), keepsPair},
		{"a pair that one release names is believed", broken(pairMoves(), func(w *moveWorld) { w.trustOne = true }), keepsPair},
		{"listing before the fence", broken(fenceOne(), func(w *fenceWorld) { w.listFirst = true }), oneKey},
		{"a fenced member signs", broken(fenceOne(), func(w *fenceWorld) { w.unfenced = true }), oneKey},
		{"a late ballot completes what was not listed", broken(fenceOne(), func(w *fenceWorld) { w.lateCompletion = true }), oneKey},
		{"a gap node's listing counts", broken(fenceWithGap(), func(w *fenceWorld) { w.gapListingCounts = true }), oneKey},
		{"one listing too few", broken(fenceOne(), func(w *fenceWorld) { w.fewListings = true }), oneKey},
		{"an undecided id is free", broken(fenceOne(), func(w *fenceWorld) { w.undecidedIsFree = true }), oneKey},
		{"fence and list before the set is decided", broken(noLiar(), func(w *fenceWorld) { w.fenceUndecided = true }), oneKey},
		{"a set is decided by signatures alone", broken(twoOrders(), func(w *fenceWorld) { w.signedOnly = true }), oneSuccessor},
	} {
		t.Run(test.variant, func(t *testing.T) {
			r := run(t, test.world, test.breaks == ends)
			if r.broken != test.breaks {
				t.Fatalf("The search says %q of this variant, not %q.\n  %s", r.broken, test.breaks, strings.Join(r.trace, "\n  "))
			}
			t.Logf("%s is broken after %d states:\n  %s", r.broken, r.states, strings.Join(r.trace, "\n  "))
		})
	}
}

// everyOne is a world of moves that tells all members apart, and collects what the other one would see.
type everyOne struct {
	*moveWorld
	seen map[moveState]bool
}

func (w everyOne) alike(s moveState) moveState {
	w.seen[w.moveWorld.alike(s)] = true
	return s
}

// TestModelAlike checks that the search loses no state by taking members for each other that nothing tells apart.
func TestModelAlike(t *testing.T) {
	for _, w := range []*moveWorld{replaceOne(), replaceWithGap()} {
		full := everyOne{w, make(map[moveState]bool)}
		all, some := search(t, full, false), search(t, w, false)
		if all.broken != some.broken || len(full.seen) != some.states || some.states >= all.states {
			t.Errorf("%d states are %d kinds of state, but the search saw %d.", all.states, len(full.seen), some.states)
		}
	}
}

// TestModelSmallSet shows a limit of R1: in a set of fewer than 2t+1 a certificate of all members is thick, but one
// liar among them is enough for nobody to read after the old shares are erased. The plan has to say so before.
func TestModelSmallSet(t *testing.T) {
	w := &moveWorld{t: 1, sets: [2]mask{four, members(0, 3)}, liars: members(3), attempts: twoCoordinators[:1]}
	r := search(t, w, false)
	if r.broken != alwaysReadable {
		t.Fatalf("A set of two with a liar keeps what it can't keep: %q.", r.broken)
	}
	t.Logf("%s is broken after %d states:\n  %s", r.broken, r.states, strings.Join(r.trace, "\n  "))
}
