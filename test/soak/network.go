package main

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/devnet"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/dapp"
	"github.com/geth-ss/geth-ss/test/lan"
)

// Ports of the first node, one up for each further one; away from those that systems hand out by themselves, and from
// those of test/ports.
const firstPort = 11_000

// network is the nodes that are tormented.
type network struct {
	binary   string
	dir      string
	lan      *lan.LAN // nil: all nodes on the machine's loopback
	why      error    // why there is no lan
	state    *devnet.State
	nodes    []*node
	spares   []*node // that clients don't use, and nobody torments
	accounts []*ecdsa.PrivateKey
}

// node is one of them.
type node struct {
	net    *network
	index  int
	name   string
	dir    string
	public string // id, as 0x and 64 bytes
	enode  string
	client *http.Client
	server *dapp.Server // its HTTP API, as a client on its own host reaches it
	rpc    *rpc.Client  // its JSON-RPC, likewise
	eth    *ethclient.Client
	troubles

	mu    sync.Mutex // guards the process
	cmd   *exec.Cmd
	ended <-chan struct{}
}

// newNetwork writes the files of a network.
func newNetwork(o *options) (_ *network, err error) {
	n := &network{dir: o.dir}
	if n.binary, err = filepath.Abs(o.binary); err != nil {
		return nil, err
	}
	if n.dir == "" {
		n.dir, err = os.MkdirTemp("", "geth-ss-soak-")
	} else if n.dir, err = filepath.Abs(o.dir); err == nil {
		err = os.MkdirAll(n.dir, 0o700)
	}
	if err != nil {
		return nil, err
	}
	cfg := devnet.DefaultConfig()
	cfg.Nodes, cfg.Dir, cfg.ACL = o.nodes, n.dir, devnet.ACLRegistry
	cfg.Spares = o.spares
	cfg.RPCPort, cfg.SecretStorePort, cfg.P2PPort, cfg.PoAPort = firstPort, firstPort+100, firstPort+200, firstPort+300
	if n.lan, n.why = newLAN(o); n.why != nil && !errors.Is(n.why, lan.ErrUnsupported) {
		return nil, n.why
	}
	for i := range o.nodes + o.spares {
		if n.lan != nil {
			cfg.Hosts = append(cfg.Hosts, n.lan.Addr(i).String())
		}
	}
	if n.state, err = devnet.Prepare(cfg); err != nil {
		return nil, errors.Join(err, n.close(false))
	}
	for i, state := range slices.Concat(n.state.Nodes, n.state.Validators) {
		node, err := n.newNode(i, &state)
		if err != nil {
			return nil, errors.Join(err, n.close(false))
		}
		if i < o.nodes {
			n.nodes = append(n.nodes, node)
		} else {
			n.spares = append(n.spares, node)
		}
	}
	for _, a := range n.state.Accounts {
		key, err := crypto.ToECDSA(a.PrivateKey)
		if err != nil {
			return nil, errors.Join(err, n.close(false))
		}
		n.accounts = append(n.accounts, key)
	}
	return n, nil
}

func newLAN(o *options) (*lan.LAN, error) {
	if !o.namespaces {
		return nil, fmt.Errorf("%w: -namespaces=false", lan.ErrUnsupported)
	}
	return lan.New(o.nodes+o.spares, o.seed)
}

// hosts says how far apart the nodes are.
func (n *network) hosts() string {
	if n.lan != nil {
		return "each on a host of its own"
	}
	return fmt.Sprintf("SKIPPED cuts and slow links, all nodes share the loopback: %v", n.why)
}

// all are the nodes that clients use, and the spares.
func (n *network) all() []*node { return slices.Concat(n.nodes, n.spares) }

func (n *network) newNode(i int, state *devnet.NodeState) (_ *node, err error) {
	v := &node{net: n, index: i, name: state.Name, dir: state.DataDir, public: state.Public, enode: state.Enode}
	transport := &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second}
	if n.lan != nil {
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			return n.lan.Dial(ctx, i, network, address)
		}
	}
	v.client = &http.Client{Transport: transport} // each request has a deadline of its own
	v.server = &dapp.Server{URL: state.HTTP, HTTP: v.client}
	if v.rpc, err = rpc.DialOptions(context.Background(), state.RPC, rpc.WithHTTPClient(v.client)); err != nil {
		return nil, err
	}
	v.eth = ethclient.NewClient(v.rpc)
	return v, nil
}

// start initializes and starts all nodes and waits until they are one network.
func (n *network) start(ctx context.Context) error {
	for _, v := range n.all() {
		if err := v.initialize(ctx); err != nil {
			return err
		}
	}
	for _, v := range n.all() {
		if err := v.start(); err != nil {
			return err
		}
	}
	return n.untilWhole(ctx)
}

// close ends whatever still runs. It is no stop: the nodes are killed.
func (n *network) close(remove bool) error {
	for _, v := range n.all() {
		v.kill()
		v.rpc.Close()
	}
	var err error
	if n.lan != nil {
		err = n.lan.Close()
	}
	if remove {
		return errors.Join(err, os.RemoveAll(n.dir))
	}
	fmt.Fprintln(os.Stderr, "the network's files and logs are in", n.dir)
	return err
}

// initialize writes the genesis into the node's database, unless it is there.
func (v *node) initialize(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, v.net.binary, "init", "--config", filepath.Join(v.dir, "config.toml"), filepath.Join(v.net.dir, "network.json"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initializing %s: %w\n%s", v.name, err, out)
	}
	return nil
}

// id is that of the node as a key server.
func (v *node) id() (id wire.NodeID) {
	if err := id.UnmarshalText([]byte(v.public)); err != nil {
		panic(err) // devnet has written it
	}
	return id
}

// start starts the node as a user does.
func (v *node) start() (err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	out, err := os.OpenFile(filepath.Join(v.dir, "stderr.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	v.cmd = exec.Command(v.net.binary, "--config", filepath.Join(v.dir, "config.toml"), "--log.file", filepath.Join(v.dir, "node.log"))
	v.cmd.Stderr = out
	if v.net.lan != nil {
		v.ended, err = v.net.lan.Start(v.index, v.cmd)
	} else {
		v.ended, err = lan.Start(v.cmd)
	}
	if err != nil {
		return fmt.Errorf("starting %s: %w", v.name, err)
	}
	return nil
}

// signal sends a signal to the process.
func (v *node) signal(sig os.Signal) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cmd == nil || v.cmd.Process == nil {
		return os.ErrProcessDone
	}
	return v.cmd.Process.Signal(sig)
}

// done is closed when the process has ended.
func (v *node) done() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ended
}

// pid is the process, 0 if there never was one.
func (v *node) pid() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cmd == nil || v.cmd.Process == nil {
		return 0
	}
	return v.cmd.Process.Pid
}

// kill is kill -9. It returns when the process has ended.
func (v *node) kill() {
	if v.signal(os.Kill) == nil {
		<-v.done()
	}
	v.client.CloseIdleConnections()
}

// stop is SIGTERM, which the node has to obey.
func (v *node) stop(sig os.Signal) error {
	if err := v.signal(sig); err != nil {
		return err
	}
	defer v.client.CloseIdleConnections()
	select {
	case <-v.done():
		return nil
	case <-time.After(stopPatience):
		v.kill()
		return fmt.Errorf("%s did not end within %v of %v", v.name, stopPatience, sig)
	}
}

// stopPatience is how long a node may take to stop.
const stopPatience = time.Minute

// wipe removes directories of a node that is not running.
func (v *node) wipe(names ...string) error {
	var errs []error
	for _, name := range names {
		errs = append(errs, os.RemoveAll(filepath.Join(v.dir, "geth-ss", name)))
	}
	return errors.Join(errs...)
}

// wipeChain removes parts of the chain, and leaves a validator its identity and its shares.
func (v *node) wipeChain(ctx context.Context, names ...string) error {
	if err := v.wipe(names...); err != nil {
		return err
	}
	return v.initialize(ctx)
}

// wipeBlocks leaves besides what the validator has signed: without it, it could sign twice.
func (v *node) wipeBlocks(ctx context.Context) error {
	names := []string{"chaindata", "triedb"}
	files, err := os.ReadDir(filepath.Join(v.dir, "geth-ss", "poa"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name() != "sign-state.json" {
			names = append(names, filepath.Join("poa", f.Name()))
		}
	}
	return v.wipeChain(ctx, names...)
}

// status is what is looked at of secretstore_status.
type status struct {
	Connected int `json:"connected"`
	Keys      int `json:"keys"`
	Shares    int `json:"shares"`
	Sessions  int `json:"sessions"`
	Final     *struct {
		Number uint64  `json:"number"`
		Age    float64 `json:"age"`
	} `json:"final"`
}

func (v *node) status(ctx context.Context) (*status, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s := new(status)
	return s, v.rpc.CallContext(ctx, s, "secretstore_status")
}

const (
	// wholePatience bounds the wait for a network that does not come together again. It is for slow machines.
	wholePatience = 8 * time.Minute

	// freshAge is how old a node's final block may be: blocks come once a second, but not on a crowded machine.
	freshAge = 20 * time.Second

	pollEvery = 200 * time.Millisecond
)

// untilWhole waits until every node serves, is connected to every other and has a fresh final block.
func (n *network) untilWhole(ctx context.Context) error {
	deadline := time.Now().Add(wholePatience)
	for {
		lack := n.lack(ctx)
		if lack == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the network is not whole after %v: %w", wholePatience, lack)
		}
		if !sleep(ctx, pollEvery) {
			return context.Cause(ctx)
		}
	}
}

// lack is the first thing that is missing, nil if nothing.
func (n *network) lack(ctx context.Context) error {
	for _, v := range n.nodes {
		if err := v.lack(ctx); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
	}
	return nil
}

func (v *node) lack(ctx context.Context) error {
	select {
	case <-v.done():
		return fmt.Errorf("it has ended (%v); see %s", v.cmd.ProcessState, filepath.Join(v.dir, "stderr.log"))
	default:
	}
	s, err := v.status(ctx)
	switch {
	case err != nil:
		return err
	case s.Connected < len(v.net.nodes):
		return fmt.Errorf("connected to %d of %d, itself included", s.Connected, len(v.net.nodes))
	case s.Final == nil:
		return errors.New("no final block")
	case s.Final.Age > freshAge.Seconds():
		return fmt.Errorf("its final block %d is %.0f s old", s.Final.Number, s.Final.Age)
	}
	return v.answers(ctx)
}

// answers tells whether the HTTP API is there: it calls the root no request of its.
func (v *node) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var refused *dapp.StatusError
	if err := v.server.Request(ctx, http.MethodGet, "/", nil); !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
		return fmt.Errorf("its HTTP API answers %v", err)
	}
	return nil
}
