package service

import (
	"testing"

	"github.com/ethereum/go-ethereum/p2p"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// For tests of whole key servers behind their doors, which import this package.

// Server is one of StartServers.
type Server struct {
	*Service
	Dir string // of its share store
	P2P *p2p.Server
}

// StartServers makes key servers and has them connected.
func StartServers(t *testing.T, n int) (*sessiontest.Cluster, []Server) {
	t.Helper()
	c := newCluster(t, n, 0)
	var servers []Server
	for _, s := range c.nodes {
		servers = append(servers, Server{s.Service, s.dir, s.server})
	}
	return c.Cluster, servers
}

// RecordOf is what a key server has on its disk about a key.
func (s *Service) RecordOf(t *testing.T, id wire.KeyID) *wire.KeyRecord {
	t.Helper()
	state, err := s.states.read(id)
	if err != nil {
		t.Fatal(err)
	}
	return state.Record
}
