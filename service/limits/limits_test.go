package limits

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/geth-ss/geth-ss/internal/leak"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func TestMain(m *testing.M) { leak.Main(m) }

// TestTable: every setting has its row, and every row a line in the operator's manual.
func TestTable(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	if fields := reflect.TypeFor[Config]().NumField(); fields != len(Table) {
		t.Errorf("%d settings, %d rows", fields, len(Table))
	}
	c := Default()
	for _, row := range Table {
		if _, found := reflect.TypeFor[Config]().FieldByName(row.Field); !found || *c.Field(row.Field) != row.Default {
			t.Errorf("%s: no such field, or another default", row.Field)
		}
		line := fmt.Sprintf("| `%s` | %s | %s | %s |", row.Flag, thousands(row.Default), row.Meaning, row.Over)
		if !strings.Contains(string(manual), line) {
			t.Errorf("docs/operating.md lacks the line\n%s", line)
		}
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

// thousands writes 1200 as 1,200.
func thousands(n uint64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		set  func(*Config)
		want string
	}{
		{func(c *Config) { c.Keys = 1 << 32 }, "limit Keys = 4294967296 is beyond"},
		{func(c *Config) { c.AddressConnections = c.Connections + 1 }, "one address could take all"},
		{func(c *Config) { *c = Config{} }, ""},
	} {
		cfg := Default()
		c.set(&cfg)
		if err := cfg.Validate(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// TestExceeded: what crosses the wire is the reason and the sentence.
func TestExceeded(t *testing.T) {
	err := fmt.Errorf("asking: %w", &Exceeded{Detail: "too much", RetryAfter: time.Second})
	var e *wire.Error
	if !errors.As(err, &e) || e.Reason != wire.Limit || e.Detail != "too much" || wire.ReasonOf(err) != wire.Limit {
		t.Error(err)
	}
}

func TestClientOf(t *testing.T) {
	for remote, want := range map[string]Client{
		"192.0.2.1:80":                    "192.0.2.1",
		"[::ffff:192.0.2.1]:80":           "192.0.2.1",
		"[2001:db8:1:2:3:4:5:6]:80":       "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::1]:81":       "2001:db8:1:2::/64",
		"[2001:db8:1:3::1]:81":            "2001:db8:1:3::/64",
		"[fe80::1%eth0]:9":                "fe80::/64",
		"":                                "",
		"@":                               "",
		"a pipe":                          "",
		"[2001:db8:1:2:3:4:5:6]:80000000": "",
	} {
		if got := ClientOf(remote); got != want {
			t.Errorf("%s: %q, want %q", remote, got, want)
		}
	}
	if ClientFrom(t.Context()) != "" || ClientFrom(WithClient(t.Context(), "x")) != "x" {
		t.Error("the client is not what the context was given")
	}
}

// TestRate: the allowance of a minute at once, then its share as time passes, each asker
// by itself.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRate[string](60)
		take := func(who string, n int) (taken int) {
			for range n {
				if r.Take(who) == 0 {
					taken++
				}
			}
			return taken
		}
		if got := take("a", 100); got != 60 {
			t.Errorf("%d at once, want 60", got)
		}
		if got := take("b", 1); got != 1 {
			t.Error("b pays for a")
		}
		if wait := r.Take("a"); wait <= 0 || wait > time.Second {
			t.Errorf("the next is said to be due in %v", wait)
		}
		time.Sleep(10 * time.Second)
		if got := take("a", 100); got != 10 {
			t.Errorf("%d after ten seconds, want 10", got)
		}
		time.Sleep(time.Hour)
		if got := take("a", 100); got != 60 {
			t.Errorf("%d after an hour, want 60: allowances must not pile up", got)
		}
		free := NewRate[string](0)
		for range 100_000 {
			if free.Take("a") != 0 {
				t.Fatal("0 is a limit")
			}
		}
	})
}

// TestTakeMany: many at once are let in where one is, and paid for afterwards.
func TestTakeMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRate[string](60)
		if r.TakeMany("a", 200) != 0 {
			t.Fatal("an allowance that is whole lets nobody in")
		}
		if wait := r.Take("a"); wait != 141*time.Second {
			t.Errorf("the next is said to be due in %v", wait)
		}
		time.Sleep(140 * time.Second)
		if r.Take("a") == 0 {
			t.Error("200 have cost less than 200")
		}
		time.Sleep(time.Second)
		if wait := r.TakeMany("a", 2); wait != 0 {
			t.Errorf("and then %v", wait)
		}
	})
}

// TestRateMemory: a flood under ever new names takes no more memory.
func TestRateMemory(t *testing.T) {
	r := NewRate[int](10)
	for i := range 3 * maxTracked {
		r.Take(i)
	}
	if got := r.tracked(); got != maxTracked {
		t.Errorf("%d askers remembered, want %d", got, maxTracked)
	}
}

// TestTurns: whoever comes rarely gets the next free place, however many jobs of another
// are waiting.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewFairQueue[string](2, 0, MaxHeld)
		var mu sync.Mutex
		var order []string // guarded by mu
		run := func(who string) {
			release, err := turns.Take(t.Context(), who, time.Minute)
			if err != nil {
				t.Error(who, err)
				return
			}
			mu.Lock()
			order = append(order, who)
			mu.Unlock()
			time.Sleep(time.Second) // its work
			release()
		}
		for range 20 {
			go run("flood")
		}
		synctest.Wait()
		go run("a")
		synctest.Wait()
		go run("b")
		synctest.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		// Two of the flood run and a third is next; then come a and b, and two of the flood
		// at most with them.
		if first := order[:6]; !slices.Contains(first, "a") || !slices.Contains(first, "b") {
			t.Errorf("order %s", order)
		}
		if len(order) != 22 || turns.free != 2 || len(turns.owners) != 0 || turns.Waiting() != 0 || len(turns.queue) != 0 {
			t.Errorf("%d ran; %+v is left", len(order), turns)
		}
	})
}

// TestTurnsEach: one owner never has all places, so another's job begins at once.
func TestTurnsEach(t *testing.T) {
	turns := NewFairQueue[string](4, 2, MaxHeld)
	var releases []func()
	for range 2 {
		release, err := turns.Take(t.Context(), "flood", 0)
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, release)
	}
	if _, err := turns.Take(t.Context(), "flood", 0); err == nil {
		t.Error("a third place for one")
	}
	release, err := turns.Take(t.Context(), "other", 0)
	if err != nil {
		t.Fatal(err)
	}
	release()
	for _, release := range releases {
		release()
	}
	if turns.free != 4 || len(turns.owners) != 0 {
		t.Errorf("%+v is left", turns)
	}
}

// TestTurnsBounded: no more wait than may, and of one owner only half of them.
func TestTurnsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewFairQueue[int](1, 0, 10*heldByOne)
		release, err := turns.Take(t.Context(), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		var failed atomic.Int32
		enter := func(who int) {
			go func() {
				_, err := turns.Take(t.Context(), who, time.Second)
				var over *Exceeded
				if !errors.As(err, &over) || over.RetryAfter == 0 {
					t.Errorf("%v, want a limit", err)
				}
				failed.Add(1)
			}()
			synctest.Wait()
		}
		for range 20 {
			enter(0)
		}
		if turns.Waiting() != 5 || failed.Load() != 15 {
			t.Errorf("%d of one owner wait, %d failed", turns.Waiting(), failed.Load())
		}
		for who := range 20 {
			enter(who + 1)
		}
		if turns.Waiting() != 10 || failed.Load() != 30 {
			t.Errorf("%d wait, %d failed", turns.Waiting(), failed.Load())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if release(); turns.free != 1 || len(turns.owners) != 0 || len(turns.queue) != 0 || failed.Load() != 40 {
			t.Errorf("%+v is left, %d failed", turns, failed.Load())
		}
	})
}

// TestTurnsCancelled: who gives up waiting takes no place, whenever it happens.
func TestTurnsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewFairQueue[int](1, 0, MaxHeld)
		gone := errors.New("gone")
		for round := range 50 {
			release, err := turns.Take(t.Context(), 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			for who := range 4 {
				go func() {
					ctx, cancel := context.WithCancelCause(t.Context())
					time.AfterFunc(time.Duration(round)*time.Millisecond, func() { cancel(gone) })
					release, err := turns.Take(ctx, who, time.Minute)
					if err == nil {
						release()
					} else if !errors.Is(err, gone) {
						t.Error(err)
					}
				}()
			}
			time.Sleep(25 * time.Millisecond) // the place is free at the moment when some give up
			release()
			time.Sleep(time.Second)
			synctest.Wait()
			if turns.free != 1 || len(turns.owners) != 0 || turns.Waiting() != 0 || len(turns.queue) != 0 {
				t.Fatalf("round %d: %+v is left", round, turns)
			}
		}
	})
}

// TestTurnsByTime: who may wait is decided by when the turn will come, not by how many
// wait: bursts of quick jobs all have their turn, and of slow ones as many as fit into the
// time. The table is over pace, places, owners and what one may have.
func TestTurnsByTime(t *testing.T) {
	for _, c := range []struct {
		took         time.Duration
		places, each uint64
		owners, jobs int
		refused      int // at once, of all
	}{
		{10 * time.Millisecond, 2, 0, 1, 3000, 0},
		{10 * time.Millisecond, 2, 0, 3000, 1, 0},
		{10 * time.Millisecond, 1, 0, 1, 2100, 98}, // one runs, 2,001 are due within 20 s
		{time.Second, 2, 0, 1, 128, 85},            // 2 run, 41 are due
		{time.Second, 4, 2, 1, 128, 85},            // it never has more than 2
		{time.Second, 4, 2, 2, 128, 170},
		{time.Second, 4, 0, 128, 1, 43},
		{time.Minute, 1, 0, 1, 3, 1}, // the next one waits, though in vain
	} {
		synctest.Test(t, func(t *testing.T) {
			turns := NewFairQueue[int](c.places, c.each, 1<<30)
			job := func(who int) error {
				release, err := turns.Take(t.Context(), who, MaxWait)
				if err == nil {
					time.Sleep(c.took)
					release()
				}
				return err
			}
			if err := job(-1); err != nil { // this one teaches the pace
				t.Fatal(err)
			}
			var refused, late, ran atomic.Int32
			start := time.Now()
			for range c.jobs {
				for who := range c.owners {
					go func() {
						err := job(who)
						var over *Exceeded
						switch {
						case err == nil:
							ran.Add(1)
						case !errors.As(err, &over) || over.RetryAfter < time.Second:
							t.Error(err)
						case time.Since(start) == 0:
							refused.Add(1)
						default:
							late.Add(1)
						}
					}()
					synctest.Wait()
				}
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			if int(refused.Load()) != c.refused {
				t.Errorf("%+v: %d were refused at once, %d too late, %d ran", c, refused.Load(), late.Load(), ran.Load())
			}
			if turns.held != 0 || turns.total != 0 || len(turns.owners) != 0 || turns.free != int(c.places) {
				t.Errorf("%+v: %+v is left", c, turns)
			}
		})
	}
}

// TestTurnsUnforeseen: who is not to be refused ahead of time waits as long as it may, and no longer.
func TestTurnsUnforeseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewFairQueue[int](1, 0, 10*heldByOne)
		release, err := turns.Take(t.Context(), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // the pace
		release()
		if release, err = turns.TakeUnforeseen(t.Context(), 0, 0); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var waited []time.Duration // guarded by mu
		var ran atomic.Int32
		for range 6 {
			begun := time.Now()
			go func() {
				release, err := turns.TakeUnforeseen(t.Context(), 0, 10*time.Second)
				if err == nil {
					ran.Add(1)
					time.Sleep(6 * time.Second)
					release()
					return
				}
				if over := new(Exceeded); !errors.As(err, &over) {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				waited = append(waited, time.Since(begun))
			}()
			synctest.Wait()
		}
		release()
		time.Sleep(time.Minute)
		synctest.Wait()
		// One has no memory to wait in. One runs at once and one after 6 s; it would be the third's turn after 12 s.
		if want := []time.Duration{0, 10 * time.Second, 10 * time.Second, 10 * time.Second}; ran.Load() != 2 || !slices.Equal(waited, want) {
			t.Errorf("%d ran, others were refused after %v, want %v", ran.Load(), waited, want)
		}
	})
}

// TestTurnsByMemory: what jobs hold while they wait is bounded, half of it for one owner.
func TestTurnsByMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewFairQueue[string](1, 0, 1<<20)
		release, err := turns.Take(t.Context(), "first", 0)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		for _, c := range []struct {
			who   string
			bytes int
			waits bool
		}{
			{"a", 1 << 20, false}, {"a", 400 << 10, true}, {"a", 100 << 10, false}, {"a", 10 << 10, true},
			{"b", 500 << 10, false}, {"b", 480 << 10, true}, {"c", 200 << 10, false}, {"c", 0, true},
		} {
			before := turns.Waiting()
			go turns.TakeHolding(ctx, c.who, MaxWait, c.bytes)
			synctest.Wait()
			if waits := turns.Waiting() > before; waits != c.waits {
				t.Errorf("%s with %d bytes waits: %v", c.who, c.bytes, waits)
			}
		}
		cancel()
		synctest.Wait()
		if release(); turns.held != 0 || len(turns.owners) != 0 {
			t.Errorf("%+v is left", turns)
		}
	})
}
