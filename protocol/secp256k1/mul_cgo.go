//go:build cgo && !gofuzz

package secp256k1

import (
	"math/big"

	geth "github.com/ethereum/go-ethereum/crypto/secp256k1"
)

// SecretsInConstantTime tells that this build multiplies secret scalars in constant time.
const SecretsInConstantTime = true

// mulSecret returns s*p by libsecp256k1's constant-time routine. The C side does not check that p is on the curve; a
// Point always is. It refuses a zero scalar, which takes the early way out and thereby shows that it was zero, and
// nothing else. big.Int appears here only, to carry coordinates over the boundary.
func mulSecret(s *Scalar, p *Point) *Point {
	if s.IsZero() || p.IsIdentity() {
		return new(Point)
	}
	b := p.Bytes()
	k := s.Bytes()
	x, y := geth.S256().ScalarMult(new(big.Int).SetBytes(b[:32]), new(big.Int).SetBytes(b[32:]), k[:])
	clear(k[:])
	if x == nil {
		panic("secp256k1: internal error: multiplication of a valid point by a reduced scalar failed")
	}
	x.FillBytes(b[:32])
	y.FillBytes(b[32:])
	r := new(Point)
	r.x.SetBytes((*[32]byte)(b[:32]))
	r.y.SetBytes((*[32]byte)(b[32:]))
	return r
}

// timesPublic returns s*p for a public s. The constant-time routine is also the fastest we have.
func (p *Point) timesPublic(s *Scalar) *Point { return mulSecret(s, p) }

// mulAddFast returns a*G + b*p by one ECDSA public key recovery, which computes (s*R - z*G)/r for a signature (r, s)
// with nonce point R over the hash z: with R = p, r = x(p), s = b*r, z = -a*r that is a*G + b*p. It returns nil where
// the equation does not apply: b = 0, p the identity, x(p) not below q, or an identity as the result.
func mulAddFast(a, b *Scalar, p *Point) *Point {
	if b.IsZero() || p.IsIdentity() {
		return nil
	}
	x := p.XBytes()
	r, err := ParseNonZeroScalar(x[:])
	if err != nil {
		return nil
	}
	s, z := b.Times(r).Bytes(), a.Times(r).Negated().Bytes()
	var sig [65]byte
	copy(sig[:32], x[:])
	copy(sig[32:64], s[:])
	sig[64] = byte(p.y.IsOddBit())
	out, err := geth.RecoverPubkey(z[:], sig[:])
	if err != nil {
		return nil
	}
	res := new(Point)
	res.x.SetBytes((*[32]byte)(out[1:33]))
	res.y.SetBytes((*[32]byte)(out[33:]))
	return res
}
