package items

import (
	"fmt"
	"io"
)

func (d *Dealing) Format(f fmt.State, _ rune) { io.WriteString(f, d.String()) }

func (m *DealingMember) Format(f fmt.State, _ rune) { io.WriteString(f, m.String()) }
