package handover_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// said is what the coordinator n1 has said to n2 in a session that went well, in a cluster of the same keys.
type said struct {
	id          wire.SessionID
	propose     *wire.Propose
	attempted   *wire.Attempted
	certified   *wire.Certified
	established *wire.Established
}

func (r *said) attempt() *wire.SetAttempt {
	a := r.propose.Attempt
	a.Ready, a.Signature = r.attempted.Ready, r.attempted.Signature
	return &a
}

func recorded(t *testing.T, nonce byte, members ...int) *said {
	t.Helper()
	s, r := newSets(t), new(said)
	s.Spy = func(from *sessiontest.Node, env wire.Envelope) {
		if from != s.Nodes[0] || env.To != s.Nodes[1].ID() {
			return
		}
		switch m := env.Msg.(type) {
		case *wire.Propose:
			r.id, r.propose = env.Session, m
		case *wire.Attempted:
			r.attempted = m
		case *wire.Certified:
			r.certified = m
		case *wire.Established:
			r.established = m
		}
	}
	d := s.begin(1, s.order(s.First, nonce, members...))
	s.settle()
	s.wantsDone(d)
	return r
}

// member is n2 of a cluster that nothing has happened in, in a session that n1 coordinates.
type member struct {
	*sets
	node *sessiontest.Node
	m    *handover.DecidingMember
	id   wire.SessionID
}

func newMember(t *testing.T, at int, r *said) *member {
	s := newSets(t)
	n := s.Nodes[at-1]
	return &member{s, n, handover.JoinDeciding(n.Env(), s.Nodes[0].ID(), r.id), r.id}
}

func (m *member) hears(msg wire.Message) session.Effects {
	eff := m.m.Step(session.Received{From: m.Nodes[0].ID(), Session: m.id, Msg: msg})
	m.node.Put(eff.Save...)
	return eff
}

func sends[M wire.Message](t *testing.T, eff session.Effects) (last M) {
	t.Helper()
	if len(eff.Send) == 1 {
		if m, ok := eff.Send[0].Msg.(M); ok {
			return m
		}
	}
	t.Fatalf("sends %+v, ends with %v; want one %T", eff.Send, eff.Err, last)
	return last
}

// A member does its part, and nothing that the coordinator has it do is against the rules.
func TestMemberGuards(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	other := recorded(t, 2, 1, 2, 3, 4, 6)
	none := func(*member) {}
	bound := func(m *member) { m.hears(r.propose); sends[*wire.SetBound](t, m.hears(r.attempted)) }
	for name, c := range map[string]struct {
		at     int
		before func(*member)
		msg    func(m *member) wire.Message
		want   wire.Reason // 0: it goes on, or ends well
		fault  bool
	}{
		"proposed":            {2, none, func(*member) wire.Message { return r.propose }, 0, false},
		"something before":    {2, none, func(*member) wire.Message { return r.attempted }, wire.InvalidMessage, true},
		"an order of nobody":  {2, none, func(*member) wire.Message { m := *r.propose; m.Attempt.Orders = nil; return &m }, wire.InvalidMessage, true},
		"another proposal":    {2, none, func(*member) wire.Message { m := *r.propose; m.Attempt.Nonce[0]++; return &m }, wire.InvalidMessage, true},
		"another coordinator": {2, none, func(m *member) wire.Message { p := *r.propose; p.Attempt.Coordinator = m.Nodes[2].ID(); return &p }, wire.InvalidMessage, true},
		"another chain":       {2, none, func(*member) wire.Message { m := *r.propose; m.Attempt.Order.Chain++; return &m }, wire.NotMember, false},
		"expired":             {2, func(m *member) { m.Time = 5000 }, func(*member) wire.Message { return r.propose }, wire.Denied, false},
		"nobody's member":     {6, none, func(*member) wire.Message { return r.propose }, wire.NotMember, false},
		"an attempt":          {2, func(m *member) { m.hears(r.propose) }, func(*member) wire.Message { return r.attempted }, 0, false},
		"expired meanwhile":   {2, func(m *member) { m.hears(r.propose); m.Time = 5000 }, func(*member) wire.Message { return r.attempted }, wire.Denied, false},
		"too few ready": {2, func(m *member) { m.hears(r.propose) }, func(*member) wire.Message {
			return &wire.Attempted{Ready: r.attempted.Ready[:2], Signature: r.attempted.Signature}
		}, wire.InvalidMessage, true},
		"an unsigned attempt":                       {2, func(m *member) { m.hears(r.propose) }, func(*member) wire.Message { return &wire.Attempted{Ready: r.attempted.Ready} }, wire.InvalidMessage, true},
		"an attempt, not to a member of the parent": {5, func(m *member) { m.hears(r.propose) }, func(*member) wire.Message { return r.attempted }, wire.InvalidMessage, true},
		"a second attempt":                          {2, bound, func(*member) wire.Message { return r.attempted }, wire.InvalidMessage, true},
		"a certificate":                             {2, bound, func(*member) wire.Message { return r.certified }, 0, false},
		"a certificate without an attempt":          {2, func(m *member) { m.hears(r.propose) }, func(*member) wire.Message { return r.certified }, wire.InvalidMessage, true},
		"a certificate of too few":                  {2, bound, func(*member) wire.Message { return &wire.Certified{Signed: r.certified.Signed[:2]} }, wire.InvalidMessage, true},
		"a certificate of another":                  {2, bound, func(*member) wire.Message { return other.certified }, wire.InvalidMessage, true},
		"established":                               {2, bound, func(*member) wire.Message { return r.established }, 0, false},
		"established by another":                    {2, bound, func(*member) wire.Message { return other.established }, 0, false},
		"established by too few": {2, bound, func(*member) wire.Message {
			e := *r.established
			e.Link.Decided.Votes = e.Link.Decided.Votes[:2]
			return &e
		}, wire.InvalidMessage, true},
		"cancelled":                    {2, func(m *member) { m.noteCancel(&r.propose.Attempt.Order) }, func(*member) wire.Message { return r.propose }, wire.Denied, false},
		"cancelled after the proposal": {2, func(m *member) { m.hears(r.propose); m.noteCancel(&r.propose.Attempt.Order) }, func(*member) wire.Message { return r.attempted }, wire.Denied, false},
		"cancelled after the binding":  {2, func(m *member) { bound(m); m.noteCancel(&r.propose.Attempt.Order) }, func(*member) wire.Message { return r.certified }, wire.Denied, false},
	} {
		m := newMember(t, c.at, r)
		c.before(m)
		eff := m.hears(c.msg(m))
		if c.want == 0 && eff.Err != nil || c.want != 0 && (wire.ReasonOf(eff.Err) != c.want || len(eff.Save) > 0) || (len(eff.Faults) > 0) != c.fault {
			t.Errorf("%s: ends with %v, saves %v, faults %+v", name, eff.Err, eff.Save, eff.Faults)
		}
	}
}

func (m *member) noteCancel(o *wire.SetOrder) {
	m.t.Helper()
	c := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: o.Chain, Cluster: o.Cluster, Epoch: o.Epoch, Parent: o.Parent, Nonce: o.Nonce}}
	c.Signatures = signAdmin(c.Cancel.Digest(), m.admins[:2]...)
	m.polled(&wire.SetPoll{Epoch: 1, Cancel: c})
}

// polled is the node's answer to a poll of n3.
func (m *member) polled(p *wire.SetPoll) (*wire.SetVote, session.Effects) {
	m.t.Helper()
	from := m.Nodes[2].ID()
	id := p.Session(m.ID, from)
	s := handover.JoinSettling(m.node.Env(), from, id)
	eff := s.Step(session.Received{From: from, Session: id, Msg: p})
	m.node.Put(eff.Save...)
	if len(eff.Send) != 1 {
		m.t.Fatalf("%+v", eff)
	}
	vote, _ := eff.Send[0].Msg.(*wire.SetVote)
	return vote, eff
}

// A node that is bound to one attempt does not bind itself to another before it is shown that the first was abandoned.
func TestBoundOnce(t *testing.T) {
	r, other := recorded(t, 1, 1, 2, 3, 4, 5), recorded(t, 2, 1, 2, 3, 4, 6)
	m := newMember(t, 2, r)
	m.hears(r.propose)
	again := handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), other.id) // proposed before it is bound
	step := func(msg wire.Message) session.Effects {
		eff := again.Step(session.Received{From: m.Nodes[0].ID(), Session: other.id, Msg: msg})
		return eff
	}
	m.node.Put(step(other.propose).Save...)
	sends[*wire.SetBound](t, m.hears(r.attempted))
	if c := sends[*wire.SetConflict](t, step(other.attempted)); c.Attempt.ID() != r.attempt().ID() {
		t.Error("shows another attempt")
	}
	again = handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), other.id)
	sends[*wire.SetConflict](t, step(other.propose)) // said as soon as it is proposed
	// Abandoned by two it is not abandoned, by three it is.
	votes := func(nodes ...int) *wire.Abandonment {
		a := &wire.Abandonment{Session: r.attempt().ID(), Ballot: 1}
		for _, i := range nodes {
			n := m.Nodes[i-1]
			a.Signatures = append(a.Signatures, wire.NodeSign{Node: n.ID(), Signature: n.NodeKey().Sign(wire.VoteDigest(a.Session, 1, false))})
		}
		return a
	}
	for _, false := range []*wire.Abandonment{votes(1, 3), votes(1, 3, 5)} {
		if _, eff := m.polled(&wire.SetPoll{Epoch: 1, Attempt: r.attempt(), Final: false}); eff.Err == nil {
			t.Error("takes a false abandonment")
		}
	}
	again = handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), other.id)
	sends[*wire.SetConflict](t, step(other.propose))
	if vote, eff := m.polled(&wire.SetPoll{Epoch: 1, Attempt: r.attempt(), Final: votes(1, 3, 4)}); eff.Err != nil || vote.Final == nil {
		t.Fatalf("%+v", eff)
	}
	again = handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), other.id)
	m.node.Put(step(other.propose).Save...)
	sends[*wire.SetBound](t, step(other.attempted))
	// And the first one is dead.
	m.m = handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), r.id)
	if eff := m.hears(r.propose); len(eff.Save) != 0 {
		t.Errorf("%+v", eff)
	}
	if eff := m.hears(r.attempted); len(eff.Save) > 0 {
		t.Errorf("binds itself to what is abandoned: %+v", eff)
	}
}

// A member whose chain does not have the attempt's block yet says nothing until it has, and then all that it was asked for. It waits
// for a while, and not for a block that can't come.
func TestEarlyAttempt(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	yet := wire.Errorf(wire.Busy, "not final here yet")
	other := wire.Errorf(wire.Unavailable, "another block")
	ticks := func(m *member, most int) (eff session.Effects) {
		for i := 0; i < most && !eff.Done && len(eff.Send) == 0; i++ {
			eff = m.m.Step(session.Tick{})
		}
		m.node.Put(eff.Save...)
		return eff
	}
	early := func() (*member, *error) {
		m, chain := newMember(t, 2, r), error(yet)
		m.node.OnChain = func(wire.BlockRef) error { return chain }
		m.m = handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), r.id)
		m.hears(r.propose)
		if eff := m.hears(r.attempted); len(eff.Send)+len(eff.Save) > 0 || eff.Done {
			t.Fatalf("says what it can't know: %+v", eff)
		}
		return m, &chain
	}

	m, chain := early()
	if eff := m.hears(r.certified); len(eff.Send)+len(eff.Save)+len(eff.Faults) > 0 || eff.Done {
		t.Fatalf("an early certificate: %+v", eff)
	}
	if eff := ticks(m, 10); len(eff.Send)+len(eff.Save) > 0 {
		t.Fatalf("does not wait: %+v", eff)
	}
	*chain = nil
	eff := ticks(m, 1)
	if len(eff.Send) != 2 || eff.Send[0].Msg.Code() != wire.CodeSetBound || eff.Send[1].Msg.Code() != wire.CodeSetAck {
		t.Fatalf("once the block is there: %+v", eff)
	}
	if eff := m.hears(r.established); eff.Err != nil || m.node.Sets().Newest().Epoch != 1 {
		t.Errorf("ends with %v", eff.Err)
	}

	for name, c := range map[string]struct {
		then  error
		ticks int
		want  wire.Reason
	}{
		"it is another block":      {other, 1, wire.Unavailable},
		"it does not come":         {yet, 5 * session.TicksPerSecond, wire.Busy},
		"the order has been spent": {nil, 1, wire.Denied},
	} {
		m, chain := early()
		m.hears(r.certified)
		if *chain = c.then; c.then == nil {
			m.Time = 5000
		}
		if eff := ticks(m, c.ticks); wire.ReasonOf(eff.Err) != c.want || len(eff.Save)+len(eff.Faults) > 0 {
			t.Errorf("%s: %+v", name, eff)
		}
	}

	m, _ = early()
	if eff := m.hears(r.attempted); wire.ReasonOf(eff.Err) != wire.InvalidMessage || len(eff.Faults) == 0 {
		t.Errorf("two attempts: %+v", eff)
	}
	m, _ = early()
	if eff := m.hears(r.established); eff.Err != nil || m.node.Sets().Newest().Epoch != 1 {
		t.Errorf("established while it waits: %v", eff.Err)
	}
}

// Polls: what a member says, once in each ballot, and what it does not.
func TestPolled(t *testing.T) {
	r, other := recorded(t, 1, 1, 2, 3, 4, 5), recorded(t, 2, 1, 2, 3, 4, 6)
	a := r.attempt()
	ask := func(ballot uint32, complete bool) *wire.SetPoll {
		return &wire.SetPoll{Epoch: 1, Attempt: a, Ask: &wire.Motion{Ballot: ballot, Complete: complete}}
	}
	m := newMember(t, 2, r)
	if vote, _ := m.polled(&wire.SetPoll{Epoch: 1, Attempt: a}); vote == nil || vote.Cast != nil {
		t.Errorf("%+v", vote)
	}
	for name, p := range map[string]*wire.SetPoll{
		"without the certificate": ask(0, true),
		"without grounds":         ask(1, true),
		"without its own":         {Epoch: 1, Attempt: a, Ask: &wire.Motion{Complete: true}, Signed: r.certified.Signed[:2]},
		"with another's":          {Epoch: 1, Attempt: a, Ask: &wire.Motion{Complete: true}, Signed: other.certified.Signed},
		"of another epoch":        {Epoch: 2, Ask: &wire.Motion{}},
	} {
		if vote, eff := m.polled(p); vote != nil || len(eff.Save) > 0 || eff.Err == nil {
			t.Errorf("%s: votes %+v", name, vote)
		}
	}
	bad := *a
	bad.Signature = wire.Signature{}
	if vote, eff := m.polled(&wire.SetPoll{Epoch: 1, Attempt: &bad, Ask: new(wire.Motion)}); vote != nil || len(eff.Save) > 0 {
		t.Errorf("votes on what nobody coordinates: %+v", vote)
	}
	vote, _ := m.polled(ask(0, false))
	if vote.Cast == nil || vote.Cast.Complete || !m.node.ID().Signed(wire.VoteDigest(a.ID(), 0, false), &vote.Signature) {
		t.Fatalf("%+v", vote)
	}
	vote, eff := m.polled(&wire.SetPoll{Epoch: 1, Attempt: a, Ask: &wire.Motion{Complete: true}, Signed: r.certified.Signed})
	if vote.Cast.Complete || len(eff.Save) > 0 {
		t.Error("votes twice in one ballot")
	}
	// A crash forgets nothing.
	m.m = handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), r.id)
	m.hears(r.propose)
	sends[*wire.SetBound](t, m.hears(r.attempted))
	if eff := m.hears(r.certified); wire.ReasonOf(eff.Err) != wire.Busy || len(eff.Save) > 0 {
		t.Errorf("acknowledges what it has voted against: %+v", eff)
	}
	m.node.Gap = true
	if vote, eff := m.polled(&wire.SetPoll{Epoch: 1, Attempt: other.attempt(), Ask: new(wire.Motion)}); vote != nil || wire.ReasonOf(eff.Err) != wire.Unavailable {
		t.Errorf("a node with a gap votes: %+v", vote)
	}
	m.node.Gap = false
	// A link that does not hold is none; one that does ends all words.
	forged := r.established.Link
	forged.Decided.Votes = forged.Decided.Votes[1:]
	if _, eff := m.polled(&wire.SetPoll{Epoch: 1, Link: &forged}); eff.Err == nil || m.node.Sets().Newest().Epoch != 0 {
		t.Error("takes a forged link")
	}
	if _, eff := m.polled(&wire.SetPoll{Epoch: 1, Link: &r.established.Link}); eff.Err != nil || m.node.Sets().Newest().Epoch != 1 {
		t.Errorf("%+v", eff)
	}
	if vote, _ := m.polled(&wire.SetPoll{Epoch: 1, Attempt: other.attempt(), Ask: new(wire.Motion)}); vote == nil || vote.Link == nil {
		t.Errorf("does not tell the link: %+v", vote)
	}
}

// A word that another session of the node has made wrong meanwhile is not given: what it was made with is expected.
func TestWordsAreGuarded(t *testing.T) {
	r, other := recorded(t, 1, 1, 2, 3, 4, 5), recorded(t, 2, 1, 2, 3, 4, 6)
	for name, meanwhile := range map[string]func(*member){
		"bound": func(m *member) {
			m.m = handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), other.id)
			m.id = other.id
			m.hears(other.propose)
			m.hears(other.attempted)
		},
		"cancelled":   func(m *member) { m.noteCancel(&r.propose.Attempt.Order) },
		"established": func(m *member) { m.polled(&wire.SetPoll{Epoch: 1, Link: &other.established.Link}) },
	} {
		m := newMember(t, 2, r)
		m.hears(r.propose)
		late := m.m.Step(session.Received{From: m.Nodes[0].ID(), Session: m.id, Msg: r.attempted}) // not saved yet
		meanwhile(m)
		if !refused(m.node, late.Save) {
			t.Errorf("%s: bound all the same", name)
		}
		m = newMember(t, 2, r)
		from := m.Nodes[2].ID()
		p := &wire.SetPoll{Epoch: 1, Attempt: r.attempt(), Ask: new(wire.Motion)}
		poll := handover.JoinSettling(m.node.Env(), from, p.Session(m.ID, from))
		late = poll.Step(session.Received{From: from, Session: p.Session(m.ID, from), Msg: p})
		meanwhile(m)
		if !refused(m.node, late.Save) {
			t.Errorf("%s: voted all the same", name)
		}
	}
}

func refused(n *sessiontest.Node, batch []wire.Record) (refused bool) {
	defer func() { refused = recover() != nil }()
	n.Put(batch...)
	return false
}

// A new node takes what others tell of sets if it leads to the set that its operator has configured; a founding member only
// if it begins with its own.
func TestAnchor(t *testing.T) {
	s := newSets(t)
	d := s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
	s.settle()
	next := s.wantsDone(d).Set()
	configured := func(change func(*wire.ServerSet)) *wire.ServerSet {
		c := &wire.ServerSet{Cluster: s.ID, Members: next.Members, Floor: 1}
		change(c)
		return c
	}
	for name, c := range map[string]struct {
		at    int
		first *wire.ServerSet
		good  bool
	}{
		"set 0":                   {6, s.First, true},
		"the newest set":          {6, configured(func(*wire.ServerSet) {}), true},
		"with its administrators": {6, configured(func(c *wire.ServerSet) { c.Authority = next.Authority }), true},
		"with others": {6, configured(func(c *wire.ServerSet) {
			c.Authority = wire.Authority{Administrators: []common.Address{{1}}, Needed: 1}
		}), false},
		"members of set 0":                  {6, configured(func(c *wire.ServerSet) { c.Members = s.First.Members }), true},
		"other members":                     {6, configured(func(c *wire.ServerSet) { c.Members = s.Members()[2:] }), false},
		"itself, and another set 0":         {6, configured(func(c *wire.ServerSet) { c.Members = s.Members()[1:] }), false},
		"a founder, without administrators": {1, configured(func(c *wire.ServerSet) { c.Members = s.First.Members }), false},
	} {
		n := s.Nodes[c.at-1]
		before := n.Backup()
		for _, kind := range []wire.RecordKind{wire.RecordSet, wire.RecordSetBound, wire.RecordEpochKey} {
			n.Forget(kind, wire.KeyID{})
		}
		n.First = c.first
		if err := s.follow(c.at); (err == nil) != c.good || c.good && n.Sets().Newest().Hash() != next.Hash() {
			t.Errorf("%s: %v", name, err)
		}
		n.Restore(before)
		n.First, n.Gap = nil, false
	}
}

// What is stored counts, must chain, and is compared with what is configured.
func TestLoadSets(t *testing.T) {
	s := newSets(t)
	d := s.begin(1, s.order(s.First, 1, 2, 3, 4, 5))
	s.settle()
	link := s.wantsDone(d)
	env := s.Nodes[1].Env()
	other := *s.First
	other.Floor = 0
	loaded, links, err := handover.LoadSets(&other, env.Get, env.List)
	if err != nil || len(links) != 1 || loaded.At(0).Hash() != s.First.Hash() || loaded.Newest().Hash() != link.Set().Hash() {
		t.Fatalf("%+v, %v", loaded, err)
	}
	if handover.Differs(s.First, loaded) != "" || handover.Differs(&other, loaded) == "" {
		t.Error("a difference is not told")
	}
	bend := func(kind uint64, value any) error {
		get := func(k wire.RecordKind, key wire.KeyID, id wire.SessionID) ([]byte, error) {
			if k == wire.RecordSet && id == wire.EpochName(kind) {
				if value == nil {
					return nil, session.ErrNoRecord
				}
				return wire.NewRecord(wire.Put, k, key, id, value).Value, nil
			}
			return env.Get(k, key, id)
		}
		_, _, err := handover.LoadSets(s.First, get, env.List)
		return err
	}
	bad := *link
	bad.Decided.Votes = slices.Clone(bad.Decided.Votes[:2])
	for name, err := range map[string]error{"no set 0": bend(0, nil), "another": bend(0, &other), "no link": bend(1, nil), "a link that does not hold": bend(1, &bad), "garbage": bend(1, "x")} {
		if err == nil {
			t.Errorf("%s: is loaded", name)
		}
	}
	failing := func(wire.RecordKind, wire.KeyID) ([]wire.SessionID, error) { return nil, fmt.Errorf("disk") }
	if _, _, err := handover.LoadSets(s.First, env.Get, failing); err == nil {
		t.Error("what can't be read is taken for nothing")
	}
}

// The epoch key of an order that came to nothing is erased, and that of the set is kept.
func TestEpochKeys(t *testing.T) {
	s := newSets(t)
	s.Down(s.Nodes[2])
	s.Down(s.Nodes[3])
	s.Down(s.Nodes[5])
	d := s.begin(1, s.order(s.First, 1, 1, 2, 5))
	s.settle()
	s.wants(d, wire.Unavailable, "2 of the 3 key servers needed of server set 0")
	for _, n := range s.Nodes {
		s.Restart(n)
	}
	o := s.order(s.First, 2, 1, 2, 3, 5)
	s.wantsNothing(s.begin(1, o))
	env := s.Nodes[0].Env()
	keys, err := env.List(wire.RecordEpochKey, wire.KeyID{})
	if err != nil || len(keys) != 1 || keys[0] != wire.SessionID(o.Digest()) {
		t.Errorf("keys of %v, %v", keys, err)
	}
	if !wire.RecordEpochKey.Secret() {
		t.Error("kept like what is no secret")
	}
}

func (s *sets) wantsNothing(d *deciding) { s.settle(); s.wantsDone(d) }

// One coordinator uses up what a node keeps of its attempts, and not what it keeps of another's.
func TestAttemptsAreLimited(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	m := newMember(t, 2, r)
	variant := func(more int) *wire.SetPoll { // the same proposal, with signatures said again
		a := r.attempt()
		for range more {
			a.Orders = append(slices.Clone(a.Orders), a.Orders[0])
		}
		a.Signature = m.Nodes[0].NodeKey().Sign(wire.CoordinatedDigest(a.ID()))
		return &wire.SetPoll{Epoch: 1, Attempt: a, Ask: new(wire.Motion)}
	}
	for i := range 32 {
		if vote, eff := m.polled(variant(i)); vote == nil {
			t.Fatalf("attempt %d: %v", i, eff.Err)
		}
	}
	if _, eff := m.polled(variant(32)); wire.ReasonOf(eff.Err) != wire.Limit || len(eff.Save) > 0 {
		t.Errorf("one too many: %v", eff.Err)
	}
	other := newSets(t)
	other.Spy = func(from *sessiontest.Node, env wire.Envelope) {
		if c, ok := env.Msg.(*wire.Established); ok && from == other.Nodes[2] {
			if vote, eff := m.polled(&wire.SetPoll{Epoch: 1, Attempt: &c.Link.Attempt, Ask: new(wire.Motion)}); vote == nil {
				t.Errorf("another's: %v", eff.Err)
			}
			other.Spy = nil
		}
	}
	other.wantsNothing(other.begin(3, other.order(other.First, 1, 1, 2, 3, 4, 5)))
}

// What can't be read is never taken for nothing said; a node that is behind itself says nothing of a set that is established;
// and without a clock no order is in time.
func TestUnreadableWords(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	poll := &wire.SetPoll{Epoch: 1, Attempt: r.attempt(), Ask: new(wire.Motion)}
	from := func(m *member) wire.NodeID { return m.Nodes[2].ID() }
	answers := func(m *member, env session.Env) session.Effects {
		id := poll.Session(m.ID, from(m))
		return handover.JoinSettling(env, from(m), id).Step(session.Received{From: from(m), Session: id, Msg: poll})
	}
	m := newMember(t, 2, r)
	m.node.Put(wire.Record{Kind: wire.RecordSetBound, Session: wire.EpochName(1), Value: []byte{1}})
	if eff := answers(m, m.node.Env()); wire.ReasonOf(eff.Err) != wire.Internal || len(eff.Save) > 0 {
		t.Errorf("a damaged word: %v", eff.Err)
	}
	m = newMember(t, 2, r)
	env := m.node.Env()
	m.polled(&wire.SetPoll{Epoch: 1, Attempt: r.attempt(), Ask: new(wire.Motion)})
	env.Get = func(kind wire.RecordKind, key wire.KeyID, id wire.SessionID) ([]byte, error) {
		return nil, fmt.Errorf("disk")
	}
	if eff := answers(m, env); wire.ReasonOf(eff.Err) != wire.Internal || len(eff.Save) > 0 {
		t.Errorf("an unreadable word: %v", eff.Err)
	}
	m = newMember(t, 2, r)
	behind := m.node.Env()
	m.polled(&wire.SetPoll{Epoch: 1, Link: &r.established.Link})
	if eff := answers(m, behind); wire.ReasonOf(eff.Err) != wire.NotMember || len(eff.Save) > 0 {
		t.Errorf("votes on what is established: %v", eff.Err)
	}
	m = newMember(t, 2, r)
	clockless := m.node.Env()
	clockless.FinalTime = nil
	m.m = handover.JoinDeciding(clockless, m.Nodes[0].ID(), r.id)
	if eff := m.hears(r.propose); wire.ReasonOf(eff.Err) != wire.Unavailable {
		t.Errorf("without a clock: %v", eff.Err)
	}
	m = newMember(t, 2, r)
	m.node.Gap = true
	m.m = handover.JoinDeciding(m.node.Env(), m.Nodes[0].ID(), r.id)
	sends[*wire.Ready](t, m.hears(r.propose)) // which is no word about other attempts
	if eff := m.hears(r.attempted); wire.ReasonOf(eff.Err) != wire.Unavailable || len(eff.Save) > 0 {
		t.Errorf("a node with a gap binds itself: %v", eff.Err)
	}
}

// Lies to a poll are found, and who tells them is blamed; a poll of who is no member, and a cancelled order of nobody, are
// refused.
func TestPollsLies(t *testing.T) {
	r := recorded(t, 1, 1, 2, 3, 4, 5)
	forged := r.established.Link
	forged.Decided.Votes = forged.Decided.Votes[1:]
	for name, lie := range map[string]*wire.SetVote{
		"a forged link":          {Link: &forged},
		"a forged abandonment":   {Final: &wire.Abandonment{Session: r.attempt().ID(), Ballot: 1}},
		"a forged certificate":   {Signed: r.certified.Signed[:2]},
		"a vote without signing": {Cast: new(wire.Motion)},
	} {
		m := newMember(t, 1, r)
		s, err := handover.NewSettling(m.node.Env(), r.attempt())
		if err != nil {
			t.Fatal(err)
		}
		eff := s.Step(session.Start{})
		if len(eff.Send) == 0 {
			t.Fatal("asks nobody")
		}
		eff = s.Step(session.Received{From: eff.Send[0].To, Session: eff.Send[0].Session, Msg: lie})
		if len(eff.Faults) != 1 || s.Link() != nil || eff.Done {
			t.Errorf("%s: %+v", name, eff)
		}
	}
	m := newMember(t, 2, r)
	c := &wire.SignedCancel{Cancel: wire.CancelOrder{Chain: sessiontest.ChainID, Cluster: m.ID, Epoch: 1, Parent: m.First.Hash()}}
	if _, eff := m.polled(&wire.SetPoll{Epoch: 1, Cancel: c}); eff.Err == nil || len(eff.Save) > 0 {
		t.Error("cancels for nobody")
	}
	stranger, p := m.Nodes[5].ID(), &wire.SetPoll{Epoch: 1, Attempt: r.attempt(), Ask: new(wire.Motion)}
	eff := handover.JoinSettling(m.node.Env(), stranger, r.id).Step(session.Received{From: stranger, Session: r.id, Msg: p})
	if wire.ReasonOf(eff.Err) != wire.NotMember || len(eff.Save) > 0 {
		t.Errorf("votes for a stranger: %v", eff.Err)
	}
}
