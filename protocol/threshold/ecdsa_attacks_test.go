package threshold

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// The attacks that the rules of docs/protocol.md section 12.3 stop. Each is run against a protocol without the rule that stops it, where it must succeed,
// and against ours. An attacker is whoever runs the signing: it hears all openings and shares.

// unmasked deals an item whose mask d is zero.
func (c *ecdsaCase) unmasked() *ecdsaCase {
	other := *c
	other.item, other.secrets = c.deal(ECDSAPlan(c.item.t, 1), func(all []*Sharing) {
		for _, a := range all[polyD].polynomials[0].coefficients {
			a.Erase()
		}
	})
	return &other
}

// mixture has each signer answer for another hash: they lie on a line through target, at the signers' places, so what
// multiplies the shares of 1/k is a polynomial of degree t with target for constant term. It gives the sum of the shares
// as a signature on target, which nobody was asked to sign. The signers' contexts don't bind a hash here.
func (c *ecdsaCase) mixture(target [32]byte) ([65]byte, error) {
	c.Helper()
	openings := c.open()
	step := randomScalar(c, c.rand)
	h, _ := reduce(target)
	var shares []*ECDSAShare
	for j, m := range c.set.members {
		asked := h.Plus(step.Times(m.X())).Bytes()
		if asked == target {
			c.Fatal("a signer is asked for the target itself")
		}
		shares = append(shares, c.share(must[*ECDSASigning](c)(c.item.NewSigning(openings, asked)), j))
	}
	return must[*ECDSASigning](c)(c.item.NewSigning(openings, target)).Combine(c.joint, shares)
}

// Different hashes for different signers of one item make a signature on a hash that nobody has seen, if there is no mask
// d; with it they make nothing.
func TestECDSATwoHashesMakeNothing(t *testing.T) {
	for threshold := 1; threshold < 4; threshold++ {
		target := numberedHash(99)
		c := indexed(t, seeded(41), threshold, Indices(2*threshold+1)...)
		sig, err := c.unmasked().mixture(target)
		if err != nil || recovers(c.joint, target, sig) != nil {
			t.Errorf("t=%d: without d the attack should work: %v", threshold, err)
		}
		if _, err := c.mixture(target); !errors.Is(err, ErrBadSignature) {
			t.Errorf("t=%d: with d: %v", threshold, err)
		}
	}
}

// Nor do they come so far: who has opened for one hash finds no opening for another valid, so does not answer.
func TestECDSAHashesDoNotMix(t *testing.T) {
	c := indexed(t, seeded(42), 1, 1, 2, 3)
	contexts := []Context{NewContext("test", []byte("hash 1")), NewContext("test", []byte("hash 2"))}
	var openings []*ECDSAOpening
	for j := range c.secrets {
		openings = append(openings, must[*ECDSAOpening](t)(c.item.Open(c.rand, c.secrets[j], contexts[j%2])))
	}
	for j, m := range c.set.members {
		for n, ctx := range contexts {
			if ok := c.item.VerifyOpening(m, openings[j], ctx) == nil; ok != (n == j%2) {
				t.Errorf("opening %d in context %d: %v", j, n, ok)
			}
		}
	}
}

// forge asks for a signature on another hash than the one it wants, target: R being known, it chooses h = target·r/r*,
// where r* is the x coordinate of αR. A signature on h with R is one on target with αR.
func forge(r *secp256k1.Point, target [32]byte) (ask [32]byte, convert func([65]byte) [65]byte) {
	alpha := secp256k1.NewScalar(12345)
	star := r.Times(alpha)
	rs, _ := reduce(r.XBytes())
	rstar, _ := reduce(star.XBytes())
	h, _ := reduce(target)
	ask = h.Times(rs).Times(rstar.InversePublic()).Bytes()
	return ask, func(sig [65]byte) (out [65]byte) {
		s, _ := secp256k1.ParseScalar(sig[32:64])
		if odd := r.Compressed()[0] & 1; sig[64]&1 != odd {
			s = s.Negated() // it was flipped
		}
		s = s.Times(rstar).Times(rs.Times(alpha).InversePublic())
		v := star.Compressed()[0] & 1
		if s.IsHigh() {
			s, v = s.Negated(), v^1
		}
		packScalars(out[:64], rstar, s)
		out[64] = v
		return out
	}
}

// With R known before the hash is chosen, as in a protocol that opens ahead, a signature on a harmless hash converts to
// one on any other. Ours opens for a context with the hash: the hash that the attack needs can't be known then.
func TestECDSAPresignatureForgery(t *testing.T) {
	target := numberedHash(98)
	c := indexed(t, seeded(43), 1, 1, 2, 3)
	openings := c.open() // in a context without a hash
	ask, convert := forge(must[*ECDSASigning](t)(c.item.NewSigning(openings, numberedHash(1))).point, target)
	g := must[*ECDSASigning](t)(c.item.NewSigning(openings, ask))
	forged := convert(must[[65]byte](t)(g.Combine(c.joint, c.all(g))))
	if ask == target || recovers(c.joint, target, forged) != nil {
		t.Error("without the hash in the context the attack should work")
	}

	// The context binds the hash. What is opened for a first hash shows R, and serves for no second.
	bound := func(hash [32]byte) Context { return NewContext("test", hash[:]) }
	c = c.again()
	c.ctx = bound(numberedHash(1))
	openings = c.open()
	ask, convert = forge(must[*ECDSASigning](t)(c.item.NewSigning(openings, numberedHash(1))).point, target)
	for j, m := range c.set.members {
		if c.item.VerifyOpening(m, openings[j], bound(ask)) == nil {
			t.Errorf("the opening of %v holds for another hash", m)
		}
		s := c.copies(j)
		g := must[*ECDSASigning](t)(c.item.NewSigning(openings, ask))
		if _, err := g.Share(c.rand, s, c.shares[j], c.publics[j], bound(ask)); !errors.Is(err, ErrOtherItem) {
			t.Errorf("%v answers for another hash: %v", m, err)
		}
	}
	// A new item for the hash that was asked has another R, for which the conversion gives nothing.
	c = c.again()
	c.ctx = bound(ask)
	sig := c.sign(ask)
	if recovers(c.joint, ask, sig) != nil || recovers(c.joint, target, convert(sig)) == nil {
		t.Error("a signature with another R converts")
	}
}

// Parity's W7: two answers for one item with different hashes tell the key. They do here, if somebody gives them; nobody
// does.
func TestECDSATwoAnswersTellTheKey(t *testing.T) {
	c := indexed(t, seeded(44), 1, 1, 2, 3)
	openings := c.open()
	var hs, ss []*secp256k1.Scalar
	first := *c // which answers from copies
	for n := range byte(2) {
		hash := numberedHash(n)
		twin := first
		twin.secrets = []*ECDSASecret{c.copies(0), c.copies(1), c.copies(2)}
		g := must[*ECDSASigning](t)(c.item.NewSigning(openings, hash))
		var ys []*secp256k1.Scalar
		for _, sh := range twin.all(g) {
			ys = append(ys, sh.Y)
		}
		ss = append(ss, must[*secp256k1.Scalar](t)(c.set.CombineScalars(ys)))
		hs = append(hs, g.hash)
	}
	g := must[*ECDSASigning](t)(c.item.NewSigning(openings, numberedHash(0)))
	k := hs[0].Minus(hs[1]).Times(ss[0].Minus(ss[1]).InversePublic())
	x := ss[0].Times(k).Minus(hs[0]).Times(g.r.InversePublic())
	if !secp256k1.BaseMul(k).Equal(g.point) || !secp256k1.BaseMul(x).Equal(c.joint) {
		t.Error("two answers should tell the key")
	}

	c.all(g)
	other := must[*ECDSASigning](t)(c.item.NewSigning(openings, numberedHash(1)))
	for j := range c.secrets {
		if _, err := other.Share(c.rand, c.secrets[j], c.shares[j], c.publics[j], c.ctx); !errors.Is(err, ErrItemSpent) {
			t.Errorf("member %d answers twice: %v", j, err)
		}
		if _, err := c.item.Open(c.rand, c.secrets[j], c.ctx); !errors.Is(err, ErrItemSpent) {
			t.Errorf("member %d opens twice: %v", j, err)
		}
	}
}

// textbook is the proof of an opening as one would first write it, where docs/protocol.md section 16.8 has another: of
// (a_i, ρ_i, σ_i, τ_i) with
//
//	A_i = a_i·G + ρ_i·H    w_i·G - B_i = a_i·R_i - σ_i·H    K_i - R_i = τ_i·H
//
// It tells whether the witnesses satisfy the three equations, which is all that such a proof says.
func (i *ECDSAItem) textbook(at int, o *ECDSAOpening, a, rho, sigma, tau *secp256k1.Scalar) bool {
	p := i.points[at]
	return p[polyA].Equal(pedersen(a, rho)) &&
		secp256k1.BaseMul(o.W).Minus(p[polyB]).Equal(o.R.Times(a).Minus(second.Times(sigma))) &&
		p[polyK].Minus(o.R).Equal(second.Times(tau))
}

// A member that shows R_i + κH can satisfy the three equations of textbook. Then everybody's proofs hold and the
// signature does not, so that nobody would be named. Ours proves R_i = k_i·G too.
func TestECDSAShiftedNonceIsNamed(t *testing.T) {
	c := indexed(t, seeded(45), 1, 1, 2, 3)
	const cheat = 1
	s, kappa := c.copies(cheat), secp256k1.NewScalar(777)
	openings := c.open()
	o := *openings[cheat]
	o.R = o.R.Plus(second.Times(kappa))
	a := s.value(polyA)
	sigma := s.blinding(polyB).Plus(a.Times(kappa))
	if !c.item.textbook(cheat, &o, a, s.blinding(polyA), sigma, s.blinding(polyK).Minus(kappa)) {
		t.Error("the shifted nonce should satisfy the textbook's equations")
	}
	shifted := []*ECDSAOpening{openings[0], &o, openings[2]}
	if bad := c.blamedOpenings(shifted); len(bad) != 1 || bad[0] != cheat {
		t.Errorf("%v are blamed", bad)
	}
	// What would come of it.
	g := must[*ECDSASigning](t)(c.item.NewSigning(shifted, numberedHash(1)))
	c.secrets[cheat].nonce = o.R
	shares := c.all(g)
	if _, err := g.Combine(c.joint, shares); !errors.Is(err, ErrBadSignature) {
		t.Errorf("a signature with a shifted nonce: %v", err)
	}
	if bad := c.blamedShares(g, shares); len(bad) != 0 {
		t.Errorf("%v are blamed for right shares", bad)
	}
}

// Errors that a dealer makes in several polynomials so that they cancel out are found, since nobody knows the weights
// before he has dealt.
func TestCancellingErrorsAreFound(t *testing.T) {
	plan, rand, at := ECDSAPlan(1, 2), seeded(46), Index(2)
	column, dealing := drawn(t, plan, rand, at)
	for k := range column {
		for l := range k {
			if k%2 != l%2 { // a value and a blinding don't meet
				continue
			}
			column[k], column[l] = column[k].Plus(one), column[l].Minus(one)
			if _, _, bad, err := plan.Combine(rand, [][]*secp256k1.Scalar{column}, at, [][]Commitments{dealing}); !errors.Is(err, ErrShareMismatch) || len(bad) != 1 {
				t.Errorf("scalars %d and %d: %v %v", k, l, bad, err)
			}
			column[k], column[l] = column[k].Minus(one), column[l].Plus(one)
		}
	}
	// With weights that are known, all 1, they would not be.
	column[0], column[2] = column[0].Plus(one), column[2].Minus(one)
	if err := plan.verifyWeighted(ones{}, column, at, dealing); err != nil {
		t.Errorf("with known weights: %v", err)
	}
}

// ones gives the scalar 1 whenever it is asked for 32 bytes.
type ones struct{}

func (ones) Read(b []byte) (int, error) {
	clear(b)
	b[len(b)-1] = 1
	return len(b), nil
}
