package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/poa"
)

// checkConfig looks at a node with the options that it is started with.
func checkConfig(t *testing.T, v *chainNode) (l finding.List, failed bool) {
	t.Helper()
	out, err := exec.Command(binary, "check-config", "--json", "--config", v.configPath()).Output()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &l); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	return l, err != nil
}

// finds tells whether there is a finding.
func finds(l finding.List, level finding.Level, subject, words string) bool {
	for _, f := range l {
		if f.Level == level && f.Subject == subject && strings.Contains(f.What, words) {
			return true
		}
	}
	return false
}

// TestCheckConfig: check-config beside a running network of validators without key servers and a follower, beside a validator that
// is down, and for one that is of another network.
func TestCheckConfig(t *testing.T) {
	n := planChain(t, 2, 2, 0)
	a, b, follower, stranger := n.nodes[0], n.nodes[1], n.nodes[2], n.nodes[3]
	n.initialize(t, a, b, follower)
	for _, v := range n.nodes[:3] {
		rewrite(t, v, `IPCPath = ""`, `IPCPath = "geth-ss.ipc"`)
		v.start(t)
	}
	n.untilHeight(t, 2, a, b, follower)

	other := func(v *chainNode) string { return "consensus peer " + poa.PeerID(v.key)[:8] }
	for v, want := range map[*chainNode]string{a: "validator node1 with power 1 of 2; not a key server", follower: "follower of 2 validators: it makes no blocks; not a key server"} {
		until(t, v.name+" is well", func() error { // its peers may still be greeting each other
			l, failed := checkConfig(t, v)
			if failed || !finds(l, finding.OK, "kind of node", want) || !finds(l, finding.OK, other(b), "validator node2 of this network under the same rules") {
				text, _ := json.Marshal(l)
				return errors.New(string(text))
			}
			return nil
		})
	}
	l, _ := checkConfig(t, a)
	if !finds(l, finding.OK, "own consensus entry", "this node answers") || !finds(l, finding.OK, "consensus", "the node runs as validator") {
		t.Errorf("%q", l)
	}

	stranger.net = &chainNet{genesis: poa.NewGenesis(chainNetID, nil, n.genesis.Validators[:1], n.genesis.Genesis.Timestamp), seen: n.seen}
	stranger.net.initialize(t, stranger)
	l, failed := checkConfig(t, stranger)
	for _, v := range []*chainNode{a, b} {
		if !failed || !finds(l, finding.Error, other(v), "belongs to another network: its genesis block is") {
			t.Errorf("another network: %q", l)
		}
	}

	b.kill(t)
	l, failed = checkConfig(t, a)
	if !failed || !finds(l, finding.Error, other(b), "nobody answers") {
		t.Errorf("a validator is down: %q", l)
	}
	l, _ = checkConfig(t, b)
	if !finds(l, finding.OK, other(a), "validator node1 of this network") || !finds(l, finding.OK, "own consensus entry", "free") ||
		!finds(l, finding.OK, "consensus data", "with blocks") {
		t.Errorf("from the one that is down: %q", l)
	}
}

// rewrite changes a line of a node's configuration.
func rewrite(t *testing.T, v *chainNode, from, to string) {
	t.Helper()
	text, err := os.ReadFile(v.configPath())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.configPath(), []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
