package threshold

import (
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// OpeningProofSize is the length of an opening's proof: challenge and three responses, 32 bytes each.
const OpeningProofSize = 4 * secp256k1.ScalarSize

// ECDSAOpeningSize is the length of an encoded opening in bytes.
const ECDSAOpeningSize = secp256k1.PointSize + secp256k1.ScalarSize + OpeningProofSize

// ECDSAOpening is a member's part of the nonce point and of the mask: R_i = k_i·G and w_i = a_i·k_i + b_i. Its proof is
// one of knowledge of (k_i, τ_i, σ_i), where τ_i is the blinding of k_i, and σ_i that of b_i plus k_i times that of a_i, with
//
//	R_i = k_i·G    K_i - R_i = τ_i·H    w_i·G - B_i = k_i·A_i - σ_i·H
//
// so both are made of what was dealt. (Without the first equation, with a proof of knowledge of a_i instead, R_i could be
// off by a multiple of H: the signature would come out wrong and everybody's proofs right.) Encoded it is R‖w‖proof, 224
// bytes.
type ECDSAOpening struct {
	R     *secp256k1.Point
	W     *secp256k1.Scalar
	Proof [OpeningProofSize]byte
}

// ParseECDSAOpening decodes an opening. R is not the identity, and all scalars are below the group order.
func ParseECDSAOpening(b []byte) (*ECDSAOpening, error) {
	if len(b) != ECDSAOpeningSize {
		return nil, fmt.Errorf("threshold: opening is %d bytes, not %d", len(b), ECDSAOpeningSize)
	}
	r, err := secp256k1.ParsePoint(b[:64])
	if err != nil {
		return nil, fmt.Errorf("threshold: nonce point of opening: %w", err)
	}
	w, err := secp256k1.ParseScalar(b[64:96])
	if err != nil {
		return nil, fmt.Errorf("threshold: product of opening: %w", err)
	}
	if _, err = parseScalars(b[96:]); err != nil {
		return nil, err
	}
	return &ECDSAOpening{R: r, W: w, Proof: [OpeningProofSize]byte(b[96:])}, nil
}

// Bytes returns the encoding.
func (o *ECDSAOpening) Bytes() (b [ECDSAOpeningSize]byte) {
	r, w := o.R.Bytes(), o.W.Bytes()
	copy(b[:64], r[:])
	copy(b[64:96], w[:])
	copy(b[96:], o.Proof[:])
	return b
}

// Open makes a member's opening. It is made once, when the hash to sign is fixed: the context must bind that, the key
// and its version, and the session. Whatever comes of it, the secret opens no more: ErrItemSpent.
func (i *ECDSAItem) Open(rand io.Reader, s *ECDSASecret, ctx Context) (*ECDSAOpening, error) {
	if s == nil || s.phase != unopened {
		return nil, ErrItemSpent
	}
	o, err := i.open(rand, s, ctx)
	if err != nil {
		s.Erase()
		return nil, err
	}
	EraseScalars(s.scalars[2*polyK : 2*polyA]) // k and b have done their part
	EraseScalars(s.scalars[2*polyB : 2*polyD])
	s.phase, s.item, s.ctx, s.nonce, s.product = opened, i.hash, ctx, o.R, o.W
	return o, nil
}

func (i *ECDSAItem) open(rand io.Reader, s *ECDSASecret, ctx Context) (*ECDSAOpening, error) {
	at, err := i.position(s)
	if err != nil {
		return nil, err
	}
	k, a, b := s.value(polyK), s.value(polyA), s.value(polyB)
	if k.IsZero() {
		return nil, ErrUnsignable
	}
	o := &ECDSAOpening{R: secp256k1.BaseMul(k), W: a.Times(k)}
	o.W.Add(o.W, b)
	tau, sigma := s.blinding(polyK), k.Times(s.blinding(polyA))
	sigma.Add(sigma, s.blinding(polyB))
	defer sigma.Erase()
	bound := i.bind(at, ctx)
	n, err := nonces(rand, "geth-ss/ecdsa/opening/nonce/v1", 3, bound, k, a, b, tau, sigma)
	if err != nil {
		return nil, err
	}
	defer EraseScalars(n)
	e := i.openingChallenge(at, o, bound,
		secp256k1.BaseMul(n[0]), second.Times(n[1]), i.points[at][polyA].Times(n[0]).Minus(second.Times(n[2])))
	o.Proof = [OpeningProofSize]byte(respond(e, n, k, tau, sigma))
	return o, nil
}

func (i *ECDSAItem) openingChallenge(at int, o *ECDSAOpening, bound []byte, t1, t2, t3 *secp256k1.Point) *secp256k1.Scalar {
	p := i.points[at]
	return challenge("geth-ss/ecdsa/opening/challenge/v1", bound, []*secp256k1.Scalar{o.W}, p[polyK], p[polyA], p[polyB], o.R, t1, t2, t3)
}

// VerifyOpening checks the opening of the member at a coordinate, made in this context.
func (i *ECDSAItem) VerifyOpening(at Coordinate, o *ECDSAOpening, ctx Context) error {
	position, err := i.set.Position(at)
	if err != nil {
		return err
	}
	z, err := parseScalars(o.Proof[:])
	if err != nil {
		return fmt.Errorf("threshold: opening of %v: %w", at, err)
	}
	if o.R.IsIdentity() {
		return fmt.Errorf("threshold: opening of %v: %w", at, secp256k1.ErrIdentity)
	}
	p, e := i.points[position], z[0]
	minus := e.Negated()
	t1 := secp256k1.MulAddPublic(z[1], minus, o.R)
	sums := secp256k1.SumEach( // of the second and the third equation
		[]*secp256k1.Point{second.Times(z[2]), secp256k1.MulAddPublic(minus.Times(o.W), z[1], p[polyA])},
		[]*secp256k1.Point{p[polyK].Minus(o.R).Times(minus), p[polyB].Times(e)},
		[]*secp256k1.Point{new(secp256k1.Point), second.Times(z[3].Negated())})
	if !e.Equal(i.openingChallenge(position, o, i.bind(position, ctx), t1, sums[0], sums[1])) {
		return fmt.Errorf("threshold: opening of %v: %w", at, ErrBadProof)
	}
	return nil
}
