package protocol

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Geth's server redials a static peer about every 35 s, and when two nodes dial each
// other at one moment each may drop the connection that the other keeps. So we dial
// members ourselves: the lower node id at once, the higher one a little later.
const (
	dialTimeout = 5 * time.Second

	// courtesy is how much longer the higher node id waits each time.
	courtesy = 3 * time.Second

	// minBackoff and maxBackoff bound the wait after failed dials, before jitter. A
	// node reached over the internet refuses a second connection from one address
	// within 30 s (geth's inbound throttle), so less would gain nothing there.
	minBackoff = time.Second
	maxBackoff = 15 * time.Second

	// redialWait is the most a lower id waits after a connection was lost.
	redialWait = 500 * time.Millisecond

	// stableAfter is how long a connection must last to count as a success.
	stableAfter = 5 * time.Second

	// runTimeout is how long the server may take to begin ss on a new connection.
	runTimeout = 2 * time.Second

	// staticDialed is p2p's flag of that name, whose type is not exported.
	staticDialed = 2
)

// member is another member of the set, with the dialler that keeps us connected.
type member struct {
	id   wire.NodeID
	node *enode.Node

	ctx    context.Context // ends when the member leaves the set or the network stops
	cancel context.CancelFunc
	wake   chan struct{} // one token: the connection came or went

	mu        sync.Mutex
	status    Status
	links     int     // connections on which ss began
	refusal   refusal // why the last ones did not last
	lastError string
	since     time.Time // when it became a member; never changes
	lastSeen  time.Time // zero while it has never been up
	next      time.Time
}

func newMember(ctx context.Context, id wire.NodeID, node *enode.Node) *member {
	m := &member{id: id, node: node, wake: make(chan struct{}, 1), since: time.Now()}
	m.ctx, m.cancel = context.WithCancel(ctx)
	m.status = Status{State: Waiting, Since: time.Now()}
	return m
}

func (m *member) poke() { notify(m.wake) }

// keepConnected dials a member whenever it is not connected, for ever.
func (n *Network) keepConnected(m *member) {
	if dialAddress(m.node) == "" {
		m.note(NoAddress, errors.New("its enode has no address; it has to connect to this node"), time.Time{})
		return
	}
	fails := 0
	next := time.Now()
	if !n.first(m) {
		next = next.Add(courtesy)
	}
	for m.ctx.Err() == nil {
		if l := n.link(m.id); l != nil {
			m.connected()
			m.sleep(-1)
			if time.Since(l.since) >= stableAfter { // else a node that lets us in and throws us out is dialled without end
				fails = 0
			} else {
				fails = max(fails, 1)
			}
			next = time.Now().Add(n.redial(m, fails))
			continue
		}
		if wait := time.Until(next); wait > 0 {
			m.waiting(next)
			m.sleep(wait)
			continue
		}
		m.note(Dialing, nil, time.Time{})
		err := n.tryOnce(m)
		fails++
		next = time.Now().Add(n.redial(m, fails))
		if err != nil {
			n.failed(m, err, fails, next)
		} else if n.link(m.id) == nil { // it came and went; left or watchDrops says why
			m.waiting(next)
		}
	}
}

// first tells whether it is for us to dial first.
func (n *Network) first(m *member) bool { return n.self.Compare(m.id) < 0 }

// redial is the wait before a dial: short after a good connection was lost; after
// failures 1 s three times, 2 s three times, and so on up to 15 s, give or take a
// quarter. It grows slowly because nodes of a set are often started together, some seconds
// apart, and a refused connection costs nothing.
func (n *Network) redial(m *member, fails int) time.Duration {
	wait := rand.N(redialWait)
	if fails > 0 {
		wait = min(minBackoff<<min((fails-1)/3, 10), maxBackoff)
		wait += rand.N(wait/2) - wait/4
	}
	if !n.first(m) {
		wait += courtesy
	}
	return wait
}

// sleep returns after some time, or for ever if negative, when poked, or at the end.
func (m *member) sleep(wait time.Duration) {
	var elapsed <-chan time.Time
	if wait >= 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		elapsed = t.C
	}
	select {
	case <-elapsed:
	case <-m.wake:
	case <-m.ctx.Done():
	}
}

// errNoSubproto is a connection on which ss does not run.
var errNoSubproto = fmt.Errorf("connected, but it does not speak %s/%d, nor %s/%d: its secret store is off, or it is another version",
	wire.ProtocolName, wire.ProtocolVersion, wire.ProtocolName, wire.FormerVersion)

// tryOnce connects to a member; nil means that ss runs with it.
func (n *Network) tryOnce(m *member) error {
	before := m.count()
	err := n.connect(m.ctx, m.node)
	if err == p2p.DiscAlreadyConnected { // said by our own server, hence not wrapped
		err = nil
	}
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(runTimeout); ; {
		if n.link(m.id) != nil || m.count() != before {
			return nil
		}
		wait := time.Until(deadline)
		if wait <= 0 || m.ctx.Err() != nil {
			return errNoSubproto
		}
		m.sleep(wait)
	}
}

// failed records a failed dial.
func (n *Network) failed(m *member, err error, fails int, next time.Time) {
	if m.ctx.Err() != nil {
		return
	}
	n.twins.elsewhere(n, m, err)
	state := Waiting
	if err == errNoSubproto {
		state = NoSubproto
	}
	dialsFailed.Inc(1)
	entered(state)
	why := explain(err)
	m.note(state, why, next)
	if !errors.As(err, new(p2p.DiscReason)) && state == Waiting {
		m.unrefuse() // it can't even be reached: what eth says of it is no longer what is in the way
	}
	n.logger(m.id).Debug("Secret store peer can't be reached", "address", dialAddress(m.node), "tried", fails, "next", time.Until(next).Round(time.Second), "err", why)
}

// explain puts into words what p2p's error means between key servers.
func explain(err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, p2p.DiscAlreadyConnected):
		return errors.New("it says that this node is connected already: a connection that is about to time out, or the same node key on another machine")
	case errors.Is(err, p2p.DiscTooManyPeers):
		return errors.New("it has too many peers and does not count this node among the key servers")
	case errors.Is(err, p2p.DiscUselessPeer):
		return errors.New("it has no protocol in common with this node: its secret store is off, or it is another version")
	case errors.Is(err, p2p.DiscSelf):
		return errors.New("a node with this node's own key answers at its address")
	case errors.As(err, &op) && op.Op == "dial":
		return op.Err
	}
	return err
}

// Reached is where a node is reached that is no key server: one that is named in the settings of devp2p, or to which this node
// has dialled. Nil: this node does not know. Where a connection came from that the other made says nothing.
func (n *Network) Reached(id wire.NodeID) *enode.Node {
	n.mu.Lock()
	server := n.server
	n.mu.Unlock()
	if server == nil {
		return nil
	}
	for _, node := range slices.Concat(server.StaticNodes, server.TrustedNodes) {
		if node.Pubkey() != nil && wire.NodeIDOf(node.Pubkey()) == id {
			return node
		}
	}
	for _, p := range server.Peers() {
		if at := p.Node(); !p.Inbound() && at.Pubkey() != nil && wire.NodeIDOf(at.Pubkey()) == id {
			return at
		}
	}
	return nil
}

// dial connects to a node and hands the connection to the server.
func (n *Network) dial(ctx context.Context, node *enode.Node) error {
	n.mu.Lock()
	started := n.server != nil
	n.mu.Unlock()
	if !started {
		return errors.New("this node's network is not started")
	}
	fd, err := n.open(ctx, node)
	if err != nil {
		return err
	}
	// The handshakes have deadlines of their own; Stop need not wait for them.
	defer context.AfterFunc(ctx, func() { fd.Close() })()
	return n.server.SetupConn(fd, staticDialed, node)
}

func (n *Network) open(ctx context.Context, node *enode.Node) (net.Conn, error) {
	switch srv := n.server; {
	case srv.NoDial:
		return nil, errors.New("dialling is switched off on this node (NoDial)")
	case srv.Dialer != nil:
		return srv.Dialer.Dial(ctx, node)
	}
	d := net.Dialer{Timeout: dialTimeout, Control: n.restrict}
	return d.DialContext(ctx, "tcp", dialAddress(node))
}

// restrict keeps to --netrestrict, host names included: it sees the address that
// was looked up.
func (n *Network) restrict(_, address string, _ syscall.RawConn) error {
	if n.server.NetRestrict == nil {
		return nil
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !n.server.NetRestrict.ContainsAddr(to.Addr()) {
		return fmt.Errorf("%s is outside of --netrestrict", to.Addr())
	}
	return nil
}

// dialAddress is host:port, or empty if the node has none. A host name is looked up
// at each dial.
func dialAddress(node *enode.Node) string {
	host := node.Hostname()
	if host == "" && node.IPAddr().IsValid() {
		host = node.IPAddr().String()
	}
	if host == "" || node.TCP() == 0 {
		return ""
	}
	return net.JoinHostPort(host, strconv.Itoa(node.TCP()))
}

// note sets what Peers shows.
func (m *member) note(state State, err error, next time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.lastError = err.Error()
	}
	m.status.set(Status{State: state, Reason: m.lastError})
	m.next = next
}

// waiting is note without a new error.
func (m *member) waiting(next time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next.IsZero() {
		m.status.set(Status{State: Waiting, Reason: m.lastError})
		m.next = next
	}
}

func (m *member) connected() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastError, m.next = "", time.Time{}
}

// attached counts a connection on which ss begins.
func (m *member) attached() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.links++
}

func (m *member) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.links
}

// left notes when a connection ended on which messages were exchanged, or what was in the way.
func (m *member) left(l *link) {
	l.mu.Lock()
	met, bad := l.met, Status{State: l.badState, Reason: l.bad}
	l.mu.Unlock()
	if met {
		m.mu.Lock()
		m.lastSeen = time.Now()
		m.mu.Unlock()
	}
	if time.Since(l.since) >= stableAfter {
		m.unrefuse()
	}
	if bad.Reason != "" {
		m.refused(refusal{bad, byHello})
	}
}

func (m *member) info() PeerInfo {
	m.mu.Lock()
	defer m.mu.Unlock()
	status := m.status
	if m.refusal.by != byNobody {
		status = m.refusal.Status
	}
	return PeerInfo{ID: m.id, Address: dialAddress(m.node), Status: status, LastError: m.lastError, LastSeen: m.lastSeen, NextDial: m.next}
}
