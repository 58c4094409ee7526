package evidence

import (
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Evidence under the liar's signature that nothing follows from: it is refused, and nobody is convicted, not even the
// liar of what it has not done.
func TestJudgeWhatSaysNothing(t *testing.T) {
	c := courttest.New(1, 1)
	cases := make(map[string]wire.Conviction)
	senselessDeals(c, cases)
	senselessParts(c, cases)
	senselessSchnorr(c, cases)
	senselessECDSA(c, cases)
	for name, e := range cases {
		if f, err := Judge(e); err == nil {
			t.Errorf("%s: convicts %v: %s", name, f.Culprit.Short(), f.Deed)
		}
	}
}

func senselessDeals(c *courttest.Court, cases map[string]wire.Conviction) {
	turned := c.Terms
	turned.Members = slices.Clone(turned.Members)
	slices.Reverse(turned.Members)
	a, b := wire.Commit{Index: 2}, wire.Commit{Index: 2, Hash: common.Hash{1}}
	for _, m := range []*wire.Commit{&a, &b} {
		m.Signature = c.Nodes[courttest.Liar-1].Sign(m.Digest(turned.Session()))
	}
	cases["members out of order"] = &wire.TwoCommits{Setup: turned, A: a, B: b}

	outside := c.Dealings[courttest.Liar-1]
	outside.Commitments = outside.Commitments[:1]
	nobody := c.Reveals[0]
	nobody.Index = 0
	cases["a complaint about nobody"] = c.Decided(c.SignComplaint(wire.Complaint{Index: courttest.Liar, Accused: nobody}))
	cases["a complaint about what is no dealing"] = c.Decided(c.SignComplaint(wire.Complaint{Index: courttest.Liar, Accused: c.Reveal(courttest.Liar, c.View, outside)}))
	cases["a complaint under another view"] = c.Decided(c.Complain(courttest.Liar, ptr(c.Reveal(1, common.Hash{1}, c.Dealings[0]))))
	badKey := c.Keyed(courttest.Liar, c.Cancelling(courttest.Liar))
	seen := c.Seen()
	seen[courttest.Liar-1] = badKey.Digest(c.Session)
	about := c.Reveal(1, wire.View(c.Session, seen), c.Dealings[0])
	cases["a complaint under a key that is none"] = &wire.DecidedComplaint{Setup: c.Terms,
		Complaint: c.SignComplaint(wire.Complaint{Index: courttest.Liar, Accused: about}), Sealed: wire.SealedTo{Commit: badKey, Seen: seen}}
	two := falseTranscript(c, courttest.Liar, c.Certify(courttest.Liar, common.Hash{1}))
	two.Reveal = c.Reveals[0]
	cases["a transcript of one, and what another saw"] = two
	cases["a vote, and none for completing"] = &wire.TwoVotes{Setup: c.Terms, Voter: c.Nodes[courttest.Liar-1].ID(), Ballot: 2,
		Complete: c.Vote(courttest.Liar, 2, false), Abandon: c.Vote(courttest.Liar, 2, false)}
}

func senselessParts(c *courttest.Court, cases map[string]wire.Conviction) {
	for name, change := range map[string]func(*wire.RetrieveTerms){
		"a part of no point":        func(r *wire.RetrieveTerms) { r.Common = wire.Point{1} },
		"a part of no ciphertext":   func(r *wire.RetrieveTerms) { r.Encrypted = wire.Point{1} },
		"a part among too many":     func(r *wire.RetrieveTerms) { r.Set = []uint32{1, 2, 3} },
		"a part among others":       func(r *wire.RetrieveTerms) { r.Set = []uint32{1, 2} },
		"a part among who is not":   func(r *wire.RetrieveTerms) { r.Set = []uint32{3, 5} },
		"a part that is asked of 1": func(r *wire.RetrieveTerms) { r.Set = []uint32{3} },
	} {
		e := wrongPart(c, wire.Partial{Sealed: make([]byte, wire.SealedShadowSize)})
		change(&e.Request)
		e.Partial = c.SignPart(courttest.Liar, &e.Request, e.Partial)
		cases[name] = e
	}
}

// noKey has the liar certify commitments that are none.
func noKey(c *courttest.Court, commitments *[]wire.Point, certified *wire.Signature, points ...wire.Point) {
	*commitments = points
	*certified = c.Certify(courttest.Liar, wire.Transcript(c.Session, c.Bodies, *commitments)).Signature
}

func senselessSchnorr(c *courttest.Court, cases map[string]wire.Conviction) {
	for name, change := range map[string]func(*wire.WrongSchnorrShare){
		"a Schnorr share of no key":       func(e *wire.WrongSchnorrShare) { noKey(c, &e.Commitments, &e.Certified, wire.Point{1}, wire.Point{2}) },
		"a Schnorr share of the identity": func(e *wire.WrongSchnorrShare) { noKey(c, &e.Commitments, &e.Certified, wire.Point{}, c.Joint[1]) },
		"a Schnorr share with no nonce":   func(e *wire.WrongSchnorrShare) { e.Nonces[0] = wire.NonceBytes{1} },
		"a Schnorr share among others":    func(e *wire.WrongSchnorrShare) { e.Request.Set = []uint32{1, 2} },
		"a Schnorr share among too many": func(e *wire.WrongSchnorrShare) {
			e.Request.Set = []uint32{1, 2, 3}
			e.Nonces = append(e.Nonces, e.Nonces[0])
		},
		"a Schnorr share among who is not": func(e *wire.WrongSchnorrShare) { e.Request.Set = []uint32{3, 5} },
	} {
		e := wrongShare(c, c.Signed, courttest.Liar, wire.SchnorrShare{})
		change(e)
		e.Share = c.SignShare(courttest.Liar, &e.Request, e.Nonces, e.Share)
		cases[name] = e
	}
}

func senselessECDSA(c *courttest.Court, cases map[string]wire.Conviction) {
	s := c.Signed
	noItem := func(u *wire.UsedItem, r *wire.SignTerms) {
		u.Joint = make([]wire.Point, len(u.Joint))
		r.Item.Transcript = wire.Transcript(u.Setup.Session(), u.Bodies, u.Joint)
		u.Certified = c.Nodes[courttest.Liar-1].Sign(wire.CertifyDigest(u.Setup.Session(), r.Item.Transcript))
	}
	for name, change := range map[string]func(*wire.UsedItem, *wire.SignTerms){
		"an opening of no item":     noItem,
		"an opening of a third one": func(_ *wire.UsedItem, r *wire.SignTerms) { r.Item.Number = 2 },
		"an opening among others":   func(_ *wire.UsedItem, r *wire.SignTerms) { r.Set = []uint32{2, 3, 4} },
	} {
		e := wrongOpening(c, s, courttest.Liar, wire.Opened{})
		change(&e.Item, &e.Request)
		e.Opened = c.SignOpened(courttest.Liar, &e.Request, e.Opened)
		cases[name] = e
	}
	for name, change := range map[string]func(*wire.WrongECDSAShare){
		"an ECDSA share of no key":     func(e *wire.WrongECDSAShare) { noKey(c, &e.Commitments, &e.Certified, wire.Point{1}, wire.Point{2}) },
		"an ECDSA share of no item":    func(e *wire.WrongECDSAShare) { noItem(&e.Item, &e.Request) },
		"an ECDSA share of no opening": func(e *wire.WrongECDSAShare) { e.Openings[0].Opening = [len(e.Openings[0].Opening)]byte{1} },
		"an ECDSA share of no hash":    func(e *wire.WrongECDSAShare) { e.Request.Hash = common.Hash{} },
		"an ECDSA share among others":  func(e *wire.WrongECDSAShare) { e.Request.Set = []uint32{2, 3, 4} },
	} {
		e := wrongECDSA(c, s, courttest.Liar, wire.ECDSAShare{})
		change(e)
		e.Share = c.SignECDSA(courttest.Liar, &e.Request, e.Openings, e.Share)
		cases[name] = e
	}
}

// A deed is one also where it could have been worse.
func TestJudgeHalfADeed(t *testing.T) {
	c := courttest.New(1, 1)
	promise := func(common, encrypted byte) wire.Promise {
		p := wire.Promise{Common: wire.Point{common}, Encrypted: wire.Point{encrypted}}
		p.Signature = c.Nodes[courttest.Liar-1].Sign(wire.StoreDigest(c.Terms.Cluster,
			&wire.DocumentRecord{Key: c.Terms.Key, Version: c.Session, Common: p.Common, Encrypted: p.Encrypted}))
		return p
	}
	nobody := c.Reveals[0]
	nobody.Index = 0
	two := func(a, b wire.Promise) wire.Conviction {
		return &wire.TwoPromises{Cluster: c.Terms.Cluster, Holder: c.Nodes[courttest.Liar-1].ID(), Key: c.Terms.Key, Version: c.Session, A: a, B: b}
	}
	for name, e := range map[string]wire.Conviction{
		"two common points of one encrypted": two(promise(1, 2), promise(3, 2)),
		"two encrypted points of one common": two(promise(1, 2), promise(1, 3)),
		"a complaint about member 0":         &wire.NoDealer{Setup: c.Terms, Complaint: c.SignComplaint(wire.Complaint{Index: courttest.Liar, Accused: nobody})},
	} {
		if f, err := Judge(e); err != nil || f.Culprit != c.Nodes[courttest.Liar-1].ID() {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

func ptr[T any](v T) *T { return &v }
