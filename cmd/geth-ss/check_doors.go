package main

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/geth-ss/geth-ss/rpcapi"
)

// listener is a port that the node will listen on.
type listener struct{ what, host, port string }

func (l listener) address() string { return net.JoinHostPort(l.host, l.port) }

// overlaps tells whether two listeners can't both be.
func (l listener) overlaps(o listener) bool {
	return l.port == o.port && l.port != "0" && (l.host == o.host || everywhere(l.host) || everywhere(o.host))
}

func everywhere(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }

// loopback tells whether only this machine reaches a listener at host.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// rpcHosts are where HTTP and WebSocket are served, "" for not. On one port both are served where WebSocket is.
func (c *checkup) rpcHosts() (http, ws string) {
	n := &c.cfg.Node
	if n.HTTPHost != "" && n.WSHost != "" && n.HTTPPort == n.WSPort {
		return n.WSHost, n.WSHost
	}
	return n.HTTPHost, n.WSHost
}

func (c *checkup) listeners() (all []listener) {
	add := func(on bool, what, host string, port int) {
		if on {
			all = append(all, listener{what, host, strconv.Itoa(port)})
		}
	}
	addAddress := func(on bool, what, address string) {
		if host, port, err := net.SplitHostPort(address); err == nil && on {
			all = append(all, listener{what, host, port})
		}
	}
	n, s := &c.cfg.Node, &c.cfg.SecretStore
	addAddress(!c.dev, "devp2p (Node.P2P.ListenAddr)", n.P2P.ListenAddr)
	addAddress(c.cfg.PoA.Enabled, "consensus (PoA.ListenAddr)", c.cfg.PoA.ListenAddr)
	http, ws := c.rpcHosts()
	add(http != "", "JSON-RPC (Node.HTTPPort)", http, n.HTTPPort)
	add(ws != "" && (http == "" || n.WSPort != n.HTTPPort), "WebSocket (Node.WSPort)", ws, n.WSPort)
	add(c.hasEngine(), "engine API (Node.AuthPort)", n.AuthAddr, n.AuthPort)
	add(s.Enabled && s.HTTP.Enabled, "Secret Store HTTP (SecretStore.HTTP.Port)", s.HTTP.Host, s.HTTP.Port)
	add(c.hasMetrics(), "metrics (Metrics.Port)", c.cfg.Metrics.HTTP, c.cfg.Metrics.Port)
	addAddress(c.pprof != "", "pprof (--pprof.port)", c.pprof)
	return all
}

// hasEngine: an external consensus client brings the blocks.
func (c *checkup) hasEngine() bool { return !c.cfg.PoA.Enabled && !c.dev }

func (c *checkup) hasMetrics() bool { return c.cfg.Metrics.Enabled && c.cfg.Metrics.HTTP != "" }

// checkPorts looks for two uses of one port, and for ports that others have taken.
func (c *checkup) checkPorts() {
	const subject = "ports"
	all, bad := c.listeners(), 0
	for i, l := range all {
		for _, o := range all[:i] {
			if l.overlaps(o) {
				bad++
				c.Fail(subject, "give one of the two another port", "%s and %s both want port %s", o.what, l.what, l.port)
			}
		}
		if c.node != nil {
			continue // they are taken by the node itself
		}
		if sock, err := net.Listen("tcp", l.address()); err != nil {
			bad++
			c.Fail(subject, "stop the program that uses it (another node?), or give another address", "%s can't listen on %s: %v", l.what, l.address(), err)
		} else {
			sock.Close()
		}
	}
	if bad == 0 {
		c.OK(subject, "%d, no two the same%s", len(all), map[bool]string{true: ", all free", false: "; the node runs"}[c.node == nil])
	}
}

// operatorsModules are namespaces of JSON-RPC that change the node, or show what is its operator's alone.
var operatorsModules = []string{"admin", "debug", "dev", "engine", "miner", "personal", "ssadmin", "testing"}

// checkDoors judges who can reach what. What only this machine reaches is fine.
func (c *checkup) checkDoors() {
	before := len(c.List)
	n, s := &c.cfg.Node, &c.cfg.SecretStore
	http, ws := c.rpcHosts()
	c.checkRPC("JSON-RPC over HTTP", "HTTPModules in [Node], --http.api", http, n.HTTPPort, n.HTTPModules)
	c.checkRPC("JSON-RPC over WebSocket", "WSModules in [Node], --ws.api", ws, n.WSPort, n.WSModules)
	c.checkWildcards("JSON-RPC over HTTP", http, n.HTTPCors, "HTTPCors in [Node], --http.corsdomain", n.HTTPVirtualHosts, "HTTPVirtualHosts in [Node], --http.vhosts")
	c.checkWildcards("JSON-RPC over WebSocket", ws, n.WSOrigins, "WSOrigins in [Node], --ws.origins", nil, "")
	if c.graphQL {
		c.checkWildcards("GraphQL", http, n.GraphQLCors, "GraphQLCors in [Node], --graphql.corsdomain", n.GraphQLVirtualHosts, "GraphQLVirtualHosts in [Node], --graphql.vhosts")
	}
	if host := n.AuthAddr; c.hasEngine() && !loopback(host) {
		c.Warn("engine API", "listen on 127.0.0.1, or on a network that only the consensus client is on (AuthAddr in [Node], --authrpc.addr)",
			"it is open to the network on %s without TLS: anyone who sees a token made with the JWT secret can give this node blocks", at(host, n.AuthPort))
	}
	if s.Enabled && s.HTTP.Enabled && !loopback(s.HTTP.Host) {
		if s.HTTP.TLSCert == "" {
			c.Warn("HTTP API", "set TLSCert and TLSKey, or put a proxy with TLS in front of it and listen on 127.0.0.1",
				"it is open to the network on %s without TLS, and requests carry signatures that never expire", at(s.HTTP.Host, s.HTTP.Port))
		}
		c.checkWildcards("HTTP API", cmp.Or(s.HTTP.Host, "::"), s.HTTP.Cors, "Cors in [SecretStore.HTTP], --secretstore.http.cors", nil, "")
	}
	c.checkOperatorsDoors()
	if len(c.List) == before {
		c.OK("doors", "nothing is open to the network that should not be")
	}
}

// checkOperatorsDoors looks at those that show how the node does.
func (c *checkup) checkOperatorsDoors() {
	if m := &c.cfg.Metrics; c.hasMetrics() && !loopback(m.HTTP) {
		c.Warn("metrics", "listen on 127.0.0.1, or let a firewall admit only the machine that collects them (HTTP in [Metrics], --metrics.addr)",
			"they are open to the network on %s, without TLS or a password", at(m.HTTP, m.Port))
	}
	if host, _, err := net.SplitHostPort(c.pprof); err == nil && !loopback(host) {
		c.Warn("pprof", "listen on 127.0.0.1 (--pprof.addr)", "the profiler is open to the network on %s: anyone who reaches it can slow the node down, and sees its command line", c.pprof)
	}
}

func at(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// checkRPC judges what a door of JSON-RPC answers to the network.
func (c *checkup) checkRPC(subject, setting, host string, port int, modules []string) {
	if host == "" || loopback(host) {
		return
	}
	where := at(host, port)
	answers := func(module string) bool { return len(modules) == 0 || slices.Contains(modules, module) }
	if len(modules) == 0 {
		c.Fail(subject, "name what clients need, as eth, net and web3 ("+setting+")",
			"it is open to the network on %s with an empty list of modules, which means all modules, admin and debug included", where)
	} else if bad := slices.DeleteFunc(slices.Clone(operatorsModules), func(m string) bool { return !answers(m) }); len(bad) > 0 {
		c.Fail(subject, "remove them ("+setting+"), or listen on 127.0.0.1; operators can use IPC", "it is open to the network on %s and serves %s there, which are for operators only",
			where, strings.Join(bad, ", "))
	}
	if c.cfg.SecretStore.PasswordRPC && answers(rpcapi.Namespace) {
		c.Fail(subject, "set PasswordRPC = false in [SecretStore], or listen on 127.0.0.1",
			"it is open to the network on %s, and with PasswordRPC clients send it account passwords, unencrypted", where)
	}
	if c.dev {
		c.Warn(subject, "listen on 127.0.0.1", "it is open to the network on %s, and the development account is unlocked: anybody can send in its name", where)
	}
	c.Warn(subject, "put a proxy with TLS in front of it and listen on 127.0.0.1, or let a firewall admit only your clients", "it is open to the network on %s without TLS", where)
}

// checkWildcards looks for lists that exclude nobody.
func (c *checkup) checkWildcards(subject, host string, origins []string, originSetting string, vhosts []string, vhostSetting string) {
	if host == "" || loopback(host) {
		return
	}
	if slices.Contains(origins, "*") {
		c.Warn(subject, "name the origins of your dapps ("+originSetting+")", "web pages of every origin may use it")
	}
	if slices.Contains(vhosts, "*") {
		c.Warn(subject, "name the host names that clients use for it ("+vhostSetting+")", "it answers under every host name: a web page can point its own host name to this node, and so get past the list of origins")
	}
}
