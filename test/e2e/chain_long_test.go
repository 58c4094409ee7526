package e2e

import (
	"bytes"
	"errors"
	"flag"
	"math/big"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/test/figures"
)

var (
	longChain  = flag.Uint64("long-chain", 1300, "length of the chain in TestLongChain")
	longRounds = flag.Int("long-rounds", 2, "how often validators are killed with -9 in TestLongChain")
)

// TestLongChain is life on a chain of so many blocks that pruning has set in. Three of the four validators have dropped those that they don't
// need. Nodes killed with -9 come back from their own disk, a newcomer syncs everything from scratch, and one that reaches
// pruned nodes alone is told what is missing.
//
//	go test ./test/e2e -run TestLongChain -long-chain 2000 -long-rounds 20 -timeout 1h
func TestLongChain(t *testing.T) {
	n := planChain(t, 4, 2, *longChain)
	keeper, pruned := n.nodes[0], n.nodes[1:4]
	for _, v := range pruned {
		v.prune = true
	}
	written := n.history()
	n.make(t, 4, *longChain, written.txs)
	k := newKiller(t, n, n.nodes[:4])
	n.untilHeight(t, *longChain+5, n.nodes[:4]...)

	joiner, lost := n.nodes[4], n.nodes[5]
	n.initialize(t, joiner)
	joiner.start(t)
	n.untilHeight(t, n.top(), joiner)
	t.Logf("from an empty directory to the head, block %d, in %v", joiner.height, time.Since(joiner.begun).Round(time.Millisecond))
	n.agree(t, 1, *longChain, keeper, joiner)
	written.check(t, joiner)
	joiner.calm(t)

	k.rounds(t, *longRounds)
	k.report(t)
	kept, rest := size(keeper), size(pruned[0])
	t.Logf("consensus blocks on disk: %d KiB, pruned %d KiB", kept>>10, rest>>10)

	lost.peers = pruned
	n.initialize(t, lost)
	lost.start(t)
	until(t, "the newcomer among pruned nodes says what it lacks", func() error {
		if !strings.Contains(lost.output.String(), "connect a peer that keeps all consensus blocks") {
			return errors.New(tail(lost.output.String(), 3))
		}
		return nil
	})
	lost.look(t)
	if lost.height != 0 {
		t.Errorf("it got to block %d from nodes that have pruned", lost.height)
	}
	lost.terminate(t, syscall.SIGTERM)
	lost.peers = n.nodes[:4]
	lost.writeFiles(t)
	lost.start(t)
	n.untilHeight(t, n.top(), lost)
	written.check(t, lost)
	for _, v := range n.nodes {
		v.calm(t)
		v.terminate(t, syscall.SIGTERM)
	}
}

// history is what was done on a chain while it was made.
type history struct {
	from     account
	contract common.Address
	word     common.Hash
	paid     uint64
	nonce    uint64
}

func (n *chainNet) history() *history {
	return &history{from: n.faucet, contract: crypto.CreateAddress(n.faucet.address, 0), word: randomID()}
}

// txs makes a contract in the first block that has a word in its storage, and a transfer every ten blocks.
func (h *history) txs(number uint64) []*types.Transaction {
	tx := &types.DynamicFeeTx{
		ChainID: big.NewInt(chainNetID), Nonce: h.nonce, Gas: params.TxGas, To: &common.Address{8}, Value: common.Big1,
		GasFeeCap: big.NewInt(10 * params.GWei), GasTipCap: big.NewInt(params.GWei / 100),
	}
	switch {
	case number == 1:
		tx.To, tx.Value, tx.Gas = nil, nil, 200_000
		// PUSH32 word PUSH0 SSTORE, and a code of one STOP.
		tx.Data = append(append([]byte{0x7f}, h.word[:]...), common.FromHex("5f55"+"60015ff3")...)
	case number%10 == 0:
		h.paid++
	default:
		return nil
	}
	h.nonce++
	return []*types.Transaction{types.MustSignNewTx(h.from.key, types.LatestSignerForChainID(tx.ChainID), tx)}
}

// check reads it all through a node.
func (h *history) check(t *testing.T, v *chainNode) {
	t.Helper()
	word, err := v.eth.StorageAt(t.Context(), h.contract, common.Hash{}, nil)
	if err != nil || !bytes.Equal(word, h.word[:]) {
		t.Errorf("%s finds %x in the contract, want %s, %v", v.name, word, h.word, err)
	}
	balance, err := v.eth.BalanceAt(t.Context(), common.Address{8}, nil)
	if err != nil || balance.Uint64() != h.paid {
		t.Errorf("%s counts %v transfers, want %d, %v", v.name, balance, h.paid, err)
	}
}

// size is what the consensus blocks of a node take on disk.
func size(v *chainNode) int64 {
	return figures.Disk(filepath.Join(v.dir, "geth-ss", "poa", "data", "blockstore.db"))
}
