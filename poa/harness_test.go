package poa

import (
	"crypto/ecdsa"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtconfig "github.com/cometbft/cometbft/config"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/ethereum/go-ethereum/triedb/pathdb"

	"github.com/geth-ss/geth-ss/internal/leak"
	"github.com/geth-ss/geth-ss/test/ports"
)

// childEnv makes the test binary a process that runs a network in the given
// directory until it is killed.
const childEnv = "POA_TEST_NETWORK"

func TestMain(m *testing.M) {
	level := log.LevelCrit
	if os.Getenv("POA_TEST_LOG") != "" {
		level = slog.Level(log.FromLegacyLevel(len(os.Getenv("POA_TEST_LOG")))) // "xxx" is info, "xxxx" debug
	}
	log.SetDefault(log.NewLogger(log.NewTerminalHandlerWithLevel(os.Stderr, level, false)))
	if dir := os.Getenv(childEnv); dir != "" {
		child(dir)
		return
	}
	leak.Main(m,
		"autofile.OpenAutoFile",                          // CometBFT's log leaves two idle ones behind for each file it has closed,
		"pubsub.(*Server).loop", "proxy.(*multiAppConn)", // and what it has started when making a node fails half-way;
		"core/txpool", "eth/downloader.", // geth stops nothing of a node that was made and never started,
		"consensus.(*timeoutTicker)", // CometBFT leaves its clock behind if it is stopped in the moment in which it starts,
		"core.(*txSenderCacher)",     // and this, of all chains, never
	)
}

// faucet is a funded account of every test network.
var faucet, _ = crypto.ToECDSA(common.LeftPadBytes([]byte("faucet of the test networks"), 32))

const (
	testChainID = 24601

	// patience bounds every wait for what is sure to come. Networks of four in
	// one process, each vote synced to disk, take many times as long on a busy
	// machine, and more under the race detector.
	patience = 10 * time.Minute
)

// network is some nodes on loopback in one process, the first validators of
// them in the validator set.
type network struct {
	dir     string
	genesis *NetworkGenesis
	nodes   []*testNode

	strangers bool // nodes are told nothing of each other's devp2p
}

type testNode struct {
	name    string
	dir     string
	key     *ecdsa.PrivateKey
	port    int
	cfg     Config
	net     *network
	stack   *node.Node
	backend *eth.Ethereum
	driver  *Driver

	wrap         func(*application) abci.Application // how the node misbehaves, see Driver
	wrapVotes    func(*signer) cmttypes.PrivValidator
	configure    func(*cmtconfig.Config)
	plainGenesis *core.Genesis   // for geth's database instead of the network's
	file         *NetworkGenesis // instead of the network's, for init
	noInit       bool
	noDevp2p     bool // it neither dials nor listens
}

// testNetwork is newNetwork for a test, on free ports.
func testNetwork(t testing.TB, dir string, validators, followers int) *network {
	t.Helper()
	n, err := newNetwork(dir, validators, followers, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// newNetwork makes the directories and keys of a network. at are the nodes' ports; nil takes free ones.
func newNetwork(dir string, validators, followers int, at []int) (*network, error) {
	n := &network{dir: dir}
	var set []Validator
	for i := range validators + followers {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte(fmt.Sprint("node", i))))
		if err != nil {
			return nil, err
		}
		name := fmt.Sprint("node", i)
		if i < validators {
			set = append(set, NewValidator(&key.PublicKey, name))
		}
		port := 0
		if at != nil {
			port = at[i]
		}
		n.nodes = append(n.nodes, &testNode{name: name, dir: filepath.Join(dir, name), key: key, port: port, net: n})
	}
	rich := types.GenesisAlloc{crypto.PubkeyToAddress(faucet.PublicKey): {Balance: new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil)}}
	n.genesis = NewGenesis(testChainID, rich, set, 1_700_000_000)
	var peers []string
	for _, v := range n.nodes {
		if v.port == 0 {
			p, err := ports.Take(1)
			if err != nil {
				return nil, err
			}
			v.port = p
		}
		peers = append(peers, fmt.Sprintf("%s@127.0.0.1:%d", PeerID(v.key), v.port))
	}
	for i, v := range n.nodes {
		v.cfg = DefaultConfig()
		v.cfg.Enabled = true
		v.cfg.ListenAddr = fmt.Sprintf("127.0.0.1:%d", v.port)
		v.cfg.Peers = peers[:validators]
		if i >= validators {
			v.cfg.Peers = peers
		}
	}
	return n, nil
}

// assemble makes the node as cmd/geth-ss does, without starting it.
func (v *testNode) assemble() error {
	var err error
	v.stack, err = node.New(&node.Config{
		Name: "geth-ss", DataDir: v.dir,
		P2P: p2p.Config{PrivateKey: v.key, ListenAddr: "127.0.0.1:0", NoDiscovery: true, MaxPeers: 25},
	})
	if err != nil {
		return err
	}
	if v.noDevp2p {
		v.stack.Server().MaxPeers, v.stack.Server().NoDial, v.stack.Server().ListenAddr = 0, true, ""
	}
	conf := ethconfig.Defaults
	conf.NetworkId = testChainID
	switch {
	case v.noInit:
		conf.Genesis = v.net.genesis.Genesis
	case v.plainGenesis != nil:
		conf.Genesis = v.plainGenesis
		err = InitDir(v.stack.ResolvePath("poa"), v.net.genesis)
	default:
		_, err = v.init()
	}
	if err != nil {
		return err
	}
	conf.TrieCleanCache, conf.SnapshotCache, conf.DatabaseCache = 16, 16, 16
	Configure(&conf, &v.cfg)
	if v.backend, err = eth.New(v.stack, &conf); err != nil {
		return err
	}
	if v.driver, err = New(v.stack, v.backend, v.cfg, nil); err != nil {
		v.backend.BlockChain().Stop() // what was not started the stack doesn't stop
		return err
	}
	v.driver.wrap, v.driver.wrapVotes, v.driver.configure = v.wrap, v.wrapVotes, v.configure
	return nil
}

// init does what the command of this name does.
func (v *testNode) init() ([]Difference, error) {
	db, err := v.stack.OpenDatabaseWithOptions("chaindata", node.DatabaseOptions{Cache: 16, Handles: 16})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	tries := func() *triedb.Database { return triedb.NewDatabase(db, &triedb.Config{PathDB: pathdb.Defaults}) }
	file := v.net.genesis
	if v.file != nil {
		file = v.file
	}
	return Init(v.stack.ResolvePath("poa"), file, db, tries)
}

func (v *testNode) run() error {
	if err := v.assemble(); err != nil {
		if v.stack != nil {
			v.stack.Close()
		}
		return fmt.Errorf("%s: %w", v.name, err)
	}
	if err := v.stack.Start(); err != nil {
		v.stack.Close()
		return fmt.Errorf("%s: %w", v.name, err)
	}
	for _, w := range v.net.nodes {
		if !v.net.strangers && w != v && w.stack != nil && w.stack.Server() != nil && w.stack.Server().Self().TCP() != 0 {
			v.stack.Server().AddPeer(w.stack.Server().Self())
		}
	}
	return nil
}

func (v *testNode) start(t *testing.T) {
	t.Helper()
	if err := v.run(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.stop)
}

// startAll starts nodes one after the other.
func startAll(t *testing.T, nodes ...*testNode) {
	t.Helper()
	for _, v := range nodes {
		v.start(t)
	}
}

// live runs a node until it has block h.
func (v *testNode) live(t *testing.T, h uint64) {
	t.Helper()
	v.start(t)
	waitHeight(t, h, patience, v)
	v.stop()
}

// refuseTwin starts a second process of the node, on a directory of its own, and wants it to end because the first runs.
func (v *testNode) refuseTwin(t *testing.T) {
	t.Helper()
	twin := *v
	twin.dir, twin.stack = t.TempDir(), nil
	twin.cfg.ListenAddr = fmt.Sprintf("127.0.0.1:%d", ports.For(t, 1))
	if err := twin.run(); err != nil {
		t.Fatal(err)
	}
	defer twin.stop()
	twin.stack.Wait()
	if err := twin.driver.Err(); err == nil || !strings.Contains(err.Error(), "another process runs with this node key") {
		t.Errorf("a second process of a node ended with: %v", err)
	}
}

func (v *testNode) stop() {
	if v.stack != nil {
		v.stack.Close()
		v.stack = nil
	}
}

func (v *testNode) height() uint64 { return v.backend.BlockChain().CurrentBlock().Number.Uint64() }

// waitHeight waits until every given node has committed block h.
func waitHeight(t *testing.T, h uint64, limit time.Duration, nodes ...*testNode) {
	t.Helper()
	end := time.Now().Add(limit)
	for _, v := range nodes {
		for v.height() < h {
			if time.Now().After(end) {
				t.Fatalf("%s is at block %d, want %d within %s (driver: %v, %+v)", v.name, v.height(), h, limit, v.driver.Err(), v.driver.Status())
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// sameChain checks that the nodes agree on every block from the one up to the
// lowest head, and that head = final.
func sameChain(t *testing.T, from uint64, nodes ...*testNode) {
	t.Helper()
	top := nodes[0].height()
	for _, v := range nodes {
		top = min(top, v.height())
	}
	for h := from; h <= top; h++ {
		want := nodes[0].backend.BlockChain().GetCanonicalHash(h)
		for _, v := range nodes[1:] {
			if got := v.backend.BlockChain().GetCanonicalHash(h); got != want {
				t.Fatalf("block %d: %s has %x, %s has %x", h, nodes[0].name, want, v.name, got)
			}
		}
	}
	for _, v := range nodes {
		if f := v.backend.BlockChain().CurrentFinalBlock(); f == nil || f.Number.Uint64()+1 < v.height() {
			t.Fatalf("%s: head %d, final %v", v.name, v.height(), f)
		}
	}
}

// until waits until something is so, for what takes as long as the machine needs.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// blockTimes records when node v commits the blocks up to h.
func blockTimes(t *testing.T, v *testNode, h uint64) map[uint64]time.Time {
	t.Helper()
	ch := make(chan core.ChainHeadEvent, 64)
	sub := v.backend.BlockChain().SubscribeChainHeadEvent(ch)
	defer sub.Unsubscribe()
	out := make(map[uint64]time.Time)
	end := time.After(patience)
	for {
		select {
		case e := <-ch:
			n := e.Header.Number.Uint64()
			out[n] = time.Now()
			if n >= h {
				return out
			}
		case <-end:
			t.Fatalf("block %d did not come", h)
		}
	}
}
