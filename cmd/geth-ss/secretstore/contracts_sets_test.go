package secretstore

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestServerSetsContract: a contract that follows the server sets is deployed with the one that is trusted, is shown the links once, and
// then takes a receipt of a key that has moved, which it did not take before; and no receipt as one of another key.
func TestServerSetsContract(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../protocol/verify/testdata/serversets.json")
	if err != nil {
		t.Fatal(err)
	}
	v, s := new(setVectors), newSite(t)
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
	file := func(name string, value any) string {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(s.dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	links, set := file("links.json", v.told(t, 7)), v.Sets[0].Hash.Hex()
	by := []string{"--key", "owner.key", "--rpc", s.node.URL}
	with := func(command ...string) []string { return append(command, by...) }
	refused := func(want string, args ...string) {
		t.Helper()
		before := len(s.node.Sent())
		if out, said, ok := s.do(t, args...); ok || !strings.Contains(said, want) || len(s.node.Sent()) != before {
			t.Errorf("%v: %s%s, %d sent, want %q", args, out, said, len(s.node.Sent())-before, want)
		}
	}
	refused("give --set", with("deploy", "server-sets", "--links", links)...)
	refused("none of the 8 server sets", with("deploy", "server-sets", "--links", links, "--set", common.Hash{1}.Hex())...)
	refused("the server sets: link to server set 1", with("deploy", "server-sets", "--links", file("false.json", v.told(t, int(v.False[0].From), v.False[0].Link)), "--set", set)...)
	var made setsDeployment
	s.must(t, &made, with("deploy", "server-sets", "--links", links, "--set", set, "--json")...)
	if made.Set != (wire.SetRef{Hash: v.Sets[0].Hash}) || made.Drain != wire.DrainBlocks || made.Trusting != 0 || made.Contract != "ServerSets" {
		t.Errorf("%+v", made)
	}

	// A receipt as fetch writes it: with the record of its version.
	receipt := make(map[string]json.RawMessage)
	if err := json.Unmarshal(v.Receipts[7].File, &receipt); err != nil || v.Receipts[7].Name != "of set 7" {
		t.Fatal(v.Receipts[7].Name, err)
	}
	receipt["record"] = v.Versions[7].Record
	check := func(want string, more ...string) {
		t.Helper()
		args := append([]string{"secretstore", "verify-receipt", "--key-version", hexutil.Encode(v.Versions[0].Version[:]), "--set", set, "--links", links,
			"--record", file("made.json", v.Versions[0].Record)}, more...)
		out, err := command(t, append(args, file("receipt.json", receipt))...).CombinedOutput()
		if (err == nil) != strings.HasPrefix(want, "Valid:") || !strings.Contains(string(out), want) {
			t.Errorf("%v: %v: %s, want %q", more, err, out, want)
		}
	}
	check("Valid:     yes")
	check("give --server-sets", "--rpc", s.node.URL)
	check("give --rpc", "--server-sets", made.Address.Hex())
	check("the contract does not take the receipt", "--rpc", s.node.URL, "--server-sets", made.Address.Hex()) // it knows of set 0 alone
	var shown shownLinks
	s.must(t, &shown, append([]string{"show-links", "--links", links, "--set", set, "--json"}, append(by, made.Address.Hex())...)...)
	if shown.Before != 0 || shown.Newest != 7 || len(shown.Transactions) != 1 {
		t.Errorf("%+v", shown)
	}
	check("Valid:     yes", "--rpc", s.node.URL, "--server-sets", made.Address.Hex())
	s.must(t, &shown, append([]string{"show-links", "--links", links, "--set", set, "--json"}, append(by, made.Address.Hex())...)...)
	if shown.Before != 7 || len(shown.Transactions) != 0 {
		t.Errorf("shown again: %+v", shown)
	}
	refused("is no ServerSets", append(append([]string{"show-links", "--links", links, "--set", set}, by...), testContract.Hex())...)

	// One that begins later is shown the rest.
	s.must(t, &made, with("deploy", "server-sets", "--links", links, "--set", v.Sets[5].Hash.Hex(), "--trusting", "24h", "--drain", "7", "--json")...)
	if made.Set != (wire.SetRef{Epoch: 5, Hash: v.Sets[5].Hash}) || made.Drain != 7 || made.Trusting != 86400 {
		t.Errorf("%+v", made)
	}
	s.must(t, &shown, append([]string{"show-links", "--links", links, "--set", set, "--json"}, append(by, made.Address.Hex())...)...)
	if shown.Before != 5 || shown.Newest != 7 {
		t.Errorf("%+v", shown)
	}
}
