package rpcapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/rpcapi/conns"
	"github.com/geth-ss/geth-ss/rpcapi/probe"
	"github.com/geth-ss/geth-ss/rpcapi/proxies"
	"github.com/geth-ss/geth-ss/service/limits"
)

const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute

	// writeTimeout covers the session too: it must be longer than the longest one.
	writeTimeout = 5 * time.Minute

	// stopTimeout is how long running requests may take to hear that we stop.
	stopTimeout = 3 * time.Second

	// maxHeader bounds the request line and the headers; the longest path has some 460
	// bytes.
	maxHeader = 16 << 10
)

// HTTPConfig says where the HTTP API listens.
type HTTPConfig struct {
	Host    string   // IP address or name; "" is every interface
	Port    int      // 0: any free one
	Cors    []string // allowed foreign origins; see spec http-api.md 4 and newCors
	TLSCert string   // PEM files; both or neither
	TLSKey  string
	Limits  limits.Config
	Proxies proxies.List // whose word counts for whom a request is from

	// LegacyChange takes an administrator's word for a server set in Parity's form.
	LegacyChange bool
}

// HTTPServer is the HTTP listener. It is a node.Lifecycle.
type HTTPServer struct {
	cfg    HTTPConfig
	server *http.Server
	cancel context.CancelFunc // of every running request

	mu       sync.Mutex
	listener net.Listener
	conns    *conns.House
	done     chan struct{} // closed when Serve has returned
	tls      *certificate  // nil without TLS
	quit     chan struct{} // closed by Stop
	watching sync.WaitGroup
}

// NewHTTPServer makes the HTTP API of a key server.
func NewHTTPServer(cfg HTTPConfig, keys KeyServer) *HTTPServer {
	ctx, cancel := context.WithCancel(context.Background())
	return &HTTPServer{
		cfg:    cfg,
		cancel: cancel,
		quit:   make(chan struct{}),
		server: &http.Server{
			Handler: &handler{
				keys: keys, cors: newCors(cfg.Cors), limits: newAddressLimits(cfg.Limits), proxies: cfg.Proxies,
				probes: &probe.Probes{Health: keys.Health, Ready: keys.Ready}, legacyChange: cfg.LegacyChange,
			},
			DisableGeneralOptionsHandler: true, // OPTIONS * is an invalid request like others
			ReadHeaderTimeout:            headerTimeout,
			ReadTimeout:                  readTimeout,
			WriteTimeout:                 writeTimeout,
			IdleTimeout:                  idleTimeout,
			MaxHeaderBytes:               maxHeader,
			BaseContext:                  func(net.Listener) context.Context { return ctx },
			ConnContext:                  withConn,
			TLSNextProto:                 map[string]func(*http.Server, *tls.Conn, http.Handler){}, // HTTP/1.1 alone
			ErrorLog:                     stdlog.New(logWriter{}, "", 0),
		},
	}
}

// Start listens. When it returns nil, requests are being answered.
func (s *HTTPServer) Start() error {
	listener, err := s.listen()
	if err != nil {
		return fmt.Errorf("starting the Secret Store HTTP API: %w", err)
	}
	s.mu.Lock()
	s.listener, s.done = listener, make(chan struct{})
	s.mu.Unlock()
	go s.serve(listener)
	if s.tls != nil {
		s.watching.Go(func() { s.tls.watch(s.quit) })
	}
	log.Info("Secret Store HTTP API started", "url", s.URL(), "cors", s.cfg.Cors)
	if ip, ok := listener.Addr().(*net.TCPAddr); ok && !ip.IP.IsLoopback() && s.cfg.TLSCert == "" {
		log.Warn("The Secret Store HTTP API is reachable from other machines without TLS: its URLs hold signatures, " +
			"with which anyone who sees them can open documents")
	}
	return nil
}

func (s *HTTPServer) listen() (net.Listener, error) {
	var config *tls.Config
	if s.cfg.TLSCert != "" || s.cfg.TLSKey != "" {
		served, err := newCertificate(s.cfg.TLSCert, s.cfg.TLSKey)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.tls = served
		s.mu.Unlock()
		config = &tls.Config{GetCertificate: served.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(s.cfg.Host, strconv.Itoa(s.cfg.Port)))
	if err != nil {
		return nil, err
	}
	s.conns = conns.NewHouse(conns.Bounds{Most: int(s.cfg.Limits.Connections), Each: int(s.cfg.Limits.AddressConnections), Shared: s.cfg.Proxies.Trusts})
	listener = s.conns.Listen(listener)
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	return plainErrors{listener}, nil
}

func (s *HTTPServer) serve(listener net.Listener) {
	defer close(s.done)
	if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		log.Error("Secret Store HTTP API ended", "err", err)
	}
}

// Stop cancels the running requests and returns when nothing runs any more.
func (s *HTTPServer) Stop() error {
	s.cancel()
	close(s.quit)
	s.watching.Wait()
	s.mu.Lock()
	done := s.done
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if err != nil {
		err = s.server.Close()
	}
	if done != nil {
		<-done
	}
	return err
}

// Reload reads the TLS certificate and its key again; a pair that is not whole is an error, and the one of before is served
// on. The server looks for a new one by itself too.
func (s *HTTPServer) Reload() error {
	s.mu.Lock()
	served := s.tls
	s.mu.Unlock()
	if served == nil {
		return nil
	}
	return served.Reload()
}

// Addr is where the server listens; nil before Start.
func (s *HTTPServer) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// URL is how clients reach the server; empty before Start.
func (s *HTTPServer) URL() string {
	addr := s.Addr()
	switch {
	case addr == nil:
		return ""
	case s.cfg.TLSCert != "":
		return "https://" + addr.String()
	}
	return "http://" + addr.String()
}

// logWriter takes net/http's complaints about clients into our log.
type logWriter struct{}

func (logWriter) Write(line []byte) (int, error) {
	log.Debug("Secret Store HTTP API", "msg", string(line))
	return len(line), nil
}
