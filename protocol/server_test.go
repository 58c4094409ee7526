package protocol

import (
	"crypto/ecdsa"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/ports"
)

// server is a real p2p server on loopback with ss and a second protocol, "other",
// that stands for eth: it counts its connections and echoes.
type server struct {
	*p2p.Server
	h *host
	n *Network

	mu    sync.Mutex
	peers map[enode.ID]p2p.MsgReadWriter // on which "other" runs
	lost  int                            // ends of "other"
}

func newServer(t *testing.T, key *ecdsa.PrivateKey, listen string, members ...wire.NodeID) *server {
	t.Helper()
	return newServerOf(t, key, listen, []uint{wire.FormerVersion, wire.ProtocolVersion}, members...)
}

// newServerOf is newServer of a program that speaks these versions of ss.
func newServerOf(t *testing.T, key *ecdsa.PrivateKey, listen string, versions []uint, members ...wire.NodeID) *server {
	t.Helper()
	s := &server{h: newHost(members...), peers: make(map[enode.ID]p2p.MsgReadWriter)}
	s.n = New(key, s.h)
	s.Server = &p2p.Server{Config: p2p.Config{
		PrivateKey: key, MaxPeers: 0, NoDiscovery: true, ListenAddr: listen, Name: "test",
		Protocols: append(only(s.n.Protocols(), versions), p2p.Protocol{Name: "other", Version: 1, Length: 1, Run: s.other}),
	}}
	if err := s.Server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

func (s *server) stop() {
	s.n.Stop()
	s.Server.Stop()
}

func (s *server) other(p *p2p.Peer, rw p2p.MsgReadWriter) error {
	s.mu.Lock()
	s.peers[p.ID()] = rw
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.peers, p.ID())
		s.lost++
		s.mu.Unlock()
	}()
	return ignore(rw)
}

func (s *server) otherRuns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.peers)
}

func (s *server) node() *enode.Node { return s.Self() }

// eventually waits for something that takes as long as the machine needs.
func eventually(t *testing.T, what string, cond func() bool) time.Duration {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if cond() {
			return time.Since(begin)
		}
		if time.Since(begin) > 2*time.Minute {
			t.Fatalf("%s: not within 2 minutes", what)
		}
	}
}

func connected(a *server, b wire.NodeID) func() bool {
	return func() bool {
		ids := a.n.Connected()
		return len(ids) == 1 && ids[0] == b
	}
}

// freePort is the address of a port to start a node on again, which nobody else uses meanwhile.
func freePort(t *testing.T) string {
	port, err := ports.Take(1)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// Two servers that admit nobody (MaxPeers 0) connect as members, exchange messages,
// and connect again when one restarts, whichever it is.
func TestServersConnectAndReconnect(t *testing.T) {
	keys := testKeys(t, 2)
	for restarted, name := range []string{"lower id restarts", "higher id restarts"} {
		t.Run(name, func(t *testing.T) {
			stays, comes := keys[1-restarted], keys[restarted]
			addr := freePort(t)
			a := newServer(t, stays, "127.0.0.1:0", idOf(comes))
			b := newServer(t, comes, addr, idOf(stays))
			list := []*enode.Node{a.node(), b.node()}
			if err := a.n.Start(a.Server, list); err != nil {
				t.Fatal(err)
			}
			if err := b.n.Start(b.Server, list); err != nil {
				t.Fatal(err)
			}
			took := eventually(t, "first connection", connected(a, idOf(comes)))
			eventually(t, "first connection", connected(b, idOf(stays)))
			t.Logf("connected in %v", took)

			exchange(t, a, b, idOf(comes))

			b.stop()
			eventually(t, "noticing the loss", func() bool { return len(a.n.Connected()) == 0 })
			b2 := newServer(t, comes, addr, idOf(stays))
			if err := b2.n.Start(b2.Server, list); err != nil {
				t.Fatal(err)
			}
			took = eventually(t, "second connection", func() bool {
				return connected(a, idOf(comes))() && connected(b2, idOf(stays))()
			})
			t.Logf("connected again in %v", took)
			exchange(t, b2, a, idOf(stays))
		})
	}
}

// exchange sends a message and waits until the other side has handled it.
func exchange(t *testing.T, from, to *server, id wire.NodeID) {
	t.Helper()
	text := fmt.Sprint("message ", time.Now().UnixNano())
	if err := from.n.Send(id, wire.SessionID{1}, &wire.Refuse{Reason: wire.Busy, Detail: []byte(text)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "delivery", func() bool { return strings.Contains(fmt.Sprint(to.h.log()), text) })
}

// relay passes connections on to a server, until they are cut.
type relay struct {
	l    net.Listener
	mu   sync.Mutex
	open []net.Conn
}

func newRelay(t *testing.T, to string) *relay {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{l: l}
	t.Cleanup(func() { l.Close(); r.cut() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			r.mu.Lock()
			r.open = append(r.open, in, out)
			r.mu.Unlock()
			go pass(in, out)
			go pass(out, in)
		}
	}()
	return r
}

func pass(from, to net.Conn) {
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.open {
		c.Close()
	}
	r.open = nil
}

// A cut connection between two living nodes is made again.
func TestServersSurviveCuts(t *testing.T) {
	keys := testKeys(t, 2)
	b := newServer(t, keys[1], "127.0.0.1:0", idOf(keys[0]))
	a := newServer(t, keys[0], "", idOf(keys[1])) // does not listen: only it can dial
	r := newRelay(t, b.ListenAddr)
	if err := b.n.Start(b.Server, []*enode.Node{enode.NewV4(&keys[0].PublicKey, nil, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	if err := a.n.Start(a.Server, []*enode.Node{nodeOf(keys[1], r.l.Addr().(*net.TCPAddr).Port)}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		eventually(t, "connection", func() bool { return connected(a, idOf(keys[1]))() && connected(b, idOf(keys[0]))() })
		exchange(t, a, b, idOf(keys[1]))
		r.cut()
		took := eventually(t, "loss", func() bool { return len(a.n.Connected()) == 0 })
		t.Logf("loss seen after %v", took)
	}
}

// A peer of another cluster, and one that floods and sends garbage, stay connected
// for the other protocol.
func TestOtherProtocolUnharmed(t *testing.T) {
	keys := testKeys(t, 2)
	a := newServer(t, keys[0], "127.0.0.1:0", idOf(keys[1]))
	b := newServer(t, keys[1], "127.0.0.1:0", idOf(keys[0]))
	b.h.cluster = otherCluster
	list := []*enode.Node{a.node(), b.node()}
	if err := a.n.Start(a.Server, list); err != nil {
		t.Fatal(err)
	}
	if err := b.n.Start(b.Server, list); err != nil {
		t.Fatal(err)
	}
	state := func() State { return a.n.Peers()[0].State }
	eventually(t, "verdict on the cluster", func() bool { return state() == OtherCluster })

	l := b.n.link(idOf(keys[0]))
	for range 2000 {
		garbage := frame{uint64(wire.CodeRefuse), make([]byte, 2000)}
		for !l.outbox.push(garbage, len(garbage.payload)) {
			time.Sleep(time.Millisecond)
		}
	}
	eventually(t, "flood", func() bool { return l.out.Load() >= 2000 })
	a.mu.Lock()
	rw := a.peers[b.node().ID()]
	a.mu.Unlock()
	if rw == nil {
		t.Fatal("the other protocol does not run")
	}
	if err := p2p.Send(rw, 0, []uint{1}); err != nil {
		t.Fatal(err)
	}
	if a.otherRuns() != 1 || b.otherRuns() != 1 || a.lost+b.lost != 0 {
		t.Errorf("the other protocol runs on %d and %d peers, lost %d", a.otherRuns(), b.otherRuns(), a.lost+b.lost)
	}
	a.h.expect(t)
}

// A peer that has no ss at all is shown so.
func TestPeerWithoutSecretStore(t *testing.T) {
	keys := testKeys(t, 2)
	a := newServer(t, keys[0], "127.0.0.1:0", idOf(keys[1]))
	plain := &p2p.Server{Config: p2p.Config{
		PrivateKey: keys[1], MaxPeers: 5, NoDiscovery: true, ListenAddr: "127.0.0.1:0",
		Protocols: []p2p.Protocol{{Name: "other", Version: 1, Length: 1, Run: func(_ *p2p.Peer, rw p2p.MsgReadWriter) error { return ignore(rw) }}},
	}}
	if err := plain.Start(); err != nil {
		t.Fatal(err)
	}
	defer plain.Stop()
	if err := a.n.Start(a.Server, []*enode.Node{plain.Self()}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "verdict", func() bool { return a.n.Peers()[0].State == NoSubproto })
	if a.otherRuns() != 1 {
		t.Error("the other protocol does not run")
	}
}

// The smallest setting, --dev: a set of one, no listener, no peers allowed.
func TestSingleServer(t *testing.T) {
	key := testKeys(t, 1)[0]
	s := newServer(t, key, "", idOf(key))
	if err := s.n.Start(s.Server, []*enode.Node{s.node()}); err != nil {
		t.Fatal(err)
	}
	if len(s.n.Peers()) != 0 || len(s.n.Connected()) != 0 {
		t.Error("a node is its own peer")
	}
}

// A whole set started at one moment is connected each to each in a few seconds, and
// leaves nothing running.
func TestClusterStartsAndStops(t *testing.T) {
	before := runtime.NumGoroutine()
	const size = 7
	keys := testKeys(t, size)
	var ids []wire.NodeID
	for _, k := range keys {
		ids = append(ids, idOf(k))
	}
	var servers []*server
	var list []*enode.Node
	for _, k := range keys {
		s := newServer(t, k, "127.0.0.1:0", ids...)
		servers = append(servers, s)
		list = append(list, s.node())
	}
	for _, s := range servers {
		if err := s.n.Start(s.Server, list); err != nil {
			t.Fatal(err)
		}
	}
	took := eventually(t, "all connected", func() bool {
		for _, s := range servers {
			if len(s.n.Connected()) != size-1 {
				return false
			}
		}
		return true
	})
	t.Logf("%d servers connected in %v", size, took)
	for _, s := range servers {
		s.stop()
	}
	eventually(t, "end of goroutines", func() bool { return runtime.NumGoroutine() <= before })
}
