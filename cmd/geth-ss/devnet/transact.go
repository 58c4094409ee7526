package devnet

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
)

const (
	// minedTimeout is how long a transaction may take into a block; block intervals come on top.
	minedTimeout = 30 * time.Second

	// gasLimit is enough for each transaction sent here. It is not estimated: an estimate would need the
	// transaction before it to be in a block.
	gasLimit = 1_000_000
)

// demoContract returns the permission contract filed in the registrar, and deploys and files one if there is
// none: after a resumed start there is.
func (r *runner) demoContract(ctx context.Context) (common.Address, error) {
	reg := registrar.NewRegistrar()
	registry := reg.Instance(r.clients[0].eth, RegistrarAddress)
	filed, err := bind.Call(registry, &bind.CallOpts{Context: ctx},
		reg.PackGetAddress(contracts.NameHash(contracts.NameACL), contracts.AddressKey), reg.UnpackGetAddress)
	if err != nil {
		return filed, fmt.Errorf("reading the registrar: %w", err)
	}
	if filed != (common.Address{}) {
		r.step("the permission contract is %s", filed)
		return filed, nil
	}
	address, err := r.deployAndFile(ctx, &r.net.accounts[0], reg)
	if err != nil {
		return address, fmt.Errorf("deploying the permission contract: %w", err)
	}
	r.step("accounts[0] deployed a permission contract at %s and filed it in the registrar as %s", address, contracts.NameACL)
	return address, nil
}

// deployAndFile sends both transactions at once, so that they share a block.
func (r *runner) deployAndFile(ctx context.Context, owner *Account, reg *registrar.Registrar) (common.Address, error) {
	nonce, err := r.clients[0].eth.PendingNonceAt(ctx, owner.Address)
	if err != nil {
		return common.Address{}, err
	}
	address := crypto.CreateAddress(owner.Address, nonce)
	file := reg.PackSetAddress(contracts.NameHash(contracts.NameACL), contracts.AddressKey, address)
	code := common.FromHex(permissions.DocumentPermissionsMetaData.Bin)
	deployed, err := r.send(ctx, owner, nonce, nil, code)
	if err != nil {
		return address, err
	}
	filed, err := r.send(ctx, owner, nonce+1, &RegistrarAddress, file)
	if err != nil {
		return address, err
	}
	return address, errors.Join(r.mined(ctx, deployed), r.mined(ctx, filed))
}

// transact sends a call to a contract through the first node and waits until it is in a block, which is final.
func (r *runner) transact(ctx context.Context, from *Account, to common.Address, input []byte) error {
	nonce, err := r.clients[0].eth.PendingNonceAt(ctx, from.Address)
	if err != nil {
		return err
	}
	tx, err := r.send(ctx, from, nonce, &to, input)
	if err != nil {
		return err
	}
	return r.mined(ctx, tx)
}

// send signs a transaction and hands it to the first node; a nil receiver makes a contract.
func (r *runner) send(ctx context.Context, from *Account, nonce uint64, to *common.Address, input []byte) (*types.Transaction, error) {
	backend := r.clients[0].eth
	tip, err := backend.SuggestGasTipCap(ctx)
	if err != nil {
		return nil, err
	}
	head, err := backend.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, err
	}
	key, err := from.key()
	if err != nil {
		return nil, err
	}
	tx, err := types.SignNewTx(key, types.LatestSignerForChainID(big.NewInt(chainID)), &types.DynamicFeeTx{
		ChainID:   big.NewInt(chainID),
		Nonce:     nonce,
		GasTipCap: tip,
		GasFeeCap: new(big.Int).Add(tip, new(big.Int).Mul(head.BaseFee, big.NewInt(2))),
		Gas:       gasLimit,
		To:        to,
		Data:      input,
	})
	if err != nil {
		return nil, err
	}
	return tx, backend.SendTransaction(ctx, tx)
}

func (r *runner) mined(ctx context.Context, tx *types.Transaction) error {
	ctx, cancel := context.WithTimeout(ctx, minedTimeout+3*time.Duration(r.cfg.BlockTime)*time.Second)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		receipt, err := r.clients[0].eth.TransactionReceipt(ctx, tx.Hash())
		switch {
		case err == nil && receipt.Status == types.ReceiptStatusSuccessful:
			return nil
		case err == nil:
			return fmt.Errorf("transaction %s reverted in block %d", tx.Hash(), receipt.BlockNumber)
		case !errors.Is(err, ethereum.NotFound) && ctx.Err() == nil:
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("transaction %s is in no block yet: %w", tx.Hash(), ctx.Err())
		case <-tick.C:
		}
	}
}
