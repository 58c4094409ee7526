package sessiontest

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

type eventKind uint8

const (
	messageEvent eventKind = iota
	verdictEvent
	inputEvent
)

// event is something that can happen next.
type event struct {
	kind    eventKind
	run     *Run          // verdicts and inputs
	input   session.Input // inputs
	from    wire.NodeID   // messages, as all below
	to      wire.NodeID
	session wire.SessionID
	code    wire.Code
	payload []byte
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
)

func (w crashWhere) String() string {
	return [...]string{"before", "after", "after sending"}[w]
}

// CrashAt makes the node that saves for the n-th time, counted over the cluster from
// now, go down there: 0 before the save, 1 after it, 2 after sending what follows.
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
	c.Down(n)
	return true
}

// send puts a message on its way, through the codec.
func (c *Cluster) send(n *Node, env wire.Envelope) {
	all := []wire.Envelope{env}
	if n.Mutate != nil {
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
	if to := c.Node(env.To); to == nil || !to.Up { // as service tells a machine whose message can't be sent
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
	case messageEvent:
		id, msg, err := wire.Decode(e.code, e.payload)
		if err != nil {
			c.logf("%s drops a message of %s: %v", c.Name(e.to), c.Name(e.from), err)
			return
		}
		if n := c.Node(e.to); n != nil {
			c.deliver(n, session.Received{From: e.from, Session: id, Msg: msg})
		}
	}
}

// next takes the event that happens next; false if time has to pass.
func (c *Cluster) next() (event, bool) {
	if len(c.queue) == 0 {
		return event{}, false
	}
	at := 0
	if ch := c.Chaos; ch != nil {
		if c.rng.IntN(100) < ch.Tick {
			return event{}, false
		}
		at = c.rng.IntN(len(c.queue))
		if e := c.queue[at]; e.kind == messageEvent {
			switch p := c.rng.IntN(100); {
			case p < ch.Drop:
				c.remove(at)
				return c.next()
			case p < ch.Drop+ch.Duplicate:
				return e, true // stays in the queue
			}
		}
	}
	e := c.queue[at]
	c.remove(at)
	return e, true
}

func (c *Cluster) remove(at int) {
	copy(c.queue[at:], c.queue[at+1:])
	c.queue = c.queue[:len(c.queue)-1]
}

// Tick lets one tick pass at every machine.
func (c *Cluster) Tick() {
	c.ticks++
	for _, n := range c.Nodes {
		for _, r := range append([]*Run(nil), n.runs...) {
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
