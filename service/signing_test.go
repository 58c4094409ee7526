package service

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto/ecies"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/internal/leak"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// wallet is alice's request for a signature, bent before it is signed.
func (c *cluster) wallet(key wire.KeyID, scheme wire.Scheme, hash common.Hash, bend func(*wire.Request)) *wire.Requester {
	c.t.Helper()
	r := c.Request(c.alice, wire.OpSign, wire.SignArguments(scheme, hash), key)
	bend(r)
	requester, err := c.Sign(c.alice, r).Recover(wire.Act{Chain: sessiontest.ChainID, Cluster: c.ID, Operation: wire.OpSign, Key: key, Arguments: r.Arguments})
	if err != nil {
		c.t.Fatal(err)
	}
	return requester
}

func openly(r *wire.Request) { r.ReplyKey = wire.Point{} }

// sign has a hash signed in the open, and verified.
func (c *cluster) sign(s *testServer, r *wire.KeyRecord, scheme wire.Scheme, hash common.Hash) {
	c.t.Helper()
	signed, err := s.Sign(c.t.Context(), c.wallet(r.Setup.Key, scheme, hash, openly), r.Setup.Key, scheme, hash)
	if err != nil {
		c.t.Fatalf("%v: %v", scheme, err)
	}
	c.check(r, signed, signed.Signature, scheme, hash)
}

func (c *cluster) check(r *wire.KeyRecord, signed *wire.Signed, signature []byte, scheme wire.Scheme, hash common.Hash) {
	c.t.Helper()
	if err := client.VerifySignature(r.Public(), scheme, hash, signature); err != nil {
		c.t.Errorf("%v: %v", scheme, err)
	}
	if signed.Key != r.Setup.Key || signed.Version != r.Version() || signed.Scheme != scheme || signed.Hash != hash || signed.Public != r.Public() ||
		signed.Block != theBlock.BlockRef || signed.Certificate == nil {
		c.t.Errorf("%v: it says of itself %+v", scheme, signed)
	}
}

// stocked waits for an amount.
func (c *cluster) stocked(s *testServer, g items.Group, want int) {
	c.t.Helper()
	c.until("the stock is filled", func() bool {
		if have := s.vault.stocked(g); have > want {
			c.t.Fatalf("a stock of %d, at most %d are wanted", have, want)
		}
		return s.vault.stocked(g) == want
	})
}

// Any key server signs in any scheme: for a wallet in the open or sealed to its reply key, for a legacy requester always
// sealed to who has signed.
func TestSign(t *testing.T) {
	c := newCluster(t, 3, 0)
	r := c.deal(1, 1)
	for i, s := range c.nodes {
		for j, scheme := range wire.Schemes {
			hash := common.Hash{byte(i), byte(j), 1}
			c.sign(s, r, scheme, hash)

			if scheme == wire.RFC9591 || scheme == wire.BIP340 {
				continue // a legacy proof is for Parity's two
			}
			legacy, err := c.NewClient("bob").Proof(r.Setup.Key).Recover(wire.Act{Key: r.Setup.Key})
			if err != nil {
				t.Fatal(err)
			}
			for name, by := range map[string]struct {
				requester *wire.Requester
				client    *sessiontest.Client
			}{
				"wallet": {c.wallet(r.Setup.Key, scheme, hash, func(*wire.Request) {}), c.alice},
				"legacy": {legacy, c.NewClient("bob")},
			} {
				signed, err := s.Sign(t.Context(), by.requester, r.Setup.Key, scheme, hash)
				if err != nil {
					t.Fatalf("%s, %v: %v", name, scheme, err)
				}
				signature, err := ecies.ImportECDSA(by.client.Key).Decrypt(signed.Sealed, nil, []byte{0, 0})
				if err != nil || signed.Signature != nil {
					t.Errorf("%s, %v: sealed as %x, in the open %x: %v", name, scheme, signed.Sealed, signed.Signature, err)
				}
				c.check(r, signed, signature, scheme, hash)
			}
		}
	}
}

// A request is counted as its requester's. A contract account's is confirmed before that, and one that the chain does not
// confirm counts for nobody.
func TestSignCounts(t *testing.T) {
	c := newCluster(t, 1, 0)
	r, s := c.deal(1, 0), c.nodes[0]
	sign := func(requester *wire.Requester, hash byte) error {
		_, err := s.Sign(t.Context(), requester, r.Setup.Key, wire.Schnorr, common.Hash{hash})
		return err
	}
	account := common.Address{0xcc}
	contract := func(hash byte) *wire.Requester {
		return c.wallet(r.Setup.Key, wire.Schnorr, common.Hash{hash}, func(q *wire.Request) { q.Account = account })
	}
	s.limited(func(l *limits.Config) { l.RequesterRequests = 1 })
	for i := range byte(3) {
		if err := sign(contract(i), i); wire.ReasonOf(err) != wire.BadRequester {
			t.Errorf("for an account without a contract: %v", err)
		}
	}
	c.chain.accounts.Store(true)
	if err := sign(contract(3), 3); err != nil {
		t.Errorf("what the chain did not confirm has counted, or: %v", err)
	}
	overLimit(t, sign(contract(4), 4))
	if c.chain.claims.Load() < 5 {
		t.Errorf("the account's contract was asked %d times", c.chain.claims.Load())
	}
	alice := func(hash byte) *wire.Requester { return c.wallet(r.Setup.Key, wire.Schnorr, common.Hash{hash}, openly) }
	if err := sign(alice(5), 5); err != nil {
		t.Errorf("another requester: %v", err)
	}
	before := signatures["limit"].Snapshot().Count()
	if over := overLimit(t, sign(alice(6), 6)); over.RetryAfter <= 0 || signatures["limit"].Snapshot().Count() != before+1 {
		t.Errorf("%+v, counted %d times", over, signatures["limit"].Snapshot().Count()-before)
	}
}

// ECDSA with too few holders is refused with the numbers, before anything is asked of anybody; what came of a request is
// counted.
func TestSignRefused(t *testing.T) {
	c := newCluster(t, 1, 8)
	s := c.nodes[0]
	s.limits = newLimiter(limits.Default())
	outcome := func(name string) int64 { return signatures[name].Snapshot().Count() }
	invalid, denied, missing, begun := outcome("invalid"), outcome("denied"), outcome("missing"), sessionsBegun[wire.KindSign].Snapshot().Count()

	r := c.deal(1, 0)
	c.chain.denies.Store(true)
	_, err := s.Sign(t.Context(), c.wallet(r.Setup.Key, wire.ECDSA, common.Hash{1}, openly), r.Setup.Key, wire.ECDSA, common.Hash{1})
	if wire.ReasonOf(err) != wire.Denied || outcome("denied") != denied+1 {
		t.Errorf("%v, counted %d times", err, outcome("denied")-denied)
	}
	if n := sessionsBegun[wire.KindSign].Snapshot().Count() - begun; n != 1 {
		t.Errorf("%d sessions", n)
	}
	unknown := sessiontest.KeyID(99)
	_, err = s.Sign(t.Context(), c.wallet(unknown, wire.Schnorr, common.Hash{1}, openly), unknown, wire.Schnorr, common.Hash{1})
	if wire.ReasonOf(err) != wire.KeyNotFound || outcome("missing") != missing+1 {
		t.Errorf("an unknown key: %v", err)
	}
	other := c.wallet(r.Setup.Key, wire.Schnorr, common.Hash{1}, openly)
	if _, err := s.Sign(t.Context(), other, r.Setup.Key, wire.Schnorr, common.Hash{2}); wire.ReasonOf(err) != wire.BadRequester || outcome("invalid") != invalid+1 {
		t.Errorf("another hash than was asked for: %v", err)
	}
	if s.stock.groups.Len() > 0 {
		t.Error("refused requests have a stock made")
	}
}

// TooFew comes before any session.
func TestSignTooFew(t *testing.T) {
	c := newCluster(t, 2, 8)
	r := c.deal(1, 1)
	begun, dealt := sessionsBegun[wire.KindSign].Snapshot().Count(), itemsDealt.Snapshot().Count()
	hash := common.Hash{1}
	_, err := c.nodes[0].Sign(t.Context(), c.wallet(r.Setup.Key, wire.ECDSA, hash, openly), r.Setup.Key, wire.ECDSA, hash)
	if wire.ReasonOf(err) != wire.TooFew || !strings.Contains(err.Error(), "takes 3 key servers, and 2 hold") {
		t.Errorf("%v", err)
	}
	if sessionsBegun[wire.KindSign].Snapshot().Count() != begun || len(c.nodes[0].stock.busy) > 0 || itemsDealt.Snapshot().Count() != dealt {
		t.Error("something was begun for it")
	}
	c.sign(c.nodes[0], r, wire.Schnorr, hash)
}

// The first ECDSA signature has the stock filled to its size in the background; it is filled again when less than three
// quarters are left, and never has more. The status and the metrics tell it, and a stop leaves nothing.
func TestStock(t *testing.T) {
	leak.Check(t)
	const size = 12
	c := newCluster(t, 3, size)
	r, s := c.deal(1, 1), c.nodes[0]
	g, dealt := items.GroupOf(r), itemsDealt.Snapshot().Count()
	c.sign(s, r, wire.Schnorr, common.Hash{1})
	if n := s.vault.stocked(g); n != 0 {
		t.Errorf("a stock of %d before any ECDSA signature", n)
	}
	c.sign(s, r, wire.ECDSA, common.Hash{1})
	c.stocked(s, g, size)
	idle(c, s)
	if n := itemsDealt.Snapshot().Count() - dealt; n < size-dealAtOnce || n > size {
		t.Errorf("%d were dealt in the background, for a stock of %d", n, size)
	}
	for i := range byte(2) { // to 10, more than three quarters
		c.sign(s, r, wire.ECDSA, common.Hash{2, i})
		idle(c, s)
	}
	if n := s.vault.stocked(g); n != size-2 {
		t.Errorf("a stock of %d after two signatures of %d", n, size)
	}
	c.sign(s, r, wire.ECDSA, common.Hash{3})
	c.stocked(s, g, size)

	want := items.VaultSizes{Items: size, Nonces: 1}
	if sizes := s.vault.sizes(); sizes != want {
		t.Errorf("it holds %+v, want %+v", sizes, want)
	}
	s.sampleVault()
	if itemsStocked.Snapshot().Value() != size || noncesOffered.Snapshot().Value() != 1 {
		t.Errorf("the metrics tell of %d items and %d nonces", itemsStocked.Snapshot().Value(), noncesOffered.Snapshot().Value())
	}
	lent := 0
	for _, other := range c.nodes[1:] {
		other.sampleVault()
		if n := other.vault.sizes(); n.LentItems != size || n.Items != 0 || int(itemsLent.Snapshot().Value()) != n.LentItems || int(noncesPromised.Snapshot().Value()) != n.LentNonces {
			t.Errorf("another node has lent %+v", n)
		} else {
			lent += n.LentNonces
		}
	}
	if lent != 1 {
		t.Errorf("the others have lent %d nonces", lent)
	}
	for _, each := range c.nodes {
		each.stop(t)
		if sizes := each.vault.sizes(); sizes != (items.VaultSizes{}) {
			t.Errorf("a stopped key server holds %+v", sizes)
		}
	}
}

// idle waits until nothing is dealt in the background.
func idle(c *cluster, s *testServer) {
	c.t.Helper()
	c.until("no dealing goes on", func() bool {
		s.stock.mu.Lock()
		defer s.stock.mu.Unlock()
		return len(s.stock.busy) == 0
	})
}

// A key server that is stopped while it fills its stock stops all the same.
func TestStockStops(t *testing.T) {
	leak.Check(t)
	c := newCluster(t, 3, MaxStock)
	r, s := c.deal(1, 1), c.nodes[0]
	c.sign(s, r, wire.ECDSA, common.Hash{1})
	c.until("the stock grows", func() bool { return s.vault.stocked(items.GroupOf(r)) > stockBatch })
	s.stop(t)
	if n := s.vault.stocked(items.GroupOf(r)); n != 0 {
		t.Errorf("a stock of %d is left", n)
	}
}

// What was dealt with a node that is lost is dropped on both sides, and so it is when that comes back as another process. Then
// there are signatures as before.
func TestStockOfLostNode(t *testing.T) {
	const size = 4
	c := newCluster(t, 4, size)
	r, s := c.deal(1, 1), c.nodes[0]
	g := items.GroupOf(r)
	c.sign(s, r, wire.ECDSA, common.Hash{1})
	c.stocked(s, g, size)
	idle(c, s)
	// Items may be of different sets: which others hold their shares is the node's choice, each time it deals.
	victim := slices.MaxFunc(c.nodes, func(a, b *testServer) int { return a.vault.sizes().LentItems - b.vault.sizes().LentItems })
	without := size - victim.vault.sizes().LentItems
	s.cfg.Stock = 0 // nothing is dealt any more
	victim.stop(t)
	c.until("its items are dropped", func() bool { return s.vault.stocked(g) == without })
	c.whole()
	c.sign(s, r, wire.ECDSA, common.Hash{2}) // by the others

	c.open(victim, 0)
	if sizes := victim.vault.sizes(); sizes != (items.VaultSizes{}) {
		t.Errorf("started again it holds %+v", sizes)
	}
	c.join(victim)
	c.whole()
	for _, each := range c.nodes {
		for i, scheme := range wire.Schemes {
			c.sign(each, r, scheme, common.Hash{3, byte(i)})
		}
	}
}

// There is a stock for the kinds of keys that were signed with last: that of another is dropped when there are too many.
func TestStockGroups(t *testing.T) {
	c := newCluster(t, stockGroups+1, 1)
	s := c.nodes[0]
	var groups []items.Group
	for i, member := range c.nodes { // kinds that have no holder in common
		groups = append(groups, items.Group{Members: []wire.NodeID{member.self.ID()}})
		s.stock.want(groups[i])
		c.stocked(s, groups[i], 1)
	}
	for i, g := range groups {
		want := 1
		if i == 0 {
			want = 0
		}
		if have := s.vault.stocked(g); have != want {
			t.Errorf("kind %d has a stock of %d, want %d", i, have, want)
		}
	}
}

// Without a stock each signature has its item dealt, and leaves none.
func TestNoStock(t *testing.T) {
	c := newCluster(t, 3, 0)
	r := c.deal(1, 1)
	dealt := itemsDealt.Snapshot().Count()
	var wg sync.WaitGroup
	for i, s := range c.nodes {
		for j := range 3 {
			wg.Go(func() {
				hash := common.Hash{byte(i), byte(j), 1}
				signed, err := s.Sign(t.Context(), c.wallet(r.Setup.Key, wire.ECDSA, hash, openly), r.Setup.Key, wire.ECDSA, hash)
				if err != nil {
					t.Error(err)
					return
				}
				c.check(r, signed, signed.Signature, wire.ECDSA, hash)
			})
		}
	}
	wg.Wait()
	for _, s := range c.nodes {
		if n := s.vault.sizes(); n != (items.VaultSizes{}) || len(s.stock.busy) > 0 {
			t.Errorf("it leaves %+v", n)
		}
	}
	if n := itemsDealt.Snapshot().Count() - dealt; n != 0 {
		t.Errorf("%d were dealt in the background", n)
	}
}

// A dealing that fails is counted, and the next has to wait.
func TestStockFails(t *testing.T) {
	c := newCluster(t, 3, 8)
	r, s := c.deal(1, 1), c.nodes[0]
	c.nodes[2].stop(t)
	c.whole()
	failed, begun := dealsFailed.Snapshot().Count(), time.Now()
	for range 1000 {
		s.stock.want(items.GroupOf(r))
	}
	c.until("it fails", func() bool { return dealsFailed.Snapshot().Count() > failed })
	for range 1000 {
		s.stock.want(items.GroupOf(r))
	}
	if n, most := dealsFailed.Snapshot().Count()-failed, 1+int64(time.Since(begun)/stockPause); n > most {
		t.Errorf("%d dealings in %v", n, time.Since(begun))
	}
	idle(c, s) // when the pause is over it may be tried again
	s.stock.want(items.GroupOf(r))
	c.until("it fails again", func() bool { return dealsFailed.Snapshot().Count() > failed+1 })
}

// Who watches a key at any node that takes part is told of every decision to sign with it: which hash, in which scheme, by
// whose request; of a refusal, too. Legacy requests, which have no name of their own, differ in the hash.
func TestSignIsWatched(t *testing.T) {
	c := newCluster(t, 3, 0)
	r := c.deal(1, 1)
	var watchers []*watcher
	for _, s := range c.nodes {
		w, err := s.watchers.add([]wire.KeyID{r.Setup.Key})
		if err != nil {
			t.Fatal(err)
		}
		watchers = append(watchers, w)
	}
	told := func(w *watcher) wire.Access {
		select {
		case a := <-w.out:
			return a
		case <-time.After(waitFor):
			t.Fatal("nothing is told")
			return wire.Access{}
		}
	}
	hash := common.Hash{7}
	requester := c.wallet(r.Setup.Key, wire.ECDSA, hash, openly)
	want := wire.Access{Key: r.Setup.Key, Operation: wire.OpSign, Scheme: wire.ECDSA, Hash: hash, Requester: requester.Address,
		Request: requester.Request, Block: theBlock.BlockRef, Granted: true}
	if _, err := c.nodes[0].Sign(t.Context(), requester, r.Setup.Key, wire.ECDSA, hash); err != nil {
		t.Fatal(err)
	}
	for i, w := range watchers {
		if got := told(w); got != want {
			t.Errorf("at node %d: %+v, want %+v", i+1, got, want)
		}
	}
	legacy, err := c.NewClient("bob").Proof(r.Setup.Key).Recover(wire.Act{Key: r.Setup.Key})
	if err != nil {
		t.Fatal(err)
	}
	for i := range byte(2) { // the same proof, requester and block
		hash := common.Hash{8, i}
		if _, err := c.nodes[1].Sign(t.Context(), legacy, r.Setup.Key, wire.Schnorr, hash); err != nil {
			t.Fatal(err)
		}
		if got := told(watchers[1]); got.Hash != hash || got.Scheme != wire.Schnorr || !got.Granted || got.Requester != legacy.Address {
			t.Errorf("of a legacy request: %+v", got)
		}
	}
	c.chain.denies.Store(true)
	requester = c.wallet(r.Setup.Key, wire.ECDSA, common.Hash{9}, openly)
	if _, err := c.nodes[1].Sign(t.Context(), requester, r.Setup.Key, wire.ECDSA, common.Hash{9}); wire.ReasonOf(err) != wire.Denied {
		t.Fatal(err)
	}
	if got := told(watchers[1]); got.Granted || got.Reason == "" || got.Hash != (common.Hash{9}) || got.Operation != wire.OpSign {
		t.Errorf("of a refusal: %+v", got)
	}
}

// Fewer holders than there are key servers: every one signs, those that hold no share, too, and has a stock.
func TestSignWithoutShare(t *testing.T) {
	c := newCluster(t, 4, 4)
	r := c.deal(1, 1, c.nodes[0], c.nodes[1], c.nodes[3])
	for i, s := range c.nodes {
		for j, scheme := range wire.Schemes {
			c.sign(s, r, scheme, common.Hash{byte(i), byte(j), 1})
		}
		c.stocked(s, items.GroupOf(r), 4)
	}
}
