package session

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// inspected is what the court has seen of signing: an attempt at a Schnorr signature by
// members 1 and 3, a dealing of two items among 1, 3 and 4, and an attempt at an ECDSA
// signature with the second of them.
type inspected struct {
	schnorr wire.SignTerms
	nonces  []wire.NonceBytes
	shares  map[uint32]wire.SchnorrShare

	dealing *dealingOfItems
	ecdsa   wire.SignTerms
	opened  []wire.Opened // by position in the set, as the shares
	parts   []wire.ECDSAShare
}

// dealingOfItems is one, with what every member made of it.
type dealingOfItems struct {
	setup   wire.DealSetup
	terms   *dealing.Terms
	once    []*threshold.OneTimeKey // of the members, who forget none here
	commits []*wire.Commit
	view    common.Hash
	reveals []wire.Reveal
	deal    *itemDeal // with everybody's signature
	items   [][]*Item // by position of the member
}

// envOf is enough of a member's environment to sign and to draw.
func (c *court) envOf(i uint32) *Env { return &Env{Self: c.ids[i-1], Rand: c.rand} }

// sign has all of that happen. number tells several apart.
func (c *court) sign(number byte) *inspected {
	s := &inspected{schnorr: c.signTerms(wire.Schnorr, number, 1, 3)}
	s.nonces, s.shares = c.cosign(&s.schnorr)
	s.dealing = c.dealItems(number)
	s.ecdsa = c.signTerms(wire.ECDSA, number, s.dealing.setup.Set...)
	s.ecdsa.Item = wire.Item{Transcript: s.dealing.deal.transcript, Number: 1}
	s.opened, s.parts = c.cosignECDSA(&s.ecdsa, s.dealing)
	return s
}

func (c *court) signTerms(scheme wire.Scheme, number byte, set ...uint32) wire.SignTerms {
	return wire.SignTerms{Coordinator: c.ids[1].ID(), Scheme: scheme, Hash: common.Hash{3, number}, Proof: common.Hash{8},
		Block: wire.BlockRef{Number: 6}, Set: set, Nonce: common.Hash{number}}
}

func (c *court) signingAttempt(r *wire.SignTerms) wire.SessionID {
	return r.Session(c.terms.Cluster, c.terms.Key, c.sid)
}

// cosign lets the members of a set make their shares of a Schnorr signature.
func (c *court) cosign(r *wire.SignTerms) (list []wire.NonceBytes, shares map[uint32]wire.SchnorrShare) {
	var nonces []*threshold.Nonce
	for _, i := range r.Set {
		n, err := threshold.NewNonce(c.rand, c.shares[i-1].Value)
		noError(err)
		nonces, list = append(nonces, n), append(list, n.Commitment().Bytes())
	}
	quorum, err := verify.Quorum(len(c.ids), c.joint, r.Set, 0)
	noError(err)
	joint, err := dealing.ParseCommitments(c.joint)
	noError(err)
	signing, err := verify.SchnorrSigning(quorum, joint.Constant(), r.Scheme, r.Hash, list)
	noError(err)
	shares = make(map[uint32]wire.SchnorrShare)
	for n, i := range r.Set {
		z, err := signing.Share(threshold.Index(i), c.shares[i-1].Value, nonces[n])
		noError(err)
		shares[i] = c.signShare(i, r, list, wire.SchnorrShare{Share: z.Bytes(), Next: []wire.NonceBytes{}})
	}
	return list, shares
}

func (c *court) signShare(i uint32, r *wire.SignTerms, list []wire.NonceBytes, m wire.SchnorrShare) wire.SchnorrShare {
	m.Signature = c.ids[i-1].Sign(m.Digest(c.signingAttempt(r), i, list))
	return m
}

// dealItems is a dealing of two items among members 1, 3 and 4, for member 2.
func (c *court) dealItems(number byte) *dealingOfItems {
	d := &dealingOfItems{setup: wire.DealSetup{Cluster: c.terms.Cluster, Coordinator: c.ids[1].ID(), Threshold: 1, Items: 2,
		Set: []uint32{1, 3, 4}, Members: []wire.NodeID{c.ids[0].ID(), c.ids[2].ID(), c.ids[3].ID()}, Nonce: [32]byte{number}}}
	d.terms = dealing.OfItems(&d.setup)
	noError(d.terms.CheckKeys())
	var all []*dealing.Checked
	for at, i := range d.setup.Set {
		once, m, err := drawItemKey(c.envOf(i), d.terms, at)
		noError(err)
		noError(d.terms.Learn(at, m))
		d.once, d.commits = append(d.once, once), append(d.commits, m)
	}
	d.view = wire.View(d.terms.Session, digests(d.terms.Session, d.commits))
	for at, i := range d.setup.Set {
		m, err := makeReveal(c.envOf(i), d.terms, at, d.view)
		noError(err)
		opened, err := d.terms.Open(at, &m.Dealing)
		noError(err)
		d.reveals, all = append(d.reveals, *m), append(all, opened)
	}
	for at, i := range d.setup.Set {
		deal, items, _, err := settleItems(c.envOf(i), &d.setup, d.terms, at, d.once[at], all)
		noError(err)
		if d.items = append(d.items, items); d.deal == nil {
			d.deal = deal
		}
	}
	for at, i := range d.setup.Set {
		d.deal.certifies[at] = c.ids[i-1].Sign(wire.CertifyDigest(d.terms.Session, d.deal.transcript))
	}
	return d
}

// cosignECDSA lets the members of a dealing open the item that is asked for, and sign.
func (c *court) cosignECDSA(r *wire.SignTerms, d *dealingOfItems) (opened []wire.Opened, parts []wire.ECDSAShare) {
	id := c.signingAttempt(r)
	ctx := verify.ECDSAContext(id)
	var openings []*threshold.ECDSAOpening
	for at, i := range r.Set {
		item := d.items[at][r.Item.Number]
		o, err := item.public.Open(c.rand, item.secret, ctx)
		noError(err)
		openings, opened = append(openings, o), append(opened, signOpening(c.envOf(i), id, i, o))
	}
	joint, err := dealing.ParseCommitments(c.joint)
	noError(err)
	for at, i := range r.Set {
		item := d.items[at][r.Item.Number]
		signing, err := item.public.NewSigning(openings, r.Hash)
		noError(err)
		share, err := signing.Share(c.rand, item.secret, c.shares[i-1].Value, joint.Eval(threshold.Index(i)), ctx)
		noError(err)
		parts = append(parts, c.signECDSA(i, r, opened, wire.ECDSAShare{Share: share.Bytes()}))
	}
	return opened, parts
}

func (c *court) signOpened(i uint32, r *wire.SignTerms, m wire.Opened) wire.Opened {
	m.Signature = c.ids[i-1].Sign(m.Digest(c.signingAttempt(r), i))
	return m
}

func (c *court) signECDSA(i uint32, r *wire.SignTerms, opened []wire.Opened, m wire.ECDSAShare) wire.ECDSAShare {
	m.Signature = c.ids[i-1].Sign(m.Digest(c.signingAttempt(r), i, opened))
	return m
}

// reveal is a member's dealing of items, under its signature.
func (d *dealingOfItems) reveal(by *Identity, at uint32, dealing wire.Dealing) wire.Reveal {
	m := wire.Reveal{Index: at, View: d.view, Dealing: dealing}
	m.Signature = by.Sign(m.Digest(d.terms.Session))
	return m
}

// keyed is a commit of a member, at a position from 1 on.
func (d *dealingOfItems) keyed(by *Identity, at uint32, change func(*wire.Commit)) wire.Commit {
	m := *d.commits[at-1]
	change(&m)
	m.Signature = by.Sign(m.Digest(d.terms.Session))
	return m
}

// complain opens the share of an item that a dealing seals for the member at a position,
// from 1 on.
func (d *dealingOfItems) complain(c *court, by *Identity, at uint32, about *wire.Reveal) wire.Complaint {
	opened, err := d.terms.Open(int(about.Index-1), &about.Dealing)
	noError(err)
	secret, err := sealedTo(&Env{Self: by}, d.once[at-1])
	noError(err)
	m, err := d.terms.Complain(c.rand, secret, int(at-1), about, opened)
	noError(err)
	m.Signature = by.Sign(m.Digest(d.terms.Session))
	return *m
}

// decided is a complaint with what it takes to judge it.
func (d *dealingOfItems) decided(m wire.Complaint) *wire.ItemComplaint {
	return itemComplaint(&d.setup, d.terms.Session, d.commits, &m)
}

// badShare is the liar's dealing of items with a wrong share for member 1.
func (d *dealingOfItems) badShare() wire.Dealing {
	bad := d.reveals[1].Dealing
	bad.Shares = slices.Clone(bad.Shares)
	bad.Shares[13][31] ^= 1
	return bad
}

// used is what a member says of the items that it was dealt.
func (d *dealingOfItems) used(at int) wire.UsedItem {
	return wire.UsedItem{Setup: d.setup, Bodies: d.deal.bodies, Joint: slices.Clone(d.deal.joint), Certified: d.deal.certifies[at]}
}

func (c *court) wrongShare(s *inspected, i uint32, m wire.SchnorrShare) *wire.WrongSchnorrShare {
	return &wire.WrongSchnorrShare{Setup: c.terms, Bodies: c.bodies, Commitments: slices.Clone(c.joint), Certified: c.certifies[i-1].Signature,
		Request: cloned(s.schnorr), Nonces: slices.Clone(s.nonces), Index: i, Share: m}
}

func (c *court) wrongOpening(s *inspected, i uint32, m wire.Opened) *wire.WrongOpening {
	return &wire.WrongOpening{Item: s.dealing.used(slices.Index(s.ecdsa.Set, i)), Key: c.terms.Key, Version: c.sid,
		Request: cloned(s.ecdsa), Index: i, Opened: m}
}

func (c *court) wrongECDSA(s *inspected, i uint32, m wire.ECDSAShare) *wire.WrongECDSAShare {
	return &wire.WrongECDSAShare{Item: s.dealing.used(slices.Index(s.ecdsa.Set, i)), Setup: c.terms, Bodies: c.bodies, Commitments: slices.Clone(c.joint),
		Certified: c.certifies[i-1].Signature, Request: cloned(s.ecdsa), Openings: slices.Clone(s.opened), Index: i, Share: m}
}

func cloned(r wire.SignTerms) wire.SignTerms {
	r.Set = slices.Clone(r.Set)
	return r
}

// signingExhibits are those of the liar's signing, who is the second in the dealing.
func (c *court) signingExhibits() map[string]wire.Conviction {
	s, d, bad := c.signed, c.signed.dealing, c.ids[liar-1]
	share, high := s.shares[liar], s.shares[liar]
	share.Share[31] ^= 1
	high.Share = [32]byte(slices.Repeat([]byte{255}, 32))
	cut, unfair := d.reveals[1].Dealing, d.reveal(bad, 2, d.badShare())
	cut.Commitments = cut.Commitments[1:]
	bent, nowhere := s.opened[1], s.opened[1]
	bent.Opening[95] ^= 1
	nowhere.Opening[63] ^= 1
	part, over := s.parts[1], s.parts[1]
	part.Share[31] ^= 1
	copy(over.Share[:], slices.Repeat([]byte{255}, 32))
	return map[string]wire.Conviction{
		"wrong Schnorr share":              c.wrongShare(s, liar, c.signShare(liar, &s.schnorr, s.nonces, share)),
		"Schnorr share above the order":    c.wrongShare(s, liar, c.signShare(liar, &s.schnorr, s.nonces, high)),
		"items of a wrong degree":          &wire.BadItems{Setup: d.setup, Reveal: d.reveal(bad, 2, cut)},
		"bad share of an item":             d.decided(d.complain(c, c.ids[0], 1, &unfair)),
		"false complaint about an item":    d.decided(d.complain(c, bad, 2, &d.reveals[0])),
		"key for items off the curve":      &wire.BadItemKey{Setup: d.setup, Commit: d.keyed(bad, 2, func(m *wire.Commit) { m.Key[63] ^= 1 })},
		"commit to a dealing of items":     &wire.BadItemKey{Setup: d.setup, Commit: d.keyed(bad, 2, func(m *wire.Commit) { m.Hash[0] = 1 })},
		"wrong opening":                    c.wrongOpening(s, liar, c.signOpened(liar, &s.ecdsa, bent)),
		"opening of a nonce off the curve": c.wrongOpening(s, liar, c.signOpened(liar, &s.ecdsa, nowhere)),
		"wrong ECDSA share":                c.wrongECDSA(s, liar, c.signECDSA(liar, &s.ecdsa, s.opened, part)),
		"ECDSA share above the order":      c.wrongECDSA(s, liar, c.signECDSA(liar, &s.ecdsa, s.opened, over)),
	}
}

// honestSignings is what a liar makes of what honest signers say, of this court's session,
// a later one and one of another cluster.
func (c *court) honestSignings(later, abroad *court) map[string]wire.Conviction {
	s, other, d, honest, bad := c.signed, c.sign(2), c.signed.dealing, c.ids[0], c.ids[liar-1]
	unfair := d.reveal(bad, 2, d.badShare())
	falseComplaint := d.complain(c, bad, 2, &d.reveals[0])
	clear(falseComplaint.Opening[:64])
	falseComplaint.Signature = bad.Sign(falseComplaint.Digest(d.terms.Session))
	truly := d.complain(c, honest, 1, &unfair)
	complaint := func(change func(*wire.ItemComplaint)) *wire.ItemComplaint {
		e := d.decided(truly)
		change(e)
		return e
	}
	// The other incarnation of member 1, which was started again amidst the session, has signed another key; and the liar
	// has dealt to that.
	again := d.keyed(honest, 1, func(m *wire.Commit) {
		m.Key = oneTime(c.rand, d.terms.Session, d.terms.At[0], secp256k1.NewScalar(5))
	})
	seen := digests(d.terms.Session, d.commits)
	seen[0] = again.Digest(d.terms.Session)
	anew := wire.Reveal{Index: 2, View: wire.View(d.terms.Session, seen), Dealing: d.reveals[1].Dealing}
	anew.Signature = bad.Sign(anew.Digest(d.terms.Session))
	setup := func(change func(*wire.DealSetup)) wire.DealSetup {
		s := d.setup
		s.Members, s.Set = slices.Clone(s.Members), slices.Clone(s.Set)
		change(&s)
		return s
	}
	cases := map[string]wire.Conviction{
		"good items":                                &wire.BadItems{Setup: d.setup, Reveal: d.reveals[0]},
		"good items, one more":                      &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Items++ }), Reveal: d.reveals[0]},
		"good items, another set":                   &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Set[0] = 2 }), Reveal: d.reveals[0]},
		"good items, another member":                &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Members[2] = wire.NodeID{0xff} }), Reveal: d.reveals[0]},
		"good items, a smaller set":                 &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Threshold, s.Set, s.Members = 0, s.Set[:1], s.Members[:1] }), Reveal: d.reveals[0]},
		"good items, another coordinator":           &wire.BadItems{Setup: setup(func(s *wire.DealSetup) { s.Coordinator = bad.ID() }), Reveal: d.reveals[0]},
		"good items, another session":               &wire.BadItems{Setup: other.dealing.setup, Reveal: d.reveals[0]},
		"good items, another cluster":               &wire.BadItems{Setup: abroad.signed.dealing.setup, Reveal: d.reveals[0]},
		"good items as another's":                   &wire.BadItems{Setup: d.setup, Reveal: wire.Reveal{Index: 3, View: d.view, Dealing: d.reveals[0].Dealing, Signature: d.reveals[0].Signature}},
		"the liar's dealing as another's":           &wire.BadItems{Setup: d.setup, Reveal: wire.Reveal{Index: 1, View: d.view, Dealing: unfair.Dealing, Signature: d.reveals[0].Signature}},
		"a dealing of a key as of items":            &wire.BadItems{Setup: d.setup, Reveal: c.reveals[0]},
		"a dealing of items as of a key":            &wire.BadDealing{Setup: c.terms, Reveal: d.reveals[0]},
		"two dealings, of a key and items":          &wire.TwoReveals{Setup: c.terms, A: c.reveals[0], B: d.reveals[0]},
		"good items' key":                           &wire.BadItemKey{Setup: d.setup, Commit: *d.commits[0]},
		"good items' key, another session":          &wire.BadItemKey{Setup: other.dealing.setup, Commit: *d.commits[0]},
		"good items' key, as a key's":               &wire.BadKey{Setup: c.terms, Commit: *d.commits[0]},
		"a key's commit as of items":                &wire.BadItemKey{Setup: d.setup, Commit: c.commits[0]},
		"a true complaint, honest items":            complaint(func(e *wire.ItemComplaint) { e.Complaint.Accused = d.reveals[1] }),
		"a true complaint, another's items":         complaint(func(e *wire.ItemComplaint) { e.Complaint.Accused = d.reveals[2] }),
		"a true complaint, other items":             complaint(func(e *wire.ItemComplaint) { e.Setup = other.dealing.setup }),
		"a true complaint, as of a key":             &wire.DecidedComplaint{Setup: c.terms, Complaint: truly, Sealed: c.sealed(1)},
		"a true complaint, the key of another life": complaint(func(e *wire.ItemComplaint) { e.Sealed = wire.SealedTo{Commit: again, Seen: seen} }),
		"a true complaint, what was dealt to that": complaint(func(e *wire.ItemComplaint) {
			e.Complaint.Accused, e.Sealed = anew, wire.SealedTo{Commit: again, Seen: seen}
		}),
		"a false complaint against items": convicting(d.decided(falseComplaint)),
	}
	unsaid := c.signingExhibits()["wrong opening"].(*wire.WrongOpening) // the liar has not said that this was dealt to it
	unsaid.Item.Certified = d.deal.certifies[0]
	cases["a wrong opening of who knows what"] = unsaid
	c.honestShares(cases, s, other, later, abroad)
	c.honestECDSA(cases, s, other, later, abroad)
	return cases
}

// honestShares bends evidence against a right Schnorr share of member 1.
func (c *court) honestShares(cases map[string]wire.Conviction, s, other *inspected, later, abroad *court) {
	for name, change := range map[string]func(*wire.WrongSchnorrShare){
		"right":                    func(*wire.WrongSchnorrShare) {},
		"another key":              func(e *wire.WrongSchnorrShare) { e.Commitments = later.joint },
		"a key of the liar's word": func(e *wire.WrongSchnorrShare) { e.Certified = c.certifies[liar-1].Signature },
		"a key that was not":       func(e *wire.WrongSchnorrShare) { e.Commitments[1] = c.joint[0] },
		"other bodies":             func(e *wire.WrongSchnorrShare) { e.Bodies[0] ^= 1 },
		"another version":          func(e *wire.WrongSchnorrShare) { e.Setup, e.Certified = later.terms, later.certifies[0].Signature },
		"another version and key": func(e *wire.WrongSchnorrShare) {
			e.Setup, e.Bodies, e.Commitments, e.Certified = later.terms, later.bodies, later.joint, later.certifies[0].Signature
		},
		"another cluster":                               func(e *wire.WrongSchnorrShare) { e.Setup, e.Certified = abroad.terms, abroad.certifies[0].Signature },
		"another hash":                                  func(e *wire.WrongSchnorrShare) { e.Request.Hash[0] ^= 1 },
		"another scheme":                                func(e *wire.WrongSchnorrShare) { e.Request.Scheme = wire.BIP340 },
		"another set":                                   func(e *wire.WrongSchnorrShare) { e.Request.Set[1] = 2 },
		"another coordinator":                           func(e *wire.WrongSchnorrShare) { e.Request.Coordinator = c.ids[liar-1].ID() },
		"another requester":                             func(e *wire.WrongSchnorrShare) { e.Request.Proof[0] ^= 1 },
		"another block":                                 func(e *wire.WrongSchnorrShare) { e.Request.Block.Number++ },
		"another attempt":                               func(e *wire.WrongSchnorrShare) { e.Request = other.schnorr },
		"another attempt and its nonces":                func(e *wire.WrongSchnorrShare) { e.Request, e.Nonces = other.schnorr, other.nonces },
		"nonces of another attempt":                     func(e *wire.WrongSchnorrShare) { e.Nonces = other.nonces },
		"another nonce of its own":                      func(e *wire.WrongSchnorrShare) { e.Nonces[0] = other.nonces[0] },
		"another nonce of the liar's":                   func(e *wire.WrongSchnorrShare) { e.Nonces[1] = other.nonces[1] },
		"a share of another attempt":                    func(e *wire.WrongSchnorrShare) { e.Share = other.shares[1] },
		"its share of another attempt, with its nonces": func(e *wire.WrongSchnorrShare) { e.Share, e.Nonces = other.shares[1], other.nonces },
		"the liar's share":                              func(e *wire.WrongSchnorrShare) { e.Share = s.shares[liar] },
		"the liar's share, signed so":                   func(e *wire.WrongSchnorrShare) { e.Share.Share = s.shares[liar].Share },
		"as another's":                                  func(e *wire.WrongSchnorrShare) { e.Index, e.Certified = 2, c.certifies[1].Signature },
		"other nonces for later":                        func(e *wire.WrongSchnorrShare) { e.Share.Next = other.nonces },
	} {
		e := c.wrongShare(s, 1, s.shares[1])
		change(e)
		cases["a Schnorr share, "+name] = e
	}
}

// honestECDSA bends evidence against right openings and shares of member 1.
func (c *court) honestECDSA(cases map[string]wire.Conviction, s, other *inspected, later, abroad *court) {
	invented := c.invent(s)
	for name, change := range map[string]func(*wire.UsedItem, *wire.SignTerms){
		"right":                      func(*wire.UsedItem, *wire.SignTerms) {},
		"another item":               func(_ *wire.UsedItem, r *wire.SignTerms) { r.Item.Number = 0 },
		"an item of none":            func(_ *wire.UsedItem, r *wire.SignTerms) { r.Item.Number = 2 },
		"another dealing":            func(i *wire.UsedItem, _ *wire.SignTerms) { *i = other.dealing.used(0) },
		"another dealing's item":     func(i *wire.UsedItem, r *wire.SignTerms) { *i, r.Item = other.dealing.used(0), other.ecdsa.Item },
		"another dealing's points":   func(i *wire.UsedItem, _ *wire.SignTerms) { i.Joint = other.dealing.deal.joint },
		"points in another order":    func(i *wire.UsedItem, _ *wire.SignTerms) { slices.Reverse(i.Joint) },
		"an item of the liar's word": func(i *wire.UsedItem, _ *wire.SignTerms) { i.Certified = s.dealing.deal.certifies[1] },
		"a made-up dealing": func(i *wire.UsedItem, r *wire.SignTerms) {
			*i, r.Item = invented, wire.Item{Transcript: transcriptOf(&invented), Number: 1}
		},
		"a made-up dealing, the same item": func(i *wire.UsedItem, _ *wire.SignTerms) { *i = invented },
		"another hash":                     func(_ *wire.UsedItem, r *wire.SignTerms) { r.Hash[0] ^= 1 },
		"another set":                      func(i *wire.UsedItem, r *wire.SignTerms) { i.Setup.Set, r.Set = []uint32{1, 2, 4}, []uint32{1, 2, 4} },
		"another coordinator":              func(_ *wire.UsedItem, r *wire.SignTerms) { r.Coordinator = c.ids[liar-1].ID() },
		"another requester":                func(_ *wire.UsedItem, r *wire.SignTerms) { r.Proof[0] ^= 1 },
		"another attempt":                  func(_ *wire.UsedItem, r *wire.SignTerms) { *r = other.ecdsa },
		"another cluster":                  func(i *wire.UsedItem, _ *wire.SignTerms) { *i = abroad.signed.dealing.used(0) },
	} {
		o, e := c.wrongOpening(s, 1, s.opened[0]), c.wrongECDSA(s, 1, s.parts[0])
		change(&o.Item, &o.Request)
		change(&e.Item, &e.Request)
		cases["an opening, "+name], cases["an ECDSA share, "+name] = o, e
	}
	for name, change := range map[string]func(*wire.WrongOpening){
		"another key":           func(e *wire.WrongOpening) { e.Key[0] ^= 1 },
		"another version":       func(e *wire.WrongOpening) { e.Version = later.sid },
		"of another attempt":    func(e *wire.WrongOpening) { e.Opened = other.opened[0] },
		"the liar's":            func(e *wire.WrongOpening) { e.Opened = s.opened[1] },
		"the liar's, as signed": func(e *wire.WrongOpening) { e.Opened.Opening = s.opened[1].Opening },
		"as another's":          func(e *wire.WrongOpening) { e.Index, e.Item = 4, s.dealing.used(2) },
		"as of one outside":     func(e *wire.WrongOpening) { e.Index = 2 },
	} {
		e := c.wrongOpening(s, 1, s.opened[0])
		change(e)
		cases["an opening, "+name] = e
	}
	for name, change := range map[string]func(*wire.WrongECDSAShare){
		"another key":     func(e *wire.WrongECDSAShare) { e.Commitments = later.joint },
		"another version": func(e *wire.WrongECDSAShare) { e.Setup, e.Certified = later.terms, later.certifies[0].Signature },
		"another version and key": func(e *wire.WrongECDSAShare) {
			e.Setup, e.Bodies, e.Commitments, e.Certified = later.terms, later.bodies, later.joint, later.certifies[0].Signature
		},
		"other openings":                       func(e *wire.WrongECDSAShare) { e.Openings = other.opened },
		"another opening of its own":           func(e *wire.WrongECDSAShare) { e.Openings[0] = other.opened[0] },
		"another opening, the liar's":          func(e *wire.WrongECDSAShare) { e.Openings[1] = other.opened[1] },
		"of another attempt":                   func(e *wire.WrongECDSAShare) { e.Share = other.parts[0] },
		"of another attempt with its openings": func(e *wire.WrongECDSAShare) { e.Share, e.Openings = other.parts[0], other.opened },
		"the liar's":                           func(e *wire.WrongECDSAShare) { e.Share = s.parts[1] },
		"the liar's, as signed":                func(e *wire.WrongECDSAShare) { e.Share.Share = s.parts[1].Share },
		"as another's": func(e *wire.WrongECDSAShare) {
			e.Index, e.Item, e.Certified = 4, s.dealing.used(2), c.certifies[3].Signature
		},
		"as of one outside": func(e *wire.WrongECDSAShare) { e.Index, e.Certified = 2, c.certifies[1].Signature },
	} {
		e := c.wrongECDSA(s, 1, s.parts[0])
		change(e)
		cases["an ECDSA share, "+name] = e
	}
}

// invent is a dealing of the liar's making in which it stands in the place of member 1, with
// its own word on it.
func (c *court) invent(s *inspected) wire.UsedItem {
	u := s.dealing.used(0)
	u.Setup.Members = []wire.NodeID{c.ids[liar-1].ID(), c.ids[0].ID(), c.ids[3].ID()}
	session := u.Setup.Session()
	u.Certified = c.ids[liar-1].Sign(wire.CertifyDigest(session, wire.Transcript(session, u.Bodies, u.Joint)))
	return u
}

func transcriptOf(u *wire.UsedItem) common.Hash {
	return wire.Transcript(u.Setup.Session(), u.Bodies, u.Joint)
}
