package protocol

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/p2p"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// twinAfter is how long another node must insist that it is connected to us
	// already. A dead connection times out within half of that (p2p's frameReadTimeout).
	twinAfter = time.Minute

	// twinLogEvery is how often the log repeats it.
	twinLogEvery = 10 * time.Minute

	// keptInstances is how many earlier processes of a node are remembered.
	keptInstances = 8
)

// twins notices one node key that runs on two machines, which no node can see
// directly: p2p refuses a connection to oneself without a word. Such a key signs two
// different promises sooner or later. There are three signs:
//
//   - a member keeps answering our dials with "already connected": to our twin;
//   - a member's hello brings the instance of an earlier process again: two processes
//     take turns, since a restarted one draws a new instance;
//   - our own key answers at some address.
type twins struct {
	mu       sync.Mutex
	since    map[wire.NodeID]time.Time  // members that say we are connected elsewhere
	seen     map[wire.NodeID][]instance // latest last
	reported time.Time
}

// elsewhere looks at a failed dial.
func (t *twins) elsewhere(n *Network, m *member, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch now := time.Now(); {
	case errors.Is(err, p2p.DiscSelf):
		t.report(n, "address", dialAddress(m.node))
	case !errors.Is(err, p2p.DiscAlreadyConnected):
		delete(t.since, m.id)
	case t.since[m.id].IsZero():
		if t.since == nil {
			t.since = make(map[wire.NodeID]time.Time)
		}
		t.since[m.id] = now
	case now.Sub(t.since[m.id]) >= twinAfter:
		t.report(n, "seenby", m.id.Short())
	}
}

func (t *twins) report(n *Network, ctx ...any) {
	twinsSeen.Inc(1)
	if now := time.Now(); now.Sub(t.reported) >= twinLogEvery {
		t.reported = now
		n.logger(n.self).Error("THE NODE KEY OF THIS NODE IS IN USE ON ANOTHER MACHINE. Stop one of the two at once: "+
			"together they will sign contradicting promises", ctx...)
	}
}

// meet looks at a hello of a member.
func (t *twins) meet(l *link, inst instance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.since, l.id)
	if t.seen == nil {
		t.seen = make(map[wire.NodeID][]instance)
	}
	seen := t.seen[l.id]
	at := slices.Index(seen, inst)
	if at >= 0 && at < len(seen)-1 {
		twinsSeen.Inc(1)
		l.n.logger(l.id).Error("A KEY SERVER'S NODE KEY IS IN USE ON TWO MACHINES. Tell its operator", "id", l.id, "address", l.address)
	}
	if at >= 0 {
		seen = slices.Delete(seen, at, at+1)
	}
	seen = append(seen, inst)
	t.seen[l.id] = seen[max(0, len(seen)-keptInstances):]
}
