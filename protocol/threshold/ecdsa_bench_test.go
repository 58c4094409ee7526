package threshold

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/test/figures"
)

// What one node spends on one ECDSA signature, beside the multiplications in it, which are 29 µs each: those of a point
// by a secret, and combinations aG + bP of public values, count as one. Dealing and checking is per item, of eight
// dealt at once, as it is of one; two multiplications a member, to seal and to open, belong to the whole dealing.
//
//	go test -bench ECDSA ./protocol/threshold
func BenchmarkECDSA(b *testing.B) {
	for _, n := range []int{3, 5, 7, 13} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for _, items := range []int{1, 8} {
				benchmarkDealing(b, n, items)
			}
			benchmarkSigning(b, n)
		})
	}
}

// counted runs a step and says how many multiplications it has.
func counted(b *testing.B, name string, multiplications, per int, step func()) {
	b.Run(name, func(b *testing.B) {
		before := figures.CPU()
		for b.Loop() {
			step()
		}
		b.ReportMetric(float64((figures.CPU()-before).Microseconds())/float64(b.N*per), "cpu-µs/item")
		b.ReportMetric(float64(multiplications)/float64(per), "mults/item")
	})
}

func benchmarkDealing(b *testing.B, n, items int) {
	t := (n - 1) / 2
	plan, set := ECDSAPlan(t, items), must[*Set](b)(NewSet(Indices(n)...))
	secret := randomScalar(b, rand.Reader)
	public := secp256k1.BaseMul(secret)
	deal := func() ([]Commitments, []SealedShare, *EphemeralKey) {
		all := must[[]*Sharing](b)(plan.Draw(rand.Reader))
		var dealing []Commitments
		for _, f := range all {
			dealing = append(dealing, f.Commit())
		}
		k := must[*EphemeralKey](b)(NewEphemeral(rand.Reader, [32]byte{1}, Index(1)))
		var sealed []SealedShare
		for _, m := range set.members {
			var column []*secp256k1.Scalar
			for _, f := range all {
				column = append(column, must[[]*secp256k1.Scalar](b)(f.Eval(m))...)
			}
			sealed = must[[]SealedShare](b)(k.Seal(m, public, column))
		}
		return dealing, sealed, k
	}
	counted(b, fmt.Sprintf("deal %d", items), 2*plan.Points()+2+n, items, func() { deal() })

	var dealings [][]Commitments
	var columns [][]SealedShare
	var channels []*Channel
	for range n {
		dealing, sealed, k := deal() // sealed to the last
		dealings, columns = append(dealings, dealing), append(columns, sealed)
		channels = append(channels, must[*Channel](b)(k.Public().Verify([32]byte{1}, Index(1))))
	}
	at := set.members[n-1]
	counted(b, fmt.Sprintf("check %d", items), n+1+len(plan), items, func() {
		var opened [][]*secp256k1.Scalar
		for d := range dealings {
			opened = append(opened, must[[]*secp256k1.Scalar](b)(channels[d].Open(at, secret, public, columns[d])))
		}
		_, joint, bad, err := plan.Combine(rand.Reader, opened, at, dealings)
		if err != nil {
			b.Fatal(bad, err)
		}
		for i := range items {
			must[*ECDSAItem](b)(NewECDSAItem(set, joint[i*itemPolynomials:(i+1)*itemPolynomials]))
		}
	})
}

func benchmarkSigning(b *testing.B, n int) {
	c := indexed(b, rand.Reader, (n-1)/2, Indices(n)...)
	counted(b, "open", 5, 1, func() { must[*ECDSAOpening](b)(c.item.Open(rand.Reader, c.copies(0), c.ctx)) })
	openings, hash := c.open(), numberedHash(1)
	counted(b, "verify the others' openings", 6*(n-1), 1, func() {
		for j, m := range c.set.members[1:] {
			if err := c.item.VerifyOpening(m, openings[j+1], c.ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	counted(b, "fix the nonce", 0, 1, func() { must[*ECDSASigning](b)(c.item.NewSigning(openings, hash)) })
	g := must[*ECDSASigning](b)(c.item.NewSigning(openings, hash))
	counted(b, "share", 5, 1, func() {
		must[*ECDSAShare](b)(g.Share(rand.Reader, c.copies(0), c.shares[0], c.publics[0], c.ctx))
	})
	shares := c.all(g)
	counted(b, "combine", 1, 1, func() { must[[65]byte](b)(g.Combine(c.joint, shares)) })
	counted(b, "find the culprit", 6*n, 1, func() {
		for j, m := range c.set.members {
			if err := g.VerifyShare(m, shares[j], c.publics[j], c.ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}
