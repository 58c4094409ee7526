package secp256k1

import (
	"crypto/rand"
	"testing"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
)

func benchValues(b *testing.B) (*Scalar, *Scalar, *Point) {
	a, err := RandomScalar(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	c, _ := RandomScalar(rand.Reader)
	return a, c, BaseMul(c)
}

func BenchmarkBaseMul(b *testing.B) {
	a, _, _ := benchValues(b)
	for b.Loop() {
		BaseMul(a)
	}
}

func BenchmarkBaseMulPublic(b *testing.B) {
	a, _, _ := benchValues(b)
	for b.Loop() {
		BaseMulPublic(a)
	}
}

func BenchmarkTimes(b *testing.B) {
	a, _, p := benchValues(b)
	for b.Loop() {
		p.Times(a)
	}
}

func BenchmarkTimesDecred(b *testing.B) {
	a, _, p := benchValues(b)
	var in, out secp.JacobianPoint
	p.toJacobian(&in)
	for b.Loop() {
		secp.ScalarMultNonConst(&a.v, &in, &out)
		fromJacobian(&out)
	}
}

func BenchmarkTimesSmall(b *testing.B) {
	_, _, p := benchValues(b)
	for b.Loop() {
		p.TimesSmall(97)
	}
}

func BenchmarkMulAddPublic(b *testing.B) {
	a, c, p := benchValues(b)
	for b.Loop() {
		MulAddPublic(a, c, p)
	}
}

func BenchmarkCombinePublic(b *testing.B) {
	a, c, p := benchValues(b)
	q := p.Plus(p)
	for b.Loop() {
		CombinePublic(a, p, c, q)
	}
}

func BenchmarkPlus(b *testing.B) {
	_, _, p := benchValues(b)
	q := p.Plus(p)
	for b.Loop() {
		p.Plus(q)
	}
}

func BenchmarkParsePoint(b *testing.B) {
	_, _, p := benchValues(b)
	enc := p.Bytes()
	for b.Loop() {
		ParsePoint(enc[:])
	}
}
