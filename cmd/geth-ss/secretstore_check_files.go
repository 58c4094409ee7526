package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ethereum/go-ethereum/core/rawdb"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/service/store"
)

// checkSecret looks at what protects the shares.
func (c *checkup) checkSecret() {
	const subject = "share store"
	s, dir := &c.cfg.SecretStore, c.cfg.Node.ResolvePath("secretstore")
	has := whole.Present(filepath.Join(dir, "db"))
	switch {
	case dir == "":
		return // no data directory: said already
	case s.PasswordFile != "":
		secret, err := store.ReadPasswordFile(s.PasswordFile)
		clear(secret)
		if err != nil {
			c.fail(subject, "give the file that the store was made with; nothing else opens it", "%v", err)
			return
		}
		c.ok(subject, "protected by the password in %s", s.PasswordFile)
		c.checkPrivate(subject, s.PasswordFile)
		if len(secret) < 12 {
			c.warn(subject, "use a longer one for the next store", "the password has %d characters", len(secret))
		}
	default:
		c.checkKeyFile(s.KeyFile, dir, has)
	}
	if !has && c.self.Short() != "" && whole.Present(c.cfg.Node.ResolvePath("chaindata")) {
		c.warn(subject, "nothing, if this node has never held shares; else run 'geth-ss secretstore restore' before it starts", "there is none yet in %s", dir)
	}
	if stray := filepath.Join(dir, "keys"); !has && whole.Present(stray) {
		c.fail(subject, "restore the whole directory, or move it away", "%s is there, and the database beside it is not", stray)
	}
}

func (c *checkup) checkKeyFile(path, dir string, has bool) {
	const subject = "share store"
	beside := path == ""
	if beside {
		path = filepath.Join(dir, "store.key")
	}
	switch {
	case whole.Present(path):
		secret, err := store.LoadKeyFile(path)
		clear(secret)
		if err != nil {
			c.fail(subject, "put the key file back from your backup; nothing else opens the store", "%v", err)
			return
		}
		c.ok(subject, "protected by the key file %s", path)
		c.checkPrivate(subject, path)
	case has:
		c.fail(subject, "put the key file back from your backup, or name what the store was made with (--secretstore.passwordfile or --secretstore.keyfile)",
			"the store is there, and its key file %s is not", path)
		return
	default:
		c.ok(subject, "the key file %s will be made at the first start", path)
	}
	if beside {
		c.warn(subject, "set PasswordFile or KeyFile to something on another disk", "the key file lies beside the shares: that does not protect a stolen disk")
	}
}

// checkDataDir wants a directory that can be written to and holds a chain.
func (c *checkup) checkDataDir() {
	const subject = "data directory"
	dir := c.cfg.Node.DataDir
	info, err := os.Stat(dir)
	switch {
	case dir == "":
		return
	case errors.Is(err, fs.ErrNotExist):
		c.fail(subject, "create it, or correct --datadir", "%s is not there", dir)
		return
	case err != nil || !info.IsDir():
		c.fail(subject, "correct --datadir", "%s is not a directory that can be read (%v)", dir, err)
		return
	}
	if info.Mode().Perm()&0o022 != 0 {
		c.warn(subject, "chmod 700 "+dir, "%s can be written to by others (mode %o)", dir, info.Mode().Perm())
	}
	if f, err := os.CreateTemp(dir, ".check-config-*"); err != nil {
		c.fail(subject, "give it to the user who runs the node, and make room on the disk", "%s can't be written to: %v", dir, err)
	} else {
		f.Close()
		os.Remove(f.Name())
		c.ok(subject, "%s", dir)
	}
	if chain := c.cfg.Node.ResolvePath("chaindata"); c.cfg.PoA.Enabled && rawdb.PreexistingDatabase(chain) == "" {
		c.fail(subject, "run 'geth-ss init' with the network's file", "there is no chain in %s", chain)
	}
}

// checkTLS loads the certificate as the server will.
func (c *checkup) checkTLS() {
	const subject = "TLS"
	h := &c.cfg.SecretStore.HTTP
	if h.TLSCert == "" || h.TLSKey == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(h.TLSCert, h.TLSKey)
	if err != nil {
		c.fail(subject, "give a PEM certificate and the PEM key that belongs to it", "%s and %s: %v", h.TLSCert, h.TLSKey, err)
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		c.fail(subject, "give a PEM certificate", "%s: %v", h.TLSCert, err)
		return
	}
	switch left := time.Until(leaf.NotAfter); {
	case left <= 0:
		c.fail(subject, "renew it", "the certificate expired on %s", leaf.NotAfter.Format(time.DateOnly))
	case time.Until(leaf.NotBefore) > 0:
		c.fail(subject, "check this machine's clock", "the certificate is not valid before %s", leaf.NotBefore.Format(time.DateTime))
	case left < 14*24*time.Hour:
		c.warn(subject, "renew it, and restart the node", "the certificate expires on %s", leaf.NotAfter.Format(time.DateOnly))
	default:
		c.ok(subject, "the certificate is valid until %s", leaf.NotAfter.Format(time.DateOnly))
	}
	c.checkPrivate(subject, h.TLSKey)
}
