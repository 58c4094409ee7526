package threshold

import (
	"crypto/rand"
	"fmt"
	"syscall"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// The thresholds at which a part of a decryption, docs/protocol.md section 16.6, is measured. Sealing its blinding, some 60 µs
// of ECIES, is the caller's and not counted.
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

// benchSchnorr runs one part of a Schnorr signature by t+1 of n nodes. Beside the time it reports, in CPU time, which
// others on the machine do not lengthen: cpu-ns/op; muls/op, the multiplications of a point by a scalar that the part is
// made of; and in-muls/op, its time in such multiplications. What that has more is sums of points, hashes, decoding.
func benchSchnorr(b *testing.B, muls func(signers int) int, part func(b *testing.B, s *signers) func() error) {
	p, x := secp256k1.Generator().TimesSmall(7), secp256k1.HashToScalar("bench")
	mul := cpuOf(2000, func() { p.Times(x) })
	for _, n := range []int{3, 5, 7, 13} {
		t := (n - 1) / 2
		b.Run(fmt.Sprintf("n=%d,t=%d", n, t), func(b *testing.B) {
			k := newTestKey(b, rand.Reader, t, n)
			run := part(b, k.signers(b, rand.Reader, Indices(t+1)...))
			for b.Loop() {
				if err := run(); err != nil {
					b.Fatal(err)
				}
			}
			cpu := cpuOf(1000, func() { run() })
			b.ReportMetric(cpu, "cpu-ns/op")
			b.ReportMetric(float64(muls(t+1)), "muls/op")
			b.ReportMetric(cpu/mul, "in-muls/op")
		})
	}
}

// cpuOf is the CPU time of one of so many runs, in nanoseconds.
func cpuOf(times int, run func()) float64 {
	used := func() int64 {
		var u syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return u.Utime.Nano() + u.Stime.Nano()
	}
	start := used()
	for range times {
		run()
	}
	return float64(used()-start) / float64(times)
}

// BenchmarkSchnorrRound1 is a signer's nonce.
func BenchmarkSchnorrRound1(b *testing.B) {
	benchSchnorr(b, func(int) int { return 2 }, func(b *testing.B, s *signers) func() error {
		return func() error {
			_, err := NewNonce(rand.Reader, s.k.shares[1])
			return err
		}
	})
}

// BenchmarkSchnorrShare is all that a signer does with the list of nonce commitments.
func BenchmarkSchnorrShare(b *testing.B) {
	benchSchnorr(b, func(signers int) int { return signers }, func(b *testing.B, s *signers) func() error {
		return func() error {
			_, err := s.signing(b, ParitySchnorr, testHash).Share(Index(1), s.k.shares[1], s.nonces[0].again())
			return err
		}
	})
}

// BenchmarkSchnorrCombine is all that a combining node does that is no signer, its verification included.
func BenchmarkSchnorrCombine(b *testing.B) {
	benchSchnorr(b, func(signers int) int { return signers + 1 }, func(b *testing.B, s *signers) func() error {
		shares := s.shares(b, s.signing(b, ParitySchnorr, testHash))
		return func() error {
			_, err := s.signing(b, ParitySchnorr, testHash).Combine(shares)
			return err
		}
	})
}

// BenchmarkSchnorrBlame is what comes on top when the signature does not verify: every share is checked.
func BenchmarkSchnorrBlame(b *testing.B) {
	benchSchnorr(b, func(signers int) int { return signers }, func(b *testing.B, s *signers) func() error {
		signing := s.signing(b, ParitySchnorr, testHash)
		shares, last := s.shares(b, signing), s.q.Set().Members()[s.q.Threshold()]
		shares[len(shares)-1] = shares[0]
		return func() error {
			if bad := s.blamed(signing, shares); len(bad) != 1 || bad[0] != last {
				return fmt.Errorf("%v are blamed", bad)
			}
			return nil
		}
	})
}

// BenchmarkSchnorrVerify is a client's check.
func BenchmarkSchnorrVerify(b *testing.B) {
	for seed, scheme := range schnorrSchemes {
		b.Run(scheme.String(), func(b *testing.B) {
			public, signature := signAlone(b, uint64(seed), scheme, testHash)
			for b.Loop() {
				if err := VerifySchnorr(scheme, public, testHash, signature); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
