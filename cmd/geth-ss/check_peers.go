package main

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/protocols/eth"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/rlpx"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Codes of devp2p's messages.
const (
	helloMsg  = 0
	firstMsg  = 16 // the first of the first protocol, in the order of their names
	maxHello  = 2 << 10
	maxStatus = 1 << 10
)

// peerHello is devp2p's hello; of its further fields nothing is wanted.
type peerHello struct {
	Version    uint64
	Name       string
	Caps       []p2p.Cap
	ListenPort uint64
	ID         []byte
	Rest       []rlp.RawValue `rlp:"tail"`
}

var (
	// errWrongKey means that somebody answers at the address, who does not have the key.
	errWrongKey = errors.New("what answers there does not have this key")

	// errNoDevp2p means that what answers there does not speak devp2p.
	errNoDevp2p = errors.New("what answers there is not a devp2p node")
)

// seen is what a key server shows to a stranger.
type seen struct {
	hello   *peerHello  // nil: it has no room for strangers
	genesis common.Hash // of its chain; zero if it did not say
}

// checkServersPeers dials the other key servers, all at once.
func (c *checkup) checkServersPeers() {
	others := slices.DeleteFunc(slices.Clone(c.servers), func(k keyServer) bool { return k.id == c.self })
	results := make([]chan func(), len(others))
	for i, k := range others {
		results[i] = make(chan func(), 1)
		go func() {
			s, err := greet(k)
			results[i] <- func() { c.judgeServer(k, s, err) }
		}()
	}
	for _, report := range results {
		(<-report)()
	}
}

// judgeServer says what came of dialling a key server.
func (c *checkup) judgeServer(k keyServer, s seen, err error) {
	subject, address := "peer "+k.id.Short(), k.address()
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		c.Fail(subject, "correct the host name in [SecretStore] Nodes, or mend this machine's DNS", "%s: the host name can't be resolved: %v", address, err)
		return
	case errors.Is(err, errWrongKey):
		c.Fail(subject, "ask its operator for the line that 'geth-ss identity' prints: either the id or the address in the list is another node's",
			"%s: reachable, but %v", address, err)
		return
	case errors.Is(err, errNoDevp2p):
		c.Fail(subject, "correct the port: devp2p listens at that node's ListenAddr in [Node.P2P], by default on 30303; consensus, JSON-RPC and the HTTP API have other ports",
			"%s: %v", address, err)
		return
	case err != nil:
		c.Fail(subject, "see that it runs, that the address is right, and that the TCP port is open in its firewall", "%s: %v", address, err)
		return
	case s.hello == nil:
		c.OK(subject, "%s: reachable, and has the right key; it has no room for another peer, so nothing more was asked", address)
		return
	}
	name := fmt.Sprintf("%.80q", s.hello.Name)
	at := slices.IndexFunc(s.hello.Caps, func(p p2p.Cap) bool { return p.Name == wire.ProtocolName })
	switch {
	case at < 0:
		c.Fail(subject, "enable the Secret Store on that node", "%s: reachable, has the right key, and is not a key server (%s)", address, name)
	case !slices.Contains(s.hello.Caps, p2p.Cap{Name: wire.ProtocolName, Version: wire.ProtocolVersion}) &&
		slices.Contains(s.hello.Caps, p2p.Cap{Name: wire.ProtocolName, Version: wire.FormerVersion}):
		c.Warn(subject, "upgrade that node", "%s: reachable, has the right key, and is a key server of the previous version: "+
			"no key is made with it, and no ECDSA signature is prepared with it (%s)", address, name)
	case !slices.Contains(s.hello.Caps, p2p.Cap{Name: wire.ProtocolName, Version: wire.ProtocolVersion}):
		c.Fail(subject, "run the same version of geth-ss on both", "%s: reachable, has the right key, and is a key server of another version: it speaks %v, and this one %s/%d (%s)",
			address, s.hello.Caps[at], wire.ProtocolName, wire.ProtocolVersion, name)
	case c.genesis != (common.Hash{}) && s.genesis != (common.Hash{}) && c.genesis != s.genesis:
		c.Fail(subject, "init both from the same network file, the wrong one on an empty data directory",
			"%s: reachable, has the right key, and is of another chain: its genesis block is %x…, here it is %x…", address, s.genesis[:4], c.genesis[:4])
	default:
		c.OK(subject, "%s: reachable, has the right key, and is a key server (%s)", address, name)
	}
}

// greet makes a devp2p connection with a key of its own, which only succeeds with the holder of k's key, and reads what the
// other says of itself. It says nothing of a chain, so the other node takes no peer.
func greet(k keyServer) (s seen, err error) {
	conn, err := net.DialTimeout("tcp", k.address(), checkTimeout)
	if err != nil {
		return s, err
	}
	defer conn.Close()
	key, err := crypto.GenerateKey()
	if err != nil {
		return s, err
	}
	c := rlpx.NewConn(conn, k.node.Pubkey())
	c.SetDeadline(time.Now().Add(checkTimeout))
	_, err = c.Handshake(key)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET): // it can't read what is encrypted to that key
		return s, fmt.Errorf("%w, or is not a devp2p node", errWrongKey)
	case err != nil:
		return s, fmt.Errorf("%w (%v)", errNoDevp2p, err)
	}
	if s.hello = exchangeHello(c, key); s.hello != nil && s.hello.Version >= 5 {
		c.SetSnappy(true)
		s.genesis = readGenesisHash(c)
	}
	return s, nil
}

// exchangeHello offers the protocol eth alone, so that the key servers' own does not begin with a stranger.
func exchangeHello(c *rlpx.Conn, key *ecdsa.PrivateKey) *peerHello {
	hello := &peerHello{Version: 5, Name: clientIdentifier + " " + checkConfigName, ID: crypto.FromECDSAPub(&key.PublicKey)[1:]}
	for _, version := range eth.ProtocolVersions {
		hello.Caps = append(hello.Caps, p2p.Cap{Name: eth.ProtocolName, Version: version})
	}
	own, err := rlp.EncodeToBytes(hello)
	if err != nil {
		return nil
	}
	if _, err := c.Write(helloMsg, own); err != nil {
		return nil
	}
	code, payload, _, err := c.Read()
	if err != nil || code != helloMsg || len(payload) > maxHello {
		return nil
	}
	hello = new(peerHello)
	if rlp.DecodeBytes(payload, hello) != nil {
		return nil
	}
	return hello
}

// readGenesisHash reads the message with which eth begins; zero if another comes, or none.
func readGenesisHash(c *rlpx.Conn) common.Hash {
	code, payload, _, err := c.Read()
	var status struct {
		Version   uint64
		NetworkID *big.Int
		Genesis   common.Hash
		Rest      []rlp.RawValue `rlp:"tail"`
	}
	if err != nil || code != firstMsg+eth.StatusMsg || len(payload) > maxStatus || rlp.DecodeBytes(payload, &status) != nil {
		return common.Hash{}
	}
	return status.Genesis
}
