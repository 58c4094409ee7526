package limits

import (
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/lru"
)

// Credit lets each of many askers have so much made that may come to nothing: what came to something is given back, and
// the rest is forgiven with time. Unlike a Rate it keeps nobody from having much made that is used, however fast.
type Credit[K comparable] struct {
	most      float64 // what one may owe
	perMinute float64 // of which so much is forgiven

	mu     sync.Mutex
	askers lru.BasicLRU[K, *allowance] // guarded by mu
}

// neverForgiven is when there will be enough of what no time brings back.
const neverForgiven = 1000 * time.Hour

// NewCredit gives each asker credit for so much, of which perMinute comes back by itself; 0: nothing.
func NewCredit[K comparable](most, perMinute uint64) *Credit[K] {
	return &Credit[K]{most: float64(most), perMinute: float64(perMinute), askers: lru.NewBasicLRU[K, *allowance](maxTracked)}
}

// Take takes n of an asker's credit, or nothing if there is less; then it says when there will be enough, should
// nothing be given back before.
func (c *Credit[K]) Take(asker K, n int) (wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.of(asker)
	if missing := float64(n) - a.left; missing > 0 {
		return time.Duration(min(missing/c.perMinute*float64(time.Minute), float64(neverForgiven)))
	}
	a.left -= float64(n)
	return 0
}

// Return gives n of it back, and never more than was taken.
func (c *Credit[K]) Return(asker K, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.of(asker)
	a.left = min(c.most, a.left+float64(n))
}

// of is an asker's credit as of now; the caller holds mu.
func (c *Credit[K]) of(asker K) *allowance {
	now := time.Now()
	a, known := c.askers.Get(asker)
	if !known {
		a = &allowance{left: c.most, at: now}
		c.askers.Add(asker, a)
	}
	a.left = min(c.most, a.left+now.Sub(a.at).Minutes()*c.perMinute)
	a.at = now
	return a
}
