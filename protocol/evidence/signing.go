package evidence

import (
	"errors"
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// judgeSchnorrShare wants the sender's own word on the key, and then its share. That the
// nonces are those of the others does not matter: it has signed its share with them.
func judgeSchnorrShare(c *wire.WrongSchnorrShare) (*Finding, error) {
	version := c.Setup.Session()
	id := c.Request.Session(c.Setup.Cluster, c.Setup.Key, version)
	if err := errors.Join(
		certifiedBy(&c.Setup, c.Index, c.Bodies, c.Commitments, &c.Certified),
		signedBy(&c.Setup, c.Index, c.Share.Digest(id, c.Index, c.Nonces), &c.Share.Signature)); err != nil {
		return nil, err
	}
	quorum, err := verify.Quorum(len(c.Setup.Members), c.Commitments, c.Request.Set, 0)
	if err != nil {
		return nil, err
	}
	joint, err := dealing.ParseCommitments(c.Commitments)
	if err != nil {
		return nil, err
	}
	signing, err := verify.SchnorrSigning(quorum, joint.Constant(), c.Request.Scheme, c.Request.Hash, c.Nonces)
	if err != nil {
		return nil, err
	}
	if _, err := quorum.Set().Position(threshold.Index(c.Index)); err != nil {
		return nil, err
	}
	share, err := secp256k1.ParseScalar(c.Share.Share[:])
	if err == nil {
		if err = signing.VerifyShare(threshold.Index(c.Index), share); err == nil {
			return nil, errors.New("the share is right")
		}
	}
	f := guilty(&c.Setup, c.Index, "gave a wrong share of a signature: %v", err)
	f.Session = id
	return f, nil
}

func judgeBadItems(c *wire.BadItems) (*Finding, error) {
	deed, err := badDealing(dealing.OfItems(&c.Setup), &c.Reveal)
	if err != nil {
		return nil, err
	}
	return guiltyOfItems(&c.Setup, c.Setup.Members[c.Reveal.Index-1], deed), nil
}

func judgeItemComplaint(c *wire.ItemComplaint) (*Finding, error) {
	node, deed, err := decideComplaint(dealing.OfItems(&c.Setup), &c.Complaint, &c.Sealed)
	if err != nil {
		return nil, err
	}
	return guiltyOfItems(&c.Setup, node, deed), nil
}

func judgeBadItemKey(c *wire.BadItemKey) (*Finding, error) {
	deed, err := judgeKey(dealing.OfItems(&c.Setup), &c.Commit)
	if err != nil {
		return nil, err
	}
	return guiltyOfItems(&c.Setup, c.Setup.Members[c.Commit.Index-1], deed), nil
}

// guiltyOfItems is the finding against a member of a dealing of items.
func guiltyOfItems(s *wire.DealSetup, node wire.NodeID, deed string) *Finding {
	return &Finding{Culprit: node, Deed: deed + ", for a signature", Cluster: s.Cluster, Session: s.Session()}
}

// judgeItem checks the sender's own word on what it was dealt, and gives the item.
func judgeItem(c *wire.UsedItem, request *wire.SignTerms, index uint32) (*threshold.ECDSAItem, error) {
	at := slices.Index(c.Setup.Set, index)
	if at < 0 || !slices.Equal(c.Setup.Set, request.Set) {
		return nil, fmt.Errorf("share %d is not in the set", index)
	}
	session := c.Setup.Session()
	transcript := wire.Transcript(session, c.Bodies, c.Joint)
	if transcript != request.Item.Transcript || request.Item.Number >= c.Setup.Items {
		return nil, fmt.Errorf("the request is about another item")
	}
	if err := signedByMember(c.Setup.Members, uint32(at+1), wire.CertifyDigest(session, transcript), &c.Certified); err != nil {
		return nil, err
	}
	joint, err := threshold.ECDSAPlan(int(c.Setup.Threshold), int(c.Setup.Items)).Parse(dealing.JoinPoints(c.Joint))
	if err != nil {
		return nil, err
	}
	set, err := verify.ItemSet(&c.Setup)
	if err != nil {
		return nil, err
	}
	n := len(joint) / int(c.Setup.Items)
	return threshold.NewECDSAItem(set, joint[int(request.Item.Number)*n:][:n])
}

func judgeOpening(c *wire.WrongOpening) (*Finding, error) {
	item, err := judgeItem(&c.Item, &c.Request, c.Index)
	if err != nil {
		return nil, err
	}
	at := slices.Index(c.Item.Setup.Set, c.Index)
	id := c.Request.Session(c.Item.Setup.Cluster, c.Key, c.Version)
	if err := signedByMember(c.Item.Setup.Members, uint32(at+1), c.Opened.Digest(id, c.Index), &c.Opened.Signature); err != nil {
		return nil, err
	}
	if _, err = verify.Opening(item, c.Index, &c.Opened, verify.ECDSAContext(id)); err == nil {
		return nil, fmt.Errorf("the opening is right")
	}
	return &Finding{Culprit: c.Item.Setup.Members[at], Deed: fmt.Sprintf("gave a wrong opening for a signature: %v", err),
		Cluster: c.Item.Setup.Cluster, Key: c.Key, Session: id}, nil
}

func judgeECDSAShare(c *wire.WrongECDSAShare) (*Finding, error) {
	item, err := judgeItem(&c.Item, &c.Request, c.Index)
	if err != nil {
		return nil, err
	}
	version := c.Setup.Session()
	id := c.Request.Session(c.Setup.Cluster, c.Setup.Key, version)
	if err := errors.Join(
		certifiedBy(&c.Setup, c.Index, c.Bodies, c.Commitments, &c.Certified),
		signedBy(&c.Setup, c.Index, c.Share.Digest(id, c.Index, c.Openings), &c.Share.Signature)); err != nil {
		return nil, err
	}
	openings := make([]*threshold.ECDSAOpening, len(c.Openings))
	for i := range c.Openings {
		if openings[i], err = threshold.ParseECDSAOpening(c.Openings[i].Opening[:]); err != nil {
			return nil, err
		}
	}
	signing, err := item.NewSigning(openings, c.Request.Hash)
	if err != nil {
		return nil, err
	}
	joint, err := dealing.ParseCommitments(c.Commitments)
	if err != nil {
		return nil, err
	}
	share, err := threshold.ParseECDSAShare(c.Share.Share[:])
	if err == nil {
		if err = signing.VerifyShare(threshold.Index(c.Index), share, joint.Eval(threshold.Index(c.Index)), verify.ECDSAContext(id)); err == nil {
			return nil, fmt.Errorf("the share is right")
		}
	}
	f := guilty(&c.Setup, c.Index, "gave a wrong share of a signature: %v", err)
	f.Session = id
	return f, nil
}
