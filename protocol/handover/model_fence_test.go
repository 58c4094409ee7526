package handover

import "fmt"

// The world of the fence. Two orders, X and Y, name different sets for epoch 1; the parent's ballots decide for one at
// most (R4). Under the parent set an attempt to make a key for an id, the old key, may be under way. Once the new set
// is decided and the parent's members have fenced and listed (R6), its members may make a key for the same id, the new
// key, if no listing that they hold names the old one, or if the old one is abandoned.

// fenceWorld is one search.
type fenceWorld struct {
	t        int
	parent   mask
	orders   [2]mask // the sets that X and Y name, the latter empty if there is no order Y
	liars    mask
	wipeable mask // members of the parent that may lose their disk
	wipes    int

	listFirst        bool // R6: a member lists before its fence is on disk
	unfenced         bool // R6: a fenced member signs transcripts of the old epoch
	lateCompletion   bool // R6: after its listing a member votes for what the listing didn't name
	gapListingCounts bool // R6: listings of gap nodes count
	fewListings      bool // R6: one listing less than a set quorum is enough
	undecidedIsFree  bool // R6: an id that a listing names as undecided is free, the attempt not being settled
	signedOnly       bool // R4: a set is decided by who signs its order, one order not excluding the other
	fenceUndecided   bool // R4, R6: members fence and list for an undecided X, and the listings stay valid for Y
}

// fenceState is what honest members have on disk and what was ever signed.
type fenceState struct {
	wants    [2]mask // who voted for the order
	drops    [2]mask // who took part in a ballot that abandoned it
	fenced   mask    // whose fence is on disk
	listed   mask    // who signed its listing
	named    mask    // whose listing names the old key's attempt
	blind    mask    // who signed a listing as a gap node
	oldKey   mask    // who signed the old key's transcript
	oldDrops mask    // who took part in a ballot that abandoned it
	newKey   [2]mask // who signed the new key's transcript, as a member of the set of X or Y
	wiped    mask
}

func (w *fenceWorld) first() (s fenceState) { return s }

func (w *fenceWorld) alike(s fenceState) fenceState {
	alone := [6]mask{s.fenced, s.listed, s.named, s.blind, s.oldKey, s.oldDrops}
	wiped := [1]mask{s.wiped}
	sets := [5]mask{w.parent, w.orders[0], w.orders[1], w.liars, w.wipeable}
	inOrder(sets[:], s.wants[:], s.drops[:], s.newKey[:], alone[:], wiped[:])
	s.fenced, s.listed, s.named, s.blind, s.oldKey, s.oldDrops = alone[0], alone[1], alone[2], alone[3], alone[4], alone[5]
	s.wiped = wiped[0]
	return s
}

func (w *fenceWorld) quorum() int { return setQuorum(w.parent.size()) }

func (w *fenceWorld) decided(s *fenceState, order int, liars mask) bool {
	return (s.wants[order] | liars&w.parent).size() >= w.quorum()
}

func (w *fenceWorld) dropped(s *fenceState, order int, liars mask) bool {
	return (s.drops[order] | liars&w.parent).size() >= w.quorum()
}

func (w *fenceWorld) oldMade(s *fenceState, liars mask) bool {
	return (s.oldKey | liars&w.parent).size() >= majority(w.parent.size(), w.t)
}

func (w *fenceWorld) oldDropped(s *fenceState, liars mask) bool {
	return (s.oldDrops | liars&w.parent).size() >= majority(w.parent.size(), w.t)
}

func (w *fenceWorld) newMade(s *fenceState, order int, liars mask) bool {
	set := w.orders[order]
	return (s.newKey[order] | liars&set).size() >= majority(set.size(), w.t)
}

// able are the parent's honest members that remember what they promised.
func (w *fenceWorld) able(s *fenceState) mask { return w.parent &^ w.liars &^ s.wiped }

func (w *fenceWorld) steps(s fenceState, quiet bool, yield func(deed, fenceState)) {
	liars := w.liars
	if quiet {
		liars = 0
	}
	for order := range w.orders {
		w.want(s, order, liars, yield)
		w.drop(s, order, liars, yield)
		w.makeNew(s, order, liars, yield)
	}
	w.fence(s, liars, yield)
	w.list(s, liars, yield)
	w.makeOld(s, yield)
	w.dropOld(s, liars, yield)
	if !quiet {
		w.wipe(s, yield)
	}
}

// want: a member votes for an order, for one at a time.
func (w *fenceWorld) want(s fenceState, order int, liars mask, yield func(deed, fenceState)) {
	other := 1 - order
	for i := range 5 {
		bound := s.wants[other].has(i) && !w.dropped(&s, other, liars) && !w.signedOnly
		if w.orders[order] == 0 || !w.able(&s).has(i) || (s.wants[order] | s.drops[order]).has(i) || bound {
			continue
		}
		next := s
		next.wants[order] |= 1 << i
		yield(deed{"votes for order", 1 << i, uint8(order), 0}, next)
	}
}

// drop: a ballot abandons an order that can't be completed any more.
func (w *fenceWorld) drop(s fenceState, order int, liars mask, yield func(deed, fenceState)) {
	able := w.able(&s)
	if w.orders[order] == 0 {
		return
	}
	subsets(s.drops[order]&able, able, func(voters mask) {
		might := (s.wants[order] | w.liars | ^voters) & w.parent
		if voters == s.drops[order] || (voters|liars&w.parent).size() < w.quorum() || might.size() >= w.quorum() {
			return
		}
		next := s
		next.drops[order] |= voters
		yield(deed{"abandon order", voters, uint8(order), 0}, next)
	})
}

// fence: once a set is decided, a member of the parent signs no new transcript of the old epoch.
func (w *fenceWorld) fence(s fenceState, liars mask, yield func(deed, fenceState)) {
	early := w.fenceUndecided && !w.dropped(&s, 0, liars) // for order X
	if !w.decided(&s, 0, liars) && !w.decided(&s, 1, liars) && !early {
		return
	}
	for i := range 5 {
		if (w.parent &^ w.liars &^ s.fenced).has(i) {
			next := s
			next.fenced |= 1 << i
			yield(deed{verb: "fences", who: 1 << i}, next)
		}
	}
}

// list: a fenced member signs what it knows of the id: nothing, or that it is bound to the old key's attempt.
func (w *fenceWorld) list(s fenceState, liars mask, yield func(deed, fenceState)) {
	decided := w.decided(&s, 0, liars) || w.decided(&s, 1, liars)
	for i := range 5 {
		ready := s.fenced.has(i) || w.listFirst && decided
		next, verb := s, "lists, and does not name the old key"
		switch {
		case !(w.parent &^ w.liars).has(i) || !ready:
			continue
		case s.wiped.has(i):
			next.blind |= 1 << i
			verb = "lists as a gap node, and does not name the old key"
		case s.listed.has(i):
			continue
		case s.oldKey.has(i):
			next.named |= 1 << i
			verb = "lists, and names the old key"
			fallthrough
		default:
			next.listed |= 1 << i
		}
		if next != s {
			yield(deed{verb: verb, who: 1 << i}, next)
		}
	}
}

// makeOld: a member signs the old key's transcript, before its fence or in a later ballot about an attempt that began
// before. After its listing it doesn't.
func (w *fenceWorld) makeOld(s fenceState, yield func(deed, fenceState)) {
	for i := range 5 {
		if !w.able(&s).has(i) || (s.oldKey | s.oldDrops).has(i) {
			continue
		}
		lifted := w.fenceUndecided && w.lifted(&s)
		late := s.fenced.has(i) && !w.unfenced && !lifted
		if late && (s.oldKey == 0 || s.listed.has(i) && !w.lateCompletion) {
			continue
		}
		next := s
		next.oldKey |= 1 << i
		verb := "signs the old key"
		if late {
			verb = "votes in a late ballot for the old key"
		}
		yield(deed{verb: verb, who: 1 << i}, next)
	}
}

// lifted tells whether a fence for order X stands for nothing any more: X was abandoned, and Y isn't decided.
func (w *fenceWorld) lifted(s *fenceState) bool {
	return w.dropped(s, 0, w.liars) && !w.decided(s, 1, w.liars)
}

// dropOld: a ballot of the parent abandons the old key, if it can't be completed any more.
func (w *fenceWorld) dropOld(s fenceState, liars mask, yield func(deed, fenceState)) {
	need, able := majority(w.parent.size(), w.t), w.able(&s)
	subsets(s.oldDrops&able, able, func(voters mask) {
		might := (s.oldKey | w.liars | ^voters) & w.parent
		if voters == s.oldDrops || (voters|liars&w.parent).size() < need || might.size() >= need {
			return
		}
		next := s
		next.oldDrops |= voters
		yield(deed{verb: "abandon the old key", who: voters}, next)
	})
}

// free tells whether a member of the new set can be shown that the id is free: a set quorum of listings none of which
// names the old key, or the old key's abandonment. Liars list whatever helps.
func (w *fenceWorld) free(s *fenceState, liars mask) bool {
	clean, need := s.listed&^s.named, w.quorum()
	if w.gapListingCounts {
		clean |= s.blind
	}
	if w.undecidedIsFree {
		clean |= s.named
	}
	if w.fewListings {
		need--
	}
	return (clean|liars&w.parent).size() >= need || w.oldDropped(s, liars)
}

// makeNew: a member of a decided set signs the new key's transcript.
func (w *fenceWorld) makeNew(s fenceState, order int, liars mask, yield func(deed, fenceState)) {
	if !w.decided(&s, order, liars) || !w.free(&s, liars) {
		return
	}
	for i := range 5 {
		if !(w.orders[order] &^ w.liars &^ s.wiped &^ s.newKey[order]).has(i) {
			continue
		}
		next := s
		next.newKey[order] |= 1 << i
		yield(deed{"signs the new key in the set of", 1 << i, uint8(order), 0}, next)
	}
}

// wipe: a member of the parent loses its disk, and with it its votes and its fence. What it signed stays signed.
func (w *fenceWorld) wipe(s fenceState, yield func(deed, fenceState)) {
	for i := range 5 {
		if !(w.wipeable &^ w.liars &^ s.wiped).has(i) || s.wiped.size() >= w.wipes {
			continue
		}
		next := s
		next.wiped |= 1 << i
		next.fenced &^= 1 << i
		yield(deed{verb: "loses its disk", who: 1 << i}, next)
	}
}

func (w *fenceWorld) broken(s fenceState) string {
	switch {
	case !w.oneSet(&s):
		return oneSuccessor
	case !w.oneKey(&s):
		return oneKey
	}
	return ""
}

func (w *fenceWorld) harmful(fenceState, deed, fenceState) string { return "" }

// oneSet is invariant 2 for sets (R4): the parent decides for one set at most, and none is both decided and abandoned.
func (w *fenceWorld) oneSet(s *fenceState) bool {
	for order := range w.orders {
		if w.decided(s, order, w.liars) && w.dropped(s, order, w.liars) {
			return false
		}
	}
	return !(w.decided(s, 0, w.liars) && w.decided(s, 1, w.liars))
}

// oneKey is invariant 5 (R6): an id has the old key or the new one, and the old one isn't both made and abandoned.
func (w *fenceWorld) oneKey(s *fenceState) bool {
	if !w.oldMade(s, w.liars) {
		return true
	}
	return !w.newMade(s, 0, w.liars) && !w.newMade(s, 1, w.liars) && !w.oldDropped(s, w.liars)
}

// limbo: so many signed the old key that a silent liar may have completed it. The members that listed nothing may not
// vote for it any more, and no ballot can abandon it: the id waits until that liar speaks.
func (w *fenceWorld) limbo(s *fenceState) bool {
	return w.oldMade(s, w.liars) && !w.oldMade(s, 0)
}

// settled: a set is decided or both orders are abandoned; under a decided one the id has a key, or it is in limbo.
func (w *fenceWorld) settled(s fenceState) bool {
	if w.dropped(&s, 0, 0) && (w.orders[1] == 0 || w.dropped(&s, 1, 0)) {
		return true
	}
	for order := range w.orders {
		if w.decided(&s, order, 0) {
			return w.oldMade(&s, 0) || w.newMade(&s, order, 0) || w.limbo(&s)
		}
	}
	return false
}

func (w *fenceWorld) marks(s fenceState) (marks []string) {
	for order := range w.orders {
		if w.decided(&s, order, 0) && w.dropped(&s, 1-order, 0) {
			marks = append(marks, "an order was abandoned and another decided")
		}
		if !w.newMade(&s, order, w.liars) {
			continue
		}
		marks = append(marks, "the new set made a key")
		if w.oldDropped(&s, 0) {
			marks = append(marks, "the old key was abandoned, the new one made")
		}
	}
	if w.oldMade(&s, w.liars) && s.listed.size() >= w.quorum()-w.liars.size() {
		marks = append(marks, "the old key was made, and the parent has listed")
	}
	if w.limbo(&s) && s.listed == w.parent&^w.liars {
		marks = append(marks, "an id is in limbo")
	}
	return marks
}

func (w *fenceWorld) words(d deed) string {
	switch d.verb {
	case "votes for order", "abandon order", "signs the new key in the set of":
		return fmt.Sprintf("%v %s %c", d.who, d.verb, 'X'+rune(d.what))
	}
	return fmt.Sprintf("%v %s", d.who, d.verb)
}
