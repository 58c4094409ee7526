package secretstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient/gethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
)

// checkRPCFlag is rpcFlag without its environment variable: a receipt is checked off line unless somebody asks for more.
var checkRPCFlag = &cli.StringSliceFlag{Name: rpcFlag.Name, Usage: rpcFlag.Usage}

var checkerFlag = &cli.StringFlag{
	Name: "checker", Usage: "Address of a ReceiptChecker on that chain; without it the call to --rpc brings the contract's code along, which geth's nodes allow",
}

var receiptSetsFlag = &cli.StringFlag{
	Name: "server-sets", Usage: "Address of a contract ServerSets on that chain, for a receipt of a later version of the key; give --set, and --record of the making of the key, too",
}

// askedWithin is how long a call of a contract, or of a node, may take.
const askedWithin = 30 * time.Second

// lentAddress is where the checker stands that stands nowhere. Nothing else is there.
var lentAddress = common.HexToAddress("0x7265636569707420636865636b6572000000ffff")

// checkByContract has a contract check a receipt that has passed off line. It sends no transaction.
func checkByContract(ctx *cli.Context, r *client.Receipt, w *client.Witnesses) error {
	checker := ctx.String(checkerFlag.Name)
	if !ctx.IsSet(checkRPCFlag.Name) {
		if checker != "" || ctx.String(receiptSetsFlag.Name) != "" {
			return errors.New("--checker and --server-sets are addresses of contracts: give --rpc, the JSON-RPC address of a node of their chain")
		}
		return nil
	}
	at := lentAddress
	if checker != "" {
		var err error
		if at, err = flagAddress(ctx, checkerFlag); err != nil {
			return err
		}
	}
	bounded, cancel := context.WithTimeout(ctx.Context, askedWithin)
	defer cancel()
	chain, err := dialChain(bounded, ctx, r.Message.Chain)
	if err != nil {
		return err
	}
	defer chain.Close()
	var lent map[common.Address]gethclient.OverrideAccount
	if checker == "" {
		if lent, err = lendChecker(bounded, chain); err != nil {
			return err
		}
	}
	data, err := contractInput(ctx, r, w)
	if err != nil {
		return err
	}
	call := ethereum.CallMsg{To: &at, Data: data}
	answer, err := chainrpc.Ask(bounded, chain, func(ctx context.Context, node *rpc.Client) ([]byte, error) {
		return gethclient.New(node).CallContract(ctx, call, nil, &lent)
	})
	if err != nil {
		return fmt.Errorf("the contract does not take the receipt: %w", chainrpc.Explain(err))
	}
	if digest := r.Receipt.Digest(); common.BytesToHash(answer) != digest || len(answer) != len(digest) {
		return fmt.Errorf("there is no ReceiptChecker at %v", call.To)
	}
	return nil
}

// contractInput is what the checker is asked: about one version of the key, or, with a contract that follows the server sets, about the
// version that was made and all later ones.
func contractInput(ctx *cli.Context, r *client.Receipt, w *client.Witnesses) ([]byte, error) {
	if ctx.String(receiptSetsFlag.Name) == "" {
		if r.Setup.Move != nil {
			return nil, errors.New("the receipt is of a later version of the key, which a contract takes only if it follows the server sets: give --server-sets, the address of a ServerSets, " +
				"or leave --rpc out and give --links")
		}
		return r.CheckCall(r.Receipt.Version), nil
	}
	at, err := flagAddress(ctx, receiptSetsFlag)
	if err != nil {
		return nil, err
	}
	made := &r.Setup
	if r.Setup.Move != nil {
		if w.Record == nil || w.Record.Setup.Session() != r.Setup.Origin() {
			return nil, errors.New("--server-sets: a contract is shown how the key was made: give --record, the file with the key's record as it was published first")
		}
		made = &w.Record.Setup
	}
	if w.Sets == nil {
		return nil, errors.New("--server-sets: give --set, the hash of a server set that you trust")
	}
	set, err := w.Sets.Of(&r.Setup)
	if err != nil {
		return nil, err
	}
	return r.CheckMovedCall(at, made, set), nil
}

// lendChecker gives the checker's code an address for one call. The code is what its creation returns.
func lendChecker(ctx context.Context, chain *chainrpc.Chain) (map[common.Address]gethclient.OverrideAccount, error) {
	code, err := chain.Call(ctx, ethereum.CallMsg{Data: common.FromHex(receiptchecker.ReceiptCheckerMetaData.Bin)})
	if err != nil {
		return nil, fmt.Errorf("the node does not run the contract's code; deploy it and give --checker: %w", err)
	}
	return map[common.Address]gethclient.OverrideAccount{lentAddress: {Code: code}}, nil
}
