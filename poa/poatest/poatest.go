// Package poatest makes proof-of-authority chains for tests, thousands of
// blocks in seconds: it holds the keys of all validators and signs for them,
// where a network would take at least a second for each block.
//
// Nothing of the chain is made up but the time of its votes. geth builds and
// executes the blocks, CometBFT's own executor checks and stores them, and every
// commit has the signatures of all validators, which whoever joins verifies.
// The result lies in data directories that geth-ss starts from.
package poatest

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cometbft/cometbft/crypto/secp256k1eth"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"

	"github.com/geth-ss/geth-ss/poa"
)

// instance is the directory of geth-ss in a data directory.
const instance = "geth-ss"

// Plan says which chain to make.
type Plan struct {
	// Genesis is the network's. Block n of the chain has the timestamp of the
	// genesis plus n seconds.
	Genesis *poa.NetworkGenesis

	// Validators are the keys of the genesis' validators.
	Validators []*ecdsa.PrivateKey

	// Blocks is the height of the chain's head.
	Blocks uint64

	// Txs gives transactions to put into the pool before a block is built. May
	// be nil.
	Txs func(number uint64) []*types.Transaction

	// Prune drops consensus blocks while the chain grows, as poa.Config says.
	Prune bool
}

// Make writes the chain into empty data directories, one for each validator in
// the order of the keys: node key, genesis, geth's database, CometBFT's data and
// a sign state that ends where the chain does.
func Make(plan Plan, dirs []string) error {
	if len(dirs) != len(plan.Validators) || len(dirs) == 0 {
		return fmt.Errorf("%d directories for %d validators", len(dirs), len(plan.Validators))
	}
	m, err := open(&plan, dirs[0])
	if err != nil {
		return err
	}
	err = m.grow()
	if err = errors.Join(err, m.close()); err != nil {
		return fmt.Errorf("make a chain: %w", err)
	}
	for _, dir := range dirs[1:] {
		if err := os.CopyFS(dir, os.DirFS(dirs[0])); err != nil {
			return err
		}
	}
	state := fmt.Sprintf(`{"height":"%d","round":0,"step":3}`, plan.Blocks)
	for i, dir := range dirs {
		in := filepath.Join(dir, instance)
		if err := os.WriteFile(filepath.Join(in, "poa", "sign-state.json"), []byte(state), 0o600); err != nil {
			return err
		}
		if err := crypto.SaveECDSA(filepath.Join(in, "nodekey"), plan.Validators[i]); err != nil {
			return err
		}
	}
	return nil
}

// maker is one node that is all validators.
type maker struct {
	plan    *Plan
	stack   *node.Node
	backend *eth.Ethereum
	stores  *stores
}

func open(plan *Plan, dir string) (m *maker, err error) {
	m = &maker{plan: plan}
	m.stack, err = node.New(&node.Config{
		Name: instance, DataDir: dir,
		P2P: p2p.Config{PrivateKey: plan.Validators[0], NoDiscovery: true},
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			m.stack.Close()
		}
	}()
	if err := poa.InitDir(m.stack.ResolvePath("poa"), plan.Genesis); err != nil {
		return nil, err
	}
	conf, pc := ethconfig.Defaults, poa.DefaultConfig()
	conf.Genesis, conf.NetworkId = plan.Genesis.Genesis, plan.Genesis.Genesis.Config.ChainID.Uint64()
	conf.TrieCleanCache, conf.SnapshotCache, conf.DatabaseCache = 16, 16, 16
	pc.Enabled, pc.Prune = true, plan.Prune
	poa.Configure(&conf, &pc)
	if m.backend, err = eth.New(m.stack, &conf); err != nil {
		return nil, err
	}
	driver, err := poa.New(m.stack, m.backend, pc, nil)
	if err == nil {
		app, doc := driver.Application()
		m.stores, err = openStores(m.stack.ResolvePath("poa"), doc, app)
	}
	if err != nil {
		m.backend.BlockChain().Stop()
	}
	return m, err
}

// close leaves the directory as a node that was stopped does. The stack closes
// the databases but stops only what it started.
func (m *maker) close() error {
	m.backend.BlockChain().Stop()
	return errors.Join(m.stores.close(), m.stack.Close())
}

// grow makes the blocks.
func (m *maker) grow() error {
	genesis := time.Unix(int64(m.plan.Genesis.Genesis.Timestamp), 0)
	commit := new(cmttypes.ExtendedCommit)
	for number := m.stores.state.LastBlockHeight + 1; number <= int64(m.plan.Blocks); number++ {
		if err := m.fill(uint64(number)); err != nil {
			return err
		}
		// The votes for a block tell the time of the next.
		votes := genesis.Add(time.Duration(number+1) * time.Second)
		next, err := m.stores.extend(context.Background(), commit, m.plan.Validators, votes)
		if err != nil {
			return fmt.Errorf("block %d: %w", number, err)
		}
		commit = next
	}
	return nil
}

func (m *maker) fill(number uint64) error {
	if m.plan.Txs == nil {
		return nil
	}
	return errors.Join(m.backend.TxPool().Add(m.plan.Txs(number), true)...)
}

// sign makes a validator's precommit for a block.
func sign(key *ecdsa.PrivateKey, chainID string, set *cmttypes.ValidatorSet, height int64, id cmttypes.BlockID, at time.Time) (int32, cmttypes.ExtendedCommitSig, error) {
	signer := secp256k1eth.PrivKey(crypto.FromECDSA(key))
	address := signer.PubKey().Address()
	index, _ := set.GetByAddress(address)
	vote := &cmttypes.Vote{
		Type: 2, Height: height, BlockID: id, Timestamp: at.UTC(), ValidatorAddress: address, ValidatorIndex: index,
	}
	signature, err := signer.Sign(cmttypes.VoteSignBytes(chainID, vote.ToProto()))
	return index, cmttypes.ExtendedCommitSig{CommitSig: cmttypes.CommitSig{
		BlockIDFlag: cmttypes.BlockIDFlagCommit, ValidatorAddress: address, Timestamp: vote.Timestamp, Signature: signature,
	}}, err
}
