package items

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/evidence"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// dealers are node 1, which has an item dealt by 1, 2 and 3, and the other two. Node 4 is a key server, and no member.
type dealers struct {
	*courttest.Court
	vaults  map[uint32]*Vault
	d       *Dealing
	members map[uint32]*DealingMember
	commits map[uint32]*wire.Commit
	reveals map[uint32]*wire.Reveal
}

func group(c *courttest.Court) Group { return Group{Threshold: 1, Members: c.Terms.Members} }

func (l *dealers) env(i uint32) session.Env {
	v := NewVault()
	l.vaults[i] = v
	return session.Env{Self: l.Nodes[i-1], Cluster: l.Terms.Cluster, Set: l.Terms.Members, Rand: l.Rand}
}

// lend lends the vault that was made with the environment.
func (l *dealers) lend(i uint32) Lender {
	v := l.vaults[i]
	return func(use func(*Vault)) { use(v) }
}

// newDealers has all deal, and node 1 see nothing of it yet but their keys.
func newDealers() *dealers {
	l := inviting()
	l.hear(2, l.commits[2])
	keys := l.hear(3, l.commits[3])
	for _, i := range []uint32{2, 3} {
		l.reveals[i] = l.tell(i, keys.Send[0].Msg).Send[0].Msg.(*wire.Reveal)
	}
	return l
}

// inviting has the others draw their keys, and node 1 see none yet.
func inviting() *dealers {
	l := &dealers{Court: courttest.NewParty(1, 1), vaults: make(map[uint32]*Vault), members: make(map[uint32]*DealingMember),
		commits: make(map[uint32]*wire.Commit), reveals: make(map[uint32]*wire.Reveal)}
	var err error
	l.d, err = NewDealing(l.env(1), l.lend(1), group(l.Court), []uint32{1, 2, 3}, 1)
	courttest.NoError(err)
	l.d.Step(session.Start{})
	for _, i := range []uint32{2, 3} {
		l.join(i, l.env(i))
	}
	return l
}

// join has a member take part: it draws its key.
func (l *dealers) join(i uint32, env session.Env) session.Effects {
	l.members[i] = JoinDealing(env, l.lend(i), l.Nodes[0].ID(), l.d.ID())
	eff := l.tell(i, &wire.Deal{Setup: *l.d.setup})
	l.commits[i], _ = eff.Send[0].Msg.(*wire.Commit)
	return eff
}

// keys are everybody's.
func (l *dealers) keys() *wire.Evidence {
	return &wire.Evidence{Commits: []wire.Commit{*l.d.commits[0], *l.commits[2], *l.commits[3]}}
}

// keyed is a member's commit, changed and signed again.
func (l *dealers) keyed(by uint32, change func(*wire.Commit)) *wire.Commit {
	m := *l.commits[by]
	change(&m)
	m.Signature = l.sign(by, &m)
	return &m
}

// hear puts a message to node 1, and tell one of node 1's to a member.
func (l *dealers) hear(from uint32, msg wire.Message) session.Effects {
	return l.d.Step(session.Received{From: l.Nodes[from-1].ID(), Session: l.d.ID(), Msg: msg})
}

func (l *dealers) tell(to uint32, msg wire.Message) session.Effects {
	return l.members[to].Step(session.Received{From: l.Nodes[0].ID(), Session: l.d.ID(), Msg: msg})
}

// all is everybody's dealings.
func (l *dealers) all() *wire.Evidence {
	return &wire.Evidence{Reveals: []wire.Reveal{*l.d.reveals[0], *l.reveals[2], *l.reveals[3]}}
}

// sign signs a message of a dealing.
func (l *dealers) sign(by uint32, m interface {
	Digest(wire.SessionID) [32]byte
}) wire.Signature {
	return l.Nodes[by-1].Sign(m.Digest(l.d.ID()))
}

// revealing is a node's dealing, changed and signed again.
func (l *dealers) revealing(by uint32, change func(*wire.Reveal)) *wire.Reveal {
	m := *l.reveals[by]
	m.Dealing.Shares = slices.Clone(m.Dealing.Shares)
	change(&m)
	m.Signature = l.sign(by, &m)
	return &m
}

// cheat is a dealing of node 3 in which the share for a node is wrong.
func (l *dealers) cheat(victim uint32) {
	l.reveals[3] = l.revealing(3, func(m *wire.Reveal) { m.Dealing.Shares[10*(victim-1)+2][31] ^= 1 })
}

func cutDealing(m *wire.Reveal) { m.Dealing.Commitments = m.Dealing.Commitments[1:] }

// wantBlame wants one node blamed, or none for 0, and what is shown to prove it.
func (l *dealers) wantBlame(t *testing.T, name string, eff session.Effects, node uint32, proven bool) {
	t.Helper()
	if len(eff.Faults) != min(1, int(node)) || node != 0 && eff.Faults[0].Node != l.Nodes[node-1].ID() {
		t.Errorf("%s: blames %v, not %d", name, eff.Faults, node)
		return
	}
	if node == 0 {
		return
	}
	if shown := eff.Faults[0].Evidence; (shown != nil) != proven {
		t.Errorf("%s: shows %v", name, shown)
	} else if proven {
		if f, err := evidence.Judge(shown); err != nil || f.Culprit != l.Nodes[node-1].ID() {
			t.Errorf("%s: what is shown does not convict: %v, %v", name, f, err)
		}
	}
}

// What a member may say to the node that has items dealt, and when. Whoever breaks the protocol is blamed, and nobody
// else; what comes too early or too late, or from who is no member, makes no difference.
func TestStraysToWhoHasItemsDealt(t *testing.T) {
	certify := func(l *dealers, i uint32) *wire.Certify {
		m := &wire.Certify{Index: i, Transcript: l.d.deal.Transcript}
		m.Signature = l.sign(2, m)
		return m
	}
	complaint := func(l *dealers, change func(*wire.Complaint)) *wire.Complaint {
		secret := l.SealedTo(2, l.members[2].once)
		m, err := l.d.terms.Complain(l.Rand, secret, 1, l.d.reveals[0], l.d.dealings[0])
		courttest.NoError(err)
		change(m)
		m.Signature = l.sign(2, m)
		return m
	}
	about := func(change func(l *dealers, m *wire.Complaint)) func(l *dealers) session.Effects {
		return func(l *dealers) session.Effects {
			return l.hear(2, complaint(l, func(m *wire.Complaint) { change(l, m) }))
		}
	}
	for name, c := range map[string]struct {
		shown  bool // else before node 2 has dealt
		step   func(l *dealers) session.Effects
		blamed uint32
		proven bool
		ended  bool
	}{
		"a dealing as another's": {false, func(l *dealers) session.Effects {
			return l.hear(2, l.revealing(2, func(m *wire.Reveal) { m.Index = 3 }))
		}, 2, false, true},
		"a dealing as nobody's": {false, func(l *dealers) session.Effects {
			return l.hear(2, l.revealing(2, func(m *wire.Reveal) { m.Index = 0 }))
		}, 2, false, true},
		"another's dealing": {false, func(l *dealers) session.Effects { return l.hear(2, l.reveals[3]) }, 2, false, true},
		"a key, again":      {false, func(l *dealers) session.Effects { return l.hear(2, l.commits[2]) }, 0, false, false},
		"a dealing of other keys": {false, func(l *dealers) session.Effects {
			return l.hear(2, l.revealing(2, func(m *wire.Reveal) { m.View[0] = 1 }))
		}, 2, false, true},
		"a dealing of less":  {false, func(l *dealers) session.Effects { return l.hear(2, l.revealing(2, cutDealing)) }, 2, true, true},
		"a dealing unsigned": {false, func(l *dealers) session.Effects { m := *l.reveals[2]; m.Signature[9] ^= 1; return l.hear(2, &m) }, 2, false, true},
		"a good dealing":     {false, func(l *dealers) session.Effects { return l.hear(2, l.reveals[2]) }, 0, false, false},
		"another one after it": {false, func(l *dealers) session.Effects {
			l.hear(2, l.reveals[2])
			return l.hear(2, l.revealing(2, cutDealing))
		}, 0, false, false},
		"of who is no member":     {false, func(l *dealers) session.Effects { return l.hear(4, l.reveals[2]) }, 0, false, false},
		"of itself":               {false, func(l *dealers) session.Effects { return l.hear(1, l.reveals[2]) }, 0, false, false},
		"a transcript, too early": {false, func(l *dealers) session.Effects { return l.hear(2, new(wire.Certify)) }, 0, false, false},
		"a complaint, too early":  {false, func(l *dealers) session.Effects { return l.hear(2, new(wire.Complaint)) }, 0, false, false},
		"a start":                 {false, func(l *dealers) session.Effects { return l.d.Step(session.Start{}) }, 0, false, false},
		"a node is lost":          {false, func(l *dealers) session.Effects { return l.d.Step(session.PeerLost{Node: l.Nodes[3].ID()}) }, 0, false, false},
		"a member is lost":        {false, func(l *dealers) session.Effects { return l.d.Step(session.PeerLost{Node: l.Nodes[2].ID()}) }, 0, false, true},
		"a refusal":               {false, func(l *dealers) session.Effects { return l.hear(2, new(wire.Refuse)) }, 0, false, true},
		"anything else":           {false, func(l *dealers) session.Effects { return l.hear(2, new(wire.Willing)) }, 2, false, true},
		"in another session": {false, func(l *dealers) session.Effects {
			return l.d.Step(session.Received{From: l.Nodes[1].ID(), Msg: new(wire.Willing)})
		}, 0, false, false},
		"a transcript":        {true, func(l *dealers) session.Effects { return l.hear(2, certify(l, 2)) }, 0, false, false},
		"a transcript as 3's": {true, func(l *dealers) session.Effects { return l.hear(2, certify(l, 3)) }, 2, false, true},
		"3's transcript":      {true, func(l *dealers) session.Effects { return l.hear(3, certify(l, 3)) }, 3, false, true},
		"another after it":    {true, func(l *dealers) session.Effects { l.hear(2, certify(l, 2)); return l.hear(2, new(wire.Certify)) }, 0, false, false},
		"another transcript": {true, func(l *dealers) session.Effects {
			l.d.deal.Transcript[0] ^= 1
			m := certify(l, 2)
			l.d.deal.Transcript[0] ^= 1
			return l.hear(2, m)
		}, 2, false, true},
		"a dealing, shown already": {true, func(l *dealers) session.Effects { return l.hear(2, l.revealing(2, cutDealing)) }, 0, false, false},
		"a false complaint":        {true, func(l *dealers) session.Effects { return l.hear(2, complaint(l, func(*wire.Complaint) {})) }, 2, true, true},
		"a complaint unsigned": {true, func(l *dealers) session.Effects {
			m := complaint(l, func(*wire.Complaint) {})
			m.Signature[9] ^= 1
			return l.hear(2, m)
		}, 2, false, true},
		"one as 3's": {true, func(l *dealers) session.Effects {
			return l.hear(2, complaint(l, func(m *wire.Complaint) { m.Index = 3 }))
		}, 2, false, true},
		"one as a stranger's": {true, func(l *dealers) session.Effects {
			return l.hear(2, complaint(l, func(m *wire.Complaint) { m.Index = 9 }))
		}, 2, false, true},
		"one about nobody":            {true, about(func(_ *dealers, m *wire.Complaint) { m.Accused.Index = 0 }), 2, false, true},
		"one about a stranger":        {true, about(func(_ *dealers, m *wire.Complaint) { m.Accused.Index = 4 }), 2, false, true},
		"one about another":           {true, about(func(_ *dealers, m *wire.Complaint) { m.Accused.Index = 3 }), 2, true, true},
		"one, with another's proof":   {true, about(func(l *dealers, m *wire.Complaint) { m.Accused = *l.reveals[3] }), 2, true, true},
		"one about what was not said": {true, about(func(_ *dealers, m *wire.Complaint) { m.Accused.View[0] ^= 1 }), 2, true, true},
		"one about what was not shown": {true, about(func(l *dealers, m *wire.Complaint) {
			m.Accused.View[0] ^= 1
			m.Accused.Signature = l.sign(1, &m.Accused)
		}), 2, false, true},
	} {
		l := newDealers()
		if c.shown {
			l.hear(2, l.reveals[2])
			if eff := l.hear(3, l.reveals[3]); eff.Done || !l.d.shown {
				t.Fatal(eff.Err)
			}
		}
		eff := c.step(l)
		l.wantBlame(t, name, eff, c.blamed, c.proven)
		if eff.Done != c.ended || l.d.Items() != nil && c.ended {
			t.Errorf("%s: ended: %t, with %d items", name, eff.Done, len(l.d.Items()))
		}
		if c.ended {
			l.wantSilence(t, name)
		}
	}
}

// wantSilence wants node 1 to do nothing any more.
func (l *dealers) wantSilence(t *testing.T, name string) {
	t.Helper()
	for _, in := range []session.Input{session.Start{}, session.Cancel{Err: errors.New("too late")}, session.PeerLost{Node: l.Nodes[1].ID()},
		session.Received{From: l.Nodes[1].ID(), Session: l.d.ID(), Msg: new(wire.Refuse)}} {
		if eff := l.d.Step(in); !reflect.DeepEqual(eff, session.Effects{}) {
			t.Errorf("%s: %T after the end: %+v", name, in, eff)
		}
	}
}

// Who has dealt a bad share is blamed by who got it, and by who is told, with what convicts it.
func TestWhoDealtABadShareOfItems(t *testing.T) {
	l := newDealers()
	l.cheat(1)
	l.hear(2, l.reveals[2])
	eff := l.hear(3, l.reveals[3])
	l.wantBlame(t, "to node 1", eff, 3, true)

	l = newDealers()
	l.cheat(2)
	l.hear(2, l.reveals[2])
	l.hear(3, l.reveals[3])
	eff = l.tell(2, l.all())
	l.wantBlame(t, "to node 2", eff, 3, true)
	l.wantBlame(t, "to node 2, which complains", l.hear(2, eff.Send[0].Msg), 3, true)

	// What only who has dealt it can have spoilt is nobody else's fault.
	l = newDealers()
	l.d.dealings[0].Sealed[0][2][31] ^= 1
	l.hear(2, l.reveals[2])
	eff = l.hear(3, l.reveals[3])
	l.wantBlame(t, "of its own", eff, 0, false)
	if !eff.Done || eff.Err == nil {
		t.Errorf("goes on with a bad share of its own: %v", eff.Err)
	}
}

// A node that is no member of them has items dealt as well.
func TestItemsForAnother(t *testing.T) {
	l := newDealers()
	var err error
	l.d, err = NewDealing(l.env(4), l.lend(4), group(l.Court), []uint32{1, 2, 3}, 1)
	courttest.NoError(err)
	l.d.Step(session.Start{})
	keys, all, members := new(wire.Evidence), new(wire.Evidence), make(map[uint32]*DealingMember)
	say := func(to uint32, msg wire.Message) wire.Message {
		return members[to].Step(session.Received{From: l.Nodes[3].ID(), Session: l.d.ID(), Msg: msg}).Send[0].Msg
	}
	for i := uint32(1); i <= 3; i++ {
		members[i] = JoinDealing(l.env(i), l.lend(i), l.Nodes[3].ID(), l.d.ID())
		m := say(i, &wire.Deal{Setup: *l.d.setup}).(*wire.Commit)
		keys.Commits = append(keys.Commits, *m)
		l.hear(i, m)
	}
	for i := uint32(1); i <= 3; i++ {
		r := say(i, keys).(*wire.Reveal)
		all.Reveals = append(all.Reveals, *r)
		if eff := l.hear(i, r); eff.Done {
			t.Fatal(eff.Err)
		}
	}
	var eff session.Effects
	for i := uint32(1); i <= 3; i++ {
		eff = l.hear(i, say(i, all))
	}
	if !eff.Done || eff.Err != nil || len(l.d.Items()) != 1 || l.d.Items()[0].Secret != nil {
		t.Errorf("%d items: %v", len(l.d.Items()), eff.Err)
	}
}

// What a member takes, from whom and when.
func TestStraysToADealer(t *testing.T) {
	for name, c := range map[string]struct {
		step   func(l *dealers) session.Effects
		blamed uint32
		proven bool
		ended  bool
	}{
		"a second opening":      {func(l *dealers) session.Effects { return l.tell(2, &wire.Deal{Setup: *l.d.setup}) }, 0, false, false},
		"nothing that is shown": {func(l *dealers) session.Effects { return l.tell(2, new(wire.Evidence)) }, 0, false, false},
		"the keys, again":       {func(l *dealers) session.Effects { return l.tell(2, l.keys()) }, 0, false, false},
		"a message of another":  {func(l *dealers) session.Effects { return l.tell(2, new(wire.Willing)) }, 0, false, false},
		"from another": {func(l *dealers) session.Effects {
			return l.members[2].Step(session.Received{From: l.Nodes[2].ID(), Session: l.d.ID(), Msg: new(wire.Refuse)})
		}, 0, false, false},
		"in another session": {func(l *dealers) session.Effects {
			return l.members[2].Step(session.Received{From: l.Nodes[0].ID(), Msg: new(wire.Refuse)})
		}, 0, false, false},
		"another is lost":    {func(l *dealers) session.Effects { return l.members[2].Step(session.PeerLost{Node: l.Nodes[2].ID()}) }, 0, false, false},
		"the coordinator is": {func(l *dealers) session.Effects { return l.members[2].Step(session.PeerLost{Node: l.Nodes[0].ID()}) }, 0, false, true},
		"not needed":         {func(l *dealers) session.Effects { return l.tell(2, new(wire.Refuse)) }, 0, false, true},
		"cancelled": {func(l *dealers) session.Effects {
			return l.members[2].Step(session.Cancel{Err: errors.New("the node stops")})
		}, 0, false, true},
		"nothing happens": {func(l *dealers) (eff session.Effects) {
			for range dealDeadline {
				eff = l.members[2].Step(session.Tick{})
			}
			return eff
		}, 0, false, true},
		"3 has dealt less":     {func(l *dealers) session.Effects { l.reveals[3] = l.revealing(3, cutDealing); return l.tell(2, l.all()) }, 3, true, true},
		"all that was dealt":   {func(l *dealers) session.Effects { return l.tell(2, l.all()) }, 0, false, true},
		"all that, one by one": {func(l *dealers) session.Effects { return l.piecemeal(2) }, 0, false, true},
		"a dealing, shown twice": {func(l *dealers) session.Effects {
			l.tell(2, &wire.Evidence{Reveals: l.all().Reveals[:1]})
			return l.tell(2, l.all())
		}, 1, false, true},
	} {
		l := newDealers()
		eff := c.step(l)
		l.wantBlame(t, name, eff, c.blamed, c.proven)
		if eff.Done != c.ended {
			t.Errorf("%s: ended: %t, %v", name, eff.Done, eff.Err)
		}
		if kept := l.vaults[2].Sizes().LentItems; kept > 0 != (eff.Done && eff.Err == nil) {
			t.Errorf("%s: keeps %d items: %v", name, kept, eff.Err)
		}
		if !c.ended {
			continue
		}
		for _, in := range []session.Input{session.Tick{}, session.Cancel{Err: errors.New("too late")}, session.PeerLost{Node: l.Nodes[0].ID()}, session.Received{From: l.Nodes[0].ID(), Session: l.d.ID(), Msg: l.all()}} {
			if eff := l.members[2].Step(in); !reflect.DeepEqual(eff, session.Effects{}) {
				t.Errorf("%s: %T after the end: %+v", name, in, eff)
			}
		}
	}
}

// piecemeal shows the dealings in as many messages.
func (l *dealers) piecemeal(to uint32) (eff session.Effects) {
	for _, r := range l.all().Reveals {
		if eff.Done {
			panic("ends before all is shown")
		}
		eff = l.tell(to, &wire.Evidence{Reveals: []wire.Reveal{r}})
	}
	return eff
}

// A member whose key is no point, which a list of key servers may have, is dealt nothing.
func TestDealersWithoutAKey(t *testing.T) {
	l := newDealers()
	setup := *l.d.setup
	setup.Members = slices.Clone(setup.Members)
	setup.Members[2] = wire.NodeID{0xff}
	env := l.env(2)
	env.Set = append(slices.Clone(env.Set), setup.Members[2])
	m := JoinDealing(env, l.lend(2), l.Nodes[0].ID(), setup.Session())
	eff := m.Step(session.Received{From: l.Nodes[0].ID(), Session: setup.Session(), Msg: &wire.Deal{Setup: setup}})
	if _, ok := eff.Send[0].Msg.(*wire.Refuse); !ok || !eff.Done || len(eff.Faults) > 0 {
		t.Errorf("answers with %T: %v", eff.Send[0].Msg, eff.Err)
	}
	group := group(l.Court)
	group.Members = slices.Concat(group.Members[:3], []wire.NodeID{{0xff}})
	for name, set := range map[string][]uint32{
		"no key": {1, 2, 4}, "no index": {0, 1, 2}, "an index beyond all": {1, 2, 5}, "two members": {1, 2}, "out of order": {2, 1, 3},
	} {
		if d, err := NewDealing(l.env(1), l.lend(1), group, set, 1); err == nil || d != nil {
			t.Errorf("%s: has items dealt by %v", name, set)
		}
	}
}

// A node whose source of randomness fails deals nothing, keeps nothing and blames nobody for it.
func TestBrokenDealers(t *testing.T) {
	for at := 0; ; at++ {
		l := inviting()
		broken := &courttest.BrokenRand{Reader: l.Rand, At: at}
		env := l.env(2)
		env.Rand = broken
		eff := l.join(2, env)
		if !eff.Done {
			l.hear(2, l.commits[2])
			l.hear(3, l.commits[3])
			eff = l.tell(2, l.keys())
		}
		if !eff.Done {
			l.reveals[2], l.reveals[3] = eff.Send[0].Msg.(*wire.Reveal), l.tell(3, l.keys()).Send[0].Msg.(*wire.Reveal)
			eff = l.tell(2, l.all())
		}
		if broken.Reads <= at {
			if at < 10 || eff.Err != nil {
				t.Errorf("%d reads: %v", at, eff.Err)
			}
			break
		}
		_, refuses := eff.Send[0].Msg.(*wire.Refuse)
		if !refuses || !eff.Done || !courttest.Internal(eff.Err) || len(eff.Faults) > 0 || l.vaults[2].Sizes().LentItems > 0 {
			t.Errorf("read %d: answers with %T, and blames %v: %v", at, eff.Send[0].Msg, eff.Faults, eff.Err)
		}
	}
}

// The same of the node that has items dealt.
func TestBrokenCoordinatorOfDealers(t *testing.T) {
	for at := 0; ; at++ {
		l := newDealers()
		broken := &courttest.BrokenRand{Reader: l.Rand, At: at}
		env := l.env(1)
		env.Rand = broken
		var err error
		if l.d, err = NewDealing(env, l.lend(1), group(l.Court), []uint32{1, 2, 3}, 1); err != nil {
			continue
		}
		eff := l.d.Step(session.Start{})
		for i := uint32(2); i <= 3 && !eff.Done; i++ {
			l.join(i, l.env(i))
			eff = l.hear(i, l.commits[i])
		}
		for i := uint32(2); i <= 3 && !eff.Done; i++ {
			l.reveals[i] = l.tell(i, l.keys()).Send[0].Msg.(*wire.Reveal)
			eff = l.hear(i, l.reveals[i])
		}
		if broken.Reads <= at {
			if at < 10 || eff.Done {
				t.Errorf("%d reads: %v", at, eff.Err)
			}
			break
		}
		if !eff.Done || !courttest.Internal(eff.Err) || len(eff.Faults) > 0 || l.d.Items() != nil {
			t.Errorf("read %d: blames %v: %v", at, eff.Faults, eff.Err)
		}
	}
}

// A complaint gives a share away: without its proof it is not made.
func TestBrokenComplaints(t *testing.T) {
	complained := 0
	for at := 0; complained == 0; at++ {
		l := newDealers()
		l.cheat(1)
		l.cheat(2)
		l.hear(2, l.reveals[2])
		l.d.env.Rand = &courttest.BrokenRand{Reader: l.Rand, At: at}
		m := l.members[2]
		m.env.Rand = &courttest.BrokenRand{Reader: l.Rand, At: at}
		first, second := l.tell(2, l.all()), l.hear(3, l.reveals[3])
		for name, eff := range map[string]session.Effects{"a member": first, "the coordinator": second} {
			if !eff.Done {
				t.Fatalf("read %d: %s goes on", at, name)
			}
			if wire.ReasonOf(eff.Err) == wire.Cheated {
				complained++
				l.wantBlame(t, name, eff, 3, true)
				continue
			}
			l.wantBlame(t, name, eff, 0, false)
			if !courttest.Internal(eff.Err) {
				t.Errorf("read %d: %s: %v", at, name, eff.Err)
			}
		}
	}
}

// A dealing is whole or there is none, and it is dealt once.
func TestDealingsThatFail(t *testing.T) {
	c := courttest.New(1, 1)
	terms := c.Deals
	for at := 0; ; at++ {
		broken := &courttest.BrokenRand{Reader: c.Rand, At: at}
		h, err := terms.Draw(broken, 0)
		if broken.Reads <= at {
			if err != nil || at != 5 { // two coefficients, the ephemeral key, and both proofs
				t.Errorf("%d reads: %v", at, err)
			}
			break
		}
		if err == nil || h != nil {
			t.Errorf("read %d: deals", at)
		}
	}
	h, err := terms.Draw(c.Rand, 0)
	courttest.NoError(err)
	if d, err := terms.Deal(h); err != nil || d == nil {
		t.Errorf("does not deal: %v", err)
	}
	if d, err := terms.Deal(h); err == nil || d != nil {
		t.Error("deals twice")
	}
	h, err = terms.Draw(c.Rand, 0)
	courttest.NoError(err)
	h.Erase()
	if d, err := terms.Deal(h); err == nil || d != nil {
		t.Error("deals what is erased")
	}
	h, err = terms.Draw(c.Rand, 0)
	courttest.NoError(err)
	terms.To[2] = nil
	if d, err := terms.Deal(h); err == nil || d != nil {
		t.Error("deals to who has shown no key")
	}
	courttest.NoError(terms.Learn(2, &c.Commits[2]))
	h, err = terms.Draw(c.Rand, 0)
	courttest.NoError(err)
	terms.At[1] = 0 // where the secret lies
	if d, err := terms.Deal(h); !errors.Is(err, threshold.ErrZeroCoordinate) || d != nil {
		t.Errorf("deals the secret: %v", err)
	}
}

// What a member may be shown of the others' keys, and when: it deals to nobody who has not signed a good one in this
// session, and under no view but its own.
func TestKeysOfItems(t *testing.T) {
	for name, c := range map[string]struct {
		show   func(l *dealers, e *wire.Evidence)
		blamed uint32
		proven bool
		deals  bool
	}{
		"right":             {func(*dealers, *wire.Evidence) {}, 0, false, true},
		"nothing":           {func(_ *dealers, e *wire.Evidence) { e.Commits = nil }, 0, false, false},
		"of two":            {func(_ *dealers, e *wire.Evidence) { e.Commits = e.Commits[:2] }, 1, false, false},
		"of four":           {func(_ *dealers, e *wire.Evidence) { e.Commits = append(e.Commits, e.Commits[0]) }, 1, false, false},
		"out of order":      {func(_ *dealers, e *wire.Evidence) { slices.Reverse(e.Commits) }, 1, false, false},
		"not signed":        {func(_ *dealers, e *wire.Evidence) { e.Commits[2].Signature[9] ^= 1 }, 1, false, false},
		"of another as 2's": {func(_ *dealers, e *wire.Evidence) { e.Commits[1].Key = e.Commits[2].Key }, 1, false, false},
		"another of 2": {func(l *dealers, e *wire.Evidence) {
			e.Commits[1] = *l.keyed(2, func(m *wire.Commit) { m.Key = courttest.OneTime(l.Rand, l.d.ID(), 2, secp256k1.NewScalar(5)) })
		}, 1, false, false},
		"3's is none": {func(l *dealers, e *wire.Evidence) {
			e.Commits[2] = *l.keyed(3, func(m *wire.Commit) { m.Key[63] ^= 1 })
		}, 3, true, false},
		"3's is 1's": {func(l *dealers, e *wire.Evidence) {
			e.Commits[2] = *l.keyed(3, func(m *wire.Commit) { m.Key = e.Commits[0].Key })
		}, 3, true, false},
		"3's cancels out": {func(l *dealers, e *wire.Evidence) {
			e.Commits[2] = *l.keyed(3, func(m *wire.Commit) {
				m.Key = courttest.OneTime(l.Rand, l.d.ID(), 3, l.Static(3).Negated())
			})
		}, 3, true, false},
		"3 has committed to something": {func(l *dealers, e *wire.Evidence) {
			e.Commits[2] = *l.keyed(3, func(m *wire.Commit) { m.Hash[1] = 1 })
		}, 3, true, false},
		"with dealings":   {func(_ *dealers, e *wire.Evidence) { e.Reveals = make([]wire.Reveal, 1) }, 1, false, false},
		"dealings alone":  {func(_ *dealers, e *wire.Evidence) { *e = wire.Evidence{Reveals: make([]wire.Reveal, 1)} }, 0, false, false},
		"with signatures": {func(_ *dealers, e *wire.Evidence) { e.Certifies = make([]wire.Certify, 1) }, 1, false, false},
	} {
		l := inviting()
		e := l.keys()
		c.show(l, e)
		eff := l.tell(2, e)
		l.wantBlame(t, name, eff, c.blamed, c.proven)
		deals := len(eff.Send) == 1 && eff.Send[0].Msg.Code() == wire.CodeReveal
		if deals != c.deals || eff.Done != (c.blamed != 0) {
			t.Errorf("%s: deals: %t, ended: %t", name, deals, eff.Done)
		}
		if eff.Done != (l.members[2].once.Public() != nil && courttest.Gone(l.members[2].once)) {
			t.Errorf("%s: its one-time key is gone: %t", name, !eff.Done)
		}
	}
}

// The same of the node that has items dealt: a bad key is evidence, what was not signed is not.
func TestKeysToWhoHasItemsDealt(t *testing.T) {
	for name, c := range map[string]struct {
		step   func(l *dealers) session.Effects
		blamed uint32
		proven bool
		ended  bool
	}{
		"2's":          {func(l *dealers) session.Effects { return l.hear(2, l.commits[2]) }, 0, false, false},
		"3's as 2's":   {func(l *dealers) session.Effects { return l.hear(2, l.commits[3]) }, 2, false, true},
		"not signed":   {func(l *dealers) session.Effects { m := *l.commits[2]; m.Signature[9] ^= 1; return l.hear(2, &m) }, 2, false, true},
		"that is none": {func(l *dealers) session.Effects { return l.hear(2, l.keyed(2, func(m *wire.Commit) { m.Key[1] ^= 1 })) }, 2, true, true},
		"with a commitment": {func(l *dealers) session.Effects {
			return l.hear(2, l.keyed(2, func(m *wire.Commit) { m.Hash[1] ^= 1 }))
		}, 2, true, true},
		"a second one": {func(l *dealers) session.Effects {
			l.hear(2, l.commits[2])
			return l.hear(2, l.keyed(2, func(m *wire.Commit) { m.Hash[1] ^= 1 }))
		}, 0, false, false},
		"a dealing before it":     {func(l *dealers) session.Effects { return l.hear(2, &wire.Reveal{Index: 2}) }, 0, false, false},
		"a dealing before 3's":    {func(l *dealers) session.Effects { l.hear(2, l.commits[2]); return l.hear(2, &wire.Reveal{Index: 2}) }, 0, false, false},
		"a transcript before all": {func(l *dealers) session.Effects { return l.hear(2, new(wire.Certify)) }, 0, false, false},
	} {
		l := inviting()
		eff := c.step(l)
		l.wantBlame(t, name, eff, c.blamed, c.proven)
		if eff.Done != c.ended || courttest.Gone(l.d.once) != c.ended {
			t.Errorf("%s: ended: %t, its one-time key gone: %t", name, eff.Done, courttest.Gone(l.d.once))
		}
	}
	l := inviting()
	if got := l.d.Owing(); !slices.Equal(got, []uint32{2, 3}) {
		t.Errorf("waits for the keys of %d", got)
	}
	l.hear(2, l.commits[2])
	if got := l.d.Owing(); !slices.Equal(got, []uint32{3}) {
		t.Errorf("waits for the keys of %d", got)
	}
	l.hear(3, l.commits[3])
	if got := l.d.Owing(); !slices.Equal(got, []uint32{2, 3}) {
		t.Errorf("waits for the dealings of %d", got)
	}
}

// Items serve keys whose shares lie with the same nodes, under the same threshold, since the same redistribution.
func TestItemsServe(t *testing.T) {
	l := newDealers()
	deal := &Dealt{Setup: l.d.setup}
	nodes := l.Terms.Members
	for name, c := range map[string]struct {
		g    Group
		want bool
	}{
		"the group":         {group(l.Court), true},
		"a smaller one":     {Group{1, nodes[:3], wire.Slot{}}, true},
		"another threshold": {Group{0, nodes, wire.Slot{}}, false},
		"one without all":   {Group{1, nodes[:2], wire.Slot{}}, false},
		"in another order":  {Group{1, []wire.NodeID{nodes[1], nodes[0], nodes[2]}, wire.Slot{}}, false},
		"nobody's":          {Group{1, nil, wire.Slot{}}, false},
		"in another set":    {Group{1, nodes, wire.Slot{Epoch: 1}}, false},
		"of a later round":  {Group{1, nodes, wire.Slot{Round: 1}}, false},
	} {
		if got := deal.Serves(c.g); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
