package sessiontest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// moving is a world whose server set changes: a key was made by the first of its sets.
type moving struct{ *world }

// newMoving has n nodes, of which the first of these are set 0 and make a key.
func newMoving(t testing.TB, n, threshold int, first ...int) *moving {
	t.Helper()
	w := &moving{&world{Cluster: New(n, 7), t: t, key: KeyID(1)}}
	w.author = w.NewClient("author")
	w.set(0, first...)
	o := w.Generate(w.Nodes[first[0]-1], w.author, w.key, threshold)
	w.settle()
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	w.record = o.Record
	return w
}

// of are nodes by their numbers, from 1 on.
func (w *world) of(numbers ...int) (nodes []*Node) {
	for _, i := range numbers {
		nodes = append(nodes, w.Nodes[i-1])
	}
	return nodes
}

func (w *moving) set(floor int, numbers ...int) { w.Establish(floor, w.of(numbers...)...) }

// moves deals the key anew through a node, which has to succeed.
func (w *moving) moves(at int, round uint64) *wire.KeyRecord {
	w.t.Helper()
	o := w.Move(w.Nodes[at-1], w.key, round)
	w.settle()
	if !o.Done || o.Err != nil {
		w.t.Fatalf("n%d deals the key anew: %v", at, o)
	}
	if r := o.Record; r.Public() != w.record.Public() || r.Setup.Origin() != w.record.Version() || !r.Confirmed() {
		w.t.Fatalf("n%d has dealt another key anew: %v", at, r.Setup)
	}
	return o.Record
}

// holders are the nodes that hold a share of a version.
func (w *moving) holders(r *wire.KeyRecord) (nodes []*Node) {
	for _, n := range w.Nodes {
		if s := n.State(w.key); s.Record != nil && s.Record.Version() == r.Version() && s.Share != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// gives tells whether shares of these nodes are the key.
func (w *moving) gives(nodes []*Node) bool {
	secret, err := Joined(w.key, nodes...)
	check(err)
	return secp256k1.BaseMul(secret).Bytes() == w.record.Public()
}

// wantSharing checks that any t+1 of a version's holders have the key, and no t.
func (w *moving) wantSharing(r *wire.KeyRecord, holders int) {
	w.t.Helper()
	all, t := w.holders(r), int(r.Setup.Threshold)
	if len(all) != holders {
		w.t.Fatalf("%d hold a share, want %d", len(all), holders)
	}
	for _, some := range subsetsOf(all, t+1) {
		if !w.gives(some) {
			w.t.Fatalf("%d shares do not give the key", t+1)
		}
	}
	for _, some := range subsetsOf(all, t) {
		if t > 0 && w.gives(some) {
			w.t.Fatalf("%d shares give the key", t)
		}
	}
}

func subsetsOf(all []*Node, size int) (some [][]*Node) {
	for bits := range 1 << len(all) {
		var nodes []*Node
		for i, n := range all {
			if bits>>i&1 == 1 {
				nodes = append(nodes, n)
			}
		}
		if len(nodes) == size {
			some = append(some, nodes)
		}
	}
	return some
}

// Every change of the set is the one protocol, and after it any t+1 of the new holders have the key.
func TestMoves(t *testing.T) {
	for name, c := range map[string]struct {
		nodes, threshold int
		sets             [][]int // the first of each deals anew, if it knows the key; else at
		at               int
		floor            int // of all sets but the first
	}{
		"a fifth":               {nodes: 5, threshold: 1, sets: [][]int{{1, 2, 3, 4}, {1, 2, 3, 4, 5}}},
		"one less":              {nodes: 5, threshold: 2, sets: [][]int{{1, 2, 3, 4, 5}, {1, 2, 3, 4}}},
		"half":                  {nodes: 6, threshold: 2, sets: [][]int{{1, 2, 3, 4}, {3, 4, 5, 6}}},
		"a higher threshold":    {nodes: 5, threshold: 1, sets: [][]int{{1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}}, floor: 3},
		"threshold 0":           {nodes: 4, threshold: 0, sets: [][]int{{1, 2}, {2, 3, 4}}},
		"one, three, one":       {nodes: 3, threshold: 0, sets: [][]int{{1}, {1, 2, 3}, {3}}},
		"four, seven, four":     {nodes: 7, threshold: 1, sets: [][]int{{1, 2, 3, 4}, {1, 2, 3, 4, 5, 6, 7}, {4, 5, 6, 7}}},
		"up and down ten times": {nodes: 5, threshold: 1, sets: [][]int{{1, 2, 3, 4}, {1, 2, 3, 4, 5}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}, {1, 2, 3, 4}, {1, 2, 3, 4, 5}, {1, 2, 3, 4}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newMoving(t, c.nodes, c.threshold, c.sets[0]...)
			for _, set := range c.sets[1:] {
				w.set(c.floor, set...)
				r := w.moves(set[0], 0)
				if want := max(c.threshold, c.floor); int(r.Setup.Threshold) != want {
					t.Fatalf("threshold %d, want %d", r.Setup.Threshold, want)
				}
				w.wantSharing(r, len(set))
			}
			w.wantBlamed()
		})
	}
}

// A set without a member of the one before knows no key: it learns of it by a look-up, and deals it anew from those that leave.
func TestMoveToDisjointSet(t *testing.T) {
	w := newMoving(t, 8, 1, 1, 2, 3, 4)
	w.set(0, 5, 6, 7, 8)
	w.Nodes[4].Put(wire.NewRecord(wire.Put, wire.RecordKey, w.key, wire.SessionID{}, w.Nodes[0].State(w.key).Record))
	r := w.moves(5, 0)
	w.wantSharing(r, 4)
	for _, n := range w.of(1, 2, 3, 4) { // they learn it, and keep what they held apart
		if s := n.State(w.key); s.Record.Version() != r.Version() || s.Share != nil || len(s.Former) != 1 {
			t.Errorf("%s holds %v and %d former shares", n.Name, s.Record.Setup.Slot(), len(s.Former))
		}
	}
}

// Shares of before and after do not go together, however many there are of each, as long as neither is enough alone.
func TestSharesOfTwoRounds(t *testing.T) {
	w := newMoving(t, 5, 2, 1, 2, 3, 4, 5)
	before := make(map[*Node]*session.Share)
	for _, n := range w.Nodes {
		before[n] = n.State(w.key).Share
	}
	r := w.moves(1, 100)
	w.wantSharing(r, 5)
	for _, nodes := range subsetsOf(w.Nodes, 3) {
		for _, former := range append(subsetsOf(nodes, 1), subsetsOf(nodes, 2)...) {
			var saved []wire.Record
			for _, n := range former {
				share := n.State(w.key).Share
				saved = append(saved, wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: w.key, Session: r.Version(), Value: share.Encode()})
				n.Put(wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: w.key, Session: r.Version(), Value: before[n].Encode()})
			}
			if w.gives(nodes) {
				t.Fatalf("shares of two rounds give the key")
			}
			for i, n := range former {
				n.Put(saved[i])
			}
		}
	}
}

// resigned changes what a dealer reveals, and signs that.
func resigned(n *Node, to *Node, change func(*wire.Reveal)) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) []wire.Envelope {
		if _, ok := env.Msg.(*wire.Reveal); ok && (to == nil || env.To == to.ID()) {
			m := copyOf(env.Msg).(*wire.Reveal)
			change(m)
			m.Signature = n.nodeKey.Sign(m.Digest(env.Session))
			env.Msg = m
		}
		return []wire.Envelope{env}
	}
}

// n2 is the dealer that n1 names beside itself, and cheats. It is convicted where it has signed what no honest dealer signs; the
// key is dealt anew without it, to all that are left.
func TestCheatingDealer(t *testing.T) {
	plus := func(p wire.Point) wire.Point {
		point, err := secp256k1.ParsePoint(p[:])
		check(err)
		return point.Plus(secp256k1.Generator()).Bytes()
	}
	for name, c := range map[string]struct {
		cheat  func(w *moving, n *Node) func(wire.Envelope) []wire.Envelope
		blamed bool
		stays  bool // it is a member afterwards
	}{
		"another constant term": {blamed: true, cheat: func(_ *moving, n *Node) func(wire.Envelope) []wire.Envelope {
			return resigned(n, nil, func(m *wire.Reveal) { m.Dealing.Commitments[0] = plus(m.Dealing.Commitments[0]) })
		}},
		"a bad share to the new one": {blamed: true, cheat: func(_ *moving, n *Node) func(wire.Envelope) []wire.Envelope {
			return resigned(n, nil, func(m *wire.Reveal) { m.Dealing.Shares[4][31] ^= 1 })
		}},
		"another polynomial": {blamed: true, cheat: func(_ *moving, n *Node) func(wire.Envelope) []wire.Envelope {
			return resigned(n, nil, func(m *wire.Reveal) { m.Dealing.Commitments[1] = plus(m.Dealing.Commitments[1]) })
		}},
		"a short polynomial": {blamed: true, cheat: func(_ *moving, n *Node) func(wire.Envelope) []wire.Envelope {
			return resigned(n, nil, func(m *wire.Reveal) { m.Dealing.Commitments = m.Dealing.Commitments[:1] })
		}},
		"a long polynomial": {blamed: true, cheat: func(_ *moving, n *Node) func(wire.Envelope) []wire.Envelope {
			return resigned(n, nil, func(m *wire.Reveal) {
				m.Dealing.Commitments = append(m.Dealing.Commitments, m.Dealing.Commitments[0])
			})
		}},
		"a proof that nobody wants": {blamed: true, cheat: func(_ *moving, n *Node) func(wire.Envelope) []wire.Envelope {
			return resigned(n, nil, func(m *wire.Reveal) { m.Dealing.Proof[3] = 1 })
		}},
		"another dealing to one": {blamed: true, cheat: func(w *moving, n *Node) func(wire.Envelope) []wire.Envelope {
			return resigned(n, w.Nodes[4], func(m *wire.Reveal) { m.Dealing.Commitments[1] = plus(m.Dealing.Commitments[1]) })
		}},
		"silence": {cheat: func(*moving, *Node) func(wire.Envelope) []wire.Envelope { return Withholding("Reveal", "Evidence") }},
		"silence to one": {stays: true, cheat: func(w *moving, _ *Node) func(wire.Envelope) []wire.Envelope {
			return func(env wire.Envelope) []wire.Envelope {
				if env.To == w.Nodes[4].ID() {
					return Withholding("Reveal", "Evidence")(env)
				}
				return []wire.Envelope{env}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newMoving(t, 5, 1, 1, 2, 3, 4)
			w.set(0, 1, 2, 3, 4, 5)
			n := w.Nodes[1]
			n.Mutate = c.cheat(w, n)
			r := w.moves(1, 0)
			if c.blamed {
				w.wantBlamed("n2")
			} else {
				w.wantBlamed()
			}
			if member := r.Setup.Index(n.ID()) != 0; member != c.stays {
				t.Errorf("n2 is a member: %t", member)
			}
			if !c.stays {
				w.wantSharing(r, 4)
			}
			proven := false
			for _, b := range w.Faults() {
				proven = proven || b.Evidence != nil
			}
			if proven != c.blamed {
				t.Errorf("evidence: %t", proven)
			}
		})
	}
}

// A member that complains about a good share is convicted, not the dealer.
func TestFalseComplaintAboutDealer(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.set(0, 1, 2, 3, 4, 5)
	n := w.Nodes[2]
	var seen *wire.Reveal
	w.Spy = func(from *Node, env wire.Envelope) {
		if m, ok := env.Msg.(*wire.Reveal); ok && from == w.Nodes[1] && seen == nil {
			seen = copyOf(m).(*wire.Reveal)
		}
	}
	n.Mutate = func(env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.Certify); ok && seen != nil {
			c := &wire.Complaint{Index: m.Index, Accused: *seen}
			copy(c.Opening[:], seen.Dealing.Ephemeral[:])
			c.Signature = n.nodeKey.Sign(c.Digest(env.Session))
			env.Msg = c
		}
		return []wire.Envelope{env}
	}
	r := w.moves(1, 0)
	w.wantBlamed("n3")
	w.wantSharing(r, len(r.Setup.Members))
}

// A coordinator that tells one member something else of the document key gets no certificate, and nobody honest is blamed.
func TestPairSettledDifferently(t *testing.T) {
	w := newMoving(t, 4, 1, 1, 2, 3, 4)
	n := w.Nodes[0]
	n.Mutate = func(env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.PairSettled); ok && env.To == w.Nodes[2].ID() {
			env.Msg = &wire.PairSettled{State: wire.PairState{Kind: wire.PairClosed, Waivers: m.State.Waivers}}
		}
		return []wire.Envelope{env}
	}
	r := w.moves(1, 5) // in the end without n3, which it takes for silent
	w.wantSharing(r, 3)
	w.wantBlamed()
}

// Whatever a coordinator says of the document key that does not follow from what the holders have signed is refused by each member, and
// held against the coordinator: a key would come into the next set with another document key, or with none.
func TestPairSettledWithoutGrounds(t *testing.T) {
	for name, lie := range map[string]func(w *moving, p *wire.PairSettled){
		"a pair that nobody has signed": func(_ *moving, p *wire.PairSettled) {
			p.State.Kind, p.State.Pair = wire.PairKept, common.Hash{1}
		},
		"none where one is stored": func(w *moving, p *wire.PairSettled) {
			p.Document, p.State.Kind, p.State.Pair = nil, wire.PairNone, common.Hash{}
		},
		"a waiver that its holder has not signed": func(_ *moving, p *wire.PairSettled) {
			p.State.Waivers[1].Signature[0] ^= 1
		},
		"a waiver in another's name": func(_ *moving, p *wire.PairSettled) {
			p.State.Waivers[1].Signature = p.State.Waivers[0].Signature
		},
		"another pair, as if it were certified": func(w *moving, p *wire.PairSettled) {
			d := *w.Nodes[0].State(w.key).Document
			d.Encrypted = w.Encrypt(w.record, 2).Encrypted
			p.Document, p.State.Kind, p.State.Pair = &d, wire.PairKept, d.PairHash(w.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newMoving(t, 4, 1, 1, 2, 3, 4)
			w.doc = w.Encrypt(w.record, 1)
			if o := w.store(w.Nodes[0], w.doc); o.Err != nil {
				t.Fatal(o.Err)
			}
			waivers := make(map[wire.NodeID]wire.Waiver)
			w.Spy = func(from *Node, env wire.Envelope) {
				if m, ok := env.Msg.(*wire.Waiver); ok {
					waivers[from.ID()] = *m
				}
			}
			lied := false
			w.Nodes[0].Mutate = func(env wire.Envelope) []wire.Envelope {
				if m, ok := env.Msg.(*wire.PairSettled); ok {
					p := copyOf(m).(*wire.PairSettled)
					if p.State.Waivers = nil; len(waivers) == 3 {
						for _, n := range w.Nodes[1:] {
							p.State.Waivers = append(p.State.Waivers, waivers[n.ID()])
						}
						slices.SortFunc(p.State.Waivers, func(a, b wire.Waiver) int { return cmp.Compare(a.Index, b.Index) })
						lie(w, p)
						lied, env.Msg = true, p
					}
				}
				return []wire.Envelope{env}
			}
			o := w.Move(w.Nodes[0], w.key, 5)
			w.settle()
			if !lied {
				t.Fatalf("it has had nothing to lie about: %d waivers, %v", len(waivers), o)
			}
			w.wantBlamed("n1")
			for _, n := range w.Nodes[1:] {
				if r := n.State(w.key).Record; r.Version() != w.record.Version() {
					t.Errorf("%s holds a sharing that says %v", n.Name, r.Moved.Pair)
				}
			}
		})
	}
}

// What is said of the document key in another holder's name counts for nothing, also if its form is right: the waiver is held against
// who has sent it, and not against the coordinator that would pass it on.
func TestWaivedWithAFalseSignature(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.set(0, 1, 2, 3, 4, 5)
	w.Nodes[2].Mutate = func(env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.Waiver); ok {
			bent := *m
			bent.Pair = common.Hash{1}
			env.Msg = &bent
		}
		return []wire.Envelope{env}
	}
	r := w.moves(1, 0)
	w.wantBlamed("n3")
	if r.Moved.Pair.Kind != wire.PairNone {
		t.Errorf("it says %v of the document key", r.Moved.Pair)
	}
	for _, said := range r.Moved.Pair.Waivers {
		if said.Index == w.record.Setup.Index(w.Nodes[2].ID()) {
			t.Error("the false waiver is in the certificate")
		}
	}
	w.wantSharing(r, len(r.Setup.Members))
}

// Two coordinators in one slot: one sharing is certified.
func TestTwoMovers(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.set(0, 1, 2, 3, 4, 5)
	a, b := w.Move(w.Nodes[0], w.key, 0), w.Move(w.Nodes[1], w.key, 0)
	w.settle()
	if !a.Done || !b.Done || a.Err != nil || b.Err != nil || a.Record.Version() != b.Record.Version() {
		t.Errorf("%v, %v", a, b)
	}
	w.wantSharing(a.Record, 5)
	w.wantBlamed()
}

// A node that goes down at any step of a redistribution leaves one that can be completed, or done again; somebody can always
// read.
func TestCrashInMove(t *testing.T) {
	for save := 1; ; save++ {
		crashed := false
		for where := range 4 {
			w := newMoving(t, 4, 1, 1, 2, 3)
			w.set(0, 2, 3, 4)
			w.CrashAt(save, where)
			w.Move(w.Nodes[1], w.key, 0)
			w.settle()
			crashed = crashed || w.Crashed()
			w.crash = crashPoint{}
			for _, n := range w.Nodes {
				w.Restart(n)
			}
			var r *wire.KeyRecord
			for at := 3; at > 1; at-- { // each finds out
				o := w.Move(w.Nodes[at-1], w.key, 0)
				w.settle()
				if o.Err != nil && o.Reason() != wire.KeyExists {
					t.Fatalf("save %d, %v: n%d: %v", save, crashWhere(where), at, o)
				}
				r = w.Nodes[at-1].State(w.key).Record
			}
			if all := w.holders(r); len(all) < 2 || !w.gives(all[:2]) || r.Setup.Move == nil {
				t.Fatalf("save %d, %v: %d hold what was dealt anew", save, crashWhere(where), len(all))
			}
			w.wantBlamed()
		}
		if !crashed {
			if save < 10 {
				t.Errorf("only %d saves", save)
			}
			return
		}
	}
}

// What the certificate says of the document key is what the holders have said.
func TestPairMoves(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.doc = w.Encrypt(w.record, 1)
	if r := w.moves(1, 10); r.Moved.Pair.Kind != wire.PairNone {
		t.Errorf("nothing is stored, and it says %v", r.Moved.Pair.Kind)
	}
	w = newMoving(t, 5, 1, 1, 2, 3, 4)
	w.doc = w.Encrypt(w.record, 1)
	if o := w.store(w.Nodes[0], w.doc); o.Err != nil {
		t.Fatal(o.Err)
	}
	pair := w.Nodes[0].State(w.key).Document.PairHash(w.ID)
	for _, n := range w.of(2, 3) { // they have only promised
		n.Forget(wire.RecordDocument, w.key)
	}
	w.Nodes[0].Forget(wire.RecordDocument, w.key) // the coordinator can't show it
	w.set(0, 1, 2, 3, 4, 5)
	r := w.moves(1, 0)
	if p := r.Moved.Pair; p.Kind != wire.PairKept || p.Pair != pair || len(p.Waivers) != 4 {
		t.Errorf("a pair is stored, and it says %v", p)
	}
	w.set(0, 1, 2, 5)
	if r = w.moves(5, 0); r.Moved.Pair.Kind != wire.PairKept || r.Moved.Pair.Pair != pair {
		t.Errorf("and then %v", r.Moved.Pair)
	}
}

// A holder that has waived promises no pair under that version; and one that promised before names the pair.
func TestWaivedPromisesNothing(t *testing.T) {
	w := newMoving(t, 5, 1, 1, 2, 3, 4)
	w.doc = w.Encrypt(w.record, 1)
	w.set(0, 1, 2, 3, 4, 5)
	w.Nodes[4].Mutate = Silent // so that the attempt takes its time
	n, version := w.Nodes[2], w.record.Version()
	o := w.Move(w.Nodes[0], w.key, 0)
	for i := 0; !n.State(w.key).Waived(version); i++ {
		if w.Steps(1); i > 1000 {
			t.Fatal("n3 never waives")
		}
	}
	stored := w.Store(n, w.author, w.key, w.doc)
	w.Steps(20)
	if n.State(w.key).Promise != nil {
		t.Error("n3 has waived, and promises")
	}
	w.settle()
	if o.Err != nil || stored.Err == nil || o.Record.Moved.Pair.Kind != wire.PairNone {
		t.Errorf("%v; stored: %v", o, stored)
	}
}

// A promise and a waiver of two sessions that do not know of each other: one of the two can't be saved.
func TestPromiseAndWaiverCollide(t *testing.T) {
	w := newMoving(t, 4, 1, 1, 2, 3, 4)
	n, env := w.Nodes[2], w.Nodes[2].Env()
	state := n.State(w.key)
	setup := w.record.Setup
	setup.Set = &wire.SetRef{}
	setup.Move = &wire.Move{Round: 3, Parent: w.record.Version()}
	pair := w.Encrypt(w.record, 1)
	doc := &wire.DocumentRecord{Key: w.key, Version: w.record.Version(), Common: pair.Common, Encrypted: pair.Encrypted}
	promise, err := state.Promising(doc.Version, doc.PairHash(w.ID))
	check(err)
	waiver, waive := state.Waive(&env, &setup)
	if waiver == nil || waiver.Pair != ([32]byte{}) {
		t.Fatal("n3 does not waive")
	}
	check(n.save(promise))
	if n.save(waive) == nil {
		t.Error("n3 promises a pair, and waives as if it had none")
	}
	n.Forget(wire.RecordWaiver, w.key)
	check(n.save(waive))
	if n.save(promise) == nil {
		t.Error("n3 waives, and then promises a pair")
	}
	state = n.State(w.key)
	if _, err := state.Promising(doc.Version, doc.PairHash(w.ID)); wire.ReasonOf(err) != wire.Unavailable {
		t.Errorf("n3 promises: %v", err)
	}
	other := setup
	other.Move = &wire.Move{Round: 4, Parent: w.record.Version()}
	if again, _ := state.Waive(&env, &other); again != nil {
		t.Error("n3 waives for a second slot, though an attempt in the first may come to something")
	}
	same := setup
	same.Nonce = [32]byte{1}
	again, both := state.Waive(&env, &same)
	if again == nil {
		t.Fatal("n3 does not waive for a second attempt in the slot")
	}
	check(n.save(both))
	n.Put(abandoned(w.key, setup), abandoned(w.key, same))
	state = n.State(w.key)
	if state.Waived(doc.Version) {
		t.Error("n3 is held to what was abandoned")
	}
	promise, err = state.Promising(doc.Version, doc.PairHash(w.ID))
	check(err)
	check(n.save(promise))
	if again, _ := n.State(w.key).Waive(&env, &other); again == nil {
		t.Error("n3 does not waive for the next slot")
	}
}

// abandoned is what a node knows of an attempt that a majority has abandoned.
func abandoned(key wire.KeyID, s wire.Setup) wire.Record {
	slot := s.Slot()
	return wire.NewRecord(wire.Put, wire.RecordOutcome, key, s.Session(),
		&session.AttemptOutcome{Final: &wire.Abandonment{Session: s.Session()}, Slot: &slot})
}

// bend changes an opening, whose session id follows, and tells with what reason it is refused.
type bend struct {
	change func(w *moving, m *wire.Redistribute)
	want   wire.Reason
}

// Every party checks what the coordinator says of the key, the sharing, the set and the dealers; else it could have another key
// made of it, or shares of a lower threshold.
func TestMovesAreChecked(t *testing.T) {
	move := func(change func(*wire.Setup)) func(*moving, *wire.Redistribute) {
		return func(_ *moving, m *wire.Redistribute) { change(&m.Setup) }
	}
	bends := map[string]bend{
		"as it was":                    {move(func(*wire.Setup) {}), 0},
		"another cluster":              {move(func(s *wire.Setup) { s.Cluster[0] ^= 1 }), wire.NotMember},
		"another initiator":            {move(func(s *wire.Setup) { s.Initiator = s.Members[2] }), wire.InvalidMessage},
		"a set that is not known":      {move(func(s *wire.Setup) { s.Set = &wire.SetRef{Epoch: s.Set.Epoch, Hash: [32]byte{1}} }), wire.NotMember},
		"a former set":                 {func(w *moving, m *wire.Redistribute) { ref := w.sets[0].Ref(); m.Setup.Set = &ref }, wire.NotMember},
		"a larger set":                 {move(func(s *wire.Setup) { s.SetSize = 6 }), wire.NotMember},
		"a lower threshold":            {move(func(s *wire.Setup) { s.Threshold, s.Move.Made = 0, 0 }), wire.InvalidMessage},
		"a higher threshold":           {move(func(s *wire.Setup) { s.Threshold = 3 }), wire.InvalidMessage},
		"another key":                  {move(func(s *wire.Setup) { s.Key[0] ^= 1 }), wire.InvalidMessage},
		"another server key":           {move(func(s *wire.Setup) { s.Move.Public = s.Move.Dealers[0].Share }), wire.InvalidMessage},
		"another origin":               {move(func(s *wire.Setup) { s.Move.Origin[0] ^= 1 }), wire.InvalidMessage},
		"another author":               {func(w *moving, m *wire.Redistribute) { m.Setup.Proof = w.NewClient("eve").Proof(w.key) }, wire.InvalidMessage},
		"another parent":               {move(func(s *wire.Setup) { s.Move.Parent[0] ^= 1 }), wire.InvalidMessage},
		"another share of a dealer":    {move(func(s *wire.Setup) { s.Move.Dealers[0].Share = s.Move.Public }), wire.InvalidMessage},
		"a dealer under another index": {move(func(s *wire.Setup) { s.Move.Dealers[1].Index = 3 }), wire.InvalidMessage},
		"a dealer that holds nothing":  {move(func(s *wire.Setup) { s.Move.Dealers[1].Node = s.Members[4] }), wire.InvalidMessage},
		"a dealer less":                {move(func(s *wire.Setup) { s.Move.Dealers = s.Move.Dealers[:1] }), wire.InvalidMessage},
		"a dealer more": {func(w *moving, m *wire.Redistribute) {
			share, err := verify.PublicShare(w.record, 4)
			check(err)
			m.Setup.Move.Dealers = append(m.Setup.Move.Dealers, wire.Dealer{Node: w.Nodes[3].ID(), Index: 4, Share: share.Bytes()})
		}, wire.InvalidMessage},
		"a round that is not due": {move(func(s *wire.Setup) { s.Move.Round = 13 }), wire.Busy},
		"a parent that is not confirmed": {func(w *moving, m *wire.Redistribute) {
			m.Parent.Acks = m.Parent.Acks[:1]
		}, 0}, // who knows it does not look at that
	}
	for name, c := range bends {
		t.Run(name, func(t *testing.T) {
			w := newMoving(t, 5, 1, 1, 2, 3, 4)
			w.set(0, 1, 2, 3, 4, 5)
			w.judges(c, 1)
		})
	}
	for name, c := range map[string]bend{ // by the new one, which knows nothing
		"as it was":                       {move(func(*wire.Setup) {}), 0},
		"a parent that is not confirmed":  {func(_ *moving, m *wire.Redistribute) { m.Parent.Acks = m.Parent.Acks[:1] }, wire.Unavailable},
		"a parent with a false signature": {func(_ *moving, m *wire.Redistribute) { m.Parent.Signatures[0][3] ^= 1 }, wire.InvalidMessage},
		"a parent of nodes that are no key servers": {func(w *moving, m *wire.Redistribute) {
			other := New(4, 99)
			other.ID = w.ID
			made := other.Deal(w.key, 1, w.author, other.Nodes)
			m.Parent, m.Setup.Move.Parent = *made, made.Version()
		}, wire.NotMember},
	} {
		t.Run("new one: "+name, func(t *testing.T) {
			w := newMoving(t, 5, 1, 1, 2, 3, 4)
			w.set(0, 1, 2, 3, 4, 5)
			w.judges(c, 4)
		})
	}
}

// judges has a node, by its place, join what n1 opens, bent.
func (w *moving) judges(c bend, at int) {
	w.t.Helper()
	n1, n := w.Nodes[0], w.Nodes[at]
	g, err := generation.NewMove(n1.Env(), n1.State(w.key), w.key, 0)
	check(err)
	var opening *wire.Redistribute
	for _, env := range g.Step(session.Start{}).Send {
		if m, ok := env.Msg.(*wire.Redistribute); ok {
			opening = copyOf(m).(*wire.Redistribute)
		}
	}
	c.change(w, opening)
	env, id := n.Env(), opening.Setup.Session()
	env.Due = func(m *wire.Redistribute) error {
		if m.Setup.Move.Round == 13 {
			return wire.Errorf(wire.Busy, "not now")
		}
		return nil
	}
	m := generation.JoinMove(env, n.State(w.key), n1.ID(), id, opening)
	var refused wire.Reason
	eff := m.Step(session.Received{From: n1.ID(), Session: id, Msg: opening})
	for _, env := range eff.Send {
		if r, ok := env.Msg.(*wire.Refuse); ok {
			refused = r.Reason
		}
	}
	if refused != c.want || (c.want != 0) != m.Ended() {
		w.t.Errorf("refused with %v, want %v; %v %v", refused, c.want, m, eff.Err)
	}
}

// TestMovesLeaveNoAttempts: that nodes have dealt in attempts is forgotten with their slot: else a key could be dealt anew only
// so many times.
func TestMovesLeaveNoAttempts(t *testing.T) {
	w := newMoving(t, 4, 1, 1, 2, 3, 4)
	later := wire.Setup{Key: w.key, Set: &wire.SetRef{}, Move: &wire.Move{Round: 9}, Initiator: w.Nodes[0].ID(), Cluster: w.ID}
	for round := range uint64(3) {
		w.set(0, 1, 2, 3, 4)
		if round == 1 { // an attempt of a slot that is not over yet
			later.Set.Epoch = 3
			w.Nodes[1].Put(session.DealtIn(&later, [32]byte{}))
		}
		dealt := len(w.Nodes[1].State(w.key).Dealt)
		if dealt == 0 && round == 0 {
			t.Error("n2 does not know that it has dealt")
		}
		w.moves(1, 0)
		for i, n := range w.Nodes {
			want := 0
			if round > 0 && i == 1 {
				want = 1
			}
			if got := n.State(w.key).Dealt; len(got) != want {
				t.Errorf("round %d: n%d has dealt in %d attempts, want %d", round, i+1, len(got), want)
			}
		}
	}
}

// TestMovedKeyLeavesNoPromise: who has promised itself to an attempt to generate the key that was given up, and hears of the key only
// when it moves, keeps neither the attempt nor its share of it.
func TestMovedKeyLeavesNoPromise(t *testing.T) {
	w := newMoving(t, 4, 1, 1, 2, 3, 4)
	behind, given := w.Nodes[2], w.record.Setup
	given.Nonce[0]++
	share, attempt := behind.State(w.key).Share, given.Session()
	w.set(0, 1, 2, 3, 4)
	moved := w.moves(1, 0)
	for k := range behind.records {
		if k.key == w.key {
			delete(behind.records, k)
		}
	}
	behind.Put(
		wire.Record{Op: wire.Create, Kind: wire.RecordOutcome, Key: w.key, Value: attempt[:]},
		wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: w.key, Session: attempt, Value: share.Encode()},
		wire.NewRecord(wire.Create, wire.RecordAttempt, w.key, wire.SessionID{}, &session.Attempt{Setup: given, Bodies: w.record.Bodies, Commitments: w.record.Commitments}))
	state := behind.State(w.key)
	if state.Attempt == nil {
		t.Fatal("it has promised nothing")
	}
	batch, err := session.Activate(state, moved)
	if err != nil {
		t.Fatal(err)
	}
	behind.Put(batch...)
	if behind.State(w.key).Record == nil {
		t.Fatal("it does not have the key")
	}
	for k := range behind.records {
		if k.key == w.key && (k.kind == wire.RecordPending || k.kind == wire.RecordAttempt) {
			t.Errorf("it keeps a record of kind %d", k.kind)
		}
	}
}

// TestCoordinatorThatGrindsIds: one member opens, every moment, another redistribution whose session id is smaller than any that
// is not ground, at all others, and goes on with none. The key moves all the same, within a turn of each coordinator.
func TestCoordinatorThatGrindsIds(t *testing.T) {
	for _, honest := range []int{0, 3} {
		t.Run(fmt.Sprint("n", honest+1), func(t *testing.T) {
			w := newMoving(t, 5, 1, 1, 2, 3, 4)
			w.set(0, 1, 2, 3, 4, 5)
			by, liar := w.Nodes[honest], w.Nodes[(honest+1)%5]
			if by.State(w.key).Record == nil { // it learns of the key first
				by.Put(wire.NewRecord(wire.Create, wire.RecordKey, w.key, wire.SessionID{}, w.record))
			}
			if liar.State(w.key).Record == nil {
				liar.Put(wire.NewRecord(wire.Create, wire.RecordKey, w.key, wire.SessionID{}, w.record))
			}
			g, err := generation.NewMove(liar.Env(), liar.State(w.key), w.key, 0)
			check(err)
			var opening *wire.Redistribute
			for _, env := range g.Step(session.Start{}).Send {
				if m, ok := env.Msg.(*wire.Redistribute); ok {
					opening = m
				}
			}
			liar.Mutate = func(wire.Envelope) []wire.Envelope { return nil } // it says nothing else
			nonce, tries, o := 0, 0, new(Outcome)
			var last error
			for begun := w.ticks; o.Record == nil; {
				if w.ticks-begun > 6*session.TurnSeconds*session.TicksPerSecond {
					t.Fatalf("the key has not moved within six turns, tried %d times: %v", tries, last)
				}
				if tries == 0 || o.Done { // as service does, again and again
					tries, last = tries+1, o.Err
					o = w.Move(by, w.key, 0)
				}
				m := copyOf(opening).(*wire.Redistribute)
				for id := m.Setup.Session(); id[0] > 0; id = m.Setup.Session() {
					nonce++
					m.Setup.Nonce[0], m.Setup.Nonce[1], m.Setup.Nonce[2] = byte(nonce), byte(nonce>>8), byte(nonce>>16)
				}
				for _, to := range w.Nodes {
					if to != liar {
						w.Inject(liar, wire.Envelope{To: to.ID(), Session: m.Setup.Session(), Msg: m})
					}
				}
				nonce++
				for e, ok := w.next(); ok; e, ok = w.next() {
					w.happen(e)
				}
				for range 10 {
					w.Tick()
					for e, ok := w.next(); ok; e, ok = w.next() {
						w.happen(e)
					}
				}
			}
			if o.Record.Public() != w.record.Public() || !o.Record.Confirmed() {
				t.Error("another key was dealt anew")
			}
		})
	}
}
