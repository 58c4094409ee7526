package finding

import (
	"time"

	"github.com/ethereum/go-ethereum/log"
)

// Teller says in the log what a judgment finds: each finding when it comes, again at growing intervals while it stays,
// and once when it is gone. What a finding says may change from one judgment to the next (a number of seconds): it is
// the same finding while level, subject and Do are. One goroutine uses it.
type Teller struct {
	Log   log.Logger
	After time.Duration // how long a finding must stand before it is said: what mends itself is no news

	said map[key]*saying
}

type key struct {
	level       Level
	subject, do string
}

type saying struct {
	what  string // when it was said last
	since time.Time
	next  time.Time     // when it is said again; zero: not said yet
	pause time.Duration // from then to the next time
}

const (
	firstPause = time.Minute
	maxPause   = 60 * time.Minute
)

// Tell is called with each new judgment.
func (t *Teller) Tell(judgment List, now time.Time) {
	if t.said == nil {
		t.said = make(map[key]*saying)
	}
	current := make(map[key]bool)
	for _, f := range judgment {
		if f.Level != OK {
			k := key{f.Level, f.Subject, f.Do}
			if current[k] = true; t.said[k] == nil {
				t.said[k] = &saying{since: now}
			}
			t.tell(f, t.said[k], now)
		}
	}
	for k, s := range t.said {
		if !current[k] {
			if !s.next.IsZero() {
				t.Log.Info("Mended: "+s.what, "subject", k.subject)
			}
			delete(t.said, k)
		}
	}
}

func (t *Teller) tell(f Finding, s *saying, now time.Time) {
	switch {
	case s.next.IsZero() && now.Sub(s.since) < t.After, now.Before(s.next):
		return
	case s.next.IsZero():
		s.pause = firstPause
	default:
		s.pause = min(2*s.pause, maxPause)
	}
	s.next, s.what = now.Add(s.pause), f.What
	say := t.Log.Warn
	if f.Level == Error {
		say = t.Log.Error
	}
	ctx := []any{"subject", f.Subject}
	if f.Do != "" {
		ctx = append(ctx, "do", f.Do)
	}
	if since := now.Sub(s.since).Truncate(time.Second); since > 0 {
		ctx = append(ctx, "since", since)
	}
	say(f.What, ctx...)
}
