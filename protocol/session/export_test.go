package session

import (
	"crypto/rand"
	"errors"
	"io"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/dealing"
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

// Tampering has a machine deal something else, and be consistent about it: what changes of the part that it commits to
// changes in its commit, what changes of the shares when they are sealed.
type Tampering struct {
	r      *run
	change func(*wire.Dealing)
	before wire.Dealt // as it was drawn
	commit *wire.Commit
	reveal *wire.Reveal
}

// Tamper begins it with a machine that has only just committed.
func Tamper(m Machine, change func(*wire.Dealing)) *Tampering {
	t := &Tampering{r: runOf(m), change: change}
	t.before = t.r.hand.Dealt
	d := t.bend(make([][32]byte, len(t.r.deals.Members)))
	t.r.hand.Dealt = d.Dealt
	t.commit = t.r.recommit(d.Hash(t.r.sid, t.r.self))
	return t
}

func (t *Tampering) bend(shares [][32]byte) *wire.Dealing {
	d := &wire.Dealing{Dealt: t.before, Shares: slices.Clone(shares)}
	d.Commitments = slices.Clone(d.Commitments)
	t.change(d)
	return d
}

// Message is what is sent instead of an own commit or reveal.
func (t *Tampering) Message(m wire.Message) wire.Message {
	switch m := m.(type) {
	case *wire.Commit:
		return t.commit
	case *wire.Reveal:
		if t.reveal == nil {
			t.reveal = &wire.Reveal{Index: m.Index, View: m.View, Dealing: *t.bend(m.Dealing.Shares)}
			t.reveal.Signature = t.r.env.Self.Sign(t.reveal.Digest(t.r.sid))
			t.r.reveals[m.Index-1] = t.reveal
		}
		return t.reveal
	}
	return m
}

// Recommit makes a commit to something else.
func Recommit(m Machine, hash [32]byte) *wire.Commit { return runOf(m).recommit(hash) }

func (r *run) recommit(hash [32]byte) *wire.Commit {
	return r.commitAs(func(c *wire.Commit) { c.Hash = hash })
}

// CommitAs changes a machine's commit.
func CommitAs(m Machine, change func(*wire.Commit)) *wire.Commit { return runOf(m).commitAs(change) }

func (r *run) commitAs(change func(*wire.Commit)) *wire.Commit {
	c := *r.commits[r.self-1]
	change(&c)
	c.Signature = r.env.Self.Sign(c.Digest(r.sid))
	r.commits[r.self-1] = &c
	return &c
}

// KeyFor is a one-time key of the machine's member for a session.
func KeyFor(m Machine, id wire.SessionID, secret uint32) [128]byte {
	return oneTime(rand.Reader, id, threshold.Index(runOf(m).self), secp256k1.NewScalar(secret))
}

// CancellingKey is the one-time key that the static key of the machine's member and it cancel out.
func CancellingKey(m Machine) [128]byte {
	r := runOf(m)
	return oneTime(rand.Reader, r.sid, threshold.Index(r.self), nodeSecret(&r.env).Negated())
}

// DealAnew makes another dealing of the machine's member, as good as the one that it has committed to. All must have committed.
func DealAnew(m Machine) wire.Dealing {
	r := runOf(m)
	h, err := r.deals.Draw(r.env.Rand, int(r.self-1))
	hold(err)
	d, err := r.deals.Deal(h)
	hold(err)
	return *d
}

// Drawn is what a machine has drawn for an attempt, and may still hold.
type Drawn struct {
	Once *threshold.OneTimeKey
	hand *dealing.Hand
}

// DrawnBy is that of a machine, of whatever kind, that has just sent its commit.
func DrawnBy(m Machine) Drawn {
	switch m := m.(type) {
	case *ItemMember:
		return Drawn{Once: m.once}
	case *ItemDealing:
		return Drawn{Once: m.once}
	}
	r := runOf(m)
	return Drawn{r.once, r.hand}
}

// Gone tells whether nothing can be opened with it, nor dealt from it.
func (d Drawn) Gone() bool {
	return gone(d.Once) && (d.hand == nil || d.hand.Erased())
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
	// Its one-time key is gone, for it has opened what was dealt. A cheat may as well open with any other: the proof does not
	// hold then, and the verdict is the same.
	c, err := r.deals.Complain(r.env.Rand, secp256k1.NewScalar(7), int(r.self-1), r.reveals[dealer-1], d)
	if err != nil {
		panic(err)
	}
	c.Signature = r.env.Self.Sign(c.Digest(r.sid))
	return c
}

// IdentityOf is the key of the machine's node.
func IdentityOf(m Machine) *Identity {
	if g, ok := m.(*Generation); ok {
		return g.env.Self
	}
	return m.(*Membership).env.Self
}

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
