package session

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Sets are the established server sets that a node knows, one after the other from epoch 0 on. They may be shared, and
// never change.
type Sets struct {
	all    []*wire.ServerSet // by epoch
	hashes []common.Hash
}

// NewSets makes them of a list without gaps, the first of epoch 0. That each follows from the one before has been checked.
func NewSets(all ...*wire.ServerSet) *Sets {
	s := &Sets{all: all}
	for i, set := range all {
		if set.Epoch != uint64(i) {
			panic("session: internal error: server sets with a gap")
		}
		s.hashes = append(s.hashes, set.Hash())
	}
	return s
}

// Newest is the set whose members make keys, vote and hold the current sharings.
func (s *Sets) Newest() *wire.ServerSet { return s.all[len(s.all)-1] }

// At is the set of an epoch; nil if it is not known.
func (s *Sets) At(epoch uint64) *wire.ServerSet {
	if s == nil || epoch >= uint64(len(s.all)) {
		return nil
	}
	return s.all[epoch]
}

// Find is the set of that name; nil if it is not known, or another one is established in its epoch.
func (s *Sets) Find(ref wire.SetRef) *wire.ServerSet {
	if set := s.At(ref.Epoch); set != nil && s.hashes[ref.Epoch] == ref.Hash {
		return set
	}
	return nil
}

// Known tells whether a node is, or was, a key server in one of the sets.
func (s *Sets) Known(node wire.NodeID) bool {
	return slices.ContainsFunc(s.all, func(set *wire.ServerSet) bool { return set.Contains(node) })
}

// Ref names the newest set as set-ups name it: nil for set 0, which the first version of set-ups means.
func (s *Sets) Ref() *wire.SetRef {
	newest := len(s.all) - 1
	if newest == 0 {
		return nil
	}
	return &wire.SetRef{Epoch: uint64(newest), Hash: s.hashes[newest]}
}

// SetOf are the members of the set that a set-up is of, ascending. It fails with NotMember if this node knows no such set:
// it may be behind, or the other one is.
func (e *Env) SetOf(s *wire.Setup) ([]wire.NodeID, *wire.Error) {
	switch {
	case e.Sets == nil && s.Set == nil:
		return e.Set, nil
	case s.Set == nil:
		return e.Sets.At(0).Members, nil
	case e.Sets != nil:
		if set := e.Sets.Find(*s.Set); set != nil {
			return set.Members, nil
		}
	}
	return nil, wire.Errorf(wire.NotMember, "of server set %d (%v), which this key server does not know", s.Set.Epoch, s.Set.Hash)
}

// Listed tells whether a node is a member of a server set that this node knows. A former one may hold shares of keys that have
// not been moved yet, and has clients that ask it.
func (e *Env) Listed(node wire.NodeID) bool { return e.Stranger([]wire.NodeID{node}) == nil }

// Stranger is one of these nodes because of which they can't be holders of one key: nil if all of them are in one server set
// that this node knows. Those of a key that has not been moved yet may be of an earlier set.
func (e *Env) Stranger(nodes []wire.NodeID) *wire.NodeID {
	in := func(set []wire.NodeID) *wire.NodeID {
		if i := slices.IndexFunc(nodes, func(n wire.NodeID) bool { return !slices.Contains(set, n) }); i >= 0 {
			return &nodes[i]
		}
		return nil
	}
	stranger := in(e.Set)
	for epoch := uint64(0); stranger != nil && e.Sets.At(epoch) != nil; epoch++ {
		if in(e.Sets.At(epoch).Members) == nil {
			return nil
		}
	}
	return stranger
}

// CheckNewest fails with NotMember unless a set-up is of the newest set that this node knows: in another one nothing is
// begun any more.
func (e *Env) CheckNewest(s *wire.Setup) *wire.Error {
	if s.Set == nil && e.SetRef() == nil || s.Set != nil && e.Sets != nil && e.Sets.Find(*s.Set) == e.Sets.Newest() {
		return nil
	}
	return wire.Errorf(wire.NotMember, "of another server set than the newest one that %s knows", e.Self.ID().Short())
}

// SetRef names the newest set as set-ups name it: nil for set 0.
func (e *Env) SetRef() *wire.SetRef {
	if e.Sets == nil {
		return nil
	}
	return e.Sets.Ref()
}
