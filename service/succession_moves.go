package service

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// movesAtOnce is how many keys one node has dealt anew at the same time.
	movesAtOnce = 6
	// takeOverAfter is how long the member whose turn it is with a key may make no progress with any before the next one
	// takes its keys over.
	takeOverAfter = 15 * time.Second
	// assembleWait is how long members that are not connected are waited for before keys move without them, and
	// assembledAfter how long it takes until those that this node sees are connected with each other as well.
	assembleWait   = 15 * time.Second
	assembledAfter = time.Second
	// moveBackoff is the pause after a key could not be moved, doubled each time up to maxMoveBackoff.
	moveBackoff    = 2 * time.Second
	maxMoveBackoff = time.Minute
)

// movesInfo counts what is to be moved.
type movesInfo struct {
	keys, moved, thin int
	failures          map[wire.KeyID]string
}

// mover is the work of moving all keys into one set.
type mover struct {
	epoch   uint64
	pending map[wire.KeyID]*pendingMove
	scanned bool
	last    map[wire.NodeID]time.Time // when a key was last seen to have moved whose turn was this member's
	total   int
	begun   time.Time
	whole   time.Time // since when all members are connected; zero: they are not
}

type pendingMove struct {
	owners []wire.NodeID // in the order of their turns
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

// moveKeys has the keys of earlier sets moved whose turn is this node's, and tells whether any is left.
func (s *succession) moveKeys(member bool) (left bool) {
	newest := s.servers.Sets().Newest()
	s.mu.Lock()
	m := s.moving
	if m == nil || m.epoch != newest.Epoch {
		m = &mover{epoch: newest.Epoch, pending: make(map[wire.KeyID]*pendingMove), last: make(map[wire.NodeID]time.Time), begun: time.Now()}
		s.moving = m
	}
	s.mu.Unlock()
	if err := s.scan(m, newest, member); err != nil {
		log.Warn("Secret store could not look through its keys", "err", err)
		return true
	}
	if len(m.pending) == 0 {
		s.count(m)
		return false
	}
	s.enter(wire.ChangeMoving)
	if !s.assembled(m, newest) {
		s.count(m)
		return true
	}
	if member {
		s.moveMine(m)
	} else {
		s.catchUp(m)
	}
	s.count(m)
	return len(m.pending) > 0
}

// assembled tells whether all members are connected, or were waited for: who is away when a key moves gets no share of it.
func (s *succession) assembled(m *mover, newest *wire.ServerSet) bool {
	connected, missing := s.network.Connected(), 0
	for _, node := range newest.Members {
		if node != s.self.ID() && !slices.Contains(connected, node) {
			missing++
		}
	}
	if missing > 0 {
		m.whole = time.Time{}
	} else if m.whole.IsZero() {
		m.whole = time.Now()
	}
	// The others have to find each other, too.
	return missing == 0 && time.Since(m.whole) >= assembledAfter || time.Since(m.begun) >= assembleWait
}

// scan finds what is to be moved: at first in the whole store, then among what was found.
func (s *succession) scan(m *mover, newest *wire.ServerSet, member bool) error {
	now := time.Now()
	if m.scanned {
		for id, p := range m.pending {
			state, err := s.states.load(id)
			if err != nil {
				return err
			}
			arrived, err := s.arrived(id, state, m.epoch)
			if err != nil {
				return err
			}
			if arrived {
				delete(m.pending, id)
				m.last[p.owners[0]] = now
			}
		}
		return nil
	}
	for _, node := range newest.Members {
		m.last[node] = now
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
				if m.pending[id] != nil {
					continue
				}
				state, err := s.states.read(id)
				if err != nil {
					return err
				}
				arrived, err := s.arrived(id, state, m.epoch)
				if err != nil {
					return err
				}
				if !arrived {
					m.pending[id] = &pendingMove{owners: turns(id, newest, state.Record)}
				}
			}
			if len(ids) < 256 || s.ctx.Err() != nil {
				break
			}
			after = ids[len(ids)-1]
		}
	}
	m.scanned, m.total = true, len(m.pending)
	return s.ctx.Err()
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

// turns is the order in which members have a key moved: those that hold a share of it before the others, and else by a hash,
// so that each has about as many keys.
func turns(id wire.KeyID, set *wire.ServerSet, record *wire.KeyRecord) []wire.NodeID {
	rank := func(node wire.NodeID) []byte {
		h := sha256.New()
		h.Write(id[:])
		h.Write(binary.BigEndian.AppendUint64(nil, set.Epoch))
		h.Write(node[:])
		sum := h.Sum(nil)
		if record != nil && record.Setup.Index(node) != 0 {
			return append([]byte{0}, sum...)
		}
		return append([]byte{1}, sum...)
	}
	owners := slices.Clone(set.Members)
	slices.SortFunc(owners, func(a, b wire.NodeID) int { return bytes.Compare(rank(a), rank(b)) })
	return owners
}

// mine tells whether it is this node's turn with a key: all before it have made no progress for a while.
func (s *succession) mine(m *mover, p *pendingMove) bool {
	place := slices.Index(p.owners, s.self.ID())
	for i, owner := range p.owners {
		if i == place {
			return true
		}
		if time.Since(m.last[owner]) < takeOverAfter*time.Duration(i+1) {
			return false
		}
	}
	return false
}

// moveMine moves keys of this node's turn, some at once, until there is none to be begun now.
func (s *succession) moveMine(m *mover) {
	var wg sync.WaitGroup
	places := make(chan struct{}, movesAtOnce)
	var mu sync.Mutex
	for id, p := range m.pending {
		if s.ctx.Err() != nil || s.servers.Sets().Newest().Epoch != m.epoch {
			break
		}
		if time.Now().Before(p.next) || !s.mine(m, p) {
			continue
		}
		select {
		case places <- struct{}{}:
		case <-s.ctx.Done():
			continue
		}
		wg.Add(1)
		if !s.spawn(func() {
			defer wg.Done()
			err := s.move(id)
			mu.Lock()
			defer mu.Unlock()
			<-places
			if err == nil {
				return
			}
			p.tries++
			p.why = session.DetailOf(err)
			p.next = time.Now().Add(min(moveBackoff<<min(p.tries-1, 8), maxMoveBackoff))
			log.Debug("Secret store key could not be moved", "key", id, "tries", p.tries, "err", err)
		}) {
			wg.Done()
			break
		}
	}
	wg.Wait()
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

// catchUp learns, as a node that is out, where keys have gone.
func (s *succession) catchUp(m *mover) {
	begun := 0
	for id, p := range m.pending {
		if s.ctx.Err() != nil || begun >= 64 {
			return
		}
		if time.Now().Before(p.next) {
			continue
		}
		begun++
		p.tries++
		p.next = time.Now().Add(min(moveBackoff<<min(p.tries-1, 8), maxMoveBackoff))
		s.latest(id)
	}
}

// latest learns of the latest sharing of a key.
func (s *succession) latest(id wire.KeyID) {
	state, err := s.recall(id)
	if err != nil {
		return
	}
	if state.Record == nil || !state.Record.Confirmed() { // an attempt that was cut off: nobody else may know enough of it
		if _, err := s.known(s.ctx, id, false); err != nil {
			log.Debug("Secret store could not settle an attempt at a key of a former server set", "key", id, "err", err)
		}
		return
	}
	m, err := documents.NewLatest(s.env(), state, id)
	if err == nil {
		err = s.run2(wire.KindLookup, id, m)
	}
	if err != nil {
		log.Debug("Secret store could not learn of a key's latest sharing", "key", id, "err", err)
	}
}

// count tells how far it is.
func (s *succession) count(m *mover) {
	failures := make(map[wire.KeyID]string)
	for id, p := range m.pending {
		if p.why != "" {
			failures[id] = p.why
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moves.keys, s.moves.moved, s.moves.failures = m.total, m.total-len(m.pending), failures
	keysToMove.Update(int64(len(m.pending)))
}

// run1 drives a machine that is about no key, until the service stops.
func (s *succession) run1(kind wire.Kind, m session.Machine) error {
	return s.driver.run(s.ctx, kind, wire.KeyID{}, m)
}

func (s *succession) run2(kind wire.Kind, id wire.KeyID, m session.Machine) error {
	return s.driver.run(s.ctx, kind, id, m)
}

// due tells whether a key may be dealt anew in a slot now: into the newest set, when it is not there yet. Rounds within a
// set are not begun by this version.
func (d *driver) due(slot wire.Slot) error {
	newest := d.servers.Sets().Newest().Epoch
	switch {
	case slot.Epoch != newest || newest == 0:
		return wire.Errorf(wire.NotMember, "a slot of server set %d, and the newest that this key server knows is %d", slot.Epoch, newest)
	case slot.Round != 0:
		return wire.Errorf(wire.Policy, "no round is due")
	}
	return nil
}
