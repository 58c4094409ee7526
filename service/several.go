package service

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What is done for all keys when the key servers change, in rounds and for repairs waits for nobody, and clients do. So it
// gives way to them: as long as any of them asks, here or through another key server that this one helps, one key goes on at a
// time, with rests. It never stops altogether, for requests may never end.

const (
	// movesAtOnce is how many keys one node deals anew at the same time: so many that what all write is synced together.
	movesAtOnce = 16
	// requestsLast is how long after a request moves give way, and givesWay how many times as long as a move has taken the
	// one that still goes on then rests: so moves take a small part of the processors as long as clients ask.
	requestsLast = 500 * time.Millisecond
	givesWay     = 10
	longestRest  = time.Second
)

// several does something for keys, movesAtOnce of them at the same time, and gives way to requests. It returns when that is
// done for all, or when the service stops or another server set than that of the epoch is the newest.
func (d *driver) several(ids []wire.KeyID, epoch uint64, do func(wire.KeyID)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for worker := range min(movesAtOnce, len(ids)) {
		wg.Go(func() {
			for d.ctx.Err() == nil && d.servers.Sets().Newest().Epoch == epoch && next.Load() < int64(len(ids)) {
				if worker > 0 && d.limits.serving(requestsLast) {
					d.pause(requestsLast / 4)
					continue
				}
				i := next.Add(1) - 1
				if i >= int64(len(ids)) {
					return
				}
				begun := time.Now()
				do(ids[i])
				if d.limits.serving(requestsLast) {
					d.pause(min(givesWay*time.Since(begun), longestRest))
				}
			}
		})
	}
	wg.Wait()
}
