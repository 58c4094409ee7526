package sessiontest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

type eventKind uint8

const (
	messageEvent eventKind = iota
	verdictEvent
	inputEvent
	lostEvent
)

// event is something that can happen next.
type event struct {
	kind    eventKind
	run     *Run           // verdicts and inputs
	input   session.Input  // inputs
	from    wire.NodeID    // messages, and who is lost
	to      wire.NodeID    // messages, and who loses it
	session wire.SessionID // messages, as all below
	code    wire.Code
	payload []byte
}

// at is the node where an event happens.
func (c *Cluster) at(e *event) *Node {
	if e.run != nil {
		return e.run.Node
	}
	return c.Node(e.to)
}

// crashPoint is the persisted step at which a node is to go down.
type crashPoint struct {
	save  int // counted from 1 over the whole cluster; 0: never
	where crashWhere
	done  bool
	count int
}

type crashWhere uint8

const (
	beforeSave crashWhere = iota
	afterSave             // durable, and nobody was told
	afterSend             // durable, and on its way
	midSend               // durable, and on its way to some
)

func (w crashWhere) String() string {
	return [...]string{"before saving", "after saving", "after sending", "amidst sending"}[w]
}

// CrashAt makes the node that saves for the n-th time, counted over the cluster from
// now, go down there: 0 before the save, 1 after it, 2 after sending what follows, 3
// after sending half of that.
func (c *Cluster) CrashAt(save int, where int) {
	c.saves, c.crash = 0, crashPoint{save: save, where: crashWhere(where)}
}

// Crashed tells whether CrashAt has happened.
func (c *Cluster) Crashed() bool { return c.crash.done }

// crashes takes the node down if this is the place.
func (c *Cluster) crashes(n *Node, where crashWhere) bool {
	if where == beforeSave {
		c.saves++
	}
	due := c.crash.save == c.saves && c.crash.save != 0 && c.crash.where == where && !c.crash.done
	if ch := c.Chaos; !due && ch != nil && c.crash.count < ch.MaxCrashes && c.rng.IntN(1000) < ch.Crash {
		due = true
	}
	if !due || !n.Up {
		return false
	}
	c.crash.done = true
	c.crash.count++
	c.logf("%s crashes %v", n.Name, where)
	c.Down(n)
	return true
}

// send puts a message on its way, through the codec.
func (c *Cluster) send(n *Node, env wire.Envelope) {
	if deal, ok := env.Msg.(*wire.Deal); ok && c.Node(env.To) != nil && c.Node(env.To).Kept {
		env.Msg = &wire.Deal{Setup: deal.Setup, Kept: n.vault.Kept(env.To)}
	}
	all := []wire.Envelope{env}
	if !n.trusty() && n.Mutate != nil {
		all = n.Mutate(env)
	}
	for _, env := range all {
		c.Inject(n, env)
	}
}

// Inject puts a message on its way in the name of a node, as a Byzantine node can.
func (c *Cluster) Inject(from *Node, env wire.Envelope) {
	if env.To == from.ID() {
		c.violated("%s sends message %#x to itself", from.Name, env.Msg.Code())
		return
	}
	if !c.linked(from.ID(), env.To) { // as service tells a machine whose message can't be sent
		for _, r := range from.runs {
			c.queue = append(c.queue, event{kind: inputEvent, run: r, input: session.PeerLost{Node: env.To}})
		}
		return
	}
	if c.Spy != nil {
		c.Spy(from, env)
	}
	payload, err := wire.Encode(env.Session, env.Msg)
	if err != nil {
		c.violated("%s sends what can't be encoded: %v", from.Name, err)
		return
	}
	c.queue = append(c.queue, event{kind: messageEvent, from: from.ID(), to: env.To, session: env.Session, code: env.Msg.Code(), payload: payload})
}

// happen lets one event happen.
func (c *Cluster) happen(e event) {
	switch e.kind {
	case inputEvent:
		c.step(e.run, e.input)
	case verdictEvent:
		c.answer(e.run)
	case lostEvent:
		c.tracef("%s loses %s", c.Name(e.to), c.Name(e.from))
		c.Node(e.to).vault.Forget(e.from)
		for _, r := range append([]*Run(nil), c.Node(e.to).runs...) {
			c.input(r, session.PeerLost{Node: e.from})
		}
	case messageEvent:
		id, msg, err := wire.Decode(e.code, e.payload)
		if err != nil {
			c.logf("%s drops a message of %s: %v", c.Name(e.to), c.Name(e.from), err)
			return
		}
		n := c.Node(e.to)
		if n != nil && (n.Deaf && newer(e.code) || n.Former != c.Node(e.from).Former && dealing(e.code)) { // as protocol does
			c.send(n, wire.Envelope{To: e.from, Session: id, Msg: wire.RefuseUnknown(e.code)})
			return
		}
		if n != nil {
			c.tracef("%s -> %s %s in %v", c.Name(e.from), n.Name, strings.TrimPrefix(fmt.Sprintf("%T", msg), "*wire."), id)
			c.deliver(n, session.Received{From: e.from, Session: id, Msg: msg})
		}
	}
}

// next takes the event that happens next; false if time has to pass.
func (c *Cluster) next() (event, bool) {
	if len(c.queue) == 0 {
		return event{}, false
	}
	if c.Chaos == nil {
		return c.take(0), true
	}
	if c.rng.IntN(100) < c.Chaos.Tick {
		return event{}, false
	}
	for range 8 { // a frozen node's events stay where they are
		at := c.first(c.rng.IntN(len(c.queue)))
		if n := c.at(&c.queue[at]); n == nil || !n.Frozen {
			return c.chaotic(at)
		}
	}
	return event{}, false
}

// first is the oldest event of the same inbox, or of the same link if links keep order.
func (c *Cluster) first(at int) int {
	e := &c.queue[at]
	if e.run == nil && !c.Chaos.Links || e.kind == verdictEvent {
		return at
	}
	for i := range at {
		if o := &c.queue[i]; o.run == e.run && o.from == e.from && o.to == e.to && o.kind != verdictEvent {
			return i
		}
	}
	return at
}

// chaotic takes an event, if the network lets it happen.
func (c *Cluster) chaotic(at int) (event, bool) {
	ch, e := c.Chaos, c.queue[at]
	if e.kind != messageEvent {
		return c.take(at), true
	}
	if ch.Break > 0 && c.rng.IntN(1000) < ch.Break {
		c.Cut(c.Node(e.from), c.Node(e.to))
		return c.next()
	}
	switch p := c.rng.IntN(100); {
	case p < ch.Drop:
		c.take(at)
		return c.next()
	case p < ch.Drop+ch.Duplicate && !serving(e.code):
		return e, true // stays in the queue
	}
	return c.take(at), true
}

// serving tells whether a message is of signing. Those come once, as all do through devp2p:
// who asks twice for what serves once is taken for a cheat, and rightly.
func serving(code wire.Code) bool {
	return code >= wire.CodeSign && code <= wire.CodeECDSAShare || code == wire.CodeDeal
}

// newer tells whether a message came into the protocol after the first program that spoke it.
func newer(code wire.Code) bool {
	return code == wire.CodeRetrieveMany || code == wire.CodePartials || code >= wire.CodeExplain && !dealing(code) || code == wire.CodeDeal
}

// dealing tells whether a message is one of those that a node knows in one version of the protocol alone.
func dealing(code wire.Code) bool { return code >= wire.CodeInit }

func (c *Cluster) take(at int) event {
	e := c.queue[at]
	c.queue = slices.Delete(c.queue, at, at+1)
	return e
}

// link is a pair of nodes, the smaller id first.
type link [2]wire.NodeID

func linkOf(a, b wire.NodeID) link {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return link{a, b}
}

// linked tells whether two nodes can talk.
func (c *Cluster) linked(a, b wire.NodeID) bool {
	from, to := c.Node(a), c.Node(b)
	return from != nil && to != nil && from.Up && to.Up && from.lists(b) && to.lists(a) && !c.cut[linkOf(a, b)]
}

// Cut breaks the link between two nodes until Join: of what is on its way the receivers
// may still read a part, and then notice.
func (c *Cluster) Cut(a, b *Node) {
	if a == b || c.cut[linkOf(a.ID(), b.ID())] {
		return
	}
	c.logf("the link of %s and %s breaks", a.Name, b.Name)
	c.cut[linkOf(a.ID(), b.ID())] = true
	if a.Up && b.Up {
		c.lose(a, b)
		c.lose(b, a)
	}
}

// Join mends a link.
func (c *Cluster) Join(a, b *Node) {
	if c.cut[linkOf(a.ID(), b.ID())] {
		c.logf("the link of %s and %s is back", a.Name, b.Name)
		delete(c.cut, linkOf(a.ID(), b.ID()))
	}
}

// lose has a node notice that another is gone, after it has read some of what was on its
// way from it.
func (c *Cluster) lose(gone, by *Node) {
	unread := c.between(gone, by)
	keep := len(unread)
	if c.Chaos != nil && keep > 0 {
		keep = c.rng.IntN(keep + 1)
	}
	for _, at := range slices.Backward(unread[keep:]) {
		c.take(at)
	}
	c.queue = append(c.queue, event{kind: lostEvent, from: gone.ID(), to: by.ID()})
}

// between are the places in the queue of messages on their way.
func (c *Cluster) between(from, to *Node) (places []int) {
	for i := range c.queue {
		if e := &c.queue[i]; e.kind == messageEvent && e.from == from.ID() && e.to == to.ID() {
			places = append(places, i)
		}
	}
	return places
}

// Tick lets one tick pass at every machine.
func (c *Cluster) Tick() {
	c.ticks++
	for _, n := range c.Nodes {
		if n.Frozen {
			continue
		}
		for _, r := range append([]*Run(nil), n.runs...) {
			if !r.begun {
				continue
			}
			c.watch.older(c, r)
			if r.asked != nil && r.Node.Head < wantedHead(*r.asked) && r.Node.Oracle == nil {
				if r.waits++; r.waits >= waitBehind {
					c.answer(r)
				}
			}
			c.step(r, session.Tick{})
		}
	}
}

// Follow moves a node's head on, which wakes the questions that wait for it.
func (c *Cluster) Follow(n *Node, block uint64) {
	n.Head = max(n.Head, block)
	for _, r := range n.runs {
		if r.asked != nil && n.Head >= wantedHead(*r.asked) && r.waits > 0 {
			c.queue = append(c.queue, event{kind: verdictEvent, run: r})
		}
	}
}

// patience bounds a schedule: more than the longest deadlines of sessions one after
// another. What has not ended by then never would.
const patience = 400 * session.TicksPerSecond

// Settle lets everything happen until no session is left. It fails if one never ends.
func (c *Cluster) Settle() error {
	for limit := c.ticks + patience; ; {
		if e, ok := c.next(); ok {
			c.happen(e)
			continue
		}
		if len(c.queue) == 0 && c.idle() {
			return c.verdict()
		}
		if c.ticks > limit {
			return fmt.Errorf("a session never ends: %s", c.stuck())
		}
		c.Tick()
	}
}

// Steps lets at most n events happen, without time passing unless it must.
func (c *Cluster) Steps(n int) {
	for range n {
		if e, ok := c.next(); ok {
			c.happen(e)
		} else {
			c.Tick()
		}
	}
}

func (c *Cluster) idle() bool {
	for _, n := range c.Nodes {
		if len(n.runs) > 0 {
			return false
		}
	}
	return true
}

func (c *Cluster) stuck() string {
	for _, n := range c.Nodes {
		for _, r := range n.runs {
			return n.Name + " " + r.Machine.String()
		}
	}
	return "a message"
}
