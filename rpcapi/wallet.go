package rpcapi

import (
	"context"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// A wallet's request is one JSON object, the same by JSON-RPC and by HTTP. What it asks
// for is named by the method or by the path, and has to be what the wallet has signed.
// Parity's signatures are never taken here.

// desk answers wallets' requests of one client, through whatever door they come.
type desk struct {
	keys   KeyServer
	client limits.Client
	limits *addressLimits // nil: whoever may use IPC has no limit

	// prove is whether who stores a document key wants to be shown that it is stored, or which one is. Clients of before
	// there was a proof get what they got then: true, and the bare error.
	prove bool
}

// walletOperations are what wallets can ask for, by name of JSON-RPC method and of path.
// What the wallet signs for is wire.OpSign in the last three.
var walletOperations = map[string]func(*desk, context.Context, []byte) (any, error){
	string(wire.OpGenerate): (*desk).generateServerKey,
	string(wire.OpStore):    (*desk).storeDocumentKey,
	string(wire.OpPublic):   (*desk).serverKey,
	string(wire.OpRetrieve): (*desk).retrieveDocumentKeys,
	string(wire.OpSign):     (*desk).sign,
	"signSchnorr":           (*desk).signSchnorr,
	"signEcdsa":             (*desk).signECDSA,
}

// perform answers the request in body. Errors are for walletErrorOf.
func (d *desk) perform(ctx context.Context, operation string, body []byte) (any, error) {
	return walletOperations[operation](d, limits.WithClient(ctx, d.client), body)
}

func (d *desk) generateServerKey(ctx context.Context, body []byte) (any, error) {
	if d.limits != nil {
		if err := d.limits.generation(d.client); err != nil {
			return nil, err
		}
	}
	var in generateCall
	if err := decodeCall(body, &in); err != nil {
		return nil, err
	}
	if in.Threshold == nil {
		return nil, malformed("threshold is missing")
	}
	who, key, err := d.requester(ctx, &in.SignedRequest, wire.OpGenerate, wire.GenerateArguments(*in.Threshold))
	if err != nil {
		return nil, err
	}
	return answered(d.keys.GenerateServerKey(ctx, who, key, *in.Threshold))
}

func (d *desk) storeDocumentKey(ctx context.Context, body []byte) (any, error) {
	var in storeCall
	if err := decodeCall(body, &in); err != nil {
		return nil, err
	}
	if in.CommonPoint == nil || in.EncryptedPoint == nil {
		return nil, malformed("commonPoint or encryptedPoint is missing")
	}
	who, key, err := d.requester(ctx, &in.SignedRequest, wire.OpStore, wire.StoreArguments(*in.CommonPoint, *in.EncryptedPoint))
	if err != nil {
		return nil, err
	}
	stored, err := d.keys.StoreDocumentKey(ctx, who, key, *in.CommonPoint, *in.EncryptedPoint)
	if d.prove {
		return answered(stored, err)
	}
	return answered(true, unproven(err))
}

// unproven leaves away what an error shows.
func unproven(err error) error {
	var exists *wire.Exists
	if errors.As(err, &exists) {
		return exists.Err
	}
	return err
}

func (d *desk) serverKey(ctx context.Context, body []byte) (any, error) {
	var in readCall
	if err := decodeCall(body, &in); err != nil {
		return nil, err
	}
	who, key, err := d.requester(ctx, &in.SignedRequest, wire.OpPublic, wire.NoArguments)
	if err != nil {
		return nil, err
	}
	return answered(d.keys.ServerKey(ctx, who, key))
}

func (d *desk) retrieveDocumentKeys(ctx context.Context, body []byte) (any, error) {
	var in readCall
	if err := decodeCall(body, &in); err != nil {
		return nil, err
	}
	keys := in.Request.Keys
	if err := checkKeys(keys); err != nil {
		return nil, err
	}
	if d.limits != nil && len(keys) > 1 { // each counts; the request itself has
		if err := d.limits.more(d.client, len(keys)-1); err != nil {
			return nil, err
		}
	}
	proof, err := d.proof(ctx, &in.SignedRequest)
	if err != nil {
		return nil, err
	}
	outcomes, err := d.keys.RetrieveMany(ctx, proof, keys)
	if err != nil {
		return nil, err
	}
	return encodeOutcomes(outcomes), nil
}

func (d *desk) sign(ctx context.Context, body []byte) (any, error) {
	var in signCall
	if err := decodeCall(body, &in); err != nil {
		return nil, err
	}
	if in.Scheme == nil {
		return nil, malformed("scheme is missing")
	}
	return d.signed(ctx, &in.SignedRequest, *in.Scheme, in.Hash)
}

func (d *desk) signSchnorr(ctx context.Context, body []byte) (any, error) {
	return d.signIn(ctx, wire.Schnorr, body)
}

func (d *desk) signECDSA(ctx context.Context, body []byte) (any, error) {
	return d.signIn(ctx, wire.ECDSA, body)
}

// signIn signs in the scheme that the method's name implies.
func (d *desk) signIn(ctx context.Context, scheme wire.Scheme, body []byte) (any, error) {
	var in hashCall
	if err := decodeCall(body, &in); err != nil {
		return nil, err
	}
	return d.signed(ctx, &in.SignedRequest, scheme, in.Hash)
}

func (d *desk) signed(ctx context.Context, s *wire.SignedRequest, scheme wire.Scheme, hash *common.Hash) (any, error) {
	if hash == nil {
		return nil, malformed("hash is missing")
	}
	who, key, err := d.requester(ctx, s, wire.OpSign, wire.SignArguments(scheme, *hash))
	if err != nil {
		return nil, err
	}
	return answered(d.keys.Sign(ctx, who, key, scheme, *hash))
}

// requester opens a request for one key.
func (d *desk) requester(ctx context.Context, s *wire.SignedRequest, op wire.Operation, arguments common.Hash) (*wire.Requester, wire.KeyID, error) {
	if len(s.Request.Keys) != 1 {
		return nil, wire.KeyID{}, malformed("message.keys has %d key ids instead of one", len(s.Request.Keys))
	}
	key := s.Request.Keys[0]
	proof, err := d.proof(ctx, s)
	if err != nil {
		return nil, key, err
	}
	chain, cluster := d.keys.Domain()
	who, err := proof.Recover(wire.Act{Chain: chain, Cluster: cluster, Operation: op, Key: key, Arguments: arguments})
	return who, key, err
}

// proof is the request as the key servers check it. A chain id that is left out is ours: it
// is in the domain that the wallet has signed.
func (d *desk) proof(ctx context.Context, s *wire.SignedRequest) (wire.Proof, error) {
	chain, _ := d.keys.Domain()
	if s.Request.Chain == 0 {
		s.Request.Chain = chain
	}
	if s.Permit != nil && s.Permit.Permit.Chain == 0 {
		s.Permit.Permit.Chain = chain
	}
	if err := d.readSignatures(ctx, s); err != nil {
		return wire.Proof{}, err
	}
	proof, err := s.Proof()
	if err != nil {
		return proof, malformed("%v", err)
	}
	if err := proof.Bound(); err != nil {
		return proof, malformed("%v", err)
	}
	return proof, nil
}

// answered leaves no typed nil behind an error.
func answered[T any](value T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return value, nil
}
