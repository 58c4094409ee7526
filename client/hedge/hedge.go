// Package hedge asks one of several servers that can all do the same, and does not wait long for one that hangs: a server that
// was stopped takes a connection and never answers.
package hedge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Way is how servers are asked.
type Way struct {
	// Limit bounds one attempt at one server, Longer one in later rounds: a slow line is not a hanging server. Longer may be
	// 0, for Limit.
	Limit, Longer time.Duration
	// Rounds is how often all servers are tried, Pause how long between rounds.
	Rounds int
	Pause  time.Duration

	// After is how long a server may take before something is done about it; 0: nothing ever is. Without Alive the next one
	// is asked as well, and the first answer counts: that is for questions, which may be asked twice.
	After time.Duration
	// Alive, if not nil, asks a server that takes long whether it is there at all, within AliveLimit. If not, it is given up
	// for the next: no two servers are asked at once.
	Alive      func(ctx context.Context, i int) error
	AliveLimit time.Duration

	// Again tells whether another server may do better after an error. It need not know *Hung.
	Again func(error) bool
	// Name is a server's name, for errors.
	Name func(i int) string
	// Failed, if not nil, is told why a server was given up.
	Failed func(error)
	// Late, if not nil, is told every After which server is waited for, and for how long by then.
	Late func(i int, waited time.Duration)
}

// Hung is a server that gave no answer in time. What it has done is unknown.
type Hung struct {
	Waited time.Duration
	cause  error // why it was not waited for longer; nil: its time was over
}

func (e *Hung) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("it hangs: no answer for %v", e.Waited)
	}
	return fmt.Sprintf("no answer within %v", e.Waited)
}

// Unwrap is context.DeadlineExceeded, whatever the deadline was.
func (e *Hung) Unwrap() error { return context.DeadlineExceeded }

// asking is one question to a ring of servers.
type asking[T any] struct {
	ring    *Ring
	way     *Way
	send    func(ctx context.Context, i int) (T, error)
	order   []int
	next    int   // attempts begun
	open    []int // servers that are being asked
	begun   time.Time
	results chan result[T]
	running sync.WaitGroup
	failed  []error // of this round
}

type result[T any] struct {
	server int
	value  T
	err    error
}

// Ask asks servers until take accepts what one has answered, or one refuses for good. send may run in several goroutines at
// once, take runs in the caller's. When Ask returns, nothing of it runs.
func Ask[T any](ctx context.Context, ring *Ring, way *Way, send func(ctx context.Context, i int) (T, error), take func(T) error) error {
	a := &asking[T]{ring: ring, way: way, send: send, order: ring.order()}
	a.results = make(chan result[T], a.total()) // nobody waits to be heard
	ctx, cancel := context.WithCancel(ctx)
	defer a.running.Wait()
	defer cancel()
	return a.run(ctx, take)
}

func (a *asking[T]) total() int { return max(a.way.Rounds, 1) * len(a.order) }

// roundOver tells whether every server was asked in this round.
func (a *asking[T]) roundOver() bool { return a.next%len(a.order) == 0 }

func (a *asking[T]) run(ctx context.Context, take func(T) error) error {
	late := newAlarm(a.way.After)
	defer late.stop()
	a.start(ctx)
	for {
		select {
		case <-ctx.Done():
			return errors.Join(append(a.failed, ctx.Err())...)
		case <-late.C():
			a.tellLate()
			if a.way.Alive == nil && !a.roundOver() {
				a.start(ctx)
			}
			late.reset()
		case res := <-a.results:
			again, err := a.settle(res, take)
			if !again || ctx.Err() != nil {
				return err
			}
			if over, err := a.goOn(ctx); over {
				return err
			}
			late.reset()
		}
	}
}

// start asks the next server.
func (a *asking[T]) start(ctx context.Context) {
	i, limit := a.order[a.next%len(a.order)], a.way.Limit
	if a.next >= len(a.order) && a.way.Longer > 0 {
		limit = a.way.Longer
	}
	a.next++
	a.open = append(a.open, i)
	a.begun = time.Now()
	a.running.Go(func() {
		value, err := a.attempt(ctx, i, limit)
		a.results <- result[T]{i, value, err}
	})
}

// settle takes a result, and tells whether somebody else may do better.
func (a *asking[T]) settle(res result[T], take func(T) error) (again bool, err error) {
	for k, i := range a.open {
		if i == res.server {
			a.open = append(a.open[:k:k], a.open[k+1:]...)
			break
		}
	}
	if err = res.err; err == nil {
		err = take(res.value)
	}
	var hung *Hung
	switch {
	case err == nil:
		a.ring.Answered(res.server)
		return false, nil
	case errors.As(err, &hung):
		a.ring.hangs(res.server)
	case !a.way.Again(err):
		return false, &serverError{a.way.Name(res.server), err}
	}
	err = &serverError{a.way.Name(res.server), err}
	a.failed = append(a.failed, err)
	if a.way.Failed != nil {
		a.way.Failed(err)
	}
	return true, err
}

// goOn asks the next server after a failure, or in the next round, if there is one. Over: nobody is left.
func (a *asking[T]) goOn(ctx context.Context) (over bool, err error) {
	switch {
	case !a.roundOver():
		a.start(ctx)
	case len(a.open) > 0: // one of them may still answer
	case a.next >= a.total():
		return true, errors.Join(a.failed...)
	default:
		if err := sleep(ctx, a.way.Pause); err != nil {
			return true, errors.Join(append(a.failed, err)...)
		}
		a.failed = nil // the next round's errors are the news
		a.start(ctx)
	}
	return false, nil
}

// tellLate notes who takes long: all that are being asked.
func (a *asking[T]) tellLate() {
	for _, i := range a.open {
		if a.way.Alive == nil {
			a.ring.hangs(i)
		}
	}
	if a.way.Late != nil && len(a.open) > 0 {
		a.way.Late(a.open[len(a.open)-1], time.Since(a.begun))
	}
}

// attempt asks one server.
func (a *asking[T]) attempt(ctx context.Context, i int, limit time.Duration) (T, error) {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, &Hung{Waited: limit})
	defer cancel()
	if a.way.Alive != nil && a.way.After > 0 && len(a.order) > 1 {
		a.running.Go(func() { a.watch(ctx, i, giveUp) })
	}
	value, err := a.send(ctx, i)
	var hung *Hung
	if err != nil && errors.As(context.Cause(ctx), &hung) {
		err = hung
	}
	return value, err
}

// watch gives a server up that takes long and is not alive.
func (a *asking[T]) watch(ctx context.Context, i int, giveUp context.CancelCauseFunc) {
	begun := time.Now()
	for sleep(ctx, a.way.After) == nil {
		asked, cancel := context.WithTimeout(ctx, a.way.AliveLimit)
		err := a.way.Alive(asked, i)
		cancel()
		if err != nil {
			giveUp(&Hung{time.Since(begun).Round(100 * time.Millisecond), err})
			return
		}
	}
}

// alarm rings after a while, again and again; after 0 never.
type alarm struct {
	after time.Duration
	timer *time.Timer
}

func newAlarm(after time.Duration) *alarm {
	if after == 0 {
		return &alarm{}
	}
	return &alarm{after, time.NewTimer(after)}
}

// C is nil without a timer: it never rings.
func (l *alarm) C() <-chan time.Time {
	if l.timer == nil {
		return nil
	}
	return l.timer.C
}

func (l *alarm) reset() {
	if l.timer != nil {
		l.timer.Reset(l.after)
	}
}

func (l *alarm) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
