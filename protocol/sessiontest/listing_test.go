package sessiontest

import (
	"fmt"
	"maps"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What happens to key ids between two server sets: members of the former fence, then list; members of the new one make keys
// when they have heard enough.

// handing is a cluster of five, of which n1 to n4 are set 0, and n2 to n5 set 1. Keys have the threshold 1, so that three of
// the former decide; three listings are a quorum.
type handing struct {
	*world
	sets *session.Sets
	old  []*Node
}

func newHanding(t *testing.T) *handing {
	w := newWorld(t, 5, 1)
	for _, n := range w.Nodes {
		n.records = make(map[recordKey][]byte)
	}
	h := &handing{world: w, old: w.Nodes[:4]}
	first := w.set(nil, w.Nodes[:4])
	h.sets = session.NewSets(first, w.set(first, w.Nodes[1:]))
	for _, n := range w.Nodes {
		n.Given = session.NewSets(first)
	}
	w.record = w.made(w.key)
	return h
}

// set is one of these nodes, which follows another.
func (w *world) set(parent *wire.ServerSet, nodes []*Node) *wire.ServerSet {
	s := &wire.ServerSet{Cluster: w.ID}
	for _, n := range nodes {
		s.Members = append(s.Members, n.ID())
	}
	if parent != nil {
		s.Epoch, s.Parent, s.Keys = parent.Epoch+1, parent.Hash(), make([]wire.Point, len(nodes))
	}
	return s
}

// followed has all nodes be set 0 and set 1.
func (w *world) followed() *world {
	first := w.set(nil, w.Nodes)
	sets := session.NewSets(first, w.set(first, w.Nodes))
	for _, n := range w.Nodes {
		n.Put(handover.Fence(sets)...)
		n.Given = sets
	}
	return w
}

// made is a key of set 0 that nobody has.
func (w *world) made(key wire.KeyID) *wire.KeyRecord {
	r, _ := w.certified(key, 1, w.author, min(4, len(w.Nodes)), w.Nodes[:min(4, len(w.Nodes))])
	return r
}

// bind binds nodes to the attempt that makes a key.
func bind(r *wire.KeyRecord, nodes ...*Node) {
	version := r.Version()
	for _, n := range nodes {
		n.Put(wire.Record{Op: wire.Create, Kind: wire.RecordOutcome, Key: r.Setup.Key, Value: version[:]},
			wire.NewRecord(wire.Create, wire.RecordAttempt, r.Setup.Key, wire.SessionID{}, &session.Attempt{Setup: r.Setup, Bodies: r.Bodies, Commitments: r.Commitments}))
	}
}

// know gives nodes the confirmed key.
func know(r *wire.KeyRecord, nodes ...*Node) {
	for _, n := range nodes {
		n.Put(wire.NewRecord(wire.Create, wire.RecordKey, r.Setup.Key, wire.SessionID{}, r))
	}
}

// establish has nodes know that set 1 follows, and fence.
func (h *handing) establish(nodes ...*Node) {
	for _, n := range nodes {
		n.Put(handover.Fence(h.sets)...)
		n.Given = h.sets
	}
}

// gather has a node gather listings until nothing moves, and gives why those are missing that are.
func (h *handing) gather(n *Node) (missing map[string]string, err error) {
	h.t.Helper()
	m, run, err := h.Gather(n)
	if err != nil {
		h.t.Fatal(err)
	}
	h.settle()
	if !run.Ended {
		h.t.Fatal("goes on", m)
	}
	missing = make(map[string]string)
	for node, why := range m.Missing() {
		missing[h.Name(node)] = why
	}
	return missing, run.Err
}

// mayMake asks a node whether it would help to make a key in its newest set; zero: it would.
func mayMake(n *Node, key wire.KeyID) wire.Reason {
	env := n.Env()
	s := &wire.Setup{Key: key, SetSize: 4, Members: env.Set, Set: env.SetRef()}
	if err := session.CheckGap(&env, s); err != nil {
		return err.Reason
	}
	return 0
}

func (h *handing) wantMissing(n *Node, want map[string]string, enough bool) {
	h.t.Helper()
	missing, err := h.gather(n)
	if !maps.Equal(missing, want) || (err == nil) != enough {
		h.t.Fatalf("%s misses %v, want %v; %v", n.Name, missing, want, err)
	}
	env := n.Env()
	if ready, err := handover.Ready(&env); ready != enough || err != nil {
		h.t.Fatalf("%s is ready: %t, %v", n.Name, ready, err)
	}
}

func (h *handing) wantMake(n *Node, key int, want wire.Reason) {
	h.t.Helper()
	if got := mayMake(n, KeyID(key)); got != want {
		h.t.Fatalf("%s about key %d: %v, want %v", n.Name, key, got, want)
	}
}

// A key, an attempt and nothing: who joins hears of the first two, and helps with the third.
func TestListing(t *testing.T) {
	h := newHanding(t)
	known, attempted := h.made(KeyID(1)), h.made(KeyID(2))
	know(known, h.old[:3]...)
	bind(attempted, h.old[0], h.old[1])
	newcomer := h.Nodes[4]
	if _, _, err := h.Gather(newcomer); wire.ReasonOf(err) != wire.NotMember {
		t.Fatalf("before there is a set that follows: %v", err)
	}
	h.establish(h.Nodes...)
	h.wantMake(newcomer, 3, wire.Busy)
	h.wantMissing(newcomer, map[string]string{}, true)
	h.wantMake(newcomer, 1, wire.Busy)
	h.wantMake(newcomer, 2, wire.Busy)
	h.wantMake(newcomer, 3, 0)
	env := newcomer.Env()
	former := &wire.Setup{Key: KeyID(3), SetSize: 4, Members: h.sets.At(0).Members}
	if err := session.CheckGap(&env, former); err == nil || err.Reason != wire.Busy {
		t.Errorf("makes a key in the former set: %v", err)
	}
	for key, want := range map[int]wire.SessionID{1: known.Version(), 2: attempted.Version()} {
		if got, err := handover.Listed(&env, KeyID(key)); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("key %d: %v, %v", key, got, err)
		}
	}

	// The key itself, and the end of the attempt, are what it waits for.
	know(known, newcomer)
	if got, err := handover.Listed(&env, KeyID(1)); err != nil || len(got) != 0 {
		t.Errorf("a key that is known: %v, %v", got, err)
	}
	state := newcomer.State(KeyID(2))
	newcomer.Put(state.Abandon(KeyID(2), h.abandonment(attempted), 3)...)
	h.wantMake(newcomer, 2, 0)

	// A member of both lists for itself, too.
	h.wantMissing(h.Nodes[1], map[string]string{}, true)
	h.wantMake(h.Nodes[3], 3, wire.Busy)
}

// abandonment is the word of three members of set 0.
func (h *handing) abandonment(r *wire.KeyRecord) *wire.Abandonment {
	a := &wire.Abandonment{Session: r.Version(), Ballot: 1}
	for _, n := range h.old[:3] {
		a.Signatures = append(a.Signatures, wire.NodeSign{Node: n.ID(), Signature: n.nodeKey.Sign(wire.VoteDigest(a.Session, 1, false))})
	}
	return a
}

// Who says nothing is waited for a while, and for no longer.
func TestListingOfTheSilent(t *testing.T) {
	h := newHanding(t)
	h.establish(h.Nodes...)
	h.old[0].Mutate = Silent
	h.wantMissing(h.Nodes[4], map[string]string{"n1": "no answer"}, true)
	h.old[1].Mutate = func(env wire.Envelope) []wire.Envelope {
		h.Down(h.old[1])
		return nil
	}
	h.Nodes[4].Forget(wire.RecordGathered, wire.KeyID{})
	h.wantMissing(h.Nodes[4], map[string]string{"n1": "no answer", "n2": "connection lost"}, false)
}

// One listing less than a set quorum is not enough, whoever is missing.
func TestListingTakesAQuorum(t *testing.T) {
	h := newHanding(t)
	h.establish(h.Nodes...)
	h.Down(h.old[0])
	h.Down(h.old[1])
	h.wantMissing(h.Nodes[4], map[string]string{"n1": "not connected", "n2": "not connected"}, false)
	h.wantMake(h.Nodes[4], 3, wire.Busy)
	h.old[1].Up = true
	h.wantMissing(h.Nodes[4], map[string]string{"n1": "not connected"}, true)
	h.wantMake(h.Nodes[4], 3, 0)
}

// Nobody lists before its fence is on its disk, nor for a set that is not the one that follows, nor for strangers.
func TestNoListingBeforeTheFence(t *testing.T) {
	h := newHanding(t)
	h.establish(h.Nodes...)
	h.old[0].Forget(wire.RecordFence, wire.KeyID{})
	h.old[1].Given = session.NewSets(h.sets.At(0))
	missing, err := h.gather(h.Nodes[4])
	if len(missing) != 2 || missing["n1"] == "" || missing["n2"] == "" || wire.ReasonOf(err) != wire.Unavailable {
		t.Fatalf("%v, %v", missing, err)
	}
	if missing, _ := h.gather(h.old[3]); len(missing) != 2 { // with its own
		t.Fatalf("%v", missing)
	}
	h.old[3].Forget(wire.RecordGathered, wire.KeyID{})
	h.old[3].Forget(wire.RecordFence, wire.KeyID{})
	if missing, _ := h.gather(h.old[3]); len(missing) != 3 || missing["n4"] == "" {
		t.Fatalf("its own listing counts without its fence: %v", missing)
	}

	other := h.set(h.sets.At(0), h.Nodes[2:]) // what an abandoned attempt was about
	elsewhere := wire.NewRecord(wire.Put, wire.RecordFence, wire.KeyID{}, wire.EpochName(0), &wire.Fence{Successor: other.Hash()})
	h.old[1].Given = h.sets
	h.old[1].Put(elsewhere)
	for name, c := range map[string]struct {
		from, lister *Node
		set          *wire.ServerSet
	}{
		"another set":                {h.Nodes[4], h.old[2], other},
		"who is no member of it":     {h.old[0], h.old[2], h.sets.At(1)},
		"by a member of it alone":    {h.old[1], h.Nodes[4], h.sets.At(1)},
		"behind another set's fence": {h.Nodes[4], h.old[1], h.sets.At(1)},
	} {
		m := &wire.ListKeys{Set: c.set.Ref()}
		p := handover.JoinGathering(c.lister.Env(), c.from.ID(), m.Session(h.ID, c.from.ID()), m)
		eff := p.Step(session.Received{From: c.from.ID(), Session: p.ID(), Msg: m})
		if len(eff.Send) != 1 || !eff.Done || eff.Err == nil {
			t.Fatalf("%s: %+v", name, eff)
		}
		if _, refused := eff.Send[0].Msg.(*wire.Refuse); !refused {
			t.Errorf("%s is told a listing", name)
		}
	}
}

// A member that may have forgotten promises adds what it knows, and proves of nothing that it is free.
func TestListingWithAGap(t *testing.T) {
	h := newHanding(t)
	h.establish(h.Nodes...)
	bind(h.made(KeyID(2)), h.old[0])
	h.old[0].Gap = true
	h.Down(h.old[1])
	forgets := "may have forgotten promises, or has not heard enough itself"
	h.wantMissing(h.Nodes[4], map[string]string{"n1": forgets, "n2": "not connected"}, false)
	env := h.Nodes[4].Env()
	if got, err := handover.Listed(&env, KeyID(2)); err != nil || len(got) != 1 {
		t.Errorf("what it lists is lost: %v, %v", got, err)
	}
	h.old[1].Up = true
	h.wantMissing(h.Nodes[4], map[string]string{"n1": forgets}, true)
}

// Who names what does not exist keeps the id from being free until a quorum of others has listed, and no longer.
func TestListingOfALiar(t *testing.T) {
	h := newHanding(t)
	h.establish(h.Nodes...)
	bind(h.made(KeyID(2)), h.old[0]) // who alone knows of it
	h.old[0].turned = true
	h.Down(h.old[1])
	h.wantMissing(h.Nodes[4], map[string]string{"n2": "not connected"}, true)
	h.wantMake(h.Nodes[4], 2, wire.Busy)
	h.wantMake(h.Nodes[4], 3, 0)
	h.old[1].Up = true
	h.wantMissing(h.Nodes[4], map[string]string{}, true)
	h.wantMake(h.Nodes[4], 2, 0)
}

// Who leaves out what exists is one of those that may lie: a key has the words of three, so two others name it.
func TestListingThatLeavesOut(t *testing.T) {
	h := newHanding(t)
	h.establish(h.Nodes...)
	know(h.made(KeyID(1)), h.old[:3]...)
	h.old[0].Mutate = h.listing(func(_ *wire.ListKeys, m *wire.Listing) { m.Entries = nil })
	h.wantMissing(h.Nodes[4], map[string]string{}, true)
	h.wantMake(h.Nodes[4], 1, wire.Busy)
}

// listing has n1 change its listings, and sign them.
func (h *handing) listing(change func(*wire.ListKeys, *wire.Listing)) func(wire.Envelope) []wire.Envelope {
	asked := &wire.ListKeys{Set: h.sets.At(1).Ref()}
	return Changing(func(m *wire.Listing) {
		change(asked, m)
		m.Signature = h.old[0].nodeKey.Sign(m.Digest(h.ID, asked.Set, h.old[0].ID(), asked.After))
	})
}

// What is no listing is taken for none, and its sender is named.
func TestListingInvalid(t *testing.T) {
	for name, lie := range map[string]func(h *handing) func(wire.Envelope) []wire.Envelope{
		"false signature": func(*handing) func(wire.Envelope) []wire.Envelope {
			return Changing(func(m *wire.Listing) { m.Entries = nil })
		},
		"another set's": func(h *handing) func(wire.Envelope) []wire.Envelope {
			return h.listing(func(asked *wire.ListKeys, _ *wire.Listing) { asked.Set.Epoch = 2 })
		},
		"another page's": func(h *handing) func(wire.Envelope) []wire.Envelope {
			return h.listing(func(asked *wire.ListKeys, _ *wire.Listing) { asked.After.Key[0] = 1 })
		},
		"no listing": func(*handing) func(wire.Envelope) []wire.Envelope {
			return Answering[*wire.Listing](&wire.Held{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHanding(t)
			h.establish(h.Nodes...)
			know(h.made(KeyID(1)), h.old...)
			h.old[0].Mutate = lie(h)
			h.wantMissing(h.Nodes[4], map[string]string{"n1": "invalid answer"}, true)
			h.wantBlamed("n1")
		})
	}
}

// A listing goes on where its page before ended: who repeats itself would never end.
func TestListingThatRepeats(t *testing.T) {
	h := newHanding(t)
	h.establish(h.Nodes...)
	know(h.made(KeyID(1)), h.old...)
	var last wire.ListedKey
	pages := 0
	h.old[0].Mutate = h.listing(func(asked *wire.ListKeys, m *wire.Listing) {
		pages++
		asked.After, last = last, m.Entries[0]
		m.Entries, m.Last = []wire.ListedKey{{Key: KeyID(1), Origin: m.Entries[0].Origin}}, false
	})
	// Its member finds nothing after the entry, and the liar says the same again.
	repeat := h.old[0].Mutate
	h.old[0].Mutate = func(env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.Listing); ok && len(m.Entries) == 0 {
			m.Entries = []wire.ListedKey{last}
		}
		return repeat(env)
	}
	h.wantMissing(h.Nodes[4], map[string]string{"n1": "invalid answer"}, true)
	h.wantBlamed("n1")
	if pages != 2 {
		t.Errorf("%d pages", pages)
	}
}

// Who crashes while it gathers has what it has saved, and nothing is in of which a part was lost.
func TestGatheringCrash(t *testing.T) {
	saves := 0
	for save := 1; ; save++ {
		crashed := false
		for where := range 4 {
			h := newHanding(t)
			know(h.made(KeyID(1)), h.old[:3]...)
			bind(h.made(KeyID(2)), h.old[0], h.old[1])
			h.establish(h.Nodes...)
			n := h.Nodes[4]
			h.CrashAt(save, where)
			_, _, err := h.Gather(n)
			check(err)
			h.settle()
			crashed = crashed || h.Crashed()
			n.Up = true
			env := n.Env()
			if ready, _ := handover.Ready(&env); ready { // then all that it stands on is there
				h.wantMake(n, 1, wire.Busy)
				h.wantMake(n, 2, wire.Busy)
			}
			h.CrashAt(0, 0)
			h.wantMissing(n, map[string]string{}, true)
			h.wantMake(n, 1, wire.Busy)
			h.wantMake(n, 2, wire.Busy)
			h.wantMake(n, 3, 0)
		}
		if !crashed {
			break
		}
		saves++
	}
	if saves < 4 {
		t.Errorf("crashed in %d saves", saves)
	}
}

// What a set stands on goes into its own listings: two sets later the attempt is still known.
func TestListingsAreHandedOn(t *testing.T) {
	h := newHanding(t)
	attempted := h.made(KeyID(2))
	bind(attempted, h.old[0], h.old[1])
	h.establish(h.Nodes...)
	// A set of the three that have said nothing of it, and n1, who knows of it but is new there.
	third := h.set(h.sets.At(1), h.Nodes[2:])
	sets := session.NewSets(h.sets.At(0), h.sets.At(1), third)
	for _, n := range h.Nodes[2:] {
		h.gather(n)
	}
	h.Nodes[1].records = make(map[recordKey][]byte) // n2 has lost all it knew
	h.Nodes[1].Gap = true
	for _, n := range h.Nodes {
		n.Put(handover.Fence(sets)...)
		n.Given = sets
	}
	for _, n := range h.Nodes[2:] {
		missing, err := h.gather(n)
		if err != nil || fmt.Sprint(len(missing), missing["n2"] != "") != "1 true" {
			t.Fatalf("%v %v", missing, err)
		}
		h.wantMake(n, 2, wire.Busy)
		h.wantMake(n, 3, 0)
	}
}

// A member that does not itself stand on enough listings proves of nothing that it is free.
func TestListingOfWhoStandsOnNothing(t *testing.T) {
	h := newHanding(t)
	h.establish(h.Nodes...)
	sets := session.NewSets(h.sets.At(0), h.sets.At(1), h.set(h.sets.At(1), h.Nodes[1:4]))
	for _, n := range h.Nodes {
		n.Put(handover.Fence(sets)...)
		n.Given = sets
	}
	if _, err := h.gather(h.Nodes[3]); wire.ReasonOf(err) != wire.Unavailable {
		t.Fatalf("%v", err)
	}
	h.wantMake(h.Nodes[3], 3, wire.Busy)
}
