package evidence

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
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
	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// evidence of the liar's deeds, of each kind, and of some kinds several.
func exhibits(c *courttest.Court) map[string]wire.Conviction {
	other, bad, outside := common.Hash{1}, c.BadShare(), c.Dealings[courttest.Liar-1]
	outside.Commitments = outside.Commitments[:1]
	unfair, later := c.Reveal(courttest.Liar, c.View, bad), courttest.NewParty(1, 2)
	uncommitted := c.Dealings[courttest.Liar-1]
	uncommitted.Proof[9] ^= 1
	unsaid := c.Reveals[0]
	unsaid.Signature[9] ^= 1
	offCurve := c.Commits[courttest.Liar-1].Key
	offCurve[63] ^= 1
	wrong := c.Partials[courttest.Liar]
	wrong.Part[191] ^= 1
	plain := wire.Partial{Part: wrong.Part}
	falseOpening := c.Complain(courttest.Liar, &c.Reveals[0])
	falseOpening.Opening[100] ^= 1
	nobody := c.Reveals[0]
	nobody.Index = 5
	all := map[string]wire.Conviction{
		"two commits":             &wire.TwoCommits{Setup: c.Terms, A: c.Commits[courttest.Liar-1], B: c.Commit(courttest.Liar, other)},
		"two views":               &wire.TwoReveals{Setup: c.Terms, A: c.Reveals[courttest.Liar-1], B: c.Reveal(courttest.Liar, other, c.Dealings[courttest.Liar-1])},
		"two dealings":            &wire.TwoReveals{Setup: c.Terms, A: c.Reveals[courttest.Liar-1], B: c.Reveal(courttest.Liar, c.View, bad)},
		"two transcripts":         &wire.TwoTranscripts{Setup: c.Terms, A: c.Certifies[courttest.Liar-1], B: c.Certify(courttest.Liar, other)},
		"other dealing":           &wire.OtherDealing{Setup: c.Terms, Commit: c.Commits[courttest.Liar-1], Reveal: c.Reveal(courttest.Liar, c.View, uncommitted)},
		"wrong degree":            &wire.BadDealing{Setup: c.Terms, Reveal: c.Reveal(courttest.Liar, c.View, outside)},
		"two keys":                &wire.TwoCommits{Setup: c.Terms, A: c.Commits[courttest.Liar-1], B: c.Keyed(courttest.Liar, c.AnotherKey(courttest.Liar))},
		"key off the curve":       &wire.BadKey{Setup: c.Terms, Commit: c.Keyed(courttest.Liar, offCurve)},
		"key of another session":  &wire.BadKey{Setup: c.Terms, Commit: c.Keyed(courttest.Liar, courttest.OneTime(c.Rand, later.Session, c.Deals.At[courttest.Liar-1], secp256k1.NewScalar(7)))},
		"key of another member":   &wire.BadKey{Setup: c.Terms, Commit: c.Keyed(courttest.Liar, c.Commits[0].Key)},
		"key that cancels out":    &wire.BadKey{Setup: c.Terms, Commit: c.Keyed(courttest.Liar, c.Cancelling(courttest.Liar))},
		"bad share":               c.Decided(c.Complain(1, &unfair)),
		"false complaint":         c.Decided(c.Complain(courttest.Liar, &c.Reveals[0])),
		"false opening":           c.Decided(c.SignComplaint(falseOpening)),
		"about what was not said": c.Decided(c.SignComplaint(wire.Complaint{Index: courttest.Liar, Accused: unsaid})),
		"about nobody":            &wire.NoDealer{Setup: c.Terms, Complaint: c.SignComplaint(wire.Complaint{Index: courttest.Liar, Accused: nobody})},
		"false transcript":        falseTranscript(c, courttest.Liar, c.Certify(courttest.Liar, other)),
		"wrong part":              wrongPart(c, c.SignPart(courttest.Liar, &c.Request, wrong)),
		"part, not blind":         wrongPart(c, c.SignPart(courttest.Liar, &c.Request, plain)),
		"two promises": &wire.TwoPromises{Cluster: c.Terms.Cluster, Holder: c.Nodes[courttest.Liar-1].ID(), Key: c.Terms.Key, Version: c.Session,
			A: c.Promises[courttest.Liar-1], B: c.Promise(courttest.Liar, 2)},
		"two votes": &wire.TwoVotes{Setup: c.Terms, Voter: c.Nodes[courttest.Liar-1].ID(), Ballot: 2, Complete: c.Vote(courttest.Liar, 2, true), Abandon: c.Vote(courttest.Liar, 2, false)},
	}
	maps.Copy(all, signingExhibits(c))
	return all
}

// falseTranscript is a member's word on what it has seen, and on what follows.
func falseTranscript(c *courttest.Court, i uint32, m wire.Certify) *wire.FalseTranscript {
	f := &wire.FalseTranscript{Setup: c.Terms, Reveal: c.Reveals[i-1], Commits: slices.Clone(c.Commits), Certify: m}
	for k := range c.Dealings {
		f.Dealt = append(f.Dealt, c.Dealings[k].Dealt)
	}
	return f
}

func wrongPart(c *courttest.Court, m wire.Partial) *wire.WrongPartial {
	return &wire.WrongPartial{Setup: c.Terms, Bodies: c.Bodies, Commitments: c.Joint, Certified: c.Certifies[courttest.Liar-1].Signature,
		Request: c.Request, Index: courttest.Liar, Partial: m}
}

func encodeEvidence(c wire.Conviction) []byte {
	enc, err := wire.EncodeConviction(c)
	courttest.NoError(err)
	return enc
}

func judgeBytes(enc []byte) (*Finding, error) {
	c, err := wire.DecodeConviction(enc)
	if err != nil {
		return nil, err
	}
	return Judge(c)
}

// Evidence of every kind convicts who did it, from its bytes alone, and there is no kind
// without a case.
func TestJudgeConvicts(t *testing.T) {
	c, kinds := courttest.New(1, 1), make(map[wire.ConvictionKind]bool)
	all := exhibits(c)
	maps.Copy(all, formerExhibits())
	for name, e := range all {
		f, err := judgeBytes(encodeEvidence(e))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		kinds[f.Kind] = true
		key := c.Terms.Key
		if f.Session == c.Signed.Dealing.Terms.Session || strings.HasSuffix(f.Deed, "for a signature") {
			key = wire.KeyID{} // items are for no key
		}
		if f.Culprit != c.Nodes[courttest.Liar-1].ID() || f.Cluster != c.Terms.Cluster || f.Key != key || f.Deed == "" {
			t.Errorf("%s: finds %+v", name, f)
		}
		if !slices.Contains(sessions(c), f.Session) {
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
func sessions(c *courttest.Court) []wire.SessionID {
	return []wire.SessionID{c.Session, c.Attempt(&c.Request), c.SigningAttempt(&c.Signed.Schnorr), c.SigningAttempt(&c.Signed.ECDSA), c.Signed.Dealing.Terms.Session}
}

// Whatever byte of good evidence is changed, it convicts nobody else. The short form, for the race detector, changes one
// in seven.
func TestJudgeBentEvidence(t *testing.T) {
	c, stride := courttest.New(1, 1), 1
	if testing.Short() {
		stride = 7
	}
	all := exhibits(c)
	maps.Copy(all, formerExhibits())
	for name, e := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			enc := encodeEvidence(e)
			for at := 0; at < len(enc); at += stride {
				bent := bytes.Clone(enc)
				bent[at] ^= 1 << (at % 8)
				if f, err := judgeBytes(bent); err == nil && f.Culprit != c.Nodes[courttest.Liar-1].ID() {
					t.Fatalf("byte %d changed: convicts %v: %s", at, f.Culprit.Short(), f.Deed)
				}
			}
		})
	}
}

// What honest members say never convicts them, whatever a liar adds of its own, leaves
// out, puts together from other sessions and clusters, or makes up.
func TestJudgeSparesTheHonest(t *testing.T) {
	c, later, abroad := courttest.New(1, 1), courttest.New(1, 2), courttest.New(2, 1)
	honest := c.Nodes[0].ID()
	equivocated := c.BadShare() // the liar showed this dealing to others
	equivocal := c.Reveal(courttest.Liar, c.View, equivocated)
	rekeyed := c.Keyed(courttest.Liar, c.AnotherKey(courttest.Liar)) // and this key
	elsewhere := slices.Clone(c.Commits)
	elsewhere[courttest.Liar-1] = rekeyed
	var seenElsewhere []common.Hash
	for i := range elsewhere {
		seenElsewhere = append(seenElsewhere, elsewhere[i].Digest(c.Session))
	}
	falseComplaint := c.Complain(courttest.Liar, &c.Reveals[0])
	clear(falseComplaint.Opening[:64])
	truly := c.Complain(1, &equivocal)
	complaint := func(change func(*wire.DecidedComplaint)) wire.Conviction {
		e := c.Decided(truly)
		e.Sealed.Seen = slices.Clone(e.Sealed.Seen)
		change(e)
		return e
	}
	transcript := func(change func(*wire.FalseTranscript)) wire.Conviction {
		e := falseTranscript(c, 1, c.Certifies[0])
		change(e)
		return e
	}
	// The liar complains under its other key of what was sealed to the first.
	other := c.Once[courttest.Liar-1]
	c.Once[courttest.Liar-1], _ = threshold.NewOneTimeKey(c.Rand, c.Session, c.Deals.At[courttest.Liar-1])
	framing := c.Complain(courttest.Liar, &c.Reveals[0])
	c.Once[courttest.Liar-1] = other
	lying := func(change func(*wire.WrongPartial)) wire.Conviction {
		e := &wire.WrongPartial{Setup: c.Terms, Bodies: c.Bodies, Commitments: slices.Clone(c.Joint), Certified: c.Certifies[0].Signature,
			Request: c.Request, Index: 1, Partial: c.Partials[1]}
		e.Request.Set = slices.Clone(c.Request.Set)
		change(e)
		return e
	}
	terms := func(change func(*wire.Terms)) wire.Terms {
		s := c.Terms
		s.Members = slices.Clone(s.Members)
		change(&s)
		return s
	}
	cases := honestSignings(c, later, abroad)
	maps.Copy(cases, map[string]wire.Conviction{
		"the same commit twice":               &wire.TwoCommits{Setup: c.Terms, A: c.Commits[0], B: c.Commits[0]},
		"the same commit, malleated":          &wire.TwoCommits{Setup: c.Terms, A: c.Commits[0], B: malleated(c.Commits[0])},
		"commits of two sessions":             &wire.TwoCommits{Setup: c.Terms, A: c.Commits[0], B: later.Commits[0]},
		"commits of two clusters":             &wire.TwoCommits{Setup: c.Terms, A: c.Commits[0], B: abroad.Commits[0]},
		"commits of two sessions, the other":  &wire.TwoCommits{Setup: later.Terms, A: c.Commits[0], B: later.Commits[0]},
		"commits of two members":              &wire.TwoCommits{Setup: c.Terms, A: c.Commits[0], B: c.Commits[1]},
		"the liar's commit as another's":      &wire.TwoCommits{Setup: c.Terms, A: c.Commits[0], B: indexed(c.Commit(courttest.Liar, common.Hash{1}), 1)},
		"reveals of two sessions":             &wire.TwoReveals{Setup: c.Terms, A: c.Reveals[0], B: later.Reveals[0]},
		"a reveal with the liar's dealing":    &wire.TwoReveals{Setup: c.Terms, A: c.Reveals[0], B: wire.Reveal{Index: 1, View: c.View, Dealing: equivocated, Signature: c.Reveals[0].Signature}},
		"transcripts of two sessions":         &wire.TwoTranscripts{Setup: c.Terms, A: c.Certifies[0], B: later.Certifies[0]},
		"a commit and its own dealing":        &wire.OtherDealing{Setup: c.Terms, Commit: c.Commits[0], Reveal: c.Reveals[0]},
		"a commit and a later dealing":        &wire.OtherDealing{Setup: c.Terms, Commit: c.Commits[0], Reveal: later.Reveals[0]},
		"a commit and the liar's dealing":     &wire.OtherDealing{Setup: c.Terms, Commit: c.Commits[0], Reveal: c.Reveals[courttest.Liar-1]},
		"a good dealing":                      &wire.BadDealing{Setup: c.Terms, Reveal: c.Reveals[0]},
		"a good dealing, another threshold":   &wire.BadDealing{Setup: terms(func(s *wire.Terms) { s.Threshold = 2 }), Reveal: c.Reveals[0]},
		"a good dealing, fewer members":       &wire.BadDealing{Setup: terms(func(s *wire.Terms) { s.Members = s.Members[:3] }), Reveal: c.Reveals[0]},
		"a good dealing, another member":      &wire.BadDealing{Setup: terms(func(s *wire.Terms) { s.Members[3] = wire.NodeID{0xff} }), Reveal: c.Reveals[0]},
		"a good dealing, another cluster":     &wire.BadDealing{Setup: abroad.Terms, Reveal: c.Reveals[0]},
		"a good dealing as another's":         &wire.BadDealing{Setup: c.Terms, Reveal: wire.Reveal{Index: 2, View: c.View, Dealing: c.Dealings[0], Signature: c.Reveals[0].Signature}},
		"a good key":                          &wire.BadKey{Setup: c.Terms, Commit: c.Commits[0]},
		"a good key, another session":         &wire.BadKey{Setup: later.Terms, Commit: c.Commits[0]},
		"a good key, another cluster":         &wire.BadKey{Setup: abroad.Terms, Commit: c.Commits[0]},
		"a good key, as another's":            &wire.BadKey{Setup: c.Terms, Commit: indexed(c.Commits[0], 2)},
		"a bad key as another's":              &wire.BadKey{Setup: c.Terms, Commit: indexed(c.Keyed(courttest.Liar, c.Cancelling(courttest.Liar)), 1)},
		"a good commit, the liar's key":       &wire.BadKey{Setup: c.Terms, Commit: func() wire.Commit { m := c.Commits[0]; m.Key = c.Cancelling(courttest.Liar); return m }()},
		"a good key in a dealing of items":    &wire.BadItemKey{Setup: c.Signed.Dealing.Setup, Commit: c.Commits[0]},
		"a true complaint, another's dealing": complaint(func(e *wire.DecidedComplaint) { e.Complaint.Accused = c.Reveals[1] }),
		"a true complaint, the other dealing": complaint(func(e *wire.DecidedComplaint) { e.Complaint.Accused = c.Reveals[courttest.Liar-1] }),
		"a true complaint, its signature off": complaint(func(e *wire.DecidedComplaint) { e.Complaint.Accused.Signature[3] ^= 1 }),
		"a true complaint, another session":   complaint(func(e *wire.DecidedComplaint) { e.Setup = later.Terms }),
		"a true complaint, no view":           complaint(func(e *wire.DecidedComplaint) { e.Sealed.Seen[1][0] ^= 1 }),
		"a true complaint, a later key":       complaint(func(e *wire.DecidedComplaint) { e.Sealed = later.Sealed(1) }),
		"a true complaint, another's key":     complaint(func(e *wire.DecidedComplaint) { e.Sealed.Commit = c.Commits[1] }),
		"a true complaint as about nobody":    &wire.NoDealer{Setup: c.Terms, Complaint: truly},
		"two keys, framing a dealer": &wire.DecidedComplaint{Setup: c.Terms, Complaint: framing,
			Sealed: wire.SealedTo{Commit: rekeyed, Seen: seenElsewhere}},
		"two keys, in the right view":        &wire.DecidedComplaint{Setup: c.Terms, Complaint: framing, Sealed: wire.SealedTo{Commit: rekeyed, Seen: c.Seen()}},
		"two keys, the first one shown":      convicting(c.Decided(framing)),
		"a false complaint against a dealer": convicting(c.Decided(c.SignComplaint(falseComplaint))),
		"a right transcript":                 transcript(func(*wire.FalseTranscript) {}),
		"a transcript, a commit it saw not":  transcript(func(e *wire.FalseTranscript) { e.Commits[courttest.Liar-1] = rekeyed }),
		"a transcript, a dealing it saw not": transcript(func(e *wire.FalseTranscript) { e.Dealt[courttest.Liar-1] = later.Dealings[courttest.Liar-1].Dealt }),
		"a transcript, a view it had not": transcript(func(e *wire.FalseTranscript) {
			e.Commits, e.Reveal.View = elsewhere, wire.View(c.Session, seenElsewhere)
		}),
		"a transcript, dealings out of order": transcript(func(e *wire.FalseTranscript) { slices.Reverse(e.Dealt) }),
		"a transcript, all out of order":      transcript(func(e *wire.FalseTranscript) { slices.Reverse(e.Dealt); slices.Reverse(e.Commits) }),
		"a transcript, the liar's view":       transcript(func(e *wire.FalseTranscript) { e.Reveal = c.Reveals[courttest.Liar-1] }),
		"a transcript of another session":     transcript(func(e *wire.FalseTranscript) { e.Certify = later.Certifies[0] }),
		"a right part":                        lying(func(*wire.WrongPartial) {}),
		"a part, another key":                 lying(func(e *wire.WrongPartial) { e.Commitments = later.Joint }),
		"a part, a key of the liar's word": lying(func(e *wire.WrongPartial) {
			e.Commitments = later.Joint
			e.Certified = c.Certifies[courttest.Liar-1].Signature
		}),
		"a part, a key that was not":  lying(func(e *wire.WrongPartial) { e.Commitments[1] = c.Joint[0] }),
		"a part, other bodies":        lying(func(e *wire.WrongPartial) { e.Bodies[0] ^= 1 }),
		"a part, another version":     lying(func(e *wire.WrongPartial) { e.Setup, e.Certified = later.Terms, later.Certifies[0].Signature }),
		"a part, another cluster":     lying(func(e *wire.WrongPartial) { e.Setup, e.Certified = abroad.Terms, abroad.Certifies[0].Signature }),
		"a part, another set":         lying(func(e *wire.WrongPartial) { e.Request.Set = []uint32{1, 2} }),
		"a part, another ciphertext":  lying(func(e *wire.WrongPartial) { e.Request.Common = c.Joint[0] }),
		"a part, another requester":   lying(func(e *wire.WrongPartial) { e.Request.Proof[0] ^= 1 }),
		"a part, another coordinator": lying(func(e *wire.WrongPartial) { e.Request.Coordinator = honest }),
		"a part, another block":       lying(func(e *wire.WrongPartial) { e.Request.Block.Number++ }),
		"a part, the other mode":      lying(func(e *wire.WrongPartial) { e.Request.Shadow = false }),
		"a part without its shadow":   lying(func(e *wire.WrongPartial) { e.Partial.Sealed = nil }),
		"a part with another shadow":  lying(func(e *wire.WrongPartial) { e.Partial.Sealed = bytes.Repeat([]byte{2}, wire.SealedShadowSize) }),
		"another's part":              lying(func(e *wire.WrongPartial) { e.Partial = c.Partials[courttest.Liar] }),
		"a part as another's":         lying(func(e *wire.WrongPartial) { e.Index, e.Certified = 2, c.Certifies[1].Signature }),
		"the same promise twice":      &wire.TwoPromises{Cluster: c.Terms.Cluster, Holder: honest, Key: c.Terms.Key, Version: c.Session, A: c.Promises[0], B: c.Promises[0]},
		"promises of two versions":    &wire.TwoPromises{Cluster: c.Terms.Cluster, Holder: honest, Key: c.Terms.Key, Version: c.Session, A: c.Promises[0], B: later.Promise(1, 2)},
		"promises of two clusters":    &wire.TwoPromises{Cluster: c.Terms.Cluster, Holder: honest, Key: c.Terms.Key, Version: c.Session, A: c.Promises[0], B: abroad.Promise(1, 2)},
		"one vote twice":              &wire.TwoVotes{Setup: c.Terms, Voter: honest, Ballot: 2, Complete: c.Vote(1, 2, true), Abandon: c.Vote(1, 2, true)},
		"votes in two ballots":        &wire.TwoVotes{Setup: c.Terms, Voter: honest, Ballot: 2, Complete: c.Vote(1, 2, true), Abandon: c.Vote(1, 3, false)},
		"votes on two attempts":       &wire.TwoVotes{Setup: c.Terms, Voter: honest, Ballot: 2, Complete: c.Vote(1, 2, true), Abandon: later.Vote(1, 2, false)},
		"votes of two servers":        &wire.TwoVotes{Setup: c.Terms, Voter: honest, Ballot: 2, Complete: c.Vote(1, 2, true), Abandon: c.Vote(courttest.Liar, 2, false)},
		"promises of two holders":     &wire.TwoPromises{Cluster: c.Terms.Cluster, Holder: honest, Key: c.Terms.Key, Version: c.Session, A: c.Promises[0], B: c.Promise(courttest.Liar, 2)},
	})
	for name, e := range cases {
		f, err := Judge(e)
		if _, ok := e.(convictsLiar); ok {
			f, err = Judge(e.(convictsLiar).Conviction)
			if err != nil || f.Culprit != c.Nodes[courttest.Liar-1].ID() {
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
	courttest.NoError(err)
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join("testdata/former", f.Name()))
		courttest.NoError(err)
		enc, err := hex.DecodeString(strings.TrimSpace(string(text)))
		courttest.NoError(err)
		finding, err := judgeBytes(enc)
		if guilty := strings.HasPrefix(f.Name(), "a-false-complaint-against-"); guilty != (err == nil) {
			t.Errorf("%s: %v, %v", f.Name(), finding, err)
		} else if guilty && finding.Culprit != courttest.NewParty(1, 1).Nodes[courttest.Liar-1].ID() {
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
	courts := []*courttest.Court{courttest.New(1, 1), courttest.New(1, 2), courttest.New(2, 1)}
	encoded := make(map[*courttest.Court][][]byte)
	for _, c := range courts {
		encoded[c] = encodedExhibits(c)
	}
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		a, b := pick(rnd, courts), pick(rnd, courts)
		bent := splice(rnd, encoded[a], encoded[b], b)
		f, err := judgeBytes(bent)
		if err == nil && f.Culprit != courts[0].Nodes[courttest.Liar-1].ID() {
			t.Fatalf("seed %d: convicts %v: %s", seed, f.Culprit.Short(), f.Deed)
		}
	}
}

func pick[T any](rnd *rand.Rand, all []T) T { return all[rnd.IntN(len(all))] }

// splice exchanges pieces of the same type between two exhibits of one kind or of two.
func splice(rnd *rand.Rand, first, second [][]byte, b *courttest.Court) []byte {
	into, from := anyExhibit(rnd, first), anyExhibit(rnd, second)
	var pieces []reflect.Value
	collect(reflect.ValueOf(from).Elem(), &pieces)
	honest := rnd.IntN(2)
	for _, extra := range []any{b.Terms, b.Commits[honest], b.Reveals[honest], b.Certifies[honest], b.Promises[honest],
		b.Partials[1], b.Request, b.Signed.Schnorr, b.Signed.ECDSA, b.Signed.Shares[1], b.Signed.Nonces, b.Signed.Opened[0], b.Signed.Parts[0],
		b.Signed.Dealing.Setup, b.Signed.Dealing.Used(0), b.Signed.Dealing.Reveals[0], b.Certifies[honest].Signature, uint32(rnd.IntN(6)), b.Nodes[honest].ID()} {
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

// anyExhibit is a deep copy of one. encoded are all.
func anyExhibit(rnd *rand.Rand, encoded [][]byte) wire.Conviction {
	e, err := wire.DecodeConviction(pick(rnd, encoded))
	courttest.NoError(err)
	return e
}

// encodedExhibits are those of a court, with those of before.
func encodedExhibits(c *courttest.Court) (encoded [][]byte) {
	all := exhibits(c)
	maps.Copy(all, formerExhibits())
	for _, e := range all {
		encoded = append(encoded, encodeEvidence(e))
	}
	slices.SortFunc(encoded, bytes.Compare)
	return encoded
}

// clone shares nothing with v.
func clone(v any) reflect.Value {
	enc, err := rlp.EncodeToBytes(v)
	courttest.NoError(err)
	out := reflect.New(reflect.TypeOf(v))
	courttest.NoError(rlp.DecodeBytes(enc, out.Interface()))
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
	c := courttest.New(1, 1)
	long := wrongPart(c, c.Partials[courttest.Liar])
	long.Commitments = make([]wire.Point, 3)
	many := falseTranscript(c, courttest.Liar, c.Certifies[0])
	many.Dealt = append(many.Dealt, many.Dealt[0])
	few := falseTranscript(c, courttest.Liar, c.Certifies[0])
	few.Commits = few.Commits[1:]
	unseen := c.Decided(c.Complain(courttest.Liar, &c.Reveals[0]))
	unseen.Sealed.Seen = nil
	unseenItem := signingExhibits(c)["false complaint about an item"].(*wire.ItemComplaint)
	unseenItem.Sealed.Seen = unseenItem.Sealed.Seen[:1]
	set := wrongPart(c, c.Partials[courttest.Liar])
	set.Request.Set = []uint32{3, 1}
	members := &wire.TwoCommits{Setup: c.Terms, A: c.Commits[0], B: c.Commits[0]}
	members.Setup.Members = nil
	for name, e := range map[string]wire.Conviction{
		"commitments of another degree": long, "more dealings than members": many, "fewer commits": few, "no view": unseen, "a view of one": unseenItem, "a set out of order": set, "no members": members,
		"a dealing without anything":       &wire.BadDealing{Setup: c.Terms, Reveal: wire.Reveal{Index: 1}},
		"a former dealing without":         &wire.FormerBadDealing{Setup: c.Terms, Reveal: wire.FormerReveal{Index: 1}},
		"former dealings of fewer members": &wire.FormerFalseTranscript{Setup: c.Terms},
		"a complaint about nothing":        &wire.NoDealer{Setup: c.Terms, Complaint: c.SignComplaint(wire.Complaint{Index: courttest.Liar})},
	} {
		if _, err := wire.DecodeConviction(encodeEvidence(e)); err == nil {
			t.Errorf("%s: decoded", name)
		}
		if f, err := Judge(e); err == nil {
			t.Errorf("%s: convicts %v", name, f.Culprit.Short())
		}
	}
	if _, err := wire.DecodeConviction(make([]byte, wire.MaxConvictionSize+1)); err == nil {
		t.Error("oversized evidence is read")
	}
	for _, index := range []uint32{0, 5, 1 << 31} {
		m := wire.Commit{Index: index}
		if f, err := Judge(&wire.TwoCommits{Setup: c.Terms, A: m, B: m}); err == nil {
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
	c := courttest.New(1, 1)
	for name, e := range exhibits(c) {
		path := filepath.Join(corpus, strings.NewReplacer(" ", "-", ",", "").Replace(name))
		if *update {
			courttest.NoError(os.MkdirAll(corpus, 0o755))
			courttest.NoError(os.WriteFile(path, fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", encodeEvidence(e)), 0o644))
		}
		if f, err := judgeBytes(keptEvidence(path)); err != nil || f.Culprit != c.Nodes[courttest.Liar-1].ID() {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

func keptEvidence(path string) []byte {
	text, err := os.ReadFile(path)
	courttest.NoError(err)
	quoted, _ := strings.CutPrefix(strings.TrimSpace(string(text)), "go test fuzz v1\n[]byte(")
	enc, err := strconv.Unquote(strings.TrimSuffix(quoted, ")"))
	courttest.NoError(err)
	return []byte(enc)
}

// formerExhibits are evidence of the liar's deeds in ss/1, which no program makes any more: what was kept of them.
func formerExhibits() map[string]wire.Conviction {
	all := make(map[string]wire.Conviction)
	paths, err := filepath.Glob(filepath.Join(corpus, "former-*"))
	courttest.NoError(err)
	for _, path := range paths {
		e, err := wire.DecodeConviction(keptEvidence(path))
		courttest.NoError(err)
		all[filepath.Base(path)] = e
	}
	return all
}

// FuzzJudge judges anything at all. Nobody but the liar, whose signatures on two things
// are in the corpus, is ever convicted with the keys that are in it.
func FuzzJudge(f *testing.F) {
	c := courttest.New(1, 1)
	f.Fuzz(func(t *testing.T, enc []byte) {
		conviction, err := wire.DecodeConviction(enc)
		if err != nil {
			return
		}
		if again := encodeEvidence(conviction); !bytes.Equal(again, enc) {
			t.Fatalf("%x is read as evidence that encodes to %x", enc, again)
		}
		finding, err := Judge(conviction)
		if err != nil {
			return
		}
		for i, id := range c.Nodes {
			if i+1 != courttest.Liar && finding.Culprit == id.ID() {
				t.Fatalf("convicts honest member %d: %s", i+1, finding.Deed)
			}
		}
	})
}
