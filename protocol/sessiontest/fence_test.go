package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// putFence writes the fence past all machines: they know of no other set.
func (h *handing) putFence(n *Node) { n.Put(handover.Fence(h.sets)...) }

// A member that fences while a key is being made signs its transcript no more, and lists nothing of it.
func TestFenceInAGeneration(t *testing.T) {
	h := newHanding(t)
	for _, n := range h.Nodes {
		n.List = h.sets.At(0).Members // n5 is not there yet
	}
	h.Spy = func(from *Node, env wire.Envelope) {
		switch env.Msg.(type) {
		case *wire.Reveal:
			h.putFence(from)
		case *wire.Certify:
			t.Errorf("%s signs a transcript behind its fence", from.Name)
		}
	}
	o := h.Generate(h.old[0], h.author, KeyID(5), 1)
	h.settle()
	if !o.Done || o.Err == nil {
		t.Fatalf("%v", o)
	}
	for _, n := range h.old {
		if names := n.State(KeyID(5)).Named(); len(names) != 0 {
			t.Errorf("%s is bound to %v", n.Name, names)
		}
	}
	h.Spy = nil
	h.wantBlamed()
}

// Who has signed before its fence completes the key behind it, and lists it.
func TestFenceAfterThePromise(t *testing.T) {
	h := newHanding(t)
	for _, n := range h.Nodes {
		n.List = h.sets.At(0).Members
	}
	fenced := make(map[*Node]bool)
	h.Spy = func(from *Node, env wire.Envelope) {
		if _, ok := env.Msg.(*wire.Certify); ok && !fenced[from] && from.State(KeyID(5)).Attempt != nil {
			fenced[from] = true
			h.putFence(from)
			if len(from.State(KeyID(5)).Named()) != 1 {
				t.Errorf("%s does not list what it has signed", from.Name)
			}
		}
	}
	o := h.Generate(h.old[0], h.author, KeyID(5), 1)
	h.settle()
	if o.Err != nil || o.Record == nil || len(fenced) == 0 {
		t.Fatalf("%v; %d fenced", o, len(fenced))
	}
}

// Behind its fence a member votes for completing what it has given its word for before, and nothing else: its listing has
// not named the rest. It votes for abandoning, and then can't be brought to complete after all.
func TestFenceAndVotes(t *testing.T) {
	for name, c := range map[string]struct {
		bound, fence, late bool
		taken              bool
	}{
		"without a fence":                    {taken: true},
		"bound before":                       {bound: true, fence: true, taken: true},
		"not bound":                          {fence: true},
		"the fence comes while it is voting": {late: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHanding(t)
			n, r := h.old[3], unconfirmed(h.made(KeyID(2)))
			if c.bound {
				bind(r, n)
			}
			if c.fence {
				h.putFence(n)
			}
			env := n.Env()
			batch, vote, err := n.State(KeyID(2)).AnswerPoll(&env, &wire.Poll{Setup: r.Setup, Ask: &wire.Motion{Complete: true}, Record: r})
			if err != nil || vote.Cast == nil {
				t.Fatalf("%v, %v", vote, err)
			}
			if c.late {
				h.putFence(n)
			}
			if err := n.save(batch); (err == nil) != c.taken {
				t.Errorf("saved: %v", err)
			}
		})
	}

	h := newHanding(t)
	n, r := h.old[3], unconfirmed(h.made(KeyID(2)))
	h.putFence(n)
	env := n.Env()
	against := new(wire.Motion)
	batch, _, err := n.State(KeyID(2)).AnswerPoll(&env, &wire.Poll{Setup: r.Setup, Ask: against})
	if err != nil || n.save(batch) != nil {
		t.Fatalf("a vote for abandoning behind the fence: %v", err)
	}
	again := &wire.Motion{Ballot: 2, Complete: true}
	for _, m := range h.old[:3] {
		again.Grounds = append(again.Grounds, wire.NodeSign{Node: m.ID(), Signature: m.nodeKey.Sign(wire.VoteDigest(r.Version(), 1, true))})
	}
	batch, vote, err := n.State(KeyID(2)).AnswerPoll(&env, &wire.Poll{Setup: r.Setup, Ask: again, Record: r})
	if err != nil || !vote.Cast.Complete {
		t.Fatalf("the motion is refused: %v, %v", vote, err)
	}
	if n.save(batch) == nil {
		t.Error("completes behind its fence what it had abandoned there")
	}
}

// A redistribution of the former epoch is superseded by any later one: no fence stands in its way.
func TestNoFenceForMoves(t *testing.T) {
	s := wire.Setup{Set: &wire.SetRef{Epoch: 3}}
	if got := session.Unfenced(&s); len(got) != 1 || got[0].Op != wire.Absent || got[0].Session != wire.EpochName(3) {
		t.Errorf("%+v", got)
	}
	s.Move = new(wire.Move)
	if got := session.Unfenced(&s); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
