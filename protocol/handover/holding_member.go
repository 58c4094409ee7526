package handover

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// HoldingMember is the other side of Holding. It answers its opening and ends.
type HoldingMember struct {
	session.Member
	env  session.Env
	load func(wire.KeyID) (*session.State, error)
	ask  *wire.AskHolds
}

// JoinHolding answers a question of node from. The first input is its opening. load is to read the disk.
func JoinHolding(env session.Env, load func(wire.KeyID) (*session.State, error), from wire.NodeID, id wire.SessionID, m *wire.AskHolds) *HoldingMember {
	return &HoldingMember{Member: session.NewMember(from, id, nil), env: env, load: load, ask: m}
}

// String tells whether it has answered.
func (h *HoldingMember) String() string {
	if h.Ended() {
		return "telling what it holds: ended"
	}
	return "telling what it holds: idle"
}

// Step takes one input.
func (h *HoldingMember) Step(in session.Input) session.Effects { return h.AnswerOnce(in, h.tell) }

// tell signs for nothing but what was asked: a session id of another one's making would have it sign for other sharings.
func (h *HoldingMember) tell(msg wire.Message) session.Effects {
	if h.ask.Session(h.env.Cluster, h.Coordinator()) != h.ID() {
		return h.Blame("hold: opened under a session id that is not its own")
	}
	var held wire.Held
	for i, k := range h.ask.Keys {
		if holdsNow(h.env.Get, h.load, k) {
			held.Set(i)
		}
	}
	return h.Answer(session.Effects{}, &wire.Holds{Bits: held.Bits, Signature: h.env.Self.Sign(wire.HoldsDigest(h.ID(), held.Bits))})
}
