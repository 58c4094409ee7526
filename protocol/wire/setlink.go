package wire

import (
	"errors"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// SetAttempt is one go at having a server set follow another: an order, who coordinates, and which members of the new set
// are ready. Coordinator, nonce and block name the proposal, for which members sign that they are ready. Who was ready
// then fixes the set, and the attempt, about which the members of the parent vote.
type SetAttempt struct {
	Order       SetOrder         `json:"order"`
	Orders      []AdminSignature `json:"orders"` // of administrators of the parent, on Order.Digest
	Coordinator NodeID           `json:"coordinator"`
	Nonce       common.Hash      `json:"nonce"`
	Block       BlockRef         `json:"block"` // final where the coordinator was: the set is said to follow from there on
	Ready       []Readiness      `json:"ready"` // ascending by node: those whose epoch keys are in the set
	// Signature is the coordinator's, on CoordinatedDigest: nobody begins attempts in another's name.
	Signature Signature `json:"signature"`
}

// Readiness says that a member of a new set has its node key and keeps its epoch key. Both keys sign ReadyDigest.
type Readiness struct {
	Node      NodeID    `json:"id"`
	Key       Point     `json:"key"`       // the epoch key, drawn for the order
	Proof     Signature `json:"proof"`     // by the epoch key
	Signature Signature `json:"signature"` // by the node key
}

// SetSign is a member's signature on AttemptDigest: it is bound to the attempt, and to no other one for this epoch until
// it is shown that the attempt was abandoned.
type SetSign struct {
	Node      NodeID    `json:"id"`
	Signature Signature `json:"signature"`
	Epoch     Signature `json:"epoch"` // by the member's epoch key in the set of the voters; zero if that has none of it
}

// SetLink convinces whoever trusts the parent that a set follows it: the attempt with the signatures of a set quorum that
// is bound to it, its certificate, and the votes of a set quorum that has completed it. Of a parent that is given up, the
// signatures of all administrators are what convinces; the quorum is then the new set's.
type SetLink struct {
	Attempt SetAttempt `json:"attempt"`
	Signed  []SetSign  `json:"signed"` // of voters that are bound to it, ascending by node: SetAttempt.Voters
	Decided Decision   `json:"decided"`
}

// Proposal names what members say they are ready for. It is the id of the session in which the set is decided.
func (a *SetAttempt) Proposal() SessionID {
	order := a.Order.Digest()
	return SessionID(Digest("set proposal/1", a.Order.Cluster[:], a.Order.Parent[:], order[:], a.Coordinator[:], a.Nonce[:],
		number(a.Block.Number), a.Block.Hash[:]))
}

// Set is what is to follow: that of the order, with the epoch keys of those that are ready.
func (a *SetAttempt) Set() *ServerSet {
	set := a.Order.Set()
	for i := range a.Ready {
		if at, ok := slices.BinarySearchFunc(set.Members, a.Ready[i].Node, NodeID.Compare); ok {
			set.Keys[at] = a.Ready[i].Key
		}
	}
	return set
}

// Voters are the set whose members decide about the attempt: the parent's, and those of the new set themselves if the order
// gives the parent up.
func (a *SetAttempt) Voters(parent *ServerSet) *ServerSet {
	if a.Order.GiveUp {
		return a.Set()
	}
	return parent
}

// Concerns tells whether a node has a word about the attempt: it decides, or it is a member of a parent that is given up, and
// notes that, so that it decides about nothing else.
func (a *SetAttempt) Concerns(parent *ServerSet, node NodeID) bool {
	return parent.Contains(node) || a.Voters(parent).Contains(node)
}

// ID names the attempt: its votes are on VoteDigest of it.
func (a *SetAttempt) ID() SessionID { return SetAttemptID(a.Order.Cluster, a.Body()) }

// Body is the hash of all that the attempt is about.
func (a *SetAttempt) Body() common.Hash {
	set, proposal := a.Set().Hash(), a.Proposal()
	var orders []byte
	for i := range a.Orders {
		orders = append(orders, a.Orders[i][:]...)
	}
	return Digest("set attempt body/1", set[:], proposal[:], orders)
}

// SetAttemptID is the name of an attempt of which only the hash of its body is told.
func SetAttemptID(cluster ClusterID, body common.Hash) SessionID {
	return SessionID(Digest("set attempt/1", cluster[:], body[:]))
}

// Bound checks lengths and order.
func (a *SetAttempt) Bound() error {
	if err := a.Order.Bound(); err != nil {
		return err
	}
	if err := boundAdmins(a.Orders); err != nil {
		return err
	}
	return boundReady(a.Ready)
}

func boundReady(ready []Readiness) error {
	if len(ready) > MaxMembers {
		return errors.New("too many that are ready")
	}
	for i := 1; i < len(ready); i++ {
		if ready[i-1].Node.Compare(ready[i].Node) >= 0 {
			return errors.New("those that are ready are not in ascending order")
		}
	}
	return nil
}

// Set is the one that follows.
func (l *SetLink) Set() *ServerSet { return l.Attempt.Set() }

// Bound checks lengths and order.
func (l *SetLink) Bound() error {
	if err := l.Attempt.Bound(); err != nil {
		return err
	}
	if err := boundSetSigns(l.Signed); err != nil {
		return err
	}
	return l.Decided.Bound()
}

func boundSetSigns(signs []SetSign) error {
	if len(signs) > MaxMembers {
		return errors.New("too many signatures")
	}
	for i := 1; i < len(signs); i++ {
		if signs[i-1].Node.Compare(signs[i].Node) >= 0 {
			return errors.New("signatures are not in ascending order of nodes")
		}
	}
	return nil
}

// ReadyDigest is what a member of a new set signs with its node key and its epoch key.
func ReadyDigest(parent, order common.Hash, proposal SessionID, node NodeID, key Point) [32]byte {
	return Digest("set ready/1", parent[:], order[:], proposal[:], node[:], key[:])
}

// AttemptDigest is what a member of the parent signs that is bound to an attempt, with its node key and its epoch key.
func AttemptDigest(attempt SessionID) [32]byte { return Digest("set bound/1", attempt[:]) }

// CoordinatedDigest is what the coordinator of an attempt signs.
func CoordinatedDigest(attempt SessionID) [32]byte { return Digest("set coordinated/1", attempt[:]) }

// Signed tells whether sig is the signature of this key on digest. Its v is not looked at.
func (p Point) Signed(digest [32]byte, sig *Signature) bool {
	return crypto.VerifySignature(append([]byte{4}, p[:]...), digest[:], sig[:64])
}
