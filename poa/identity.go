package poa

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/secp256k1eth"
	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/crypto"
)

// transportInfo tags the derivation of the consensus transport's key, apart
// from every other use of the node key.
const transportInfo = "geth-ss/poa/transport/ed25519/v1"

// transportKey derives the ed25519 key CometBFT's transport wants from the node
// key, so that one file is all there is to back up. HKDF is one-way: the
// derived key says nothing about the node key.
func transportKey(key *ecdsa.PrivateKey) (*p2p.NodeKey, error) {
	seed, err := hkdf.Key(sha256.New, crypto.FromECDSA(key), nil, transportInfo, ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("derive the consensus transport key: %w", err)
	}
	return &p2p.NodeKey{PrivKey: cmted25519.PrivKey(ed25519.NewKeyFromSeed(seed))}, nil
}

// PeerID is the consensus peer id of the node with this key: 40 lower-case hex
// digits, as used in Config.Peers. It can't be computed from the public key.
func PeerID(nodekey *ecdsa.PrivateKey) string {
	k, err := transportKey(nodekey)
	if err != nil {
		panic("internal error: " + err.Error()) // 32 bytes are within HKDF's limit
	}
	return string(k.ID())
}

// identity is how entries of Config.Peers may name a node.
type identity struct{ peer, node string }

func identityOf(key *ecdsa.PrivateKey) identity {
	return identity{PeerID(key), nodeID(&key.PublicKey)}
}

func (i identity) is(who string) bool { return who == i.peer || who == i.node }

// validatorKey is the node key in CometBFT's dress.
func validatorKey(key *ecdsa.PrivateKey) secp256k1eth.PrivKey {
	return secp256k1eth.PrivKey(crypto.FromECDSA(key))
}

// Validator is one member of the validator set.
type Validator struct {
	// PublicKey is the validator's node id: the 64-byte uncompressed public
	// key of its node key as 128 hex digits, the part of its enode URL between
	// enode:// and @.
	PublicKey string `json:"publicKey"`
	// Power is the validator's weight; blocks need more than two thirds of the
	// sum. Usually 1 for all.
	Power int64 `json:"power"`
	// Name is for people.
	Name string `json:"name,omitempty"`
}

// NewValidator describes the holder of the node key pub, with power 1.
func NewValidator(pub *ecdsa.PublicKey, name string) Validator {
	return Validator{PublicKey: nodeID(pub), Power: 1, Name: name}
}

// label is what to call the validator in messages: names are optional.
func (v Validator) label() string {
	if v.Name != "" {
		return v.Name
	}
	return "0x" + strings.TrimPrefix(v.PublicKey, "0x")[:8]
}

// Key is the validator's public key, checked to be a point of the curve.
func (v Validator) Key() (*ecdsa.PublicKey, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(v.PublicKey, "0x"))
	if err != nil || len(raw) != 64 {
		return nil, fmt.Errorf("public key %.20q of validator %q is not 64 bytes in hex", v.PublicKey, v.Name)
	}
	pub, err := crypto.UnmarshalPubkey(append([]byte{4}, raw...))
	if err != nil {
		return nil, fmt.Errorf("public key %.20q of validator %q: %w", v.PublicKey, v.Name, err)
	}
	return pub, nil
}
