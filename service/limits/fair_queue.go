package limits

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

const (
	// MaxWait is how long a request of a client waits for its turn at most. Who would have
	// to wait longer, as things go, is told so at once.
	MaxWait = 20 * time.Second

	// MaxHeld is how much memory the requests of clients that wait may take, in each queue.
	MaxHeld = 64 << 20

	// heldByOne is what one of them takes at least: a goroutine, a connection's buffers and
	// what was parsed of it.
	heldByOne = 16 << 10
)

// FairQueue lets a bounded number of jobs run at once. When all places are taken the owners
// who wait get the next free one by turns, whatever the number of jobs each has waiting:
// so one who comes rarely waits for no more than one round.
//
// How many may wait is no number: as many as will have their turn in time, at the pace of
// the last jobs (but for TakeUnforeseen), and as there is memory for.
type FairQueue[K comparable] struct {
	memory int // bytes that jobs may hold while they wait; half of them of one owner

	mu     sync.Mutex
	free   int // places
	each   int // places that one owner may have at once
	owners map[K]*owner
	queue  []K           // owners with jobs waiting and less than each running, in turn; each once
	total  int           // jobs waiting
	held   int           // bytes that these hold
	places int           // free and taken
	pace   time.Duration // how long a job takes, as the last ones did; 0 while nobody knows
}

// owner is whoever has jobs running or waiting.
type owner struct {
	running int
	waiting []waiter // in order of arrival
	held    int      // bytes that these hold
	queued  bool     // is in FairQueue.queue
}

// waiter is a job that waits.
type waiter struct {
	ready chan struct{} // closed when it may run
	holds int
}

// NewFairQueue makes places for that many jobs, of which one owner may have each; 0 is no
// limit for either. Those who wait may hold that many bytes of memory.
func NewFairQueue[K comparable](places, each uint64, memory int) *FairQueue[K] {
	t := &FairQueue[K]{memory: memory, free: int(places), each: int(each), owners: make(map[K]*owner)}
	if places == 0 {
		t.free = 1 << 30
	}
	t.places = t.free
	if each == 0 || each > places {
		t.each = t.places
	}
	return t
}

// Take is TakeHolding for a job that holds little while it waits.
func (t *FairQueue[K]) Take(ctx context.Context, who K, wait time.Duration) (release func(), err error) {
	return t.TakeHolding(ctx, who, wait, 0)
}

// TakeHolding waits for a place, with that many bytes in hand. It fails with *Exceeded when
// wait is over, at once when the turn would come later than that or those who wait hold
// too much, and with the cause of ctx. Otherwise release gives the place back; once.
func (t *FairQueue[K]) TakeHolding(ctx context.Context, who K, wait time.Duration, bytes int) (release func(), err error) {
	return t.take(ctx, who, wait, wait, bytes)
}

// TakeUnforeseen is Take that refuses nobody because of when the turn would come. Where many quick
// jobs wait for few places, the pace of the last ones foretells little: one moment in which the
// machine did something else makes it a hundred times longer than that of the next ones. It is for
// jobs whose number is bounded elsewhere.
func (t *FairQueue[K]) TakeUnforeseen(ctx context.Context, who K, wait time.Duration) (release func(), err error) {
	return t.take(ctx, who, wait, math.MaxInt64, 0)
}

// take refuses at once whose turn would come later than latest.
func (t *FairQueue[K]) take(ctx context.Context, who K, wait, latest time.Duration, bytes int) (release func(), err error) {
	ready, err := t.enter(who, latest, bytes+heldByOne)
	if err != nil {
		return nil, err
	}
	if ready == nil {
		return t.started(who), nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ready:
		return t.started(who), nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
		err = &Exceeded{Detail: "no turn came within " + wait.String(), RetryAfter: time.Second}
	}
	t.leave(who, ready)
	return nil, err
}

// started is how a job that begins now gives its place back.
func (t *FairQueue[K]) started(who K) (release func()) {
	start := time.Now()
	return func() { t.release(who, time.Since(start)) }
}

// enter takes a place, or a position among those who wait.
func (t *FairQueue[K]) enter(who K, latest time.Duration, bytes int) (ready chan struct{}, err error) {
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
	if err := t.mayWait(who, o, latest, bytes); err != nil {
		t.forget(who, o)
		return nil, err
	}
	ready = make(chan struct{})
	o.waiting = append(o.waiting, waiter{ready, bytes})
	o.held += bytes
	t.held += bytes
	t.total++
	t.stand(who, o)
	return ready, nil
}

func (t *FairQueue[K]) mayWait(who K, o *owner, latest time.Duration, bytes int) error {
	if t.held+bytes > t.memory || o.held+bytes > t.memory/2 {
		return &Exceeded{Detail: "requests that wait hold too much memory", RetryAfter: time.Second}
	}
	if due := t.due(who, o); due > latest {
		return &Exceeded{
			Detail:     fmt.Sprintf("this turn would come in %v, and a request waits at most %v", due.Round(time.Second), latest),
			RetryAfter: max(due-latest, time.Second),
		}
	}
	return nil
}

// learn takes a job's time into the pace.
func (t *FairQueue[K]) learn(took time.Duration) {
	if t.pace == 0 {
		t.pace = took
	}
	t.pace = (7*t.pace + took) / 8
}

// due is when a new job of an owner would have its turn, at the pace of the last ones. One
// that is the next is always let wait.
func (t *FairQueue[K]) due(who K, o *owner) time.Duration {
	if t.pace == 0 {
		return 0
	}
	own, ahead := len(o.waiting), len(o.waiting)
	for _, k := range t.queue { // of each other owner, as many as rounds go by
		if k != who {
			ahead += min(len(t.owners[k].waiting), own+1)
		}
	}
	return max(t.pace*time.Duration(ahead)/time.Duration(t.places), t.pace*time.Duration(own)/time.Duration(t.each))
}

// leave ends waiting. A place that was given meanwhile goes back.
func (t *FairQueue[K]) leave(who K, ready chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.owners[who]
	if o != nil {
		if i := slices.IndexFunc(o.waiting, func(w waiter) bool { return w.ready == ready }); i >= 0 {
			t.remove(o, i)
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

// remove takes a job from those who wait.
func (t *FairQueue[K]) remove(o *owner, i int) {
	o.held -= o.waiting[i].holds
	t.held -= o.waiting[i].holds
	o.waiting = slices.Delete(o.waiting, i, i+1)
	t.total--
}

func (t *FairQueue[K]) release(who K, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.learn(took)
	t.releaseLocked(who)
}

func (t *FairQueue[K]) releaseLocked(who K) {
	o := t.owners[who]
	o.running--
	t.free++
	t.stand(who, o)
	t.forget(who, o)
	t.grant()
}

// grant gives the free places to whose turn it is.
func (t *FairQueue[K]) grant() {
	for t.free > 0 && len(t.queue) > 0 {
		who := t.queue[0]
		t.queue = slices.Delete(t.queue, 0, 1)
		o := t.owners[who]
		o.queued = false
		close(o.waiting[0].ready)
		t.remove(o, 0)
		t.free--
		o.running++
		t.stand(who, o)
	}
}

// stand puts an owner at the end of the queue if it has something to wait for there.
func (t *FairQueue[K]) stand(who K, o *owner) {
	if !o.queued && len(o.waiting) > 0 && o.running < t.each {
		o.queued = true
		t.queue = append(t.queue, who)
	}
}

func (t *FairQueue[K]) forget(who K, o *owner) {
	if o.running == 0 && len(o.waiting) == 0 && !o.queued {
		delete(t.owners, who)
	}
}

// Running is how many jobs have a place.
func (t *FairQueue[K]) Running() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.places - t.free
}

// Waiting is how many jobs wait.
func (t *FairQueue[K]) Waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}
