package main

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/finding/findingtest"
	"github.com/geth-ss/geth-ss/internal/nettest"
)

// selfSigned makes a self-signed certificate and its key as PEM files.
func selfSigned(t *testing.T, change func(*x509.Certificate)) (cert, key string) {
	t.Helper()
	template := x509.Certificate{
		Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"keys.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour),
	}
	if change != nil {
		change(&template)
	}
	return nettest.CertificateFiles(t, t.TempDir(), template)
}

func TestCheckTLS(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	ends := func(in time.Duration) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = time.Now().Add(in) }
	}
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		then   func(t *testing.T, c *checkup)
		level  finding.Level
		words  string
	}{
		"as it should be": {nil, nil, finding.OK, "is valid until"},
		"expired":         {ends(-time.Minute), nil, finding.Error, "expired on"},
		"expires soon":    {ends(29 * day), nil, finding.Warning, "expires on"},
		"not so soon":     {ends(31 * day), nil, finding.OK, "is valid until"},
		"not yet valid":   {func(c *x509.Certificate) { c.NotBefore = time.Now().Add(day) }, nil, finding.Error, "not valid before"},
		"names no host":   {func(c *x509.Certificate) { c.DNSNames = nil }, nil, finding.Warning, "names no host"},
		"names another": {nil, func(_ *testing.T, c *checkup) { c.cfg.SecretStore.HTTP.Host = "other.example" },
			finding.Warning, "is not for other.example"},
		"another's key": {nil, func(t *testing.T, c *checkup) { _, c.cfg.SecretStore.HTTP.TLSKey = selfSigned(t, nil) },
			finding.Error, "private key does not match"},
		"no such file": {nil, func(_ *testing.T, c *checkup) { c.cfg.SecretStore.HTTP.TLSCert = "/no/such/file" }, finding.Error, "no such file"},
		"open key": {nil, func(t *testing.T, c *checkup) {
			if err := os.Chmod(c.cfg.SecretStore.HTTP.TLSKey, 0o644); err != nil {
				t.Fatal(err)
			}
		}, finding.Warning, "read by others"},
	} {
		check := newCheckup(func(check *checkup) {
			h := &check.cfg.SecretStore.HTTP
			h.TLSCert, h.TLSKey = selfSigned(t, c.change)
			if c.then != nil {
				c.then(t, check)
			}
		})
		if check.checkTLS(); !findingtest.Has(check.List, c.level, "TLS", c.words) {
			t.Errorf("%s: no %s of %q in %q", name, c.level, c.words, check.List)
		}
	}
}

// TestCheckServed: a certificate that was renewed on disk, and that the running node does not serve yet.
func TestCheckServed(t *testing.T) {
	t.Parallel()
	node := rpc.DialInProc(rpc.NewServer())
	defer node.Close()
	cert, key := selfSigned(t, nil)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}}
	serves := nettest.Serve(t, func(c net.Conn) { tls.Server(c, config).Handshake() })
	plain := nettest.Serve(t, func(c net.Conn) { c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) })
	renewed, newKey := selfSigned(t, nil)
	for name, c := range map[string]struct{ cert, key, address, words string }{
		"served":      {cert, key, serves, ""},
		"renewed":     {renewed, newKey, serves, "serves another certificate"},
		"without TLS": {cert, key, plain, "does not serve TLS"},
		"not at all":  {cert, key, nettest.ClosedPort(t), "does not serve TLS"},
	} {
		check := newCheckup(func(check *checkup) {
			h := &check.cfg.SecretStore.HTTP
			address, err := net.ResolveTCPAddr("tcp", c.address)
			if err != nil {
				t.Fatal(err)
			}
			h.TLSCert, h.TLSKey, h.Port, check.node = c.cert, c.key, address.Port, node
		})
		check.checkTLS()
		if c.words == "" && check.Worst() != finding.OK || c.words != "" && !findingtest.Has(check.List, finding.Warning, "TLS", c.words) {
			t.Errorf("%s: %q", name, check.List)
		}
	}
}
