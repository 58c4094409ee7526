package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/ballot"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a server says about attempts: the voter's side of the ballots (package ballot).

// maxVotedAttempts bounds the attempts of one id on which a node votes: each stays on disk, and any member can ask for
// more.
const maxVotedAttempts = 64

// Acknowledge says that this node keeps a certificate: its vote for completing in ballot 0, signed. The node is a
// member of the key.
func Acknowledge(self *NodeKey, r *wire.KeyRecord) *wire.Ack {
	version := r.Version()
	return &wire.Ack{Session: version, Index: r.Setup.Index(self.ID()),
		Signature: self.Sign(wire.VoteDigest(version, 0, true))}
}

// AnswerPoll is what this node says about an attempt, and what must be durable before it says so. The set-up has been
// checked by CheckAttempt. s changes as if that were saved. An error is the refusal to send: InvalidMessage for a
// motion, certificate or abandonment that does not hold, Unavailable from a node that may have forgotten promises, and
// Limit when there are votes on too many attempts of the id.
func (s *State) AnswerPoll(env *Env, p *wire.Poll) ([]wire.Record, *wire.Vote, error) {
	attempt := p.Setup.Session()
	if s.Record != nil && s.Record.Confirmed() {
		return nil, &wire.Vote{Record: s.Record}, nil
	}
	if p.Record != nil {
		if err := s.checkCertificate(env, attempt, p.Record); err != nil {
			return nil, nil, err
		}
		if p.Record.Confirmed() {
			batch, err := ActivateUnconfirmed(s, p.Record)
			if err != nil {
				return nil, nil, err
			}
			s.Apply(p.Record)
			return batch, &wire.Vote{Record: p.Record}, nil
		}
	}
	f := s.outcomeOf(attempt)
	if f != nil && f.Final != nil {
		return nil, &wire.Vote{Final: f.Final}, nil
	}
	if p.Final != nil {
		set, unknown := env.SetOf(&p.Setup)
		if unknown != nil {
			return nil, nil, unknown
		}
		if err := ballot.CheckAbandonment(set, attempt, p.Setup.Majority(), p.Final); err != nil {
			return nil, nil, err
		}
		return s.Abandon(p.Setup.Key, p.Final, p.Setup.Majority()), &wire.Vote{Final: p.Final}, nil
	}
	var batch []wire.Record
	if p.Ask != nil && (f == nil || f.Cast.Ballot < p.Ask.Ballot) {
		var err error
		if batch, err = s.cast(env, p); err != nil {
			return nil, nil, err
		}
		f = s.outcomeOf(attempt)
	}
	return batch, s.word(env, p, f), nil
}

// word is the last vote, as an answer.
func (s *State) word(env *Env, p *wire.Poll, f *AttemptOutcome) *wire.Vote {
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
	if f := s.outcomeOf(attempt); f != nil {
		return f.Record
	}
	return nil
}

// Trace is a certificate that this node has, be it of an attempt whose outcome it does not know: of the one that went
// farthest. Nil if it has none.
func (s *State) Trace() *wire.KeyRecord {
	if s.Record != nil {
		return s.Record
	}
	var at *AttemptOutcome
	for i := range s.Outcomes {
		if f := &s.Outcomes[i]; f.Record != nil && f.Final == nil && (at == nil || f.Cast.Ballot > at.Cast.Ballot) {
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
	attempt, majority := p.Setup.Session(), p.Setup.Majority()
	record := s.certificate(attempt)
	if record == nil {
		record = p.Record
	}
	set, unknown := env.SetOf(&p.Setup)
	if unknown != nil {
		return nil, unknown
	}
	if !slices.Contains(set, env.Self.ID()) {
		return nil, wire.Errorf(wire.NotMember, "%s is not among those who decide about this attempt", env.Self.ID().Short())
	}
	if err := ballot.CheckMotion(set, attempt, majority, p.Ask, record != nil); err != nil {
		return nil, err
	}
	if !s.Remembers(env, attempt) {
		return nil, ErrForgotten(env, p.Setup.Key)
	}
	next := s.outcome(attempt, *p.Ask)
	next.Majority, next.Record = uint32(majority), record
	if record == s.Record {
		next.Record = nil
	}
	batch := append(s.guard(), next.record(wire.Create, s.key))
	if f := s.outcomeOf(attempt); f != nil {
		batch = []wire.Record{f.record(wire.Expect, s.key), next.record(wire.Put, s.key)}
	} else if len(s.Outcomes) >= maxVotedAttempts {
		return nil, wire.Errorf(wire.Limit, "too many attempts for this key id were cut off")
	}
	if p.Ask.Complete && !s.completes(attempt) {
		// Behind the fence this node abstains. To let the batch fail instead would end the whole question where it asks
		// it itself, and the others may decide without it.
		if env.behindFence(&p.Setup) {
			return nil, wire.Errorf(wire.Unavailable, "%s gives no new word for a key of a server set that another follows", env.Self.ID().Short())
		}
		batch = append(batch, Unfenced(&p.Setup)...)
	}
	s.setOutcome(next)
	return batch, nil
}

// Abandon lets go of an attempt that the others have abandoned, so that another can take its place, and gives what is
// to be saved. a has been checked, and majority is that of the attempt. Nothing changes for an attempt that is known to
// be abandoned, or when the key is confirmed.
func (s *State) Abandon(key wire.KeyID, a *wire.Abandonment, majority int) []wire.Record {
	known := s.outcomeOf(a.Session)
	if known != nil && known.Final != nil || s.Record != nil && s.Record.Confirmed() {
		return nil
	}
	f := s.outcome(a.Session, wire.Motion{})
	f.Majority, f.Final = uint32(majority), a
	batch := []wire.Record{f.record(wire.Put, key)} // the truth, whatever was said before
	s.setOutcome(f)
	if s.bound == a.Session {
		batch = append(batch, s.boundTo(a.Session))
		batch = append(batch, s.unbind(a.Session)...)
	}
	return batch
}

// MajorityOf is how many servers decide about an attempt in which this node has a stake; false if it has none.
func (s *State) MajorityOf(attempt wire.SessionID) (int, bool) {
	switch f := s.outcomeOf(attempt); {
	case f != nil:
		return int(f.Majority), true
	case s.Attempt != nil && s.Attempt.Session() == attempt:
		return s.Attempt.Setup.Majority(), true
	case s.Record != nil && s.Record.Version() == attempt:
		return s.Record.Setup.Majority(), true
	}
	return 0, false
}

// SetupOf is the set-up of an attempt, as far as this node has it; else nil.
func (s *State) SetupOf(attempt wire.SessionID) *wire.Setup {
	if s.Attempt != nil && s.Attempt.Session() == attempt {
		return &s.Attempt.Setup
	}
	if r := s.certificate(attempt); r != nil {
		return &r.Setup
	}
	return nil
}

// CheckAttempt fails if no honest members can have signed the set-up of an attempt of which others tell: with
// InvalidMessage if it is malformed, with NotMember if it is of another cluster, and with what verify.Members and
// wire.Setup.Author fail with.
func CheckAttempt(env *Env, s *wire.Setup) *wire.Error {
	if err := s.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if s.Cluster != env.Cluster {
		return wire.Errorf(wire.NotMember, "this node belongs to another cluster")
	}
	if s.Index(s.Initiator) == 0 {
		return wire.Errorf(wire.InvalidMessage, "the initiator of the attempt is not among its members")
	}
	set, err := env.SetOf(s)
	if err != nil {
		return err
	}
	if err := verify.Members(set, s); err != nil {
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
	return s.Accept(env, r)
}
