package poa

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// TestRulesInNetwork: nodes whose files differ, from the beginning and later, in a
// life of one network. What differs is named everywhere; no block is made under a
// rule in dispute; who is right goes on if that makes blocks, and who was wrong does
// so after init with the right file.
func TestRulesInNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 4, 0)
	n.genesis.Genesis.Config.BPO1Time = nil
	right, odd := n.nodes[:3], n.nodes[3]

	// One of four has other rules in force.
	odd.file = n.with(func(c *params.ChainConfig) { c.OsakaTime = nil })
	startAll(t, n.nodes...)
	until(t, "all see that osakaTime differs", func() bool {
		return len(odd.driver.Status().Differ) == 3 && !slices.ContainsFunc(right, func(v *testNode) bool { return !v.sees("node3", "osakaTime", "0", "") })
	})
	mined(t, deploy(t, right[0], 0, common.FromHex("0x60011e5f5500")), patience, right...)
	waitHeight(t, right[0].height()+2, patience, right...)
	if s := odd.driver.Status(); s.Height != 0 || s.Peers != 0 || odd.driver.Err() != nil || !strings.Contains(s.NotVoting, "osakaTime is unset here and 0 there") {
		t.Errorf("the node with other rules: %+v, %v", s, odd.driver.Err())
	}
	odd.again(t, nil)
	waitHeight(t, right[0].height()+2, patience, n.nodes...)
	until(t, "the cure is seen", func() bool { return len(right[0].driver.Status().Differ) == 0 })
	sameChain(t, 1, n.nodes...)

	// One of four has scheduled a fork that the others have not.
	fork := uint64(time.Now().Add(separation + 8*time.Second).Unix())
	scheduled := n.with(func(c *params.ChainConfig) {
		c.BPO1Time, c.BlobScheduleConfig.BPO1 = &fork, params.DefaultBPO1BlobConfig
	})
	odd.again(t, scheduled)
	until(t, "they are connected and see what lies ahead", func() bool {
		return right[0].sees("node3", "bpo1Time", "", big.NewInt(int64(fork)).String()) && odd.driver.Status().Peers == 3
	})
	if s := odd.driver.Status(); s.NotVoting != "" && uint64(time.Now().Add(separation).Unix()) < fork {
		t.Errorf("it does not vote while the fork lies ahead: %s", s.NotVoting)
	}
	until(t, "the others are past the fork", func() bool { return right[0].backend.BlockChain().CurrentBlock().Time > fork })
	waitHeight(t, right[0].height()+2, patience, right...)
	if s := odd.driver.Status(); odd.driver.Err() != nil || s.NotVoting == "" || odd.backend.BlockChain().CurrentBlock().Time >= fork {
		t.Errorf("the node that differs: %+v, head at %d, fork at %d, %v", s, odd.backend.BlockChain().CurrentBlock().Time, fork, odd.driver.Err())
	}
	odd.again(t, nil) // takes the fork back, which for its own chain lies ahead
	waitHeight(t, right[0].height()+2, patience, n.nodes...)
	sameChain(t, 1, n.nodes...)

	// Two of four, and then all, one by one.
	fork = uint64(time.Now().Add(separation + 12*time.Second).Unix())
	for _, v := range n.nodes[2:] {
		v.again(t, scheduled)
	}
	waitHeight(t, n.nodes[0].height()+1, patience, n.nodes...)
	until(t, "none votes any more", func() bool {
		return !slices.ContainsFunc(n.nodes, func(v *testNode) bool { return v.driver.Status().NotVoting == "" })
	})
	until(t, "the fork's time is past", func() bool { return uint64(time.Now().Unix()) > fork+1 })
	for _, v := range n.nodes {
		if head := v.backend.BlockChain().CurrentBlock(); head.Time >= fork || v.driver.Err() != nil {
			t.Errorf("%s made a block at %d, the fork is at %d: %v", v.name, head.Time, fork, v.driver.Err())
		}
	}
	for _, v := range n.nodes[:2] {
		v.again(t, scheduled)
	}
	until(t, "they make blocks under the new rule", func() bool { return n.nodes[0].backend.BlockChain().CurrentBlock().Time > fork })
	waitHeight(t, n.nodes[0].height()+2, patience, n.nodes...)
	sameChain(t, 1, n.nodes...)

	// Now it is in force, and init refuses to move it.
	odd.stop()
	odd.file = nil
	if err := odd.assemble(); err == nil || !strings.Contains(err.Error(), "bpo1Time is "+big.NewInt(int64(fork)).String()+" in the directory and unset in the file") {
		t.Errorf("init moves a fork in force: %v", err)
	}
}

// with is the network's file with another chain configuration.
func (n *network) with(change func(*params.ChainConfig)) *NetworkGenesis {
	file, genesis, config := *n.genesis, *n.genesis.Genesis, *n.genesis.Genesis.Config
	blobs := *config.BlobScheduleConfig
	config.BlobScheduleConfig = &blobs
	change(&config)
	genesis.Config, file.Genesis = &config, &genesis
	return &file
}

// again initializes a node with a file, nil for the network's, and starts it again.
func (v *testNode) again(t *testing.T, file *NetworkGenesis) {
	t.Helper()
	v.stop()
	v.file = file
	v.start(t)
}

// sees reports whether the status of a node names a validator, a rule, and both values.
func (v *testNode) sees(name, rule, here, there string) bool {
	return slices.ContainsFunc(v.driver.Status().Differ, func(d DifferentPeer) bool {
		return d.Validator == name && slices.ContainsFunc(d.Differences, func(x Difference) bool {
			return x.Rule == rule && x.Here == here && x.There == there
		})
	})
}

// deploy puts a transaction that makes a contract into the pool of v alone.
func deploy(t *testing.T, v *testNode, nonce uint64, code []byte) common.Hash {
	t.Helper()
	tx := types.MustSignNewTx(faucet, types.LatestSignerForChainID(big.NewInt(testChainID)), &types.DynamicFeeTx{
		ChainID: big.NewInt(testChainID), Nonce: nonce, Data: code, Gas: 200_000,
		GasFeeCap: big.NewInt(2 * params.GWei), GasTipCap: big.NewInt(params.GWei / 100),
	})
	if err := v.backend.TxPool().Add([]*types.Transaction{tx}, false)[0]; err != nil {
		t.Fatalf("deploy through %s: %v", v.name, err)
	}
	return tx.Hash()
}
