package service

import (
	"bytes"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// eraseBatch is how many keys' holders are asked for at once.
	eraseBatch = 128
	// erasePause is between two questions who holds what this node would erase, doubled up to maxErasePause as long as nothing comes
	// of them: a holder may be away for days. Who comes, and what is written of a key, ends the pause.
	erasePause    = time.Second
	maxErasePause = 30 * time.Second
	// latestAtOnce is how many keys are asked about together whether a later sharing of them is known than the one that too few hold.
	latestAtOnce = 64
)

// erasingLook is what the last look at former shares has found, and when the next one is due.
type erasingLook struct {
	next   time.Time
	pause  time.Duration
	left   bool          // something could be erased soon
	stage  bool          // that is said
	awaits []wire.NodeID // who has not said that it holds what would have to be held
	unsure []wire.KeyID  // ascending: what would have to be held is not, or is thin
}

// latestLook is when it is asked next whether later sharings are known.
type latestLook struct {
	next  time.Time
	pause time.Duration
	after wire.KeyID // the last that was asked about
}

// eraseFormer destroys shares of sharings that are not current any more, when enough members are known to hold the current
// one, and tells whether any is left that could be soon.
func (s *succession) eraseFormer() (left bool) {
	s.mu.Lock()
	due := !time.Now().Before(s.erasing.next)
	if due {
		s.erasing.pause = min(max(2*s.erasing.pause, erasePause), maxErasePause)
		s.erasing.next = time.Now().Add(s.erasing.pause)
	}
	s.mu.Unlock()
	if due {
		look := s.eraseAll()
		s.mu.Lock()
		s.erasing.left, s.erasing.stage, s.erasing.awaits = look.left, look.stage, look.awaits
		s.mu.Unlock()
		s.learnLatest(look.unsure)
	}
	s.mu.Lock()
	look := s.erasing
	s.mu.Unlock()
	if look.stage {
		s.stage(wire.ChangeErasing)
	}
	for _, node := range look.awaits {
		s.await(node)
	}
	return look.left
}

// eraseSoonLocked has former shares looked at without a pause. The caller holds s.mu.
func (s *succession) eraseSoonLocked() { s.erasing.pause, s.erasing.next = 0, time.Time{} }

// learnLatest asks whether there are later sharings of keys whose successor is thin, or of which too few say that they hold it: a repair
// has made one since. Members hear of it when they help with it; this node may have been away then, or be none. What it
// learns is written, and so has former shares looked at again. The pauses are as erasePause has them.
func (s *succession) learnLatest(ids []wire.KeyID) {
	s.mu.Lock()
	look := &s.latestLook
	if len(ids) == 0 {
		*look = latestLook{}
	}
	due := len(ids) > 0 && !time.Now().Before(look.next)
	if due {
		look.pause = min(max(2*look.pause, erasePause), maxErasePause)
		look.next = time.Now().Add(look.pause)
		if later := slices.IndexFunc(ids, func(id wire.KeyID) bool { return bytes.Compare(id[:], look.after[:]) > 0 }); later > 0 {
			ids = slices.Concat(ids[later:], ids[:later])
		}
		ids = ids[:min(len(ids), latestAtOnce)]
		look.after = ids[len(ids)-1]
	}
	s.mu.Unlock()
	if !due {
		return
	}
	s.several(ids, s.servers.Sets().Newest().Epoch, s.learn)
}

// eraseAll looks through the former shares.
func (s *succession) eraseAll() (look erasingLook) {
	var after wire.KeyID
	thin := 0
	for epoch := s.servers.Sets().Newest().Epoch; s.ctx.Err() == nil; {
		if s.servers.Sets().Newest().Epoch != epoch { // its keys are to move first
			look.left = true
			return look
		}
		ids, err := s.states.keysOf(wire.RecordFormer, after, eraseBatch)
		if err != nil {
			log.Warn("Secret store could not look through its former shares", "err", err)
			look.left = true
			return look
		}
		if len(ids) == 0 {
			break
		}
		awaits, unsure, more, waiting := s.eraseSome(ids)
		look.left, look.awaits = look.left || more, append(look.awaits, awaits...)
		look.unsure = append(look.unsure, unsure...)
		look.stage = look.stage || more || waiting < len(ids) // what is thin stays: nothing is done about it here
		thin += waiting
		if len(ids) < eraseBatch {
			break
		}
		after = ids[len(ids)-1]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moves.thin = thin
	keysThin.Update(int64(thin))
	return look
}

// eraseSome asks who holds the current sharings of these keys, and erases what may be.
func (s *succession) eraseSome(ids []wire.KeyID) (awaits []wire.NodeID, unsure []wire.KeyID, left bool, thin int) {
	var records []*wire.KeyRecord
	for _, id := range ids {
		record, err := s.states.record(id)
		if err != nil {
			continue
		}
		if !handover.Thick(record) {
			thin++
			unsure = append(unsure, id)
			continue
		}
		records = append(records, record)
	}
	if len(records) == 0 {
		return nil, unsure, false, thin
	}
	env := s.env()
	m, err := handover.NewHolding(env, s.states.read, records)
	if err == nil {
		err = s.run1(wire.KindHold, m)
	}
	if err != nil {
		log.Debug("Secret store could not ask who holds its keys", "err", err)
		return nil, unsure, true, thin
	}
	heard := make(map[wire.KeyID]*handover.Heard)
	var due []wire.KeyID
	for i, record := range records {
		if id := record.Setup.Key; m.Heard(i) != nil {
			due, heard[id] = append(due, id), m.Heard(i)
			continue
		}
		left = true
		unsure = append(unsure, record.Setup.Key)
		for _, node := range m.Missing(i) {
			if !slices.Contains(awaits, node) {
				awaits = append(awaits, node)
			}
		}
	}
	var failed atomic.Bool
	var tried atomic.Int64
	s.several(due, s.servers.Sets().Newest().Epoch, func(id wire.KeyID) { // what is erased at the same time is synced together
		tried.Add(1)
		if err := s.eraseOne(id, heard[id]); err != nil {
			failed.Store(true)
			log.Debug("Secret store could not erase a former share", "key", id, "err", err)
		}
	})
	slices.SortFunc(unsure, func(a, b wire.KeyID) int { return bytes.Compare(a[:], b[:]) })
	return awaits, unsure, left || failed.Load() || int(tried.Load()) < len(due), thin
}

func (s *succession) eraseOne(id wire.KeyID, heard *handover.Heard) error {
	state, err := s.states.read(id)
	if err != nil {
		return err
	}
	env := s.env()
	batch, err := handover.Erase(&env, state, heard)
	if err != nil {
		return err
	}
	if err := s.save(id, batch); err != nil {
		return err
	}
	sharesErased.Inc(int64(len(state.Former)))
	s.mu.Lock()
	s.receipts.soon = true
	s.mu.Unlock()
	return nil
}
