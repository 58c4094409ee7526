package rpcapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/node"
	"github.com/geth-ss/geth-ss/internal/nettest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var _ node.Lifecycle = (*HTTPServer)(nil)

// TestTLS serves over TLS, refuses plain text, and says what is wrong with its files.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key, pool := selfSigned(t, dir)
	s := startServer(t, HTTPConfig{Host: "127.0.0.1", TLSCert: cert, TLSKey: key}, new(fakeKeys))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	res, err := client.Get(s.URL() + "/" + testID + "/" + testSig)
	if err != nil || res.StatusCode != 200 || res.ProtoMajor != 1 {
		t.Fatal(res, err)
	}
	res.Body.Close()
	if res, err := client.Get(s.URL() + "/%zz"); err == nil {
		t.Error("Go's own client sent a stray percent sign", res)
	}
	status, _, _ := ask(t, s, "GET", "/"+testID+"/"+testSig, "")
	if status != "" {
		t.Errorf("plain text on a TLS port: %q", status)
	}
	missing := NewHTTPServer(HTTPConfig{Host: "127.0.0.1", TLSCert: cert, TLSKey: filepath.Join(dir, "none")}, new(fakeKeys))
	if err := missing.Start(); err == nil || !strings.Contains(err.Error(), "TLS certificate and key") {
		t.Errorf("missing key file: %v", err)
	}
}

// selfSigned writes a certificate for 127.0.0.1.
func selfSigned(t *testing.T, dir string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	cert, key = nettest.CertificateFiles(t, dir, x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true})
	text, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return cert, key, pool
}

// TestHugeHeader: the limits are the library's, the answer ends the connection.
func TestHugeHeader(t *testing.T) {
	s := startHTTP(t, new(fakeKeys))
	status, _, _ := ask(t, s, "GET", "/"+strings.Repeat("a", 2*maxHeader), "")
	if !strings.HasPrefix(status, "HTTP/1.1 431") {
		t.Error(status)
	}
}

// TestReasons: each reason has its row, and what is no reason of ours keeps its text.
func TestReasons(t *testing.T) {
	for r := wire.Internal; r <= wire.TooFew; r++ {
		row, known := rows[r]
		status, text := describe(fmt.Errorf("asking: %w", wire.Errorf(r, "detail")))
		if !known || status != row.status || strings.HasSuffix(text, "detail") != row.detail {
			t.Errorf("%v: known %t, %d %s", r, known, status, text)
		}
	}
	if _, text := describe(errors.New("a path on disk")); text != "Internal error: see the log of the key server" {
		t.Error(text)
	}
}
