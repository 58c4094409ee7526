package secretstore

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// TestProgress: what takes long tells how far it is, and its end; what doesn't says nothing.
func TestProgress(t *testing.T) {
	const mib = 1 << 20
	for _, test := range []struct {
		size     int64
		terminal bool
		quiet    time.Duration
		want     string
	}{
		{2 * mib, false, 0, "read: 1 of 2 MiB (50 %)\nread: 2 of 2 MiB (100 %)\nread: 2 of 2 MiB (100 %)\nread: 2 of 2 MiB (100 %)\n"},
		{-1, true, 0, "\rread: 1 MiB  \rread: 2 MiB  \rread: 2 MiB  \rread: 2 MiB  \n"},
		{2 * mib, false, time.Hour, ""},
	} {
		var told bytes.Buffer
		p := newProgress(strings.NewReader(strings.Repeat("x", 2*mib)), "read", test.size)
		p.to, p.terminal, p.every, p.next = &told, test.terminal, 0, time.Now().Add(test.quiet)
		for range 3 {
			io.ReadFull(p, make([]byte, mib))
		}
		if told.String() != test.want {
			t.Errorf("size %d: %q, want %q", test.size, told.String(), test.want)
		}
	}
}
