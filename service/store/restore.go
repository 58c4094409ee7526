package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/gofrs/flock"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// ErrExists means that there is a store already where one was to be restored.
var ErrExists = errors.New("there is a share store already, and restoring does not overwrite; move it away first")

// restoringDir is where a restored store is made, inside the directory that it is for.
const restoringDir = "restoring"

// restoreBatch is how many keys are written with one sync.
const restoreBatch = 128

// Restoring is what Restore wants to know.
type Restoring struct {
	Secret []byte // of the new store, as for Open
	// Header says whether this backup may be restored here, Key whether the records of one
	// key id hold. Both are asked before anything counts.
	Header func(*BackupHeader) error
	Key    func(*BackupHeader, wire.KeyID, []wire.Record) error
	// Complete: the caller vouches that the node has not run since the backup was made.
	// Without it the new store has a Gap, and every restored version is marked.
	Complete bool
}

// Format hides the secret from every verb.
func (Restoring) Format(f fmt.State, _ rune) { io.WriteString(f, "what to restore(redacted)") }

// MarshalText refuses: the secret of a store in a file or an answer is a mistake.
func (Restoring) MarshalText() ([]byte, error) {
	return nil, errors.New("the secret of a share store is not to be written")
}

// Restore makes a store in dir of a backup. The backup is read and checked to its end
// before there is a store; dir must hold none. On an error nothing is left behind.
func Restore(dir string, from io.Reader, how Restoring, with ...age.Identity) (sum *BackupSummary, err error) {
	err = making(dir, how.Secret, func(s *Store) error {
		w := restoreWriter{store: s, complete: how.Complete}
		sum, err = ReadBackup(from, func(h *BackupHeader) error {
			w.header = h
			return how.Header(h)
		}, func(key wire.KeyID, recs []wire.Record) error {
			if err := how.Key(w.header, key, recs); err != nil {
				return fmt.Errorf("%w: %w", ErrBackup, err)
			}
			return w.add(recs)
		}, with...)
		if err != nil {
			return err
		}
		return w.finish()
	})
	if err != nil {
		return nil, err
	}
	return sum, nil
}

// CreateForgetful makes an empty store in dir for a node that has lost its own and has no
// backup: one that knows that promises are missing. dir must hold none.
func CreateForgetful(dir string, secret []byte, owner Owner) error {
	return making(dir, secret, func(s *Store) error {
		if err := s.NoteGap(Gap{Found: uint64(time.Now().Unix())}); err != nil {
			return err
		}
		return s.Bind(owner)
	})
}

// making fills a new store beside the place where it is to be, and moves it there.
func making(dir string, secret []byte, fill func(*Store) error) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(dir, "LOCK"), flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil {
		return err
	} else if !ok {
		return ErrLocked
	}
	defer lock.Unlock()
	if err := Vacant(dir); err != nil {
		return err
	}
	temp := filepath.Join(dir, restoringDir)
	if err := os.RemoveAll(temp); err != nil { // of an attempt that was cut off
		return err
	}
	defer func() {
		if rerr := os.RemoveAll(temp); err == nil {
			err = rerr
		}
	}()
	if err := fillNew(temp, secret, fill); err != nil {
		return err
	}
	return moveInto(dir, temp)
}

// Vacant tells whether a store can be restored into dir: ErrExists if there is one, or a
// part of one.
func Vacant(dir string) error {
	for _, name := range []string{"db", "keys", writesFile} {
		if path := filepath.Join(dir, name); whole.Present(path) {
			return fmt.Errorf("%s: %w", path, ErrExists)
		}
	}
	return nil
}

func fillNew(dir string, secret []byte, fill func(*Store) error) error {
	s, err := Open(dir, secret)
	if err != nil {
		return err
	}
	err = fill(s)
	if cerr := s.Close(); err == nil {
		err = cerr
	}
	return err
}

// moveInto gives the store its place. The database goes last: without the key files it
// would look whole and lack shares; without the database nothing opens.
func moveInto(dir, temp string) error {
	for _, name := range []string{"keys", writesFile, "db"} {
		if err := os.Rename(filepath.Join(temp, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return whole.SyncDir(dir)
}

// restoreWriter gathers keys and writes them together.
type restoreWriter struct {
	store    *Store
	header   *BackupHeader
	complete bool
	batch    []wire.Record
	keys     int
}

func (w *restoreWriter) add(recs []wire.Record) error {
	w.batch = append(w.batch, recs...)
	for i := range recs {
		if recs[i].Kind.Secret() && !w.complete {
			w.batch = append(w.batch, wire.Record{Op: wire.Put, Kind: wire.RecordRestored, Key: recs[i].Key, Session: recs[i].Session})
		}
	}
	if w.keys++; w.keys%restoreBatch == 0 {
		return w.flush()
	}
	return nil
}

func (w *restoreWriter) flush() error {
	err := w.store.Apply(w.batch)
	for i := range w.batch {
		if w.batch[i].Kind.Secret() {
			clear(w.batch[i].Value)
		}
	}
	w.batch = w.batch[:0]
	return err
}

func (w *restoreWriter) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	switch {
	case !w.complete:
		if err := w.store.NoteGap(Gap{Since: w.header.Created, Found: uint64(time.Now().Unix())}); err != nil {
			return err
		}
	case w.header.Gap != nil:
		if err := w.store.NoteGap(*w.header.Gap); err != nil {
			return err
		}
	}
	return w.store.Bind(w.header.Owner)
}
