package asking

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Inventory is the other side of Holdings. It answers its opening and ends.
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

// Holds tells whether the own share of a key is there and can be read. A damaged one is
// as good as none. load is to read the disk: a share that is lost there would not be
// missed in memory.
func Holds(load func(wire.KeyID) (*session.State, error), k wire.KeyVersion) bool {
	state, err := load(k.Key)
	return err == nil && state.Share != nil && state.Record != nil && state.Record.Version() == k.Version
}
