package acl

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

const (
	// cheapGas is what the contract calls of one decision may take without the key
	// being expensive. Real permission contracts take a hundredth of CallGas.
	cheapGas = CallGas / 10

	// rememberedKeys is how many expensive keys are remembered, some 150 bytes each.
	rememberedKeys = 4096
)

// lanes decide who may execute contracts now. A network's one permission contract often
// asks another one for each document, which anybody can have deployed; so the cost of a
// check is a matter of its key, and whoever hammers one key must cost the others nothing.
//
//   - Keys get free places by turns, and no key ever has more than half of them.
//   - Keys whose last check was expensive share one place beside the others, of one
//     processor at most. A key is expensive by gas, not by time: on a busy machine
//     everything is slow.
//   - Who asks about other keys waits for its turn as long as that is of use, and is
//     never refused before. Who asks about an expensive one is refused as soon as its
//     turn seems far: it holds a place of a request or of a key server meanwhile.
type lanes struct {
	cheap, expensive         *limits.FairQueue[wire.KeyID]
	cheapWait, expensiveWait time.Duration

	mu    sync.Mutex
	spend lru.BasicLRU[wire.KeyID, struct{}] // expensive keys; guarded by mu
}

func newLanes(cfg *Config) *lanes {
	return &lanes{
		cheap:         limits.NewFairQueue[wire.KeyID](uint64(cfg.Calls), uint64(cfg.Calls+1)/2, limits.MaxHeld),
		expensive:     limits.NewFairQueue[wire.KeyID](1, 1, limits.MaxHeld),
		cheapWait:     cfg.TurnWait,
		expensiveWait: cfg.CallTimeout,
		spend:         lru.NewBasicLRU[wire.KeyID, struct{}](rememberedKeys),
	}
}

// laneOf is by whom the costs of a decision are caused: of a contract account by itself,
// so that an expensive one makes no key expensive for others.
func laneOf(q session.Question) wire.KeyID {
	if q.Check == nil || q.Check.Contract == nil {
		return q.Key
	}
	return wire.KeyID(common.BytesToHash(q.Check.Contract.Account[:]))
}

// enter waits for a place. release gives it back.
func (l *lanes) enter(ctx context.Context, key wire.KeyID) (release func(), err error) {
	begun := time.Now()
	for {
		expensive := l.isExpensive(key)
		if expensive {
			release, err = l.expensive.Take(ctx, key, l.expensiveWait-time.Since(begun))
		} else {
			release, err = l.cheap.TakeUnforeseen(ctx, key, l.cheapWait-time.Since(begun))
		}
		var full *limits.Exceeded
		switch {
		case errors.As(err, &full):
			return nil, errors.New("too many contract calls are under way")
		case err != nil:
			return nil, err
		case expensive == l.isExpensive(key):
			return release, nil
		}
		release() // the key turned out to be of the other kind while this one waited
	}
}

// running is how many decisions have a place now.
func (l *lanes) running() int { return l.cheap.Running() + l.expensive.Running() }

func (l *lanes) isExpensive(key wire.KeyID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.spend.Contains(key)
}

// spent tells how much gas the last decision about a key took. One that was cut short
// does not make its key a cheap one.
func (l *lanes) spent(key wire.KeyID, gas uint64, complete bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case gas > cheapGas:
		l.spend.Add(key, struct{}{})
	case complete:
		l.spend.Remove(key)
	}
}
