package session_test

import (
	"bytes"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// An item that was taken for a signature is never opened again, whatever came of that, and
// one that was not is as it was.
func TestItemsAreErased(t *testing.T) {
	for name, c := range map[string]struct {
		trouble func(c *sessiontest.Cluster, o *sessiontest.Outcome)
		fails   bool
	}{
		"signed": {func(*sessiontest.Cluster, *sessiontest.Outcome) {}, false},
		"cancelled": {func(c *sessiontest.Cluster, o *sessiontest.Outcome) {
			c.Steps(2)
			c.Cancel(o.Run)
		}, true},
		"too few answer": {func(c *sessiontest.Cluster, _ *sessiontest.Outcome) { c.Nodes[1].Mutate = sessiontest.Silent }, true},
		"one is lost": {func(c *sessiontest.Cluster, _ *sessiontest.Outcome) {
			c.Steps(3)
			c.Down(c.Nodes[2])
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := sessiontest.New(3, 1)
			author, key := cluster.NewClient("author"), sessiontest.KeyID(1)
			record := cluster.Deal(key, 1, author, cluster.Nodes)
			for _, n := range cluster.Nodes {
				cluster.Follow(n, cluster.Chain.Set(author.Address(), key, true))
			}
			n := cluster.Nodes[0]
			dealing, err := session.NewItemDealing(n.Env(), session.GroupOf(record), []uint32{1, 2, 3}, 2)
			if err != nil {
				t.Fatal(err)
			}
			cluster.Begin(n, "deal", wire.KeyID{}, dealing, nil)
			if err := cluster.Settle(); err != nil {
				t.Fatal(err)
			}
			items := dealing.Items()
			n.Vault().Stock(items[1:])
			o := cluster.Signature(n, author, key, wire.ECDSA, common.Hash{1})
			c.trouble(cluster, o)
			if err := cluster.Settle(); err != nil || (o.Err != nil) != c.fails {
				t.Fatalf("%v, %v", o, err)
			}
			rand := bytes.NewReader(make([]byte, 1<<10))
			if !session.Spent(items[1], rand) {
				t.Error("the item that was taken can be opened again")
			}
			if session.Spent(items[0], rand) {
				t.Error("an item that was kept aside is spent")
			}
		})
	}
}
