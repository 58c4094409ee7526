package threshold

import (
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// CiphertextSize is the length of an encoded ciphertext in bytes.
const CiphertextSize = 2 * secp256k1.PointSize

// Ciphertext is a document key M under the joint public key Y, by ElGamal: (C, E) = (kG, M + kY). Parity calls the two
// common point and encrypted point. Encoded it is C‖E, 128 bytes.
type Ciphertext struct {
	Common    *secp256k1.Point // C = kG
	Encrypted *secp256k1.Point // E = M + kY
}

// NewDocumentKey draws a document key: a random point. Its x coordinate's first 16 bytes are the AES key.
func NewDocumentKey(rand io.Reader) (*secp256k1.Point, error) {
	s, err := secp256k1.RandomScalar(rand)
	if err != nil {
		return nil, fmt.Errorf("threshold: drawing a document key: %w", err)
	}
	defer s.Erase()
	return secp256k1.BaseMul(s), nil
}

// Encrypt encrypts a document key to the joint public key.
func Encrypt(rand io.Reader, documentKey, jointPublic *secp256k1.Point) (*Ciphertext, error) {
	if jointPublic.IsIdentity() {
		return nil, ErrIdentityKey // E would be the document key itself
	}
	k, err := secp256k1.RandomScalar(rand)
	if err != nil {
		return nil, fmt.Errorf("threshold: encrypting a document key: %w", err)
	}
	defer k.Erase()
	return encryptWith(k, documentKey, jointPublic), nil
}

func encryptWith(k *secp256k1.Scalar, documentKey, jointPublic *secp256k1.Point) *Ciphertext {
	return &Ciphertext{
		Common:    secp256k1.BaseMul(k),
		Encrypted: documentKey.Plus(jointPublic.Times(k)),
	}
}

// ParseCiphertext decodes C‖E; both must be points other than the identity.
func ParseCiphertext(b []byte) (*Ciphertext, error) {
	if len(b) != CiphertextSize {
		return nil, fmt.Errorf("threshold: ciphertext is %d bytes, not %d", len(b), CiphertextSize)
	}
	c, err := secp256k1.ParsePoint(b[:secp256k1.PointSize])
	if err != nil {
		return nil, fmt.Errorf("threshold: common point: %w", err)
	}
	e, err := secp256k1.ParsePoint(b[secp256k1.PointSize:])
	if err != nil {
		return nil, fmt.Errorf("threshold: encrypted point: %w", err)
	}
	return &Ciphertext{Common: c, Encrypted: e}, nil
}

// Bytes returns C‖E.
func (c *Ciphertext) Bytes() (b [CiphertextSize]byte) {
	common, encrypted := c.Common.Bytes(), c.Encrypted.Bytes()
	copy(b[:], common[:])
	copy(b[secp256k1.PointSize:], encrypted[:])
	return b
}

// Equal reports whether two ciphertexts are the same pair.
func (c *Ciphertext) Equal(o *Ciphertext) bool {
	return c.Common.Equal(o.Common) && c.Encrypted.Equal(o.Encrypted)
}
