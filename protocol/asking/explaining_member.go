package asking

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// ExplainingMember is the other side of Explaining: it asks this node's own oracle, answers and ends.
type ExplainingMember struct {
	session.Member
	holds bool
	ask   *wire.Explain
}

// JoinExplaining answers a question of node from. The first input is its opening, an Explain. state is what this node
// knows of the key.
func JoinExplaining(state *session.State, from wire.NodeID, id wire.SessionID) *ExplainingMember {
	holds := state.Share != nil && state.Record != nil && state.Usable(state.Record.Version())
	return &ExplainingMember{Member: session.NewMember(from, id, nil), holds: holds}
}

// String tells what is awaited.
func (v *ExplainingMember) String() string {
	switch {
	case v.Ended():
		return "telling a verdict: ended"
	case v.ask == nil:
		return "telling a verdict: idle"
	}
	return "telling a verdict: asking the own chain"
}

// Step takes one input.
func (v *ExplainingMember) Step(in session.Input) session.Effects {
	if eff, taken := v.Intercept(in); taken {
		if _, gone := in.(session.PeerLost); gone {
			eff.Err = nil // nobody wants to know any more
		}
		return eff
	}
	switch in := in.(type) {
	case session.Received:
		if m, ok := in.Msg.(*wire.Explain); ok && v.ask == nil {
			return v.open(m)
		}
	case session.Verdict:
		if v.ask != nil {
			return v.tell(in)
		}
	case session.Tick:
		if v.Late(tellDeadline) {
			return v.Refuse(session.ErrUndecided)
		}
	}
	return session.Effects{}
}

func (v *ExplainingMember) open(m *wire.Explain) session.Effects {
	v.ask = m
	return session.Effects{Ask: &session.Question{Requester: m.Requester, Key: m.Key, Block: &m.Block}}
}

func (v *ExplainingMember) tell(verdict session.Verdict) session.Effects {
	reason := []byte(verdict.Reason)
	m := &wire.Explained{Answer: uint8(verdict.Answer), Block: verdict.Block, Head: verdict.Head, Holds: v.holds,
		Reason: reason[:min(len(reason), wire.MaxDetail)]}
	return v.Answer(session.Effects{}, m)
}
