package jsonrpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/service/limits"
)

// behind is what the gate's methods call in these tests: from 127.0.0.1 over a network they
// block until the door is opened or they are cancelled; whoever else calls has the answer at
// once.
type behind struct {
	open    atomic.Pointer[chan struct{}]
	running atomic.Int32
	most    atomic.Int32 // that ran at once
}

// shut makes calls block until open is called.
func (b *behind) shut() (open func()) {
	door := make(chan struct{})
	b.open.Store(&door)
	return func() { close(door) }
}

func (b *behind) call(ctx context.Context) (any, error) {
	client, remote := clientOf(ctx)
	if !remote || client != "127.0.0.1" {
		return "served", nil
	}
	now := b.running.Add(1)
	defer b.running.Add(-1)
	for most := b.most.Load(); now > most && !b.most.CompareAndSwap(most, now); most = b.most.Load() {
	}
	select {
	case <-*b.open.Load():
		return "at last", nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// gatedNode runs a node whose gate has b behind all of its methods. params are arguments
// with which each can be called.
func gatedNode(t *testing.T, cfg Config, b *behind) (server *Server, stack *node.Node, params map[string][]any) {
	t.Helper()
	stack = newNode(t, func(c *node.Config) {
		c.HTTPHost, c.WSHost, c.IPCPath = "127.0.0.1", "127.0.0.1", filepath.Join(t.TempDir(), "ipc")
		c.HTTPModules, c.WSModules = []string{"eth", "txpool", "debug", "echo"}, []string{"eth", "txpool", "debug", "echo"}
	})
	stack.RegisterHandler("test", "/slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := limits.ClientOf(r.RemoteAddr)
		result, err := b.call(rpcContext(r.Context(), client))
		fmt.Fprint(w, result, err)
	}))
	server, err := New(stack, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	params = make(map[string][]any)
	fakes := make(map[string]Method)
	for _, api := range server.http.gate.services() {
		service := reflect.ValueOf(api.Service)
		for i := range service.NumMethod() {
			m, _ := methodOf(api.Namespace, service.Type().Method(i).Name, service.Method(i))
			if m.Subscribe {
				continue
			}
			fake := Method{Name: m.Name, fn: reflect.ValueOf(b.call), hasCtx: true, errPos: 1}
			params[m.Name] = []any{}
			for range m.Params {
				params[m.Name] = append(params[m.Name], true)
			}
			fake.Params = m.Params
			fake.fn = reflect.MakeFunc(signature(m.Params, CostOf(m.Name) == WholeBlock, &fake), func(args []reflect.Value) []reflect.Value {
				return reflect.ValueOf(b.call).Call(args[:1])
			})
			fakes[m.Name] = fake
		}
	}
	server.http.gate.methods = fakes
	stack.RegisterLifecycle(server)
	if err := stack.Start(); err != nil {
		t.Fatal(err)
	}
	return server, stack, params
}

// signature is that of a method with these parameters, the last of them a bool if wanted.
func signature(params []reflect.Type, lastBool bool, m *Method) reflect.Type {
	m.Params = append([]reflect.Type(nil), params...)
	if lastBool {
		m.Params[len(params)-1] = reflect.TypeFor[bool]()
	}
	in := append([]reflect.Type{contextType}, m.Params...)
	return reflect.FuncOf(in, []reflect.Type{reflect.TypeFor[any](), errorType}, false)
}

// rpcContext is the context of a call that came from there.
func rpcContext(ctx context.Context, client limits.Client) (inside context.Context) {
	server := rpc.NewServer()
	defer server.Stop()
	server.RegisterName("x", &capture{&inside})
	r := httptest.NewRequestWithContext(ctx, "POST", "/", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"x_take"}`))
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = string(client) + ":1"
	server.ServeHTTP(httptest.NewRecorder(), r)
	return withoutCancel{inside, ctx}
}

// withoutCancel has the values of one context and the end of another.
type withoutCancel struct{ values, end context.Context }

func (c withoutCancel) Deadline() (time.Time, bool) { return c.end.Deadline() }
func (c withoutCancel) Done() <-chan struct{}       { return c.end.Done() }
func (c withoutCancel) Err() error                  { return c.end.Err() }
func (c withoutCancel) Value(key any) any           { return c.values.Value(key) }

type capture struct{ ctx *context.Context }

func (c *capture) Take(ctx context.Context) { *c.ctx = ctx }

// from dials HTTP from an address of this machine.
func from(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}, Timeout: time.Minute}
}

// TestGate is over every method that executes or scans and every way of calling it: however
// many calls a client has under way, no more of them run than its share, and others are
// served meanwhile.
func TestGate(t *testing.T) {
	probe, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("needs a second loopback address: ", err)
	}
	probe.Close()
	b := new(behind)
	b.shut()
	cfg := Config{Limits: limits.Default()}
	cfg.Limits.RPCCalls, cfg.Limits.RPCScans, cfg.Limits.RPCScanTime = 2, 2, 0
	server, stack, params := gatedNode(t, cfg, b)
	url := "http://" + server.HTTPAddr().String()
	if len(params) < 30 {
		t.Fatalf("%d methods behind the gate", len(params))
	}
	other := dial(t, url, rpc.WithHTTPClient(from("127.0.0.2")))
	local := stack.Attach()
	ipc := dial(t, stack.IPCEndpoint())
	t.Cleanup(local.Close)

	floods := map[string]func(method string) (done chan struct{}){
		"http":          func(m string) chan struct{} { return flood(t, url, 6, 1, m, params[m]) },
		"http, batched": func(m string) chan struct{} { return flood(t, url, 3, 5, m, params[m]) },
		"ws": func(m string) chan struct{} {
			return flood(t, "ws"+url[4:], 6, 1, m, params[m])
		},
		"ws, batched": func(m string) chan struct{} {
			return flood(t, "ws"+url[4:], 3, 5, m, params[m])
		},
	}
	for method := range params {
		for transport, flood := range floods {
			t.Run(method+", "+transport, func(t *testing.T) {
				open := b.shut()
				done := flood(method)
				until(t, "a call of the flood runs", func() bool { return b.running.Load() > 0 })
				for name, client := range map[string]*rpc.Client{"another address": other, "IPC": ipc, "the node itself": local} {
					var got string
					if err := client.Call(&got, method, params[method]...); err != nil || got != "served" {
						t.Errorf("a call from %s: %q, %v", name, got, err)
					}
				}
				open()
				<-done
				until(t, "the flood is over", func() bool {
					return b.running.Load() == 0 && server.http.gate.calls.places.Waiting() == 0 && server.http.gate.scans.places.Waiting() == 0
				})
				if most := b.most.Swap(0); most != 1 {
					t.Errorf("%d calls of one address ran at once, of 2 places", most)
				}
			})
		}
	}

	t.Run("path", func(t *testing.T) {
		open := b.shut()
		answered := make(chan struct{})
		for range 6 {
			go func() {
				if resp, err := from("127.0.0.1").Get(url + "/slow"); err == nil {
					resp.Body.Close()
				}
				answered <- struct{}{}
			}()
		}
		until(t, "a request runs", func() bool { return b.running.Load() > 0 })
		resp, err := from("127.0.0.2").Get(url + "/slow")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(body) != "served<nil>" {
			t.Errorf("a request from another address: %s %q", resp.Status, body)
		}
		open()
		for range 6 {
			<-answered
		}
		until(t, "all are over", func() bool { return b.running.Load() == 0 })
		if most := b.most.Swap(0); most != 1 {
			t.Errorf("%d requests of one address ran at once", most)
		}
	})
}

func dial(t *testing.T, url string, options ...rpc.ClientOption) *rpc.Client {
	t.Helper()
	client, err := rpc.DialOptions(t.Context(), url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// flood sends that many requests at once, each with a batch of calls. done is closed when
// all have come back.
func flood(t *testing.T, url string, requests, batch int, method string, params []any) (done chan struct{}) {
	t.Helper()
	client, err := rpc.DialOptions(t.Context(), url, rpc.WithHTTPClient(from("127.0.0.1")))
	if err != nil {
		t.Fatal(err)
	}
	done = make(chan struct{})
	back := make(chan struct{})
	for range requests {
		go func() {
			elems := make([]rpc.BatchElem, batch)
			for i := range elems {
				elems[i] = rpc.BatchElem{Method: method, Args: params, Result: new(any)}
			}
			if batch == 1 {
				client.Call(nil, method, params...)
			} else {
				client.BatchCall(elems)
			}
			back <- struct{}{}
		}()
	}
	go func() {
		defer close(done)
		for range requests {
			<-back
		}
		client.Close()
	}()
	return done
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within 30 s: ", what)
		}
	}
}

// TestGateTime: a call that takes longer than it may is ended, and told by what.
func TestGateTime(t *testing.T) {
	b := new(behind)
	b.shut()
	cfg := Config{Limits: limits.Default(), CallTime: 10 * time.Millisecond}
	cfg.Limits.RPCScanTime = 1
	server, _, params := gatedNode(t, cfg, b)
	client := dial(t, "http://"+server.HTTPAddr().String())
	for method, option := range map[string]string{"eth_estimateGas": "10ms; ", "eth_getLogs": "1s; "} {
		err := client.Call(nil, method, params[method]...)
		var coded rpc.Error
		if !errors.As(err, &coded) || coded.ErrorCode() != CodeLimit || !strings.Contains(err.Error(), method+" took longer than "+option) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// TestTraceChain: what works through the whole chain isn't begun for a stranger.
func TestTraceChain(t *testing.T) {
	stack := newNode(t, func(c *node.Config) { c.WSHost, c.WSModules = "127.0.0.1", []string{"debug"} })
	stack.RegisterAPIs([]rpc.API{{Namespace: "debug", Service: tracer{}}})
	server, err := New(stack, Config{Limits: limits.Default()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	stack.RegisterLifecycle(server)
	if err := stack.Start(); err != nil {
		t.Fatal(err)
	}
	begin := func(client *rpc.Client) error {
		t.Cleanup(client.Close)
		sub, err := client.Subscribe(t.Context(), "debug", make(chan any), "traceChain", "0x0", "0x1", nil)
		if err == nil {
			sub.Unsubscribe()
		}
		return err
	}
	if err := begin(stack.Attach()); err != nil {
		t.Error("from within: ", err)
	}
	if err := begin(dial(t, "ws://"+server.WSAddr().String())); err == nil || !strings.Contains(err.Error(), "only over IPC") {
		t.Error("over WebSocket: ", err)
	}
}

type tracer struct{}

func (tracer) TraceChain(ctx context.Context, start, end rpc.BlockNumber, config *int) (*rpc.Subscription, error) {
	notifier, _ := rpc.NotifierFromContext(ctx)
	return notifier.CreateSubscription(), nil
}

// plainEth has methods of the shapes that geth's have.
type plainEth struct{}

type callArgs struct {
	To   *common.Address `json:"to"`
	Gas  *hexutil.Uint64 `json:"gas"`
	Data hexutil.Bytes   `json:"data"`
}

func (plainEth) Call(ctx context.Context, args callArgs, block *rpc.BlockNumberOrHash, a *map[common.Address]any, b *struct{ Time *hexutil.Uint64 }) (hexutil.Bytes, error) {
	if args.Gas != nil {
		return nil, &dataError{}
	}
	return hexutil.Bytes(fmt.Sprintf("%v %v %v %v", args.To, block, a, b)), nil
}

func (plainEth) GetLogs(ctx context.Context, crit filters.FilterCriteria) ([]*common.Hash, error) {
	if crit.FromBlock == nil {
		return nil, nil
	}
	return []*common.Hash{}, nil
}

func (plainEth) GetBlockByNumber(number rpc.BlockNumber, full bool) map[string]any {
	if number == rpc.PendingBlockNumber {
		return nil
	}
	return map[string]any{"number": number, "full": full}
}

func (plainEth) FeeHistory(ctx context.Context, count math.HexOrDecimal64, last rpc.BlockNumber, percentiles []float64) (*callArgs, error) {
	if count == 0 {
		panic("no blocks")
	}
	return nil, nil
}

func (plainEth) PendingTransactions() error { return errors.New("none") }

type dataError struct{}

func (*dataError) Error() string  { return "execution reverted" }
func (*dataError) ErrorCode() int { return 3 }
func (*dataError) ErrorData() any { return "0x1234" }

// TestTransparent: through the gate all answers and all complaints about arguments are, to
// the byte, what they are without it. The table is made: each method with each argument in
// each place.
func TestTransparent(t *testing.T) {
	plain, behind := rpc.NewServer(), rpc.NewServer()
	defer plain.Stop()
	defer behind.Stop()
	stack := newNode(t, func(*node.Config) {})
	stack.RegisterAPIs([]rpc.API{{Namespace: "eth", Service: plainEth{}}})
	g, err := newGate(stack, Config{Limits: limits.Default()})
	if err != nil {
		t.Fatal(err)
	}
	plain.RegisterName("eth", plainEth{})
	for _, api := range g.services() {
		behind.RegisterName(api.Namespace, api.Service)
	}
	values := []string{`null`, `{}`, `{"to":"0x0000000000000000000000000000000000000001"}`, `{"gas":"0x1"}`, `{"gas":1}`, `{"to":"0x12"}`, `"latest"`,
		`"pending"`, `"0x0"`, `"0x10"`, `"0x"`, `0`, `1`, `true`, `"true"`, `[]`, `[1,2]`, `["a"]`, `{"fromBlock":"0x1"}`, `{"fromBlock":1}`,
		`{"blockHash":"0x00","fromBlock":"0x1"}`, `""`, `{"blockNumber":"0x1"}`, `"\ud800"`}
	ask := func(s *rpc.Server, body string) string {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Body.String()
	}
	asked := 0
	compare := func(method string, params ...string) {
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"eth_%s","params":[%s]}`, method, strings.Join(params, ","))
		if want, got := ask(plain, body), ask(behind, body); want != got {
			t.Errorf("%s\nwithout: %swith:    %s", body, want, got)
		}
		asked++
	}
	good := map[string][]string{
		"call": {`{}`, `"latest"`, `{}`, `{}`}, "getLogs": {`{}`}, "getBlockByNumber": {`"0x1"`, `true`},
		"feeHistory": {`"0x1"`, `"latest"`, `[1]`}, "pendingTransactions": {},
	}
	for method, params := range good {
		for n := range len(params) + 2 {
			compare(method, append(append([]string(nil), params...), `1`, `2`)[:n]...)
		}
		for i := range params {
			for _, value := range values {
				changed := append([]string(nil), params...)
				changed[i] = value
				compare(method, changed...)
				compare(method, changed[:i+1]...)
			}
		}
	}
	for _, odd := range []string{`{}`, `"x"`, `null`} {
		body := `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":` + odd + `}`
		if want, got := ask(plain, body), ask(behind, body); want != got {
			t.Errorf("%s\nwithout: %swith:    %s", body, want, got)
		}
	}
	if asked < 400 {
		t.Errorf("%d cases are not all", asked)
	}
	var missing bytes.Buffer
	missing.WriteString(ask(behind, `{"jsonrpc":"2.0","id":1,"method":"debug_dumpBlock","params":["0x1"]}`))
	var answer struct{ Error struct{ Code int } }
	if err := json.Unmarshal(missing.Bytes(), &answer); err != nil || answer.Error.Code != CodeNotFound {
		t.Errorf("a method that the node doesn't have: %s", &missing)
	}
}

// TestRefused: who can't have a turn in time is told: the code of a limit, what to
// do, and when to come again.
func TestRefused(t *testing.T) {
	b := new(behind)
	open := b.shut()
	server, _, params := gatedNode(t, Config{Limits: limits.Default()}, b)
	url := "http://" + server.HTTPAddr().String()
	client := dial(t, url)
	server.http.gate.wait = 10 * time.Millisecond
	for _, method := range []string{"eth_call", "eth_getLogs"} {
		done := flood(t, url, 1, 1, method, params[method])
		until(t, "it runs", func() bool { return b.running.Load() == 1 })
		err := client.Call(nil, method, params[method]...)
		var coded rpc.DataError
		if !errors.As(err, &coded) || coded.(rpc.Error).ErrorCode() != CodeLimit || !strings.Contains(err.Error(), "ask again later") {
			t.Fatalf("%s: %v", method, err)
		}
		if data, ok := coded.ErrorData().(map[string]any); !ok || data["retryAfter"].(float64) < 1 {
			t.Errorf("%s: data %v", method, coded.ErrorData())
		}
		open()
		<-done
		open = b.shut()
	}
	open()
}
