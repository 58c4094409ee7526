package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

var (
	rounds    = flag.Int("rounds", 4, "how often validators are killed with -9 in TestKillRounds")
	roundsFor = flag.Duration("rounds.for", 0, "kill validators for so long, in TestKillRounds and in TestLongChain, instead of a fixed number of times")
	seed      = flag.Uint64("seed", 0, "seed of TestKillRounds and TestLongChain, 0 for a new one")
)

// TestKillRounds kills validators with -9, one or all of four, at random moments, start-up and replay included, and starts
// them again. Blocks go on, none is ever replaced, nobody votes twice, and what was in a block stays there.
//
//	go test ./test/e2e -run TestKillRounds -rounds 100 -timeout 2h
//	go test ./test/e2e -run TestKillRounds -rounds.for 20m -timeout 0
func TestKillRounds(t *testing.T) {
	n := planChain(t, 4, 0, 0)
	n.initialize(t, n.nodes...)
	k := newKiller(t, n, n.nodes)
	k.rounds(t, *rounds)
	k.report(t)
}

// killer kills and starts the validators of a network, the schedule coming from a seed.
type killer struct {
	net    *chainNet
	nodes  []*chainNode
	rand   *rand.Rand
	agreed uint64 // all nodes were compared up to here, of a long chain the last blocks

	restarts []time.Duration // from the start of a process until it has a new block
	replays  []uint64
}

func newKiller(t *testing.T, n *chainNet, validators []*chainNode) *killer {
	t.Helper()
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed %d", s)
	for _, v := range validators {
		v.start(t)
	}
	n.untilHeight(t, 2, validators...)
	return &killer{net: n, nodes: validators, rand: rand.New(rand.NewPCG(s, 0))}
}

// rounds are so many, or with -rounds.for as many as begin in that time, one at least.
func (k *killer) rounds(t *testing.T, count int) {
	t.Helper()
	begun := time.Now()
	for round := 0; more(round, count, time.Since(begun)); round++ {
		k.round(t, round)
	}
}

func more(done, count int, elapsed time.Duration) bool {
	if *roundsFor > 0 {
		return done == 0 || elapsed < *roundsFor
	}
	return done < count
}

func (k *killer) round(t *testing.T, round int) {
	t.Helper()
	sent := k.net.pay(t, k.nodes[k.rand.IntN(len(k.nodes))])
	time.Sleep(k.moment(1500))
	victims := k.nodes
	if k.rand.IntN(2) == 0 {
		i := k.rand.IntN(len(victims))
		victims = victims[i : i+1]
	}
	again := k.rand.IntN(3) == 0
	for _, v := range k.nodes {
		v.look(t)
	}
	top := k.net.top()
	k.kill(t, victims)
	k.start(t, victims)
	if again {
		time.Sleep(k.moment(2500)) // into start-up, replay or the first rounds
		k.kill(t, victims)
		k.start(t, victims)
	}
	k.net.untilHeight(t, top+2, k.nodes...)
	for _, v := range victims {
		took := time.Since(v.begun)
		k.restarts, k.replays = append(k.restarts, took), append(k.replays, v.replayed(t))
	}
	k.net.agree(t, max(k.agreed+1, top-min(top, 200)), top+2, k.nodes...)
	k.agreed = top + 2
	paid(t, sent, k.nodes)
	t.Logf("round %d: %d killed, again %v, at block %d; on after %v", round, len(victims), again, top, time.Since(victims[0].begun).Round(time.Millisecond))
}

func (k *killer) moment(most int) time.Duration {
	return time.Duration(k.rand.IntN(most)) * time.Millisecond
}

// kill ends processes one after the other, without waiting in between.
func (k *killer) kill(t *testing.T, victims []*chainNode) {
	t.Helper()
	for _, v := range victims {
		v.cmd.Process.Kill()
	}
	for _, v := range victims {
		v.kill(t)
	}
}

func (k *killer) start(t *testing.T, victims []*chainNode) {
	t.Helper()
	for _, v := range victims {
		v.start(t)
	}
}

func (k *killer) report(t *testing.T) {
	t.Helper()
	for _, v := range k.nodes {
		v.calm(t)
	}
	slices.Sort(k.restarts)
	slices.Sort(k.replays)
	last := len(k.restarts) - 1
	t.Logf("%d restarts up to block %d: on after a median of %v, at most %v; replayed a median of %d blocks, at most %d",
		last+1, k.net.top(), k.restarts[last/2].Round(time.Millisecond), k.restarts[last].Round(time.Millisecond), k.replays[last/2], k.replays[last])
}

// pay makes a transfer through a node and returns its receipt.
func (n *chainNet) pay(t *testing.T, through *chainNode) *types.Receipt {
	t.Helper()
	return transact(t, through.eth, n.faucet, &common.Address{7}, nil)
}

// paid checks that every node has the transaction, in the very block it was in.
func paid(t *testing.T, want *types.Receipt, nodes []*chainNode) {
	t.Helper()
	for _, v := range nodes {
		until(t, v.name+" finds the transaction", func() error {
			got, err := v.eth.TransactionReceipt(t.Context(), want.TxHash)
			if err != nil {
				return err
			}
			if got.BlockHash != want.BlockHash || got.GasUsed != params.TxGas {
				return fmt.Errorf("it is in block %s, and was in %s", got.BlockHash, want.BlockHash)
			}
			return nil
		})
	}
}
