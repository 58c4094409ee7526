package acl

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
)

// errDenied marks what every node reads alike at that block: a no. Any other error says
// nothing about the permission.
var errDenied = errors.New("denied")

// denial is a no with its reason.
type denial string

func (d denial) Error() string      { return string(d) }
func (denial) Is(target error) bool { return target == errDenied }

// errNoHeader is a block whose timestamp is not known here.
var errNoHeader = errors.New("the block's header is not known here")

func denied(format string, args ...any) error { return denial(fmt.Sprintf(format, args...)) }

// asking is one question under decision.
type asking struct {
	*Oracle
	q    session.Question
	used uint64 // gas, of all calls

	shared *memo // nil for one key alone
}

// check decides at one block: is the requester who it claims to be, and does the contract
// admit it? Nil is a yes.
func (a *asking) check(ctx context.Context, at wire.BlockRef) error {
	q := a.q
	if err := a.identify(ctx, at); err != nil || q.Identity || a.setting.Kind == Permissive {
		return err
	}
	contract, err := a.contract(ctx, at)
	if err != nil {
		return err
	}
	output, err := a.call(ctx, at, "ACL contract ", contract, packCheck(q.Requester, q.Key))
	if err != nil {
		return err
	}
	yes, err := unpackBool(output)
	if err != nil {
		return denied("%v", err)
	}
	if !yes {
		// Without the requester's address: this goes into logs and to other nodes.
		return denied("the ACL contract %s denies the requester the key %v at block %d", contract.Hex(), q.Key, at.Number)
	}
	return nil
}

// contract finds the permission contract in the state of that same block, so a contract
// may be registered, replaced or withdrawn while we run.
func (a *asking) contract(ctx context.Context, at wire.BlockRef) (common.Address, error) {
	if a.setting.Kind == Address {
		return a.setting.Address, nil
	}
	if a.shared != nil {
		if known, ok := a.shared.contracts[at]; ok {
			return known, nil
		}
	}
	output, err := a.call(ctx, at, "registrar ", a.setting.Registrar, lookupInput)
	if err != nil {
		return common.Address{}, err
	}
	contract, err := unpackAddress(output)
	if err != nil {
		return contract, denied("ACL contract is not registered: %s in registrar %s at block %d: %v",
			RegistryName, a.setting.Registrar.Hex(), at.Number, err)
	}
	if a.shared != nil {
		a.shared.contracts[at] = contract
	}
	return contract, nil
}

func (a *asking) call(ctx context.Context, at wire.BlockRef, role string, to common.Address, input []byte) ([]byte, error) {
	output, used, err := a.chain.Call(ctx, at, to, input, CallGas)
	a.used += used
	return output, failure(role+to.Hex(), at, err)
}

// failure tells a contract that failed, which is a no, from a call that could not be made.
func failure(what string, at wire.BlockRef, err error) error {
	var failed *chain.CallError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, chain.ErrUnavailable):
		return fmt.Errorf("%s: %w", what, err)
	case errors.Is(err, chain.ErrNoCode), errors.As(err, &failed):
		return denied("%s at block %d: %v", what, at.Number, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
