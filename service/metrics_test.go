package service

import (
	"fmt"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Every reason that a request can fail with is counted as one of the outcomes.
func TestOutcomes(t *testing.T) {
	for reason := wire.Internal; reason <= wire.TooFew; reason++ {
		if got := outcome(&wire.Error{Reason: reason}); !slices.Contains(outcomes, got) || got == "ok" {
			t.Errorf("%v is counted as %q", reason, got)
		}
	}
	for err, want := range map[error]string{
		nil:                                "ok",
		fmt.Errorf("something"):            "failed",
		wire.Errorf(wire.Denied, ""):       "denied",
		wire.Errorf(wire.Timeout, ""):      "timeout",
		wire.Errorf(wire.Limit, ""):        "limit",
		wire.Errorf(wire.Disconnected, ""): "unavailable",
		wire.Errorf(wire.Cheated, ""):      "failed",
	} {
		if got := outcome(err); got != want {
			t.Errorf("%v is counted as %q, want %q", err, got, want)
		}
	}
	if got := outcome(fmt.Errorf("storing: %w", wire.Errorf(wire.NotAuthor, ""))); got != "denied" {
		t.Errorf("a wrapped reason is counted as %q", got)
	}
}
