package devnet

import (
	"fmt"
	"io"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/netplan"
)

// State is devnet.json: where everything of a network is.
type State struct {
	ChainID  int            `json:"chainId"`
	ACL      string         `json:"acl"` // the permission contract's address, or registry, or none
	Registry common.Address `json:"registry"`
	Nodes    []NodeState    `json:"nodes"`
	Accounts []Account      `json:"accounts"`
}

// NodeState is where one node is.
type NodeState struct {
	Name     string         `json:"name"`
	Enode    string         `json:"enode"`
	Public   string         `json:"public"` // 0x and 64 bytes
	Address  common.Address `json:"address"`
	RPC      string         `json:"rpc"`
	WS       string         `json:"ws"`
	HTTP     string         `json:"http"` // the Secret Store's HTTP API
	IPC      string         `json:"-"`    // who reads the file finds it in the data directory
	DataDir  string         `json:"datadir"`
	Keystore string         `json:"keystore"`
	PID      int            `json:"pid"` // 0: not started by devnet
	Log      string         `json:"log"`
}

// state says where everything is. The nodes have no process ids yet.
func (n *network) state(acl string) *State {
	s := &State{ChainID: chainID, ACL: acl, Registry: netplan.Registrar, Accounts: n.accounts}
	for _, n := range n.nodes {
		s.Nodes = append(s.Nodes, NodeState{
			Name:     n.name,
			Enode:    n.enode(),
			Public:   "0x" + n.public(),
			Address:  n.address(),
			RPC:      n.rpcURL(),
			WS:       n.wsURL(),
			HTTP:     n.httpURL(),
			IPC:      n.ipcPath(),
			DataDir:  n.dir,
			Keystore: n.keystore(),
			Log:      n.logPath(),
		})
	}
	return s
}

// state of a network that runs.
func (r *runner) state(acl string) *State {
	s := r.net.state(acl)
	for i, p := range r.processes {
		s.Nodes[i].PID = p.cmd.Process.Pid
	}
	return s
}

// command is what starts a node again by hand.
func (r *runner) command(n *node) string {
	return ShellJoin(append([]string{r.cfg.Binary}, n.startArgs()...))
}

func (r *runner) printSummary(acl string) {
	out := &strings.Builder{}
	fmt.Fprintf(out, "\nThe network is up: chain id %d, %s\n\n", chainID, r.net.statePath())
	fmt.Fprintf(out, "  %-8s %-23s %-23s %-8s %s\n", "node", "JSON-RPC", "Secret Store HTTP", "pid", "address")
	for i, n := range r.net.nodes {
		fmt.Fprintf(out, "  %-8s %-23s %-23s %-8d %s\n", n.name, n.rpcURL(), n.httpURL(), r.processes[i].cmd.Process.Pid, n.address())
	}
	fmt.Fprintf(out, "\n  %-12s %-44s %-11s %s\n", "account", "address", "password", "private key")
	for i, a := range r.net.accounts {
		fmt.Fprintf(out, "  accounts[%d]  %-44s %-11s %s\n", i, a.Address, a.Password, a.PrivateKey)
	}
	fmt.Fprintf(out, "\n  registrar    %s (owner: accounts[0])\n  permissions  %s\n", netplan.Registrar, acl)
	if r.net.genesis.FreeGas {
		fmt.Fprintf(out, "  gas          has no price: accounts without ether can send transactions\n")
	}
	fmt.Fprintf(out, "\nA console on a node:\n  %s\n", ShellJoin([]string{r.cfg.Binary, "attach", r.net.nodes[0].ipcPath()}))
	fmt.Fprintf(out, "To start a killed node again, here the first:\n  %s\n", r.command(r.net.nodes[0]))
	r.printTry(out, acl)
	fmt.Fprintf(out, "\nCtrl-C stops the network.\n")
	fmt.Fprint(r.out, out)
}

// printTry writes a document's life as commands for this network, to be pasted. Without a permission contract there is nothing to
// grant in.
func (r *runner) printTry(out io.Writer, acl string) {
	if !common.IsHexAddress(acl) {
		return
	}
	me, reader := r.net.accounts[5], r.net.accounts[6]
	first, last := r.net.nodes[0], r.net.nodes[len(r.net.nodes)-1]
	line := func(args ...string) {
		fmt.Fprintf(out, "  %s\n", ShellJoin(append([]string{r.cfg.Binary, "secretstore"}, args...)))
	}
	signed := []string{"--key", "me.key", "--rpc", first.rpcURL()}
	if r.cfg.ACL != ACLDemo {
		signed = append(signed, "--contract", acl) // it is not filed
	}
	fmt.Fprint(out, "\nTo publish a document as accounts[5] and read it as accounts[6], in another terminal and a directory of yours:\n")
	fmt.Fprintf(out, "  (umask 077; echo %v > me.key; echo %v > reader.key)\n", me.PrivateKey, reader.PrivateKey)
	fmt.Fprintf(out, "  echo '%s' > note.txt\n", demoDocument)
	line(append([]string{"publish", "--node", first.httpURL()}, append(signed, "note.txt")...)...)
	line(append([]string{"grant"}, append(signed, "note.txt.ss", reader.Address.Hex())...)...)
	line("fetch", "--node", last.httpURL(), "--key", "reader.key", "note.txt.ss")
}

// ShellJoin writes a command for a shell, quoting what needs it.
func ShellJoin(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if arg == "" || strings.Trim(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:@") != "" {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
