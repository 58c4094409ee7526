package service

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// errUnchanging is what there is to say while the set never changes.
var errUnchanging = wire.Errorf(wire.Unsupported, "this program does not change its server set")

// Servers tells who the key servers are.
func (o *operator) Servers(context.Context) (*wire.ServersInfo, error) {
	set := &wire.ServerSet{Cluster: o.cluster, Members: o.set.Members()}
	info := &wire.ServersInfo{Chain: o.chainID, Cluster: o.cluster, Hash: set.Hash(), Members: []wire.MemberInfo{}, Former: []wire.MemberInfo{},
		Administrators: []common.Address{}}
	for i, node := range o.set.Nodes() {
		info.Members = append(info.Members, wire.MemberInfo{ID: set.Members[i], Address: set.Members[i].Address(), Enode: node.URLv4()})
	}
	if b, ok := o.chain.Final(); ok {
		info.Block = &wire.BlockInfo{Number: b.Number, Hash: b.Hash, Timestamp: b.Time}
	}
	return info, nil
}

// MakeOrder writes an order.
func (o *operator) MakeOrder(context.Context, *wire.OrderRequest) (*wire.SetOrder, error) {
	return nil, errUnchanging
}

// ChangeServers has the key servers decide on an order.
func (o *operator) ChangeServers(context.Context, *wire.SetOrder, []wire.AdminSignature) (*wire.SetRef, error) {
	return nil, errUnchanging
}

// CancelChange takes an order back.
func (o *operator) CancelChange(context.Context, *wire.CancelOrder, []wire.AdminSignature) (*wire.SetRef, error) {
	return nil, errUnchanging
}

// RefreshShares has all shares dealt anew.
func (o *operator) RefreshShares(context.Context, *wire.RefreshOrder, []wire.AdminSignature) (*wire.RoundInfo, error) {
	return nil, errUnchanging
}

// LegacyChange is ChangeServers by Parity's pair of signatures. There are no administrators yet.
func (o *operator) LegacyChange(context.Context, *wire.LegacyChange) (*wire.SetRef, error) {
	return nil, wire.Errorf(wire.Denied, "there are no administrators")
}

// PlanChange tells what an order would do.
func (o *operator) PlanChange(context.Context, *wire.OrderRequest, bool) (*wire.Plan, error) {
	return nil, errUnchanging
}

// Repair asks for shares that this node misses.
func (o *operator) Repair(context.Context, []wire.KeyID) (*wire.RepairInfo, error) {
	return nil, errUnchanging
}
