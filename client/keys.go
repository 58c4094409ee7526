package client

import (
	"context"
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// GenerateKey has the cluster make a server key under a free id, usable by any threshold+1 of its members. The client's
// account becomes its author. An attempt of which the outcome is unknown is followed up at another node.
func (c *Client) GenerateKey(ctx context.Context, key wire.KeyID, threshold uint32) (*wire.ServerKey, error) {
	made, err := c.serverKey(ctx, wire.OpGenerate, key, arguments{Threshold: &threshold})
	if err != nil {
		return nil, fmt.Errorf("making a server key under %v: %w", key, err)
	}
	return made, nil
}

// ServerKey reads a server key, of which the client's account is the author.
func (c *Client) ServerKey(ctx context.Context, key wire.KeyID) (*wire.ServerKey, error) {
	read, err := c.serverKey(ctx, wire.OpPublic, key, arguments{})
	if err != nil {
		return nil, fmt.Errorf("reading the server key %v: %w", key, err)
	}
	return read, nil
}

func (c *Client) serverKey(ctx context.Context, op wire.Operation, key wire.KeyID, args arguments) (*wire.ServerKey, error) {
	req, err := c.sign(ctx, op, []wire.KeyID{key}, args, wire.Point{})
	if err != nil {
		return nil, err
	}
	var answer *wire.ServerKey
	tried := false // at a node that may have done it without saying so
	ask := func(ctx context.Context, endpoint string) error {
		answer = new(wire.ServerKey)
		if err := c.post(ctx, endpoint, path(op), req.body, answer); err != nil {
			return err
		}
		return c.checkServerKey(answer, key)
	}
	err = c.each(ctx, func(ctx context.Context, endpoint string) error {
		err := ask(ctx, endpoint)
		tried = tried || retryable(err)
		return err
	})
	if op == wire.OpGenerate && tried && hasReason(err, reasonKeyExists) {
		// Ours, if we may read it: its author has signed for this threshold, and for no other.
		return c.serverKey(ctx, wire.OpPublic, key, arguments{})
	}
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func (c *Client) checkServerKey(answer *wire.ServerKey, key wire.KeyID) error {
	if answer.Key != key {
		return &badAnswer{fmt.Errorf("it is about key %v", answer.Key)}
	}
	if _, err := secp256k1.ParsePoint(answer.Public[:]); err != nil {
		return &badAnswer{fmt.Errorf("server key: %w", err)}
	}
	return nil
}

// StoreKey stores the encrypted document key of a server key, once, as its author.
func (c *Client) StoreKey(ctx context.Context, key wire.KeyID, common, encrypted wire.Point) error {
	req, err := c.sign(ctx, wire.OpStore, []wire.KeyID{key}, arguments{Common: &common, Encrypted: &encrypted}, wire.Point{})
	if err != nil {
		return err
	}
	tried := false
	err = c.each(ctx, func(ctx context.Context, endpoint string) error {
		var done bool
		err := c.post(ctx, endpoint, path(wire.OpStore), req.body, &done)
		tried = tried || retryable(err)
		return err
	})
	if tried && hasReason(err, reasonDocumentExists) {
		return nil // it is ours: nobody else can store there
	}
	if err != nil {
		return fmt.Errorf("storing the document key of %v: %w", key, err)
	}
	return nil
}
