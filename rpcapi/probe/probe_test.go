package probe

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/internal/finding"
	"time"
)

// TestAnswer: GET and HEAD of the two paths, to the letter; all else is left to who comes after.
func TestAnswer(t *testing.T) {
	ill := errors.New("chain: final block 7\r\nis old" + strings.Repeat("é", 300))
	for _, c := range []struct {
		method, target string
		health, ready  error
		status         int // 0: not answered
		body           string
	}{
		{"GET", "/health", nil, ill, 200, "ok\n"},
		{"HEAD", "/health", nil, ill, 200, ""},
		{"GET", "/health", ill, nil, 503, "chain: final block 7  is old"},
		{"GET", "/health", &finding.Attention{What: "servers: waits"}, nil, 200, "attention: servers: waits\n"},
		{"GET", "/ready", ill, nil, 200, "ready\n"},
		{"GET", "/ready", nil, ill, 503, "chain: final block 7  is old"},
		{"HEAD", "/ready", nil, ill, 503, ""},
		{"POST", "/health", nil, nil, 0, ""},
		{"OPTIONS", "/ready", nil, nil, 0, ""},
		{"PUT", "/ready", nil, nil, 0, ""},
		{"get", "/ready", nil, nil, 0, ""},
		{"GET", "/", nil, nil, 0, ""},
		{"GET", "/health/", nil, nil, 0, ""},
		{"GET", "//health", nil, nil, 0, ""},
		{"GET", "/health?x", nil, nil, 0, ""},
		{"GET", "/ready?", nil, nil, 0, ""},
		{"GET", "/Health", nil, nil, 0, ""},
		{"GET", "/%68ealth", nil, nil, 0, ""},
		{"GET", "http://a.example/health", nil, nil, 0, ""},
		{"GET", "/healthy", nil, nil, 0, ""},
	} {
		p := &Probes{Health: func() error { return c.health }, Ready: func() error { return c.ready }}
		w := httptest.NewRecorder()
		answered := p.Answer(w, &http.Request{Method: c.method, RequestURI: c.target})
		if answered != (c.status != 0) {
			t.Errorf("%s %s: answered %t", c.method, c.target, answered)
			continue
		}
		body := w.Body.String()
		if answered && (w.Code != c.status || !strings.HasPrefix(body, c.body) || (body == "") != (c.body == "")) {
			t.Errorf("%s %s: %d %q", c.method, c.target, w.Code, body)
		}
		if strings.Count(body, "\n") > 1 || len(body) > maxReason+10 || strings.ContainsAny(body, "\r") || answered && w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s %s: %v %q", c.method, c.target, w.Header(), body)
		}
	}
	if (*Probes)(nil).Answer(httptest.NewRecorder(), &http.Request{Method: "GET", RequestURI: "/health"}) {
		t.Error("no probes answer")
	}
}

// TestReadyIsCheap: who asks over and over makes the node judge itself a few times a second at most.
func TestReadyIsCheap(t *testing.T) {
	judged := 0
	p := &Probes{Ready: func() error { judged++; return errors.New("no") }}
	begun := time.Now()
	for range 1000 {
		if p.ready() == nil {
			t.Fatal("not told")
		}
	}
	if most := 1 + int(time.Since(begun)/readyFor); judged > most {
		t.Errorf("judged %d times", judged)
	}
	p.Ready, p.until = func() error { return nil }, time.Time{}
	if err := p.ready(); err != nil {
		t.Errorf("it goes on saying %v", err)
	}
}
