package handover

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// FollowingMember tells which server sets have followed one. It tells everybody: who was a member long ago, too.
type FollowingMember struct {
	session.Member
	env session.Env
}

// JoinFollowing answers a question of node from. The first input is its opening, a Follow.
func JoinFollowing(env session.Env, from wire.NodeID, id wire.SessionID) *FollowingMember {
	return &FollowingMember{Member: session.NewMember(from, id, nil), env: env}
}

// String tells whether it has answered.
func (p *FollowingMember) String() string {
	if p.Ended() {
		return "telling server sets: ended"
	}
	return "telling server sets: idle"
}

// Step takes one input.
func (p *FollowingMember) Step(in session.Input) session.Effects { return p.AnswerOnce(in, p.tell) }

func (p *FollowingMember) tell(msg wire.Message) session.Effects {
	m, ok := msg.(*wire.Follow)
	if !ok {
		return session.Effects{}
	}
	told, err := linksAfter(&p.env, setsOf(&p.env), m.From, m.First)
	if err != nil {
		return p.Refuse(wire.Errorf(wire.Unavailable, "server sets can't be read: %v", err))
	}
	taken, err := takeAddresses(&p.env, m.Addresses)
	if err != nil {
		eff := p.Refuse(err)
		eff.Add(session.BlameOrDiffer(p.Coordinator(), "question with addresses", err))
		return eff
	}
	told.Addresses = tellAddresses(&p.env, m.Addresses)
	return p.Answer(session.Effects{Save: taken}, told)
}
