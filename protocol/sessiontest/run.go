package sessiontest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// ErrCrashed is the end of a run whose node went down.
var ErrCrashed = errors.New("sessiontest: the node crashed")

// Run is a machine on a node, with what service keeps beside it.
type Run struct {
	Node    *Node
	Machine session.Machine
	Err     error
	Ended   bool
	Faults  []session.Fault
	Differ  []session.Difference

	kind     wire.Kind
	peer     wire.NodeID // who opened it; zero for our own
	key      wire.KeyID
	routes   []join.Route
	asked    *session.Question
	waits    int               // ticks that the question has waited for the chain
	begun    bool              // it has had its first input
	age      int               // in ticks of its node since
	opening  wire.Opening      // that a peer sent; nil for our own
	verdict  *session.Verdict  // the last one
	nonces   []wire.NonceBytes // with which it was last asked to sign
	openings []wire.Opened     // likewise
	then     func(*Run)
}

// waitBehind is how long an oracle waits for a block, in ticks.
const waitBehind = 2 * session.TicksPerSecond

// Begin starts a machine on a node. then, if not nil, is called at its end.
func (c *Cluster) Begin(n *Node, kind wire.Kind, key wire.KeyID, m session.Machine, then func(*Run)) *Run {
	r := &Run{Node: n, Machine: m, kind: kind, key: key, then: then}
	n.runs = append(n.runs, r)
	c.route(r, m.ID())
	c.input(r, session.Start{})
	return r
}

// input gives a machine what came for it. In chaos it waits in the run's inbox, as in
// service: others may have saved something between the loading of a machine's state and
// its first step.
func (c *Cluster) input(r *Run, in session.Input) {
	if c.Chaos == nil {
		c.step(r, in)
		return
	}
	c.queue = append(c.queue, event{kind: inputEvent, run: r, input: in})
}

// route leads a session id to a run that has made it; the first to come keeps it.
func (c *Cluster) route(r *Run, id wire.SessionID) {
	at := join.Route{Session: id}
	if r.Ended || r.Node.find(at) != nil {
		return
	}
	r.routes = append(r.routes, at)
	c.replay(r, at)
}

// replay gives a run what came early for its session, if it has all of that.
func (c *Cluster) replay(r *Run, at join.Route) {
	if r.Ended {
		return
	}
	keep := r.Node.early[:0]
	for _, m := range r.Node.early {
		if at == (join.Route{Session: m.Session}) {
			c.queue = append(c.queue, event{kind: inputEvent, run: r, input: m})
		} else {
			keep = append(keep, m)
		}
	}
	r.Node.early = keep
}

func (n *Node) find(at join.Route) *Run {
	for _, r := range n.runs {
		if slices.Contains(r.routes, at) {
			return r
		}
	}
	return nil
}

// of is the run that a message is for.
func (n *Node) of(in session.Received) *Run {
	if r := n.find(join.Route{Session: in.Session}); r != nil {
		return r
	}
	return n.find(join.Route{Session: in.Session, Of: in.From})
}

// live are the machines of a node.
func (n *Node) live() (machines []session.Machine) {
	for _, r := range n.runs {
		machines = append(machines, r.Machine)
	}
	return machines
}

// Machine is the node's machine of a session; nil if it has none. For adversaries.
func (n *Node) Machine(id wire.SessionID) session.Machine {
	if r := n.find(join.Route{Session: id}); r != nil {
		return r.Machine
	}
	return nil
}

// Give gives an input to all sessions of a node, as when it stops.
func (c *Cluster) Give(n *Node, in session.Input) {
	for _, r := range append([]*Run(nil), n.runs...) {
		c.step(r, in)
	}
}

// step is service's loop body: step, save, send, ask.
func (c *Cluster) step(r *Run, in session.Input) {
	if r.Ended || !r.Node.Up {
		return
	}
	r.begun = true
	if in, ok := in.(session.Received); ok {
		r.hears(in.Msg)
	}
	before := c.phase(r)
	eff := r.Machine.Step(in)
	if len(eff.Save) > 0 {
		if c.crashes(r.Node, beforeSave) {
			return
		}
		if err := r.Node.save(eff.Save); err != nil {
			eff.Erase()
			eff = r.Machine.Step(session.Cancel{Err: err})
			eff.Save = nil
			if !eff.Done && wire.ReasonOf(err) != wire.Busy { // else another session may have written what this one wanted to
				c.violated("%s goes on although it could not save: %v", r.Node.Name, r.Machine)
				return
			}
		}
		c.saved(r.Node, eff.Save)
		eff.Erase() // as service does: no machine may want it back
		if c.crashes(r.Node, afterSave) {
			return
		}
	}
	if after := c.phase(r); after != before {
		c.logf("%s %s", r.Node.Name, after)
	}
	c.perform(r, eff)
	if len(eff.Save) > 0 {
		c.crashes(r.Node, afterSend)
	}
}

// saved looks at what a node has made durable.
func (c *Cluster) saved(n *Node, batch []wire.Record) {
	c.watch.saved(c, n, batch)
	if c.Saved != nil {
		c.Saved(n, batch)
	}
}

// phase is the machine's own word on itself, if somebody is to read of it.
func (c *Cluster) phase(r *Run) string {
	if c.Log == nil {
		return ""
	}
	return r.Machine.String()
}

// hears keeps what a signer's answer depends on.
func (r *Run) hears(m wire.Message) {
	switch m := m.(type) {
	case *wire.Sign:
		r.nonces = m.Nonces
	case *wire.Commitments:
		r.nonces = m.Nonces
	case *wire.Openings:
		r.openings = m.Openings
	}
}

// perform carries out what follows the save.
func (c *Cluster) perform(r *Run, eff session.Effects) {
	for i, env := range eff.Send {
		if len(eff.Save) > 0 && i == (len(eff.Send)+1)/2 && c.crashes(r.Node, midSend) {
			return
		}
		if r.opening == nil {
			c.route(r, env.Session)
		}
		c.watch.sends(c, r, env)
		c.send(r.Node, env)
	}
	if eff.Ask != nil && !eff.Done {
		c.ask(r, *eff.Ask)
	}
	r.Differ = append(r.Differ, eff.Differ...)
	for _, d := range eff.Differ {
		c.logf("%s and %s differ: %s", r.Node.Name, c.Name(d.Node), d.Detail)
	}
	r.Faults = append(r.Faults, eff.Faults...)
	for _, f := range eff.Faults {
		c.blame(r.Node, f)
	}
	if eff.Done {
		c.finish(r, eff.Err)
	}
}

func (c *Cluster) blame(by *Node, f session.Fault) {
	c.logf("%s blames %s: %s", by.Name, c.Name(f.Node), f.Detail)
	c.watch.blamed(c, Blame{By: by, Node: c.Node(f.Node), Detail: f.Detail, Evidence: f.Evidence})
}

func (c *Cluster) finish(r *Run, err error) {
	r.Ended, r.Err = true, err
	r.Node.runs = slices.DeleteFunc(r.Node.runs, func(o *Run) bool { return o == r })
	if c.Ended != nil {
		c.Ended(r)
	}
	if r.then != nil {
		r.then(r)
	}
}

// ask puts a question to the node's oracle; the answer comes as an event.
func (c *Cluster) ask(r *Run, q session.Question) {
	if r.asked != nil {
		c.violated("%s asks its oracle twice at once", r.Node.Name)
	}
	r.asked, r.waits = &q, 0
	if q.Requester == ([20]byte{}) {
		c.violated("%s asks about the zero address", r.Node.Name)
	}
	if r.Node.Head >= wantedHead(q) || r.Node.Oracle != nil {
		c.queue = append(c.queue, event{kind: verdictEvent, run: r})
	}
}

// answer gives the verdict that is due.
func (c *Cluster) answer(r *Run) {
	if r.asked == nil || r.Ended {
		return
	}
	q := *r.asked
	r.asked = nil
	decide := r.Node.decide
	if r.Node.Oracle != nil {
		decide = r.Node.Oracle
	}
	v := decide(q)
	c.logf("%s own chain says: %v at block %d", r.Node.Name, v.Answer, v.Block.Number)
	r.verdict = &v
	c.step(r, v)
}

// deliver is what service does with a message from a peer.
func (c *Cluster) deliver(n *Node, in session.Received) {
	if !n.Up {
		return
	}
	opening, opens := in.Msg.(wire.Opening)
	var at join.Route
	if opens {
		var wrong *session.Fault
		if at, wrong = join.RouteOf(c.ID, in, opening); wrong != nil {
			c.blame(n, *wrong)
			c.send(n, wire.Envelope{To: in.From, Session: in.Session, Msg: wire.RefuseWith(wrong.Refusal())})
			return
		}
	}
	if r := n.of(in); r != nil {
		c.input(r, in)
		return
	}
	if !opens {
		if join.CanBeEarly(in.Msg) && len(n.early) < 256 {
			n.early = append(n.early, in)
		}
		return
	}
	aside, err := join.MakeRoom(n.live(), in.From, in.Session, opening)
	if err != nil {
		c.send(n, wire.Envelope{To: in.From, Session: in.Session, Msg: wire.RefuseWith(err)})
		return
	}
	for _, r := range append([]*Run(nil), n.runs...) {
		if slices.Contains(aside, r.Machine) {
			c.step(r, session.Yield{To: in.From})
		}
	}
	load := func(key wire.KeyID) (*session.State, error) { return n.State(key), nil }
	r := &Run{Node: n, kind: wire.KindOf(opening), peer: in.From, key: opening.Subject(), opening: opening, routes: []join.Route{at}}
	m, err := join.Machine(n.Env(), n.Lend, load, in.From, in.Session, opening)
	if err != nil {
		c.send(n, wire.Envelope{To: in.From, Session: in.Session, Msg: wire.RefuseWith(err)})
		return
	}
	r.Machine = m
	n.runs = append(n.runs, r)
	if deal, ok := opening.(*wire.Deal); ok {
		n.vault.Retain(in.From, deal.Kept)
	}
	c.input(r, in)
	c.replay(r, at)
}

// Cancel ends a run as a client that is gone does.
func (c *Cluster) Cancel(r *Run) {
	c.step(r, session.Cancel{Err: wire.Errorf(wire.Cancelled, "the client is gone")})
}

// Down crashes a node: only its records stay. The others lose it.
func (c *Cluster) Down(n *Node) {
	if !n.Up {
		return
	}
	c.logf("%s goes down", n.Name)
	n.Up = false
	runs := n.runs
	n.runs, n.early, n.vault = nil, nil, items.NewVault()
	for _, r := range runs {
		r.Ended, r.Err = true, fmt.Errorf("%s: %w", n.Name, ErrCrashed)
	}
	for _, other := range c.Nodes {
		if other != n && other.Up && !c.cut[linkOf(n.ID(), other.ID())] {
			for _, at := range slices.Backward(c.between(other, n)) {
				c.take(at)
			}
			c.lose(n, other)
		}
	}
}

// Restart brings a node up again from its records.
func (c *Cluster) Restart(n *Node) {
	if !n.Up {
		c.logf("%s comes up", n.Name)
		n.Up, n.Frozen = true, false
	}
}
