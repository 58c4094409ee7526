package wire

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// ProofKind says how a requester proves who it is.
type ProofKind uint8

// LegacyProof is Parity's: a recoverable signature directly over the 32 bytes of
// the key id, v in 0..3. It is a bearer token for every operation on that id, so
// it is taken on Parity's routes alone.
const LegacyProof ProofKind = 1

// maxProof bounds a proof of any kind: a wallet's may name MaxRequestKeys keys twice.
const maxProof = 24 << 10

// Proof is what a requester showed. It travels between the nodes, the address does
// not: every member recovers the address itself.
type Proof struct {
	Kind ProofKind
	Data []byte
}

// Requester is who asks, as proven.
type Requester struct {
	Proof   Proof
	Public  Point // X‖Y; what is released is sealed to this key
	Address common.Address
	Check   *ChainCheck    // what the chain has yet to confirm; nil for a legacy proof
	Author  common.Address // not zero: holds for keys of this author only
	Request common.Hash    // names the request in a receipt: what the wallet signed
}

// Recover opens the proof for an act. A failed recovery is an error, with reason
// BadRequester, before anything is asked: the zero address must never reach a
// contract, since deployed contracts let it in. A legacy proof is for any act on its key.
func (p Proof) Recover(act Act) (*Requester, error) {
	switch p.Kind {
	case LegacyProof:
		return p.recoverLegacy(act.Key)
	case WalletProof:
		return p.recoverWallet(act)
	}
	return nil, Errorf(BadRequester, "proof of unknown kind %d", p.Kind)
}

func (p Proof) recoverLegacy(id KeyID) (*Requester, error) {
	pub, err := recoverRaw(id, p.Data)
	if err != nil {
		return nil, Errorf(BadRequester, "bad signature: %v", err)
	}
	r := &Requester{Proof: p, Address: common.BytesToAddress(crypto.Keccak256(pub[1:])[12:]), Request: p.Hash()}
	copy(r.Public[:], pub[1:])
	return r, nil
}

func recoverRaw(digest KeyID, sig []byte) ([]byte, error) {
	if len(sig) != 65 {
		return nil, errors.New("signature is not 65 bytes")
	}
	return crypto.Ecrecover(digest[:], sig)
}

// Hash stands for the proof in session ids, so that what was said in a session can be
// shown to anybody without the proof: a legacy one works for whoever holds it.
func (p Proof) Hash() common.Hash { return Digest("proof", []byte{byte(p.Kind)}, p.Data) }

// Bound keeps proofs small.
func (p Proof) Bound() error {
	if len(p.Data) > maxProof {
		return errors.New("requester proof is too long")
	}
	return nil
}
