package main

import (
	"crypto/ecdsa"
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
)

// checkConfig runs the command and gives its findings and whether it found errors.
func checkConfig(t *testing.T, args ...string) (findings finding.List, failed bool) {
	t.Helper()
	out, err := command(t, append([]string{"check-config", "--json"}, args...)...).Output()
	if uerr := json.Unmarshal(out, &findings); uerr != nil {
		t.Fatalf("check-config %s: %v, %v\n%s", strings.Join(args, " "), uerr, err, out)
	}
	return findings, err != nil
}

// checkedNode is a data directory with a node key, and options that are right.
type checkedNode struct {
	dir, public string
	port        int
	key         *ecdsa.PrivateKey
}

func newCheckedNode(t *testing.T) *checkedNode {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	n := &checkedNode{dir: t.TempDir(), key: key, port: freePort(t), public: fmt.Sprintf("%x", crypto.FromECDSAPub(&key.PublicKey)[1:])}
	if err := os.MkdirAll(filepath.Join(n.dir, "geth-ss"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := crypto.SaveECDSA(filepath.Join(n.dir, "geth-ss", "nodekey"), key); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *checkedNode) enode() string { return fmt.Sprintf("enode://%s@127.0.0.1:%d", n.public, n.port) }

// args are options that are right, and more.
func (n *checkedNode) args(t *testing.T, servers []string, more ...string) []string {
	return append([]string{"--datadir", n.dir, "--ipcdisable", "--secretstore", "--port", fmt.Sprint(n.port), "--authrpc.port", fmt.Sprint(freePort(t)),
		"--secretstore.http.port", fmt.Sprint(freePort(t)), "--secretstore.acl", "0x00000000000000000000000000000000000000aa",
		"--secretstore.nodes", strings.Join(servers, ",")}, more...)
}

func TestCheckConfig(t *testing.T) {
	n, other := newCheckedNode(t), newCheckedNode(t)
	both := []string{n.enode(), other.enode()}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := func(text string, mode os.FileMode) string {
		path := writeFile(t, "file", text)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	noKey := t.TempDir()
	for _, c := range []struct {
		name    string
		args    []string
		level   finding.Level
		subject string
		words   string
	}{
		{"all right", n.args(t, both), finding.OK, "key servers", "2, this node among them"},
		{"right thresholds", n.args(t, both), finding.OK, "thresholds", "up to threshold 0"},
		{"switched off", n.args(t, both, "--secretstore=false"), finding.Warning, "kind of node", "switched off"},
		{"no such file", n.args(t, both, "--config", "/no/such/file"), finding.Error, "configuration", "no such file"},
		{"unknown word in the file", n.args(t, both, "--config", file("[SecretStore]\nNodez = []\n", 0o600)), finding.Error, "configuration", "Nodez"},
		{"no node key", append(n.args(t, both), "--datadir", noKey), finding.Error, "node key", "is not there"},
		{"malformed entry", n.args(t, []string{"enode://12@127.0.0.1:1"}), finding.Error, "key servers", "128 hex digits"},
		{"consensus peer id", n.args(t, []string{"667f06a8ebf1565a4abc2e995dc703838177fbe0@127.0.0.1:26656"}), finding.Error, "key servers", "128 hex digits"},
		{"listed twice", n.args(t, []string{n.enode(), strings.Replace(n.enode(), "127.0.0.1", "127.0.0.2", 1)}), finding.Error, "key servers", "listed twice"},
		{"same address", n.args(t, []string{n.enode(), strings.Replace(n.enode(), n.public, other.public, 1)}), finding.Error, "key servers", "same address"},
		{"not in its own list", n.args(t, []string{other.enode()}), finding.Warning, "key servers", "not in its own list"},
		{"own port", n.args(t, both, "--port", fmt.Sprint(freePort(t))), finding.Warning, "key servers", "listens on port"},
		{"alone", n.args(t, nil), finding.Warning, "key servers", "cluster of one"},
		{"loopback", n.args(t, []string{n.enode(), strings.Replace(other.enode(), "127.0.0.1", "192.0.2.1", 1)}), finding.Warning, "key servers", "loopback"},
		{"threshold too high for wallets", n.args(t, both, "--secretstore.min-wallet-threshold", "2"), finding.Error, "thresholds", "MinWalletThreshold is 2"},
		{"threshold too high", n.args(t, both, "--secretstore.min-threshold", "2"), finding.Error, "thresholds", "MinThreshold is 2"},
		{"threshold high", n.args(t, both, "--secretstore.min-threshold", "1"), finding.Warning, "thresholds", "can't be made while"},
		{"two ports the same", n.args(t, both, "--http", "--http.port", fmt.Sprint(n.port)), finding.Error, "ports", "both want port"},
		{"port taken", n.args(t, both, "--secretstore.http.port", fmt.Sprint(taken.Addr().(*net.TCPAddr).Port)), finding.Error, "ports", "can't listen on"},
		{"registry without registrar", n.args(t, both, "--secretstore.acl", "registry"), finding.Error, "configuration", "registrar"},
		{"everybody admitted", n.args(t, both, "--secretstore.acl", "none"), finding.Warning, "permissions", "OPEN"},
		{"nobody admitted", n.args(t, both, "--secretstore.acl", ""), finding.Warning, "permissions", "every read and every signature will be denied"},
		{"registrar unused", n.args(t, both, "--secretstore.registrar", "0x00000000000000000000000000000000000000bb"), finding.Warning, "permissions", "not used"},
		{"legacy refused", n.args(t, both, "--secretstore.refuse-legacy"), finding.Warning, "policy", "Parity's clients"},
		{"no password file", n.args(t, both, "--secretstore.passwordfile", "/no/such/file"), finding.Error, "share store", "no such file"},
		{"open password file", n.args(t, both, "--secretstore.passwordfile", file("a long enough password", 0o644)), finding.Warning, "share store", "read by others"},
		{"short password", n.args(t, both, "--secretstore.passwordfile", file("short", 0o600)), finding.Warning, "share store", "5 characters"},
		{"key beside", n.args(t, both), finding.Warning, "share store", "beside the shares"},
		{"half a TLS pair", n.args(t, both, "--secretstore.http.tlscert", "cert.pem"), finding.Error, "configuration", "TLS needs both"},
		{"broken TLS pair", n.args(t, both, "--secretstore.http.tlscert", file("no", 0o600), "--secretstore.http.tlskey", file("no", 0o600)), finding.Error, "TLS", ""},
		{"no TLS outside", n.args(t, both, "--secretstore.http.host", "0.0.0.0"), finding.Warning, "HTTP API", "without TLS"},
		{"every origin", n.args(t, both, "--secretstore.http.host", "0.0.0.0", "--secretstore.http.cors", "*"), finding.Warning, "HTTP API", "every origin"},
		{"no chain", n.args(t, both, "--poa", "--poa.listenaddr", fmt.Sprintf("127.0.0.1:%d", freePort(t))), finding.Error, "network file", "no validator list"},
		{"no data directory", append(n.args(t, both), "--datadir", "/no/such/directory"), finding.Error, "data directory", "is not there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings, failed := checkConfig(t, append(c.args, "--offline")...)
			if !findingtest.Has(findings, c.level, c.subject, c.words) {
				t.Errorf("no %s of %q about %q among %+v", c.level, c.words, c.subject, findings)
			}
			if c.level == finding.Error != failed {
				t.Errorf("exit as if failed %v: %+v", failed, findings)
			}
		})
	}
	if entries, _ := os.ReadDir(noKey); len(entries) != 0 {
		t.Errorf("it made %v", entries)
	}
}
