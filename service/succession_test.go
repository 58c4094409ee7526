package service

import (
	"context"
	"crypto/ecdsa"
	"slices"
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
