package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// batchWorld has many keys of one threshold with documents, all granted to alice.
type batchWorld struct {
	*world
	keys      []wire.KeyID
	documents []*Document
}

func newBatchWorld(t *testing.T, n, threshold, keys int) *batchWorld {
	b := &batchWorld{world: newWorld(t, n, threshold)}
	b.alice.Wallet = true
	for i := range keys {
		key := KeyID(100 + i)
		record := b.Deal(key, threshold, b.author, b.Nodes)
		doc := b.Encrypt(record, 100+i)
		b.DealDocument(record, doc)
		b.Chain.Set(b.alice.Address(), key, true)
		b.keys, b.documents = append(b.keys, key), append(b.documents, doc)
	}
	b.catchUp()
	return b
}

func (b *batchWorld) catchUp() {
	for _, n := range b.Nodes {
		n.Head = b.Chain.blocks
	}
}

// batch retrieves all keys through a node and gives the positions that it got, which open.
func (b *batchWorld) batch(n *Node) (got []int) {
	b.t.Helper()
	proof := b.Wallet(b.alice, wire.OpRetrieve, wire.NoArguments, b.keys...)
	var states []*session.State
	for _, key := range b.keys {
		states = append(states, n.State(key))
	}
	m, err := gathering.NewBatch(n.Env(), states, proof)
	if err != nil {
		b.t.Fatal(err)
	}
	var run *Run
	b.Begin(n, wire.KindRetrieve, b.keys[0], m, func(r *Run) { run = r })
	b.settle()
	if run == nil || run.Err != nil {
		b.t.Fatalf("the batch ended with %+v", run)
	}
	for i, rel := range m.Releases() {
		if rel == nil {
			continue
		}
		if rel.Setup.Key != b.keys[i] {
			b.t.Errorf("answer %d is for another key", i)
		}
		key, err := verify.OpenRelease(rel, proof.Hash(), secretOf(b.alice))
		if err != nil || !key.Equal(b.documents[i].Key) {
			b.t.Errorf("answer %d opens to %v, %v", i, key, err)
		}
		got = append(got, i)
	}
	return got
}

func (b *batchWorld) want(got []int, without ...int) {
	b.t.Helper()
	missing := make(map[int]bool)
	for _, i := range without {
		missing[i] = true
	}
	if len(got)+len(without) != len(b.keys) {
		b.t.Fatalf("got %v of %d keys, all but %v were to be had", got, len(b.keys), without)
	}
	for _, i := range got {
		if missing[i] {
			b.t.Errorf("key %d is released", i)
		}
	}
}

func TestBatch(t *testing.T) {
	for _, size := range []struct{ n, t int }{{1, 0}, {4, 0}, {4, 1}, {4, 2}, {5, 3}} {
		b := newBatchWorld(t, size.n, size.t, 6)
		b.want(b.batch(b.Nodes[size.n-1]))
		if b.ticks != 0 {
			t.Errorf("n=%d t=%d: it took %d ticks", size.n, size.t, b.ticks)
		}
	}
}

// One that is denied, or that a holder knows nothing of, keeps none of the others.
func TestBatchOfMixedFates(t *testing.T) {
	b := newBatchWorld(t, 4, 2, 6)
	b.Chain.Set(b.alice.Address(), b.keys[2], false)
	b.catchUp()
	b.want(b.batch(b.Nodes[0]), 2)

	b = newBatchWorld(t, 4, 3, 6)
	b.Chain.Set(b.alice.Address(), b.keys[4], false)
	for _, n := range b.Nodes[1:] { // the contacted node has yet to see it
		n.Head = b.Chain.blocks
	}
	b.want(b.batch(b.Nodes[0]), 4)

	b = newBatchWorld(t, 4, 3, 6)
	b.Nodes[2].Miss(b.Nodes[0].State(b.keys[5]).Record)
	b.want(b.batch(b.Nodes[0]), 5)
}

// Where the contacted node alone gives a key away, its own chain alone denies it.
func TestBatchOfOneServer(t *testing.T) {
	b := newBatchWorld(t, 1, 0, 4)
	b.Chain.Set(b.alice.Address(), b.keys[2], false)
	b.catchUp()
	b.want(b.batch(b.Nodes[0]), 2)
}

// Keys that other servers hold, or more of them have to decide about, are not in one batch.
func TestBatchable(t *testing.T) {
	w := newWorld(t, 4, 2)
	same, lower, fewer := w.Deal(KeyID(2), 2, w.author, w.Nodes), w.Deal(KeyID(3), 1, w.author, w.Nodes), w.Deal(KeyID(4), 2, w.author, w.Nodes[1:])
	if !gathering.Batchable(w.record, same) || gathering.Batchable(w.record, lower) || gathering.Batchable(w.record, fewer) {
		t.Error("other keys can be in one batch")
	}
}

// Who is silent, gone or lying is done without; a lie is evidence.
func TestBatchWithoutOne(t *testing.T) {
	for name, spoil := range map[string]func(b *batchWorld, n *Node){
		"silent":  func(b *batchWorld, n *Node) { n.Mutate = Silent },
		"blind":   func(b *batchWorld, n *Node) { n.Blind = true },
		"refuses": func(b *batchWorld, n *Node) { n.Policy = &session.Policy{RefuseLegacy: true, RefusePlain: true} },
		"a wrong part": func(b *batchWorld, n *Node) {
			n.Mutate = bendParts(func(p *wire.Partials) {
				p.Parts[3].Part.Part[5]++
			}, b, n, true)
		},
		"a part of another key": func(b *batchWorld, n *Node) {
			n.Mutate = bendParts(func(p *wire.Partials) { p.Parts[3].Part.Part = p.Parts[2].Part.Part }, b, n, true)
		},
		"a wrong signature": func(b *batchWorld, n *Node) {
			n.Mutate = bendParts(func(p *wire.Partials) { p.Parts[3].Part.Signature[5]++ }, b, n, false)
		},
		"a wrong receipt": func(b *batchWorld, n *Node) {
			n.Mutate = bendParts(func(p *wire.Partials) { p.Parts[3].Part.Receipt[5]++ }, b, n, false)
		},
		"fewer parts": func(b *batchWorld, n *Node) {
			n.Mutate = bendParts(func(p *wire.Partials) { p.Parts = p.Parts[:2] }, b, n, false)
		},
		"no parts": func(b *batchWorld, n *Node) {
			n.Mutate = bendParts(func(p *wire.Partials) { p.Parts = nil }, b, n, false)
		},
	} {
		b := newBatchWorld(t, 5, 2, 5)
		spoil(b, b.Nodes[1])
		b.want(b.batch(b.Nodes[0]))
		switch name {
		case "silent", "blind", "refuses":
			b.wantBlamed()
		case "a wrong part", "a part of another key":
			b.wantConvicted("n2", wire.ConvictWrongPartial)
		default:
			b.wantBlamed("n2")
		}
	}
}

// bendParts changes the answer to a batch, and signs what its sender answers for anew.
func bendParts(bend func(*wire.Partials), b *batchWorld, n *Node, sign bool) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) []wire.Envelope {
		m, ok := env.Msg.(*wire.Partials)
		if !ok {
			return []wire.Envelope{env}
		}
		changed := new(wire.Partials)
		for _, p := range m.Parts {
			part := *p.Part
			changed.Parts = append(changed.Parts, wire.BatchPart{Part: &part})
		}
		bend(changed)
		if sign {
			ask := n.opening(env.Session).(*wire.RetrieveMany)
			for i := range changed.Parts {
				terms := ask.Terms(i, b.Nodes[0].ID())
				attempt := terms.Session(b.ID, ask.Keys[i].Key, ask.Keys[i].Version)
				changed.Parts[i].Part = SignPartial(n, attempt, changed.Parts[i].Part)
			}
		}
		env.Msg = changed
		return []wire.Envelope{env}
	}
}

// opening is the message that opened a node's session.
func (n *Node) opening(id wire.SessionID) wire.Opening {
	for _, r := range n.runs {
		if r.opening != nil && r.Machine.ID() == id {
			return r.opening
		}
	}
	panic("sessiontest: no such session")
}
