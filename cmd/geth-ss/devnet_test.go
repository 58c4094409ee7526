//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/test/program"
)

// devnetProcess is a running "geth-ss devnet" of one node, which has all a devnet has but company.
type devnetProcess struct {
	dir  string
	cmd  *exec.Cmd
	out  logtest.Buffer
	done <-chan struct{} // closed when it has ended
}

// devnetFile is devnet.json as a reader knows it: a member more or less is an error.
type devnetFile struct {
	ChainID  uint64 `json:"chainId"`
	ACL      string `json:"acl"`
	Registry string `json:"registry"`
	Nodes    []struct {
		Name     string `json:"name"`
		Enode    string `json:"enode"`
		Public   string `json:"public"`
		Address  string `json:"address"`
		RPC      string `json:"rpc"`
		WS       string `json:"ws"`
		HTTP     string `json:"http"`
		DataDir  string `json:"datadir"`
		Keystore string `json:"keystore"`
		PID      int    `json:"pid"`
		Log      string `json:"log"`
	} `json:"nodes"`
	Validators []any `json:"validators"` // that are no key servers
	Accounts   []struct {
		Address    string `json:"address"`
		Password   string `json:"password"`
		PrivateKey string `json:"privateKey"`
	} `json:"accounts"`
}

func startDevnet(t *testing.T, dir string, args ...string) (*devnetProcess, *devnetFile) {
	t.Helper()
	p := &devnetProcess{dir: dir}
	args = append([]string{"devnet", "--dir", dir,
		"--rpc-port", fmt.Sprint(freePort(t)), "--secretstore-port", fmt.Sprint(freePort(t)),
		"--p2p-port", fmt.Sprint(freePort(t)), "--poa-port", fmt.Sprint(freePort(t))}, args...)
	p.cmd = command(t, args...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.done = program.Start(t, p.cmd)
	return p, p.await(t, dir)
}

func (p *devnetProcess) await(t *testing.T, dir string) *devnetFile {
	t.Helper()
	var text []byte
	p.eventually(t, "devnet.json", func() (ok bool) {
		var err error
		text, err = os.ReadFile(filepath.Join(dir, "devnet.json"))
		return err == nil
	})
	file := new(devnetFile)
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(file); err != nil {
		t.Fatalf("devnet.json: %v\n%s", err, text)
	}
	for _, node := range file.Nodes {
		t.Cleanup(func() { syscall.Kill(node.PID, syscall.SIGKILL) })
	}
	return file
}

// eventually waits for something while the devnet runs.
func (p *devnetProcess) eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * nodeTimeout); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %s:\n%s\n%s", what, &p.out, p.logs())
		}
		select {
		case <-p.done:
			if !ok() {
				t.Fatalf("the devnet ended without %s:\n%s", what, &p.out)
			}
		default:
		}
	}
}

// logs is the end of each node's log.
func (p *devnetProcess) logs() string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(p.dir, "node*", "node.log"))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		fmt.Fprintf(&all, "%s:\n%s\n", file, text[max(0, len(text)-8192):])
	}
	return all.String()
}

func alive(pid int) bool {
	return syscall.Kill(pid, 0) == nil
}

func blockNumber(t *testing.T, url string) (n uint64) {
	t.Helper()
	client, err := rpc.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var block string
	if err := client.Call(&block, "eth_blockNumber"); err != nil {
		t.Fatal(err)
	}
	fmt.Sscanf(block, "0x%x", &n)
	return n
}

// TestDevnet is the life of a devnet: its demonstration, a node that is killed and started by hand, an end by
// SIGTERM, a second life in the same directory, and an end by kill -9.
func TestDevnet(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	dir := t.TempDir()
	first, file := startDevnet(t, dir, "--nodes", "1")
	for _, step := range []string{"deployed a permission contract", "was refused: 403", "granted", `read: "Meet me`} {
		first.eventually(t, "word of the demonstration: "+step, func() bool { return strings.Contains(first.out.String(), step) })
	}
	checkDevnetFile(t, file, dir)

	node := file.Nodes[0]
	syscall.Kill(node.PID, syscall.SIGKILL)
	first.eventually(t, "report of the killed node", func() bool { return strings.Contains(first.out.String(), "Start it again with") })
	height := restartByHand(t, first, node.RPC)

	first.cmd.Process.Signal(syscall.SIGTERM)
	<-first.done
	if code := first.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, &first.out)
	}
	if _, err := os.Stat(filepath.Join(dir, "devnet.json")); !os.IsNotExist(err) {
		t.Errorf("devnet.json outlives the network (%v)", err)
	}

	second, again := startDevnet(t, dir)
	if again.Nodes[0].Public != node.Public || again.ACL != file.ACL || again.Accounts[9] != file.Accounts[9] {
		t.Errorf("the second start is of another network:\n%+v\n%+v", file, again)
	}
	if now := blockNumber(t, again.Nodes[0].RPC); now < height {
		t.Errorf("the chain fell from block %d to %d", height, now)
	}
	second.cmd.Process.Kill()
	<-second.done
	for deadline := time.Now().Add(nodeTimeout); alive(again.Nodes[0].PID); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the node outlives the devnet that was killed")
		}
	}
}

// restartByHand starts the killed node by the printed command, waits for new blocks, stops it, and returns the
// height it reached.
func restartByHand(t *testing.T, p *devnetProcess, url string) uint64 {
	t.Helper()
	line := wantMatch(t, p.out.String(), `Start it again with:\n  (.*)\n`)[1]
	cmd := exec.Command("sh", "-c", "exec "+line)
	cmd.Env = append(os.Environ(), program.BeProgram+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()

	var start, now uint64
	p.eventually(t, "blocks from the restarted node", func() bool {
		client, err := rpc.Dial(url)
		if err != nil {
			return false
		}
		defer client.Close()
		var block string
		if client.Call(&block, "eth_blockNumber") != nil {
			return false
		}
		fmt.Sscanf(block, "0x%x", &now)
		if start == 0 {
			start = now
		}
		return start > 0 && now > start
	})
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("stopping the node that was started by hand: %v", err)
	}
	return now
}

func checkDevnetFile(t *testing.T, file *devnetFile, dir string) {
	t.Helper()
	if file.ChainID == 0 || len(file.Nodes) != 1 || file.Validators == nil || len(file.Validators) != 0 || len(file.Accounts) < 3 {
		t.Fatalf("devnet.json is incomplete: %+v", file)
	}
	node := file.Nodes[0]
	for value, pattern := range map[string]string{
		file.ACL:                    `^0x[0-9a-fA-F]{40}$`,
		file.Registry:               `^0x[0-9a-fA-F]{40}$`,
		node.Address:                `^0x[0-9a-fA-F]{40}$`,
		node.Public:                 `^0x[0-9a-f]{128}$`,
		node.Enode:                  `^enode://` + strings.TrimPrefix(node.Public, "0x") + `@127\.0\.0\.1:\d+$`,
		node.RPC:                    `^http://127\.0\.0\.1:\d+$`,
		node.WS:                     `^ws://127\.0\.0\.1:\d+$`,
		node.HTTP:                   `^http://127\.0\.0\.1:\d+$`,
		file.Accounts[0].PrivateKey: `^0x[0-9a-f]{64}$`,
	} {
		if !regexp.MustCompile(pattern).MatchString(value) {
			t.Errorf("%q does not match %s", value, pattern)
		}
	}
	if !strings.HasPrefix(node.DataDir, dir) || !alive(node.PID) {
		t.Errorf("data directory %s, pid %d", node.DataDir, node.PID)
	}
	if text, err := os.ReadFile(node.Log); err != nil || len(text) == 0 {
		t.Errorf("log: %v", err)
	}
	blockNumber(t, node.WS)
	checkAccounts(t, file)
}

// checkAccounts wants the accounts in the node, and a key file dropped into its keystore noticed.
func checkAccounts(t *testing.T, file *devnetFile) {
	t.Helper()
	node := file.Nodes[0]
	client, err := rpc.Dial(node.RPC)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	sign := func(address, password string) error {
		return client.Call(nil, "secretstore_signRawHash", address, password, "0x"+strings.Repeat("11", 32))
	}
	for i, a := range file.Accounts {
		if err := sign(a.Address, a.Password); err != nil {
			t.Errorf("accounts[%d] can't sign: %v", i, err)
		}
	}
	elsewhere := keystore.NewKeyStore(t.TempDir(), 2, 1)
	dropped, err := elsewhere.NewAccount("pass")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(dropped.URL.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(node.Keystore, "dropped"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for err = sign(dropped.Address.Hex(), "pass"); err != nil; err = sign(dropped.Address.Hex(), "pass") {
		if time.Since(start) > nodeTimeout {
			t.Fatalf("a dropped key file is not usable: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("a dropped key file was usable after %v", time.Since(start).Round(10*time.Millisecond))
}
