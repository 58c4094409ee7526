package session

import (
	"crypto/ecdsa"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// NodeKey is the node's secp256k1 key, which is also geth's nodekey: it signs our own tagged digests, and it is the
// static half of what dealings are encrypted to. It never prints.
type NodeKey struct {
	id  wire.NodeID
	key *ecdsa.PrivateKey
}

// NewNodeKey wraps a node's private key, which the caller must not change afterwards.
func NewNodeKey(key *ecdsa.PrivateKey) *NodeKey {
	return &NodeKey{id: wire.NodeIDOf(&key.PublicKey), key: key}
}

// ID is the public half.
func (i *NodeKey) ID() wire.NodeID { return i.id }

// Sign signs one of our own digests (wire.Digest). No caller's hash gets here.
func (i *NodeKey) Sign(digest [32]byte) wire.Signature {
	sig, err := crypto.Sign(digest[:], i.key)
	if err != nil {
		panic("session: internal error: node key can't sign: " + err.Error())
	}
	return wire.Signature(sig)
}

// SealedTo is the secret with which this node opens what was dealt to it: its static key plus a one-time key. The
// caller erases it. It fails when the one-time key has been erased.
func SealedTo(env *Env, once *threshold.OneTimeKey) (*secp256k1.Scalar, error) {
	static := nodeSecret(env)
	defer static.Erase()
	return once.With(static)
}

// nodeSecret is the static half of what shares are sealed to: see SealedTo. The caller erases it.
func nodeSecret(env *Env) *secp256k1.Scalar {
	secret, err := secp256k1.FromPrivateKey(env.Self.key)
	if err != nil {
		panic("session: internal error: node key: " + err.Error())
	}
	return secret
}

// String hides the key.
func (i *NodeKey) String() string { return "identity of " + i.id.Short() }

// Format hides the key from every verb.
func (i *NodeKey) Format(f fmt.State, _ rune) { io.WriteString(f, i.String()) }
