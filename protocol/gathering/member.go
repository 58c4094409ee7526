package gathering

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// member is a holder's side of one attempt of a gathering. It opens the requester's proof, asks its own chain, and then
// does its duty, or says why not.
type member struct {
	session.Member
	env   session.Env
	state *session.State
	duty  duty
	name  string // for people

	ask       *openingTerms
	requester *wire.Requester
	supplying bool // records were asked for
	saving    bool // the last step has saved what was supplied
	deciding  bool // the oracle owes a verdict
	said      session.Verdict
}

// openingTerms is what every opening of a gathering says.
type openingTerms struct {
	key      wire.KeyID
	version  wire.SessionID
	block    wire.BlockRef
	set      []uint32
	size     int  // of a set; 0: t+1
	document bool // is about the document key
}

// duty is what a holder does in an attempt.
type duty interface {
	// open reads the opening and opens the requester's proof. ok is false for a message that
	// is none, id what the session's would be.
	open(m wire.Message) (ask *openingTerms, id wire.SessionID, requester *wire.Requester, err error, ok bool)
	// fit refuses, with a fault, what no honest coordinator asks of a holder of this key.
	fit() string
	// grant acts, after the own chain has said yes.
	grant() session.Effects
	// further takes what follows.
	further(m wire.Message) session.Effects
	// drop forgets what must not outlive the session.
	drop()
}

// init fills what every holder has.
func (p *member) init(env session.Env, state *session.State, from wire.NodeID, id wire.SessionID, name string, d duty) {
	p.Member, p.env, p.state, p.name, p.duty = session.NewMember(from, id, d.drop), env, state, name, d
}

// String tells what is awaited.
func (p *member) String() string {
	switch {
	case p.Ended():
		return p.name + ": ended"
	case p.deciding:
		return p.name + ": asking the own chain"
	case p.supplying:
		return p.name + ": waiting for records"
	case p.said.Answer == session.Granted:
		return p.name + ": waiting for the others"
	}
	return p.name + ": idle"
}

// Step takes one input.
func (p *member) Step(in session.Input) session.Effects {
	if c, ok := in.(session.Cancel); ok { // also after the end: what was to be saved last could not be
		if eff, ok := p.unsaved(c); ok {
			return eff
		}
		return p.Refuse(c.Err)
	}
	p.saving = false
	if eff, taken := p.Intercept(in); taken {
		return eff
	}
	switch in := in.(type) {
	case session.Received:
		return p.received(in.Msg)
	case session.Verdict:
		return p.verdict(in)
	case session.Tick:
		if p.Late(partDeadline) {
			return p.Refuse(session.ErrUndecided)
		}
	}
	return session.Effects{}
}

func (p *member) received(msg wire.Message) session.Effects {
	switch m := msg.(type) {
	case *wire.Supply:
		if p.supplying {
			return p.supplied(m)
		}
		return session.Effects{}
	case *wire.Refuse: // not needed any more
		return p.Dismissed(m)
	}
	if p.ask == nil {
		return p.open(msg)
	}
	if p.said.Answer == session.Granted {
		return p.duty.further(msg)
	}
	return session.Effects{}
}

// open checks what can be checked without the chain, and asks for what is missing.
func (p *member) open(m wire.Message) session.Effects {
	ask, id, requester, err, ok := p.duty.open(m)
	switch {
	case !ok:
		return session.Effects{}
	case id != p.ID():
		return p.Blame("%s: under a session id that is not its own", p.name)
	case err != nil:
		return p.Refuse(err) // before anything is asked: no address, no question
	}
	p.ask, p.requester = ask, requester
	if p.state.Behind(ask.version) {
		return p.Answer(session.Effects{}, p.state.Succession())
	}
	if p.state.Another(&p.env, ask.version) {
		return p.Refuse(wire.Errorf(wire.KeyNotFound, "key %v has another version", ask.key))
	}
	need := &wire.Need{Record: !p.state.Usable(ask.version), Document: ask.document && p.state.Document == nil}
	if need.Record || need.Document {
		p.supplying = true
		return p.Send(session.Effects{}, need)
	}
	return p.decide(session.Effects{})
}

// supplied takes records over that this node missed.
func (p *member) supplied(m *wire.Supply) session.Effects {
	p.supplying = false
	if r := m.Record; r != nil && r.Version() == p.ask.version && p.state.Supersedes(r) {
		return p.Answer(session.Effects{}, p.state.Succession())
	}
	state, save, err := p.state.Supplied(&p.env, p.ask.version, m)
	if wire.ReasonOf(err) == wire.InvalidMessage {
		return p.Blame("%v", err)
	}
	if err != nil {
		return p.Refuse(err)
	}
	p.state = state
	if !state.Usable(p.ask.version) || p.ask.document && state.Document == nil {
		return p.Blame("%s: without the records it is about", p.name)
	}
	p.saving = len(save) > 0
	return p.decide(session.Effects{Save: save})
}

// unsaved goes on after what was supplied could not be saved because another session, as of a redistribution, had learnt it, or
// something later, in the same moment. ok is false if that is not why.
func (p *member) unsaved(c session.Cancel) (eff session.Effects, ok bool) {
	if !p.saving || p.Ended() || wire.ReasonOf(c.Err) != wire.Busy || p.env.Load == nil {
		return eff, false
	}
	p.saving, p.deciding = false, false
	state, err := p.env.Load(p.ask.key)
	switch {
	case err != nil:
		return eff, false
	case state.Behind(p.ask.version):
		return p.Answer(eff, state.Succession()), true
	case !state.Usable(p.ask.version) || p.ask.document && state.Document == nil:
		return eff, false
	}
	p.state = state
	return p.decide(eff), true
}

// decide asks the own chain, if this node has a share and the attempt is one that there
// can be.
func (p *member) decide(eff session.Effects) session.Effects {
	key := p.state.Record
	size := p.ask.size
	if size == 0 {
		size = int(key.Setup.Threshold) + 1
	}
	if p.state.Share == nil {
		eff.Add(p.Refuse(wire.Errorf(wire.KeyNotFound, "no share of key %v is held here", p.ask.key)))
		return eff
	}
	what := p.duty.fit()
	if len(p.ask.set) != size || int(p.ask.set[len(p.ask.set)-1]) > len(key.Setup.Members) || !slices.Contains(p.ask.set, p.state.Share.Index) {
		what = "by a set that is not valid"
	}
	if what != "" {
		eff.Add(p.Blame("%s: %s", p.name, what))
		return eff
	}
	if err := session.CheckReader(p.requester, key); err != nil {
		eff.Add(p.Refuse(err))
		return eff
	}
	p.deciding = true
	eff.Ask = &session.Question{Requester: p.requester.Address, Key: p.ask.key, Check: p.requester.Check, Block: &p.ask.block}
	return eff
}

// verdict answers.
func (p *member) verdict(v session.Verdict) session.Effects {
	if !p.deciding {
		return session.Effects{}
	}
	p.deciding, p.said = false, v
	switch v.Answer {
	case session.Granted:
		return p.duty.grant()
	case session.Refused:
		return p.deny(v)
	case session.Newer:
		return p.End(p.Send(session.Effects{}, &wire.NewerHead{Head: v.Head}), wire.Errorf(wire.Denied, "a newer block, %d, is to be asked", v.Head.Number))
	}
	return p.Refuse(wire.Errorf(wire.Unavailable, "%s", v.Reason))
}

// deny tells a no, signed if it is to a wallet's request and about the block that was named.
func (p *member) deny(v session.Verdict) session.Effects {
	err := wire.Errorf(wire.Denied, "%s", v.Reason)
	m := wire.RefuseWith(err)
	receipt := receiptFor(&p.env, p.requester, p.ask.version, p.ask.key, p.ask.block)
	if receipt != nil && v.Block == p.ask.block {
		receipt.Granted = false
		m.Receipt = p.env.Self.Sign(receipt.Digest())
	}
	return p.End(p.Send(session.Effects{}, m), err)
}
