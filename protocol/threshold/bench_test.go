package threshold

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// The rows of crypto.md's table of section 6. Its node column includes an ECIES encryption of about 60 µs, which is the
// caller's here.
var benchThresholds = []int{1, 2, 9, 33, 49}

func BenchmarkShadowPartial(b *testing.B) {
	for _, t := range benchThresholds {
		b.Run(fmt.Sprintf("t=%d", t), func(b *testing.B) {
			k := newTestKey(b, rand.Reader, t, t+1)
			at, q := Index(1), k.quorum(b, Indices(t+1)...)
			ctx := NewContext("bench")
			for b.Loop() {
				m, _ := q.NewMask(rand.Reader)
				m.Coefficient()
				if _, err := q.Partial(rand.Reader, at, k.shares[at], k.ct.Common, m, ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerifyPartial(b *testing.B) {
	for _, t := range benchThresholds {
		b.Run(fmt.Sprintf("t=%d", t), func(b *testing.B) {
			k := newTestKey(b, rand.Reader, t, t+1)
			at, q := Index(1), k.quorum(b, Indices(t+1)...)
			ctx := NewContext("bench")
			m, _ := q.NewMask(rand.Reader)
			p, _ := q.Partial(rand.Reader, at, k.shares[at], k.ct.Common, m, ctx)
			for b.Loop() {
				if err := q.Verify(at, k.ct.Common, p, Shadow, ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNewQuorum is what a first use of a set under a key costs, all nodes together.
func BenchmarkNewQuorum(b *testing.B) {
	for _, t := range benchThresholds {
		b.Run(fmt.Sprintf("t=%d", t), func(b *testing.B) {
			k := newTestKey(b, rand.Reader, t, t+1)
			indices := Indices(t + 1)
			for b.Loop() {
				set, _ := NewSet(indices...)
				NewQuorum(set, k.joint)
			}
		})
	}
}

func BenchmarkOpenShadow(b *testing.B) {
	for _, t := range benchThresholds {
		b.Run(fmt.Sprintf("t=%d", t), func(b *testing.B) {
			coefficients := make([]*secp256k1.Scalar, t+1)
			for i := range coefficients {
				coefficients[i], _ = secp256k1.RandomScalar(rand.Reader)
			}
			g := secp256k1.Generator()
			for b.Loop() {
				OpenShadow(g, g, coefficients)
			}
		})
	}
}

// BenchmarkDealing is one dealer's commitments, ephemeral and sealed shares for n nodes.
func BenchmarkDealing(b *testing.B) {
	for _, c := range []struct{ n, t int }{{3, 1}, {5, 2}, {10, 5}, {20, 10}} {
		b.Run(fmt.Sprintf("n=%d,t=%d", c.n, c.t), func(b *testing.B) {
			key := secp256k1.Generator()
			for b.Loop() {
				f, _ := NewPolynomial(rand.Reader, c.t)
				f.Commit()
				e, _ := NewEphemeral(rand.Reader, [32]byte{1}, Index(1))
				for _, j := range Indices(c.n) {
					s, _ := f.Eval(j)
					e.Seal(j, key, []*secp256k1.Scalar{s})
				}
			}
		})
	}
}
