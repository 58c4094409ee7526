package rpcapi

import (
	"context"
	"encoding/json"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// walletAPI takes wallets' requests. Its exported methods are the RPC methods. The first
// parameter of each is the object that the HTTP API takes as a body; most have no other.
type walletAPI struct {
	keys   KeyServer
	limits *addressLimits
}

// GenerateServerKey is secretstore_generateServerKey: it makes a server key, whose author
// the account becomes.
func (a *walletAPI) GenerateServerKey(ctx context.Context, request json.RawMessage) (any, error) {
	return a.perform(ctx, string(wire.OpGenerate), request)
}

// StoreDocumentKey is secretstore_storeDocumentKey: it stores the author's document key,
// once. With proof it shows that it is stored, or which one is. Key servers of before there was a
// proof take no second parameter, and then do nothing.
func (a *walletAPI) StoreDocumentKey(ctx context.Context, request json.RawMessage, proof *bool) (any, error) {
	return a.performAt(ctx, &desk{keys: a.keys, prove: proof != nil && *proof}, string(wire.OpStore), request)
}

// ServerKey is secretstore_serverKey, for the author.
func (a *walletAPI) ServerKey(ctx context.Context, request json.RawMessage) (any, error) {
	return a.perform(ctx, string(wire.OpPublic), request)
}

// RetrieveDocumentKeys is secretstore_retrieveDocumentKeys: document keys, each for whom
// the permission contract admits, with what it takes to check them.
func (a *walletAPI) RetrieveDocumentKeys(ctx context.Context, request json.RawMessage) (any, error) {
	return a.perform(ctx, string(wire.OpRetrieve), request)
}

// Sign is secretstore_sign: a signature on a hash under a server key, in the scheme that the
// request names, for whom the permission contract admits.
func (a *walletAPI) Sign(ctx context.Context, request json.RawMessage) (any, error) {
	return a.perform(ctx, string(wire.OpSign), request)
}

// SignSchnorr is secretstore_signSchnorr: Sign in Parity's Schnorr scheme.
func (a *walletAPI) SignSchnorr(ctx context.Context, request json.RawMessage) (any, error) {
	return a.perform(ctx, "signSchnorr", request)
}

// SignEcdsa is secretstore_signEcdsa: Sign in Ethereum's scheme.
func (a *walletAPI) SignEcdsa(ctx context.Context, request json.RawMessage) (any, error) {
	return a.perform(ctx, "signEcdsa", request)
}

// Cluster is secretstore_cluster: what requests are made of.
func (a *walletAPI) Cluster(ctx context.Context) (any, error) {
	if err := a.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	return a.keys.Cluster(), nil
}

func (a *walletAPI) perform(ctx context.Context, operation string, request json.RawMessage) (any, error) {
	return a.performAt(ctx, &desk{keys: a.keys}, operation, request)
}

func (a *walletAPI) performAt(ctx context.Context, d *desk, operation string, request json.RawMessage) (any, error) {
	peer := rpc.PeerInfoFromContext(ctx)
	d.client = limits.ClientOf(peer.RemoteAddr)
	if peer.Transport == "http" || peer.Transport == "ws" {
		d.limits = a.limits
		if err := a.limits.request(d.client); err != nil {
			return nil, walletErrorOf(err).asRPC()
		}
	}
	value, err := d.perform(ctx, operation, request)
	if err != nil {
		e := walletErrorOf(err)
		log.Debug("Secret Store request failed", "operation", operation, "reason", e.Reason, "err", err)
		return nil, e.asRPC()
	}
	return value, nil
}

// discoveryAPI is geth's form of OpenRPC's rpc.discover.
type discoveryAPI struct{ limits *addressLimits }

// Discover is rpc_discover: the OpenRPC document of the secretstore_* methods.
func (a *discoveryAPI) Discover(ctx context.Context) (any, error) {
	if err := a.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	return openRPC(), nil
}
