package verify

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Liar is a key server whose part of an answer is wrong: its client can show it.
type Liar struct {
	Node wire.NodeID
	Err  error
}

func (l *Liar) Error() string { return fmt.Sprintf("key server %s: %v", l.Node.Short(), l.Err) }

func (l *Liar) Unwrap() error { return l.Err }

// Release checks the answer to a wallet's request, whose proof has this hash, by
// itself: the key's certificate, each part with its proof and its receipt. What it can't
// check is whether the members are the cluster's: compare Setup.Members, or the server
// key, with what you know of them. An error is a *Liar if it is one member's doing.
func Release(rel *wire.Release, request common.Hash) error {
	_, err := checkRelease(rel, request)
	return err
}

func checkRelease(rel *wire.Release, request common.Hash) ([]*threshold.Partial, error) {
	if err := checkShape(rel, request); err != nil {
		return nil, err
	}
	attempt := rel.Attempt()
	if err := certifiedByAll(&wire.Certificate{Setup: rel.Setup, Bodies: rel.Bodies, Commitments: rel.Commitments, Signatures: rel.Signatures}); err != nil {
		return nil, err
	}
	quorum, err := Quorum(len(rel.Setup.Members), rel.Commitments, rel.Request.Set, 0)
	if err != nil {
		return nil, err
	}
	pair, err := ParsePair(&rel.Request.Common, &rel.Request.Encrypted)
	if err != nil {
		return nil, err
	}
	parts := make([]*threshold.Partial, len(rel.Parts))
	for i := range rel.Parts {
		m, index := &rel.Parts[i], rel.Request.Set[i]
		node := rel.Setup.Members[index-1]
		// Without its own signature a wrong part is nobody's: the node in between may have bent it.
		if !node.Signed(m.Digest(attempt, index), &m.Signature) {
			return nil, wire.Errorf(wire.InvalidMessage, "part of %s without its signature", node.Short())
		}
		if parts[i], err = Part(quorum, attempt, index, pair.Common, true, m); err != nil {
			return nil, &Liar{node, err}
		}
		if !Receipt(node, &rel.Receipt, &m.Receipt) {
			return nil, wire.Errorf(wire.InvalidMessage, "part of %s without its receipt", node.Short())
		}
	}
	return parts, nil
}

// Certificate checks that every member of a key's set-up has signed for it: so t+1 of them can use it, and nobody
// else. Whether the members are those that you trust, compare.
func Certificate(c *wire.Certificate) error {
	if err := c.Setup.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "certificate: %v", err)
	}
	if len(c.Signatures) != len(c.Setup.Members) || len(c.Commitments) != int(c.Setup.Threshold)+1 {
		return wire.Errorf(wire.InvalidMessage, "an incomplete certificate")
	}
	if _, err := secp256k1.ParsePoint(c.Commitments[0][:]); err != nil {
		return wire.Errorf(wire.InvalidMessage, "certificate: server key: %v", err)
	}
	if err := certifiedByAll(c); err != nil {
		return err
	}
	return votesOf(c)
}

// votesOf checks the votes that a certificate tells, however few: it is kept as evidence, so nothing in it may be false.
func votesOf(c *wire.Certificate) error {
	if err := c.BoundVotes(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "certificate: %v", err)
	}
	version := c.Setup.Session()
	ack := wire.VoteDigest(version, 0, true)
	for i := range c.Acks {
		if m := c.Setup.Members[c.Acks[i].Index-1]; !m.Signed(ack, &c.Acks[i].Signature) {
			return wire.Errorf(wire.InvalidMessage, "certificate with a false acknowledgement of %s", m.Short())
		}
	}
	if c.Decided == nil {
		return nil
	}
	return Votes(version, c.Decided.Ballot, true, c.Decided.Votes)
}

// certifiedByAll checks the signatures, once their number is right.
func certifiedByAll(c *wire.Certificate) error {
	version := c.Setup.Session()
	certified := wire.CertifyDigest(version, wire.Transcript(version, c.Bodies, c.Commitments))
	for i, member := range c.Setup.Members {
		if !member.Signed(certified, &c.Signatures[i]) {
			return wire.Errorf(wire.InvalidMessage, "the certificate of the key lacks the signature of %s", member.Short())
		}
	}
	return nil
}

// checkShape checks what needs no curve.
func checkShape(rel *wire.Release, request common.Hash) error {
	if err := rel.Setup.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "answer: %v", err)
	}
	if err := rel.Request.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "answer: %v", err)
	}
	t, members := int(rel.Setup.Threshold), len(rel.Setup.Members)
	want := wire.Receipt{Cluster: rel.Setup.Cluster, Request: rel.Receipt.Request, Requester: rel.Receipt.Requester, Key: rel.Setup.Key,
		Version: rel.Setup.Session(), Block: rel.Request.Block, Granted: true}
	switch {
	case len(rel.Signatures) != members || len(rel.Commitments) != t+1:
		return wire.Errorf(wire.InvalidMessage, "answer with an incomplete certificate")
	case len(rel.Parts) != t+1 || len(rel.Request.Set) != t+1 || int(rel.Request.Set[t]) > members:
		return wire.Errorf(wire.InvalidMessage, "answer of %d parts instead of %d", len(rel.Parts), t+1)
	case rel.Request.Proof != request || !rel.Request.Shadow:
		return wire.Errorf(wire.InvalidMessage, "answer to another request")
	case rel.Receipt != want:
		return wire.Errorf(wire.InvalidMessage, "answer with a receipt for something else")
	}
	return nil
}

// OpenRelease checks an answer as Release does and puts the document key together
// with the secret of the request's reply key. A member that has sealed something else
// than its part is a *Liar, too.
func OpenRelease(rel *wire.Release, request common.Hash, secret *secp256k1.Scalar) (*secp256k1.Point, error) {
	parts, err := checkRelease(rel, request)
	if err != nil {
		return nil, err
	}
	t := int(rel.Setup.Threshold)
	pair, err := ParsePair(&rel.Request.Common, &rel.Request.Encrypted)
	if err != nil {
		return nil, err
	}
	sum, blinding := []*secp256k1.Point{pair.Encrypted}, make([]*secp256k1.Scalar, 0, len(parts))
	for i, p := range parts {
		coefficient, err := openCoefficient(p, rel.Parts[i].Sealed, t, secret)
		if err != nil {
			return nil, &Liar{rel.Setup.Members[rel.Request.Set[i]-1], err}
		}
		defer coefficient.Erase()
		blinding = append(blinding, coefficient)
		sum = append(sum, p.Point.Negated())
	}
	commonPoint := pair.Common
	if t%2 == 1 {
		commonPoint = commonPoint.Negated()
	}
	key := threshold.OpenShadow(secp256k1.Sum(sum...), commonPoint, blinding)
	if key.IsIdentity() {
		return nil, wire.Errorf(wire.Cryptographic, "the document key is the identity")
	}
	return key, nil
}

func openCoefficient(p *threshold.Partial, sealed []byte, t int, secret *secp256k1.Scalar) (*secp256k1.Scalar, error) {
	plain, err := ecies.Open(secret, sealed)
	if err != nil {
		return nil, fmt.Errorf("sealed coefficient: %w", err)
	}
	defer clear(plain)
	coefficient, err := secp256k1.ParseNonZeroScalar(plain)
	if err != nil {
		return nil, fmt.Errorf("sealed coefficient: %w", err)
	}
	if err := threshold.VerifyCoefficient(t, coefficient, p.Mask); err != nil {
		coefficient.Erase()
		return nil, err
	}
	return coefficient, nil
}
