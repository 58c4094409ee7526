package service

import (
	"context"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// Bounds on operators' questions, which cost contract calls and disk reads and which
// nobody has to prove anything for.
const (
	maxQueries = 4 // of our own clients at once; beyond, they wait for their turn

	// queriesAMinute is how many a peer may ask. An honest one looks through its keys more
	// slowly than that (shareCheckPause).
	queriesAMinute = 60
)

// queries holds peers and clients to these bounds.
type queries struct {
	own   *limits.FairQueue[limits.Client]
	peers *limits.Rate[wire.NodeID]
}

func newQueries() *queries {
	return &queries{
		own:   limits.NewFairQueue[limits.Client](maxQueries, half(maxQueries), limits.MaxHeld),
		peers: limits.NewRate[wire.NodeID](queriesAMinute),
	}
}

// enter lets a client's question in when it is the client's turn, or fails with Limit.
func (q *queries) enter(ctx context.Context) (release func(), err error) {
	release, err = take(ctx, q.own)
	if wire.ReasonOf(err) == wire.Limit {
		limited.Inc(1)
	}
	return release, err
}

// of counts a peer's question, or fails with Limit.
func (q *queries) of(peer wire.NodeID) error {
	if wait := q.peers.Take(peer); wait > 0 {
		limited.Inc(1)
		return &limits.Exceeded{Detail: "too many questions of one key server", RetryAfter: wait}
	}
	return nil
}
