package secretstore

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/netplan"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	contractFlag = &cli.StringFlag{
		Name: "contract", Usage: "Address of the permission contract; by default the one filed in the registrar",
	}
	registrarFlag = &cli.StringFlag{Name: "registrar", Usage: "Address of the chain's registrar", Value: netplan.Registrar.Hex()}

	// storeFlag is nodeURLFlag without its default: grant and revoke need no key server.
	storeFlag = &cli.StringSliceFlag{
		Name: nodeURLFlag.Name, Usage: "Secret Store address of a key server; if given, its chain and cluster must be those of --rpc and of the document",
		EnvVars: nodeURLFlag.EnvVars,
	}

	permissionFlags = append([]cli.Flag{storeFlag, contractFlag, registrarFlag, clusterFlag, jsonFlag}, senderFlags...)

	claimCommand = &cli.Command{
		Action:    claimDocument,
		Name:      "claim",
		Usage:     "Become the publisher of a document's id, before its key is made",
		ArgsUsage: "<key id>",
		Flags:     permissionFlags,
		Description: `Sends a transaction to the permission contract, as grant does: claim(bytes32 document). publish and generate-key do this
themselves with --rpc; use claim if you publish with another client. Claim before any key server sees the id: the contract
takes whoever comes first. If the account has claimed the id already, nothing is sent.`,
	}

	grantCommand = &cli.Command{
		Action:    func(ctx *cli.Context) error { return changePermission(ctx, "grant") },
		Name:      "grant",
		Usage:     "Let an address read a document",
		ArgsUsage: "<document's file or key id> <address>",
		Flags:     permissionFlags,
		Description: `Sends a transaction to the permission contract, contracts/solidity/DocumentPermissions.sol or one with the same function
grant(bytes32 document, address user), signed here with --key, whose account pays the gas. It returns when the
transaction is in a block. Before it sends anything, it checks that there is such a contract, that it would accept the
call, that the account can pay, and with --node that the key servers are on the same chain.`,
	}

	revokeCommand = &cli.Command{
		Action:    func(ctx *cli.Context) error { return changePermission(ctx, "revoke") },
		Name:      "revoke",
		Usage:     "Withdraw an address's permission to read a document",
		ArgsUsage: "<document's file or key id> <address>",
		Flags:     permissionFlags,
		Description: `Sends a transaction to the permission contract, as grant does: revoke(bytes32 document, address user). Whoever
has already read the document's key keeps it.`,
	}
)

func changePermission(ctx *cli.Context, what string) error {
	if ctx.Args().Len() != 2 {
		return fmt.Errorf("%s wants two arguments, a document's file or the id of its key, and an address", what)
	}
	doc, err := namedDocument(ctx.Args().First())
	if err != nil {
		return err
	}
	user, err := parseAddress(ctx.Args().Get(1))
	if err != nil {
		return fmt.Errorf("%s wants an address after the document: %w", what, err)
	}
	var receipt *types.Receipt
	err = withPermissions(ctx, doc.cluster, func(bounded context.Context, book *permissionBook) (err error) {
		change := book.Grant
		if what == "revoke" {
			change = book.Revoke
		}
		receipt, err = change(bounded, doc.key, user)
		return err
	})
	if err != nil {
		return err
	}
	facts := map[string]any{"document": doc.key, "user": user, "transaction": receipt.TxHash, "block": receipt.BlockNumber}
	return report(ctx, os.Stdout, facts, fmt.Sprintf("%s: %v for %v, in block %d", what, user, doc.key, receipt.BlockNumber))
}

func claimDocument(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("claim wants one argument, the id of the key that will be made")
	}
	id, err := keyID(ctx.Args().First())
	if err != nil {
		return err
	}
	return withPermissions(ctx, wire.ClusterID{}, func(bounded context.Context, book *permissionBook) error {
		if err := book.Claim(bounded, id, nil, nil); err != nil {
			return err
		}
		facts := map[string]any{"document": id, "publisher": book.Account()}
		return report(ctx, os.Stdout, facts, fmt.Sprintf("claim: %v is the publisher of %v", book.Account(), id))
	})
}

// withPermissions opens the permission contract for one transaction. With --node the key servers have to be of its chain, and
// of the cluster, unless that is zero.
func withPermissions(ctx *cli.Context, cluster wire.ClusterID, do func(context.Context, *permissionBook) error) error {
	bounded, cancel := context.WithTimeout(ctx.Context, minedWithin)
	defer cancel()
	info, err := askCluster(bounded, ctx, cluster)
	if err != nil {
		return err
	}
	book, err := openPermissions(bounded, ctx, info)
	if err != nil {
		return err
	}
	defer book.close()
	if info != nil {
		if err := book.CheckCluster(info); err != nil {
			return err
		}
	}
	return do(bounded, book)
}
