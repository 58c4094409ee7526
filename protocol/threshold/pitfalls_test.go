package threshold

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// Tests for docs/security.md, "Common MPC pitfalls", where no other test shows that a bug of that catalogue is not ours.

// Every bit of what is drawn is random, and every bit of what a verifier's challenge stands for hangs on what is hashed: no mask
// is short, no challenge can be guessed.
func TestEveryBitCounts(t *testing.T) {
	rand := seeded(60)
	k := newTestKey(t, rand, 1, 2)
	q := k.quorum(t, 1, 2)
	x := randomScalar(t, rand)
	public, base := secp256k1.BaseMul(x), secp256k1.Generator().TimesSmall(9)
	other := base.Times(x)
	item := indexed(t, rand, 1, 1, 2, 3)
	numbered := func(i int) Context { return NewContext("test", []byte{byte(i)}) }
	first := func(proof []byte) [32]byte { return [32]byte(proof[:32]) }
	for name, draw := range map[string]func(i int) [32]byte{
		"scalar":            func(int) [32]byte { return randomScalar(t, rand).Bytes() },
		"constant term":     func(int) [32]byte { return must[*Polynomial](t)(NewPolynomial(rand, 2)).coefficients[0].Bytes() },
		"first coefficient": func(int) [32]byte { return must[*Polynomial](t)(NewPolynomial(rand, 2)).coefficients[1].Bytes() },
		"last coefficient":  func(int) [32]byte { return must[*Polynomial](t)(NewPolynomial(rand, 2)).coefficients[2].Bytes() },
		"blinding of a hidden polynomial": func(int) [32]byte {
			return must[*Sharing](t)(Shape{Degree: 1, Hidden: true}.Draw(rand)).polynomials[1].coefficients[1].Bytes()
		},
		"mask of a part":    func(int) [32]byte { return must[*Mask](t)(q.NewMask(rand)).r.Bytes() },
		"hiding nonce":      func(int) [32]byte { return must[*Nonce](t)(NewNonce(rand, x)).hiding.Bytes() },
		"binding nonce":     func(int) [32]byte { return must[*Nonce](t)(NewNonce(rand, x)).binding.Bytes() },
		"ephemeral key":     func(int) [32]byte { return must[*EphemeralKey](t)(NewEphemeral(rand, [32]byte{}, Index(1))).e.Bytes() },
		"one-time key":      func(int) [32]byte { return must[*OneTimeKey](t)(NewOneTimeKey(rand, [32]byte{}, Index(1))).r.Bytes() },
		"nonces of a proof": func(i int) [32]byte { return must[[]*secp256k1.Scalar](t)(nonces(rand, "test", 1, nil, x))[0].Bytes() },
		"nonce of BIP-374's": func(i int) [32]byte {
			return dleqNonce(x, dleqStatement{public, base, other, generator}, [32]byte{byte(i)}, nil).Bytes()
		},
		"pad of a share": func(i int) [32]byte {
			return newDealingPads(sealing, [32]byte{byte(i)}, Index(1), Index(2), public, base, other).at(0).Bytes()
		},
		"pad of another slot": func(i int) [32]byte {
			return newDealingPads(sealing, [32]byte{1}, Index(1), Index(2), public, base, other).at(i + 1).Bytes()
		},
		"challenge of a proof of knowledge": func(i int) [32]byte { return knowledgeChallenge(public, base, numbered(i)).Bytes() },
		"challenge of a proof of equal logarithms": func(i int) [32]byte {
			p := must[DLEQProof](t)(ProveDLEQ(rand, x, public, base, other, numbered(i)))
			return first(p[:])
		},
		"challenge of an opening": func(i int) [32]byte {
			o := &ECDSAOpening{R: public, W: x}
			return item.item.openingChallenge(0, o, item.item.bind(0, numbered(i)), base, base, base).Bytes()
		},
		"Parity's challenge": func(i int) [32]byte { return challengeOf(t, ParitySchnorr, public, i) },
		"the RFC's":          func(i int) [32]byte { return challengeOf(t, RFC9591, public, i) },
		"BIP-340's":          func(i int) [32]byte { return challengeOf(t, BIP340, public, i) },
	} {
		const draws = 96
		var ones [256]int
		for i := range draws {
			b := draw(i)
			for bit := range ones {
				ones[bit] += int(b[bit/8] >> (7 - bit%8) & 1)
			}
		}
		for bit, n := range ones {
			if n < draws/5 || n > draws-draws/5 { // by chance once in 10^9; the numbers are the same in each run
				t.Errorf("%s: bit %d is set in %d of %d", name, bit, n, draws)
			}
		}
	}
}

func challengeOf(t *testing.T, s SchnorrScheme, public *secp256k1.Point, i int) [32]byte {
	return must[*secp256k1.Scalar](t)(s.challenge(public, public, []byte{byte(i)})).Bytes()
}

// The challenges of both proofs that dealings and parts have hash all that the verifier's equation has in it, and what they are
// bound to hashes who proves, for whom, and what goes with it. (Those of signatures: TestBindingFactorsCoverEverything,
// TestECDSAChallengesCoverEverything.)
func TestChallengesCoverEverything(t *testing.T) {
	p := make([]*secp256k1.Point, 7)
	for i := range p {
		p[i] = secp256k1.BaseMul(secp256k1.NewScalar(uint32(i + 2)))
	}
	k := newTestKey(t, seeded(61), 1, 4)
	q, elsewhere, ctx := k.quorum(t, 1, 2), k.quorum(t, 1, 3), NewContext("test")
	dleq := func(change func(st *dleqStatement, r *[2]*secp256k1.Point)) [32]byte {
		st, r := dleqStatement{p[0], p[1], p[2], p[3]}, [2]*secp256k1.Point{p[4], p[5]}
		change(&st, &r)
		return st.challenge(r[0], r[1], ctx[:])
	}
	for name, group := range map[string]map[string][32]byte{
		"knowledge": {
			"as it is":      knowledgeChallenge(p[0], p[1], ctx).Bytes(),
			"statement":     knowledgeChallenge(p[2], p[1], ctx).Bytes(),
			"its negative":  knowledgeChallenge(p[0].Negated(), p[1], ctx).Bytes(),
			"first message": knowledgeChallenge(p[0], p[2], ctx).Bytes(),
			"context":       knowledgeChallenge(p[0], p[1], NewContext("another")).Bytes(),
		},
		"equal logarithms": {
			"as it is":             dleq(func(*dleqStatement, *[2]*secp256k1.Point) {}),
			"a":                    dleq(func(st *dleqStatement, _ *[2]*secp256k1.Point) { st.a = p[6] }),
			"-a":                   dleq(func(st *dleqStatement, _ *[2]*secp256k1.Point) { st.a = st.a.Negated() }),
			"base":                 dleq(func(st *dleqStatement, _ *[2]*secp256k1.Point) { st.b = p[6] }),
			"c":                    dleq(func(st *dleqStatement, _ *[2]*secp256k1.Point) { st.c = p[6] }),
			"generator":            dleq(func(st *dleqStatement, _ *[2]*secp256k1.Point) { st.g = p[6] }),
			"first message":        dleq(func(_ *dleqStatement, r *[2]*secp256k1.Point) { r[0] = p[6] }),
			"second first message": dleq(func(_ *dleqStatement, r *[2]*secp256k1.Point) { r[1] = p[6] }),
			"context":              dleqStatement{p[0], p[1], p[2], p[3]}.challenge(p[4], p[5], make([]byte, 32)),
		},
		"part of a decryption": {
			"as it is":     q.context(0, p[0], p[1], ctx),
			"prover":       q.context(1, p[0], p[1], ctx),
			"set":          elsewhere.context(0, p[0], p[1], ctx),
			"common point": q.context(0, p[2], p[1], ctx),
			"mask":         q.context(0, p[0], p[2], ctx),
			"context":      q.context(0, p[0], p[1], NewContext("another")),
		},
		"ephemeral": {
			"as it is": ephemeralContext([32]byte{1}, Index(1)),
			"session":  ephemeralContext([32]byte{2}, Index(1)),
			"dealer":   ephemeralContext([32]byte{1}, Index(2)),
		},
	} {
		seen := make(map[[32]byte]string)
		for what, challenge := range group {
			if other, ok := seen[challenge]; ok {
				t.Errorf("%s: the same challenge for another %s as for another %s", name, what, other)
			}
			seen[challenge] = what
		}
	}
}
