package sessiontest

import (
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What is said too early or twice, by those whose word counts.

// A holder that has not been told what it is about does nothing, and blames nobody for what overtook that.
func TestBeforeTheOpening(t *testing.T) {
	for _, name := range []string{"retrieving", "signing"} {
		p, w := newMember(t, members[name])
		for _, msg := range []wire.Message{&wire.Supply{Record: w.record}, new(wire.Need), new(wire.Commitments), new(wire.Partial)} {
			idle(t, p.m, name, session.Received{From: w.Nodes[0].ID(), Session: p.id, Msg: msg})
		}
		p.open(t, w)
	}
}

// A holder with the certificate of another attempt, of which it does not know that it is the key, asks for the key that
// it is asked about; one that knows its key denies that there is another.
func TestHolderOfAnotherVersion(t *testing.T) {
	for _, confirmed := range []bool{false, true} {
		w := newWorld(t, 4, 2).withDocument()
		n1, n2 := w.Nodes[0], w.Nodes[1]
		other := w.another()
		if !confirmed {
			other = unconfirmed(other)
		}
		n2.Forget(wire.RecordKey, w.key)
		n2.Forget(wire.RecordShare, w.key)
		n2.Put(wire.NewRecord(wire.Put, wire.RecordKey, w.key, wire.SessionID{}, other))
		m := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
			Proof: w.alice.Proof(w.key), Shadow: true, Block: Block(1), Set: []uint32{1, 2, 3}}
		id := m.Session(w.ID, n1.ID())
		eff := gathering.JoinRetrieval(n2.Env(), n2.State(w.key), n1.ID(), id).Step(session.Received{From: n1.ID(), Session: id, Msg: m})
		want := wire.CodeNeed
		if confirmed {
			want = wire.CodeRefuse
		}
		if len(eff.Send) != 1 || eff.Send[0].Msg.Code() != want || eff.Ask != nil || len(eff.Faults) > 0 {
			t.Errorf("confirmed: %t: %+v", confirmed, eff)
		}
	}
}

// retrieving is a retrieval of n1 that has asked, with what the holders would answer.
type retrieving struct {
	*world
	m       *gathering.Retrieval
	sent    []wire.Envelope
	attempt wire.SessionID
}

func newAsking(t *testing.T, n, threshold int) *retrieving {
	return newAskingFor(t, n, threshold, true)
}

func newAskingFor(t *testing.T, n, threshold int, shadow bool) *retrieving {
	w := newWorld(t, n, threshold).withDocument()
	n1 := w.Nodes[0]
	m, err := gathering.NewRetrieval(n1.Env(), n1.State(w.key), w.record, n1.State(w.key).Document, w.alice.Proof(w.key), shadow)
	check(err)
	a := &retrieving{world: w, m: m}
	m.Step(session.Start{})
	a.sent = m.Step(yes).Send
	a.attempt = a.sent[0].Session
	return a
}

// part is what a holder that was asked answers.
func (a *retrieving) part(n *Node) wire.Message {
	a.t.Helper()
	for _, env := range a.sent {
		if env.To == n.ID() {
			p := gathering.JoinRetrieval(n.Env(), n.State(a.key), a.Nodes[0].ID(), env.Session)
			p.Step(session.Received{From: a.Nodes[0].ID(), Session: env.Session, Msg: env.Msg})
			return p.Step(yes).Send[0].Msg
		}
	}
	a.t.Fatalf("%s was not asked", n.Name)
	return nil
}

func (a *retrieving) hears(n *Node, msg wire.Message) session.Effects {
	eff := a.m.Step(session.Received{From: n.ID(), Session: a.attempt, Msg: msg})
	if len(eff.Send) > 0 {
		a.sent = eff.Send
	}
	return eff
}

// garbage is a part that the holder itself has spoilt.
func (a *retrieving) garbage(n *Node, m wire.Message) wire.Message {
	bad := *m.(*wire.Partial)
	bad.Part[190] ^= 1
	return SignPartial(n, a.attempt, &bad)
}

// Who has given its part has done its duty, and what else it says changes nothing.
func TestPartTwice(t *testing.T) {
	a := newAsking(t, 4, 2)
	n2, n3 := a.Nodes[1], a.Nodes[2]
	right, last := a.part(n2), a.part(n3)
	a.hears(n2, right)
	idle(t, a.m, "again", session.Received{From: n2.ID(), Session: a.attempt, Msg: right},
		session.Received{From: n2.ID(), Session: a.attempt, Msg: a.garbage(n2, right)})
	if eff := a.hears(n3, last); !eff.Done || eff.Err != nil || !slices.Equal(a.m.Result().Set, []uint32{1, 2, 3}) {
		t.Errorf("ends with %+v", eff)
	}
}

// Who has given a wrong part gives none any more.
func TestPartAfterAWrongOne(t *testing.T) {
	a := newAsking(t, 4, 2)
	n2 := a.Nodes[1]
	right, first := a.part(n2), a.attempt
	if eff := a.hears(n2, a.garbage(n2, right)); len(eff.Faults) != 1 || eff.Faults[0].Node != n2.ID() || len(eff.Send) == 0 {
		t.Fatalf("a wrong part: %+v", eff)
	}
	a.attempt = first
	idle(t, a.m, "again", session.Received{From: n2.ID(), Session: first, Msg: a.garbage(n2, right)},
		session.Received{From: n2.ID(), Session: first, Msg: right})
}

// What is missing is given to each holder once.
func TestSuppliesOnce(t *testing.T) {
	a := newAsking(t, 4, 2)
	need := &wire.Need{Record: true, Document: true}
	for _, n := range a.Nodes[1:3] {
		eff := a.hears(n, need)
		supply, ok := eff.Send[0].Msg.(*wire.Supply)
		if !ok || supply.Record == nil || supply.Document == nil || eff.Send[0].To != n.ID() {
			t.Errorf("supplies %+v", eff)
		}
		idle(t, a.m, "again", session.Received{From: n.ID(), Session: a.attempt, Msg: need})
	}
}

// A gathering that has begun does not begin again, takes no answers before it has asked, and does not lose itself.
func TestGatheringBegins(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	n1 := w.Nodes[0]
	m, err := gathering.NewRetrieval(n1.Env(), n1.State(w.key), w.record, n1.State(w.key).Document, w.alice.Proof(w.key), true)
	check(err)
	early := []session.Input{yes, session.Received{From: w.Nodes[1].ID(), Session: wire.SessionID{1}, Msg: &wire.Refuse{Reason: wire.Denied}},
		session.PeerLost{Node: n1.ID()}}
	idle(t, m, "before it begins", early...)
	if eff := m.Step(session.Start{}); eff.Ask == nil {
		t.Fatalf("begins with %+v", eff)
	}
	idle(t, m, "while it asks its own chain", append(early[1:], session.Start{})...)
	if eff := m.Step(yes); len(eff.Send) != 2 {
		t.Fatalf("asks with %+v", eff)
	}
	idle(t, m, "while it asks others", yes, session.Start{}, session.PeerLost{Node: n1.ID()})
	first := m.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "the client is gone")})
	if !first.Done || len(first.Send) != 2 {
		t.Fatalf("cancelled: %+v", first)
	}
	idle(t, m, "after the end", session.Cancel{Err: wire.Errorf(wire.Internal, "again")}, session.Tick{})
}

// The pair of a document that is no pair is not asked about.
func TestRetrievalOfNoPair(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	n1 := w.Nodes[0]
	for name, bend := range map[string]func(*wire.DocumentRecord){
		"common":    func(d *wire.DocumentRecord) { d.Common[9] ^= 1 },
		"encrypted": func(d *wire.DocumentRecord) { d.Encrypted[9] ^= 1 },
	} {
		d := *n1.State(w.key).Document
		bend(&d)
		if _, err := gathering.NewRetrieval(n1.Env(), n1.State(w.key), w.record, &d, w.alice.Proof(w.key), true); err == nil {
			t.Errorf("%s off the curve: begins", name)
		}
	}
}

// A part that is right and of the other mode is none: one that nobody can open, or one that nobody seals.
func TestPartOfTheOtherMode(t *testing.T) {
	for _, shadow := range []bool{true, false} {
		a := newAskingFor(t, 4, 2, shadow)
		n2 := a.Nodes[1]
		quorum, err := verify.KeyQuorum(a.record, []uint32{1, 2, 3}, 0)
		check(err)
		common, err := secp256k1.ParsePoint(a.doc.Common[:])
		check(err)
		var mask *threshold.Mask
		var sealed []byte
		if shadow {
			mask, err = quorum.NewMask(reader(1, 1))
			check(err)
		} else {
			sealed = []byte("something")
		}
		made, err := quorum.Partial(reader(1, 2), threshold.Index(2), n2.State(a.key).Share.Value, common, mask,
			threshold.NewContext("geth-ss/retrieval/v1", a.attempt[:], sealed))
		check(err)
		eff := a.hears(n2, SignPartial(n2, a.attempt, &wire.Partial{Part: made.Bytes(), Sealed: sealed}))
		if len(eff.Faults) != 1 || eff.Faults[0].Node != n2.ID() || eff.Faults[0].Evidence == nil {
			t.Errorf("shadow: %t: %+v", shadow, eff)
		}
	}
}

// What is said in the end by what the holders have said: a no is one that enough have said, silence is told apart from
// what can't be decided, and an own no is not blamed on others' settings.
func TestHowAReadEnds(t *testing.T) {
	strict := func(n *Node) { n.Policy = &session.Policy{RefuseLegacy: true, RefusePlain: true} }
	no := func(n *Node) { n.Oracle = Says(session.Refused) }
	blind := func(n *Node) { n.Blind = true }
	silent := func(n *Node) { n.Mutate = Silent }
	well := func(*Node) {}
	for name, c := range map[string]struct {
		threshold int
		nodes     [4]func(*Node)
		want      wire.Reason
	}{
		"an own no, and others who will not": {2, [4]func(*Node){no, strict, strict, strict}, wire.Unavailable},
		"a yes, and others who will not":     {2, [4]func(*Node){well, strict, strict, strict}, wire.Policy},
		"t+1 say no and one is silent":       {1, [4]func(*Node){well, no, no, silent}, wire.Denied},
		"t say no and the others are silent": {1, [4]func(*Node){well, no, silent, silent}, wire.Timeout},
		"one is blind and one silent":        {2, [4]func(*Node){well, blind, silent, well}, wire.Timeout},
		"two are blind":                      {2, [4]func(*Node){well, blind, blind, well}, wire.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, c.threshold).withDocument()
			for i, prepare := range c.nodes {
				prepare(w.Nodes[i])
			}
			w.Nodes[0].Policy = nil
			w.readFails(w.Nodes[0], true, c.want)
			w.wantBlamed()
		})
	}
}

// Whoever was asked and has not answered is told that its answer is not needed any more, and nobody else.
func TestNotNeededAnyMore(t *testing.T) {
	for _, name := range []string{"retrieving", "signing"} {
		b, w, sent := newBeginner(t, beginners[name])
		stopped := make(map[wire.NodeID]bool)
		for _, env := range b.m.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "the client is gone")}).Send {
			if env.Msg.Code() != wire.CodeRefuse || stopped[env.To] {
				t.Errorf("%s: sends %T to %s", name, env.Msg, w.Name(env.To))
			}
			stopped[env.To] = true
		}
		for _, env := range sent {
			if !stopped[env.To] {
				t.Errorf("%s: %s is not told", name, w.Name(env.To))
			}
			delete(stopped, env.To)
		}
		if len(stopped) > 0 {
			t.Errorf("%s: tells those that were not asked", name)
		}
	}
	a := newAsking(t, 4, 2)
	n2, n3 := a.Nodes[1], a.Nodes[2]
	a.hears(n2, a.part(n2))
	eff := a.m.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "the client is gone")})
	if len(eff.Send) != 1 || eff.Send[0].To != n3.ID() {
		t.Errorf("with the part of n2: %+v", eff)
	}
}

// Nor is who has said no, and who has done all that it was asked for.
func TestNotNeededAnyMoreAfterAnAnswer(t *testing.T) {
	for _, name := range []string{"retrieving", "signing"} {
		b, w, sent := newBeginner(t, beginners[name])
		no := sent[0].To
		b.m.Step(session.Received{From: no, Session: sent[0].Session, Msg: &wire.Refuse{Reason: wire.Denied}})
		eff := b.m.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "the client is gone")})
		if slices.ContainsFunc(eff.Send, func(env wire.Envelope) bool { return env.To == no }) {
			t.Errorf("%s: tells %s, which has said no", name, w.Name(no))
		}
	}
	w := newWorld(t, 4, 2).readable()
	shares := 0
	w.Nodes[2].Mutate = func(env wire.Envelope) []wire.Envelope {
		if env.Msg.Code() == wire.CodeSchnorrShare {
			return nil
		}
		return []wire.Envelope{env}
	}
	var told []string
	w.Spy = func(from *Node, env wire.Envelope) {
		switch {
		case env.Msg.Code() == wire.CodeSchnorrShare:
			shares++
		case env.Msg.Code() == wire.CodeRefuse && from == w.Nodes[0]:
			told = append(told, w.Name(env.To))
		}
	}
	o := w.Signature(w.Nodes[0], w.alice, w.key, wire.Schnorr, someHash(1))
	for i := 0; i < 200 && shares == 0; i++ {
		w.Steps(1)
	}
	w.Steps(3) // the share of n2 arrives
	if w.Cancel(o.Run); shares != 1 || w.ticks > 2 || !slices.Equal(told, []string{"n3"}) {
		t.Errorf("after %d shares and %d ticks: tells %v", shares, w.ticks, told)
	}
}

// The head is chased once: in the second round a holder that has seen a newer block says no.
func TestSecondNewerHead(t *testing.T) {
	a := newAsking(t, 4, 2)
	n2 := a.Nodes[1]
	if eff := a.hears(n2, &wire.NewerHead{Head: Block(5)}); eff.Ask == nil || eff.Ask.NotBefore != 5 {
		t.Fatalf("a newer block: %+v", eff)
	}
	a.sent = a.m.Step(session.Verdict{Answer: session.Granted, Block: Block(5), Head: Block(5)}).Send
	a.attempt = a.sent[len(a.sent)-1].Session
	if eff := a.hears(n2, &wire.NewerHead{Head: Block(9)}); eff.Ask != nil || eff.Done || len(eff.Faults) > 0 {
		t.Errorf("a still newer block: %+v", eff)
	}
}
