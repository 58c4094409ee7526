package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/test/ports"
)

// network is a running devnet, as its devnet.json tells.
type network struct {
	*process
	dir     string
	flags   []string // what it was started with, the ports included
	hurt    bool     // some node was killed or frozen
	lost    bool     // some node's share store was wiped
	full    bool     // some node's disk was full
	chainID uint64
	acl     string
	registry
	validators []string       // where they vote on who is one: the names of those of now
	nodes      []*node        // the key servers
	others     []*node        // that are none (any more)
	byHand     map[string]int // processes of nodes that the test has started again, by their names
	accounts   []account
}

// node is a validator and key server of a network.
type node struct {
	keyServer
	name, public, datadir, keystore, log string
	address                              common.Address
	enode, ws                            string
	pid                                  int

	rpcURL string
	rpc    *rpc.Client
	eth    *ethclient.Client
}

// state is devnet.json.
type state struct {
	ChainID    uint64         `json:"chainId"`
	ACL        string         `json:"acl"`
	Registry   common.Address `json:"registry"`
	Nodes      []nodeState    `json:"nodes"`
	Validators []nodeState    `json:"validators"`
	Accounts   []struct {
		Address    common.Address `json:"address"`
		Password   string         `json:"password"`
		PrivateKey hexutil.Bytes  `json:"privateKey"`
	} `json:"accounts"`
	Governance *struct {
		ValidatorSet common.Address `json:"validatorSet"`
		Validators   []string       `json:"validators"`
	} `json:"governance"`
}

type nodeState struct {
	Name     string         `json:"name"`
	Enode    string         `json:"enode"`
	Public   string         `json:"public"`
	Address  common.Address `json:"address"`
	RPC      string         `json:"rpc"`
	WS       string         `json:"ws"`
	HTTP     string         `json:"http"`
	Datadir  string         `json:"datadir"`
	Keystore string         `json:"keystore"`
	PID      int            `json:"pid"`
	Log      string         `json:"log"`
}

// startNetwork starts a devnet of n nodes on free ports, in a directory of the test, and waits until it is ready.
func startNetwork(t *testing.T, n int, flags ...string) *network {
	t.Helper()
	return startGrowing(t, n, 0, flags...)
}

// startGrowing is startNetwork with ports for more nodes, which are added later.
func startGrowing(t *testing.T, n, more int, flags ...string) *network {
	t.Helper()
	slow(t)
	return startNetworkOf(t, binary, n, more, flags...)
}

// startNetworkOf is startGrowing of a program.
func startNetworkOf(t *testing.T, program string, n, more int, flags ...string) *network {
	t.Helper()
	dir := t.TempDir()
	flags = append(flags, portFlags(ports.For(t, 4*(n+more)), n+more)...)
	flags = append(flags, "--nodes", fmt.Sprint(n), "--dir", dir)
	return startOf(t, program, dir, flags)
}

// startAgain starts a devnet with the very flags, and with more in its environment.
func startAgain(t *testing.T, dir string, flags []string, env ...string) *network {
	t.Helper()
	return startOf(t, binary, dir, flags, env...)
}

// startOf is startAgain of a program.
func startOf(t *testing.T, program, dir string, flags []string, env ...string) *network {
	t.Helper()
	net := &network{dir: dir, flags: flags}
	t.Cleanup(func() { net.report(t) }) // runs after the process was ended
	net.process = startProgram(t, program, env, append([]string{"devnet"}, flags...)...)
	until(t, "the devnet is ready", func() error {
		if !net.running() {
			t.Fatalf("devnet ended:\n%s", &net.output)
		}
		if !strings.Contains(net.output.String(), "The network is up") {
			return errors.New(tail(net.output.String(), 1))
		}
		return nil
	})
	net.load(t)
	return net
}

func portFlags(first, n int) []string {
	return []string{
		"--rpc-port", fmt.Sprint(first), "--secretstore-port", fmt.Sprint(first + n),
		"--p2p-port", fmt.Sprint(first + 2*n), "--poa-port", fmt.Sprint(first + 3*n),
	}
}

func (n *network) statePath() string { return filepath.Join(n.dir, "devnet.json") }

// load reads devnet.json and connects to the nodes.
func (n *network) load(t *testing.T) {
	t.Helper()
	raw, err := os.ReadFile(n.statePath())
	if err != nil {
		t.Fatal(err)
	}
	var s state
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatalf("%s: %v", n.statePath(), err)
	}
	n.chainID, n.acl, n.registry = s.ChainID, s.ACL, registry{s.Registry}
	n.validators = nil
	if s.Governance != nil {
		n.validators = s.Governance.Validators
	}
	for _, a := range s.Accounts {
		key, err := crypto.ToECDSA(a.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		n.accounts = append(n.accounts, account{key: key, address: a.Address, password: a.Password})
	}
	for i := range s.Nodes {
		n.nodes = append(n.nodes, s.Nodes[i].connect(t))
	}
	for i := range s.Validators {
		n.others = append(n.others, s.Validators[i].connect(t))
	}
	for _, node := range slices.Concat(n.nodes, n.others) {
		if pid := n.byHand[node.name]; pid != 0 {
			node.pid = pid
		}
	}
}

// connect has the test talk to a node.
func (a *nodeState) connect(t *testing.T) *node {
	t.Helper()
	conn, err := rpc.Dial(a.RPC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &node{
		keyServer: keyServer{a.HTTP}, name: a.Name, public: a.Public, datadir: a.Datadir, keystore: a.Keystore, log: a.Log,
		address: a.Address, enode: a.Enode, ws: a.WS, pid: a.PID, rpcURL: a.RPC, rpc: conn, eth: ethclient.NewClient(conn),
	}
}

// stop ends the network by SIGTERM, and fails the test if anything of it is left.
func (n *network) stop(t *testing.T) {
	t.Helper()
	n.terminate(t, syscall.SIGTERM)
	n.gone(t)
	if _, err := os.Stat(n.statePath()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there though the network isn't (%v)", n.statePath(), err)
	}
}

// gone waits until the nodes that devnet started have ended.
func (n *network) gone(t *testing.T) {
	t.Helper()
	for _, node := range slices.Concat(n.nodes, n.others) {
		until(t, node.name+" ends", func() error {
			if alive(node.pid) {
				return fmt.Errorf("process %d is alive", node.pid)
			}
			for _, door := range []string{node.rpcURL, node.url} { // the system may close them a little later
				if conn, err := net.Dial("tcp", strings.TrimPrefix(door, "http://")); err == nil {
					conn.Close()
					return fmt.Errorf("%s is open", door)
				}
			}
			return nil
		})
	}
}

// kill ends one node as a power cut would.
func (n *node) kill(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(n.pid, syscall.SIGKILL); err != nil {
		t.Fatalf("killing %s: %v", n.name, err)
	}
	until(t, n.name+" ends", func() error {
		if alive(n.pid) {
			return fmt.Errorf("process %d is alive", n.pid)
		}
		return nil
	})
}

// status is what is looked at of secretstore_status.
type status struct {
	ID        string         `json:"id"`
	Address   common.Address `json:"address"`
	Cluster   string         `json:"cluster"`
	ClusterID string         `json:"clusterId"`
	Protocol  string         `json:"protocol"`
	Running   bool           `json:"running"`
	ACL       string         `json:"acl"`
	Servers   []string       `json:"servers"`
	Connected int            `json:"connected"`
	Keys      int            `json:"keys"`
	Shares    int            `json:"shares"`
	Sessions  int            `json:"sessions"`
	Signing   struct {
		Items, LentItems int
	} `json:"signing"`
	Final *struct {
		Number uint64      `json:"number"`
		Hash   common.Hash `json:"hash"`
		Age    float64     `json:"age"`
	} `json:"final"`
}

func (n *node) status() (*status, error) {
	s := new(status)
	return s, n.rpc.Call(s, "secretstore_status")
}

// untilConnected waits until the node serves and is connected to all key servers, itself included.
func (n *node) untilConnected(t *testing.T, servers int) {
	t.Helper()
	until(t, n.name+" is connected", func() error {
		s, err := n.status()
		if err == nil && s.Connected < servers {
			err = fmt.Errorf("connected to %d of %d", s.Connected, servers)
		}
		if err == nil {
			_, err = n.request("GET", "/")
		}
		return err
	})
}

// untilJoined waits until the node is connected to all key servers of a network that run, and each of them to it: the two
// ends of a connection don't come to know of it at the same moment.
func (n *network) untilJoined(t *testing.T, joined *node) {
	t.Helper()
	running := 0
	for _, other := range n.nodes {
		if !alive(other.pid) {
			continue
		}
		if running++; other != joined {
			until(t, other.name+" is connected to "+joined.name, func() error { return other.connectedTo(joined) })
		}
	}
	joined.untilConnected(t, running)
}

// connectedTo tells whether the node exchanges messages with another.
func (n *node) connectedTo(other *node) error {
	var peers []struct{ ID, State string }
	if err := n.rpc.Call(&peers, "secretstore_peers"); err != nil {
		return err
	}
	for _, p := range peers {
		if p.ID == other.public && p.State == "connected" {
			return nil
		}
	}
	return fmt.Errorf("it has %+v", peers)
}

// untilMissed waits until the node counts no more than so many key servers as connected, itself included.
func (n *node) untilMissed(t *testing.T, servers int) {
	t.Helper()
	until(t, n.name+" misses who is gone", func() error {
		s, err := n.status()
		if err == nil && s.Connected > servers {
			err = fmt.Errorf("connected to %d", s.Connected)
		}
		return err
	})
}

// bad are lines that a node never writes, whatever is done to it from outside.
var bad = regexp.MustCompile(`(?m)^(ERROR|CRIT|panic:|fatal error:|goroutine \d+ \[|WARNING: DATA RACE).*`)

// harmless are errors that a node may write after it was killed or frozen. geth goes back to the last block whose state it
// has, and consensus plays the blocks again, among them the final one, which geth misses meanwhile, and those that its freezer, which has
// begun where geth was, would freeze; consensus finds its own log cut off, votes of rounds it knows nothing of, and that it has signed
// further than it remembers, which it does not do twice.
var harmless = regexp.MustCompile(`SetHead invalidated finalized block|Number of finalized block is missing|block body missing, can't freeze block|service=poa module=consensus `)

// wipedStore is what a key server says whose share store a test has wiped.
var wipedStore = regexp.MustCompile(`This node has helped to make a key but holds no share of it`)

// fullDisk is what a key server says whose disk a test has filled.
var fullDisk = regexp.MustCompile(`the disk is full; make room`)

// ending is what geth says as an error when it is told to end while it meets a peer.
var ending = regexp.MustCompile(`Snapshot extension barrier failed .*err="peerset closed"`)

// waiting is what a validator says of itself while it waits for others: those that were ended, or that a busy machine holds up.
var waiting = regexp.MustCompile(`No new block since block`)

// erasing is what a node says of itself that is a key server no more, while others are slow to let it erase its shares, as on a busy
// machine. That it erases them its directory shows.
var erasing = regexp.MustCompile(`this node is a key server no more .* shares that are not erased yet`)

// failed is what consensus says when it has ended for good.
var failed = regexp.MustCompile(`CONSENSUS FAILURE`)

// blocks are the lines that every block brings.
var blocks = regexp.MustCompile(`(?m)^INFO \[\S+ (Chain head was|Imported new potential|(Starting|Stopping) work on|Updated) .*\n`)

// report looks through the logs when all is over.
func (n *network) report(t *testing.T) {
	logs, _ := filepath.Glob(filepath.Join(n.dir, "node*", "node.log"))
	for _, path := range logs {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		lines := slices.DeleteFunc(bad.FindAllString(string(raw), -1), func(line string) bool {
			return ending.MatchString(line) || waiting.MatchString(line) || erasing.MatchString(line) || n.lost && wipedStore.MatchString(line) ||
				n.full && fullDisk.MatchString(line) || n.hurt && harmless.MatchString(line) && !failed.MatchString(line)
		})
		if len(lines) > 0 {
			t.Errorf("%s has:\n%s", path, strings.Join(lines[:min(5, len(lines))], "\n"))
		}
		if dir := os.Getenv("GETH_SS_E2E_LOGS"); dir != "" {
			name := fmt.Sprintf("%s-%s.log", t.Name(), filepath.Base(filepath.Dir(path)))
			if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
				t.Log(err)
			}
		}
		if t.Failed() {
			t.Logf("%s ends with, but for the blocks:\n%s", path, tail(blocks.ReplaceAllString(string(raw), ""), 30))
		}
	}
}
