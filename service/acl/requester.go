package acl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
)

// confirmRequester confirms what a wallet's request leaves to the chain, at one block. The block's
// own timestamp is the clock, so all nodes read the same.
func (a *asking) confirmRequester(ctx context.Context, at wire.BlockRef) error {
	check := a.q.Check
	if check == nil || a.shared != nil && a.shared.confirmed[at] {
		return nil
	}
	err := a.confirm(ctx, at, check)
	if err == nil && a.shared != nil {
		a.shared.confirmed[at] = true
	}
	return err
}

func (a *asking) confirm(ctx context.Context, at wire.BlockRef, check *wire.ChainCheck) error {
	block, ok := a.chain.BlockOf(at)
	switch {
	case !ok:
		return errNoHeader
	case block.Time > check.Expiry:
		return denied("the request had expired at block %d, by %d seconds", at.Number, block.Time-check.Expiry)
	case block.Time < check.Start:
		return denied("the request is not yet valid at block %d: its permit begins, or a day before its expiry is, %d seconds later",
			at.Number, check.Start-block.Time)
	case check.Contract == nil:
		return nil
	}
	c := check.Contract
	output, used, err := a.chain.Call(ctx, at, c.Account, packIsValidSignature(c.Digest, c.Signature), CallGas)
	a.used += used
	if errors.Is(err, chain.ErrNoCode) {
		return denied("%s; and there is no contract at %s, at block %d, that could accept it", othersSignature(c), c.Account.Hex(), at.Number)
	}
	if err := failure("account "+c.Account.Hex(), at, err); err != nil {
		return err
	}
	if len(output) != 32 || !bytes.Equal(output[:4], isValidSignature) || !allZero(output[4:]) {
		return denied("the %s is not signed by the account's key, and its contract does not accept the signature at block %d", signedThing(c), at.Number)
	}
	return nil
}

func signedThing(c *wire.ContractCheck) string {
	if c.Permit {
		return "permit"
	}
	return "request"
}

// othersSignature says whose a signature is that is not the account's own key's.
func othersSignature(c *wire.ContractCheck) string {
	what := fmt.Sprintf("the %s is not signed by %s: ", signedThing(c), c.Account.Hex())
	signer, ok := wire.SignerOf(c.Digest, c.Signature)
	switch {
	case ok && signer == c.Account: // packed, and a node expands no other's requests
		return what + "its signature has 64 bytes (EIP-2098), which the asked node should have expanded to 65"
	case ok:
		return what + "its signature is that of " + signer.Hex() + ", or is on something else"
	case len(c.Signature) == 0:
		return what + "it has no signature"
	}
	return what + fmt.Sprintf("its signature, of %d bytes, is not in the form of a key's, which is r, s and v, 65 bytes with v 27 or 28", len(c.Signature))
}

// isValidSignature is EIP-1271's selector, of isValidSignature(bytes32,bytes), and also
// what a contract answers that takes the signature.
var isValidSignature = []byte{0x16, 0x26, 0xba, 0x7e}

func packIsValidSignature(digest common.Hash, signature []byte) []byte {
	input := append(bytes.Clone(isValidSignature), digest[:]...)
	input = append(input, uint256(64)...)
	input = append(input, uint256(len(signature))...)
	input = append(input, signature...)
	return append(input, make([]byte, (32-len(signature)%32)%32)...)
}

func uint256(n int) []byte { return common.BigToHash(big.NewInt(int64(n))).Bytes() }

func allZero(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }
