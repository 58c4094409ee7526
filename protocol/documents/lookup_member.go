package documents

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Telling is a node's answer to a look-up. It answers its opening and ends.
type LookupMember struct {
	session.Member
	env   session.Env
	state *session.State
}

// JoinLookup answers a look-up of node from. The first input is its opening.
func JoinLookup(env session.Env, state *session.State, from wire.NodeID, id wire.SessionID) *LookupMember {
	return &LookupMember{Member: session.NewMember(from, id, nil), env: env, state: state}
}
