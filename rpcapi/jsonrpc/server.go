package jsonrpc

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
)

// Server serves what a node has registered over HTTP and WebSocket, by geth's own
// settings. It is a node.Lifecycle.
type Server struct {
	stack *node.Node
	cfg   node.Config
	count func(net.Listener) net.Listener

	mu   sync.Mutex // held while something is opened or closed
	http *endpoint
	ws   *endpoint // for WebSocket on a port of its own
}

// New takes serving HTTP and WebSocket over from a node that is fully assembled but not
// started, and puts what executes or scans behind a gate. count, which may be nil, stands
// between each listener and what it accepts.
func New(stack *node.Node, cfg Config, count func(net.Listener) net.Listener) (*Server, error) {
	paths, err := handlers(stack)
	if err != nil {
		return nil, err
	}
	if count == nil {
		count = func(l net.Listener) net.Listener { return l }
	}
	gate, err := newGate(stack, cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{stack: stack, cfg: *stack.Config(), count: count}
	node.CheckTimeouts(&s.cfg.HTTPTimeouts)
	s.http = &endpoint{paths: paths, gate: gate, timeouts: s.cfg.HTTPTimeouts}
	s.ws = &endpoint{paths: paths, gate: gate, timeouts: s.cfg.HTTPTimeouts}
	stack.Config().HTTPHost, stack.Config().WSHost = "", "" // geth opens neither
	stack.RegisterAPIs(append(gate.services(), rpc.API{Namespace: "admin", Service: &adminAPI{s}}))
	return s, nil
}

// Start opens what is configured. When it returns nil, requests are being answered.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
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
func (s *Server) apis() ([]rpc.API, error) {
	all, err := registered(s.stack)
	return slices.DeleteFunc(slices.Clone(all), func(api rpc.API) bool { return api.Authenticated }), err
}

func (s *Server) listenHTTP(host string, cfg *node.Config) error {
	if err := s.listen(s.http, host, cfg.HTTPPort); err != nil {
		return fmt.Errorf("starting JSON-RPC over HTTP: %w", err)
	}
	log.Info("HTTP server started", "endpoint", s.http.addr(), "auth", false, "prefix", cfg.HTTPPathPrefix,
		"cors", strings.Join(cfg.HTTPCors, ","), "vhosts", strings.Join(cfg.HTTPVirtualHosts, ","))
	return nil
}

func (s *Server) listenWS(at *endpoint, cfg *node.Config) error {
	if err := s.listen(at, cfg.WSHost, cfg.WSPort); err != nil {
		return fmt.Errorf("starting JSON-RPC over WebSocket: %w", err)
	}
	log.Info("WebSocket enabled", "url", fmt.Sprintf("ws://%v%s", at.addr(), cfg.WSPathPrefix))
	return nil
}

// listen makes an endpoint listen, which it may do already.
func (s *Server) listen(at *endpoint, host string, port int) error {
	if at.addr() != nil {
		return nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	at.listen(s.count(listener))
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
	return nil
}
