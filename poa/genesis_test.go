package poa

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

func testGenesis(t testing.TB, validators int) *NetworkGenesis {
	t.Helper()
	var set []Validator
	for i := range validators {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte{byte(i)}))
		if err != nil {
			t.Fatal(err)
		}
		set = append(set, NewValidator(&key.PublicKey, fmt.Sprint("v", i)))
	}
	return NewGenesis(99, types.GenesisAlloc{{7}: {Balance: common.Big1}}, set, 1_700_000_000)
}

func TestGenesisRoundTrip(t *testing.T) {
	g := testGenesis(t, 4)
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(testGenesis(t, 4)); !bytes.Equal(raw, again) {
		t.Error("the same arguments gave another file")
	}
	if !IsNetworkGenesis(raw) {
		t.Error("not recognised")
	}
	if plain, _ := json.Marshal(g.Genesis); IsNetworkGenesis(plain) || IsNetworkGenesis([]byte("{")) || IsNetworkGenesis([]byte("[]")) {
		t.Error("something else was taken for a network genesis")
	}
	h, err := ParseNetworkGenesis(raw)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := g.Genesis.ToBlock().Hash(), h.Genesis.ToBlock().Hash(); a != b {
		t.Errorf("genesis hash %x became %x", a, b)
	}
	if _, ok := h.Genesis.Alloc[params.BeaconRootsAddress]; !ok || h.Genesis.Alloc[common.Address{7}].Balance == nil {
		t.Error("allocation is incomplete")
	}
}

// TestConsensusID: whatever must be equal on all nodes is in the network's name.
func TestConsensusID(t *testing.T) {
	id := func(g *NetworkGenesis) string {
		doc, err := g.consensusDoc(g.Genesis.ToBlock().Hash())
		if err != nil {
			t.Fatal(err)
		}
		return doc.ChainID
	}
	base := id(testGenesis(t, 4))
	if base != id(testGenesis(t, 4)) {
		t.Error("not deterministic")
	}
	for name, change := range map[string]func(*NetworkGenesis){
		"power":      func(g *NetworkGenesis) { g.Validators[0].Power = 2 },
		"validators": func(g *NetworkGenesis) { g.Validators = g.Validators[:3] },
		"time":       func(g *NetworkGenesis) { g.Genesis.Timestamp++ },
		"chain id":   func(g *NetworkGenesis) { g.Genesis.Config.ChainID.SetUint64(98) },
		"allocation": func(g *NetworkGenesis) { g.Genesis.Alloc[common.Address{8}] = types.Account{Balance: common.Big1} },
	} {
		g := testGenesis(t, 4)
		if change(g); id(g) == base {
			t.Errorf("another %s, but the same network", name)
		}
	}
	g := testGenesis(t, 4)
	g.Validators[0].Name = "renamed"
	if id(g) != base {
		t.Error("a name is for people and must not make another network")
	}
	g.Genesis.Config.ChainID.SetUint64(1<<64 - 1)
	if s := id(g); len(s) > 50 { // CometBFT's limit
		t.Errorf("%s is too long", s)
	}
}

func TestGenesisRefuses(t *testing.T) {
	later := uint64(5)
	for want, change := range map[string]func(*NetworkGenesis){
		"config is missing":       func(g *NetworkGenesis) { g.Genesis.Config = nil },
		"chainId":                 func(g *NetworkGenesis) { g.Genesis.Config.ChainID.SetUint64(0) },
		"terminalTotalDifficulty": func(g *NetworkGenesis) { g.Genesis.Config.TerminalTotalDifficulty = common.Big1 },
		"pragueTime":              func(g *NetworkGenesis) { g.Genesis.Config.PragueTime, g.Genesis.Config.OsakaTime = &later, &later },
		"after Osaka":             func(g *NetworkGenesis) { g.Genesis.Config.AmsterdamTime = &later },
		"max 0": func(g *NetworkGenesis) {
			g.Genesis.Config.BlobScheduleConfig.Prague = &params.BlobConfig{UpdateFraction: 1}
		},
		"beacon roots":   func(g *NetworkGenesis) { delete(g.Genesis.Alloc, params.BeaconRootsAddress) },
		"0 validators":   func(g *NetworkGenesis) { g.Validators = nil },
		"listed twice":   func(g *NetworkGenesis) { g.Validators[1] = g.Validators[0] },
		"power 0":        func(g *NetworkGenesis) { g.Validators[1].Power = 0 },
		"power -1":       func(g *NetworkGenesis) { g.Validators[1].Power = -1 },
		"not 64 bytes":   func(g *NetworkGenesis) { g.Validators[2].PublicKey = "04" + g.Validators[2].PublicKey },
		"invalid":        func(g *NetworkGenesis) { g.Validators[2].PublicKey = strings.Repeat("01", 64) },
		"number must be": func(g *NetworkGenesis) { g.Genesis.Number = 1 },
	} {
		g := testGenesis(t, 4)
		change(g)
		if err := g.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := ParseNetworkGenesis([]byte(`{"genesis":{},"validator":[]}`)); err == nil {
		t.Error("a misspelt field passed")
	}
}

func TestInitDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "geth", "poa")
	for range 2 {
		if err := InitDir(dir, testGenesis(t, 4)); err != nil {
			t.Fatal(err)
		}
	}
	if err := InitDir(dir, testGenesis(t, 3)); err == nil || !strings.Contains(err.Error(), "belongs to network") {
		t.Errorf("another network's genesis: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, genesisFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := InitDir(dir, testGenesis(t, 4)); err == nil {
		t.Error("a damaged file was overwritten")
	}
}

func TestConfigValidate(t *testing.T) {
	id, public := strings.Repeat("0a", 20), testGenesis(t, 1).Validators[0].PublicKey
	for _, c := range []struct {
		name string
		set  func(*Config)
		ok   bool
	}{
		{"default", func(*Config) {}, true},
		{"host name", func(c *Config) { c.Peers = []string{id + "@validator-2.example:26656"} }, true},
		{"IPv6", func(c *Config) { c.Peers, c.ListenAddr = []string{id + "@[::1]:26656"}, "[::]:26656" }, true},
		{"all interfaces", func(c *Config) { c.ListenAddr = ":26656" }, true},
		{"block time 0", func(c *Config) { c.BlockTime = 0 }, false},
		{"block time of a day", func(c *Config) { c.BlockTime = 86400 }, false},
		{"no port", func(c *Config) { c.ListenAddr = "127.0.0.1" }, false},
		{"port 0", func(c *Config) { c.ListenAddr = "127.0.0.1:0" }, false},
		{"peer without id", func(c *Config) { c.Peers = []string{"127.0.0.1:26656"} }, false},
		{"peer without host", func(c *Config) { c.Peers = []string{id + "@:26656"} }, false},
		{"peer with a public key", func(c *Config) { c.Peers = []string{public + "@127.0.0.1:26656"} }, true},
		{"peer with no point of the curve", func(c *Config) { c.Peers = []string{strings.Repeat("0a", 64) + "@127.0.0.1:26656"} }, false},
		{"peer with half a key", func(c *Config) { c.Peers = []string{public[:64] + "@127.0.0.1:26656"} }, false},
		{"peer with a key in capitals", func(c *Config) { c.Peers = []string{strings.ToUpper(public) + "@127.0.0.1:26656"} }, false},
		{"two in one", func(c *Config) { c.Peers = []string{id + "@a:1," + id + "@b:1"} }, false},
		{"too many peers", func(c *Config) { c.Peers = make([]string, maxPeers+1) }, false},
	} {
		conf := DefaultConfig()
		c.set(&conf)
		if err := conf.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestIdentity pins the derivation: another peer id would cut a node off from
// everyone who has it in a configuration file.
func TestIdentity(t *testing.T) {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("identity")))
	if err != nil {
		t.Fatal(err)
	}
	const want = "05f3de46b0adc88b84b6ebd35803ede8ee0644b7"
	if id := PeerID(key); id != want {
		t.Errorf("peer id is %s, want %s", id, want)
	}
	v := NewValidator(&key.PublicKey, "")
	pub, err := v.Key()
	if err != nil || !pub.Equal(&key.PublicKey) {
		t.Errorf("the validator's key changed on the way: %v", err)
	}
	if a, b := common.BytesToAddress(validatorKey(key).PubKey().Address()), crypto.PubkeyToAddress(key.PublicKey); a != b {
		t.Errorf("the validator's address is %s in consensus and %s on chain", a, b)
	}
}
