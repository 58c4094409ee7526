//go:build !cgo || gofuzz

package secp256k1

import secp "github.com/decred/dcrd/dcrec/secp256k1/v4"

// SecretsInConstantTime tells that this build multiplies secret scalars in constant time. It does not: without cgo
// there is no libsecp256k1, and decred's multiplication takes a time that depends on the scalar.
const SecretsInConstantTime = false

// mulSecret returns s*p, in VARIABLE TIME in this build.
func mulSecret(s *Scalar, p *Point) *Point {
	var j, r secp.JacobianPoint
	p.toJacobian(&j)
	if isInfinity(&j) || s.IsZero() {
		return new(Point)
	}
	secp.ScalarMultNonConst(&s.v, &j, &r)
	return fromJacobian(&r)
}

func (p *Point) timesPublic(s *Scalar) *Point { return mulSecret(s, p) }

// mulAddFast has nothing faster to offer than two multiplications.
func mulAddFast(_, _ *Scalar, _ *Point) *Point { return nil }
