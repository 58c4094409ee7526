package service

import (
	"bytes"
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// A share that this node lacks is dealt to it in a round of that key, which it coordinates itself: the making of the key, or
// its move, has missed it, its disk was lost, or it came back from a backup and may have forgotten what it promised. It finds
// such keys in its own store, and hears of others when the other key servers ask what it holds.

const (
	// maxRepairs and repairsAMinute are a member's credit at each other one: a repair costs as much as making a key. A lost
	// store of so many keys is whole again within minutes.
	maxRepairs     = 10_000
	repairsAMinute = 170
	// ownRepairs is the credit that this node takes itself: less, lest some members grant what others refuse.
	ownRepairs, ownRepairsAMinute = 9_000, 150

	// lackEvery is how often the own store is looked through for keys without a share.
	lackEvery = 5 * time.Minute
	// lackSoon is that as long as another set is not older than lackEvery: keys may have come into it without this node.
	lackSoon = 30 * time.Second
	// maxHeard bounds the keys of which others have told, and that are not looked for yet.
	maxHeard = 16 * wire.MaxHoldings
	// maxUnknown bounds the keys that are remembered to be unknown everywhere, so that they are not looked for each time.
	maxUnknown = 16 * wire.MaxHoldings
	// unknownLife is for how long they are.
	unknownLife = 10 * time.Minute
	// lookAgain is after how long a key is looked up again if the others could not tell: some are not connected yet.
	lookAgain = 15 * time.Second
)

// lacks are the keys of which this node may lack its share.
type lacks struct {
	mu      sync.Mutex // guards all below
	heard   map[wire.KeyID]bool
	unknown map[wire.KeyID]time.Time // looked for without success, since when
	later   map[wire.KeyID]time.Time // that could not be looked up, and when they are again
	missing map[wire.KeyID]*lack
	looked  time.Time // when the own store was looked through
	epoch   uint64    // of the set for which it was
	since   time.Time // when it was for that set at first
	waiting int       // for credit
}

// lack is a key of whose current sharing this node lacks the share. The rounder alone changes it.
type lack struct {
	round uint64 // of the last request; 0: none yet
	asked time.Time
	tries int
	next  time.Time
	why   string
}

func newLacks() *lacks {
	return &lacks{heard: make(map[wire.KeyID]bool), unknown: make(map[wire.KeyID]time.Time), later: make(map[wire.KeyID]time.Time),
		missing: make(map[wire.KeyID]*lack)}
}

// hear takes in which keys another key server has.
func (l *lacks) hear(keys []wire.KeyVersion) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		if at, unknown := l.unknown[k.Key]; unknown && time.Since(at) < unknownLife {
			continue
		}
		if len(l.heard) < maxHeard {
			l.heard[k.Key] = true
		}
	}
}

// again has the own store looked through soon, and requests made without waiting for their turn.
func (l *lacks) again() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looked = time.Time{}
	for _, m := range l.missing {
		m.next = time.Time{}
	}
}

// lacking tells whether this node is to ask for a share of the current sharing of a key: it is of the newest set.
func (d *driver) lacking(state *session.State, newest *wire.ServerSet) bool {
	r := state.Record
	return r != nil && r.Confirmed() && setEpoch(&r.Setup) == newest.Epoch && (state.Share == nil || d.states.gap.Load() && state.Restored())
}

// mend asks for shares that this node lacks, and tells whether any is left.
func (r *rounder) mend(newest *wire.ServerSet, head uint64) (left bool) {
	if err := r.lookThrough(newest); err != nil {
		log.Warn("Secret store could not look for keys without a share", "err", err)
		return false
	}
	r.lookUp()
	missing := r.missing(newest)
	keysLacking.Update(int64(len(missing)))
	round := r.repairRound(head)
	if len(missing) == 0 || round == 0 || !r.enough(newest) {
		return len(missing) > 0
	}
	var due []wire.KeyID
	r.lacks.mu.Lock()
	waiting := 0
	for _, id := range missing {
		m := r.lacks.missing[id]
		if time.Now().Before(m.next) {
			continue
		}
		if fresh := m.round == 0 || r.renews(m); fresh {
			if r.credit.Take(r.self.ID(), 1) > 0 {
				waiting++
				continue
			}
			m.round, m.asked = round, time.Now()
		}
		due = append(due, id)
	}
	r.lacks.waiting = waiting
	r.lacks.mu.Unlock()
	r.several(due, newest.Epoch, func(id wire.KeyID) { r.repair(id, newest) })
	return true
}

// renews tells whether a request is so old that another may be made. Others count by the times of blocks.
func (r *rounder) renews(m *lack) bool {
	made, err := r.blockTime(m.round)
	if err != nil {
		return false
	}
	final, err := r.finalTime()
	return err == nil && final >= made+2*handover.RepairAgain
}

// repairRound is a round for requests: one block old, so that the others have it, and later than the gap. 0: not yet.
func (r *rounder) repairRound(head uint64) uint64 {
	gap := uint64(0)
	if r.states.gap.Load() {
		gap = r.states.gapBlock.Load()
	}
	switch {
	case gap == math.MaxUint64 || head <= gap:
		return 0
	case head-1 > gap:
		return head - 1
	}
	return head
}

// enough tells whether it is worth while to ask now: all connected members know of rounds, and they are enough for any key.
func (r *rounder) enough(newest *wire.ServerSet) bool {
	for _, node := range r.network.Connected() {
		if newest.Contains(node) && !r.network.Knows(node, protocol.Rounds) {
			return false
		}
	}
	return len(newest.Members) > 1
}

// repair has one key dealt anew.
func (r *rounder) repair(id wire.KeyID, newest *wire.ServerSet) {
	env := r.env()
	state, err := r.recall(id)
	if err != nil || !r.lacking(state, newest) {
		return
	}
	r.lacks.mu.Lock()
	m := r.lacks.missing[id]
	round := m.round
	r.lacks.mu.Unlock()
	request := handover.NewRepair(&env, id, state.Record.Version(), round)
	if err = r.deal(id, newest.Epoch, round, &wire.RoundCause{Repair: request}); err == nil {
		if state, err = r.recall(id); err == nil && r.lacking(state, newest) {
			err = wire.Errorf(wire.Unavailable, "another round has dealt the key anew without this node")
		}
	}
	if err == nil {
		repairsDone.Inc(1)
		return
	}
	repairsFailed.Inc(1)
	log.Debug("Secret store share could not be dealt to this node", "key", id, "round", round, "err", err)
	r.lacks.mu.Lock()
	defer r.lacks.mu.Unlock()
	m.tries++
	m.why = session.DetailOf(err)
	m.next = time.Now().Add(min(moveBackoff<<min(m.tries-1, 8), maxMoveBackoff))
}

// lookThrough finds keys without a share in the own store, now and then.
func (r *rounder) lookThrough(newest *wire.ServerSet) error {
	l := r.lacks
	if !l.due(newest.Epoch, time.Now()) {
		return nil
	}
	found := 0
	err := r.eachKey(func(id wire.KeyID, state *session.State) {
		if state.Lost(r.self.ID()) {
			if err := r.states.noteLoss(id); err != nil {
				log.Warn("Secret store could not note that shares are lost", "err", err)
			}
		}
		if r.lacking(state, newest) {
			found += l.miss(id)
		}
	})
	if found > 0 {
		log.Info("Secret store lacks shares, and has them dealt to it", "keys", found)
	}
	return err
}

// due tells whether the own store is to be looked through now, for the keys in the set of an epoch. A node that lost its store learns of
// keys before it has heard of the set that they are in: so it looks again when it has.
func (l *lacks) due(epoch uint64, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	every := lackEvery
	if epoch > 0 && now.Sub(l.since) < lackEvery {
		every = lackSoon
	}
	other := l.epoch != epoch
	due := other || now.Sub(l.looked) > every
	if due {
		l.looked, l.epoch = now, epoch
	}
	if other {
		l.since = now
	}
	return due
}

// miss notes that a share is missing, and counts those that were not known.
func (l *lacks) miss(id wire.KeyID) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.missing[id] != nil {
		return 0
	}
	l.missing[id] = new(lack)
	return 1
}

// lookUp asks for the keys that others have and this node does not know.
func (r *rounder) lookUp() {
	l := r.lacks
	var ask []wire.KeyID
	for _, id := range l.wanted(time.Now()) {
		if state, err := r.states.load(id); err == nil && (state.Record == nil || !state.Record.Confirmed()) {
			ask = append(ask, id)
		}
	}
	if len(ask) == 0 {
		return
	}
	slices.SortFunc(ask, func(a, b wire.KeyID) int { return bytes.Compare(a[:], b[:]) })
	newest := r.servers.Sets().Newest()
	r.several(ask, newest.Epoch, func(id wire.KeyID) {
		state, err := r.known(r.ctx, id, false)
		if err != nil {
			l.notFound(id, err, time.Now())
			return
		}
		if r.lacking(state, newest) {
			l.miss(id)
		}
	})
}

// wanted takes the keys that are to be looked up now.
func (l *lacks) wanted(now time.Time) []wire.KeyID {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, at := range l.unknown {
		if now.Sub(at) >= unknownLife {
			delete(l.unknown, id)
		}
	}
	for id, at := range l.later {
		if !now.Before(at) {
			delete(l.later, id)
			l.heard[id] = true
		}
	}
	ids := slices.Collect(maps.Keys(l.heard))
	clear(l.heard)
	return ids
}

// notFound notes a key that was looked up without success. What nobody knows is left alone for a while. Where too few could tell, which
// is so when this node has just started, it is asked again soon: who has told of the key does so seldom.
func (l *lacks) notFound(id wire.KeyID, err error, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case wire.ReasonOf(err) != wire.KeyNotFound && len(l.later) < maxHeard:
		l.later[id] = now.Add(lookAgain)
	case len(l.unknown) < maxUnknown:
		l.unknown[id] = now
	}
}

// missing are the keys whose share is still missing, ascending.
func (r *rounder) missing(newest *wire.ServerSet) (ids []wire.KeyID) {
	l := r.lacks
	l.mu.Lock()
	all := slices.Collect(maps.Keys(l.missing))
	l.mu.Unlock()
	for _, id := range all {
		if state, err := r.states.load(id); err == nil && r.lacking(state, newest) {
			ids = append(ids, id)
			continue
		}
		l.mu.Lock()
		delete(l.missing, id)
		l.mu.Unlock()
	}
	slices.SortFunc(ids, func(a, b wire.KeyID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// Repair asks the others for shares that this node lacks: of these keys, or of all that it knows of if there are none. It
// returns when that is begun. Errors: NotMember at a node that is no key server, Unavailable, and for a key that is named
// those of looking it up.
func (o *operator) Repair(ctx context.Context, keys []wire.KeyID) (*wire.RepairInfo, error) {
	if !o.isRunning() {
		return nil, errNotRunning
	}
	r, newest := o.rounder, o.servers.Sets().Newest()
	head, ok := o.blocks.Final()
	switch {
	case !newest.Contains(o.self.ID()):
		return nil, wire.Errorf(wire.NotMember, "this node is no key server of set %d, so it gets no share", newest.Epoch)
	case !ok:
		return nil, wire.Errorf(wire.Unavailable, "this node has no final block yet")
	case r.repairRound(head.Number) == 0:
		return nil, wire.Errorf(wire.Unavailable, "shares are dealt in rounds after the first final block that is made later than the loss was "+
			"noticed; the chain ends at block %d: retry in a moment", head.Number)
	}
	for _, id := range keys {
		state, err := o.known(ctx, id, false)
		if err != nil {
			return nil, err
		}
		if o.lacking(state, newest) {
			r.lacks.miss(id)
		}
	}
	r.lacks.again()
	if len(keys) == 0 {
		if err := r.lookThrough(newest); err != nil {
			return nil, err
		}
	}
	missing := r.missing(newest)
	if len(keys) > 0 {
		missing = slices.DeleteFunc(missing, func(id wire.KeyID) bool { return !slices.Contains(keys, id) })
	}
	o.rounds.again()
	info := &wire.RepairInfo{Keys: len(missing), Begun: len(missing)}
	r.lacks.mu.Lock()
	defer r.lacks.mu.Unlock()
	info.Waiting = min(info.Keys, r.lacks.waiting)
	info.Begun -= info.Waiting
	return info, nil
}

// newOwnCredit is what this node takes of the credit that the others give it.
func newOwnCredit() *limits.Credit[wire.NodeID] {
	return limits.NewCredit[wire.NodeID](ownRepairs, ownRepairsAMinute)
}
