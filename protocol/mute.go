package protocol

import (
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/lru"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// muteFirst is how long a node is ignored for the first time. It doubles each time up
	// to muteMost: a defect that hits now and then costs little, and who goes on costs us
	// next to nothing.
	muteFirst = 10 * time.Second
	muteMost  = 10 * time.Minute

	// muteForgotten is how long a node must behave for its past not to count.
	muteForgotten = time.Hour

	// maxMutes bounds the nodes that are remembered, about 300 bytes each. Strangers can
	// get in here with a bad hello.
	maxMutes = 1024
)

// muteList remembers who broke the protocol, and until when that node is ignored. It outlives
// connections, or a node would only have to connect again.
type muteList struct {
	mu    sync.Mutex
	nodes lru.BasicLRU[wire.NodeID, mute] // guarded by mu
}

type mute struct {
	until  time.Time
	length time.Duration
	why    string
}

func newMuteList() *muteList { return &muteList{nodes: lru.NewBasicLRU[wire.NodeID, mute](maxMutes)} }

// add mutes a node, for how long it says; 0 if it is muted already.
func (m *muteList) add(node wire.NodeID, why string) time.Duration {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	last, known := m.nodes.Get(node)
	length := muteFirst
	switch {
	case known && now.Before(last.until):
		return 0
	case known && now.Sub(last.until) < muteForgotten:
		length = min(2*last.length, muteMost)
	}
	m.nodes.Add(node, mute{now.Add(length), length, why})
	return length
}

// of tells until when a node is muted and why; the zero time if it is not.
func (m *muteList) of(node wire.NodeID) (until time.Time, why string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, known := m.nodes.Peek(node)
	if !known || !time.Now().Before(last.until) {
		return time.Time{}, ""
	}
	return last.until, last.why
}

// Muted tells until when a node's messages are ignored and why; the zero time if it is
// heard.
func (n *Network) Muted(node wire.NodeID) (until time.Time, why string) { return n.mutes.of(node) }

// Mute ignores a node's messages for a while, as after a fault that no honest node
// commits: first 10 s, then twice as long each time up to 10 minutes. It stays connected,
// since the connection is eth's too. Its state is Muted, with why as the reason.
func (n *Network) Mute(node wire.NodeID, why string) {
	length := n.mutes.add(node, why)
	if length == 0 {
		return
	}
	mutes.Inc(1)
	if n.backend.Member(node) {
		n.logger(node).Warn("Secret store peer broke the protocol and is muted", "for", length, "why", why)
	}
	if l := n.link(node); l != nil {
		l.poke()
	}
}
