package devnet

import (
	"context"
	"encoding/json"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// servers is what an administrator asks of a node about the set of key servers.
type servers interface {
	// Servers tells the set as the node knows it, and what is under way.
	Servers(context.Context) (*serverSet, error)
	// MakeOrder writes an order for the administrators to sign.
	MakeOrder(context.Context, *orderRequest) (*order, error)
	// ChangeServers hands an order in with their signatures, 65 bytes each. It returns once the key servers have taken it, to
	// decide on it.
	ChangeServers(ctx context.Context, order json.RawMessage, signatures []hexutil.Bytes) (*accepted, error)
}

// serverSet is the set of key servers, as a node knows it.
type serverSet struct {
	Epoch   uint64      `json:"epoch"`
	Hash    common.Hash `json:"hash"`
	Members []member    `json:"members"`
	Change  *handover   `json:"change"` // nil: nothing is under way

	Unerased []unerased `json:"unerased"` // who has not signed that it has erased all of its old shares, as far as this node knows
}

type unerased struct {
	ID     wire.NodeID `json:"id"`
	Shares int         `json:"shares"`
}

type member struct {
	ID    wire.NodeID `json:"id"`
	Enode string      `json:"enode"`
}

// handover is a change that is under way.
type handover struct {
	State   string        `json:"state"` // deciding, listing, moving or erasing
	Epoch   uint64        `json:"epoch"` // of the set that is to be
	Moved   int           `json:"moved"` // of the keys
	Keys    int           `json:"keys"`
	Awaited []wire.NodeID `json:"awaited"` // without whom it can't go on
}

func (s *serverSet) has(id wire.NodeID) bool {
	for _, m := range s.Members {
		if m.ID == id {
			return true
		}
	}
	return false
}

func (s *serverSet) ids() (ids []wire.NodeID) {
	for _, m := range s.Members {
		ids = append(ids, m.ID)
	}
	return ids
}

// orderRequest says what an order is to change.
type orderRequest struct {
	Add     []string      `json:"add"` // enode URLs
	Remove  []wire.NodeID `json:"remove"`
	Replace []replacement `json:"replace"`
	Force   bool          `json:"force"`
}

type replacement struct {
	ID   wire.NodeID `json:"id"`
	With string      `json:"with"` // enode URL
}

// order is one to be signed: as the nodes take it, and as the typed data of EIP-712.
type order struct {
	Order     json.RawMessage `json:"order"`
	TypedData json.RawMessage `json:"typedData"`
}

// accepted names the set that an order makes.
type accepted struct {
	Epoch uint64      `json:"epoch"`
	Hash  common.Hash `json:"hash"`
}

// rpcServers asks over JSON-RPC.
type rpcServers struct{ rpc *rpc.Client }

func (s rpcServers) Servers(ctx context.Context) (*serverSet, error) {
	set := new(serverSet)
	return set, s.rpc.CallContext(ctx, set, "secretstore_servers")
}

func (s rpcServers) MakeOrder(ctx context.Context, request *orderRequest) (*order, error) {
	o := new(order)
	return o, s.rpc.CallContext(ctx, o, "secretstore_makeOrder", request)
}

func (s rpcServers) ChangeServers(ctx context.Context, order json.RawMessage, signatures []hexutil.Bytes) (*accepted, error) {
	a := new(accepted)
	return a, s.rpc.CallContext(ctx, a, "secretstore_changeServers", order, signatures)
}
