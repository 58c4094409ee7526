// Package chaintest makes small real chains in memory for the tests of service/chain
// and of what reads from it. It is not for use outside of tests.
package chaintest

import (
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus/beacon"
	"github.com/ethereum/go-ethereum/consensus/ethash"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Net is a chain after the merge, with all forks that geth has for tests.
type Net struct {
	BC *core.BlockChain
	DB ethdb.Database

	t       testing.TB
	scheme  string
	genesis *core.Genesis
	engine  *beacon.Beacon
	builder ethdb.Database // keeps the state of every block that was ever built, unlike DB
	key     []byte
}

// New makes a chain whose genesis holds these contracts, by runtime code. Block 0 is a
// minute old, each further block ten seconds younger.
//
// The state is kept in geth's hash scheme, whose database is easy to damage.
func New(t testing.TB, contracts map[common.Address]string) *Net {
	t.Helper()
	return newNet(t, contracts, rawdb.HashScheme)
}

// NewPath is New with the path scheme, the one that nodes run with.
func NewPath(t testing.TB, contracts map[common.Address]string) *Net {
	t.Helper()
	return newNet(t, contracts, rawdb.PathScheme)
}

func newNet(t testing.TB, contracts map[common.Address]string, scheme string) *Net {
	t.Helper()
	n := &Net{t: t, scheme: scheme, DB: rawdb.NewMemoryDatabase(), engine: beacon.New(ethash.NewFaker()), key: common.LeftPadBytes([]byte{1}, 32)}
	alloc := core.SystemContractAllocs()
	for address, code := range contracts {
		alloc[address] = types.Account{Code: common.FromHex(code), Balance: new(big.Int)}
	}
	alloc[n.sender()] = types.Account{Balance: new(big.Int).Lsh(big.NewInt(1), 100)}
	n.genesis = &core.Genesis{
		Config:     params.MergedTestChainConfig,
		GasLimit:   30_000_000,
		BaseFee:    big.NewInt(params.InitialBaseFee),
		Difficulty: new(big.Int),
		Timestamp:  uint64(time.Now().Add(-time.Minute).Unix()),
		Alloc:      alloc,
	}
	n.builder = rawdb.NewMemoryDatabase()
	tries := triedb.NewDatabase(n.builder, triedb.HashDefaults)
	defer tries.Close()
	if _, err := n.genesis.Commit(n.builder, tries, nil); err != nil {
		t.Fatal(err)
	}
	n.open()
	t.Cleanup(func() { n.BC.Stop() })
	return n
}

func (n *Net) open() {
	n.t.Helper()
	cfg := core.DefaultConfig().WithStateScheme(n.scheme)
	cfg.SnapshotLimit = 0
	bc, err := core.NewBlockChain(n.DB, n.genesis, n.engine, cfg)
	if err != nil {
		n.t.Fatal(err)
	}
	n.BC = bc
}

// Reopen stops the chain, lets damage change its database, and opens it again with cold
// caches.
func (n *Net) Reopen(damage func(ethdb.Database)) {
	n.t.Helper()
	n.BC.Stop()
	damage(n.DB)
	n.open()
}

func (n *Net) sender() common.Address {
	return crypto.PubkeyToAddress(crypto.ToECDSAUnsafe(n.key).PublicKey)
}

// Call is a transaction that calls a contract.
type Call struct {
	To    common.Address
	Input []byte
}

// Build makes blocks on a parent without adding them. Each holds these calls; salt
// makes different blocks of the same content.
func (n *Net) Build(parent *types.Block, blocks int, salt byte, calls ...Call) []*types.Block {
	n.t.Helper()
	built, _ := core.GenerateChain(n.genesis.Config, parent, n.engine, n.builder, blocks, func(_ int, b *core.BlockGen) {
		b.SetPoS()
		b.SetExtra([]byte{salt})
		for _, c := range calls {
			tx := types.MustSignNewTx(crypto.ToECDSAUnsafe(n.key), b.Signer(), &types.LegacyTx{
				Nonce: b.TxNonce(n.sender()), To: &c.To, Gas: 200_000, GasPrice: b.BaseFee(), Data: c.Input,
			})
			b.AddTx(tx)
		}
	})
	return built
}

// Extend adds blocks to the head and returns the last one.
func (n *Net) Extend(blocks int, calls ...Call) *types.Block {
	n.t.Helper()
	built := n.Build(n.Head(), blocks, 0, calls...)
	n.Insert(built)
	return built[len(built)-1]
}

// Insert adds blocks.
func (n *Net) Insert(blocks []*types.Block) {
	n.t.Helper()
	if _, err := n.BC.InsertChain(blocks); err != nil {
		n.t.Fatal(err)
	}
}

// Head is the newest block.
func (n *Net) Head() *types.Block {
	head := n.BC.CurrentBlock()
	return n.BC.GetBlock(head.Hash(), head.Number.Uint64())
}

// Finalize marks a block final, as the engine API does.
func (n *Net) Finalize(block *types.Block) { n.BC.SetFinalized(block.Header()) }

// Ref names a block.
func Ref(block *types.Block) wire.BlockRef {
	return wire.BlockRef{Number: block.NumberU64(), Hash: block.Hash()}
}
