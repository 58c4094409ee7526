package documents

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// LookupMember is this node's answer to another's look-up. It answers its opening and ends.
type LookupMember struct {
	session.Member
	env   session.Env
	state *session.State
}

// JoinLookup answers a look-up of node from. The first input is its opening, a LookUp.
func JoinLookup(env session.Env, state *session.State, from wire.NodeID, id wire.SessionID) *LookupMember {
	return &LookupMember{Member: session.NewMember(from, id, nil), env: env, state: state}
}

// String tells whether it has answered.
func (t *LookupMember) String() string {
	if t.Ended() {
		return "telling: ended"
	}
	return "telling: idle"
}

// Step takes one input.
func (t *LookupMember) Step(in session.Input) session.Effects { return t.AnswerOnce(in, t.tell) }

func (t *LookupMember) tell(msg wire.Message) session.Effects {
	m, ok := msg.(*wire.LookUp)
	if !ok {
		return session.Effects{}
	}
	if t.env.Gap && t.state.Record == nil {
		return t.Refuse(session.ErrForgotten(&t.env, m.Key))
	}
	known := &wire.Known{Record: t.state.Trace()}
	if t.state.Record != nil {
		known.Document, known.Promise = t.state.Document, t.state.Promise
	}
	if p := known.Promise; known.Document != nil || p != nil && p.Version != t.state.Record.Version() {
		known.Promise = nil // said already, or given under an earlier version
	}
	if d := known.Document; d != nil && known.Record.Moved != nil && known.Record.Moved.Pair.Kind == wire.PairClosed {
		known.Earlier = t.state.Earlier(d.Version)
	}
	return t.Answer(session.Effects{}, known)
}
