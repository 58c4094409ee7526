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

func (c *config) checkStoreFiles() error {
	s := &c.SecretStore
	if dir := c.Node.ResolvePath("secretstore"); dir != "" || s.PasswordFile != "" || s.KeyFile != "" {
		guardSecret(s.SecretPath(dir))
		if err := service.CheckStoreSecret(dir, s); err != nil {
			return err
		}
	}
	if s.HTTP.Enabled && s.HTTP.TLSCert != "" {
		guardSecret(s.HTTP.TLSKey)
		if _, err := tls.LoadX509KeyPair(s.HTTP.TLSCert, s.HTTP.TLSKey); err != nil {
			return fmt.Errorf("the TLS certificate %s or its key %s: %w", s.HTTP.TLSCert, s.HTTP.TLSKey, err)
		}
	}
	return nil
}

// checkJWTSecret looks at the secret of the engine API. geth makes it if it is not there, as it should, but so it does if
// it can't be read, and one that lacks a digit it takes for another secret.
func (c *config) checkJWTSecret() error {
	path := c.Node.JWTSecret
	if path == "" {
		path = c.Node.ResolvePath("jwtsecret")
	}
	if path == "" {
		return nil
	}
	guardSecret(path)
	secret, err := keyfile.LoadBytes(path)
	clear(secret)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("the engine API's secret %w: give it the one that the consensus client has, or move the file away and have a new one made for both", err)
}
