package generation_test

import (
	"errors"
	"flag"
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var schedules = flag.Uint64("schedules", 100, "how many seeded schedules of generations to run")

// oneKey checks that an id has one confirmed key or none among all nodes, and that
// nobody has acknowledged two.
func (g *generating) oneKey() *wire.KeyRecord {
	g.t.Helper()
	var key *wire.KeyRecord
	for _, n := range g.Nodes {
		s := n.State(g.key)
		if s.Record == nil {
			continue
		}
		if err := verify.Record(g.ID, g.Members(), s.Record); err != nil {
			g.t.Fatalf("%s stores a record without a certificate: %v", n.Name, err)
		}
		if !s.Record.Confirmed() {
			continue
		}
		if key != nil && key.Version() != s.Record.Version() {
			g.t.Fatalf("two keys of one id, the second at %s", n.Name)
		}
		key = s.Record
	}
	return key
}

// A member gives its last signature to one node only. The second attempt completes the
// first one, through whatever node it is begun.
func TestWithheldLastSignature(t *testing.T) {
	for favourite := range 4 {
		for second := range 4 {
			if favourite == 2 || second == 2 {
				continue
			}
			g := newGenerating(t, 4, uint64(favourite))
			bad := g.Nodes[2]
			bad.Mutate = func(env wire.Envelope) []wire.Envelope {
				if c := env.Msg.Code(); c == wire.CodeAck || c == wire.CodeAdopt || c == wire.CodeEvidence ||
					c == wire.CodeCertify && env.To != g.Nodes[favourite].ID() {
					return nil
				}
				return []wire.Envelope{env}
			}
			first := g.generate(g.Nodes[0], 1)
			if first.Err != nil && first.Reason() != wire.Unavailable && first.Reason() != wire.Timeout {
				t.Fatalf("favourite n%d: first attempt: %v", favourite+1, first)
			}
			o := g.generate(g.Nodes[second], 1)
			if o.Err != nil && o.Reason() != wire.KeyExists {
				t.Fatalf("favourite n%d, again through n%d: %v (first: %v)", favourite+1, second+1, o, first)
			}
			if g.oneKey() == nil {
				t.Fatal("no key")
			}
		}
	}
}

// Several initiators at once get one key; all but one learn that it exists.
func TestConcurrentInitiators(t *testing.T) {
	for seed := range uint64(60) {
		g := newGenerating(t, 4, seed)
		if seed%2 == 1 {
			g.Chaos = &sessiontest.Chaos{Tick: 2}
		}
		var outcomes []*sessiontest.Outcome
		for _, n := range g.Nodes[:2+seed%3] {
			outcomes = append(outcomes, g.Generate(n, g.author, g.key, 1))
		}
		if err := g.Settle(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		successes := 0
		for i, o := range outcomes {
			if o.Err == nil {
				successes++
			} else if o.Reason() != wire.KeyExists {
				t.Errorf("seed %d: n%d: %v", seed, i+1, o)
			}
		}
		if successes != 1 {
			t.Errorf("seed %d: %d initiators have made the key", seed, successes)
		}
		g.checkKey(g.oneKey(), 1)
		if len(g.Faults()) > 0 {
			t.Errorf("seed %d: blamed: %v", seed, g.Faults())
		}
	}
}

// Nodes that crash at any record that is saved leave one key or none, and the id usable.
func TestGenerationCrashes(t *testing.T) {
	for where := range 3 {
		for save := 1; ; save++ {
			g := newGenerating(t, 4, uint64(save))
			g.CrashAt(save, where)
			o := g.Generate(g.Nodes[0], g.author, g.key, 1)
			if err := g.Settle(); err != nil {
				t.Fatalf("crash at save %d/%d: %v", save, where, err)
			}
			if !g.Crashed() {
				break
			}
			if len(g.Faults()) > 0 {
				t.Errorf("crash at save %d/%d: blamed: %v", save, where, g.Faults())
			}
			first := g.oneKey()
			for _, n := range g.Nodes {
				g.Restart(n)
			}
			again := g.generate(g.Nodes[save%4], 1)
			if again.Err != nil && again.Reason() != wire.KeyExists {
				t.Errorf("crash at save %d/%d: first %v, then %v", save, where, o, again)
			}
			key := g.oneKey()
			if key == nil || first != nil && first.Version() != key.Version() {
				t.Errorf("crash at save %d/%d: the key has changed", save, where)
			}
			if o.Done && o.Err == nil && o.Record.Version() != key.Version() {
				t.Errorf("crash at save %d/%d: the key that was reported is not the key", save, where)
			}
		}
	}
}

// Hundreds of unkind schedules: loss, repetition, reordering, crashes. Every session
// ends, an id has one key or none, what was reported stays true.
func TestGenerationSchedules(t *testing.T) {
	sizes := []struct{ n, t int }{{2, 0}, {3, 1}, {4, 1}, {4, 2}, {5, 1}, {7, 3}}
	for seed := range *schedules {
		size := sizes[seed%uint64(len(sizes))]
		t.Run(fmt.Sprintf("seed=%d,n=%d,t=%d", seed, size.n, size.t), func(t *testing.T) {
			g := newGenerating(t, size.n, seed)
			g.Chaos = &sessiontest.Chaos{Drop: int(seed % 7), Duplicate: int(seed % 5), Tick: int(seed % 4)}
			crashing := seed%3 == 0
			if crashing {
				g.Chaos.Crash, g.Chaos.MaxCrashes = 30, 1+size.n/3
			}
			var reported *wire.KeyRecord
			for round := range 4 {
				var outcomes []*sessiontest.Outcome
				for i := range 1 + int(seed+uint64(round))%2 {
					n := g.Nodes[(int(seed)+round+i)%size.n]
					g.Restart(n)
					outcomes = append(outcomes, g.Generate(n, g.author, g.key, size.t))
				}
				if err := g.Settle(); err != nil {
					t.Fatal(err)
				}
				key := g.oneKey()
				for _, o := range outcomes {
					if !o.Done && !errors.Is(o.Run.Err, sessiontest.ErrCrashed) {
						t.Fatal("a generation does not end")
					}
					if o.Done && o.Err == nil {
						reported = o.Record
					}
				}
				if reported != nil && (key == nil || key.Version() != reported.Version()) {
					t.Fatal("the key that was reported is not the key")
				}
				for _, n := range g.Nodes {
					g.Restart(n)
				}
			}
			if !crashing && len(g.Blamed()) > 0 {
				t.Errorf("blamed: %v", g.Faults())
			}
			g.Chaos = nil // a kind network makes or finds the key
			o := g.generate(g.Nodes[0], size.t)
			if o.Err != nil && o.Reason() != wire.KeyExists {
				t.Errorf("on a kind network: %v", o)
			}
			g.oneKey()
		})
	}
}

// A save that fails at the very end takes the success back.
func TestGenerationSaveFails(t *testing.T) {
	g := newGenerating(t, 1, 1)
	n := g.Nodes[0]
	m, err := generation.New(n.Env(), n.State(g.key), g.key, 0, g.author.Proof(g.key))
	must(t, err)
	if eff := m.Step(session.Start{}); !eff.Done || eff.Err != nil || len(eff.Save) == 0 || m.Record() == nil {
		t.Fatalf("a single server makes no key: %+v", eff)
	}
	eff := m.Step(session.Cancel{Err: wire.Errorf(wire.Database, "disk full")})
	if !eff.Done || wire.ReasonOf(eff.Err) != wire.Database || m.Record() != nil {
		t.Errorf("the generation ends with %v and %v", eff.Err, m.Record())
	}
}

// Two clients of a single server at once: one makes the key, the other does not make a
// second one, although no other node is there to object.
func TestSingleServerAtOnce(t *testing.T) {
	g := newGenerating(t, 1, 1)
	g.Chaos = &sessiontest.Chaos{} // both machines begin before either saves
	first, second := g.Generate(g.Nodes[0], g.author, g.key, 0), g.Generate(g.Nodes[0], g.author, g.key, 0)
	must(t, g.Settle())
	if (first.Err == nil) == (second.Err == nil) {
		t.Fatalf("first: %v, second: %v", first, second)
	}
	if first.Err != nil {
		first, second = second, first
	}
	if key := g.oneKey(); key == nil || key.Version() != first.Record.Version() || second.Reason() != wire.Busy {
		t.Errorf("the key is %v, the other client is told: %v", key, second)
	}
}
