package rpcapi

import (
	"context"
	"crypto/ecdsa"
	"errors"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/rpcapi/jsonrpc"
	"github.com/geth-ss/geth-ss/service/limits"
)

// Namespace is the prefix of the JSON-RPC methods.
const Namespace = "secretstore"

// Options of the JSON-RPC methods.
type Options struct {
	// PasswordRPC answers the methods that take an account's password over HTTP and
	// WebSocket too. geth can switch a namespace on and off per endpoint, but no method
	// in it, and a password in clear text belongs on IPC alone.
	PasswordRPC bool

	// Limits are those of the operator. Over one the error is -32005.
	Limits limits.Config
}

// APIs are the secretstore_* methods: Parity's six over the node's accounts, wallets'
// requests, administrators' orders, and the status of the key server; and rpc_discover, which describes them. keys
// is nil on a node that runs no key server, where there are the first six alone.
func APIs(manager *accounts.Manager, keys KeyServer, opts Options) []rpc.API {
	apis, _ := ForDoors(manager, keys, opts)
	return apis
}

// ForDoors gives APIs, and the guests that stand in the place of methods of the same names at a door that is open to
// everybody: where jsonrpc.OperatorsModule is not enabled.
func ForDoors(manager *accounts.Manager, keys KeyServer, opts Options) (apis, guests []rpc.API) {
	addresses := newAddressLimits(opts.Limits)
	apis = []rpc.API{{Namespace: Namespace, Service: &accountAPI{newKeyring(manager), opts, addresses}}}
	if keys == nil {
		return apis, nil
	}
	node := &nodeAPI{keys, addresses}
	return append(apis, rpc.API{Namespace: Namespace, Service: node}, rpc.API{Namespace: Namespace, Service: &operatorAPI{node}},
		rpc.API{Namespace: Namespace, Service: &walletAPI{keys, addresses}},
		rpc.API{Namespace: Namespace, Service: &serversAPI{keys, addresses}},
		rpc.API{Namespace: rpc.MetadataApi, Service: &discoveryAPI{addresses}}), []rpc.API{{Namespace: Namespace, Service: &guestAPI{node}}}
}

// nodeAPI tells about the key server. Its exported methods are the RPC methods.
type nodeAPI struct {
	keys   KeyServer
	limits *addressLimits
}

// Status is secretstore_status.
func (a *nodeAPI) Status(ctx context.Context) (any, error) {
	if err := a.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	return a.keys.Status(), nil
}

// Peers is secretstore_peers.
func (a *nodeAPI) Peers(ctx context.Context) (any, error) {
	if err := a.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	return a.keys.Peers(), nil
}

// ask answers a question that costs more than a look at a table.
func (a *nodeAPI) ask(ctx context.Context, answer func(context.Context) (any, error)) (any, error) {
	if err := a.limits.rpcLimit(ctx); err != nil {
		return nil, err
	}
	client := limits.ClientOf(rpc.PeerInfoFromContext(ctx).RemoteAddr)
	result, err := answer(limits.WithClient(ctx, client))
	return result, operatorError(err)
}

// accountAPI is Parity's set of helpers for clients (spec rpc-api.md 2). Its exported
// methods are the RPC methods; their names and the order of their parameters are
// Parity's.
type accountAPI struct {
	keyring *keyring
	opts    Options
	limits  *addressLimits
}

// GenerateDocumentKey makes a document key for a server key: the pair to be stored and
// the key itself, sealed to the account.
func (a *accountAPI) GenerateDocumentKey(ctx context.Context, account rpcAddress, password string, serverKey h512) (result *encryptedDocumentKey, err error) {
	err = a.with(ctx, "generateDocumentKey", "Could not read account public.", account, password, 0, func(key *ecdsa.PrivateKey) error {
		author, err := secp256k1.FromPublicKey(&key.PublicKey)
		if err != nil {
			return encryptionError(err)
		}
		server, err := secp256k1.ParsePoint(serverKey[:])
		if err != nil {
			return encryptionError(err)
		}
		result, err = newDocumentKey(secureRandom, author, server)
		return err
	})
	return result, err
}

// Encrypt encrypts a document with a sealed document key.
func (a *accountAPI) Encrypt(ctx context.Context, account rpcAddress, password string, key, document rpcBytes) (rpcBytes, error) {
	return a.withSecret(ctx, "encrypt", account, password, len(document), func(secret *secp256k1.Scalar) ([]byte, error) {
		m, err := openDocumentKey(secret, key)
		if err != nil {
			return nil, err
		}
		return m.encrypt(secureRandom, document)
	})
}

// Decrypt decrypts a document with a sealed document key.
func (a *accountAPI) Decrypt(ctx context.Context, account rpcAddress, password string, key, document rpcBytes) (rpcBytes, error) {
	return a.withSecret(ctx, "decrypt", account, password, len(document), func(secret *secp256k1.Scalar) ([]byte, error) {
		m, err := openDocumentKey(secret, key)
		if err != nil {
			return nil, err
		}
		return m.decrypt(document)
	})
}

// ShadowDecrypt decrypts a document with what shadow retrieval returned. The key file is
// opened once, whatever the number of shadows.
func (a *accountAPI) ShadowDecrypt(ctx context.Context, account rpcAddress, password string, masked, common h512, shadows []rpcBytes, document rpcBytes) (rpcBytes, error) {
	return a.withSecret(ctx, "shadowDecrypt", account, password, len(document), func(secret *secp256k1.Scalar) ([]byte, error) {
		if len(shadows) == 0 { // Parity panics
			return nil, paramError("decrypt_shadows", "no shadows")
		}
		m, err := joinShadows(secret, masked, common, shadows)
		if err != nil {
			return nil, err
		}
		return m.decrypt(document)
	})
}

// SignRawHash signs 32 bytes as they are. Unlike Parity it asks for the password of an
// unlocked account too.
func (a *accountAPI) SignRawHash(ctx context.Context, account rpcAddress, password string, hash h256) (signature rpcBytes, err error) {
	err = a.with(ctx, "signRawHash", "Could not sign raw hash.", account, password, 0, func(key *ecdsa.PrivateKey) error {
		signature, err = crypto.Sign(hash[:], key)
		return err
	})
	return signature, err
}

// ServersSetHash is what an administrator signs for a server set.
func (a *accountAPI) ServersSetHash(ctx context.Context, nodes []h512) (common.Hash, error) {
	if err := a.limits.rpcLimit(ctx); err != nil {
		return common.Hash{}, err
	}
	return serversSetHash(nodes), nil
}

// withSecret is with, for the methods that open sealed keys.
func (a *accountAPI) withSecret(ctx context.Context, method string, account rpcAddress, password string, bytes int, use func(*secp256k1.Scalar) ([]byte, error)) (result rpcBytes, err error) {
	err = a.with(ctx, method, "Could not decrypt key.", account, password, bytes, func(key *ecdsa.PrivateKey) error {
		secret, err := secp256k1.FromPrivateKey(key)
		if err != nil {
			return accountError("Could not decrypt key.", err)
		}
		defer secret.Erase()
		result, err = use(secret)
		return err
	})
	return result, err
}

// with opens an account for a method. An account that won't open is told as failure.
func (a *accountAPI) with(ctx context.Context, method, failure string, account rpcAddress, password string, bytes int, use func(*ecdsa.PrivateKey) error) error {
	if !a.mayTakePassword(ctx) {
		return jsonrpc.NotAvailable(Namespace + "_" + method)
	}
	if err := a.limits.rpcLimit(ctx); err != nil {
		return err
	}
	err := a.keyring.with(ctx, common.Address(account), password, bytes, use)
	var locked *unlockError
	if errors.As(err, &locked) {
		return &jsonrpc.Error{Code: codeAccount, Text: failure, Data: locked.parity()}
	}
	return limitError(err)
}

func (a *accountAPI) mayTakePassword(ctx context.Context) bool {
	switch rpc.PeerInfoFromContext(ctx).Transport {
	case "http", "ws":
		return a.opts.PasswordRPC
	}
	return true
}
