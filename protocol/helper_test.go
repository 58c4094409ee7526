package protocol

import (
	"bytes"
	"crypto/ecdsa"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	ourCluster   = wire.ClusterID{1}
	otherCluster = wire.ClusterID{2}
	ourGenesis   = common.Hash{3}
	otherGenesis = common.Hash{4}
)

// testKeys are node keys in ascending order of their ids.
func testKeys(t testing.TB, count int) []*ecdsa.PrivateKey {
	t.Helper()
	keys := make([]*ecdsa.PrivateKey, count)
	for i := range keys {
		key, err := crypto.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = key
	}
	slices.SortFunc(keys, func(a, b *ecdsa.PrivateKey) int { return idOf(a).Compare(idOf(b)) })
	return keys
}

func idOf(key *ecdsa.PrivateKey) wire.NodeID { return wire.NodeIDOf(&key.PublicKey) }

func nodeOf(key *ecdsa.PrivateKey, port int) *enode.Node {
	return enode.NewV4(&key.PublicKey, net.IP{127, 0, 0, 1}, port, port)
}

// host is a Backend that writes down what it is told.
type host struct {
	cluster wire.ClusterID
	genesis common.Hash
	block   chan struct{} // if set, Handle waits for it

	mu      sync.Mutex
	members map[wire.NodeID]bool
	events  []string
	handled int
}

func newHost(members ...wire.NodeID) *host {
	h := &host{cluster: ourCluster, genesis: ourGenesis, members: make(map[wire.NodeID]bool)}
	for _, id := range members {
		h.members[id] = true
	}
	return h
}

func (h *host) Cluster() wire.ClusterID { return h.cluster }

func (h *host) Genesis() common.Hash { return h.genesis }

func (h *host) Member(id wire.NodeID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.members[id]
}

func (h *host) setMember(id wire.NodeID, on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.members[id] = on
}

func (h *host) Handle(_ wire.NodeID, _ wire.SessionID, msg wire.Message) {
	h.mu.Lock()
	h.handled++
	h.events = append(h.events, "handle "+string(msg.(*wire.Refuse).Detail))
	h.mu.Unlock()
	if h.block != nil {
		<-h.block
	}
}

func (h *host) PeerUp(wire.NodeID) { h.add("up") }

func (h *host) PeerDown(_ wire.NodeID, why string) { h.add("down: " + why) }

func (h *host) add(event string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, event)
}

func (h *host) log() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.events)
}

func (h *host) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := h.log(); !slices.Equal(got, want) {
		t.Fatalf("backend saw %q, want %q", got, want)
	}
}

// far is the other end of a connection, played by the test.
type far struct {
	t      *testing.T
	n      *Network
	id     wire.NodeID
	pipe   *p2p.MsgPipeRW
	result chan error // of Run

	mu       sync.Mutex
	got      []p2p.Msg // what n sent, payloads consumed
	payloads [][]byte  // those
}

// connectFar runs the protocol of n with a test as its peer.
func connectFar(t *testing.T, n *Network, id wire.NodeID) *far {
	return connectFarAs(t, n, id, wire.ProtocolVersion)
}

// connectFarAs is connectFar in a version of ss.
func connectFarAs(t *testing.T, n *Network, id wire.NodeID, version uint) *far {
	ours, theirs := p2p.MsgPipe()
	f := &far{t: t, n: n, id: id, pipe: theirs, result: make(chan error, 1)}
	go func() { f.result <- n.serve(id, "pipe", true, ours, version) }()
	return f
}

// read takes what n sends, in the background.
func (f *far) read() {
	go func() {
		for {
			msg, err := f.pipe.ReadMsg()
			if err != nil {
				return
			}
			payload, _ := io.ReadAll(msg.Payload)
			f.mu.Lock()
			f.got, f.payloads = append(f.got, msg), append(f.payloads, payload)
			f.mu.Unlock()
		}
	}()
}

// first is the payload of the first message.
func (f *far) first() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.payloads) == 0 {
		return nil
	}
	return f.payloads[0]
}

func (f *far) codes() (codes []uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, msg := range f.got {
		codes = append(codes, msg.Code)
	}
	return codes
}

func (f *far) send(code uint64, payload []byte) {
	f.t.Helper()
	err := f.pipe.WriteMsg(p2p.Msg{Code: code, Size: uint32(len(payload)), Payload: bytes.NewReader(payload)})
	if err != nil {
		f.t.Fatalf("the connection ended: %v", err)
	}
}

func (f *far) hello(change func(*hello)) {
	f.t.Helper()
	h := &hello{Version: wire.ProtocolVersion, Cluster: ourCluster}
	if change != nil {
		change(h)
	}
	payload, err := rlp.EncodeToBytes(h)
	if err != nil {
		f.t.Fatal(err)
	}
	f.send(uint64(wire.CodeHello), payload)
}

// say sends a message of a session.
func (f *far) say(text string) {
	f.t.Helper()
	f.send(uint64(wire.CodeRefuse), refuseMessage(f.t, text))
}

func refuseMessage(t testing.TB, text string) []byte {
	payload, err := wire.Encode(wire.SessionID{7}, &wire.Refuse{Reason: wire.Busy, Detail: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func (f *far) status() Status {
	f.t.Helper()
	for _, info := range f.n.Peers() {
		if info.ID == f.id {
			return info.Status
		}
	}
	f.t.Fatal("peer is not listed")
	return Status{}
}

// running fails the test if Run has returned: p2p would have cut eth off.
func (f *far) running() {
	f.t.Helper()
	select {
	case err := <-f.result:
		f.t.Fatalf("Run returned: %v", err)
	default:
	}
}

func (f *far) close() {
	f.pipe.Close()
	<-f.result
}
