package e2e

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/poa"
)

// TestGovernedDevnet: on a fresh governed devnet of four a fifth node becomes validator and key server, and the first is voted out, by one
// command each, while documents are read and blocks are made. Each node is killed once in the middle of a change, and started again; the
// one that goes is killed while it goes. In the end devnet.json and the nodes say the same, and another start finds it so.
func TestGovernedDevnet(t *testing.T) {
	net := startGrowing(t, 4, 1, "--governance", "--acl", "none", "--demo=false")
	net.hurt = true
	net.governedBy(t, "node1 node2 node3 node4")
	keep := publishMany(t, net, 8)
	c := startReaders(t, net, keep)
	c.pause = calmPause
	c.serve(net.nodes...)
	c.until(t, "documents are read", 20)
	blocks := net.watchBlocks(t)

	net.hurtDuring(t, c, []string{"node2", "node3", "node4"}, "add", "--validator", "--key-server")
	net.epoch(t, 1, "node1 node2 node3 node4 node5")
	net.governedBy(t, "node1 node2 node3 node4 node5")
	c.serve(net.node("node5"))
	c.until(t, "documents are read through five", 20)

	leaving := net.node("node1")
	c.leave(leaving)
	net.hurtDuring(t, c, []string{"node5", "node1"}, "remove", "1", "--force") // four can't sign by ECDSA with a key of threshold 2
	net.epoch(t, 2, "node2 node3 node4 node5")
	net.governedBy(t, "node2 node3 node4 node5")
	c.until(t, "documents are read through others", 20)
	c.stop(t)
	blocks()
	keep.intact(t, net.nodes...)
	net.end(t)

	again := startAgain(t, net.dir, net.flags)
	again.hurt = true
	again.epoch(t, 2, "node2 node3 node4 node5")
	again.governedBy(t, "node2 node3 node4 node5")
	keep.intact(t, again.nodes...)
	again.stop(t)
}

// governedBy wants devnet.json and all nodes to name these validators, and nobody to wait for a vote.
func (n *network) governedBy(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(n.validators, " "); got != want {
		t.Errorf("the validators of devnet.json are %s, want %s", got, want)
	}
	for _, o := range slices.Concat(n.nodes, n.others) {
		until(t, o.name+" knows the validators", func() error {
			g, err := o.validators(t.Context())
			if err != nil {
				return err
			}
			var names []string
			for _, m := range g.Members {
				names = append(names, m.Name)
			}
			slices.Sort(names)
			if got := strings.Join(names, " "); got != want || len(g.Scheduled) > 0 {
				return errors.New("it has " + got)
			}
			return nil
		})
	}
}

// validators is what the contract says after the newest block of a node.
func (n *node) validators(ctx context.Context) (*poa.GovernanceStatus, error) {
	ipc, err := rpc.DialContext(ctx, n.datadir+"/geth-ss.ipc")
	if err != nil {
		return nil, err
	}
	defer ipc.Close()
	g := new(poa.GovernanceStatus)
	return g, ipc.CallContext(ctx, g, "poa_validators")
}

// hurtDuring has a change be made while nodes are killed, one after the other, and started again.
func (n *network) hurtDuring(t *testing.T, c *clients, victims []string, change ...string) {
	t.Helper()
	command := n.begin(t, change...)
	if change[0] == "add" { // consensus doesn't survive it if who sends it blocks is lost while it catches up
		command.says(t, "follows the chain and is connected")
	}
	for i, name := range victims {
		victim := n.node(name)
		other := n.nodes[slices.IndexFunc(n.nodes, func(o *node) bool { return !slices.Contains(victims[i:], o.name) })]
		leaves := slices.ContainsFunc(c.reading(), func(o *node) bool { return o.name == name })
		if leaves {
			c.leave(victim)
		}
		victim.kill(t)
		n.startByHand(t, victim)
		if leaves {
			victim.serves(t, other, 4) // whoever comes or goes meanwhile
			c.serve(victim)
		}
	}
	command.complete(t)
	n.again(t)
}

// reading are the nodes through which clients read.
func (c *clients) reading() []*node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.serving)
}

// watchBlocks watches the chain until it is told to stop, and tells then how long the longest wait for a block was.
func (n *network) watchBlocks(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	var longest time.Duration
	first, height := uint64(0), uint64(0)
	nodes := slices.Clone(n.nodes)
	go func() {
		defer close(done)
		since := time.Now()
		for ctx.Err() == nil {
			for _, o := range nodes {
				if h, err := o.eth.BlockNumber(ctx); err == nil && h > height {
					if first == 0 {
						first = h
					}
					height, since = h, time.Now()
				}
			}
			longest = max(longest, time.Since(since))
			pause(ctx, 50*time.Millisecond)
		}
	}()
	return func() {
		cancel()
		<-done
		t.Logf("%d blocks were made, the longest wait for one took %v", height-first, longest.Round(10*time.Millisecond))
		if longest > patience/2 {
			t.Errorf("there was no block for %v", longest)
		}
	}
}
