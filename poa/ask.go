package poa

import (
	"errors"
	"fmt"
	"net"
	"time"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	tmp2p "github.com/cometbft/cometbft/proto/tendermint/p2p"
)

// errOther: at the address is somebody else, or nobody that can be asked.
var errOther = errors.New("not the node with this public key")

// ask asks at an address for the consensus peer id of the node with a public key. The
// transport proves the id, and the announcement's signature that it is the node's: so
// nobody can be taken for it. Whoever connects is introduced to at once; the key that
// we connect with is made up, and we leave without a word, so that we are no peer yet
// when the connection proper is made.
func ask(addr, node, network string) (p2p.ID, error) {
	raw, err := (&net.Dialer{Timeout: twinDialTimeout}).Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer raw.Close()
	if err := raw.SetDeadline(time.Now().Add(twinTimeout)); err != nil {
		return "", err
	}
	c, err := conn.MakeSecretConnection(raw, cmted25519.GenPrivKey())
	if err != nil {
		return "", fmt.Errorf("ask who answers: %w", err)
	}
	var said tmp2p.DefaultNodeInfo
	if _, err := protoio.NewDelimitedReader(c, p2p.MaxNodeInfoSize()).ReadMsg(&said); err != nil {
		return "", fmt.Errorf("ask who answers: %w", err)
	}
	id := p2p.PubKeyToID(c.RemotePubKey())
	if said.Network != network {
		return "", fmt.Errorf("%w: peer %s is of network %.80q, this node of %s", errOther, id, said.Network, network)
	}
	a, err := parseAnnouncement(said.Moniker, network, id)
	if err == errSilent {
		return "", fmt.Errorf("%w: peer %s is of an older version, which tells no public key; name it by this id if it is the one", errOther, id)
	} else if err != nil {
		return "", fmt.Errorf("%w: what peer %s announces can't be read: %w", errOther, id, err)
	}
	if a.Key != node {
		return "", fmt.Errorf("%w: peer %s has %s", errOther, id, a.Key)
	}
	return id, nil
}
