package session

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Access is one decision about a document key, as its author is told of it.
type Access struct {
	Key       wire.KeyID
	Requester common.Address
	Request   common.Hash   // of a wallet's request: what it signed
	Block     wire.BlockRef // where it was decided
	Granted   bool
	Reason    string // why not, for people
}

// Decider is a machine that decides about accesses. Accesses are what this node has
// decided by the end of the session: nothing, if it could not tell.
type Decider interface {
	Accesses() []Access
}

func access(requester *wire.Requester, key wire.KeyID, v Verdict) Access {
	return Access{Key: key, Requester: requester.Address, Request: requester.Request, Block: v.Block,
		Granted: v.Answer == Granted, Reason: v.Reason}
}

// decided tells whether a verdict is one.
func decided(v Verdict) bool { return v.Answer == Granted || v.Answer == Refused }

// Accesses is the decision that this holder made.
func (p *Releasing) Accesses() []Access {
	if p.requester == nil || !decided(p.said) {
		return nil
	}
	return []Access{access(p.requester, p.ask.Key, p.said)}
}

// Accesses is what became of the request: the cluster's decision, by what this node knows.
func (r *Retrieval) Accesses() []Access {
	switch {
	case r.round == nil || !r.ended:
		return nil
	case r.result != nil:
		return []Access{access(r.requester, r.record.Setup.Key, Verdict{Answer: Granted, Block: r.round.block})}
	case wire.ReasonOf(r.failure) == wire.Denied:
		return []Access{access(r.requester, r.record.Setup.Key, Verdict{Answer: Refused, Block: r.round.block, Reason: r.failure.Error()})}
	}
	return nil
}

// Accesses are the decisions that this holder made.
func (p *ReleasingMany) Accesses() (all []Access) {
	for n, v := range p.said {
		if decided(v) {
			all = append(all, access(p.requester, p.ask.Keys[p.asked[n]].Key, v))
		}
	}
	return all
}

// Accesses are the keys that were released. Of the others a retrieval of their own tells.
func (b *Batch) Accesses() (all []Access) {
	for _, it := range b.items {
		if it.release != nil {
			all = append(all, access(b.requester, it.record.Setup.Key, Verdict{Answer: Granted, Block: b.block}))
		}
	}
	return all
}
