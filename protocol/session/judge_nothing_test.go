package session

import (
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Evidence under the liar's signature that nothing follows from: it is refused, and nobody is convicted, not even the
// liar of what it has not done.
func TestJudgeWhatSaysNothing(t *testing.T) {
	c := newCourt(1, 1)
	cases := make(map[string]wire.Conviction)
	c.senselessDeals(cases)
	c.senselessParts(cases)
	c.senselessSchnorr(cases)
	c.senselessECDSA(cases)
	for name, e := range cases {
		if f, err := evidence.Judge(e); err == nil {
			t.Errorf("%s: convicts %v: %s", name, f.Culprit.Short(), f.Deed)
		}
	}
}

func (c *court) senselessDeals(cases map[string]wire.Conviction) {
	turned := c.terms
	turned.Members = slices.Clone(turned.Members)
	slices.Reverse(turned.Members)
	a, b := wire.Commit{Index: 2}, wire.Commit{Index: 2, Hash: common.Hash{1}}
	for _, m := range []*wire.Commit{&a, &b} {
		m.Signature = c.ids[liar-1].Sign(m.Digest(turned.Session()))
	}
	cases["members out of order"] = &wire.TwoCommits{Setup: turned, A: a, B: b}

	outside := c.dealings[liar-1]
	outside.Commitments = outside.Commitments[:1]
	nobody := c.reveals[0]
	nobody.Index = 0
	cases["a complaint about nobody"] = c.decided(c.signComplaint(wire.Complaint{Index: liar, Accused: nobody}))
	cases["a complaint about what is no dealing"] = c.decided(c.signComplaint(wire.Complaint{Index: liar, Accused: c.reveal(liar, c.view, outside)}))
	cases["a complaint under another view"] = c.decided(c.complain(liar, ptr(c.reveal(1, common.Hash{1}, c.dealings[0]))))
	badKey := c.keyed(liar, c.cancelling(liar))
	seen := c.seen()
	seen[liar-1] = badKey.Digest(c.sid)
	about := c.reveal(1, wire.View(c.sid, seen), c.dealings[0])
	cases["a complaint under a key that is none"] = &wire.DecidedComplaint{Setup: c.terms,
		Complaint: c.signComplaint(wire.Complaint{Index: liar, Accused: about}), Sealed: wire.SealedTo{Commit: badKey, Seen: seen}}
	two := c.falseTranscript(liar, c.certify(liar, common.Hash{1}))
	two.Reveal = c.reveals[0]
	cases["a transcript of one, and what another saw"] = two
	cases["a vote, and none for completing"] = &wire.TwoVotes{Setup: c.terms, Voter: c.ids[liar-1].ID(), Ballot: 2,
		Complete: c.vote(liar, 2, false), Abandon: c.vote(liar, 2, false)}
}

func (c *court) senselessParts(cases map[string]wire.Conviction) {
	for name, change := range map[string]func(*wire.RetrieveTerms){
		"a part of no point":        func(r *wire.RetrieveTerms) { r.Common = wire.Point{1} },
		"a part of no ciphertext":   func(r *wire.RetrieveTerms) { r.Encrypted = wire.Point{1} },
		"a part among too many":     func(r *wire.RetrieveTerms) { r.Set = []uint32{1, 2, 3} },
		"a part among others":       func(r *wire.RetrieveTerms) { r.Set = []uint32{1, 2} },
		"a part among who is not":   func(r *wire.RetrieveTerms) { r.Set = []uint32{3, 5} },
		"a part that is asked of 1": func(r *wire.RetrieveTerms) { r.Set = []uint32{3} },
	} {
		e := c.wrongPart(wire.Partial{Sealed: make([]byte, wire.SealedShadowSize)})
		change(&e.Request)
		e.Partial = c.signPart(liar, &e.Request, e.Partial)
		cases[name] = e
	}
}

// noKey has the liar certify commitments that are none.
func (c *court) noKey(commitments *[]wire.Point, certified *wire.Signature, points ...wire.Point) {
	*commitments = points
	*certified = c.certify(liar, wire.Transcript(c.sid, c.bodies, *commitments)).Signature
}

func (c *court) senselessSchnorr(cases map[string]wire.Conviction) {
	for name, change := range map[string]func(*wire.WrongSchnorrShare){
		"a Schnorr share of no key":       func(e *wire.WrongSchnorrShare) { c.noKey(&e.Commitments, &e.Certified, wire.Point{1}, wire.Point{2}) },
		"a Schnorr share of the identity": func(e *wire.WrongSchnorrShare) { c.noKey(&e.Commitments, &e.Certified, wire.Point{}, c.joint[1]) },
		"a Schnorr share with no nonce":   func(e *wire.WrongSchnorrShare) { e.Nonces[0] = wire.NonceBytes{1} },
		"a Schnorr share among others":    func(e *wire.WrongSchnorrShare) { e.Request.Set = []uint32{1, 2} },
		"a Schnorr share among too many": func(e *wire.WrongSchnorrShare) {
			e.Request.Set = []uint32{1, 2, 3}
			e.Nonces = append(e.Nonces, e.Nonces[0])
		},
		"a Schnorr share among who is not": func(e *wire.WrongSchnorrShare) { e.Request.Set = []uint32{3, 5} },
	} {
		e := c.wrongShare(c.signed, liar, wire.SchnorrShare{})
		change(e)
		e.Share = c.signShare(liar, &e.Request, e.Nonces, e.Share)
		cases[name] = e
	}
}

func (c *court) senselessECDSA(cases map[string]wire.Conviction) {
	s := c.signed
	noItem := func(u *wire.UsedItem, r *wire.SignTerms) {
		u.Joint = make([]wire.Point, len(u.Joint))
		r.Item.Transcript = wire.Transcript(u.Setup.Session(), u.Bodies, u.Joint)
		u.Certified = c.ids[liar-1].Sign(wire.CertifyDigest(u.Setup.Session(), r.Item.Transcript))
	}
	for name, change := range map[string]func(*wire.UsedItem, *wire.SignTerms){
		"an opening of no item":     noItem,
		"an opening of a third one": func(_ *wire.UsedItem, r *wire.SignTerms) { r.Item.Number = 2 },
		"an opening among others":   func(_ *wire.UsedItem, r *wire.SignTerms) { r.Set = []uint32{2, 3, 4} },
	} {
		e := c.wrongOpening(s, liar, wire.Opened{})
		change(&e.Item, &e.Request)
		e.Opened = c.signOpened(liar, &e.Request, e.Opened)
		cases[name] = e
	}
	for name, change := range map[string]func(*wire.WrongECDSAShare){
		"an ECDSA share of no key":     func(e *wire.WrongECDSAShare) { c.noKey(&e.Commitments, &e.Certified, wire.Point{1}, wire.Point{2}) },
		"an ECDSA share of no item":    func(e *wire.WrongECDSAShare) { noItem(&e.Item, &e.Request) },
		"an ECDSA share of no opening": func(e *wire.WrongECDSAShare) { e.Openings[0].Opening = [len(e.Openings[0].Opening)]byte{1} },
		"an ECDSA share of no hash":    func(e *wire.WrongECDSAShare) { e.Request.Hash = common.Hash{} },
		"an ECDSA share among others":  func(e *wire.WrongECDSAShare) { e.Request.Set = []uint32{2, 3, 4} },
	} {
		e := c.wrongECDSA(s, liar, wire.ECDSAShare{})
		change(e)
		e.Share = c.signECDSA(liar, &e.Request, e.Openings, e.Share)
		cases[name] = e
	}
}

// A deed is one also where it could have been worse.
func TestJudgeHalfADeed(t *testing.T) {
	c := newCourt(1, 1)
	promise := func(common, encrypted byte) wire.Promise {
		p := wire.Promise{Common: wire.Point{common}, Encrypted: wire.Point{encrypted}}
		p.Signature = c.ids[liar-1].Sign(wire.StoreDigest(c.terms.Cluster,
			&wire.DocumentRecord{Key: c.terms.Key, Version: c.sid, Common: p.Common, Encrypted: p.Encrypted}))
		return p
	}
	nobody := c.reveals[0]
	nobody.Index = 0
	two := func(a, b wire.Promise) wire.Conviction {
		return &wire.TwoPromises{Cluster: c.terms.Cluster, Holder: c.ids[liar-1].ID(), Key: c.terms.Key, Version: c.sid, A: a, B: b}
	}
	for name, e := range map[string]wire.Conviction{
		"two common points of one encrypted": two(promise(1, 2), promise(3, 2)),
		"two encrypted points of one common": two(promise(1, 2), promise(1, 3)),
		"a complaint about member 0":         &wire.NoDealer{Setup: c.terms, Complaint: c.signComplaint(wire.Complaint{Index: liar, Accused: nobody})},
	} {
		if f, err := evidence.Judge(e); err != nil || f.Culprit != c.ids[liar-1].ID() {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

func ptr[T any](v T) *T { return &v }
