package threshold

import (
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

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
	return p.CombineOf(nil, rand, columns, at, dealings)
}

// CombineOf is Combine of what the holders of a sharing deal anew, in the order of the set: each has its share as the
// constant term of its polynomial, and what is added up is weighted by the set's Lagrange coefficients. So the joint
// polynomials have the constant terms that the holders' had. A nil set weighs all alike.
func (p Plan) CombineOf(set *Set, rand io.Reader, columns [][]*secp256k1.Scalar, at Coordinate, dealings [][]Commitments) (sum []*secp256k1.Scalar, joint []Commitments, bad []int, err error) {
	if len(columns) != len(dealings) || len(columns) == 0 || len(p) == 0 {
		return nil, nil, nil, fmt.Errorf("threshold: %d columns of %d dealings", len(columns), len(dealings))
	}
	for i := range columns {
		if err := p.check(columns[i], dealings[i]); err != nil {
			return nil, nil, []int{i}, err
		}
	}
	if joint, err = p.SumOf(set, dealings); err != nil {
		return nil, nil, nil, err
	}
	if sum, err = sumColumns(set, columns); err != nil {
		return nil, nil, nil, err
	}
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
	return p.SumOf(nil, dealings)
}

// SumOf is Sum, weighted as CombineOf does.
func (p Plan) SumOf(set *Set, dealings [][]Commitments) (joint []Commitments, err error) {
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
	sums, err := sumPoints(set, lists)
	if err != nil {
		return nil, err
	}
	for _, s := range p {
		joint, sums = append(joint, sums[:s.Degree+1]), sums[s.Degree+1:]
	}
	return joint, nil
}

// sumPoints adds lists of one length, place by place.
func sumPoints(set *Set, lists [][]*secp256k1.Point) ([]*secp256k1.Point, error) {
	if set == nil {
		return secp256k1.SumEach(lists...), nil
	}
	sums := make([]*secp256k1.Point, len(lists[0]))
	for k := range sums {
		points := make([]*secp256k1.Point, len(lists))
		for i := range lists {
			points[i] = lists[i][k]
		}
		var err error
		if sums[k], err = set.CombinePoints(points); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// sumColumns adds columns of one length.
func sumColumns(set *Set, columns [][]*secp256k1.Scalar) ([]*secp256k1.Scalar, error) {
	sum := make([]*secp256k1.Scalar, len(columns[0]))
	for k := range sum {
		values := make([]*secp256k1.Scalar, len(columns))
		for i, c := range columns {
			values[i] = c[k]
		}
		if set == nil {
			sum[k] = SumShares(values)
			continue
		}
		var err error
		if sum[k], err = set.CombineScalars(values); err != nil {
			return nil, err
		}
	}
	return sum, nil
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
