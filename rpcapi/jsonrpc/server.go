package jsonrpc

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
)

// Server serves what a node has registered over HTTP and WebSocket, by geth's own
// settings, the engine API among it. It is a node.Lifecycle.
type Server struct {
	stack       *node.Node
	cfg         node.Config
	count       func(net.Listener) net.Listener
	countEngine func(net.Listener) net.Listener
	owned       map[int]bool // places in the node's list of APIs that are a consensus client's alone

	mu     sync.Mutex // held while something is opened or closed
	http   *endpoint
	ws     *endpoint // for WebSocket on a port of its own
	engine *endpoint // both, for who has the secret
}

// New takes serving HTTP and WebSocket over from a node that is fully assembled but not
// started, and puts what executes or scans behind a gate. count, which may be nil, stands
// between each listener and what it accepts.
func New(stack *node.Node, cfg Config, count func(net.Listener) net.Listener) (*Server, error) {
	paths, err := handlers(stack)
	if err != nil {
		return nil, err
	}
	gate, err := newGate(stack, cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{stack: stack, cfg: *stack.Config(), count: orNothing(count), countEngine: orNothing(cfg.Engine)}
	node.CheckTimeouts(&s.cfg.HTTPTimeouts)
	s.http = &endpoint{paths: paths, gate: gate, timeouts: s.cfg.HTTPTimeouts, guests: cfg.Guests, proxies: cfg.Proxies, probes: cfg.Probes}
	s.ws = &endpoint{paths: paths, gate: gate, timeouts: s.cfg.HTTPTimeouts, guests: cfg.Guests, proxies: cfg.Proxies, probes: cfg.Probes}
	s.engine = &endpoint{paths: new(http.ServeMux), gate: gate, timeouts: s.cfg.HTTPTimeouts}
	stack.Config().HTTPHost, stack.Config().WSHost = "", "" // geth opens neither
	if s.owned, err = takeOwned(stack); err != nil {
		return nil, err
	}
	stack.RegisterAPIs(append(gate.services(), rpc.API{Namespace: "admin", Service: &adminAPI{s}}))
	return s, nil
}

// Start opens what is configured. When it returns nil, requests are being answered.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.openEngine(); err != nil {
		return err
	}
	withHTTP, withWS := s.cfg.HTTPHost != "", s.cfg.WSHost != ""
	host, ws := s.cfg.HTTPHost, s.ws
	if withWS && (!withHTTP || s.cfg.WSPort == s.cfg.HTTPPort) {
		host, ws = s.cfg.WSHost, s.http // one port has one address: the one that geth takes
	}
	// All doors first: whoever finds a port open finds what is behind it.
	if withHTTP {
		if err := s.http.openHTTP(s.apis, &s.cfg); err != nil {
			return err
		}
	}
	if withWS {
		if err := ws.openWS(s.apis, &s.cfg); err != nil {
			return err
		}
	}
	if withHTTP {
		if err := s.listenHTTP(host, &s.cfg); err != nil {
			return err
		}
	}
	if withWS {
		return s.listenWS(ws, &s.cfg)
	}
	return nil
}

// apis are those that anybody may ask who reaches us.
func (s *Server) apis() (open []rpc.API, err error) {
	all, err := registered(s.stack)
	for i, api := range all {
		if !s.owned[i] && !api.Authenticated { // nor what is registered as a consensus client's later
			open = append(open, api)
		}
	}
	return open, err
}

func orNothing(count func(net.Listener) net.Listener) func(net.Listener) net.Listener {
	if count == nil {
		return func(l net.Listener) net.Listener { return l }
	}
	return count
}

func (s *Server) listenHTTP(host string, cfg *node.Config) error {
	if err := listen(s.http, host, cfg.HTTPPort, s.count); err != nil {
		return fmt.Errorf("starting JSON-RPC over HTTP: %w", err)
	}
	log.Info("HTTP server started", "endpoint", s.http.addr(), "auth", false, "prefix", cfg.HTTPPathPrefix,
		"cors", strings.Join(cfg.HTTPCors, ","), "vhosts", strings.Join(cfg.HTTPVirtualHosts, ","))
	return nil
}

func (s *Server) listenWS(at *endpoint, cfg *node.Config) error {
	if err := listen(at, cfg.WSHost, cfg.WSPort, s.count); err != nil {
		return fmt.Errorf("starting JSON-RPC over WebSocket: %w", err)
	}
	log.Info("WebSocket enabled", "url", fmt.Sprintf("ws://%v%s", at.addr(), cfg.WSPathPrefix))
	return nil
}

// listen makes an endpoint listen, which it may do already.
func listen(at *endpoint, host string, port int, count func(net.Listener) net.Listener) error {
	if at.addr() != nil {
		return nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	at.listen(count(listener))
	return nil
}

// HTTPAddr is where HTTP is served, nil if it is not.
func (s *Server) HTTPAddr() net.Addr {
	if s.http.http.Load() == nil {
		return nil
	}
	return s.http.addr()
}

// WSAddr is where WebSocket is served, nil if it is not.
func (s *Server) WSAddr() net.Addr {
	for _, at := range []*endpoint{s.http, s.ws} {
		if at.ws.Load() != nil {
			return at.addr()
		}
	}
	return nil
}

// Stop closes everything. When it returns, nothing of it runs any more.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.http.stop()
	s.ws.stop()
	s.engine.stop()
	return nil
}
