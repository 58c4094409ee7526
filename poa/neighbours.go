package poa

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
)

// Consensus carries blocks alone. Transactions reach those who make blocks over devp2p,
// of whose addresses a node's configuration need say nothing: one key is both, and
// consensus peers tell the port.

// devp2p is what is used of geth's server.
type devp2p interface {
	AddPeer(*enode.Node)
	AddTrustedPeer(*enode.Node)
	RemovePeer(*enode.Node)
	RemoveTrustedPeer(*enode.Node)
}

// neighbours keeps devp2p connected to the consensus peers that this node has in its
// list, and to all validators. Those that come to us as strangers dial us themselves.
// Owned by the driver's goroutine.
type neighbours struct {
	server devp2p
	self   enode.ID
	log    log.Logger

	others map[enode.ID]bool // of whom somebody else takes care
	known  map[enode.ID]*neighbour
}

type neighbour struct {
	node  *enode.Node
	since time.Time // it was known at this address
	seen  time.Time // it was last connected in consensus, or in devp2p
	added bool
}

const (
	// neighbourCourtesy is how long the node with the higher id leaves the dialling to
	// the other: of two connections made at one moment each side may drop the other.
	neighbourCourtesy = 3 * time.Second

	// neighbourGone is after how long a peer that is connected in neither way is no
	// longer dialled.
	neighbourGone = 5 * time.Minute
)

func newNeighbours(server devp2p, self enode.ID, others []enode.ID, logger log.Logger) *neighbours {
	n := &neighbours{server: server, self: self, log: logger, others: make(map[enode.ID]bool), known: make(map[enode.ID]*neighbour)}
	for _, id := range append(others, self) {
		n.others[id] = true
	}
	return n
}

// look compares what is known with who is connected.
func (n *neighbours) look(now time.Time, peers []PeerInfo, connected func(enode.ID) bool) {
	for _, p := range peers {
		if !p.Configured && p.Validator == "" || p.PublicKey == "" || p.Port == 0 {
			continue
		}
		node, err := p.enode()
		if err != nil {
			n.log.Debug("A consensus peer announces no address for devp2p", "peer", p.ID, "err", err)
			continue
		}
		if !n.others[node.ID()] {
			n.meet(now, node, connected(node.ID()))
		}
	}
	for id, v := range n.known {
		switch {
		case connected(id):
			v.seen = now
		case now.Sub(v.seen) > neighbourGone:
			n.forget(v)
			delete(n.known, id)
			continue
		}
		first := bytes.Compare(n.self[:], id[:]) < 0
		if !v.added && (first || now.Sub(v.since) >= neighbourCourtesy) {
			n.log.Debug("Found a consensus peer's devp2p", "node", v.node.URLv4())
			n.server.AddTrustedPeer(v.node)
			n.server.AddPeer(v.node)
			v.added = true
		}
	}
}

// meet notes a peer, or that it has moved.
func (n *neighbours) meet(now time.Time, node *enode.Node, connected bool) {
	v := n.known[node.ID()]
	if v != nil && v.node.URLv4() != node.URLv4() && !connected {
		n.forget(v)
		v = nil
	}
	if v == nil {
		v = &neighbour{node: node, since: now}
		n.known[node.ID()] = v
	}
	v.seen = now
}

// forget has a peer no longer dialled. It is not connected, so nothing is cut off.
func (n *neighbours) forget(v *neighbour) {
	if v.added {
		n.server.RemoveTrustedPeer(v.node)
		n.server.RemovePeer(v.node)
	}
}

// enode is the peer's devp2p node. A host name is looked up at each dial.
func (p *PeerInfo) enode() (*enode.Node, error) {
	return enode.ParseV4(fmt.Sprintf("enode://%s@%s", p.PublicKey, net.JoinHostPort(p.Host, strconv.Itoa(p.Port))))
}

// meetNeighbours begins to look after devp2p's peers.
func (d *Driver) meetNeighbours() *neighbours {
	server, cfg := d.stack.Server(), d.stack.Config().P2P
	others := slices.Clone(d.keptByOthers)
	for _, node := range slices.Concat(cfg.StaticNodes, cfg.TrustedNodes) {
		others = append(others, node.ID())
	}
	return newNeighbours(server, server.Self().ID(), others, d.log)
}

// KeptByOthers names nodes with which somebody else keeps devp2p connected: the key
// servers, whose connections are dialled with more care. Call it before the node starts.
func (d *Driver) KeptByOthers(ids []enode.ID) { d.keptByOthers = ids }

// outlets are the devp2p peers to whom this node hands transactions.
func outlets(server *p2p.Server) (count int, connected func(enode.ID) bool) {
	ids := make(map[enode.ID]bool)
	for _, p := range server.Peers() {
		ids[p.ID()] = true
		if slices.ContainsFunc(p.Caps(), func(c p2p.Cap) bool { return c.Name == "eth" }) {
			count++
		}
	}
	return count, func(id enode.ID) bool { return ids[id] }
}

// stuck notices that transactions go nowhere: the pool has some that could be mined, and
// there is nobody to hand them to. Owned by the driver's goroutine.
type stuck struct {
	since time.Time // zero while all is well
}

// stuckAfter leaves a node that starts, or lost its last peer, the time to find another.
const stuckAfter = 15 * time.Second

// look tells for how long it has been so, 0 while it may still mend itself.
func (s *stuck) look(now time.Time, pending, outlets, validators int) time.Duration {
	if pending == 0 || outlets > 0 || validators == 0 {
		*s = stuck{}
		return 0
	}
	if s.since.IsZero() {
		s.since = now
	}
	if long := now.Sub(s.since); long >= stuckAfter {
		return long
	}
	return 0
}

// tendNeighbours is called some times a second.
func (d *Driver) tendNeighbours(n *neighbours, s *stuck, now time.Time) {
	count, connected := outlets(d.stack.Server())
	n.look(now, d.Peers(), connected)

	pending, _ := d.exec.eth.TxPool().Stats()
	validators := d.otherValidators()
	if count > 0 || validators == 0 {
		stuckGauge.Update(0)
	} else {
		stuckGauge.Update(int64(pending))
	}
	d.mu.Lock()
	d.stuckFor = s.look(now, pending, count, validators)
	d.mu.Unlock()
}

// otherValidators is how many validators there are beside this node.
func (d *Driver) otherValidators() int {
	if d.roster.has(d.address()) {
		return len(d.roster.list()) - 1
	}
	return len(d.roster.list())
}
