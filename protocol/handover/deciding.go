package handover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// maxGoes bounds how often a coordinator begins again because others got into its way.
const maxGoes = 4

// phase is how far a Deciding is.
type phase uint8

const (
	idle     phase = iota
	asking         // who is ready?
	binding        // members of the parent bind themselves to the attempt
	voting         // they have its certificate, and vote
	settling       // attempts that were cut off are polled about: the own one, or others' that are in the way
	waiting        // for the turn to begin again
	ended
)

// Deciding has the set of an order follow the newest one: it coordinates attempts at it until one is decided, or it can't
// be. The node is a member of the parent.
type Deciding struct {
	env    session.Env
	sets   *session.Sets
	parent *wire.ServerSet
	block  wire.BlockRef
	quorum int // of those who decide: of the parent, or of the new set if the parent is given up

	phase     phase
	goes      int
	attempt   wire.SetAttempt
	id        wire.SessionID // of the session: the proposal
	name      wire.SessionID // of the attempt, from binding on
	involved  []wire.NodeID  // who was asked
	awaited   session.Awaited
	waited    int
	ready     map[wire.NodeID]wire.Readiness
	signs     map[wire.NodeID]wire.SetSign
	votes     map[wire.NodeID]wire.Signature
	refused   map[wire.NodeID]*wire.Error
	conflicts []*wire.SetAttempt // others that members are bound to

	unsettled []*wire.SetAttempt
	poll      *polling
	again     bool
	why       *wire.Error

	link  *wire.SetLink
	known *words // in this step
	out   session.Effects
}

// NewDeciding begins to decide about an order, of which signatures are the administrators'. block is final at this node: the
// set is said to follow from there on. It fails with NotMember if this node is no member of its newest set, nor of one that is
// to follow without its decision, and as verify.CheckOrder; and with Denied for a set that is to be given up and has its quorum.
func NewDeciding(env session.Env, order *wire.SetOrder, signatures []wire.AdminSignature, block wire.BlockRef) (*Deciding, error) {
	sets := setsOf(&env)
	d := &Deciding{env: env, sets: sets, parent: sets.Newest(), block: block}
	voters := (&wire.SetAttempt{Order: *order}).Voters(d.parent)
	if d.quorum = voters.Quorum(); !d.parent.Contains(env.Self.ID()) && !voters.Contains(env.Self.ID()) {
		return nil, wire.Errorf(wire.NotMember, "this node is not a key server of set %d", d.parent.Epoch)
	}
	if order.Chain != env.Chain {
		return nil, wire.Errorf(wire.NotMember, "the order is for chain %d", order.Chain)
	}
	if err := verify.CheckOrder(d.parent, order, signatures); err != nil {
		return nil, err
	}
	if err := inTime(&env, order); err != nil {
		return nil, err
	}
	if err := mayFollow(&env, d.parent, order, signatures); err != nil {
		return nil, err
	}
	d.attempt = wire.SetAttempt{Order: *order, Orders: signatures, Coordinator: env.Self.ID(), Block: block}
	return d, d.draw()
}

// draw begins another proposal.
func (d *Deciding) draw() error {
	if err := d.env.ReadRandom(d.attempt.Nonce[:]); err != nil {
		return err
	}
	d.attempt.Ready, d.attempt.Signature = nil, wire.Signature{}
	d.id = d.attempt.Proposal()
	d.ready, d.signs = make(map[wire.NodeID]wire.Readiness), make(map[wire.NodeID]wire.SetSign)
	d.votes, d.refused = make(map[wire.NodeID]wire.Signature), make(map[wire.NodeID]*wire.Error)
	d.conflicts, d.again, d.why = nil, false, nil
	return nil
}

// ID names the session.
func (d *Deciding) ID() wire.SessionID { return d.id }

// Link is the one by which a set follows, after an end without error that of the order.
func (d *Deciding) Link() *wire.SetLink { return d.link }

// UnderWay tells whether others than the one who asks have to wait for this attempt: it is not cut off.
func (d *Deciding) UnderWay(attempt wire.SessionID, asking wire.NodeID) bool {
	return (d.phase == binding || d.phase == voting) && d.name == attempt && asking != d.env.Self.ID()
}

// String tells how far it is.
func (d *Deciding) String() string {
	switch d.phase {
	case asking:
		return fmt.Sprintf("deciding server set %d: %d are ready", d.attempt.Order.Epoch, len(d.ready))
	case binding:
		return fmt.Sprintf("deciding server set %d: %d are bound", d.attempt.Order.Epoch, len(d.signs))
	case voting:
		return fmt.Sprintf("deciding server set %d: %d have voted", d.attempt.Order.Epoch, len(d.votes))
	case settling:
		return fmt.Sprintf("deciding server set %d: settling an attempt: %v", d.attempt.Order.Epoch, d.poll)
	case waiting:
		return fmt.Sprintf("deciding server set %d: waiting for its turn", d.attempt.Order.Epoch)
	case ended:
		return "deciding a server set: ended"
	}
	return "deciding a server set: idle"
}

// Step takes one input.
func (d *Deciding) Step(in session.Input) session.Effects {
	if d.phase == ended {
		if c, ok := in.(session.Cancel); ok { // what was to be saved last could not be
			return unsaved(&d.env, &d.link, c.Err)
		}
		return session.Effects{}
	}
	d.known = nil
	switch in := in.(type) {
	case session.Cancel:
		wire.EraseSecrets(d.out.Save)
		d.out = session.Effects{}
		d.dismiss(wire.Errorf(wire.ReasonOf(in.Err), "the coordinator gives up"))
		d.end(in.Err)
	case session.Start:
		if d.phase == idle {
			d.begin()
		}
	case session.Received:
		d.received(in)
	case session.PeerLost:
		d.lost(in.Node)
	case session.Tick:
		d.tick()
	}
	d.proceed()
	out := d.out
	d.out = session.Effects{}
	return out
}

// unsaved is the end of a session that could not save its last words. If that was the link of a set which another session has
// made the newest meanwhile, by whichever votes, nothing is missing.
func unsaved(env *session.Env, link **wire.SetLink, why error) session.Effects {
	if l := *link; l != nil {
		stored, err := storedLink(env, l.Attempt.Order.Epoch)
		if err == nil && stored != nil && stored.Set().Hash() == l.Set().Hash() {
			*link = stored
			return session.Effects{Done: true}
		}
	}
	*link = nil
	return session.Fail(wire.ReasonOf(why), "%v", why)
}

// words are read once a step.
func (d *Deciding) words() (*words, error) {
	var err error
	if d.known == nil {
		d.known, err = wordsAfter(&d.env, d.parent)
	}
	return d.known, err
}

func (d *Deciding) end(err error) { d.phase, d.out.Done, d.out.Err = ended, true, err }

// begin asks all who is ready.
func (d *Deciding) begin() {
	d.goes++
	d.phase, d.waited = asking, 0
	set := d.attempt.Order.Set()
	if err := d.ownReady(set); err != nil {
		d.refuse(d.env.Self.ID(), err)
	}
	history, err := d.history()
	if err != nil {
		d.end(wire.Errorf(wire.Internal, "%v", err))
		return
	}
	joining := connected(&d.env, set.Contains)
	leaving := connected(&d.env, func(n wire.NodeID) bool { return d.parent.Contains(n) && !set.Contains(n) })
	m := &wire.Propose{Attempt: d.attempt, History: *history}
	d.involved = append(slices.Clone(joining), leaving...)
	d.out.Send = append(d.out.Send, d.awaited.Ask(joining, d.id, m)...)
	d.out.Send = append(d.out.Send, session.ToAll(leaving, d.id, m)...)
}

func (d *Deciding) ownReady(set *wire.ServerSet) error {
	if !set.Contains(d.env.Self.ID()) {
		return nil
	}
	r, batch, err := ready(&d.env, &d.attempt)
	if err != nil {
		return err
	}
	d.out.Save = append(d.out.Save, batch...)
	d.ready[r.Node] = *r
	return nil
}

// history is how the parent came about: all of it, or at least the last of it.
func (d *Deciding) history() (*wire.SetLinks, error) {
	newest := d.parent.Epoch
	all, err := linksAfter(&d.env, d.sets, 0, true)
	if err != nil || !all.More {
		return all, err
	}
	return linksAfter(&d.env, d.sets, newest-min(newest, wire.MaxLinks/2), false)
}

func (d *Deciding) received(in session.Received) {
	if d.poll != nil && in.Session == d.poll.id {
		d.poll.received(in.From, in.Msg)
		return
	}
	if in.Session != d.id || !slices.Contains(d.involved, in.From) || d.phase == idle || d.phase > voting {
		return
	}
	var err error
	switch m := in.Msg.(type) {
	case *wire.Ready:
		err = d.isReady(in.From, &m.Readiness)
	case *wire.SetBound:
		err = d.isBound(in.From, m)
	case *wire.SetAck:
		err = d.acknowledged(in.From, m)
	case *wire.SetConflict:
		err = d.conflict(in.From, &m.Attempt)
	case *wire.Established:
		if err = verify.Link(d.parent, &m.Link); err == nil {
			d.finish(&m.Link)
		}
	case *wire.Refuse:
		d.refuse(in.From, m.Err())
	default:
		err = wire.Errorf(wire.InvalidMessage, "message %#x", in.Msg.Code())
	}
	if err != nil {
		d.out.Add(session.BlameOrDiffer(in.From, "answer in deciding a server set", err))
		d.refuse(in.From, err)
	}
}

// refuse waits for a node no more, in this go.
func (d *Deciding) refuse(node wire.NodeID, err error) {
	d.awaited.Drop(node)
	d.refused[node] = wire.Errorf(wire.ReasonOf(err), "%s", session.DetailOf(err))
}

func (d *Deciding) isReady(from wire.NodeID, r *wire.Readiness) error {
	if d.phase != asking {
		return nil // late
	}
	if r.Node != from {
		return wire.Errorf(wire.InvalidMessage, "somebody else's readiness")
	}
	if err := verify.Readiness(&d.attempt, r); err != nil {
		return err
	}
	d.ready[from] = *r
	d.awaited.Drop(from)
	return nil
}

func (d *Deciding) isBound(from wire.NodeID, m *wire.SetBound) error {
	if d.phase < binding {
		return wire.Errorf(wire.InvalidMessage, "bound before there was an attempt")
	}
	s := wire.SetSign{Node: from, Signature: m.Signature, Epoch: m.Epoch}
	switch voters := d.voters(); {
	case voters.Contains(from):
		if err := verify.SetSign(voters, d.name, &s); err != nil {
			return err
		}
		d.signs[from] = s
	// Who leaves has noted that its set is given up. It decides nothing, and signs with no epoch key.
	case !d.parent.Contains(from) || !from.Signed(wire.AttemptDigest(d.name), &s.Signature):
		return wire.Errorf(wire.InvalidMessage, "%s has not signed that it is bound to this attempt", from.Short())
	}
	if d.phase == binding {
		d.awaited.Drop(from)
	}
	return nil
}

// voters are who decides about the attempt, once it is fixed: with their epoch keys.
func (d *Deciding) voters() *wire.ServerSet { return d.attempt.Voters(d.parent) }

func (d *Deciding) acknowledged(from wire.NodeID, m *wire.SetAck) error {
	if d.phase != voting || !d.voters().Contains(from) || !from.Signed(wire.VoteDigest(d.name, 0, true), &m.Signature) {
		return wire.Errorf(wire.InvalidMessage, "a false vote")
	}
	d.votes[from] = m.Signature
	d.awaited.Drop(from)
	return nil
}

func (d *Deciding) conflict(from wire.NodeID, a *wire.SetAttempt) error {
	if err := verify.Attempt(d.parent, a); err != nil {
		return err
	}
	if _, bound := d.signs[from]; bound {
		return wire.Errorf(wire.InvalidMessage, "bound to another attempt, and to this one")
	}
	if !slices.ContainsFunc(d.conflicts, func(c *wire.SetAttempt) bool { return c.ID() == a.ID() }) {
		d.conflicts = append(d.conflicts, a)
	}
	d.refuse(from, wire.Errorf(wire.Busy, "another attempt at the server set is not settled; retry"))
	return nil
}

func (d *Deciding) lost(node wire.NodeID) {
	d.env.Connected = slices.DeleteFunc(slices.Clone(d.env.Connected), func(n wire.NodeID) bool { return n == node })
	if d.poll != nil {
		d.poll.lost(node)
	}
	if d.phase >= asking && d.phase <= voting && slices.Contains(d.involved, node) {
		d.refuse(node, wire.Errorf(wire.Disconnected, "%s is gone", node.Short()))
	}
}

func (d *Deciding) tick() {
	d.waited++
	if d.poll != nil {
		d.poll.tick()
	}
	late := d.phase == asking && d.waited >= readyTimeout || (d.phase == binding || d.phase == voting) && d.waited >= answerTimeout
	if late {
		for _, node := range d.awaited.DropAll() {
			d.refused[node] = wire.Errorf(wire.Timeout, "%s does not answer", node.Short())
		}
	}
}

// proceed goes on as soon as enough is known.
func (d *Deciding) proceed() {
	for before := idle; d.phase != before && d.phase != ended; {
		switch before = d.phase; d.phase {
		case asking:
			d.whenReady()
		case binding:
			d.whenBound()
		case voting:
			d.whenVoted()
		case settling:
			d.whenSettled()
		case waiting:
			d.whenTurn()
		}
	}
}

func (d *Deciding) whenReady() {
	left, voters := 0, d.voters()
	for _, n := range append(connected(&d.env, voters.Contains), d.env.Self.ID()) {
		if d.refused[n] == nil && voters.Contains(n) {
			left++
		}
	}
	if left < d.quorum {
		d.stop(fmt.Sprintf("%d of the %d key servers needed of server set %d take part", left, d.quorum, voters.Epoch))
		return
	}
	if d.contradicted() || d.awaited.Count() > 0 {
		return
	}
	set := d.attempt.Order.Set()
	if need := set.Quorum(); len(d.ready) < need {
		var missing []string
		for _, n := range set.Members {
			if _, ok := d.ready[n]; !ok {
				missing = append(missing, n.Short())
			}
		}
		d.stop(fmt.Sprintf("%d of the %d key servers needed of the new set are ready, without %s", len(d.ready), need, strings.Join(missing, ", ")))
		return
	}
	d.fix(set)
}

// contradicted stops to give a set up if more of its members refuse that than may lie: they see its quorum.
func (d *Deciding) contradicted() bool {
	if !d.attempt.Order.GiveUp {
		return false
	}
	count := 0
	for _, n := range d.parent.Members {
		if e := d.refused[n]; e != nil && e.Reason == wire.Denied {
			count++
		}
	}
	if count > d.parent.Faults() {
		d.stop(fmt.Sprintf("%d members of server set %d refuse that it is given up", count, d.parent.Epoch))
		return true
	}
	return false
}

// fix makes the attempt of those that are ready, and has members of the parent bind themselves to it.
func (d *Deciding) fix(set *wire.ServerSet) {
	for _, n := range set.Members {
		if r, ok := d.ready[n]; ok {
			d.attempt.Ready = append(d.attempt.Ready, r)
		}
	}
	d.name = d.attempt.ID()
	d.attempt.Signature = d.env.Self.Sign(wire.CoordinatedDigest(d.name))
	d.phase, d.waited = binding, 0
	own := d.attempt
	if err := verify.Attempt(d.parent, &own); err != nil { // such as two that show one epoch key
		d.stop(session.DetailOf(err))
		return
	}
	d.own(func(w *words) ([]wire.Record, error) {
		s, batch, err := w.bind(&own)
		if err == nil && d.voters().Contains(s.Node) {
			d.signs[s.Node] = *s
		}
		return batch, err
	})
	concerned := d.members(func(n wire.NodeID) bool { return own.Concerns(d.parent, n) })
	d.out.Send = append(d.out.Send, d.awaited.Ask(concerned, d.id, &wire.Attempted{Ready: d.attempt.Ready, Signature: d.attempt.Signature})...)
}

// members are those wanted that take part still, without this node.
func (d *Deciding) members(wanted func(wire.NodeID) bool) []wire.NodeID {
	return connected(&d.env, func(n wire.NodeID) bool {
		return wanted(n) && slices.Contains(d.involved, n) && d.refused[n] == nil
	})
}

// own is this node's own word.
func (d *Deciding) own(say func(*words) ([]wire.Record, error)) {
	w, err := d.words()
	if err == nil {
		var batch []wire.Record
		batch, err = say(w)
		d.out.Save = append(d.out.Save, batch...)
	}
	if bound, ok := err.(*errBound); ok {
		d.conflicts = append(d.conflicts, bound.attempt)
		err = wire.Errorf(wire.Busy, "another attempt at the server set is not settled; retry")
	}
	if err != nil {
		d.refuse(d.env.Self.ID(), err)
	}
}

func (d *Deciding) whenBound() {
	if d.contradicted() {
		return
	}
	voters := d.voters()
	if len(d.signs) < d.quorum {
		if d.awaited.Count() == 0 {
			d.stop(fmt.Sprintf("%d of the %d key servers needed of server set %d bind themselves", len(d.signs), d.quorum, voters.Epoch))
		}
		return
	}
	if d.attempt.Order.GiveUp && d.awaited.Count() > 0 { // members of the parent that are up have noted it before anybody votes
		return
	}
	d.phase, d.waited = voting, 0
	d.ownIf(voters, func(w *words) ([]wire.Record, error) {
		sig, batch, err := w.acknowledge(&d.attempt, d.certificate())
		if err == nil {
			d.votes[d.env.Self.ID()] = sig
		}
		return batch, err
	})
	d.out.Send = append(d.out.Send, d.awaited.Ask(d.members(voters.Contains), d.id, &wire.Certified{Signed: d.certificate()})...)
}

// ownIf is own if this node is of those who decide.
func (d *Deciding) ownIf(voters *wire.ServerSet, say func(*words) ([]wire.Record, error)) {
	if voters.Contains(d.env.Self.ID()) {
		d.own(say)
	}
}

// certificate is who is bound, in order.
func (d *Deciding) certificate() (all []wire.SetSign) {
	for _, n := range d.voters().Members {
		if s, ok := d.signs[n]; ok {
			all = append(all, s)
		}
	}
	return all
}

func (d *Deciding) whenVoted() {
	if len(d.votes) >= d.quorum {
		d.finish(&wire.SetLink{Attempt: d.attempt, Signed: d.certificate(),
			Decided: wire.Decision{Votes: votesOf(d.votes, d.quorum)}})
		return
	}
	if d.awaited.Count() == 0 {
		d.stop(fmt.Sprintf("%d of the %d key servers needed of server set %d have voted", len(d.votes), d.quorum, d.voters().Epoch))
	}
}

// stop ends this go: what was begun is settled, and so is what was in the way.
func (d *Deciding) stop(why string) {
	last := d.lastRefusal()
	reason := wire.Unavailable
	if names := d.differing(); names != "" {
		why += fmt.Sprintf(", and %s: another server set %d is known there, by other settings or because one is behind", names, d.parent.Epoch)
	}
	if last != nil {
		why += ": " + last.Detail
		if last.Reason == wire.Denied || last.Reason == wire.Busy {
			reason = last.Reason
		}
	}
	d.why, d.again = wire.Errorf(reason, "%s", why), len(d.conflicts) > 0 || reason == wire.Busy
	d.dismiss(d.why)
	d.unsettled = nil
	if d.phase >= binding {
		own := d.attempt
		d.unsettled = append(d.unsettled, &own)
	}
	d.unsettled = append(d.unsettled, d.conflicts...)
	d.nextUnsettled()
}

// lastRefusal is the one that says most: that the order does not count, else any, in the order of the members.
func (d *Deciding) lastRefusal() (last *wire.Error) {
	for _, n := range append(slices.Clone(d.parent.Members), d.attempt.Order.Set().Members...) {
		if e := d.refused[n]; e != nil && (last == nil || e.Reason == wire.Denied && last.Reason != wire.Denied) {
			last = e
		}
	}
	return last
}

// differing names the members of the parent for which it is another set: changes wait for them where they are needed.
func (d *Deciding) differing() string {
	var names []string
	for _, n := range d.parent.Members {
		if e := d.refused[n]; e != nil && e.Reason == wire.NotMember {
			names = append(names, n.Short())
		}
	}
	return strings.Join(names, ", ")
}

// dismiss ends the session at all who were asked.
func (d *Deciding) dismiss(why *wire.Error) {
	if d.phase >= asking && d.phase <= voting {
		d.out.Send = append(d.out.Send, session.ToAll(connected(&d.env, func(n wire.NodeID) bool { return slices.Contains(d.involved, n) }),
			d.id, wire.RefuseWith(why))...)
	}
}

// nextUnsettled polls about the next attempt that was cut off, if there is one left.
func (d *Deciding) nextUnsettled() {
	if len(d.unsettled) == 0 {
		d.poll, d.phase, d.waited = nil, waiting, 0
		if !d.again || d.goes >= maxGoes {
			d.end(d.why)
		}
		return
	}
	a := d.unsettled[0]
	d.unsettled = d.unsettled[1:]
	d.phase = settling
	d.poll = newPolling(&d.env, d.parent, a, nil, d.words)
	if a.ID() == d.name {
		if signed := d.certificate(); len(signed) >= d.quorum {
			d.poll.certified(signed)
		}
		for n, sig := range d.votes {
			d.poll.count(n, 0, true, sig)
		}
	}
	d.poll.ask(nil)
}

func (d *Deciding) whenSettled() {
	d.out.Add(d.poll.take())
	if !d.poll.over() {
		return
	}
	switch p := d.poll; {
	case p.link != nil:
		d.spread()
		d.finish(p.link)
	case p.final != nil:
		d.spread()
		d.own(func(w *words) ([]wire.Record, error) { return w.abandon(p.attempt, p.final) })
		d.nextUnsettled()
	case p.failed.Reason == wire.Busy && d.goes < maxGoes: // it is under way, or others settle it
		d.nextUnsettled()
	default:
		d.end(p.failed)
	}
}

func (d *Deciding) spread() {
	d.poll.spread()
	d.out.Add(d.poll.take())
}

// whenTurn begins again. The first of the members does so at once, the others leave it time: else two could get into each
// other's way for ever.
func (d *Deciding) whenTurn() {
	rank := slices.Index(d.voters().Members, d.env.Self.ID())
	if d.waited < 1+rank*turnTimeout {
		return
	}
	if err := inTime(&d.env, &d.attempt.Order); err != nil {
		d.end(err)
		return
	}
	if err := d.draw(); err != nil {
		d.end(err)
		return
	}
	d.begin()
}

// finish keeps the link and tells all.
func (d *Deciding) finish(l *wire.SetLink) {
	batch, err := adopt(&d.env, d.sets, []*wire.SetLink{l})
	if err != nil {
		d.end(err)
		return
	}
	d.out.Save = append(d.out.Save, batch...)
	if d.phase <= voting {
		d.out.Send = append(d.out.Send, session.ToAll(connected(&d.env, func(n wire.NodeID) bool { return slices.Contains(d.involved, n) }),
			d.id, &wire.Established{Link: *l})...)
	}
	d.link = l
	if l.Attempt.Order.Digest() == d.attempt.Order.Digest() {
		d.end(nil)
	} else {
		d.end(wire.Errorf(wire.Busy, "another server set, %v, is established in epoch %d: order the one after it", l.Set().Hash(), l.Attempt.Order.Epoch))
	}
}

// Format hides what is to be saved from every verb.
func (d *Deciding) Format(f fmt.State, _ rune) { fmt.Fprint(f, d.String()) }
