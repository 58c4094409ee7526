package threshold

import (
	"errors"
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

var (
	// ErrCommitmentsLength means that commitments are not to t+1 coefficients.
	ErrCommitmentsLength = errors.New("threshold: wrong number of commitments")
	// ErrShareMismatch means that a share does not lie on the polynomial committed to.
	ErrShareMismatch = errors.New("threshold: share does not match the commitments")
	// ErrIdentityKey means that a joint public key came out as the identity: nobody may use such a key.
	ErrIdentityKey = errors.New("threshold: joint public key is the identity")
)

// Commitments are Feldman's commitments to a polynomial: (a_0 G, ..., a_t G), lowest first. Everybody may see them and
// compute from them the public part of every share. Encoded they are 64(t+1) bytes, one point after another.
type Commitments []*secp256k1.Point

// ParseCommitments decodes commitments to a polynomial of degree t. The length is the one t asks for; every point is
// checked, and none may be the identity.
func ParseCommitments(b []byte, t int) (Commitments, error) {
	if t < 0 || t > MaxThreshold {
		return nil, ErrThreshold
	}
	if len(b) != (t+1)*secp256k1.PointSize {
		return nil, ErrCommitmentsLength
	}
	c := make(Commitments, t+1)
	for k := range c {
		p, err := secp256k1.ParsePoint(b[k*secp256k1.PointSize : (k+1)*secp256k1.PointSize])
		if err != nil {
			return nil, fmt.Errorf("threshold: commitment %d: %w", k, err)
		}
		c[k] = p
	}
	return c, nil
}

// Bytes returns the encoding.
func (c Commitments) Bytes() []byte {
	out := make([]byte, 0, len(c)*secp256k1.PointSize)
	for _, p := range c {
		b := p.Bytes()
		out = append(out, b[:]...)
	}
	return out
}

// Threshold returns t; -1 for no commitments at all.
func (c Commitments) Threshold() int { return len(c) - 1 }

// Check reports whether c is made of t+1 points.
func (c Commitments) Check(t int) error {
	if t < 0 || t > MaxThreshold {
		return ErrThreshold
	}
	if len(c) != t+1 {
		return ErrCommitmentsLength
	}
	for _, p := range c {
		if p == nil {
			return ErrCommitmentsLength
		}
	}
	return nil
}

// Constant returns the commitment to the constant term: for a joint polynomial the joint public key Y.
func (c Commitments) Constant() *secp256k1.Point { return c[0] }

// JointPublic returns the joint public key Y and refuses the identity.
func (c Commitments) JointPublic() (*secp256k1.Point, error) {
	if len(c) == 0 {
		return nil, ErrCommitmentsLength
	}
	if c[0].IsIdentity() {
		return nil, ErrIdentityKey
	}
	return c[0], nil
}

// Eval returns the public share f(x)G.
func (c Commitments) Eval(at Coordinate) *secp256k1.Point {
	return secp256k1.EvalPublic(c, at.X())
}

// Equal reports whether two lists commit to the same coefficients.
func (c Commitments) Equal(o Commitments) bool {
	if len(c) != len(o) {
		return false
	}
	for k := range c {
		if !c[k].Equal(o[k]) {
			return false
		}
	}
	return true
}

// SumCommitments adds the commitments of several dealers to those of the joint polynomial. All must have one length.
func SumCommitments(dealt []Commitments) (Commitments, error) {
	if len(dealt) == 0 || len(dealt[0]) == 0 {
		return nil, ErrCommitmentsLength
	}
	lists := make([][]*secp256k1.Point, len(dealt))
	for i, c := range dealt {
		if len(c) != len(dealt[0]) {
			return nil, ErrCommitmentsLength
		}
		lists[i] = c
	}
	return secp256k1.SumEach(lists...), nil
}

// SumShares adds the shares of several dealers to one.
func SumShares(shares []*secp256k1.Scalar) *secp256k1.Scalar {
	sum := new(secp256k1.Scalar)
	for _, s := range shares {
		sum.Add(sum, s)
	}
	return sum
}

// VerifyShare checks that share is the value at x of the polynomial committed to, by share*G = f(x)G.
func VerifyShare(share *secp256k1.Scalar, at Coordinate, c Commitments) error {
	if len(c) == 0 {
		return ErrCommitmentsLength
	}
	if at.X().IsZero() {
		return ErrZeroCoordinate
	}
	if !secp256k1.BaseMul(share).Equal(c.Eval(at)) {
		return ErrShareMismatch
	}
	return nil
}
