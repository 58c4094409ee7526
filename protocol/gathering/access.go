package gathering

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func access(requester *wire.Requester, key wire.KeyID, v session.Verdict) wire.Access {
	return wire.Access{Key: key, Operation: wire.OpRetrieve, Requester: requester.Address, Request: requester.Request, Block: v.Block,
		Granted: v.Answer == session.Granted, Reason: v.Reason}
}

// decided tells whether a verdict is one.
func decided(v session.Verdict) bool {
	return v.Answer == session.Granted || v.Answer == session.Refused
}

// Accesses is the decision that this holder made.
func (p *member) Accesses() []wire.Access {
	if p.requester == nil || !decided(p.said) {
		return nil
	}
	return []wire.Access{access(p.requester, p.ask.key, p.said)}
}

// Accesses is what became of the request: the cluster's decision, by what this node knows.
func (g *gathering) Accesses() []wire.Access {
	switch {
	case g.round == nil || !g.ended:
		return nil
	case g.done:
		return []wire.Access{access(g.requester, g.record.Setup.Key, session.Verdict{Answer: session.Granted, Block: g.round.block})}
	case wire.ReasonOf(g.failure) == wire.Denied:
		return []wire.Access{access(g.requester, g.record.Setup.Key, session.Verdict{Answer: session.Refused, Block: g.round.block, Reason: g.failure.Error()})}
	}
	return nil
}

// Accesses is what became of the request to sign.
func (s *Signing) Accesses() []wire.Access {
	return toSign(s.gathering.Accesses(), s.scheme, s.hash)
}

// Accesses is the decision that this holder made.
func (p *SigningMember) Accesses() []wire.Access {
	if p.ask == nil {
		return nil
	}
	return toSign(p.member.Accesses(), p.ask.Scheme, p.ask.Hash)
}

func toSign(all []wire.Access, scheme wire.Scheme, hash common.Hash) []wire.Access {
	for i := range all {
		all[i].Operation, all[i].Scheme, all[i].Hash = wire.OpSign, scheme, hash
	}
	return all
}

// Accesses are the decisions that this holder made.
func (p *BatchMember) Accesses() (all []wire.Access) {
	for n, v := range p.said {
		if decided(v) {
			all = append(all, access(p.requester, p.ask.Keys[p.asked[n]].Key, v))
		}
	}
	return all
}

// Accesses are the keys that were released. Of the others a retrieval of their own tells.
func (b *Batch) Accesses() (all []wire.Access) {
	for _, it := range b.items {
		if it.release != nil {
			all = append(all, access(b.requester, it.record.Setup.Key, session.Verdict{Answer: session.Granted, Block: b.block}))
		}
	}
	return all
}
