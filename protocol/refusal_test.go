package protocol

import (
	"bytes"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// chainServer is a p2p server with ss and with what eth does when a connection begins.
type chainServer struct {
	*p2p.Server
	h *host
	n *Network
}

// status is what eth nodes compare first.
type status struct {
	Network uint64
	Genesis common.Hash
	Fork    uint64
}

// compare has geth's words.
func (s status) compare(theirs status) error {
	switch {
	case theirs.Network != s.Network:
		return fmt.Errorf("network ID mismatch: %d (!= %d)", theirs.Network, s.Network)
	case theirs.Genesis != s.Genesis:
		return fmt.Errorf("genesis mismatch: %x (!= %x)", theirs.Genesis, s.Genesis)
	case theirs.Fork != s.Fork:
		return errors.New("fork ID rejected: local incompatible or needs update")
	}
	return nil
}

func (s status) run(_ *p2p.Peer, rw p2p.MsgReadWriter) error {
	sent := make(chan error, 1)
	go func() { sent <- p2p.Send(rw, 0, &s) }()
	msg, err := rw.ReadMsg()
	if err != nil {
		return err
	}
	var theirs status
	if err := msg.Decode(&theirs); err != nil {
		return err
	}
	if err := s.compare(theirs); err != nil {
		return err
	}
	if err := <-sent; err != nil {
		return err
	}
	return ignore(rw)
}

func newChainServer(t *testing.T, key *ecdsa.PrivateKey, cluster wire.ClusterID, on status, member wire.NodeID) *chainServer {
	t.Helper()
	s := &chainServer{h: newHost(member)}
	s.h.cluster, s.h.genesis = cluster, on.Genesis
	s.n = New(key, s.h)
	protocols := append([]p2p.Protocol{{Name: "eth", Version: 1, Length: 1, Run: on.run}}, s.n.Protocols()...)
	s.n.HelloFirst(protocols)
	s.Server = &p2p.Server{Config: p2p.Config{
		PrivateKey: key, NoDiscovery: true, ListenAddr: "127.0.0.1:0", Name: "test", Protocols: protocols,
	}}
	if err := s.Server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.n.Stop(); s.Server.Stop() })
	return s
}

// TestRefusals: both nodes tell what is in the way, whichever of them hangs up, and neither the address nor the port is
// blamed. The log of a network that dials on and on says none of it: that is for who judges the node.
func TestRefusals(t *testing.T) {
	warnings := logtest.Capture(t, slog.LevelWarn)
	ours := status{Network: 7, Genesis: ourGenesis}
	for _, c := range []struct {
		name    string
		cluster wire.ClusterID
		on      status
		want    State
		words   string // in the reason, at either node
	}{
		{"other genesis", otherCluster, status{Network: 7, Genesis: otherGenesis}, OtherGenesis, "different network files"},
		{"other genesis and network id", otherCluster, status{Network: 8, Genesis: otherGenesis}, OtherGenesis, "different network files"},
		{"other cluster name", otherCluster, ours, OtherCluster, "the cluster names"},
		{"other network id", ourCluster, status{Network: 8, Genesis: ourGenesis}, OtherChain, "network id"},
		{"other forks", ourCluster, status{Network: 7, Genesis: ourGenesis, Fork: 1}, OtherChain, "forks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			keys := testKeys(t, 2)
			a := newChainServer(t, keys[0], ourCluster, ours, idOf(keys[1]))
			b := newChainServer(t, keys[1], c.cluster, c.on, idOf(keys[0]))
			list := []*enode.Node{a.Self(), b.Self()}
			for _, s := range []*chainServer{a, b} {
				if err := s.n.Start(s.Server, list); err != nil {
					t.Fatal(err)
				}
			}
			for _, s := range []*chainServer{a, b} {
				eventually(t, "telling what is in the way", func() bool {
					p := s.n.Peers()[0]
					return p.State == c.want && strings.Contains(p.Reason, c.words)
				})
			}
		})
	}
	if warnings.Lines() > 0 {
		t.Errorf("warned is of\n%s", warnings)
	}
}

// TestRefusalEnds: what was in the way is forgotten when connections last, and when the node can't be reached at all.
func TestRefusalEnds(t *testing.T) {
	m := newMember(t.Context(), wire.NodeID{1}, nodeOf(testKeys(t, 1)[0], 1))
	byHelloOf := func(state State) refusal { return refusal{Status{State: state, Reason: "x"}, byHello} }
	for _, step := range []struct {
		name string
		do   func()
		want State
	}{
		{"nothing is known", func() {}, Waiting},
		{"they hang up", func() { m.refused(refusalOf(p2p.DiscSubprotocolError.Error())) }, OtherChain},
		{"the hello says more", func() { m.refused(byHelloOf(OtherGenesis)) }, OtherGenesis},
		{"they hang up again", func() { m.refused(refusalOf(p2p.DiscSubprotocolError.Error())) }, OtherGenesis},
		{"the hello says otherwise", func() { m.refused(byHelloOf(OtherCluster)) }, OtherCluster},
		{"it is over", m.unrefuse, Waiting},
	} {
		if step.do(); m.info().State != step.want {
			t.Errorf("%s: %s, want %s", step.name, m.info().State, step.want)
		}
	}
	for _, harmless := range []string{"", "EOF", "useless peer", "client quitting", "too many peers", "read tcp: i/o timeout"} {
		if r := refusalOf(harmless); r.by != byNobody {
			t.Errorf("%q counts as %+v", harmless, r)
		}
	}
}

// TestHelloFirst: eth waits for a hello that comes after its own first message, so that what the hello says is known
// before eth hangs up.
func TestHelloFirst(t *testing.T) {
	keys := testKeys(t, 2)
	a := newChainServer(t, keys[0], ourCluster, status{Network: 7, Genesis: ourGenesis}, idOf(keys[1]))
	theirs := New(keys[1], &host{cluster: otherCluster, genesis: otherGenesis})
	b := &p2p.Server{Config: p2p.Config{PrivateKey: keys[1], MaxPeers: 5, NoDiscovery: true, ListenAddr: "127.0.0.1:0", Name: "test", Protocols: []p2p.Protocol{
		{Name: "eth", Version: 1, Length: 1, Run: func(_ *p2p.Peer, rw p2p.MsgReadWriter) error { // it does not judge
			if err := p2p.Send(rw, 0, &status{Network: 8, Genesis: otherGenesis}); err != nil {
				return err
			}
			return ignore(rw)
		}},
		{Name: wire.ProtocolName, Version: wire.ProtocolVersion, Length: wire.ProtocolLength, Run: func(_ *p2p.Peer, rw p2p.MsgReadWriter) error {
			time.Sleep(200 * time.Millisecond)
			hello := theirs.ownHello(wire.ProtocolVersion)
			if err := rw.WriteMsg(p2p.Msg{Code: hello.code, Size: uint32(len(hello.payload)), Payload: bytes.NewReader(hello.payload)}); err != nil {
				return err
			}
			return ignore(rw)
		}},
	}}}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	if err := a.n.Start(a.Server, []*enode.Node{a.Self(), b.Self()}); err != nil {
		t.Fatal(err)
	}
	var got PeerInfo
	eventually(t, "a verdict", func() bool {
		got = a.n.Peers()[0]
		return got.State == OtherGenesis || got.State == OtherChain
	})
	if got.State != OtherGenesis {
		t.Errorf("told as %+v", got)
	}
}
