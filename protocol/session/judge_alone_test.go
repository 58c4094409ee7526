package session

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What one check of Judge alone keeps from convicting somebody: all others pass.
func TestJudgeByOneCheckAlone(t *testing.T) {
	c := newCourt(1, 1)

	// The liar could have dealt this as well, and has signed that it would.
	hand, err := c.deals.Draw(c.rand, liar-1)
	noError(err)
	instead := hand.Dealt
	commits := slices.Clone(c.commits)
	commits[liar-1] = c.commit(liar, instead.Hash(c.sid, liar))
	transcript := func(change func(*wire.FalseTranscript)) wire.Conviction {
		e := c.falseTranscript(1, c.certifies[0])
		change(e)
		return e
	}
	// What the liar says that it has seen: member 2 committed in the place of member 1.
	odd := slices.Clone(c.commits)
	odd[0] = wire.Commit{Index: 2, Hash: c.commits[0].Hash, Key: c.commits[0].Key}
	var seenOdd []common.Hash
	for i := range odd {
		seenOdd = append(seenOdd, odd[i].Digest(c.sid))
	}

	// A commit of the liar's in another's name, which a dealer says that it has seen as the liar's.
	as1 := wire.Commit{Index: 1, Key: c.commits[liar-1].Key}
	as1.Signature = c.ids[liar-1].Sign(as1.Digest(c.sid))
	seenAs1 := c.seen()
	seenAs1[liar-1] = as1.Digest(c.sid)
	about := c.reveal(2, wire.View(c.sid, seenAs1), c.dealings[1])
	unsigned := c.decided(c.complain(liar, &c.reveals[0]))
	unsigned.Sealed.Commit.Signature[9] ^= 1
	nobody := c.reveals[0]
	nobody.Index = 5

	for name, e := range map[string]wire.Conviction{
		"a right transcript, and commits that the signer has not seen": transcript(func(e *wire.FalseTranscript) {
			e.Commits, e.Dealt[liar-1] = commits, instead
		}),
		"a right transcript, and a dealing that was not committed to": transcript(func(e *wire.FalseTranscript) { e.Dealt[liar-1] = instead }),
		"a transcript of what nobody can have seen": &wire.FalseTranscript{Setup: c.terms, Reveal: c.reveal(liar, wire.View(c.sid, seenOdd), c.dealings[liar-1]),
			Commits: odd, Dealt: c.falseTranscript(liar, c.certifies[liar-1]).Dealt, Certify: c.certify(liar, common.Hash{1})},
		"a complaint under a key that nobody has signed": unsigned,
		"a complaint under a key in another's name": &wire.DecidedComplaint{Setup: c.terms,
			Complaint: c.signComplaint(wire.Complaint{Index: liar, Accused: about}), Sealed: wire.SealedTo{Commit: as1, Seen: seenAs1}},
		"a complaint about the last member, as about nobody": &wire.NoDealer{Setup: c.terms,
			Complaint: c.signComplaint(wire.Complaint{Index: liar, Accused: c.reveals[3]})},
		"a complaint about who is no member": c.decided(c.signComplaint(wire.Complaint{Index: liar, Accused: nobody})),
	} {
		if f, err := evidence.Judge(e); err == nil {
			t.Errorf("%s: convicts %v: %s", name, f.Culprit.Short(), f.Deed)
		}
	}
}

// formerDealing is one of ss/1 in the name of a member. Its shares are any.
func (c *court) formerDealing(as uint32) wire.FormerDealing {
	hand, err := c.deals.Draw(c.rand, int(as-1))
	noError(err)
	d := wire.FormerDealing{Commitments: hand.Dealt.Commitments, Proof: hand.Dealt.Proof, Ephemeral: hand.Dealt.Ephemeral}
	for i := range c.ids {
		d.Shares = append(d.Shares, [32]byte{31: byte(i + 1)})
	}
	return d
}

func (c *court) formerReveal(by uint32, d wire.FormerDealing) wire.FormerReveal {
	m := wire.FormerReveal{Index: by, View: c.view, Dealing: d}
	m.Signature = c.ids[by-1].Sign(m.Digest(c.sid))
	return m
}

// formerComplaint opens what a dealing seals for a member; the member may be the dealer.
func (c *court) formerComplaint(by, dealer uint32, d wire.FormerDealing) wire.FormerComplaint {
	m := wire.FormerComplaint{Index: by, Dealer: dealer, Dealing: d.Hash(c.sid, dealer)}
	if opened, err := c.deals.OpenFormer(int(dealer-1), &d); err == nil {
		o, err := c.deals.Complain(c.rand, nodeSecret(c.envOf(by)), int(by-1), new(wire.Reveal), opened)
		noError(err)
		m.Opening = o.Opening
	}
	m.Signature = c.ids[by-1].Sign(m.Digest(c.sid))
	return m
}

// The same of ss/1, of which no more evidence is made.
func TestJudgeFormerByOneCheckAlone(t *testing.T) {
	c := newCourt(1, 1)
	complaint := func(by uint32, d wire.FormerDealing, m wire.FormerComplaint) *wire.FormerDecidedComplaint {
		return &wire.FormerDecidedComplaint{Setup: c.terms, Reveal: c.formerReveal(by, d), Complaint: m}
	}
	// A dealing with every proof in the name of member 2, which the liar has made, signed as its own, and complained about.
	as2 := c.formerDealing(2)
	uncut := c.formerDealing(liar)
	cut := uncut
	cut.Shares = cut.Shares[1:]
	for name, e := range map[string]wire.Conviction{
		"a dealing of the liar's in another's name":    complaint(liar, as2, c.formerComplaint(liar, 2, as2)),
		"a complaint about what no share can be of":    complaint(liar, cut, c.formerComplaint(1, liar, cut)),
		"nobody complained about, who is a member":     &wire.FormerNoDealer{Setup: c.terms, Complaint: c.formerComplaint(liar, 4, uncut)},
		"a dealing that is wrong for one member alone": &wire.FormerBadDealing{Setup: c.terms, Reveal: c.formerReveal(liar, uncut)},
	} {
		if f, err := evidence.Judge(e); err == nil {
			t.Errorf("%s: convicts %v: %s", name, f.Culprit.Short(), f.Deed)
		}
	}

	above, unproven := uncut, uncut
	above.Shares = slices.Clone(uncut.Shares)
	copy(above.Shares[3][:], bytes.Repeat([]byte{255}, 32))
	unproven.Ephemeral[127] ^= 1
	for name, e := range map[string]wire.Conviction{
		"fewer shares than members":        &wire.FormerBadDealing{Setup: c.terms, Reveal: c.formerReveal(liar, cut)},
		"a share above the order":          &wire.FormerBadDealing{Setup: c.terms, Reveal: c.formerReveal(liar, above)},
		"an ephemeral key without a proof": &wire.FormerBadDealing{Setup: c.terms, Reveal: c.formerReveal(liar, unproven)},
		"a bad share":                      complaint(liar, uncut, c.formerComplaint(1, liar, uncut)),
		"a complaint about member 0":       &wire.FormerNoDealer{Setup: c.terms, Complaint: c.formerComplaintAbout0()},
	} {
		if f, err := evidence.Judge(e); err != nil || f.Culprit != c.ids[liar-1].ID() {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

// formerComplaintAbout0 is the liar's.
func (c *court) formerComplaintAbout0() wire.FormerComplaint {
	m := wire.FormerComplaint{Index: liar}
	m.Signature = c.ids[liar-1].Sign(m.Digest(c.sid))
	return m
}
