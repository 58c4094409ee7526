package service

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func numbered(i int) (id wire.KeyID) {
	id[0], id[1] = byte(i>>8), byte(i)
	return id
}

// TestGivenUpIsBounded: whatever one key server begins and leaves, what is kept of it is bounded, its worst is kept, and
// what is kept of another stays.
func TestGivenUpIsBounded(t *testing.T) {
	var tl givenUpTally
	quiet, loud := testNode(1), testNode(2)
	for range 3 {
		tl.add(quiet, numbered(7), attemptsGivenUp)
	}
	for range 4 {
		tl.add(loud, numbered(1), attemptsGivenUp)
	}
	const many = 5 * maxGivenUp
	for i := range many {
		tl.add(loud, numbered(100+i), attemptsGivenUp)
	}
	if got := len(tl.nodes[loud]); got != maxGivenUp {
		t.Errorf("%d keys are kept of one node, want %d", got, maxGivenUp)
	}
	if got := tl.nodes[quiet]; len(got) != 1 || got[0].count != 3 {
		t.Errorf("of another is kept %v", got)
	}
	g := tl.status()
	if g.Count != 3+4+many || g.Worst == nil || *g.Worst != (GivenUpMost{Node: loud, Key: numbered(1), Count: 4}) {
		t.Errorf("%+v, the worst %+v", g, g.Worst)
	}
	tl.add(loud, numbered(1), attemptsGivenUp) // which goes on counting
	if g := tl.status(); g.Worst.Count != 5 || len(tl.nodes[loud]) != maxGivenUp {
		t.Errorf("%+v, the worst %+v", g, g.Worst)
	}
	tl.add(loud, numbered(9999), attemptsGivenUp) // a new one is taken up
	if list := tl.nodes[loud]; list[len(list)-1] != (keyTally{numbered(9999), 1}) {
		t.Errorf("the newest is %v", list[len(list)-1])
	}
}

// leftAttempt is what a member has of an attempt at a key that its initiator has left after it was shown the key.
func leftAttempt(t *testing.T, c *sessiontest.Cluster, key wire.KeyID) session.Machine {
	var id wire.SessionID
	c.Spy = func(_ *sessiontest.Node, env wire.Envelope) {
		if env.Msg.Code() == wire.CodeInit {
			id = env.Session
		}
	}
	c.Generate(c.Nodes[0], c.NewClient("author"), key, 1)
	m := c.Nodes[1].Machine(id)
	for i := 0; m == nil || m.String() != "generation member: revealing"; i++ {
		if c.Steps(1); i > 10_000 {
			t.Fatalf("no dealing is shown: %v", m)
		}
		m = c.Nodes[1].Machine(id)
	}
	if eff := m.Step(session.Received{From: c.Nodes[0].ID(), Session: id, Msg: &wire.Refuse{Reason: wire.Cancelled}}); !eff.Done {
		t.Fatalf("goes on: %+v", eff)
	}
	return m
}

// TestGivenUpInStatus: what a peer has begun and left is counted by kind, node and key, also in the metrics, and is
// nobody's fault.
func TestGivenUpInStatus(t *testing.T) {
	s := newTestService()
	c := sessiontest.New(4, 1)
	peer := c.Nodes[0].ID()
	if g := s.givenUp.status(); g.Attempts != (GivenUp{}) || g.Openings != (GivenUp{}) {
		t.Fatalf("%+v before anything", g)
	}
	before := attemptsGivenUp.Snapshot().Count()
	end := func(kind wire.Kind, opener wire.NodeID, m session.Machine) {
		r := s.newRunner(kind, numbered(9), opener)
		r.machine = m
		r.end()
	}
	for i := range 3 {
		end(wire.KindGenerate, peer, leftAttempt(t, c, sessiontest.KeyID(i+2)))
	}
	end(wire.KindLookup, peer, documents.JoinLookup(session.Env{}, new(session.State), peer, sid(1)))
	end(wire.KindGenerate, peer, nil)
	g := s.givenUp.status()
	if g.Attempts.Count != 3 || g.Openings.Count != 0 || *g.Attempts.Worst != (GivenUpMost{peer, numbered(9), 3}) {
		t.Errorf("%+v, the worst %+v", g, g.Attempts.Worst)
	}
	if got := attemptsGivenUp.Snapshot().Count() - before; got != 3 {
		t.Errorf("the metric counts %d", got)
	}
	if count, last := s.faults.of(peer); count != 0 {
		t.Errorf("it is accused: %s", last)
	}
	text, err := json.Marshal(g)
	if err != nil || !strings.Contains(string(text), `"count":3`) || !strings.Contains(string(text), `"openings":{"count":0,"worst":null}`) {
		t.Errorf("%s, %v", text, err)
	}
}
