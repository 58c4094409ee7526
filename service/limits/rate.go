package limits

import (
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/lru"
)

// maxTracked bounds the askers a Rate remembers, about 150 bytes each. One who uses many
// names pushes others out, who then begin with a full allowance; never the other way
// round, and never more memory.
const maxTracked = 1 << 14

// Rate allows each of many askers so many events a minute: all of them at once if it
// was quiet before, then one for each that its share of a minute has passed.
type Rate[K comparable] struct {
	perMinute float64 // 0: no limit

	mu     sync.Mutex
	askers lru.BasicLRU[K, *allowance] // guarded by mu
}

// allowance is a token bucket.
type allowance struct {
	left float64   // below 0 after many at once
	at   time.Time // when left was right
}

// NewRate allows perMinute events a minute to each asker; 0 is no limit.
func NewRate[K comparable](perMinute uint64) *Rate[K] {
	return &Rate[K]{perMinute: float64(perMinute), askers: lru.NewBasicLRU[K, *allowance](maxTracked)}
}

// Take counts an event. If it is one too many it does not count, and Take says when the
// next is due; otherwise 0.
func (r *Rate[K]) Take(asker K) (wait time.Duration) { return r.TakeMany(asker, 1) }

// TakeMany counts n events that come as one. They are let through where one would be, so
// that a small allowance keeps nobody from asking for many; those after them wait for it.
func (r *Rate[K]) TakeMany(asker K, n int) (wait time.Duration) {
	if r.perMinute == 0 {
		return 0
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	a, known := r.askers.Get(asker)
	if !known {
		a = &allowance{left: r.perMinute, at: now}
		r.askers.Add(asker, a)
	}
	a.left = min(r.perMinute, a.left+now.Sub(a.at).Minutes()*r.perMinute)
	a.at = now
	if a.left < 1 {
		return time.Duration((1 - a.left) / r.perMinute * float64(time.Minute))
	}
	a.left -= float64(n)
	return 0
}

// tracked is how many askers are remembered.
func (r *Rate[K]) tracked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.askers.Len()
}
