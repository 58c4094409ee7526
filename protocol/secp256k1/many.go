package secp256k1

import secp "github.com/decred/dcrd/dcrec/secp256k1/v4"

// An affine point costs a field inversion of 8 µs, as much as a dozen additions. What follows works on many points with
// one inversion in all.

// SumEach adds lists of one length: its i-th point is the sum of their i-th points. There is at least one list.
func SumEach(lists ...[]*Point) []*Point {
	sums := make([]secp.JacobianPoint, len(lists[0]))
	var term secp.JacobianPoint
	for _, list := range lists {
		for i, p := range list {
			p.toJacobian(&term)
			secp.AddNonConst(&sums[i], &term, &sums[i])
		}
	}
	return fromJacobians(sums)
}

// EvalPublicEach is EvalPublic for each of several polynomials at one x.
func EvalPublicEach(polynomials [][]*Point, x *Scalar) []*Point {
	k, ok := x.small()
	if !ok {
		values := make([]*Point, len(polynomials))
		for i, coefficients := range polynomials {
			values[i] = EvalPublic(coefficients, x)
		}
		return values
	}
	values := make([]secp.JacobianPoint, len(polynomials))
	for i, coefficients := range polynomials {
		values[i] = evalSmall(coefficients, k)
	}
	return fromJacobians(values)
}

// SumSmall returns Σ factors[i]·points[i] for small public factors. It takes one addition for each of their bits that is
// set, where Times takes 30 µs a point. The lists are of one length.
func SumSmall(points []*Point, factors []int32) *Point {
	var acc secp.JacobianPoint
	terms := make([]secp.JacobianPoint, len(points))
	magnitudes := make([]uint32, len(points))
	for i, p := range points {
		magnitudes[i] = uint32(factors[i])
		if factors[i] < 0 {
			p, magnitudes[i] = p.Negated(), -magnitudes[i]
		}
		p.toJacobian(&terms[i])
	}
	for bit := 31; bit >= 0; bit-- {
		if !isInfinity(&acc) {
			secp.DoubleNonConst(&acc, &acc)
		}
		for i := range terms {
			if magnitudes[i]>>bit&1 == 1 {
				secp.AddNonConst(&acc, &terms[i], &acc)
			}
		}
	}
	return fromJacobian(&acc)
}

// fromJacobians normalises points by Montgomery's trick: one inversion of the product of all z, and back through the
// products of those before.
func fromJacobians(js []secp.JacobianPoint) []*Point {
	before := make([]secp.FieldVal, len(js))
	var product secp.FieldVal
	product.SetInt(1)
	for i := range js {
		before[i] = product
		if !isInfinity(&js[i]) {
			product.Mul(&js[i].Z)
		}
	}
	product.Inverse()
	points := make([]*Point, len(js))
	for i := len(js) - 1; i >= 0; i-- {
		points[i] = new(Point)
		if isInfinity(&js[i]) {
			continue
		}
		var z, z2 secp.FieldVal
		z.Mul2(&before[i], &product) // 1/z
		product.Mul(&js[i].Z)
		z2.SquareVal(&z)
		points[i].x.Mul2(&js[i].X, &z2).Normalize()
		points[i].y.Mul2(&js[i].Y, z2.Mul(&z)).Normalize()
	}
	return points
}
