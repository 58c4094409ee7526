package sessiontest

import (
	"reflect"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What is said to the coordinator of a store, one by one: out of turn, twice, or by who has refused before.

// storer is a store through n1 in a cluster of four with threshold 1: three promises certify, two keep.
type storer struct {
	*world
	m    *documents.Storing
	last session.Effects
}

func newStorer(t *testing.T) *storer {
	s := &storer{world: newWorld(t, 4, 1)}
	n := s.Nodes[0]
	m, err := documents.NewStoring(n.Env(), n.State(s.key), s.record, s.author.Proof(s.key), s.doc.Common, s.doc.Encrypted)
	check(err)
	s.m = m
	return s
}

func (s *storer) step(in session.Input) *storer {
	s.last = s.m.Step(in)
	return s
}

func (s *storer) hears(n int, msg wire.Message) *storer {
	return s.step(session.Received{From: s.Nodes[n-1].ID(), Session: s.m.ID(), Msg: msg})
}

// promise is a holder's, as this coordinator asks for it.
func (s *storer) promised(n int) *storer {
	pair := s.Certify(s.record, s.doc)
	return s.hears(n, &wire.StorePromise{Signature: pair.Signatures[n-1].Signature})
}

func (s *storer) refused(n int, why wire.Reason) *storer {
	return s.hears(n, &wire.Refuse{Reason: why})
}

func (s *storer) lost(nodes ...int) *storer {
	for _, n := range nodes {
		s.step(session.PeerLost{Node: s.Nodes[n-1].ID()})
	}
	return s
}

func (s *storer) waits(seconds int) *storer {
	for range seconds * session.TicksPerSecond {
		s.step(session.Tick{})
	}
	return s
}

func (s *storer) begins() *storer { return s.step(session.Start{}) }

func (s *storer) certified() *storer { return s.begins().promised(2).promised(3) }

// TestOutOfTurnToAStore: what comes out of turn has no effect, and changes nothing that is certified.
func TestOutOfTurnToAStore(t *testing.T) {
	falsely := new(wire.StorePromise)
	for name, c := range map[string]struct {
		until func(s *storer) *storer
		then  func(s *storer) *storer
	}{
		"time before the beginning":       {func(s *storer) *storer { return s }, func(s *storer) *storer { return s.waits(11) }},
		"a second beginning":              {(*storer).begins, (*storer).begins},
		"an early acknowledgement":        {(*storer).begins, func(s *storer) *storer { return s.hears(2, new(wire.StoreAck)) }},
		"early acknowledgements":          {(*storer).begins, func(s *storer) *storer { return s.hears(2, new(wire.StoreAck)).hears(3, new(wire.StoreAck)) }},
		"a false promise after a right":   {func(s *storer) *storer { return s.begins().promised(2) }, func(s *storer) *storer { return s.hears(2, falsely) }},
		"a promise after the certificate": {(*storer).certified, func(s *storer) *storer { return s.promised(4) }},
		"a false one after it":            {(*storer).certified, func(s *storer) *storer { return s.hears(4, falsely) }},
		"a promise after a refusal":       {func(s *storer) *storer { return s.begins().refused(2, wire.Policy) }, func(s *storer) *storer { return s.promised(2) }},
		"a refusal after a promise":       {func(s *storer) *storer { return s.begins().promised(2).lost(4) }, func(s *storer) *storer { return s.refused(2, wire.Policy) }},
		"a loss after a promise":          {func(s *storer) *storer { return s.begins().promised(2).lost(4) }, func(s *storer) *storer { return s.lost(2) }},
		"a loss of who is no holder": {(*storer).begins, func(s *storer) *storer {
			return s.step(session.PeerLost{Node: newNode(s.Cluster, privateKey(77, 77)).ID()})
		}},
		"a false proof after the certificate": {(*storer).certified, func(s *storer) *storer { return s.hears(4, new(wire.StoreExists)) }},
		"a second proof after it": {(*storer).certified, func(s *storer) *storer {
			return s.hears(4, &wire.StoreExists{Document: *s.Certify(s.record, s.Encrypt(s.record, 2))})
		}},
		"a second request for the key": {func(s *storer) *storer { return s.begins().hears(2, &wire.Need{Record: true}) },
			func(s *storer) *storer { return s.hears(2, &wire.Need{Record: true}) }},
		"its own request": {(*storer).begins, func(s *storer) *storer { return s.hears(1, &wire.Need{Record: true}) }},
		"a stranger's request": {(*storer).begins, func(s *storer) *storer {
			return s.step(session.Received{From: newNode(s.Cluster, privateKey(77, 77)).ID(), Session: s.m.ID(), Msg: &wire.Need{Record: true}})
		}},
		"a promise in another session": {func(s *storer) *storer { return s.begins().promised(2) }, func(s *storer) *storer {
			pair := s.Certify(s.record, s.doc)
			return s.step(session.Received{From: s.Nodes[2].ID(), Session: wire.SessionID{9}, Msg: &wire.StorePromise{Signature: pair.Signatures[2].Signature}})
		}},
		"time, with the certificate": {(*storer).certified, func(s *storer) *storer { return s.waits(7) }},
		"a moment, without it":       {(*storer).begins, func(s *storer) *storer { return s.step(session.Tick{}) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.until(newStorer(t))
			before, shown := s.m.String(), len(signaturesOf(s.m))
			if c.then(s); !reflect.DeepEqual(s.last, session.Effects{}) || s.m.String() != before || len(signaturesOf(s.m)) != shown {
				t.Errorf("%+v, %v; with %d promises after %d", s.last, s.m, len(signaturesOf(s.m)), shown)
			}
		})
	}
}

// signaturesOf are those on what a store has certified.
func signaturesOf(m *documents.Storing) []wire.IndexedSign {
	if d := m.Document(); d != nil {
		return d.Signatures
	}
	return nil
}

// How a store ends, by what the holders say.
func TestHowAStoreEnds(t *testing.T) {
	for name, c := range map[string]struct {
		play func(s *storer) *storer
		want wire.Reason // 0: well
	}{
		"all is well":         {func(s *storer) *storer { return s.certified().hears(2, new(wire.StoreAck)) }, 0},
		"nobody promises":     {func(s *storer) *storer { return s.begins().waits(6) }, wire.Timeout},
		"nobody keeps it":     {func(s *storer) *storer { return s.certified().waits(10) }, wire.Timeout},
		"two refuse for good": {func(s *storer) *storer { return s.begins().refused(2, wire.Policy).refused(3, wire.Policy) }, wire.Policy},
		"two have promised another": {func(s *storer) *storer {
			return s.begins().refused(2, wire.DocumentExists).refused(3, wire.DocumentExists)
		}, wire.DocumentExists},
		"one has promised another, one is gone": {func(s *storer) *storer { return s.begins().refused(2, wire.DocumentExists).lost(3) }, wire.Disconnected},
		"one has promised another, one refuses": {func(s *storer) *storer { return s.begins().refused(2, wire.DocumentExists).refused(3, wire.Policy) }, wire.DocumentExists},
		"one refuses, one is gone":              {func(s *storer) *storer { return s.begins().refused(2, wire.Policy).lost(3) }, wire.Disconnected},
		"two are gone":                          {func(s *storer) *storer { return s.begins().lost(2, 3) }, wire.Disconnected},
		"one is busy, one says something else":  {func(s *storer) *storer { return s.begins().refused(2, wire.Busy).hears(3, new(wire.Held)) }, wire.Disconnected},
		"the pair is promised again and is there": {func(s *storer) *storer {
			return s.begins().hears(2, &wire.StoreExists{Document: *s.Certify(s.record, s.doc)})
		}, wire.DocumentExists},
	} {
		s := c.play(newStorer(t))
		if !s.last.Done || s.last.Err == nil != (c.want == 0) || s.last.Err != nil && wire.ReasonOf(s.last.Err) != c.want {
			t.Errorf("%s: %+v, want %v", name, s.last, c.want)
		}
	}
}

// keeper is n2 in a store of n1's.
type keeper struct {
	*storer
	ask *wire.Store
	k   *documents.StoringMember
}

func newKeeper(t *testing.T, prepare func(s *storer, n *Node)) *keeper {
	k := &keeper{storer: newStorer(t)}
	n := k.Nodes[1]
	prepare(k.storer, n)
	k.ask = k.storeMessage(k.doc)
	k.k = documents.JoinStoring(n.Env(), n.State(k.key), k.Nodes[0].ID(), k.ask.Session(k.ID, k.Nodes[0].ID()))
	return k
}

func (k *keeper) says(m wire.Message) session.Effects {
	return k.k.Step(session.Received{From: k.Nodes[0].ID(), Session: k.k.ID(), Msg: m})
}

// What a holder answers to a store, by what it holds.
func TestWhatAHolderPromises(t *testing.T) {
	held := func(kind wire.RecordKind, number, at int) func(s *storer, n *Node) {
		return func(s *storer, n *Node) {
			pair := s.Certify(s.record, s.Encrypt(s.record, number))
			if kind == wire.RecordPromise {
				pair.Signatures = pair.Signatures[at-1 : at]
			}
			n.Put(wire.NewRecord(wire.Put, kind, s.key, wire.SessionID{}, pair))
		}
	}
	forgets := func(and func(s *storer, n *Node)) func(s *storer, n *Node) {
		return func(s *storer, n *Node) {
			and(s, n)
			n.Restore(n.Backup())
		}
	}
	for name, c := range map[string]struct {
		prepare func(s *storer, n *Node)
		want    wire.Code
		why     wire.Reason // of a refusal
	}{
		"nothing":                         {func(*storer, *Node) {}, wire.CodeStorePromise, 0},
		"its promise":                     {held(wire.RecordPromise, 1, 2), wire.CodeStorePromise, 0},
		"its promise of another":          {held(wire.RecordPromise, 2, 2), wire.CodeRefuse, wire.DocumentExists},
		"its promise, and may forget":     {forgets(held(wire.RecordPromise, 1, 2)), wire.CodeStorePromise, 0},
		"nothing, and may have forgotten": {forgets(func(*storer, *Node) {}), wire.CodeRefuse, wire.Unavailable},
		"the pair":                        {held(wire.RecordDocument, 1, 0), wire.CodeStoreExists, 0},
		"another pair":                    {held(wire.RecordDocument, 2, 0), wire.CodeStoreExists, 0},
		"a key that is not confirmed": {func(s *storer, n *Node) {
			n.Put(wire.NewRecord(wire.Put, wire.RecordKey, s.key, wire.SessionID{}, unconfirmed(s.record)))
		}, wire.CodeNeed, 0},
		"another version": {func(s *storer, n *Node) {
			n.Put(wire.NewRecord(wire.Put, wire.RecordKey, s.key, wire.SessionID{}, s.another()))
		}, wire.CodeRefuse, wire.KeyNotFound},
		"no share, as it is no holder": {func(s *storer, n *Node) {
			s.record = s.Deal(KeyID(9), 1, s.author, []*Node{s.Nodes[0], s.Nodes[2], s.Nodes[3]})
			s.key = KeyID(9)
			n.Put(wire.NewRecord(wire.Put, wire.RecordKey, s.key, wire.SessionID{}, s.record))
		}, wire.CodeRefuse, wire.NotMember},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKeeper(t, c.prepare)
			eff := k.says(k.ask)
			if len(eff.Send) != 1 || eff.Send[0].Msg.Code() != c.want || len(eff.Faults) > 0 {
				t.Fatalf("%+v", eff)
			}
			if m, ok := eff.Send[0].Msg.(*wire.Refuse); ok && m.Reason != c.why || !ok && c.why != 0 {
				t.Errorf("answers %+v", eff.Send[0].Msg)
			}
			if (len(eff.Save) > 0) != (c.want == wire.CodeStorePromise) {
				t.Errorf("saves %+v", eff.Save)
			}
		})
	}
}

// A second certificate of a key is kept by nobody. It convicts who has promised both.
func TestSecondCertificate(t *testing.T) {
	k := newKeeper(t, func(s *storer, n *Node) {
		n.Put(wire.NewRecord(wire.Put, wire.RecordDocument, s.key, wire.SessionID{}, s.Certify(s.record, s.doc)))
	})
	eff := k.says(&wire.StoreCertificate{Document: *k.Certify(k.record, k.Encrypt(k.record, 2))})
	if len(eff.Save) > 0 || eff.Err == nil || len(eff.Faults) != 4 {
		t.Fatalf("%+v", eff)
	}
	for _, f := range eff.Faults {
		if finding, err := evidence.Judge(f.Evidence); err != nil || finding.Culprit != f.Node {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

// A holder that waits for the key record keeps the certificate that comes meanwhile, and asks once.
func TestCertificateWhileWaiting(t *testing.T) {
	missing := func(s *storer, n *Node) { n.Miss(s.record) }
	k := newKeeper(t, missing)
	idle(t, k.k, "before the opening", session.Received{From: k.Nodes[0].ID(), Session: k.k.ID(), Msg: &wire.Supply{Record: k.record}})
	if eff := k.says(k.ask); len(eff.Send) != 1 || eff.Send[0].Msg.Code() != wire.CodeNeed {
		t.Fatalf("%+v", eff)
	}
	idle(t, k.k, "while it waits", session.PeerLost{Node: k.Nodes[2].ID()}, session.Received{From: k.Nodes[0].ID(), Session: k.k.ID(),
		Msg: &wire.StoreCertificate{Document: *k.Certify(k.record, k.doc)}})
	if eff := k.says(&wire.Supply{Record: k.record}); len(eff.Send) != 1 || eff.Send[0].Msg.Code() != wire.CodeStoreAck {
		t.Errorf("%+v", eff)
	}
	k = newKeeper(t, missing)
	k.says(k.ask)
	if eff := k.k.Step(session.PeerLost{Node: k.Nodes[0].ID()}); !eff.Done || wire.ReasonOf(eff.Err) != wire.Disconnected {
		t.Errorf("its coordinator is gone: %+v", eff)
	}
}

// What is supplied beside the key is kept if it is certified, and a key if it is confirmed.
func TestSuppliedBesideTheKey(t *testing.T) {
	for name, c := range map[string]struct {
		supply func(k *keeper) *wire.Supply
		reason wire.Reason // 0: taken
		blamed bool
	}{
		"a document key": {func(k *keeper) *wire.Supply {
			return &wire.Supply{Record: k.record, Document: k.Certify(k.record, k.doc)}
		}, 0, false},
		"a forged one": {func(k *keeper) *wire.Supply {
			d := k.Certify(k.record, k.doc)
			d.Signatures = d.Signatures[:2]
			return &wire.Supply{Record: k.record, Document: d}
		}, wire.InvalidMessage, true},
		"a key that is not confirmed": {func(k *keeper) *wire.Supply { return &wire.Supply{Record: unconfirmed(k.record)} }, wire.Unavailable, false},
		"another key":                 {func(k *keeper) *wire.Supply { return &wire.Supply{Record: k.another()} }, wire.InvalidMessage, true},
		"nothing":                     {func(*keeper) *wire.Supply { return new(wire.Supply) }, wire.KeyNotFound, false},
	} {
		k := newKeeper(t, func(s *storer, n *Node) { n.Miss(s.record) })
		k.says(k.ask)
		eff := k.says(c.supply(k))
		if !eff.Done || (len(eff.Save) > 0) != (c.reason == 0) || (eff.Err == nil) != (c.reason == 0) || eff.Err != nil && wire.ReasonOf(eff.Err) != c.reason ||
			(len(eff.Faults) == 1) != c.blamed {
			t.Errorf("%s: %+v", name, eff)
		}
	}
}
