package session

import (
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Releasing is a holder's side of one attempt of a retrieval. It answers its opening
// and ends: with its part if its own chain says yes, otherwise with the reason.
type Releasing struct {
	holder
	ask *wire.Retrieve
}

// JoinRetrieval takes part in an attempt that node from coordinates. The first input
// is its opening, a Retrieve.
func JoinRetrieval(env Env, state *State, from wire.NodeID, id wire.SessionID) *Releasing {
	p := new(Releasing)
	p.init(env, state, from, id, "releasing", (*releasing)(p))
	return p
}

// releasing is Releasing as its holder sees it.
type releasing Releasing

func (p *releasing) open(msg wire.Message) (*asked, wire.SessionID, *wire.Requester, error, bool) {
	m, ok := msg.(*wire.Retrieve)
	if !ok {
		return nil, wire.SessionID{}, nil, nil, false
	}
	p.ask = m
	requester, err := OpenRetrieve(&p.env, m.Key, m.Proof, m.Shadow)
	ask := &asked{key: m.Key, version: m.Version, block: m.Block, set: m.Set, document: true}
	return ask, m.Session(p.env.Cluster, p.Coordinator()), requester, err, true
}

// fit wants the document key that this node knows: a share never meets a point of anybody
// else's choice.
func (p *releasing) fit() string {
	if d := p.state.Document; d.Common != p.ask.Common || d.Encrypted != p.ask.Encrypted {
		return "of another document key than the certified one"
	}
	return ""
}

// grant makes the own part. Nothing of it can be used for another attempt.
func (p *releasing) grant() Effects {
	quorum, err := p.env.quorum(p.state.Record, p.ask.Set, p.state.Share.Index)
	if err != nil {
		return p.Refuse(err)
	}
	common, err := verify.ParsePair(&p.ask.Common, &p.ask.Encrypted)
	if err != nil {
		return p.Refuse(err)
	}
	part, err := makeOnePart(&p.env, quorum, p.ID(), p.state.Share, common.Common, p.requester, p.ask.Shadow)
	if err != nil {
		return p.Refuse(wire.Errorf(wire.Internal, "making a partial: %v", err))
	}
	receipt := receiptFor(&p.env, p.requester, p.ask.Version, p.ask.Key, p.ask.Block)
	return p.Reply(Effects{}, part.sign(p.env.Self, p.ID(), p.state.Share.Index, receipt))
}

func (p *releasing) further(wire.Message) Effects { return Effects{} }

func (p *releasing) drop() {}
