package main

import (
	"bytes"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
)

// calmLog is a log in text behind the filter, at the verbosity, with a clock that the test moves.
func calmLog(out *bytes.Buffer, verbosity int) (log.Logger, *calm, *time.Time) {
	now := time.Unix(1_800_000_000, 0)
	c := &calm{clock: func() time.Time { return now }}
	glog := log.NewGlogHandler(commas{slog.NewTextHandler(out, &slog.HandlerOptions{Level: log.LevelTrace})})
	glog.Verbosity(log.FromLegacyLevel(verbosity))
	return log.NewLogger(calmHandler{glog, c}), c, &now
}

// TestCalm: of the lines of an idle chain only those that are named are lowered, from when the filter is on; every warning
// and error passes, whatever it says.
func TestCalm(t *testing.T) {
	imported := func(txs int) []any {
		return []any{"number", big.NewInt(7), "hash", common.Hash{}, "blocks", 1, "txs", txs, "mgas", 0.0}
	}
	lines := []struct {
		msg     string
		ctx     []any
		lowered bool
	}{
		{importedLine, imported(0), true},
		{importedLine, imported(3), false},
		{importedLine, nil, false}, // geth has changed its line: rather too many than none
		{"Imported new chain segment", imported(0), false},
		{"Chain head was updated", []any{"number", 7}, true},
		{"Starting work on payload", []any{"id", "0x03"}, true},
		{"Updated payload", []any{"id", "0x03", "txs", 0}, true},
		{"Stopping work on payload", []any{"id", "0x03", "reason", "delivery"}, true},
		{"Chain head was updated.", nil, false},
		{"Chain reorg detected", nil, false},
		{"Submitted transaction", []any{"hash", common.Hash{}}, false},
		{"Secret store peer connected", []any{"connected", 3}, false},
		{"Chain ID:  53530 (unknown)", nil, false}, // not from where geth describes the chain
		{"", nil, false},
	}
	for _, on := range []bool{false, true} {
		for _, verbosity := range []int{3, 4} {
			var out bytes.Buffer
			logger, c, _ := calmLog(&out, verbosity)
			if on {
				c.begin()
			}
			for _, line := range lines {
				out.Reset()
				logger.Info(line.msg, line.ctx...)
				if want := !on || !line.lowered || verbosity > 3; (out.Len() > 0) != want {
					t.Errorf("on %v, verbosity %d: %q is told: %v, want %v", on, verbosity, line.msg, out.Len() > 0, want)
				}
				for level, say := range map[string]func(string, ...any){"WARN": logger.Warn, "ERROR": logger.Error} {
					out.Reset()
					say(line.msg, line.ctx...)
					if !strings.Contains(out.String(), "level="+level) {
						t.Errorf("on %v: the %s %q is lost: %q", on, level, line.msg, &out)
					}
				}
			}
		}
	}
}

// TestCalmOfChild: loggers made from the one that is filtered are filtered too.
func TestCalmOfChild(t *testing.T) {
	var out bytes.Buffer
	logger, c, _ := calmLog(&out, 3)
	c.begin()
	child := logger.With("service", "poa")
	child.Info("Chain head was updated")
	if out.Len() > 0 {
		t.Error(out.String())
	}
	child.Info("Consensus peers", "missing", []string{"a", "b"})
	if !strings.Contains(out.String(), `service=poa missing="a, b"`) {
		t.Error(out.String())
	}
}

// TestCalmSummary: blocks without a line of their own are told together, twice a minute at most, and counted all.
func TestCalmSummary(t *testing.T) {
	var out bytes.Buffer
	logger, c, now := calmLog(&out, 3)
	c.begin()
	for n := range 300 {
		txs := 0
		if n == 100 {
			txs = 2
		}
		*now = now.Add(time.Second)
		logger.Info(importedLine, "number", big.NewInt(int64(n)), "blocks", 1, "txs", txs)
		logger.Info("Chain head was updated", "number", n)
	}
	if got := strings.Count(out.String(), "msg=Blocks"); got != 10 {
		t.Errorf("%d summaries of five minutes, want 10:\n%s", got, &out)
	}
	if got := strings.Count(out.String(), "\n"); got != 11 {
		t.Errorf("%d lines, want 11:\n%s", got, &out)
	}
	for _, want := range []string{"newest=29 blocks=30 txs=0", "newest=119 blocks=30 txs=2", "newest=299 blocks=30 txs=0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it lacks %s:\n%s", want, &out)
		}
	}
	out.Reset()
	for range 300 { // of which each has its own line
		*now = now.Add(time.Second)
		logger.Info(importedLine, "number", big.NewInt(1), "blocks", 1, "txs", 1)
	}
	if strings.Contains(out.String(), "Blocks") {
		t.Errorf("a summary of what was told:\n%s", &out)
	}
}

// TestChainIsDescribed: a chain of our own is not called one of proof of stake, nor unknown, and its genesis block not
// decades old.
func TestChainIsDescribed(t *testing.T) {
	dir := t.TempDir()
	n := startNode(t, "--dev", "--datadir", dir, "--secretstore", "--secretstore.acl", "none", "--secretstore.http=false")
	wantMatch(t, n.log.String(), `Chain +id=1337 consensus="development chain"`)
	for _, not := range []string{"proof-of-stake", "Merge", "unknown", "-----"} {
		if strings.Contains(n.log.String(), not) {
			t.Errorf("the log has %q:\n%s", not, &n.log)
		}
	}
	cmd := command(t, "secretstore", "status", "--datadir", dir)
	out, _ := cmd.Output() // it exits with 1 while something is wrong
	wantMatch(t, string(out), `final block 0, the genesis block`)
	if strings.Contains(string(out), "s old") {
		t.Errorf("%s", out)
	}
}
