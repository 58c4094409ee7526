package secretstore

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client/governance"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// enode is the key server of a key file of the site.
func (s *site) enode(t *testing.T, file, host string) string {
	t.Helper()
	return "enode://" + s.id(t, file).String() + "@" + host
}

func (s *site) id(t *testing.T, file string) wire.NodeID {
	t.Helper()
	key, err := crypto.LoadECDSA(filepath.Join(s.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return wire.NodeIDOf(&key.PublicKey)
}

// TestKeyServerSetCommands: organisations deploy the contract, vote a key server in that has no ether, and see all of it.
func TestKeyServerSetCommands(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	by := func(key string, command ...string) []string {
		return append(command[:len(command):len(command)], "--json", "--key", key, "--rpc", s.node.URL)
	}
	var made deployment
	s.must(t, &made, by("owner.key", "deploy", "key-server-set", "--waiting", "0s", "--register",
		"--server", s.enode(t, "owner.key", "10.0.0.1:30303"), "--server", s.enode(t, "other.key", "[2001:db8::2]:30303"))...)
	if made.Filed == nil || made.Filed.Address != made.Address {
		t.Fatalf("%+v", made)
	}

	var p governance.Proposal
	poor := s.id(t, "poor.key").Address()
	s.must(t, &p, by("owner.key", "propose", "--add", s.enode(t, "poor.key", "node3.example:30303"), "--waiting", "1h")...)
	if p.Number != 1 || !p.Open || p.Got != 1 || p.Awaited != poor || !p.Change.Govern || p.Change.Rule.Part != 1 || p.Change.Rule.Whole != 2 || p.Change.Rule.Waiting.Hours() != 1 {
		t.Fatalf("%+v", p)
	}
	out, said, ok := s.do(t, "show", "--rpc", s.node.URL)
	for _, want := range []string{"node3.example:30303", "proposal 1 by " + s.owner.Hex(), "approved by 1 of 2 voters", poor.Hex() + " has to accept it", "[2001:db8::2]:30303"} {
		if !ok || !strings.Contains(out, want) {
			t.Errorf("show, success %t, without %q:\n%s%s", ok, want, out, said)
		}
	}
	s.must(t, &p, append(by("other.key", "approve"), "1")...)
	if !p.Open || p.Got != 2 {
		t.Errorf("%+v", p)
	}
	if _, said, ok := s.do(t, append(by("owner.key", "approve"), "1")...); ok || !strings.Contains(said, "has not accepted it") {
		t.Errorf("carried out without the newcomer, success %t: %s", ok, said)
	}
	signed, said, ok := s.do(t, "accept", "--sign-only", "--key", "poor.key", "--rpc", s.node.URL, "1")
	if !ok {
		t.Fatal(said)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "acceptance.json"), []byte(signed), 0o600); err != nil {
		t.Fatal(err)
	}
	s.must(t, &p, append(by("other.key", "accept", "--acceptance", "acceptance.json"), "1")...)
	if !p.Open || p.Awaited != (common.Address{}) {
		t.Errorf("%+v", p)
	}
	if out, said, ok := s.do(t, "approve", "--key", "owner.key", "--rpc", s.node.URL, "1"); !ok || !strings.Contains(out, "closed") {
		t.Fatalf("success %t: %s%s", ok, out, said)
	}
	var seen chainContracts
	s.must(t, &seen, "show", "--json", "--rpc", s.node.URL)
	if v := seen.Servers; v == nil || len(v.Current) != 2 || len(v.Wanted) != 3 || v.Rule.Waiting.Hours() != 1 || v.Contract != made.Address {
		t.Fatalf("%+v", seen.Servers)
	}
	out, _, _ = s.do(t, "show", "--rpc", s.node.URL, "--server-set", made.Address.Hex())
	if !strings.Contains(out, "  wanted") || strings.Contains(out, "proposal 1") {
		t.Errorf("%s", out)
	}
}

// TestKeyServerSetRefusals: what can't be right is told before anything is sent, in words.
func TestKeyServerSetRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var made deployment
	s.must(t, &made, "deploy", "key-server-set", "--server", s.enode(t, "owner.key", "a:1"), "--owners", s.owner.Hex(), "--register", "--json", "--key", "owner.key", "--rpc", s.node.URL)
	sent := len(s.node.Sent())
	with := []string{"--key", "owner.key", "--rpc", s.node.URL}
	for name, c := range map[string]struct {
		args   []string
		want   string
		number string
	}{
		"a set of nobody":         {[]string{"deploy", "key-server-set"}, "give --server ENODE", ""},
		"no enode":                {[]string{"deploy", "key-server-set", "--server", "node1"}, "is not a key server", ""},
		"no part":                 {[]string{"deploy", "key-server-set", "--quorum", "half", "--server", s.enode(t, "owner.key", "a:1")}, "not a part of the voters", ""},
		"more than all":           {[]string{"deploy", "key-server-set", "--quorum", "2/2", "--server", s.enode(t, "owner.key", "a:1")}, "there never are", ""},
		"for ever":                {[]string{"deploy", "key-server-set", "--waiting", "1000h", "--server", s.enode(t, "owner.key", "a:1")}, "30 days at most", ""},
		"nothing":                 {[]string{"propose"}, "it would change nothing", ""},
		"no address":              {[]string{"propose", "--add", s.enode(t, "other.key", "a_b:1")}, "is not an address, HOST:PORT", ""},
		"nobody to remove":        {[]string{"propose", "--remove", "node1"}, "id, 128 hex digits, or its account", ""},
		"another contract":        {[]string{"propose", "--reset", "--server-set", testContract.Hex()}, "is not a KeyServerSet.sol", ""},
		"no such proposal":        {[]string{"approve"}, "there is no proposal 9", "9"},
		"no number":               {[]string{"approve"}, "is not the number of a proposal", "nine"},
		"accepting what is not":   {[]string{"accept"}, "there is no proposal 9", "9"},
		"an acceptance that isnt": {[]string{"accept", "--acceptance", "owner.key"}, "reading the acceptance", "9"},
	} {
		args := slices.Concat(c.args, with)
		if c.number != "" { // options go before it
			args = append(args, c.number)
		}
		if out, said, ok := s.do(t, args...); ok || !strings.Contains(said, c.want) || strings.Contains(said, "goroutine ") {
			t.Errorf("%s: success %t, without %q:\n%s%s", name, ok, c.want, out, said)
		}
	}
	if n := len(s.node.Sent()); n != sent {
		t.Errorf("%d transactions were sent", n-sent)
	}
}
