package jsonrpc

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/test/ports"
)

// ownedAPI is what the consensus client's door has and the others have not.
type ownedAPI struct{}

func (ownedAPI) Build(word string) string { return "block " + word }

// newEngineNode assembles a node with an engine API, with the secret in a file.
func newEngineNode(t *testing.T, secret [32]byte, change func(*node.Config)) *node.Node {
	t.Helper()
	file := filepath.Join(t.TempDir(), "jwt")
	if err := os.WriteFile(file, []byte(hexutil.Encode(secret[:])), 0o600); err != nil {
		t.Fatal(err)
	}
	stack := newNode(t, func(c *node.Config) {
		c.HTTPHost, c.HTTPModules = "127.0.0.1", []string{"echo", "engine", "eth"}
		c.AuthAddr, c.AuthPort, c.AuthVirtualHosts, c.JWTSecret = "127.0.0.1", ports.For(t, 1), []string{"a.example"}, file
		change(c)
	})
	stack.RegisterAPIs([]rpc.API{
		{Namespace: "engine", Service: ownedAPI{}, Authenticated: true},
		{Namespace: "eth", Service: ownedAPI{}, Authenticated: true},
		{Namespace: "eth", Service: echoAPI{}},
	})
	return stack
}

// TestEngineAsGeth: to a consensus client, to somebody with another secret and to somebody with none, the engine API answers as
// geth's own server does, over HTTP and WebSocket; what it has is at no other door; and its connections are counted.
func TestEngineAsGeth(t *testing.T) {
	secret := [32]byte{7}
	var accepted atomic.Int32
	theirs := newEngineNode(t, secret, func(*node.Config) {})
	ours := newEngineNode(t, secret, func(*node.Config) {})
	server := startBeside(t, theirs, ours, Config{Engine: func(l net.Listener) net.Listener { return countedListener{l, &accepted} }})
	their, our := strings.TrimPrefix(theirs.HTTPAuthEndpoint(), "http://"), server.EngineAddr().String()
	tokens := map[string]func(http.Header) error{
		"no secret":      func(http.Header) error { return nil },
		"another secret": node.NewJWTAuth([32]byte{8}),
		"the secret":     node.NewJWTAuth(secret),
		"no token": func(h http.Header) error {
			h.Set("Authorization", "Bearer x")
			return nil
		},
	}
	var bodies []string
	for _, method := range []string{"engine_build", "eth_build", "eth_say", "echo_say", "hidden_say", "rpc_modules"} {
		bodies = append(bodies, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":["a"]}`, method))
	}
	bodies = append(bodies, "["+strings.Join(bodies, ",")+"]", "{", "")
	for name, token := range tokens {
		for _, body := range bodies {
			for _, host := range []string{"", "a.example", "b.example"} {
				for _, path := range []string{"/", "/graphql"} {
					want, got := askEngine(t, their, path, host, token, body), askEngine(t, our, path, host, token, body)
					if want != got {
						t.Errorf("%s, %s at %s%s\ngeth: %s\nours: %s", name, body, host, path, want, got)
					}
					if strings.Contains(got, "block a") && (name != "the secret" || host == "b.example") {
						t.Errorf("%s, host %q, has a block built", name, host)
					}
				}
			}
		}
		results := make([]string, 2)
		for i, addr := range []string{their, our} {
			results[i] = buildOverWebSocket(addr, token)
		}
		if results[0] != results[1] || (name == "the secret") != (results[1] == "block a, <nil>") {
			t.Errorf("%s, over WebSocket: geth %q, ours %q", name, results[0], results[1])
		}
	}
	if accepted.Load() == 0 {
		t.Error("its connections are not counted")
	}
	// The open door has what it had.
	for _, body := range bodies[:2] {
		if got := askEngine(t, server.HTTPAddr().String(), "/", "", tokens["the secret"], body); !strings.Contains(got, "does not exist") {
			t.Errorf("anybody may ask %s: %s", body, got)
		}
	}
}

func askEngine(t *testing.T, addr, path, host string, token func(http.Header) error, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	req.Header.Set("Content-Type", "application/json")
	if err := token(req.Header); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	return fmt.Sprint(resp.Status, resp.Header, string(answer), err)
}

func buildOverWebSocket(addr string, token func(http.Header) error) (result string) {
	client, err := rpc.DialOptions(context.Background(), "ws://"+addr, rpc.WithHTTPAuth(token))
	if err != nil {
		return "no connection"
	}
	defer client.Close()
	err = client.Call(&result, "engine_build", "a")
	return fmt.Sprint(result, ", ", err)
}

// TestRegisteredLater: what wants the secret is not open because it was registered late.
func TestRegisteredLater(t *testing.T) {
	stack := newEngineNode(t, [32]byte{7}, func(*node.Config) {})
	server, err := New(stack, Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	stack.RegisterAPIs([]rpc.API{{Namespace: "late", Service: ownedAPI{}, Authenticated: true}})
	open, err := server.apis()
	if err != nil || len(open) == 0 {
		t.Fatal(len(open), err)
	}
	for _, api := range open {
		if _, owned := api.Service.(ownedAPI); owned {
			t.Errorf("%s is open", api.Namespace)
		}
	}
}
