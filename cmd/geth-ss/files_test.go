package main

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/internal/nettest"
	"github.com/geth-ss/geth-ss/service/store"
)

// TestFilesOfANode: what can't be read is never taken for what is not there. Each file of a node that is not what it should
// be ends the start with its name, before anything is written, and so it is with one that is missing beside what needs it.
func TestFilesOfANode(t *testing.T) {
	for _, file := range []struct {
		name   string // in the data directory
		set    func(c *config, path string)
		make   func(t *testing.T, dir, path string)
		new    bool     // a missing one is made, as there is nothing that would need the old one
		spares []string // damages that can't be told from a good file
	}{
		{
			name: "geth-ss/secretstore/store.key",
			set:  func(c *config, _ string) { c.SecretStore.Enabled = true },
			make: func(t *testing.T, dir, path string) { madeStore(t, filepath.Dir(path), path) }, spares: []string{"two lines"},
		},
		{
			name: "share.key",
			set:  func(c *config, path string) { c.SecretStore.Enabled, c.SecretStore.KeyFile = true, path },
			make: func(t *testing.T, dir, path string) {
				madeStore(t, filepath.Join(dir, "geth-ss", "secretstore"), path)
			}, spares: []string{"two lines"},
		},
		{
			name: "password",
			set:  func(c *config, path string) { c.SecretStore.Enabled, c.SecretStore.PasswordFile = true, path },
			make: func(t *testing.T, _, path string) {
				if err := os.WriteFile(path, []byte("a password\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			},
			spares: []string{"cut", "one wrong", "two lines"}, // the store tells a wrong password
		},
		{
			name: "key.pem", set: withTLS,
			make: madePair, spares: []string{"two lines"},
		},
		{
			name: "cert.pem", set: func(c *config, path string) { withTLS(c, filepath.Join(filepath.Dir(path), "key.pem")) },
			make: madePair, spares: []string{"two lines"},
		},
		{
			name: "geth-ss/jwtsecret", set: func(*config, string) {}, new: true,
			make: func(t *testing.T, _, path string) {
				if err := os.WriteFile(path, []byte("0x"+strings.Repeat("5e", 32)), 0o600); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			name: "geth-ss/poa/sign-state.json", set: func(c *config, _ string) { c.PoA.Enabled = true }, new: true, // if there is no block yet
			make: func(t *testing.T, _, path string) {
				if err := os.WriteFile(path, []byte(`{"height":"7","round":0,"step":3}`), 0o600); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			name: "geth-ss/poa/genesis.json", set: func(c *config, _ string) { c.PoA.Enabled = true }, new: true, // told by the driver
			make: func(t *testing.T, _, path string) {
				if err := os.Rename(networkFile(t), path); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		all := map[string]func(string) error{"missing": os.Remove, "untouched": func(string) error { return nil }}
		for what, damage := range damages {
			all[what] = damage
		}
		for what, damage := range all {
			if slices.Contains(file.spares, what) {
				continue
			}
			dir := t.TempDir()
			path := filepath.Join(dir, filepath.FromSlash(file.name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			file.make(t, dir, path)
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			before, cfg := tree(t, dir), configOf(dir)
			file.set(cfg, path)
			err := cfg.checkFiles(false)
			if fine := what == "untouched" || what == "missing" && file.new; fine != (err == nil) || err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("%s, %s: %v", file.name, what, err)
			}
			if tree(t, dir) != before {
				t.Errorf("%s, %s: the directory was changed", file.name, what)
			}
		}
	}
}

func withTLS(c *config, key string) {
	c.SecretStore.Enabled, c.SecretStore.HTTP.Enabled = true, true
	c.SecretStore.HTTP.TLSCert, c.SecretStore.HTTP.TLSKey = filepath.Join(filepath.Dir(key), "cert.pem"), key
}

// madePair makes cert.pem and key.pem.
func madePair(t *testing.T, dir, _ string) { nettest.CertificateFiles(t, dir, x509.Certificate{}) }

// madeStore makes a share store under a key file.
func madeStore(t *testing.T, dir, key string) {
	t.Helper()
	secret, err := store.LoadOrCreateKeyFile(key)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(dir, secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFilesAtTheDoors: the files that commands are given, each damaged, at the commands that read it.
func TestFilesAtTheDoors(t *testing.T) {
	dir := t.TempDir()
	makeStart := func(flags ...string) []string {
		return append([]string{"--dev", "--datadir", filepath.Join(dir, "node"), "--secretstore", "--secretstore.http.port", "0", "--ipcdisable"}, flags...)
	}
	network := networkFile(t)
	consensus := func(name string, then func(dir string) []string) func(string) []string { // the file in its place
		return func(file string) []string {
			dir := t.TempDir()
			path := filepath.Join(dir, clientIdentifier, poaDirectory, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.Symlink(file, path)); err != nil {
				t.Fatal(err)
			}
			return then(dir)
		}
	}
	initialize := func(dir string) []string { return []string{"init", "--datadir", dir, network} }
	for _, door := range []struct {
		name, text string
		args       func(file string) []string
		damages    []string
	}{
		{"store.key", strings.Repeat("ab", 32), func(f string) []string { return makeStart("--secretstore.keyfile", f) }, []string{"cut", "link to nothing"}},
		{"password", "secret\n", func(f string) []string { return makeStart("--secretstore.passwordfile", f) }, []string{"empty"}},
		{"tls.key", "-----BEGIN", func(f string) []string {
			return makeStart("--secretstore.http.tlscert", f, "--secretstore.http.tlskey", f)
		}, []string{"cut"}},
		{"jwt", strings.Repeat("ab", 32), func(f string) []string {
			return []string{"--datadir", filepath.Join(dir, "node"), "--authrpc.jwtsecret", f, "--port", "0", "--nodiscover", "--ipcdisable"}
		}, []string{"cut", "link to nothing"}},
		{"password of a key", "secret\n", func(f string) []string {
			return []string{"secretstore", "keygen", "--password-file", f, filepath.Join(dir, "made")}
		}, []string{"empty", "directory"}},
		{"password of an account", "secret\n", func(f string) []string {
			return []string{"account", "new", "--datadir", filepath.Join(dir, "node"), "--password", f}
		}, []string{"empty", "directory"}},
		{"a key", strings.Repeat("ab", 32), func(f string) []string {
			return []string{"account", "import", "--datadir", filepath.Join(dir, "node"), "--password", writeFile(t, "p", "p\n"), f}
		}, []string{"cut", "one wrong"}},
		{"sign state at init", `{"height":"7","round":0,"step":3}`, consensus("sign-state.json", initialize), []string{"cut"}},
		{"genesis at init", "{}", consensus("genesis.json", initialize), []string{"cut", "link to nothing"}},
		{"a client's key", strings.Repeat("ab", 32), func(f string) []string {
			return []string{"secretstore", "fetch", "--key", f, "--out", filepath.Join(dir, "made"), strings.Repeat("00", 32)}
		}, []string{"cut", "one wrong", "empty"}},
	} {
		for _, what := range door.damages {
			t.Run(door.name+" "+what, func(t *testing.T) {
				t.Parallel()
				file := writeFile(t, "file", door.text)
				if err := damages[what](file); err != nil {
					t.Fatal(err)
				}
				if out := fail(t, door.args(file)...); !strings.Contains(out, file) && !strings.Contains(out, poaDirectory) || strings.Contains(out, "goroutine ") {
					t.Errorf("it said:\n%s", out)
				}
			})
		}
	}
	t.Cleanup(func() { // after the parallel ones
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("something was made: %v, %v", left, err)
		}
	})
}
