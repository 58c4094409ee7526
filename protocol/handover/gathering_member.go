package handover

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// GatheringMember is the other side of Gathering: a member of the former set. It answers its opening with a page and ends.
type GatheringMember struct {
	session.Member
	env session.Env
	ask *wire.ListKeys
}

// JoinGathering answers a question of node from. The first input is its opening.
func JoinGathering(env session.Env, from wire.NodeID, id wire.SessionID, m *wire.ListKeys) *GatheringMember {
	return &GatheringMember{Member: session.NewMember(from, id, nil), env: env, ask: m}
}

// String tells whether it has answered.
func (g *GatheringMember) String() string {
	if g.Ended() {
		return "listing keys: ended"
	}
	return "listing keys: idle"
}

// Step takes one input.
func (g *GatheringMember) Step(in session.Input) session.Effects { return g.AnswerOnce(in, g.tell) }

func (g *GatheringMember) tell(wire.Message) session.Effects {
	page, err := g.page()
	if err != nil {
		return g.Refuse(err)
	}
	return g.Answer(session.Effects{}, page)
}

// page fails with Busy while the fence is not on the disk. What is read after it is all that this node will ever have said.
func (g *GatheringMember) page() (*wire.Listing, error) {
	l, refused := ledgerOf(&g.env)
	if refused != nil {
		return nil, refused
	}
	self, set := g.env.Self.ID(), g.env.Sets.Find(g.ask.Set)
	if set == nil {
		return nil, wire.Errorf(wire.Unavailable, "%s does not know of server set %d (%v)", self.Short(), g.ask.Set.Epoch, g.ask.Set.Hash)
	}
	own := g.env.Sets.At(set.Epoch - 1)
	if !own.Contains(self) || !set.Contains(g.Coordinator()) {
		return nil, wire.Errorf(wire.NotMember, "a member of server set %d lists for members of set %d", own.Epoch, set.Epoch)
	}
	if fenced, err := l.fenced(set); err != nil {
		return nil, unreadable(err)
	} else if !fenced {
		return nil, wire.Errorf(wire.Busy, "%s has not ended epoch %d yet; retry", self.Short(), own.Epoch)
	}
	counts, err := l.counts(own)
	if err != nil {
		return nil, unreadable(err)
	}
	m := &wire.Listing{Counts: counts}
	if m.Entries, m.Last, err = l.page(own, g.ask.After); err != nil {
		return nil, unreadable(err)
	}
	m.Signature = g.env.Self.Sign(m.Digest(g.env.Cluster, g.ask.Set, self, g.ask.After))
	return m, nil
}

// counts tells whether the own listing, as a member of a set, proves of an id that it does not name that it is free: not if
// promises may be forgotten, nor without what the set itself stands on.
func (l *ledger) counts(own *wire.ServerSet) (bool, error) {
	if l.env.Gap {
		return false, nil
	}
	return l.stands(own)
}

// unreadable is the refusal of a node that can't read what it was asked for: it is never taken for what is not there.
func unreadable(err error) *wire.Error {
	return wire.Errorf(wire.Database, "which keys there are can't be read: %v", err)
}
