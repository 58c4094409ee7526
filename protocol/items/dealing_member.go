package items

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// zeroView is the view of a member that has not been shown the keys of all.
var zeroView common.Hash

// DealingMember is a member's side of dealing items. It keeps its shares of them in the vault,
// for the one coordinator that had them dealt.
type DealingMember struct {
	session.Member
	env   session.Env
	lend  Lender
	setup *wire.DealSetup
	terms *dealing.Terms
	self  int

	once    *threshold.OneTimeKey // what is dealt to this member is sealed to; erased when it ends
	commits []*wire.Commit        // by position, as all that follow; only the own one until all are shown
	view    common.Hash           // of them; zero until then
	worked  bool                  // keys of all were looked at
	own     *wire.Reveal
	reveals []*wire.Reveal
}

// JoinDealing takes part in a dealing of items that node from coordinates. Its first input is the opening, a Deal.
func JoinDealing(env session.Env, lend Lender, from wire.NodeID, id wire.SessionID) *DealingMember {
	m := &DealingMember{env: env, lend: lend}
	m.Member = session.NewMember(from, id, m.drop)
	return m
}

// String tells the phase.
func (m *DealingMember) String() string {
	switch {
	case m.Ended():
		return "items member: ended"
	case m.setup == nil:
		return "items member: new"
	case m.view == zeroView:
		return "items member: waiting for keys"
	}
	return "items member: waiting for dealings"
}

// Worked tells whether it has done more than to draw a key of its own, which costs next to nothing beside the rest.
func (m *DealingMember) Worked() bool { return m.worked }

// Step takes one input.
func (m *DealingMember) Step(in session.Input) session.Effects {
	if eff, taken := m.Intercept(in); taken {
		return eff
	}
	switch in := in.(type) {
	case session.Received:
		return m.received(in.Msg)
	case session.Tick:
		if m.Late(dealDeadline) {
			return m.Refuse(wire.Errorf(wire.Timeout, "the dealings did not come in time"))
		}
	}
	return session.Effects{}
}

// drop forgets what nothing is to be opened with any more.
func (m *DealingMember) drop() {
	if m.once != nil {
		m.once.Erase()
	}
}

// blame refuses what no honest node sends.
func (m *DealingMember) blame(node wire.NodeID, evidence wire.Conviction, format string, args ...any) session.Effects {
	err := wire.Errorf(wire.InvalidMessage, "dealing for a signature: "+format, args...)
	eff := m.Refuse(err)
	eff.Faults = []session.Fault{{Node: node, Detail: err.Detail, Evidence: evidence}}
	return eff
}

func (m *DealingMember) received(msg wire.Message) session.Effects {
	switch msg := msg.(type) {
	case *wire.Deal:
		if m.setup == nil {
			return m.open(&msg.Setup)
		}
	case *wire.Evidence:
		if m.setup != nil {
			return m.shown(msg)
		}
	case *wire.Refuse: // not needed any more
		return m.Dismissed(msg)
	}
	return session.Effects{}
}

// open checks the set-up, and draws the key to be dealt to under.
func (m *DealingMember) open(s *wire.DealSetup) session.Effects {
	switch {
	case s.Session() != m.ID() || s.Coordinator != m.Coordinator():
		return m.blame(m.Coordinator(), nil, "session and set-up do not fit together")
	case s.Cluster != m.env.Cluster:
		return m.Refuse(wire.Errorf(wire.NotMember, "this node belongs to another cluster"))
	case s.Index(m.env.Self.ID()) == 0:
		return m.blame(m.Coordinator(), nil, "this node is not among the members")
	}
	if stranger := m.env.Stranger(s.Members); stranger != nil {
		return m.Refuse(wire.Errorf(wire.NotMember, "the key was made with %s, which this key server does not list", stranger.Short()))
	}
	m.setup, m.terms, m.self = s, dealing.OfItems(s), int(s.Index(m.env.Self.ID()))-1
	m.commits, m.reveals = make([]*wire.Commit, len(s.Members)), make([]*wire.Reveal, len(s.Members))
	if err := m.terms.CheckKeys(); err != nil {
		return m.Refuse(wire.Errorf(wire.InvalidMessage, "%v", err))
	}
	once, own, err := drawItemKey(&m.env, m.terms, m.self)
	if err != nil {
		return m.Refuse(err)
	}
	m.once, m.commits[m.self] = once, own
	return m.Send(session.Effects{}, own)
}

// shown takes the keys of all, and then what the others have dealt.
func (m *DealingMember) shown(e *wire.Evidence) session.Effects {
	keys := m.view == zeroView
	switch {
	case len(e.Certifies) > 0, len(e.Commits) > 0 && len(e.Reveals) > 0:
		return m.blame(m.Coordinator(), nil, "shows messages that do not belong there")
	case len(e.Commits) > 0 && keys:
		return m.keys(e.Commits)
	case keys: // too early
		return session.Effects{}
	} // keys that are shown again come without dealings
	for n := range e.Reveals {
		if eff := m.dealing(&e.Reveals[n]); eff.Done {
			return eff
		}
	}
	if slices.Contains(m.reveals, nil) {
		return session.Effects{}
	}
	return m.settle()
}

// keys takes everybody's one-time key, the own one as it is, and deals.
func (m *DealingMember) keys(all []wire.Commit) session.Effects {
	if len(all) != len(m.commits) {
		return m.blame(m.Coordinator(), nil, "shows only some of the keys")
	}
	m.worked = true
	for i := range all {
		c := &all[i]
		if int(c.Index) != i+1 || !m.setup.Members[i].Signed(c.Digest(m.ID()), &c.Signature) {
			return m.blame(m.Coordinator(), nil, "shows a key with a false signature")
		}
		if i == m.self && c.Digest(m.ID()) != m.commits[i].Digest(m.ID()) {
			return m.blame(m.Coordinator(), nil, "shows another key in place of this node's")
		}
		if err := m.terms.Learn(i, c); err != nil {
			return m.blame(m.setup.Members[i], &wire.BadItemKey{Setup: *m.setup, Commit: *c}, "%s %v", m.setup.Members[i].Short(), err)
		}
		m.commits[i] = c
	}
	m.view = wire.View(m.ID(), dealing.Digests(m.ID(), m.commits))
	own, err := makeReveal(&m.env, m.terms, m.self, m.view)
	if err != nil {
		return m.Refuse(wire.Errorf(wire.Internal, "dealing: %v", err))
	}
	m.own = own
	return m.Send(session.Effects{}, own)
}

// dealing takes one that is shown: sealed to the keys that this node has seen, or it could be another's fault that it
// can't be opened.
func (m *DealingMember) dealing(r *wire.Reveal) session.Effects {
	i := int(r.Index) - 1
	if i < 0 || i >= len(m.reveals) || m.reveals[i] != nil || r.View != m.view {
		return m.blame(m.Coordinator(), nil, "shows a dealing that does not belong there")
	}
	if !m.setup.Members[i].Signed(r.Digest(m.ID()), &r.Signature) {
		return m.blame(m.Coordinator(), nil, "shows a dealing with a false signature")
	}
	if i == m.self && r.Digest(m.ID()) != m.own.Digest(m.ID()) {
		return m.blame(m.Coordinator(), nil, "shows another dealing in place of this node's")
	}
	m.reveals[i] = r
	return session.Effects{}
}

// settle signs if all that was dealt to this node is right, and complains if not.
func (m *DealingMember) settle() session.Effects {
	all := make([]*dealing.Checked, len(m.reveals))
	for i, r := range m.reveals {
		var err error
		if all[i], err = m.terms.Open(i, &r.Dealing); err != nil {
			return m.blame(m.setup.Members[i], &wire.BadItems{Setup: *m.setup, Reveal: *r}, "%s %v", m.setup.Members[i].Short(), err)
		}
	}
	deal, items, culprit, err := settleItems(&m.env, m.setup, m.terms, m.self, m.once, all)
	if culprit >= 0 {
		return m.complain(culprit, all[culprit])
	}
	if err != nil {
		return m.Refuse(wire.Errorf(wire.Internal, "adding the dealings up: %v", err))
	}
	m.lend(func(v *Vault) { v.Keep(m.Coordinator(), items) })
	c := &wire.Certify{Index: uint32(m.self + 1), Transcript: deal.Transcript}
	c.Signature = m.env.Self.Sign(c.Digest(m.ID()))
	return m.Answer(session.Effects{}, c)
}

// complain shows that a dealer's share for this node is wrong.
func (m *DealingMember) complain(dealer int, d *dealing.Checked) session.Effects {
	c, err := complainAbout(&m.env, m.terms, m.self, m.once, m.reveals[dealer], d)
	if err != nil {
		return m.Refuse(err)
	}
	node := m.setup.Members[dealer]
	eff := m.End(m.Send(session.Effects{}, c), wire.Errorf(wire.Cheated, "%s dealt a bad share", node.Short()))
	evidence := itemComplaint(m.setup, m.ID(), m.commits, c)
	eff.Faults = []session.Fault{{Node: node, Detail: "dealt a bad share for a signature", Evidence: evidence}}
	return eff
}
