package service

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// quorumBudget is how much memory the remembered sets may take, in bytes: in a cluster of
// four, of some 38,000 sets, which are those of 10,000 keys. A set takes
// about 300 bytes for each of its nodes.
const quorumBudget = 64 << 20

// quorums remembers what a set of nodes needs for its partials under a key: a fifth of
// the cost of one. Everything in it is public.
type quorums struct {
	cache atomic.Pointer[lru.Cache[quorumKey, *threshold.Quorum]]
}

// quorumKey names the record by where it is, which costs no hash. Records in memory
// never change, and states keeps one of each key; one that was read anew is just
// computed anew.
type quorumKey struct {
	record *wire.KeyRecord
	set    string // share indices, four bytes each
	own    uint32 // for the own part alone, or 0
}

// newQuorums is for a key server set of that many nodes.
func newQuorums(members int) *quorums {
	q := new(quorums)
	q.resize(members)
	return q
}

// resize forgets all, and gives room for sets of so many nodes.
func (q *quorums) resize(members int) {
	q.cache.Store(lru.NewCache[quorumKey, *threshold.Quorum](quorumBudget / (512 + 300*members)))
}

func (q *quorums) get(record *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error) {
	indices := make([]byte, 0, 4*len(set))
	for _, index := range set {
		indices = binary.BigEndian.AppendUint32(indices, index)
	}
	key := quorumKey{record, string(indices), own}
	if quorum, ok := q.cache.Load().Get(key); ok {
		return quorum, nil
	}
	quorum, err := verify.KeyQuorum(record, set, own)
	if err == nil {
		q.cache.Load().Add(key, quorum)
	}
	return quorum, err
}
