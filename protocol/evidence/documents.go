package evidence

import (
	"errors"
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// judgeWrongPartial wants the sender's own word on the key, and then its part of it.
func judgeWrongPartial(c *wire.WrongPartial) (*Finding, error) {
	version := c.Setup.Session()
	id := c.Request.Session(c.Setup.Cluster, c.Setup.Key, version)
	if err := errors.Join(
		certifiedBy(&c.Setup, c.Index, c.Bodies, c.Commitments, &c.Certified),
		signedBy(&c.Setup, c.Index, c.Partial.Digest(id, c.Index), &c.Partial.Signature)); err != nil {
		return nil, err
	}
	pair, err := verify.ParsePair(&c.Request.Common, &c.Request.Encrypted)
	if err != nil {
		return nil, err
	}
	quorum, err := verify.Quorum(len(c.Setup.Members), c.Commitments, c.Request.Set, 0)
	if err != nil {
		return nil, err
	}
	if _, err = quorum.Set().Position(threshold.Index(c.Index)); err != nil {
		return nil, err
	}
	if _, err = verify.Part(quorum, id, c.Index, pair.Common, c.Request.Shadow, &c.Partial); err == nil {
		return nil, errors.New("the part is right")
	}
	f := guilty(&c.Setup, c.Index, "gave a wrong part of a decryption: %v", err)
	f.Session = id
	return f, nil
}

func judgeTwoPromises(c *wire.TwoPromises) (*Finding, error) {
	for _, p := range []*wire.Promise{&c.A, &c.B} {
		pair := &wire.DocumentRecord{Key: c.Key, Version: c.Version, Common: p.Common, Encrypted: p.Encrypted}
		if !c.Holder.Signed(wire.StoreDigest(c.Cluster, pair), &p.Signature) {
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
