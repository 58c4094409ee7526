package dapp

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
)

const (
	// gasLimit is enough for each call and each contract of the tests.
	gasLimit = 1_000_000

	minedEvery = 50 * time.Millisecond
)

// Call is a call to a contract; with no address it creates one.
type Call struct {
	To    *common.Address
	Input []byte
}

// Send signs calls of one account, the first with the given nonce, and sends them all at once. It returns their hashes.
func Send(ctx context.Context, eth *ethclient.Client, chainID int64, by *ecdsa.PrivateKey, nonce uint64, calls ...Call) (sent []common.Hash, err error) {
	for i, c := range calls {
		tx, err := types.SignNewTx(by, types.LatestSignerForChainID(big.NewInt(chainID)), &types.LegacyTx{
			Nonce: nonce + uint64(i), GasPrice: big.NewInt(10_000_000_000), Gas: gasLimit, To: c.To, Data: c.Input,
		})
		if err != nil {
			return sent, err
		}
		if err := eth.SendTransaction(ctx, tx); err != nil {
			return sent, fmt.Errorf("sending a transaction: %w", err)
		}
		sent = append(sent, tx.Hash())
	}
	return sent, nil
}

// UntilMined waits until a transaction is in a block, and returns the block's number.
func UntilMined(ctx context.Context, eth *ethclient.Client, tx common.Hash) (uint64, error) {
	for {
		receipt, err := eth.TransactionReceipt(ctx, tx)
		switch {
		case err == nil && receipt.Status == types.ReceiptStatusSuccessful:
			return receipt.BlockNumber.Uint64(), nil
		case err == nil:
			return 0, errors.New("the transaction was reverted")
		case !errors.Is(err, ethereum.NotFound):
			return 0, err
		}
		select {
		case <-time.After(minedEvery):
		case <-ctx.Done():
			return 0, fmt.Errorf("the transaction is in no block yet: %w", context.Cause(ctx))
		}
	}
}
