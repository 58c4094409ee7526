package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/ethdb/leveldb"
	"github.com/ethereum/go-ethereum/ethdb/pebble"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/poa"
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

// checkKind says what node the settings make, and reads the network's file if it is one of proof of authority.
func (c *checkup) checkKind(ctx *cli.Context) {
	const subject = "kind of node"
	c.readOutlook()
	var kind string
	switch {
	case c.dev:
		kind = "development chain of its own"
	case c.outlook != nil:
		kind = c.outlook.Role()
	case c.cfg.PoA.Enabled:
		kind = "node of a proof-of-authority network, of which it has no file yet"
	default:
		kind = "node of " + networkName(ctx) + " with an external consensus client"
	}
	s := &c.cfg.SecretStore
	if s.Enabled {
		c.OK(subject, "%s; key server of cluster %q", kind, s.Cluster)
	} else {
		c.OK(subject, "%s; no key server", kind)
	}
	if given := len(s.Nodes) > 0 || s.ACL != "" || s.Registrar != "" || s.PasswordFile != "" || s.KeyFile != ""; given && !s.Enabled {
		c.Warn(subject, "set Enabled = true in [SecretStore], or give --secretstore", "the key server is switched off, though it has settings")
	}
}

func networkName(ctx *cli.Context) string {
	for _, flag := range utils.NetworkFlags {
		if name := flag.Names()[0]; ctx.Bool(name) {
			return name
		}
	}
	return "Ethereum mainnet, or the network of its data directory,"
}

// readOutlook reads the network's file, and finds a directory of such a network that nobody would make blocks for.
func (c *checkup) readOutlook() {
	const subject = "network file"
	dir := c.cfg.Node.ResolvePath(poaDirectory)
	if dir == "" {
		if c.cfg.PoA.Enabled {
			c.Fail(subject, "give --datadir", "consensus needs a data directory: what a validator signed must outlive the process")
		}
		return
	}
	if !c.cfg.PoA.Enabled {
		if file := filepath.Join(dir, "genesis.json"); whole.Present(file) {
			c.Fail(subject, "set Enabled = true in [PoA], or give --poa; else give another --datadir",
				"%s is of a proof-of-authority network, and PoA is switched off: nobody would bring this node blocks", c.cfg.Node.DataDir)
		}
		return
	}
	outlook, err := poa.NewOutlook(dir, c.cfg.Node.P2P.PrivateKey, &c.cfg.PoA)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Fail(subject, fmt.Sprintf("run '%s init --datadir %s NETWORK.json' with the network's file", clientIdentifier, c.cfg.Node.DataDir),
			"this data directory has no validator list (%s)", filepath.Join(dir, "genesis.json"))
		return
	case err != nil:
		c.Fail(subject, "move the file away and run init with the network's file, which writes it again", "the validator list of this node can't be read: %v", err)
		return
	}
	if c.cfg.SecretStore.Enabled {
		outlook.AddRule(poa.RuleCluster, c.cfg.SecretStore.Cluster)
	}
	c.outlook = outlook
}

// checkConsensus looks at what belongs to consensus: settings and files.
func (c *checkup) checkConsensus() {
	if c.outlook == nil {
		return
	}
	db := c.openChain()
	if db != nil {
		defer db.Close()
	}
	c.add(c.outlook.JudgeDirectory(db))
	c.add(c.outlook.JudgeSettings())
}

// openChain opens the database of the chain to read; nil if there is none, or a running node has it open. What is wrong with it
// the node says when it starts.
func (c *checkup) openChain() ethdb.Database {
	dir := c.cfg.Node.ResolvePath("chaindata")
	if c.node != nil || dir == "" {
		return nil
	}
	const cache, handles = 16, 16
	switch rawdb.PreexistingDatabase(dir) {
	case rawdb.DBPebble:
		if db, err := pebble.New(dir, cache, handles, "", true); err == nil {
			return rawdb.NewDatabase(db)
		}
	case rawdb.DBLeveldb:
		if db, err := leveldb.New(dir, cache, handles, "", true); err == nil {
			return rawdb.NewDatabase(db)
		}
	}
	return nil
}

// checkChain finds settings of the chain that the node refuses when it starts, or does not use.
func (c *checkup) checkChain(ctx *cli.Context) {
	const subject = "chain settings"
	cfg, before := &c.cfg.Eth, len(c.List)
	if makesBlocks(ctx, &c.cfg) {
		minimum := *cfg // which is set
		if err := oneMinimum(ctx, &minimum); err != nil {
			c.Fail(subject, "set one of the two", "%v", err)
		}
	}
	if !cfg.SyncMode.IsValid() {
		c.Fail(subject, `set SyncMode in [Eth] to "full" or "snap"`, "SyncMode is %d", cfg.SyncMode)
	}
	if c.cfg.PoA.Enabled {
		c.checkChainPoA()
	}
	if len(c.List) == before {
		c.OK(subject, "nothing that the node would refuse")
	}
}

// checkChainPoA: under proof of authority much of geth's own settings is not a node's to choose.
func (c *checkup) checkChainPoA() {
	const subject = "chain settings"
	cfg := &c.cfg.Eth
	if err := refuseOverrides(cfg); err != nil {
		c.Fail(subject, "drop it", "%v", err)
	}
	if cfg.Genesis != nil {
		c.Fail(subject, "drop the option, or Genesis in [Eth]", "a genesis is given, but that of a proof-of-authority network comes from init alone")
	}
	if cfg.StateScheme == rawdb.HashScheme && !cfg.NoPruning {
		c.Fail(subject, "use --state.scheme path, or --gcmode archive", "the hash scheme keeps up to an hour of states in memory alone, and consensus does not run on it")
	}
	if cfg.SyncMode != ethconfig.Defaults.SyncMode && cfg.SyncMode != ethconfig.FullSync {
		c.Warn(subject, "drop it", "SyncMode is not used: every block comes from consensus")
	}
	if c.outlook == nil {
		return
	}
	if id := c.outlook.ChainID(); cfg.NetworkId != 0 && cfg.NetworkId != id {
		c.Warn(subject, "drop NetworkId in [Eth] and --networkid: the chain id is the default",
			"NetworkId is %d, and the chain id %d: nodes with another number refuse this one over devp2p, and no transactions pass", cfg.NetworkId, id)
	}
}
