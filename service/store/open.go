package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/gofrs/flock"
	"github.com/syndtr/goleveldb/leveldb"
	lerrors "github.com/syndtr/goleveldb/leveldb/errors"
	"github.com/syndtr/goleveldb/leveldb/filter"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/util"

	"github.com/geth-ss/geth-ss/internal/disk"
	"github.com/geth-ss/geth-ss/internal/journal"
	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// settings are what tests change.
type settings struct {
	scryptN int
	owner   *Owner            // whose store it must be; nil: anybody's
	step    func(name string) // called between the steps of a change
}

// Open opens the share store in dir, or makes one there. The secret is what
// LoadOrCreateKeyFile or ReadPasswordFile returned; the caller may clear it after.
// Errors a caller can branch on: ErrWrongSecret, ErrLocked, ErrSchema, *DamagedError.
// With any of them nothing in dir was changed.
func Open(dir string, secret []byte) (*Store, error) {
	return open(dir, secret, settings{scryptN: defaultScryptN})
}

// OpenFor is Open by a node that will Bind the store: another one's is refused with an
// *OwnerError, as it is.
func OpenFor(dir string, secret []byte, owner Owner) (*Store, error) {
	return open(dir, secret, settings{scryptN: defaultScryptN, owner: &owner})
}

func open(dir string, secret []byte, set settings) (_ *Store, err error) {
	if len(secret) == 0 {
		return nil, errors.New("the share store needs a password or a key file")
	}
	defer func() { err = adviseWritable(err) }()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, "LOCK"), flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil {
		return nil, err
	} else if !ok {
		return nil, ErrLocked
	}
	s := &Store{
		lock:       lock,
		dbdir:      filepath.Join(dir, "db"),
		writesPath: filepath.Join(dir, writesFile),
		files:      keyFiles{filepath.Join(dir, "keys")},
		counts:     make(map[wire.RecordKind]int),
		free:       disk.Free,
		step:       set.step,
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if err := s.createIfNone(secret, set.scryptN); err != nil {
		return nil, err
	}
	// leveldb tidies up when it opens. So it opens to read first, and only a database
	// that was read to its end is opened to write.
	left, err := s.inspect(secret, set.owner)
	if err != nil {
		return nil, err
	}
	if s.db, err = openDatabase(s.dbdir, options()); err != nil {
		return nil, err
	}
	return s, s.tidy(left)
}

// adviseWritable tells what to do about a directory that can't be written to.
func adviseWritable(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w; nothing was changed: make the directory and all in it writable for this user, on a file system that is mounted for writing", err)
	}
	return err
}

// createIfNone makes the database under another name and renames it, so that a
// directory db is either complete or damaged, never half made.
func (s *Store) createIfNone(secret []byte, scryptN int) error {
	if whole.Present(s.dbdir) {
		return nil
	}
	if whole.Present(s.writesPath) {
		return &DamagedError{What: "directory db", Advice: adviceStore, Err: errors.New("it is missing, and was written to")}
	}
	if err := os.MkdirAll(s.files.dir, 0o700); err != nil {
		return err
	}
	if found, err := s.files.list(); err != nil {
		return err
	} else if len(found) > 0 {
		return &DamagedError{What: "directory db", Advice: adviceStore,
			Err: fmt.Errorf("it is missing while there are %d key files of its records", len(found))}
	}
	temp := s.dbdir + ".new"
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	if err := createDatabase(temp, secret, scryptN); err != nil {
		return fmt.Errorf("making the share store: %w", err)
	}
	if err := os.Rename(temp, s.dbdir); err != nil {
		return err
	}
	return whole.SyncDir(filepath.Dir(s.dbdir))
}

func createDatabase(dir string, secret []byte, scryptN int) error {
	_, m, err := newKeyring(secret, scryptN)
	if err != nil {
		return err
	}
	enc, err := rlp.EncodeToBytes(m)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	db, err := leveldb.OpenFile(dir, creating())
	if err != nil {
		return err
	}
	batch := new(leveldb.Batch)
	batch.Put(versionKey, binary.BigEndian.AppendUint64(nil, schemaVersion))
	batch.Put(metaKey, enc)
	err = db.Write(batch, synced)
	if cerr := db.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = whole.SyncDir(dir)
	}
	return err
}

// synced is for every write that somebody relies on.
var synced = &opt.WriteOptions{Sync: true}

// openTables is how many files the database keeps open; the library's own number is half of what many a process may have.
const openTables = 32

// Descriptors is the most files that an open store has open.
const Descriptors = openTables + 16

// options: checksums are checked on every read and compaction. Bad journals were
// refused by checkJournals below; what is left for leveldb to skip is a torn end.
func options() *opt.Options {
	return &opt.Options{
		ErrorIfMissing:         true,
		OpenFilesCacheCapacity: openTables,
		Filter:                 filter.NewBloomFilter(10),
		Strict:                 opt.StrictJournalChecksum | opt.StrictBlockChecksum | opt.StrictCompaction | opt.StrictReader,
	}
}

func creating() *opt.Options {
	o := options()
	o.ErrorIfMissing, o.ErrorIfExist = false, true
	return o
}

func reading() *opt.Options {
	o := options()
	o.ReadOnly = true
	return o
}

func openDatabase(dir string, o *opt.Options) (*leveldb.DB, error) {
	db, err := leveldb.OpenFile(dir, o)
	if lerrors.IsCorrupted(err) || errors.Is(err, fs.ErrNotExist) {
		return nil, &DamagedError{What: "database db", Err: err, Advice: adviceStore}
	}
	return db, err
}

// checkJournals refuses what leveldb would skip.
func (s *Store) checkJournals() error {
	err := journal.Check(s.dbdir)
	var bad *journal.Error
	switch {
	case errors.As(err, &bad):
		return &DamagedError{What: "journal " + bad.File, Err: bad.Err, Advice: adviceStore}
	case err == nil, errors.Is(err, fs.ErrPermission):
		return err
	}
	return &DamagedError{What: "directory db", Err: err, Advice: adviceStore}
}

// errLost is what Open finds when leveldb opens but has fewer records than key files.
var errLost = errors.New("there are key files without a record: the database lost records, or an older copy of it was put back")

// leftovers are what a crash left undone.
type leftovers struct {
	settle []fileID // key files whose record is durable
	unused []fileID // key files whose record was never written
}

// inspect reads the whole database and changes nothing.
func (s *Store) inspect(secret []byte, owner *Owner) (left *leftovers, err error) {
	if err := s.checkJournals(); err != nil {
		return nil, err
	}
	if s.db, err = openDatabase(s.dbdir, reading()); err != nil {
		return nil, err
	}
	defer func() {
		s.db.Close()
		s.db = nil
	}()
	if err := s.unlockKeyring(secret); err != nil {
		return nil, err
	}
	if owner != nil {
		if _, err := s.checkOwner(*owner); err != nil {
			return nil, err
		}
	}
	if err := s.countWrites(); err != nil {
		return nil, err
	}
	return s.compare()
}

// unlockKeyring checks the schema and turns the secret into keys.
func (s *Store) unlockKeyring(secret []byte) error {
	version, err := s.db.Get(versionKey, nil)
	if err != nil || len(version) != 8 {
		return s.damaged("schema version", err)
	}
	if v := binary.BigEndian.Uint64(version); v > schemaVersion {
		return fmt.Errorf("%w (schema %d, this version knows %d)", ErrSchema, v, schemaVersion)
	}
	enc, err := s.db.Get(metaKey, nil)
	if err != nil {
		return s.damaged("key derivation record", err)
	}
	m, err := decodeMeta(enc)
	if err != nil {
		return s.damaged("key derivation record", err)
	}
	s.keys, err = openKeyring(secret, m)
	return err
}

func (s *Store) damaged(what string, err error) error {
	if err == nil {
		err = errors.New("wrong size")
	}
	return &DamagedError{What: what, Err: err, Advice: adviceStore}
}

// compare holds the records against the key files, and counts the records.
func (s *Store) compare() (*leftovers, error) {
	live, err := s.scanRecords()
	if err != nil {
		return nil, err
	}
	if s.erasing, err = s.scanErased(); err != nil {
		return nil, err
	}
	erased := make(map[fileID]bool)
	for _, id := range s.erasing {
		erased[id] = true
	}
	found, err := s.files.list()
	if err != nil {
		return nil, s.damaged("directory keys", err)
	}
	left := new(leftovers)
	for id, settled := range found {
		switch {
		case erased[id]:
		case live[id] && !settled:
			left.settle = append(left.settle, id)
		case !live[id] && settled:
			return nil, s.damaged("database db", errLost)
		case !live[id]:
			left.unused = append(left.unused, id)
		}
	}
	return left, nil
}

// tidy finishes what a crash left undone; see doc.go.
func (s *Store) tidy(left *leftovers) error {
	for _, id := range left.settle {
		if err := s.files.settle(id); err != nil {
			return fmt.Errorf("finishing a write of the share store: %w", err)
		}
	}
	if err := s.destroy(left.unused); err != nil {
		return fmt.Errorf("removing an unfinished write of the share store: %w", err)
	}
	return s.finishErasing()
}

// scanRecords counts records by kind and collects the key files they refer to.
func (s *Store) scanRecords() (map[fileID]bool, error) {
	live := make(map[fileID]bool)
	it := s.db.NewIterator(util.BytesPrefix([]byte{recordPrefix}), nil)
	defer it.Release()
	for it.Next() {
		id, err := parseRecordID(it.Key())
		if err != nil {
			return nil, s.damaged("database db", err)
		}
		s.counts[id.kind()]++
		if !id.kind().Secret() {
			continue
		}
		// A value that is too short is reported when somebody asks for it.
		if file, _, err := splitSecret(it.Value()); err == nil {
			live[file] = true
		}
	}
	if err := it.Error(); err != nil {
		return nil, s.damaged("database db", err)
	}
	return live, nil
}

// scanErased collects the key files noted for destruction.
func (s *Store) scanErased() (ids []fileID, err error) {
	it := s.db.NewIterator(util.BytesPrefix([]byte{erasedPrefix}), nil)
	defer it.Release()
	for it.Next() {
		if len(it.Key()) != erasedKeyLen {
			return nil, s.damaged("database db", fmt.Errorf("unknown database key %x", it.Key()))
		}
		ids = append(ids, fileID(it.Key()[1:]))
	}
	if err := it.Error(); err != nil {
		return nil, s.damaged("database db", err)
	}
	return ids, nil
}
