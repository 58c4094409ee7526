package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/holiman/uint256"
)

// ErrUnavailable: the state could not be read, or the call was cut short. It says
// nothing about what the contract would have answered; asking again may help.
var ErrUnavailable = errors.New("chain state is unavailable")

// ErrNoCode: there is no contract at the address.
var ErrNoCode = errors.New("there is no contract at the address")

// CallError is the failure of a contract that was run to its end: a revert, out of gas,
// a bad instruction. Every node that runs the same call at the same block gets the same.
type CallError struct{ Err error }

func (e *CallError) Error() string { return "contract call failed: " + e.Err.Error() }
func (e *CallError) Unwrap() error { return e.Err }

// Call executes the contract to, read-only, on the state after block at, and returns
// its output and the gas it took, also when it failed. The caller is the zero address, as
// with Parity. The error is nil, ErrUnavailable, ErrNoCode or a *CallError, wrapped with
// what is known.
//
// The gas bounds time and memory: 10,000,000 gas buy some 2 MiB of memory in one contract,
// and some tens of MiB in a thousand that call each other. ctx is looked at whenever the
// contract jumps.
func (c *Chain) Call(ctx context.Context, at wire.BlockRef, to common.Address, input []byte, gas uint64) (output []byte, used uint64, err error) {
	header, db, err := c.stateAt(at)
	if err != nil {
		return nil, 0, err
	}
	run := &execution{chain: c, header: header, db: db}
	output, err = run.call(ctx, to, input, gas)
	if broken := run.broken(ctx); broken != nil {
		return nil, run.used, fmt.Errorf("%w at block %d: %v", ErrUnavailable, at.Number, broken)
	}
	return output, run.used, err
}

// HasCode tells whether there is a contract at the address in the state after a block. The error is ErrUnavailable.
func (c *Chain) HasCode(at wire.BlockRef, address common.Address) (bool, error) {
	_, db, err := c.stateAt(at)
	if err != nil {
		return false, err
	}
	code := db.GetCodeSize(address) > 0
	if err := db.Error(); err != nil {
		return false, fmt.Errorf("%w at block %d: %v", ErrUnavailable, at.Number, err)
	}
	return code, nil
}

func (c *Chain) stateAt(at wire.BlockRef) (*types.Header, *state.StateDB, error) {
	header := c.header(at)
	if header == nil {
		return nil, nil, fmt.Errorf("%w: block %d %v is not known", ErrUnavailable, at.Number, at.Hash)
	}
	// A state that has been pruned, or was never there (snap sync), fails here.
	db, err := c.bc.StateAt(header.Root, header.Number, header.Time)
	if err != nil {
		return nil, nil, fmt.Errorf("%w at block %d: %v", ErrUnavailable, at.Number, err)
	}
	return header, db, nil
}

// execution is one call on one state.
type execution struct {
	chain  *Chain
	header *types.Header
	db     *state.StateDB

	used      uint64 // gas
	cancelled bool   // the EVM was told to stop, so its output means nothing
	noHash    uint64 // a block whose hash BLOCKHASH could not find
}

func (x *execution) call(ctx context.Context, to common.Address, input []byte, gas uint64) ([]byte, error) {
	if x.db.GetCodeSize(to) == 0 {
		return nil, ErrNoCode
	}
	evm := vm.NewEVM(x.blockContext(), x.db, x.chain.bc.Config(), vm.Config{})
	defer evm.Release()
	evm.SetJumpDestCache(x.chain.bc.JumpDestCache())
	evm.SetTxContext(vm.TxContext{GasPrice: new(uint256.Int)})
	rules := evm.GetRules()
	x.db.Prepare(rules, common.Address{}, x.header.Coinbase, &to, vm.ActivePrecompiles(rules), nil)

	stop := context.AfterFunc(ctx, evm.Cancel)
	defer stop()
	budget := vm.NewGasBudget(gas, 0)
	output, left, err := evm.StaticCall(common.Address{}, to, input, budget)
	x.used = left.Used(budget)
	x.cancelled = evm.Cancelled()
	if err != nil {
		return nil, &CallError{err}
	}
	return slices.Clone(output), nil
}

// blockContext is geth's, except that a block hash which can't be found is noticed.
func (x *execution) blockContext() vm.BlockContext {
	block := core.NewEVMBlockContext(x.header, x.chain.bc, nil)
	find := block.GetHash
	block.GetHash = func(number uint64) common.Hash {
		hash := find(number)
		if hash == (common.Hash{}) {
			x.noHash = number + 1
		}
		return hash
	}
	return block
}

// broken is why the output means nothing. The EVM reads zeros when its database fails
// and just ends when it is cancelled; a zero would open a contract that lists whom it
// denies, and an early end could look like an answer.
func (x *execution) broken(ctx context.Context) error {
	switch {
	case x.db.Error() != nil:
		return x.db.Error()
	case x.noHash != 0:
		return fmt.Errorf("the hash of block %d is missing", x.noHash-1)
	case x.cancelled:
		return fmt.Errorf("the call was cancelled: %w", context.Cause(ctx))
	}
	return nil
}
