package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/ethclient/gethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
)

var checkerFlag = &cli.StringFlag{
	Name: "checker", Usage: "Address of a ReceiptChecker on that chain; without it --rpc lends the contract's code to the one call, which geth's nodes allow",
}

// askedWithin is how long a call of a contract may take.
const askedWithin = 30 * time.Second

// lentAddress is where the checker stands that stands nowhere. Nothing else is there.
var lentAddress = common.HexToAddress("0x7265636569707420636865636b6572000000ffff")

// checkByContract has a contract check a receipt that has passed off line. It sends no transaction.
func checkByContract(ctx *cli.Context, r *client.Receipt) error {
	quietLogging(ctx)
	endpoint, checker := ctx.String(rpcFlag.Name), ctx.String(checkerFlag.Name)
	switch {
	case endpoint == "" && checker == "":
		return nil
	case endpoint == "":
		return errors.New("--checker is the address of a contract: give --rpc, the JSON-RPC address of a node of its chain")
	case checker != "" && !common.IsHexAddress(checker):
		return fmt.Errorf("--checker %s is no address", checker)
	}
	bounded, cancel := context.WithTimeout(ctx.Context, askedWithin)
	defer cancel()
	chain, err := rpc.DialContext(bounded, endpoint)
	if err != nil {
		return fmt.Errorf("connecting to %s: %w", endpoint, err)
	}
	defer chain.Close()
	call := ethereum.CallMsg{To: &lentAddress, Data: r.CheckCall(r.Receipt.Version)}
	var lent map[common.Address]gethclient.OverrideAccount
	if checker != "" {
		at := common.HexToAddress(checker)
		call.To = &at
	} else if lent, err = lendChecker(bounded, chain); err != nil {
		return err
	}
	answer, err := gethclient.New(chain).CallContract(bounded, call, nil, &lent)
	if err != nil {
		return fmt.Errorf("the contract does not take the receipt: %w", err)
	}
	if digest := r.Receipt.Digest(); common.BytesToHash(answer) != digest || len(answer) != len(digest) {
		return fmt.Errorf("there is no ReceiptChecker at %v", call.To)
	}
	return nil
}

// lendChecker gives the checker's code an address for one call. The code is what its creation returns.
func lendChecker(ctx context.Context, chain *rpc.Client) (map[common.Address]gethclient.OverrideAccount, error) {
	creation := common.FromHex(receiptchecker.ReceiptCheckerMetaData.Bin)
	code, err := ethclient.NewClient(chain).CallContract(ctx, ethereum.CallMsg{Data: creation}, nil)
	if err != nil {
		return nil, fmt.Errorf("the node does not run the contract's code; deploy it and give --checker: %w", err)
	}
	return map[common.Address]gethclient.OverrideAccount{lentAddress: {Code: code}}, nil
}
