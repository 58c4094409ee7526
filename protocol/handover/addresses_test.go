package handover_test

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// signs has a node say where it is reached, as of a time.
func (s *sets) signs(at int, address string, now uint64) *wire.MemberAddress {
	s.t.Helper()
	n := s.Nodes[at-1]
	env := n.Env()
	a, batch, err := handover.SignAddress(&env, address, now)
	if err != nil {
		s.t.Fatal(err)
	}
	n.Put(batch...)
	return a
}

// at is where a node knows another to be, and by which number; empty: it knows of none.
func (s *sets) at(knowing, node int) (string, uint64) {
	s.t.Helper()
	env := s.Nodes[knowing-1].Env()
	all, err := handover.Addresses(&env)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, a := range all {
		if a.Node == s.Nodes[node-1].ID() {
			return a.Address, a.Number
		}
	}
	return "", 0
}

func (s *sets) wantsAt(knowing, node int, address string) {
	s.t.Helper()
	if got, _ := s.at(knowing, node); got != address {
		s.t.Errorf("n%d knows n%d at %q, want %q", knowing, node, got, address)
	}
}

func TestAddresses(t *testing.T) {
	s := newSets(t)
	s.Down(s.Nodes[3])
	first := s.signs(1, "new.example:1", 100)
	if s.signs(1, "new.example:1", 200) != nil {
		t.Error("it signs the same again")
	}
	if err := s.follow(1); err != nil { // by which it tells
		t.Fatal(err)
	}
	s.wantsAt(2, 1, "new.example:1")
	s.wantsAt(3, 1, "new.example:1")
	s.Restart(s.Nodes[3]) // has slept, and asks; n1 is gone
	s.Down(s.Nodes[0])
	if err := s.follow(4); err != nil {
		t.Fatal(err)
	}
	s.wantsAt(4, 1, "new.example:1")
	s.Restart(s.Nodes[0])
	if a := s.signs(1, "[2001:db8::1]:2", 50); a.Number != first.Number+1 { // its clock goes back, its number does not
		t.Errorf("number %d after %d", a.Number, first.Number)
	}
	s.follow(3) // asks n1 too
	s.wantsAt(3, 1, "[2001:db8::1]:2")
	s.wantsAt(4, 1, "new.example:1")
	s.follow(2) // n3 and n1 know better than n4, and n2 tells n4 what it knew
	s.follow(2)
	s.wantsAt(2, 1, "[2001:db8::1]:2")
	s.wantsAt(4, 1, "[2001:db8::1]:2")
	if len(s.Faults()) > 0 {
		t.Errorf("%+v", s.Faults())
	}
}

// Who has lost its store learns its last number from the others, and what it signs then counts.
func TestAddressAfterALoss(t *testing.T) {
	s := newSets(t)
	s.signs(1, "a.example:1", 900)
	s.follow(1)
	s.Nodes[0].Forget(wire.RecordAddress, wire.KeyID{})
	if a := s.signs(1, "b.example:2", 100); a.Number != 100 {
		t.Fatalf("number %d", a.Number)
	}
	s.follow(1)
	s.wantsAt(2, 1, "a.example:1")
	s.wantsAt(1, 1, "a.example:1")
	s.signs(1, "b.example:2", 100)
	s.follow(1)
	s.wantsAt(2, 1, "b.example:2")
}

// An address counts if its node has signed it, for this cluster, and is or was a member; an older one changes nothing. Who tells a
// false one is named, and nothing that comes with it is taken.
func TestAddressesOfLiars(t *testing.T) {
	signed := func(s *sets, by int, node int, number uint64, cluster wire.ClusterID) wire.MemberAddress {
		a := wire.MemberAddress{Node: s.Nodes[node-1].ID(), Number: number, Address: "evil.example:6"}
		a.Signature = s.Nodes[by-1].NodeKey().Sign(a.Digest(cluster))
		return a
	}
	for name, c := range map[string]struct {
		lie    func(*sets) wire.MemberAddress
		blamed bool
	}{
		"signed by another":   {func(s *sets) wire.MemberAddress { return signed(s, 2, 1, 200, s.ID) }, true},
		"for another cluster": {func(s *sets) wire.MemberAddress { return signed(s, 1, 1, 200, wire.ClusterID{9}) }, true},
		"with another number": {func(s *sets) wire.MemberAddress { a := signed(s, 1, 1, 150, s.ID); a.Number = 200; return a }, true},
		"at another address": {func(s *sets) wire.MemberAddress {
			a := signed(s, 1, 1, 200, s.ID)
			a.Address = "evil.example:7"
			return a
		}, true},
		"an older one":           {func(s *sets) wire.MemberAddress { return signed(s, 1, 1, 99, s.ID) }, false},
		"another of that number": {func(s *sets) wire.MemberAddress { return signed(s, 1, 1, 100, s.ID) }, false},
		"of a stranger":          {func(s *sets) wire.MemberAddress { return signed(s, 5, 5, 200, s.ID) }, false},
	} {
		for _, asked := range []bool{true, false} {
			s := newSets(t)
			s.signs(1, "good.example:1", 100)
			s.follow(1)
			lie := c.lie(s)
			liar := s.Nodes[1]
			if asked { // in an answer, or in a question
				liar.Mutate = sessiontest.Changing(func(m *wire.SetLinks) { m.Addresses = []wire.MemberAddress{lie} })
				s.follow(3)
			} else {
				liar.Mutate = sessiontest.Changing(func(m *wire.Follow) { m.Addresses = []wire.MemberAddress{lie} })
				s.follow(2)
			}
			s.wantsAt(3, 1, "good.example:1")
			s.wantsAt(3, 5, "")
			if blamed := len(s.Faults()) > 0 && s.Faults()[0].Node == liar; blamed != c.blamed {
				t.Errorf("%s, asked %t: %+v", name, asked, s.Faults())
			}
		}
	}
}

// Whoever says too much is not taken at its word, for as long as the driver says.
func TestAddressesAreBounded(t *testing.T) {
	s := newSets(t)
	s.Nodes[2].TakesAddress = func(node wire.NodeID) bool { return node != s.Nodes[0].ID() }
	s.signs(1, "a.example:1", 100)
	s.signs(2, "b.example:1", 100)
	s.follow(3)
	s.wantsAt(3, 1, "")
	s.wantsAt(3, 2, "b.example:1")
	for _, address := range []string{"", "host", ":1", "host:0", "host:65536", "host:x", "a b:1", "a@b:1", "a/b:1", "a?b:1", "a\n:1", "[::1%eth0]:1"} {
		env := s.Nodes[3].Env()
		if _, _, err := handover.SignAddress(&env, address, 1); err == nil {
			t.Errorf("%q is signed", address)
		}
	}
}
