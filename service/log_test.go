package service

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// logged is what is logged at a level and above.
type logged struct{ *logtest.Buffer }

// about gives the lines of one key, each as far as its key.
func (l logged) about(key wire.KeyID) (lines []string) {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, "key="+key.String()) {
			lines = append(lines, line)
		}
	}
	return lines
}

// until waits for the line that ends a key's session: the runner writes it once the answer is on its way.
func (l logged) until(t *testing.T, key wire.KeyID, end string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(strings.Join(l.about(key), ""), end) {
			return
		}
	}
	t.Fatalf("no line says %q about %v, only\n%s", end, key, strings.Join(l.about(key), ""))
}

// Each change of a session's state is one line, a failure with its reason; what anybody can
// bring about by asking is not in the log of a node with default verbosity.
func TestSessionLines(t *testing.T) {
	id, unknown := testKey(7), testKey(8)
	play := func(level slog.Level) logged {
		s := newSoloService(t)
		l := logged{logtest.Capture(t, level)}
		requester := newRequester(t, id)
		if _, err := s.GenerateServerKey(context.Background(), requester, id, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := s.DocumentKeyShadow(context.Background(), newRequester(t, unknown), unknown); wire.ReasonOf(err) != wire.KeyNotFound {
			t.Fatal(err)
		}
		l.until(t, id, "session done")
		if level <= log.LevelDebug {
			l.until(t, unknown, "session failed")
		}
		for _, line := range append(l.about(id), l.about(unknown)...) {
			if strings.Contains(strings.ToLower(line), strings.ToLower(requester.Address.Hex()[2:])) {
				t.Errorf("the requester is named: %s", line)
			}
			if !strings.Contains(line, " id=") || !strings.Contains(line, "session=") || !strings.Contains(line, "elapsed=") {
				t.Errorf("a line without session, id or time: %s", line)
			}
		}
		return l
	}
	t.Run("by default", func(t *testing.T) {
		l := play(log.LevelInfo)
		lines := l.about(id)
		if len(lines) < 2 || !strings.Contains(lines[0], "session begins") || !strings.Contains(lines[len(lines)-1], "session done") {
			t.Errorf("a generation is logged as\n%s", strings.Join(lines, ""))
		}
		seen := make(map[string]bool)
		for _, line := range lines {
			_, state, _ := strings.Cut(line, "state=")
			if strings.Contains(line, "moves on") && seen[state] {
				t.Errorf("logged twice: %s", line)
			}
			seen[state] = true
		}
		if lines := l.about(unknown); len(lines) != 0 {
			t.Errorf("a failed read is logged as\n%s", strings.Join(lines, ""))
		}
	})
	t.Run("debug", func(t *testing.T) {
		lines := play(log.LevelDebug).about(unknown)
		if len(lines) != 2 || !strings.Contains(lines[1], "session failed") || !strings.Contains(lines[1], `reason="server key not found"`) {
			t.Errorf("a failed look-up is logged as\n%s", strings.Join(lines, ""))
		}
	})
}
