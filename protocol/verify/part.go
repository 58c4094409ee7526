package verify

import (
	"bytes"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// KeyQuorum computes what the nodes of a set need to make and check their partials
// under a key that has passed Record: set holds t+1 share indices, ascending. The
// quorum does not change and may be shared. With own, a share index, it has what that node
// needs for its own part; with 0 what it takes to check all.
func KeyQuorum(key *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error) {
	return Quorum(len(key.Setup.Members), key.Commitments, set, own)
}

// Quorum is KeyQuorum of a key's number of holders and joint commitments alone, as evidence and clients have them.
func Quorum(holders int, joint []wire.Point, set []uint32, own uint32) (quorum *threshold.Quorum, err error) {
	indices := make([]threshold.Index, len(set))
	for i, index := range set {
		if index == 0 || int(index) > holders {
			return nil, wire.Errorf(wire.InvalidMessage, "no share has index %d", index)
		}
		indices[i] = threshold.Index(index)
	}
	members, err := threshold.NewSet(indices...)
	if err != nil {
		return nil, wire.Errorf(wire.InvalidMessage, "set of a decryption: %v", err)
	}
	commitments := make(threshold.Commitments, len(joint))
	for i := range joint {
		if commitments[i], err = secp256k1.ParsePointOrIdentity(joint[i][:]); err != nil {
			return nil, wire.Errorf(wire.InvalidMessage, "key record: commitment %d: %v", i, err)
		}
	}
	if own != 0 {
		quorum, err = threshold.NewQuorumFor(members, commitments, threshold.Index(own))
	} else {
		quorum, err = threshold.NewQuorum(members, commitments)
	}
	if err != nil {
		return nil, wire.Errorf(wire.InvalidMessage, "set of a decryption: %v", err)
	}
	return quorum, nil
}

// PartContext is what the proof of a part is bound to. The session id is a hash over
// cluster, operation, key, version, both points, requester, block and set; the set's
// member, C and R_i are bound by threshold.
func PartContext(id wire.SessionID, sealed []byte) threshold.Context {
	return threshold.NewContext("geth-ss/retrieval/v1", id[:], sealed)
}

// Part parses and verifies a part of the node with this index. It does not look at
// the signature, which only says that the part is the node's.
func Part(q *threshold.Quorum, id wire.SessionID, index uint32, common *secp256k1.Point, shadow bool, m *wire.Partial) (*threshold.Partial, error) {
	if (len(m.Sealed) != 0) != shadow {
		return nil, wire.Errorf(wire.InvalidMessage, "partial of the wrong mode")
	}
	partial, err := threshold.ParsePartial(m.Part[:])
	if err != nil {
		return nil, err
	}
	if err := q.Verify(threshold.Index(index), common, partial, mode(shadow), PartContext(id, m.Sealed)); err != nil {
		return nil, err
	}
	return partial, nil
}

func mode(shadow bool) threshold.Mode {
	if shadow {
		return threshold.Shadow
	}
	return threshold.Plain
}

// Receipt tells whether sig is node's on a receipt. A contract recovers the signer from it, so v must be
// right as well.
func Receipt(node wire.NodeID, receipt *wire.Receipt, sig *wire.Signature) bool {
	digest := receipt.Digest()
	signer, err := crypto.Ecrecover(digest[:], sig[:])
	return err == nil && bytes.Equal(signer[1:], node[:]) && node.Signed(digest, sig)
}
