package service

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// TestMovedMember: a key server starts again at another port, and its operator tells it so. The others follow without a file of
// theirs, one that was down meanwhile too; they dial it there, and know after a restart.
func TestMovedMember(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, _ := newChanging(t, 4, 0)
	moved, slept, others := c.nodes[0], c.nodes[1], c.nodes[2:]
	before := moved.server.Self()
	slept.stop(t)
	moved.stop(t)
	moved.server = nil // takes another port
	c.open(moved, 0)
	now := moved.server.Self()
	if now.TCP() == before.TCP() {
		t.Fatal("the same port")
	}
	moved.cfg.Address = hostPort(now)
	c.join(moved)
	knows := func(s *testServer) bool {
		told := s.servers.now.Load().told[moved.self.ID()]
		return told != nil && told.TCP() == now.TCP() && s.servers.Address(moved.self.ID()).TCP() == now.TCP()
	}
	for _, s := range others {
		c.until("the others know where it is", func() bool { return knows(s) })
		if info := s.info(t); info.Members[0].Enode == "" || !tells(info, moved.self.ID(), now) {
			t.Errorf("%+v", info.Members)
		}
	}
	// From now on it finds nobody itself: what connects it is that the others dial it where it is.
	moved.stop(t)
	c.open(moved, 0)
	var nowhere []string
	for _, other := range c.nodes {
		if other != moved {
			nowhere = append(nowhere, enode.NewV4(other.server.Self().Pubkey(), other.server.Self().IP(), 1, 0).URLv4())
		}
	}
	set, err := serverset.NewListed(append(nowhere, moved.server.Self().URLv4()), moved.server.Self())
	if err != nil {
		t.Fatal(err)
	}
	moved.servers.configure(set)
	if err := moved.learnSets(); err != nil {
		t.Fatal(err)
	}
	moved.learnAddresses()
	moved.setRunning(true)
	moved.spawn(moved.succession.run)
	if err := moved.network.Start(moved.server, moved.servers.Dialled()); err != nil {
		t.Fatal(err)
	}
	c.until("the others have dialled it", func() bool { return len(moved.network.Connected()) == 2 })
	c.open(slept, 0)
	c.join(slept)
	c.until("who was down knows, too", func() bool { return knows(slept) })
	c.whole()
	others[0].stop(t)
	c.open(others[0], 0)
	c.join(others[0])
	if !knows(others[0]) {
		t.Error("it is forgotten by a restart")
	}
}

func tells(info *wire.ServersInfo, node wire.NodeID, at *enode.Node) bool {
	for _, m := range info.Members {
		if m.ID == node {
			node, err := serverset.ParseNode(m.Enode)
			return err == nil && node.TCP() == at.TCP() && node.IPAddr() == at.IPAddr()
		}
	}
	return false
}

// A node's address is taken every ten seconds at most, and others' meanwhile.
func TestAddressesAreTakenNowAndThen(t *testing.T) {
	var a addresses
	one, two, now := wire.NodeID{1}, wire.NodeID{2}, time.Now()
	if !a.take(one, now) || a.take(one, now.Add(addressEvery-time.Second)) || !a.take(two, now) || !a.take(one, now.Add(addressEvery)) {
		t.Error("not so")
	}
}

// TestAddressesAreNotForOlder: programs of before are sent no addresses, and what they are sent is what they read.
func TestAddressesAreNotForOlder(t *testing.T) {
	some := []wire.MemberAddress{{Number: 1}}
	question, answer := &wire.Follow{From: 3, Addresses: some}, &wire.SetLinks{More: true, Addresses: some}
	if m := withoutAddresses(question).(*wire.Follow); m.Addresses != nil || m.From != 3 || question.Addresses == nil {
		t.Errorf("%+v", m)
	}
	if m := withoutAddresses(answer).(*wire.SetLinks); m.Addresses != nil || !m.More || answer.Addresses == nil {
		t.Errorf("%+v", m)
	}
}
