package session

import "github.com/geth-ss/geth-ss/protocol/wire"

// GivenUp tells of a participant's machine that has ended which node has let the session come to nothing when it could
// know, by what this node had shown, what would come of it: which key, or which R of an ECDSA signature. It is the one
// that had opened the session, or that has opened another in its place. Who begins again until it likes what comes does
// so; so does who was kept waiting by another, or has lost its connection. It is nobody's fault.
func GivenUp(m Machine) (by wire.NodeID, ok bool) {
	g, ok := behind(m).(interface{ givenUp() wire.NodeID })
	if !ok {
		return by, false
	}
	by = g.givenUp()
	return by, by != wire.NodeID{}
}

// givenUp: a member that has all dealings knows the key, and this node's was among those that were sent.
func (m *Membership) givenUp() wire.NodeID {
	if m.run == nil || m.run.phase < revealing {
		return wire.NodeID{}
	}
	return m.left
}

// givenUp: a coordinator that has all openings knows R, and this node's was sent. One that goes on with it asks for the
// share next, which ends the session.
func (p *Cosigning) givenUp() wire.NodeID {
	if !p.left || p.opened == (wire.Opened{}) {
		return wire.NodeID{}
	}
	return p.from
}
