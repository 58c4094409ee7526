package generation_test

import (
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// strayCases are misbehaviours with messages that are not the cheat's to send, of no
// session, or of no size.
var strayCases = []generationCase{
	{name: "proof of the constant from another session", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) {
		x := secp256k1.NewScalar(5)
		proof, err := threshold.ProveKnowledge(zeroes{}, x, secp256k1.BaseMul(x), threshold.NewContext("another session"))
		if err != nil {
			panic(err)
		}
		d.Commitments[0], d.Proof = secp256k1.BaseMul(x).Bytes(), proof
	})), blamed: true, without: true},
	{name: "dealing for hundreds", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) {
		d.Commitments = slices.Repeat(d.Commitments[:1], wire.MaxMembers)
		d.Shares = slices.Repeat(d.Shares[:1], wire.MaxMembers)
	})), blamed: true, without: true},
	{name: "dealing beyond every bound", cheat: anyway(alone(changingReveal(func(m *wire.Reveal) {
		m.Dealing.Shares = make([][32]byte, 1<<14)
	}))), without: true}, // nobody hears it
	{name: "another good dealing than committed", cheat: func(*generating, *sessiontest.Node) cheat { return alone(dealingAnew()) }, blamed: true, without: true},
	{name: "another commit to everybody", cheat: func(g *generating, n *sessiontest.Node) cheat { return committingAnew(n) }, blamed: true, without: true},
	{name: "one-time key off the curve", cheat: anyway(keying(func(_ session.Machine, c *wire.Commit) { c.Key[63] ^= 1 })), blamed: true, without: true},
	{name: "one-time key without its proof", cheat: anyway(keying(func(_ session.Machine, c *wire.Commit) { c.Key[127] ^= 1 })), blamed: true, without: true},
	{name: "one-time key of another session", cheat: anyway(keying(func(m session.Machine, c *wire.Commit) { c.Key = generation.KeyFor(m, wire.SessionID{1}, 7) })), blamed: true, without: true},
	{name: "one-time key of another member", cheat: anyway(keying(func(m session.Machine, c *wire.Commit) {
		if theirs := generation.CommitOf(m, 1); theirs != nil {
			c.Key = theirs.Key
		} else {
			c.Key[127] ^= 1
		}
	})), blamed: true, without: true},
	{name: "one-time key that cancels out", cheat: func(_ *generating, n *sessiontest.Node) cheat {
		return keying(func(m session.Machine, c *wire.Commit) { c.Key = generation.CancellingKey(m, stolen(n)) })
	}, blamed: true, without: true},
	{name: "two one-time keys", cheat: func(g *generating, n *sessiontest.Node) cheat { return to(g.Nodes[1], rekeying(n)) }, blamed: true, without: true},
	{name: "two one-time keys, the other to the initiator", cheat: func(g *generating, n *sessiontest.Node) cheat { return to(g.Nodes[0], rekeying(n)) }, blamed: true, without: true},
	{name: "commit in another's name", cheat: instead(wire.CodeCommit, func(n *sessiontest.Node, id wire.SessionID) wire.Message {
		m := &wire.Commit{Index: 1}
		m.Signature = n.NodeKey().Sign(m.Digest(id))
		return m
	}), blamed: true, without: true, unproven: true},
	{name: "commit of nobody", cheat: instead(wire.CodeCommit, func(n *sessiontest.Node, id wire.SessionID) wire.Message {
		m := &wire.Commit{Index: 9}
		m.Signature = n.NodeKey().Sign(m.Digest(id))
		return m
	}), blamed: true, without: true, unproven: true},
	{name: "commit of another session", cheat: anyway(alone(func(_ session.Machine, env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.Commit); ok {
			other := *m
			other.Signature[9] ^= 1 // for this session it is no signature
			env.Msg = &other
		}
		return []wire.Envelope{env}
	})), blamed: true, without: true, unproven: true},
	{name: "relays what n2 never said", cheat: func(g *generating, n *sessiontest.Node) cheat {
		return func(_ session.Machine, env wire.Envelope) []wire.Envelope {
			if env.Msg.Code() != wire.CodeCommit {
				return []wire.Envelope{env}
			}
			forged := env
			forged.Msg = &wire.Evidence{Commits: []wire.Commit{{Index: 2, Hash: [32]byte{1}}}}
			return []wire.Envelope{forged, env}
		}
	}, blamed: true, unproven: true},
	{name: "complaint about nobody", cheat: anyway(mute(complaint(func(c *wire.Complaint) { c.Accused.Index = 9 }))), blamed: true, without: true},
	{name: "complaint about a dealing under a view of its own", cheat: instead(wire.CodeReveal, func(n *sessiontest.Node, id wire.SessionID) wire.Message {
		m := &wire.Complaint{Index: 3, Accused: wire.Reveal{Index: 3, View: [32]byte{1}, Dealing: wire.Dealing{Dealt: wire.Dealt{Commitments: make([]wire.Point, 2)}, Shares: make([][32]byte, 4)}}}
		m.Accused.Signature = n.NodeKey().Sign(m.Accused.Digest(id))
		m.Signature = n.NodeKey().Sign(m.Digest(id))
		return m
	}), without: true}, // nobody can judge it, nor need wait for more
	{name: "complaint about itself", cheat: anyway(mute(complaining(3, false))), blamed: true, without: true},
	{name: "complaint about a dealing that nobody has sent", cheat: anyway(alone(complaint(func(c *wire.Complaint) { c.Accused.View[0] ^= 1 }))), blamed: true, without: true},
}

// instead sends something else than messages of a kind.
func instead(code wire.Code, make func(*sessiontest.Node, wire.SessionID) wire.Message) func(*generating, *sessiontest.Node) cheat {
	return func(_ *generating, n *sessiontest.Node) cheat {
		return alone(func(_ session.Machine, env wire.Envelope) []wire.Envelope {
			if env.Msg.Code() == code {
				env.Msg = make(n, env.Session)
			}
			return []wire.Envelope{env}
		})
	}
}

// alone also keeps the cheat's machine from telling the truth when it relays.
func alone(how cheat) cheat {
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		switch env.Msg.Code() {
		case wire.CodeEvidence, wire.CodeAdopt, wire.CodeVote:
			return nil
		}
		return how(m, env)
	}
}

// dealingAnew reveals a dealing that it has not committed to: it could have chosen it by the others'. There is nothing else wrong
// with it.
func dealingAnew() cheat {
	reveals := make(map[attempt]*wire.Reveal)
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		if r, ok := env.Msg.(*wire.Reveal); ok {
			this := attempt{m, env.Session}
			if reveals[this] == nil {
				reveals[this] = resign(m, &wire.Reveal{Index: r.Index, View: r.View, Dealing: generation.DealAnew(m)}, env.Session)
			}
			env.Msg = reveals[this]
		}
		return []wire.Envelope{env}
	}
}

// committingAnew commits to something else towards each member.
func committingAnew(n *sessiontest.Node) cheat {
	return func(_ session.Machine, env wire.Envelope) []wire.Envelope {
		if c, ok := env.Msg.(*wire.Commit); ok {
			other := *c
			other.Hash = wire.Digest("another", env.To[:])
			other.Signature = n.NodeKey().Sign(other.Digest(env.Session))
			env.Msg = &other
		}
		return []wire.Envelope{env}
	}
}

// keying signs another one-time key, and stays with it.
func keying(change func(session.Machine, *wire.Commit)) cheat {
	commits := make(map[attempt]*wire.Commit)
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		if _, ok := env.Msg.(*wire.Commit); ok {
			this := attempt{m, env.Session}
			if commits[this] == nil {
				commits[this] = generation.CommitAs(m, func(c *wire.Commit) { change(m, c) })
			}
			env.Msg = commits[this]
		}
		return []wire.Envelope{env}
	}
}

// rekeying signs a second one-time key, as good as the first.
func rekeying(n *sessiontest.Node) cheat {
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		if c, ok := env.Msg.(*wire.Commit); ok {
			other := *c
			other.Key = generation.KeyFor(m, env.Session, 7)
			other.Signature = n.NodeKey().Sign(other.Digest(env.Session))
			env.Msg = &other
		}
		return []wire.Envelope{env}
	}
}

// complaint makes a complaint of its own instead of certifying.
func complaint(change func(*wire.Complaint)) cheat {
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		if env.Msg.Code() != wire.CodeCertify {
			return []wire.Envelope{env}
		}
		c := generation.Complain(m, 2)
		change(c)
		c.Signature = generation.IdentityOf(m).Sign(c.Digest(env.Session))
		env.Msg = c
		return []wire.Envelope{env}
	}
}

// checkEvidence wants those who name the cheat to be able to prove it, where that is
// possible at all. That the evidence holds, at a party that has nothing but its bytes, is
// checked for every fault of every test (sessiontest).
func (g *generating) checkEvidence(c generationCase) {
	g.t.Helper()
	for _, b := range g.Faults() {
		switch {
		case c.blamed && !c.unproven && b.Evidence == nil:
			g.t.Errorf("%s blames %s without evidence: %s", b.By.Name, b.Node.Name, b.Detail)
		case c.unproven && b.Evidence != nil:
			g.t.Errorf("%s has evidence of what can't be proven: %s", b.By.Name, b.Detail)
		}
	}
}

// An initiator that opens a session again at a member that has crashed meanwhile gets no
// second dealing: two commits would convict the member, and two dealings of one session
// are more than a dealer should show.
func TestInitAgainAfterCrash(t *testing.T) {
	for steps := range 40 {
		g := newGenerating(t, 4, 1)
		bad, victim := g.Nodes[0], g.Nodes[1]
		var first []wire.Envelope
		said := make(map[wire.Code]map[[32]byte]bool)
		bad.Mutate = func(env wire.Envelope) []wire.Envelope {
			if env.Msg.Code() == wire.CodeInit && env.To == victim.ID() {
				first = append(first, env)
			}
			return []wire.Envelope{env}
		}
		g.Spy = func(from *sessiontest.Node, env wire.Envelope) {
			if len(first) == 0 || from != victim || env.Session != first[0].Session {
				return
			}
			code, digest := env.Msg.Code(), [32]byte{}
			switch m := env.Msg.(type) {
			case *wire.Commit:
				digest = m.Digest(env.Session)
			case *wire.Reveal:
				digest = m.Digest(env.Session)
			case *wire.Certify:
				digest = m.Digest(env.Session)
			}
			if said[code] == nil {
				said[code] = make(map[[32]byte]bool)
			}
			said[code][digest] = true
		}
		g.Generate(bad, g.author, g.key, 1)
		g.Steps(steps)
		g.Down(victim)
		g.Restart(victim)
		g.Inject(bad, first[0])
		if err := g.Settle(); err != nil {
			t.Fatalf("crash after %d steps: %v", steps, err)
		}
		for _, code := range []wire.Code{wire.CodeCommit, wire.CodeReveal, wire.CodeCertify} {
			if len(said[code]) > 1 {
				t.Errorf("crash after %d steps: %s has signed %d different messages %#x", steps, victim.Name, len(said[code]), code)
			}
		}
	}
}
