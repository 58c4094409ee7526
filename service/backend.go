package service

import (
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// backend is the peers' door: a protocol.Backend. What a member opens here it answers with a machine of its own.
type backend struct {
	*driver
	shareCheck *shareCheck // the operator's; told when a node is back
	succession *succession // likewise
	lacks      *lacks      // told of keys that others have

	rivals [16]sync.Mutex // by key: one is held while a peer's session is let in that others may have to make room for
}

func (b *backend) Cluster() wire.ClusterID { return b.cluster }

func (b *backend) Genesis() common.Hash { return b.genesis }

// Member is true of nobody before the key server runs: devp2p takes connections before, and who were greeted then would ask, and wait for
// answers that don't come.
func (b *backend) Member(node wire.NodeID) bool { return b.begun.Load() && b.servers.Hears(node) }

func (b *backend) PeerUp(node wire.NodeID) {
	b.flaps.say(node, true)("Secret store peer connected", "peer", node.Short(), "connected", len(b.network.Connected()), "servers", len(b.servers.Members())-1)
	b.differences.forget(node)
	b.shareCheck.again() // it may have lost shares while it was away
	b.succession.came()
}

func (b *backend) PeerDown(node wire.NodeID, reason string) {
	b.flaps.say(node, false)("Secret store peer lost", "peer", node.Short(), "reason", reason)
	peersLost.Inc(1)
	b.vault.use(func(v *items.Vault) { v.Forget(node) })
	b.sessions.lost(node)
}

// Handle takes a member's message. It never blocks: the work is done by the
// session's own goroutine.
func (b *backend) Handle(from wire.NodeID, id wire.SessionID, msg wire.Message) {
	in := session.Received{From: from, Session: id, Msg: msg}
	if opening, opens := msg.(wire.Opening); opens {
		b.opened(in, opening)
	} else if r := b.sessions.find(in); r != nil {
		r.deliver(in)
	}
}

// opened takes a message that opens a session, or that goes to a session that its sender has opened before.
func (b *backend) opened(in session.Received, opening wire.Opening) {
	kind := wire.KindOf(opening)
	at, wrong := join.RouteOf(b.cluster, in, opening)
	if wrong != nil {
		b.blame(kind, opening.Subject(), *wrong)
		b.refuse(in.From, in.Session, wrong.Refusal())
		return
	}
	r := b.newRunner(kind, opening.Subject(), in.From)
	r.items = itemsOf(opening)
	present, err := b.sessions.open(at, r, b.mayOpen)
	switch {
	case present != nil:
		present.deliver(in)
	case err != nil:
		b.refuse(in.From, in.Session, err)
	default:
		b.kept(in.From, opening)
		if !b.spawn(func() { b.join(r, in, opening) }) {
			b.sessions.remove(r)
		}
	}
}

func (b *backend) refuse(to wire.NodeID, id wire.SessionID, err error) {
	if err := b.network.Send(to, id, wire.RefuseWith(err)); err != nil {
		log.Debug("Secret store refusal not sent", "to", to.Short(), "err", err)
	}
}

// mayOpen bounds what a member begins here, whatever its own door lets through.
func (b *backend) mayOpen(r *runner) error {
	switch r.kind.Cost {
	case wire.CostsNothing, wire.CostsQuestion: // what a question costs is taken when it is joined
		return nil
	case wire.CostsCredit:
		return b.charge(r)
	case wire.CostsGeneration:
		return b.chargeGeneration(r)
	}
	panic(fmt.Sprintf("service: internal error: what does a session %q cost?", r.kind))
}

// chargeGeneration takes one of the generations that a peer may begin in a minute.
func (b *backend) chargeGeneration(r *runner) error {
	if wait := b.limits.peerGenerations.Take(r.peer); wait > 0 {
		limited.Inc(1)
		return &limits.Exceeded{Detail: "too many key generations of one key server", RetryAfter: wait}
	}
	return nil
}

// join takes part in a session that a peer opened.
func (b *backend) join(r *runner, in session.Received, opening wire.Opening) {
	if r.kind.ForClients() {
		b.limits.serves()
	}
	release, err := b.limits.steps.Take(b.ctx, r.peer, lifetime)
	var m session.Machine
	if err == nil {
		m, err = b.joinMachine(r, in, opening)
		release()
	}
	if err != nil {
		b.refuse(in.From, in.Session, err)
		r.err, r.id = err, in.Session
		r.notice(nil, session.Effects{Err: err})
		r.end()
		return
	}
	r.run(b.ctx, m, in)
}

func (b *backend) joinMachine(r *runner, in session.Received, opening wire.Opening) (session.Machine, error) {
	if !b.isRunning() { // not all machines are made with what recall gives
		return nil, errNotRunning
	}
	if r.kind.Cost == wire.CostsGeneration {
		if err := b.roomFor(r.key); err != nil {
			return nil, err
		}
	}
	if join.TakesRoom(opening) {
		// One after another: each must see the machine of the one before.
		lock := &b.rivals[int(r.key[0])%len(b.rivals)]
		lock.Lock()
		defer lock.Unlock()
		if err := b.makeRoom(r, in, opening); err != nil {
			return nil, err
		}
	}
	if r.kind.Cost == wire.CostsQuestion {
		if err := b.questions.of(in.From); err != nil {
			return nil, err
		}
	}
	if m, asks := opening.(*wire.Holdings); asks {
		b.lacks.hear(m.Keys)
	}
	load := b.recall
	if r.kind.Class == wire.Asks {
		load = b.states.read // what is told is what is on the disk
	}
	m, err := join.Machine(b.env(), b.vault.use, load, in.From, in.Session, opening)
	if err == nil {
		r.setMachine(m)
	}
	return m, err
}

// makeRoom settles which generation or redistribution of one key goes on here, and whether there is a vote on a server set now. Those that step aside
// have done so when it returns.
func (b *backend) makeRoom(r *runner, in session.Received, opening wire.Opening) error {
	owner := make(map[session.Machine]*runner)
	var live []session.Machine
	for _, other := range b.sessions.rivals(r) {
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
