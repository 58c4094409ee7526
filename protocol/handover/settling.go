package handover

import (
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Settling brings an attempt at a server set that was cut off to an end, or cancels an order: a set quorum of those who decide
// notes that it does not count, and attempts that members are bound to are settled, by abandoning them if that is possible
// still.
type Settling struct {
	env      session.Env
	sets     *session.Sets
	parent   *wire.ServerSet
	cancel   *wire.SignedCancel // nil: there is only the attempt
	deciders *wire.ServerSet    // whose quorum has to know that the order is cancelled

	id        wire.SessionID // of the first question
	tell      *wire.SetPoll  // that an order is cancelled
	began     bool
	awaited   session.Awaited
	waited    int
	noted     map[wire.NodeID]bool
	refusal   *wire.Error
	unsettled []*wire.SetAttempt
	seen      map[wire.SessionID]bool
	poll      *polling

	link  *wire.SetLink
	known *words
	out   session.Effects
	ended bool
}

// NewSettling settles an attempt at the set after the newest one, such as Held tells. It fails as verify.Attempt.
func NewSettling(env session.Env, a *wire.SetAttempt) (*Settling, error) {
	s, err := newSettling(env)
	if err != nil {
		return nil, err
	}
	if err := verify.Attempt(s.parent, a); err != nil {
		return nil, err
	}
	if !a.Concerns(s.parent, env.Self.ID()) {
		return nil, s.notMember()
	}
	s.add(a)
	return s, nil
}

// NewCancelling cancels an order for the set after the newest one. It fails as verify.CheckCancel. It comes to an error
// if a set has followed by the order before, whose Link is then known. order is what is cancelled, as far as this node knows it:
// if it gives the parent up, members of its own set have to note that it is cancelled. Nil, or another one: it may still be
// known as the one of the attempt that this node is bound to.
func NewCancelling(env session.Env, c *wire.SignedCancel, order *wire.SetOrder) (*Settling, error) {
	s, err := newSettling(env)
	if err != nil {
		return nil, err
	}
	if c.Cancel.Chain != env.Chain {
		return nil, wire.Errorf(wire.NotMember, "the order is for chain %d", c.Cancel.Chain)
	}
	if err := verify.CheckCancel(s.parent, c); err != nil {
		return nil, err
	}
	s.cancel = c
	if held, err := Held(&env); (order == nil || !c.Cancel.Cancels(order)) && err == nil && held != nil {
		order = &held.Order
	}
	if order != nil && c.Cancel.Cancels(order) {
		s.deciders = (&wire.SetAttempt{Order: *order}).Voters(s.parent)
	}
	if !s.parent.Contains(env.Self.ID()) && !s.deciders.Contains(env.Self.ID()) {
		return nil, s.notMember()
	}
	return s, nil
}

func newSettling(env session.Env) (*Settling, error) {
	sets := setsOf(&env)
	s := &Settling{env: env, sets: sets, parent: sets.Newest(), noted: make(map[wire.NodeID]bool), seen: make(map[wire.SessionID]bool)}
	s.deciders = s.parent
	s.tell = &wire.SetPoll{Epoch: s.parent.Epoch + 1}
	if err := env.ReadRandom(s.tell.Nonce[:]); err != nil {
		return nil, err
	}
	s.id = s.tell.Session(env.Cluster, env.Self.ID())
	return s, nil
}

func (s *Settling) notMember() error {
	return wire.Errorf(wire.NotMember, "this node is not a key server of set %d", s.parent.Epoch)
}

// Held is the attempt at the next server set that this node is bound to, and of whose end it does not know; nil if there is
// none. It is to be settled if it is not under way.
func Held(env *session.Env) (*wire.SetAttempt, error) {
	w, err := wordsAfter(env, setsOf(env).Newest())
	if err != nil || w.epoch.Settled {
		return nil, err
	}
	return w.held(), nil
}

// Cancelled fails with Denied if this node knows that an order was cancelled: no member that knows it would bind itself.
func Cancelled(env *session.Env, order *wire.SetOrder) error {
	w, err := wordsAfter(env, setsOf(env).Newest())
	if err == nil && w.cancelled(order) {
		err = errCancelled
	}
	return err
}

func (s *Settling) add(a *wire.SetAttempt) {
	if id := a.ID(); !s.seen[id] {
		s.seen[id] = true
		s.unsettled = append(s.unsettled, a)
	}
}

// ID names the session.
func (s *Settling) ID() wire.SessionID { return s.id }

// Link is the one by which a set has followed; nil if none has.
func (s *Settling) Link() *wire.SetLink { return s.link }

// String tells how far it is.
func (s *Settling) String() string {
	switch {
	case s.ended:
		return "settling a server set: ended"
	case !s.began:
		return "settling a server set: idle"
	case s.poll != nil:
		return fmt.Sprintf("settling server set %d: %v", s.parent.Epoch+1, s.poll)
	}
	return fmt.Sprintf("settling server set %d: %d have noted that an order is cancelled", s.parent.Epoch+1, len(s.noted))
}

// Format hides what is to be saved from every verb.
func (s *Settling) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

func (s *Settling) words() (*words, error) {
	var err error
	if s.known == nil {
		s.known, err = wordsAfter(&s.env, s.parent)
	}
	return s.known, err
}

// Step takes one input.
func (s *Settling) Step(in session.Input) session.Effects {
	if s.ended {
		if c, ok := in.(session.Cancel); ok { // what was to be saved last could not be
			return unsaved(&s.env, &s.link, c.Err)
		}
		return session.Effects{}
	}
	s.known = nil
	switch in := in.(type) {
	case session.Cancel:
		s.out = session.Effects{}
		s.end(in.Err)
	case session.Start:
		s.start()
	case session.Received:
		s.received(in)
	case session.PeerLost:
		if s.awaited.Drop(in.Node); s.poll != nil {
			s.poll.lost(in.Node)
		}
	case session.Tick:
		if s.waited++; s.waited >= answerTimeout || s.waited >= stragglerTimeout && len(s.noted) >= s.deciders.Quorum() {
			s.awaited.DropAll()
		}
		if s.poll != nil {
			s.poll.tick()
		}
	}
	if s.began && !s.ended {
		s.proceed()
	}
	out := s.out
	s.out = session.Effects{}
	return out
}

func (s *Settling) end(err error) { s.ended, s.out.Done, s.out.Err = true, true, err }

func (s *Settling) start() {
	if s.began {
		return
	}
	s.began = true
	if s.cancel == nil {
		return
	}
	s.tell.Cancel = s.cancel
	w, err := s.words()
	if err == nil {
		var vote *wire.SetVote
		var batch []wire.Record
		if vote, batch, err = w.answer(s.tell); err == nil {
			s.out.Save = append(s.out.Save, batch...)
			err = s.hear(s.env.Self.ID(), vote)
		}
	}
	if err != nil {
		s.refusal = wire.Errorf(wire.ReasonOf(err), "%s", session.DetailOf(err))
	}
	concerned := connected(&s.env, func(n wire.NodeID) bool { return s.parent.Contains(n) || s.deciders.Contains(n) })
	s.out.Send = append(s.out.Send, s.awaited.Ask(concerned, s.id, s.tell)...)
}

func (s *Settling) received(in session.Received) {
	if s.poll != nil && in.Session == s.poll.id {
		s.poll.received(in.From, in.Msg)
		return
	}
	if !s.awaited.Answers(in) {
		return
	}
	switch m := in.Msg.(type) {
	case *wire.SetVote:
		if err := s.hear(in.From, m); err != nil {
			s.out.Add(session.BlameOrDiffer(in.From, "answer to a cancelled order", err))
		}
	case *wire.Refuse:
		s.refusal = m.Err()
	default:
		s.out.Faults = append(s.out.Faults, session.Blame(in.From, fmt.Sprintf("answered a poll with message %#x", in.Msg.Code()))...)
	}
}

// hear takes in what a member says to a cancelled order.
func (s *Settling) hear(from wire.NodeID, m *wire.SetVote) error {
	if m.Link != nil {
		if err := verify.Link(s.parent, m.Link); err != nil {
			return err
		}
		s.finish(m.Link)
		return nil
	}
	if m.Held != nil {
		if err := verify.Attempt(s.parent, m.Held); err != nil {
			return err
		}
		if s.cancel.Cancel.Cancels(&m.Held.Order) {
			s.add(m.Held)
		}
	}
	if s.deciders.Contains(from) {
		s.noted[from] = true
	}
	return nil
}

func (s *Settling) proceed() {
	if s.poll != nil {
		s.out.Add(s.poll.take())
		if !s.poll.over() {
			return
		}
		if s.settled(); s.ended {
			return
		}
	}
	if s.awaited.Count() > 0 {
		return
	}
	if s.cancel != nil && len(s.noted) < s.deciders.Quorum() {
		why := ""
		if s.refusal != nil {
			why = ", the last one that has not says: " + s.refusal.Detail
		}
		s.end(wire.Errorf(wire.Unavailable, "%d of the %d key servers needed have noted that the order is cancelled%s; retry", len(s.noted), s.deciders.Quorum(), why))
		return
	}
	if len(s.unsettled) == 0 {
		s.end(nil)
		return
	}
	s.poll = newPolling(&s.env, s.parent, s.unsettled[0], s.cancel, s.words)
	s.unsettled = s.unsettled[1:]
	s.poll.ask(nil)
	s.out.Add(s.poll.take())
	if s.poll.over() {
		s.proceed()
	}
}

// settled takes in how a poll has ended.
func (s *Settling) settled() {
	p := s.poll
	s.poll = nil
	if p.failed != nil {
		s.end(p.failed)
		return
	}
	p.spread()
	s.out.Add(p.take())
	if p.link != nil {
		s.finish(p.link)
		return
	}
	w, err := s.words()
	var batch []wire.Record
	if err == nil {
		batch, err = w.abandon(p.attempt, p.final)
	}
	if err != nil {
		s.end(err)
		return
	}
	s.out.Save = append(s.out.Save, batch...)
}

// finish keeps the link of a set that has followed.
func (s *Settling) finish(l *wire.SetLink) {
	batch, err := adopt(&s.env, s.sets, []*wire.SetLink{l})
	if err != nil {
		s.end(err)
		return
	}
	s.out.Save, s.link = append(s.out.Save, batch...), l
	if s.cancel != nil && s.cancel.Cancel.Cancels(&l.Attempt.Order) {
		s.end(wire.Errorf(wire.Denied, "too late: server set %d is established", l.Attempt.Order.Epoch))
		return
	}
	s.end(nil)
}
