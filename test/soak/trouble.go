package main

import (
	"sync"
	"time"
)

// trouble is what is wrong with a node, as far as its own clients notice.
type trouble uint8

const (
	well   trouble = iota
	down           // no process, or one that has not caught up yet
	frozen         // a process that is stopped: nothing answers until it goes on
	apart          // cut off from some or all others, or slow
)

func (t trouble) String() string { return [...]string{"well", "down", "frozen", "apart"}[t] }

// troubles is the history of a node's.
type troubles struct {
	lock sync.Mutex
	past []spell
}

// spell is one trouble; until is zero as long as it lasts.
type spell struct {
	what        trouble
	from, until time.Time
}

func (s *spell) overlaps(from, until time.Time) bool {
	return s.from.Before(until) && (s.until.IsZero() || s.until.After(from))
}

// begin notes that something is wrong, or wrong in another way.
func (t *troubles) begin(what trouble) {
	t.end()
	t.lock.Lock()
	defer t.lock.Unlock()
	t.past = append(t.past, spell{what: what, from: time.Now()})
}

// end notes that the node is well again.
func (t *troubles) end() {
	t.lock.Lock()
	defer t.lock.Unlock()
	if n := len(t.past); n > 0 && t.past[n-1].until.IsZero() {
		t.past[n-1].until = time.Now()
	}
}

// now is what is wrong at the moment.
func (t *troubles) now() trouble {
	t.lock.Lock()
	defer t.lock.Unlock()
	if n := len(t.past); n > 0 && t.past[n-1].until.IsZero() {
		return t.past[n-1].what
	}
	return well
}

// during tells whether that was wrong at any time since; well stands for anything at all.
func (t *troubles) during(what trouble, from, until time.Time) bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	for i := range t.past {
		if s := &t.past[i]; (what == well || s.what == what) && s.overlaps(from, until) {
			return true
		}
	}
	return false
}

// frozenFor is how much of a time the process was stopped: nobody can answer then.
func (t *troubles) frozenFor(from, until time.Time) (sum time.Duration) {
	t.lock.Lock()
	defer t.lock.Unlock()
	for i := range t.past {
		s := t.past[i]
		if s.what != frozen || !s.overlaps(from, until) {
			continue
		}
		if s.from.Before(from) {
			s.from = from
		}
		if s.until.IsZero() || s.until.After(until) {
			s.until = until
		}
		sum += s.until.Sub(s.from)
	}
	return sum
}
