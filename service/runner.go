package service

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// inboxSize bounds what waits for one machine. The longest honest burst is one
// message of each member in each round of a generation.
const inboxSize = 4 * wire.MaxMembers

// lifetime is the last bound on a session. Machines have tighter deadlines of their
// own; one that reaches this has a defect.
const lifetime = 3 * time.Minute

// runner drives one machine: step, save, send, ask or wait. It is the only session
// loop, and the only place that logs a session's change of state.
//
// machine belongs to the goroutine of run. The rest may be used by anyone.
type runner struct {
	s       *Service
	machine session.Machine
	key     wire.KeyID
	peer    wire.NodeID // who opened it; zero for sessions of our own clients
	what    string      // "generate", "store", …, for the log

	inbox    chan session.Input
	ended    chan struct{}    // closed when the machine has ended
	err      error            // valid after ended
	routes   []wire.SessionID // guarded by sessions.mu
	promised atomic.Bool
	begun    time.Time
	asked    map[wire.NodeID]time.Time // sent to and not yet heard from
	dropped  atomic.Bool
}

func (s *Service) newRunner(what string, key wire.KeyID, peer wire.NodeID) *runner {
	return &runner{
		s: s, key: key, peer: peer, what: what,
		inbox: make(chan session.Input, inboxSize),
		ended: make(chan struct{}),
		begun: time.Now(),
		asked: make(map[wire.NodeID]time.Time),
	}
}

// deliver hands an input over without ever blocking.
func (r *runner) deliver(in session.Input) {
	select {
	case r.inbox <- in:
	default:
		if !r.dropped.Swap(true) {
			log.Warn("Secret store session is flooded, dropping messages", "session", r.what, "key", r.key)
		}
	}
}

// run drives the machine to its end.
func (r *runner) run(ctx context.Context, first session.Input) {
	defer r.end()
	ctx, cancel := context.WithTimeout(ctx, lifetime)
	defer cancel()
	ticker := time.NewTicker(time.Second / session.TicksPerSecond)
	defer ticker.Stop()

	r.log("Secret store session begins")
	for in := first; ; in = r.next(ctx, ticker.C) {
		before := r.machine.String()
		if r.perform(ctx, r.machine.Step(in)) {
			return
		}
		if after := r.machine.String(); after != before {
			r.log("Secret store session moves on", "state", after)
		}
	}
}

// next waits for the next input.
func (r *runner) next(ctx context.Context, tick <-chan time.Time) session.Input {
	select {
	case in := <-r.inbox:
		r.heard(in)
		return in
	case <-tick:
		return session.Tick{}
	case <-ctx.Done():
		return session.Cancel{Err: wire.Errorf(wire.Cancelled, "%v", context.Cause(ctx))}
	}
}

// perform carries effects out in field order and tells whether the machine ended.
func (r *runner) perform(ctx context.Context, eff session.Effects) bool {
	if err := r.s.save(r.key, eff.Save); err != nil {
		// Nothing of this step may be seen: what is sent was to be durable before.
		eff = r.machine.Step(session.Cancel{Err: saveError(err)})
		eff.Save = nil
	}
	if p, ok := r.machine.(interface{ Promised() bool }); ok {
		r.promised.Store(p.Promised())
	}
	for _, env := range eff.Send {
		r.send(env)
	}
	if eff.Ask != nil && !eff.Done {
		r.ask(ctx, *eff.Ask)
	}
	for _, fault := range eff.Faults {
		r.s.blame(r.what, r.key, fault)
	}
	r.err = eff.Err
	return eff.Done
}

// saveError is what a machine is told when its records could not be written.
func saveError(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return wire.Errorf(wire.Busy, "another session has promised something else for this key id")
	}
	log.Error("Secret store can't write to its database", "err", err)
	return wire.Errorf(wire.Database, "writing the record failed")
}

func (r *runner) send(env wire.Envelope) {
	r.s.sessions.route(env.Session, r)
	if err := r.s.network.Send(env.To, env.Session, env.Msg); err != nil {
		log.Debug("Secret store message not sent", "to", env.To.Short(), "session", r.what, "err", err)
		r.deliver(session.PeerLost{Node: env.To})
		return
	}
	if r.peer == (wire.NodeID{}) { // what a participant sends expects no answer
		r.asked[env.To] = time.Now()
	}
}

// ask lets the oracle decide beside the loop, so that a machine that waits for the
// chain still hears its peers.
func (r *runner) ask(ctx context.Context, q session.Question) {
	r.s.spawn(func() {
		verdict := r.s.oracle.Decide(ctx, q)
		select {
		case r.inbox <- verdict: // not dropped in a flood: the machine waits for it
		case <-r.ended:
		}
	})
}

// heard keeps the peers' scores.
func (r *runner) heard(in session.Input) {
	msg, ok := in.(session.Received)
	if !ok {
		return
	}
	if sent, ok := r.asked[msg.From]; ok {
		delete(r.asked, msg.From)
		r.s.scores.answered(msg.From, time.Since(sent))
	}
}

func (r *runner) end() {
	for node, sent := range r.asked {
		r.s.scores.silent(node, time.Since(sent))
	}
	r.s.sessions.remove(r)
	close(r.ended)
	if r.err != nil {
		r.log("Secret store session failed", "err", r.err)
		sessionsFailed.Inc(1)
		return
	}
	r.log("Secret store session done")
	sessionsDone.Inc(1)
}

// log is one line per change of state: for sessions that change something at info,
// for reads at debug.
func (r *runner) log(what string, more ...any) {
	level := log.LevelDebug
	if r.what == "generate" || r.what == "store" {
		level = log.LevelInfo
	}
	args := []any{"session", r.what, "key", r.key, "elapsed", time.Since(r.begun).Round(time.Microsecond)}
	if r.peer != (wire.NodeID{}) {
		args = append(args, "for", r.peer.Short())
		level = log.LevelDebug
	}
	log.Root().Write(level, what, append(args, more...)...)
}
