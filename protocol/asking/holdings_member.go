package asking

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// HoldingsMember is the other side of Holdings. It answers its opening and ends.
type HoldingsMember struct {
	session.Member
	load func(wire.KeyID) (*session.State, error)
	ask  *wire.Holdings
}

// JoinHoldings answers a question of node from. The first input is its opening. load reads
// what is durably known of a key.
func JoinHoldings(load func(wire.KeyID) (*session.State, error), from wire.NodeID, id wire.SessionID, m *wire.Holdings) *HoldingsMember {
	return &HoldingsMember{Member: session.NewMember(from, id, nil), load: load, ask: m}
}

// String tells whether it has answered.
func (i *HoldingsMember) String() string {
	if i.Ended() {
		return "telling holdings: ended"
	}
	return "telling holdings: idle"
}

// Step takes one input.
func (i *HoldingsMember) Step(in session.Input) session.Effects { return i.AnswerOnce(in, i.tell) }

func (i *HoldingsMember) tell(wire.Message) session.Effects {
	held := new(wire.Held)
	for n, k := range i.ask.Keys {
		if Holds(i.load, k) {
			held.Set(n)
		}
	}
	return i.Answer(session.Effects{}, held)
}

// Holds tells whether the own share of a key is there and can be read, of this version or of a later one: who asks may not
// have heard of that. A damaged one is as good as none. load is to read the disk: a share that is lost there would not be
// missed in memory.
func Holds(load func(wire.KeyID) (*session.State, error), k wire.KeyVersion) bool {
	state, err := load(k.Key)
	return err == nil && state.Share != nil && state.Record != nil && (state.Record.Version() == k.Version || state.Behind(k.Version))
}
