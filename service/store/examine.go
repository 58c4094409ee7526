package store

import (
	"errors"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/geth-ss/geth-ss/internal/whole"
)

// MinFree is the room on its disk, in bytes, below which a store takes no changes.
const MinFree = minFree

// Examine tells whether a secret opens the share store in dir, and whose the store is, nil if no node has bound it yet. It changes
// nothing and makes nothing. The errors are those of Open; with ErrLocked a process has the store open, which has proved its own
// secret. There must be a store.
func Examine(dir string, secret []byte) (owner *Owner, err error) {
	s := &Store{dbdir: filepath.Join(dir, "db"), files: keyFiles{filepath.Join(dir, "keys")}}
	if path := filepath.Join(dir, "LOCK"); whole.Present(path) { // else nobody has ever opened it here, and we leave no file behind
		lock := flock.New(path)
		if ok, err := lock.TryRLock(); err != nil {
			return nil, err
		} else if !ok {
			return nil, ErrLocked
		}
		defer lock.Close()
	}
	if err := s.checkJournals(); err != nil {
		return nil, err
	}
	if s.db, err = openDatabase(s.dbdir, reading()); err != nil {
		return nil, err
	}
	defer s.db.Close()
	if err := s.unlockKeyring(secret); err != nil {
		return nil, err
	}
	if owner, err = s.Owner(); errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return owner, err
}
