package devnet

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/registry"
	"github.com/geth-ss/geth-ss/contracts"
)

// minedTimeout is how long a transaction may take into a block; block intervals come on top.
const minedTimeout = 30 * time.Second

// dialChain connects to the first node for transactions.
func (r *runner) dialChain(ctx context.Context) (err error) {
	r.chain, err = chainrpc.Dial(ctx, chainrpc.Config{Endpoints: []string{r.net.nodes[0].rpcURL()}, Poll: pollInterval})
	return err
}

// demoContract returns the permission contract filed in the registrar, and deploys and files one if there is
// none: after a resumed start there is.
func (r *runner) demoContract(ctx context.Context) (common.Address, error) {
	reg, err := registry.Open(ctx, r.chain, RegistrarAddress)
	if err != nil {
		return common.Address{}, err
	}
	filed, err := reg.Filed(ctx, contracts.NameACL)
	if err != nil {
		return filed, err
	}
	if filed != (common.Address{}) {
		r.step("the permission contract is %s", filed)
		return filed, nil
	}
	address, err := r.deployAndFile(ctx, &r.net.accounts[0], reg)
	if err != nil {
		return address, fmt.Errorf("making the permission contract: %w", err)
	}
	r.step("accounts[0] deployed a permission contract at %s and filed it in the registrar as %s", address, contracts.NameACL)
	return address, nil
}

// deployAndFile does what an operator does by "contracts deploy permissions --register".
func (r *runner) deployAndFile(ctx context.Context, owner *Account, reg *registry.Registrar) (common.Address, error) {
	key, err := owner.key()
	if err != nil {
		return common.Address{}, err
	}
	ctx, cancel := r.mining(ctx, 2)
	defer cancel()
	address, _, err := registry.Deploy(ctx, r.chain, key, contracts.Permissions(), owner.Address)
	if err == nil {
		_, err = reg.File(ctx, key, contracts.NameACL, address)
	}
	return address, err
}

// transact sends a call to a contract and waits until it is in a block, which is final.
func (r *runner) transact(ctx context.Context, from *Account, to common.Address, input []byte) error {
	key, err := from.key()
	if err != nil {
		return err
	}
	ctx, cancel := r.mining(ctx, 1)
	defer cancel()
	_, err = r.chain.Transact(ctx, key, chainrpc.Call{To: &to, Input: input, What: "a transaction"})
	return err
}

// mining bounds the wait for transactions, one after the other.
func (r *runner) mining(ctx context.Context, n int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Duration(n)*(minedTimeout+3*time.Duration(r.cfg.BlockTime)*time.Second))
}
