package devnet

import (
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// state is devnet.json: where everything of a running network is.
type state struct {
	ChainID  int            `json:"chainId"`
	ACL      string         `json:"acl"` // the permission contract's address, or registry, or none
	Registry common.Address `json:"registry"`
	Nodes    []nodeState    `json:"nodes"`
	Accounts []account      `json:"accounts"`
}

type nodeState struct {
	Name     string         `json:"name"`
	Enode    string         `json:"enode"`
	Public   string         `json:"public"` // 0x and 64 bytes
	Address  common.Address `json:"address"`
	RPC      string         `json:"rpc"`
	WS       string         `json:"ws"`
	HTTP     string         `json:"http"` // the Secret Store's HTTP API
	DataDir  string         `json:"datadir"`
	Keystore string         `json:"keystore"`
	PID      int            `json:"pid"`
	Log      string         `json:"log"`
}

func (r *runner) state(acl string) *state {
	s := &state{ChainID: chainID, ACL: acl, Registry: RegistrarAddress, Accounts: r.net.accounts}
	for i, n := range r.net.nodes {
		s.Nodes = append(s.Nodes, nodeState{
			Name:     n.name,
			Enode:    n.enode(),
			Public:   "0x" + n.public(),
			Address:  n.address(),
			RPC:      n.rpcURL(),
			WS:       n.wsURL(),
			HTTP:     n.httpURL(),
			DataDir:  n.dir,
			Keystore: n.keystore(),
			PID:      r.processes[i].cmd.Process.Pid,
			Log:      n.logPath(),
		})
	}
	return s
}

// command is what starts a node again by hand.
func (r *runner) command(n *node) string {
	return shellJoin(append([]string{r.cfg.Binary}, n.startArgs()...))
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
	fmt.Fprintf(out, "\n  registrar    %s (owner: accounts[0])\n  permissions  %s\n", RegistrarAddress, acl)
	fmt.Fprintf(out, "\nA console on a node:\n  %s\n", shellJoin([]string{r.cfg.Binary, "attach", r.net.nodes[0].ipcPath()}))
	fmt.Fprintf(out, "A node that was killed is started again with (and so on):\n  %s\n", r.command(r.net.nodes[0]))
	fmt.Fprintf(out, "\nCtrl-C stops the network.\n")
	fmt.Fprint(r.out, out)
}

// shellJoin writes a command for a shell, quoting what needs it.
func shellJoin(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if strings.Trim(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:@") != "" {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
