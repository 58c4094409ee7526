package main

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/rlpx"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// helloMsg is the first message on a devp2p connection.
const helloMsg = 0

// peerHello is devp2p's hello; of its further fields nothing is wanted.
type peerHello struct {
	Version    uint64
	Name       string
	Caps       []p2p.Cap
	ListenPort uint64
	ID         []byte
	Rest       []rlp.RawValue `rlp:"tail"`
}

// errWrongKey means that somebody answers at the address, who does not have the key.
var errWrongKey = errors.New("what answers there does not have this key")

// dialPeer looks whether a key server answers, and gives what is to be reported of it.
func (c *checkup) dialPeer(k keyServer) func() {
	subject := "peer " + k.id.Short()
	hello, err := greet(k)
	switch {
	case errors.Is(err, errWrongKey):
		return func() {
			c.fail(subject, "ask its operator for the line that 'geth-ss identity' prints: either the id or the address in the list is another node's",
				"%s: %v", k.address(), err)
		}
	case err != nil:
		return func() {
			c.fail(subject, "see that it runs, that the address is right, and that the TCP port is open in its firewall", "%s: %v", k.address(), err)
		}
	case hello == nil:
		return func() { c.ok(subject, "%s: reachable, and has the right key", k.address()) }
	case !slices.ContainsFunc(hello.Caps, func(p p2p.Cap) bool { return p.Name == wire.ProtocolName }):
		return func() {
			c.fail(subject, "enable the Secret Store on that node", "%s: reachable, has the right key, and is no key server (%s)", k.address(), printableName(hello.Name))
		}
	}
	return func() {
		c.ok(subject, "%s: reachable, has the right key, and is a key server (%s)", k.address(), printableName(hello.Name))
	}
}

// printableName keeps a peer's text from steering a terminal.
func printableName(name string) string {
	if len(name) > 80 {
		name = name[:80]
	}
	return fmt.Sprintf("%q", name)
}

// greet makes a devp2p connection with a key of its own, which only succeeds with the
// holder of k's key, and reads the answer to its hello. No hello and no error: the node
// has the key and no room for a stranger.
func greet(k keyServer) (*peerHello, error) {
	conn, err := net.DialTimeout("tcp", k.address(), checkTimeout)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, err
	}
	c := rlpx.NewConn(conn, k.node.Pubkey())
	c.SetDeadline(time.Now().Add(checkTimeout))
	if _, err := c.Handshake(key); err != nil { // it can't read what is encrypted to that key
		return nil, fmt.Errorf("%w, or is no devp2p node (%v)", errWrongKey, err)
	}
	return exchangeHello(c, key), nil
}

func exchangeHello(c *rlpx.Conn, key *ecdsa.PrivateKey) *peerHello {
	own, err := rlp.EncodeToBytes(&peerHello{Version: 5, Name: clientIdentifier + " check-config",
		Caps: []p2p.Cap{{Name: wire.ProtocolName, Version: wire.FormerVersion}, {Name: wire.ProtocolName, Version: wire.ProtocolVersion}}, ID: crypto.FromECDSAPub(&key.PublicKey)[1:]})
	if err != nil {
		return nil
	}
	if _, err := c.Write(helloMsg, own); err != nil {
		return nil
	}
	code, payload, _, err := c.Read()
	if err != nil || code != helloMsg || len(payload) > 2048 {
		return nil
	}
	hello := new(peerHello)
	if rlp.DecodeBytes(payload, hello) != nil {
		return nil
	}
	return hello
}
