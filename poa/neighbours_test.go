package poa

import (
	"crypto/ecdsa"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/internal/logtest"
)

// TestNeighbours: nodes whose configuration names consensus peers alone are connected in devp2p, and a transaction that any of
// them is given is mined, whoever makes the blocks; when a validator comes back on another port, too.
func TestNeighbours(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	t.Parallel()
	n := testNetwork(t, t.TempDir(), 4, 1)
	n.strangers = true
	startAll(t, n.nodes...)
	vals, follower := n.nodes[:4], n.nodes[4]
	connected := func() bool {
		return !slices.ContainsFunc(n.nodes, func(v *testNode) bool { return v.driver.Status().Outlets < 4 })
	}
	until(t, "all are connected", connected)
	to := common.Address{1, 2, 3}
	mined(t, send(t, follower, 0, to), patience, n.nodes...)
	mined(t, send(t, vals[3], 1, to), patience, n.nodes...)
	if s := follower.driver.Status(); s.Stuck != 0 {
		t.Errorf("the follower's status: %+v", s)
	}
	vals[1].stop()
	vals[1].start(t) // devp2p listens on any free port here
	until(t, "all are connected again", connected)
	mined(t, send(t, follower, 2, to), patience, n.nodes...)
}

// TestGoNowhere: a node that can hand its transactions to nobody says so, in its status and its log.
func TestGoNowhere(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 1, 1)
	n.strangers = true
	said := logtest.Capture(t, log.LevelInfo)
	only, follower := n.nodes[0], n.nodes[1]
	only.start(t)
	follower.noDevp2p = true
	follower.start(t)
	waitHeight(t, 1, patience, n.nodes...)
	send(t, follower, 0, common.Address{1})
	until(t, "the status tells", func() bool { s := follower.driver.Status(); return s.Stuck == 1 && s.Outlets == 0 })
	until(t, "the log tells", func() bool { return strings.Contains(said.String(), "Transactions go nowhere") })
	send(t, only, 0, common.Address{2}) // the validator of a network of one needs nobody
	until(t, "its block", func() bool { p, _ := only.backend.TxPool().Stats(); return p == 0 })
	if s := only.driver.Status(); s.Stuck != 0 {
		t.Errorf("the validator's status: %+v", s)
	}
}

// fakeDevp2p is what a server was told.
type fakeDevp2p struct{ static, trusted map[enode.ID]string }

func (f *fakeDevp2p) AddPeer(n *enode.Node)           { f.static[n.ID()] = n.URLv4() }
func (f *fakeDevp2p) AddTrustedPeer(n *enode.Node)    { f.trusted[n.ID()] = n.URLv4() }
func (f *fakeDevp2p) RemovePeer(n *enode.Node)        { delete(f.static, n.ID()) }
func (f *fakeDevp2p) RemoveTrustedPeer(n *enode.Node) { delete(f.trusted, n.ID()) }

// TestNeighbourRules: whoever comes, goes and moves, in consensus and in devp2p: those who are in the list or validators are
// dialled at their last address soon after they are known and until long after they are gone, others never, and nobody who
// is connected is cut off.
func TestNeighbourRules(t *testing.T) {
	for range 10 {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 0))
		server := &fakeDevp2p{make(map[enode.ID]string), make(map[enode.ID]string)}
		keys := make([]*ecdsa.PrivateKey, 8)
		ids, names := make([]enode.ID, 8), make([]string, 8)
		for i := range keys {
			var secret [32]byte
			binary.BigEndian.PutUint64(secret[8:], random.Uint64()|1)
			keys[i], _ = crypto.ToECDSA(secret[:])
			ids[i], names[i] = enode.PubkeyToIDV4(&keys[i].PublicKey), PeerID(keys[i])
		}
		kept := ids[1] // somebody else's
		n := newNeighbours(server, ids[0], []enode.ID{kept}, log.NewLogger(log.DiscardHandler()))
		linked := make(map[enode.ID]bool) // in devp2p
		port := make(map[enode.ID]int)
		came := make(map[enode.ID]bool)
		now := time.Unix(1000, 0)
		for step := range 200 {
			now = now.Add(time.Duration(random.Int64N(int64(20 * time.Second))))
			var peers []PeerInfo
			for i, key := range keys {
				id := ids[i]
				if random.IntN(3) > 0 {
					continue
				}
				if random.IntN(10) == 0 || port[id] == 0 {
					port[id] = 1 + random.IntN(65535)
				}
				p := PeerInfo{ID: names[i], Host: []string{"10.0.0.1", "host.example", "fe80::1"}[random.IntN(3)], PublicKey: nodeID(&key.PublicKey), Port: port[id]}
				p.Configured, p.Validator = i%2 == 0, []string{"", "", "", "name"}[i%4]
				switch random.IntN(10) {
				case 0:
					p.PublicKey, p.Port = "", 0 // an older version
				case 1:
					p.Port = 0
				}
				peers = append(peers, p)
				came[id] = true
			}
			for _, id := range ids {
				if random.IntN(20) == 0 {
					linked[id] = !linked[id]
				}
			}
			was := maps.Clone(server.static)
			n.look(now, peers, func(id enode.ID) bool { return linked[id] })
			name := fmt.Sprintf("seed %d, step %d", seed, step)
			if len(server.static) != len(server.trusted) {
				t.Fatalf("%s: dialled and trusted are not the same", name)
			}
			for i, id := range ids {
				if _, dialled := server.static[id]; dialled && (i < 2 || i%2 == 1 && i%4 != 3) {
					t.Fatalf("%s: %d is dialled", name, i)
				}
				if url, ok := was[id]; ok && linked[id] && server.static[id] != url {
					t.Fatalf("%s: %d was cut off: %s", name, i, url)
				}
			}
			for _, p := range peers {
				id := ids[slices.Index(names, p.ID)]
				if !p.Configured && p.Validator == "" || p.Port == 0 || id == ids[0] || id == kept || linked[id] {
					continue
				}
				node, err := p.enode()
				if err != nil {
					t.Fatal(err)
				}
				if url := server.static[id]; url != "" && url != node.URLv4() {
					t.Fatalf("%s: dialled at %s, it is at %s", name, url, node.URLv4())
				}
			}
		}
		if len(came) < 4 {
			t.Fatalf("seed %d: nobody came", seed)
		}
		// After a long time without anybody nothing is left; a neighbour that stays is dialled within the courtesy.
		clear(linked)
		for range 3 {
			now = now.Add(neighbourGone + time.Second)
			n.look(now, nil, func(enode.ID) bool { return false })
		}
		if len(server.static)+len(server.trusted)+len(n.known) != 0 {
			t.Fatalf("seed %d: %d are dialled for ever", seed, len(server.static))
		}
		p := PeerInfo{Configured: true, Host: "10.0.0.9", PublicKey: nodeID(&keys[5].PublicKey), Port: 9}
		for range 2 {
			n.look(now, []PeerInfo{p}, func(enode.ID) bool { return false })
			now = now.Add(neighbourCourtesy)
		}
		if server.static[ids[5]] == "" {
			t.Fatalf("seed %d: one that stays is not dialled", seed)
		}
	}
}

// TestStuck: when it counts that transactions go nowhere.
func TestStuck(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	var s stuck
	now, since := time.Unix(0, 0), time.Time{}
	for range 10000 {
		now = now.Add(time.Second)
		pending, count, validators := random.IntN(200), max(0, random.IntN(300)-298), 1
		if random.IntN(300) == 0 {
			validators = 0
		}
		want := time.Duration(0)
		if pending == 0 || count > 0 || validators == 0 {
			since = time.Time{}
		} else {
			if since.IsZero() {
				since = now
			}
			if long := now.Sub(since); long >= stuckAfter {
				want = long
			}
		}
		if got := s.look(now, pending, count, validators); got != want {
			t.Fatalf("seed %d: with %d transactions, %d peers, %d validators: %v, want %v", seed, pending, count, validators, got, want)
		}
	}
}
