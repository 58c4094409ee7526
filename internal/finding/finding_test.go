package finding

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/log"
)

func TestWorst(t *testing.T) {
	var l List
	for _, step := range []struct {
		add  func()
		want Level
	}{
		{func() {}, OK},
		{func() { l.OK("chain", "block %d", 7) }, OK},
		{func() { l.Warn("disk", "make room", "little") }, Warning},
		{func() { l.Fail("store", "restore", "damaged") }, Error},
		{func() { l.Warn("disk", "make room", "little") }, Error},
	} {
		if step.add(); l.Worst() != step.want {
			t.Errorf("%d findings: %s, want %s", len(l), l.Worst(), step.want)
		}
	}
	if l[0].What != "block 7" {
		t.Errorf("got %q", l[0].What)
	}
}

// A finding is said when it has stood for a while, again more and more seldom, and once when it is gone.
func TestTeller(t *testing.T) {
	var out bytes.Buffer
	teller := Teller{Log: log.NewLogger(slog.NewTextHandler(&out, nil)), After: 10 * time.Second}
	start := time.Unix(1_800_000_000, 0)
	at := func(seconds int, want int, judgment List) {
		t.Helper()
		out.Reset()
		teller.Tell(judgment, start.Add(time.Duration(seconds)*time.Second))
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("second %d: %d lines, want %d:\n%s", seconds, got, want, out.String())
		}
	}
	bad := func(what string) (l List) {
		l.OK("store", "open")
		l.Fail("chain", "look at consensus", "%s", what)
		return l
	}
	at(0, 0, bad("0 s old"))
	at(5, 0, nil) // it mended itself before it was news
	at(6, 0, bad("6 s old"))
	at(16, 1, bad("16 s old"))
	at(30, 0, bad("30 s old"))
	at(76, 1, bad("76 s old"))
	at(136, 0, bad("136 s old"))
	at(196, 1, bad("196 s old"))
	if text := out.String(); !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "since=3m10s") {
		t.Error(text)
	}
	at(200, 1, nil)
	at(201, 0, nil)
	for second, last := 300, 0; second < 300+100*3600; second++ {
		out.Reset()
		teller.Tell(bad("for ever"), start.Add(time.Duration(second)*time.Second))
		if out.Len() > 0 {
			if last > 0 && second-last > 3600 {
				t.Fatalf("silent for %d s", second-last)
			}
			last = second
		}
	}
}
