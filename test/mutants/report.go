package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// tally counts what became of the checks of a target.
type tally struct {
	checks, equivalent, tried int
	outcomes                  [notReached + 1]int
}

// result is what became of one mutant.
type result struct {
	*mutant
	outcome
}

// report gathers results.
type report struct {
	tallies map[string]*tally // by target's directory
	alive   []result
}

func newReport() *report { return &report{tallies: make(map[string]*tally)} }

func (r *report) of(target string) *tally {
	if r.tallies[target] == nil {
		r.tallies[target] = new(tally)
	}
	return r.tallies[target]
}

func (r *report) add(target string, m *mutant, o outcome) {
	t := r.of(target)
	t.tried++
	t.outcomes[o]++
	if o == survived || o == notReached {
		r.alive = append(r.alive, result{m, o})
	}
}

// String lists the survivors by their places, and then the figures.
func (r *report) String() string {
	var w strings.Builder
	slices.SortFunc(r.alive, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.id, b.id))
	})
	for _, a := range r.alive {
		fmt.Fprintln(&w, a)
	}
	fmt.Fprintln(&w)
	table := tabwriter.NewWriter(&w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "checks\tequivalent\ttried\tkilled\ttimed out\tsurvived\tof these, reached by no test\t \n")
	var all tally
	for _, target := range slices.Sorted(maps.Keys(r.tallies)) {
		t := r.tallies[target]
		t.print(table, target)
		all.checks, all.equivalent, all.tried = all.checks+t.checks, all.equivalent+t.equivalent, all.tried+t.tried
		for o, n := range t.outcomes {
			all.outcomes[o] += n
		}
	}
	all.print(table, "in all")
	table.Flush()
	return w.String()
}

func (t *tally) print(w io.Writer, name string) {
	fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t %s\n", t.checks, t.equivalent, t.tried, t.outcomes[killed], t.outcomes[timedOut],
		t.outcomes[survived]+t.outcomes[notReached], t.outcomes[notReached], name)
}

// String is a survivor's line.
func (r result) String() string {
	if r.outcome == notReached {
		return r.mutant.String() + " (no test makes a difference)"
	}
	return r.mutant.String()
}
