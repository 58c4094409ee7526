package store

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/util"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// maxValue bounds a record: no message that a record is made from is larger.
	maxValue = wire.MaxMessageSize

	// compactAfter is how many secrets are erased before the database is compacted.
	// What they left behind can't be read in any case.
	compactAfter = 256

	// minFree is what must be free on the disk for a change to be begun. A write that the
	// disk cuts off leaves a database that nobody may write to before it was opened anew,
	// and leveldb writes whole tables at times of its own choice; so changes are refused
	// while there is still room, and taken again when there is room again.
	minFree = 16 << 20
)

// request is one call of Apply.
type request struct {
	recs []wire.Record
	done bool // guarded by commitMu, as err
	err  error
}

// Apply makes changes durable: all of them, or none. When it returns nil they have
// been synced, and secrets that were erased or replaced are gone for good.
//
// Errors: ErrConflict if a Create met a different record, an Expect another one or
// none, or an Absent any; *DamagedError if they met an unreadable one; ErrFull, and later changes may
// succeed; ErrClosed. After any other error of the disk the store refuses further
// changes, since nobody knows what a failed sync has left.
//
// Calls that arrive while another one writes are written together, with one sync.
func (s *Store) Apply(recs []wire.Record) error {
	for i := range recs {
		if err := check(&recs[i]); err != nil {
			return err
		}
	}
	if len(recs) == 0 {
		return nil
	}
	req := &request{recs: recs}
	s.queueMu.Lock()
	s.queue = append(s.queue, req)
	s.queueMu.Unlock()

	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if !req.done { // else whoever held the lock before us has written it
		s.queueMu.Lock()
		reqs := s.queue
		s.queue = nil
		s.queueMu.Unlock()
		s.commit(reqs)
	}
	return req.err
}

func check(r *wire.Record) error {
	switch {
	case !known(r.Kind):
		return fmt.Errorf("unknown record kind %d", r.Kind)
	case r.Op > wire.Absent:
		return fmt.Errorf("unknown record operation %d", r.Op)
	case len(r.Value) > maxValue:
		return fmt.Errorf("record of %d bytes is over the limit of %d", len(r.Value), maxValue)
	}
	return nil
}

// commit decides each request in order and writes those that may be written.
func (s *Store) commit(reqs []*request) {
	state := view{}
	var accepted []*request
	for _, r := range reqs {
		r.done, r.err = true, s.failed
		if r.err == nil {
			r.err = s.decide(state, r.recs)
		}
		if r.err == nil {
			accepted = append(accepted, r)
		}
	}
	err := s.write(state)
	for _, r := range accepted {
		r.err = err
	}
}

// view is what records will be after a commit: a value, or nil for none. What is not
// in it stays as stored.
type view map[recordID]*[]byte

// decide adds a request to the view, or leaves the view as it was.
func (s *Store) decide(state view, recs []wire.Record) error {
	mine := maps.Clone(state)
	for i := range recs {
		r := &recs[i]
		id := newRecordID(r.Kind, r.Key, r.Session)
		switch r.Op {
		case wire.Erase:
			mine[id] = nil
		case wire.Put:
			mine[id] = &r.Value
		case wire.Create:
			old, err := s.current(mine, id)
			switch {
			case errors.Is(err, ErrNotFound):
				mine[id] = &r.Value
			case err != nil:
				return err
			case subtle.ConstantTimeCompare(old, r.Value) != 1:
				return fmt.Errorf("%v: %w", id, ErrConflict)
			}
		case wire.Expect:
			old, err := s.current(mine, id)
			switch {
			case errors.Is(err, ErrNotFound) || err == nil && subtle.ConstantTimeCompare(old, r.Value) != 1:
				return fmt.Errorf("%v is not what it was: %w", id, ErrConflict)
			case err != nil:
				return err
			}
		case wire.Absent:
			if _, err := s.current(mine, id); err == nil {
				return fmt.Errorf("%v is there: %w", id, ErrConflict)
			} else if !errors.Is(err, ErrNotFound) {
				return err
			}
		}
	}
	maps.Copy(state, mine)
	return nil
}

// current is a record's value in the view.
func (s *Store) current(v view, id recordID) ([]byte, error) {
	if value, changed := v[id]; changed {
		if value == nil {
			return nil, ErrNotFound
		}
		return *value, nil
	}
	return s.get(id)
}

// changes are a view made ready for the disk.
type changes struct {
	batch  leveldb.Batch
	made   []fileID // key files written, still under their new names
	erased []fileID // key files to destroy
	counts map[wire.RecordKind]int

	unsynced unsynced // of made
}

// filesAtOnce is how many key files are written, or overwritten, before they are synced one after the other: the first sync does most of the
// work for all.
const filesAtOnce = 12

// Room tells why no change would be begun now for want of room on the disk; nil: there is room. It writes nothing.
func (s *Store) Room() error {
	free, err := s.free(s.dbdir)
	switch {
	case err != nil:
		return fmt.Errorf("writing to the share store: %w", err)
	case free < minFree:
		return fmt.Errorf("writing to the share store: %w: %d MiB are free, and %d are wanted", ErrFull, free>>20, minFree>>20)
	}
	return nil
}

// write carries out the steps of doc.go.
func (s *Store) write(state view) error {
	if len(state) == 0 {
		return nil
	}
	if err := s.Room(); err != nil {
		return err
	}
	c := &changes{counts: make(map[wire.RecordKind]int)}
	if err := s.prepare(c, state); err != nil {
		s.destroy(c.made) // never referred to; Open would do it as well
		return fmt.Errorf("writing to the share store: %w", err)
	}
	s.at("key files written")
	if err := s.writeBatch(&c.batch); err != nil {
		return err
	}
	s.count(c.counts)
	// From here on the change is durable and no error undoes it: what fails now is
	// tried again by the next commit and by Open.
	for _, id := range c.made {
		s.files.settle(id)
	}
	s.at("key files settled")
	s.erasing = append(s.erasing, c.erased...)
	s.erased += len(c.erased)
	s.finishErasing()
	s.compact()
	return nil
}

// prepare seals values, writes their key files and fills the batch.
func (s *Store) prepare(c *changes, state view) error {
	defer c.unsynced.close()
	ids := slices.SortedFunc(maps.Keys(state), func(a, b recordID) int { return slices.Compare(a[:], b[:]) })
	promoted := make(view)
	for _, id := range ids {
		if err := s.promote(state, promoted, id); err != nil {
			return err
		}
	}
	for _, id := range ids {
		_, kept := promoted[id]
		if err := s.prepareErase(c, id, kept); err != nil {
			return err
		}
		switch value := state[id]; {
		case value == nil:
		case promoted[id] != nil:
			c.counts[id.kind()]++
			c.batch.Put(id[:], *promoted[id])
		default:
			if err := s.preparePut(c, id, *value); err != nil {
				return err
			}
		}
	}
	s.syncs.Add(uint64(len(c.made)))
	if err := c.unsynced.sync(); err != nil || len(c.made) == 0 {
		return err
	}
	s.syncs.Add(1)
	return whole.SyncDir(s.files.dir)
}

// promote finds that a share is to be what was pending and is erased in the same change: then it stays sealed as it is, and so
// does its key file. promoted gets the share's raw value, and the pending one's id with nil.
func (s *Store) promote(state, promoted view, id recordID) error {
	pending, ok := id.pending()
	if !ok || state[id] == nil {
		return nil
	}
	if value, changed := state[pending]; !changed || value != nil {
		return nil
	}
	if _, err := s.raw(id); !errors.Is(err, ErrNotFound) {
		return err // the one that is there goes, with its key file
	}
	raw, err := s.raw(pending)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	plain, err := s.openRecord(pending, raw)
	if err != nil {
		return nil // damaged; the new value is not
	}
	defer clear(plain)
	if subtle.ConstantTimeCompare(plain, *state[id]) == 1 {
		promoted[id], promoted[pending] = &raw, nil
	}
	return nil
}

// prepareErase removes what is stored under id, if anything. Its key file is destroyed, unless it is kept for another record.
func (s *Store) prepareErase(c *changes, id recordID, kept bool) error {
	raw, err := s.raw(id)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	c.batch.Delete(id[:])
	c.counts[id.kind()]--
	if !id.kind().Secret() || kept {
		return nil
	}
	if file, _, err := splitSecret(raw); err == nil {
		c.batch.Put(erasedKey(file), nil)
		c.erased = append(c.erased, file)
	}
	return nil
}

func (s *Store) preparePut(c *changes, id recordID, value []byte) error {
	c.counts[id.kind()]++
	if !id.kind().Secret() {
		c.batch.Put(id[:], seal(s.keys.records, value, id[:]))
		return nil
	}
	file, raw, wrapped := s.sealSecret(id, value)
	c.made = append(c.made, file)
	c.batch.Put(id[:], raw)
	f, err := s.files.write(file, wrapped)
	if err != nil {
		return err
	}
	if c.unsynced = append(c.unsynced, f); len(c.unsynced) < filesAtOnce {
		return nil
	}
	return c.unsynced.sync()
}

func (s *Store) count(more map[wire.RecordKind]int) {
	s.countMu.Lock()
	defer s.countMu.Unlock()
	for kind, n := range more {
		s.counts[kind] += n
	}
}

// finishErasing destroys the key files that are noted for it, then deletes the
// notes. A note that survives a crash is harmless, so that needs no sync.
func (s *Store) finishErasing() error {
	if len(s.erasing) == 0 {
		return nil
	}
	if err := s.destroy(s.erasing); err != nil {
		return fmt.Errorf("erasing a share's key file: %w", err)
	}
	var notes leveldb.Batch
	for _, id := range s.erasing {
		notes.Delete(erasedKey(id))
	}
	s.erasing = nil
	return s.db.Write(&notes, nil)
}

// destroy overwrites and removes key files.
func (s *Store) destroy(ids []fileID) error {
	if len(ids) == 0 {
		return nil
	}
	if err := s.files.overwrite(ids); err != nil {
		return err
	}
	s.at("key files overwritten")
	for _, id := range ids {
		if err := s.files.unlink(id); err != nil {
			return err
		}
	}
	s.at("key files unlinked")
	s.syncs.Add(uint64(len(ids)) + 1)
	return whole.SyncDir(s.files.dir)
}

// compact drops, now and then and beside the callers, what erased records left.
func (s *Store) compact() {
	if s.erased < compactAfter {
		return
	}
	s.erased = 0
	s.compacting.Go(func() {
		for _, kind := range []wire.RecordKind{wire.RecordShare, wire.RecordPending} {
			s.db.CompactRange(*util.BytesPrefix([]byte{recordPrefix, byte(kind)})) // a hint: nothing depends on it
		}
	})
}

// at tells a test how far a change has come.
func (s *Store) at(step string) {
	if s.step != nil {
		s.step(step)
	}
}
