package main

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/dapp"
)

// signatures are the operations, by scheme: Parity's two routes and the wallets' door for the others.
var signatures = map[wire.Scheme]*operation{
	wire.ECDSA:   {"ECDSA signature", 15 * time.Second},
	wire.Schnorr: {"Schnorr signature", 15 * time.Second},
	wire.RFC9591: {"RFC 9591 signature", 15 * time.Second},
	wire.BIP340:  {"BIP 340 signature", 15 * time.Second},
}

// nonces are the nonce points of all signatures that there have been, under whatever key: one that comes twice gives a key
// away.
type nonces struct {
	mu   sync.Mutex
	seen map[[32]byte]string // by x coordinate: of which signature
}

func newNonces() *nonces { return &nonces{seen: make(map[[32]byte]string)} }

// take notes a signature's, and refuses one that was there before.
func (n *nonces) take(scheme wire.Scheme, k *key, signature []byte) error {
	x, err := dapp.NonceX(scheme, k.public, signature)
	if err != nil {
		return fmt.Errorf("%w: %w", errWrong, err)
	}
	what := fmt.Sprintf("%v signature %x under key %x", scheme, signature, k.id[:4])
	n.mu.Lock()
	defer n.mu.Unlock()
	if before, again := n.seen[x]; again {
		return fmt.Errorf("%w: %s has the nonce of %s", errWrong, what, before)
	}
	n.seen[x] = what
	return nil
}

func (n *nonces) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.seen)
}

// signing has hashes signed one after another, in all schemes.
func (s *soak) signing(ctx context.Context, every time.Duration) {
	next := time.Now()
	for i := 0; ctx.Err() == nil; i++ {
		s.signSomethingThrough(context.WithoutCancel(ctx), s.pick(frozen), i)
		next = later(next, every)
		sleep(ctx, time.Until(next))
	}
}

func (s *soak) signSomethingThrough(ctx context.Context, v *node, i int) {
	list := s.ledger.all(readable)
	if len(list) == 0 {
		sleep(ctx, pollEvery)
		return
	}
	s.sign(ctx, v, list[s.roll(len(list))], wire.Schemes[i%len(wire.Schemes)])
}

// sign has a fresh hash signed for the reader, whom the contract admits to the key. Every second Schnorr and ECDSA signature is
// by Parity's route, of which each node believes the hash by itself.
func (s *soak) sign(ctx context.Context, v *node, k *key, scheme wire.Scheme) error {
	op, begun := signatures[scheme], time.Now()
	err := s.ask(ctx, op, v, func(ctx context.Context) error {
		signature, err := s.signature(ctx, v, s.net.accounts[reader], k, scheme)
		if err == nil {
			err = s.nonces.take(scheme, k, signature)
		}
		return s.unduly(v, k, begun, err)
	})
	s.spared(op, v, k, begun, err)
	return err
}

// signature is one that is valid: what is not is an error.
func (s *soak) signature(ctx context.Context, v *node, by *ecdsa.PrivateKey, k *key, scheme wire.Scheme) (signature []byte, err error) {
	hash := randomID()
	if (scheme == wire.Schnorr || scheme == wire.ECDSA) && s.roll(2) == 0 {
		signature, err = v.server.Signature(ctx, scheme.String(), by, k.id, k.public, hash)
	} else {
		signature, err = v.server.WalletSignature(ctx, s.domain, scheme, by, k.id, k.public, hash)
	}
	if errors.Is(err, dapp.ErrBadSignature) {
		err = fmt.Errorf("%w: %w", errWrong, err)
	}
	return signature, err
}

// mustSign has a hash signed in every scheme that there are holders for, unless the reader is shut out meanwhile.
func (s *soak) mustSign(ctx context.Context, v *node, k *key) error {
	s.mu.Lock()
	short := !k.whole && k.made.Before(s.wiped) // two nodes may hold no share
	s.mu.Unlock()
	for _, scheme := range wire.Schemes {
		if scheme == wire.ECDSA && short {
			continue
		}
		err := s.must(ctx, fmt.Sprintf("%s under %x through %s", signatures[scheme].name, k.id[:4], v.name), func() error {
			err := s.sign(ctx, v, k, scheme)
			if !k.is(readable) {
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
