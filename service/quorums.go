package service

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// cachedQuorums is how many sets of nodes are kept with their coefficients and public
// shares; about 200 bytes for each node of a set.
const cachedQuorums = 1024

// quorums remembers what a set of nodes needs for its partials under a key: half of
// the cost of one. Everything in it is public.
type quorums struct {
	cache *lru.Cache[string, *threshold.Quorum]
}

func newQuorums() *quorums {
	return &quorums{lru.NewCache[string, *threshold.Quorum](cachedQuorums)}
}

func (q *quorums) get(record *wire.KeyRecord, set []uint32) (*threshold.Quorum, error) {
	// The transcript fixes the joint polynomial. The version alone does not: a record
	// that failed at its last round has the version of one that did not.
	transcript := record.Transcript()
	key := transcript[:]
	for _, index := range set {
		key = binary.BigEndian.AppendUint32(key, index)
	}
	if quorum, ok := q.cache.Get(string(key)); ok {
		return quorum, nil
	}
	quorum, err := session.MakeQuorum(record, set)
	if err == nil {
		q.cache.Add(string(key), quorum)
	}
	return quorum, err
}
