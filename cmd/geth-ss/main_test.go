package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/test/ports"
	"github.com/geth-ss/geth-ss/test/program"
)

// The tests here are what a person types: each runs this test binary as the program.
func TestMain(m *testing.M) { program.Main(m, main) }

// nodeTimeout is generous: a loaded machine takes many times what a quiet one does.
const nodeTimeout = 60 * time.Second

// command is the program with these arguments. Short runs are those under the race detector, where each start takes
// seconds; "make race-program" is what runs the program under it.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the program")
	}
	return program.Command(t, args...)
}

// run runs a command that must succeed and returns its standard output.
func run(t *testing.T, args ...string) string {
	t.Helper()
	return program.Run(t, command(t, args...))
}

// fail runs a command that must fail and returns what it said.
func fail(t *testing.T, args ...string) string {
	t.Helper()
	return program.Fail(t, command(t, args...))
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantMatch(t *testing.T, text, pattern string) []string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no match of %q in:\n%s", pattern, text)
	}
	return m
}

func TestVersion(t *testing.T) {
	out := run(t, "version")
	wantMatch(t, out, `^geth-ss\nVersion: `+regexp.QuoteMeta(programVersion)+`\n`)
	wantMatch(t, out, `(?m)^go-ethereum: `)
}

func TestHelp(t *testing.T) {
	out := run(t, "--help")
	for _, want := range []string{secretStoreCategory, poaCategory, "--secretstore.acl", "--poa.peers", "--http.port", "devnet"} {
		if !strings.Contains(out, want) {
			t.Errorf("help lacks %q", want)
		}
	}
	if strings.Contains(out, lifelineFlag.Name) {
		t.Errorf("help shows the hidden --%s", lifelineFlag.Name)
	}
}

func TestAccounts(t *testing.T) {
	dir := t.TempDir()
	password := writeFile(t, "password", "secret\r\nsecond line\n")

	out := run(t, "account", "new", "--datadir", dir, "--password", password, "--lightkdf")
	made := wantMatch(t, out, `Public address of the key:   0x([0-9a-fA-F]{40})`)[1]

	// A known key, with the option before the command.
	key := writeFile(t, "key", "0000000000000000000000000000000000000000000000000000000000000001")
	out = run(t, "--datadir", dir, "account", "import", "--password", password, "--lightkdf", key)
	const known = "7e5f4552091a69125d5dfcb7b8c2659029395bdf"
	wantMatch(t, out, `Address: \{`+known+`\}`)

	out = run(t, "account", "list", "--datadir", dir)
	for _, address := range []string{made, known} {
		wantMatch(t, out, `(?i)Account #\d: \{`+address+`\} keystore://`+regexp.QuoteMeta(dir))
	}
	if out := fail(t, "account", "import", "--datadir", dir, "--password", password, key); !strings.Contains(out, "exists") {
		t.Errorf("importing twice: %s", out)
	}
}

func TestIdentityStays(t *testing.T) {
	dir := t.TempDir()
	out := run(t, "identity", "--datadir", dir)
	wantMatch(t, out, `(?m)^Public:  [0-9a-f]{128}$`)
	wantMatch(t, out, `(?m)^Address: 0x[0-9a-fA-F]{40}$`)
	wantMatch(t, out, `(?m)^Peer:    [0-9a-f]{40}$`)
	if again := run(t, "--datadir", dir, "identity"); again != out {
		t.Errorf("another identity the second time:\n%s\n%s", out, again)
	}
	if _, err := os.Stat(filepath.Join(dir, clientIdentifier, "nodekey")); err != nil {
		t.Error(err)
	}
}

func TestDumpConfigRoundTrip(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.toml")
	args := []string{
		"--datadir", dir, "--http", "--http.port", "18545", "--syncmode", "full", "--nat", "extip:10.1.2.3",
		"--secretstore", "--secretstore.acl", "0x00000000000000000000000000000000000000AA", "--secretstore.max-age", "2m",
		"--secretstore.administrators", "0x00000000000000000000000000000000000000ad, 0x00000000000000000000000000000000000000ae", "--secretstore.administrators-needed", "2",
		"--secretstore.refuse-plain", "--secretstore.http.cors", "https://a.example, https://b.example",
		"--secretstore.http.trusted-proxies", "10.0.0.1, 2001:db8::/64", "--secretstore.stock", "7", "--poa.blocktime", "5", "--poa.feerecipient", "0x00000000000000000000000000000000000000bb",
	}
	run(t, append(args, "dumpconfig", file)...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`HTTPPort = 18545`, `SyncMode = "full"`, `NAT = "extip:10.1.2.3"`,
		`ACL = "0x00000000000000000000000000000000000000AA"`, `MaxAge = 120`, `RefusePlain = true`, `RefuseLegacy = false`, `Stock = 7`,
		`Administrators = ["0x00000000000000000000000000000000000000ad", "0x00000000000000000000000000000000000000ae"]`, `AdministratorsNeeded = 2`,
		`Cors = ["https://a.example", "https://b.example"]`, `TrustedProxies = ["10.0.0.1", "2001:db8::/64"]`, `BlockTime = 5`,
		`FeeRecipient = "0x00000000000000000000000000000000000000bb"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the dump lacks %s", want)
		}
	}
	if again := run(t, "dumpconfig", "--config", file); again != string(text) {
		t.Errorf("the dump of the dump differs:\n%s", again)
	}
	// The command line wins over the file.
	wantMatch(t, run(t, "dumpconfig", "--config", file, "--secretstore.max-age", "30s"), `MaxAge = 30\n`)
	wantMatch(t, run(t, "dumpconfig", "--config", file, "--secretstore.stock", "0"), `Stock = 0\n`)
	wantMatch(t, run(t, "dumpconfig", "--config", file, "--secretstore.refuse-plain=false"), `RefusePlain = false\n`)
}

// TestNothingToDiscover: on a network of its own a node looks for nobody, unless it is told whom to ask, or to.
func TestNothingToDiscover(t *testing.T) {
	const boot = "enode://1dd9d65c4552b5eb43d5ad55a2ee3f56c6cbc1c64a5c8d659f51fcd51bace24351232b8d7821617d2b29b54b81cdefb9b3e9c37d7fd5f63270bcc9e1a6f6a439@127.0.0.1:1"
	for _, c := range []struct {
		name string
		args []string
		off  bool
	}{
		{"defaults", []string{"--poa"}, true},
		{"a dump of before", []string{"--poa", "--config", writeFile(t, "c.toml", "[Node.P2P]\nDiscoveryV4 = true\nBootstrapNodes = []\n")}, true},
		{"boot nodes", []string{"--poa", "--bootnodes", boot}, false},
		{"boot nodes by file", []string{"--poa", "--config", writeFile(t, "c.toml", "[Node.P2P]\nBootstrapNodes = [\""+boot+"\"]\n")}, false},
		{"asked for", []string{"--poa", "--discovery.v5"}, false},
		{"asked for v4", []string{"--poa", "--discovery.v4"}, false},
		{"development", []string{"--dev"}, true},
		{"a public network", []string{"--sepolia"}, false},
	} {
		out := run(t, append([]string{"--datadir", t.TempDir(), "dumpconfig"}, c.args...)...)
		wantMatch(t, out, fmt.Sprintf(`(?m)^NoDiscovery = %v$`, c.off))
	}
}

func TestWrongUse(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"--secretstor"}, "flag provided but not defined"},
		{"unknown command", []string{"--datadir", dir, "statr"}, `unknown command "statr"`},
		{"unknown field", []string{"--config", writeFile(t, "c.toml", "[SecretStore]\nAcl = \"none\"\n")}, "field 'Acl' is not defined"},
		{"no config", []string{"--config", filepath.Join(dir, "none.toml")}, "reading the configuration"},
		{"bad ACL", []string{"--datadir", dir, "--secretstore", "--secretstore.acl", "everybody"}, `"everybody"`},
		{"too large a stock", []string{"--datadir", dir, "--secretstore", "--secretstore.stock", "257"}, "a stock of 257 signatures"},
		{"proxies that are everybody", []string{"--datadir", dir, "--secretstore", "--secretstore.http.trusted-proxies", "10.0.0.1,::/0"}, `"::/0" trusts everybody`},
		{"half TLS", []string{"--datadir", dir, "--secretstore", "--secretstore.http.tlscert", "a.pem"}, "TLS"},
		{"fractions", []string{"--datadir", dir, "--poa.blocktime", "1500ms"}, "whole seconds"},
		{"bad recipient", []string{"--datadir", dir, "--poa.feerecipient", "me"}, `"me" is not an address`},
		{"dev with PoA", []string{"--dev", "--poa"}, "drop one of the two"},
		{"PoA without init", []string{"--datadir", dir, "--poa"}, "geth-ss init"},
		{"bad log format", []string{"--datadir", dir, "--log.format", "xml"}, `unknown format "xml"`},
		{"hardware wallet", []string{"--config", writeFile(t, "c.toml", "[Node]\nUSB = true\n")}, "hardware wallets"},
		{"init of nothing", []string{"init", "--datadir", dir}, "wants one argument"},
		{"init of rubbish", []string{"init", "--datadir", dir, writeFile(t, "g.json", `{"genesis": {}, "validators": []}`)}, "parse network genesis"},
		{"attach to nobody", []string{"attach", "--datadir", dir}, "attaching to the node"},
		{"devnet of none", []string{"devnet", "--nodes", "0"}, "at least one"},
		{"devnet port", []string{"devnet", "--rpc-port", "65535"}, "is not a port"},
		{"devnet port twice", []string{"devnet", "--rpc-port", "8082"}, "move one with"},
		{"devnet command", []string{"devnet", "ad"}, `unknown command "ad"; did you mean "add"?`},
		{"devnet add to none", []string{"devnet", "add"}, "say which devnet"},
		{"devnet add of one", []string{"devnet", "add", "3", "--dir", dir}, "takes no node"},
		{"devnet replace of none", []string{"devnet", "replace", "--dir", dir}, "takes the number"},
		{"devnet remove of two", []string{"devnet", "remove", "1", "2", "--dir", dir}, `does not take "2"`},
		{"devnet remove by force where none runs", []string{"devnet", "remove", "2", "--force", "--dir", dir}, "no devnet is running in " + dir},
		{"devnet add where none runs", []string{"devnet", "--dir", dir, "add"}, "no devnet is running in " + dir},
		{"devnet remove where none runs", []string{"devnet", "remove", "2", "--dir=" + dir}, "no devnet is running in " + dir},
		{"devnet replace where none runs", []string{"devnet", "replace", "--dir", dir, "node2"}, "no devnet is running in " + dir},
		{"devnet ACL", []string{"devnet", "--acl", "some"}, `--acl is "some"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if out := fail(t, test.args...); !strings.Contains(out, test.want) {
				t.Errorf("want %q in:\n%s", test.want, out)
			}
		})
	}
}

func TestInitGeth(t *testing.T) {
	dir := t.TempDir()
	genesis := writeFile(t, "genesis.json", `{
		"config": {"chainId": 4242, "terminalTotalDifficulty": 0},
		"difficulty": "0x0", "gasLimit": "0x1c9c380", "extraData": "0x6765746873735f74657374",
		"alloc": {"0x00000000000000000000000000000000000000cc": {"balance": "0x2a"}}
	}`)
	run(t, "init", "--datadir", dir, genesis)

	var dump struct {
		Config    struct{ ChainID uint64 }
		ExtraData string
	}
	if err := json.Unmarshal([]byte(run(t, "--datadir", dir, "dumpgenesis")), &dump); err != nil {
		t.Fatal(err)
	}
	if dump.Config.ChainID != 4242 || dump.ExtraData != "0x6765746873735f74657374" {
		t.Errorf("another genesis came back: %+v", dump)
	}
	if _, err := os.Stat(filepath.Join(dir, clientIdentifier, poaDirectory)); !os.IsNotExist(err) {
		t.Errorf("geth's genesis made a consensus directory (%v)", err)
	}
}

// startNode starts the program, waits until it answers on HTTP, and stops it at the end of the test.
type runningNode struct {
	cmd  *exec.Cmd
	url  string
	log  logtest.Buffer
	done <-chan struct{} // closed when it has ended
}

func startNode(t *testing.T, args ...string) *runningNode {
	t.Helper()
	port := freePort(t)
	n := &runningNode{url: fmt.Sprintf("http://127.0.0.1:%d", port)}
	n.cmd = command(t, append(args, "--http", "--http.port", fmt.Sprint(port))...)
	n.run(t)
	return n
}

// run runs the command until the test ends, and waits until the node answers.
func (n *runningNode) run(t *testing.T) {
	t.Helper()
	n.cmd.Stderr = &n.log
	n.done = program.Start(t, n.cmd)
	n.await(t)
}

func (n *runningNode) await(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(nodeTimeout); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case <-n.done:
			t.Fatalf("the node ended:\n%s", &n.log)
		default:
		}
		var block string
		if n.call(&block, "eth_blockNumber") == nil {
			return
		}
	}
	t.Fatalf("the node does not answer:\n%s", &n.log)
}

func (n *runningNode) call(result any, method string, args ...any) error {
	client, err := rpc.Dial(n.url)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Call(result, method, args...)
}

// stop interrupts the node and wants it to end well.
func (n *runningNode) stop(t *testing.T, signal os.Signal) {
	t.Helper()
	n.cmd.Process.Signal(signal)
	select {
	case <-n.done:
	case <-time.After(nodeTimeout):
		t.Fatalf("the node does not stop:\n%s", &n.log)
	}
	if code := n.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the node stopped with exit code %d:\n%s", code, &n.log)
	}
}

// freePort is one that nobody else uses.
func freePort(t *testing.T) int {
	t.Helper()
	return ports.For(t, 1)
}

func TestDev(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	dir := t.TempDir()
	n := startNode(t, "--dev", "--datadir", dir, "--http.api", "eth,net,web3,debug")

	var version string
	if err := n.call(&version, "web3_clientVersion"); err != nil || !strings.HasPrefix(version, clientIdentifier+"/v") {
		t.Errorf("client version %q, %v", version, err)
	}
	var accounts []string
	if err := n.call(&accounts, "eth_accounts"); err != nil || len(accounts) != 1 {
		t.Fatalf("the development account: %v, %v", accounts, err)
	}
	var hash string
	if err := n.call(&hash, "eth_sendTransaction", map[string]any{"from": accounts[0], "to": accounts[0], "value": "0x1"}); err != nil {
		t.Fatalf("a transaction of the development account: %v", err)
	}
	out := run(t, "attach", "--datadir", dir, "--exec", `admin.nodeInfo.name.split("/")[0] + " " + eth.chainId()`)
	wantMatch(t, out, `geth-ss 0x539`)

	before := len(n.log.String())
	if err := n.call(nil, "debug_verbosity", 5); err != nil {
		t.Fatal(err)
	}
	n.call(nil, "web3_clientVersion")
	n.stop(t, syscall.SIGTERM)
	if after := n.log.String()[before:]; !strings.Contains(after, "TRACE") && !strings.Contains(after, "DEBUG") {
		t.Errorf("debug_verbosity changed nothing:\n%s", after)
	}
}

func TestEngineAPI(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	// Without ours it is geth: an external consensus client finds the engine API behind its token.
	dir, port := t.TempDir(), freePort(t)
	n := startNode(t, "--datadir", dir, "--sepolia", "--port", fmt.Sprint(freePort(t)), "--nodiscover", "--nat", "none",
		"--authrpc.port", fmt.Sprint(port))
	client, err := rpc.Dial(fmt.Sprintf("http://127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var refused rpc.HTTPError
	for deadline := time.Now().Add(nodeTimeout); !errors.As(err, &refused) && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		err = client.Call(nil, "engine_exchangeCapabilities", []string{}) // its port is opened after the other
	}
	if refused.StatusCode != 401 {
		t.Errorf("the engine API without a token: %v, want 401", err)
	}
	if _, err := os.Stat(filepath.Join(dir, clientIdentifier, "jwtsecret")); err != nil {
		t.Error(err)
	}
	n.stop(t, os.Interrupt)
}

func TestLifeline(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a node")
	}
	// With a period: without one geth's development chain may panic if it ends in its first moments.
	cmd := command(t, "--dev", "--dev.period", "1", "--ipcdisable", "--lifeline")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	var log bytes.Buffer
	log.ReadFrom(stderr) // ends with the process
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &log)
	}
	wantMatch(t, log.String(), "process that started this node is gone")
}
