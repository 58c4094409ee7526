package handover_test

import (
	"crypto/ecdsa"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// sets is a cluster of six nodes, of which the first four are set 0: three administrators, two of whom have to sign.
type sets struct {
	*sessiontest.Cluster
	t      *testing.T
	admins []*ecdsa.PrivateKey // in the order of their addresses
}

func adminKey(number byte) *ecdsa.PrivateKey {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte{number}))
	if err != nil {
		panic(err)
	}
	return key
}

func addressOf(key *ecdsa.PrivateKey) common.Address { return crypto.PubkeyToAddress(key.PublicKey) }

func newSets(t *testing.T) *sets {
	t.Helper()
	s := &sets{Cluster: sessiontest.New(6, 1), t: t}
	for i := range byte(3) {
		s.admins = append(s.admins, adminKey(i+1))
	}
	slices.SortFunc(s.admins, func(a, b *ecdsa.PrivateKey) int { return addressOf(a).Cmp(addressOf(b)) })
	s.First = &wire.ServerSet{Cluster: s.ID, Members: s.Members()[:4], Floor: 1, Authority: wire.Authority{Administrators: s.administrators(), Needed: 2}}
	s.Time = 1000
	return s
}

func (s *sets) administrators() (all []common.Address) {
	for _, key := range s.admins {
		all = append(all, addressOf(key))
	}
	return all
}

// order is one for these nodes, counted from 1, after a set.
func (s *sets) order(parent *wire.ServerSet, nonce byte, members ...int) *wire.SetOrder {
	o := &wire.SetOrder{Chain: sessiontest.ChainID, Cluster: s.ID, Epoch: parent.Epoch + 1, Parent: parent.Hash(), Floor: parent.Floor,
		Administrators: parent.Authority.Administrators, Needed: parent.Authority.Needed, Expires: 2000, Nonce: common.Hash{nonce}}
	for _, i := range members {
		o.Members = append(o.Members, wire.OrderMember{Node: s.Nodes[i-1].ID(), Address: fmt.Sprintf("n%d:30303", i)})
	}
	return o
}

func signAdmin(digest common.Hash, keys ...*ecdsa.PrivateKey) (all []wire.AdminSignature) {
	for _, key := range keys {
		sig, err := crypto.Sign(digest[:], key)
		if err != nil {
			panic(err)
		}
		sig[64] += 27
		all = append(all, wire.AdminSignature(sig))
	}
	return all
}

func (s *sets) signed(o *wire.SetOrder) []wire.AdminSignature {
	return signAdmin(o.Digest(), s.admins[:2]...)
}

// deciding is how one has ended.
type deciding struct {
	m    *handover.Deciding
	done bool
	err  error
}

func (s *sets) begin(at int, o *wire.SetOrder) *deciding {
	s.t.Helper()
	n := s.Nodes[at-1]
	m, err := handover.NewDeciding(n.Env(), o, s.signed(o), wire.BlockRef{Number: 7})
	if err != nil {
		s.t.Fatal(err)
	}
	d := &deciding{m: m}
	s.Begin(n, wire.KindDecide, wire.KeyID{}, m, func(r *sessiontest.Run) { d.done, d.err = true, r.Err })
	return d
}

func (s *sets) settle() {
	s.t.Helper()
	if err := s.Settle(); err != nil {
		s.t.Fatal(err)
	}
}

// knows wants nodes to know so many sets, and the same.
func (s *sets) knows(epoch uint64, nodes ...int) *wire.ServerSet {
	s.t.Helper()
	var newest *wire.ServerSet
	for _, i := range nodes {
		own := s.Nodes[i-1].Sets().Newest()
		if own.Epoch != epoch || newest != nil && own.Hash() != newest.Hash() {
			s.t.Fatalf("n%d knows set %d, want %d, or another", i, own.Epoch, epoch)
		}
		newest = own
	}
	return newest
}

func (s *sets) wants(d *deciding, reason wire.Reason, says string) {
	s.t.Helper()
	if !d.done || wire.ReasonOf(d.err) != reason || !strings.Contains(fmt.Sprint(d.err), says) {
		s.t.Fatalf("ended with %v, want %v and %q", d.err, reason, says)
	}
}

func (s *sets) wantsDone(d *deciding) *wire.SetLink {
	s.t.Helper()
	if !d.done || d.err != nil {
		s.t.Fatalf("ended: %t, with %v", d.done, d.err)
	}
	if err := verify.Link(s.First, d.m.Link()); d.m.Link().Attempt.Order.Epoch == 1 && err != nil {
		s.t.Fatal(err)
	}
	return d.m.Link()
}

// A set follows another, then a third one, which the epoch keys of the second have signed; all who are concerned know.
func TestSetsAreDecided(t *testing.T) {
	s := newSets(t)
	d := s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
	s.settle()
	one := s.wantsDone(d)
	next := s.knows(1, 1, 2, 3, 4, 5)
	if next.Keys[3] == (wire.Point{}) || !slices.Equal(next.Members, one.Set().Members) {
		t.Fatalf("%+v", next)
	}
	s.knows(0, 6)
	d = s.begin(2, s.order(next, 2, 3, 4, 5, 6)) // n6 is new, and has slept through set 1
	s.Nodes[5].First = s.First
	s.settle()
	two := s.wantsDone(d)
	last := s.knows(2, 2, 3, 4, 5, 6)
	if two.Signed[0].Epoch == (wire.Signature{}) {
		t.Error("not signed with epoch keys")
	}
	if got, err := verify.Chain(s.First, one, two); err != nil || got.Hash() != last.Hash() {
		t.Errorf("chain: %v", err)
	}
	if len(s.Faults()) > 0 {
		t.Errorf("faults: %+v", s.Faults())
	}
	// n1 was a member long ago, and asks.
	s.follow(1)
	s.knows(2, 1, 6)
}

func (s *sets) follow(at int) error {
	s.t.Helper()
	n := s.Nodes[at-1]
	m, err := handover.NewFollowing(n.Env())
	if err != nil {
		s.t.Fatal(err)
	}
	var end error
	s.Begin(n, wire.KindFollow, wire.KeyID{}, m, func(r *sessiontest.Run) { end = r.Err })
	s.settle()
	return end
}

// Who is not ready has no epoch key in the set; fewer than a set quorum, and nothing changes.
func TestUnready(t *testing.T) {
	s := newSets(t)
	s.Down(s.Nodes[4])
	d := s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
	s.settle()
	link := s.wantsDone(d)
	if next := s.knows(1, 1, 2, 3, 4); next.Keys[3] != (wire.Point{}) || next.Keys[0] == (wire.Point{}) || len(link.Attempt.Ready) != 3 {
		t.Errorf("keys %x", next.Keys)
	}
	s = newSets(t)
	s.Down(s.Nodes[4])
	s.Down(s.Nodes[5])
	d = s.begin(1, s.order(s.First, 1, 3, 4, 5, 6))
	s.settle()
	s.wants(d, wire.Unavailable, "2 of the 3 key servers needed of the new set are ready")
	s.knows(0, 1, 2, 3, 4)
	s.Restart(s.Nodes[4])
	d = s.begin(2, s.order(s.First, 1, 3, 4, 5, 6)) // the same order again
	s.settle()
	s.wantsDone(d)
	s.knows(1, 1, 2, 3, 4, 5)
}

// Two coordinators at once: one set follows, whatever they do to each other.
func TestTwoCoordinators(t *testing.T) {
	for seed := range uint64(12) {
		s := newSets(t)
		s.Chaos = &sessiontest.Chaos{Tick: 1 + int(seed%4), Links: true}
		s.Steps(int(seed)) // moves the schedule
		a := s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
		b := s.begin(3, s.order(s.First, 2, 1, 2, 3, 4, 6)) // an administrator who signs two orders
		s.settle()
		if !a.done || !b.done {
			t.Fatal("not ended")
		}
		known := 0
		var at *wire.ServerSet
		for _, n := range s.Nodes[:4] {
			if newest := n.Sets().Newest(); newest.Epoch == 1 {
				if known++; at != nil && at.Hash() != newest.Hash() {
					t.Fatalf("seed %d: two sets in one epoch", seed)
				}
				at = newest
			}
		}
		if known < 3 {
			t.Errorf("seed %d: %d know the next set: %v, %v", seed, known, a.err, b.err)
		}
		if (a.err == nil) == (b.err == nil) {
			t.Errorf("seed %d: %v, %v", seed, a.err, b.err)
		}
		if len(s.Faults()) > 0 {
			t.Errorf("seed %d: %+v", seed, s.Faults())
		}
	}
}

// withhold leaves messages out.
func withhold(names ...string) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) []wire.Envelope {
		if slices.Contains(names, strings.TrimPrefix(fmt.Sprintf("%T", env.Msg), "*wire.")) {
			return nil
		}
		return []wire.Envelope{env}
	}
}

// Members are bound 2 : 2 to attempts of two coordinators that both go down. A third settles both and goes on.
func TestSplitBindings(t *testing.T) {
	s := newSets(t)
	for i, at := range []int{1, 2} {
		first, second := s.Nodes[at-1], s.Nodes[at+1] // n1 with n3, n2 with n4
		first.Mutate = func(env wire.Envelope) []wire.Envelope {
			if _, ok := env.Msg.(*wire.Attempted); ok && env.To != second.ID() {
				return nil
			}
			return []wire.Envelope{env}
		}
		s.begin(at, s.order(s.First, byte(i+1), 1, 2, 3, 4, 5))
	}
	for range 10000 {
		if bound := s.bound(); len(bound) == 2 && bound[0] == 2 && bound[1] == 2 {
			break
		}
		s.Steps(1)
	}
	if bound := s.bound(); len(bound) != 2 || bound[0] != 2 || bound[1] != 2 {
		t.Skipf("bound like %v: the schedule has changed", bound)
	}
	for _, n := range s.Nodes[:4] { // all crash
		s.Down(n)
	}
	for _, n := range s.Nodes[:4] {
		s.Restart(n)
		n.Mutate = nil
	}
	s.settle()
	d := s.begin(3, s.order(s.First, 3, 1, 2, 3, 4, 5))
	s.settle()
	s.wantsDone(d)
	s.knows(1, 1, 2, 3, 4, 5)
}

// bound is how many are bound to each attempt.
func (s *sets) bound() (counts []int) {
	count := make(map[wire.SessionID]int)
	for _, n := range s.Nodes[:4] {
		env := n.Env()
		if a, err := handover.Held(&env); err == nil && a != nil {
			count[a.ID()]++
		}
	}
	for _, c := range count {
		counts = append(counts, c)
	}
	return counts
}

// Each member crashes at each persisted step. Afterwards the order is given again, at another member: one set follows, all
// agree, and none has broken a promise.
func TestCrashes(t *testing.T) {
	for where := range 4 {
		crashed := 0
		for save := 1; save <= 25; save++ {
			s := newSets(t)
			s.CrashAt(save, where)
			s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
			s.settle()
			if !s.Crashed() {
				continue
			}
			crashed++
			for _, n := range s.Nodes {
				s.Restart(n)
			}
			if s.Nodes[1].Sets().Newest().Epoch == 0 {
				s.begin(2, s.order(s.First, 1, 2, 3, 4, 5))
				s.settle()
			}
			for i := range 5 {
				if s.Nodes[i].Sets().Newest().Epoch == 0 {
					if err := s.follow(i + 1); err != nil {
						t.Fatalf("save %d, %d: n%d: %v", save, where, i+1, err)
					}
				}
			}
			s.knows(1, 1, 2, 3, 4, 5)
			if len(s.Faults()) > 0 {
				t.Fatalf("save %d, %d: %+v", save, where, s.Faults())
			}
		}
		if crashed < 10 && (where < 3 || crashed == 0) { // amidst sending goes down only who tells several
			t.Errorf("only %d crashes", crashed)
		}
	}
}

// A cancelled order does not count any more: not while members are bound to it, nor afterwards.
func TestCancelled(t *testing.T) {
	s := newSets(t)
	s.Nodes[0].Mutate = withhold("Certified")
	o := s.order(s.First, 1, 2, 3, 4, 5)
	d := s.begin(1, o)
	for range 200 {
		if bound := s.bound(); len(bound) == 1 && bound[0] == 4 {
			break
		}
		s.Steps(1)
	}
	if err := s.cancel(2, o); err != nil {
		t.Fatal(err)
	}
	if bound := s.bound(); len(bound) != 0 {
		t.Errorf("bound still: %v", bound)
	}
	if d.err == nil {
		t.Error("decided all the same")
	}
	s.Nodes[0].Mutate = nil
	s.knows(0, 1, 2, 3, 4, 5)
	d = s.begin(1, o)
	s.settle()
	s.wants(d, wire.Denied, "cancelled")
	d = s.begin(1, s.order(s.First, 2, 2, 3, 4, 5)) // another
	s.settle()
	s.wantsDone(d)
	if err := s.cancel(2, o); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("cancelled afterwards: %v", err)
	}
}

// Who cancels an order waits for a set quorum, and for a moment longer: a member that is connected and says nothing holds nobody up.
func TestCancelledBesideASilentMember(t *testing.T) {
	s := newSets(t)
	o := s.order(s.First, 1, 2, 3, 4, 5)
	s.Nodes[3].Mutate = func(wire.Envelope) []wire.Envelope { return nil }
	var ticks int
	if err := s.cancelWatched(2, o, &ticks); err != nil {
		t.Fatal(err)
	}
	if most := 2 * session.TicksPerSecond; ticks > most {
		t.Errorf("it took %d ticks, more than %d", ticks, most)
	}
	d := s.begin(1, o)
	s.settle()
	s.wants(d, wire.Denied, "cancelled")
}

// ticking counts the ticks of a machine.
type ticking struct {
	session.Machine
	n *int
}

func (m ticking) Step(in session.Input) session.Effects {
	if _, ok := in.(session.Tick); ok {
		*m.n++
	}
	return m.Machine.Step(in)
}

func (s *sets) cancel(at int, o *wire.SetOrder) error { return s.cancelWatched(at, o, new(int)) }

// cancelWatched cancels an order, and counts the ticks that this takes.
func (s *sets) cancelWatched(at int, o *wire.SetOrder, ticks *int) (end error) {
	s.t.Helper()
	c := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: o.Chain, Cluster: o.Cluster, Epoch: o.Epoch, Parent: o.Parent, Nonce: o.Nonce}}
	c.Signatures = signAdmin(c.Cancel.Digest(), s.admins[1:]...)
	n := s.Nodes[at-1]
	m, err := handover.NewCancelling(n.Env(), c, nil)
	if err != nil {
		return err
	}
	s.Begin(n, wire.KindSettle, wire.KeyID{}, ticking{m, ticks}, func(r *sessiontest.Run) { end = r.Err })
	s.settle()
	return end
}

// An order that has expired at a member's own final block is none: nor does a coordinator begin with it.
func TestExpired(t *testing.T) {
	s := newSets(t)
	o := s.order(s.First, 1, 2, 3, 4, 5)
	s.Time = o.Expires + 1
	if _, err := handover.NewDeciding(s.Nodes[0].Env(), o, s.signed(o), wire.BlockRef{}); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("begun: %v", err)
	}
	env := s.Nodes[0].Env()
	env.FinalTime = func() (uint64, error) { return 0, fmt.Errorf("no chain") }
	if _, err := handover.NewDeciding(env, o, s.signed(o), wire.BlockRef{}); wire.ReasonOf(err) != wire.Unavailable {
		t.Errorf("begun without a chain: %v", err)
	}
	s.Time = o.Expires
	d := s.begin(1, o)
	s.Time++
	s.settle()
	s.wants(d, wire.Denied, "expired")
	s.knows(0, 1, 2, 3, 4, 5)
}

// Nodes with a gap don't bind themselves, and blocks that are not on the own chain are none.
func TestWhoDoesNotVote(t *testing.T) {
	s := newSets(t)
	s.Nodes[1].Gap, s.Nodes[2].Gap = true, true
	d := s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
	s.settle()
	s.wants(d, wire.Unavailable, "may have forgotten")
	s = newSets(t)
	for _, n := range s.Nodes[1:3] {
		n.OnChain = func(b wire.BlockRef) error { return fmt.Errorf("not here: %d", b.Number) }
	}
	d = s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
	s.settle()
	s.wants(d, wire.Unavailable, "not here: 7")
	if bound := s.bound(); len(bound) != 0 {
		t.Errorf("bound still: %v", bound)
	}
}

// A coordinator that goes down after readiness, or after the bindings, is in nobody's way.
func TestCoordinatorCrashes(t *testing.T) {
	for _, after := range []string{"Propose", "Attempted", "Certified"} {
		s := newSets(t)
		down := false
		s.Spy = func(from *sessiontest.Node, env wire.Envelope) {
			down = down || strings.HasSuffix(fmt.Sprintf("%T", env.Msg), after)
		}
		s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
		for !down {
			s.Steps(1)
		}
		s.Spy = nil
		s.Steps(6) // some hear of it
		s.Down(s.Nodes[0])
		d := s.begin(2, s.order(s.First, 2, 2, 3, 4, 6))
		s.settle()
		newest := s.Nodes[1].Sets().Newest()
		if newest.Epoch != 1 {
			t.Errorf("after %s: %v", after, d.err)
			continue
		}
		s.knows(1, 2, 3, 4)
	}
}

// A liar acknowledges, and votes against when it is polled: it is convicted, and the others decide.
func TestLiarVotes(t *testing.T) {
	s := newSets(t)
	liar := s.Nodes[1]
	s.Nodes[2].Mutate, s.Nodes[3].Mutate = withhold("SetAck"), withhold("SetAck")
	liar.Mutate = func(env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.SetVote); ok && m.Cast != nil {
			own := liar.Env()
			held, _ := handover.Held(&own)
			forged := &wire.SetVote{Cast: new(wire.Motion), Signature: liar.NodeKey().Sign(wire.VoteDigest(held.ID(), 0, false))}
			return []wire.Envelope{{To: env.To, Session: env.Session, Msg: forged}}
		}
		return []wire.Envelope{env}
	}
	d := s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
	s.settle()
	s.wantsDone(d)
	s.knows(1, 1, 3, 4)
	if len(s.Faults()) != 1 || s.Faults()[0].Node != liar || s.Faults()[0].Evidence == nil {
		t.Errorf("%+v", s.Faults())
	}
}

// What a machine is told by nobody else than liars changes nothing: a two-link fork ends a Following with evidence.
func TestTwoLinks(t *testing.T) {
	a, b := newSets(t), newSets(t)
	d := a.begin(1, a.order(a.First, 1, 2, 3, 4, 5))
	a.settle()
	one := a.wantsDone(d)
	d = b.begin(1, b.order(b.First, 2, 1, 2, 3, 6))
	b.settle()
	two := b.wantsDone(d)
	err := verify.OneLink(one, two)
	if _, ok := err.(*verify.ErrTwoLinks); !ok || verify.OneLink(one, one) != nil {
		t.Fatalf("%v", err)
	}
	for _, n := range a.Nodes[1:4] {
		if n == a.Nodes[2] {
			n.Mutate = sessiontest.Changing(func(m *wire.SetLinks) { m.Links = []wire.SetLink{*two} })
		}
	}
	if err := a.follow(6); err == nil || !strings.Contains(err.Error(), "followed by two sets") {
		t.Errorf("n6 follows: %v", err)
	}
	a.knows(0, 6)
	// A node that knows one is shown the other.
	if err := a.follow(5); err != nil && !strings.Contains(err.Error(), "two sets") {
		t.Error(err)
	}
	_ = session.ErrNoRecord
}
