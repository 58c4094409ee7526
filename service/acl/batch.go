package acl

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// memo is what the keys of one question share: at one block the contract and the
// requester's identity are the same for all.
type memo struct {
	contracts map[wire.BlockRef]common.Address
	confirmed map[wire.BlockRef]bool // blocks at which the chain has confirmed the requester
}

// decideEach decides about several keys at one block: the first's, if the question names none.
func (o *Oracle) decideEach(ctx context.Context, q session.Question) session.Verdict {
	shared := &memo{contracts: make(map[wire.BlockRef]common.Address), confirmed: make(map[wire.BlockRef]bool)}
	keys := q.Keys
	q.Keys = nil
	var all session.Verdict
	for i, key := range keys {
		q.Key = key
		v := o.decide(ctx, q, shared)
		if i == 0 {
			if v.Answer == session.Unreadable || v.Answer == session.Newer {
				return v // of this block nothing can be said here
			}
			all = v
			q.Block, q.NotBefore = &v.Block, 0
		}
		all.Each = append(all.Each, v)
	}
	return all
}
