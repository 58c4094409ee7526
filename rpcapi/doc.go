// Package rpcapi is the clients' door: Parity's HTTP API, the secretstore_* methods of
// JSON-RPC, and wallets' requests by either, over one KeyServer.
//
//	POST /shadow/ID/SIG/1            request.go     ┐ signatures over ┐
//	secretstore_encrypt(…)           api.go         ┘ the bare id     │
//	POST /v1/retrieveDocumentKeys    wallet_http.go ┐ wallets':       ├─► KeyServer
//	secretstore_retrieveDocumentKeys wallet_rpc.go  ┘ wallet.go       ┘
//
// It parses, calls and writes. It keeps no keys of the cluster, makes no decision about
// permission, and knows no session. The account methods are Parity's helpers for
// clients: they work on this node's keystore alone and never contact a key server.
package rpcapi

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// KeyServer is what the doors open onto. Errors are *wire.Error, possibly wrapped; any
// other is told to clients as an internal error without its text. A cancelled ctx means
// that the client is gone.
type KeyServer interface {
	// Domain is what wallets' requests to this key server are bound to.
	Domain() (chain uint64, cluster wire.ClusterID)

	// HasCode tells whether an account has code at this node's final head. Errors: Unavailable.
	HasCode(ctx context.Context, account common.Address) (bool, error)

	// GenerateServerKey makes a new server key. Any threshold+1 key servers can use it.
	GenerateServerKey(ctx context.Context, requester *wire.Requester, id wire.KeyID, threshold uint32) (*wire.ServerKey, error)

	// StoreDocumentKey stores the encrypted document key (common = kG, encrypted = M+kY).
	// Only the author of the server key may, once. What is returned shows that it is stored, and
	// a *wire.Exists among the errors what is.
	StoreDocumentKey(ctx context.Context, requester *wire.Requester, id wire.KeyID, common, encrypted wire.Point) (*wire.Stored, error)

	// GenerateDocumentKey makes a server key and a document key, and returns the latter
	// sealed to the requester: an ECIES blob of 177 bytes.
	GenerateDocumentKey(ctx context.Context, requester *wire.Requester, id wire.KeyID, threshold uint32) (sealed []byte, err error)

	// ServerKey tells a server key, to its author alone.
	ServerKey(ctx context.Context, requester *wire.Requester, id wire.KeyID) (*wire.ServerKey, error)

	// DocumentKey returns the document key sealed to the requester: an ECIES blob of 177
	// bytes. This node learns the document key.
	DocumentKey(ctx context.Context, requester *wire.Requester, id wire.KeyID) (sealed []byte, err error)

	// DocumentKeyShadow returns the document key in a form that only the requester can
	// put together.
	DocumentKeyShadow(ctx context.Context, requester *wire.Requester, id wire.KeyID) (*wire.Shadow, error)

	// RetrieveMany answers a wallet's request, which proof is, for document keys: each by
	// itself and in the order of keys, which the request names. An error is of all of them.
	RetrieveMany(ctx context.Context, proof wire.Proof, keys []wire.KeyID) ([]wire.Outcome, error)

	// WatchAccess tells the author of these keys of the decisions about them until ctx ends.
	// The channel is closed at the end, also when it is read too slowly.
	WatchAccess(ctx context.Context, proof wire.Proof, keys []wire.KeyID) (<-chan wire.Access, error)

	// Sign has the holders of a server key sign a hash in a scheme, each after it has asked
	// its own chain. The signature is sealed to the requester's key, for which ECDSA's blob has
	// 178 bytes and Parity's Schnorr 177, unless a wallet's request has no reply key. Errors:
	// KeyNotFound, Denied, Unavailable, Timeout, and TooFew, before any work, if fewer hold the
	// key than sign together.
	Sign(ctx context.Context, requester *wire.Requester, id wire.KeyID, scheme wire.Scheme, hash common.Hash) (*wire.Signed, error)

	// Cluster is what clients make their requests of.
	Cluster() *wire.ClusterInfo

	// Status and Peers answer secretstore_status and secretstore_peers; they encode to
	// JSON.
	Status() any
	Peers() any

	// PublicStatus is Status without what names keys or files.
	PublicStatus() any

	// Health tells that the key server serves, and Ready why a read would not be decided now. Both are cheap.
	Health() error
	Ready() error

	// KeyStatus, Keys and ExplainAccess answer the methods of these names; their results
	// encode to JSON. Keys lists after from, from the beginning if it is zero.
	KeyStatus(ctx context.Context, id wire.KeyID) (any, error)
	Keys(ctx context.Context, from wire.KeyID, count int) (any, error)
	ExplainAccess(ctx context.Context, requester common.Address, id wire.KeyID) (any, error)

	// ExplainOwnAccess is ExplainAccess to a requester itself, within its limits.
	ExplainOwnAccess(ctx context.Context, requester *wire.Requester, id wire.KeyID) (any, error)

	// Servers tells who the key servers are, and what is under way.
	Servers(ctx context.Context) (*wire.ServersInfo, error)

	// ServerSets tells which server sets have followed the one of an epoch, and by which links, at most wire.MaxLinks at
	// once; and set 0 as well after epoch 0. Errors: Database.
	ServerSets(ctx context.Context, after uint64) (*wire.SetsTold, error)

	// MakeOrder writes an order that changes the present set as requested, for administrators to sign. It begins nothing.
	// Errors: BadRequester with what is wrong in the request, Unavailable without a final block.
	MakeOrder(ctx context.Context, request *wire.OrderRequest) (*wire.SetOrder, error)

	// ChangeServers has the key servers decide on an order, and returns when they have taken it. The order and the number
	// of signatures are bounded; whose the signatures are is not checked yet. Errors: Denied if too few administrators
	// have signed, or there are none; BadRequester if the order does not follow the present set; Policy if it needs
	// force; Busy while another is decided; Unavailable.
	ChangeServers(ctx context.Context, order *wire.SetOrder, signatures []wire.AdminSignature) (*wire.SetRef, error)

	// CancelChange takes an order back that is not decided yet, and returns the set that stays. Errors: as ChangeServers;
	// NoSession if no such order is being decided.
	CancelChange(ctx context.Context, order *wire.CancelOrder, signatures []wire.AdminSignature) (*wire.SetRef, error)

	// RefreshShares has all shares dealt anew, and returns when the round has begun. Errors: as ChangeServers.
	RefreshShares(ctx context.Context, order *wire.RefreshOrder, signatures []wire.AdminSignature) (*wire.RoundInfo, error)

	// LegacyChange is ChangeServers by Parity's pair of signatures, which counts once ever. It returns when the new set
	// is complete. Errors: as ChangeServers; Policy where more than one administrator is needed; BadRequester with the
	// id of a key server whose address is not known.
	LegacyChange(ctx context.Context, change *wire.LegacyChange) (*wire.SetRef, error)

	// PlanChange tells what an order would do to the keys. With rehearse it is played with some keys, by made-up shares.
	PlanChange(ctx context.Context, request *wire.OrderRequest, rehearse bool) (*wire.Plan, error)

	// Repair asks the other key servers for the shares that this node misses: of these keys, or of all if there are none.
	Repair(ctx context.Context, keys []wire.KeyID) (*wire.RepairInfo, error)

	// WriteOff has this node wait no more for a key server's receipts of erasure, of what that was to erase until now. Errors:
	// BadRequester if none is awaited, NotMember at a node that keeps no account.
	WriteOff(ctx context.Context, node wire.NodeID) (*wire.WriteOffInfo, error)
}
