package service

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// servers are the key servers: the established sets, the nodes that are heard beside the members of the newest one, and
// where all of these are reached. Set 0 is that of the configuration, unless the share store has another one: what was
// established once does not change with a file.
type servers struct {
	self      wire.NodeID
	cluster   wire.ClusterID
	authority wire.Authority // of the configuration

	now   atomic.Pointer[serversNow]
	first atomic.Pointer[wire.ServerSet] // set 0 by the configuration
	since atomic.Pointer[wire.BlockRef]  // final when the newest set was decided; nil for set 0
	given atomic.Pointer[[]uint64]       // epochs of sets that were given up; nil: none

	mu      sync.Mutex    // held while now is replaced
	changed chan struct{} // guarded by mu; closed at the next change
}

// serversNow is what is so at one moment. It never changes.
type serversNow struct {
	sets       *session.Sets
	configured map[wire.NodeID]*enode.Node // an operator's word on an address goes before an order's
	ordered    map[wire.NodeID]*enode.Node
	told       map[wire.NodeID]*enode.Node // what nodes have signed themselves goes before either
	proposed   []wire.NodeID               // members of the set that is being decided
	leaving    []wire.NodeID               // of those that are members no more: who is still dialled
	former     map[wire.NodeID]bool        // all who were a member once, and are none now
}

// newServers are those of a list in the configuration.
func newServers(self wire.NodeID, cluster wire.ClusterID, configured serverset.Set, authority wire.Authority) *servers {
	s := &servers{self: self, cluster: cluster, authority: authority, changed: make(chan struct{})}
	s.configure(configured)
	return s
}

// configure makes the nodes of a list set 0.
func (s *servers) configure(list serverset.Set) {
	first := &wire.ServerSet{Cluster: s.cluster, Members: list.Members(), Authority: s.authority}
	nodes := make(map[wire.NodeID]*enode.Node)
	for i, node := range list.Nodes() {
		nodes[list.Members()[i]] = node
	}
	s.first.Store(first)
	s.replace(func(*serversNow) *serversNow { return &serversNow{sets: session.NewSets(first), configured: nodes} })
}

// replace makes the next state of the present one; nil: it stays.
func (s *servers) replace(next func(*serversNow) *serversNow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := next(s.now.Load())
	if n == nil {
		return
	}
	s.now.Store(n)
	close(s.changed)
	s.changed = make(chan struct{})
}

// establish takes in the sets that are established, and the addresses that orders gave. It tells whether there is another
// one now.
func (s *servers) establish(sets *session.Sets, addresses map[wire.NodeID]*enode.Node) (more bool) {
	s.replace(func(now *serversNow) *serversNow {
		if more = sets.Newest().Epoch > now.sets.Newest().Epoch; !more {
			return nil
		}
		n := *now
		n.sets, n.former, n.ordered = sets, make(map[wire.NodeID]bool), maps.Clone(now.ordered)
		if n.ordered == nil {
			n.ordered = make(map[wire.NodeID]*enode.Node)
		}
		maps.Copy(n.ordered, addresses)
		newest := n.sets.Newest()
		for epoch := range newest.Epoch {
			for _, member := range sets.At(epoch).Members {
				if !newest.Contains(member) {
					n.former[member] = true
				}
			}
		}
		n.proposed = nil
		for member := range n.former { // until it is known who has erased
			n.leaving = append(slices.Clip(n.leaving), member)
		}
		wire.SortNodeIDs(n.leaving)
		n.leaving = slices.Compact(n.leaving)
		return &n
	})
	return more
}

// givenUp are the epochs of the sets that have lost their quorum and were given up.
func (s *servers) givenUp() []uint64 {
	if given := s.given.Load(); given != nil {
		return *given
	}
	return nil
}

// propose hears and dials the members of a set that is being decided, beside all others. None: no set is.
func (s *servers) propose(members []wire.NodeID, addresses map[wire.NodeID]*enode.Node) {
	s.replace(func(now *serversNow) *serversNow {
		if len(members) == 0 && len(now.proposed) == 0 {
			return nil
		}
		n := *now
		n.proposed, n.ordered = slices.Clone(members), maps.Clone(now.ordered)
		if n.ordered == nil {
			n.ordered = make(map[wire.NodeID]*enode.Node)
		}
		maps.Copy(n.ordered, addresses)
		return &n
	})
}

// tell takes in the addresses that nodes have signed, all that are known, and says whose are others than before.
func (s *servers) tell(all map[wire.NodeID]*enode.Node) (moved []wire.NodeID) {
	s.replace(func(now *serversNow) *serversNow {
		for node, at := range all {
			if before := now.told[node]; before == nil || before.URLv4() != at.URLv4() {
				moved = append(moved, node)
			}
		}
		if len(moved) == 0 {
			return nil
		}
		n := *now
		n.told = all
		return &n
	})
	return wire.SortNodeIDs(moved)
}

// keep dials these former members on.
func (s *servers) keep(leaving []wire.NodeID) {
	s.replace(func(now *serversNow) *serversNow {
		if slices.Equal(now.leaving, leaving) {
			return nil
		}
		n := *now
		n.leaving = slices.Clone(leaving)
		return &n
	})
}

// Changed is closed when something is next different. Take it before looking.
func (s *servers) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Former are the nodes that were members once and are none now, ascending.
func (s *servers) Former() []wire.NodeID {
	return wire.SortNodeIDs(slices.Collect(maps.Keys(s.now.Load().former)))
}

// Sets are the established sets.
func (s *servers) Sets() *session.Sets { return s.now.Load().sets }

// Members are those of the newest set, ascending. They must not be written to.
func (s *servers) Members() []wire.NodeID { return s.Sets().Newest().Members }

// Contains tells whether a node is a member of the newest set.
func (s *servers) Contains(node wire.NodeID) bool { return s.Sets().Newest().Contains(node) }

// Hears tells whether a node's messages are taken: it is a member, or is to become one, or was one. What each may begin is
// for package join to say.
func (s *servers) Hears(node wire.NodeID) bool {
	now := s.now.Load()
	return now.sets.Newest().Contains(node) || now.former[node] || slices.Contains(now.proposed, node)
}

// Heard counts whom this node hears.
func (s *servers) Heard() int {
	now := s.now.Load()
	return len(now.sets.Newest().Members) + len(now.former) + len(now.proposed)
}

// Dialled are the nodes to which connections are kept, as far as their addresses are known: members, who is to become one,
// and who leaves.
func (s *servers) Dialled() (nodes []*enode.Node) {
	now := s.now.Load()
	all := slices.Concat(now.sets.Newest().Members, now.proposed, now.leaving)
	wire.SortNodeIDs(all)
	for _, id := range slices.Compact(all) {
		if node := now.address(id); node != nil {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// Address is where a node is reached; nil if that is not known.
func (s *servers) Address(node wire.NodeID) *enode.Node { return s.now.Load().address(node) }

func (n *serversNow) address(node wire.NodeID) *enode.Node {
	if at := n.told[node]; at != nil {
		return at
	}
	if at := n.configured[node]; at != nil {
		return at
	}
	return n.ordered[node]
}

// noteGivenUp takes in which sets were given up, by their links, and tells operators what is not guaranteed then.
func (s *servers) noteGivenUp(links []wire.SetLink) {
	var given []uint64
	for i := range links {
		if o := &links[i].Attempt.Order; o.GiveUp {
			given = append(given, o.Epoch-1)
		}
	}
	if slices.Equal(given, s.givenUp()) {
		return
	}
	s.given.Store(&given)
	log.Warn("Secret store server set was given up by all administrators", "epochs", given, "note", wire.NotGuaranteed)
}

// addressesOf reads the addresses that an order gives to its members.
func addressesOf(order *wire.SetOrder) (map[wire.NodeID]*enode.Node, error) {
	all := make(map[wire.NodeID]*enode.Node)
	for i := range order.Members {
		m := &order.Members[i]
		node, err := serverset.ParseNode(m.Node.String() + "@" + m.Address)
		if err != nil {
			return all, fmt.Errorf("the address of key server %s in the order, %q: %w", m.Node.Short(), m.Address, err)
		}
		all[m.Node] = node
	}
	return all, nil
}

// authority is the one of the configuration.
func (c *Config) authority() wire.Authority {
	a := wire.Authority{Administrators: slices.Clone(c.Administrators), Needed: uint32(c.AdministratorsNeeded)}
	slices.SortFunc(a.Administrators, common.Address.Cmp)
	return a
}

// learnSets takes in what the share store has of server sets, after it has changed: fences first, since machines that are
// made from now on know the sets.
func (d *driver) learnSets() error {
	sets, links, err := handover.LoadSets(d.servers.first.Load(), d.states.get, d.states.sessionsOf)
	if err != nil {
		return err
	}
	addresses := make(map[wire.NodeID]*enode.Node)
	for i := range links {
		given, err := addressesOf(&links[i].Attempt.Order)
		if err != nil {
			log.Warn("Secret store can't read an address of a key server", "err", err)
		}
		maps.Copy(addresses, given)
	}
	if fences := handover.Fence(sets); len(fences) > 0 {
		if err := d.states.apply(wire.KeyID{}, fences); err != nil {
			return fmt.Errorf("writing the fence of a server set: %w", err)
		}
	}
	d.servers.noteGivenUp(links)
	if len(links) > 0 {
		d.servers.since.Store(&links[len(links)-1].Attempt.Block)
	}
	if !d.servers.establish(sets, addresses) {
		return nil
	}
	newest := sets.Newest()
	d.states.resize(len(newest.Members))
	d.quorums.resize(len(newest.Members))
	log.Info("Secret store server set", "epoch", newest.Epoch, "hash", newest.Hash(), "servers", len(newest.Members), "member", newest.Contains(d.self.ID()))
	return nil
}
