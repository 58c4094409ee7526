package wire

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// ServerSet is who the key servers are in one epoch, and who may change them. Its hash names it. The addresses by which
// members are reached are outside of it: they change more often.
type ServerSet struct {
	Cluster   ClusterID   `json:"cluster"`
	Epoch     uint64      `json:"epoch"`   // 0: the configured set, with which the cluster began
	Parent    common.Hash `json:"parent"`  // Hash of the set before; zero in epoch 0
	Members   []NodeID    `json:"members"` // ascending
	Keys      []Point     `json:"keys"`    // epoch keys, in the order of the members; zero of one that was not ready; none in epoch 0
	Floor     uint32      `json:"floor"`   // the lowest threshold t of any sharing in this set; never lower than the parent's
	Refresh   uint64      `json:"refresh"` // seconds after which shares are dealt anew; 0: only when they are told to
	Authority Authority   `json:"authority"`
}

// Authority is who may say which set is next. Zero: nobody.
type Authority struct {
	Administrators []common.Address `json:"administrators"` // ascending
	Needed         uint32           `json:"needed"`         // how many of them have to sign an order
	// Contract is the one that names the set, in place of administrators. No program of this version sets it.
	Contract common.Address `json:"contract"`
}

// MaxAdministrators bounds them.
const MaxAdministrators = 64

// None tells whether nobody may change the set.
func (a *Authority) None() bool { return len(a.Administrators) == 0 }

// Bound checks order and number.
func (a *Authority) Bound() error {
	switch n := len(a.Administrators); {
	case n > MaxAdministrators:
		return errors.New("too many administrators")
	case int64(a.Needed) > int64(n) || (a.Needed == 0) != (n == 0):
		return errors.New("number of administrators that must sign is out of range")
	case a.Contract != common.Address{}:
		return errors.New("key servers named by a contract are not supported by this version")
	}
	for i := 1; i < len(a.Administrators); i++ {
		if a.Administrators[i-1].Cmp(a.Administrators[i]) >= 0 {
			return errors.New("administrators are not in ascending order")
		}
	}
	return nil
}

// DrainBlocks is for how many blocks receipts of a set are believed after the block that the link to the next one names:
// meanwhile keys are dealt to that, and requests that have begun come to their end. It bounds what honest key servers sign,
// and no thief: who has stolen the node keys of a former set dates a receipt back.
const DrainBlocks = 10_000

// SetRef names a set.
type SetRef struct {
	Epoch uint64      `json:"epoch"`
	Hash  common.Hash `json:"hash"` // ServerSet.Hash
}

// Hash names the set: it covers all of it.
func (s *ServerSet) Hash() common.Hash {
	members, keys, admins := joinIDs(s.Members), make([]byte, 0, 64*len(s.Keys)), make([]byte, 0, 20*len(s.Authority.Administrators))
	for i := range s.Keys {
		keys = append(keys, s.Keys[i][:]...)
	}
	for _, a := range s.Authority.Administrators {
		admins = append(admins, a[:]...)
	}
	return Digest("server set/1", s.Cluster[:], number(s.Epoch), s.Parent[:], members, keys, index(s.Floor), number(s.Refresh),
		admins, index(s.Authority.Needed), s.Authority.Contract[:])
}

// Ref names the set.
func (s *ServerSet) Ref() SetRef { return SetRef{Epoch: s.Epoch, Hash: s.Hash()} }

// Contains tells whether a node is a member.
func (s *ServerSet) Contains(node NodeID) bool {
	_, found := slices.BinarySearchFunc(s.Members, node, NodeID.Compare)
	return found
}

// Faults is f = ⌊(n−1)/3⌋: how many members may lie when the set decides about the next.
func (s *ServerSet) Faults() int { return (len(s.Members) - 1) / 3 }

// Quorum is the set quorum ⌈(n+f+1)/2⌉: how many members decide about the next set, and how many listings and signatures
// of readiness are enough.
func (s *ServerSet) Quorum() int { return Majority(len(s.Members), s.Faults()) }

// Bound checks what needs no curve.
func (s *ServerSet) Bound() error {
	n := len(s.Members)
	switch {
	case n == 0 || n > MaxMembers:
		return errors.New("number of key servers out of range")
	case s.Epoch == 0 && (len(s.Keys) != 0 || s.Parent != common.Hash{}):
		return errors.New("a first set with a parent or with epoch keys")
	case s.Epoch != 0 && len(s.Keys) != n:
		return errors.New("number of epoch keys is not that of the key servers")
	case int64(s.Floor) >= int64(n):
		return errors.New("the lowest threshold is not below the number of key servers")
	}
	for i := 1; i < n; i++ {
		if s.Members[i-1].Compare(s.Members[i]) >= 0 {
			return errors.New("key servers are not in ascending order")
		}
	}
	return s.Authority.Bound()
}

// Slot is what at most one sharing is certified for: a key, in one epoch and round. That of the generation of a key is
// the zero slot, whichever set made it, since an id has one key across all sets.
type Slot struct {
	Epoch uint64
	Round uint64
}

// Compare orders slots: a certificate of a later one supersedes all earlier ones.
func (s Slot) Compare(other Slot) int {
	if s.Epoch != other.Epoch {
		return compare(s.Epoch, other.Epoch)
	}
	return compare(s.Round, other.Round)
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// number is how a number of 64 bits is hashed.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func joinIDs(ids []NodeID) []byte {
	all := make([]byte, 0, 64*len(ids))
	for i := range ids {
		all = append(all, ids[i][:]...)
	}
	return all
}
