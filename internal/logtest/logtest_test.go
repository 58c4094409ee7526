package logtest

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/log"
)

// TestCapture: a record of the level is one line of the buffer, one below it is none, and after the test the log is what
// it was.
func TestCapture(t *testing.T) {
	before := log.Root()
	var b *Buffer
	t.Run("captured", func(t *testing.T) {
		b = Capture(t, slog.LevelWarn)
		log.Warn("A warning", "n", 7)
		log.Info("Less than a warning")
		if b.Lines() != 1 || !strings.HasPrefix(b.String(), "WARN") || !strings.Contains(b.String(), "n=7") {
			t.Errorf("kept is %q", b.String())
		}
	})
	if log.Root() != before {
		t.Error("the default logger is not put back")
	}
	if b.Reset(); b.String() != "" {
		t.Errorf("after the reset there is %q", b.String())
	}
}

// TestBufferIsShared: what many write, and others read meanwhile, is kept whole. The race detector sees to the rest.
func TestBufferIsShared(t *testing.T) {
	var b Buffer
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { fmt.Fprintf(&b, "line %d\n", i); _ = b.String() })
	}
	wg.Wait()
	for i := range 8 {
		if !strings.Contains(b.String(), fmt.Sprintf("line %d\n", i)) {
			t.Errorf("line %d is not in %q", i, b.String())
		}
	}
}
