package ballot

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// The ballots alone, without a network: honest servers vote as founded lets them, in any
// order and at anybody's instigation, beside liars who have signed every vote there can
// be and hand out the certificate as they like. That covers all drivers, delays and
// crashes: what an honest server has said is on its disk.

type modelVote uint8

const (
	unsaid modelVote = iota
	pro
	contra
)

// modelState is what honest servers have voted: [server][ballot].
type modelState struct {
	votes    [][]modelVote
	liars    int
	majority int
}

func newModel(honest, liars, majority, ballots int) *modelState {
	s := &modelState{liars: liars, majority: majority}
	for range honest {
		s.votes = append(s.votes, make([]modelVote, ballots))
	}
	return s
}

func (s *modelState) String() string {
	var b strings.Builder
	for _, votes := range s.votes {
		for _, v := range votes {
			b.WriteByte("-+x"[v])
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// count is how many servers can be shown to have voted so.
func (s *modelState) count(ballot int64, v modelVote) int {
	count := s.liars
	for _, votes := range s.votes {
		if ballot >= 0 && votes[ballot] == v {
			count++
		}
	}
	return count
}

// motion is the best-founded one that anybody can make of what was said.
func (s *modelState) motion(ballot int, v modelVote) *wire.Motion {
	m := &wire.Motion{Ballot: uint32(ballot), Complete: Favours(uint32(ballot)) == (v == pro)}
	m.Grounds = make([]wire.NodeSign, s.count(Grounds(m), contra))
	return m
}

// last is the highest ballot in which a server has voted, or -1.
func (s *modelState) last(server int) int {
	for b := len(s.votes[server]) - 1; b >= 0; b-- {
		if s.votes[server][b] != unsaid {
			return b
		}
	}
	return -1
}

// moves calls back with each vote that an honest server may cast next, cast.
func (s *modelState) moves(yield func(server, ballot int, v modelVote)) {
	for server, votes := range s.votes {
		for ballot := s.last(server) + 1; ballot < len(votes); ballot++ {
			for _, v := range []modelVote{pro, contra} {
				if founded(s.motion(ballot, v), s.majority, true) {
					votes[ballot] = v
					yield(server, ballot, v)
					votes[ballot] = unsaid
				}
			}
		}
	}
}

// outcomes tells which outcomes have been decided.
func (s *modelState) outcomes() (completed, abandoned bool) {
	for ballot := range s.votes[0] {
		if s.count(int64(ballot), pro) >= s.majority {
			completed = completed || Favours(uint32(ballot))
			abandoned = abandoned || !Favours(uint32(ballot))
		}
	}
	return completed, abandoned
}

func (s *modelState) checkSafe(t *testing.T) {
	t.Helper()
	if completed, abandoned := s.outcomes(); completed && abandoned {
		t.Fatalf("completed and abandoned: %v", s)
	}
}

func modelNode(i int) wire.NodeID { return wire.NodeID{byte(i + 1)} }

// tell puts an honest server's last vote into a tally, with its grounds, as polls do.
func (s *modelState) tell(t *Tally, server int) {
	last := s.last(server)
	if last < 0 {
		return
	}
	m := s.motion(last, s.votes[server][last])
	s.hear(t, modelNode(server), m)
}

func (s *modelState) hear(t *Tally, node wire.NodeID, m *wire.Motion) {
	t.Certificate = t.Certificate || m.Complete
	if g := Grounds(m); g >= 0 {
		for i := range s.votes {
			if s.votes[i][g] == contra {
				t.Add(modelNode(i), uint32(g), !Favours(uint32(g)), wire.Signature{})
			}
		}
		for i := range s.liars {
			t.Add(modelNode(len(s.votes)+i), uint32(g), !Favours(uint32(g)), wire.Signature{})
		}
	}
	t.Add(node, m.Ballot, m.Complete, wire.Signature{})
}

// peace has one server drive the ballots while all honest ones answer. lie makes the
// liars say something before each answer; nil: they are silent. It returns the questions
// that it took, and puts the votes back as they were.
func (s *modelState) peace(lie func(*Tally)) (questions int, err error) {
	for _, votes := range s.votes {
		before := append([]modelVote(nil), votes...)
		defer func() { copy(votes, before) }()
	}
	var voters []wire.NodeID
	t := NewTally(s.majority)
	for i := range s.votes {
		voters = append(voters, modelNode(i))
		s.tell(t, i)
	}
	for ; ; questions++ {
		if _, ok := t.Decided(); ok {
			return questions, nil
		}
		if lie != nil {
			lie(t)
		}
		m := t.Next(voters)
		if m == nil || questions > 8 || int(m.Ballot) >= len(s.votes[0]) {
			return questions, fmt.Errorf("stuck at %v after %d questions, motion %v", s, questions, m)
		}
		if !founded(m, s.majority, t.Certificate) {
			return questions, fmt.Errorf("unfounded motion %v at %v", m, s)
		}
		for i := range s.votes {
			if s.last(i) < int(m.Ballot) {
				s.votes[i][m.Ballot] = contra
				if m.Complete == Favours(m.Ballot) {
					s.votes[i][m.Ballot] = pro
				}
			}
			s.tell(t, i)
		}
	}
}

// Every state that three honest servers and a liar can reach in four ballots: an attempt
// is never completed and abandoned, and from each of them it takes a lone driver at most
// four questions to decide.
func TestBallotsExhaustively(t *testing.T) {
	const ballots, slack = 4, 4
	s := newModel(3, 1, wire.Majority(4, 1), ballots+slack)
	seen, most, split := make(map[string]bool), 0, 0
	var explore func()
	explore = func() {
		if name := s.String(); seen[name] {
			return
		} else {
			seen[name] = true
		}
		s.checkSafe(t)
		questions, err := s.peace(nil)
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, questions)
		if completed, abandoned := s.outcomes(); !completed && !abandoned {
			split++
		}
		s.moves(func(_, ballot int, _ modelVote) {
			if ballot < ballots {
				explore()
			}
		})
	}
	explore()
	t.Logf("%d states, %d of them undecided; at most %d questions", len(seen), split, most)
	if most > 4 || len(seen) < 5000 {
		t.Errorf("%d states, at most %d questions", len(seen), most)
	}
}

// Random walks of larger sets, in which liars also answer the driver.
func TestBallotsAtRandom(t *testing.T) {
	for _, size := range []struct{ n, t int }{{4, 1}, {5, 1}, {7, 2}, {7, 3}, {10, 3}} {
		majority, most := wire.Majority(size.n, size.t), 0
		for seed := range uint64(150) {
			rnd := rand.New(rand.NewPCG(seed, uint64(size.n)))
			honest := max(majority, size.n-size.t)
			s := newModel(honest, size.n-honest, majority, 24)
			for range rnd.IntN(4 * size.n) {
				var all [][3]int
				s.moves(func(server, ballot int, v modelVote) { all = append(all, [3]int{server, ballot, int(v)}) })
				if len(all) == 0 {
					break
				}
				move := all[rnd.IntN(len(all))]
				if move[1] >= 12 {
					continue
				}
				s.votes[move[0]][move[1]] = modelVote(move[2])
				s.checkSafe(t)
			}
			lies := 0
			questions, err := s.peace(func(t *Tally) {
				for i := range s.liars {
					m := s.motion(rnd.IntN(16), 1+modelVote(rnd.IntN(2)))
					if lies++; founded(m, majority, true) {
						s.hear(t, modelNode(honest+i), m)
					}
				}
			})
			if err != nil {
				t.Fatalf("n=%d, seed %d: %v", size.n, seed, err)
			}
			s.checkSafe(t)
			most = max(most, questions)
		}
		t.Logf("n=%d: at most %d questions", size.n, most)
	}
}

// One who has voted both ways is found out.
func TestTallyFindsDoubleVotes(t *testing.T) {
	y := NewTally(3)
	y.Add(modelNode(1), 2, true, wire.Signature{1})
	if _, both := y.Add(modelNode(1), 2, true, wire.Signature{2}); both {
		t.Error("a repeated vote is taken for two")
	}
	if _, both := y.Add(modelNode(1), 3, false, wire.Signature{3}); both {
		t.Error("votes in two ballots are taken for a lie")
	}
	if other, both := y.Add(modelNode(1), 3, true, wire.Signature{4}); !both || other[0] != 3 {
		t.Error("two votes in one ballot go unnoticed")
	}
}
