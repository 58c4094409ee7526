package poa

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	tmp2p "github.com/cometbft/cometbft/proto/tendermint/p2p"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/test/ports"
)

// byPublicKey has all nodes of a network know the validators by their public keys alone.
func (n *network) byPublicKey(validators int) {
	var peers []string
	for _, v := range n.nodes[:validators] {
		peers = append(peers, fmt.Sprintf("%s@127.0.0.1:%d", nodeID(&v.key.PublicKey), v.port))
	}
	for _, v := range n.nodes {
		v.cfg.Peers = peers
	}
}

// TestPeersByPublicKey: a network whose nodes know each other by nothing but what stands in its file comes up, takes a node back
// that was stopped, and a follower; a second process of a node is found; and who answers for another is not taken for it.
func TestPeersByPublicKey(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 4, 1)
	n.byPublicKey(4)
	vals, follower := n.nodes[:4], n.nodes[4]
	startAll(t, vals...)
	waitHeight(t, 2, patience, vals...)
	for _, v := range vals {
		until(t, v.name+" is connected to the three others", func() bool { return v.driver.Status().Peers == 3 })
		for _, p := range v.driver.Peers() {
			if !p.Configured || p.Host != "127.0.0.1" || p.Validator == "" {
				t.Errorf("%s has the peer %+v", v.name, p)
			}
		}
	}
	follower.start(t)
	waitHeight(t, vals[0].height(), patience, follower)

	vals[3].stop()
	until(t, "the others miss the one that was stopped", func() bool { return len(vals[0].driver.dial.away()) == 1 })
	if away := vals[0].driver.dial.away(); len(away) != 1 || away[0].entry != vals[0].cfg.Peers[3] {
		t.Errorf("%v are missing", away)
	}
	vals[3].start(t)
	waitHeight(t, vals[0].height()+2, patience, vals...)

	address := func(v *testNode) string { return fmt.Sprintf("127.0.0.1:%d", v.port) }
	node := func(v *testNode) string { return nodeID(&v.key.PublicKey) }
	network := vals[0].driver.doc.ChainID
	if id, err := ask(address(vals[1]), node(vals[1]), network); err != nil || string(id) != PeerID(vals[1].key) {
		t.Errorf("asked for its id it is %s: %v", id, err)
	}
	var other *otherNode
	if _, err := ask(address(vals[1]), node(vals[2]), network); !errors.As(err, &other) || other.kind != anotherNode || !strings.Contains(err.Error(), node(vals[1])) {
		t.Errorf("another node at the address: %v", err)
	}
	if _, err := ask(address(vals[1]), node(vals[1]), network+"x"); !errors.As(err, &other) || other.kind != anotherNetwork || !strings.Contains(err.Error(), "belongs to network "+`"`+network) {
		t.Errorf("a node of another network: %v", err)
	}

	follower.stop()
	follower.cfg.Peers = []string{node(vals[2]) + "@" + address(vals[1]), node(vals[0]) + "@" + address(vals[0])}
	follower.start(t)
	waitHeight(t, vals[0].height(), patience, follower)
	until(t, "it is said that another answers", func() bool {
		return slices.ContainsFunc(follower.driver.Judge(), func(f finding.Finding) bool {
			return f.Level == finding.Error && strings.Contains(f.What, address(vals[1])+" another node answers, ") && strings.Contains(f.What, "not the node with public key "+node(vals[2]))
		})
	})

	vals[0].refuseTwin(t)
}

// TestStrangersTakeNoPlaces: a peer in our list of which only the public key is known comes in though as many strangers as may be
// are connected already, and one stranger more does not.
func TestStrangersTakeNoPlaces(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	t.Parallel()
	n := testNetwork(t, t.TempDir(), 1, 1)
	n.byPublicKey(1)
	host, friend := n.nodes[0], n.nodes[1]
	nowhere := ports.For(t, 1)
	host.cfg.Peers = []string{fmt.Sprintf("%s@127.0.0.1:%d", nodeID(&friend.key.PublicKey), nowhere)} // so that the friend has to come
	host.start(t)
	waitHeight(t, 1, patience, host)
	for range maxStrangers {
		stranger(t, host)
	}
	until(t, "all strangers are connected", func() bool { return host.driver.Status().Peers == maxStrangers })
	if _, err := io.Copy(io.Discard, stranger(t, host)); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("one stranger more is not turned away")
	}
	friend.start(t)
	until(t, "the friend is connected", func() bool { return len(host.driver.dial.away()) == 0 })
	waitHeight(t, host.height(), patience, friend)
	if peers := host.driver.Status().Peers; peers != maxStrangers+1 {
		t.Errorf("%d peers are connected", peers)
	}
}

// stranger connects to a node as a peer that it knows nothing of.
func stranger(t *testing.T, v *testNode) net.Conn {
	t.Helper()
	raw, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", v.port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	if err := raw.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	key := cmted25519.GenPrivKey()
	c, err := conn.MakeSecretConnection(raw, key)
	if err != nil {
		t.Fatal(err)
	}
	info := v.driver.running().NodeInfo().(p2p.DefaultNodeInfo)
	info.DefaultNodeID, info.ListenAddr, info.Moniker = p2p.PubKeyToID(key.PubKey()), "127.0.0.1:1", plainMoniker
	if _, err := protoio.NewDelimitedWriter(c).WriteMsg(info.ToProto()); err != nil {
		t.Fatal(err)
	}
	var said tmp2p.DefaultNodeInfo
	if _, err := protoio.NewDelimitedReader(c, p2p.MaxNodeInfoSize()).ReadMsg(&said); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDialerByPublicKey: entries by public key and by id stand beside each other; the own entry is known in either form, and of
// two nodes that list each other one dials first.
func TestDialerByPublicKey(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	g := testGenesis(t, 3)
	var list []string
	for i, v := range g.Validators {
		list = append(list, fmt.Sprintf("%s@h:%d", v.PublicKey, i+1))
	}
	list = append(list, strings.Repeat("a", 40)+"@h:9")
	firsts := 0
	for i, v := range g.Validators {
		d := newDialer(list, identity{node: v.PublicKey}, now)
		if len(d.peers) != 3 || d.unknown() != 2 || d.ids() != strings.Repeat("a", 40) {
			t.Fatalf("node %d has %d peers, %d of whom only the key is known, and the ids %q", i, len(d.peers), d.unknown(), d.ids())
		}
		for _, p := range d.peers {
			if p.node != "" && !p.second {
				firsts++
			}
		}
		d.peers[0].learn(p2p.ID(strings.Repeat("b", 40)))
		if d.ids() != strings.Repeat("a", 40) || d.unknown() != 2 {
			t.Error("what is learnt changes what CometBFT was told")
		}
	}
	if firsts != 3 {
		t.Errorf("of three pairs %d times one dials first", firsts)
	}
	if d := newDialer(list, identity{peer: strings.Repeat("a", 40)}, now); len(d.peers) != 3 || d.ids() != "" {
		t.Errorf("the own id is dialled: %q", d.ids())
	}
}
