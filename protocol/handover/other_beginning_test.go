package handover_test

import (
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A node whose settings name other administrators is told that the others have gone on without it, by a chain that holds and begins
// with its own members, and by nothing else. It believes none of it.
func TestOtherBeginning(t *testing.T) {
	s := newSets(t)
	s.wantsNothing(s.begin(1, s.order(s.First, 1, 1, 2, 3, 4, 5)))
	link := linkOf(t, s.Nodes[0], 1)
	short := *link
	short.Decided.Votes = short.Decided.Votes[1:]
	mine := *s.First
	mine.Authority = wire.Authority{Administrators: []common.Address{{1}}, Needed: 1}
	fewer := mine
	fewer.Members = mine.Members[:3]
	n := s.Nodes[1]
	for _, kind := range []wire.RecordKind{wire.RecordSet, wire.RecordSetBound, wire.RecordEpochKey} {
		n.Forget(kind, wire.KeyID{})
	}
	for name, c := range map[string]struct {
		own   *wire.ServerSet
		told  wire.SetLinks
		other bool
	}{
		"a chain that holds":      {&mine, wire.SetLinks{First: s.First, Links: []wire.SetLink{*link}}, true},
		"one that does not":       {&mine, wire.SetLinks{First: s.First, Links: []wire.SetLink{short}}, false},
		"of another cluster":      {&mine, wire.SetLinks{First: s.First, Links: []wire.SetLink{*link}}, false},
		"from other members":      {&fewer, wire.SetLinks{First: s.First, Links: []wire.SetLink{*link}}, false},
		"a set that nobody left":  {&mine, wire.SetLinks{First: s.First}, false},
		"links from nowhere":      {&mine, wire.SetLinks{Links: []wire.SetLink{*link}}, false},
		"what it knows, cut off":  {s.First, wire.SetLinks{First: s.First, Links: []wire.SetLink{short}}, false},
		"what it knows, and more": {s.First, wire.SetLinks{First: s.First, Links: []wire.SetLink{*link}}, false},
	} {
		n.First = c.own
		env := n.Env()
		if name == "of another cluster" { // it is a chain that holds, of the same nodes
			env.Cluster[0]++
		}
		f, err := handover.NewFollowing(env)
		if err != nil {
			t.Fatal(err)
		}
		asked := f.Step(session.Start{}).Send
		f.Step(session.Received{From: asked[0].To, Session: asked[0].Session, Msg: &c.told})
		if other := f.Other(); (other != nil) != c.other || other != nil && other.Hash() != s.First.Hash() {
			t.Errorf("%s: %+v", name, other)
		}
		if c.other && f.Sets().Newest().Hash() != mine.Hash() {
			t.Errorf("%s: it is believed", name)
		}
	}
}

// A member that is behind is told of the present set with the proposal of the next, and looks at what its operator allows before it
// binds itself, as any other does.
func TestWhoIsBehindAsksItsOperator(t *testing.T) {
	s := newLegacy(t)
	behind := s.Nodes[1]
	s.Down(behind)
	o := s.order(s.First, 1, 1, 2, 3, 4, 5)
	s.change(1, o, s.signed(o))
	s.Restart(behind)
	behind.Policy = new(s.Policy)
	behind.Policy.LegacyOrders = false
	one := s.knows(1, 1, 3, 4, 5)
	if behind.Sets().Newest().Epoch != 0 {
		t.Fatal("nobody is behind")
	}
	ready := false
	s.Spy = func(from *sessiontest.Node, env wire.Envelope) {
		if from != behind {
			return
		}
		switch env.Msg.(type) {
		case *wire.Ready:
			ready = true
		case *wire.SetBound:
			t.Error("it binds itself to what its operator does not take")
		}
	}
	c := s.pair(one, 1, 2, 3, 4)
	link := s.change(1, s.legacyOrder(one, c), c.Signatures())
	if !ready || slices.ContainsFunc(link.Signed, func(b wire.SetSign) bool { return b.Node == behind.ID() }) {
		t.Errorf("ready: %t; bound: %v", ready, link.Signed)
	}
}

// An order that was cancelled is refused where it is handed in, also before anybody is asked.
func TestCancelledIsKnown(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	m := newMember(t, 2, r)
	env, o := m.node.Env(), &r.propose.Attempt.Order
	if err := handover.Cancelled(&env, o); err != nil {
		t.Errorf("before: %v", err)
	}
	m.noteCancel(o)
	if err := handover.Cancelled(&env, o); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("cancelled: %v", err)
	}
	another := *o
	another.Nonce[0]++
	if err := handover.Cancelled(&env, &another); err != nil {
		t.Errorf("another one: %v", err)
	}
}

// A session id by which a third node would coordinate is nobody's to open.
func TestProposalInAnothersName(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	m := newMember(t, 2, r)
	p := *r.propose
	p.Attempt.Coordinator = m.Nodes[2].ID()
	id := p.Attempt.Proposal()
	eff := handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), id).Step(session.Received{From: m.Nodes[0].ID(), Session: id, Msg: &p})
	if wire.ReasonOf(eff.Err) != wire.InvalidMessage || len(eff.Faults) != 1 {
		t.Errorf("%+v", eff)
	}
}
