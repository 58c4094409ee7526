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

	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
)

// minedTimeout is how long a transaction may take into a block; block intervals come on top.
const minedTimeout = 30 * time.Second

// demoContract returns the permission contract filed in the registrar, and deploys and files one if there is
// none: after a resumed start there is.
func (r *runner) demoContract(ctx context.Context) (common.Address, error) {
	reg := registrar.NewRegistrar()
	registry := reg.Instance(r.clients[0].eth, registrarAddress)
	filed, err := bind.Call(registry, &bind.CallOpts{Context: ctx},
		reg.PackGetAddress(contracts.NameHash(contracts.NameACL), contracts.AddressKey), reg.UnpackGetAddress)
	if err != nil {
		return filed, fmt.Errorf("reading the registrar: %w", err)
	}
	if filed != (common.Address{}) {
		r.step("the permission contract is %s", filed)
		return filed, nil
	}
	owner := &r.net.accounts[0]
	address, err := r.deployContract(ctx, owner)
	if err != nil {
		return address, fmt.Errorf("deploying the permission contract: %w", err)
	}
	r.step("accounts[0] deployed a permission contract at %s", address)
	err = r.transact(ctx, owner, registrarAddress,
		reg.PackSetAddress(contracts.NameHash(contracts.NameACL), contracts.AddressKey, address))
	if err != nil {
		return address, fmt.Errorf("filing the permission contract in the registrar: %w", err)
	}
	r.step("accounts[0] filed it in the registrar as %s", contracts.NameACL)
	return address, nil
}

func (r *runner) deployContract(ctx context.Context, from *account) (common.Address, error) {
	opts, err := r.signer(ctx, from)
	if err != nil {
		return common.Address{}, err
	}
	address, tx, err := bind.DefaultDeployer(opts, r.clients[0].eth)(nil, common.FromHex(permissions.DocumentPermissionsMetaData.Bin))
	if err != nil {
		return address, err
	}
	return address, r.mined(ctx, tx)
}

// transact sends a call to a contract through the first node and waits until it is in a block, which is final.
func (r *runner) transact(ctx context.Context, from *account, to common.Address, input []byte) error {
	opts, err := r.signer(ctx, from)
	if err != nil {
		return err
	}
	backend := r.clients[0].eth
	tx, err := bind.NewBoundContract(to, permissionsABI, backend, backend, backend).RawTransact(opts, input)
	if err != nil {
		return err
	}
	return r.mined(ctx, tx)
}

// permissionsABI only serves to make a bound contract, which decodes nothing for us.
var permissionsABI = permissions.NewDocumentPermissions().GetABI()

func (r *runner) signer(ctx context.Context, from *account) (*bind.TransactOpts, error) {
	key, err := from.key()
	if err != nil {
		return nil, err
	}
	opts := bind.NewKeyedTransactor(key, big.NewInt(chainID))
	opts.Context = ctx
	return opts, nil
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
