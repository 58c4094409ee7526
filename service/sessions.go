package service

import (
	"math"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// Bounds on what peers can make this node hold.
const (
	maxEarly        = 1024    // messages kept for sessions that are not open yet, in total
	maxEarlyPerPeer = 256     // of one peer
	maxEarlyBytes   = 4 << 20 // of one peer
	earlyLife       = 5 * time.Second
)

// sessions routes messages to the runners. Every session id under which a machine of our
// own has sent leads to it, and to that of a peer the route that its opening may take.
// mu guards what is below it.
type sessions struct {
	most, mostPerPeer int       // sessions, in total and of one peer
	begun             kindCount // counts them

	mu      sync.Mutex
	routes  map[join.Route]*runner
	running map[*runner]struct{}
	perPeer map[wire.NodeID]int
	early   []earlyMessage // in order of arrival
}

// earlyMessage came before the message that opens its session: links are not
// ordered among each other, so in a generation a member's commitment may overtake
// the initiator's invitation.
type earlyMessage struct {
	at   time.Time
	msg  session.Received
	size int // encoded
}

func newSessions(cfg limits.Config) *sessions {
	return &sessions{
		most: orUnlimited(cfg.Sessions), mostPerPeer: orUnlimited(cfg.PeerSessions), begun: sessionsBegun,
		routes:  make(map[join.Route]*runner),
		running: make(map[*runner]struct{}),
		perPeer: make(map[wire.NodeID]int),
	}
}

func orUnlimited(n uint64) int {
	if n == 0 {
		return math.MaxInt
	}
	return int(n)
}

// add takes a runner in, or tells that there are too many.
func (t *sessions) add(r *runner) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.addLocked(r)
}

func (t *sessions) addLocked(r *runner) error {
	if err := t.roomLocked(r); err != nil {
		return err
	}
	if r.peer != (wire.NodeID{}) {
		t.perPeer[r.peer]++
	}
	t.running[r] = struct{}{}
	t.begun.inc(r.kind)
	sessionsRunning.Update(int64(len(t.running)))
	return nil
}

// roomLocked tells whether there is a place for a runner.
func (t *sessions) roomLocked(r *runner) error {
	theirs := r.peer != wire.NodeID{}
	if len(t.running) >= t.most || theirs && t.perPeer[r.peer] >= t.mostPerPeer {
		limited.Inc(1)
		return &limits.Exceeded{Detail: "too many sessions are running", RetryAfter: time.Second}
	}
	return nil
}

// route leads a session id to a runner of our own, which has made the id; the first to come keeps it.
func (t *sessions) route(id wire.SessionID, r *runner) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := join.Route{Session: id}
	if _, running := t.running[r]; !running || t.routes[at] != nil {
		return
	}
	t.takeLocked(at, r)
}

// takeLocked gives a runner a route, and with it what came early for the session: unless the route
// is for what one node says alone, since that is not who the early messages are meant for.
func (t *sessions) takeLocked(at join.Route, r *runner) {
	t.routes[at] = r
	r.routes = append(r.routes, at)
	if at.Of == (wire.NodeID{}) {
		t.replayLocked(at.Session, r)
	}
}

// replayLocked delivers what came early for a session.
func (t *sessions) replayLocked(id wire.SessionID, r *runner) {
	keep := t.early[:0]
	for _, e := range t.early {
		switch {
		case e.msg.Session == id:
			r.deliver(e.msg)
		case time.Since(e.at) < earlyLife:
			keep = append(keep, e)
		}
	}
	clear(t.early[len(keep):])
	t.early = keep
}

// find leads a message to its runner. Without one it is kept for a moment if it is
// of a kind that can be early.
func (t *sessions) find(msg session.Received) *runner {
	if r := t.lookup(msg); r != nil || !join.CanBeEarly(msg.Msg) {
		return r
	}
	enc, err := wire.Encode(msg.Session, msg.Msg) // not under mu: everybody needs that
	if err != nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if r := t.lookupLocked(msg.Session, msg.From); r != nil {
		return r
	}
	t.keepLocked(msg, len(enc))
	return nil
}

func (t *sessions) lookup(msg session.Received) *runner {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lookupLocked(msg.Session, msg.From)
}

func (t *sessions) lookupLocked(id wire.SessionID, from wire.NodeID) *runner {
	if r := t.routes[join.Route{Session: id}]; r != nil {
		return r
	}
	return t.routes[join.Route{Session: id, Of: from}]
}

func (t *sessions) keepLocked(msg session.Received, size int) {
	now, count, bytes, keep := time.Now(), 1, size, t.early[:0]
	for _, e := range t.early {
		if now.Sub(e.at) >= earlyLife {
			continue
		}
		if e.msg.From == msg.From {
			count, bytes = count+1, bytes+e.size
		}
		keep = append(keep, e)
	}
	clear(t.early[len(keep):])
	t.early = keep
	if count <= maxEarlyPerPeer && bytes <= maxEarlyBytes && len(t.early) < maxEarly {
		t.early = append(t.early, earlyMessage{now, msg, size})
	}
}

// open takes in the runner of a session that a peer opens, if it may. It returns the
// runner that has the session already, if there is one.
func (t *sessions) open(at join.Route, r *runner, may func(*runner) error) (present *runner, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if present := t.lookupLocked(at.Session, r.peer); present != nil {
		return present, nil
	}
	if err := t.roomLocked(r); err != nil { // first: what may takes is not for what has no place
		return nil, err
	}
	if err := may(r); err != nil {
		return nil, err
	}
	if err := t.addLocked(r); err != nil {
		return nil, err
	}
	t.takeLocked(at, r)
	return nil, nil
}

// generating finds the other runners that are generating this key, or dealing it anew.
func (t *sessions) generating(key wire.KeyID, except *runner) []*runner {
	return t.others(except, func(r *runner) bool { return r.kind.Leaves == wire.LeavesAttempt && r.key == key })
}

// rivals finds the other runners that may be in the way of one: those that make the same key, and, of a vote on a server set,
// which is about no key, those that are about none either.
func (t *sessions) rivals(of *runner) []*runner {
	return t.others(of, func(r *runner) bool {
		return r.key == of.key && (r.kind.Leaves == wire.LeavesAttempt || of.key == wire.KeyID{})
	})
}

func (t *sessions) others(than *runner, which func(*runner) bool) (others []*runner) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for r := range t.running {
		if r != than && which(r) {
			others = append(others, r)
		}
	}
	return others
}

func (t *sessions) remove(r *runner) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, at := range r.routes {
		delete(t.routes, at)
	}
	if _, running := t.running[r]; running && r.peer != (wire.NodeID{}) {
		if t.perPeer[r.peer]--; t.perPeer[r.peer] <= 0 {
			delete(t.perPeer, r.peer)
		}
	}
	delete(t.running, r)
	sessionsRunning.Update(int64(len(t.running)))
}

// lost tells all sessions that a node disconnected.
func (t *sessions) lost(node wire.NodeID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for r := range t.running {
		r.deliver(session.PeerLost{Node: node})
	}
}

// count is for the status.
func (t *sessions) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.running)
}
