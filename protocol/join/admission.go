package join

import (
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// admitHeld bounds what is kept meanwhile; some of each member.
	admitHeld = 64
	// admitEachHeld bounds what is kept of one, lest that leaves no room for what the others say. An honest one says a
	// few things before this node does.
	admitEachHeld = 8
)

// Format hides what is kept from every verb.
func (a *Admission) Format(f fmt.State, _ rune) { io.WriteString(f, a.String()) }

// Admission stands before a member whose opening brings a wallet's request, in
// protocols that ask the chain nothing else: the own chain has to confirm that the
// request has not expired and, of a contract account, that the contract takes the
// signature. Until then what comes is kept; after it the Admission is the machine behind it.
type Admission struct {
	session.Member
	who   *wire.Requester
	key   wire.KeyID
	enter func() (session.Machine, error) // reads what is known of the key by then

	inner  session.Machine // nil until admitted
	asking bool
	held   []session.Received
}

// newAdmission stands before the machine that enter makes, of a session that node from has opened.
func newAdmission(from wire.NodeID, id wire.SessionID, who *wire.Requester, key wire.KeyID, enter func() (session.Machine, error)) *Admission {
	a := &Admission{who: who, key: key, enter: enter}
	a.Member = session.NewMember(from, id, func() { a.held = nil })
	return a
}

// String tells the state of the machine behind.
func (a *Admission) String() string {
	switch {
	case a.inner != nil:
		return a.inner.String()
	case a.Ended():
		return "admitting: ended"
	}
	return "admitting: asking the own chain about the requester"
}

// Step takes one input.
func (a *Admission) Step(in session.Input) session.Effects {
	if a.inner != nil {
		return a.inner.Step(in)
	}
	if r, ok := in.(session.Received); ok && !a.Ended() { // from whomever, as the members of a generation send to each other
		return a.hold(r)
	}
	if eff, taken := a.Intercept(in); taken {
		return eff
	}
	switch in := in.(type) {
	case session.Verdict:
		return a.verdict(in)
	case session.Yield:
		return a.Refuse(wire.Errorf(wire.Busy, "another session for this key id goes first; retry"))
	case session.Tick:
		if a.Late(session.AdmitDeadline) {
			return a.Refuse(wire.Errorf(wire.Timeout, "the requester was not confirmed in time"))
		}
	}
	return session.Effects{}
}

// hold keeps a message. The first is the opening, and has the chain asked.
func (a *Admission) hold(in session.Received) session.Effects {
	if m, ok := in.Msg.(*wire.Refuse); ok && in.From == a.Coordinator() {
		return a.Dismissed(m)
	}
	if len(a.held) < admitHeld && a.heldOf(in.From) < admitEachHeld {
		a.held = append(a.held, in)
	}
	if a.asking {
		return session.Effects{}
	}
	a.asking = true
	return session.Effects{Ask: &session.Question{Requester: a.who.Address, Key: a.key, Check: a.who.Check, RequesterOnly: true}}
}

func (a *Admission) heldOf(node wire.NodeID) (count int) {
	for i := range a.held {
		if a.held[i].From == node {
			count++
		}
	}
	return count
}

func (a *Admission) verdict(v session.Verdict) session.Effects {
	switch v.Answer {
	case session.Granted:
		return a.admit()
	case session.Refused:
		return a.Refuse(wire.Errorf(wire.BadRequester, "%s", v.Reason))
	}
	return a.Refuse(wire.Errorf(wire.Unavailable, "confirming the requester: %s", v.Reason))
}

// admit makes the machine, which has missed nothing.
func (a *Admission) admit() session.Effects {
	inner, err := a.enter()
	if err != nil {
		return a.Refuse(err)
	}
	var eff session.Effects
	a.inner = inner
	for _, in := range a.held {
		if eff.Add(inner.Step(in)); eff.Done {
			break
		}
	}
	a.held = nil
	return eff
}

// behind is the machine behind an admission.
func behind(m session.Machine) session.Machine {
	if a, ok := m.(*Admission); ok && a.inner != nil {
		return a.inner
	}
	return m
}
