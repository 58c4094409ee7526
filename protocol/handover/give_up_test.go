package handover_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// giveUp is an order by which these nodes follow a set that has lost its quorum.
func (s *sets) giveUp(parent *wire.ServerSet, nonce byte, members ...int) *wire.SetOrder {
	o := s.order(parent, nonce, members...)
	o.GiveUp = true
	return o
}

// signedByAll also has the signature of the administrator who need not sign an ordinary order.
func (s *sets) signedByAll(o *wire.SetOrder) []wire.AdminSignature {
	return signAdmin(o.Digest(), s.admins...)
}

func (s *sets) beginGivingUp(at int, o *wire.SetOrder) *deciding {
	s.t.Helper()
	return s.beginSigned(at, o, s.signedByAll(o))
}

func (s *sets) beginSigned(at int, o *wire.SetOrder, signatures []wire.AdminSignature) *deciding {
	s.t.Helper()
	n := s.Nodes[at-1]
	m, err := handover.NewDeciding(n.Env(), o, signatures, wire.BlockRef{Number: 7})
	if err != nil {
		s.t.Fatal(err)
	}
	d := &deciding{m: m}
	s.Begin(n, wire.KindDecide, wire.KeyID{}, m, func(r *sessiontest.Run) { d.done, d.err = true, r.Err })
	return d
}

// halved is a cluster of which n3 and n4 are gone for good: set 0 has no quorum any more.
func halved(t *testing.T) *sets {
	t.Helper()
	s := newSets(t)
	s.Down(s.Nodes[2])
	s.Down(s.Nodes[3])
	return s
}

// A set that has lost its quorum is given up by all administrators, whoever of it is left. Who was away follows, whatever it is
// told about.
func TestGiveUp(t *testing.T) {
	for name, c := range map[string]struct {
		down    []int
		at      int
		members []int
	}{
		"half of the old set is up, and coordinates": {[]int{3, 4}, 1, []int{1, 2, 5, 6}},
		"a new member coordinates":                   {[]int{3, 4}, 5, []int{1, 2, 5, 6}},
		"who coordinates leaves":                     {[]int{3, 4}, 1, []int{2, 5, 6}},
		"one is left, and is no new member":          {[]int{2, 3, 4}, 5, []int{5, 6}},
		"none is left":                               {[]int{1, 2, 3, 4}, 5, []int{5, 6}},
		"those who are gone stay members":            {[]int{3, 4}, 2, []int{1, 2, 3, 5, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSets(t)
			for _, i := range c.down {
				s.Down(s.Nodes[i-1])
			}
			d := s.beginGivingUp(c.at, s.giveUp(s.First, 1, c.members...))
			s.settle()
			link := s.wantsDone(d)
			up := []int{}
			for i := range s.Nodes {
				if !slices.Contains(c.down, i+1) {
					up = append(up, i+1)
				}
			}
			s.knows(1, slices.DeleteFunc(up, func(i int) bool { return i > 4 && !slices.Contains(c.members, i) })...)
			if !link.Attempt.Order.GiveUp {
				t.Error("the link does not say that the set was given up")
			}
			for _, i := range c.down {
				s.Restart(s.Nodes[i-1])
			}
			for _, i := range c.down {
				if err := s.follow(i); err != nil {
					t.Errorf("n%d: %v", i, err)
				}
			}
			next := s.knows(1, append(up[:len(up):len(up)], c.down...)...)
			d = s.begin(c.members[0], s.order(next, 2, 1, 2, 3, 4)) // with the epoch keys, as after every other set
			s.settle()
			if two := s.wantsDone(d); two.Signed[0].Epoch == (wire.Signature{}) {
				t.Error("not signed with epoch keys")
			}
			if len(s.Faults()) > 0 {
				t.Errorf("%+v", s.Faults())
			}
		})
	}
}

// A later set, whose members have epoch keys, is given up as the first is. Who leaves, and is up, notes it, and is blamed for nothing;
// a false word of it counts for nothing either, and is blamed.
func TestGiveUpALaterSet(t *testing.T) {
	for _, lies := range []bool{false, true} {
		s := newSets(t)
		s.wantsNothing(s.begin(1, s.order(s.First, 1, 1, 2, 3, 4, 5)))
		next := s.knows(1, 1, 2, 3, 4, 5)
		for _, i := range []int{3, 4} {
			s.Down(s.Nodes[i-1])
		}
		if lies {
			s.Nodes[0].Mutate = func(env wire.Envelope) []wire.Envelope {
				if m, ok := env.Msg.(*wire.SetBound); ok {
					m.Signature[5]++
				}
				return []wire.Envelope{env}
			}
		}
		d := s.beginGivingUp(5, s.giveUp(next, 2, 2, 5, 6))
		s.settle()
		link := s.wantsDone(d)
		if slices.ContainsFunc(link.Signed, func(b wire.SetSign) bool { return b.Node == s.Nodes[0].ID() }) {
			t.Error("who leaves has decided")
		}
		s.knows(2, 2, 5, 6)
		if got := len(s.Faults()); got > 0 != lies {
			t.Errorf("lies %t, faults: %+v", lies, s.Faults())
		}
	}
}

// Without all administrators, or with what they have signed for an ordinary order, no set is given up; nor does a give-up order's
// signatures make an ordinary one.
func TestGiveUpTakesAllAdministrators(t *testing.T) {
	s := halved(t)
	o, ordinary := s.giveUp(s.First, 1, 1, 2, 5, 6), s.order(s.First, 1, 1, 2, 5, 6)
	for name, c := range map[string]struct {
		order      *wire.SetOrder
		signatures []wire.AdminSignature
	}{
		"as many as an order takes":       {o, s.signed(o)},
		"one twice":                       {o, append(s.signed(o), s.signed(o)[0])},
		"the signatures of an ordinary":   {o, s.signedByAll(ordinary)},
		"an ordinary one's are a give-up": {ordinary, s.signedByAll(o)},
	} {
		if _, err := handover.NewDeciding(s.Nodes[0].Env(), c.order, c.signatures, wire.BlockRef{}); wire.ReasonOf(err) != wire.InvalidMessage {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := s.beginSigned(1, ordinary, s.signedByAll(ordinary)) // without a quorum, by however many it is signed
	s.settle()
	s.wants(d, wire.Unavailable, "2 of the 3 key servers needed")
	s.knows(0, 1, 2, 5, 6)
}

// A set that has its quorum is not given up: neither does a member begin, nor do those who see it join whoever does all the same.
func TestGiveUpIsNoShortcut(t *testing.T) {
	s := newSets(t)
	o := s.giveUp(s.First, 1, 1, 2, 5, 6)
	_, err := handover.NewDeciding(s.Nodes[0].Env(), o, s.signedByAll(o), wire.BlockRef{})
	if wire.ReasonOf(err) != wire.Denied || !strings.Contains(err.Error(), "has its quorum") || !strings.Contains(err.Error(), s.Nodes[3].ID().Short()) {
		t.Errorf("begun: %v", err)
	}
	env := s.Nodes[0].Env() // a liar, who begins as if nobody were up
	connected := slices.Clone(env.Connected)
	clear(env.Connected)
	m, err := handover.NewDeciding(env, o, s.signedByAll(o), wire.BlockRef{Number: 7})
	if err != nil {
		t.Fatal(err)
	}
	copy(env.Connected, connected)
	d := &deciding{m: m}
	s.Begin(s.Nodes[0], wire.KindDecide, wire.KeyID{}, m, func(r *sessiontest.Run) { d.done, d.err = true, r.Err })
	s.settle()
	s.wants(d, wire.Denied, "has its quorum")
	s.knows(0, 1, 2, 3, 4, 5, 6)
	if bound := s.bound(); len(bound) > 0 {
		t.Errorf("bound: %v", bound)
	}
}

// One member of the old set can't keep it from being given up by saying that it has a quorum.
func TestOneMemberIsNoVeto(t *testing.T) {
	s := halved(t)
	s.Nodes[1].Mutate = func(env wire.Envelope) []wire.Envelope {
		switch env.Msg.(type) {
		case *wire.Ready, *wire.SetBound, *wire.SetAck:
			env.Msg = wire.RefuseWith(wire.Errorf(wire.Denied, "there is a quorum"))
		}
		return []wire.Envelope{env}
	}
	d := s.beginGivingUp(1, s.giveUp(s.First, 1, 1, 2, 5, 6))
	s.settle()
	s.wantsDone(d)
	s.knows(1, 1, 5, 6)
}

// helpsNoOther has n1 and n2 bound to an attempt by which their set is given up, and which nobody can settle: n5 and n6 are gone.
func helpsNoOther(t *testing.T) *sets {
	t.Helper()
	s := halved(t)
	s.Nodes[0].Mutate = withhold("Certified")
	s.beginGivingUp(1, s.giveUp(s.First, 1, 2, 5, 6))
	for range 1000 {
		if bound := s.bound(); len(bound) == 1 && bound[0] == 2 {
			break
		}
		s.Steps(1)
	}
	if bound := s.bound(); len(bound) != 1 || bound[0] != 2 {
		t.Fatalf("bound: %v", bound)
	}
	for _, i := range []int{1, 2, 5, 6} {
		s.Down(s.Nodes[i-1])
	}
	s.Nodes[0].Mutate = nil
	return s
}

// Who has noted that its set is given up helps no other set to follow it, also if all of the old set are back, until it is shown
// that the attempt was abandoned. n1 leaves, and has noted it as well.
func TestGivenUpIsNoted(t *testing.T) {
	s := helpsNoOther(t)
	for _, n := range s.Nodes[:4] {
		s.Restart(n)
	}
	d := s.begin(3, s.order(s.First, 2, 1, 2, 3, 4, 5))
	s.settle()
	if d.err == nil {
		t.Fatal("an ordinary set has followed beside the other")
	}
	s.knows(0, 1, 2, 3, 4)
	s.Restart(s.Nodes[4])
	s.Restart(s.Nodes[5])
	d = s.begin(3, s.order(s.First, 3, 1, 2, 3, 4, 5)) // now it can be settled
	s.settle()
	s.wantsDone(d)
	s.knows(1, 1, 2, 3, 4, 5)
}

// A member that is bound to an ordinary attempt binds itself to one by which the set is given up, and, once that is abandoned, is
// bound to the ordinary one as before.
func TestBoundBeforeGivingUp(t *testing.T) {
	s := newSets(t)
	o := s.order(s.First, 1, 1, 2, 3, 4)
	o.Refresh = 60
	s.Nodes[2].Mutate = withhold("Certified")
	s.begin(3, o)
	for range 1000 {
		if bound := s.bound(); len(bound) == 1 && bound[0] == 4 {
			break
		}
		s.Steps(1)
	}
	env := s.Nodes[0].Env()
	ordinary, err := handover.Held(&env)
	if err != nil || ordinary == nil {
		t.Fatalf("bound to %v, %v", ordinary, err)
	}
	s.Down(s.Nodes[2])
	s.Down(s.Nodes[3])
	s.Nodes[0].Mutate = withhold("Certified")
	give := s.giveUp(s.First, 2, 1, 2, 5, 6)
	s.beginGivingUp(1, give)
	held := func(i int) *wire.SetAttempt {
		env := s.Nodes[i-1].Env()
		a, err := handover.Held(&env)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for range 1000 {
		if a := held(2); a != nil && a.Order.GiveUp {
			break
		}
		s.Steps(1)
	}
	if a := held(2); a == nil || !a.Order.GiveUp {
		t.Fatalf("n2 is bound to %v", a)
	}
	if err := s.cancelOrder(5, give); err != nil {
		t.Fatal(err)
	}
	if a := held(2); a == nil || a.ID() != ordinary.ID() {
		t.Errorf("n2 has forgotten what it was bound to: %v", a)
	}
	s.Nodes[0].Mutate = nil
	d := s.beginGivingUp(1, give)
	s.settle()
	s.wants(d, wire.Denied, "cancelled")
	d = s.beginGivingUp(1, s.giveUp(s.First, 3, 1, 2, 5, 6))
	s.settle()
	s.wantsDone(d)
	s.knows(1, 1, 2, 5, 6)
}

// cancelOrder cancels an order that the node knows.
func (s *sets) cancelOrder(at int, o *wire.SetOrder) (end error) {
	s.t.Helper()
	c := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: o.Chain, Cluster: o.Cluster, Epoch: o.Epoch, Parent: o.Parent, Nonce: o.Nonce}}
	c.Signatures = signAdmin(c.Cancel.Digest(), s.admins[1:]...)
	n := s.Nodes[at-1]
	m, err := handover.NewCancelling(n.Env(), c, o)
	if err != nil {
		return err
	}
	s.Begin(n, wire.KindSettle, wire.KeyID{}, m, func(r *sessiontest.Run) { end = r.Err })
	s.settle()
	return end
}

// Two give-up orders, which all administrators have signed, at once: of those whom both name, one set follows.
func TestTwoGiveUpOrders(t *testing.T) {
	for seed := range uint64(8) {
		s := halved(t)
		s.Chaos = &sessiontest.Chaos{Tick: 1 + int(seed%4), Links: true}
		s.Steps(int(seed))
		a := s.beginGivingUp(1, s.giveUp(s.First, 1, 1, 2, 5, 6))
		b := s.beginGivingUp(2, s.giveUp(s.First, 2, 1, 2, 3, 5))
		s.settle()
		if !a.done || !b.done || a.err != nil && b.err != nil {
			t.Fatalf("seed %d: %v, %v", seed, a.err, b.err)
		}
		for i := range 2 {
			if s.Nodes[i].Sets().Newest().Epoch == 0 {
				if err := s.follow(i + 1); err != nil {
					t.Fatalf("seed %d: n%d: %v", seed, i+1, err)
				}
			}
		}
		s.knows(1, 1, 2)
		if len(s.Faults()) > 0 {
			t.Errorf("seed %d: %+v", seed, s.Faults())
		}
	}
}

// A set was decided, which few heard of, and then given up by others: two links from one parent stop whoever sees both, also if
// one of them is a give-up.
func TestGivenUpBesideAnother(t *testing.T) {
	a, b := newSets(t), halved(t)
	d := a.begin(1, a.order(a.First, 1, 1, 2, 3, 4, 5))
	a.settle()
	ordinary := a.wantsDone(d)
	d = b.beginGivingUp(1, b.giveUp(b.First, 2, 1, 2, 5, 6))
	b.settle()
	given := b.wantsDone(d)
	var two *verify.ErrTwoLinks
	if err := verify.OneLink(ordinary, given); !errors.As(err, &two) {
		t.Fatal(err)
	}
	a.Nodes[2].Mutate = sessiontest.Changing(func(m *wire.SetLinks) { m.Links = []wire.SetLink{*given} })
	if err := a.follow(6); err == nil || !strings.Contains(err.Error(), "followed by two sets") {
		t.Errorf("n6 follows: %v", err)
	}
	// Whoever knows of a successor tells that, and notes no other.
	s := newSets(t)
	d = s.begin(3, s.order(s.First, 1, 1, 2, 3, 4, 5))
	s.Nodes[2].Mutate = withhold("Established")
	s.settle()
	s.wantsDone(d)
	if s.Nodes[0].Sets().Newest().Epoch != 0 {
		t.Fatal("n1 knows already")
	}
	s.Nodes[2].Mutate = nil
	s.Down(s.Nodes[1])
	s.Down(s.Nodes[3])
	o := s.giveUp(s.First, 2, 1, 5, 6)
	d = s.beginGivingUp(1, o)
	s.settle()
	s.wants(d, wire.Busy, "another server set")
	s.knows(1, 1, 3)
}

// Each of those whom it concerns crashes at each persisted step of giving a set up. Then the order is given again at another one.
func TestGiveUpCrashes(t *testing.T) {
	for where := range 4 {
		crashed := 0
		for save := 1; save <= 25; save++ {
			s := halved(t)
			s.CrashAt(save, where)
			s.beginGivingUp(1, s.giveUp(s.First, 1, 2, 5, 6)) // n1 leaves
			s.settle()
			if !s.Crashed() {
				continue
			}
			crashed++
			for _, i := range []int{1, 2, 5, 6} {
				s.Restart(s.Nodes[i-1])
			}
			if s.Nodes[4].Sets().Newest().Epoch == 0 {
				s.beginGivingUp(5, s.giveUp(s.First, 1, 2, 5, 6))
				s.settle()
			}
			for _, i := range []int{1, 2, 5, 6} {
				if s.Nodes[i-1].Sets().Newest().Epoch == 0 {
					if err := s.follow(i); err != nil {
						t.Fatalf("save %d, %d: n%d: %v", save, where, i, err)
					}
				}
			}
			s.knows(1, 1, 2, 5, 6)
			if len(s.Faults()) > 0 {
				t.Fatalf("save %d, %d: %+v", save, where, s.Faults())
			}
		}
		if crashed < 8 && (where < 3 || crashed == 0) {
			t.Errorf("%d: only %d crashes", where, crashed)
		}
	}
}

// A member that has noted that its set is given up does not vote for completing an ordinary attempt, though it was bound to that, and
// is shown its certificate: else two sets could follow.
func TestGivenUpCompletesNoOrdinaryAttempt(t *testing.T) {
	s := newSets(t)
	o := s.order(s.First, 1, 1, 2, 3, 4)
	o.Refresh = 60
	s.Nodes[2].Mutate = withhold("Certified") // n3 alone has the certificate, and has voted
	s.begin(3, o)
	held := func(i int) *wire.SetAttempt {
		env := s.Nodes[i-1].Env()
		a, err := handover.Held(&env)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	steps := func(ok func() bool) {
		t.Helper()
		for range 1000 {
			if ok() {
				return
			}
			s.Steps(1)
		}
		t.Fatal("never")
	}
	steps(func() bool { return len(s.bound()) == 1 && s.bound()[0] == 4 })
	s.Steps(20)
	ordinary := held(3)
	s.Down(s.Nodes[2])
	s.Down(s.Nodes[3])
	s.Nodes[2].Mutate, s.Nodes[0].Mutate = nil, withhold("Certified")
	s.beginGivingUp(1, s.giveUp(s.First, 2, 1, 2, 5, 6))
	steps(func() bool { return held(1).Order.GiveUp && held(2).Order.GiveUp })
	for _, i := range []int{1, 2, 5, 6} {
		s.Down(s.Nodes[i-1])
	}
	s.Nodes[0].Mutate = nil
	for _, n := range s.Nodes[:4] {
		s.Restart(n)
	}
	m, err := handover.NewSettling(s.Nodes[2].Env(), ordinary)
	if err != nil {
		t.Fatal(err)
	}
	var end error
	s.Begin(s.Nodes[2], wire.KindSettle, wire.KeyID{}, m, func(r *sessiontest.Run) { end = r.Err })
	s.settle()
	if end == nil || m.Link() != nil {
		t.Errorf("an ordinary set follows: %v", end)
	}
	s.knows(0, 1, 2, 3, 4)
}

// More members of the old set than may lie say that it is not lost: it is not given up, though they leave.
func TestGiveUpAgainstTheWordOfTwo(t *testing.T) {
	s := halved(t)
	for _, n := range s.Nodes[:2] {
		n.Mutate = func(env wire.Envelope) []wire.Envelope {
			if _, ok := env.Msg.(*wire.SetBound); ok {
				env.Msg = wire.RefuseWith(wire.Errorf(wire.Denied, "there is a quorum"))
			}
			return []wire.Envelope{env}
		}
	}
	d := s.beginGivingUp(5, s.giveUp(s.First, 1, 5, 6))
	s.settle()
	s.wants(d, wire.Denied, "2 members of server set 0 refuse")
	s.knows(0, 1, 2, 5, 6)
}

// Nobody votes before the members of the old set that are up have noted that it is given up.
func TestGivenUpIsNotedBeforeTheVotes(t *testing.T) {
	for seed := range 12 {
		notedBeforeTheVotes(t, seed)
	}
}

func notedBeforeTheVotes(t *testing.T, seed int) {
	s := halved(t)
	s.Chaos = &sessiontest.Chaos{Links: true} // messages of several nodes come in any order
	for range seed {                          // moves the schedule
		s.follow(5)
	}
	certified := false
	s.Spy = func(_ *sessiontest.Node, env wire.Envelope) {
		if _, ok := env.Msg.(*wire.Certified); !ok {
			return
		}
		certified = true
		for _, n := range s.Nodes[:2] {
			own := n.Env()
			if a, err := handover.Held(&own); err != nil || a == nil || !a.Order.GiveUp {
				t.Errorf("%s has noted nothing: %v", n.Name, err)
			}
		}
	}
	d := s.beginGivingUp(5, s.giveUp(s.First, 1, 5, 6))
	s.settle()
	if s.wantsDone(d); !certified {
		t.Error("nobody was asked to vote")
	}
}
