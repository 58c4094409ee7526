package poa

import (
	"math/big"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// TestNetwork is the life of a network, in one go as starting one is what takes
// the time: it makes blocks at its pace, takes a transaction at any node, goes
// on without one validator, takes it back, and a follower from scratch.
func TestNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 4, 1)
	vals, follower := n.nodes[:4], n.nodes[4]
	begin := time.Now()
	startAll(t, vals...)
	waitHeight(t, 1, patience, vals...)
	t.Logf("first block %v after the start of the first node", time.Since(begin).Round(time.Millisecond))

	h := vals[0].height()
	pace := intervals(blockTimes(t, vals[0], h+11))
	t.Logf("interval between blocks: %s", describe(pace))
	// A busy machine is late with some blocks, which later ones don't make up for; it is not late with all.
	if m := mean(pace); m < 800*time.Millisecond || pace[0] > 4*time.Second {
		t.Errorf("blocks come every %v, the quickest after %v, want about 1s", m, pace[0])
	}
	sameChain(t, 1, vals...)

	to := common.Address{1, 2, 3}
	mined(t, send(t, vals[2], 0, to), patience, vals...)

	vals[3].stop()
	h = vals[0].height()
	pace = intervals(blockTimes(t, vals[0], h+13))
	t.Logf("with one of four stopped: %s", describe(pace))
	if m := pace[len(pace)/2]; m > 6*time.Second {
		t.Errorf("with one of four stopped half of the blocks take more than %v", m)
	}
	mined(t, send(t, vals[1], 1, to), patience, vals[:3]...)

	vals[3].start(t)
	waitHeight(t, vals[0].height()+2, patience, vals...)
	sameChain(t, 1, vals...)

	follower.start(t)
	waitHeight(t, vals[0].height()+2, patience, n.nodes...)
	sameChain(t, 1, n.nodes...)
	until(t, "the follower has three peers", func() bool { return follower.driver.Status().Peers >= 3 })
	if s := follower.driver.Status(); s.Validator {
		t.Errorf("follower's status: %+v", s)
	}
	for _, p := range follower.driver.Peers() {
		i := slices.IndexFunc(vals, func(v *testNode) bool { return PeerID(v.key) == p.ID })
		if i < 0 || p.Validator != vals[i].name || p.PublicKey != nodeID(&vals[i].key.PublicKey) ||
			p.Port != vals[i].stack.Server().Self().TCP() || p.Port == 0 || p.Host != "127.0.0.1" || p.Rules["osakaTime"] != "0" {
			t.Errorf("follower's peer: %+v", p)
		}
	}
	mined(t, send(t, follower, 2, to), patience, n.nodes...)
	if lead := int64(vals[0].backend.BlockChain().CurrentBlock().Time) - time.Now().Unix(); lead > 3 || lead < -20 {
		t.Errorf("the chain's clock is %d s ahead of the time of day", lead)
	}
}

// send puts a transfer into the pool of v alone.
func send(t *testing.T, v *testNode, nonce uint64, to common.Address) common.Hash {
	t.Helper()
	tx := types.MustSignNewTx(faucet, types.LatestSignerForChainID(big.NewInt(testChainID)), &types.DynamicFeeTx{
		ChainID: big.NewInt(testChainID), Nonce: nonce, To: &to, Value: big.NewInt(1), Gas: params.TxGas,
		GasFeeCap: big.NewInt(2 * params.GWei), GasTipCap: big.NewInt(params.GWei / 100),
	})
	if err := v.backend.TxPool().Add([]*types.Transaction{tx}, false)[0]; err != nil {
		t.Fatalf("send through %s: %v", v.name, err)
	}
	return tx.Hash()
}

// mined waits until the nodes have the transaction in their chain.
func mined(t *testing.T, hash common.Hash, limit time.Duration, nodes ...*testNode) {
	t.Helper()
	begin := time.Now()
	for _, v := range nodes {
		for {
			if lookup, tx := v.backend.BlockChain().GetCanonicalTransaction(hash); lookup != nil && tx != nil {
				break
			}
			if time.Since(begin) > limit {
				t.Fatalf("%s does not have the transaction after %v; its block is %d", v.name, limit, v.height())
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	t.Logf("transaction mined everywhere after %v", time.Since(begin).Round(time.Millisecond))
}

func intervals(times map[uint64]time.Time) []time.Duration {
	var out []time.Duration
	for h, at := range times {
		if prev, ok := times[h-1]; ok {
			out = append(out, at.Sub(prev))
		}
	}
	slices.Sort(out)
	return out
}

func mean(d []time.Duration) time.Duration {
	var sum time.Duration
	for _, x := range d {
		sum += x
	}
	return sum / time.Duration(max(len(d), 1))
}

func describe(d []time.Duration) string {
	r := func(x time.Duration) string { return x.Round(time.Millisecond).String() }
	return "mean " + r(mean(d)) + ", least " + r(d[0]) + ", median " + r(d[len(d)/2]) + ", most " + r(d[len(d)-1])
}

// TestStopLeavesNothing: when the node was closed nothing of the driver or of
// CometBFT runs, whether it was at work or looking for peers in vain.
func TestStopLeavesNothing(t *testing.T) {
	for name, validators := range map[string]int{"alone": 1, "without peers": 4} {
		t.Run(name, func(t *testing.T) {
			n := testNetwork(t, t.TempDir(), validators, 0)
			v := n.nodes[0]
			earlier := running() // CometBFT leaves some behind when it fails to start, as other tests make it do
			begin := time.Now()
			v.start(t)
			if took := time.Since(begin); took > time.Minute {
				t.Errorf("the start took %v", took)
			}
			if validators == 1 {
				waitHeight(t, 1, patience, v)
			} else {
				time.Sleep(1500 * time.Millisecond) // into block sync and some vain attempts to connect
			}
			begin = time.Now()
			v.stop()
			if took := time.Since(begin); took > time.Minute {
				t.Errorf("the stop took %v", took)
			}
			var left []string
			for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
				left = slices.DeleteFunc(running(), func(g string) bool {
					return slices.ContainsFunc(earlier, func(e string) bool { return goroutineID(e) == goroutineID(g) })
				})
				if len(left) == 0 {
					return
				}
			}
			t.Errorf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
		})
	}
}

// goroutineID is "goroutine 17" of a goroutine's stack.
func goroutineID(stack string) string {
	id, _, _ := strings.Cut(stack, " [")
	return id
}

// running lists the goroutines in this package, but tests, and in CometBFT. Of
// the latter all but the two idle ones that its log file leaves behind, closed.
func running() (left []string) {
	buf := make([]byte, 4<<20)
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		ours := strings.Contains(g, "cometbft/cometbft") || strings.Contains(g, "geth-ss/poa.(")
		if ours && !strings.Contains(g, "_test.go") && !strings.Contains(g, "autofile.OpenAutoFile") {
			left = append(left, g)
		}
	}
	return left
}
