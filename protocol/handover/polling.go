package handover

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/ballot"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// maxPolls bounds the polls about one attempt.
const maxPolls = 16

// polling finds out what becomes of an attempt at a set, by driving its ballots, as generation does for keys. It is no
// machine: a Deciding or a Settling drives it. What it is told is believed by the signatures, whoever tells it.
type polling struct {
	env     *session.Env
	parent  *wire.ServerSet
	set     *wire.ServerSet // whose members decide about the attempt
	attempt *wire.SetAttempt
	name    wire.SessionID
	cancel  *wire.SignedCancel // the order does not count: vote for abandoning it first
	words   func() (*words, error)

	begun   bool
	id      wire.SessionID // of the present question
	motion  *wire.Motion   // nil: only to tell
	polls   int
	waited  int
	awaited session.Awaited
	silent  map[wire.NodeID]bool
	refusal *wire.Error
	tally   *ballot.Tally
	lied    map[wire.NodeID]bool

	signed []wire.SetSign
	link   *wire.SetLink     // the set of the epoch: by this attempt, or by another
	final  *wire.Abandonment // the attempt is abandoned
	failed *wire.Error

	out session.Effects
}

func newPolling(env *session.Env, parent *wire.ServerSet, a *wire.SetAttempt, cancel *wire.SignedCancel, words func() (*words, error)) *polling {
	set := a.Voters(parent)
	return &polling{env: env, parent: parent, set: set, attempt: a, name: a.ID(), cancel: cancel, words: words,
		silent: make(map[wire.NodeID]bool), lied: make(map[wire.NodeID]bool), tally: ballot.NewTally(set.Quorum())}
}

func (q *polling) take() session.Effects {
	out := q.out
	q.out = session.Effects{}
	return out
}

func (q *polling) over() bool { return q.link != nil || q.final != nil || q.failed != nil }

func (q *polling) String() string {
	if q.motion == nil {
		return "asking what was voted"
	}
	return fmt.Sprintf("ballot %d", q.motion.Ballot)
}

// ask puts a question to all who decide, this node first.
func (q *polling) ask(m *wire.Motion) {
	if q.polls++; q.polls > maxPolls {
		q.fail(wire.Busy, "others decide about the same attempt; retry")
		return
	}
	p := &wire.SetPoll{Epoch: q.attempt.Order.Epoch, Attempt: q.attempt, Cancel: q.cancel, Ask: m, Signed: q.signed}
	if err := q.env.ReadRandom(p.Nonce[:]); err != nil {
		q.fail(err.Reason, "%s", err.Detail)
		return
	}
	q.begun, q.id, q.motion, q.waited = true, p.Session(q.env.Cluster, q.env.Self.ID()), m, 0
	q.own(p)
	q.out.Send = append(q.out.Send, q.awaited.Ask(q.others(), q.id, p)...)
	q.proceed()
}

// others are those who decide and can be asked, without this node.
func (q *polling) others() []wire.NodeID { return connected(q.env, q.set.Contains) }

// connected are the connected nodes that are wanted.
func connected(env *session.Env, wanted func(wire.NodeID) bool) (nodes []wire.NodeID) {
	for _, node := range env.Connected {
		if node != env.Self.ID() && wanted(node) {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// own is this node's answer to its own question.
func (q *polling) own(p *wire.SetPoll) {
	if !q.set.Contains(q.env.Self.ID()) {
		return
	}
	words, err := q.words()
	var vote *wire.SetVote
	var batch []wire.Record
	if err == nil {
		vote, batch, err = words.answer(p)
	}
	if err != nil {
		q.silent[q.env.Self.ID()] = true
		q.refusal = wire.Errorf(wire.ReasonOf(err), "%s", session.DetailOf(err))
		return
	}
	q.out.Save = append(q.out.Save, batch...)
	if err := q.hear(q.env.Self.ID(), vote); err != nil {
		q.fail(wire.Internal, "the own vote: %v", err)
	}
}

// received takes an answer to the present question.
func (q *polling) received(from wire.NodeID, msg wire.Message) {
	if q.over() || !q.set.Contains(from) {
		return
	}
	switch m := msg.(type) {
	case *wire.SetVote:
		delete(q.silent, from)
		if err := q.hear(from, m); err != nil {
			q.out.Add(session.BlameOrDiffer(from, "answer to a poll about a server set", err))
			q.silent[from] = true
		}
		if last, voted := q.tally.Last[from]; q.motion != nil && (!voted || last < q.motion.Ballot) {
			q.silent[from] = true // has said nothing to the point
		}
	case *wire.Refuse:
		q.silent[from], q.refusal = true, m.Err()
	default:
		q.out.Faults = append(q.out.Faults, session.Blame(from, fmt.Sprintf("answered a poll with message %#x", msg.Code()))...)
		q.silent[from] = true
	}
	q.awaited.Drop(from)
	q.proceed()
}

func (q *polling) lost(node wire.NodeID) {
	if q.begun && !q.over() {
		q.silent[node] = true
		q.awaited.Drop(node)
		q.proceed()
	}
}

func (q *polling) tick() {
	if q.waited++; !q.begun || q.over() {
		return
	}
	enough := q.cancel != nil && len(q.voters())-q.awaited.Count() >= q.set.Quorum()
	if q.waited < answerTimeout && !(enough && q.waited >= stragglerTimeout) {
		return
	}
	for _, node := range q.awaited.DropAll() {
		q.silent[node] = true
	}
	q.proceed()
}

// hear checks an answer and takes in what it tells.
func (q *polling) hear(from wire.NodeID, m *wire.SetVote) error {
	if m.Link != nil {
		if err := verify.Link(q.parent, m.Link); err != nil {
			return err
		}
		q.link = m.Link
		return nil
	}
	if m.Final != nil {
		if err := ballot.CheckAbandonment(q.set.Members, q.name, q.set.Quorum(), m.Final); err != nil {
			return err
		}
		q.final = m.Final
		return nil
	}
	if len(m.Signed) > 0 && len(q.signed) == 0 {
		if err := verify.SetCertificate(q.set, q.name, m.Signed); err != nil {
			return err
		}
		q.certified(m.Signed)
	}
	if m.Cast == nil {
		return nil
	}
	if !from.Signed(wire.VoteDigest(q.name, m.Cast.Ballot, m.Cast.Complete), &m.Signature) {
		return wire.Errorf(wire.InvalidMessage, "a vote with a false signature")
	}
	if err := ballot.CheckMotion(q.set.Members, q.name, q.set.Quorum(), m.Cast, len(q.signed) > 0); err != nil {
		return err
	}
	if g := ballot.Grounds(m.Cast); g >= 0 {
		for _, s := range m.Cast.Grounds {
			q.count(s.Node, uint32(g), !ballot.Favours(uint32(g)), s.Signature)
		}
	}
	q.count(from, m.Cast.Ballot, m.Cast.Complete, m.Signature)
	return nil
}

// certified takes in a certificate that has been checked.
func (q *polling) certified(signed []wire.SetSign) { q.signed, q.tally.Certificate = signed, true }

// count takes in a vote. Two different ones of a server in one ballot convict it.
func (q *polling) count(node wire.NodeID, ballot uint32, complete bool, sig wire.Signature) {
	other, both := q.tally.Add(node, ballot, complete, sig)
	if !both || q.lied[node] {
		return
	}
	q.lied[node] = true
	evidence := &wire.TwoSetVotes{Cluster: q.attempt.Order.Cluster, Body: q.attempt.Body(), Voter: node, Ballot: ballot, Complete: sig, Abandon: other}
	if !complete {
		evidence.Complete, evidence.Abandon = other, sig
	}
	q.out.Faults = append(q.out.Faults, session.Fault{Node: node, Evidence: evidence,
		Detail: fmt.Sprintf("voted for completing and for abandoning an attempt at a server set, both in ballot %d", ballot)})
}

// proceed looks whether it is decided, and goes on when all have answered that will, or when the next ballot is open.
func (q *polling) proceed() {
	if ballot, ok := q.tally.Decided(); ok && !q.over() {
		q.decide(ballot)
	}
	if q.over() {
		return
	}
	open := q.motion != nil && len(q.tally.Box(int64(q.motion.Ballot)).Contra) >= q.set.Quorum()
	if q.awaited.Count() > 0 && !open {
		return
	}
	voters := q.voters()
	m := q.tally.Next(voters)
	if m != nil && m.Ballot == 0 && q.cancel != nil {
		m.Complete = false
	}
	if len(voters) < q.set.Quorum() || m == nil || q.motion != nil && m.Ballot == q.motion.Ballot && m.Complete == q.motion.Complete {
		q.giveUp(len(voters))
		return
	}
	q.ask(m)
}

// voters are those who decide and may still answer.
func (q *polling) voters() (voters []wire.NodeID) {
	for _, node := range append([]wire.NodeID{q.env.Self.ID()}, q.env.Connected...) {
		if !q.silent[node] && q.set.Contains(node) {
			voters = append(voters, node)
		}
	}
	return voters
}

func (q *polling) giveUp(voters int) {
	why := ""
	if q.refusal != nil {
		if why = ", the last one that has not says: " + q.refusal.Detail; q.refusal.Reason == wire.Busy {
			q.fail(wire.Busy, "%s", q.refusal.Detail)
			return
		}
	}
	q.fail(wire.Unavailable, "an attempt at server set %d could be neither completed nor abandoned: %d of the %d key servers needed "+
		"have answered%s; retry", q.attempt.Order.Epoch, voters, q.set.Quorum(), why)
}

// decide puts the votes that decide together.
func (q *polling) decide(number uint32) {
	votes := votesOf(q.tally.Box(int64(number)).Pro, q.set.Quorum())
	if !ballot.Favours(number) {
		q.final = &wire.Abandonment{Session: q.name, Ballot: number, Signatures: votes}
		return
	}
	q.link = &wire.SetLink{Attempt: *q.attempt, Signed: q.signed, Decided: wire.Decision{Ballot: number, Votes: votes}}
}

// votesOf are as many votes as decide, in order.
func votesOf(all map[wire.NodeID]wire.Signature, majority int) (votes []wire.NodeSign) {
	for node, sig := range all {
		votes = append(votes, wire.NodeSign{Node: node, Signature: sig})
	}
	wire.SortNodeSigns(votes)
	return votes[:majority]
}

func (q *polling) fail(reason wire.Reason, format string, args ...any) {
	if q.failed == nil {
		q.failed = wire.Errorf(reason, format, args...)
	}
}

// spread tells all whom it concerns the end, which need not answer.
func (q *polling) spread() {
	p := &wire.SetPoll{Epoch: q.attempt.Order.Epoch, Attempt: q.attempt, Final: q.final, Link: q.link}
	if err := q.env.ReadRandom(p.Nonce[:]); err != nil {
		return // they will ask
	}
	q.id = p.Session(q.env.Cluster, q.env.Self.ID())
	concerned := connected(q.env, func(n wire.NodeID) bool { return q.attempt.Concerns(q.parent, n) })
	q.out.Send = append(q.out.Send, session.ToAll(concerned, q.id, p)...)
}
