package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
)

// gasLimit is enough for every transaction sent here.
const gasLimit = 3_000_000

// registry is the registrar of a chain.
type registry struct{ address common.Address }

// file files a contract as the ACL, and returns when that is in a block of the node.
func (r registry) file(t *testing.T, through *ethclient.Client, owner account, contract common.Address) {
	t.Helper()
	input := registrar.NewRegistrar().PackSetAddress(contracts.NameHash(contracts.NameACL), contracts.AddressKey, contract)
	decided(t, through, transact(t, through, owner, &r.address, input))
}

// deployPermissions deploys the project's own permission contract.
func deployPermissions(t *testing.T, through *ethclient.Client, by account) permissionContract {
	t.Helper()
	receipt := transact(t, through, by, nil, common.FromHex(permissions.DocumentPermissionsMetaData.Bin))
	return permissionContract{receipt.ContractAddress}
}

// permissionContract is a DocumentPermissions on the chain.
type permissionContract struct{ address common.Address }

func (c permissionContract) grant(t *testing.T, through *ethclient.Client, by account, id common.Hash, user account) {
	t.Helper()
	decided(t, through, transact(t, through, by, &c.address, permissions.NewDocumentPermissions().PackGrant(id, user.address)))
}

func (c permissionContract) revoke(t *testing.T, through *ethclient.Client, by account, id common.Hash, user account) {
	t.Helper()
	decided(t, through, transact(t, through, by, &c.address, permissions.NewDocumentPermissions().PackRevoke(id, user.address)))
}

// decided waits until the node's key server reads permissions in the transaction's block, or in a later one: a node has a
// block a moment before it is final.
func decided(t *testing.T, through *ethclient.Client, receipt *types.Receipt) {
	t.Helper()
	until(t, fmt.Sprintf("block %d is final", receipt.BlockNumber), func() error { return isFinal(through, receipt.BlockNumber.Uint64()) })
}

// isFinal tells whether a node's key server reads permissions in a block, or in a later one.
func isFinal(node *ethclient.Client, number uint64) error {
	s := new(status)
	if err := node.Client().Call(s, "secretstore_status"); err != nil {
		return err
	}
	if s.Final == nil || s.Final.Number < number {
		return fmt.Errorf("%+v is", s.Final)
	}
	return nil
}

// transact sends a transaction, a nil receiver making a contract, and returns as soon as the node has it in a block.
func transact(t *testing.T, through *ethclient.Client, from account, to *common.Address, input []byte) *types.Receipt {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tx, err := send(ctx, through, from, to, input)
	if err != nil {
		t.Fatalf("sending a transaction: %v", err)
	}
	receipt, err := (eager{through}).TransactionReceipt(ctx, tx.Hash())
	if err != nil {
		t.Fatalf("waiting for transaction %s: %v", tx.Hash(), err)
	}
	if receipt.Status != types.ReceiptStatusSuccessful {
		t.Fatalf("transaction %s was reverted in block %d", tx.Hash(), receipt.BlockNumber)
	}
	return receipt
}

func send(ctx context.Context, through *ethclient.Client, from account, to *common.Address, input []byte) (*types.Transaction, error) {
	id, err := through.ChainID(ctx)
	if err != nil {
		return nil, err
	}
	nonce, err := through.PendingNonceAt(ctx, from.address)
	if err != nil {
		return nil, err
	}
	price, err := through.SuggestGasPrice(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := types.SignNewTx(from.key, types.LatestSignerForChainID(id), &types.LegacyTx{
		Nonce: nonce, GasPrice: new(big.Int).Mul(price, big.NewInt(2)), Gas: gasLimit, To: to, Data: input,
	})
	if err != nil {
		return nil, err
	}
	return tx, through.SendTransaction(ctx, tx)
}

// eager is a client that waits for receipts, so closely that what depends on a block is asked for within milliseconds.
type eager struct{ *ethclient.Client }

func (c eager) TransactionReceipt(ctx context.Context, tx common.Hash) (*types.Receipt, error) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		receipt, err := c.Client.TransactionReceipt(ctx, tx)
		if err == nil {
			return receipt, nil
		}
		if !errors.Is(err, ethereum.NotFound) && err.Error() != "transaction indexing is in progress" {
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("no receipt: %w", ctx.Err())
		}
	}
}

// untilBlock waits until a node has a block and returns its hash.
func untilBlock(t *testing.T, n *node, number uint64) (hash common.Hash) {
	t.Helper()
	until(t, fmt.Sprintf("%s has block %d", n.name, number), func() error {
		header, err := n.eth.HeaderByNumber(t.Context(), new(big.Int).SetUint64(number))
		if err == nil {
			hash = header.Hash()
		}
		return err
	})
	return hash
}
