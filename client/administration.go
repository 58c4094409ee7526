package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Administration asks key servers about their set, and hands in what administrators have signed. It signs nothing itself.
type Administration struct{ c *Client }

// NewAdministration checks a configuration, in which Signer does not count. It connects to nothing yet.
func NewAdministration(cfg Config) (*Administration, error) {
	cfg.Signer = &SignerFunc{}
	c, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return &Administration{c}, nil
}

// Servers is the server set, as the first key server tells it that answers. That its members and settings have its hash is
// checked, and so are chain and cluster as far as they are known.
func (a *Administration) Servers(ctx context.Context) (info *wire.ServersInfo, err error) {
	c := a.c
	err = ask(ctx, c, c.cheap(), func(ctx context.Context, endpoint string, into *wire.ServersInfo) error {
		return c.get(ctx, endpoint, "/v1/servers", into)
	}, func(told *wire.ServersInfo) error {
		info = told
		if c.want.Cluster != (wire.ClusterID{}) && told.Cluster != c.want.Cluster {
			return &badAnswer{fmt.Errorf("it is of cluster %v, and not of %v", told.Cluster, c.want.Cluster)}
		}
		if c.want.Chain != 0 && told.Chain != c.want.Chain {
			return &badAnswer{fmt.Errorf("it is of chain %d, and not of %d", told.Chain, c.want.Chain)}
		}
		if _, err := told.Set(); err != nil {
			return &badAnswer{err}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("asking who the key servers are: %w", err)
	}
	return info, nil
}

// ServerSets are the sets that have followed one another, with all that shows it, from the one on that is trusted by the
// configuration, or was told at the first use. Each link is checked. Who believes them for a new key is for a Client to say.
func (a *Administration) ServerSets(ctx context.Context) (*wire.SetsTold, error) {
	if err := a.c.follow(ctx); err != nil {
		return nil, fmt.Errorf("asking which server sets there were: %w", err)
	}
	a.c.followed.mu.Lock()
	defer a.c.followed.mu.Unlock()
	kept := a.c.followed.kept
	if kept == nil {
		return nil, errors.New("the key servers do not tell which server sets there were: update them")
	}
	told := (&wire.SetLinks{First: kept.First, Links: kept.Links}).Told(a.c.facts().Chain, a.c.followed.sets.Newest())
	return told, nil
}

// MakeBack has a key server make the order for a set like the one before the present one, which info tells. Nothing of it is
// believed but addresses: it has to be of the members and settings of the set that the present one follows, by its hash.
// expires are Unix seconds of a final block.
func (a *Administration) MakeBack(ctx context.Context, info *wire.ServersInfo, force bool, expires uint64) (*wire.SetOrder, error) {
	order, err := a.makeBack(ctx, info, force, expires)
	if err != nil {
		return nil, fmt.Errorf("having the order for the set before made: %w", err)
	}
	return order, nil
}

func (a *Administration) makeBack(ctx context.Context, info *wire.ServersInfo, force bool, expires uint64) (*wire.SetOrder, error) {
	present, err := info.Set()
	if err != nil {
		return nil, err
	}
	if present.Epoch == 0 {
		return nil, errors.New("there is no server set before the present one to go back to")
	}
	told, err := a.ServerSets(ctx)
	if err != nil {
		return nil, err
	}
	before := told.First
	for i := range told.Links {
		if set := told.Links[i].Set(); set.Hash() == present.Parent {
			before = set
		}
	}
	if before == nil || before.Hash() != present.Parent {
		return nil, errors.New("the key servers do not tell the set before the present one")
	}
	body, err := json.Marshal(map[string]any{"back": true, "force": force, "expires": expires})
	if err != nil {
		return nil, err
	}
	var order *wire.SetOrder
	err = ask(ctx, a.c, a.c.cheap(), func(ctx context.Context, endpoint string, into *madeOrder) error {
		return a.c.post(ctx, endpoint, "/v1/makeOrder", body, into)
	}, func(made *madeOrder) error {
		if order = made.Order; order == nil || order.Bound() != nil || order.Chain != info.Chain || order.Force != force || order.Expires != expires {
			return &badAnswer{errors.New("it made another order than was asked for")}
		}
		if err := order.GoesBack(before, present); err != nil {
			return &badAnswer{fmt.Errorf("the order that it made: %w", err)}
		}
		return nil
	})
	return order, err
}

// madeOrder is the answer of makeOrder. The typed data is made of the order here.
type madeOrder struct {
	Order     *wire.SetOrder  `json:"order"`
	TypedData json.RawMessage `json:"typedData"`
}

// ChangeServers hands an order in. It returns when a key server has taken it; that they all decide on it comes after that.
func (a *Administration) ChangeServers(ctx context.Context, order *wire.SetOrder, signatures []hexutil.Bytes) (*wire.SetRef, error) {
	ref := new(wire.SetRef)
	return ref, a.hand(ctx, "handing in the order", "changeServers", order, signatures, ref)
}

// CancelChange takes an order back, and returns the set that stays.
func (a *Administration) CancelChange(ctx context.Context, order *wire.CancelOrder, signatures []hexutil.Bytes) (*wire.SetRef, error) {
	ref := new(wire.SetRef)
	return ref, a.hand(ctx, "cancelling the order", "cancelChange", order, signatures, ref)
}

// RefreshShares has all shares dealt anew.
func (a *Administration) RefreshShares(ctx context.Context, order *wire.RefreshOrder, signatures []hexutil.Bytes) (*wire.RoundInfo, error) {
	round := new(wire.RoundInfo)
	return round, a.hand(ctx, "having the shares dealt anew", "refreshShares", order, signatures, round)
}

func (a *Administration) hand(ctx context.Context, doing, name string, order any, signatures []hexutil.Bytes, into any) error {
	body, err := json.Marshal(map[string]any{"order": order, "signatures": signatures})
	if err != nil {
		return err
	}
	var answer json.RawMessage
	err = ask(ctx, a.c, a.c.changing(), func(ctx context.Context, endpoint string, into *json.RawMessage) error {
		return a.c.post(ctx, endpoint, "/v1/"+name, body, into)
	}, func(told *json.RawMessage) error { answer = *told; return nil })
	if err == nil {
		err = json.Unmarshal(answer, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// SignOrder has an administrator sign an order. The signature is one of a key, which the account has.
func SignOrder(ctx context.Context, s Signer, order interface {
	Digest() common.Hash
	TypedData() ([]byte, error)
}) (hexutil.Bytes, error) {
	typed, err := order.TypedData()
	if err != nil {
		return nil, err
	}
	digest := order.Digest()
	signature, err := s.SignTyped(ctx, digest, typed)
	if err != nil {
		return nil, err
	}
	if signer, ok := wire.SignerOf(digest, signature); !ok || signer != s.Address() {
		return nil, fmt.Errorf("the signature is not of the key of %v: an administrator is a plain key, no contract account", s.Address())
	}
	return wire.Expand(s.Address(), digest, signature), nil
}
