package generation

import (
	"bytes"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/ballot"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// maxDealt bounds the attempts of others for one id that a node deals in: each stays
	// on disk until the slot is superseded, and any member can open more. From maxDealtFree on
	// each member has its part of them alone.
	maxDealt     = 1024
	maxDealtFree = 64
	// maxAdopts bounds the certificates that one peer may have us check in a session.
	maxAdopts = 4
)

// Member is this node's side of a server key generation that another coordinates. It does what the initiator's set-up
// says, and answers for what became of earlier attempts.
//
//	Init ─┬─► rounds ─► certified ─► end
//	      └─► bound to another attempt, and says so; the initiator finds out about that one
//	          and then begins a new session
//
// Of a redistribution it is a member, a dealer, or both; or it only waives, as another holder of what is dealt anew.
type Member struct {
	session.Member
	env     session.Env
	state   *session.State
	opening wire.Opening
	setup   *wire.Setup
	resting []wire.Abandonment
	parent  *wire.KeyRecord // what is dealt anew; nil in a generation, as base
	base    *session.State  // that state is of a slot of

	begun   bool
	givenUp wire.NodeID // who had it end before there was a key: its initiator, or that of another attempt; zero: neither
	run     *run
	ticks   int
	adopts  map[wire.NodeID]int
	counted int // ticks at which the majority had acknowledged
}

// Join takes part in the session id, which a node opened with an Init. Its first input is that message; the answer, be
// it a refusal, is among the effects.
func Join(env session.Env, state *session.State, from wire.NodeID, id wire.SessionID, init *wire.Init) *Member {
	return newMember(env, state, from, id, init, &init.Setup, init.Abandonments)
}

// JoinMove is Join for a redistribution.
func JoinMove(env session.Env, state *session.State, from wire.NodeID, id wire.SessionID, opening *wire.Redistribute) *Member {
	m := newMember(env, state, from, id, opening, &opening.Setup, opening.Abandonments)
	m.parent = &opening.Parent
	return m
}

func newMember(env session.Env, state *session.State, from wire.NodeID, id wire.SessionID, opening wire.Opening, setup *wire.Setup, resting []wire.Abandonment) *Member {
	own := *state
	m := &Member{env: env, state: &own, opening: opening, setup: setup, resting: resting, adopts: make(map[wire.NodeID]int)}
	m.Member = session.NewMember(from, id, m.drop)
	return m
}

// Key is the key id that is being generated.
func (m *Member) Key() wire.KeyID { return m.setup.Key }

// Promised tells that the attempt can no longer be given up for another one: this node
// has signed its transcript.
func (m *Member) Promised() bool { return m.run != nil && m.run.phase >= certifying }

// InTheWay tells whether another generation of the key id has to wait for this one, or to be let by.
func (m *Member) InTheWay() bool { return m.run == nil || m.run.phase != certified } // then it only helps others

// YieldsTo tells whether this generation is left for one of this node and session id: the newer one of the same initiator
// goes first. A redistribution is left for one whose initiator's turn it is: session ids can be ground.
func (m *Member) YieldsTo(from wire.NodeID, id wire.SessionID) bool {
	own := m.ID()
	switch {
	case m.Coordinator() == from:
		return true
	case m.Promised():
		return false
	case m.parent != nil:
		return m.env.GoesFirst(m.Key(), m.setup.Slot(), from, m.Coordinator())
	}
	return bytes.Compare(id[:], own[:]) <= 0
}

// UnderWay tells whether it is too early to vote on an attempt, unless its initiator asks, who has given it up then.
func (m *Member) UnderWay(attempt wire.SessionID, asking wire.NodeID) bool {
	return m.ID() == attempt && m.run != nil && m.run.phase < certified && m.Coordinator() != asking
}

// String tells the phase.
func (m *Member) String() string {
	switch {
	case m.Ended():
		return "generation member: ended"
	case !m.begun:
		return "generation member: new"
	case m.run == nil:
		return "generation member: waiving"
	}
	return "generation member: " + m.run.phase.String()
}

// Step takes one input.
func (m *Member) Step(in session.Input) session.Effects {
	if m.Ended() {
		if c, ok := in.(session.Cancel); ok { // what was to be saved last could not be
			return session.Fail(wire.ReasonOf(c.Err), "%v", c.Err)
		}
		return session.Effects{}
	}
	if !m.begun {
		if r, ok := in.(session.Received); !ok || r.Msg.Code() != m.opening.Code() {
			return m.stop(in)
		}
		m.begun = true
		return m.begin()
	}
	switch in := in.(type) {
	case session.Received:
		return m.received(in)
	case session.PeerLost:
		if in.Node == m.Coordinator() {
			return m.orphaned()
		}
	case session.Tick:
		return m.tick()
	case session.Cancel, session.Yield:
		return m.stop(in)
	}
	return session.Effects{}
}

// stop ends for a reason of this node's. What is promised stays on disk.
func (m *Member) stop(in session.Input) session.Effects {
	err := wire.Errorf(wire.Cancelled, "the session was not begun")
	switch in := in.(type) {
	case session.Cancel:
		err = wire.Errorf(wire.ReasonOf(in.Err), "cancelled: %v", in.Err)
	case session.Yield:
		m.givenUp = in.To
		if m.Promised() {
			return m.End(session.Effects{}, wire.Errorf(wire.Busy, "the initiator begins again"))
		}
		err = wire.Errorf(wire.Busy, "another generation for this key id goes first; retry")
	}
	return m.Refuse(err)
}

// drop forgets what was drawn for the attempt.
func (m *Member) drop() {
	if m.run != nil {
		m.run.drop()
	}
}

// begin checks the Init, lets go of attempts that are laid to rest in it, and joins
// unless another attempt stands in the way.
func (m *Member) begin() session.Effects {
	if err := m.check(); err != nil {
		return m.Refuse(err)
	}
	var eff session.Effects
	if m.parent != nil {
		newer, batch, err := m.enter()
		switch {
		case err != nil:
			return m.Refuse(err)
		case newer != nil:
			return m.End(m.Send(eff, &wire.Adopt{Record: *newer}), errNewer)
		}
		eff.Save = batch
	}
	eff.Save = append(eff.Save, m.state.Tidy()...)
	for i := range m.resting {
		batch, err := m.abandon(&m.resting[i])
		if err != nil {
			return m.Refuse(wire.Errorf(wire.ReasonOf(err), "%v", err))
		}
		eff.Save = append(eff.Save, batch...)
	}
	if record := m.state.Record; record != nil {
		eff = m.Send(eff, &wire.Adopt{Record: *record})
		if record.Confirmed() {
			return m.End(eff, wire.Errorf(wire.KeyExists, "key %v", m.Key()))
		}
		return m.End(eff, errBound)
	}
	if a := m.state.Attempt; a != nil {
		return m.End(m.Send(eff, &wire.Conflict{Setup: a.Setup}), errBound)
	}
	if m.parent != nil {
		eff = m.waive(eff)
		if !slices.Contains(m.parties(), m.env.Self.ID()) {
			return eff // it does nothing else
		}
	}
	return m.deal(eff)
}

// parties are members and dealers.
func (m *Member) parties() []wire.NodeID {
	terms := m.setup.Terms()
	return terms.Parties()
}

// deal begins the own part. A node deals once in a session, also one that has crashed
// since: two commits would convict it, and so would the reveals of two views; and what
// it would need to go on, its polynomial and its one-time key, is on no disk. So the
// commit is on disk before it is sent. An initiator needs no such record, for its nonce
// is in the session id.
func (m *Member) deal(eff session.Effects) session.Effects {
	switch {
	case slices.Contains(m.state.Dealt, m.ID()):
		return m.End(eff, wire.Errorf(wire.NoSession, "this node has taken part in this session before"))
	case len(m.state.Dealt) >= maxDealt:
		return m.Refuse(wire.Errorf(wire.Limit, "too many attempts for key id %v", m.Key()))
	case len(m.state.Dealt) >= maxDealtFree && m.state.DealtBy(m.Coordinator()) >= max(1, (maxDealt-maxDealtFree)/len(m.env.Set)):
		return m.Refuse(wire.Errorf(wire.Limit, "too many attempts for key id %v by this key server", m.Key()))
	}
	if m.setup.Index(m.env.Self.ID()) != 0 {
		if err := session.CheckGap(&m.env, m.setup); err != nil {
			return m.Refuse(err)
		}
	}
	run, err := newRun(m.env, m.state, m.setup)
	if err != nil {
		return m.Refuse(wire.Errorf(wire.ReasonOf(err), "%v", err))
	}
	m.run = run
	run.start()
	eff.Save = append(eff.Save, session.DealtIn(m.setup, run.dealt()))
	m.state.Dealt = append(slices.Clone(m.state.Dealt), m.ID())
	return m.settle(eff)
}

// errBound ends the session of a node that is bound to another attempt.
var errBound = wire.Errorf(wire.Busy, "an earlier attempt for this key id is not decided yet")

// abandon lets go of an attempt that the Init lays to rest. One that means nothing here
// needs no checking.
func (m *Member) abandon(a *wire.Abandonment) ([]wire.Record, error) {
	majority, stake := m.state.MajorityOf(a.Session)
	if !stake {
		return nil, nil
	}
	setup := m.state.SetupOf(a.Session) // it may be of an earlier set, whose ballots have abandoned it
	if setup == nil {
		setup = m.setup
	}
	set, unknown := m.env.SetOf(setup)
	if unknown != nil {
		return nil, unknown
	}
	if err := ballot.CheckAbandonment(set, a.Session, majority, a); err != nil {
		if setup == m.setup && m.env.SetRef() != nil {
			return nil, nil // nor need this node be told: it is bound to another one, or to none
		}
		return nil, err
	}
	return m.state.Abandon(m.Key(), a, majority), nil
}

// check is what this node demands of an Init.
func (m *Member) check() *wire.Error {
	s := m.setup
	switch err := m.opening.(wire.Bounded).Bound(); {
	case err != nil:
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	case s.Session() != m.ID() || s.Initiator != m.Coordinator() || s.Index(m.Coordinator()) == 0:
		return wire.Errorf(wire.InvalidMessage, "session and set-up do not fit together")
	case s.Cluster != m.env.Cluster:
		return wire.Errorf(wire.NotMember, "this node belongs to another cluster")
	}
	if err := m.env.CheckNewest(s); err != nil {
		return err
	}
	if m.parent != nil {
		return nil // enter does the rest
	}
	if s.Index(m.env.Self.ID()) == 0 {
		return wire.Errorf(wire.NotMember, "this node is not among the members")
	}
	if err := verify.Members(m.env.Set, s); err != nil {
		return err
	}
	if err := checkGeneration(&m.env, s.Key, s.Threshold, s.Proof); err != nil {
		return wire.Errorf(wire.ReasonOf(err), "%v", err)
	}
	return nil
}

// checkGeneration is what the operator demands of a new key.
func checkGeneration(env *session.Env, key wire.KeyID, threshold uint32, proof wire.Proof) error {
	if least := env.Policy.Threshold(proof); threshold < least {
		return wire.Errorf(wire.Threshold, "threshold %d is below the %d demanded here", threshold, least)
	}
	author, err := session.OpenGenerate(env, key, threshold, proof)
	if err != nil {
		return err
	}
	return session.CheckScope(author, author.Address)
}

func (m *Member) received(in session.Received) session.Effects {
	if !m.env.Member(in.From) && (m.run == nil || !slices.Contains(m.run.parties, in.From)) {
		return session.Effects{}
	}
	switch msg := in.Msg.(type) {
	case *wire.Init, *wire.Redistribute: // again
	case *wire.PairSettled:
		return m.pairSettled(in.From, msg)
	case *wire.Refuse:
		if in.From == m.Coordinator() {
			return m.dismissed(msg.Err())
		}
	case *wire.Adopt:
		return m.adopt(in.From, &msg.Record)
	default:
		if m.run == nil {
			break
		}
		m.run.receive(in.From, in.Msg)
		return m.settle(session.Effects{})
	}
	return session.Effects{}
}

// dismissed ends on the initiator's word. What is promised stays on disk; what becomes of
// it is a matter of ballots from now on.
func (m *Member) dismissed(err *wire.Error) session.Effects {
	if m.run != nil && m.run.phase == certified {
		return m.End(session.Effects{}, nil)
	}
	m.givenUp = m.Coordinator()
	return m.End(session.Effects{}, err)
}

// orphaned ends without the initiator, or soon if the certificate may still be on its
// way from the others.
func (m *Member) orphaned() session.Effects {
	if !m.Promised() {
		m.givenUp = m.Coordinator()
		return m.End(session.Effects{}, wire.Errorf(wire.Disconnected, "the initiator is gone"))
	}
	m.ticks = max(m.ticks, memberDeadline-2*linger)
	return session.Effects{}
}

func (m *Member) adopt(from wire.NodeID, record *wire.KeyRecord) session.Effects {
	if m.adopts[from]++; m.adopts[from] > maxAdopts {
		return session.Effects{}
	}
	if record.Version() == m.ID() && m.run != nil && m.run.self != 0 {
		m.run.adopt(from, record)
		return m.settle(session.Effects{})
	}
	if !record.Confirmed() {
		return session.Effects{} // what becomes of another attempt is asked in polls
	}
	err := m.state.Accept(&m.env, record)
	if err == nil && record.Setup.Key != m.Key() {
		err = wire.Errorf(wire.InvalidMessage, "of another key")
	}
	if err != nil {
		return session.BlameOrDiffer(from, "key record", err)
	}
	state := m.state
	if record.Setup.Slot() != state.Slot() { // of which other sessions may have learnt
		if state, err = m.env.Load(m.Key()); err != nil {
			return session.Effects{}
		}
	}
	batch, err := session.Activate(state, record)
	if err != nil {
		return session.Effects{}
	}
	if batch != nil && state == m.state {
		m.state.Apply(record)
	}
	eff := session.Effects{Save: batch}
	if record.Version() == m.ID() { // what it has dealt or waived for has come to be
		return m.End(eff, nil)
	}
	if !m.Promised() {
		return m.End(eff, wire.Errorf(wire.KeyExists, "key %v", m.Key()))
	}
	return eff
}

// settle looks at where the run has come to.
func (m *Member) settle(eff session.Effects) session.Effects {
	r := m.run
	eff.Add(r.take())
	switch {
	case r.phase < certifying && len(r.guilty) > 0:
		return m.End(eff, wire.Errorf(wire.Cheated, "%s broke the protocol", r.guilty[0].Short()))
	case r.failed != nil && r.phase < certifying:
		return m.End(m.Send(eff, wire.RefuseWith(r.failed)), r.failed)
	case r.failed != nil:
		return m.End(eff, r.failed)
	case r.confirmed && len(r.missing()) == 0:
		return m.End(eff, nil)
	}
	return eff
}

// tick passes on what others may lack, helps after the end, and ends.
func (m *Member) tick() session.Effects {
	m.ticks++
	if m.run == nil {
		if m.ticks < memberDeadline {
			return session.Effects{}
		}
		return m.End(session.Effects{}, wire.Errorf(wire.Timeout, "redistribution of key %v stopped", m.Key()))
	}
	m.run.idle++
	if m.run.confirmed {
		if m.counted++; m.counted >= linger {
			return m.End(session.Effects{}, nil)
		}
	}
	switch {
	case m.ticks >= memberDeadline && m.run.phase == certified:
		return m.End(session.Effects{}, nil)
	case m.ticks >= memberDeadline:
		m.givenUp = m.Coordinator()
		return m.End(session.Effects{}, wire.Errorf(wire.Timeout, "generation of key %v stopped while %v", m.Key(), m.run.phase))
	case m.ticks == memberDeadline-linger && m.run.phase == certifying:
		for _, member := range m.setup.Members { // who has the certificate answers with it
			m.run.relay(member)
		}
	case m.run.phase < certified && (m.run.idle == relayAfter || m.run.idle == 2*relayAfter):
		m.run.relay(m.Coordinator())
	}
	return m.settle(session.Effects{})
}

// GivenUp is who has, or nobody: a member that has all dealings knows the key, and this node's was among those that were sent.
// Of a redistribution the key is known before.
func (m *Member) GivenUp() wire.NodeID {
	if m.run == nil || m.run.phase < revealing || m.parent != nil {
		return wire.NodeID{}
	}
	return m.givenUp
}
