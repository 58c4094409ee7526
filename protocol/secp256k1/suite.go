package secp256k1

import (
	"crypto/cipher"
	"crypto/sha256"
	"hash"

	"go.dedis.ch/kyber/v3"
	"go.dedis.ch/kyber/v3/util/random"
	"go.dedis.ch/kyber/v3/xof/blake2xb"
)

// Suite is kyber's Group, HashFactory (SHA-256), XOFFactory (BLAKE2Xb) and Random on secp256k1. It holds no state.
type Suite struct{}

// NewSuite returns the suite.
func NewSuite() *Suite { return new(Suite) }

// String is "secp256k1".
func (*Suite) String() string { return "secp256k1" }

// ScalarLen is 32.
func (*Suite) ScalarLen() int { return ScalarSize }

// Scalar returns a new scalar, 0.
func (*Suite) Scalar() kyber.Scalar { return new(Scalar) }

// PointLen is 64.
func (*Suite) PointLen() int { return PointSize }

// Point returns a new point, the identity.
func (*Suite) Point() kyber.Point { return new(Point) }

// Hash returns a SHA-256 hash.
func (*Suite) Hash() hash.Hash { return sha256.New() }

// XOF returns an extendable-output hash fed with seed.
func (*Suite) XOF(seed []byte) kyber.XOF { return blake2xb.New(seed) }

// RandomStream returns the operating system's randomness as a key stream.
func (*Suite) RandomStream() cipher.Stream { return random.New() }
