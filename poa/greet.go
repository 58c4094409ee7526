package poa

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	cmtp2p "github.com/cometbft/cometbft/proto/tendermint/p2p"
)

// Greeting is what a consensus node says of itself to whoever connects, before it has looked at who that is.
type Greeting struct {
	ID      string // consensus peer id; the connection proves it
	Network string // name of its network in consensus, by its own word; "" if it said nothing more
	Block   uint64 // version of consensus' blocks, likewise
	moniker string // what it announces, see announce.go; unread
}

var (
	// ErrNobody means that there was no TCP connection: nobody listens, the address is wrong, or a firewall is between.
	ErrNobody = errors.New("nobody answers")

	// ErrNoConsensus means that something listens there which does not speak consensus' transport.
	ErrNoConsensus = errors.New("what answers there is not a consensus node")
)

// greetTimeout bounds a greeting whose context has no earlier end.
const greetTimeout = 5 * time.Second

// Greet connects to the consensus transport at host:port, as a stranger, and reads what the node there says of itself. It
// introduces nobody, so the other node takes no peer and remembers nothing. The error is an ErrNobody or an ErrNoConsensus.
func Greet(ctx context.Context, addr string) (g *Greeting, err error) {
	ctx, cancel := context.WithTimeout(ctx, greetTimeout)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { raw.Close() })()
	defer guard(&err)
	secret, err := conn.MakeSecretConnection(raw, cmted25519.GenPrivKey())
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%w: it accepts the connection and says nothing", ErrNoConsensus)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoConsensus, err)
	}
	g = &Greeting{ID: string(p2p.PubKeyToID(secret.RemotePubKey()))}
	var info cmtp2p.DefaultNodeInfo
	if _, err := protoio.NewDelimitedReader(secret, p2p.MaxNodeInfoSize()).ReadMsg(&info); err == nil {
		g.Network, g.Block, g.moniker = info.Network, info.ProtocolVersion.Block, info.Moniker
	}
	return g, nil
}

// guard makes an error of a panic at what a stranger sends, as CometBFT does around its own handshakes.
func guard(err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("%w: %v", ErrNoConsensus, cause)
	}
}
