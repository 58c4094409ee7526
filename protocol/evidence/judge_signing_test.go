package evidence

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func wrongShare(c *courttest.Court, s *courttest.Signings, i uint32, m wire.SchnorrShare) *wire.WrongSchnorrShare {
	return &wire.WrongSchnorrShare{Setup: c.Terms, Bodies: c.Bodies, Commitments: slices.Clone(c.Joint), Certified: c.Certifies[i-1].Signature,
		Request: cloned(s.Schnorr), Nonces: slices.Clone(s.Nonces), Index: i, Share: m}
}

func wrongOpening(c *courttest.Court, s *courttest.Signings, i uint32, m wire.Opened) *wire.WrongOpening {
	return &wire.WrongOpening{Item: s.Dealing.Used(slices.Index(s.ECDSA.Set, i)), Key: c.Terms.Key, Version: c.Session,
		Request: cloned(s.ECDSA), Index: i, Opened: m}
}

func wrongECDSA(c *courttest.Court, s *courttest.Signings, i uint32, m wire.ECDSAShare) *wire.WrongECDSAShare {
	return &wire.WrongECDSAShare{Item: s.Dealing.Used(slices.Index(s.ECDSA.Set, i)), Setup: c.Terms, Bodies: c.Bodies, Commitments: slices.Clone(c.Joint),
		Certified: c.Certifies[i-1].Signature, Request: cloned(s.ECDSA), Openings: slices.Clone(s.Opened), Index: i, Share: m}
}

func cloned(r wire.SignTerms) wire.SignTerms {
	r.Set = slices.Clone(r.Set)
	return r
}

// signingExhibits are those of the liar's signing, who is the second in the dealing.
func signingExhibits(c *courttest.Court) map[string]wire.Conviction {
	s, d, bad := c.Signed, c.Signed.Dealing, c.Nodes[courttest.Liar-1]
	share, high := s.Shares[courttest.Liar], s.Shares[courttest.Liar]
	share.Share[31] ^= 1
	high.Share = [32]byte(slices.Repeat([]byte{255}, 32))
	cut, unfair := d.Reveals[1].Dealing, d.Reveal(bad, 2, d.BadShare())
	cut.Commitments = cut.Commitments[1:]
	bent, nowhere := s.Opened[1], s.Opened[1]
	bent.Opening[95] ^= 1
	nowhere.Opening[63] ^= 1
	part, over := s.Parts[1], s.Parts[1]
	part.Share[31] ^= 1
	copy(over.Share[:], slices.Repeat([]byte{255}, 32))
	return map[string]wire.Conviction{
		"wrong Schnorr share":              wrongShare(c, s, courttest.Liar, c.SignShare(courttest.Liar, &s.Schnorr, s.Nonces, share)),
		"Schnorr share above the order":    wrongShare(c, s, courttest.Liar, c.SignShare(courttest.Liar, &s.Schnorr, s.Nonces, high)),
		"items of a wrong degree":          &wire.BadItems{Setup: d.Setup, Reveal: d.Reveal(bad, 2, cut)},
		"bad share of an item":             d.Decided(d.Complain(c, c.Nodes[0], 1, &unfair)),
		"false complaint about an item":    d.Decided(d.Complain(c, bad, 2, &d.Reveals[0])),
		"key for items off the curve":      &wire.BadItemKey{Setup: d.Setup, Commit: d.Keyed(bad, 2, func(m *wire.Commit) { m.Key[63] ^= 1 })},
		"commit to a dealing of items":     &wire.BadItemKey{Setup: d.Setup, Commit: d.Keyed(bad, 2, func(m *wire.Commit) { m.Hash[0] = 1 })},
		"wrong opening":                    wrongOpening(c, s, courttest.Liar, c.SignOpened(courttest.Liar, &s.ECDSA, bent)),
		"opening of a nonce off the curve": wrongOpening(c, s, courttest.Liar, c.SignOpened(courttest.Liar, &s.ECDSA, nowhere)),
		"wrong ECDSA share":                wrongECDSA(c, s, courttest.Liar, c.SignECDSA(courttest.Liar, &s.ECDSA, s.Opened, part)),
		"ECDSA share above the order":      wrongECDSA(c, s, courttest.Liar, c.SignECDSA(courttest.Liar, &s.ECDSA, s.Opened, over)),
	}
}

// honestSignings is what a liar makes of what honest signers say, of this court's session,
// a later one and one of another cluster.
func honestSignings(c *courttest.Court, later, abroad *courttest.Court) map[string]wire.Conviction {
	s, other, d, honest, bad := c.Signed, c.Sign(2), c.Signed.Dealing, c.Nodes[0], c.Nodes[courttest.Liar-1]
	unfair := d.Reveal(bad, 2, d.BadShare())
	falseComplaint := d.Complain(c, bad, 2, &d.Reveals[0])
	clear(falseComplaint.Opening[:64])
	falseComplaint.Signature = bad.Sign(falseComplaint.Digest(d.Terms.Session))
	truly := d.Complain(c, honest, 1, &unfair)
	complaint := func(change func(*wire.ItemComplaint)) *wire.ItemComplaint {
		e := d.Decided(truly)
		change(e)
		return e
	}
	// The other incarnation of member 1, which was started again amidst the session, has signed another key; and the liar
	// has dealt to that.
	again := d.Keyed(honest, 1, func(m *wire.Commit) {
		m.Key = courttest.OneTime(c.Rand, d.Terms.Session, d.Terms.At[0], secp256k1.NewScalar(5))
	})
	seen := d.Seen()
	seen[0] = again.Digest(d.Terms.Session)
	anew := wire.Reveal{Index: 2, View: wire.View(d.Terms.Session, seen), Dealing: d.Reveals[1].Dealing}
	anew.Signature = bad.Sign(anew.Digest(d.Terms.Session))
	setup := func(change func(*wire.DealSetup)) wire.DealSetup {
		s := d.Setup
		s.Members, s.Set = slices.Clone(s.Members), slices.Clone(s.Set)
		change(&s)
		return s
	}
	cases := map[string]wire.Conviction{
		"good items":                                &wire.BadItems{Setup: d.Setup, Reveal: d.Reveals[0]},
		"good items, one more":                      &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Items++ }), Reveal: d.Reveals[0]},
		"good items, another set":                   &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Set[0] = 2 }), Reveal: d.Reveals[0]},
		"good items, another member":                &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Members[2] = wire.NodeID{0xff} }), Reveal: d.Reveals[0]},
		"good items, a smaller set":                 &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Threshold, s.Set, s.Members = 0, s.Set[:1], s.Members[:1] }), Reveal: d.Reveals[0]},
		"good items, another coordinator":           &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Coordinator = bad.ID() }), Reveal: d.Reveals[0]},
		"good items, another session":               &wire.BadItems{Setup: other.Dealing.Setup, Reveal: d.Reveals[0]},
		"good items, another cluster":               &wire.BadItems{Setup: abroad.Signed.Dealing.Setup, Reveal: d.Reveals[0]},
		"good items as another's":                   &wire.BadItems{Setup: d.Setup, Reveal: wire.Reveal{Index: 3, View: d.View, Dealing: d.Reveals[0].Dealing, Signature: d.Reveals[0].Signature}},
		"the liar's dealing as another's":           &wire.BadItems{Setup: d.Setup, Reveal: wire.Reveal{Index: 1, View: d.View, Dealing: unfair.Dealing, Signature: d.Reveals[0].Signature}},
		"a dealing of a key as of items":            &wire.BadItems{Setup: d.Setup, Reveal: c.Reveals[0]},
		"a dealing of items as of a key":            &wire.BadDealing{Setup: c.Terms, Reveal: d.Reveals[0]},
		"two dealings, of a key and items":          &wire.TwoReveals{Setup: c.Terms, A: c.Reveals[0], B: d.Reveals[0]},
		"good items' key":                           &wire.BadItemKey{Setup: d.Setup, Commit: *d.Commits[0]},
		"good items' key, another session":          &wire.BadItemKey{Setup: other.Dealing.Setup, Commit: *d.Commits[0]},
		"good items' key, as a key's":               &wire.BadKey{Setup: c.Terms, Commit: *d.Commits[0]},
		"a key's commit as of items":                &wire.BadItemKey{Setup: d.Setup, Commit: c.Commits[0]},
		"a true complaint, honest items":            complaint(func(e *wire.ItemComplaint) { e.Complaint.Accused = d.Reveals[1] }),
		"a true complaint, another's items":         complaint(func(e *wire.ItemComplaint) { e.Complaint.Accused = d.Reveals[2] }),
		"a true complaint, other items":             complaint(func(e *wire.ItemComplaint) { e.Setup = other.Dealing.Setup }),
		"a true complaint, as of a key":             &wire.DecidedComplaint{Setup: c.Terms, Complaint: truly, Sealed: c.Sealed(1)},
		"a true complaint, the key of another life": complaint(func(e *wire.ItemComplaint) { e.Sealed = wire.SealedTo{Commit: again, Seen: seen} }),
		"a true complaint, what was dealt to that": complaint(func(e *wire.ItemComplaint) {
			e.Complaint.Accused, e.Sealed = anew, wire.SealedTo{Commit: again, Seen: seen}
		}),
		"a false complaint against items": convicting(d.Decided(falseComplaint)),
	}
	unsaid := signingExhibits(c)["wrong opening"].(*wire.WrongOpening) // the liar has not said that this was dealt to it
	unsaid.Item.Certified = d.Certifies[0]
	cases["a wrong opening of who knows what"] = unsaid
	honestShares(c, cases, s, other, later, abroad)
	honestECDSA(c, cases, s, other, later, abroad)
	return cases
}

// honestShares bends evidence against a right Schnorr share of member 1.
func honestShares(c *courttest.Court, cases map[string]wire.Conviction, s, other *courttest.Signings, later, abroad *courttest.Court) {
	for name, change := range map[string]func(*wire.WrongSchnorrShare){
		"right":                    func(*wire.WrongSchnorrShare) {},
		"another key":              func(e *wire.WrongSchnorrShare) { e.Commitments = later.Joint },
		"a key of the liar's word": func(e *wire.WrongSchnorrShare) { e.Certified = c.Certifies[courttest.Liar-1].Signature },
		"a key that was not":       func(e *wire.WrongSchnorrShare) { e.Commitments[1] = c.Joint[0] },
		"other bodies":             func(e *wire.WrongSchnorrShare) { e.Bodies[0] ^= 1 },
		"another version":          func(e *wire.WrongSchnorrShare) { e.Setup, e.Certified = later.Terms, later.Certifies[0].Signature },
		"another version and key": func(e *wire.WrongSchnorrShare) {
			e.Setup, e.Bodies, e.Commitments, e.Certified = later.Terms, later.Bodies, later.Joint, later.Certifies[0].Signature
		},
		"another cluster":                               func(e *wire.WrongSchnorrShare) { e.Setup, e.Certified = abroad.Terms, abroad.Certifies[0].Signature },
		"another hash":                                  func(e *wire.WrongSchnorrShare) { e.Request.Hash[0] ^= 1 },
		"another scheme":                                func(e *wire.WrongSchnorrShare) { e.Request.Scheme = wire.BIP340 },
		"another set":                                   func(e *wire.WrongSchnorrShare) { e.Request.Set[1] = 2 },
		"another coordinator":                           func(e *wire.WrongSchnorrShare) { e.Request.Coordinator = c.Nodes[courttest.Liar-1].ID() },
		"another requester":                             func(e *wire.WrongSchnorrShare) { e.Request.Proof[0] ^= 1 },
		"another block":                                 func(e *wire.WrongSchnorrShare) { e.Request.Block.Number++ },
		"another attempt":                               func(e *wire.WrongSchnorrShare) { e.Request = other.Schnorr },
		"another attempt and its nonces":                func(e *wire.WrongSchnorrShare) { e.Request, e.Nonces = other.Schnorr, other.Nonces },
		"nonces of another attempt":                     func(e *wire.WrongSchnorrShare) { e.Nonces = other.Nonces },
		"another nonce of its own":                      func(e *wire.WrongSchnorrShare) { e.Nonces[0] = other.Nonces[0] },
		"another nonce of the liar's":                   func(e *wire.WrongSchnorrShare) { e.Nonces[1] = other.Nonces[1] },
		"a share of another attempt":                    func(e *wire.WrongSchnorrShare) { e.Share = other.Shares[1] },
		"its share of another attempt, with its nonces": func(e *wire.WrongSchnorrShare) { e.Share, e.Nonces = other.Shares[1], other.Nonces },
		"the liar's share":                              func(e *wire.WrongSchnorrShare) { e.Share = s.Shares[courttest.Liar] },
		"the liar's share, signed so":                   func(e *wire.WrongSchnorrShare) { e.Share.Share = s.Shares[courttest.Liar].Share },
		"as another's":                                  func(e *wire.WrongSchnorrShare) { e.Index, e.Certified = 2, c.Certifies[1].Signature },
		"other nonces for later":                        func(e *wire.WrongSchnorrShare) { e.Share.Next = other.Nonces },
	} {
		e := wrongShare(c, s, 1, s.Shares[1])
		change(e)
		cases["a Schnorr share, "+name] = e
	}
}

// honestECDSA bends evidence against right openings and shares of member 1.
func honestECDSA(c *courttest.Court, cases map[string]wire.Conviction, s, other *courttest.Signings, later, abroad *courttest.Court) {
	invented := invent(c, s)
	for name, change := range map[string]func(*wire.UsedItem, *wire.SignTerms){
		"right":                      func(*wire.UsedItem, *wire.SignTerms) {},
		"another item":               func(_ *wire.UsedItem, r *wire.SignTerms) { r.Item.Number = 0 },
		"an item of none":            func(_ *wire.UsedItem, r *wire.SignTerms) { r.Item.Number = 2 },
		"another dealing":            func(i *wire.UsedItem, _ *wire.SignTerms) { *i = other.Dealing.Used(0) },
		"another dealing's item":     func(i *wire.UsedItem, r *wire.SignTerms) { *i, r.Item = other.Dealing.Used(0), other.ECDSA.Item },
		"another dealing's points":   func(i *wire.UsedItem, _ *wire.SignTerms) { i.Joint = other.Dealing.Joint },
		"points in another order":    func(i *wire.UsedItem, _ *wire.SignTerms) { slices.Reverse(i.Joint) },
		"an item of the liar's word": func(i *wire.UsedItem, _ *wire.SignTerms) { i.Certified = s.Dealing.Certifies[1] },
		"a made-up dealing": func(i *wire.UsedItem, r *wire.SignTerms) {
			*i, r.Item = invented, wire.Item{Transcript: transcriptOf(&invented), Number: 1}
		},
		"a made-up dealing, the same item": func(i *wire.UsedItem, _ *wire.SignTerms) { *i = invented },
		"another hash":                     func(_ *wire.UsedItem, r *wire.SignTerms) { r.Hash[0] ^= 1 },
		"another set":                      func(i *wire.UsedItem, r *wire.SignTerms) { i.Setup.Set, r.Set = []uint32{1, 2, 4}, []uint32{1, 2, 4} },
		"another coordinator":              func(_ *wire.UsedItem, r *wire.SignTerms) { r.Coordinator = c.Nodes[courttest.Liar-1].ID() },
		"another requester":                func(_ *wire.UsedItem, r *wire.SignTerms) { r.Proof[0] ^= 1 },
		"another attempt":                  func(_ *wire.UsedItem, r *wire.SignTerms) { *r = other.ECDSA },
		"another cluster":                  func(i *wire.UsedItem, _ *wire.SignTerms) { *i = abroad.Signed.Dealing.Used(0) },
	} {
		o, e := wrongOpening(c, s, 1, s.Opened[0]), wrongECDSA(c, s, 1, s.Parts[0])
		change(&o.Item, &o.Request)
		change(&e.Item, &e.Request)
		cases["an opening, "+name], cases["an ECDSA share, "+name] = o, e
	}
	for name, change := range map[string]func(*wire.WrongOpening){
		"another key":           func(e *wire.WrongOpening) { e.Key[0] ^= 1 },
		"another version":       func(e *wire.WrongOpening) { e.Version = later.Session },
		"of another attempt":    func(e *wire.WrongOpening) { e.Opened = other.Opened[0] },
		"the liar's":            func(e *wire.WrongOpening) { e.Opened = s.Opened[1] },
		"the liar's, as signed": func(e *wire.WrongOpening) { e.Opened.Opening = s.Opened[1].Opening },
		"as another's":          func(e *wire.WrongOpening) { e.Index, e.Item = 4, s.Dealing.Used(2) },
		"as of one outside":     func(e *wire.WrongOpening) { e.Index = 2 },
	} {
		e := wrongOpening(c, s, 1, s.Opened[0])
		change(e)
		cases["an opening, "+name] = e
	}
	for name, change := range map[string]func(*wire.WrongECDSAShare){
		"another key":     func(e *wire.WrongECDSAShare) { e.Commitments = later.Joint },
		"another version": func(e *wire.WrongECDSAShare) { e.Setup, e.Certified = later.Terms, later.Certifies[0].Signature },
		"another version and key": func(e *wire.WrongECDSAShare) {
			e.Setup, e.Bodies, e.Commitments, e.Certified = later.Terms, later.Bodies, later.Joint, later.Certifies[0].Signature
		},
		"other openings":                       func(e *wire.WrongECDSAShare) { e.Openings = other.Opened },
		"another opening of its own":           func(e *wire.WrongECDSAShare) { e.Openings[0] = other.Opened[0] },
		"another opening, the liar's":          func(e *wire.WrongECDSAShare) { e.Openings[1] = other.Opened[1] },
		"of another attempt":                   func(e *wire.WrongECDSAShare) { e.Share = other.Parts[0] },
		"of another attempt with its openings": func(e *wire.WrongECDSAShare) { e.Share, e.Openings = other.Parts[0], other.Opened },
		"the liar's":                           func(e *wire.WrongECDSAShare) { e.Share = s.Parts[1] },
		"the liar's, as signed":                func(e *wire.WrongECDSAShare) { e.Share.Share = s.Parts[1].Share },
		"as another's": func(e *wire.WrongECDSAShare) {
			e.Index, e.Item, e.Certified = 4, s.Dealing.Used(2), c.Certifies[3].Signature
		},
		"as of one outside": func(e *wire.WrongECDSAShare) { e.Index, e.Certified = 2, c.Certifies[1].Signature },
	} {
		e := wrongECDSA(c, s, 1, s.Parts[0])
		change(e)
		cases["an ECDSA share, "+name] = e
	}
}

// invent is a dealing of the liar's making in which it stands in the place of member 1, with
// its own word on it.
func invent(c *courttest.Court, s *courttest.Signings) wire.UsedItem {
	u := s.Dealing.Used(0)
	u.Setup.Members = []wire.NodeID{c.Nodes[courttest.Liar-1].ID(), c.Nodes[0].ID(), c.Nodes[3].ID()}
	session := u.Setup.Session()
	u.Certified = c.Nodes[courttest.Liar-1].Sign(wire.CertifyDigest(session, wire.Transcript(session, u.Bodies, u.Joint)))
	return u
}

func transcriptOf(u *wire.UsedItem) common.Hash {
	return wire.Transcript(u.Setup.Session(), u.Bodies, u.Joint)
}
