package service

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
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

// TestServerThatLeftSendsClientsOn: a removed key server that holds no share of a key any more coordinates nothing for it, though
// it could: it names the key servers, whatever it is asked. Where a key has not left yet it goes on, and as a holder it serves
// the others.
func TestServerThatLeftSendsClientsOn(t *testing.T) {
	c, admin := newChanging(t, 5, 0)
	a, e := c.nodes[0], c.nodes[4]
	ids := []wire.KeyID{{7, 1}}
	requester := newRequester(t, ids[0])
	if _, err := a.GenerateDocumentKey(t.Context(), requester, ids[0], 1); err != nil {
		t.Fatal(err)
	}
	a.remove(t, admin, e)
	c.settled(1, c.nodes...)
	c.until("the removed key server holds no share", func() bool { return e.shares(t) == 0 })
	ask := map[string]func(*testServer) error{
		"shadow": func(s *testServer) error {
			_, err := s.DocumentKeyShadow(t.Context(), requester, ids[0])
			return err
		},
		"plain": func(s *testServer) error {
			_, err := s.DocumentKey(t.Context(), requester, ids[0])
			return err
		},
		"sign": func(s *testServer) error {
			_, err := s.Sign(t.Context(), requester, ids[0], wire.Schnorr, [32]byte{1})
			return err
		},
		"public": func(s *testServer) error {
			_, err := s.ServerKey(t.Context(), requester, ids[0])
			return err
		},
		"many": func(s *testServer) error {
			_, err := s.RetrieveMany(t.Context(), proofOf(t, readRequest(t, s.Service, newKey(t), ids, same)), ids)
			return err
		},
	}
	for what, do := range ask {
		if err := do(a); err != nil {
			t.Errorf("%s at a key server: %v", what, err)
		}
		var elsewhere *wire.Elsewhere
		if err := do(e); !errors.As(err, &elsewhere) || wire.ReasonOf(err) != wire.NotMember || len(elsewhere.Servers) != 4 {
			t.Errorf("%s at who has left: %v", what, err)
		}
	}
	if _, err := e.StoreDocumentKey(t.Context(), requester, ids[0], wire.Point{}, wire.Point{}); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("storing: %v", err)
	}
}

// TestServerThatLeavesServes: who is removed, and whose keys have not moved for all that it knows, serves them as before, and
// no other.
func TestServerThatLeavesServes(t *testing.T) {
	c, _ := newChanging(t, 4, 0)
	a, e := c.nodes[0], c.nodes[3]
	id := c.makeKeys(a, 1, 1)[0]
	first := e.servers.Sets().Newest()
	next := *first
	next.Epoch, next.Parent, next.Keys = 1, first.Hash(), make([]wire.Point, 3)
	next.Members = slices.DeleteFunc(slices.Clone(first.Members), func(node wire.NodeID) bool { return node == e.self.ID() })
	if !e.servers.establish(session.NewSets(first, &next), nil) || !e.servers.IsFormer(e.self.ID()) {
		t.Fatal("it does not know that it is out")
	}
	for _, s := range []*testServer{a, e} {
		if _, err := s.DocumentKeyShadow(t.Context(), newRequester(t, id), id); err != nil {
			t.Errorf("reading before the key moves, asked %s: %v", s.self.ID().Short(), err)
		}
	}
	if _, err := e.DocumentKeyShadow(t.Context(), newRequester(t, wire.KeyID{99}), wire.KeyID{99}); wire.ReasonOf(err) != wire.NotMember {
		t.Errorf("reading what it has nothing to do with: %v", err)
	}
}

// TestServerLeavesWhileDown: a key server is down while it is removed. Members know whose receipts are missing, also after a
// restart, and keep a connection to it. When it is started again it learns that it is out, erases, and says so.
func TestServerLeavesWhileDown(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	c, admin := newChanging(t, 5, 0)
	a, b, e := c.nodes[0], c.nodes[1], c.nodes[4]
	holders := a.servers.Members()
	ids := c.makeKeys(a, 1, 3)
	former := c.versions(a, ids)
	e.stop(t)
	a.remove(t, admin, e)
	c.settled(1, c.nodes[:4]...)
	wantMissing := func(s *testServer) {
		t.Helper()
		c.until("the removed key server alone has not erased", func() bool {
			info := s.info(t)
			return len(info.Former) == 1 && info.Former[0].ID == e.self.ID() && len(info.Unerased) == 1 && info.Unerased[0].Shares == len(ids) &&
				!info.Unerased[0].Connected && !info.Unerased[0].Member && s.dials(e.self.ID())
		})
	}
	for _, s := range c.nodes[:4] {
		wantMissing(s)
	}
	b.stop(t)
	c.open(b, 0)
	c.join(b)
	wantMissing(b)
	c.open(e, 0)
	c.join(e)
	if held := e.shares(t); held != len(ids) {
		t.Fatalf("it begins with %d shares", held)
	}
	c.until("the removed key server has erased", func() bool {
		info := e.info(t)
		return e.shares(t) == 0 && info.Epoch == 1 && !info.Member && info.Held == 0 && info.Change == nil
	})
	c.wantErased(ids, former, holders, e, c.nodes[:4]...)

	// Who asks there is told where to ask.
	_, err := e.DocumentKeyShadow(t.Context(), newRequester(t, wire.KeyID{99}), wire.KeyID{99})
	var elsewhere *wire.Elsewhere
	if !errors.As(err, &elsewhere) || wire.ReasonOf(err) != wire.NotMember || len(elsewhere.Servers) != 4 {
		t.Fatalf("a client is told: %v", err)
	}
	for _, s := range c.nodes[:4] {
		if !strings.Contains(err.Error(), s.self.ID().Address().Hex()) {
			t.Errorf("%v: does not name %s", err, s.self.ID().Address())
		}
	}
	if err := e.concern(); err == nil || !strings.Contains(err.Error(), "key server no more") {
		t.Errorf("health: %v", err)
	}
}

// TestRemovedServerAlone: a removed key server that is started when none of those is left whom it knows says that it can't
// know whether it is one. It keeps its shares: nobody has told it that they may go.
func TestRemovedServerAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	c, admin := newChanging(t, 4, 0)
	a, e := c.nodes[0], c.nodes[3]
	ids := c.makeKeys(a, 1, 1)
	e.stop(t)
	a.remove(t, admin, e)
	c.settled(1, c.nodes[:3]...)
	for _, s := range c.nodes[:3] {
		s.stop(t)
	}
	c.open(e, 0)
	c.join(e)
	if err := e.concern(); err != nil {
		t.Errorf("at once: %v", err)
	}
	e.succession.mu.Lock()
	e.succession.started = time.Now().Add(-hangAfter - time.Second)
	e.succession.mu.Unlock()
	err := e.concern()
	if err == nil || !strings.Contains(err.Error(), "no key server that this node knows answers") || !strings.Contains(err.Error(), "can't know") {
		t.Errorf("after a while: %v", err)
	}
	if held := e.shares(t); held != len(ids) {
		t.Errorf("it has %d shares", held)
	}
}

// TestJudgeServers: what is wrong with the server set or a change of it is told, with names, when it has lasted.
func TestJudgeServers(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	long, short := now.Add(-hangAfter-time.Second), now.Add(-hangAfter+time.Second)
	node := wire.NodeID{7}
	made := now.Add(-time.Hour)
	changed := &wire.BlockInfo{Timestamp: uint64(now.Add(-2 * time.Hour).Unix())}
	later := &wire.BlockInfo{Timestamp: uint64(now.Unix())}
	for name, c := range map[string]struct {
		look serversLook
		want string // of the worst finding; empty: there is none
	}{
		"nothing":                 {serversLook{info: wire.ServersInfo{Member: true}}, ""},
		"alone, just started":     {serversLook{info: wire.ServersInfo{Member: true}, changes: true, alone: true, started: short}, ""},
		"alone":                   {serversLook{info: wire.ServersInfo{Member: true}, changes: true, alone: true, started: long}, "can't know"},
		"alone with a fixed list": {serversLook{info: wire.ServersInfo{Member: true}, alone: true, started: long}, ""},
		"out with shares":         {serversLook{info: wire.ServersInfo{Held: 3}, former: true}, "3 shares that are not erased"},
		"awaited for a moment": {serversLook{info: wire.ServersInfo{Member: true, Change: &wire.ChangeInfo{State: wire.ChangeMoving, Since: now,
			Awaited: []wire.NodeID{node}, AwaitedSince: []time.Time{short}}}}, ""},
		"awaited": {serversLook{info: wire.ServersInfo{Member: true, Change: &wire.ChangeInfo{State: wire.ChangeMoving, Since: now, Keys: 9, Moved: 2,
			Awaited: []wire.NodeID{node}, AwaitedSince: []time.Time{long}}}}, "2 of 9 keys moved, and waits for " + node.Short()},
		"keys that can't move": {serversLook{info: wire.ServersInfo{Member: true, Change: &wire.ChangeInfo{State: wire.ChangeMoving, Since: long, Failures: 2,
			Failed: []wire.MoveFailure{{Reason: "too few holders"}}}}}, "2 keys can't move: too few holders"},
		"stuck listing":           {serversLook{info: wire.ServersInfo{Member: true, Change: &wire.ChangeInfo{State: wire.ChangeListing, Since: long}}}, "listing since"},
		"thin":                    {serversLook{info: wire.ServersInfo{Member: true, Thin: 4}}, "4 former shares stay here"},
		"unerased, new":           {serversLook{info: wire.ServersInfo{Member: true, Unerased: []wire.UnerasedInfo{{ID: node, Shares: 5, Since: short}}}}, ""},
		"unerased":                {serversLook{info: wire.ServersInfo{Member: true, Unerased: []wire.UnerasedInfo{{ID: node, Shares: 5, Since: long}}}}, node.Short() + " (5 shares)"},
		"backup":                  {serversLook{info: wire.ServersInfo{Member: true, LastChange: changed, Backup: &made}}, ""},
		"no backup":               {serversLook{info: wire.ServersInfo{Member: true, LastChange: changed}}, "no backup of this node since"},
		"backup before a refresh": {serversLook{info: wire.ServersInfo{Member: true, LastChange: changed, Backup: &made, Dealt: &now}}, "no backup of this node since shares were dealt anew"},
		"backup of before":        {serversLook{info: wire.ServersInfo{Member: true, LastChange: later, Backup: &made}}, "no backup of this node since"},
	} {
		t.Run(name, func(t *testing.T) {
			j := new(judgment)
			j.judgeServers(&c.look, now)
			if len(j.List) == 0 != (c.want == "") || c.want != "" && !strings.Contains(j.List[0].What, c.want) {
				t.Errorf("%+v, want %q", j.List, c.want)
			}
		})
	}
}

func TestBackupNote(t *testing.T) {
	dir := t.TempDir()
	if at := ReadBackupNote(dir); at != nil {
		t.Errorf("of no backup: %v", at)
	}
	made := time.Unix(1_800_000_000, 0)
	if err := NoteBackup(dir, made); err != nil {
		t.Fatal(err)
	}
	if at := ReadBackupNote(dir); at == nil || !at.Equal(made) {
		t.Errorf("%v", at)
	}
}

// TestFormerLearnsOfRepairs: whoever would erase a former share waits for enough holders of its successor. That may have had a successor
// itself meanwhile, of which nobody tells by himself: it is asked for, and the former share is erased.
func TestFormerLearnsOfRepairs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	t.Run("too few hold it", func(t *testing.T) {
		c, admin := newChanging(t, 4, 0)
		a, e := c.nodes[0], c.nodes[3]
		ids := c.makeKeys(a, 1, 2)
		e.stop(t)
		a.remove(t, admin, e)
		c.settled(1, c.nodes[:3]...)
		for _, s := range c.nodes[1:3] {
			s.stop(t)
		}
		c.restart(e)
		c.until("the removed key server knows where the keys are", func() bool {
			for _, id := range ids {
				if setEpoch(&c.stateOf(e, id).Record.Setup) != 1 {
					return false
				}
			}
			return true
		})
		if held := e.shares(t); held != len(ids) {
			t.Errorf("it has %d shares while one of three tells that it holds theirs", held)
		}
		e.stop(t)
		for _, s := range c.nodes[1:3] {
			c.restart(s)
		}
		round := c.chain.grow(2, 1) - 1
		order, signatures := a.refreshOrder(t, admin, round)
		c.until("the shares are to be dealt anew", func() bool {
			_, err := a.RefreshShares(t.Context(), order, signatures)
			return err == nil
		})
		for _, s := range c.nodes[:3] {
			for _, id := range ids {
				c.until("they are", func() bool { return c.stateOf(s, id).Record.Setup.Slot().Round == round })
			}
		}
		c.restart(e)
		c.until("the removed key server holds no share", func() bool { return e.shares(t) == 0 })
	})
	t.Run("it is thin", func(t *testing.T) {
		c, admin := newChanging(t, 6, 0)
		a, late, e := c.nodes[0], c.nodes[4], c.nodes[5]
		ids := c.makeKeys(a, 2, 2)
		late.stop(t)
		a.remove(t, admin, e)
		for _, id := range ids {
			c.until("the removed key server knows where the keys are", func() bool { return setEpoch(&c.stateOf(e, id).Record.Setup) == 1 })
			if r := c.stateOf(e, id).Record; handover.Thick(r) {
				t.Fatalf("the certificate of key %v is thick without one of five", id)
			}
		}
		if held := e.shares(t); held != len(ids) {
			t.Errorf("it has %d shares while their successors are thin", held)
		}
		c.restart(late)
		for _, s := range c.nodes[:5] {
			s.spawn(s.runShareChecks)
		}
		c.until("the removed key server holds no share", func() bool {
			c.chain.grow(1, 1)
			return e.shares(t) == 0
		})
	})
}

// restart starts a key server again that was stopped.
func (c *cluster) restart(s *testServer) {
	c.open(s, 0)
	c.join(s)
}
