package session

import (
	"fmt"
	"io"
)

// Machines hold proofs, shares and what is to be saved, in fields whose own Format is out of fmt's reach: so no verb shows more of
// a machine than its String. The same holds for what a machine is made with.

// String names the key.
func (s *State) String() string { return fmt.Sprintf("state of key %v", s.key) }

// Format hides shares, and what is to be saved, from every verb.
func (s *State) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

type (
	plainAttempt        Attempt
	plainAttemptOutcome AttemptOutcome
	plainEffects        Effects
	plainFormer         Former
)

// Format is that of what is in it: see package wire.
func (a Attempt) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", plainAttempt(a)) }

// Format is that of what is in it: see package wire.
func (v AttemptOutcome) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", plainAttemptOutcome(v)) }

// Format is that of what is in it: see package wire.
func (e Effects) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", plainEffects(e)) }

// Format is that of what is in it: see package wire.
func (v Former) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", plainFormer(v)) }
