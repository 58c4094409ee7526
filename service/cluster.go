package service

import (
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
)

// Cluster is what clients need to know to ask this key server. It costs a look at tables, and once in a final block a look for the
// permission contract.
func (s *Service) Cluster() *wire.ClusterInfo {
	info := wire.NewClusterInfo(s.chainID, s.cluster, s.cfg.Cluster, s.set.Members(), s.minWalletThreshold())
	if b, ok := s.chain.Final(); ok {
		info.Block = &wire.BlockInfo{Number: b.Number, Hash: b.Hash, Timestamp: b.Time}
	}
	info.Permission = s.permission()
	return info
}

// permission tells clients which contract decides here.
func (s *Service) permission() *wire.Permission {
	setting := s.oracle.Setting()
	switch setting.Kind {
	case acl.Permissive:
		return &wire.Permission{By: wire.ByEverybody}
	case acl.Address:
		return &wire.Permission{By: wire.ByContract, Contract: &setting.Address}
	case acl.Registry:
		return &wire.Permission{By: wire.ByRegistry, Registrar: &setting.Registrar, Contract: s.contract.status(s).Address}
	}
	return &wire.Permission{By: wire.ByNobody}
}
