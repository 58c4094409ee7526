package service

import (
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
)

// Cluster is what clients need to know to ask this key server. It costs a look at tables, and once in a final block a look for the
// permission contract.
func (o *operator) Cluster() *wire.ClusterInfo {
	info := wire.NewClusterInfo(o.chainID, o.cluster, o.cfg.Cluster, o.servers.Members(), o.minWalletThreshold())
	if b, ok := o.chain.Final(); ok {
		info.Block = &wire.BlockInfo{Number: b.Number, Hash: b.Hash, Timestamp: b.Time}
	}
	info.Permission = o.permission()
	set := o.servers.Sets().Newest().Ref()
	info.Set = &set
	return info
}

// permission tells clients which contract decides here.
func (o *operator) permission() *wire.Permission {
	setting := o.oracle.Setting()
	switch setting.Kind {
	case acl.Permissive:
		return &wire.Permission{By: wire.ByEverybody}
	case acl.Address:
		return &wire.Permission{By: wire.ByContract, Contract: &setting.Address}
	case acl.Registry:
		return &wire.Permission{By: wire.ByRegistry, Registrar: &setting.Registrar, Contract: o.contract.status(o.driver).Address}
	}
	return &wire.Permission{By: wire.ByNobody}
}
