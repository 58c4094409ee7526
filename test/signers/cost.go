package signers

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/test/figures"
)

// Cost is what a step costs a node.
type Cost struct {
	Step
	CPU time.Duration // of one node, for one signature
}

// Measure makes that many signatures, all nodes in one goroutine and each step for all signatures before the next step, and
// says what the steps of one cost.
func Measure(s Signers, signatures int) (costs []Cost, err error) {
	all := make([][]Step, signatures)
	for i := range all {
		var hash [32]byte
		rand.Read(hash[:])
		all[i] = s.Sign(hash)
	}
	for step, first := range all[0] {
		before := figures.CPU()
		for _, steps := range all {
			for node := range first.Nodes {
				if err := steps[step].Do(node); err != nil {
					return nil, fmt.Errorf("%s: %w", first.Name, err)
				}
			}
		}
		spent := figures.CPU() - before
		costs = append(costs, Cost{first, spent / time.Duration(signatures*first.Nodes)})
	}
	return costs, nil
}

// Multiplication is what a multiplication of a point by a secret scalar costs, the unit of Step.Multiplications.
func Multiplication() (time.Duration, error) {
	const rounds = 5000
	s, err := secp256k1.RandomScalar(rand.Reader)
	if err != nil {
		return 0, err
	}
	before := figures.CPU()
	for p, i := secp256k1.Generator(), 0; i < rounds; i++ {
		p = p.Times(s)
	}
	return (figures.CPU() - before) / rounds, nil
}

// Sum adds up what one signature costs: one signer before it is known what is signed and then, and the coordinator beside
// what it does as a signer. What is done only when a signature turned out wrong counts in none of them.
func Sum(costs []Cost) (ahead, online, coordinator Total) {
	for _, c := range costs {
		switch {
		case c.Exception:
		case c.Coordinator:
			coordinator.add(c)
		case c.Ahead:
			ahead.add(c)
		default:
			online.add(c)
		}
	}
	return ahead, online, coordinator
}

// Total is the cost of several steps.
type Total struct {
	CPU             time.Duration
	Multiplications int
}

// Counted is what so many multiplications cost.
func (t Total) Counted(unit time.Duration) time.Duration {
	return time.Duration(t.Multiplications) * unit
}

func (t *Total) add(c Cost) {
	t.CPU += c.CPU
	t.Multiplications += c.Multiplications
}
