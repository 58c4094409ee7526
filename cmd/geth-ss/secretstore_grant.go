package main

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"os"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/cmd/geth-ss/devnet"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// minedWithin is how long a transaction may take into a block, minedPoll how often that is asked.
	minedWithin = 2 * time.Minute
	minedPoll   = 200 * time.Millisecond
)

var (
	rpcFlag      = &cli.StringFlag{Name: "rpc", Usage: "JSON-RPC address of a node of the chain, such as http://127.0.0.1:8545"}
	contractFlag = &cli.StringFlag{
		Name: "contract", Usage: "Address of the permission contract; by default the one filed in the registrar",
	}
	registrarFlag = &cli.StringFlag{Name: "registrar", Usage: "Address of the chain's registrar", Value: devnet.RegistrarAddress.Hex()}

	permissionFlags = []cli.Flag{rpcFlag, contractFlag, registrarFlag, keyFlag, keyPasswordFlag, jsonFlag}

	grantCommand = &cli.Command{
		Action:    func(ctx *cli.Context) error { return changePermission(ctx, "grant") },
		Name:      "grant",
		Usage:     "Let an address read a document",
		ArgsUsage: "<document's file or key id> <address>",
		Flags:     permissionFlags,
		Description: `Sends a transaction to the permission contract, contracts/solidity/DocumentPermissions.sol or one with the same function
grant(bytes32 document, address user), signed here with --key, whose account pays the gas. It returns when the
transaction is in a block.`,
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
	if ctx.Args().Len() != 2 || !common.IsHexAddress(ctx.Args().Get(1)) {
		return fmt.Errorf("%s wants two arguments, a document's file or the id of its key, and an address", what)
	}
	id, err := documentKeyID(ctx.Args().First())
	if err != nil {
		return err
	}
	user := common.HexToAddress(ctx.Args().Get(1))
	abi := permissions.NewDocumentPermissions()
	input := abi.PackGrant(common.Hash(id), user)
	if what == "revoke" {
		input = abi.PackRevoke(common.Hash(id), user)
	}
	receipt, err := transact(ctx, what, input)
	if err != nil {
		return err
	}
	facts := map[string]any{"document": id, "user": user, "transaction": receipt.TxHash, "block": receipt.BlockNumber}
	return report(ctx, os.Stdout, facts, fmt.Sprintf("%s: %v for %v, in block %d", what, user, id, receipt.BlockNumber))
}

// claim makes the account the publisher of a document, unless it is.
func claim(ctx *cli.Context, id wire.KeyID) error {
	_, err := transact(ctx, "claim", permissions.NewDocumentPermissions().PackClaim(common.Hash(id)))
	return err
}

// transact sends a call to the permission contract and waits for its block.
func transact(ctx *cli.Context, what string, input []byte) (*types.Receipt, error) {
	quietLogging(ctx)
	endpoint := ctx.String(rpcFlag.Name)
	if endpoint == "" {
		return nil, errors.New("give --rpc, the JSON-RPC address of a node of the chain, such as http://127.0.0.1:8545")
	}
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
	chain, err := ethclient.DialContext(ctx.Context, endpoint)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", endpoint, err)
	}
	defer chain.Close()
	bounded, cancel := context.WithTimeout(ctx.Context, minedWithin)
	defer cancel()
	contract, err := permissionContract(bounded, ctx, chain)
	if err != nil {
		return nil, err
	}
	tx, err := sendCall(bounded, chain, key, contract, input)
	if err != nil {
		return nil, fmt.Errorf("%s, at the permission contract %v: %w", what, contract, explainRevert(err))
	}
	return untilMined(bounded, chain, tx)
}

// permissionContract is the one given, or what the registrar says.
func permissionContract(bounded context.Context, ctx *cli.Context, chain *ethclient.Client) (common.Address, error) {
	if text := ctx.String(contractFlag.Name); text != "" {
		if !common.IsHexAddress(text) {
			return common.Address{}, fmt.Errorf("--contract %s is no address", text)
		}
		return common.HexToAddress(text), nil
	}
	if !common.IsHexAddress(ctx.String(registrarFlag.Name)) {
		return common.Address{}, fmt.Errorf("--registrar %s is no address", ctx.String(registrarFlag.Name))
	}
	reg := registrar.NewRegistrar()
	registry := reg.Instance(chain, common.HexToAddress(ctx.String(registrarFlag.Name)))
	filed, err := bind.Call(registry, &bind.CallOpts{Context: bounded},
		reg.PackGetAddress(contracts.NameHash(contracts.NameACL), contracts.AddressKey), reg.UnpackGetAddress)
	switch {
	case err != nil:
		return filed, fmt.Errorf("looking the permission contract up in the registrar %s: %w; give --contract", ctx.String(registrarFlag.Name), err)
	case filed == (common.Address{}):
		return filed, errors.New("no permission contract is filed in the registrar; give --contract")
	}
	return filed, nil
}

func sendCall(ctx context.Context, chain *ethclient.Client, key *ecdsa.PrivateKey, to common.Address, input []byte) (*types.Transaction, error) {
	from := client.NewKeySigner(key).Address()
	id, err := chain.ChainID(ctx)
	if err != nil {
		return nil, err
	}
	nonce, err := chain.PendingNonceAt(ctx, from)
	if err != nil {
		return nil, err
	}
	tip, err := chain.SuggestGasTipCap(ctx)
	if err != nil {
		return nil, err
	}
	head, err := chain.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, err
	}
	gas, err := chain.EstimateGas(ctx, ethereum.CallMsg{From: from, To: &to, Data: input})
	if err != nil {
		return nil, err
	}
	fee := new(big.Int).Set(tip)
	if head.BaseFee != nil {
		fee.Add(fee, new(big.Int).Lsh(head.BaseFee, 1))
	}
	tx, err := types.SignNewTx(key, types.LatestSignerForChainID(id), &types.DynamicFeeTx{
		ChainID: id, Nonce: nonce, GasTipCap: tip, GasFeeCap: fee, Gas: gas + gas/4, To: &to, Data: input,
	})
	if err != nil {
		return nil, err
	}
	return tx, chain.SendTransaction(ctx, tx)
}

func untilMined(ctx context.Context, chain *ethclient.Client, tx *types.Transaction) (*types.Receipt, error) {
	tick := time.NewTicker(minedPoll)
	defer tick.Stop()
	for {
		receipt, err := chain.TransactionReceipt(ctx, tx.Hash())
		switch {
		case err == nil && receipt.Status != types.ReceiptStatusSuccessful:
			return nil, fmt.Errorf("transaction %v failed in block %d: somebody else's came before it", tx.Hash(), receipt.BlockNumber)
		case err == nil:
			return receipt, nil
		case !errors.Is(err, ethereum.NotFound) && ctx.Err() == nil:
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("transaction %v is in no block yet: %w", tx.Hash(), ctx.Err())
		case <-tick.C:
		}
	}
}

// explainRevert reads what DocumentPermissions says.
func explainRevert(err error) error {
	var reverted interface{ ErrorData() any }
	if !errors.As(err, &reverted) {
		return err
	}
	text, _ := reverted.ErrorData().(string)
	decoded, unpackErr := permissions.NewDocumentPermissions().UnpackError(common.FromHex(text))
	if unpackErr != nil {
		return err
	}
	switch e := decoded.(type) {
	case *permissions.DocumentPermissionsAlreadyClaimed:
		return fmt.Errorf("the document belongs to %v already; take another id", e.Publisher)
	case *permissions.DocumentPermissionsNotPublisher:
		if e.Publisher == (common.Address{}) {
			return errors.New("nobody has claimed the document yet")
		}
		return fmt.Errorf("only its publisher %v may", e.Publisher)
	case *permissions.DocumentPermissionsZeroUser:
		return errors.New("the zero address can't be granted anything")
	}
	return err
}
