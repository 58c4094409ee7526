package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/test/figures"
)

func TestAgainstOptions(t *testing.T) {
	program := filepath.Join(t.TempDir(), "geth-ss")
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		only, against, profile string
		want                   string // of the error; empty for none
	}{
		{"reads", program, "", ""},
		{"signatures", program, "", ""},
		{"reads,signatures", program, "", ""},
		{"generate,unstocked", program, "", ""},
		{"unstocked", "", "", "with -against"},
		{"", program, "", "with -only"},
		{"reads,stored", program, "", "compares reads, generate, signatures and unstocked"},
		{"reads", program, "profiles", "profiles slow"},
		{"reads", program + "-gone", "", "no such file"},
		{"reads", filepath.Dir(program), "", "is a directory"},
	} {
		o := options{binary: program, only: test.only, against: test.against, profile: test.profile, seconds: 1, keys: 1, stored: 1}
		switch err := o.validate(); {
		case err == nil && test.want != "", err != nil && test.want == "", err != nil && !strings.Contains(err.Error(), test.want):
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// TestAlternate: each contender begins every other pair, and the speeds of a pair stay side by side.
func TestAlternate(t *testing.T) {
	old, new := &contender{name: "old"}, &contender{name: "new"}
	var order []string
	c := contest{name: "test", run: func(_ context.Context, c *contender) (speed, error) {
		order = append(order, c.name)
		return speed{perSecond: float64(len(order))}, nil
	}}
	olds, news, err := c.alternate(t.Context(), old, new)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Fields("old new new old old new new old old new"); !slices.Equal(order, want) {
		t.Errorf("the order is %v", order)
	}
	perSecond := func(s speed) float64 { return s.perSecond }
	if o, n := each(olds, perSecond), each(news, perSecond); !slices.Equal(o, []float64{1, 4, 5, 8, 9}) || !slices.Equal(n, []float64{2, 3, 6, 7, 10}) {
		t.Errorf("pairs of %v and %v", o, n)
	}
}

// TestJudge: only a whole spread below the bar fails, of either figure.
func TestJudge(t *testing.T) {
	same := []float64{100, 100, 100, 100, 100}
	for _, test := range []struct {
		name          string
		news, newsCPU []float64
		shown, failed string
	}{
		{"equal", same, same, "1.000 (1.000 to 1.000); medians 100 / 100", ""},
		{"faster", []float64{120, 110, 130, 115, 140}, same, "1.200 (1.100 to 1.400)", ""},
		{"slower once", []float64{50, 100, 100, 100, 100}, same, "1.000 (0.500 to 1.000)", ""},
		{"slower but once", []float64{50, 60, 70, 80, 97}, same, "0.700 (0.500 to 0.970)", ""},
		{"slower", []float64{96, 50, 60, 90, 80}, same, "0.800 (0.500 to 0.960)", "per second: new / old is 0.800"},
		{"CPU", same, []float64{96, 50, 60, 90, 80}, "0.800 (0.500 to 0.960)", "second of CPU: new / old is 0.800"},
		{"no CPU", same, nil, "1.000", ""},
	} {
		var olds, news []speed
		for i := range pairs {
			old, new := speed{100, 100}, speed{test.news[i], 0}
			if test.newsCPU == nil {
				old.perCPU = 0
			} else {
				new.perCPU = test.newsCPU[i]
			}
			olds, news = append(olds, old), append(news, new)
		}
		table, text := new(figures.Table), new(strings.Builder)
		err := (&contest{name: "test", what: "reads"}).judge(olds, news, table)
		table.Print(text)
		if (err != nil) != (test.failed != "") || err != nil && !strings.Contains(err.Error(), test.failed) {
			t.Errorf("%s: %v", test.name, err)
		}
		if !strings.Contains(text.String(), test.shown) || strings.Contains(text.String(), "CPU") == (test.newsCPU == nil) {
			t.Errorf("%s is shown as\n%s", test.name, text)
		}
	}
}
