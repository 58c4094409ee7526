package session

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Join makes the machine with which this node takes part in a session that a peer
// opens, under the id that RouteOf has found right. Its first input is the opening
// itself, as Received. A *wire.Error is the refusal to send.
//
// Machines that sign or prove something that is bound to the id compare it once more,
// for whoever makes them without RouteOf: what they give away is at stake, not only
// whom they talk to.
func Join(env Env, load func(wire.KeyID) (*State, error), from wire.NodeID, id wire.SessionID, opening wire.Opening) (Machine, error) {
	if !slices.Contains(env.Set, env.Self.ID()) {
		return nil, wire.Errorf(wire.NotMember, "this node is no key server of the cluster")
	}
	if !slices.Contains(env.Set, from) {
		return nil, wire.Errorf(wire.NotMember, "%s is no key server of the cluster", from.Short())
	}
	switch m := opening.(type) { // about many keys, or none
	case *wire.Holdings:
		return JoinHoldings(load, from, id, m), nil
	case *wire.Deal:
		return JoinItems(env, from, id), nil
	}
	state, err := load(opening.Subject())
	if err != nil {
		return nil, fmt.Errorf("joining a session: %w", err)
	}
	if who := claimant(&env, opening); who != nil {
		enter := func() (Machine, error) {
			state, err := load(opening.Subject())
			if err != nil {
				return nil, err
			}
			return join(env, state, from, id, opening)
		}
		return &Admission{env: env, from: from, id: id, who: who, key: opening.Subject(), enter: enter}, nil
	}
	return join(env, state, from, id, opening)
}

func join(env Env, state *State, from wire.NodeID, id wire.SessionID, opening wire.Opening) (Machine, error) {
	switch m := opening.(type) {
	case *wire.Init:
		return JoinGeneration(env, state, from, id, m), nil
	case *wire.LookUp:
		return JoinLookup(env, state, from, id), nil
	case *wire.Poll:
		return JoinPoll(env, state, from, id), nil
	case *wire.Store, *wire.StoreCertificate:
		return JoinStoring(env, state, from, id), nil
	case *wire.Retrieve:
		return JoinRetrieval(env, state, from, id), nil
	case *wire.Sign:
		return JoinSigning(env, state, from, id), nil
	case *wire.RetrieveMany:
		return JoinBatch(env, from, id), nil
	case *wire.Explain:
		return JoinExplaining(state, from, id), nil
	}
	return nil, wire.Errorf(wire.Unsupported, "session opened by message %#x", opening.Code())
}

// Operation names what an opening is about, for logs and metrics.
func Operation(opening wire.Opening) string {
	switch opening.(type) {
	case *wire.LookUp:
		return "lookup"
	case *wire.Poll:
		return "resolve"
	case *wire.Store, *wire.StoreCertificate:
		return "store"
	case *wire.Retrieve, *wire.RetrieveMany:
		return "retrieve"
	case *wire.Sign:
		return "sign"
	case *wire.Deal:
		return "deal"
	case *wire.Explain:
		return "explain"
	case *wire.Holdings:
		return "holdings"
	}
	return "generate"
}

// CanBeEarly tells whether a message may honestly come before the one that opens its
// session: those that generation's members send each other, whose links are not in
// step. All other sessions are of two nodes, whose messages keep their order.
func CanBeEarly(m wire.Message) bool {
	_, opens := m.(wire.Opening)
	code := m.Code()
	return !opens && (code >= wire.CodeCertify && code < wire.CodePoll || code >= wire.CodeInit && code <= wire.CodeEvidence)
}

// MakeRoom says what becomes of this node's sessions when a peer opens another one.
// Only generations of one key id get into each other's way: the newer one of the same
// initiator goes first; else the one that has promised; else the smaller session id. The
// machines that have to step aside are to be given a Yield to from before the new one is made;
// an error is the refusal to send, also to a poll about an attempt that is under way.
func MakeRoom(live []Machine, from wire.NodeID, id wire.SessionID, opening wire.Opening) (aside []Machine, err error) {
	if poll, ok := opening.(*wire.Poll); ok {
		return nil, undisturbed(live, from, poll)
	}
	init, ok := opening.(*wire.Init)
	if !ok {
		return nil, nil
	}
	for _, m := range live {
		g, ok := behind(m).(interface {
			Key() wire.KeyID
			Promised() bool
		})
		if !ok || g.Key() != init.Setup.Key {
			continue
		}
		if initiator, ok := g.(*Generation); ok && initiator.stage == pausing {
			continue // stands back already
		}
		member, ok := g.(*Membership)
		if ok && member.run != nil && member.run.phase == certified {
			continue // only helps others
		}
		sibling, held := ok && member.initiator == from, m.ID()
		if !sibling && (g.Promised() || bytes.Compare(id[:], held[:]) > 0) {
			return nil, wire.Errorf(wire.Busy, "another generation for this key id is under way; retry")
		}
		aside = append(aside, m)
	}
	return aside, nil
}

// undisturbed refuses to vote on an attempt while it is under way here, unless its
// initiator itself has given it up. What is under way ends soon.
func undisturbed(live []Machine, from wire.NodeID, poll *wire.Poll) error {
	attempt := poll.Setup.Session()
	for _, m := range live {
		busy := false
		switch m := behind(m).(type) {
		case *Generation:
			busy = m.sid == attempt && m.run != nil && m.run.phase < certified
		case *Membership:
			busy = m.sid == attempt && m.run != nil && m.run.phase < certified && m.initiator != from
		}
		if busy && poll.Ask != nil {
			return wire.Errorf(wire.Busy, "this attempt is still under way; retry")
		}
	}
	return nil
}
