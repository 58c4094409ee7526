package rpcapi

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Signatures of wallets come in more forms than key servers take, who judge them each by itself and whose versions may differ. So
// the door brings them into the one form, before anything is hashed, sent or kept.

// readSignatures expands packed signatures (EIP-2098) of keys. A permit's delegate is a key; an account that has code is not,
// also if it has a key as well (EIP-7702): its code is given the bytes as they were sent.
func (d *desk) readSignatures(ctx context.Context, s *wire.SignedRequest) (err error) {
	if s.Permit == nil {
		s.Signature, err = d.readSignature(ctx, "signature", s.Request.Account, s.Request.Digest(), s.Signature, true)
		return err
	}
	p := s.Permit
	if s.Signature, err = d.readSignature(ctx, "signature", p.Permit.Delegate, s.Request.Digest(), s.Signature, false); err != nil {
		return err
	}
	p.Signature, err = d.readSignature(ctx, "permit.signature", s.Request.Account, p.Permit.Digest(), p.Signature, true)
	return err
}

func (d *desk) readSignature(ctx context.Context, name string, account common.Address, digest common.Hash, signature []byte, mayHaveCode bool) ([]byte, error) {
	if wire.IsUndeployed(signature) {
		return nil, wire.Errorf(wire.BadRequester, "%s is a signature of ERC-6492, for a contract account that is not deployed yet; "+
			"deploy the account's contract, and send the signature that it accepts itself (EIP-1271)", name)
	}
	expanded := wire.Expand(account, digest, signature)
	if !mayHaveCode || len(expanded) == len(signature) {
		return expanded, nil
	}
	code, err := d.keys.HasCode(ctx, account)
	if err != nil {
		return nil, err
	}
	if code {
		return signature, nil
	}
	return expanded, nil
}
