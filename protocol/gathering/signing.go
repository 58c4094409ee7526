package gathering

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Signing is the coordinator of a signature under a server key: a gathering of t+1
// holders, or of 2t+1 for ECDSA, each of which asks its own chain before it answers. The
// signature is verified before it is told. Where it does not hold, those whose shares are
// wrong are named, and others asked.
type Signing struct {
	gathering
	scheme    wire.Scheme
	hash      common.Hash
	lend      items.Lender
	public    *secp256k1.Point // the joint key
	signature []byte
}

// NewSigning begins to sign a hash under a key. record is confirmed and has passed
// verify.Record. It fails at once with BadRequester, Policy, TooFew when there are fewer
// holders than the scheme takes, or Cryptographic for a hash that ECDSA can't sign.
func NewSigning(env session.Env, lend items.Lender, state *session.State, record *wire.KeyRecord, proof wire.Proof, scheme wire.Scheme, hash common.Hash) (*Signing, error) {
	requester, err := session.OpenSign(&env, record.Setup.Key, proof, scheme, hash)
	if err != nil {
		return nil, err
	}
	if err := session.CheckReader(requester, record); err != nil {
		return nil, err
	}
	size, err := signers(scheme, record)
	if err != nil {
		return nil, err
	}
	if scheme == wire.ECDSA && !threshold.Signable(hash) {
		return nil, wire.Errorf(wire.Cryptographic, "ECDSA can't sign a hash that is zero modulo the group order")
	}
	s := &Signing{scheme: scheme, hash: hash, lend: lend}
	if s.public, err = verify.JointKey(record); err != nil {
		return nil, err
	}
	s.task = &schnorrTask{s}
	if scheme == wire.ECDSA {
		s.task = &ecdsaTask{s}
	}
	if err := s.init(env, state, record, requester, size, "signing", "signed"); err != nil {
		return nil, err
	}
	if scheme == wire.ECDSA {
		s.patience = min(ecdsaHedgeTicks*(4+env.Signing)/4, retryTicks)
	}
	return s, nil
}

var (
	_ spending = (*schnorrTask)(nil)
	_ spending = (*ecdsaTask)(nil)
	_ stocked  = (*ecdsaTask)(nil)
)

// Signature is in the form of the scheme; nil unless the session ended without an error.
func (s *Signing) Signature() []byte { return s.signature }

// Block is where the permission was decided; of a signature.
func (s *Signing) Block() wire.BlockRef { return s.round.block }

// ask is the opening of an attempt, but for what its scheme adds.
func (s *Signing) ask(set []uint32) (*wire.Sign, error) {
	m := &wire.Sign{Key: s.record.Setup.Key, Version: s.record.Version(), Scheme: s.scheme, Hash: s.hash,
		Proof: s.requester.Proof, Block: s.round.block, Set: set}
	if err := s.env.ReadRandom(m.Nonce[:]); err != nil {
		return nil, err
	}
	return m, nil
}

// forget: the node was started again.
func (s *Signing) forget(node wire.NodeID) { s.lend(func(v *items.Vault) { v.Forget(node) }) }
