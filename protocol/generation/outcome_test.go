package generation_test

import (
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What becomes of attempts that were cut off: the ballots in whole clusters.

// withholding is a cluster of four with threshold 1 in which n3 keeps its last signature
// to itself, so that it alone has the certificate, and answers nobody. It hands the
// certificate to one node when show tells it to, at a message that somebody sends.
func withholding(t *testing.T, seed uint64, favourite int, show func(wire.Message) bool) (g *generating, shown *bool) {
	g = newGenerating(t, 4, seed)
	bad := g.Nodes[2]
	bad.Mutate = func(env wire.Envelope) []wire.Envelope {
		switch env.Msg.Code() {
		case wire.CodeCommit, wire.CodeReveal, wire.CodePoll:
			return []wire.Envelope{env}
		}
		return nil
	}
	shown = new(bool)
	g.Spy = func(from *sessiontest.Node, env wire.Envelope) {
		record := bad.State(g.key).Record
		if *shown || from == bad || record == nil || !show(env.Msg) {
			return
		}
		*shown = true
		p := &wire.Poll{Setup: record.Setup, Record: record, Ask: &wire.Motion{Complete: true}}
		g.Inject(bad, wire.Envelope{To: g.Nodes[favourite].ID(), Session: p.Session(g.ID, bad.ID()), Msg: p})
	}
	return g, shown
}

// split tells whether honest nodes have voted both ways in one ballot.
func (g *generating) split() bool {
	votes := make(map[string]int)
	for _, n := range g.Nodes {
		for _, f := range n.State(g.key).Outcomes {
			if n.Mutate == nil && f.Final == nil {
				votes[fmt.Sprint(f.Session, f.Cast.Complete)]++
			}
		}
	}
	for _, f := range g.Nodes[0].State(g.key).Outcomes {
		if votes[fmt.Sprint(f.Session, true)] > 0 && votes[fmt.Sprint(f.Session, false)] > 0 {
			return true
		}
	}
	return false
}

// A member withholds its last signature, gives the certificate to one node at the worst
// moment, and is silent ever after; the node that drives the ballots may crash at that
// moment besides. The id has a key in the end, whoever got the certificate, and whoever
// asks again.
func TestCertificateToOne(t *testing.T) {
	moments := map[string]func(wire.Message) bool{
		"when asked what was voted": func(m wire.Message) bool { p, ok := m.(*wire.Poll); return ok && p.Ask == nil },
		"when asked to abandon":     func(m wire.Message) bool { p, ok := m.(*wire.Poll); return ok && p.Ask != nil },
		"at the first vote":         func(m wire.Message) bool { v, ok := m.(*wire.Vote); return ok && v.Cast != nil },
		"when it is abandoned": func(m wire.Message) bool {
			p, ok := m.(*wire.Poll)
			return ok && p.Ask != nil && p.Ask.Ballot == 1
		},
	}
	splits := 0
	for name, show := range moments {
		for _, favourite := range []int{0, 1, 3} {
			for _, crash := range []bool{false, true} {
				g, shown := withholding(t, uint64(favourite), favourite, show)
				first := g.Generate(g.Nodes[0], g.author, g.key, 1)
				for !*shown && !first.Done {
					g.Steps(1)
				}
				if crash {
					g.Steps(4) // some are told
					g.Down(g.Nodes[0])
				}
				if err := g.Settle(); err != nil {
					t.Fatalf("%s, to n%d: %v", name, favourite+1, err)
				}
				if g.split() {
					splits++
				}
				g.Restart(g.Nodes[0])
				again := g.generate(g.Nodes[[]int{0, 1, 3}[(favourite+1)%3]], 1)
				if again.Err != nil && again.Reason() != wire.KeyExists || g.oneKey() == nil {
					t.Errorf("%s, to n%d, crash %t: first %v, then %v", name, favourite+1, crash, first, again)
				}
				if len(g.Blamed()) > 0 {
					t.Errorf("%s: blamed %v", name, g.Faults())
				}
			}
		}
	}
	if splits == 0 {
		t.Error("the votes never split, so this test shows nothing")
	}
}

// The same with a crash at every record that is saved, and a second generation through
// another node, which crashes as well.
func TestCrashesInBallots(t *testing.T) {
	for where := range 4 {
		for save := 5; ; save += 1 + save%2 {
			g, _ := withholding(t, uint64(save), save%2, func(m wire.Message) bool { p, ok := m.(*wire.Poll); return ok && p.Ask != nil })
			g.CrashAt(save, where)
			first := g.Generate(g.Nodes[0], g.author, g.key, 1)
			if err := g.Settle(); err != nil {
				t.Fatalf("crash at save %d/%d: %v", save, where, err)
			}
			if !g.Crashed() {
				break
			}
			for _, n := range g.Nodes {
				g.Restart(n)
			}
			again := g.generate(g.Nodes[[]int{0, 1, 3}[save%3]], 1)
			if again.Err != nil && again.Reason() != wire.KeyExists || g.oneKey() == nil {
				t.Errorf("crash at save %d/%d: first %v, then %v", save, where, first, again)
			}
			if o := first; o.Done && o.Err == nil && o.Record.Version() != g.oneKey().Version() {
				t.Errorf("crash at save %d/%d: the key that was reported is not the key", save, where)
			}
		}
	}
}

// An id whose attempt was cut off is decided also by somebody who only looks for it: it
// is then a key that everybody knows, or free.
func TestResolution(t *testing.T) {
	made := 0
	for _, favourite := range []int{0, 1, 3} {
		for through := range 4 {
			if through == 2 {
				continue
			}
			g, shown := withholding(t, uint64(favourite), favourite, func(m wire.Message) bool { p, ok := m.(*wire.Poll); return ok && p.Ask != nil })
			first := g.Generate(g.Nodes[0], g.author, g.key, 1)
			for !*shown && !first.Done {
				g.Steps(1)
			}
			g.Steps(4)
			g.Down(g.Nodes[0])
			must(t, g.Settle())
			g.Restart(g.Nodes[0])
			n := g.Nodes[through]
			look, err := documents.NewLookup(n.Env(), n.State(g.key), g.key, false)
			must(t, err)
			g.Begin(n, wire.KindLookup, g.key, look, nil)
			must(t, g.Settle())
			m, err := generation.NewResolution(n.Env(), n.State(g.key), g.key, look.Unsettled())
			must(t, err)
			run := g.Begin(n, wire.KindResolve, g.key, m, nil)
			must(t, g.Settle())
			if !run.Ended || run.Err != nil {
				t.Fatalf("certificate to n%d, through n%d: %v", favourite+1, through+1, run.Err)
			}
			for _, n := range g.Nodes {
				s := n.State(g.key)
				switch {
				case n.Mutate != nil:
				case m.Record() == nil && (s.Record != nil || s.Attempt != nil):
					t.Errorf("%s still holds the abandoned attempt", n.Name)
				case m.Record() != nil && (s.Record == nil || !s.Record.Confirmed() || s.Share == nil):
					t.Errorf("%s does not hold the completed key", n.Name)
				}
			}
			if m.Record() != nil {
				made++
			}
		}
	}
	t.Logf("%d of 9 were completed", made)
}

// A liar that votes both ways is named, and its two votes convict it before anybody.
func TestTwoVotes(t *testing.T) {
	g, _ := withholding(t, 1, 0, func(wire.Message) bool { return false })
	bad := g.Nodes[2]
	honest, votes := bad.Mutate, 0
	bad.Mutate = func(env wire.Envelope) []wire.Envelope {
		v, ok := env.Msg.(*wire.Vote)
		record := bad.State(g.key).Record
		if !ok || record == nil {
			return honest(env)
		}
		votes++
		lie := &wire.Vote{Cast: &wire.Motion{Complete: votes != 1}, Record: record, Final: v.Final}
		lie.Signature = bad.NodeKey().Sign(wire.VoteDigest(record.Version(), 0, lie.Cast.Complete))
		return []wire.Envelope{{To: env.To, Session: env.Session, Msg: lie}}
	}
	o := g.Generate(g.Nodes[0], g.author, g.key, 1)
	must(t, g.Settle())
	if o.Err != nil || fmt.Sprint(g.Blamed()) != "[n3]" {
		t.Fatalf("%v, blamed %v", o, g.Faults())
	}
	for _, f := range o.Run.Faults {
		finding, err := evidence.Judge(f.Evidence)
		if err != nil || finding.Culprit != bad.ID() || finding.Key != g.key {
			t.Errorf("%v: %+v, %v", f, finding, err)
		}
		two := *f.Evidence.(*wire.TwoVotes)
		two.Complete, two.Abandon = two.Abandon, two.Complete
		if _, err := evidence.Judge(&two); err == nil {
			t.Error("votes that were not cast convict")
		}
		two = *f.Evidence.(*wire.TwoVotes)
		two.Voter = g.Nodes[0].ID()
		if _, err := evidence.Judge(&two); err == nil {
			t.Error("another's votes convict")
		}
	}
	if len(o.Run.Faults) == 0 {
		t.Error("no evidence")
	}
}
