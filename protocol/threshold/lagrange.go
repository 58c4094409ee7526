package threshold

import (
	"math"
	"math/bits"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// smallLambdas are the Lagrange coefficients at 0 of a set of small indices as fractions over one denominator: those of
// 1, 2, 3 are 3, -3, 1, those of 1, 2, 4 are 8/3, -2, 1/3. To combine public points by them takes few additions and at
// most one multiplication, instead of one for each point.
type smallLambdas struct {
	numerators []int32
	inverse    *secp256k1.Scalar // of the denominator; nil if that is 1
}

// smallLagrange returns nil if a number doesn't fit, or a coordinate is no index.
func smallLagrange(members []Coordinate) *smallLambdas {
	nums, dens := make([]int64, len(members)), make([]int64, len(members))
	common := int64(1)
	for i, m := range members {
		nums[i], dens[i] = 1, 1
		xi, isIndex := m.(Index)
		if !isIndex {
			return nil
		}
		for _, o := range members {
			xj, isIndex := o.(Index)
			if xj == xi {
				continue
			}
			n, fits1 := times(nums[i], int64(xj))
			d, fits2 := times(dens[i], int64(xj)-int64(xi))
			if !isIndex || !fits1 || !fits2 {
				return nil
			}
			g := gcd(n, d)
			nums[i], dens[i] = n/g, d/g
		}
		if dens[i] < 0 {
			nums[i], dens[i] = -nums[i], -dens[i]
		}
		var fits bool
		if common, fits = times(common, dens[i]/gcd(common, dens[i])); !fits || common > math.MaxInt32 {
			return nil
		}
	}
	s := &smallLambdas{numerators: make([]int32, len(members))}
	for i := range members {
		n, fits := times(nums[i], common/dens[i])
		if !fits || n > math.MaxInt32 || n < -math.MaxInt32 {
			return nil
		}
		s.numerators[i] = int32(n)
	}
	if common != 1 {
		s.inverse = secp256k1.NewScalar(uint32(common)).InversePublic()
	}
	return s
}

func (s *smallLambdas) combine(points []*secp256k1.Point) *secp256k1.Point {
	sum := secp256k1.SumSmall(points, s.numerators)
	if s.inverse != nil {
		return sum.Times(s.inverse)
	}
	return sum
}

// times is a product, if it fits.
func times(a, b int64) (product int64, fits bool) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	return a * b, hi == 0 && lo <= math.MaxInt64
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return uint64(-a)
	}
	return uint64(a)
}

// gcd is positive.
func gcd(a, b int64) int64 {
	x, y := magnitude(a), magnitude(b)
	for y != 0 {
		x, y = y, x%y
	}
	return int64(x)
}
