// Package keeper deploys Ocean's permission contract as Ocean deployed it, for tests: the bytecode is that of the npm
// package @oceanprotocol/keeper-contracts 0.13.2, read at test time.
//
// The contract is AccessSecretStoreCondition. It answers checkPermissions with what it was told by grantPermission, and
// admits a document's owner and providers besides, whom it asks of a DID registry. It finds that registry through an
// agreement store, which insists on a condition store and a template store:
//
//	AccessSecretStoreCondition ─► ConditionStoreManager ─► (library) EpochLibrary
//	      └─► AgreementStoreManager ─┬─► ConditionStoreManager
//	                                 ├─► TemplateStoreManager
//	                                 └─► DIDRegistry ─► (library) DIDRegistryLibrary
//
// Ocean puts each behind an upgradable proxy; here they stand by themselves, and initialize is called on them as the
// proxy would. No agreement is ever made: its owner grants and revokes directly.
package keeper

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

const (
	// The artifacts of Ocean's public networks are of several versions; those of its development network are all 0.13.2.
	artifactSuffix = ".development.json"

	gasLimit     = 3_000_000 // the largest, AgreementStoreManager, takes 1,730,000
	receiptEvery = 100 * time.Millisecond
)

// Client is what is needed of the chain; *ethclient.Client and the simulated backend's client have it.
type Client interface {
	ethereum.ChainIDReader
	ethereum.ContractCaller
	ethereum.GasPricer
	ethereum.PendingStateReader
	ethereum.TransactionReader
	ethereum.TransactionSender
}

// Condition is a deployed AccessSecretStoreCondition whose documents belong to one publisher.
type Condition struct {
	sender
	condition contract
	registry  contract
}

// Artifacts returns where the npm package has its artifacts, given test/npm: what npm.Require returns.
func Artifacts(npmDir string) string {
	return filepath.Join(npmDir, "node_modules", "@oceanprotocol", "keeper-contracts", "artifacts")
}

// Deploy deploys the contract and all it needs from the artifacts in dir.
// The account of key pays, owns every contract and is the publisher of the documents; nothing else may send from it
// meanwhile. The transactions, twelve of ten million gas together, go out at once and are waited for at the end.
func Deploy(ctx context.Context, client Client, key *ecdsa.PrivateKey, dir string) (*Condition, error) {
	self := crypto.PubkeyToAddress(key.PublicKey)
	id, err := client.ChainID(ctx)
	if err != nil {
		return nil, fmt.Errorf("deploy keeper contracts: %w", err)
	}
	nonce, err := client.PendingNonceAt(ctx, self)
	if err != nil {
		return nil, fmt.Errorf("deploy keeper contracts: %w", err)
	}
	d := &deployer{
		sender: sender{client: client, key: key, signer: types.LatestSignerForChainID(id)},
		dir:    dir, nonce: nonce, libraries: make(map[string]common.Address),
	}
	d.library(ctx, "EpochLibrary")
	d.library(ctx, "DIDRegistryLibrary")
	registry := d.contract(ctx, "DIDRegistry", self)
	conditions := d.contract(ctx, "ConditionStoreManager", self)
	templates := d.contract(ctx, "TemplateStoreManager", self)
	agreements := d.contract(ctx, "AgreementStoreManager", self, conditions.address, templates.address, registry.address)
	condition := d.contract(ctx, "AccessSecretStoreCondition", self, conditions.address, agreements.address)
	if err := d.wait(ctx); err != nil {
		return nil, fmt.Errorf("deploy keeper contracts: %w", err)
	}
	return &Condition{d.sender, condition, registry}, nil
}

// Through returns the same contract as it is reached by another client, another node's for instance.
func (c *Condition) Through(client Client) *Condition {
	other := *c
	other.client = client
	return &other
}

// Address is the contract that key servers ask.
func (c *Condition) Address() common.Address { return c.condition.address }

// Register makes the publisher the owner of a document in the DID registry. Before, nobody can grant for it.
func (c *Condition) Register(ctx context.Context, document [32]byte) error {
	return c.transact(ctx, c.registry, "registerAttribute", document, [32]byte{}, []common.Address{}, "")
}

// Grant admits a user to a document that is registered. When it returns the grant is in a block.
func (c *Condition) Grant(ctx context.Context, document [32]byte, user common.Address) error {
	return c.transact(ctx, c.condition, "grantPermission", user, document)
}

// Revoke takes a grant back. When it returns that is in a block.
func (c *Condition) Revoke(ctx context.Context, document [32]byte, user common.Address) error {
	return c.transact(ctx, c.condition, "renouncePermission", user, document)
}

// CheckPermissions asks the contract at the head, as a key server does.
func (c *Condition) CheckPermissions(ctx context.Context, user common.Address, document [32]byte) (bool, error) {
	data, err := c.condition.abi.Pack("checkPermissions", user, document)
	if err != nil {
		return false, err
	}
	out, err := c.client.CallContract(ctx, ethereum.CallMsg{To: &c.condition.address, Data: data}, nil)
	if err != nil {
		return false, fmt.Errorf("checkPermissions: %w", err)
	}
	values, err := c.condition.abi.Unpack("checkPermissions", out)
	if err != nil {
		return false, fmt.Errorf("checkPermissions: %w", err)
	}
	return values[0].(bool), nil
}

// contract is a contract on the chain.
type contract struct {
	address common.Address
	abi     abi.ABI
}

// deployer sends what deploys one contract after another, until something fails. It knows the addresses beforehand: they
// follow from its nonces.
type deployer struct {
	sender
	dir       string
	nonce     uint64 // of the next transaction
	libraries map[string]common.Address
	sent      []step
	err       error // the first failure; everything after it does nothing
}

// step is a transaction that was sent, and what it is for.
type step struct {
	what string
	hash common.Hash
}

func (d *deployer) library(ctx context.Context, name string) {
	d.libraries[name] = d.create(ctx, name).address
}

// contract deploys a contract and initializes it.
func (d *deployer) contract(ctx context.Context, name string, initialize ...any) contract {
	c := d.create(ctx, name)
	if d.err != nil {
		return c
	}
	method, err := initializer(c.abi, len(initialize))
	if err != nil {
		d.err = fmt.Errorf("%s: %w", name, err)
		return c
	}
	data, err := c.abi.Pack(method, initialize...)
	if err != nil {
		d.err = fmt.Errorf("%s: %w", name, err)
		return c
	}
	d.step(ctx, "initialize "+name, &c.address, data)
	return c
}

func (d *deployer) create(ctx context.Context, name string) contract {
	if d.err != nil {
		return contract{}
	}
	parsed, code, err := d.load(name)
	if err != nil {
		d.err = err
		return contract{}
	}
	address := crypto.CreateAddress(crypto.PubkeyToAddress(d.key.PublicKey), d.nonce)
	d.step(ctx, "create "+name, nil, code)
	return contract{address, parsed}
}

// step sends the next transaction.
func (d *deployer) step(ctx context.Context, what string, to *common.Address, data []byte) {
	hash, err := d.submit(ctx, d.nonce, to, data)
	if err != nil {
		d.err = fmt.Errorf("%s: %w", what, err)
		return
	}
	d.nonce++
	d.sent = append(d.sent, step{what, hash})
}

// wait waits until every step is in a block and none was refused.
func (d *deployer) wait(ctx context.Context) error {
	if d.err != nil {
		return d.err
	}
	for _, s := range d.sent {
		if err := d.included(ctx, s.hash); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	return nil
}

// initializer finds the initialize with n arguments: a contract inherits others, which the abi package numbers.
func initializer(a abi.ABI, n int) (string, error) {
	for name, m := range a.Methods {
		if m.RawName == "initialize" && len(m.Inputs) == n {
			return name, nil
		}
	}
	return "", fmt.Errorf("no initialize with %d arguments", n)
}

// load reads a contract's ABI and its creation code, with the libraries linked.
func (d *deployer) load(name string) (abi.ABI, []byte, error) {
	file := filepath.Join(d.dir, name+artifactSuffix)
	raw, err := os.ReadFile(file)
	if err != nil {
		return abi.ABI{}, nil, fmt.Errorf("read the artifact of %s (is the npm package installed?): %w", name, err)
	}
	var artifact struct {
		ABI      abi.ABI `json:"abi"`
		Bytecode string  `json:"bytecode"`
	}
	if err := json.Unmarshal(raw, &artifact); err != nil {
		return abi.ABI{}, nil, fmt.Errorf("read %s: %w", file, err)
	}
	code, err := hexutil.Decode(d.link(artifact.Bytecode))
	if err != nil {
		return abi.ABI{}, nil, fmt.Errorf("bytecode in %s: %w (or a library that is not deployed)", file, err)
	}
	return artifact.ABI, code, nil
}

// link fills in the addresses of the libraries that are deployed. For each the compiler left 40 characters: two
// underscores, the library's name, and more underscores with the last one or two replaced by a number of Ocean's build.
func (d *deployer) link(bytecode string) string {
	for name, address := range d.libraries {
		gap := regexp.MustCompile(fmt.Sprintf("__%s_[0-9_]{%d}", name, 2*common.AddressLength-3-len(name)))
		bytecode = gap.ReplaceAllString(bytecode, common.Bytes2Hex(address[:]))
	}
	return bytecode
}

// sender sends transactions of one account, one at a time.
type sender struct {
	client Client
	key    *ecdsa.PrivateKey
	signer types.Signer
}

// transact calls a method of a contract and waits until that is in a block.
func (s *sender) transact(ctx context.Context, c contract, method string, args ...any) error {
	data, err := c.abi.Pack(method, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	nonce, err := s.client.PendingNonceAt(ctx, crypto.PubkeyToAddress(s.key.PublicKey))
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	hash, err := s.submit(ctx, nonce, &c.address, data)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if err := s.included(ctx, hash); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// submit sends a transaction and doesn't wait for it. A nil address creates a contract of data.
func (s *sender) submit(ctx context.Context, nonce uint64, to *common.Address, data []byte) (common.Hash, error) {
	price, err := s.client.SuggestGasPrice(ctx)
	if err != nil {
		return common.Hash{}, err
	}
	// Twice the price: the base fee may rise while blocks are full of this.
	tx, err := types.SignNewTx(s.key, s.signer, &types.LegacyTx{
		Nonce: nonce, GasPrice: new(big.Int).Mul(price, big.NewInt(2)), Gas: gasLimit, To: to, Data: data,
	})
	if err != nil {
		return common.Hash{}, err
	}
	return tx.Hash(), s.client.SendTransaction(ctx, tx)
}

// included waits until a transaction is in a block. It is an error if the contract reverted it.
func (s *sender) included(ctx context.Context, hash common.Hash) error {
	tick := time.NewTicker(receiptEvery)
	defer tick.Stop()
	for {
		receipt, err := s.client.TransactionReceipt(ctx, hash)
		switch {
		case err == nil && receipt.Status != types.ReceiptStatusSuccessful:
			return fmt.Errorf("the contract refused transaction %s", hash)
		case err == nil:
			return nil
		case !errors.Is(err, ethereum.NotFound) && err.Error() != "transaction indexing is in progress":
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for transaction %s: %w", hash, ctx.Err())
		}
	}
}
