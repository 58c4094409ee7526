package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/internal/keyfile"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// keyServer is one entry of the list of key servers.
type keyServer struct {
	id   wire.NodeID
	node *enode.Node
}

func (k keyServer) host() string {
	if name := k.node.Hostname(); name != "" {
		return name
	}
	return k.node.IPAddr().String()
}

func (k keyServer) address() string { return net.JoinHostPort(k.host(), strconv.Itoa(k.node.TCP())) }

// checkIdentity reads the node key, and never makes one.
func (c *checkup) checkIdentity() {
	const subject = "node key"
	path := c.cfg.Node.ResolvePath(nodeKeyFile)
	if c.cfg.Node.P2P.PrivateKey == nil && path != "" {
		key, err := keyfile.Load(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !c.cfg.PoA.Enabled && !c.cfg.SecretStore.Enabled:
			c.OK(subject, "%s will be made at the first start", path)
			return
		case errors.Is(err, fs.ErrNotExist):
			c.Fail(subject, "run 'geth-ss identity' with this data directory, or put the key back from your backup", "%s is not there", path)
			return
		case err != nil:
			c.Fail(subject, "put the key back from your backup", "the node key %v", err)
			return
		}
		c.cfg.Node.P2P.PrivateKey = key
		c.checkPrivate(subject, path)
	}
	key := c.cfg.Node.P2P.PrivateKey
	switch {
	case key == nil && c.dev:
		c.OK(subject, "kept in memory: a new one at each start")
		return
	case key == nil:
		c.Fail(subject, "give --datadir", "there is no data directory")
		return
	}
	c.self = wire.NodeIDOf(&key.PublicKey)
	if c.cfg.PoA.Enabled {
		c.OK(subject, "node %s, address %s, consensus peer %s", c.self.Short(), c.self.Address(), poa.PeerID(key))
	} else {
		c.OK(subject, "node %s, address %s", c.self.Short(), c.self.Address())
	}
}

// checkPrivate wants a file that its owner alone can read.
func (c *checkup) checkPrivate(subject, path string) {
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		c.Warn(subject, "chmod 600 "+path, "%s can be read by others (mode %o)", path, info.Mode().Perm())
	}
}

// checkKeyServer looks at what belongs to the key server.
func (c *checkup) checkKeyServer() {
	if !c.cfg.SecretStore.Enabled {
		return
	}
	c.checkServers()
	c.checkThresholds()
	c.checkPolicy()
	c.checkSecret()
	c.checkTLS()
}

// checkServers reads the list of key servers as the node will.
func (c *checkup) checkServers() {
	const subject = "key servers"
	at := make(map[wire.NodeID]string)  // where an id was first listed
	who := make(map[string]wire.NodeID) // whose an address is
	for i, text := range c.cfg.SecretStore.Nodes {
		node, err := serverset.ParseNode(text)
		if err != nil {
			c.Fail(subject, "ask its operator for the line that 'geth-ss identity' prints, and write enode://PUBLIC@HOST:PORT",
				"entry %d, %q: %v", i+1, text, err)
			continue
		}
		k := keyServer{wire.NodeIDOf(node.Pubkey()), node}
		if before, twice := at[k.id]; twice {
			c.Fail(subject, "keep the entry with the right address, and drop the other", "entry %d: %s is listed twice, at %s and at %s",
				i+1, k.id.Short(), before, k.address())
			continue
		}
		if other, taken := who[k.address()]; taken {
			c.Fail(subject, "correct one of the two addresses", "entry %d: %s and %s have the same address %s",
				i+1, other.Short(), k.id.Short(), k.address())
		}
		at[k.id], who[k.address()] = k.address(), k.id
		c.servers = append(c.servers, k)
	}
	c.checkOwnEntry(at)
	c.checkLoopback()
}

func (c *checkup) checkOwnEntry(at map[wire.NodeID]string) {
	const subject = "key servers"
	_, port, _ := net.SplitHostPort(c.cfg.Node.P2P.ListenAddr)
	own, listed := at[c.self]
	switch {
	case len(at) == 0:
		c.Warn(subject, "list all key servers in [SecretStore] Nodes, unless you want only this one", "the list is empty: this node is a cluster of one, and holds every key alone")
		return
	case c.self == wire.NodeID{}:
		return
	case !listed:
		c.Warn(subject, "make sure that the other key servers list this one; a node whose key was replaced has another id",
			"this node, %s, is not in its own list; it takes part anyway if the others list it", c.self.Short())
	case !strings.HasSuffix(own, ":"+port):
		c.Warn(subject, "correct the port in everybody's list, or ListenAddr in [Node.P2P]; leave it if a router translates the port",
			"others dial this node at %s, but it listens on port %s", own, port)
	default:
		c.OK(subject, "%d, this node among them at %s", len(at), own)
	}
}

// checkLoopback: an address that works on the machine where the list was written.
func (c *checkup) checkLoopback() {
	var here, away []string
	for _, k := range c.servers {
		if ip := k.node.IPAddr(); k.host() == "localhost" || ip.IsLoopback() {
			here = append(here, k.id.Short())
		} else if k.id != c.self {
			away = append(away, k.id.Short())
		}
	}
	if len(here) > 0 && len(away) > 0 {
		c.Warn("key servers", "write addresses that every key server can dial", "%s have loopback addresses, by which each machine means itself, but %s have not",
			strings.Join(here, ", "), strings.Join(away, ", "))
	}
}

// checkThresholds says what can be done with this many servers.
func (c *checkup) checkThresholds() {
	n := len(c.servers)
	if !slices.ContainsFunc(c.servers, func(k keyServer) bool { return k.id == c.self }) {
		n++ // the set contains this node in any case
	}
	least := int(c.cfg.SecretStore.MinThreshold)
	if wallets, err := c.cfg.SecretStore.WalletThreshold(n); err == nil && int(wallets) >= n && least < n {
		c.Fail("thresholds", "lower MinWalletThreshold, or add key servers", "MinWalletThreshold is %d, and a key of that threshold needs %d key servers, but there are %d", wallets, wallets+1, n)
		return
	}
	switch safe := (n - 1) / 3; {
	case least >= n:
		c.Fail("thresholds", "lower MinThreshold, or add key servers", "MinThreshold is %d, and a key of that threshold needs %d key servers, but there are %d", least, least+1, n)
	case least > safe:
		c.Warn("thresholds", "lower MinThreshold, or add key servers", "keys of threshold %d on %d key servers can't be made while %d of them are down; keys up to threshold %d can",
			least, n, least, safe)
	case n == 1:
		c.OK("thresholds", "one key server: threshold 0 only")
	default:
		c.OK("thresholds", "%d key servers: keys up to threshold %d can be made and used while that many servers are down or lie", n, safe)
	}
}

// checkPolicy says what the settings mean for clients.
func (c *checkup) checkPolicy() {
	s := &c.cfg.SecretStore
	kind := s.ACL
	if kind == "" && s.Registrar != "" {
		kind = "registry"
	}
	if setting, err := acl.ParseSetting(kind, s.Registrar); err == nil {
		if warning := setting.Warning(); warning != "" {
			c.Warn("permissions", "set ACL in [SecretStore]: a contract's address, or \"registry\" with Registrar", "%s", warning)
		} else {
			c.OK("permissions", "asked of %s", setting)
		}
		if setting.Kind == acl.Address && s.Registrar != "" && s.ServerSet != "registry" {
			c.Warn("permissions", "drop one of the two", "ACL is an address, so Registrar is not used")
		}
	}
	if s.RefuseLegacy {
		c.Warn("policy", "set RefuseLegacy = false while there are such clients; it must be the same on all key servers",
			"signatures over the bare key id are refused, so Parity's clients can't use this node")
	}
	if s.RefusePlain && !s.RefuseLegacy {
		c.OK("policy", "plain retrievals are refused: clients must use shadow retrieval")
	}
	if !s.RefusePlain {
		c.OK("policy", "plain retrievals are served: the contacted node learns the document key")
	}
}
