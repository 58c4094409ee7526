package session

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Cosigning is a holder's side of one attempt at a signature. It signs the one hash that
// the attempt is named after, once, and only that which the requester's request names. Its
// nonce, or what was dealt to it for ECDSA, is gone before it computes anything with it, so
// no second answer can be had, also not from a session that failed.
type Cosigning struct {
	holder
	ask *wire.Sign

	nonce  *threshold.Nonce // Schnorr: to be used, and out of the vault
	item   *Item            // ECDSA: likewise
	opened wire.Opened      // what was said of it
}

// JoinSigning takes part in an attempt that node from coordinates. The first input is its
// opening, a Sign.
func JoinSigning(env Env, state *State, from wire.NodeID, id wire.SessionID) *Cosigning {
	p := &Cosigning{holder: holder{env: env, state: state, from: from, id: id, name: "cosigning"}}
	p.duty = (*cosigning)(p)
	return p
}

// cosigning is Cosigning as its holder sees it.
type cosigning Cosigning

func (p *cosigning) open(msg wire.Message) (*asked, wire.SessionID, *wire.Requester, error, bool) {
	m, ok := msg.(*wire.Sign)
	if !ok {
		return nil, wire.SessionID{}, nil, nil, false
	}
	p.ask = m
	requester, err := OpenSign(&p.env, m.Key, m.Proof, m.Scheme, m.Hash)
	ask := &asked{key: m.Key, version: m.Version, block: m.Block, set: m.Set, size: len(m.Set)} // fit knows better
	return ask, m.Session(p.env.Cluster, p.from), requester, err, true
}

// fit wants as many holders as the scheme takes.
func (p *cosigning) fit() string {
	if len(p.ask.Set) != p.ask.Scheme.Signers(p.state.Record.Setup.Threshold) {
		return "by a set that is not valid"
	}
	return ""
}

func (p *cosigning) drop() {
	if p.nonce != nil {
		p.nonce.Erase()
	}
	if p.item != nil {
		p.item.Erase()
	}
}

func (p *cosigning) grant() Effects {
	switch {
	case p.ask.Scheme == wire.ECDSA:
		return p.openItem()
	case len(p.ask.Nonces) == 0:
		return p.commit()
	}
	at := slices.Index(p.ask.Set, p.state.Share.Index)
	var nonce *threshold.Nonce
	var again bool
	p.env.Vault(func(v *Vault) { nonce, again = v.redeem(p.from, p.ask.Nonces[at]) })
	switch {
	case again:
		return p.blame("cosigning: asked a second time to sign with a nonce that is spent")
	case nonce == nil:
		return p.refuse(wire.Errorf(wire.NoSession, "this nonce is not known here, or no longer"))
	}
	p.nonce = nonce
	return p.answer(p.ask.Nonces)
}

// commit draws a nonce for this attempt alone.
func (p *cosigning) commit() Effects {
	nonce, err := threshold.NewNonce(p.env.Rand, p.state.Share.Value)
	if err != nil {
		return p.refuse(wire.Errorf(wire.Internal, "drawing a nonce: %v", err))
	}
	p.nonce = nonce
	return p.send(Effects{}, &wire.Committed{Nonce: nonce.Commitment().Bytes()})
}

func (p *cosigning) further(msg wire.Message) Effects {
	switch m := msg.(type) {
	case *wire.Commitments:
		at := slices.Index(p.ask.Set, p.state.Share.Index)
		if p.nonce == nil || len(m.Nonces) != len(p.ask.Set) || m.Nonces[at] != p.nonce.Commitment().Bytes() {
			return p.blame("cosigning: with nonces that are not those committed to")
		}
		return p.answer(m.Nonces)
	case *wire.Openings:
		return p.answerECDSA(m.Openings)
	}
	return Effects{}
}

// answer gives the own share, and a nonce for the next time.
func (p *cosigning) answer(list []wire.NonceBytes) Effects {
	key := p.state.Record
	quorum, err := p.env.quorum(key, p.ask.Set, p.state.Share.Index)
	if err != nil {
		return p.refuse(err)
	}
	public, err := verify.JointKey(key)
	if err != nil {
		return p.refuse(err)
	}
	signing, err := verify.SchnorrSigning(quorum, public, p.ask.Scheme, p.ask.Hash, list)
	if err != nil {
		return p.blame("cosigning: %v", err)
	}
	share, err := signing.Share(threshold.Index(p.state.Share.Index), p.state.Share.Value, p.nonce)
	if err != nil {
		return p.refuse(wire.Errorf(wire.Internal, "signing: %v", err))
	}
	m := &wire.SchnorrShare{Share: share.Bytes()}
	next, err := threshold.NewNonce(p.env.Rand, p.state.Share.Value)
	if err != nil {
		return p.refuse(wire.Errorf(wire.Internal, "drawing a nonce: %v", err))
	}
	p.env.Vault(func(v *Vault) { m.Next = []wire.NonceBytes{v.promise(p.from, next)} })
	m.Signature = p.env.Self.Sign(m.Digest(p.id, p.state.Share.Index, list))
	return p.end(p.send(Effects{}, m), nil)
}

// openItem takes the item out of the vault, where it will never be again, and opens it for
// this attempt alone.
func (p *cosigning) openItem() Effects {
	if p.ask.Item == (wire.Item{}) {
		return p.end(p.send(Effects{}, &wire.Willing{}), nil)
	}
	var again bool
	p.env.Vault(func(v *Vault) { p.item, again = v.use(p.from, p.ask.Item) })
	switch {
	case again:
		return p.blame("cosigning: asked a second time to sign with an item that is spent")
	case p.item == nil:
		return p.refuse(wire.Errorf(wire.NoSession, "this item is not known here, or no longer"))
	case !p.item.deal.serves(GroupOf(p.state.Record)) || !slices.Equal(p.item.deal.setup.Set, p.ask.Set):
		return p.blame("cosigning: with an item of other signers")
	}
	o, err := p.item.public.Open(p.env.Rand, p.item.secret, verify.ECDSAContext(p.id))
	if err != nil {
		return p.refuse(wire.Errorf(wire.Internal, "opening an item: %v", err))
	}
	p.opened = signOpening(&p.env, p.id, p.state.Share.Index, o)
	return p.send(Effects{}, &p.opened)
}

// answerECDSA gives the own share once everybody's opening is there and right. All are
// bound to this attempt, and so to its hash: had a signer been asked to sign another one,
// its opening would not verify here.
func (p *cosigning) answerECDSA(list []wire.Opened) Effects {
	if p.item == nil || len(list) != len(p.ask.Set) {
		return p.blame("cosigning: with openings that are not those of the set")
	}
	ctx := verify.ECDSAContext(p.id)
	openings := make([]*threshold.ECDSAOpening, len(list))
	for i, index := range p.ask.Set {
		var err error
		if index == p.state.Share.Index {
			if list[i] != p.opened {
				return p.blame("cosigning: with another opening in place of this node's")
			}
			openings[i], err = threshold.ParseECDSAOpening(list[i].Opening[:])
		} else {
			openings[i], err = p.theirs(index, &list[i], ctx)
		}
		if err != nil {
			return p.blame("cosigning: with a wrong opening of holder %d: %v", index, err)
		}
	}
	signing, err := p.item.public.NewSigning(openings, p.ask.Hash)
	if err != nil {
		return p.refuse(wire.Errorf(wire.Cryptographic, "signing this hash: %v", err))
	}
	share, err := ecdsaShare(&p.env, signing, p.item, p.state.Record, p.state.Share, ctx)
	if err != nil {
		return p.refuse(wire.Errorf(wire.Internal, "signing: %v", err))
	}
	m := &wire.ECDSAShare{Share: share.Bytes()}
	m.Signature = p.env.Self.Sign(m.Digest(p.id, p.state.Share.Index, list))
	return p.end(p.send(Effects{}, m), nil)
}

// theirs checks another signer's opening. The coordinator has done so, too: a wrong one is
// its fault.
func (p *cosigning) theirs(index uint32, m *wire.Opened, ctx threshold.Context) (*threshold.ECDSAOpening, error) {
	node := p.state.Record.Setup.Members[index-1]
	if !node.Signed(m.Digest(p.id, index), &m.Signature) {
		return nil, fmt.Errorf("a signature is not %s's", node.Short())
	}
	return verify.Opening(p.item.public, index, m, ctx)
}
