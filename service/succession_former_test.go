package service

import (
	"context"
	"crypto/ecdsa"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// makeKeys makes keys with a document key, and gives their ids.
func (c *cluster) makeKeys(s *testServer, threshold uint32, count int) (ids []wire.KeyID) {
	c.t.Helper()
	for i := range count {
		id := wire.KeyID{7, byte(i)}
		if _, err := s.GenerateDocumentKey(c.t.Context(), newRequester(c.t, id), id, threshold); err != nil {
			c.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// remove has one key server order that others leave.
func (s *testServer) remove(t *testing.T, admin *ecdsa.PrivateKey, nodes ...*testServer) {
	t.Helper()
	req := new(wire.OrderRequest)
	for _, node := range nodes {
		req.Remove = append(req.Remove, node.self.ID())
	}
	s.order(t, admin, req)
}

func (s *testServer) info(t *testing.T) *wire.ServersInfo {
	t.Helper()
	info, err := s.Servers(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// shares counts those that a node has on its disk.
func (s *testServer) shares(t *testing.T) int {
	t.Helper()
	_, held, err := s.states.keys()
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// dials tells whether a node keeps a connection to another.
func (s *testServer) dials(node wire.NodeID) bool {
	for _, at := range s.servers.Dialled() {
		if wire.NodeIDOf(at.Pubkey()) == node {
			return true
		}
	}
	return false
}

// wantErased waits until all these members have the receipts of everybody who held a former sharing of these keys, and want
// nothing more of who has left.
func (c *cluster) wantErased(ids []wire.KeyID, former map[wire.KeyID]wire.SessionID, holders []wire.NodeID, left *testServer, members ...*testServer) {
	c.t.Helper()
	for i, s := range members {
		c.until("all receipts are there", func() bool {
			info := s.info(c.t)
			return info.Change == nil && len(info.Former) == 0 && len(info.Unerased) == 0 && !s.dials(left.self.ID())
		})
		env := s.env()
		for _, id := range ids {
			receipts, err := handover.ErasedOf(&env, wire.KeyVersion{Key: id, Version: former[id]})
			if err != nil {
				c.t.Fatal(err)
			}
			signed := make(map[wire.NodeID]bool)
			for _, r := range receipts {
				signed[r.Node] = true
			}
			for _, node := range holders {
				if !signed[node] {
					c.t.Errorf("member %d has no receipt of %s for key %v", i, node.Short(), id)
				}
			}
		}
	}
}

// versions are the current ones.
func (c *cluster) versions(s *testServer, ids []wire.KeyID) map[wire.KeyID]wire.SessionID {
	all := make(map[wire.KeyID]wire.SessionID)
	for _, id := range ids {
		all[id] = c.stateOf(s, id).Record.Version()
	}
	return all
}

// TestServerLeaves: one of five key servers is removed. It erases its shares and says so with a receipt for each, and so do
// those that stay; the members have all receipts, and then they dial it no more.
func TestServerLeaves(t *testing.T) {
	c, admin := newChanging(t, 5, 0)
	a, e := c.nodes[0], c.nodes[4]
	holders := a.servers.Members()
	ids := c.makeKeys(a, 1, 4)
	former := c.versions(a, ids)
	a.remove(t, admin, e)
	c.settled(1, c.nodes...)
	c.until("the removed key server holds no share", func() bool { return e.shares(t) == 0 })
	c.wantErased(ids, former, holders, e, c.nodes[:4]...)
	c.until("the removed key server shows that it has nothing left", func() bool {
		info := e.info(t)
		return info.Change == nil && !info.Member && info.Held == 0 && len(info.Former) == 0
	})
	for _, s := range c.nodes[:4] {
		if _, err := s.DocumentKeyShadow(t.Context(), newRequester(t, ids[0]), ids[0]); err != nil {
			t.Errorf("reading: %v", err)
		}
	}
}
