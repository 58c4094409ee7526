package threshold

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/crypto/keccak"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// SchnorrScheme is the form of a Schnorr signature: its challenge, its signs and its encoding.
type SchnorrScheme uint8

const (
	// ParitySchnorr is the Secret Store's: c‖s, 64 bytes, with c = keccak256(m‖R.x) mod q and s = k - cx. The challenge
	// leaves out the public key: never derive one such key from another by adding a public value.
	ParitySchnorr SchnorrScheme = iota + 1
	// RFC9591 is FROST(secp256k1, SHA-256)'s: R compressed‖z, 65 bytes.
	RFC9591
	// BIP340 is Bitcoin's: R.x‖s, 64 bytes, under the x coordinate of the key.
	BIP340
)

// String is the scheme's name in requests.
func (s SchnorrScheme) String() string {
	switch s {
	case ParitySchnorr:
		return "schnorr"
	case RFC9591:
		return "rfc9591"
	case BIP340:
		return "bip340"
	}
	return fmt.Sprintf("schnorr scheme %d", uint8(s))
}

func (s SchnorrScheme) unknown() error { return fmt.Errorf("threshold: there is no %v", s) }

// ErrBadSignature means that a signature does not verify.
var ErrBadSignature = errors.New("threshold: signature does not verify")

// suite is the hashes of signing in this scheme. Only the RFC's are given from elsewhere; that the others have their
// own means that nothing sent for a signature of one scheme serves for another.
func (s SchnorrScheme) suite() suiteHash {
	if s == RFC9591 {
		return rfc9591Hash
	}
	return suiteHash("geth-ss/frost/" + s.String() + "/v1/")
}

const rfc9591Hash suiteHash = "FROST-secp256k1-SHA256-v1"

// challenge is c over the nonce point, the key and the message.
func (s SchnorrScheme) challenge(r, public *secp256k1.Point, message []byte) (*secp256k1.Scalar, error) {
	c := new(secp256k1.Scalar)
	switch s {
	case ParitySchnorr:
		x := r.XBytes()
		h := keccak.NewLegacyKeccak256()
		h.Write(message)
		h.Write(x[:])
		c.SetBytes(h.Sum(nil)) // modulo q, as Parity does; the bias is 2^-128
	case RFC9591:
		rb, yb := r.Compressed(), public.Compressed()
		c = rfc9591Hash.scalar("chal", rb[:], yb[:], message)
	case BIP340:
		rx, px := r.XBytes(), public.XBytes()
		h := taggedHash("BIP0340/challenge", rx[:], px[:], message)
		c.SetBytes(h[:])
	default:
		return nil, s.unknown()
	}
	if c.IsZero() { // 2^-256; a signature with it would say nothing about the key
		return nil, errors.New("threshold: challenge is zero")
	}
	return c, nil
}

// weight is what the key has before it in z = ±k + weight·x: the challenge, with a sign.
func (s SchnorrScheme) weight(c *secp256k1.Scalar, public *secp256k1.Point) *secp256k1.Scalar {
	if s == ParitySchnorr || s == BIP340 && isOdd(public) {
		return c.Negated()
	}
	return c
}

// negatesNonce reports whether -R stands in R's place: BIP-340 has room for an even R only.
func (s SchnorrScheme) negatesNonce(r *secp256k1.Point) bool { return s == BIP340 && isOdd(r) }

func isOdd(p *secp256k1.Point) bool {
	b := p.Compressed()
	return b[0] == 3
}

// encode packs a signature out of its values.
func (s SchnorrScheme) encode(r *secp256k1.Point, c, z *secp256k1.Scalar) []byte {
	var first []byte
	switch s {
	case ParitySchnorr:
		b := c.Bytes()
		first = b[:]
	case RFC9591:
		b := r.Compressed()
		first = b[:]
	case BIP340:
		b := r.XBytes()
		first = b[:]
	}
	last := z.Bytes()
	return append(first, last[:]...)
}

// VerifySchnorr checks a signature of the message under the public key. It is strict: both halves in their range, no
// byte more or less. BIP-340's key is the x coordinate of public alone. The message has any length; ours are hashes of
// 32 bytes. The error is ErrBadSignature, or says that there is no such scheme.
func VerifySchnorr(scheme SchnorrScheme, public *secp256k1.Point, message, signature []byte) error {
	if public == nil || public.IsIdentity() {
		return fmt.Errorf("%w: %w", ErrBadSignature, ErrIdentityKey)
	}
	var ok bool
	switch scheme {
	case ParitySchnorr:
		ok = verifyChallenge(public, message, signature)
	case RFC9591:
		ok = verifyNonce(scheme, public, message, signature)
	case BIP340: // the nonce point is the even one of the two with this x
		ok = verifyNonce(scheme, public, message, append([]byte{2}, signature...))
	default:
		return scheme.unknown()
	}
	if !ok {
		return ErrBadSignature
	}
	return nil
}

// verifyChallenge checks c‖s: that c is the challenge of R = sG + cY.
func verifyChallenge(public *secp256k1.Point, message, signature []byte) bool {
	c, s, err := parseProof(signature)
	if err != nil {
		return false
	}
	r := secp256k1.MulAddPublic(s, c, public)
	if r.IsIdentity() {
		return false
	}
	again, err := ParitySchnorr.challenge(r, public, message)
	return err == nil && again.Equal(c)
}

// verifyNonce checks R‖z, R compressed: that zG = R ± cY.
func verifyNonce(scheme SchnorrScheme, public *secp256k1.Point, message, signature []byte) bool {
	if len(signature) != secp256k1.CompressedSize+secp256k1.ScalarSize {
		return false
	}
	r, err := secp256k1.ParseCompressed(signature[:secp256k1.CompressedSize])
	if err != nil {
		return false
	}
	z, err := secp256k1.ParseScalar(signature[secp256k1.CompressedSize:])
	if err != nil {
		return false
	}
	c, err := scheme.challenge(r, public, message)
	return err == nil && secp256k1.MulAddPublic(z, scheme.weight(c, public).Negated(), public).Equal(r)
}
