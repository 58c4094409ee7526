package service

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// takeOverAfter is how long the member whose turn it is with a key may make no progress with any before the next one
	// takes its keys over.
	takeOverAfter = 15 * time.Second
	// assembleWait is how long members that are not connected are waited for before keys move without them, counted from when they
	// were lost, and assembledAfter how long it takes until those that this node sees are connected with each other as well.
	assembleWait   = 15 * time.Second
	assembledAfter = time.Second
	// moveBackoff is the pause after a key could not be moved, doubled each time up to maxMoveBackoff.
	moveBackoff    = 2 * time.Second
	maxMoveBackoff = time.Minute
	// restingAfter is how long no key has moved when others may be erased meanwhile.
	restingAfter = 5 * time.Second
	// triesTold is after how many tries the author of a key that can't be moved is told: the first ones may meet a node that
	// is just starting.
	triesTold = 3
)

// unsureLooks is how many ids that may come to nothing are looked at each time.
const unsureLooks = 64

// movesInfo counts what is to be moved.
type movesInfo struct {
	keys, moved, thin int
	failures          map[wire.KeyID]string
}

// mover is the work of moving all keys into one set. What is to be moved is found in the share store once; from then on
// the mover is told of what is written there.
type mover struct {
	epoch   uint64
	set     *wire.ServerSet
	scanned bool      // only the loop of succession uses these five
	whole   time.Time // since when all members are connected but those that are not waited for; zero: they are not
	begun   time.Time
	ahead   func() bool // whether enough is dealt ahead for signatures with the keys; nil: that is not begun
	through bool        // all were found to have moved once

	mu      sync.Mutex // guards all below
	pending map[wire.KeyID]*pendingMove
	fresh   []wire.KeyID              // that are to be looked at: they were listed meanwhile
	last    map[wire.NodeID]time.Time // when a key was last seen to have moved whose turn was this member's
	moved   time.Time                 // when the last one has
	total   int
	busy    bool // keys are being moved by this node
}

// pendingMove is a key that is to be moved. There may be many.
type pendingMove struct {
	owners []uint8 // the members in the order of their turns, by their place in the set
	open   bool    // there may be nothing to move: the key was only listed, or an attempt at it was cut off
	tries  int
	next   time.Time
	why    string
}

// setEpoch is the epoch of the set that holds a sharing.
func setEpoch(s *wire.Setup) uint64 {
	if s.Set == nil {
		return 0
	}
	return s.Set.Epoch
}

func newMover(set *wire.ServerSet) *mover {
	m := &mover{epoch: set.Epoch, set: set, pending: make(map[wire.KeyID]*pendingMove), last: make(map[wire.NodeID]time.Time), begun: time.Now()}
	for _, node := range set.Members {
		m.last[node] = m.begun
	}
	return m
}

// slot is where keys go.
func (m *mover) slot() wire.Slot { return wire.Slot{Epoch: m.epoch} }

// there tells whether a sharing is where the keys are to be.
func (m *mover) there(r *wire.KeyRecord) bool {
	return r != nil && r.Confirmed() && setEpoch(&r.Setup) >= m.epoch
}

// note takes in what this node has of a key; nil: it was only listed. It tells whether the key has come to the set now, of which
// its author was told that it could not.
func (m *mover) note(id wire.KeyID, r *wire.KeyRecord) (late bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pending[id]
	switch {
	case m.there(r) && p != nil:
		m.moved = time.Now()
		m.last[m.set.Members[p.owners[0]]] = m.moved
		delete(m.pending, id)
		return p.tries >= triesTold
	case m.there(r):
	case p == nil && r != nil && setEpoch(&r.Setup) >= m.epoch: // being made: not to be moved, and no progress of those that are
	case p != nil:
		p.open = r == nil
	default:
		m.pending[id] = &pendingMove{owners: turns(id, m.set, r), open: r == nil}
		m.total++
	}
	return false
}

// left is how many keys are still to be moved.
func (m *mover) left() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.pending)
}

// size is how many keys were to be moved, those that have included.
func (m *mover) size() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}

// resting tells whether no keys are moving now: all have moved, or what is left can't.
func (m *mover) resting() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.pending) == 0 || !m.busy && time.Since(m.moved) > restingAfter
}

// saved is told of what was written to the share store. It finds keys that have moved, and such as are to be moved and were
// not known of before.
func (s *succession) saved(recs []wire.Record) {
	if dealsAnew(recs) {
		s.noteDealt(time.Now())
	}
	s.mu.Lock()
	m := s.moving
	if slices.ContainsFunc(recs, func(r wire.Record) bool { return r.Kind == wire.RecordKey || r.Kind == wire.RecordFormer }) {
		s.eraseSoonLocked()
	}
	s.mu.Unlock()
	if m == nil {
		return
	}
	for i := range recs {
		switch r := &recs[i]; {
		case r.Op != wire.Put && r.Op != wire.Create:
		case r.Kind == wire.RecordListed && m.set.Contains(s.self.ID()):
			m.mu.Lock()
			m.fresh = append(m.fresh, r.Key)
			m.mu.Unlock()
			s.again()
		case r.Kind == wire.RecordKey:
			record := new(wire.KeyRecord)
			if err := rlp.DecodeBytes(r.Value, record); err != nil {
				log.Error("Secret store can't read a record of its own", "key", r.Key, "err", err)
				continue
			}
			s.note(m, r.Key, record)
			if !m.there(record) {
				s.again()
			}
		}
	}
}

// moveKeys has the keys of earlier sets moved whose turn is this node's, and tells whether any is left.
func (s *succession) moveKeys(member bool) (left bool) {
	newest := s.servers.Sets().Newest()
	s.mu.Lock()
	m := s.moving
	if m == nil || m.epoch != newest.Epoch {
		m = newMover(newest)
		s.moving = m
	}
	s.mu.Unlock()
	if err := s.scan(m, member); err != nil {
		log.Warn("Secret store could not look through its keys", "err", err)
		return true
	}
	defer s.count(m)
	if m.left() == 0 {
		if !m.through {
			m.through = true
			s.stock.past(m.slot())
		}
		return false
	}
	s.stage(stageOf(member))
	if member && m.ahead == nil {
		m.ahead = s.stock.ahead(m.slot(), newest.Members, newest.Floor)
	}
	switch {
	case !s.assembled(m, newest):
	case member && !m.ahead() && time.Since(m.begun) < assembledAfter+aheadWait:
	case member:
		s.startMoving(m)
		if m.resting() { // nothing moves: it may have, long ago, while this node was down
			s.askOnce(m)
		}
	default:
		s.catchUp(m)
	}
	return true
}

// assembled tells whether all members are connected, or were waited for: who is away when a key moves gets no share of it.
func (s *succession) assembled(m *mover, newest *wire.ServerSet) bool {
	return assembledIn(&m.whole, m.begun, s.expected(s.absent(newest.Members), assembleWait))
}

// assembledIn tells whether that is done: nobody is waited for, for so long that the others have found each other, too; or it was
// waited long enough. whole is since when nobody is, and is kept up to date.
func assembledIn(whole *time.Time, begun time.Time, waiting bool) bool {
	switch {
	case waiting:
		*whole = time.Time{}
	case whole.IsZero():
		*whole = time.Now()
	}
	return !waiting && time.Since(*whole) >= assembledAfter || time.Since(begun) >= assembleWait
}

// scan finds what is to be moved: at first in the whole store, then among what was listed since, and what is still to be
// settled.
func (s *succession) scan(m *mover, member bool) error {
	if m.scanned {
		for _, id := range m.unsure(unsureLooks) {
			if err := s.lookAt(m, id); err != nil {
				return err
			}
		}
		return nil
	}
	kinds := []wire.RecordKind{wire.RecordKey, wire.RecordOutcome}
	if member {
		kinds = append(kinds, wire.RecordListed)
	}
	for _, kind := range kinds {
		var after wire.KeyID
		for {
			ids, err := s.states.keysOf(kind, after, 256)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := s.lookAt(m, id); err != nil {
					return err
				}
			}
			if len(ids) < 256 || s.ctx.Err() != nil {
				break
			}
			after = ids[len(ids)-1]
		}
	}
	m.scanned = true
	return s.ctx.Err()
}

// lookAt takes in what this node has of an id now.
func (s *succession) lookAt(m *mover, id wire.KeyID) error {
	state, err := s.states.read(id)
	if err != nil {
		return err
	}
	switch arrived, err := s.arrived(id, state, m.epoch); {
	case err != nil:
		return err
	case arrived && !m.there(state.Record): // attempts that came to nothing
		m.drop(id)
	default:
		s.note(m, id, state.Record)
	}
	return nil
}

// note takes in what this node has of a key, and tells its author if it was said before that it could not be moved.
func (s *succession) note(m *mover, id wire.KeyID, r *wire.KeyRecord) {
	if m.note(id, r) {
		s.tellMove(id, true, "")
	}
}

// unsure are the ids that are to be looked at: all that were listed since, and some of those that may come to nothing.
func (m *mover) unsure(most int) (ids []wire.KeyID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids, m.fresh = m.fresh, nil
	for id, p := range m.pending {
		if most == 0 {
			break
		}
		if p.open {
			ids = append(ids, id)
			most--
		}
	}
	return ids
}

// arrived tells whether nothing is left to do about an id: its key is in the newest set, or no attempt at it of an earlier set
// may come to something that this node is bound to, or was told of.
func (s *succession) arrived(id wire.KeyID, state *session.State, epoch uint64) (bool, error) {
	switch r := state.Record; {
	case r != nil:
		return setEpoch(&r.Setup) >= epoch, nil
	case state.Attempt != nil:
		return setEpoch(&state.Attempt.Setup) >= epoch, nil
	}
	env := s.env()
	open, err := handover.Listed(&env, id)
	return len(open) == 0, err
}

// turns is the order in which members have a key moved, by their place in the set: those that hold a share of it before the
// others, and else by a hash, so that each has about as many keys.
func turns(id wire.KeyID, set *wire.ServerSet, record *wire.KeyRecord) []uint8 {
	ranks := make([][]byte, len(set.Members))
	owners := make([]uint8, len(set.Members))
	for i, node := range set.Members {
		h := sha256.New()
		h.Write(id[:])
		h.Write(binary.BigEndian.AppendUint64(nil, set.Epoch))
		h.Write(node[:])
		holds := byte(1)
		if record != nil && record.Setup.Index(node) != 0 {
			holds = 0
		}
		ranks[i], owners[i] = h.Sum([]byte{holds}), uint8(i)
	}
	slices.SortFunc(owners, func(a, b uint8) int { return bytes.Compare(ranks[a], ranks[b]) })
	return owners
}

// mine tells whether it is this node's turn with a key: all before it have made no progress for a while. The caller holds
// the mover's lock.
func (s *succession) mine(m *mover, p *pendingMove) bool {
	for i, owner := range p.owners {
		node := m.set.Members[owner]
		if node == s.self.ID() {
			return true
		}
		if time.Since(m.last[node]) < takeOverAfter*time.Duration(i+1) {
			return false
		}
	}
	return false
}

// dueMoves are the keys that this node is to have moved now.
func (s *succession) dueMoves(m *mover) (ids []wire.KeyID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for id, p := range m.pending {
		if !now.Before(p.next) && s.mine(m, p) {
			ids = append(ids, id)
		}
	}
	return ids
}

// startMoving has keys of this node's turn moved beside the caller, unless that is going on.
func (s *succession) startMoving(m *mover) {
	ids := s.dueMoves(m)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy || len(ids) == 0 {
		return
	}
	m.busy = s.spawn(func() {
		s.moveMine(m, ids)
		m.mu.Lock()
		m.busy = false
		m.mu.Unlock()
		s.again()
	})
}

// moveMine moves keys, some at once.
func (s *succession) moveMine(m *mover, ids []wire.KeyID) {
	s.several(ids, m.epoch, func(id wire.KeyID) { s.moved(m, id, s.move(id)) })
}

// moved notes how an attempt to move a key has ended.
func (s *succession) moved(m *mover, id wire.KeyID, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pending[id]
	switch {
	case p == nil:
	case err == nil: // nothing was to be done, or it was told already
		delete(m.pending, id)
	default:
		p.tries++
		p.why = session.DetailOf(err)
		p.next = time.Now().Add(min(moveBackoff<<min(p.tries-1, 8), maxMoveBackoff))
		if wire.ReasonOf(err) == wire.Busy { // another node has it moved, or pretends to: this one's turn must not be missed
			p.next = time.Now().Add(moveBackoff)
		}
		log.Debug("Secret store key could not be moved", "key", id, "tries", p.tries, "err", err)
		if p.tries == triesTold {
			s.tellMove(id, false, p.why)
		}
	}
}

// tellMove tells the author of a key who watches here whether it has come to the newest set. Of one that has at the first tries
// nobody is told: that is what is expected.
func (s *succession) tellMove(id wire.KeyID, moved bool, why string) {
	a := wire.Access{Key: id, Operation: wire.OpMove, Granted: moved, Reason: why}
	if b, ok := s.blocks.Final(); ok {
		a.Block = b.BlockRef
	}
	s.watchers.tellAll([]wire.Access{a})
}

// move has a key dealt anew to the newest set.
func (s *succession) move(id wire.KeyID) error {
	state, err := s.recall(id)
	if err != nil {
		return err
	}
	if state.Record == nil || !state.Record.Confirmed() {
		if state, err = s.known(s.ctx, id, false); wire.ReasonOf(err) == wire.KeyNotFound {
			ended, err := s.relist(id)
			if err == nil && !ended {
				err = wire.Errorf(wire.Unavailable, "an attempt at key %v is not settled", id)
			}
			return err // nil: the attempt came to nothing
		}
		if err != nil {
			return err
		}
	}
	if setEpoch(&state.Record.Setup) >= s.servers.Sets().Newest().Epoch {
		return nil
	}
	m, err := generation.NewMove(s.env(), state, id, 0)
	if err == nil {
		err = s.run2(wire.KindMove, id, m)
	}
	if wire.ReasonOf(err) == wire.KeyExists {
		return nil
	}
	if err == nil {
		movesDone.Inc(1)
	} else {
		movesFailed.Inc(1)
	}
	return err
}

// count tells how far it is.
func (s *succession) count(m *mover) {
	failures := make(map[wire.KeyID]string)
	m.mu.Lock()
	total, left := m.total, len(m.pending)
	for id, p := range m.pending {
		if p.why != "" {
			failures[id] = p.why
		}
	}
	m.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moves.keys, s.moves.moved, s.moves.failures = total, total-left, failures
	keysToMove.Update(int64(left))
}

// run1 drives a machine that is about no key, until the service stops.
func (s *succession) run1(kind wire.Kind, m session.Machine) error {
	return s.driver.run(s.ctx, kind, wire.KeyID{}, m)
}

func (s *succession) run2(kind wire.Kind, id wire.KeyID, m session.Machine) error {
	return s.driver.run(s.ctx, kind, id, m)
}
