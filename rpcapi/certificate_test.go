package rpcapi

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/internal/logtest"
)

// servedTo is the certificate that a client is shown.
func servedTo(t *testing.T, s *HTTPServer) string {
	t.Helper()
	conn, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return string(conn.ConnectionState().PeerCertificates[0].Raw)
}

// replace puts the file of that name in another directory in the place of path, as renewal programs do.
func replace(t *testing.T, path, by string) {
	t.Helper()
	text, err := os.ReadFile(by)
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestCertificateChanges: a pair that changes on disk is served without a word to the node, once both files stand still.
// One that is not whole is told once, and the pair of before is served on; so at Reload, which reads at once.
func TestCertificateChanges(t *testing.T) {
	cert, key, _ := selfSigned(t, t.TempDir())
	newCert, newKey, _ := selfSigned(t, t.TempDir())
	s := startServer(t, HTTPConfig{Host: "127.0.0.1", TLSCert: cert, TLSKey: key}, new(fakeKeys))
	first, out, now := servedTo(t, s), logtest.Capture(t, log.LevelInfo), time.Now()
	look := func(times int) {
		for range times {
			s.tls.look(now)
		}
	}
	tells := func(what string, lines int) {
		t.Helper()
		if got := strings.Count(out.String(), what); got != lines {
			t.Errorf("%q is told %d times, want %d:\n%s", what, got, lines, out)
		}
		out.Reset()
	}

	look(3)
	out.Reset() // of the certificate that ends in an hour
	replace(t, cert, newCert)
	look(1)
	if servedTo(t, s) != first {
		t.Error("read while it was being changed")
	}
	tells("TLS certificate", 0)
	look(5)
	if servedTo(t, s) != first || brokenGauge.Snapshot().Value() != 1 {
		t.Error("a certificate without its key is served, or no metric tells of it")
	}
	tells("can't be served", 1)

	replace(t, key, newKey)
	look(2)
	second := servedTo(t, s)
	if second == first || brokenGauge.Snapshot().Value() != 0 {
		t.Error("the new pair is not served, or the metric stays")
	}
	tells("Serving the TLS certificate from disk", 1)

	for name, spoil := range map[string]func() error{
		"cut":       func() error { return os.Truncate(cert, 100) },
		"empty":     func() error { return os.Truncate(cert, 0) },
		"gone":      func() error { return os.Remove(cert) },
		"too large": func() error { return os.WriteFile(cert, make([]byte, maxCertificate+1), 0o600) },
		"no PEM":    func() error { return os.WriteFile(cert, []byte("certificate"), 0o600) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		look(4)
		if servedTo(t, s) != second {
			t.Errorf("%s: something else is served", name)
		}
		tells("can't be served", 1)
		if err := s.Reload(); err == nil || !strings.Contains(err.Error(), filepath.Base(cert)) {
			t.Errorf("%s: Reload says %v", name, err)
		}
		out.Reset()
		replace(t, cert, newCert)
		if err := s.Reload(); err != nil || servedTo(t, s) != second {
			t.Errorf("%s, and mended: %v", name, err)
		}
		look(3)
		out.Reset()
	}
}

// TestCertificateExpiry: the metric counts down, and from 30 days before its end on a certificate is warned of once a day.
func TestCertificateExpiry(t *testing.T) {
	cert, key, _ := selfSigned(t, t.TempDir())
	c, err := newCertificate(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	out, end := logtest.Capture(t, log.LevelInfo), c.served.Load().Leaf.NotAfter
	const day = 24 * time.Hour
	for _, step := range []struct {
		left  time.Duration
		lines int
		what  string
	}{
		{31 * day, 0, ""},
		{30*day + time.Second, 0, ""},
		{30*day - time.Second, 1, "days=29"},
		{30*day - time.Minute, 0, ""},
		{29*day + time.Hour, 0, ""},
		{29*day - time.Hour, 1, "days=28"},
		{time.Hour, 1, "expires soon"},
		{-day, 1, "has expired"},
		{-day - time.Hour, 0, ""},
		{-2 * day, 1, "has expired"},
	} {
		out.Reset()
		c.look(end.Add(-step.left))
		if got := out.Lines(); got != step.lines || !strings.Contains(out.String(), step.what) {
			t.Errorf("%v before its end: %d lines, want %d with %q:\n%s", step.left, got, step.lines, step.what, out)
		}
		if got := expiresGauge.Snapshot().Value(); got != int64(step.left/time.Second) {
			t.Errorf("%v before its end the metric is %d", step.left, got)
		}
	}
}
