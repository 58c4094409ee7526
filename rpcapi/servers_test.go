package rpcapi

import (
	"context"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// testSet is the set that fakeKeys has.
var testSet = wire.ServerSet{Cluster: testCluster, Members: []wire.NodeID{wire.NodeID(testPoint)}}

// Servers tells of a change that is under way, if a test has not set anything else.
func (f *fakeKeys) Servers(ctx context.Context) (*wire.ServersInfo, error) {
	if f.servers != nil {
		return f.servers, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	since := time.Unix(1_700_000_000, 0).UTC()
	return &wire.ServersInfo{
		Chain: testChain, Cluster: testCluster, Hash: testSet.Hash(), Former: []wire.MemberInfo{}, Administrators: []common.Address{},
		Members:    []wire.MemberInfo{{ID: testSet.Members[0], Address: testSet.Members[0].Address(), Enode: "enode://aa@127.0.0.1:1"}},
		LastChange: &wire.BlockInfo{Number: 6, Timestamp: 1_600_000_000}, Backup: &since, Block: &wire.BlockInfo{Number: 7, Timestamp: 1_700_000_000},
		Change: &wire.ChangeInfo{
			State: wire.ChangeDeciding, Epoch: 1, Since: since, Order: testOrder(), Keys: 3, Moved: 1, Failures: 1,
			Failed:  []wire.MoveFailure{{Key: wire.KeyID{31: 5}, Reason: "two of three holders are away"}},
			Awaited: testSet.Members, AwaitedSince: []time.Time{since}, NotErased: testSet.Members,
		},
	}, f.err
}

func testOrder() *wire.SetOrder {
	return &wire.SetOrder{
		Chain: testChain, Cluster: testCluster, Epoch: 1, Parent: testSet.Hash(), Administrators: []common.Address{{19: 1}}, Needed: 1, Expires: 1_700_086_400,
		Members: []wire.OrderMember{{Node: testSet.Members[0], Address: "127.0.0.1:30303"}}, Nonce: common.Hash{31: 9},
	}
}

func (f *fakeKeys) MakeOrder(ctx context.Context, request *wire.OrderRequest) (*wire.SetOrder, error) {
	return testOrder(), f.note(ctx, "make order +%d -%d =%d force %t", len(request.Add), len(request.Remove), len(request.Replace), request.Force)
}

func (f *fakeKeys) ChangeServers(ctx context.Context, order *wire.SetOrder, signatures []wire.AdminSignature) (*wire.SetRef, error) {
	ref := order.Set().Ref()
	return &ref, f.note(ctx, "change %d %x", order.Epoch, signatures)
}

func (f *fakeKeys) CancelChange(ctx context.Context, order *wire.CancelOrder, signatures []wire.AdminSignature) (*wire.SetRef, error) {
	return &wire.SetRef{}, f.note(ctx, "cancel %d %x", order.Epoch, signatures)
}

func (f *fakeKeys) RefreshShares(ctx context.Context, order *wire.RefreshOrder, signatures []wire.AdminSignature) (*wire.RoundInfo, error) {
	return &wire.RoundInfo{SetRef: testSet.Ref(), Round: order.Round, Keys: 3}, f.note(ctx, "refresh %d %x", order.Round, signatures)
}

func (f *fakeKeys) LegacyChange(ctx context.Context, change *wire.LegacyChange) (*wire.SetRef, error) {
	return &wire.SetRef{}, f.note(ctx, "legacy change %x %x %x", change.Members, change.Old[:2], change.New[:2])
}

func (f *fakeKeys) PlanChange(ctx context.Context, request *wire.OrderRequest, rehearse bool) (*wire.Plan, error) {
	return testPlan(), f.note(ctx, "plan +%d %v", len(request.Add), rehearse)
}

func (f *fakeKeys) Repair(ctx context.Context, keys []wire.KeyID) (*wire.RepairInfo, error) {
	return &wire.RepairInfo{}, f.note(ctx, "repair %d", len(keys))
}

func testPlan() *wire.Plan {
	return &wire.Plan{
		Order: testOrder(), Keys: 3, Listed: testSet.Members, Silent: []wire.NodeID{}, Joining: []wire.NodeID{},
		Classes: []wire.PlanClass{wire.NewPlanClass(3, wire.KeyID{31: 5}, 1, 3, 1, 4)}, Rehearsal: &wire.Rehearsal{Keys: 3, Thick: 3, Failed: []wire.MoveFailure{}},
	}
}
