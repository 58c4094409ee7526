package poa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	cmtp2p "github.com/cometbft/cometbft/proto/tendermint/p2p"
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
	id, _, err := introduce(ctx, addr, key, network)
	return err == nil && id == key.ID()
}

// introduce asks who answers at an address: the transport proves the id, and with it the other says of itself what it says to
// every peer. It closes the connection then. Where somebody holds a transport key but says nothing of itself, info is nil.
func introduce(ctx context.Context, addr string, key *p2p.NodeKey, network string) (id p2p.ID, info *p2p.DefaultNodeInfo, err error) {
	raw, err := (&net.Dialer{Timeout: twinDialTimeout}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", nil, err
	}
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { raw.Close() })()
	if err := raw.SetDeadline(time.Now().Add(twinTimeout)); err != nil {
		return "", nil, err
	}
	defer guard(&err)
	c, err := conn.MakeSecretConnection(raw, key.PrivKey)
	var silence net.Error
	switch {
	case errors.As(err, &silence), errors.Is(err, io.EOF): // frozen, ending, or busy
		return "", nil, err
	case err != nil:
		return "", nil, fmt.Errorf("%w: %w", ErrNoConsensus, err)
	}
	id = p2p.PubKeyToID(c.RemotePubKey())
	// As much of an introduction as the other needs to recognize itself.
	self := p2p.DefaultNodeInfo{DefaultNodeID: key.ID(), ListenAddr: raw.LocalAddr().String(), Network: network, Moniker: plainMoniker}
	protoio.NewDelimitedWriter(c).WriteMsg(self.ToProto())
	var said cmtp2p.DefaultNodeInfo
	if _, err := protoio.NewDelimitedReader(c, p2p.MaxNodeInfoSize()).ReadMsg(&said); err != nil {
		return id, nil, nil // it gave up, or is of another kind
	}
	there, err := p2p.DefaultNodeInfoFromToProto(&said)
	if err != nil {
		return id, nil, nil
	}
	return id, &there, nil
}
