package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/keyfile"
	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// The node key is who the node is to everybody else. geth's reader (node.Config.NodeKey) puts a new key in place of a
// file that it can't read, without a word. So it is never asked: whatever makes a node calls useNodeKey first.

// nodeKeyFile is the key's, inside the instance directory.
const nodeKeyFile = "nodekey"

// keyRule says what a command does where there is no node key.
type keyRule int

const (
	// keyMade: a directory that holds nothing yet gets a key, as from geth.
	keyMade keyRule = iota
	// keyWanted: it is an error.
	keyWanted
	// keyUnused: nobody is told who the node is, and a key in memory will do.
	keyUnused
)

// useNodeKey gives the configuration the node's key, and tells the file it lies in: none if an option gave the key, or
// if there is no data directory. Whatever has the file's name and is not exactly a key is an error, whatever the rule.
func (c *config) useNodeKey(rule keyRule) (path string, err error) {
	if c.PoA.PublicKey != "" && rule == keyMade {
		rule = keyWanted // another key than this one nobody wants
	}
	path, err = c.findNodeKey(rule)
	if err != nil || rule == keyUnused || c.PoA.PublicKey == "" {
		return path, err
	}
	if have := wire.NodeIDOf(&c.Node.P2P.PrivateKey.PublicKey).String(); have != strings.TrimPrefix(strings.ToLower(c.PoA.PublicKey), "0x") {
		return path, fmt.Errorf("the node key %s has the public key %s, but PoA.PublicKey says that this is the configuration of the node with %s: "+
			"give the data directory in which \"%s identity\" has made that node's key, or that node's own configuration", path, have, c.PoA.PublicKey, clientIdentifier)
	}
	return path, nil
}

func (c *config) findNodeKey(rule keyRule) (path string, err error) {
	if c.Node.P2P.PrivateKey != nil {
		return "", nil
	}
	path = c.Node.ResolvePath(nodeKeyFile)
	if path == "" {
		if rule == keyWanted {
			return "", errors.New("there is no data directory: give --datadir or --config")
		}
		return "", c.useKeyInMemory()
	}
	keyfile.WarnExposed(path)
	key, err := keyfile.Load(path)
	switch {
	case err == nil:
		c.Node.P2P.PrivateKey = key
		return path, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("the node key %w; it is this node's identity, so nothing was changed: put it back from your backup. To begin a new node, use another data directory", err)
	case rule == keyUnused:
		return "", c.useKeyInMemory()
	case rule == keyWanted:
		return "", fmt.Errorf("the node key %s is not there: put it back from your backup, or give the data directory that it is in", path)
	}
	if err := c.checkNew(path); err != nil {
		return "", err
	}
	return path, c.makeNodeKey(path)
}

func (c *config) useKeyInMemory() (err error) {
	c.Node.P2P.PrivateKey, err = crypto.GenerateKey()
	return err
}

// livedIn are the parts of an instance directory that a node of some key has made.
var livedIn = []struct{ name, what string }{
	{"chaindata", "a chain"},
	{"triedb", "a chain"},
	{poaDirectory, "consensus data"},
	{"secretstore", "a share store"},
}

// checkNew refuses to make a key for a directory in which a node has lived: it had a key, which is missing now.
func (c *config) checkNew(path string) error {
	for _, part := range livedIn {
		dir := c.Node.ResolvePath(part.name)
		if holdsNothing(dir) {
			continue
		}
		return fmt.Errorf("the node key %s is missing, but there is %s in %s: this node had an identity, and a new key would give it another. "+
			"Put the key back from your backup, or give it by --%s. If this is to be a new node, move %s away, make its key with \"%s identity\", and then put back only the chain",
			path, part.what, dir, utils.NodeKeyFileFlag.Name, filepath.Dir(path), clientIdentifier)
	}
	return nil
}

// holdsNothing is true of a directory that is empty or not there, and of nothing else.
func holdsNothing(dir string) bool {
	if !whole.Present(dir) {
		return true
	}
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

// makeNodeKey makes the key of a new node. Another process may do so at the same time: the first wins.
func (c *config) makeNodeKey(path string) error {
	if err := c.useKeyInMemory(); err != nil {
		return fmt.Errorf("making the node key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the node key %s: %w", path, err)
	}
	err := keyfile.Create(path, c.Node.P2P.PrivateKey)
	if errors.Is(err, fs.ErrExist) {
		c.Node.P2P.PrivateKey, err = keyfile.Load(path)
	}
	if err != nil {
		return fmt.Errorf("making the node key %s: %w", path, err)
	}
	log.Info("Made the node key: back it up, it is this node's identity", "file", path)
	return nil
}

// applyNodeKeyFlags reads --nodekey and --nodekeyhex, and hides them from geth, whose reader knows fewer forms and ends the
// process. show undoes that.
func applyNodeKeyFlags(ctx *cli.Context, cfg *p2p.Config) (show func(), err error) {
	file, digits := utils.NodeKeyFileFlag.Name, utils.NodeKeyHexFlag.Name
	if ctx.IsSet(file) && ctx.IsSet(digits) {
		return nil, fmt.Errorf("options --%s and --%s: give one of the two", file, digits)
	}
	for _, name := range []string{file, digits} {
		if !ctx.IsSet(name) {
			continue
		}
		value := ctx.String(name)
		switch {
		case strings.TrimSpace(value) == "":
			err = errors.New("is empty: it should name the node's key")
		case name == file:
			keyfile.WarnExposed(value)
			cfg.PrivateKey, err = keyfile.Load(value)
		default:
			cfg.PrivateKey, err = keyfile.Parse([]byte(value))
		}
		if err != nil {
			return nil, fmt.Errorf("option --%s: %w", name, err)
		}
		if err := ctx.Set(name, ""); err != nil {
			return nil, fmt.Errorf("option --%s: %w", name, err)
		}
		return func() { ctx.Set(name, value) }, nil
	}
	return func() {}, nil
}
