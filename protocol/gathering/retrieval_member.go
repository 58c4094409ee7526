package gathering

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// RetrievalMember is a holder's side of one attempt of a retrieval. It answers its opening and ends. It stays only to
// be supplied with records that it missed.
type RetrievalMember struct {
	member
	ask *wire.Retrieve
}

// JoinRetrieval takes part in an attempt that node from coordinates. The first input
// is its opening, a Retrieve.
func JoinRetrieval(env session.Env, state *session.State, from wire.NodeID, id wire.SessionID) *RetrievalMember {
	p := new(RetrievalMember)
	p.init(env, state, from, id, "releasing", (*retrievalDuty)(p))
	return p
}

// retrievalDuty is a RetrievalMember as its member sees it.
type retrievalDuty RetrievalMember

func (p *retrievalDuty) open(msg wire.Message) (*openingTerms, wire.SessionID, *wire.Requester, error, bool) {
	m, ok := msg.(*wire.Retrieve)
	if !ok {
		return nil, wire.SessionID{}, nil, nil, false
	}
	p.ask = m
	requester, err := session.OpenRetrieve(&p.env, m.Key, m.Proof, m.Shadow)
	ask := &openingTerms{key: m.Key, version: m.Version, block: m.Block, set: m.Set, document: true}
	return ask, m.Session(p.env.Cluster, p.Coordinator()), requester, err, true
}

// fit wants the document key that this node knows: a share never meets a point of anybody
// else's choice.
func (p *retrievalDuty) fit() string {
	if d := p.state.Document; d.Common != p.ask.Common || d.Encrypted != p.ask.Encrypted {
		return "of another document key than the certified one"
	}
	return ""
}

// grant makes the own part. Nothing of it can be used for another attempt.
func (p *retrievalDuty) grant() session.Effects {
	quorum, err := p.env.Quorum(p.state.Record, p.ask.Set, p.state.Share.Index)
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
	return p.Answer(session.Effects{}, part.sign(p.env.Self, p.ID(), p.state.Share.Index, receipt))
}

func (p *retrievalDuty) further(wire.Message) session.Effects { return session.Effects{} }

func (p *retrievalDuty) drop() {}
