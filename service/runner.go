package service

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// inboxEach bounds what waits for one machine from one member. The longest honest burst
// is a few messages in each round of a generation.
const inboxEach = 12

// inboxSize bounds what waits for one machine of a cluster. It has room for the share of
// every member, so none can flood the others' messages out.
func inboxSize(members int) int { return 32 + (inboxEach+1)*members }

// lifetime is the last bound on a session. Machines have tighter deadlines of their
// own; one that reaches this has a defect.
const lifetime = 3 * time.Minute

// runner drives one machine: step, save, send, ask or wait. It is the only session
// loop, and the only place that logs a session's change of state.
//
// A step and its effects are one under mu, which guards the fields below it.
type runner struct {
	d     *driver
	key   wire.KeyID
	id    wire.SessionID // of the machine when it began; for the log
	peer  wire.NodeID    // who opened it; zero for sessions of our own clients
	kind  wire.Kind
	items int // that the peer has asked to be dealt

	inbox   chan session.Input
	ended   chan struct{} // closed when all is over; err is then valid without mu
	routes  []join.Route  // guarded by sessions.mu
	begun   time.Time
	dropped atomic.Bool

	senders senders // of what is in the inbox

	mu      sync.Mutex
	ctx     context.Context // of the questions asked, and of what waits for its turn at the disk
	machine session.Machine // nil until joined
	over    bool            // the machine has ended
	err     error
	asked   map[wire.NodeID]time.Time // sent to and not yet heard from
}

func (d *driver) newRunner(kind wire.Kind, key wire.KeyID, peer wire.NodeID) *runner {
	return &runner{
		d: d, key: key, peer: peer, kind: kind,
		inbox: make(chan session.Input, inboxSize(d.servers.Heard())),
		ended: make(chan struct{}),
		begun: time.Now(),
		ctx:   d.ctx, // until it runs: another session may have it stand back before
		asked: make(map[wire.NodeID]time.Time),
	}
}

// deliver hands an input over without ever blocking.
func (r *runner) deliver(in session.Input) {
	msg, counts := in.(session.Received)
	if counts && !r.senders.add(msg.From) {
		r.drop(in)
		return
	}
	select {
	case r.inbox <- in:
	default:
		r.took(in)
		r.drop(in)
	}
}

// took is told of what left the inbox.
func (r *runner) took(in session.Input) {
	if msg, counts := in.(session.Received); counts {
		r.senders.remove(msg.From)
	}
}

// senders counts the messages of each member in an inbox.
type senders struct {
	mu     sync.Mutex
	counts []senderCount // few, so a list
}

type senderCount struct {
	node  wire.NodeID
	count int
}

// add counts a message, or tells that its sender's share is used up.
func (s *senders) add(node wire.NodeID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.counts, func(c senderCount) bool { return c.node == node })
	if i < 0 {
		s.counts = append(s.counts, senderCount{node, 1})
		return true
	}
	if s.counts[i].count >= inboxEach {
		return false
	}
	s.counts[i].count++
	return true
}

func (s *senders) remove(node wire.NodeID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.counts {
		if s.counts[i].node == node {
			s.counts[i].count--
		}
	}
}

func (r *runner) drop(in session.Input) {
	messagesDropped.Inc(1)
	if r.dropped.Swap(true) {
		return // said already
	}
	args := []any{"session", r.kind, "key", r.key}
	if msg, ok := in.(session.Received); ok {
		args = append(args, "peer", msg.From.Short())
	}
	log.Warn("Secret store session is flooded, dropping messages", args...)
}

func (r *runner) setMachine(m session.Machine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.machine = m
}

// run drives the machine to its end.
func (r *runner) run(ctx context.Context, m session.Machine, first session.Input) {
	defer r.end()
	ctx, cancel := context.WithTimeout(ctx, lifetime)
	defer cancel()
	ticker := time.NewTicker(time.Second / session.TicksPerSecond)
	defer ticker.Stop()

	r.mu.Lock()
	r.machine, r.ctx, r.id = m, ctx, m.ID()
	r.mu.Unlock()
	r.log("Secret store session begins")
	for in := first; ; in = r.next(ctx, ticker.C) {
		if r.turn(ctx, in) {
			return
		}
	}
}

// turn steps the machine when its opener's turn has come: the sessions of a key server
// that opens many take no processor from those of the others. The place is for the processor alone, and given back before
// the effects are carried out. Ticks cost next to nothing.
func (r *runner) turn(ctx context.Context, in session.Input) (over bool) {
	computed := func() {}
	if _, tick := in.(session.Tick); !tick {
		places := r.d.limits.steps
		if r.deals() {
			places = r.d.limits.dealings
		}
		release, err := places.Take(ctx, r.peer, lifetime)
		if err != nil {
			in = session.Cancel{Err: wire.Errorf(wire.Cancelled, "%v", err)}
		} else {
			computed = release
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.step(in, computed)
}

// deals tells whether the machine deals a key or items, which takes much longer than all else: these have places of their
// own.
func (r *runner) deals() bool { return r.kind.Work == wire.Deals }

// next waits for the next input.
func (r *runner) next(ctx context.Context, tick <-chan time.Time) session.Input {
	select {
	case in := <-r.inbox:
		r.took(in)
		return in
	case <-tick:
		return session.Tick{}
	case <-ctx.Done():
		return session.Cancel{Err: wire.Errorf(wire.Cancelled, "%v", context.Cause(ctx))}
	}
}

// step takes one input, carries its effects out and tells whether the machine has
// ended. The caller holds mu. computed is called once, before the effects.
func (r *runner) step(in session.Input, computed func()) bool {
	if r.over {
		computed()
		return true
	}
	r.heard(in)
	before := r.state()
	eff := r.machine.Step(in)
	computed()
	countPartials(in, eff)
	r.notice(in, eff)
	r.perform(eff)
	if after := r.state(); after != before && !r.over {
		r.log("Secret store session moves on", "state", after)
	}
	return r.over
}

// state is the machine's, if somebody is to read of it.
func (r *runner) state() string {
	if !log.Root().Enabled(context.Background(), r.level()) {
		return ""
	}
	return r.machine.String()
}

// perform carries effects out in field order.
func (r *runner) perform(eff session.Effects) {
	err := r.save(eff.Save)
	eff.Erase()
	if err != nil {
		// Nothing of this step may be seen: what is sent was to be durable before.
		eff = r.machine.Step(session.Cancel{Err: saveError(err)})
		eff.Erase()
		eff.Save = nil
	}
	for _, env := range eff.Send {
		r.send(env)
		r.repay(env.Msg)
	}
	if eff.Ask != nil && !eff.Done {
		r.ask(*eff.Ask)
	}
	for _, fault := range eff.Faults {
		r.d.blame(r.kind, r.key, fault)
	}
	r.over, r.err = eff.Done, eff.Err
}

// save writes a machine's records. It has no place among those that compute any more, and waits for its turn at the disk;
// when the node stops nobody has to wait.
func (r *runner) save(recs []wire.Record) error {
	if len(recs) > 0 {
		if release, err := r.d.limits.saves.Take(r.ctx, r.peer, lifetime); err == nil {
			defer release()
		}
	}
	return r.d.save(r.key, recs)
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
	if r.peer == (wire.NodeID{}) { // who takes part speaks in no session but the one that was opened
		r.d.sessions.route(env.Session, r)
	}
	if err := r.d.post(env); err != nil {
		log.Debug("Secret store message not sent", "to", env.To.Short(), "session", r.kind, "err", err)
		r.deliver(session.PeerLost{Node: env.To})
		return
	}
	r.expect(env)
}

// post sends a machine's message, or, of a set that was given up, why the receiver can't read it. A Deal goes with what this node keeps at that very moment with the receiver, if that
// is known to read it.
func (d *driver) post(env wire.Envelope) (err error) {
	if !d.network.Knows(env.To, protocol.Addresses) {
		env.Msg = withoutAddresses(env.Msg)
	}
	if env.Msg, err = readable(env.Msg, d.network.Knows(env.To, protocol.GivingUp)); err != nil {
		return err
	}
	deal, ok := env.Msg.(*wire.Deal)
	if !ok || !d.network.Knows(env.To, protocol.KeptItems) {
		return d.network.Send(env.To, env.Session, env.Msg)
	}
	d.vault.use(func(v *items.Vault) {
		err = d.network.Send(env.To, env.Session, &wire.Deal{Setup: deal.Setup, Kept: v.Kept(env.To)})
	})
	return err
}

// readable is a message as its receiver can read it, which may not know that server sets can be given up: in place of an answer
// that tells of one, why it is not told. It fails for what would open a session.
func readable(msg wire.Message, knows bool) (wire.Message, error) {
	if knows || !wire.TellsGivenUp(msg) {
		return msg, nil
	}
	why := wire.Errorf(wire.Unsupported, "a server set was given up, of which the program of this key server can't read: upgrade it")
	if _, opening := msg.(wire.Opening); opening {
		return nil, why
	}
	return wire.RefuseWith(why), nil
}

// expect notes since when an answer is due: from the first message that is not answered.
// None is due to what a member sends, nor to a word that one is not needed any more.
func (r *runner) expect(env wire.Envelope) {
	if r.peer != (wire.NodeID{}) || r.kind.Class == wire.Asks || env.Msg.Code() == wire.CodeRefuse {
		return
	}
	if _, due := r.asked[env.To]; !due {
		r.asked[env.To] = time.Now()
	}
}

// ask lets the oracle decide beside the loop, so that a machine that waits for the
// chain still hears its peers.
func (r *runner) ask(q session.Question) {
	ctx := r.ctx
	r.d.spawn(func() {
		verdict := r.decide(ctx, q)
		select {
		case r.inbox <- verdict: // not dropped in a flood: the machine waits for it
		case <-r.ended:
		}
	})
}

// decide is the oracle's verdict. What one key server has asked here waits for its own questions: contracts are executed
// by turns of keys, and it can name any number of these.
func (r *runner) decide(ctx context.Context, q session.Question) session.Verdict {
	if r.peer != (wire.NodeID{}) {
		release, err := r.d.limits.asked.Take(ctx, r.peer, lifetime)
		if err != nil {
			return session.Verdict{Answer: session.Unreadable, Reason: err.Error()}
		}
		defer release()
	}
	begun := time.Now()
	verdict := r.d.oracle.Decide(ctx, q)
	countDecision(verdict, time.Since(begun))
	return verdict
}

// heard keeps the peers' scores.
func (r *runner) heard(in session.Input) {
	msg, ok := in.(session.Received)
	if !ok {
		return
	}
	if sent, ok := r.asked[msg.From]; ok {
		delete(r.asked, msg.From)
		r.d.scores.answered(msg.From, time.Since(sent))
	}
}

func (r *runner) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for node, sent := range r.asked {
		r.d.scores.silent(node, time.Since(sent))
	}
	r.d.sessions.remove(r)
	r.forgo()
	close(r.ended)
	r.d.watchers.tell(r.machine)
	r.d.givenUp.note(r)
	if r.err != nil {
		r.log("Secret store session failed", "reason", wire.ReasonOf(r.err), "err", r.err)
		sessionsFailed.Inc(1)
		return
	}
	r.log("Secret store session done")
	sessionsDone.Inc(1)
}

// level is info for those sessions of our own that operators want to read of, else debug: there
// are many reads, and what others begin is in their own logs.
func (r *runner) level() slog.Level {
	if r.peer == (wire.NodeID{}) && r.kind.Log == wire.LogInfo {
		return log.LevelInfo
	}
	return log.LevelDebug
}

// log is one line per change of state. Neither requester nor author is named: a log goes
// to more people than a request.
func (r *runner) log(what string, more ...any) {
	if !log.Root().Enabled(context.Background(), r.level()) {
		return
	}
	args := []any{"session", r.kind, "id", r.id, "key", r.key, "elapsed", time.Since(r.begun).Round(time.Microsecond)}
	if r.peer != (wire.NodeID{}) {
		args = append(args, "for", r.peer.Short())
	}
	log.Root().Write(r.level(), what, append(args, more...)...)
}
