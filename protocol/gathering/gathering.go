package gathering

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// maxAttempts bounds those of a round. Each holder of the largest set can fail in one of
// its own.
const maxAttempts = 2 * wire.MaxMembers

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
	env       session.Env
	task      task
	state     *session.State       // what this node knows of the key
	follows   following            // of later versions of the key
	document  *wire.DocumentRecord // what a holder has to know beside the key; nil if nothing
	name      string               // for people
	permitted string               // what the own chain is asked about, for people: "read" or "signed"
	record    *wire.KeyRecord
	requester *wire.Requester
	size      int            // nodes of a set: t+1, or 2t+1
	patience  int            // hedgeTicks, or those of the task
	share     *session.Share // own; nil if none is held
	self      uint32         // own share index; 0 without a share
	id        wire.SessionID
	rank      []uint32 // indices of the holders that can be asked, the best first; the own one leads

	asking      bool     // the oracle owes a verdict
	moved       bool     // round 2 has been asked for
	newest      uint64   // the block that the own chain was asked to reach for it
	newerBlocks []uint64 // newer blocks that others have told of
	round       *round
	gone        map[uint32]bool // lost, refusing for good, or caught: not asked in any round
	never       int             // holders that will not, by their settings, list of servers or version
	refusal     *wire.Error     // the last one, for the answer
	lasting     *wire.Error     // the last one that asking again does not cure
	supplied    map[wire.NodeID]bool
	forgot      map[uint32]int // how often a holder did not know what it was to act with
	ticks       int
	failure     error
	done        bool // it came to a good end
	ended       bool
}

// task is what the nodes of a set are asked to do. It may be a spending and a stocked one, too.
type task interface {
	// open makes what the set of an attempt is asked, and the id of that. If something has
	// to be made first, it leaves a machine for it, and is called again when that has ended
	// without an error.
	open(a *attempt) error
	// take checks a holder's answer. A fault is for a wrong one; ok is false for a message
	// that is none.
	take(a *attempt, index uint32, m wire.Message) (part any, f *session.Fault, ok bool)
	// own is this node's answer.
	own(a *attempt) (any, error)
	// next is called with the answers of all. It gives a message to which they are to
	// answer, too, or nil at the end; or names those whose answers were wrong.
	next(a *attempt) (m wire.Message, faults []session.Fault, err error)
	// adopt goes over to the version of the key that a state has; told is the document key that came with it, not checked, or
	// nil.
	adopt(state *session.State, told *wire.DocumentRecord) error
}

// spending is a task that uses up what was drawn or dealt for one attempt.
type spending interface {
	// drop forgets the secrets of an attempt that is over.
	drop(a *attempt)
	// forget is told of a holder that does not know what it was to act with.
	forget(node wire.NodeID)
}

// stocked is a task that has what an attempt needs in stock, for some sets.
type stocked interface {
	// choose gives a set to begin with; nil if any is as good.
	choose(rd *round) []uint32
	// late is told of a holder that keeps others waiting.
	late(node wire.NodeID)
}

// init fills what every task has. id is of the session; its attempts have ids of their own.
func (g *gathering) init(env session.Env, state *session.State, record *wire.KeyRecord, requester *wire.Requester, size int, name, permitted string) error {
	g.env, g.name, g.permitted, g.record, g.requester, g.size = env, name, permitted, record, requester, size
	g.patience, g.state = hedgeTicks, state
	g.follows.out = make(map[wire.NodeID]bool)
	g.stand()
	var nonce [32]byte
	if err := env.ReadRandom(nonce[:]); err != nil {
		return err
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
	s := g.name + ": " + g.round.String() + g.follows.String()
	if g.asking {
		s += ", asking the own chain again"
	}
	return s
}

// Step takes one input.
func (g *gathering) Step(in session.Input) session.Effects {
	if c, ok := in.(session.Cancel); ok && !g.ended {
		if eff, ok := g.unsaved(c); ok {
			return eff
		}
		return g.end(session.Effects{}, c.Err)
	}
	g.follows.saving = false
	if g.ended {
		return session.Effects{}
	}
	switch in := in.(type) {
	case session.Start:
		return g.start()
	case session.Verdict:
		return g.verdict(in)
	case session.Received:
		return g.received(in)
	case session.PeerLost:
		return g.lost(in.Node)
	case session.Tick:
		return g.tick()
	}
	return session.Effects{}
}

// trust is how many nodes have an honest one among them.
func (g *gathering) trust() int { return int(g.record.Setup.Threshold) + 1 }

func (g *gathering) node(index uint32) wire.NodeID { return g.record.Setup.Members[index-1] }

// start asks the own oracle, which also names the block.
func (g *gathering) start() session.Effects {
	if g.asking || g.round != nil {
		return session.Effects{}
	}
	g.asking = true
	return session.Effects{Ask: &session.Question{Requester: g.requester.Address, Key: g.record.Setup.Key, Check: g.requester.Check}}
}

// verdict begins a round at the block that the own oracle decided at.
func (g *gathering) verdict(v session.Verdict) session.Effects {
	if !g.asking {
		return session.Effects{}
	}
	g.asking = false
	granted := v.Answer == session.Granted
	if !granted && v.Answer != session.Refused {
		// Fail closed: a node that can't read its chain can't name a block. In round 1 the
		// others may still decide at the block it named when it could.
		g.refusal = wire.Errorf(wire.Unavailable, "it is not known whether this may be %s: %s", g.permitted, v.Reason)
		if g.round == nil {
			return g.end(session.Effects{}, g.refusal)
		}
		return g.advance(g.move())
	}
	eff := g.dismiss()
	g.round = newRound(g, v.Block, granted, v.Reason)
	return g.advance(eff)
}

// received takes an answer to one of the attempts.
func (g *gathering) received(in session.Received) session.Effects {
	index := g.record.Setup.Index(in.From)
	if g.round == nil || index == 0 || index == g.self {
		return session.Effects{}
	}
	a := g.round.attempt(in.Session)
	if a == nil || !a.has(index) {
		return session.Effects{} // of an older round
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
	case *wire.Superseded:
		return g.superseded(in.From, index, m)
	}
	if a.dead || a.part(index) != nil || g.gone[index] {
		return session.Effects{}
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
func (g *gathering) answered(index uint32, a *attempt, part any) session.Effects {
	a.put(index, part)
	if g.round.votes[index] == voteAsked {
		g.round.votes[index] = voteYes
	}
	if err := g.ownPart(a); err != nil {
		return g.end(session.Effects{}, wire.Errorf(wire.Internal, "making the own part: %v", err))
	}
	return g.advance(session.Effects{})
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
func (g *gathering) prepare(a *attempt, in session.Input) session.Effects {
	eff := a.before.Step(in) // its messages are under its own session id
	if !eff.Done {
		return eff
	}
	err, before := eff.Err, a.before
	eff.Done, eff.Err, a.before, a.overdue = false, nil, nil, false
	for _, f := range eff.Faults {
		g.exclude(f.Node)
	}
	if err == nil {
		err = g.task.open(a)
	}
	if err != nil {
		a.dead, g.refusal = true, wire.Errorf(wire.ReasonOf(err), "%s", session.DetailOf(err))
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

// denial is what members sign that say no in this round.
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
		noes = session.AddSign(noes, wire.IndexedSign{Index: g.self, Signature: g.env.Self.Sign(no.Digest())})
	}
	return &wire.Refusal{Err: err, Setup: g.record.Setup.Terms(), Receipt: *no, Signatures: noes}
}

// receipt is what members sign in this round.
func (g *gathering) receipt() *wire.Receipt {
	return receiptFor(&g.env, g.requester, g.record.Version(), g.record.Setup.Key, g.round.block)
}

// refused counts a no, or a node that can't tell.
func (g *gathering) refused(index uint32, a *attempt, m *wire.Refuse) session.Effects {
	why := m.Err()
	if !a.last && a.part(index) != nil {
		a.dead = true // it will not go on with it
	}
	switch why.Reason {
	case wire.NoSession:
		// It does not know what it was to act with: it has been started again since. That
		// may happen once.
		if t, ok := g.task.(spending); ok {
			t.forget(g.node(index))
		}
		a.dead, g.round.votes[index] = true, voteIdle
		if g.forgot[index]++; g.forgot[index] > 1 {
			g.refusal, g.round.votes[index] = why, voteOut
		}
	case wire.Denied:
		g.round.votes[index] = voteNo
		if no := g.denial(); no != nil && verify.Receipt(g.node(index), no, &m.Receipt) {
			g.round.noes = session.AddSign(g.round.noes, wire.IndexedSign{Index: index, Signature: m.Receipt})
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
	return g.advance(session.Effects{})
}

// newer hears of a head that is newer than the block. The own chain is asked there,
// once; meanwhile this round goes on without the node.
func (g *gathering) newer(from wire.NodeID, index uint32, head wire.BlockRef) session.Effects {
	if head.Number <= g.round.block.Number {
		return g.blame(from, index, "claims that an older block is newer")
	}
	g.round.votes[index] = voteNewer
	g.newerBlocks = append(g.newerBlocks, head.Number)
	return g.advance(g.move())
}

// move asks the own chain at the lowest newer block that was told of. If it does not
// get there, the next time only below: who tells of a block that does not exist must
// not keep us from one that does.
func (g *gathering) move() session.Effects {
	if g.asking || g.round.second {
		return session.Effects{}
	}
	g.newerBlocks = slices.DeleteFunc(g.newerBlocks, func(n uint64) bool { return g.moved && n >= g.newest })
	if len(g.newerBlocks) == 0 {
		return session.Effects{}
	}
	g.newest, g.moved, g.asking = slices.Min(g.newerBlocks), true, true
	return session.Effects{Ask: &session.Question{Requester: g.requester.Address, Key: g.record.Setup.Key, Check: g.requester.Check, NotBefore: g.newest}}
}

// supply sends records to a node that missed them, once per node.
func (g *gathering) supply(to wire.NodeID, a *attempt, m *wire.Need) session.Effects {
	if g.supplied[to] {
		return session.Effects{}
	}
	g.supplied[to] = true
	msg := g.state.Supply(m, g.record, g.document)
	return session.Effects{Send: []wire.Envelope{{To: to, Session: a.id, Msg: msg}}}
}

// blame does without a holder from now on.
func (g *gathering) blame(node wire.NodeID, index uint32, what string) session.Effects {
	return g.without(index, session.Fault{Node: node, Detail: what})
}

func (g *gathering) without(index uint32, f session.Fault) session.Effects {
	g.exclude(f.Node)
	g.round.votes[index] = voteOut
	return g.advance(session.Effects{Faults: []session.Fault{f}})
}

func (g *gathering) lost(node wire.NodeID) session.Effects {
	g.exclude(node)
	index := g.record.Setup.Index(node)
	if index == 0 || index == g.self {
		return session.Effects{}
	}
	if g.round == nil {
		return session.Effects{}
	}
	var eff session.Effects
	for _, a := range g.round.attempts {
		if a.before != nil {
			eff.Add(g.prepare(a, session.PeerLost{Node: node}))
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

func (g *gathering) tick() session.Effects {
	g.ticks++
	if g.ticks >= retrieveDeadline {
		return g.conclude(session.Effects{}, wire.Errorf(wire.Timeout, "too few key servers answered in time; retry"))
	}
	if g.round == nil {
		return session.Effects{}
	}
	return g.advance(g.hedge())
}

// hedge asks spares when nodes are slow, and everybody again when all are.
func (g *gathering) hedge() session.Effects {
	var eff session.Effects
	for _, a := range g.round.attempts {
		if a.before != nil {
			eff.Add(g.prepare(a, session.Tick{}))
		}
	}
	slow, late := g.round.slow(g.ticks, g.patience)
	if t, ok := g.task.(stocked); ok {
		for _, index := range late {
			t.late(g.node(index))
		}
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
func (g *gathering) end(eff session.Effects, err error) session.Effects {
	eff.Add(g.dismiss())
	g.ended, g.failure = true, err
	eff.Done, eff.Err, eff.Ask = true, err, nil
	return eff
}

// dismiss tells those who still owe an answer that it is no longer wanted.
func (g *gathering) dismiss() session.Effects {
	var eff session.Effects
	if g.round == nil {
		return eff
	}
	refuse := &wire.Refuse{Reason: wire.Cancelled}
	for _, a := range g.round.attempts {
		if a.before != nil {
			made := a.before.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "not needed any more")})
			eff.Send = append(eff.Send, made.Send...)
			a.before, a.dead = nil, true
		}
		if t, ok := g.task.(spending); ok {
			t.drop(a)
		}
		for _, index := range a.set {
			if a.asked[index] && a.awaits(index, g.round.votes[index]) {
				eff.Send = append(eff.Send, wire.Envelope{To: g.node(index), Session: a.id, Msg: refuse})
			}
		}
	}
	return eff
}
