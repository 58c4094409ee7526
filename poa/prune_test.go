package poa_test

import (
	"crypto/ecdsa"
	"math/big"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/poa/poatest"
	"github.com/geth-ss/geth-ss/test/figures"
)

// TestPruningBoundsTheDisk: where blocks have weight the consensus blocks of a
// node that prunes take the room of the window that it keeps, and of what the
// database has not yet cleared away, however long the chain; without pruning
// they take the room of all blocks.
func TestPruningBoundsTheDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("makes long chains")
	}
	const (
		margin  = 64           // the state on disk is looked for in four times as many blocks
		window  = margin + 128 // geth's newest states are not on disk yet
		middle  = 300
		blocks  = 600
		payload = 100 << 10 // in each block; nothing compresses it
		// goleveldb writes 4 MiB at a time, and begins to clear away after four.
		slack = 24 << 20
	)
	t.Cleanup(poa.SetPruneMargin(margin))
	all := grow(t, false, payload, middle, blocks)
	pruned := grow(t, true, payload, middle, blocks)
	for i, number := range []int64{middle, blocks} {
		t.Logf("at block %d: all consensus blocks %d KiB, pruned %d KiB", number, all[i]>>10, pruned[i]>>10)
		if all[i] < number*payload {
			t.Errorf("%d blocks without pruning take %d KiB, less than is in them", number, all[i]>>10)
		}
		if most := int64(window*payload + slack); pruned[i] > most {
			t.Errorf("%d blocks with pruning take %d KiB, more than %d", number, pruned[i]>>10, most>>10)
		}
	}
}

// grow makes a chain of heavy blocks and measures its consensus blocks on disk
// when it has so many.
func grow(t *testing.T, prune bool, payload int, at ...uint64) (sizes []int64) {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	last, dir := at[len(at)-1], t.TempDir()
	rich := types.GenesisAlloc{crypto.PubkeyToAddress(key.PublicKey): {Balance: new(big.Int).Lsh(common.Big1, 100)}}
	noise, data := rand.NewChaCha8([32]byte{}), make([]byte, payload)
	txs := func(number uint64) []*types.Transaction {
		if len(sizes) < len(at) && number == at[len(sizes)] {
			sizes = append(sizes, figures.Disk(filepath.Join(dir, "geth-ss", "poa", "data", "blockstore.db")))
		}
		noise.Read(data)
		return []*types.Transaction{types.MustSignNewTx(key, types.LatestSignerForChainID(big.NewInt(7)), &types.DynamicFeeTx{
			ChainID: big.NewInt(7), Nonce: number - 1, To: &common.Address{1}, Data: append([]byte(nil), data...),
			Gas:       params.TxGas + uint64(payload)*params.TxCostFloorPerToken*params.TxTokenPerNonZeroByte,
			GasFeeCap: big.NewInt(100 * params.GWei), GasTipCap: big.NewInt(params.GWei),
		})}
	}
	validators := []poa.Validator{poa.NewValidator(&key.PublicKey, "")}
	plan := poatest.Plan{
		Genesis:    poa.NewGenesis(7, rich, validators, uint64(time.Now().Unix())-last),
		Validators: []*ecdsa.PrivateKey{key}, Blocks: last, Txs: txs, Prune: prune,
	}
	begun := time.Now()
	if err := poatest.Make(plan, []string{dir}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d blocks, pruning %v, in %v", last, prune, time.Since(begun).Round(time.Millisecond))
	return sizes
}
