package threshold

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	ethcrypto "github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// signAlone is a signature by one node that has the whole key.
func signAlone(t testing.TB, seed uint64, scheme SchnorrScheme, message []byte) (*secp256k1.Point, []byte) {
	t.Helper()
	rand := seeded(seed)
	k := newTestKey(t, rand, 0, 1)
	s := k.signers(t, rand, 1)
	signing := s.signing(t, scheme, message)
	return k.joint.Constant(), must[[]byte](t)(signing.Combine(s.shares(t, signing)))
}

// A signature verifies as itself only: not bent in one bit, not longer or shorter, not of another message, key or scheme.
func TestVerifySchnorrIsStrict(t *testing.T) {
	for seed, scheme := range schnorrSchemes {
		public, good := signAlone(t, uint64(40+seed), scheme, testHash)
		refused := func(what string, scheme SchnorrScheme, public *secp256k1.Point, message, signature []byte) {
			t.Helper()
			if err := VerifySchnorr(scheme, public, message, signature); !errors.Is(err, ErrBadSignature) {
				t.Errorf("%v: %s: %v", scheme, what, err)
			}
		}
		if err := VerifySchnorr(scheme, public, testHash, good); err != nil {
			t.Fatal(err)
		}
		for i := range 8 * len(good) {
			bent := bytes.Clone(good)
			bent[i/8] ^= 1 << (i % 8)
			refused("bent", scheme, public, testHash, bent)
		}
		for _, wrong := range [][]byte{nil, {}, good[:32], good[:len(good)-1], good[1:], append(bytes.Clone(good), 0), append([]byte{0}, good...)} {
			refused("length", scheme, public, testHash, wrong)
		}
		refused("identity", scheme, new(secp256k1.Point), testHash, good)
		refused("no key", scheme, nil, testHash, good)
		refused("another key", scheme, public.Plus(secp256k1.Generator()), testHash, good)
		if scheme != BIP340 {
			refused("negated key", scheme, public.Negated(), testHash, good)
		}
		refused("another message", scheme, public, testHash[:31], good)
		for _, another := range schnorrSchemes {
			if another != scheme {
				refused("as another scheme", another, public, testHash, good)
				refused("as another scheme", another, public, testHash, append([]byte{2}, good...)[:65])
			}
		}
		order := ethcrypto.S256().Params().N.FillBytes(make([]byte, 32))
		refused("s = q", scheme, public, testHash, append(bytes.Clone(good[:len(good)-32]), order...))
		refused("c = q", scheme, public, testHash, append(bytes.Clone(order), good[32:]...))
		refused("c = 0", scheme, public, testHash, append(make([]byte, 32), good[32:]...))
		refused("s = 0", scheme, public, testHash, append(bytes.Clone(good[:len(good)-32]), make([]byte, 32)...))
		refused("zeros", scheme, public, testHash, make([]byte, len(good)))
	}
}

// The identity is no key, though everybody could sign for it, and no nonce, though the key's owner could sign with it.
func TestVerifySchnorrRefusesTheIdentity(t *testing.T) {
	rand := seeded(45)
	k, x, none := randomScalar(t, rand), randomScalar(t, rand), new(secp256k1.Point)
	r := secp256k1.BaseMul(k)
	if isOdd(r) {
		k, r = k.Negated(), r.Negated()
	}
	for _, scheme := range schnorrSchemes {
		c := must[*secp256k1.Scalar](t)(scheme.challenge(r, none, testHash))
		if err := VerifySchnorr(scheme, none, testHash, scheme.encode(r, c, k)); !errors.Is(err, ErrBadSignature) {
			t.Errorf("%v under the identity: %v", scheme, err)
		}
		public := secp256k1.BaseMul(x)
		c = must[*secp256k1.Scalar](t)(scheme.challenge(none, public, testHash))
		z := scheme.weight(c, public).Times(x)
		if err := VerifySchnorr(scheme, public, testHash, scheme.encode(none, c, z)); !errors.Is(err, ErrBadSignature) {
			t.Errorf("%v with the identity for a nonce: %v", scheme, err)
		}
	}
}

// FuzzVerifySchnorr feeds the verifier, and a second implementation with the same: nothing may panic, and the two agree.
// What is accepted is not accepted with another last byte.
func FuzzVerifySchnorr(f *testing.F) {
	for seed, scheme := range schnorrSchemes {
		public, signature := signAlone(f, uint64(50+seed), scheme, testHash)
		key := public.Bytes()
		f.Add(uint8(scheme), key[:], testHash, signature)
	}
	second := reference{ethcrypto.S256()}
	f.Fuzz(func(t *testing.T, scheme uint8, key, message, signature []byte) {
		public, err := secp256k1.ParsePoint(key)
		if err != nil {
			return
		}
		s := SchnorrScheme(scheme)
		err = VerifySchnorr(s, public, message, signature)
		if !slices.Contains(schnorrSchemes, s) || len(signature) != len(s.encode(public, new(secp256k1.Scalar), new(secp256k1.Scalar))) {
			if err == nil {
				t.Fatalf("%v of %d bytes accepted", s, len(signature))
			}
			return
		}
		if accepted := second.schnorr(t, s, public, message, signature); accepted != (err == nil) {
			t.Fatalf("%v: %v, a second implementation says %v", s, err, accepted)
		}
		if bent := bytes.Clone(signature); err == nil {
			bent[len(bent)-1] ^= 1
			if VerifySchnorr(s, public, message, bent) == nil {
				t.Fatalf("%v: another signature is accepted", s)
			}
		}
	})
}
