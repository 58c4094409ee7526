package asking

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Verdicts is the other side of Explaining: it asks the own oracle, answers and ends.
type ExplainingMember struct {
	session.Member
	holds bool
	ask   *wire.Explain
}

// JoinExplaining answers a question of node from. The first input is its opening.
func JoinExplaining(state *session.State, from wire.NodeID, id wire.SessionID) *ExplainingMember {
	holds := state.Share != nil && state.Record != nil && state.Usable(state.Record.Version())
	return &ExplainingMember{Member: session.NewMember(from, id, nil), holds: holds}
}
