package service

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
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
	// followAtOnce is between two such questions when one node after another comes, or has another view, doubled up to followSoonest as
	// long as no set has followed.
	followAtOnce  = 250 * time.Millisecond
	followSoonest = 5 * time.Second
	// settleAfter is how long an attempt at a server set may seem to be under way before this node has it settled.
	settleAfter = 15 * time.Second
	// agreeAfter is how long after another set nodes may seem to differ that are about to follow.
	agreeAfter = 10 * time.Second
	// fewAfter is how long listings of a set that was given up are waited for before those that are in have to be enough.
	fewAfter = 15 * time.Second
)

// succession brings the key servers from one set to the next: it learns of sets, has orders decided, gathers listings,
// moves keys into the newest set, and erases what was held before. What is left to do is read from the share store: keys
// whose sharing is of an earlier set are to be moved, former sharings are to be erased. So it goes on after a restart,
// wherever it was.
type succession struct {
	*driver
	stock *stock
	lacks *lacks        // told of keys whose share this node lacks; the rounder's
	wake  chan struct{} // one token: look again soon
	// shareCheck is the operator's, told when keys have moved.
	shareCheck *shareCheck
	// began is the set 0 from which others have gone on by other settings than this node has; nil: none is known.
	began atomic.Pointer[wire.ServerSet]
	// dealt is when shares were last dealt anew, dealtNoted when that was last written, by this run of the program; nil: never.
	dealt, dealtNoted atomic.Pointer[time.Time]

	mu         sync.Mutex    // guards all below
	deciding   *decision     // the order about which this node has the others decide; nil: none
	seen       uint64        // the epoch that the rest is about
	begun      time.Time     // since when that is so, or the start
	patience   time.Duration // fewAfter
	state      wire.ChangeState
	since      time.Time
	awaited    map[wire.NodeID]time.Time
	moves      movesInfo
	listed     bool                 // enough listings are in
	allMoved   bool                 // keys are where they belong, as far as this node knows
	concluded  bool                 // everything was done for this epoch once
	reached    wire.ChangeState     // by the look that is under way: the furthest behind
	awaits     map[wire.NodeID]bool // likewise: who is awaited
	receipts   receiptsWanted       // of erasure
	erasing    erasingLook
	latestLook latestLook
	followed   time.Time
	followSoon bool          // somebody has come who may know more
	soonest    time.Duration // how long after followed that is asked; at most followSoonest
	told       bool          // since the start of the program somebody has told which sets have followed
	started    time.Time
	agreeing   time.Time // when differences that were seen before count no more; zero: they count
	outOf      uint64    // the epoch for which the log has said that this node is out, plus 1
	empty      bool      // it has said that nothing is left of its shares
	heldSince  time.Time // when an attempt was first seen that nobody seems to go on with
	dialled    []string
	moving     *mover
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

func newSuccession(d *driver, stock *stock, lacks *lacks, check *shareCheck) *succession {
	return &succession{driver: d, stock: stock, lacks: lacks, shareCheck: check, wake: make(chan struct{}, 1), awaited: make(map[wire.NodeID]time.Time),
		started: time.Now(), begun: time.Now(), patience: fewAfter}
}

// again has it look soon.
func (s *succession) again() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// came has it look soon, since another node is there now.
func (s *succession) came() {
	s.mu.Lock()
	s.followSoon, s.receipts.soon = true, true
	s.eraseSoonLocked()
	s.latestLook.pause, s.latestLook.next = 0, time.Time{}
	s.mu.Unlock()
	s.again()
}

// differing has it ask soon which sets have followed: another node has another view, and may know more. This one may have been told
// when its disk was full.
func (s *succession) differing() {
	s.mu.Lock()
	s.followSoon = true
	due := time.Since(s.followed) >= s.soonest // requests that fail for it may be many
	s.mu.Unlock()
	if due {
		s.again()
	}
}

// run goes on until the service stops.
func (s *succession) run() {
	for {
		changed := s.servers.Changed()
		s.signAddress()
		s.dial()
		left := s.look()
		pause := successionEvery
		if left {
			pause = successionPause
		} else if wait, wanted := s.receiptsIn(); wanted {
			pause = min(pause, wait)
		}
		if wait, wanted := s.followIn(); wanted {
			pause = min(pause, wait)
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
	s.mu.Lock()
	s.reached, s.awaits = "", make(map[wire.NodeID]bool)
	if !s.agreeing.IsZero() && time.Now().After(s.agreeing) {
		s.agreeing = time.Time{}
		s.differences.clear()
	}
	s.mu.Unlock()
	member := newest.Contains(s.self.ID())
	if newest.Epoch == 0 { // former shares come of rounds alone there
		s.mu.Lock()
		s.listed = true
		s.mu.Unlock()
		left = s.eraseFormer() || left
		left = s.gatherReceipts(member) || left
		s.mu.Lock()
		quiet := s.reached == "" && s.state == ""
		s.mu.Unlock()
		if !quiet {
			s.progress()
		}
		return left || !quiet
	}
	s.gatherBefore(newest.Epoch)
	if member && s.gather() {
		left = true
	}
	unmoved := left
	if s.moveKeys(member) {
		left, unmoved = true, true
		s.awaitAbsent(newest)
	}
	s.mu.Lock()
	s.allMoved = !unmoved
	s.mu.Unlock()
	if !s.moving.resting() {
		left = true // what is to be erased can wait
	} else if s.eraseFormer() {
		left = true
	}
	if s.gatherReceipts(member) {
		left = true
	}
	s.progress()
	s.sayOut(newest, member)
	s.mu.Lock()
	defer s.mu.Unlock()
	return left || s.state != ""
}

// awaitAbsent awaits the members that are not connected.
func (s *succession) awaitAbsent(set *wire.ServerSet) {
	for _, node := range s.absent(set.Members) {
		s.await(node)
	}
}

// begin forgets what was known of the change to an earlier set.
func (s *succession) begin(epoch uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == epoch {
		return
	}
	s.seen, s.state, s.since, s.listed, s.allMoved, s.moves, s.concluded = epoch, "", time.Time{}, false, false, movesInfo{}, false
	s.begun, s.soonest = time.Now(), 0
	s.awaited = make(map[wire.NodeID]time.Time)
	s.moving = nil
	s.receipts, s.erasing, s.latestLook = receiptsWanted{}, erasingLook{}, latestLook{}
	s.agreeing = time.Now().Add(agreeAfter)
}

// follow asks the others which sets have followed.
func (s *succession) follow() {
	s.mu.Lock()
	since := time.Since(s.followed)
	due := (since > followEvery || s.followSoon && since >= s.soonest) && len(s.network.Connected()) > 0
	if due {
		if since > 2*followSoonest {
			s.soonest = 0
		}
		s.soonest = min(max(2*s.soonest, followAtOnce), followSoonest)
		s.followed, s.followSoon = time.Now(), false
	}
	s.mu.Unlock()
	if !due || s.servers.first.Load().Authority.None() && !s.asksAddresses() {
		return
	}
	m, err := handover.NewFollowing(s.env())
	if err == nil {
		err = s.run1(wire.KindFollow, m)
	}
	if m != nil {
		s.began.Store(m.Other())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told = s.told || err == nil; err != nil { // a disk that is full has room a moment later
		s.followSoon = true
		log.Debug("Secret store could not follow the server sets", "err", err)
	}
}

// followIn is how long it is until the others are to be asked because somebody may know more; false: nobody may.
func (s *succession) followIn() (wait time.Duration, wanted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.soonest-time.Since(s.followed), 0), s.followSoon && len(s.network.Connected()) > 0
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
	rank := slices.Index(a.Voters(env.Sets.Newest()).Members, env.Self.ID())
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
		s.stage(wire.ChangeListing)
		var m *handover.Gathering
		if m, err = handover.NewGathering(env); err == nil {
			s.impatient(m)
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

// impatient has a set that follows one which was given up stand on the listings that can be had, after some time.
func (s *succession) impatient(m *handover.Gathering) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.begun) > s.patience {
		m.OfFew()
	}
}

// gatherBefore gathers what sets before the newest stand on of which this node was a member, if they were followed before it had:
// its own listings count only then.
func (s *succession) gatherBefore(newest uint64) {
	env := s.env()
	epochs, err := handover.Unheard(&env)
	for _, epoch := range epochs {
		if err != nil || epoch == newest {
			break
		}
		var m *handover.Gathering
		if m, err = handover.NewGatheringFor(s.env(), epoch); err == nil {
			s.impatient(m)
			err = s.run1(wire.KindList, m)
		}
	}
	if err != nil {
		log.Debug("Secret store has not gathered enough listings for a set before", "err", err)
	}
}

// relist asks again about attempts at a key that were listed, for each set that this node has been a member of, and tells
// whether all of them have come to their end.
func (s *succession) relist(id wire.KeyID) (bool, error) {
	sets := s.servers.Sets()
	for epoch := uint64(1); epoch <= sets.Newest().Epoch; epoch++ {
		if !sets.At(epoch).Contains(s.self.ID()) {
			continue
		}
		m, err := handover.NewRelisting(s.env(), id, epoch)
		if err == nil {
			err = s.driver.run(s.ctx, wire.KindList, id, m)
		}
		if err != nil {
			return false, err
		}
	}
	env := s.env()
	open, err := handover.Listed(&env, id)
	return err == nil && len(open) == 0, err
}

// stages are the states after the decision, in their order.
var stages = []wire.ChangeState{wire.ChangeListing, wire.ChangeMoving, wire.ChangeErasing}

// stage notes that the look which is under way has found something to do. A change is shown to be where it is furthest
// behind; and it goes forward only, whatever turns up late. So it does not flap while listings come in and keys move already.
func (s *succession) stage(state wire.ChangeState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reached == "" || slices.Index(stages, state) < slices.Index(stages, s.reached) {
		s.reached = state
	}
	if slices.Index(stages, s.reached) > slices.Index(stages, s.state) { // -1: nothing was under way
		s.enterLocked(s.reached)
	}
}

// enterLocked notes how far it is.
func (s *succession) enterLocked(state wire.ChangeState) {
	s.state, s.since = state, time.Now()
	if state == "" || state == wire.ChangeErasing {
		s.shareCheck.again() // what it found is about the holders of before
	}
	if state == "" {
		s.concluded = true
		log.Info("Secret store servers have changed", "epoch", s.seen, "keys", s.moves.keys, "thin", s.moves.thin, "unerased", s.receipts.total())
		return
	}
	log.Info("Secret store servers change", "state", state, "epoch", s.seen)
}

// await notes that without a node it can't go on.
func (s *succession) await(node wire.NodeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awaits[node] = true
	if _, known := s.awaited[node]; !known {
		s.awaited[node] = time.Now()
	}
}

// progress notes how far a look has come: that there is nothing left to do, and who is not awaited any more.
func (s *succession) progress() {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.awaited, func(node wire.NodeID, _ time.Time) bool { return !s.awaits[node] })
	switch {
	case s.reached == "" && (s.state != "" || !s.concluded):
		s.enterLocked("")
	case slices.Index(stages, s.reached) > slices.Index(stages, s.state):
		s.enterLocked(s.reached)
	}
}

// propose dials the members of a set that is to be decided.
func (s *succession) propose(members []wire.NodeID, addresses map[wire.NodeID]*enode.Node) {
	s.servers.propose(members, addresses)
	s.dial()
}
