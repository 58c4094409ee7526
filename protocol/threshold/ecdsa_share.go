package threshold

import (
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// ECDSASigning is one signature in the making: item, nonce point R and hash are fixed. It does not change.
type ECDSASigning struct {
	item     *ECDSAItem
	openings []*ECDSAOpening
	point    *secp256k1.Point  // R
	r        *secp256k1.Scalar // its x coordinate modulo q
	w        *secp256k1.Scalar
	inverse  *secp256k1.Scalar // 1/w
	hash     *secp256k1.Scalar // modulo q
	recovery byte              // v, for the s that the shares add up to
}

// NewSigning makes R and w of the openings of all members, in the order of the set, for one hash. Each opening has
// passed VerifyOpening in the context that binds this hash; a member need not verify its own. It refuses a hash that is
// zero modulo q, whose signature is one on other hashes under other keys.
func (i *ECDSAItem) NewSigning(openings []*ECDSAOpening, hash [32]byte) (*ECDSASigning, error) {
	points, products := make([]*secp256k1.Point, len(openings)), make([]*secp256k1.Scalar, len(openings))
	for j, o := range openings {
		if o == nil {
			return nil, fmt.Errorf("threshold: not an opening of each member: %w", ErrSetSize)
		}
		points[j], products[j] = o.R, o.W
	}
	point, err := i.set.CombinePoints(points)
	if err != nil {
		return nil, err
	}
	w, err := i.set.CombineScalars(products)
	if err != nil {
		return nil, err
	}
	g := &ECDSASigning{item: i, openings: openings, point: point, w: w, inverse: w.InversePublic()}
	var overflow bool
	if g.hash, _ = reduce(hash); point.IsIdentity() || w.IsZero() || g.hash.IsZero() {
		return nil, ErrUnsignable
	}
	if g.r, overflow = reduce(point.XBytes()); g.r.IsZero() {
		return nil, ErrUnsignable
	}
	g.recovery = point.Compressed()[0] & 1
	if overflow {
		g.recovery |= 2
	}
	return g, nil
}

// Signable tells whether ECDSA can sign this hash: not if it is zero modulo q, whose signature would be one of other
// hashes under other keys.
func Signable(hash [32]byte) bool {
	h, _ := reduce(hash)
	return !h.IsZero()
}

// reduce takes a public 256-bit number modulo q, and tells whether that changed it.
func reduce(b [32]byte) (s *secp256k1.Scalar, changed bool) {
	s, err := secp256k1.ParseScalar(b[:])
	if err == nil {
		return s, false
	}
	s = new(secp256k1.Scalar)
	s.SetBytes(b[:])
	return s, true
}

// ShareProofSize is the length of a share's proof: challenge and three responses, 32 bytes each.
const ShareProofSize = 4 * secp256k1.ScalarSize

// ECDSAShareSize is the length of an encoded share in bytes.
const ECDSAShareSize = secp256k1.ScalarSize + ShareProofSize

// ECDSAShare is a member's share of s: y_i = c_i(h + r·x_i) + h·d_i + e_i with c_i = a_i/w. Its proof is one of knowledge
// of (c_i, ρ_i/w, u_i), where u_i is the blinding of h·d_i + e_i, with
//
//	A_i/w = c_i·G + (ρ_i/w)·H    y_i·G - h·D_i - E_i = c_i(h·G + r·Y_i) - u_i·H
//
// It need be looked at only if the signature turns out wrong. Encoded it is y‖proof, 160 bytes.
type ECDSAShare struct {
	Y     *secp256k1.Scalar
	Proof [ShareProofSize]byte
}

// ParseECDSAShare decodes a share; all scalars are below the group order.
func ParseECDSAShare(b []byte) (*ECDSAShare, error) {
	if len(b) != ECDSAShareSize {
		return nil, fmt.Errorf("threshold: signature share is %d bytes, not %d", len(b), ECDSAShareSize)
	}
	all, err := parseScalars(b)
	if err != nil {
		return nil, err
	}
	return &ECDSAShare{Y: all[0], Proof: [ShareProofSize]byte(b[32:])}, nil
}

// Bytes returns the encoding.
func (s *ECDSAShare) Bytes() (b [ECDSAShareSize]byte) {
	packScalars(b[:32], s.Y)
	copy(b[32:], s.Proof[:])
	return b
}

// Share makes a member's share of the signature with its key share x and the public part of that, Y_i. The secret was
// opened for this item, in this context, with the opening that the signing has of this member; else ErrOtherItem. When
// Share returns the secret is gone, whatever comes of it.
func (g *ECDSASigning) Share(rand io.Reader, s *ECDSASecret, x *secp256k1.Scalar, public *secp256k1.Point, ctx Context) (*ECDSAShare, error) {
	defer s.Erase()
	switch {
	case s == nil || s.phase == spent:
		return nil, ErrItemSpent
	case s.phase == unopened:
		return nil, ErrItemClosed
	}
	at, err := g.item.position(s)
	if err != nil {
		return nil, err
	}
	own := g.openings[at]
	if s.item != g.item.hash || s.ctx != ctx || !own.R.Equal(s.nonce) || !own.W.Equal(s.product) {
		return nil, ErrOtherItem
	}
	return g.share(rand, at, s, x, public, ctx)
}

func (g *ECDSASigning) share(rand io.Reader, at int, s *ECDSASecret, x *secp256k1.Scalar, public *secp256k1.Point, ctx Context) (*ECDSAShare, error) {
	c, rho := s.value(polyA).Times(g.inverse), s.blinding(polyA).Times(g.inverse)
	u, mask := g.masked(s.blinding(polyD), s.blinding(polyE)), g.masked(s.value(polyD), s.value(polyE))
	y := g.r.Times(x)
	defer EraseScalars([]*secp256k1.Scalar{c, rho, u, mask})
	y.Add(y, g.hash)
	y.Mul(y, c)
	y.Add(y, mask)

	bound := g.item.bind(at, ctx)
	n, err := nonces(rand, "geth-ss/ecdsa/share/nonce/v1", 3, bound, c, rho, u, x)
	if err != nil {
		return nil, err
	}
	defer EraseScalars(n)
	base := secp256k1.MulAddPublic(g.hash, g.r, public)
	out := &ECDSAShare{Y: y}
	first := secp256k1.SumEach(
		[]*secp256k1.Point{secp256k1.BaseMul(n[0]), base.Times(n[0])},
		[]*secp256k1.Point{second.Times(n[1]), second.Times(n[2].Negated())})
	e := g.shareChallenge(at, y, public, bound, first[0], first[1])
	out.Proof = [ShareProofSize]byte(respond(e, n, c, rho, u))
	return out, nil
}

// masked is h·d + e.
func (g *ECDSASigning) masked(d, e *secp256k1.Scalar) *secp256k1.Scalar {
	m := g.hash.Times(d)
	m.Add(m, e)
	return m
}

func (g *ECDSASigning) shareChallenge(at int, y *secp256k1.Scalar, public *secp256k1.Point, bound []byte, t1, t2 *secp256k1.Point) *secp256k1.Scalar {
	return challenge("geth-ss/ecdsa/share/challenge/v1", bound, []*secp256k1.Scalar{g.hash, g.r, g.w, y},
		g.point, public, g.item.points[at][polyA], t1, t2)
}

// VerifyShare checks the share of the member at a coordinate, whose public key share is Y_i.
func (g *ECDSASigning) VerifyShare(at Coordinate, sh *ECDSAShare, public *secp256k1.Point, ctx Context) error {
	position, err := g.item.set.Position(at)
	if err != nil {
		return err
	}
	z, err := parseScalars(sh.Proof[:])
	if err != nil {
		return fmt.Errorf("threshold: signature share of %v: %w", at, err)
	}
	e, masks := z[0], evalEach(g.item.joint[polyD:], at)
	eh := e.Times(g.hash)
	t1 := secp256k1.Sum(secp256k1.MulAddPublic(z[1], e.Times(g.inverse).Negated(), g.item.points[position][polyA]), second.Times(z[2]))
	t2 := secp256k1.Sum(
		secp256k1.MulAddPublic(z[1].Times(g.hash).Minus(e.Times(sh.Y)), z[1].Times(g.r), public),
		second.Times(z[3].Negated()), masks[0].Times(eh), masks[1].Times(e))
	if !e.Equal(g.shareChallenge(position, sh.Y, public, g.item.bind(position, ctx), t1, t2)) {
		return fmt.Errorf("threshold: signature share of %v: %w", at, ErrBadProof)
	}
	return nil
}

// Combine adds the shares of all members, in the order of the set, to a signature r‖s‖v under the joint key: s in the
// lower half, v from 0 to 3. What it returns verifies; ErrBadSignature means that some share is wrong.
func (g *ECDSASigning) Combine(joint *secp256k1.Point, shares []*ECDSAShare) (signature [65]byte, err error) {
	ys := make([]*secp256k1.Scalar, len(shares))
	for j, sh := range shares {
		if sh == nil {
			return signature, errors.New("threshold: not a share of each member")
		}
		ys[j] = sh.Y
	}
	s, err := g.item.set.CombineScalars(ys)
	if err != nil {
		return signature, err
	}
	inverse := s.InversePublic()
	if s.IsZero() || !secp256k1.MulAddPublic(g.hash.Times(inverse), g.r.Times(inverse), joint).Equal(g.point) {
		return signature, ErrBadSignature
	}
	v := g.recovery
	if s.IsHigh() {
		s, v = s.Negated(), v^1
	}
	packScalars(signature[:64], g.r, s)
	signature[64] = v
	return signature, nil
}
