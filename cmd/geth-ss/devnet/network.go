package devnet

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/netplan"
	"github.com/geth-ss/geth-ss/internal/keyfile"
	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service"
)

const (
	// chainID is the same for every devnet, so that a wallet needs to be told but once.
	chainID = 53530

	host = "127.0.0.1"

	// instanceDir is what a node puts its own files under, in its data directory.
	instanceDir = "geth-ss"

	// nodeEther is what a node's own account begins with.
	nodeEther = 1_000

	// maxSocketPath is what the shortest-sighted system takes for the path of a Unix socket.
	maxSocketPath = 100
)

// RegistrarAddress is where the registrar stands in the genesis block, as in every network planned here.
var RegistrarAddress = netplan.Registrar

// network is the plan of a devnet: everything the files are written from.
type network struct {
	dir      string
	cfg      *Config
	genesis  *poa.NetworkGenesis
	accounts []Account
	nodes    []*node // the validators in their order, then those that were added
	fresh    bool    // the network was made just now
}

// node is the plan of one node.
type node struct {
	name  string
	dir   string // data directory
	key   *ecdsa.PrivateKey
	host  string    // by which the other nodes reach it
	added *addition // nil: there from the beginning, a validator then

	// serves: it is a key server now, as far as is known; validates: it makes blocks. Who runs the network keeps this true.
	serves, validates bool

	rpcPort, httpPort, p2pPort, poaPort int
}

// kinds are what a node can be beside following the chain.
type kinds struct {
	Validator, KeyServer bool
}

func (k kinds) String() string {
	switch {
	case k.Validator && k.KeyServer:
		return "validator and key server"
	case k.Validator:
		return "validator"
	case k.KeyServer:
		return "key server"
	}
	return "neither validator nor key server"
}

// is tells what the node is now.
func (n *node) is() kinds { return kinds{n.validates, n.serves} }

// openNetwork reads the network in dir, or makes one if there is none.
func openNetwork(dir string, cfg *Config) (*network, error) {
	n := &network{dir: dir, cfg: cfg}
	if whole.Present(n.genesisPath()) {
		return n, n.resume()
	}
	n.fresh = true
	return n, n.create()
}

func (n *network) resume() (err error) {
	if n.genesis, err = poa.LoadNetworkGenesis(n.genesisPath()); err != nil {
		return fmt.Errorf("resuming the network: %w; restore the file, or use another --dir", err)
	}
	if n.cfg.FreeGas && !n.genesis.FreeGas {
		return fmt.Errorf("in the network in %s gas has a price: leave --free-gas out or use another --dir", n.dir)
	}
	if n.cfg.Governance && !n.governed() {
		return fmt.Errorf("the validators of the network in %s stand in its file, and nobody votes on them: leave --governance out or use another --dir", n.dir)
	}
	count := len(n.genesis.Validators)
	if n.cfg.Nodes != 0 && n.cfg.Nodes != count {
		return fmt.Errorf("the network in %s has %d nodes, not %d: leave --nodes out or use another --dir", n.dir, count, n.cfg.Nodes)
	}
	if n.accounts, err = readAccounts(n.accountsPath()); err != nil {
		return fmt.Errorf("resuming the network: %w; restore the file, or use another --dir", err)
	}
	for i := range count {
		node := n.plan(i)
		node.serves, node.validates = true, true // until the nodes are asked
		if node.key, err = keyfile.Load(node.keyPath()); err != nil {
			return fmt.Errorf("resuming the network: the key of %s: %w; restore the file, or use another --dir", node.name, err)
		}
		if pub, err := n.genesis.Validators[i].Key(); err != nil || !pub.Equal(&node.key.PublicKey) {
			return fmt.Errorf("resuming the network: %s is not the key of %s in %s; restore the files, or use another --dir", node.keyPath(), node.name, n.genesisPath())
		}
		n.nodes = append(n.nodes, node)
	}
	if err := n.readAdded(); err != nil {
		return fmt.Errorf("resuming the network: %w; restore the file, or use another --dir", err)
	}
	return nil
}

// create makes keys, accounts and genesis. The network file is written last, by writeFiles: only when it is there,
// the rest is complete.
func (n *network) create() (err error) {
	count := n.cfg.Nodes
	if count == 0 {
		count = DefaultNodes
	}
	if whole.Present(n.addedPath()) {
		return fmt.Errorf("%s has nodes that were added to another network, whose file %s is gone: restore it or use another --dir", n.addedPath(), n.genesisPath())
	}
	if err := n.keepAccounts(); err != nil {
		return err
	}
	for i := range count {
		node := n.plan(i)
		node.serves, node.validates = true, true
		if whole.Present(filepath.Join(node.dir, instanceDir, "chaindata")) {
			return fmt.Errorf("%s holds the chain of another network, whose file %s is gone: restore it or use another --dir",
				node.dir, n.genesisPath())
		}
		if err := node.keepKey(); err != nil {
			return err
		}
		n.nodes = append(n.nodes, node)
	}
	plan := n.blueprint()
	plan.Time, plan.FreeGas, plan.Governance = uint64(time.Now().Unix()), n.cfg.FreeGas, n.cfg.Governance
	plan.Funds = make(map[common.Address]*big.Int)
	for _, a := range n.accounts {
		plan.Funds[a.Address] = netplan.Ether(1_000_000)
	}
	for _, node := range n.nodes {
		plan.Funds[node.address()] = netplan.Ether(nodeEther)
	}
	n.genesis, err = plan.Genesis()
	return err
}

// blueprint is the network as it began, from which the files of its validators are written: the key servers follow a change
// without them.
func (n *network) blueprint() *netplan.Plan {
	acl := n.cfg.ACL
	if acl == ACLDemo {
		acl = ACLRegistry
	}
	plan := &netplan.Plan{
		ChainID: chainID, Owner: n.accounts[0].Address, Administrators: []common.Address{n.accounts[0].Address}, AdministratorsNeeded: 1,
		BlockTime: n.cfg.BlockTime, Cluster: service.DefaultConfig().Cluster, ACL: acl, Development: true,
	}
	for _, node := range n.nodes {
		if node.added == nil {
			plan.Members = append(plan.Members, node.member(netplan.Validator))
		}
	}
	return plan
}

func (n *node) member(role *netplan.Role) *netplan.Member {
	return &netplan.Member{
		Name: n.name, Role: role, Public: &n.key.PublicKey, PeerID: poa.PeerID(n.key), Host: n.host, Bind: n.host,
		P2PPort: n.p2pPort, PoAPort: n.poaPort, RPCPort: n.rpcPort, StorePort: n.httpPort, DataDir: n.dir, IPC: n.ipcPath(),
	}
}

// keepAccounts makes the accounts. Where a creation that was interrupted has written them already, those are kept.
func (n *network) keepAccounts() (err error) {
	if !whole.Present(n.accountsPath()) {
		n.accounts, err = newAccounts()
		return err
	}
	if n.accounts, err = readAccounts(n.accountsPath()); err != nil {
		return fmt.Errorf("reading the accounts of a network whose file %s is gone: %w; restore the files, or use another --dir", n.genesisPath(), err)
	}
	return nil
}

// keepKey makes the node's key, or keeps the one that is there, as keepAccounts does.
func (n *node) keepKey() (err error) {
	n.key, err = keyfile.Load(n.keyPath())
	if errors.Is(err, fs.ErrNotExist) {
		n.key, err = crypto.GenerateKey()
	}
	if err != nil {
		return fmt.Errorf("making the key of %s: %w; restore the file, or use another --dir", n.name, err)
	}
	return nil
}

func (n *network) plan(i int) *node {
	name := "node" + strconv.Itoa(i+1)
	at := host
	if i < len(n.cfg.Hosts) {
		at = n.cfg.Hosts[i]
	}
	return &node{
		name:     name,
		dir:      filepath.Join(n.dir, name),
		host:     at,
		rpcPort:  n.cfg.RPCPort + i,
		httpPort: n.cfg.SecretStorePort + i,
		p2pPort:  n.cfg.P2PPort + i,
		poaPort:  n.cfg.PoAPort + i,
	}
}

// writeFiles puts on disk what is not there yet, and the configuration files anew: ports and ACL may have
// changed since the last run.
func (n *network) writeFiles() error {
	var keystores []string
	plan := n.blueprint()
	for i, node := range n.nodes {
		var err error
		if node.added != nil {
			err = n.writeJoiner(node)
		} else {
			err = n.writeNode(node, plan, plan.Members[i])
		}
		if err != nil {
			return fmt.Errorf("writing the files of %s: %w", node.name, err)
		}
		keystores = append(keystores, node.keystore())
	}
	if !n.fresh {
		return nil
	}
	if err := writeKeystores(keystores, n.accounts); err != nil {
		return fmt.Errorf("writing the key files of the accounts: %w", err)
	}
	if err := writeJSON(n.accountsPath(), n.accounts); err != nil {
		return fmt.Errorf("writing the accounts: %w", err)
	}
	if err := writeJSON(n.genesisPath(), n.genesis); err != nil {
		return fmt.Errorf("writing the network: %w", err)
	}
	return nil
}

func (n *network) writeNode(node *node, plan *netplan.Plan, member *netplan.Member) error {
	if err := os.MkdirAll(filepath.Dir(node.keyPath()), 0o700); err != nil {
		return err
	}
	if !whole.Present(node.keyPath()) {
		if err := keyfile.Create(node.keyPath(), node.key); err != nil {
			return err
		}
	}
	text, err := plan.Config(member)
	if err != nil {
		return err
	}
	return os.WriteFile(node.configPath(), text, 0o600)
}

func (n *network) genesisPath() string  { return filepath.Join(n.dir, "network.json") }
func (n *network) accountsPath() string { return filepath.Join(n.dir, "accounts.json") }
func (n *network) statePath() string    { return filepath.Join(n.dir, "devnet.json") }

// governed tells whether its validators vote on who is one.
func (n *network) governed() bool { return n.genesis.Governance != nil }

// threshold is what the demonstration makes keys with: a majority of the key servers reads.
func (n *network) threshold() int { return (len(n.keyServers()) - 1) / 2 }

// keyServers are the nodes that are key servers now.
func (n *network) keyServers() (list []*node) {
	for _, node := range n.nodes {
		if node.serves {
			list = append(list, node)
		}
	}
	return list
}

// nameOf is what a node is called here: by its id if it is none of ours.
func (n *network) nameOf(id wire.NodeID) string {
	for _, node := range n.nodes {
		if node.id() == id {
			return node.name
		}
	}
	return id.Short()
}

// named is the node of that name, or of that number; nil if there is none.
func (n *network) named(name string) *node {
	for i, node := range n.nodes {
		if name == node.name || name == strconv.Itoa(i+1) {
			return node
		}
	}
	return nil
}

func (n *node) configPath() string      { return filepath.Join(n.dir, "config.toml") }
func (n *node) logPath() string         { return filepath.Join(n.dir, "node.log") }
func (n *node) keystore() string        { return filepath.Join(n.dir, "keystore") }
func (n *node) keyPath() string         { return filepath.Join(n.dir, instanceDir, "nodekey") }
func (n *node) rpcURL() string          { return "http://" + addr(n.rpcPort) }
func (n *node) wsURL() string           { return "ws://" + addr(n.rpcPort) }
func (n *node) httpURL() string         { return "http://" + addr(n.httpPort) }
func (n *node) address() common.Address { return crypto.PubkeyToAddress(n.key.PublicKey) }
func (n *node) public() string          { return fmt.Sprintf("%x", crypto.FromECDSAPub(&n.key.PublicKey)[1:]) }
func (n *node) enode() string           { return "enode://" + n.public() + "@" + n.p2p() }
func (n *node) p2p() string             { return net.JoinHostPort(n.host, strconv.Itoa(n.p2pPort)) }
func (n *node) consensus() string       { return net.JoinHostPort(n.host, strconv.Itoa(n.poaPort)) }

func (n *node) id() wire.NodeID { return wire.NodeIDOf(&n.key.PublicKey) }
func (n *node) ipcPath() string { return socketPath(n.dir, "geth-ss.ipc") }

// socketPath is in the directory unless that lies too deep for a socket.
func socketPath(dir, name string) string {
	path := filepath.Join(dir, name)
	if len(path) <= maxSocketPath {
		return path
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("geth-ss-%x%s", crypto.Keccak256([]byte(path))[:8], filepath.Ext(name)))
}

func addr(port int) string {
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// writeJSON writes a file that is complete or not there, readable by its owner.
func writeJSON(path string, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(buf.Bytes())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
