package session

import (
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// quorum is the remembered one, or a new one.
func (e *Env) Quorum(key *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error) {
	if e.Quorums != nil {
		return e.Quorums(key, set, own)
	}
	return verify.KeyQuorum(key, set, own)
}
