package session

import (
	"bytes"
	"fmt"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// MakeQuorum computes what the nodes of a set need to make and check their partials
// under a key that has passed VerifyRecord: set holds t+1 share indices, ascending. The
// quorum does not change and may be shared. With own, a share index, it has what that node
// needs for its own part; with 0 what it takes to check all.
func MakeQuorum(key *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error) {
	return makeQuorum(len(key.Setup.Members), key.Commitments, set, own)
}

func makeQuorum(holders int, joint []wire.Point, set []uint32, own uint32) (quorum *threshold.Quorum, err error) {
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

// quorum is the remembered one, or a new one.
func (e *Env) quorum(key *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error) {
	if e.Quorums != nil {
		return e.Quorums(key, set, own)
	}
	return MakeQuorum(key, set, own)
}

// part is one node's share of a retrieval, in the form its sender and its receiver
// both compute with.
type part struct {
	partial *threshold.Partial
	sealed  []byte         // the blinding under ECIES; empty in plain retrieval
	receipt wire.Signature // zero for a legacy request
	signed  wire.Signature // on the whole
}

// partContext is what the proof of a part is bound to. The session id is a hash over
// cluster, operation, key, version, both points, requester, block and set; the set's
// member, C and R_i are bound by threshold.
func partContext(id wire.SessionID, sealed []byte) threshold.Context {
	return threshold.NewContext("geth-ss/retrieval/v1", id[:], sealed)
}

// makePart computes the own part of an attempt: for shadow retrieval with a sealer to the
// requester, for plain retrieval with nil.
func makePart(env *Env, q *threshold.Quorum, id wire.SessionID, share *Share, common *secp256k1.Point, sealer *ecies.Sealer) (*part, error) {
	var p part
	var mask *threshold.Mask
	if sealer != nil {
		var err error
		if mask, err = q.NewMask(env.Rand); err != nil {
			return nil, err
		}
		defer mask.Erase()
		if p.sealed, err = sealMask(env, mask, sealer); err != nil {
			return nil, err
		}
	}
	partial, err := q.Partial(env.Rand, threshold.Index(share.Index), share.Value, common, mask, partContext(id, p.sealed))
	if err != nil {
		return nil, err
	}
	p.partial = partial
	return &p, nil
}

// makeOnePart is makePart with a sealer of its own.
func makeOnePart(env *Env, q *threshold.Quorum, id wire.SessionID, share *Share, common *secp256k1.Point, requester *wire.Requester, shadow bool) (*part, error) {
	if !shadow {
		return makePart(env, q, id, share, common, nil)
	}
	sealer, err := newSealer(env, requester)
	if err != nil {
		return nil, err
	}
	defer sealer.Erase()
	return makePart(env, q, id, share, common, sealer)
}

func newSealer(env *Env, requester *wire.Requester) (*ecies.Sealer, error) {
	to, err := secp256k1.ParsePoint(requester.Public[:])
	if err != nil {
		return nil, fmt.Errorf("sealing to the requester: %w", err)
	}
	return ecies.NewSealer(env.Rand, to)
}

func sealMask(env *Env, mask *threshold.Mask, sealer *ecies.Sealer) ([]byte, error) {
	coefficient, err := mask.Coefficient()
	if err != nil {
		return nil, err
	}
	defer coefficient.Erase()
	plain := coefficient.Bytes()
	defer clear(plain[:])
	return sealer.Seal(env.Rand, plain[:])
}

// sign makes the own part as it travels: were it wrong, everybody could see.
func (p *part) sign(self *Identity, id wire.SessionID, index uint32, receipt *wire.Receipt) *wire.Partial {
	m := p.message()
	p.signed = self.Sign(m.Digest(id, index))
	if receipt != nil {
		p.receipt = self.Sign(receipt.Digest())
	}
	return p.message()
}

// message is the part as it travels.
func (p *part) message() *wire.Partial {
	return &wire.Partial{Part: p.partial.Bytes(), Sealed: p.sealed, Signature: p.signed, Receipt: p.receipt}
}

// receiptFor is what the participants of an attempt sign for its requester; nil if its
// request is a legacy one, which nobody could tell from another.
func receiptFor(env *Env, requester *wire.Requester, version wire.SessionID, key wire.KeyID, block wire.BlockRef) *wire.Receipt {
	if requester.Proof.Kind == wire.LegacyProof {
		return nil
	}
	return &wire.Receipt{Cluster: env.Cluster, Request: requester.Request, Requester: requester.Address,
		Key: key, Version: version, Block: block, Granted: true}
}

// verifyReceipt tells whether sig is node's on a receipt. A contract recovers the signer from it, so v must be
// right as well.
func verifyReceipt(node wire.NodeID, receipt *wire.Receipt, sig *wire.Signature) bool {
	digest := receipt.Digest()
	signer, err := crypto.Ecrecover(digest[:], sig[:])
	return err == nil && bytes.Equal(signer[1:], node[:]) && verify(node, digest, sig)
}

// checkPart parses and verifies a part of the node with this index. It does not look at
// the signature, which only says that the part is the node's.
func checkPart(q *threshold.Quorum, id wire.SessionID, index uint32, common *secp256k1.Point, shadow bool, m *wire.Partial) (*part, error) {
	if (len(m.Sealed) != 0) != shadow {
		return nil, wire.Errorf(wire.InvalidMessage, "partial of the wrong mode")
	}
	partial, err := threshold.ParsePartial(m.Part[:])
	if err != nil {
		return nil, err
	}
	if err := q.Verify(threshold.Index(index), common, partial, mode(shadow), partContext(id, m.Sealed)); err != nil {
		return nil, err
	}
	return &part{partial: partial, sealed: m.Sealed, receipt: m.Receipt, signed: m.Signature}, nil
}

func mode(shadow bool) threshold.Mode {
	if shadow {
		return threshold.Shadow
	}
	return threshold.Plain
}
