package session

import (
	"fmt"
	"io"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	retrieveDeadline = 10 * TicksPerSecond
	// hedgeTicks is how long the nodes of a set may keep us waiting before a spare is
	// asked, too: 200 ms; for ECDSA, of which an attempt costs twenty times as much, 500 ms.
	hedgeTicks      = TicksPerSecond / 5
	ecdsaHedgeTicks = TicksPerSecond / 2
	// retryTicks is how long nothing may happen before all who owe an answer are asked
	// again, in case a message was dropped.
	retryTicks = 2 * TicksPerSecond
	// maxAttempts bounds those of a round. Each holder of the largest set can fail in one of
	// its own.
	maxAttempts = 2 * wire.MaxMembers
	// denialPatience is how long a no of the own chain waits for a peer that has seen a
	// newer block: 500 ms.
	denialPatience = TicksPerSecond / 2
)

// gathering is how a coordinator has a set of a key's holders do what a requester is
// permitted, each after asking its own chain: retrieve a document key, or sign. It need
// not hold a share. What they do is the task's.
//
//	           own oracle: block and verdict
//	                 │
//	              round 1 ──── some node saw a newer block ───► own oracle, not before that block
//	    attempts with sets of t+1                                         │
//	       │                │                                          round 2
//	all t+1 say yes    too few can                                 likewise, but final
//	   and prove it     say yes
//	       │                │
//	    released     denied, or unavailable
//
// A set is what one attempt is made by: the Lagrange coefficients depend on it. So
// whoever fails is replaced by asking another set anew, in a new attempt; older
// attempts go on beside it, and the first that is complete ends the session.
type gathering struct {
	env       Env
	task      task
	name      string // for people
	permitted string // what the own chain is asked about, for people: "read" or "signed"
	record    *wire.KeyRecord
	requester *wire.Requester
	size      int    // nodes of a set: t+1, or 2t+1
	patience  int    // hedgeTicks, or those of the task
	share     *Share // own; nil if none is held
	self      uint32 // own share index; 0 without a share
	id        wire.SessionID
	rank      []uint32 // indices of the holders that can be asked, the best first; the own one leads

	asking   bool     // the oracle owes a verdict
	moved    bool     // round 2 has been asked for
	newest   uint64   // the block that the own chain was asked to reach for it
	claims   []uint64 // newer blocks that others have told of
	round    *round
	gone     map[uint32]bool // lost, refusing for good, or caught: not asked in any round
	never    int             // holders that will not, by their settings, list of servers or version
	refusal  *wire.Error     // the last one, for the answer
	lasting  *wire.Error     // the last one that asking again does not cure
	supplied map[wire.NodeID]bool
	forgot   map[uint32]int // how often a holder did not know what it was to act with
	ticks    int
	failure  error
	done     bool // it came to a good end
	ended    bool
}

// task is what the nodes of a set are asked to do.
type task interface {
	// open makes what the set of an attempt is asked, and the id of that. If something has
	// to be made first, it leaves a machine for it, and is called again when that has ended
	// without an error.
	open(a *attempt) error
	// choose gives a set to begin with; nil if any is as good.
	choose(rd *round) []uint32
	// take checks a holder's answer. A fault is for a wrong one; ok is false for a message
	// that is none.
	take(a *attempt, index uint32, m wire.Message) (part any, f *Fault, ok bool)
	// own is this node's answer.
	own(a *attempt) (any, error)
	// next is called with the answers of all. It gives a message to which they are to
	// answer, too, or nil at the end; or names those whose answers were wrong.
	next(a *attempt) (m wire.Message, faults []Fault, err error)
	// drop forgets the secrets of an attempt that is over.
	drop(a *attempt)
	// late is told of a holder that keeps others waiting.
	late(node wire.NodeID)
	// forget is told of a holder that does not know what it was to act with.
	forget(node wire.NodeID)
	// document is what a holder has to know beside the key; nil if nothing.
	document() *wire.DocumentRecord
}

// init fills what every task has. id is of the session; its attempts have ids of their own.
func (g *gathering) init(env Env, state *State, record *wire.KeyRecord, requester *wire.Requester, size int, name, permitted string) error {
	g.env, g.name, g.permitted, g.record, g.requester, g.size = env, name, permitted, record, requester, size
	g.patience = hedgeTicks
	g.gone, g.supplied, g.forgot = make(map[uint32]bool), make(map[wire.NodeID]bool), make(map[uint32]int)
	if state.Share != nil && state.usable(record.Version()) {
		g.share, g.self = state.Share, state.Share.Index
		g.rank = append(g.rank, g.self)
	}
	for _, node := range env.Connected {
		if index := record.Setup.Index(node); index != 0 && node != env.Self.ID() {
			g.rank = append(g.rank, index)
		}
	}
	var nonce [32]byte
	if _, err := io.ReadFull(env.Rand, nonce[:]); err != nil {
		return fmt.Errorf("drawing a nonce: %w", err)
	}
	version := record.Version()
	g.id = wire.SessionID(wire.Digest("gathering-session/1", version[:], nonce[:]))
	return nil
}

// ID names the session. Its attempts have ids of their own.
func (g *gathering) ID() wire.SessionID { return g.id }

// String tells round and votes.
func (g *gathering) String() string {
	switch {
	case g.ended:
		return g.name + ": ended"
	case g.round == nil && !g.asking:
		return g.name + ": idle"
	case g.round == nil:
		return g.name + ": asking the own chain"
	}
	s := g.name + ": " + g.round.String()
	if g.asking {
		s += ", asking the own chain again"
	}
	return s
}

// Step takes one input.
func (g *gathering) Step(in Input) Effects {
	if c, ok := in.(Cancel); ok && !g.ended {
		return g.end(Effects{}, c.Err)
	}
	if g.ended {
		return Effects{}
	}
	switch in := in.(type) {
	case Start:
		return g.start()
	case Verdict:
		return g.verdict(in)
	case Received:
		return g.received(in)
	case PeerLost:
		return g.lost(in.Node)
	case Tick:
		return g.tick()
	}
	return Effects{}
}

// trust is how many nodes have an honest one among them.
func (g *gathering) trust() int { return int(g.record.Setup.Threshold) + 1 }

func (g *gathering) node(index uint32) wire.NodeID { return g.record.Setup.Members[index-1] }

// start asks the own oracle, which also names the block.
func (g *gathering) start() Effects {
	if g.asking || g.round != nil {
		return Effects{}
	}
	g.asking = true
	return Effects{Ask: &Question{Requester: g.requester.Address, Key: g.record.Setup.Key, Claim: g.requester.Claim}}
}

// verdict begins a round at the block that the own oracle decided at.
func (g *gathering) verdict(v Verdict) Effects {
	if !g.asking {
		return Effects{}
	}
	g.asking = false
	granted := v.Answer == Granted
	if !granted && v.Answer != Refused {
		// Fail closed: a node that can't read its chain can't name a block. In round 1 the
		// others may still decide at the block it named when it could.
		g.refusal = wire.Errorf(wire.Unavailable, "it is not known whether this may be %s: %s", g.permitted, v.Reason)
		if g.round == nil {
			return g.end(Effects{}, g.refusal)
		}
		return g.advance(g.move())
	}
	eff := g.dismiss()
	g.round = newRound(g, v.Block, granted, v.Reason)
	return g.advance(eff)
}

// received takes an answer to one of the attempts.
func (g *gathering) received(in Received) Effects {
	index := g.record.Setup.Index(in.From)
	if g.round == nil || index == 0 || index == g.self {
		return Effects{}
	}
	a := g.round.attempt(in.Session)
	if a == nil || !a.has(index) {
		return Effects{} // of an older round
	}
	if a.before != nil {
		return g.advance(g.prepare(a, in))
	}
	switch m := in.Msg.(type) {
	case *wire.Refuse:
		return g.refused(index, a, m)
	case *wire.NewerHead:
		return g.newer(in.From, index, m.Head)
	case *wire.Need:
		return g.supply(in.From, a, m)
	}
	if a.dead || a.part(index) != nil || g.gone[index] {
		return Effects{}
	}
	part, f, ok := g.task.take(a, index, in.Msg)
	switch {
	case !ok:
		return g.blame(in.From, index, fmt.Sprintf("%s: answered with message %#x", g.name, in.Msg.Code()))
	case f != nil:
		return g.without(index, *f)
	}
	return g.answered(index, a, part)
}

// answered counts a yes, once it is proven.
func (g *gathering) answered(index uint32, a *attempt, part any) Effects {
	a.put(index, part)
	if g.round.votes[index] == voteAsked {
		g.round.votes[index] = voteYes
	}
	if err := g.ownPart(a); err != nil {
		return g.end(Effects{}, wire.Errorf(wire.Internal, "making the own part: %v", err))
	}
	return g.advance(Effects{})
}

// ownPart makes the own part of an attempt when it is due: not before some other node
// has answered, so that an attempt that comes to nothing costs nothing.
func (g *gathering) ownPart(a *attempt) error {
	if g.self == 0 || !a.has(g.self) || a.part(g.self) != nil || g.round.votes[g.self] != voteYes {
		return nil
	}
	p, err := g.task.own(a)
	if err == nil {
		a.put(g.self, p)
	}
	return err
}

// prepare has what an attempt needs made first, and then begins it.
func (g *gathering) prepare(a *attempt, in Input) Effects {
	eff := a.before.Step(in) // its messages are under its own session id
	if !eff.Done {
		return eff
	}
	err, before := eff.Err, a.before
	eff.Done, eff.Err, a.before, a.overdue = false, nil, nil, false
	for _, f := range eff.Faults {
		g.gone[g.record.Setup.Index(f.Node)] = true
	}
	if err == nil {
		err = g.task.open(a)
	}
	if err != nil {
		a.dead, g.refusal = true, wire.Errorf(wire.ReasonOf(err), "%s", detailOf(err))
		if len(before.Missing()) == 0 { // nobody else could do better
			return g.end(eff, g.refusal)
		}
		for _, node := range before.Missing() {
			g.round.votes[g.record.Setup.Index(node)] = voteOut
		}
	} else {
		a.begun = g.ticks
		eff.Add(g.send(a))
	}
	return eff
}

// denial is what participants sign that say no in this round.
func (g *gathering) denial() *wire.Receipt {
	receipt := g.receipt()
	if receipt != nil {
		receipt.Granted = false
	}
	return receipt
}

// deny is the error of a denial, with what was signed of it.
func (g *gathering) deny(format string, args ...any) error {
	err, no := wire.Errorf(wire.Denied, format, args...), g.denial()
	if no == nil {
		return err
	}
	noes := g.round.noes
	if g.self != 0 && !g.round.granted {
		noes = addSign(noes, wire.IndexedSign{Index: g.self, Signature: g.env.Self.Sign(no.Digest())})
	}
	return &wire.Refusal{Err: err, Setup: g.record.Setup.Terms(), Receipt: *no, Signatures: noes}
}

// receipt is what participants sign in this round.
func (g *gathering) receipt() *wire.Receipt {
	return receiptFor(&g.env, g.requester, g.record.Version(), g.record.Setup.Key, g.round.block)
}

// refused counts a no, or a node that can't tell.
func (g *gathering) refused(index uint32, a *attempt, m *wire.Refuse) Effects {
	why := m.Err()
	if !a.last && a.part(index) != nil {
		a.dead = true // it will not go on with it
	}
	switch why.Reason {
	case wire.NoSession:
		// It does not know what it was to act with: it has been started again since. That
		// may happen once.
		g.task.forget(g.node(index))
		a.dead, g.round.votes[index] = true, voteIdle
		if g.forgot[index]++; g.forgot[index] > 1 {
			g.refusal, g.round.votes[index] = why, voteOut
		}
	case wire.Denied:
		g.round.votes[index] = voteNo
		if no := g.denial(); no != nil && verify.Receipt(g.node(index), no, &m.Receipt) {
			g.round.noes = addSign(g.round.noes, wire.IndexedSign{Index: index, Signature: m.Receipt})
		}
	case wire.Policy, wire.NotMember, wire.Unsupported:
		if !g.gone[index] {
			g.never++
		}
		g.refusal, g.lasting = why, why
		g.gone[index] = true
		g.round.votes[index] = voteOut
	default:
		g.refusal = why
		g.round.votes[index] = voteOut
	}
	return g.advance(Effects{})
}

// newer hears of a head that is newer than the block. The own chain is asked there,
// once; meanwhile this round goes on without the node.
func (g *gathering) newer(from wire.NodeID, index uint32, head wire.BlockRef) Effects {
	if head.Number <= g.round.block.Number {
		return g.blame(from, index, "claims that an older block is newer")
	}
	g.round.votes[index] = voteNewer
	g.claims = append(g.claims, head.Number)
	return g.advance(g.move())
}

// move asks the own chain at the lowest newer block that was told of. If it does not
// get there, the next time only below: who tells of a block that does not exist must
// not keep us from one that does.
func (g *gathering) move() Effects {
	if g.asking || g.round.second {
		return Effects{}
	}
	g.claims = slices.DeleteFunc(g.claims, func(n uint64) bool { return g.moved && n >= g.newest })
	if len(g.claims) == 0 {
		return Effects{}
	}
	g.newest, g.moved, g.asking = slices.Min(g.claims), true, true
	return Effects{Ask: &Question{Requester: g.requester.Address, Key: g.record.Setup.Key, Claim: g.requester.Claim, NotBefore: g.newest}}
}

// supply sends records to a node that missed them, once per node.
func (g *gathering) supply(to wire.NodeID, a *attempt, m *wire.Need) Effects {
	if g.supplied[to] {
		return Effects{}
	}
	g.supplied[to] = true
	msg := new(wire.Supply)
	if m.Record {
		msg.Record = g.record
	}
	if m.Document {
		msg.Document = g.task.document()
	}
	return Effects{Send: []wire.Envelope{{To: to, Session: a.id, Msg: msg}}}
}

// blame does without a holder from now on.
func (g *gathering) blame(node wire.NodeID, index uint32, what string) Effects {
	return g.without(index, Fault{Node: node, Detail: what})
}

func (g *gathering) without(index uint32, f Fault) Effects {
	g.gone[index] = true
	g.round.votes[index] = voteOut
	return g.advance(Effects{Faults: []Fault{f}})
}

func (g *gathering) lost(node wire.NodeID) Effects {
	index := g.record.Setup.Index(node)
	if index == 0 || index == g.self {
		return Effects{}
	}
	g.gone[index] = true
	if g.round == nil {
		return Effects{}
	}
	var eff Effects
	for _, a := range g.round.attempts {
		if a.before != nil {
			eff.Add(g.prepare(a, PeerLost{Node: node}))
		}
	}
	if v := g.round.votes[index]; v == voteIdle || v == voteAsked {
		g.round.votes[index] = voteOut
		return g.advance(eff)
	}
	if g.round.votes[index] == voteYes {
		g.round.votes[index] = voteOut // it can't say so for another set
	}
	return g.advance(eff)
}

func (g *gathering) tick() Effects {
	g.ticks++
	if g.ticks >= retrieveDeadline {
		return g.conclude(Effects{}, wire.Errorf(wire.Timeout, "too few key servers answered in time; retry"))
	}
	if g.round == nil {
		return Effects{}
	}
	return g.advance(g.hedge())
}

// hedge asks spares when nodes are slow, and everybody again when all are.
func (g *gathering) hedge() Effects {
	var eff Effects
	for _, a := range g.round.attempts {
		if a.before != nil {
			eff.Add(g.prepare(a, Tick{}))
		}
	}
	slow, late := g.round.slow(g.ticks, g.patience)
	for _, index := range late {
		g.task.late(g.node(index))
	}
	if !g.round.granted || g.ended {
		return eff
	}
	set := g.round.choose()
	spare := (g.round.count(voteIdle) > 0 || g.round.free(set)) && !g.round.preparing(set)
	if slow && spare || g.ticks-g.round.begun >= retryTicks && !g.asking {
		eff.Add(g.begin(set))
	}
	return eff
}

// end is the last step: nodes that were asked and turn out not to be needed are told.
func (g *gathering) end(eff Effects, err error) Effects {
	eff.Add(g.dismiss())
	g.ended, g.failure = true, err
	eff.Done, eff.Err, eff.Ask = true, err, nil
	return eff
}

// dismiss tells those who still owe an answer that it is no longer wanted.
func (g *gathering) dismiss() Effects {
	var eff Effects
	if g.round == nil {
		return eff
	}
	refuse := &wire.Refuse{Reason: wire.Cancelled}
	for _, a := range g.round.attempts {
		if a.before != nil {
			made := a.before.Step(Cancel{Err: wire.Errorf(wire.Cancelled, "not needed any more")})
			eff.Send = append(eff.Send, made.Send...)
			a.before, a.dead = nil, true
		}
		g.task.drop(a)
		for _, index := range a.set {
			if a.asked[index] && a.awaits(index, g.round.votes[index]) {
				eff.Send = append(eff.Send, wire.Envelope{To: g.node(index), Session: a.id, Msg: refuse})
			}
		}
	}
	return eff
}
