package handover

import "fmt"

// The world of moves. Version 0 is the sharing that the key's generation made in the parent set. Attempt a, if it is
// certified, makes version a+1.

// attempt is what a coordinator opens: it deals the sharing `parent` anew to the members of one set.
type attempt struct {
	name   string
	epoch  int
	round  int
	parent int // the version whose holders deal
}

// What a transcript says about the key's pair (R5).
const (
	pairNone   = iota // no pair was ever certified
	pairFirst         // it is the first of the two pairs that an author tries
	pairSecond        // it is the second
	pairClosed        // too little is known: the version takes no new pair
)

const (
	maxAttempts = 3
	maxVersions = maxAttempts + 1
)

// moveWorld is one search: the sets, the faults, and the ways in which the protocol is broken on purpose.
type moveWorld struct {
	t        int     // t+1 shares read
	sets     [2]mask // by epoch
	liars    mask
	wipeable mask // members that may lose their disk
	wipes    int  // how many of them at most
	pairs    bool // whether authors try to write pairs
	keepOld  bool // nobody erases: for searches that are about something else
	attempts []attempt

	parentInSlot     bool // R2: a slot is named by (key, epoch, round, parent)
	setNotInSetUp    bool // R3: a ballot of either set settles an attempt
	noBallot         bool // R2: a member signs a second attempt though the first isn't abandoned
	noAbandoning     bool // invariant 8: no ballot abandons an attempt
	eraseAtQuorum    bool // R1: a majority is heard before erasing
	eraseUnheard     bool // R1: a thick certificate of any age is enough to erase
	eraseThenDie     bool // invariant 7: the receipt is signed before the share is destroyed
	shareInMemory    bool // invariant 8: a transcript is signed before the share is on disk
	releaseInMemory  bool // R5: a release is sent before it is on disk
	releaseForTwo    bool // R5: a release is signed for two attempts at a time
	trustNone        bool // R5: a release that names no pair is believed, though liars sign releases too
	trustUnheard     bool // R5: who sent no release is taken to have no pair
	trustOne         bool // R5: a pair that one release names is put into the transcript
	gapVotes         bool // R7: a gap node signs as if it remembered
	closedTakesPairs bool // R5: a closed version takes new pairs
	versionsUnnamed  bool // invariant 4: requests between nodes name no version
	gapReleasesCount bool // R5: the release of a gap node counts
}

// moveState is what honest members have on disk and what was ever signed.
type moveState struct {
	dealt    mask                 // attempts whose dealing is chosen: bit a for attempt a
	pair     [maxAttempts]uint8   // what the transcript says about the pair
	signed   [maxAttempts]mask    // who signed the transcript, its share being on disk
	gaveUp   [maxAttempts]mask    // who took part in a ballot that abandoned it
	released [maxAttempts]mask    // who signed a release for it
	holds    [maxVersions]mask    // who has a share on disk
	receipts [maxVersions]mask    // who signed that it erased
	promised [maxVersions][2]mask // who acknowledged which pair under which version
	wiped    mask                 // gap nodes
	gapRound uint8                // the newest round there was when the last gap was noted
	soft     [maxAttempts]mask    // variant: shares that are in memory only
	forgot   mask                 // variant: who crashed before its release was on disk
}

func (w *moveWorld) set(version int) mask {
	if version == 0 {
		return w.sets[0]
	}
	return w.sets[w.attempts[version-1].epoch]
}

func (w *moveWorld) majority(set mask) int { return majority(set.size(), w.t) }

func (w *moveWorld) sameSlot(a, b int) bool {
	x, y := w.attempts[a], w.attempts[b]
	if w.parentInSlot && x.parent != y.parent {
		return false
	}
	return x.epoch == y.epoch && x.round == y.round
}

// later tells whether version v supersedes version u.
func (w *moveWorld) later(v, u int) bool {
	if v == 0 || u == 0 {
		return u == 0 && v != 0
	}
	x, y := w.attempts[v-1], w.attempts[u-1]
	return x.epoch > y.epoch || x.epoch == y.epoch && x.round > y.round
}

// certified tells whether a certificate of the version can be put together, with the help of those who lie.
func (w *moveWorld) certified(s *moveState, v int, liars mask) bool {
	if v == 0 {
		return true
	}
	set := w.set(v)
	return s.dealt.has(v-1) && (s.signed[v-1]|liars&set).size() >= w.majority(set)
}

// courts are the sets whose ballots settle an attempt: its own, and no other (R3).
func (w *moveWorld) courts(a int) []mask {
	if w.setNotInSetUp && w.sets[0] != w.sets[1] {
		return w.sets[:]
	}
	return []mask{w.set(a + 1)}
}

// abandoned tells whether a ballot's decision against the attempt can be shown.
func (w *moveWorld) abandoned(s *moveState, a int, liars mask) bool {
	for _, court := range w.courts(a) {
		if ((s.gaveUp[a] | liars) & court).size() >= w.majority(court) {
			return true
		}
	}
	return false
}

func (w *moveWorld) first() (s moveState) {
	s.holds[0] = w.sets[0] &^ w.liars
	return s
}

func (w *moveWorld) alike(s moveState) moveState {
	acknowledged := [2 * maxVersions]mask{}
	for v, pairs := range s.promised {
		acknowledged[2*v], acknowledged[2*v+1] = pairs[0], pairs[1]
	}
	alone := [2]mask{s.wiped, s.forgot}
	sets := [4]mask{w.sets[0], w.sets[1], w.liars, w.wipeable}
	inOrder(sets[:], s.signed[:], s.gaveUp[:], s.released[:], s.holds[:], s.receipts[:], s.soft[:],
		acknowledged[:], alone[:])
	for v := range s.promised {
		s.promised[v] = [2]mask{acknowledged[2*v], acknowledged[2*v+1]}
	}
	s.wiped, s.forgot = alone[0], alone[1]
	return s
}

func (w *moveWorld) steps(s moveState, quiet bool, yield func(deed, moveState)) {
	liars := w.liars
	if quiet {
		liars = 0
	}
	for a := range w.attempts {
		w.deal(s, a, liars, yield)
		w.sign(s, a, liars, yield)
		w.abandon(s, a, liars, yield)
		w.release(s, a, liars, yield)
		if !w.keepOld {
			w.erase(s, a, liars, yield)
		}
	}
	w.promise(s, liars, yield)
	if !quiet {
		w.wipe(s, yield)
		w.crash(s, yield)
	}
}

// deal: t+1 holders of the parent deal, and the coordinator fixes the transcript with what it says about the pair.
func (w *moveWorld) deal(s moveState, a int, liars mask, yield func(deed, moveState)) {
	parent := w.attempts[a].parent
	if s.dealt.has(a) || !w.certified(&s, parent, liars) || (s.holds[parent]|liars&w.set(parent)).size() <= w.t {
		return
	}
	for pair, possible := range w.pairStates(&s, a, liars) {
		if !possible {
			continue
		}
		next := s
		next.dealt |= 1 << a
		next.pair[a] = uint8(pair)
		yield(deed{verb: "deals", what: uint8(a), outcome: uint8(pair)}, next)
	}
}

// pairStates tells which words about the pair a coordinator, who may lie about whom it heard, can put into the
// transcript of attempt a. Whatever releases there are, it may say that the version is closed.
func (w *moveWorld) pairStates(s *moveState, a int, liars mask) (can [4]bool) {
	if !w.pairs {
		can[pairNone] = true
		return can
	}
	parent := w.attempts[a].parent
	if parent > 0 && s.pair[parent-1] != pairNone {
		can[s.pair[parent-1]] = true
		return can
	}
	can[pairClosed] = true
	set, honest := w.set(parent), s.released[a]
	if !w.gapReleasesCount {
		honest &^= s.wiped
	}
	liars &= set
	subsets(0, honest, func(heard mask) {
		names := [2]int{(heard & s.remembered(parent, 0)).size(), (heard & s.remembered(parent, 1)).size()}
		for i := range liars.size() + 1 { // i liars name the first pair, j the second, the others none
			for j := range liars.size() - i + 1 {
				can[w.pairOf(set.size(), heard.size()+liars.size(), names[0]+i, names[1]+j)] = true
			}
		}
	})
	return can
}

// remembered is who can still say that it acknowledged the pair.
func (s *moveState) remembered(version, pair int) mask { return s.promised[version][pair] &^ s.wiped }

// pairOf is the rule that all follow: `heard` of n holders released, and so many of them named each pair. A pair may
// have been certified if those who named it, those who were not heard and t liars among the rest make a majority.
func (w *moveWorld) pairOf(n, heard, first, second int) int {
	need := majority(n, w.t)
	if heard < need {
		return pairClosed
	}
	possible := func(named int) bool {
		hidden, unheard := min(w.t, heard-named), n-heard
		if w.trustNone {
			hidden = 0
		}
		if w.trustUnheard {
			unheard = 0
		}
		return named+hidden+unheard >= need
	}
	enough := w.t + 1 // one of them is honest, so the pair exists
	if w.trustOne {
		enough = 1
	}
	switch p, q := possible(first), possible(second); {
	case !p && !q:
		return pairNone
	case p && !q && first >= enough:
		return pairFirst
	case q && !p && second >= enough:
		return pairSecond
	}
	return pairClosed
}

// votes tells whether a member may sign in the slot of attempt a. A gap node may only if the round is later than its
// gap (R7).
func (w *moveWorld) votes(s *moveState, i, a int) bool {
	return !s.wiped.has(i) || w.gapVotes || w.attempts[a].round > int(s.gapRound)
}

// sign: a member stores its share of the attempt, is bound to it, and signs its transcript.
func (w *moveWorld) sign(s moveState, a int, liars mask, yield func(deed, moveState)) {
	if !s.dealt.has(a) {
		return
	}
	for i := range 5 {
		free := (w.set(a+1) &^ w.liars).has(i) && !(s.signed[a] | s.gaveUp[a]).has(i) && w.votes(&s, i, a)
		if !free || w.boundElsewhere(&s, i, a, liars) {
			continue
		}
		next := s
		next.signed[a] |= 1 << i
		next.holds[a+1] |= 1 << i
		if w.shareInMemory {
			next.soft[a] |= 1 << i
		}
		yield(deed{"signs", 1 << i, uint8(a), 0}, next)
	}
}

// boundElsewhere tells whether the member remembers another attempt of the slot of which it hasn't seen the end.
func (w *moveWorld) boundElsewhere(s *moveState, i, a int, liars mask) bool {
	for b := range w.attempts {
		remembers := s.signed[b].has(i) && (!s.wiped.has(i) || w.attempts[b].round > int(s.gapRound))
		if b != a && remembers && w.sameSlot(a, b) && !w.abandoned(s, b, liars) && !w.noBallot {
			return true
		}
	}
	return false
}

// abandon: a ballot decides against the attempt. It can do so only if the attempt can't be completed any more: those
// who signed, all liars, and all who neither signed nor take part in the ballot are together less than a majority.
func (w *moveWorld) abandon(s moveState, a int, liars mask, yield func(deed, moveState)) {
	if !s.dealt.has(a) || w.noAbandoning {
		return
	}
	for _, court := range w.courts(a) {
		var able mask
		for i := range 5 {
			if (court &^ w.liars).has(i) && w.votes(&s, i, a) {
				able |= 1 << i
			}
		}
		subsets(s.gaveUp[a]&able, able, func(voters mask) {
			might := (s.signed[a] | w.liars | ^voters) & court
			if voters == s.gaveUp[a] || (voters|liars&court).size() < w.majority(court) || might.size() >= w.majority(court) {
				return
			}
			next := s
			next.gaveUp[a] |= voters
			yield(deed{"abandon", voters, uint8(a), 0}, next)
		})
	}
}

// release: a holder of the parent says which pair it keeps, for one attempt at a time, and promises none from now on.
func (w *moveWorld) release(s moveState, a int, liars mask, yield func(deed, moveState)) {
	if !w.pairs || s.dealt.has(a) {
		return
	}
	parent := w.attempts[a].parent
	for i := range 5 {
		if !s.holds[parent].has(i) || s.released[a].has(i) || s.wiped.has(i) && !w.gapReleasesCount {
			continue
		}
		if other := w.releasedFor(&s, i, parent, liars); other && !w.releaseForTwo {
			continue
		}
		next := s
		next.released[a] |= 1 << i
		yield(deed{"releases the pair for", 1 << i, uint8(a), 0}, next)
	}
}

// releasedFor tells whether the member remembers a release of the version for an attempt that isn't abandoned.
func (w *moveWorld) releasedFor(s *moveState, i, version int, liars mask) bool {
	for b, x := range w.attempts {
		remembers := s.released[b].has(i) && !(s.forgot | s.wiped).has(i)
		if x.parent == version && remembers && !w.abandoned(s, b, liars) {
			return true
		}
	}
	return false
}

// promise: a holder acknowledges a pair, the first that it is shown, unless the version has one or takes none.
func (w *moveWorld) promise(s moveState, liars mask, yield func(deed, moveState)) {
	if !w.pairs {
		return
	}
	for v := range len(w.attempts) + 1 {
		open := v == 0 || s.pair[v-1] == pairNone || w.closedTakesPairs && s.pair[v-1] == pairClosed
		if !open || !w.certified(&s, v, liars) {
			continue
		}
		for i := range 5 {
			made := s.promised[v][0] | s.promised[v][1]
			if !s.holds[v].has(i) || made.has(i) || s.wiped.has(i) && !w.gapVotes || w.releasedFor(&s, i, v, liars) {
				continue
			}
			for pair := range 2 {
				if pair == 1 && s.unnamed() {
					continue // the pair that is acknowledged first is called the first
				}
				next := s
				next.promised[v][pair] |= 1 << i
				yield(deed{"acknowledges", 1 << i, uint8(v), uint8(pair)}, next)
			}
		}
	}
}

// unnamed tells whether nobody has acknowledged the first pair yet.
func (s *moveState) unnamed() bool {
	var all mask
	for _, pairs := range s.promised {
		all |= pairs[0]
	}
	return all == 0
}

// erase: a member that sees a certificate and hears enough members say that they hold it now destroys what is older.
func (w *moveWorld) erase(s moveState, a int, liars mask, yield func(deed, moveState)) {
	v, set := a+1, w.set(a+1)
	need, holders := thick(set.size(), w.t), s.holds[v]|liars&set
	if w.eraseAtQuorum {
		need = w.majority(set)
	}
	if w.eraseUnheard {
		holders = s.signed[a] | liars&set
	}
	if !w.certified(&s, v, liars) || holders.size() < need {
		return
	}
	for i := range 5 {
		next := s
		for u := range len(w.attempts) + 1 {
			if s.holds[u].has(i) && w.later(v, u) {
				next.receipts[u] |= 1 << i
				if !w.eraseThenDie {
					next.holds[u] &^= 1 << i
				}
			}
		}
		if next != s {
			yield(deed{"erases what is older than", 1 << i, uint8(a), 0}, next)
		}
	}
}

// wipe: a member loses its disk. It notes a gap at the newest round that there is.
func (w *moveWorld) wipe(s moveState, yield func(deed, moveState)) {
	for i := range 5 {
		if !(w.wipeable &^ w.liars &^ s.wiped).has(i) || s.wiped.size() >= w.wipes {
			continue
		}
		next := s
		next.wiped |= 1 << i
		for v := range next.holds {
			next.holds[v] &^= 1 << i
		}
		for a, x := range w.attempts {
			if s.dealt.has(a) {
				next.gapRound = max(next.gapRound, uint8(x.round))
			}
		}
		yield(deed{verb: "loses its disk", who: 1 << i}, next)
	}
}

// crash: a member loses what only its memory has. Only variants have such things.
func (w *moveWorld) crash(s moveState, yield func(deed, moveState)) {
	for i := range 5 {
		next := s
		for a := range w.attempts {
			if s.soft[a].has(i) {
				next.soft[a] &^= 1 << i
				next.holds[a+1] &^= 1 << i
			}
			if w.releaseInMemory && s.released[a].has(i) {
				next.forgot |= 1 << i
			}
		}
		if next != s {
			yield(deed{verb: "crashes", who: 1 << i}, next)
		}
	}
}

func (w *moveWorld) broken(s moveState) string {
	switch {
	case !w.keepsPair(&s):
		return keepsPair
	case !w.oneSuccessor(&s):
		return oneSuccessor
	case !w.nobodyMixes(&s):
		return nobodyMixes
	case !w.oldSharesDie(&s):
		return oldSharesDie
	}
	return ""
}

// harmful is about invariant 3: only the loss of a disk may end that a key can be read.
func (w *moveWorld) harmful(before moveState, d deed, after moveState) string {
	if d.verb != "loses its disk" && w.readable(&before) && !w.readable(&after) {
		return alwaysReadable
	}
	return ""
}

// keepsPair is invariant 1 (R5): over all versions at most one pair is certified or vouched for by a certificate, no
// certificate says "none" after there was one, and none names a pair that no honest member ever saw.
func (w *moveWorld) keepsPair(s *moveState) bool {
	if !w.pairs {
		return true
	}
	var known, seen [2]bool // certified or vouched for; acknowledged by an honest member
	var under mask          // bit v: a pair is certified under version v
	for v := range len(w.attempts) + 1 {
		for pair := range 2 {
			acks := s.promised[v][pair]
			seen[pair] = seen[pair] || acks != 0
			if acks != 0 && w.certified(s, v, w.liars) && (acks|w.liars&w.set(v)).size() >= w.majority(w.set(v)) {
				known[pair] = true
				under |= 1 << v
			}
		}
	}
	for a := range w.attempts {
		if !w.certified(s, a+1, w.liars) {
			continue
		}
		switch s.pair[a] {
		case pairNone:
			for v := range a + 1 {
				if under.has(v) && w.later(a+1, v) {
					return false
				}
			}
		case pairFirst, pairSecond:
			named := s.pair[a] - pairFirst
			known[named] = true
			if !seen[named] {
				return false
			}
		}
	}
	return !(known[0] && known[1])
}

// oneSuccessor is invariant 2 (R2, R3): one attempt at most is certified in a slot (key, epoch, round), and none is
// both certified and abandoned.
func (w *moveWorld) oneSuccessor(s *moveState) bool {
	for a, x := range w.attempts {
		if !w.certified(s, a+1, w.liars) {
			continue
		}
		if w.abandoned(s, a, w.liars) {
			return false
		}
		for b, y := range w.attempts[:a] {
			if x.epoch == y.epoch && x.round == y.round && w.certified(s, b+1, w.liars) {
				return false
			}
		}
	}
	return true
}

// readable is what invariant 3 (R1) keeps: some certified sharing has t+1 honest holders with their shares on disk.
// Only the loss of a disk may end it, if there were more than the sets stand; no step of a member and no crash may.
func (w *moveWorld) readable(s *moveState) bool {
	for v := range len(w.attempts) + 1 {
		if w.certified(s, v, w.liars) && s.holds[v].size() > w.t {
			return true
		}
	}
	return false
}

// nobodyMixes is invariant 4: what honest members answer to one request is of one version.
func (w *moveWorld) nobodyMixes(s *moveState) bool {
	for asked := range len(w.attempts) + 1 {
		var answers mask // bit v: some honest member answers with a share of version v
		for i := range 5 {
			for v := range len(w.attempts) + 1 {
				if s.holds[v].has(i) && w.certified(s, v, w.liars) && (v == asked || w.versionsUnnamed) {
					answers |= 1 << v
				}
			}
		}
		if answers.size() > 1 {
			return false
		}
	}
	return true
}

// oldSharesDie is invariant 7: who signed that it erased a share has none of that version, so that thieves who come
// after n-t true receipts find t shares at most.
func (w *moveWorld) oldSharesDie(s *moveState) bool {
	for v := range s.receipts {
		if s.receipts[v]&s.holds[v] != 0 {
			return false
		}
	}
	return true
}

// settled: in each slot an attempt is certified, or all that were dealt are abandoned, and honest members see it.
func (w *moveWorld) settled(s moveState) bool {
	for a := range w.attempts {
		done := !s.dealt.has(a) || w.abandoned(&s, a, 0)
		for b := range w.attempts {
			done = done || w.sameSlot(a, b) && w.certified(&s, b+1, 0)
		}
		if !done {
			return false
		}
	}
	return true
}

func (w *moveWorld) marks(s moveState) (marks []string) {
	for a, x := range w.attempts {
		v := a + 1
		if w.abandoned(&s, a, w.liars) {
			for b := range w.attempts {
				if b != a && w.sameSlot(a, b) && w.certified(&s, b+1, w.liars) {
					marks = append(marks, "an attempt was abandoned and another succeeded")
				}
			}
		}
		if !w.certified(&s, v, w.liars) {
			continue
		}
		marks = append(marks, "a sharing has a successor")
		if (s.signed[a] | w.liars&w.set(v)).size() < thick(w.set(v).size(), w.t) {
			marks = append(marks, "a successor is thin")
		}
		if s.receipts[0].size() >= w.set(0).size()-w.t {
			marks = append(marks, "the old shares are erased")
		}
		if s.holds[v]&s.wiped != 0 {
			marks = append(marks, "a gap node has a share again")
		}
		if x.parent > 0 {
			marks = append(marks, "a successor has a successor")
		}
		if s.pair[a] == pairFirst && s.promised[0][0] != 0 {
			marks = append(marks, "the pair moved")
		}
		if s.pair[a] == pairNone && s.promised[v][1].size() >= w.majority(w.set(v))-w.liars.size() {
			marks = append(marks, "the successor has the first pair")
		}
	}
	return marks
}

func (w *moveWorld) words(d deed) string {
	name := ""
	if int(d.what) < len(w.attempts) {
		name = w.attempts[d.what].name
	}
	switch d.verb {
	case "deals":
		text := fmt.Sprintf("version %d is dealt anew in attempt %s", w.attempts[d.what].parent, name)
		if w.pairs {
			text += "; its transcript says of the pair: " + []string{"none", "the first", "the second", "closed"}[d.outcome]
		}
		return text
	case "acknowledges":
		return fmt.Sprintf("%v acknowledges pair %d under version %d", d.who, d.outcome+1, d.what)
	case "loses its disk", "crashes":
		return fmt.Sprintf("%v %s", d.who, d.verb)
	}
	return fmt.Sprintf("%v %s %s", d.who, d.verb, name)
}
