package service

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// differencesTime is how long the log keeps quiet about a peer that goes on to differ.
const differencesTime = 10 * time.Minute

// differences are how other key servers were seen to have another view than this one: another
// list, keys of another list, another version. They are no faults, and cost a peer nothing. The zero
// value is ready.
type differences struct {
	mu    sync.Mutex
	peers map[wire.NodeID]*peerDifference // guarded by mu
}

type peerDifference struct {
	last       string
	logged     time.Time
	suppressed int
}

// add notes one and tells whether a line about it is due, and how many there were none about.
func (d *differences) add(node wire.NodeID, detail string) (suppressed int, due bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.peers == nil {
		d.peers = make(map[wire.NodeID]*peerDifference)
	}
	p := d.peers[node]
	if p == nil {
		p = new(peerDifference)
		d.peers[node] = p
	}
	p.last = detail
	if now := time.Now(); now.Sub(p.logged) >= differencesTime {
		suppressed, p.suppressed, p.logged = p.suppressed, 0, now
		return suppressed, true
	}
	p.suppressed++
	return 0, false
}

// of is the last one; empty if there was none.
func (d *differences) of(node wire.NodeID) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.peers[node]; p != nil {
		return p.last
	}
	return ""
}

// forget is told of a peer that has connected: its operator may have changed what differed.
func (d *differences) forget(node wire.NodeID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.peers, node)
}

// clear forgets all: another server set is known now, and what differed may have been that.
func (d *differences) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.peers)
}

// differs tells operators that a peer has another view.
func (c *conduct) differs(kind wire.Kind, d session.Difference) {
	differencesSeen.Inc(1)
	suppressed, due := c.differences.add(d.Node, d.Detail)
	if !due {
		return
	}
	args := []any{"peer", d.Node, "session", kind, "what", d.Detail, "cure", "set the same Nodes, and run the same version, on all key servers"}
	if suppressed > 0 {
		args = append(args, "suppressed", suppressed)
	}
	log.Warn("Secret store peer has another view of the cluster", args...)
}

// notice finds out what a session shows of differences beside what its machine tells: a peer refuses
// for one, or is refused.
func (r *runner) notice(in session.Input, eff session.Effects) {
	seen := slices.Clone(eff.Differ)
	if msg, ok := in.(session.Received); ok {
		if m, ok := msg.Msg.(*wire.Refuse); ok && session.Differs(m.Err()) {
			seen = append(seen, session.Difference{Node: msg.From, Detail: "it says: " + m.Err().Detail})
		}
	}
	if r.peer != (wire.NodeID{}) && session.Differs(eff.Err) {
		seen = append(seen, session.Difference{Node: r.peer, Detail: eff.Err.Error()})
	}
	for _, d := range seen {
		r.d.differs(r.kind, d)
	}
	if len(seen) > 0 && r.d.differing != nil {
		r.d.differed.Add(1)
		r.d.differing()
	}
}

// apart are the states of key servers that waiting does not change.
var apart = []protocol.State{protocol.Silent, protocol.OtherVersion, protocol.OtherCluster, protocol.NoSubproto, protocol.NoAddress}

// explained adds to a failure for want of key servers which of them do not talk to this one, if
// asking again would not help.
func (c *conduct) explained(err error) error {
	known, ok := err.(*wire.Error)
	if !ok || known.Reason != wire.Unavailable && known.Reason != wire.Disconnected {
		return err
	}
	var why []string
	for _, p := range c.network.Peers() {
		if slices.Contains(apart, p.State) && c.servers.Contains(p.ID) {
			why = append(why, fmt.Sprintf("%s does not talk to this key server: %s", p.ID.Address().Hex(), cmp.Or(p.Reason, string(p.State))))
		}
	}
	if len(why) == 0 {
		return err
	}
	return wire.Errorf(known.Reason, "%s; %s", known.Detail, strings.Join(why, "; "))
}
