package poa

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtconfig "github.com/cometbft/cometbft/config"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/trie"
)

// solo is one geth with the application and no CometBFT: the test calls.
type solo struct {
	*testNode
	app  *application
	time time.Time
}

func newSolo(t testing.TB, dir string) *solo {
	t.Helper()
	n := testNetwork(t, dir, 1, 0)
	return newSoloOf(t, n.nodes[0])
}

func newSoloOf(t testing.TB, v *testNode) *solo {
	t.Helper()
	if err := v.assemble(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v.backend.BlockChain().Stop() // the stack stops only what it started
		v.stop()
	})
	app := newApplication(v.driver.exec, &v.cfg, common.Address{9}, newPace(time.Second, cmtconfig.DefaultConsensusConfig()), log.Root())
	return &solo{testNode: v, app: app, time: time.Unix(1_700_000_000, 0)}
}

var ctx = context.Background()

func (s *solo) propose(t testing.TB) []byte {
	t.Helper()
	s.time = s.time.Add(time.Second)
	res, err := s.app.PrepareProposal(ctx, &abci.RequestPrepareProposal{Height: int64(s.height()) + 1, Time: s.time, MaxTxBytes: maxPayloadBytes})
	if err != nil || len(res.Txs) != 1 {
		t.Fatalf("propose block %d: %d transactions, %v", s.height()+1, len(res.Txs), err)
	}
	return res.Txs[0]
}

func (s *solo) accepts(t testing.TB, txs ...[]byte) bool {
	t.Helper()
	res, err := s.app.ProcessProposal(ctx, &abci.RequestProcessProposal{Height: int64(s.height()) + 1, Time: s.time, Txs: txs})
	if err != nil {
		t.Fatal(err)
	}
	return res.Status == abci.ResponseProcessProposal_ACCEPT
}

func (s *solo) decide(t testing.TB, raw []byte) {
	t.Helper()
	if err := s.tryDecide(int64(s.height())+1, raw); err != nil {
		t.Fatal(err)
	}
}

func (s *solo) tryDecide(height int64, raw []byte) error {
	res, err := s.app.FinalizeBlock(ctx, &abci.RequestFinalizeBlock{Height: height, Time: s.time, Txs: [][]byte{raw}})
	if err != nil {
		return err
	}
	if _, err := s.app.Commit(ctx, &abci.RequestCommit{}); err != nil {
		return err
	}
	if common.BytesToHash(res.AppHash) != s.backend.BlockChain().CurrentBlock().Hash() {
		return errors.New("the application hash is not the head's hash")
	}
	return nil
}

// TestProposals: what a proposer may send, and what is voted down.
func TestProposals(t *testing.T) {
	s := newSolo(t, t.TempDir())
	old := s.propose(t)
	s.decide(t, old)
	raw := s.propose(t)
	good, err := decodePayload(raw)
	if err != nil {
		t.Fatal(err)
	}
	forged := func(change func(*types.Header), body *types.Body) []byte {
		h := good.Header()
		if change != nil {
			change(h)
		}
		if body == nil {
			body = good.Body()
		}
		out, err := encodePayload(types.NewBlockWithHeader(h).WithBody(*body))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	header := func(f func(*types.Header)) [][]byte { return [][]byte{forged(f, nil)} }
	body := func(b types.Body) [][]byte { return [][]byte{forged(nil, &b)} }
	one := types.Transactions{types.NewTx(&types.LegacyTx{})}
	oneRoot := types.DeriveSha(one, trie.NewStackTrie(nil))
	head := s.backend.BlockChain().CurrentBlock().Hash()
	for name, txs := range map[string][][]byte{
		"nothing":                   {},
		"two transactions":          {raw, raw},
		"garbage":                   {[]byte("garbage")},
		"state root":                header(func(h *types.Header) { h.Root[0]++ }),
		"receipts":                  header(func(h *types.Header) { h.ReceiptHash[0]++ }),
		"bloom":                     header(func(h *types.Header) { h.Bloom[0]++ }),
		"gas used":                  header(func(h *types.Header) { h.GasUsed++ }),
		"gas limit doubled":         header(func(h *types.Header) { h.GasLimit *= 2 }),
		"base fee":                  header(func(h *types.Header) { h.BaseFee.Add(h.BaseFee, common.Big1) }),
		"proof of work":             header(func(h *types.Header) { h.Difficulty = common.Big1 }),
		"nonce":                     header(func(h *types.Header) { h.Nonce[0] = 1 }),
		"uncle hash":                header(func(h *types.Header) { h.UncleHash[0]++ }),
		"extra data of 33 bytes":    header(func(h *types.Header) { h.Extra = make([]byte, 33) }),
		"blob gas":                  header(func(h *types.Header) { *h.BlobGasUsed = 1 << 17 }),
		"excess blob gas":           header(func(h *types.Header) { *h.ExcessBlobGas = 1 << 17 }),
		"requests nobody made":      header(func(h *types.Header) { x := types.CalcRequestsHash([][]byte{{1, 2, 3}}); h.RequestsHash = &x }),
		"fields of Amsterdam":       header(func(h *types.Header) { h.BlockAccessListHash, h.SlotNumber = new(common.Hash), new(uint64) }),
		"timestamp":                 header(func(h *types.Header) { h.Time++ }),
		"transactions of no header": body(types.Body{Transactions: one, Withdrawals: []*types.Withdrawal{}}),
		"a transaction unsigned":    {forged(func(h *types.Header) { h.TxHash = oneRoot }, &types.Body{Transactions: one, Withdrawals: []*types.Withdrawal{}})},
		"withdrawals":               body(types.Body{Withdrawals: []*types.Withdrawal{{Amount: 1}}}),
		"no list of withdrawals":    body(types.Body{}),
		"old block":                 {old},
	} {
		if s.accepts(t, txs...) {
			t.Errorf("%s: accepted", name)
		}
	}
	if !s.accepts(t, raw) {
		t.Fatal("the good payload was voted down after the bad ones")
	}
	// Now that geth knows the block, its header must not carry another body.
	if s.accepts(t, body(types.Body{Transactions: one, Withdrawals: []*types.Withdrawal{}})...) {
		t.Error("a known header with another body was accepted")
	}
	other := forged(func(h *types.Header) { h.Extra = []byte("another block of the same height") }, nil)
	if !s.accepts(t, other) {
		t.Fatal("two rounds of a height can have different blocks, both valid")
	}
	if got := s.backend.BlockChain().CurrentBlock().Hash(); got != head {
		t.Fatal("checking moved the head")
	}
	if err := s.tryDecide(2, forged(func(h *types.Header) { h.Root[0]++ }, nil)); err == nil {
		t.Fatal("an invalid block was finalized")
	}
	s.decide(t, raw)
	if s.backend.BlockChain().CurrentFinalBlock().Hash() != good.Hash() || s.backend.BlockChain().CurrentSafeBlock().Hash() != good.Hash() {
		t.Error("a decided block is not final")
	}
	if good.Coinbase() != (common.Address{9}) {
		t.Error("fees go elsewhere")
	}
}

// TestReplay: after a crash the node has a state that is at most about 130
// blocks old, replay ends at the same hash, and while it lasts nothing counts
// as final. Recent states are readable all the time.
func TestReplay(t *testing.T) {
	// Below 128 blocks only the state of genesis is on disk, which geth takes
	// for an interrupted snap sync.
	t.Run("young chain", func(t *testing.T) { testReplay(t, 5, 0) })
	t.Run("old chain", func(t *testing.T) {
		if testing.Short() {
			t.Skip("makes 300 blocks")
		}
		testReplay(t, 300, 300-128-2)
	})
}

func testReplay(t *testing.T, blocks, onDisk uint64) {
	s := newSolo(t, t.TempDir())
	var raws [][]byte
	for h := uint64(1); h <= blocks; h++ {
		raw := s.propose(t)
		s.decide(t, raw)
		raws = append(raws, raw)
		for back := uint64(0); back < 60 && back <= h; back += 10 {
			if b := s.backend.BlockChain().GetBlockByNumber(h - back); !s.backend.BlockChain().HasState(b.Root()) {
				t.Fatalf("at block %d the state of block %d is gone", h, h-back)
			}
		}
	}
	disk, ok := s.app.exec.durable()
	until(t, fmt.Sprintf("the state of block %d is on disk", onDisk), func() bool { // geth writes in the background
		disk, ok = s.app.exec.durable()
		return disk >= onDisk && (ok || onDisk == 0)
	})
	testRetain(t, s.app, disk)
	want := s.backend.BlockChain().CurrentBlock().Hash()

	// What a crash leaves is what is in the files now.
	if err := s.backend.ChainDb().SyncKeyValue(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(s.net.dir)); err != nil {
		t.Fatal(err)
	}
	r := newSolo(t, dir)
	from := r.height()
	t.Logf("%d blocks, state on disk: block %d; after the crash the node is at %d", blocks, disk, from)
	if from < disk || from >= blocks {
		t.Errorf("after the crash the head is %d, want %d to below %d", from, disk, blocks)
	}
	if f := r.backend.BlockChain().CurrentFinalBlock(); f != nil && f.Number.Uint64() > from {
		t.Errorf("block %d counts as final without its state", f.Number)
	}
	info, err := r.app.Info(ctx, &abci.RequestInfo{})
	if err != nil || uint64(info.LastBlockHeight) != from {
		t.Fatalf("Info says %d, %v", info.LastBlockHeight, err)
	}
	for h := from + 1; h <= blocks; h++ {
		r.time = time.Unix(1_700_000_000+int64(h), 0)
		if err := r.tryDecide(int64(h), raws[h-1]); err != nil {
			t.Fatalf("replay block %d: %v", h, err)
		}
		if f := r.backend.BlockChain().CurrentFinalBlock(); f == nil || f.Number.Uint64() != h {
			t.Fatalf("block %d was replayed, final is %v", h, f)
		}
	}
	if got := r.backend.BlockChain().CurrentBlock().Hash(); got != want {
		t.Errorf("replay ended at %x, want %x", got, want)
	}
}

// testRetain: pruning goes by the state on disk.
func testRetain(t *testing.T, a *application, disk uint64) {
	t.Helper()
	if h := a.retain(20); h != 0 {
		t.Errorf("pruning is off, but only blocks from %d are kept", h)
	}
	a.cfg.Prune = true
	h := a.retain(20)
	later, _ := a.exec.durable() // geth may have written more meanwhile
	if h < max(int64(disk)-20, 0) || h > max(int64(later)-20, 0) {
		t.Errorf("blocks from %d are kept, state on disk is of block %d to %d", h, disk, later)
	}
	if h := a.retain(1000); h != 0 {
		t.Errorf("the margin reaches below the start, but only blocks from %d are kept", h)
	}
}
