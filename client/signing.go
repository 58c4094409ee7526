package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// SignOptions say more about a signature.
type SignOptions struct {
	// ServerKey, if not zero, is the key as its author has told it: no other's signature is taken.
	ServerKey wire.Point
}

// Sign has the cluster sign a hash with a server key, if the permission contract admits the client's account to the key.
// The answer's Signature has the form of the scheme, and verifies under its Public, which all members have signed for.
func (c *Client) Sign(ctx context.Context, key wire.KeyID, scheme wire.Scheme, hash common.Hash, opts SignOptions) (*wire.Signed, error) {
	signed, err := c.signature(ctx, key, scheme, hash, opts)
	if err != nil {
		return nil, fmt.Errorf("having %v signed with the key %v: %w", hash, key, err)
	}
	return signed, nil
}

func (c *Client) signature(ctx context.Context, key wire.KeyID, scheme wire.Scheme, hash common.Hash, opts SignOptions) (*wire.Signed, error) {
	if scheme.Size() == 0 {
		return nil, fmt.Errorf("there is no %v", scheme)
	}
	reply, err := secp256k1.RandomScalar(rand.Reader)
	if err != nil {
		return nil, err
	}
	defer reply.Erase()
	req, err := c.newRequest(ctx, wire.OpSign, []wire.KeyID{key}, arguments{Scheme: &scheme, Hash: &hash}, secp256k1.BaseMul(reply).Bytes())
	if err != nil {
		return nil, err
	}
	want := &wire.Signed{Key: key, Scheme: scheme, Hash: hash, Public: opts.ServerKey}
	var signed *wire.Signed
	err = ask(ctx, c, c.changing(), func(ctx context.Context, endpoint string, into *wire.Signed) error {
		return c.post(ctx, endpoint, path(wire.OpSign), req.body, into)
	}, func(told *wire.Signed) error {
		signed = told
		if err := c.catchUp(ctx, req.signed.Request.Cluster, func() error {
			return c.checkSigned(told, want, req.signed.Request.Cluster, reply)
		}); err != nil {
			return &badAnswer{err}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return signed, nil
}

// checkSigned opens an answer and believes nothing in it: not what was signed, nor with what.
func (c *Client) checkSigned(signed, want *wire.Signed, cluster wire.ClusterID, reply *secp256k1.Scalar) (err error) {
	switch {
	case signed.Key != want.Key || signed.Scheme != want.Scheme || signed.Hash != want.Hash:
		return errors.New("it is about something other than what was asked for")
	case want.Public != (wire.Point{}) && signed.Public != want.Public:
		return errors.New("the signature is by another server key than the one that is known")
	}
	told := &wire.ServerKey{Key: signed.Key, Version: signed.Version, Public: signed.Public, Certificate: signed.Certificate}
	if err := c.checkServerKey(told, want.Key, cluster, nil, want.Public != (wire.Point{})); err != nil {
		return err
	}
	if signed.Signature, err = ecies.Open(reply, signed.Sealed); err != nil {
		return fmt.Errorf("opening the signature: %w", err)
	}
	signed.Sealed = nil
	return VerifySignature(signed.Public, signed.Scheme, signed.Hash, signed.Signature)
}

// VerifySignature checks a signature in the form of its scheme under a server key. It asks nobody.
func VerifySignature(serverKey wire.Point, scheme wire.Scheme, hash common.Hash, signature []byte) error {
	public, err := secp256k1.ParsePoint(serverKey[:])
	if err != nil {
		return fmt.Errorf("the server key: %w", err)
	}
	if len(signature) != scheme.Size() {
		return fmt.Errorf("the signature has %d bytes, and those of %v have %d", len(signature), scheme, scheme.Size())
	}
	switch scheme {
	case wire.ECDSA:
		return verifyECDSA(serverKey, hash, signature)
	case wire.Schnorr:
		return threshold.VerifySchnorr(threshold.ParitySchnorr, public, hash[:], signature)
	case wire.RFC9591:
		return threshold.VerifySchnorr(threshold.RFC9591, public, hash[:], signature)
	case wire.BIP340:
		return threshold.VerifySchnorr(threshold.BIP340, public, hash[:], signature)
	}
	return fmt.Errorf("there is no %v", scheme)
}

// verifyECDSA does what ecrecover does for contracts. Of the two forms a signature can have, chains take that with the low s.
func verifyECDSA(serverKey wire.Point, hash common.Hash, signature []byte) error {
	if !crypto.VerifySignature(append([]byte{4}, serverKey[:]...), hash[:], signature[:64]) {
		return threshold.ErrBadSignature
	}
	signer, err := crypto.Ecrecover(hash[:], signature)
	if err != nil || wire.Point(signer[1:]) != serverKey {
		return fmt.Errorf("%w: its v is not that of the server key", threshold.ErrBadSignature)
	}
	return nil
}
