package poa

import (
	"context"
	"fmt"

	"github.com/cometbft/cometbft/p2p"
)

// otherNode is who answers in place of the node with a public key, as far as that can be told.
type otherNode struct {
	*Greeting
	kind   troubleKind
	reason string
}

func (o *otherNode) Error() string { return fmt.Sprintf("peer %s answers, but %s", o.ID, o.reason) }

// ask asks at an address for the consensus peer id of the node with a public key. The
// transport proves the id, and the announcement's signature that it is the node's: so
// nobody can be taken for it. It comes as a stranger, so that we are no peer there yet
// when the connection proper is made.
func ask(addr, node, network string) (p2p.ID, error) {
	g, err := Greet(context.Background(), addr)
	if err != nil {
		return "", err
	}
	id := p2p.ID(g.ID)
	if g.Network != network {
		return "", &otherNode{g, anotherNetwork, fmt.Sprintf("it belongs to network %.80q, this node to %s", g.Network, network)}
	}
	a, err := parseAnnouncement(g.moniker, network, id)
	if err == errSilent {
		return "", &otherNode{g, otherTrouble, "it runs an older version, which announces no public key; name it by this id if it is the right node"}
	} else if err != nil {
		return "", &otherNode{g, otherTrouble, fmt.Sprintf("what it announces can't be read: %v", err)}
	}
	if a.Key != node {
		return "", &otherNode{g, anotherNode, "it has the public key " + a.Key}
	}
	return id, nil
}
