package threshold

import (
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// ErrBadProof means that a proof does not hold: the prover is wrong, or it was made in another context.
var ErrBadProof = errors.New("threshold: proof does not hold")

// ProofSize is the length of both kinds of proof: challenge e and response s, 32 bytes each.
const ProofSize = 64

// KnowledgeProof is Schnorr's proof that its maker knows the discrete logarithm of a point, in one context: e‖s with
// sG - eX = R and e = H(context, G, X, R).
type KnowledgeProof [ProofSize]byte

// ParseKnowledgeProof decodes a proof; both halves must be below the group order.
func ParseKnowledgeProof(b []byte) (KnowledgeProof, error) {
	var p KnowledgeProof
	_, _, err := parseProof(b)
	if err == nil {
		copy(p[:], b)
	}
	return p, err
}

func parseProof(b []byte) (e, s *secp256k1.Scalar, err error) {
	if len(b) != ProofSize {
		return nil, nil, fmt.Errorf("threshold: proof is %d bytes, not %d", len(b), ProofSize)
	}
	if e, err = secp256k1.ParseScalar(b[:32]); err != nil {
		return nil, nil, fmt.Errorf("threshold: challenge of proof: %w", err)
	}
	if s, err = secp256k1.ParseScalar(b[32:]); err != nil {
		return nil, nil, fmt.Errorf("threshold: response of proof: %w", err)
	}
	return e, s, nil
}

func packProof(e, s *secp256k1.Scalar) (p [ProofSize]byte) {
	eb, sb := e.Bytes(), s.Bytes()
	copy(p[:32], eb[:])
	copy(p[32:], sb[:])
	return p
}

// ProveKnowledge proves knowledge of x with X = xG. The nonce hashes the secret and the context with 32 fresh bytes, so
// a source that repeats itself does not give two proofs one nonce, and one that is predictable does not give it away.
func ProveKnowledge(rand io.Reader, x *secp256k1.Scalar, public *secp256k1.Point, ctx Context) (KnowledgeProof, error) {
	if x.IsZero() || public.IsIdentity() {
		return KnowledgeProof{}, errors.New("threshold: proving knowledge of zero proves nothing")
	}
	fresh, err := freshBytes(rand)
	if err != nil {
		return KnowledgeProof{}, err
	}
	secret, xb := x.Bytes(), public.Bytes()
	k := secp256k1.HashToScalar("geth-ss/knowledge/nonce/v1", secret[:], xb[:], ctx[:], fresh[:])
	clear(secret[:])
	defer k.Erase()
	if k.IsZero() {
		return KnowledgeProof{}, errors.New("threshold: nonce is zero; try again")
	}
	e := knowledgeChallenge(public, secp256k1.BaseMul(k), ctx)
	return packProof(e, k.Plus(e.Times(x))), nil
}

// freshBytes are what the nonce of a proof is hashed with.
func freshBytes(rand io.Reader) (fresh [32]byte, err error) {
	if _, err = io.ReadFull(rand, fresh[:]); err != nil {
		err = fmt.Errorf("threshold: reading randomness: %w", err)
	}
	return fresh, err
}

// VerifyKnowledge checks a proof of knowledge of the discrete logarithm of public.
func VerifyKnowledge(public *secp256k1.Point, proof KnowledgeProof, ctx Context) error {
	e, s, err := parseProof(proof[:])
	if err != nil {
		return err
	}
	if public.IsIdentity() {
		return ErrBadProof
	}
	r := secp256k1.MulAddPublic(s, e.Negated(), public)
	if r.IsIdentity() || !e.Equal(knowledgeChallenge(public, r, ctx)) {
		return ErrBadProof
	}
	return nil
}

func knowledgeChallenge(public, r *secp256k1.Point, ctx Context) *secp256k1.Scalar {
	g, xb, rb := secp256k1.Generator().Bytes(), public.Bytes(), r.Bytes()
	return secp256k1.HashToScalar("geth-ss/knowledge/challenge/v1", g[:], xb[:], rb[:], ctx[:])
}
