package service

import (
	"crypto/ecdsa"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// aheadSize is a stock that one signature does not make fall below three quarters.
const aheadSize = stockBatch

// TestStockIsAheadOfMoves: when keys that are signed with are dealt anew, to another set or in a round, a stock is filled for what
// they will be. What was dealt for the sharings of before is dropped afterwards, and signatures wait for no dealing.
func TestStockIsAheadOfMoves(t *testing.T) {
	c, admin := newChanging(t, 4, 1, func(cfg *Config) { cfg.Stock = aheadSize })
	a := c.nodes[0]
	r := c.deal(1, 1, c.nodes[:4]...)
	c.sign(a, r, wire.ECDSA, common.Hash{1})
	c.stocked(a, items.GroupOf(r), aheadSize)

	r = c.aheadOf(t, a, r, func() {
		a.order(t, admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	})
	c.settled(1, c.nodes...)
	round := c.chain.grow(2, 1) - 1
	r = c.aheadOf(t, a, r, func() { c.refreshes(t, a, admin, round) })
	if slot := r.Setup.Slot(); slot != (wire.Slot{Epoch: 1, Round: round}) {
		t.Errorf("it was dealt anew in %+v", slot)
	}
}

func (c *cluster) refreshes(t *testing.T, s *testServer, admin *ecdsa.PrivateKey, round uint64) {
	t.Helper()
	order, signatures := s.refreshOrder(t, admin, round)
	if _, err := s.RefreshShares(t.Context(), order, signatures); err != nil {
		t.Fatal(err)
	}
}

// aheadOf has a key dealt anew, and gives its new sharing. It checks that there is a stock for it before anybody signs. That it is
// there before the key is dealt anew holds at the node that deals it, and if dealing does not take seconds.
func (c *cluster) aheadOf(t *testing.T, s *testServer, r *wire.KeyRecord, change func()) *wire.KeyRecord {
	t.Helper()
	before, dealt := items.GroupOf(r), itemsDealt.Snapshot().Count()
	change()
	var now *wire.KeyRecord
	c.until("the key is dealt anew", func() bool {
		now = c.stateOf(s, r.Setup.Key).Record
		return now.Version() != r.Version()
	})
	c.stocked(s, items.GroupOf(now), aheadSize) // nobody has signed with it
	c.until("what was dealt for it before is dropped", func() bool { return s.vault.stocked(before) == 0 })
	idle(c, s)
	hash := common.Hash(now.Version())
	signed, err := s.Sign(t.Context(), c.wallet(r.Setup.Key, wire.ECDSA, hash, openly), r.Setup.Key, wire.ECDSA, hash)
	if err != nil || signed.Version != now.Version() {
		t.Fatalf("signing with the key that was dealt anew: %v", err)
	}
	idle(c, s)
	if n := itemsDealt.Snapshot().Count() - dealt; n != aheadSize {
		t.Errorf("%d items were dealt, want %d: the signature is to find one", n, aheadSize)
	}
	if n := s.vault.stocked(items.GroupOf(now)); n != aheadSize-1 {
		t.Errorf("a stock of %d after a signature", n)
	}
	return now
}
