package devnet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/cmd/geth-ss/netplan"
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

// dialChain connects to the first node for transactions.
func (r *runner) dialChain(ctx context.Context) (err error) {
	r.chain, err = chainrpc.Dial(ctx, chainrpc.Config{Endpoints: []string{r.net.nodes[0].rpcURL()}, Poll: pollInterval})
	return err
}

// demoContract returns the permission contract filed in the registrar, and deploys and files one if there is
// none: after a resumed start there is.
func (r *runner) demoContract(ctx context.Context) (common.Address, error) {
	reg := registrar.NewRegistrar()
	answer, err := r.chain.Call(ctx, ethereum.CallMsg{To: &netplan.Registrar, Data: reg.PackGetAddress(contracts.NameHash(contracts.NameACL), contracts.AddressKey)})
	var filed common.Address
	if err == nil {
		filed, err = reg.UnpackGetAddress(answer)
	}
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
	nonce, err := r.chain.PendingNonce(ctx, owner.Address)
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
	filed, err := r.send(ctx, owner, nonce+1, &netplan.Registrar, file)
	if err != nil {
		return address, err
	}
	return address, errors.Join(r.mined(ctx, owner, deployed), r.mined(ctx, owner, filed))
}

// transact sends a call to a contract and waits until it is in a block, which is final.
func (r *runner) transact(ctx context.Context, from *Account, to common.Address, input []byte) error {
	nonce, err := r.chain.PendingNonce(ctx, from.Address)
	if err != nil {
		return err
	}
	tx, err := r.send(ctx, from, nonce, &to, input)
	if err != nil {
		return err
	}
	return r.mined(ctx, from, tx)
}

// send signs a transaction and sends it; a nil receiver makes a contract.
func (r *runner) send(ctx context.Context, from *Account, nonce uint64, to *common.Address, input []byte) (*types.Transaction, error) {
	key, err := from.key()
	if err != nil {
		return nil, err
	}
	return r.chain.Send(ctx, key, chainrpc.Call{To: to, Input: input, What: "a transaction", Nonce: &nonce, Gas: gasLimit})
}

func (r *runner) mined(ctx context.Context, from *Account, tx *types.Transaction) error {
	ctx, cancel := context.WithTimeout(ctx, minedTimeout+3*time.Duration(r.cfg.BlockTime)*time.Second)
	defer cancel()
	_, err := r.chain.Mined(ctx, from.Address, tx)
	return err
}
