package sessiontest

import (
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// wantConvicted wants one node to be blamed, with evidence of this kind that holds, or
// without evidence where there can be none.
func (w *world) wantConvicted(name string, kind wire.ConvictionKind) {
	w.t.Helper()
	w.wantBlamed(name)
	for _, b := range w.Faults() {
		switch {
		case !b.By.honest(): // a cheat's word
		case b.Evidence == nil && kind != 0:
			w.t.Errorf("%s is blamed without evidence: %s", name, b.Detail)
		case b.Evidence != nil && b.Evidence.Kind() != kind: // that it holds is the watch's to see
			w.t.Errorf("%s is convicted of %v, want %v", name, b.Evidence.Kind(), kind)
		}
	}
}

func someP() []byte { b := secp256k1.Generator().Bytes(); return b[:] }

func bytes255(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 0xff
	}
	return b
}

// Up to t holders that say no can't hold up a read that t+1 others allow.
func TestLyingNo(t *testing.T) {
	w := newWorld(t, 5, 2).withDocument()
	w.Nodes[1].Oracle, w.Nodes[2].Oracle = Says(session.Refused), Says(session.Refused)
	w.read(w.Nodes[0], true)
	if w.ticks != 0 {
		t.Errorf("the lie cost %d ticks", w.ticks)
	}
}

// A holder that answers for one set and not for the next can't hold a read up either.
func TestAnswersOnce(t *testing.T) {
	w := newWorld(t, 5, 2).withDocument()
	once := 0
	w.Nodes[1].Mutate = Silent
	w.Nodes[2].Mutate = func(env wire.Envelope) []wire.Envelope {
		if once++; once > 1 {
			return nil
		}
		return []wire.Envelope{env}
	}
	w.read(w.Nodes[0], true)
	if w.ticks > session.TicksPerSecond {
		t.Errorf("it took %d ticks", w.ticks)
	}
}

// A silent holder costs a hedge, a lost one nothing.
func TestReplacement(t *testing.T) {
	t.Run("silent", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Mutate = Silent
		w.read(w.Nodes[0], true)
		if w.ticks > session.TicksPerSecond/2 {
			t.Errorf("replacing it took %d ticks", w.ticks)
		}
	})
	t.Run("down", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Down(w.Nodes[1])
		w.read(w.Nodes[0], true)
	})
	t.Run("lost", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Mutate = Silent
		o := w.Retrieve(w.Nodes[0], w.alice, w.key, true)
		w.Steps(1)
		w.Down(w.Nodes[1])
		w.settle()
		if o.Err != nil || w.ticks != 0 {
			t.Errorf("%v after %d ticks", o, w.ticks)
		}
	})
	t.Run("too few", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Down(w.Nodes[1])
		w.Down(w.Nodes[2])
		w.readFails(w.Nodes[0], true, wire.Unavailable)
	})
	t.Run("silence of too many", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Mutate, w.Nodes[2].Mutate = Silent, Silent
		w.readFails(w.Nodes[0], true, wire.Timeout)
	})
	t.Run("a lost message beside a silent node", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		dropped := false
		w.Nodes[1].Mutate = Silent
		w.Nodes[2].Mutate = func(env wire.Envelope) []wire.Envelope {
			if !dropped {
				dropped = true
				return nil
			}
			return []wire.Envelope{env}
		}
		w.read(w.Nodes[0], true) // the retry must not choose the silent one for ever
	})
	t.Run("a lost message", func(t *testing.T) {
		w := newWorld(t, 3, 2).withDocument() // all are needed
		dropped := false
		w.Nodes[1].Mutate = func(env wire.Envelope) []wire.Envelope {
			if !dropped {
				dropped = true
				return nil
			}
			return []wire.Envelope{env}
		}
		w.read(w.Nodes[0], true)
	})
}

func TestDenied(t *testing.T) {
	for name, prepare := range map[string]func(w *world){
		"never granted":           func(w *world) {},
		"revoked":                 func(w *world) { w.grant(w.alice); w.revoke(w.alice) },
		"granted for another key": func(w *world) { w.permit(w.alice, KeyID(2), true) },
		"granted to another":      func(w *world) { w.grant(w.NewClient("bob")) },
		"with nodes down":         func(w *world) { w.Down(w.Nodes[3]); w.Down(w.Nodes[2]) },
		"with a silent node":      func(w *world) { w.Nodes[3].Mutate = Silent },
		"t lying yes":             func(w *world) { w.Nodes[2].Oracle, w.Nodes[3].Oracle = Says(session.Granted), Says(session.Granted) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 2)
			w.DealDocument(w.record, w.doc)
			prepare(w)
			w.readFails(w.Nodes[0], true, wire.Denied)
			if w.ticks > session.TicksPerSecond {
				t.Errorf("saying no took %d ticks", w.ticks)
			}
		})
	}
}

// Only the others' own chains protect against a coordinator that lies about its own.
func TestLyingCoordinator(t *testing.T) {
	w := newWorld(t, 4, 2)
	w.DealDocument(w.record, w.doc)
	w.Nodes[0].Oracle = Says(session.Granted)
	w.readFails(w.Nodes[0], true, wire.Denied)
}

// A grant can be read through every node as soon as it is final at any, and a stale
// coordinator moves on to the newer block.
func TestNewerHead(t *testing.T) {
	w := newWorld(t, 4, 2)
	w.DealDocument(w.record, w.doc)
	block := w.Chain.Set(w.alice.Address(), w.key, true)
	for _, n := range w.Nodes[1:] {
		w.Follow(n, block)
	}
	o := w.Retrieve(w.Nodes[0], w.alice, w.key, true)
	for range 20 {
		w.Steps(1)
	}
	w.Follow(w.Nodes[0], block)
	w.settle()
	if o.Err != nil || o.Res.Block != Block(block) {
		t.Fatalf("%v", o)
	}
}

// An older block can't revive a revoked permission.
func TestStaleBlockAfterRevocation(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	block := w.Chain.Set(w.alice.Address(), w.key, false)
	for _, n := range w.Nodes[1:] { // the coordinator has not seen it
		w.Follow(n, block)
	}
	t.Run("honest and late", func(t *testing.T) {
		o := w.Retrieve(w.Nodes[0], w.alice, w.key, true)
		w.Steps(20)
		w.Follow(w.Nodes[0], block)
		w.settle()
		if o.Reason() != wire.Denied {
			t.Fatalf("%v", o)
		}
	})
	t.Run("never gets there", func(t *testing.T) {
		w.Nodes[0].Head = block - 1
		w.readFails(w.Nodes[0], true, wire.Unavailable)
	})
	t.Run("names the old block on purpose", func(t *testing.T) {
		w.Nodes[0].Oracle = func(session.Question) session.Verdict {
			return session.Verdict{Answer: session.Granted, Block: Block(block - 1), Head: Block(block - 1)}
		}
		w.readFails(w.Nodes[0], true, wire.Denied)
	})
}

// Who tells of a block that does not exist must not keep us from one that does, nor
// from reading.
func TestFalseNewerHead(t *testing.T) {
	far := Answering[*wire.Partial](&wire.NewerHead{Head: Block(1000)})
	t.Run("granted", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Mutate = far
		w.read(w.Nodes[0], true)
	})
	t.Run("a true one beside it", func(t *testing.T) {
		w := newWorld(t, 5, 2)
		w.DealDocument(w.record, w.doc)
		block := w.Chain.Set(w.alice.Address(), w.key, true)
		for _, n := range w.Nodes[1:] {
			w.Follow(n, block)
		}
		w.Nodes[1].Mutate = Answering[*wire.NewerHead](&wire.NewerHead{Head: Block(1000)})
		o := w.Retrieve(w.Nodes[0], w.alice, w.key, true)
		w.Steps(30)
		w.Follow(w.Nodes[0], block)
		w.settle()
		if o.Err != nil {
			t.Fatal(o)
		}
	})
	t.Run("an older one", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Mutate = Answering[*wire.Partial](&wire.NewerHead{Head: Block(1)})
		w.read(w.Nodes[0], true)
		w.wantBlamed("n2")
	})
}

// What can't be read is unavailable, never denied and never granted.
func TestUnreadableChain(t *testing.T) {
	t.Run("coordinator", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[0].Blind = true
		w.readFails(w.Nodes[0], true, wire.Unavailable)
	})
	t.Run("one holder", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Blind = true
		w.read(w.Nodes[0], true)
	})
	t.Run("too many holders", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Blind, w.Nodes[2].Blind = true, true
		w.readFails(w.Nodes[0], true, wire.Unavailable)
	})
	t.Run("one blind, one says no", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Blind, w.Nodes[2].Oracle = true, Says(session.Refused)
		w.readFails(w.Nodes[0], true, wire.Unavailable)
	})
}

// A node without a share serves a read; so does one that missed everything.
func TestContactWithoutShare(t *testing.T) {
	w := newWorld(t, 5, 2)
	w.key = KeyID(9)
	w.record = w.Deal(w.key, 2, w.author, w.Nodes[:4])
	w.doc = w.Encrypt(w.record, 3)
	w.DealDocument(w.record, w.doc, w.Nodes[4])
	w.grant(w.alice)
	w.read(w.Nodes[4], false)
	w.read(w.Nodes[4], true)
	if s := w.Nodes[4].State(w.key); s.Record == nil || s.Document == nil || s.Share != nil {
		t.Error("the contacted node did not keep what it looked up")
	}
}

// Holders that missed a certificate take it over with its first use.
func TestSupplied(t *testing.T) {
	w := newWorld(t, 4, 3) // all are needed
	w.DealDocument(w.record, w.doc, w.Nodes[1], w.Nodes[3])
	w.grant(w.alice)
	pending := w.Nodes[2].State(w.key)
	w.Nodes[2].Forget(wire.RecordKey, w.key)
	w.Nodes[2].Forget(wire.RecordShare, w.key)
	attempt := session.Attempt{Setup: w.record.Setup, Bodies: w.record.Bodies, Commitments: w.record.Commitments}
	w.Nodes[2].Put(
		wire.NewRecord(wire.Put, wire.RecordAttempt, w.key, wire.SessionID{}, &attempt),
		wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: w.key, Session: w.record.Version(), Value: pending.Share.Encode()})
	w.read(w.Nodes[0], true)
	for _, n := range w.Nodes {
		if s := n.State(w.key); s.Document == nil || s.Share == nil || s.Attempt != nil {
			t.Errorf("%s did not catch up", n.Name)
		}
	}
}

// A coordinator must not make holders multiply their shares by a point of its choice,
// use sets that are none, or speak for another session.
func TestRequestsThatNoHonestNodeSends(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world, m *wire.Retrieve)
		blamed bool
	}{
		"another common point":    {func(w *world, m *wire.Retrieve) { copy(m.Common[:], someP()) }, true},
		"another encrypted point": {func(w *world, m *wire.Retrieve) { copy(m.Encrypted[:], someP()) }, true},
		"too small a set":         {func(w *world, m *wire.Retrieve) { m.Set = m.Set[:2] }, true},
		"too large a set":         {func(w *world, m *wire.Retrieve) { m.Set = []uint32{1, 2, 3, 4} }, true},
		"a set without the asked": {func(w *world, m *wire.Retrieve) { m.Set = []uint32{1, 3, 4} }, true},
		"an index of nobody":      {func(w *world, m *wire.Retrieve) { m.Set = []uint32{1, 2, 200} }, true},
		"a proof of nobody":       {func(w *world, m *wire.Retrieve) { m.Proof.Data[64] = 7 }, false},
		"a short proof":           {func(w *world, m *wire.Retrieve) { m.Proof.Data = m.Proof.Data[:10] }, false},
		"a proof of a stranger":   {func(w *world, m *wire.Retrieve) { m.Proof = w.NewClient("eve").Proof(w.key) }, false},
		"a block of nobody":       {func(w *world, m *wire.Retrieve) { m.Block.Hash = common.Hash{9} }, false},
		"another version":         {func(w *world, m *wire.Retrieve) { m.Version[0] ^= 1 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 2).withDocument()
			evil := w.Nodes[0]
			ask := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
				Proof: w.alice.Proof(w.key), Shadow: true, Block: Block(evil.Head), Set: []uint32{1, 2, 3}}
			c.change(w, ask)
			got := w.ask(evil, w.Nodes[1], ask, ask.Session(w.ID, evil.ID()))
			if _, ok := got.(*wire.Refuse); !ok {
				t.Fatalf("answered with %T", got)
			}
			if c.blamed != (fmt.Sprint(w.Blamed()) == "[n1]") {
				t.Errorf("blamed %v", w.Blamed())
			}
		})
	}
	t.Run("a session id of another", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		evil := w.Nodes[0]
		ask := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
			Proof: w.alice.Proof(w.key), Shadow: true, Block: Block(evil.Head), Set: []uint32{1, 2, 3}}
		got := w.ask(evil, w.Nodes[1], ask, ask.Session(w.ID, w.Nodes[2].ID()))
		if _, ok := got.(*wire.Refuse); !ok {
			t.Fatalf("answered with %T", got)
		}
		w.wantBlamed("n1")
	})
	t.Run("the same, undisturbed", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		evil := w.Nodes[0]
		ask := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
			Proof: w.alice.Proof(w.key), Shadow: true, Block: Block(evil.Head), Set: []uint32{1, 2, 3}}
		if got, ok := w.ask(evil, w.Nodes[1], ask, ask.Session(w.ID, evil.ID())).(*wire.Partial); !ok {
			t.Fatalf("answered with %T", got)
		}
	})
}

// ask puts one opening to a node and returns its first answer.
func (w *world) ask(from, to *Node, m wire.Opening, id wire.SessionID) (got wire.Message) {
	w.t.Helper()
	to.Mutate = func(env wire.Envelope) []wire.Envelope {
		if got == nil && env.To == from.ID() {
			got = env.Msg
		}
		return nil
	}
	w.Inject(from, wire.Envelope{To: to.ID(), Session: id, Msg: m})
	w.settle()
	to.Mutate = nil
	return got
}

// Members enforce an operator's settings, not only the door.
func TestPolicy(t *testing.T) {
	t.Run("no plain retrieval at the others", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		for _, n := range w.Nodes[1:] {
			n.Policy = &session.Policy{RefusePlain: true}
		}
		w.readFails(w.Nodes[0], false, wire.Policy)
		w.read(w.Nodes[0], true)
	})
	t.Run("no plain retrieval at the door", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[0].Policy = &session.Policy{RefusePlain: true}
		w.readFails(w.Nodes[0], false, wire.Policy)
	})
	t.Run("no legacy proofs", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		for _, n := range w.Nodes[1:] {
			n.Policy = &session.Policy{RefuseLegacy: true}
		}
		w.readFails(w.Nodes[0], true, wire.Policy)
	})
	t.Run("one is stricter", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Policy = &session.Policy{RefusePlain: true}
		w.read(w.Nodes[0], false)
	})
}

// A proof that can't be recovered ends before anybody is asked.
func TestUnrecoverableProof(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	n := w.Nodes[0]
	state := n.State(w.key)
	for name, proof := range map[string]wire.Proof{
		"empty":          {Kind: wire.LegacyProof},
		"zero":           {Kind: wire.LegacyProof, Data: make([]byte, 65)},
		"kind unknown":   {Kind: 9, Data: w.alice.Proof(w.key).Data},
		"v out of range": {Kind: wire.LegacyProof, Data: append(w.alice.Proof(w.key).Data[:64:64], 27)},
	} {
		_, err := gathering.NewRetrieval(n.Env(), state, state.Record, state.Document, proof, true)
		if wire.ReasonOf(err) != wire.BadRequester {
			t.Errorf("%s: %v", name, err)
		}
		_, err = documents.NewStoring(n.Env(), state, state.Record, proof, w.doc.Common, w.doc.Encrypted)
		if wire.ReasonOf(err) != wire.BadRequester {
			t.Errorf("storing, %s: %v", name, err)
		}
	}
}

// The order of shadows, the sign of the common point, and the extra fields by which a
// client can check everything again.
func TestShadowForm(t *testing.T) {
	for _, threshold := range []int{1, 2} {
		w := newWorld(t, 4, threshold).withDocument()
		res := w.read(w.Nodes[3], true).Res
		c, err := secp256k1.ParsePoint(w.doc.Common[:])
		check(err)
		if threshold%2 == 1 {
			c = c.Negated()
		}
		if wire.Point(c.Bytes()) != res.Shadow.CommonPoint {
			t.Errorf("t=%d: common point has the wrong sign", threshold)
		}
		for i, node := range res.Nodes {
			if node != w.record.Setup.Members[res.Set[i]-1] || i > 0 && node.Compare(res.Nodes[i-1]) <= 0 {
				t.Errorf("t=%d: shadows are not in ascending order of nodes", threshold)
			}
			if len(res.Shadow.Shadows[i]) != wire.SealedShadowSize {
				t.Errorf("t=%d: shadow of %d bytes", threshold, len(res.Shadow.Shadows[i]))
			}
		}
		if res.Key != nil {
			t.Errorf("t=%d: a shadow retrieval shows the document key", threshold)
		}
		w.verifyAgain(res)
	}
}

// verifyAgain checks the partials with public values alone, as a client can.
func (w *world) verifyAgain(res *gathering.Retrieved) {
	w.t.Helper()
	quorum, err := verify.KeyQuorum(w.record, res.Set, 0)
	check(err)
	c, err := secp256k1.ParsePoint(w.doc.Common[:])
	check(err)
	attempt := res.Release.Attempt()
	for i := range res.Release.Parts {
		enc := res.Release.Parts[i].Part
		p, err := threshold.ParsePartial(enc[:])
		check(err)
		ctx := threshold.NewContext("geth-ss/retrieval/v1", attempt[:], res.Shadow.Shadows[i])
		if err := quorum.Verify(threshold.Index(res.Set[i]), c, p, threshold.Shadow, ctx); err != nil {
			w.t.Error(err)
		}
	}
}

// A no of the own chain alone is none: a node that the others have left behind may have missed
// the grant.
func TestLonelyNo(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	bob := w.NewClient("bob")
	for gone := range 4 {
		if gone > 0 {
			w.Nodes[gone].Mutate = Silent
		}
		o := w.Retrieve(w.Nodes[0], bob, w.key, true)
		w.settle()
		want := wire.Denied
		if gone == 3 { // with two that say no the other two could not say yes
			want = wire.Unavailable
		}
		if o.Reason() != want {
			t.Errorf("with %d others gone: %v, want %v", gone, o.Err, want)
		}
	}
	w.wantBlamed()
}
