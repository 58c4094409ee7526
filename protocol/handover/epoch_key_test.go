package handover_test

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Who joins learns of the present set from a proposal, and says that it is ready for the next one. What other sessions tell it later,
// which began before that, is nothing new: its key of the next set stays. Without it it could never sign as a member.
func TestEpochKeyOutlivesOldNews(t *testing.T) {
	s := newSets(t)
	s.wantsNothing(s.begin(1, s.order(s.First, 1, 1, 2, 3, 4, 6)))
	one := s.knows(1, 1, 2, 3, 4, 6)
	joiner := s.Nodes[4]
	if joiner.Sets().Newest().Epoch != 0 {
		t.Fatal("the joining node knows of set 1 before it is told")
	}
	f, err := handover.NewFollowing(joiner.Env()) // begun, and not answered yet
	if err != nil {
		t.Fatal(err)
	}
	asked := f.Step(session.Start{}).Send
	o := s.order(one, 2, 1, 2, 3, 4, 5, 6)
	rival := s.order(one, 3, 1, 2, 3, 5)
	keys := func() (kept bool) {
		env := joiner.Env()
		_, err := env.Get(wire.RecordEpochKey, wire.KeyID{}, wire.SessionID(o.Digest()))
		return err == nil
	}
	ready := func(o *wire.SetOrder) (*handover.DecidingMember, *wire.Propose) {
		n := s.Nodes[0]
		m, err := handover.NewDeciding(n.Env(), o, s.signed(o), wire.BlockRef{Number: 7})
		if err != nil {
			t.Fatal(err)
		}
		for _, env := range m.Step(session.Start{}).Send {
			if p, ok := env.Msg.(*wire.Propose); ok && env.To == joiner.ID() {
				return handover.JoinDeciding(joiner.Env(), n.ID(), env.Session), p
			}
		}
		t.Fatal("nothing is proposed")
		return nil, nil
	}
	first, proposed := ready(o)
	second, another := ready(rival) // which has begun before the first one is answered, too
	hears := func(m *handover.DecidingMember, p *wire.Propose) {
		eff := m.Step(session.Received{From: s.Nodes[0].ID(), Session: p.Attempt.Proposal(), Msg: p})
		sends[*wire.Ready](t, eff)
		joiner.Put(eff.Save...)
	}
	if hears(first, proposed); !keys() || joiner.Sets().Newest().Epoch != 1 {
		t.Fatal("the joining node is ready, and has no key or no set")
	}
	if hears(second, another); !keys() {
		t.Error("another proposal has its key erased")
	}
	links := &wire.SetLinks{First: s.First, Links: []wire.SetLink{*linkOf(t, s.Nodes[0], 1)}}
	for _, env := range asked {
		eff := f.Step(session.Received{From: env.To, Session: env.Session, Msg: links})
		joiner.Put(eff.Save...)
	}
	if f.Sets().Newest().Epoch != 1 || !keys() {
		t.Errorf("it was told of set %d, and has its key: %t", f.Sets().Newest().Epoch, keys())
	}
}

// linkOf is the link to a set that a node has stored.
func linkOf(t *testing.T, n *sessiontest.Node, epoch uint64) *wire.SetLink {
	t.Helper()
	env := n.Env()
	_, links, err := handover.LoadSets(n.Sets().At(0), env.Get, env.List)
	if err != nil || uint64(len(links)) < epoch {
		t.Fatalf("%d links, %v", len(links), err)
	}
	return &links[epoch-1]
}
