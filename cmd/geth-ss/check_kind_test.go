package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/finding/findingtest"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// newCheckedPoA is a directory of a network of two validators, itself one if validator is set, and options that are right.
func newCheckedPoA(t *testing.T, validator bool) (n *checkedNode, genesis *poa.NetworkGenesis, args func(more ...string) []string) {
	t.Helper()
	n = newCheckedNode(t)
	other, _ := crypto.GenerateKey()
	third, _ := crypto.GenerateKey()
	set := []poa.Validator{poa.NewValidator(&other.PublicKey, "other")}
	if validator {
		set = append(set, poa.NewValidator(&n.key.PublicKey, "this"))
	} else {
		set = append(set, poa.NewValidator(&third.PublicKey, "third"))
	}
	genesis = poa.NewGenesis(7, nil, set, 1_700_000_000)
	text, err := json.Marshal(genesis)
	if err != nil {
		t.Fatal(err)
	}
	run(t, "init", "--datadir", n.dir, writeFile(t, "network.json", string(text)))
	peers := fmt.Sprintf("%s@192.0.2.1:26656,%s@192.0.2.2:26656", poa.PeerID(other), poa.PeerID(third))
	return n, genesis, func(more ...string) []string {
		return append([]string{"--datadir", n.dir, "--ipcdisable", "--port", fmt.Sprint(n.port), "--poa",
			"--poa.listenaddr", fmt.Sprintf("127.0.0.1:%d", freePort(t)), "--poa.peers", peers, "--offline"}, more...)
	}
}

// TestCheckConfigKinds: for each kind of node it says which it is, and what contradicts that.
func TestCheckConfigKinds(t *testing.T) {
	n, _, validator := newCheckedPoA(t, true)
	_, _, follower := newCheckedPoA(t, false)
	_, _, server := newCheckedPoA(t, true)
	plain := func(more ...string) []string {
		return append([]string{"--datadir", filepath.Join(t.TempDir(), "new"), "--ipcdisable", "--port", fmt.Sprint(freePort(t)),
			"--authrpc.port", fmt.Sprint(freePort(t)), "--offline"}, more...)
	}
	dev := []string{"--dev", "--ipcdisable", "--offline"}
	shortSecret := writeFile(t, "jwt", "0x12\n")
	for _, c := range []struct {
		name    string
		args    []string
		level   finding.Level
		subject string
		words   string
	}{
		{"validator", validator(), finding.OK, "kind of node", "validator this with power 1 of 2; not a key server"},
		{"follower", follower(), finding.OK, "kind of node", "follower of 2 validators: it makes no blocks; not a key server"},
		{"key server", server("--secretstore", "--secretstore.http.port", fmt.Sprint(freePort(t)), "--secretstore.acl", "0x00000000000000000000000000000000000000aa"),
			finding.OK, "kind of node", `validator this with power 1 of 2; key server of cluster "main"`},
		{"external client", plain(), finding.OK, "kind of node", "external consensus client; not a key server"},
		{"Sepolia", plain("--sepolia"), finding.OK, "kind of node", "node of sepolia"},
		{"development chain", dev, finding.OK, "kind of node", "development chain"},
		{"development key", dev, finding.OK, "node key", "in memory"},
		{"key will be made", plain(), finding.OK, "node key", "will be made at the first start"},
		{"directory will be made", plain(), finding.OK, "data directory", "will be made"},
		{"development key server", append(dev, "--secretstore", "--secretstore.http.port", fmt.Sprint(freePort(t))), finding.OK, "share store", "temporary"},
		{"validator's chain", validator(), finding.OK, "consensus data", "without blocks yet"},
		{"not initialized", append(validator(), "--datadir", newCheckedNode(t).dir), finding.Error, "network file", "no validator list"},
		{"consensus in memory", append(validator()[2:], "--config", writeFile(t, "memory.toml", "[Node]\nDataDir = \"\"\n")), finding.Error, "network file", "needs a data directory"},
		{"consensus left out", plain("--datadir", n.dir), finding.Error, "network file", "PoA is switched off"},
		{"consensus and dev", validator("--dev"), finding.Error, "configuration", "--dev makes blocks itself"},
		{"malformed peer", validator("--poa.peers", "here"), finding.Error, "consensus peers", "entry 1"},
		{"no peers", validator("--poa.peers", ""), finding.Warning, "consensus peers", "no entry but its own"},
		{"follower without peers", follower("--poa.peers", ""), finding.Error, "consensus peers", "only from nodes that it dials"},
		{"network id", validator("--networkid", "8"), finding.Error, "chain settings", "NetworkId is 8, but the chain id is 7"},
		{"right network id", validator("--networkid", "7"), finding.OK, "chain settings", "the node accepts them"},
		{"hash scheme on a path chain", validator("--state.scheme", "hash"), finding.Error, "chain settings", "scheme"},
		{"two minimums", validator("--miner.gasprice", "5", "--txpool.pricelimit", "6"), finding.Error, "chain settings", "would wait for ever"},
		{"moved fork", validator("--override.osaka", "5"), finding.Error, "chain settings", "OverrideOsaka"},
		{"genesis by an option", validator("--sepolia"), finding.Error, "chain settings", "a genesis is given"},
		{"directory of another network", plain("--datadir", n.dir, "--sepolia"), finding.Error, "chain settings", "the options ask for"},
		{"engine secret", plain("--authrpc.jwtsecret", shortSecret), finding.Error, "engine API", "secret"},
		{"pprof open", plain("--pprof", "--pprof.addr", "0.0.0.0", "--pprof.port", fmt.Sprint(freePort(t))), finding.Warning, "pprof", "profiler"},
		{"metrics open", plain("--metrics", "--metrics.addr", "0.0.0.0", "--metrics.port", fmt.Sprint(freePort(t))), finding.Warning, "metrics", "open to the network"},
		{"admin open", plain("--http", "--http.addr", "0.0.0.0", "--http.port", fmt.Sprint(freePort(t)), "--http.api", "eth,admin"), finding.Error, "JSON-RPC over HTTP", "admin"},
		{"memory limit", validator("--memorylimit", "1000"), finding.Warning, "memory", "--memorylimit allows 1000 MiB"},
		{"cache", validator("--memorylimit", "4000", "--cache", "300"), finding.OK, "memory", "may take 225 MiB"},
		{"large floor", validator("--datadir.minfreedisk", "1000000000"), finding.Error, "disk", "does not start"},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings, failed := checkConfig(t, c.args...)
			if !findingtest.Has(findings, c.level, c.subject, c.words) {
				t.Errorf("no %s of %q about %q among %q", c.level, c.words, c.subject, findings)
			}
			if want := findings.Worst() == finding.Error; failed != want || c.level == finding.Error && !failed {
				t.Errorf("exit as if failed %v: %q", failed, findings)
			}
		})
	}
}

// TestCheckConfigSecret: whether the password or the key opens the shares is tried before the node does.
func TestCheckConfigSecret(t *testing.T) {
	n, genesis, args := newCheckedPoA(t, true)
	dir := filepath.Join(n.dir, "geth-ss", "secretstore")
	right, wrong := writeFile(t, "right", "a long enough password\n"), writeFile(t, "wrong", "another long password\n")
	secret, err := store.ReadPasswordFile(right)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(dir, secret)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, password string, level finding.Level, words string, more ...string) {
		t.Helper()
		all := args(append(more, "--secretstore", "--secretstore.http.port", fmt.Sprint(freePort(t)), "--secretstore.acl", "none", "--secretstore.passwordfile", password)...)
		findings, failed := checkConfig(t, all...)
		if !findingtest.Has(findings, level, "share store", words) || failed != (level == finding.Error) {
			t.Errorf("%s: no %s of %q among %q", name, level, words, findings)
		}
		if strings.Contains(fmt.Sprint(findings), "long enough") {
			t.Errorf("%s: a password is printed", name)
		}
	}
	check("open elsewhere", wrong, finding.Warning, "another process has it open")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := tree(t, n.dir)
	check("never bound", right, finding.OK, "no node has used it yet")
	check("wrong", wrong, finding.Error, "wrong password or key file")
	if tree(t, n.dir) != before {
		t.Error("check-config has changed a file")
	}

	if db, err = store.Open(dir, secret); err != nil {
		t.Fatal(err)
	}
	self := wire.NodeIDOf(&n.key.PublicKey)
	if err := db.Bind(store.Owner{Node: self, Cluster: wire.MakeClusterID(genesis.Genesis.ToBlock().Hash(), "main"), Servers: []wire.NodeID{self}}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	before = tree(t, n.dir)
	check("right", right, finding.OK, "the secret opens it, and it is this node's")
	check("another cluster", right, finding.Error, "belongs to cluster", "--secretstore.cluster", "other")
	stranger := newCheckedNode(t)
	check("another node", right, finding.Error, "belongs to key server", "--nodekey", filepath.Join(stranger.dir, "geth-ss", "nodekey"))
	if tree(t, n.dir) != before {
		t.Error("check-config has changed a file")
	}
	if err := os.Truncate(filepath.Join(dir, "db", "CURRENT"), 0); err != nil {
		t.Fatal(err)
	}
	check("damaged", right, finding.Error, "is damaged")
}

// TestCheckConfigDoesNothing: it is given what the node is started with, and opens no port, log file or profile of it, makes no
// account, and changes no file. Its former name is the same command.
func TestCheckConfigDoesNothing(t *testing.T) {
	n, _, args := newCheckedPoA(t, true)
	taken, err := net.Listen("tcp", "127.0.0.1:0") // as by the running node
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	before := tree(t, n.dir)
	port := strings.Split(taken.Addr().String(), ":")[1]
	logs := filepath.Join(n.dir, "node.log")
	options := args("--log.file", logs, "--pprof", "--pprof.port", port, "--pprof.cpuprofile", filepath.Join(n.dir, "cpu"))
	first, _ := checkConfig(t, options...)
	if !findingtest.Has(first, finding.Error, "ports", "pprof") || !findingtest.Has(first, finding.OK, "kind of node", "validator this") {
		t.Errorf("%q", first)
	}
	if l, _ := checkConfig(t, "--dev", "--datadir", n.dir, "--ipcdisable", "--offline"); !findingtest.Has(l, finding.OK, "kind of node", "development chain") {
		t.Errorf("%q", l)
	}
	if tree(t, n.dir) != before {
		t.Error("check-config has changed a file")
	}

	former := func(words ...string) finding.List {
		out, _ := command(t, append(words, options...)...).Output()
		var l finding.List
		if err := json.Unmarshal(out, &l); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return l
	}
	now, then := former("check-config", "--json"), former("secretstore", "check-config", "--json")
	for i := range now {
		if i >= len(then) || now[i].Subject != "disk" && now[i].What != then[i].What && now[i].Subject != "memory" {
			t.Errorf("the two names differ: %q and %q", now, then)
			break
		}
	}
}
