package chain

import (
	"sync"
	"time"
)

// history remembers when each number was last seen to be the final head's. It holds
// about as many spans as blocks become final in historyLimit.
type history struct {
	mu    sync.Mutex
	spans []span // ascending in number and in time; the last one is the present
}

// span is the time during which the final head was seen to have this number.
type span struct {
	number uint64
	last   time.Time
}

// saw records a look at the final head.
func (h *history) saw(number uint64, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	// Finality never goes back, except when an operator rewinds the chain. Looks from
	// several goroutines may come in slightly out of order; both forget the larger
	// numbers, which only makes recent stricter for a moment.
	for len(h.spans) > 0 && h.spans[len(h.spans)-1].number > number {
		h.spans = h.spans[:len(h.spans)-1]
	}
	if n := len(h.spans); n > 0 && h.spans[n-1].number == number {
		h.spans[n-1].last = later(h.spans[n-1].last, now)
	} else {
		h.spans = append(h.spans, span{number, now})
	}
	h.forget(now.Add(-historyLimit))
}

// forget drops what lies before, but never the present.
func (h *history) forget(before time.Time) {
	old := 0
	for old < len(h.spans)-1 && h.spans[old].last.Before(before) {
		old++
	}
	if old > 0 {
		h.spans = append(h.spans[:0], h.spans[old:]...)
	}
}

// recent tells whether the final head was seen at or below number at or after since.
func (h *history) recent(number uint64, since time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.spans) - 1; i >= 0; i-- {
		if h.spans[i].number <= number {
			return !h.spans[i].last.Before(since)
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
