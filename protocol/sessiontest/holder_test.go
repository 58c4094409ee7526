package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A holder signs a no about the block that it was asked about and no other: what it says of
// another is no receipt.
func TestReceiptOfADenialIsAboutItsBlock(t *testing.T) {
	for _, block := range []uint64{1, 2} {
		p, w := newMember(t, members["retrieving"])
		p.open(t, w)
		eff := p.m.Step(session.Verdict{Answer: session.Refused, Block: Block(block), Head: Block(2)})
		refuse, ok := eff.Send[0].Msg.(*wire.Refuse)
		if !ok || refuse.Reason != wire.Denied {
			t.Fatalf("answers with %T", eff.Send[0].Msg)
		}
		if signed := refuse.Receipt != (wire.Signature{}); signed != (block == 1) {
			t.Errorf("asked about block 1, denies at block %d, signed: %t", block, signed)
		}
	}
}

// Nobody tells of an access that it has not decided about.
func TestAccessesThatWereNotDecided(t *testing.T) {
	for _, name := range []string{"retrieving", "retrieving many", "signing"} {
		for verdict, want := range map[session.Answer]int{session.Granted: 1, session.Refused: 1, session.Newer: 0, session.Unreadable: 0} {
			p, w := newMember(t, members[name])
			told := p.m.(session.Decider)
			if len(told.Accesses()) != 0 {
				t.Errorf("%s: tells of an access before it is asked", name)
			}
			p.open(t, w)
			if len(told.Accesses()) != 0 {
				t.Errorf("%s: tells of an access before its chain was read", name)
			}
			v := session.Verdict{Answer: verdict, Block: Block(1), Head: Block(1)}
			v.Each = []session.Verdict{v}
			if p.m.Step(v); len(told.Accesses()) != want {
				t.Errorf("%s, %v: tells of %+v", name, verdict, told.Accesses())
			}
		}
		p, w := newMember(t, members[name]) // of a request that was none
		switch m := p.opening.(type) {
		case *wire.Retrieve:
			m.Proof.Data = nil
			p.id = m.Session(w.ID, w.Nodes[0].ID())
			p.m = gathering.JoinRetrieval(w.Nodes[1].Env(), w.Nodes[1].State(w.key), w.Nodes[0].ID(), p.id)
		case *wire.RetrieveMany:
			m.Proof.Data = nil
			p.id = m.Session(w.ID, w.Nodes[0].ID())
			p.m = gathering.JoinBatch(w.Nodes[1].Env(), w.Nodes[0].ID(), p.id)
		case *wire.Sign:
			m.Proof.Data = nil
			p.id = m.Session(w.ID, w.Nodes[0].ID())
			p.m = gathering.JoinSigning(w.Nodes[1].Env(), w.Nodes[1].Lend, w.Nodes[1].State(w.key), w.Nodes[0].ID(), p.id)
		}
		eff := p.m.Step(session.Received{From: w.Nodes[0].ID(), Session: p.id, Msg: p.opening})
		if eff.Ask != nil || !eff.Done || len(p.m.(session.Decider).Accesses()) != 0 {
			t.Errorf("%s: a request of nobody: %+v", name, eff)
		}
	}
}

// Only key servers take part, and only for key servers.
func TestJoinIsForKeyServers(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	n1, n2, m := w.Nodes[0], w.Nodes[1], &wire.LookUp{Key: w.key}
	stranger := newNode(w.Cluster, privateKey(77, 77)).ID()
	load := func(key wire.KeyID) (*session.State, error) { return n2.State(key), nil }
	for name, c := range map[string]struct {
		from wire.NodeID
		set  []wire.NodeID
		want wire.Reason
	}{
		"key servers":    {n1.ID(), w.Members(), 0},
		"a stranger":     {stranger, w.Members(), wire.NotMember},
		"none any more":  {n1.ID(), []wire.NodeID{n1.ID()}, wire.NotMember},
		"its only other": {n1.ID(), []wire.NodeID{n1.ID(), n2.ID()}, 0},
	} {
		env := n2.Env()
		env.Set = c.set
		for _, opening := range []wire.Opening{m, &wire.Deal{}, &wire.Holdings{Keys: make([]wire.KeyVersion, 1)}} {
			joined, err := join.Machine(env, n2.Lend, load, c.from, wire.SessionID{1}, opening)
			if (joined == nil) != (c.want != 0) || err != nil && wire.ReasonOf(err) != c.want {
				t.Errorf("%s, %T: %v", name, opening, err)
			}
		}
	}
	env := n1.Env() // nor does who is none begin a key
	env.Set = w.Members()[1:]
	if _, err := generation.New(env, n1.State(KeyID(9)), KeyID(9), 1, w.author.Proof(KeyID(9))); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("begins a generation: %v", err)
	}
	if _, err := generation.New(n1.Env(), n1.State(KeyID(9)), KeyID(9), 4, w.author.Proof(KeyID(9))); wire.ReasonOf(err) != wire.Threshold {
		t.Errorf("begins a generation with too high a threshold: %v", err)
	}
}

// Parity's signature is over one key id: it asks for no other.
func TestLegacyProofOfABatch(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	n := w.Nodes[0]
	if _, err := gathering.NewBatch(n.Env(), []*session.State{n.State(w.key)}, w.alice.Proof(w.key)); wire.ReasonOf(err) != wire.BadRequester {
		t.Errorf("begins a batch: %v", err)
	}
	if _, err := session.OpenMany(&session.Env{Policy: session.Policy{RefusePlain: true}}, []wire.KeyID{w.key, KeyID(2)}, w.alice.Proof(w.key)); wire.ReasonOf(err) != wire.BadRequester {
		t.Errorf("is taken for a batch: %v", err)
	}
}

// One that forgets does not say that there is no such key.
func TestTellingWhatIsKnown(t *testing.T) {
	w := newWorld(t, 4, 2)
	n1, n2 := w.Nodes[0], w.Nodes[1]
	gap := n2.Env()
	gap.Gap = true
	for name, c := range map[string]struct {
		env  session.Env
		key  wire.KeyID
		want wire.Code
	}{
		"known":                     {n2.Env(), w.key, wire.CodeKnown},
		"unknown":                   {n2.Env(), KeyID(9), wire.CodeKnown},
		"known to one that forgets": {gap, w.key, wire.CodeKnown},
		"unknown to that":           {gap, KeyID(9), wire.CodeRefuse},
	} {
		m := &wire.LookUp{Key: c.key}
		id := m.Session(w.ID, n1.ID())
		eff := documents.JoinLookup(c.env, n2.State(c.key), n1.ID(), id).Step(session.Received{From: n1.ID(), Session: id, Msg: m})
		if len(eff.Send) != 1 || eff.Send[0].Msg.Code() != c.want || len(eff.Faults) > 0 {
			t.Errorf("%s: %+v", name, eff)
		}
	}
}

// The coordinator of a dealing believes neither an accuser nor a dealer: it judges, and names who
// lies with evidence of its own.
func TestComplaintsToTheCoordinator(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *wire.Complaint, n3 *Node, id wire.SessionID)
		blamed string
		proof  bool
	}{
		"right": {func(*wire.Complaint, *Node, wire.SessionID) {}, "n2", true},
		"in another's name": {func(c *wire.Complaint, n3 *Node, id wire.SessionID) {
			c.Index = 1
			c.Signature = n3.nodeKey.Sign(c.Digest(id))
		}, "n3", false},
		"with no signature": {func(c *wire.Complaint, _ *Node, _ wire.SessionID) { c.Signature[9] ^= 1 }, "n3", false},
		"about nobody": {func(c *wire.Complaint, n3 *Node, id wire.SessionID) {
			c.Accused.Index = 0
			c.Signature = n3.nodeKey.Sign(c.Digest(id))
		}, "n3", false},
		"with another's proof": {func(c *wire.Complaint, n3 *Node, id wire.SessionID) {
			c.Opening[100] ^= 1
			c.Signature = n3.nodeKey.Sign(c.Digest(id))
		}, "n3", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 1).readable()
			n1, n2, n3 := w.Nodes[0], w.Nodes[1], w.Nodes[2]
			bad := badShare(w, n2)
			n2.Mutate = func(env wire.Envelope) []wire.Envelope {
				switch env.Msg.Code() {
				case wire.CodeCommit:
					return []wire.Envelope{env}
				case wire.CodeReveal:
					return bad(env)
				}
				return nil // n2's own machine does not know what it has dealt
			}
			var id wire.SessionID
			n3.Mutate = Changing(func(m *wire.Complaint) { c.change(m, n3, id) })
			m, err := items.NewDealing(n1.Env(), n1.Lend, items.GroupOf(w.record), []uint32{1, 2, 3}, 1)
			check(err)
			id = m.ID()
			r := w.Begin(n1, wire.KindDeal, wire.KeyID{}, m, nil)
			w.settle()
			if len(r.Faults) != 1 || w.Name(r.Faults[0].Node) != c.blamed || (r.Faults[0].Evidence != nil) != c.proof || m.Items() != nil {
				t.Errorf("blames %+v", r.Faults)
			}
		})
	}
}

// badShare has a node deal a bad share to n3, as it travels.
func badShare(w *world, n *Node) func(wire.Envelope) []wire.Envelope {
	sealedTo3 := sealed(func(to, slot int, v *secp256k1.Scalar) {
		if to == 2 && slot == 9 {
			plusOne(v)
		}
	})
	sealedTo3(w, n)
	return n.Mutate
}
