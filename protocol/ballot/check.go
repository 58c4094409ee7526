package ballot

import (
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// checkMotion tells whether one may vote like this.
func CheckMotion(set []wire.NodeID, attempt wire.SessionID, quorum int, m *wire.Motion, certificate bool) error {
	if err := m.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "%v", err)
	}
	if !Founded(m, quorum, certificate) || Grounds(m) < 0 && len(m.Grounds) > 0 {
		return wire.Errorf(wire.InvalidMessage, "motion in ballot %d without grounds", m.Ballot)
	}
	if err := verify.Voters(set, m.Grounds); err != nil {
		return err
	}
	g := uint32(max(0, Grounds(m)))
	return verify.Votes(attempt, g, !Favours(g), m.Grounds)
}

// checkAbandonment tells whether a quorum of the server set has abandoned an attempt.
func CheckAbandonment(set []wire.NodeID, attempt wire.SessionID, quorum int, a *wire.Abandonment) error {
	if err := a.Bound(); err != nil {
		return wire.Errorf(wire.InvalidMessage, "abandoned attempt: %v", err)
	}
	if a.Session != attempt {
		return wire.Errorf(wire.InvalidMessage, "abandonment of another attempt")
	}
	if len(a.Signatures) < quorum {
		return wire.Errorf(wire.InvalidMessage, "attempt abandoned by %d nodes of %d", len(a.Signatures), quorum)
	}
	if err := verify.Voters(set, a.Signatures); err != nil {
		return err
	}
	return verify.Votes(attempt, a.Ballot, false, a.Signatures)
}
