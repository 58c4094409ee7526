package dapp

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Domain is what wallets' requests are bound to.
type Domain struct {
	Chain   uint64
	Cluster wire.ClusterID
}

// Domain asks for it.
func (s *Server) Domain(ctx context.Context) (d Domain, err error) {
	var info struct {
		Chain   uint64         `json:"chainId"`
		Cluster wire.ClusterID `json:"cluster"`
	}
	err = s.Request(ctx, http.MethodGet, "/v1/cluster", &info)
	return Domain{info.Chain, info.Cluster}, err
}

// WalletSignature has a hash signed in any scheme, at a wallet's door and in the open, and checks the signature.
func (s *Server) WalletSignature(ctx context.Context, in Domain, scheme wire.Scheme, by *ecdsa.PrivateKey, id common.Hash, serverKey *secp256k1.Point, hash common.Hash) ([]byte, error) {
	r := wire.Request{Chain: in.Chain, Cluster: in.Cluster, Account: crypto.PubkeyToAddress(by.PublicKey), Operation: wire.OpSign,
		Keys: []wire.KeyID{wire.KeyID(id)}, Arguments: wire.SignArguments(scheme, hash), Expiry: uint64(time.Now().Add(time.Hour).Unix())}
	rand.Read(r.Nonce[:])
	digest := r.Digest()
	signature, err := crypto.Sign(digest[:], by)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(struct {
		wire.SignedRequest
		Scheme wire.Scheme `json:"scheme"`
		Hash   common.Hash `json:"hash"`
	}{wire.SignedRequest{Request: r, Signature: signature}, scheme, hash})
	if err != nil {
		return nil, err
	}
	signed := new(wire.Signed)
	if err := s.do(ctx, http.MethodPost, "/v1/sign", body, signed); err != nil {
		return nil, err
	}
	if err := client.VerifySignature(serverKey.Bytes(), scheme, hash, signed.Signature); err != nil {
		return nil, fmt.Errorf("%w: %v signature %x of %v: %w", ErrBadSignature, scheme, []byte(signed.Signature), hash, err)
	}
	return signed.Signature, nil
}

// NonceX is the x coordinate of a valid signature's nonce point, for ECDSA modulo the group's order. Two signatures that have
// it in common give the server key away.
func NonceX(scheme wire.Scheme, serverKey *secp256k1.Point, signature []byte) (x [32]byte, err error) {
	if len(signature) != scheme.Size() || scheme.Size() == 0 {
		return x, fmt.Errorf("no %v signature: %d bytes", scheme, len(signature))
	}
	switch scheme {
	case wire.RFC9591:
		return [32]byte(signature[1:33]), nil
	case wire.ECDSA, wire.BIP340:
		return [32]byte(signature[:32]), nil
	}
	c, err := secp256k1.ParseScalar(signature[:32])
	if err != nil {
		return x, err
	}
	z, err := secp256k1.ParseScalar(signature[32:])
	if err != nil {
		return x, err
	}
	r := secp256k1.MulAddPublic(z, c, serverKey) // zG + cY
	if r.IsIdentity() {
		return x, errors.New("the nonce is zero")
	}
	return r.XBytes(), nil
}
