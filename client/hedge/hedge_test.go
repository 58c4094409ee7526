package hedge

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const never = time.Hour

var (
	errBusy   = errors.New("busy")
	errDenied = errors.New("denied")
)

// server is how a server behaves: it says something after a while. Alive is after how long it says that it is there.
type server struct {
	after time.Duration
	err   error
	alive time.Duration
}

// fleet is servers, and what was asked of them.
type fleet struct {
	servers    []server
	mu         sync.Mutex // guards what follows
	asked      []int
	open, most int // being asked now, and at most
}

func (f *fleet) send(ctx context.Context, i int) (int, error) {
	f.note(i, 1)
	defer f.note(i, -1)
	if err := sleep(ctx, f.servers[i].after); err != nil {
		return 0, fmt.Errorf("sending: %w", err)
	}
	return i, f.servers[i].err
}

func (f *fleet) note(i, change int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open += change; change > 0 {
		f.asked = append(f.asked, i)
		f.most = max(f.most, f.open)
	}
}

func (f *fleet) alive(ctx context.Context, i int) error { return sleep(ctx, f.servers[i].alive) }

func testWay(f *fleet, alive bool) *Way {
	w := &Way{
		Limit: 2 * time.Second, Longer: 10 * time.Second, Rounds: 2, Pause: 500 * time.Millisecond, After: 700 * time.Millisecond, AliveLimit: time.Second,
		Again: func(err error) bool { return errors.Is(err, errBusy) },
		Name:  func(i int) string { return fmt.Sprint("server", i) },
	}
	if alive {
		w.Limit, w.Longer, w.Alive = time.Minute, 0, f.alive
	}
	return w
}

// TestAsk: whoever hangs, and however, the answer comes when the first server that can gives it.
func TestAsk(t *testing.T) {
	well, hangs, busy := server{after: 10 * time.Millisecond}, server{after: never, alive: never}, server{10 * time.Millisecond, errBusy, 0}
	slow := server{after: 5 * time.Second, alive: 10 * time.Millisecond}
	for _, c := range []struct {
		name    string
		servers []server
		alive   bool
		asked   []int
		within  time.Duration
		err     string // "" for an answer
	}{
		{"all well", []server{well, well}, false, []int{0}, 10 * time.Millisecond, ""},
		{"the first hangs", []server{hangs, well}, false, []int{0, 1}, 710 * time.Millisecond, ""},
		{"three hang", []server{hangs, hangs, hangs, well}, false, []int{0, 1, 2, 3}, 2010 * time.Millisecond, ""},
		{"the first is busy", []server{busy, well}, false, []int{0, 1}, 20 * time.Millisecond, ""},
		{"one hangs, one is busy", []server{hangs, busy, well}, false, []int{0, 1, 2}, 720 * time.Millisecond, ""},
		{"one is slow", []server{{after: 1500 * time.Millisecond}, hangs}, false, []int{0, 1}, 1500 * time.Millisecond, ""},
		{"a slow line", []server{{after: 5 * time.Second}}, false, []int{0, 0}, 7500 * time.Millisecond, ""},
		{"all hang", []server{hangs, hangs}, false, []int{0, 1, 0, 1}, 13900 * time.Millisecond, "server0: no answer within 10s\nserver1: no answer within 10s"},
		{"a refusal", []server{{err: errDenied}, well}, false, []int{0}, 0, "server0: denied"},
		{"a refusal beside one that hangs", []server{hangs, {err: errDenied}}, false, []int{0, 1}, 700 * time.Millisecond, "server1: denied"},
		{"all busy", []server{busy, busy}, false, []int{0, 1, 0, 1}, 540 * time.Millisecond, "server0: busy\nserver1: busy"},

		{"alive: the first hangs", []server{hangs, well}, true, []int{0, 1}, 1710 * time.Millisecond, ""},
		{"alive: one is slow", []server{slow, well}, true, []int{0}, 5 * time.Second, ""},
		{"alive: one alone hangs", []server{{after: 30 * time.Second, alive: never}}, true, []int{0}, 30 * time.Second, ""},
		{"alive: busy", []server{busy, well}, true, []int{0, 1}, 20 * time.Millisecond, ""},
		{"alive: all hang", []server{hangs, hangs}, true, []int{0, 1, 0, 1}, 7300 * time.Millisecond,
			"server0: it hangs: no answer for 1.7s\nserver1: it hangs: no answer for 1.7s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fleet{servers: c.servers}
				begun := time.Now()
				err := Ask(t.Context(), NewRing(len(c.servers)), testWay(f, c.alive), f.send, func(int) error { return nil })
				took := time.Since(begun)
				if took != c.within || !slices.Equal(f.asked, c.asked) {
					t.Errorf("after %v, having asked %v", took, f.asked)
				}
				if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// TestAskAny: whatever servers do, one that answers is heard; where that is demanded no two are asked at once; and nothing
// goes on when Ask is over.
func TestAskAny(t *testing.T) {
	for seed := range uint64(500) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			f := &fleet{}
			good := false
			for range 1 + r.IntN(5) {
				s := server{alive: time.Duration(r.IntN(2)) * never, after: []time.Duration{0, 50 * time.Millisecond, time.Second, 5 * time.Second, never}[r.IntN(5)]}
				if r.IntN(3) == 0 {
					s.err = errBusy
				}
				good = good || s.err == nil && s.after <= time.Second && s.alive == 0
				f.servers = append(f.servers, s)
			}
			alive, ring, begun := r.IntN(2) == 0, NewRing(len(f.servers)), time.Now()
			ring.Answered(r.IntN(len(f.servers)))
			err := Ask(t.Context(), ring, testWay(f, alive), f.send, func(int) error { return nil })
			if f.open != 0 {
				t.Errorf("seed %d: %d are still asked", seed, f.open)
			}
			if alive && f.most > 1 {
				t.Errorf("seed %d: %d asked at once", seed, f.most)
			}
			if good && err != nil {
				t.Errorf("seed %d: %v of %+v", seed, err, f.servers)
			}
			if took := time.Since(begun); took > 3*time.Minute*time.Duration(len(f.servers)) {
				t.Errorf("seed %d: %v", seed, took)
			}
			if err == nil && f.servers[ring.First()].err != nil {
				t.Errorf("seed %d: the next question begins with a server that is busy", seed)
			}
		})
	}
}

// TestRemembered: a server that hangs is asked last from then on, until it answers.
func TestRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{servers: []server{{after: never}, {}, {}}}
		ring := NewRing(3)
		ask := func() time.Duration {
			begun := time.Now()
			if err := Ask(t.Context(), ring, testWay(f, false), f.send, func(int) error { return nil }); err != nil {
				t.Fatal(err)
			}
			return time.Since(begun)
		}
		if first, second := ask(), ask(); first == 0 || second != 0 || ring.First() != 1 {
			t.Errorf("%v, then %v by server %d", first, second, ring.First())
		}
		f.servers[1].after, f.servers[2].err = never, errBusy
		f.servers[0].after = 0
		f.asked = nil
		if ask(); !slices.Equal(f.asked, []int{1, 2, 0}) || ring.First() != 0 {
			t.Errorf("asked %v; next is %d", f.asked, ring.First())
		}
	})
}

// TestAskCancelled: who asks can stop, at any time.
func TestAskCancelled(t *testing.T) {
	for _, alive := range []bool{false, true} {
		for after := time.Duration(0); after < 4*time.Second; after += 130 * time.Millisecond {
			synctest.Test(t, func(t *testing.T) {
				f := &fleet{servers: []server{{after: never, alive: never}, {after: 100 * time.Millisecond, err: errBusy}, {after: never, alive: never}}}
				ctx, cancel := context.WithTimeout(t.Context(), after)
				defer cancel()
				begun := time.Now()
				err := Ask(ctx, NewRing(3), testWay(f, alive), f.send, func(int) error { return nil })
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != after || f.open != 0 {
					t.Errorf("%v after %v instead of %v", err, time.Since(begun), after)
				}
			})
		}
	}
}

// TestLate: who waits is told for whom.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{servers: []server{{after: never}, {after: 2 * time.Second}}}
		var told []string
		w := testWay(f, false)
		w.Limit = time.Minute
		w.Late = func(i int, waited time.Duration) { told = append(told, fmt.Sprint(i, " ", waited)) }
		if err := Ask(t.Context(), NewRing(2), w, f.send, func(int) error { return nil }); err != nil || !slices.Equal(told, []string{"0 700ms", "1 700ms", "1 1.4s"}) {
			t.Errorf("%q %v", told, err)
		}
	})
}

// TestPrintable: what a server says neither steers a terminal nor fills it.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "\x1b[2J": "·[2J", "a\nb\r": "a·b·", "\xff": "·", "zero\u200bwidth\u202e": "zero·width·", "ünï": "ünï",
		strings.Repeat("x", maxText+1): strings.Repeat("x", maxText) + "…",
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := (&serverError{"http://a", errors.New("one\ntwo\x1b")}).Error(); got != "http://a: one; two·" {
		t.Errorf("%q", got)
	}
}

// TestAnswerAtTheLastMoment: an answer counts, also if the time for it ends while it comes.
func TestAnswerAtTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := -1
		late := func(ctx context.Context, i int) (int, error) {
			<-ctx.Done()
			return i, nil
		}
		err := Ask(t.Context(), NewRing(1), testWay(nil, false), late, func(i int) error { got = i; return nil })
		if err != nil || got != 0 {
			t.Errorf("%d, %v", got, err)
		}
	})
}
