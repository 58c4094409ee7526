package session

import "github.com/geth-ss/geth-ss/protocol/wire"

// Participant is what every machine has with which a node takes part in a session that another one coordinates: it answers
// its coordinator or refuses, and ends for good. A machine embeds it, and its Step says what is its own:
//
//	if eff, taken := m.Intercept(in); taken {
//		return eff
//	}
//	switch in := in.(type) {
//	case Received:
//		return m.received(in.Msg)
//	case Tick:
//		if m.Late(deadline) {
//			return m.Refuse(…)
//		}
//	}
//	return Effects{}
//
// A machine that saves with its end is told by a Cancel afterwards if that failed, and has to look for that first.
type Participant struct {
	from   wire.NodeID
	id     wire.SessionID
	forget func()
	ended  bool
	left   bool
	age    int // ticks
}

// NewParticipant takes part in the session id, which the node from coordinates. forget is called at the end, to drop what
// must not outlive the session. It may be nil.
func NewParticipant(from wire.NodeID, id wire.SessionID, forget func()) Participant {
	return Participant{from: from, id: id, forget: forget}
}

// ID names the session.
func (p *Participant) ID() wire.SessionID { return p.id }

// Coordinator is the node that opened the session.
func (p *Participant) Coordinator() wire.NodeID { return p.from }

// Ended tells whether nothing more will come of it.
func (p *Participant) Ended() bool { return p.ended }

// Left tells whether the coordinator had it end: it needs it no more, or is gone or silent.
func (p *Participant) Left() bool { return p.left }

// Intercept takes what is the same whatever the session is about: the coordinator is gone, this node cancels, somebody else
// says something, or it is after the end. taken tells that the machine has nothing left to do with the input.
func (p *Participant) Intercept(in Input) (eff Effects, taken bool) {
	if p.ended {
		return Effects{}, true
	}
	switch in := in.(type) {
	case Received:
		return Effects{}, !p.hears(in)
	case PeerLost:
		if in.Node == p.from {
			p.left = true
			return p.End(Effects{}, wire.Errorf(wire.Disconnected, "coordinator %s is gone", p.from.Short())), true
		}
	case Cancel:
		return p.Refuse(in.Err), true
	}
	return Effects{}, false
}

// ReplyOnce is the whole Step of a participant that answers its opening at once, and ends with that. reply does nothing for a
// message of another kind. Without an opening it ends with the next tick.
func (p *Participant) ReplyOnce(in Input, reply func(wire.Message) Effects) Effects {
	if p.ended {
		return Effects{}
	}
	switch in := in.(type) {
	case Received:
		if p.hears(in) {
			return reply(in.Msg)
		}
	case Tick:
		return p.End(Effects{}, nil)
	case Cancel:
		return p.End(Effects{}, in.Err)
	}
	return Effects{}
}

// hears tells whether a message comes from the coordinator, in this session.
func (p *Participant) hears(in Received) bool { return in.From == p.from && in.Session == p.id }

// Late counts a tick, and tells whether there have been as many as the deadline.
func (p *Participant) Late(deadline int) bool {
	p.age++
	p.left = p.left || p.age >= deadline
	return p.age >= deadline
}

// Send adds a message to the coordinator.
func (p *Participant) Send(eff Effects, m wire.Message) Effects {
	eff.Send = append(eff.Send, wire.Envelope{To: p.from, Session: p.id, Msg: m})
	return eff
}

// End ends the session with these effects, and an error if it failed.
func (p *Participant) End(eff Effects, err error) Effects {
	if p.ended = true; p.forget != nil {
		p.forget()
	}
	eff.Done, eff.Err = true, err
	return eff
}

// Reply ends the session with a message to the coordinator.
func (p *Participant) Reply(eff Effects, m wire.Message) Effects { return p.End(p.Send(eff, m), nil) }

// Refuse ends the session, and tells the coordinator why.
func (p *Participant) Refuse(err error) Effects {
	return p.End(p.Send(Effects{}, wire.RefuseWith(err)), err)
}

// Dismissed ends the session because the coordinator says so.
func (p *Participant) Dismissed(m *wire.Refuse) Effects {
	p.left = true
	return p.End(Effects{}, m.Err())
}

// Blame refuses what no honest coordinator sends.
func (p *Participant) Blame(format string, args ...any) Effects {
	err := wire.Errorf(wire.InvalidMessage, format, args...)
	eff := p.Refuse(err)
	eff.Faults = fault(p.from, err.Error())
	return eff
}
