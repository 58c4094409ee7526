package handover

import (
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// SettlingMember answers a poll about an attempt at a server set, which a Deciding or a Settling of another node opens.
type SettlingMember struct {
	session.Member
	env session.Env
}

// JoinSettling answers a poll of node from. The first input is its opening, a SetPoll.
func JoinSettling(env session.Env, from wire.NodeID, id wire.SessionID) *SettlingMember {
	return &SettlingMember{Member: session.NewMember(from, id, nil), env: env}
}

// String tells whether it has answered.
func (p *SettlingMember) String() string {
	if p.Ended() {
		return "polled about a server set: ended"
	}
	return "polled about a server set: idle"
}

// Format hides what is to be saved from every verb.
func (p *SettlingMember) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }

// Step takes one input.
func (p *SettlingMember) Step(in session.Input) session.Effects {
	if c, ok := in.(session.Cancel); ok { // also after the end: the vote could not be saved
		return p.Refuse(wire.Errorf(wire.ReasonOf(c.Err), "%v", c.Err))
	}
	return p.AnswerOnce(in, p.vote)
}

// decide tells whether this node and who asks have a word about what is asked. An order that is cancelled may be one of which they
// are to be members, for all that is said of it: administrators have signed that.
func (p *SettlingMember) decide(parent *wire.ServerSet, m *wire.SetPoll) bool {
	concerned := parent.Contains
	switch {
	case m.Attempt != nil:
		concerned = func(n wire.NodeID) bool { return m.Attempt.Concerns(parent, n) }
	case m.Cancel != nil && verify.CheckCancel(parent, m.Cancel) == nil:
		return true
	}
	return concerned(p.env.Self.ID()) && concerned(p.Coordinator())
}

func (p *SettlingMember) vote(msg wire.Message) session.Effects {
	m, ok := msg.(*wire.SetPoll)
	if !ok {
		return session.Effects{}
	}
	sets := setsOf(&p.env)
	parent := sets.Newest()
	if m.Epoch <= parent.Epoch {
		link, err := storedLink(&p.env, m.Epoch)
		if err != nil || link == nil {
			return p.Refuse(wire.Errorf(wire.Unavailable, "server set %d is established, and its link can't be read", m.Epoch))
		}
		return p.Answer(session.Effects{}, &wire.SetVote{Link: link})
	}
	if m.Epoch != parent.Epoch+1 {
		return p.Refuse(wire.Errorf(wire.NotMember, "this key server knows no server set %d", m.Epoch-1))
	}
	if m.Link != nil {
		err := verify.Link(parent, m.Link)
		var batch []wire.Record
		if err == nil {
			batch, err = adopt(&p.env, sets, []*wire.SetLink{m.Link})
		}
		if err != nil {
			return p.Refuse(err)
		}
		return p.Answer(session.Effects{Save: batch}, &wire.SetVote{Link: m.Link})
	}
	if !p.decide(parent, m) {
		return p.Refuse(wire.Errorf(wire.NotMember, "members of server set %d alone decide about the next", parent.Epoch))
	}
	w, err := wordsAfter(&p.env, parent)
	if err != nil {
		return p.Refuse(err)
	}
	vote, batch, err := w.answer(m)
	if err != nil {
		return p.Refuse(err)
	}
	return p.Answer(session.Effects{Save: batch}, vote)
}
