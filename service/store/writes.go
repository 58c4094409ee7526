package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/syndtr/goleveldb/leveldb"
)

// A journal that was cut exactly at the end of a write looks whole, and what was written
// after it is gone: a promise, perhaps. So each batch has a number, in the database and
// in a file beside it, and a database that is behind the file has lost something. The
// file is written after the batch and not synced: after a loss of power it may be behind
// the database, which says nothing, and it costs nothing.
const writesFile = "writes"

// writeBatch writes a batch durably, with its number.
func (s *Store) writeBatch(b *leveldb.Batch) error {
	s.writes++
	s.syncs.Add(1)
	b.Put(writesKey, binary.BigEndian.AppendUint64(nil, s.writes))
	if err := s.db.Write(b, synced); err != nil {
		s.failed = fmt.Errorf("the share store failed to write and must be reopened: %w", err)
		return s.failed
	}
	s.at("batch written")
	noteWrites(s.writesPath, s.writes) // a number that is behind says nothing
	return nil
}

// noteWrites keeps a number with its complement, which tells a number from rubbish.
func noteWrites(path string, n uint64) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("counting the writes of the share store: %w", err)
	}
	_, err = f.WriteAt(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, n), ^n), 0)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// notedWrites reads it back; 0 if there is none that could be read.
func notedWrites(path string) (uint64, error) {
	raw, err := readExactly(path, 16)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return 0, err
		}
		return 0, nil
	}
	n := binary.BigEndian.Uint64(raw)
	if binary.BigEndian.Uint64(raw[8:]) != ^n {
		return 0, nil
	}
	return n, nil
}

// countWrites reads the number in the database and holds it against the file's.
func (s *Store) countWrites() error {
	raw, err := s.db.Get(writesKey, nil)
	switch {
	case errors.Is(err, leveldb.ErrNotFound):
		s.writes = 0
	case err != nil || len(raw) != 8:
		return s.damaged("number of writes", err)
	default:
		s.writes = binary.BigEndian.Uint64(raw)
	}
	noted, err := notedWrites(s.writesPath)
	if err != nil {
		return err
	}
	if noted > s.writes {
		return s.damaged("database db", fmt.Errorf("it has %d writes and had %d: the last ones were cut off, or an older copy of it was put back", s.writes, noted))
	}
	return nil
}
