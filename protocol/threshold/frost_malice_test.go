package threshold

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// again is the nonce as it was before it was spent: what a node keeps that does not burn its nonces.
func (n *Nonce) again() *Nonce { return &Nonce{n.hiding.Copy(), n.binding.Copy(), n.commitment} }

// Parity's worst defect, tried on ours: whoever gets several answers under one nonce solves for the key share. A nonce
// that is burnt gives one answer, and one equation in three unknowns.
func TestAskedAgainForOneNonce(t *testing.T) {
	rand := seeded(30)
	k := newTestKey(t, rand, 1, 3)
	s := k.signers(t, rand, 2, 3)
	var z, rho, c [3]*secp256k1.Scalar
	var spent *Nonce
	for i := range z {
		signing := s.signing(t, ParitySchnorr, []byte{byte(i)})
		z[i] = must[*secp256k1.Scalar](t)(signing.Share(Index(2), k.shares[2], s.nonces[0].again()))
		rho[i], c[i] = signing.factors[0], signing.weight(0)
	}
	// z_i = d + e·ρ_i + x·c_i, three times.
	minor := func(v, w [3]*secp256k1.Scalar) *secp256k1.Scalar {
		return v[0].Minus(v[1]).Times(w[0].Minus(w[2])).Minus(v[0].Minus(v[2]).Times(w[0].Minus(w[1])))
	}
	if x := minor(z, rho).Times(minor(c, rho).InversePublic()); !x.Equal(k.shares[2]) {
		t.Error("three answers do not give the share: this test proves nothing")
	}
	spent = s.nonces[0]
	s.share(t, 0, s.signing(t, ParitySchnorr, []byte{0}))
	for i := range z {
		if _, err := s.signing(t, ParitySchnorr, []byte{byte(i)}).Share(Index(2), k.shares[2], spent); !errors.Is(err, ErrNonceSpent) {
			t.Errorf("asked again: %v", err)
		}
	}
}

// The binding factor and the challenge hang on every input, so a share answers for one choice of them only.
func TestBindingFactorsCoverEverything(t *testing.T) {
	rand := seeded(31)
	k, other := newTestKey(t, rand, 2, 5), newTestKey(t, rand, 2, 5)
	s := k.signers(t, rand, 1, 2, 4)
	fresh := must[*Nonce](t)(NewNonce(rand, nil)).Commitment()
	type view struct {
		q           *Quorum
		public      *secp256k1.Point
		scheme      SchnorrScheme
		message     []byte
		commitments []*NonceCommitment
	}
	change := func(f func(v *view)) view {
		v := view{s.q, k.joint.Constant(), ParitySchnorr, testHash, slices.Clone(s.commitments)}
		f(&v)
		return v
	}
	views := map[string]view{
		"as asked":       change(func(v *view) {}),
		"another key":    change(func(v *view) { v.public = other.joint.Constant() }),
		"negated key":    change(func(v *view) { v.public = v.public.Negated() }),
		"RFC 9591":       change(func(v *view) { v.scheme = RFC9591 }),
		"BIP-340":        change(func(v *view) { v.scheme = BIP340 }),
		"longer message": change(func(v *view) { v.message = append(slices.Clone(testHash), 0) }),
		"no message":     change(func(v *view) { v.message = nil }),
		"another set":    change(func(v *view) { v.q = k.quorum(t, 1, 2, 5) }),
		"nonces swapped": change(func(v *view) { v.commitments[1], v.commitments[2] = v.commitments[2], v.commitments[1] }),
		"halves swapped": change(func(v *view) {
			v.commitments[2] = &NonceCommitment{v.commitments[2].Binding, v.commitments[2].Hiding}
		}),
	}
	for bit := range 8 {
		views["message bit "+string(rune('0'+bit))] = change(func(v *view) {
			v.message = slices.Clone(testHash)
			v.message[bit*4] ^= 1 << bit
		})
	}
	for i := range 3 {
		n := string(rune('1' + i))
		views["hiding nonce "+n] = change(func(v *view) { v.commitments[i] = &NonceCommitment{fresh.Hiding, v.commitments[i].Binding} })
		views["binding nonce "+n] = change(func(v *view) { v.commitments[i] = &NonceCommitment{v.commitments[i].Hiding, fresh.Binding} })
		views["negated nonce "+n] = change(func(v *view) {
			v.commitments[i] = &NonceCommitment{v.commitments[i].Hiding.Negated(), v.commitments[i].Binding}
		})
	}
	seen := make(map[[32]byte]string)
	for name, v := range views {
		signing := must[*SchnorrSigning](t)(NewSchnorrSigning(v.q, v.public, v.scheme, v.message, v.commitments))
		for i, rho := range append(slices.Clone(signing.factors), signing.challenge) {
			if before, ok := seen[rho.Bytes()]; ok {
				t.Errorf("%s: factor %d is also that of %s", name, i, before)
			}
			seen[rho.Bytes()] = name
		}
	}
	if len(seen) != 4*len(views) {
		t.Errorf("%d factors and challenges of %d views", len(seen), len(views))
	}
}

// A coordinator that shows two signers different things gets shares that fit nothing: not what it showed to the one, nor
// to the other.
func TestMixedViewsMakeNoSignature(t *testing.T) {
	rand := seeded(32)
	k := newTestKey(t, rand, 2, 5)
	for _, scheme := range schnorrSchemes {
		another := RFC9591
		if scheme == RFC9591 {
			another = BIP340
		}
		for name, lie := range map[string]func(s *signers) *SchnorrSigning{
			"message": func(s *signers) *SchnorrSigning { return s.signing(t, scheme, bytes.Repeat([]byte{9}, 32)) },
			"scheme":  func(s *signers) *SchnorrSigning { return s.signing(t, another, testHash) },
			"list": func(s *signers) *SchnorrSigning {
				shown := slices.Clone(s.commitments)
				shown[0] = must[*Nonce](t)(NewNonce(rand, nil)).Commitment()
				return must[*SchnorrSigning](t)(NewSchnorrSigning(s.q, k.joint.Constant(), scheme, testHash, shown))
			},
			"set": func(s *signers) *SchnorrSigning { // node 5 for node 1, with node 1's nonce
				return must[*SchnorrSigning](t)(NewSchnorrSigning(k.quorum(t, 5, 2, 3), k.joint.Constant(), scheme, testHash, s.commitments))
			},
			"key": func(s *signers) *SchnorrSigning {
				return must[*SchnorrSigning](t)(NewSchnorrSigning(s.q, k.joint.Constant().Plus(secp256k1.Generator()), scheme, testHash, s.commitments))
			},
		} {
			s := k.signers(t, rand, 1, 2, 3)
			told, lied := s.signing(t, scheme, testHash), lie(s)
			shares := []*secp256k1.Scalar{s.share(t, 0, told), s.share(t, 1, told), s.share(t, 2, lied)}
			if _, err := told.Combine(shares); !errors.Is(err, ErrBadSignature) {
				t.Errorf("%v: another %s: what was told: %v", scheme, name, err)
			}
			if _, err := lied.Combine(shares); !errors.Is(err, ErrBadSignature) {
				t.Errorf("%v: another %s: what was lied: %v", scheme, name, err)
			}
			if bad := s.blamed(told, shares); len(bad) != 1 || bad[0] != Index(3) {
				t.Errorf("%v: another %s: %v do not fit", scheme, name, bad)
			}
		}
	}
}

// Shares that changed places do not hold as each other's. Their sum is the same, and so is the signature.
func TestSwappedShares(t *testing.T) {
	rand := seeded(33)
	k := newTestKey(t, rand, 2, 3)
	for _, scheme := range schnorrSchemes {
		s := k.signers(t, rand, 1, 2, 3)
		signing := s.signing(t, scheme, testHash)
		shares := s.shares(t, signing)
		want := must[[]byte](t)(signing.Combine(shares))
		shares[0], shares[2] = shares[2], shares[0]
		if bad := s.blamed(signing, shares); len(bad) != 2 || bad[0] != Index(1) || bad[1] != Index(3) {
			t.Errorf("%v: %v are blamed", scheme, bad)
		}
		if got, err := signing.Combine(shares); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: swapped shares make %x: %v", scheme, got, err)
		}
	}
}

// The order of the set is not part of a signature.
func TestOrderDoesNotMatter(t *testing.T) {
	rand := seeded(34)
	k := newTestKey(t, rand, 3, 7)
	members := []Index{2, 3, 5, 7}
	for _, scheme := range schnorrSchemes {
		s := k.signers(t, rand, members...)
		var want []byte
		for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}} {
			turned := &signers{k: k, q: k.quorum(t, pick(members, order)...), commitments: pick(s.commitments, order)}
			for _, i := range order {
				turned.nonces = append(turned.nonces, s.nonces[i].again())
			}
			signing := turned.signing(t, scheme, testHash)
			got := must[[]byte](t)(signing.Combine(turned.shares(t, signing)))
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%v in order %v: %x, not %x", scheme, order, got, want)
			}
		}
	}
}

// A signing does not change when what it was made from does.
func TestSigningKeepsItsInputs(t *testing.T) {
	rand := seeded(41)
	k := newTestKey(t, rand, 1, 2)
	s := k.signers(t, rand, 1, 2)
	message := bytes.Clone(testHash)
	signing := s.signing(t, RFC9591, message)
	message[0] ^= 1
	listed := s.commitments[1]
	s.commitments[1] = s.commitments[0]
	shares := s.shares(t, signing)
	if _, err := signing.Combine(shares); err != nil {
		t.Error(err)
	}
	s.commitments[1] = listed
	if bad := s.blamed(signing, shares); bad != nil {
		t.Errorf("%v are blamed", bad)
	}
}

// A signer that sends its commitments last can cancel the others' nonces only if all had one binding factor.
func TestNoncesCannotBeCancelled(t *testing.T) {
	rand := seeded(35)
	k := newTestKey(t, rand, 1, 2)
	s := k.signers(t, rand, 1, 2)
	honest := s.commitments[0]
	s.commitments[1] = &NonceCommitment{honest.Hiding.Negated(), honest.Binding.Negated()}
	for _, scheme := range schnorrSchemes {
		signing := s.signing(t, scheme, testHash)
		if signing.nonce.IsIdentity() || signing.factors[0].Equal(signing.factors[1]) {
			t.Errorf("%v: the honest nonce is gone", scheme)
		}
	}
	signing := s.signing(t, ParitySchnorr, testHash)
	one := secp256k1.NewScalar(1)
	if err := signing.close([]*secp256k1.Scalar{one, one}); !errors.Is(err, secp256k1.ErrIdentity) {
		t.Errorf("with one factor for all: %v", err)
	}
}

// A quorum of one key does not sign under another, though each share holds under its public share.
func TestQuorumOfAnotherKey(t *testing.T) {
	rand := seeded(40)
	k := newTestKey(t, rand, 1, 2)
	for _, scheme := range schnorrSchemes {
		s := k.signers(t, rand, 1, 2)
		signing := must[*SchnorrSigning](t)(NewSchnorrSigning(s.q, newTestKey(t, rand, 1, 2).joint.Constant(), scheme, testHash, s.commitments))
		shares := s.shares(t, signing)
		if _, err := signing.Combine(shares); !errors.Is(err, ErrBadSignature) {
			t.Errorf("%v: %v", scheme, err)
		}
		if bad := s.blamed(signing, shares); bad != nil {
			t.Errorf("%v: %v are blamed", scheme, bad)
		}
	}
}

func TestSchnorrSigningRefuses(t *testing.T) {
	rand := seeded(36)
	k := newTestKey(t, rand, 1, 3)
	s := k.signers(t, rand, 1, 2)
	good, none := s.commitments[0], new(secp256k1.Point)
	for name, list := range map[string][]*NonceCommitment{
		"one for two":          {good},
		"three for two":        {good, good, good},
		"none":                 {good, nil},
		"half":                 {good, {Hiding: good.Hiding}},
		"identity for hiding":  {good, {none, good.Binding}},
		"identity for binding": {good, {good.Hiding, none}},
	} {
		if _, err := NewSchnorrSigning(s.q, k.joint.Constant(), ParitySchnorr, testHash, list); err == nil {
			t.Errorf("commitments: %s: accepted", name)
		}
	}
	for _, public := range []*secp256k1.Point{nil, none} {
		if _, err := NewSchnorrSigning(s.q, public, ParitySchnorr, testHash, s.commitments); !errors.Is(err, ErrIdentityKey) {
			t.Errorf("public key %v: %v", public, err)
		}
	}
	for _, scheme := range []SchnorrScheme{0, BIP340 + 1, 255} {
		if _, err := NewSchnorrSigning(s.q, k.joint.Constant(), scheme, testHash, s.commitments); err == nil {
			t.Errorf("%v: accepted", scheme)
		}
		if err := VerifySchnorr(scheme, k.joint.Constant(), testHash, make([]byte, 64)); err == nil || errors.Is(err, ErrBadSignature) {
			t.Errorf("%v: %v", scheme, err)
		}
	}
	signing := s.signing(t, ParitySchnorr, testHash)
	if _, err := signing.Share(Index(3), k.shares[3], s.nonces[0].again()); !errors.Is(err, ErrNotMember) {
		t.Errorf("share of a stranger: %v", err)
	}
	if _, err := signing.Share(Index(1), new(secp256k1.Scalar), s.nonces[0].again()); !errors.Is(err, secp256k1.ErrScalarZero) {
		t.Errorf("share 0: %v", err)
	}
	if err := signing.VerifyShare(Index(3), secp256k1.NewScalar(1)); !errors.Is(err, ErrNotMember) {
		t.Errorf("a stranger's: %v", err)
	}
	if err := signing.VerifyShare(Index(1), nil); !errors.Is(err, ErrBadShare) || !strings.Contains(err.Error(), "node 1") {
		t.Errorf("no share: %v", err)
	}
	for _, shares := range [][]*secp256k1.Scalar{nil, make([]*secp256k1.Scalar, 1), make([]*secp256k1.Scalar, 2), make([]*secp256k1.Scalar, 3)} {
		if _, err := signing.Combine(shares); err == nil {
			t.Errorf("%d missing shares: combined", len(shares))
		}
	}
}

// A source that fails, or repeats itself, makes no nonce; one that somebody can predict does not tell the nonce.
func TestNonceRandomness(t *testing.T) {
	share := randomScalar(t, seeded(37))
	for _, source := range []string{"", strings.Repeat("x", 63), strings.Repeat("x", 64)} {
		if _, err := NewNonce(strings.NewReader(source), share); err == nil {
			t.Errorf("a nonce out of %d equal bytes", len(source))
		}
	}
	seen := make(map[[NonceCommitmentSize]byte]bool)
	for _, share := range []*secp256k1.Scalar{share, share.Plus(secp256k1.NewScalar(1)), new(secp256k1.Scalar), nil} {
		seen[must[*Nonce](t)(NewNonce(seeded(38), share)).Commitment().Bytes()] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d different nonces of 4 shares under one randomness", len(seen))
	}
}

func TestNonceCommitmentEncodings(t *testing.T) {
	c := must[*Nonce](t)(NewNonce(seeded(39), nil)).Commitment()
	b := c.Bytes()
	got := must[*NonceCommitment](t)(ParseNonceCommitment(b[:]))
	if !got.Equal(c) || got.Equal(&NonceCommitment{c.Binding, c.Hiding}) || got.Equal(&NonceCommitment{c.Hiding, c.Hiding}) {
		t.Error("round trip")
	}
	for _, wrong := range [][]byte{nil, b[:64], b[:127], append(b[:len(b):len(b)], 0)} {
		if _, err := ParseNonceCommitment(wrong); err == nil {
			t.Errorf("%d bytes accepted", len(wrong))
		}
	}
	for at := 0; at < 128; at += 64 {
		for name, bad := range map[string]struct {
			change func(half []byte)
			want   error
		}{
			"identity":  {func(half []byte) { clear(half) }, secp256k1.ErrIdentity},
			"off curve": {func(half []byte) { half[63] ^= 1 }, secp256k1.ErrNotOnCurve},
			"too large": {func(half []byte) { copy(half, bytes.Repeat([]byte{255}, 32)) }, secp256k1.ErrPointRange},
		} {
			bent := b
			bad.change(bent[at : at+64])
			if _, err := ParseNonceCommitment(bent[:]); !errors.Is(err, bad.want) {
				t.Errorf("%s at %d: %v", name, at, err)
			}
		}
	}
}
