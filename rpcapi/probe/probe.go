// Package probe answers GET and HEAD of /health and /ready, by which a supervisor or a load balancer asks whether to
// restart a node, and whether to send it requests. Everything else, however near, is somebody else's.
package probe

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/geth-ss/geth-ss/internal/finding"
)

// Probes are what to ask. No limit stands before them: so Ready, which may take a little, is asked a few times a second
// at most, and Health has to cost next to nothing.
type Probes struct {
	// Health: nil: the process serves, and its loops answer. A *finding.Attention: so it is, but people should look; the
	// status stays that of a healthy one, and the line is not "ok".
	Health func() error
	Ready  func() error // nil: what it is there for would be done now

	mu    sync.Mutex
	until time.Time // to which the last answer of Ready is good enough
	last  error
}

// readyFor is for how long that is.
const readyFor = 500 * time.Millisecond

func (p *Probes) ready() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !time.Now().Before(p.until) {
		p.last = p.Ready()
		p.until = time.Now().Add(readyFor)
	}
	return p.last
}

// maxReason bounds the answer: some of it may come from other nodes.
const maxReason = 300

// Answer answers a request if it is one of the two, to the letter of its target.
func (p *Probes) Answer(w http.ResponseWriter, r *http.Request) bool {
	if p == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	ask, good := p.Health, "ok"
	switch r.RequestURI {
	case "/health":
	case "/ready":
		ask, good = p.ready, "ready"
	default:
		return false
	}
	status, line := http.StatusOK, good
	var works *finding.Attention
	switch err := ask(); {
	case errors.As(err, &works): // a supervisor that starts it again makes nothing better
		line = oneLine("attention: " + works.What)
	case err != nil:
		status, line = http.StatusServiceUnavailable, oneLine(err.Error())
	}
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		w.Write([]byte(line + "\n"))
	}
	return true
}

// oneLine is a reason as one line of bounded length.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + " …"
	}
	return text
}
