package service

import "github.com/geth-ss/geth-ss/protocol/wire"

// Cluster is what clients need to know to ask this key server. It costs a look at tables.
func (s *Service) Cluster() *wire.ClusterInfo {
	info := wire.NewClusterInfo(s.chainID, s.cluster, s.cfg.Cluster, s.set.Members(), s.minWalletThreshold())
	if b, ok := s.chain.Final(); ok {
		info.Block = &wire.BlockInfo{Number: b.Number, Hash: b.Hash, Timestamp: b.Time}
	}
	return info
}
