package generation_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Votes decide which key an id has. So each check of them is the only thing between two keys.

// cutOff is a cluster of four with threshold 1, so a majority is three, in which all have signed
// the transcript of an attempt and nobody holds its certificate.
type cutOff struct {
	*generating
	r *wire.KeyRecord // the certificate, without acknowledgements
}

func newCutOff(t *testing.T) *cutOff {
	c := &cutOff{generating: newGenerating(t, 4, 1)}
	done := c.succeeds(c.Nodes[0], 1)
	for _, n := range c.Nodes {
		n.Miss(done)
		n.Forget(wire.RecordOutcome, c.key)
		version := done.Version()
		n.Put(wire.Record{Op: wire.Create, Kind: wire.RecordOutcome, Key: c.key, Value: version[:]}) // to which it is bound
	}
	c.r = sessiontest.CopyRecord(done)
	c.r.Acks = nil
	return c
}

// votes are those of nodes, in their order, on an attempt.
func votes(attempt wire.SessionID, ballot uint32, complete bool, nodes ...*session.NodeKey) (all []wire.NodeSign) {
	for _, n := range nodes {
		all = append(all, wire.NodeSign{Node: n.ID(), Signature: n.Sign(wire.VoteDigest(attempt, ballot, complete))})
	}
	wire.SortNodeSigns(all)
	return all
}

// voters are the first nodes of the cluster.
func (c *cutOff) voters(n int) (ids []*session.NodeKey) {
	for _, node := range c.Nodes[:n] {
		ids = append(ids, node.NodeKey())
	}
	return ids
}

// strangers are no key servers.
func strangers(n int) (ids []*session.NodeKey) {
	for i := range n {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte("stranger"), []byte{byte(i)}))
		if err != nil {
			panic(err)
		}
		ids = append(ids, session.NewNodeKey(key))
	}
	return ids
}

// falseVotes are lists that are not a majority's votes in a ballot, in one way each.
func (c *cutOff) falseVotes(ballot uint32, complete bool) map[string][]wire.NodeSign {
	attempt, other := c.r.Version(), wire.SessionID{1}
	bent := votes(attempt, ballot, complete, c.voters(3)...)
	bent[2].Signature[7] ^= 1
	swapped := votes(attempt, ballot, complete, c.voters(3)...)
	swapped[0].Signature, swapped[1].Signature = swapped[1].Signature, swapped[0].Signature
	return map[string][]wire.NodeSign{
		"one is a stranger's":      votes(attempt, ballot, complete, append(c.voters(2), strangers(1)...)...),
		"all are strangers'":       votes(attempt, ballot, complete, strangers(3)...),
		"a false signature":        bent,
		"two of each other":        swapped,
		"of another attempt":       votes(other, ballot, complete, c.voters(3)...),
		"of another ballot":        votes(attempt, ballot+2, complete, c.voters(3)...),
		"the other way":            votes(attempt, ballot, !complete, c.voters(3)...),
		"one is counted twice":     {bent[0], bent[0], bent[1]},
		"one less than a majority": votes(attempt, ballot, complete, c.voters(2)...),
	}
}

// A key that was completed by ballot is one by the votes of a majority of key servers.
func TestVerifyDecision(t *testing.T) {
	c := newCutOff(t)
	decided := func(votes []wire.NodeSign) *wire.KeyRecord {
		r := sessiontest.CopyRecord(c.r)
		r.Decided = &wire.Decision{Ballot: 2, Votes: votes}
		return r
	}
	good := decided(votes(c.r.Version(), 2, true, c.voters(3)...))
	if err := verify.Record(c.ID, c.Members(), good); err != nil || !good.Confirmed() {
		t.Fatal(err)
	}
	for name, votes := range c.falseVotes(2, true) {
		r := decided(votes)
		if err := verify.Record(c.ID, c.Members(), r); err == nil && r.Confirmed() {
			t.Errorf("%s: the key is taken for completed", name)
		}
		// Nor by a node that has signed its transcript and waits for the end.
		n := c.Nodes[3]
		p := &wire.Poll{Setup: r.Setup, Record: r}
		c.pollAt(n, p, name, false)
	}
	c.pollAt(c.Nodes[3], &wire.Poll{Setup: good.Setup, Record: good}, "right", true)
}

// pollAt has n1 ask a node, and tells whether that does as asked: else nothing is to be saved.
func (c *cutOff) pollAt(n *sessiontest.Node, p *wire.Poll, name string, does bool) *wire.Vote {
	c.t.Helper()
	from := c.Nodes[0].ID()
	id := p.Session(c.ID, from)
	m := generation.JoinResolution(n.Env(), n.State(c.key), from, id)
	eff := m.Step(session.Received{From: from, Session: id, Msg: p})
	if !eff.Done || (len(eff.Save) > 0) != does {
		c.t.Errorf("%s: %d records are saved, %v", name, len(eff.Save), eff.Err)
	}
	if !does {
		return nil
	}
	n.Put(eff.Save...)
	vote, ok := eff.Send[0].Msg.(*wire.Vote)
	if !ok {
		c.t.Fatalf("%s: answers with %T", name, eff.Send[0].Msg)
	}
	return vote
}

// A node lets go of an attempt that it has signed for when a majority has abandoned it, and not
// before: it could help to make a second key otherwise.
func TestAbandonmentIsAQuorums(t *testing.T) {
	c := newCutOff(t)
	abandoned := func(votes []wire.NodeSign) *wire.Abandonment {
		return &wire.Abandonment{Session: c.r.Version(), Ballot: 1, Signatures: votes}
	}
	cases := make(map[string]*wire.Abandonment)
	for name, votes := range c.falseVotes(1, false) {
		cases[name] = abandoned(votes)
	}
	good := abandoned(votes(c.r.Version(), 1, false, c.voters(3)...))
	cases["in a ballot about completing"] = &wire.Abandonment{Session: good.Session, Ballot: 2, Signatures: votes(good.Session, 2, false, c.voters(3)...)}
	n := c.Nodes[3]
	for name, a := range cases {
		c.pollAt(n, &wire.Poll{Setup: c.r.Setup, Final: a}, name, false)
		c.initAt(n, a, name, false)
	}
	other := abandoned(votes(wire.SessionID{1}, 1, false, c.voters(3)...))
	other.Session = wire.SessionID{1}
	c.pollAt(n, &wire.Poll{Setup: c.r.Setup, Final: other}, "another attempt's", false)
	c.initAt(n, other, "another attempt's", false)
	c.pollAt(n, &wire.Poll{Setup: c.another(), Final: c.anothers(good.Session)}, "by another attempt's votes", false)
	c.initAt(n, good, "right", true)
	c.pollAt(n, &wire.Poll{Setup: c.r.Setup, Final: good}, "right", true)
	if s := n.State(c.key); s.Attempt != nil || s.Pending != nil || !s.Abandoned(c.r.Version()) {
		t.Error("the abandoned attempt is still held")
	}
}

// another is an attempt that this node has not signed for.
func (c *cutOff) another() wire.Setup {
	setup := c.r.Setup
	setup.Nonce[0] ^= 1
	return setup
}

// anothers is an abandonment of that, which says of itself that it is of this attempt.
func (c *cutOff) anothers(attempt wire.SessionID) *wire.Abandonment {
	setup := c.another()
	return &wire.Abandonment{Session: attempt, Ballot: 1, Signatures: votes(setup.Session(), 1, false, c.voters(3)...)}
}

// initAt has n1 begin another attempt with a node, that lays the first one to rest.
func (c *cutOff) initAt(n *sessiontest.Node, a *wire.Abandonment, name string, joins bool) {
	c.t.Helper()
	from := c.Nodes[0].ID()
	setup := c.another()
	init := &wire.Init{Setup: setup, Abandonments: []wire.Abandonment{*a}}
	m := generation.Join(n.Env(), n.State(c.key), from, setup.Session(), init)
	eff := m.Step(session.Received{From: from, Session: setup.Session(), Msg: init})
	commits := slices.ContainsFunc(eff.Send, func(e wire.Envelope) bool { return e.Msg.Code() == wire.CodeCommit })
	if commits != joins || (len(eff.Save) > 0) != joins {
		c.t.Errorf("%s: takes part in another attempt: %t, %d records are saved, %v", name, commits, len(eff.Save), eff.Err)
	}
}

// A node votes as it is asked on grounds that are a majority's, and with the certificate where
// that is needed; once in a ballot, and not in an earlier one after a later one.
func TestMotionsNeedGrounds(t *testing.T) {
	c := newCutOff(t)
	attempt, certificate, n := c.r.Version(), c.r, c.Nodes[3]
	ask := func(m *wire.Motion, r *wire.KeyRecord) *wire.Poll {
		return &wire.Poll{Setup: c.r.Setup, Ask: m, Record: r}
	}
	against := votes(attempt, 0, false, c.voters(3)...)
	for name, grounds := range c.falseVotes(0, false) {
		c.pollAt(n, ask(&wire.Motion{Ballot: 1, Grounds: grounds}, certificate), "to abandon, "+name, false)
	}
	for name, grounds := range c.falseVotes(1, true) {
		c.pollAt(n, ask(&wire.Motion{Ballot: 2, Complete: true, Grounds: grounds}, certificate), "to complete, "+name, false)
	}
	other := c.Deal(c.key, 1, c.author, c.Nodes, c.Nodes...) // stands nowhere
	other.Acks = other.Acks[:1]
	bent := sessiontest.CopyRecord(certificate)
	bent.Signatures[1][7] ^= 1
	for name, p := range map[string]*wire.Poll{
		"to abandon, without grounds":                      ask(&wire.Motion{Ballot: 1}, certificate),
		"to complete, without grounds":                     ask(&wire.Motion{Ballot: 2, Complete: true}, certificate),
		"to complete, without a certificate":               ask(&wire.Motion{Complete: true}, nil),
		"to complete, with another's certificate":          ask(&wire.Motion{Complete: true}, other),
		"to complete, with a false certificate":            ask(&wire.Motion{Complete: true}, bent),
		"against abandoning, without a certificate":        ask(&wire.Motion{Ballot: 1, Complete: true}, nil),
		"against completing again, without grounds":        ask(&wire.Motion{Ballot: 2}, certificate),
		"against completing, with grounds for more":        ask(&wire.Motion{Grounds: against}, nil),
		"against abandoning, with grounds for what is not": ask(&wire.Motion{Ballot: 1, Complete: true, Grounds: against}, certificate),
	} {
		c.pollAt(n, p, name, false)
	}
	for _, step := range []struct {
		name string
		p    *wire.Poll
		does bool
		last wire.Motion
	}{
		{"for in 0", ask(&wire.Motion{Complete: true}, certificate), true, wire.Motion{Complete: true}},
		{"against in 0", ask(&wire.Motion{}, nil), false, wire.Motion{Complete: true}},
		{"for in 1", ask(&wire.Motion{Ballot: 1, Grounds: against}, nil), true, wire.Motion{Ballot: 1, Grounds: against}},
		{"against in 1", ask(&wire.Motion{Ballot: 1, Complete: true}, certificate), false, wire.Motion{Ballot: 1, Grounds: against}},
		{"for in 0 again", ask(&wire.Motion{Complete: true}, certificate), false, wire.Motion{Ballot: 1, Grounds: against}},
	} {
		c.pollAt(n, step.p, step.name, step.does)
		if cast := n.State(c.key).Outcomes[0].Cast; fmt.Sprint(cast) != fmt.Sprint(step.last) {
			t.Errorf("%s: the last vote is %v", step.name, cast)
		}
	}
}

// The certificate of one attempt that a node holds lets it complete no other.
func TestCertificateOfOneAttempt(t *testing.T) {
	c := newCutOff(t)
	n := c.Nodes[3]
	r := sessiontest.CopyRecord(c.r)
	r.Acks = []wire.IndexedSign{{Index: 4, Signature: n.NodeKey().Sign(wire.VoteDigest(r.Version(), 0, true))}}
	n.Put(wire.NewRecord(wire.Put, wire.RecordKey, c.key, wire.SessionID{}, r))
	c.pollAt(n, &wire.Poll{Setup: c.another(), Ask: &wire.Motion{Complete: true}}, "another", false)
	c.pollAt(n, &wire.Poll{Setup: r.Setup, Ask: &wire.Motion{Complete: true}}, "its own", true)
}

// What is decided here is told, and not voted about again.
func TestNoVotesAfterTheEnd(t *testing.T) {
	c := newCutOff(t)
	n, version := c.Nodes[3], c.r.Version()
	final := &wire.Abandonment{Session: version, Ballot: 1, Signatures: votes(version, 1, false, c.voters(3)...)}
	c.pollAt(n, &wire.Poll{Setup: c.r.Setup, Final: final}, "the end", true)
	for _, ask := range []*wire.Motion{{Complete: true}, {}} {
		if vote := c.toldAt(n, &wire.Poll{Setup: c.r.Setup, Ask: ask, Record: c.r}); vote.Final == nil || vote.Cast != nil {
			t.Errorf("asked about an abandoned attempt: %+v", vote)
		}
	}
	other := c.Deal(c.key, 1, c.author, c.Nodes) // all hold this one
	if vote := c.toldAt(n, &wire.Poll{Setup: c.r.Setup, Ask: &wire.Motion{Complete: true}, Record: c.r}); vote.Record == nil ||
		vote.Record.Version() != other.Version() || vote.Cast != nil {
		t.Errorf("asked about another attempt than the key: %+v", vote)
	}
	if vote := c.toldAt(n, &wire.Poll{Setup: c.another(), Ask: new(wire.Motion)}); vote.Record == nil || vote.Cast != nil {
		t.Errorf("asked about an attempt after the key: %+v", vote)
	}
}

// toldAt is what a node answers n1, without saving anything.
func (c *cutOff) toldAt(n *sessiontest.Node, p *wire.Poll) *wire.Vote {
	c.t.Helper()
	from := c.Nodes[0].ID()
	id := p.Session(c.ID, from)
	eff := generation.JoinResolution(n.Env(), n.State(c.key), from, id).Step(session.Received{From: from, Session: id, Msg: p})
	vote, ok := eff.Send[0].Msg.(*wire.Vote)
	if !ok || len(eff.Save) > 0 {
		c.t.Fatalf("saves %d records, and answers with %T", len(eff.Save), eff.Send[0].Msg)
	}
	return vote
}

// Who holds the certificate of an abandoned attempt, be it with its share, lets go of both.
func TestAbandonedCertificate(t *testing.T) {
	c := newCutOff(t)
	n, r := c.Nodes[3], c.r
	value := n.State(c.key).Pending
	n.Put(wire.NewRecord(wire.Put, wire.RecordKey, c.key, wire.SessionID{}, r),
		wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: c.key, Session: r.Version(), Value: value.Encode()})
	setup := c.another()
	n.Forget(wire.RecordAttempt, c.key)
	c.initAt(n, c.anothers(setup.Session()), "an attempt that it has no part in", false)
	final := &wire.Abandonment{Session: r.Version(), Ballot: 1, Signatures: votes(r.Version(), 1, false, c.voters(3)...)}
	c.pollAt(n, &wire.Poll{Setup: r.Setup, Final: final}, "the end", true)
	if s := n.State(c.key); s.Record != nil || s.Share != nil || s.Attempt != nil || s.Pending != nil {
		t.Errorf("still holds %+v", s)
	}
}

// What another session has left of an abandoned attempt, or of one that the node is not bound to,
// goes with the next promise: first of all the share.
func TestLeftoversGo(t *testing.T) {
	for name, leave := range map[string]func(c *cutOff, n *sessiontest.Node){
		"an abandoned attempt": func(c *cutOff, n *sessiontest.Node) {
			final := &wire.Abandonment{Session: c.r.Version(), Ballot: 1, Signatures: votes(c.r.Version(), 1, false, c.voters(3)...)}
			n.Put(wire.NewRecord(wire.Create, wire.RecordOutcome, c.key, c.r.Version(), &session.AttemptOutcome{Majority: 3, Final: final}))
		},
		"an attempt that was replaced": func(c *cutOff, n *sessiontest.Node) {
			bound := wire.SessionID{1}
			n.Put(wire.Record{Op: wire.Put, Kind: wire.RecordOutcome, Key: c.key, Value: bound[:]})
		},
	} {
		c := newCutOff(t)
		n := c.Nodes[3]
		leave(c, n)
		if s := n.State(c.key); s.Attempt != nil || s.Pending != nil {
			t.Errorf("%s: is taken for the present one", name)
		}
		c.pollAt(n, &wire.Poll{Setup: c.another(), Ask: new(wire.Motion)}, name, true)
		left := n.Backup()
		for _, kind := range []wire.RecordKind{wire.RecordAttempt, wire.RecordPending} {
			n.Forget(kind, c.key)
		}
		if after := n.Backup(); len(after) != len(left) {
			t.Errorf("%s: %d records of it are still there", name, len(left)-len(after))
		}
	}
}

// A node that may have forgotten its votes gives none, but on what it has taken part in since.
func TestVotesOfOneThatForgets(t *testing.T) {
	for _, certified := range []bool{false, true} {
		c := newCutOff(t)
		n := c.Nodes[3]
		if certified { // with a share, and not confirmed yet
			value := n.State(c.key).Pending
			n.Put(wire.NewRecord(wire.Put, wire.RecordKey, c.key, wire.SessionID{}, c.r),
				wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: c.key, Session: c.r.Version(), Value: value.Encode()})
			n.Forget(wire.RecordAttempt, c.key)
		}
		n.Gap = true
		c.pollAt(n, &wire.Poll{Setup: c.another(), Ask: new(wire.Motion)}, "another attempt", false)
		c.pollAt(n, &wire.Poll{Setup: c.r.Setup, Ask: new(wire.Motion)}, "its own", true)
	}
}

// A node votes on a bounded number of attempts of one id: each stays on its disk.
func TestFatesAreBounded(t *testing.T) {
	c := newCutOff(t)
	setup := c.r.Setup
	for i := range 65 {
		setup.Nonce[1] = byte(i + 1)
		c.pollAt(c.Nodes[3], &wire.Poll{Setup: setup, Ask: new(wire.Motion)}, fmt.Sprint(i), i < 64)
	}
	c.pollAt(c.Nodes[3], &wire.Poll{Setup: setup, Final: &wire.Abandonment{Session: setup.Session(), Ballot: 1,
		Signatures: votes(setup.Session(), 1, false, c.voters(3)...)}}, "the end of one", true)
}

// A node tells nothing of an attempt that honest servers can't have made.
func TestPollsThatNoHonestNodeSends(t *testing.T) {
	c := newCutOff(t)
	n, stranger := c.Nodes[3], strangers(1)[0].ID()
	for name, change := range map[string]func(*wire.Setup){
		"by too few":              func(s *wire.Setup) { s.Members = s.Members[:2] },
		"another cluster":         func(s *wire.Setup) { s.Cluster[0] ^= 1 },
		"an initiator of nowhere": func(s *wire.Setup) { s.Initiator = stranger },
		"a larger set":            func(s *wire.Setup) { s.SetSize = 5 },
		"with a stranger": func(s *wire.Setup) {
			s.Members = wire.SortNodeIDs(append(slices.Clone(s.Members[:3]), stranger))
			s.Initiator = s.Members[0]
		},
		"nobody's": func(s *wire.Setup) { s.Proof.Data = make([]byte, 65) },
	} {
		setup := c.r.Setup
		change(&setup)
		c.pollAt(n, &wire.Poll{Setup: setup, Ask: new(wire.Motion)}, name, false)
	}
	c.pollAt(n, &wire.Poll{Setup: c.r.Setup, Ask: new(wire.Motion)}, "undisturbed", true)
}

// What one server tells of an attempt is believed by the signatures alone: whoever drives the
// ballots completes the key, by votes that all others take, and names the liar.
func TestLiesToWhoDrives(t *testing.T) {
	for name, c := range map[string]struct {
		lie     func(c *cutOff, v *wire.Vote)
		unnamed bool
	}{
		"nothing": {func(*cutOff, *wire.Vote) {}, true},
		"a vote with a false signature": {func(_ *cutOff, v *wire.Vote) {
			if v.Cast != nil {
				v.Signature[7] ^= 1
			}
		}, false},
		"another's vote": {func(c *cutOff, v *wire.Vote) {
			v.Cast, v.Signature = &wire.Motion{Complete: true}, votes(c.r.Version(), 0, true, c.voters(1)...)[0].Signature
		}, false},
		"a vote that it may not cast": {func(c *cutOff, v *wire.Vote) {
			v.Cast, v.Signature = &wire.Motion{Ballot: 1}, votes(c.r.Version(), 1, false, c.Nodes[1].NodeKey())[0].Signature
		}, false},
		"a vote on forged grounds": {func(c *cutOff, v *wire.Vote) {
			forged := votes(c.r.Version(), 0, false, c.voters(3)...)
			forged[0].Signature[7] ^= 1
			v.Cast = &wire.Motion{Ballot: 1, Grounds: forged}
			v.Signature = votes(c.r.Version(), 1, false, c.Nodes[1].NodeKey())[0].Signature
		}, false},
		"an abandonment by too few": {func(c *cutOff, v *wire.Vote) {
			v.Final = &wire.Abandonment{Session: c.r.Version(), Ballot: 1, Signatures: votes(c.r.Version(), 1, false, c.voters(2)...)}
		}, false},
		"an abandonment with forged votes": {func(c *cutOff, v *wire.Vote) {
			forged := votes(c.r.Version(), 1, false, c.voters(3)...)
			forged[0].Signature[7] ^= 1
			v.Final = &wire.Abandonment{Session: c.r.Version(), Ballot: 1, Signatures: forged}
		}, false},
		"an abandonment by strangers": {func(c *cutOff, v *wire.Vote) { // it may have another list of servers
			v.Final = &wire.Abandonment{Session: c.r.Version(), Ballot: 1, Signatures: votes(c.r.Version(), 1, false, strangers(3)...)}
		}, true},
		"an abandonment of another attempt": {func(c *cutOff, v *wire.Vote) {
			v.Final = &wire.Abandonment{Session: wire.SessionID{1}, Ballot: 1, Signatures: votes(wire.SessionID{1}, 1, false, c.voters(3)...)}
		}, false},
		"a decision by forged votes": {func(c *cutOff, v *wire.Vote) {
			forged := votes(c.r.Version(), 0, true, c.voters(3)...)
			forged[0].Signature[7] ^= 1
			v.Record = sessiontest.CopyRecord(c.r)
			v.Record.Decided = &wire.Decision{Votes: forged}
		}, false},
		"a decision by strangers": {func(c *cutOff, v *wire.Vote) {
			v.Record = sessiontest.CopyRecord(c.r)
			v.Record.Decided = &wire.Decision{Votes: votes(c.r.Version(), 0, true, strangers(3)...)}
		}, true},
		"the record of another key": {func(c *cutOff, v *wire.Vote) {
			v.Record = c.Deal(sessiontest.KeyID(2), 1, c.author, c.Nodes)
		}, false},
		"the certificate of another attempt": {func(c *cutOff, v *wire.Vote) {
			r := c.Deal(c.key, 1, c.author, c.Nodes, c.Nodes...) // stands nowhere
			r.Acks = r.Acks[:1]
			v.Record = r
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCutOff(t)
			w.Nodes[1].Mutate = sessiontest.Changing(func(v *wire.Vote) { c.lie(w, v) })
			n := w.Nodes[0]
			m, err := generation.NewResolution(n.Env(), n.State(w.key), w.key, []*wire.KeyRecord{w.r})
			must(t, err)
			run := w.Begin(n, wire.KindResolve, w.key, m, nil)
			must(t, w.Settle())
			if run.Err != nil || m.Record() == nil || m.Record().Version() != w.r.Version() {
				t.Fatalf("ends with %v, %v", m.Record(), run.Err)
			}
			if err := verify.Record(w.ID, w.Members(), m.Record()); err != nil || !m.Record().Confirmed() {
				t.Errorf("the key that was completed: %v", err)
			}
			for _, n := range []*sessiontest.Node{w.Nodes[0], w.Nodes[2], w.Nodes[3]} {
				if s := n.State(w.key); s.Record == nil || !s.Record.Confirmed() || s.Share == nil {
					t.Errorf("%s does not hold the key", n.Name)
				}
			}
			want := []string{"n2"}
			if c.unnamed {
				want = nil
			}
			if got := w.Blamed(); !reflect.DeepEqual(got, want) {
				t.Errorf("blamed: %v", got)
			}
		})
	}
}
