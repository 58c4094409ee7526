package sessiontest

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Chain is the permission contract's history. All nodes agree on it; each has got as
// far as its Head.
type Chain struct {
	blocks  uint64 // the newest block's number
	changes []change

	Contracts map[common.Address]bool // accounts whose contract takes any signature
}

type change struct {
	block     uint64
	requester common.Address
	key       wire.KeyID
	allowed   bool
}

// Set changes a permission in a new block and returns its number. Nodes don't see it
// until their heads get there.
func (ch *Chain) Set(requester common.Address, key wire.KeyID, allowed bool) uint64 {
	ch.blocks++
	ch.changes = append(ch.changes, change{ch.blocks, requester, key, allowed})
	return ch.blocks
}

// Extend adds an empty block.
func (ch *Chain) Extend() uint64 { ch.blocks++; return ch.blocks }

// Allowed is the contract's answer in the state after a block.
func (ch *Chain) Allowed(requester common.Address, key wire.KeyID, block uint64) (allowed bool) {
	for _, c := range ch.changes {
		if c.block <= block && c.requester == requester && c.key == key {
			allowed = c.allowed
		}
	}
	return allowed
}

// decide is the answer to a question at a block. Block n has timestamp n, and no account
// is a contract but those in Contracts, which take any signature.
func (ch *Chain) decide(q session.Question, block uint64) bool {
	if c := q.Check; c != nil {
		confirmed := c.Contract == nil || ch.Contracts[c.Contract.Account]
		if block < c.Start || block > c.Expiry || !confirmed {
			return false
		}
	}
	return q.RequesterOnly || ch.Allowed(q.Requester, q.Key, block)
}

// Block is the reference to the block of a number.
func Block(number uint64) wire.BlockRef {
	var b [8]byte
	for i := range b {
		b[i] = byte(number >> (8 * i))
	}
	return wire.BlockRef{Number: number, Hash: crypto.Keccak256Hash([]byte("block"), b[:])}
}

// wantedHead is the head that a question waits for.
func wantedHead(q session.Question) uint64 {
	wanted := q.NotBefore
	if q.Block != nil {
		wanted = max(wanted, q.Block.Number)
	}
	return wanted
}

// decide is the oracle of a node, by the rules of docs/protocol.md section 7.3.
func (n *Node) decide(q session.Question) session.Verdict {
	if len(q.Keys) > 0 {
		return n.decideEach(q)
	}
	ch, head := &n.cluster.Chain, Block(n.Head)
	v := session.Verdict{Block: head, Head: head}
	allowed := func(number uint64) bool { return ch.decide(q, number) }
	switch {
	case n.Blind:
		v.Answer, v.Reason = session.Unreadable, "the chain can't be read"
	case n.Head < wantedHead(q):
		v.Answer, v.Reason = session.Unreadable, "this node is behind"
	case q.Block == nil || *q.Block == head:
		v.Answer, v.Reason = session.Refused, "the contract says no"
		if allowed(n.Head) {
			v.Answer, v.Reason = session.Granted, ""
		}
	case *q.Block != Block(q.Block.Number):
		v.Answer, v.Reason = session.Unreadable, "no such block"
	default:
		v.Answer, v.Block = session.Newer, *q.Block
		if allowed(n.Head) && allowed(q.Block.Number) {
			v.Answer = session.Granted
		}
	}
	return v
}

// decideEach decides about several keys at the block that the first is decided at.
func (n *Node) decideEach(q session.Question) (all session.Verdict) {
	keys := q.Keys
	q.Keys = nil
	for i, key := range keys {
		q.Key = key
		v := n.decide(q)
		if i == 0 {
			if v.Answer == session.Unreadable || v.Answer == session.Newer {
				return v
			}
			all = v
			q.Block, q.NotBefore = &v.Block, 0
		}
		all.Each = append(all.Each, v)
	}
	return all
}
