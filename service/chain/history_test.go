package chain

import (
	"testing"
	"time"
)

func TestHistory(t *testing.T) {
	var h history
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	if h.recent(5, at(0)) {
		t.Error("recent before anything was seen")
	}
	h.saw(10, at(0))
	h.saw(10, at(900))
	h.saw(11, at(1000))
	h.saw(14, at(2000)) // three at once
	for _, c := range []struct {
		number uint64
		since  int
		want   bool
	}{
		{9, 0, false},    // older than all we know
		{10, 900, true},  // last seen then
		{10, 901, false}, // replaced since
		{11, 1000, true},
		{12, 1000, true}, // never the head itself, but nothing above it was
		{13, 1001, false},
		{14, 2000, true},
		{15, 2000, true}, // ahead
	} {
		if got := h.recent(c.number, at(c.since)); got != c.want {
			t.Errorf("recent(%d, %d ms) = %v", c.number, c.since, got)
		}
	}
	h.saw(12, at(3000)) // the operator rewound the chain
	if !h.recent(12, at(3000)) || !h.recent(13, at(3000)) {
		t.Error("after a rewind the head is not recent")
	}
	for n := range uint64(100_000) {
		h.saw(100+n, at(4000+10*int(n)))
	}
	if limit := int(historyLimit/(10*time.Millisecond)) + 2; len(h.spans) > limit {
		t.Errorf("%d spans, want at most %d", len(h.spans), limit)
	}
	h.saw(1_000_000, at(1<<30))
	if len(h.spans) != 1 {
		t.Errorf("%d spans after a long silence", len(h.spans))
	}
}
