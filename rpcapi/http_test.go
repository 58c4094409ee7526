package rpcapi

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/ecies"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/ports"
)

func hexOf(b []byte) string   { return hex.EncodeToString(b) }
func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// fakeKeys answers every request with err, or with fixed values, and remembers the last.
type fakeKeys struct {
	mu       sync.Mutex
	err      error
	last     string
	count    int // of requests
	accesses chan wire.Access
	code     map[common.Address]bool
	codeErr  error
	health   error
	ready    error
	servers  *wire.ServersInfo
	blocked  chan struct{} // if set, requests wait until their client is gone, then close it
}

func (f *fakeKeys) note(ctx context.Context, format string, args ...any) error {
	f.mu.Lock()
	f.last = fmt.Sprintf(format, args...)
	f.count++
	blocked, err := f.blocked, f.err
	f.mu.Unlock()
	if blocked != nil {
		<-ctx.Done()
		close(blocked)
	}
	return err
}

// fail has every request answered with err from now on.
func (f *fakeKeys) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fakeKeys) counted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

func (f *fakeKeys) called() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.last = "" }()
	return f.last
}

var testPoint = wire.Point{0: 0xaa, 63: 0xbb}

// testChain and testCluster are whose requests fakeKeys takes.
const testChain = 1337

var testCluster = wire.ClusterID{0: 0xc1, 31: 0x05}

func (f *fakeKeys) Domain() (uint64, wire.ClusterID) { return testChain, testCluster }

func (f *fakeKeys) HasCode(_ context.Context, account common.Address) (bool, error) {
	return f.code[account], f.codeErr
}

func (f *fakeKeys) Cluster() *wire.ClusterInfo {
	info := wire.NewClusterInfo(testChain, testCluster, "main", []wire.NodeID{wire.NodeID(testPoint)}, 1)
	info.Block = &wire.BlockInfo{Number: 7, Timestamp: 1_700_000_000}
	info.Permission = &wire.Permission{By: wire.ByRegistry, Registrar: &common.Address{0: 0x5e}, Contract: &common.Address{0: 0xac}}
	info.Set = &wire.SetRef{Epoch: 1, Hash: common.Hash{1}}
	return info
}

// testServerKey has the form of a server key.
func testServerKey(id wire.KeyID) *wire.ServerKey {
	r := testRelease(id)
	certificate := &wire.Certificate{Setup: r.Setup, Commitments: r.Commitments, Signatures: r.Signatures}
	return &wire.ServerKey{Key: id, Version: wire.SessionID{1}, Public: testPoint, Certificate: certificate}
}

// testStored has the form of a proof.
func testStored(id wire.KeyID) *wire.Stored {
	return &wire.Stored{Certificate: testServerKey(id).Certificate, Document: wire.DocumentRecord{Key: id, Version: wire.SessionID{1}, Common: testPoint,
		Encrypted: testPoint, Signatures: []wire.IndexedSign{{Index: 1}}}}
}

// testRelease has the form of a release, if not the meaning.
func testRelease(key wire.KeyID) *wire.Release {
	block := wire.BlockRef{Number: 7}
	return &wire.Release{
		Setup:       wire.Terms{Cluster: testCluster, Key: key, SetSize: 1, Members: []wire.NodeID{wire.NodeID(testPoint)}},
		Commitments: []wire.Point{testPoint}, Signatures: []wire.Signature{{}}, Request: wire.RetrieveTerms{Shadow: true, Block: block, Set: []uint32{1}},
		Parts: []wire.Partial{{Sealed: make([]byte, wire.SealedShadowSize)}}, Receipt: wire.Receipt{Key: key, Block: block, Granted: true},
	}
}

// RetrieveMany denies keys whose last byte is not 0.
func (f *fakeKeys) WatchAccess(ctx context.Context, proof wire.Proof, keys []wire.KeyID) (<-chan wire.Access, error) {
	return f.accesses, f.note(ctx, "watch %v", keys)
}

func (f *fakeKeys) RetrieveMany(ctx context.Context, proof wire.Proof, keys []wire.KeyID) ([]wire.Outcome, error) {
	outcomes := make([]wire.Outcome, len(keys))
	for i, key := range keys {
		if outcomes[i] = (wire.Outcome{Key: key, Release: testRelease(key)}); key[31] != 0 {
			outcomes[i] = wire.Outcome{Key: key, Err: wire.Errorf(wire.Denied, "the contract says no")}
		}
	}
	return outcomes, f.note(ctx, "retrieve %x %d", proof.Hash(), len(keys))
}

func (f *fakeKeys) GenerateServerKey(ctx context.Context, r *wire.Requester, id wire.KeyID, t uint32) (*wire.ServerKey, error) {
	return testServerKey(id), f.note(ctx, "generate server key %v %v %d", r.Address, id, t)
}

func (f *fakeKeys) StoreDocumentKey(ctx context.Context, r *wire.Requester, id wire.KeyID, common, encrypted wire.Point) (*wire.Stored, error) {
	return testStored(id), f.note(ctx, "store %v %v %x %x", r.Address, id, common[:2], encrypted[:2])
}

func (f *fakeKeys) GenerateDocumentKey(ctx context.Context, r *wire.Requester, id wire.KeyID, t uint32) ([]byte, error) {
	return []byte{4, 5}, f.note(ctx, "generate document key %v %v %d", r.Address, id, t)
}

func (f *fakeKeys) ServerKey(ctx context.Context, r *wire.Requester, id wire.KeyID) (*wire.ServerKey, error) {
	return testServerKey(id), f.note(ctx, "server key %v %v", r.Address, id)
}

func (f *fakeKeys) DocumentKey(ctx context.Context, r *wire.Requester, id wire.KeyID) ([]byte, error) {
	return []byte{4, 6}, f.note(ctx, "document key %v %v", r.Address, id)
}

func (f *fakeKeys) DocumentKeyShadow(ctx context.Context, r *wire.Requester, id wire.KeyID) (*wire.Shadow, error) {
	s := &wire.Shadow{DecryptedSecret: testPoint, CommonPoint: testPoint, Shadows: [][]byte{{4, 1}, {4, 2}}}
	return s, f.note(ctx, "shadow %v %v", r.Address, id)
}

// Sign answers a legacy request, or one with a reply key, with a sealed signature.
func (f *fakeKeys) Sign(ctx context.Context, r *wire.Requester, id wire.KeyID, scheme wire.Scheme, hash common.Hash) (*wire.Signed, error) {
	s := &wire.Signed{Key: id, Version: wire.SessionID{1}, Scheme: scheme, Hash: hash, Public: testPoint, Block: wire.BlockRef{Number: 7}, Certificate: testServerKey(id).Certificate}
	s.Signature = bytes.Repeat([]byte{byte(scheme)}, scheme.Size())
	if pub, err := crypto.UnmarshalPubkey(append([]byte{4}, r.Public[:]...)); err == nil {
		sealed, err := ecies.Encrypt(rand.Reader, ecies.ImportECDSAPublic(pub), s.Signature, nil, []byte{0, 0})
		if err != nil {
			return nil, err
		}
		s.Signature, s.Sealed = nil, sealed
	}
	return s, f.note(ctx, "sign %v %v %v %v", r.Address, id, scheme, hash)
}

func (f *fakeKeys) Status() any { return map[string]any{"role": "fake"} }

func (f *fakeKeys) PublicStatus() any { return map[string]any{"role": "public"} }

func (f *fakeKeys) Health() error { return f.health }

func (f *fakeKeys) Ready() error { return f.ready }

func (f *fakeKeys) ExplainOwnAccess(ctx context.Context, r *wire.Requester, id wire.KeyID) (any, error) {
	return "own access", f.note(ctx, "explain own %x %x", r.Address[18:], id[30:])
}
func (f *fakeKeys) Peers() any { return []string{"peer"} }

func (f *fakeKeys) KeyStatus(ctx context.Context, id wire.KeyID) (any, error) {
	return "status", f.note(ctx, "key status %x", id[30:])
}

func (f *fakeKeys) Keys(ctx context.Context, from wire.KeyID, count int) (any, error) {
	return "page", f.note(ctx, "keys %x %d", from[30:], count)
}

func (f *fakeKeys) ExplainAccess(ctx context.Context, requester common.Address, id wire.KeyID) (any, error) {
	if requester == (common.Address{}) {
		return "access", f.note(ctx, "explain the zero address")
	}
	return "access", f.note(ctx, "explain %x %x", requester[18:], id[30:])
}

// startHTTP runs the real server on a loopback port.
func startHTTP(t *testing.T, keys KeyServer, cors ...string) *HTTPServer {
	t.Helper()
	return startServer(t, HTTPConfig{Host: "127.0.0.1", Cors: cors}, keys)
}

// startServer runs a server until the test ends.
func startServer(t *testing.T, cfg HTTPConfig, keys KeyServer) *HTTPServer {
	t.Helper()
	s := NewHTTPServer(cfg, keys)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// exchange sends bytes as they are and returns status line, headers (names in lower
// case, without Date) and body.
func exchange(t *testing.T, s *HTTPServer, raw string) (status string, header map[string]string, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	header = map[string]string{}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name = strings.ToLower(name); name != "date" && name != "connection" {
			header[name] = value
		}
	}
	return lines[0], header, body
}

// ask sends a request and has the connection closed after the answer.
func ask(t *testing.T, s *HTTPServer, method, target, body string, headers ...string) (string, map[string]string, string) {
	t.Helper()
	raw := method + " " + target + " HTTP/1.1\r\nHost: " + s.Addr().String() + "\r\nConnection: close\r\n"
	for _, h := range headers {
		raw += h + "\r\n"
	}
	if body != "" {
		raw += "Content-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	return exchange(t, s, raw+"\r\n"+body)
}

const jsonType = "application/json; charset=utf-8"

// TestHTTPSuccess: each endpoint's call and answer, byte for byte.
func TestHTTPSuccess(t *testing.T) {
	keys := new(fakeKeys)
	s := startHTTP(t, keys)
	who := "0x55C2D0E2a977B88AF9B221B285dea048c15F6291 0x" + testID
	point := hexOf(testPoint[:])
	for _, c := range []struct{ method, target, call, body string }{
		{"POST", "/shadow/" + testID + "/" + testSig + "/2", "generate server key " + who + " 2", `"0x` + point + `"`},
		{"POST", "/shadow/" + testID + "/" + testSig + "/" + pointA + "/" + pointB, "store " + who + " b486 1395", ""},
		{"POST", "/" + testID + "/" + testSig + "/+02", "generate document key " + who + " 2", `"0x0405"`},
		{"GET", "/server/" + testID + "/" + testSig, "server key " + who, `"0x` + point + `"`},
		{"GET", "/" + testID + "/" + testSig, "document key " + who, `"0x0406"`},
		{"GET", "/shadow/" + testID + "/" + testSig, "shadow " + who,
			`{"decrypted_secret":"0x` + point + `","common_point":"0x` + point + `","decrypt_shadows":["0x0401","0x0402"]}`},
	} {
		status, header, body := ask(t, s, c.method, c.target, "")
		if call := keys.called(); !strings.EqualFold(call, c.call) {
			t.Errorf("%s %.20s: called %q, want %q", c.method, c.target, call, c.call)
		}
		want := map[string]string{"content-length": strconv.Itoa(len(c.body))}
		if c.body != "" {
			want["content-type"] = jsonType
		}
		if status != "HTTP/1.1 200 OK" || body != c.body || fmt.Sprint(header) != fmt.Sprint(want) {
			t.Errorf("%s %.20s: %s %v %s", c.method, c.target, status, header, body)
		}
	}
}

// TestHTTPErrors is the table of errors, with the exact bytes of each answer.
func TestHTTPErrors(t *testing.T) {
	keys := new(fakeKeys)
	s := startHTTP(t, keys, "*")
	covered := map[wire.Reason]bool{}
	for _, c := range []struct {
		err    error
		status int
		text   string
	}{
		{wire.Errorf(wire.Busy, "x"), 500, "session with the same id is already registered"},
		{wire.Errorf(wire.NoSession, "x"), 500, "no active session with given id"},
		{wire.Errorf(wire.Threshold, "x"), 500, "not enough nodes for passed threshold"},
		{wire.Errorf(wire.InvalidMessage, "x"), 500, "invalid message is received"},
		{wire.Errorf(wire.Cheated, "x"), 500, "invalid message is received"},
		{wire.Errorf(wire.TooFew, "x"), 403, "Consensus unreachable"},
		{wire.Errorf(wire.Unsupported, "x"), 500, "unsupported message is received"},
		{wire.Errorf(wire.Disconnected, "x"), 500, "node required for this operation is currently disconnected"},
		{wire.Errorf(wire.NotMember, "x"), 500, "node required for this operation is currently disconnected"},
		{wire.Errorf(wire.KeyExists, "x"), 400, "Server key with this ID is already generated"},
		{wire.Errorf(wire.KeyNotFound, "x"), 404, "Server key with this ID is not found"},
		{wire.Errorf(wire.DocumentExists, "x"), 400, "Document key with this ID is already stored"},
		{wire.Errorf(wire.DocumentNotFound, "x"), 404, "Document key with this ID is not found"},
		{wire.Errorf(wire.Unavailable, "x"), 403, "Consensus temporary unreachable"},
		{wire.Errorf(wire.Timeout, "x"), 403, "Consensus temporary unreachable"},
		{wire.Errorf(wire.NotAuthor, "x"), 403, "Access denied"},
		{wire.Errorf(wire.Denied, "x"), 403, "Access denied"},
		{wire.Errorf(wire.Policy, "no plain retrieval"), 403, "Access denied: forbidden by the settings of the key server: no plain retrieval"},
		{wire.Errorf(wire.BadRequester, "bad signature: x"), 400, "Insufficient requester data: bad signature: x"},
		{wire.Errorf(wire.Cryptographic, "x"), 500, "cryptographic error x"},
		{wire.Errorf(wire.Database, "x"), 500, "Database error: x"},
		{wire.Errorf(wire.Internal, "<x> & y"), 500, "Internal error: <x> & y"},
		{wire.Errorf(wire.Limit, "x"), 429, "Limit exceeded: x"},
		{wire.Errorf(wire.Cancelled, "x"), 500, "Internal error: KeyServer is already destroyed"},
		{fmt.Errorf("reading: %w", wire.Errorf(wire.KeyNotFound, "x")), 404, "Server key with this ID is not found"},
		{errors.New("a path on disk"), 500, "Internal error: see the log of the key server"},
		{&wire.Error{Reason: 200, Detail: "x"}, 500, "Internal error: x"},
	} {
		keys.err = c.err
		covered[wire.ReasonOf(c.err)] = true
		status, header, body := ask(t, s, "GET", "/"+testID+"/"+testSig, "", "Origin: http://other")
		want := `"\"` + c.text + `\""`
		wantStatus := fmt.Sprintf("HTTP/1.1 %d %s", c.status, http.StatusText(c.status))
		wantHeader := map[string]string{"content-type": jsonType, "content-length": strconv.Itoa(len(want))}
		if c.status == http.StatusTooManyRequests {
			wantHeader["retry-after"] = "1"
		}
		if status != wantStatus || body != want || fmt.Sprint(header) != fmt.Sprint(wantHeader) {
			t.Errorf("%v:\n got %s %v %s\nwant %s %v %s", c.err, status, header, body, wantStatus, wantHeader, want)
		}
	}
	for r := wire.Internal; r <= wire.TooFew; r++ {
		if !covered[r] {
			t.Errorf("reason %v is in no row of this test", r)
		}
	}
}

// TestHTTPRefusals: requests that never reach the key server.
func TestHTTPRefusals(t *testing.T) {
	keys := new(fakeKeys)
	s := startHTTP(t, keys)
	unrecoverable := strings.Repeat("00", 64) + "1b"
	for _, c := range []struct{ name, method, target, body, status, answer string }{
		{"garbage", "GET", "/a/b", "", "400 Bad Request", ""},
		{"root", "GET", "/", "", "400 Bad Request", ""},
		{"stray percent sign", "GET", "/%zz/b", "", "400 Bad Request", ""},
		{"HEAD", "HEAD", "/" + testID + "/" + testSig, "", "400 Bad Request", ""},
		{"PUT", "PUT", "/" + testID + "/" + testSig, "", "400 Bad Request", ""},
		{"OPTIONS", "OPTIONS", "/" + testID + "/" + testSig, "", "400 Bad Request", ""},
		{"OPTIONS *", "OPTIONS", "*", "", "400 Bad Request", ""},
		{"unrecoverable", "GET", "/" + testID + "/" + unrecoverable, "", "400 Bad Request",
			`"\"Insufficient requester data: bad signature: invalid signature recovery id\""`},
		{"machine word", "POST", "/shadow/" + testID + "/" + testSig + "/4294967296", "", "500 Internal Server Error",
			`"\"not enough nodes for passed threshold\""`},
		{"overflow", "POST", "/shadow/" + testID + "/" + testSig + "/18446744073709551616", "", "400 Bad Request", ""},
		{"set change", "POST", "/admin/servers_set_change/" + testSig + "/" + testSig, `["0x` + pointA + `"]`, "403 Forbidden", `"\"Access denied\""`},
		{"set change without a body", "POST", "/admin/servers_set_change/" + testSig + "/" + testSig, "", "400 Bad Request", ""},
		{"huge body", "GET", "/" + testID + "/" + testSig, strings.Repeat("x", maxBody+1), "400 Bad Request", ""},
	} {
		status, header, body := ask(t, s, c.method, c.target, c.body)
		_, typed := header["content-type"]
		if status != "HTTP/1.1 "+c.status || body != c.answer || typed != (c.answer != "") {
			t.Errorf("%s: %s %v %s", c.name, status, header, body)
		}
		if call := keys.called(); call != "" {
			t.Errorf("%s: reached the key server: %s", c.name, call)
		}
	}
}

// TestHTTPBodyIgnored: only E9 looks at the body.
func TestHTTPBodyIgnored(t *testing.T) {
	s := startHTTP(t, new(fakeKeys))
	if status, _, body := ask(t, s, "POST", "/"+testID+"/"+testSig+"/1", "{anything"); status != "HTTP/1.1 200 OK" {
		t.Error(status, body)
	}
}

// TestHTTPKeepAlive sends two requests on one connection, and one in HTTP/1.0.
func TestHTTPKeepAlive(t *testing.T) {
	s := startHTTP(t, new(fakeKeys))
	line := "GET /" + testID + "/" + testSig
	_, _, rest := exchange(t, s, line+" HTTP/1.1\r\nHost: x\r\n\r\n"+line+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if !strings.Contains(rest, "HTTP/1.1 200 OK") {
		t.Errorf("second answer is missing: %q", rest)
	}
	if status, _, _ := exchange(t, s, line+" HTTP/1.0\r\n\r\n"); status != "HTTP/1.0 200 OK" {
		t.Error(status)
	}
}

// TestHTTPClientGone: a client that hangs up cancels its session.
func TestHTTPClientGone(t *testing.T) {
	keys := &fakeKeys{blocked: make(chan struct{})}
	s := startHTTP(t, keys)
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "POST /"+testID+"/"+testSig+"/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
	for keys.called() == "" {
		time.Sleep(time.Millisecond)
	}
	conn.Close()
	select {
	case <-keys.blocked:
	case <-time.After(2 * time.Minute):
		t.Fatal("the request was not cancelled")
	}
}

// TestHTTPStop: stopping cancels what runs, and the port is free again.
func TestHTTPStop(t *testing.T) {
	keys := &fakeKeys{blocked: make(chan struct{})}
	port := ports.For(t, 1)
	s := NewHTTPServer(HTTPConfig{Host: "127.0.0.1", Port: port}, keys)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		if res, err := http.Get(s.URL() + "/" + testID + "/" + testSig); err == nil {
			res.Body.Close()
		}
	}()
	for keys.called() == "" {
		time.Sleep(time.Millisecond)
	}
	taken := NewHTTPServer(HTTPConfig{Host: "127.0.0.1", Port: port}, keys)
	if err := taken.Start(); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("second listener on one port: %v", err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	select {
	case <-keys.blocked:
	default:
		t.Error("Stop returned while a request was running")
	}
	again := NewHTTPServer(HTTPConfig{Host: "127.0.0.1", Port: port}, keys)
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	again.Stop()
}
