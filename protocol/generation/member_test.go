package generation_test

import (
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// initBy is n1's Init for an attempt of all.
func (g *generating) initBy() *wire.Init {
	return &wire.Init{Setup: wire.Setup{Cluster: g.ID, Key: g.key, Threshold: 1, SetSize: 4, Members: g.Members(),
		Initiator: g.Nodes[0].ID(), Proof: g.author.Proof(g.key)}}
}

// joins has n2 take part in an attempt of n1, and tells what it does at first.
func (g *generating) joins(init *wire.Init) session.Effects {
	n1, n2, id := g.Nodes[0], g.Nodes[1], init.Setup.Session()
	m := generation.Join(n2.Env(), n2.State(g.key), n1.ID(), id, init)
	return m.Step(session.Received{From: n1.ID(), Session: id, Msg: init})
}

// says wants one message of this kind to somebody.
func says(eff session.Effects, code wire.Code) bool {
	return len(eff.Send) > 0 && eff.Send[0].Msg.Code() == code
}

// A node deals once in a session, and in so many of one key id: each stays on its disk.
func TestDealsOnce(t *testing.T) {
	g := newGenerating(t, 4, 1)
	init, n2 := g.initBy(), g.Nodes[1]
	first := g.joins(init)
	if !says(first, wire.CodeCommit) || first.Done {
		t.Fatalf("the first time: %+v", first)
	}
	n2.Put(first.Save...)
	if eff := g.joins(init); len(eff.Send) > 0 || len(eff.Save) > 0 || wire.ReasonOf(eff.Err) != wire.NoSession {
		t.Errorf("again: %+v", eff)
	}
	for i := range 1024 {
		var id wire.SessionID
		binary.BigEndian.PutUint32(id[:], uint32(i))
		if other := *init; i == 1022 || i == 1023 {
			other.Setup.Nonce[0] = byte(i)
			if eff := g.joins(&other); says(eff, wire.CodeCommit) != (i == 1022) || eff.Done != (i != 1022) {
				t.Errorf("after %d others: %+v", i+1, eff.Err)
			}
		}
		n2.Put(wire.Record{Op: wire.Create, Kind: wire.RecordDealt, Key: g.key, Session: id, Value: []byte{1}})
	}
}

// TestAttemptsOfOneMember: who has begun its part of the attempts that a node deals in begins no more; the others do.
func TestAttemptsOfOneMember(t *testing.T) {
	g := newGenerating(t, 4, 1)
	n2, init := g.Nodes[1], g.initBy()
	for i := range 240 { // of 960 for four
		for _, by := range []wire.NodeID{g.Nodes[2].ID(), init.Setup.Initiator} {
			if mine := by == init.Setup.Initiator; mine && i == 239 {
				continue
			}
			other := init.Setup
			other.Initiator, other.Nonce = by, [32]byte{byte(i), byte(i >> 8)}
			n2.Put(session.DealtIn(&other, common.Hash{1}))
		}
	}
	for i, joins := range []bool{true, false} {
		other := *init
		other.Setup.Nonce[5] = byte(i + 1)
		eff := g.joins(&other)
		if says(eff, wire.CodeCommit) != joins || eff.Done == joins || !joins && wire.ReasonOf(eff.Err) != wire.Limit {
			t.Errorf("after %d attempts of this member: %+v", 239+i, eff.Err)
		}
		n2.Put(eff.Save...)
	}
}

// A node that has a key of this id gives it to who wants to make one; if it is not known to be the key, there is more to come.
func TestMemberWithAKey(t *testing.T) {
	for _, confirmed := range []bool{false, true} {
		g := newGenerating(t, 4, 1)
		r := sessiontest.CopyRecord(g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...))
		want := wire.KeyExists
		if !confirmed {
			r.Acks, want = r.Acks[:1], wire.Busy
		}
		g.Nodes[1].Put(wire.NewRecord(wire.Put, wire.RecordKey, g.key, wire.SessionID{}, r))
		eff := g.joins(g.initBy())
		if !says(eff, wire.CodeAdopt) || len(eff.Send) != 1 || !eff.Done || wire.ReasonOf(eff.Err) != want {
			t.Errorf("confirmed: %t: %+v", confirmed, eff)
		}
	}
}

// How a member ends before the key is made: what it has promised is not taken back.
func TestHowAMemberEnds(t *testing.T) {
	cancel := session.Cancel{Err: wire.Errorf(wire.Internal, "the disk is full")}
	for _, phase := range []string{"committing", "certifying"} {
		promised := phase == "certifying"
		for name, c := range map[string]struct {
			in   func(g *generating) session.Input
			ends bool
			told bool // its initiator
			why  wire.Reason
		}{
			"cancelled":             {func(*generating) session.Input { return cancel }, true, true, wire.Internal},
			"another goes first":    {func(*generating) session.Input { return session.Yield{} }, true, !promised, wire.Busy},
			"the initiator is gone": {func(g *generating) session.Input { return session.PeerLost{Node: g.Nodes[0].ID()} }, !promised, false, wire.Disconnected},
			"another is gone":       {func(g *generating) session.Input { return session.PeerLost{Node: g.Nodes[3].ID()} }, false, false, 0},
		} {
			t.Run(phase+", "+name, func(t *testing.T) {
				g, o, _ := certifying(t)
				m := g.Nodes[1].Machine(o.Run.Machine.ID())
				if !promised {
					g = newGenerating(t, 4, 1)
					m = g.until(g.Nodes[1], g.Generate(g.Nodes[0], g.author, g.key, 1), phase)
				}
				eff := m.Step(c.in(g))
				if eff.Done != c.ends || says(eff, wire.CodeRefuse) != c.told || c.ends && wire.ReasonOf(eff.Err) != c.why {
					t.Fatalf("%+v", eff)
				}
				if !c.ends {
					return
				}
				init := &wire.Init{Setup: *generation.SetupOf(m)}
				for _, in := range []session.Input{session.Tick{}, session.Yield{}, session.Received{From: g.Nodes[0].ID(), Session: m.ID(), Msg: init},
					session.PeerLost{Node: g.Nodes[0].ID()}, session.Received{From: g.Nodes[2].ID(), Session: m.ID(), Msg: new(wire.Commit)}} {
					if eff := m.Step(in); !reflect.DeepEqual(eff, session.Effects{}) {
						t.Errorf("after the end, %T: %+v", in, eff)
					}
				}
				if eff := m.Step(cancel); !eff.Done || wire.ReasonOf(eff.Err) != wire.Internal || len(eff.Send) > 0 {
					t.Errorf("what was to be saved could not be: %+v", eff)
				}
			})
		}
	}
}

// Who has signed the transcript takes the certificate, whoever has been convicted meanwhile.
func TestCertificateBesideACheat(t *testing.T) {
	g, o, r := certifying(t)
	m, n3 := g.Nodes[1].Machine(o.Run.Machine.ID()), g.Nodes[2]
	again := &wire.Commit{Index: 3, Hash: common.Hash{1}}
	again.Signature = n3.NodeKey().Sign(again.Digest(m.ID()))
	if got := g.hear(m, n3.ID(), again); got != (heard{blamed: "n3"}) {
		t.Fatalf("a second commit: %+v", got)
	}
	if got := g.hear(m, g.Nodes[3].ID(), &wire.Adopt{Record: *r}); !got.saved || m.String() != "generation member: certified" {
		t.Errorf("%+v, %v", got, m)
	}
}

// Who has signed the transcript and then learns of another key of this id acknowledges this one no more.
func TestCertificateBesideTheKey(t *testing.T) {
	g, o, r := certifying(t)
	m, n2 := g.Nodes[1].Machine(o.Run.Machine.ID()), g.Nodes[1]
	other := g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)
	eff := m.Step(session.Received{From: g.Nodes[2].ID(), Session: m.ID(), Msg: &wire.Adopt{Record: *other}})
	if len(eff.Save) == 0 || eff.Done {
		t.Fatalf("the key: %+v", eff)
	}
	n2.Put(eff.Save...)
	eff = m.Step(session.Received{From: g.Nodes[3].ID(), Session: m.ID(), Msg: &wire.Adopt{Record: *r}})
	if len(eff.Save) > 0 || !eff.Done || eff.Err == nil || says(eff, wire.CodeAck) {
		t.Errorf("the certificate: %+v", eff)
	}
}

// A member complains once: what it says after that of another dealer changes nothing.
func TestSecondComplaint(t *testing.T) {
	g := newGenerating(t, 4, 1)
	m := g.until(g.Nodes[1], g.Generate(g.Nodes[0], g.author, g.key, 1), "committing")
	for _, dealer := range []uint32{4, 9} { // of whose dealing nothing is known yet, and nobody
		if got := g.hear(m, g.Nodes[2].ID(), strayComplaint(g.Nodes[2], m.ID(), 3, dealer, true)); got != (heard{}) {
			t.Errorf("about %d: %+v", dealer, got)
		}
	}
}

// polled are the attempts that an initiator asks a node about.
func polled(eff session.Effects, to wire.NodeID) (n int) {
	for _, env := range eff.Send {
		if env.Msg.Code() == wire.CodePoll && env.To == to {
			n++
		}
	}
	return n
}

// Who brings up earlier attempts without end is left out, and all together bring up so many.
func TestEarlierAttemptsAreBounded(t *testing.T) {
	for _, c := range []struct{ nodes, each, want int }{{4, 1, 3}, {4, 3, 9}, {4, 5, 9}, {7, 3, 16}} {
		g := newGenerating(t, c.nodes, 1)
		m := g.until(g.Nodes[0], g.Generate(g.Nodes[0], g.author, g.key, 1), "committing")
		setup, asked := *generation.SetupOf(m), 0
		for i, n := range g.Nodes[1:] {
			for k := range c.each {
				setup.Nonce = [32]byte{byte(i + 1), byte(k + 1)}
				eff := m.Step(session.Received{From: n.ID(), Session: m.ID(), Msg: &wire.Conflict{Setup: setup}})
				asked += polled(eff, g.Nodes[1].ID())
			}
		}
		for range 3 * session.TicksPerSecond {
			eff := m.Step(session.Tick{})
			for _, env := range eff.Send {
				if p, ok := env.Msg.(*wire.Poll); ok && p.Ask == nil && env.To == g.Nodes[1].ID() {
					asked++
				}
			}
		}
		if asked != c.want {
			t.Errorf("%d nodes bring up %d each: asks about %d, want %d", c.nodes, c.each, asked, c.want)
		}
	}
}

// When all have said what stands in the way nobody is waited for.
func TestInquiresAtOnce(t *testing.T) {
	g := newGenerating(t, 4, 1)
	m := g.until(g.Nodes[0], g.Generate(g.Nodes[0], g.author, g.key, 1), "committing")
	setup := *generation.SetupOf(m)
	setup.Nonce[0] ^= 1
	for i, n := range g.Nodes[1:] {
		eff := m.Step(session.Received{From: n.ID(), Session: m.ID(), Msg: &wire.Conflict{Setup: setup}})
		if asks := polled(eff, g.Nodes[1].ID()) == 1; asks != (i == 2) {
			t.Errorf("after %d: asks: %t", i+1, asks)
		}
	}
}

// A member that is busy for ever is gone without in the end.
func TestBusyForEver(t *testing.T) {
	g := newGenerating(t, 4, 1)
	busy := 0
	g.Nodes[3].Mutate = func(env wire.Envelope) []wire.Envelope {
		if env.Msg.Code() != wire.CodeCommit {
			return nil
		}
		busy++
		env.Msg = wire.RefuseWith(wire.Errorf(wire.Busy, "for ever"))
		return []wire.Envelope{env}
	}
	r := g.succeeds(g.Nodes[0], 1)
	if len(r.Setup.Members) != 3 || busy < 2 {
		t.Errorf("made by %d, after %d words", len(r.Setup.Members), busy)
	}
}

// A generation ends in time, whatever the others say.
func TestGenerationDeadline(t *testing.T) {
	g := newGenerating(t, 7, 1)
	m, err := generation.New(g.Nodes[0].Env(), g.Nodes[0].State(g.key), g.key, 1, g.author.Proof(g.key))
	must(t, err)
	busy := wire.RefuseWith(wire.Errorf(wire.Busy, "another goes first"))
	ticks, said, eff := 0, 0, m.Step(session.Start{})
	for !eff.Done {
		if m.String() == "generation: committing" {
			said++
			eff = m.Step(session.Received{From: g.Nodes[1+said%6].ID(), Session: m.ID(), Msg: busy})
			continue
		}
		ticks++
		eff = m.Step(session.Tick{})
	}
	if want := 30 * session.TicksPerSecond; ticks < want-2 || ticks > want {
		t.Errorf("ends after %d ticks, when %d were busy", ticks, said)
	}
}

// An attempt that a majority has abandoned is not brought up again: who does is left out.
func TestAbandonedAttemptBroughtUpAgain(t *testing.T) {
	g := newGenerating(t, 4, 1)
	m := g.until(g.Nodes[0], g.Generate(g.Nodes[0], g.author, g.key, 1), "committing").(*generation.Coordinator)
	setup := *generation.SetupOf(m)
	setup.Nonce[0] ^= 1
	var poll wire.SessionID
	for _, n := range g.Nodes[1:] {
		for _, env := range m.Step(session.Received{From: n.ID(), Session: m.ID(), Msg: &wire.Conflict{Setup: setup}}).Send {
			poll = env.Session
		}
	}
	var voters []*session.NodeKey
	for _, n := range g.Nodes[1:] {
		voters = append(voters, n.NodeKey())
	}
	final := &wire.Abandonment{Session: setup.Session(), Ballot: 1, Signatures: votes(setup.Session(), 1, false, voters...)}
	m.Step(session.Received{From: g.Nodes[1].ID(), Session: poll, Msg: &wire.Vote{Final: final}})
	if m.String() != "generation: committing" || len(generation.SetupOf(m).Members) != 4 {
		t.Fatalf("after the end of the attempt: %v", m)
	}
	m.Step(session.Received{From: g.Nodes[2].ID(), Session: m.ID(), Msg: &wire.Conflict{Setup: setup}})
	if m.String() != "generation: committing" || generation.SetupOf(m).Index(g.Nodes[2].ID()) != 0 || len(generation.SetupOf(m).Members) != 3 {
		t.Errorf("brought up again: %v", m)
	}
}

// A member that will not take part is gone without at once; one that is busy is given time. And without randomness there
// is no other attempt.
func TestRefusedByAMember(t *testing.T) {
	for _, reason := range []wire.Reason{wire.Policy, wire.Busy} {
		for _, dry := range []bool{false, true} {
			g := newGenerating(t, 4, 1)
			env, rand := g.Nodes[0].Env(), new(drying)
			rand.Reader, env.Rand = env.Rand, rand
			m, err := generation.New(env, g.Nodes[0].State(g.key), g.key, 1, g.author.Proof(g.key))
			must(t, err)
			m.Step(session.Start{})
			rand.dry = dry
			eff := m.Step(session.Received{From: g.Nodes[3].ID(), Session: m.ID(), Msg: wire.RefuseWith(wire.Errorf(reason, "no"))})
			want := map[wire.Reason]string{wire.Policy: "generation: committing", wire.Busy: "generation: pausing"}[reason]
			if dry {
				want = "generation: ended"
			}
			if m.String() != want || eff.Done != dry || dry && wire.ReasonOf(eff.Err) != wire.Internal {
				t.Errorf("%v, without randomness: %t: %v, %v", reason, dry, m, eff.Err)
			}
		}
	}
}

// A share that is wrong is not made public without the randomness for its proof: the generation ends.
func TestComplaintWithoutRandomness(t *testing.T) {
	g := newGenerating(t, 4, 1)
	n1, n3 := g.Nodes[0], g.Nodes[2]
	cheating(n3, tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) { d.Shares[0][31] ^= 1 }))
	env, rand := n1.Env(), new(drying)
	rand.Reader, env.Rand = env.Rand, rand
	m, err := generation.New(env, n1.State(g.key), g.key, 1, g.author.Proof(g.key))
	must(t, err)
	run := g.Begin(n1, wire.KindGenerate, g.key, m, nil)
	rand.dry = true // n1 has dealt
	told := false
	g.Spy = func(from *sessiontest.Node, env wire.Envelope) {
		told = told || from == n1 && env.Msg.Code() == wire.CodeComplaint
	}
	must(t, g.Settle())
	if wire.ReasonOf(run.Err) != wire.Internal || run.Err == nil || told || m.Record() != nil {
		t.Errorf("ends with %v, complained: %t", run.Err, told)
	}
}

// drying is a source of random bytes that gives none once.
type drying struct {
	io.Reader
	dry bool
}

func (d *drying) Read(b []byte) (int, error) {
	if d.dry {
		d.dry = false
		return 0, errors.New("there is no randomness")
	}
	return d.Reader.Read(b)
}

// An initiator that has learnt of the key meanwhile passes no other on.
func TestSecondKeyToAnInitiator(t *testing.T) {
	g := newGenerating(t, 4, 1)
	n1 := g.Nodes[0]
	m := g.until(n1, g.Generate(n1, g.author, g.key, 1), "committing").(*generation.Coordinator)
	setup := *generation.SetupOf(m)
	setup.Nonce[0] ^= 1
	m.Step(session.Received{From: g.Nodes[1].ID(), Session: m.ID(), Msg: &wire.Conflict{Setup: setup}})
	n1.Put(wire.NewRecord(wire.Put, wire.RecordKey, g.key, wire.SessionID{}, g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)))
	other := g.Deal(g.key, 2, g.author, g.Nodes, g.Nodes...) // of more liars than there may be
	eff := m.Step(session.Received{From: g.Nodes[2].ID(), Session: m.ID(), Msg: &wire.Adopt{Record: *other}})
	if len(eff.Save) > 0 || says(eff, wire.CodeAdopt) || m.Record() != nil || wire.ReasonOf(eff.Err) != wire.KeyExists {
		t.Errorf("%+v", eff)
	}
}

// An Init is of the session that its set-up names.
func TestInitOfAnotherSession(t *testing.T) {
	g := newGenerating(t, 4, 1)
	n1, n2, init := g.Nodes[0], g.Nodes[1], g.initBy()
	for _, id := range []wire.SessionID{init.Setup.Session(), {1}} {
		m := generation.Join(n2.Env(), n2.State(g.key), n1.ID(), id, init)
		eff := m.Step(session.Received{From: n1.ID(), Session: id, Msg: init})
		if eff.Done != (id == wire.SessionID{1}) || says(eff, wire.CodeCommit) == eff.Done {
			t.Errorf("%v: %+v", id, eff)
		}
	}
}
