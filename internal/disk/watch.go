package disk

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
)

const (
	// every is short: a node may write some tens of megabytes a second.
	every = time.Second

	// nag is how often a warning is repeated that nobody has acted on.
	nag = 10 * time.Minute

	lowSpace = 1 << 30 // is warned of, as is twice the floor
)

var freeGauge = metrics.NewRegisteredGauge("ss/disk/free", nil) // of the disk that has the least

// ErrFull is why a node ended whose disk was nearly full.
var ErrFull = errors.New("the disk is nearly full")

// Watch ends a node before a disk under it is full: a database that can't write may be found damaged. It is a
// node.Lifecycle.
type Watch struct {
	dirs  []string
	floor uint64 // bytes; 0 ends nothing
	end   func() // closes the node
	also  []string

	free   func(string) (uint64, error)
	warned time.Time // zero while there is room
	quit   chan struct{}
	done   sync.WaitGroup

	mu  sync.Mutex
	err error
}

// NewWatch makes the watch over the disks that dirs are on; those that are not there yet are on the disk of the nearest
// directory above. Of what is in also it warns alone: who writes there can do without. end is called once, in a
// goroutine of its own.
func NewWatch(dirs, also []string, floor uint64, end func()) *Watch {
	return &Watch{dirs: dirs, also: also, floor: floor, end: end, free: FreeFor, quit: make(chan struct{})}
}

// Check fails if there is too little room now.
func (w *Watch) Check() error {
	err := w.look(time.Now())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
	return err
}

// Err is why the watch has ended the node, or nil.
func (w *Watch) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Start implements node.Lifecycle.
func (w *Watch) Start() error {
	w.done.Go(w.run)
	return nil
}

// Stop implements node.Lifecycle.
func (w *Watch) Stop() error {
	close(w.quit)
	w.done.Wait()
	return nil
}

func (w *Watch) run() {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-w.quit:
			return
		case <-tick.C:
		}
		if err := w.Check(); err != nil {
			log.Error("Closing the node while it can still write", "err", err)
			go w.end() // which waits for this goroutine
			return
		}
	}
}

// look asks every disk, and warns of the one with the least room.
func (w *Watch) look(now time.Time) error {
	dir, least := w.least(w.dirs)
	if least < w.floor {
		return fmt.Errorf("%w: %d MiB are free for %s, and %d are wanted; make room, and start again (--datadir.minfreedisk)", ErrFull, least>>20, dir, w.floor>>20)
	}
	if other, free := w.least(w.also); free < least {
		dir, least = other, free
	}
	freeGauge.Update(int64(min(least, math.MaxInt64)))
	switch low := least < Low(w.floor); {
	case low && (w.warned.IsZero() || now.Sub(w.warned) >= nag):
		log.Warn("Little room on the disk: make some. The node ends before it is full", "dir", dir, "free", mib(least), "ends", mib(w.floor))
		w.warned = now
	case !low && !w.warned.IsZero():
		log.Info("There is room on the disk again", "free", mib(least))
		w.warned = time.Time{}
	}
	return nil
}

func (w *Watch) least(dirs []string) (dir string, least uint64) {
	least = math.MaxUint64
	for _, d := range dirs {
		free, err := w.free(d)
		if err != nil {
			log.Debug("The free disk space can't be read", "dir", d, "err", err)
		} else if free < least {
			dir, least = d, free
		}
	}
	return dir, least
}

func mib(bytes uint64) string { return fmt.Sprintf("%d MiB", bytes>>20) }
