package service

import (
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// addressEvery is how often a signed address of one node is taken, at most: each is a write to the disk, and a new dial.
const addressEvery = 10 * time.Second

// addresses is when an address of a node was last taken. Only members are asked about, so that bounds it.
type addresses struct {
	mu    sync.Mutex
	taken map[wire.NodeID]time.Time // guarded by mu
}

// take tells whether an address of a node may be taken now, and counts it.
func (a *addresses) take(node wire.NodeID, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, ok := a.taken[node]; ok && now.Sub(last) < addressEvery {
		return false
	}
	if a.taken == nil {
		a.taken = make(map[wire.NodeID]time.Time)
	}
	a.taken[node] = now
	return true
}

// nodeAt is a node at an address, if that is one which could be configured.
func nodeAt(id wire.NodeID, address string) (*enode.Node, error) {
	return serverset.ParseNode(id.String() + "@" + address)
}

// learnAddresses takes in the addresses that nodes have signed, after the share store's have changed.
func (d *driver) learnAddresses() {
	env := d.env()
	all, err := handover.Addresses(&env)
	if err != nil {
		log.Warn("Secret store can't read where key servers are reached", "err", err)
	}
	told := make(map[wire.NodeID]*enode.Node)
	for i := range all {
		a := &all[i]
		node, err := nodeAt(a.Node, a.Address)
		if err != nil {
			log.Warn("Secret store can't use the address that a key server has signed", "node", a.Node.Short(), "address", a.Address, "err", err)
			continue
		}
		told[a.Node] = node
	}
	for _, node := range d.servers.tell(told) {
		log.Info("Secret store key server has moved", "node", node.Short(), "address", hostPort(told[node]))
	}
}

// signAddress signs where this node is reached, if its operator says so and it has not yet, or said otherwise last.
func (s *succession) signAddress() {
	if s.cfg.Address == "" || !s.servers.Hears(s.self.ID()) {
		return
	}
	env := s.env()
	a, batch, err := handover.SignAddress(&env, s.cfg.Address, uint64(time.Now().Unix()))
	if err == nil && a != nil {
		err = s.save(wire.KeyID{}, batch)
	}
	if err != nil {
		log.Warn("Secret store can't sign where this node is reached", "err", err)
		return
	}
	if a != nil {
		log.Info("Secret store signs where this node is reached", "address", a.Address, "number", a.Number)
		s.mu.Lock()
		s.followed = time.Time{} // and tells it
		s.mu.Unlock()
	}
}

// withoutAddresses is a message without signed addresses, for programs of before.
func withoutAddresses(msg wire.Message) wire.Message {
	switch m := msg.(type) {
	case *wire.Follow:
		if m.Addresses != nil {
			bare := *m
			bare.Addresses = nil
			return &bare
		}
	case *wire.SetLinks:
		if m.Addresses != nil {
			bare := *m
			bare.Addresses = nil
			return &bare
		}
	}
	return msg
}

// asksAddresses tells whether to ask others which addresses they know, also where no set can follow.
func (s *succession) asksAddresses() bool {
	return len(s.network.Knowing(s.network.Connected(), protocol.Addresses)) > 0
}
