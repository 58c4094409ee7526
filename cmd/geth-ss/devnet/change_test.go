//go:build unix

package devnet

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// soon shortens what a change is waited for.
func soon(t *testing.T) {
	before := []time.Duration{changePoll, abandonedAfter, stalledAfter, lookInterval, restAfter}
	changePoll, abandonedAfter, stalledAfter, lookInterval = 20*time.Millisecond, 300*time.Millisecond, 20*time.Second, 50*time.Millisecond
	restAfter = 300 * time.Millisecond
	t.Cleanup(func() {
		changePoll, abandonedAfter, stalledAfter, lookInterval, restAfter = before[0], before[1], before[2], before[3], before[4]
	})
}

// TestKeyServersChange: nodes are added, replaced and removed, and the next start of the devnet has them all, with the key
// servers of then.
func TestKeyServersChange(t *testing.T) {
	f := newFakeNetwork(t, 2)
	soon(t)
	f.start()
	f.want("node1 node2", "")

	f.do(Add, "", "node3 starts in "+f.cfg.Dir, "node3 follows the chain", "accounts[0] ordered that node3 becomes a key server: set 1",
		"of 3 keys have moved to set 1", "node3 is a key server: JSON-RPC http://127.0.0.1:", "the key servers are node1, node2, node3 (set 1)")
	s := f.want("node1 node2 node3", "")
	if s.Nodes[2].RPC != "http://"+addr(f.cfg.RPCPort+2) || s.Nodes[2].HTTP != "http://"+addr(f.cfg.SecretStorePort+2) || !strings.HasSuffix(s.Nodes[2].Enode, addr(f.cfg.P2PPort+2)) {
		t.Errorf("node3 has other ports: %+v", s.Nodes[2])
	}
	if e, err := f.cfg.Known.Find(s.Nodes[0].HTTP); err != nil || len(e.Servers) != 3 {
		t.Errorf("clients remember %+v, %v", e, err)
	}
	if !strings.Contains(f.out.String(), "The key servers are now node1, node2, node3 (set 1)") {
		t.Errorf("the devnet says nothing:\n%s", f.out)
	}

	f.do(Replace, "2", "node4 becomes a key server in the place of node2: set 2", "node2 is no key server any more; it goes on as validator")
	f.want("node1 node3 node4", "node2")
	f.do(Remove, "node3", "ordered that node3 stops being a key server: set 3", "it goes on following the chain")
	f.want("node1 node4", "node2 node3")
	f.do(Remove, "1")
	s = f.want("node4", "node1 node2 node3")

	n := f.network()
	for i, r := range f.requests {
		want := []orderRequest{
			{Add: []string{n.nodes[2].enode()}}, {Replace: []replacement{{n.nodes[1].id(), n.nodes[3].enode()}}},
			{Remove: []wire.NodeID{n.nodes[2].id()}}, {Remove: []wire.NodeID{n.nodes[0].id()}},
		}[i]
		if !slices.Equal(r.Add, want.Add) || !slices.Equal(r.Remove, want.Remove) || !slices.Equal(r.Replace, want.Replace) {
			t.Errorf("order %d is %+v, want %+v", i, r, want)
		}
	}
	if f.asked[3] == n.nodes[0].public() {
		t.Error("the leaving node was asked, though another stays")
	}
	checkConfigs(t, n)

	if err := f.stop(); err != nil {
		t.Fatal(err)
	}
	f.gone(s)
	f.start()
	f.want("node4", "node1 node2 node3")
	f.do(Replace, "4", "node5 becomes a key server in the place of node4")
	f.want("node5", "node1 node2 node3 node4")
}

// gone wants no process of that network left.
func (f *fakeNetwork) gone(s *State) {
	f.t.Helper()
	for _, n := range slices.Concat(s.Nodes, s.Validators) {
		if alive(n.PID) {
			f.t.Errorf("%s outlives the devnet", n.Name)
		}
	}
	if _, err := f.state(); !errors.Is(err, os.ErrNotExist) {
		f.t.Errorf("devnet.json is there without a network: %v", err)
	}
	if _, err := f.request(Add, ""); err == nil || !strings.Contains(err.Error(), "no devnet is running in "+f.cfg.Dir) || !strings.Contains(err.Error(), "start it with: geth-ss devnet --dir "+f.cfg.Dir) {
		f.t.Errorf("a command to nobody: %v", err)
	}
}

// checkConfigs: nobody's file has changed with the key servers, and who was added joined those of then.
func checkConfigs(t *testing.T, n *network) {
	t.Helper()
	for i, want := range [][]int{{0, 1}, {0, 1}, {0, 1}, {0, 1, 2}} {
		text, err := os.ReadFile(n.nodes[i].configPath())
		if err != nil {
			t.Fatal(err)
		}
		_, servers, _ := strings.Cut(string(text), "\nNodes = ")
		servers, _, _ = strings.Cut(servers, "]")
		for j, other := range n.nodes {
			if strings.Contains(servers, other.enode()) != slices.Contains(want, j) {
				t.Errorf("%s has the key servers %s", n.nodes[i].name, servers)
			}
		}
		if !strings.Contains(string(text), "Administrators = [\n  \""+n.accounts[0].Address.Hex()+"\",\n]\nAdministratorsNeeded = 1\n") {
			t.Errorf("%s has other administrators", n.nodes[i].name)
		}
	}
}

// TestChangeRefused: what can't be done is refused by its reason, and changes nothing.
func TestChangeRefused(t *testing.T) {
	f := newFakeNetwork(t, 2)
	soon(t)
	f.begin()
	f.until("the door is there", func() bool { _, err := os.Stat(doorPath(f.cfg.Dir)); return err == nil })
	f.refused(Remove, "1", "not ready yet")
	f.until("the network is up", func() bool { return strings.Contains(f.out.String(), "The network is up") })

	f.refused(Remove, "3", `no node "3"; its key servers are node1, node2`)
	f.refused("refresh", "", "no change")
	f.refused(Add, "3", "takes no node")
	f.refused(Replace, "", "number")
	f.do(Remove, "2")
	f.refused(Remove, "2", "node2 is no key server; those are node1")
	f.refused(Remove, "1", "only key server")

	f.change(func() { f.refuse = "a key would be lost" })
	f.refused(Replace, "1", "a key would be lost")
	f.want("node1", "node2 node3")
	f.change(func() { f.refuse, f.drop = "", changeTries })
	f.refused(Replace, "1", "their logs tell why; the same command tries it again")
	f.change(func() { f.drop, f.stuck = 0, "moving" })
	stalledAfter = 300 * time.Millisecond
	f.refused(Replace, "1", "no progress for 300ms: 0 of 3 keys have moved to set 2")
	f.until("the devnet follows the decision", func() bool { s, err := f.state(); return err == nil && names(s.Nodes) == "node3" })
	f.want("node3", "node1 node2") // one node for three commands
	f.change(func() { f.stuck = "" })
	stalledAfter = 20 * time.Second

	f.change(func() { f.outcome = func(next []member) []member { return f.set.Members } })
	f.refused(Add, "", "another change was faster: the key servers are now node3 (set 3)")
	f.change(func() { f.outcome = nil })

	f.change(func() { f.silent = map[wire.NodeID]bool{} })
	for _, n := range f.network().nodes {
		f.change(func() { f.silent[n.id()] = true })
	}
	f.refused(Add, "", "no node tells who the key servers are: no word")
}

// TestChangeAlone: a second command at the same time is refused, and an interrupted one carried out.
func TestChangeAlone(t *testing.T) {
	f := newFakeNetwork(t, 1)
	soon(t)
	f.start()
	f.change(func() { f.stuck = "deciding" })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Request(ctx, "geth-ss", f.cfg.Dir, Change{Do: Add}, io.Discard) }()
	f.until("ordered", func() (ok bool) { f.change(func() { ok = f.set.Change != nil }); return ok })
	f.refused(Remove, "1", "another command is changing the key servers: add")
	cancel()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "the devnet goes on") {
		t.Errorf("interrupted: %v", err)
	}
	f.refused(Remove, "1", "another command")
	f.change(func() { f.stuck = "" })
	f.until("carried out", func() bool { s, err := f.state(); return err == nil && names(s.Nodes) == "node1 node2" })
	f.until("free again", func() bool { _, err := f.request(Remove, "1"); return err == nil })
	f.want("node2", "node1")
}

// TestChangeByOthers: the devnet follows what others order.
func TestChangeByOthers(t *testing.T) {
	f := newFakeNetwork(t, 2)
	soon(t)
	f.start()
	f.change(func() { f.set.Epoch, f.set.Members = 4, f.set.Members[1:] })
	f.until("followed", func() bool { s, err := f.state(); return err == nil && names(s.Nodes) == "node2" })
	f.want("node2", "node1")
	f.change(func() { // a change that others have begun is waited for
		f.set.Change, f.next = &handover{State: "deciding", Epoch: 5}, f.set.Members
	})
	f.do(Add, "", "a change is under way already", "set 6")
}

// TestNodeDown: a key server that is killed is not waited for, and one that is behind is.
func TestNodeDown(t *testing.T) {
	f := newFakeNetwork(t, 3)
	soon(t)
	f.start()
	s := f.want("node1 node2 node3", "")
	kill(t, s.Nodes[0])
	f.until("reported", func() bool { return strings.Contains(f.out.String(), "node1 ended") })
	f.do(Add, "")

	behind := f.network().nodes[1]
	f.change(func() { f.lagging, f.await = map[wire.NodeID]bool{behind.id(): true}, behind.id() })
	stalledAfter = 300 * time.Millisecond
	f.refused(Add, "", "waiting for node2")
	f.change(func() { f.lagging, f.asleep = nil, f.lagging })
	f.refused(Add, "", "set 2 is in use; waiting for node2")
}

// TestOrderedAgain: who is asked to have a change decided may end in the midst of that, and the key servers may abandon it. It is
// ordered again, at another one.
func TestOrderedAgain(t *testing.T) {
	f := newFakeNetwork(t, 3)
	soon(t)
	f.start()
	s := f.want("node1 node2 node3", "")
	f.change(func() { f.drop = 2 })
	f.do(Add, "", "abandoned the change: their logs tell why; it is ordered again", "node4 is a key server")

	var fell string
	f.change(func() {
		f.drop = 1
		f.fall = func(id wire.NodeID) {
			for _, n := range s.Nodes {
				if n.Public == "0x"+id.String() {
					fell = n.Name
					kill(t, n)
				}
			}
		}
	})
	f.do(Remove, "4", "it is ordered again", "node4 is no key server any more")
	if fell != "node1" || "0x"+f.asked[len(f.asked)-1] == s.Nodes[0].Public {
		t.Errorf("%s has ended, and the order was made at %s", fell, f.asked[len(f.asked)-1])
	}
}

// TestErasedLater: a change that waits for nothing but nodes that don't run is as complete as it can be. It is told who has old shares.
func TestErasedLater(t *testing.T) {
	f := newFakeNetwork(t, 3)
	soon(t)
	f.start()
	s := f.want("node1 node2 node3", "")
	nodes := f.network().nodes
	f.change(func() {
		f.lagging, f.await = map[wire.NodeID]bool{nodes[1].id(): true, nodes[2].id(): true}, nodes[0].id()
		f.left = []unerased{{nodes[0].id(), 7}, {nodes[1].id(), 2}}
	})
	stalledAfter = 2 * time.Second
	f.refused(Add, "", "waiting for node1") // it runs, and is expected to answer
	kill(t, s.Nodes[0])
	f.until("reported", func() bool { return strings.Contains(f.out.String(), "node1 ended") })
	f.do(Add, "", "node1 has 7 old shares, as far as is known: it does not run, and erases them when it does", "node2 has 2 old shares")
}

// TestInterruptedChange: a devnet that ends during a change starts what was added again, and the next command goes on with it.
func TestInterruptedChange(t *testing.T) {
	f := newFakeNetwork(t, 2)
	soon(t)
	f.start()
	f.change(func() { f.stuck = "deciding" })
	ended := make(chan error, 1)
	go func() { _, err := f.request(Add, ""); ended <- err }()
	f.until("ordered", func() (ok bool) { f.change(func() { ok = f.set.Change != nil }); return ok })
	if err := f.stop(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "the devnet is being stopped") {
		t.Errorf("the command of a devnet that is stopped: %v", err)
	}
	f.start()
	f.want("node1 node2", "node3")
	f.change(func() { f.stuck, f.set.Change = "", nil }) // it was abandoned
	f.do(Add, "", "node3 runs already: its adding was interrupted", "node3 is a key server")
	f.want("node1 node2 node3", "")

	// The next is decided on while the devnet is down.
	f.change(func() { f.stuck = "moving" })
	go func() { _, err := f.request(Add, ""); ended <- err }()
	f.until("ordered", func() (ok bool) { f.change(func() { ok = f.set.Change != nil }); return ok })
	if err := f.stop(); err != nil {
		t.Fatal(err)
	}
	<-ended
	f.change(func() { f.stuck = "" })
	f.start()
	f.until("followed", func() bool { s, err := f.state(); return err == nil && names(s.Nodes) == "node1 node2 node3 node4" })
	f.do(Add, "", "node5 is a key server")
}

// TestSilentAtStart: a devnet is not up before all key servers have told which set is the newest.
func TestSilentAtStart(t *testing.T) {
	f := newFakeNetwork(t, 3)
	soon(t)
	nodes := f.network().nodes
	f.change(func() {
		f.set.Epoch, f.set.Members = 2, f.set.Members[:2]
		f.asleep, f.silent = map[wire.NodeID]bool{nodes[0].id(): true}, map[wire.NodeID]bool{nodes[1].id(): true, nodes[2].id(): true}
	})
	f.begin()
	f.until("blocks", func() bool { return strings.Contains(f.out.String(), "blocks are being made") })
	time.Sleep(500 * time.Millisecond) // in which it would be up
	if strings.Contains(f.out.String(), "The network is up") {
		t.Error("the devnet is up with a set that may be old")
	}
	f.change(func() { delete(f.silent, nodes[1].id()) })
	f.until("the network is up, without the word of one that is no key server", func() bool { return strings.Contains(f.out.String(), "The network is up") })
	f.want("node1 node2", "node3")
}

// TestAddedNodeEnds: a node that ends before it is a key server fails the command with the end of its log, and is started by the
// next.
func TestAddedNodeEnds(t *testing.T) {
	f := newFakeNetwork(t, 1)
	soon(t)
	f.start()
	cluster := os.Getenv(beNode)
	t.Setenv(beNode, "ftp://nowhere")
	f.refused(Add, "", "node2 ended")
	if s, err := f.state(); err != nil || names(s.Validators) != "node2" {
		t.Errorf("the node that was added is not in devnet.json: %+v, %v", s, err)
	}
	t.Setenv(beNode, cluster)
	f.do(Add, "", "node2 starts")
	f.want("node1 node2", "")
}

// TestNoPortsLeft: a node whose ports others have is not made.
func TestNoPortsLeft(t *testing.T) {
	f := newFakeNetwork(t, 2)
	f.cfg.SecretStorePort = f.cfg.RPCPort + 2
	f.start()
	f.refused(Add, "", "is also the")
	if _, err := os.Stat(filepath.Join(f.cfg.Dir, "node3")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("node3 was made: %v", err)
	}
	if _, err := os.Stat(filepath.Join(f.cfg.Dir, "added.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("added.json was made: %v", err)
	}
}
