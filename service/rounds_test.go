package service

import (
	"crypto/ecdsa"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// keysOf makes keys with documents, and gives their ids.
func (c *cluster) keysOf(t *testing.T, at *testServer, first byte, n int) (ids []wire.KeyID) {
	t.Helper()
	for i := range n {
		id := wire.KeyID{first, byte(i)}
		if _, err := at.GenerateDocumentKey(t.Context(), newRequester(t, id), id, 1); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// refreshOrder is one for the round of a block, by the administrator.
func (s *testServer) refreshOrder(t *testing.T, admin *ecdsa.PrivateKey, round uint64) (*wire.RefreshOrder, []wire.AdminSignature) {
	t.Helper()
	set := s.servers.Sets().Newest()
	order := &wire.RefreshOrder{Chain: s.chainID, Cluster: s.cluster, Epoch: set.Epoch, Set: set.Hash(), Round: round}
	digest := order.Digest()
	sig, err := crypto.Sign(digest[:], admin)
	if err != nil {
		t.Fatal(err)
	}
	return order, []wire.AdminSignature{wire.AdminSignature(sig)}
}

// held is what a key server holds of a key: nil unless it is a share of a confirmed sharing.
func (c *cluster) held(s *testServer, id wire.KeyID) (*wire.KeyRecord, []byte) {
	state := c.stateOf(s, id)
	if state.Record == nil || !state.Record.Confirmed() || state.Share == nil {
		return nil, nil
	}
	return state.Record, state.Share.Encode()
}

// TestRefresh: by an order that one key server is given, all shares are dealt anew: every share is another one, the keys
// are the same, what was before is erased, and every key server reads.
func TestRefresh(t *testing.T) {
	c, admin := newChanging(t, 4, 0)
	ids := c.keysOf(t, c.nodes[0], 7, 5)
	type before struct {
		share  string
		public wire.Point
	}
	was := make(map[*testServer]map[wire.KeyID]before)
	for _, s := range c.nodes {
		was[s] = make(map[wire.KeyID]before)
		for _, id := range ids {
			c.until("all hold the keys", func() bool { r, _ := c.held(s, id); return r != nil })
			r, share := c.held(s, id)
			was[s][id] = before{string(share), r.Public()}
		}
	}
	round := c.chain.grow(2, 1) - 1
	order, signatures := c.nodes[1].refreshOrder(t, admin, round)
	info, err := c.nodes[1].RefreshShares(t.Context(), order, signatures)
	if err != nil || info.Round != round || info.Keys != len(ids) {
		t.Fatalf("%+v, %v", info, err)
	}
	for _, s := range c.nodes {
		for _, id := range ids {
			c.until("all keys are dealt anew, and former shares erased", func() bool {
				state := c.stateOf(s, id)
				return state.Record.Setup.Slot().Round == round && state.Share != nil && len(state.Former) == 0
			})
			r, share := c.held(s, id)
			if was[s][id].share == string(share) || was[s][id].public != r.Public() {
				t.Errorf("key %v: the same share %t, another key %t", id, was[s][id].share == string(share), was[s][id].public != r.Public())
			}
		}
		if _, err := s.DocumentKeyShadow(t.Context(), newRequester(t, ids[0]), ids[0]); err != nil {
			t.Errorf("reading: %v", err)
		}
		c.until("nothing is under way", func() bool { info, err := s.Servers(t.Context()); return err == nil && info.Change == nil })
	}
	if _, err := c.nodes[2].RefreshShares(t.Context(), order, signatures); wire.ReasonOf(err) != wire.Policy {
		t.Errorf("the same order again: %v", err)
	}
}

// TestRepair: a key server whose store is wiped gets all its shares back by itself, and reads; so does one that was away when
// keys were made.
func TestRepair(t *testing.T) {
	c, _ := newChanging(t, 4, 0)
	ids := c.keysOf(t, c.nodes[0], 7, 3)
	lost := c.nodes[3]
	lost.stop(t)
	ids = append(ids, c.keysOf(t, c.nodes[0], 8, 2)...) // which it misses
	lost.dir = t.TempDir()
	c.open(lost, 0)
	c.join(lost)
	c.chain.grow(1, uint64(time.Now().Unix())) // blocks are later than the loss by its clock
	for _, s := range c.nodes {
		s.spawn(s.runShareChecks)
	}
	for _, id := range ids {
		c.until("it has all its shares", func() bool {
			c.chain.grow(1, 1)
			r, _ := c.held(lost, id)
			return r != nil
		})
	}
	for _, id := range ids {
		if _, err := lost.DocumentKeyShadow(t.Context(), newRequester(t, id), id); err != nil {
			t.Errorf("reading: %v", err)
		}
	}
}

// TestRefreshOutlivesItsNode: an order that one key server was given is carried out by the others when that one is gone, as
// soon as it has told one of them.
func TestRefreshOutlivesItsNode(t *testing.T) {
	if testing.Short() {
		t.Skip("the keys of a node that is gone are taken over after a while")
	}
	c, admin := newChanging(t, 4, 0)
	first := c.nodes[0]
	ids := c.keysOf(t, first, 7, 12)
	round := c.chain.grow(2, 1) - 1
	order, signatures := first.refreshOrder(t, admin, round)
	if _, err := first.RefreshShares(t.Context(), order, signatures); err != nil {
		t.Fatal(err)
	}
	c.until("another has heard of the order", func() bool {
		kept, err := c.nodes[1].round(0)
		return err == nil && kept != nil
	})
	first.stop(t)
	for _, s := range c.nodes[1:] {
		for _, id := range ids {
			c.until("all keys are dealt anew", func() bool {
				state := c.stateOf(s, id)
				return state.Record.Setup.Slot().Round == round && state.Share != nil
			})
		}
	}
}

// TestRefreshIsHandedOn: a key server that is given an order tells the others at once, also if it is none of its turns.
func TestRefreshIsHandedOn(t *testing.T) {
	if testing.Short() {
		t.Skip("the chain's time and the wait for all members take a while")
	}
	c, admin := newChanging(t, 4, 0)
	id := c.keysOf(t, c.nodes[0], 7, 1)[0]
	for _, s := range c.nodes {
		c.until("all hold the key", func() bool { r, _ := c.held(s, id); return r != nil })
	}
	record, _ := c.held(c.nodes[0], id)
	set := c.nodes[0].servers.Sets().Newest()
	owners := turns(id, set, record)
	var last *testServer
	for _, s := range c.nodes {
		if s.self.ID() == set.Members[owners[len(owners)-1]] {
			last = s
		}
	}
	round := c.chain.grow(2, 1) - 1
	order, signatures := last.refreshOrder(t, admin, round)
	begun := time.Now()
	if _, err := last.RefreshShares(t.Context(), order, signatures); err != nil {
		t.Fatal(err)
	}
	if info, err := last.Servers(t.Context()); err != nil || info.Change == nil || info.Change.Round != round {
		t.Errorf("who watches is told of nothing under way: %+v, %v", info, err)
	}
	for _, s := range c.nodes {
		c.until("the key is dealt anew", func() bool { r, _ := c.held(s, id); return r != nil && r.Setup.Slot().Round == round })
	}
	if took := time.Since(begun); took >= takeOverAfter {
		t.Errorf("it took %v: the others were told by nobody", took)
	}
}

// TestDealtAnewAfterBackup: a refresh, and a repair at another key server too, make backups out of date, and each holder says so
// until a newer one is made, also after a restart. A new key alone does not: what a backup has is still of use.
func TestDealtAnewAfterBackup(t *testing.T) {
	c, admin := newChanging(t, 4, 0)
	a, d := c.nodes[0], c.nodes[3]
	a.states.path = t.TempDir()
	backUp := func() {
		t.Helper()
		now := time.Now().Add(time.Second) // in whole seconds, as they are noted
		for _, s := range c.nodes {
			s.backedUp.Store(&now)
			if what := s.info(t).Outdated(); what != "" {
				t.Errorf("after a backup: %s", what)
			}
		}
		c.until("the backup is of before", func() bool { return time.Now().Unix() > now.Unix() })
	}
	wantOld := func() {
		t.Helper()
		for _, s := range c.nodes {
			c.until("the backup is out of date", func() bool { return strings.Contains(s.info(t).Outdated(), "dealt anew") })
		}
	}
	backUp()
	id := c.keysOf(t, a, 7, 1)[0]
	for _, s := range c.nodes {
		c.until("all hold the key", func() bool { r, _ := c.held(s, id); return r != nil })
		if what := s.info(t).Outdated(); what != "" {
			t.Errorf("after a key was made: %s", what)
		}
	}
	round := c.chain.grow(2, 1) - 1
	order, signatures := a.refreshOrder(t, admin, round)
	if _, err := a.RefreshShares(t.Context(), order, signatures); err != nil {
		t.Fatal(err)
	}
	wantOld()
	if at := readTime(a.states.path, dealtNote); at == nil || time.Since(*at) > waitFor {
		t.Errorf("noted for the next start: %v", at)
	}
	c.settled(0, c.nodes...)
	backUp()
	d.stop(t)
	d.dir = t.TempDir()
	c.open(d, 0)
	c.join(d)
	c.chain.grow(1, uint64(time.Now().Unix()))
	for _, s := range c.nodes {
		s.spawn(s.runShareChecks)
	}
	c.until("the key is repaired", func() bool {
		c.chain.grow(1, 1)
		r, _ := c.held(d, id)
		return r != nil
	})
	wantOld()
}
