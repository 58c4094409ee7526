package session

import (
	"crypto/rand"
	"errors"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What adversaries in tests may do with their own machines.

func runOf(m Machine) *run {
	switch m := m.(type) {
	case *Membership:
		return m.run
	case *Generation:
		return m.run
	}
	return nil
}

// Tamper changes the dealing of a machine that has only just committed, and gives the
// commit to send instead.
func Tamper(m Machine, change func(*wire.Dealing)) *wire.Commit {
	r := runOf(m)
	change(r.own)
	return r.recommit(r.own.Hash(r.sid, r.self))
}

// Recommit makes a commit to something else.
func Recommit(m Machine, hash [32]byte) *wire.Commit { return runOf(m).recommit(hash) }

func (r *run) recommit(hash [32]byte) *wire.Commit {
	c := &wire.Commit{Index: r.self, Hash: hash}
	c.Signature = r.env.Self.Sign(c.Digest(r.sid))
	r.commits[r.self-1] = c
	return c
}

// SetupOf is what the machine's attempt is about.
func SetupOf(m Machine) *wire.Setup { return runOf(m).setup }

// CommitOf is the commit of a member that the machine has seen, or nil.
func CommitOf(m Machine, index uint32) *wire.Commit { return runOf(m).commits[index-1] }

// RevealOf is the reveal of a member that the machine has seen, or nil.
func RevealOf(m Machine, index uint32) *wire.Reveal { return runOf(m).reveals[index-1] }

// Complain makes a complaint about a dealer, whether its share is good or bad; nil
// before the dealing is there.
func Complain(m Machine, dealer uint32) *wire.Complaint {
	r := runOf(m)
	d := r.dealings[dealer-1]
	if d == nil {
		return nil
	}
	secret, err := secp256k1.FromPrivateKey(r.env.Self.key)
	if err != nil {
		panic(err)
	}
	c, err := r.deals.complain(r.env.Rand, secret, int(r.self-1), int(dealer-1), d)
	if err != nil {
		panic(err)
	}
	c.Signature = r.env.Self.Sign(c.Digest(r.sid))
	return c
}

// IdentityOf is the key of the machine's node.
func IdentityOf(m Machine) *Identity { return runOf(m).env.Self }

// Spent tells whether an item can no longer be opened.
func Spent(i *Item, rand io.Reader) bool {
	_, err := i.public.Open(rand, i.secret, threshold.NewContext("test"))
	return errors.Is(err, threshold.ErrItemSpent)
}

// NonceSpent tells whether nothing can be signed with a nonce any more. Afterwards nothing can.
func NonceSpent(n *threshold.Nonce) bool {
	f, err := threshold.NewPolynomial(rand.Reader, 0)
	hold(err)
	set, err := threshold.NewSet(1)
	hold(err)
	q, err := threshold.NewQuorum(set, f.Commit())
	hold(err)
	s, err := threshold.NewSchnorrSigning(q, f.Commit().Constant(), threshold.ParitySchnorr, []byte("m"), []*threshold.NonceCommitment{n.Commitment()})
	hold(err)
	_, err = s.Share(threshold.Index(1), f.Secret(), n)
	if !errors.Is(err, threshold.ErrNonceSpent) {
		hold(err)
	}
	return err != nil
}

func hold(err error) {
	if err != nil {
		panic(err)
	}
}

// NonceOf is the nonce that a signer is to use, or has used.
func NonceOf(m Machine) *threshold.Nonce { return m.(*Cosigning).nonce }

// ItemOf is the item that a signer is to use, or has used.
func ItemOf(m Machine) *Item { return m.(*Cosigning).item }

// OwnNonces are those that a coordinator has drawn for itself in this round.
func OwnNonces(s *Signing) (all []*threshold.Nonce) {
	for _, a := range s.round.attempts {
		if w, ok := a.work.(*schnorrAttempt); ok && w.nonce != nil {
			all = append(all, w.nonce)
		}
	}
	return all
}

// Dealt are the items of a dealing that is still under way.
func Dealt(d *ItemDealing) []*Item { return d.items }

// Erased tells whether an item's secret is gone, opened or not. Afterwards it is.
func Erased(i *Item) (gone bool) {
	defer func() { recover() }() // one that is there is looked for in the item of this signing, which has none
	_, err := new(threshold.ECDSASigning).Share(rand.Reader, i.secret, nil, nil, threshold.Context{})
	return errors.Is(err, threshold.ErrItemSpent)
}
