package sessiontest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A plan stands on what all nodes say that they hold, each under its signature.

// plan asks through n1 what all nodes hold, and gives why lists are missing that are.
func (w *world) plan() (keys []handover.PlannedKey, missing map[string]string) {
	w.t.Helper()
	m, run, err := w.Plan(w.Nodes[0], wire.KeyID{}, w.Nodes...)
	check(err)
	w.settle()
	if !run.Ended || run.Err != nil {
		w.t.Fatalf("%v, %v", m, run.Err)
	}
	missing = make(map[string]string)
	for node, why := range m.Missing() {
		missing[w.Name(node)] = why
	}
	keys, next := m.Keys()
	if next != nil {
		w.t.Fatal("goes on")
	}
	return keys, missing
}

func (w *world) wantPlan(want ...handover.PlannedKey) {
	w.t.Helper()
	keys, missing := w.plan()
	if !slices.Equal(keys, want) || len(missing) != 0 {
		w.t.Errorf("planned %+v, want %+v; missing %v", keys, want, missing)
	}
}

// unshare takes its share of a key from a node.
func unshare(n *Node, r *wire.KeyRecord) {
	delete(n.records, recordKey{wire.RecordShare, r.Setup.Key, r.Version()})
}

// Keys count that the planning node does not know, and shares that were lost do not.
func TestPlanning(t *testing.T) {
	w := newWorld(t, 4, 1)
	unknown := w.Deal(KeyID(9), 2, w.author, w.Nodes)
	w.Nodes[0].Miss(unknown)
	w.Nodes[0].Forget(wire.RecordKey, KeyID(9))
	unshare(w.Nodes[2], w.record)
	w.wantPlan(handover.PlannedKey{Key: w.key, Threshold: 1, Holders: 3, Sure: true}, handover.PlannedKey{Key: KeyID(9), Threshold: 2, Holders: 3, Sure: true})
	w.wantBlamed()

	w.Down(w.Nodes[1])
	w.Nodes[3].Mutate = Silent
	if keys, missing := w.plan(); !maps.Equal(missing, map[string]string{"n2": "not connected", "n4": "no answer"}) || keys[0].Holders != 1 || keys[1].Holders != 1 || keys[1].Sure {
		t.Errorf("%+v, missing %v", keys, missing)
	}
}

// listing has a node sign other entries than it has.
func listing(n *Node, change func(m *wire.ShareList)) {
	n.turned = true
	n.Mutate = func(env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.ShareList); ok {
			change(m)
			m.Signature = n.nodeKey.Sign(m.Digest(env.Session))
		}
		return []wire.Envelope{env}
	}
}

// One liar of four names a key that is none: that is not sure. It names a later sharing of a key, which is not believed; of two
// one is honest.
func TestPlanningWithALiar(t *testing.T) {
	w := newWorld(t, 4, 1)
	w.Nodes[0].Forget(wire.RecordKey, w.key)
	madeUp := KeyID(200)
	later := wire.ListedShare{Key: w.key, Version: wire.SessionID{9}, Slot: wire.Slot{Epoch: 7}, Threshold: 0, Held: true}
	lie := func(m *wire.ShareList) {
		m.Entries = []wire.ListedShare{later, {Key: madeUp, Version: wire.SessionID{8}, Threshold: 3}}
	}
	listing(w.Nodes[1], lie)
	w.wantPlan(handover.PlannedKey{Key: w.key, Threshold: 1, Holders: 2, Sure: true},
		handover.PlannedKey{Key: madeUp, Threshold: 3, Alone: w.Nodes[1].ID()})
	listing(w.Nodes[2], lie)
	w.wantPlan(handover.PlannedKey{Key: w.key, Holders: 2, Sure: true}, handover.PlannedKey{Key: madeUp, Threshold: 3, Sure: true})
	w.wantBlamed()
}

// What a node itself knows is sure, whatever the others say.
func TestPlanningStandsOnTheOwnStore(t *testing.T) {
	w := newWorld(t, 4, 1)
	for _, n := range w.Nodes[1:] {
		listing(n, func(m *wire.ShareList) { m.Entries = []wire.ListedShare{} })
	}
	w.wantPlan(handover.PlannedKey{Key: w.key, Threshold: 1, Holders: 1, Sure: true, Alone: w.Nodes[0].ID()})
}

func TestPlanningInvalid(t *testing.T) {
	for name, lie := range map[string]func(n *Node) func(wire.Envelope) []wire.Envelope{
		"false signature": func(*Node) func(wire.Envelope) []wire.Envelope {
			return Changing(func(m *wire.ShareList) { m.Last = !m.Last })
		},
		"of another session": func(n *Node) func(wire.Envelope) []wire.Envelope {
			return Changing(func(m *wire.ShareList) { m.Signature = n.nodeKey.Sign(m.Digest(wire.SessionID{1})) })
		},
		"unsigned": func(*Node) func(wire.Envelope) []wire.Envelope {
			return Answering[*wire.ShareList](&wire.Held{Bits: []byte{1}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 1)
			w.Nodes[1].Mutate = lie(w.Nodes[1])
			if keys, missing := w.plan(); missing["n2"] != "invalid answer" || keys[0].Holders != 3 {
				t.Errorf("%+v, %v", keys, missing)
			}
			w.wantBlamed("n2")
		})
	}
}

// Pages go on where the shortest of them ends, and one that begins before that is nobody's.
func TestPlanningInPages(t *testing.T) {
	w := newWorld(t, 4, 1)
	for i := range wire.MaxShareList + 3 {
		r := *w.record
		r.Setup.Key = wire.KeyID{1, byte(i >> 8), byte(i)}
		know(&r, w.Nodes[:2]...)
	}
	var after wire.KeyID
	all, pages := 0, 0
	for last := false; !last; pages++ {
		m, run, err := w.Plan(w.Nodes[0], after, w.Nodes...)
		check(err)
		w.settle()
		if run.Err != nil || len(m.Missing()) != 0 {
			t.Fatal(run.Err, m.Missing())
		}
		keys, next := m.Keys()
		all += len(keys)
		if last = next == nil; !last {
			after = *next
		}
		if pages == 0 {
			listing(w.Nodes[3], func(m *wire.ShareList) {
				m.Entries = []wire.ListedShare{{Key: wire.KeyID{0, 1}, Version: wire.SessionID{1}}}
			})
			m, _, err := w.Plan(w.Nodes[0], after, w.Nodes...)
			check(err)
			w.settle()
			if m.Missing()[w.Nodes[3].ID()] != "invalid answer" {
				t.Errorf("begins where the last one did not end: %v", m.Missing())
			}
			w.Nodes[3].Mutate = nil
		}
	}
	if all != wire.MaxShareList+4 || pages != 2 {
		t.Errorf("%d keys in %d pages", all, pages)
	}
}

// A member signs under no session id but that of its question.
func TestPlanningUnderAnotherID(t *testing.T) {
	w := newWorld(t, 4, 1)
	m, env := new(wire.ListShares), w.Nodes[1].Env()
	from := w.Nodes[0].ID()
	p := handover.JoinPlanning(env, env.Load, from, wire.SessionID{7}, m)
	eff := p.Step(session.Received{From: from, Session: p.ID(), Msg: m})
	if len(eff.Faults) != 1 || fmt.Sprintf("%T", eff.Send[0].Msg) != "*wire.Refuse" {
		t.Errorf("%+v", eff)
	}
}

// Who can't read one of its keys signs no list without it: the key would be taken for one that is not there.
func TestPlanningOfWhatCantBeRead(t *testing.T) {
	w := newWorld(t, 4, 1)
	damaged := func(key wire.KeyID) (*session.State, error) { return nil, errors.New("damaged") }
	m, env, from := new(wire.ListShares), w.Nodes[1].Env(), w.Nodes[0].ID()
	p := handover.JoinPlanning(env, damaged, from, m.Session(env.Cluster, from), m)
	eff := p.Step(session.Received{From: from, Session: p.ID(), Msg: m})
	if refused, ok := eff.Send[0].Msg.(*wire.Refuse); !ok || refused.Reason != wire.Database {
		t.Errorf("answers %+v", eff.Send[0].Msg)
	}
	env = w.Nodes[0].Env()
	own, err := handover.NewPlanning(env, damaged, w.Members(), wire.KeyID{})
	if err != nil {
		t.Fatal(err)
	}
	if eff := own.Step(session.Start{}); !eff.Done || wire.ReasonOf(eff.Err) != wire.Database || len(eff.Send) != 0 {
		t.Errorf("plans all the same: %+v", eff)
	}
}
