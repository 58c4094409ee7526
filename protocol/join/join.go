// Package join is how a node comes to take part in a session that another one opens: which machine answers which opening
// (Machine), under which id (RouteOf), who has to be confirmed by the own chain before (Admission), and which of this
// node's own sessions have to make room (MakeRoom). A new kind of session has its rows in openings, and its machines in the
// room of its family.
//
// It does not know what machines do, and begins no session. It is the one package below service that imports the rooms of
// all families.
//
// A machine is made only for a key server of the newest set, or, where keys are used, dealt anew or told of, of any set
// that this node knows (and about server sets for whoever sends it, since nodes come and go between them), only under the
// id that is the hash of its opening, and, where a session changes something, only after the own chain has confirmed who
// asks for it. An opening without a row ends the program at start.
package join

import (
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Machine makes the machine with which this node takes part in a session that a peer
// opens, under the id that RouteOf has found right. Its first input is the opening
// itself, as Received. A *wire.Error is the refusal to send.
//
// Machines that sign or prove something that is bound to the id compare it once more,
// for whoever makes them without RouteOf: what they give away is at stake, not only
// whom they talk to.
func Machine(env session.Env, lend items.Lender, load func(wire.KeyID) (*session.State, error), from wire.NodeID, id wire.SessionID, opening wire.Opening) (session.Machine, error) {
	if openings.betweenSets(opening) {
		return openings.machine(env, lend, load, from, id, opening)
	}
	member := env.Member
	if openings[opening.Code()].anySet {
		member = env.Known
	}
	if !env.Known(env.Self.ID()) { // who has left still holds shares, until they are moved
		return nil, wire.Errorf(wire.NotMember, "this node is not a key server of the cluster")
	}
	if !member(from) {
		return nil, wire.Errorf(wire.NotMember, "%s is not a key server of the cluster", from.Short())
	}
	return openings.machine(env, lend, load, from, id, opening)
}

// betweenSets tells whether an opening is for nodes that need not be members of one set: its machine looks itself at who they are.
func (t table) betweenSets(opening wire.Opening) bool { return t[opening.Code()].about == serverSets }

func (t table) machine(env session.Env, lend items.Lender, load func(wire.KeyID) (*session.State, error), from wire.NodeID, id wire.SessionID, opening wire.Opening) (session.Machine, error) {
	r, ok := t[opening.Code()]
	if !ok {
		return nil, wire.Errorf(wire.Unsupported, "session opened by message %#x", opening.Code())
	}
	j := &joiner{env: env, lend: lend, load: load, from: from, id: id}
	if r.about != oneKey {
		return r.machine(j, opening), nil
	}
	if err := j.read(opening.Subject()); err != nil {
		return nil, fmt.Errorf("joining a session: %w", err)
	}
	if who := r.whom(&env, opening); who != nil {
		enter := func() (session.Machine, error) {
			if err := j.read(opening.Subject()); err != nil {
				return nil, err
			}
			return r.machine(j, opening), nil
		}
		return newAdmission(from, id, who, opening.Subject(), enter), nil
	}
	return r.machine(j, opening), nil
}

// CanBeEarly tells whether a message may honestly come before the one that opens its
// session: those that generation's members send each other, whose links are not in
// step. All other sessions are of two nodes, whose messages keep their order.
func CanBeEarly(m wire.Message) bool {
	_, opens := m.(wire.Opening)
	return !opens && slices.ContainsFunc(wire.KindsOf(m), func(k wire.Kind) bool { return k.Links == wire.Mesh })
}

// MakeRoom says what becomes of this node's sessions when a peer opens another one.
// Only generations of one key id get into each other's way: the newer one of the same
// initiator goes first; else the one that has promised; else the smaller session id, and of
// redistributions that of the initiator whose turn it is (session.Env.GoesFirst). The
// machines that have to step aside are to be given a Yield to from before the new one is made;
// an error is the refusal to send, also to a poll about an attempt that is under way.
func MakeRoom(live []session.Machine, from wire.NodeID, id wire.SessionID, opening wire.Opening) (aside []session.Machine, err error) {
	return openings.makeRoom(live, from, id, opening)
}

// TakesRoom tells whether MakeRoom has anything to say about an opening.
func TakesRoom(opening wire.Opening) bool { return openings[opening.Code()].room != nil }

func (t table) makeRoom(live []session.Machine, from wire.NodeID, id wire.SessionID, opening wire.Opening) (aside []session.Machine, err error) {
	if r, ok := t[opening.Code()]; ok && r.room != nil {
		return r.room(live, from, id, opening)
	}
	return nil, nil
}

// roomToGenerate is MakeRoom for a generation.
func roomToGenerate(live []session.Machine, from wire.NodeID, id wire.SessionID, init *wire.Init) ([]session.Machine, error) {
	return roomFor(live, from, id, init.Setup.Key)
}

// roomToMove is MakeRoom for a redistribution. A key is not generated while it is dealt anew.
func roomToMove(live []session.Machine, from wire.NodeID, id wire.SessionID, m *wire.Redistribute) ([]session.Machine, error) {
	return roomFor(live, from, id, m.Setup.Key)
}

func roomFor(live []session.Machine, from wire.NodeID, id wire.SessionID, key wire.KeyID) (aside []session.Machine, err error) {
	for _, m := range live {
		g, ok := behind(m).(generating)
		if !ok || g.Key() != key || !g.InTheWay() {
			continue
		}
		if !g.YieldsTo(from, id) {
			return nil, wire.Errorf(wire.Busy, "another generation for this key id is under way; retry")
		}
		aside = append(aside, m)
	}
	return aside, nil
}

// generating are the machines that make a key, on both sides.
type generating interface {
	Key() wire.KeyID
	InTheWay() bool
	YieldsTo(from wire.NodeID, id wire.SessionID) bool
	UnderWay(attempt wire.SessionID, asking wire.NodeID) bool
}

// undisturbed refuses to vote on an attempt while it is under way here, unless its
// initiator itself has given it up. What is under way ends soon.
func undisturbed(live []session.Machine, from wire.NodeID, _ wire.SessionID, poll *wire.Poll) ([]session.Machine, error) {
	attempt := poll.Setup.Session()
	for _, m := range live {
		if g, ok := behind(m).(generating); ok && poll.Ask != nil && g.UnderWay(attempt, from) {
			return nil, wire.Errorf(wire.Busy, "this attempt is still under way; retry")
		}
	}
	return nil, nil
}

// deciding are the machines that decide a server set, on both sides.
type deciding interface {
	UnderWay(attempt wire.SessionID, asking wire.NodeID) bool
}

// undecided is undisturbed for an attempt at a server set. What administrators cancel does not wait for it.
func undecided(live []session.Machine, from wire.NodeID, _ wire.SessionID, poll *wire.SetPoll) ([]session.Machine, error) {
	if poll.Ask == nil || poll.Cancel != nil {
		return nil, nil
	}
	attempt := poll.Attempt.ID()
	for _, m := range live {
		if d, ok := m.(deciding); ok && d.UnderWay(attempt, from) {
			return nil, wire.Errorf(wire.Busy, "this attempt is still under way; retry")
		}
	}
	return nil, nil
}
