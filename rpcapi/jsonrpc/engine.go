package jsonrpc

import (
	"fmt"
	"net"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
)

// The engine API, by which an external consensus client brings the blocks of a network that is not of proof of authority,
// is served here, too, so that its connections are bounded and counted as all are. What it may take is geth's.
const (
	engineBatchItems = 2000
	engineBatchBytes = 250_000_000
	engineBody       = 128 << 20
)

// takeOwned tells which of a node's APIs want the secret that the node shares with its consensus client, and has geth open
// no door for them.
func takeOwned(stack *node.Node) (map[int]bool, error) {
	list, err := registered(stack)
	owned := make(map[int]bool)
	for i := range list {
		if list[i].Authenticated {
			owned[i], list[i].Authenticated = true, false
		}
	}
	return owned, err
}

// openEngine serves the engine API if there is one: all APIs of its modules, to who has the secret.
func (s *Server) openEngine() (err error) {
	if len(s.owned) == 0 {
		return nil
	}
	path := s.cfg.JWTSecret
	if path == "" {
		path = s.stack.ResolvePath("jwtsecret")
	}
	if s.engine.secret, err = node.ObtainJWTSecret(path); err != nil {
		return fmt.Errorf("the engine API's secret %s: %w", path, err)
	}
	cfg := s.cfg
	cfg.HTTPCors, cfg.HTTPVirtualHosts, cfg.HTTPPathPrefix = node.DefaultAuthCors, s.cfg.AuthVirtualHosts, node.DefaultAuthPrefix
	cfg.WSOrigins, cfg.WSPathPrefix = node.DefaultAuthOrigins, node.DefaultAuthPrefix
	cfg.HTTPModules, cfg.WSModules = node.DefaultAuthModules, node.DefaultAuthModules
	cfg.BatchRequestLimit, cfg.BatchResponseMaxSize, cfg.HTTPBodyLimit = engineBatchItems, engineBatchBytes, engineBody
	all := func() ([]rpc.API, error) { return registered(s.stack) }
	if err := s.engine.openHTTP(all, &cfg); err != nil {
		return err
	}
	if err := s.engine.openWS(all, &cfg); err != nil {
		return err
	}
	if err := listen(s.engine, cfg.AuthAddr, cfg.AuthPort, s.countEngine); err != nil {
		return fmt.Errorf("starting the engine API: %w", err)
	}
	log.Info("Engine API started", "endpoint", s.engine.addr(), "auth", true)
	return nil
}

// EngineAddr is where the engine API is served, nil if it is not.
func (s *Server) EngineAddr() net.Addr { return s.engine.addr() }
