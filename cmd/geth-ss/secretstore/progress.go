package secretstore

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// progress tells how much of a large document was read.
type progress struct {
	io.Reader
	to         io.Writer
	what       string
	done, size int64 // size is -1 if nobody knows it
	next       time.Time
	every      time.Duration
	terminal   bool // one line, written over again
	told       bool
}

// quietFor is how long a document may take before anything is told, and then how often.
const quietFor = time.Second

// newProgress tells on standard error.
func newProgress(in io.Reader, what string, size int64) *progress {
	return &progress{Reader: in, to: os.Stderr, what: what, size: size, next: time.Now().Add(quietFor), every: quietFor, terminal: onTerminal(os.Stderr)}
}

func onTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// patience tells a person at a terminal what is waited for. A script is told how it ended.
type patience struct {
	mu   sync.Mutex // questions to several nodes go on at once
	to   io.Writer
	next time.Time
}

// newPatience tells on standard error.
func newPatience() *patience {
	if !onTerminal(os.Stderr) {
		return &patience{to: io.Discard}
	}
	return &patience{to: os.Stderr}
}

func (p *patience) tell(what string, waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); !now.Before(p.next) {
		p.next = now.Add(quietFor)
		fmt.Fprintf(p.to, "Waiting for %s (%.0f s)\n", what, waited.Seconds())
	}
}

// asked is tell, of an endpoint.
func (p *patience) asked(endpoint string, waited time.Duration) {
	p.tell("an answer of "+endpoint, waited)
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.done += int64(n)
	if now := time.Now(); !now.Before(p.next) {
		p.next = now.Add(p.every)
		p.tell()
	}
	if err != nil && p.told {
		p.tell()
		p.told = false
		if p.terminal {
			fmt.Fprintln(p.to)
		}
	}
	return n, err
}

func (p *progress) tell() {
	p.told = true
	text := fmt.Sprintf("%s: %d MiB", p.what, p.done>>20)
	if p.size > 0 {
		text = fmt.Sprintf("%s: %d of %d MiB (%d %%)", p.what, p.done>>20, p.size>>20, 100*p.done/p.size)
	}
	if p.terminal {
		fmt.Fprintf(p.to, "\r%s  ", text)
		return
	}
	fmt.Fprintln(p.to, text)
}
