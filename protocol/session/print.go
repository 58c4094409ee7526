package session

import (
	"fmt"
	"io"
)

// Machines hold proofs, shares and what is to be saved, in fields whose own Format is out of fmt's reach: so no verb shows more of
// a machine than its String. The same holds for what a machine is made with.

func (g *gathering) Format(f fmt.State, _ rune)     { io.WriteString(f, g.String()) }
func (p *holder) Format(f fmt.State, _ rune)        { io.WriteString(f, p.String()) }
func (g *Generation) Format(f fmt.State, _ rune)    { io.WriteString(f, g.String()) }
func (m *Membership) Format(f fmt.State, _ rune)    { io.WriteString(f, m.String()) }
func (r *Resolution) Format(f fmt.State, _ rune)    { io.WriteString(f, r.String()) }
func (p *Polled) Format(f fmt.State, _ rune)        { io.WriteString(f, p.String()) }
func (l *Lookup) Format(f fmt.State, _ rune)        { io.WriteString(f, l.String()) }
func (t *Telling) Format(f fmt.State, _ rune)       { io.WriteString(f, t.String()) }
func (s *Storing) Format(f fmt.State, _ rune)       { io.WriteString(f, s.String()) }
func (k *Keeping) Format(f fmt.State, _ rune)       { io.WriteString(f, k.String()) }
func (b *Batch) Format(f fmt.State, _ rune)         { io.WriteString(f, b.String()) }
func (p *ReleasingMany) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }
func (d *ItemDealing) Format(f fmt.State, _ rune)   { io.WriteString(f, d.String()) }
func (m *ItemMember) Format(f fmt.State, _ rune)    { io.WriteString(f, m.String()) }
func (e *Explaining) Format(f fmt.State, _ rune)    { io.WriteString(f, e.String()) }
func (h *Holdings) Format(f fmt.State, _ rune)      { io.WriteString(f, h.String()) }

// String names the key.
func (s *State) String() string { return fmt.Sprintf("state of key %v", s.key) }

// Format hides shares, and what is to be saved, from every verb.
func (s *State) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

type (
	plainAttempt Attempt
	plainFate    Fate
	plainEffects Effects
)

// Format is that of what is in it: see package wire.
func (a Attempt) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", plainAttempt(a)) }

// Format is that of what is in it: see package wire.
func (v Fate) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", plainFate(v)) }

// Format is that of what is in it: see package wire.
func (e Effects) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%+v", plainEffects(e)) }
