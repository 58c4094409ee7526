package generation

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a generation does about attempts for the same key id that stand in the way: a
// member has signed for one, or holds its certificate, and does not know its end. Each is
// decided by its ballots (package ballot) before the next attempt begins.

// report tells whether a node may bring this attempt up. One who brings up attempts
// without end, or one that a majority has abandoned, is left out.
func (g *Coordinator) report(from wire.NodeID, attempt wire.SessionID) bool {
	rests := slices.ContainsFunc(g.resting, func(a wire.Abandonment) bool { return a.Session == attempt })
	known := slices.ContainsFunc(g.earlier, func(q *polling) bool { return q.sid == attempt })
	if known || attempt == g.sid {
		return known
	}
	if g.reports[from]++; rests || g.reports[from] > maxReports || len(g.resting)+len(g.earlier) >= wire.MaxAbandonments {
		g.drop(from, wire.Errorf(wire.Cheated, "%s keeps bringing up earlier attempts", from.Short()))
		return false
	}
	return true
}

// note remembers an attempt whose set-up has been checked, with its certificate, if there
// is one that has been verified.
func (g *Coordinator) note(setup *wire.Setup, certificate *wire.KeyRecord) {
	for _, q := range g.earlier {
		if q.sid == setup.Session() {
			if certificate != nil {
				q.learn(certificate)
			}
			return
		}
	}
	g.earlier = append(g.earlier, newPolling(&g.env, g.state, setup, certificate))
}

// resolve turns from the attempt to the earlier ones.
func (g *Coordinator) resolve() {
	if g.stage == running && g.run.phase < certifying {
		g.out.Add(g.run.take())
		g.stage, g.waited = resolving, 0
		g.letGo()
	}
}

// conflicting handles a node's word that it has signed for another attempt.
func (g *Coordinator) conflicting(from wire.NodeID, setup *wire.Setup) {
	err := session.CheckAttempt(&g.env, setup)
	if err == nil && (setup.Key != g.key || setup.Index(from) == 0 || setup.Slot() != g.state.Slot()) {
		err = wire.Errorf(wire.InvalidMessage, "it can't have signed for that")
	}
	if err != nil {
		g.refute(from, "brings up an attempt that is not decided", err, wire.NotMember)
		return
	}
	g.answered[from] = true
	if g.report(from, setup.Session()) {
		g.note(setup, nil)
		g.resolve()
	}
}

// refute goes on without a node of which a message could not be used. differs is the reason if it
// is not to blame.
func (g *Coordinator) refute(from wire.NodeID, what string, err error, differs wire.Reason) {
	g.out.Add(session.BlameOrDiffer(from, what, err))
	reason := wire.Cheated
	if session.Differs(err) {
		reason = differs
	}
	g.drop(from, wire.Errorf(reason, "%s %s: %s", from.Short(), what, session.DetailOf(err)))
}

// offered handles a certificate.
func (g *Coordinator) offered(from wire.NodeID, record *wire.KeyRecord) {
	version := record.Version()
	if record.Setup.Key != g.key {
		g.out.Faults = append(g.out.Faults, session.Blame(from, "passed on the record of another key")...)
		return
	}
	if g.run != nil && version == g.sid {
		g.run.adopt(from, record)
		return
	}
	if g.move != nil && record.Setup.Slot() != g.state.Slot() {
		g.otherSlot(from, record)
		return
	}
	if err := g.state.Accept(&g.env, record); err != nil {
		reason := wire.NotMember
		if record.Confirmed() {
			reason = wire.KeyExists
		}
		g.refute(from, "holds another key of this id", err, reason)
		return
	}
	if record.Confirmed() {
		g.adopt(record)
	} else if g.report(from, version) {
		g.note(&record.Setup, record)
		g.resolve()
	}
}

// adopt takes a confirmed key over, which ends the generation.
func (g *Coordinator) adopt(record *wire.KeyRecord) {
	batch, err := session.Activate(g.state, record)
	if err != nil {
		g.fail(wire.ReasonOf(err), "%v", err)
		return
	}
	g.out.Save = append(g.out.Save, batch...)
	g.broadcast(&wire.Adopt{Record: *record})
	g.conclude(record)
}

// conclude ends with a confirmed key. It counts as success if that was made in an attempt
// of this very request, and of a redistribution whoever made it.
func (g *Coordinator) conclude(record *wire.KeyRecord) {
	g.record = record
	if slices.Contains(g.mine, record.Version()) || g.move != nil {
		g.end(nil)
		return
	}
	g.end(wire.Errorf(wire.KeyExists, "key %v", g.key))
}

// reload has the machine know what other sessions have made durable meanwhile.
func (g *Coordinator) reload() {
	if g.env.Load == nil {
		return
	}
	fresh, err := g.env.Load(g.key)
	if err == nil && g.move != nil {
		fresh, err = fresh.In(g.state.Slot())
	}
	if err == nil {
		*g.state = *fresh
	}
}

// poll begins to poll the servers about what stands in the way, when all have said what does.
func (g *Coordinator) poll() {
	if g.waited < answerTimeout && !g.allAnswered() {
		return
	}
	g.waited = answerTimeout
	for _, q := range g.earlier {
		if !q.begun {
			q.ask(nil)
		}
	}
}

// resolved looks whether the earlier attempts have been decided. A completed one is the
// key; when all are abandoned the way is free.
func (g *Coordinator) resolved() {
	g.poll()
	free := g.waited >= answerTimeout
	for _, q := range g.earlier {
		g.out.Add(q.take())
		switch {
		case q.key != nil:
			q.spread()
			g.out.Add(q.take())
			g.adopt(q.key)
			return
		case q.failed != nil && q.failed.Reason == wire.Busy:
			g.pause()
			return
		case q.failed != nil:
			g.fail(q.failed.Reason, "%s", q.failed.Detail)
			return
		}
		free = free && q.final != nil
	}
	if free {
		g.lay()
	}
}

// lay lays the abandoned attempts to rest and begins again.
func (g *Coordinator) lay() {
	for _, q := range g.earlier {
		g.resting = append(g.resting, *q.final)
		g.out.Save = append(g.out.Save, g.state.Abandon(g.key, q.final, q.majority)...)
	}
	g.again()
}

// allAnswered tells whether nobody need be waited for: every member has said something
// to the Init, or never will.
func (g *Coordinator) allAnswered() bool {
	for _, m := range g.setup.Members {
		if _, ok := g.answered[m]; !ok && m != g.env.Self.ID() {
			return false
		}
	}
	return true
}
