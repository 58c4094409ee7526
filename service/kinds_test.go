package service

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/metrics"
	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// madeUpKind is a kind of session that there is not, with some of its columns changed.
func madeUpKind(change func(*wire.Kind)) wire.Kind {
	k := wire.Kind{Name: "madeup", Class: wire.Reads, Log: wire.LogDebug, Work: wire.Steps, Cost: wire.CostsNothing, Links: wire.Pairs, Leaves: wire.LeavesNothing}
	change(&k)
	return k
}

func asItIs(*wire.Kind) {}

// stepping ends at its first step, in which it looks around.
type stepping struct{ in func() }

func (m *stepping) ID() wire.SessionID { return sid(7) }
func (m *stepping) String() string     { return "stepping" }
func (m *stepping) Step(session.Input) session.Effects {
	m.in()
	return session.Effects{Done: true}
}

// leftMachine was given up by its opener.
type leftMachine struct{ stepping }

func (m *leftMachine) GivenUp() wire.NodeID { return testNode(1) }

// counting has a service count its sessions, made-up ones as well, in a registry of its own.
func counting(s *Service, more ...wire.Kind) metrics.Registry {
	registry := metrics.NewRegistry()
	s.sessions.begun = newKindCount("begun/", append(wire.Kinds(), more...), registry)
	return registry
}

// internalError wants a function to panic, and is what it says.
func internalError(t *testing.T, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if told := fmt.Sprint(recover()); !strings.Contains(told, "internal error") || !strings.Contains(told, "madeup") {
			t.Errorf("panics with %q", told)
		}
	}()
	do()
}

// TestMadeUpKindIsCounted: each kind has its counter of sessions begun, by its name.
func TestMadeUpKindIsCounted(t *testing.T) {
	s, kind := newTestService(), madeUpKind(asItIs)
	internalError(t, func() { s.sessions.add(s.newRunner(kind, wire.KeyID{}, wire.NodeID{})) })
	s = newTestService()
	registry := counting(s, kind)
	for _, peer := range []wire.NodeID{{}, testNode(1)} {
		if err := s.sessions.add(s.newRunner(kind, wire.KeyID{}, peer)); err != nil {
			t.Fatal(err)
		}
	}
	registry.Each(func(name string, m any) {
		if n := m.(*metrics.Counter).Snapshot().Count(); (name == "begun/madeup") != (n == 2) || name != "begun/madeup" && n != 0 {
			t.Errorf("%s is %d", name, n)
		}
	})
	for _, k := range wire.Kinds() {
		if sessionsBegun[k] == nil {
			t.Errorf("sessions %q are not counted", k)
		}
	}
}

// TestMadeUpKindIsLogged: at the level of its row if it is our own, and under its name.
func TestMadeUpKindIsLogged(t *testing.T) {
	for _, level := range []wire.LogLevel{wire.LogInfo, wire.LogDebug} {
		for _, peer := range []wire.NodeID{{}, testNode(1)} {
			for _, at := range []slog.Level{slog.LevelInfo, slog.LevelDebug} {
				s := newStorelessService(t)
				l := logged{logtest.Capture(t, at)}
				r := s.newRunner(madeUpKind(func(k *wire.Kind) { k.Log = level }), testKey(1), peer)
				r.run(t.Context(), &stepping{func() {}}, session.Start{})
				told := strings.Contains(strings.Join(l.about(testKey(1)), ""), "session=madeup")
				if want := at == slog.LevelDebug || level == wire.LogInfo && peer == (wire.NodeID{}); told != want {
					t.Errorf("with level %d, of %v, at %v: told of it: %t", level, peer.Short(), at, told)
				}
			}
		}
	}
}

// TestMadeUpKindHasPlaces: its steps take the places of its row.
func TestMadeUpKindHasPlaces(t *testing.T) {
	for work, want := range map[wire.Work][2]int{wire.Steps: {1, 0}, wire.Deals: {0, 1}} {
		s := newStorelessService(t)
		r := s.newRunner(madeUpKind(func(k *wire.Kind) { k.Work = work }), wire.KeyID{}, testNode(1))
		var got [2]int
		r.run(t.Context(), &stepping{func() { got = [2]int{s.limits.steps.Running(), s.limits.dealings.Running()} }}, session.Start{})
		if got != want {
			t.Errorf("work %d takes places %v, want %v", work, got, want)
		}
	}
}

// TestMadeUpKindCosts: it costs its opener what its row says, and one that says nothing known is not opened for nothing.
func TestMadeUpKindCosts(t *testing.T) {
	costs := func(c wire.Cost) wire.Kind { return madeUpKind(func(k *wire.Kind) { k.Cost = c }) }
	const most = 5
	service := func() *Service {
		s := newSoloService(t)
		s.limits.peerGenerations = limits.NewRate[wire.NodeID](most)
		s.limits.credit = limits.NewCredit[wire.NodeID](most, 0)
		return s
	}
	for cost, limited := range map[wire.Cost]bool{wire.CostsNothing: false, wire.CostsQuestion: false, wire.CostsGeneration: true, wire.CostsCredit: true} {
		s := service()
		counting(s, costs(cost))
		for i := range byte(most + 1) {
			r := s.newRunner(costs(cost), wire.KeyID{}, testNode(1))
			r.items = 1
			_, err := s.sessions.open(join.Route{Session: sid(i)}, r, s.backend.mayOpen)
			if over := wire.ReasonOf(err) == wire.Limit; over != (limited && i == most) {
				t.Errorf("cost %d: opening %d: %v", cost, i, err)
			}
		}
	}
	internalError(t, func() { service().backend.mayOpen(service().newRunner(costs(0), wire.KeyID{}, testNode(1))) })

	s, opening := service(), new(wire.LookUp)
	joins := func(cost wire.Cost) error {
		r := s.newRunner(costs(cost), wire.KeyID{}, testNode(1))
		_, err := s.backend.joinMachine(r, session.Received{From: testNode(1), Msg: opening}, opening)
		return err
	}
	for s.questions.of(testNode(1)) == nil {
	}
	s.limits.keys = 1
	if err := s.states.apply(testKey(1), []wire.Record{{Op: wire.Put, Kind: wire.RecordOutcome, Key: testKey(1), Value: []byte{1}}}); err != nil {
		t.Fatal(err)
	}
	for cost, limited := range map[wire.Cost]bool{wire.CostsNothing: false, wire.CostsCredit: false, wire.CostsQuestion: true, wire.CostsGeneration: true} {
		if err := joins(cost); (wire.ReasonOf(err) == wire.Limit) != limited {
			t.Errorf("cost %d: joining: %v", cost, err)
		}
	}
}

// TestMadeUpKindAnswers: how soon a peer answers is noted, unless it is only asked.
func TestMadeUpKindAnswers(t *testing.T) {
	for class, noted := range map[wire.Class]int{wire.Changes: 1, wire.Reads: 1, wire.Asks: 0} {
		r := newTestService().newRunner(madeUpKind(func(k *wire.Kind) { k.Class = class }), wire.KeyID{}, wire.NodeID{})
		r.expect(wire.Envelope{To: testNode(1), Msg: new(wire.LookUp)})
		if len(r.asked) != noted {
			t.Errorf("class %d: %d answers are due", class, len(r.asked))
		}
	}
}

// TestMadeUpKindReads: it is joined with what is known of its key, which is then at hand; who only asks gets what is on
// the disk, and takes nobody's place in memory.
func TestMadeUpKindReads(t *testing.T) {
	s, id := newSoloService(t), testKey(1)
	if _, err := s.GenerateServerKey(t.Context(), newRequester(t, id), id, 0); err != nil {
		t.Fatal(err)
	}
	for class, kept := range map[wire.Class]bool{wire.Changes: true, wire.Reads: true, wire.Asks: false} {
		s.states.cache.Load().Remove(id)
		opening := &wire.LookUp{Key: id}
		r := s.newRunner(madeUpKind(func(k *wire.Kind) { k.Class = class }), id, s.self.ID())
		if _, err := s.backend.joinMachine(r, session.Received{From: s.self.ID(), Msg: opening}, opening); err != nil {
			t.Fatal(err)
		}
		if s.states.cache.Load().Contains(id) != kept {
			t.Errorf("class %d: it is kept: %t", class, !kept)
		}
	}
}

// TestMadeUpKindLeaves: what comes to nothing with it is counted as its row says, and an attempt is in the way of others.
func TestMadeUpKindLeaves(t *testing.T) {
	for leaves, want := range map[wire.Leaves][3]int{wire.LeavesAttempt: {1, 0, 1}, wire.LeavesOpening: {0, 1, 0}, wire.LeavesNothing: {0, 0, 0}} {
		s, kind := newTestService(), madeUpKind(func(k *wire.Kind) { k.Leaves = leaves })
		counting(s, kind)
		r := s.newRunner(kind, testKey(1), testNode(1))
		if err := s.sessions.add(r); err != nil {
			t.Fatal(err)
		}
		generating := len(s.sessions.generating(testKey(1), nil))
		if r.machine = new(leftMachine); leaves == wire.LeavesNothing {
			internalError(t, func() { s.givenUp.note(r) }) // join has such a row refused at start
		} else {
			s.givenUp.note(r)
		}
		g := s.givenUp.status()
		if got := [3]int{g.Attempts.Count, g.Openings.Count, generating}; got != want {
			t.Errorf("it leaves %d: %v, want %v", leaves, got, want)
		}
	}
}

// TestMadeUpKindIsNamed: to whom reads of faults and of differences.
func TestMadeUpKindIsNamed(t *testing.T) {
	s, l := newStorelessService(t), logged{logtest.Capture(t, slog.LevelWarn)}
	r := s.newRunner(madeUpKind(asItIs), testKey(1), testNode(1))
	r.perform(session.Effects{Faults: []session.Fault{{Node: testNode(1), Detail: "lies"}}})
	r.notice(nil, session.Effects{Differ: []session.Difference{{Node: testNode(2), Detail: "is elsewhere"}}})
	for range inboxSize(s.servers.Heard()) + 1 {
		r.deliver(session.Tick{})
	}
	text := l.String()
	for _, want := range []string{"broke the protocol", "another view", "is flooded"} {
		line, _, _ := strings.Cut(text[max(0, strings.Index(text, want)):], "\n")
		if !strings.Contains(text, want) || !strings.Contains(line, "session=madeup") {
			t.Errorf("%q: %q in\n%s", want, line, text)
		}
	}
}
