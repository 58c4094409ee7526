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

// ecdsaTask is the task of an ECDSA signature (docs/protocol.md section 12.3), by exactly 2t+1
// holders: in two rounds with an item from the stock, else the item is dealt first. The
// nonce is opened when the hash is bound, and not before.
type ecdsaTask struct{ *Signing }

// ecdsaAttempt is an attempt at one.
type ecdsaAttempt struct {
	ask     *wire.Sign
	item    *items.Item // taken out of the stock; nil where votes alone are asked for
	opened  []wire.Opened
	signing *threshold.ECDSASigning
	ctx     threshold.Context
}

// ecdsaOpened is a holder's opening, verified.
type ecdsaOpened struct {
	opening *threshold.ECDSAOpening
	msg     wire.Opened
}

// ecdsaPart is a holder's share. Whether it is right the whole signature tells.
type ecdsaPart struct {
	share *threshold.ECDSAShare
	msg   *wire.ECDSAShare
}

// choose prefers a set that there is an item for.
func (s *ecdsaTask) choose(rd *round) (set []uint32) {
	able := rd.byPromise()
	s.lend(func(v *items.Vault) {
		item := v.Find(func(i *items.Item) bool {
			return i.Dealt.Serves(items.GroupOf(s.record)) && !slices.ContainsFunc(i.Dealt.Setup.Set, func(index uint32) bool { return !slices.Contains(able, index) })
		})
		if item != nil {
			set = slices.Clone(item.Dealt.Setup.Set)
		}
	})
	if set == nil && len(s.env.Older) > 0 {
		set = s.dealers(able)
	}
	return set
}

// dealers are a set that an item can be dealt to, the best first of those that are able; nil if there are too few.
func (s *ecdsaTask) dealers(able []uint32) (set []uint32) {
	for _, index := range able {
		if len(set) < s.size && s.env.Deals(s.node(index)) {
			set = append(set, index)
		}
	}
	if len(set) < s.size {
		return nil
	}
	slices.Sort(set)
	return set
}

func (s *ecdsaTask) open(a *attempt) error {
	ask, err := s.ask(a.set)
	if err != nil {
		return err
	}
	w := &ecdsaAttempt{ask: ask}
	switch dealing, ahead := a.work.(*items.Dealing); {
	case ahead:
		dealt := dealing.Items()
		w.item = dealt[0]
		s.lend(func(v *items.Vault) { v.Stock(dealt[1:]) })
	case s.round.granted:
		s.lend(func(v *items.Vault) {
			w.item = v.Pick(func(i *items.Item) bool {
				return i.Dealt.Serves(items.GroupOf(s.record)) && slices.Equal(i.Dealt.Setup.Set, a.set)
			})
		})
		if w.item == nil {
			return s.deal(a)
		}
	}
	if w.item != nil {
		ask.Item = w.item.ID
	}
	a.id, a.opening, a.work, a.last = ask.Session(s.env.Cluster, s.env.Self.ID()), ask, w, w.item == nil
	w.ctx = verify.ECDSAContext(a.id)
	return nil
}

func (s *ecdsaTask) drop(a *attempt) {
	switch w := a.work.(type) {
	case *ecdsaAttempt:
		if w.item != nil {
			s.lend(func(v *items.Vault) { v.Discard(w.item) })
		}
	case *items.Dealing: // which has ended without an attempt
		s.lend(func(v *items.Vault) { v.Discard(w.Items()...) })
	}
}

// late: the items dealt with it would all have to wait.
func (s *ecdsaTask) late(node wire.NodeID) { s.lend(func(v *items.Vault) { v.Without(node) }) }

// deal has items dealt by the set of an attempt: one for it, and those that cost little
// more for the stock.
func (s *ecdsaTask) deal(a *attempt) error {
	if slices.ContainsFunc(a.set, func(index uint32) bool { return !s.env.Deals(s.node(index)) }) {
		if a.set = s.dealers(s.round.byPromise()); a.set == nil {
			return wire.Errorf(wire.Unavailable, "nothing is in stock for a signature of 2t+1 = %d holders, and too few can be dealt with%s",
				s.size, session.OlderNote(&s.env))
		}
	}
	dealing, err := items.NewDealing(s.env, s.lend, items.GroupOf(s.record), a.set, max(1, s.env.DealAtOnce))
	if err != nil {
		return err
	}
	a.before, a.work = dealing, dealing
	return nil
}

func (s *ecdsaTask) take(a *attempt, index uint32, msg wire.Message) (any, *session.Fault, bool) {
	w, from := a.work.(*ecdsaAttempt), s.node(index)
	switch m := msg.(type) {
	case *wire.Willing:
		return m, nil, w.item == nil
	case *wire.Opened:
		if a.last {
			return nil, nil, false
		}
		return s.opening(a, w, index, m)
	case *wire.ECDSAShare:
		if !a.last || w.item == nil {
			return nil, nil, false
		}
		if !from.Signed(m.Digest(a.id, index, w.opened), &m.Signature) {
			return nil, &session.Fault{Node: from, Detail: "signature share with a false signature"}, true
		}
		share, err := threshold.ParseECDSAShare(m.Share[:])
		if err != nil {
			return nil, s.guilty(w, index, m, err), true
		}
		return &ecdsaPart{share, m}, nil, true
	}
	return nil, nil, false
}

// opening verifies a holder's part of R and w.
func (s *ecdsaTask) opening(a *attempt, w *ecdsaAttempt, index uint32, m *wire.Opened) (any, *session.Fault, bool) {
	from := s.node(index)
	if !from.Signed(m.Digest(a.id, index), &m.Signature) {
		return nil, &session.Fault{Node: from, Detail: "opening with a false signature"}, true
	}
	o, err := verify.Opening(w.item.Public, index, m, w.ctx)
	if err != nil {
		evidence := &wire.WrongOpening{Item: w.item.Used(index), Key: s.record.Setup.Key, Version: s.record.Version(),
			Request: w.ask.Terms(s.env.Self.ID()), Index: index, Opened: *m}
		return nil, &session.Fault{Node: from, Detail: fmt.Sprintf("gave a wrong opening for a signature: %v", err), Evidence: evidence}, true
	}
	return &ecdsaOpened{o, *m}, nil, true
}

// guilty is the fault of a holder whose share is wrong.
func (s *ecdsaTask) guilty(w *ecdsaAttempt, index uint32, m *wire.ECDSAShare, err error) *session.Fault {
	return &session.Fault{Node: s.node(index), Detail: fmt.Sprintf("gave a wrong share of a signature: %v", err), Evidence: &wire.WrongECDSAShare{
		Item: w.item.Used(index), Setup: s.record.Setup.Terms(), Bodies: s.record.Bodies, Commitments: s.record.Commitments,
		Certified: s.record.Signatures[index-1], Request: w.ask.Terms(s.env.Self.ID()), Openings: w.opened, Index: index, Share: *m,
	}}
}

func (s *ecdsaTask) own(a *attempt) (any, error) {
	w := a.work.(*ecdsaAttempt)
	switch {
	case w.item == nil:
		return new(wire.Willing), nil
	case !a.last:
		o, err := w.item.Public.Open(s.env.Rand, w.item.Secret, w.ctx)
		if err != nil {
			return nil, err
		}
		return &ecdsaOpened{opening: o, msg: signOpening(&s.env, a.id, s.self, o)}, nil
	}
	share, err := ecdsaShare(&s.env, w.signing, w.item, s.record, s.share, w.ctx)
	if err != nil {
		return nil, err
	}
	return &ecdsaPart{share: share}, nil
}

func signOpening(env *session.Env, id wire.SessionID, index uint32, o *threshold.ECDSAOpening) wire.Opened {
	m := wire.Opened{Opening: o.Bytes()}
	m.Signature = env.Self.Sign(m.Digest(id, index))
	return m
}

// ecdsaShare makes the own share. The item's secret is gone when it returns.
func ecdsaShare(env *session.Env, signing *threshold.ECDSASigning, item *items.Item, key *wire.KeyRecord, share *session.Share, ctx threshold.Context) (*threshold.ECDSAShare, error) {
	public, err := verify.PublicShare(key, share.Index)
	if err != nil {
		item.Erase()
		return nil, err
	}
	return signing.Share(env.Rand, item.Secret, share.Value, public, ctx)
}

// next shows all openings to all, or puts the shares together.
func (s *ecdsaTask) next(a *attempt) (wire.Message, []session.Fault, error) {
	w := a.work.(*ecdsaAttempt)
	if !a.last {
		openings := make([]*threshold.ECDSAOpening, len(a.parts))
		for i, p := range a.parts {
			o := p.(*ecdsaOpened)
			openings[i], w.opened = o.opening, append(w.opened, o.msg)
		}
		var err error
		if w.signing, err = w.item.Public.NewSigning(openings, s.hash); err != nil {
			return nil, nil, wire.Errorf(wire.Cryptographic, "signing this hash: %v", err)
		}
		a.last = true
		return &wire.Openings{Openings: w.opened}, nil, nil
	}
	shares := make([]*threshold.ECDSAShare, len(a.parts))
	for i, p := range a.parts {
		shares[i] = p.(*ecdsaPart).share
	}
	signature, err := w.signing.Combine(s.public, shares)
	if err == nil {
		s.signature = signature[:]
		return nil, nil, nil
	}
	var faults []session.Fault
	for i, index := range a.set {
		if index == s.self {
			continue
		}
		public, err := verify.PublicShare(s.record, index)
		if err != nil {
			return nil, nil, err
		}
		if bad := w.signing.VerifyShare(threshold.Index(index), shares[i], public, w.ctx); bad != nil {
			faults = append(faults, *s.guilty(w, index, a.parts[i].(*ecdsaPart).msg, bad))
		}
	}
	if len(faults) == 0 {
		return nil, nil, wire.Errorf(wire.Internal, "no valid signature of valid shares: %v", err)
	}
	return nil, faults, nil
}
