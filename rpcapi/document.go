package rpcapi

import (
	"crypto/rand"
	"errors"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// documentKey is what a document is encrypted with: the point M as X‖Y, whose first 16
// bytes are the AES key. It never prints.
type documentKey []byte

func (documentKey) String() string { return "document key" }

// openDocumentKey opens the blob that generateDocumentKey or a key server made.
func openDocumentKey(secret *secp256k1.Scalar, blob []byte) (documentKey, error) {
	m, err := ecies.Open(secret, blob)
	if err != nil {
		return nil, accountError("Could not decrypt key.", err)
	}
	return m, nil
}

// encrypt gives a document of Parity's form.
func (k documentKey) encrypt(random io.Reader, plain []byte) ([]byte, error) {
	key, err := document.NewKey(k)
	if err != nil {
		return nil, errKeyLength
	}
	defer key.Erase()
	encrypted, err := document.EncryptLegacy(random, key, plain)
	if err != nil {
		return nil, encryptionError(err)
	}
	return encrypted, nil
}

// decrypt has no way to notice a wrong key: what comes out is garbage then. The order of its checks is Parity's.
func (k documentKey) decrypt(encrypted []byte) ([]byte, error) {
	if len(encrypted) < document.LegacyOverhead {
		return nil, paramError("encrypted_document", "invalid encrypted data")
	}
	key, err := document.NewKey(k)
	if err != nil {
		return nil, errKeyLength
	}
	defer key.Erase()
	return document.DecryptLegacy(key, encrypted)
}

var errKeyLength = paramError("key", "invalid public key length")

// newDocumentKey draws M and k: the pair to store is (kG, M + kY), and M goes to the
// author, sealed.
func newDocumentKey(random io.Reader, author, serverKey *secp256k1.Point) (*encryptedDocumentKey, error) {
	var scalars [2]*secp256k1.Scalar
	for i := range scalars {
		s, err := secp256k1.RandomScalar(random)
		if err != nil {
			return nil, encryptionError(err)
		}
		defer s.Erase()
		scalars[i] = s
	}
	m := secp256k1.BaseMul(scalars[0])
	plain := m.Bytes()
	sealed, err := ecies.Seal(random, author, plain[:])
	if err != nil {
		return nil, encryptionError(err)
	}
	return &encryptedDocumentKey{
		CommonPoint:    h512(secp256k1.BaseMul(scalars[1]).Bytes()),
		EncryptedPoint: h512(m.Plus(serverKey.Times(scalars[1])).Bytes()),
		EncryptedKey:   sealed,
	}, nil
}

// joinShadows puts a document key together: M = masked + (Σ coefficients)·common.
func joinShadows(secret *secp256k1.Scalar, masked, common h512, shadows []rpcBytes) (documentKey, error) {
	sum := secp256k1.NewScalar(0)
	for _, blob := range shadows {
		opened, err := ecies.Open(secret, blob)
		if err != nil {
			return nil, accountError("Could not decrypt key.", err)
		}
		coefficient, err := secp256k1.ParseNonZeroScalar(opened)
		if err != nil {
			return nil, accountError("invalid secret", err)
		}
		sum = sum.Plus(coefficient)
	}
	maskedPoint, err := secp256k1.ParsePoint(masked[:])
	if err != nil {
		return nil, encryptionError(err)
	}
	commonPoint, err := secp256k1.ParsePoint(common[:])
	if err != nil {
		return nil, encryptionError(err)
	}
	m := maskedPoint.Plus(commonPoint.Times(sum))
	if sum.IsZero() || m.IsIdentity() {
		return nil, encryptionError(errors.New("the shadows cancel each other"))
	}
	b := m.Bytes()
	return b[:], nil
}

// serversSetHash is what an administrator signs for a server set.
func serversSetHash(nodes []h512) common.Hash {
	ids := make([]wire.NodeID, len(nodes))
	for i, n := range nodes {
		ids[i] = wire.NodeID(n)
	}
	return wire.LegacySetHash(ids)
}

var secureRandom io.Reader = rand.Reader
