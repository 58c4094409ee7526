package devnet

import (
	"fmt"
	"net"
)

// checkPorts finds ports that are out of range, meant for two things, or taken, before the nodes are started. The first ones
// run already and have theirs. What the numbers alone show is said before any port is tried.
func checkPorts(nodes []*node, running int) error {
	users := make(map[int]string)
	for _, n := range nodes {
		for _, use := range n.ports() {
			if use.port < 1 || use.port > 65535 {
				return fmt.Errorf("%s is not a port: lower %s", use, use.flag)
			}
			if other, taken := users[use.port]; taken {
				return fmt.Errorf("%s is also the %s: move one with %s", use, other, use.flag)
			}
			users[use.port] = use.String()
		}
	}
	for _, n := range nodes[running:] {
		for _, use := range n.ports() {
			if err := checkFree(use.port); err != nil {
				return fmt.Errorf("%s is in use (%w): choose others with %s, or stop what uses it", use, err, use.flag)
			}
		}
	}
	return nil
}

// portUse is what a node needs a port for, and the flag that moves it.
type portUse struct {
	port                int
	purpose, node, flag string
}

func (u portUse) String() string { return fmt.Sprintf("%s port %d of %s", u.purpose, u.port, u.node) }

func (n *node) ports() []portUse {
	return []portUse{
		{n.rpcPort, "JSON-RPC", n.name, "--rpc-port"},
		{n.httpPort, "Secret Store HTTP", n.name, "--secretstore-port"},
		{n.p2pPort, "peer-to-peer", n.name, "--p2p-port"},
		{n.poaPort, "consensus", n.name, "--poa-port"},
	}
}

func checkFree(port int) error {
	l, err := net.Listen("tcp", addr(port))
	if err != nil {
		return err
	}
	return l.Close()
}
