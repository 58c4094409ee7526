package handover

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Tell is what a node tells clients of the server sets after an epoch: as much as fits in one message, and set 0 as well if
// they ask from the beginning. It fails if the store can't be read.
func Tell(env *session.Env, after uint64) (*wire.SetLinks, error) {
	return linksAfter(env, setsOf(env), after, after == 0)
}
