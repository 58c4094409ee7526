package generation

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/ballot"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// maxPolls bounds the polls about one attempt. Alone, one node needs five; more only if others drive the ballots of the
// same attempt meanwhile.
const maxPolls = 16

// polling finds out what becomes of an attempt, by driving its ballots: it asks all
// servers what they have voted, and then to vote such that a majority decides. It is no
// machine: a generation or a resolution drives it.
//
// What it is told is believed by the signatures, whoever tells it.
type polling struct {
	env      *session.Env
	state    *session.State // its owner's, and up to date at the beginning of each step
	setup    wire.Setup
	set      []wire.NodeID // the key servers of whom the attempt is, who decide about it
	sid      wire.SessionID
	majority int

	begun   bool
	id      wire.SessionID // of the present question; each is a session of its own
	motion  *wire.Motion   // nil: only to tell
	polls   int
	waited  int
	awaited session.Awaited
	silent  map[wire.NodeID]bool
	refusal *wire.Error // the last one
	tally   *ballot.Tally
	lied    map[wire.NodeID]bool // convicted by two votes

	certificate *wire.KeyRecord
	key         *wire.KeyRecord   // the confirmed key of the id: of this attempt, or of another
	final       *wire.Abandonment // the attempt is abandoned
	failed      *wire.Error

	out session.Effects
}

// newPolling is about an attempt whose set-up has been checked. The certificate, if there
// is one, has been verified.
func newPolling(env *session.Env, state *session.State, setup *wire.Setup, certificate *wire.KeyRecord) *polling {
	q := &polling{env: env, state: state, setup: *setup, sid: setup.Session(), majority: setup.Majority(),
		silent: make(map[wire.NodeID]bool), lied: make(map[wire.NodeID]bool), tally: ballot.NewTally(setup.Majority())}
	var unknown *wire.Error
	if q.set, unknown = env.SetOf(setup); unknown != nil {
		q.fail(unknown.Reason, "%s", unknown.Detail)
	}
	if certificate != nil {
		q.learn(certificate)
	}
	return q
}

// take hands the gathered effects over.
func (q *polling) take() session.Effects {
	out := q.out
	q.out = session.Effects{}
	return out
}

// over tells whether the end is known, or will not be.
func (q *polling) over() bool { return q.key != nil || q.final != nil || q.failed != nil }

func (q *polling) String() string {
	if q.motion == nil {
		return "asking what was voted"
	}
	return fmt.Sprintf("ballot %d", q.motion.Ballot)
}

// ask puts a question to all servers, this node first.
func (q *polling) ask(m *wire.Motion) {
	if q.polls++; q.polls > maxPolls {
		q.fail(wire.Busy, "others decide about the same attempt; retry")
		return
	}
	p := &wire.Poll{Setup: q.setup, Ask: m, Record: q.certificate}
	if err := q.env.ReadRandom(p.Nonce[:]); err != nil {
		q.fail(err.Reason, "%s", err.Detail)
		return
	}
	q.begun, q.id, q.motion, q.waited = true, p.Session(q.env.Cluster, q.env.Self.ID()), m, 0
	q.own(p)
	q.out.Send = append(q.out.Send, q.awaited.Ask(q.others(), q.id, p)...)
	q.proceed()
}

// others are the servers that can be asked, without this node.
func (q *polling) others() (nodes []wire.NodeID) {
	for _, node := range q.env.Connected {
		if slices.Contains(q.set, node) && node != q.env.Self.ID() {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// own is this node's answer to its own question, if it is one of those that decide: a member of a later set may ask them, too.
func (q *polling) own(p *wire.Poll) {
	if !slices.Contains(q.set, q.env.Self.ID()) {
		return
	}
	batch, vote, err := q.state.AnswerPoll(q.env, p)
	if err != nil {
		q.silent[q.env.Self.ID()] = true // as one who refuses
		q.refusal = wire.Errorf(wire.ReasonOf(err), "%s", session.DetailOf(err))
		return
	}
	q.out.Save = append(q.out.Save, append(q.state.Tidy(), batch...)...)
	err = q.hear(q.env.Self.ID(), vote)
	switch {
	case session.Differs(err): // it voted when its list was another
		q.silent[q.env.Self.ID()], q.refusal = true, wire.Errorf(wire.NotMember, "%s", session.DetailOf(err))
	case err != nil:
		q.fail(wire.Internal, "the own vote: %v", err)
	}
}

// received takes an answer to the present question.
func (q *polling) received(from wire.NodeID, msg wire.Message) {
	if q.over() || !slices.Contains(q.set, from) {
		return
	}
	switch m := msg.(type) {
	case *wire.Vote:
		delete(q.silent, from)
		if err := q.hear(from, m); err != nil {
			q.out.Add(session.BlameOrDiffer(from, "answer to a poll", err))
			if session.Differs(err) {
				q.refusal = wire.Errorf(wire.NotMember, "%s: %s", from.Short(), session.DetailOf(err))
			}
			q.silent[from] = true
		}
		if last, voted := q.tally.Last[from]; q.motion != nil && (!voted || last < q.motion.Ballot) {
			q.silent[from] = true // has said nothing to the point
		}
	case *wire.Refuse: // one that is busy may lie, so it is not waited for
		q.silent[from], q.refusal = true, m.Err()
	default:
		q.out.Faults = append(q.out.Faults, session.Blame(from, fmt.Sprintf("answered a poll with message %#x", msg.Code()))...)
		q.silent[from] = true
	}
	q.awaited.Drop(from)
	q.proceed()
}

// lost goes on without a node.
func (q *polling) lost(node wire.NodeID) {
	if q.begun && !q.over() {
		q.silent[node] = true
		q.awaited.Drop(node)
		q.proceed()
	}
}

func (q *polling) tick() {
	if q.waited++; !q.begun || q.over() || q.waited < answerTimeout {
		return
	}
	for _, node := range q.awaited.DropAll() {
		q.silent[node] = true
	}
	q.proceed()
}

// hear checks an answer and takes in what it tells.
func (q *polling) hear(from wire.NodeID, m *wire.Vote) error {
	if m.Record != nil {
		if err := q.hearRecord(m.Record); err != nil || q.key != nil {
			return err
		}
	}
	if m.Final != nil {
		if err := ballot.CheckAbandonment(q.set, q.sid, q.majority, m.Final); err != nil {
			return err
		}
		q.final = m.Final
		return nil
	}
	if m.Cast == nil {
		return nil
	}
	if !from.Signed(wire.VoteDigest(q.sid, m.Cast.Ballot, m.Cast.Complete), &m.Signature) {
		return wire.Errorf(wire.InvalidMessage, "a vote with a false signature")
	}
	if err := ballot.CheckMotion(q.set, q.sid, q.majority, m.Cast, q.certificate != nil); err != nil {
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

func (q *polling) hearRecord(r *wire.KeyRecord) error {
	if r.Setup.Key != q.setup.Key {
		return wire.Errorf(wire.InvalidMessage, "the record of another key")
	}
	if r.Version() != q.sid && !r.Confirmed() {
		return wire.Errorf(wire.InvalidMessage, "the certificate of another attempt")
	}
	if err := q.state.Accept(q.env, r); err != nil {
		return err
	}
	q.learn(r)
	return nil
}

// learn takes in a verified record.
func (q *polling) learn(r *wire.KeyRecord) {
	if r.Confirmed() {
		q.key = r
		return
	}
	if q.certificate == nil {
		q.certificate, q.tally.Certificate = r, true
	}
	for _, ack := range r.Acks {
		q.count(r.Setup.Members[ack.Index-1], 0, true, ack.Signature)
	}
}

// count takes in a vote. Two different ones of a server in one ballot convict it.
func (q *polling) count(node wire.NodeID, ballot uint32, complete bool, sig wire.Signature) {
	other, both := q.tally.Add(node, ballot, complete, sig)
	if !both || q.lied[node] {
		return
	}
	q.lied[node] = true
	evidence := &wire.TwoVotes{Setup: q.setup.Terms(), Voter: node, Ballot: ballot, Complete: sig, Abandon: other}
	if !complete {
		evidence.Complete, evidence.Abandon = other, sig
	}
	q.out.Faults = append(q.out.Faults, session.Fault{Node: node, Evidence: evidence,
		Detail: fmt.Sprintf("voted for completing and for abandoning an attempt, both in ballot %d", ballot)})
}

// proceed looks whether it is decided, and goes on when all have answered that will, or
// when the next ballot is open.
func (q *polling) proceed() {
	if ballot, ok := q.tally.Decided(); ok && !q.over() {
		q.decide(ballot)
	}
	if q.over() {
		return
	}
	open := q.motion != nil && len(q.tally.Box(int64(q.motion.Ballot)).Contra) >= q.majority
	if q.awaited.Count() > 0 && !open {
		return
	}
	voters := q.voters()
	m := q.tally.Next(voters)
	if len(voters) < q.majority || m == nil || q.motion != nil && m.Ballot == q.motion.Ballot && m.Complete == q.motion.Complete {
		q.giveUp(len(voters))
		return
	}
	q.ask(m)
}

// voters are the servers that may still answer.
func (q *polling) voters() (voters []wire.NodeID) {
	for _, node := range append([]wire.NodeID{q.env.Self.ID()}, q.env.Connected...) {
		if !q.silent[node] && slices.Contains(q.set, node) {
			voters = append(voters, node)
		}
	}
	return voters
}

func (q *polling) giveUp(voters int) {
	if q.refusal != nil && q.refusal.Reason == wire.Busy {
		q.fail(wire.Busy, "%s", q.refusal.Detail)
		return
	}
	if err := verify.Members(q.set, &q.setup); err != nil { // this node's own, from when its list was another
		q.refusal = err
	}
	if q.refusal != nil && q.refusal.Reason == wire.NotMember { // asking again would not help
		q.fail(wire.NotMember, "an earlier attempt for key %v can be neither completed nor abandoned: %s", q.setup.Key, q.refusal.Detail)
		return
	}
	why := ""
	if q.refusal != nil {
		why = ", the last one that has not says: " + q.refusal.Detail
	}
	q.fail(wire.Unavailable, "an earlier attempt for key %v could be neither completed nor abandoned: "+
		"%d of the %d key servers needed have answered%s; retry", q.setup.Key, voters, q.majority, why)
}

// decide puts the votes that decide together.
func (q *polling) decide(number uint32) {
	var votes []wire.NodeSign
	for node, sig := range q.tally.Box(int64(number)).Pro {
		votes = append(votes, wire.NodeSign{Node: node, Signature: sig})
	}
	wire.SortNodeSigns(votes)
	if !ballot.Favours(number) {
		q.final = &wire.Abandonment{Session: q.sid, Ballot: number, Signatures: votes[:q.majority]}
		return
	}
	key := *q.certificate
	key.Acks, key.Decided = nil, &wire.Decision{Ballot: number, Votes: votes[:q.majority]}
	q.key = &key
}

func (q *polling) fail(reason wire.Reason, format string, args ...any) {
	if q.failed == nil {
		q.failed = wire.Errorf(reason, format, args...)
	}
}

// spread tells all servers the end, which need not answer: also those of later sets, who may have been told of the attempt.
func (q *polling) spread() {
	p := &wire.Poll{Setup: q.setup, Record: q.key, Final: q.final}
	if q.key != nil && q.key.Version() != q.sid {
		p.Setup = q.key.Setup
	}
	if err := q.env.ReadRandom(p.Nonce[:]); err != nil {
		return // they will ask
	}
	q.id = p.Session(q.env.Cluster, q.env.Self.ID())
	q.out.Send = append(q.out.Send, session.ToAll(q.env.Connected, q.id, p)...)
}
