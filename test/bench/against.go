package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/geth-ss/geth-ss/test/dapp"
	"github.com/geth-ss/geth-ss/test/figures"
)

const (
	// pairs is how often old and new are measured beside each other. It is odd, so that the median is one of them.
	pairs = 5
	// bar is the ratio of speeds, new to old, that one pair at least has to reach. What lies between it and 1 is within the
	// noise of a quiet machine.
	bar = 0.97
)

// comparable are the parts that two networks with the usual settings are measured by.
var comparable = []string{partReads, partGenerate, partSignatures}

// errSlower says that the new program is slower in every pair. What else there is to measure is measured all the same.
var errSlower = errors.New("slower")

// contender is one of the two programs that are compared, as a network of four.
type contender struct {
	name string // old or new
	n    *network
	lib  *library
}

// contest is one kind of load on both.
type contest struct {
	name string // "shadow read, 16 clients"
	what string // "reads"
	run  func(context.Context, *contender) (speed, error)
}

// speed is what a contender does under a load; more is better.
type speed struct {
	perSecond float64 // requests in a second
	perCPU    float64 // requests for a second of processor time of all nodes; 0 where that can't be measured
}

// measureAgainst measures the program beside another one. Both networks are up all the time, and each has the machine for itself by
// turns: what else slows the machine down, or its own clock, slows both down. Ratios of neighbours say what either figure
// alone can't.
func measureAgainst(ctx context.Context, o *options, t *figures.Table) error {
	var slower error
	for _, with := range []struct {
		parts    []string
		settings []string
	}{{comparable, nil}, {[]string{partUnstocked}, []string{withoutStock}}} {
		if !slices.ContainsFunc(with.parts, o.wants) {
			continue
		}
		err := measurePair(ctx, o, t, with.settings)
		if !errors.Is(err, errSlower) && err != nil {
			return err
		}
		slower = errors.Join(slower, err)
	}
	return slower
}

// measurePair is measureAgainst with two networks of these settings.
func measurePair(ctx context.Context, o *options, t *figures.Table, settings []string) (err error) {
	var both [2]*contender
	for i, binary := range []string{o.against, o.binary} {
		c, err := startContender(ctx, o, []string{"old", "new"}[i], binary, settings)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.n.stop()) }()
		both[i] = c
	}
	contests, err := contestsOf(ctx, o, both[:], settings)
	if err != nil {
		return err
	}
	var slower error
	for _, c := range contests {
		old, new, err := c.alternate(ctx, both[0], both[1])
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		slower = errors.Join(slower, c.judge(old, new, t))
	}
	return slower
}

// contestsOf are those that are asked for, in networks of these settings.
func contestsOf(ctx context.Context, o *options, both []*contender, settings []string) (list []contest, err error) {
	if slices.Contains(settings, withoutStock) {
		return signContests(ctx, o, both, ", nothing prepared", dapp.ECDSA)
	}
	if o.wants(partReads) {
		list = append(list, readContests(o)...)
	}
	if o.wants(partGenerate) {
		list = append(list, generateContest(o))
	}
	if o.wants(partSignatures) {
		signed, err := signContests(ctx, o, both, "", dapp.Schnorr, dapp.ECDSA)
		if err != nil {
			return nil, err
		}
		list = append(list, signed...)
	}
	return list, nil
}

func startContender(ctx context.Context, o *options, name, binary string, settings []string) (*contender, error) {
	const threshold = 2
	say("starting the %s network of 4: %s", name, binary)
	n, err := startNetwork(ctx, binary, 4, true, settings...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c := &contender{name: name, n: n}
	if err := c.prepare(ctx, o, threshold); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), n.stop())
	}
	return c, nil
}

func (c *contender) prepare(ctx context.Context, o *options, threshold int) (err error) {
	if c.lib, _, err = generate(ctx, c.n, o.keys, threshold); err != nil {
		return err
	}
	if o.wants(partReads) {
		if err := c.lib.fill(ctx, c.n); err != nil {
			return err
		}
	}
	return c.n.settle(ctx)
}

func readContests(o *options) (list []contest) {
	length := time.Duration(o.seconds) * time.Second
	for _, clients := range []int{1, 16} {
		list = append(list, contest{fmt.Sprintf("shadow read, %d clients", clients), "reads", func(ctx context.Context, c *contender) (speed, error) {
			l, err := read(ctx, c.n, c.lib, len(c.n.state.Nodes), clients, length)
			return l.speed(err)
		}})
	}
	return list
}

// generateContest makes keys, one after another, for as long as a run of reads takes.
func generateContest(o *options) contest {
	length := time.Duration(o.seconds) * time.Second
	return contest{"key generation, n = 4, t = 2", "keys", func(ctx context.Context, c *contender) (speed, error) {
		l := &load{clients: 1}
		err := l.measure(ctx, c.n, 1, func(i int) error {
			_, err := c.lib.newDocument(context.Background(), c.n, i)
			return err
		}, length)
		return l.speed(err)
	}}
}

// signContests has both networks make keys and sign once, so that no contest begins with a stock to fill.
func signContests(ctx context.Context, o *options, both []*contender, how string, schemes ...string) (list []contest, err error) {
	length := time.Duration(o.seconds) * time.Second
	libraries := make(map[*contender]*library)
	for _, c := range both {
		if libraries[c], err = signLibrary(ctx, c.n); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for _, scheme := range schemes {
		for _, c := range both {
			if _, err := (&signing{scheme: scheme, n: c.n, lib: libraries[c]}).first(ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
		}
		for _, clients := range []int{1, 16} {
			list = append(list, contest{fmt.Sprintf("%s signature%s, %d clients", scheme, how, clients), "signatures", func(ctx context.Context, c *contender) (speed, error) {
				s := &signing{scheme: scheme, n: c.n, lib: libraries[c]}
				return s.load(ctx, clients, length)
			}})
		}
	}
	return list, nil
}

// load signs for that long and checks what came.
func (s *signing) load(ctx context.Context, clients int, length time.Duration) (speed, error) {
	l := &load{clients: clients}
	err := l.measure(ctx, s.n, signKeys*len(s.n.state.Nodes), s.ask, length)
	return l.speed(errors.Join(err, s.check()))
}

// speed is that of a run without failures: what fails fast is not fast.
func (l *load) speed(err error) (speed, error) {
	if err == nil && l.failed > 0 {
		err = fmt.Errorf("failed: %s", l.failures())
	}
	if err != nil {
		return speed{}, err
	}
	s := speed{perSecond: float64(len(l.took)) / l.length.Seconds()}
	if used := l.used.nodes.Seconds(); used > 0 {
		s.perCPU = float64(len(l.took)) / used
	}
	return s, nil
}

// alternate runs pairs, each begun by the other of the two, so that neither always has the warmer machine.
func (c *contest) alternate(ctx context.Context, old, new *contender) (olds, news []speed, err error) {
	for pair := range pairs {
		order := []*contender{old, new}
		if pair%2 == 1 {
			slices.Reverse(order)
		}
		for _, who := range order {
			say("%s, pair %d of %d: %s", c.name, pair+1, pairs, who.name)
			s, err := c.run(ctx, who)
			if err == nil && who.n != nil { // what it does afterwards, as preparing signatures, is not to be the other's burden
				err = who.n.settle(ctx)
			}
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", who.name, err)
			}
			if who == old {
				olds = append(olds, s)
			} else {
				news = append(news, s)
			}
		}
	}
	return olds, news, nil
}

// judge adds what was measured to the table. It is an error that new is slower in every pair.
func (c *contest) judge(old, new []speed, t *figures.Table) error {
	var slower []string
	for _, figure := range []struct {
		name string
		of   func(speed) float64
	}{
		{c.what + " per second", func(s speed) float64 { return s.perSecond }},
		{c.what + " per second of CPU", func(s speed) float64 { return s.perCPU }},
	} {
		olds, news := each(old, figure.of), each(new, figure.of)
		if slices.Min(olds) == 0 {
			continue
		}
		r := ratiosOf(olds, news)
		t.Add(c.name+": "+figure.name+", new / old", fmt.Sprintf("≥ %.2f in one pair", bar), "%v; medians %.0f / %.0f", r, median(news), median(olds))
		if r.below(bar) {
			slower = append(slower, fmt.Sprintf("%s: %s: new / old is %v, below %.2f in every pair", c.name, figure.name, r, bar))
		}
	}
	if slower != nil {
		return fmt.Errorf("%w: %s", errSlower, strings.Join(slower, "\n"))
	}
	return nil
}

// ratios are those of all pairs, ascending.
type ratios []float64

func ratiosOf(old, new []float64) (r ratios) {
	for i := range old {
		r = append(r, new[i]/old[i])
	}
	slices.Sort(r)
	return r
}

// below tells whether the whole spread is.
func (r ratios) below(limit float64) bool { return slices.Max(r) < limit }

func (r ratios) String() string {
	return fmt.Sprintf("%.3f (%.3f to %.3f)", median(r), slices.Min(r), slices.Max(r))
}

func median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	return s[len(s)/2]
}

func each(list []speed, of func(speed) float64) (figures []float64) {
	for _, s := range list {
		figures = append(figures, of(s))
	}
	return figures
}

// validateAgainst says what can be compared with another program, and that both are there.
func (o *options) validateAgainst() error {
	for _, part := range strings.Split(o.only, ",") {
		if !slices.Contains(comparable, part) && part != partUnstocked {
			return fmt.Errorf("-against compares %s and %s: name some of them with -only", strings.Join(comparable, ", "), partUnstocked)
		}
	}
	if o.profile != "" {
		return errors.New("-against and -profile don't go together: profiles slow the nodes down")
	}
	for _, binary := range []string{o.against, o.binary} {
		if info, err := os.Stat(binary); err != nil {
			return fmt.Errorf("comparing with another program: %w", err)
		} else if info.IsDir() {
			return fmt.Errorf("comparing with another program: %s is a directory", binary)
		}
	}
	return nil
}
