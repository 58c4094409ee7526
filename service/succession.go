package service

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// successionPause is between two looks at what is left to do, while something is.
	successionPause = time.Second
	// successionEvery is how often it is looked when nothing is known to be left.
	successionEvery = 30 * time.Second
	// followEvery is how often the others are asked whether another set has followed, beside at the start and when one comes.
	followEvery = 5 * time.Minute
	// settleAfter is how long an attempt at a server set may seem to be under way before this node has it settled.
	settleAfter = 15 * time.Second
)

// succession brings the key servers from one set to the next: it learns of sets, has orders decided, gathers listings,
// moves keys into the newest set, and erases what was held before. What is left to do is read from the share store: keys
// whose sharing is of an earlier set are to be moved, former sharings are to be erased. So it goes on after a restart,
// wherever it was.
type succession struct {
	*driver
	wake chan struct{} // one token: look again soon

	mu        sync.Mutex // guards all below
	deciding  *decision  // the order about which this node has the others decide; nil: none
	seen      uint64     // the epoch that the rest is about
	state     wire.ChangeState
	since     time.Time
	awaited   map[wire.NodeID]time.Time
	moves     movesInfo
	listed    bool // enough listings are in
	allMoved  bool // keys are where they belong, as far as this node knows
	notErased []wire.NodeID
	followed  time.Time
	heldSince time.Time // when an attempt was first seen that nobody seems to go on with
	dialled   []string
	moving    *mover
}

// decision is an order that is being decided at the request of this node.
type decision struct {
	order  *wire.SetOrder
	since  time.Time
	unmet  map[wire.NodeID]time.Time // members of the set that are not connected, and since when that is waited for
	cancel context.CancelFunc

	done chan struct{} // closed when it has ended
	err  error         // why no set follows by it; to be read after done
}

func newSuccession(d *driver) *succession {
	return &succession{driver: d, wake: make(chan struct{}, 1), awaited: make(map[wire.NodeID]time.Time)}
}

// again has it look soon.
func (s *succession) again() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run goes on until the service stops.
func (s *succession) run() {
	for {
		changed := s.servers.Changed()
		s.dial()
		left := s.look()
		pause := successionEvery
		if left {
			pause = successionPause
		}
		select {
		case <-changed:
		case <-s.wake:
			if !s.pause(50 * time.Millisecond) { // several nodes come at once
				return
			}
		case <-time.After(pause):
		case <-s.ctx.Done():
			return
		}
	}
}

// dial has the network keep connections to those that are needed now.
func (s *succession) dial() {
	nodes := s.servers.Dialled()
	urls := make([]string, len(nodes))
	for i, node := range nodes {
		urls[i] = node.String()
	}
	s.mu.Lock()
	same := slices.Equal(s.dialled, urls)
	s.dialled = urls
	s.mu.Unlock()
	if !same {
		s.network.SetMembers(nodes)
	}
}

// look does what can be done now, and tells whether something is left to do.
func (s *succession) look() (left bool) {
	s.follow()
	left = s.settleHeld()
	sets := s.servers.Sets()
	newest := sets.Newest()
	s.begin(newest.Epoch)
	if newest.Epoch == 0 {
		return left
	}
	member := newest.Contains(s.self.ID())
	if member && s.gather() {
		left = true
	}
	unmoved := left
	if s.moveKeys(member) {
		left, unmoved = true, true
	}
	s.mu.Lock()
	s.allMoved = !unmoved
	s.mu.Unlock()
	if !s.moving.resting() {
		left = true // what is to be erased can wait
	} else if s.eraseFormer() {
		left = true
	}
	if member && s.awaitErasures() {
		left = true
	}
	s.progress(left)
	return left
}

// begin forgets what was known of the change to an earlier set.
func (s *succession) begin(epoch uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == epoch {
		return
	}
	s.seen, s.state, s.since, s.listed, s.allMoved, s.moves, s.notErased = epoch, "", time.Time{}, false, false, movesInfo{}, nil
	s.moving = nil
}

// follow asks the others which sets have followed.
func (s *succession) follow() {
	s.mu.Lock()
	due := time.Since(s.followed) > followEvery && len(s.network.Connected()) > 0
	if due {
		s.followed = time.Now()
	}
	s.mu.Unlock()
	if !due || s.servers.first.Load().Authority.None() {
		return
	}
	m, err := handover.NewFollowing(s.env())
	if err == nil {
		err = s.run1(wire.KindFollow, m)
	}
	if err != nil {
		log.Debug("Secret store could not ask which server sets have followed", "err", err)
	}
}

// settleHeld has an attempt at a server set settled to which this node is bound and with which nobody seems to go on.
func (s *succession) settleHeld() (held bool) {
	env := s.env()
	a, err := handover.Held(&env)
	if err != nil {
		log.Warn("Secret store can't read its promises about server sets", "err", err)
		return false
	}
	s.mu.Lock()
	if a == nil || s.deciding != nil {
		s.heldSince = time.Time{}
		s.mu.Unlock()
		return a != nil
	}
	if s.heldSince.IsZero() {
		s.heldSince = time.Now()
	}
	// One after another, by rank, so that they don't get into each other's way.
	rank := slices.Index(env.Set, env.Self.ID())
	due := time.Since(s.heldSince) > settleAfter+time.Duration(rank)*2*time.Second
	if due {
		s.heldSince = time.Now()
	}
	s.mu.Unlock()
	if !due || rank < 0 {
		return true
	}
	m, err := handover.NewSettling(env, a)
	if err == nil {
		err = s.run1(wire.KindSettle, m)
	}
	if err != nil {
		log.Warn("Secret store could not settle an attempt at a server set", "epoch", a.Order.Epoch, "err", err)
	}
	return true
}

// gather has the members of the set before list their keys, until enough have.
func (s *succession) gather() (left bool) {
	env := s.env()
	ready, err := handover.Ready(&env)
	if err == nil && !ready {
		s.enter(wire.ChangeListing)
		var m *handover.Gathering
		if m, err = handover.NewGathering(env); err == nil {
			err = s.run1(wire.KindList, m)
			for node := range m.Missing() {
				s.await(node)
			}
			if err == nil {
				ready, err = handover.Ready(&env)
			}
		}
	}
	if err != nil {
		log.Debug("Secret store has not gathered enough listings", "err", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listed = ready
	return !ready
}

// enter notes how far it is.
func (s *succession) enter(state wire.ChangeState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != state {
		s.state, s.since = state, time.Now()
		s.awaited = make(map[wire.NodeID]time.Time)
		if state != "" {
			log.Info("Secret store servers change", "state", state, "epoch", s.seen)
		}
	}
}

func (s *succession) await(node wire.NodeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.awaited[node]; !known {
		s.awaited[node] = time.Now()
	}
}

// progress notes that there is nothing left to do, if that is so.
func (s *succession) progress(left bool) {
	s.mu.Lock()
	done := !left && s.state != ""
	epoch := s.seen
	s.mu.Unlock()
	if done {
		s.enter("")
		log.Info("Secret store servers have changed", "epoch", epoch)
	}
}

// propose dials the members of a set that is to be decided.
func (s *succession) propose(members []wire.NodeID, addresses map[wire.NodeID]*enode.Node) {
	s.servers.propose(members, addresses)
	s.dial()
}
