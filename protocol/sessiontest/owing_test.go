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

// Who is written off is not awaited any more, and is still known not to have erased: nothing is settled. That holds for what is
// owed by then, for its keeper alone, and until the receipt comes after all.
func TestWrittenOff(t *testing.T) {
	h := newHolding(t, 4, 1, 4)
	n, lost := h.Nodes[0], h.Nodes[3]
	env := n.Env()
	owed := &wire.Owed{Holders: h.record.Setup.Members}
	for _, node := range h.Nodes {
		node.Put(wire.NewRecord(wire.Put, wire.RecordOwed, h.key, h.former.Version, owed))
	}
	if batch, count, err := handover.WriteOff(&env, h.key, wire.NodeID{9}, 5); err != nil || count != 0 || len(batch) != 0 {
		t.Errorf("written off who owes nothing: %d, %v", count, err)
	}
	batch, count, err := handover.WriteOff(&env, h.key, lost.ID(), 5)
	check(err)
	if n.Put(batch...); count != 1 {
		t.Errorf("%d sharings", count)
	}
	state := func(awaited, off int) {
		t.Helper()
		all, err := handover.OwingOf(&env, h.key)
		check(err)
		if len(all) != 1 || len(all[0].Holders) != awaited || len(all[0].WrittenOff) != off || all[0].Of != 4 || all[0].Done() {
			t.Fatalf("%+v, want %d awaited, %d written off", all, awaited, off)
		}
		if off > 0 && all[0].WrittenOff[0] != (wire.WrittenOff{Node: lost.ID(), At: 5}) {
			t.Errorf("%+v", all[0].WrittenOff)
		}
	}
	state(3, 1)
	if _, count, err := handover.WriteOff(&env, h.key, lost.ID(), 6); err != nil || count != 0 {
		t.Errorf("written off twice: %d, %v", count, err)
	}
	other := h.Nodes[1].Env()
	if all, err := handover.OwingOf(&other, h.key); err != nil || len(all[0].Holders) != 4 {
		t.Errorf("another node awaits %+v, %v", all, err)
	}
	erase := func(node *Node) {
		own := node.Env()
		heard, _ := h.heard(node)
		batch, err := handover.Erase(&own, node.State(h.key), heard)
		check(err)
		node.Put(batch...)
		h.ask(n)
	}
	for i, node := range h.Nodes[:3] {
		erase(node)
		state(2-i, 1)
	}
	if batch, err := handover.Settle(&env, h.former); err != nil || len(batch) != 0 {
		t.Fatalf("settled without the receipt of who was written off: %v", err)
	}
	later := wire.SessionID{0x77}
	n.Put(wire.NewRecord(wire.Put, wire.RecordOwed, h.key, later, owed))
	all, err := handover.OwingOf(&env, h.key)
	check(err)
	for _, o := range all {
		if o.Version == later && len(o.Holders) != 4 {
			t.Errorf("of a later sharing are awaited %d", len(o.Holders))
		}
	}
	n.Put(wire.Record{Op: wire.Erase, Kind: wire.RecordOwed, Key: h.key, Session: later})
	erase(lost) // it was not lost
	if batch, err := handover.Settle(&env, h.former); err != nil || len(batch) == 0 {
		t.Errorf("not settled with all receipts: %v", err)
	}
}
