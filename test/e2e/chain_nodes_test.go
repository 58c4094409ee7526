package e2e

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/poa/poatest"
	"github.com/geth-ss/geth-ss/test/ports"
)

// chainNet is a network of processes that make and follow blocks and have no Secret Store, each started and killed by
// the test itself. Whatever any node ever showed as a block is remembered, and no node may show another.
type chainNet struct {
	genesis *poa.NetworkGenesis
	nodes   []*chainNode // the validators, then those that follow
	faucet  account

	mu   sync.Mutex
	seen map[uint64]common.Hash // guarded by mu
}

// chainNode is the place of one node and the process that runs there, if any.
type chainNode struct {
	net            *chainNet
	name, dir      string
	key            *ecdsa.PrivateKey
	p2p, rpc, port int
	prune          bool
	peers          []*chainNode // whom its configuration names
	modules        string       // beside eth and net, over HTTP

	*process
	eth    *ethclient.Client
	begun  time.Time
	height uint64 // the highest block it ever showed
	last   uint64 // its head when last looked at
}

const (
	chainNetID = 24602

	// blockPatience is how long a block may take when four nodes share a disk with everything else of a test run: each
	// vote is synced to it.
	blockPatience = 5 * time.Minute
)

// planChain plans a network; genesis is so long ago that a chain of so many blocks, one a second, ends now.
func planChain(t *testing.T, validators, followers int, blocks uint64) *chainNet {
	t.Helper()
	slow(t)
	n := &chainNet{faucet: newAccount(t), seen: make(map[uint64]common.Hash)}
	first := ports.For(t, 3*(validators+followers))
	var set []poa.Validator
	for i := range validators + followers {
		key := newAccount(t).key
		name := fmt.Sprintf("node%d", i+1)
		if i < validators {
			set = append(set, poa.NewValidator(&key.PublicKey, name))
		}
		n.nodes = append(n.nodes, &chainNode{
			net: n, name: name, dir: filepath.Join(t.TempDir(), name), key: key,
			p2p: first + 3*i, rpc: first + 3*i + 1, port: first + 3*i + 2,
		})
	}
	for _, v := range n.nodes {
		v.peers = n.nodes[:validators]
	}
	rich := types.GenesisAlloc{n.faucet.address: {Balance: new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil)}}
	n.genesis = poa.NewGenesis(chainNetID, rich, set, uint64(time.Now().Unix())-blocks-30)
	return n
}

// initialize gives empty directories to all nodes, as operators do.
func (n *chainNet) initialize(t *testing.T, nodes ...*chainNode) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "network.json")
	writeJSON(t, file, n.genesis)
	for _, v := range nodes {
		v.writeFiles(t)
		run(t, "init", "--config", v.configPath(), file)
	}
}

// make gives the validators a chain of so many blocks.
func (n *chainNet) make(t *testing.T, validators int, blocks uint64, txs func(uint64) []*types.Transaction) {
	t.Helper()
	plan := poatest.Plan{Genesis: n.genesis, Blocks: blocks, Txs: txs}
	var dirs []string
	for _, v := range n.nodes[:validators] {
		plan.Validators, dirs = append(plan.Validators, v.key), append(dirs, v.dir)
	}
	begun := time.Now()
	if err := poatest.Make(plan, dirs); err != nil {
		t.Fatal(err)
	}
	t.Logf("a chain of %d blocks was made in %v", blocks, time.Since(begun).Round(time.Millisecond))
	for _, v := range n.nodes[:validators] {
		v.writeFiles(t)
	}
}

func (v *chainNode) configPath() string { return filepath.Join(v.dir, "config.toml") }

// writeFiles writes the node's key and configuration.
func (v *chainNode) writeFiles(t *testing.T) {
	t.Helper()
	instance := filepath.Join(v.dir, "geth-ss")
	if err := os.MkdirAll(instance, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := crypto.SaveECDSA(filepath.Join(instance, "nodekey"), v.key); err != nil {
		t.Fatal(err)
	}
	var peers, enodes []string
	for _, w := range v.peers {
		peers = append(peers, strconv.Quote(fmt.Sprintf("%s@127.0.0.1:%d", poa.PeerID(w.key), w.port)))
		if w != v {
			enodes = append(enodes, strconv.Quote(fmt.Sprintf("enode://%x@127.0.0.1:%d", crypto.FromECDSAPub(&w.key.PublicKey)[1:], w.p2p)))
		}
	}
	text := fmt.Sprintf(`
[Eth]
NetworkId = %d
SyncMode = "full"
DatabaseCache = 32
TrieCleanCache = 16
SnapshotCache = 16
LogNoHistory = true

[Node]
DataDir = %q
IPCPath = ""
HTTPHost = "127.0.0.1"
HTTPPort = %d
HTTPModules = ["eth", "net"%s]

[Node.P2P]
ListenAddr = "127.0.0.1:%d"
NAT = "none"
NoDiscovery = true
BootstrapNodes = []
StaticNodes = [%s]

[PoA]
Enabled = true
ListenAddr = "127.0.0.1:%d"
Peers = [%s]
Prune = %v
`, chainNetID, v.dir, v.rpc, v.modules, v.p2p, strings.Join(enodes, ", "), v.port, strings.Join(peers, ", "), v.prune)
	if err := os.WriteFile(v.configPath(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start starts the node and returns at once.
func (v *chainNode) start(t *testing.T) {
	t.Helper()
	v.begun = time.Now()
	v.process = start(t, "--config", v.configPath(), "--verbosity", "4", "--log.vmodule", "triedb/*=3,core/*=3")
	if v.eth == nil {
		conn, err := rpc.Dial(fmt.Sprintf("http://127.0.0.1:%d", v.rpc))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		v.eth = ethclient.NewClient(conn)
	}
}

// kill is a power cut. What the node wrote is looked through, and let go.
func (v *chainNode) kill(t *testing.T) {
	t.Helper()
	v.cmd.Process.Kill()
	<-v.done
	v.calm(t)
	v.output.Reset()
}

// worry is what no validator of an honest network ever writes, however it was ended before.
var worry = regexp.MustCompile(`(?m)^.*(CONSENSUS FAILURE|^panic:|^fatal error:|^goroutine \d|conflicting vote|evidence of byzantine|DATA RACE|Consensus has ended|Met ourselves).*$`)

// calm fails the test if the node wrote what it never should.
func (v *chainNode) calm(t *testing.T) {
	t.Helper()
	if lines := worry.FindAllString(v.output.String(), 3); lines != nil {
		t.Errorf("%s wrote:\n%s", v.name, strings.Join(lines, "\n"))
	}
}

// look asks for the head and remembers it. Two blocks of a height are a fork.
func (v *chainNode) look(t *testing.T) error {
	t.Helper()
	if !v.running() {
		t.Fatalf("%s ended by itself:\n%s", v.name, tail(v.output.String(), 20))
	}
	head, err := v.eth.HeaderByNumber(t.Context(), nil)
	if err != nil {
		return err
	}
	v.note(t, head)
	v.last = head.Number.Uint64()
	return nil
}

func (v *chainNode) note(t *testing.T, h *types.Header) {
	t.Helper()
	number, hash := h.Number.Uint64(), h.Hash()
	v.height = max(v.height, number)
	v.net.mu.Lock()
	defer v.net.mu.Unlock()
	if was, ok := v.net.seen[number]; ok && was != hash {
		t.Fatalf("block %d of %s is %s; it was %s before or elsewhere", number, v.name, hash, was)
	}
	v.net.seen[number] = hash
}

// top is the highest block that any node ever showed.
func (n *chainNet) top() (top uint64) {
	for _, v := range n.nodes {
		top = max(top, v.height)
	}
	return top
}

// untilHeight waits until the nodes have a block, for as long as each of them gets on.
func (n *chainNet) untilHeight(t *testing.T, number uint64, nodes ...*chainNode) {
	t.Helper()
	for _, v := range nodes {
		var head uint64
		for deadline := time.Now().Add(blockPatience); head < number; time.Sleep(pollEvery) {
			err := v.look(t)
			if err == nil && v.last > head {
				head, deadline = v.last, time.Now().Add(blockPatience)
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s is at block %d for %v, on the way to %d: %v", v.name, head, blockPatience, number, err)
			}
		}
	}
}

// agree compares the blocks of the nodes, which must all have them.
func (n *chainNet) agree(t *testing.T, from, to uint64, nodes ...*chainNode) {
	t.Helper()
	for number := from; number <= to; number++ {
		for _, v := range nodes {
			h, err := v.eth.HeaderByNumber(t.Context(), new(big.Int).SetUint64(number))
			if err != nil {
				t.Fatalf("block %d of %s: %v", number, v.name, err)
			}
			v.note(t, h)
		}
	}
}

// replayed is how many blocks behind what it had shown the node began, after a kill.
func (v *chainNode) replayed(t *testing.T) uint64 {
	t.Helper()
	head, err := strconv.ParseUint(v.says(t, `Starting consensus .* head=(\d+)`)[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v.height - min(v.height, head)
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(path, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
