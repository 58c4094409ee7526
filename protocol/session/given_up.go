package session

import "github.com/geth-ss/geth-ss/protocol/wire"

// GivenUp is who has, or nobody: a member that has all dealings knows the key, and this node's was among those that were sent.
func (m *Membership) GivenUp() wire.NodeID {
	if m.run == nil || m.run.phase < revealing {
		return wire.NodeID{}
	}
	return m.givenUp
}

// GivenUp is who has, or nobody: a coordinator that has all openings knows R, and this node's was sent. One that goes on with it asks for the
// share next, which ends the session.
func (p *Cosigning) GivenUp() wire.NodeID {
	if !p.Left() || p.opened == (wire.Opened{}) {
		return wire.NodeID{}
	}
	return p.Coordinator()
}
