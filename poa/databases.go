package poa

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	cmtdb "github.com/cometbft/cometbft-db"
	cmtconfig "github.com/cometbft/cometbft/config"
	cmtstate "github.com/cometbft/cometbft/state"
	cmtstore "github.com/cometbft/cometbft/store"
	"github.com/syndtr/goleveldb/leveldb/opt"

	"github.com/geth-ss/geth-ss/internal/journal"
	"github.com/geth-ss/geth-ss/internal/whole"
)

// dataRemedy is the way out of damaged consensus data. What a validator signed is elsewhere.
const dataRemedy = "stop here and restore the whole data directory from the newest backup, except " + signStateFile + ", which stays as it is here; " +
	"without one, move this directory and geth's chaindata and triedb away, run init again and let the node sync from the other nodes; " +
	"keep the node key, " + signStateFile + " and secretstore"

// Names of CometBFT's databases, in the order in which it makes them.
const (
	blockDB    = "blockstore"
	stateDB    = "state"
	evidenceDB = "evidence"
)

// databases are CometBFT's. It leaves them open if it can't start, and closes
// them too early when it stops. And it trusts them: it takes a new database for
// one that is missing, and answers a read that fails with a panic.
type databases struct {
	failed func(error) // told once a database can't be read or written
	opened map[string]*database
}

// prepare opens the databases if nothing speaks against them: a damaged one, one
// that is missing beside the others, two that don't belong together.
func (s *databases) prepare(conf *cmtconfig.Config) error {
	s.opened = make(map[string]*database)
	if err := checkLog(filepath.Dir(conf.Consensus.WalFile())); err != nil {
		return err
	}
	if path := databasePath(conf, blockDB); !whole.Present(path) {
		for _, id := range []string{stateDB, evidenceDB} { // which are made after it
			if whole.Present(databasePath(conf, id)) {
				return damaged(path, errors.New("it is missing, and the other databases are there"))
			}
		}
	}
	var blocks int64
	for _, id := range []string{blockDB, stateDB, evidenceDB} {
		path := databasePath(conf, id)
		if blocks > 0 && !whole.Present(path) {
			return damaged(path, fmt.Errorf("it is missing, and there are blocks up to %d", blocks))
		}
		if err := s.openOne(conf, id, path); err != nil {
			return err
		}
		if id == blockDB {
			blocks = cmtstore.LoadBlockStoreState(s.opened[id]).Height
		}
	}
	return s.checkHeights(blocks)
}

func databasePath(conf *cmtconfig.Config, id string) string {
	return filepath.Join(conf.DBDir(), id+".db")
}

func (s *databases) openOne(conf *cmtconfig.Config, id, path string) error {
	if whole.Present(path) {
		if err := journal.Check(path); err != nil {
			return unusable(path, err)
		}
	}
	db, err := cmtdb.NewGoLevelDBWithOpts(id, conf.DBDir(), &opt.Options{OpenFilesCacheCapacity: openTables})
	if err != nil {
		return unusable(path, err)
	}
	s.opened[id] = &database{DB: db, path: path, failed: s.failed}
	return nil
}

// checkHeights: a block is stored first and then its state, so the state is never
// more than one behind, and never ahead.
func (s *databases) checkHeights(blocks int64) error {
	state, err := cmtstate.NewStore(s.opened[stateDB], cmtstate.StoreOptions{}).Load()
	if err != nil {
		return unusable(s.opened[stateDB].path, err)
	}
	if h := state.LastBlockHeight; h > blocks || h < blocks-1 {
		return damaged(s.opened[stateDB].path, fmt.Errorf("it is at block %d and %s at %d: one of them has lost its end, or comes from another copy", h, s.opened[blockDB].path, blocks))
	}
	return nil
}

// checkLog wants consensus' log of votes to be files, if it is there. What is in it
// CometBFT mends, and the sign state knows what was signed.
func checkLog(dir string) error {
	if !whole.Present(dir) {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return damagedLog(dir, err)
	}
	for _, e := range entries {
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err != nil {
			return damagedLog(dir, err)
		} else if !info.Mode().IsRegular() {
			return damagedLog(dir, fmt.Errorf("%s is not a file", e.Name()))
		}
	}
	return nil
}

func damagedLog(dir string, err error) error {
	return fmt.Errorf("consensus' log %s can't be read: %w; move it away, and the node begins a new one", dir, err)
}

func damaged(path string, err error) error {
	return fmt.Errorf("the consensus database %s is damaged: %w; %s", path, err, dataRemedy)
}

// unusable accuses the database only of what is its own.
func unusable(path string, err error) error {
	if journal.IsDamage(err) {
		return damaged(path, err)
	}
	return fmt.Errorf("the consensus database %s can't be used: %w", path, err)
}

// openTables is how many files each of them keeps open. The library's own number, 500, adds up to more than many a process may
// have.
const openTables = 32

// Descriptors is the most files that the driver of a node keeps open: databases, logs, and connections of consensus, which
// others begin too.
func Descriptors(c *Config) int {
	const databases, others = 3, 16
	return databases*(openTables+8) + others + maxStrangers + 2*len(c.Peers)
}

// open is CometBFT's DBProvider.
func (s *databases) open(c *cmtconfig.DBContext) (cmtdb.DB, error) {
	db, ok := s.opened[c.ID]
	if !ok {
		return nil, fmt.Errorf("internal error: consensus asks for a database %q", c.ID)
	}
	return db, nil
}

// close closes them in earnest. CometBFT must have stopped.
func (s *databases) close() (err error) {
	for _, d := range s.opened {
		if e := d.finish(); e != nil {
			err = e
		}
	}
	return err
}

// database outlives CometBFT's Close. Its node closes the block store while the
// goroutines that gossip with peers are still about, some of them asleep for
// seconds, and these panic on a closed database, which would take the process
// down in the middle of geth's shutdown. Here the database stays open until
// finish, and a goroutine that comes even later ends there.
type database struct {
	cmtdb.DB
	path   string
	failed func(error)

	mu     sync.RWMutex // held for reading during a read
	closed bool
}

// Close implements CometBFT's DB, and does nothing.
func (d *database) Close() error { return nil }

func (d *database) finish() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	return d.DB.Close()
}

// enter lets a reader in, or ends its goroutine, running what it deferred.
// What it locked without a defer stays locked; nobody is left who would wait.
func (d *database) enter() {
	d.mu.RLock()
	if d.closed {
		d.mu.RUnlock()
		runtime.Goexit()
	}
}

// Get implements CometBFT's DB.
func (d *database) Get(key []byte) ([]byte, error) {
	d.enter()
	defer d.mu.RUnlock()
	value, err := d.DB.Get(key)
	return value, d.noticed(err)
}

// Has implements CometBFT's DB.
func (d *database) Has(key []byte) (bool, error) {
	d.enter()
	defer d.mu.RUnlock()
	has, err := d.DB.Has(key)
	return has, d.noticed(err)
}

// Set implements CometBFT's DB.
func (d *database) Set(key, value []byte) error {
	d.enter()
	defer d.mu.RUnlock()
	return d.noticed(d.DB.Set(key, value))
}

// SetSync implements CometBFT's DB.
func (d *database) SetSync(key, value []byte) error {
	d.enter()
	defer d.mu.RUnlock()
	return d.noticed(d.DB.SetSync(key, value))
}

// NewBatch implements CometBFT's DB.
func (d *database) NewBatch() cmtdb.Batch { return &noticedBatch{d.DB.NewBatch(), d} }

type noticedBatch struct {
	cmtdb.Batch
	db *database
}

// Write implements CometBFT's Batch.
func (b *noticedBatch) Write() error {
	b.db.enter()
	defer b.db.mu.RUnlock()
	return b.db.noticed(b.Batch.Write())
}

// WriteSync implements CometBFT's Batch.
func (b *noticedBatch) WriteSync() error {
	b.db.enter()
	defer b.db.mu.RUnlock()
	return b.db.noticed(b.Batch.WriteSync())
}

// noticed ends consensus when a database fails. CometBFT would panic, with a stack
// in place of a reason, and in most of its goroutines nobody recovers that: these
// end here. Elsewhere the error takes its way.
func (d *database) noticed(err error) error {
	if err == nil {
		return nil
	}
	err = unusable(d.path, err)
	d.failed(err)
	if !recovers() {
		runtime.Goexit()
	}
	return err
}

// recovers tells whether a panic in this goroutine is recovered: in consensus
// itself, which ends well only so, and while the driver starts it.
func recovers() bool {
	var callers [128]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, "consensus.(*State).receiveRoutine") || strings.HasSuffix(frame.Function, "poa.(*Driver).startNode") {
			return true
		}
		if !more {
			return false
		}
	}
}
