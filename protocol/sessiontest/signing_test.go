package sessiontest

import (
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// schemes that the tests go through.
var schnorrs = []wire.Scheme{wire.Schnorr, wire.RFC9591, wire.BIP340}

// someHash is one to sign.
func someHash(n byte) common.Hash { return common.Hash{1, 2, 3, n} }

// sign has a hash signed through a node. That the signature holds is the cluster's to see.
func (w *world) sign(n *Node, scheme wire.Scheme, hash common.Hash) *Outcome {
	w.t.Helper()
	o := w.Signature(n, w.alice, w.key, scheme, hash)
	w.settle()
	if o.Err != nil || !o.Done || len(o.Signature) != scheme.Size() {
		w.t.Fatalf("signing through %s, %v: %v", n.Name, scheme, o)
	}
	return o
}

// signFails has a hash signed and expects a reason.
func (w *world) signFails(n *Node, scheme wire.Scheme, hash common.Hash, want wire.Reason) *Outcome {
	w.t.Helper()
	o := w.Signature(n, w.alice, w.key, scheme, hash)
	w.settle()
	if !o.Done || o.Err == nil || o.Reason() != want {
		w.t.Fatalf("signing through %s: %v, want %v", n.Name, o, want)
	}
	return o
}

// readable lets alice use the key. No document is stored: signing takes none.
func (w *world) readable() *world {
	w.alice.Wallet = true
	w.grant(w.alice)
	return w
}

// Any node signs, in every scheme, whether the nonces were sent ahead or not.
func TestSchnorr(t *testing.T) {
	for _, c := range []struct{ n, t int }{{1, 0}, {2, 0}, {2, 1}, {3, 1}, {4, 1}, {4, 3}, {7, 3}} {
		t.Run(fmt.Sprintf("n=%d,t=%d", c.n, c.t), func(t *testing.T) {
			w := newWorld(t, c.n, c.t).readable()
			for i := range 3 {
				for _, n := range w.Nodes {
					for _, scheme := range schnorrs {
						w.sign(n, scheme, someHash(byte(i)))
					}
				}
			}
			w.wantBlamed()
		})
	}
}
