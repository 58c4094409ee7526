package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A backup is a file in the format of age (age-encryption.org/v1), which encrypts and
// authenticates it as a whole, to a passphrase or to public keys of the operator. It
// does not depend on the store's own secret. Inside are frames, each an RLP list with
// its length before it, 4 bytes big-endian:
//
//	BackupHeader
//	backupEntry    of the server set, with the zero key id; if there are records of it, and from version 2 on
//	backupEntry    one for each key id, ascending, with all its records
//	…
//	backupEntry    without records: the end
//	backupTrailer
//
// The node key and the consensus sign state are not in it.

const (
	backupMagic   = "geth-ss secretstore backup"
	backupVersion = 3 // 2 if there are no listings of a former set, 1 if there is nothing about the server set

	// maxFrame bounds what is read at once: all records of one key id. They are few and
	// each is at most maxValue long.
	maxFrame = 32 << 20
)

var (
	// ErrPassphrase means that a backup is not encrypted to what was given.
	ErrPassphrase = errors.New("wrong passphrase or identity for this backup")

	// ErrBackup means that a file is no backup, or is not whole, or was changed.
	ErrBackup = errors.New("the backup is damaged, or this is not a backup")

	// ErrBackupVersion means that a newer geth-ss wrote the backup.
	ErrBackupVersion = errors.New("the backup was written by a newer version of geth-ss; restore it with that one")
)

// BackupHeader is what a backup says of itself.
type BackupHeader struct {
	Magic   string
	Version uint64
	Schema  uint64 // of the store
	Created uint64 // unix seconds
	Owner   Owner
	Gap     *Gap `rlp:"nil"` // of the store
}

type backupEntry struct {
	Key     wire.KeyID
	Records []backupRecord
}

type backupRecord struct {
	Kind    wire.RecordKind
	Session wire.SessionID
	Value   []byte
}

type backupTrailer struct{ Keys, Records uint64 }

// BackupSummary is what is in a backup, after all of it was read.
type BackupSummary struct {
	BackupHeader
	Keys, Records uint64
	Shares        uint64 // of the records
}

// Backup writes everything that is in the store to w, encrypted. It may be called while
// others use the store. The memory it takes does not grow with the number of keys. check
// looks at the records of each key id before they are written.
func (s *Store) Backup(w io.Writer, check func(*BackupHeader, wire.KeyID, []wire.Record) error, to ...age.Recipient) (*BackupSummary, error) {
	owner, err := s.Owner()
	if errors.Is(err, ErrNotFound) {
		err = errors.New("the share store was never used: start the node once, then make the backup")
	}
	if err != nil {
		return nil, err
	}
	sum := &BackupSummary{BackupHeader: BackupHeader{Magic: backupMagic, Version: 1, Schema: schemaVersion,
		Created: uint64(time.Now().Unix()), Owner: *owner}}
	if gap, found, err := s.Gap(); err != nil {
		return nil, err
	} else if found {
		sum.Gap = &gap
	}
	sets, err := s.ofSets()
	if err != nil {
		return nil, err
	}
	for i := range sets {
		if sum.Version = max(sum.Version, 2); sets[i].Kind == wire.RecordGathered {
			sum.Version = backupVersion
		}
	}
	sealed, err := age.Encrypt(w, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypting the backup: %w", err)
	}
	if err := s.writeBackup(sealed, sum, sets, check); err != nil {
		return nil, err
	}
	return sum, sealed.Close()
}

func (s *Store) writeBackup(w io.Writer, sum *BackupSummary, sets []wire.Record, check func(*BackupHeader, wire.KeyID, []wire.Record) error) error {
	if err := writeFrame(w, &sum.BackupHeader); err != nil {
		return err
	}
	write := func(key wire.KeyID, recs []wire.Record) error {
		if err := check(&sum.BackupHeader, key, recs); err != nil {
			return fmt.Errorf("records %s are not valid: %w", subject(recs), err)
		}
		entry := backupEntry{Key: key}
		for i := range recs {
			entry.Records = append(entry.Records, backupRecord{recs[i].Kind, recs[i].Session, recs[i].Value})
		}
		sum.add(recs)
		return writeFrame(w, &entry)
	}
	if len(sets) > 0 {
		if err := write(wire.KeyID{}, sets); err != nil {
			return err
		}
	}
	if err := s.EachKey(write); err != nil {
		return err
	}
	if err := writeFrame(w, &backupEntry{}); err != nil {
		return err
	}
	return writeFrame(w, &backupTrailer{sum.Keys, sum.Records})
}

// subject names what records are about.
func subject(recs []wire.Record) string {
	if !recs[0].Kind.OfKey() {
		return "of the server set"
	}
	return fmt.Sprintf("of key %v", recs[0].Key)
}

func (b *BackupSummary) add(recs []wire.Record) {
	if b.Records += uint64(len(recs)); recs[0].Kind.OfKey() {
		b.Keys++
	}
	for i := range recs {
		if recs[i].Kind == wire.RecordShare {
			b.Shares++
		}
	}
}

func writeFrame(w io.Writer, value any) error {
	enc, err := rlp.EncodeToBytes(value)
	if err != nil {
		return err
	}
	defer clear(enc)
	if len(enc) > maxFrame {
		return fmt.Errorf("records of one key take %d bytes, more than the %d a backup allows", len(enc), maxFrame)
	}
	if _, err := w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(enc)))); err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	if _, err = w.Write(enc); err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	return nil
}

// ReadBackup decrypts a backup and gives begin its header and each the records of one key
// id after another; before them, if there are any, those about the server set, which are with the zero id. Only when it returns without error was the backup whole. Errors:
// ErrPassphrase, ErrBackup, ErrBackupVersion, or what begin and each return.
func ReadBackup(r io.Reader, begin func(*BackupHeader) error, each func(wire.KeyID, []wire.Record) error, with ...age.Identity) (*BackupSummary, error) {
	plain, err := age.Decrypt(r, with...)
	if noMatch := new(age.NoIdentityMatchError); errors.As(err, &noMatch) {
		return nil, ErrPassphrase
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return readBackup(plain, begin, each)
}

func readBackup(r io.Reader, begin func(*BackupHeader) error, each func(wire.KeyID, []wire.Record) error) (*BackupSummary, error) {
	sum := new(BackupSummary)
	if err := readFrame(r, &sum.BackupHeader); err != nil {
		return nil, err
	}
	switch {
	case sum.Magic != backupMagic:
		return nil, fmt.Errorf("%w: it is some other encrypted file", ErrBackup)
	case sum.Version > backupVersion || sum.Schema > schemaVersion:
		return nil, ErrBackupVersion
	case len(sum.Owner.Servers) > wire.MaxMembers:
		return nil, fmt.Errorf("%w: %d key servers", ErrBackup, len(sum.Owner.Servers))
	}
	if err := begin(&sum.BackupHeader); err != nil {
		return nil, err
	}
	for {
		recs, err := readEntry(r)
		if err != nil {
			return nil, err
		}
		if recs == nil {
			return sum, sum.finish(r)
		}
		sum.add(recs)
		if err := each(recs[0].Key, recs); err != nil {
			return nil, err
		}
	}
}

// finish holds the trailer against what was read, and wants nothing after it.
func (b *BackupSummary) finish(r io.Reader) error {
	var end backupTrailer
	if err := readFrame(r, &end); err != nil {
		return err
	}
	if end.Keys != b.Keys || end.Records != b.Records {
		return fmt.Errorf("%w: it has %d keys with %d records and says %d with %d", ErrBackup, b.Keys, b.Records, end.Keys, end.Records)
	}
	if n, err := io.CopyN(io.Discard, r, 1); n != 0 || err != io.EOF {
		return fmt.Errorf("%w: something follows its end (%v)", ErrBackup, err)
	}
	return nil
}

// readEntry gives the records of the next key id, nil at the end mark.
func readEntry(r io.Reader) ([]wire.Record, error) {
	var entry backupEntry
	if err := readFrame(r, &entry); err != nil {
		return nil, err
	}
	recs := make([]wire.Record, 0, len(entry.Records))
	for _, b := range entry.Records {
		rec := wire.Record{Op: wire.Put, Kind: b.Kind, Key: entry.Key, Session: b.Session, Value: b.Value}
		if err := check(&rec); err != nil {
			return nil, fmt.Errorf("%w: key %v: %w", ErrBackup, entry.Key, err)
		}
		if ofKey := b.Kind.OfKey(); ofKey != entry.Records[0].Kind.OfKey() || !ofKey && (entry.Key != (wire.KeyID{}) || !slices.Contains(keptOfSets, b.Kind)) {
			return nil, fmt.Errorf("%w: key %v: a record about the server set where there is none", ErrBackup, entry.Key)
		}
		recs = append(recs, rec)
	}
	if len(recs) == 0 {
		return nil, nil
	}
	return recs, nil
}

func readFrame(r io.Reader, into any) error {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, noEOF(err))
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxFrame {
		return fmt.Errorf("%w: a part of %d bytes", ErrBackup, n)
	}
	var enc bytes.Buffer // grows with what is there, not with what is announced
	if _, err := io.CopyN(&enc, r, int64(n)); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, noEOF(err))
	}
	defer clear(enc.Bytes())
	if err := rlp.DecodeBytes(enc.Bytes(), into); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
