package generation_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Messages that are not their sender's to send, put to the machine of one node in the midst
// of a generation that n1 has begun.

// until lets things happen until the machine of a node says so.
func (g *generating) until(n *sessiontest.Node, o *sessiontest.Outcome, phase string) session.Machine {
	g.t.Helper()
	for range 1000 {
		if m := n.Machine(o.Run.Machine.ID()); m != nil && strings.HasSuffix(m.String(), phase) {
			return m
		}
		g.Steps(1)
	}
	g.t.Fatalf("%s never comes to be %s", n.Name, phase)
	return nil
}

// heard is what a machine does about a message.
type heard struct {
	blamed string // by name
	saved  bool
	ended  bool
}

func (g *generating) hear(m session.Machine, from wire.NodeID, msg wire.Message) (h heard) {
	eff := m.Step(session.Received{From: from, Session: m.ID(), Msg: msg})
	for _, f := range eff.Faults {
		h.blamed += g.Name(f.Node)
	}
	h.saved, h.ended = len(eff.Save) > 0, eff.Done
	return h
}

// strayComplaint is a member's about another, under its own signature or none.
func strayComplaint(n *sessiontest.Node, id wire.SessionID, index, dealer uint32, signed bool) *wire.Complaint {
	m := &wire.Complaint{Index: index, Accused: wire.Reveal{Index: dealer,
		Dealing: wire.Dealing{Dealt: wire.Dealt{Commitments: make([]wire.Point, 1)}, Shares: make([][32]byte, 1)}}}
	if signed {
		m.Signature = n.NodeKey().Sign(m.Digest(id))
	}
	return m
}

func TestStraysToAMember(t *testing.T) {
	for name, c := range map[string]struct {
		msg  func(g *generating, m session.Machine) wire.Message // of n3
		want heard
	}{
		"a complaint in another's name": {func(g *generating, m session.Machine) wire.Message {
			return strayComplaint(g.Nodes[2], m.ID(), 4, 9, true)
		}, heard{blamed: "n3"}},
		"a complaint without a signature": {func(g *generating, m session.Machine) wire.Message {
			return strayComplaint(g.Nodes[2], m.ID(), 4, 9, false)
		}, heard{blamed: "n3"}},
		"a complaint about nobody": {func(g *generating, m session.Machine) wire.Message {
			return strayComplaint(g.Nodes[2], m.ID(), 3, 9, true)
		}, heard{blamed: "n3", ended: true}},
		"a complaint about member 0": {func(g *generating, m session.Machine) wire.Message {
			return strayComplaint(g.Nodes[2], m.ID(), 3, 0, true)
		}, heard{blamed: "n3", ended: true}},
		"a commit of member 0":    {func(*generating, session.Machine) wire.Message { return new(wire.Commit) }, heard{blamed: "n3"}},
		"a commit of member 5":    {func(*generating, session.Machine) wire.Message { return &wire.Commit{Index: 5} }, heard{blamed: "n3"}},
		"a reveal of member 0":    {func(*generating, session.Machine) wire.Message { return new(wire.Reveal) }, heard{blamed: "n3"}},
		"a reveal of member 5":    {func(*generating, session.Machine) wire.Message { return &wire.Reveal{Index: 5} }, heard{blamed: "n3"}},
		"a signature of member 0": {func(*generating, session.Machine) wire.Message { return new(wire.Certify) }, heard{blamed: "n3"}},
		"a signature of member 5": {func(*generating, session.Machine) wire.Message { return &wire.Certify{Index: 5} }, heard{blamed: "n3"}},
		"a complaint of member 0": {func(*generating, session.Machine) wire.Message { return new(wire.Complaint) }, heard{blamed: "n3"}},
		"a complaint of member 5": {func(*generating, session.Machine) wire.Message { return &wire.Complaint{Index: 5} }, heard{blamed: "n3"}},
		"a signature of another on nothing": {func(*generating, session.Machine) wire.Message {
			return &wire.Certify{Index: 4, Transcript: common.Hash{1}}
		}, heard{blamed: "n3"}},
		"another key's record": {func(g *generating, _ session.Machine) wire.Message {
			return &wire.Adopt{Record: *g.Deal(sessiontest.KeyID(2), 1, g.author, g.Nodes, g.Nodes...)}
		}, heard{blamed: "n3"}},
		"another cluster's record of another key": {func(g *generating, _ session.Machine) wire.Message { // that differs, and cheats nobody
			r := sessiontest.CopyRecord(g.Deal(sessiontest.KeyID(2), 1, g.author, g.Nodes, g.Nodes...))
			r.Setup.Cluster[0] ^= 1
			g.resign(r)
			return &wire.Adopt{Record: *r}
		}, heard{}},
		"a false record of this key": {func(g *generating, _ session.Machine) wire.Message {
			r := g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)
			r.Signatures[0][9] ^= 1
			return &wire.Adopt{Record: *r}
		}, heard{blamed: "n3"}},
		"a record that is not confirmed": {func(g *generating, _ session.Machine) wire.Message {
			r := g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)
			r.Acks = r.Acks[:1]
			return &wire.Adopt{Record: *r}
		}, heard{}},
		"the confirmed record of another attempt": {func(g *generating, _ session.Machine) wire.Message {
			return &wire.Adopt{Record: *g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)}
		}, heard{saved: true, ended: true}},
		"a record of this attempt, too early": {func(g *generating, m session.Machine) wire.Message {
			return &wire.Adopt{Record: wire.KeyRecord{Setup: *generation.SetupOf(m)}}
		}, heard{}},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGenerating(t, 4, 1)
			m := g.until(g.Nodes[1], g.Generate(g.Nodes[0], g.author, g.key, 1), "committing")
			msg := c.msg(g, m)
			if got := g.hear(m, strangers(1)[0].ID(), msg); got != (heard{}) {
				t.Errorf("from who is no key server: %+v", got)
			}
			if got := g.hear(m, g.Nodes[2].ID(), msg); got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

// Whoever has certificates checked in vain is not listened to for ever.
func TestAdoptsOfOneMember(t *testing.T) {
	g := newGenerating(t, 4, 1)
	m := g.until(g.Nodes[1], g.Generate(g.Nodes[0], g.author, g.key, 1), "committing")
	r := g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)
	r.Signatures[0][9] ^= 1
	for i := range 6 {
		if got := g.hear(m, g.Nodes[2].ID(), &wire.Adopt{Record: *r}); (got.blamed == "n3") != (i < 4) {
			t.Errorf("after %d: %+v", i, got)
		}
	}
	if got := g.hear(m, g.Nodes[3].ID(), &wire.Adopt{Record: *r}); got.blamed != "n4" {
		t.Errorf("another's: %+v", got)
	}
}

func TestStraysToTheInitiator(t *testing.T) {
	attempt := func(g *generating) wire.Setup {
		setup := g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...).Setup
		setup.Nonce[0] ^= 1
		return setup
	}
	for name, c := range map[string]struct {
		msg  func(g *generating) wire.Message // of n3
		want heard
		goes string // what the initiator then does
	}{
		"an attempt for another key": {func(g *generating) wire.Message {
			return &wire.Conflict{Setup: g.Deal(sessiontest.KeyID(2), 1, g.author, g.Nodes).Setup}
		}, heard{blamed: "n3"}, "generation: committing"},
		"an attempt that it was not in": {func(g *generating) wire.Message {
			setup := attempt(g)
			setup.Members = wire.SortNodeIDs([]wire.NodeID{g.Nodes[0].ID(), g.Nodes[1].ID(), g.Nodes[3].ID()})
			return &wire.Conflict{Setup: setup}
		}, heard{blamed: "n3"}, "generation: committing"},
		"an attempt of nobody": {func(g *generating) wire.Message {
			setup := attempt(g)
			setup.Proof.Data = make([]byte, 65)
			return &wire.Conflict{Setup: setup}
		}, heard{blamed: "n3"}, "generation: committing"},
		"an attempt of another list of servers": {func(g *generating) wire.Message { // which they may have
			setup := attempt(g)
			setup.SetSize, setup.Members = 5, wire.SortNodeIDs([]wire.NodeID{strangers(2)[0].ID(), strangers(2)[1].ID(), g.Nodes[0].ID(), g.Nodes[1].ID()})
			return &wire.Conflict{Setup: setup}
		}, heard{}, "generation: committing"},
		"an attempt": {func(g *generating) wire.Message { return &wire.Conflict{Setup: attempt(g)} }, heard{}, "generation: resolving earlier attempts"},
		"another key's record": {func(g *generating) wire.Message {
			return &wire.Adopt{Record: *g.Deal(sessiontest.KeyID(2), 1, g.author, g.Nodes, g.Nodes...)}
		}, heard{blamed: "n3"}, "generation: committing"},
		"a false record": {func(g *generating) wire.Message {
			r := g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)
			r.Signatures[0][9] ^= 1
			return &wire.Adopt{Record: *r}
		}, heard{blamed: "n3"}, "generation: committing"},
		"a confirmed record": {func(g *generating) wire.Message {
			return &wire.Adopt{Record: *g.Deal(g.key, 1, g.author, g.Nodes, g.Nodes...)}
		}, heard{saved: true, ended: true}, "generation: ended"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGenerating(t, 4, 1)
			m := g.until(g.Nodes[0], g.Generate(g.Nodes[0], g.author, g.key, 1), "committing")
			msg := c.msg(g)
			for _, from := range []wire.NodeID{strangers(1)[0].ID(), g.Nodes[0].ID()} {
				if got := g.hear(m, from, msg); got != (heard{}) {
					t.Errorf("from who can't say it: %+v", got)
				}
			}
			if got := g.hear(m, g.Nodes[2].ID(), msg); got != c.want || m.String() != c.goes {
				t.Errorf("%+v, want %+v; %v", got, c.want, m)
			}
		})
	}
}

// certifying is a generation in which n4 keeps its signature to itself, and the whole record.
func certifying(t *testing.T) (g *generating, o *sessiontest.Outcome, r *wire.KeyRecord) {
	g = newGenerating(t, 4, 1)
	g.Nodes[3].Mutate = func(env wire.Envelope) []wire.Envelope {
		if env.Msg.Code() == wire.CodeCertify {
			return nil
		}
		return []wire.Envelope{env}
	}
	o = g.Generate(g.Nodes[0], g.author, g.key, 1)
	for _, n := range g.Nodes[:3] {
		g.until(n, o, "certifying")
	}
	a := g.Nodes[1].State(g.key).Attempt
	r = &wire.KeyRecord{Setup: a.Setup, Bodies: a.Bodies, Commitments: a.Commitments}
	for _, n := range g.Nodes {
		r.Signatures = append(r.Signatures, n.NodeKey().Sign(wire.CertifyDigest(r.Version(), r.Transcript())))
	}
	return g, o, r
}

// A node that waits for the last signature takes the certificate from whoever has it, if it is
// that of what it has signed; and who has signed is not to be talked out of it.
func TestCertificateForWhoWaits(t *testing.T) {
	for name, c := range map[string]struct {
		change func(g *generating, r *wire.KeyRecord)
		want   heard
		goes   string
	}{
		"right": {func(*generating, *wire.KeyRecord) {}, heard{saved: true}, "certified"},
		"with a false signature": {func(_ *generating, r *wire.KeyRecord) { r.Signatures[3][9] ^= 1 },
			heard{blamed: "n3"}, "certifying"},
		"with a false acknowledgement": {func(_ *generating, r *wire.KeyRecord) { r.Acks = []wire.IndexedSign{{Index: 4}} },
			heard{blamed: "n3"}, "certifying"},
		"with other bodies": {func(g *generating, r *wire.KeyRecord) {
			r.Bodies[0] ^= 1
			for i, n := range g.Nodes { // all have signed two
				r.Signatures[i] = n.NodeKey().Sign(wire.CertifyDigest(r.Version(), r.Transcript()))
			}
		}, heard{}, "certifying"},
	} {
		for i := range 2 { // the initiator, and a member
			g, o, r := certifying(t)
			m := g.Nodes[i].Machine(o.Run.Machine.ID())
			before := m.String()
			if eff := m.Step(session.Yield{}); i == 0 && (!reflect.DeepEqual(eff, session.Effects{}) || m.String() != before) {
				t.Errorf("gives up what it has promised: %v", m)
			} else if i == 1 {
				m = g.Nodes[2].Machine(m.ID()) // a member yields, and keeps its promise on disk
			}
			c.change(g, r)
			from, want := g.Nodes[2], c.want
			if i == 1 {
				from = g.Nodes[3]
				want.blamed = strings.ReplaceAll(want.blamed, "3", "4")
			}
			if got := g.hear(m, from.ID(), &wire.Adopt{Record: *r}); got != want || !strings.HasSuffix(m.String(), c.goes) {
				t.Errorf("%s: %+v, want %+v; %v", name, got, want, m)
			}
		}
	}
}

// An acknowledgement counts for who gives it, in the session that it names.
func TestAcknowledgementsOfOthers(t *testing.T) {
	for name, ack := range map[string]func(g *generating, r *wire.KeyRecord) *wire.Ack{
		"another's": func(g *generating, r *wire.KeyRecord) *wire.Ack {
			return &wire.Ack{Session: r.Version(), Index: 4, Signature: vote(g, r, 3)}
		},
		"nobody's": func(g *generating, r *wire.KeyRecord) *wire.Ack {
			return &wire.Ack{Session: r.Version(), Signature: vote(g, r, 3)}
		},
		"of another session": func(g *generating, r *wire.KeyRecord) *wire.Ack {
			return &wire.Ack{Session: wire.SessionID{1}, Index: 3, Signature: vote(g, r, 2)}
		},
		"false": func(g *generating, r *wire.KeyRecord) *wire.Ack { return &wire.Ack{Session: r.Version(), Index: 3} },
		"right": func(g *generating, r *wire.KeyRecord) *wire.Ack {
			return &wire.Ack{Session: r.Version(), Index: 3, Signature: vote(g, r, 2)}
		},
	} {
		g, o, r := certifying(t)
		m := g.Nodes[0].Machine(o.Run.Machine.ID())
		g.hear(m, g.Nodes[3].ID(), &wire.Adopt{Record: *r}) // certified, with its own acknowledgement
		g.hear(m, g.Nodes[1].ID(), &wire.Ack{Session: r.Version(), Index: 2, Signature: vote(g, r, 1)})
		g.hear(m, g.Nodes[1].ID(), &wire.Ack{Session: r.Version(), Index: 2}) // it has said so before
		got := g.hear(m, g.Nodes[2].ID(), ack(g, r))                          // a third would confirm it
		if (got.saved && got.ended) != (name == "right") || (got.blamed == "n3") != (name == "false") {
			t.Errorf("%s: %+v", name, got)
		}
		if made := m.(*generation.Coordinator).Record(); made != nil && verify.Record(g.ID, g.Members(), made) != nil {
			t.Errorf("%s: the key that was made does not verify", name)
		}
	}
}

// A key server that is no member has no place among those who acknowledge.
func TestAcknowledgementOfNoMember(t *testing.T) {
	g := newGenerating(t, 4, 1)
	g.Down(g.Nodes[3])
	o := g.Generate(g.Nodes[0], g.author, g.key, 1)
	m := g.until(g.Nodes[1], o, "committing")
	if got := g.hear(m, g.Nodes[3].ID(), &wire.Ack{Session: m.ID()}); got != (heard{}) {
		t.Errorf("%+v", got)
	}
}

func vote(g *generating, r *wire.KeyRecord, at int) wire.Signature {
	return g.Nodes[at].NodeKey().Sign(wire.VoteDigest(r.Version(), 0, true))
}

// A node does not vote on an attempt that is under way here, unless its initiator has given it up.
func TestPollsAreNotToDisturb(t *testing.T) {
	g := newGenerating(t, 4, 1)
	o := g.Generate(g.Nodes[0], g.author, g.key, 1)
	member, initiator := g.until(g.Nodes[1], o, "committing"), o.Run.Machine
	other := *generation.SetupOf(member)
	other.Nonce[0] ^= 1
	for name, c := range map[string]struct {
		m    session.Machine
		from int
		poll *wire.Poll
		busy bool
	}{
		"by a third":                 {member, 2, &wire.Poll{Setup: *generation.SetupOf(member), Ask: new(wire.Motion)}, true},
		"by a third, only to tell":   {member, 2, &wire.Poll{Setup: *generation.SetupOf(member)}, false},
		"by the initiator":           {member, 0, &wire.Poll{Setup: *generation.SetupOf(member), Ask: new(wire.Motion)}, false},
		"about another attempt":      {member, 2, &wire.Poll{Setup: other, Ask: new(wire.Motion)}, false},
		"at the initiator":           {initiator, 2, &wire.Poll{Setup: *generation.SetupOf(initiator), Ask: new(wire.Motion)}, true},
		"at the initiator, to tell":  {initiator, 2, &wire.Poll{Setup: *generation.SetupOf(initiator)}, false},
		"at the initiator, of other": {initiator, 2, &wire.Poll{Setup: other, Ask: new(wire.Motion)}, false},
	} {
		_, err := join.MakeRoom([]session.Machine{c.m}, g.Nodes[c.from].ID(), wire.SessionID{1}, c.poll)
		if (err != nil) != c.busy {
			t.Errorf("%s: %v", name, err)
		}
	}
	done := g.until(g.Nodes[1], o, "certified")
	if _, err := join.MakeRoom([]session.Machine{done}, g.Nodes[2].ID(), wire.SessionID{1}, &wire.Poll{Setup: *generation.SetupOf(done), Ask: new(wire.Motion)}); err != nil {
		t.Errorf("after the certificate: %v", err)
	}
}

// A key is made among key servers, whoever else is connected.
func TestKeysAreMadeAmongKeyServers(t *testing.T) {
	g := newGenerating(t, 4, 1)
	env := g.Nodes[0].Env()
	env.Connected = append(env.Connected, strangers(1)[0].ID(), env.Self.ID(), env.Connected[0])
	m, err := generation.New(env, g.Nodes[0].State(g.key), g.key, 1, g.author.Proof(g.key))
	must(t, err)
	for _, env := range m.Step(session.Start{}).Send {
		if init, ok := env.Msg.(*wire.Init); ok && !reflect.DeepEqual(init.Setup.Members, g.Members()) || g.Node(env.To) == nil {
			t.Errorf("asks %s with %+v", g.Name(env.To), env.Msg)
		}
	}
}

// Who signs another transcript is convicted, also when the certificate is complete.
func TestSecondTranscript(t *testing.T) {
	g, o, r := certifying(t)
	m, n3 := g.Nodes[0].Machine(o.Run.Machine.ID()), g.Nodes[2]
	g.hear(m, g.Nodes[3].ID(), &wire.Adopt{Record: *r})
	again := &wire.Certify{Index: 3, Transcript: common.Hash{1}}
	again.Signature = n3.NodeKey().Sign(again.Digest(m.ID()))
	eff := m.Step(session.Received{From: g.Nodes[1].ID(), Session: m.ID(), Msg: again}) // whoever shows it
	if len(eff.Faults) != 1 || eff.Faults[0].Node != n3.ID() || eff.Faults[0].Evidence == nil {
		t.Fatalf("blames %+v", eff.Faults)
	}
	if f, err := evidence.Judge(eff.Faults[0].Evidence); err != nil || f.Culprit != n3.ID() {
		t.Errorf("the evidence shows %+v, %v", f, err)
	}
}
