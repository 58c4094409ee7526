package sessiontest

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What comes twice, out of turn or from others to who asks or stands at the door.

func TestTwiceToWhoExplains(t *testing.T) {
	w := newWorld(t, 4, 1).withDocument()
	m, err := asking.NewExplaining(w.Nodes[0].Env(), w.Nodes[0].State(w.key), w.alice.Address())
	check(err)
	idle(t, m, "before the beginning", yes, session.Tick{}, session.PeerLost{Node: w.Nodes[1].ID()})
	if eff := m.Step(session.Start{}); eff.Ask == nil {
		t.Fatalf("%+v", eff)
	}
	idle(t, m, "a second beginning", session.Start{})
	sent := m.Step(yes).Send
	told := &wire.Explained{Answer: uint8(session.Granted), Block: Block(1), Head: Block(1), Holds: true}
	if eff := m.Step(session.Received{From: sent[0].To, Session: sent[0].Session, Msg: told}); eff.Done || len(eff.Faults) > 0 {
		t.Fatalf("%+v", eff)
	}
	idle(t, m, "a second answer", yes,
		session.Received{From: sent[0].To, Session: sent[0].Session, Msg: &wire.Explained{Answer: uint8(session.Granted), Block: Block(7)}},
		session.Received{From: sent[1].To, Session: wire.SessionID{9}, Msg: told})
	for range 5*session.TicksPerSecond - 1 {
		idle(t, m, "a while later", session.Tick{})
	}
	if eff := m.Step(session.Tick{}); !eff.Done || eff.Err != nil {
		t.Errorf("after its time: %+v", eff)
	}
	idle(t, m, "after the end", session.Start{}, yes, session.Tick{}, session.Received{From: sent[1].To, Session: sent[1].Session, Msg: told})
}

func TestTwiceToWhoAsksForHoldings(t *testing.T) {
	w := newWorld(t, 3, 1)
	m, err := asking.NewHoldings(w.Nodes[0].Env(), []wire.KeyVersion{{Key: w.key, Version: w.record.Version()}})
	check(err)
	idle(t, m, "before the beginning", session.Tick{}, session.PeerLost{Node: w.Nodes[1].ID()})
	m.Step(session.Start{})
	has, hasNot := &wire.Held{Bits: []byte{1}}, new(wire.Held)
	says := func(n int, msg wire.Message) session.Input {
		return session.Received{From: w.Nodes[n].ID(), Session: m.ID(), Msg: msg}
	}
	m.Step(says(1, has))
	idle(t, m, "a second answer", says(1, hasNot), says(1, new(wire.Known)), session.PeerLost{Node: w.Nodes[1].ID()}, session.Start{})
	if eff := m.Step(says(2, hasNot)); !eff.Done {
		t.Fatalf("%+v", eff)
	}
	idle(t, m, "after the end", says(1, hasNot), session.Tick{}, session.Start{}, session.Cancel{Err: errors.New("late")})
	if held, _ := m.Held(w.Nodes[1].ID()); held != has {
		t.Errorf("the first answer is %v", held)
	}
}

// doored is an author's store through n1 that stands at n2's door, whose own chain is asked first.
func doored(t *testing.T, load func(*Node) (*session.State, error)) (*world, session.Machine, *wire.Store) {
	w := newWorld(t, 4, 1)
	w.author.Wallet = true
	m := w.storeMessage(w.doc)
	m.Proof = w.proof(w.author, wire.OpStore, wire.StoreArguments(w.doc.Common, w.doc.Encrypted), w.key)
	from := w.Nodes[0].ID()
	p, err := join.Machine(w.Nodes[1].Env(), w.Nodes[1].Lend, func(wire.KeyID) (*session.State, error) { return load(w.Nodes[1]) }, from, m.Session(w.ID, from), m)
	check(err)
	if eff := p.Step(session.Received{From: from, Session: p.ID(), Msg: m}); eff.Ask == nil || !eff.Ask.RequesterOnly {
		t.Fatalf("%+v", eff)
	}
	return w, p, m
}

func TestAtTheDoor(t *testing.T) {
	loads := func(n *Node) (*session.State, error) { return n.State(KeyID(1)), nil }
	for name, c := range map[string]struct {
		in   func(w *world) session.Input
		want wire.Reason
		says bool
	}{
		"its coordinator is gone":  {func(w *world) session.Input { return session.PeerLost{Node: w.Nodes[0].ID()} }, wire.Disconnected, false},
		"its coordinator gives up": {func(w *world) session.Input { return refusal(w, 0) }, wire.Cancelled, false},
		"the chain says no":        {func(*world) session.Input { return session.Verdict{Answer: session.Refused} }, wire.BadRequester, true},
		"the chain says nothing":   {func(*world) session.Input { return session.Verdict{Answer: session.Unreadable} }, wire.Unavailable, true},
		"another session":          {func(*world) session.Input { return session.Yield{} }, wire.Busy, true},
		"the node stops":           {func(*world) session.Input { return session.Cancel{Err: wire.Errorf(wire.Internal, "stop")} }, wire.Internal, true},
	} {
		w, p, m := doored(t, loads)
		idle(t, p, name+", before", session.PeerLost{Node: w.Nodes[2].ID()}, session.Tick{}, refusal(w, 2))
		eff := p.Step(c.in(w))
		if !eff.Done || wire.ReasonOf(eff.Err) != c.want || (len(eff.Send) == 1) != c.says || len(eff.Save) > 0 {
			t.Errorf("%s: %+v", name, eff)
		}
		idle(t, p, name+", after", yes, session.Tick{}, session.Received{From: w.Nodes[0].ID(), Session: p.ID(), Msg: m}, session.Yield{})
	}
	w, p, _ := doored(t, loads)
	var eff session.Effects
	ticks := 0
	for ; !eff.Done && ticks < 10*session.TicksPerSecond; ticks++ {
		eff = p.Step(session.Tick{})
	}
	if ticks != 5*session.TicksPerSecond || wire.ReasonOf(eff.Err) != wire.Timeout {
		t.Errorf("after %d ticks: %+v", ticks, eff)
	}
	_, p, _ = doored(t, loads)
	if eff := p.Step(yes); len(eff.Send) != 1 || eff.Send[0].Msg.Code() != wire.CodeStorePromise || eff.Send[0].To != w.Nodes[0].ID() {
		t.Errorf("admitted: %+v", eff)
	}
}

// refusal is what a node says that needs no answer any more.
func refusal(w *world, n int) session.Input {
	return session.Received{From: w.Nodes[n].ID(), Msg: &wire.Refuse{Reason: wire.Cancelled}}
}

// A node that can't read its store any more refuses who is confirmed.
func TestAdmittedToABrokenDisk(t *testing.T) {
	reads := 0
	_, p, _ := doored(t, func(n *Node) (*session.State, error) {
		if reads++; reads > 1 {
			return nil, wire.Errorf(wire.Internal, "the disk is broken")
		}
		return n.State(KeyID(1)), nil
	})
	if eff := p.Step(yes); !eff.Done || wire.ReasonOf(eff.Err) != wire.Internal || len(eff.Save) > 0 || len(eff.Send) != 1 || eff.Send[0].Msg.Code() != wire.CodeRefuse {
		t.Errorf("%+v", eff)
	}
}

// Who asks under another's name is told nothing of what is held.
func TestHoldingsAreToldOnce(t *testing.T) {
	w := newWorld(t, 4, 1)
	from := w.Nodes[0].ID()
	load := func(key wire.KeyID) (*session.State, error) { return w.Nodes[1].State(key), nil }
	ask := &wire.Holdings{Keys: []wire.KeyVersion{{Key: w.key, Version: w.record.Version()}}}
	m := asking.JoinHoldings(load, from, ask.Session(w.ID, from), ask)
	in := session.Received{From: from, Session: m.ID(), Msg: ask}
	if eff := m.Step(in); !eff.Done || len(eff.Send) != 1 {
		t.Fatalf("%+v", eff)
	}
	idle(t, m, "after the end", in, session.Tick{}, session.Cancel{Err: errors.New("late")})
}
