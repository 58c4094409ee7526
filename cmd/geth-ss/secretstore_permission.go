package main

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A transaction can't be taken back. What stands here looks at everything that can be looked at before one is signed.

// minedWithin is how long a transaction may take into a block, with all questions before it.
const minedWithin = 2 * time.Minute

// permissionBook is a permission contract, and the account that sends transactions to it.
type permissionBook struct {
	*chainrpc.Chain
	contract common.Address
	key      *ecdsa.PrivateKey
}

// openPermissions finds the permission contract by the flags. It sends nothing.
func openPermissions(bounded context.Context, ctx *cli.Context) (*permissionBook, error) {
	if ctx.String(keyFlag.Name) == "" {
		return nil, errors.New("give --key FILE: the transaction is signed here")
	}
	password, err := readPassword(ctx)
	if err != nil {
		return nil, err
	}
	key, err := client.LoadKey(ctx.String(keyFlag.Name), password)
	if err != nil {
		return nil, err
	}
	chain, err := dialChain(bounded, ctx)
	if err != nil {
		return nil, err
	}
	b := &permissionBook{Chain: chain, key: key}
	if b.contract, err = permissionContract(bounded, ctx, chain); err == nil {
		err = chain.CheckCode(bounded, b.contract)
	}
	if err != nil {
		chain.Close()
		return nil, err
	}
	return b, nil
}

// dialChain connects to the nodes of --rpc.
func dialChain(bounded context.Context, ctx *cli.Context) (*chainrpc.Chain, error) {
	endpoints := ctx.StringSlice(rpcFlag.Name)
	if len(endpoints) == 0 {
		return nil, errors.New("give --rpc, the JSON-RPC address of a node of the chain, such as http://127.0.0.1:8545")
	}
	return chainrpc.Dial(bounded, chainrpc.Config{Endpoints: endpoints, Warn: warn, Late: newPatience().tell})
}

// permissionContract is the one given, or what the registrar says.
func permissionContract(bounded context.Context, ctx *cli.Context, chain *chainrpc.Chain) (filed common.Address, err error) {
	if text := ctx.String(contractFlag.Name); text != "" {
		if filed, err = parseAddress(text); err != nil {
			return filed, fmt.Errorf("--contract: %w", err)
		}
		return filed, nil
	}
	registry, err := parseAddress(ctx.String(registrarFlag.Name))
	if err != nil {
		return filed, fmt.Errorf("--registrar: %w", err)
	}
	reg := registrar.NewRegistrar()
	if err = chain.CheckCode(bounded, registry); err == nil {
		var answer []byte
		answer, err = chain.Call(bounded, ethereum.CallMsg{To: &registry, Data: reg.PackGetAddress(contracts.NameHash(contracts.NameACL), contracts.AddressKey)})
		if err == nil {
			filed, err = reg.UnpackGetAddress(answer)
		}
	}
	switch {
	case err != nil:
		return filed, fmt.Errorf("looking the permission contract up in the registrar %v: %w; give --contract", registry, chainrpc.Explain(err))
	case filed == (common.Address{}):
		return filed, errors.New("no permission contract is filed in the registrar; give --contract")
	}
	return filed, nil
}

// account is the one that signs.
func (b *permissionBook) account() common.Address { return crypto.PubkeyToAddress(b.key.PublicKey) }

// checkCluster wants the key servers to read the chain that the transaction goes to. The cluster's id is the hash of the
// genesis block and the cluster's name.
func (b *permissionBook) checkCluster(info *wire.ClusterInfo) error {
	if info.Chain != b.ID() {
		return fmt.Errorf("the key servers are of chain %d, and %s (--rpc) is a node of chain %d: give --node and --rpc of one chain", info.Chain, b.Name(), b.ID())
	}
	if wire.MakeClusterID(b.Genesis(), info.Name) != info.Cluster {
		return fmt.Errorf("the key servers' cluster %v (%q) is of another chain %d than %s (--rpc), whose genesis block is %v: give --node and --rpc of one chain",
			info.Cluster, info.Name, info.Chain, b.Name(), b.Genesis())
	}
	return nil
}

// checkStore asks key servers which chain they read, and wants the document to be of their cluster; zero if that is unknown.
func (b *permissionBook) checkStore(bounded context.Context, endpoints []string, cluster wire.ClusterID) error {
	c, err := client.New(client.Config{Endpoints: endpoints, Signer: client.NewKeySigner(b.key), Warn: warn, Late: newPatience().asked})
	if err != nil {
		return err
	}
	info, err := c.Cluster(bounded)
	if err != nil {
		return err
	}
	if cluster != (wire.ClusterID{}) && cluster != info.Cluster {
		return fmt.Errorf("the document belongs to cluster %v, the key servers of --node to %v", cluster, info.Cluster)
	}
	return b.checkCluster(info)
}

// checkContract wants the contract to be one of permissions: it answers what key servers ask. One that reverts may still do.
func (b *permissionBook) checkContract(bounded context.Context, id wire.KeyID) error {
	abi := permissions.NewDocumentPermissions()
	answer, err := b.Call(bounded, ethereum.CallMsg{To: &b.contract, Data: abi.PackCheckPermissions(b.account(), common.Hash(id))})
	var refused rpc.Error
	if errors.As(err, &refused) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("asking the contract %v for a permission: %w", b.contract, err)
	}
	if _, err := abi.UnpackCheckPermissions(answer); err != nil || len(answer) != 32 {
		return fmt.Errorf("the contract at %v is no permission contract: it does not answer checkPermissions(address,bytes32), which key servers ask, by a bool", b.contract)
	}
	return nil
}

// send sends a call to the contract and waits for its block.
func (b *permissionBook) send(bounded context.Context, what string, id wire.KeyID, input []byte) (*types.Receipt, error) {
	if err := b.checkContract(bounded, id); err != nil {
		return nil, err
	}
	tx, err := b.Send(bounded, b.key, chainrpc.Call{To: &b.contract, Input: input, What: "the permission's transaction"})
	if err == nil {
		var receipt *types.Receipt
		if receipt, err = b.Mined(bounded, b.account(), tx); err == nil {
			return receipt, nil
		}
	}
	return nil, fmt.Errorf("%s, at the permission contract %v: %w", what, b.contract, explainRevert(err))
}

// owns tells whether the account is the document's publisher already. A contract that does not say is none that knows.
func (b *permissionBook) owns(bounded context.Context, id wire.KeyID) bool {
	abi := permissions.NewDocumentPermissions()
	answer, err := b.Call(bounded, ethereum.CallMsg{To: &b.contract, Data: abi.PackPublisherOf(common.Hash(id))})
	if err != nil {
		return false
	}
	owner, err := abi.UnpackPublisherOf(answer)
	return err == nil && owner == b.account()
}

// claimFor makes the account the publisher of a document, unless it is, once everything else that a key of this id and
// threshold needs was found good.
func claimFor(ctx *cli.Context, c *client.Client, id wire.KeyID, info *wire.ClusterInfo) error {
	bounded, cancel := context.WithTimeout(ctx.Context, minedWithin)
	defer cancel()
	book, err := openPermissions(bounded, ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	if err := book.checkCluster(info); err != nil {
		return err
	}
	if ctx.IsSet(idFlag.Name) { // a random id is free
		if err := checkFree(bounded, c, id); err != nil {
			return err
		}
	}
	if book.owns(bounded, id) {
		return nil
	}
	_, err = book.send(bounded, "claim", id, permissions.NewDocumentPermissions().PackClaim(common.Hash(id)))
	return err
}

// checkFree fails if the cluster has a key of this id.
func checkFree(bounded context.Context, c *client.Client, id wire.KeyID) error {
	_, err := c.ServerKey(bounded, id)
	var refused *client.Error
	asked := errors.As(err, &refused)
	switch {
	case err == nil || asked && refused.Reason == "notAuthor":
		return fmt.Errorf("the key servers have a key %v already; take another --id", id)
	case asked && refused.Reason == "keyNotFound":
		return nil
	}
	return fmt.Errorf("looking whether the id is free: %w", err)
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
		return fmt.Errorf("the document belongs to %v already; take another id", e.Publisher)
	case *permissions.DocumentPermissionsNotPublisher:
		if e.Publisher == (common.Address{}) {
			return errors.New("nobody has claimed the document yet")
		}
		return fmt.Errorf("only its publisher %v may", e.Publisher)
	case *permissions.DocumentPermissionsZeroUser:
		return errors.New("the zero address can't be granted anything")
	}
	return err
}
