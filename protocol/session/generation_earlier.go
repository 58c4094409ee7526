package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// earlier is an attempt for the same key id that stands in the way: a member has
// promised itself to it, or holds its certificate. It is completed if anybody has the
// certificate, else abandoned; a quorum decides.
type earlier struct {
	sid       wire.SessionID
	record    *wire.KeyRecord // its certificate, with the acknowledgements so far; nil if none was seen
	abandoned []wire.NodeSign
	asked     bool // about what is known now
}

// settled tells whether it can never be confirmed.
func (e *earlier) settled(quorum int) bool { return len(e.abandoned) >= quorum }

// claim tells whether a node may bring this attempt up. One who brings up attempts
// without end, or one that a quorum has abandoned, is left out.
func (g *Generation) claim(from wire.NodeID, session wire.SessionID) bool {
	rests := slices.ContainsFunc(g.resting, func(a wire.Abandonment) bool { return a.Session == session })
	known := slices.ContainsFunc(g.earlier, func(e *earlier) bool { return e.sid == session })
	if known || session == g.sid {
		return known
	}
	if g.claims[from]++; rests || g.claims[from] > maxClaims || len(g.resting)+len(g.earlier) >= wire.MaxAbandonments {
		g.drop(from, wire.Errorf(wire.Cheated, "%s keeps bringing up earlier attempts", from.Short()))
		return false
	}
	return true
}

// note remembers an attempt.
func (g *Generation) note(session wire.SessionID) *earlier {
	for _, e := range g.earlier {
		if e.sid == session {
			return e
		}
	}
	e := &earlier{sid: session}
	g.earlier = append(g.earlier, e)
	return e
}

// noteRecord remembers an attempt with its certificate, which has been verified.
func (g *Generation) noteRecord(record *wire.KeyRecord) {
	e := g.note(record.Version())
	if e.record == nil {
		e.record, e.asked = record, false
		return
	}
	e.record = mergeAcks(e.record, record)
}

// resolve turns from the attempt to the earlier ones. The members that were free are
// kept waiting; they sign abandonments like the others.
func (g *Generation) resolve() {
	if g.stage == running && g.run.phase < certifying {
		g.out.Add(g.run.take())
		g.stage, g.waited, g.run = resolving, 0, nil
	}
}

// offered handles a certificate.
func (g *Generation) offered(from wire.NodeID, record *wire.KeyRecord) {
	version := record.Version()
	if record.Setup.Key != g.key {
		g.out.Faults = append(g.out.Faults, fault(from, "passed on the record of another key")...)
		return
	}
	if g.run != nil && version == g.sid {
		g.run.adopt(from, record)
		return
	}
	if err := VerifyRecord(g.env.Cluster, g.env.Set, record); err != nil {
		g.out.Faults = append(g.out.Faults, fault(from, err.Error())...)
		g.drop(from, wire.Errorf(wire.Cheated, "%s passed on a key record that does not hold", from.Short()))
		return
	}
	if record.Confirmed() {
		g.adopt(record)
	} else if g.claim(from, version) {
		g.noteRecord(record)
		g.resolve()
	}
}

// adopt ends with a confirmed key of an earlier attempt. It counts as success if that
// was an attempt of this very request.
func (g *Generation) adopt(record *wire.KeyRecord) {
	batch, err := Activate(g.state, record)
	if err != nil {
		g.fail(wire.ReasonOf(err), "%v", err)
		return
	}
	g.out.Save = append(g.out.Save, batch...)
	g.record = record
	g.broadcast(&wire.Adopt{Record: *record})
	if slices.Contains(g.mine, record.Version()) {
		g.end(nil)
		return
	}
	g.end(wire.Errorf(wire.KeyExists, "key %v", g.key))
}

// ask has everybody, this node first, complete or abandon what stands in the way. It
// asks to abandon only when a quorum is there to do so: half a quorum of abandonments,
// and a certificate elsewhere, could leave an id without a key for ever.
func (g *Generation) ask() {
	for _, e := range g.earlier {
		if e.asked {
			continue
		}
		if e.record == nil && g.without() < g.quorum() {
			continue
		}
		e.asked = true
		if e.record != nil {
			g.broadcast(&wire.Adopt{Record: *e.record})
			g.own(e, &wire.Adopt{Record: *e.record})
		} else {
			g.broadcast(&wire.Abandon{Session: e.sid})
			g.own(e, &wire.Abandon{Session: e.sid})
		}
	}
}

// own is this node's answer to its own question.
func (g *Generation) own(e *earlier, question wire.Message) {
	var batch []wire.Record
	var answer wire.Message
	if q, ok := question.(*wire.Adopt); ok {
		var err error
		if batch, answer, err = g.state.answerAdopt(&g.env, &q.Record); err != nil {
			return
		}
	} else {
		batch, answer = g.state.answerAbandon(&g.env, g.key, e.sid)
	}
	g.out.Save = append(g.out.Save, batch...)
	switch a := answer.(type) {
	case *wire.Abandoned:
		g.abandoned(g.env.Self.ID(), a)
	case *wire.Ack:
		g.acked(g.env.Self.ID(), a)
	}
}

// abandoned counts a node's word that it will not complete an attempt.
func (g *Generation) abandoned(from wire.NodeID, m *wire.Abandoned) {
	for _, e := range g.earlier {
		if e.sid != m.Session || slices.ContainsFunc(e.abandoned, func(s wire.NodeSign) bool { return s.Node == from }) {
			continue
		}
		if !verify(from, wire.AbandonDigest(g.env.Cluster, g.key, m.Session), &m.Signature) {
			g.out.Faults = append(g.out.Faults, fault(from, "abandoned an attempt with a false signature")...)
			return
		}
		e.abandoned = append(e.abandoned, wire.NodeSign{Node: from, Signature: m.Signature})
	}
}

// acked counts a member's word that it holds a certificate.
func (g *Generation) acked(from wire.NodeID, m *wire.Ack) {
	for _, e := range g.earlier {
		if e.sid != m.Session || e.record == nil || m.Index == 0 || e.record.Setup.Index(from) != m.Index {
			continue
		}
		if !verify(from, wire.AckDigest(m.Session, e.record.Transcript()), &m.Signature) {
			g.out.Faults = append(g.out.Faults, fault(from, "acknowledged with a false signature")...)
			return
		}
		e.record = withAck(e.record, m)
	}
}

// resolved looks whether the earlier attempts have been decided. A confirmed one is
// the key; when all the others are abandoned the way is free.
func (g *Generation) resolved() {
	if g.waited < answerTimeout && g.allAnswered() {
		g.waited = answerTimeout
	}
	if g.waited >= answerTimeout {
		g.ask()
	}
	free := true
	for _, e := range g.earlier {
		if e.record != nil && e.record.Confirmed() {
			g.adopt(e.record)
			return
		}
		free = free && e.settled(g.quorum())
	}
	if !free {
		return
	}
	if len(g.resting)+len(g.earlier) > wire.MaxAbandonments {
		g.fail(wire.Unavailable, "too many attempts for key %v had to be abandoned; retry", g.key)
		return
	}
	for _, e := range g.earlier {
		a := wire.Abandonment{Session: e.sid, Signatures: e.abandoned}
		wire.SortNodeSigns(a.Signatures)
		g.resting = append(g.resting, a)
		g.out.Save = append(g.out.Save, g.state.release(g.key, e.sid)...)
	}
	g.again()
}

// allAnswered tells whether nobody need be waited for: every member has said something
// to the Init, or never will.
func (g *Generation) allAnswered() bool {
	for _, m := range g.setup.Members {
		if _, ok := g.answered[m]; !ok && m != g.env.Self.ID() {
			return false
		}
	}
	return true
}

// without counts the nodes that have said, since the attempts were frozen by this
// session's Init, that they hold no certificate.
func (g *Generation) without() int {
	count := 1
	for _, m := range g.setup.Members {
		if g.answered[m] {
			count++
		}
	}
	return count
}
