package threshold

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// secondTag is what H is hashed from.
const secondTag = "geth-ss/second-generator/v1"

// second is H, a generator of which nobody knows the logarithm to G: Pedersen's commitments aG + bH tell nothing about
// a, and nobody can open one in two ways. H is the first point (x, y) with y even and x = SHA-256(secondTag‖i), for i
// = 0, 1, 2, ... as one byte, that is on the curve.
var second = hashToPoint(secondTag)

func hashToPoint(tag string) *secp256k1.Point {
	for i := range 256 {
		x := sha256.Sum256(append([]byte(tag), byte(i)))
		if p, err := secp256k1.ParseCompressed(append([]byte{2}, x[:]...)); err == nil {
			return p
		}
	}
	panic("threshold: internal error: no point found for a generator")
}

// SecondGenerator returns H.
func SecondGenerator() *secp256k1.Point { return second.Copy() }

// pedersen is aG + bH. Both scalars may be secret.
func pedersen(a, b *secp256k1.Scalar) *secp256k1.Point {
	return secp256k1.BaseMul(a).Plus(second.Times(b))
}

// Shape is one polynomial of a dealing.
type Shape struct {
	Degree int
	// Zero: the constant term is zero, and the commitment to it left out.
	Zero bool
	// Hidden: committed to by Pedersen's a_k·G + b_k·H with a second random polynomial b, its blinding, of the same
	// shape. Else the commitments are Feldman's, a_k·G.
	Hidden bool
}

// Points returns how many points commit to a polynomial of this shape.
func (s Shape) Points() int {
	if s.Zero {
		return s.Degree
	}
	return s.Degree + 1
}

// Scalars returns how many scalars a receiver gets: the polynomial's value, and the blinding's if it is hidden.
func (s Shape) Scalars() int {
	if s.Hidden {
		return 2
	}
	return 1
}

// Draw makes a random polynomial of this shape.
func (s Shape) Draw(rand io.Reader) (*Sharing, error) {
	d := &Sharing{shape: s}
	for range s.Scalars() {
		f, err := s.draw(rand)
		if err != nil {
			d.Erase()
			return nil, err
		}
		d.polynomials = append(d.polynomials, f)
	}
	return d, nil
}

func (s Shape) draw(rand io.Reader) (*Polynomial, error) {
	if s.Zero {
		return NewPolynomialFor(rand, s.Degree, new(secp256k1.Scalar))
	}
	return NewPolynomial(rand, s.Degree)
}

// DrawFor makes a random polynomial with this constant term, of which it keeps a copy: to deal a share on. The shape is
// neither hidden nor through zero.
func (s Shape) DrawFor(rand io.Reader, secret *secp256k1.Scalar) (*Sharing, error) {
	if s.Zero || s.Hidden {
		return nil, ErrZeroTerm
	}
	f, err := NewPolynomialFor(rand, s.Degree, secret)
	if err != nil {
		return nil, err
	}
	return &Sharing{shape: s, polynomials: []*Polynomial{f}}, nil
}

// ErrZeroTerm means that commitments to a polynomial through zero commit to a constant term.
var ErrZeroTerm = errors.New("threshold: constant term is not zero")

// Check reports whether c are commitments to a polynomial of this shape. What Parse returns is.
func (s Shape) Check(c Commitments) error {
	if err := c.Check(s.Degree); err != nil {
		return err
	}
	if s.Zero && !c[0].IsIdentity() {
		return ErrZeroTerm
	}
	return nil
}

// Parse decodes commitments, Points() of 64 bytes each, none of them the identity. Where the constant term is zero, its
// commitment, which is not in the encoding, is the identity in what Parse returns.
func (s Shape) Parse(b []byte) (Commitments, error) {
	if s.Degree < 0 || s.Degree > MaxThreshold {
		return nil, ErrThreshold
	}
	if len(b) != s.Points()*secp256k1.PointSize {
		return nil, ErrCommitmentsLength
	}
	c := make(Commitments, 0, s.Degree+1)
	if s.Zero {
		c = append(c, new(secp256k1.Point))
	}
	for k := range s.Points() {
		p, err := secp256k1.ParsePoint(b[k*secp256k1.PointSize : (k+1)*secp256k1.PointSize])
		if err != nil {
			return nil, fmt.Errorf("threshold: commitment %d: %w", k, err)
		}
		c = append(c, p)
	}
	return c, nil
}

// Encode returns the encoding.
func (s Shape) Encode(c Commitments) []byte { return c[len(c)-s.Points():].Bytes() }

// Verify checks what a receiver got, a value and for a hidden polynomial its blinding, against the commitments.
func (s Shape) Verify(scalars []*secp256k1.Scalar, at Coordinate, c Commitments) error {
	if len(scalars) != s.Scalars() {
		return fmt.Errorf("threshold: %d scalars where there should be %d", len(scalars), s.Scalars())
	}
	if err := s.Check(c); err != nil {
		return err
	}
	if !s.Hidden {
		return VerifyShare(scalars[0], at, c)
	}
	if at.X().IsZero() {
		return ErrZeroCoordinate
	}
	if !pedersen(scalars[0], scalars[1]).Equal(c.Eval(at)) {
		return ErrShareMismatch
	}
	return nil
}

// Sharing is a dealer's secret polynomial, with its blinding if it is hidden.
type Sharing struct {
	shape       Shape
	polynomials []*Polynomial
}

// Commit returns the commitments.
func (d *Sharing) Commit() Commitments {
	if !d.shape.Hidden {
		return d.polynomials[0].Commit()
	}
	value, blinding := d.polynomials[0].coefficients, d.polynomials[1].coefficients
	a, b := make([]*secp256k1.Point, len(value)), make([]*secp256k1.Point, len(value))
	for k := range value {
		a[k], b[k] = secp256k1.BaseMul(value[k]), second.Times(blinding[k])
	}
	return secp256k1.SumEach(a, b)
}

// Eval returns what the node at x gets: the value, then the blinding if there is one.
func (d *Sharing) Eval(at Coordinate) (scalars []*secp256k1.Scalar, err error) {
	for _, f := range d.polynomials {
		v, err := f.Eval(at)
		if err != nil {
			return nil, err
		}
		scalars = append(scalars, v)
	}
	return scalars, nil
}

// Secret returns a copy of the constant term.
func (d *Sharing) Secret() *secp256k1.Scalar { return d.polynomials[0].Secret() }

// Erase overwrites the coefficients.
func (d *Sharing) Erase() {
	for _, f := range d.polynomials {
		f.Erase()
	}
}

// Format never tells the coefficients.
func (d *Sharing) Format(f fmt.State, _ rune) { io.WriteString(f, "sharing(redacted)") }
