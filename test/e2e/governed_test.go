package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/poa"
)

// governed makes a planned network one whose validators change by a contract.
func (n *chainNet) governed(t *testing.T, validators int) {
	t.Helper()
	var hosts, peers []string
	for i, v := range n.nodes {
		v.modules = `, "poa", "poaadmin"`
		n.genesis.Genesis.Alloc[crypto.PubkeyToAddress(v.key.PublicKey)] = types.Account{Balance: new(big.Int).Exp(big.NewInt(10), big.NewInt(21), nil)}
		if i < validators {
			hosts, peers = append(hosts, v.consensus()), append(peers, "")
		} else {
			v.peers = n.nodes[:1]
		}
	}
	if err := n.genesis.Govern(hosts, peers, 3600); err != nil {
		t.Fatal(err)
	}
}

func (v *chainNode) consensus() string { return fmt.Sprintf("127.0.0.1:%d", v.port) }

// poa runs a command of an operator on the running node.
func (v *chainNode) poa(t *testing.T, args ...string) string {
	t.Helper()
	at := 1 // options come before arguments, and behind the command
	if args[0] == "propose" {
		at = 2
	}
	all := append([]string{"poa"}, args[:at]...)
	all = append(all, "--rpc", fmt.Sprintf("http://127.0.0.1:%d", v.rpc))
	return run(t, append(all, args[at:]...)...)
}

// governance is what the contract says, as the command prints it.
func (v *chainNode) governance(t *testing.T) *poa.GovernanceStatus {
	t.Helper()
	g := new(poa.GovernanceStatus)
	if err := json.Unmarshal([]byte(v.poa(t, "validators", "--json")), g); err != nil {
		t.Fatal(err)
	}
	return g
}

// untilValidators waits until the contract has these, in its order, by what people call them.
func (v *chainNode) untilValidators(t *testing.T, want string) {
	t.Helper()
	until(t, "the validators are "+want, func() error {
		var names []string
		for _, m := range v.governance(t).Members {
			names = append(names, m.Name)
		}
		if got := strings.Join(names, " "); got != want {
			return errors.New("they are " + got)
		}
		return nil
	})
}

// TestGovernedByCommands: what docs/operating.md says of changing validators, by the commands alone. A fourth is voted in, and killed at
// the change; it loses everything, follows without a vote, resumes, and votes; and one of the first is voted out.
func TestGovernedByCommands(t *testing.T) {
	n := planChain(t, 3, 1, 0)
	n.governed(t, 3)
	n.initialize(t, n.nodes...)
	for _, v := range n.nodes {
		v.start(t)
	}
	n.untilHeight(t, 2, n.nodes...)
	a, b, c, d := n.nodes[0], n.nodes[1], n.nodes[2], n.nodes[3]

	public := fmt.Sprintf("%x", crypto.FromECDSAPub(&d.key.PublicKey)[1:])
	if out := refused(t, "poa", "propose", "add", "--rpc", fmt.Sprintf("http://127.0.0.1:%d", d.rpc), public+"@"+d.consensus()); !strings.Contains(out, "is not a validator") {
		t.Errorf("a proposal of a follower: %s", out)
	}
	a.poa(t, "propose", "add", "--name", "node4", public+"@"+d.consensus())
	if out := b.poa(t, "validators"); !strings.Contains(out, "Proposal 1: add node4 (") || !strings.Contains(out, "for it: node1, with 1 of 3") {
		t.Errorf("validators prints:\n%s", out)
	}
	b.poa(t, "vote", "1")
	c.poa(t, "vote", "1")
	a.untilValidators(t, "node1 node2 node3 node4")
	d.kill(t)
	d.start(t)
	n.untilHeight(t, n.top()+3, n.nodes...)
	until(t, "the newcomer signs", func() error { return d.signs(t) })

	// Without the third no block comes but by its vote, which so stands in blocks: by them it finds that it has lost its record.
	c.terminate(t, syscall.SIGTERM)
	n.untilHeight(t, n.top()+3, a, b, d)
	c.start(t)
	n.untilHeight(t, n.top()+2, n.nodes...)
	d.kill(t)
	if err := os.RemoveAll(d.dir); err != nil {
		t.Fatal(err)
	}
	n.initialize(t, d)
	d.start(t)
	d.says(t, "This node follows the chain and does not vote")
	n.untilHeight(t, n.top()+2, n.nodes...)
	d.terminate(t, syscall.SIGTERM)
	run(t, "poa", "resume", "--config", d.configPath(), "--yes")
	if _, err := os.Stat(filepath.Join(d.dir, "geth-ss", "poa", "sign-state.json")); err != nil {
		t.Fatal(err)
	}
	d.output.Reset()
	d.start(t)
	until(t, "it signs again", func() error { return d.signs(t) })

	b.poa(t, "propose", "remove", "node1")
	c.poa(t, "vote", "2")
	d.poa(t, "vote", "2")
	b.untilValidators(t, "node4 node2 node3")
	a.terminate(t, syscall.SIGTERM) // which nobody needs any more
	n.untilHeight(t, n.top()+3, b, c, d)
	n.agree(t, 1, n.top(), b, c, d)
	for _, v := range n.nodes {
		v.calm(t)
	}
}

// signs is nil once the node says that it has signed a vote.
func (v *chainNode) signs(t *testing.T) error {
	t.Helper()
	var s poa.Status
	if err := v.eth.Client().CallContext(t.Context(), &s, "poa_status"); err != nil {
		return err
	}
	if s.LastVote == nil || s.LastVote.Step == "" || s.NotVoting != "" {
		return fmt.Errorf("last vote %+v, %s", s.LastVote, s.NotVoting)
	}
	return nil
}
