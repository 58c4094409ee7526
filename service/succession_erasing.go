package service

import (
	"slices"

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
		s.enter2(wire.ChangeErasing)
		more, waiting := s.eraseSome(ids)
		left = left || more
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

// enter2 is enter, unless keys are still being moved.
func (s *succession) enter2(state wire.ChangeState) {
	s.mu.Lock()
	m := s.moving
	s.mu.Unlock()
	if m == nil || m.left() == 0 {
		s.enter(state)
	}
}

// eraseSome asks who holds the current sharings of these keys, and erases what may be.
func (s *succession) eraseSome(ids []wire.KeyID) (left bool, thin int) {
	var records []*wire.KeyRecord
	for _, id := range ids {
		state, err := s.states.read(id)
		if err != nil || state.Record == nil || len(state.Former) == 0 {
			continue
		}
		if !handover.Thick(state.Record) {
			thin++
			continue
		}
		records = append(records, state.Record)
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
	for i, record := range records {
		heard := m.Heard(i)
		if heard == nil {
			left = true
			for _, node := range m.Missing(i) {
				s.await(node)
			}
			continue
		}
		if err := s.eraseOne(record.Setup.Key, heard); err != nil {
			left = true
			log.Debug("Secret store could not erase a former share", "key", record.Setup.Key, "err", err)
		}
	}
	return left, thin
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
	return nil
}

// awaitErasures keeps connections to those that have left until they have erased what they held, and tells whether any has
// not. Whoever is not connected is not waited for: it is dialled on.
func (s *succession) awaitErasures() (left bool) {
	former := s.servers.Former()
	s.servers.keep(former)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notErased = slices.Clone(former)
	return false
}
