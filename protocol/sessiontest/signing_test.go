package sessiontest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
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

// stock deals items to a node for its key, by this set.
func (w *world) stock(n *Node, count int, set ...uint32) []*items.Item {
	w.t.Helper()
	m, err := items.NewDealing(n.Env(), n.Lend, items.GroupOf(w.record), set, count)
	if err != nil {
		w.t.Fatal(err)
	}
	r := w.Begin(n, wire.KindDeal, wire.KeyID{}, m, nil)
	w.settle()
	if r.Err != nil || len(m.Items()) != count {
		w.t.Fatalf("dealing: %v, %d items", r.Err, len(m.Items()))
	}
	n.Vault().Stock(m.Items())
	return m.Items()
}

// Any node has 2t+1 holders sign, from its stock or without, be it one of them or not.
func TestECDSA(t *testing.T) {
	for _, c := range []struct{ n, t int }{{1, 0}, {2, 0}, {3, 1}, {4, 1}, {5, 2}, {7, 2}, {7, 3}} {
		t.Run(fmt.Sprintf("n=%d,t=%d", c.n, c.t), func(t *testing.T) {
			w := newWorld(t, c.n, c.t).readable()
			for _, n := range w.Nodes {
				w.sign(n, wire.ECDSA, someHash(1)) // dealt for it
				set := make([]uint32, 2*c.t+1)
				for i := range set {
					set[i] = uint32(i + 1)
				}
				w.stock(n, 3, set...)
				for i := range 2 {
					w.sign(n, wire.ECDSA, someHash(byte(i)))
				}
				if left := n.Vault().Stocked(items.GroupOf(w.record)); left != 1 {
					t.Errorf("%s has %d items left of 3, after 2 signatures", n.Name, left)
				}
			}
			w.wantBlamed()
		})
	}
}

// With fewer than 2t+1 holders there is no ECDSA, which is told before any work.
func TestTooFewForECDSA(t *testing.T) {
	w := newWorld(t, 4, 2).readable()
	w.Spy = func(*Node, wire.Envelope) { t.Error("a message was sent") }
	o := w.signFails(w.Nodes[0], wire.ECDSA, someHash(1), wire.TooFew)
	if !strings.Contains(o.Err.Error(), "takes 5 key servers, and 4 hold") {
		t.Errorf("is told: %v", o.Err)
	}
	w.Spy = nil
	w.sign(w.Nodes[0], wire.Schnorr, someHash(1))
}

// What ECDSA can't sign is refused before any work; Schnorr has no such hash.
func TestUnsignableHash(t *testing.T) {
	w := newWorld(t, 4, 1).readable()
	q := crypto.S256().Params().N
	for _, hash := range []common.Hash{{}, common.BigToHash(q)} {
		w.Spy = func(*Node, wire.Envelope) { t.Error("a message was sent") }
		w.signFails(w.Nodes[0], wire.ECDSA, hash, wire.Cryptographic)
		w.Spy = nil
		w.sign(w.Nodes[0], wire.Schnorr, hash)
	}
}

// A false no has all others asked at once, and that has no dealing begun again and again while a member of it keeps
// silent.
func TestNoStormOfDealings(t *testing.T) {
	w := newWorld(t, 7, 1).readable()
	w.Nodes[1].Oracle = Says(session.Refused)
	for _, n := range w.Nodes[3:6] {
		n.Mutate = Silent
	}
	deals := make(map[wire.SessionID]bool)
	w.Spy = func(_ *Node, env wire.Envelope) {
		if _, ok := env.Msg.(*wire.Deal); ok {
			deals[env.Session] = true
		}
	}
	w.sign(w.Nodes[0], wire.ECDSA, someHash(1))
	if len(deals) > 12 {
		t.Errorf("%d dealings were begun for one signature", len(deals))
	}
}
