package generation_test

import (
	"errors"
	"io"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What becomes of an attempt about which n1 polls the others, by what the others answer, one by one.

// resolving is that polling, in a cluster where three are a majority.
type resolving struct {
	*cutOff
	m         *generation.Resolution
	last      session.Effects
	question  *wire.Envelope // the present one
	questions int
}

// resolve begins it, with the certificate or without.
func (c *cutOff) resolve(certificate bool, change ...func(*session.Env)) *resolving {
	c.t.Helper()
	n := c.Nodes[0]
	env := n.Env()
	for _, f := range change {
		f(&env)
	}
	var found []*wire.KeyRecord
	if certificate {
		found = append(found, c.r)
	}
	m, err := generation.NewResolution(env, n.State(c.key), c.key, found)
	must(c.t, err)
	r := &resolving{cutOff: c, m: m}
	return r.step(session.Start{})
}

func (r *resolving) step(in session.Input) *resolving {
	r.t.Helper()
	if r.last.Done {
		r.t.Fatalf("has ended before %+v: %v", in, r.last.Err)
	}
	r.last = r.m.Step(in)
	r.Nodes[0].Put(r.last.Save...)
	asked := false
	for i, env := range r.last.Send {
		if p, ok := env.Msg.(*wire.Poll); ok && p.Final == nil && (p.Record == nil || !p.Record.Confirmed()) {
			asked, r.question = true, &r.last.Send[i]
		}
	}
	if asked {
		r.questions++
	}
	return r
}

// asks tells what n1 asks for; nil: what was voted.
func (r *resolving) asks() *wire.Motion { return r.question.Msg.(*wire.Poll).Ask }

// answer has nodes say the same to the present question.
func (r *resolving) answer(m wire.Message, nodes ...int) *resolving {
	r.t.Helper()
	id := r.question.Session
	for _, n := range nodes {
		r.step(session.Received{From: r.Nodes[n-1].ID(), Session: id, Msg: m})
	}
	return r
}

// vote has a node vote, on the grounds that the question has.
func (r *resolving) vote(m wire.Motion, nodes ...int) *resolving {
	r.t.Helper()
	id := r.question.Session
	for _, n := range nodes {
		v := &wire.Vote{Cast: &m, Signature: r.Nodes[n-1].NodeKey().Sign(wire.VoteDigest(r.r.Version(), m.Ballot, m.Complete))}
		r.step(session.Received{From: r.Nodes[n-1].ID(), Session: id, Msg: v})
	}
	return r
}

func (r *resolving) lost(nodes ...int) *resolving {
	r.t.Helper()
	for _, n := range nodes {
		r.step(session.PeerLost{Node: r.Nodes[n-1].ID()})
	}
	return r
}

// fails wants it to have ended with a reason, and without a key.
func (r *resolving) fails(want wire.Reason) {
	r.t.Helper()
	if !r.last.Done || r.last.Err == nil || wire.ReasonOf(r.last.Err) != want || r.m.Record() != nil {
		r.t.Errorf("%v, ended: %t, %v; want %v", r.m, r.last.Done, r.last.Err, want)
	}
}

// It gives up when too few answer, and says why.
func TestInquiryGivesUp(t *testing.T) {
	strangely := func(r *resolving) *wire.Vote {
		return &wire.Vote{Final: &wire.Abandonment{Session: r.r.Version(), Ballot: 1, Signatures: votes(r.r.Version(), 1, false, strangers(3)...)}}
	}
	for name, c := range map[string]struct {
		play func(r *resolving)
		want wire.Reason
	}{
		"all are gone":                   {func(r *resolving) { r.lost(2, 3) }, wire.Unavailable},
		"all are busy":                   {func(r *resolving) { r.answer(&wire.Refuse{Reason: wire.Busy}, 2, 3) }, wire.Busy},
		"all have too much to do":        {func(r *resolving) { r.answer(&wire.Refuse{Reason: wire.Limit}, 2, 3) }, wire.Unavailable},
		"all are of another list":        {func(r *resolving) { r.answer(&wire.Refuse{Reason: wire.NotMember}, 2, 3) }, wire.NotMember},
		"all tell of another list":       {func(r *resolving) { r.answer(strangely(r), 2, 3) }, wire.NotMember},
		"all answer what is no answer":   {func(r *resolving) { r.answer(new(wire.Held), 2, 3) }, wire.Unavailable},
		"all say nothing in all seconds": {func(r *resolving) { r.waits(2 * session.TicksPerSecond) }, wire.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			r := newCutOff(t).resolve(true)
			r.lost(4)
			c.play(r)
			r.fails(c.want)
		})
	}
}

// waits lets time pass until it has ended.
func (r *resolving) waits(ticks int) {
	for i := 0; i < ticks && !r.last.Done; i++ {
		r.step(session.Tick{})
	}
}

// An attempt from when this node's list was another is not for this list to decide.
func TestInquiryIntoAnOlderAttempt(t *testing.T) {
	r := newCutOff(t).resolve(false, func(env *session.Env) {
		env.Set = wire.SortNodeIDs(append([]wire.NodeID{strangers(1)[0].ID()}, env.Set...))
	})
	r.lost(2, 3, 4).fails(wire.NotMember)
}

// Others that drive the ballots of the same attempt without end are left to do so: n2 to n4 vote against whatever is asked.
func TestInquiryWithoutEnd(t *testing.T) {
	r := newCutOff(t).resolve(true)
	against := make(map[uint32][]wire.NodeSign) // by ballot
	r.answer(new(wire.Vote), 2, 3, 4)
	for range 20 {
		if r.last.Done {
			break
		}
		asked := r.asks()
		if asked == nil {
			t.Fatalf("asks what was voted, the %dth time", r.questions)
		}
		m := wire.Motion{Ballot: asked.Ballot, Complete: !asked.Complete}
		if m.Ballot >= 2 {
			m.Grounds = against[m.Ballot-2]
		}
		against[m.Ballot] = votes(r.r.Version(), m.Ballot, m.Complete, r.Nodes[1].NodeKey(), r.Nodes[2].NodeKey(), r.Nodes[3].NodeKey())
		r.vote(m, 2, 3, 4)
	}
	if r.questions > 16 {
		t.Errorf("asks %d questions", r.questions)
	}
	r.fails(wire.Busy)
}

// scarce gives this many random bytes and fails.
type scarce int

func (s *scarce) Read(p []byte) (int, error) {
	if *s -= scarce(len(p)); *s < 0 {
		return 0, errors.New("no more random numbers")
	}
	clear(p)
	return len(p), nil
}

// Without random numbers it asks nothing.
func TestInquiryWithoutRandomNumbers(t *testing.T) {
	left := scarce(32) // for its own name
	r := newCutOff(t).resolve(true, func(env *session.Env) { env.Rand = io.Reader(&left) })
	if r.fails(wire.Internal); r.questions > 0 {
		t.Error("asks all the same")
	}
}

// A key that somebody tells of ends it: nothing more is asked, and nobody votes about the other attempt.
func TestInquiryThatFindsTheKey(t *testing.T) {
	c := newCutOff(t)
	other := c.Deal(c.key, 1, c.author, c.Nodes, c.Nodes...) // stands nowhere
	r := c.resolve(true).answer(new(wire.Vote), 2, 3)
	if r.last.Done || r.questions != 1 {
		t.Fatalf("%v after %d questions", r.m, r.questions)
	}
	cast := &wire.Motion{Complete: true} // is of no more interest
	r.answer(&wire.Vote{Record: other, Cast: cast}, 4)
	if !r.last.Done || r.last.Err != nil || r.m.Record() == nil || r.m.Record().Version() != other.Version() {
		t.Fatalf("%v, %v", r.m, r.last.Err)
	}
	if r.questions != 1 || len(r.last.Faults) > 0 {
		t.Errorf("asks %d questions, and blames %v", r.questions, r.last.Faults)
	}
	if s := c.Nodes[0].State(c.key); s.Record == nil || s.Record.Version() != other.Version() || len(s.Outcomes) > 0 {
		t.Errorf("holds %+v, and has said %+v", s.Record, s.Outcomes)
	}
}

// A key that another session has taken over meanwhile is not exchanged for what others tell of.
func TestInquiryBesideAKey(t *testing.T) {
	c := newCutOff(t)
	r := c.resolve(true)
	other, third := c.Deal(c.key, 1, c.author, c.Nodes, c.Nodes...), c.Deal(c.key, 2, c.author, c.Nodes, c.Nodes...)
	c.Nodes[0].Put(wire.NewRecord(wire.Put, wire.RecordKey, c.key, wire.SessionID{}, third))
	r.answer(&wire.Vote{Record: other}, 2)
	if r.fails(wire.KeyExists); len(r.last.Save) > 0 || len(r.last.Send) > 0 {
		t.Errorf("saves %+v, sends %+v", r.last.Save, r.last.Send)
	}
}

// Nothing is decided about nothing.
func TestResolutionOfNothing(t *testing.T) {
	g := newGenerating(t, 4, 1)
	if _, err := generation.NewResolution(g.Nodes[0].Env(), g.Nodes[0].State(g.key), g.key, nil); err == nil {
		t.Error("begins without an attempt")
	}
}

// A node's own vote is worth no more to it than others': one that it can't give is not counted, nor one on the word of
// servers that it lists no more; one that does not hold is a damage of its store.
func TestOwnVote(t *testing.T) {
	said := func(grounds func(c *cutOff) []wire.NodeSign) func(c *cutOff, n *sessiontest.Node) {
		return func(c *cutOff, n *sessiontest.Node) {
			f := &session.AttemptOutcome{Majority: 3, Cast: wire.Motion{Ballot: 1, Grounds: grounds(c)}}
			n.Put(wire.NewRecord(wire.Create, wire.RecordOutcome, c.key, c.r.Version(), f))
		}
	}
	for name, c := range map[string]struct {
		own  func(c *cutOff, n *sessiontest.Node)
		want wire.Reason // 0: the others complete the key
	}{
		"it has forgotten": {func(c *cutOff, n *sessiontest.Node) {
			for _, kind := range []wire.RecordKind{wire.RecordAttempt, wire.RecordPending, wire.RecordOutcome} {
				n.Forget(kind, c.key)
			}
			n.Gap = true
		}, 0},
		"on the grounds of one that it lists no more": {said(func(c *cutOff) []wire.NodeSign {
			return votes(c.r.Version(), 0, false, append(c.voters(2), strangers(1)...)...)
		}), 0},
		"on forged grounds": {said(func(c *cutOff) []wire.NodeSign {
			return votes(c.r.Version(), 0, true, c.voters(3)...) // for completing, not against
		}), wire.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCutOff(t)
			c.own(w, w.Nodes[0])
			r := w.resolve(true)
			if c.want != 0 {
				r.fails(c.want)
				return
			}
			r.answer(new(wire.Vote), 2, 3, 4)
			r.vote(wire.Motion{Complete: true}, 2, 3, 4)
			made := r.m.Record()
			if !r.last.Done || r.last.Err != nil || made == nil || verify.Record(w.ID, w.Members(), made) != nil {
				t.Fatalf("%v, %v", r.m, r.last.Err)
			}
			for _, v := range made.Decided.Votes {
				if v.Node == w.Nodes[0].ID() {
					t.Error("counts its own vote")
				}
			}
		})
	}
}
