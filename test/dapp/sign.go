package dapp

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net/http"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/ecies"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// The signatures of Parity's routes.
const (
	Schnorr = "schnorr" // c‖s, 64 bytes
	ECDSA   = "ecdsa"   // r‖s‖v, 65 bytes
)

// SignPath is what Signature asks for: the hash signed with the server key of id, for whoever made signature over id.
func SignPath(scheme string, id common.Hash, signature []byte, hash common.Hash) string {
	return fmt.Sprintf("/%s/%x/%x/%x", scheme, id, signature, hash)
}

// Signature has a hash signed with a server key and returns the signature.
func (s *Server) Signature(ctx context.Context, scheme string, by *ecdsa.PrivateKey, id common.Hash, serverKey *secp256k1.Point, hash common.Hash) ([]byte, error) {
	var sealed hexutil.Bytes
	if err := s.Request(ctx, http.MethodGet, SignPath(scheme, id, Sign(by, id), hash), &sealed); err != nil {
		return nil, err
	}
	return OpenSignature(scheme, by, serverKey, hash, sealed)
}

// ErrBadSignature is an answer that is no signature of what was asked for.
var ErrBadSignature = errors.New("bad signature")

// OpenSignature opens the answer to a request for a signature, and checks the signature as anyone would who knows the
// server key.
func OpenSignature(scheme string, by *ecdsa.PrivateKey, serverKey *secp256k1.Point, hash common.Hash, sealed []byte) ([]byte, error) {
	signature, err := ecies.ImportECDSA(by).Decrypt(sealed, nil, []byte{0, 0})
	if err != nil {
		return nil, fmt.Errorf("%w: it does not open: %w", ErrBadSignature, err)
	}
	check := checkSchnorr
	if scheme == ECDSA {
		check = checkECDSA
	}
	if err := check(serverKey, hash, signature); err != nil {
		return nil, fmt.Errorf("%w: %s signature %x of %v: %w", ErrBadSignature, scheme, signature, hash, err)
	}
	return signature, nil
}

// checkECDSA recovers the signer, as Ethereum does, and holds s to the lower half.
func checkECDSA(serverKey *secp256k1.Point, hash common.Hash, signature []byte) error {
	public, err := crypto.Ecrecover(hash[:], signature)
	if err != nil {
		return err
	}
	want := serverKey.Bytes()
	if [secp256k1.PointSize]byte(public[1:]) != want {
		return errors.New("it is another key's")
	}
	if !crypto.VerifySignature(public, hash[:], signature[:64]) { // refuses the upper half
		return errors.New("s is in the upper half")
	}
	return nil
}

// checkSchnorr computes R = sG + cY and compares c with keccak256(hash‖R.x) mod q.
func checkSchnorr(serverKey *secp256k1.Point, hash common.Hash, signature []byte) error {
	if len(signature) != 2*secp256k1.ScalarSize {
		return fmt.Errorf("%d bytes", len(signature))
	}
	c, err := secp256k1.ParseScalar(signature[:secp256k1.ScalarSize])
	if err != nil {
		return err
	}
	s, err := secp256k1.ParseScalar(signature[secp256k1.ScalarSize:])
	if err != nil {
		return err
	}
	x := secp256k1.MulAddPublic(s, c, serverKey).XBytes()
	again := new(secp256k1.Scalar)
	again.SetBytes(crypto.Keccak256(hash[:], x[:]))
	if !again.Equal(c) {
		return errors.New("it does not verify")
	}
	return nil
}
