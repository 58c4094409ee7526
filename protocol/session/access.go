package session

import (
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Decider is a machine that decides about accesses. Accesses are what this node has
// decided by the end of the session: nothing, if it could not tell.
type Decider interface {
	Accesses() []wire.Access
}
