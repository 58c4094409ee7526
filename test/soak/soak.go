package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/test/dapp"
)

// soak is one run.
type soak struct {
	o      *options
	begun  time.Time
	net    *network
	ledger *ledger
	tally  *tally
	growth *growth
	desk   *desk
	nonces *nonces     // of signatures
	domain dapp.Domain // of wallets' requests

	mu   sync.Mutex
	dice *rand.Rand // what is asked of whom; guarded by mu

	wiped time.Time // when a store was; guarded by mu
}

func newSoak(o *options) (*soak, error) {
	net, err := newNetwork(o)
	if err != nil {
		return nil, err
	}
	s := &soak{
		o: o, begun: time.Now(), net: net, ledger: new(ledger), tally: newTally(), nonces: newNonces(),
		dice: rand.New(rand.NewPCG(o.seed, 2)),
	}
	s.growth = newGrowth(s)
	s.desk = newDesk(s)
	return s, nil
}

// run is the whole of it. An error ends it early; what was broken on the way is in the tally.
func (s *soak) run(ctx context.Context) error {
	s.say("seed %d; %d nodes in %s; %s", s.o.seed, s.o.nodes, s.net.dir, s.net.hosts())
	if err := s.net.start(ctx); err != nil {
		return err
	}
	var err error
	if s.domain, err = s.net.nodes[0].server.Domain(ctx); err != nil {
		return err
	}
	if err := s.desk.open(ctx); err != nil {
		return err
	}
	for _, phase := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"warming up", s.warmUp},
		{"one fault at a time, under load", s.storm},
		{"many clients at once", s.crowd},
		{"at rest", s.measureAfter},
		{"more faults than it can bear", s.beyond},
		{"a long silence", s.silence},
		{"every key on every node", s.audit},
		{"at rest again", s.measureEnd},
	} {
		s.say("== %s", phase.name)
		if err := phase.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", phase.name, err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// say tells on standard error what goes on; standard output is the tables'.
func (s *soak) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%7.1fs  %s\n", time.Since(s.begun).Seconds(), fmt.Sprintf(format, args...))
}

// roll is a number below n.
func (s *soak) roll(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dice.IntN(n)
}

// threshold is what keys are made with: as high as one node may always be missing, when a key is made and when it is read.
func (s *soak) threshold() int { return (s.o.nodes - 2) / 2 }

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
