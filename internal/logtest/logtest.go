// Package logtest lets a test read a log while it is still being written to. It is for tests alone.
package logtest

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/log"
)

// Buffer keeps what is written to it. Goroutines may write and read it at the same time, which they may not do with a
// bytes.Buffer. The zero value is empty and ready to use.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

// Write never fails.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String is all that was written since the last Reset.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Lines is the number of whole lines written since the last Reset.
func (b *Buffer) Lines() int { return strings.Count(b.String(), "\n") }

// Reset forgets what was written.
func (b *Buffer) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Reset()
}

// Capture has the default logger write to a buffer until the test ends: records of that level and above, each as one
// line, in the form for terminals and without colours.
func Capture(t testing.TB, level slog.Level) *Buffer {
	t.Helper()
	b, before := new(Buffer), log.Root()
	log.SetDefault(log.NewLogger(log.NewTerminalHandlerWithLevel(b, level, false)))
	t.Cleanup(func() { log.SetDefault(before) })
	return b
}
