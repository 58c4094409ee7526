package generation

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// maxBusy is how often one node may have it stand back. One that always is busy is
	// left out.
	maxBusy = 6
	// maxReports bounds how many earlier attempts one node may bring up. An honest one
	// has one at a time.
	maxReports = 3
)

// stage is what the coordinator of a generation is busy with.
type stage uint8

const (
	// idle: not started. Next: running, resolving, ended.
	idle stage = iota
	// running: an attempt is under way. Next: resolving, when an earlier attempt turns
	// up; running, in a new attempt without the silent and the guilty; pausing; ended.
	running
	// resolving: earlier attempts are being completed or abandoned. Next: running, when
	// all are abandoned; ended, when one turns out to be the key.
	resolving
	// pausing: others are busy with this key id. Next: running, resolving, ended.
	pausing
	// ended: nothing more will come.
	ended
)

func (s stage) String() string {
	return [...]string{"idle", "running", "resolving earlier attempts", "pausing", "ended"}[s]
}

// Coordinator generates a server key for its node, the initiator of the generation; or it deals one anew, with move. It
// nests attempts: each is a session of its own, so ID changes with them.
type Coordinator struct {
	env       session.Env
	state     *session.State
	key       wire.KeyID
	threshold uint32
	proof     wire.Proof
	move      *moving // nil in a generation

	stage   stage
	ticks   int // of all
	waited  int // of the stage, or until the pause is over
	setup   *wire.Setup
	sid     wire.SessionID
	asked   []wire.NodeID // at whom the attempt is opened, without this node
	run     *run          // nil until the members are free to begin
	dropped map[wire.NodeID]bool
	refusal *wire.Error // the last one, for the answer
	mine    []wire.SessionID
	record  *wire.KeyRecord

	answered map[wire.NodeID]bool // the Init of this attempt, or never will
	busy     map[wire.NodeID]int  // how often it said that it was
	reports  map[wire.NodeID]int
	earlier  []*polling
	resting  []wire.Abandonment // laid to rest
	out      session.Effects
}

// New begins the generation of a key of this threshold. state is what the node knows of the id. It fails at once with
// KeyExists, BadRequester, Policy, Threshold or Disconnected.
func New(env session.Env, state *session.State, key wire.KeyID, threshold uint32, proof wire.Proof) (*Coordinator, error) {
	g := newCoordinator(env, state, key, threshold, proof)
	if err := checkGeneration(&env, key, threshold, proof); err != nil {
		return nil, err
	}
	switch {
	case !env.Member(env.Self.ID()):
		return nil, wire.Errorf(wire.NotMember, "this node is not in the key server set and can't begin a generation")
	case int64(threshold) >= int64(len(env.Set)):
		return nil, wire.Errorf(wire.Threshold, "threshold %d needs more than %d key servers", threshold, len(env.Set))
	case state.Record != nil && state.Record.Confirmed():
		return nil, wire.Errorf(wire.KeyExists, "key %v", key)
	case len(g.members()) < g.majority():
		return nil, wire.Errorf(wire.Disconnected, "%d of the %d key servers needed are connected%s", len(g.members()), g.majority(), session.OlderNote(&env))
	}
	if err := g.propose(); err != nil {
		return nil, err
	}
	return g, nil
}

func newCoordinator(env session.Env, state *session.State, key wire.KeyID, threshold uint32, proof wire.Proof) *Coordinator {
	own := *state
	return &Coordinator{env: env, state: &own, key: key, threshold: threshold, proof: proof,
		dropped: make(map[wire.NodeID]bool), reports: make(map[wire.NodeID]int), busy: make(map[wire.NodeID]int)}
}

// ID names the session of the present attempt. Only its messages are for this machine.
func (g *Coordinator) ID() wire.SessionID { return g.sid }

// Key is the key id that is being generated.
func (g *Coordinator) Key() wire.KeyID { return g.key }

// Promised tells that the attempt can no longer be given up for another one.
func (g *Coordinator) Promised() bool { return g.run != nil && g.run.phase >= certifying }

// InTheWay tells whether another generation of the key id has to wait for this one, or to be let by.
func (g *Coordinator) InTheWay() bool { return g.stage != pausing } // or stands back already

// YieldsTo tells whether this node's generation stands back for one of another node, of this session id.
func (g *Coordinator) YieldsTo(from wire.NodeID, id wire.SessionID) bool {
	if g.move != nil {
		return !g.Promised() && g.env.GoesFirst(g.key, g.move.slot, from, g.env.Self.ID())
	}
	return !g.Promised() && bytes.Compare(id[:], g.sid[:]) <= 0
}

// UnderWay tells whether it is too early to vote on an attempt, whoever asks: it is this one, and has not come to its end.
func (g *Coordinator) UnderWay(attempt wire.SessionID, _ wire.NodeID) bool {
	return g.sid == attempt && g.run != nil && g.run.phase < certified
}

// Record is the key after Done: also of a generation that failed with KeyExists, if
// the key became known in it. Else nil.
func (g *Coordinator) Record() *wire.KeyRecord { return g.record }

// String tells stage and phase.
func (g *Coordinator) String() string {
	if g.stage == running {
		return "generation: " + g.run.phase.String()
	}
	return "generation: " + g.stage.String()
}

// majority is how many key servers a new key needs, of the whole set, whoever is connected.
func (g *Coordinator) majority() int { return wire.Majority(len(g.env.Set), int(g.threshold)) }

// members are all that can take part.
func (g *Coordinator) members() []wire.NodeID {
	members := []wire.NodeID{g.env.Self.ID()}
	for _, m := range g.env.Connected {
		if !g.dropped[m] && g.env.Deals(m) && g.env.Member(m) && !slices.Contains(members, m) {
			members = append(members, m)
		}
	}
	return wire.SortNodeIDs(members)
}

// propose makes the set-up of the next attempt.
func (g *Coordinator) propose() error {
	s := &wire.Setup{Cluster: g.env.Cluster, Key: g.key, Threshold: g.threshold, SetSize: uint32(len(g.env.Set)),
		Members: g.members(), Initiator: g.env.Self.ID(), Proof: g.proof, Set: g.env.SetRef()}
	if g.move != nil {
		if err := g.proposeMove(s); err != nil {
			return err
		}
	}
	if err := g.env.ReadRandom(s.Nonce[:]); err != nil {
		return err
	}
	if err := session.CheckGap(&g.env, s); err != nil {
		return err
	}
	g.setup, g.sid = s, s.Session()
	g.asked = g.among(s)
	g.mine = append(g.mine, g.sid)
	return nil
}

// among are all that an attempt is opened at, without this node.
func (g *Coordinator) among(s *wire.Setup) (nodes []wire.NodeID) {
	terms := s.Terms()
	all := terms.Parties()
	if g.move != nil {
		all = append(slices.Clone(all), g.witnesses(all)...)
	}
	for _, node := range all {
		if node != g.env.Self.ID() {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// Step takes one input.
func (g *Coordinator) Step(in session.Input) session.Effects {
	if g.stage == ended {
		if c, ok := in.(session.Cancel); ok { // what was to be saved last could not be
			g.record = nil
			return session.Fail(wire.ReasonOf(c.Err), "%v", c.Err)
		}
		return session.Effects{}
	}
	if g.stage == resolving {
		g.reload()
	}
	switch in := in.(type) {
	case session.Start:
		if g.stage == idle {
			g.begin()
		}
	case session.Received:
		if g.stage != pausing && (g.env.Member(in.From) || slices.Contains(g.asked, in.From)) && in.From != g.env.Self.ID() {
			g.receive(in)
		}
	case session.PeerLost:
		for _, q := range g.earlier {
			q.lost(in.Node)
		}
		g.drop(in.Node, wire.Errorf(wire.Disconnected, "%s is disconnected", in.Node.Short()))
	case session.Tick:
		g.tick()
	case session.Yield:
		if (g.stage == running || g.stage == resolving) && !g.Promised() {
			g.pause()
		}
	case session.Cancel:
		g.fail(wire.ReasonOf(in.Err), "cancelled: %v", in.Err)
	}
	g.settle()
	out := g.out
	g.out = session.Effects{}
	return out
}

// begin opens the attempt at the members. If nothing stands in its way, as far as is
// known here, the own part begins at once.
func (g *Coordinator) begin() {
	g.waited, g.answered = 0, make(map[wire.NodeID]bool)
	if len(g.mine) > 1 {
		g.reload()
	}
	if r := g.state.Record; r != nil && r.Confirmed() {
		g.conclude(r)
		return
	}
	g.out.Save = append(g.out.Save, g.state.Tidy()...)
	if r := g.state.Record; r != nil {
		g.note(&r.Setup, r)
	} else if a := g.state.Attempt; a != nil {
		g.note(&a.Setup, nil)
	}
	g.broadcast(g.opening())
	if g.stage = running; len(g.earlier) > 0 {
		g.stage = resolving
		return
	}
	run, err := newRun(g.env, g.state, g.setup)
	if err != nil {
		g.fail(wire.ReasonOf(err), "%v", err)
		return
	}
	g.run = run
	if g.move != nil {
		g.waive()
	}
	run.start()
}

// opening is what the attempt is opened with.
func (g *Coordinator) opening() wire.Opening {
	if g.move != nil {
		return &wire.Redistribute{Setup: *g.setup, Abandonments: g.resting, Parent: *g.move.parent, Cause: g.move.cause}
	}
	return &wire.Init{Setup: *g.setup, Abandonments: g.resting}
}

// again begins the next attempt, of those that are left.
func (g *Coordinator) again() {
	g.dismiss(wire.Errorf(wire.Cancelled, "the generation begins again"))
	g.resume()
}

// resume begins an attempt when none is under way, if enough are left for one.
func (g *Coordinator) resume() {
	if g.move != nil && !g.current() {
		return
	}
	if have, need := len(g.members()), g.majority(); have < need { // they were enough at first, and whoever is left out since is so for a reason
		g.fail(g.refusal.Reason, "%d of the %d key servers needed are left; the last one lost: %s", have, need, g.refusal.Detail)
		return
	}
	if err := g.propose(); err != nil {
		g.fail(wire.ReasonOf(err), "%v", err)
		return
	}
	g.begin()
}

// dismiss tells the members of the attempt that it is over.
func (g *Coordinator) dismiss(why *wire.Error) {
	if g.run != nil {
		g.out.Add(g.run.take())
	}
	g.broadcast(wire.RefuseWith(why))
	g.letGo()
	g.earlier = nil
}

// letGo ends the own part of the attempt, whose secrets are of no use any more.
func (g *Coordinator) letGo() {
	if g.run != nil {
		g.run.drop()
		g.run = nil
	}
}

func (g *Coordinator) fail(reason wire.Reason, format string, args ...any) {
	err := wire.Errorf(reason, format, args...)
	if g.stage != idle && g.stage != pausing {
		g.dismiss(wire.Errorf(wire.Cancelled, "the generation failed"))
	}
	g.end(err)
}

func (g *Coordinator) end(err *wire.Error) {
	g.stage, g.out.Done = ended, true
	g.letGo()
	if err != nil {
		g.out.Err = err
	}
}

// pause stands back for another generation of the same key.
func (g *Coordinator) pause() {
	var b [2]byte
	if err := g.env.ReadRandom(b[:]); err != nil {
		g.fail(err.Reason, "%s", err.Detail)
		return
	}
	g.dismiss(wire.Errorf(wire.Busy, "another generation for this key id goes first"))
	g.stage, g.waited = pausing, -pauseMin-int(binary.BigEndian.Uint16(b[:]))%pauseSpread
}

// drop goes on without a node.
func (g *Coordinator) drop(node wire.NodeID, why *wire.Error) {
	if g.dropped[node] || node == g.env.Self.ID() {
		return
	}
	g.dropped[node], g.refusal = true, why
	if g.answered != nil {
		g.answered[node] = true
	}
	if g.stage == running && g.run.phase < certified && slices.Contains(g.run.parties, node) {
		g.again()
	}
}

// receive leads a message to the attempt, or to the polling that asked for it.
func (g *Coordinator) receive(in session.Received) {
	if in.Session == g.sid {
		g.received(in)
		return
	}
	for _, q := range g.earlier {
		if g.stage == resolving && q.begun && q.id == in.Session {
			q.received(in.From, in.Msg)
		}
	}
}

func (g *Coordinator) received(in session.Received) {
	switch m := in.Msg.(type) {
	case *wire.Refuse:
		g.refused(in.From, m.Err())
	case *wire.Waiver:
		g.waived(in.From, m)
	case *wire.Conflict:
		g.conflicting(in.From, &m.Setup)
	case *wire.Adopt:
		g.answered[in.From] = true
		g.offered(in.From, &m.Record)
	default:
		g.answered[in.From] = true
		if g.run != nil {
			g.run.receive(in.From, m)
		}
	}
}

// refused handles a member that will not take part.
func (g *Coordinator) refused(from wire.NodeID, why *wire.Error) {
	switch {
	case g.stage == running && g.run.phase == certified:
	case g.move != nil && g.spare(from, why):
	case why.Reason == wire.Busy && g.busy[from] < maxBusy:
		g.busy[from]++
		g.refusal = why
		g.pause()
	default:
		g.drop(from, wire.Errorf(why.Reason, "%s: %s", from.Short(), why.Detail))
	}
}

// settle looks at where the attempt has come to.
func (g *Coordinator) settle() {
	for g.stage == running {
		r := g.run
		if g.move != nil {
			g.settlePair()
		}
		g.out.Add(r.take())
		switch {
		case r.confirmed:
			g.succeed(r.record)
		case r.phase == certified:
			return
		case len(r.guilty) > 0:
			for _, node := range r.guilty {
				g.dropped[node], g.refusal = true, wire.Errorf(wire.Cheated, "%s broke the protocol", node.Short())
			}
			if slices.Contains(r.guilty, g.env.Self.ID()) {
				g.fail(wire.Internal, "the members found this node itself guilty")
				return
			}
			g.again()
		case r.failed != nil:
			g.fail(r.failed.Reason, "%s", r.failed.Detail)
		default:
			return
		}
	}
	if g.stage == resolving && g.waited >= 0 {
		g.resolved()
	}
}

// succeed ends with a key. Members that have not acknowledged it may lack it.
func (g *Coordinator) succeed(record *wire.KeyRecord) {
	told := g.run.missing()
	for _, node := range g.asked { // what it was dealt from or waived for has come to be
		if g.setup.Index(node) == 0 {
			told = append(told, node)
		}
	}
	for _, m := range told {
		g.run.send(m, &wire.Adopt{Record: *record})
	}
	g.out.Add(g.run.take())
	g.record = record
	g.end(nil)
}

func (g *Coordinator) tick() {
	if g.ticks++; g.ticks >= generationDeadline {
		g.fail(wire.Timeout, "generating key %v took too long while %s; retry", g.key, g)
		return
	}
	g.waited++
	switch {
	case g.stage == pausing && g.waited >= 0:
		g.resume()
	case g.stage == resolving:
		for _, q := range g.earlier {
			q.tick()
		}
	case g.stage == running:
		g.tickRun()
	}
}

// tickRun helps those that lag, and then goes on without them.
func (g *Coordinator) tickRun() {
	r := g.run
	r.idle++
	if g.move != nil && !slices.Contains(r.reveals, nil) {
		g.move.waited++
	}
	silent := r.missing()
	switch {
	case r.idle == relayAfter || r.idle == 2*relayAfter:
		for _, m := range silent {
			if r.phase == certified {
				r.send(m, &wire.Adopt{Record: *r.record})
			} else {
				r.relay(m)
			}
		}
	case r.idle < roundTimeout:
	case r.phase == certified: // some have said that they will not complete it, or can't say
		g.note(r.setup, r.record)
		g.stage, g.waited = resolving, answerTimeout
		g.letGo()
	default:
		for _, m := range silent {
			g.dropped[m] = m != g.env.Self.ID()
			g.refusal = wire.Errorf(wire.Timeout, "%s was silent while %v", m.Short(), r.phase)
		}
		g.again()
	}
}

func (g *Coordinator) broadcast(m wire.Message) {
	g.out.Send = append(g.out.Send, session.ToAll(g.asked, g.sid, m)...)
}
