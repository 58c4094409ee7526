package rpcapi

import (
	"context"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// testSet is the hash of the set that fakeKeys has.
var testSet = wire.ServerSet{Members: []wire.NodeID{wire.NodeID(testPoint)}}

func (f *fakeKeys) Servers(ctx context.Context) (*wire.ServersInfo, error) {
	info := &wire.ServersInfo{Chain: testChain, Cluster: testCluster, Hash: testSet.Hash(), Members: []wire.MemberInfo{{ID: testSet.Members[0]}}}
	return info, f.note(ctx, "servers")
}

func (f *fakeKeys) MakeOrder(ctx context.Context, request *wire.OrderRequest) (*wire.SetOrder, error) {
	order := &wire.SetOrder{Cluster: testCluster, Epoch: 1, Parent: testSet.Hash(), Members: []wire.OrderMember{{Node: testSet.Members[0], Address: "127.0.0.1:1"}}}
	return order, f.note(ctx, "make order %v", request)
}

func (f *fakeKeys) ChangeServers(ctx context.Context, order *wire.SetOrder, signatures []wire.AdminSignature) (*wire.SetRef, error) {
	ref := order.Set().Ref()
	return &ref, f.note(ctx, "change %d %d", order.Epoch, len(signatures))
}

func (f *fakeKeys) CancelChange(ctx context.Context, order *wire.CancelOrder, signatures []wire.AdminSignature) (*wire.SetRef, error) {
	return &wire.SetRef{}, f.note(ctx, "cancel %d %d", order.Epoch, len(signatures))
}

func (f *fakeKeys) RefreshShares(ctx context.Context, order *wire.RefreshOrder, signatures []wire.AdminSignature) (*wire.RoundInfo, error) {
	return &wire.RoundInfo{Round: order.Round}, f.note(ctx, "refresh %d %d", order.Round, len(signatures))
}

func (f *fakeKeys) LegacyChange(ctx context.Context, change *wire.LegacyChange) (*wire.SetRef, error) {
	return &wire.SetRef{}, f.note(ctx, "legacy change %d", len(change.Members))
}

func (f *fakeKeys) PlanChange(ctx context.Context, request *wire.OrderRequest, rehearse bool) (*wire.Plan, error) {
	return &wire.Plan{}, f.note(ctx, "plan %v %v", request, rehearse)
}

func (f *fakeKeys) Repair(ctx context.Context, keys []wire.KeyID) (*wire.RepairInfo, error) {
	return &wire.RepairInfo{}, f.note(ctx, "repair %d", len(keys))
}
