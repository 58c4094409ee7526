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

// formerTerms is the set-up of a generation of ss/1; nil of items.
func formerTerms(c wire.Conviction) *wire.Terms {
	switch c := c.(type) {
	case *wire.FormerTwoCommits:
		return &c.Setup
	case *wire.FormerTwoReveals:
		return &c.Setup
	case *wire.FormerOtherDealing:
		return &c.Setup
	case *wire.FormerBadDealing:
		return &c.Setup
	case *wire.FormerDecidedComplaint:
		return &c.Setup
	case *wire.FormerNoDealer:
		return &c.Setup
	case *wire.FormerFalseTranscript:
		return &c.Setup
	}
	return nil
}

func judgeFormer(c wire.Conviction) (*Finding, error) {
	if s := formerTerms(c); s != nil && s.Move != nil {
		return nil, errMove // there were none
	}
	switch c := c.(type) {
	case *wire.FormerTwoCommits:
		id := c.Setup.Session()
		return judgeTwo(&c.Setup, c.Setup.Members, signed{c.A.Index, c.A.Digest(id), &c.A.Signature}, signed{c.B.Index, c.B.Digest(id), &c.B.Signature}, "commits")
	case *wire.FormerTwoReveals:
		id := c.Setup.Session()
		return judgeTwo(&c.Setup, c.Setup.Members, signed{c.A.Index, c.A.Digest(id), &c.A.Signature}, signed{c.B.Index, c.B.Digest(id), &c.B.Signature}, "reveals")
	case *wire.FormerOtherDealing:
		return judgeFormerOther(c)
	case *wire.FormerBadDealing:
		deed, err := badFormer(dealing.OfKey(&c.Setup), &c.Reveal)
		if err != nil {
			return nil, err
		}
		return guilty(&c.Setup, c.Reveal.Index, "%s", deed), nil
	case *wire.FormerDecidedComplaint:
		node, deed, err := decideFormer(dealing.OfKey(&c.Setup), &c.Reveal, &c.Complaint)
		if err != nil {
			return nil, err
		}
		return found(&c.Setup, node, "%s", deed), nil
	case *wire.FormerNoDealer:
		m := &c.Complaint
		return judgeNobody(&c.Setup, signed{m.Index, m.Digest(c.Setup.Session()), &m.Signature}, m.Dealer)
	case *wire.FormerFalseTranscript:
		return judgeFormerTranscript(c)
	case *wire.FormerBadItems:
		deed, err := badFormer(dealing.OfItems(&c.Setup), &c.Reveal)
		if err != nil {
			return nil, err
		}
		return guiltyOfItems(&c.Setup, c.Setup.Members[c.Reveal.Index-1], deed), nil
	case *wire.FormerItemComplaint:
		node, deed, err := decideFormer(dealing.OfItems(&c.Setup), &c.Reveal, &c.Complaint)
		if err != nil {
			return nil, err
		}
		return guiltyOfItems(&c.Setup, node, deed), nil
	}
	return nil, errors.New("unknown kind")
}

func judgeFormerOther(c *wire.FormerOtherDealing) (*Finding, error) {
	id := c.Setup.Session()
	return judgeOther(&c.Setup, signed{c.Commit.Index, c.Commit.Digest(id), &c.Commit.Signature},
		signed{c.Reveal.Index, c.Reveal.Digest(id), &c.Reveal.Signature}, c.Commit.Hash == c.Reveal.Dealing.Hash(id, c.Reveal.Index))
}

// badFormer says what anybody can see is wrong with a dealing.
func badFormer(t *dealing.Terms, m *wire.FormerReveal) (deed string, err error) {
	if err := signedByMember(t.Members, m.Index, m.Digest(t.Session), &m.Signature); err != nil {
		return "", err
	}
	if _, err = t.OpenFormer(int(m.Index-1), &m.Dealing); err == nil {
		return "", errors.New("there is nothing wrong with the dealing that anybody could see")
	}
	return err.Error(), nil
}

// decideFormer convicts the dealer or the accuser, whose static key is what was sealed to.
func decideFormer(t *dealing.Terms, reveal *wire.FormerReveal, m *wire.FormerComplaint) (node wire.NodeID, deed string, err error) {
	if err := errors.Join(
		signedByMember(t.Members, reveal.Index, reveal.Digest(t.Session), &reveal.Signature),
		signedByMember(t.Members, m.Index, m.Digest(t.Session), &m.Signature)); err != nil {
		return node, "", err
	}
	if m.Dealer != reveal.Index || m.Dealing != reveal.Dealing.Hash(t.Session, m.Dealer) {
		return node, "", errors.New("the complaint is about another dealing")
	}
	d, err := t.OpenFormer(int(m.Dealer-1), &reveal.Dealing)
	if err != nil {
		return node, "", fmt.Errorf("the dealing can't be judged, but its dealer %w", err)
	}
	accuser, err := secp256k1.ParsePoint(t.Members[m.Index-1][:])
	if err != nil {
		return node, "", err // not with a valid signature
	}
	node, deed = judgeShare(t, m.Index, m.Dealer, &m.Opening, d, accuser)
	return node, deed, nil
}

// judgeFormerTranscript computes the transcript that follows from what the member saw.
func judgeFormerTranscript(c *wire.FormerFalseTranscript) (*Finding, error) {
	id, m := c.Setup.Session(), &c.Certify
	if err := signedBy(&c.Setup, m.Index, m.Digest(id), &m.Signature); err != nil {
		return nil, err
	}
	reveal := &wire.FormerReveal{Index: m.Index, View: c.View, Dealing: c.Dealings[m.Index-1]}
	if err := signedBy(&c.Setup, m.Index, reveal.Digest(id), &c.Revealed); err != nil {
		return nil, err
	}
	terms := dealing.OfKey(&c.Setup)
	hashes, dealt := make([]common.Hash, len(c.Dealings)), make([]threshold.Commitments, len(c.Dealings))
	for i := range c.Dealings {
		d, err := terms.OpenFormer(i, &c.Dealings[i])
		if err != nil {
			return nil, fmt.Errorf("no transcript follows: member %d %w", i+1, err)
		}
		hashes[i], dealt[i] = d.Hash, d.Commitments[0]
	}
	if wire.HashList("view", id, hashes) != c.View {
		return nil, errors.New("these are not the dealings that the member saw committed to")
	}
	return judgeTranscript(&c.Setup, m, hashes, dealt)
}
