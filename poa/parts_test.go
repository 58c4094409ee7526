package poa

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	cmtconfig "github.com/cometbft/cometbft/config"
	"github.com/ethereum/go-ethereum/log"
)

// TestPace runs the control of the block interval against a network where a
// round takes some time and now and then a proposer is missing.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		name     string
		interval time.Duration
		round    time.Duration
		lost     func(height int) time.Duration
		low, top time.Duration // bounds of the mean interval
	}{
		{"loopback", time.Second, 40 * time.Millisecond, nil, 990 * time.Millisecond, 1010 * time.Millisecond},
		{"across the world", time.Second, 450 * time.Millisecond, nil, time.Second, 1250 * time.Millisecond},
		{"five seconds", 5 * time.Second, 300 * time.Millisecond, nil, 4950 * time.Millisecond, 5050 * time.Millisecond},
		{"one of four stopped", time.Second, 40 * time.Millisecond, func(h int) time.Duration {
			if h%4 == 0 {
				return 650 * time.Millisecond
			}
			return 0
		}, 990 * time.Millisecond, 1100 * time.Millisecond},
	} {
		conf := cmtconfig.DefaultConsensusConfig()
		p := newPace(c.interval, conf)
		now := time.Unix(1_700_000_000, 0)
		p.now = func() time.Time { return now }
		stamp, median := uint64(now.Unix()), now
		var begin time.Time
		const warmup, blocks = 50, 400
		for h := range warmup + blocks {
			if h == warmup {
				begin = now
			}
			now = now.Add(conf.TimeoutCommit + c.round)
			if c.lost != nil {
				now = now.Add(c.lost(h))
			}
			stamp = max(stamp+1, uint64(median.Unix()))
			median = now
			p.committed(stamp)
			if conf.TimeoutCommit < c.interval/5 || conf.TimeoutCommit > c.interval {
				t.Fatalf("%s: waits %v after a block", c.name, conf.TimeoutCommit)
			}
			if lead := int64(stamp) - now.Unix(); lead > 1 {
				t.Fatalf("%s: timestamps run %d s ahead", c.name, lead)
			}
		}
		if mean := now.Sub(begin) / blocks; mean < c.low || mean > c.top {
			t.Errorf("%s: a block every %v", c.name, mean)
		}
	}
}

func TestLogger(t *testing.T) {
	var buf bytes.Buffer
	var failure error
	l := newLogger(log.NewLogger(log.NewTerminalHandlerWithLevel(&buf, log.LevelTrace, false)), func(err error) { failure = err }, nil)
	for _, c := range []struct {
		do   func()
		want string
	}{
		{func() { l.Info("Timed out", "height", 3) }, "DEBUG"},
		{func() { l.Debug("step") }, "TRACE"},
		{func() { l.With("module", "p2p").Error("dial failed", "err", errors.New("refused")) }, "DEBUG"},
		{func() { l.With("module", "consensus").With("x", 1).Error("bad") }, "ERROR"},
		{func() { l.With("module", "consensus").Error("Not stopping State service -- has not been started yet") }, "DEBUG"},
		{func() {
			l.With("module", "consensus").Error("failed signing vote", "err", errors.New("height regression. Got 7, last height 9"))
		}, "DEBUG"},
		{func() {
			l.With("module", "consensus").Error("failed signing vote", "err", errors.New("conflicting data"))
		}, "ERROR"},
		{func() { l.With("module", "evidence").Error("odd", "key") }, "WARN"},
	} {
		buf.Reset()
		c.do()
		if !strings.Contains(buf.String(), c.want) {
			t.Errorf("%q, want %s", buf.String(), c.want)
		}
	}
	if failure != nil {
		t.Fatal("a failure was seen where there is none")
	}
	l.With("module", "consensus").Error("CONSENSUS FAILURE!!!", "err", "out of ideas", "stack", "...")
	if failure == nil || !strings.Contains(failure.Error(), "out of ideas") {
		t.Errorf("a panic in consensus was not noticed: %v", failure)
	}
}

// TestDialerOrder: of two nodes that list each other the one with the lower id
// dials first, and a node doesn't dial itself.
func TestDialerOrder(t *testing.T) {
	now := time.Unix(1000, 0)
	a, b := strings.Repeat("a", 40), strings.Repeat("b", 40)
	list := []string{fmt.Sprintf("%s@h:1", a), fmt.Sprintf("%s@h:2", b)}
	da, db := newDialer(list, identity{peer: a}, now), newDialer(list, identity{peer: b}, now)
	if len(da.peers) != 1 || len(db.peers) != 1 || da.ids() != b || db.ids() != a {
		t.Fatalf("%s dials %q, %s dials %q", a, da.ids(), b, db.ids())
	}
	if !da.peers[0].next.Equal(now) || !db.peers[0].next.Equal(now.Add(secondDials)) {
		t.Error("both dial at once")
	}
	if !da.peers[0].begin() || da.peers[0].begin() {
		t.Error("two attempts at a time")
	}
}

// TestDatabaseOutlivesClose: CometBFT's stragglers must not bring the process
// down.
func TestDatabaseOutlivesClose(t *testing.T) {
	c := cmtconfig.DefaultConfig().SetRoot(t.TempDir())
	if err := os.MkdirAll(c.DBDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	dbs := new(databases)
	if err := dbs.prepare(c); err != nil {
		t.Fatal(err)
	}
	db, err := dbs.open(&cmtconfig.DBContext{ID: stateDB, Config: c})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.SetSync([]byte("k"), []byte("v")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if v, err := db.Get([]byte("k")); err != nil || string(v) != "v" {
		t.Errorf("after CometBFT closed it: %q, %v", v, err)
	}
	for range 2 {
		if err := dbs.close(); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan bool)
	go func() {
		returned := false
		defer func() { ended <- returned }()
		db.Get([]byte("k"))
		returned = true
	}()
	if <-ended {
		t.Error("a late reader went on")
	}
	again := new(databases)
	if err := again.prepare(c); err != nil {
		t.Fatalf("the lock is still held: %v", err)
	}
	if err := again.close(); err != nil {
		t.Fatal(err)
	}
}
