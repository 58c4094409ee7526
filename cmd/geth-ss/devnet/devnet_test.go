package devnet

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func testConfig() *Config {
	cfg := DefaultConfig()
	// The ports of this test are looked at, never listened on.
	cfg.RPCPort, cfg.SecretStorePort, cfg.P2PPort, cfg.PoAPort = 41000, 42000, 43000, 44000
	return &cfg
}

func TestNetworkResumes(t *testing.T) {
	dir, cfg := t.TempDir(), testConfig()
	cfg.Nodes = 2
	first, err := openNetwork(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.writeFiles(); err != nil {
		t.Fatal(err)
	}
	cfg.Nodes, cfg.RPCPort = 0, 45000 // as many as there are, on other ports
	second, err := openNetwork(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if first.genesis.Genesis.ToBlock().Hash() != second.genesis.Genesis.ToBlock().Hash() {
		t.Error("another genesis")
	}
	for i, n := range first.nodes {
		if again := second.nodes[i]; n.public() != again.public() || n.peer() != again.peer() {
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
	first, err := openNetwork(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.writeFiles(); err != nil {
		t.Fatal(err)
	}
	os.Remove(first.genesisPath()) // the last file written
	second, err := openNetwork(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.writeFiles(); err != nil {
		t.Fatal(err)
	}
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
			if err := checkPorts([]*node{n}); err == nil || !strings.Contains(err.Error(), test.want) {
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
	got := shellJoin([]string{"/bin/geth-ss", "--config", "/a b/it's.toml"})
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
