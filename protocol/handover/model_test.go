package handover

// A model of how the set of key servers changes while a key lives on.
//
// The model is a small game that a test plays to its end. The world is one key, its document pair, a parent set
// (epoch 0) and a new set (epoch 1) of at most five members. A state says what each honest member has on disk and
// what it has signed. A step is what one member, or one ballot, does next. The search visits every state that any
// order of steps can reach, and asks in each whether the invariants still hold.
//
// There are two worlds, because the two halves of a handover share nothing but the decision of the set:
//
//   - the world of moves (model_move_test.go): coordinators deal the key anew, members sign transcripts, attempts
//     are certified or abandoned, the pair moves with the key, old shares are erased, disks are lost;
//   - the world of the fence (model_fence_test.go): the new set is decided, members fence and list, and an id whose
//     key was begun under the old set gets a key under the new one, or not.
//
// A liar is a member whose word the model never counts on: whatever only needs its signature has that signature,
// twice and for contradicting things if that helps; it shows a certificate to whom it likes, since an honest member
// may take any step, or sleep for ever, whatever the others know. It can't sign for others.
//
// A crash changes nothing for a member that writes before it speaks: a state has only what is on disk. So the true
// protocol has no step for it, and a member that crashes for ever is one that takes no step any more. The variants
// that speak before they write have a crash. A gap node is a member that lost its disk and everything it promised.
//
// What the model leaves out: arithmetic (a dealing is right, since receivers check it), the rounds of a ballot (it
// is one step here; protocol/ballot searches it), the authority's word (invariant 9) and the readiness of members,
// turns of coordinators (R8), items dealt ahead (R9), batches, time (invariant 6), clients, and more than one change
// at a time. Invariant 8 is checked for silence: if liars say nothing, the others get to an end, in any state, where
// the honest members without a gap are a majority. One state is an exception that the search knows and counts: an id
// in limbo (see limbo in model_fence_test.go).
//
// Words. A sharing is one polynomial over the members of one set, and its version the hash of its set-up. A slot is
// (key, epoch, round): at most one sharing is certified for it. A certificate is thick with min(n, 2t+1) members.
//
// Rules that the tests name:
//
//	R1  An old share is erased only when the successor's certificate is thick, and who erases hears min(n, 2t+1) hold it now.
//	R2  One slot has one successor, whatever the parent: the parent is named inside the attempt. Only the epoch's set votes.
//	R3  A set-up names the epoch and the hash of its set.
//	R4  A set is decided by the parent's ballots, not by signatures alone. Nothing is fenced before.
//	R5  A holder releases its pair to one attempt at a time, durably. Without a majority of releases, or with two pairs
//	    possible, the new version is closed.
//	R6  A member fences, durably, before it lists, and signs no transcript of the old epoch afterwards.
//	R7  A member with a gap promises and votes only in rounds later than its gap.
//	R8  Coordinators take turns by rank.
//	R9  Items that were dealt before a key's round are not used for it.

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
)

// mask is a set of members: bit i stands for member i.
type mask uint8

func members(list ...int) (m mask) {
	for _, i := range list {
		m |= 1 << i
	}
	return m
}

func (m mask) has(i int) bool { return m>>i&1 == 1 }
func (m mask) size() int      { return bits.OnesCount8(uint8(m)) }

func (m mask) String() string {
	var names []string
	for i := range 8 {
		if m.has(i) {
			names = append(names, fmt.Sprint(i))
		}
	}
	return "{" + strings.Join(names, ",") + "}"
}

// majority is how many members of a sharing decide: certificates and ballots.
func majority(n, t int) int { return (n + t + 2) / 2 }

// thick is how many must hold a sharing before an older one is erased (R1).
func thick(n, t int) int { return min(n, 2*t+1) }

// setQuorum is how many members of a set decide on sets and make a listing count.
func setQuorum(n int) int { return (n + (n-1)/3 + 2) / 2 }

// deed names a step: what is done, by whom or by which members, and to what. It is put into words only in a trace.
type deed struct {
	verb    string
	who     mask
	what    uint8
	outcome uint8
}

// world is what a search needs to know of a model.
type world[S comparable] interface {
	first() S
	// steps yields each step that some member can take. If quiet is set, liars say nothing.
	steps(s S, quiet bool, yield func(deed, S))
	// alike puts members that nothing tells apart in order, so that states which differ only in who is who are one.
	alike(s S) S
	// broken names the invariant that doesn't hold in the state, or is empty.
	broken(s S) string
	// harmful names the invariant that the step from before to after breaks, or is empty.
	harmful(before S, d deed, after S) string
	// settled tells whether there is nothing left to wait for, as far as honest members can see.
	settled(s S) bool
	// marks names the events that have happened in the state.
	marks(s S) []string
	words(d deed) string
}

// result is what a search found.
type result struct {
	states int            // those that differ only in the names of members count once
	broken string         // the invariant, empty if all hold
	trace  []string       // a shortest way to break it
	marks  map[string]int // in how many states an event had happened
}

// The invariants. 6 (reads and signatures go on) and 9 (no set without its authority) are not modelled.
const (
	keepsPair      = "invariant 1: a key keeps its pair"
	oneSuccessor   = "invariant 2: one successor a slot"
	alwaysReadable = "invariant 3: somebody can always read"
	nobodyMixes    = "invariant 4: nobody uses two"
	oneKey         = "invariant 5: one key per id, across sets"
	oldSharesDie   = "invariant 7: old shares die"
	ends           = "invariant 8: it ends or is undone"
)

// search visits all states, nearest first, until an invariant breaks. If live is set, it also demands that a state in
// which honest members alone can do nothing more is settled. No step can be undone, so that this is invariant 8.
func search[S comparable](t *testing.T, w world[S], live bool) result {
	type origin struct {
		from int
		deed deed
	}
	var (
		states  = []S{w.first()}
		origins = []origin{{from: -1}}
		seen    = map[S]bool{w.alike(w.first()): true}
		r       = result{marks: make(map[string]int)}
	)
	trace := func(at int) (words []string) {
		for ; origins[at].from >= 0; at = origins[at].from {
			words = append([]string{w.words(origins[at].deed)}, words...)
		}
		return words
	}
	for at := 0; at < len(states) && r.broken == ""; at++ {
		s := states[at]
		marks := w.marks(s)
		for i, mark := range marks {
			if !slices.Contains(marks[:i], mark) {
				r.marks[mark]++
			}
		}
		w.steps(s, false, func(d deed, next S) {
			if r.broken != "" {
				return
			}
			if r.broken = w.harmful(s, d, next); r.broken != "" {
				r.trace = append(trace(at), w.words(d))
				return
			}
			key := w.alike(next)
			if seen[key] {
				return
			}
			seen[key] = true
			states, origins = append(states, next), append(origins, origin{at, d})
			if r.broken = w.broken(next); r.broken != "" {
				r.trace = trace(len(states) - 1)
			}
		})
		if live && r.broken == "" && !w.settled(s) && stuck(w, s) {
			r.broken, r.trace = ends, trace(at)
		}
		if len(states) > 4_000_000 {
			t.Fatal("The model has more than four million states: make it smaller.")
		}
	}
	r.states = len(states)
	return r
}

// stuck tells whether no member can do anything unless a liar helps.
func stuck[S comparable](w world[S], s S) bool {
	stuck := true
	w.steps(s, true, func(_ deed, next S) { stuck = stuck && next == s })
	return stuck
}

// twins tells for two members that each of the given sets has both or neither.
func twins(i, j int, sets ...mask) bool {
	for _, set := range sets {
		if set.has(i) != set.has(j) {
			return false
		}
	}
	return true
}

// inOrder swaps twins in all masks of a state until what is said of each reads like a number that grows.
func inOrder(sets []mask, masks ...[]mask) {
	var said [5]uint64
	for _, list := range masks {
		for _, m := range list {
			for i := range said {
				said[i] = said[i]<<1 | uint64(m>>i&1)
			}
		}
	}
	for i := range said {
		for j := range i {
			if said[j] <= said[i] || !twins(i, j, sets...) {
				continue
			}
			said[i], said[j] = said[j], said[i]
			for _, list := range masks {
				for k, m := range list {
					differ := (m>>i ^ m>>j) & 1
					list[k] = m ^ (differ<<i | differ<<j)
				}
			}
		}
	}
}

// subsets yields each set of members between least and most.
func subsets(least, most mask, yield func(mask)) {
	free := most &^ least
	for sub := free; ; sub = (sub - 1) & free {
		yield(least | sub)
		if sub == 0 {
			return
		}
	}
}
