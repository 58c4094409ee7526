package poa

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/log"
)

// application is the ABCI side: CometBFT calls, one call at a time.
type application struct {
	abci.BaseApplication

	exec   *execution
	roster *roster // nil: the validators are those of the genesis for ever
	cfg    *Config
	fees   common.Address
	pace   *pace
	log    log.Logger

	signer  *signer     // of this node's votes; nil if nothing votes
	compare *comparison // of this node's rules; nil if there are no peers

	rejected atomic.Pointer[rejection] // the last proposal that this node voted against

	decided *types.Block // between FinalizeBlock and Commit
}

func newApplication(exec *execution, cfg *Config, fees common.Address, p *pace, l log.Logger) *application {
	return &application{exec: exec, cfg: cfg, fees: fees, pace: p, log: l}
}

// Info says where geth is. CometBFT replays what is above from its own store.
func (a *application) Info(context.Context, *abci.RequestInfo) (*abci.ResponseInfo, error) {
	head := a.exec.head()
	return &abci.ResponseInfo{
		Data:             "geth-ss",
		LastBlockHeight:  head.Number.Int64(),
		LastBlockAppHash: head.Hash().Bytes(),
	}, nil
}

// InitChain ties the consensus chain to geth's genesis block.
func (a *application) InitChain(context.Context, *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	return &abci.ResponseInitChain{AppHash: a.exec.eth.BlockChain().Genesis().Hash().Bytes()}, nil
}

// CheckTx refuses: transactions come through geth's pool.
func (a *application) CheckTx(context.Context, *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
	return &abci.ResponseCheckTx{Code: 1, Log: "send transactions to geth's JSON-RPC"}, nil
}

// PrepareProposal builds the block of this height. If that fails it proposes
// nothing, which everybody votes down: the next proposer's turn comes sooner
// than by waiting for the time-out.
func (a *application) PrepareProposal(ctx context.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	start := time.Now()
	raw, err := a.propose(ctx, req)
	if err != nil {
		a.log.Error("Could not build a block to propose", "number", req.Height, "err", err)
		return &abci.ResponsePrepareProposal{}, nil
	}
	buildTimer.UpdateSince(start)
	a.log.Debug("Built a block to propose", "number", req.Height, "bytes", len(raw), "elapsed", time.Since(start))
	return &abci.ResponsePrepareProposal{Txs: [][]byte{raw}}, nil
}

func (a *application) propose(ctx context.Context, req *abci.RequestPrepareProposal) ([]byte, error) {
	if head := a.exec.head(); head.Number.Int64()+1 != req.Height {
		return nil, fmt.Errorf("geth's head is %d", head.Number)
	}
	if err := a.compare.vote(); err != nil {
		return nil, err
	}
	b, err := a.exec.build(ctx, req.Time, a.fees, a.cfg.buildTime()+a.cfg.interval()/10)
	if err != nil {
		return nil, err
	}
	raw, err := encodePayload(b)
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > req.MaxTxBytes {
		return nil, fmt.Errorf("payload of %d bytes, consensus allows %d: %w", len(raw), req.MaxTxBytes, errPayloadSize)
	}
	return raw, nil
}

// ProcessProposal executes the proposed block; only a valid one gets our vote.
func (a *application) ProcessProposal(ctx context.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	start := time.Now()
	err := a.verify(ctx, req)
	verifyTimer.UpdateSince(start)
	if err != nil {
		a.rejected.Store(&rejection{req.Height, req.ProposerAddress, clip(err.Error())})
		a.log.Warn("Voting against a proposed block", "number", req.Height, "proposer", common.BytesToAddress(req.ProposerAddress), "err", err)
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
	}
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

func (a *application) verify(ctx context.Context, req *abci.RequestProcessProposal) error {
	b, err := onePayload(req.Txs)
	if err != nil {
		return err
	}
	if b.NumberU64() != uint64(req.Height) {
		return fmt.Errorf("payload is block %d", b.NumberU64())
	}
	if err := checkRules(b.Header(), a.exec.head(), req.Time); err != nil {
		return err
	}
	if err := errors.Join(a.compare.vote(), a.compare.opposed(moment{b.NumberU64(), b.Time()})); err != nil {
		return err
	}
	// Validators of older versions aim where their settings say. Where that is not
	// the network's limit others bring it back; refusing would cost a round at each
	// turn of theirs.
	if err := checkGasLimit(b.Header(), a.exec.head(), a.exec.gasLimit()); err != nil && a.compare.announced(common.BytesToAddress(req.ProposerAddress)) {
		return err
	}
	if a.exec.freeGas {
		if err := checkFreeGas(b.Header()); err != nil {
			return err
		}
	}
	return a.exec.execute(ctx, b)
}

// onePayload decodes the only transaction a consensus block may have.
func onePayload(txs [][]byte) (*types.Block, error) {
	if len(txs) != 1 {
		return nil, fmt.Errorf("%d transactions in the consensus block, want 1", len(txs))
	}
	return decodePayload(txs[0])
}

// FinalizeBlock executes what consensus decided and writes no head: CometBFT
// may ask again after a crash. An error ends consensus on this node, see Driver.
func (a *application) FinalizeBlock(ctx context.Context, req *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	if err := a.signer.checkCommit(req.Height-1, &req.DecidedLastCommit); err != nil {
		return nil, err
	}
	b, err := onePayload(req.Txs)
	if err != nil {
		return nil, fmt.Errorf("decided block %d: %w", req.Height, err)
	}
	if err := a.compare.opposed(moment{b.NumberU64(), b.Time()}); err != nil {
		return nil, fmt.Errorf("decided block %d can't be taken: %w", req.Height, err)
	}
	if err := a.exec.execute(ctx, b); err != nil {
		return nil, fmt.Errorf("decided block %d: %w", req.Height, explainInvalid(err))
	}
	updates, err := a.updates(b)
	if err != nil {
		return nil, err
	}
	a.decided = b
	return &abci.ResponseFinalizeBlock{
		TxResults:        []*abci.ExecTxResult{{Code: abci.CodeTypeOK}},
		AppHash:          b.Hash().Bytes(),
		ValidatorUpdates: updates,
	}, nil
}

// updates are how a block changes the validators; CometBFT lets that hold from the next but one on. What can't be read ends
// consensus on this node: who took it for "no change" would from then on have another list than the others.
func (a *application) updates(b *types.Block) ([]abci.ValidatorUpdate, error) {
	if !a.roster.governs(b.NumberU64()) {
		return nil, nil
	}
	parent := a.exec.eth.BlockChain().GetHeader(b.ParentHash(), b.NumberU64()-1)
	if parent == nil {
		return nil, fmt.Errorf("decided block %d: its parent is missing in geth's database", b.NumberU64())
	}
	updates, err := a.exec.updates(a.roster.file, parent, b.Header())
	if err != nil {
		return nil, fmt.Errorf("decided block %d: how it changes the validators can't be told: %w", b.NumberU64(), err)
	}
	for _, u := range updates {
		a.log.Info("A validator changes", "key", common.Bytes2Hex(u.PubKey.GetSecp256K1Eth()), "weight", u.Power/powerScale, "from", b.NumberU64()+2)
	}
	return updates, nil
}

// explainInvalid adds to an error about a block that two thirds have executed what
// may be behind it, if geth finds the block invalid.
func explainInvalid(err error) error {
	if !errors.Is(err, errInvalid) {
		return err
	}
	return fmt.Errorf("%w; more than two thirds of the validators' power have executed this block, so this node has other rules or another program, or its database is damaged: compare this node's network file with theirs, correct it with init, and start again", err)
}

// Commit makes the decided block geth's head, safe and final at once.
func (a *application) Commit(context.Context, *abci.RequestCommit) (*abci.ResponseCommit, error) {
	b := a.decided
	if b == nil {
		return nil, errors.New("internal error: commit before a decision")
	}
	a.decided = nil
	if err := a.exec.adopt(b); err != nil {
		return nil, err
	}
	if err := a.roster.refresh(a.exec, b.Header()); err != nil {
		return nil, fmt.Errorf("who the validators are after block %d: %w", b.NumberU64(), err)
	}
	a.pace.committed(b.Time())
	a.log.Debug("Committed", "number", b.NumberU64(), "hash", b.Hash(), "txs", len(b.Transactions()))
	return &abci.ResponseCommit{RetainHeight: a.retain(pruneMargin)}, nil
}

// pruneMargin is how many consensus blocks a pruning node keeps below the
// newest state on geth's disk, for peers that are a little behind. A fixed
// window below the head would not do: what is above the state on disk must be
// replayed after a crash, and CometBFT doesn't start without those blocks.
var pruneMargin uint64 = 1024 // changed by tests alone

// retain is the lowest height CometBFT must keep; 0 means all.
func (a *application) retain(margin uint64) int64 {
	if !a.cfg.Prune {
		return 0
	}
	disk, ok := a.exec.durable()
	if !ok || disk <= margin {
		return 0
	}
	return int64(disk - margin)
}
