package main

import (
	"context"
	"math/big"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/fdlimit"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/service"
	"github.com/geth-ss/geth-ss/service/acl"
)

const (
	checkTimeout = 5 * time.Second // of one question or one dial

	// clockSlack is how far a block's time may be ahead of this machine's.
	clockSlack = 5 * time.Second
)

// connect reaches the node if it runs.
func (c *checkup) connect() {
	path := c.cfg.Node.IPCEndpoint()
	if path == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	if client, err := rpc.DialIPC(ctx, path); err == nil {
		c.node = client
	}
}

// listener is a port that the node will listen on.
type listener struct{ what, host, port string }

func (l listener) address() string { return net.JoinHostPort(l.host, l.port) }

// overlaps tells whether two listeners can't both be.
func (l listener) overlaps(o listener) bool {
	return l.port == o.port && l.port != "0" && (l.host == o.host || everywhere(l.host) || everywhere(o.host))
}

func everywhere(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }

func (c *checkup) listeners() (all []listener) {
	add := func(on bool, what, host string, port int) {
		if on {
			all = append(all, listener{what, host, strconv.Itoa(port)})
		}
	}
	if host, port, err := net.SplitHostPort(c.cfg.Node.P2P.ListenAddr); err == nil && !c.dev {
		all = append(all, listener{"devp2p (Node.P2P.ListenAddr)", host, port})
	}
	if host, port, err := net.SplitHostPort(c.cfg.PoA.ListenAddr); err == nil && c.cfg.PoA.Enabled {
		all = append(all, listener{"consensus (PoA.ListenAddr)", host, port})
	}
	n, s := &c.cfg.Node, &c.cfg.SecretStore
	add(n.HTTPHost != "", "JSON-RPC (Node.HTTPPort)", n.HTTPHost, n.HTTPPort)
	if n.WSHost != n.HTTPHost || n.WSPort != n.HTTPPort { // geth serves both on one port if told to
		add(n.WSHost != "", "WebSocket (Node.WSPort)", n.WSHost, n.WSPort)
	}
	add(!c.cfg.PoA.Enabled && !c.dev, "engine API (Node.AuthPort)", n.AuthAddr, n.AuthPort)
	add(s.Enabled && s.HTTP.Enabled, "Secret Store HTTP (SecretStore.HTTP.Port)", s.HTTP.Host, s.HTTP.Port)
	return all
}

// checkPorts looks for two uses of one port, and for ports that others have taken.
func (c *checkup) checkPorts() {
	const subject = "ports"
	all, bad := c.listeners(), 0
	for i, l := range all {
		for _, o := range all[:i] {
			if l.overlaps(o) {
				bad++
				c.fail(subject, "give one of the two another port", "%s and %s both want port %s", o.what, l.what, l.port)
			}
		}
		if c.node != nil {
			continue // they are taken by the node itself
		}
		if sock, err := net.Listen("tcp", l.address()); err != nil {
			bad++
			c.fail(subject, "end what uses it (another node?), or give another address", "%s can't listen on %s: %v", l.what, l.address(), err)
		} else {
			sock.Close()
		}
	}
	if bad == 0 {
		c.ok(subject, "%d, no two the same%s", len(all), map[bool]string{true: ", all free", false: "; the node runs"}[c.node == nil])
	}
}

// checkDescriptors adds up the files that the node may have open.
func (c *checkup) checkDescriptors(ctx *cli.Context) {
	const subject = "file descriptors"
	limit, err := fdlimit.Maximum() // which the node takes when it starts
	if err != nil {
		c.warn(subject, "ask your system", "how many there may be can't be told: %v", err)
		return
	}
	if own := ctx.Int(utils.FDLimitFlag.Name); own >= 128 && own < limit {
		limit = own
	}
	switch d, err := divide(limit, &c.cfg, c.dev); {
	case err != nil:
		c.fail(subject, d.raise(), "%d may be open at once, connections included, and %d are needed", d.limit, d.least())
	case d.lowered():
		c.warn(subject, d.raise(), "%v: fewer than the settings allow", d)
	default:
		c.ok(subject, "%v", d)
	}
}

// checkNode asks the running node.
func (c *checkup) checkNode() {
	const subject = "node"
	if c.node == nil {
		c.ok(subject, "does not run: its chain, the clock and the permission contract were not looked at")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	var status service.Status
	if err := c.node.CallContext(ctx, &status, "secretstore_status"); err != nil {
		c.fail(subject, "start the node with this configuration", "what runs there is no key server: %v", err)
		return
	}
	if status.ID != c.self {
		c.fail(subject, "stop it, or correct --datadir", "the running node is %s", status.ID.Short())
	}
	if servers := len(c.servers); status.Connected < len(status.Servers) && servers > 1 {
		c.warn(subject, "see below", "it runs, connected to %d of %d other key servers", status.Connected-1, len(status.Servers)-1)
	} else {
		c.ok(subject, "it runs, connected to all other key servers")
	}
	if status.Gap {
		c.warn(subject, "nothing; see the operating manual on restored nodes", "it was restored or has lost its shares, and helps to make keys only beside all other key servers")
	}
	c.checkChain(ctx, &status)
	c.checkStates(ctx)
}

// checkChain looks at the clock and at the contract that admits readers.
func (c *checkup) checkChain(ctx context.Context, status *service.Status) {
	eth := ethclient.NewClient(c.node)
	head, err := eth.HeaderByNumber(ctx, nil)
	if err != nil {
		c.fail("chain", "look at the node's log", "its head can't be read: %v", err)
		return
	}
	if ahead := time.Until(time.Unix(int64(head.Time), 0)); ahead > clockSlack && !c.dev {
		c.fail("clock", "set this machine's clock, and keep it by NTP", "block %d is %v in the future", head.Number, ahead.Round(time.Second))
	} else {
		c.ok("clock", "not behind the chain")
	}
	switch final := status.Final; {
	case final == nil:
		c.fail("chain", "wait until the node has synced; on a beacon network run a consensus client", "no block is final yet, so no permission can be read")
	case final.Age > maxAgePoA.Seconds() && c.cfg.PoA.Enabled || final.Age > maxAgeBeacon.Seconds():
		c.warn("chain", "wait until the node has synced; else see that more than two thirds of the validators run, and check the clock",
			"the final block %d is %.0f s old: retrievals are refused", final.Number, final.Age)
	default:
		c.ok("chain", "final block %d, %.0f s old", final.Number, final.Age)
	}
	c.checkContract(ctx, eth)
}

func (c *checkup) checkContract(ctx context.Context, eth *ethclient.Client) {
	const subject = "permissions"
	s := &c.cfg.SecretStore
	kind := s.ACL
	if kind == "" && s.Registrar != "" {
		kind = "registry"
	}
	setting, err := acl.ParseSetting(kind, s.Registrar)
	if err != nil {
		return // said already
	}
	contract := setting.Address
	switch setting.Kind {
	case acl.Registry:
		if !c.hasCode(ctx, eth, "registrar", setting.Registrar) {
			return
		}
		r := registrar.NewRegistrar()
		out, err := bind.Call(r.Instance(eth, setting.Registrar), &bind.CallOpts{Context: ctx},
			r.PackGetAddress(contracts.NameHash(contracts.NameACL), "A"), r.UnpackGetAddress)
		if err != nil || out == (common.Address{}) {
			c.fail(subject, "have the registrar's owner reserve the name and set its address A", "registrar %s names no contract as %s (%v)",
				setting.Registrar, contracts.NameACL, err)
			return
		}
		contract = out
	case acl.Address:
	default:
		return
	}
	if c.hasCode(ctx, eth, "permission contract", contract) {
		c.ok(subject, "contract %s is on the chain", contract)
	}
}

func (c *checkup) hasCode(ctx context.Context, eth *ethclient.Client, what string, address common.Address) bool {
	code, err := eth.CodeAt(ctx, address, big.NewInt(int64(rpc.FinalizedBlockNumber)))
	if err != nil {
		code, err = eth.CodeAt(ctx, address, nil) // nothing is final yet
	}
	switch {
	case err != nil:
		c.warn("permissions", "look at the node's log", "the code of %s %s can't be read: %v", what, address, err)
	case len(code) == 0:
		c.fail("permissions", "correct the address, or wait until the contract is final (or the node has synced)", "there is no %s at %s: nobody will be admitted", what, address)
	}
	return len(code) > 0
}

// advice for each state in which the node sees another key server.
var stateAdvice = map[protocol.State]string{
	protocol.Silent:       "look at that node's log; it may be overloaded",
	protocol.OtherVersion: "run the same version of geth-ss everywhere",
	protocol.OtherCluster: "init both from the same network file, and give both the same SecretStore.Cluster",
	protocol.Muted:        "look for the reason in secretstore_peers; it sent what no honest node sends",
	protocol.NotMember:    "add it to the list of key servers, here and everywhere, or tell its operator",
	protocol.NoSubproto:   "enable the Secret Store on that node, and have it list this one",
	protocol.Waiting:      "see that it runs and that its address and port are right and open",
	protocol.NoAddress:    "write its address into the list",
}

// checkStates reports what the running node says of the others: only it can have the
// hello of a key server, which tells the cluster.
func (c *checkup) checkStates(ctx context.Context) {
	var peers []service.PeerStatus
	if err := c.node.CallContext(ctx, &peers, "secretstore_peers"); err != nil {
		c.warn("peers", "look at the node's log", "asking the node for its peers: %v", err)
		return
	}
	for _, p := range peers {
		if advice, bad := stateAdvice[p.State]; bad {
			c.fail("peer "+p.ID.Short(), advice, "the running node says: %s %s %s", p.State, p.Reason, p.LastError)
		}
	}
}

// checkPeers dials the other key servers, all at once.
func (c *checkup) checkPeers() {
	others := slices.DeleteFunc(slices.Clone(c.servers), func(k keyServer) bool { return k.id == c.self })
	results := make([]chan func(), len(others))
	for i, k := range others {
		results[i] = make(chan func(), 1)
		go func() { results[i] <- c.dialPeer(k) }()
	}
	for _, report := range results {
		(<-report)()
	}
}
