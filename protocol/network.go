package protocol

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Backend is what the subprotocol needs of its host. PeerUp, Handle and PeerDown of
// one node are called one after another, in that order, from one goroutine.
type Backend interface {
	// Cluster is the id that the hello must agree on. It never changes.
	Cluster() wire.ClusterID
	// Genesis is the hash of the chain's first block. It never changes.
	Genesis() common.Hash
	// Member tells whether a node is in the key server set just now. It is asked for
	// every message and must not block.
	Member(wire.NodeID) bool
	// Handle takes a message of a connected member. It must not block.
	Handle(from wire.NodeID, session wire.SessionID, msg wire.Message)
	// PeerUp says that messages can be exchanged with a member from now on.
	PeerUp(wire.NodeID)
	// PeerDown ends what PeerUp began.
	PeerDown(node wire.NodeID, reason string)
}

var (
	// ErrNotConnected means that the node can't be reached just now.
	ErrNotConnected = errors.New("not connected")

	// ErrQueueFull means that the node takes messages more slowly than we send them.
	ErrQueueFull = errors.New("too many messages are waiting to be sent")
)

// Network is the node's side of ss: its connections to the other key servers.
type Network struct {
	self     wire.NodeID
	instance instance // of this process, told to members
	backend  Backend
	twins    twins
	mutes    *muteList

	ctx    context.Context // ends when Stop begins
	cancel context.CancelFunc
	wg     sync.WaitGroup // dialers and deliverers

	// connect makes a connection to a node a peer of the server. Tests replace it.
	connect func(context.Context, *enode.Node) error

	mu      sync.Mutex
	server  *p2p.Server             // nil before Start
	links   map[wire.NodeID]*link   // peers that speak ss, members or not
	members map[wire.NodeID]*member // the other members of the set
}

// New makes the network of the node with that key. Its Protocols go to the server
// before the server starts, and Start is called after.
func New(key *ecdsa.PrivateKey, backend Backend) *Network {
	n := &Network{
		self:    wire.NodeIDOf(&key.PublicKey),
		backend: backend,
		mutes:   newMuteList(),
		links:   make(map[wire.NodeID]*link),
		members: make(map[wire.NodeID]*member),
	}
	if _, err := rand.Read(n.instance[:]); err != nil {
		panic("protocol: internal error: no random numbers: " + err.Error())
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.connect = n.dial
	return n
}

// Protocols is what the p2p server must be made with: both versions that this program speaks. devp2p takes the newest that
// both ends know, so nodes can be upgraded one by one.
func (n *Network) Protocols() (all []p2p.Protocol) {
	for _, version := range []uint{wire.FormerVersion, wire.ProtocolVersion} {
		all = append(all, p2p.Protocol{Name: wire.ProtocolName, Version: version, Length: wire.ProtocolLength,
			Run: func(p *p2p.Peer, rw p2p.MsgReadWriter) error { return n.run(p, rw, version) }})
	}
	return all
}

// Start begins to dial the members. The server must be running. The node itself may
// be in the list.
func (n *Network) Start(server *p2p.Server, members []*enode.Node) error {
	n.mu.Lock()
	started := n.server != nil
	n.server = server
	n.mu.Unlock()
	if started {
		return errors.New("protocol: started twice")
	}
	n.spawn(func() { n.watchDrops(server) })
	n.SetMembers(members)
	return nil
}

// Stop ends dialling and delivery; when it returns, nothing is delivered to the
// Backend any more. Connections stay with the server, which is to be stopped next.
func (n *Network) Stop() {
	n.mu.Lock() // no goroutine is added to wg after this
	n.cancel()
	n.mu.Unlock()
	n.wg.Wait()
}

// SetMembers replaces the set of nodes that are dialled and trusted, that is, let in
// however many peers there are. Who is a member is for Backend.Member to say, which
// is to know of the change before. Called after Start.
func (n *Network) SetMembers(nodes []*enode.Node) {
	wanted := make(map[wire.NodeID]*enode.Node)
	for _, node := range nodes {
		if key := node.Pubkey(); key != nil && wire.NodeIDOf(key) != n.self {
			wanted[wire.NodeIDOf(key)] = node
		}
	}
	n.mu.Lock()
	added, removed := n.replaceMembers(wanted)
	for _, l := range n.links {
		l.poke()
	}
	n.mu.Unlock()

	for _, node := range removed {
		n.distrust(node)
	}
	for _, m := range added {
		n.trust(m.node)
	}
	for _, m := range added {
		n.spawn(func() { n.keepConnected(m) })
	}
}

// replaceMembers brings n.members up to date; n.mu is held.
func (n *Network) replaceMembers(wanted map[wire.NodeID]*enode.Node) (added []*member, removed []*enode.Node) {
	for id, m := range n.members {
		node := wanted[id]
		if node != nil && node.String() == m.node.String() {
			continue
		}
		m.cancel()
		delete(n.members, id)
		if node == nil {
			removed = append(removed, m.node)
		}
	}
	for id, node := range wanted {
		if n.members[id] == nil {
			m := newMember(n.ctx, id, node)
			n.members[id] = m
			added = append(added, m)
		}
	}
	return added, removed
}

// trust lets a node in above the server's limit of peers, and raises it at once if
// it is connected already.
func (n *Network) trust(node *enode.Node) {
	if n.server != nil {
		n.server.AddTrustedPeer(node)
	}
}

// distrust takes back what trust gave, but not what the operator's own list of
// trusted nodes gives.
func (n *Network) distrust(node *enode.Node) {
	if n.server == nil {
		return
	}
	for _, t := range n.server.TrustedNodes {
		if t.ID() == node.ID() {
			return
		}
	}
	n.server.RemoveTrustedPeer(node)
}

// spawn runs f unless Stop has begun. Stop waits for it.
func (n *Network) spawn(f func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx.Err() != nil {
		return false
	}
	n.wg.Go(f)
	return true
}

// Send queues a message for a node. It never blocks. The errors are ErrNotConnected
// and ErrQueueFull, or that the message is too large to be sent at all.
func (n *Network) Send(to wire.NodeID, session wire.SessionID, msg wire.Message) error {
	l := n.link(to)
	if l == nil || !l.isUp() {
		return fmt.Errorf("sending message %#x to %s: %w", msg.Code(), to.Short(), ErrNotConnected)
	}
	payload, err := wire.Encode(session, msg)
	if err != nil {
		return err
	}
	if !l.outbox.push(frame{uint64(msg.Code()), payload}, len(payload)) {
		outboxFull.Inc(1)
		l.drop("queue to it is full")
		return fmt.Errorf("sending message %#x to %s: %w", msg.Code(), to.Short(), ErrQueueFull)
	}
	return nil
}

// Connected lists the members that messages can be exchanged with, in ascending order.
func (n *Network) Connected() []wire.NodeID {
	n.mu.Lock()
	defer n.mu.Unlock()
	var ids []wire.NodeID
	for id, l := range n.links {
		if l.isUp() {
			ids = append(ids, id)
		}
	}
	return wire.SortNodeIDs(ids)
}

// Away is how long a member has not been connected: since it was lost or, if it has never been there, since it is a member. It is 0 of
// one that is connected, and of nodes that are no members.
func (n *Network) Away(id wire.NodeID) time.Duration {
	n.mu.Lock()
	m, l := n.members[id], n.links[id]
	n.mu.Unlock()
	if m == nil || l != nil && l.isUp() {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lastSeen.IsZero() {
		return time.Since(m.since)
	}
	return time.Since(m.lastSeen)
}

// Older lists those of Connected that speak the version before this node's: nothing is dealt with them, and all else is.
func (n *Network) Older() []wire.NodeID {
	n.mu.Lock()
	defer n.mu.Unlock()
	var ids []wire.NodeID
	for id, l := range n.links {
		if l.version < wire.ProtocolVersion && l.isUp() {
			ids = append(ids, id)
		}
	}
	return wire.SortNodeIDs(ids)
}

// Knows tells whether a connected member has said that it knows a feature.
func (n *Network) Knows(id wire.NodeID, f Feature) bool {
	l := n.link(id)
	return l != nil && l.knows(f)
}

// Knowing lists those of some nodes that are connected and know a feature, in their order.
func (n *Network) Knowing(nodes []wire.NodeID, f Feature) (ids []wire.NodeID) {
	for _, id := range nodes {
		if n.Knows(id, f) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (n *Network) link(id wire.NodeID) *link {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.links[id]
}

// run is the protocol's handler for one connection.
func (n *Network) run(p *p2p.Peer, rw p2p.MsgReadWriter, version uint) error {
	return n.serve(wire.NodeIDOf(p.Node().Pubkey()), p.RemoteAddr().String(), p.Inbound(), rw, version)
}

// serve returns when the peer is gone.
func (n *Network) serve(id wire.NodeID, address string, inbound bool, rw p2p.MsgReadWriter, version uint) error {
	l := newLink(n, id, address, inbound, rw, version)
	if !n.attach(l) {
		return ignore(rw)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		l.write()
	}()
	err := l.read()
	l.cancel()
	<-sent
	<-l.delivered
	n.detach(l)
	return err
}

// attach makes a connection known and begins to deliver its messages.
func (n *Network) attach(l *link) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx.Err() != nil || n.links[l.id] != nil {
		return false
	}
	n.links[l.id] = l
	n.wg.Go(l.deliver)
	if m := n.members[l.id]; m != nil {
		m.attached()
		m.poke()
	}
	return true
}

func (n *Network) detach(l *link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.links, l.id)
	if m := n.members[l.id]; m != nil {
		m.left(l)
		m.poke()
	}
}

// ignore reads and drops until the peer is gone.
func ignore(rw p2p.MsgReader) error {
	for {
		msg, err := rw.ReadMsg()
		if err != nil {
			return err
		}
		if err := msg.Discard(); err != nil {
			return err
		}
	}
}

// logger names a peer in every line.
func (n *Network) logger(id wire.NodeID) log.Logger { return log.New("peer", id.Short()) }
