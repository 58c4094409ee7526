package poa

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/test/ports"
)

// TestOutages is what a network of four gets over without anybody's help: two validators that are down
// at once, two that have lost their chains, and one that has been away for long and knows nobody's
// address any more.
func TestOutages(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	t.Parallel() // it waits most of the time
	n := testNetwork(t, t.TempDir(), 4, 0)
	rest, half := n.nodes[:2], n.nodes[2:]
	startAll(t, n.nodes...)
	waitHeight(t, 3, patience, n.nodes...)

	for _, again := range []struct {
		name  string
		lose  func(t *testing.T, v *testNode)
		nodes []*testNode
	}{
		{"two are down", func(*testing.T, *testNode) {}, half},
		{"two have lost their chains", loseChain, half},
		{"one is away for long, and all its peers have other addresses", loseAddresses, half[1:]},
	} {
		begin := time.Now()
		for _, v := range again.nodes {
			v.stop()
		}
		if len(again.nodes) == 2 {
			halts(t, rest...)
		} else {
			waitHeight(t, rest[0].height()+6, patience, rest...)
		}
		for _, v := range again.nodes {
			again.lose(t, v)
		}
		startAll(t, again.nodes...)
		waitHeight(t, rest[0].height()+2, patience, n.nodes...)
		sameChain(t, 1, n.nodes...)
		t.Logf("%s: all go on after %v", again.name, time.Since(begin).Round(time.Millisecond))
	}
}

// halts wants no more blocks than the one that may be under way: half of the validators decide nothing.
func halts(t *testing.T, nodes ...*testNode) {
	t.Helper()
	before := nodes[0].height()
	time.Sleep(3 * time.Second)
	for _, v := range nodes {
		if v.height() > before+1 {
			t.Errorf("%s goes from block %d to %d although two of four validators are down", v.name, before, v.height())
		}
	}
}

// loseChain leaves a validator its key and its sign state, which are what a replacement needs.
func loseChain(t *testing.T, v *testNode) {
	t.Helper()
	path := filepath.Join(v.dir, "geth-ss", dirName, signStateFile)
	state, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(v.dir, "geth-ss")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, state, 0o600); err != nil {
		t.Fatal(err)
	}
}

// loseAddresses has a validator dial where nobody is. Who still has its own address finds it.
func loseAddresses(t *testing.T, v *testNode) {
	t.Helper()
	peers := []string{fmt.Sprintf("%s@127.0.0.1:%d", PeerID(v.key), v.port)}
	for _, w := range v.net.nodes {
		if w != v {
			port := ports.For(t, 1)
			peers = append(peers, fmt.Sprintf("%s@127.0.0.1:%d", PeerID(w.key), port))
		}
	}
	v.cfg.Peers = peers
}
