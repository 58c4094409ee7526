//go:build unix

package devnet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/ports"
)

// The nodes of these tests are the test binary itself, which serves a chain without content, and asks the test's cluster about
// the key servers.

// beNode is the environment variable that has the test binary be a node: the address of the cluster.
const beNode = "GETH_SS_TEST_BE_NODE"

func TestMain(m *testing.M) {
	if at := os.Getenv(beNode); at != "" && len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		if err := fakeNode(at); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	scryptN = 2
	os.Exit(m.Run())
}

func fakeNode(cluster string) error {
	config := os.Args[slices.Index(os.Args, "--config")+1]
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	setting := func(key string) string {
		return regexp.MustCompile(`(?m)^` + key + ` = "?([^"\n]*)"?$`).FindStringSubmatch(string(text))[1]
	}
	if os.Args[1] == "init" {
		return os.MkdirAll(filepath.Join(setting("DataDir"), instanceDir, "chaindata"), 0o700)
	}
	conn, err := rpc.Dial(cluster)
	if err != nil {
		return err
	}
	server := rpc.NewServer()
	for name, service := range map[string]any{"eth": fakeEth{}, "net": fakeNet{}, "secretstore": &fakeStore{conn, "0x" + setting("PublicKey")}} {
		if err := server.RegisterName(name, service); err != nil {
			return err
		}
	}
	self := "0x" + setting("PublicKey")
	listener, operators, err := rpc.StartIPCEndpoint(setting("IPCPath"), []rpc.API{
		{Namespace: "poa", Service: &fakePoA{conn, self}}, {Namespace: "poaadmin", Service: &fakePoAAdmin{conn, self}},
	})
	if err != nil {
		return err
	}
	defer listener.Close()
	defer operators.Stop()
	failed := make(chan error, 3)
	go func() { failed <- http.ListenAndServe("127.0.0.1:"+setting("HTTPPort"), server) }()
	go func() {
		failed <- http.ListenAndServe("127.0.0.1:"+setting("Port"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
		}))
	}()
	go func() {
		io.Copy(io.Discard, os.Stdin) // the lifeline
		failed <- errors.New("the devnet is gone")
	}()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	select {
	case <-stop:
		return nil
	case err := <-failed:
		return err
	}
}

type (
	fakeEth   struct{}
	fakeNet   struct{}
	fakeStore struct {
		cluster *rpc.Client
		self    string
	}
	fakePoA      fakeStore
	fakePoAAdmin fakeStore
)

func (fakeEth) ChainId() *hexutil.Big { return (*hexutil.Big)(big.NewInt(chainID)) }
func (fakeEth) GetBlockByNumber(number rpc.BlockNumber, _ bool) *types.Header {
	h := &types.Header{Number: new(big.Int), Difficulty: new(big.Int)}
	if number != 0 {
		h.Number.SetInt64(7)
		h.Time = uint64(time.Now().Unix()) + 1
	}
	return h
}

func (fakeEth) GetBalance(common.Address, string) *hexutil.Big { return (*hexutil.Big)(common.Big1) }

func (fakeNet) PeerCount() hexutil.Uint { return 1 }

func (s *fakeStore) Status() any { return map[string]any{"connected": 99, "final": 7} }
func (s *fakeStore) Servers(ctx context.Context) (raw json.RawMessage, err error) {
	return raw, s.cluster.CallContext(ctx, &raw, "cluster_servers", s.self)
}
func (s *fakeStore) MakeOrder(ctx context.Context, r json.RawMessage) (raw json.RawMessage, err error) {
	return raw, s.cluster.CallContext(ctx, &raw, "cluster_makeOrder", s.self, r)
}
func (s *fakeStore) ChangeServers(ctx context.Context, order, sigs json.RawMessage) (raw json.RawMessage, err error) {
	return raw, s.cluster.CallContext(ctx, &raw, "cluster_changeServers", s.self, order, sigs)
}

func (p *fakePoA) Validators(ctx context.Context) (raw json.RawMessage, err error) {
	return raw, p.cluster.CallContext(ctx, &raw, "cluster_validators", p.self)
}
func (p *fakePoA) Status(ctx context.Context) (raw json.RawMessage, err error) {
	return raw, p.cluster.CallContext(ctx, &raw, "cluster_consensus", p.self)
}
func (p *fakePoAAdmin) Propose(ctx context.Context, proposal json.RawMessage) (hash common.Hash, err error) {
	return hash, p.cluster.CallContext(ctx, nil, "cluster_propose", p.self, proposal)
}
func (p *fakePoAAdmin) Vote(ctx context.Context, id uint64) (hash common.Hash, err error) {
	return hash, p.cluster.CallContext(ctx, nil, "cluster_vote", p.self, id)
}

// fakeCluster is what all fake nodes know. A change goes one stage further each time that a member is asked.
type fakeCluster struct {
	mu       sync.Mutex
	set      serverSet
	next     []member // of the change that is under way
	requests []orderRequest
	asked    []string // at which nodes an order was handed in
	signer   common.Address

	refuse  string                       // why no order is made
	drop    int                          // so many orders are taken, and nothing comes of them
	fall    func(wire.NodeID)            // ends the node at which an order is handed in
	left    []unerased                   // what the nodes tell
	stuck   string                       // the state in which a change stays
	lagging map[wire.NodeID]bool         // they are never done
	await   wire.NodeID                  // for whom they wait
	asleep  map[wire.NodeID]bool         // they know of no change since the first set
	silent  map[wire.NodeID]bool         // they don't tell
	outcome func(next []member) []member // which set it becomes, for another than was ordered

	fakeGovernment
}

func (c *fakeCluster) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

// found makes the validators the first set.
func (c *fakeCluster) found(n *network) {
	c.set = serverSet{Hash: common.Hash{1}}
	for _, node := range n.nodes {
		c.set.Members = append(c.set.Members, member{node.id(), node.enode()})
	}
	c.signer = n.accounts[0].Address
}

// clusterAPI is what the nodes' processes ask.
type clusterAPI struct{ *fakeCluster }

func (c clusterAPI) Servers(self wire.NodeID) (*serverSet, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent[self] {
		return nil, errors.New("no word")
	}
	c.proceed()
	set := c.set
	if c.asleep[self] {
		set.Epoch, set.Change = 0, nil
	}
	if c.lagging[self] {
		set.Change = &handover{State: "erasing", Epoch: set.Epoch, Awaited: []wire.NodeID{c.await}}
	}
	set.Unerased = c.left
	return &set, nil
}

func (c *fakeCluster) proceed() {
	h := c.set.Change
	if h == nil || h.State == c.stuck {
		return
	}
	h = &handover{State: h.State, Epoch: h.Epoch, Keys: 3, Moved: h.Moved}
	c.set.Change = h
	switch {
	case h.State == "deciding":
		h.State = "moving"
		c.set.Epoch, c.set.Members, c.set.Hash = h.Epoch, c.next, common.Hash{byte(h.Epoch + 1)}
	case h.State == "moving" && h.Moved < h.Keys:
		h.Moved++
	case h.State == "moving":
		h.State = "erasing"
	default:
		c.set.Change = nil
	}
}

func (c clusterAPI) MakeOrder(self wire.NodeID, r *orderRequest) (*order, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != "" {
		return nil, errors.New(c.refuse)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	typed, err := json.Marshal(typedOrder(text))
	return &order{text, typed}, err
}

func typedOrder(order []byte) *apitypes.TypedData {
	return &apitypes.TypedData{
		Types: apitypes.Types{
			"EIP712Domain": {{Name: "name", Type: "string"}, {Name: "chainId", Type: "uint256"}},
			"Order":        {{Name: "epoch", Type: "uint256"}, {Name: "text", Type: "string"}},
		},
		PrimaryType: "Order",
		Domain:      apitypes.TypedDataDomain{Name: "Secret Store", ChainId: math.NewHexOrDecimal256(chainID)},
		Message:     apitypes.TypedDataMessage{"epoch": 1, "text": string(order)},
	}
}

func (c clusterAPI) ChangeServers(self wire.NodeID, text json.RawMessage, sigs []hexutil.Bytes) (*accepted, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	typed := typedOrder(text)
	typed.Message["epoch"] = 1.0
	digest, _, err := apitypes.TypedDataAndHash(*typed)
	if err != nil {
		return nil, err
	}
	if len(sigs) != 1 || len(sigs[0]) != 65 || sigs[0][64] < 27 {
		return nil, errors.New("no signature as wallets make them")
	}
	sigs[0][64] -= 27
	pub, err := crypto.SigToPub(digest, sigs[0])
	if err != nil || crypto.PubkeyToAddress(*pub) != c.signer {
		return nil, errors.New("not the administrator's signature")
	}
	var r orderRequest
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	c.requests, c.asked = append(c.requests, r), append(c.asked, self.String())
	c.next = slices.Clone(c.set.Members)
	gone := r.Remove
	for _, p := range r.Replace {
		r.Add, gone = append(r.Add, p.With), append(gone, p.ID)
	}
	c.next = slices.DeleteFunc(c.next, func(m member) bool { return slices.Contains(gone, m.ID) })
	for _, enode := range r.Add {
		var m member
		public, _, _ := strings.Cut(strings.TrimPrefix(enode, "enode://"), "@")
		if err := m.ID.UnmarshalText([]byte("0x" + public)); err != nil {
			return nil, err
		}
		m.Enode = enode
		c.next = append(c.next, m)
	}
	if c.outcome != nil {
		c.next = c.outcome(c.next)
	}
	if c.fall != nil {
		c.fall(self)
		c.fall = nil
	}
	if c.drop--; c.drop < 0 {
		c.set.Change = &handover{State: "deciding", Epoch: c.set.Epoch + 1, Keys: 3}
	}
	return &accepted{Epoch: c.set.Epoch + 1}, nil
}

// fakeNetwork is a devnet of fake nodes.
type fakeNetwork struct {
	*fakeCluster
	t    *testing.T
	cfg  Config
	out  *logtest.Buffer
	stop func() error
}

// newFakeNetwork writes a network of n validators.
func newFakeNetwork(t *testing.T, n int) *fakeNetwork {
	t.Helper()
	return newFakeNetworkOf(t, n, false)
}

func newFakeNetworkOf(t *testing.T, n int, governance bool) *fakeNetwork {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	const room = 8
	first := ports.For(t, 4*room)
	cfg := DefaultConfig()
	cfg.Dir, cfg.Nodes, cfg.ACL, cfg.Demo = filepath.Join(t.TempDir(), "net"), n, ACLNone, false
	cfg.RPCPort, cfg.SecretStorePort, cfg.P2PPort, cfg.PoAPort = first, first+room, first+2*room, first+3*room
	cfg.Known, cfg.Governance = known.Open(t.TempDir()), governance
	var err error
	if cfg.Binary, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	f := &fakeNetwork{fakeCluster: new(fakeCluster), t: t, cfg: cfg}
	if _, err := Prepare(cfg); err != nil {
		t.Fatal(err)
	}
	f.found(f.network())
	f.govern(f.network())
	server := rpc.NewServer()
	if err := server.RegisterName("cluster", clusterAPI{f.fakeCluster}); err != nil {
		t.Fatal(err)
	}
	at := httptest.NewServer(server)
	t.Cleanup(at.Close)
	t.Setenv(beNode, at.URL)
	return f
}

// network is what the files say.
func (f *fakeNetwork) network() *network {
	f.t.Helper()
	n, err := openNetwork(f.cfg.Dir, &f.cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// start runs the devnet until stop, and waits until it is up.
func (f *fakeNetwork) start() {
	f.t.Helper()
	f.begin()
	f.until("the network is up", func() bool { return strings.Contains(f.out.String(), "The network is up") })
}

func (f *fakeNetwork) begin() {
	ctx, cancel := context.WithCancel(context.Background())
	f.out = new(logtest.Buffer)
	f.cfg.Out = f.out
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, f.cfg) }()
	f.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	f.t.Cleanup(func() { f.stop() })
}

func (f *fakeNetwork) until(what string, ok func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("not %s:\n%s", what, f.out)
		}
	}
}

// request types a command, and returns what it prints.
func (f *fakeNetwork) request(do, node string) (string, error) {
	var out strings.Builder
	err := Request(context.Background(), "geth-ss", f.cfg.Dir, Change{Do: do, Node: node}, &out)
	return out.String(), err
}

// do is request for what has to succeed, and to say what is wanted.
func (f *fakeNetwork) do(do, node string, want ...string) {
	f.t.Helper()
	out, err := f.request(do, node)
	if err != nil {
		f.t.Fatalf("%s %s: %v\n%s%s", do, node, err, out, f.out)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			f.t.Errorf("%s %s does not say %q:\n%s", do, node, w, out)
		}
	}
}

// refused is request for what has to fail, with an error that has the text.
func (f *fakeNetwork) refused(do, node, want string) {
	f.t.Helper()
	if out, err := f.request(do, node); err == nil || !strings.Contains(err.Error(), want) {
		f.t.Errorf("%s %s: %v, want %q\n%s", do, node, err, want, out)
	}
}

// want compares devnet.json with names of key servers and of the others, each node of which runs.
func (f *fakeNetwork) want(servers, validators string) *State {
	f.t.Helper()
	s, err := f.state()
	if err != nil {
		f.t.Fatal(err)
	}
	for i, list := range [][]NodeState{s.Nodes, s.Validators} {
		what, want := []string{"nodes", "validators"}[i], []string{servers, validators}[i]
		if got := names(list); got != want {
			f.t.Errorf("%s of devnet.json are %q, want %q", what, got, want)
		}
		for _, n := range list {
			if !alive(n.PID) {
				f.t.Errorf("%s does not run", n.Name)
			}
		}
	}
	return s
}

func (f *fakeNetwork) state() (*State, error) {
	text, err := os.ReadFile(filepath.Join(f.cfg.Dir, "devnet.json"))
	if err != nil {
		return nil, err
	}
	s := new(State)
	return s, json.Unmarshal(text, s)
}

func names(list []NodeState) string {
	var all []string
	for _, n := range list {
		all = append(all, n.Name)
	}
	return strings.Join(all, " ")
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// kill ends a process that the test knows of.
func kill(t *testing.T, n NodeState) {
	t.Helper()
	if err := syscall.Kill(n.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
