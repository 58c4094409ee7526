// Package evidence tells whom evidence convicts: see Judge. What is evidence of what are the types of wire.Conviction,
// each of which keeps its meaning for ever.
//
// It does not see what led to the evidence, needs no state, and asks nobody. What costs a node only its turn in one session,
// such as silence, is no evidence: machines tell of it as session.Fault.
//
// It convicts a node only of what the node itself has signed, and what no honest node signs, in whatever order messages come
// and whatever it has forgotten in a crash. Package courttest makes what honest members sign, and its tests hold that this
// convicts nobody; package sessiontest judges what machines report.
package evidence

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Finding is what evidence proves.
type Finding struct {
	Culprit wire.NodeID
	Deed    string // what it did, a clause whose subject is the culprit
	Kind    wire.ConvictionKind
	Cluster wire.ClusterID
	Key     wire.KeyID // zero for a dealing of items, which belong to no key
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
	case *wire.TwoSetVotes:
		return judgeTwoSetVotes(c)
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
	if !members[index-1].Signed(digest, sig) {
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
	return found(s, s.Members[index-1], format, args...)
}

// found is the finding against a node.
func found(s *wire.Terms, node wire.NodeID, format string, args ...any) *Finding {
	return &Finding{
		Culprit: node, Deed: fmt.Sprintf(format, args...),
		Cluster: s.Cluster, Key: s.Key, Session: s.Session(),
	}
}

// signed is a message as its signer signed it.
type signed struct {
	index  uint32
	digest [32]byte
	sig    *wire.Signature
}

// judgeTwo convicts who signed two messages of which an honest node signs one; by are the nodes by their index.
func judgeTwo(s *wire.Terms, by []wire.NodeID, a, b signed, what string) (*Finding, error) {
	if err := errors.Join(signedByMember(by, a.index, a.digest, a.sig), signedByMember(by, b.index, b.digest, b.sig)); err != nil {
		return nil, err
	}
	if a.index != b.index {
		return nil, errors.New("they are of two members")
	}
	if a.digest == b.digest {
		return nil, errSame
	}
	return found(s, by[a.index-1], "signed two different %s in one generation", what), nil
}

var errSame = errors.New("both say the same")
