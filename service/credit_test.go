package service

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// lends has a node give each other credit for so many items, of which no time forgives any.
func (s *testServer) lends(items uint64) {
	s.limits.credit = limits.NewCredit[wire.NodeID](items, 0)
}

// Preparing signatures costs the coordinator credit with each node of the set, before anything else is done there; without
// it the node refuses, and says why and for how long. A granted signature gives it back, a denied one does not. It is by
// the node's id: neither another connection nor another process has more.
func TestCreditForItems(t *testing.T) {
	c := newCluster(t, 3, 0)
	r, s, victim := c.deal(1, 1), c.nodes[0], c.nodes[1]
	g := items.GroupOf(r)
	victim.lends(4)
	refused := func() {
		t.Helper()
		before := dealsRefused.Snapshot().Count()
		err := s.stock.deal(g, 1)
		if wire.ReasonOf(err) != wire.Limit || !strings.Contains(err.Error(), "not made; ask again when some of them are made, or in 1000h") {
			t.Fatalf("over its credit: %v", err)
		}
		if n := dealsRefused.Snapshot().Count() - before; n != 1 {
			t.Errorf("%d refusals are counted", n)
		}
	}
	if err := s.stock.deal(g, 4); err != nil {
		t.Fatal(err)
	}
	refused()
	if err := c.nodes[2].stock.deal(g, 1); err != nil {
		t.Errorf("another coordinator: %v", err)
	}

	c.sign(s, r, wire.ECDSA, common.Hash{1}) // from the stock
	c.until("the credit is back", func() bool { return victim.limits.credit.Take(s.self.ID(), 1) == 0 })
	refused()

	c.sign(s, r, wire.ECDSA, common.Hash{2})
	if err := s.stock.deal(g, 1); err != nil {
		t.Errorf("after a signature: %v", err)
	}
	c.chain.denies.Store(true)
	_, err := s.Sign(t.Context(), c.wallet(r.Setup.Key, wire.ECDSA, common.Hash{3}, openly), r.Setup.Key, wire.ECDSA, common.Hash{3})
	if wire.ReasonOf(err) != wire.Denied {
		t.Fatal(err)
	}
	c.chain.denies.Store(false)
	refused()

	s.stop(t)
	c.until("it is gone", func() bool { return len(victim.network.Connected()) == 1 })
	c.open(s, 0)
	c.join(s)
	c.whole()
	if n := victim.vault.sizes().LentItems; n != 1 { // of the other coordinator
		t.Errorf("it holds %d items", n)
	}
	refused()
	c.sign(s, r, wire.Schnorr, common.Hash{4})
}

// A dealing that another node of the set refuses costs one item with those that did no more than to draw a key.
func TestCreditForNothing(t *testing.T) {
	c := newCluster(t, 3, 0)
	r, s, victim := c.deal(1, 1), c.nodes[0], c.nodes[1]
	victim.lends(6)
	c.nodes[2].lends(0)
	if err := s.stock.deal(items.GroupOf(r), 4); wire.ReasonOf(err) != wire.Limit {
		t.Fatal(err)
	}
	c.until("the opening has cost something", func() bool {
		whole := victim.limits.credit.Take(s.self.ID(), 6) == 0
		if whole {
			victim.limits.credit.Return(s.self.ID(), 6)
		}
		return !whole
	})
	c.until("the session is over", func() bool { return victim.sessions.count() == 0 })
	if wait := victim.limits.credit.Take(s.self.ID(), 5); wait != 0 {
		t.Error("it has cost more than its opening")
	}
}

// Credit is looked at before a place is taken, and taken for what has a place alone.
func TestCreditAndPlaces(t *testing.T) {
	s := newTestService()
	s.limits.credit = limits.NewCredit[wire.NodeID](4, 0)
	open := func(n byte, items int) (*runner, error) {
		r := s.newRunner(wire.KindDeal, wire.KeyID{}, testNode(1))
		r.items = items
		_, err := s.sessions.open(join.Route{Session: sid(n)}, r, s.backend.mayOpen)
		return r, err
	}
	_, err := open(1, 5)
	overLimit(t, err)
	if n := s.sessions.count(); n != 0 {
		t.Errorf("%d places are taken without credit", n)
	}
	s.sessions.mostPerPeer = 1
	r, err := open(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(3, 3)
	overLimit(t, err)
	s.sessions.remove(r)
	if _, err := open(4, 3); err != nil {
		t.Errorf("what had no place has cost credit: %v", err)
	}
}

// An honest coordinator that fills the largest stock is refused nothing, and neither is the process after it. It does not
// hammer at who refuses it.
func TestCreditSuffices(t *testing.T) {
	if maxCredit < 2*(MaxStock+stockBatch) {
		t.Errorf("credit for %d items, and a stock of %d is to be filled twice", maxCredit, MaxStock)
	}
	k, over := newStock(nil), &limits.Exceeded{}
	for _, want := range []time.Duration{stockPause, 2 * stockPause, 4 * stockPause} {
		if got := k.pauseAfter(over); got != want {
			t.Errorf("a pause of %v, want %v", got, want)
		}
	}
	for range 10 {
		k.pauseAfter(over)
	}
	if got := k.pauseAfter(over); got != maxStockPause {
		t.Errorf("a pause of %v, want %v", got, maxStockPause)
	}
	k.pauseAfter(nil)
	if got := k.pauseAfter(over); got != stockPause {
		t.Errorf("after a good one a pause of %v", got)
	}
	k.pauseAfter(over)
	if got := k.pauseAfter(wire.Errorf(wire.Disconnected, "")); got != stockPause {
		t.Errorf("after what is no limit a pause of %v", got)
	}
}

// All kinds of keys together have room in the vault: nothing is dealt for one that is dropped for another.
func TestStocksHaveRoom(t *testing.T) {
	s := newTestService()
	s.cfg = DefaultConfig()
	s.cfg.Stock = MaxStock
	for kinds := 1; kinds <= stockGroups; kinds++ {
		s.stock.groups.Add(string(rune(kinds)), items.Group{})
		if n := s.stock.stockSize(); n*kinds > items.MaxStock || n*kinds < min(MaxStock, items.MaxStock-kinds) {
			t.Errorf("%d kinds of %d items", kinds, n)
		}
	}
}

// What a coordinator has dropped its members erase with the next dealing; one whose program does not know of that is sent
// what it knows, and keeps it.
func TestItemsDroppedAreErased(t *testing.T) {
	c := newCluster(t, 3, 0)
	old := c.nodes[2]
	old.stop(t)
	old.bare = true
	c.open(old, 0)
	c.join(old)
	c.whole()
	r, s := c.deal(1, 1), c.nodes[0]
	g := items.GroupOf(r)
	deal := func(items int) {
		t.Helper()
		if err := s.stock.deal(g, items); err != nil {
			t.Fatal(err)
		}
	}
	deal(3)
	s.vault.use(func(v *items.Vault) { v.DropStock(g) })
	deal(2)
	if told, bare := c.nodes[1].vault.sizes().LentItems, old.vault.sizes().LentItems; told != 2 || bare != 5 {
		t.Errorf("who is told holds %d items, want 2; who is not %d, want 5", told, bare)
	}
	for i := range byte(3) { // two from the stock
		c.sign(s, r, wire.ECDSA, common.Hash{1, i})
		c.sign(old, r, wire.ECDSA, common.Hash{2, i})
	}
}

// bareProtocols are those of a program that knows of no features: it says none, and reads a Deal as it was.
func bareProtocols(t *testing.T, all []p2p.Protocol) []p2p.Protocol {
	for i := range all {
		run := all[i].Run
		all[i].Run = func(p *p2p.Peer, rw p2p.MsgReadWriter) error { return run(p, bareLink{rw, t}) }
	}
	return all
}

type bareLink struct {
	p2p.MsgReadWriter
	t *testing.T
}

func (l bareLink) WriteMsg(msg p2p.Msg) error {
	if msg.Code != uint64(wire.CodeHello) {
		return l.MsgReadWriter.WriteMsg(msg)
	}
	var fields []rlp.RawValue
	if err := msg.Decode(&fields); err != nil {
		l.t.Error(err)
	}
	fields[2] = rlp.EmptyString
	return p2p.Send(l.MsgReadWriter, msg.Code, fields)
}

func (l bareLink) ReadMsg() (p2p.Msg, error) {
	msg, err := l.MsgReadWriter.ReadMsg()
	if err != nil || msg.Code != uint64(wire.CodeDeal) {
		return msg, err
	}
	payload, err := io.ReadAll(msg.Payload)
	if err != nil {
		return msg, err
	}
	var frame struct {
		Session wire.SessionID
		Deal    struct{ Setup wire.DealSetup }
	}
	if err := rlp.DecodeBytes(payload, &frame); err != nil {
		l.t.Errorf("is sent a Deal that it can't read: %v", err)
	}
	msg.Payload = bytes.NewReader(payload)
	return msg, nil
}
