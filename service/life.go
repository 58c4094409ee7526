package service

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// life is when the key server runs, and what must have ended when it does no more. It owns every goroutine of this
// package: each is begun by spawn, ends soon after ctx does, and Stop waits for it.
type life struct {
	ctx    context.Context // ends when Stop begins
	cancel context.CancelFunc

	mu      sync.RWMutex
	running bool           // guarded by mu: nothing is spawned before Start or after Stop
	begun   atomic.Bool    // has run
	wg      sync.WaitGroup // everything that must have ended when Stop returns
}

func newLife() *life {
	l := new(life)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

func (l *life) setRunning(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = on
	if on {
		l.begun.Store(true)
	}
}

func (l *life) isRunning() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.running
}

// spawn runs f beside the caller. Stop waits for it. False: not running.
func (l *life) spawn(f func()) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.running {
		l.wg.Go(f)
	}
	return l.running
}

// pause waits, and tells whether the key server still runs.
func (l *life) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-l.ctx.Done():
		return false
	}
}
