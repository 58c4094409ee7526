package ballot

import (
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// CheckMotion fails if a server may not vote on an attempt like this: with InvalidMessage when the grounds are
// malformed, too few, or falsely signed, and with NotMember when one is of a node outside the set of key servers.
// certificate tells whether the voter has the attempt's, which it needs to vote for completing.
func CheckMotion(set []wire.NodeID, attempt wire.SessionID, majority int, m *wire.Motion, certificate bool) error {
	if err := m.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if !founded(m, majority, certificate) || Grounds(m) < 0 && len(m.Grounds) > 0 {
		return wire.Errorf(wire.InvalidMessage, "motion in ballot %d without grounds", m.Ballot)
	}
	if err := verify.Voters(set, m.Grounds); err != nil {
		return err
	}
	g := uint32(max(0, Grounds(m)))
	return verify.Votes(attempt, g, !Favours(g), m.Grounds)
}

// CheckAbandonment fails unless a majority of the key servers in set has abandoned this attempt, in one ballot: with
// InvalidMessage if the votes are malformed, too few, falsely signed or of another attempt, and with NotMember when one
// is of a node outside the set.
func CheckAbandonment(set []wire.NodeID, attempt wire.SessionID, majority int, a *wire.Abandonment) error {
	if err := a.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "abandoned attempt: %v", err)
	}
	if a.Session != attempt {
		return wire.Errorf(wire.InvalidMessage, "abandonment of another attempt")
	}
	if len(a.Signatures) < majority {
		return wire.Errorf(wire.InvalidMessage, "attempt abandoned by %d nodes of %d", len(a.Signatures), majority)
	}
	if err := verify.Voters(set, a.Signatures); err != nil {
		return err
	}
	return verify.Votes(attempt, a.Ballot, false, a.Signatures)
}
