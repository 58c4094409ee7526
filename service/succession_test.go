package service

import (
	"context"
	"crypto/ecdsa"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// newChanging makes key servers whose set one administrator changes, with more nodes that are to join.
func newChanging(t *testing.T, servers, joiners int, settings ...func(*Config)) (*cluster, *ecdsa.PrivateKey) {
	t.Helper()
	admin := newKey(t)
	n := servers + joiners
	c := &cluster{Cluster: sessiontest.New(n, 1), t: t, chain: new(madeUpChain), nodes: make([]*testServer, n)}
	c.authority = wire.Authority{Administrators: []common.Address{crypto.PubkeyToAddress(admin.PublicKey)}, Needed: 1}
	c.settings = settings
	c.alice = c.NewClient("alice")
	c.alice.Wallet = true
	for i := range n {
		c.nodes[i] = &testServer{node: c.Nodes[i], dir: t.TempDir(), joins: i >= servers}
	}
	for _, s := range c.nodes {
		c.open(s, 0)
	}
	t.Cleanup(func() {
		for _, s := range c.nodes {
			s.stop(t)
		}
	})
	for _, s := range c.nodes {
		c.join(s)
	}
	for _, s := range c.nodes[:servers] {
		c.until("the key servers are connected", func() bool { return len(s.network.Connected()) >= servers-1 })
	}
	return c, admin
}

// order has one key server make an order, and hands it in there.
func (s *testServer) order(t *testing.T, admin *ecdsa.PrivateKey, req *wire.OrderRequest) {
	t.Helper()
	order, err := s.MakeOrder(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	digest := order.Digest()
	sig, err := crypto.Sign(digest[:], admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeServers(t.Context(), order, []wire.AdminSignature{wire.AdminSignature(sig)}); err != nil {
		t.Fatal(err)
	}
}

// settled waits until these nodes have done all for an epoch.
func (c *cluster) settled(epoch uint64, nodes ...*testServer) {
	c.t.Helper()
	for i, s := range nodes {
		end := time.Now().Add(waitFor)
		for {
			info, err := s.Servers(context.Background())
			if err != nil {
				c.t.Fatal(err)
			}
			if info.Epoch >= epoch && info.Change == nil {
				break
			}
			if time.Now().After(end) {
				c.t.Fatalf("key server %d is at epoch %d, and %+v is under way", i, info.Epoch, info.Change)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// TestServersJoin: a fifth key server joins four by an order. All keys move to the five, former shares are erased, and every
// key is read as before.
func TestServersJoin(t *testing.T) {
	c, admin := newChanging(t, 4, 1)
	a, e := c.nodes[0], c.nodes[4]
	ids := []wire.KeyID{}
	for i := range 5 {
		id := wire.KeyID{7, byte(i)}
		ids = append(ids, id)
		if _, err := a.GenerateDocumentKey(t.Context(), newRequester(t, id), id, 1); err != nil {
			t.Fatal(err)
		}
	}
	a.order(t, admin, &wire.OrderRequest{Add: []string{e.server.Self().URLv4()}})
	c.settled(1, c.nodes...)
	for i, s := range c.nodes {
		for _, id := range ids {
			state, err := s.states.read(id)
			if err != nil {
				t.Fatal(err)
			}
			if state.Share == nil || len(state.Former) != 0 || setEpoch(&state.Record.Setup) != 1 || len(state.Record.Setup.Members) != 5 {
				t.Errorf("key server %d, key %v: %d former, of set %d with %d members, share %v", i, id, len(state.Former), setEpoch(&state.Record.Setup), len(state.Record.Setup.Members), state.Share)
			}
		}
		if !slices.Equal(s.servers.Members(), e.servers.Members()) {
			t.Errorf("key server %d has other members", i)
		}
	}
	for _, s := range c.nodes {
		if _, err := s.DocumentKeyShadow(t.Context(), newRequester(t, ids[0]), ids[0]); err != nil {
			t.Errorf("reading: %v", err)
		}
	}
	made, err := e.GenerateServerKey(t.Context(), newRequester(t, wire.KeyID{9}), wire.KeyID{9}, 1)
	if err != nil {
		t.Fatalf("making a key in the new set: %v", err)
	}
	// A client that trusts set 0 has all that it needs to believe the new set, and a key of it, from any of them.
	for i, s := range c.nodes {
		told, err := s.ServerSets(t.Context(), 0)
		if err != nil || told.First == nil || len(told.Links) != 1 || told.More || told.Bound() != nil {
			t.Fatalf("key server %d tells %+v, %v", i, told, err)
		}
		newest, err := verify.Chain(told.First, &told.Links[0])
		if err != nil || newest.Ref() != told.Newest {
			t.Errorf("key server %d tells of a set %v: %v", i, told.Newest, err)
		}
		if err := verify.Confirmed(newest, made.Certificate); err != nil {
			t.Errorf("the new key: %v", err)
		}
		if again, err := s.ServerSets(t.Context(), 1); err != nil || again.First != nil || len(again.Links) != 0 || again.Newest != told.Newest {
			t.Errorf("key server %d tells after set 1: %+v, %v", i, again, err)
		}
	}
}

// TestKeysLearntLateMove: a key of an earlier set that a node hears of when all others have moved moves, too, without a restart.
func TestKeysLearntLateMove(t *testing.T) {
	c, admin := newChanging(t, 4, 1)
	c.deal(1, 1, c.nodes[:4]...)
	c.nodes[0].order(t, admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	c.settled(1, c.nodes...)
	late := c.deal(2, 1, c.nodes[:4]...)
	for i, s := range c.nodes {
		c.until("the key has moved", func() bool {
			state, err := s.states.read(late.Setup.Key)
			if err != nil {
				t.Fatal(err)
			}
			return setEpoch(&state.Record.Setup) == 1 && state.Share != nil
		})
		info, err := s.Servers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if info.Change != nil && info.Change.Keys != 2 {
			t.Errorf("key server %d tells of %+v", i, info.Change)
		}
	}
}

// TestPublishersDoNotSeeTheFence: new keys wait within their requests while the key servers change, and none fails.
func TestPublishersDoNotSeeTheFence(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 4, 1)
	ctx, stop := context.WithCancel(t.Context())
	var publishers sync.WaitGroup
	var made atomic.Int32
	for i := range 4 {
		publishers.Go(func() {
			for j := 0; ctx.Err() == nil; j++ {
				id := wire.KeyID{8, byte(i), byte(j), byte(j >> 8)}
				if _, err := c.nodes[i].GenerateServerKey(t.Context(), newRequester(t, id), id, 1); err != nil {
					t.Errorf("publisher %d, key %d: %v", i, j, err)
				}
				made.Add(1)
			}
		})
	}
	c.until("some keys are made", func() bool { return made.Load() > 8 })
	c.nodes[0].order(t, admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	c.until("the set is decided", func() bool { return c.nodes[0].servers.Sets().Newest().Epoch == 1 })
	begun := made.Load()
	c.until("keys are made in the new set", func() bool { return made.Load() > begun+12 })
	stop()
	publishers.Wait()
}

// TestKeysMadeWhereTheSetIsNotKnown: a key server that has not heard yet of the newest set is asked for a key. The others refuse to make
// one with it, in a set that is none any more. It asks them which sets have followed, and the key is made.
func TestKeysMadeWhereTheSetIsNotKnown(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 4, 1)
	late := c.nodes[3]
	late.stop(t)
	c.nodes[0].order(t, admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	for i, s := range []*testServer{c.nodes[0], c.nodes[1], c.nodes[2], c.nodes[4]} {
		c.until("the set is decided", func() bool { return s.servers.Sets().Newest().Epoch == 1 })
		c.until("keys can be made in it", func() bool {
			_, err := s.GenerateServerKey(t.Context(), newRequester(t, wire.KeyID{7, byte(i)}), wire.KeyID{7, byte(i)}, 1)
			return err == nil
		})
	}
	c.open(late, 0)
	late.succession.followed, late.succession.soonest = time.Now(), followSoonest // so it asks for no other set for a moment
	c.join(late)
	c.until("it is connected", func() bool { return len(late.network.Connected()) >= 3 })
	id := wire.KeyID{8}
	if _, err := late.GenerateServerKey(t.Context(), newRequester(t, id), id, 1); err != nil {
		t.Error(err)
	}
	if newest := late.servers.Sets().Newest().Epoch; newest != 1 {
		t.Errorf("it is in set %d", newest)
	}
}

// TestReadsWhereTheSetIsNotKnown: the same of reads and signatures, when all keys have moved to a set that the key server has not heard of.
func TestReadsWhereTheSetIsNotKnown(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 4, 1)
	late := c.nodes[3]
	id := c.keysOf(t, late, 7, 1)[0]
	for name, ask := range map[string]func() error{
		"reading": func() error { _, err := late.DocumentKeyShadow(t.Context(), newRequester(t, id), id); return err },
		"signing": func() error {
			_, err := late.Sign(t.Context(), newRequester(t, id), id, wire.Schnorr, common.Hash{1})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			late.stop(t)
			epoch := c.nodes[0].servers.Sets().Newest().Epoch + 1
			req := &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}}
			if epoch == 2 {
				req = &wire.OrderRequest{Remove: []wire.NodeID{c.nodes[4].self.ID()}, Force: true}
			}
			c.nodes[0].order(t, admin, req)
			for _, s := range c.nodes[:3] {
				c.until("the key has moved", func() bool { r, _ := c.held(s, id); return r != nil && setEpoch(&r.Setup) == epoch })
			}
			c.open(late, 0)
			late.succession.followed, late.succession.soonest = time.Now(), time.Hour
			c.join(late)
			c.until("it is connected", func() bool { return len(late.network.Connected()) >= 3 })
			late.succession.mu.Lock()
			late.succession.soonest = 0 // only now it may ask which sets have followed
			late.succession.mu.Unlock()
			if err := ask(); err != nil {
				t.Error(err)
			}
			if newest := late.servers.Sets().Newest().Epoch; newest != epoch {
				t.Errorf("it is in set %d", newest)
			}
		})
	}
}
