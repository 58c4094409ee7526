package service

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// backUp makes a backup of a key server's store.
func (s *testServer) backUp(t *testing.T, to age.Recipient) *bytes.Buffer {
	t.Helper()
	if err := s.states.db.Bind(s.owner()); err != nil {
		t.Fatal(err)
	}
	backup := new(bytes.Buffer)
	if _, err := s.states.db.Backup(backup, func(*store.BackupHeader, wire.KeyID, []wire.Record) error { return nil }, to); err != nil {
		t.Fatal(err)
	}
	return backup
}

// restore puts a backup into another directory of a key server that was stopped, and starts it there, with a gap.
func (c *cluster) restore(s *testServer, backup *bytes.Buffer, identity age.Identity) {
	c.t.Helper()
	s.dir = c.t.TempDir()
	secret, err := store.LoadOrCreateKeyFile(filepath.Join(s.dir, "secret"))
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := store.Restore(s.dir, backup, store.Restoring{
		Secret: secret,
		Header: func(*store.BackupHeader) error { return nil },
		Key:    func(*store.BackupHeader, wire.KeyID, []wire.Record) error { return nil },
	}, identity); err != nil {
		c.t.Fatal(err)
	}
	c.open(s, 0)
	gap, found, err := s.states.db.Gap()
	if err != nil || !found {
		c.t.Fatalf("it came back without a gap: %v", err)
	}
	s.states.setGap(gap, found)
	c.join(s)
}

// repaired waits until a key server holds, and reads with, a share of the very sharing that others hold.
func (c *cluster) repaired(s *testServer, ids []wire.KeyID, others ...*testServer) {
	c.t.Helper()
	c.chain.grow(1, uint64(time.Now().Unix())) // blocks are later than the loss by its clock
	for _, node := range append(others, s) {
		node.spawn(node.runShareChecks)
	}
	for _, id := range ids {
		c.until("it has a share of the present sharing", func() bool {
			c.chain.grow(1, 1)
			own, _ := c.held(s, id)
			theirs, _ := c.held(others[0], id)
			return own != nil && theirs != nil && own.Version() == theirs.Version()
		})
		if _, err := s.DocumentKeyShadow(c.t.Context(), newRequester(c.t, id), id); err != nil {
			c.t.Errorf("reading: %v", err)
		}
	}
}

// TestRestoredFromBeforeARefresh: a key server comes back with a backup from before all shares were dealt anew. What it has is of no
// use, and it does not answer with it; it gets shares of the present sharing by itself, and what it came back with is erased.
func TestRestoredFromBeforeARefresh(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 4, 0)
	ids := c.keysOf(t, c.nodes[0], 7, 3)
	lost, others := c.nodes[3], c.nodes[:3]
	for _, s := range c.nodes {
		for _, id := range ids {
			c.until("all hold the keys", func() bool { r, _ := c.held(s, id); return r != nil })
		}
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	backup := lost.backUp(t, identity.Recipient())
	old := make(map[wire.KeyID]string)
	for _, id := range ids {
		_, share := c.held(lost, id)
		old[id] = string(share)
	}
	round := c.chain.grow(2, 1) - 1
	order, signatures := c.nodes[0].refreshOrder(t, admin, round)
	if _, err := c.nodes[0].RefreshShares(t.Context(), order, signatures); err != nil {
		t.Fatal(err)
	}
	for _, s := range c.nodes {
		for _, id := range ids {
			c.until("all keys are dealt anew, and former shares erased", func() bool {
				state := c.stateOf(s, id)
				return state.Record.Setup.Slot().Round == round && state.Share != nil && len(state.Former) == 0
			})
		}
	}
	lost.stop(t)
	c.restore(lost, backup, identity)
	if r, share := c.held(lost, ids[0]); r == nil || r.Setup.Slot().Round == round || string(share) != old[ids[0]] {
		t.Fatalf("it has not come back with what it had before: %+v", r)
	}
	c.repaired(lost, ids, others...)
	for _, id := range ids {
		if _, share := c.held(lost, id); string(share) == old[id] {
			t.Errorf("key %v: it answers with the share of before", id)
		}
		c.until("what it came back with is erased", func() bool { return len(c.stateOf(lost, id).Former) == 0 })
	}
	if held := lost.shares(t); held != len(ids) {
		t.Errorf("it holds %d shares of %d keys", held, len(ids))
	}
}

// TestWipedInALaterSet: a key server whose store is wiped after a change finds out that there was one, though its settings name the
// first set, and gets its shares again: a member of the first set, and one that has joined since.
func TestWipedInALaterSet(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for name, at := range map[string]int{"a member of the first set": 3, "one that has joined": 4} {
		t.Run(name, func(t *testing.T) {
			c, admin := newChanging(t, 4, 1)
			ids := c.keysOf(t, c.nodes[0], 7, 3)
			c.nodes[0].order(t, admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
			c.settled(1, c.nodes...)
			lost := c.nodes[at]
			others := append(append([]*testServer{}, c.nodes[:at]...), c.nodes[at+1:]...)
			lost.stop(t)
			lost.dir = t.TempDir()
			c.restart(lost)
			c.until("it knows the set", func() bool { return lost.servers.Sets().Newest().Epoch == 1 })
			c.repaired(lost, ids, others...)
		})
	}
}

// TestMemberFarBehind: the chain of one of four stands still, a hundred blocks back. A change goes on without it, and ends,
// or says that it waits for that one. When its chain is there it follows, and gets its shares.
func TestMemberFarBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 4, 1)
	ids := c.keysOf(t, c.nodes[0], 7, 3)
	behind := c.nodes[3]
	behind.stop(t)
	behind.own = &haltedChain{madeUpChain: c.chain}
	behind.own.halted.Store(true)
	c.restart(behind)
	c.until("it is back", func() bool { return len(behind.network.Connected()) >= 3 })
	c.chain.grow(100, 1)
	c.nodes[0].order(t, admin, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	others := []*testServer{c.nodes[0], c.nodes[1], c.nodes[2], c.nodes[4]}
	for _, s := range others {
		c.until("the others have decided", func() bool { return s.servers.Sets().Newest().Epoch == 1 })
		for _, id := range ids {
			c.until("the keys have moved", func() bool { r, _ := c.held(s, id); return r != nil && setEpoch(&r.Setup) == 1 })
			if _, err := s.DocumentKeyShadow(t.Context(), newRequester(t, id), id); err != nil {
				t.Errorf("reading: %v", err)
			}
		}
	}
	for _, s := range others {
		c.until("nothing is under way, or who looks sees for whom it waits", func() bool {
			change := s.info(t).Change
			return change == nil || slices.Contains(slices.Concat(change.Awaited, change.NotErased), behind.self.ID())
		})
	}
	behind.own.halted.Store(false)
	c.settled(1, c.nodes...)
	c.repaired(behind, ids, others...)
}
