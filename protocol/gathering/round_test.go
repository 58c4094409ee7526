package gathering

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What the coordinator of a gathering makes of the votes and attempts at hand.

// making is what is being made for an attempt.
type making struct {
	session.Machine
	owing []uint32
}

func (m *making) Owing() []uint32        { return m.owing }
func (m *making) Missing() []wire.NodeID { return nil }

func TestAttemptsThatCanBecomeComplete(t *testing.T) {
	part := new(int)
	for name, c := range map[string]struct {
		votes [2]vote
		parts []any
		made  bool // something is being made for it
		dead  bool
		alive bool
	}{
		"asked":                            {votes: [2]vote{voteAsked, voteYes}, alive: true},
		"one was not asked":                {votes: [2]vote{voteAsked, voteIdle}},
		"one is not asked yet":             {votes: [2]vote{voteAsked, voteIdle}, made: true, alive: true},
		"one has said no":                  {votes: [2]vote{voteAsked, voteNo}},
		"one has said no meanwhile":        {votes: [2]vote{voteAsked, voteNo}, made: true},
		"one is gone, after it has spoken": {votes: [2]vote{voteAsked, voteOut}, parts: []any{nil, part}, alive: true},
		"one is gone":                      {votes: [2]vote{voteAsked, voteOut}, parts: []any{part, nil}},
		"dead":                             {votes: [2]vote{voteYes, voteYes}, parts: []any{part, part}, dead: true},
	} {
		a := &attempt{set: []uint32{1, 2}, parts: c.parts, dead: c.dead}
		if a.parts == nil {
			a.parts = make([]any, 2)
		}
		if c.made {
			a.before = new(making)
		}
		rd := &round{need: 2, rank: []uint32{1, 2, 3}, votes: []vote{0, c.votes[0], c.votes[1], voteIdle}, attempts: []*attempt{a}}
		if rd.live() != c.alive {
			t.Errorf("%s: can become complete: %t", name, !c.alive)
		}
		if got := rd.preparing([]uint32{1, 2}); got != (c.made && c.alive) {
			t.Errorf("%s: something is being made for the set: %t", name, got)
		}
		for index, in := range map[uint32]bool{1: true, 2: true, 3: false} {
			if got := rd.prepares(index); got != (c.made && c.alive && in) {
				t.Errorf("%s: %d takes part in making something: %t", name, index, got)
			}
		}
		if rd.preparing([]uint32{1, 3}) {
			t.Errorf("%s: something is being made for another set", name)
		}
	}
}

// A coordinator is stuck when all attempts are overdue and others could do better, who owe nothing.
func TestStuck(t *testing.T) {
	for name, c := range map[string]struct {
		need  int
		votes []vote
		a     attempt
		stuck bool
	}{
		"one is slow, another is idle":          {1, []vote{0, voteAsked, voteIdle}, attempt{set: []uint32{1}, overdue: true}, true},
		"one is not slow yet":                   {1, []vote{0, voteAsked, voteIdle}, attempt{set: []uint32{1}}, false},
		"one is slow, and there is nobody else": {1, []vote{0, voteAsked, voteNo}, attempt{set: []uint32{1}, overdue: true}, false},
		"all are needed, and slow":              {2, []vote{0, voteAsked, voteAsked}, attempt{set: []uint32{1, 2}, overdue: true}, false},
		"it is being made, slowly":              {2, []vote{0, voteIdle, voteIdle}, attempt{set: []uint32{1, 2}, overdue: true, before: new(making)}, false},
	} {
		c.a.parts = make([]any, len(c.a.set))
		rd := &round{need: c.need, rank: []uint32{1, 2}, votes: c.votes, attempts: []*attempt{&c.a}}
		if rd.stuck() != c.stuck {
			t.Errorf("%s: stuck: %t", name, !c.stuck)
		}
	}
}

// Who would still do something for an attempt is told when that is not needed any more.
func TestAwaited(t *testing.T) {
	part := new(int)
	for name, c := range map[string]struct {
		last  bool
		stage int
		part  any
		votes [5]bool // idle, asked, yes, no, out
	}{
		"one answer is all":               {true, 0, nil, [5]bool{false, true, false, false, false}},
		"one answer was all":              {true, 0, part, [5]bool{}},
		"the first of two":                {false, 0, nil, [5]bool{false, true, true, false, false}},
		"after the first of two":          {false, 0, part, [5]bool{false, true, true, false, false}},
		"the second of two":               {true, 1, nil, [5]bool{false, true, true, false, false}},
		"after the second of two":         {true, 1, part, [5]bool{}},
		"the second of three":             {false, 1, nil, [5]bool{false, true, true, false, false}},
		"with its answer of three so far": {false, 1, part, [5]bool{false, true, true, false, false}},
	} {
		a := &attempt{set: []uint32{1}, parts: []any{c.part}, last: c.last, stage: c.stage}
		for i, v := range []vote{voteIdle, voteAsked, voteYes, voteNo, voteOut} {
			if a.awaits(1, v) != c.votes[i] {
				t.Errorf("%s, vote %d: %t", name, v, !c.votes[i])
			}
		}
	}
}

// A round has no more attempts than there can be reasons for.
func TestAttemptsAreBounded(t *testing.T) {
	g := &gathering{round: &round{attempts: make([]*attempt, maxAttempts)}}
	if eff := g.begin([]uint32{1}); !eff.Done || wire.ReasonOf(eff.Err) != wire.Unavailable || len(eff.Send) > 0 {
		t.Errorf("%+v", eff)
	}
}

// failing is a task that comes to nothing in the end.
type failing struct{ task }

func (failing) next(*attempt) (wire.Message, []session.Fault, error) {
	return nil, nil, wire.Errorf(wire.Cryptographic, "it can't be signed")
}

// What comes to nothing has not come to a good end.
func TestTaskThatFails(t *testing.T) {
	g := &gathering{task: failing{}, round: new(round)}
	if eff := g.proceed(session.Effects{}, new(attempt)); !eff.Done || wire.ReasonOf(eff.Err) != wire.Cryptographic || g.done {
		t.Errorf("%+v, a good end: %t", eff, g.done)
	}
}
