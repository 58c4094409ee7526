package evidence

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What one check of Judge alone keeps from convicting somebody: all others pass.
func TestJudgeByOneCheckAlone(t *testing.T) {
	c := courttest.New(1, 1)

	// The liar could have dealt this as well, and has signed that it would.
	hand, err := c.Deals.Draw(c.Rand, courttest.Liar-1)
	courttest.NoError(err)
	instead := hand.Dealt
	commits := slices.Clone(c.Commits)
	commits[courttest.Liar-1] = c.Commit(courttest.Liar, instead.Hash(c.Session, courttest.Liar))
	transcript := func(change func(*wire.FalseTranscript)) wire.Conviction {
		e := falseTranscript(c, 1, c.Certifies[0])
		change(e)
		return e
	}
	// What the liar says that it has seen: member 2 committed in the place of member 1.
	odd := slices.Clone(c.Commits)
	odd[0] = wire.Commit{Index: 2, Hash: c.Commits[0].Hash, Key: c.Commits[0].Key}
	var seenOdd []common.Hash
	for i := range odd {
		seenOdd = append(seenOdd, odd[i].Digest(c.Session))
	}

	// A commit of the liar's in another's name, which a dealer says that it has seen as the liar's.
	as1 := wire.Commit{Index: 1, Key: c.Commits[courttest.Liar-1].Key}
	as1.Signature = c.Nodes[courttest.Liar-1].Sign(as1.Digest(c.Session))
	seenAs1 := c.Seen()
	seenAs1[courttest.Liar-1] = as1.Digest(c.Session)
	about := c.Reveal(2, wire.View(c.Session, seenAs1), c.Dealings[1])
	unsigned := c.Decided(c.Complain(courttest.Liar, &c.Reveals[0]))
	unsigned.Sealed.Commit.Signature[9] ^= 1
	nobody := c.Reveals[0]
	nobody.Index = 5

	for name, e := range map[string]wire.Conviction{
		"a right transcript, and commits that the signer has not seen": transcript(func(e *wire.FalseTranscript) {
			e.Commits, e.Dealt[courttest.Liar-1] = commits, instead
		}),
		"a right transcript, and a dealing that was not committed to": transcript(func(e *wire.FalseTranscript) { e.Dealt[courttest.Liar-1] = instead }),
		"a transcript of what nobody can have seen": &wire.FalseTranscript{Setup: c.Terms, Reveal: c.Reveal(courttest.Liar, wire.View(c.Session, seenOdd), c.Dealings[courttest.Liar-1]),
			Commits: odd, Dealt: falseTranscript(c, courttest.Liar, c.Certifies[courttest.Liar-1]).Dealt, Certify: c.Certify(courttest.Liar, common.Hash{1})},
		"a complaint under a key that nobody has signed": unsigned,
		"a complaint under a key in another's name": &wire.DecidedComplaint{Setup: c.Terms,
			Complaint: c.SignComplaint(wire.Complaint{Index: courttest.Liar, Accused: about}), Sealed: wire.SealedTo{Commit: as1, Seen: seenAs1}},
		"a complaint about the last member, as about nobody": &wire.NoDealer{Setup: c.Terms,
			Complaint: c.SignComplaint(wire.Complaint{Index: courttest.Liar, Accused: c.Reveals[3]})},
		"a complaint about who is no member": c.Decided(c.SignComplaint(wire.Complaint{Index: courttest.Liar, Accused: nobody})),
	} {
		if f, err := Judge(e); err == nil {
			t.Errorf("%s: convicts %v: %s", name, f.Culprit.Short(), f.Deed)
		}
	}
}

// formerDealing is one of ss/1 in the name of a member. Its shares are any.
func formerDealing(c *courttest.Court, as uint32) wire.FormerDealing {
	hand, err := c.Deals.Draw(c.Rand, int(as-1))
	courttest.NoError(err)
	d := wire.FormerDealing{Commitments: hand.Dealt.Commitments, Proof: hand.Dealt.Proof, Ephemeral: hand.Dealt.Ephemeral}
	for i := range c.Nodes {
		d.Shares = append(d.Shares, [32]byte{31: byte(i + 1)})
	}
	return d
}

func formerReveal(c *courttest.Court, by uint32, d wire.FormerDealing) wire.FormerReveal {
	m := wire.FormerReveal{Index: by, View: c.View, Dealing: d}
	m.Signature = c.Nodes[by-1].Sign(m.Digest(c.Session))
	return m
}

// formerComplaint opens what a dealing seals for a member; the member may be the dealer.
func formerComplaint(c *courttest.Court, by, dealer uint32, d wire.FormerDealing) wire.FormerComplaint {
	m := wire.FormerComplaint{Index: by, Dealer: dealer, Dealing: d.Hash(c.Session, dealer)}
	if opened, err := c.Deals.OpenFormer(int(dealer-1), &d); err == nil {
		o, err := c.Deals.Complain(c.Rand, c.Static(by), int(by-1), new(wire.Reveal), opened)
		courttest.NoError(err)
		m.Opening = o.Opening
	}
	m.Signature = c.Nodes[by-1].Sign(m.Digest(c.Session))
	return m
}

// The same of ss/1, of which no more evidence is made.
func TestJudgeFormerByOneCheckAlone(t *testing.T) {
	c := courttest.New(1, 1)
	complaint := func(by uint32, d wire.FormerDealing, m wire.FormerComplaint) *wire.FormerDecidedComplaint {
		return &wire.FormerDecidedComplaint{Setup: c.Terms, Reveal: formerReveal(c, by, d), Complaint: m}
	}
	// A dealing with every proof in the name of member 2, which the liar has made, signed as its own, and complained about.
	as2 := formerDealing(c, 2)
	uncut := formerDealing(c, courttest.Liar)
	cut := uncut
	cut.Shares = cut.Shares[1:]
	for name, e := range map[string]wire.Conviction{
		"a dealing of the liar's in another's name":    complaint(courttest.Liar, as2, formerComplaint(c, courttest.Liar, 2, as2)),
		"a complaint about what no share can be of":    complaint(courttest.Liar, cut, formerComplaint(c, 1, courttest.Liar, cut)),
		"nobody complained about, who is a member":     &wire.FormerNoDealer{Setup: c.Terms, Complaint: formerComplaint(c, courttest.Liar, 4, uncut)},
		"a dealing that is wrong for one member alone": &wire.FormerBadDealing{Setup: c.Terms, Reveal: formerReveal(c, courttest.Liar, uncut)},
	} {
		if f, err := Judge(e); err == nil {
			t.Errorf("%s: convicts %v: %s", name, f.Culprit.Short(), f.Deed)
		}
	}

	above, unproven := uncut, uncut
	above.Shares = slices.Clone(uncut.Shares)
	copy(above.Shares[3][:], bytes.Repeat([]byte{255}, 32))
	unproven.Ephemeral[127] ^= 1
	for name, e := range map[string]wire.Conviction{
		"fewer shares than members":        &wire.FormerBadDealing{Setup: c.Terms, Reveal: formerReveal(c, courttest.Liar, cut)},
		"a share above the order":          &wire.FormerBadDealing{Setup: c.Terms, Reveal: formerReveal(c, courttest.Liar, above)},
		"an ephemeral key without a proof": &wire.FormerBadDealing{Setup: c.Terms, Reveal: formerReveal(c, courttest.Liar, unproven)},
		"a bad share":                      complaint(courttest.Liar, uncut, formerComplaint(c, 1, courttest.Liar, uncut)),
		"a complaint about member 0":       &wire.FormerNoDealer{Setup: c.Terms, Complaint: formerComplaintAbout0(c)},
	} {
		if f, err := Judge(e); err != nil || f.Culprit != c.Nodes[courttest.Liar-1].ID() {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

// formerComplaintAbout0 is the liar's.
func formerComplaintAbout0(c *courttest.Court) wire.FormerComplaint {
	m := wire.FormerComplaint{Index: courttest.Liar}
	m.Signature = c.Nodes[courttest.Liar-1].Sign(m.Digest(c.Session))
	return m
}
