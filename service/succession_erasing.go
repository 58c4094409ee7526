package service

import (
	"sync/atomic"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// eraseBatch is how many keys' holders are asked for at once.
const eraseBatch = 128

// eraseFormer destroys shares of sharings that are not current any more, when enough members are known to hold the current
// one, and tells whether any is left that could be soon.
func (s *succession) eraseFormer() (left bool) {
	var after wire.KeyID
	thin := 0
	for s.ctx.Err() == nil {
		ids, err := s.states.keysOf(wire.RecordFormer, after, eraseBatch)
		if err != nil {
			log.Warn("Secret store could not look through its former shares", "err", err)
			return true
		}
		if len(ids) == 0 {
			break
		}
		more, waiting := s.eraseSome(ids)
		if left = left || more; more || waiting < len(ids) { // what is thin stays: nothing is done about it here
			s.stage(wire.ChangeErasing)
		}
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
	return left
}

// eraseSome asks who holds the current sharings of these keys, and erases what may be.
func (s *succession) eraseSome(ids []wire.KeyID) (left bool, thin int) {
	var records []*wire.KeyRecord
	for _, id := range ids {
		record, err := s.states.record(id)
		if err != nil {
			continue
		}
		if !handover.Thick(record) {
			thin++
			continue
		}
		records = append(records, record)
	}
	if len(records) == 0 {
		return false, thin
	}
	env := s.env()
	m, err := handover.NewHolding(env, s.states.read, records)
	if err == nil {
		err = s.run1(wire.KindHold, m)
	}
	if err != nil {
		log.Debug("Secret store could not ask who holds its keys", "err", err)
		return true, thin
	}
	heard := make(map[wire.KeyID]*handover.Heard)
	var due []wire.KeyID
	for i, record := range records {
		if id := record.Setup.Key; m.Heard(i) != nil {
			due, heard[id] = append(due, id), m.Heard(i)
			continue
		}
		left = true
		for _, node := range m.Missing(i) {
			s.await(node)
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
	return left || failed.Load() || int(tried.Load()) < len(due), thin
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
