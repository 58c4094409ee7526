package rpcapi

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// received is an answer of HTTP.
type received struct {
	status int
	header http.Header
	body   string
}

// answersTo sends bytes as they are, ends its side, and reads the answers that come until the server ends its own. The error is of what
// is no answer.
func answersTo(t *testing.T, address, raw string) (answers []received, err error) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	go func() { // a server may answer, and end, before all is sent
		io.WriteString(conn, raw)
		conn.(*net.TCPConn).CloseWrite()
	}()
	in := bufio.NewReader(conn)
	for {
		if _, err := in.Peek(1); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) { // the rest was not wanted
				err = nil
			}
			return answers, err
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return answers, err
		}
		answers = append(answers, received{resp.StatusCode, resp.Header, string(body)})
	}
}

func statusesOf(answers []received) (statuses []int) {
	for _, a := range answers {
		statuses = append(statuses, a.status)
	}
	return statuses
}

// oddRequest is one or several requests as bytes, and the statuses of the answers.
type oddRequest struct {
	name, raw string
	want      []int
}

func oddRequests() []oddRequest {
	good := "/" + testID + "/" + testSig
	call := goodCalls()["serverKey"]
	get := "GET " + good + " HTTP/1.1\r\nHost: x\r\n\r\n"
	with := func(headers string) string { return "GET " + good + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" }
	post := func(headers, body string) string {
		return "POST /v1/serverKey HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body
	}
	length := fmt.Sprintf("Content-Length: %d\r\n", len(call))
	chunk := func(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
	const chunked, end = "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"
	return []oddRequest{
		{"chunked", post(chunked, chunk(call[:100])+chunk(call[100:])+end), []int{200}},
		{"chunked, with extension and trailer", post(chunked+"Trailer: X\r\n", fmt.Sprintf("%x;a=b\r\n%s\r\n0\r\nX: y\r\n\r\n", len(call), call)), []int{200}},
		{"chunked, then more", post(chunked, chunk(call)+end+get), []int{200}},
		{"chunked and a length", post(length+chunked, chunk(call)+end), []int{200}},
		{"chunked and a length, then more", post(length+chunked, chunk(call)+end+get), []int{200}},
		{"an empty chunk and a length that hides a request", post(fmt.Sprintf("Content-Length: %d\r\n", len(end+get))+chunked, end+get), []int{400}},
		{"a short length that hides a request", post("Content-Length: 5\r\n"+chunked, end+get), []int{400}},
		{"chunks of no size", post(chunked, "zz\r\n"+call), []int{400}},
		{"chunks cut off", post(chunked, "fff\r\n"+call), []int{400}},
		{"identity", post("Transfer-Encoding: identity\r\n", call), []int{501}},
		{"chunked twice", post(chunked+chunked, chunk(call)+end+get), []int{501}},
		{"a list of encodings", post("Transfer-Encoding: gzip, chunked\r\n", chunk(call)+end+get), []int{501}},
		{"an unknown encoding", post("Transfer-Encoding: xchunked\r\n", chunk(call)+end+get), []int{501}},
		{"a space before the colon", post("Transfer-Encoding : chunked\r\n", chunk(call)+end+get), []int{400}},
		{"chunked in HTTP/1.0", "POST /v1/serverKey HTTP/1.0\r\n" + chunked + "\r\n" + chunk(call) + end + get, []int{400}},
		{"the same length twice", post(length+length, call), []int{200}},
		{"two lengths", post(length+"Content-Length: 3\r\n", call+get), []int{400}},
		{"a length with a sign", post("Content-Length: +5\r\n", call+get), []int{400}},
		{"a negative length", post("Content-Length: -1\r\n", call+get), []int{400}},
		{"a list of lengths", post("Content-Length: 5, 5\r\n", call+get), []int{400}},
		{"a length in hex", post("Content-Length: 0x5\r\n", call+get), []int{400}},
		{"a length beyond all numbers", post("Content-Length: 99999999999999999999\r\n", call+get), []int{400}},
		{"a short length", post("Content-Length: 2\r\n", "{}"+get), []int{400, 200}},
		{"a body cut off", post("Content-Length: 99999\r\n", call), []int{400}},
		{"a body with GET", with("Content-Length: 5\r\n") + "hello" + get, []int{200, 200}},
		{"a packed body", post("Content-Encoding: gzip\r\n"+length, call), []int{200}}, // no encoding is known, so none is undone
		{"100-continue", post("Expect: 100-continue\r\n"+length, call), []int{100, 200}},
		{"another expectation", post("Expect: 200-ok\r\n"+length, call), []int{417}},
		{"HTTP/1.0", "GET " + good + " HTTP/1.0\r\n\r\n", []int{200}},
		{"HTTP/1.0, kept alive", "GET " + good + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get, []int{200, 200}},
		{"HTTP/0.9", "GET " + good + "\r\n", []int{400}},
		{"HTTP/2.0", "GET " + good + " HTTP/2.0\r\nHost: x\r\n\r\n", []int{505}},
		{"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400}},
		{"an upgrade to HTTP/2", with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"), []int{200}},
		{"an upgrade to WebSocket", with("Connection: Upgrade\r\nUpgrade: websocket\r\n"), []int{200}},
		{"no host", "GET " + good + " HTTP/1.1\r\n\r\n", []int{400}},
		{"an empty host", "GET " + good + " HTTP/1.1\r\nHost:\r\n\r\n", []int{200}},
		{"two hosts", with("Host: y\r\n"), []int{400}},
		{"a host with a space", "GET " + good + " HTTP/1.1\r\nHost: x y\r\n\r\n", []int{400}},
		{"an absolute target", "GET http://evil.example" + good + " HTTP/1.1\r\nHost: x\r\n\r\n", []int{200}},
		{"CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", []int{400}},
		{"TRACE", "TRACE " + good + " HTTP/1.1\r\nHost: x\r\n\r\n", []int{400}},
		{"a method in lower case", "get " + good + " HTTP/1.1\r\nHost: x\r\n\r\n", []int{400}},
		{"another method by header", with("X-HTTP-Method-Override: POST\r\n"), []int{200}},
		{"line feeds alone", "GET " + good + " HTTP/1.1\nHost: x\n\n", []int{200}},
		{"carriage returns alone", "GET " + good + " HTTP/1.1\rHost: x\r\r", []int{400}},
		{"an empty line before", "\r\n" + get, []int{400}},
		{"a header on two lines", with("A: b\r\n c\r\n"), []int{200}},
		{"a zero byte in a header", with("A: b\x00\r\n"), []int{400}},
		{"a carriage return in a header", with("A: b\rB: c\r\n"), []int{400}},
		{"a header without a colon", with("A\r\n"), []int{400}},
		{"a header without a name", with(": b\r\n"), []int{400}},
		{"two spaces", "GET  " + good + " HTTP/1.1\r\nHost: x\r\n\r\n", []int{400}},
		{"tabs", "GET\t" + good + "\tHTTP/1.1\r\nHost: x\r\n\r\n", []int{400}},
		{"a space in the target", "GET " + good + " x HTTP/1.1\r\nHost: x\r\n\r\n", []int{400}},
		{"a byte that is no text", "GET " + good + "\xff HTTP/1.1\r\nHost: x\r\n\r\n", []int{400}},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", []int{400}},
		{"a header too long", with("A: " + strings.Repeat("b", 4*maxHeader) + "\r\n"), []int{431}},
		{"headers too many", with(strings.Repeat("A: b\r\n", maxHeader)), []int{431}},
		{"a hundred in a row", strings.Repeat(get, 100), slices.Repeat([]int{200}, 100)},
		{"a range", with("Range: bytes=0-1\r\n"), []int{200}},
		{"a condition", with("If-None-Match: *\r\n"), []int{200}},
		{"nothing", "", nil}, {"an empty line", "\r\n\r\n", []int{400}}, {"a beginning", "GET /", []int{400}},
	}
}

// TestOddHTTP: whatever the bytes are, each request gets the one answer that it has to have, or the connection ends; what follows a
// request whose end could be seen in two ways is no request (smuggling past a proxy), and nothing reaches the key server half.
func TestOddHTTP(t *testing.T) {
	for _, c := range oddRequests() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			keys := new(fakeKeys)
			s := startHTTP(t, keys)
			answers, err := answersTo(t, s.Addr().String(), c.raw)
			if !slices.Equal(statusesOf(answers), c.want) || err != nil {
				t.Errorf("the answers are %.200v, %v; want %v", answers, err, c.want)
			}
			if called := keys.called(); (called != "") != slices.Contains(c.want, 200) {
				t.Errorf("it became %q", called)
			}
			if answers, err := answersTo(t, s.Addr().String(), "GET /"+testID+"/"+testSig+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil || !slices.Equal(statusesOf(answers), []int{200}) {
				t.Errorf("afterwards another client gets %v, %v", answers, err)
			}
		})
	}
}

// route is a request that is answered with 200.
type route struct{ method, target, body string }

func goodRoutes() []route {
	routes := []route{
		{"POST", "/shadow/" + testID + "/" + testSig + "/1", ""}, {"POST", "/shadow/" + testID + "/" + testSig + "/" + pointA + "/" + pointB, ""},
		{"POST", "/" + testID + "/" + testSig + "/1", ""}, {"GET", "/server/" + testID + "/" + testSig, ""}, {"GET", "/" + testID + "/" + testSig, ""},
		{"GET", "/shadow/" + testID + "/" + testSig, ""}, {"GET", "/schnorr/" + testID + "/" + testSig + "/" + testID, ""}, {"GET", "/ecdsa/" + testID + "/" + testSig + "/" + testID, ""},
		{"GET", "/v1/cluster", ""}, {"GET", "/v1/openapi.json", ""},
	}
	for name, call := range goodCalls() {
		routes = append(routes, route{"POST", "/v1/" + name, call})
	}
	return routes
}

// oddTarget writes a target in another way.
type oddTarget struct {
	name string
	bend func(string) string
}

// alike are targets that mean the same: Parity takes one as one string, decodes it, and does without the slashes before it.
var alike = []oddTarget{
	{"all encoded", func(p string) (out string) {
		for i := range len(p) {
			out += encoded(p[i])
		}
		return "/" + out[3:]
	}},
	{"slashes encoded", func(p string) string { return "/" + strings.ReplaceAll(p[1:], "/", "%2F") }},
	{"with a query", func(p string) string { return p + "?a=/b/../c&d=%zz" }},
	{"absolute", func(p string) string { return "http://evil.example:1" + p }},
}

func encoded(c byte) string { return fmt.Sprintf("%%%02x", c) }

// TestOddPaths writes the target of every route in other ways: those that mean the same are answered alike, and no others reach the key
// server. Nobody is sent elsewhere.
func TestOddPaths(t *testing.T) {
	keys := new(fakeKeys)
	s := startHTTP(t, keys)
	in := strings.Replace
	other := []oddTarget{
		{"a slash behind", func(p string) string { return p + "/" }},
		{"an encoded slash behind", func(p string) string { return p + "%2f" }},
		{"two slashes within", func(p string) string { i := strings.LastIndex(p, "/"); return p[:i] + "/" + p[i:] }},
		{"a dot within", func(p string) string { i := strings.LastIndex(p, "/"); return p[:i] + "/." + p[i:] }},
		{"two dots within", func(p string) string { i := strings.LastIndex(p, "/"); return p[:i] + "/x/.." + p[i:] }},
		{"dots before", func(p string) string { return "/.." + p }},
		{"encoded dots before", func(p string) string { return "/%2e%2e" + p }},
		{"a prefix", func(p string) string { return "/api" + p }},
		{"a zero byte behind", func(p string) string { return p + "%00" }},
		{"a line break before", func(p string) string { return "/%0d%0a" + p[1:] + "%0d%0aX:%20y" }},
		{"a percent sign behind", func(p string) string { return p + "%" }},
		{"no escape behind", func(p string) string { return p + "%zz" }},
		{"encoded twice", func(p string) string { return in(p, "1", "%2531", 1) + "%2531" }},
		{"a backslash", func(p string) string { i := strings.LastIndex(p, "/"); return p[:i] + "%5c" + p[i+1:] }},
		{"a parameter", func(p string) string { return p + ";a=b" }},
		{"a suffix", func(p string) string { return p + ".json" }},
		{"a byte that is no text", func(p string) string { return p + "%ff" }},
		{"a slash of two bytes", func(p string) string { i := strings.LastIndex(p, "/"); return p[:i] + "%c0%af" + p[i+1:] }},
		{"a wide slash", func(p string) string { i := strings.LastIndex(p, "/"); return p[:i] + "%ef%bc%8f" + p[i+1:] }},
		{"cut", func(p string) string { return p[:len(p)-1] }},
		{"long", func(p string) string { return p + strings.Repeat("0", 8000) }},
	}
	for _, r := range goodRoutes() {
		status, _, plain := ask(t, s, r.method, r.target, r.body)
		called := keys.called()
		if status != "HTTP/1.1 200 OK" {
			t.Fatalf("%s %s: %s", r.method, r.target, status)
		}
		for _, odd := range alike {
			status, _, body := ask(t, s, r.method, odd.bend(r.target), r.body)
			// What is sealed differs each time, and has the same size.
			if got := keys.called(); status != "HTTP/1.1 200 OK" || got != called || len(body) != len(plain) {
				t.Errorf("%s %.30s, %s: %s, it became %q instead of %q", r.method, r.target, odd.name, status, got, called)
			}
		}
		for _, odd := range other {
			if odd.name == "cut" && strings.HasSuffix(r.target, "/1") {
				continue // a threshold of no digits has its own test
			}
			raw := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", r.method, odd.bend(r.target), len(r.body), r.body)
			answers, err := answersTo(t, s.Addr().String(), raw)
			if err != nil || len(answers) != 1 {
				t.Errorf("%s %.30s, %s: %v, %v", r.method, r.target, odd.name, answers, err)
				continue
			}
			a := answers[0]
			wallet := strings.HasPrefix(r.target, "/v1/") && strings.Contains(a.body, "malformedRequest")
			if got := keys.called(); got != "" || a.status != 400 && a.status != 404 || a.header.Get("Location") != "" || a.header.Get("X") != "" ||
				a.body != "" && !wallet || len(a.body) > 1000 {
				t.Errorf("%s %.30s, %s: %.200v, it became %q", r.method, r.target, odd.name, a, got)
			}
		}
	}
}

// TestManyClients: four hundred clients at once, each with a connection of its own and several requests on it, all get the answers to
// their own.
func TestManyClients(t *testing.T) {
	t.Parallel()
	const clients, requests = 400, 5
	s := startHTTP(t, new(fakeKeys))
	var wg sync.WaitGroup
	start := make(chan struct{})
	for c := range clients {
		wg.Go(func() {
			transport := new(http.Transport)
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport, Timeout: time.Minute}
			<-start
			for i := range requests {
				key := keyID(c*requests + i)
				resp, err := client.Post(s.URL()+"/v1/serverKey", "application/json", strings.NewReader(callOf(testRequest(wire.OpPublic, wire.NoArguments, key), "")))
				if err != nil {
					t.Error(err)
					return
				}
				var answer wire.ServerKey
				err = json.NewDecoder(resp.Body).Decode(&answer)
				resp.Body.Close()
				if err != nil || answer.Key != key {
					t.Errorf("client %d was told of %v instead of %v: %v", c, answer.Key, key, err)
				}
			}
		})
	}
	close(start)
	wg.Wait()
}

// TestStopWithOpenConnections: connections in every state keep nobody from stopping, and none is left open.
func TestStopWithOpenConnections(t *testing.T) {
	t.Parallel()
	keys := new(fakeKeys)
	s := NewHTTPServer(HTTPConfig{Host: "127.0.0.1"}, keys)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	get := "GET /" + testID + "/" + testSig + " HTTP/1.1\r\nHost: x\r\n\r\n"
	var open []net.Conn
	for range 20 {
		for _, begun := range []string{"", "GET /", get[:len(get)-2], "POST /v1/serverKey HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{", get,
			"POST /v1/serverKey HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", strings.Repeat(get, 1000)} {
			conn, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go io.WriteString(conn, begun) // the last ones are never read
			open = append(open, conn)
		}
	}
	for keys.called() == "" {
		time.Sleep(time.Millisecond)
	}
	begun := time.Now()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("stopping took %v", took)
	}
	for i, conn := range open {
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d is still open", i)
		}
	}
}
