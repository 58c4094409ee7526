package disk

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/internal/logtest"
)

const mebi = 1 << 20

// TestWatchRules: which room on which disk is enough.
func TestWatchRules(t *testing.T) {
	const floor = 64 * mebi
	dirs, also := []string{"/chain", "/ancient", "/poa"}, []string{"/store"}
	for _, dir := range append(dirs, also...) {
		for _, c := range []struct {
			free, floor uint64
			ends, warns bool
		}{
			{0, floor, true, false},
			{floor - 1, floor, true, false},
			{floor, floor, false, true},
			{lowSpace - 1, floor, false, true},
			{lowSpace, floor, false, false},
			{lowSpace, lowSpace, false, true},
			{2*lowSpace - 1, lowSpace, false, true},
			{2 * lowSpace, lowSpace, false, false},
			{0, 0, false, true}, // the floor is switched off
		} {
			said := logtest.Capture(t, log.LevelTrace)
			w := NewWatch(dirs, also, c.floor, nil)
			w.free = func(d string) (uint64, error) {
				if d == dir {
					return c.free, nil
				}
				return 1 << 40, nil
			}
			ends := c.ends && dir != "/store"
			err := w.Check()
			if errors.Is(err, ErrFull) != ends || (err != nil) != ends || !errors.Is(w.Err(), err) {
				t.Errorf("%d MiB free in %s, floor %d: %v, %v", c.free/mebi, dir, c.floor/mebi, err, w.Err())
			}
			if warned := strings.Contains(said.String(), "Little room"); !ends && warned != (c.warns || c.ends) {
				t.Errorf("%d MiB free in %s, floor %d: %q", c.free/mebi, dir, c.floor/mebi, said)
			}
		}
	}
}

// TestWatchWarnsSeldom: however the free space goes up and down above the floor, one low time is told once, and again after a
// while; an error of the system is not taken for a full disk.
func TestWatchWarnsSeldom(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	said := logtest.Capture(t, log.LevelTrace)
	w := NewWatch([]string{t.TempDir()}, nil, 64*mebi, nil)
	now, wants, low := time.Unix(0, 0), 0, time.Time{}
	for range 5000 {
		now = now.Add(every)
		free, broken := random.Uint64N(10*lowSpace)+64*mebi, random.IntN(10) == 0
		if random.IntN(2) == 0 {
			free = 64*mebi + random.Uint64N(lowSpace/2)
		}
		w.free = func(string) (uint64, error) {
			if broken {
				return 0, errors.New("no such device")
			}
			return free, nil
		}
		switch is := free < lowSpace && !broken; {
		case !is:
			low = time.Time{}
		case low.IsZero() || now.Sub(low) >= nag:
			low, wants = now, wants+1
		}
		if err := w.look(now); err != nil {
			t.Fatalf("seed %d: %d MiB free: %v", seed, free/mebi, err)
		}
	}
	if n := strings.Count(said.String(), "Little room"); n != wants {
		t.Errorf("seed %d: %d warnings, want %d", seed, n, wants)
	}
}

// TestWatchEndsTheNode: once, when it runs.
func TestWatchEndsTheNode(t *testing.T) {
	logtest.Capture(t, log.LevelTrace)
	ended := make(chan struct{})
	w := NewWatch([]string{t.TempDir()}, nil, 64*mebi, func() { close(ended) })
	w.free = func(string) (uint64, error) { return 63 * mebi, nil }
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("it goes on")
	}
	if err := w.Stop(); err != nil || !errors.Is(w.Err(), ErrFull) {
		t.Errorf("%v, %v", err, w.Err())
	}
}

func TestFree(t *testing.T) {
	dir := t.TempDir()
	want, err := Free(dir)
	if err != nil || want == 0 {
		t.Errorf("%d bytes free, %v", want, err)
	}
	if at := existing(filepath.Join(dir, "not", "there")); at != dir {
		t.Errorf("what is not there is on the disk of %s", at)
	}
	if free, err := FreeFor(filepath.Join(dir, "not", "there")); err != nil || free == 0 {
		t.Errorf("%d bytes free for what is not there yet, %v", free, err)
	}
	if _, err := Free(filepath.Join(dir, "not", "there")); err == nil {
		t.Log("free space is not asked on this system")
	}
}
