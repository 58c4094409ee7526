package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a server says about attempts: the voter's side of the ballots (ballot.go).

// maxFates bounds the attempts of one id on which a node votes: each stays on disk, and
// any member can ask for more.
const maxFates = 64

// acknowledge says that the own node holds this certificate: its vote in ballot 0.
func acknowledge(self *Identity, r *wire.KeyRecord) *wire.Ack {
	version := r.Version()
	return &wire.Ack{Session: version, Index: r.Setup.Index(self.ID()),
		Signature: self.Sign(wire.VoteDigest(version, 0, true))}
}

// answerPoll is what this node says about an attempt, and what must be durable before it
// does. The set-up has been checked. An error is the refusal to send.
func (s *State) answerPoll(env *Env, p *wire.Poll) ([]wire.Record, *wire.Vote, error) {
	attempt := p.Setup.Session()
	if s.Record != nil && s.Record.Confirmed() {
		return nil, &wire.Vote{Record: s.Record}, nil
	}
	if p.Record != nil {
		if err := s.checkCertificate(env, attempt, p.Record); err != nil {
			return nil, nil, err
		}
		if p.Record.Confirmed() {
			batch, err := activate(s, p.Record)
			if err != nil {
				return nil, nil, err
			}
			s.Apply(p.Record)
			return batch, &wire.Vote{Record: p.Record}, nil
		}
	}
	f := s.fate(attempt)
	if f != nil && f.Final != nil {
		return nil, &wire.Vote{Final: f.Final}, nil
	}
	if p.Final != nil {
		if err := checkAbandonment(env.Set, attempt, p.Setup.Quorum(), p.Final); err != nil {
			return nil, nil, err
		}
		return s.release(p.Setup.Key, p.Final, p.Setup.Quorum()), &wire.Vote{Final: p.Final}, nil
	}
	var batch []wire.Record
	if p.Ask != nil && (f == nil || f.Cast.Ballot < p.Ask.Ballot) {
		var err error
		if batch, err = s.cast(env, p); err != nil {
			return nil, nil, err
		}
		f = s.fate(attempt)
	}
	return batch, s.word(env, p, f), nil
}

// word is the last vote, as an answer.
func (s *State) word(env *Env, p *wire.Poll, f *Fate) *wire.Vote {
	answer := new(wire.Vote)
	if f == nil {
		return answer
	}
	answer.Cast = &f.Cast
	answer.Signature = env.Self.Sign(wire.VoteDigest(f.Session, f.Cast.Ballot, f.Cast.Complete))
	if p.Record == nil {
		answer.Record = s.certificate(f.Session)
	}
	return answer
}

// certificate is the one of an attempt that this node keeps, or nil.
func (s *State) certificate(attempt wire.SessionID) *wire.KeyRecord {
	if s.Record != nil && s.Record.Version() == attempt {
		return s.Record
	}
	if f := s.fate(attempt); f != nil {
		return f.Record
	}
	return nil
}

// trace is a certificate that this node has, be it of an attempt whose fate it does not
// know: of the one that went farthest. Nil if it has none.
func (s *State) trace() *wire.KeyRecord {
	if s.Record != nil {
		return s.Record
	}
	var at *Fate
	for i := range s.Fates {
		if f := &s.Fates[i]; f.Record != nil && f.Final == nil && (at == nil || f.Cast.Ballot > at.Cast.Ballot) {
			at = f
		}
	}
	if at == nil {
		return nil
	}
	return at.Record
}

// cast votes as asked. The node has not voted in this ballot, nor in a later one.
func (s *State) cast(env *Env, p *wire.Poll) ([]wire.Record, error) {
	attempt, quorum := p.Setup.Session(), p.Setup.Quorum()
	record := s.certificate(attempt)
	if record == nil {
		record = p.Record
	}
	if err := checkMotion(env.Set, attempt, quorum, p.Ask, record != nil); err != nil {
		return nil, err
	}
	if !s.remembers(env, attempt) {
		return nil, errForgotten(env, p.Setup.Key)
	}
	next := Fate{Session: attempt, Quorum: uint32(quorum), Cast: *p.Ask, Record: record}
	if record == s.Record {
		next.Record = nil
	}
	batch := []wire.Record{next.record(wire.Create, s.key)}
	if f := s.fate(attempt); f != nil {
		batch = []wire.Record{f.record(wire.Expect, s.key), next.record(wire.Put, s.key)}
	} else if len(s.Fates) >= maxFates {
		return nil, wire.Errorf(wire.Limit, "too many attempts for this key id were cut off")
	}
	s.setFate(next)
	return batch, nil
}

// release lets go of an abandoned attempt, so that another can take its place. The
// abandonment has been checked, or comes with a quorum that can be.
func (s *State) release(key wire.KeyID, a *wire.Abandonment, quorum int) []wire.Record {
	known := s.fate(a.Session)
	if known != nil && known.Final != nil || s.Record != nil && s.Record.Confirmed() {
		return nil
	}
	f := Fate{Session: a.Session, Quorum: uint32(quorum), Final: a}
	batch := []wire.Record{f.record(wire.Put, key)} // the truth, whatever was said before
	s.setFate(f)
	if s.bound == a.Session {
		batch = append(batch, wire.Record{Op: wire.Expect, Kind: wire.RecordFate, Key: key, Session: bound, Value: a.Session[:]})
		batch = append(batch, s.unbind(a.Session)...)
	}
	return batch
}

// quorumOf is the quorum of an attempt in which this node has a stake; false if it has
// none.
func (s *State) quorumOf(attempt wire.SessionID) (int, bool) {
	switch f := s.fate(attempt); {
	case f != nil:
		return int(f.Quorum), true
	case s.Attempt != nil && s.Attempt.Session() == attempt:
		return s.Attempt.Setup.Quorum(), true
	case s.Record != nil && s.Record.Version() == attempt:
		return s.Record.Setup.Quorum(), true
	}
	return 0, false
}

// checkAttempt is what this node demands of the set-up of an attempt that others tell
// of: one that honest members could have signed.
func checkAttempt(env *Env, s *wire.Setup) *wire.Error {
	if err := s.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if s.Cluster != env.Cluster {
		return wire.Errorf(wire.NotMember, "this node belongs to another cluster")
	}
	if s.Index(s.Initiator) == 0 {
		return wire.Errorf(wire.InvalidMessage, "the initiator of the attempt is not among its members")
	}
	if err := verify.Members(env.Set, s); err != nil {
		return err
	}
	if _, err := s.Author(); err != nil {
		return wire.Errorf(wire.ReasonOf(err), "%v", err)
	}
	return nil
}

// checkCertificate wants the certificate of this attempt.
func (s *State) checkCertificate(env *Env, attempt wire.SessionID, r *wire.KeyRecord) error {
	if r.Version() != attempt {
		return wire.Errorf(wire.InvalidMessage, "the certificate of another attempt")
	}
	return s.accept(env, r)
}

// checkMotion tells whether one may vote like this.
func checkMotion(set []wire.NodeID, attempt wire.SessionID, quorum int, m *wire.Motion, certificate bool) error {
	if err := m.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if !founded(m, quorum, certificate) || grounds(m) < 0 && len(m.Grounds) > 0 {
		return wire.Errorf(wire.InvalidMessage, "motion in ballot %d without grounds", m.Ballot)
	}
	if err := verify.Voters(set, m.Grounds); err != nil {
		return err
	}
	g := uint32(max(0, grounds(m)))
	return verify.Votes(attempt, g, !favours(g), m.Grounds)
}

// checkAbandonment tells whether a quorum of the server set has abandoned an attempt.
func checkAbandonment(set []wire.NodeID, attempt wire.SessionID, quorum int, a *wire.Abandonment) error {
	if err := a.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "abandoned attempt: %v", err)
	}
	if a.Session != attempt {
		return wire.Errorf(wire.InvalidMessage, "abandonment of another attempt")
	}
	if len(a.Signatures) < quorum {
		return wire.Errorf(wire.InvalidMessage, "attempt abandoned by %d nodes of %d", len(a.Signatures), quorum)
	}
	if err := verify.Voters(set, a.Signatures); err != nil {
		return err
	}
	return verify.Votes(attempt, a.Ballot, false, a.Signatures)
}

// member tells whether a node is a key server.
func (e *Env) member(node wire.NodeID) bool { return slices.Contains(e.Set, node) }

// Polled is a node's answer to a poll. It answers its opening and ends.
type Polled struct {
	Participant
	env   Env
	state *State
}

// JoinPoll answers a poll of node from. The first input is its opening.
func JoinPoll(env Env, state *State, from wire.NodeID, id wire.SessionID) *Polled {
	own := *state
	return &Polled{Participant: NewParticipant(from, id, nil), env: env, state: &own}
}

// String tells whether it has answered.
func (p *Polled) String() string {
	if p.Ended() {
		return "polled: ended"
	}
	return "polled: idle"
}

// Step takes one input.
func (p *Polled) Step(in Input) Effects {
	if c, ok := in.(Cancel); ok { // also after the end: the vote could not be saved
		return p.Refuse(wire.Errorf(wire.ReasonOf(c.Err), "%v", c.Err))
	}
	return p.ReplyOnce(in, p.vote)
}

func (p *Polled) vote(msg wire.Message) Effects {
	m, ok := msg.(*wire.Poll)
	if !ok {
		return Effects{}
	}
	if err := checkAttempt(&p.env, &m.Setup); err != nil {
		return p.Refuse(err)
	}
	batch, vote, err := p.state.answerPoll(&p.env, m)
	if err != nil {
		return p.Refuse(err)
	}
	return p.Reply(Effects{Save: append(p.state.tidy(), batch...)}, vote)
}
