package evidence

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func judgeTwoCommits(c *wire.TwoCommits) (*Finding, error) {
	id := c.Setup.Session()
	return judgeTwo(&c.Setup, c.Setup.Members, signed{c.A.Index, c.A.Digest(id), &c.A.Signature}, signed{c.B.Index, c.B.Digest(id), &c.B.Signature}, "commits")
}

func judgeTwoReveals(c *wire.TwoReveals) (*Finding, error) {
	id := c.Setup.Session()
	return judgeTwo(&c.Setup, c.Setup.Dealers(), signed{c.A.Index, c.A.Digest(id), &c.A.Signature}, signed{c.B.Index, c.B.Digest(id), &c.B.Signature}, "reveals")
}

func judgeTwoTranscripts(c *wire.TwoTranscripts) (*Finding, error) {
	id := c.Setup.Session()
	return judgeTwo(&c.Setup, c.Setup.Members, signed{c.A.Index, c.A.Digest(id), &c.A.Signature}, signed{c.B.Index, c.B.Digest(id), &c.B.Signature}, "transcripts")
}

// errMove is why evidence of a generation convicts nobody in a redistribution: there a commit hashes no dealing, and a member
// that deals nothing signs no view of the dealings. What a dealer deals differently to two convicts it as two reveals.
var errMove = errors.New("in a redistribution this proves nothing")

func judgeOtherDealing(c *wire.OtherDealing) (*Finding, error) {
	if c.Setup.Move != nil {
		return nil, errMove
	}
	id := c.Setup.Session()
	return judgeOther(&c.Setup, signed{c.Commit.Index, c.Commit.Digest(id), &c.Commit.Signature},
		signed{c.Reveal.Index, c.Reveal.Digest(id), &c.Reveal.Signature}, c.Commit.Hash == c.Reveal.Dealing.Hash(id, c.Reveal.Index))
}

// judgeOther convicts who revealed another dealing than it was committed to.
func judgeOther(s *wire.Terms, commit, reveal signed, same bool) (*Finding, error) {
	if err := errors.Join(signedBy(s, commit.index, commit.digest, commit.sig), signedBy(s, reveal.index, reveal.digest, reveal.sig)); err != nil {
		return nil, err
	}
	if commit.index != reveal.index {
		return nil, errors.New("they are of two members")
	}
	if same {
		return nil, errors.New("the dealing is the one committed to")
	}
	return guilty(s, commit.index, "revealed another dealing than it was committed to"), nil
}

func judgeBadDealing(c *wire.BadDealing) (*Finding, error) {
	deed, err := badDealing(dealing.OfKey(&c.Setup), &c.Reveal)
	if err != nil {
		return nil, err
	}
	return found(&c.Setup, c.Setup.Dealers()[c.Reveal.Index-1], "%s", deed), nil
}

// badDealing says what anybody can see is wrong with a dealing.
func badDealing(t *dealing.Terms, m *wire.Reveal) (deed string, err error) {
	if err := signedByMember(t.Dealers(), m.Index, m.Digest(t.Session), &m.Signature); err != nil {
		return "", err
	}
	if _, err = t.Open(int(m.Index-1), &m.Dealing); err == nil {
		return "", errors.New("there is nothing wrong with the dealing that anybody could see")
	}
	return err.Error(), nil
}

// judgeKey tells what is wrong with a one-time key. It needs no more than that the member has signed it.
func judgeKey(t *dealing.Terms, m *wire.Commit) (deed string, err error) {
	if err := signedByMember(t.Members, m.Index, m.Digest(t.Session), &m.Signature); err != nil {
		return "", err
	}
	if _, err = t.Receiver(int(m.Index-1), m); err == nil {
		return "", errors.New("there is nothing wrong with the key")
	}
	return err.Error(), nil
}

func judgeBadKey(c *wire.BadKey) (*Finding, error) {
	deed, err := judgeKey(dealing.OfKey(&c.Setup), &c.Commit)
	if err != nil {
		return nil, err
	}
	return guilty(&c.Setup, c.Commit.Index, "%s", deed), nil
}

func judgeComplaint(c *wire.DecidedComplaint) (*Finding, error) {
	node, deed, err := decideComplaint(dealing.OfKey(&c.Setup), &c.Complaint, &c.Sealed)
	if err != nil {
		return nil, err
	}
	return found(&c.Setup, node, "%s", deed), nil
}

// decideComplaint convicts the dealer or the accuser. The accuser is convicted of what it says about the very bytes that it
// has signed, the dealer of what it has sealed to the key that it has itself seen.
func decideComplaint(t *dealing.Terms, m *wire.Complaint, sealed *wire.SealedTo) (node wire.NodeID, deed string, err error) {
	if err := signedByMember(t.Members, m.Index, m.Digest(t.Session), &m.Signature); err != nil {
		return node, "", err
	}
	dealers, accuser := t.Dealers(), t.Members[m.Index-1]
	dealer := m.Accused.Index
	if dealer == 0 || int64(dealer) > int64(len(dealers)) {
		return node, "", errors.New("the complaint is about nobody")
	}
	if !dealing.Accused(dealers, t.Session, m) {
		return accuser, fmt.Sprintf("complained about what member %d has not said", dealer), nil
	}
	key, err := sealedKey(t, m, sealed)
	if err != nil {
		return node, "", err
	}
	d, err := t.Open(int(dealer-1), &m.Accused.Dealing)
	if err != nil {
		return node, "", fmt.Errorf("the dealing can't be judged, but its dealer %w", err)
	}
	node, deed = judgeShare(t, m.Index, dealer, &m.Opening, d, key)
	return node, deed, nil
}

// judgeShare says which of the two is guilty, by what the accuser has opened of a dealing, and of what.
func judgeShare(t *dealing.Terms, accuser, dealer uint32, opening *[128]byte, d *dealing.Checked, key *secp256k1.Point) (node wire.NodeID, deed string) {
	if t.Judge(int(accuser-1), opening, d, key) == threshold.DealerGuilty {
		return t.Dealers()[dealer-1], fmt.Sprintf("dealt a bad share to member %d", accuser)
	}
	return t.Members[accuser-1], fmt.Sprintf("complained falsely about member %d", dealer)
}

// sealedKey is what the dealer of a complaint has sealed to for its accuser, by the dealer's own view. Judge has seen to it
// that this is of each member (Bound).
func sealedKey(t *dealing.Terms, m *wire.Complaint, sealed *wire.SealedTo) (*secp256k1.Point, error) {
	c := &sealed.Commit
	digest := c.Digest(t.Session)
	if err := signedByMember(t.Members, m.Index, digest, &c.Signature); err != nil {
		return nil, err
	}
	if c.Index != m.Index || sealed.Seen[m.Index-1] != digest || wire.View(t.Session, sealed.Seen) != m.Accused.View {
		return nil, errors.New("the dealer has not seen this key of the accuser")
	}
	return t.Receiver(int(m.Index-1), c)
}

func judgeNoDealer(c *wire.NoDealer) (*Finding, error) {
	m := &c.Complaint
	return judgeNobody(&c.Setup, signed{m.Index, m.Digest(c.Setup.Session()), &m.Signature}, m.Accused.Index)
}

// judgeNobody convicts who complained about a dealer that there is none of.
func judgeNobody(s *wire.Terms, complaint signed, dealer uint32) (*Finding, error) {
	if err := signedBy(s, complaint.index, complaint.digest, complaint.sig); err != nil {
		return nil, err
	}
	if dealer != 0 && int64(dealer) <= int64(len(s.Dealers())) {
		return nil, errors.New("the complaint is about a member")
	}
	return guilty(s, complaint.index, "complained about nobody"), nil
}

// judgeFalseTranscript computes the transcript that follows from what the member saw.
func judgeFalseTranscript(c *wire.FalseTranscript) (*Finding, error) {
	if c.Setup.Move != nil {
		return nil, errMove
	}
	id, m := c.Setup.Session(), &c.Certify
	if err := errors.Join(
		signedBy(&c.Setup, m.Index, m.Digest(id), &m.Signature),
		signedBy(&c.Setup, c.Reveal.Index, c.Reveal.Digest(id), &c.Reveal.Signature)); err != nil {
		return nil, err
	}
	if m.Index != c.Reveal.Index {
		return nil, errors.New("they are of two members")
	}
	terms := dealing.OfKey(&c.Setup)
	seen, hashes, dealt := make([]common.Hash, len(c.Dealt)), make([]common.Hash, len(c.Dealt)), make([]threshold.Commitments, len(c.Dealt))
	for i := range c.Dealt {
		d, _, err := terms.OpenDealt(i, &c.Dealt[i])
		if err != nil {
			return nil, fmt.Errorf("no transcript follows: member %d %w", i+1, err)
		}
		seen[i], hashes[i], dealt[i] = c.Commits[i].Digest(id), c.Dealt[i].Hash(id, uint32(i+1)), d.Commitments[0]
		if c.Commits[i].Index != uint32(i+1) || c.Commits[i].Hash != hashes[i] {
			return nil, fmt.Errorf("member %d was committed to another dealing", i+1)
		}
	}
	if wire.View(id, seen) != c.Reveal.View {
		return nil, errors.New("these are not the dealings that the member saw committed to")
	}
	return judgeTranscript(&c.Setup, m, hashes, dealt)
}

// judgeTranscript convicts a member of its transcript, unless that follows from these dealings, of all members.
func judgeTranscript(s *wire.Terms, m *wire.Certify, hashes []common.Hash, dealt []threshold.Commitments) (*Finding, error) {
	joint, err := threshold.SumCommitments(dealt)
	if err != nil {
		return nil, err
	}
	id := s.Session()
	if wire.Transcript(id, wire.HashList("bodies", id, hashes), dealing.EncodeCommitments(joint)) == m.Transcript {
		return nil, errors.New("the transcript is right")
	}
	return guilty(s, m.Index, "signed a transcript that does not follow from the dealings"), nil
}

func judgeTwoVotes(c *wire.TwoVotes) (*Finding, error) {
	id := c.Setup.Session()
	if !c.Voter.Signed(wire.VoteDigest(id, c.Ballot, true), &c.Complete) || !c.Voter.Signed(wire.VoteDigest(id, c.Ballot, false), &c.Abandon) {
		return nil, fmt.Errorf("a signature is not %s's", c.Voter.Short())
	}
	return &Finding{
		Culprit: c.Voter, Deed: fmt.Sprintf("voted for completing and for abandoning an attempt, both in ballot %d", c.Ballot),
		Cluster: c.Setup.Cluster, Key: c.Setup.Key, Session: id,
	}, nil
}
