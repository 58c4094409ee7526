package wire

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
)

// RoundCause says why a key is dealt anew within its set: exactly one of the two. A round that is due by the set's
// interval has none.
type RoundCause struct {
	Order  *SignedRefresh `rlp:"nil"`
	Repair *RepairRequest `rlp:"nil"`
}

// Bound wants one cause.
func (c *RoundCause) Bound() error {
	switch {
	case (c.Order == nil) == (c.Repair == nil):
		return errors.New("a round needs one cause: an order or a repair")
	case c.Order != nil:
		return c.Order.Bound()
	}
	return nil
}

// SignedRefresh is a refresh order with the signatures of the administrators of the set that it names.
type SignedRefresh struct {
	Order      RefreshOrder     `json:"message"`
	Signatures []AdminSignature `json:"signatures"`
}

// Bound checks the number of signatures.
func (s *SignedRefresh) Bound() error { return boundAdmins(s.Signatures) }

// RepairRequest is a key server's word that it lacks a share of a key, or may have forgotten what it promised for it, so
// that the others deal the key anew with it. It counts for the round that it names, of one key.
type RepairRequest struct {
	Cluster ClusterID
	Epoch   uint64
	Set     common.Hash // ServerSet.Hash
	Key     KeyID
	Round   uint64    // number of a recent final block
	Version SessionID // of the sharing that is current for Node; zero: it knows none
	Node    NodeID    // who lacks the share, and coordinates the round
	// Signature is Node's, on Digest.
	Signature Signature
}

// Digest is what the key server signs.
func (r *RepairRequest) Digest() [32]byte {
	return Digest("repair/1", r.Cluster[:], number(r.Epoch), r.Set[:], r.Key[:], number(r.Round), r.Version[:], r.Node[:])
}

// RoundKept is what a node keeps of the newest round of a set that is about all keys: so an order that one node was given
// is carried out when that one is gone.
type RoundKept struct {
	Round uint64
	Order *SignedRefresh `rlp:"nil"` // nil: due by the interval
	Done  bool           // no key is left here that could be dealt in it
}
