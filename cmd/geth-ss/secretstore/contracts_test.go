package secretstore

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/client/chainrpc/chaintest"
	"github.com/geth-ss/geth-ss/cmd/geth-ss/netplan"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// site is a chain that executes contracts, with a registrar that is owner's, and a person's directory with owner.key and poor.key.
type site struct {
	node  *chaintest.Node
	dir   string
	owner common.Address
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{dir: t.TempDir()}
	key := s.key(t, "owner.key")
	s.owner = crypto.PubkeyToAddress(key.PublicKey)
	other := crypto.PubkeyToAddress(s.key(t, "other.key").PublicKey)
	s.key(t, "poor.key")
	s.node = chaintest.Simulate(t, types.GenesisAlloc{
		s.owner: {Balance: big.NewInt(params.Ether)}, other: {Balance: big.NewInt(params.Ether)},
		netplan.Registrar: contracts.RegistrarAccount(s.owner),
		testContract:      {Code: common.FromHex("0x00")}, // takes every call and answers nothing
	})
	return s
}

func (s *site) key(t *testing.T, name string) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, name), fmt.Appendf(nil, "%x", crypto.FromECDSA(key)), 0o600); err != nil {
		t.Fatal(err)
	}
	return key
}

// do runs geth-ss contracts.
func (s *site) do(t *testing.T, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	cmd := command(t, append([]string{"contracts"}, args...)...)
	cmd.Dir = s.dir
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out), said.String(), err == nil
}

// must runs it for what it prints as JSON.
func (s *site) must(t *testing.T, into any, args ...string) {
	t.Helper()
	out, said, ok := s.do(t, args...)
	if err := json.Unmarshal([]byte(out), into); !ok || err != nil {
		t.Fatalf("contracts %v: %v\n%s%s", args, err, out, said)
	}
}

// TestContracts: a network gets its permission contract by the commands that the documents tell, and they show it.
func TestContracts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	by := []string{"--json", "--key", "owner.key", "--rpc", s.node.URL}
	with := func(command ...string) []string { return append(command, by...) }
	var first, second deployment
	s.must(t, &first, with("deploy", "permissions", "--register")...)
	if f := first.Filed; f == nil || f.Before != nil || f.Block == nil || f.Address != first.Address || f.Registrar != netplan.Registrar || first.Owner != nil {
		t.Errorf("%+v, filed %+v", first, f)
	}
	s.must(t, &second, with("deploy", "permissions", "--register")...)
	if f := second.Filed; f == nil || f.Before == nil || *f.Before != first.Address || second.Address == first.Address {
		t.Errorf("%+v, filed %+v", second, f)
	}
	var back filing
	s.must(t, &back, append(with("register"), contracts.NameACL, first.Address.Hex())...)
	if back.Before == nil || *back.Before != second.Address || back.Block == nil {
		t.Errorf("%+v", back)
	}
	sent := len(s.node.Sent())
	s.must(t, &back, append(with("register"), contracts.NameACL, first.Address.Hex())...)
	if back.Block != nil || len(s.node.Sent()) != sent {
		t.Errorf("what is filed already: %+v, %d sent", back, len(s.node.Sent())-sent)
	}

	var seen chainContracts
	s.must(t, &seen, "show", "--json", "--rpc", s.node.URL)
	if r := seen.Registrar; r == nil || len(r.Names) != len(contracts.Names()) {
		t.Fatalf("%+v", seen)
	}
	for _, n := range seen.Registrar.Names {
		isACL := n.Name == contracts.NameACL
		if n.Owner == nil || *n.Owner != s.owner || (n.Address != nil) != isACL || n.Code != isACL || (n.Answers != nil) != isACL {
			t.Errorf("%+v", n)
		}
		if isACL && (*n.Address != first.Address || !*n.Answers) {
			t.Errorf("%v, answers %t", n.Address, *n.Answers)
		}
	}

	var reg deployment
	heir := common.Address{0: 0xab}
	s.must(t, &reg, with("deploy", "registrar", "--owner", heir.Hex())...)
	if reg.Owner == nil || *reg.Owner != heir || reg.Filed != nil {
		t.Errorf("%+v", reg)
	}
	out, _, ok := s.do(t, "show", "--rpc", s.node.URL, "--registrar", reg.Address.Hex())
	if !ok || strings.Count(out, "nothing is filed; "+heir.Hex()+" owns the name") != len(contracts.Names()) {
		t.Errorf("success %t:\n%s", ok, out)
	}
}

// TestShowContracts: what is there is told, and what key servers say is compared with it.
func TestShowContracts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var made deployment
	s.must(t, &made, "deploy", "permissions", "--register", "--json", "--key", "owner.key", "--rpc", s.node.URL)
	at, other, reg := made.Address, common.Address{0: 0xad}, netplan.Registrar
	for name, c := range map[string]struct {
		told *wire.Permission
		args []string
		ok   bool
		want []string
	}{
		"the same":                     {&wire.Permission{By: wire.ByRegistry, Registrar: &reg, Contract: &at}, nil, true, []string{at.Hex() + ", which answers checkPermissions", "accounts that " + at.Hex() + " allows"}},
		"a version that does not tell": {nil, nil, true, []string{at.Hex() + ", which answers checkPermissions"}},
		"another":                      {&wire.Permission{By: wire.ByContract, Contract: &other}, nil, false, []string{"accounts that the contract " + other.Hex() + " allows", "see above"}},
		"none":                         {&wire.Permission{By: wire.ByNobody}, nil, false, []string{"nobody, and asks no contract"}},
		"by its address":               {&wire.Permission{By: wire.ByContract, Contract: &at}, []string{"--contract", at.Hex()}, true, []string{"permission contract", at.Hex() + ", which answers"}},
		"a contract for something else": {&wire.Permission{By: wire.ByContract, Contract: &testContract}, []string{"--contract", testContract.Hex()}, false,
			[]string{"is not a permission contract"}},
		"no contract":            {&wire.Permission{By: wire.ByContract, Contract: &other}, []string{"--contract", other.Hex()}, false, []string{other.Hex() + ", where there is no contract"}},
		"no registrar":           {&wire.Permission{By: wire.ByRegistry, Registrar: &other}, []string{"--registrar", other.Hex()}, false, []string{"registrar", "there is no contract at " + other.Hex()}},
		"a later version's word": {&wire.Permission{By: "oracle\x1b[2J"}, nil, false, []string{"accounts that are not known here"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := s.store(t, c.told)
			out, said, ok := s.do(t, append([]string{"show", "--rpc", s.node.URL, "--node", store}, c.args...)...)
			if ok != c.ok || strings.Contains(out+said, "\x1b") || strings.Contains(said, "goroutine ") {
				t.Errorf("success %t:\n%s%s", ok, out, said)
			}
			for _, want := range c.want {
				if !strings.Contains(out+said, want) {
					t.Errorf("without %q:\n%s%s", want, out, said)
				}
			}
		})
	}
}

// store is a key server that describes its cluster.
func (s *site) store(t *testing.T, told *wire.Permission) string {
	info := wire.NewClusterInfo(s.node.ID, wire.MakeClusterID(s.node.Genesis, "test"), "test", []wire.NodeID{{1}}, 0)
	info.Block = &wire.BlockInfo{Number: 7, Timestamp: uint64(time.Now().Unix())}
	info.Permission = told
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { json.NewEncoder(out).Encode(info) }))
	t.Cleanup(server.Close)
	return server.URL
}

// TestBeforeContracts: what can be checked before a transaction is checked before it. Nothing is sent, and it is said what to do.
func TestBeforeContracts(t *testing.T) {
	t.Parallel()
	nowhere, some := "0x00000000000000000000000000000000000000AA", testContract.Hex()
	deploy, register := []string{"deploy", "permissions"}, []string{"register"}
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"deploy without a key":              {[]string{"deploy", "permissions"}, []string{"give --key"}},
		"deploy without a node":             {append(deploy, "--key", "owner.key"), []string{"give --rpc"}},
		"deploy on another chain":           {append(deploy, "--key", "owner.key", "--rpc", "RPC", "--chain-id", "7"), []string{"of chain 1337, not of chain 7"}},
		"deploy without ether":              {append(deploy, "--key", "poor.key", "--rpc", "RPC"), []string{"has no ether for deploying DocumentPermissions"}},
		"deploy for little":                 {append(deploy, "--key", "owner.key", "--rpc", "RPC", "--max-cost", "0.0000001"), []string{"more than the 0.0000001 ether allowed"}},
		"deploy an argument":                {append(deploy, "--key", "owner.key", "--rpc", "RPC", "registrar"), []string{"wants no argument"}},
		"deploy what is not ours":           {[]string{"deploy", "token"}, []string{"token"}},
		"deploy and file another's":         {append(deploy, "--register", "--key", "other.key", "--rpc", "RPC"), []string{"nothing was deployed", "only its owner can file"}},
		"deploy and file nowhere":           {append(deploy, "--register", "--registrar", nowhere, "--key", "owner.key", "--rpc", "RPC"), []string{"there is no contract at " + nowhere, "deploy registrar"}},
		"deploy and file in something else": {append(deploy, "--register", "--registrar", some, "--key", "owner.key", "--rpc", "RPC"), []string{"is not a registrar"}},
		"a registrar of nobody":             {[]string{"deploy", "registrar", "--owner", common.Address{}.Hex(), "--key", "owner.key", "--rpc", "RPC"}, []string{"the zero address belongs to nobody"}},
		"a registrar of a mistyped one":     {[]string{"deploy", "registrar", "--owner", "0x9DE5", "--key", "owner.key", "--rpc", "RPC"}, []string{"--owner", "is not an address"}},
		"register one argument":             {append(register, "--key", "owner.key", "--rpc", "RPC", contracts.NameACL), []string{"wants two arguments"}},
		"register a name that nobody asks":  {append(register, "--key", "owner.key", "--rpc", "RPC", "secretstore_acl", nowhere), []string{"not a name that key servers look up", contracts.NameACL}},
		"register a mistyped address":       {append(register, "--key", "owner.key", "--rpc", "RPC", contracts.NameACL, "0x9DE596635BFdC7295f220F1a9f03fc4f3Af62849"), []string{"wrong checksum"}},
		"register no contract":              {append(register, "--key", "owner.key", "--rpc", "RPC", contracts.NameACL, nowhere), []string{"there is no contract at " + nowhere}},
		"register something else":           {append(register, "--key", "owner.key", "--rpc", "RPC", contracts.NameACL, some), []string{"is not a permission contract"}},
		"register at another's name":        {append(register, "--key", "other.key", "--rpc", "RPC", contracts.NameService, some), []string{"only its owner can file"}},
		"show an argument":                  {[]string{"show", "--rpc", "RPC", "x"}, []string{"wants no argument"}},
		"show without a node":               {[]string{"show"}, []string{"give --rpc"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			args := make([]string, len(c.args))
			for i, arg := range c.args {
				args[i] = strings.Replace(arg, "RPC", s.node.URL, 1)
			}
			out, said, ok := s.do(t, args...)
			if ok || len(s.node.Sent()) > 0 || strings.Contains(said, "goroutine ") {
				t.Errorf("success %t, %d sent:\n%s%s", ok, len(s.node.Sent()), out, said)
			}
			for _, want := range c.want {
				if !strings.Contains(out+said, want) {
					t.Errorf("without %q:\n%s%s", want, out, said)
				}
			}
		})
	}
}
