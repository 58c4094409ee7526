package asking

import (
	"fmt"
	"io"
)

func (e *Explaining) Format(f fmt.State, _ rune) { io.WriteString(f, e.String()) }

func (h *Holdings) Format(f fmt.State, _ rune) { io.WriteString(f, h.String()) }
