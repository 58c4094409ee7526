package verify

import (
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// SchnorrSigning is what the shares of a Schnorr signature are made and checked with: of hash, in a scheme of wire other
// than ECDSA, under the public key, by the quorum with the nonces in list, in the order of its set.
func SchnorrSigning(q *threshold.Quorum, public *secp256k1.Point, scheme wire.Scheme, hash [32]byte, list []wire.NonceBytes) (*threshold.SchnorrSigning, error) {
	of, err := schnorrScheme(scheme)
	if err != nil {
		return nil, err
	}
	commitments := make([]*threshold.NonceCommitment, len(list))
	for i := range list {
		if commitments[i], err = threshold.ParseNonceCommitment(list[i][:]); err != nil {
			return nil, err
		}
	}
	return threshold.NewSchnorrSigning(q, public, of, hash[:], commitments)
}

// schnorrScheme is the scheme in the words of the arithmetic. No other scheme is taken for one of Schnorr's.
func schnorrScheme(s wire.Scheme) (threshold.SchnorrScheme, error) {
	switch s {
	case wire.Schnorr:
		return threshold.ParitySchnorr, nil
	case wire.RFC9591:
		return threshold.RFC9591, nil
	case wire.BIP340:
		return threshold.BIP340, nil
	}
	return 0, wire.Errorf(wire.Unsupported, "%v is not a scheme of Schnorr signatures", s)
}

// ECDSAContext is what the proofs of an attempt are bound to: its id is a hash over all that
// is signed and by whom.
func ECDSAContext(id wire.SessionID) threshold.Context {
	return threshold.NewContext("geth-ss/ecdsa/v1", id[:])
}

// Opening parses a holder's part of R and w and checks its proofs, which are bound to ctx (ECDSAContext). It does not look
// at the signature.
func Opening(item *threshold.ECDSAItem, index uint32, m *wire.Opened, ctx threshold.Context) (*threshold.ECDSAOpening, error) {
	o, err := threshold.ParseECDSAOpening(m.Opening[:])
	if err != nil {
		return nil, err
	}
	return o, item.VerifyOpening(threshold.Index(index), o, ctx)
}

// ItemSet is the set of an item's members.
func ItemSet(s *wire.DealSetup) (*threshold.Set, error) {
	indices := make([]threshold.Index, len(s.Set))
	for i, index := range s.Set {
		indices[i] = threshold.Index(index)
	}
	return threshold.NewSet(indices...)
}
