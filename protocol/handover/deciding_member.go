package handover

import (
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// DecidingMember takes part where another node coordinates how a server set is decided: as a member of the parent, of the
// new set, or of both.
type DecidingMember struct {
	session.Member
	env     session.Env
	sets    *session.Sets
	parent  *wire.ServerSet // nil before the opening
	attempt wire.SetAttempt
	name    wire.SessionID // of the attempt, once it is fixed
	bound   bool
	said    *words // in this step

	// What came before the own chain had the attempt's block, which may be a moment later than elsewhere; nil: nothing has.
	early       *wire.SetAttempt
	certificate *wire.Certified
	waited      int // ticks
}

// JoinDeciding takes part in a session of node from. The first input is its opening, a Propose.
func JoinDeciding(env session.Env, from wire.NodeID, id wire.SessionID) *DecidingMember {
	return &DecidingMember{Member: session.NewMember(from, id, nil), env: env}
}

// UnderWay tells whether others than the coordinator have to wait for this attempt: it is not cut off.
func (p *DecidingMember) UnderWay(attempt wire.SessionID, asking wire.NodeID) bool {
	return !p.Ended() && p.bound && p.name == attempt && asking != p.Coordinator()
}

// String tells how far it is.
func (p *DecidingMember) String() string {
	switch {
	case p.Ended():
		return "asked about a server set: ended"
	case p.parent == nil:
		return "asked about a server set: idle"
	case p.bound:
		return "asked about a server set: bound"
	case p.early != nil:
		return "asked about a server set: waiting for the own chain"
	}
	return "asked about a server set: waiting"
}

// Format hides what is to be saved from every verb.
func (p *DecidingMember) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }

// Step takes one input.
func (p *DecidingMember) Step(in session.Input) session.Effects {
	if c, ok := in.(session.Cancel); ok && p.Ended() { // what it wanted to save with its end could not be saved
		return session.Effects{Done: true, Err: c.Err}
	}
	if eff, taken := p.Intercept(in); taken {
		return eff
	}
	p.said = nil
	switch in := in.(type) {
	case session.Received:
		return p.received(in.Msg)
	case session.Tick:
		if p.Late(memberDeadline) {
			return p.Refuse(wire.Errorf(wire.Timeout, "the server set was not decided in time"))
		}
		if p.early != nil {
			return p.whenOnChain()
		}
	}
	return session.Effects{}
}

func (p *DecidingMember) received(msg wire.Message) session.Effects {
	if p.parent == nil {
		if m, ok := msg.(*wire.Propose); ok {
			return p.proposed(m)
		}
		return p.Blame("message %#x before the proposal", msg.Code())
	}
	switch m := msg.(type) {
	case *wire.Propose: // twice
		return session.Effects{}
	case *wire.Attempted:
		return p.attempted(m)
	case *wire.Certified:
		return p.certified(m)
	case *wire.Established:
		return p.established(m)
	case *wire.Refuse:
		return p.Dismissed(m)
	}
	return p.Blame("message %#x in deciding a server set", msg.Code())
}

// reject ends the session because of an error: it is the coordinator's fault if that is InvalidMessage.
func (p *DecidingMember) reject(err error) session.Effects {
	var bound *errBound
	if errors.As(err, &bound) {
		return p.Answer(session.Effects{}, &wire.SetConflict{Attempt: *bound.attempt})
	}
	eff := p.Refuse(err)
	if wire.ReasonOf(err) == wire.InvalidMessage || session.Differs(err) {
		eff.Add(session.BlameOrDiffer(p.Coordinator(), "proposal of a server set", err))
	}
	return eff
}

// words are read once a step.
func (p *DecidingMember) words() (*words, error) {
	var err error
	if p.said == nil {
		p.said, err = wordsAfter(&p.env, p.parent)
	}
	return p.said, err
}

func (p *DecidingMember) proposed(m *wire.Propose) session.Effects {
	a := &m.Attempt
	own := setsOf(&p.env)
	if a.Order.Chain != p.env.Chain || a.Order.Cluster != p.env.Cluster {
		return p.reject(wire.Errorf(wire.NotMember, "the order is for another chain or cluster"))
	}
	if a.Order.Epoch <= own.Newest().Epoch { // the coordinator is behind
		link, err := storedLink(&p.env, a.Order.Epoch)
		if err != nil || link == nil {
			return p.reject(wire.Errorf(wire.NotMember, "server set %d is established already", a.Order.Epoch))
		}
		return p.Answer(session.Effects{}, &wire.Established{Link: *link})
	}
	sets, fresh, err := extend(&p.env, own, &m.History)
	if err != nil {
		return p.reject(err)
	}
	batch, err := adopt(&p.env, sets, fresh)
	if err != nil {
		return p.reject(err)
	}
	p.sets = sets
	p.env.Sets = sets
	parent := sets.Newest()
	if err := p.check(parent, a); err != nil {
		return p.reject(err)
	}
	p.parent, p.attempt = parent, *a
	eff := session.Effects{Save: batch}
	self := p.env.Self.ID()
	if a.Concerns(parent, self) && len(fresh) == 0 {
		w, err := p.words()
		if err != nil {
			return p.reject(err)
		}
		if w.cancelled(&a.Order) {
			return p.reject(errCancelled)
		}
		if err := mayFollow(&p.env, parent, &a.Order, a.Orders); err != nil {
			return p.reject(err)
		}
		if held := w.inTheWay(&a.Order); held != nil {
			return p.reject(&errBound{held})
		}
	}
	switch set := a.Order.Set(); {
	case set.Contains(self):
		r, more, err := ready(&p.env, a)
		if err != nil {
			return p.reject(err)
		}
		eff.Save = append(eff.Save, more...)
		return p.Send(eff, &wire.Ready{Readiness: *r})
	case !parent.Contains(self):
		return p.reject(wire.Errorf(wire.NotMember, "%s is a member of neither server set", self.Short()))
	}
	return eff
}

// check is what an order has to be that this node takes part in.
func (p *DecidingMember) check(parent *wire.ServerSet, a *wire.SetAttempt) error {
	if err := verify.CheckOrder(parent, &a.Order, a.Orders); err != nil {
		return err
	}
	if a.Coordinator != p.Coordinator() || a.Proposal() != p.ID() {
		return wire.Errorf(wire.InvalidMessage, "the proposal of another session")
	}
	if !a.Concerns(parent, a.Coordinator) {
		return wire.Errorf(wire.NotMember, "%s is no member of server set %d, and does not decide about the next", a.Coordinator.Short(), parent.Epoch)
	}
	return inTime(&p.env, &a.Order)
}

// attempted binds this node to the attempt, as soon as its own chain has the attempt's block.
func (p *DecidingMember) attempted(m *wire.Attempted) session.Effects {
	if !p.attempt.Concerns(p.parent, p.env.Self.ID()) || p.bound || p.early != nil {
		return p.Blame("an attempt that is not for this node to bind itself to")
	}
	a := p.attempt
	a.Ready, a.Signature = m.Ready, m.Signature
	if err := verify.Attempt(p.parent, &a); err != nil {
		return p.reject(err)
	}
	return p.bind(&a)
}

// whenOnChain goes on with what came early, or tells the coordinator that the block does not come.
func (p *DecidingMember) whenOnChain() session.Effects {
	p.waited++
	if p.waited < chainTimeout && isEarly(onChain(&p.env, p.early.Block)) {
		return session.Effects{}
	}
	a := p.early
	p.early = nil
	eff := p.bind(a)
	if p.bound && p.certificate != nil {
		eff.Add(p.certified(p.certificate))
	}
	return eff
}

func (p *DecidingMember) bind(a *wire.SetAttempt) session.Effects {
	w, err := p.words()
	if err != nil {
		return p.reject(err)
	}
	s, batch, err := w.bind(a)
	if isEarly(err) && p.waited < chainTimeout {
		p.early = a
		return session.Effects{}
	}
	if err != nil {
		return p.reject(err)
	}
	p.attempt, p.name, p.bound = *a, a.ID(), true
	return p.Send(session.Effects{Save: batch}, &wire.SetBound{Signature: s.Signature, Epoch: s.Epoch})
}

// certified votes for completing the attempt, if this node has not voted otherwise.
func (p *DecidingMember) certified(m *wire.Certified) session.Effects {
	switch {
	case p.bound && p.attempt.Voters(p.parent).Contains(p.env.Self.ID()):
	case p.bound || p.early == nil:
		return p.Blame("a certificate of an attempt that was not shown")
	default: // this node says nothing before its own chain has the block
		p.certificate = m
		return session.Effects{}
	}
	w, err := p.words()
	if err != nil {
		return p.reject(err)
	}
	sig, batch, err := w.acknowledge(&p.attempt, m.Signed)
	if err != nil {
		return p.reject(err)
	}
	return p.Send(session.Effects{Save: batch}, &wire.SetAck{Signature: sig})
}

// established keeps the link, by whichever attempt.
func (p *DecidingMember) established(m *wire.Established) session.Effects {
	if err := verify.Link(p.parent, &m.Link); err != nil {
		return p.reject(err)
	}
	batch, err := adopt(&p.env, p.sets, []*wire.SetLink{&m.Link})
	if err != nil {
		return p.reject(err)
	}
	return p.End(session.Effects{Save: batch}, nil)
}
