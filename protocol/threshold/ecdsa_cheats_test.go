package threshold

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

var one = secp256k1.NewScalar(1)

// bent is one of a secret's scalars off by one, in place.
func (s *ECDSASecret) bend(scalar int) { s.scalars[scalar].Add(s.scalars[scalar], one) }

// flipped is a proof with one bit of a scalar other. Both kinds have a challenge and three responses.
func flipped(proof [ShareProofSize]byte, scalar int) [OpeningProofSize]byte {
	proof[32*scalar+31] ^= 1
	return proof
}

// blamedOpenings are the positions whose opening does not verify.
func (c *ecdsaCase) blamedOpenings(all []*ECDSAOpening) (bad []int) {
	for j, m := range c.set.members {
		if err := c.item.VerifyOpening(m, all[j], c.ctx); err != nil {
			bad = append(bad, j)
		}
	}
	return bad
}

func (c *ecdsaCase) blamedShares(g *ECDSASigning, all []*ECDSAShare) (bad []int) {
	for j, m := range c.set.members {
		if err := g.VerifyShare(m, all[j], c.publics[j], c.ctx); err != nil {
			bad = append(bad, j)
		}
	}
	return bad
}

// Every wrong opening is found, and nobody else blamed: whatever of it is wrong, and also if all else follows from it by
// the rules.
func TestECDSACheatsInOpening(t *testing.T) {
	const cheat = 3
	cheats := map[string]func(*ecdsaCase, *ECDSAOpening) *ECDSAOpening{
		"wrong w":        func(_ *ecdsaCase, o *ECDSAOpening) *ECDSAOpening { o.W = o.W.Plus(one); return o },
		"wrong R":        func(_ *ecdsaCase, o *ECDSAOpening) *ECDSAOpening { o.R = o.R.Plus(generator); return o },
		"R off by H":     func(_ *ecdsaCase, o *ECDSAOpening) *ECDSAOpening { o.R = o.R.Plus(second); return o },
		"R the identity": func(_ *ecdsaCase, o *ECDSAOpening) *ECDSAOpening { o.R = new(secp256k1.Point); return o },
		"proof all zero": func(_ *ecdsaCase, o *ECDSAOpening) *ECDSAOpening { clear(o.Proof[:]); return o },
		"scalar not reduced": func(_ *ecdsaCase, o *ECDSAOpening) *ECDSAOpening {
			copy(o.Proof[32:64], bytes.Repeat([]byte{255}, 32))
			return o
		},
		"another member's": func(c *ecdsaCase, _ *ECDSAOpening) *ECDSAOpening {
			return must[*ECDSAOpening](c)(c.item.Open(c.rand, c.copies(0), c.ctx))
		},
		"of another signing": func(c *ecdsaCase, _ *ECDSAOpening) *ECDSAOpening {
			return must[*ECDSAOpening](c)(c.item.Open(c.rand, c.copies(cheat), NewContext("another")))
		},
		"of another item": func(c *ecdsaCase, _ *ECDSAOpening) *ECDSAOpening {
			other := c.again()
			return must[*ECDSAOpening](c)(other.item.Open(c.rand, other.secrets[cheat], c.ctx))
		},
	}
	for scalar := range OpeningProofSize / 32 {
		cheats[fmt.Sprintf("wrong scalar %d of the proof", scalar)] = func(_ *ecdsaCase, o *ECDSAOpening) *ECDSAOpening {
			o.Proof = flipped(o.Proof, scalar)
			return o
		}
	}
	for scalar := range 2 * polyD { // k, a, b and their blindings
		cheats[fmt.Sprintf("made of a wrong secret %d", scalar)] = func(c *ecdsaCase, _ *ECDSAOpening) *ECDSAOpening {
			s := c.copies(cheat)
			s.bend(scalar)
			return must[*ECDSAOpening](c)(c.item.Open(c.rand, s, c.ctx))
		}
	}
	for name, bend := range cheats {
		t.Run(name, func(t *testing.T) {
			c := indexed(t, seeded(31), 2, 1, 2, 4, 5, 7)
			kept := *c
			kept.secrets = []*ECDSASecret{c.copies(0), nil, nil, c.copies(cheat), nil}
			openings := c.open()
			openings[cheat] = bend(&kept, openings[cheat])
			if bad := c.blamedOpenings(openings); fmt.Sprint(bad) != fmt.Sprint([]int{cheat}) {
				t.Errorf("%v are blamed", bad)
			}
		})
	}
}

// copies is a copy of a member's secret, such as no honest program makes.
func (c *ecdsaCase) copies(j int) *ECDSASecret {
	s := *c.secrets[j]
	for n, v := range s.scalars {
		s.scalars[n] = v.Copy()
	}
	return &s
}

// Every wrong share is found, and nobody else blamed. Where y is wrong the signature is refused; where only the proof is
// wrong it is made all the same.
func TestECDSACheatsInShare(t *testing.T) {
	const cheat = 2
	type made func(*ecdsaCase, *ECDSASigning, *ECDSAShare) *ECDSAShare
	cheats := map[string]struct {
		bend  made
		valid bool // the signature
	}{
		"wrong y":        {func(_ *ecdsaCase, _ *ECDSASigning, sh *ECDSAShare) *ECDSAShare { sh.Y = sh.Y.Plus(one); return sh }, false},
		"y of nothing":   {func(*ecdsaCase, *ECDSASigning, *ECDSAShare) *ECDSAShare { return &ECDSAShare{Y: new(secp256k1.Scalar)} }, false},
		"proof all zero": {func(_ *ecdsaCase, _ *ECDSASigning, sh *ECDSAShare) *ECDSAShare { clear(sh.Proof[:]); return sh }, true},
		"scalar not reduced": {func(_ *ecdsaCase, _ *ECDSASigning, sh *ECDSAShare) *ECDSAShare {
			copy(sh.Proof[96:], bytes.Repeat([]byte{255}, 32))
			return sh
		}, true},
		"of another key share": {func(c *ecdsaCase, g *ECDSASigning, _ *ECDSAShare) *ECDSAShare {
			return must[*ECDSAShare](c)(g.Share(c.rand, c.secrets[cheat], c.shares[cheat].Plus(one), c.publics[cheat], c.ctx))
		}, false},
		"of another key share, with its public part": {func(c *ecdsaCase, g *ECDSASigning, _ *ECDSAShare) *ECDSAShare {
			x := c.shares[cheat].Plus(one)
			return must[*ECDSAShare](c)(g.Share(c.rand, c.secrets[cheat], x, secp256k1.BaseMul(x), c.ctx))
		}, false},
		"for another hash": {func(c *ecdsaCase, g *ECDSASigning, _ *ECDSAShare) *ECDSAShare {
			return c.share(must[*ECDSASigning](c)(c.item.NewSigning(g.openings, numberedHash(9))), cheat)
		}, false},
		"another member's": {func(c *ecdsaCase, g *ECDSASigning, _ *ECDSAShare) *ECDSAShare { return c.share(g, 0) }, false},
		"of another signing": {func(c *ecdsaCase, g *ECDSASigning, _ *ECDSAShare) *ECDSAShare {
			c.secrets[cheat].ctx = NewContext("another")
			return must[*ECDSAShare](c)(g.Share(c.rand, c.secrets[cheat], c.shares[cheat], c.publics[cheat], NewContext("another")))
		}, true},
		"of another item": {func(c *ecdsaCase, _ *ECDSASigning, _ *ECDSAShare) *ECDSAShare {
			other := c.again()
			return other.share(other.signing(numberedHash(1)), cheat)
		}, false},
	}
	for scalar := range ShareProofSize / 32 {
		cheats[fmt.Sprintf("wrong scalar %d of the proof", scalar)] = struct {
			bend  made
			valid bool
		}{func(_ *ecdsaCase, _ *ECDSASigning, sh *ECDSAShare) *ECDSAShare {
			sh.Proof = flipped(sh.Proof, scalar)
			return sh
		}, true}
	}
	for _, scalar := range []int{2 * polyA, 2*polyA + 1, 2 * polyD, 2*polyD + 1, 2 * polyE, 2*polyE + 1} {
		cheats[fmt.Sprintf("made of a wrong secret %d", scalar)] = struct {
			bend  made
			valid bool
		}{func(c *ecdsaCase, g *ECDSASigning, _ *ECDSAShare) *ECDSAShare {
			c.secrets[cheat].bend(scalar)
			return c.share(g, cheat)
		}, scalar%2 == 1} // a blinding is in the proof alone
	}
	for name, cheating := range cheats {
		t.Run(name, func(t *testing.T) {
			c := indexed(t, seeded(32), 1, 1, 2, 3)
			g := c.signing(numberedHash(1))
			kept := *c
			kept.secrets = []*ECDSASecret{c.copies(0), nil, c.copies(cheat)}
			shares := c.all(g)
			shares[cheat] = cheating.bend(&kept, g, shares[cheat])
			if _, err := g.Combine(c.joint, shares); (err == nil) != cheating.valid || err != nil && !errors.Is(err, ErrBadSignature) {
				t.Errorf("combining: %v", err)
			}
			if bad := c.blamedShares(g, shares); fmt.Sprint(bad) != fmt.Sprint([]int{cheat}) {
				t.Errorf("%v are blamed", bad)
			}
		})
	}
}

// Lists of a wrong length, nodes out of the set, and a key that is not the shares', are refused.
func TestECDSARefuses(t *testing.T) {
	c := indexed(t, seeded(33), 1, 1, 2, 3)
	openings := c.open()
	hash := numberedHash(1)
	for name, list := range map[string][]*ECDSAOpening{"two": openings[:2], "none": nil, "one missing": {openings[0], nil, openings[2]},
		"four": append(openings[:3:3], openings[0])} {
		if _, err := c.item.NewSigning(list, hash); !errors.Is(err, ErrSetSize) {
			t.Errorf("%s openings: %v", name, err)
		}
	}
	g := must[*ECDSASigning](t)(c.item.NewSigning(openings, hash))
	if err := c.item.VerifyOpening(Index(4), openings[0], c.ctx); !errors.Is(err, ErrNotMember) {
		t.Errorf("opening of a stranger: %v", err)
	}
	stranger := c.copies(0)
	stranger.at = Index(4)
	if _, err := g.Share(c.rand, stranger, one, generator, c.ctx); !errors.Is(err, ErrNotMember) || stranger.phase != spent {
		t.Errorf("share of a stranger: %v", err)
	}
	shares := c.all(g)
	if err := g.VerifyShare(Index(4), shares[0], generator, c.ctx); !errors.Is(err, ErrNotMember) {
		t.Errorf("share of a stranger: %v", err)
	}
	if _, err := g.Combine(c.joint, shares[:2]); !errors.Is(err, ErrSetSize) {
		t.Errorf("two shares: %v", err)
	}
	if _, err := g.Combine(c.joint, []*ECDSAShare{shares[0], nil, shares[2]}); err == nil {
		t.Error("a share is missing")
	}
	if _, err := g.Combine(c.joint.Plus(generator), shares); !errors.Is(err, ErrBadSignature) {
		t.Errorf("another key: %v", err)
	}
	if _, err := NewECDSASecret(Index(1), make([]*secp256k1.Scalar, itemScalars-1)); err == nil {
		t.Error("nine scalars")
	}
	even := must[*Set](t)(NewSet(1, 2, 3, 4))
	if _, err := NewECDSAItem(even, make([]Commitments, itemPolynomials)); !errors.Is(err, ErrSetSize) {
		t.Errorf("a set of four: %v", err)
	}
	var joint []Commitments
	for _, shape := range ECDSAPlan(1, 1) {
		joint = append(joint, must[*Sharing](t)(shape.Draw(c.rand)).Commit())
	}
	if _, err := NewECDSAItem(c.set, joint); err != nil {
		t.Fatal(err)
	}
	if _, err := NewECDSAItem(c.set, joint[1:]); !errors.Is(err, ErrCommitmentsLength) {
		t.Errorf("four polynomials: %v", err)
	}
	for p := range joint {
		bent := append([]Commitments(nil), joint...)
		bent[p] = joint[p][1:]
		if _, err := NewECDSAItem(c.set, bent); !errors.Is(err, ErrCommitmentsLength) {
			t.Errorf("polynomial %d of a lower degree: %v", p, err)
		}
		bent[p] = append(Commitments{generator}, joint[p][1:]...)
		if _, err := NewECDSAItem(c.set, bent); errors.Is(err, ErrZeroTerm) != (p >= polyB) {
			t.Errorf("polynomial %d with a constant term: %v", p, err)
		}
	}
}

// One secret answers once: it opens once, and then gives a share for what it was opened for, or nothing ever.
func TestECDSAItemServesOnce(t *testing.T) {
	fresh := func() *ecdsaCase { return indexed(t, seeded(34), 1, 1, 2, 3) }
	share := func(c *ecdsaCase, g *ECDSASigning) error {
		_, err := g.Share(c.rand, c.secrets[0], c.shares[0], c.publics[0], c.ctx)
		return err
	}
	dry := bytes.NewReader(nil)
	for name, test := range map[string]struct {
		use  func(*ecdsaCase, *ECDSASigning) error // g is of the whole set, the secrets are opened
		want error
	}{
		"share again":            {func(c *ecdsaCase, g *ECDSASigning) error { c.share(g, 0); return share(c, g) }, ErrItemSpent},
		"share for another hash": {func(c *ecdsaCase, g *ECDSASigning) error { c.share(g, 0); g.hash = one; return share(c, g) }, ErrItemSpent},
		"open again": {func(c *ecdsaCase, _ *ECDSASigning) error {
			_, err := c.item.Open(c.rand, c.secrets[0], c.ctx)
			return err
		}, ErrItemSpent},
		"open after a share": {func(c *ecdsaCase, g *ECDSASigning) error {
			c.share(g, 0)
			_, err := c.item.Open(c.rand, c.secrets[0], c.ctx)
			return err
		}, ErrItemSpent},
		"share without an opening": {func(c *ecdsaCase, g *ECDSASigning) error { c.secrets = c.again().secrets; return share(c, g) }, ErrItemClosed},
		"share in another context": {func(c *ecdsaCase, g *ECDSASigning) error { c.ctx[0] ^= 1; return share(c, g) }, ErrOtherItem},
		"share of another item": {func(c *ecdsaCase, g *ECDSASigning) error {
			other := c.again()
			return share(c, other.signing(numberedHash(1)))
		}, ErrOtherItem},
		"share of another item, with the own opening": {func(c *ecdsaCase, g *ECDSASigning) error {
			other := c.again()
			openings := other.open()
			openings[0] = g.openings[0]
			return share(c, must[*ECDSASigning](t)(other.item.NewSigning(openings, numberedHash(1))))
		}, ErrOtherItem},
		"share with another opening": {func(c *ecdsaCase, g *ECDSASigning) error {
			o := *g.openings[0]
			o.R = o.R.Plus(generator)
			return share(c, must[*ECDSASigning](t)(c.item.NewSigning([]*ECDSAOpening{&o, g.openings[1], g.openings[2]}, numberedHash(1))))
		}, ErrOtherItem},
		"share with another w": {func(c *ecdsaCase, g *ECDSASigning) error {
			o := *g.openings[0]
			o.W = o.W.Plus(one)
			return share(c, must[*ECDSASigning](t)(c.item.NewSigning([]*ECDSAOpening{&o, g.openings[1], g.openings[2]}, numberedHash(1))))
		}, ErrOtherItem},
		"share of an erased secret": {func(c *ecdsaCase, g *ECDSASigning) error { c.secrets[0].Erase(); return share(c, g) }, ErrItemSpent},
		"share of no secret": {func(c *ecdsaCase, g *ECDSASigning) error {
			c.secrets[0].Erase()
			c.secrets[0] = nil
			return share(c, g)
		}, ErrItemSpent},
		"share without randomness": {func(c *ecdsaCase, g *ECDSASigning) error {
			c.rand = dry
			if err := share(c, g); err == nil {
				t.Error("a share without randomness")
			}
			return share(c, g)
		}, ErrItemSpent},
		"open without randomness": {func(c *ecdsaCase, g *ECDSASigning) error {
			c.secrets = c.again().secrets
			if _, err := c.item.Open(dry, c.secrets[0], c.ctx); err == nil {
				t.Error("opened without randomness")
			}
			_, err := c.item.Open(c.rand, c.secrets[0], c.ctx)
			return err
		}, ErrItemSpent},
	} {
		c := fresh()
		g := c.signing(numberedHash(1))
		if err := test.use(c, g); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if s := c.secrets[0]; s != nil {
			for n, v := range s.scalars {
				if name != "open again" && !v.IsZero() {
					t.Errorf("%s: scalar %d is not erased", name, n)
				}
			}
			// Not even for what it was opened for.
			if name != "open again" {
				if _, err := g.Share(seeded(1), s, c.shares[0], c.publics[0], c.ctx); !errors.Is(err, ErrItemSpent) {
					t.Errorf("%s: serves afterwards: %v", name, err)
				}
			}
		}
	}
}

// What has served is erased at once, and nothing prints a secret.
func TestECDSASecretsGo(t *testing.T) {
	c := indexed(t, seeded(35), 1, 1, 2, 3)
	s := c.secrets[1]
	out := fmt.Sprintf("%v %+v %#v %x %s", s, s, s, s, struct{ S *ECDSASecret }{s})
	if strings.Count(out, "redacted") != 5 {
		t.Errorf("secret prints %s", out)
	}
	for _, v := range s.scalars {
		if b := v.Bytes(); v.IsZero() || strings.Contains(out, fmt.Sprintf("%x", b)) {
			t.Errorf("secret prints %s", out)
		}
	}
	gone := func(when string, from, to int, want bool) {
		t.Helper()
		for n := from; n < to; n++ {
			if s.scalars[n].IsZero() != want {
				t.Errorf("%s: scalar %d", when, n)
			}
		}
	}
	g := c.signing(numberedHash(1))
	gone("opened", 2*polyK, 2*polyA, true)
	gone("opened", 2*polyA, 2*polyB, false)
	gone("opened", 2*polyB, 2*polyD, true)
	gone("opened", 2*polyD, itemScalars, false)
	c.share(g, 1)
	gone("answered", 0, itemScalars, true)
	if out := fmt.Sprintf("%v %+v", must[*Sharing](t)(Shape{Degree: 1, Hidden: true}.Draw(c.rand)), s); strings.Count(out, "redacted") != 2 {
		t.Errorf("prints %s", out)
	}
}

// A source stuck on one value does not make two proofs share a nonce, be it in two contexts, of two members or of two
// secrets.
func TestECDSANoncesAreHedged(t *testing.T) {
	c := indexed(t, seeded(36), 1, 1, 2, 3)
	stuck := func() *bytes.Reader { return bytes.NewReader(make([]byte, 32)) }
	seen, count := make(map[[32]byte]bool), 0
	note := func(proof []byte, witnesses ...*secp256k1.Scalar) {
		z := must[[]*secp256k1.Scalar](t)(parseScalars(proof))
		for n, w := range witnesses {
			seen[z[n+1].Minus(z[0].Times(w)).Bytes()] = true
			count++
		}
	}
	for j := range 2 {
		for n := range byte(3) {
			ctx, s := NewContext("test", []byte{n / 2}), c.copies(j)
			if n == 1 { // as n = 0, but for the secrets
				s.bend(2*polyB + 1)
				s.bend(2*polyD + 1)
			}
			k, rho, beta := s.value(polyK).Copy(), s.blinding(polyA).Copy(), s.blinding(polyB).Copy()
			tau := s.blinding(polyK).Copy()
			o := must[*ECDSAOpening](t)(c.item.Open(stuck(), s, ctx))
			note(o.Proof[:], k, tau, k.Times(rho).Plus(beta))

			openings := make([]*ECDSAOpening, 3)
			for i := range openings {
				openings[i] = must[*ECDSAOpening](t)(c.item.Open(c.rand, c.copies(i), ctx))
			}
			openings[j] = o
			g := must[*ECDSASigning](t)(c.item.NewSigning(openings, numberedHash(1)))
			witnesses := []*secp256k1.Scalar{s.value(polyA).Times(g.inverse), s.blinding(polyA).Times(g.inverse), g.masked(s.blinding(polyD), s.blinding(polyE))}
			sh := must[*ECDSAShare](t)(g.Share(stuck(), s, c.shares[j], c.publics[j], ctx))
			note(sh.Proof[:], witnesses...)
		}
	}
	if len(seen) != count || count != 36 {
		t.Errorf("%d different nonces of %d", len(seen), count)
	}
}

// Both challenges hash everything: context, item, prover, statement, first messages.
func TestECDSAChallengesCoverEverything(t *testing.T) {
	type inputs struct {
		ctx      Context
		item     *ECDSAItem
		position int
		hash     [32]byte
		k, a, b  *secp256k1.Point // of the item
		r        *secp256k1.Point
		w, y     *secp256k1.Scalar
		public   *secp256k1.Point
		first    [3]*secp256k1.Point
	}
	c := indexed(t, seeded(38), 1, 1, 2, 3)
	other := c.again().item
	points := make([]*secp256k1.Point, 8)
	for i := range points {
		points[i] = secp256k1.BaseMul(secp256k1.NewScalar(uint32(i + 2)))
	}
	base := func() *inputs {
		return &inputs{ctx: c.ctx, item: c.item, position: 1, hash: numberedHash(1), k: points[0], a: points[1], b: points[2], r: points[3],
			w: secp256k1.NewScalar(5), y: secp256k1.NewScalar(6), public: points[4], first: [3]*secp256k1.Point(points[5:])}
	}
	both := func(in *inputs) (opening, share [32]byte) {
		item := *in.item
		item.points = make([][]*secp256k1.Point, 3)
		item.points[in.position] = []*secp256k1.Point{in.k, in.a, in.b}
		bound := item.bind(in.position, in.ctx)
		opening = item.openingChallenge(in.position, &ECDSAOpening{R: in.r, W: in.w}, bound, in.first[0], in.first[1], in.first[2]).Bytes()
		h, _ := reduce(in.hash)
		r, _ := reduce(in.r.XBytes())
		g := &ECDSASigning{item: &item, point: in.r, r: r, w: in.w, hash: h}
		share = g.shareChallenge(in.position, in.y, in.public, bound, in.first[0], in.first[1]).Bytes()
		return opening, share
	}
	wantOpening, wantShare := both(base())
	for name, test := range map[string]struct {
		change         func(*inputs)
		opening, share bool // has to change
	}{
		"nothing":              {func(*inputs) {}, false, false},
		"context":              {func(in *inputs) { in.ctx[31] ^= 1 }, true, true},
		"item":                 {func(in *inputs) { in.item = other }, true, true},
		"prover":               {func(in *inputs) { in.position = 2 }, true, true},
		"K":                    {func(in *inputs) { in.k = generator }, true, false},
		"A":                    {func(in *inputs) { in.a = generator }, true, true},
		"B":                    {func(in *inputs) { in.b = generator }, true, false},
		"R":                    {func(in *inputs) { in.r = generator }, true, true},
		"-R":                   {func(in *inputs) { in.r = in.r.Negated() }, true, true},
		"w":                    {func(in *inputs) { in.w = one }, true, true},
		"y":                    {func(in *inputs) { in.y = one }, false, true},
		"hash":                 {func(in *inputs) { in.hash = numberedHash(2) }, false, true},
		"public share":         {func(in *inputs) { in.public = generator }, false, true},
		"first message":        {func(in *inputs) { in.first[0] = generator }, true, true},
		"second first message": {func(in *inputs) { in.first[1] = generator }, true, true},
		"third first message":  {func(in *inputs) { in.first[2] = generator }, true, false},
	} {
		in := base()
		test.change(in)
		opening, share := both(in)
		if (opening != wantOpening) != test.opening || (share != wantShare) != test.share {
			t.Errorf("%s: challenge of an opening changes: %v, of a share: %v", name, opening != wantOpening, share != wantShare)
		}
	}
}

// FuzzECDSA feeds the verifiers of openings and shares: nothing may panic, and nothing verifies but what members have made.
func FuzzECDSA(f *testing.F) {
	c := indexed(f, seeded(37), 1, 1, 2, 3)
	openings := c.open()
	g := must[*ECDSASigning](f)(c.item.NewSigning(openings, numberedHash(1)))
	honest := make(map[string]bool)
	for j, sh := range c.all(g) {
		o, s := openings[j].Bytes(), sh.Bytes()
		for _, b := range [][]byte{o[:], s[:]} {
			honest[fmt.Sprint(j, b)] = true
			f.Add(uint8(j), b)
		}
	}
	f.Fuzz(func(t *testing.T, member uint8, b []byte) {
		j := int(member) % 3
		if o, err := ParseECDSAOpening(b); err == nil && (c.item.VerifyOpening(c.set.members[j], o, c.ctx) == nil) != honest[fmt.Sprint(j, b)] {
			t.Errorf("opening %x of member %d", b, j)
		}
		if sh, err := ParseECDSAShare(b); err == nil && (g.VerifyShare(c.set.members[j], sh, c.publics[j], c.ctx) == nil) != honest[fmt.Sprint(j, b)] {
			t.Errorf("share %x of member %d", b, j)
		}
	})
}
