package sessiontest

import (
	"flag"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	oneSeed     = flag.Uint64("seed", 0, "simulate this one life, with all that happens under -v")
	changeLives = flag.Uint64("simulate.changes", 0, "simulate so many lives whose server set changes instead of some hundreds")
	simulateFor = flag.Duration("simulate.for", 0, "simulate new lives for so long instead of a fixed number")
)

// Some hundreds of lives of a cluster, a few seconds of them in all; with -simulate.for as
// many as there is time for. What may fail may fail, what must never happen is watched at
// every step, and when peace returns everything works. See simulation.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		simulateOne(t, *oneSeed, Simulate)
		return
	}
	count, first := uint64(130), uint64(751) // a seed after which all of the below happens soon
	if testing.Short() {
		count = 40
	}
	if *simulateFor > 0 {
		count, first = 1<<62, uint64(time.Now().UnixNano())>>10
	}
	ends, lives := simulateMany(t, first, count, Simulate)
	t.Logf("%d lives from seed %d: %v", lives, first, ends)
	if t.Failed() {
		return
	}
	// Lives in which nothing ever works, or everything does, would show nothing.
	for _, want := range []string{
		"generate: ok", "store: ok", "retrieve: ok", "lookup: ok", "retrieve: " + wire.Denied.String(),
		"generate: " + wire.KeyExists.String(), "store: " + wire.DocumentExists.String(), "retrieve: " + wire.KeyNotFound.String(),
		"sign: ok", "sign: " + wire.Denied.String(), "sign: " + wire.TooFew.String(),
		"convicted: " + wire.ConvictSchnorrShare.String(),
	} {
		if ends[want] == 0 {
			t.Errorf("not once in %d lives: %s", lives, want)
		}
	}
}

// Some hundreds of lives whose server set changes again and again; with -simulate.changes so many. See changes.
func TestSimulationOfChanges(t *testing.T) {
	if *oneSeed != 0 {
		simulateOne(t, *oneSeed, SimulateChanges)
		return
	}
	count, first := uint64(200), uint64(1)
	if testing.Short() {
		count = 30
	}
	if *changeLives > 0 {
		count, first = *changeLives, uint64(time.Now().UnixNano())>>10
	}
	ends, lives := simulateMany(t, first, count, SimulateChanges)
	t.Logf("%d lives from seed %d: %v", lives, first, ends)
	if t.Failed() {
		return
	}
	for _, want := range []string{"order: ok", "move: ok", "erase: ok", "give up: ok", "gather few: ok"} {
		if ends[want] == 0 {
			t.Errorf("not once in %d lives: %s", lives, want)
		}
	}
}

func simulateOne(t *testing.T, seed uint64, simulate func(uint64, func(string)) (map[string]int, error)) {
	var log func(string)
	if testing.Verbose() {
		log = func(line string) { t.Log(line) }
	}
	ends, err := simulate(seed, log)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	t.Log(ends)
}

// simulateMany lives the lives of consecutive seeds, on all processors, until one fails.
func simulateMany(t *testing.T, first, count uint64, simulate func(uint64, func(string)) (map[string]int, error)) (ends map[string]int, lives uint64) {
	var (
		workers sync.WaitGroup
		next    atomic.Uint64
		mu      sync.Mutex
		begun   = time.Now()
	)
	ends = make(map[string]int)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < count && !t.Failed() && (*simulateFor == 0 || time.Since(begun) < *simulateFor); i = next.Add(1) - 1 {
				some, err := simulate(first+i, nil)
				if err != nil {
					t.Errorf("again by: go test ./protocol/sessiontest -run '%s$$' -v -seed %d\n%v", t.Name(), first+i, err)
					return
				}
				mu.Lock()
				lives++
				for what, n := range some {
					ends[what] += n
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return ends, lives
}

// The same seed gives the same life, or seeds in failures would be worth nothing.
func TestSimulationRepeats(t *testing.T) {
	seeds := uint64(20)
	if testing.Short() { // the run without the race detector has them all
		seeds = 3
	}
	for seed := uint64(1); seed <= seeds; seed++ {
		var lives [2][]string
		for i := range lives {
			if _, err := Simulate(seed, func(line string) { lives[i] = append(lives[i], line) }); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		for i := range min(len(lives[0]), len(lives[1])) {
			if lives[0][i] != lives[1][i] {
				t.Fatalf("seed %d: line %d is once %q and once %q", seed, i, lives[0][i], lives[1][i])
			}
		}
		if len(lives[0]) != len(lives[1]) || len(lives[0]) < 20 {
			t.Fatalf("seed %d: lives of %d and %d lines", seed, len(lives[0]), len(lives[1]))
		}
	}
}
