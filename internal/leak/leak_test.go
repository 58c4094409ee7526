package leak

import (
	"strings"
	"testing"
	"time"
)

func outlives(stop chan struct{}) { <-stop }

// A goroutine that hangs is named, one that only lags is waited for, one that was there
// before or is forgiven is no leak.
func TestFind(t *testing.T) {
	before, stop := snapshot(), make(chan struct{})
	go outlives(stop)
	left := wait(before, 50*time.Millisecond)
	if len(left) != 1 || !strings.Contains(left[0], "leak.outlives") {
		t.Errorf("left: %q", left)
	}
	if left := wait(snapshot(), 50*time.Millisecond); len(left) > 0 {
		t.Errorf("was there before: %q", left)
	}
	if left := wait(before, 50*time.Millisecond, "leak.outlives"); len(left) > 0 {
		t.Errorf("is forgiven: %q", left)
	}
	time.AfterFunc(100*time.Millisecond, func() { close(stop) })
	if left := wait(before, time.Minute); len(left) > 0 {
		t.Errorf("has ended: %q", left)
	}
}

// judged is a test whose end is played.
type judged struct {
	testing.TB
	cleanup func()
	failed  bool
}

func (j *judged) Cleanup(f func())      { j.cleanup = f }
func (j *judged) Errorf(string, ...any) { j.failed = true }

// Check fails a test that leaves something, and only such a test.
func TestCheck(t *testing.T) {
	defer func(usual time.Duration) { grace = usual }(grace)
	for _, leaks := range []bool{false, true} {
		stop, j := make(chan struct{}), &judged{TB: t}
		Check(j)
		go outlives(stop)
		if leaks {
			grace = 50 * time.Millisecond
		} else {
			close(stop)
		}
		j.cleanup()
		if j.failed != leaks {
			t.Errorf("leaks: %t, failed: %t", leaks, j.failed)
		}
		if leaks {
			close(stop)
		}
	}
}
