package service

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestBack: an order that is decided can't be cancelled, and who tries is told the way back: the set before again, whose members
// leave and join as they were, with its administrators and interval. A floor stays.
func TestBack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 4, 1)
	a := c.nodes[0]
	if _, err := a.MakeOrder(t.Context(), &wire.OrderRequest{Back: true}); wire.ReasonOf(err) != wire.BadRequester {
		t.Errorf("back from set 0: %v", err)
	}
	first, floor, every := a.servers.Sets().Newest(), uint32(1), uint64(3600)
	order := a.makes(t, &wire.OrderRequest{Floor: &floor, Refresh: &every,
		Replace: []wire.Replacement{{ID: c.nodes[3].self.ID(), With: c.nodes[4].server.Self().URLv4()}}})
	if err := a.decides(t, admin, order); err != nil {
		t.Fatal(err)
	}
	c.settled(1, c.nodes...)
	cancel := &wire.CancelOrder{Chain: order.Chain, Cluster: order.Cluster, Epoch: order.Epoch, Parent: order.Parent, Nonce: order.Nonce}
	digest := cancel.Digest()
	sig, err := crypto.Sign(digest[:], admin)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.CancelChange(t.Context(), cancel, []wire.AdminSignature{wire.AdminSignature(sig)})
	if wire.ReasonOf(err) != wire.Denied || !strings.Contains(err.Error(), "change-servers --back") {
		t.Errorf("cancelled after the decision: %v", err)
	}
	if _, err := a.MakeOrder(t.Context(), &wire.OrderRequest{Back: true, Floor: &floor}); wire.ReasonOf(err) != wire.BadRequester {
		t.Errorf("back with another floor: %v", err)
	}
	back := a.makes(t, &wire.OrderRequest{Back: true})
	if err := back.GoesBack(first, a.servers.Sets().Newest()); err != nil || back.Refresh != first.Refresh || back.Floor != 1 {
		t.Fatalf("%+v: %v", back, err)
	}
	if err := a.decides(t, admin, back); err != nil {
		t.Fatal(err)
	}
	c.settled(2, c.nodes...)
	if !c.nodes[3].servers.Contains(c.nodes[3].self.ID()) || c.nodes[4].servers.Contains(c.nodes[4].self.ID()) {
		t.Error("not all members of before are back")
	}
}
