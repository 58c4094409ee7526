package sessiontest

import (
	"errors"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// movedWorld has a key of threshold 1 among the first four of five nodes, with a document key, and two server sets: n1 has left
// the second one, and n5 has joined.
func movedWorld(t *testing.T) (w *world, sets []*wire.ServerSet) {
	t.Helper()
	w = newWorld(t, 5, 1).readable()
	w.DealDocument(w.record, w.doc)
	for _, n := range w.Nodes { // made by set 0, which has four
		for _, kind := range []wire.RecordKind{wire.RecordKey, wire.RecordShare, wire.RecordDocument} {
			n.Forget(kind, w.key)
		}
	}
	record, polynomial := w.certified(w.key, 1, w.author, 4, w.Nodes[:4])
	w.record = record
	w.hold(record, polynomial, w.Nodes[:4]...)
	w.DealDocument(w.record, w.doc, w.Nodes[4])
	return w, w.Know(w.Nodes[:4], w.Nodes[1:])
}

// hold puts a key at these members.
func (w *world) hold(r *wire.KeyRecord, polynomial *threshold.Polynomial, members ...*Node) {
	for i, n := range members {
		value, err := polynomial.Eval(threshold.Index(i + 1))
		check(err)
		share := session.Share{Index: uint32(i + 1), Value: value}
		n.Put(wire.NewRecord(wire.Create, wire.RecordKey, w.key, wire.SessionID{}, r),
			wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: w.key, Session: r.Version(), Value: share.Encode()})
	}
}

// pend gives a node its share of a version that it has signed for, and whose certificate it has not seen.
func (w *world) pend(r *wire.KeyRecord, polynomial *threshold.Polynomial, n *Node, index uint32) {
	value, err := polynomial.Eval(threshold.Index(index))
	check(err)
	view, err := n.State(w.key).In(r.Setup.Slot())
	check(err)
	share := session.Share{Index: index, Value: value}
	n.Put(view.KeepAttempt(&session.Attempt{Setup: r.Setup, Bodies: r.Bodies, Commitments: r.Commitments}),
		wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: w.key, Session: r.Version(), Value: share.Encode()})
}

// know has a node know these sets and no later ones.
func (w *world) know(n *Node, sets ...*wire.ServerSet) { n.Given = session.NewSets(sets...) }

func (w *world) env(n *Node) *session.Env {
	env := n.Env()
	return &env
}

func storedOf(o *Outcome) *wire.Stored {
	var exists *wire.Exists
	if errors.As(o.Err, &exists) {
		return exists.Stored
	}
	return o.Stored
}

// kept is what a certificate says of the world's document key if it vouches for it.
func (w *world) kept() wire.PairState {
	return wire.PairState{Kind: wire.PairKept, Pair: wire.PairHash(w.ID, w.key, &w.doc.Common, &w.doc.Encrypted)}
}

func none() wire.PairState { return wire.PairState{Kind: wire.PairNone} }

// refreshed is the key dealt anew among the same nodes, in a round.
func (w *world) refreshed(sets []*wire.ServerSet, round uint64, pair wire.PairState, absent ...*Node) *wire.KeyRecord {
	return w.Redeal(w.record, Redistribution{Set: sets[0], Round: round, Threshold: 1, Members: w.Nodes[:4], Pair: pair, Absent: absent})
}

// wantVersion wants nodes to know this sharing as the current one.
func (w *world) wantVersion(r *wire.KeyRecord, nodes ...*Node) {
	w.t.Helper()
	for _, n := range nodes {
		if !n.State(w.key).Usable(r.Version()) {
			w.t.Errorf("%s does not know the later version", n.Name)
		}
	}
}

// A node that has not heard of a redistribution reads and signs within the same request, whether it is to hold a share of the
// new version, has left, or has joined; and whether the threshold was raised. Then it knows.
func TestSupersededWithinARequest(t *testing.T) {
	use := map[string]func(w *world, n *Node){
		"reading":         func(w *world, n *Node) { w.read(n, true) },
		"schnorr":         func(w *world, n *Node) { w.sign(n, wire.Schnorr, someHash(1)) },
		"ecdsa":           func(w *world, n *Node) { w.sign(n, wire.ECDSA, someHash(1)) },
		"schnorr, stored": func(w *world, n *Node) { w.sign(n, wire.Schnorr, someHash(1)); w.sign(n, wire.Schnorr, someHash(2)) },
	}
	for name, do := range use {
		t.Run(name+", a member", func(t *testing.T) {
			w, sets := movedWorld(t)
			do(w, w.Nodes[0]) // under the first version
			later := w.refreshed(sets, 7, w.kept(), w.Nodes[0])
			do(w, w.Nodes[0])
			w.wantVersion(later, w.Nodes[:4]...)
			w.wantBlamed()
		})
		t.Run(name+", one that has left", func(t *testing.T) {
			w, sets := movedWorld(t)
			later := w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:], Pair: w.kept(), Absent: w.Nodes[:1]})
			do(w, w.Nodes[0])
			w.wantVersion(later, w.Nodes...)
			w.wantBlamed()
		})
	}
	t.Run("a higher threshold", func(t *testing.T) {
		w, sets := movedWorld(t)
		later := w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 2, Members: w.Nodes[1:], Pair: w.kept(), Absent: w.Nodes[:1]})
		if o := w.read(w.Nodes[0], true); len(o.Res.Release.Parts) != 3 || o.Res.Release.Setup.Session() != later.Version() {
			t.Errorf("%d parts", len(o.Res.Release.Parts))
		}
		w.signFails(w.Nodes[0], wire.ECDSA, someHash(1), wire.TooFew)
		w.wantBlamed()
	})
	t.Run("twice", func(t *testing.T) { // some of the holders have heard of the first alone
		w, sets := movedWorld(t)
		first := w.refreshed(sets, 7, w.kept(), w.Nodes[0])
		w.Redeal(first, Redistribution{Set: sets[0], Round: 8, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept(), Absent: w.Nodes[:2]})
		for _, n := range w.Nodes {
			w.read(n, true)
		}
		w.wantBlamed()
	})
	t.Run("reading many", func(t *testing.T) {
		w, sets := movedWorld(t)
		w.refreshed(sets, 7, w.kept(), w.Nodes[0])
		for _, n := range w.Nodes[:4] {
			w.read(n, false)
		}
	})
}

// Who has left and reaches too few of those that hold shares now says who they are.
func TestLeftAndCutOff(t *testing.T) {
	w, sets := movedWorld(t)
	w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 2, Members: w.Nodes[1:], Pair: w.kept(), Absent: w.Nodes[:1]})
	w.Cut(w.Nodes[0], w.Nodes[2])
	w.Cut(w.Nodes[0], w.Nodes[3])
	o := w.readFails(w.Nodes[0], true, wire.NotMember)
	for _, n := range w.Nodes[1:] {
		if !strings.Contains(o.Err.Error(), n.ID().Address().Hex()) {
			t.Errorf("%v does not name %s", o.Err, n.Name)
		}
	}
}

// A holder gives nothing for a version that is not current any more: it shows the one that is.
func TestOldVersionIsNotServed(t *testing.T) {
	for name, later := range map[string]bool{"its parent": false, "its parent's parent": true} {
		t.Run(name, func(t *testing.T) {
			w, sets := movedWorld(t)
			current := w.refreshed(sets, 7, w.kept())
			if later {
				current = w.Redeal(current, Redistribution{Set: sets[0], Round: 8, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept()})
			}
			from, to := w.Nodes[0], w.Nodes[1]
			held, _, err := w.Holdings(from, wire.KeyVersion{Key: w.key, Version: w.record.Version()})
			check(err)
			w.settle()
			if m, _ := held.Held(to.ID()); !m.Has(0) {
				t.Error("who asks about the earlier version is told that the share is lost")
			}
			retrieve := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
				Proof: w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, w.key), Shadow: true, Block: Block(from.Head), Set: []uint32{1, 2}}
			sign := &wire.Sign{Key: w.key, Version: w.record.Version(), Scheme: wire.Schnorr, Hash: someHash(1), Block: Block(from.Head), Set: []uint32{1, 2},
				Proof: w.proof(w.alice, wire.OpSign, wire.SignArguments(wire.Schnorr, someHash(1)), w.key)}
			store := w.storeMessage(w.doc)
			for _, m := range []wire.Opening{retrieve, sign, store} {
				id, err := m.Opens(w.ID, from.ID())
				if err != nil {
					t.Fatal(err)
				}
				got, ok := w.ask(from, to, m, id).(*wire.Superseded)
				if !ok || got.Record.Version() != current.Version() || got.Document == nil {
					t.Errorf("%T: answered with %v", m, got)
				}
			}
			w.wantBlamed()
		})
	}
}

// A version that a holder knows nothing of it is supplied with, and finds an earlier one.
func TestUnknownVersionIsSuperseded(t *testing.T) {
	w, sets := movedWorld(t)
	second := w.refreshed(sets, 7, w.kept())
	third := w.Redeal(second, Redistribution{Set: sets[0], Round: 8, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept(), Absent: w.Nodes[:1]})
	fourth := w.Redeal(third, Redistribution{Set: sets[0], Round: 9, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept(), Absent: w.Nodes[:1]})
	for _, n := range w.Nodes[1:4] {
		n.Forget(wire.RecordFormer, w.key)
	}
	needed := false
	w.Spy = func(_ *Node, env wire.Envelope) {
		if _, ok := env.Msg.(*wire.Need); ok {
			needed = true
		}
	}
	w.read(w.Nodes[0], true)
	w.wantVersion(fourth, w.Nodes[:4]...)
	w.wantBlamed()
	if !needed {
		t.Error("nobody needed a record")
	}
}

// A holder that has not heard of a redistribution is supplied with its certificate, and takes part if its share is there.
func TestHolderIsSupplied(t *testing.T) {
	w, sets := movedWorld(t)
	r, polynomial := w.Moved(w.record, Redistribution{Set: sets[0], Round: 7, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept()})
	w.pend(r, polynomial, w.Nodes[1], 2)
	w.Redeal(w.record, Redistribution{Set: sets[0], Round: 7, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept(), Absent: w.Nodes[1:4]})
	w.Cut(w.Nodes[0], w.Nodes[2])
	w.Cut(w.Nodes[0], w.Nodes[3])
	w.read(w.Nodes[0], true) // by n1 and n2
	w.wantVersion(r, w.Nodes[:2]...)
	w.wantBlamed()
}

// TestHolderIsSuppliedBesideAMove: a holder goes on that could not save what it was supplied with because another of its sessions,
// that of the redistribution, has learnt it, or a later version, in the same moment; for no other reason, and not without it.
func TestHolderIsSuppliedBesideAMove(t *testing.T) {
	made := func() (*world, []*wire.ServerSet, *wire.KeyRecord) {
		w, sets := movedWorld(t)
		r, polynomial := w.Moved(w.record, Redistribution{Set: sets[0], Round: 7, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept()})
		w.pend(r, polynomial, w.Nodes[1], 2)
		return w, sets, r
	}
	w, sets, _ := made()
	w.Redeal(w.record, Redistribution{Set: sets[0], Round: 7, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept(), Absent: w.Nodes[1:4]})
	w.Cut(w.Nodes[0], w.Nodes[2])
	w.Cut(w.Nodes[0], w.Nodes[3])
	var heard []session.Received
	w.Nodes[0].Mutate = func(env wire.Envelope) []wire.Envelope {
		heard = append(heard, session.Received{From: w.Nodes[0].ID(), Session: env.Session, Msg: env.Msg})
		return []wire.Envelope{env}
	}
	w.read(w.Nodes[0], true)
	busy, full := wire.Errorf(wire.Busy, "another session has written"), wire.Errorf(wire.Database, "the disk is full")
	for name, c := range map[string]struct {
		learns func(w *world, sets []*wire.ServerSet, r *wire.KeyRecord) // what another session does meanwhile
		err    error
		goesOn bool
		answer wire.Code
	}{
		"it was learnt":     {func(w *world, _ []*wire.ServerSet, r *wire.KeyRecord) { w.activate(w.Nodes[1], r) }, busy, true, 0},
		"the disk is full":  {func(w *world, _ []*wire.ServerSet, r *wire.KeyRecord) { w.activate(w.Nodes[1], r) }, full, false, wire.CodeRefuse},
		"it was not learnt": {func(*world, []*wire.ServerSet, *wire.KeyRecord) {}, busy, false, wire.CodeRefuse},
		"a later one is here": {func(w *world, sets []*wire.ServerSet, r *wire.KeyRecord) {
			w.activate(w.Nodes[1], r)
			later, _ := w.Moved(r, Redistribution{Set: sets[0], Round: 8, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept()})
			w.activate(w.Nodes[1], later)
		}, busy, false, new(wire.Superseded).Code()},
	} {
		t.Run(name, func(t *testing.T) {
			w, sets, r := made()
			n := w.Nodes[1]
			m := gathering.JoinRetrieval(n.Env(), n.State(w.key), w.Nodes[0].ID(), heard[0].Session)
			var eff session.Effects
			for _, in := range heard {
				if _, supplies := in.Msg.(*wire.Supply); in.Msg.Code() == heard[0].Msg.Code() || supplies {
					eff = m.Step(in)
				}
			}
			if len(eff.Save) == 0 || eff.Ask == nil {
				t.Fatalf("supplied, it saves %v and asks %v", eff.Save, eff.Ask)
			}
			c.learns(w, sets, r)
			eff = m.Step(session.Cancel{Err: c.err})
			if eff.Done == c.goesOn || (eff.Ask != nil) != c.goesOn || len(eff.Save) > 0 {
				t.Errorf("done: %v, %v; it asks %v and saves %v", eff.Done, eff.Err, eff.Ask, eff.Save)
			}
			if c.answer != 0 && (len(eff.Send) != 1 || eff.Send[0].Msg.Code() != c.answer) {
				t.Errorf("it says %v", eff.Send)
			}
		})
	}
}

// activate has a node take over a certificate, as a session of it does.
func (w *world) activate(n *Node, r *wire.KeyRecord) {
	w.t.Helper()
	batch, err := session.Activate(n.State(w.key), r)
	if err == nil {
		err = n.save(batch)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Whoever answers with what is no later confirmed sharing of the key is left out and blamed, and the others are asked.
func TestFalseSuccessions(t *testing.T) {
	for name, forge := range map[string]func(w *world, sets []*wire.ServerSet) *wire.KeyRecord{
		"unconfirmed": func(w *world, sets []*wire.ServerSet) *wire.KeyRecord {
			r := w.later(sets)
			r.Acks = r.Acks[:2]
			return r
		},
		"the same version": func(w *world, _ []*wire.ServerSet) *wire.KeyRecord { return w.record },
		"another key": func(w *world, sets []*wire.ServerSet) *wire.KeyRecord {
			r := w.later(sets)
			r.Setup.Move.Origin[0] ^= 1
			w.Resign(r)
			return r
		},
		"another public key": func(w *world, sets []*wire.ServerSet) *wire.KeyRecord {
			r := w.later(sets)
			r.Commitments[0], r.Setup.Move.Public = r.Commitments[1], r.Commitments[1]
			w.Resign(r)
			return r
		},
		"a false signature": func(w *world, sets []*wire.ServerSet) *wire.KeyRecord {
			r := w.later(sets)
			r.Signatures[2][3] ^= 1
			return r
		},
		"another word about the document key": func(w *world, sets []*wire.ServerSet) *wire.KeyRecord {
			r := w.later(sets)
			r.Moved.Pair = none()
			return r
		},
		"of few of the set": func(w *world, sets []*wire.ServerSet) *wire.KeyRecord {
			r := w.later(sets)
			r.Setup.SetSize, r.Setup.Members = 1, r.Setup.Members[1:2]
			r.Setup.Threshold, r.Setup.Move.Made, r.Commitments = 0, 0, r.Commitments[:1]
			w.Resign(r)
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, sets := movedWorld(t)
			evil := w.Nodes[1]
			answer := &wire.Superseded{Record: forge(w, sets), Links: []byte{}}
			evil.Mutate = Answering[*wire.Partial](answer)
			for range 3 {
				w.read(w.Nodes[0], true)
			}
			if name == "of few of the set" {
				w.wantBlamed() // it may be of another view
			} else {
				w.wantBlamed("n2")
			}
			if !w.Nodes[0].State(w.key).Usable(w.record.Version()) {
				t.Error("a false version was taken over")
			}
		})
	}
}

// later is a version that nobody holds.
func (w *world) later(sets []*wire.ServerSet) *wire.KeyRecord {
	r, _ := w.Moved(w.record, Redistribution{Set: sets[0], Round: 7, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept()})
	return r
}

// A request follows a few redistributions, not more: a round takes longer than a request.
func TestFollowsAreBounded(t *testing.T) {
	w, sets := movedWorld(t)
	evil, round := w.Nodes[1], uint64(7)
	evil.Mutate = func(env wire.Envelope) []wire.Envelope {
		switch env.Msg.(type) {
		case *wire.Partial, *wire.Need, *wire.Superseded:
			round++
			r, _ := w.Moved(w.record, Redistribution{Set: sets[0], Round: round, Threshold: 1, Members: w.Nodes[:4], Pair: w.kept()})
			env.Msg = &wire.Superseded{Record: r, Links: []byte{}}
		}
		return []wire.Envelope{env}
	}
	o := w.Retrieve(w.Nodes[0], w.alice, w.key, true)
	w.settle()
	if !o.Done || round > 7+4 {
		t.Errorf("%v, after %d versions", o, round-7)
	}
}

// A document key moves with its key: nobody stores another one, each node shows the pair by the current certificate alone, and
// one that has never held the key reads it.
func TestPairMovesWithTheKey(t *testing.T) {
	w, sets := movedWorld(t)
	later := w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:], Pair: w.kept(), Absent: w.Nodes[4:]})
	other := w.Encrypt(w.record, 2)
	for _, n := range w.Nodes {
		o := w.store(n, other)
		if o.Reason() != wire.DocumentExists {
			t.Errorf("storing another through %s: %v", n.Name, o)
		}
		w.showsMoved(o, later)
		w.read(n, true)
	}
	w.wantBlamed()
	another := *w.Certify(w.record, other)
	for _, n := range w.Nodes {
		if n.State(w.key).CheckDocument(w.env(n), &another, nil) == nil {
			t.Errorf("%s takes another pair, of the earlier version", n.Name)
		}
	}
	another = *w.Certify(later, other)
	if w.Nodes[1].State(w.key).CheckDocument(w.env(w.Nodes[1]), &another, nil) == nil {
		t.Error("a pair under the later version passes")
	}
}

// showsMoved checks that a client is shown the world's pair by a moved certificate.
func (w *world) showsMoved(o *Outcome, later *wire.KeyRecord) {
	w.t.Helper()
	stored := storedOf(o)
	if stored == nil || verify.Stored(stored) != nil || stored.Document.Common != w.doc.Common {
		w.t.Errorf("the pair is not shown: %v", o)
		return
	}
	if stored.Certificate.Setup.Session() != later.Version() || stored.Moved == nil {
		w.t.Error("not shown by the current certificate")
		return
	}
	for what, change := range map[string]func(s *wire.Stored, m *wire.Moved){
		"another pair":   func(s *wire.Stored, _ *wire.Moved) { s.Document.Common = w.Encrypt(w.record, 3).Common },
		"another word":   func(_ *wire.Stored, m *wire.Moved) { m.Pair.Pair = common.Hash{1} },
		"none":           func(_ *wire.Stored, m *wire.Moved) { m.Pair = none() },
		"without a word": func(s *wire.Stored, _ *wire.Moved) { s.Moved = nil },
		"other dealings": func(_ *wire.Stored, m *wire.Moved) { m.Dealings[0] ^= 1 },
	} {
		s, m := *stored, *stored.Moved
		s.Moved = &m
		change(&s, &m)
		if verify.Stored(&s) == nil {
			w.t.Errorf("%s passes", what)
		}
	}
}

// Under a version whose certificate says that the document key was not settled, none is promised, and who is awaited is named. One
// that was certified before is read, also by those that have joined.
func TestClosedVersionTakesNoNewPair(t *testing.T) {
	closed := wire.PairState{Kind: wire.PairClosed, Waivers: []wire.Waiver{{Index: 2}, {Index: 3}}}
	t.Run("without a pair", func(t *testing.T) {
		w, sets := movedWorld(t)
		for _, n := range w.Nodes {
			n.Forget(wire.RecordDocument, w.key)
		}
		w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:], Pair: closed})
		for _, n := range w.Nodes[1:4] {
			o := w.store(n, w.doc)
			text := o.String()
			if o.Reason() != wire.Unavailable || !strings.Contains(text, w.Nodes[0].ID().Address().Hex()) || !strings.Contains(text, w.Nodes[3].ID().Address().Hex()) ||
				strings.Contains(text, w.Nodes[1].ID().Address().Hex()) {
				t.Errorf("storing through %s: %v", n.Name, o)
			}
		}
		m := w.storeMessage(w.doc)
		m.Version = w.Nodes[1].State(w.key).Record.Version()
		id, _ := m.Opens(w.ID, w.Nodes[0].ID())
		if got, ok := w.ask(w.Nodes[0], w.Nodes[1], m, id).(*wire.Refuse); !ok || got.Reason != wire.Unavailable {
			t.Errorf("a holder answers %v", got)
		}
	})
	t.Run("with one", func(t *testing.T) {
		w, sets := movedWorld(t)
		w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:], Pair: closed})
		w.Cut(w.Nodes[4], w.Nodes[2])
		w.Cut(w.Nodes[4], w.Nodes[3])
		for _, n := range w.Nodes {
			w.read(n, true)
		}
		if w.Nodes[4].State(w.key).Document == nil {
			t.Error("n5 has not taken the document key in")
		}
		w.wantBlamed()
	})
}

// A pair that the current certificate says nothing of is shown by the record that it was stored under, and goes on being when all
// shares of before are erased: those that lack it still read, and then show it to others.
func TestClosedPairOutlivesErasure(t *testing.T) {
	w, sets := movedWorld(t)
	delete(w.Nodes[2].records, recordKey{wire.RecordShare, w.key, w.record.Version()}) // n3 erases nothing
	later := w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:],
		Pair: wire.PairState{Kind: wire.PairClosed, Waivers: []wire.Waiver{{Index: 2}, {Index: 3}}}})
	for _, n := range w.Nodes[:4] {
		if err := w.settled(w.EraseFormer(n, w.key)); err != nil {
			t.Fatal(err)
		}
		s := n.State(w.key)
		if len(s.Former) > 0 || s.Document == nil || s.Earlier(w.record.Version()) == nil {
			t.Errorf("%s keeps %d shares, and %v", n.Name, len(s.Former), s.Earlier(w.record.Version()))
		}
		held := n.recordsOf(w.key)
		if err := session.Audit(w.ID, n.ID(), w.key, held); err != nil {
			t.Errorf("%s: %v", n.Name, err)
		}
		for i, r := range held {
			if r.Kind == wire.RecordStoredUnder {
				bad := new(wire.KeyRecord)
				check(rlp.DecodeBytes(r.Value, bad))
				bad.Signatures[1][5] ^= 1
				held[i] = wire.NewRecord(wire.Put, r.Kind, w.key, wire.SessionID{}, bad)
			}
		}
		if session.Audit(w.ID, n.ID(), w.key, held) == nil {
			t.Errorf("%s: a damaged certificate passes", n.Name)
		}
	}
	n5 := w.Nodes[4]
	w.read(n5, true)
	if n5.State(w.key).Document == nil {
		t.Fatal("n5 has not taken the document key in")
	}
	for _, n := range w.Nodes[1:4] {
		n.Forget(wire.RecordDocument, w.key)
		n.Forget(wire.RecordStoredUnder, w.key)
	}
	w.read(w.Nodes[1], true)
	o := w.store(w.Nodes[1], w.Encrypt(w.record, 2))
	if shown := storedOf(o); o.Reason() != wire.DocumentExists || shown == nil || verify.Stored(shown) != nil {
		t.Errorf("another pair: %v", o)
	}
	w.Redeal(later, Redistribution{Set: sets[1], Round: 7, Threshold: 1, Members: w.Nodes[1:], Pair: w.kept()})
	for _, n := range w.Nodes[1:] {
		if _, kept := n.records[recordKey{kind: wire.RecordStoredUnder, key: w.key}]; kept {
			t.Errorf("%s keeps what nobody needs any more", n.Name)
		}
		w.read(n, true)
	}
	w.wantBlamed()
}

// A store that began under the earlier version ends under the later one, and a promise under the earlier one is void where the
// certificate says that no pair came of it.
func TestStoreGoesOnUnderTheLaterVersion(t *testing.T) {
	w, sets := movedWorld(t)
	for _, n := range w.Nodes {
		n.Forget(wire.RecordDocument, w.key)
	}
	other := w.Encrypt(w.record, 2)
	for i, n := range w.Nodes[:4] {
		p := &wire.DocumentRecord{Key: w.key, Version: w.record.Version(), Common: other.Common, Encrypted: other.Encrypted}
		p.Signatures = []wire.IndexedSign{{Index: uint32(i + 1), Signature: n.NodeKey().Sign(wire.StoreDigest(w.ID, p))}}
		if i == 1 {
			n.Put(wire.NewRecord(wire.Put, wire.RecordPromise, w.key, wire.SessionID{}, p))
		}
	}
	later := w.refreshed(sets, 7, none(), w.Nodes[0])
	o := w.store(w.Nodes[0], w.doc)
	if o.Err != nil || o.Stored.Document.Version != later.Version() {
		t.Fatalf("storing: %v", o)
	}
	for _, n := range w.Nodes[:4] {
		if d := n.State(w.key).Document; d == nil || d.Version != later.Version() {
			t.Errorf("%s keeps %v", n.Name, d)
		}
	}
	w.wantBlamed()
	w.storeFails(w.Nodes[1], other, wire.DocumentExists)
	for _, n := range w.Nodes {
		w.read(n, true)
	}
}

// What was dealt ahead before a redistribution is not used after it, though the same nodes hold the key with the same threshold: who
// stole some shares before and others after would know too many.
func TestItemsOfAnEarlierRound(t *testing.T) {
	w, sets := movedWorld(t)
	n := w.Nodes[0]
	w.stock(n, 1, 1, 2, 3)
	w.sign(n, wire.Schnorr, someHash(1)) // leaves nonces
	w.record = w.refreshed(sets, 7, w.kept())
	kinds := make(map[wire.Code]int)
	w.Spy = func(_ *Node, env wire.Envelope) { kinds[env.Msg.Code()]++ }
	w.sign(n, wire.ECDSA, someHash(2))
	if kinds[wire.CodeDeal] == 0 || n.Vault().Sizes().Items != 1 {
		t.Errorf("%v, %d items left", kinds, n.Vault().Sizes().Items)
	}
	w.sign(n, wire.Schnorr, someHash(3))
	if kinds[wire.CodeCommitted] == 0 {
		t.Errorf("a nonce of before was used: %v", kinds)
	}
	clear(kinds)
	w.sign(n, wire.Schnorr, someHash(4))
	if kinds[wire.CodeCommitted] != 0 {
		t.Errorf("the nonces of after were not used: %v", kinds)
	}
	w.wantBlamed()

	// A coordinator that wants to use them is refused.
	w.Spy = nil
	item := n.Vault().Find(func(i *items.Item) bool { return i.Dealt.Setup.Slot == nil })
	if item == nil {
		t.Fatal("no item of before")
	}
	m := &wire.Sign{Key: w.key, Version: w.record.Version(), Scheme: wire.ECDSA, Hash: someHash(5), Block: Block(n.Head), Set: []uint32{1, 2, 3}, Nonces: []wire.NonceBytes{},
		Item: item.ID, Proof: w.proof(w.alice, wire.OpSign, wire.SignArguments(wire.ECDSA, someHash(5)), w.key)}
	id, _ := m.Opens(w.ID, n.ID())
	if got, ok := w.ask(n, w.Nodes[1], m, id).(*wire.Refuse); !ok || got.Reason != wire.InvalidMessage {
		t.Errorf("answered with %T", got)
	}
	w.wantBlamed("n1")
}

// Parts of two versions never come together: a holder that stays with the earlier one answers about that, and is not blamed.
func TestMixedVersionsFail(t *testing.T) {
	w, sets := movedWorld(t)
	w.refreshed(sets, 7, w.kept(), w.Nodes[2], w.Nodes[3])
	for _, n := range w.Nodes[:4] {
		w.read(n, true) // n1 and n2 under the later version; n3 and n4 hear of it first
	}
	w.wantBlamed()
	w.Cut(w.Nodes[0], w.Nodes[1])
	w.readFails(w.Nodes[0], true, wire.Unavailable) // one share of the later version, two of the earlier
	w.wantBlamed()
}

// A look-up takes the latest sharing over, leaves earlier ones, and counts those alone that are key servers now.
func TestLookupByVersions(t *testing.T) {
	w, sets := movedWorld(t)
	later := w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:], Pair: w.kept(), Absent: w.Nodes[:1]})
	asker := w.Nodes[4]
	for _, kind := range []wire.RecordKind{wire.RecordKey, wire.RecordDocument} {
		asker.Forget(kind, w.key)
	}
	if o := w.lookup(asker, true); o.Err != nil {
		t.Fatal(o.Err)
	}
	w.read(asker, true)
	w.wantVersion(later, asker)
	w.wantBlamed()

	// That a former key server knows of no key says nothing.
	free := KeyID(77)
	for _, n := range w.Nodes[2:4] {
		w.Cut(asker, n)
	}
	o := w.Lookup(asker, free, false)
	w.settle()
	if o.Reason() != wire.Unavailable { // n5 and n2 are half of the set
		t.Errorf("looking up a free id: %v", o)
	}
}

// What a node does not know that another tells of a set is no fault.
func TestUnknownSet(t *testing.T) {
	w, sets := movedWorld(t)
	w.Redeal(w.record, Redistribution{Set: sets[1], Threshold: 1, Members: w.Nodes[1:], Pair: w.kept(), Absent: w.Nodes[:1]})
	w.know(w.Nodes[0], sets[0])
	if o := w.readFails(w.Nodes[0], true, wire.Unavailable); !strings.Contains(o.String(), "server set 1") {
		t.Error(o)
	}
	w.wantBlamed()
}
