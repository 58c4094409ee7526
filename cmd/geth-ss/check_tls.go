package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strconv"
	"time"
)

// renewBefore is how long before its end a certificate is warned of.
const renewBefore = 30 * 24 * time.Hour

// checkTLS loads the certificate of the Secret Store's HTTP API as the server will, and compares it with what is served.
func (c *checkup) checkTLS() {
	const subject = "TLS"
	h := &c.cfg.SecretStore.HTTP
	if !h.Enabled || h.TLSCert == "" || h.TLSKey == "" {
		return
	}
	c.checkPrivate(subject, h.TLSKey)
	pair, err := tls.LoadX509KeyPair(h.TLSCert, h.TLSKey)
	if err != nil {
		c.Fail(subject, "give a PEM certificate and the PEM key that belongs to it", "%s and %s: %v", h.TLSCert, h.TLSKey, err)
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		c.Fail(subject, "give a PEM certificate", "%s: %v", h.TLSCert, err)
		return
	}
	now := time.Now()
	switch left := leaf.NotAfter.Sub(now); {
	case left <= 0:
		c.Fail(subject, "renew it; a running node serves the new one without a restart", "the certificate expired on %s", leaf.NotAfter.UTC().Format(time.DateOnly))
	case leaf.NotBefore.After(now):
		c.Fail(subject, "check this machine's clock", "the certificate is not valid before %s", leaf.NotBefore.UTC().Format(time.DateTime))
	case left < renewBefore:
		c.Warn(subject, "renew it; a running node serves the new one without a restart", "the certificate expires on %s", leaf.NotAfter.UTC().Format(time.DateOnly))
	default:
		c.OK(subject, "the certificate is valid until %s", leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	if len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 {
		c.Warn(subject, "have it issued with subjectAltName", "the certificate names no host, so clients refuse it")
	} else if !everywhere(h.Host) && !loopback(h.Host) && leaf.VerifyHostname(h.Host) != nil {
		c.Warn(subject, "have it issued for this name, if clients use it", "the certificate is not for %s, where it is served", h.Host)
	}
	if c.node != nil {
		c.checkServed(leaf)
	}
}

// checkServed compares the certificate on disk with the one that the running node serves.
func (c *checkup) checkServed(leaf *x509.Certificate) {
	const subject = "TLS"
	h := &c.cfg.SecretStore.HTTP
	host := h.Host
	if everywhere(host) {
		host = "127.0.0.1"
	}
	address := net.JoinHostPort(host, strconv.Itoa(h.Port))
	// Whoever it is is told apart by the certificate itself.
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: checkTimeout}, "tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		c.Warn(subject, "look at the node's log", "the running node does not serve TLS on %s: %v", address, err)
		return
	}
	defer conn.Close()
	served := conn.ConnectionState().PeerCertificates
	if len(served) == 0 || !bytes.Equal(served[0].Raw, leaf.Raw) {
		c.Warn(subject, "wait some seconds for it to read the new one, or send it SIGHUP, and look at its log", "the running node serves another certificate than the one in %s, perhaps the one before a renewal", h.TLSCert)
	}
}
