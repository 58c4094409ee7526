package generation

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// ResolutionMember is this node's answer to a poll, which a generation or a resolution of another node opens. It
// answers its opening and ends.
type ResolutionMember struct {
	session.Member
	env   session.Env
	state *session.State
}

// JoinResolution answers a poll of node from. The first input is its opening, a Poll. state is not changed.
func JoinResolution(env session.Env, state *session.State, from wire.NodeID, id wire.SessionID) *ResolutionMember {
	own := *state
	return &ResolutionMember{Member: session.NewMember(from, id, nil), env: env, state: &own}
}

// String tells whether it has answered.
func (p *ResolutionMember) String() string {
	if p.Ended() {
		return "polled: ended"
	}
	return "polled: idle"
}

// Step takes one input.
func (p *ResolutionMember) Step(in session.Input) session.Effects {
	if c, ok := in.(session.Cancel); ok { // also after the end: the vote could not be saved
		return p.Refuse(wire.Errorf(wire.ReasonOf(c.Err), "%v", c.Err))
	}
	return p.AnswerOnce(in, p.vote)
}

func (p *ResolutionMember) vote(msg wire.Message) session.Effects {
	m, ok := msg.(*wire.Poll)
	if !ok {
		return session.Effects{}
	}
	if err := session.CheckAttempt(&p.env, &m.Setup); err != nil {
		return p.Refuse(err)
	}
	state, err := p.state.In(m.Setup.Slot())
	if err != nil {
		return p.Refuse(err)
	}
	batch, vote, err := state.AnswerPoll(&p.env, m)
	if err != nil {
		return p.Refuse(err)
	}
	return p.Answer(session.Effects{Save: append(state.Tidy(), batch...)}, vote)
}
