package generation

import (
	"maps"
	"slices"
	"strings"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// moving is what the coordinator of a redistribution has beside a generation's: the sharing that is dealt anew, and who
// can't deal it. A redistribution is an attempt at a key in another slot; all else is the same.
type moving struct {
	slot    wire.Slot
	cause   *wire.RoundCause       // of the round; nil: the key comes into the set, or the interval has passed
	set     *wire.ServerSet        // into which it goes: the newest
	parent  *wire.KeyRecord        // what is dealt anew
	unable  map[wire.NodeID]bool   // which holders of the parent can't deal; they may be members
	why     []string               // they can't, for people: who and why
	waivers map[uint32]wire.Waiver // of this attempt, by the holder's index
	silent  map[wire.NodeID]bool   // holders that will not waive for this attempt
	waited  int                    // ticks that the attempt has waited for waivers alone
}

// NewMove begins to deal the current sharing of a key anew, to the members of the newest set that are connected, in a round:
// 0 brings the key into that set, a later one is the number of a final block. state is what the node knows of the key. It
// fails at once with KeyNotFound, with KeyExists if a sharing of this slot or a later one is certified, and with NotMember,
// Threshold or Disconnected.
func NewMove(env session.Env, state *session.State, key wire.KeyID, round uint64) (*Coordinator, error) {
	return NewRound(env, state, key, round, nil)
}

// NewRound is NewMove in a round that has a cause beside the set's interval.
func NewRound(env session.Env, state *session.State, key wire.KeyID, round uint64, cause *wire.RoundCause) (*Coordinator, error) {
	if env.Sets == nil || !env.Member(env.Self.ID()) {
		return nil, wire.Errorf(wire.NotMember, "this node is not in the key server set and can't deal a key anew")
	}
	if state.Record == nil || !state.Record.Confirmed() {
		return nil, wire.Errorf(wire.KeyNotFound, "key %v is not known to be confirmed", key)
	}
	m := &moving{set: env.Sets.Newest(), cause: cause, unable: make(map[wire.NodeID]bool)}
	m.slot = wire.Slot{Epoch: m.set.Epoch, Round: round}
	view, err := state.In(m.slot)
	if err != nil {
		return nil, wire.Errorf(wire.Database, "%v", err)
	}
	if view.Parent == nil || view.Record != nil && view.Record.Confirmed() {
		return nil, wire.Errorf(wire.KeyExists, "key %v has been dealt anew already", key)
	}
	m.parent = view.Parent
	p := &m.parent.Setup
	g := newCoordinator(env, view, key, max(p.Made(), m.set.Floor), p.Proof)
	g.move = m
	switch {
	case int64(g.threshold) >= int64(len(env.Set)):
		return nil, wire.Errorf(wire.Threshold, "threshold %d needs more than %d key servers", g.threshold, len(env.Set))
	case len(g.members()) < g.majority():
		return nil, wire.Errorf(wire.Disconnected, "%d of the %d key servers needed are connected%s", len(g.members()), g.majority(), session.OlderNote(&env))
	}
	if err := g.propose(); err != nil {
		return nil, err
	}
	return g, nil
}

// holders are those of the parent that can be reached, this node first, the most responsive first.
func (g *Coordinator) holders() (nodes []wire.NodeID) {
	for _, node := range append([]wire.NodeID{g.env.Self.ID()}, g.env.Connected...) {
		if g.move.parent.Setup.Index(node) != 0 && !g.dropped[node] && g.env.Deals(node) && !slices.Contains(nodes, node) {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// proposeMove adds what only a redistribution's set-up has: t+1 holders deal, of those that can be reached.
func (g *Coordinator) proposeMove(s *wire.Setup) error {
	p := &g.move.parent.Setup
	g.move.waivers, g.move.silent, g.move.waited = make(map[uint32]wire.Waiver), make(map[wire.NodeID]bool), 0
	ref := g.move.set.Ref()
	s.Set = &ref
	s.Move = &wire.Move{Round: g.move.slot.Round, Origin: p.Origin(), Parent: p.Session(), Made: p.Made(), Public: g.move.parent.Public()}
	need := int(p.Threshold) + 1
	for _, node := range g.holders() {
		if g.move.unable[node] || node == g.env.Self.ID() && g.state.ParentShare == nil || len(s.Move.Dealers) == need {
			continue
		}
		d := wire.Dealer{Node: node, Index: p.Index(node)}
		share, err := verify.PublicShare(g.move.parent, d.Index)
		if err != nil {
			return err
		}
		d.Share = share.Bytes()
		s.Move.Dealers = append(s.Move.Dealers, d)
	}
	if have := len(s.Move.Dealers); have < need {
		return wire.Errorf(wire.Disconnected, "%d of the %d holders needed to deal key %v anew can be reached and have their shares%s%s", have, need, g.key, g.move.whyNot(), session.OlderNote(&g.env))
	}
	slices.SortFunc(s.Move.Dealers, func(a, b wire.Dealer) int { return int(a.Index) - int(b.Index) })
	return nil
}

// whyNot says which holders can't deal, and why: a clause for the end of an error text; empty if all can.
func (m *moving) whyNot() string {
	if len(m.why) == 0 {
		return ""
	}
	return "; " + strings.Join(m.why, "; ")
}

// witnesses are the reachable holders of the parent that are no parties.
func (g *Coordinator) witnesses(parties []wire.NodeID) (nodes []wire.NodeID) {
	for _, node := range g.holders() {
		if !slices.Contains(parties, node) {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// spare goes on without a dealer's dealing, or a witness, that refuses: it may still be a member.
func (g *Coordinator) spare(from wire.NodeID, why *wire.Error) bool {
	if g.stage != running {
		return false
	}
	switch deals := slices.Contains(g.run.dealers, from); {
	case !slices.Contains(g.run.parties, from):
		g.dropped[from] = true
		return true
	case why.Reason == wire.Unavailable && deals && g.run.phase < certifying:
		g.move.unable[from], g.refusal = true, wire.Errorf(why.Reason, "%s: %s", from.Short(), why.Detail)
		g.move.why = append(g.move.why, g.refusal.Detail)
		g.again()
		return true
	}
	return false
}

// current tells whether the parent is still what is to be dealt anew. If not, the redistribution has ended.
func (g *Coordinator) current() bool {
	g.reload()
	switch r := g.state.Record; {
	case r != nil && r.Confirmed():
		g.conclude(r)
		return false
	case g.state.Parent == nil || g.state.Parent.Version() != g.move.parent.Version():
		g.end(errNewer)
		return false
	}
	return true
}

// otherSlot takes in a sharing of another slot: one that is later than the parent ends the redistribution.
func (g *Coordinator) otherSlot(from wire.NodeID, record *wire.KeyRecord) {
	if err := g.state.Accept(&g.env, record); err != nil {
		g.refute(from, "holds another sharing of this key", err, wire.NotMember)
		return
	}
	if !record.Confirmed() || record.Setup.Slot().Compare(g.move.parent.Setup.Slot()) <= 0 || g.env.Load == nil {
		g.drop(from, wire.Errorf(wire.Busy, "%s holds another sharing of this key", from.Short()))
		return
	}
	state, err := g.env.Load(g.key)
	if err != nil {
		g.fail(wire.Database, "%v", err)
		return
	}
	batch, err := session.Activate(state, record)
	if err != nil {
		g.fail(wire.ReasonOf(err), "%v", err)
		return
	}
	g.out.Save = append(g.out.Save, batch...)
	g.broadcast(&wire.Adopt{Record: *record})
	g.record = record
	if record.Setup.Slot().Compare(g.move.slot) > 0 {
		g.end(nil)
		return
	}
	g.end(errNewer)
}

// waive begins to gather waivers for the attempt, with this node's own.
func (g *Coordinator) waive() {
	m := g.move
	if m.parent.Setup.Index(g.env.Self.ID()) == 0 {
		return
	}
	m.silent[g.env.Self.ID()] = true
	if g.env.Load == nil || verify.Inherited(m.parent).Kind != wire.PairNone {
		return
	}
	state, err := g.env.Load(g.key)
	if err != nil {
		return
	}
	if waiver, batch := state.Waive(&g.env, g.setup); waiver != nil {
		m.waivers[waiver.Index] = *waiver
		g.out.Save = append(g.out.Save, batch...)
	}
}

// waived takes a holder's waiver. It is believed by its signature.
func (g *Coordinator) waived(from wire.NodeID, w *wire.Waiver) {
	m := g.move
	if m == nil || w.Index == 0 || m.parent.Setup.Index(from) != w.Index {
		return
	}
	if !from.Signed(wire.WaiverDigest(g.sid, w.Pair), &w.Signature) {
		g.out.Faults = append(g.out.Faults, session.Blame(from, "waived with a false signature")...)
		return
	}
	if _, known := m.waivers[w.Index]; !known {
		m.waivers[w.Index] = *w
	}
}

// wholly tells whether nobody need be waited for to waive.
func (g *Coordinator) wholly() bool {
	if g.move.waited >= answerTimeout {
		return true
	}
	for _, node := range g.holders() {
		if _, said := g.move.waivers[g.move.parent.Setup.Index(node)]; !said && !g.move.silent[node] && slices.Contains(g.asked, node) {
			return false
		}
	}
	return true
}

// pair is what can be said of the document key by now.
func (g *Coordinator) pair() *wire.PairSettled {
	m := g.move
	if d := g.state.Document; d != nil && d.Version == m.parent.Version() { // no waiver can say otherwise
		return &wire.PairSettled{State: wire.PairState{Kind: wire.PairKept, Pair: d.PairHash(g.env.Cluster)}, Document: d}
	}
	if inherited := verify.Inherited(m.parent); inherited.Kind != wire.PairNone {
		return &wire.PairSettled{State: inherited}
	}
	var waivers []wire.Waiver
	for _, index := range slices.Sorted(maps.Keys(m.waivers)) {
		waivers = append(waivers, m.waivers[index])
	}
	p := &wire.PairSettled{State: verify.Pair(m.parent, waivers)}
	p.State.Waivers = waivers
	return p
}

// settlePair says what the certificate will say of the document key, once all dealings are there, and so many waivers
// that it is known, or nobody is left who could give one.
func (g *Coordinator) settlePair() {
	r := g.run
	if r.settled != nil || r.phase != revealing || slices.Contains(r.reveals, nil) || len(r.guilty) > 0 {
		return
	}
	p := g.pair()
	if p.State.Kind == wire.PairClosed && verify.Inherited(g.move.parent).Kind == wire.PairNone && !g.wholly() {
		return
	}
	for _, to := range g.setup.Members {
		r.send(to, p)
	}
	r.settle(&p.State)
}
