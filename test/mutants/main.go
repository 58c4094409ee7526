// Command mutants tells which checks could be lost without any test noticing. Each condition that ends in an error, a
// refusal or a fault is switched off by itself, and the fast tests run; where all pass, the check is a survivor.
//
//	make mutants                                              all, three hours at most
//	make mutants ARGS='-only service/store'                   one of the targets, or a package or file of one
//	make mutants ARGS='-n 100 -seed 7'                        a sample, and the same one again
//	make mutants ARGS='-list'                                 what there is to lose
//
// The tests are compiled once, with a switch in every condition, which an environment variable turns (mutant schemata).
// Each test is then run alone, and notes which conditions would change by being switched off: only these tests are run
// for a mutant, the fast ones first, and what no test reaches has survived. Lost is the whole of a condition, or a part of
// a chain: of "a || b" each is false in turn, of "a && b" true.
//
// Which ones have survived is for people to judge: equivalent.txt has those where nothing is lost, with the reason.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	root    string
	only    string
	budget  time.Duration
	most    int
	seed    uint64
	list    bool
	slack   time.Duration // that tests have beside five times what they take, before they are taken to hang
	targets []target
	known   string // the list of equivalents
}

func main() {
	o := options{targets: targets, known: equivalents, slack: 10 * time.Second}
	flag.StringVar(&o.root, "root", ".", "the module's `directory`")
	flag.StringVar(&o.only, "only", "", "comma-separated `paths` to mutate: targets, packages or files of them (default all)")
	flag.DurationVar(&o.budget, "budget", 3*time.Hour, "how long to go on; what is left then is not tried")
	flag.IntVar(&o.most, "n", 0, "how many to try at most (default all)")
	flag.Uint64Var(&o.seed, "seed", 0, "the order in which they are tried (default random)")
	flag.BoolVar(&o.list, "list", false, "print what would be tried")
	flag.Parse()
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if _, err := run(ctx, &o, func(format string, args ...any) { fmt.Printf(format+"\n", args...) }); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// wants tells whether a mutant is of what was asked for.
func (o *options) wants(m *mutant) bool {
	if o.only == "" {
		return true
	}
	return slices.ContainsFunc(strings.Split(o.only, ","), func(path string) bool {
		return m.file == path || strings.HasPrefix(m.file, strings.TrimSuffix(path, "/")+"/")
	})
}

// task is a mutant to be tried, and the tests that may notice.
type task struct {
	*mutant
	target string
	tests  []*test
}

// run tries mutants until all are tried or the time is up, and prints what became of them.
func run(ctx context.Context, o *options, say func(string, ...any)) (*report, error) {
	begun, r := time.Now(), newReport()
	found, sources, err := o.find(r)
	if err != nil {
		return nil, err
	}
	if o.list {
		for _, t := range found {
			say("%v", t.mutant)
		}
		return r, nil
	}
	say("seed %d, %d checks", o.seed, len(found))
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := o.prepare(ctx, dir, found, sources, say); err != nil {
		return nil, err
	}
	say("the tests are known after %v", time.Since(begun).Round(time.Second))
	rand.New(rand.NewPCG(o.seed, 0)).Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	left := len(found) - o.try(ctx, found, begun.Add(o.budget), r, say)
	if left > 0 {
		say("%d are not tried", left)
	}
	say("\n%vseed %d, %v", r, o.seed, time.Since(begun).Round(time.Second))
	return r, nil
}

// try tries mutants until a number is tried, or the time is up, and tells how many it were.
func (o *options) try(ctx context.Context, found []task, until time.Time, r *report, say func(string, ...any)) int {
	for i, t := range found {
		if o.most > 0 && i >= o.most || !time.Now().Before(until) {
			return i
		}
		outcome := meet(ctx, t.mutant, t.tests, o.slack)
		if ctx.Err() != nil {
			return i // an interrupted test has not failed
		}
		if r.add(t.target, t.mutant, outcome); outcome == survived || outcome == notReached {
			say("%5d %v: %v", i+1, outcome, t.mutant)
		}
	}
	return len(found)
}

// find scans the targets.
func (o *options) find(r *report) (found []task, sources []*source, err error) {
	known, err := parseEquivalents(o.known)
	if err != nil {
		return nil, nil, fmt.Errorf("equivalent.txt: %w", err)
	}
	owner := make(map[string]string) // targets by packages
	for _, t := range o.targets {
		more, err := readTarget(o.root, t)
		if err != nil {
			return nil, nil, err
		}
		for _, s := range more {
			owner[s.path()] = t.dir
		}
		sources = append(sources, more...)
	}
	for _, m := range number(sources) {
		if !o.wants(&m) {
			continue
		}
		t := r.of(owner[m.pkg])
		if t.checks++; slices.ContainsFunc(known, func(e equivalent) bool { return e.is(&m) }) {
			t.equivalent++
			continue
		}
		found = append(found, task{mutant: &m, target: owner[m.pkg]})
	}
	if len(found) == 0 {
		return nil, nil, errors.New("there is nothing to try")
	}
	return found, sources, nil
}

// prepare compiles and explores the tests that are needed, and gives them to their tasks.
func (o *options) prepare(ctx context.Context, dir string, found []task, sources []*source, say func(string, ...any)) error {
	overlay, err := lay(dir, sources)
	if err != nil {
		return err
	}
	suites := make(map[string]*suite)
	for _, t := range o.targets {
		if !slices.ContainsFunc(found, func(f task) bool { return f.target == t.dir }) {
			continue
		}
		tests, err := o.testsOf(ctx, t, overlay, dir, suites, say)
		if err != nil {
			return err
		}
		for i := range found {
			if found[i].target == t.dir {
				found[i].tests = tests
			}
		}
	}
	return nil
}

// testsOf gathers the tests of a target. What was explored for another one is not again.
func (o *options) testsOf(ctx context.Context, t target, overlay, dir string, suites map[string]*suite, say func(string, ...any)) (tests []*test, err error) {
	patterns := []string{"./" + t.dir + "/..."}
	for _, more := range t.tests {
		patterns = append(patterns, "./"+more)
	}
	packages, err := list(o.root, patterns...)
	if err != nil {
		return nil, err
	}
	for _, p := range packages {
		if !p.tested() {
			continue
		}
		s := suites[p.ImportPath]
		if s == nil {
			if s, err = compile(ctx, p, overlay, dir); err != nil {
				return nil, err
			}
			if err := s.explore(ctx, dir, say); err != nil {
				return nil, err
			}
			suites[p.ImportPath] = s
			say("%s: %d tests, %v", p.path(), len(s.tests), sum(s.tests).Round(time.Second))
		}
		tests = append(tests, s.tests...)
	}
	return tests, nil
}
