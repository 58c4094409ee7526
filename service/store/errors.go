package store

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound means that there is no such record.
	ErrNotFound = errors.New("no such record")

	// ErrConflict means that a Create met a different record. Nothing was written.
	ErrConflict = errors.New("a different record is already stored")

	// ErrWrongSecret means that the database is sound but was made with another
	// password or key file.
	ErrWrongSecret = errors.New("wrong password or key file for the share store")

	// ErrSchema means that a newer geth-ss wrote the database.
	ErrSchema = errors.New("the share store was written by a newer version of geth-ss; run that version")

	// ErrLocked means that another process has the store open.
	ErrLocked = errors.New("the share store is in use by another process")

	// ErrFull means that the disk is nearly full. Nothing was written.
	ErrFull = errors.New("the disk is full; make room, and the store goes on by itself")

	// ErrClosed means that the store was closed.
	ErrClosed = errors.New("the share store is closed")
)

// DamagedError says which part of the store can't be read, why, and what to do.
// Nothing is overwritten when it is returned.
type DamagedError struct {
	What   string // the part: "share of key 0x…, version …", "journal 000003.log"
	Err    error  // what is wrong with it
	Advice string // what the operator can do
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("share store: %s is damaged: %v; %s", e.What, e.Err, e.Advice)
}

func (e *DamagedError) Unwrap() error { return e.Err }

const (
	adviceStore = "stop here and restore the whole secretstore directory from a backup; " +
		"without one, move it away and let the node start empty: it then holds no shares, " +
		"and keys stay usable while threshold+1 other nodes hold theirs"

	adviceRecord = "other records are not affected and this key stays usable while threshold+1 other " +
		"nodes hold their shares; to get it back, restore the whole secretstore directory from a backup"
)
