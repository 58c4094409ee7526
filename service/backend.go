package service

import (
	"bytes"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// network is Service as the devp2p subprotocol sees it: a protocol.Backend.
type network Service

func (n *network) Cluster() wire.ClusterID { return n.cluster }

func (n *network) Member(node wire.NodeID) bool { return n.set.Contains(node) }

func (n *network) PeerUp(node wire.NodeID) {
	log.Info("Secret store peer connected", "peer", node.Short(), "connected", len(n.network.Connected()), "servers", len(n.set.Members())-1)
}

func (n *network) PeerDown(node wire.NodeID, reason string) {
	log.Info("Secret store peer lost", "peer", node.Short(), "reason", reason)
	n.sessions.lost(node)
}

// Handle takes a member's message. It never blocks: the work is done by the
// session's own goroutine.
func (n *network) Handle(from wire.NodeID, id wire.SessionID, msg wire.Message) {
	s := (*Service)(n)
	in := session.Received{From: from, Session: id, Msg: msg}
	opening, opens := msg.(wire.Opening)
	if !opens {
		if r := s.sessions.find(in); r != nil {
			r.deliver(in)
		}
		return
	}
	r := s.newRunner(session.Operation(opening), opening.Subject(), from)
	present, ok := s.sessions.open(id, r)
	switch {
	case present != nil:
		present.deliver(in)
	case !ok:
		s.refuse(from, id, wire.Errorf(wire.Limit, "too many sessions are running"))
	default:
		if !s.spawn(func() { s.join(r, in, opening) }) {
			s.sessions.remove(r)
		}
	}
}

func (s *Service) refuse(to wire.NodeID, id wire.SessionID, err error) {
	if err := s.network.Send(to, id, wire.RefuseWith(err)); err != nil {
		log.Debug("Secret store refusal not sent", "to", to.Short(), "err", err)
	}
}

// join takes part in a session that a peer opened.
func (s *Service) join(r *runner, in session.Received, opening wire.Opening) {
	var err error
	if r.what == "generate" {
		err = s.yield(r, in.Session)
	}
	if err == nil {
		r.machine, err = session.Join(s.env(), s.states.load, in.From, in.Session, opening)
	}
	if err != nil {
		s.refuse(in.From, in.Session, err)
		r.err = err
		r.end()
		return
	}
	r.run(s.ctx, in)
}

// yield settles which of two generations of one key goes on here, as long as this
// node has promised neither: the one with the smaller session id, so that all nodes
// settle it the same way. A promise is settled by the machines.
func (s *Service) yield(r *runner, id wire.SessionID) error {
	for _, other := range s.sessions.generating(r.key, r) {
		if other.promised.Load() {
			continue
		}
		if current := s.sessions.current(other); bytes.Compare(id[:], current[:]) > 0 {
			return wire.Errorf(wire.Busy, "another generation of this key is under way")
		}
		other.deliver(session.Yield{})
	}
	return nil
}
