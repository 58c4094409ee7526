package main

import (
	"context"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/devnet"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
)

var (
	rpcFlag = &cli.StringSliceFlag{
		Name: "rpc", Usage: "JSON-RPC address of a node of the chain, such as http://127.0.0.1:8545, to be repeated for others to turn to",
	}
	contractFlag = &cli.StringFlag{
		Name: "contract", Usage: "Address of the permission contract; by default the one filed in the registrar",
	}
	registrarFlag = &cli.StringFlag{Name: "registrar", Usage: "Address of the chain's registrar", Value: devnet.RegistrarAddress.Hex()}

	// storeFlag is nodeURLFlag without its default: grant and revoke need no key server.
	storeFlag = &cli.StringSliceFlag{
		Name: nodeURLFlag.Name, Usage: "Secret Store address of a key server; if given, its chain and cluster must be those of --rpc and of the document",
	}

	permissionFlags = []cli.Flag{rpcFlag, storeFlag, contractFlag, registrarFlag, keyFlag, keyPasswordFlag, jsonFlag}

	grantCommand = &cli.Command{
		Action:    func(ctx *cli.Context) error { return changePermission(ctx, "grant") },
		Name:      "grant",
		Usage:     "Let an address read a document",
		ArgsUsage: "<document's file or key id> <address>",
		Flags:     permissionFlags,
		Description: `Sends a transaction to the permission contract, contracts/solidity/DocumentPermissions.sol or one with the same function
grant(bytes32 document, address user), signed here with --key, whose account pays the gas. It returns when the
transaction is in a block. What can be checked is checked before: that the contract is one, that it would accept the
call, that the account can pay, and with --node that the key servers are of the same chain.`,
	}

	revokeCommand = &cli.Command{
		Action:    func(ctx *cli.Context) error { return changePermission(ctx, "revoke") },
		Name:      "revoke",
		Usage:     "Take an address's permission to read a document back",
		ArgsUsage: "<document's file or key id> <address>",
		Flags:     permissionFlags,
		Description: `Sends a transaction to the permission contract, as grant does: revoke(bytes32 document, address user). Who has read the
document's key before has it.`,
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
	quietLogging(ctx)
	bounded, cancel := context.WithTimeout(ctx.Context, minedWithin)
	defer cancel()
	book, err := openPermissions(bounded, ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	if ctx.IsSet(storeFlag.Name) {
		if err := book.checkStore(bounded, ctx.StringSlice(storeFlag.Name), doc.cluster); err != nil {
			return err
		}
	}
	abi := permissions.NewDocumentPermissions()
	input := abi.PackGrant(common.Hash(doc.key), user)
	if what == "revoke" {
		input = abi.PackRevoke(common.Hash(doc.key), user)
	}
	receipt, err := book.send(bounded, what, doc.key, input)
	if err != nil {
		return err
	}
	facts := map[string]any{"document": doc.key, "user": user, "transaction": receipt.TxHash, "block": receipt.BlockNumber}
	return report(ctx, os.Stdout, facts, fmt.Sprintf("%s: %v for %v, in block %d", what, user, doc.key, receipt.BlockNumber))
}
