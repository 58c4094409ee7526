package store

import (
	"bytes"

	"github.com/syndtr/goleveldb/leveldb/iterator"
	"github.com/syndtr/goleveldb/leveldb/util"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// EachKey gives f all records of one key id after another, in ascending order, each as a
// Put; records about the server set are not among them. The records of one key are of one moment; a key that is new since the call may be
// left out. What f keeps of a secret value it has to copy. It ends with the first error.
func (s *Store) EachKey(f func(key wire.KeyID, recs []wire.Record) error) error {
	ids := newKeyWalk(s)
	defer ids.release()
	for key, ok := ids.next(); ok; key, ok = ids.next() {
		recs, err := s.recordsOf(key)
		if err == nil && len(recs) > 0 { // else it was erased meanwhile
			err = f(key, recs)
		}
		wire.EraseSecrets(recs)
		if err != nil {
			return err
		}
	}
	return s.iterError(ids.err())
}

// ofSets are the records about the server set that a backup has.
func (s *Store) ofSets() ([]wire.Record, error) { return s.recordsOfKinds(wire.KeyID{}, keptOfSets) }

// recordsOf reads all records about a key.
func (s *Store) recordsOf(key wire.KeyID) ([]wire.Record, error) {
	return s.recordsOfKinds(key, kindsInOrder())
}

// recordsOfKinds reads records while nobody writes.
func (s *Store) recordsOfKinds(key wire.KeyID, kinds []wire.RecordKind) (recs []wire.Record, err error) {
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	for _, kind := range kinds {
		sessions, err := s.Sessions(kind, key)
		if err != nil {
			return recs, err
		}
		for _, session := range sessions {
			value, err := s.get(newRecordID(kind, key, session))
			if err != nil {
				return recs, err
			}
			recs = append(recs, wire.Record{Op: wire.Put, Kind: kind, Key: key, Session: session, Value: value})
		}
	}
	return recs, nil
}

// keyWalk merges the key ids of all kinds: the database has them kind by kind.
type keyWalk struct {
	kinds []iterator.Iterator // nil once exhausted
	bad   error
}

func newKeyWalk(s *Store) *keyWalk {
	w := new(keyWalk)
	for _, kind := range kindsInOrder() {
		w.kinds = append(w.kinds, s.db.NewIterator(util.BytesPrefix([]byte{recordPrefix, byte(kind)}), nil))
		w.advance(len(w.kinds) - 1)
	}
	return w
}

func (w *keyWalk) advance(i int) {
	if w.kinds[i].Next() {
		return
	}
	if err := w.kinds[i].Error(); err != nil && w.bad == nil {
		w.bad = err
	}
	w.kinds[i].Release()
	w.kinds[i] = nil
}

// next is the smallest key id that was not given yet.
func (w *keyWalk) next() (least wire.KeyID, ok bool) {
	for i := range w.kinds {
		if w.kinds[i] == nil {
			continue
		}
		if key := w.at(i); !ok || bytes.Compare(key[:], least[:]) < 0 {
			least, ok = key, true
		}
	}
	for i := range w.kinds {
		for ok && w.kinds[i] != nil && w.at(i) == least {
			w.advance(i)
		}
	}
	return least, ok && w.bad == nil
}

// at is the key id where the walk of a kind stands. Open has parsed every database key.
func (w *keyWalk) at(i int) (key wire.KeyID) {
	copy(key[:], w.kinds[i].Key()[2:])
	return key
}

func (w *keyWalk) err() error { return w.bad }

func (w *keyWalk) release() {
	for _, it := range w.kinds {
		if it != nil {
			it.Release()
		}
	}
}
