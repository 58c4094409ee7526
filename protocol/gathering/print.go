package gathering

import (
	"fmt"
	"io"
)

func (g *gathering) Format(f fmt.State, _ rune) { io.WriteString(f, g.String()) }

func (p *member) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }

func (b *Batch) Format(f fmt.State, _ rune) { io.WriteString(f, b.String()) }

func (p *BatchMember) Format(f fmt.State, _ rune) { io.WriteString(f, p.String()) }
