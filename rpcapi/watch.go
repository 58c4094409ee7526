package rpcapi

import (
	"context"
	"encoding/json"

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// Access is secretstore_subscribe("access", request), over WebSocket or IPC: it tells the
// author of the keys that the request names, whose operation is watchAccess, of every
// decision about them in which this node takes part. The subscription ends, without a word,
// when its reader is too slow: subscribe again.
func (a *walletAPI) Access(ctx context.Context, request json.RawMessage) (*rpc.Subscription, error) {
	notifier, ok := rpc.NotifierFromContext(ctx)
	if !ok {
		return nil, rpc.ErrNotificationsUnsupported
	}
	ctx = limits.WithClient(ctx, limits.ClientOf(rpc.PeerInfoFromContext(ctx).RemoteAddr))
	proof, keys, err := a.openWatch(ctx, request)
	if err != nil {
		return nil, walletErrorOf(err).asRPC()
	}
	// The watching outlives this call, whose ctx ends with it.
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	accesses, err := a.keys.WatchAccess(watch, proof, keys)
	if err != nil {
		stop()
		return nil, walletErrorOf(err).asRPC()
	}
	sub := notifier.CreateSubscription()
	go func() {
		defer stop()
		for {
			select {
			case access, open := <-accesses:
				if !open || notifier.Notify(sub.ID, access) != nil {
					return
				}
			case <-sub.Err():
				return
			}
		}
	}()
	return sub, nil
}

func (a *walletAPI) openWatch(ctx context.Context, request json.RawMessage) (proof wire.Proof, keys []wire.KeyID, err error) {
	if err := a.limits.rpcLimit(ctx); err != nil {
		return proof, nil, err
	}
	var in readCall
	if err := decodeCall(request, &in); err != nil {
		return proof, nil, err
	}
	if err := checkKeys(in.Request.Keys); err != nil {
		return proof, nil, err
	}
	proof, err = (&desk{keys: a.keys}).proof(ctx, &in.SignedRequest)
	return proof, in.Request.Keys, err
}
