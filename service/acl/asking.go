package acl

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
)

// asking is one question under decision.
type asking struct {
	*Oracle
	q    session.Question
	used uint64 // gas, of all calls

	shared *memo // nil for one key alone
}

// decideAtHead decides where this node is.
func (a *asking) decideAtHead(ctx context.Context, head chain.Block) session.Verdict {
	v := session.Verdict{Answer: session.Granted, Block: head.BlockRef, Head: head.BlockRef}
	if err := a.check(ctx, head.BlockRef); err != nil {
		return session.Verdict{Answer: answerOf(err), Block: head.BlockRef, Head: head.BlockRef, Reason: err.Error()}
	}
	return v
}

// decideBelow decides at a coordinator's block that the own final head has passed. The
// head is asked first and must say yes too, so an older block can't revive a revoked
// permission; a no is left to the head, so that an older block can't withhold a new one.
func (a *asking) decideBelow(ctx context.Context, head chain.Block, at wire.BlockRef) session.Verdict {
	if !a.chain.Canonical(at) {
		return unreadable(head, fmt.Errorf("block %d %v is not on this node's chain", at.Number, at.Hash))
	}
	if !a.chain.RecentlyFinal(at.Number, a.cfg.Window) {
		return newer(at, head, fmt.Sprintf("block %d was replaced more than %v ago", at.Number, a.cfg.Window))
	}
	for _, block := range []wire.BlockRef{head.BlockRef, at} {
		err := a.check(ctx, block)
		switch answerOf(err) {
		case session.Unreadable:
			return unreadable(head, err)
		case session.Refused:
			return newer(at, head, err.Error())
		}
	}
	return session.Verdict{Answer: session.Granted, Block: at, Head: head.BlockRef}
}

func newer(at wire.BlockRef, head chain.Block, why string) session.Verdict {
	return session.Verdict{Answer: session.Newer, Block: at, Head: head.BlockRef, Reason: why}
}

func unreadable(head chain.Block, err error) session.Verdict {
	return session.Verdict{Answer: session.Unreadable, Block: head.BlockRef, Head: head.BlockRef, Reason: err.Error()}
}

// check decides at one block: is the requester who it claims to be, and does the contract
// allow it? Nil is a yes.
func (a *asking) check(ctx context.Context, at wire.BlockRef) error {
	q := a.q
	if err := a.confirmRequester(ctx, at); err != nil || q.RequesterOnly || a.setting.Kind == Permissive {
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
