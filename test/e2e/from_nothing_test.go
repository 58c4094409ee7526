package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/test/ports"
)

// TestFromNothing: operators who know nothing but the manual's commands get from empty directories to a network: identity, network
// new, init, and a start. Blocks are made, all nodes follow them, and all key servers are connected, the one that is no validator
// among them.
func TestFromNothing(t *testing.T) {
	slow(t)
	dir := t.TempDir()
	names := []string{"ann", "bob", "cid", "keys"}
	ports := ports.For(t, 4*len(names))
	args := []string{"network", "new", "--chain-id", "42421", "--owner", newAccount(t).address.Hex(), "--datadir", filepath.Join(dir, "NAME"),
		"--out", filepath.Join(dir, "network.json"), "--configs", filepath.Join(dir, "configs"),
		"--rpc-port", fmt.Sprint(ports), "--secretstore-port", fmt.Sprint(ports + 4), "--p2p-port", fmt.Sprint(ports + 8), "--poa-port", fmt.Sprint(ports + 12)}
	nodes := make([]*node, len(names))
	for i, name := range names {
		printed := run(t, "identity", "--datadir", filepath.Join(dir, name))
		public := regexp.MustCompile(`(?m)^Public:  ([0-9a-f]{128})$`).FindStringSubmatch(printed)
		if public == nil {
			t.Fatalf("identity prints:\n%s", printed)
		}
		option := "--validator"
		if name == "keys" {
			option = "--key-server"
		}
		args = append(args, option, name+"="+public[1]+"@127.0.0.1")
		nodes[i] = &node{name: name, public: "0x" + public[1], rpcURL: fmt.Sprintf("http://127.0.0.1:%d", ports+i), keyServer: keyServer{fmt.Sprintf("http://127.0.0.1:%d", ports+4+i)}}
	}
	said := run(t, args...)
	for _, name := range names { // what it tells the first operator to do, all do
		step := func(command string) []string {
			line := regexp.MustCompile(`(?m)^  geth-ss (` + command + `.*)$`).FindStringSubmatch(said)
			if line == nil {
				t.Fatalf("network new says nothing of %s:\n%s", command, said)
			}
			return strings.Fields(strings.ReplaceAll(line[1], "ann.toml", name+".toml"))
		}
		run(t, step("init ")...)
		process := start(t, step("--config ")...)
		t.Cleanup(func() {
			if lines := bad.FindAllString(process.output.String(), -1); len(lines) > 0 {
				t.Errorf("%s has:\n%s", name, strings.Join(lines[:min(5, len(lines))], "\n"))
			}
		})
		defer process.terminate(t, syscall.SIGTERM)
	}
	for _, n := range nodes {
		conn, err := rpc.Dial(n.rpcURL)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		n.rpc, n.eth = conn, ethclient.NewClient(conn)
		n.untilConnected(t, len(nodes))
		until(t, n.name+" has blocks", func() error {
			height, err := n.eth.BlockNumber(t.Context())
			if err == nil && height < 3 {
				err = fmt.Errorf("it is at block %d", height)
			}
			return err
		})
	}
}
