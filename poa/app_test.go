package poa

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtconfig "github.com/cometbft/cometbft/config"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/log"
)

// solo is one geth with the application and no CometBFT: the test calls.
type solo struct {
	*testNode
	app  *application
	time time.Time
}

func newSolo(t *testing.T, dir string) *solo {
	t.Helper()
	n, err := newNetwork(dir, 1, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := n.nodes[0]
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

func (s *solo) propose(t *testing.T) []byte {
	t.Helper()
	s.time = s.time.Add(time.Second)
	res, err := s.app.PrepareProposal(ctx, &abci.RequestPrepareProposal{Height: int64(s.height()) + 1, Time: s.time, MaxTxBytes: maxPayloadBytes})
	if err != nil || len(res.Txs) != 1 {
		t.Fatalf("propose block %d: %d transactions, %v", s.height()+1, len(res.Txs), err)
	}
	return res.Txs[0]
}

func (s *solo) accepts(t *testing.T, txs ...[]byte) bool {
	t.Helper()
	res, err := s.app.ProcessProposal(ctx, &abci.RequestProcessProposal{Height: int64(s.height()) + 1, Time: s.time, Txs: txs})
	if err != nil {
		t.Fatal(err)
	}
	return res.Status == abci.ResponseProcessProposal_ACCEPT
}

func (s *solo) decide(t *testing.T, raw []byte) {
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
	s.decide(t, s.propose(t))
	raw := s.propose(t)
	good, err := decodePayload(raw)
	if err != nil {
		t.Fatal(err)
	}
	forged := func(change func(*payload)) []byte {
		p := &payload{Block: good.Block, Requests: good.Requests}
		change(p)
		out, err := p.encode()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	header := func(f func(*types.Header)) func(*payload) {
		return func(p *payload) {
			h := types.CopyHeader(p.Block.Header())
			f(h)
			p.Block = types.NewBlockWithHeader(h).WithBody(*p.Block.Body())
		}
	}
	body := func(b types.Body) func(*payload) {
		return func(p *payload) { p.Block = p.Block.WithBody(b) }
	}
	head := s.backend.BlockChain().CurrentBlock().Hash()
	for name, txs := range map[string][][]byte{
		"nothing":                {},
		"two transactions":       {raw, raw},
		"garbage":                {[]byte("garbage")},
		"state root":             {forged(header(func(h *types.Header) { h.Root[0]++ }))},
		"gas used":               {forged(header(func(h *types.Header) { h.GasUsed++ }))},
		"gas limit doubled":      {forged(header(func(h *types.Header) { h.GasLimit *= 2 }))},
		"base fee":               {forged(header(func(h *types.Header) { h.BaseFee.Add(h.BaseFee, common.Big1) }))},
		"proof of work":          {forged(header(func(h *types.Header) { h.Difficulty = common.Big1 }))},
		"nonce":                  {forged(header(func(h *types.Header) { h.Nonce[0] = 1 }))},
		"extra data of 33 bytes": {forged(header(func(h *types.Header) { h.Extra = make([]byte, 33) }))},
		"blob gas":               {forged(header(func(h *types.Header) { *h.BlobGasUsed = 1 << 17 }))},
		"requests hash":          {forged(header(func(h *types.Header) { h.RequestsHash = &common.Hash{1} }))},
		"requests nobody made":   {forged(func(p *payload) { p.Requests = [][]byte{{1, 2, 3}} })},
		"requests and hash": {forged(func(p *payload) {
			p.Requests = [][]byte{{1, 2, 3}}
			header(func(h *types.Header) { x := types.CalcRequestsHash(p.Requests); h.RequestsHash = &x })(p)
		})},
		"transactions of no header": {forged(body(types.Body{Transactions: types.Transactions{types.NewTx(&types.LegacyTx{})}, Withdrawals: []*types.Withdrawal{}}))},
		"withdrawals":               {forged(body(types.Body{Withdrawals: []*types.Withdrawal{{Amount: 1}}}))},
		"timestamp":                 {forged(header(func(h *types.Header) { h.Time++ }))},
		"old block":                 {forged(func(p *payload) { p.Block = s.backend.BlockChain().GetBlockByHash(head) })},
	} {
		if s.accepts(t, txs...) {
			t.Errorf("%s: accepted", name)
		}
	}
	if !s.accepts(t, raw) {
		t.Fatal("the good payload was voted down after the bad ones")
	}
	other := forged(header(func(h *types.Header) { h.Extra = []byte("another block of the same height") }))
	if !s.accepts(t, other) {
		t.Fatal("two rounds of a height can have different blocks, both valid")
	}
	if got := s.backend.BlockChain().CurrentBlock().Hash(); got != head {
		t.Fatal("checking moved the head")
	}
	if err := s.tryDecide(2, forged(header(func(h *types.Header) { h.Root[0]++ }))); err == nil {
		t.Fatal("an invalid block was finalized")
	}
	s.decide(t, raw)
	if s.backend.BlockChain().CurrentFinalBlock().Hash() != good.Block.Hash() || s.backend.BlockChain().CurrentSafeBlock().Hash() != good.Block.Hash() {
		t.Error("a decided block is not final")
	}
	if good.Block.Coinbase() != (common.Address{9}) {
		t.Error("fees go elsewhere")
	}
}

// TestReplayIsBounded: after a crash the node has a state that is at most about
// 130 blocks old, recent states are readable all the time, replay ends at the
// same hash, and while it lasts nothing counts as final.
func TestReplayIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 300 blocks")
	}
	const blocks, layers = 300, 128
	s := newSolo(t, t.TempDir())
	var raws [][]byte
	begin := time.Now()
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
	t.Logf("%d blocks in %v", blocks, time.Since(begin).Round(time.Millisecond))
	disk, ok := s.app.exec.durable()
	if !ok || disk < blocks-layers-10 {
		t.Fatalf("state on disk is of block %d, %v; head is %d", disk, ok, blocks)
	}
	if h := s.app.retain(20); h != 0 {
		t.Errorf("pruning is off, but only blocks from %d are kept", h)
	}
	s.cfg.Prune = true
	if h := s.app.retain(20); h != int64(disk)-20 {
		t.Errorf("blocks from %d are kept, state on disk is of block %d", h, disk)
	}
	if h := s.app.retain(disk + 1); h != 0 {
		t.Errorf("the margin reaches below the start, but only blocks from %d are kept", h)
	}
	want := s.backend.BlockChain().CurrentBlock().Hash()

	// What a crash leaves is what is in the files now.
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(s.net.dir)); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(dir + "/node0/geth-ss/LOCK")
	r := newSolo(t, dir)
	from := r.height()
	t.Logf("state on disk: block %d; after the crash the node is at %d", disk, from)
	if from+20 < disk || from >= blocks { // the database has a moment's writes in memory
		t.Errorf("after the crash the head is %d, want about %d and below %d", from, disk, blocks)
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
	}
	if got := r.backend.BlockChain().CurrentBlock().Hash(); got != want {
		t.Errorf("replay ended at %x, want %x", got, want)
	}
}
