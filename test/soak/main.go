// Command soak torments a network of real geth-ss processes while clients use it: nodes are killed, paused, cut off, slowed,
// restarted and lose their stores, by a plan that follows from a seed, and every answer is held against what was
// promised. It fails if a request hangs or comes back wrong or without a reason, if a key is lost, if a link does not
// come back, or if a node grows.
//
//	make soak FOR=30m                                 the long forms
//	go run ./test/soak -nodes 7 -for 20m -seed 42     one network, one plan
//
// Each node is a process of its own, started as a user starts it, on a host of its own: a network namespace (see
// test/lan), which takes root. Without that right the nodes share the loopback and what needs the network is left out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/geth-ss/geth-ss/test/figures"
)

// options are the command line.
type options struct {
	binary      string
	dir         string        // of the network; empty: a temporary one, removed after success
	nodes       int           // 4 or more
	length      time.Duration // of the faults; the rest takes what it takes
	seed        uint64
	generations int // one after another
	parallel    int // at once
	reads       int
	signatures  int
	idle        time.Duration // how long the network is left alone
	outage      time.Duration // how long the long pause and the long cut last
	namespaces  bool          // false: share the loopback even where namespaces can be had

	kinds           []kind        // of faults
	shortest, worst time.Duration // a fault lasts so long, but for the long ones
	siege           time.Duration // how long more nodes than can be spared are away
	rest            time.Duration // before a measurement: sessions end, connections of clients time out
	scenarios       int           // of those in which too many nodes are away
	spares          int           // nodes that are key servers now and then; 0: the key servers stay the same
}

// defaults are those that are no flags. A siege is longer than any session may take.
func (o *options) defaults() {
	o.kinds = allKinds()
	o.shortest, o.worst = 3*time.Second, 12*time.Second
	o.siege, o.rest, o.scenarios = 40*time.Second, 20*time.Second, math.MaxInt
	o.spares = 2
}

func (o *options) validate() error {
	switch {
	case o.nodes < 4 || o.nodes > 16:
		return errors.New("-nodes is 4 to 16: with fewer none can be spared")
	case o.length <= 0 || o.generations < 1 || o.parallel < 0 || o.reads < 1 || o.signatures < 1 || o.idle < 0 || o.outage <= 0:
		return errors.New("-for, -generations, -reads, -signatures and -outage are above 0, -parallel and -idle not below")
	}
	return nil
}

func main() {
	var o options
	o.defaults()
	flag.StringVar(&o.binary, "binary", "build/geth-ss", "the `program` to torment")
	flag.StringVar(&o.dir, "dir", "", "`directory` for the network, kept (default a temporary one, kept after a failure)")
	flag.IntVar(&o.nodes, "nodes", 4, "number of nodes")
	flag.DurationVar(&o.length, "for", 20*time.Minute, "how long faults go on; each kind comes once at least")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the plan of faults and of what is asked of whom")
	flag.IntVar(&o.generations, "generations", 500, "keys to make one after another")
	flag.IntVar(&o.parallel, "parallel", 200, "keys to make at once, by as many clients")
	flag.IntVar(&o.reads, "reads", 10_000, "documents to read at least")
	flag.IntVar(&o.signatures, "signatures", 5000, "hashes to have signed at least")
	flag.DurationVar(&o.idle, "idle", 3*time.Minute, "how long to leave the network alone")
	flag.DurationVar(&o.outage, "outage", time.Minute, "how long the long pause and the long cut last")
	flag.Func("kinds", "comma-separated `faults` to do (default all: "+fmt.Sprint(allKinds())+")", func(text string) (err error) {
		o.kinds, err = parseKinds(text)
		return err
	})
	flag.BoolVar(&o.namespaces, "namespaces", true, "give each node a network namespace, if permitted")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	if err := o.validate(); err != nil {
		return err
	}
	s, err := newSoak(o)
	if err != nil {
		return err
	}
	begun := time.Now()
	err = s.run(ctx)
	s.tally.print(os.Stdout)
	s.growth.print(os.Stdout)
	fmt.Printf("\nseed %d, %d nodes, %s; took %v\n", o.seed, o.nodes, figures.Conditions(), time.Since(begun).Round(time.Second))
	if broken := s.tally.violations(); err == nil && broken > 0 {
		err = fmt.Errorf("%d promises were broken", broken)
	}
	if err != nil {
		err = fmt.Errorf("%w (seed %d)", err, o.seed)
	}
	return errors.Join(err, s.net.close(err == nil && o.dir == ""))
}
