package poa

import (
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// TestFullBlocks: blocks of more than seven megabytes, and blocks with as many transactions as the
// gas limit lets in, pass through consensus.
func TestFullBlocks(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	t.Parallel()
	n := testNetwork(t, t.TempDir(), 4, 0)
	n.genesis.Genesis.GasLimit = 100_000_000 // or the largest would be of six
	startAll(t, n.nodes...)
	waitHeight(t, 2, patience, n.nodes...)
	signer := types.LatestSignerForChainID(big.NewInt(testChainID))
	var nonce uint64
	transfers := func(count int, gas uint64, data []byte) (txs []*types.Transaction) {
		for range count {
			txs = append(txs, types.MustSignNewTx(faucet, signer, &types.DynamicFeeTx{
				ChainID: big.NewInt(testChainID), Nonce: nonce, To: &common.Address{1}, Gas: gas, Data: data,
				GasFeeCap: big.NewInt(100 * params.GWei), GasTipCap: big.NewInt(params.GWei / 100),
			}))
			nonce++
		}
		return txs
	}
	flood := func(name string, txs []*types.Transaction) (most uint64) {
		from := n.nodes[0].height()
		for _, v := range n.nodes {
			for _, err := range v.backend.TxPool().Add(txs, true) {
				if err != nil && !errors.Is(err, txpool.ErrAlreadyKnown) && !errors.Is(err, core.ErrNonceTooLow) { // gossip was faster
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		mined(t, txs[len(txs)-1].Hash(), patience, n.nodes...)
		var count int
		for h := from + 1; h <= n.nodes[0].height(); h++ {
			b := n.nodes[0].backend.BlockChain().GetBlockByNumber(h)
			most, count = max(most, b.Size()), max(count, len(b.Transactions()))
		}
		t.Logf("%s: in %d blocks, largest %d bytes, most transactions %d", name, n.nodes[0].height()-from, most, count)
		return most
	}
	zeros := make([]byte, 120_000)
	if most := flood("large transactions", transfers(180, 1_300_000, zeros)); most < 7_000_000 {
		t.Errorf("the largest block has %d bytes", most)
	}
	flood("many transactions", transfers(4000, params.TxGas, nil))
	sameChain(t, 1, n.nodes...)
}
