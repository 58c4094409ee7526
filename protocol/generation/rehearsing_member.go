package generation

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// RehearsingMember takes part in a rehearsal that another node asks for: as one that would get a share, as a holder, or as
// both. It writes nothing.
//
//	Rehearse ─► Commit ─► commits of all ─► Reveal ─► reveals of all ─► Certify ─► end
type RehearsingMember struct {
	session.Member
	env     session.Env
	load    func(wire.KeyID) (*session.State, error)
	ask     *wire.Rehearse
	deals   *dealing.Terms
	self    int // own place among the members, from 0 on; -1: it is none
	dealer  int // likewise among the dealers
	once    *threshold.OneTimeKey
	dealt   bool
	reveals []*wire.Reveal
}

// JoinRehearsing takes part in a session of node from. Its first input is the opening. load is to read the disk.
func JoinRehearsing(env session.Env, load func(wire.KeyID) (*session.State, error), from wire.NodeID, id wire.SessionID, ask *wire.Rehearse) *RehearsingMember {
	m := &RehearsingMember{env: env, load: load, ask: ask}
	m.Member = session.NewMember(from, id, m.drop)
	return m
}

// String tells how far it is.
func (m *RehearsingMember) String() string {
	switch {
	case m.Ended():
		return "rehearsing: ended"
	case m.deals == nil:
		return "rehearsing: idle"
	case m.dealt:
		return "rehearsing: revealing"
	}
	return "rehearsing: committing"
}

func (m *RehearsingMember) drop() {
	if m.once != nil {
		m.once.Erase()
	}
}

// Step takes one input.
func (m *RehearsingMember) Step(in session.Input) session.Effects {
	if eff, taken := m.Intercept(in); taken {
		return eff
	}
	switch in := in.(type) {
	case session.Received:
		return m.received(in.Msg)
	case session.Tick:
		if m.Late(memberDeadline) {
			return m.Refuse(wire.Errorf(wire.Timeout, "the rehearsal of key %v stopped", m.ask.Key))
		}
	}
	return session.Effects{}
}

func (m *RehearsingMember) received(msg wire.Message) session.Effects {
	switch msg := msg.(type) {
	case *wire.Rehearse:
		if m.deals == nil {
			return m.begin()
		}
	case *wire.Evidence:
		if m.deals == nil {
			break
		}
		if len(msg.Commits) > 0 && m.dealer >= 0 && !m.dealt {
			return m.reveal(msg.Commits)
		}
		if m.self >= 0 {
			return m.certify(msg.Reveals)
		}
	case *wire.Refuse:
		return m.Dismissed(msg)
	}
	return session.Effects{}
}

// begin checks the opening, and that this node could do its part.
func (m *RehearsingMember) begin() (eff session.Effects) {
	self := m.env.Self.ID()
	if err := m.mayBegin(); err != nil {
		return m.Refuse(err)
	}
	deals, err := rehearsedTerms(m.ask, m.env.Cluster, m.Coordinator())
	if err != nil {
		return m.Refuse(wire.Errorf(wire.InvalidMessage, "%v", err))
	}
	m.self, m.dealer = slices.Index(m.ask.Members, self), slices.Index(deals.Dealers(), self)
	m.reveals = make([]*wire.Reveal, len(m.ask.Dealers))
	if m.self < 0 && m.dealer < 0 {
		return m.Refuse(wire.Errorf(wire.NotMember, "%s is no party of the rehearsal", self.Short()))
	}
	if m.dealer >= 0 {
		state, err := m.load(m.ask.Key)
		if err != nil || !hasShare(state, m.ask.Parent, m.ask.Dealers[m.dealer].Index) {
			return m.Refuse(wire.Errorf(wire.Unavailable, "%s has no share of key %v that it could deal", self.Short(), m.ask.Key))
		}
	}
	m.deals = deals
	if m.self < 0 {
		return eff
	}
	if m.once, err = threshold.NewOneTimeKey(m.env.Rand, m.deals.Session, m.deals.At[m.self]); err != nil {
		return m.Refuse(wire.Errorf(wire.Internal, "%v", err))
	}
	commit := &wire.Commit{Index: uint32(m.self + 1), Key: m.once.Public().Bytes()}
	commit.Signature = m.env.Self.Sign(commit.Digest(m.deals.Session))
	return m.Send(eff, commit)
}

// mayBegin wants a key server to ask, and this node to see the chain: an order is decided at a final block.
func (m *RehearsingMember) mayBegin() *wire.Error {
	if err := m.ask.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if m.ask.Session(m.env.Cluster, m.Coordinator()) != m.ID() {
		return wire.Errorf(wire.InvalidMessage, "rehearsal under a session id that is not its own")
	}
	if !m.env.Known(m.Coordinator()) {
		return wire.Errorf(wire.NotMember, "%s is not a key server of the cluster", m.Coordinator().Short())
	}
	if m.env.FinalTime != nil {
		if _, err := m.env.FinalTime(); err != nil {
			return wire.Errorf(wire.Unavailable, "%s has no final block yet", m.env.Self.ID().Short())
		}
	}
	return nil
}

// reveal deals the made-up share to all members, once.
func (m *RehearsingMember) reveal(commits []wire.Commit) (eff session.Effects) {
	if len(commits) != len(m.ask.Members) {
		return m.Refuse(wire.Errorf(wire.InvalidMessage, "commits of %d of %d members", len(commits), len(m.ask.Members)))
	}
	all := make([]*wire.Commit, len(commits))
	for i := range commits {
		c := &commits[i]
		if int64(c.Index) != int64(i)+1 || !m.ask.Members[i].Signed(c.Digest(m.deals.Session), &c.Signature) {
			return m.Refuse(wire.Errorf(wire.InvalidMessage, "commit %d is not its member's", i+1))
		}
		if err := m.deals.Learn(i, c); err != nil {
			return m.Refuse(wire.Errorf(wire.InvalidMessage, "%s %v", m.ask.Members[i].Short(), err))
		}
		all[i] = c
	}
	m.dealt = true
	share := rehearsedShare(m.ask, m.ask.Dealers[m.dealer].Index)
	hand, err := m.deals.DrawShare(m.env.Rand, m.dealer, share)
	if err != nil {
		return m.Refuse(wire.Errorf(wire.Internal, "dealing: %v", err))
	}
	d, err := m.deals.Deal(hand)
	if err != nil {
		return m.Refuse(wire.Errorf(wire.Internal, "dealing: %v", err))
	}
	r := &wire.Reveal{Index: uint32(m.dealer + 1), View: wire.View(m.deals.Session, dealing.Digests(m.deals.Session, all)), Dealing: *d}
	r.Signature = m.env.Self.Sign(r.Digest(m.deals.Session))
	if eff = m.Send(eff, r); m.self < 0 {
		return m.End(eff, nil) // it has done its part
	}
	return eff
}

// certify takes dealings, and signs once all are there and right. What it was dealt is forgotten.
func (m *RehearsingMember) certify(reveals []wire.Reveal) (eff session.Effects) {
	for i := range reveals {
		r := &reveals[i]
		if r.Index == 0 || int64(r.Index) > int64(len(m.reveals)) || !m.deals.Dealers()[r.Index-1].Signed(r.Digest(m.deals.Session), &r.Signature) {
			return m.Refuse(wire.Errorf(wire.InvalidMessage, "a dealing that is not its dealer's"))
		}
		m.reveals[r.Index-1] = r
	}
	if slices.Contains(m.reveals, nil) {
		return eff
	}
	checked := make([]*dealing.Checked, len(m.reveals))
	for i, r := range m.reveals {
		var err error
		if checked[i], err = m.deals.Open(i, &r.Dealing); err != nil {
			return m.Refuse(wire.Errorf(wire.Cheated, "%s %v", m.deals.Dealers()[i].Short(), err))
		}
	}
	secret, err := session.SealedTo(&m.env, m.once)
	if err != nil {
		return m.Refuse(wire.Errorf(wire.Internal, "%v", err))
	}
	defer secret.Erase()
	values, _, culprit, err := m.deals.Combine(m.env.Rand, secret, m.self, checked)
	if culprit >= 0 {
		return m.Refuse(wire.Errorf(wire.Cheated, "%s has dealt a wrong share", m.deals.Dealers()[culprit].Short()))
	}
	if err != nil {
		return m.Refuse(wire.Errorf(wire.Cryptographic, "%v", err))
	}
	threshold.EraseScalars(values)
	c := &wire.Certify{Index: uint32(m.self + 1), Transcript: rehearsedTranscript(m.deals.Session, m.reveals)}
	c.Signature = m.env.Self.Sign(c.Digest(m.deals.Session))
	return m.Answer(eff, c)
}

// rehearsedTranscript is what members sign in the end.
func rehearsedTranscript(id wire.SessionID, reveals []*wire.Reveal) common.Hash {
	bodies := make([]common.Hash, len(reveals))
	for i, r := range reveals {
		bodies[i] = r.Dealing.Hash(id, uint32(i+1))
	}
	return wire.HashList("rehearsed", id, bodies)
}

// Format hides what is dealt from every verb.
func (m *RehearsingMember) Format(f fmt.State, _ rune) { fmt.Fprint(f, m.String()) }
