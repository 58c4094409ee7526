package poa

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/internal/logtest"
)

// TestOldSignState: a validator whose sign state is older than its chain, since
// only that file was restored from a copy, is refused before it can vote.
func TestOldSignState(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	dir := t.TempDir()
	n := testNetwork(t, dir, 1, 0)
	v := n.nodes[0]
	path := filepath.Join(v.dir, "geth-ss", dirName, signStateFile)
	v.live(t, 2)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v.live(t, 5)
	newest, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	ended(t, v, "has this validator's signature")
	if after, err := os.ReadFile(path); err != nil || string(after) != string(old) {
		t.Errorf("it signed all the same: %s, %v", after, err)
	}
	if err := os.WriteFile(path, newest, 0o600); err != nil {
		t.Fatal(err)
	}
	v.start(t)
	waitHeight(t, 6, patience, v)
}

// TestOldDirectory: what can't be seen on the own disk is seen on the network. A
// validator whose whole directory is an old copy, or that comes with nothing but
// its key, finds its own later votes in the blocks it syncs, and doesn't vote.
func TestOldDirectory(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 4, 0)
	v, rest := n.nodes[3], n.nodes[:3]
	startAll(t, n.nodes...)
	waitHeight(t, 3, patience, n.nodes...)
	v.stop()
	old := t.TempDir()
	if err := os.CopyFS(old, os.DirFS(v.dir)); err != nil {
		t.Fatal(err)
	}
	v.start(t)
	waitHeight(t, rest[0].height()+1, patience, n.nodes...)
	rest[2].stop() // so that no block comes without a vote of v
	waitHeight(t, max(rest[0].height(), v.height())+3, patience, rest[0], rest[1], v)
	rest[2].start(t)
	waitHeight(t, v.height()+1, patience, n.nodes...)
	v.stop()
	newest := v.dir

	v.dir = old
	ended(t, v, "has this validator's signature")
	ended(t, v, "has this validator's signature") // every time, and not only before it has that block
	v.dir = t.TempDir()
	ended(t, v, "is an old copy or a new one")

	// The way out, as poa resume writes it.
	state := filepath.Join(v.dir, "geth-ss", dirName, signStateFile)
	if err := os.WriteFile(state, []byte(`{"height":"1000","round":0,"step":3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	v.start(t)
	waitHeight(t, rest[0].height()+2, patience, n.nodes...)
	v.stop()

	v.dir = newest
	v.start(t)
	waitHeight(t, rest[0].height()+2, patience, n.nodes...)
	sameChain(t, 1, n.nodes...)
}

// ended starts a node that must end by itself, soon, for a reason.
func ended(t *testing.T, v *testNode, reason string) {
	t.Helper()
	if err := v.run(); err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{})
	stack := v.stack
	go func() { stack.Wait(); close(closed) }()
	defer v.stop()
	select {
	case <-closed:
	case <-time.After(patience):
		t.Fatalf("%s goes on at block %d", v.name, v.height())
	}
	if err := v.driver.Err(); err == nil || !strings.Contains(err.Error(), reason) || !strings.Contains(err.Error(), "geth-ss poa resume") {
		t.Errorf("it ended with: %v", err)
	}
}

// TestCheckCommit: our own signature above the sign state is found, whatever was
// voted for, and nothing else.
func TestCheckCommit(t *testing.T) {
	key, _ := crypto.GenerateKey()
	s, err := openSigner(t.TempDir(), key, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignVote("net", testVote(7, 1)); err != nil {
		t.Fatal(err)
	}
	other := make([]byte, 20)
	for _, c := range []struct {
		height int64
		who    []byte
		flag   cmtproto.BlockIDFlag
		ok     bool
	}{
		{7, s.address, cmtproto.BlockIDFlagCommit, true},
		{8, s.address, cmtproto.BlockIDFlagAbsent, true},
		{8, other, cmtproto.BlockIDFlagCommit, true},
		{8, s.address, cmtproto.BlockIDFlagCommit, false},
		{8, s.address, cmtproto.BlockIDFlagNil, false},
	} {
		votes := &abci.CommitInfo{Votes: []abci.VoteInfo{{Validator: abci.Validator{Address: c.who}, BlockIdFlag: c.flag}}}
		if err := s.checkCommit(c.height, votes); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
	observer, err := observerKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := observer.checkCommit(8, &abci.CommitInfo{Votes: []abci.VoteInfo{{Validator: abci.Validator{Address: observer.address}, BlockIdFlag: cmtproto.BlockIDFlagCommit}}}); err != nil {
		t.Errorf("a node that doesn't vote looks for its votes: %v", err)
	}
}

// TestTwin: of two processes with one node key the second is refused while the
// first runs, and the first says so loudly.
func TestTwin(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	said := logtest.Capture(t, log.LevelInfo)
	n := testNetwork(t, t.TempDir(), 1, 0)
	first := n.nodes[0]
	first.start(t)
	waitHeight(t, 1, patience, first)

	first.refuseTwin(t)
	until(t, "the first says that it met itself", func() bool { return strings.Contains(said.String(), "Met ourselves") })
	waitHeight(t, first.height()+2, patience, first)
}
