package handover

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// PlanningMember is the other side of Planning. It answers its opening with a page and ends.
type PlanningMember struct {
	session.Member
	env  session.Env
	load func(wire.KeyID) (*session.State, error)
	ask  *wire.ListShares
}

// JoinPlanning answers a question of node from. The first input is its opening. load is to read the disk.
func JoinPlanning(env session.Env, load func(wire.KeyID) (*session.State, error), from wire.NodeID, id wire.SessionID, m *wire.ListShares) *PlanningMember {
	return &PlanningMember{Member: session.NewMember(from, id, nil), env: env, load: load, ask: m}
}

// String tells whether it has answered.
func (p *PlanningMember) String() string {
	if p.Ended() {
		return "listing shares: ended"
	}
	return "listing shares: idle"
}

// Step takes one input.
func (p *PlanningMember) Step(in session.Input) session.Effects { return p.AnswerOnce(in, p.tell) }

func (p *PlanningMember) tell(wire.Message) session.Effects {
	if p.ask.Session(p.env.Cluster, p.Coordinator()) != p.ID() { // it would sign what somebody else was told
		return p.Blame("plan: opened under a session id that is not its own")
	}
	if p.env.Keys == nil {
		return p.Refuse(wire.Errorf(wire.Unsupported, "%s has nothing to list", p.env.Self.ID().Short()))
	}
	m, err := listShares(&p.env, p.load, p.ask.After)
	if err != nil {
		return p.Refuse(unreadable(err))
	}
	m.Signature = p.env.Self.Sign(m.Digest(p.ID()))
	return p.Answer(session.Effects{}, m)
}
