package items

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Item is what was dealt for one ECDSA signature by and to a set of 2t+1 key servers. It
// knows no key and no hash, and nobody knows the nonce that it will give.
type Item struct {
	ID     wire.Item
	Dealt  *Dealt
	Public *threshold.ECDSAItem
	Secret *threshold.ECDSASecret // own; nil if this node is none of the members
}

// Erase overwrites the own secret. The item can't be used any more.
func (i *Item) Erase() {
	if i.Secret != nil {
		i.Secret.Erase()
	}
}

// Used is what evidence against the member with this share index says of an item. It is one of the item's set. Only the
// coordinator of the dealing has the member's signature on it.
func (i *Item) Used(index uint32) wire.UsedItem {
	at := slices.Index(i.Dealt.Setup.Set, index)
	return wire.UsedItem{Setup: *i.Dealt.Setup, Bodies: i.Dealt.Bodies, Joint: i.Dealt.Joint, Certified: i.Dealt.Certifies[at]}
}

// Group is who holds shares of a key, since which redistribution: items are for the keys of a group.
type Group struct {
	Threshold uint32
	Members   []wire.NodeID // in the order of share indices
	Slot      wire.Slot     // of the current sharing of the keys
}

// GroupOf is the group of a key.
func GroupOf(r *wire.KeyRecord) Group {
	return Group{Threshold: r.Setup.Threshold, Members: r.Setup.Members, Slot: r.Setup.Slot()}
}

// SignersOf is the set that an ECDSA signature under a key of this group would be asked of
// first and dealt for: this node, and the most responsive others. Nil: too few are connected.
func SignersOf(env *session.Env, g Group) (set []uint32) {
	add := func(node wire.NodeID) {
		if i := slices.Index(g.Members, node); i >= 0 && len(set) < 2*int(g.Threshold)+1 {
			set = append(set, uint32(i+1))
		}
	}
	add(env.Self.ID())
	for _, node := range env.Connected {
		if env.Deals(node) {
			add(node)
		}
	}
	if len(set) < 2*int(g.Threshold)+1 {
		return nil
	}
	slices.Sort(set)
	return set
}

// Dealt is what items that were dealt together have in common.
type Dealt struct {
	Setup      *wire.DealSetup
	Bodies     common.Hash
	Joint      []wire.Point     // commitments to all polynomials, summed over the dealers
	Certifies  []wire.Signature // of the members, by position; zero for the own, and where this node is not the coordinator
	Transcript common.Hash
}

// Serves tells whether the items are for the keys of a group: the same threshold, and members that have the same share
// indices in it; and dealt for sharings of the same slot, not before their redistribution.
func (d *Dealt) Serves(g Group) bool {
	if d.Setup.Threshold != g.Threshold || d.Setup.For() != g.Slot {
		return false
	}
	for i, index := range d.Setup.Set {
		if int(index) > len(g.Members) || g.Members[index-1] != d.Setup.Members[i] {
			return false
		}
	}
	return true
}

// drawItemKey makes the key that a member is dealt items to under, signed.
func drawItemKey(env *session.Env, terms *dealing.Terms, self int) (*threshold.OneTimeKey, *wire.Commit, error) {
	once, err := threshold.NewOneTimeKey(env.Rand, terms.Session, terms.At[self])
	if err != nil {
		return nil, nil, wire.Errorf(wire.Internal, "dealing: %v", err)
	}
	m := &wire.Commit{Index: uint32(self + 1), Key: once.Public().Bytes()}
	m.Signature = env.Self.Sign(m.Digest(terms.Session))
	return once, m, nil
}

// makeReveal deals to the keys of all, and signs that under the view of them. The secrets are gone when it returns.
func makeReveal(env *session.Env, terms *dealing.Terms, self int, view common.Hash) (*wire.Reveal, error) {
	hand, err := terms.Draw(env.Rand, self)
	if err != nil {
		return nil, err
	}
	dealing, err := terms.Deal(hand)
	if err != nil {
		return nil, err
	}
	m := &wire.Reveal{Index: uint32(self + 1), View: view, Dealing: *dealing}
	m.Signature = env.Self.Sign(m.Digest(terms.Session))
	return m, nil
}

// settleItems adds the dealings of all members up. Without a position of its own, a node
// gets the public side alone; else what was dealt to it is opened with its one-time key. The culprit is the position of a dealer whose share for this
// node is wrong, or -1.
func settleItems(env *session.Env, setup *wire.DealSetup, terms *dealing.Terms, self int, once *threshold.OneTimeKey, all []*dealing.Checked) (deal *Dealt, items []*Item, culprit int, err error) {
	var values []*secp256k1.Scalar
	var joint []threshold.Commitments
	if self >= 0 {
		var secret *secp256k1.Scalar
		if secret, err = session.SealedTo(env, once); err != nil {
			return nil, nil, -1, err
		}
		defer secret.Erase()
		values, joint, culprit, err = terms.Combine(env.Rand, secret, self, all)
		if err != nil {
			return nil, nil, culprit, err
		}
		defer func() {
			if err != nil {
				threshold.EraseScalars(values)
			}
		}()
	} else if joint, err = terms.Sum(all); err != nil {
		return nil, nil, -1, err
	}
	bodies := make([]common.Hash, len(all))
	for i, d := range all {
		bodies[i] = d.Hash
	}
	deal = &Dealt{Setup: setup, Bodies: wire.HashList("bodies", terms.Session, bodies), Joint: terms.Encode(joint),
		Certifies: make([]wire.Signature, len(all))}
	deal.Transcript = wire.Transcript(terms.Session, deal.Bodies, deal.Joint)
	set, err := verify.ItemSet(setup)
	if err != nil {
		return nil, nil, -1, err
	}
	one := threshold.ECDSAPlan(int(setup.Threshold), 1)
	for n := range setup.Items {
		item := &Item{ID: wire.Item{Transcript: deal.Transcript, Number: n}, Dealt: deal}
		if item.Public, err = threshold.NewECDSAItem(set, joint[int(n)*len(one):][:len(one)]); err != nil {
			return nil, nil, -1, err
		}
		if self >= 0 {
			own := values[int(n)*one.Scalars():][:one.Scalars()]
			if item.Secret, err = threshold.NewECDSASecret(terms.At[self], own); err != nil {
				return nil, nil, -1, err
			}
		}
		items = append(items, item)
	}
	return deal, items, -1, nil
}

// complainAbout opens the own column of a member's dealing to the others.
func complainAbout(env *session.Env, terms *dealing.Terms, self int, once *threshold.OneTimeKey, accused *wire.Reveal, d *dealing.Checked) (*wire.Complaint, error) {
	secret, err := session.SealedTo(env, once)
	if err != nil {
		return nil, wire.Errorf(wire.Internal, "complaining: %v", err)
	}
	defer secret.Erase()
	m, err := terms.Complain(env.Rand, secret, self, accused, d)
	if err != nil {
		return nil, wire.Errorf(wire.Internal, "complaining: %v", err)
	}
	m.Signature = env.Self.Sign(m.Digest(terms.Session))
	return m, nil
}

// itemComplaint is a complaint with what it takes to judge it.
func itemComplaint(setup *wire.DealSetup, session wire.SessionID, commits []*wire.Commit, m *wire.Complaint) *wire.ItemComplaint {
	return &wire.ItemComplaint{Setup: *setup, Complaint: *m,
		Sealed: wire.SealedTo{Commit: *commits[m.Index-1], Seen: dealing.Digests(session, commits)}}
}
