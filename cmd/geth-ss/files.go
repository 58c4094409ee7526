package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"

	"github.com/geth-ss/geth-ss/internal/keyfile"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/service"
)

// checkFiles reads the files that a node is about to rely on, before it writes anything: one that can't be read ends the
// start with its name. Each is read again where it is used.
func (c *config) checkFiles(dev bool) error {
	if err := c.checkPurpose(); err != nil {
		return err
	}
	if c.PoA.Enabled {
		if err := poa.CheckFiles(c.Node.ResolvePath(poaDirectory)); err != nil {
			return fmt.Errorf("proof of authority: %w", err)
		}
	}
	if c.SecretStore.Enabled {
		if err := c.checkStoreFiles(); err != nil {
			return fmt.Errorf("secretstore: %w", err)
		}
	}
	if !c.PoA.Enabled && !dev {
		return c.checkJWTSecret()
	}
	return nil
}

// checkPurpose refuses the data directory of a proof-of-authority network to a node that would not make or follow its blocks: without
// [PoA] it would wait for a consensus client that nobody has.
func (c *config) checkPurpose() error {
	dir := c.Node.ResolvePath(poaDirectory)
	if c.PoA.Enabled || holdsNothing(dir) {
		return nil
	}
	return fmt.Errorf("this data directory belongs to a proof-of-authority network (%s), but [PoA] is not enabled, so the node would get no blocks: start the node with its configuration "+
		"(--config; Enabled = true in [PoA], or --poa), or use another data directory", dir)
}

func (c *config) checkStoreFiles() error {
	s := &c.SecretStore
	if dir := c.Node.ResolvePath("secretstore"); dir != "" || s.PasswordFile != "" || s.KeyFile != "" {
		keyfile.WarnExposed(s.SecretPath(dir))
		if err := service.CheckStoreSecret(dir, s); err != nil {
			return err
		}
	}
	if s.HTTP.Enabled && s.HTTP.TLSCert != "" {
		keyfile.WarnExposed(s.HTTP.TLSKey)
		if _, err := tls.LoadX509KeyPair(s.HTTP.TLSCert, s.HTTP.TLSKey); err != nil {
			return fmt.Errorf("the TLS certificate %s or its key %s: %w", s.HTTP.TLSCert, s.HTTP.TLSKey, err)
		}
	}
	return nil
}

// checkJWTSecret looks at the secret of the engine API. geth makes it if it is not there, as it should, but so it does if
// it can't be read, and one that lacks a digit it takes for another secret.
func (c *config) checkJWTSecret() error {
	path := c.jwtSecret()
	if path == "" {
		return nil
	}
	keyfile.WarnExposed(path)
	secret, err := keyfile.LoadBytes(path)
	clear(secret)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("the engine API's secret %w: give it the one that the consensus client has, or move the file away and have a new one made for both", err)
}

// jwtSecret is where that secret lies, "" without a data directory.
func (c *config) jwtSecret() string {
	if c.Node.JWTSecret != "" {
		return c.Node.JWTSecret
	}
	return c.Node.ResolvePath("jwtsecret")
}
