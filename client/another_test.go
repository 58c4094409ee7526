package client

import (
	"context"
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a lying node has that is genuine, and about something else than was asked for.

// signedFor is a signature of the cluster's own, as the client takes it.
func signedFor(t *testing.T, c *Client, key wire.KeyID, scheme wire.Scheme, hash common.Hash) wire.Signed {
	t.Helper()
	s, err := c.Sign(context.Background(), key, scheme, hash, SignOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

// refusesSigned checks that no answer of these nodes is taken, and that one honest node is enough.
func (d *desk) refusesSigned(c *Client, what string, key wire.KeyID, scheme wire.Scheme, lie func(*wire.Signed)) {
	d.t.Helper()
	d.all(c, func(w *door) { w.forge = lie })
	if s, err := c.Sign(context.Background(), key, scheme, someHash, SignOptions{}); !errors.As(err, new(*badAnswer)) {
		d.t.Errorf("%v, %s: %+v, %v", scheme, what, s, err)
	}
	d.all(c, func(w *door) {
		if w != d.nodes[0] {
			w.forge = nil
		}
	})
	s, err := c.Sign(context.Background(), key, scheme, someHash, SignOptions{})
	if err != nil || s.Key != key || s.Scheme != scheme || s.Hash != someHash || VerifySignature(s.Public, scheme, someHash, s.Signature) != nil {
		d.t.Errorf("%v, %s, by one node: %+v, %v", scheme, what, s, err)
	}
	d.all(c, func(w *door) { w.forge = nil })
}

// TestSignAnother: a signature that the cluster has made is no answer to a request for another hash, in another scheme or
// with another key, though it says truly what it is, so that nothing else is wrong with it.
func TestSignAnother(t *testing.T) {
	d := newDesk(t, 4)
	author := d.client("author")
	made, other := d.serverKey(author, 1), d.serverKey(author, 0)
	for i, scheme := range wire.Schemes {
		another := wire.Schemes[(i+1)%len(wire.Schemes)]
		for what, genuine := range map[string]wire.Signed{
			"another hash":   signedFor(t, author, made.Key, scheme, common.Hash{7}),
			"another scheme": signedFor(t, author, made.Key, another, someHash),
			"another key":    signedFor(t, author, other.Key, scheme, someHash),
		} {
			d.refusesSigned(author, what, made.Key, scheme, func(s *wire.Signed) { *s = genuine })
		}
	}
}

// TestAnotherCertificate: a key that all its members have signed for is not believed under another id, or in another cluster,
// whether it is to be encrypted to or has signed.
func TestAnotherCertificate(t *testing.T) {
	d, foreign := newDesk(t, 4), newDesk(t, 4)
	foreign.ID = wire.ClusterID{9} // of the same servers
	author, there := d.client("author"), foreign.client("author")
	made := d.serverKey(author, 1)
	for what, from := range map[string]struct {
		c   *Client
		key *wire.ServerKey
	}{
		"another id":      {author, d.serverKey(author, 0)},
		"another cluster": {there, foreign.serverKey(there, 1)},
	} {
		d.all(author, func(w *door) {
			w.public = func(k *wire.ServerKey) { *k = *from.key; k.Key = made.Key }
		})
		if k, err := author.ServerKey(context.Background(), made.Key); !errors.As(err, new(*badAnswer)) {
			t.Errorf("%s: %+v, %v", what, k, err)
		}
		d.all(author, func(w *door) {
			if w != d.nodes[0] {
				w.public = nil
			}
		})
		if k, err := author.ServerKey(context.Background(), made.Key); err != nil || k.Public != made.Public {
			t.Errorf("%s, by one node: %+v, %v", what, k, err)
		}
		d.all(author, func(w *door) { w.public = nil })
		for _, scheme := range wire.Schemes {
			genuine := signedFor(t, from.c, from.key.Key, scheme, someHash)
			genuine.Key = made.Key
			d.refusesSigned(author, what, made.Key, scheme, func(s *wire.Signed) { *s = genuine })
		}
	}
}
