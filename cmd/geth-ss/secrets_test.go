//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExposedSecrets: whatever reads a file with a secret warns if others can read it, with what to do, and does what it would do
// anyway. Of a file that is its owner's alone nobody hears.
func TestExposedSecrets(t *testing.T) {
	t.Parallel()
	hex := strings.Repeat("1", 64) + "\n"
	node := func(args ...string) []string { return append([]string{"identity", "--datadir", "DIR"}, args...) }
	for name, c := range map[string]struct {
		file  string // in DIR
		text  string
		args  []string
		other map[string]string // files that are there besides
	}{
		"--key":                   {"me.key", hex, []string{"secretstore", "grant", "--key", "FILE", strings.Repeat("5", 64), "0x00000000000000000000000000000000000000aa"}, nil},
		"--key, to publish":       {"me.key", hex, []string{"secretstore", "fetch", "--key", "FILE", "none"}, nil},
		"--key, to deploy":        {"me.key", hex, []string{"contracts", "deploy", "registrar", "--key", "FILE"}, nil},
		"--password-file":         {"password", "x\n", []string{"secretstore", "fetch", "--key", "DIR/me.key", "--password-file", "FILE", "none"}, map[string]string{"me.key": hex}},
		"account import":          {"account.key", hex, []string{"account", "import", "--datadir", "DIR", "--lightkdf", "--password", "DIR/password", "FILE"}, map[string]string{"password": "x\n"}},
		"account --password":      {"password", "x\n", []string{"account", "new", "--datadir", "DIR", "--lightkdf", "--password", "FILE"}, nil},
		"the keystore":            {"keystore/UTC--x", "{}", []string{"account", "list", "--datadir", "DIR"}, nil},
		"the node key":            {"geth-ss/nodekey", hex, node(), nil},
		"--nodekey":               {"node.key", hex, node("--nodekey", "FILE"), nil},
		"--passphrase-file":       {"passphrase", "x\n", []string{"secretstore", "verify-backup", "--passphrase-file", "FILE", "DIR/backup"}, map[string]string{"backup": "x"}},
		"--identity-file":         {"identity", "x\n", []string{"secretstore", "verify-backup", "--identity-file", "FILE", "DIR/backup"}, map[string]string{"backup": "x"}},
		"the share store's key":   {"geth-ss/secretstore/store.key", hex, []string{"secretstore", "backup", "--datadir", "DIR", "--passphrase-file", "DIR/pass"}, map[string]string{"geth-ss/secretstore/db/x": "", "pass": "x", "geth-ss/nodekey": hex}},
		"the store, to restore":   {"password", "x\n", []string{"secretstore", "restore", "--datadir", "DIR", "--secretstore.passwordfile", "FILE", "--passphrase-file", "DIR/pass", "DIR/backup"}, map[string]string{"pass": "x", "backup": "x", "geth-ss/nodekey": hex}},
		"a node's store's key":    {"store.key", "no key", []string{"--datadir", "DIR", "--secretstore", "--secretstore.keyfile", "FILE"}, nil},
		"a node's password":       {"password", "\n", []string{"--datadir", "DIR", "--secretstore", "--secretstore.passwordfile", "FILE"}, nil},
		"a node's TLS key":        {"tls.key", "no key", []string{"--datadir", "DIR", "--secretstore", "--secretstore.http.tlscert", "DIR/cert", "--secretstore.http.tlskey", "FILE"}, map[string]string{"cert": "x"}},
		"the engine API's":        {"jwt", "no key", []string{"--datadir", "DIR", "--authrpc.jwtsecret", "FILE"}, nil},
		"a development account's": {"password", "x\n", []string{"dumpconfig", "--dev", "--lightkdf", "--password", "FILE"}, nil},
	} {
		for _, mode := range []os.FileMode{0o600, 0o644} {
			t.Run(name+"/"+mode.String(), func(t *testing.T) {
				t.Parallel()
				dir, err := os.MkdirTemp("", "secrets") // no name that a shell has quoted
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { os.RemoveAll(dir) })
				path := filepath.Join(dir, filepath.FromSlash(c.file))
				files := map[string]string{c.file: c.text}
				for other, text := range c.other {
					files[other] = text
				}
				for name, text := range files {
					at := filepath.Join(dir, filepath.FromSlash(name))
					if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
				args := make([]string, len(c.args))
				for i, arg := range c.args {
					args[i] = strings.NewReplacer("FILE", path, "DIR", dir).Replace(arg)
				}
				out, _ := command(t, args...).CombinedOutput()
				said := strings.Count(string(out), "chmod 600 "+path)
				if warned := strings.Contains(string(out), "WARN"); mode == 0o644 && (said != 1 || !warned) || mode == 0o600 && said != 0 {
					t.Errorf("%v warned %d times:\n%s", args, said, out)
				}
				if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
					t.Errorf("the file's mode was changed: %v", err)
				}
			})
		}
	}
}
