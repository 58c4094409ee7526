package limits

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// MaxWait is how long a request of a client waits for its turn at most, and
	// MaxWaiting how many may wait.
	MaxWait    = 20 * time.Second
	MaxWaiting = 2048
)

// Turns lets a bounded number of jobs run at once. When all places are taken the owners
// who wait get the next free one by turns, whatever the number of jobs each has waiting:
// so one who comes rarely waits for no more than one round.
type Turns[K comparable] struct {
	waiting int // jobs that may wait; half of them of one owner, so that others can

	mu     sync.Mutex
	free   int // places
	each   int // places that one owner may have at once
	owners map[K]*owner
	queue  []K // owners with jobs waiting and less than each running, in turn; each once
	total  int // jobs waiting
	places int // free and taken
}

// owner is whoever has jobs running or waiting.
type owner struct {
	running int
	waiting []chan struct{} // in order of arrival; closed when the job may run
	queued  bool            // is in Turns.queue
}

// NewTurns makes places for that many jobs, of which one owner may have each; 0 is no
// limit for either. waiting more may wait.
func NewTurns[K comparable](places, each, waiting uint64) *Turns[K] {
	t := &Turns[K]{waiting: int(waiting), free: int(places), each: int(each), owners: make(map[K]*owner)}
	if places == 0 {
		t.free = 1 << 30
	}
	t.places = t.free
	if each == 0 || each > places {
		t.each = t.places
	}
	return t
}

// Take waits for a place. It fails with *Exceeded when too many wait already or wait is
// over, and with the cause of ctx. Otherwise release gives the place back; once.
func (t *Turns[K]) Take(ctx context.Context, who K, wait time.Duration) (release func(), err error) {
	release = func() { t.release(who) }
	ready, err := t.enter(who)
	if err != nil || ready == nil {
		return release, err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ready:
		return release, nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
		err = &Exceeded{Detail: "no turn came within " + wait.String(), RetryAfter: time.Second}
	}
	t.leave(who, ready)
	return nil, err
}

// enter takes a place, or a position among those who wait.
func (t *Turns[K]) enter(who K) (ready chan struct{}, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.owners[who]
	if o == nil {
		o = new(owner)
		t.owners[who] = o
	}
	// Nobody in the queue can run when there is a free place: no need to stand in line.
	if t.free > 0 && o.running < t.each {
		t.free--
		o.running++
		return nil, nil
	}
	if t.total >= t.waiting || len(o.waiting) >= (t.waiting+1)/2 {
		t.forget(who, o)
		return nil, &Exceeded{Detail: "too many requests are waiting", RetryAfter: time.Second}
	}
	ready = make(chan struct{})
	o.waiting = append(o.waiting, ready)
	t.total++
	t.stand(who, o)
	return ready, nil
}

// leave ends waiting. A place that was given meanwhile goes back.
func (t *Turns[K]) leave(who K, ready chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.owners[who]
	if o != nil {
		if i := slices.Index(o.waiting, ready); i >= 0 {
			o.waiting = slices.Delete(o.waiting, i, i+1)
			t.total--
			if len(o.waiting) == 0 && o.queued {
				t.queue = slices.DeleteFunc(t.queue, func(k K) bool { return k == who })
				o.queued = false
			}
			t.forget(who, o)
			return
		}
	}
	t.releaseLocked(who)
}

func (t *Turns[K]) release(who K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.releaseLocked(who)
}

func (t *Turns[K]) releaseLocked(who K) {
	o := t.owners[who]
	o.running--
	t.free++
	t.stand(who, o)
	t.forget(who, o)
	t.grant()
}

// grant gives the free places to whose turn it is.
func (t *Turns[K]) grant() {
	for t.free > 0 && len(t.queue) > 0 {
		who := t.queue[0]
		t.queue = slices.Delete(t.queue, 0, 1)
		o := t.owners[who]
		o.queued = false
		close(o.waiting[0])
		o.waiting = slices.Delete(o.waiting, 0, 1)
		t.total--
		t.free--
		o.running++
		t.stand(who, o)
	}
}

// stand puts an owner at the end of the queue if it has something to wait for there.
func (t *Turns[K]) stand(who K, o *owner) {
	if !o.queued && len(o.waiting) > 0 && o.running < t.each {
		o.queued = true
		t.queue = append(t.queue, who)
	}
}

func (t *Turns[K]) forget(who K, o *owner) {
	if o.running == 0 && len(o.waiting) == 0 && !o.queued {
		delete(t.owners, who)
	}
}

// Running is how many jobs have a place.
func (t *Turns[K]) Running() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.places - t.free
}

// Waiting is how many jobs wait.
func (t *Turns[K]) Waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}
