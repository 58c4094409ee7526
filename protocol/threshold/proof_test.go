package threshold

import (
	"bytes"
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

func TestKnowledgeProof(t *testing.T) {
	rand := seeded(1)
	x := randomScalar(t, rand)
	public, ctx := secp256k1.BaseMul(x), NewContext("test", []byte{1})
	proof := must[KnowledgeProof](t)(ProveKnowledge(rand, x, public, ctx))
	if err := VerifyKnowledge(public, proof, ctx); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another context": VerifyKnowledge(public, proof, NewContext("test", []byte{2})),
		"another point":   VerifyKnowledge(public.Negated(), proof, ctx),
		"identity":        VerifyKnowledge(new(secp256k1.Point), proof, ctx),
		"zeros":           VerifyKnowledge(public, KnowledgeProof{}, ctx),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for i := range proof {
		bad := proof
		bad[i] ^= 1
		if VerifyKnowledge(public, bad, ctx) == nil {
			t.Errorf("byte %d flipped: accepted", i)
		}
	}
	if _, err := ProveKnowledge(rand, new(secp256k1.Scalar), new(secp256k1.Point), ctx); err == nil {
		t.Error("proved knowledge of zero")
	}
	// The identity would otherwise be everybody's: e = 0·..., s = k passes for X = 0 when R = kG hashes to e.
	k := randomScalar(t, rand)
	forged := packProof(knowledgeChallenge(new(secp256k1.Point), secp256k1.BaseMul(k), ctx), k)
	if VerifyKnowledge(new(secp256k1.Point), forged, ctx) == nil {
		t.Error("forged proof for the identity accepted")
	}
}

// A source stuck on one value must not make two proofs share a nonce: two responses would give the secret away.
func TestNoncesAreHedged(t *testing.T) {
	x := randomScalar(t, seeded(2))
	public := secp256k1.BaseMul(x)
	stuck := func() *bytes.Reader { return bytes.NewReader(make([]byte, 32)) }
	nonce := func(p [ProofSize]byte) [32]byte { // k = s - e·x
		e, s, err := parseProof(p[:])
		if err != nil {
			t.Fatal(err)
		}
		return s.Minus(e.Times(x)).Bytes()
	}
	base := secp256k1.Generator().TimesSmall(9)
	seen := make(map[[32]byte]bool)
	for i := range byte(3) {
		ctx := NewContext("test", []byte{i})
		seen[nonce(must[KnowledgeProof](t)(ProveKnowledge(stuck(), x, public, ctx)))] = true
		seen[nonce(must[DLEQProof](t)(ProveDLEQ(stuck(), x, public, base, base.Times(x), ctx)))] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d different nonces in 6 proofs", len(seen))
	}
	if _, err := ProveKnowledge(bytes.NewReader(nil), x, public, Context{}); err == nil {
		t.Error("proved without randomness")
	}
	if _, err := ProveDLEQ(bytes.NewReader(nil), x, public, base, base, Context{}); err == nil {
		t.Error("proved without randomness")
	}
}

func TestDLEQRefuses(t *testing.T) {
	rand := seeded(3)
	x, y := randomScalar(t, rand), randomScalar(t, rand)
	b := secp256k1.BaseMul(y)
	a, c, ctx := secp256k1.BaseMul(x), b.Times(x), NewContext("test")
	proof := must[DLEQProof](t)(ProveDLEQ(rand, x, a, b, c, ctx))
	if err := VerifyDLEQ(a, b, c, proof, ctx); err != nil {
		t.Fatal(err)
	}
	none := new(secp256k1.Point)
	for name, err := range map[string]error{
		"another context":    VerifyDLEQ(a, b, c, proof, NewContext("other")),
		"two logarithms":     VerifyDLEQ(a, b, b.Times(y), must[DLEQProof](t)(ProveDLEQ(rand, x, a, b, b.Times(y), ctx)), ctx),
		"bases swapped":      VerifyDLEQ(c, b, a, proof, ctx),
		"identity statement": VerifyDLEQ(none, b, none, proof, ctx),
		"identity base":      VerifyDLEQ(a, none, none, proof, ctx),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := ProveDLEQ(rand, new(secp256k1.Scalar), none, b, none, ctx); err == nil {
		t.Error("proved zero")
	}
	if _, err := ProveDLEQ(rand, x, a, none, none, ctx); !errors.Is(err, secp256k1.ErrIdentity) {
		t.Errorf("proved over the identity: %v", err)
	}
}

// Every fixed-size encoding round-trips and refuses one byte more or less, and numbers not below the order.
func TestFixedEncodings(t *testing.T) {
	rand := seeded(4)
	k := newTestKey(t, rand, 1, 2)
	q := k.quorum(t, 1, 2)
	partial := must[*Partial](t)(q.Partial(rand, Index(1), k.shares[1], k.ct.Common, must[*Mask](t)(q.NewMask(rand)), Context{}))
	e := must[*EphemeralKey](t)(NewEphemeral(rand, [32]byte{}, Index(1)))
	channel := must[*Channel](t)(e.Public().Verify([32]byte{}, Index(1)))
	complaint := must[*Complaint](t)(channel.Complain(rand, Index(2), k.shares[2], make([]SealedShare, 1), Plan{{Degree: 1}}, []Commitments{k.joint}))
	tb := must[*OneTimeKey](t)(NewOneTimeKey(rand, [32]byte{}, Index(2))).Public().Bytes()
	pb, eb, cb := partial.Bytes(), e.Public().Bytes(), complaint.Bytes()
	sealed := must[[]SealedShare](t)(e.Seal(Index(2), k.m, []*secp256k1.Scalar{k.shares[2]}))[0]
	nb := must[*Nonce](t)(NewNonce(rand, nil)).Commitment().Bytes()
	item := indexed(t, rand, 0, 1)
	signing := item.signing([32]byte{1})
	ob, sb := signing.openings[0].Bytes(), item.share(signing, 0).Bytes()
	for name, c := range map[string]struct {
		enc   []byte
		again func(b []byte) ([]byte, error)
	}{
		"partial":      {pb[:], func(b []byte) ([]byte, error) { return encode(ParsePartial(b)) }},
		"nonces":       {nb[:], func(b []byte) ([]byte, error) { return encode(ParseNonceCommitment(b)) }},
		"ephemeral":    {eb[:], func(b []byte) ([]byte, error) { return encode(ParseEphemeral(b)) }},
		"one-time key": {tb[:], func(b []byte) ([]byte, error) { return encode(ParseOneTime(b)) }},
		"opening":      {ob[:], func(b []byte) ([]byte, error) { return encode(ParseECDSAOpening(b)) }},
		"s share":      {sb[:], func(b []byte) ([]byte, error) { return encode(ParseECDSAShare(b)) }},
		"complaint":    {cb[:], func(b []byte) ([]byte, error) { return encode(ParseComplaint(b)) }},
		"proof":        {e.Public().Proof[:], func(b []byte) ([]byte, error) { p, err := ParseKnowledgeProof(b); return p[:], err }},
		"DLEQ proof":   {partial.Proof[:], func(b []byte) ([]byte, error) { p, err := ParseDLEQProof(b); return p[:], err }},
		"sealed share": {sealed[:], func(b []byte) ([]byte, error) { p, err := ParseSealedShare(b); return p[:], err }},
	} {
		if got, err := c.again(c.enc); err != nil || !bytes.Equal(got, c.enc) {
			t.Errorf("%s: round trip: %v", name, err)
		}
		long := append(append([]byte(nil), c.enc...), 0)
		for _, b := range [][]byte{nil, c.enc[:len(c.enc)-1], long, long[1:]} {
			if _, err := c.again(b); err == nil && !bytes.Equal(b, c.enc) && len(b) != len(c.enc) {
				t.Errorf("%s of %d bytes accepted", name, len(b))
			}
		}
		bad := append([]byte(nil), c.enc...)
		copy(bad[len(bad)-32:], bytes.Repeat([]byte{255}, 32))
		if _, err := c.again(bad); err == nil {
			t.Errorf("%s with a number above the order accepted", name)
		}
	}
}

// encode encodes what a parser gave.
func encode[A interface {
	[128]byte | [160]byte | [192]byte | [224]byte
}, T interface{ Bytes() A }](v T, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	a := v.Bytes()
	var out []byte
	switch b := any(a).(type) {
	case [128]byte:
		out = b[:]
	case [160]byte:
		out = b[:]
	case [192]byte:
		out = b[:]
	case [224]byte:
		out = b[:]
	}
	return out, nil
}

func TestContextSeparates(t *testing.T) {
	seen := make(map[Context]bool)
	for _, c := range []Context{
		NewContext("a"), NewContext("a", nil), NewContext("a", nil, nil), NewContext("a", []byte("b")), NewContext("ab"),
		NewContext("a", []byte("bc")), NewContext("a", []byte("b"), []byte("c")),
	} {
		seen[c] = true
	}
	if len(seen) != 7 {
		t.Errorf("%d different contexts of 7", len(seen))
	}
}

// FuzzParsers feeds all decoders: nothing may panic, and what is accepted must encode back to its input.
func FuzzParsers(f *testing.F) {
	g := secp256k1.Generator().Bytes()
	f.Add(append(append(append([]byte(nil), g[:]...), g[:]...), make([]byte, 64)...))
	f.Add(append(append([]byte(nil), g[:]...), make([]byte, 64)...))
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, b []byte) {
		check := func(what string, enc []byte, err error) {
			if err == nil && !bytes.Equal(enc, b) {
				t.Fatalf("%s: %x encodes as %x", what, b, enc)
			}
		}
		enc, err := encode(ParsePartial(b))
		check("partial", enc, err)
		enc, err = encode(ParseEphemeral(b))
		check("ephemeral", enc, err)
		enc, err = encode(ParseComplaint(b))
		check("complaint", enc, err)
		enc, err = encode(ParseCiphertext(b))
		check("ciphertext", enc, err)
		enc, err = encode(ParseNonceCommitment(b))
		check("nonce commitment", enc, err)
		k, err := ParseKnowledgeProof(b)
		check("proof", k[:], err)
		d, err := ParseDLEQProof(b)
		check("DLEQ proof", d[:], err)
		s, err := ParseSealedShare(b)
		check("sealed share", s[:], err)
		c, err := ParseCommitments(b, len(b)/64-1)
		check("commitments", c.Bytes(), err)
		enc, err = encode(ParseECDSAOpening(b))
		check("opening", enc, err)
		enc, err = encode(ParseECDSAShare(b))
		check("signature share", enc, err)
		for _, plan := range []Plan{ECDSAPlan(0, 1), ECDSAPlan(1, 1), {{Degree: 1}, {Degree: 1, Zero: true}}} {
			if all, err := plan.Parse(b); err == nil && !bytes.Equal(plan.Encode(all), b) {
				t.Fatalf("dealing %x encodes as %x", b, plan.Encode(all))
			}
		}
		if complaint, err := ParseComplaint(b); err == nil {
			point := secp256k1.Generator()
			channel := &Channel{dealer: Index(1), e: point}
			if v := channel.Judge(Index(2), point, make([]SealedShare, 1), Plan{{}}, []Commitments{{point}}, complaint); v != AccuserGuilty && v != DealerGuilty {
				t.Fatalf("verdict %v", v)
			}
		}
	})
}
