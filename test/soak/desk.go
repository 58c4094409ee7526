package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
	"github.com/geth-ss/geth-ss/test/dapp"
)

const (
	// deskBatch is how many permissions change in one go.
	deskBatch = 40

	// minedPatience is how long a transaction may take before it is sent again: the node it was handed to may be cut off.
	minedPatience = 20 * time.Second
)

// desk changes permissions on chain. One goroutine does, so that the account's nonces are its own.
type desk struct {
	s        *soak
	contract common.Address
	abi      *permissions.DocumentPermissions
	grants   chan *key
}

// The accounts by what they do here. The author makes keys, grants and revokes; the reader is granted; nobody knows the
// stranger.
const (
	owner = iota
	author
	reader
	stranger
)

func newDesk(s *soak) *desk {
	return &desk{s: s, abi: permissions.NewDocumentPermissions(), grants: make(chan *key, 10_000)}
}

// open deploys the permission contract and files it in the registrar.
func (d *desk) open(ctx context.Context) error {
	key, eth := d.s.net.accounts[owner], d.s.net.nodes[0].eth
	d.contract = crypto.CreateAddress(crypto.PubkeyToAddress(key.PublicKey), 0)
	registry := d.s.net.state.Registry
	sent, err := dapp.Send(ctx, eth, int64(d.s.net.state.ChainID), key, 0,
		dapp.Call{Input: common.FromHex(permissions.DocumentPermissionsMetaData.Bin)},
		dapp.Call{To: &registry, Input: registrar.NewRegistrar().PackSetAddress(contracts.NameHash(contracts.NameACL), contracts.AddressKey, d.contract)})
	for _, hash := range sent {
		if err == nil {
			_, err = dapp.UntilMined(ctx, eth, hash)
		}
	}
	if err != nil {
		return fmt.Errorf("deploying the permission contract: %w", err)
	}
	return nil
}

// run grants what is handed in, and revokes a document now and then, until ctx ends; then it grants the rest.
func (d *desk) run(ctx context.Context, revokeEvery time.Duration) {
	revoke := time.NewTicker(revokeEvery)
	defer revoke.Stop()
	for {
		select {
		case k := <-d.grants:
			d.grant(ctx, d.batch(k))
		case <-revoke.C:
			d.revokeOne(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// batch is what else waits.
func (d *desk) batch(first *key) []*key {
	list := []*key{first}
	for len(list) < deskBatch {
		select {
		case k := <-d.grants:
			list = append(list, k)
		default:
			return list
		}
	}
	return list
}

// grant admits the reader to documents, and notes it when every node that is well knows.
func (d *desk) grant(ctx context.Context, list []*key) {
	user := crypto.PubkeyToAddress(d.s.net.accounts[reader].PublicKey)
	var calls []dapp.Call
	for _, k := range list {
		calls = append(calls, dapp.Call{To: &d.contract, Input: d.abi.PackGrant(k.id, user)})
	}
	block, err := d.send(ctx, calls)
	if err != nil {
		d.s.complain(ctx, "granting", err)
		return
	}
	d.untilFinal(ctx, block, len(d.s.net.nodes))
	for _, k := range list {
		k.change(func() { k.granted = time.Now() })
	}
}

// revokeOne takes a grant back. From when n-t nodes know of it no node may serve the reader.
func (d *desk) revokeOne(ctx context.Context) {
	list := d.s.ledger.all(readable)
	if len(list) < 10 {
		return
	}
	k := list[d.s.roll(len(list))]
	k.change(func() { k.revoking = true })
	user := crypto.PubkeyToAddress(d.s.net.accounts[reader].PublicKey)
	block, err := d.send(ctx, []dapp.Call{{To: &d.contract, Input: d.abi.PackRevoke(k.id, user)}})
	if err != nil {
		d.s.complain(ctx, "revoking", err)
		return
	}
	d.untilFinal(ctx, block, len(d.s.net.nodes)-d.s.threshold())
	k.change(func() { k.revoked = true })
}

// send sends transactions until they are in a block, through whichever node is well. They change nothing when they are
// done twice.
func (d *desk) send(ctx context.Context, calls []dapp.Call) (block uint64, err error) {
	for try := 0; try < 30 && ctx.Err() == nil; try++ {
		if block, err = d.sendOnce(ctx, calls); err == nil {
			return block, nil
		}
		sleep(ctx, time.Second)
	}
	return 0, errors.Join(err, context.Cause(ctx))
}

func (d *desk) sendOnce(ctx context.Context, calls []dapp.Call) (block uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, minedPatience)
	defer cancel()
	v := d.s.pick(well)
	key := d.s.net.accounts[author]
	// What is pending counts for nothing: it may be stuck at a node that was cut off. It is replaced or done again.
	nonce, err := v.eth.NonceAt(ctx, crypto.PubkeyToAddress(key.PublicKey), nil)
	if err != nil {
		return 0, err
	}
	sent, err := dapp.Send(ctx, v.eth, int64(d.s.net.state.ChainID), key, nonce, calls...)
	if err != nil {
		return 0, err
	}
	for _, hash := range sent {
		if block, err = dapp.UntilMined(ctx, v.eth, hash); err != nil {
			return 0, err
		}
	}
	return block, nil
}

// untilFinal waits until a block is final at that many nodes, or at all that are well if they are fewer.
func (d *desk) untilFinal(ctx context.Context, block uint64, want int) {
	for ctx.Err() == nil {
		have, ill := 0, 0
		for _, v := range d.s.net.nodes {
			if v.now() != well {
				ill++
			} else if v.eth != nil && d.finalAt(ctx, v) >= block {
				have++
			}
		}
		// The ill count as ignorant: fewer than n-t that know are not enough for a revocation.
		if have >= want || want == len(d.s.net.nodes) && have+ill >= want {
			return
		}
		sleep(ctx, pollEvery)
	}
}

func (d *desk) finalAt(ctx context.Context, v *node) uint64 {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	header, err := v.eth.HeaderByNumber(ctx, big.NewInt(-3)) // "finalized"
	if err != nil {
		return 0
	}
	return header.Number.Uint64()
}

// complain reports what went wrong in the test's own doings, unless it is the end.
func (s *soak) complain(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		s.tally.broke("%s: %v", what, err)
	}
}
