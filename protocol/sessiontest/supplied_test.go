package sessiontest

import (
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a holder is told about a key or a document key is believed by the signatures, or its
// share would meet a point of the teller's choice.

// given is what comes of a session of n2 that n1 opens, has supplied, and that its own chain
// agrees with.
type given struct {
	partial, promise, saved, blamed bool
}

// supplies plays n1.
func (w *world) supplies(m session.Machine, id wire.SessionID, opening wire.Message, supply *wire.Supply) (g given) {
	from := w.Nodes[0].ID()
	steps := []session.Input{session.Received{From: from, Session: id, Msg: opening}, session.Received{From: from, Session: id, Msg: supply}, yes}
	for _, in := range steps {
		eff := m.Step(in)
		g.saved = g.saved || len(eff.Save) > 0
		g.blamed = g.blamed || len(eff.Faults) == 1 && eff.Faults[0].Node == from
		for _, env := range eff.Send {
			g.partial = g.partial || env.Msg.Code() == wire.CodePartial
			g.promise = g.promise || env.Msg.Code() == wire.CodeStorePromise
		}
	}
	return g
}

// another is a record of the same key id that all have signed, and nobody holds.
func (w *world) another() *wire.KeyRecord {
	return w.Deal(w.key, 0, w.author, w.Nodes, w.Nodes...)
}

func bentRecord(r *wire.KeyRecord) *wire.KeyRecord {
	c := *r
	c.Signatures = append([]wire.Signature(nil), r.Signatures...)
	c.Signatures[0][9] ^= 1
	return &c
}

func unconfirmed(r *wire.KeyRecord) *wire.KeyRecord {
	c := *r
	c.Acks = r.Acks[:1]
	return &c
}

func TestSuppliedToAHolder(t *testing.T) {
	for name, c := range map[string]struct {
		lacks  wire.RecordKind // 0: both
		supply func(w *world, forged *Document) *wire.Supply
		pair   bool // it is asked about the forged one
		want   given
	}{
		"the document key": {wire.RecordDocument, func(w *world, _ *Document) *wire.Supply {
			return &wire.Supply{Document: w.Certify(w.record, w.doc)}
		}, false, given{partial: true, saved: true}},
		"no document key": {wire.RecordDocument, func(*world, *Document) *wire.Supply { return new(wire.Supply) }, false, given{blamed: true}},
		"one that too few have promised": {wire.RecordDocument, func(w *world, forged *Document) *wire.Supply {
			d := w.Certify(w.record, forged)
			d.Signatures = d.Signatures[:2]
			return &wire.Supply{Document: d}
		}, true, given{blamed: true}},
		"one with a false promise": {wire.RecordDocument, func(w *world, forged *Document) *wire.Supply {
			d := w.Certify(w.record, forged)
			d.Signatures[3].Signature[9] ^= 1
			return &wire.Supply{Document: d}
		}, true, given{blamed: true}},
		"one with the promises of another": {wire.RecordDocument, func(w *world, forged *Document) *wire.Supply {
			d := w.Certify(w.record, w.doc)
			d.Common, d.Encrypted = forged.Common, forged.Encrypted
			return &wire.Supply{Document: d}
		}, true, given{blamed: true}},
		"one of another key": {wire.RecordDocument, func(w *world, forged *Document) *wire.Supply {
			return &wire.Supply{Document: w.Certify(w.Deal(KeyID(2), 2, w.author, w.Nodes), forged)}
		}, true, given{blamed: true}},
		"the key": {wire.RecordKey, func(w *world, _ *Document) *wire.Supply { return &wire.Supply{Record: w.record} }, false,
			given{partial: true, saved: true}},
		"no key": {wire.RecordKey, func(*world, *Document) *wire.Supply { return new(wire.Supply) }, false, given{blamed: true}},
		"a document key without its key": {0, func(w *world, _ *Document) *wire.Supply {
			return &wire.Supply{Document: w.Certify(w.record, w.doc)}
		}, false, given{blamed: true}},
		"both": {0, func(w *world, _ *Document) *wire.Supply {
			return &wire.Supply{Record: w.record, Document: w.Certify(w.record, w.doc)}
		}, false, given{partial: true, saved: true}},
		"another version": {wire.RecordKey, func(w *world, _ *Document) *wire.Supply { return &wire.Supply{Record: w.another()} }, false,
			given{blamed: true}},
		"a false certificate": {wire.RecordKey, func(w *world, _ *Document) *wire.Supply { return &wire.Supply{Record: bentRecord(w.record)} },
			false, given{blamed: true}},
		"a key that is not confirmed": {wire.RecordKey, func(w *world, _ *Document) *wire.Supply {
			return &wire.Supply{Record: unconfirmed(w.record)}
		}, false, given{}},
		"a second document key beside the key": {wire.RecordKey, func(w *world, forged *Document) *wire.Supply {
			return &wire.Supply{Record: w.record, Document: w.Certify(w.record, forged)} // more than t are liars
		}, true, given{blamed: true, saved: true}}, // the key is
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 2).withDocument()
			n1, n2 := w.Nodes[0], w.Nodes[1]
			if c.lacks != wire.RecordDocument {
				n2.Miss(w.record)
			}
			if c.lacks != wire.RecordKey {
				n2.Forget(wire.RecordDocument, w.key)
			}
			forged, doc := w.Encrypt(w.record, 2), w.doc
			if c.pair {
				doc = forged
			}
			m := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: doc.Common, Encrypted: doc.Encrypted,
				Proof: w.alice.Proof(w.key), Shadow: true, Block: Block(1), Set: []uint32{1, 2, 3}}
			id := m.Session(w.ID, n1.ID())
			if got := w.supplies(gathering.JoinRetrieval(n2.Env(), n2.State(w.key), n1.ID(), id), id, m, c.supply(w, forged)); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// That a node has signed for one attempt of an id vouches for no other, by whichever servers.
func TestSuppliedWithAnothersKey(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	n1, n2 := w.Nodes[0], w.Nodes[1]
	n2.Miss(w.record)
	r := w.Invent(w.key, w.author, 2, n1, w.Nodes[2])
	m := &wire.Retrieve{Key: w.key, Version: r.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
		Proof: w.alice.Proof(w.key), Shadow: true, Block: Block(1), Set: []uint32{1}}
	id := m.Session(w.ID, n1.ID())
	if got := w.supplies(gathering.JoinRetrieval(n2.Env(), n2.State(w.key), n1.ID(), id), id, m, &wire.Supply{Record: r}); got != (given{}) {
		t.Errorf("%+v", got)
	}
	env := n2.Env() // as of a node that has gone over to another cluster
	env.Cluster[0] ^= 1
	m.Version, m.Set = w.record.Version(), []uint32{1, 2, 3}
	id = m.Session(env.Cluster, n1.ID())
	if got := w.supplies(gathering.JoinRetrieval(env, n2.State(w.key), n1.ID(), id), id, m, &wire.Supply{Record: w.record}); got != (given{}) {
		t.Errorf("in another cluster: %+v", got)
	}
}

func TestSuppliedToAKeeper(t *testing.T) {
	for name, c := range map[string]struct {
		supply func(w *world) *wire.Supply
		want   given
	}{
		"the key":                     {func(w *world) *wire.Supply { return &wire.Supply{Record: w.record} }, given{promise: true, saved: true}},
		"nothing":                     {func(*world) *wire.Supply { return new(wire.Supply) }, given{}},
		"another version":             {func(w *world) *wire.Supply { return &wire.Supply{Record: w.another()} }, given{blamed: true}},
		"a false certificate":         {func(w *world) *wire.Supply { return &wire.Supply{Record: bentRecord(w.record)} }, given{blamed: true}},
		"a key that is not confirmed": {func(w *world) *wire.Supply { return &wire.Supply{Record: unconfirmed(w.record)} }, given{}},
	} {
		w := newWorld(t, 4, 2)
		n1, n2 := w.Nodes[0], w.Nodes[1]
		n2.Miss(w.record)
		m := w.storeMessage(w.doc)
		id := m.Session(w.ID, n1.ID())
		if got := w.supplies(documents.JoinStoring(n2.Env(), n2.State(w.key), n1.ID(), id), id, m, c.supply(w)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// A look-up puts promises of a document key together to a certificate, which its node believes
// from then on: each is to be of who gives it, for the pair that it is about.
func TestFalsePromisesInALookup(t *testing.T) {
	for name, change := range map[string]func(w *world, p *wire.DocumentRecord){
		"right":               func(*world, *wire.DocumentRecord) {},
		"a false signature":   func(_ *world, p *wire.DocumentRecord) { p.Signatures[0].Signature[9] ^= 1 },
		"another's signature": func(w *world, p *wire.DocumentRecord) { p.Signatures = w.Certify(w.record, w.doc).Signatures[:1] },
		"none":                func(_ *world, p *wire.DocumentRecord) { p.Signatures = nil },
		"two":                 func(w *world, p *wire.DocumentRecord) { p.Signatures = w.Certify(w.record, w.doc).Signatures[:2] },
		"another pair":        func(_ *world, p *wire.DocumentRecord) { copy(p.Common[:], someP()) },
		"no pair":             func(w *world, p *wire.DocumentRecord) { p.Common[5] ^= 1; w.promise(p, 1) },
		"of another key":      func(w *world, p *wire.DocumentRecord) { p.Key[0] ^= 1; w.promise(p, 1) },
		"of another version":  func(w *world, p *wire.DocumentRecord) { p.Version[0] ^= 1; w.promise(p, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 1) // three promises certify
			all := w.Certify(w.record, w.doc)
			for i, n := range w.Nodes[1:] {
				p := *all
				p.Signatures = all.Signatures[i+1 : i+2 : i+2]
				n.Put(wire.NewRecord(wire.Create, wire.RecordPromise, w.key, wire.SessionID{}, &p))
			}
			w.Nodes[1].Mutate = Changing(func(m *wire.Known) {
				p := *m.Promise
				p.Signatures = append([]wire.IndexedSign(nil), p.Signatures...)
				change(w, &p)
				m.Promise = &p
			})
			o := w.lookup(w.Nodes[0], true)
			if found := w.Nodes[0].State(w.key).Document; (found != nil) != (name == "right") || (o.Err == nil) != (name == "right") {
				t.Errorf("%v, finds %v", o, found)
			}
			if blamed := len(w.Blamed()) == 1 && w.Blamed()[0] == "n2"; blamed != (name != "right") {
				t.Errorf("blamed: %v", w.Faults())
			}
		})
	}
}

// promise signs a pair as a node.
func (w *world) promise(p *wire.DocumentRecord, at int) {
	p.Signatures = []wire.IndexedSign{{Index: uint32(at + 1), Signature: w.Nodes[at].nodeKey.Sign(wire.StoreDigest(w.ID, p))}}
}

// All holders' word on a pair is none on that of another key or version.
func TestVerifyDocument(t *testing.T) {
	w := newWorld(t, 4, 2)
	for name, change := range map[string]func(*wire.DocumentRecord){
		"key":       func(d *wire.DocumentRecord) { d.Key[0] ^= 1 },
		"version":   func(d *wire.DocumentRecord) { d.Version[0] ^= 1 },
		"common":    func(d *wire.DocumentRecord) { clear(d.Common[:]) },
		"encrypted": func(d *wire.DocumentRecord) { clear(d.Encrypted[:]) },
	} {
		d := w.Certify(w.record, w.doc)
		change(d)
		var all []wire.IndexedSign
		for i := range w.Nodes {
			w.promise(d, i)
			all = append(all, d.Signatures...)
		}
		if d.Signatures = all; verify.Document(w.ID, w.record, nil, d) == nil {
			t.Errorf("another %s passes", name)
		}
	}
	d := w.Certify(w.record, w.doc)
	if err := verify.Document(w.ID, w.record, nil, d); err != nil {
		t.Error(err)
	}
	if err := verify.Document(wire.ClusterID{9}, w.record, nil, d); !session.Differs(err) {
		t.Errorf("in another cluster: %v", err)
	}
	once := *d
	if once.Signatures = slices.Repeat(d.Signatures[:1], 4); verify.Document(w.ID, w.record, nil, &once) == nil {
		t.Error("one holder's promise passes for four")
	}
	for _, s := range []wire.IndexedSign{{Index: 0}, {Index: 5}} {
		d.Signatures[3].Index, d.Signatures[3].Signature = s.Index, d.Signatures[0].Signature
		if verify.Document(w.ID, w.record, nil, d) == nil {
			t.Errorf("the promise of holder %d of 4 passes", s.Index)
		}
	}
}

// Who tells of another key of this id, and of the document key of that, has told no lie.
func TestDocumentOfAnotherKeyInALookup(t *testing.T) {
	w := newWorld(t, 4, 1)
	w.Nodes[0].Forget(wire.RecordKey, w.key)
	w.DealDocument(w.record, w.doc, w.Nodes[0])
	other := w.Invent(w.key, w.author, 2, w.Nodes[1], w.Nodes[2]) // when the list was shorter
	d := w.Certify(other, w.Encrypt(other, 2))
	w.Nodes[1].Mutate = Changing(func(m *wire.Known) { m.Record, m.Document = other, d })
	o := w.lookup(w.Nodes[0], true)
	if s := w.Nodes[0].State(w.key); o.Err != nil || s.Document == nil || s.Document.Common != w.doc.Common {
		t.Errorf("%v, finds %v", o, s.Document)
	}
	w.wantBlamed()
}

// A key of other servers than this node lists is taken over on a majority's word only if it is
// one of an earlier, shorter list of this cluster, and confirmed.
func TestForeignKeysThatNobodyTakesOver(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world, r *wire.KeyRecord)
		taken  bool
	}{
		"of a shorter list": {func(*world, *wire.KeyRecord) {}, true},
		"not confirmed":     {func(_ *world, r *wire.KeyRecord) { r.Acks = r.Acks[:1] }, false},
		"another cluster's": {func(w *world, r *wire.KeyRecord) { r.Setup.Cluster[0] ^= 1; w.certify(r, w.Nodes[1:3]) }, false},
		"of a longer list": {func(w *world, r *wire.KeyRecord) {
			r.Setup.SetSize = 5
			r.Setup.Members = w.Members()
			w.certify(r, w.Nodes)
		}, false},
		"with a stranger": {func(w *world, r *wire.KeyRecord) {
			stranger := newNode(w.Cluster, privateKey(77, 77))
			members := []*Node{w.Nodes[1], stranger}
			if stranger.ID().Compare(w.Nodes[1].ID()) < 0 {
				members[0], members[1] = members[1], members[0]
			}
			r.Setup.Members = []wire.NodeID{members[0].ID(), members[1].ID()}
			w.certify(r, members)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := newWorld(t, 4, 1), KeyID(9)
			r := w.Invent(id, w.author, 2, w.Nodes[1], w.Nodes[2])
			c.change(w, r)
			for _, n := range w.Nodes[1:] {
				n.Mutate = Changing(func(m *wire.Known) { m.Record = r })
			}
			w.Lookup(w.Nodes[0], id, false)
			w.settle()
			if got := w.Nodes[0].State(id).Record; (got != nil) != c.taken {
				t.Errorf("taken over: %v", got)
			}
		})
	}
}

// certify signs a changed record anew, by these members, and confirms it.
func (c *Cluster) certify(r *wire.KeyRecord, members []*Node) {
	r.Setup.Initiator, r.Signatures, r.Acks = members[0].ID(), nil, nil
	for i, m := range members {
		r.Signatures = append(r.Signatures, m.nodeKey.Sign(wire.CertifyDigest(r.Version(), r.Transcript())))
		r.Acks = append(r.Acks, wire.IndexedSign{Index: uint32(i + 1), Signature: m.nodeKey.Sign(wire.VoteDigest(r.Version(), 0, true))})
	}
}

// A holder keeps one document key, whatever is certified, and promises none for a key that it
// holds no share of.
func TestSecondDocumentKeyAtAHolder(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	n1, n2 := w.Nodes[0], w.Nodes[1]
	keep := func(d *wire.DocumentRecord) session.Effects {
		id := wire.SessionID{1}
		return documents.JoinStoring(n2.Env(), n2.State(w.key), n1.ID(), id).Step(session.Received{From: n1.ID(), Session: id, Msg: &wire.StoreCertificate{Document: *d}})
	}
	second := w.Certify(w.record, w.Encrypt(w.record, 2)) // all have promised two
	if eff := keep(second); len(eff.Save) > 0 || len(eff.Faults) != 4 || eff.Faults[0].Evidence == nil {
		t.Errorf("a second document key: %+v", eff)
	}
	if eff := keep(w.Certify(w.record, w.doc)); len(eff.Save) > 0 || len(eff.Faults) > 0 || eff.Send[0].Msg.Code() != wire.CodeStoreAck {
		t.Errorf("the same again: %+v", eff)
	}
	w.record = w.Deal(KeyID(2), 1, w.author, []*Node{n1, w.Nodes[2], w.Nodes[3]})
	w.key = KeyID(2)
	n2.Put(wire.NewRecord(wire.Put, wire.RecordKey, w.key, wire.SessionID{}, w.record))
	m := w.storeMessage(w.doc)
	id := m.Session(w.ID, n1.ID())
	eff := documents.JoinStoring(n2.Env(), n2.State(w.key), n1.ID(), id).Step(session.Received{From: n1.ID(), Session: id, Msg: m})
	if len(eff.Save) > 0 || eff.Send[0].Msg.Code() != wire.CodeRefuse {
		t.Errorf("who is no holder: %+v", eff)
	}
}

// A holder's word that it keeps a certificate is none before there is one.
func TestAcknowledgedTooEarly(t *testing.T) {
	w := newWorld(t, 4, 2)
	n := w.Nodes[0]
	m, err := documents.NewStoring(n.Env(), n.State(w.key), w.record, w.author.Proof(w.key), w.doc.Common, w.doc.Encrypted)
	check(err)
	m.Step(session.Start{})
	for _, other := range w.Nodes[1:] {
		idle(t, m, "before a certificate", session.Received{From: other.ID(), Session: m.ID(), Msg: new(wire.StoreAck)})
	}
	if m.Document() != nil {
		t.Error("there is a certificate of the own promise alone")
	}
}

// Indices are of holders.
func TestQuorumsAreOfHolders(t *testing.T) {
	w := newWorld(t, 4, 2)
	for _, set := range [][]uint32{{0, 1, 2}, {1, 2, 5}, {1, 2}, {1, 2, 3, 4}, {1, 2, 2}} {
		if _, err := verify.KeyQuorum(w.record, set, 0); err == nil {
			t.Errorf("%v makes a quorum", set)
		}
		if _, err := items.NewDealing(w.Nodes[0].Env(), w.Nodes[0].Lend, items.GroupOf(w.record), append(set[:len(set)-1:len(set)-1], 5), 1); err == nil {
			t.Errorf("%v is dealt items", set)
		}
	}
}

// A certificate lacks nobody's signature, and no coefficient.
func TestCheckCertificate(t *testing.T) {
	w := newWorld(t, 4, 2)
	certificate := func() *wire.Certificate {
		return &wire.Certificate{Setup: w.record.Setup.Terms(), Bodies: w.record.Bodies,
			Commitments: slices.Clone(w.record.Commitments), Signatures: slices.Clone(w.record.Signatures)}
	}
	if err := verify.Certificate(certificate()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*wire.Certificate){
		"no members": func(c *wire.Certificate) { c.Setup.Members = nil },
		"nobody's at all": func(c *wire.Certificate) {
			c.Setup.Members, c.Signatures, c.Setup.Threshold, c.Commitments = nil, nil, 0, c.Commitments[:1]
		},
		"a signature less":   func(c *wire.Certificate) { c.Signatures = c.Signatures[:3] },
		"a signature more":   func(c *wire.Certificate) { c.Signatures = append(c.Signatures, c.Signatures[0]) },
		"a coefficient more": func(c *wire.Certificate) { c.Commitments = append(c.Commitments, c.Commitments[0]); w.resign(c) },
		"a coefficient less": func(c *wire.Certificate) { c.Commitments = c.Commitments[:2]; w.resign(c) },
		"no key":             func(c *wire.Certificate) { c.Commitments[0] = wire.Point{}; w.resign(c) },
		"a false signature":  func(c *wire.Certificate) { c.Signatures[2][9] ^= 1 },
		"other bodies":       func(c *wire.Certificate) { c.Bodies[0] ^= 1 },
	} {
		c := certificate()
		if change(c); verify.Certificate(c) == nil {
			t.Errorf("%s: passes", name)
		}
	}
}

// resign has all members sign what was changed.
func (w *world) resign(c *wire.Certificate) {
	version := c.Setup.Session()
	for i, n := range w.Nodes {
		c.Signatures[i] = n.nodeKey.Sign(wire.CertifyDigest(version, wire.Transcript(version, c.Bodies, c.Commitments)))
	}
}

// Two promises that differ in one point convict.
func TestTwoPromisesOfOnePoint(t *testing.T) {
	w := newWorld(t, 4, 2)
	promise := func(common, encrypted wire.Point) wire.Promise {
		d := &wire.DocumentRecord{Key: w.key, Version: w.record.Version(), Common: common, Encrypted: encrypted}
		w.promise(d, 1)
		return wire.Promise{Common: common, Encrypted: encrypted, Signature: d.Signatures[0].Signature}
	}
	first, other := promise(w.doc.Common, w.doc.Encrypted), w.Encrypt(w.record, 2)
	for name, c := range map[string]struct {
		second wire.Promise
		guilty bool
	}{
		"the same":                {first, false},
		"another encrypted point": {promise(w.doc.Common, other.Encrypted), true},
		"another common point":    {promise(other.Common, w.doc.Encrypted), true},
	} {
		_, err := evidence.Judge(&wire.TwoPromises{Cluster: w.ID, Holder: w.Nodes[1].ID(), Key: w.key, Version: w.record.Version(), A: first, B: c.second})
		if (err == nil) != c.guilty {
			t.Errorf("%s: %v", name, err)
		}
	}
}
