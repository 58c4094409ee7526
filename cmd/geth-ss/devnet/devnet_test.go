package devnet

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/test/ports"
)

func testConfig() *Config {
	cfg := DefaultConfig()
	// The ports of this test are looked at, never listened on.
	cfg.RPCPort, cfg.SecretStorePort, cfg.P2PPort, cfg.PoAPort = 41000, 42000, 43000, 44000
	return &cfg
}

// written is a network whose files are in dir.
func written(t *testing.T, dir string, cfg *Config) *network {
	t.Helper()
	n, err := openNetwork(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.writeFiles(); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNetworkResumes(t *testing.T) {
	dir, cfg := t.TempDir(), testConfig()
	cfg.Nodes = 2
	first := written(t, dir, cfg)
	cfg.Nodes, cfg.RPCPort = 0, 45000 // as many as there are, on other ports
	second, err := openNetwork(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if first.genesis.Genesis.ToBlock().Hash() != second.genesis.Genesis.ToBlock().Hash() {
		t.Error("another genesis")
	}
	for i, n := range first.nodes {
		if again := second.nodes[i]; !n.key.Equal(again.key) {
			t.Errorf("%s has another identity", n.name)
		}
	}
	if first.accounts[0].Address != second.accounts[0].Address {
		t.Error("other accounts")
	}
	if err := second.writeFiles(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(second.nodes[1].configPath())
	if err != nil || !strings.Contains(string(text), "HTTPPort = 45001\n") {
		t.Errorf("the configuration keeps the old port (%v):\n%s", err, text)
	}

	cfg.Nodes = 3
	if _, err := openNetwork(dir, cfg); err == nil || !strings.Contains(err.Error(), "has 2 nodes") {
		t.Errorf("resuming two nodes as three: %v", err)
	}
}

// givePorts gives a network ports that are free, where they are tried: those of testConfig are only written.
func givePorts(t *testing.T, cfg *Config) {
	t.Helper()
	const room = 8 // nodes
	first := ports.For(t, 4*room)
	cfg.RPCPort, cfg.SecretStorePort, cfg.P2PPort, cfg.PoAPort = first, first+room, first+2*room, first+3*room
}

// TestPrepare writes a network whose nodes are on hosts of their own, and serve their clients at home.
func TestPrepare(t *testing.T) {
	cfg := testConfig()
	cfg.Dir, cfg.Nodes, cfg.Hosts = t.TempDir(), 2, []string{"10.0.0.1", "10.0.0.2"}
	state, err := Prepare(*cfg)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(state.Nodes[1].DataDir, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"ListenAddr = \"10.0.0.2:43001\"\n", "ListenAddr = \"10.0.0.2:44001\"\n", "HTTPHost = \"127.0.0.1\"\n",
		state.Nodes[0].Enode, "@10.0.0.1:43000\"", "@10.0.0.1:44000\"",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in the configuration:\n%s", want, text)
		}
	}
	if _, err := os.Stat(filepath.Join(cfg.Dir, "network.json")); err != nil {
		t.Error(err)
	}
	cfg.Hosts = cfg.Hosts[:1]
	if _, err := Prepare(*cfg); err == nil {
		t.Error("one host for two nodes")
	}
}

func TestInterruptedCreationStartsAnew(t *testing.T) {
	dir, cfg := t.TempDir(), testConfig()
	cfg.Nodes = 1
	first := written(t, dir, cfg)
	os.Remove(first.genesisPath()) // the last file written
	second := written(t, dir, cfg)
	third, err := openNetwork(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if third.nodes[0].public() != second.nodes[0].public() || third.accounts[3].Address != second.accounts[3].Address {
		t.Error("files of the two creations are mixed")
	}
	keys, err := os.ReadDir(third.nodes[0].keystore())
	if err != nil || len(keys) != accountCount {
		t.Errorf("the keystore has %d files, want %d (%v)", len(keys), accountCount, err)
	}
}

func TestForeignChainIsLeftAlone(t *testing.T) {
	dir, cfg := t.TempDir(), testConfig()
	if err := os.MkdirAll(filepath.Join(dir, "node2", instanceDir, "chaindata"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := openNetwork(dir, cfg); err == nil || !strings.Contains(err.Error(), "another network") {
		t.Errorf("a network made over another's chain: %v", err)
	}
}

func TestCheckPorts(t *testing.T) {
	taken, err := net.Listen("tcp", addr(0))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := taken.Addr().(*net.TCPAddr).Port

	for _, test := range []struct {
		name                string
		rpc, http, p2p, poa int
		want                string
	}{
		{"too high", 65536, 42000, 43000, 44000, "lower --rpc-port"},
		{"negative", 41000, -1, 43000, 44000, "lower --secretstore-port"},
		{"twice", 41000, 42000, 41000, 44000, "move one with --p2p-port"},
		// The first that is tried: any other fixed port could be in use by chance, as what a client's connection was given.
		{"taken", busy, 42000, 43000, 44000, "choose others with --rpc-port"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := &node{name: "node1", rpcPort: test.rpc, httpPort: test.http, p2pPort: test.p2p, poaPort: test.poa}
			if err := checkPorts([]*node{n}, 0); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("have %v, want %q", err, test.want)
			}
		})
	}
}

func TestDirectoryIsHeldByOne(t *testing.T) {
	cfg := testConfig()
	cfg.Dir = filepath.Join(t.TempDir(), "net")
	first, err := openDir(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openDir(cfg); err == nil || !strings.Contains(err.Error(), "another devnet") {
		t.Errorf("a second devnet in one directory: %v", err)
	}
	if err := first.close(false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cfg.Dir); err != nil {
		t.Errorf("a directory that was named is to be kept: %v", err)
	}
	again, err := openDir(cfg)
	if err != nil {
		t.Fatal(err)
	}
	again.close(false)
}

func TestTemporaryDirectory(t *testing.T) {
	for _, test := range []struct{ failed, inUse, kept bool }{
		{false, true, false}, {true, false, false}, {true, true, true},
	} {
		d, err := openDir(testConfig())
		if err != nil {
			t.Fatal(err)
		}
		d.inUse = test.inUse
		d.close(test.failed)
		if _, err := os.Stat(d.path); (err == nil) != test.kept {
			t.Errorf("failed %t, in use %t: kept %t", test.failed, test.inUse, err == nil)
		}
		os.RemoveAll(d.path)
	}
}

func TestSocketPathFits(t *testing.T) {
	short := &node{dir: "/tmp/net/node1"}
	if path := short.ipcPath(); path != "/tmp/net/node1/geth-ss.ipc" {
		t.Errorf("socket at %s", path)
	}
	deep := &node{dir: "/" + strings.Repeat("deep/", 40) + "node1"}
	if path := deep.ipcPath(); len(path) > maxSocketPath {
		t.Errorf("socket path of %d bytes: %s", len(path), path)
	}
}

func TestShellJoin(t *testing.T) {
	got := ShellJoin([]string{"/bin/geth-ss", "--config", "/a b/it's.toml"})
	if want := `/bin/geth-ss --config '/a b/it'\''s.toml'`; got != want {
		t.Errorf("have %s, want %s", got, want)
	}
}

func TestErrorText(t *testing.T) {
	if got := errorText([]byte(`"\"Access denied\""`)); got != "Access denied" {
		t.Errorf("have %q", got)
	}
	if got := errorText(nil); got != "" {
		t.Errorf("an empty body reads %q", got)
	}
}

// TestFilesOfANetwork: a file that can't be read, or is missing beside the others, is named, and none is replaced.
func TestFilesOfANetwork(t *testing.T) {
	good, cfg := t.TempDir(), testConfig()
	cfg.Nodes = 1
	n, err := openNetwork(good, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(n.writeFiles(), os.Mkdir(filepath.Join(good, "node1", instanceDir, "chaindata"), 0o700)); err != nil {
		t.Fatal(err)
	}
	change := func(do func([]byte) []byte) func(string) error {
		return func(path string) error {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, do(text), 0o600)
		}
	}
	for _, name := range []string{"network.json", "accounts.json", filepath.Join("node1", instanceDir, "nodekey")} {
		for what, damage := range map[string]func(string) error{
			"missing":     os.Remove,
			"empty":       change(func([]byte) []byte { return nil }),
			"cut":         change(func(text []byte) []byte { return bytes.TrimSpace(text)[:len(bytes.TrimSpace(text))-1] }),
			"one wrong":   change(func(text []byte) []byte { text[len(text)/2] = '!'; return text }),
			"other digit": change(otherDigit),
			"directory":   func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
			"link":        func(path string) error { return errors.Join(os.Remove(path), os.Symlink(path+".gone", path)) },
		} {
			if what == "other digit" && name == "network.json" {
				continue // geth's database has the genesis
			}
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, name)
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			before := listing(t, dir)
			if _, err := openNetwork(dir, testConfig()); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
			if after := listing(t, dir); after != before {
				t.Errorf("%s, %s: the directory was changed", name, what)
			}
		}
	}
}

// TestFilesOfAddedNodes: what tells of added nodes is read as it was written, or refused by its name; nothing is taken for nobody
// added.
func TestFilesOfAddedNodes(t *testing.T) {
	good, cfg := t.TempDir(), testConfig()
	givePorts(t, cfg)
	cfg.Nodes = 2
	n := written(t, good, cfg)
	cfg.Nodes = 0
	n.nodes[1].serves = false
	for range 2 {
		node, err := n.add()
		if err != nil {
			t.Fatal(err)
		}
		node.added.Joined, node.serves = true, true
	}
	if err := n.writeAdded(); err != nil {
		t.Fatal(err)
	}
	again, err := openNetwork(good, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.nodes) != 4 || !again.nodes[3].key.Equal(n.nodes[3].key) || again.nodes[3].p2pPort != cfg.P2PPort+3 || again.unjoined() != nil ||
		strings.Join(again.nodes[3].added.Servers, " ") != "node1 node3" || len(again.keyServers()) != 2 {
		t.Errorf("the nodes are read as %+v", again.nodes)
	}
	before, err := os.ReadFile(n.nodes[3].configPath())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.writeFiles(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(n.nodes[3].configPath()); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the next start has another configuration: %v\n%s", err, after)
	}
	if keys, err := os.ReadDir(n.nodes[3].keystore()); err != nil || len(keys) != accountCount {
		t.Errorf("the keystore has %d files (%v)", len(keys), err)
	}

	change := func(old, now string) func(string) error {
		return func(dir string) error {
			path := filepath.Join(dir, "added.json")
			text, err := os.ReadFile(path)
			if err == nil && !bytes.Contains(text, []byte(old)) {
				err = fmt.Errorf("no %s in %s", old, text)
			}
			return errors.Join(err, os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(now), 1), 0o600))
		}
	}
	for what, test := range map[string]struct {
		damage func(dir string) error
		want   string
	}{
		"empty":         {func(dir string) error { return os.Truncate(filepath.Join(dir, "added.json"), 0) }, "added.json"},
		"cut":           {func(dir string) error { return os.Truncate(filepath.Join(dir, "added.json"), 60) }, "added.json"},
		"no list":       {func(dir string) error { return os.WriteFile(filepath.Join(dir, "added.json"), []byte("7"), 0o600) }, "added.json"},
		"nothing in it": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "added.json"), []byte("[null]"), 0o600) }, "node3 where"},
		"a directory": {func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "added.json")), os.Mkdir(filepath.Join(dir, "added.json"), 0o700))
		}, "added.json"},
		"a link": {func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "added.json")), os.Symlink("gone", filepath.Join(dir, "added.json")))
		}, "added.json"},
		"another order": {change("node3", "node4"), "node3 where"},
		"another key":   {change(n.nodes[2].public(), n.nodes[3].public()), "is not the key of node3"},
		"joined itself": {change(`"node1",`, `"node4",`), `join "node4"`},
		"no key":        {func(dir string) error { return os.Remove(filepath.Join(dir, "node4", instanceDir, "nodekey")) }, "the key of node4"},
		"too many": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "added.json"), []byte("["+strings.Repeat("null,", MaxNodes)+"null]"), 0o600)
		}, "more than 32"},
		"another network": {func(dir string) error { return os.Remove(filepath.Join(dir, "network.json")) }, "added.json"},
	} {
		dir := t.TempDir()
		if err := errors.Join(os.CopyFS(dir, os.DirFS(good)), test.damage(dir)); err != nil {
			t.Fatal(err)
		}
		before := listing(t, dir)
		if _, err := openNetwork(dir, testConfig()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", what, err, test.want)
		}
		if listing(t, dir) != before {
			t.Errorf("%s: the directory was changed", what)
		}
	}
}

// TestInterruptedAddition: a key that was made before added.json is kept, and a chain that nobody knows left alone.
func TestInterruptedAddition(t *testing.T) {
	dir, cfg := t.TempDir(), testConfig()
	givePorts(t, cfg)
	cfg.Nodes = 1
	n := written(t, dir, cfg)
	first, err := n.add()
	if err != nil {
		t.Fatal(err)
	}
	if n.unjoined() != first {
		t.Error("who was added is not the next to be added")
	}
	if err := os.Remove(n.addedPath()); err != nil {
		t.Fatal(err)
	}
	cfg.Nodes = 0
	n, err = openNetwork(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	second, err := n.add()
	if err != nil || !second.key.Equal(first.key) {
		t.Errorf("another key: %v", err)
	}
	if err := errors.Join(os.Remove(n.addedPath()), os.Mkdir(filepath.Join(second.dir, instanceDir, "chaindata"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if n, err = openNetwork(dir, cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := n.add(); err == nil || !strings.Contains(err.Error(), "holds a chain") {
		t.Errorf("a node made over a chain: %v", err)
	}
	for len(n.nodes) < MaxNodes {
		n.nodes = append(n.nodes, n.plan(len(n.nodes)))
	}
	if _, err := n.add(); err == nil || !strings.Contains(err.Error(), "32 nodes") {
		t.Errorf("a node too many: %v", err)
	}
}

// otherDigit makes the first private key another one.
func otherDigit(text []byte) []byte {
	at := bytes.Index(text, []byte(`"privateKey": "0x`))
	if at < 0 {
		at = 20
	} else {
		at += 40
	}
	text[at] = map[bool]byte{true: '2', false: '1'}[text[at] == '1']
	return text
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		text, _ := os.ReadFile(path)
		fmt.Fprintf(&all, "%s %v %x\n", path, d.Type(), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// TestInterruptedCreation: keys and accounts that were written before the network's file are kept.
func TestInterruptedCreation(t *testing.T) {
	dir, cfg := t.TempDir(), testConfig()
	cfg.Nodes = 2
	first, err := openNetwork(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first.writeFiles(), os.Remove(first.genesisPath())); err != nil {
		t.Fatal(err)
	}
	written(t, dir, cfg)
	if third, err := openNetwork(dir, cfg); err != nil || !third.nodes[1].key.Equal(first.nodes[1].key) || third.accounts[3].Address != first.accounts[3].Address {
		t.Errorf("keys were replaced: %v", err)
	}
}
