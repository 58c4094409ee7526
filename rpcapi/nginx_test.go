package rpcapi

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/ports"
)

// nginxConfig has the key server behind two doors: one as most people write it, and one that keeps connections to it, which all
// clients share, and passes bodies on as they come.
const nginxConfig = `
daemon off;
master_process off;
error_log stderr;
pid %[1]s/pid;
events { worker_connections 1024; }
http {
	access_log off;
	proxy_ignore_client_abort on; # clients here end their side when they have sent all
	client_header_timeout 60s; client_body_timeout 60s;
	client_body_temp_path %[1]s/client; proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	upstream key_server { server %[2]s; keepalive 2; }
	server {
		listen 127.0.0.1:%[3]d;
		location / { proxy_pass http://%[2]s; }
	}
	server {
		listen 127.0.0.1:%[4]d;
		location / {
			proxy_pass http://key_server;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $host;
			proxy_request_buffering off;
			proxy_buffering off;
		}
	}
}
`

// startNginx runs nginx in front of a server, and returns the addresses of its doors.
func startNginx(t *testing.T, server string) []string {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/nginx")
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v; CI must run the tests with nginx in front", err)
		}
		t.Skipf("SKIPPED, nothing is tested with nginx in front: %v (a package of most systems, nginx or nginx-light)", err)
	}
	port := ports.For(t, 2)
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, nginxConfig, dir, server, port, port+1), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", dir, "-e", "stderr", "-c", file)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	doors := []string{fmt.Sprintf("127.0.0.1:%d", port), fmt.Sprintf("127.0.0.1:%d", port+1)}
	for _, door := range doors {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			conn, err := net.Dial("tcp", door)
			if err == nil {
				conn.Close()
				break
			}
			if time.Now().After(deadline) || len(ended) > 0 {
				cmd.Process.Kill()
				ended <- <-ended // all that it said is there
				t.Fatalf("nginx does not listen at %s: %v\n%s", door, err, &said)
			}
		}
	}
	return doors
}

// TestBehindNginx: with nginx in front every answer is the one that there is without, errors and preflights included; and whatever bytes
// come, no client is answered what another one asked.
func TestBehindNginx(t *testing.T) {
	keys := new(fakeKeys)
	s := startHTTP(t, keys, "http://dapp.example")
	direct := s.Addr().String()
	for i, door := range startNginx(t, direct) {
		t.Run([]string{"plain", "kept alive"}[i], func(t *testing.T) {
			testSameBehind(t, keys, direct, door)
			testOddBehind(t, keys, door)
		})
	}
}

func testSameBehind(t *testing.T, keys *fakeKeys, direct, door string) {
	get := "/" + testID + "/" + testSig
	type question struct{ name, raw string }
	var questions []question
	for _, r := range goodRoutes() {
		for _, odd := range append([]oddTarget{{"as it is", func(p string) string { return p }}}, alike...) {
			questions = append(questions, question{odd.name + " " + r.target, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
				r.method, odd.bend(r.target), len(r.body), r.body)})
		}
	}
	const close = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	questions = append(questions,
		question{"no route", "GET /a/b" + close + "\r\n"}, question{"no route of /v1/", "GET /v1/nothing" + close + "\r\n"}, question{"another method", "PUT " + get + close + "\r\n"},
		question{"GET for POST", "GET /v1/serverKey" + close + "\r\n"}, question{"no JSON", "POST /v1/serverKey" + close + "Content-Length: 1\r\n\r\n{"},
		question{"a foreign page", "GET " + get + close + "Origin: http://other.example\r\n\r\n"}, question{"a page", "GET " + get + close + "Origin: http://dapp.example\r\n\r\n"},
		question{"a preflight", "OPTIONS /v1/serverKey" + close + "Origin: http://dapp.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n"},
		question{"a long body", fmt.Sprintf("POST /v1/serverKey%sContent-Length: %d\r\n\r\n%s", close, maxCall+1, strings.Repeat(" ", maxCall+1))})
	for _, err := range []error{nil, wire.Errorf(wire.Denied, "x"), wire.Errorf(wire.Limit, "x"), wire.Errorf(wire.Unavailable, "x"), wire.Errorf(wire.KeyNotFound, "x"), wire.Errorf(wire.Internal, "x")} {
		keys.fail(err)
		for _, q := range questions {
			want, err1 := answersTo(t, direct, q.raw)
			called := keys.called()
			got, err2 := answersTo(t, door, q.raw)
			if err1 != nil || err2 != nil || len(want) != 1 || len(got) != 1 {
				t.Errorf("%s: %d answers without nginx (%v), %d with it (%v)", q.name, len(want), err1, len(got), err2)
				continue
			}
			if w, g := told(want[0]), told(got[0]); w != g || keys.called() != called {
				t.Errorf("%s: without nginx %s\nwith it %s", q.name, w, g)
			}
		}
		questions = questions[len(questions)-len(goodCalls()):] // errors are the same for all routes
		questions = append(questions, question{"Parity's", "GET " + get + close + "\r\n"}, question{"a wallet's", fmt.Sprintf("POST /v1/serverKey%sContent-Length: %d\r\n\r\n%s", close,
			len(goodCalls()["serverKey"]), goodCalls()["serverKey"])})
	}
	keys.fail(nil)
}

// told is what of an answer matters to clients. What is sealed differs each time, and has the same size.
func told(a received) string {
	text := fmt.Sprint(a.status)
	for _, name := range []string{"Content-Type", "Retry-After", "Allow", "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Vary", "Location"} {
		text += fmt.Sprintf(" %s=%q", name, a.header[http.CanonicalHeaderKey(name)])
	}
	return fmt.Sprintf("%s, %d bytes", text, len(a.body))
}

func testOddBehind(t *testing.T, keys *fakeKeys, door string) {
	allowed := []int{100, 200, 400, 405, 408, 411, 413, 414, 417, 431, 494, 501, 505}
	for i, c := range oddRequests() {
		if c.name == "HTTP/0.9" {
			continue // nginx still speaks it, and its answers have no status
		}
		before := keys.counted()
		answers, err := answersTo(t, door, c.raw)
		done := 0
		for _, a := range answers {
			if a.status == 200 {
				done++
			}
			if !slices.Contains(allowed, a.status) {
				t.Errorf("%s: status %d", c.name, a.status)
			}
		}
		if got := keys.counted() - before; err != nil || got != done {
			t.Errorf("%s: %d requests reached the key server, %d were answered, %v; %v", c.name, got, done, err, statusesOf(answers))
		}
		key := keyID(i)
		call := callOf(testRequest(wire.OpPublic, wire.NoArguments, key), "")
		next, err := answersTo(t, door, fmt.Sprintf("POST /v1/serverKey HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(call), call))
		if err != nil || len(next) != 1 || next[0].status != 200 || !strings.Contains(next[0].body, key.String()) {
			t.Errorf("after %s another client is told %.200v, %v", c.name, next, err)
		}
	}
}
