package main

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/geth-ss/geth-ss/test/dapp"
	"github.com/geth-ss/geth-ss/test/program"
)

// TestSoak is the short form: four processes, five faults, a power cut, and some hundred requests.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes")
	}
	binary, err := program.Path(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := &options{
		binary: binary, nodes: 4, length: 10 * time.Second, seed: uint64(time.Now().UnixNano()),
		generations: 10, parallel: 8, reads: 60, signatures: 40, outage: time.Second, namespaces: true,
		kinds:    []kind{killed, paused, cutOff, storeWiped, chainWiped},
		shortest: time.Second, worst: 2500 * time.Millisecond,
		siege: 3 * time.Second, rest: 3 * time.Second, scenarios: 1,
	}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

// TestPlan: a plan follows from its seed, leaves the witness its process and does each kind.
func TestPlan(t *testing.T) {
	o := &options{nodes: 4, seed: 5, outage: time.Minute}
	o.defaults()
	for _, lan := range []bool{true, false} {
		a, b := newPlan(o, lan), newPlan(o, lan)
		count := make(map[kind]int)
		for range 500 {
			f := a.next()
			if again := b.next(); f != again {
				t.Fatalf("one seed, two plans: %v and %v", f, again)
			}
			if count[f.kind]++; f.kind.restarts() && f.node == witness {
				t.Errorf("%v, whose process is to live", f)
			}
			if f.node == f.other || f.length < o.shortest {
				t.Errorf("no such fault: %v", f)
			}
			if !lan && f.kind.needsLAN() {
				t.Errorf("%v without links of our own", f)
			}
		}
		if !a.whole() {
			t.Errorf("not every kind in 500 faults: %v", count)
		}
		for k, n := range count {
			if k.once() && n != 1 {
				t.Errorf("%v was done %d times", k, n)
			}
		}
	}
	other := *o
	other.seed++
	a, b := newPlan(o, true), newPlan(&other, true)
	for range 20 {
		if a.next() != b.next() {
			return
		}
	}
	t.Error("two seeds, one plan")
}

// TestJudge is what counts as broken, one row each.
func TestJudge(t *testing.T) {
	refusal := &dapp.StatusError{Status: 403, Text: "Consensus temporary unreachable"}
	for _, test := range []struct {
		name   string
		took   time.Duration
		err    error
		in     trouble
		broken bool
	}{
		{"in time", time.Second, nil, well, false},
		{"late", shadow.deadline + grace + time.Second, nil, well, true},
		{"late, but frozen", shadow.deadline + grace + time.Second, nil, frozen, false},
		{"late, cut off", shadow.deadline + grace + time.Second, refusal, apart, true},
		{"with a reason", time.Second, refusal, well, false},
		{"of another kind", time.Second, &dapp.StatusError{Status: 500, Text: "Internal error: x"}, well, true},
		{"being stopped", time.Second, &dapp.StatusError{Status: 500, Text: "Internal error: KeyServer is already destroyed"}, down, false},
		{"stopped by itself", time.Second, &dapp.StatusError{Status: 500, Text: "Internal error: KeyServer is already destroyed"}, well, true},
		{"without a text", time.Second, &dapp.StatusError{Status: 500}, down, true},
		{"without an answer", time.Second, os.ErrDeadlineExceeded, well, true},
		{"a node that is down", time.Second, &os.SyscallError{Err: errConnReset}, well, true},
		{"wrong", time.Second, errWrong, down, true},
	} {
		v := new(node)
		if test.in != well {
			v.begin(test.in)
			v.past[0].from = time.Now().Add(-time.Hour)
		}
		s := &soak{net: &network{nodes: []*node{v}}, tally: newTally()}
		s.judge(shadow, v, time.Now().Add(-test.took), test.err)
		if broken := s.tally.violations() > 0; broken != test.broken {
			t.Errorf("%s: broken %t, want %t", test.name, broken, test.broken)
		}
	}
}

// TestSpared: one node in trouble is no reason for another to turn readers away, but a wiped store is one for the keys
// that were made before.
func TestSpared(t *testing.T) {
	refusal := &dapp.StatusError{Status: 403, Text: "Consensus temporary unreachable"}
	now := time.Now()
	for _, test := range []struct {
		name        string
		err         error
		in          trouble
		made, wiped time.Time
		broken      bool
	}{
		{"served", nil, well, now, time.Time{}, false},
		{"turned away by one that is well", refusal, well, now, time.Time{}, true},
		{"turned away by one that is not", refusal, apart, now, time.Time{}, false},
		{"of an older key than the wiped store", refusal, well, now.Add(-time.Minute), now.Add(-time.Second), false},
		{"of a newer one", refusal, well, now, now.Add(-time.Second), true},
	} {
		v := new(node)
		if test.in != well {
			v.begin(test.in)
		}
		s := &soak{tally: newTally(), wiped: test.wiped}
		s.spared(shadow, v, &key{made: test.made}, now, test.err)
		if broken := s.tally.violations() > 0; broken != test.broken {
			t.Errorf("%s: broken %t, want %t", test.name, broken, test.broken)
		}
	}
}

var errConnReset = errors.New("connection reset by peer")

func TestTroubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var v troubles
		begun := time.Now()
		if v.now() != well || v.during(well, begun.Add(-time.Hour), begun) {
			t.Error("ill from birth")
		}
		v.begin(frozen)
		time.Sleep(20 * time.Millisecond)
		v.begin(apart)
		if v.now() != apart || !v.during(frozen, begun, time.Now()) || v.during(down, begun, time.Now()) {
			t.Errorf("after a freeze and a cut: %+v", v.past)
		}
		if cold := v.frozenFor(begun, time.Now()); cold < 20*time.Millisecond || cold > time.Since(begun) {
			t.Errorf("frozen for %v", cold)
		}
		if middle := begun.Add(5 * time.Millisecond); v.frozenFor(middle, middle.Add(5*time.Millisecond)) != 5*time.Millisecond {
			t.Error("a part of a freeze is not counted as a part")
		}
		v.end()
		if after := time.Now().Add(time.Second); v.now() != well || v.during(well, after, after.Add(time.Second)) {
			t.Error("still ill")
		}
	})
}
