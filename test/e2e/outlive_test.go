package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// TestKeysOutliveTheirServers: two documents are published on a fresh devnet of four. Then one key server is added, one replaced and one
// removed, and all shares are dealt anew, by the documented commands, and all the while the documents are read through everyone who
// is a key server. Then one of them loses its share store, and gets its shares again. In the end the documents are read with what their publisher wrote down at first, and receipts of that verify; the directories of those that were
// key servers give neither.
func TestKeysOutliveTheirServers(t *testing.T) {
	net := startGrowing(t, 4, 2, "--demo=false")
	net.hurt = true // a node that is added comes late to votes
	story := &commandLine{net, t.TempDir()}
	one, author, reader := net.node("node1"), net.accounts[5], net.accounts[6]
	me, you := story.keyOf(t, author), story.keyOf(t, reader)
	texts := [][]byte{[]byte("Meet me where the ways cross, at noon.\n"), []byte("Or at one.\n")}
	keep := &keepsake{author: reader}
	for i, text := range texts {
		name := fmt.Sprintf("note%d.txt", i)
		story.write(t, name, text)
		var published struct{ Key common.Hash }
		out := story.must(t, "publish", "--json", "--node", one.url, "--key", me, "--rpc", one.rpcURL, "--threshold", fmt.Sprint(1+i),
			"--record", name+".json", name)
		if err := json.Unmarshal([]byte(out), &published); err != nil {
			t.Fatal(err)
		}
		story.must(t, "grant", "--rpc", one.rpcURL, "--key", me, name+".ss", reader.address.Hex())
		s := stored{id: published.Key, threshold: 1 + i}
		admitted := func(n *node) {
			until(t, "the reader is admitted by "+n.name, func() (err error) {
				s.plain, err = n.shadow(reader, s.id)
				return err
			})
		}
		for _, n := range net.nodes {
			admitted(n)
		}
		keep.keys = append(keep.keys, s)
	}

	c := startReaders(t, net, keep)
	c.pause = calmPause
	c.serve(net.nodes...)
	c.until(t, "documents are read", 20)
	net.change(t, "add")
	c.serve(net.node("node5"))
	c.until(t, "documents are read through five", 20)
	c.leave(net.node("node2"))
	net.change(t, "replace", "2")
	c.serve(net.node("node6"))
	c.until(t, "documents are read through the replacement", 20)
	c.leave(net.node("node1"))
	net.change(t, "remove", "1", "--force") // four can't sign by ECDSA with a key of threshold 2, and five could
	net.epoch(t, 3, "node3 node4 node5 node6")
	c.until(t, "documents are read by those that are left", 20)
	former := keep.versions(t, net.nodes[0])
	admin := story.keyOf(t, net.accounts[0])
	t.Log(story.must(t, "refresh", "--sign", "--key", admin, "--submit", "--node", net.nodes[0].url))
	for _, n := range net.nodes {
		until(t, "all shares are dealt anew at "+n.name, func() error { return n.through(3, net.nodes) })
	}
	c.until(t, "documents are read with new shares", 20)
	c.stop(t)
	for i, version := range keep.versions(t, net.nodes[0]) {
		if version == former[i] {
			t.Errorf("the shares of key %d have not been dealt anew", i)
		}
	}
	net.wiped(t, keep, net.node("node3"))

	for i, text := range texts {
		name := fmt.Sprintf("note%d.txt", i)
		for _, n := range net.nodes {
			receipt := fmt.Sprintf("%s-%d.json", n.name, i)
			if got := story.must(t, "fetch", "--node", n.url, "--key", you, "--receipt", receipt, name+".ss"); !bytes.Equal([]byte(got), text) {
				t.Errorf("through %s the reader fetches %q", n.name, got)
			}
			story.must(t, "verify-receipt", receipt)
		}
	}
	net.end(t)
	keep.lost(t, 0, net.dir, "node1", "node2")
	keep.stolen(t, net.dir, names(net.nodes[:3])...)
}

// keyStatus is what is looked at of secretstore_keyStatus.
type keyStatus struct {
	Version string
	Holders int
}

// versions are those of the keys, as a node tells.
func (k *keepsake) versions(t *testing.T, n *node) (list []string) {
	t.Helper()
	for _, s := range k.keys {
		var status keyStatus
		if err := n.rpc.Call(&status, "secretstore_keyStatus", s.id); err != nil {
			t.Fatal(err)
		}
		list = append(list, status.Version)
	}
	return list
}

// wiped has a key server lose its share store, and wants all its shares to be dealt to it again, without a command.
func (n *network) wiped(t *testing.T, keep *keepsake, victim *node) {
	t.Helper()
	n.lost = true
	victim.kill(t)
	if err := os.RemoveAll(filepath.Join(victim.datadir, "geth-ss", "secretstore")); err != nil {
		t.Fatal(err)
	}
	n.startByHand(t, victim)
	until(t, victim.name+" has its shares again", func() error {
		status, err := victim.status()
		if err == nil && status.Shares < len(keep.keys) {
			err = fmt.Errorf("%d of %d", status.Shares, len(keep.keys))
		}
		return err
	})
	for _, s := range keep.keys {
		until(t, "all hold "+s.id.TerminalString(), func() error {
			var status keyStatus
			if err := victim.rpc.Call(&status, "secretstore_keyStatus", s.id); err != nil || status.Holders != len(n.nodes) {
				pause(t.Context(), 2*time.Second) // the others answer a question a second
				return fmt.Errorf("%+v, %v", status, err)
			}
			return nil
		})
	}
}
