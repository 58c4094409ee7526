package rpcapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// Administrators change the server set by orders that they sign. So it takes no operator's door to hand one in, nor to have
// one written; what lists keys, or makes all key servers work for whoever asks, is for operators (operators.go).

// orderOperations are what everybody may ask about the server set, by name of JSON-RPC method and of path. They are read
// as strictly as wallets' requests: each member of an order is signed.
var orderOperations = map[string]orderOperation{
	"makeOrder":     {"making an order for a server set", (*desk).makeOrder},
	"changeServers": {"changing the server set", (*desk).changeServers},
	"cancelChange":  {"cancelling a change of the server set", (*desk).cancelChange},
	"refreshShares": {"having the shares dealt anew", (*desk).refreshShares},
}

type orderOperation struct {
	doing  string
	answer func(*desk, context.Context, []byte) (any, error)
}

// perform answers the request in body. Errors are for walletErrorOf.
func (o orderOperation) perform(d *desk, ctx context.Context, body []byte) (any, error) {
	value, err := o.answer(d, limits.WithClient(ctx, d.client), body)
	if err != nil {
		return nil, &orderError{o.doing, err}
	}
	return value, nil
}

// The requests, as JSON.
type (
	changeCall struct {
		Order      *wire.SetOrder  `json:"order"`
		Signatures []hexutil.Bytes `json:"signatures"`
	}
	cancelCall struct {
		Order      *wire.CancelOrder `json:"order"`
		Signatures []hexutil.Bytes   `json:"signatures"`
	}
	refreshCall struct {
		Order      *wire.RefreshOrder `json:"order"`
		Signatures []hexutil.Bytes    `json:"signatures"`
	}
)

// madeOrder is an order for administrators to sign.
type madeOrder struct {
	Order     *wire.SetOrder  `json:"order"`
	TypedData json.RawMessage `json:"typedData"` // the same for a wallet: EIP-712
}

func (d *desk) makeOrder(ctx context.Context, body []byte) (any, error) {
	request, err := readOrderRequest(body)
	if err != nil {
		return nil, err
	}
	order, err := d.keys.MakeOrder(ctx, request)
	if err != nil {
		return nil, err
	}
	typed, err := order.TypedData()
	return answered(&madeOrder{order, typed}, err)
}

func readOrderRequest(body []byte) (*wire.OrderRequest, error) {
	request := new(wire.OrderRequest)
	if err := decodeCall(body, request); err != nil {
		return nil, err
	}
	if err := request.Bound(); err != nil {
		return nil, malformed("%v", err)
	}
	return request, nil
}

func (d *desk) changeServers(ctx context.Context, body []byte) (any, error) {
	var in changeCall
	if err := decodeCall(body, &in); err != nil {
		return nil, err
	}
	if in.Order == nil {
		return nil, malformed("order is missing")
	}
	if err := d.ofUs(&in.Order.Chain, in.Order.Cluster); err != nil {
		return nil, err
	}
	if err := in.Order.Bound(); err != nil {
		return nil, malformed("%v", err)
	}
	signatures, err := readAdminSignatures(in.Order.Digest(), in.Signatures)
	if err != nil {
		return nil, err
	}
	return answered(d.keys.ChangeServers(ctx, in.Order, signatures))
}

func (d *desk) cancelChange(ctx context.Context, body []byte) (any, error) {
	var in cancelCall
	if err := decodeCall(body, &in); err != nil {
		return nil, err
	}
	if in.Order == nil {
		return nil, malformed("order is missing")
	}
	if err := d.ofUs(&in.Order.Chain, in.Order.Cluster); err != nil {
		return nil, err
	}
	signatures, err := readAdminSignatures(in.Order.Digest(), in.Signatures)
	if err != nil {
		return nil, err
	}
	return answered(d.keys.CancelChange(ctx, in.Order, signatures))
}

func (d *desk) refreshShares(ctx context.Context, body []byte) (any, error) {
	var in refreshCall
	if err := decodeCall(body, &in); err != nil {
		return nil, err
	}
	if in.Order == nil {
		return nil, malformed("order is missing")
	}
	if err := d.ofUs(&in.Order.Chain, in.Order.Cluster); err != nil {
		return nil, err
	}
	signatures, err := readAdminSignatures(in.Order.Digest(), in.Signatures)
	if err != nil {
		return nil, err
	}
	return answered(d.keys.RefreshShares(ctx, in.Order, signatures))
}

// ofUs wants an order that is for this chain and cluster. A chain id that is left out is ours: it is in the domain that
// was signed.
func (d *desk) ofUs(orderChain *uint64, orderCluster wire.ClusterID) error {
	chain, cluster := d.keys.Domain()
	if *orderChain == 0 {
		*orderChain = chain
	}
	switch {
	case *orderChain != chain:
		return malformed("the order is for chain %d; this key server is of chain %d", *orderChain, chain)
	case orderCluster != cluster:
		return malformed("the order is for cluster %v; this key server is of %v", orderCluster, cluster)
	}
	return nil
}

// readAdminSignatures brings signatures into the one form that key servers take: of 65 bytes, each of another account. An
// administrator is a key, so that clients can check orders without a chain: what only a contract could confirm is refused.
func readAdminSignatures(digest common.Hash, given []hexutil.Bytes) ([]wire.AdminSignature, error) {
	if n := len(given); n == 0 || n > wire.MaxAdministrators {
		return nil, malformed("signatures has %d signatures; 1 to %d are read", n, wire.MaxAdministrators)
	}
	signatures, seen := make([]wire.AdminSignature, len(given)), make(map[common.Address]bool)
	for i, text := range given {
		signer, ok := wire.SignerOf(digest, text)
		if !ok {
			return nil, malformed("signatures[%d] is no signature of a key: administrators sign with plain keys, in 65 bytes", i)
		}
		if seen[signer] {
			return nil, malformed("signatures[%d] is the second one of %v, who counts once", i, signer)
		}
		seen[signer] = true
		copy(signatures[i][:], wire.Expand(signer, digest, text))
	}
	return signatures, nil
}

// orderError is a failure with what was being done. What administrators can do about it is not what wallets can.
type orderError struct {
	doing string
	err   error
}

func (e *orderError) Error() string { return e.doing + ": " + e.err.Error() }
func (e *orderError) Unwrap() error { return e.err }

// orderHints are hints to administrators, in the place of those to wallets.
var orderHints = map[wire.Reason]string{
	wire.Denied:       "Have as many administrators sign the order as secretstore_servers says are needed; without administrators nobody can change the server set.",
	wire.BadRequester: "Correct the request, or, if the server set has changed meanwhile, have a new order made and signed.",
	wire.Busy:         "Another order is being decided: secretstore_servers shows it. Wait for it, or have it cancelled by the administrators.",
	wire.Policy:       "See the plan (geth-ss secretstore plan-change); an order that says force is taken all the same.",
	wire.NoSession:    "Nothing like that is being decided: secretstore_servers shows what is. What is decided can only be changed by another order.",
	wire.Unavailable:  "Hand it in again, or at another key server of the set; the order stays valid until it expires.",
	wire.Disconnected: "Hand it in again when the key servers that are named are connected; the order stays valid until it expires.",
	wire.Timeout:      "See with secretstore_servers whether it was taken; if not, hand it in again.",
	wire.NotMember:    "This node is not a key server now. Ask one that is: secretstore_servers names them.",
	wire.Unsupported:  "Some key servers may run an earlier version, which can't change the server set: update them first.",
}

// orderHint replaces the hint of a failed order.
func (e *walletError) orderHint(err error) {
	var failed *orderError
	if !errors.As(err, &failed) {
		return
	}
	reason := wire.Reason(e.Code)
	if e.Code == 0 {
		e.Hint = "Correct the request: docs/api.md and the OpenRPC and OpenAPI documents describe it."
	} else if hint, ok := orderHints[reason]; ok {
		e.Hint = hint
	}
	var known *wire.Error
	if errors.As(err, &known) && known.Detail != "" && reason != wire.Internal && reason != wire.Database {
		e.Message = known.Detail // the reason has its own member, and its words are about wallets
	}
	e.Message = fmt.Sprintf("%s: %s", failed.doing, e.Message)
}
