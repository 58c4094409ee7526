package chainrpc

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
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/client/hedge"
)

var (
	// minedPoll is how often it is asked whether a transaction is in a block, tellWaiting how often somebody is told.
	minedPoll, tellWaiting = 200 * time.Millisecond, 3 * time.Second
)

// Failed is a transaction that is in a block and did nothing.
type Failed struct {
	Hash  common.Hash
	Block *big.Int
	Err   error // what the same call says now; nil: it would succeed
}

func (e *Failed) Error() string {
	text := fmt.Sprintf("transaction %v failed in block %v, and its gas is spent", e.Hash, e.Block)
	if e.Err != nil {
		return text + ": " + e.Err.Error()
	}
	return text + ": another account's transaction came before it"
}

func (e *Failed) Unwrap() error { return e.Err }

// Mined waits until a transaction is in a block, and succeeded there.
func (c *Chain) Mined(ctx context.Context, from common.Address, tx *types.Transaction) (*types.Receipt, error) {
	tick := time.NewTicker(c.cfg.Poll)
	defer tick.Stop()
	begun, told := time.Now(), time.Now()
	for {
		receipt, err := c.receipt(ctx, tx.Hash())
		switch {
		case err == nil && receipt.Status != types.ReceiptStatusSuccessful:
			return nil, &Failed{tx.Hash(), receipt.BlockNumber, c.again(ctx, from, tx)}
		case err == nil:
			return receipt, nil
		}
		if time.Since(told) >= tellWaiting {
			told = time.Now()
			c.late(fmt.Sprintf("transaction %v to be in a block", tx.Hash()), time.Since(begun))
		}
		select {
		case <-ctx.Done():
			return nil, c.stillWaiting(from, tx, err)
		case <-tick.C:
		}
	}
}

// Transact sends a transaction and waits until it is in a block, and succeeded there. Errors are Send's and Mined's.
func (c *Chain) Transact(ctx context.Context, key *ecdsa.PrivateKey, call Call) (*types.Receipt, error) {
	tx, err := c.Send(ctx, key, call)
	if err != nil {
		return nil, err
	}
	return c.Mined(ctx, crypto.PubkeyToAddress(key.PublicKey), tx)
}

// receipt asks all nodes for a receipt before it believes that there is none.
func (c *Chain) receipt(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	way := c.way()
	way.Failed, way.Late, way.Again = nil, nil, func(error) bool { return true }
	return askBy(ctx, c, way, func(ctx context.Context, node *rpc.Client) (*types.Receipt, error) {
		receipt, err := ethclient.NewClient(node).TransactionReceipt(ctx, hash)
		if err == nil && (receipt.TxHash != hash || receipt.BlockNumber == nil) {
			return nil, errors.New("the node answers about another transaction, or about no block")
		}
		return receipt, err
	})
}

// again is what the call of a transaction says now.
func (c *Chain) again(ctx context.Context, from common.Address, tx *types.Transaction) error {
	_, err := c.Call(ctx, ethereum.CallMsg{From: from, To: tx.To(), Data: tx.Data(), Gas: tx.Gas(), Value: tx.Value()})
	return err
}

// stillWaiting tells what a transaction waits for, as far as that can be seen.
func (c *Chain) stillWaiting(from common.Address, tx *types.Transaction, last error) error {
	ctx, cancel := context.WithTimeout(context.Background(), dialLimit) // the caller's is over
	defer cancel()
	why := ""
	next, err := askEth(ctx, c, func(ctx context.Context, node *ethclient.Client) (uint64, error) { return node.NonceAt(ctx, from, nil) })
	switch {
	case err == nil && next < tx.Nonce():
		why = fmt.Sprintf(": %d earlier transactions of %v are in no block either", tx.Nonce()-next, from)
	case err == nil && next > tx.Nonce():
		why = fmt.Sprintf(": another transaction of %v has taken its nonce %d", from, tx.Nonce())
	case !errors.Is(last, ethereum.NotFound) && !errors.Is(last, context.DeadlineExceeded):
		why = ": " + hedge.Printable(last.Error())
	}
	return fmt.Errorf("transaction %v is in no block yet%s; it may still get there, so look for it before you try again: %w",
		tx.Hash(), why, context.DeadlineExceeded)
}
