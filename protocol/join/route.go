package join

import (
	"errors"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Route is where messages are led by: a session id; and of a session that proves nothing of its id also the node that
// opened it, whose messages alone go there.
type Route struct {
	Session wire.SessionID
	Of      wire.NodeID // zero: the messages of all who take part
}

// RouteOf is the route that an opening may take. It is to be found before anything else is done for the opening: before
// it has a place, and before state or chain are asked. The session id has to be the hash of the opening as this node
// sends it. Otherwise a member that sees another open a session could do the same in its own name at a node that is
// slow to hear of it, and keep the other out there, together with what the others say in that session. A fault is the
// refusal, too.
//
// A certificate of a document key names no session, and convinces in any. It gets a route that is nobody else's, so that
// it is in nobody's way.
func RouteOf(cluster wire.ClusterID, in session.Received, opening wire.Opening) (Route, *session.Fault) {
	switch id, err := opening.Opens(cluster, in.From); {
	case errors.Is(err, wire.ErrUnbound):
		return Route{in.Session, in.From}, nil
	case err != nil:
		return Route{}, &session.Fault{Node: in.From, Detail: wire.KindOf(opening).String() + ": opened with a message that " + err.Error()}
	case id != in.Session:
		return Route{}, &session.Fault{Node: in.From, Detail: wire.KindOf(opening).String() + ": opened under a session id that is not its own"}
	}
	return Route{Session: in.Session}, nil
}
