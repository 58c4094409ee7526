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

// Plan is the polynomials of one dealing, in their order: all dealers of a session follow one plan. What a receiver
// gets is a column: the scalars of the first polynomial, then those of the second, and so on.
type Plan []Shape

// Points returns how many commitments a dealing has.
func (p Plan) Points() (n int) {
	for _, s := range p {
		n += s.Points()
	}
	return n
}

// Scalars returns how many scalars are sealed to each receiver.
func (p Plan) Scalars() (n int) {
	for _, s := range p {
		n += s.Scalars()
	}
	return n
}

// Draw makes random polynomials as planned.
func (p Plan) Draw(rand io.Reader) (all []*Sharing, err error) {
	for _, s := range p {
		d, err := s.Draw(rand)
		if err != nil {
			for _, d := range all {
				d.Erase()
			}
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// Parse decodes the commitments of a dealing, one polynomial's after another's, Points() of 64 bytes each.
func (p Plan) Parse(b []byte) ([]Commitments, error) {
	if len(b) != p.Points()*secp256k1.PointSize {
		return nil, ErrCommitmentsLength
	}
	all := make([]Commitments, len(p))
	for i, s := range p {
		n := s.Points() * secp256k1.PointSize
		c, err := s.Parse(b[:n])
		if err != nil {
			return nil, err
		}
		all[i], b = c, b[n:]
	}
	return all, nil
}

// Encode returns the encoding.
func (p Plan) Encode(all []Commitments) (b []byte) {
	for i, s := range p {
		b = append(b, s.Encode(all[i])...)
	}
	return b
}

// Verify checks a receiver's column against the commitments of a dealing, or of the sum of several, one polynomial
// after another: all who check come to the same end.
func (p Plan) Verify(column []*secp256k1.Scalar, at Coordinate, commitments []Commitments) error {
	if err := p.check(column, commitments); err != nil {
		return err
	}
	for i, s := range p {
		n := s.Scalars()
		if err := s.Verify(column[:n], at, commitments[i]); err != nil {
			return err
		}
		column = column[n:]
	}
	return nil
}

func (p Plan) check(column []*secp256k1.Scalar, commitments []Commitments) error {
	if len(column) != p.Scalars() || len(commitments) != len(p) {
		return fmt.Errorf("threshold: %d scalars and commitments to %d polynomials, where there should be %d and %d",
			len(column), len(commitments), p.Scalars(), len(p))
	}
	for i, s := range p {
		if err := s.Check(commitments[i]); err != nil {
			return err
		}
	}
	return nil
}

// Combine adds up what one node got from several dealers, columns[i] from the dealer of dealings[i], to its column of the
// joint polynomials, and gives the commitments to these. On the good path there is a single check, of the sums. Only
// when it fails is every dealer checked alone; bad then lists the positions of those who dealt a wrong share, in order.
// A sum can be right with wrong shares that cancel out, which does no harm: the sum is what is used.
//
// The polynomials of a plan are checked together, with weights from rand: nobody else may know them before he has dealt,
// or he could deal errors that cancel out across the polynomials. rand is not read for a plan of one.
func (p Plan) Combine(rand io.Reader, columns [][]*secp256k1.Scalar, at Coordinate, dealings [][]Commitments) (sum []*secp256k1.Scalar, joint []Commitments, bad []int, err error) {
	if len(columns) != len(dealings) || len(columns) == 0 || len(p) == 0 {
		return nil, nil, nil, fmt.Errorf("threshold: %d columns of %d dealings", len(columns), len(dealings))
	}
	for i := range columns {
		if err := p.check(columns[i], dealings[i]); err != nil {
			return nil, nil, []int{i}, err
		}
	}
	if joint, err = p.Sum(dealings); err != nil {
		return nil, nil, nil, err
	}
	sum = sumColumns(columns)
	if err = p.verifyWeighted(rand, sum, at, joint); err == nil {
		return sum, joint, nil, nil
	}
	EraseScalars(sum)
	if !errors.Is(err, ErrShareMismatch) {
		return nil, nil, nil, err
	}
	for i := range columns {
		if p.Verify(columns[i], at, dealings[i]) != nil {
			bad = append(bad, i)
		}
	}
	return nil, nil, bad, err
}

// Sum adds the commitments of several dealings, each of this plan.
func (p Plan) Sum(dealings [][]Commitments) (joint []Commitments, err error) {
	lists := make([][]*secp256k1.Point, len(dealings))
	for d, dealing := range dealings {
		if len(dealing) != len(p) {
			return nil, ErrCommitmentsLength
		}
		for i, s := range p {
			if err := s.Check(dealing[i]); err != nil {
				return nil, err
			}
			lists[d] = append(lists[d], dealing[i]...)
		}
	}
	if len(lists) == 0 {
		return nil, ErrCommitmentsLength
	}
	sums := secp256k1.SumEach(lists...)
	for _, s := range p {
		joint, sums = append(joint, sums[:s.Degree+1]), sums[s.Degree+1:]
	}
	return joint, nil
}

// sumColumns adds columns of one length.
func sumColumns(columns [][]*secp256k1.Scalar) []*secp256k1.Scalar {
	sum := make([]*secp256k1.Scalar, len(columns[0]))
	for k := range sum {
		sum[k] = new(secp256k1.Scalar)
		for _, c := range columns {
			sum[k].Add(sum[k], c[k])
		}
	}
	return sum
}

// verifyWeighted checks all polynomials of a plan at once: the sum of weight times equation, with the first weight 1 and
// the others random. It takes two multiplications of secrets in all, instead of two for each polynomial.
func (p Plan) verifyWeighted(rand io.Reader, column []*secp256k1.Scalar, at Coordinate, commitments []Commitments) error {
	if at.X().IsZero() {
		return ErrZeroCoordinate
	}
	value, blinding := new(secp256k1.Scalar), new(secp256k1.Scalar)
	defer EraseScalars([]*secp256k1.Scalar{value, blinding})
	public := evalEach(commitments, at)
	weight := secp256k1.NewScalar(1)
	for i, s := range p {
		if i > 0 {
			var err error
			if weight, err = secp256k1.RandomScalar(rand); err != nil {
				return fmt.Errorf("threshold: drawing a weight: %w", err)
			}
			public[i] = public[i].Times(weight)
		}
		value.Add(value, weight.Times(column[0]))
		if s.Hidden {
			blinding.Add(blinding, weight.Times(column[1]))
		}
		column = column[s.Scalars():]
	}
	if !pedersen(value, blinding).Equal(secp256k1.Sum(public...)) {
		return ErrShareMismatch
	}
	return nil
}

// evalEach evaluates commitments to several polynomials.
func evalEach(all []Commitments, at Coordinate) []*secp256k1.Point {
	polynomials := make([][]*secp256k1.Point, len(all))
	for i, c := range all {
		polynomials[i] = c
	}
	return secp256k1.EvalPublicEach(polynomials, at.X())
}

// ErasePolynomials overwrites the polynomials of a dealing.
func ErasePolynomials(all []*Sharing) {
	for _, d := range all {
		d.Erase()
	}
}

// EraseScalars overwrites a column.
func EraseScalars(column []*secp256k1.Scalar) {
	for _, s := range column {
		s.Erase()
	}
}
