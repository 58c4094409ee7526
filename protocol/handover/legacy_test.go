package handover_test

import (
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// newLegacy is a cluster of which one administrator suffices, and whose operators take Parity's form.
func newLegacy(t *testing.T) *sets {
	s := newSets(t)
	s.First.Authority.Needed = 1
	s.Policy.LegacyOrders = true
	return s
}

// pair is the word of the first administrator for the set of these nodes after another.
func (s *sets) pair(parent *wire.ServerSet, members ...int) *wire.LegacyChange {
	c := new(wire.LegacyChange)
	for _, i := range members {
		c.Members = append(c.Members, s.Nodes[i-1].ID())
	}
	wire.SortNodeIDs(c.Members)
	c.Old = signAdmin(wire.LegacySetHash(parent.Members), s.admins[0])[0]
	c.New = signAdmin(wire.LegacySetHash(c.Members), s.admins[0])[0]
	return c
}

func (s *sets) legacyOrder(parent *wire.ServerSet, c *wire.LegacyChange) *wire.SetOrder {
	s.t.Helper()
	o, err := c.Order(parent, sessiontest.ChainID, func(wire.NodeID) string { return "n:30303" })
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// beginWith has a node coordinate an order with any signatures.
func (s *sets) beginWith(at int, o *wire.SetOrder, signatures []wire.AdminSignature) (*deciding, error) {
	s.t.Helper()
	n := s.Nodes[at-1]
	m, err := handover.NewDeciding(n.Env(), o, signatures, wire.BlockRef{Number: 7})
	if err != nil {
		return nil, err
	}
	d := &deciding{m: m}
	s.Begin(n, wire.KindDecide, wire.KeyID{}, m, func(r *sessiontest.Run) { d.done, d.err = true, r.Err })
	return d, nil
}

func (s *sets) change(at int, o *wire.SetOrder, signatures []wire.AdminSignature) *wire.SetLink {
	s.t.Helper()
	d, err := s.beginWith(at, o, signatures)
	if err != nil {
		s.t.Fatal(err)
	}
	s.settle()
	return s.wantsDone(d)
}

// TestLegacyPairReplay: a pair of signatures in Parity's form changes the set, and neither it nor its halves ever change it
// again, though the set comes back to what it was. Clients that see all links find it too.
func TestLegacyPairReplay(t *testing.T) {
	s := newLegacy(t)
	five := s.pair(s.First, 1, 2, 3, 4, 5)
	one := s.change(1, s.legacyOrder(s.First, five), five.Signatures())
	next := s.knows(1, 1, 2, 3, 4, 5)

	// Whoever has seen the signatures hands them in the other way round, which takes the change back.
	back := &wire.LegacyChange{Members: s.First.Members, Old: five.New, New: five.Old}
	if _, err := s.beginWith(2, s.legacyOrder(next, back), back.Signatures()); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("the other way round: %v", err)
	}

	o := s.order(next, 9, 1, 2, 3, 4) // the administrators do it by an order
	two := s.change(3, o, s.signed(o))
	last := s.knows(2, 1, 2, 3, 4, 5)
	if !slices.Equal(last.Members, s.First.Members) {
		t.Fatal("another set")
	}
	again := s.legacyOrder(last, five)
	if _, err := s.beginWith(4, again, five.Signatures()); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("once more: %v", err)
	}
	if err := verify.CheckOrder(last, again, five.Signatures()); err != nil {
		t.Errorf("it is used up, and nothing else is wrong with it: %v", err)
	}
	if _, err := verify.Chain(s.First, one, two); err != nil {
		t.Errorf("chain: %v", err)
	}
	if len(s.Faults()) > 0 {
		t.Errorf("faults: %+v", s.Faults())
	}
}

// TestLegacyPairReplayIsRefusedByMembers: a coordinator that has forgotten, or lies, gets no signatures on a pair that was
// used.
func TestLegacyPairReplayIsRefusedByMembers(t *testing.T) {
	s := newLegacy(t)
	five := s.pair(s.First, 1, 2, 3, 4, 5)
	one := s.change(1, s.legacyOrder(s.First, five), five.Signatures())
	next := s.knows(1, 1, 2, 3, 4, 5)
	o := s.order(next, 9, 1, 2, 3, 4)
	s.change(3, o, s.signed(o))
	last := s.knows(2, 1, 2, 3, 4, 5)

	n := s.Nodes[0]
	env, get := n.Env(), n.Env().Get
	forged := *one
	forged.Attempt.Orders = nil
	env.Get = func(kind wire.RecordKind, key wire.KeyID, id wire.SessionID) ([]byte, error) {
		if kind == wire.RecordSet && id == wire.EpochName(1) {
			return wire.NewRecord(wire.Put, kind, key, id, &forged).Value, nil
		}
		return get(kind, key, id)
	}
	m, err := handover.NewDeciding(env, s.legacyOrder(last, five), five.Signatures(), wire.BlockRef{Number: 7})
	if err != nil {
		t.Fatal(err)
	}
	d := &deciding{m: m}
	s.Begin(n, wire.KindDecide, wire.KeyID{}, m, func(r *sessiontest.Run) { d.done, d.err = true, r.Err })
	s.settle()
	s.wants(d, wire.Denied, "counts once")
	s.knows(2, 1, 2, 3, 4)
}

// TestLegacyChangeHasToBeAllowed: members whose operators did not allow Parity's form take no part.
func TestLegacyChangeHasToBeAllowed(t *testing.T) {
	s := newLegacy(t)
	s.Policy.LegacyOrders = false
	s.Nodes[0].Policy = new(s.Policy)
	s.Nodes[0].Policy.LegacyOrders = true
	c := s.pair(s.First, 1, 2, 3, 4, 5)
	d, err := s.beginWith(1, s.legacyOrder(s.First, c), c.Signatures())
	if err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.wants(d, wire.Unavailable, "does not take changes in Parity's form")
	s.knows(0, 1, 2, 3, 4)
	if _, err := s.beginWith(2, s.legacyOrder(s.First, c), c.Signatures()); wire.ReasonOf(err) != wire.Policy {
		t.Errorf("its own door: %v", err)
	}
}

// TestCancelledLegacyPair: a pair that was cancelled does not count later either, when its set is the present one again.
func TestCancelledLegacyPair(t *testing.T) {
	s := newLegacy(t)
	five := s.pair(s.First, 1, 2, 3, 4, 5)
	o := s.legacyOrder(s.First, five)
	c := &wire.CancelOrder{Chain: o.Chain, Cluster: o.Cluster, Epoch: 1, Parent: o.Parent, Nonce: o.Nonce}
	m, err := handover.NewCancelling(s.Nodes[0].Env(), &wire.SignedCancel{Cancel: *c, Signatures: signAdmin(c.Digest(), s.admins[1])}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Begin(s.Nodes[0], wire.KindSettle, wire.KeyID{}, m, nil)
	s.settle()
	parent := s.First
	for i, members := range [][]int{{1, 2, 3, 4, 6}, {1, 2, 3, 4}} {
		o := s.order(parent, byte(i+1), members...)
		s.change(2, o, s.signed(o))
		parent = s.knows(uint64(i)+1, 1, 2, 3, 4)
	}
	if _, err := s.beginWith(3, s.legacyOrder(parent, five), five.Signatures()); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("cancelled: %v", err)
	}
}
