package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/internal/whole"
)

// openChain makes the Ethereum service.
func (n *fullNode) openChain() (*eth.Ethereum, error) {
	if err := n.checkPeerDatabase(); err != nil {
		return nil, err
	}
	backend, err := eth.New(n.stack, &n.cfg.Eth)
	if err != nil {
		return nil, fmt.Errorf("registering the Ethereum service: %w%s", err, n.chainRemedy())
	}
	n.stack.RegisterLifecycle(newRunMark(backend.ChainDb()))
	return backend, nil
}

// describeChain says what chain it is in the place of geth's own description, which takes every chain for one of proof of
// stake.
func (n *fullNode) describeChain(cfg *params.ChainConfig) {
	consensus := "development chain"
	if n.cfg.PoA.Enabled {
		consensus = "proof of authority"
	}
	log.Info("Chain", "id", cfg.ChainID, "consensus", consensus, "fork", cfg.LatestFork(uint64(time.Now().Unix())))
}

// tellEnd gives the place and the way out where geth can't go on with its database and returns no error: where it panics,
// and, from here on, where it ends the process by a line of the log.
func (n *fullNode) tellEnd(err *error) (ending func()) {
	remedy := n.chainRemedy()
	lastWords.Store(&remedy)
	return func() {
		if cause := recover(); cause != nil {
			log.Debug("geth gave up", "stack", string(debug.Stack()))
			*err = fmt.Errorf("geth gave up: %v%s", cause, remedy)
		}
	}
}

// checkPeerDatabase opens what geth will open when the node starts, with an error that does not say what it is about.
func (n *fullNode) checkPeerDatabase() error {
	path := n.cfg.Node.NodeDB()
	if path == "" || !whole.Present(path) {
		return nil
	}
	db, err := enode.OpenDB(path)
	if err != nil {
		return fmt.Errorf("the peer database %s can't be opened: %w; move it away, and the node begins a new one", path, err)
	}
	db.Close()
	return nil
}

// chainRemedy is what helps if the chain is damaged.
func (n *fullNode) chainRemedy() string {
	dir := n.stack.InstanceDir()
	if dir == "" {
		return ""
	}
	and := ""
	if n.cfg.PoA.Enabled {
		and = ", poa" + string(os.PathSeparator) + "data"
	}
	return fmt.Sprintf("; the chain is in %s: if it is damaged, move chaindata, triedb%s away from there, run init again if the network has its own file, "+
		"and let the node sync; if blobpool is damaged, move that away, since it holds only waiting transactions; keep nodekey, secretstore and poa/sign-state.json",
		dir, and)
}

// lastWords follow what geth says before it ends the process, so that the last line has the reason and the way out.
var lastWords atomic.Pointer[string]

// endings is a log handler that adds them.
type endings struct{ slog.Handler }

// Handle implements slog.Handler.
func (h endings) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if words := lastWords.Load(); r.Level >= log.LevelCrit && words != nil {
		reason := r.Message
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "err" || a.Key == "error" {
				reason += ": " + a.Value.String()
			}
			return true
		})
		fmt.Fprintf(os.Stderr, "Fatal: %s%s\n", reason, *words)
	}
	return err
}

// WithAttrs implements slog.Handler.
func (h endings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return endings{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h endings) WithGroup(name string) slog.Handler { return endings{h.Handler.WithGroup(name)} }
