package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/rpcapi/probe"
	"github.com/geth-ss/geth-ss/rpcapi/proxies"
	"github.com/geth-ss/geth-ss/service/limits"
)

var refused = metrics.NewRegisteredCounter("ss/rpc/refused", nil) // calls that had no turn

// gate stands before the methods that execute or scan, in place of each: one client's
// calls, however many, leave processors for consensus, for decisions and for the calls of
// others. Calls of HTTP and WebSocket, alone or in a batch, wait for a place, by turns of
// client addresses; those that come by IPC don't, since who may use it owns the node.
//
// Its methods are generated (methods_gated.go): geth finds what it serves by the names of
// Go methods.
type gate struct {
	methods map[string]Method // those that it stands before
	calls   lane
	scans   lane
	wait    time.Duration // for a turn, at most
}

// lane is places for calls of one kind.
type lane struct {
	places *limits.FairQueue[limits.Client]
	time   time.Duration // that a call has from when it gets its place; 0: no bound
	option string        // by which that is set
}

// Config says how much of the node JSON-RPC may take.
type Config struct {
	Limits limits.Config

	// CallTime is how long a call that executes may take: geth's --rpc.evmtimeout. Some of
	// geth's methods don't keep to that themselves.
	CallTime time.Duration

	// Guests stand in the place of methods of the same names over HTTP and WebSocket, where OperatorsModule is not enabled.
	Guests []rpc.API

	// Proxies are whose word counts for whom a request is from.
	Proxies proxies.List

	// Probes, which may be nil, are answered over HTTP.
	Probes *probe.Probes

	// Engine, which may be nil, stands between the engine API's listener and what it accepts.
	Engine func(net.Listener) net.Listener
}

func newLane(places uint64, limit time.Duration, option string) lane {
	return lane{limits.NewFairQueue[limits.Client](places, (places+1)/2, limits.MaxHeld), limit, option}
}

// newGate makes a gate before what is registered by now.
func newGate(stack *node.Node, cfg Config) (*gate, error) {
	methods, err := Methods(stack)
	if err != nil {
		return nil, err
	}
	for name := range methods {
		if !CostOf(name).Gated() {
			delete(methods, name)
		}
	}
	// Half of the processors for what is short and a quarter for what is long: the rest is
	// for consensus and the key server.
	calls, scans := cfg.Limits.RPCCalls, cfg.Limits.RPCScans
	if calls == 0 {
		calls = uint64(max(1, runtime.GOMAXPROCS(0)/2))
	}
	if scans == 0 {
		scans = uint64(max(1, runtime.GOMAXPROCS(0)/4))
	}
	return &gate{
		methods: methods,
		wait:    limits.MaxWait,
		calls:   newLane(calls, cfg.CallTime, "--rpc.evmtimeout"),
		scans:   newLane(scans, time.Duration(cfg.Limits.RPCScanTime)*time.Second, "--secretstore.limits.rpc-scan-time"),
	}, nil
}

// gated marks the gate's own methods.
func (g *gate) gated() {}

// call is a method behind the gate. Its parameters are those that were sent; nil is one
// that was not.
func (g *gate) call(ctx context.Context, name string, params ...*json.RawMessage) (any, error) {
	m, ok := g.methods[name]
	if !ok {
		return nil, NotAvailable(name)
	}
	args, err := m.decode(params)
	if err != nil {
		return nil, err
	}
	client, remote := clientOf(ctx)
	cost := CostOf(name)
	if !remote || cost == WholeBlock && !args[len(args)-1].Bool() {
		return m.call(ctx, args)
	}
	at := g.calls
	if cost == Scans {
		at = g.scans
	}
	ctx, leave, err := at.enter(ctx, client, g.wait, size(params))
	if err != nil {
		return nil, refusal(name, err)
	}
	defer leave()
	result, err := m.call(ctx, args)
	if err != nil && errors.Is(context.Cause(ctx), errTooLong) {
		err = &Error{CodeLimit, fmt.Sprintf("Limit exceeded: %s took longer than %v; ask for less at a time, or have the node's operator raise %s",
			name, at.time, at.option), nil}
	}
	return result, err
}

// subscribe is a subscription behind the gate.
func (g *gate) subscribe(ctx context.Context, name string, params ...*json.RawMessage) (*rpc.Subscription, error) {
	m, ok := g.methods[name]
	if !ok {
		return nil, &Error{CodeNotFound, "no " + name + " subscription", nil}
	}
	if _, remote := clientOf(ctx); remote {
		return nil, &Error{CodeLimit, "Limit exceeded: " + name + " reads the whole chain and is served only over IPC", nil}
	}
	args, err := m.decode(params)
	if err != nil {
		return nil, err
	}
	sub, err := m.call(ctx, args)
	if err != nil {
		return nil, err
	}
	return sub.(*rpc.Subscription), nil
}

// errTooLong is why a call's context ends when its time is up.
var errTooLong = errors.New("out of time")

// enter waits for a place. The context that a call gets with it ends when its time is up.
func (l lane) enter(ctx context.Context, client limits.Client, wait time.Duration, bytes int) (_ context.Context, leave func(), err error) {
	release, err := l.places.TakeHolding(ctx, client, wait, bytes)
	if err != nil {
		return nil, nil, err
	}
	if l.time == 0 {
		return ctx, release, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.time, errTooLong)
	return ctx, func() { cancel(); release() }, nil
}

// refusal is why a call has no place, as its client is told.
func refusal(name string, err error) error {
	refused.Inc(1)
	log.Debug("JSON-RPC call refused", "method", name, "err", err)
	var over *limits.Exceeded
	if errors.As(err, &over) {
		return &Error{CodeLimit, "Limit exceeded: " + name + " executes code or scans data, which this node does for few calls at once, each client address " +
			"in turn: " + over.Detail + "; ask again later, with fewer calls at once",
			map[string]any{"retryAfter": seconds(over.RetryAfter)}}
	}
	return err
}

// seconds are whole ones, as clients are told.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// clientOf is whom a call counts for. remote is false for those that come from this node's
// own machine by IPC, or from within.
func clientOf(ctx context.Context) (client limits.Client, remote bool) {
	peer := rpc.PeerInfoFromContext(ctx)
	return limits.ClientOf(peer.RemoteAddr), peer.Transport == "http" || peer.Transport == "ws"
}

func size(params []*json.RawMessage) (bytes int) {
	for _, p := range params {
		if p != nil {
			bytes += len(*p)
		}
	}
	return bytes
}

// handler puts a handler of a path, such as GraphQL's, behind the gate: each request is a
// scan, since what it asks for is not known here.
func (g *gate) handler(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, leave, err := g.scans.enter(r.Context(), limits.ClientOf(r.RemoteAddr), g.wait, int(max(0, r.ContentLength)))
		if err != nil {
			var over *limits.Exceeded
			if errors.As(err, &over) {
				w.Header().Set("Retry-After", strconv.Itoa(seconds(over.RetryAfter)))
			}
			http.Error(w, refusal(r.URL.Path, err).Error(), http.StatusTooManyRequests)
			return
		}
		defer leave()
		inner.ServeHTTP(w, r.WithContext(ctx))
	})
}
