package secp256k1

//lint:file-ignore SA1019 the standard library's encoders know no secp256k1

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
)

// FromPrivateKey returns the scalar of an ECDSA key on this curve, such as a node's key.
func FromPrivateKey(key *ecdsa.PrivateKey) (*Scalar, error) {
	if key == nil || key.D == nil || key.D.Sign() < 0 || key.D.BitLen() > 256 {
		return nil, errors.New("secp256k1: not a private key")
	}
	var b [ScalarSize]byte
	defer clear(b[:])
	s, err := ParseNonZeroScalar(key.D.FillBytes(b[:]))
	if err != nil {
		return nil, fmt.Errorf("secp256k1: private key: %w", err)
	}
	return s, nil
}

// FromPublicKey returns the point of an ECDSA public key after checking it.
func FromPublicKey(key *ecdsa.PublicKey) (*Point, error) {
	if key == nil || !isCoordinate(key.X) || !isCoordinate(key.Y) {
		return nil, errors.New("secp256k1: not a public key")
	}
	var b [PointSize]byte
	key.X.FillBytes(b[:32])
	key.Y.FillBytes(b[32:])
	return ParsePoint(b[:])
}

func isCoordinate(v *big.Int) bool { return v != nil && v.Sign() >= 0 && v.BitLen() <= 256 }
