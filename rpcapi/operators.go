package rpcapi

import (
	"context"
	"encoding/json"
	"math"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/rpcapi/jsonrpc"
)

// operatorAPI lists keys, or makes all key servers work for whoever asks. So it is for operators: over IPC, and over HTTP
// and WebSocket where jsonrpc.OperatorsModule is enabled. Its exported methods are the RPC methods.
type operatorAPI struct{ node *nodeAPI }

// KeyStatus is secretstore_keyStatus: who still has a share of a key.
func (a *operatorAPI) KeyStatus(ctx context.Context, id h256) (any, error) {
	return a.node.ask(ctx, func(ctx context.Context) (any, error) { return a.node.keys.KeyStatus(ctx, wire.KeyID(id)) })
}

// keysByDefault is the length of a page that nobody has chosen.
const keysByDefault = 100

// Keys is secretstore_keys: the keys that this node knows, a page at a time.
func (a *operatorAPI) Keys(ctx context.Context, from *h256, count *uint32) (any, error) {
	var after wire.KeyID
	if from != nil {
		after = wire.KeyID(*from)
	}
	limit := uint32(keysByDefault)
	if count != nil {
		limit = *count
	}
	return a.node.ask(ctx, func(ctx context.Context) (any, error) {
		return a.node.keys.Keys(ctx, after, int(min(limit, math.MaxInt32)))
	})
}

// ExplainAccess is secretstore_explainAccess: what every key server's chain says to a
// requester. It has proven nothing, unless the operator shows its signature.
func (a *operatorAPI) ExplainAccess(ctx context.Context, requester rpcAddress, id h256, signature *h520) (any, error) {
	if signature != nil {
		return a.node.explainOwn(ctx, requester, id, signature)
	}
	if requester == (rpcAddress{}) {
		return nil, paramError("address", "the zero address belongs to nobody")
	}
	return a.node.ask(ctx, func(ctx context.Context) (any, error) {
		return a.node.keys.ExplainAccess(ctx, common.Address(requester), wire.KeyID(id))
	})
}

// explainOwn is for a requester who shows that it is one: by Parity's signature over the key id, which counts against its
// own limits.
func (a *nodeAPI) explainOwn(ctx context.Context, requester rpcAddress, id h256, signature *h520) (any, error) {
	return a.ask(ctx, func(ctx context.Context) (any, error) {
		who, err := wire.Proof{Kind: wire.LegacyProof, Data: signature[:]}.Recover(wire.Act{Key: wire.KeyID(id)})
		if err != nil {
			return nil, err
		}
		if who.Address != common.Address(requester) {
			return nil, wire.Errorf(wire.BadRequester, "the signature over the key id was not made by the address that is asked about")
		}
		return a.keys.ExplainOwnAccess(ctx, who, wire.KeyID(id))
	})
}

// guestAPI is what everybody gets instead. Its exported methods are the RPC methods, with as many parameters as those they
// stand for.
type guestAPI struct{ node *nodeAPI }

// Status is secretstore_status without what names keys or files.
func (a *guestAPI) Status(ctx context.Context) (any, error) {
	if err := a.node.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	return a.node.keys.PublicStatus(), nil
}

// KeyStatus refuses.
func (a *guestAPI) KeyStatus(ctx context.Context, _ *json.RawMessage) (any, error) {
	return a.refuse(ctx, "keyStatus", "")
}

// Keys refuses.
func (a *guestAPI) Keys(ctx context.Context, _, _ *json.RawMessage) (any, error) {
	return a.refuse(ctx, "keys", "")
}

// ExplainAccess is for a requester about itself.
func (a *guestAPI) ExplainAccess(ctx context.Context, requester rpcAddress, id h256, signature *h520) (any, error) {
	if signature == nil {
		return a.refuse(ctx, "explainAccess", "; an address may ask about itself, with its own signature over the key id as a third parameter")
	}
	return a.node.explainOwn(ctx, requester, id, signature)
}

func (a *guestAPI) refuse(ctx context.Context, method, instead string) (any, error) {
	if err := a.node.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	return nil, jsonrpc.ForOperators(Namespace+"_"+method, instead)
}
