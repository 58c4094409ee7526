package sessiontest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/crypto/ecies"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What one holder, n2, can do wrong when a document key is retrieved or stored through
// n1. It always ends in success without n2, and nobody but n2 is blamed by anybody:
// with evidence where n2's own signature proves it. That the evidence convinces a party
// that has nothing but its bytes is checked for every fault of every test (watch.go).
type holderCase struct {
	name    string
	cheat   func(w *world, bad *Node)
	unnamed bool                // nobody can tell, or n2 may be honest
	proof   wire.ConvictionKind // 0: n2 is named, but can't be convicted before others
}

// part changes n2's partials, which it signs like honest ones.
func part(change func(m *wire.Partial)) func(*world, *Node) {
	return func(_ *world, bad *Node) { bad.Mutate = ChangingPartial(bad, change) }
}

// answers makes n2 answer with something else.
func answers(instead wire.Message) func(*world, *Node) {
	return func(_ *world, bad *Node) { bad.Mutate = Answering[*wire.Partial](instead) }
}

var retrievalCases = []holderCase{
	{name: "point is not one", cheat: part(func(m *wire.Partial) { m.Part[0] ^= 1 }), proof: wire.ConvictWrongPartial},
	{name: "point is another", cheat: part(func(m *wire.Partial) { copy(m.Part[:64], someP()) }), proof: wire.ConvictWrongPartial},
	{name: "point is the identity", cheat: part(func(m *wire.Partial) { clear(m.Part[:64]) }), proof: wire.ConvictWrongPartial},
	{name: "mask is another", cheat: part(func(m *wire.Partial) { copy(m.Part[64:128], someP()) }), proof: wire.ConvictWrongPartial},
	{name: "mask is the identity", cheat: part(func(m *wire.Partial) { clear(m.Part[64:128]) }), proof: wire.ConvictWrongPartial},
	{name: "proof, first scalar", cheat: part(func(m *wire.Partial) { m.Part[128] ^= 1 }), proof: wire.ConvictWrongPartial},
	{name: "proof, second scalar", cheat: part(func(m *wire.Partial) { m.Part[191] ^= 1 }), proof: wire.ConvictWrongPartial},
	{name: "proof, scalar above the order", cheat: part(func(m *wire.Partial) { copy(m.Part[128:], bytes255(64)) }), proof: wire.ConvictWrongPartial},
	{name: "all zero", cheat: part(func(m *wire.Partial) { clear(m.Part[:]) }), proof: wire.ConvictWrongPartial},
	{name: "shadow is changed", cheat: part(func(m *wire.Partial) { m.Sealed[100] ^= 1 }), proof: wire.ConvictWrongPartial},
	{name: "shadow is left out", cheat: part(func(m *wire.Partial) { m.Sealed = nil }), proof: wire.ConvictWrongPartial},
	{name: "shows its part instead of blinding it", cheat: part(func(m *wire.Partial) { m.Sealed = nil; clear(m.Part[64:128]) }), proof: wire.ConvictWrongPartial},
	{name: "part for another set", cheat: made(func(p *parting) { p.set = []uint32{2, 3, 4} }), proof: wire.ConvictWrongPartial},
	{name: "part of another ciphertext", cheat: made(func(p *parting) { p.common = secp256k1.Generator() }), proof: wire.ConvictWrongPartial},
	{name: "part of another session, requester and block", cheat: made(func(p *parting) { p.session[0] ^= 1 }), proof: wire.ConvictWrongPartial},
	{name: "part with another's index", cheat: made(func(p *parting) { p.index = 1 }), proof: wire.ConvictWrongPartial},
	{name: "part of another key's share", cheat: made(func(p *parting) {
		p.record = p.w.Deal(KeyID(2), 2, p.w.author, p.w.Nodes)
		p.share = p.w.Nodes[1].State(KeyID(2)).Share
	}), proof: wire.ConvictWrongPartial},
	{name: "an old part, replayed", cheat: replaying(false)},
	{name: "an old part, signed anew", cheat: replaying(true), proof: wire.ConvictWrongPartial},
	{name: "another's part", cheat: copying(false)},
	{name: "another's part, signed as its own", cheat: copying(true), proof: wire.ConvictWrongPartial},
	{name: "signature is false", cheat: func(_ *world, bad *Node) {
		bad.Mutate = Changing(func(m *wire.Partial) { m.Signature[40] ^= 1 })
	}},
	{name: "part for hundreds of bytes more", cheat: part(func(m *wire.Partial) { m.Sealed = append(m.Sealed, make([]byte, 4096)...) }), unnamed: true},
	{name: "tells of an older block as newer", cheat: answers(&wire.NewerHead{Head: Block(1)})},
	{name: "tells of a block that is not", cheat: answers(&wire.NewerHead{Head: Block(1000)}), unnamed: true},
	{name: "answers with a message of storing", cheat: answers(&wire.StorePromise{})},
	{name: "refuses", cheat: answers(&wire.Refuse{Reason: wire.Denied}), unnamed: true},
	{name: "can't tell", cheat: answers(&wire.Refuse{Reason: wire.Unavailable}), unnamed: true},
	{name: "asks for records on and on", cheat: answers(&wire.Need{Record: true, Document: true}), unnamed: true},
	{name: "says no", cheat: func(_ *world, bad *Node) { bad.Oracle = Says(session.Refused) }, unnamed: true},
	{name: "silent", cheat: func(_ *world, bad *Node) { bad.Mutate = Silent }, unnamed: true},
}

func TestRetrievalAdversary(t *testing.T) {
	for _, c := range retrievalCases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 4, 2).withDocument()
			c.cheat(w, w.Nodes[1])
			w.read(w.Nodes[0], true)
			w.wantNamed(c)
		})
	}
}

// wantNamed checks who is blamed, and by what proof.
func (w *world) wantNamed(c holderCase) {
	w.t.Helper()
	if c.unnamed {
		w.wantBlamed()
		return
	}
	w.wantConvicted("n2", c.proof)
}

// parting is what a part is made of.
type parting struct {
	w       *world
	record  *wire.KeyRecord
	set     []uint32
	index   uint32
	share   *session.Share
	common  *secp256k1.Point
	session wire.SessionID
}

// made lets n2 make its parts by the right arithmetic, of something else.
func made(change func(*parting)) func(*world, *Node) {
	return func(w *world, bad *Node) {
		common, err := secp256k1.ParsePoint(w.doc.Common[:])
		check(err)
		p := parting{w: w, record: w.record, set: []uint32{1, 2, 3}, index: 2, share: bad.State(w.key).Share, common: common}
		bad.Mutate = func(env wire.Envelope) []wire.Envelope {
			m, ok := env.Msg.(*wire.Partial)
			if !ok {
				return []wire.Envelope{env}
			}
			p.session = env.Session
			change(&p)
			quorum, err := verify.KeyQuorum(p.record, p.set, 0)
			check(err)
			mask, err := quorum.NewMask(reader(1, 3))
			check(err)
			made, err := quorum.Partial(reader(1, 2), threshold.Index(p.index), p.share.Value, p.common, mask,
				threshold.NewContext("geth-ss/retrieval/v1", p.session[:], m.Sealed))
			check(err)
			env.Msg = SignPartial(bad, env.Session, &wire.Partial{Part: made.Bytes(), Sealed: m.Sealed})
			return []wire.Envelope{env}
		}
	}
}

// replaying lets n2 answer with the part that it gave in an earlier retrieval.
func replaying(sign bool) func(*world, *Node) {
	return func(w *world, bad *Node) {
		var old *wire.Partial
		bad.Mutate = Changing(func(m *wire.Partial) { c := *m; old = &c })
		w.read(w.Nodes[0], true)
		if bad.Mutate = Answering[*wire.Partial](old); sign {
			bad.Mutate = ChangingPartial(bad, func(m *wire.Partial) { m.Part, m.Sealed = old.Part, old.Sealed })
		}
	}
}

// copying lets n2 give n3's part of the same attempt.
func copying(sign bool) func(*world, *Node) {
	return func(w *world, bad *Node) {
		var held *wire.Envelope
		theirs := make(map[wire.SessionID]*wire.Partial)
		copied := func(env wire.Envelope) wire.Envelope {
			m := *theirs[env.Session]
			if env.Msg = &m; sign {
				env.Msg = SignPartial(bad, env.Session, &m)
			}
			return env
		}
		w.Spy = func(from *Node, env wire.Envelope) {
			m, ok := env.Msg.(*wire.Partial)
			if !ok || from == bad {
				return
			}
			theirs[env.Session] = m
			if held != nil && held.Session == env.Session {
				late := copied(*held)
				held = nil
				w.Inject(bad, late)
			}
		}
		bad.Mutate = func(env wire.Envelope) []wire.Envelope {
			if _, ok := env.Msg.(*wire.Partial); !ok {
				return []wire.Envelope{env}
			}
			if theirs[env.Session] == nil {
				held = &env // until n3 has spoken
				return nil
			}
			return []wire.Envelope{copied(env)}
		}
	}
}

// A wrong blinding under the requester's own seal is for the requester alone to see, and
// it sees who: the parts and their masks come with the answer. No node can name it.
func TestWrongShadowIsTheRequestersToSee(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	bad := w.Nodes[1]
	bad.Mutate = w.sealing(bad, bytes.Repeat([]byte{3}, 32))
	o := w.Retrieve(w.Nodes[0], w.alice, w.key, true)
	w.settle()
	if o.Err != nil || o.Key.Equal(w.doc.Key) {
		t.Fatalf("%v: the shadow was to be wrong", o)
	}
	w.wantBlamed()
	for i, sealed := range o.Res.Shadow.Shadows {
		plain, err := ecies.ImportECDSA(w.alice.Key).Decrypt(sealed, nil, []byte{0, 0})
		check(err)
		coefficient, err := secp256k1.ParseScalar(plain)
		check(err)
		p, err := threshold.ParsePartial(o.Res.Release.Parts[i].Part[:])
		check(err)
		if wrong := threshold.VerifyCoefficient(2, coefficient, p.Mask) != nil; wrong != (o.Res.Nodes[i] == bad.ID()) {
			t.Errorf("%s: wrong shadow: %v", w.Name(o.Res.Nodes[i]), wrong)
		}
	}
}

// sealing lets a holder make right parts, and seal something else to alice than what opens
// them.
func (w *world) sealing(bad *Node, plain []byte) func(wire.Envelope) []wire.Envelope {
	share := bad.State(w.key).Share
	common, err := secp256k1.ParsePoint(w.doc.Common[:])
	check(err)
	return func(env wire.Envelope) []wire.Envelope {
		m, ok := env.Msg.(*wire.Partial)
		if !ok {
			return []wire.Envelope{env}
		}
		changed := *m
		changed.Sealed, err = gathering.Seal(reader(1, 9), wire.Point(secp256k1Public(w.alice)), plain)
		check(err)
		quorum, err := verify.KeyQuorum(w.record, []uint32{1, 2, 3}, 0)
		check(err)
		mask, err := quorum.NewMask(reader(1, 3))
		check(err)
		p, err := quorum.Partial(reader(1, 2), threshold.Index(2), share.Value, common, mask, threshold.NewContext("geth-ss/retrieval/v1", env.Session[:], changed.Sealed))
		check(err)
		changed.Part = p.Bytes()
		env.Msg = SignPartial(bad, env.Session, &changed)
		return []wire.Envelope{env}
	}
}

// Who opens an answer with our own program is given no wrong document key: it is told who
// sealed what opens nothing.
func TestLiarOfASealedCoefficient(t *testing.T) {
	for name, plain := range map[string][]byte{
		"another": bytes.Repeat([]byte{3}, 32),
		"zero":    make([]byte, 32),
		"beyond":  bytes255(32),
	} {
		w := newWorld(t, 4, 2).withDocument()
		w.alice.Wallet = true
		bad := w.Nodes[1]
		bad.Mutate = w.sealing(bad, plain)
		proof := w.Wallet(w.alice, wire.OpRetrieve, wire.NoArguments, w.key)
		n := w.Nodes[0]
		m, err := gathering.NewRetrieval(n.Env(), n.State(w.key), w.record, n.State(w.key).Document, proof, true)
		check(err)
		w.Begin(n, wire.KindRetrieve, w.key, m, nil)
		w.settle()
		key, err := verify.OpenRelease(m.Result().Release, proof.Hash(), secretOf(w.alice))
		var liar *verify.Liar
		if key != nil || !errors.As(err, &liar) || liar.Node != bad.ID() {
			t.Errorf("%s: opens to %v, %v", name, key, err)
		}
		w.wantBlamed()
	}
}

func secp256k1Public(cl *Client) []byte {
	p, err := secp256k1.FromPublicKey(&cl.Key.PublicKey)
	check(err)
	b := p.Bytes()
	return b[:]
}

// promised makes n2 answer a storing with something else than its promise.
func promised(instead wire.Message) func(*world, *Node) {
	return func(_ *world, bad *Node) { bad.Mutate = Answering[*wire.StorePromise](instead) }
}

var storingCases = []holderCase{
	{name: "signature is false", cheat: func(_ *world, bad *Node) {
		bad.Mutate = Changing(func(m *wire.StorePromise) { m.Signature[9] ^= 1 })
	}},
	{name: "signs another pair", cheat: func(w *world, bad *Node) {
		other := w.Encrypt(w.record, 2)
		bad.Mutate = Changing(func(m *wire.StorePromise) {
			m.Signature = bad.NodeKey().Sign(wire.StoreDigest(w.ID, &wire.DocumentRecord{
				Key: w.key, Version: w.record.Version(), Common: other.Common, Encrypted: other.Encrypted}))
		})
	}},
	{name: "signs for another key", cheat: func(w *world, bad *Node) {
		bad.Mutate = Changing(func(m *wire.StorePromise) {
			m.Signature = bad.NodeKey().Sign(wire.StoreDigest(w.ID, &wire.DocumentRecord{
				Key: KeyID(2), Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted}))
		})
	}},
	{name: "signs for another cluster", cheat: func(w *world, bad *Node) {
		bad.Mutate = Changing(func(m *wire.StorePromise) {
			m.Signature = bad.NodeKey().Sign(wire.StoreDigest(wire.ClusterID{9}, &wire.DocumentRecord{
				Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted}))
		})
	}},
	{name: "tells of a pair that nobody has certified", cheat: promised(&wire.StoreExists{Document: wire.DocumentRecord{Key: KeyID(1)}})},
	{name: "tells of a pair that it alone has certified", cheat: func(w *world, bad *Node) {
		other := w.Encrypt(w.record, 2)
		d := w.Certify(w.record, other)
		d.Signatures = d.Signatures[1:2]
		promised(&wire.StoreExists{Document: *d})(w, bad)
	}},
	{name: "answers with a part", cheat: promised(&wire.Partial{Sealed: []byte{}})},
	{name: "refuses", cheat: promised(&wire.Refuse{Reason: wire.DocumentExists}), unnamed: true},
	{name: "asks for the key on and on", cheat: promised(&wire.Need{Record: true}), unnamed: true},
	{name: "silent", cheat: func(_ *world, bad *Node) { bad.Mutate = Silent }, unnamed: true},
	{name: "acknowledges nothing", cheat: func(_ *world, bad *Node) {
		bad.Mutate = Answering[*wire.StoreAck](&wire.Refuse{Reason: wire.Internal})
	}, unnamed: true},
}

func TestStoringAdversary(t *testing.T) {
	for _, c := range storingCases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 7, 2)
			c.cheat(w, w.Nodes[1])
			w.stores(w.Nodes[0], w.doc)
			w.wantNamed(c)
			if got := w.holding(w.doc); got < 6 {
				t.Errorf("%d nodes hold the document key", got)
			}
		})
	}
}

// signsAnything is a holder that promises whatever it is asked to.
func signsAnything(w *world, bad *Node) {
	bad.Mutate = func(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env} }
	w.Spy = func(_ *Node, env wire.Envelope) {
		m, ok := env.Msg.(*wire.Store)
		if !ok || env.To != bad.ID() {
			return
		}
		var coordinator wire.NodeID
		for _, n := range w.Nodes {
			if m.Session(w.ID, n.ID()) == env.Session {
				coordinator = n.ID()
			}
		}
		promise := &wire.StorePromise{Signature: bad.NodeKey().Sign(wire.StoreDigest(w.ID, m.Record()))}
		w.Inject(bad, wire.Envelope{To: coordinator, Session: env.Session, Msg: promise})
	}
}

// A holder that promises two pairs is convicted by whoever meets both: the coordinator
// of the second store, or a node that looks the document key up.
func TestTwoPromisesConvict(t *testing.T) {
	t.Run("at the coordinator", func(t *testing.T) {
		w := newWorld(t, 4, 1)
		w.Down(w.Nodes[2])
		signsAnything(w, w.Nodes[0])
		w.stores(w.Nodes[1], w.doc)
		w.Restart(w.Nodes[2])
		w.storeFails(w.Nodes[2], w.Encrypt(w.record, 2), wire.DocumentExists)
		w.wantConvicted("n1", wire.ConvictTwoPromises)
	})
	t.Run("in a look-up", func(t *testing.T) {
		w := newWorld(t, 4, 1)
		bad, other := w.Nodes[0], w.Encrypt(w.record, 2)
		second := &wire.DocumentRecord{Key: w.key, Version: w.record.Version(), Common: other.Common, Encrypted: other.Encrypted}
		second.Signatures = []wire.IndexedSign{{Index: 1, Signature: bad.NodeKey().Sign(wire.StoreDigest(w.ID, second))}}
		w.DealDocument(w.record, w.doc, w.Nodes[2])
		bad.Mutate = Changing(func(m *wire.Known) { m.Document, m.Promise = nil, second })
		if o := w.lookup(w.Nodes[2], true); o.Err != nil {
			t.Fatal(o)
		}
		w.wantConvicted("n1", wire.ConvictTwoPromises)
	})
}

// A holder that was rolled back to an old copy of its disk has forgotten what it promised
// and can be led to promise something else. That brings about no second document key;
// and whoever meets both promises convicts it, since nobody can tell it from a liar.
func TestRolledBackHolder(t *testing.T) {
	w := newWorld(t, 4, 1)
	w.Down(w.Nodes[2])
	w.stores(w.Nodes[1], w.doc)
	w.Restart(w.Nodes[2])
	rolled := w.Nodes[0]
	rolled.Mutate = func(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env} } // not held to promises by the watch
	rolled.Forget(wire.RecordPromise, w.key)
	rolled.Forget(wire.RecordWaiver, w.key)
	rolled.Forget(wire.RecordDocument, w.key)
	second := w.Encrypt(w.record, 2)
	w.storeFails(w.Nodes[2], second, wire.DocumentExists)
	if w.holding(second) != 0 || w.holding(w.doc) < 3 {
		t.Errorf("%d nodes hold the second document key, %d the first", w.holding(second), w.holding(w.doc))
	}
	w.wantConvicted("n1", wire.ConvictTwoPromises)
}
