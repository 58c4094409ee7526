package documents

import (
	"fmt"
	"io"
)

func (l *Lookup) Format(f fmt.State, _ rune) { io.WriteString(f, l.String()) }

func (t *LookupMember) Format(f fmt.State, _ rune) { io.WriteString(f, t.String()) }

func (s *Storing) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

func (k *StoringMember) Format(f fmt.State, _ rune) { io.WriteString(f, k.String()) }
