// Package permission sends transactions to a permission contract, contracts/solidity/DocumentPermissions.sol or one with the
// same functions. A transaction can't be taken back: everything that can be looked at is looked at before one is signed.
package permission

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/registry"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Book is a permission contract, and the account that sends transactions to it.
type Book struct {
	chain    *chainrpc.Chain
	contract common.Address
	key      *ecdsa.PrivateKey
}

// Filed looks the permission contract up that is filed in the chain's registrar.
func Filed(ctx context.Context, chain *chainrpc.Chain, at common.Address) (filed common.Address, err error) {
	reg, err := registry.Open(ctx, chain, at)
	if err == nil {
		filed, err = reg.Filed(ctx, contracts.NameACL)
	}
	switch {
	case err != nil:
		return filed, fmt.Errorf("looking the permission contract up in the registrar %v: %w; give --contract, or --registrar", at, err)
	case filed == (common.Address{}):
		return filed, fmt.Errorf("no permission contract is filed in the registrar %v as %s: give --contract, or deploy and file one (geth-ss contracts deploy permissions --register)",
			at, contracts.NameACL)
	}
	return filed, nil
}

// Open wants a contract to be there. It sends nothing.
func Open(ctx context.Context, chain *chainrpc.Chain, contract common.Address, key *ecdsa.PrivateKey) (*Book, error) {
	if err := chain.CheckCode(ctx, contract); err != nil {
		return nil, err
	}
	return &Book{chain, contract, key}, nil
}

// Account is the one that signs.
func (b *Book) Account() common.Address { return crypto.PubkeyToAddress(b.key.PublicKey) }

// CheckCluster wants key servers to read the chain that transactions go to, and to ask this contract. One that names none yet may do
// so by the time it counts. A key server that lies about either can hinder, and nothing else.
func (b *Book) CheckCluster(info *wire.ClusterInfo) error {
	if err := CheckCluster(b.chain, info); err != nil {
		return err
	}
	switch p := info.Permission; {
	case p == nil: // an older version
	case p.By == wire.ByEverybody:
		return fmt.Errorf("the asked key server allows %v, so what %v says has no effect there: give --node of key servers that ask the contract", p, b.contract)
	case p.Contract != nil && *p.Contract != b.contract:
		return fmt.Errorf("the asked key server allows %v, so what %v says has no effect there: give --contract or --registrar of the contract that key servers ask, if you know that the asked one is right", p, b.contract)
	}
	return nil
}

// CheckCluster wants key servers to read the chain that transactions go to. The cluster's id is the hash of the genesis block
// and the cluster's name.
func CheckCluster(chain *chainrpc.Chain, info *wire.ClusterInfo) error {
	if info.Chain != chain.ID() {
		return fmt.Errorf("the key servers are on chain %d, but %s (--rpc) is a node of chain %d: give --node and --rpc of one chain", info.Chain, chain.Name(), chain.ID())
	}
	if wire.MakeClusterID(chain.Genesis(), info.Name) != info.Cluster {
		return fmt.Errorf("the key servers' cluster %v (%q) is on another chain %d than %s (--rpc), whose genesis block is %v: give --node and --rpc of one chain",
			info.Cluster, info.Name, info.Chain, chain.Name(), chain.Genesis())
	}
	return nil
}

// Claim makes the account the publisher of an id, unless it is, and looks that it has become it. sending, if not nil, is called
// before the transaction is sent. It is client.PublishOptions.Claim.
func (b *Book) Claim(ctx context.Context, id wire.KeyID, info *wire.ClusterInfo, sending func() error) error {
	if info != nil {
		if err := b.CheckCluster(info); err != nil {
			return err
		}
	}
	if err := b.checkContract(ctx, id); err != nil {
		return err
	}
	owner, err := b.Publisher(ctx, id)
	switch {
	case err != nil || owner == b.Account():
		return err
	case owner != common.Address{}:
		return fmt.Errorf("claim, at the permission contract %v: %w", b.contract, claimedBy(owner))
	}
	if _, err := b.send(ctx, "claim", id, permissions.NewDocumentPermissions().PackClaim(common.Hash(id)), sending); err != nil {
		return err
	}
	if owner, err = b.Publisher(ctx, id); err == nil && owner != b.Account() {
		err = fmt.Errorf("claim, at the permission contract %v: the transaction is in a block, but the publisher of %v is still %v", b.contract, id, owner)
	}
	return err
}

// Publisher is whose an id is, as the own nodes of the chain say; zero: nobody's.
func (b *Book) Publisher(ctx context.Context, id wire.KeyID) (common.Address, error) {
	abi := permissions.NewDocumentPermissions()
	answer, err := b.chain.Call(ctx, ethereum.CallMsg{To: &b.contract, Data: abi.PackPublisherOf(common.Hash(id))})
	if err == nil {
		var owner common.Address
		if owner, err = abi.UnpackPublisherOf(answer); err == nil && len(answer) == 32 {
			return owner, nil
		}
	}
	var refused rpc.Error
	if err == nil || answer != nil || errors.As(err, &refused) {
		return common.Address{}, fmt.Errorf("the contract at %v does not say who publishes a document: it has no publisherOf(bytes32), so nothing can be claimed there; give --unclaimed", b.contract)
	}
	return common.Address{}, fmt.Errorf("asking the contract %v for a document's publisher: %w", b.contract, err)
}

// Grant lets a user read a document. It returns when the transaction is in a block.
func (b *Book) Grant(ctx context.Context, id wire.KeyID, user common.Address) (*types.Receipt, error) {
	if err := b.checkContract(ctx, id); err != nil {
		return nil, err
	}
	return b.send(ctx, "grant", id, permissions.NewDocumentPermissions().PackGrant(common.Hash(id), user), nil)
}

// Revoke takes that back.
func (b *Book) Revoke(ctx context.Context, id wire.KeyID, user common.Address) (*types.Receipt, error) {
	if err := b.checkContract(ctx, id); err != nil {
		return nil, err
	}
	return b.send(ctx, "revoke", id, permissions.NewDocumentPermissions().PackRevoke(common.Hash(id), user), nil)
}

// checkContract wants the contract to be one of permissions. One that reverts may still do.
func (b *Book) checkContract(ctx context.Context, id wire.KeyID) error {
	_, err := Answers(ctx, b.chain, b.contract, b.Account(), id)
	return err
}

// Answers tells whether a contract answers what key servers ask it, about one user and document: false if it reverts. It fails if
// the answer is none, so that the contract is for something else.
func Answers(ctx context.Context, chain *chainrpc.Chain, contract, user common.Address, id wire.KeyID) (bool, error) {
	abi := permissions.NewDocumentPermissions()
	answer, err := chain.Call(ctx, ethereum.CallMsg{To: &contract, Data: abi.PackCheckPermissions(user, common.Hash(id))})
	var refused rpc.Error
	if errors.As(err, &refused) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking the contract %v for a permission: %w", contract, err)
	}
	if _, err := abi.UnpackCheckPermissions(answer); err != nil || len(answer) != 32 {
		return false, &NoPermissions{contract}
	}
	return true, nil
}

// NoPermissions is a contract that is for something else.
type NoPermissions struct{ At common.Address }

func (e *NoPermissions) Error() string {
	return fmt.Sprintf("the contract at %v is not a permission contract: it does not answer checkPermissions(address,bytes32), which key servers call, with a bool", e.At)
}

// send sends a call to the contract and waits for its block.
func (b *Book) send(ctx context.Context, what string, id wire.KeyID, input []byte, sending func() error) (*types.Receipt, error) {
	receipt, err := b.chain.Transact(ctx, b.key, chainrpc.Call{To: &b.contract, Input: input, What: "the permission's transaction", Sending: sending})
	if err != nil {
		return nil, fmt.Errorf("%s, at the permission contract %v: %w", what, b.contract, explainRevert(err))
	}
	return receipt, nil
}

// Refused is why the permission contract does not take a call.
type Refused string

func (r Refused) Error() string { return string(r) }

func claimedBy(publisher common.Address) Refused {
	return Refused(fmt.Sprintf("the document belongs to %v already; take another id", publisher))
}

// explainRevert reads what DocumentPermissions says, and contracts in general.
func explainRevert(err error) error {
	var failed *chainrpc.Failed
	if errors.As(err, &failed) && failed.Err != nil {
		return &chainrpc.Failed{Hash: failed.Hash, Block: failed.Block, Err: explainRevert(failed.Err)}
	}
	raw := chainrpc.RevertData(err)
	if len(raw) < 4 { // the bindings want a selector
		return err
	}
	decoded, unpackErr := permissions.NewDocumentPermissions().UnpackError(raw)
	if unpackErr != nil {
		return chainrpc.Explain(err)
	}
	switch e := decoded.(type) {
	case *permissions.DocumentPermissionsAlreadyClaimed:
		return claimedBy(e.Publisher)
	case *permissions.DocumentPermissionsNotPublisher:
		if e.Publisher == (common.Address{}) {
			return Refused("nobody has claimed the document yet")
		}
		return Refused(fmt.Sprintf("only its publisher %v may do this", e.Publisher))
	case *permissions.DocumentPermissionsZeroUser:
		return Refused("the zero address can't be granted anything")
	}
	return err
}
