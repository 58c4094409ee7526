// Package devnet runs a whole proof-of-authority network with a Secret Store on one machine: the keys, the
// network file and one TOML file per validator are written as an operator would, and each validator is a
// process of its own. Then it does the main job of a Secret Store once, for the user to watch. While it runs,
// its key servers can be changed from outside: nodes are added, and stop being key servers; with governance so can its
// validators.
//
//	DIR/network.json        genesis and validators, the same for every node
//	DIR/accounts.json       funded accounts: keys for experiments, readable by design
//	DIR/devnet.json         where everything is; there only while the network is ready
//	DIR/devnet.sock         where it takes commands
//	DIR/added.json          the nodes that were added
//	DIR/node1/config.toml   what the first validator is started with
//	DIR/node1/node.log      what it logged
//	DIR/node1/keystore/     key files of all accounts
//	DIR/node1/geth-ss/      its chain, its share store and its nodekey
//
// It knows the nodes only from outside: by their files, their JSON-RPC and their HTTP API. Of a governed network it is the operator of
// each node: it votes over their IPC sockets.
package devnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/gofrs/flock"

	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/poa"
)

// Config says which network to run.
type Config struct {
	// Nodes is the number of validators, 1 to MaxNodes. 0: as many as Dir holds, or DefaultNodes.
	Nodes int

	// Dir keeps the network between runs. Empty: a temporary directory, removed at the end.
	Dir string

	// First ports; node i uses the port i-1 above each.
	RPCPort, SecretStorePort, P2PPort, PoAPort int

	// Hosts are the addresses by which the nodes reach each other, one for each node, for a network whose nodes are not
	// all on one host. Empty: 127.0.0.1. Clients are served on 127.0.0.1 in any case.
	Hosts []string

	// BlockTime is the block interval in whole seconds.
	BlockTime uint64

	// FreeGas makes a network in which gas has no price.
	FreeGas bool

	// Governance makes a network whose validators vote on who becomes one, by a contract.
	Governance bool

	// ACL decides who may read: ACLDemo, ACLRegistry, ACLNone or a contract's address.
	ACL string

	// Demo does the main job once before the network counts as ready.
	Demo bool

	// Spares are so many nodes beside the validators, whose files Prepare writes: they follow the chain, and may become key servers.
	Spares int

	// Known, if not nil, is where clients on this machine remember what addresses are: it is told of this network's, in place of
	// those that had the same before.
	Known *known.Book

	// Binary is the path of geth-ss itself.
	Binary string

	// Out is where people read.
	Out io.Writer
}

const (
	DefaultNodes = 4
	MaxNodes     = 32 // more would not fit a machine, nor the ports between the defaults

	ACLDemo     = "demo"     // a permission contract deployed by devnet and filed in the registrar
	ACLRegistry = "registry" // whatever is filed in the registrar; at first nothing, which admits nobody
	ACLNone     = "none"     // everybody
)

// DefaultConfig is a network of four on the usual ports, with the demonstration.
func DefaultConfig() Config {
	return Config{
		RPCPort:         8545,
		SecretStorePort: 8082,
		P2PPort:         30303,
		PoAPort:         poa.DefaultPort,
		BlockTime:       1,
		ACL:             ACLDemo,
		Demo:            true,
		Out:             os.Stdout,
	}
}

// Validate reports the first setting that can't work.
func (c *Config) Validate() error {
	if c.Nodes < 0 || c.Nodes > MaxNodes {
		return fmt.Errorf("--nodes is %d, want 1 to %d", c.Nodes, MaxNodes)
	}
	switch c.ACL {
	case ACLDemo, ACLRegistry, ACLNone:
	default:
		if !common.IsHexAddress(c.ACL) {
			return fmt.Errorf("--acl is %q, want demo, registry, none or the address of a contract", c.ACL)
		}
	}
	if c.BlockTime < 1 {
		return errors.New("--block-time is less than a second")
	}
	if len(c.Hosts) > 0 && len(c.Hosts) != c.Nodes+c.Spares {
		return fmt.Errorf("%d hosts for %d nodes", len(c.Hosts), c.Nodes+c.Spares)
	}
	return nil
}

// Run starts the network and keeps it up until ctx ends. When it returns, no process it started is left.
func Run(ctx context.Context, cfg Config) (err error) {
	if err := cfg.Validate(); err != nil {
		return err
	}
	start := time.Now()
	dir, err := openDir(&cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.close(err != nil)) }()

	net, err := openNetwork(dir.path, &cfg)
	if err != nil {
		return err
	}
	if err := checkPorts(net.nodes, 0); err != nil {
		return err
	}
	if err := net.writeFiles(); err != nil {
		return err
	}
	dir.inUse = true
	r := &runner{cfg: &cfg, net: net, steps: steps{cfg.Out, start}}
	return r.run(ctx)
}

// Prepare writes the files of a network to cfg.Dir and starts nothing. Each node is then initialized and started by
//
//	geth-ss init --config DIR/nodeN/config.toml DIR/network.json
//	geth-ss --config DIR/nodeN/config.toml
//
// What is in cfg.Dir already is kept, as by Run. No permission contract is deployed, whatever cfg.ACL.
func Prepare(cfg Config) (*State, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	net, err := openNetwork(cfg.Dir, &cfg)
	if err != nil {
		return nil, err
	}
	if err := net.writeFiles(); err != nil {
		return nil, err
	}
	for len(net.nodes) < cfg.Nodes+cfg.Spares {
		if _, err := net.add(); err != nil {
			return nil, err
		}
	}
	return net.state(cfg.ACL, func(*node) int { return 0 }), nil
}

// directory is where a network lives, held by one devnet at a time.
type directory struct {
	path      string
	temporary bool
	inUse     bool // something was written that can tell of a failure
	lock      *flock.Flock
}

func openDir(cfg *Config) (*directory, error) {
	d := &directory{temporary: cfg.Dir == ""}
	var err error
	if d.temporary {
		d.path, err = os.MkdirTemp("", "geth-ss-devnet-")
	} else if d.path, err = filepath.Abs(cfg.Dir); err == nil {
		err = os.MkdirAll(d.path, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("making the devnet's directory: %w", err)
	}
	d.lock = flock.New(filepath.Join(d.path, "LOCK"))
	if ok, err := d.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("locking the devnet's directory: %w", err)
	} else if !ok {
		return nil, fmt.Errorf("another devnet is running in %s: stop it or use another --dir", d.path)
	}
	return d, nil
}

// close removes a temporary directory, unless something went wrong in it: its logs tell what.
func (d *directory) close(failed bool) error {
	defer d.lock.Unlock()
	switch {
	case d.temporary && failed && d.inUse:
		return fmt.Errorf("the files of the failed network are kept in %s", d.path)
	case d.temporary:
		return os.RemoveAll(d.path)
	}
	return nil
}
