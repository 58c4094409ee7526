package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a look-up concludes from which answers, one by one: what is not there is said to be missing only by a majority.

// looker is a look-up of n1, and what is said to it.
type looker struct {
	*world
	m    *documents.Lookup
	last session.Effects
}

// look begins a look-up of what n1 knows.
func (w *world) look(document bool) *looker {
	n := w.Nodes[0]
	m, err := documents.NewLookup(n.Env(), n.State(w.key), w.key, document)
	check(err)
	l := &looker{world: w, m: m}
	return l.step(session.Start{})
}

func (l *looker) step(in session.Input) *looker {
	l.t.Helper()
	if l.last.Done {
		l.t.Errorf("has ended before %+v: %v", in, l.last.Err)
	}
	l.last = l.m.Step(in)
	return l
}

// tells has a node answer, by its number.
func (l *looker) tells(n int, m wire.Message) *looker {
	l.t.Helper()
	return l.step(session.Received{From: l.Nodes[n-1].ID(), Session: l.m.ID(), Msg: m})
}

// lost are nodes that disconnect.
func (l *looker) lost(nodes ...int) *looker {
	l.t.Helper()
	for _, n := range nodes {
		l.step(session.PeerLost{Node: l.Nodes[n-1].ID()})
	}
	return l
}

// waits lets a second pass.
func (l *looker) waits() *looker {
	l.t.Helper()
	for range session.TicksPerSecond {
		l.step(session.Tick{})
	}
	return l
}

// unknown is the key at nobody, and n1 to look for it.
func unknown(t *testing.T, n int) *world {
	w := newWorld(t, n, 1)
	w.key = KeyID(9)
	w.record = w.Deal(w.key, 1, w.author, w.Nodes, w.Nodes...)
	w.doc = w.Encrypt(w.record, 9)
	return w
}

// known is what a holder tells of the key and, where it has signed that, of the document key.
func (w *world) known(promised int) *wire.Known {
	m := &wire.Known{Record: w.record}
	if promised > 0 {
		m.Promise = w.Certify(w.record, w.doc)
		m.Promise.Signatures = m.Promise.Signatures[promised-1 : promised]
	}
	return m
}

func TestWhatALookupConcludes(t *testing.T) {
	for name, c := range map[string]struct {
		look func(t *testing.T) *looker
		want wire.Reason // 0: it goes on
	}{
		"a key of which a majority knows nothing": {func(t *testing.T) *looker {
			return unknown(t, 5).look(false).tells(2, new(wire.Known)).tells(3, new(wire.Known)).waits()
		}, wire.KeyNotFound},
		"the same, before the others had their time": {func(t *testing.T) *looker {
			return unknown(t, 5).look(false).tells(2, new(wire.Known)).tells(3, new(wire.Known))
		}, 0},
		"one node says so three times": {func(t *testing.T) *looker {
			return unknown(t, 5).look(false).tells(2, new(wire.Known)).tells(2, new(wire.Known)).tells(2, new(wire.Known)).waits()
		}, 0},
		"somebody has a trace of the key": {func(t *testing.T) *looker {
			w := unknown(t, 5)
			return w.look(false).tells(2, new(wire.Known)).tells(3, new(wire.Known)).tells(4, &wire.Known{Record: unconfirmed(w.record)}).waits()
		}, 0},
		"somebody has a trace of the key, and that is all": {func(t *testing.T) *looker {
			w := unknown(t, 5)
			return w.look(false).tells(2, new(wire.Known)).tells(3, new(wire.Known)).tells(4, &wire.Known{Record: unconfirmed(w.record)}).lost(5)
		}, wire.Unavailable},
		"this node has signed for the key": {func(t *testing.T) *looker {
			w := newWorld(t, 4, 1)
			w.Nodes[0].Miss(w.record)
			return w.look(false).tells(2, new(wire.Known)).tells(3, new(wire.Known)).tells(4, new(wire.Known))
		}, wire.Unavailable},
		"this node may have forgotten the key": {func(t *testing.T) *looker {
			w := unknown(t, 4)
			w.Nodes[0].Gap = true
			return w.look(false).tells(2, new(wire.Known)).tells(3, new(wire.Known)).lost(4)
		}, wire.Unavailable},
		"this node does not know": {func(t *testing.T) *looker {
			return unknown(t, 4).look(false).tells(2, new(wire.Known)).tells(3, new(wire.Known)).lost(4)
		}, wire.KeyNotFound},
		"this node holds the key, whatever it may have forgotten": {func(t *testing.T) *looker {
			w := newWorld(t, 4, 1)
			w.Nodes[0].Gap = true
			return w.look(true).tells(2, w.known(0)).tells(3, w.known(0)).lost(4)
		}, wire.DocumentNotFound},
		"a document key of which a majority knows nothing": {func(t *testing.T) *looker {
			w := newWorld(t, 5, 1)
			return w.look(true).tells(2, w.known(0)).tells(3, w.known(0)).waits()
		}, wire.DocumentNotFound},
		"a document key of which too few know nothing": {func(t *testing.T) *looker {
			w := newWorld(t, 5, 1)
			return w.look(true).tells(2, w.known(0)).waits()
		}, 0},
		"somebody has promised a document key": {func(t *testing.T) *looker {
			w := newWorld(t, 5, 1)
			return w.look(true).tells(2, w.known(2)).tells(3, w.known(0)).waits()
		}, 0},
		"somebody has promised one, and too few answer": {func(t *testing.T) *looker {
			w := newWorld(t, 5, 1)
			return w.look(true).tells(2, w.known(2)).tells(3, w.known(0)).lost(4, 5)
		}, wire.Unavailable},
		"somebody has promised one, and nobody else has": {func(t *testing.T) *looker {
			w := newWorld(t, 4, 1)
			return w.look(true).tells(2, w.known(2)).tells(3, w.known(0)).tells(4, w.known(0))
		}, wire.DocumentNotFound},
		"nobody has promised one, and a majority says so": {func(t *testing.T) *looker {
			w := newWorld(t, 4, 1)
			return w.look(true).tells(2, w.known(0)).tells(3, w.known(0)).lost(4)
		}, wire.DocumentNotFound},
		"others' key beside the own one, of too few": {func(t *testing.T) *looker {
			w := newWorld(t, 4, 1)
			return w.look(true).tells(2, &wire.Known{Record: invented(w, w.key, w.Nodes[1])}).lost(3, 4)
		}, wire.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			l := c.look(t)
			if l.last.Done != (c.want != 0) || l.last.Done && wire.ReasonOf(l.last.Err) != c.want {
				t.Errorf("ended: %t, %v", l.last.Done, l.last.Err)
			}
		})
	}
}

// Before it has begun a look-up concludes nothing, it begins once, and after its end it learns nothing.
func TestLookupBeginsAndEndsOnce(t *testing.T) {
	w := unknown(t, 4)
	m, err := documents.NewLookup(w.Nodes[0].Env(), w.Nodes[0].State(w.key), w.key, false)
	check(err)
	idle(t, m, "before the beginning", session.Tick{}, session.PeerLost{Node: w.Nodes[1].ID()},
		session.Received{From: w.Nodes[1].ID(), Session: m.ID(), Msg: new(wire.Known)})
	if eff := m.Step(session.Start{}); len(eff.Send) != 3 {
		t.Errorf("begins with %+v", eff)
	}
	idle(t, m, "later", session.Start{})
	m.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "the client is gone")})
	idle(t, m, "after the end", session.Received{From: w.Nodes[1].ID(), Session: m.ID(), Msg: &wire.Known{Record: w.record}},
		session.PeerLost{Node: w.Nodes[2].ID()}, session.PeerLost{Node: w.Nodes[3].ID()}, session.Tick{})
	if m.Record() != nil {
		t.Error("takes a key over")
	}
}

// A find that could not be saved is none; nor is a key that a polling has found.
func TestFindThatCannotBeSaved(t *testing.T) {
	w := unknown(t, 4)
	full := wire.Errorf(wire.Internal, "the disk is full")
	l := w.look(false).tells(2, &wire.Known{Record: w.record})
	if !l.last.Done || l.last.Err != nil || len(l.last.Save) == 0 {
		t.Fatalf("a key is found, with the effects %+v", l.last)
	}
	if eff := l.m.Step(session.Cancel{Err: full}); !eff.Done || eff.Err != full {
		t.Errorf("ends with %+v", eff)
	}
	n := w.Nodes[0]
	m, err := generation.NewResolution(n.Env(), n.State(w.key), w.key, []*wire.KeyRecord{w.record})
	check(err)
	if eff := m.Step(session.Start{}); !eff.Done || m.Record() == nil {
		t.Fatalf("a key that was completed: %+v", eff)
	}
	if eff := m.Step(session.Cancel{Err: full}); !eff.Done || eff.Err != full || m.Record() != nil {
		t.Errorf("ends with %+v, %v", eff, m.Record())
	}
}

// Who may have forgotten tells nothing, unless it knows.
func TestWhatIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		knows, gap bool
		tells      wire.Code
	}{
		"who knows":                    {knows: true, tells: wire.CodeKnown},
		"who does not":                 {tells: wire.CodeKnown},
		"who knows, and has forgotten": {knows: true, gap: true, tells: wire.CodeKnown},
		"who may have forgotten":       {gap: true, tells: wire.CodeRefuse},
	} {
		w := unknown(t, 4)
		if c.knows {
			w = newWorld(t, 4, 1)
		}
		n, from := w.Nodes[1], w.Nodes[0].ID()
		n.Gap = c.gap
		m := &wire.LookUp{Key: w.key}
		id := m.Session(w.ID, from)
		eff := documents.JoinLookup(n.Env(), n.State(w.key), from, id).Step(session.Received{From: from, Session: id, Msg: m})
		if !eff.Done || len(eff.Send) != 1 || eff.Send[0].Msg.Code() != c.tells || len(eff.Faults) > 0 {
			t.Errorf("%s: %+v", name, eff)
		}
	}
}
