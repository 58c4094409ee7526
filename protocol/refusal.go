package protocol

import (
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A connection belongs to eth too, and eth ends it as soon as it sees that the other node is on another chain. To an
// operator that looks like a wrong address, or a closed port. So what is in the way is looked for in three places, and
// remembered for as long as connections go on ending at once.
const (
	byNobody = iota
	byThem   // they hung up, and said no more than that a protocol failed
	byEth    // this node's eth hung up, and said why
	byHello  // the hello says it, which knows best
)

// refusal is why connections to a member don't last.
type refusal struct {
	Status
	by int
}

// refused notes what was in the way. Who knows less does not overrule who knows more.
func (m *member) refused(r refusal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.by < m.refusal.by {
		return
	}
	m.refusal.by = r.by
	if m.refusal.Status.set(r.Status) {
		entered(r.State)
	}
}

func (m *member) unrefuse() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refusal = refusal{}
}

// watchDrops learns from the server why connections end, until the network stops.
func (n *Network) watchDrops(server *p2p.Server) {
	events := make(chan *p2p.PeerEvent, 16)
	sub := server.SubscribeEvents(events)
	defer sub.Unsubscribe()
	began := make(map[enode.ID]time.Time) // of members' connections
	for {
		select {
		case event := <-events:
			m := n.memberOf(event.Peer)
			switch {
			case event.Type == p2p.PeerEventTypeAdd && m != nil:
				began[event.Peer] = time.Now()
			case event.Type == p2p.PeerEventTypeDrop:
				if m != nil && time.Since(began[event.Peer]) < stableAfter {
					if r := refusalOf(event.Error); r.by != byNobody {
						m.refused(r)
					}
				}
				delete(began, event.Peer)
			}
		case <-sub.Err():
			return
		case <-n.ctx.Done():
			return
		}
	}
}

func (n *Network) memberOf(id enode.ID) *member {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.members {
		if m.node.ID() == id {
			return m
		}
	}
	return nil
}

// refusalOf reads p2p's words for the end of a connection that had only just begun. eth's errors have no types that it
// shows, and the other node's, which comes as a number, has no words of its own.
func refusalOf(why string) refusal {
	switch {
	case strings.Contains(why, "genesis mismatch"):
		return refusal{Status{State: OtherGenesis, Reason: "its chain begins with another block (" + why + "): the two were initialized with different network files"}, byEth}
	case strings.Contains(why, "network ID mismatch"):
		return refusal{Status{State: OtherChain, Reason: "it has another network id (" + why + ")"}, byEth}
	case strings.Contains(why, "fork ID rejected"):
		return refusal{Status{State: OtherChain, Reason: "its chain has forks at other times than this node's (" + why + ")"}, byEth}
	case why == p2p.DiscSubprotocolError.Error():
		return refusal{Status{State: OtherChain, Reason: "it answers, and ends the connection as soon as it sees this node's chain: other genesis block, network id or forks"}, byThem}
	}
	return refusal{}
}

// helloPatience is how long eth waits for the hellos of two key servers. Its own handshake has 5 s.
const helloPatience = 2 * time.Second

// HelloFirst lets the hellos of two key servers pass before eth looks at the other's chain: so both know what is in the
// way when it hangs up. Nothing that is sent waits. protocols are those of the server, before it starts.
func (n *Network) HelloFirst(protocols []p2p.Protocol) {
	for i := range protocols {
		run := protocols[i].Run
		if protocols[i].Name != "eth" {
			continue
		}
		protocols[i].Run = func(p *p2p.Peer, rw p2p.MsgReadWriter) error {
			id := wire.NodeIDOf(p.Node().Pubkey())
			if n.backend.Member(id) && p.RunningCap(wire.ProtocolName, []uint{wire.FormerVersion, wire.ProtocolVersion}) {
				rw = &afterHello{MsgReadWriter: rw, wait: func() { n.awaitHello(id) }}
			}
			return run(p, rw)
		}
	}
}

// afterHello holds the first message back, which eth judges the peer by. One goroutine reads.
type afterHello struct {
	p2p.MsgReadWriter
	wait func() // nil after the first
}

// ReadMsg takes the message off the connection at once: the hello may be behind it.
func (a *afterHello) ReadMsg() (p2p.Msg, error) {
	msg, err := a.MsgReadWriter.ReadMsg()
	if a.wait != nil && err == nil {
		a.wait()
		a.wait = nil
	}
	return msg, err
}

// awaitHello returns when both hellos have passed, the connection is gone, or patience ends.
func (n *Network) awaitHello(id wire.NodeID) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	patience := time.After(helloPatience)
	for met := false; ; {
		l := n.link(id)
		if l == nil && met || l != nil && l.helloPassed() {
			return
		}
		met = l != nil
		select {
		case <-ticker.C:
		case <-patience:
			return
		case <-n.ctx.Done():
			return
		}
	}
}

// helloPassed tells whether each side has the other's hello, as far as this one can know.
func (l *link) helloPassed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.theirs != nil && l.out.Load() > 0
}
