package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// operators are the members of a network, and the options that say so.
func operators(t *testing.T, names ...string) (options []string) {
	t.Helper()
	for _, name := range names {
		key, err := crypto.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		options = append(options, "--validator", fmt.Sprintf("%s=%s@%s.example", name, wire.NodeIDOf(&key.PublicKey), name))
	}
	return options
}

const networkOwner = "0x00000000000000000000000000000000000000AA"

// TestNetworkNewRefuses: what is wrong on the command line is named with its option, and no file is written.
func TestNetworkNewRefuses(t *testing.T) {
	good := append([]string{"--chain-id", "42421", "--owner", networkOwner}, operators(t, "a", "b")...)
	public := strings.TrimSuffix(strings.TrimPrefix(good[5], "a="), "@a.example")
	with := func(more ...string) []string { return append(append([]string{}, good...), more...) }
	for want, args := range map[string][]string{
		"the chain id is missing":                                 good[2:],
		"chain id 1 is that of Ethereum's network mainnet":        with("--chain-id", "1"),
		`invalid value "x" for flag -chain-id`:                    with("--chain-id", "x"),
		"the owner is missing":                                    append([]string{"--chain-id", "42421"}, good[4:]...),
		"option --owner: \"0x12\" is not an address":              with("--owner", "0x12"),
		"option --owner: the zero address":                        with("--owner", "0x0000000000000000000000000000000000000000"),
		"has a wrong digit":                                       with("--owner", "0x00000000000000000000000000000000000000aA"),
		"no validator":                                            good[:4],
		`option --validator "c=` + public[:100] + `"`:             with("--validator", "c="+public[:100]),
		"option --key-server \"c\": want NAME=PUBLIC@HOST":        with("--key-server", "c"),
		"neither a name nor an address":                           with("--follower", "c="+public+"@c example"),
		"two nodes are named a":                                   with("--key-server", "a="+strings.Split(strings.TrimPrefix(operators(t, "x")[1], "x="), "@")[0]+"@c.example"),
		"a and c have the same public key":                        with("--validator", "c="+public+"@c.example"),
		"option --block-time":                                     with("--block-time", "1.5s"),
		"PoA.BlockTime is 0":                                      with("--block-time", "0"),
		"option --gas-limit":                                      with("--gas-limit", "0"),
		"freeGas is set, so gasLimit must be at least 33554432":   with("--free-gas", "--gas-limit", "30000000"),
		"option --fund \"0x12=1\"":                                with("--fund", "0x12=1"),
		"is not an amount of ether":                               with("--fund", networkOwner+"=1e9"),
		"funded twice":                                            with("--fund", networkOwner+"=1", "--fund", networkOwner+"=2"),
		"contract of the genesis block":                           with("--fund", "0x00000000000000000000000000000000005ec5e7=1"),
		"cluster name":                                            with("--cluster", strings.Repeat("c", 65)),
		"network new takes options only, not \"network.json\"":    with("network.json"),
		"flag provided but not defined":                           with("--validators", "4"),
		"consensus port 30303 of a is also the peer-to-peer port": with("--poa-port", "30303"),
	} {
		dir := t.TempDir()
		cmd := command(t, append([]string{"network", "new"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%s", want, err, out)
		}
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("%s: files were written", want)
		}
	}
}

// TestNetworkNew: the files are there, for their owner alone; nodes read them, and dumpconfig says the same; what is there is not
// replaced but on demand; and the file is explained.
func TestNetworkNew(t *testing.T) {
	dir := t.TempDir()
	in := func(args ...string) (string, error) {
		cmd := command(t, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	args := append([]string{"network", "new", "--chain-id", "42421", "--owner", networkOwner, "--configs", "new/configs", "--block-time", "5s",
		"--free-gas", "--fund", networkOwner + "=0.5", "--cluster", "my cluster", "--datadir", dir + "/data/NAME", "--password-file", "/etc/NAME.password"}, operators(t, "a", "b", "c", "d")...)
	args = append(args, "--key-server", operators(t, "k")[1], "--follower", operators(t, "f")[1])
	out, err := in(args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"Wrote network.json", "it has no price", "any 1 may fail", "new/configs/f.toml: a follower", "  geth-ss init --config new/configs/a.toml network.json\n  geth-ss --config new/configs/a.toml\n", networkOwner, "0.5 ether"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	g, err := poa.LoadNetworkGenesis(filepath.Join(dir, "network.json"))
	if err != nil || !g.FreeGas || len(g.Validators) != 4 {
		t.Fatalf("%+v %v", g, err)
	}
	for _, name := range []string{"a", "b", "c", "d", "k", "f"} {
		path := filepath.Join(dir, "new", "configs", name+".toml")
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info, err)
		}
		dump, err := in("dumpconfig", "--config", path, "--poa.publickey", "") // there is no node key yet
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, dump)
			continue
		}
		for _, want := range []string{"NetworkId = 42421\n", "BlockTime = 5\n", `DataDir = "` + dir + `/data/` + name + `"`} {
			if !strings.Contains(dump, want) {
				t.Errorf("%s: no %q in:\n%s", name, want, dump)
			}
		}
		if keeps := strings.Contains(dump, `Cluster = "my cluster"`) && strings.Contains(dump, `PasswordFile = "/etc/`+name+`.password"`); keeps != (name != "f") {
			t.Errorf("%s keeps keys: %t\n%s", name, keeps, dump)
		}
	}
	before, err := os.ReadFile(filepath.Join(dir, "new/configs/a.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"network.json", "new/configs/d.toml"} { // any one of the others will do
		if err := os.Remove(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
		if out, err := in(append(args, "--chain-id", "42422")...); err == nil || !strings.Contains(out, "exists already, and nothing was written") {
			t.Errorf("%v\n%s", err, out)
		}
	}
	if after, err := os.ReadFile(filepath.Join(dir, "new/configs/a.toml")); err != nil || string(after) != string(before) {
		t.Errorf("a file was replaced: %v", err)
	}
	if out, err := in(append(args, "--chain-id", "42422", "--force")...); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := in("network", "show", "network.json"); err != nil || !strings.Contains(out, "42422") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNetworkShowRefuses: what is no network's file is named as what it is.
func TestNetworkShowRefuses(t *testing.T) {
	g := poa.NewGenesis(42421, nil, nil, 1)
	plain, err := json.Marshal(g.Genesis)
	if err != nil {
		t.Fatal(err)
	}
	none, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{
		"it is not JSON":                   "[Node]\nDataDir = \"x\"\n",
		"is a genesis file of geth":        string(plain),
		"0 validators":                     string(none),
		"unknown field \"validator\"":      `{"validator": []}`,
		"genesis or its config is missing": `{"validators": []}`,
	} {
		if out := fail(t, "network", "show", writeFile(t, "file", text)); !strings.Contains(out, want) {
			t.Errorf("%s:\n%s", want, out)
		}
	}
	if out := fail(t, "network", "show", filepath.Join(t.TempDir(), "none")); !strings.Contains(out, "no such file") {
		t.Error(out)
	}
	for _, args := range [][]string{{}, {"a", "b"}} {
		if out := fail(t, append([]string{"network", "show"}, args...)...); !strings.Contains(out, "wants one argument") {
			t.Error(out)
		}
	}
}

// TestConfigOfAnotherNode: with the configuration of a node, no other node starts, is initialized or gets a key, wherever the data
// directory was mistaken.
func TestConfigOfAnotherNode(t *testing.T) {
	own, other := t.TempDir(), t.TempDir()
	public := wantMatch(t, run(t, "identity", "--datadir", own), `Public:  ([0-9a-f]{128})`)[1]
	run(t, "identity", "--datadir", other)
	config := writeFile(t, "c.toml", fmt.Sprintf("[PoA]\nEnabled = true\nPublicKey = %q\n", "0x"+strings.ToUpper(public)))
	if out := run(t, "identity", "--datadir", own, "--config", config); !strings.Contains(out, public) {
		t.Error(out)
	}
	file := writeFile(t, "network.json", "{}")
	empty := filepath.Join(t.TempDir(), "empty")
	for _, command := range [][]string{{"identity"}, {"init"}, {}} {
		args := append(command, "--config", config, "--datadir")
		if len(command) > 0 && command[0] == "init" {
			g := poa.NewGenesis(42421, nil, []poa.Validator{{PublicKey: public, Power: 1}}, 1)
			text, err := json.Marshal(g)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run := func(dir string) string {
			all := append(append([]string{}, args...), dir)
			if len(command) > 0 && command[0] == "init" {
				all = append(all, file)
			}
			return fail(t, all...)
		}
		if out := run(other); !strings.Contains(out, "PoA.PublicKey says that this is the configuration of the node with 0x") {
			t.Errorf("%v in another's directory:\n%s", command, out)
		}
		if out := run(empty); !strings.Contains(out, "is not there") {
			t.Errorf("%v in an empty directory:\n%s", command, out)
		}
		if _, err := os.Stat(empty); err == nil {
			t.Errorf("%v has made something in an empty directory", command)
		}
	}
}
