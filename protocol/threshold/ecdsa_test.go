package threshold

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"testing"

	ethcrypto "github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// All subsets of 2t+1 of n sign, and go-ethereum recovers the joint key from what they make.
func TestECDSAEverySubset(t *testing.T) {
	for threshold := range 4 {
		for n := 2*threshold + 1; n <= 7; n++ {
			t.Run(fmt.Sprintf("t=%d,n=%d", threshold, n), func(t *testing.T) {
				seed := uint64(0)
				for _, nodes := range subsets(n, 2*threshold+1) {
					var at []Index
					for _, i := range nodes {
						at = append(at, Index(i+1))
					}
					seed++
					c := indexed(t, seeded(seed), threshold, at...)
					hash := numberedHash(byte(seed))
					if err := recovers(c.joint, hash, c.sign(hash)); err != nil {
						t.Errorf("%v: %v", at, err)
					}
				}
			})
		}
	}
}

// Coordinates need not be small, nor in order.
func TestECDSAOtherCoordinates(t *testing.T) {
	rand := seeded(5)
	var at []Coordinate
	for range 3 {
		at = append(at, must[Coordinate](t)(AtScalar(randomScalar(t, rand))))
	}
	hash := numberedHash(1)
	c := newECDSACase(t, rand, 1, at...)
	if err := recovers(c.joint, hash, c.sign(hash)); err != nil {
		t.Error(err)
	}
	c = indexed(t, rand, 1, 7, 2, 5)
	if err := recovers(c.joint, hash, c.sign(hash)); err != nil {
		t.Error(err)
	}
}

// Several items are dealt at once, and each serves for itself and for any key.
func TestECDSABatch(t *testing.T) {
	c := indexed(t, seeded(6), 1, 1, 2, 3)
	plan := ECDSAPlan(1, 4)
	if plan.Points() != 4*(8*1+2) || plan.Scalars() != 4*itemScalars {
		t.Errorf("%d points, %d scalars", plan.Points(), plan.Scalars())
	}
	var columns [3][][]*secp256k1.Scalar
	var dealings [][]Commitments
	for range 3 {
		drawn := must[[]*Sharing](t)(plan.Draw(c.rand))
		var dealing []Commitments
		for _, f := range drawn {
			dealing = append(dealing, f.Commit())
		}
		dealings = append(dealings, dealing)
		for j, m := range c.set.members {
			var column []*secp256k1.Scalar
			for _, f := range drawn {
				column = append(column, must[[]*secp256k1.Scalar](t)(f.Eval(m))...)
			}
			columns[j] = append(columns[j], column)
		}
	}
	var sums [3][]*secp256k1.Scalar
	var joint []Commitments
	for j, m := range c.set.members {
		var err error
		if sums[j], joint, _, err = plan.Combine(c.rand, columns[j], m, dealings); err != nil {
			t.Fatal(err)
		}
	}
	seen := make(map[[32]byte]bool)
	for n := range 4 {
		item := must[*ECDSAItem](t)(NewECDSAItem(c.set, joint[n*itemPolynomials:(n+1)*itemPolynomials]))
		one := *indexed(t, seeded(uint64(60+n)), 1, 1, 2, 3) // another key each time
		one.item = item
		for j, m := range c.set.members {
			one.secrets[j] = must[*ECDSASecret](t)(NewECDSASecret(m, sums[j][n*itemScalars:(n+1)*itemScalars]))
		}
		if err := recovers(one.joint, numberedHash(1), one.sign(numberedHash(1))); err != nil {
			t.Error(err)
		}
		seen[item.Hash()] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d items of four have names of their own", len(seen))
	}
}

// Any hash is signed that go-ethereum verifies, also one that is not below q; one that is zero modulo q is refused.
func TestECDSAHashes(t *testing.T) {
	q := hexBytes(must[[]byte](t)(hex.DecodeString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")))
	plus := func(n byte) (h [32]byte) { copy(h[:], q); h[31] += n; return h }
	c := indexed(t, seeded(7), 1, 1, 2, 3)
	for name, hash := range map[string][32]byte{"one": {31: 1}, "q-1": plus(255), "q+1": plus(1), "2^256-1": [32]byte(bytes.Repeat([]byte{255}, 32))} {
		if err := recovers(c.joint, hash, c.again().sign(hash)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	openings := c.open()
	for name, hash := range map[string][32]byte{"zero": {}, "q": plus(0)} {
		if _, err := c.item.NewSigning(openings, hash); !errors.Is(err, ErrUnsignable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, o := range openings {
		o.W = new(secp256k1.Scalar)
	}
	if _, err := c.item.NewSigning(openings, numberedHash(1)); !errors.Is(err, ErrUnsignable) {
		t.Errorf("w = 0: %v", err)
	}
}

// s comes out in either half, is flipped from the upper one, and v with it.
func TestECDSALowS(t *testing.T) {
	c, seen := indexed(t, seeded(8), 1, 1, 2, 3), make(map[string]int)
	for n := range byte(32) {
		c, hash := c.again(), numberedHash(n)
		g := c.signing(hash)
		shares := c.all(g)
		var ys []*secp256k1.Scalar
		for _, sh := range shares {
			ys = append(ys, sh.Y)
		}
		high := must[*secp256k1.Scalar](t)(c.set.CombineScalars(ys)).IsHigh()
		sig := must[[65]byte](t)(g.Combine(c.joint, shares))
		if err := recovers(c.joint, hash, sig); err != nil {
			t.Error(err)
		}
		seen[fmt.Sprintf("flipped %v, v = %d", high, sig[64])]++
	}
	if len(seen) != 4 {
		t.Errorf("32 signatures: %v", seen)
	}
}

// A nonce point with x from q to p, which nobody finds by chance: v has bit 1, and r is x - q.
func TestECDSALargeX(t *testing.T) {
	var point *secp256k1.Point
	x := must[[]byte](t)(hex.DecodeString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"))
	for point == nil {
		x[31]++
		point, _ = secp256k1.ParseCompressed(append([]byte{3}, x...))
	}
	c := indexed(t, seeded(9), 0, 1)
	g := must[*ECDSASigning](t)(c.item.NewSigning([]*ECDSAOpening{{R: point, W: one}}, numberedHash(1)))
	if want := secp256k1.NewScalar(uint32(x[31] - 0x41)); g.recovery != 3 || !g.r.Equal(want) {
		t.Errorf("v = %d, r = %x, want %x", g.recovery, g.r.Bytes(), want.Bytes())
	}
}

// H is on the curve, is not G, and will stay what it is: items and evidence depend on it.
func TestSecondGenerator(t *testing.T) {
	h := SecondGenerator()
	b := h.Bytes()
	if _, err := secp256k1.ParsePoint(b[:]); err != nil || h.Equal(generator) || h.Equal(generator.Negated()) {
		t.Errorf("H = %x: %v", b, err)
	}
	const want = "8dc20e348f7ce5fbe534a0a8d7c53648465c804750f08c1455517ec85276c2cc" +
		"c577384bdd709c79dfc4c1505ebe840d63989664211a8629381d74c95d17abce"
	if got := hex.EncodeToString(b[:]); got != want {
		t.Errorf("H = %s", got)
	}
	// As the comment says, counted anew.
	for i := byte(0); ; i++ {
		x := sha256.Sum256(append([]byte("geth-ss/second-generator/v1"), i))
		if y := new(big.Int).ModSqrt(curve(x), prime); y != nil {
			if y.Bit(0) == 1 {
				y.Sub(prime, y)
			}
			if !bytes.Equal(b[:], append(x[:], y.FillBytes(make([]byte, 32))...)) {
				t.Errorf("H is %x, %d: %x", b, i, x)
			}
			return
		}
	}
}

var prime = ethcrypto.S256().Params().P

// curve is x³ + 7.
func curve(x [32]byte) *big.Int {
	v := new(big.Int).SetBytes(x[:])
	v.Exp(v, big.NewInt(3), prime)
	return v.Add(v, big.NewInt(7)).Mod(v, prime)
}
