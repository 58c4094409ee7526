package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Attacks on Parity's Secret Store, against ours. Those that fit into a table are there:
// garbage as partial decryption (TestRetrievalAdversary), the last speaker's choice of
// the key, anonymous failure (TestGenerationAdversary), replayed initialisation
// (TestInitAgainAfterCrash).

// A slave of Parity's answered every request of a session with one and the same nonce,
// and two answers gave its share away. Here each answer is blinded afresh, also when the
// same request comes twice, and a part of one set says nothing about one of another.
func TestParityOneNonceManyAnswers(t *testing.T) {
	w := newWorld(t, 5, 2).withDocument()
	evil, victim := w.Nodes[0], w.Nodes[1]
	seen := make(map[wire.Point]bool)
	ask := func(set []uint32) *wire.Retrieve {
		return &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
			Proof: w.alice.Proof(w.key), Shadow: true, Block: Block(evil.Head), Set: set}
	}
	for _, set := range [][]uint32{{1, 2, 3}, {1, 2, 3}, {1, 2, 4}, {2, 3, 5}, {1, 2, 3}} {
		m := ask(set)
		part, ok := w.ask(evil, victim, m, m.Session(w.ID, evil.ID())).(*wire.Partial)
		if !ok {
			t.Fatal("no part")
		}
		if mask := wire.Point(part.Part[64:128]); mask == (wire.Point{}) || seen[mask] {
			t.Fatalf("set %v: a mask is used again", set)
		} else {
			seen[mask] = true
		}
	}
}

// A master of Parity's chose the places of all nodes on the polynomial, and by zero or
// by two that are the same it got shares that were not its own. Here the place follows
// from the list of members, which has one order, and only key servers are in it: nobody
// deals for any other.
func TestParityChosenIndices(t *testing.T) {
	for name, change := range map[string]func(s *wire.Setup){
		"a member twice":       func(s *wire.Setup) { s.Members[2] = s.Members[3] },
		"out of order":         func(s *wire.Setup) { s.Members[1], s.Members[2] = s.Members[2], s.Members[1] },
		"zero as member":       func(s *wire.Setup) { s.Members[0] = wire.NodeID{} },
		"a stranger":           func(s *wire.Setup) { s.Members[3] = wire.NodeID{0xff, 1} },
		"another as initiator": func(s *wire.Setup) { s.Initiator = s.Members[2] },
		"threshold too high":   func(s *wire.Setup) { s.Threshold = 4 },
		"threshold of 2^32-1":  func(s *wire.Setup) { s.Threshold = 1<<32 - 1 },
		"too few members":      func(s *wire.Setup) { s.Members = s.Members[:2] },
		"nobody":               func(s *wire.Setup) { s.Members = nil },
		"a smaller set":        func(s *wire.Setup) { s.SetSize, s.Members = 2, s.Members[:2] },
		"another cluster":      func(s *wire.Setup) { s.Cluster[0] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 1)
			evil, victim := w.Nodes[0], w.Nodes[1]
			s := wire.Setup{Cluster: w.ID, Key: KeyID(9), Threshold: 1, SetSize: 4, Members: w.Members(), Initiator: evil.ID(), Proof: w.author.Proof(KeyID(9))}
			change(&s)
			w.Spy = func(from *Node, env wire.Envelope) {
				if from == victim && env.Msg.Code() != wire.CodeRefuse {
					t.Errorf("answers with %T", env.Msg)
				}
			}
			evil.Mutate = func(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env} }
			w.Inject(evil, wire.Envelope{To: victim.ID(), Session: s.Session(), Msg: &wire.Init{Setup: s}})
			w.settle()
			if len(victim.State(KeyID(9)).Dealt) > 0 {
				t.Error("has dealt")
			}
		})
	}
}

// A node that saw a requester's signature in shadow mode could ask for a plain retrieval
// with it. With a legacy proof it still can, unless the other operators forbid plain
// retrievals: then one honest node among the t+1 is enough to refuse.
func TestParityShadowProofForPlainRetrieval(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	stolen := &Client{Name: "alice's proof", Key: w.alice.Key}
	for _, n := range w.Nodes[2:] { // two of four refuse, so no three act
		n.Policy = &session.Policy{RefusePlain: true}
	}
	o := w.Retrieve(w.Nodes[0], stolen, w.key, false)
	w.settle()
	if o.Err == nil || o.Reason() != wire.Policy {
		t.Fatalf("%v", o)
	}
}
