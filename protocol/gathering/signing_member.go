package gathering

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// SigningMember is a holder's side of one attempt at a signature. It signs the one hash that
// the attempt is named after, once, and only that which the requester's request names. Its
// nonce, or what was dealt to it for ECDSA, is gone before it computes anything with it, so
// no second answer can be had, also not from a session that failed.
type SigningMember struct {
	member
	lend items.Lender
	ask  *wire.Sign

	nonce  *threshold.Nonce // Schnorr: to be used, and out of the vault
	item   *items.Item      // ECDSA: likewise
	opened wire.Opened      // what was said of it
}

// JoinSigning takes part in an attempt that node from coordinates. The first input is its
// opening, a Sign.
func JoinSigning(env session.Env, lend items.Lender, state *session.State, from wire.NodeID, id wire.SessionID) *SigningMember {
	p := &SigningMember{lend: lend}
	p.init(env, state, from, id, "cosigning", (*signingDuty)(p))
	return p
}

// signingDuty is a SigningMember as its member sees it.
type signingDuty SigningMember

func (p *signingDuty) open(msg wire.Message) (*openingTerms, wire.SessionID, *wire.Requester, error, bool) {
	m, ok := msg.(*wire.Sign)
	if !ok {
		return nil, wire.SessionID{}, nil, nil, false
	}
	p.ask = m
	requester, err := session.OpenSign(&p.env, m.Key, m.Proof, m.Scheme, m.Hash)
	ask := &openingTerms{key: m.Key, version: m.Version, block: m.Block, set: m.Set, size: len(m.Set)} // fit knows better
	return ask, m.Session(p.env.Cluster, p.Coordinator()), requester, err, true
}

// fit wants as many holders as the scheme takes.
func (p *signingDuty) fit() string {
	if len(p.ask.Set) != p.ask.Scheme.Signers(p.state.Record.Setup.Threshold) {
		return "by a set that is not valid"
	}
	return ""
}

func (p *signingDuty) drop() {
	if p.nonce != nil {
		p.nonce.Erase()
	}
	if p.item != nil {
		p.item.Erase()
	}
}

func (p *signingDuty) grant() session.Effects {
	switch {
	case p.ask.Scheme == wire.ECDSA:
		return p.openItem()
	case len(p.ask.Nonces) == 0:
		return p.commit()
	}
	at := slices.Index(p.ask.Set, p.state.Share.Index)
	var nonce *threshold.Nonce
	var again bool
	p.lend(func(v *items.Vault) {
		nonce, again = v.Redeem(p.Coordinator(), p.state.Record.Setup.Slot(), p.ask.Nonces[at])
	})
	switch {
	case again:
		return p.Blame("cosigning: asked a second time to sign with a nonce that is spent")
	case nonce == nil:
		return p.Refuse(wire.Errorf(wire.NoSession, "this nonce is not known here, or no longer"))
	}
	p.nonce = nonce
	return p.answer(p.ask.Nonces)
}

// commit draws a nonce for this attempt alone.
func (p *signingDuty) commit() session.Effects {
	nonce, err := threshold.NewNonce(p.env.Rand, p.state.Share.Value)
	if err != nil {
		return p.Refuse(wire.Errorf(wire.Internal, "drawing a nonce: %v", err))
	}
	p.nonce = nonce
	return p.Send(session.Effects{}, &wire.Committed{Nonce: nonce.Commitment().Bytes()})
}

func (p *signingDuty) further(msg wire.Message) session.Effects {
	switch m := msg.(type) {
	case *wire.Commitments:
		at := slices.Index(p.ask.Set, p.state.Share.Index)
		if p.nonce == nil || len(m.Nonces) != len(p.ask.Set) || m.Nonces[at] != p.nonce.Commitment().Bytes() {
			return p.Blame("cosigning: with nonces that are not those committed to")
		}
		return p.answer(m.Nonces)
	case *wire.Openings:
		return p.answerECDSA(m.Openings)
	}
	return session.Effects{}
}

// answer gives the own share, and a nonce for the next time.
func (p *signingDuty) answer(list []wire.NonceBytes) session.Effects {
	key := p.state.Record
	quorum, err := p.env.Quorum(key, p.ask.Set, p.state.Share.Index)
	if err != nil {
		return p.Refuse(err)
	}
	public, err := verify.JointKey(key)
	if err != nil {
		return p.Refuse(err)
	}
	signing, err := verify.SchnorrSigning(quorum, public, p.ask.Scheme, p.ask.Hash, list)
	if err != nil {
		return p.Blame("cosigning: %v", err)
	}
	share, err := signing.Share(threshold.Index(p.state.Share.Index), p.state.Share.Value, p.nonce)
	if err != nil {
		return p.Refuse(wire.Errorf(wire.Internal, "signing: %v", err))
	}
	m := &wire.SchnorrShare{Share: share.Bytes()}
	next, err := threshold.NewNonce(p.env.Rand, p.state.Share.Value)
	if err != nil {
		return p.Refuse(wire.Errorf(wire.Internal, "drawing a nonce: %v", err))
	}
	p.lend(func(v *items.Vault) {
		m.Next = []wire.NonceBytes{v.SendAhead(p.Coordinator(), p.state.Record.Setup.Slot(), next)}
	})
	m.Signature = p.env.Self.Sign(m.Digest(p.ID(), p.state.Share.Index, list))
	return p.Answer(session.Effects{}, m)
}

// openItem takes the item out of the vault, where it will never be again, and opens it for
// this attempt alone.
func (p *signingDuty) openItem() session.Effects {
	if p.ask.Item == (wire.Item{}) {
		return p.Answer(session.Effects{}, &wire.Willing{})
	}
	var again bool
	p.lend(func(v *items.Vault) { p.item, again = v.Use(p.Coordinator(), p.ask.Item) })
	switch {
	case again:
		return p.Blame("cosigning: asked a second time to sign with an item that is spent")
	case p.item == nil:
		return p.Refuse(wire.Errorf(wire.NoSession, "this item is not known here, or no longer"))
	case !p.item.Dealt.Serves(items.GroupOf(p.state.Record)) || !slices.Equal(p.item.Dealt.Setup.Set, p.ask.Set):
		return p.Blame("cosigning: with an item of other signers")
	}
	o, err := p.item.Public.Open(p.env.Rand, p.item.Secret, verify.ECDSAContext(p.ID()))
	if err != nil {
		return p.Refuse(wire.Errorf(wire.Internal, "opening an item: %v", err))
	}
	p.opened = signOpening(&p.env, p.ID(), p.state.Share.Index, o)
	return p.Send(session.Effects{}, &p.opened)
}

// answerECDSA gives the own share once everybody's opening is there and right. All are
// bound to this attempt, and so to its hash: had a signer been asked to sign another one,
// its opening would not verify here.
func (p *signingDuty) answerECDSA(list []wire.Opened) session.Effects {
	if p.item == nil || len(list) != len(p.ask.Set) {
		return p.Blame("cosigning: with openings that are not those of the set")
	}
	ctx := verify.ECDSAContext(p.ID())
	openings := make([]*threshold.ECDSAOpening, len(list))
	for i, index := range p.ask.Set {
		var err error
		if index == p.state.Share.Index {
			if list[i] != p.opened {
				return p.Blame("cosigning: with another opening in place of this node's")
			}
			openings[i], err = threshold.ParseECDSAOpening(list[i].Opening[:])
		} else {
			openings[i], err = p.theirs(index, &list[i], ctx)
		}
		if err != nil {
			return p.Blame("cosigning: with a wrong opening of holder %d: %v", index, err)
		}
	}
	signing, err := p.item.Public.NewSigning(openings, p.ask.Hash)
	if err != nil {
		return p.Refuse(wire.Errorf(wire.Cryptographic, "signing this hash: %v", err))
	}
	share, err := ecdsaShare(&p.env, signing, p.item, p.state.Record, p.state.Share, ctx)
	if err != nil {
		return p.Refuse(wire.Errorf(wire.Internal, "signing: %v", err))
	}
	m := &wire.ECDSAShare{Share: share.Bytes()}
	m.Signature = p.env.Self.Sign(m.Digest(p.ID(), p.state.Share.Index, list))
	return p.Answer(session.Effects{}, m)
}

// theirs checks another signer's opening. The coordinator has done so, too: a wrong one is
// its fault.
func (p *signingDuty) theirs(index uint32, m *wire.Opened, ctx threshold.Context) (*threshold.ECDSAOpening, error) {
	node := p.state.Record.Setup.Members[index-1]
	if !node.Signed(m.Digest(p.ID(), index), &m.Signature) {
		return nil, fmt.Errorf("a signature is not %s's", node.Short())
	}
	return verify.Opening(p.item.Public, index, m, ctx)
}

// GivenUp is who has, or nobody: a coordinator that has all openings knows R, and this node's was sent. One that goes on with it asks for the
// share next, which ends the session.
func (p *SigningMember) GivenUp() wire.NodeID {
	if !p.Left() || p.opened == (wire.Opened{}) {
		return wire.NodeID{}
	}
	return p.Coordinator()
}
