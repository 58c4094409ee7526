package sessiontest

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A node that can't draw random numbers gives out nothing that was to be made with them.

// drying is a source of random bytes that gives so many answers, and then fails once.
type drying struct {
	io.Reader
	left int
}

func (d *drying) Read(b []byte) (int, error) {
	if d.left--; d.left == -1 {
		return 0, errors.New("there is no randomness")
	}
	return d.Reader.Read(b)
}

// dries has randomness fail at a node ever later, until it takes no more of it.
func dries(t *testing.T, try func(t *testing.T, dry func(*Node)) (well bool)) {
	t.Helper()
	for left := range 1000 {
		var d *drying
		well := try(t, func(n *Node) {
			d = &drying{n.rand, left}
			n.rand = d
		})
		if d.left >= 0 {
			if !well || left == 0 {
				t.Errorf("with enough randomness, after %d: %t", left, well)
			}
			return
		}
		if well {
			t.Errorf("goes well without what it has read after %d", left)
		}
	}
	t.Error("takes randomness without end")
}

func TestHolderWithoutRandomness(t *testing.T) {
	for _, shadow := range []bool{false, true} {
		dries(t, func(t *testing.T, dry func(*Node)) bool {
			w := newWorld(t, 4, 2).withDocument()
			n1, n2 := w.Nodes[0], w.Nodes[1]
			dry(n2)
			m := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
				Proof: w.alice.Proof(w.key), Shadow: shadow, Block: Block(1), Set: []uint32{1, 2, 3}}
			id := m.Session(w.ID, n1.ID())
			p := gathering.JoinRetrieval(n2.Env(), n2.State(w.key), n1.ID(), id)
			p.Step(session.Received{From: n1.ID(), Session: id, Msg: m})
			eff := p.Step(yes)
			if len(eff.Send) != 1 || !eff.Done {
				t.Fatalf("answers with %+v", eff)
			}
			if _, part := eff.Send[0].Msg.(*wire.Partial); part {
				return true
			}
			if refuse, ok := eff.Send[0].Msg.(*wire.Refuse); !ok || refuse.Reason != wire.Internal || wire.ReasonOf(eff.Err) != wire.Internal {
				t.Errorf("answers with %T, %v", eff.Send[0].Msg, eff.Err)
			}
			return false
		})
	}
}

func TestRetrievalWithoutRandomness(t *testing.T) {
	for _, n := range []int{1, 4} {
		for _, shadow := range []bool{false, true} {
			t.Run(fmt.Sprint(n, shadow), func(t *testing.T) {
				dries(t, func(t *testing.T, dry func(*Node)) bool {
					w := newWorld(t, n, n-1).withDocument()
					dry(w.Nodes[0])
					return w.endsWell(w.Retrieve(w.Nodes[0], w.alice, w.key, shadow))
				})
			})
		}
	}
}

func TestSigningWithoutRandomness(t *testing.T) {
	for _, c := range []struct {
		nodes  int
		scheme wire.Scheme
	}{{1, wire.Schnorr}, {3, wire.Schnorr}, {1, wire.ECDSA}} {
		dries(t, func(t *testing.T, dry func(*Node)) bool {
			w := newWorld(t, c.nodes, c.nodes-1)
			w.grant(w.alice)
			w.alice.Wallet = true
			dry(w.Nodes[0])
			return w.endsWell(w.Signature(w.Nodes[0], w.alice, w.key, c.scheme, someHash(1)))
		})
	}
}

// endsWell tells whether something goes well; if not it is this node's own fault.
func (w *world) endsWell(o *Outcome) bool {
	w.t.Helper()
	w.settle()
	if !o.Done || w.ticks > 0 || o.Err != nil && (o.Reason() != wire.Internal || o.Res != nil) {
		w.t.Errorf("ends with %v, after %d ticks", o, w.ticks)
	}
	w.wantBlamed()
	return o.Err == nil
}

func TestGenerationWithoutRandomness(t *testing.T) {
	for _, n := range []int{1, 3} {
		dries(t, func(t *testing.T, dry func(*Node)) bool {
			w := newWorld(t, n, n-1)
			dry(w.Nodes[0])
			return w.endsWell(w.Generate(w.Nodes[0], w.author, KeyID(9), n-1))
		})
	}
}

func TestMemberWithoutRandomness(t *testing.T) {
	dries(t, func(t *testing.T, dry func(*Node)) bool {
		w := newWorld(t, 4, 2)
		dry(w.Nodes[1])
		refused := false
		w.Spy = func(from *Node, env wire.Envelope) {
			m, ok := env.Msg.(*wire.Refuse)
			refused = refused || ok && m.Reason == wire.Internal && from == w.Nodes[1]
		}
		o := w.Generate(w.Nodes[0], w.author, KeyID(9), 1) // the three others are enough
		if w.settle(); o.Err != nil {
			t.Errorf("ends with %v", o)
		}
		if s := w.Nodes[1].State(KeyID(9)); refused && (s.Share != nil || s.Pending != nil || len(s.Dealt) > 0) {
			t.Error("has dealt something")
		}
		w.wantBlamed()
		return !refused
	})
}

// Without randomness nothing begins: two sessions would have one name.
func TestNothingBeginsWithoutRandomness(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	w.alice.Wallet = true
	n := w.Nodes[0]
	dry := func() session.Env {
		env := n.Env()
		env.Rand = &drying{n.rand, 0}
		return env
	}
	proof := w.Wallet(w.alice, wire.OpRetrieve, wire.NoArguments, w.key)
	if _, err := gathering.NewRetrieval(dry(), n.State(w.key), w.record, n.State(w.key).Document, proof, true); err == nil {
		t.Error("a retrieval begins")
	}
	if _, err := generation.New(dry(), n.State(KeyID(9)), KeyID(9), 1, w.author.Proof(KeyID(9))); err == nil {
		t.Error("a generation begins")
	}
	signing := w.Wallet(w.alice, wire.OpSign, wire.SignArguments(wire.Schnorr, someHash(1)), w.key)
	if _, err := gathering.NewSigning(dry(), n.Lend, n.State(w.key), w.record, signing, wire.Schnorr, someHash(1)); err == nil {
		t.Error("a signing begins")
	}
}

func TestSealWithoutRandomness(t *testing.T) {
	w := newWorld(t, 4, 2)
	to := wire.Point(secp256k1Public(w.alice))
	for _, c := range []struct {
		to   wire.Point
		rand io.Reader
		good bool
	}{{to, reader(1, 1), true}, {to, &drying{reader(1, 1), 0}, false}, {wire.Point{1}, reader(1, 1), false}} {
		if sealed, err := gathering.Seal(c.rand, c.to, []byte("plain")); (err == nil) != c.good || (len(sealed) > 0) != c.good {
			t.Errorf("%x, %v", sealed, err)
		}
	}
}

// What a node needs for its part can't be computed: nothing is given out.
func TestNoQuorum(t *testing.T) {
	for at := range 2 { // at the coordinator, or at another
		w := newWorld(t, 4, 3).withDocument() // all are needed
		env := w.Nodes[at].Env()
		env.Quorums = func(*wire.KeyRecord, []uint32, uint32) (*threshold.Quorum, error) { return nil, errors.New("none") }
		if at == 0 {
			m, err := gathering.NewRetrieval(env, w.Nodes[0].State(w.key), w.record, w.Nodes[0].State(w.key).Document, w.alice.Proof(w.key), true)
			check(err)
			r := w.Begin(w.Nodes[0], wire.KindRetrieve, w.key, m, nil)
			if w.settle(); wire.ReasonOf(r.Err) != wire.Internal || m.Result() != nil {
				t.Errorf("coordinator: %v, %+v", r.Err, m.Result())
			}
			continue
		}
		m := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
			Proof: w.alice.Proof(w.key), Shadow: true, Block: Block(1), Set: []uint32{1, 2, 3, 4}}
		id := m.Session(w.ID, w.Nodes[0].ID())
		p := gathering.JoinRetrieval(env, w.Nodes[1].State(w.key), w.Nodes[0].ID(), id)
		p.Step(session.Received{From: w.Nodes[0].ID(), Session: id, Msg: m})
		if eff := p.Step(yes); !eff.Done || len(eff.Send) != 1 || eff.Send[0].Msg.Code() != wire.CodeRefuse {
			t.Errorf("holder: %+v", eff)
		}
	}
}

// Sets that no key has.
func TestQuorumsOfNobody(t *testing.T) {
	w := newWorld(t, 4, 2)
	bent := copyKey(w.record)
	bent.Commitments[1][9] ^= 1
	for name, c := range map[string]struct {
		record *wire.KeyRecord
		set    []uint32
		own    uint32
		good   bool
	}{
		"all":             {w.record, []uint32{1, 2, 4}, 0, true},
		"own":             {w.record, []uint32{1, 2, 4}, 4, true},
		"not own":         {w.record, []uint32{1, 2, 4}, 3, false},
		"nobody":          {w.record, []uint32{0, 2, 4}, 0, false},
		"beyond":          {w.record, []uint32{1, 2, 5}, 0, false},
		"twice":           {w.record, []uint32{1, 2, 2}, 0, false},
		"none":            {w.record, nil, 0, false},
		"too few":         {w.record, []uint32{1, 2}, 0, false},
		"too many":        {w.record, []uint32{1, 2, 3, 4}, 0, false},
		"no coefficients": {bent, []uint32{1, 2, 4}, 0, false},
	} {
		if quorum, err := verify.KeyQuorum(c.record, c.set, c.own); (err == nil) != c.good || (quorum != nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func copyKey(r *wire.KeyRecord) *wire.KeyRecord {
	c := *r
	c.Commitments = append([]wire.Point(nil), r.Commitments...)
	return &c
}
