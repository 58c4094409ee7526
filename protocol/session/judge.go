package session

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Finding is what evidence proves.
type Finding struct {
	Culprit wire.NodeID
	Deed    string // what it did, a clause whose subject is the culprit
	Kind    wire.ConvictionKind
	Cluster wire.ClusterID
	Key     wire.KeyID // zero for a dealing of items, which are for no key
	// Session is the attempt of a generation or signature, the dealing, the retrieval, or the key's version.
	Session wire.SessionID
}

// Judge tells whom evidence convicts, or why it does not hold. It depends on nothing
// but its argument: not on who shows it, and not on any state, set or clock of the one
// who judges.
//
// A node is convicted only by what is under its own signature, and each signature binds
// the whole set-up of its session: cluster, key, members. So who invents members,
// clusters or keys, or puts messages of several sessions together, can at most convict
// the keys that it invented. That the culprit is a key server, and of which cluster, is
// for the reader of the finding to know.
//
// What honest nodes do is what makes this just: they deal once in a session (Dealt),
// sign one transcript of it, promise one pair of points for a key, each on disk before
// it is said; and all they say of a session follows from what they have signed in it.
func Judge(c wire.Conviction) (*Finding, error) {
	if b, ok := c.(wire.Bounded); ok {
		if err := b.Bound(); err != nil {
			return nil, fmt.Errorf("evidence of %v: %w", c.Kind(), err)
		}
	}
	f, err := judge(c)
	if err != nil {
		return nil, fmt.Errorf("evidence of %v does not hold: %w", c.Kind(), err)
	}
	f.Kind = c.Kind()
	return f, nil
}

func judge(c wire.Conviction) (*Finding, error) {
	switch c := c.(type) {
	case *wire.TwoCommits:
		return judgeTwoCommits(c)
	case *wire.TwoReveals:
		return judgeTwoReveals(c)
	case *wire.TwoTranscripts:
		return judgeTwoTranscripts(c)
	case *wire.OtherDealing:
		return judgeOtherDealing(c)
	case *wire.BadDealing:
		return judgeBadDealing(c)
	case *wire.DecidedComplaint:
		return judgeComplaint(c)
	case *wire.NoDealer:
		return judgeNoDealer(c)
	case *wire.FalseTranscript:
		return judgeFalseTranscript(c)
	case *wire.WrongPartial:
		return judgeWrongPartial(c)
	case *wire.WrongSchnorrShare:
		return judgeSchnorrShare(c)
	case *wire.BadItems:
		return judgeBadItems(c)
	case *wire.ItemComplaint:
		return judgeItemComplaint(c)
	case *wire.WrongOpening:
		return judgeOpening(c)
	case *wire.WrongECDSAShare:
		return judgeECDSAShare(c)
	case *wire.BadKey:
		return judgeBadKey(c)
	case *wire.BadItemKey:
		return judgeBadItemKey(c)
	case *wire.TwoPromises:
		return judgeTwoPromises(c)
	case *wire.TwoVotes:
		return judgeTwoVotes(c)
	}
	return judgeFormer(c)
}

// signedBy says whose signature must be on something, and that it is.
func signedBy(s *wire.Terms, index uint32, digest [32]byte, sig *wire.Signature) error {
	return signedByMember(s.Members, index, digest, sig)
}

func signedByMember(members []wire.NodeID, index uint32, digest [32]byte, sig *wire.Signature) error {
	if index == 0 || int64(index) > int64(len(members)) {
		return fmt.Errorf("there is no member %d of %d", index, len(members))
	}
	if !verify(members[index-1], digest, sig) {
		return fmt.Errorf("a signature is not member %d's, %s", index, members[index-1].Short())
	}
	return nil
}

// certifiedBy wants a member's own word on its key.
func certifiedBy(s *wire.Terms, index uint32, bodies common.Hash, commitments []wire.Point, sig *wire.Signature) error {
	version := s.Session()
	return signedBy(s, index, wire.CertifyDigest(version, wire.Transcript(version, bodies, commitments)), sig)
}

// guilty is the finding against a member of a generation.
func guilty(s *wire.Terms, index uint32, format string, args ...any) *Finding {
	return &Finding{
		Culprit: s.Members[index-1], Deed: fmt.Sprintf(format, args...),
		Cluster: s.Cluster, Key: s.Key, Session: s.Session(),
	}
}

// signed is a message as its signer signed it.
type signed struct {
	index  uint32
	digest [32]byte
	sig    *wire.Signature
}

// judgeTwo convicts who signed two messages of which an honest node signs one.
func judgeTwo(s *wire.Terms, a, b signed, what string) (*Finding, error) {
	if err := errors.Join(signedBy(s, a.index, a.digest, a.sig), signedBy(s, b.index, b.digest, b.sig)); err != nil {
		return nil, err
	}
	if a.index != b.index {
		return nil, errors.New("they are of two members")
	}
	if a.digest == b.digest {
		return nil, errSame
	}
	return guilty(s, a.index, "signed two different %s in one generation", what), nil
}

var errSame = errors.New("both say the same")

func judgeTwoCommits(c *wire.TwoCommits) (*Finding, error) {
	id := c.Setup.Session()
	return judgeTwo(&c.Setup, signed{c.A.Index, c.A.Digest(id), &c.A.Signature}, signed{c.B.Index, c.B.Digest(id), &c.B.Signature}, "commits")
}

func judgeTwoReveals(c *wire.TwoReveals) (*Finding, error) {
	id := c.Setup.Session()
	return judgeTwo(&c.Setup, signed{c.A.Index, c.A.Digest(id), &c.A.Signature}, signed{c.B.Index, c.B.Digest(id), &c.B.Signature}, "reveals")
}

func judgeTwoTranscripts(c *wire.TwoTranscripts) (*Finding, error) {
	id := c.Setup.Session()
	return judgeTwo(&c.Setup, signed{c.A.Index, c.A.Digest(id), &c.A.Signature}, signed{c.B.Index, c.B.Digest(id), &c.B.Signature}, "transcripts")
}

func judgeOtherDealing(c *wire.OtherDealing) (*Finding, error) {
	id := c.Setup.Session()
	if err := errors.Join(
		signedBy(&c.Setup, c.Commit.Index, c.Commit.Digest(id), &c.Commit.Signature),
		signedBy(&c.Setup, c.Reveal.Index, c.Reveal.Digest(id), &c.Reveal.Signature)); err != nil {
		return nil, err
	}
	if c.Commit.Index != c.Reveal.Index {
		return nil, errors.New("they are of two members")
	}
	if c.Commit.Hash == c.Reveal.Dealing.Hash(id, c.Reveal.Index) {
		return nil, errors.New("the dealing is the one committed to")
	}
	return guilty(&c.Setup, c.Commit.Index, "revealed another dealing than it was committed to"), nil
}

func judgeBadDealing(c *wire.BadDealing) (*Finding, error) {
	deed, err := badDealing(generationTerms(&c.Setup), &c.Reveal)
	if err != nil {
		return nil, err
	}
	return guilty(&c.Setup, c.Reveal.Index, "%s", deed), nil
}

// badDealing says what anybody can see is wrong with a dealing.
func badDealing(t *dealingTerms, m *wire.Reveal) (deed string, err error) {
	if err := signedByMember(t.members, m.Index, m.Digest(t.session), &m.Signature); err != nil {
		return "", err
	}
	if _, err = t.open(int(m.Index-1), &m.Dealing); err == nil {
		return "", errors.New("there is nothing wrong with the dealing that anybody could see")
	}
	return err.Error(), nil
}

// judgeKey tells what is wrong with a one-time key. It needs no more than that the member has signed it.
func judgeKey(t *dealingTerms, m *wire.Commit) (deed string, err error) {
	if err := signedByMember(t.members, m.Index, m.Digest(t.session), &m.Signature); err != nil {
		return "", err
	}
	if _, err = t.receiver(int(m.Index-1), m); err == nil {
		return "", errors.New("there is nothing wrong with the key")
	}
	return err.Error(), nil
}

func judgeBadKey(c *wire.BadKey) (*Finding, error) {
	deed, err := judgeKey(generationTerms(&c.Setup), &c.Commit)
	if err != nil {
		return nil, err
	}
	return guilty(&c.Setup, c.Commit.Index, "%s", deed), nil
}

func judgeComplaint(c *wire.DecidedComplaint) (*Finding, error) {
	index, deed, err := decideComplaint(generationTerms(&c.Setup), &c.Complaint, &c.Sealed)
	if err != nil {
		return nil, err
	}
	return guilty(&c.Setup, index, "%s", deed), nil
}

// decideComplaint convicts the dealer or the accuser. The accuser is convicted of what it says about the very bytes that it
// has signed, the dealer of what it has sealed to the key that it has itself seen.
func decideComplaint(t *dealingTerms, m *wire.Complaint, sealed *wire.SealedTo) (index uint32, deed string, err error) {
	if err := signedByMember(t.members, m.Index, m.Digest(t.session), &m.Signature); err != nil {
		return 0, "", err
	}
	dealer := m.Accused.Index
	if dealer == 0 || int64(dealer) > int64(len(t.members)) {
		return 0, "", errors.New("the complaint is about nobody")
	}
	if !accused(t.members, t.session, m) {
		return m.Index, fmt.Sprintf("complained about what member %d has not said", dealer), nil
	}
	key, err := sealedKey(t, m, sealed)
	if err != nil {
		return 0, "", err
	}
	d, err := t.open(int(dealer-1), &m.Accused.Dealing)
	if err != nil {
		return 0, "", fmt.Errorf("the dealing can't be judged, but its dealer %w", err)
	}
	if t.judge(int(m.Index-1), &m.Opening, d, key) == threshold.DealerGuilty {
		return dealer, fmt.Sprintf("dealt a bad share to member %d", m.Index), nil
	}
	return m.Index, fmt.Sprintf("complained falsely about member %d", dealer), nil
}

// sealedKey is what the dealer of a complaint has sealed to for its accuser, by the dealer's own view. Judge has seen to it that
// this is of each member (Bound).
func sealedKey(t *dealingTerms, m *wire.Complaint, sealed *wire.SealedTo) (*secp256k1.Point, error) {
	c := &sealed.Commit
	digest := c.Digest(t.session)
	if err := signedByMember(t.members, m.Index, digest, &c.Signature); err != nil {
		return nil, err
	}
	if c.Index != m.Index || sealed.Seen[m.Index-1] != digest || wire.View(t.session, sealed.Seen) != m.Accused.View {
		return nil, errors.New("the dealer has not seen this key of the accuser")
	}
	return t.receiver(int(m.Index-1), c)
}

func judgeNoDealer(c *wire.NoDealer) (*Finding, error) {
	m := &c.Complaint
	if err := signedBy(&c.Setup, m.Index, m.Digest(c.Setup.Session()), &m.Signature); err != nil {
		return nil, err
	}
	if d := m.Accused.Index; d != 0 && int64(d) <= int64(len(c.Setup.Members)) {
		return nil, errors.New("the complaint is about a member")
	}
	return guilty(&c.Setup, m.Index, "complained about nobody"), nil
}

// judgeFalseTranscript computes the transcript that follows from what the member saw.
func judgeFalseTranscript(c *wire.FalseTranscript) (*Finding, error) {
	id, m := c.Setup.Session(), &c.Certify
	if err := errors.Join(
		signedBy(&c.Setup, m.Index, m.Digest(id), &m.Signature),
		signedBy(&c.Setup, c.Reveal.Index, c.Reveal.Digest(id), &c.Reveal.Signature)); err != nil {
		return nil, err
	}
	if m.Index != c.Reveal.Index {
		return nil, errors.New("they are of two members")
	}
	terms := generationTerms(&c.Setup)
	seen, hashes, dealt := make([]common.Hash, len(c.Dealt)), make([]common.Hash, len(c.Dealt)), make([]threshold.Commitments, len(c.Dealt))
	for i := range c.Dealt {
		d, _, err := terms.openDealt(i, &c.Dealt[i])
		if err != nil {
			return nil, fmt.Errorf("no transcript follows: member %d %w", i+1, err)
		}
		seen[i], hashes[i], dealt[i] = c.Commits[i].Digest(id), c.Dealt[i].Hash(id, uint32(i+1)), d.commitments[0]
		if c.Commits[i].Index != uint32(i+1) || c.Commits[i].Hash != hashes[i] {
			return nil, fmt.Errorf("member %d was committed to another dealing", i+1)
		}
	}
	if wire.View(id, seen) != c.Reveal.View {
		return nil, errors.New("these are not the dealings that the member saw committed to")
	}
	joint, err := threshold.SumCommitments(dealt)
	if err != nil {
		return nil, err
	}
	if wire.Transcript(id, wire.HashList("bodies", id, hashes), encodeCommitments(joint)) == m.Transcript {
		return nil, errors.New("the transcript is right")
	}
	return guilty(&c.Setup, m.Index, "signed a transcript that does not follow from the dealings"), nil
}

// judgeWrongPartial wants the sender's own word on the key, and then its part of it.
func judgeWrongPartial(c *wire.WrongPartial) (*Finding, error) {
	version := c.Setup.Session()
	id := c.Request.Session(c.Setup.Cluster, c.Setup.Key, version)
	if err := errors.Join(
		certifiedBy(&c.Setup, c.Index, c.Bodies, c.Commitments, &c.Certified),
		signedBy(&c.Setup, c.Index, c.Partial.Digest(id, c.Index), &c.Partial.Signature)); err != nil {
		return nil, err
	}
	pair, err := parsePair(&c.Request.Common, &c.Request.Encrypted)
	if err != nil {
		return nil, err
	}
	quorum, err := makeQuorum(len(c.Setup.Members), c.Commitments, c.Request.Set, 0)
	if err != nil {
		return nil, err
	}
	if _, err = quorum.Set().Position(threshold.Index(c.Index)); err != nil {
		return nil, err
	}
	if _, err = checkPart(quorum, id, c.Index, pair.Common, c.Request.Shadow, &c.Partial); err == nil {
		return nil, errors.New("the part is right")
	}
	f := guilty(&c.Setup, c.Index, "gave a wrong part of a decryption: %v", err)
	f.Session = id
	return f, nil
}

func judgeTwoPromises(c *wire.TwoPromises) (*Finding, error) {
	for _, p := range []*wire.Promise{&c.A, &c.B} {
		pair := &wire.DocumentRecord{Key: c.Key, Version: c.Version, Common: p.Common, Encrypted: p.Encrypted}
		if !verify(c.Holder, wire.StoreDigest(c.Cluster, pair), &p.Signature) {
			return nil, fmt.Errorf("a signature is not %s's", c.Holder.Short())
		}
	}
	if c.A.Common == c.B.Common && c.A.Encrypted == c.B.Encrypted {
		return nil, errSame
	}
	return &Finding{
		Culprit: c.Holder, Deed: "promised two different document keys for one server key",
		Cluster: c.Cluster, Key: c.Key, Session: c.Version,
	}, nil
}

func judgeTwoVotes(c *wire.TwoVotes) (*Finding, error) {
	id := c.Setup.Session()
	if !verify(c.Voter, wire.VoteDigest(id, c.Ballot, true), &c.Complete) || !verify(c.Voter, wire.VoteDigest(id, c.Ballot, false), &c.Abandon) {
		return nil, fmt.Errorf("a signature is not %s's", c.Voter.Short())
	}
	return &Finding{
		Culprit: c.Voter, Deed: fmt.Sprintf("voted for completing and for abandoning an attempt, both in ballot %d", c.Ballot),
		Cluster: c.Setup.Cluster, Key: c.Setup.Key, Session: id,
	}, nil
}
