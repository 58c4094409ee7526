package session

import (
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
