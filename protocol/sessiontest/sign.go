package sessiontest

import (
	"bytes"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Signature has a hash signed under a key, through a node.
func (c *Cluster) Signature(n *Node, reader *Client, key wire.KeyID, scheme wire.Scheme, hash common.Hash) *Outcome {
	o := new(Outcome)
	c.lookup(o, n, key, false, func(state *session.State) {
		proof := c.proof(reader, wire.OpSign, wire.SignArguments(scheme, hash), key)
		s, err := gathering.NewSigning(n.Env(), n.Lend, state, state.Record, proof, scheme, hash)
		if err != nil {
			o.fail(err)
			return
		}
		o.Run = c.Begin(n, wire.KindSign, key, s, func(r *Run) {
			o.Done, o.Err = true, r.Err
			if r.Err == nil {
				o.Signature = s.Signature()
				c.signed(n, reader, state.Record, scheme, hash, s)
			}
		})
	})
	return o
}

// signed checks that a signature holds, and that it was to be given.
func (c *Cluster) signed(n *Node, reader *Client, key *wire.KeyRecord, scheme wire.Scheme, hash common.Hash, s *gathering.Signing) {
	if !c.Chain.Allowed(reader.Address(), key.Setup.Key, s.Block().Number) {
		c.violated("%s signed for %s, who had no permission", n.Name, reader.Name)
	}
	if err := VerifySignature(key.Public(), scheme, hash, s.Signature()); err != nil {
		c.violated("%s gave out a signature that does not hold: %v", n.Name, err)
	}
}

// VerifySignature checks a signature of any scheme under a server key.
func VerifySignature(public wire.Point, scheme wire.Scheme, hash common.Hash, signature []byte) error {
	if scheme == wire.ECDSA {
		key, err := crypto.Ecrecover(hash[:], signature)
		if err != nil || !bytes.Equal(key[1:], public[:]) {
			return fmt.Errorf("recovers to another key: %v", err)
		}
		return nil
	}
	key, err := secp256k1.ParsePoint(public[:])
	if err != nil {
		return err
	}
	form := map[wire.Scheme]threshold.SchnorrScheme{wire.Schnorr: threshold.ParitySchnorr, wire.RFC9591: threshold.RFC9591, wire.BIP340: threshold.BIP340}
	return threshold.VerifySchnorr(form[scheme], key, hash[:], signature)
}
