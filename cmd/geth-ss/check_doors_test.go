package main

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/finding/findingtest"
)

// newCheckup is of a node with default settings and a changed configuration.
func newCheckup(change func(*checkup)) *checkup {
	c := &checkup{cfg: defaultConfig()}
	if change != nil {
		change(c)
	}
	return c
}

// TestCheckDoors: what is open to the network and should not be. The same on loopback is fine.
func TestCheckDoors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		open    func(c *checkup, host string)
		level   finding.Level
		subject string
		words   string
	}{
		"JSON-RPC": {func(c *checkup, host string) { c.cfg.Node.HTTPHost = host }, finding.Warning, "JSON-RPC over HTTP", "without TLS"},
		"admin over HTTP": {func(c *checkup, host string) {
			c.cfg.Node.HTTPHost, c.cfg.Node.HTTPModules = host, []string{"eth", "admin"}
		},
			finding.Error, "JSON-RPC over HTTP", "serves admin there"},
		"debug over WebSocket": {func(c *checkup, host string) { c.cfg.Node.WSHost, c.cfg.Node.WSModules = host, []string{"debug"} },
			finding.Error, "JSON-RPC over WebSocket", "serves debug there"},
		"many": {func(c *checkup, host string) {
			c.cfg.Node.HTTPHost, c.cfg.Node.HTTPModules = host, []string{"personal", "miner", "engine", "ssadmin", "dev", "testing"}
		}, finding.Error, "JSON-RPC over HTTP", "serves dev, engine, miner, personal, ssadmin, testing there"},
		"no list of modules": {func(c *checkup, host string) { c.cfg.Node.HTTPHost, c.cfg.Node.HTTPModules = host, nil },
			finding.Error, "JSON-RPC over HTTP", "empty list of modules"},
		"HTTP where WebSocket is": {func(c *checkup, host string) {
			n := &c.cfg.Node
			n.HTTPHost, n.WSHost, n.WSPort, n.HTTPModules = "127.0.0.1", host, n.HTTPPort, []string{"admin"}
		}, finding.Error, "JSON-RPC over HTTP", "serves admin there"},
		"passwords": {func(c *checkup, host string) {
			c.cfg.Node.HTTPHost, c.cfg.Node.HTTPModules, c.cfg.SecretStore.PasswordRPC = host, []string{"eth", "secretstore"}, true
		}, finding.Error, "JSON-RPC over HTTP", "passwords"},
		"any origin": {func(c *checkup, host string) { c.cfg.Node.HTTPHost, c.cfg.Node.HTTPCors = host, []string{"*"} },
			finding.Warning, "JSON-RPC over HTTP", "every origin"},
		"any name": {func(c *checkup, host string) { c.cfg.Node.HTTPHost, c.cfg.Node.HTTPVirtualHosts = host, []string{"*"} },
			finding.Warning, "JSON-RPC over HTTP", "every host name"},
		"any origin of WebSocket": {func(c *checkup, host string) { c.cfg.Node.WSHost, c.cfg.Node.WSOrigins = host, []string{"*"} },
			finding.Warning, "JSON-RPC over WebSocket", "every origin"},
		"GraphQL's origins": {func(c *checkup, host string) {
			c.graphQL, c.cfg.Node.HTTPHost, c.cfg.Node.GraphQLCors = true, host, []string{"*"}
		}, finding.Warning, "GraphQL", "every origin"},
		"GraphQL's names": {func(c *checkup, host string) {
			c.graphQL, c.cfg.Node.HTTPHost, c.cfg.Node.GraphQLVirtualHosts = true, host, []string{"*"}
		}, finding.Warning, "GraphQL", "every host name"},
		"development account": {func(c *checkup, host string) { c.dev, c.cfg.Node.HTTPHost = true, host }, finding.Warning, "JSON-RPC over HTTP", "is unlocked"},
		"engine API":          {func(c *checkup, host string) { c.cfg.Node.AuthAddr = host }, finding.Warning, "engine API", "JWT secret"},
		"HTTP API": {func(c *checkup, host string) { c.cfg.SecretStore.Enabled, c.cfg.SecretStore.HTTP.Host = true, host },
			finding.Warning, "HTTP API", "without TLS"},
		"HTTP API's origins": {func(c *checkup, host string) {
			s := &c.cfg.SecretStore
			s.Enabled, s.HTTP.Host, s.HTTP.Cors, s.HTTP.TLSCert, s.HTTP.TLSKey = true, host, []string{"*"}, "cert", "key"
		}, finding.Warning, "HTTP API", "every origin"},
		"metrics": {func(c *checkup, host string) { c.cfg.Metrics.Enabled, c.cfg.Metrics.HTTP = true, host }, finding.Warning, "metrics", "without TLS or a password"},
		"pprof":   {func(c *checkup, host string) { c.pprof = net.JoinHostPort(host, "6060") }, finding.Warning, "pprof", "profiler"},
	} {
		for _, host := range []string{"0.0.0.0", "::", "192.0.2.1", "node.example"} {
			check := newCheckup(func(check *checkup) { c.open(check, host) })
			if check.checkDoors(); !findingtest.Has(check.List, c.level, c.subject, c.words) {
				t.Errorf("%s on %s: no %s of %q in %q", name, host, c.level, c.words, check.List)
			}
		}
		for _, host := range []string{"127.0.0.1", "::1", "localhost"} {
			check := newCheckup(func(check *checkup) { c.open(check, host) })
			if check.checkDoors(); check.Worst() != finding.OK || !findingtest.Has(check.List, finding.OK, "doors", "nothing is open") {
				t.Errorf("%s on %s: %q", name, host, check.List)
			}
		}
	}
}

// TestCheckDoorsOff: a door that is not there is not judged, however it is set.
func TestCheckDoorsOff(t *testing.T) {
	t.Parallel()
	all := []string{"*"}
	check := newCheckup(func(c *checkup) {
		n := &c.cfg.Node
		n.HTTPModules, n.WSModules, n.HTTPCors, n.HTTPVirtualHosts, n.WSOrigins, n.GraphQLCors = nil, nil, all, all, all, all
		n.AuthAddr, c.cfg.PoA.Enabled = "0.0.0.0", true
		c.cfg.SecretStore.PasswordRPC, c.cfg.SecretStore.HTTP.Host, c.cfg.Metrics.HTTP = true, "0.0.0.0", "0.0.0.0"
	})
	if check.checkDoors(); check.Worst() != finding.OK {
		t.Errorf("%q", check.List)
	}
}

// TestCheckPorts: two uses of one port, of any two doors, and a port that somebody else has.
func TestCheckPorts(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := func(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
	doors := map[string]func(c *checkup, port int){
		"devp2p": func(c *checkup, port int) { c.cfg.Node.P2P.ListenAddr = fmt.Sprintf("127.0.0.1:%d", port) },
		"consensus": func(c *checkup, port int) {
			c.cfg.PoA.Enabled, c.cfg.PoA.ListenAddr = true, fmt.Sprintf("127.0.0.1:%d", port)
		},
		"JSON-RPC":          func(c *checkup, port int) { c.cfg.Node.HTTPHost, c.cfg.Node.HTTPPort = "127.0.0.1", port },
		"engine API":        func(c *checkup, port int) { c.cfg.Node.AuthAddr, c.cfg.Node.AuthPort = "127.0.0.1", port },
		"Secret Store HTTP": func(c *checkup, port int) { c.cfg.SecretStore.Enabled, c.cfg.SecretStore.HTTP.Port = true, port },
		"metrics": func(c *checkup, port int) {
			c.cfg.Metrics.Enabled, c.cfg.Metrics.HTTP, c.cfg.Metrics.Port = true, "127.0.0.1", port
		},
		"pprof":              func(c *checkup, port int) { c.pprof = fmt.Sprintf("127.0.0.1:%d", port) },
		"WebSocket (Node.WS": func(c *checkup, port int) { c.cfg.Node.WSHost, c.cfg.Node.WSPort = "127.0.0.1", port },
	}
	for name, set := range doors {
		check := newCheckup(func(c *checkup) { set(c, port(taken)) })
		if check.checkPorts(); !findingtest.Has(check.List, finding.Error, "ports", name) || !findingtest.Has(check.List, finding.Error, "ports", "can't listen on") {
			t.Errorf("%s on a port that is taken: %q", name, check.List)
		}
		for other, setOther := range doors {
			both := name + other
			if name >= other || strings.Contains(both, "consensus") && strings.Contains(both, "engine") || // never there together
				strings.Contains(both, "JSON-RPC") && strings.Contains(both, "WebSocket") { // share one
				continue
			}
			check := newCheckup(func(c *checkup) { set(c, port(taken)); setOther(c, port(taken)) })
			if check.checkPorts(); !findingtest.Has(check.List, finding.Error, "ports", "both want port") {
				t.Errorf("%s and %s: %q", name, other, check.List)
			}
		}
	}
}
