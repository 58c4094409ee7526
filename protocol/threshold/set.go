package threshold

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

var (
	// ErrEmptySet means a set without members.
	ErrEmptySet = errors.New("threshold: empty set")
	// ErrDuplicate means two members of a set with one coordinate.
	ErrDuplicate = errors.New("threshold: duplicate coordinate in set")
	// ErrSetSize means a set larger than MaxThreshold+1, or of another size than an operation asks for.
	ErrSetSize = errors.New("threshold: wrong size of set")
)

// Set is an ordered set of nodes that act together, with their Lagrange coefficients at 0. Making one costs a time
// quadratic in its size, so make it once and use it for many keys. It does not change: use it from any goroutine.
type Set struct {
	members []Coordinate
	xs      [][secp256k1.ScalarSize]byte
	lambdas []*secp256k1.Scalar
	small   *smallLambdas // nil if they aren't
	hash    [32]byte
}

// NewSet returns the set of the given indices, in their order.
func NewSet(indices ...Index) (*Set, error) {
	members := make([]Coordinate, len(indices))
	for i, index := range indices {
		members[i] = index
	}
	return NewSetAt(members...)
}

// NewSetAt returns the set of nodes at the given coordinates, in their order. It refuses an empty set, a coordinate
// that is zero and two that are equal modulo q: each would make a coefficient 0 or undefined.
func NewSetAt(members ...Coordinate) (*Set, error) {
	if len(members) == 0 {
		return nil, ErrEmptySet
	}
	if len(members) > MaxThreshold+1 {
		return nil, ErrSetSize
	}
	s := &Set{members: append([]Coordinate(nil), members...)}
	seen := make(map[[secp256k1.ScalarSize]byte]bool, len(members))
	h := sha256.New()
	for _, m := range members {
		x := m.X()
		if x.IsZero() {
			return nil, ErrZeroCoordinate
		}
		b := x.Bytes()
		if seen[b] {
			return nil, fmt.Errorf("%w: %v", ErrDuplicate, m)
		}
		seen[b] = true
		s.xs = append(s.xs, b)
		h.Write(b[:])
	}
	h.Sum(s.hash[:0])
	s.lambdas, s.small = lagrange(members), smallLagrange(members)
	return s, nil
}

// lagrange returns the coefficients at 0, λ_i = Π_{j≠i} x_j / (x_j - x_i). Everything here is public.
func lagrange(members []Coordinate) []*secp256k1.Scalar {
	xs := make([]*secp256k1.Scalar, len(members))
	for i, m := range members {
		xs[i] = m.X()
	}
	lambdas := make([]*secp256k1.Scalar, len(xs))
	var diff secp256k1.Scalar
	for i := range xs {
		num, den := secp256k1.NewScalar(1), secp256k1.NewScalar(1)
		for j := range xs {
			if j != i {
				num.Mul(num, xs[j])
				den.Mul(den, diff.Sub(xs[j], xs[i]))
			}
		}
		lambdas[i] = num.Times(den.InversePublic())
	}
	return lambdas
}

// Len returns the number of members.
func (s *Set) Len() int { return len(s.members) }

// Members returns the members in order.
func (s *Set) Members() []Coordinate { return append([]Coordinate(nil), s.members...) }

// Hash returns the SHA-256 over the coordinates in order, 32 bytes each: a name for the set in contexts.
func (s *Set) Hash() [32]byte { return s.hash }

// Position returns the member's place in the order.
func (s *Set) Position(at Coordinate) (int, error) {
	x := at.X().Bytes()
	for i := range s.xs {
		if s.xs[i] == x {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%w: %v", ErrNotMember, at)
}

// Lambda returns the member's Lagrange coefficient λ at 0.
func (s *Set) Lambda(at Coordinate) (*secp256k1.Scalar, error) {
	i, err := s.Position(at)
	if err != nil {
		return nil, err
	}
	return s.lambdas[i].Copy(), nil
}

// CombineScalars interpolates at 0: Σ λ_i v_i, values in the order of the set.
func (s *Set) CombineScalars(values []*secp256k1.Scalar) (*secp256k1.Scalar, error) {
	if len(values) != s.Len() {
		return nil, ErrSetSize
	}
	sum := new(secp256k1.Scalar)
	var term secp256k1.Scalar
	for i, v := range values {
		sum.Add(sum, term.Mul(s.lambdas[i], v))
	}
	term.Erase()
	return sum, nil
}

// CombinePoints interpolates at 0 in the exponent: Σ λ_i V_i, public points in the order of the set.
func (s *Set) CombinePoints(points []*secp256k1.Point) (*secp256k1.Point, error) {
	if len(points) != s.Len() {
		return nil, ErrSetSize
	}
	if s.small != nil {
		return s.small.combine(points), nil
	}
	terms := make([]*secp256k1.Point, len(points))
	for i, p := range points {
		terms[i] = p.Times(s.lambdas[i])
	}
	return secp256k1.Sum(terms...), nil
}

// ShadowProduct returns Parity's σ_i(c) = c·Π_{j≠i} x_j/(x_i - x_j). Its differences run the other way round than
// Lagrange's, one sign for each of the other t members, so σ_i(c) = (-1)^t·c·λ_i: everything made from it must be
// negated when t is odd. With one member the product is empty and σ(c) = c.
func (s *Set) ShadowProduct(at Coordinate, c *secp256k1.Scalar) (*secp256k1.Scalar, error) {
	lambda, err := s.Lambda(at)
	if err != nil {
		return nil, err
	}
	return signed(s.Len()-1, lambda.Times(c)), nil
}

// signed returns (-1)^t·v.
func signed(t int, v *secp256k1.Scalar) *secp256k1.Scalar {
	if t%2 == 0 {
		return v
	}
	return v.Negated()
}

// signedPoint returns (-1)^t·p.
func signedPoint(t int, p *secp256k1.Point) *secp256k1.Point {
	if t%2 == 0 {
		return p
	}
	return p.Negated()
}
