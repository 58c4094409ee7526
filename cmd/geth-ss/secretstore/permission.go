package secretstore

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/permission"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// permissionBook is a permission contract on a chain that is connected to.
type permissionBook struct {
	*permission.Book
	*sender
}

// openPermissions finds the permission contract by the flags, and not by what the key servers tell of it in info: that is shown where
// the flags lead nowhere. It sends nothing.
func openPermissions(bounded context.Context, ctx *cli.Context, info *wire.ClusterInfo) (*permissionBook, error) {
	s, err := openSender(bounded, ctx)
	if err != nil {
		return nil, err
	}
	contract, err := permissionContract(bounded, ctx, s.chain)
	if err == nil {
		var book *permission.Book
		if book, err = permission.Open(bounded, s.chain, contract, s.key); err == nil {
			return &permissionBook{book, s}, nil
		}
	}
	s.close()
	if info != nil && info.Permission != nil && info.Permission.Contract != nil {
		err = fmt.Errorf("%w (the asked key server allows %v: if you know that this is right, give --contract %v)", err, info.Permission, info.Permission.Contract)
	}
	return nil, err
}

// permissionContract is the one given, or what the registrar says.
func permissionContract(bounded context.Context, ctx *cli.Context, chain *chainrpc.Chain) (common.Address, error) {
	if ctx.String(contractFlag.Name) != "" {
		return flagAddress(ctx, contractFlag)
	}
	at, err := flagAddress(ctx, registrarFlag)
	if err != nil {
		return at, err
	}
	return permission.Filed(bounded, chain, at)
}

// askCluster asks the key servers of --node which chain they read, and wants the document to be of their cluster; zero if that is
// unknown. Nil: none is given.
func askCluster(bounded context.Context, ctx *cli.Context, cluster wire.ClusterID) (*wire.ClusterInfo, error) {
	endpoints := addresses(ctx, storeFlag)
	if len(endpoints) == 0 {
		return nil, nil
	}
	cfg, err := clientConfig(ctx, endpoints)
	if err != nil {
		return nil, err
	}
	cfg.Signer = &client.SignerFunc{} // it signs nothing
	c, err := client.New(cfg)
	if err != nil {
		return nil, err
	}
	info, err := c.Cluster(bounded)
	if err == nil && cluster != (wire.ClusterID{}) && cluster != info.Cluster {
		err = fmt.Errorf("the document belongs to cluster %v, the key servers of --node to %v", cluster, info.Cluster)
	}
	return info, err
}

var unclaimedFlag = &cli.BoolFlag{Name: "unclaimed", Usage: "Claim nothing: the id is claimed already (give --id), or the permission contract has no publishers"}

// claimBefore is how ids are claimed before their keys are made; nil with --unclaimed.
func claimBefore(ctx *cli.Context) (func(context.Context, wire.KeyID, *wire.ClusterInfo, func() error) error, error) {
	switch {
	case ctx.IsSet(rpcFlag.Name) && os.Getenv(rpcFlag.EnvVars[0]) == "" && ctx.Bool(unclaimedFlag.Name):
		return nil, errors.New("--rpc claims the id, and --unclaimed claims nothing: give only one")
	case ctx.Bool(unclaimedFlag.Name):
		return nil, nil
	case len(addresses(ctx, rpcFlag)) == 0:
		return nil, errors.New("the id must be claimed in the permission contract before its key is made, or whoever sees it first can become its publisher: " +
			"give --rpc, the JSON-RPC address of a node of the chain; or --unclaimed, if the id is claimed already or the contract has no publishers")
	}
	return func(c context.Context, id wire.KeyID, info *wire.ClusterInfo, sending func() error) error {
		bounded, cancel := context.WithTimeout(c, minedWithin)
		defer cancel()
		book, err := openPermissions(bounded, ctx, info)
		if err != nil {
			return err
		}
		defer book.close()
		return book.Claim(bounded, id, info, sending)
	}, nil
}
