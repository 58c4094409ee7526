package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// permitLag is how far the permit's start lies before the final block: other nodes may be a little behind.
const permitLag = 60

// Scope is what a permit is for. Who may read is decided by the permission contract all the same, for the account.
type Scope struct {
	Operations []wire.Operation
	Keys       []wire.KeyID   // at most wire.MaxRequestKeys
	Author     common.Address // beside Keys, all keys of this author; zero for none
	For        time.Duration  // how long; at most a day, less a minute
}

// Permit has the signer approve a temporary key, once, and gives a client that asks in the account's name with that key,
// without further approval. Close it to erase the key.
func (c *Client) Permit(ctx context.Context, scope Scope) (*Client, error) {
	if c.permit != nil {
		return nil, errors.New("a permit can't be signed under another permit")
	}
	if scope.For < time.Second || scope.For > (wire.MaxValidity-permitLag)*time.Second {
		return nil, fmt.Errorf("a permit can't last %v: take a second to a day less a minute", scope.For)
	}
	if len(scope.Operations) == 0 || len(scope.Keys) == 0 && scope.Author == (common.Address{}) || len(scope.Keys) > wire.MaxRequestKeys {
		return nil, fmt.Errorf("a permit must name operations, and up to %d keys or an author", wire.MaxRequestKeys)
	}
	info, now, err := c.cluster(ctx)
	if err != nil {
		return nil, err
	}
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, err
	}
	delegate := NewKeySigner(key)
	start := now - min(now, permitLag)
	p := wire.Permit{Chain: info.Chain, Cluster: info.Cluster, Account: c.account, Delegate: delegate.Address(), Operations: scope.Operations,
		Keys: append([]wire.KeyID{}, scope.Keys...), Author: scope.Author, Start: start, Expiry: permitExpiry(start, now, scope.For)}
	rand.Read(p.Nonce[:]) // never fails
	sig, err := signTyped(ctx, c.cfg.Signer, p.Digest(), typedPermit(&p))
	if err != nil {
		return nil, fmt.Errorf("signing the permit: %w", err)
	}
	s := c.knowing(c.facts())
	s.cfg.Signer, s.info = delegate, info
	s.permit, s.erase = &wire.SignedPermit{Permit: p, Signature: sig}, func() { eraseKey(key) }
	return s, nil
}

// eraseKey makes a key sign no more, best effort: the runtime may have copied it before.
func eraseKey(key *ecdsa.PrivateKey) {
	clear(key.D.Bits()) //lint:ignore SA1019 there is no other way to its memory
	key.D.SetUint64(0)  //lint:ignore SA1019 as above
}

// permitExpiry is For from now: see Client.expiry for whose time that is.
func permitExpiry(start, chain uint64, lasts time.Duration) uint64 {
	late := max(chain, uint64(now().Unix()))
	return min(late+uint64(lasts/time.Second), start+wire.MaxValidity)
}
