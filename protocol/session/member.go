package session

import "github.com/geth-ss/geth-ss/protocol/wire"

// Member is what every machine has with which a node takes part in a session that another one coordinates: it answers
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
type Member struct {
	from   wire.NodeID
	id     wire.SessionID
	forget func()
	ended  bool
	left   bool
	age    int // ticks
}

// NewMember takes part in the session id, which the node from coordinates. forget is called at the end, to drop what
// must not outlive the session. It may be nil.
func NewMember(from wire.NodeID, id wire.SessionID, forget func()) Member {
	return Member{from: from, id: id, forget: forget}
}

// ID names the session.
func (p *Member) ID() wire.SessionID { return p.id }

// Coordinator is the node that opened the session.
func (p *Member) Coordinator() wire.NodeID { return p.from }

// Ended tells whether nothing more will come of it.
func (p *Member) Ended() bool { return p.ended }

// Left tells whether the coordinator had it end: it needs it no more, or is gone or silent.
func (p *Member) Left() bool { return p.left }

// Intercept takes what is the same whatever the session is about: the coordinator is gone, this node cancels, somebody else
// says something, or it is after the end. taken tells that the machine has nothing left to do with the input.
func (p *Member) Intercept(in Input) (eff Effects, taken bool) {
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

// AnswerOnce is the whole Step of a member that answers its opening at once, and ends with that. answer does nothing for a
// message of another kind. Without an opening the member ends with the next tick.
func (p *Member) AnswerOnce(in Input, answer func(wire.Message) Effects) Effects {
	if p.ended {
		return Effects{}
	}
	switch in := in.(type) {
	case Received:
		if p.hears(in) {
			return answer(in.Msg)
		}
	case Tick:
		return p.End(Effects{}, nil)
	case Cancel:
		return p.End(Effects{}, in.Err)
	}
	return Effects{}
}

// hears tells whether a message comes from the coordinator, in this session.
func (p *Member) hears(in Received) bool { return in.From == p.from && in.Session == p.id }

// Late counts a tick, and tells whether there have been as many as the deadline.
func (p *Member) Late(deadline int) bool {
	p.age++
	p.left = p.left || p.age >= deadline
	return p.age >= deadline
}

// Send adds a message to the coordinator.
func (p *Member) Send(eff Effects, m wire.Message) Effects {
	eff.Send = append(eff.Send, wire.Envelope{To: p.from, Session: p.id, Msg: m})
	return eff
}

// End ends the session with these effects, and an error if it failed.
func (p *Member) End(eff Effects, err error) Effects {
	if p.ended = true; p.forget != nil {
		p.forget()
	}
	eff.Done, eff.Err = true, err
	return eff
}

// Answer ends the session with a message to the coordinator.
func (p *Member) Answer(eff Effects, m wire.Message) Effects { return p.End(p.Send(eff, m), nil) }

// Refuse ends the session, and tells the coordinator why.
func (p *Member) Refuse(err error) Effects {
	return p.End(p.Send(Effects{}, wire.RefuseWith(err)), err)
}

// Dismissed ends the session because the coordinator says so.
func (p *Member) Dismissed(m *wire.Refuse) Effects {
	p.left = true
	return p.End(Effects{}, m.Err())
}

// Blame refuses what no honest coordinator sends.
func (p *Member) Blame(format string, args ...any) Effects {
	err := wire.Errorf(wire.InvalidMessage, format, args...)
	eff := p.Refuse(err)
	eff.Faults = Blame(p.from, err.Error())
	return eff
}
