package session

import (
	"fmt"
	"io"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	retrieveDeadline = 10 * TicksPerSecond
	// hedgeTicks is how long the nodes of a set may keep us waiting before a spare is
	// asked, too: 200 ms.
	hedgeTicks = TicksPerSecond / 5
	// retryTicks is how long nothing may happen before all who owe an answer are asked
	// again, in case a message was dropped.
	retryTicks = 2 * TicksPerSecond
	// denialPatience is how long a no of the own chain waits for a peer that has seen a
	// newer block: 500 ms.
	denialPatience = TicksPerSecond / 2
)

// Retrieval is the coordinator of retrieving a document key. It need not hold a share.
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
// A set is what one decryption is made by: the Lagrange coefficients depend on it. So
// whoever fails is replaced by asking another set anew, in a new attempt; older
// attempts go on beside it, and the first that is complete ends the session.
type Retrieval struct {
	env       Env
	record    *wire.KeyRecord
	document  *wire.DocumentRecord
	pair      *threshold.Ciphertext
	requester *wire.Requester
	shadow    bool
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
	policy   int             // holders whose settings forbid it
	refusal  *wire.Error     // the last one, for the answer
	supplied map[wire.NodeID]bool
	ticks    int
	result   *Retrieved
	failure  error
	ended    bool
}

// Retrieved is what a retrieval releases.
type Retrieved struct {
	Key     *secp256k1.Point // plain: the document key itself. It prints as a fingerprint
	Shadow  *wire.Shadow     // shadow: what the requester puts together
	Block   wire.BlockRef    // where the permission was decided
	Set     []uint32         // share indices of who decided, ascending
	Nodes   []wire.NodeID    // the same as node ids
	Release *wire.Release    // the whole answer, for who wants to check it
}

// NewRetrieval begins to retrieve a document key. record is confirmed and has passed
// VerifyRecord, document has passed VerifyDocument. It fails at once with BadRequester
// or Policy.
func NewRetrieval(env Env, state *State, record *wire.KeyRecord, document *wire.DocumentRecord, proof wire.Proof, shadow bool) (*Retrieval, error) {
	requester, err := OpenRetrieve(&env, record.Setup.Key, proof, shadow)
	if err != nil {
		return nil, err
	}
	if err := checkReader(requester, record); err != nil {
		return nil, err
	}
	pair, err := parsePair(&document.Common, &document.Encrypted)
	if err != nil {
		return nil, err
	}
	r := &Retrieval{
		env: env, record: record, document: document, pair: pair, requester: requester, shadow: shadow,
		gone: make(map[uint32]bool), supplied: make(map[wire.NodeID]bool),
	}
	if state.Share != nil && state.usable(record.Version()) {
		r.share, r.self = state.Share, state.Share.Index
		r.rank = append(r.rank, r.self)
	}
	for _, node := range env.Connected {
		if index := record.Setup.Index(node); index != 0 && node != env.Self.ID() {
			r.rank = append(r.rank, index)
		}
	}
	var nonce [32]byte
	if _, err := io.ReadFull(env.Rand, nonce[:]); err != nil {
		return nil, fmt.Errorf("drawing a nonce: %w", err)
	}
	version := record.Version()
	r.id = wire.SessionID(wire.Digest("retrieval-session/1", version[:], nonce[:]))
	return r, nil
}

// ID names the session. Its attempts have ids of their own.
func (r *Retrieval) ID() wire.SessionID { return r.id }

// Result is what was released; nil unless the session ended without an error.
func (r *Retrieval) Result() *Retrieved { return r.result }

// String tells round and votes.
func (r *Retrieval) String() string {
	switch {
	case r.ended:
		return "retrieving: ended"
	case r.round == nil && !r.asking:
		return "retrieving: idle"
	case r.round == nil:
		return "retrieving: asking the own chain"
	}
	s := "retrieving: " + r.round.String()
	if r.asking {
		s += ", asking the own chain again"
	}
	return s
}

// Step takes one input.
func (r *Retrieval) Step(in Input) Effects {
	if c, ok := in.(Cancel); ok && !r.ended {
		return r.end(Effects{}, c.Err)
	}
	if r.ended {
		return Effects{}
	}
	switch in := in.(type) {
	case Start:
		return r.start()
	case Verdict:
		return r.verdict(in)
	case Received:
		return r.received(in)
	case PeerLost:
		return r.lost(in.Node)
	case Tick:
		return r.tick()
	}
	return Effects{}
}

func (r *Retrieval) need() int { return int(r.record.Setup.Threshold) + 1 }

func (r *Retrieval) node(index uint32) wire.NodeID { return r.record.Setup.Members[index-1] }

// start asks the own oracle, which also names the block.
func (r *Retrieval) start() Effects {
	if r.asking || r.round != nil {
		return Effects{}
	}
	r.asking = true
	return Effects{Ask: &Question{Requester: r.requester.Address, Key: r.record.Setup.Key, Claim: r.requester.Claim}}
}

// verdict begins a round at the block that the own oracle decided at.
func (r *Retrieval) verdict(v Verdict) Effects {
	if !r.asking {
		return Effects{}
	}
	r.asking = false
	granted := v.Answer == Granted
	if !granted && v.Answer != Refused {
		// Fail closed: a node that can't read its chain can't name a block. In round 1 the
		// others may still decide at the block it named when it could.
		r.refusal = wire.Errorf(wire.Unavailable, "reading the permission: %s", v.Reason)
		if r.round == nil {
			return r.end(Effects{}, r.refusal)
		}
		return r.advance(r.move())
	}
	eff := r.dismiss()
	r.round = newRound(r, v.Block, granted, v.Reason)
	return r.advance(eff)
}

// received takes an answer to one of the attempts.
func (r *Retrieval) received(in Received) Effects {
	index := r.record.Setup.Index(in.From)
	if r.round == nil || index == 0 || index == r.self {
		return Effects{}
	}
	a := r.round.attempt(in.Session)
	if a == nil || !a.has(index) {
		return Effects{} // of an older round
	}
	switch m := in.Msg.(type) {
	case *wire.Partial:
		return r.partial(in.From, index, a, m)
	case *wire.Refuse:
		return r.refused(index, m)
	case *wire.NewerHead:
		return r.newer(in.From, index, m.Head)
	case *wire.Need:
		return r.supply(in.From, a, m)
	}
	return r.blame(in.From, index, fmt.Sprintf("answered a retrieval with message %#x", in.Msg.Code()))
}

// partial counts a yes, once it is proven.
func (r *Retrieval) partial(from wire.NodeID, index uint32, a *attempt, m *wire.Partial) Effects {
	if a.part(index) != nil || r.gone[index] {
		return Effects{}
	}
	if !verify(from, m.Digest(a.id, index), &m.Signature) {
		return r.blame(from, index, "partial with a false signature")
	}
	p, err := checkPart(a.quorum, a.id, index, r.pair.Common, r.shadow, m)
	if err != nil {
		return r.convict(index, "gave a wrong part of a decryption: "+err.Error(), a, m)
	}
	if receipt := r.receipt(); receipt != nil && !verifyReceipt(from, receipt, &m.Receipt) {
		return r.blame(from, index, "partial without a receipt")
	}
	a.put(index, p)
	if r.round.votes[index] == voteAsked {
		r.round.votes[index] = voteYes
	}
	if err := r.ownPart(a); err != nil {
		return r.end(Effects{}, wire.Errorf(wire.Internal, "making the own partial: %v", err))
	}
	return r.advance(Effects{})
}

// ownPart makes the own part of an attempt when it is due: not before some other node
// has answered, so that an attempt that comes to nothing costs nothing.
func (r *Retrieval) ownPart(a *attempt) error {
	if r.self == 0 || !a.has(r.self) || a.part(r.self) != nil || r.round.votes[r.self] != voteYes {
		return nil
	}
	p, err := makeOnePart(&r.env, a.quorum, a.id, r.share, r.pair.Common, r.requester, r.shadow)
	if err == nil {
		if receipt := r.receipt(); receipt != nil {
			p.sign(r.env.Self, a.id, r.self, receipt)
		}
		a.put(r.self, p)
	}
	return err
}

// denial is what participants sign that say no in this round.
func (r *Retrieval) denial() *wire.Receipt {
	receipt := r.receipt()
	if receipt != nil {
		receipt.Granted = false
	}
	return receipt
}

// deny is the error of a denial, with what was signed of it.
func (r *Retrieval) deny(format string, args ...any) error {
	err, no := wire.Errorf(wire.Denied, format, args...), r.denial()
	if no == nil {
		return err
	}
	noes := r.round.noes
	if r.self != 0 && !r.round.granted {
		noes = addSign(noes, wire.IndexedSign{Index: r.self, Signature: r.env.Self.Sign(no.Digest())})
	}
	return &wire.Refusal{Err: err, Setup: r.record.Setup.Terms(), Receipt: *no, Signatures: noes}
}

// receipt is what participants sign in this round.
func (r *Retrieval) receipt() *wire.Receipt {
	return receiptFor(&r.env, r.requester, r.record.Version(), r.record.Setup.Key, r.round.block)
}

// refused counts a no, or a node that can't tell.
func (r *Retrieval) refused(index uint32, m *wire.Refuse) Effects {
	why := m.Err()
	switch why.Reason {
	case wire.Denied:
		r.round.votes[index] = voteNo
		if no := r.denial(); no != nil && verifyReceipt(r.node(index), no, &m.Receipt) {
			r.round.noes = addSign(r.round.noes, wire.IndexedSign{Index: index, Signature: m.Receipt})
		}
	case wire.Policy:
		if !r.gone[index] {
			r.policy++
		}
		r.refusal = why
		r.gone[index] = true
		r.round.votes[index] = voteOut
	default:
		r.refusal = why
		r.round.votes[index] = voteOut
	}
	return r.advance(Effects{})
}

// newer hears of a head that is newer than the block. The own chain is asked there,
// once; meanwhile this round goes on without the node.
func (r *Retrieval) newer(from wire.NodeID, index uint32, head wire.BlockRef) Effects {
	if head.Number <= r.round.block.Number {
		return r.blame(from, index, "claims that an older block is newer")
	}
	r.round.votes[index] = voteNewer
	r.claims = append(r.claims, head.Number)
	return r.advance(r.move())
}

// move asks the own chain at the lowest newer block that was told of. If it does not
// get there, the next time only below: who tells of a block that does not exist must
// not keep us from one that does.
func (r *Retrieval) move() Effects {
	if r.asking || r.round.second {
		return Effects{}
	}
	r.claims = slices.DeleteFunc(r.claims, func(n uint64) bool { return r.moved && n >= r.newest })
	if len(r.claims) == 0 {
		return Effects{}
	}
	r.newest, r.moved, r.asking = slices.Min(r.claims), true, true
	return Effects{Ask: &Question{Requester: r.requester.Address, Key: r.record.Setup.Key, Claim: r.requester.Claim, NotBefore: r.newest}}
}

// supply sends records to a node that missed them, once per node.
func (r *Retrieval) supply(to wire.NodeID, a *attempt, m *wire.Need) Effects {
	if r.supplied[to] {
		return Effects{}
	}
	r.supplied[to] = true
	msg := new(wire.Supply)
	if m.Record {
		msg.Record = r.record
	}
	if m.Document {
		msg.Document = r.document
	}
	return Effects{Send: []wire.Envelope{{To: to, Session: a.id, Msg: msg}}}
}

// blame does without a holder from now on.
func (r *Retrieval) blame(node wire.NodeID, index uint32, what string) Effects {
	return r.without(index, Fault{Node: node, Detail: what})
}

// convict is blame with the signed part that proves it.
func (r *Retrieval) convict(index uint32, what string, a *attempt, m *wire.Partial) Effects {
	evidence := wrongPartial(r.record, a.ask.Terms(r.env.Self.ID()), index, m)
	return r.without(index, Fault{Node: r.node(index), Detail: what, Evidence: evidence})
}

// wrongPartial is the evidence against the holder with this share index.
func wrongPartial(key *wire.KeyRecord, request wire.RetrieveTerms, index uint32, m *wire.Partial) *wire.WrongPartial {
	return &wire.WrongPartial{
		Setup: key.Setup.Terms(), Bodies: key.Bodies, Commitments: key.Commitments,
		Certified: key.Signatures[index-1], Request: request, Index: index, Partial: *m,
	}
}

func (r *Retrieval) without(index uint32, f Fault) Effects {
	r.gone[index] = true
	r.round.votes[index] = voteOut
	return r.advance(Effects{Faults: []Fault{f}})
}

func (r *Retrieval) lost(node wire.NodeID) Effects {
	index := r.record.Setup.Index(node)
	if index == 0 || index == r.self {
		return Effects{}
	}
	r.gone[index] = true
	if r.round == nil {
		return Effects{}
	}
	if v := r.round.votes[index]; v == voteIdle || v == voteAsked {
		r.round.votes[index] = voteOut
		return r.advance(Effects{})
	}
	if r.round.votes[index] == voteYes {
		r.round.votes[index] = voteOut // it can't say so for another set
	}
	return r.advance(Effects{})
}

func (r *Retrieval) tick() Effects {
	r.ticks++
	if r.ticks >= retrieveDeadline {
		return r.conclude(Effects{}, wire.Errorf(wire.Timeout, "too few key servers answered in time; retry"))
	}
	if r.round == nil {
		return Effects{}
	}
	return r.advance(r.hedge())
}

// hedge asks spares when nodes are slow, and everybody again when all are.
func (r *Retrieval) hedge() Effects {
	var eff Effects
	slow := r.round.slow(r.ticks)
	if r.round.granted && (slow && r.round.count(voteIdle) > 0 || r.ticks-r.round.begun >= retryTicks && !r.asking) {
		eff = r.begin(r.round.choose())
	}
	return eff
}

// end is the last step: nodes that were asked and turn out not to be needed are told.
func (r *Retrieval) end(eff Effects, err error) Effects {
	eff.Add(r.dismiss())
	r.ended, r.failure = true, err
	eff.Done, eff.Err, eff.Ask = true, err, nil
	return eff
}

// dismiss tells those who still owe an answer that it is no longer wanted.
func (r *Retrieval) dismiss() Effects {
	var eff Effects
	if r.round == nil {
		return eff
	}
	refuse := &wire.Refuse{Reason: wire.Cancelled}
	for _, a := range r.round.attempts {
		for _, index := range a.set {
			if a.asked[index] && a.part(index) == nil && r.round.votes[index] == voteAsked {
				eff.Send = append(eff.Send, wire.Envelope{To: r.node(index), Session: a.id, Msg: refuse})
			}
		}
	}
	return eff
}
