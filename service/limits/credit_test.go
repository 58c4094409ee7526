package limits

import (
	"testing"
	"testing/synctest"
	"time"
)

// Credit is taken whole or not at all, comes back by what is given back and by time, and is never more than at the
// beginning. Each asker has its own.
func TestCredit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCredit[string](10, 60)
		take := func(who string, n int, want time.Duration) {
			t.Helper()
			if wait := c.Take(who, n); wait.Round(time.Millisecond) != want {
				t.Errorf("%d for %s: wait %v, want %v", n, who, wait, want)
			}
		}
		take("a", 8, 0)
		take("a", 3, time.Second) // and takes nothing
		take("a", 2, 0)
		take("a", 1, time.Second)
		take("b", 10, 0)

		c.Return("a", 1)
		take("a", 1, 0)
		take("a", 1, time.Second)
		time.Sleep(3 * time.Second)
		take("a", 4, time.Second)
		take("a", 3, 0)

		c.Return("b", 100)
		take("b", 11, time.Second)
		time.Sleep(time.Hour)
		take("b", 11, time.Second)
		take("b", 10, 0)
		take("b", 1, time.Second)

		c = NewCredit[string](1, 0)
		take("a", 1, 0)
		time.Sleep(time.Hour)
		take("a", 1, neverForgiven)
	})
}
