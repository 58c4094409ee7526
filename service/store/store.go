package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/gofrs/flock"
	"github.com/syndtr/goleveldb/leveldb"
	lerrors "github.com/syndtr/goleveldb/leveldb/errors"
	"github.com/syndtr/goleveldb/leveldb/util"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Store is an open share store. It is safe for concurrent use.
type Store struct {
	lock  *flock.Flock
	dbdir string
	// writesPath is the file that has the number of writes, too.
	writesPath string
	db         *leveldb.DB
	files      keyFiles
	keys       *keyring
	free       func(dir string) (uint64, error) // bytes left on the disk
	step       func(name string)                // for tests; may be nil

	queueMu sync.Mutex
	queue   []*request // waiting for a commit

	// commitMu is held by the one goroutine that writes. It guards what follows.
	commitMu sync.Mutex
	failed   error    // leveldb failed to write; nobody knows what is on disk
	erasing  []fileID // key files still to be destroyed
	erased   int      // secrets erased since the last compaction
	writes   uint64   // batches written since the store was made

	countMu sync.RWMutex
	counts  map[wire.RecordKind]int

	compacting sync.WaitGroup
	syncs      atomic.Uint64
}

// Syncs is how often the store has waited for the disk to have something since it was opened, for those who measure.
func (s *Store) Syncs() uint64 { return s.syncs.Load() }

// Get returns a record's value. The errors are ErrNotFound, ErrClosed, or a
// *DamagedError that names the record.
func (s *Store) Get(kind wire.RecordKind, key wire.KeyID, session wire.SessionID) ([]byte, error) {
	return s.get(newRecordID(kind, key, session))
}

func (s *Store) get(id recordID) ([]byte, error) {
	raw, err := s.raw(id)
	for err == nil {
		var plain []byte
		if plain, err = s.openRecord(id, raw); err == nil {
			return plain, nil
		}
		// A concurrent change may have destroyed the key file after we read the record:
		// then the record is another one now, or gone.
		again, aerr := s.raw(id)
		if aerr == nil && bytes.Equal(again, raw) {
			return nil, &DamagedError{What: id.String(), Err: err, Advice: adviceRecord}
		}
		raw, err = again, aerr
	}
	return nil, err
}

// raw is the stored value, still sealed.
func (s *Store) raw(id recordID) ([]byte, error) {
	value, err := s.db.Get(id[:], nil)
	switch {
	case err == nil:
		return value, nil
	case errors.Is(err, leveldb.ErrNotFound):
		return nil, ErrNotFound
	case errors.Is(err, leveldb.ErrClosed):
		return nil, ErrClosed
	case lerrors.IsCorrupted(err):
		return nil, &DamagedError{What: id.String(), Err: err, Advice: adviceStore}
	}
	return nil, fmt.Errorf("reading %v: %w", id, err)
}

func (s *Store) openRecord(id recordID, raw []byte) ([]byte, error) {
	if !id.kind().Secret() {
		return unseal(s.keys.records, raw, id[:])
	}
	plain, err := s.openSecret(id, raw)
	if pending, ok := id.pending(); err != nil && ok {
		if plain, perr := s.openSecret(pending, raw); perr == nil {
			return plain, nil // it was sealed when it was pending
		}
	}
	return plain, err
}

// openSecret opens what was sealed as a secret under id.
func (s *Store) openSecret(id recordID, raw []byte) ([]byte, error) {
	file, sealed, err := splitSecret(raw)
	if err != nil {
		return nil, err
	}
	wrapped, err := s.files.read(file)
	if err != nil {
		return nil, fmt.Errorf("its key file: %w", err)
	}
	key, err := unseal(s.keys.files, wrapped, fileData(file, id))
	if err != nil {
		return nil, fmt.Errorf("its key file: %w", err)
	}
	defer clear(key)
	return unseal(newAEAD(key), sealed, id[:])
}

// sealRecord seals a value under a new key of its own, and wraps that key.
func (s *Store) sealSecret(id recordID, plain []byte) (file fileID, raw, wrapped []byte) {
	fillRandom(file[:])
	key := randomBytes(chacha20poly1305.KeySize)
	defer clear(key)
	wrapped = seal(s.keys.files, key, fileData(file, id))
	return file, append(file[:], seal(newAEAD(key), plain, id[:])...), wrapped
}

// fileData binds a key file to its name and to its record.
func fileData(file fileID, id recordID) []byte { return append(file[:], id[:]...) }

// Sessions lists the sessions, that is key versions, for which a record of this
// kind and key exists, in ascending order.
func (s *Store) Sessions(kind wire.RecordKind, key wire.KeyID) ([]wire.SessionID, error) {
	first := newRecordID(kind, key, wire.SessionID{})
	it := s.db.NewIterator(util.BytesPrefix(first[:34]), nil)
	defer it.Release()
	var sessions []wire.SessionID
	for it.Next() {
		id, err := parseRecordID(it.Key())
		if err != nil {
			return nil, s.damaged("database db", err)
		}
		sessions = append(sessions, id.session())
	}
	return sessions, s.iterError(it.Error())
}

// Keys lists key ids that have a record of this kind, in ascending order, at most
// limit of them and only those greater than after. The zero KeyID as after lists
// from the beginning, an all-zero key id included.
func (s *Store) Keys(kind wire.RecordKind, after wire.KeyID, limit int) ([]wire.KeyID, error) {
	start := newRecordID(kind, after, wire.SessionID{})
	it := s.db.NewIterator(util.BytesPrefix(start[:2]), nil)
	defer it.Release()
	skip := after != wire.KeyID{}
	var keys []wire.KeyID
	for ok := it.Seek(start[:]); ok && len(keys) < limit; ok = it.Next() {
		id, err := parseRecordID(it.Key())
		if err != nil {
			return nil, s.damaged("database db", err)
		}
		key := id.key()
		if skip && key == after || len(keys) > 0 && keys[len(keys)-1] == key {
			continue // another session of the same key
		}
		keys = append(keys, key)
	}
	return keys, s.iterError(it.Error())
}

func (s *Store) iterError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, leveldb.ErrClosed):
		return ErrClosed
	case lerrors.IsCorrupted(err):
		return s.damaged("database db", err)
	}
	return fmt.Errorf("listing records: %w", err)
}

// Count is the number of records of a kind.
func (s *Store) Count(kind wire.RecordKind) (int, error) {
	s.countMu.RLock()
	defer s.countMu.RUnlock()
	return s.counts[kind], nil
}

// Close waits for a running Apply and closes the store. Further calls fail with
// ErrClosed.
func (s *Store) Close() error {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if errors.Is(s.failed, ErrClosed) {
		return nil
	}
	s.failed = ErrClosed
	s.compacting.Wait()
	return s.release()
}

// release closes what Open opened.
func (s *Store) release() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	if uerr := s.lock.Unlock(); err == nil {
		err = uerr
	}
	return err
}

// Format tells where the store is. What waits to be written in it never shows.
func (s *Store) Format(f fmt.State, _ rune) { io.WriteString(f, "share store in "+s.dbdir) }
