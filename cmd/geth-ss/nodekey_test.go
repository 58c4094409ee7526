package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/node"

	"github.com/geth-ss/geth-ss/poa"
)

// tree is everything in a directory: names, modes, and the hash of each content.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprint(&all, path, " ", info.Mode())
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			to, _ := os.Readlink(path)
			fmt.Fprint(&all, " ", to)
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&all, " %x", sha256.Sum256(content))
		}
		fmt.Fprintln(&all)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// damages are what happens to files. Root can read every file, so that one can't be read is shown by a directory and by a
// link to nothing.
var damages = map[string]func(path string) error{
	"empty": func(path string) error { return os.Truncate(path, 0) },
	"cut": func(path string) error {
		return edit(path, func(text []byte) []byte { text = bytes.TrimSpace(text); return text[:len(text)-1] })
	},
	"one wrong": func(path string) error {
		return edit(path, func(text []byte) []byte { text[len(text)/2] = '!'; return text })
	},
	"two lines": func(path string) error {
		return edit(path, func(text []byte) []byte { return append(append(text, '\n'), text...) })
	},
	"directory": func(path string) error {
		if err := os.Remove(path); err != nil {
			return err
		}
		return os.Mkdir(path, 0o700)
	},
	"link to nothing": func(path string) error {
		if err := os.Remove(path); err != nil {
			return err
		}
		return os.Symlink(path+".gone", path)
	},
}

func edit(path string, change func([]byte) []byte) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, change(text), 0o600)
}

// newDataDir is a data directory with a node key and nothing else.
func newDataDir(t *testing.T) (dir, key string) {
	t.Helper()
	dir = t.TempDir()
	key = filepath.Join(dir, clientIdentifier, nodeKeyFile)
	private, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(key), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := crypto.SaveECDSA(key, private); err != nil {
		t.Fatal(err)
	}
	return dir, key
}

func configOf(dir string) *config {
	return &config{Node: node.Config{Name: clientIdentifier, DataDir: dir}}
}

var keyRules = []keyRule{keyMade, keyWanted, keyUnused}

// TestNodeKeyIsNeverReplaced: whatever lies where the key should and is not exactly a key is an error that names it, under
// every rule, and nothing is touched.
func TestNodeKeyIsNeverReplaced(t *testing.T) {
	for what, damage := range damages {
		for _, rule := range keyRules {
			dir, path := newDataDir(t)
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			before, cfg := tree(t, dir), configOf(dir)
			_, err := cfg.useNodeKey(rule)
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup") {
				t.Errorf("%s, rule %d: %v", what, rule, err)
			}
			if cfg.Node.P2P.PrivateKey != nil {
				t.Errorf("%s, rule %d: there is a key", what, rule)
			}
			if tree(t, dir) != before {
				t.Errorf("%s, rule %d: the directory was changed", what, rule)
			}
		}
	}
}

// TestNodeKeyIsMadeForNewDirectories, and for no others: beside anything that a node has made, a missing key is an error.
func TestNodeKeyIsMadeForNewDirectories(t *testing.T) {
	for _, part := range livedIn {
		dir := t.TempDir()
		inside := filepath.Join(dir, clientIdentifier, part.name)
		if err := os.MkdirAll(inside, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(inside, "something"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		before := tree(t, dir)
		for _, rule := range []keyRule{keyMade, keyWanted} {
			if _, err := configOf(dir).useNodeKey(rule); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, clientIdentifier, nodeKeyFile)) {
				t.Errorf("beside %s, rule %d: %v", part.name, rule, err)
			}
		}
		if tree(t, dir) != before {
			t.Errorf("beside %s: the directory was changed", part.name)
		}
	}
	dir := filepath.Join(t.TempDir(), "new")
	if err := os.MkdirAll(filepath.Join(dir, clientIdentifier, "secretstore"), 0o700); err != nil { // a mount for the shares
		t.Fatal(err)
	}
	for _, rule := range []keyRule{keyWanted, keyUnused} {
		configOf(dir).useNodeKey(rule)
		if _, err := os.Lstat(filepath.Join(dir, clientIdentifier, nodeKeyFile)); err == nil {
			t.Errorf("rule %d made a key", rule)
		}
	}
	first, again := configOf(dir), configOf(dir)
	path, err := first.useNodeKey(keyMade)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v, %v", info.Mode(), err)
	}
	if _, err := again.useNodeKey(keyWanted); err != nil || !first.Node.P2P.PrivateKey.Equal(again.Node.P2P.PrivateKey) {
		t.Errorf("another key the second time: %v", err)
	}
	if !first.Node.NodeKey().Equal(first.Node.P2P.PrivateKey) {
		t.Error("geth has another key")
	}
	memory := configOf("")
	if path, err := memory.useNodeKey(keyMade); err != nil || path != "" || memory.Node.P2P.PrivateKey == nil {
		t.Errorf("without a directory: %q, %v", path, err)
	}
}

// networkFile writes a network of one validator, who is somebody else.
func networkFile(t *testing.T) string {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	g := poa.NewGenesis(4242, nil, []poa.Validator{poa.NewValidator(&key.PublicKey, "one")}, 1_700_000_000)
	path := filepath.Join(t.TempDir(), "network.json")
	if err := poa.InitDir(filepath.Dir(path), g); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(filepath.Dir(path), "genesis.json")
}

// TestNodeKeyAtEveryDoor: each command that has to do with the key refuses one that was cut, and one that is missing beside
// a chain, and leaves the directory as it is. What happens else the tests above say.
func TestNodeKeyAtEveryDoor(t *testing.T) {
	network, passphrase := networkFile(t), writeFile(t, "passphrase", "correct horse\n")
	quiet := []string{"--port", "0", "--nodiscover", "--ipcdisable", "--authrpc.port", "0"}
	for _, door := range []struct {
		args  []string
		makes bool // a key where there is nothing
		lives bool // without one
	}{
		{args: []string{"identity"}, makes: true},
		{args: []string{"init", network}, makes: true},
		{args: quiet, makes: true},
		{args: append([]string{"--dev"}, quiet...), makes: true},
		{args: append([]string{"--poa"}, quiet...), makes: true},
		{args: append([]string{"console", "--exec", "1"}, quiet...), makes: true},
		{args: []string{"dumpconfig"}, lives: true},
		{args: []string{"dumpgenesis"}, lives: true},
		{args: []string{"secretstore", "backup", "--passphrase-file", passphrase}, lives: true},
		{args: []string{"secretstore", "restore", "--passphrase-file", passphrase, passphrase}},
		{args: []string{"secretstore", "restore", "--lost"}},
		{args: []string{"secretstore", "check-config", "--secretstore", "--offline"}},
	} {
		t.Run(strings.Join(door.args, " "), func(t *testing.T) {
			t.Parallel()
			refuse := func(dir, path string) {
				t.Helper()
				before := tree(t, dir)
				if out := fail(t, append([]string{"--datadir", dir}, door.args...)...); !strings.Contains(out, path) || strings.Contains(out, "goroutine ") {
					t.Errorf("it said:\n%s", out)
				}
				if tree(t, dir) != before {
					t.Error("the directory was changed")
				}
			}
			dir, path := newDataDir(t)
			if err := damages["cut"](path); err != nil {
				t.Fatal(err)
			}
			refuse(dir, path)
			if door.lives {
				return
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if !door.makes {
				refuse(dir, path)
				return
			}
			if err := os.MkdirAll(filepath.Join(filepath.Dir(path), "chaindata", "ancient"), 0o700); err != nil {
				t.Fatal(err)
			}
			refuse(dir, path)
		})
	}
}

// TestNodeKeyOptions: the options take the same forms, and nothing else, and a directory's own key is left alone.
func TestNodeKeyOptions(t *testing.T) {
	const digits = "0000000000000000000000000000000000000000000000000000000000000001"
	const address = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
	dir, _ := newDataDir(t)
	before := tree(t, dir)
	for _, good := range [][]string{
		{"--nodekeyhex", "0x" + digits}, {"--nodekeyhex", " " + digits + "\n"}, {"--nodekey", writeFile(t, "key", "\ufeff0X"+digits+"\r\n")},
	} {
		if out := run(t, append([]string{"identity", "--datadir", dir}, good...)...); !strings.Contains(out, address) || strings.Contains(out, "File:") {
			t.Errorf("%q: %s", good, out)
		}
	}
	for _, bad := range [][]string{
		{"--nodekeyhex", digits[1:]}, {"--nodekeyhex", ""}, {"--nodekey", ""}, {"--nodekey", writeFile(t, "key", digits[1:])},
		{"--nodekey", writeFile(t, "key", "")}, {"--nodekey", filepath.Join(dir, "none")}, {"--nodekey", writeFile(t, "key", digits), "--nodekeyhex", digits},
	} {
		if out := fail(t, append([]string{"identity", "--datadir", dir}, bad...)...); !strings.Contains(out, "--nodekey") {
			t.Errorf("%q: %s", bad, out)
		}
	}
	if tree(t, dir) != before {
		t.Error("the directory was changed")
	}
}
