package service

import (
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/common/lru"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// stateBudget is how much memory the decoded keys may take, in bytes. A key takes about
// 270 bytes for each of its members: their ids, signatures and acknowledgements.
const stateBudget = 32 << 20

// states is the store as machines see it: what is durably known of a key id,
// decoded once. States are shared between machines and never changed.
//
// db and path are set by Start, before anything runs.
type states struct {
	db    *store.Store
	path  string
	cache atomic.Pointer[lru.Cache[wire.KeyID, *session.State]]
	// locks keep a state that was read before a write from being cached after it, and from being read halfway. They are so
	// many that a key hardly ever waits until the disk has another one, and by a hash that nobody can foresee who chooses
	// ids: while keys move, dozens are written at every moment.
	locks [stateLocks]sync.RWMutex
	seed  maphash.Seed // of the hash

	failure  atomic.Pointer[error] // of the last change, if that was the disk's
	gap      atomic.Bool           // this node may have made promises that the store does not know of
	gapBlock atomic.Uint64         // as of session.Env; as long as it is not noted no round is later
}

// stateLocks take 24 bytes each.
const stateLocks = 1 << 14

// lock is that of a key.
func (s *states) lock(key wire.KeyID) *sync.RWMutex {
	return &s.locks[maphash.Bytes(s.seed, key[:])%stateLocks]
}

// newStates is for a key server set of that many nodes.
func newStates(db *store.Store, members int) *states {
	s := &states{db: db, seed: maphash.MakeSeed()}
	s.resize(members)
	return s
}

// resize forgets what was decoded, and gives room for states of so many nodes.
func (s *states) resize(members int) {
	s.cache.Store(lru.NewCache[wire.KeyID, *session.State](stateBudget / (1024 + 270*members)))
}

// load returns what is known of a key id; an empty state if nothing is.
func (s *states) load(key wire.KeyID) (*session.State, error) {
	lock := s.lock(key)
	lock.RLock()
	defer lock.RUnlock()
	if state, ok := s.cache.Load().Get(key); ok {
		return state, nil
	}
	state, err := s.decode(key)
	if err == nil && state.Record != nil {
		s.cache.Load().Add(key, state)
	}
	return state, err
}

// read is load off the disk, and leaves the cache to the keys that are used.
func (s *states) read(key wire.KeyID) (*session.State, error) {
	lock := s.lock(key)
	lock.RLock()
	defer lock.RUnlock()
	return s.decode(key)
}

// record is the current sharing of a key off the disk, for those who go through many keys and need no more of them.
func (s *states) record(key wire.KeyID) (*wire.KeyRecord, error) {
	enc, err := s.db.Get(wire.RecordKey, key, wire.SessionID{})
	if err != nil {
		return nil, noRecord(err)
	}
	record := new(wire.KeyRecord)
	if err := rlp.DecodeBytes(enc, record); err != nil {
		return nil, wire.Errorf(wire.Database, "damaged record of key %v: %v", key, err)
	}
	return record, nil
}

// decode is for a caller who holds the key's lock.
func (s *states) decode(key wire.KeyID) (*session.State, error) {
	state, err := session.LoadState(key, s.get, s.db.Sessions)
	if err != nil {
		storeErrors.Inc(1)
		return nil, wire.Errorf(wire.Database, "%v", err)
	}
	return state, nil
}

// list names keys that are known here, in ascending order: at most limit, and only those
// after a given one.
func (s *states) list(after wire.KeyID, limit int) ([]wire.KeyID, error) {
	ids, err := s.db.Keys(wire.RecordKey, after, limit)
	if err != nil {
		return nil, wire.Errorf(wire.Database, "%v", err)
	}
	return ids, nil
}

func (s *states) get(kind wire.RecordKind, key wire.KeyID, id wire.SessionID) ([]byte, error) {
	value, err := s.db.Get(kind, key, id)
	return value, noRecord(err)
}

// sessionsOf and keysOf name records, as session.Env has it.
func (s *states) sessionsOf(kind wire.RecordKind, key wire.KeyID) ([]wire.SessionID, error) {
	return s.db.Sessions(kind, key)
}

func (s *states) keysOf(kind wire.RecordKind, after wire.KeyID, limit int) ([]wire.KeyID, error) {
	return s.db.Keys(kind, after, limit)
}

// apply writes records and forgets what was decoded before them.
func (s *states) apply(key wire.KeyID, recs []wire.Record) error {
	lock := s.lock(key)
	lock.Lock()
	defer lock.Unlock()
	defer func() { s.cache.Load().Remove(key) }()
	defer storeTimerWrite.UpdateSince(time.Now())
	err := s.db.Apply(recs)
	switch {
	case errors.Is(err, store.ErrConflict):
		storeConflicts.Inc(1)
	case err != nil:
		storeErrors.Inc(1)
		s.failure.Store(&err)
	default:
		s.failure.Store(nil)
	}
	return err
}

// trouble is why promises can't be kept now; nil: as far as is known they can. What a full disk has refused is over when
// there is room.
func (s *states) trouble() error {
	if err := s.db.Room(); err != nil {
		return err
	}
	if err := s.failure.Load(); err != nil && !errors.Is(*err, store.ErrFull) {
		return *err
	}
	return nil
}

// keys counts the certified keys this node knows, and of these the ones it holds a
// share of.
func (s *states) keys() (known, held int, err error) {
	if known, err = s.db.Count(wire.RecordKey); err == nil {
		held, err = s.db.Count(wire.RecordShare)
	}
	if err != nil {
		err = fmt.Errorf("counting keys: %w", err)
	}
	return known, held, err
}

// count is the number of key ids that take space on disk, or a little more: one counts
// twice for each attempt that was given up. A key, or an attempt that is not decided,
// has two records of kind outcome.
func (s *states) count() (total int, err error) {
	counts := make(map[wire.RecordKind]int)
	for _, kind := range []wire.RecordKind{wire.RecordKey, wire.RecordAttempt, wire.RecordOutcome} {
		if counts[kind], err = s.db.Count(kind); err != nil {
			return 0, fmt.Errorf("counting keys: %w", err)
		}
	}
	total = counts[wire.RecordKey] + counts[wire.RecordAttempt]
	return total + max(0, counts[wire.RecordOutcome]-2*total), nil
}

func (s *states) close() error { return s.db.Close() }
