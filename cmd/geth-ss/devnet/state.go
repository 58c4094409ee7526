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
	ChainID    int            `json:"chainId"`
	ACL        string         `json:"acl"` // the permission contract's address, or registry, or none
	Registry   common.Address `json:"registry"`
	Nodes      []NodeState    `json:"nodes"`      // the key servers of now
	Validators []NodeState    `json:"validators"` // the other nodes: those that were key servers make blocks, or follow the chain
	Accounts   []Account      `json:"accounts"`

	// Governance is that of a network whose validators vote on who is one, and else nil.
	Governance *GovernanceState `json:"governance,omitempty"`
}

// GovernanceState is who decides what by contracts.
type GovernanceState struct {
	ValidatorSet common.Address `json:"validatorSet"` // the contract that has the validators
	Validators   []string       `json:"validators"`   // the names of those of now, key servers or not
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

// state says where everything is. pid gives a node's process, 0 for none.
func (n *network) state(acl string, pid func(*node) int) *State {
	s := &State{ChainID: chainID, ACL: acl, Registry: netplan.Registrar, Nodes: []NodeState{}, Validators: []NodeState{}, Accounts: n.accounts}
	if n.governed() {
		s.Governance = &GovernanceState{n.genesis.Governance.Contract, n.validators()}
	}
	for _, n := range n.nodes {
		list := &s.Validators
		if n.serves {
			list = &s.Nodes
		}
		*list = append(*list, NodeState{
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
			PID:      pid(n),
			Log:      n.logPath(),
		})
	}
	return s
}

// pid is the process in which the network has started a node.
func (r *runner) pid(n *node) int {
	if l := r.of(n); l != nil {
		return l.process.cmd.Process.Pid
	}
	return 0
}

// writeState writes devnet.json. Whoever reads it may rely on the network being up.
func (r *runner) writeState() error {
	if err := writeJSON(r.net.statePath(), r.net.state(r.acl, r.pid)); err != nil {
		return fmt.Errorf("writing %s: %w", r.net.statePath(), err)
	}
	return nil
}

// command is what starts a node again by hand.
func (r *runner) command(n *node) string {
	return ShellJoin(append([]string{r.cfg.Binary}, n.startArgs()...))
}

func (r *runner) printSummary() {
	out := &strings.Builder{}
	fmt.Fprintf(out, "\nThe network is up: chain id %d, %s\n\n", chainID, r.net.statePath())
	fmt.Fprintf(out, "  %-8s %-23s %-23s %-8s %s\n", "node", "JSON-RPC", "Secret Store HTTP", "pid", "address")
	for _, n := range r.net.nodes {
		store := n.httpURL()
		if !n.serves {
			store = "(no key server)"
		}
		fmt.Fprintf(out, "  %-8s %-23s %-23s %-8d %s\n", n.name, n.rpcURL(), store, r.pid(n), n.address())
	}
	fmt.Fprintf(out, "\n  %-12s %-44s %-11s %s\n", "account", "address", "password", "private key")
	for i, a := range r.net.accounts {
		fmt.Fprintf(out, "  accounts[%d]  %-44s %-11s %s\n", i, a.Address, a.Password, a.PrivateKey)
	}
	fmt.Fprintf(out, "\n  registrar    %s (owner: accounts[0])\n  permissions  %s\n", netplan.Registrar, r.acl)
	if r.net.genesis.FreeGas {
		fmt.Fprintf(out, "  gas          has no price: accounts without ether can send transactions\n")
	}
	if r.net.governed() {
		fmt.Fprintf(out, "  validators   %s: %s\n", r.net.genesis.Governance.Contract, r.validators())
	}
	fmt.Fprintf(out, "\nA console on a node:\n  %s\n", ShellJoin([]string{r.cfg.Binary, "attach", r.net.nodes[0].ipcPath()}))
	fmt.Fprintf(out, "To start a killed node again, here the first:\n  %s\n", r.command(r.net.nodes[0]))
	r.printTry(out)
	fmt.Fprintf(out, "\nTo add a key server while the others are used, in another terminal (or replace N, remove N):\n  %s\n",
		ShellJoin([]string{r.cfg.Binary, "devnet", "add", "--dir", r.net.dir}))
	if r.net.governed() {
		fmt.Fprintf(out, "To have one voted in as validator that is a key server as well (or remove N, replace N, likewise):\n  %s\n",
			ShellJoin([]string{r.cfg.Binary, "devnet", "add", "--validator", "--key-server", "--dir", r.net.dir}))
	}
	fmt.Fprintf(out, "\nCtrl-C stops the network.\n")
	fmt.Fprint(r.out, out)
}

// printTry writes a document's life as commands for this network, to be pasted. Without a permission contract there is nothing to
// grant in.
func (r *runner) printTry(out io.Writer) {
	if !common.IsHexAddress(r.acl) {
		return
	}
	me, reader := r.net.accounts[5], r.net.accounts[6]
	list := r.net.keyServers()
	first, last := list[0], list[len(list)-1]
	line := func(args ...string) {
		fmt.Fprintf(out, "  %s\n", ShellJoin(append([]string{r.cfg.Binary, "secretstore"}, args...)))
	}
	signed := []string{"--key", "me.key", "--rpc", first.rpcURL()}
	if r.cfg.ACL != ACLDemo {
		signed = append(signed, "--contract", r.acl) // it is not filed
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
