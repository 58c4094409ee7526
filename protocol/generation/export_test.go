package generation

import (
	"crypto/rand"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What adversaries in tests may do with their own machines.

func runOf(m session.Machine) *run {
	switch m := m.(type) {
	case *Member:
		return m.run
	case *Coordinator:
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
func Tamper(m session.Machine, change func(*wire.Dealing)) *Tampering {
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
func Recommit(m session.Machine, hash [32]byte) *wire.Commit { return runOf(m).recommit(hash) }

func (r *run) recommit(hash [32]byte) *wire.Commit {
	return r.commitAs(func(c *wire.Commit) { c.Hash = hash })
}

// CommitAs changes a machine's commit.
func CommitAs(m session.Machine, change func(*wire.Commit)) *wire.Commit {
	return runOf(m).commitAs(change)
}

func (r *run) commitAs(change func(*wire.Commit)) *wire.Commit {
	c := *r.commits[r.self-1]
	change(&c)
	c.Signature = r.env.Self.Sign(c.Digest(r.sid))
	r.commits[r.self-1] = &c
	return &c
}

// KeyFor is a one-time key of the machine's member for a session.
func KeyFor(m session.Machine, id wire.SessionID, secret uint32) [128]byte {
	return courttest.OneTime(rand.Reader, id, threshold.Index(runOf(m).self), secp256k1.NewScalar(secret))
}

// CancellingKey is the one-time key of a machine's member that the member's static key and it cancel out.
func CancellingKey(m session.Machine, static *secp256k1.Scalar) [128]byte {
	r := runOf(m)
	return courttest.OneTime(rand.Reader, r.sid, threshold.Index(r.self), static.Negated())
}

// DealAnew makes another dealing of the machine's member, as good as the one that it has committed to. All must have committed.
func DealAnew(m session.Machine) wire.Dealing {
	r := runOf(m)
	h, err := r.deals.Draw(r.env.Rand, int(r.self-1))
	courttest.NoError(err)
	d, err := r.deals.Deal(h)
	courttest.NoError(err)
	return *d
}

// SetupOf is what the machine's attempt is about.
func SetupOf(m session.Machine) *wire.Setup { return runOf(m).setup }

// CommitOf is the commit of a member that the machine has seen, or nil.
func CommitOf(m session.Machine, index uint32) *wire.Commit { return runOf(m).commits[index-1] }

// RevealOf is the reveal of a member that the machine has seen, or nil.
func RevealOf(m session.Machine, index uint32) *wire.Reveal { return runOf(m).reveals[index-1] }

// Complain makes a complaint about a dealer, whether its share is good or bad; nil
// before the dealing is there.
func Complain(m session.Machine, dealer uint32) *wire.Complaint {
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
func IdentityOf(m session.Machine) *session.NodeKey {
	if g, ok := m.(*Coordinator); ok {
		return g.env.Self
	}
	return m.(*Member).env.Self
}
