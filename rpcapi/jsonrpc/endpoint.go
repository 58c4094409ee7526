package jsonrpc

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/rpcapi/conns"
	"github.com/geth-ss/geth-ss/rpcapi/probe"
	"github.com/geth-ss/geth-ss/rpcapi/proxies"
)

// stopTimeout is how long running requests may take to end when an endpoint is closed.
const stopTimeout = 5 * time.Second

// door is one way of asking at an endpoint: HTTP or WebSocket.
type door struct {
	http.Handler
	prefix string // of the paths it answers; "" is the root alone
	server *rpc.Server
}

func (d *door) answers(path string) bool {
	if d.prefix == "" {
		return path == "/"
	}
	return strings.HasPrefix(path, d.prefix)
}

// endpoint is one listening port with up to two doors. It is what geth's own server is,
// but that its listener is given to it.
type endpoint struct {
	paths    *http.ServeMux // other handlers, answered where HTTP is
	gate     *gate          // before these
	timeouts rpc.HTTPTimeouts
	secret   []byte // that clients show they have; nil: none is wanted
	guests   []rpc.API
	proxies  proxies.List
	probes   *probe.Probes // nil: none

	http, ws atomic.Pointer[door]

	mu       sync.Mutex
	server   *http.Server // nil while it doesn't listen
	listener net.Listener
	done     chan struct{} // closed when server has returned
}

// listen begins to serve the doors on a listener.
func (e *endpoint) listen(listener net.Listener) {
	server := &http.Server{
		Handler:           e,
		ReadTimeout:       e.timeouts.ReadTimeout,
		ReadHeaderTimeout: e.timeouts.ReadHeaderTimeout,
		WriteTimeout:      e.timeouts.WriteTimeout,
		IdleTimeout:       e.timeouts.IdleTimeout,
		Protocols:         new(http.Protocols),
	}
	conns.Watch(server)
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan struct{})
	e.mu.Lock()
	e.server, e.listener, e.done = server, listener, done
	e.mu.Unlock()
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("JSON-RPC server ended", "endpoint", listener.Addr(), "err", err)
		}
	}()
}

// addr is where the endpoint listens; nil if it doesn't.
func (e *endpoint) addr() net.Addr {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.listener == nil {
		return nil
	}
	return e.listener.Addr()
}

func (e *endpoint) listensOn(port int) bool {
	addr, ok := e.addr().(*net.TCPAddr)
	return ok && addr.Port == port
}

// ServeHTTP finds the door.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conns.EndChunked(w, r) // geth goes on
	if e.http.Load() != nil && e.probes.Answer(w, r) {
		return
	}
	if client := e.proxies.Client(r); client != r.RemoteAddr {
		w, r.RemoteAddr = &forClient{w, client}, client
	}
	if ws := e.ws.Load(); ws != nil && isWebsocket(r) {
		if ws.answers(r.URL.Path) {
			ws.ServeHTTP(w, r)
		} else {
			http.Error(w, "not found", http.StatusNotFound)
		}
		return
	}
	switch rpc := e.http.Load(); {
	case rpc == nil:
		w.WriteHeader(http.StatusNotFound)
	case e.pathPattern(r) != "":
		e.gate.handler(e.paths).ServeHTTP(w, r)
	case rpc.answers(r.URL.Path):
		rpc.ServeHTTP(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// forClient has the connection that a WebSocket takes over say whom it is for: geth looks there.
type forClient struct {
	http.ResponseWriter
	client string
}

// Unwrap is for http.ResponseController.
func (f *forClient) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// Flush implements http.Flusher.
func (f *forClient) Flush() { http.NewResponseController(f.ResponseWriter).Flush() }

// Hijack implements http.Hijacker.
func (f *forClient) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(f.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return connFor{conn, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.client))}, buffered, nil
}

type connFor struct {
	net.Conn
	client net.Addr
}

// RemoteAddr implements net.Conn.
func (c connFor) RemoteAddr() net.Addr { return c.client }

func (e *endpoint) pathPattern(r *http.Request) string {
	_, pattern := e.paths.Handler(r)
	return pattern
}

func isWebsocket(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") &&
		strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade")
}

// openHTTP and openWS put a door in, which must not be there yet.

func (e *endpoint) openHTTP(apis apiList, cfg *node.Config) error {
	server, err := newServer(apis, e.guests, cfg.HTTPModules, cfg)
	if err != nil {
		return err
	}
	handler := node.NewHTTPHandlerStack(server, cfg.HTTPCors, cfg.HTTPVirtualHosts, e.secret, e.secret != nil)
	if !e.http.CompareAndSwap(nil, &door{handler, cfg.HTTPPathPrefix, server}) {
		return errors.New("JSON-RPC over HTTP is already enabled")
	}
	return nil
}

func (e *endpoint) openWS(apis apiList, cfg *node.Config) error {
	server, err := newServer(apis, e.guests, cfg.WSModules, cfg)
	if err != nil {
		return err
	}
	handler := node.NewWSHandlerStack(server.WebsocketHandler(cfg.WSOrigins), e.secret)
	if !e.ws.CompareAndSwap(nil, &door{handler, cfg.WSPathPrefix, server}) {
		return errors.New("JSON-RPC over WebSocket is already enabled")
	}
	return nil
}

// apiList tells what is to be served.
type apiList func() ([]rpc.API, error)

// OperatorsModule is the name that opens a door to operators' methods, where it stands among the namespaces that are enabled
// there (--http.api, --ws.api). It has no methods of its own.
const OperatorsModule = "ssadmin"

// newServer serves a list of APIs as far as modules enable them; geth takes no modules for all. guests take the places of
// methods of the same names where OperatorsModule is not among the modules.
func newServer(list apiList, guests []rpc.API, modules []string, cfg *node.Config) (*rpc.Server, error) {
	apis, err := list()
	if err != nil {
		return nil, err
	}
	server := rpc.NewServer()
	server.SetBatchLimits(cfg.BatchRequestLimit, cfg.BatchResponseMaxSize)
	if cfg.HTTPBodyLimit > 0 {
		server.SetHTTPBodyLimit(cfg.HTTPBodyLimit)
	}
	if len(modules) == 0 {
		return server, node.RegisterApis(apis, modules, server)
	}
	named := slices.DeleteFunc(slices.Clone(modules), func(name string) bool { return name == OperatorsModule })
	if len(named) == 0 {
		named = []string{rpc.MetadataApi} // none would be all
	}
	if err := node.RegisterApis(apis, named, server); err != nil || len(named) < len(modules) {
		return server, err
	}
	for _, api := range guests {
		if slices.Contains(named, api.Namespace) {
			if err := server.RegisterName(api.Namespace, api.Service); err != nil {
				return nil, err
			}
		}
	}
	return server, nil
}

// closeDoor ends one way of asking, and what is under way there.
func closeDoor(at *atomic.Pointer[door]) {
	if d := at.Swap(nil); d != nil {
		d.server.Stop()
	}
}

// stop closes both doors and the port. When it returns, nothing of it runs any more.
func (e *endpoint) stop() {
	closeDoor(&e.http)
	closeDoor(&e.ws)
	e.mu.Lock()
	server, listener, done := e.server, e.listener, e.done
	e.server, e.listener, e.done = nil, nil, nil
	e.mu.Unlock()
	if server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		server.Close()
	}
	<-done
	log.Info("HTTP server stopped", "endpoint", listener.Addr())
}
