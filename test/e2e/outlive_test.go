package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

// TestKeysOutliveTheirServers: two documents are published on a fresh devnet of four. Then one key server is added, one replaced and one
// removed, by the documented commands, and all the while the documents are read through everyone who is a key server. In the
// end they are read with what their publisher wrote down at first, and receipts of that verify; the directories of those that were
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
	net.change(t, "remove", "1")
	net.epoch(t, 3, "node3 node4 node5 node6")
	c.until(t, "documents are read by those that are left", 20)
	c.stop(t)

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
	net.stop(t)
	keep.lost(t, 0, net.dir, "node1", "node2")
	keep.stolen(t, net.dir, names(net.nodes[:3])...)
}
