package session

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Coordinators take turns. Of two that want to have a key dealt anew in one slot at the same time the one goes first whose
// turn it is, or comes sooner. The order is by a hash of node and slot, so nobody chooses its own, and the turn goes to the next
// one every TurnSeconds whatever becomes of the attempts: so a coordinator that lets its attempts lapse, or begins ever new
// ones, stalls a slot until another's turn comes, which needs no memory of who has done what.

// TurnSeconds is how long a coordinator's turn is. An attempt takes some seconds where members are silent.
const TurnSeconds = 15

// GoesFirst tells whether node a has a key dealt anew before node b, in a slot of the newest set. Nodes that are not members
// come last.
func (e *Env) GoesFirst(key wire.KeyID, slot wire.Slot, a, b wire.NodeID) bool {
	var turn uint64
	if e.Turn != nil {
		turn = e.Turn()
	}
	type place struct {
		node wire.NodeID
		hash []byte
	}
	places := make([]place, len(e.Set))
	for i, node := range e.Set {
		at := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, slot.Epoch), slot.Round)
		places[i] = place{node, crypto.Keccak256(key[:], at, node[:])}
	}
	slices.SortFunc(places, func(a, b place) int { return bytes.Compare(a.hash, b.hash) })
	wait := func(node wire.NodeID) uint64 {
		i, n := slices.IndexFunc(places, func(p place) bool { return p.node == node }), uint64(len(places))
		if i < 0 {
			return math.MaxUint64
		}
		return (uint64(i) + n - turn%n) % n
	}
	return wait(a) < wait(b)
}
