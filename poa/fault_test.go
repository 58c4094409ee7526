package poa

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// liar proposes blocks with a forged state root.
type liar struct {
	*application
	lies *atomic.Int32
}

func (l liar) PrepareProposal(ctx context.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	res, err := l.application.PrepareProposal(ctx, req)
	if err != nil || len(res.Txs) != 1 {
		return res, err
	}
	b, err := decodePayload(res.Txs[0])
	if err != nil {
		return nil, err
	}
	h := b.Header()
	h.Root[5] ^= 1
	if res.Txs[0], err = encodePayload(types.NewBlockWithHeader(h).WithBody(*b.Body())); err != nil {
		return nil, err
	}
	l.lies.Add(1)
	return res, nil
}

// broken can't finalize blocks once it is told so.
type broken struct {
	*application
	now *atomic.Bool
}

func (b broken) FinalizeBlock(ctx context.Context, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	if b.now.Load() {
		return nil, errors.New("disk on fire")
	}
	return b.application.FinalizeBlock(ctx, req)
}

// TestFaults: a validator whose blocks are invalid is voted down and the chain
// goes on; one whose consensus ends closes its node and says why.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 4, 0)
	lies, breaks := new(atomic.Int32), new(atomic.Bool)
	n.nodes[0].wrap = func(a *application) abci.Application { return liar{a, lies} }
	n.nodes[3].wrap = func(a *application) abci.Application { return broken{a, breaks} }
	startAll(t, n.nodes...)
	until(t, "the liar is asked", func() bool { return lies.Load() > 0 })
	waitHeight(t, n.nodes[1].height()+5, patience, n.nodes...)
	sameChain(t, 1, n.nodes...)
	self := crypto.PubkeyToAddress(n.nodes[0].key.PublicKey)
	for h := uint64(1); h <= n.nodes[1].height(); h++ {
		if b := n.nodes[1].backend.BlockChain().GetBlockByNumber(h); b.Coinbase() == self {
			t.Errorf("block %d is the liar's", h)
		}
	}

	breaks.Store(true)
	closed := make(chan struct{})
	go func() { n.nodes[3].stack.Wait(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(patience):
		t.Fatal("the node goes on without consensus")
	}
	if err := n.nodes[3].driver.Err(); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("the reason is lost: %v", err)
	}
	rest := n.nodes[:3]
	waitHeight(t, rest[1].height()+3, patience, rest...)
}

// TestRefusesToStart: what must keep a node from starting, with the reason.
func TestRefusesToStart(t *testing.T) {
	solo := func(t *testing.T, dir string) *testNode { return testNetwork(t, dir, 1, 0).nodes[0] }
	refused := func(t *testing.T, v *testNode, want string) {
		t.Helper()
		if err := v.run(); err == nil || !strings.Contains(err.Error(), want) {
			v.stop()
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	for name, lost := range map[string]struct{ file, want string }{
		"sign state missing":  {signStateFile, "sign state"},
		"consensus data lost": {dataName, "consensus data"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			v := solo(t, dir)
			v.live(t, 2)
			os.RemoveAll(filepath.Join(v.dir, "geth-ss", dirName, lost.file))
			refused(t, solo(t, dir), lost.want)
		})
	}
	t.Run("other genesis in the database", func(t *testing.T) {
		dir := t.TempDir()
		v := solo(t, dir)
		if err := v.assemble(); err != nil {
			t.Fatal(err)
		}
		v.backend.BlockChain().Stop()
		v.stop()
		w := solo(t, dir)
		os.RemoveAll(filepath.Join(w.dir, "geth-ss", dirName))
		w.net.genesis.Genesis.Alloc[common.Address{5}] = types.Account{Balance: common.Big1}
		w.plainGenesis = v.net.genesis.Genesis
		refused(t, w, "begins with genesis")
	})
	t.Run("no validator list", func(t *testing.T) {
		v := solo(t, t.TempDir())
		v.noInit = true
		refused(t, v, "run init")
	})
	t.Run("port taken", func(t *testing.T) {
		a, b := solo(t, t.TempDir()), solo(t, t.TempDir())
		b.cfg.ListenAddr = a.cfg.ListenAddr
		a.start(t)
		waitHeight(t, 1, patience, a) // it listens by then
		refused(t, b, "in use")
	})
}
