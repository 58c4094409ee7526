package service

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/serverset"
	"github.com/geth-ss/geth-ss/service/store"
	"github.com/geth-ss/geth-ss/test/ports"
)

// cluster is key servers in this process, with stores and devp2p connections over loopback, on a chain that is made up.
type cluster struct {
	*sessiontest.Cluster
	t     *testing.T
	chain *madeUpChain
	alice *sessiontest.Client
	nodes []*testServer // in the order of Cluster.Nodes

	authority wire.Authority  // who changes the set; nobody
	settings  []func(*Config) // of each
}

// testServer is one of them.
type testServer struct {
	*Service
	node     *sessiontest.Node
	dir      string
	password []byte // of its store; nil: a key file's
	server   *p2p.Server
	bare     bool         // its program knows of no features
	joins    bool         // it is not one of the first set
	own      *haltedChain // nil: it has the same chain as the others
}

func (s *testServer) openStore(t *testing.T) *store.Store {
	t.Helper()
	if s.password == nil {
		return openStore(t, s.dir)
	}
	db, err := store.Open(s.dir, s.password)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// waitFor bounds every wait for what is sure to come.
const waitFor = 2 * time.Minute

// newCluster makes key servers and has them connected.
func newCluster(t *testing.T, n int, stock uint64) *cluster {
	t.Helper()
	dirs := make([]string, n)
	for i := range dirs {
		dirs[i] = t.TempDir()
	}
	return newClusterIn(t, stock, dirs, nil)
}

// newClusterIn is newCluster with share stores in these directories, which may be there already and then have a password.
func newClusterIn(t *testing.T, stock uint64, dirs []string, password []byte) *cluster {
	t.Helper()
	n := len(dirs)
	c := &cluster{Cluster: sessiontest.New(n, 1), t: t, chain: new(madeUpChain)}
	c.alice = c.NewClient("alice")
	c.alice.Wallet = true
	c.nodes = make([]*testServer, n)
	for i := range n {
		c.nodes[i] = &testServer{node: c.Nodes[i], dir: dirs[i], password: password}
		c.open(c.nodes[i], stock)
	}
	t.Cleanup(func() {
		for _, s := range c.nodes {
			s.stop(t)
		}
	})
	for _, s := range c.nodes {
		c.join(s)
	}
	c.whole()
	return c
}

// open makes a key server with what is in its directory, at the address that it had before, if any.
func (c *cluster) open(s *testServer, stock uint64) {
	db := s.openStore(c.t)
	key, listen := s.node.PrivateKey(), ""
	if s.server != nil {
		listen = s.server.ListenAddr
	} else if port, err := ports.Take(1); err != nil {
		c.t.Error(err)
		return
	} else {
		listen = fmt.Sprintf("127.0.0.1:%d", port)
	}
	s.Service = newTestService()
	s.cfg = DefaultConfig()
	s.cfg.Stock = stock
	for _, set := range c.settings {
		set(&s.cfg)
	}
	s.self, s.cluster, s.chainID = s.node.NodeKey(), c.ID, sessiontest.ChainID
	s.quorums, s.states = newQuorums(len(c.nodes)), newStates(db, len(c.nodes))
	s.chain = chain.New(nil, chain.Config{}) // is only stopped
	if s.blocks = c.chain; s.own != nil {
		s.blocks = s.own
	}
	s.oracle = acl.New(c.chain, acl.Setting{Kind: acl.Address, Address: permissionContract}, acl.Config{})
	s.network = protocol.New(key, s.backend)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	protocols := s.network.Protocols()
	if s.bare {
		protocols = bareProtocols(c.t, protocols)
	}
	s.server = &p2p.Server{Config: p2p.Config{
		PrivateKey: key, MaxPeers: 20, ListenAddr: listen, NoDiscovery: true, Protocols: protocols,
	}}
	alone, err := serverset.NewStatic(nil, enode.NewV4(&key.PublicKey, nil, 0, 0))
	if err != nil {
		c.t.Error(err)
		return
	}
	s.servers = newServers(s.self.ID(), s.cluster, alone, c.authority) // who connects before all have their addresses is no member yet
	if err := s.server.Start(); err != nil {
		c.t.Error(err)
	}
}

// join makes a key server one of the set.
func (c *cluster) join(s *testServer) {
	c.t.Helper()
	var list []string
	for _, other := range c.nodes {
		if !other.joins {
			list = append(list, other.server.Self().URLv4())
		}
	}
	set, err := serverset.NewListed(list, s.server.Self())
	if err != nil {
		c.t.Fatal(err)
	}
	s.servers.configure(set)
	if err := s.learnSets(); err != nil {
		c.t.Fatal(err)
	}
	s.learnAddresses()
	s.setRunning(true)
	if !c.authority.None() {
		s.spawn(s.succession.run)
		s.spawn(s.rounder.run)
	}
	if err := s.network.Start(s.server, s.servers.Dialled()); err != nil {
		c.t.Fatal(err)
	}
}

// stop ends a key server, once.
func (s *testServer) stop(t *testing.T) {
	t.Helper()
	if !s.isRunning() {
		return
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	s.server.Stop()
}

// whole waits until all that run are connected.
func (c *cluster) whole() {
	c.t.Helper()
	running := 0
	for _, s := range c.nodes {
		if s.isRunning() {
			running++
		}
	}
	for _, s := range c.nodes {
		if s.isRunning() {
			c.until("the key servers are connected", func() bool { return len(s.network.Connected()) == running-1 })
		}
	}
}

func (c *cluster) until(what string, ok func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(waitFor); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: not within %v", what, waitFor)
		}
	}
}

// deal makes a key of which these nodes hold shares. All know it.
func (c *cluster) deal(number int, threshold int, members ...*testServer) *wire.KeyRecord {
	c.t.Helper()
	if len(members) == 0 {
		members = c.nodes
	}
	var holders []*sessiontest.Node
	for _, m := range members {
		holders = append(holders, m.node)
	}
	r := c.Deal(sessiontest.KeyID(number), threshold, c.NewClient("author"), holders)
	for _, s := range c.nodes {
		batch := []wire.Record{wire.NewRecord(wire.Create, wire.RecordKey, r.Setup.Key, wire.SessionID{}, r)}
		if share := s.node.State(r.Setup.Key).Share; share != nil {
			batch = append(batch, wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: r.Setup.Key, Session: r.Version(), Value: share.Encode()})
		}
		if err := s.save(r.Setup.Key, batch); err != nil {
			c.t.Fatal(err)
		}
	}
	return r
}

// permissionContract is asked for permissions on the chain that is made up.
var permissionContract = common.Address{0xac}

// madeUpChain has one block until it grows, and two kinds of contracts: the one for permissions, and accounts that take every signature.
type madeUpChain struct {
	denies   atomic.Bool // the contract for permissions does
	accounts atomic.Bool // there are accounts that take every signature
	claims   atomic.Int32

	mu   sync.Mutex
	more []chain.Block // after theBlock
}

// grow makes blocks, each so many seconds after the one before, and gives the number of the last.
func (c *madeUpChain) grow(blocks int, seconds uint64) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range blocks {
		last := c.last()
		number := last.Number + 1
		c.more = append(c.more, chain.Block{BlockRef: wire.BlockRef{Number: number, Hash: common.Hash{byte(number), byte(number >> 8)}}, Time: last.Time + seconds})
	}
	return c.last().Number
}

// last is the newest block; the caller holds mu.
func (c *madeUpChain) last() chain.Block {
	if n := len(c.more); n > 0 {
		return c.more[n-1]
	}
	return theBlock
}

func (c *madeUpChain) FinalAt(number uint64) (chain.Block, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case number > c.last().Number:
		return chain.Block{}, false
	case number > theBlock.Number:
		return c.more[number-theBlock.Number-1], true
	}
	b := theBlock
	b.Number, b.Time = number, theBlock.Time-(theBlock.Number-number)
	return b, true
}

var theBlock = chain.Block{BlockRef: wire.BlockRef{Number: 5, Hash: common.Hash{5}}, Time: sessiontest.RequestExpiry - 100}

func (c *madeUpChain) Final() (chain.Block, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last(), true
}

func (c *madeUpChain) WaitFinal(context.Context, uint64) (chain.Block, bool) { return c.Final() }

// haltedChain is that of a node which has not heard of any block but the first, as long as it is halted.
type haltedChain struct {
	*madeUpChain
	halted atomic.Bool
}

func (c *haltedChain) Final() (chain.Block, bool) {
	if c.halted.Load() {
		return theBlock, true
	}
	return c.madeUpChain.Final()
}

func (c *haltedChain) FinalAt(number uint64) (chain.Block, bool) {
	if c.halted.Load() && number > theBlock.Number {
		return chain.Block{}, false
	}
	return c.madeUpChain.FinalAt(number)
}

func (c *haltedChain) WaitFinal(context.Context, uint64) (chain.Block, bool) { return c.Final() }

func (c *haltedChain) Canonical(b wire.BlockRef) bool {
	_, ok := c.BlockOf(b)
	return ok
}

func (c *haltedChain) BlockOf(b wire.BlockRef) (chain.Block, bool) {
	at, ok := c.FinalAt(b.Number)
	return at, ok && at.Hash == b.Hash
}

func (c *madeUpChain) Canonical(b wire.BlockRef) bool {
	_, ok := c.BlockOf(b)
	return ok
}

func (c *madeUpChain) RecentlyFinal(uint64, time.Duration) bool { return true }

func (c *madeUpChain) BlockOf(b wire.BlockRef) (chain.Block, bool) {
	at, ok := c.FinalAt(b.Number)
	return at, ok && at.Hash == b.Hash
}

func (c *madeUpChain) Call(_ context.Context, _ wire.BlockRef, to common.Address, _ []byte, _ uint64) ([]byte, uint64, error) {
	out := make([]byte, 32)
	if to == permissionContract {
		if !c.denies.Load() {
			out[31] = 1
		}
		return out, 1000, nil
	}
	c.claims.Add(1)
	if !c.accounts.Load() {
		return nil, 0, chain.ErrNoCode
	}
	copy(out, crypto.Keccak256([]byte("isValidSignature(bytes32,bytes)"))[:4])
	return out, 1000, nil
}
