package handover

import (
	"fmt"
	"io"
)

// No verb prints what these machines hold: records, of which some have shares beside them, and authors' proofs.

// Format prints String, whatever the verb.
func (g *Gathering) Format(f fmt.State, _ rune) { io.WriteString(f, g.String()) }

// Format prints String, whatever the verb.
func (g *GatheringMember) Format(f fmt.State, _ rune) { io.WriteString(f, g.String()) }

// Format prints String, whatever the verb.
func (h *Holding) Format(f fmt.State, _ rune) { io.WriteString(f, h.String()) }

// Format prints String, whatever the verb.
func (h *HoldingMember) Format(f fmt.State, _ rune) { io.WriteString(f, h.String()) }

// Format prints String, whatever the verb.
func (p *Planning) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }

// Format prints String, whatever the verb.
func (p *PlanningMember) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }

// Format prints String, whatever the verb.
func (r *Receipts) Format(f fmt.State, _ rune) { io.WriteString(f, r.String()) }

// Format prints String, whatever the verb.
func (r *ReceiptsMember) Format(f fmt.State, _ rune) { io.WriteString(f, r.String()) }

// Format prints String, whatever the verb.
func (r *Relisting) Format(f fmt.State, _ rune) { io.WriteString(f, r.String()) }
