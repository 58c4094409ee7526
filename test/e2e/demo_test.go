package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/google/uuid"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
	"github.com/geth-ss/geth-ss/test/ports"
)

// What a user gets who types no more than `geth-ss devnet`: the demonstration, and a network that stays; whatever happens
// to its processes, its chain and its keys stay too.
func TestDevnet(t *testing.T) {
	net := startNetwork(t, 4)
	t.Run("demonstration", func(t *testing.T) { testDemonstration(t, net) })
	t.Run("devnet.json", func(t *testing.T) { testState(t, net) })
	t.Run("accounts", func(t *testing.T) { testAccounts(t, net) })
	t.Run("new key file", func(t *testing.T) { testNewKeyFile(t, net) })
	t.Run("registrar", func(t *testing.T) { testRegistrar(t, net) })
	t.Run("command line", func(t *testing.T) { testCommandLine(t, net) })
	t.Run("joint account", func(t *testing.T) { testJointAccount(t, net) })
	t.Run("one directory, one devnet", func(t *testing.T) { testSecondDevnet(t, net) })

	life := newLife(t, net)
	t.Run("one killed during reads", func(t *testing.T) { life.oneKilled(t) })
	t.Run("one frozen during reads", func(t *testing.T) { life.oneFrozen(t) })
	t.Run("devnet killed", func(t *testing.T) { life.devnetKilled(t) })
	t.Run("all killed", func(t *testing.T) { life.allKilled(t) })
	life.net.stop(t)
}

func testDemonstration(t *testing.T, net *network) {
	net.says(t, "Ctrl-C stops the network") // the last of it
	text := net.output.String()
	for _, step := range []string{
		"deployed a permission contract at " + net.acl, "made a server key", "encrypted a document",
		"was refused: 403", "granted accounts[2] the document", "got the key in 2 parts", "and read:", "Ctrl-C stops the network",
	} {
		_, after, found := strings.Cut(text, step)
		if !found {
			t.Fatalf("the demonstration lacks, or has not in this place, %q:\n%s", step, &net.output)
		}
		text = after
	}
}

// testState: devnet.json has exactly the members that are documented, and what it says is so.
func testState(t *testing.T, net *network) {
	raw, err := os.ReadFile(net.statePath())
	if err != nil {
		t.Fatal(err)
	}
	var top map[string]json.RawMessage
	var nodes, accounts []map[string]any
	for _, part := range []struct {
		into any
		text func() []byte
	}{
		{&top, func() []byte { return raw }},
		{&nodes, func() []byte { return top["nodes"] }},
		{&accounts, func() []byte { return top["accounts"] }},
	} {
		if err := json.Unmarshal(part.text(), part.into); err != nil {
			t.Fatal(err)
		}
	}
	wantMembers(t, "devnet.json", top, "accounts acl chainId nodes registry validators")
	for _, n := range nodes {
		wantMembers(t, "a node", n, "address datadir enode http keystore log name pid public rpc ws")
	}
	for _, a := range accounts {
		wantMembers(t, "an account", a, "address password privateKey")
	}
	if len(net.nodes) != 4 || len(net.accounts) == 0 || !common.IsHexAddress(net.acl) {
		t.Errorf("%d nodes, %d accounts, acl %s", len(net.nodes), len(net.accounts), net.acl)
	}
	for _, n := range net.nodes {
		testNodeState(t, net, n)
	}
}

func wantMembers[V any](t *testing.T, what string, object map[string]V, want string) {
	t.Helper()
	if got := strings.Join(slices.Sorted(maps.Keys(object)), " "); got != want {
		t.Errorf("%s has the members %q, want %q", what, got, want)
	}
}

func testNodeState(t *testing.T, net *network, n *node) {
	id, err := n.eth.ChainID(t.Context())
	if err != nil || id.Uint64() != net.chainID {
		t.Errorf("%s is on chain %v, %v, want %d", n.name, id, err, net.chainID)
	}
	public, err := unhex(n.public, 64)
	if err != nil {
		t.Fatal(err)
	}
	if got := common.BytesToAddress(crypto.Keccak256(public)); got != n.address {
		t.Errorf("%s has the address %s, its public key is that of %s", n.name, n.address, got)
	}
	if !strings.HasPrefix(n.enode, "enode://"+n.public[2:]+"@127.0.0.1:") {
		t.Errorf("the enode of %s is %s", n.name, n.enode)
	}
	ws, err := rpc.Dial(n.ws)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	var s status
	if err := ws.Call(&s, "secretstore_status"); err != nil || s.ID != n.public {
		t.Errorf("%s at %s says it is %s, %v", n.name, n.ws, s.ID, err)
	}
	if !alive(n.pid) {
		t.Errorf("%s is not process %d", n.name, n.pid)
	}
	if n.keystore != filepath.Join(n.datadir, "keystore") || !isDir(n.keystore) {
		t.Errorf("the keystore of %s is not %s", n.name, n.keystore)
	}
	if log, err := os.Stat(n.log); err != nil || log.Size() == 0 {
		t.Errorf("the log of %s: %v", n.name, err)
	}
	for _, contract := range []common.Address{net.registry.address, common.HexToAddress(net.acl)} {
		if code, err := n.eth.CodeAt(t.Context(), contract, nil); err != nil || len(code) == 0 {
			t.Errorf("%s has no contract at %s (%v)", n.name, contract, err)
		}
	}
}

// testAccounts: they are funded, and every node signs for them.
func testAccounts(t *testing.T, net *network) {
	id := randomID()
	for _, n := range net.nodes {
		for i, a := range net.accounts {
			if crypto.PubkeyToAddress(a.key.PublicKey) != a.address {
				t.Fatalf("accounts[%d] has another key's address", i)
			}
			if balance, err := n.eth.BalanceAt(t.Context(), a.address, nil); err != nil || balance.Sign() <= 0 {
				t.Errorf("accounts[%d] has %v, %v", i, balance, err)
			}
			var sig hexutil.Bytes
			if err := n.rpc.Call(&sig, "secretstore_signRawHash", a.address, a.password, id); err != nil {
				t.Errorf("%s does not sign for accounts[%d]: %v", n.name, i, err)
			} else if fmt.Sprintf("%x", []byte(sig)) != a.sign(id) {
				t.Errorf("%s signs for accounts[%d] with another key", n.name, i)
			}
		}
	}
}

// testNewKeyFile: a key file that is dropped into a keystore is usable within 2 s. A busy machine may take longer, but not
// each time; a node that looks into the directory seldom does.
func testNewKeyFile(t *testing.T, net *network) {
	const limit = 2 * time.Second
	n := net.nodes[2]
	var took time.Duration
	for begun := time.Now(); time.Since(begun) < patience; {
		a := newAccount(t)
		file, err := keystore.EncryptKey(&keystore.Key{Id: uuid.New(), Address: a.address, PrivateKey: a.key}, a.password,
			keystore.LightScryptN, keystore.LightScryptP)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(n.keystore, "dropped--"+a.address.Hex()[2:]), file, 0o600); err != nil {
			t.Fatal(err)
		}
		dropped := time.Now()
		until(t, "the key file is seen", func() error {
			return n.rpc.Call(nil, "secretstore_signRawHash", a.address, a.password, common.Hash{1})
		})
		if took = time.Since(dropped); took <= limit {
			t.Logf("usable after %v", took.Round(time.Millisecond))
			return
		}
	}
	t.Errorf("a key file is usable after %v, want %v", took, limit)
}

// testRegistrar: accounts[0] may file an address under each of the seven names, nobody else may, and it costs nothing.
func testRegistrar(t *testing.T, net *network) {
	abi := registrar.NewRegistrar()
	for _, name := range contracts.Names() {
		call := ethereum.CallMsg{
			To: &net.registry.address, From: net.accounts[0].address,
			Data: abi.PackSetAddress(contracts.NameHash(name), contracts.AddressKey, common.Address{1}),
		}
		if _, err := net.nodes[3].eth.CallContract(t.Context(), call, nil); err != nil {
			t.Errorf("accounts[0] may not file an address as %s: %v", name, err)
		}
		call.From = net.accounts[1].address
		if _, err := net.nodes[3].eth.CallContract(t.Context(), call, nil); err == nil {
			t.Errorf("accounts[1] may file an address as %s", name)
		}
	}
	out, err := net.nodes[0].eth.CallContract(t.Context(), ethereum.CallMsg{To: &net.registry.address, Data: abi.PackFee()}, nil)
	if err != nil || len(bytes.Trim(out, "\x00")) != 0 {
		t.Errorf("the fee is %x, %v, want 0", out, err)
	}
}

// testSecondDevnet: two devnets don't share a directory.
func testSecondDevnet(t *testing.T, net *network) {
	p := start(t, append([]string{"devnet", "--dir", net.dir}, portFlags(ports.For(t, 16), 4)...)...)
	if code := p.ended(t); code == 0 || !strings.Contains(p.output.String(), "another devnet is running in "+net.dir) {
		t.Errorf("a second devnet in the directory: exit code %d:\n%s", code, &p.output)
	}
	if _, err := os.Stat(net.statePath()); err != nil {
		t.Errorf("after the second: %v", err)
	}
}

// Ports in use are told before anything is started.
func TestDevnetPortInUse(t *testing.T) {
	slow(t)
	first := ports.For(t, 16)
	for i, use := range []string{"JSON-RPC", "Secret Store HTTP", "peer-to-peer", "consensus"} {
		taken := first + 4*i + 2 // of node3
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", taken))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		p := start(t, append([]string{"devnet", "--dir", dir}, portFlags(first, 4)...)...)
		code := p.ended(t)
		l.Close()
		if want := fmt.Sprintf("%s port %d of node3 is in use", use, taken); code == 0 || !strings.Contains(p.output.String(), want) {
			t.Errorf("exit code %d, want %q in:\n%s", code, want, &p.output)
		}
		if logs, _ := filepath.Glob(filepath.Join(dir, "node*")); len(logs) > 0 {
			t.Errorf("something was started: %v", logs)
		}
	}
}

// Ctrl-C while the network comes up ends it well, with nothing left.
func TestDevnetInterrupted(t *testing.T) {
	slow(t)
	dir := t.TempDir()
	p := start(t, append([]string{"devnet", "--dir", dir}, portFlags(ports.For(t, 16), 4)...)...)
	until(t, "a node runs", func() error {
		if logs, _ := filepath.Glob(filepath.Join(dir, "node*", "node.log")); len(logs) == 0 {
			return fmt.Errorf("no log yet")
		}
		return nil
	})
	p.terminate(t, syscall.SIGINT)
	if left := processesIn(dir); len(left) > 0 {
		t.Errorf("still running: %v", left)
	}
	if _, err := os.Stat(filepath.Join(dir, "devnet.json")); err == nil {
		t.Error("devnet.json is there though the network never was ready")
	}
}

// processesIn finds running processes whose command line names a directory, where the system shows them.
func processesIn(dir string) (found []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && bytes.Contains(line, []byte(dir)) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
