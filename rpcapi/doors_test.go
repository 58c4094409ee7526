package rpcapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/rpcapi/jsonrpc"
	"github.com/geth-ss/geth-ss/rpcapi/probe"
	"github.com/geth-ss/geth-ss/rpcapi/proxies"
	"github.com/geth-ss/geth-ss/service/limits"
)

// startNode serves a key server over IPC, HTTP and WebSocket, as a node does.
func startNode(t *testing.T, keys KeyServer, http, ws []string, opts Options, cfg jsonrpc.Config) (stack *node.Node, server *jsonrpc.Server) {
	t.Helper()
	stack, err := node.New(&node.Config{
		Name: "test", IPCPath: filepath.Join(t.TempDir(), "ipc"),
		HTTPHost: "127.0.0.1", HTTPModules: http, WSHost: "127.0.0.1", WSPort: 0, WSModules: ws, HTTPTimeouts: rpc.DefaultHTTPTimeouts,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stack.Close() })
	manager := accounts.NewManager(nil)
	t.Cleanup(func() { manager.Close() })
	apis, guests := ForDoors(manager, keys, opts)
	stack.RegisterAPIs(apis)
	cfg.Guests = guests
	if server, err = jsonrpc.New(stack, cfg, nil); err != nil {
		t.Fatal(err)
	}
	stack.RegisterLifecycle(server)
	if err := stack.Start(); err != nil {
		t.Fatal(err)
	}
	return stack, server
}

// TestDoors: what lists keys, or makes all key servers work, is for operators: by each door, and for each method.
func TestDoors(t *testing.T) {
	keys := new(fakeKeys)
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	id := hexutil.Encode(append(make([]byte, 31), 7))
	signature, err := crypto.Sign(hexutil.MustDecode(id), key)
	if err != nil {
		t.Fatal(err)
	}
	who := crypto.PubkeyToAddress(key.PublicKey).Hex()
	other := "0x00000000000000000000000000000000000012ab"
	const refused = "is for operators: over IPC, or with ssadmin in --http.api or --ws.api"
	methods := []struct {
		name             string
		params           []any
		operator, public string // parts of the answers
	}{
		{"keys", nil, "page", refused},
		{"keys", []any{id, 5}, "page", refused},
		{"keyStatus", []any{id}, "status", refused},
		{"explainAccess", []any{who, id}, `"access"`, refused + "; an address may ask about itself"},
		{"explainAccess", []any{who, id, hexutil.Bytes(signature)}, "own access", "own access"},
		{"explainAccess", []any{other, id, hexutil.Bytes(signature)}, "not made by the address", "not made by the address"},
		{"explainAccess", []any{who, id, "0x" + strings.Repeat("00", 65)}, "error", "error"},
		{"status", nil, `"fake"`, `"public"`},
		{"peers", nil, "peer", "peer"},
		{"cluster", nil, "chainId", "chainId"},
		{"serversSetHash", []any{[]string{}}, "0xc5d2", "0xc5d2"},
	}
	all := []string{Namespace, rpc.MetadataApi}
	for name, c := range map[string]struct{ http, ws []string }{
		"neither":         {all, all},
		"HTTP":            {append(slices.Clone(all), jsonrpc.OperatorsModule), all},
		"WebSocket":       {all, append([]string{jsonrpc.OperatorsModule}, all...)},
		"both":            {append(slices.Clone(all), jsonrpc.OperatorsModule), append(slices.Clone(all), jsonrpc.OperatorsModule)},
		"all namespaces":  {nil, nil},
		"ssadmin, no API": {[]string{jsonrpc.OperatorsModule}, []string{jsonrpc.OperatorsModule}},
	} {
		t.Run(name, func(t *testing.T) {
			stack, server := startNode(t, keys, c.http, c.ws, Options{Limits: limits.Default()}, jsonrpc.Config{Limits: limits.Default()})
			for door, at := range map[string]struct {
				url     string
				modules []string
			}{
				"IPC":  {stack.IPCEndpoint(), nil}, // has all
				"http": {"http://" + server.HTTPAddr().String(), c.http},
				"ws":   {"ws://" + server.WSAddr().String(), c.ws},
			} {
				client, err := rpc.Dial(at.url)
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				for _, m := range methods {
					want := m.public
					switch {
					case len(at.modules) == 1:
						want = "does not exist/is not available"
					case at.modules == nil || slices.Contains(at.modules, jsonrpc.OperatorsModule):
						want = m.operator
					}
					var got json.RawMessage
					answer := ""
					if err := client.Call(&got, Namespace+"_"+m.name, m.params...); err != nil {
						answer = "error: " + err.Error()
					} else {
						answer = string(got)
					}
					if !strings.Contains(answer, want) {
						t.Errorf("%s%v over %s: %s, want %q", m.name, m.params, door, answer, want)
					}
				}
			}
		})
	}
}

// TestGuests: for each method that is for operators there is one for guests, and none is there that nobody has decided
// about.
func TestGuests(t *testing.T) {
	decided := map[string]bool{ // true: for operators
		"serverSets": false, "servers": true, "planChange": true, "repair": true, "writeOff": true,
		"makeOrder": false, "changeServers": false, "cancelChange": false, "refreshShares": false, // by who signs, not by who sends
		"keys": true, "keyStatus": true, "explainAccess": true, "status": true,
		"peers": false, "cluster": false, "subscribe:access": false,
		"generateServerKey": false, "storeDocumentKey": false, "serverKey": false, "retrieveDocumentKeys": false,
		"sign": false, "signSchnorr": false, "signEcdsa": false,
		"generateDocumentKey": false, "encrypt": false, "decrypt": false, "shadowDecrypt": false, "signRawHash": false, "serversSetHash": false,
	}
	manager := accounts.NewManager(nil)
	defer manager.Close()
	apis, guests := ForDoors(manager, new(fakeKeys), Options{})
	named := func(list []rpc.API) map[string]jsonrpc.Method {
		stack, err := node.New(&node.Config{Name: "test"})
		if err != nil {
			t.Fatal(err)
		}
		defer stack.Close()
		stack.RegisterAPIs(list)
		found, err := jsonrpc.Methods(stack)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	open, instead := named(apis), named(guests)
	for name, m := range open {
		short, ours := strings.CutPrefix(name, Namespace+"_")
		if !ours {
			continue
		}
		operators, known := decided[short]
		if !known {
			t.Errorf("nobody has decided whether %s lists or probes", name)
		}
		if guest, there := instead[name]; there != operators || there && len(guest.Params) != len(m.Params) {
			t.Errorf("%s: for operators %t, for guests there is %v", name, operators, guest)
		}
	}
}

// TestProbes: /health and /ready are answered at the Secret Store's listener whatever the limits, and nothing else there has
// changed.
func TestProbes(t *testing.T) {
	keys := new(fakeKeys)
	s := startLimited(t, keys, func(c *limits.Config) { c.AddressRequests = 1 })
	for range 5 { // over any limit
		for target, want := range map[string]string{"/health": "ok\n", "/ready": "ready\n"} {
			status, header, body := ask(t, s, "GET", target, "", "Origin: http://foreign.example")
			if status != "HTTP/1.1 200 OK" || body != want || header["content-type"] != "text/plain; charset=utf-8" || header["access-control-allow-origin"] != "" {
				t.Fatalf("%s: %s %v %q", target, status, header, body)
			}
		}
	}
	if status, _, body := ask(t, s, "HEAD", "/health", ""); status != "HTTP/1.1 200 OK" || body != "" {
		t.Errorf("HEAD: %s %q", status, body)
	}
	if called := keys.called(); called != "" {
		t.Errorf("a probe became %q", called)
	}
	ill := new(fakeKeys)
	ill.ready = fmt.Errorf("chain: there is no final block yet")
	s = startHTTP(t, ill)
	if status, header, body := ask(t, s, "GET", "/ready", ""); status != "HTTP/1.1 503 Service Unavailable" || body != "chain: there is no final block yet\n" {
		t.Errorf("not ready: %s %v %q", status, header, body)
	}
	for _, request := range []string{"POST /health", "PUT /ready", "OPTIONS /ready", "GET /", "HEAD /", "GET /health/", "GET /ready?x=1", "GET /healthz", "GET //ready", "DELETE /health"} {
		method, target, _ := strings.Cut(request, " ")
		if status, header, body := ask(t, s, method, target, ""); status != "HTTP/1.1 400 Bad Request" || body != "" || header["content-type"] != "" || method != "HEAD" && header["content-length"] != "0" {
			t.Errorf("%s: %s %v %q", request, status, header, body)
		}
	}
}

// TestProbesOfJSONRPC: a node without the Secret Store's listener answers them where JSON-RPC is, and nothing changes there.
func TestProbesOfJSONRPC(t *testing.T) {
	for _, probes := range []*probe.Probes{nil, {Health: func() error { return nil }, Ready: func() error { return fmt.Errorf("chain: stale") }}} {
		_, server := startNode(t, new(fakeKeys), []string{Namespace}, []string{Namespace}, Options{}, jsonrpc.Config{Probes: probes})
		for target, want := range map[string]string{"/health": "200 ok\n", "/ready": "503 chain: stale\n", "/": "200 ", "/health/": "404 ", "/ready?": "404 "} {
			if probes == nil && target != "/" {
				want = "404 "
			}
			answer, err := http.Get("http://" + server.HTTPAddr().String() + target)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if got := fmt.Sprintf("%d %s", answer.StatusCode, body); err != nil || got != want {
				t.Errorf("probes %t, %s: %q, want %q (%v)", probes != nil, target, got, want, err)
			}
		}
	}
}

// TestTrustedProxies: at each door limits count for whom a trusted proxy says that a request is, and for nobody else's word.
func TestTrustedProxies(t *testing.T) {
	list, err := proxies.Parse([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, trusted := range map[string]proxies.List{"trusted": list, "not trusted": nil} {
		cfg := limits.Default()
		cfg.AddressRequests = 2
		s := NewHTTPServer(HTTPConfig{Host: "127.0.0.1", Limits: cfg, Proxies: trusted}, new(fakeKeys))
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		defer s.Stop()
		_, server := startNode(t, new(fakeKeys), []string{Namespace}, []string{Namespace}, Options{Limits: cfg}, jsonrpc.Config{Limits: cfg, Proxies: trusted})
		for door, over := range map[string]func(client string) bool{
			"Parity's HTTP API": func(client string) bool {
				status, _, _ := ask(t, s, "GET", "/"+testID+"/"+testSig, "", "X-Forwarded-For: "+client)
				return strings.Contains(status, "429")
			},
			"JSON-RPC over HTTP": func(client string) bool {
				r, err := http.NewRequest("POST", "http://"+server.HTTPAddr().String(), strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"secretstore_peers"}`))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("X-Forwarded-For", client)
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				body, err := io.ReadAll(answer.Body)
				return err == nil && bytes.Contains(body, []byte("-32005"))
			},
			"JSON-RPC over WebSocket": func(client string) bool {
				c, err := rpc.DialOptions(t.Context(), "ws://"+server.WSAddr().String(), rpc.WithHeader("X-Forwarded-For", "6.6.6.6, "+client))
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				err = c.Call(nil, "secretstore_peers")
				return err != nil && strings.Contains(err.Error(), "Limit exceeded")
			},
		} {
			base := "198.51.100." // each door's clients are its own, where doors share a limit
			if door == "JSON-RPC over WebSocket" {
				base = "203.0.113."
			}
			refused := 0
			for i := range 6 {
				if over(fmt.Sprint(base, i+1)) {
					refused++
				}
			}
			if trusted != nil && refused > 0 || trusted == nil && refused < 4 {
				t.Errorf("%s, proxy %s: %d of 6 clients' requests were refused", door, name, refused)
			}
			if trusted == nil {
				continue
			}
			for range 4 {
				over(base + "99")
			}
			if !over(base + "99") {
				t.Errorf("%s: a client has no limit of its own", door)
			}
		}
	}
}
