package session_test

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// asked is a voter among four, and an attempt of which it knows nothing yet: certified, and confirmed by all.
type asked struct {
	*sessiontest.Cluster
	env    session.Env
	record *wire.KeyRecord
}

func newAsked() *asked {
	a := &asked{Cluster: sessiontest.New(4, 1)}
	a.record = a.Deal(sessiontest.KeyID(1), 1, a.NewClient("author"), a.Nodes, a.Nodes...)
	a.env = a.Nodes[3].Env()
	return a
}

// signs are the votes of some nodes.
func (a *asked) signs(attempt wire.SessionID, ballot uint32, complete bool, nodes ...*sessiontest.Node) (all []wire.NodeSign) {
	for _, n := range nodes {
		all = append(all, wire.NodeSign{Node: n.ID(), Signature: n.NodeKey().Sign(wire.VoteDigest(attempt, ballot, complete))})
	}
	return all
}

// unconfirmed is the certificate before anybody has acknowledged it.
func (a *asked) unconfirmed() *wire.KeyRecord {
	r := sessiontest.CopyRecord(a.record)
	r.Acks = nil
	return r
}

// TestCheckAttempt: nobody is asked about an attempt that no honest members can have signed.
func TestCheckAttempt(t *testing.T) {
	for name, c := range map[string]struct {
		bend   func(a *asked, s *wire.Setup)
		reason wire.Reason // 0: it can be one
	}{
		"as it is":                    {func(*asked, *wire.Setup) {}, 0},
		"one member twice":            {func(_ *asked, s *wire.Setup) { s.Members[1] = s.Members[0] }, wire.InvalidMessage},
		"a threshold that none reach": {func(_ *asked, s *wire.Setup) { s.Threshold = 4 }, wire.InvalidMessage},
		"another cluster":             {func(_ *asked, s *wire.Setup) { s.Cluster[0]++ }, wire.NotMember},
		"an initiator who is none": {func(_ *asked, s *wire.Setup) {
			s.Members = s.Members[:3] // and the fourth begins it
			s.Initiator = sessiontest.New(4, 1).Nodes[3].ID()
		}, wire.InvalidMessage},
		"a set that nobody knows":     {func(_ *asked, s *wire.Setup) { s.Set = &wire.SetRef{Epoch: 3} }, wire.NotMember},
		"fewer key servers":           {func(a *asked, s *wire.Setup) { a.env.Set = append(a.env.Set, wire.NodeID{255}) }, wire.NotMember},
		"a member that is not listed": {func(a *asked, s *wire.Setup) { a.env.Set[0] = wire.NodeID{0: 1} }, wire.NotMember},
		"no author":                   {func(_ *asked, s *wire.Setup) { s.Proof.Data = s.Proof.Data[:64] }, wire.BadRequester},
	} {
		a := newAsked()
		a.env.Set = append([]wire.NodeID(nil), a.env.Set...)
		s := sessiontest.CopyRecord(a.record).Setup
		c.bend(a, &s)
		err := session.CheckAttempt(&a.env, &s)
		if (err != nil) != (c.reason != 0) || err != nil && err.Reason != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnswerPoll: a voter takes no certificate, abandonment or motion that does not hold, and gives no first word for completing a key
// of a server set that another has followed.
func TestAnswerPoll(t *testing.T) {
	for name, c := range map[string]struct {
		bend   func(a *asked, p *wire.Poll)
		reason wire.Reason // 0: it answers
	}{
		"a certificate": {func(a *asked, p *wire.Poll) { p.Record = a.record }, 0},
		"the certificate of another attempt": {func(a *asked, p *wire.Poll) {
			p.Record = a.Deal(sessiontest.KeyID(2), 1, a.NewClient("author"), a.Nodes, a.Nodes...)
		}, wire.InvalidMessage},
		"a certificate that lacks one": {func(a *asked, p *wire.Poll) {
			p.Record = sessiontest.CopyRecord(a.record)
			p.Record.Signatures[2] = p.Record.Signatures[1]
		}, wire.InvalidMessage},
		"an abandonment": {func(a *asked, p *wire.Poll) {
			p.Final = &wire.Abandonment{Session: p.Setup.Session(), Ballot: 1, Signatures: a.signs(p.Setup.Session(), 1, false, a.Nodes[:3]...)}
		}, 0},
		"an abandonment by too few": {func(a *asked, p *wire.Poll) {
			p.Final = &wire.Abandonment{Session: p.Setup.Session(), Ballot: 1, Signatures: a.signs(p.Setup.Session(), 1, false, a.Nodes[:2]...)}
		}, wire.InvalidMessage},
		"an abandonment of another": {func(a *asked, p *wire.Poll) {
			p.Final = &wire.Abandonment{Session: wire.SessionID{1}, Ballot: 1, Signatures: a.signs(wire.SessionID{1}, 1, false, a.Nodes[:3]...)}
		}, wire.InvalidMessage},
		"votes for it as an abandonment": {func(a *asked, p *wire.Poll) {
			p.Final = &wire.Abandonment{Session: p.Setup.Session(), Ballot: 1, Signatures: a.signs(p.Setup.Session(), 1, true, a.Nodes[:3]...)}
		}, wire.InvalidMessage},
		"a motion":                         {func(a *asked, p *wire.Poll) { p.Record, p.Ask = a.unconfirmed(), &wire.Motion{Complete: true} }, 0},
		"a motion without the certificate": {func(_ *asked, p *wire.Poll) { p.Ask = &wire.Motion{Complete: true} }, wire.InvalidMessage},
		"a motion without grounds":         {func(_ *asked, p *wire.Poll) { p.Ask = &wire.Motion{Ballot: 1} }, wire.InvalidMessage},
		"a motion with grounds": {func(a *asked, p *wire.Poll) {
			p.Ask = &wire.Motion{Ballot: 1, Grounds: a.signs(p.Setup.Session(), 0, false, a.Nodes[:3]...)}
		}, 0},
		"a motion in later ballots, for what all could say": {func(a *asked, p *wire.Poll) {
			p.Ask = &wire.Motion{Ballot: 1, Grounds: a.signs(p.Setup.Session(), 0, true, a.Nodes[:3]...)}
		}, wire.InvalidMessage},
		"from a node that decides nothing": {func(a *asked, p *wire.Poll) {
			a.env.Self = sessiontest.New(5, 2).Nodes[4].NodeKey()
			p.Ask = new(wire.Motion)
		}, wire.NotMember},
		"completing it, behind the fence": {func(a *asked, p *wire.Poll) {
			a.env.Sets = session.NewSets(a.Know(a.Nodes, a.Nodes[:3])...)
			p.Record, p.Ask = a.unconfirmed(), &wire.Motion{Complete: true}
		}, wire.Unavailable},
		"abandoning it, behind the fence": {func(a *asked, p *wire.Poll) {
			a.env.Sets = session.NewSets(a.Know(a.Nodes, a.Nodes[:3])...)
			p.Ask = new(wire.Motion)
		}, 0},
	} {
		a := newAsked()
		p := &wire.Poll{Setup: a.record.Setup}
		c.bend(a, p)
		batch, vote, err := a.Nodes[3].State(a.record.Setup.Key).AnswerPoll(&a.env, p)
		if (err != nil) != (c.reason != 0) || err != nil && wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %v", name, err)
		}
		if (vote == nil) != (err != nil) || (len(batch) == 0) != (err != nil) {
			t.Errorf("%s: %d changes, %+v", name, len(batch), vote)
		}
	}
}

// TestVotesOnAnIdAreBounded: each vote stays on the disk, so a voter gives some of an id, and then none about further attempts. On those
// that it has voted on it votes again.
func TestVotesOnAnIdAreBounded(t *testing.T) {
	a := newAsked()
	n, key := a.Nodes[3], a.record.Setup.Key
	votes := func(no byte, m *wire.Motion) error {
		p := &wire.Poll{Setup: a.record.Setup, Ask: m}
		p.Setup.Nonce[0] = no
		if m.Ballot > 0 {
			m.Grounds = a.signs(p.Setup.Session(), 0, false, a.Nodes[:3]...)
		}
		batch, _, err := n.State(key).AnswerPoll(&a.env, p)
		n.Put(batch...)
		return err
	}
	for i := range byte(64) {
		if err := votes(i, new(wire.Motion)); err != nil {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	if err := votes(64, new(wire.Motion)); wire.ReasonOf(err) != wire.Limit {
		t.Errorf("one more: %v", err)
	}
	if err := votes(5, &wire.Motion{Ballot: 1}); err != nil {
		t.Errorf("a known one: %v", err)
	}
}

// TestFollow: what is told to be a later sharing is taken if it is the confirmed certificate of one of the same key.
func TestFollow(t *testing.T) {
	for name, c := range map[string]struct {
		bend   func(f *asked, later *wire.KeyRecord, m *wire.Superseded)
		reason wire.Reason // 0: it is taken
	}{
		"as it is":         {func(*asked, *wire.KeyRecord, *wire.Superseded) {}, 0},
		"nothing":          {func(_ *asked, _ *wire.KeyRecord, m *wire.Superseded) { m.Record = nil }, wire.InvalidMessage},
		"not confirmed":    {func(_ *asked, _ *wire.KeyRecord, m *wire.Superseded) { m.Record.Acks = m.Record.Acks[1:2] }, wire.InvalidMessage},
		"the same version": {func(a *asked, _ *wire.KeyRecord, m *wire.Superseded) { m.Record = a.record }, wire.InvalidMessage},
		"another origin": {func(a *asked, later *wire.KeyRecord, _ *wire.Superseded) {
			later.Setup.Move.Origin[0]++
			a.Resign(later)
		}, wire.InvalidMessage},
		"another server key": {func(a *asked, later *wire.KeyRecord, _ *wire.Superseded) {
			later.Commitments[0] = later.Commitments[1]
			later.Setup.Move.Public = later.Public()
			a.Resign(later)
		}, wire.InvalidMessage},
		"a false signature": {func(_ *asked, later *wire.KeyRecord, _ *wire.Superseded) { later.Signatures[0] = later.Signatures[1] }, wire.InvalidMessage},
		"what is known can't be read": {func(a *asked, _ *wire.KeyRecord, _ *wire.Superseded) {
			a.env.Load = func(wire.KeyID) (*session.State, error) { return nil, errors.New("the disk is broken") }
		}, wire.Database},
		"a document key that nobody signed": {func(a *asked, _ *wire.KeyRecord, m *wire.Superseded) {
			m.Document = &wire.DocumentRecord{Key: a.record.Setup.Key, Version: m.Record.Version(), Common: m.Record.Commitments[0], Encrypted: m.Record.Commitments[1]}
		}, wire.InvalidMessage},
	} {
		a := &asked{Cluster: sessiontest.New(4, 1)}
		a.record = a.Deal(sessiontest.KeyID(1), 1, a.NewClient("author"), a.Nodes)
		sets := a.Know(a.Nodes)
		later, _ := a.Moved(a.record, sessiontest.Redistribution{Set: sets[0], Round: 7, Threshold: 1, Members: a.Nodes, Pair: wire.PairState{Kind: wire.PairNone}})
		a.env = a.Nodes[3].Env()
		m := &wire.Superseded{Record: later, Links: []byte{}}
		c.bend(a, later, m)
		next, batch, err := session.Follow(&a.env, a.record, m)
		if (err != nil) != (c.reason != 0) || err != nil && wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (!next.Usable(later.Version()) || len(batch) == 0) {
			t.Errorf("%s: %d changes, %+v", name, len(batch), next.Record)
		}
	}
}

// TestDocumentOfAnEarlierVersion: a node that was away learns a document key which its certificate leaves to the holders of an earlier
// version by the record of that one, which has to hold as any other.
func TestDocumentOfAnEarlierVersion(t *testing.T) {
	for name, c := range map[string]struct {
		bend   func(told *wire.KeyRecord) *wire.KeyRecord
		reason wire.Reason // 0: it is learnt
	}{
		"as it is":      {func(told *wire.KeyRecord) *wire.KeyRecord { return told }, 0},
		"nothing":       {func(*wire.KeyRecord) *wire.KeyRecord { return nil }, wire.Unavailable},
		"not confirmed": {func(told *wire.KeyRecord) *wire.KeyRecord { told.Acks = nil; return told }, wire.Unavailable},
		"not signed by all": {func(told *wire.KeyRecord) *wire.KeyRecord {
			told.Signatures[0] = told.Signatures[1]
			return told
		}, wire.InvalidMessage},
	} {
		a := &asked{Cluster: sessiontest.New(4, 1)}
		sets := a.Know(a.Nodes)
		n := a.Nodes[3]
		a.record = a.Deal(sessiontest.KeyID(1), 1, a.NewClient("author"), a.Nodes, n)
		d := a.Certify(a.record, a.Encrypt(a.record, 1))
		later := a.Redeal(a.record, sessiontest.Redistribution{Set: sets[0], Round: 7, Threshold: 1, Members: a.Nodes, Pair: wire.PairState{Kind: wire.PairClosed}})
		a.env = n.Env()
		state := n.State(later.Setup.Key)
		batch, err := state.LearnDocument(&a.env, d, c.bend(sessiontest.CopyRecord(a.record)))
		if (err != nil) != (c.reason != 0) || err != nil && wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %v", name, err)
		}
		if (len(batch) == 0) != (err != nil) || (state.Document == nil) != (err != nil) {
			t.Errorf("%s: %d changes, %+v", name, len(batch), state.Document)
		}
	}
}

// TestWordBehindTheFence: behind its fence a node gives a word again that it has given before, and goes on to complete sharings that are
// dealt anew, which a later one supersedes.
func TestWordBehindTheFence(t *testing.T) {
	a := newAsked()
	sets := session.NewSets(a.Know(a.Nodes, a.Nodes[:3])...)
	n, attempt := a.Nodes[3], a.record.Setup.Session()
	p := &wire.Poll{Setup: a.record.Setup, Record: a.unconfirmed(), Ask: &wire.Motion{Complete: true}}
	batch, _, err := n.State(a.record.Setup.Key).AnswerPoll(&a.env, p)
	if err != nil {
		t.Fatal(err)
	}
	n.Put(batch...)
	a.env.Sets = sets
	p.Ask = &wire.Motion{Ballot: 2, Complete: true, Grounds: a.signs(attempt, 1, true, a.Nodes[:3]...)}
	if _, vote, err := n.State(a.record.Setup.Key).AnswerPoll(&a.env, p); err != nil || vote.Cast == nil || vote.Cast.Ballot != 2 || !vote.Cast.Complete {
		t.Errorf("its word again: %+v, %v", vote, err)
	}

	a = newAsked()
	later, _ := a.Moved(a.record, sessiontest.Redistribution{Set: sets.At(0), Round: 7, Threshold: 1, Members: a.Nodes, Pair: wire.PairState{Kind: wire.PairNone}})
	a.env.Sets = sets
	later.Acks = nil
	state, err := a.Nodes[3].State(later.Setup.Key).In(later.Setup.Slot())
	if err != nil {
		t.Fatal(err)
	}
	if _, vote, err := state.AnswerPoll(&a.env, &wire.Poll{Setup: later.Setup, Record: later, Ask: &wire.Motion{Complete: true}}); err != nil || vote.Cast == nil || !vote.Cast.Complete {
		t.Errorf("a sharing that is dealt anew: %+v, %v", vote, err)
	}
}
