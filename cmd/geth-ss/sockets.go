package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/urfave/cli/v2"
)

// socket is an address at which the node listens. One that is taken is told by its name and its setting, not by its
// number alone.
type socket struct {
	name    string // as in "JSON-RPC over HTTP"
	flag    string // of the command line, without dashes
	key     string // of the configuration file, with its section; "" if it has none
	network string // tcp or udp
	addr    string // host:port
}

// setting is how the socket is moved.
func (s socket) setting() string {
	if s.key == "" {
		return "--" + s.flag
	}
	return fmt.Sprintf("--%s (%s in the configuration file)", s.flag, s.key)
}

// sockets are all at which a node of this configuration listens but that of pprof, which is opened before.
func sockets(cfg *config, dev bool) (all []socket) {
	add := func(on bool, name, flag, key, network, addr string) {
		if on {
			all = append(all, socket{name, flag, key, network, addr})
		}
	}
	at := func(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
	n, s := &cfg.Node, &cfg.SecretStore
	discovery, discoveryFlag, discoveryKey := n.P2P.DiscAddr, utils.DiscoveryPortFlag.Name, "Node.P2P.DiscAddr"
	if discovery == "" {
		discovery = n.P2P.ListenAddr
	}
	add(!dev, "devp2p", utils.ListenPortFlag.Name, "Node.P2P.ListenAddr", "tcp", n.P2P.ListenAddr)
	add(!dev && !n.P2P.NoDiscovery, "discovery", discoveryFlag, discoveryKey, "udp", discovery)
	add(cfg.PoA.Enabled, "consensus", "poa.listenaddr", "PoA.ListenAddr", "tcp", cfg.PoA.ListenAddr)
	add(n.HTTPHost != "", "JSON-RPC over HTTP", utils.HTTPPortFlag.Name, "Node.HTTPPort", "tcp", at(n.HTTPHost, n.HTTPPort))
	ownWS := n.HTTPHost == "" || n.WSPort != n.HTTPPort // else one port serves both
	add(n.WSHost != "" && ownWS, "JSON-RPC over WebSocket", utils.WSPortFlag.Name, "Node.WSPort", "tcp", at(n.WSHost, n.WSPort))
	add(!cfg.PoA.Enabled && !dev, "the engine API", utils.AuthPortFlag.Name, "Node.AuthPort", "tcp", at(n.AuthAddr, n.AuthPort))
	add(s.Enabled && s.HTTP.Enabled, "the Secret Store HTTP API", "secretstore.http.port", "SecretStore.HTTP.Port", "tcp", at(s.HTTP.Host, s.HTTP.Port))
	add(cfg.Metrics.Enabled && cfg.Metrics.HTTP != "", "metrics", utils.MetricsPortFlag.Name, "Metrics.Port", "tcp", at(cfg.Metrics.HTTP, cfg.Metrics.Port))
	return all
}

// pprofSocket is that of --pprof.
func pprofSocket(ctx *cli.Context) socket {
	addr := net.JoinHostPort(ctx.String(pprofAddrFlag.Name), strconv.Itoa(ctx.Int(pprofPortFlag.Name)))
	return socket{"pprof", pprofPortFlag.Name, "", "tcp", addr}
}

// explainListen adds the name and the setting of the socket to an error of listening at it. Other errors come back as
// they are.
func explainListen(all []socket, err error) error {
	var failed *net.OpError
	if !errors.As(err, &failed) || failed.Op != "listen" || failed.Addr == nil {
		return err
	}
	at := matching(all, failed)
	if len(at) == 0 {
		return err
	}
	return fmt.Errorf("%w: %s", err, listenAdvice(at, err))
}

// matching are the sockets that are meant: those of that address, or, where names were resolved, of that port.
func matching(all []socket, failed *net.OpError) (at []socket) {
	var loose []socket
	host, port := splitAddr(failed.Addr.String())
	for _, s := range all {
		if h, p := splitAddr(s.addr); strings.HasPrefix(failed.Net, s.network) && p == port && p != "0" {
			loose = append(loose, s)
			if h == host {
				at = append(at, s)
			}
		}
	}
	if len(at) == 0 {
		return loose
	}
	return at
}

// splitAddr takes host:port apart; every address is the host "".
func splitAddr(addr string) (host, port string) {
	host, port, _ = net.SplitHostPort(addr)
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = ""
	}
	return host, port
}

func listenAdvice(at []socket, err error) string {
	switch first := at[0]; {
	case len(at) > 1:
		return fmt.Sprintf("%s and %s of this node have the same port: move one by %s, or the other by %s",
			first.name, at[1].name, first.setting(), at[1].setting())
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("another program or node uses the port of %s: stop it, or choose another port by %s", first.name, first.setting())
	case errors.Is(err, syscall.EACCES):
		return fmt.Sprintf("this user may not open the port of %s: choose one above 1023 by %s", first.name, first.setting())
	default:
		return fmt.Sprintf("that is the address of %s: choose another by %s", first.name, first.setting())
	}
}
