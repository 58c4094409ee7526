package threshold

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// broken fails in one read of 32 bytes, and is random in all others.
type broken struct {
	io.Reader
	at, reads int
}

var errBroken = errors.New("the source is broken")

func (b *broken) Read(p []byte) (int, error) {
	b.reads++
	if b.reads-1 == b.at {
		return 0, errBroken
	}
	return b.Reader.Read(p)
}

// Whatever draws randomness gives nothing when the source fails, be it in the first draw or the last.
func TestBrokenRandomness(t *testing.T) {
	k := newTestKey(t, seeded(1), 1, 3)
	q := k.quorum(t, 1, 2)
	e := must[*EphemeralKey](t)(NewEphemeral(seeded(2), [32]byte{1}, Index(1)))
	channel := must[*Channel](t)(e.Public().Verify([32]byte{1}, Index(1)))
	plan := Plan{{Degree: 1}, {Degree: 1, Hidden: true}}
	dealt := must[[]*Sharing](t)(plan.Draw(seeded(3)))
	commitments := []Commitments{dealt[0].Commit(), dealt[1].Commit()}
	var column []*secp256k1.Scalar
	for _, d := range dealt {
		column = append(column, must[[]*secp256k1.Scalar](t)(d.Eval(Index(1)))...)
	}
	for name, test := range map[string]struct {
		reads int
		draw  func(io.Reader) error
	}{
		"one-time key": {2, func(r io.Reader) error { return drew(NewOneTimeKey(r, [32]byte{1}, Index(1))) }},
		"ephemeral":    {2, func(r io.Reader) error { return drew(NewEphemeral(r, [32]byte{1}, Index(1))) }},
		"complaint":    {1, func(r io.Reader) error { return drew(channel.Complain(r, Index(1), k.shares[1], nil, nil, nil)) }},
		"mask":         {1, func(r io.Reader) error { return drew(q.NewMask(r)) }},
		"partial":      {1, func(r io.Reader) error { return drew(q.Partial(r, Index(1), k.shares[1], k.ct.Common, nil, Context{})) }},
		"document key": {1, func(r io.Reader) error { return drew(NewDocumentKey(r)) }},
		"ciphertext":   {1, func(r io.Reader) error { return drew(Encrypt(r, k.m, k.joint.Constant())) }},
		"nonce":        {2, func(r io.Reader) error { return drew(NewNonce(r, k.shares[1])) }},
		"polynomial":   {3, func(r io.Reader) error { return drew(NewPolynomial(r, 2)) }},
		"split":        {2, func(r io.Reader) error { return drew(NewPolynomialFor(r, 2, k.secret)) }},
		"hidden":       {4, func(r io.Reader) error { return drew(Shape{Degree: 1, Hidden: true}.Draw(r)) }},
		"zero":         {2, func(r io.Reader) error { return drew(Shape{Degree: 2, Zero: true}.Draw(r)) }},
		"knowledge": {1, func(r io.Reader) error {
			_, err := ProveKnowledge(r, k.shares[1], secp256k1.BaseMul(k.shares[1]), Context{})
			return err
		}},
		"plan": {6, func(r io.Reader) error {
			all, err := plan.Draw(r)
			if err != nil && all != nil {
				t.Errorf("a plan: gives %v", all)
			}
			return err
		}},
		"weights": {1, func(r io.Reader) error {
			sum, joint, bad, err := plan.Combine(r, [][]*secp256k1.Scalar{column}, Index(1), [][]Commitments{commitments})
			if err != nil && (sum != nil || joint != nil || bad != nil) {
				t.Errorf("weights: %v, and blames %v", sum, bad)
			}
			return err
		}},
	} {
		for at := range test.reads {
			if err := test.draw(&broken{Reader: seeded(4), at: at}); !errors.Is(err, errBroken) {
				t.Errorf("%s, read %d: %v", name, at, err)
			}
		}
		whole := &broken{Reader: seeded(4), at: -1}
		if err := test.draw(whole); err != nil || whole.reads != test.reads {
			t.Errorf("%s: %d reads, %v", name, whole.reads, err)
		}
	}
}

// drew is the error, or one more if something comes with it.
func drew[T any](v *T, err error) error {
	if err != nil && v != nil {
		return errors.New("an error, and a value")
	}
	return err
}

func TestBoundsOfCommitments(t *testing.T) {
	c := must[*Polynomial](t)(NewPolynomial(seeded(1), 2)).Commit()
	long := make(Commitments, MaxThreshold+2)
	for i := range long {
		long[i] = c[0]
	}
	_, empty := Commitments{}.JointPublic()
	_, identity := Commitments{new(secp256k1.Point)}.JointPublic()
	_, below := ParseCommitments(nil, -1)
	_, above := ParseCommitments(long.Bytes(), MaxThreshold+1)
	_, short := ParseCommitments(c[:2].Bytes(), 2)
	for name, test := range map[string]struct{ err, want error }{
		"no joint key":              {empty, ErrCommitmentsLength},
		"joint key of no use":       {identity, ErrIdentityKey},
		"parsed of degree -1":       {below, ErrThreshold},
		"parsed of a degree beyond": {above, ErrThreshold},
		"parsed of too few":         {short, ErrCommitmentsLength},
		"checked of degree -1":      {Commitments{}.Check(-1), ErrThreshold},
		"checked of one beyond":     {long.Check(MaxThreshold + 1), ErrThreshold},
		"the longest":               {long[1:].Check(MaxThreshold), nil},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v", name, test.err)
		}
	}
}

// What is compared is compared whole.
func TestEqual(t *testing.T) {
	c := must[*Polynomial](t)(NewPolynomial(seeded(1), 2)).Commit()
	g, h := secp256k1.Generator(), SecondGenerator()
	for name, test := range map[string]struct{ got, want bool }{
		"commitments":             {c.Equal(append(Commitments(nil), c...)), true},
		"fewer commitments":       {c.Equal(c[:2]), false},
		"more commitments":        {c[:2].Equal(c), false},
		"another first":           {c.Equal(Commitments{g, c[1], c[2]}), false},
		"another last":            {c.Equal(Commitments{c[0], c[1], g}), false},
		"ciphertext":              {(&Ciphertext{g, h}).Equal(&Ciphertext{g, h}), true},
		"another common point":    {(&Ciphertext{g, h}).Equal(&Ciphertext{h, h}), false},
		"another encrypted point": {(&Ciphertext{g, h}).Equal(&Ciphertext{g, g}), false},
		"nonces":                  {(&NonceCommitment{g, h}).Equal(&NonceCommitment{g, h}), true},
		"another hiding nonce":    {(&NonceCommitment{g, h}).Equal(&NonceCommitment{h, h}), false},
		"another binding nonce":   {(&NonceCommitment{g, h}).Equal(&NonceCommitment{g, g}), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v", name, test.got)
		}
	}
}

// A quorum is of nodes that are in its set, and has a public share of each; its signature has a share of each, and no
// more.
func TestBoundsOfQuorums(t *testing.T) {
	rand := seeded(1)
	k := newTestKey(t, rand, 1, 4)
	set := must[*Set](t)(NewSet(1, 2))
	three := must[*Set](t)(NewSet(1, 2, 3))
	y := k.joint.Eval(Index(1))
	_, size := NewQuorumFor(three, k.joint, Index(1))
	_, stranger := NewQuorumFor(set, k.joint, Index(3))
	_, few := NewQuorumOf(set, []*secp256k1.Point{y})
	_, many := NewQuorumOf(set, []*secp256k1.Point{y, y, y})
	_, product := set.ShadowProduct(Index(3), k.secret)
	_, value := must[*Sharing](t)(Shape{Degree: 1, Hidden: true}.Draw(rand)).Eval(Index(0))
	s := k.signers(t, rand, 1, 2)
	signing := s.signing(t, RFC9591, testHash)
	shares := s.shares(t, signing)
	_, none := signing.Combine(append(shares, new(secp256k1.Scalar)))
	_, half := NewSchnorrSigning(s.q, k.joint.Constant(), RFC9591, testHash, []*NonceCommitment{s.commitments[0], {Binding: y}})
	_, other := NewSchnorrSigning(s.q, k.joint.Constant(), RFC9591, testHash, []*NonceCommitment{s.commitments[0], {Hiding: y}})
	for name, test := range map[string]struct{ err, want error }{
		"three where two are asked for": {size, ErrSetSize},
		"of a stranger":                 {stranger, ErrNotMember},
		"a public share too few":        {few, ErrSetSize},
		"one too many":                  {many, ErrSetSize},
		"a stranger's product":          {product, ErrNotMember},
		"the secret for a share":        {value, ErrZeroCoordinate},
		"a share more":                  {none, ErrSetSize},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	if half == nil || other == nil {
		t.Error("half a nonce commitment serves")
	}
}

func TestBoundsOfPlans(t *testing.T) {
	rand := seeded(1)
	plan := Plan{{Degree: 1}}
	var columns [][]*secp256k1.Scalar
	var dealings [][]Commitments
	for range 2 {
		d := must[[]*Sharing](t)(plan.Draw(rand))[0]
		columns = append(columns, must[[]*secp256k1.Scalar](t)(d.Eval(Index(2))))
		dealings = append(dealings, []Commitments{d.Commit()})
	}
	for name, test := range map[string]struct {
		plan     Plan
		at       Index
		columns  [][]*secp256k1.Scalar
		dealings [][]Commitments
	}{
		"a dealing more":        {plan, 2, columns[:1], dealings},
		"a column more":         {plan, 2, columns, dealings[:1]},
		"no dealing":            {plan, 2, nil, nil},
		"no polynomial":         {nil, 2, [][]*secp256k1.Scalar{nil}, [][]Commitments{nil}},
		"where the secret lies": {plan, 0, columns, dealings},
	} {
		if sum, joint, bad, err := test.plan.Combine(rand, test.columns, test.at, test.dealings); err == nil || sum != nil || joint != nil || bad != nil {
			t.Errorf("%s: gives %v, blames %v: %v", name, sum, bad, err)
		}
	}
	if _, _, bad, err := plan.Combine(rand, columns, Index(2), dealings); err != nil || bad != nil {
		t.Error(bad, err)
	}
	zero := []*secp256k1.Scalar{new(secp256k1.Scalar)}
	if err := VerifyShare(zero[0], Index(1), nil); !errors.Is(err, ErrCommitmentsLength) {
		t.Errorf("a share of nothing: %v", err)
	}
	line := Shape{Degree: 1}
	if err := line.Verify(zero, Index(2), Commitments{new(secp256k1.Point)}); !errors.Is(err, ErrCommitmentsLength) {
		t.Errorf("a share on a polynomial of a lower degree: %v", err)
	}
	// Commitments of another degree, or no points, are their dealer's fault, and nobody else's.
	for name, c := range map[string]Commitments{
		"nothing": nil, "too few": dealings[1][0][:1], "too many": append(dealings[1][0][:2:2], dealings[1][0][0]), "no points": {nil, nil},
	} {
		bad := []Commitments{c}
		if _, err := plan.Sum([][]Commitments{dealings[0], bad}); !errors.Is(err, ErrCommitmentsLength) && !errors.Is(err, ErrThreshold) {
			t.Errorf("%s: summed: %v", name, err)
		}
		if err := plan.Verify(zero, Index(2), bad); !errors.Is(err, ErrCommitmentsLength) && !errors.Is(err, ErrThreshold) {
			t.Errorf("%s: verified: %v", name, err)
		}
		if sum, _, who, err := plan.Combine(rand, columns, Index(2), [][]Commitments{dealings[0], bad}); err == nil || sum != nil || !slices.Equal(who, []int{1}) {
			t.Errorf("%s: combined, and blames %v: %v", name, who, err)
		}
	}
}

// A proof of zero, one that was made with a nonce of zero, and one of scalars that are none.
func TestProofsOfNothing(t *testing.T) {
	x, g, none, ctx := secp256k1.NewScalar(7), secp256k1.Generator(), new(secp256k1.Point), Context{1}
	public := g.Times(x)
	if _, err := ProveKnowledge(seeded(1), new(secp256k1.Scalar), g, ctx); err == nil {
		t.Error("proves knowledge of zero")
	}
	if _, err := ProveKnowledge(seeded(1), x, none, ctx); err == nil {
		t.Error("proves knowledge of the identity's logarithm")
	}
	e := knowledgeChallenge(public, none, ctx)
	good := must[KnowledgeProof](t)(ProveKnowledge(seeded(1), x, public, ctx))
	for name, proof := range map[string]KnowledgeProof{
		"with a nonce of zero":        packProof(e, e.Times(x)),
		"with a challenge beyond all": KnowledgeProof(beyond(good, 0)),
		"with a response beyond all":  KnowledgeProof(beyond(good, 32)),
	} {
		if err := VerifyKnowledge(public, proof, ctx); err == nil {
			t.Errorf("knowledge %s passes", name)
		}
	}

	b := g.Times(secp256k1.NewScalar(5))
	forge := func(st dleqStatement, x, k *secp256k1.Scalar) DLEQProof {
		h := st.challenge(st.g.Times(k), st.b.Times(k), ctx[:])
		e := must[*secp256k1.Scalar](t)(secp256k1.ParseScalar(h[:]))
		return packProof(e, k.Plus(e.Times(x)))
	}
	zero := new(secp256k1.Scalar)
	for name, test := range map[string]struct {
		st   dleqStatement
		x, k *secp256k1.Scalar
		ok   bool
	}{
		"as it should be":      {dleqStatement{public, b, b.Times(x), g}, x, x, true},
		"of zero":              {dleqStatement{none, b, none, g}, zero, x, false},
		"with a nonce of zero": {dleqStatement{public, b, b.Times(x), g}, x, zero, false},
	} {
		if err := verifyDLEQ(test.st, forge(test.st, test.x, test.k), ctx[:]); (err == nil) != test.ok {
			t.Errorf("equal logarithms %s: %v", name, err)
		}
	}
}

// beyond puts a number of all ones, which is no scalar, into a proof.
func beyond(proof [ProofSize]byte, at int) [ProofSize]byte {
	for i := range 32 {
		proof[at+i] = 255
	}
	return proof
}

// Every part of what is parsed is a point or a scalar: bytes of all ones are neither.
func TestParsersWantNumbers(t *testing.T) {
	k := newTestKey(t, seeded(1), 1, 3)
	q := k.quorum(t, 1, 2)
	partial := must[*Partial](t)(q.Partial(seeded(2), Index(1), k.shares[1], k.ct.Common, must[*Mask](t)(q.NewMask(seeded(3))), Context{})).Bytes()
	e := must[*EphemeralKey](t)(NewEphemeral(seeded(2), [32]byte{1}, Index(1)))
	ephemeral := e.Public().Bytes()
	complaint := must[*Complaint](t)(must[*Channel](t)(e.Public().Verify([32]byte{1}, Index(1))).Complain(seeded(4), Index(1), k.shares[1], nil, nil, nil)).Bytes()
	nonce := must[*Nonce](t)(NewNonce(seeded(5), nil)).Commitment().Bytes()
	pair := k.ct.Bytes()
	c := indexed(t, seeded(6), 1, 1, 2, 3)
	g := c.signing(numberedHash(1))
	opening, share := g.openings[0].Bytes(), c.share(g, 0).Bytes()
	for name, test := range map[string]struct {
		good  []byte
		parse func([]byte) error
	}{
		"partial":       {partial[:], func(b []byte) error { return drew(ParsePartial(b)) }},
		"ephemeral":     {ephemeral[:], func(b []byte) error { return drew(ParseEphemeral(b)) }},
		"complaint":     {complaint[:], func(b []byte) error { return drew(ParseComplaint(b)) }},
		"nonce":         {nonce[:], func(b []byte) error { return drew(ParseNonceCommitment(b)) }},
		"ciphertext":    {pair[:], func(b []byte) error { return drew(ParseCiphertext(b)) }},
		"opening":       {opening[:], func(b []byte) error { return drew(ParseECDSAOpening(b)) }},
		"ECDSA share":   {share[:], func(b []byte) error { return drew(ParseECDSAShare(b)) }},
		"sealed shares": {make([]byte, 32), func(b []byte) error { _, err := ParseSealedShares([][32]byte{{}, [32]byte(b)}); return err }},
	} {
		if err := test.parse(test.good); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for at := 0; at < len(test.good); at += 32 {
			bent := bytes.Clone(test.good)
			copy(bent[at:], bytes.Repeat([]byte{255}, 32))
			if test.parse(bent) == nil {
				t.Errorf("%s: parses with what is no number at %d", name, at)
			}
		}
	}
}

// What is zero, or not of this set, makes no opening and no signing.
func TestItemsOfNothing(t *testing.T) {
	g, none, hash := secp256k1.Generator(), new(secp256k1.Point), numberedHash(1)
	// A point whose x coordinate is the group order: r would be zero.
	order := append([]byte{2}, orderBytes()...)
	unusable := must[*secp256k1.Point](t)(secp256k1.ParseCompressed(order))
	opening := func(r *secp256k1.Point, w uint32) *ECDSAOpening {
		return &ECDSAOpening{R: r, W: secp256k1.NewScalar(w)}
	}
	c := indexed(t, seeded(1), 1, 1, 2, 3) // Lagrange's coefficients are 3, -3, 1
	for name, test := range map[string]struct {
		openings []*ECDSAOpening
		hash     [32]byte
		want     error
	}{
		"usable":                     {[]*ECDSAOpening{opening(g, 1), opening(g, 1), opening(g, 1)}, hash, nil},
		"openings that cancel out":   {[]*ECDSAOpening{opening(g, 1), opening(g, 1), opening(none, 1)}, hash, ErrUnsignable},
		"a nonce of which r is zero": {[]*ECDSAOpening{opening(g, 1), opening(g, 1), opening(unusable, 1)}, hash, ErrUnsignable},
		"products that cancel out":   {[]*ECDSAOpening{opening(g, 1), opening(g, 1), opening(g, 0)}, hash, ErrUnsignable},
		"a hash of zero":             {[]*ECDSAOpening{opening(g, 1), opening(g, 1), opening(g, 1)}, [32]byte{}, ErrUnsignable},
		"an opening less":            {[]*ECDSAOpening{opening(g, 1), opening(g, 1)}, hash, ErrSetSize},
		"no opening of one":          {[]*ECDSAOpening{opening(g, 1), opening(g, 1), nil}, hash, ErrSetSize},
	} {
		if s, err := c.item.NewSigning(test.openings, test.hash); !errors.Is(err, test.want) || (s == nil) != (err != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}

	stranger := must[*ECDSASecret](t)(NewECDSASecret(Index(4), c.secrets[0].scalars[:]))
	if o, err := c.item.Open(c.rand, stranger, c.ctx); !errors.Is(err, ErrNotMember) || o != nil {
		t.Errorf("a stranger opens: %v", err)
	}
}

func orderBytes() []byte {
	b := secp256k1.NewScalar(1).Negated().Bytes()
	b[31]++
	return b[:]
}

// A member whose nonce was dealt as zero opens nothing, and its opening does not pass, though it be proven.
func TestOpeningOfZero(t *testing.T) {
	c := indexed(t, seeded(2), 1, 1, 2, 3)
	item, secrets := c.deal(ECDSAPlan(1, 1), func(all []*Sharing) {
		f := all[polyK].polynomials[0]
		f.coefficients[0] = f.coefficients[1].Negated() // so f(1) = 0
	})
	s := secrets[0]
	o := &ECDSAOpening{R: new(secp256k1.Point), W: s.value(polyB)}
	n := []*secp256k1.Scalar{randomScalar(t, c.rand), randomScalar(t, c.rand), randomScalar(t, c.rand)}
	e := item.openingChallenge(0, o, item.bind(0, c.ctx),
		secp256k1.BaseMul(n[0]), second.Times(n[1]), item.points[0][polyA].Times(n[0]).Minus(second.Times(n[2])))
	o.Proof = [OpeningProofSize]byte(respond(e, n, new(secp256k1.Scalar), s.blinding(polyK), s.blinding(polyB)))
	if err := item.VerifyOpening(Index(1), o, c.ctx); !errors.Is(err, secp256k1.ErrIdentity) {
		t.Errorf("an opening of zero: %v", err)
	}
	if o, err := item.Open(c.rand, s, c.ctx); !errors.Is(err, ErrUnsignable) || o != nil {
		t.Errorf("opens a nonce of zero: %v", err)
	}
	wantZero(t, "an item that could not be opened", s.scalars[:]...)
}

// Shares that add up to zero are no signature.
func TestSharesOfZero(t *testing.T) {
	c := indexed(t, seeded(3), 1, 1, 2, 3)
	g, zero := c.signing(numberedHash(1)), &ECDSAShare{Y: new(secp256k1.Scalar)}
	if sig, err := g.Combine(c.joint, []*ECDSAShare{zero, zero, zero}); !errors.Is(err, ErrBadSignature) || sig != [65]byte{} {
		t.Errorf("gives %x: %v", sig, err)
	}
}
