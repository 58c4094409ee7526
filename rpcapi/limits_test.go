package rpcapi

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/internal/leak"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

func TestMain(m *testing.M) {
	// geth's keystore watches its directory as long as it is in use, and is never told
	// that it no longer is.
	leak.Main(m, "accounts/keystore.(*watcher)", "notify.")
}

// startLimited is startHTTP with limits.
func startLimited(t *testing.T, keys KeyServer, change func(*limits.Config)) *HTTPServer {
	t.Helper()
	cfg := limits.Default()
	change(&cfg)
	return startServer(t, HTTPConfig{Host: "127.0.0.1", Limits: cfg}, keys)
}

// TestRequestRate: beyond the allowance of an address every request, good or bad, gets a
// 429 in the form of Parity's errors that says when to come again, and reaches nobody.
func TestRequestRate(t *testing.T) {
	keys := new(fakeKeys)
	s := startLimited(t, keys, func(c *limits.Config) { c.AddressRequests = 3 })
	read := "/" + testID + "/" + testSig
	for _, target := range []string{read, "/rubbish", read} {
		if status, _, _ := ask(t, s, "GET", target, ""); strings.Contains(status, "429") {
			t.Fatal("refused too early: " + status)
		}
	}
	keys.called()
	for _, target := range []string{read, "/rubbish"} {
		status, header, body := ask(t, s, "GET", target, "")
		if status != "HTTP/1.1 429 Too Many Requests" || body != `"\"Limit exceeded: too many requests of one address\""` ||
			header["retry-after"] != "20" || header["content-type"] != jsonType {
			t.Errorf("%s: %s %v %s", target, status, header, body)
		}
	}
	if called := keys.called(); called != "" {
		t.Error("a request over the limit was worked on: " + called)
	}
}

// TestGenerationRate: key generations have an allowance of their own; reads go on.
func TestGenerationRate(t *testing.T) {
	keys := new(fakeKeys)
	s := startLimited(t, keys, func(c *limits.Config) { c.AddressGenerations = 2 })
	for i, target := range []string{"/shadow/" + testID + "/" + testSig + "/1", "/" + testID + "/" + testSig + "/1", "/shadow/" + testID + "/" + testSig + "/1"} {
		status, header, body := ask(t, s, "POST", target, "")
		if over := i == 2; over != strings.Contains(status, " 429 ") || over && (header["retry-after"] != "30" || !strings.Contains(body, "too many key generations")) {
			t.Errorf("generation %d: %s %v %s", i, status, header, body)
		}
	}
	if status, _, _ := ask(t, s, "GET", "/"+testID+"/"+testSig, ""); !strings.Contains(status, " 200 ") {
		t.Error("a read is refused for generations: " + status)
	}
}

// TestRetryAfter: what the key server says of its own limits crosses the door, and what
// another node says.
func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&limits.Exceeded{Detail: "x", RetryAfter: 1500 * time.Millisecond}, "2"},
		{&limits.Exceeded{Detail: "full"}, ""},
		{wire.Errorf(wire.Limit, "x"), "1"},
		{wire.Errorf(wire.Denied, "x"), ""},
	} {
		s := startHTTP(t, &fakeKeys{err: c.err})
		status, header, body := ask(t, s, "GET", "/"+testID+"/"+testSig, "")
		if header["retry-after"] != c.want || strings.Contains(status, " 429 ") != (wire.ReasonOf(c.err) == wire.Limit) {
			t.Errorf("%v: %s %v %s", c.err, status, header, body)
		}
	}
}

// dial opens a connection and sends the beginning of a request.
func dial(t *testing.T, s *HTTPServer, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

// closed waits until the server has closed a connection without an answer.
func closed(t *testing.T, conn net.Conn) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	n, err := conn.Read(make([]byte, 1))
	var timeout net.Error
	if n != 0 || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("%d bytes, %v: the connection is not closed", n, err)
	}
}

// TestConnectionsOfOneAddress: one more than may takes the place of the one of that address that was idle longest.
func TestConnectionsOfOneAddress(t *testing.T) {
	s := startLimited(t, new(fakeKeys), func(c *limits.Config) { c.AddressConnections = 2 })
	first := dial(t, s, "G")
	untilOpen(t, s, 1)
	dial(t, s, "G")
	untilOpen(t, s, 2)
	dial(t, s, "")
	closed(t, first)
	untilOpen(t, s, 2)
	if status, _, _ := ask(t, s, "GET", "/"+testID+"/"+testSig, ""); !strings.Contains(status, " 200 ") {
		t.Error(status)
	}
}

// untilOpen waits until the server counts that many connections.
func untilOpen(t *testing.T, s *HTTPServer, want int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if s.conns.Open() == want {
			return
		}
	}
	t.Fatalf("never %d connections open", want)
}

// TestSlowLoris: clients that hold all connections with requests they never finish keep
// nobody out, over TLS neither, and whoever is being served keeps the connection.
func TestSlowLoris(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%t", secure), func(t *testing.T) {
			gone := make(chan struct{})
			keys := &fakeKeys{blocked: gone}
			cfg := HTTPConfig{Host: "127.0.0.1", Limits: limits.Config{Connections: 4}}
			client := &http.Client{Transport: &http.Transport{}}
			if secure {
				cert, key, pool := selfSigned(t, t.TempDir())
				cfg.TLSCert, cfg.TLSKey = cert, key
				client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
			}
			defer client.CloseIdleConnections()
			s := NewHTTPServer(cfg, keys)
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			served := make(chan error, 1)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { // stays under way until it is cancelled
				req, _ := http.NewRequestWithContext(ctx, "GET", s.URL()+"/"+testID+"/"+testSig, nil)
				_, err := client.Do(req)
				served <- err
			}()
			for keys.called() == "" {
				time.Sleep(time.Millisecond)
			}
			keys.mu.Lock()
			keys.blocked, keys.err = nil, nil
			keys.mu.Unlock()
			beginnings := []string{"", "GET /", "POST /" + testID + " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"}
			if secure {
				beginnings = []string{"", "\x16\x03\x01", "\x16"} // of a handshake
			}
			for i := range 12 { // three times the house
				dial(t, s, beginnings[i%3])
			}
			untilOpen(t, s, 4)
			for range 5 {
				res, err := client.Get(s.URL() + "/" + testID + "/" + testSig)
				if err != nil || res.StatusCode != 200 {
					t.Fatal("an honest client is kept out:", res, err)
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				client.CloseIdleConnections()
			}
			select {
			case err := <-served:
				t.Error("the request under way was cut off:", err)
			default:
			}
			select {
			case <-gone:
				t.Error("the request under way was cancelled")
			default:
			}
			cancel()
			<-gone // what the client hears is open: over TLS it says goodbye first, and may see an answer to that
			<-served
		})
	}
}

// TestHugeBodies: a body over the limit is a 400, whether it is announced or not, and
// nobody reads it to its end.
func TestHugeBodies(t *testing.T) {
	keys := new(fakeKeys)
	s := startHTTP(t, keys)
	for name, head := range map[string]string{
		"announced": "Content-Length: 1000000000\r\n\r\n",
		"chunked":   "Transfer-Encoding: chunked\r\n\r\n3b9aca00\r\n",
	} {
		conn := dial(t, s, "POST /"+testID+"/"+testSig+"/1 HTTP/1.1\r\nHost: x\r\n"+head)
		chunk := make([]byte, 64<<10)
		sent := 0
		conn.SetDeadline(time.Now().Add(time.Minute))
		for err := error(nil); err == nil && sent < 1<<30; sent += len(chunk) {
			_, err = conn.Write(chunk)
		}
		if sent > 64<<20 {
			t.Errorf("%s: the server took %d bytes", name, sent)
		}
		line, _ := bufio.NewReader(conn).ReadString('\n')
		if line != "" && !strings.HasPrefix(line, "HTTP/1.1 400") {
			t.Errorf("%s: %s", name, line)
		}
		if called := keys.called(); called != "" {
			t.Errorf("%s: worked on: %s", name, called)
		}
	}
}

// TestRPCLimits: a flood of JSON-RPC calls gets an error of its own; IPC is free.
func TestRPCLimits(t *testing.T) {
	v := loadVectors(t)
	d := newDoor(t, v, Options{PasswordRPC: true, Limits: limits.Config{AddressRequests: 3}})
	d.post(t, "secretstore_status")
	d.post(t, "secretstore_peers")
	d.post(t, "secretstore_serversSetHash", []string{})
	c := v.named(t, "sign_raw_hash_00a329")
	for method, params := range map[string][]any{
		"status": nil, "peers": nil, "serversSetHash": {[]string{}}, "signRawHash": {c.Address, "", c.RawHash},
	} {
		want := `{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"Limit exceeded: too many requests of one address","data":{"retryAfter":20}}}`
		if got := d.post(t, "secretstore_"+method, params...); got != want {
			t.Errorf("%s: %s", method, got)
		}
	}
	for range 10 {
		var hash string
		if err := d.inproc.Call(&hash, "secretstore_serversSetHash", []string{}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUnlockBursts: a burst of calls with a password is served to the last one, by every
// method that opens a key file, whatever the number of calls.
func TestUnlockBursts(t *testing.T) {
	v := loadVectors(t)
	d := newSlowDoor(t, v, Options{PasswordRPC: true, Limits: limits.Default()}, 1024)
	raw, plain := v.named(t, "sign_raw_hash_00a329"), "0x"+strings.Repeat("00", 100)
	burst := func(method string, params ...any) (failed string) {
		t.Helper()
		answers := make(chan string)
		for range 150 {
			go func() { answers <- d.post(t, "secretstore_"+method, params...) }()
		}
		for range 150 {
			if got := <-answers; strings.Contains(got, `"error"`) {
				failed = got
			}
		}
		return failed
	}
	if failed := burst("signRawHash", raw.Address, "", raw.RawHash); failed != "" {
		t.Error("signRawHash: ", failed)
	}
	var made struct {
		EncryptedKey string `json:"encrypted_key"`
	}
	server, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	point := hexutil.Encode(crypto.FromECDSAPub(&server.PublicKey)[1:])
	if err := d.inproc.Call(&made, "secretstore_generateDocumentKey", raw.Address, "", point); err != nil {
		t.Fatal(err)
	}
	if failed := burst("encrypt", raw.Address, "", made.EncryptedKey, plain); failed != "" {
		t.Error("encrypt: ", failed)
	}
}

// TestUnlockMemory: how many key files are decrypted at once is a matter of the memory
// that each takes, as it says itself.
func TestUnlockMemory(t *testing.T) {
	for file, want := range map[string]int64{
		`{"crypto":{"kdf":"scrypt","kdfparams":{"n":262144,"r":8,"p":1}}}`: 256 << 20,
		`{"crypto":{"kdf":"scrypt","kdfparams":{"n":4096,"r":8,"p":6}}}`:   4 << 20,
		`{"Crypto":{"KDFParams":{"N":4096,"R":8}}}`:                        4 << 20,
		`{"crypto":{"kdfparams":{"n":4294967295,"r":4294967295}}}`:         math.MaxInt64,
		`{"crypto":{"kdf":"pbkdf2","kdfparams":{"c":262144}}}`:             0,
		`{"crypto":{"kdfparams":{"n":-1}}}`:                                0,
		`rubbish`:                                                          0,
	} {
		if got := scryptMemory([]byte(file)); got != want {
			t.Errorf("%s: %d, want %d", file, got, want)
		}
	}
}

// TestUnlocksBounded: calls that wait to decrypt key files are bounded by the memory that
// they hold, and told apart from a wrong password.
func TestUnlocksBounded(t *testing.T) {
	k := newKeyring(nil)
	var releases []func()
	for k.unlocks.Running() < max(2, runtime.GOMAXPROCS(0)/2) {
		release, err := k.unlocks.Take(t.Context(), "", 0)
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, release)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	for range 4 {
		go func() { done <- k.with(ctx, common.Address{}, "", maxUnlockHeld/5, nil) }()
	}
	for range 2 { // of one owner half may be held
		if err := limitError(<-done); !strings.Contains(err.Error(), "Limit exceeded") {
			t.Error(err)
		}
	}
	cancel()
	for range 2 {
		var locked *unlockError
		if err := <-done; !errors.As(err, &locked) {
			t.Error(err)
		}
	}
	for _, release := range releases {
		release()
	}
}
