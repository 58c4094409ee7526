package generation

import (
	"fmt"
	"io"
)

func (g *Coordinator) Format(f fmt.State, _ rune) { io.WriteString(f, g.String()) }

func (m *Member) Format(f fmt.State, _ rune) { io.WriteString(f, m.String()) }

func (r *Resolution) Format(f fmt.State, _ rune) { io.WriteString(f, r.String()) }

func (p *ResolutionMember) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }
