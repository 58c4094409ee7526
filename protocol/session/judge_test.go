package session

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// court is a generation of four with threshold 1, a retrieval and signatures under its key:
// all that honest members sign, and the means to sign more. The same seeds give the same
// bytes. Member 3 is the liar.
type court struct {
	rand      io.Reader
	ids       []*Identity // by position
	terms     wire.Terms
	sid       wire.SessionID
	deals     *dealing.Terms
	once      []*threshold.OneTimeKey // of the members, who forget none here
	dealings  []wire.Dealing
	view      common.Hash
	commits   []wire.Commit
	reveals   []wire.Reveal
	certifies []wire.Certify
	bodies    common.Hash
	joint     []wire.Point
	shares    []*Share
	request   wire.RetrieveTerms // shadow, by members 1 and 3
	partials  map[uint32]wire.Partial
	promises  []wire.Promise // of one pair
	signed    *inspected
	encoded   [][]byte // exhibits, once they were wanted
}

const liar = 3

// newParty is the members, before they do anything.
func newParty(cluster, session byte) *court {
	c := &court{rand: rand.NewChaCha8([32]byte{cluster, session}), partials: make(map[uint32]wire.Partial)}
	for i := range 4 {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte{'c', byte(i)}))
		noError(err)
		c.ids = append(c.ids, NewIdentity(key))
	}
	slices.SortFunc(c.ids, func(a, b *Identity) int { return a.id.Compare(b.id) })
	c.terms = wire.Terms{Cluster: wire.ClusterID{cluster}, Key: wire.KeyID{9}, Threshold: 1, SetSize: 4, Nonce: [32]byte{session}, Proof: common.Hash{7}}
	for _, id := range c.ids {
		c.terms.Members = append(c.terms.Members, id.ID())
	}
	c.terms.Initiator = c.ids[0].ID()
	c.sid = c.terms.Session()
	return c
}

// newCourt holds a generation of the members that every court has; cluster and session
// tell courts apart.
func newCourt(cluster, session byte) *court {
	c := newParty(cluster, session)
	c.generate()
	c.retrieve()
	for i := range c.ids {
		c.promises = append(c.promises, c.promise(uint32(i+1), 1))
	}
	c.signed = c.sign(1)
	return c
}

func noError(err error) {
	if err != nil {
		panic(err)
	}
}

func (c *court) generate() {
	c.deals = dealing.OfKey(&c.terms)
	noError(c.deals.CheckKeys())
	var hands []*dealing.Hand
	for i := range c.ids {
		once, err := threshold.NewOneTimeKey(c.rand, c.sid, c.deals.At[i])
		noError(err)
		h, err := c.deals.Draw(c.rand, i)
		noError(err)
		c.once, hands = append(c.once, once), append(hands, h)
		c.commits = append(c.commits, c.commit(uint32(i+1), h.Dealt.Hash(c.sid, uint32(i+1))))
		noError(c.deals.Learn(i, &c.commits[i]))
	}
	c.view = wire.View(c.sid, c.seen())
	var dealt []*dealing.Checked
	var hashes []common.Hash
	for i := range c.ids {
		d, err := c.deals.Deal(hands[i])
		noError(err)
		opened, err := c.deals.Open(i, d)
		noError(err)
		c.dealings, dealt, hashes = append(c.dealings, *d), append(dealt, opened), append(hashes, opened.Hash)
	}
	c.bodies = wire.HashList("bodies", c.sid, hashes)
	for i := range c.ids {
		values, joint, _, err := c.deals.Combine(c.rand, c.secret(uint32(i+1)), i, dealt)
		noError(err)
		c.shares, c.joint = append(c.shares, &Share{Index: uint32(i + 1), Value: values[0]}), dealing.EncodeCommitments(joint[0])
	}
	for i := range c.ids {
		c.reveals = append(c.reveals, c.reveal(uint32(i+1), c.view, c.dealings[i]))
		c.certifies = append(c.certifies, c.certify(uint32(i+1), wire.Transcript(c.sid, c.bodies, c.joint)))
	}
}

// seen are the digests of all commits.
func (c *court) seen() (all []common.Hash) {
	for i := range c.commits {
		all = append(all, c.commits[i].Digest(c.sid))
	}
	return all
}

// secret is what a member is dealt to under.
func (c *court) secret(i uint32) *secp256k1.Scalar {
	secret, err := sealedTo(c.envOf(i), c.once[i-1])
	noError(err)
	return secret
}

func (c *court) commit(i uint32, hash common.Hash) wire.Commit {
	return c.signCommit(wire.Commit{Index: i, Hash: hash, Key: c.once[i-1].Public().Bytes()})
}

func (c *court) signCommit(m wire.Commit) wire.Commit {
	m.Signature = c.ids[m.Index-1].Sign(m.Digest(c.sid))
	return m
}

// keyed is the commit of a member with another one-time key.
func (c *court) keyed(i uint32, key [128]byte) wire.Commit {
	m := c.commits[i-1]
	m.Key = key
	return c.signCommit(m)
}

// oneTime is a one-time key of this very secret, with its proof.
func oneTime(rand io.Reader, session wire.SessionID, at threshold.Index, r *secp256k1.Scalar) (b [128]byte) {
	x, public := at.X().Bytes(), secp256k1.BaseMul(r)
	proof, err := threshold.ProveKnowledge(rand, r, public, threshold.NewContext("geth-ss/dealing/onetime/v1", session[:], x[:]))
	noError(err)
	return (&threshold.OneTime{Point: public, Proof: proof}).Bytes()
}

// anotherKey is a second one-time key of a member.
func (c *court) anotherKey(i uint32) [128]byte {
	return oneTime(rand.NewChaCha8([32]byte{byte(i)}), c.sid, c.deals.At[i-1], secp256k1.NewScalar(1000+i))
}

// cancelling is the one-time key of a member that it and its static key cancel out.
func (c *court) cancelling(i uint32) [128]byte {
	return oneTime(rand.NewChaCha8([32]byte{byte(i)}), c.sid, c.deals.At[i-1], nodeSecret(c.envOf(i)).Negated())
}

// sealed shows a member's key among those that all have seen.
func (c *court) sealed(i uint32) wire.SealedTo {
	return wire.SealedTo{Commit: c.commits[i-1], Seen: c.seen()}
}

func (c *court) reveal(i uint32, view common.Hash, d wire.Dealing) wire.Reveal {
	m := wire.Reveal{Index: i, View: view, Dealing: d}
	m.Signature = c.ids[i-1].Sign(m.Digest(c.sid))
	return m
}

func (c *court) certify(i uint32, transcript common.Hash) wire.Certify {
	m := wire.Certify{Index: i, Transcript: transcript}
	m.Signature = c.ids[i-1].Sign(m.Digest(c.sid))
	return m
}

// complain opens the share that a dealing seals for a member.
func (c *court) complain(i uint32, about *wire.Reveal) wire.Complaint {
	opened, err := c.deals.Open(int(about.Index-1), &about.Dealing)
	noError(err)
	m, err := c.deals.Complain(c.rand, c.secret(i), int(i-1), about, opened)
	noError(err)
	return c.signComplaint(*m)
}

// decided is a complaint with what it takes to judge it.
func (c *court) decided(m wire.Complaint) *wire.DecidedComplaint {
	return &wire.DecidedComplaint{Setup: c.terms, Complaint: m, Sealed: c.sealed(m.Index)}
}

func (c *court) signComplaint(m wire.Complaint) wire.Complaint {
	m.Signature = c.ids[m.Index-1].Sign(m.Digest(c.sid))
	return m
}

// retrieve lets members 1 and 3 give their parts.
func (c *court) retrieve() {
	k := secp256k1.NewScalar(77)
	c.request = wire.RetrieveTerms{Coordinator: c.ids[1].ID(), Common: secp256k1.BaseMul(k).Bytes(), Encrypted: secp256k1.BaseMul(k).Bytes(),
		Shadow: true, Block: wire.BlockRef{Number: 5}, Set: []uint32{1, 3}, Nonce: [32]byte{4}}
	for _, i := range c.request.Set {
		c.partials[i] = c.part(i, &c.request)
	}
}

func (c *court) attempt(r *wire.RetrieveTerms) wire.SessionID {
	return r.Session(c.terms.Cluster, c.terms.Key, c.sid)
}

// part is a right part of a retrieval.
func (c *court) part(i uint32, r *wire.RetrieveTerms) wire.Partial {
	quorum, err := verify.Quorum(len(c.ids), c.joint, r.Set, 0)
	noError(err)
	common, err := secp256k1.ParsePoint(r.Common[:])
	noError(err)
	mask, err := quorum.NewMask(c.rand)
	noError(err)
	sealed := bytes.Repeat([]byte{1}, wire.SealedShadowSize)
	p, err := quorum.Partial(c.rand, threshold.Index(i), c.shares[i-1].Value, common, mask, verify.PartContext(c.attempt(r), sealed))
	noError(err)
	return c.signPart(i, r, wire.Partial{Part: p.Bytes(), Sealed: sealed})
}

func (c *court) signPart(i uint32, r *wire.RetrieveTerms, m wire.Partial) wire.Partial {
	m.Signature = c.ids[i-1].Sign(m.Digest(c.attempt(r), i))
	return m
}

func (c *court) promise(i uint32, pair byte) wire.Promise {
	p := wire.Promise{Common: wire.Point{pair}, Encrypted: wire.Point{pair, 1}}
	p.Signature = c.ids[i-1].Sign(wire.StoreDigest(c.terms.Cluster,
		&wire.DocumentRecord{Key: c.terms.Key, Version: c.sid, Common: p.Common, Encrypted: p.Encrypted}))
	return p
}

// badShare is the liar's dealing with a wrong share for member 1.
func (c *court) badShare() wire.Dealing {
	d := c.dealings[liar-1]
	d.Shares = slices.Clone(d.Shares)
	d.Shares[0][31] ^= 1
	return d
}

// evidence of the liar's deeds, of each kind, and of some kinds several.
func (c *court) exhibits() map[string]wire.Conviction {
	other, bad, outside := common.Hash{1}, c.badShare(), c.dealings[liar-1]
	outside.Commitments = outside.Commitments[:1]
	unfair, later := c.reveal(liar, c.view, bad), newParty(1, 2)
	uncommitted := c.dealings[liar-1]
	uncommitted.Proof[9] ^= 1
	unsaid := c.reveals[0]
	unsaid.Signature[9] ^= 1
	offCurve := c.commits[liar-1].Key
	offCurve[63] ^= 1
	wrong := c.partials[liar]
	wrong.Part[191] ^= 1
	plain := wire.Partial{Part: wrong.Part}
	falseOpening := c.complain(liar, &c.reveals[0])
	falseOpening.Opening[100] ^= 1
	nobody := c.reveals[0]
	nobody.Index = 5
	all := map[string]wire.Conviction{
		"two commits":             &wire.TwoCommits{Setup: c.terms, A: c.commits[liar-1], B: c.commit(liar, other)},
		"two views":               &wire.TwoReveals{Setup: c.terms, A: c.reveals[liar-1], B: c.reveal(liar, other, c.dealings[liar-1])},
		"two dealings":            &wire.TwoReveals{Setup: c.terms, A: c.reveals[liar-1], B: c.reveal(liar, c.view, bad)},
		"two transcripts":         &wire.TwoTranscripts{Setup: c.terms, A: c.certifies[liar-1], B: c.certify(liar, other)},
		"other dealing":           &wire.OtherDealing{Setup: c.terms, Commit: c.commits[liar-1], Reveal: c.reveal(liar, c.view, uncommitted)},
		"wrong degree":            &wire.BadDealing{Setup: c.terms, Reveal: c.reveal(liar, c.view, outside)},
		"two keys":                &wire.TwoCommits{Setup: c.terms, A: c.commits[liar-1], B: c.keyed(liar, c.anotherKey(liar))},
		"key off the curve":       &wire.BadKey{Setup: c.terms, Commit: c.keyed(liar, offCurve)},
		"key of another session":  &wire.BadKey{Setup: c.terms, Commit: c.keyed(liar, oneTime(c.rand, later.sid, c.deals.At[liar-1], secp256k1.NewScalar(7)))},
		"key of another member":   &wire.BadKey{Setup: c.terms, Commit: c.keyed(liar, c.commits[0].Key)},
		"key that cancels out":    &wire.BadKey{Setup: c.terms, Commit: c.keyed(liar, c.cancelling(liar))},
		"bad share":               c.decided(c.complain(1, &unfair)),
		"false complaint":         c.decided(c.complain(liar, &c.reveals[0])),
		"false opening":           c.decided(c.signComplaint(falseOpening)),
		"about what was not said": c.decided(c.signComplaint(wire.Complaint{Index: liar, Accused: unsaid})),
		"about nobody":            &wire.NoDealer{Setup: c.terms, Complaint: c.signComplaint(wire.Complaint{Index: liar, Accused: nobody})},
		"false transcript":        c.falseTranscript(liar, c.certify(liar, other)),
		"wrong part":              c.wrongPart(c.signPart(liar, &c.request, wrong)),
		"part, not blind":         c.wrongPart(c.signPart(liar, &c.request, plain)),
		"two promises": &wire.TwoPromises{Cluster: c.terms.Cluster, Holder: c.ids[liar-1].ID(), Key: c.terms.Key, Version: c.sid,
			A: c.promises[liar-1], B: c.promise(liar, 2)},
		"two votes": &wire.TwoVotes{Setup: c.terms, Voter: c.ids[liar-1].ID(), Ballot: 2, Complete: c.vote(liar, 2, true), Abandon: c.vote(liar, 2, false)},
	}
	maps.Copy(all, c.signingExhibits())
	return all
}

// falseTranscript is a member's word on what it has seen, and on what follows.
func (c *court) falseTranscript(i uint32, m wire.Certify) *wire.FalseTranscript {
	f := &wire.FalseTranscript{Setup: c.terms, Reveal: c.reveals[i-1], Commits: slices.Clone(c.commits), Certify: m}
	for k := range c.dealings {
		f.Dealt = append(f.Dealt, c.dealings[k].Dealt)
	}
	return f
}

func (c *court) vote(i, ballot uint32, complete bool) wire.Signature {
	return c.ids[i-1].Sign(wire.VoteDigest(c.sid, ballot, complete))
}

func (c *court) wrongPart(m wire.Partial) *wire.WrongPartial {
	return &wire.WrongPartial{Setup: c.terms, Bodies: c.bodies, Commitments: c.joint, Certified: c.certifies[liar-1].Signature,
		Request: c.request, Index: liar, Partial: m}
}

func encodeEvidence(c wire.Conviction) []byte {
	enc, err := wire.EncodeConviction(c)
	noError(err)
	return enc
}

func judgeBytes(enc []byte) (*evidence.Finding, error) {
	c, err := wire.DecodeConviction(enc)
	if err != nil {
		return nil, err
	}
	return evidence.Judge(c)
}

// Evidence of every kind convicts who did it, from its bytes alone, and there is no kind
// without a case.
func TestJudgeConvicts(t *testing.T) {
	c, kinds := newCourt(1, 1), make(map[wire.ConvictionKind]bool)
	all := c.exhibits()
	maps.Copy(all, formerExhibits())
	for name, e := range all {
		f, err := judgeBytes(encodeEvidence(e))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		kinds[f.Kind] = true
		key := c.terms.Key
		if f.Session == c.signed.dealing.terms.Session || strings.HasSuffix(f.Deed, "for a signature") {
			key = wire.KeyID{} // items are for no key
		}
		if f.Culprit != c.ids[liar-1].ID() || f.Cluster != c.terms.Cluster || f.Key != key || f.Deed == "" {
			t.Errorf("%s: finds %+v", name, f)
		}
		if !slices.Contains(c.sessions(), f.Session) {
			t.Errorf("%s: in session %v", name, f.Session)
		}
	}
	for kind := wire.ConvictionKind(1); kind.String() != fmt.Sprintf("conviction %d", uint8(kind)); kind++ {
		if !kinds[kind] {
			t.Errorf("no evidence of kind %d, %v", uint8(kind), kind)
		}
	}
}

// sessions are all that there is evidence of.
func (c *court) sessions() []wire.SessionID {
	return []wire.SessionID{c.sid, c.attempt(&c.request), c.signingAttempt(&c.signed.schnorr), c.signingAttempt(&c.signed.ecdsa), c.signed.dealing.terms.Session}
}

// Whatever byte of good evidence is changed, it convicts nobody else. The short form, for the race detector, changes one
// in seven.
func TestJudgeBentEvidence(t *testing.T) {
	c, stride := newCourt(1, 1), 1
	if testing.Short() {
		stride = 7
	}
	all := c.exhibits()
	maps.Copy(all, formerExhibits())
	for name, e := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			enc := encodeEvidence(e)
			for at := 0; at < len(enc); at += stride {
				bent := bytes.Clone(enc)
				bent[at] ^= 1 << (at % 8)
				if f, err := judgeBytes(bent); err == nil && f.Culprit != c.ids[liar-1].ID() {
					t.Fatalf("byte %d changed: convicts %v: %s", at, f.Culprit.Short(), f.Deed)
				}
			}
		})
	}
}

// What honest members say never convicts them, whatever a liar adds of its own, leaves
// out, puts together from other sessions and clusters, or makes up.
func TestJudgeSparesTheHonest(t *testing.T) {
	c, later, abroad := newCourt(1, 1), newCourt(1, 2), newCourt(2, 1)
	honest := c.ids[0].ID()
	equivocated := c.badShare() // the liar showed this dealing to others
	equivocal := c.reveal(liar, c.view, equivocated)
	rekeyed := c.keyed(liar, c.anotherKey(liar)) // and this key
	elsewhere := slices.Clone(c.commits)
	elsewhere[liar-1] = rekeyed
	var seenElsewhere []common.Hash
	for i := range elsewhere {
		seenElsewhere = append(seenElsewhere, elsewhere[i].Digest(c.sid))
	}
	falseComplaint := c.complain(liar, &c.reveals[0])
	clear(falseComplaint.Opening[:64])
	truly := c.complain(1, &equivocal)
	complaint := func(change func(*wire.DecidedComplaint)) wire.Conviction {
		e := c.decided(truly)
		e.Sealed.Seen = slices.Clone(e.Sealed.Seen)
		change(e)
		return e
	}
	transcript := func(change func(*wire.FalseTranscript)) wire.Conviction {
		e := c.falseTranscript(1, c.certifies[0])
		change(e)
		return e
	}
	// The liar complains under its other key of what was sealed to the first.
	other := c.once[liar-1]
	c.once[liar-1], _ = threshold.NewOneTimeKey(c.rand, c.sid, c.deals.At[liar-1])
	framing := c.complain(liar, &c.reveals[0])
	c.once[liar-1] = other
	lying := func(change func(*wire.WrongPartial)) wire.Conviction {
		e := &wire.WrongPartial{Setup: c.terms, Bodies: c.bodies, Commitments: slices.Clone(c.joint), Certified: c.certifies[0].Signature,
			Request: c.request, Index: 1, Partial: c.partials[1]}
		e.Request.Set = slices.Clone(c.request.Set)
		change(e)
		return e
	}
	terms := func(change func(*wire.Terms)) wire.Terms {
		s := c.terms
		s.Members = slices.Clone(s.Members)
		change(&s)
		return s
	}
	cases := c.honestSignings(later, abroad)
	maps.Copy(cases, map[string]wire.Conviction{
		"the same commit twice":               &wire.TwoCommits{Setup: c.terms, A: c.commits[0], B: c.commits[0]},
		"the same commit, malleated":          &wire.TwoCommits{Setup: c.terms, A: c.commits[0], B: malleated(c.commits[0])},
		"commits of two sessions":             &wire.TwoCommits{Setup: c.terms, A: c.commits[0], B: later.commits[0]},
		"commits of two clusters":             &wire.TwoCommits{Setup: c.terms, A: c.commits[0], B: abroad.commits[0]},
		"commits of two sessions, the other":  &wire.TwoCommits{Setup: later.terms, A: c.commits[0], B: later.commits[0]},
		"commits of two members":              &wire.TwoCommits{Setup: c.terms, A: c.commits[0], B: c.commits[1]},
		"the liar's commit as another's":      &wire.TwoCommits{Setup: c.terms, A: c.commits[0], B: indexed(c.commit(liar, common.Hash{1}), 1)},
		"reveals of two sessions":             &wire.TwoReveals{Setup: c.terms, A: c.reveals[0], B: later.reveals[0]},
		"a reveal with the liar's dealing":    &wire.TwoReveals{Setup: c.terms, A: c.reveals[0], B: wire.Reveal{Index: 1, View: c.view, Dealing: equivocated, Signature: c.reveals[0].Signature}},
		"transcripts of two sessions":         &wire.TwoTranscripts{Setup: c.terms, A: c.certifies[0], B: later.certifies[0]},
		"a commit and its own dealing":        &wire.OtherDealing{Setup: c.terms, Commit: c.commits[0], Reveal: c.reveals[0]},
		"a commit and a later dealing":        &wire.OtherDealing{Setup: c.terms, Commit: c.commits[0], Reveal: later.reveals[0]},
		"a commit and the liar's dealing":     &wire.OtherDealing{Setup: c.terms, Commit: c.commits[0], Reveal: c.reveals[liar-1]},
		"a good dealing":                      &wire.BadDealing{Setup: c.terms, Reveal: c.reveals[0]},
		"a good dealing, another threshold":   &wire.BadDealing{Setup: terms(func(s *wire.Terms) { s.Threshold = 2 }), Reveal: c.reveals[0]},
		"a good dealing, fewer members":       &wire.BadDealing{Setup: terms(func(s *wire.Terms) { s.Members = s.Members[:3] }), Reveal: c.reveals[0]},
		"a good dealing, another member":      &wire.BadDealing{Setup: terms(func(s *wire.Terms) { s.Members[3] = wire.NodeID{0xff} }), Reveal: c.reveals[0]},
		"a good dealing, another cluster":     &wire.BadDealing{Setup: abroad.terms, Reveal: c.reveals[0]},
		"a good dealing as another's":         &wire.BadDealing{Setup: c.terms, Reveal: wire.Reveal{Index: 2, View: c.view, Dealing: c.dealings[0], Signature: c.reveals[0].Signature}},
		"a good key":                          &wire.BadKey{Setup: c.terms, Commit: c.commits[0]},
		"a good key, another session":         &wire.BadKey{Setup: later.terms, Commit: c.commits[0]},
		"a good key, another cluster":         &wire.BadKey{Setup: abroad.terms, Commit: c.commits[0]},
		"a good key, as another's":            &wire.BadKey{Setup: c.terms, Commit: indexed(c.commits[0], 2)},
		"a bad key as another's":              &wire.BadKey{Setup: c.terms, Commit: indexed(c.keyed(liar, c.cancelling(liar)), 1)},
		"a good commit, the liar's key":       &wire.BadKey{Setup: c.terms, Commit: func() wire.Commit { m := c.commits[0]; m.Key = c.cancelling(liar); return m }()},
		"a good key in a dealing of items":    &wire.BadItemKey{Setup: c.signed.dealing.setup, Commit: c.commits[0]},
		"a true complaint, another's dealing": complaint(func(e *wire.DecidedComplaint) { e.Complaint.Accused = c.reveals[1] }),
		"a true complaint, the other dealing": complaint(func(e *wire.DecidedComplaint) { e.Complaint.Accused = c.reveals[liar-1] }),
		"a true complaint, its signature off": complaint(func(e *wire.DecidedComplaint) { e.Complaint.Accused.Signature[3] ^= 1 }),
		"a true complaint, another session":   complaint(func(e *wire.DecidedComplaint) { e.Setup = later.terms }),
		"a true complaint, no view":           complaint(func(e *wire.DecidedComplaint) { e.Sealed.Seen[1][0] ^= 1 }),
		"a true complaint, a later key":       complaint(func(e *wire.DecidedComplaint) { e.Sealed = later.sealed(1) }),
		"a true complaint, another's key":     complaint(func(e *wire.DecidedComplaint) { e.Sealed.Commit = c.commits[1] }),
		"a true complaint as about nobody":    &wire.NoDealer{Setup: c.terms, Complaint: truly},
		"two keys, framing a dealer": &wire.DecidedComplaint{Setup: c.terms, Complaint: framing,
			Sealed: wire.SealedTo{Commit: rekeyed, Seen: seenElsewhere}},
		"two keys, in the right view":         &wire.DecidedComplaint{Setup: c.terms, Complaint: framing, Sealed: wire.SealedTo{Commit: rekeyed, Seen: c.seen()}},
		"two keys, the first one shown":       convicting(c.decided(framing)),
		"a false complaint against a dealer":  convicting(c.decided(c.signComplaint(falseComplaint))),
		"a right transcript":                  transcript(func(*wire.FalseTranscript) {}),
		"a transcript, a commit it saw not":   transcript(func(e *wire.FalseTranscript) { e.Commits[liar-1] = rekeyed }),
		"a transcript, a dealing it saw not":  transcript(func(e *wire.FalseTranscript) { e.Dealt[liar-1] = later.dealings[liar-1].Dealt }),
		"a transcript, a view it had not":     transcript(func(e *wire.FalseTranscript) { e.Commits, e.Reveal.View = elsewhere, wire.View(c.sid, seenElsewhere) }),
		"a transcript, dealings out of order": transcript(func(e *wire.FalseTranscript) { slices.Reverse(e.Dealt) }),
		"a transcript, all out of order":      transcript(func(e *wire.FalseTranscript) { slices.Reverse(e.Dealt); slices.Reverse(e.Commits) }),
		"a transcript, the liar's view":       transcript(func(e *wire.FalseTranscript) { e.Reveal = c.reveals[liar-1] }),
		"a transcript of another session":     transcript(func(e *wire.FalseTranscript) { e.Certify = later.certifies[0] }),
		"a right part":                        lying(func(*wire.WrongPartial) {}),
		"a part, another key":                 lying(func(e *wire.WrongPartial) { e.Commitments = later.joint }),
		"a part, a key of the liar's word":    lying(func(e *wire.WrongPartial) { e.Commitments = later.joint; e.Certified = c.certifies[liar-1].Signature }),
		"a part, a key that was not":          lying(func(e *wire.WrongPartial) { e.Commitments[1] = c.joint[0] }),
		"a part, other bodies":                lying(func(e *wire.WrongPartial) { e.Bodies[0] ^= 1 }),
		"a part, another version":             lying(func(e *wire.WrongPartial) { e.Setup, e.Certified = later.terms, later.certifies[0].Signature }),
		"a part, another cluster":             lying(func(e *wire.WrongPartial) { e.Setup, e.Certified = abroad.terms, abroad.certifies[0].Signature }),
		"a part, another set":                 lying(func(e *wire.WrongPartial) { e.Request.Set = []uint32{1, 2} }),
		"a part, another ciphertext":          lying(func(e *wire.WrongPartial) { e.Request.Common = c.joint[0] }),
		"a part, another requester":           lying(func(e *wire.WrongPartial) { e.Request.Proof[0] ^= 1 }),
		"a part, another coordinator":         lying(func(e *wire.WrongPartial) { e.Request.Coordinator = honest }),
		"a part, another block":               lying(func(e *wire.WrongPartial) { e.Request.Block.Number++ }),
		"a part, the other mode":              lying(func(e *wire.WrongPartial) { e.Request.Shadow = false }),
		"a part without its shadow":           lying(func(e *wire.WrongPartial) { e.Partial.Sealed = nil }),
		"a part with another shadow":          lying(func(e *wire.WrongPartial) { e.Partial.Sealed = bytes.Repeat([]byte{2}, wire.SealedShadowSize) }),
		"another's part":                      lying(func(e *wire.WrongPartial) { e.Partial = c.partials[liar] }),
		"a part as another's":                 lying(func(e *wire.WrongPartial) { e.Index, e.Certified = 2, c.certifies[1].Signature }),
		"the same promise twice":              &wire.TwoPromises{Cluster: c.terms.Cluster, Holder: honest, Key: c.terms.Key, Version: c.sid, A: c.promises[0], B: c.promises[0]},
		"promises of two versions":            &wire.TwoPromises{Cluster: c.terms.Cluster, Holder: honest, Key: c.terms.Key, Version: c.sid, A: c.promises[0], B: later.promise(1, 2)},
		"promises of two clusters":            &wire.TwoPromises{Cluster: c.terms.Cluster, Holder: honest, Key: c.terms.Key, Version: c.sid, A: c.promises[0], B: abroad.promise(1, 2)},
		"one vote twice":                      &wire.TwoVotes{Setup: c.terms, Voter: honest, Ballot: 2, Complete: c.vote(1, 2, true), Abandon: c.vote(1, 2, true)},
		"votes in two ballots":                &wire.TwoVotes{Setup: c.terms, Voter: honest, Ballot: 2, Complete: c.vote(1, 2, true), Abandon: c.vote(1, 3, false)},
		"votes on two attempts":               &wire.TwoVotes{Setup: c.terms, Voter: honest, Ballot: 2, Complete: c.vote(1, 2, true), Abandon: later.vote(1, 2, false)},
		"votes of two servers":                &wire.TwoVotes{Setup: c.terms, Voter: honest, Ballot: 2, Complete: c.vote(1, 2, true), Abandon: c.vote(liar, 2, false)},
		"promises of two holders":             &wire.TwoPromises{Cluster: c.terms.Cluster, Holder: honest, Key: c.terms.Key, Version: c.sid, A: c.promises[0], B: c.promise(liar, 2)},
	})
	for name, e := range cases {
		f, err := evidence.Judge(e)
		if _, ok := e.(convictsLiar); ok {
			f, err = evidence.Judge(e.(convictsLiar).Conviction)
			if err != nil || f.Culprit != c.ids[liar-1].ID() {
				t.Errorf("%s: %v, %v; the liar is guilty", name, f, err)
			}
		} else if err == nil {
			t.Errorf("%s: convicts %v: %s", name, f.Culprit.Short(), f.Deed)
		}
	}
}

// convictsLiar marks evidence that was to convict another and convicts who made it.
type convictsLiar struct{ wire.Conviction }

func convicting(e wire.Conviction) wire.Conviction { return convictsLiar{e} }

// malleated has the other valid signature that anybody can compute from one.
func malleated(m wire.Commit) wire.Commit {
	n, s := crypto.S256().Params().N, new(big.Int).SetBytes(m.Signature[32:64])
	new(big.Int).Sub(n, s).FillBytes(m.Signature[32:64])
	m.Signature[64] ^= 1
	return m
}

func indexed(m wire.Commit, i uint32) wire.Commit { m.Index = i; return m }

// What speaks against honest members of dealings of ss/1 as little as it did: testdata/former is what this test made of
// them then, but for what convicts the liar that made it.
func TestJudgeSparesTheHonestOfBefore(t *testing.T) {
	files, err := os.ReadDir("testdata/former")
	noError(err)
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join("testdata/former", f.Name()))
		noError(err)
		enc, err := hex.DecodeString(strings.TrimSpace(string(text)))
		noError(err)
		finding, err := judgeBytes(enc)
		if guilty := strings.HasPrefix(f.Name(), "a-false-complaint-against-"); guilty != (err == nil) {
			t.Errorf("%s: %v, %v", f.Name(), finding, err)
		} else if guilty && finding.Culprit != newParty(1, 1).ids[liar-1].ID() {
			t.Errorf("%s: convicts %v", f.Name(), finding.Culprit.Short())
		}
	}
	if len(files) < 40 {
		t.Errorf("only %d cases", len(files))
	}
}

// Nobody is convicted of anything by pieces of honest traffic, of several sessions and
// clusters and with a liar's among them, put together at random.
func TestJudgeSplices(t *testing.T) {
	courts := []*court{newCourt(1, 1), newCourt(1, 2), newCourt(2, 1)}
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		bent := splice(rnd, pick(rnd, courts), pick(rnd, courts))
		f, err := judgeBytes(bent)
		if err == nil && f.Culprit != courts[0].ids[liar-1].ID() {
			t.Fatalf("seed %d: convicts %v: %s", seed, f.Culprit.Short(), f.Deed)
		}
	}
}

func pick[T any](rnd *rand.Rand, all []T) T { return all[rnd.IntN(len(all))] }

// splice exchanges pieces of the same type between two exhibits of one kind or of two.
func splice(rnd *rand.Rand, a, b *court) []byte {
	into, from := anyExhibit(rnd, a), anyExhibit(rnd, b)
	var pieces []reflect.Value
	collect(reflect.ValueOf(from).Elem(), &pieces)
	honest := rnd.IntN(2)
	for _, extra := range []any{b.terms, b.commits[honest], b.reveals[honest], b.certifies[honest], b.promises[honest],
		b.partials[1], b.request, b.signed.schnorr, b.signed.ecdsa, b.signed.shares[1], b.signed.nonces, b.signed.opened[0], b.signed.parts[0],
		b.signed.dealing.setup, b.signed.dealing.used(0), b.signed.dealing.reveals[0], b.certifies[honest].Signature, uint32(rnd.IntN(6)), b.ids[honest].ID()} {
		collect(clone(extra), &pieces)
	}
	for range 1 + rnd.IntN(3) {
		var places []reflect.Value
		collect(reflect.ValueOf(into).Elem(), &places)
		place := pick(rnd, places)
		fitting := slices.DeleteFunc(slices.Clone(pieces), func(p reflect.Value) bool { return p.Type() != place.Type() })
		if len(fitting) > 0 {
			place.Set(pick(rnd, fitting))
		}
	}
	return encodeEvidence(into)
}

// anyExhibit is a deep copy of one.
func anyExhibit(rnd *rand.Rand, c *court) wire.Conviction {
	if c.encoded == nil {
		all := c.exhibits()
		maps.Copy(all, formerExhibits())
		for _, e := range all {
			c.encoded = append(c.encoded, encodeEvidence(e))
		}
		slices.SortFunc(c.encoded, bytes.Compare)
	}
	e, err := wire.DecodeConviction(pick(rnd, c.encoded))
	noError(err)
	return e
}

// clone shares nothing with v.
func clone(v any) reflect.Value {
	enc, err := rlp.EncodeToBytes(v)
	noError(err)
	out := reflect.New(reflect.TypeOf(v))
	noError(rlp.DecodeBytes(enc, out.Interface()))
	return out.Elem()
}

// collect finds every part of a value, the whole included.
func collect(v reflect.Value, parts *[]reflect.Value) {
	*parts = append(*parts, v)
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			collect(v.Field(i), parts)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				collect(v.Index(i), parts)
			}
		}
	}
}

// Evidence that no message limits is refused before it costs anything.
func TestConvictionBounds(t *testing.T) {
	c := newCourt(1, 1)
	long := c.wrongPart(c.partials[liar])
	long.Commitments = make([]wire.Point, 3)
	many := c.falseTranscript(liar, c.certifies[0])
	many.Dealt = append(many.Dealt, many.Dealt[0])
	few := c.falseTranscript(liar, c.certifies[0])
	few.Commits = few.Commits[1:]
	unseen := c.decided(c.complain(liar, &c.reveals[0]))
	unseen.Sealed.Seen = nil
	unseenItem := c.signingExhibits()["false complaint about an item"].(*wire.ItemComplaint)
	unseenItem.Sealed.Seen = unseenItem.Sealed.Seen[:1]
	set := c.wrongPart(c.partials[liar])
	set.Request.Set = []uint32{3, 1}
	members := &wire.TwoCommits{Setup: c.terms, A: c.commits[0], B: c.commits[0]}
	members.Setup.Members = nil
	for name, e := range map[string]wire.Conviction{
		"commitments of another degree": long, "more dealings than members": many, "fewer commits": few, "no view": unseen, "a view of one": unseenItem, "a set out of order": set, "no members": members,
		"a dealing without anything":       &wire.BadDealing{Setup: c.terms, Reveal: wire.Reveal{Index: 1}},
		"a former dealing without":         &wire.FormerBadDealing{Setup: c.terms, Reveal: wire.FormerReveal{Index: 1}},
		"former dealings of fewer members": &wire.FormerFalseTranscript{Setup: c.terms},
		"a complaint about nothing":        &wire.NoDealer{Setup: c.terms, Complaint: c.signComplaint(wire.Complaint{Index: liar})},
	} {
		if _, err := wire.DecodeConviction(encodeEvidence(e)); err == nil {
			t.Errorf("%s: decoded", name)
		}
		if f, err := evidence.Judge(e); err == nil {
			t.Errorf("%s: convicts %v", name, f.Culprit.Short())
		}
	}
	if _, err := wire.DecodeConviction(make([]byte, wire.MaxConvictionSize+1)); err == nil {
		t.Error("oversized evidence is read")
	}
	for _, index := range []uint32{0, 5, 1 << 31} {
		m := wire.Commit{Index: index}
		if f, err := evidence.Judge(&wire.TwoCommits{Setup: c.terms, A: m, B: m}); err == nil {
			t.Errorf("index %d: convicts %v", index, f.Culprit.Short())
		}
	}
}

var update = flag.Bool("update", false, "write the checked-in evidence anew")

// corpus is where evidence of every kind is checked in, for the fuzzer, and to notice
// when evidence that was written once would no longer be understood.
const corpus = "testdata/fuzz/FuzzJudge"

// Evidence that an operator has kept convicts for ever. After a change of what is signed
// it can't: then look at it, and run with -update.
func TestJudgeKeptEvidence(t *testing.T) {
	c := newCourt(1, 1)
	for name, e := range c.exhibits() {
		path := filepath.Join(corpus, strings.NewReplacer(" ", "-", ",", "").Replace(name))
		if *update {
			noError(os.MkdirAll(corpus, 0o755))
			noError(os.WriteFile(path, fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", encodeEvidence(e)), 0o644))
		}
		if f, err := judgeBytes(keptEvidence(path)); err != nil || f.Culprit != c.ids[liar-1].ID() {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

func keptEvidence(path string) []byte {
	text, err := os.ReadFile(path)
	noError(err)
	quoted, _ := strings.CutPrefix(strings.TrimSpace(string(text)), "go test fuzz v1\n[]byte(")
	enc, err := strconv.Unquote(strings.TrimSuffix(quoted, ")"))
	noError(err)
	return []byte(enc)
}

// formerExhibits are evidence of the liar's deeds in ss/1, which no program makes any more: what was kept of them.
func formerExhibits() map[string]wire.Conviction {
	all := make(map[string]wire.Conviction)
	paths, err := filepath.Glob(filepath.Join(corpus, "former-*"))
	noError(err)
	for _, path := range paths {
		e, err := wire.DecodeConviction(keptEvidence(path))
		noError(err)
		all[filepath.Base(path)] = e
	}
	return all
}

// FuzzJudge judges anything at all. Nobody but the liar, whose signatures on two things
// are in the corpus, is ever convicted with the keys that are in it.
func FuzzJudge(f *testing.F) {
	c := newCourt(1, 1)
	f.Fuzz(func(t *testing.T, enc []byte) {
		conviction, err := wire.DecodeConviction(enc)
		if err != nil {
			return
		}
		if again := encodeEvidence(conviction); !bytes.Equal(again, enc) {
			t.Fatalf("%x is read as evidence that encodes to %x", enc, again)
		}
		finding, err := evidence.Judge(conviction)
		if err != nil {
			return
		}
		for i, id := range c.ids {
			if i+1 != liar && finding.Culprit == id.ID() {
				t.Fatalf("convicts honest member %d: %s", i+1, finding.Deed)
			}
		}
	})
}
