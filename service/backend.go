package service

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// network is Service as the devp2p subprotocol sees it: a protocol.Backend.
type network Service

func (n *network) Cluster() wire.ClusterID { return n.cluster }

func (n *network) Genesis() common.Hash { return n.genesis }

func (n *network) Member(node wire.NodeID) bool { return n.set.Contains(node) }

func (n *network) PeerUp(node wire.NodeID) {
	n.flaps.say(node, true)("Secret store peer connected", "peer", node.Short(), "connected", len(n.network.Connected()), "servers", len(n.set.Members())-1)
	n.differences.forget(node)
	n.survey.again() // it may have lost shares while it was away
}

func (n *network) PeerDown(node wire.NodeID, reason string) {
	n.flaps.say(node, false)("Secret store peer lost", "peer", node.Short(), "reason", reason)
	peersLost.Inc(1)
	n.vault.use(func(v *session.Vault) { v.Forget(node) })
	n.sessions.lost(node)
}

// Handle takes a member's message. It never blocks: the work is done by the
// session's own goroutine.
func (n *network) Handle(from wire.NodeID, id wire.SessionID, msg wire.Message) {
	s := (*Service)(n)
	in := session.Received{From: from, Session: id, Msg: msg}
	if opening, opens := msg.(wire.Opening); opens {
		s.opened(in, opening)
	} else if r := s.sessions.find(in); r != nil {
		r.deliver(in)
	}
}

// opened takes a message that opens a session, or that goes to a session that its sender has opened before.
func (s *Service) opened(in session.Received, opening wire.Opening) {
	kind := wire.KindOf(opening)
	at, wrong := join.RouteOf(s.cluster, in, opening)
	if wrong != nil {
		s.blame(kind, opening.Subject(), *wrong)
		s.refuse(in.From, in.Session, wrong.Refusal())
		return
	}
	r := s.newRunner(kind, opening.Subject(), in.From)
	r.items = itemsOf(opening)
	present, err := s.sessions.open(at, r, s.mayOpen)
	switch {
	case present != nil:
		present.deliver(in)
	case err != nil:
		s.refuse(in.From, in.Session, err)
	default:
		s.kept(in.From, opening)
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

// mayOpen bounds what a member begins here, whatever its own door lets through.
func (s *Service) mayOpen(r *runner) error {
	switch r.kind.Cost {
	case wire.CostsNothing, wire.CostsQuestion: // what a question costs is taken when it is joined
		return nil
	case wire.CostsCredit:
		return s.charge(r)
	case wire.CostsGeneration:
		return s.chargeGeneration(r)
	}
	panic(fmt.Sprintf("service: internal error: what does a session %q cost?", r.kind))
}

// chargeGeneration takes one of the generations that a peer may begin in a minute.
func (s *Service) chargeGeneration(r *runner) error {
	if wait := s.limits.peerGenerations.Take(r.peer); wait > 0 {
		limited.Inc(1)
		return &limits.Exceeded{Detail: "too many key generations of one key server", RetryAfter: wait}
	}
	return nil
}

// join takes part in a session that a peer opened.
func (s *Service) join(r *runner, in session.Received, opening wire.Opening) {
	release, err := s.limits.steps.Take(s.ctx, r.peer, lifetime)
	var m session.Machine
	if err == nil {
		m, err = s.joinMachine(r, in, opening)
		release()
	}
	if err != nil {
		s.refuse(in.From, in.Session, err)
		r.err, r.id = err, in.Session
		r.notice(nil, session.Effects{Err: err})
		r.end()
		return
	}
	r.run(s.ctx, m, in)
}

func (s *Service) joinMachine(r *runner, in session.Received, opening wire.Opening) (session.Machine, error) {
	if r.kind.Cost == wire.CostsGeneration {
		if err := s.roomFor(r.key); err != nil {
			return nil, err
		}
		// One after another: each must see the machine of the one before.
		s.generations.Lock()
		defer s.generations.Unlock()
		if err := s.makeRoom(r, in, opening); err != nil {
			return nil, err
		}
	}
	if r.kind.Cost == wire.CostsQuestion {
		if err := s.questions.of(in.From); err != nil {
			return nil, err
		}
	}
	load := s.recall
	if r.kind.Class == wire.Asks {
		load = s.states.read // what is told is what is on the disk
	}
	m, err := join.Machine(s.env(), load, in.From, in.Session, opening)
	if err == nil {
		r.setMachine(m)
	}
	return m, err
}

// makeRoom settles which generation of one key goes on here. Those that step aside
// have done so when it returns.
func (s *Service) makeRoom(r *runner, in session.Received, opening wire.Opening) error {
	owner := make(map[session.Machine]*runner)
	var live []session.Machine
	for _, other := range s.sessions.generating(r.key, r) {
		other.mu.Lock()
		defer other.mu.Unlock()
		if other.machine != nil {
			owner[other.machine] = other
			live = append(live, other.machine)
		}
	}
	aside, err := join.MakeRoom(live, in.From, in.Session, opening)
	if err != nil {
		return err
	}
	for _, m := range aside {
		if r := owner[m]; r.step(session.Yield{To: in.From}, func() {}) {
			r.deliver(session.Tick{}) // its loop is to notice the end
		}
	}
	return nil
}
