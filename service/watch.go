package service

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// maxWatchers bounds who watches at this node at once.
	maxWatchers = 256
	// watchBacklog is how many accesses wait for a watcher that reads slowly. Then the
	// watching ends: an author must not take a gap for silence.
	watchBacklog = 1024
	// watchMemory is how many accesses are remembered so that an author is told once of a
	// request that took several attempts.
	watchMemory = 4096
)

// watchers are authors who want to know who reads their keys.
type watchers struct {
	count atomic.Int32 // looked at by every read

	mu   sync.Mutex // guards all below; count changes under it
	all  map[*watcher]struct{}
	told *lru.BasicLRU[wire.Access, struct{}] // without their reasons
}

type watcher struct {
	keys map[wire.KeyID]bool // never changes
	out  chan wire.Access    // closed under watchers.mu
}

func newWatchers() *watchers {
	memory := lru.NewBasicLRU[wire.Access, struct{}](watchMemory)
	return &watchers{all: make(map[*watcher]struct{}), told: &memory}
}

// tell gives what a machine has decided to those who watch.
func (w *watchers) tell(m session.Machine) {
	if w.count.Load() == 0 {
		return
	}
	if d, ok := m.(session.Decider); ok {
		w.tellAll(d.Accesses())
	}
}

func (w *watchers) tellAll(accesses []wire.Access) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range accesses {
		name := a
		name.Reason = ""
		if w.told.Contains(name) {
			continue
		}
		w.told.Add(name, struct{}{})
		for each := range w.all {
			if !each.keys[a.Key] {
				continue
			}
			select {
			case each.out <- a:
			default:
				w.removeLocked(each)
			}
		}
	}
}

func (w *watchers) add(keys []wire.KeyID) (*watcher, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.all) >= maxWatchers {
		return nil, wire.Errorf(wire.Limit, "too many subscriptions at this key server")
	}
	each := &watcher{keys: make(map[wire.KeyID]bool, len(keys)), out: make(chan wire.Access, watchBacklog)}
	for _, k := range keys {
		each.keys[k] = true
	}
	w.all[each] = struct{}{}
	w.count.Add(1)
	return each, nil
}

func (w *watchers) remove(each *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removeLocked(each)
}

func (w *watchers) removeLocked(each *watcher) {
	if _, ok := w.all[each]; ok {
		delete(w.all, each)
		close(each.out)
		w.count.Add(-1)
	}
}

// WatchAccess tells the author of some keys of every decision about them in which this
// node takes part, and of a key that it could not have dealt to the key servers that
// followed its own (wire.OpMove), from now on until ctx ends. A read needs t+1 of a key's n holders, so
// who watches at n-t of them misses none. The channel is closed at the end, also when the
// reader is too slow. Errors: BadRequester, KeyNotFound, NotAuthor, Limit.
func (s *keyServer) WatchAccess(ctx context.Context, proof wire.Proof, keys []wire.KeyID) (_ <-chan wire.Access, err error) {
	defer s.elsewhere(&err)
	if len(keys) == 0 {
		return nil, wire.Errorf(wire.BadRequester, "no keys to watch")
	}
	if proof.Kind == wire.LegacyProof {
		return nil, wire.Errorf(wire.BadRequester, "watching takes a wallet's request")
	}
	env := s.env()
	for i, key := range keys {
		req, err := session.OpenRead(&env, wire.OpWatch, key, proof)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			if err := s.confirm(ctx, req, key); err != nil {
				return nil, err
			}
		}
		release, err := s.limits.enter(ctx, req.Address)
		if err != nil {
			return nil, err
		}
		_, err = s.authored(ctx, req, key)
		release()
		if err != nil {
			return nil, err
		}
	}
	w, err := s.watchers.add(keys)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { s.watchers.remove(w) })
	context.AfterFunc(s.ctx, func() { s.watchers.remove(w) })
	return w.out, nil
}
