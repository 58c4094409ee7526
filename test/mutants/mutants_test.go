package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write anew what forms.go is scanned to be")

// waiting is how long the sample's tests, which take no time, have on a busy machine.
const waiting = 5 * time.Second

// TestScan: which conditions are checks, and what of them is lost.
func TestScan(t *testing.T) {
	text, err := os.ReadFile("testdata/forms.go")
	if err != nil {
		t.Fatal(err)
	}
	found, err := scan("forms.go", text)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, m := range found {
		fmt.Fprintf(&got, "%d %s: %s: always %v\n", m.line, m.fn, m.cond, m.always)
	}
	if *update {
		if err := os.WriteFile("testdata/forms.txt", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile("testdata/forms.txt"); err != nil || got.String() != string(want) {
		t.Errorf("%v\n%s", err, got.String())
	}
}

// TestSwitchable: switches stand one in another, and move no line.
func TestSwitchable(t *testing.T) {
	text := []byte("package p\n\nfunc f(a, b int) error {\n\tif a == 1 &&\n\t\tb == 2 {\n\t\treturn err\n\t}\n\treturn nil\n}\n")
	found, err := scan("p.go", text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range found {
		found[i].id = i + 1
	}
	want := strings.Replace(string(text), "a == 1 &&\n\t\tb == 2", "mutantLost(1, mutantLost(2, a == 1, true) &&\n\t\tmutantLost(3, b == 2, true), false)", 1)
	if got := string(switchable(text, found)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSample tries a module of its own: what is missed is killed, what is not is told, and of what hangs the end is not
// waited for.
func TestSample(t *testing.T) {
	var said strings.Builder
	o := &options{
		root: "testdata/sample", budget: time.Minute, seed: 1, slack: waiting, targets: []target{{dir: "check"}},
		known: "check/check.go: Known: n < 0\ncheck/check.go: Known: n <= n\n\tthe last line says so, too,\n\tand is always so\n",
	}
	r, err := run(t.Context(), o, func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) })
	if err != nil {
		t.Fatal(err)
	}
	var alive []string
	for _, a := range r.alive {
		alive = append(alive, fmt.Sprintf("%s %s %v", a.fn, a.cond, a.outcome))
	}
	slices.Sort(alive)
	want := []string{"Half n == 7 not reached", "Known n >= 0 not reached", "Unreached n < 0 not reached", "Unseen n < 0 alive"}
	if !slices.Equal(alive, want) {
		t.Errorf("survivors %q, want %q", alive, want)
	}
	got := r.of("check")
	if got.checks != 9 || got.equivalent != 2 || got.tried != 7 || got.outcomes[killed] != 2 || got.outcomes[timedOut] != 1 {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(said.String(), "check/check.go:18: Unseen: n < 0: always false\n") {
		t.Errorf("it said\n%s", said.String())
	}
}

// TestSampleOfASample: a number, a seed and a path choose what is tried, and the time that is up ends it.
func TestSampleOfASample(t *testing.T) {
	try := func(change func(*options)) (said string) {
		t.Helper()
		o := &options{root: "testdata/sample", budget: time.Minute, seed: 7, slack: waiting, targets: []target{{dir: "check"}}}
		change(o)
		var b strings.Builder
		if _, err := run(t.Context(), o, func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	two := func(o *options) { o.most = 2 }
	if a, b := try(two), try(two); !strings.Contains(a, "7 are not tried") || tried(a) != tried(b) {
		t.Errorf("the same seed gives\n%s\nand\n%s", a, b)
	}
	if said := try(func(o *options) { o.budget = 0 }); !strings.Contains(said, "9 are not tried") {
		t.Errorf("without time it says\n%s", said)
	}
	if said := try(func(o *options) { o.list = true; o.only = "check/check.go" }); strings.Count(said, "always") != 9 {
		t.Errorf("it lists\n%s", said)
	}
	if _, err := run(t.Context(), &options{root: "testdata/sample", only: "elsewhere", targets: []target{{dir: "check"}}}, t.Logf); err == nil {
		t.Error("tried what is not there")
	}
}

// tried are the lines that name mutants.
func tried(said string) (lines string) {
	for line := range strings.Lines(said) {
		if strings.Contains(line, ": always ") {
			lines += line
		}
	}
	return lines
}

// TestBatches: the fast tests come first, each in a run of its own package's binary.
func TestBatches(t *testing.T) {
	a, b := new(suite), new(suite)
	tests := []*test{
		{suite: a, name: "A4", took: 4 * time.Second}, {suite: a, name: "A1", took: time.Second / 2}, {suite: b, name: "B1", took: time.Second / 4},
		{suite: a, name: "A2", took: time.Second / 2}, {suite: a, name: "A3", took: time.Second},
	}
	var got []string
	for _, batch := range batches(tests) {
		got = append(got, strings.Join(namesOf(batch), " "))
	}
	if want := []string{"B1", "A1 A2", "A3", "A4"}; !slices.Equal(got, want) {
		t.Errorf("batches %q, want %q", got, want)
	}
}

// TestEquivalentsExist: what the list names is in the tree, to be tried or not.
func TestEquivalentsExist(t *testing.T) {
	known, err := parseEquivalents(equivalents)
	if err != nil {
		t.Fatal(err)
	}
	all := number(treeSources(t))
	for _, e := range known {
		if !slices.ContainsFunc(all, func(m mutant) bool { return e.is(&m) }) {
			t.Errorf("%s: %s: %s is not there any more", e.file, e.fn, e.cond)
		}
	}
	for _, bad := range []string{"\ta reason\n", "a line\n", "file: function: condition\n"} {
		if _, err := parseEquivalents(bad); err == nil {
			t.Errorf("took %q", bad)
		}
	}
}

// TestTreeCompiles: there is no form of a condition in the tree that a switch does not fit into.
func TestTreeCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("builds packages anew")
	}
	sources := treeSources(t)
	if all := number(sources); len(all) < 1000 {
		t.Errorf("only %d checks are found", len(all))
	}
	dir := t.TempDir()
	overlay, err := lay(dir, sources)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"build", "-overlay", overlay}
	for _, s := range sources {
		args = append(args, s.ImportPath)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, goCommand, args...)
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func treeSources(t *testing.T) (sources []*source) {
	t.Helper()
	for _, target := range targets {
		more, err := readTarget(filepath.Join("..", ".."), target)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, more...)
	}
	return sources
}
