package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// givenUp counts the sessions of others at a node of which join.GivenUp tells, and how they were opened.
func (w *world) givenUp(at *Node) *[]wire.Code {
	found := new([]wire.Code)
	w.Ended = func(r *Run) {
		if by, ok := join.GivenUp(r.Machine); ok {
			if by != r.peer || len(r.Faults) > 0 {
				w.t.Errorf("%v at %s, by %s, with %d faults", r.Machine, r.Node.Name, w.Name(by), len(r.Faults))
			}
			if r.Node == at {
				*found = append(*found, r.opening.Code())
			}
		}
	}
	return found
}

// An attempt at a key counts when its initiator leaves it after this node's dealing was shown, in whatever way, or when
// another puts one in its place; and not when there is a key, when nothing was shown yet, or when it is this node that has
// it end.
func TestAttemptsGivenUp(t *testing.T) {
	type attempt struct {
		*world
		m  session.Machine // n2's
		id wire.SessionID
	}
	to := func(a *attempt) wire.NodeID { return a.Nodes[0].ID() }
	from := func(a *attempt, msg wire.Message) session.Effects {
		return a.m.Step(session.Received{From: to(a), Session: a.id, Msg: msg})
	}
	dismissed := func(a *attempt) session.Effects { return from(a, &wire.Refuse{Reason: wire.Cancelled}) }
	silence := func(a *attempt) (eff session.Effects) {
		for i := 0; i < patience && !eff.Done; i++ {
			eff = a.m.Step(session.Tick{})
		}
		return eff
	}
	for name, c := range map[string]struct {
		phase string
		end   func(a *attempt) session.Effects
		by    int // number of the node; 0: it does not count
	}{
		"begun again, nothing shown": {"committing", dismissed, 0},
		"begun again":                {"revealing", dismissed, 1},
		"begun again without a word": {"revealing", func(a *attempt) session.Effects { return a.m.Step(session.Yield{To: to(a)}) }, 1},
		"gone":                       {"revealing", func(a *attempt) session.Effects { return a.m.Step(session.PeerLost{Node: to(a)}) }, 1},
		"silent":                     {"revealing", silence, 1},
		"begun again, promised":      {"certifying", dismissed, 1},
		"silent, promised":           {"certifying", silence, 1},
		"begun again, certified":     {"certified", dismissed, 0},
		"another goes first": {"revealing", func(a *attempt) session.Effects {
			return a.m.Step(session.Yield{To: a.Nodes[2].ID()})
		}, 3},
		"another goes first, nothing shown": {"committing", func(a *attempt) session.Effects {
			return a.m.Step(session.Yield{To: a.Nodes[2].ID()})
		}, 0},
		"this node stops": {"revealing", func(a *attempt) session.Effects {
			return a.m.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "stopping")})
		}, 0},
		"another is gone, and the node stops": {"revealing", func(a *attempt) session.Effects {
			a.m.Step(session.PeerLost{Node: a.Nodes[2].ID()})
			return a.m.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "stopping")})
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := &attempt{world: newWorld(t, 4, 1)}
			a.Spy = func(from *Node, env wire.Envelope) {
				if env.Msg.Code() == wire.CodeInit {
					a.id = env.Session
				}
			}
			a.Generate(a.Nodes[0], a.author, KeyID(9), 1)
			for i := 0; a.m == nil || a.m.String() != "generation member: "+c.phase; i++ {
				if a.Steps(1); i > 10_000 {
					t.Fatalf("n2 does not come to it: %v", a.m)
				}
				a.m = a.Nodes[1].Machine(a.id)
			}
			if _, ok := join.GivenUp(a.m); ok {
				t.Fatal("while it lasts")
			}
			if eff := c.end(a); !eff.Done || len(eff.Faults) > 0 {
				t.Fatalf("ends with %+v", eff)
			}
			by, ok := join.GivenUp(a.m)
			if ok != (c.by > 0) || ok && by != a.Nodes[c.by-1].ID() {
				t.Errorf("given up: %t, by %s", ok, a.Name(by))
			}
		})
	}
}

// An initiator that begins again each time it has seen the key is counted at the others as often; the key that it takes
// in the end is not. Nobody is accused.
func TestInitiatorThatChooses(t *testing.T) {
	const tries = 5
	w := newWorld(t, 4, 1)
	w.author.Wallet = true // the others ask their chains first
	n1, n2 := w.Nodes[0], w.Nodes[1]
	found := w.givenUp(n2)
	seen := make(map[wire.SessionID]int) // dealings that n1 has been shown
	w.Spy = func(from *Node, env wire.Envelope) {
		if _, ok := env.Msg.(*wire.Reveal); ok && env.To == n1.ID() {
			seen[env.Session]++
		}
	}
	for i := range tries {
		o := w.Generate(n1, w.author, KeyID(9), 1)
		var id wire.SessionID
		for len(n1.runs) > 0 && seen[id] < 3 {
			id = n1.runs[0].Machine.ID()
			w.Steps(1)
		}
		if len(n1.runs) == 0 {
			t.Fatalf("attempt %d ends with %v", i, o)
		}
		w.Cancel(n1.runs[0])
		w.settle()
	}
	if o := w.Generate(n1, w.author, KeyID(9), 1); true {
		w.settle()
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	if len(*found) != tries {
		t.Errorf("%d of %d attempts are counted", len(*found), tries)
	}
	w.wantBlamed()
}

// A coordinator of ECDSA that has R opened and asks for no share is counted, and one that has its signature is not; nor
// is one that asks for nobody's nonce.
func TestOpeningsGivenUp(t *testing.T) {
	w := newWorld(t, 3, 1).readable()
	n1, n2 := w.Nodes[0], w.Nodes[1]
	found := w.givenUp(n2)
	w.sign(n1, wire.ECDSA, someHash(1))
	w.sign(n1, wire.Schnorr, someHash(1))
	if len(*found) != 0 {
		t.Fatalf("signatures that were made count %v", *found)
	}
	w.stock(n1, 4, 1, 2, 3)
	const tries = 4
	opened := 0
	w.Spy = func(from *Node, env wire.Envelope) {
		if _, ok := env.Msg.(*wire.Opened); ok && from == n2 {
			opened++
		}
	}
	for i := range tries {
		w.Signature(n1, w.alice, w.key, wire.ECDSA, someHash(1))
		for opened <= i && len(n1.runs) > 0 {
			w.Steps(1)
		}
		w.Cancel(n1.runs[0])
		w.settle()
	}
	if len(*found) != tries {
		t.Errorf("%d of %d openings are counted", len(*found), tries)
	}
	w.readable().Signature(n1, w.alice, w.key, wire.Schnorr, someHash(1))
	w.Steps(5)
	for _, r := range n1.runs {
		w.Cancel(r)
	}
	w.settle()
	if len(*found) != tries {
		t.Error("a nonce of Schnorr counts")
	}
	w.wantBlamed()
}
