package sessiontest

import (
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A key that was made while a server was down has fewer holders than there are servers. All sign with it in every scheme: the
// one without a share, which has never heard of the key, and a holder that missed the certificate.
func TestSigningByFewerHolders(t *testing.T) {
	for without := range 4 {
		w := newWorld(t, 4, 1)
		w.key = KeyID(2)
		members := slices.DeleteFunc(slices.Clone(w.Nodes), func(n *Node) bool { return n == w.Nodes[without] })
		w.record = w.Deal(w.key, 1, w.author, members)
		members[0].Miss(w.record)
		w.readable()
		for i, n := range w.Nodes {
			for j, scheme := range wire.Schemes {
				w.sign(n, scheme, someHash(byte(4*i+j)))
			}
			w.stock(n, 2, 1, 2, 3)
			w.sign(n, wire.ECDSA, someHash(100))
			if left := n.Vault().Stocked(items.GroupOf(w.record)); left != 1 {
				t.Errorf("without %s, %s has %d items left of 2", w.Nodes[without].Name, n.Name, left)
			}
		}
		if w.Nodes[without].State(w.key).Share != nil {
			t.Error("who is no member has a share")
		}
		w.wantBlamed()
	}
}
