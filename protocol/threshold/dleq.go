package threshold

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// DLEQProof is Chaum's and Pedersen's proof that two points have one discrete logarithm over two bases: A = xG and
// C = xB. It is BIP-374's, to the byte: e‖s, with R1 = sG - eA, R2 = sB - eC and e the tagged hash over
// A, B, C, G, R1, R2 (compressed) and a 32-byte message, which for us is the context.
type DLEQProof [ProofSize]byte

// ParseDLEQProof decodes a proof; both halves must be below the group order. (BIP-374 leaves the challenge unchecked;
// an honest one is above the order with probability 2^-128.)
func ParseDLEQProof(b []byte) (DLEQProof, error) {
	var p DLEQProof
	_, _, err := parseProof(b)
	if err == nil {
		copy(p[:], b)
	}
	return p, err
}

// ProveDLEQ proves log_G A = log_B C = x; the caller has computed a = xG and c = xB. With other points the proof does
// not hold, but gives nothing away.
func ProveDLEQ(rand io.Reader, x *secp256k1.Scalar, a, b, c *secp256k1.Point, ctx Context) (DLEQProof, error) {
	fresh, err := freshBytes(rand)
	if err != nil {
		return DLEQProof{}, err
	}
	return proveDLEQ(x, dleqStatement{a: a, b: b, c: c, g: secp256k1.Generator()}, fresh, ctx[:])
}

// VerifyDLEQ checks that log_G a = log_b c, in this context.
func VerifyDLEQ(a, b, c *secp256k1.Point, proof DLEQProof, ctx Context) error {
	return verifyDLEQ(dleqStatement{a: a, b: b, c: c, g: secp256k1.Generator()}, proof, ctx[:])
}

// dleqStatement is a = x·g and c = x·b. Ours has G for g; BIP-374's vectors have others too.
type dleqStatement struct{ a, b, c, g *secp256k1.Point }

// check refuses the identity anywhere: with b or g the identity a statement says nothing, and x = 0 is no secret.
func (st dleqStatement) check() error {
	if st.a.IsIdentity() || st.b.IsIdentity() || st.c.IsIdentity() || st.g.IsIdentity() {
		return fmt.Errorf("threshold: proof of equal logarithms: %w", secp256k1.ErrIdentity)
	}
	return nil
}

func (st dleqStatement) challenge(r1, r2 *secp256k1.Point, message []byte) [32]byte {
	h := make([]byte, 0, 6*secp256k1.CompressedSize+len(message))
	for _, p := range []*secp256k1.Point{st.a, st.b, st.c, st.g, r1, r2} {
		b := p.Compressed()
		h = append(h, b[:]...)
	}
	return taggedHash("BIP0374/challenge", h, message)
}

// proveDLEQ is GenerateProof of BIP-374. The nonce hashes the secret masked with fresh randomness, the statement and
// the message.
func proveDLEQ(x *secp256k1.Scalar, st dleqStatement, fresh [32]byte, message []byte) (DLEQProof, error) {
	if x.IsZero() {
		return DLEQProof{}, secp256k1.ErrScalarZero
	}
	if err := st.check(); err != nil {
		return DLEQProof{}, err
	}
	k := dleqNonce(x, st, fresh, message)
	defer k.Erase()
	if k.IsZero() {
		return DLEQProof{}, errors.New("threshold: nonce is zero; try again")
	}
	challenge := st.challenge(st.g.Times(k), st.b.Times(k), message)
	e, err := secp256k1.ParseScalar(challenge[:])
	if err != nil {
		return DLEQProof{}, fmt.Errorf("threshold: challenge of proof: %w; try again", err)
	}
	return packProof(e, k.Plus(e.Times(x))), nil
}

func dleqNonce(x *secp256k1.Scalar, st dleqStatement, fresh [32]byte, message []byte) *secp256k1.Scalar {
	masked := x.Bytes()
	mask := taggedHash("BIP0374/aux", fresh[:])
	subtle.XORBytes(masked[:], masked[:], mask[:])
	a, c := st.a.Compressed(), st.c.Compressed()
	nonce := taggedHash("BIP0374/nonce", masked[:], a[:], c[:], message)
	k := new(secp256k1.Scalar)
	k.SetBytes(nonce[:]) // modulo q; the bias is 2^-128
	clear(masked[:])
	clear(nonce[:])
	return k
}

// verifyDLEQ is VerifyProof of BIP-374. All values are public.
func verifyDLEQ(st dleqStatement, proof DLEQProof, message []byte) error {
	if err := st.check(); err != nil {
		return err
	}
	e, s, err := parseProof(proof[:])
	if err != nil {
		return err
	}
	minus := e.Negated()
	var r1 *secp256k1.Point
	if st.g.Equal(generator) {
		r1 = secp256k1.MulAddPublic(s, minus, st.a)
	} else {
		r1 = secp256k1.CombinePublic(s, st.g, minus, st.a)
	}
	r2 := secp256k1.CombinePublic(s, st.b, minus, st.c)
	if r1.IsIdentity() || r2.IsIdentity() {
		return ErrBadProof
	}
	if challenge := st.challenge(r1, r2, message); subtle.ConstantTimeCompare(challenge[:], proof[:32]) != 1 {
		return ErrBadProof
	}
	return nil
}

var generator = secp256k1.Generator()

// taggedHash is BIP-340's: SHA-256 over the tag's hash twice, then the data.
func taggedHash(tag string, data ...[]byte) (out [32]byte) {
	t := sha256.Sum256([]byte(tag))
	h := sha256.New()
	h.Write(t[:])
	h.Write(t[:])
	for _, d := range data {
		h.Write(d)
	}
	h.Sum(out[:0])
	return out
}
