package generation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// cheat changes what a Byzantine node sends, once per attempt and message where the
// change must be the same for all.
type cheat func(m session.Machine, env wire.Envelope) []wire.Envelope

// cheating makes a node cheat. Its machine goes on as if nothing had happened.
func cheating(n *sessiontest.Node, how cheat) {
	n.Mutate = func(env wire.Envelope) []wire.Envelope {
		m := n.Machine(env.Session)
		if m == nil {
			return []wire.Envelope{env}
		}
		return how(m, env)
	}
}

// attempt is one of a machine's.
type attempt struct {
	m  session.Machine
	id wire.SessionID
}

// tampering deals something else, and is consistent about it.
func tampering(change func(s *wire.Setup, self uint32, d *wire.Dealing)) cheat {
	all := make(map[attempt]*generation.Tampering)
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		this := attempt{m, env.Session}
		if c, ok := env.Msg.(*wire.Commit); ok && all[this] == nil {
			setup := generation.SetupOf(m)
			all[this] = generation.Tamper(m, func(d *wire.Dealing) { change(setup, c.Index, d) })
		}
		if t := all[this]; t != nil {
			env.Msg = t.Message(env.Msg)
		}
		return []wire.Envelope{env}
	}
}

// silent never sends messages of this kind.
func silent(codes ...wire.Code) cheat {
	return func(_ session.Machine, env wire.Envelope) []wire.Envelope {
		for _, code := range codes {
			if env.Msg.Code() == code {
				return nil
			}
		}
		return []wire.Envelope{env}
	}
}

// mute also keeps what the cheat knows of its victims from them afterwards.
func mute(how cheat) cheat {
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		if env.Msg.Code() == wire.CodeVote {
			return nil
		}
		return how(m, env)
	}
}

// to applies a cheat to what goes to one node only.
func to(n *sessiontest.Node, how cheat) cheat {
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		if env.To != n.ID() {
			return []wire.Envelope{env}
		}
		return how(m, env)
	}
}

// generationCase is one misbehaviour of n3 in a cluster of four with threshold 1, in
// which n1 initiates. The key must come about all the same.
type generationCase struct {
	name    string
	cheat   func(g *generating, n *sessiontest.Node) cheat
	blamed  bool // exactly the cheat is blamed; else nobody
	without bool // the key is made without the cheat
	either  bool // the cheat's messages may come too late to matter
	// unproven: the cheat is not convicted by its own signature, so nobody else need
	// believe it.
	unproven bool
}

var generationCases = []generationCase{
	{name: "silent from the start", cheat: anyway(silent(wire.CodeCommit, wire.CodeReveal, wire.CodeCertify, wire.CodeAck, wire.CodeEvidence)), without: true},
	{name: "silent in commit", cheat: anyway(silent(wire.CodeCommit, wire.CodeEvidence)), without: true},
	{name: "silent in reveal", cheat: anyway(silent(wire.CodeReveal, wire.CodeEvidence)), without: true},
	{name: "silent in certify", cheat: anyway(silent(wire.CodeCertify, wire.CodeEvidence))}, // hands the certificate over when asked
	{name: "silent in certify and after", cheat: anyway(silent(wire.CodeCertify, wire.CodeEvidence, wire.CodeAdopt, wire.CodeVote)), without: true},
	{name: "silent in certify and about abandoning", cheat: anyway(silent(wire.CodeCertify, wire.CodeEvidence, wire.CodeVote, wire.CodeConflict, wire.CodeAdopt)), without: true},
	{name: "never acknowledges", cheat: anyway(silent(wire.CodeAck))},
	{name: "silent to one in every round", cheat: func(g *generating, _ *sessiontest.Node) cheat {
		return to(g.Nodes[1], silent(wire.CodeCommit, wire.CodeReveal, wire.CodeCertify, wire.CodeAck, wire.CodeEvidence))
	}},
	{name: "bad share to one", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) { d.Shares[1][31] ^= 1 })), blamed: true, without: true},
	{name: "bad share to the initiator", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) { d.Shares[0][31] ^= 1 })), blamed: true, without: true},
	{name: "bad shares to all", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) {
		for i := range d.Shares {
			d.Shares[i][31] ^= 1
		}
	})), blamed: true, without: true},
	{name: "share above the group order", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) {
		d.Shares[1] = [32]byte{0: 255, 1: 255, 2: 255, 3: 255, 4: 255, 5: 255, 6: 255, 7: 255, 8: 255, 9: 255, 10: 255, 11: 255, 12: 255, 13: 255, 14: 255, 15: 255, 16: 255}
	})), blamed: true, without: true},
	{name: "too few shares", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) { d.Shares = d.Shares[:3] })), blamed: true, without: true},
	{name: "degree too high", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) {
		d.Commitments = append(d.Commitments, d.Commitments[0])
	})), blamed: true, without: true},
	{name: "degree too low", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) { d.Commitments = d.Commitments[:1] })), blamed: true, without: true},
	{name: "leading coefficient zero", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) { d.Commitments[1] = wire.Point{} })), blamed: true, without: true},
	{name: "commitment off the curve", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) { d.Commitments[0][5] ^= 1 })), blamed: true, without: true},
	{name: "rogue constant term", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) {
		p := point(d.Commitments[0])
		d.Commitments[0] = p.Plus(secp256k1.Generator()).Bytes()
	})), blamed: true, without: true},
	{name: "proof of the constant spoilt", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) { d.Proof[40] ^= 1 })), blamed: true, without: true},
	{name: "ephemeral moved by G", cheat: anyway(tampering(func(_ *wire.Setup, _ uint32, d *wire.Dealing) {
		e := point(wire.Point(d.Ephemeral[:64])).Plus(secp256k1.Generator()).Bytes()
		copy(d.Ephemeral[:], e[:])
		spoil(d)
	})), blamed: true, without: true},
	{name: "ephemeral of another session", cheat: anyway(tampering(func(_ *wire.Setup, self uint32, d *wire.Dealing) {
		k, err := threshold.NewEphemeral(zeroes{}, [32]byte{1}, threshold.Index(self))
		if err != nil {
			panic(err)
		}
		d.Ephemeral = k.Public().Bytes()
		spoil(d)
	})), blamed: true, without: true},
	{name: "ephemeral of an ECIES message", cheat: anyway(tampering(func(s *wire.Setup, _ uint32, d *wire.Dealing) {
		e := secp256k1.BaseMul(secp256k1.NewScalar(77)).Bytes() // somebody else's; no proof fits
		copy(d.Ephemeral[:], e[:])
		spoil(d)
	})), blamed: true, without: true},
	{name: "copied commit and dealing", cheat: func(*generating, *sessiontest.Node) cheat { return copying() }, blamed: true, without: true},
	{name: "another dealing than committed", cheat: anyway(changingReveal(func(m *wire.Reveal) { m.Dealing.Proof[9] ^= 1 })), blamed: true, without: true},
	{name: "other shares than it relays", cheat: anyway(changingReveal(otherShares(0))), blamed: true, without: true},
	{name: "other shares to one", cheat: func(g *generating, _ *sessiontest.Node) cheat {
		return to(g.Nodes[1], changingReveal(otherShares(1)))
	}, blamed: true, without: true}, // its complaint shows the others what it was sent
	{name: "another's shares to one", cheat: func(g *generating, _ *sessiontest.Node) cheat {
		return to(g.Nodes[1], changingReveal(otherShares(0)))
	}, either: true}, // which n2 has no use for, and nobody is harmed
	{name: "another dealing to one", cheat: func(g *generating, _ *sessiontest.Node) cheat {
		return to(g.Nodes[1], changingReveal(func(m *wire.Reveal) { m.Dealing.Proof[9] ^= 1 }))
	}, blamed: true, without: true},
	{name: "another view to one", cheat: func(g *generating, _ *sessiontest.Node) cheat {
		return to(g.Nodes[1], changingReveal(func(m *wire.Reveal) { m.View[0] ^= 1 }))
	}, blamed: true, without: true},
	{name: "another view to all", cheat: anyway(changingReveal(func(m *wire.Reveal) { m.View[0] ^= 1 })), blamed: true, without: true}, // it relays the true one
	{name: "two commits", cheat: func(g *generating, n *sessiontest.Node) cheat { return to(g.Nodes[1], recommitting(n)) }, blamed: true, without: true},
	{name: "two commits, the other to the initiator", cheat: func(g *generating, n *sessiontest.Node) cheat { return to(g.Nodes[0], recommitting(n)) }, blamed: true, without: true},
	{name: "another transcript", cheat: func(_ *generating, n *sessiontest.Node) cheat { return mute(transcribing(n)) }, blamed: true, without: true},
	{name: "another transcript to one", cheat: func(g *generating, n *sessiontest.Node) cheat { return to(g.Nodes[1], transcribing(n)) }, blamed: true, either: true},
	{name: "false complaint", cheat: func(*generating, *sessiontest.Node) cheat { return mute(complaining(2, false)) }, blamed: true, without: true},
	{name: "false complaint about the initiator", cheat: func(*generating, *sessiontest.Node) cheat { return mute(complaining(1, false)) }, blamed: true, without: true},
	{name: "complaint with a false opening", cheat: func(*generating, *sessiontest.Node) cheat { return mute(complaining(2, true)) }, blamed: true, without: true},
	{name: "false acknowledgement", cheat: anyway(func(_ session.Machine, env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.Ack); ok {
			forged := *m
			forged.Signature[3] ^= 1
			env.Msg = &forged
		}
		return []wire.Envelope{env}
	}), blamed: true, either: true, unproven: true},
}

// otherShares are for nobody to see but their receiver, and still only one reveal may be signed.
func otherShares(receiver int) func(*wire.Reveal) {
	return func(m *wire.Reveal) {
		m.Dealing.Shares = append([][32]byte(nil), m.Dealing.Shares...)
		m.Dealing.Shares[receiver][31] ^= 1
	}
}

// anyway is a cheat that needs to know nobody.
func anyway(c cheat) func(*generating, *sessiontest.Node) cheat {
	return func(*generating, *sessiontest.Node) cheat { return c }
}

func point(p wire.Point) *secp256k1.Point {
	out, err := secp256k1.ParsePoint(p[:])
	if err != nil {
		panic(err)
	}
	return out
}

// spoil makes all shares wrong, so that complaints would be in order.
func spoil(d *wire.Dealing) {
	for i := range d.Shares {
		d.Shares[i][31] ^= 1
	}
}

// zeroes is a source of "random" bytes.
type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 1
	}
	return len(b), nil
}

// copying repeats n1's commit and dealing as its own.
func copying() cheat {
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		switch msg := env.Msg.(type) {
		case *wire.Commit:
			if theirs := generation.CommitOf(m, 1); theirs != nil {
				env.Msg = generation.Recommit(m, theirs.Hash)
			}
		case *wire.Reveal:
			if theirs := generation.RevealOf(m, 1); theirs != nil {
				env.Msg = resign(m, &wire.Reveal{Index: msg.Index, View: msg.View, Dealing: theirs.Dealing}, env.Session)
			} else { // reveal nothing before there is something to copy
				spoilt := *msg
				spoilt.Dealing.Proof[1] ^= 1
				env.Msg = resign(m, &spoilt, env.Session)
			}
		}
		return []wire.Envelope{env}
	}
}

func resign(m session.Machine, r *wire.Reveal, id wire.SessionID) *wire.Reveal {
	r.Signature = generation.IdentityOf(m).Sign(r.Digest(id))
	return r
}

func changingReveal(change func(*wire.Reveal)) cheat {
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		if r, ok := env.Msg.(*wire.Reveal); ok {
			changed := *r
			change(&changed)
			env.Msg = resign(m, &changed, env.Session)
		}
		return []wire.Envelope{env}
	}
}

func recommitting(n *sessiontest.Node) cheat {
	return func(_ session.Machine, env wire.Envelope) []wire.Envelope {
		if c, ok := env.Msg.(*wire.Commit); ok {
			other := *c
			other.Hash[0] ^= 1
			other.Signature = n.NodeKey().Sign(other.Digest(env.Session))
			env.Msg = &other
		}
		return []wire.Envelope{env}
	}
}

func transcribing(n *sessiontest.Node) cheat {
	return func(_ session.Machine, env wire.Envelope) []wire.Envelope {
		if c, ok := env.Msg.(*wire.Certify); ok {
			other := &wire.Certify{Index: c.Index, Transcript: c.Transcript}
			other.Transcript[0] ^= 1
			other.Signature = n.NodeKey().Sign(other.Digest(env.Session))
			env.Msg = other
		}
		return []wire.Envelope{env}
	}
}

// complaining complains about a good dealing instead of certifying it.
func complaining(dealer uint32, badOpening bool) cheat {
	return func(m session.Machine, env wire.Envelope) []wire.Envelope {
		if env.Msg.Code() != wire.CodeCertify {
			return []wire.Envelope{env}
		}
		c := generation.Complain(m, dealer)
		if badOpening {
			c.Opening[100] ^= 1
			c.Signature = generation.IdentityOf(m).Sign(c.Digest(env.Session))
		}
		env.Msg = c
		return []wire.Envelope{env}
	}
}

// Each misbehaviour ends with the cheat, and nobody else, named, or with nobody named
// where nothing can be proven; and the key is made.
func TestGenerationAdversary(t *testing.T) {
	for _, c := range slices.Concat(generationCases, strayCases) {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(4) {
				g := newGenerating(t, 4, seed)
				bad := g.Nodes[2]
				cheating(bad, c.cheat(g, bad))
				complaints := 0
				g.Spy = func(from *sessiontest.Node, env wire.Envelope) {
					if env.Msg.Code() == wire.CodeComplaint && from != bad {
						complaints++
					}
				}
				if seed > 0 {
					g.Chaos = &sessiontest.Chaos{Tick: 1}
				}
				r := g.succeeds(g.Nodes[0], 1)
				if got := r.Setup.Index(bad.ID()) == 0; got != c.without && !c.either {
					t.Errorf("seed %d: made without the cheat: %v", seed, got)
				}
				want := "[]"
				if c.blamed {
					want = "[n3]"
				}
				if got := fmt.Sprint(g.Blamed()); got != want && !(c.either && got == "[]") {
					t.Errorf("seed %d: blamed %s, want %s: %v", seed, got, want, g.Faults())
				}
				g.checkEvidence(c)
				if complaints > 0 && len(c.name) > 9 && c.name[:9] == "ephemeral" {
					t.Errorf("seed %d: a shared point of an unproven ephemeral was published", seed)
				}
			}
		})
	}
}

// The same misbehaviours of the initiator: nobody else is ever blamed, every session
// ends, and the others can have their key afterwards.
func TestCheatingInitiator(t *testing.T) {
	for _, c := range slices.Concat(generationCases, strayCases) {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(3) {
				g := newGenerating(t, 4, seed)
				bad := g.Nodes[0]
				cheating(bad, c.cheat(g, bad))
				if seed > 0 {
					g.Chaos = &sessiontest.Chaos{Tick: 1}
				}
				g.generate(bad, 1)
				o := g.generate(g.Nodes[1], 1)
				if o.Err != nil && o.Reason() != wire.KeyExists {
					t.Errorf("seed %d: through an honest node afterwards: %v", seed, o)
				}
				g.checkKey(g.oneKey(), 1)
				if got := fmt.Sprint(g.Blamed()); got != "[]" && got != "[n1]" {
					t.Errorf("seed %d: blamed %s: %v", seed, got, g.Faults())
				}
			}
		})
	}
}
