package devnet

import (
	"fmt"
	"net"
)

// checkPorts finds ports that are out of range, meant for two things, or taken, before the nodes are started. The first ones
// run already and have theirs.
func checkPorts(nodes []*node, running int) error {
	users := make(map[int]string)
	for i, n := range nodes {
		for _, use := range []struct {
			port    int
			purpose string
			flag    string
		}{
			{n.rpcPort, "JSON-RPC", "--rpc-port"},
			{n.httpPort, "Secret Store HTTP", "--secretstore-port"},
			{n.p2pPort, "peer-to-peer", "--p2p-port"},
			{n.poaPort, "consensus", "--poa-port"},
		} {
			what := fmt.Sprintf("%s port %d of %s", use.purpose, use.port, n.name)
			if use.port < 1 || use.port > 65535 {
				return fmt.Errorf("%s is not a port: lower %s", what, use.flag)
			}
			if other, taken := users[use.port]; taken {
				return fmt.Errorf("%s is also the %s: move one with %s", what, other, use.flag)
			}
			users[use.port] = what
			if i < running {
				continue
			}
			if err := checkFree(use.port); err != nil {
				return fmt.Errorf("%s is in use (%w): choose others with %s, or stop what uses it", what, err, use.flag)
			}
		}
	}
	return nil
}

func checkFree(port int) error {
	l, err := net.Listen("tcp", addr(port))
	if err != nil {
		return err
	}
	return l.Close()
}
