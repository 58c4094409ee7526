// Command bench measures geth-ss as its clients and its operator see it: devnets of real processes on this
// machine, reads and signatures over HTTP with keep-alive, and beside them the arithmetic that they can't do without,
// measured in the same run. Ratios of one run travel between machines, milliseconds don't.
//
//	make bench                                     everything, about twelve minutes, most of them for 10,000 keys
//	make bench ARGS='-only reads -seconds 20'      reads alone, for longer
//	make bench ARGS='-only reads -profile DIR'     with a CPU profile of each node
//	make bench ARGS='-only reads -against OLD'     beside another program, by turns
//
// It measures by the figures that Linux keeps in /proc; elsewhere CPU and memory are missing from the table.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/geth-ss/geth-ss/test/figures"
)

// The parts that -only chooses from. Start-up and memory come with each but arithmetic and servers, which start no network.
const (
	partArithmetic = "arithmetic"
	partIdle       = "idle"
	partReads      = "reads"
	partSignatures = "signatures"
	partSilent     = "silent"
	partStored     = "stored"
	partWallet     = "wallet"
	partGenerate   = "generate"
	partServers    = "servers"
	partUnstocked  = "unstocked" // ECDSA signatures that nothing was prepared for; with -against alone
)

var parts = []string{partArithmetic, partIdle, partReads, partSilent, partSignatures, partWallet, partStored, partGenerate, partServers}

// options are the command line.
type options struct {
	binary  string
	against string // the program to compare it with; empty for none
	only    string
	seconds int    // of each run of reads and of signatures
	keys    int    // generations of each size
	changed string // how many keys there are when the key servers change
	stored  int    // keys that the nodes hold when reads are measured again
	profile string // directory for CPU profiles; empty for none
}

func (o *options) wants(part string) bool {
	return o.only == "" || slices.Contains(strings.Split(o.only, ","), part)
}

func (o *options) validate() error {
	if o.only != "" {
		for _, part := range strings.Split(o.only, ",") {
			if !slices.Contains(parts, part) && (o.against == "" || part != partUnstocked) {
				return fmt.Errorf("-only %s: the parts are %s, and %s with -against", part, strings.Join(parts, ", "), partUnstocked)
			}
		}
	}
	if o.seconds < 1 || o.keys < 1 || o.stored < 1 {
		return errors.New("-seconds, -keys and -stored are at least 1")
	}
	if o.against != "" {
		return o.validateAgainst()
	}
	if o.profile != "" {
		return os.MkdirAll(o.profile, 0o755)
	}
	return nil
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "build/geth-ss", "the `program` to measure")
	flag.StringVar(&o.against, "against", "", "compare with this `program`, an older one, by turns; fails if it was faster in every pair")
	flag.StringVar(&o.only, "only", "", "comma-separated `parts` to measure: "+strings.Join(parts, ", ")+" (default all)")
	flag.IntVar(&o.seconds, "seconds", 10, "length of each run of reads and of signatures")
	flag.IntVar(&o.keys, "keys", 12, "number of keys to generate in each network")
	flag.IntVar(&o.stored, "stored", 10_000, "number of keys to store for the part "+partStored)
	flag.StringVar(&o.changed, "changed", "200,1000,10000", "comma-separated `numbers` of keys with which the key servers change, for the part "+partServers)
	flag.StringVar(&o.profile, "profile", "", "write CPU profiles of all nodes to this `directory`; the figures suffer a little")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	if err := o.validate(); err != nil {
		return err
	}
	begun := time.Now()
	t := new(figures.Table)
	err := measure(ctx, o, t)
	t.Print(os.Stdout)
	fmt.Printf("\n%s; took %.0f s\n", figures.Conditions(), time.Since(begun).Seconds())
	return err
}

func measure(ctx context.Context, o *options, t *figures.Table) error {
	if o.against != "" {
		return measureAgainst(ctx, o, t)
	}
	if o.wants(partArithmetic) {
		if err := measureArithmetic(t); err != nil {
			return err
		}
	}
	if o.wants(partServers) {
		if err := measureServers(ctx, o, t); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(parts, func(part string) bool { return part != partArithmetic && part != partServers && o.wants(part) }) {
		return nil
	}
	if err := measureFour(ctx, o, t); err != nil {
		return err
	}
	if o.wants(partGenerate) {
		return measureSixteen(ctx, o, t)
	}
	return nil
}

// measureFour measures a network of four from its start.
func measureFour(ctx context.Context, o *options, t *figures.Table) (err error) {
	const threshold = 2
	say("starting a network of 4 with its demonstration")
	n, err := startNetwork(ctx, o.binary, 4, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	t.Add("start to the finished demonstration, 4 nodes", "< 10 s", "%.1f s", n.startup.Seconds())

	if o.wants(partIdle) {
		if err := measureIdle(ctx, o, n, t); err != nil {
			return err
		}
	}
	say("generating %d keys", o.keys)
	lib, took, err := generate(ctx, n, o.keys, threshold)
	if err != nil {
		return err
	}
	t.Add("key generation, n = 4, t = 2", "≤ 150 ms", "%s", took)
	addMemory(n, t)
	if o.wants(partReads) || o.wants(partSilent) || o.wants(partWallet) || o.wants(partStored) {
		say("storing %d documents", len(lib.documents))
		if err := lib.fill(ctx, n); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		name    string
		measure func(context.Context, *options, *network, *library, *figures.Table) error
	}{{partReads, measureReads}, {partSilent, measureSilent}, {partSignatures, measureSign}, {partStored, measureStored}, {partWallet, measureWallet}} {
		if o.wants(part.name) {
			if err := part.measure(ctx, o, n, lib, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// measureSixteen measures generations in a larger network.
func measureSixteen(ctx context.Context, o *options, t *figures.Table) (err error) {
	const threshold = 7
	say("starting a network of 16")
	n, err := startNetwork(ctx, o.binary, 16, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	if err := n.settle(ctx); err != nil {
		return err
	}
	say("generating %d keys", o.keys)
	_, took, err := generate(ctx, n, o.keys, threshold)
	if err != nil {
		return err
	}
	t.Add("key generation, n = 16, t = 7", "≤ 2 s", "%s", took)
	return nil
}

// say tells on standard error what goes on; standard output is the table's.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
