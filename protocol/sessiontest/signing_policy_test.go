package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Parity's signature over the bare id has anything signed where settings take it, in Parity's two schemes; where they don't,
// each holder refuses it, not the door alone. Wallets' requests go on.
func TestSignPolicy(t *testing.T) {
	strict := &session.Policy{RefuseLegacy: true}
	for _, c := range []struct {
		name   string
		strict func(w *world) []*Node
	}{
		{"at the others", func(w *world) []*Node { return w.Nodes[1:] }},
		{"at the door", func(w *world) []*Node { return w.Nodes[:1] }},
		{"everywhere", func(w *world) []*Node { return w.Nodes }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 4, 1)
			w.grant(w.alice)
			for _, scheme := range []wire.Scheme{wire.Schnorr, wire.ECDSA} {
				w.sign(w.Nodes[0], scheme, someHash(1))
			}
			for _, scheme := range []wire.Scheme{wire.RFC9591, wire.BIP340} {
				w.signFails(w.Nodes[0], scheme, someHash(1), wire.BadRequester)
			}
			for _, n := range c.strict(w) {
				n.Policy = strict
			}
			for _, scheme := range wire.Schemes[:2] {
				w.signFails(w.Nodes[0], scheme, someHash(2), wire.Policy)
			}
			w.alice.Wallet = true
			for _, scheme := range wire.Schemes {
				w.sign(w.Nodes[0], scheme, someHash(3))
			}
			w.wantBlamed()
		})
	}
}
