package main

import (
	"crypto/ecdsa"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/rlpx"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/finding/findingtest"
	"github.com/geth-ss/geth-ss/internal/nettest"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// answer is a devp2p node as far as its first messages: it has a key, some protocols, and a chain.
func answer(t *testing.T, key *ecdsa.PrivateKey, genesis common.Hash, caps ...p2p.Cap) (address string) {
	return nettest.Serve(t, func(conn net.Conn) {
		c := rlpx.NewConn(conn, nil)
		if _, err := c.Handshake(key); err != nil {
			return
		}
		hello, _ := rlp.EncodeToBytes(&peerHello{Version: 5, Name: "test\x1b[2J", Caps: caps, ID: crypto.FromECDSAPub(&key.PublicKey)[1:]})
		c.Write(helloMsg, hello)
		c.Read() // the other's
		c.SetSnappy(true)
		status, _ := rlp.EncodeToBytes([]any{uint64(69), big.NewInt(1), genesis, uint64(0)})
		c.Write(firstMsg, status)
		io.Copy(io.Discard, conn)
	})
}

// TestCheckPeersTellsCauses: each cause for which a key server is none is told as itself. Only where nothing answers, or something
// else than a node, are port and address to blame.
func TestCheckPeersTellsCauses(t *testing.T) {
	t.Parallel()
	key, _ := crypto.GenerateKey()
	other, _ := crypto.GenerateKey()
	public := fmt.Sprintf("%x", crypto.FromECDSAPub(&key.PublicKey)[1:])
	ours, theirs := common.Hash{1}, common.Hash{2}
	ss, eth := p2p.Cap{Name: wire.ProtocolName, Version: wire.ProtocolVersion}, p2p.Cap{Name: "eth", Version: 69}
	newer := p2p.Cap{Name: wire.ProtocolName, Version: wire.ProtocolVersion + 1}
	older := p2p.Cap{Name: wire.ProtocolName, Version: wire.FormerVersion}
	for name, c := range map[string]struct {
		at         func(*testing.T) string
		level      finding.Level
		words      string
		blamesPort bool
	}{
		"a key server":    {func(t *testing.T) string { return answer(t, key, ours, eth, ss) }, finding.OK, "is a key server", false},
		"says no genesis": {func(t *testing.T) string { return answer(t, key, common.Hash{}, eth, ss) }, finding.OK, "is a key server", false},
		"no key server":   {func(t *testing.T) string { return answer(t, key, ours, eth) }, finding.Error, "is not a key server", false},
		"another version": {func(t *testing.T) string { return answer(t, key, ours, eth, newer) }, finding.Error, "of another version", false},
		"both versions":   {func(t *testing.T) string { return answer(t, key, ours, eth, older, ss) }, finding.OK, "is a key server", false},
		"the one before":  {func(t *testing.T) string { return answer(t, key, ours, eth, older) }, finding.Warning, "of the previous version", false},
		"another chain":   {func(t *testing.T) string { return answer(t, key, theirs, eth, ss) }, finding.Error, "is of another chain", false},
		"another key":     {func(t *testing.T) string { return answer(t, other, ours, eth, ss) }, finding.Error, "does not have this key", false},
		"no room": {func(t *testing.T) string {
			return nettest.Serve(t, func(conn net.Conn) {
				c := rlpx.NewConn(conn, nil)
				c.Handshake(key)
				c.Write(1, []byte{0xc1, 4}) // too many peers
			})
		}, finding.OK, "no room for another peer", false},
		"closed port":  {nettest.ClosedPort, finding.Error, "refused", true},
		"no such host": {func(*testing.T) string { return "no-such-host.invalid:30303" }, finding.Error, "can't be resolved", false},
		"silent": {func(t *testing.T) string { return nettest.Serve(t, func(c net.Conn) { io.Copy(io.Discard, c) }) },
			finding.Error, "not a devp2p node", true},
		"HTTP server": {func(t *testing.T) string {
			return nettest.Serve(t, func(c net.Conn) { c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n" + strings.Repeat("x", 40000))) })
		}, finding.Error, "not a devp2p node", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			node, err := serverset.ParseNode("enode://" + public + "@" + c.at(t))
			if err != nil {
				t.Fatal(err)
			}
			check := &checkup{genesis: ours, servers: []keyServer{{wire.NodeIDOf(&key.PublicKey), node}}}
			check.checkServersPeers()
			if len(check.List) != 1 || !findingtest.Has(check.List, c.level, "peer ", c.words) {
				t.Fatalf("no %s of %q in %q", c.level, c.words, check.List)
			}
			if f := check.List[0]; strings.Contains(f.Do, "port") != c.blamesPort || strings.Contains(f.What, "\x1b") {
				t.Errorf("port blamed %v: %q", !c.blamesPort, f)
			}
		})
	}
}

// TestCheckPeersSkipsItself: of the list the node itself is not dialled, and with --offline nobody.
func TestCheckPeersSkipsItself(t *testing.T) {
	n, other := newCheckedNode(t), newCheckedNode(t)
	servers := []string{n.enode(), strings.Replace(other.enode(), fmt.Sprint(other.port), strings.Split(nettest.ClosedPort(t), ":")[1], 1)}
	findings, failed := checkConfig(t, n.args(t, servers)...)
	if !failed || !findingtest.Has(findings, finding.Error, "peer ", "refused") || strings.Count(fmt.Sprint(findings), "{error peer") != 1 {
		t.Errorf("%q", findings)
	}
	if findings, failed = checkConfig(t, n.args(t, servers, "--offline")...); failed || strings.Contains(fmt.Sprint(findings), "{ok peer") {
		t.Errorf("offline: %q", findings)
	}
}
