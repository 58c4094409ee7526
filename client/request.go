package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// arguments are what an operation takes beside its request.
type arguments struct {
	Threshold *uint32     `json:"threshold,omitempty"`
	Common    *wire.Point `json:"commonPoint,omitempty"`
	Encrypted *wire.Point `json:"encryptedPoint,omitempty"`

	Scheme *wire.Scheme `json:"scheme,omitempty"`
	Hash   *common.Hash `json:"hash,omitempty"`
}

func (a *arguments) hash() common.Hash {
	switch {
	case a.Threshold != nil:
		return wire.GenerateArguments(*a.Threshold)
	case a.Common != nil:
		return wire.StoreArguments(*a.Common, *a.Encrypted)
	case a.Hash != nil:
		return wire.SignArguments(*a.Scheme, *a.Hash)
	}
	return wire.NoArguments
}

// request is a signed request as it is sent, to as many nodes as it takes.
type request struct {
	signed *wire.SignedRequest
	body   []byte
}

// path is where an operation is served.
func path(op wire.Operation) string { return "/v1/" + string(op) }

// newRequest makes a request and has the wallet approve it.
func (c *Client) newRequest(ctx context.Context, op wire.Operation, keys []wire.KeyID, args arguments, reply wire.Point) (*request, error) {
	info, now, err := c.cluster(ctx)
	if err == nil && op != wire.OpRetrieve { // who reads a document needs to know no set: see fetch
		err = c.follow(ctx)
	}
	if err != nil {
		return nil, err
	}
	r := wire.Request{Chain: info.Chain, Cluster: info.Cluster, Account: c.account, Operation: op, Keys: keys,
		Arguments: args.hash(), ReplyKey: reply, Expiry: c.expiry(now)}
	rand.Read(r.Nonce[:]) // never fails
	sig, err := signTyped(ctx, c.cfg.Signer, r.Digest(), typedRequest(&r))
	if err != nil {
		return nil, fmt.Errorf("signing the request: %w", err)
	}
	signed := &wire.SignedRequest{Request: r, Signature: sig, Permit: c.permit}
	body, err := json.Marshal(struct {
		*wire.SignedRequest
		arguments
	}{signed, args})
	if err != nil {
		return nil, err
	}
	return &request{signed, body}, nil
}

// expiry is Validity from now. The time of the chain counts; on a chain that rests it lags behind ours, and the next block
// will have the time of its making. It may be a day ahead of a block, and no more.
func (c *Client) expiry(chain uint64) uint64 {
	late := max(chain, uint64(now().Unix()))
	return min(late+uint64(c.cfg.Validity/time.Second), chain+wire.MaxValidity-60)
}

// typedRequest is what a wallet is shown.
func typedRequest(r *wire.Request) []byte {
	reply := hexutil.Bytes{}
	if r.ReplyKey != (wire.Point{}) {
		reply = r.ReplyKey[:]
	}
	return typedData("Request", r.Chain, map[string]any{
		"cluster": r.Cluster, "account": r.Account, "operation": r.Operation, "keys": r.Keys, "arguments": r.Arguments,
		"replyKey": reply, "expiry": decimal(r.Expiry), "nonce": r.Nonce,
	})
}

func typedPermit(p *wire.Permit) []byte {
	return typedData("Permit", p.Chain, map[string]any{
		"cluster": p.Cluster, "account": p.Account, "delegate": p.Delegate, "operations": p.Operations, "keys": p.Keys,
		"author": p.Author, "start": decimal(p.Start), "expiry": decimal(p.Expiry), "nonce": p.Nonce,
	})
}

// decimal keeps large numbers whole in wallets that read JSON numbers as floats.
func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

func typedData(primary string, chain uint64, message map[string]any) []byte {
	types := wire.TypedTypes()
	text, err := json.Marshal(map[string]any{
		"types":       map[string]any{"EIP712Domain": types["EIP712Domain"], primary: types[primary]},
		"primaryType": primary,
		"domain":      map[string]any{"name": wire.TypedDomain, "version": wire.TypedVersion, "chainId": decimal(chain)},
		"message":     message,
	})
	if err != nil {
		panic("client: internal error: " + err.Error()) // all of it can be written
	}
	return text
}
