package main

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
)

// A network that makes blocks without pause would fill the log with lines of empty blocks, in which nobody would find
// a warning. So on networks whose blocks this node and its like make, the lines below are lowered to debug, and blocks
// are told together, every so often. Only information is lowered, and only lines that are named here: whatever geth says
// else, and every warning and error, passes.

// summaryEvery is how often blocks are told that had no line of their own.
const summaryEvery = 30 * time.Second

// importedLine is what geth says of each block. Of one with transactions it passes.
const importedLine = "Imported new potential chain segment"

// blockLines are what geth says besides for each block, or each one that this node proposes.
var blockLines = []string{"Chain head was updated", "Starting work on payload", "Updated payload", "Stopping work on payload"}

// bannerCaller is the function in which geth describes the chain over 30 lines, as one of proof of stake. Its lines have
// no attributes.
const bannerCaller = "core.NewBlockChain"

// calm is what is known of the lines that were lowered. The zero value lowers nothing until it is told to.
type calm struct {
	clock func() time.Time // nil: the system's

	mu      sync.Mutex
	on      bool
	blocks  uint64 // since the last summary, those with a line of their own included
	txs     uint64
	silent  uint64 // of these blocks, without a line
	summary time.Time
}

func (c *calm) now() time.Time {
	if c.clock == nil {
		return time.Now()
	}
	return c.clock()
}

// begin lowers lines from now on.
func (c *calm) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on, c.summary = true, c.now()
}

// lower tells whether a line is to be lowered, and what to say of the blocks meanwhile, if it is time.
func (c *calm) lower(r slog.Record) (lowered bool, summary []any) {
	if r.Level != slog.LevelInfo {
		return false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.on:
		return false, nil
	case r.Message == importedLine:
		return c.imported(r)
	case slices.Contains(blockLines, r.Message):
		return true, nil
	}
	return r.NumAttrs() == 0 && isBanner(r.PC), nil
}

func (c *calm) imported(r slog.Record) (lowered bool, summary []any) {
	number, blocks, txs := blockNumbers(r)
	c.blocks, c.txs = c.blocks+blocks, c.txs+txs
	if lowered = txs == 0; lowered {
		c.silent += blocks
	}
	if now := c.now(); c.silent > 0 && now.Sub(c.summary) >= summaryEvery {
		summary = []any{"newest", number, "blocks", c.blocks, "txs", c.txs}
		c.summary, c.blocks, c.txs, c.silent = now, 0, 0, 0
	}
	return lowered, summary
}

// blockNumbers are what a line of importedLine tells. A line that lacks one counts as one of a block with a transaction.
func blockNumbers(r slog.Record) (number, blocks, txs uint64) {
	blocks, txs = 1, 1
	r.Attrs(func(a slog.Attr) bool {
		switch v := asNumber(a.Value); a.Key {
		case "number":
			number = v
		case "blocks":
			blocks = v
		case "txs":
			txs = v
		}
		return true
	})
	return number, blocks, txs
}

func asNumber(v slog.Value) uint64 {
	switch v.Kind() {
	case slog.KindInt64:
		return uint64(v.Int64())
	case slog.KindUint64:
		return v.Uint64()
	}
	if big, ok := v.Any().(interface{ Uint64() uint64 }); ok {
		return big.Uint64()
	}
	return 0
}

func isBanner(pc uintptr) bool {
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return strings.HasSuffix(frame.Function, bannerCaller)
}

// calmHandler is a log handler that lowers lines by calm. It stands before the one that decides by level, so --verbosity 4
// shows every line.
type calmHandler struct {
	slog.Handler
	calm *calm
}

// Handle implements slog.Handler.
func (h calmHandler) Handle(ctx context.Context, r slog.Record) error {
	lowered, summary := h.calm.lower(r)
	if lowered {
		r.Level = log.LevelDebug
	}
	err := h.Handler.Handle(ctx, r)
	if summary != nil {
		told := slog.NewRecord(r.Time, slog.LevelInfo, "Blocks", r.PC)
		told.Add(summary...)
		h.Handler.Handle(ctx, told)
	}
	return err
}

// WithAttrs implements slog.Handler.
func (h calmHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calmHandler{h.Handler.WithAttrs(attrs), h.calm}
}

// WithGroup implements slog.Handler.
func (h calmHandler) WithGroup(name string) slog.Handler {
	return calmHandler{h.Handler.WithGroup(name), h.calm}
}
