package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/ethdb/leveldb"
	"github.com/ethereum/go-ethereum/ethdb/pebble"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/finding"
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

// openChain opens the database of a chain to read, without the ancient blocks; nil if there is none, or it can't be opened: what is
// wrong with it the node says when it starts, and one that runs has it open.
func openChain(dir string) ethdb.Database {
	const cache, handles = 16, 16
	var db ethdb.KeyValueStore
	var err error
	switch rawdb.PreexistingDatabase(dir) {
	case rawdb.DBPebble:
		db, err = pebble.New(dir, cache, handles, "", true)
	case rawdb.DBLeveldb:
		db, err = leveldb.New(dir, cache, handles, "", true)
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	return rawdb.NewDatabase(db)
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
		kind = "node of a proof-of-authority network whose file it does not have yet"
	default:
		kind = "node of " + networkName(ctx) + " with an external consensus client"
	}
	s := &c.cfg.SecretStore
	var first finding.List // whatever was found before
	if s.Enabled {
		first.OK(subject, "%s; key server of cluster %q", kind, s.Cluster)
	} else {
		first.OK(subject, "%s; not a key server", kind)
	}
	c.List = append(first, c.List...)
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
			c.Fail(subject, "set Enabled = true in [PoA] or give --poa, or give another --datadir",
				"%s belongs to a proof-of-authority network, but PoA is switched off: this node would get no blocks", c.cfg.Node.DataDir)
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

// checkChain looks at the chain, as far as it is there, and at what is set of it. Its database is open for that time alone: a node
// could not start beside.
func (c *checkup) checkChain(ctx *cli.Context) {
	var chain ethdb.Database
	if c.node == nil {
		chain = openChain(c.cfg.Node.ResolvePath("chaindata"))
	}
	if chain != nil {
		defer chain.Close()
	}
	c.checkChainSettings(ctx, chain)
	if c.outlook != nil {
		c.add(c.outlook.JudgeDirectory(chain))
		c.add(c.outlook.JudgeSettings())
	}
	c.readGenesis(chain)
}

// checkChainSettings finds settings that the node refuses when it starts, or does not use.
func (c *checkup) checkChainSettings(ctx *cli.Context, chain ethdb.Database) {
	const subject = "chain settings"
	cfg, before := &c.cfg.Eth, len(c.List)
	if makesBlocks(ctx, &c.cfg) {
		minimum := *cfg // which is set
		if err := oneMinimum(ctx, &minimum); err != nil {
			c.Fail(subject, "set one of the two", "%v", err)
		}
	}
	scheme, err := cfg.StateScheme, error(nil)
	if chain != nil {
		if scheme, err = rawdb.ParseStateScheme(cfg.StateScheme, chain); err != nil {
			c.Fail(subject, "drop StateScheme in [Eth] and --state.scheme", "%v", err)
		}
	}
	if c.cfg.PoA.Enabled {
		c.checkChainPoA(scheme)
	} else if chain != nil && !c.dev {
		c.checkGenesis(rawdb.ReadCanonicalHash(chain, 0))
	}
	if c.hasEngine() {
		c.checkEngineSecret()
	}
	if len(c.List) == before {
		c.OK(subject, "the node accepts them")
	}
}

// checkEngineSecret looks at what the node and its consensus client know each other by.
func (c *checkup) checkEngineSecret() {
	const subject = "engine API"
	if err := c.cfg.checkJWTSecret(); err != nil {
		what, do, _ := strings.Cut(err.Error(), ": give it")
		c.Fail(subject, "give it"+do, "%s", what)
		return
	}
	if path := c.cfg.jwtSecret(); path != "" {
		c.checkPrivate(subject, path)
	}
}

// checkChainPoA: under proof of authority much of geth's own settings is not a node's to choose.
func (c *checkup) checkChainPoA(scheme string) {
	const subject = "chain settings"
	cfg := &c.cfg.Eth
	if err := refuseOverrides(cfg); err != nil {
		c.Fail(subject, "drop it", "%v", err)
	}
	if cfg.Genesis != nil {
		c.Fail(subject, "drop the option, or Genesis in [Eth]", "a genesis is given, but a proof-of-authority network takes its genesis only from init")
	}
	if scheme == rawdb.HashScheme && !cfg.NoPruning {
		c.Fail(subject, "use --state.scheme path, or --gcmode archive", "the hash scheme keeps up to an hour of states only in memory, and consensus does not run on it")
	}
	if c.outlook == nil {
		return
	}
	if id := c.outlook.ChainID(); cfg.NetworkId != 0 && cfg.NetworkId != id {
		c.Fail(subject, "drop NetworkId in [Eth] and --networkid: the chain id is the default",
			"NetworkId is %d, but the chain id is %d: the node does not start, because other nodes would refuse it over devp2p", cfg.NetworkId, id)
	}
}

// checkGenesis: of a data directory of one network no option makes one of another.
func (c *checkup) checkGenesis(stored common.Hash) {
	if c.cfg.Eth.Genesis == nil || stored == (common.Hash{}) {
		return
	}
	if want := c.cfg.Eth.Genesis.ToBlock().Hash(); stored != want {
		c.Fail("chain settings", "give the option of the directory's network, or another --datadir",
			"the data directory begins with genesis block %x…, but the options ask for %x…", stored[:4], want[:4])
	}
}

// readGenesis asks whoever can tell for the hash of the chain's first block.
func (c *checkup) readGenesis(chain ethdb.Database) {
	switch {
	case c.outlook != nil:
		c.genesis = c.outlook.GenesisHash()
	case c.node != nil:
		ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
		defer cancel()
		if first, err := ethclient.NewClient(c.node).HeaderByNumber(ctx, new(big.Int)); err == nil {
			c.genesis = first.Hash()
		}
	case chain != nil:
		c.genesis = rawdb.ReadCanonicalHash(chain, 0)
	}
}
