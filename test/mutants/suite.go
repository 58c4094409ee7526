package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// suite is the test binary of a package, made once: with a switch in every mutant.
type suite struct {
	pkg    *goPackage
	binary string
	tests  []*test
}

// test is one test function, and what it is good for.
type test struct {
	suite   *suite
	name    string
	took    time.Duration
	reaches map[int]bool // the mutants whose loss makes a difference to it
}

const (
	// longest is the time that a test may take by itself; one that takes more is none of the fast ones.
	longest = 2 * time.Minute

	// memory is the address space of a test, in KiB: who loses the check of a bound may ask for all there is.
	memory = 12 << 20
)

// compile makes the test binary of a package.
func compile(ctx context.Context, p *goPackage, overlay, dir string) (*suite, error) {
	s := &suite{pkg: p, binary: filepath.Join(dir, strings.ReplaceAll(p.path(), "/", "-")+".test")}
	cmd := exec.CommandContext(ctx, goCommand, "test", "-c", "-vet=off", "-overlay", overlay, "-o", s.binary, p.ImportPath)
	cmd.Dir = p.Dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the tests of %s do not compile with switches in them: %w\n%s", p.path(), err, out)
	}
	return s, nil
}

var isTest = regexp.MustCompile(`^(Test|Fuzz|Example)\w*$`)

// names lists the suite's tests. A fuzz target is one: it runs its seeds.
func (s *suite) names(ctx context.Context) (names []string, err error) {
	cmd := exec.CommandContext(ctx, s.binary, "-test.list", ".")
	cmd.Dir = s.pkg.Dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the tests of %s: %w", s.pkg.path(), err)
	}
	for _, line := range strings.Fields(string(out)) {
		if isTest.MatchString(line) {
			names = append(names, line)
		}
	}
	return names, nil
}

// explore runs each test alone and without a mutant, to learn what it reaches and how long it takes. One that fails so is
// left out: it would kill whatever it meets.
func (s *suite) explore(ctx context.Context, dir string, say func(string, ...any)) error {
	names, err := s.names(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		reached := filepath.Join(dir, "reached")
		os.Remove(reached)
		begun := time.Now()
		if v, out := s.run(ctx, []string{name}, longest, reachedVariable+"="+reached); v != survived {
			say("%s %s is left out: without a mutant it was %v\n%s", s.pkg.path(), name, v, tail(out))
			continue
		}
		t := &test{suite: s, name: name, took: time.Since(begun)}
		if t.reaches, err = readReached(reached); err != nil {
			return err
		}
		s.tests = append(s.tests, t)
	}
	return nil
}

func readReached(path string) (map[int]bool, error) {
	reached := make(map[int]bool)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, line := range strings.Fields(string(text)) {
		id, err := strconv.Atoi(line)
		if err != nil {
			return nil, err
		}
		reached[id] = true
	}
	return reached, nil
}

// outcome is what became of a mutant.
type outcome int

const (
	survived outcome = iota
	killed
	timedOut // a test hung, which is noticed as well
	notReached
)

func (o outcome) String() string {
	return [...]string{"alive", "killed", "timed out", "not reached"}[o]
}

// run runs tests of the suite, with variables added to the environment.
func (s *suite) run(ctx context.Context, names []string, timeout time.Duration, variables ...string) (outcome, []byte) {
	hard, cancel := context.WithTimeout(ctx, timeout+10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(hard, "sh", "-c", fmt.Sprintf(`ulimit -v %d; exec "$0" "$@"`, memory), s.binary,
		"-test.run", "^("+strings.Join(names, "|")+")$", "-test.short", "-test.failfast", "-test.timeout", timeout.String())
	cmd.Dir, cmd.Env, cmd.WaitDelay = s.pkg.Dir, append(os.Environ(), variables...), time.Second
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return survived, out
	case hard.Err() != nil || bytes.Contains(out, []byte("panic: test timed out after")):
		return timedOut, out
	}
	return killed, out
}

// tail is the end of what a test said.
func tail(out []byte) []byte { return out[max(0, len(out)-2000):] }

// meet runs the tests that reach a mutant, the fast ones first, until one fails.
func meet(ctx context.Context, m *mutant, tests []*test, slack time.Duration) outcome {
	var able []*test
	for _, t := range tests {
		if t.reaches[m.id] {
			able = append(able, t)
		}
	}
	if len(able) == 0 {
		return notReached
	}
	for _, b := range batches(able) {
		variable := fmt.Sprintf("%s=%d", activeVariable, m.id)
		if o, _ := b[0].suite.run(ctx, namesOf(b), slack+5*sum(b), variable); o != survived {
			return o
		}
	}
	return survived
}

// batches are runs of one binary each, the next ever longer: most mutants do not outlive the first.
func batches(tests []*test) (all [][]*test) {
	tests = slices.Clone(tests)
	slices.SortStableFunc(tests, func(a, b *test) int { return int(a.took - b.took) })
	room := make(map[*suite]time.Duration)
	last := make(map[*suite]int)
	for _, t := range tests {
		i, begun := last[t.suite]
		if !begun || sum(all[i])+t.took > room[t.suite] {
			room[t.suite] = max(time.Second, 2*room[t.suite])
			last[t.suite] = len(all)
			all = append(all, nil)
			i = len(all) - 1
		}
		all[i] = append(all[i], t)
	}
	slices.SortStableFunc(all, func(a, b []*test) int { return int(sum(a) - sum(b)) })
	return all
}

func sum(tests []*test) (took time.Duration) {
	for _, t := range tests {
		took += t.took
	}
	return took
}

func namesOf(tests []*test) (names []string) {
	for _, t := range tests {
		names = append(names, t.name)
	}
	return names
}
