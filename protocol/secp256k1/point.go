package secp256k1

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
)

const (
	// PointSize is the length of an encoded point in bytes.
	PointSize = 64
	// CompressedSize is the length of a compressed point in bytes.
	CompressedSize = 33
)

var (
	// ErrPointLength means that an encoded point is not exactly 64 bytes long.
	ErrPointLength = errors.New("secp256k1: point is not 64 bytes")
	// ErrPointRange means that a coordinate is not below the field prime.
	ErrPointRange = errors.New("secp256k1: coordinate is not below the field prime")
	// ErrNotOnCurve means that the coordinates do not satisfy the curve equation.
	ErrNotOnCurve = errors.New("secp256k1: point is not on the curve")
	// ErrIdentity means that a point is the identity where it must not be.
	ErrIdentity = errors.New("secp256k1: point is the identity")
)

// Point is a point of the curve or the identity, always affine and normalised, so that reading one never writes to
// it. The zero value is the identity: (0, 0) is not on the curve and free to stand for it.
type Point struct {
	x, y secp.FieldVal
}

// ParsePoint decodes 64 bytes X‖Y and refuses everything that is not a point of the group other than the identity.
func ParsePoint(b []byte) (*Point, error) {
	p, err := ParsePointOrIdentity(b)
	if err != nil {
		return nil, err
	}
	if p.IsIdentity() {
		return nil, ErrIdentity
	}
	return p, nil
}

// ParsePointOrIdentity is ParsePoint for the few fields where the identity, 64 zero bytes, has a meaning.
func ParsePointOrIdentity(b []byte) (*Point, error) {
	if len(b) != PointSize {
		return nil, ErrPointLength
	}
	p := new(Point)
	overflow := p.x.SetBytes((*[32]byte)(b[:32]))
	overflow |= p.y.SetBytes((*[32]byte)(b[32:]))
	if overflow != 0 {
		return nil, ErrPointRange
	}
	if !p.IsIdentity() && !p.onCurve() {
		return nil, ErrNotOnCurve
	}
	return p, nil
}

// ParseCompressed decodes the 33-byte form 02/03‖X. It costs forty times ParsePoint (a square root), so our messages
// carry uncompressed points.
func ParseCompressed(b []byte) (*Point, error) {
	if len(b) != CompressedSize || (b[0] != 2 && b[0] != 3) {
		return nil, errors.New("secp256k1: not a compressed point")
	}
	p := new(Point)
	if p.x.SetBytes((*[32]byte)(b[1:])) != 0 {
		return nil, ErrPointRange
	}
	if !secp.DecompressY(&p.x, b[0] == 3, &p.y) {
		return nil, ErrNotOnCurve
	}
	p.y.Normalize()
	return p, nil
}

// onCurve checks y² = x³ + 7.
func (p *Point) onCurve() bool {
	var l, r secp.FieldVal
	l.SquareVal(&p.y).Normalize()
	r.SquareVal(&p.x).Mul(&p.x).AddInt(7).Normalize()
	return l.Equals(&r)
}

var generator = func() *Point {
	var j secp.JacobianPoint
	secp.ScalarBaseMultNonConst(&NewScalar(1).v, &j)
	return fromJacobian(&j)
}()

// Generator returns G.
func Generator() *Point { return generator.Copy() }

// Copy returns a copy of p with a life of its own.
func (p *Point) Copy() *Point { c := *p; return &c }

// IsIdentity reports whether p is the identity.
func (p *Point) IsIdentity() bool { return p.x.IsZero() && p.y.IsZero() }

// Bytes returns the 64-byte encoding X‖Y, zeros for the identity.
func (p *Point) Bytes() (b [PointSize]byte) {
	p.x.PutBytesUnchecked(b[:32])
	p.y.PutBytesUnchecked(b[32:])
	return b
}

// Compressed returns the 33-byte form 02/03‖X, and zeros for the identity, which has none in the standard.
func (p *Point) Compressed() (b [CompressedSize]byte) {
	if p.IsIdentity() {
		return b
	}
	b[0] = 2 | byte(p.y.IsOddBit())
	p.x.PutBytesUnchecked(b[1:])
	return b
}

// XBytes returns the x coordinate, 32 bytes big-endian. A document's AES key is its first half.
func (p *Point) XBytes() (b [32]byte) {
	p.x.PutBytes(&b)
	return b
}

// Plus returns p + q.
func (p *Point) Plus(q *Point) *Point { return Sum(p, q) }

// Minus returns p - q.
func (p *Point) Minus(q *Point) *Point { return Sum(p, q.Negated()) }

// Negated returns -p.
func (p *Point) Negated() *Point {
	n := *p
	n.y.Negate(1).Normalize()
	return &n
}

// Sum adds points with one inversion in all, where a chain of Plus takes one each; the identity for none.
func Sum(points ...*Point) *Point {
	var acc, j secp.JacobianPoint
	for _, p := range points {
		p.toJacobian(&j)
		secp.AddNonConst(&acc, &j, &acc)
	}
	return fromJacobian(&acc)
}

// Times returns s*p. The scalar may be secret.
func (p *Point) Times(s *Scalar) *Point { return mulSecret(s, p) }

// BaseMul returns s*G. The scalar may be secret.
func BaseMul(s *Scalar) *Point { return mulSecret(s, generator) }

// BaseMulPublic returns s*G for a public s, in variable time; about twice as fast as BaseMul.
func BaseMulPublic(s *Scalar) *Point {
	var j secp.JacobianPoint
	secp.ScalarBaseMultNonConst(&s.v, &j)
	return fromJacobian(&j)
}

// TimesSmall returns k*p for a public k, by doubling and adding. It beats Times up to about 16 bits.
func (p *Point) TimesSmall(k uint32) *Point {
	var j secp.JacobianPoint
	p.toJacobian(&j)
	mulSmall(k, &j)
	return fromJacobian(&j)
}

// MulAddPublic returns a*G + b*p for public values, in variable time, at the price of one multiplication.
func MulAddPublic(a, b *Scalar, p *Point) *Point {
	if r := mulAddFast(a, b, p); r != nil {
		return r
	}
	return Sum(BaseMulPublic(a), p.timesPublic(b))
}

// CombinePublic returns a*p + b*q for public values.
func CombinePublic(a *Scalar, p *Point, b *Scalar, q *Point) *Point {
	return Sum(p.timesPublic(a), q.timesPublic(b))
}

// EvalPublic evaluates the polynomial with the given point coefficients, lowest first, at a public x, by Horner's
// rule. A small x, such as a node index, costs 3 µs a coefficient instead of 30.
func EvalPublic(coefficients []*Point, x *Scalar) *Point {
	if k, ok := x.small(); ok {
		value := evalSmall(coefficients, k)
		return fromJacobian(&value)
	}
	acc := new(Point)
	for i := len(coefficients) - 1; i >= 0; i-- {
		acc = acc.timesPublic(x).Plus(coefficients[i])
	}
	return acc
}

func evalSmall(coefficients []*Point, k uint32) (acc secp.JacobianPoint) {
	var j secp.JacobianPoint
	for i := len(coefficients) - 1; i >= 0; i-- {
		mulSmall(k, &acc)
		coefficients[i].toJacobian(&j)
		secp.AddNonConst(&acc, &j, &acc)
	}
	return acc
}

// small returns a public s below 2^16, where doubling and adding is faster than a general multiplication.
func (s *Scalar) small() (uint32, bool) {
	b := s.v.Bytes()
	for _, c := range b[:30] {
		if c != 0 {
			return 0, false
		}
	}
	return uint32(b[30])<<8 | uint32(b[31]), true
}

// mulSmall sets j to k*j. Variable time: k is public.
func mulSmall(k uint32, j *secp.JacobianPoint) {
	base := *j
	*j = secp.JacobianPoint{}
	for bit := 31; bit >= 0; bit-- {
		if !isInfinity(j) {
			secp.DoubleNonConst(j, j)
		}
		if k>>bit&1 == 1 {
			secp.AddNonConst(j, &base, j)
		}
	}
}

func isInfinity(j *secp.JacobianPoint) bool {
	return j.Z.IsZero() || (j.X.IsZero() && j.Y.IsZero())
}

func (p *Point) toJacobian(j *secp.JacobianPoint) {
	if p.IsIdentity() {
		*j = secp.JacobianPoint{}
		return
	}
	j.X, j.Y = p.x, p.y
	j.Z.SetInt(1)
}

// fromJacobian normalises j. decred's ToAffine pays a field inversion even for z = 1; we look first.
func fromJacobian(j *secp.JacobianPoint) *Point {
	if isInfinity(j) {
		return new(Point)
	}
	if !j.Z.IsOne() {
		j.ToAffine()
	}
	p := &Point{x: j.X, y: j.Y}
	p.x.Normalize()
	p.y.Normalize()
	return p
}

// Fingerprint names a point in logs without giving it away: the first 4 bytes of the SHA-256 of its encoding, in hex.
func (p *Point) Fingerprint() string {
	b := p.Bytes()
	h := sha256.Sum256(b[:])
	return hex.EncodeToString(h[:4])
}

// String gives the fingerprint, not the coordinates, since a point may be a document key.
func (p Point) String() string {
	if p.IsIdentity() {
		return "point(identity)"
	}
	return "point(" + p.Fingerprint() + ")"
}

// GoString is String.
func (p Point) GoString() string { return p.String() }

// Format prints String for every verb.
func (p Point) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }
