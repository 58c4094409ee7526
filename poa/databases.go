package poa

import (
	"runtime"
	"sync"

	cmtdb "github.com/cometbft/cometbft-db"
	cmtconfig "github.com/cometbft/cometbft/config"
	"github.com/syndtr/goleveldb/leveldb/opt"
)

// databases are CometBFT's. It leaves them open if it can't start, and closes
// them too early when it stops.
type databases struct{ opened []*database }

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
	db, err := cmtdb.NewGoLevelDBWithOpts(c.ID, c.Config.DBDir(), &opt.Options{OpenFilesCacheCapacity: openTables})
	if err != nil {
		return nil, err
	}
	d := &database{DB: db}
	s.opened = append(s.opened, d)
	return d, nil
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
	return d.DB.Get(key)
}

// Has implements CometBFT's DB.
func (d *database) Has(key []byte) (bool, error) {
	d.enter()
	defer d.mu.RUnlock()
	return d.DB.Has(key)
}
