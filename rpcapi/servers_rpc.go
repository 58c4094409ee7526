package rpcapi

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// serversAPI takes administrators' orders. Its exported methods are the RPC methods.
type serversAPI struct {
	keys   KeyServer
	limits *addressLimits
}

// MakeOrder is secretstore_makeOrder: an order that changes the server set as requested, to be signed.
func (a *serversAPI) MakeOrder(ctx context.Context, request json.RawMessage) (any, error) {
	return a.perform(ctx, "makeOrder", request)
}

// ChangeServers is secretstore_changeServers: it hands in an order with the administrators' signatures.
func (a *serversAPI) ChangeServers(ctx context.Context, order, signatures json.RawMessage) (any, error) {
	return a.signed(ctx, "changeServers", order, signatures)
}

// CancelChange is secretstore_cancelChange: it takes an order back that is not decided yet.
func (a *serversAPI) CancelChange(ctx context.Context, order, signatures json.RawMessage) (any, error) {
	return a.signed(ctx, "cancelChange", order, signatures)
}

// RefreshShares is secretstore_refreshShares: it has all shares dealt anew.
func (a *serversAPI) RefreshShares(ctx context.Context, order, signatures json.RawMessage) (any, error) {
	return a.signed(ctx, "refreshShares", order, signatures)
}

// signed makes of two parameters the one object that the HTTP API takes.
func (a *serversAPI) signed(ctx context.Context, operation string, order, signatures json.RawMessage) (any, error) {
	body, err := json.Marshal(map[string]json.RawMessage{"order": order, "signatures": signatures})
	if err != nil {
		return nil, walletErrorOf(&orderError{orderOperations[operation].doing, malformed("%.300v", err)}).asRPC()
	}
	return a.perform(ctx, operation, body)
}

func (a *serversAPI) perform(ctx context.Context, operation string, body json.RawMessage) (any, error) {
	peer := rpc.PeerInfoFromContext(ctx)
	d := &desk{keys: a.keys, client: limits.ClientOf(peer.RemoteAddr)}
	if peer.Transport == "http" || peer.Transport == "ws" {
		if err := a.limits.request(d.client); err != nil {
			return nil, walletErrorOf(err).asRPC()
		}
	}
	value, err := orderOperations[operation].perform(d, ctx, body)
	if err != nil {
		e := walletErrorOf(err)
		log.Debug("Secret Store request failed", "operation", operation, "reason", e.Reason, "err", err)
		return nil, e.asRPC()
	}
	return value, nil
}

// publicServers is the server set for everybody.
func publicServers(ctx context.Context, keys KeyServer) (any, error) {
	info, err := keys.Servers(ctx)
	if err != nil {
		return nil, &orderError{"telling who the key servers are", err}
	}
	return info.Public(), nil
}

// ServerSets is secretstore_serverSets: which server sets have followed the one of this epoch, from the first on if none is
// named.
func (a *serversAPI) ServerSets(ctx context.Context, after *uint64) (any, error) {
	if err := a.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	var epoch uint64
	if after != nil {
		epoch = *after
	}
	value, err := tellSets(ctx, a.keys, epoch)
	if err != nil {
		return nil, walletErrorOf(err).asRPC()
	}
	return value, nil
}

func tellSets(ctx context.Context, keys KeyServer, after uint64) (any, error) {
	told, err := keys.ServerSets(ctx, after)
	if err != nil {
		return nil, &orderError{"telling which server sets there were", err}
	}
	return told, nil
}

// setsAfter reads the query of /v1/serverSets.
func setsAfter(query url.Values) (uint64, error) {
	text := query.Get("after")
	if text == "" {
		return 0, nil
	}
	epoch, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, malformed("after is %+.40q, and no epoch: a whole number in decimal", text)
	}
	return epoch, nil
}

// Servers is secretstore_servers: who the key servers are, and how far a change is.
func (a *operatorAPI) Servers(ctx context.Context) (any, error) {
	return a.administer(ctx, "telling who the key servers are", func(ctx context.Context) (any, error) {
		return answered(a.node.keys.Servers(ctx))
	})
}

// PlanChange is secretstore_planChange: what an order would do to the keys.
func (a *operatorAPI) PlanChange(ctx context.Context, request json.RawMessage, rehearse *bool) (any, error) {
	return a.administer(ctx, "planning a change of the server set", func(ctx context.Context) (any, error) {
		order, err := readOrderRequest(request)
		if err != nil {
			return nil, err
		}
		return answered(a.node.keys.PlanChange(ctx, order, rehearse != nil && *rehearse))
	})
}

// Repair is secretstore_repair: it has this node's missing shares dealt to it, of the keys that are named or of all.
func (a *operatorAPI) Repair(ctx context.Context, keys *[]h256) (any, error) {
	return a.administer(ctx, "repairing shares", func(ctx context.Context) (any, error) {
		var ids []wire.KeyID
		if keys != nil {
			for _, key := range *keys {
				ids = append(ids, wire.KeyID(key))
			}
			if err := checkNamed(ids); err != nil {
				return nil, err
			}
		}
		return answered(a.node.keys.Repair(ctx, ids))
	})
}

// WriteOff is secretstore_writeOff: this node waits no more for the receipts of erasure of a key server whose disk is lost.
func (a *operatorAPI) WriteOff(ctx context.Context, node wire.NodeID) (any, error) {
	return a.administer(ctx, "writing off a key server's receipts of erasure", func(ctx context.Context) (any, error) {
		return answered(a.node.keys.WriteOff(ctx, node))
	})
}

// checkNamed bounds the keys that an operator names. An empty list would be taken for all.
func checkNamed(keys []wire.KeyID) error {
	if len(keys) == 0 || len(keys) > wire.MaxRequestKeys {
		return malformed("%d key ids are named; 1 to %d are read, and without the list all keys are meant", len(keys), wire.MaxRequestKeys)
	}
	return checkKeys(keys)
}

// administer answers an operator.
func (a *operatorAPI) administer(ctx context.Context, doing string, answer func(context.Context) (any, error)) (any, error) {
	if err := a.node.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	value, err := answer(limits.WithClient(ctx, limits.ClientOf(rpc.PeerInfoFromContext(ctx).RemoteAddr)))
	if err != nil {
		return nil, walletErrorOf(&orderError{doing, err}).asRPC()
	}
	return value, nil
}

// Servers is secretstore_servers without what names keys.
func (a *guestAPI) Servers(ctx context.Context) (any, error) {
	if err := a.node.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	value, err := publicServers(ctx, a.node.keys)
	if err != nil {
		return nil, walletErrorOf(err).asRPC()
	}
	return value, nil
}

// PlanChange refuses.
func (a *guestAPI) PlanChange(ctx context.Context, _, _ *json.RawMessage) (any, error) {
	return a.refuse(ctx, "planChange", "")
}

// Repair refuses.
func (a *guestAPI) Repair(ctx context.Context, _ *json.RawMessage) (any, error) {
	return a.refuse(ctx, "repair", "")
}

// WriteOff refuses.
func (a *guestAPI) WriteOff(ctx context.Context, _ *json.RawMessage) (any, error) {
	return a.refuse(ctx, "writeOff", "")
}
