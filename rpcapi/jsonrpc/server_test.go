package jsonrpc

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/internal/leak"
	"github.com/geth-ss/geth-ss/test/ports"
)

func TestMain(m *testing.M) { leak.Main(m) }

// echoAPI is what the tests' nodes serve.
type echoAPI struct{}

func (echoAPI) Say(word string) string { return word }
func (echoAPI) From(ctx context.Context) string {
	return rpc.PeerInfoFromContext(ctx).Transport
}

// newNode assembles a node without a chain.
func newNode(t *testing.T, change func(*node.Config)) *node.Node {
	t.Helper()
	cfg := node.Config{Name: "test", HTTPModules: []string{"echo", "web3"}, WSModules: []string{"echo"}, HTTPTimeouts: rpc.DefaultHTTPTimeouts}
	cfg.P2P.NoDial, cfg.P2P.MaxPeers = true, 1
	change(&cfg)
	stack, err := node.New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stack.Close() })
	stack.RegisterAPIs([]rpc.API{{Namespace: "echo", Service: echoAPI{}}, {Namespace: "hidden", Service: echoAPI{}},
		{Namespace: "echo", Service: authAPI{}, Authenticated: false}})
	stack.RegisterHandler("test", "/graphql", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("graph")) }))
	return stack
}

type authAPI struct{}

func (authAPI) Fail() error { return fmt.Errorf("no") }

// startBeside starts a node as geth makes it, and one with our server.
func startBeside(t *testing.T, theirs, ours *node.Node, cfg Config) *Server {
	t.Helper()
	server, err := New(ours, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	ours.RegisterLifecycle(server)
	for _, stack := range []*node.Node{theirs, ours} {
		if err := stack.Start(); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

// TestAsGeth: whatever is asked, the answer is the one that geth's own server gives, to the byte.
func TestAsGeth(t *testing.T) {
	settings := map[string]func(*node.Config){
		"plain":     func(c *node.Config) { c.HTTPHost = "127.0.0.1" },
		"shared":    func(c *node.Config) { c.HTTPHost, c.WSHost = "127.0.0.1", "127.0.0.1" },
		"websocket": func(c *node.Config) { c.WSHost = "127.0.0.1" },
		"cors":      func(c *node.Config) { c.HTTPHost, c.HTTPCors = "127.0.0.1", []string{"http://a.example"} },
		"hosts":     func(c *node.Config) { c.HTTPHost, c.HTTPVirtualHosts = "127.0.0.1", []string{"a.example"} },
		"prefix":    func(c *node.Config) { c.HTTPHost, c.HTTPPathPrefix = "127.0.0.1", "/rpc" },
		"prefixes": func(c *node.Config) {
			c.HTTPHost, c.HTTPPathPrefix, c.WSHost, c.WSPathPrefix = "127.0.0.1", "/rpc", "127.0.0.1", "/ws"
		},
		"small bodies": func(c *node.Config) { c.HTTPHost, c.HTTPBodyLimit = "127.0.0.1", 64 },
		"batches":      func(c *node.Config) { c.HTTPHost, c.BatchRequestLimit, c.BatchResponseMaxSize = "127.0.0.1", 2, 70 },
	}
	for name, change := range settings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theirs := newNode(t, change)
			ours := newNode(t, change)
			server := startBeside(t, theirs, ours, Config{})
			their, our := strings.TrimPrefix(strings.TrimPrefix(theirs.HTTPEndpoint(), "http://"), "ws://"), addrOf(server)
			if theirs.Config().HTTPHost == "" {
				their = strings.TrimPrefix(theirs.WSEndpoint(), "ws://")
			}
			for _, question := range questions() {
				want, got := question.ask(t, their), question.ask(t, our)
				if want != got {
					t.Errorf("%s\ngeth: %s\nours: %s", question, want, got)
				}
			}
		})
	}
}

func addrOf(s *Server) string {
	if addr := s.HTTPAddr(); addr != nil {
		return addr.String()
	}
	return s.WSAddr().String()
}

// question is a request in HTTP.
type question struct{ method, path, host, origin, encoding, kind, upgrade, body string }

func (q question) String() string { return fmt.Sprintf("%+q", [8]string(q.list())) }

func (q question) list() []string {
	return []string{q.method, q.path, q.host, q.origin, q.encoding, q.kind, q.upgrade, q.body}
}

// questions are all combinations that a server may tell apart.
func questions() (list []question) {
	bodies := []string{
		`{"jsonrpc":"2.0","id":1,"method":"echo_say","params":["a"]}`,
		`[{"jsonrpc":"2.0","id":1,"method":"echo_say","params":["a"]},{"jsonrpc":"2.0","id":2,"method":"echo_say","params":["bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"]},{"jsonrpc":"2.0","id":3,"method":"echo_from"}]`,
		`{"jsonrpc":"2.0","id":1,"method":"hidden_say","params":["a"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"rpc_modules"}`,
		`{"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x00"]}`,
		`{"jsonrpc":"2.0","method":"echo_fail"}`, `[]`, `{`, ``,
	}
	for _, body := range bodies {
		list = append(list, question{method: "POST", path: "/", kind: "application/json", body: body})
	}
	call := list[0]
	for _, path := range []string{"/rpc", "/rpc/x", "/graphql", "/graphql/", "/ws", "/nothing"} {
		q := call
		q.path = path
		list = append(list, q)
	}
	for _, change := range []func(*question){
		func(q *question) { q.method = "GET" }, func(q *question) { q.method = "PUT" }, func(q *question) { q.method = "OPTIONS" },
		func(q *question) { q.host = "a.example" }, func(q *question) { q.host = "b.example:1" },
		func(q *question) { q.origin = "http://a.example" }, func(q *question) { q.origin = "http://b.example" },
		func(q *question) { q.encoding = "gzip" }, func(q *question) { q.kind = "text/plain" }, func(q *question) { q.kind = "" },
		func(q *question) { q.upgrade, q.method, q.body = "websocket", "GET", "" },
		func(q *question) { q.upgrade, q.method, q.body, q.path = "websocket", "GET", "", "/ws" },
	} {
		q := call
		change(&q)
		list = append(list, q)
	}
	return list
}

// ask gives status, headers and body, without the date.
func (q question) ask(t *testing.T, addr string) string {
	t.Helper()
	r, err := http.NewRequest(q.method, "http://"+addr+q.path, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = q.host
	for name, value := range map[string]string{"Origin": q.origin, "Accept-Encoding": q.encoding, "Content-Type": q.kind, "Upgrade": q.upgrade} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if q.upgrade != "" {
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Sec-WebSocket-Version", "13")
		r.Header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return "no answer"
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return fmt.Sprint(resp.StatusCode)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	var header bytes.Buffer
	resp.Header.Write(&header)
	return fmt.Sprintf("%d %q %q %v", resp.StatusCode, header.String(), body, err)
}

// countedListener counts what it has accepted.
type countedListener struct {
	net.Listener
	accepted *atomic.Int32
}

func (l countedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return conn, err
}

// TestCounted: every connection, on either port, comes through what counts them, and both
// doors can be closed and opened while the node runs.
func TestCounted(t *testing.T) {
	stack := newNode(t, func(c *node.Config) {
		c.HTTPHost, c.WSHost, c.WSPort, c.IPCPath = "127.0.0.1", "127.0.0.1", ports.For(t, 1), ""
	})
	var accepted atomic.Int32
	server, err := New(stack, Config{}, func(l net.Listener) net.Listener { return countedListener{l, &accepted} })
	if err != nil {
		t.Fatal(err)
	}
	stack.RegisterLifecycle(server)
	if err := stack.Start(); err != nil {
		t.Fatal(err)
	}
	admin := stack.Attach()
	defer admin.Close()
	for round := range 2 {
		for transport, url := range map[string]string{"http": "http://" + server.HTTPAddr().String(), "ws": "ws://" + server.WSAddr().String()} {
			before := accepted.Load()
			var got string
			client, err := rpc.Dial(url)
			if err == nil {
				err = client.Call(&got, "echo_from")
				client.Close()
			}
			if err != nil || got != transport || accepted.Load() == before {
				t.Errorf("round %d, %s: %q, %v, %d connections more", round, url, got, err, accepted.Load()-before)
			}
		}
		if round == 1 {
			break
		}
		for _, method := range []string{"admin_stopHTTP", "admin_stopWS", "admin_startHTTP", "admin_startWS"} {
			var done bool
			if err := admin.Call(&done, method); err != nil || !done {
				t.Errorf("%s: %v, %v", method, done, err)
			}
		}
	}
	for _, method := range []string{"admin_startHTTP", "admin_startWS"} {
		if err := admin.Call(nil, method); err == nil || !strings.Contains(err.Error(), "already enabled") {
			t.Errorf("%s twice: %v", method, err)
		}
	}
	if theirs := stack.HTTPEndpoint(); strings.Contains(theirs, server.HTTPAddr().String()) {
		t.Errorf("geth serves %s itself", theirs)
	}
}

// TestNothingFollowsChunks: what comes behind a request in chunks is no request: a proxy that went by a length beside them
// has taken it for a part of the first.
func TestNothingFollowsChunks(t *testing.T) {
	stack := newNode(t, func(c *node.Config) { c.HTTPHost, c.IPCPath = "127.0.0.1", "" })
	server, err := New(stack, Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	stack.RegisterLifecycle(server)
	if err := stack.Start(); err != nil {
		t.Fatal(err)
	}
	const call = `{"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x00"]}`
	head := "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
	whole := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(call), call)
	chunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(call), call)
	for name, c := range map[string]struct {
		raw  string
		want int
	}{
		"a length":            {whole + whole, 2},
		"chunks":              {head + "Transfer-Encoding: chunked\r\n\r\n" + chunks + whole, 1},
		"chunks and a length": {head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + whole, 1},
	} {
		conn, err := net.Dial("tcp", server.HTTPAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(time.Minute))
		go func() { // the server may end before all is sent
			io.WriteString(conn, c.raw)
			conn.(*net.TCPConn).CloseWrite()
		}()
		answers, _ := io.ReadAll(conn) // what was not wanted may reset the connection
		conn.Close()
		if got := bytes.Count(answers, []byte(`"result":"0x`)); got != c.want {
			t.Errorf("%s: %d answers, want %d:\n%s", name, got, c.want, answers)
		}
	}
}
