package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Old shares die when enough of the successor's holders say that they hold theirs, and not before.

// holding is a cluster whose key has a current sharing with some members and a former one of all, of which all have shares.
type holding struct {
	*world
	former wire.KeyVersion
}

func newHolding(t *testing.T, n, threshold, members int) *holding {
	w := newWorld(t, n, threshold)
	h := &holding{world: w, former: wire.KeyVersion{Key: w.key, Version: w.record.Version()}}
	former, shares := w.record, make([]*session.Share, n)
	for i, node := range w.Nodes {
		shares[i] = node.State(w.key).Share
		node.records = make(map[recordKey][]byte)
		node.Given = session.NewSets(w.set(nil, w.Nodes))
	}
	successor, _ := w.certified(w.key, threshold, w.NewClient("another author"), n, w.Nodes[:members])
	for i, node := range w.Nodes {
		node.Put(wire.NewRecord(wire.Create, wire.RecordFormer, w.key, former.Version(), former),
			wire.Record{Kind: wire.RecordShare, Key: w.key, Session: former.Version(), Value: shares[i].Encode()},
			wire.NewRecord(wire.Create, wire.RecordKey, w.key, wire.SessionID{}, successor))
		if i < members { // which share it is, is nobody's question here
			node.Put(wire.Record{Kind: wire.RecordShare, Key: w.key, Session: successor.Version(), Value: shares[i].Encode()})
		}
	}
	w.watch.checked = make(map[promiseKey]wire.SessionID)
	for _, node := range w.Nodes {
		w.watch.checked[promiseKey{node, w.key}] = successor.Version()
	}
	w.record = successor
	return h
}

// heard asks through a node who holds the current sharing.
func (h *holding) heard(n *Node) (*handover.Heard, []string) {
	h.t.Helper()
	m, run, err := h.Hold(n, n.State(h.key).Record)
	check(err)
	h.settle()
	if !run.Ended || run.Err != nil {
		h.t.Fatalf("%v, %v", m, run.Err)
	}
	var missing []string
	for _, node := range m.Missing(0) {
		missing = append(missing, h.Name(node))
	}
	return m.Heard(0), missing
}

// lose takes its share of the current sharing from a node.
func (h *holding) lose(n *Node) {
	delete(n.records, recordKey{wire.RecordShare, h.key, h.record.Version()})
}

func (h *holding) hasFormer(n *Node) bool {
	_, share := n.records[recordKey{wire.RecordShare, h.key, h.former.Version}]
	_, record := n.records[recordKey{wire.RecordFormer, h.key, h.former.Version}]
	if share != record {
		h.t.Errorf("%s has a share without its record, or the other way about", n.Name)
	}
	return share
}

func TestErase(t *testing.T) {
	h := newHolding(t, 5, 1, 5)
	n, env := h.Nodes[0], h.Nodes[0].Env()
	heard, missing := h.heard(n)
	if heard == nil || len(missing) != 0 {
		t.Fatalf("%v", missing)
	}
	batch, err := handover.Erase(&env, n.State(h.key), heard)
	if err != nil {
		t.Fatal(err)
	}
	if !h.hasFormer(n) || len(h.receipts(n)) != 0 {
		t.Fatal("a receipt before the end of the share")
	}
	n.Put(batch...)
	if state := n.State(h.key); h.hasFormer(n) || len(state.Former) != 0 || state.Share == nil {
		t.Fatalf("%+v", state)
	}
	receipts := h.receipts(n)
	if len(receipts) != 1 || verify.Erased(h.ID, &receipts[0]) != nil || receipts[0].Node != n.ID() || receipts[0].Successor != h.record.Version() {
		t.Fatalf("%+v", receipts)
	}

	// Others ask for it, and hand it on when n1 is gone.
	h.Down(h.Nodes[2])
	h.ask(h.Nodes[1])
	h.Nodes[2].Up = true
	h.Down(n)
	h.ask(h.Nodes[2])
	for _, other := range h.Nodes[1:3] {
		if got := h.receipts(other); len(got) != 1 || got[0] != receipts[0] {
			t.Errorf("%s has %+v", other.Name, got)
		}
	}
	if got := h.receipts(h.Nodes[3]); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func (h *holding) ask(n *Node) {
	h.t.Helper()
	_, run, err := h.Receipts(n, h.former)
	check(err)
	h.settle()
	if !run.Ended || run.Err != nil {
		h.t.Fatal(run.Err)
	}
}

func (h *holding) receipts(n *Node) []wire.Erased {
	env := n.Env()
	all, err := handover.ErasedOf(&env, h.former)
	check(err)
	return all
}

// How many have to hold: min(n, 2t+1), not a quorum; of a thick certificate; and the members, no others.
func TestHolding(t *testing.T) {
	for name, c := range map[string]struct {
		n, t, members int
		change        func(h *holding)
		enough        bool
	}{
		"all":                             {5, 2, 5, func(*holding) {}, true},
		"a quorum of all, two may lie":    {5, 2, 5, func(h *holding) { h.lose(h.Nodes[3]) }, false},
		"one is down":                     {5, 2, 5, func(h *holding) { h.Down(h.Nodes[3]) }, false},
		"who asks has lost its own":       {5, 2, 5, func(h *holding) { h.lose(h.Nodes[0]) }, false},
		"2t+1 of more":                    {5, 1, 5, func(h *holding) { h.lose(h.Nodes[3]); h.lose(h.Nodes[0]) }, true},
		"one less":                        {5, 1, 5, func(h *holding) { h.lose(h.Nodes[3]); h.lose(h.Nodes[0]); h.Down(h.Nodes[1]) }, false},
		"a thin certificate":              {5, 2, 4, func(*holding) {}, false},
		"who is no member":                {5, 1, 4, func(h *holding) { h.lose(h.Nodes[0]); h.lose(h.Nodes[1]); h.claim(h.Nodes[4]) }, false},
		"a member that has another one":   {5, 2, 5, func(h *holding) { h.behind(h.Nodes[3]) }, false},
		"a member whose key is undecided": {5, 2, 5, func(h *holding) { h.undecided(h.Nodes[3]) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHolding(t, c.n, c.t, c.members)
			c.change(h)
			if heard, missing := h.heard(h.Nodes[0]); (heard != nil) != c.enough {
				t.Errorf("heard %v, missing %v", heard, missing)
			}
			h.wantBlamed()
		})
	}
}

// claim has a node say that it holds whatever it is asked for.
func (h *holding) claim(n *Node) {
	n.turned = true
	n.Mutate = func(env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.Holds); ok {
			m.Bits = []byte{1}
			m.Signature = n.nodeKey.Sign(wire.HoldsDigest(env.Session, m.Bits))
		}
		return []wire.Envelope{env}
	}
}

// behind takes a node back to where the former sharing was the current one.
func (h *holding) behind(n *Node) {
	var former wire.KeyRecord
	n.Decode(wire.RecordFormer, h.key, h.former.Version, &former)
	n.Put(wire.NewRecord(wire.Put, wire.RecordKey, h.key, wire.SessionID{}, &former))
}

// undecided has a node not know that the current one is confirmed.
func (h *holding) undecided(n *Node) {
	n.Put(wire.NewRecord(wire.Put, wire.RecordKey, h.key, wire.SessionID{}, unconfirmed(h.record)))
}

// What nobody has signed is not heard, and its sender is named.
func TestHoldingInvalid(t *testing.T) {
	for name, lie := range map[string]func(n *Node) func(wire.Envelope) []wire.Envelope{
		"false signature": func(*Node) func(wire.Envelope) []wire.Envelope {
			return Changing(func(m *wire.Holds) { m.Bits = []byte{3} })
		},
		"of another session": func(n *Node) func(wire.Envelope) []wire.Envelope {
			return Changing(func(m *wire.Holds) { m.Signature = n.nodeKey.Sign(wire.HoldsDigest(wire.SessionID{1}, m.Bits)) })
		},
		"unsigned": func(*Node) func(wire.Envelope) []wire.Envelope {
			return Answering[*wire.Holds](&wire.Held{Bits: []byte{1}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHolding(t, 5, 2, 5)
			h.Nodes[1].Mutate = lie(h.Nodes[1])
			if heard, _ := h.heard(h.Nodes[0]); heard != nil {
				t.Error("is heard")
			}
			h.wantBlamed("n2")
		})
	}
}

// Nothing is erased upon what was heard of another sharing, or if another one is current by then.
func TestEraseOfAnother(t *testing.T) {
	h := newHolding(t, 5, 1, 5)
	n, env := h.Nodes[0], h.Nodes[0].Env()
	heard, _ := h.heard(n)
	batch, err := handover.Erase(&env, n.State(h.key), heard)
	check(err)
	other, _ := h.certified(h.key, 1, h.NewClient("a third author"), 5, h.Nodes)
	n.Put(wire.NewRecord(wire.Put, wire.RecordKey, h.key, wire.SessionID{}, other))
	if n.save(batch) == nil || !h.hasFormer(n) {
		t.Error("erased although another sharing is current")
	}
	if _, err := handover.Erase(&env, n.State(h.key), heard); err == nil || wire.ReasonOf(err) != wire.Internal {
		t.Errorf("erased upon what was heard of another: %v", err)
	}
	n.Put(wire.NewRecord(wire.Put, wire.RecordKey, h.key, wire.SessionID{}, unconfirmed(h.record)))
	if _, err := handover.Erase(&env, n.State(h.key), heard); err == nil || wire.ReasonOf(err) != wire.Internal {
		t.Errorf("erased although the current sharing is not confirmed: %v", err)
	}
	n.Put(wire.NewRecord(wire.Put, wire.RecordKey, h.key, wire.SessionID{}, h.record))
	if _, err := handover.Erase(&env, n.State(h.key), nil); err == nil || wire.ReasonOf(err) != wire.Internal {
		t.Errorf("erased upon nothing: %v", err)
	}
}

// Whoever shows a receipt can't have made it up, nor show what was not asked for; and who was never a key server has none.
func TestReceiptsOfLiars(t *testing.T) {
	stranger := privateKey(7, 7)
	for name, c := range map[string]struct {
		change func(h *holding, e *wire.Erased)
		blamed bool
	}{
		"another's": {func(h *holding, e *wire.Erased) { e.Node = h.Nodes[2].ID() }, true},
		"of another version": {func(h *holding, e *wire.Erased) {
			e.Version[0] ^= 1
			e.Signature = h.Nodes[0].nodeKey.Sign(wire.ErasedDigest(h.ID, e))
		}, true},
		"a stranger's": {func(h *holding, e *wire.Erased) {
			key := session.NewNodeKey(stranger)
			e.Node = key.ID()
			e.Signature = key.Sign(wire.ErasedDigest(h.ID, e))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHolding(t, 5, 1, 5)
			n, env := h.Nodes[0], h.Nodes[0].Env()
			heard, _ := h.heard(n)
			batch, err := handover.Erase(&env, n.State(h.key), heard)
			check(err)
			n.Put(batch...)
			n.Mutate = Changing(func(m *wire.Erasures) { c.change(h, &m.Receipts[0]) })
			h.ask(h.Nodes[1])
			for k := range h.Nodes[1].records {
				if k.kind == wire.RecordErased {
					t.Error("is kept")
				}
			}
			if c.blamed {
				h.wantBlamed("n1")
			} else {
				h.wantBlamed()
			}
		})
	}
}

// A share of a former sharing is kept, and never used: it gives no part.
func TestFormerShareIsNotUsed(t *testing.T) {
	h := newHolding(t, 4, 1, 4)
	h.DealDocument(h.record, h.doc)
	h.grant(h.alice)
	n := h.Nodes[1]
	if state := n.State(h.key); len(state.Former) != 1 || state.FormerShare(state.Former[0]) == nil {
		t.Fatalf("%+v", state.Former)
	}
	m := &wire.Retrieve{Key: h.key, Version: h.former.Version, Common: h.doc.Common, Encrypted: h.doc.Encrypted,
		Proof: h.alice.Proof(h.key), Block: Block(1), Set: []uint32{1, 2}}
	from := h.Nodes[0].ID()
	p := gathering.JoinRetrieval(n.Env(), n.State(h.key), from, m.Session(h.ID, from))
	eff := p.Step(session.Received{From: from, Session: p.ID(), Msg: m})
	if eff.Ask != nil {
		eff = p.Step(yes)
	}
	for _, env := range eff.Send {
		if _, part := env.Msg.(*wire.Partial); part {
			t.Error("gives a part of a former sharing")
		}
	}
	if len(eff.Send) == 0 {
		t.Errorf("%+v", eff)
	}
}
