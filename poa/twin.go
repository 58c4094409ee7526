package poa

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
)

const (
	twinDialTimeout = time.Second
	twinTimeout     = 3 * time.Second // for the handshake
)

// findTwin asks, before this node listens, whether somebody answers at the
// addresses the network has for it. Whoever proves there to hold the key of our
// transport runs with our node key: two such validators would vote against each
// other, and for the time being each would only see that nobody takes its
// connections. The twin learns of us too, and says so in its log.
//
// Nobody, or somebody else, at the address is no error: it may be one that is
// reached from outside only.
func findTwin(ctx context.Context, peers []string, self identity, key *p2p.NodeKey, network string) error {
	for _, p := range peers {
		who, addr, err := splitPeer(p)
		if err != nil || !self.is(who) {
			continue
		}
		if meets(ctx, addr, key, network) {
			return fmt.Errorf("another process runs with this node key: it answers at %s, which is this node's own entry in PoA.Peers; stop it first, and never run one node key twice", addr)
		}
	}
	return nil
}

// meets tells whether the holder of key answers at an address.
func meets(ctx context.Context, addr string, key *p2p.NodeKey, network string) bool {
	raw, err := (&net.Dialer{Timeout: twinDialTimeout}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { raw.Close() })()
	if err := raw.SetDeadline(time.Now().Add(twinTimeout)); err != nil {
		return false
	}
	c, err := conn.MakeSecretConnection(raw, key.PrivKey)
	if err != nil || p2p.PubKeyToID(c.RemotePubKey()) != key.ID() {
		return false
	}
	// As much of an introduction as the other needs to recognize itself.
	self := p2p.DefaultNodeInfo{DefaultNodeID: key.ID(), ListenAddr: raw.LocalAddr().String(), Network: network, Moniker: plainMoniker}
	protoio.NewDelimitedWriter(c).WriteMsg(self.ToProto())
	var answer [1]byte
	c.Read(answer[:]) // until it introduced itself, or gave up
	return true
}
