package rpcapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
)

const (
	// certificateEvery is how often the files are looked at. What is new is read when two looks have seen the same, so
	// that a pair of which one file is written after the other is not read in between.
	certificateEvery = 10 * time.Second

	// maxCertificate bounds each of the two files.
	maxCertificate = 1 << 20

	// expirySoon is how long before its end a certificate is warned of, and expiryNag how often.
	expirySoon = 30 * 24 * time.Hour
	expiryNag  = 24 * time.Hour
)

var (
	expiresGauge = metrics.NewRegisteredGauge("ss/tls/expires", nil) // seconds; 0 without TLS
	brokenGauge  = metrics.NewRegisteredGauge("ss/tls/broken", nil)  // 1: the files are not what is served
)

// certificate is what TLS is served with: the last whole pair that its two files have held.
type certificate struct {
	cert, key string // paths, PEM

	served atomic.Pointer[tls.Certificate]

	mu      sync.Mutex
	read    pairState // of the files when they were read last, whole or not
	seen    pairState // at the last look
	warned  time.Time // of the end of what is served
	expires time.Time
}

// pairState tells one state of the two files from another; nil is of a file that can't be looked at.
type pairState [2]fs.FileInfo

// newCertificate reads the pair, which must be whole.
func newCertificate(cert, key string) (*certificate, error) {
	c := &certificate{cert: cert, key: key}
	if err := c.load(c.stat()); err != nil {
		return nil, err
	}
	return c, nil
}

// get implements tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.served.Load(), nil
}

// look reads the files if they have changed and stand still, and warns of a certificate that ends soon.
func (c *certificate) look(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	state := c.stat()
	if settled := state.equal(c.seen); settled && !state.equal(c.read) {
		c.reload(state)
	}
	c.seen = state
	c.judgeExpiry(now)
}

// Reload reads the files now.
func (c *certificate) Reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reload(c.stat())
}

// reload serves what the files hold, or goes on with what is served, and says so once for each state of the files.
func (c *certificate) reload(state pairState) error {
	before := c.expires
	if err := c.load(state); err != nil {
		brokenGauge.Update(1)
		log.Error("The TLS certificate has changed on disk and can't be served: the previous one is still served", "expires", before.UTC().Format(time.DateTime), "err", err)
		return err
	}
	brokenGauge.Update(0)
	log.Info("Serving the TLS certificate from disk", "cert", c.cert, "expires", c.expires.UTC().Format(time.DateTime))
	return nil
}

func (c *certificate) load(state pairState) error {
	c.read = state
	pair, err := loadPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("reading the TLS certificate and key (%s, %s): %w", c.cert, c.key, err)
	}
	c.expires, c.warned = pairEnd(pair), time.Time{}
	c.served.Store(pair)
	return nil
}

// judgeExpiry warns once a day of a certificate that ends soon, or has ended.
func (c *certificate) judgeExpiry(now time.Time) {
	left := c.expires.Sub(now)
	expiresGauge.Update(int64(left / time.Second))
	if left > expirySoon || now.Sub(c.warned) < expiryNag {
		return
	}
	c.warned = now
	when := c.expires.UTC().Format(time.DateTime)
	if left <= 0 {
		log.Error("The TLS certificate of the Secret Store HTTP API has expired: clients refuse it. Put a new one in its place; it is served without a restart", "cert", c.cert, "expired", when)
		return
	}
	log.Warn("The TLS certificate of the Secret Store HTTP API expires soon: put a new one in its place; it is served without a restart", "cert", c.cert, "expires", when, "days", int(left/(24*time.Hour)))
}

func (c *certificate) stat() (state pairState) {
	for i, path := range []string{c.cert, c.key} {
		if info, err := os.Stat(path); err == nil {
			state[i] = info
		}
	}
	return state
}

func (a pairState) equal(b pairState) bool {
	for i := range a {
		if a[i] == nil || b[i] == nil {
			if a[i] != b[i] {
				return false
			}
			continue
		}
		if !os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime()) {
			return false
		}
	}
	return true
}

func loadPair(cert, key string) (*tls.Certificate, error) {
	certPEM, err := readBounded(cert)
	if err != nil {
		return nil, err
	}
	keyPEM, err := readBounded(key)
	defer clear(keyPEM)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	return &pair, err
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxCertificate+1))
	if err == nil && len(text) > maxCertificate {
		err = errors.New("it has more than a MiB: is it the right file?")
	}
	if err != nil {
		return text, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

// pairEnd is when the first certificate of the chain ends: clients refuse it from then on.
func pairEnd(pair *tls.Certificate) time.Time {
	end := pair.Leaf.NotAfter
	for _, der := range pair.Certificate[1:] {
		if issuer, err := x509.ParseCertificate(der); err == nil && issuer.NotAfter.Before(end) {
			end = issuer.NotAfter
		}
	}
	return end
}

// watch looks at the files until quit is closed.
func (c *certificate) watch(quit <-chan struct{}) {
	tick := time.NewTicker(certificateEvery)
	defer tick.Stop()
	c.look(time.Now())
	for {
		select {
		case <-quit:
			return
		case now := <-tick.C:
			c.look(now)
		}
	}
}
