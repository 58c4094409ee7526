package join

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// heard is a machine that keeps what it is given.
type heard []session.Received

func (h *heard) ID() wire.SessionID { return wire.SessionID{} }

func (h *heard) String() string { return "" }

func (h *heard) Step(in session.Input) session.Effects {
	*h = append(*h, in.(session.Received))
	return session.Effects{}
}

// While the own chain is asked about the requester, no member's messages leave no room for another's, and not all that
// one says is kept.
func TestAdmissionHoldsOfEach(t *testing.T) {
	from, loud, quiet := wire.NodeID{1}, wire.NodeID{2}, wire.NodeID{3}
	behind := new(heard)
	a := newAdmission(from, wire.SessionID{}, new(wire.Requester), wire.KeyID{}, func() (session.Machine, error) { return behind, nil })
	if eff := a.Step(session.Received{From: from, Msg: new(wire.Init)}); eff.Ask == nil {
		t.Fatalf("%+v", eff)
	}
	for range 10 * admitHeld {
		a.Step(session.Received{From: loud, Msg: new(wire.Commit)})
	}
	a.Step(session.Received{From: quiet, Msg: new(wire.Commit)})
	a.Step(session.Verdict{Answer: session.Granted})
	of := make(map[wire.NodeID]int)
	for _, in := range *behind {
		of[in.From]++
	}
	if of[from] != 1 || of[quiet] != 1 || of[loud] != admitEachHeld || (*behind)[0].From != from {
		t.Errorf("%d of the opener, %d of one, %d of another", of[from], of[quiet], of[loud])
	}
}
