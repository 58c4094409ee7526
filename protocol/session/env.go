package session

import (
	"fmt"
	"io"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Env is what a machine knows of the node it runs on.
type Env struct {
	Self    *NodeKey
	Cluster wire.ClusterID
	Chain   uint64        // chain id
	Set     []wire.NodeID // the key server set, ascending, as of the session's start: the newest of Sets
	// Sets are all server sets that this node knows to be established. Nil: Set, as epoch 0.
	Sets *Sets
	// Connected are the members this node can reach now, itself left out, the most
	// responsive first. Machines ask in this order.
	Connected []wire.NodeID
	// Older are those of Connected that speak ss/1: they do all that this node does, but deal as nobody should any more.
	// So nothing is dealt with them, neither keys nor items.
	Older  []wire.NodeID
	Policy Policy
	// Gap says that this node may have made promises that its store does not know of: the
	// store was restored or lost. See gap.go.
	Gap bool
	// GapBlock is the final block at which the gap was noted. In slots of a later round it can't have promised anything
	// before.
	GapBlock uint64
	// FinalTime is the time of this node's final block, in Unix seconds; it fails when that can't be read. Nil is like a
	// chain that can't be read.
	FinalTime func() (uint64, error)
	// OnChain fails unless a block is on this node's own chain, and final: with Busy if it is not final here yet, since it may be
	// elsewhere. Nil: it is not asked.
	OnChain func(wire.BlockRef) error
	// Get and List read records as they are now: of server sets and listings.
	Get  Getter
	List Lister
	// Refuses fails if an order would leave keys that this node knows in a state in which they can't be used as now, and does
	// not say force. Nil: nothing is refused.
	Refuses func(*wire.SetOrder) *wire.Error
	// BlockTime is when a block was made that is final on this node's own chain, in Unix seconds. It fails with Busy for one
	// that is not final here yet, since it may be elsewhere. Nil: no round is due.
	BlockTime func(number uint64) (uint64, error)
	// Due fails if no sharing of a key is to be made as this opening says: in its slot, for its cause
	// (handover.CheckRound). Nil: it may be.
	Due func(*wire.Redistribute) error
	// Turn counts the turns of TurnSeconds that have gone by, by this node's clock. Nil: it is always the first.
	Turn func() uint64
	// TakesAddress tells whether a signed address of a node is taken now: each is written to the disk, so a member must not have
	// others write without end. Nil: each is.
	TakesAddress func(wire.NodeID) bool
	Rand         io.Reader // crypto/rand.Reader, or a seeded reader in tests
	// Load reads what is durable now. A machine that has waited for others uses it rather
	// than what it was made with.
	Load func(wire.KeyID) (*State, error)
	// LoadOnce is Load for who walks through all keys, most of which nobody uses: a node keeps nothing of them in memory.
	LoadOnce func(wire.KeyID) (*State, error)
	// Keys names the key ids with a record of a kind: those after a given one, ascending, at most limit; after the zero id
	// all, that one included. Nil where nothing is listed.
	Keys func(kind wire.RecordKind, after wire.KeyID, limit int) ([]wire.KeyID, error)
	// MayMake fails if this node must not help to make a key by a set-up: not before the members of the set before have
	// told which ids are taken (handover.MayMake). Nil: it may.
	MayMake func(*wire.Setup) *wire.Error
	// DealAtOnce is how many items a signature without a stock has dealt, the others for
	// the stock. 0: one.
	DealAtOnce int
	// Signing are the ECDSA signatures under way at this node: the more there are, the longer
	// one waits before it takes others for slow.
	Signing int
	// Quorums remembers what verify.KeyQuorum computes, if the driver cares to: it is the same
	// for a key version and a set, and a fifth of the cost of a partial. Nil: verify.KeyQuorum.
	Quorums func(key *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error)
}

// Member tells whether a node is one of the key servers, this node included.
func (e *Env) Member(node wire.NodeID) bool { return slices.Contains(e.Set, node) }

// Known tells whether a node is one of the key servers, or was one in an earlier set: those that leave deal what they hold.
func (e *Env) Known(node wire.NodeID) bool {
	return e.Member(node) || e.Sets != nil && e.Sets.Known(node)
}

// Holders are the other members of a key that this node can reach now, the most responsive first.
func (e *Env) Holders(key *wire.Setup) (nodes []wire.NodeID) {
	for _, node := range e.Connected {
		if key.Index(node) != 0 && node != e.Self.ID() {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// Deals tells whether keys and items are dealt with a node. They are not with one that speaks ss/1 only.
func (e *Env) Deals(node wire.NodeID) bool { return !slices.Contains(e.Older, node) }

// OlderNote tells people how many connected nodes can't be dealt with: a clause for the end of an error text, beginning
// with a comma; empty if there are none.
func OlderNote(env *Env) string {
	if len(env.Older) == 0 {
		return ""
	}
	return fmt.Sprintf(", beside %d that run an older version of the program and have to be upgraded first", len(env.Older))
}

// Quorum is what t+1 members of a key compute with, by their share indices, ascending: see verify.KeyQuorum, whose
// errors it has. own is this node's index among them, or 0. Env.Quorums may remember it.
func (e *Env) Quorum(key *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error) {
	if e.Quorums != nil {
		return e.Quorums(key, set, own)
	}
	return verify.KeyQuorum(key, set, own)
}

// ReadRandom fills b, such as a nonce, with random bytes.
func (e *Env) ReadRandom(b []byte) *wire.Error {
	if _, err := io.ReadFull(e.Rand, b); err != nil {
		return wire.Errorf(wire.Internal, "drawing random bytes: %v", err)
	}
	return nil
}

// Policy is what an operator demands; the zero value demands nothing. Members enforce it, not only the door.
type Policy struct {
	RefuseLegacy bool   // take no signature of Parity's over the bare id as proof
	RefusePlain  bool   // take part in no retrieval that shows the contacted node the document key
	MinThreshold uint32 // refuse to generate keys with a lower threshold

	// MinWalletThreshold is MinThreshold for what a wallet asks. Parity's signature does not say which threshold it is for.
	MinWalletThreshold uint32

	// LegacyOrders has the node take part when one administrator changes the server set in Parity's form (wire.LegacyChange).
	LegacyOrders bool
}

// Threshold is the lowest threshold t that a key may have which is made on this proof. 0 allows every one.
func (p *Policy) Threshold(proof wire.Proof) uint32 {
	if proof.Kind == wire.LegacyProof {
		return p.MinThreshold
	}
	return max(p.MinThreshold, p.MinWalletThreshold)
}
