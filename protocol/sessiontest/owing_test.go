package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Whose receipts are missing is on the disk. Nobody signs that there was nothing to erase while there is a share; and the list
// goes when all receipts are there, not before.
func TestOwedReceipts(t *testing.T) {
	h := newHolding(t, 4, 1, 4)
	n, env := h.Nodes[0], h.Nodes[0].Env()
	if _, err := handover.NothingToErase(&env, n.State(h.key), h.former); err == nil || wire.ReasonOf(err) != wire.Internal {
		t.Errorf("a receipt of what is not owed: %v", err)
	}
	owed := &wire.Owed{Holders: h.record.Setup.Members}
	for _, node := range h.Nodes {
		node.Put(wire.NewRecord(wire.Put, wire.RecordOwed, h.key, h.former.Version, owed))
	}
	missing := func() int {
		t.Helper()
		all, err := handover.OwingOf(&env, h.key)
		check(err)
		if len(all) != 1 || all[0].KeyVersion != h.former || all[0].Of != 4 {
			t.Fatalf("%+v", all)
		}
		return len(all[0].Holders)
	}
	if got := missing(); got != 4 {
		t.Fatalf("%d are missing", got)
	}
	if _, err := handover.NothingToErase(&env, n.State(h.key), h.former); err == nil || wire.ReasonOf(err) != wire.Internal {
		t.Errorf("a receipt for a share that is there: %v", err)
	}
	current := wire.KeyVersion{Key: h.key, Version: h.record.Version()}
	if _, err := handover.NothingToErase(&env, n.State(h.key), current); err == nil || wire.ReasonOf(err) != wire.Internal {
		t.Errorf("a receipt for the current sharing: %v", err)
	}
	for i, node := range h.Nodes {
		if batch, err := handover.Settle(&env, h.former); err != nil || len(batch) != 0 {
			t.Fatalf("settled while %d are missing: %v", 4-i, err)
		}
		own := node.Env()
		if i == 1 { // its disk was lost, and it has learnt the key again
			delete(node.records, recordKey{wire.RecordShare, h.key, h.former.Version})
			delete(node.records, recordKey{wire.RecordFormer, h.key, h.former.Version})
			batch, err := handover.NothingToErase(&own, node.State(h.key), h.former)
			check(err)
			node.Put(batch[1:]...)
		} else {
			heard, _ := h.heard(node)
			batch, err := handover.Erase(&own, node.State(h.key), heard)
			check(err)
			node.Put(batch...)
		}
		h.ask(n)
		if got := missing(); got != 3-i {
			t.Fatalf("%d are missing after %d have erased", got, i+1)
		}
	}
	batch, err := handover.Settle(&env, h.former)
	check(err)
	n.Put(batch...)
	if all, err := handover.OwingOf(&env, h.key); err != nil || len(all) != 0 || len(h.receipts(n)) != 4 {
		t.Errorf("%+v, %v, %d receipts", all, err, len(h.receipts(n)))
	}
}
