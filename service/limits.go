package service

import (
	"context"
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// limiter keeps one client, one requester and one key server from taking what the others
// need. What each limit is for is written in limits.Table.
type limiter struct {
	requests         *limits.Rate[common.Address]
	generations      *limits.Rate[common.Address]
	peerGenerations  *limits.Rate[wire.NodeID]
	places           *limits.FairQueue[limits.Client] // of requests under way
	generationPlaces *limits.FairQueue[limits.Client] // of these, of generations
	steps            *limits.FairQueue[wire.NodeID]   // of machines being stepped; the zero id for our own clients'
	dealings         *limits.FairQueue[wire.NodeID]   // likewise, of machines that deal, and of no others
	saves            *limits.FairQueue[wire.NodeID]   // of machines that write what came of a step
	asked            *limits.FairQueue[wire.NodeID]   // of questions about permission for other key servers
	credit           *limits.Credit[wire.NodeID]      // of coordinators, for items that were dealt for them and not used
	repairs          *limits.Credit[wire.NodeID]      // of members, for keys that were dealt anew because they lacked a share
	keys             int

	requested atomic.Int64 // when this node last worked for a client, its own or another key server's, in Unix nanoseconds
}

// serves notes that this node works for a client now.
func (l *limiter) serves() { l.requested.Store(time.Now().UnixNano()) }

// serving tells whether it has within that last time.
func (l *limiter) serving(last time.Duration) bool {
	return time.Since(time.Unix(0, l.requested.Load())) < last
}

// stepPlaces is how many machines may be stepped at once: some more than processors, since a step may wait for a lock.
// None may be held while the disk or the chain is waited for.
func stepPlaces() uint64 { return uint64(max(4, 2*runtime.GOMAXPROCS(0))) }

// savePlaces is how many may write at once: the disk takes many writes together.
func savePlaces() uint64 { return uint64(max(32, 8*runtime.GOMAXPROCS(0))) }

// dealingPlaces is how many machines that deal may be stepped at once: on half of the processors, so that what
// permitted requests wait for never stands behind them.
func dealingPlaces() uint64 { return uint64(max(1, runtime.GOMAXPROCS(0)/2)) }

// maxAsked is how many questions about permission are decided at once for one key server. There is no bound for all:
// most of them wait for a block, and only some for a contract.
const maxAsked = 32

// stepsHeld lets every step wait: there is one of each session, and these are bounded.
const stepsHeld = math.MaxInt

func newLimiter(cfg limits.Config) *limiter {
	return &limiter{
		requests:         limits.NewRate[common.Address](cfg.RequesterRequests),
		generations:      limits.NewRate[common.Address](cfg.RequesterGenerations),
		peerGenerations:  limits.NewRate[wire.NodeID](cfg.PeerGenerations),
		places:           limits.NewFairQueue[limits.Client](cfg.Requests, half(cfg.Requests), limits.MaxHeld),
		generationPlaces: limits.NewFairQueue[limits.Client](cfg.Generations, half(cfg.Generations), limits.MaxHeld),
		steps:            limits.NewFairQueue[wire.NodeID](stepPlaces(), stepPlaces()/2, stepsHeld),
		dealings:         limits.NewFairQueue[wire.NodeID](dealingPlaces(), 1, stepsHeld),
		saves:            limits.NewFairQueue[wire.NodeID](savePlaces(), savePlaces()/4, stepsHeld),
		asked:            limits.NewFairQueue[wire.NodeID](math.MaxInt32, maxAsked, stepsHeld),
		credit:           limits.NewCredit[wire.NodeID](maxCredit, creditAMinute),
		repairs:          limits.NewCredit[wire.NodeID](maxRepairs, repairsAMinute),
		keys:             int(cfg.Keys),
	}
}

// half is what one of many may take: then the others find places free at once.
func half(n uint64) uint64 { return (n + 1) / 2 }

// enter lets a request of a client in: within the requester's rate, and when it is the
// client's turn. release gives the place back, when all that the request began is over.
func (l *limiter) enter(ctx context.Context, requester common.Address) (release func(), err error) {
	return l.enterMany(ctx, requester, 1)
}

// enterMany is enter for what counts as several requests and takes one place.
func (l *limiter) enterMany(ctx context.Context, requester common.Address, n int) (release func(), err error) {
	l.serves()
	if wait := l.requests.TakeMany(requester, n); wait > 0 {
		return nil, &limits.Exceeded{Detail: "too many requests of one requester", RetryAfter: wait}
	}
	return take(ctx, l.places)
}

// enterGeneration is enter for what makes a key. Its place among generations comes
// first, so that those that wait for one take none from other requests.
func (l *limiter) enterGeneration(ctx context.Context, requester common.Address) (release func(), err error) {
	if wait := l.generations.Take(requester); wait > 0 {
		return nil, &limits.Exceeded{Detail: "too many key generations of one requester", RetryAfter: wait}
	}
	first, err := take(ctx, l.generationPlaces)
	if err != nil {
		return nil, err
	}
	second, err := l.enter(ctx, requester)
	if err != nil {
		first()
		return nil, err
	}
	return func() { second(); first() }, nil
}

func take(ctx context.Context, places *limits.FairQueue[limits.Client]) (func(), error) {
	release, err := places.Take(ctx, limits.ClientFrom(ctx), limits.MaxWait)
	if err != nil && ctx.Err() != nil {
		err = wire.Errorf(wire.Cancelled, "%v", err)
	}
	return release, err
}

// errFull is the answer to who wants one more key.
var errFull = &limits.Exceeded{Detail: "this key server holds as many keys as its operator allows"}

// roomFor tells whether this node may take part in making a key: a new one only while
// there are fewer than the limit. Attempts count, also those that were given up, since
// each of them stays on disk.
func (d *driver) roomFor(key wire.KeyID) error {
	if d.limits.keys == 0 {
		return nil
	}
	count, err := d.states.count()
	if err != nil || count < d.limits.keys {
		return err
	}
	state, err := d.states.load(key)
	if err != nil || state.Record != nil || state.Attempt != nil || len(state.Outcomes) > 0 {
		return err
	}
	limited.Inc(1)
	return errFull
}
