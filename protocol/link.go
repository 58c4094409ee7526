package protocol

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/p2p"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// dropLogEvery bounds the lines a flooding peer makes us write.
const dropLogEvery = 10 * time.Second

// frame is a message as bytes.
type frame struct {
	code    uint64
	payload []byte
}

// received is a message on its way to the Backend.
type received struct {
	session wire.SessionID
	msg     wire.Message
}

// link is a connection to a node that speaks ss, member or not. Three goroutines
// work on it: read (the protocol's Run), write, and deliver, which alone decides
// whether the link is up and alone calls the Backend.
type link struct {
	n       *Network
	id      wire.NodeID
	address string
	inbound bool
	rw      p2p.MsgReadWriter
	version uint // of ss, that both ends speak on it
	since   time.Time

	ctx       context.Context // ends with the connection, or with the network
	cancel    context.CancelFunc
	delivered chan struct{} // closed when deliver has returned

	inbox   *queue[received]
	outbox  *queue[frame]
	changed chan struct{} // one token: look at membership and hello again

	in, out, dropped atomic.Uint64

	mu       sync.Mutex
	greeted  bool   // our hello is in the outbox or sent
	theirs   *hello // nil until it came
	badState State  // what is wrong with theirs, as long as the connection lasts
	bad      string // the same in words; empty if nothing is
	newer    string // what was seen of a newer program; empty if nothing
	up       bool
	met      bool // has been up
	status   Status
	lastDrop time.Time // when a drop was logged
	logged   uint64    // drops logged
}

func newLink(n *Network, id wire.NodeID, address string, inbound bool, rw p2p.MsgReadWriter, version uint) *link {
	l := &link{
		n: n, id: id, address: address, inbound: inbound, rw: rw, version: version, since: time.Now(),
		delivered: make(chan struct{}),
		inbox:     newQueue[received](),
		outbox:    newQueue[frame](),
		changed:   make(chan struct{}, 1),
	}
	l.ctx, l.cancel = context.WithCancel(n.ctx)
	l.status = Status{State: Greeting, Since: l.since}
	return l
}

func (l *link) poke() { notify(l.changed) }

func (l *link) isUp() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.up
}

// read takes messages off the connection until it ends. It never waits for
// anything else.
func (l *link) read() error {
	for {
		msg, err := l.rw.ReadMsg()
		if err != nil {
			return err
		}
		if err := l.receive(msg); err != nil {
			l.n.Mute(l.id, err.Error())
		}
		if err := msg.Discard(); err != nil {
			return err
		}
	}
}

// receive queues a message or drops it. An error is a fault of the sender.
func (l *link) receive(msg p2p.Msg) error {
	if l.ctx.Err() != nil {
		return nil // the network has stopped, the connection has not
	}
	if msg.Code == uint64(wire.CodeHello) {
		return l.receiveHello(msg)
	}
	switch {
	case !l.n.backend.Member(l.id):
		l.drop("not a member of the key server set")
		return nil
	case !l.greetedBack():
		l.drop("no hello yet, or muted")
		return nil
	case msg.Size > wire.MaxMessageSize:
		return fmt.Errorf("message %#x of %d bytes is over the limit of %d", msg.Code, msg.Size, wire.MaxMessageSize)
	case !l.inbox.room(int(msg.Size)):
		inboxFull.Inc(1)
		l.drop("queue from it is full")
		return nil
	}
	payload, err := readPayload(msg)
	if err != nil {
		return err
	}
	code := wire.Code(msg.Code) // it is below ProtocolLength
	if !wire.IsKnown(code) {
		l.refuse(code, payload)
		return nil
	}
	session, m, err := wire.Decode(code, payload)
	if err != nil {
		return err
	}
	l.in.Add(1)
	messagesIn.count(msg.Code)
	l.inbox.push(received{session, m}, len(payload))
	return nil
}

// refuse answers a message of a kind that this program does not know. That is no fault: a node with a
// newer program has sent it.
func (l *link) refuse(code wire.Code, payload []byte) {
	l.drop("of a kind that this program does not know")
	l.mu.Lock()
	first := l.newer == ""
	l.newer = fmt.Sprintf("it sends message %#x, which this node's program does not know: run the same version everywhere", code)
	l.mu.Unlock()
	if first {
		l.n.logger(l.id).Warn("Secret store peer runs another version", "why", l.newer)
	}
	session, err := wire.SessionOf(payload)
	if err != nil {
		return
	}
	if err := l.n.Send(l.id, session, wire.RefuseUnknown(code)); err != nil {
		l.drop(err.Error())
	}
}

func readPayload(msg p2p.Msg) ([]byte, error) {
	payload := make([]byte, msg.Size)
	if _, err := io.ReadFull(msg.Payload, payload); err != nil {
		return nil, fmt.Errorf("message %#x is shorter than it says: %w", msg.Code, err)
	}
	return payload, nil
}

// receiveHello keeps the hello of any node, also of one that is no member: it may
// become one while it is connected.
func (l *link) receiveHello(msg p2p.Msg) error {
	if msg.Size > maxHelloSize {
		return fmt.Errorf("hello of %d bytes is over the limit of %d", msg.Size, maxHelloSize)
	}
	payload, err := readPayload(msg)
	if err != nil {
		return err
	}
	h, err := decodeHello(payload)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.theirs != nil {
		return fmt.Errorf("second hello on one connection")
	}
	l.theirs = h
	l.badState, l.bad = h.objection(l.n.backend.Cluster(), l.n.backend.Genesis(), l.version)
	l.poke()
	return nil
}

// greetedBack tells whether session messages may come.
func (l *link) greetedBack() bool {
	if until, _ := l.n.mutes.of(l.id); !until.IsZero() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.theirs != nil && l.bad == ""
}

// drop counts a message that was not taken, and says so now and then.
func (l *link) drop(why string) {
	total := l.dropped.Add(1)
	messagesDropped.Inc(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.lastDrop) >= dropLogEvery {
		l.n.logger(l.id).Debug("Secret store messages dropped", "count", total-l.logged, "why", why)
		l.lastDrop, l.logged = now, total
	}
}

// write sends what is in the outbox.
func (l *link) write() {
	for {
		for {
			f, ok := l.outbox.pop()
			if !ok {
				break
			}
			msg := p2p.Msg{Code: f.code, Size: uint32(len(f.payload)), Payload: bytes.NewReader(f.payload)}
			if l.ctx.Err() != nil || l.rw.WriteMsg(msg) != nil {
				return // the connection ends
			}
			l.out.Add(1)
			messagesOut.count(f.code)
		}
		select {
		case <-l.outbox.ready:
		case <-l.ctx.Done():
			return
		}
	}
}

// deliver takes the link up and down and hands its messages to the Backend.
func (l *link) deliver() {
	defer close(l.delivered)
	defer l.goDown("connection closed")
	later := time.NewTimer(helloTimeout)
	defer later.Stop()
	for {
		if wait := l.update(); wait > 0 {
			later.Reset(wait)
		}
		l.handleQueued()
		select {
		case <-l.changed:
		case <-l.inbox.ready:
		case <-later.C:
		case <-l.ctx.Done():
			return
		}
	}
}

func (l *link) handleQueued() {
	for l.ctx.Err() == nil {
		r, ok := l.inbox.pop()
		if !ok {
			return
		}
		if !l.isUp() || !l.n.backend.Member(l.id) {
			l.drop("not a member of the key server set, or muted")
			continue
		}
		l.n.backend.Handle(l.id, r.session, r.msg)
	}
}

// update brings the link to the state it should be in, and says when to look again
// although nothing happens; 0 for never.
func (l *link) update() time.Duration {
	member := l.n.backend.Member(l.id)
	l.mu.Lock()
	if member && !l.greeted {
		l.greeted = l.outbox.push(l.n.ownHello(l.version), maxHelloSize)
	}
	status, again := l.judge(member)
	first := l.status.set(status)
	wasUp := l.up
	l.up = status.State == Connected
	l.met = l.met || l.up
	theirs := l.theirs
	l.mu.Unlock()

	if first {
		entered(status.State)
	}
	switch {
	case status.State == Connected && !wasUp:
		if l.version < wire.ProtocolVersion {
			l.n.logger(l.id).Warn("Secret store peer runs an older version", "why", l.older())
		}
		l.n.twins.meet(l, theirs.Instance)
		l.n.backend.PeerUp(l.id)
	case status.State != Connected && wasUp:
		l.n.backend.PeerDown(l.id, status.Reason)
	}
	if first && (status.State == OtherCluster || status.State == OtherGenesis || status.State == OtherVersion) { // at debug: it comes again with each connection, and whoever judges this node says it once
		l.n.logger(l.id).Debug("Secret store peer is in the key server set, but this node can't talk with it", "why", status.Reason)
	}
	return again
}

// judge finds the state of the link; l.mu is held.
func (l *link) judge(member bool) (Status, time.Duration) {
	now := time.Now()
	muted, why := l.n.mutes.of(l.id)
	switch silent := now.Sub(l.since); {
	case !member:
		return Status{State: NotMember, Reason: "it is not in this node's key server set"}, 0
	case l.bad != "":
		return Status{State: l.badState, Reason: l.bad}, 0
	case now.Before(muted):
		return Status{State: Muted, Reason: why}, muted.Sub(now)
	case l.theirs != nil:
		return Status{State: Connected}, 0
	case silent < helloTimeout:
		return Status{State: Greeting}, helloTimeout - silent
	}
	return Status{State: Silent, Reason: "no hello: this node is not in its key server set, or its secret store is off"}, 0
}

// knows tells whether the other end has said so in its hello, and the link is up.
func (l *link) knows(f Feature) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.up && l.theirs != nil && l.theirs.Features&f == f
}

// older says what is not done with a node of the version before; empty of one that speaks this node's.
func (l *link) older() string {
	if l.version >= wire.ProtocolVersion {
		return ""
	}
	return fmt.Sprintf("it speaks %s/%d, this node %s/%d: no key is made with it, and no ECDSA signature prepared, before its program is upgraded, too",
		wire.ProtocolName, l.version, wire.ProtocolName, wire.ProtocolVersion)
}

func (l *link) goDown(reason string) {
	l.mu.Lock()
	wasUp := l.up
	l.up = false
	l.mu.Unlock()
	if wasUp {
		l.n.backend.PeerDown(l.id, reason)
	}
}
