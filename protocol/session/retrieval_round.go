package session

import (
	"fmt"
	"io"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
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
	need     int      // t+1
	self     uint32   // own share index, or 0
	rank     []uint32 // who can be asked, the best first
	votes    []vote   // by share index; 0 unused
	attempts []*attempt
	noes     []wire.IndexedSign // denials that were signed, ascending
	started  int                // tick
	begun    int                // tick at which the last attempt began
}

func newRound(r *Retrieval, block wire.BlockRef, granted bool, reason string) *round {
	rd := &round{
		block: block, granted: granted, reason: reason, second: r.round != nil,
		need: r.need(), self: r.self, rank: r.rank, votes: make([]vote, len(r.record.Setup.Members)+1),
		started: r.ticks, begun: r.ticks,
	}
	for _, index := range r.rank {
		switch {
		case index == r.self && granted:
			rd.votes[index] = voteYes
		case index == r.self:
			rd.votes[index] = voteNo
		case !r.gone[index]:
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

func (rd *round) attempt(id wire.SessionID) *attempt {
	for _, a := range rd.attempts {
		if a.id == id {
			return a
		}
	}
	return nil
}

// complete finds an attempt that has all its parts.
func (rd *round) complete() *attempt {
	for _, a := range rd.attempts {
		if !slices.Contains(a.parts, nil) {
			return a
		}
	}
	return nil
}

// live tells whether some attempt can still become complete.
func (rd *round) live() bool { return slices.ContainsFunc(rd.attempts, rd.alive) }

func (rd *round) alive(a *attempt) bool {
	for i, index := range a.set {
		if v := rd.votes[index]; a.parts[i] == nil && v != voteAsked && v != voteYes {
			return false
		}
	}
	return true
}

// slow tells whether an attempt has become overdue.
func (rd *round) slow(now int) (slow bool) {
	for _, a := range rd.attempts {
		if !a.overdue && now-a.begun >= hedgeTicks && rd.alive(a) {
			a.overdue, slow = true, true
		}
	}
	return slow
}

// debts is how many overdue attempts wait for a node. This one never owes: its part is
// made when others have theirs.
func (rd *round) debts(index uint32) (n int) {
	for _, a := range rd.attempts {
		if index != rd.self && a.overdue && a.has(index) && a.part(index) == nil {
			n++
		}
	}
	return n
}

// choose gives the t+1 who are most likely to say yes soon: who did, then who was not
// asked yet, then who owes an answer; among these the one that owes the fewest. Nobody
// can stand in the way by answering for one set and not for the next.
func (rd *round) choose() []uint32 { return rd.fill(nil) }

// fill completes a set to t+1.
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
		case v == voteIdle:
			return 1
		case v == voteYes || v == voteAsked:
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

// attempt is one decryption by one set.
type attempt struct {
	id      wire.SessionID
	ask     *wire.Retrieve
	set     []uint32 // ascending
	quorum  *threshold.Quorum
	parts   []*part // in the order of set
	asked   map[uint32]bool
	begun   int
	overdue bool
}

func (a *attempt) has(index uint32) bool {
	_, ok := slices.BinarySearch(a.set, index)
	return ok
}

func (a *attempt) part(index uint32) *part {
	if i, ok := slices.BinarySearch(a.set, index); ok {
		return a.parts[i]
	}
	return nil
}

func (a *attempt) put(index uint32, p *part) {
	if i, ok := slices.BinarySearch(a.set, index); ok {
		a.parts[i] = p
	}
}

// begin asks the nodes of a set.
func (r *Retrieval) begin(set []uint32) Effects {
	ask := &wire.Retrieve{
		Key: r.record.Setup.Key, Version: r.document.Version, Common: r.document.Common, Encrypted: r.document.Encrypted,
		Proof: r.requester.Proof, Shadow: r.shadow, Block: r.round.block, Set: set,
	}
	if _, err := io.ReadFull(r.env.Rand, ask.Nonce[:]); err != nil {
		return fail(wire.Internal, "drawing a nonce: %v", err)
	}
	quorum, err := r.env.quorum(r.record, set, 0)
	if err != nil {
		return fail(wire.Internal, "choosing a set: %v", err)
	}
	a := &attempt{
		id: ask.Session(r.env.Cluster, r.env.Self.ID()), ask: ask, set: set, quorum: quorum,
		parts: make([]*part, len(set)), asked: make(map[uint32]bool), begun: r.ticks,
	}
	r.round.attempts, r.round.begun = append(r.round.attempts, a), r.ticks
	return r.send(a, ask)
}

// send sends the request of an attempt to those who can be asked.
func (r *Retrieval) send(a *attempt, ask *wire.Retrieve) Effects {
	var eff Effects
	for _, index := range r.rank { // the most responsive first
		v := &r.round.votes[index]
		if index == r.self || !a.has(index) || *v != voteIdle && *v != voteAsked && *v != voteYes {
			continue
		}
		if !r.round.granted && *v != voteIdle {
			continue // asked for its vote alone, and once is enough
		}
		if *v == voteIdle {
			*v = voteAsked
		}
		a.asked[index] = true
		eff.Send = append(eff.Send, wire.Envelope{To: r.node(index), Session: a.id, Msg: ask})
	}
	if len(a.asked) == 0 {
		if err := r.ownPart(a); err != nil {
			return fail(wire.Internal, "making the own partial: %v", err)
		}
	}
	return eff
}

// advance does what the votes call for. It is the one place that decides.
func (r *Retrieval) advance(eff Effects) Effects {
	rd := r.round
	for rd.granted && rd.possible() >= rd.need {
		if a := rd.complete(); a != nil {
			return r.release(eff, a)
		}
		if rd.live() {
			break
		}
		if eff.Add(r.begin(rd.choose())); eff.Done {
			return r.end(eff, eff.Err)
		}
	}
	switch {
	case rd.granted && rd.complete() != nil: // of nodes that were lost since
		return r.release(eff, rd.complete())
	case !rd.granted || rd.possible() < rd.need:
		return r.fallShort(eff)
	case rd.count(voteNo, voteNewer) > 0:
		// A false no must not hold the read up: hear all the others at once.
		eff.Add(r.cover())
	}
	return eff
}

// cover asks everybody who has not been asked, in as many sets as that takes.
func (r *Retrieval) cover() Effects {
	var idle []uint32
	for _, index := range r.rank {
		if r.round.votes[index] == voteIdle {
			idle = append(idle, index)
		}
	}
	var eff Effects
	for _, chunk := range slices.Collect(slices.Chunk(idle, max(1, r.need()-1))) {
		eff.Add(r.begin(r.round.fill(chunk)))
	}
	return eff
}

// fallShort handles a round in which nothing can be released. In the first round
// someone may know better: a grant is final at some nodes a moment earlier than at
// others. In both the own no is put to the others, for a node that was cut off may have
// missed a grant.
func (r *Retrieval) fallShort(eff Effects) Effects {
	rd := r.round
	if !rd.granted && (rd.second || !r.moved) {
		eff.Add(r.cover())
		if rd.count(voteAsked) > 0 && r.ticks-rd.started < denialPatience {
			return eff
		}
	}
	if r.asking {
		return eff
	}
	return r.conclude(eff, wire.Errorf(wire.Unavailable, "too few key servers could decide; retry"))
}

// conclude ends the session without a release. A no is told apart from "could not be
// decided": denied is what t+1 say, of whom one is honest, or so many that the rest can't
// say yes; the own chain alone may lag behind.
func (r *Retrieval) conclude(eff Effects, otherwise *wire.Error) Effects {
	rd, m := r.round, len(r.record.Setup.Members)
	if rd == nil {
		return r.end(eff, otherwise)
	}
	unresolved := !rd.second && rd.count(voteNewer) > 0
	switch no := rd.denials(); {
	case !rd.granted && !unresolved && (no >= rd.need || m-no < rd.need):
		return r.end(eff, r.deny("at block %d: %s", rd.block.Number, rd.reason))
	case !rd.granted && !unresolved:
		return r.end(eff, wire.Errorf(wire.Unavailable, "this node's chain says no at block %d, and too few key servers can be reached that say so, too", rd.block.Number))
	case no >= rd.need || m-no < rd.need:
		return r.end(eff, r.deny("at block %d, by %d key servers", rd.block.Number, no))
	case m-r.policy < rd.need:
		return r.end(eff, r.refusal)
	case unresolved:
		return r.end(eff, wire.Errorf(wire.Unavailable, "a newer block is known to others; retry"))
	case r.refusal != nil && otherwise.Reason == wire.Unavailable:
		return r.end(eff, wire.Errorf(wire.Unavailable, "%d of the %d key servers needed could decide, the last one says: %v", rd.count(voteYes), rd.need, r.refusal))
	case otherwise.Reason == wire.Unavailable && no == 0:
		return r.end(eff, wire.Errorf(wire.Unavailable, "%d of the %d holders needed can be reached", rd.possible(), rd.need))
	}
	return r.end(eff, otherwise)
}

// release combines the parts of a complete attempt, all of which have been verified.
func (r *Retrieval) release(eff Effects, a *attempt) Effects {
	parts := make([]*threshold.Partial, len(a.parts))
	res := &Retrieved{Block: r.round.block, Set: a.set, Release: releaseOf(&r.env, r.record, a.ask.Terms(r.env.Self.ID()), r.requester, r.round.block, a.parts)}
	shadow := new(wire.Shadow)
	for i, p := range a.parts {
		parts[i] = p.partial
		res.Nodes = append(res.Nodes, r.node(a.set[i]))
		shadow.Shadows = append(shadow.Shadows, p.sealed)
	}
	key, err := a.quorum.Combine(r.pair.Encrypted, parts)
	if err != nil {
		return r.end(eff, wire.Errorf(wire.Internal, "combining the partials: %v", err))
	}
	if r.shadow {
		shadow.DecryptedSecret, shadow.CommonPoint = pointOf(key), pointOf(a.quorum.CommonPoint(r.pair.Common))
		res.Shadow = shadow
	} else {
		res.Key = key
	}
	r.result = res
	return r.end(eff, nil)
}

func pointOf(p *secp256k1.Point) wire.Point { return wire.Point(p.Bytes()) }
