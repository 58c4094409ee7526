// Command drand sets the arithmetic of a server key generation beside the distributed key generation that drand runs on:
// github.com/drand/kyber, share/dkg, on its own default curve, edwards25519. Each side makes keys for the same number of
// nodes and the same number of shares needed, in one goroutine, in turns. With -anew it sets a redistribution beside their
// resharing instead: all nodes get new shares of a key that they hold.
//
// It is a module of its own, so that the comparison costs the program no dependency:
//
//	cd bench/drand && go run . -n 16 -t 7
//	cd bench/drand && go run . -n 16 -t 7 -anew
//
// What each side does. Ours: all machines of a generation with everything they sign, check, encode and decode, from the
// request to the last acknowledgement. Theirs: deals, responses and results of all nodes, each bundle signed
// by its sender and checked by every receiver, as drand's Protocol does. Theirs has no proof of knowledge, no commit
// round and no certificate; ours has no justification phase to skip. In a redistribution t+1 of our nodes deal; in a
// resharing all of theirs do, as in drand's own network.
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
	"github.com/drand/kyber/share"
	"github.com/drand/kyber/share/dkg"
	"github.com/drand/kyber/sign/schnorr"
	"github.com/drand/kyber/util/random"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
)

func main() {
	n := flag.Int("n", 16, "nodes")
	t := flag.Int("t", 7, "threshold: t+1 nodes can use a key")
	rounds := flag.Int("rounds", 9, "keys that each side makes")
	anew := flag.Bool("anew", false, "deal a key anew, instead of making one")
	flag.Parse()
	if *n < 2 || *t < 1 || *t >= *n || *rounds < 1 {
		fmt.Fprintln(os.Stderr, "drand: 1 <= t < n and at least one round are needed")
		os.Exit(2)
	}
	what, us, them := "key generation", generateOurs, generateTheirs
	if *anew {
		what, us, them = "redistribution", redistribute, reshare
	}
	var ours, theirs []time.Duration
	for i := range *rounds {
		ours = append(ours, measure(us, *n, *t, uint64(i+1)))
		theirs = append(theirs, measure(them, *n, *t, uint64(i+1)))
	}
	m, o := median(ours), median(theirs)
	fmt.Printf("%s, arithmetic of all n = %d nodes, t = %d, median of %d: geth-ss %.0f ms, drand/kyber v1.3.2 %.0f ms, ratio %.2f\n",
		what, *n, *t, *rounds, ms(m), ms(o), m.Seconds()/o.Seconds())
}

// measure says how long what a side prepares takes, on a heap without others' garbage.
func measure(prepare func(n, t int, seed uint64) (func() error, error), n, t int, seed uint64) time.Duration {
	f, err := prepare(n, t, seed)
	runtime.GC()
	begun := time.Now()
	if err == nil {
		err = f()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "drand:", err)
		os.Exit(1)
	}
	return time.Since(begun)
}

func median(d []time.Duration) time.Duration { return slices.Sorted(slices.Values(d))[len(d)/2] }

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// generateOurs runs one generation in a cluster in memory.
func generateOurs(n, t int, seed uint64) (func() error, error) {
	return func() error {
		c := sessiontest.New(n, seed)
		return settled(c, c.Generate(c.Nodes[0], c.NewClient("author"), sessiontest.KeyID(1), t))
	}, nil
}

// redistribute deals a key of all nodes to all of them anew, as members of the next set.
func redistribute(n, t int, seed uint64) (func() error, error) {
	c := sessiontest.New(n, seed)
	c.Establish(0, c.Nodes...)
	c.Deal(sessiontest.KeyID(1), t, c.NewClient("author"), c.Nodes)
	c.Establish(0, c.Nodes...)
	return func() error { return settled(c, c.Move(c.Nodes[0], sessiontest.KeyID(1), 0)) }, nil
}

func settled(c *sessiontest.Cluster, o *sessiontest.Outcome) error {
	if err := c.Settle(); err != nil {
		return err
	}
	if !o.Done || o.Err != nil || !o.Record.Confirmed() || len(o.Record.Setup.Members) != len(c.Nodes) {
		return fmt.Errorf("we failed: %v", o.Err)
	}
	return nil
}

// generateTheirs runs one distributed key generation of drand's library.
func generateTheirs(n, t int, _ uint64) (func() error, error) {
	return func() error {
		keys, config := theirNodes(n, t)
		return runTheirs(keys, t, func(int) dkg.Config { return config })
	}, nil
}

// reshare runs one resharing of drand's library, of a key that was dealt by one.
func reshare(n, t int, _ uint64) (func() error, error) {
	keys, config := theirNodes(n, t)
	polynomial := share.NewPriPoly(config.Suite.(kyber.Group), t+1, nil, random.New())
	_, commits := polynomial.Commit(nil).Info()
	config.OldNodes, config.OldThreshold, config.PublicCoeffs = config.NewNodes, t+1, commits
	return func() error {
		return runTheirs(keys, t, func(i int) dkg.Config {
			own := config
			own.Share = &dkg.DistKeyShare{Commits: commits, Share: polynomial.Eval(i)}
			return own
		})
	}, nil
}

// theirNodes are nodes of drand's library, and what all of them are configured with.
func theirNodes(n, t int) ([]kyber.Scalar, dkg.Config) {
	suite := edwards25519.NewBlakeSHA256Ed25519()
	private := make([]kyber.Scalar, n)
	nodes := make([]dkg.Node, n)
	for i := range n {
		private[i] = suite.Scalar().Pick(random.New())
		nodes[i] = dkg.Node{Index: uint32(i), Public: suite.Point().Mul(private[i], nil)}
	}
	return private, dkg.Config{Suite: suite, NewNodes: nodes, Threshold: t + 1, FastSync: true, Nonce: dkg.GetNonce(), Auth: schnorr.NewScheme(suite)}
}

type member struct {
	config  dkg.Config
	handler *dkg.DistKeyGenerator
}

// runTheirs runs all nodes, each with its configuration but for its key.
func runTheirs(keys []kyber.Scalar, t int, config func(i int) dkg.Config) error {
	var all []*member
	for i, key := range keys {
		own := config(i)
		own.Longterm = key
		handler, err := dkg.NewDistKeyHandler(&own)
		if err != nil {
			return err
		}
		all = append(all, &member{own, handler})
	}
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
			return fmt.Errorf("theirs gave no key")
		}
	}
	return nil
}
