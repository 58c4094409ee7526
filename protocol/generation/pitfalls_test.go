package generation_test

import (
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Tests for docs/security.md, "Common MPC pitfalls", where no other test shows that a bug of that catalogue is not ours.

// Nobody shows its dealing before everybody has committed to one, in this very session: also beside another generation at the
// same time, in which all is there, and where a member, which may be the last to commit, keeps its commit back or hears all others
// first. So nobody chooses its part of a key by the others', whatever the threshold: t+1 of n can be more than half.
func TestNobodyRevealsFirst(t *testing.T) {
	for _, degree := range []int{1, 3} {
		for seed := range uint64(6) {
			g := newGenerating(t, 4, seed)
			if seed > 0 {
				g.Chaos = &sessiontest.Chaos{Tick: 1}
			}
			bad := g.Nodes[2]
			cheats := seed%2 == 1
			if cheats { // in one of the two
				cheating(bad, func(m session.Machine, env wire.Envelope) []wire.Envelope {
					if generation.SetupOf(m).Key == g.key {
						return silent(wire.CodeCommit, wire.CodeEvidence)(m, env)
					}
					return []wire.Envelope{env}
				})
			}
			committed := make(map[wire.SessionID]map[wire.NodeID]bool)
			reveals, kept := 0, 0
			g.Spy = func(from *sessiontest.Node, env wire.Envelope) {
				switch env.Msg.(type) {
				case *wire.Commit:
					if committed[env.Session] == nil {
						committed[env.Session] = make(map[wire.NodeID]bool)
					}
					committed[env.Session][from.ID()] = true
				case *wire.Reveal:
					if from == bad && cheats {
						return // its own commit is there for itself
					}
					reveals++
					for _, m := range generation.SetupOf(from.Machine(env.Session)).Members {
						if !committed[env.Session][m] {
							t.Errorf("t=%d, seed %d: %s reveals before %s has committed", degree, seed, from.Name, g.Name(m))
						}
					}
				}
			}
			other := g.Generate(g.Nodes[1], g.author, sessiontest.KeyID(2), degree)
			o := g.generate(g.Nodes[0], degree)
			for _, members := range committed {
				if !members[bad.ID()] {
					kept++
				}
			}
			if !other.Done || other.Err != nil || o.Err != nil && !(cheats && degree == 3) || reveals == 0 || cheats && kept == 0 {
				t.Errorf("t=%d, seed %d: %v and %v, with %d reveals and %d attempts without a commit of n3", degree, seed, o, other, reveals, kept)
			}
		}
	}
}

// No share is sent in the clear: what a dealer seals is no value of its polynomial, to no receiver, and what all have sealed to a
// node does not add up to its share.
func TestNoShareInTheClear(t *testing.T) {
	for _, c := range []struct{ t, n int }{{0, 2}, {1, 4}, {3, 4}} {
		t.Run(fmt.Sprintf("t=%d,n=%d", c.t, c.n), func(t *testing.T) {
			g := newGenerating(t, c.n, 1)
			dealings := make(map[uint32]wire.Dealing)
			g.Spy = func(_ *sessiontest.Node, env wire.Envelope) {
				if m, ok := env.Msg.(*wire.Reveal); ok {
					dealings[m.Index] = m.Dealing
				}
			}
			r := g.succeeds(g.Nodes[0], c.t)
			if len(dealings) != len(r.Setup.Members) {
				t.Fatalf("%d dealings of %d members", len(dealings), len(r.Setup.Members))
			}
			for j, m := range r.Setup.Members {
				sum, at := new(secp256k1.Scalar), threshold.Index(j+1)
				for dealer, d := range dealings {
					sealed, err := secp256k1.ParseScalar(d.Shares[j][:])
					must(t, err)
					if threshold.VerifyShare(sealed, at, commitments(t, d.Commitments)) == nil {
						t.Errorf("member %d sends member %d its share in the clear", dealer, j+1)
					}
					sum = sum.Plus(sealed)
				}
				if sum.Equal(g.Node(m).State(g.key).Share.Value) {
					t.Errorf("what was sent to member %d adds up to its share", j+1)
				}
			}
		})
	}
}

func commitments(t *testing.T, points []wire.Point) threshold.Commitments {
	t.Helper()
	var enc []byte
	for _, p := range points {
		enc = append(enc, p[:]...)
	}
	c, err := threshold.ParseCommitments(enc, len(points)-1)
	must(t, err)
	return c
}
