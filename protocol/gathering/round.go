package gathering

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// vote is where a holder stands in a round.
type vote uint8

const (
	voteOut   vote = iota // not connected, can't tell, refuses for good, or was caught
	voteIdle              // can be asked and has not been
	voteAsked             // owes an answer
	voteYes               // gave a proven part for some set
	voteNo                // says no at the round's block
	voteNewer             // says no, and has seen a newer block
)

// round is the decision at one block.
type round struct {
	block    wire.BlockRef
	granted  bool   // by the own chain. Without that nothing is released
	reason   string // of the own no
	second   bool
	need     int      // how many make a set
	trust    int      // t+1: one of them is honest
	self     uint32   // own share index, or 0
	rank     []uint32 // who can be asked, the best first
	votes    []vote   // by share index; 0 unused
	attempts []*attempt
	noes     []wire.IndexedSign // denials that were signed, ascending
	started  int                // tick
	begun    int                // tick at which the last attempt began
}

func newRound(g *gathering, block wire.BlockRef, granted bool, reason string) *round {
	rd := &round{
		block: block, granted: granted, reason: reason, second: g.round != nil,
		need: g.size, trust: g.trust(), self: g.self, rank: g.rank, votes: make([]vote, len(g.record.Setup.Members)+1),
		started: g.ticks, begun: g.ticks,
	}
	for _, index := range g.rank {
		switch {
		case index == g.self && granted:
			rd.votes[index] = voteYes
		case index == g.self:
			rd.votes[index] = voteNo
		case !g.gone[index]:
			rd.votes[index] = voteIdle
		}
	}
	return rd
}

// String tells the votes.
func (rd *round) String() string {
	return fmt.Sprintf("block %d, own %t, %d yes, %d no, %d newer, %d asked, %d idle, %d attempts", rd.block.Number, rd.granted,
		rd.count(voteYes), rd.count(voteNo), rd.count(voteNewer), rd.count(voteAsked), rd.count(voteIdle), len(rd.attempts))
}

func (rd *round) count(votes ...vote) (n int) {
	for _, v := range rd.votes[1:] {
		if slices.Contains(votes, v) {
			n++
		}
	}
	return n
}

// possible is how many yes there can still be.
func (rd *round) possible() int { return rd.count(voteYes, voteIdle, voteAsked) }

// denials are the votes against. In the second round a node that has seen a block newer
// still says no: we do not chase the head any further.
func (rd *round) denials() int {
	if rd.second {
		return rd.count(voteNo, voteNewer)
	}
	return rd.count(voteNo)
}

// denied tells whether as many of the members say no as it takes, or so many that the rest can't say yes.
func (rd *round) denied(members int) bool {
	no := rd.denials()
	return no >= rd.trust || members-no < rd.need
}

func (rd *round) attempt(id wire.SessionID) *attempt {
	for _, a := range rd.attempts {
		if a.id == id || a.before != nil && a.before.ID() == id {
			return a
		}
	}
	return nil
}

// complete finds an attempt that has all the parts of its stage.
func (rd *round) complete() *attempt {
	for _, a := range rd.attempts {
		if !a.dead && a.before == nil && !slices.Contains(a.parts, nil) {
			return a
		}
	}
	return nil
}

// live tells whether some attempt can still become complete.
func (rd *round) live() bool { return slices.ContainsFunc(rd.attempts, rd.alive) }

func (rd *round) alive(a *attempt) bool {
	for i, index := range a.set {
		v := rd.votes[index]
		if a.parts[i] == nil && v != voteAsked && v != voteYes && (a.before == nil || v != voteIdle) {
			return false
		}
	}
	return !a.dead
}

// stuck tells whether all that can still become complete is overdue, and there are nodes for
// a set that owe nothing.
func (rd *round) stuck() bool {
	if slices.ContainsFunc(rd.attempts, func(a *attempt) bool { return !a.overdue && rd.alive(a) }) {
		return false
	}
	set := rd.choose()
	return rd.free(set) && !rd.preparing(set)
}

// slow tells whether an attempt has become overdue, and who keeps it waiting while others
// have answered.
func (rd *round) slow(now, patience int) (slow bool, late []uint32) {
	for _, a := range rd.attempts {
		if a.overdue || now-a.begun < patience || !rd.alive(a) {
			continue
		}
		a.overdue, slow = true, true
		for i, index := range a.set {
			if a.parts[i] == nil && index != rd.self && slices.ContainsFunc(a.parts, func(p any) bool { return p != nil }) {
				late = append(late, index)
			}
		}
	}
	return slow, late
}

// debts is how many overdue attempts wait for a node. This one never owes: its part is
// made when others have theirs.
func (rd *round) debts(index uint32) (n int) {
	for _, a := range rd.attempts {
		if index != rd.self && a.overdue && a.owes(index) {
			n++
		}
	}
	return n
}

// free tells whether nobody of a set keeps an attempt waiting.
func (rd *round) free(set []uint32) bool {
	return !slices.ContainsFunc(set, func(index uint32) bool { return rd.debts(index) > 0 })
}

// preparing tells whether something is being made for this very set.
func (rd *round) preparing(set []uint32) bool {
	return slices.ContainsFunc(rd.attempts, func(a *attempt) bool { return a.before != nil && rd.alive(a) && slices.Equal(a.set, set) })
}

// prepares tells whether a node takes part in making what an attempt needs, and so will be
// asked next.
func (rd *round) prepares(index uint32) bool {
	return slices.ContainsFunc(rd.attempts, func(a *attempt) bool { return a.before != nil && a.has(index) && rd.alive(a) })
}

// choose gives those of a set who are most likely to say yes soon: who did, then who was not
// asked yet, then who owes an answer; among these the one that owes the fewest. Nobody
// can stand in the way by answering for one set and not for the next.
func (rd *round) choose() []uint32 { return rd.fill(nil) }

// fill completes a set.
func (rd *round) fill(set []uint32) []uint32 {
	set = slices.Clone(set)
	for _, index := range rd.byPromise() {
		if len(set) < rd.need && !slices.Contains(set, index) {
			set = append(set, index)
		}
	}
	// Only a set that is asked for its votes alone is not full yet. Any name will do.
	for index := uint32(1); len(set) < rd.need; index++ {
		if !slices.Contains(set, index) {
			set = append(set, index)
		}
	}
	slices.Sort(set)
	return set
}

func (rd *round) byPromise() (order []uint32) {
	class := func(index uint32) int {
		debts := rd.debts(index)
		switch v := rd.votes[index]; {
		case v == voteYes && debts == 0:
			return 0
		case v == voteIdle && debts == 0:
			return 1
		case v == voteYes || v == voteAsked || v == voteIdle:
			return 2 + debts
		}
		return -1
	}
	for _, index := range rd.rank {
		if class(index) >= 0 {
			order = append(order, index)
		}
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return class(a) - class(b) })
	return order
}

// attempt is one go by one set.
type attempt struct {
	id      wire.SessionID
	opening wire.Message // what the others are asked
	set     []uint32     // ascending
	before  preparation  // what is being made first; nil for nothing
	parts   []any        // the answers of this stage, in the order of set
	stage   int          // how many messages to all have followed the opening
	last    bool         // no further will
	asked   map[uint32]bool
	begun   int
	overdue bool
	dead    bool // can't become complete, whoever answers
	work    any  // the task's
}

// preparation makes what an attempt needs.
type preparation interface {
	session.Machine
	// Owing are those who keep it waiting, by share index.
	Owing() []uint32
	// Missing are those for whom it failed.
	Missing() []wire.NodeID
}

func (a *attempt) has(index uint32) bool {
	_, ok := slices.BinarySearch(a.set, index)
	return ok
}

func (a *attempt) part(index uint32) any {
	if i, ok := slices.BinarySearch(a.set, index); ok {
		return a.parts[i]
	}
	return nil
}

// owes tells whether a node has still to do something, of what all do now.
func (a *attempt) owes(index uint32) bool {
	if a.before != nil {
		return slices.Contains(a.before.Owing(), index)
	}
	return a.has(index) && a.part(index) == nil
}

func (a *attempt) put(index uint32, p any) {
	if i, ok := slices.BinarySearch(a.set, index); ok {
		a.parts[i] = p
	}
}

// awaits tells whether a node that was asked would still do something for the attempt.
func (a *attempt) awaits(index uint32, v vote) bool {
	if a.last && a.stage == 0 {
		return a.part(index) == nil && v == voteAsked
	}
	return (v == voteAsked || v == voteYes) && !(a.last && a.part(index) != nil)
}

// begin asks the nodes of a set.
func (g *gathering) begin(set []uint32) session.Effects {
	if len(g.round.attempts) >= maxAttempts {
		return session.Fail(wire.Unavailable, "%d attempts have led to nothing; retry", maxAttempts)
	}
	a := &attempt{set: set, parts: make([]any, len(set)), asked: make(map[uint32]bool), begun: g.ticks}
	if err := g.task.open(a); err != nil {
		return session.Fail(wire.ReasonOf(err), "choosing a set: %v", err)
	}
	g.round.attempts, g.round.begun = append(g.round.attempts, a), g.ticks
	if a.before != nil {
		return g.prepare(a, session.Start{})
	}
	return g.send(a)
}

// send sends the request of an attempt to those who can be asked.
func (g *gathering) send(a *attempt) session.Effects {
	var eff session.Effects
	for _, index := range g.rank { // the most responsive first
		v := &g.round.votes[index]
		if index == g.self || !a.has(index) || *v != voteIdle && *v != voteAsked && *v != voteYes {
			continue
		}
		if !g.round.granted && *v != voteIdle {
			continue // asked for its vote alone, and once is enough
		}
		if *v == voteIdle {
			*v = voteAsked
		}
		a.asked[index] = true
		eff.Send = append(eff.Send, wire.Envelope{To: g.node(index), Session: a.id, Msg: a.opening})
	}
	if len(a.asked) == 0 {
		if err := g.ownPart(a); err != nil {
			return session.Fail(wire.Internal, "making the own part: %v", err)
		}
	}
	return eff
}

// proceed goes on with an attempt that has all the parts of its stage. At the end of the
// last the task has its result.
func (g *gathering) proceed(eff session.Effects, a *attempt) session.Effects {
	m, faults, err := g.task.next(a)
	switch {
	case err != nil:
		return g.end(eff, wire.Errorf(wire.ReasonOf(err), "%v", err))
	case len(faults) > 0:
		a.dead = true
		eff.Faults = append(eff.Faults, faults...)
		for _, f := range faults {
			index := g.record.Setup.Index(f.Node)
			g.exclude(f.Node)
			g.round.votes[index] = voteOut
		}
		return eff
	case m == nil:
		g.done = true
		return g.end(eff, nil)
	}
	a.stage, a.begun, a.overdue, a.parts = a.stage+1, g.ticks, false, make([]any, len(a.set))
	for _, index := range a.set {
		if a.asked[index] {
			eff.Send = append(eff.Send, wire.Envelope{To: g.node(index), Session: a.id, Msg: m})
		}
	}
	if len(a.asked) == 0 {
		if err := g.ownPart(a); err != nil {
			return g.end(eff, wire.Errorf(wire.Internal, "making the own part: %v", err))
		}
	}
	return eff
}

// advance does what the votes call for. It is the one place that decides.
func (g *gathering) advance(eff session.Effects) session.Effects {
	if g.ended {
		return eff
	}
	rd := g.round
	for rd.granted {
		if a := rd.complete(); a != nil {
			if eff = g.proceed(eff, a); g.ended {
				return eff
			}
			continue
		}
		if rd.possible() < rd.need || rd.live() && !rd.stuck() {
			break
		}
		if state := g.overtaken(); state != nil {
			return g.follow(state, nil, eff)
		}
		if eff.Add(g.begin(g.nextSet())); g.ended {
			return eff
		} else if eff.Done {
			return g.end(eff, eff.Err)
		}
	}
	switch {
	case !rd.granted || rd.possible() < rd.need:
		return g.fallShort(eff)
	case rd.count(voteNo, voteNewer) > 0:
		// A false no must not hold the read up: hear all the others at once.
		eff.Add(g.cover())
	}
	return eff
}

// nextSet is whom to ask next: a set of the task's choice, if nobody of it keeps an attempt waiting.
func (g *gathering) nextSet() []uint32 {
	if t, ok := g.task.(stocked); ok {
		if set := t.choose(g.round); set != nil && g.round.free(set) {
			return set
		}
	}
	return g.round.choose()
}

// cover asks everybody who has not been asked and is not about to be, in as many sets as
// that takes.
func (g *gathering) cover() session.Effects {
	var idle []uint32
	for _, index := range g.rank {
		if g.round.votes[index] == voteIdle && !g.round.prepares(index) {
			idle = append(idle, index)
		}
	}
	var eff session.Effects
	for _, chunk := range slices.Collect(slices.Chunk(idle, max(1, g.size-1))) {
		eff.Add(g.begin(g.round.fill(chunk)))
	}
	return eff
}

// fallShort handles a round in which nothing can be released. In the first round
// someone may know better: a grant is final at some nodes a moment earlier than at
// others. In both the own no is put to the others, for a node that was cut off may have
// missed a grant.
func (g *gathering) fallShort(eff session.Effects) session.Effects {
	rd := g.round
	if !rd.granted && (rd.second || !g.moved) {
		eff.Add(g.cover())
		if rd.count(voteAsked) > 0 && g.ticks-rd.started < denialPatience {
			return eff
		}
	}
	if g.asking {
		return eff
	}
	return g.conclude(eff, wire.Errorf(wire.Unavailable, "too few key servers could decide; retry"))
}

// ownNo is what comes of this node's own no, which the others bear out or not.
func (g *gathering) ownNo(denied bool) error {
	if denied {
		return g.deny("at block %d: %s", g.round.block.Number, g.round.reason)
	}
	return wire.Errorf(wire.Unavailable, "this node's chain says no at block %d, and too few other key servers that say so can be reached", g.round.block.Number)
}

// conclude ends the session without a release. A no is told apart from "could not be
// decided": denied is what t+1 say, of whom one is honest, or so many that the rest can't
// say yes; the own chain alone may lag behind.
func (g *gathering) conclude(eff session.Effects, otherwise *wire.Error) session.Effects {
	rd, m := g.round, len(g.record.Setup.Members)
	if rd == nil {
		return g.end(eff, otherwise)
	}
	unresolved := !rd.second && rd.count(voteNewer) > 0
	switch no := rd.denials(); {
	case !rd.granted && !unresolved:
		return g.end(eff, g.ownNo(rd.denied(m)))
	case rd.denied(m):
		return g.end(eff, g.deny("at block %d, by %d key servers", rd.block.Number, no))
	case m-g.never < rd.need:
		return g.end(eff, g.lasting)
	case unresolved:
		return g.end(eff, wire.Errorf(wire.Unavailable, "other key servers know a newer block; retry"))
	case g.refusal != nil && otherwise.Reason == wire.Unavailable:
		return g.end(eff, wire.Errorf(wire.Unavailable, "only %d of the %d key servers needed could decide; the last that could not says: %v", rd.count(voteYes), rd.need, g.refusal))
	case otherwise.Reason == wire.Unavailable && no == 0:
		return g.end(eff, wire.Errorf(wire.Unavailable, "%d of the %d holders needed can be reached", rd.possible(), rd.need))
	}
	return g.end(eff, otherwise)
}
