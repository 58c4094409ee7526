package nettest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"testing"
)

// TestServe: each connection is handled, and closed after it.
func TestServe(t *testing.T) {
	at := Serve(t, func(c net.Conn) { c.Write([]byte("hello")) })
	for range 2 {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if said, err := io.ReadAll(c); err != nil || string(said) != "hello" {
			t.Errorf("%q, %v", said, err)
		}
	}
}

func TestClosedPort(t *testing.T) {
	if c, err := net.Dial("tcp", ClosedPort(t)); err == nil {
		c.Close()
		t.Error("somebody listens")
	}
}

// TestCertificate: the two files are a pair, and a client that knows the certificate takes a server with it.
func TestCertificate(t *testing.T) {
	cert, key := CertificateFiles(t, t.TempDir(), x509.Certificate{DNSNames: []string{"keys.example"}, IsCA: true, BasicConstraintsValid: true})
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: "keys.example", Roots: roots}); err != nil {
		t.Error(err)
	}
	if other, _ := Certificate(t, x509.Certificate{}); string(other) == "" || roots.AppendCertsFromPEM(other) == false {
		t.Errorf("no certificate: %q", other)
	}
}
