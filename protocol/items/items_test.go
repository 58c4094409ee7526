package items_test

import (
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// lending is a malicious coordinator, n1, that has n2 deal items with n1 and n3: n4 is a key
// server, and no member.
type lending struct {
	*sessiontest.Cluster
	t     *testing.T
	setup *wire.DealSetup
	again wire.Reveal
}

func newLending(t *testing.T) *lending {
	l := &lending{Cluster: sessiontest.New(4, 1), t: t}
	l.setup = &wire.DealSetup{Cluster: l.ID, Coordinator: l.Nodes[0].ID(), Threshold: 1, Items: 2, Set: []uint32{1, 2, 3}, Members: l.Members()[:3]}
	return l
}

// open has a node take part.
func (l *lending) open(n *sessiontest.Node, id wire.SessionID) (*items.DealingMember, session.Effects) {
	m := items.JoinDealing(n.Env(), n.Lend, l.Nodes[0].ID(), id)
	return m, m.Step(session.Received{From: l.Nodes[0].ID(), Session: id, Msg: &wire.Deal{Setup: *l.setup}})
}

// key has a node take part, and gives the key that it draws.
func (l *lending) key(n *sessiontest.Node) (*items.DealingMember, wire.Commit) {
	l.t.Helper()
	m, eff := l.open(n, l.setup.Session())
	c, ok := eff.Send[0].Msg.(*wire.Commit)
	if !ok {
		l.t.Fatalf("%s answers with %T: %v", n.Name, eff.Send[0].Msg, eff.Err)
	}
	return m, *c
}

// reveal is what a node deals to these keys.
func (l *lending) reveal(m *items.DealingMember, keys *wire.Evidence) wire.Reveal {
	l.t.Helper()
	eff := m.Step(session.Received{From: l.Nodes[0].ID(), Session: l.setup.Session(), Msg: keys})
	r, ok := eff.Send[0].Msg.(*wire.Reveal)
	if !ok {
		l.t.Fatalf("a member answers with %T: %v", eff.Send[0].Msg, eff.Err)
	}
	return *r
}

// dealing is n2 and what all have dealt; again is what the node has dealt in an earlier life, to other keys.
func (l *lending) dealing() (n2 *items.DealingMember, e *wire.Evidence, again wire.Reveal) {
	keys, e, members := new(wire.Evidence), new(wire.Evidence), make([]*items.DealingMember, 3)
	for i, n := range l.Nodes[:3] {
		var c wire.Commit
		members[i], c = l.key(n)
		keys.Commits = append(keys.Commits, c)
	}
	before, c := l.key(l.Nodes[1])
	again = l.reveal(before, &wire.Evidence{Commits: []wire.Commit{keys.Commits[0], c, keys.Commits[2]}})
	for _, m := range members {
		e.Reveals = append(e.Reveals, l.reveal(m, keys))
	}
	return members[1], e, again
}

// A node deals items among key servers of its cluster that it is one of, and in no session but
// the one that they are named after: a dealing tells the shares of whoever is a member.
func TestDealsThatNoHonestNodeAsksFor(t *testing.T) {
	for name, c := range map[string]struct {
		change func(l *lending) wire.SessionID
		blamed bool
	}{
		"a stranger is among the members": {func(l *lending) wire.SessionID {
			l.setup.Members[2] = stranger()
			return l.setup.Session()
		}, false},
		"it is none of the members": {func(l *lending) wire.SessionID {
			l.setup.Members[1] = l.Nodes[3].ID()
			return l.setup.Session()
		}, true},
		"another cluster's": {func(l *lending) wire.SessionID {
			l.setup.Cluster[0] ^= 1
			return l.setup.Session()
		}, false},
		"for another coordinator": {func(l *lending) wire.SessionID {
			l.setup.Coordinator = l.Nodes[2].ID()
			return l.setup.Session()
		}, true},
		"in another session": {func(l *lending) wire.SessionID {
			id := l.setup.Session()
			l.setup.Nonce[0] ^= 1
			return id
		}, true},
	} {
		l := newLending(t)
		_, eff := l.open(l.Nodes[1], c.change(l))
		if refuse, ok := eff.Send[0].Msg.(*wire.Refuse); !ok || !eff.Done || len(eff.Send) != 1 {
			t.Errorf("%s: answers with %T %v", name, eff.Send[0].Msg, refuse)
		}
		if got := len(eff.Faults) == 1 && eff.Faults[0].Node == l.Nodes[0].ID(); got != c.blamed {
			t.Errorf("%s: blames %v", name, eff.Faults)
		}
	}
}

// A member signs for what all have dealt, each with its own signature, and it itself what it
// has dealt in this very session. Were the last two not so, the coordinator could have dealt all
// of it: it would know the nonce, and with one signature the key.
func TestDealingsThatNobodyDealt(t *testing.T) {
	for name, c := range map[string]struct {
		show  func(l *lending, e *wire.Evidence)
		right bool
	}{
		"right":                        {func(*lending, *wire.Evidence) {}, true},
		"another's, with a false sign": {func(_ *lending, e *wire.Evidence) { e.Reveals[2].Signature[9] ^= 1 }, false},
		"another's, signed by n1":      {func(l *lending, e *wire.Evidence) { l.sign(&e.Reveals[2], l.Nodes[0]) }, false},
		"n1's as another's":            {func(l *lending, e *wire.Evidence) { l.forge(&e.Reveals[2], e) }, false},
		"n1's as the own":              {func(l *lending, e *wire.Evidence) { l.forge(&e.Reveals[1], e) }, false},
		"an earlier one of the own":    {func(l *lending, e *wire.Evidence) { e.Reveals[1] = l.again }, false},
		"other shares as the own": {func(l *lending, e *wire.Evidence) {
			d := &e.Reveals[1].Dealing
			d.Shares = slices.Clone(d.Shares)
			d.Shares[0][31] ^= 1
			l.sign(&e.Reveals[1], l.Nodes[1])
		}, false},
		"one twice":                      {func(_ *lending, e *wire.Evidence) { e.Reveals = append(e.Reveals[:2:2], e.Reveals[1:]...) }, false},
		"of nobody":                      {func(_ *lending, e *wire.Evidence) { e.Reveals[2].Index = 0 }, false},
		"of a fourth":                    {func(_ *lending, e *wire.Evidence) { e.Reveals[2].Index = 4 }, false},
		"with a view of another session": {func(l *lending, e *wire.Evidence) { e.Reveals[0].View[0] = 1; l.sign(&e.Reveals[0], l.Nodes[0]) }, false},
		"with commits":                   {func(_ *lending, e *wire.Evidence) { e.Commits = make([]wire.Commit, 1) }, false},
		"with signatures":                {func(_ *lending, e *wire.Evidence) { e.Certifies = make([]wire.Certify, 1) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLending(t)
			n2 := l.Nodes[1]
			m, e, again := l.dealing()
			l.again = again
			c.show(l, e)
			eff := m.Step(session.Received{From: l.Nodes[0].ID(), Session: l.setup.Session(), Msg: e})
			signs := slices.ContainsFunc(eff.Send, func(e wire.Envelope) bool { return e.Msg.Code() == wire.CodeCertify })
			if kept := n2.Vault().Sizes().LentItems; signs != c.right || (kept == 2) != c.right || kept > 0 != c.right {
				t.Errorf("signs: %t, and keeps %d items", signs, kept)
			}
			if blamed := len(eff.Faults) == 1 && eff.Faults[0].Node == l.Nodes[0].ID(); blamed == c.right {
				t.Errorf("blames %v", eff.Faults)
			}
		})
	}
}

// sign signs a dealing as a node.
func (l *lending) sign(r *wire.Reveal, by *sessiontest.Node) {
	r.Signature = by.NodeKey().Sign(r.Digest(l.setup.Session()))
}

// forge puts a dealing of the coordinator's own in the place of another's.
func (l *lending) forge(r *wire.Reveal, e *wire.Evidence) {
	r.Dealing = e.Reveals[0].Dealing
	l.sign(r, l.Nodes[0])
}

// A dealing that comes to nothing leaves no items, with whoever waits for them.
func TestDealingsErase(t *testing.T) {
	c := sessiontest.New(3, 1)
	record := c.Deal(sessiontest.KeyID(1), 1, c.NewClient("author"), c.Nodes)
	n := c.Nodes[0]
	c.Nodes[2].Mutate = func(env wire.Envelope) []wire.Envelope {
		if env.Msg.Code() == wire.CodeCertify {
			return nil
		}
		return []wire.Envelope{env}
	}
	dealing, err := items.NewDealing(n.Env(), n.Lend, items.GroupOf(record), []uint32{1, 2, 3}, 2)
	must(t, err)
	c.Begin(n, wire.KindDeal, wire.KeyID{}, dealing, nil)
	c.Steps(12)
	dealt := items.UnderWay(dealing)
	must(t, c.Settle())
	if len(dealt) != 2 || dealing.Items() != nil {
		t.Fatalf("%d items, then %d", len(dealt), len(dealing.Items()))
	}
	for _, item := range dealt {
		if !courttest.Erased(item.Secret) {
			t.Error("an item is still there")
		}
	}
}

// stranger is a node that is no key server.
func stranger() wire.NodeID {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("stranger")))
	if err != nil {
		panic(err)
	}
	return wire.NodeIDOf(&key.PublicKey)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
