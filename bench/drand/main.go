// Command drand sets the arithmetic of a server key generation beside the distributed key generation that drand runs on:
// github.com/drand/kyber, share/dkg, on its own default curve, edwards25519. Each side makes keys for the same number of
// nodes and the same number of shares needed, in one goroutine, in turns.
//
// It is a module of its own, so that the comparison costs the program no dependency:
//
//	cd bench/drand && go run . -n 16 -t 7
//
// What each side does. Ours: all machines of a generation with everything they sign, check, encode and decode, from the
// request to the last acknowledgement. Theirs: deals, responses and results of all nodes, each bundle signed
// by its sender and checked by every receiver, as drand's Protocol does. Theirs has no proof of knowledge, no commit
// round and no certificate; ours has no justification phase to skip.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/drand/kyber"
	"github.com/drand/kyber/group/edwards25519"
	"github.com/drand/kyber/share/dkg"
	"github.com/drand/kyber/sign/schnorr"
	"github.com/drand/kyber/util/random"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
)

func main() {
	n := flag.Int("n", 16, "nodes")
	t := flag.Int("t", 7, "threshold: t+1 nodes can use a key")
	rounds := flag.Int("rounds", 9, "keys that each side makes")
	flag.Parse()
	if *n < 2 || *t < 1 || *t >= *n || *rounds < 1 {
		fmt.Fprintln(os.Stderr, "drand: 1 <= t < n and at least one round are needed")
		os.Exit(2)
	}
	var ours, theirs []time.Duration
	for i := range *rounds {
		ours = append(ours, measure(func() error { return generateOurs(*n, *t, uint64(i+1)) }))
		theirs = append(theirs, measure(func() error { return generateTheirs(*n, *t) }))
	}
	us, them := median(ours), median(theirs)
	fmt.Printf("key generation, arithmetic of all n = %d nodes, t = %d, median of %d: geth-ss %.0f ms, drand/kyber v1.3.2 %.0f ms, ratio %.2f\n",
		*n, *t, *rounds, ms(us), ms(them), us.Seconds()/them.Seconds())
}

// measure says how long f takes on a heap without others' garbage.
func measure(f func() error) time.Duration {
	runtime.GC()
	begun := time.Now()
	if err := f(); err != nil {
		fmt.Fprintln(os.Stderr, "drand:", err)
		os.Exit(1)
	}
	return time.Since(begun)
}

func median(d []time.Duration) time.Duration { return slices.Sorted(slices.Values(d))[len(d)/2] }

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// generateOurs runs one generation in a cluster in memory.
func generateOurs(n, t int, seed uint64) error {
	c := sessiontest.New(n, seed)
	o := c.Generate(c.Nodes[0], c.NewClient("author"), sessiontest.KeyID(1), t)
	if err := c.Settle(); err != nil {
		return err
	}
	if !o.Done || o.Err != nil || !o.Record.Confirmed() {
		return fmt.Errorf("our generation failed: %v", o.Err)
	}
	return nil
}

// generateTheirs runs one distributed key generation of drand's library.
func generateTheirs(n, t int) error {
	suite := edwards25519.NewBlakeSHA256Ed25519()
	private := make([]kyber.Scalar, n)
	nodes := make([]dkg.Node, n)
	for i := range n {
		private[i] = suite.Scalar().Pick(random.New())
		nodes[i] = dkg.Node{Index: uint32(i), Public: suite.Point().Mul(private[i], nil)}
	}
	config := dkg.Config{Suite: suite, NewNodes: nodes, Threshold: t + 1, FastSync: true, Nonce: dkg.GetNonce(), Auth: schnorr.NewScheme(suite)}
	var all []*member
	for _, key := range private {
		own := config
		own.Longterm = key
		handler, err := dkg.NewDistKeyHandler(&own)
		if err != nil {
			return err
		}
		all = append(all, &member{own, handler})
	}
	return runTheirs(all, t)
}

type member struct {
	config  dkg.Config
	handler *dkg.DistKeyGenerator
}

func runTheirs(all []*member, t int) error {
	var deals []*dkg.DealBundle
	for _, m := range all {
		deal, err := m.handler.Deals()
		if err != nil {
			return err
		}
		deals = append(deals, deal)
	}
	var responses []*dkg.ResponseBundle
	for _, m := range all {
		for _, deal := range deals {
			if err := dkg.VerifyPacketSignature(&m.config, deal); err != nil {
				return err
			}
		}
		response, err := m.handler.ProcessDeals(deals)
		if err != nil {
			return err
		}
		responses = append(responses, response)
	}
	for _, m := range all {
		for _, response := range responses {
			if err := dkg.VerifyPacketSignature(&m.config, response); err != nil {
				return err
			}
		}
		result, _, err := m.handler.ProcessResponses(responses)
		if err != nil {
			return err
		}
		if result == nil || len(result.Key.Commitments()) != t+1 {
			return fmt.Errorf("their generation gave no key")
		}
	}
	return nil
}
