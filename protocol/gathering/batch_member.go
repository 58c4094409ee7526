package gathering

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// BatchMember is a holder's side of a batch: it answers its opening and ends. What it can't do at once, such as a key
// whose records it missed, it leaves to a retrieval of that key alone.
type BatchMember struct {
	session.Member
	env session.Env

	ask       *wire.RetrieveMany
	requester *wire.Requester
	states    []*session.State  // by key; nil where parts has the reason already
	reasons   []wire.Reason     // why there will be no part
	said      []session.Verdict // about these
	asked     []int             // positions of the keys that the oracle was asked about
}

// JoinBatch takes part in a batch that node from coordinates. The first input is its
// opening, a RetrieveMany.
func JoinBatch(env session.Env, from wire.NodeID, id wire.SessionID) *BatchMember {
	return &BatchMember{Member: session.NewMember(from, id, nil), env: env}
}

// String tells what is awaited.
func (p *BatchMember) String() string {
	switch {
	case p.Ended():
		return "releasing many: ended"
	case p.ask != nil:
		return "releasing many: asking the own chain"
	}
	return "releasing many: idle"
}

// Step takes one input.
func (p *BatchMember) Step(in session.Input) session.Effects {
	if eff, taken := p.Intercept(in); taken {
		return eff
	}
	switch in := in.(type) {
	case session.Received:
		return p.received(in.Msg)
	case session.Verdict:
		if p.ask != nil {
			return p.verdict(in)
		}
	case session.Tick:
		if p.Late(partDeadline) {
			return p.Refuse(session.ErrUndecided)
		}
	}
	return session.Effects{}
}

func (p *BatchMember) received(msg wire.Message) session.Effects {
	switch m := msg.(type) {
	case *wire.RetrieveMany:
		if p.ask == nil {
			return p.open(m)
		}
	case *wire.Refuse: // not needed any more
		return p.Dismissed(m)
	}
	return session.Effects{}
}

// open checks what can be checked without the chain, and asks it about the rest.
func (p *BatchMember) open(m *wire.RetrieveMany) session.Effects {
	if m.Session(p.env.Cluster, p.Coordinator()) != p.ID() {
		return p.Blame("batch under a session id that is not its own")
	}
	requester, err := session.OpenBatch(&p.env, m)
	if err != nil {
		return p.Refuse(err)
	}
	p.requester = requester
	p.states, p.reasons = make([]*session.State, len(m.Keys)), make([]wire.Reason, len(m.Keys))
	question := &session.Question{Requester: requester.Address, Check: requester.Check, Block: &m.Block}
	for i := range m.Keys {
		if p.states[i], p.reasons[i] = p.usable(m, &m.Keys[i]); p.reasons[i] == 0 {
			p.asked = append(p.asked, i)
			question.Keys = append(question.Keys, m.Keys[i].Key)
		}
	}
	p.ask = m
	if len(p.asked) == 0 {
		return p.answer()
	}
	question.Key = question.Keys[0]
	return session.Effects{Ask: question}
}

// usable is what this node has of a key, if it can be released to this requester by this
// set: its share meets the certified points alone.
func (p *BatchMember) usable(m *wire.RetrieveMany, k *wire.BatchKey) (*session.State, wire.Reason) {
	state, err := p.env.Load(k.Key)
	switch {
	case err != nil:
		return nil, wire.ReasonOf(err)
	case !state.Usable(k.Version) || state.Share == nil:
		return nil, wire.KeyNotFound
	case state.Document == nil || state.Document.Common != k.Common || state.Document.Encrypted != k.Encrypted:
		return nil, wire.DocumentNotFound
	case len(m.Set) != int(state.Record.Setup.Threshold)+1 || int(m.Set[len(m.Set)-1]) > len(state.Record.Setup.Members),
		!slices.Contains(m.Set, state.Share.Index):
		return nil, wire.InvalidMessage
	case session.CheckReader(p.requester, state.Record) != nil:
		return nil, wire.BadRequester
	}
	return state, 0
}

// verdict notes what the chain says to each key.
func (p *BatchMember) verdict(v session.Verdict) session.Effects {
	if len(v.Each) != len(p.asked) {
		return p.Refuse(wire.Errorf(wire.Unavailable, "%s", v.Reason))
	}
	p.said = v.Each
	for n, i := range p.asked {
		switch v.Each[n].Answer {
		case session.Granted:
		case session.Refused:
			p.reasons[i] = wire.Denied
		default: // a newer head as well: a retrieval of this key alone sees to it
			p.reasons[i] = wire.Unavailable
		}
	}
	return p.answer()
}

// answer makes the parts.
func (p *BatchMember) answer() session.Effects {
	sealer, err := newSealer(&p.env, p.requester)
	if err != nil {
		return p.Refuse(wire.Errorf(wire.BadRequester, "%v", err))
	}
	defer sealer.Erase()
	m := &wire.Partials{Parts: make([]wire.BatchPart, len(p.ask.Keys))}
	for i := range p.ask.Keys {
		if m.Parts[i].Reason = p.reasons[i]; p.reasons[i] != 0 {
			continue
		}
		share := p.states[i].Share
		part, err := batchPart(&p.env, p.ask, i, p.Coordinator(), p.states[i].Record, share, p.requester, sealer)
		if err != nil {
			return p.Refuse(wire.Errorf(wire.Internal, "making a partial: %v", err))
		}
		m.Parts[i].Part = part.message()
	}
	return p.Answer(session.Effects{}, m)
}
