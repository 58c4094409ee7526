package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/permission"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// minedWithin is how long a transaction may take into a block, with all questions before it.
const minedWithin = 2 * time.Minute

var costFlag = &cli.StringFlag{Name: "max-cost", Usage: "The most that a transaction may cost, in ether: what gas costs is the node's word", Value: "1"}

// permissionBook is a permission contract on a chain that is connected to.
type permissionBook struct {
	*permission.Book
	chain *chainrpc.Chain
}

func (b *permissionBook) close() { b.chain.Close() }

// openPermissions finds the permission contract by the flags. It sends nothing.
func openPermissions(bounded context.Context, ctx *cli.Context) (*permissionBook, error) {
	if ctx.String(keyFlag.Name) == "" {
		return nil, errors.New("give --key FILE: the transaction is signed here")
	}
	password, err := readPassword(ctx)
	if err != nil {
		return nil, err
	}
	key, err := client.LoadKey(ctx.String(keyFlag.Name), password)
	if err != nil {
		return nil, err
	}
	chain, err := dialChain(bounded, ctx, ctx.Uint64(chainFlag.Name))
	if err != nil {
		return nil, err
	}
	contract, err := permissionContract(bounded, ctx, chain)
	if err == nil {
		var book *permission.Book
		if book, err = permission.Open(bounded, chain, contract, key); err == nil {
			return &permissionBook{book, chain}, nil
		}
	}
	chain.Close()
	return nil, err
}

// dialChain connects to the nodes of --rpc. The chain is 0 if nothing tells which it is.
func dialChain(bounded context.Context, ctx *cli.Context, id uint64) (*chainrpc.Chain, error) {
	endpoints := ctx.StringSlice(rpcFlag.Name)
	if len(endpoints) == 0 {
		return nil, errors.New("give --rpc, the JSON-RPC address of a node of the chain, such as http://127.0.0.1:8545")
	}
	cfg := chainrpc.Config{
		Endpoints: endpoints, Chain: id, Known: knownBook(ctx), Trusting: trusting, Warn: warn, Late: newPatience().tell,
	}
	if text := ctx.String(costFlag.Name); text != "" {
		ether, ok := new(big.Rat).SetString(text)
		if !ok || ether.Sign() < 0 {
			return nil, fmt.Errorf("--max-cost %q is no number of ether", text)
		}
		wei := ether.Mul(ether, new(big.Rat).SetInt64(params.Ether))
		cfg.MaxCost = new(big.Int).Quo(wei.Num(), wei.Denom())
	}
	return chainrpc.Dial(bounded, cfg)
}

// permissionContract is the one given, or what the registrar says.
func permissionContract(bounded context.Context, ctx *cli.Context, chain *chainrpc.Chain) (filed common.Address, err error) {
	if text := ctx.String(contractFlag.Name); text != "" {
		if filed, err = parseAddress(text); err != nil {
			return filed, fmt.Errorf("--contract: %w", err)
		}
		return filed, nil
	}
	registry, err := parseAddress(ctx.String(registrarFlag.Name))
	if err != nil {
		return filed, fmt.Errorf("--registrar: %w", err)
	}
	return permission.Filed(bounded, chain, registry)
}

// checkStore asks key servers which chain they read, and wants the document to be of their cluster; zero if that is unknown.
func (b *permissionBook) checkStore(bounded context.Context, ctx *cli.Context, cluster wire.ClusterID) error {
	cfg, err := clientConfig(ctx, ctx.StringSlice(storeFlag.Name))
	if err != nil {
		return err
	}
	cfg.Signer = &client.SignerFunc{Account: b.Account()} // it signs nothing
	c, err := client.New(cfg)
	if err != nil {
		return err
	}
	info, err := c.Cluster(bounded)
	if err != nil {
		return err
	}
	if cluster != (wire.ClusterID{}) && cluster != info.Cluster {
		return fmt.Errorf("the document belongs to cluster %v, the key servers of --node to %v", cluster, info.Cluster)
	}
	return b.CheckCluster(info)
}

var unclaimedFlag = &cli.BoolFlag{Name: "unclaimed", Usage: "Claim nothing: the id is claimed already (give --id), or the permission contract has no publishers"}

// claimBefore is how ids are claimed before their keys are made; nil with --unclaimed.
func claimBefore(ctx *cli.Context) (func(context.Context, wire.KeyID, *wire.ClusterInfo, func() error) error, error) {
	switch {
	case ctx.IsSet(rpcFlag.Name) && ctx.Bool(unclaimedFlag.Name):
		return nil, errors.New("--rpc has the id claimed, and --unclaimed has not: give one of them")
	case ctx.Bool(unclaimedFlag.Name):
		return nil, nil
	case !ctx.IsSet(rpcFlag.Name):
		return nil, errors.New("the id is to be claimed in the permission contract before its key is made, or whoever sees it first becomes its publisher there: " +
			"give --rpc, the JSON-RPC address of a node of the chain; or --unclaimed, if it is claimed already, or the contract has no publishers")
	}
	return func(c context.Context, id wire.KeyID, info *wire.ClusterInfo, sending func() error) error {
		bounded, cancel := context.WithTimeout(c, minedWithin)
		defer cancel()
		book, err := openPermissions(bounded, ctx)
		if err != nil {
			return err
		}
		defer book.close()
		return book.Claim(bounded, id, info, sending)
	}, nil
}
