package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/google/uuid"

	"github.com/geth-ss/geth-ss/test/ports"
)

// A network of one: threshold 0, and everything works. Its temporary directory goes with it.
func TestSingleServer(t *testing.T) {
	slow(t)
	p := start(t, append([]string{"devnet", "--nodes", "1"}, portFlags(ports.For(t, 4), 1)...)...)
	dir := p.says(t, `The network is up: .*, (.*)/devnet\.json`)[1]
	net := &network{process: p, dir: dir}
	net.load(t)
	only := net.nodes[0]
	testPasted(t, p)
	testZeroThreshold(t, only, only.eth, permissionContract{common.HexToAddress(net.acl)}, net.accounts[1])

	net.stop(t)
	if isDir(dir) {
		t.Errorf("the temporary directory %s is still there", dir)
	}
}

// testPasted pastes what devnet prints at its end into a shell: the commands are for this network's ports and accounts.
func testPasted(t *testing.T, p *process) {
	t.Helper()
	commands := p.says(t, `(?s)To publish a document as accounts\[5\][^\n]*\n(.*?)\n\n`)[1]
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", commands)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "\nMeet me where the ways cross, at noon.") || strings.Contains(string(out), "WARN") {
		t.Errorf("%s\n%v\n%s", commands, err, out)
	}
}

// testZeroThreshold is a document's life on a single key server that asks a contract.
func testZeroThreshold(t *testing.T, server *node, chain *ethclient.Client, contract permissionContract, publisher account) {
	t.Helper()
	reader, id := newAccount(t), randomID()
	net := &network{nodes: []*node{server}}
	key := publish(t, server, publisher, id, 0)
	refusedEverywhere(t, net, reader, id)
	refusedEverywhere(t, net, publisher, id)
	for range 3 {
		contract.grant(t, chain, publisher, id, reader)
		readEverywhere(t, net, reader, id, key.plain)
		contract.revoke(t, chain, publisher, id, reader)
		refusedEverywhere(t, net, reader, id)
	}
	readEverywhere(t, net, publisher, id, key.plain)

	both := randomID()
	made, err := server.generateBoth(publisher, both, 0)
	if err != nil {
		t.Fatalf("generating both keys of threshold 0: %v", err)
	}
	contract.grant(t, chain, publisher, both, reader)
	readEverywhere(t, net, reader, both, made)
	if got, err := server.serverKey(publisher, id); err != nil || len(got) != 64 {
		t.Errorf("the server key: %x, %v", got, err)
	}
	other := randomID()
	a := server.must(t, "POST", fmt.Sprintf("/shadow/%x/%s/1", other, publisher.sign(other)))
	if err := a.failure(500, "not enough nodes for passed threshold"); err != nil {
		t.Errorf("threshold 1 of one server: %v", err)
	}
}

// devNode is a running geth-ss --dev --secretstore.
type devNode struct {
	*process
	*node
	account account // funded by the development chain
}

// startDev starts a development chain in dir, with the account in its keystore.
func startDev(t *testing.T, dir string, who account, flags ...string) *devNode {
	t.Helper()
	slow(t)
	first := ports.For(t, 2)
	d := &devNode{account: who, node: &node{
		name: "dev", datadir: dir, rpcURL: fmt.Sprintf("http://127.0.0.1:%d", first),
		keyServer: keyServer{fmt.Sprintf("http://127.0.0.1:%d", first+1)},
	}}
	d.process = start(t, append([]string{
		"--dev", "--datadir", dir, "--http", "--http.port", fmt.Sprint(first), "--http.api", "eth,net,web3,secretstore",
		"--secretstore", "--secretstore.http.port", fmt.Sprint(first + 1),
	}, flags...)...)
	conn, err := rpc.Dial(d.rpcURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	d.rpc, d.eth = conn, ethclient.NewClient(conn)
	until(t, "the development chain is up", func() error {
		if !d.running() {
			t.Fatal("geth-ss ended")
		}
		s, err := d.status()
		if err == nil && !s.Running {
			err = errors.New("the key server is not running")
		}
		if err == nil {
			_, err = d.request("GET", "/")
		}
		return err
	})
	return d
}

// keystoreOf makes a data directory with the key file of a new account, whose password is empty: geth takes it for the
// account of its development chain.
func keystoreOf(t *testing.T) (dir string, a account) {
	t.Helper()
	dir, a = t.TempDir(), newAccount(t)
	a.password = ""
	file, err := keystore.EncryptKey(&keystore.Key{Id: uuid.New(), Address: a.address, PrivateKey: a.key}, a.password,
		keystore.LightScryptN, keystore.LightScryptP)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "keystore"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keystore", "dev"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, a
}

// The smallest setting, with the address of a contract that is deployed later. What was published outlives the process.
func TestDevWithAddress(t *testing.T) {
	dir, who := keystoreOf(t)
	contract := crypto.CreateAddress(who.address, 0)
	acl := []string{"--secretstore.acl", contract.Hex()}

	d := startDev(t, dir, who, acl...)
	id := randomID()
	key := publish(t, d.node, who, id, 0)
	refusedEverywhere(t, &network{nodes: []*node{d.node}}, who, id)
	if got := deployPermissions(t, d.eth, who); got.address != contract {
		t.Fatalf("the contract is at %s, not %s", got.address, contract)
	}
	testZeroThreshold(t, d.node, d.eth, permissionContract{contract}, who)
	reader := newAccount(t)
	permissionContract{contract}.grant(t, d.eth, who, id, reader)
	testPasswords(t, d)
	d.terminate(t, syscall.SIGINT)

	d = startDev(t, dir, who, acl...)
	readEverywhere(t, &network{nodes: []*node{d.node}}, reader, id, key.plain)
	d.terminate(t, syscall.SIGTERM)
}

// testPasswords: without --secretstore.password-rpc the methods that take a password are for IPC alone.
func testPasswords(t *testing.T, d *devNode) {
	ipc, err := rpc.Dial(filepath.Join(d.datadir, "geth-ss.ipc"))
	if err != nil {
		t.Fatal(err)
	}
	defer ipc.Close()
	point, blob := hexutil.Bytes(make([]byte, 64)), hexutil.Bytes(make([]byte, 177))
	who, password := d.account.address, d.account.password
	for method, args := range map[string][]any{
		"signRawHash":         {who, password, common.Hash{1}},
		"generateDocumentKey": {who, password, point},
		"encrypt":             {who, password, blob, "0x00"},
		"decrypt":             {who, password, blob, "0x00"},
		"shadowDecrypt":       {who, password, point, point, []hexutil.Bytes{blob}, "0x00"},
	} {
		wantCode(t, d.rpc, -32601, method, args...)
		if err := ipc.Call(nil, "secretstore_"+method, args...); err != nil && strings.Contains(err.Error(), "available") {
			t.Errorf("%s over IPC: %v", method, err)
		}
	}
	var sig hexutil.Bytes
	if err := ipc.Call(&sig, "secretstore_signRawHash", who, password, common.Hash{1}); err != nil {
		t.Errorf("signRawHash over IPC: %v", err)
	} else if fmt.Sprintf("%x", []byte(sig)) != d.account.sign(common.Hash{1}) {
		t.Errorf("signRawHash over IPC signs with another key")
	}
	var hash common.Hash
	if err := d.rpc.Call(&hash, "secretstore_serversSetHash", []string{}); err != nil || hash != crypto.Keccak256Hash() {
		t.Errorf("serversSetHash, which takes no password: %s, %v", hash, err)
	}
}

// With no option at all the contract is the one that the development account files in the chain's registrar.
func TestDevWithRegistrar(t *testing.T) {
	dir, who := keystoreOf(t)
	d := startDev(t, dir, who)
	address := d.says(t, `Registrar of the development chain\s+address=(0x[0-9a-fA-F]{40})`)[1]
	how := d.says(t, `WARN .*No permission contract is filed .* while the node runs: (.*)`)[1]
	id := randomID()
	publish(t, d.node, who, id, 0)
	refusedEverywhere(t, &network{nodes: []*node{d.node}}, who, id)
	contract := permissionContract{asPrinted(t, how)}
	testZeroThreshold(t, d.node, d.eth, contract, who)

	// Another one is obeyed as soon as it is filed.
	other := deployPermissions(t, d.eth, who)
	registry{common.HexToAddress(address)}.file(t, d.eth, who, other.address)
	testZeroThreshold(t, d.node, d.eth, other, who)
	d.terminate(t, syscall.SIGTERM)

	d = startDev(t, dir, who)
	d.says(t, `Permission contract of the development chain\s+address=`+other.address.Hex())
	d.terminate(t, syscall.SIGTERM)
	if strings.Contains(d.output.String(), "No permission contract") {
		t.Error("it lacks a contract that is there")
	}
}

// asPrinted pastes a command that deploys a contract into a shell, as somebody does who reads it in the log. It returns the address.
func asPrinted(t *testing.T, command string) common.Address {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "sh", "-c", command).CombinedOutput()
	m := regexp.MustCompile(`(?m)^deploy: DocumentPermissions at (0x[0-9a-fA-F]{40}), in block \d+$`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return common.HexToAddress(string(m[1]))
}

// With --dev.permissions the first block has a contract, which is filed, and stays.
func TestDevPermissions(t *testing.T) {
	dir, who := keystoreOf(t)
	refusedWith(t, "leave --secretstore.acl and --secretstore.registrar out", "--dev", "--datadir", dir, "--port", "0", "--secretstore", "--dev.permissions", "--secretstore.acl", "none")
	refusedWith(t, "is for --dev --secretstore", "--datadir", dir, "--port", "0", "--secretstore", "--dev.permissions")

	d := startDev(t, dir, who, "--dev.permissions")
	contract := permissionContract{common.HexToAddress(d.says(t, `Permission contract of the development chain\s+address=(0x[0-9a-fA-F]{40})`)[1])}
	testZeroThreshold(t, d.node, d.eth, contract, who)
	d.terminate(t, syscall.SIGTERM)
	for _, flags := range [][]string{{"--dev.permissions"}, nil} { // either way it is the same chain
		d = startDev(t, dir, who, flags...)
		d.says(t, `Permission contract of the development chain\s+address=`+contract.address.Hex())
		testZeroThreshold(t, d.node, d.eth, contract, who)
		d.terminate(t, syscall.SIGTERM)
		if strings.Contains(d.output.String(), "No permission contract") {
			t.Error("it lacks a contract that is there")
		}
	}

	// A chain that has begun without it gets one by the command that is told.
	dir, who = keystoreOf(t)
	d = startDev(t, dir, who)
	d.terminate(t, syscall.SIGTERM)
	d = startDev(t, dir, who, "--dev.permissions")
	d.says(t, "this chain has begun without it")
	contract = permissionContract{asPrinted(t, d.says(t, `No permission contract is filed .* while the node runs: (.*)`)[1])}
	testZeroThreshold(t, d.node, d.eth, contract, who)
	d.terminate(t, syscall.SIGTERM)
}

// A chain that geth or geth-ss began without the Secret Store has no registrar, and never will. The operator is told so, nobody
// is admitted, and the contract's own address is the way out.
func TestDevWithoutRegistrar(t *testing.T) {
	slow(t)
	dir, who := keystoreOf(t)
	for code := -1; code != 0; { // a node that is told to end before it listens to signals has no chain on its disk
		door := filepath.Join(dir, "geth-ss.ipc")
		os.Remove(door) // of a node that was told so before
		p := start(t, "--dev", "--datadir", dir, "--port", "0")
		until(t, "the chain is there", func() error {
			if !p.running() {
				t.Fatal("geth-ss ended")
			}
			_, err := os.Stat(door)
			return err
		})
		p.cmd.Process.Signal(syscall.SIGTERM)
		code = p.ended(t)
	}

	refusedWith(t, "needs the address of the chain's registrar", "--dev", "--datadir", dir, "--port", "0",
		"--secretstore", "--secretstore.http=false", "--secretstore.acl", "registry")

	d := startDev(t, dir, who)
	d.says(t, "has no registrar: give the permission contract's own address by --secretstore.acl")
	d.says(t, "every read and every signature will be denied")
	id := randomID()
	key := publish(t, d.node, who, id, 0)
	refusedEverywhere(t, &network{nodes: []*node{d.node}}, who, id)
	contract, reader := permissionContract{asPrinted(t, d.says(t, `has no registrar: .* while the node runs: (.*)`)[1])}, newAccount(t)
	contract.grant(t, d.eth, who, id, reader)
	d.terminate(t, syscall.SIGTERM)

	d = startDev(t, dir, who, "--secretstore.acl", contract.address.Hex())
	readEverywhere(t, &network{nodes: []*node{d.node}}, reader, id, key.plain)
	d.terminate(t, syscall.SIGTERM)
	if strings.Contains(d.output.String(), "has no registrar") {
		t.Error("it speaks of a registrar that nobody asks")
	}
}

// Everybody is admitted only where the operator says so, and is told what that means.
func TestDevOpen(t *testing.T) {
	dir, who := keystoreOf(t)
	d := startDev(t, dir, who, "--secretstore.acl", "none", "--secretstore.password-rpc")
	id := randomID()
	key := publish(t, d.node, who, id, 0)
	readEverywhere(t, &network{nodes: []*node{d.node}}, newAccount(t), id, key.plain)
	d.says(t, `(?i)WARN .*(everybody|everyone|anyone)`)
	wantCode(t, d.rpc, -32023, "signRawHash", who.address, "not the password", common.Hash{1})
	if err := d.rpc.Call(nil, "secretstore_signRawHash", who.address, who.password, common.Hash{1}); err != nil {
		t.Errorf("signRawHash over HTTP with --secretstore.password-rpc: %v", err)
	}
	d.terminate(t, syscall.SIGTERM)
}
