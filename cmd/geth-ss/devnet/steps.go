package devnet

import (
	"fmt"
	"io"
	"time"
)

// steps tells people what was done, with the time since the start.
type steps struct {
	out   io.Writer
	start time.Time
}

// step prints one step that is done.
func (s *steps) step(format string, args ...any) {
	fmt.Fprintf(s.out, "%6.1fs  %s\n", time.Since(s.start).Seconds(), fmt.Sprintf(format, args...))
}
