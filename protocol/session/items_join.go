package session

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// zeroView is none.
var zeroView common.Hash

// ItemMember is a member's side of dealing items. It keeps its shares of them in the vault,
// for the one coordinator that had them dealt.
type ItemMember struct {
	env   Env
	from  wire.NodeID
	id    wire.SessionID
	setup *wire.DealSetup
	terms *dealing.Terms
	self  int

	once    *threshold.OneTimeKey // what is dealt to this member is sealed to; erased when it ends
	commits []*wire.Commit        // by position, as all that follow; only the own one until all are shown
	view    common.Hash           // of them; zero until then
	worked  bool                  // keys of all were looked at
	own     *wire.Reveal
	reveals []*wire.Reveal
	ended   bool
	ticks   int
}

// JoinItems takes part in a dealing of items for the node from. Its first input is the
// opening, a Deal.
func JoinItems(env Env, from wire.NodeID, id wire.SessionID) *ItemMember {
	return &ItemMember{env: env, from: from, id: id}
}

// ID names the session.
func (m *ItemMember) ID() wire.SessionID { return m.id }

// String tells the phase.
func (m *ItemMember) String() string {
	switch {
	case m.ended:
		return "items member: ended"
	case m.setup == nil:
		return "items member: new"
	case m.view == zeroView:
		return "items member: waiting for keys"
	}
	return "items member: waiting for dealings"
}

// Worked tells whether it has done more than to draw a key of its own, which costs next to nothing beside the rest.
func (m *ItemMember) Worked() bool { return m.worked }

// Step takes one input.
func (m *ItemMember) Step(in Input) Effects {
	if m.ended {
		return Effects{}
	}
	switch in := in.(type) {
	case Received:
		if in.From == m.from && in.Session == m.id {
			return m.received(in.Msg)
		}
	case PeerLost:
		if in.Node == m.from {
			return m.end(Effects{}, wire.Errorf(wire.Disconnected, "coordinator %s is gone", m.from.Short()))
		}
	case Tick:
		if m.ticks++; m.ticks >= dealDeadline {
			return m.refuse(wire.Errorf(wire.Timeout, "the dealings did not come in time"))
		}
	case Cancel:
		return m.refuse(in.Err)
	}
	return Effects{}
}

func (m *ItemMember) end(eff Effects, err error) Effects {
	m.ended = true
	if m.once != nil {
		m.once.Erase()
	}
	eff.Done, eff.Err = true, err
	return eff
}

func (m *ItemMember) send(msg wire.Message) Effects {
	return Effects{Send: []wire.Envelope{{To: m.from, Session: m.id, Msg: msg}}}
}

func (m *ItemMember) refuse(err error) Effects {
	return m.end(m.send(wire.RefuseWith(err)), err)
}

// blame refuses what no honest node sends.
func (m *ItemMember) blame(node wire.NodeID, evidence wire.Conviction, format string, args ...any) Effects {
	err := wire.Errorf(wire.InvalidMessage, "dealing for a signature: "+format, args...)
	eff := m.refuse(err)
	eff.Faults = []Fault{{Node: node, Detail: err.Detail, Evidence: evidence}}
	return eff
}

func (m *ItemMember) received(msg wire.Message) Effects {
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
		return m.end(Effects{}, msg.Err())
	}
	return Effects{}
}

// open checks the set-up, and draws the key to be dealt to under.
func (m *ItemMember) open(s *wire.DealSetup) Effects {
	switch {
	case s.Session() != m.id || s.Coordinator != m.from:
		return m.blame(m.from, nil, "session and set-up do not fit together")
	case s.Cluster != m.env.Cluster:
		return m.refuse(wire.Errorf(wire.NotMember, "this node belongs to another cluster"))
	case s.Index(m.env.Self.ID()) == 0:
		return m.blame(m.from, nil, "this node is not among the members")
	}
	for _, member := range s.Members {
		if !slices.Contains(m.env.Set, member) {
			return m.refuse(wire.Errorf(wire.NotMember, "the key was made with %s, which this key server does not list", member.Short()))
		}
	}
	m.setup, m.terms, m.self = s, dealing.OfItems(s), int(s.Index(m.env.Self.ID()))-1
	m.commits, m.reveals = make([]*wire.Commit, len(s.Members)), make([]*wire.Reveal, len(s.Members))
	if err := m.terms.CheckKeys(); err != nil {
		return m.refuse(wire.Errorf(wire.InvalidMessage, "%v", err))
	}
	once, own, err := drawItemKey(&m.env, m.terms, m.self)
	if err != nil {
		return m.refuse(err)
	}
	m.once, m.commits[m.self] = once, own
	return m.send(own)
}

// shown takes the keys of all, and then what the others have dealt.
func (m *ItemMember) shown(e *wire.Evidence) Effects {
	keys := m.view == zeroView
	switch {
	case len(e.Certifies) > 0, len(e.Commits) > 0 && len(e.Reveals) > 0:
		return m.blame(m.from, nil, "shows messages that do not belong there")
	case len(e.Commits) > 0 && keys:
		return m.keys(e.Commits)
	case keys: // too early
		return Effects{}
	} // keys that are shown again come without dealings
	for n := range e.Reveals {
		if eff := m.dealing(&e.Reveals[n]); eff.Done {
			return eff
		}
	}
	if slices.Contains(m.reveals, nil) {
		return Effects{}
	}
	return m.settle()
}

// keys takes everybody's one-time key, the own one as it is, and deals.
func (m *ItemMember) keys(all []wire.Commit) Effects {
	if len(all) != len(m.commits) {
		return m.blame(m.from, nil, "shows only some of the keys")
	}
	m.worked = true
	for i := range all {
		c := &all[i]
		if int(c.Index) != i+1 || !m.setup.Members[i].Signed(c.Digest(m.id), &c.Signature) {
			return m.blame(m.from, nil, "shows a key with a false signature")
		}
		if i == m.self && c.Digest(m.id) != m.commits[i].Digest(m.id) {
			return m.blame(m.from, nil, "shows another key in place of this node's")
		}
		if err := m.terms.Learn(i, c); err != nil {
			return m.blame(m.setup.Members[i], &wire.BadItemKey{Setup: *m.setup, Commit: *c}, "%s %v", m.setup.Members[i].Short(), err)
		}
		m.commits[i] = c
	}
	m.view = wire.View(m.id, digests(m.id, m.commits))
	own, err := makeReveal(&m.env, m.terms, m.self, m.view)
	if err != nil {
		return m.refuse(wire.Errorf(wire.Internal, "dealing: %v", err))
	}
	m.own = own
	return m.send(own)
}

// dealing takes one that is shown: sealed to the keys that this node has seen, or it could be another's fault that it
// can't be opened.
func (m *ItemMember) dealing(r *wire.Reveal) Effects {
	i := int(r.Index) - 1
	if i < 0 || i >= len(m.reveals) || m.reveals[i] != nil || r.View != m.view {
		return m.blame(m.from, nil, "shows a dealing that does not belong there")
	}
	if !m.setup.Members[i].Signed(r.Digest(m.id), &r.Signature) {
		return m.blame(m.from, nil, "shows a dealing with a false signature")
	}
	if i == m.self && r.Digest(m.id) != m.own.Digest(m.id) {
		return m.blame(m.from, nil, "shows another dealing in place of this node's")
	}
	m.reveals[i] = r
	return Effects{}
}

// settle signs if all that was dealt to this node is right, and complains if not.
func (m *ItemMember) settle() Effects {
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
		return m.refuse(wire.Errorf(wire.Internal, "adding the dealings up: %v", err))
	}
	m.env.Vault(func(v *Vault) { v.keep(m.from, items) })
	c := &wire.Certify{Index: uint32(m.self + 1), Transcript: deal.transcript}
	c.Signature = m.env.Self.Sign(c.Digest(m.id))
	return m.end(m.send(c), nil)
}

// complain shows that a dealer's share for this node is wrong.
func (m *ItemMember) complain(dealer int, d *dealing.Checked) Effects {
	c, err := complainAbout(&m.env, m.terms, m.self, m.once, m.reveals[dealer], d)
	if err != nil {
		return m.refuse(err)
	}
	node := m.setup.Members[dealer]
	eff := m.end(m.send(c), wire.Errorf(wire.Cheated, "%s dealt a bad share", node.Short()))
	evidence := itemComplaint(m.setup, m.id, m.commits, c)
	eff.Faults = []Fault{{Node: node, Detail: "dealt a bad share for a signature", Evidence: evidence}}
	return eff
}
