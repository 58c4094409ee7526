package generation_test

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// An initiator that turns to an earlier attempt lets go of what it has drawn for its own at once, not when it is done with that.
func TestOneTimeKeyIsGoneWhileResolving(t *testing.T) {
	for _, phase := range []string{"committing", "revealing"} {
		g := newGenerating(t, 4, 3)
		r := record(t, g.Cluster)
		o := g.Generate(g.Nodes[0], g.author, g.key, 1)
		g.until(g.Nodes[0], o, phase)
		earlier := g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)
		drawn := r.drawn[g.Nodes[0]]
		if len(drawn) != 1 || drawn[0].gone() {
			t.Fatalf("while %s: %d drawn", phase, len(drawn))
		}
		machine := o.Run.Machine.(*generation.Coordinator)
		machine.Step(session.Received{From: g.Nodes[2].ID(), Session: machine.ID(), Msg: &wire.Conflict{Setup: earlier.Setup}})
		if got := machine.String(); got != "generation: resolving earlier attempts" {
			t.Fatalf("while %s: %s", phase, got)
		}
		if !drawn[0].gone() {
			t.Errorf("while %s: it still holds what it has drawn", phase)
		}
	}
}

// So does one that stands back for another's.
func TestOneTimeKeyIsGoneWhilePausing(t *testing.T) {
	g := newGenerating(t, 4, 3)
	r := record(t, g.Cluster)
	o := g.Generate(g.Nodes[0], g.author, g.key, 1)
	g.until(g.Nodes[0], o, "committing")
	machine := o.Run.Machine.(*generation.Coordinator)
	machine.Step(session.Yield{})
	if got := machine.String(); got != "generation: pausing" {
		t.Fatal(got)
	}
	if drawn := r.drawn[g.Nodes[0]]; len(drawn) != 1 || !drawn[0].gone() {
		t.Errorf("it still holds what it has drawn, of %d", len(drawn))
	}
}

// Items are dealt to those whom one may deal to, the most responsive first.
func TestSignersOf(t *testing.T) {
	c := sessiontest.New(5, 1)
	record := c.Deal(sessiontest.KeyID(1), 1, c.NewClient("author"), c.Nodes)
	env := c.Nodes[1].Env()
	id := func(i int) wire.NodeID { return c.Nodes[i].ID() }
	for name, w := range map[string]struct {
		connected, older []wire.NodeID
		want             []uint32
	}{
		"enough":                {[]wire.NodeID{id(4), id(3), id(0)}, nil, []uint32{2, 4, 5}},
		"too few":               {[]wire.NodeID{id(4)}, nil, nil},
		"one of before":         {[]wire.NodeID{id(4), id(3), id(0)}, []wire.NodeID{id(4)}, []uint32{1, 2, 4}},
		"too few but of before": {[]wire.NodeID{id(4), id(3)}, []wire.NodeID{id(3)}, nil},
		"a stranger":            {[]wire.NodeID{{0xff}, id(4)}, nil, nil},
	} {
		env.Connected, env.Older = w.connected, w.older
		got := items.SignersOf(&env, items.GroupOf(record))
		if len(got) != len(w.want) {
			t.Errorf("%s: %d", name, got)
			continue
		}
		for i := range got {
			if got[i] != w.want[i] {
				t.Errorf("%s: %d", name, got)
			}
		}
	}
}
