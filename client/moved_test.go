package client

import (
	"context"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A document that was published before its key was dealt anew, with a higher threshold and to other key servers, is read by who knows
// its header, whatever servers it trusts. By the id alone it is not read of servers that are not trusted, nor is a receipt
// believed for the publisher's word about the version before.
func TestMovedKeys(t *testing.T) {
	d := newDesk(t, 5)
	alice := d.client("alice")
	key := sessiontest.KeyID(7)
	record := d.Deal(key, 1, d.NewClient("author"), d.Nodes)
	doc := d.Encrypt(record, 1)
	d.DealDocument(record, doc)
	d.grant(alice.Account(), key)
	sets := d.Know(d.Nodes, d.Nodes[1:])
	d.Redeal(record, sessiontest.Redistribution{Set: sets[1], Threshold: 2, Members: d.Nodes[1:],
		Pair: wire.PairState{Kind: wire.PairKept, Pair: wire.PairHash(d.ID, key, &doc.Common, &doc.Encrypted)}})
	header := document.NewHeader(d.ID, key, record.Public())

	know := func(servers []wire.NodeID) *Client {
		return d.client("alice", func(c *Config) { c.Servers, c.Chain, c.Cluster = servers, sessiontest.ChainID, d.ID })
	}
	fewer := d.Members()[:4] // that the last one holds a share is news
	f, err := know(fewer).FetchFor(context.Background(), header)
	if err != nil {
		t.Fatal(err)
	}
	if f.Release.Setup.Threshold != 2 || f.Release.Setup.Set.Epoch != 1 {
		t.Errorf("released under %+v", f.Release.Setup)
	}
	other := *header
	other.ServerKey = record.Commitments[1]
	if _, err := know(fewer).FetchFor(context.Background(), &other); err == nil || !strings.Contains(err.Error(), "another server key") {
		t.Errorf("under another server key: %v", err)
	}
	if _, err := know(fewer).Fetch(context.Background(), key); err == nil || !strings.Contains(err.Error(), "server set 1 ") {
		t.Errorf("by the id alone: %v", err)
	}
	if _, err := know(d.Members()).Fetch(context.Background(), key); err == nil || !strings.Contains(err.Error(), "server set 1 ") {
		t.Errorf("of servers that are all trusted, and a set that is not known: %v", err)
	}
	if err := VerifyReceipt(f.Receipt(), Witnesses{Version: new(record.Version())}); err == nil || !strings.Contains(err.Error(), "server set 1 ") {
		t.Errorf("a receipt, by the version before: %v", err)
	}
	if err := VerifyReceipt(f.Receipt(), Witnesses{Version: new(f.Release.Setup.Session())}); err != nil {
		t.Errorf("a receipt, by its version: %v", err)
	}
}
