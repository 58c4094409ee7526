package main

import (
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/node"
)

// rpc_discover can be called where our other methods can, and geth's lists are left alone where they can't.
func TestDiscoverable(t *testing.T) {
	defaults := []string{"net", "web3"}
	cfg := node.Config{HTTPModules: []string{"eth", "secretstore"}, WSModules: defaults[:1:2]}
	discoverable(&cfg)
	discoverable(&cfg)
	if !slices.Equal(cfg.HTTPModules, []string{"eth", "secretstore", "rpc"}) || !slices.Equal(cfg.WSModules, []string{"net"}) || defaults[1] != "web3" {
		t.Errorf("HTTP %v, WebSocket %v", cfg.HTTPModules, cfg.WSModules)
	}
}
