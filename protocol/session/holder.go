package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// partDeadline bounds a participant's side: the chain may take a moment to reach the
// block, and a missed record has to come.
const partDeadline = retrieveDeadline

// holder is a holder's side of one attempt of a gathering. It opens the requester's proof,
// asks its own chain, and then does its duty, or says why not.
type holder struct {
	env   Env
	state *State
	from  wire.NodeID
	id    wire.SessionID
	duty  duty
	name  string // for people

	ask       *asked
	requester *wire.Requester
	supplying bool // records were asked for
	deciding  bool // the oracle owes a verdict
	said      Verdict
	ended     bool
	left      bool // by its coordinator, which needs it no more, or is gone or silent
	ticks     int
}

// asked is what every opening says.
type asked struct {
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
	open(m wire.Message) (ask *asked, id wire.SessionID, requester *wire.Requester, err error, ok bool)
	// fit refuses, with a fault, what no honest coordinator asks of a holder of this key.
	fit() string
	// grant acts, after the own chain has said yes.
	grant() Effects
	// further takes what follows.
	further(m wire.Message) Effects
	// drop forgets what must not outlive the session.
	drop()
}

// ID names the attempt.
func (p *holder) ID() wire.SessionID { return p.id }

// String tells what is awaited.
func (p *holder) String() string {
	switch {
	case p.ended:
		return p.name + ": ended"
	case p.deciding:
		return p.name + ": asking the own chain"
	case p.supplying:
		return p.name + ": waiting for records"
	case p.said.Answer == Granted:
		return p.name + ": waiting for the others"
	}
	return p.name + ": idle"
}

// Step takes one input.
func (p *holder) Step(in Input) Effects {
	if c, ok := in.(Cancel); ok { // also after the end: what was to be saved last could not be
		return p.refuse(c.Err)
	}
	if p.ended {
		return Effects{}
	}
	switch in := in.(type) {
	case Received:
		return p.received(in)
	case Verdict:
		return p.verdict(in)
	case PeerLost:
		if in.Node == p.from {
			p.left = true
			return p.end(Effects{}, wire.Errorf(wire.Disconnected, "coordinator %s is gone", p.from.Short()))
		}
	case Tick:
		if p.ticks++; p.ticks >= partDeadline {
			p.left = true
			return p.refuse(wire.Errorf(wire.Timeout, "not decided in time"))
		}
	}
	return Effects{}
}

func (p *holder) received(in Received) Effects {
	if in.From != p.from || in.Session != p.id {
		return Effects{}
	}
	switch m := in.Msg.(type) {
	case *wire.Supply:
		if p.supplying {
			return p.supplied(m)
		}
		return Effects{}
	case *wire.Refuse: // not needed any more
		p.left = true
		return p.end(Effects{}, m.Err())
	}
	if p.ask == nil {
		return p.open(in.Msg)
	}
	if p.said.Answer == Granted {
		return p.duty.further(in.Msg)
	}
	return Effects{}
}

func (p *holder) end(eff Effects, err error) Effects {
	p.ended = true
	p.duty.drop()
	eff.Done, eff.Err = true, err
	return eff
}

func (p *holder) send(eff Effects, m wire.Message) Effects {
	eff.Send = append(eff.Send, wire.Envelope{To: p.from, Session: p.id, Msg: m})
	return eff
}

func (p *holder) refuse(err error) Effects {
	return p.end(p.send(Effects{}, wire.RefuseWith(err)), err)
}

// blame refuses what no honest coordinator sends.
func (p *holder) blame(format string, args ...any) Effects {
	err := wire.Errorf(wire.InvalidMessage, format, args...)
	eff := p.refuse(err)
	eff.Faults = fault(p.from, err.Error())
	return eff
}

// open checks what can be checked without the chain, and asks for what is missing.
func (p *holder) open(m wire.Message) Effects {
	ask, id, requester, err, ok := p.duty.open(m)
	switch {
	case !ok:
		return Effects{}
	case id != p.id:
		return p.blame("%s: under a session id that is not its own", p.name)
	case err != nil:
		return p.refuse(err) // before anything is asked: no address, no question
	}
	p.ask, p.requester = ask, requester
	if r := p.state.Record; r != nil && r.Confirmed() && r.Version() != ask.version {
		return p.refuse(wire.Errorf(wire.KeyNotFound, "key %v has another version", ask.key))
	}
	need := &wire.Need{Record: !p.state.usable(ask.version), Document: ask.document && p.state.Document == nil}
	if need.Record || need.Document {
		p.supplying = true
		return p.send(Effects{}, need)
	}
	return p.decide(Effects{})
}

// supplied takes records over that this node missed.
func (p *holder) supplied(m *wire.Supply) Effects {
	p.supplying = false
	state, save, err := p.state.supplied(&p.env, p.ask.version, m)
	if wire.ReasonOf(err) == wire.InvalidMessage {
		return p.blame("%v", err)
	}
	if err != nil {
		return p.refuse(err)
	}
	p.state = state
	if !state.usable(p.ask.version) || p.ask.document && state.Document == nil {
		return p.blame("%s: without the records it is about", p.name)
	}
	return p.decide(Effects{Save: save})
}

// decide asks the own chain, if this node has a share and the attempt is one that there
// can be.
func (p *holder) decide(eff Effects) Effects {
	key := p.state.Record
	size := p.ask.size
	if size == 0 {
		size = int(key.Setup.Threshold) + 1
	}
	if p.state.Share == nil {
		eff.Add(p.refuse(wire.Errorf(wire.KeyNotFound, "no share of key %v is held here", p.ask.key)))
		return eff
	}
	what := p.duty.fit()
	if len(p.ask.set) != size || int(p.ask.set[len(p.ask.set)-1]) > len(key.Setup.Members) || !slices.Contains(p.ask.set, p.state.Share.Index) {
		what = "by a set that is not valid"
	}
	if what != "" {
		eff.Add(p.blame("%s: %s", p.name, what))
		return eff
	}
	if err := checkReader(p.requester, key); err != nil {
		eff.Add(p.refuse(err))
		return eff
	}
	p.deciding = true
	eff.Ask = &Question{Requester: p.requester.Address, Key: p.ask.key, Claim: p.requester.Claim, Block: &p.ask.block}
	return eff
}

// verdict answers.
func (p *holder) verdict(v Verdict) Effects {
	if !p.deciding {
		return Effects{}
	}
	p.deciding, p.said = false, v
	switch v.Answer {
	case Granted:
		return p.duty.grant()
	case Refused:
		return p.deny(v)
	case Newer:
		return p.end(p.send(Effects{}, &wire.NewerHead{Head: v.Head}), wire.Errorf(wire.Denied, "a newer block, %d, is to be asked", v.Head.Number))
	}
	return p.refuse(wire.Errorf(wire.Unavailable, "%s", v.Reason))
}

// deny tells a no, signed if it is to a wallet's request and about the block that was named.
func (p *holder) deny(v Verdict) Effects {
	err := wire.Errorf(wire.Denied, "%s", v.Reason)
	m := wire.RefuseWith(err)
	receipt := receiptFor(&p.env, p.requester, p.ask.version, p.ask.key, p.ask.block)
	if receipt != nil && v.Block == p.ask.block {
		receipt.Granted = false
		m.Receipt = p.env.Self.Sign(receipt.Digest())
	}
	return p.end(p.send(Effects{}, m), err)
}
