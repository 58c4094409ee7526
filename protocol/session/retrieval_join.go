package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// partDeadline bounds a participant's side: the chain may take a moment to reach the
// block, and a missed record has to come.
const partDeadline = retrieveDeadline

// Releasing is a holder's side of one attempt of a retrieval. It answers its opening
// and ends: with its part if its own chain says yes, otherwise with the reason.
type Releasing struct {
	env   Env
	state *State
	from  wire.NodeID
	id    wire.SessionID

	ask       *wire.Retrieve
	requester *wire.Requester
	supplying bool // records were asked for
	deciding  bool // the oracle owes a verdict
	said      Verdict
	ended     bool
	ticks     int
}

// JoinRetrieval takes part in an attempt that node from coordinates. The first input
// is its opening, a Retrieve.
func JoinRetrieval(env Env, state *State, from wire.NodeID, id wire.SessionID) *Releasing {
	return &Releasing{env: env, state: state, from: from, id: id}
}

// ID names the attempt.
func (p *Releasing) ID() wire.SessionID { return p.id }

// String tells what is awaited.
func (p *Releasing) String() string {
	switch {
	case p.ended:
		return "releasing: ended"
	case p.deciding:
		return "releasing: asking the own chain"
	case p.supplying:
		return "releasing: waiting for records"
	}
	return "releasing: idle"
}

// Step takes one input.
func (p *Releasing) Step(in Input) Effects {
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
			return p.end(Effects{}, wire.Errorf(wire.Disconnected, "coordinator %s is gone", p.from.Short()))
		}
	case Tick:
		if p.ticks++; p.ticks >= partDeadline {
			return p.refuse(wire.Errorf(wire.Timeout, "not decided in time"))
		}
	}
	return Effects{}
}

func (p *Releasing) received(in Received) Effects {
	if in.From != p.from || in.Session != p.id {
		return Effects{}
	}
	switch m := in.Msg.(type) {
	case *wire.Retrieve:
		if p.ask == nil {
			return p.open(m)
		}
	case *wire.Supply:
		if p.supplying {
			return p.supplied(m)
		}
	case *wire.Refuse: // not needed any more
		return p.end(Effects{}, m.Err())
	}
	return Effects{}
}

func (p *Releasing) end(eff Effects, err error) Effects {
	p.ended = true
	eff.Done, eff.Err = true, err
	return eff
}

func (p *Releasing) send(eff Effects, m wire.Message) Effects {
	eff.Send = append(eff.Send, wire.Envelope{To: p.from, Session: p.id, Msg: m})
	return eff
}

func (p *Releasing) refuse(err error) Effects {
	return p.end(p.send(Effects{}, wire.RefuseWith(err)), err)
}

// blame refuses what no honest coordinator sends.
func (p *Releasing) blame(format string, args ...any) Effects {
	err := wire.Errorf(wire.InvalidMessage, format, args...)
	eff := p.refuse(err)
	eff.Faults = fault(p.from, err.Error())
	return eff
}

// open checks what can be checked without the chain, and asks for what is missing.
func (p *Releasing) open(m *wire.Retrieve) Effects {
	if m.Session(p.env.Cluster, p.from) != p.id {
		return p.blame("retrieval under a session id that is not its own")
	}
	requester, err := OpenRetrieve(&p.env, m.Key, m.Proof, m.Shadow)
	if err != nil {
		return p.refuse(err) // before anything is asked: no address, no question
	}
	p.ask, p.requester = m, requester
	if r := p.state.Record; r != nil && r.Confirmed() && r.Version() != m.Version {
		return p.refuse(wire.Errorf(wire.KeyNotFound, "key %v has another version", m.Key))
	}
	need := &wire.Need{Record: !p.state.usable(m.Version), Document: p.state.Document == nil}
	if need.Record || need.Document {
		p.supplying = true
		return p.send(Effects{}, need)
	}
	return p.decide(Effects{})
}

// supplied takes records over that this node missed.
func (p *Releasing) supplied(m *wire.Supply) Effects {
	p.supplying = false
	state, save, err := p.state.supplied(&p.env, p.ask.Version, m)
	if wire.ReasonOf(err) == wire.InvalidMessage && err != nil {
		return p.blame("%v", err)
	}
	if err != nil {
		return p.refuse(err)
	}
	p.state = state
	if !state.usable(p.ask.Version) || state.Document == nil {
		return p.blame("retrieval without the records it is about")
	}
	return p.decide(Effects{Save: save})
}

// decide asks the own chain, if this node has a share and the request is about the
// document key it knows: a share never meets a point of anybody else's choice.
func (p *Releasing) decide(eff Effects) Effects {
	key := p.state.Record
	switch {
	case p.state.Document.Common != p.ask.Common || p.state.Document.Encrypted != p.ask.Encrypted:
		eff.Add(p.blame("retrieval of another document key than the certified one"))
		return eff
	case p.state.Share == nil:
		eff.Add(p.refuse(wire.Errorf(wire.KeyNotFound, "no share of key %v is held here", p.ask.Key)))
		return eff
	case len(p.ask.Set) != int(key.Setup.Threshold)+1 || int(p.ask.Set[len(p.ask.Set)-1]) > len(key.Setup.Members) || !slices.Contains(p.ask.Set, p.state.Share.Index):
		eff.Add(p.blame("retrieval by a set that is none"))
		return eff
	}
	if err := checkReader(p.requester, key); err != nil {
		eff.Add(p.refuse(err))
		return eff
	}
	p.deciding = true
	eff.Ask = &Question{Requester: p.requester.Address, Key: p.ask.Key, Claim: p.requester.Claim, Block: &p.ask.Block}
	return eff
}

// verdict answers.
func (p *Releasing) verdict(v Verdict) Effects {
	if !p.deciding {
		return Effects{}
	}
	p.deciding, p.said = false, v
	switch v.Answer {
	case Granted:
		return p.release()
	case Refused:
		return p.deny(v)
	case Newer:
		return p.end(p.send(Effects{}, &wire.NewerHead{Head: v.Head}), wire.Errorf(wire.Denied, "a newer block, %d, is to be asked", v.Head.Number))
	}
	return p.refuse(wire.Errorf(wire.Unavailable, "%s", v.Reason))
}

// deny tells a no, signed if it is to a wallet's request and about the block that was named.
func (p *Releasing) deny(v Verdict) Effects {
	err := wire.Errorf(wire.Denied, "%s", v.Reason)
	m := wire.RefuseWith(err)
	receipt := receiptFor(&p.env, p.requester, p.ask.Version, p.ask.Key, p.ask.Block)
	if receipt != nil && v.Block == p.ask.Block {
		receipt.Granted = false
		m.Receipt = p.env.Self.Sign(receipt.Digest())
	}
	return p.end(p.send(Effects{}, m), err)
}

// release makes the own part. Nothing of it can be used for another attempt.
func (p *Releasing) release() Effects {
	quorum, err := p.env.quorum(p.state.Record, p.ask.Set, p.state.Share.Index)
	if err != nil {
		return p.refuse(err)
	}
	common, err := parsePair(&p.ask.Common, &p.ask.Encrypted)
	if err != nil {
		return p.refuse(err)
	}
	part, err := makeOnePart(&p.env, quorum, p.id, p.state.Share, common.Common, p.requester, p.ask.Shadow)
	if err != nil {
		return p.refuse(wire.Errorf(wire.Internal, "making a partial: %v", err))
	}
	receipt := receiptFor(&p.env, p.requester, p.ask.Version, p.ask.Key, p.ask.Block)
	return p.end(p.send(Effects{}, part.sign(p.env.Self, p.id, p.state.Share.Index, receipt)), nil)
}
