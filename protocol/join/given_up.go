package join

import (
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// GivenUp tells of a member's machine that has ended which node has let the session come to nothing when it could
// know, by what this node had shown, what would come of it: which key, or which R of an ECDSA signature. It is the one
// that had opened the session, or that has opened another in its place. Who begins again until it likes what comes does
// so; so does who was kept waiting by another, or has lost its connection. It is nobody's fault.
func GivenUp(m session.Machine) (by wire.NodeID, ok bool) {
	g, ok := behind(m).(givingUp)
	if !ok {
		return by, false
	}
	by = g.GivenUp()
	return by, by != wire.NodeID{}
}

// givingUp are the machines that can tell that.
type givingUp interface{ GivenUp() wire.NodeID }
