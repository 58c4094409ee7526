package handover_test

import (
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// instead answers with something else where a node would say M.
func instead[M wire.Message](say func(M) []wire.Message) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) (all []wire.Envelope) {
		m, ok := env.Msg.(M)
		if !ok {
			return []wire.Envelope{env}
		}
		for _, msg := range say(m) {
			all = append(all, wire.Envelope{To: env.To, Session: env.Session, Msg: msg})
		}
		return all
	}
}

// One member tells a coordinator what is false, or too early: it is blamed, its word counts for nothing, and the others decide. The
// last two of the honest members' word is needed then.
func TestLiesToTheCoordinator(t *testing.T) {
	one := func(m wire.Message) []wire.Message { return []wire.Message{m} }
	good := recorded(t, 1, 1, 2, 3, 4, 5)
	falseLink := good.established.Link
	falseLink.Decided.Votes = falseLink.Decided.Votes[1:]
	falseAttempt := *good.attempt()
	falseAttempt.Signature[3] ^= 1
	for name, c := range map[string]struct {
		liar int
		tell func(s *sets) func(wire.Envelope) []wire.Envelope
	}{
		"a false vote": {2, func(*sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(*wire.SetAck) []wire.Message { return one(new(wire.SetAck)) })
		}},
		"a vote before there is a certificate": {2, func(s *sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(m *wire.SetBound) []wire.Message {
				return []wire.Message{m, &wire.SetAck{Signature: s.Nodes[1].NodeKey().Sign(wire.VoteDigest(good.attempt().ID(), 0, true))}}
			})
		}},
		"a vote of who is no member of the parent": {5, func(s *sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(m *wire.Ready) []wire.Message { return []wire.Message{m, new(wire.SetAck)} })
		}},
		"a false binding": {2, func(*sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(*wire.SetBound) []wire.Message { return one(new(wire.SetBound)) })
		}},
		"a binding before there is an attempt": {2, func(*sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(m *wire.Ready) []wire.Message { return []wire.Message{m, new(wire.SetBound)} })
		}},
		"somebody else's readiness": {2, func(s *sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(m *wire.Ready) []wire.Message {
				i := slices.IndexFunc(good.attempted.Ready, func(r wire.Readiness) bool { return r.Node == s.Nodes[2].ID() })
				return one(&wire.Ready{Readiness: good.attempted.Ready[i]})
			})
		}},
		"a false readiness": {2, func(*sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(m *wire.Ready) []wire.Message {
				r := m.Readiness
				r.Proof[3] ^= 1
				return one(&wire.Ready{Readiness: r})
			})
		}},
		"an attempt that nobody has signed": {2, func(*sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(*wire.SetBound) []wire.Message { return one(&wire.SetConflict{Attempt: falseAttempt}) })
		}},
		"bound to two": {2, func(*sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(m *wire.SetBound) []wire.Message {
				return []wire.Message{m, &wire.SetConflict{Attempt: *good.attempt()}}
			})
		}},
		"a false link": {2, func(*sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(*wire.SetBound) []wire.Message { return one(&wire.Established{Link: falseLink}) })
		}},
		"something else": {2, func(*sets) func(wire.Envelope) []wire.Envelope {
			return instead(func(*wire.SetBound) []wire.Message { return one(new(wire.SetVote)) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSets(t)
			liar := s.Nodes[c.liar-1]
			liar.Mutate = c.tell(s)
			d := s.begin(1, s.order(s.First, 1, 1, 2, 3, 4, 5))
			s.settle()
			link := s.wantsDone(d)
			for _, v := range link.Decided.Votes {
				if !v.Node.Signed(wire.VoteDigest(link.Attempt.ID(), 0, true), &v.Signature) {
					t.Errorf("%s's false vote counts", s.Name(v.Node))
				}
			}
			s.knows(1, 1, 3, 4)
			if blamed := s.Blamed(); !slices.Equal(blamed, []string{liar.Name}) {
				t.Errorf("blamed are %v", blamed)
			}
		})
	}
}

// Who joins has no vote on the set that it joins.
func TestJoiningMemberHasNoVote(t *testing.T) {
	s := newSets(t)
	for _, n := range s.Nodes[1:4] {
		n.Mutate = withhold("SetAck")
	}
	d := s.begin(1, s.order(s.First, 1, 1, 2, 3, 4, 5))
	n1, n5, proposal := s.Nodes[0].Env(), s.Nodes[4], wire.SessionID{}
	s.Spy = func(from *sessiontest.Node, env wire.Envelope) {
		if _, certified := env.Msg.(*wire.Certified); certified {
			proposal = env.Session
		}
	}
	for i := 0; proposal == (wire.SessionID{}); i++ {
		if s.Steps(1); i > 2000 {
			t.Fatal("there is no certificate")
		}
	}
	held, err := handover.Held(&n1)
	if err != nil || held == nil {
		t.Fatal(err)
	}
	vote := &wire.SetAck{Signature: n5.NodeKey().Sign(wire.VoteDigest(held.ID(), 0, true))}
	if eff := d.m.Step(session.Received{From: n5.ID(), Session: proposal, Msg: vote}); len(eff.Faults) != 1 || eff.Faults[0].Node != n5.ID() {
		t.Errorf("%+v", eff)
	}
}

// What false answers to a cancelled order say counts for nothing.
func TestLiesToACancel(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	forged := r.established.Link
	forged.Decided.Votes = forged.Decided.Votes[1:]
	held := *r.attempt()
	held.Signature[3] ^= 1
	for name, lie := range map[string]wire.Message{
		"a forged link":                     &wire.SetVote{Link: &forged},
		"an attempt that nobody has signed": &wire.SetVote{Held: &held},
		"something else":                    new(wire.SetAck),
	} {
		m := newMember(t, 1, r)
		o := r.propose.Attempt.Order
		c := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: o.Chain, Cluster: o.Cluster, Epoch: o.Epoch, Parent: o.Parent, Nonce: o.Nonce}}
		c.Signatures = signAdmin(c.Cancel.Digest(), m.admins[:2]...)
		s, err := handover.NewCancelling(m.node.Env(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		asked := s.Step(session.Start{})
		var eff session.Effects
		for _, env := range asked.Send {
			eff.Add(s.Step(session.Received{From: env.To, Session: env.Session, Msg: lie}))
		}
		if len(eff.Faults) != len(asked.Send) || s.Link() != nil || !eff.Done || eff.Err == nil {
			t.Errorf("%s: %d faults of %d, ends with %v", name, len(eff.Faults), len(asked.Send), eff.Err)
		}
	}
	m := newMember(t, 1, r)
	other := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: sessiontest.ChainID + 1, Cluster: m.ID, Epoch: 1, Parent: m.First.Hash()}}
	other.Signatures = signAdmin(other.Cancel.Digest(), m.admins[:2]...)
	if _, err := handover.NewCancelling(m.node.Env(), other, nil); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("an order of another chain: %v", err)
	}
	out := newMember(t, 5, r)
	if _, err := handover.NewSettling(out.node.Env(), r.attempt()); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("n5, which is no member: %v", err)
	}
	false := *r.attempt()
	false.Signature[3] ^= 1
	if _, err := handover.NewSettling(m.node.Env(), &false); wire.ReasonOf(err) != wire.InvalidMessage {
		t.Errorf("an attempt that nobody has signed: %v", err)
	}
}

// A node that may have forgotten what it said notes no cancelled order, of which there is room for so many.
func TestCancelsAreGuarded(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	m := newMember(t, 2, r)
	cancel := func(nonce int) session.Effects {
		c := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: sessiontest.ChainID, Cluster: m.ID, Epoch: 1, Parent: m.First.Hash(),
			Nonce: common.Hash{1, byte(nonce >> 8), byte(nonce)}}}
		c.Signatures = signAdmin(c.Cancel.Digest(), m.admins[:2]...)
		_, eff := m.polled(&wire.SetPoll{Epoch: 1, Cancel: c})
		return eff
	}
	m.node.Gap = true
	if eff := cancel(0); wire.ReasonOf(eff.Err) != wire.Unavailable || len(eff.Save) > 0 {
		t.Errorf("a node with a gap: %v", eff.Err)
	}
	m.node.Gap = false
	for i := range 256 {
		if eff := cancel(i); eff.Err != nil {
			t.Fatalf("cancelled order %d: %v", i, eff.Err)
		}
	}
	if eff := cancel(256); wire.ReasonOf(eff.Err) != wire.Limit || len(eff.Save) > 0 {
		t.Errorf("one too many: %v", eff.Err)
	}
	if eff := cancel(7); eff.Err != nil {
		t.Errorf("the same again: %v", eff.Err)
	}
}

// An attempt is under way, so that others wait for it, while its member is bound and it has not ended: for everybody but who
// coordinates it.
func TestUnderWay(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	m := newMember(t, 2, r)
	attempt, others, own := r.attempt().ID(), m.Nodes[2].ID(), m.Nodes[0].ID()
	want := func(when string, way bool) {
		t.Helper()
		if m.m.UnderWay(attempt, others) != way {
			t.Errorf("%s: under way is %t", when, !way)
		}
		if m.m.UnderWay(attempt, own) || m.m.UnderWay(wire.SessionID{1}, others) {
			t.Errorf("%s: under way for its coordinator, or another attempt", when)
		}
	}
	m.hears(r.propose)
	want("proposed", false)
	m.hears(r.attempted)
	want("bound", true)
	m.hears(r.established)
	want("ended", false)

	s := newSets(t)
	d := s.begin(1, s.order(s.First, 1, 1, 2, 3, 4, 5))
	for range 2000 {
		if s.Steps(1); d.done || d.m.UnderWay(attempt, others) {
			break
		}
	}
	if !d.m.UnderWay(attempt, others) || d.m.UnderWay(attempt, own) || d.m.UnderWay(wire.SessionID{1}, others) {
		t.Error("the coordinator does not say that it is under way, or for others than that")
	}
	s.settle()
	if d.m.UnderWay(attempt, others) {
		t.Error("under way after its end")
	}
}

// A proposal for another cluster, and one of who is no member of the parent, come to nothing.
func TestProposalsOfOthers(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	m := newMember(t, 2, r)
	p := *r.propose
	p.Attempt.Order.Cluster[0] ^= 1
	if eff := m.hears(&p); wire.ReasonOf(eff.Err) != wire.NotMember || len(eff.Save) > 0 {
		t.Errorf("another cluster: %v", eff.Err)
	}
	m = newMember(t, 2, r)
	stranger := m.Nodes[5].ID()
	p = *r.propose
	p.Attempt.Coordinator = stranger
	m.m = handover.JoinDeciding(m.node.Env(), stranger, p.Attempt.Proposal())
	eff := m.m.Step(session.Received{From: stranger, Session: p.Attempt.Proposal(), Msg: &p})
	if wire.ReasonOf(eff.Err) != wire.NotMember || len(eff.Save) > 0 {
		t.Errorf("a coordinator that is no member: %v", eff.Err)
	}
	if _, err := handover.NewDeciding(m.Nodes[5].Env(), m.order(m.First, 1, 1, 2, 3, 4, 5), m.signed(m.order(m.First, 1, 1, 2, 3, 4, 5)), wire.BlockRef{}); err == nil {
		t.Error("n6 decides, and is no member")
	}
	o := m.order(m.First, 1, 1, 2, 3, 4, 5)
	o.Chain++
	if _, err := handover.NewDeciding(m.Nodes[0].Env(), o, m.signed(o), wire.BlockRef{}); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("an order of another chain: %v", err)
	}
}

// Who has lost its epoch key, or has another one, binds itself to nothing: what it signs would not count.
func TestEpochKeyIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		change func(n *sessiontest.Node, name wire.SessionID)
		says   string
	}{
		"lost": {func(n *sessiontest.Node, _ wire.SessionID) { n.Forget(wire.RecordEpochKey, wire.KeyID{}) }, "has lost its key"},
		"another": {func(n *sessiontest.Node, name wire.SessionID) {
			n.Put(wire.Record{Kind: wire.RecordEpochKey, Session: name, Value: append(make([]byte, 31), 1)})
		}, "is not the one in the set"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSets(t)
			d := s.begin(1, s.order(s.First, 1, 1, 2, 3, 4, 5))
			s.settle()
			one := s.wantsDone(d)
			for _, n := range s.Nodes[1:3] {
				c.change(n, wire.SessionID(one.Attempt.Order.Digest()))
			}
			d = s.begin(1, s.order(s.knows(1, 1, 2, 3, 4, 5), 2, 1, 2, 3, 4))
			s.settle()
			s.wants(d, wire.Unavailable, c.says)
			s.knows(1, 1, 2, 3, 4, 5)
		})
	}
}

// What is told of other clusters, or with a set missing in between, is not taken over.
func TestFollowingIsChecked(t *testing.T) {
	a := newSets(t)
	d := a.begin(1, a.order(a.First, 1, 1, 2, 3, 4, 5))
	a.settle()
	a.wantsDone(d)
	d = a.begin(1, a.order(a.knows(1, 1, 2), 2, 1, 2, 3, 4))
	a.settle()
	a.wantsDone(d)
	for name, change := range map[string]func(m *wire.SetLinks){
		"without the first link":   func(m *wire.SetLinks) { m.Links = m.Links[1:] },
		"a set of another cluster": func(m *wire.SetLinks) { f := *m.First; f.Cluster[0] ^= 1; m.First = &f },
		"other members":            func(m *wire.SetLinks) { f := *m.First; f.Members = slices.Clone(f.Members[1:]); m.First = &f },
	} {
		for _, n := range a.Nodes[:5] {
			n.Mutate = sessiontest.Changing(change)
		}
		if err := a.follow(6); err == nil {
			t.Errorf("%s: n6 follows", name)
		}
		a.knows(0, 6)
	}
	b := newSets(t) // of the same nodes and administrators, for another cluster
	b.ID[0] ^= 1
	b.First.Cluster = b.ID
	d = b.begin(1, b.order(b.First, 1, 1, 2, 3, 4, 5))
	b.settle()
	link := b.wantsDone(d)
	for _, n := range a.Nodes[:5] {
		n.Mutate = sessiontest.Changing(func(m *wire.SetLinks) { m.First, m.Links = b.First, []wire.SetLink{*link} })
	}
	if err := a.follow(6); err == nil {
		t.Error("n6 follows another cluster")
	}
	for _, n := range a.Nodes[:5] {
		n.Mutate = nil
	}
	if err := a.follow(6); err != nil {
		t.Fatal(err)
	}
	if got := a.knows(2, 1, 6); verify.CheckOrder(got, a.order(got, 3, 1, 2, 3, 4, 5), a.signed(a.order(got, 3, 1, 2, 3, 4, 5))) != nil {
		t.Error("another set")
	}
}
