package poa

import (
	"errors"
	"testing"
)

// TestGuard: whatever CometBFT's handshake panics at, who dialled lives on and is told that no consensus node answers.
func TestGuard(t *testing.T) {
	shake := func(panics bool) (err error) {
		defer guard(&err)
		if panics {
			panic("a point that is none")
		}
		return nil
	}
	if err := shake(true); !errors.Is(err, ErrNoConsensus) {
		t.Errorf("after a panic: %v", err)
	}
	if err := shake(false); err != nil {
		t.Errorf("without one: %v", err)
	}
}
