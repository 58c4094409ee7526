package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/core/rawdb"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// checkSecret looks at what protects the shares, and whether it opens them.
func (c *checkup) checkSecret() {
	const subject = "share store"
	s, dir := &c.cfg.SecretStore, c.cfg.Node.ResolvePath("secretstore")
	has := dir != "" && whole.Present(filepath.Join(dir, "db"))
	var secret []byte
	switch {
	case s.PasswordFile != "":
		secret = c.checkPassword(s.PasswordFile)
	case dir == "" && s.KeyFile == "":
		c.OK(subject, "in a temporary directory, gone when the node stops")
	default:
		secret = c.checkKeyFile(s.KeyFile, dir, has)
	}
	defer clear(secret)
	if has && secret != nil {
		c.checkOpens(dir, secret)
	}
	if dir != "" && !has && whole.Present(c.cfg.Node.ResolvePath("chaindata")) && c.self != (wire.NodeID{}) {
		c.storeIsNew(dir)
	}
	if stray := filepath.Join(dir, "keys"); dir != "" && !has && whole.Present(stray) {
		c.Fail(subject, "restore the whole directory, or move it away", "%s is there, but the database beside it is missing", stray)
	}
}

// storeIsNew: beside a chain a missing store may be a lost one. Before the first block nobody has been asked for anything yet.
func (c *checkup) storeIsNew(dir string) {
	const subject = "share store"
	if c.cfg.PoA.Enabled && !whole.Present(filepath.Join(c.cfg.Node.ResolvePath(poaDirectory), "data")) {
		c.OK(subject, "there is none yet; if this node has held shares before, run 'geth-ss secretstore restore' before you start it")
		return
	}
	c.Warn(subject, "nothing if this node has never held shares; otherwise run 'geth-ss secretstore restore' before you start it", "there is none yet in %s", dir)
}

// checkPassword gives the password in a file; nil if it can't be used.
func (c *checkup) checkPassword(path string) []byte {
	const subject = "share store"
	secret, err := store.ReadPasswordFile(path)
	if err != nil {
		c.Fail(subject, "give the file that the store was made with; nothing else opens it", "%v", err)
		return nil
	}
	c.OK(subject, "protected by the password in %s", path)
	c.checkPrivate(subject, path)
	if len(secret) < 12 {
		c.Warn(subject, "use a longer one for the next store", "the password has %d characters", len(secret))
	}
	return secret
}

// checkKeyFile gives the key in a file, at path or beside the store; nil if there is none, or it can't be used.
func (c *checkup) checkKeyFile(path, dir string, has bool) []byte {
	const subject = "share store"
	beside := path == ""
	if beside {
		path = filepath.Join(dir, "store.key")
		c.Warn(subject, "set PasswordFile or KeyFile to a file on another disk", "the key file is beside the shares: if the disk is stolen, it does not protect them")
	}
	if !whole.Present(path) {
		if has {
			c.Fail(subject, "put the key file back from your backup, or name the file that the store was made with (--secretstore.passwordfile or --secretstore.keyfile)",
				"the store is there, but its key file %s is missing", path)
		} else {
			c.OK(subject, "the key file %s will be made at the first start", path)
		}
		return nil
	}
	secret, err := store.LoadKeyFile(path)
	if err != nil {
		c.Fail(subject, "put the key file back from your backup; nothing else opens the store", "%v", err)
		return nil
	}
	c.OK(subject, "protected by the key file %s", path)
	c.checkPrivate(subject, path)
	return secret
}

// checkOpens tries the secret on the store that is there, and looks whose it is.
func (c *checkup) checkOpens(dir string, secret []byte) {
	const subject = "share store"
	owner, err := store.Examine(dir, secret)
	var damage *store.DamagedError
	switch {
	case errors.Is(err, store.ErrLocked) && c.node != nil:
		c.OK(subject, "the running node has opened it")
	case errors.Is(err, store.ErrLocked):
		c.Warn(subject, "stop that process if it is not this node", "another process has it open, so whether the secret is right was not checked")
	case errors.Is(err, store.ErrWrongSecret):
		c.Fail(subject, "give the password file or key file that the store was made with; nothing else opens it. Nothing was changed", "%v", err)
	case errors.As(err, &damage):
		c.Fail(subject, damage.Advice, "%s is damaged: %v", damage.What, damage.Err)
	case err != nil:
		c.Fail(subject, "make sure that this user may read all of "+dir, "%v", err)
	case owner == nil:
		c.OK(subject, "the secret opens it; no node has used it yet")
	default:
		c.checkOwner(owner)
	}
}

// checkOwner looks whose shares these are.
func (c *checkup) checkOwner(owner *store.Owner) {
	const subject = "share store"
	here := store.Owner{Node: c.self, Cluster: owner.Cluster}
	if c.outlook != nil {
		here.Cluster = wire.MakeClusterID(c.outlook.GenesisHash(), c.cfg.SecretStore.Cluster)
	}
	if c.self != (wire.NodeID{}) && (owner.Node != here.Node || owner.Cluster != here.Cluster) {
		c.Fail(subject, "put the right node key or settings back, or the store that belongs to them", "%v", &store.OwnerError{Stored: *owner, Here: here})
		return
	}
	c.OK(subject, "the secret opens it, and it is this node's")
}

// checkDataDir wants a directory that can be written to and holds a chain.
func (c *checkup) checkDataDir() {
	const subject = "data directory"
	dir := c.cfg.Node.DataDir
	info, err := os.Stat(dir)
	switch {
	case dir == "":
		return // said already, or none is wanted
	case errors.Is(err, fs.ErrNotExist) && !c.cfg.PoA.Enabled && !c.cfg.SecretStore.Enabled:
		c.OK(subject, "%s will be made at the first start", dir)
		return
	case errors.Is(err, fs.ErrNotExist):
		c.Fail(subject, "create it, or correct --datadir", "%s is not there", dir)
		return
	case err != nil || !info.IsDir():
		c.Fail(subject, "correct --datadir", "%s is not a directory that can be read (%v)", dir, err)
		return
	}
	if info.Mode().Perm()&0o022 != 0 {
		c.Warn(subject, "chmod 700 "+dir, "%s can be written to by others (mode %o)", dir, info.Mode().Perm())
	}
	if f, err := os.CreateTemp(dir, ".check-config-*"); err != nil {
		c.Fail(subject, "give it to the user who runs the node, and make room on the disk", "%s can't be written to: %v", dir, err)
	} else {
		f.Close()
		os.Remove(f.Name())
		c.OK(subject, "%s", dir)
	}
	if chain := c.cfg.Node.ResolvePath("chaindata"); c.cfg.PoA.Enabled && rawdb.PreexistingDatabase(chain) == "" {
		c.Fail(subject, "run 'geth-ss init' with the network's file", "there is no chain in %s", chain)
	}
}
