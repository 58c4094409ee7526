package handover

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// ReceiptsMember is the other side of Receipts. It answers its opening and ends.
type ReceiptsMember struct {
	session.Member
	env session.Env
	ask *wire.AskErased
}

// JoinReceipts answers a question of node from. The first input is its opening.
func JoinReceipts(env session.Env, from wire.NodeID, id wire.SessionID, m *wire.AskErased) *ReceiptsMember {
	return &ReceiptsMember{Member: session.NewMember(from, id, nil), env: env, ask: m}
}

// String tells whether it has answered.
func (r *ReceiptsMember) String() string {
	if r.Ended() {
		return "showing receipts of erasure: ended"
	}
	return "showing receipts of erasure: idle"
}

// Step takes one input.
func (r *ReceiptsMember) Step(in session.Input) session.Effects { return r.AnswerOnce(in, r.tell) }

func (r *ReceiptsMember) tell(wire.Message) session.Effects {
	l, refused := ledgerOf(&r.env)
	if refused != nil {
		return r.Refuse(refused)
	}
	m := new(wire.Erasures)
	for _, k := range r.ask.Keys {
		some, err := l.erasedOf(k)
		if err != nil {
			return r.Refuse(wire.Errorf(wire.Database, "receipts of erasure can't be read: %v", err))
		}
		m.Receipts = append(m.Receipts, some[:min(len(some), wire.MaxErasures-len(m.Receipts))]...)
	}
	return r.Answer(session.Effects{}, m)
}
