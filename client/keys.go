package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/client/hedge"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// GenerateKey has the cluster make a server key under a free id, usable by any threshold+1 of its members. The client's
// account becomes its author. An attempt of which the outcome is unknown is followed up at another node. Before a key that
// something is to depend on, its id is claimed: see MakeKey.
func (c *Client) GenerateKey(ctx context.Context, key wire.KeyID, threshold uint32) (*wire.ServerKey, error) {
	if _, err := c.Threshold(ctx, &threshold); err != nil {
		return nil, err // before the wallet is asked
	}
	return c.generate(ctx, key, threshold, nil)
}

// generate tells the hash of its request before it sends it.
func (c *Client) generate(ctx context.Context, key wire.KeyID, threshold uint32, before func(request common.Hash) error) (*wire.ServerKey, error) {
	made, err := c.serverKey(ctx, wire.OpGenerate, key, arguments{Threshold: &threshold}, before)
	if err != nil {
		return nil, fmt.Errorf("making a server key under %v: %w", key, err)
	}
	return made, nil
}

// ServerKey reads a server key, of which the client's account is the author.
func (c *Client) ServerKey(ctx context.Context, key wire.KeyID) (*wire.ServerKey, error) {
	read, err := c.serverKey(ctx, wire.OpPublic, key, arguments{}, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the server key %v: %w", key, err)
	}
	return read, nil
}

// made reads a key that was asked for by the request with this hash: of another request nothing is taken.
func (c *Client) made(ctx context.Context, key wire.KeyID, of origin) (*wire.ServerKey, error) {
	req, err := c.newRequest(ctx, wire.OpPublic, []wire.KeyID{key}, arguments{}, wire.Point{})
	if err != nil {
		return nil, err
	}
	answer, _, err := c.askServerKey(ctx, wire.OpPublic, req, key, &of)
	return answer, err
}

func (c *Client) serverKey(ctx context.Context, op wire.Operation, key wire.KeyID, args arguments, before func(common.Hash) error) (*wire.ServerKey, error) {
	req, err := c.newRequest(ctx, op, []wire.KeyID{key}, args, wire.Point{})
	if err != nil {
		return nil, err
	}
	var made *origin
	if op == wire.OpGenerate {
		proof, err := req.signed.Proof()
		if err != nil {
			return nil, err
		}
		made = &origin{proof.Hash(), *args.Threshold}
		if before != nil {
			if err := before(made.proof); err != nil {
				return nil, err
			}
		}
	}
	answer, tried, err := c.askServerKey(ctx, op, req, key, made)
	if op == wire.OpGenerate && tried && hasReason(err, reasonKeyExists) {
		return c.made(ctx, key, *made) // ours, if it was made for our request
	}
	return answer, err
}

// origin is what a key was made for.
type origin struct {
	proof     common.Hash
	threshold uint32
}

// askServerKey tells also whether some node may have done what it was asked without saying so.
func (c *Client) askServerKey(ctx context.Context, op wire.Operation, req *request, key wire.KeyID, made *origin) (answer *wire.ServerKey, tried bool, err error) {
	way := c.reading()
	if op == wire.OpGenerate {
		way = c.changing()
	}
	err = ask(ctx, c, noting(way, &tried), func(ctx context.Context, endpoint string, into *wire.ServerKey) error {
		return c.post(ctx, endpoint, path(op), req.body, into)
	}, func(told *wire.ServerKey) error {
		if err := c.catchUp(ctx, req.signed.Request.Cluster, func() error {
			return c.checkServerKey(told, key, req.signed.Request.Cluster, made, false)
		}); err != nil {
			return &badAnswer{err}
		}
		answer = told
		return nil
	})
	return answer, tried, err
}

// noting has told whether some node was given up: it may have done what it was asked.
func noting(w *hedge.Way, tried *bool) *hedge.Way {
	failed := w.Failed
	w.Failed = func(err error) {
		*tried = true
		if failed != nil {
			failed(err)
		}
	}
	return w
}

// checkServerKey wants every member's signature for the key. Were it another's, a document key encrypted to it would be
// that one's to read.
func (c *Client) checkServerKey(answer *wire.ServerKey, key wire.KeyID, cluster wire.ClusterID, made *origin, keyKnown bool) error {
	cert := answer.Certificate
	if answer.Key != key || cert == nil {
		return errors.New("it is about another key, or has no proof for it")
	}
	if err := verify.Certificate(cert); err != nil {
		return err
	}
	switch {
	case cert.Setup.Key != key || cert.Setup.Cluster != cluster:
		return errors.New("the certificate is for another key")
	case answer.Version != cert.Setup.Session() || answer.Public != cert.Commitments[0]:
		return errors.New("the certificate is for another server key or version")
	case made != nil && *made != origin{cert.Setup.Proof, cert.Setup.Made()}:
		return errors.New("the key was made for another request, or with another threshold")
	}
	return c.checkMembers(&cert.Setup, cert, keyKnown)
}
