package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/log"
)

// interruptsToPanic is how many interrupts, after the first one, end a node that does not close, with the stacks of all
// goroutines.
const interruptsToPanic = 9

// start starts the node, and closes it when the process is told to end. geth's own way to do so ends the process where
// a part fails to start, and watches over the disk by other rules than ours (watchDisks).
func (n *fullNode) start(console bool) error {
	if err := n.stack.Start(); err != nil {
		return explainListen(n.sockets, fmt.Errorf("starting the node: %w", err))
	}
	go n.closeWhenTold(console)
	return nil
}

// closeWhenTold closes the node at SIGTERM or an interrupt. A console takes interrupts itself, and its node ends with its
// terminal too.
func (n *fullNode) closeWhenTold(console bool) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if console {
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	for told := range signals {
		if told != os.Interrupt || !console {
			break
		}
	}
	log.Info("Got interrupt, shutting down...")
	go n.stack.Close()
	for left := interruptsToPanic; left > 0; left-- {
		<-signals
		log.Warn("Already shutting down, interrupt more to panic.", "times", left)
	}
	closeLogging() // profiles and traces are worth something only when they are whole
	debug.SetTraceback("all")
	panic("boom")
}

// hangups are what a node does at SIGHUP: it goes on in a new log file, and reads again what may have changed on disk.
// From when it is made on, before anything is opened, until the process ends, the signal does no harm.
type hangups struct {
	mu    sync.Mutex
	parts []func() error
}

// takeHangups begins to take the signal. Other commands leave it to what the system does, which is to end them, unless they
// run under nohup.
func takeHangups() *hangups {
	h := new(hangups)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		for range signals {
			h.reload()
		}
	}()
	return h
}

// also adds what is to be done. The error is one that nobody else tells.
func (h *hangups) also(part func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.parts = append(h.parts, part)
}

func (h *hangups) reload() {
	reopenLog()
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	for _, part := range h.parts {
		errs = append(errs, part())
	}
	if err := errors.Join(errs...); err != nil {
		log.Error("Reloaded at SIGHUP, but not all", "err", err)
		return
	}
	log.Info("Reloaded at SIGHUP: the log file is opened again, certificates are read again")
}

// runMark tells the next start that this one ended without closing. geth puts it there when its service is made, and so
// took each start that failed for a crash; here it is put there when the service runs. geth's service takes it away when it
// stops. It is a node.Lifecycle that comes right after that service.
type runMark struct{ db ethdb.KeyValueStore }

// newRunMark takes geth's own mark away.
func newRunMark(db ethdb.KeyValueStore) runMark {
	rawdb.PopUncleanShutdownMarker(db)
	return runMark{db}
}

// Start implements node.Lifecycle.
func (m runMark) Start() error {
	_, _, err := rawdb.PushUncleanShutdownMarker(m.db)
	if err == nil {
		err = m.db.SyncKeyValue() // the crash may come at once
	}
	if err != nil {
		log.Warn("The next start can't tell whether this node was closed", "err", err)
	}
	return nil
}

// Stop implements node.Lifecycle.
func (runMark) Stop() error { return nil }
