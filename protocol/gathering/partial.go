package gathering

import (
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// part is one node's share of a retrieval, in the form its sender and its receiver
// both compute with.
type part struct {
	partial *threshold.Partial
	sealed  []byte         // the blinding under ECIES; empty in plain retrieval
	receipt wire.Signature // zero for a legacy request
	signed  wire.Signature // on the whole
}

// makePart computes the own part of an attempt: for shadow retrieval with a sealer to the
// requester, for plain retrieval with nil.
func makePart(env *session.Env, q *threshold.Quorum, id wire.SessionID, share *session.Share, common *secp256k1.Point, sealer *ecies.Sealer) (*part, error) {
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
	partial, err := q.Partial(env.Rand, threshold.Index(share.Index), share.Value, common, mask, verify.PartContext(id, p.sealed))
	if err != nil {
		return nil, err
	}
	p.partial = partial
	return &p, nil
}

// makeOnePart is makePart with a sealer of its own.
func makeOnePart(env *session.Env, q *threshold.Quorum, id wire.SessionID, share *session.Share, common *secp256k1.Point, requester *wire.Requester, shadow bool) (*part, error) {
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

func newSealer(env *session.Env, requester *wire.Requester) (*ecies.Sealer, error) {
	to, err := secp256k1.ParsePoint(requester.Public[:])
	if err != nil {
		return nil, fmt.Errorf("sealing to the requester: %w", err)
	}
	return ecies.NewSealer(env.Rand, to)
}

// Seal encrypts to a requester: ecies.Overhead bytes longer than plain.
func Seal(rand io.Reader, to wire.Point, plain []byte) ([]byte, error) {
	key, err := secp256k1.ParsePoint(to[:])
	if err != nil {
		return nil, fmt.Errorf("sealing to the requester: %w", err)
	}
	sealed, err := ecies.Seal(rand, key, plain)
	if err != nil {
		return nil, fmt.Errorf("sealing to the requester: %w", err)
	}
	return sealed, nil
}

func sealMask(env *session.Env, mask *threshold.Mask, sealer *ecies.Sealer) ([]byte, error) {
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
func (p *part) sign(self *session.NodeKey, id wire.SessionID, index uint32, receipt *wire.Receipt) *wire.Partial {
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

// receiptFor is what the members of an attempt sign for its requester; nil if its
// request is a legacy one, which nobody could tell from another.
func receiptFor(env *session.Env, requester *wire.Requester, version wire.SessionID, key wire.KeyID, block wire.BlockRef) *wire.Receipt {
	if requester.Proof.Kind == wire.LegacyProof {
		return nil
	}
	return &wire.Receipt{Cluster: env.Cluster, Request: requester.Request, Requester: requester.Address,
		Key: key, Version: version, Block: block, Granted: true}
}

// partOf is another node's part, which has been checked.
func partOf(partial *threshold.Partial, m *wire.Partial) *part {
	return &part{partial: partial, sealed: m.Sealed, receipt: m.Receipt, signed: m.Signature}
}
