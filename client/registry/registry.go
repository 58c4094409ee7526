// Package registry reads and files what key servers look for in a chain's registrar, contracts/solidity/Registrar.sol or
// Parity's, and deploys contracts. A transaction can't be taken back: everything that can be looked at is looked at before
// one is signed.
package registry

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
)

var abi = registrar.NewRegistrar()

// Registrar is that of a chain, as the chain's nodes show it.
type Registrar struct {
	chain *chainrpc.Chain
	at    common.Address
}

// Open wants a registrar to be there, as key servers know one: a contract that says what is filed under a name.
func Open(ctx context.Context, chain *chainrpc.Chain, at common.Address) (*Registrar, error) {
	if err := chain.CheckCode(ctx, at); err != nil {
		return nil, err
	}
	r := &Registrar{chain, at}
	if _, err := r.Filed(ctx, contracts.NameACL); err != nil {
		return nil, err
	}
	return r, nil
}

// Address is where it is.
func (r *Registrar) Address() common.Address { return r.at }

// Filed is the address under a name; zero: nothing is filed.
func (r *Registrar) Filed(ctx context.Context, name string) (filed common.Address, err error) {
	word, err := r.ask(ctx, "getAddress(bytes32,string)", abi.PackGetAddress(contracts.NameHash(name), contracts.AddressKey))
	if err == nil && word.BitLen() > 8*common.AddressLength {
		err = r.noRegistrar("getAddress(bytes32,string)")
	}
	if err != nil {
		return filed, err
	}
	return common.BigToAddress(word), nil
}

func (r *Registrar) taken(ctx context.Context, name string) (bool, error) {
	word, err := r.ask(ctx, "reserved(bytes32)", abi.PackReserved(contracts.NameHash(name)))
	if err == nil && word.BitLen() > 1 {
		err = r.noRegistrar("reserved(bytes32)")
	}
	return err == nil && word.Sign() > 0, err
}

// Owner is whose a name is, who may file an address under it. Nil: the registrar does not tell. Zero: nobody's.
func (r *Registrar) Owner(ctx context.Context, name string) (*common.Address, error) {
	word, err := r.ask(ctx, "getOwner(bytes32)", abi.PackGetOwner(contracts.NameHash(name)))
	var no *NoRegistrar
	if errors.As(err, &no) || err == nil && word.BitLen() > 8*common.AddressLength {
		return nil, nil // some of Parity's have no such function
	}
	if err != nil {
		return nil, err
	}
	return new(common.BigToAddress(word)), nil
}

// NoRegistrar is a contract that does not answer as a registrar does.
type NoRegistrar struct {
	At       common.Address
	Function string // that it lacks
}

func (e *NoRegistrar) Error() string {
	return fmt.Sprintf("the contract at %v is not a registrar: it does not answer %s", e.At, e.Function)
}

func (r *Registrar) noRegistrar(function string) error { return &NoRegistrar{r.at, function} }

// ask calls a function that answers a word.
func (r *Registrar) ask(ctx context.Context, function string, input []byte) (*big.Int, error) {
	answer, err := r.chain.Call(ctx, ethereum.CallMsg{To: &r.at, Data: input})
	var refused rpc.Error
	switch {
	case errors.As(err, &refused), err == nil && len(answer) != 32:
		return nil, r.noRegistrar(function)
	case err != nil:
		return nil, fmt.Errorf("asking the registrar %v: %w", r.at, err)
	}
	return new(big.Int).SetBytes(answer), nil
}

// Filing is what came of filing an address.
type Filing struct {
	Before   common.Address // what was filed; zero: nothing
	Reserved bool           // the name was nobody's, and is the account's now
	Receipt  *types.Receipt // nil: the address was filed already, and nothing was sent
}

// Check tells what is filed under a name, and fails unless an account may file another address there.
func (r *Registrar) Check(ctx context.Context, from common.Address, name string) (filed common.Address, free bool, err error) {
	if filed, err = r.Filed(ctx, name); err != nil {
		return filed, false, err
	}
	taken, err := r.taken(ctx, name)
	if err != nil {
		return filed, false, err
	}
	if !taken {
		return filed, true, r.checkFree(ctx, name)
	}
	owner, err := r.Owner(ctx, name)
	switch {
	case err != nil:
		return filed, false, err
	case owner != nil && *owner != from:
		return filed, false, fmt.Errorf("the name %s in the registrar %v belongs to %v, and only its owner can file an address there, not %v", name, r.at, *owner, from)
	}
	// A registrar that does not tell whose a name is may take the transaction and do nothing.
	answer, err := r.chain.Call(ctx, ethereum.CallMsg{From: from, To: &r.at, Data: abi.PackSetAddress(contracts.NameHash(name), contracts.AddressKey, filed)})
	if err == nil && new(big.Int).SetBytes(answer).Cmp(big.NewInt(1)) != 0 {
		err = errors.New("it answers no")
	}
	if err != nil {
		return filed, false, fmt.Errorf("the registrar %v does not let %v file an address under %s: %w", r.at, from, name, chainrpc.Explain(err))
	}
	return filed, false, nil
}

// checkFree wants a name that is nobody's to cost nothing.
func (r *Registrar) checkFree(ctx context.Context, name string) error {
	fee, err := r.ask(ctx, "fee()", abi.PackFee())
	if err == nil && fee.Sign() > 0 {
		err = fmt.Errorf("nobody owns %s in the registrar %v, which charges %v wei for it: call its reserve(bytes32) with them and with %v first",
			name, r.at, fee, contracts.NameHash(name))
	}
	return err
}

// File files an address under a name, after Check. A name that is nobody's becomes the account's first. It returns when the
// transaction is in a block, and the registrar names the address.
func (r *Registrar) File(ctx context.Context, key *ecdsa.PrivateKey, name string, address common.Address) (*Filing, error) {
	filed, free, err := r.Check(ctx, crypto.PubkeyToAddress(key.PublicKey), name)
	if err != nil {
		return nil, err
	}
	f := &Filing{Before: filed}
	if filed == address {
		return f, nil
	}
	hash := contracts.NameHash(name)
	if free {
		if _, err := r.send(ctx, key, "reserving "+name, abi.PackReserve(hash)); err != nil {
			return nil, err
		}
		f.Reserved = true
	}
	if f.Receipt, err = r.send(ctx, key, "filing "+name, abi.PackSetAddress(hash, contracts.AddressKey, address)); err != nil {
		return nil, err
	}
	now, err := r.Filed(ctx, name)
	if err == nil && now != address {
		err = fmt.Errorf("filing %s: the transaction %v is in a block, but the registrar %v still names %v", name, f.Receipt.TxHash, r.at, now)
	}
	return f, err
}

func (r *Registrar) send(ctx context.Context, key *ecdsa.PrivateKey, what string, input []byte) (*types.Receipt, error) {
	receipt, err := r.chain.Transact(ctx, key, chainrpc.Call{To: &r.at, Input: input, What: what})
	if err != nil {
		return nil, fmt.Errorf("%s in the registrar %v: %w", what, r.at, chainrpc.Explain(err))
	}
	return receipt, nil
}

// Deploy has a contract made, and returns when it is there. If it has an owner, it is owner's.
func Deploy(ctx context.Context, chain *chainrpc.Chain, key *ecdsa.PrivateKey, contract contracts.Deployable, owner common.Address) (common.Address, *types.Receipt, error) {
	from := crypto.PubkeyToAddress(key.PublicKey)
	what := "deploying " + contract.Name
	tx, err := chain.Send(ctx, key, chainrpc.Call{Input: contract.Creation(owner), What: what})
	if err != nil {
		return common.Address{}, nil, fmt.Errorf("%s: %w", what, chainrpc.Explain(err))
	}
	at := crypto.CreateAddress(from, tx.Nonce()) // not as a node says
	receipt, err := chain.Mined(ctx, from, tx)
	if err == nil {
		err = chain.CheckCode(ctx, at)
	}
	if err != nil {
		return at, nil, fmt.Errorf("%s: %w", what, chainrpc.Explain(err))
	}
	return at, receipt, nil
}
