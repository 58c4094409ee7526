package poa

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/beacon/engine"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/catalyst"
	"github.com/ethereum/go-ethereum/miner"
)

// execution is geth as the driver needs it: build a block, check one, adopt one.
type execution struct {
	eth *eth.Ethereum
	api *catalyst.ConsensusAPI
}

// newExecution makes the engine API's object. It is not registered for RPC; a
// second source of blocks would be one too many. It has a goroutine of geth's
// that warns of a silent consensus client and never ends.
func newExecution(backend *eth.Ethereum) *execution {
	return &execution{eth: backend, api: catalyst.NewConsensusAPI(backend)}
}

// head is the newest block whose state is there.
func (e *execution) head() *types.Header { return e.eth.BlockChain().CurrentBlock() }

// build makes the next block from the pool. It returns what is ready after the
// given time: all transactions that could be executed until then, in the worst
// case none.
func (e *execution) build(ctx context.Context, when time.Time, fees common.Address, limit time.Duration) (*payload, error) {
	parent := e.head()
	job, err := e.eth.Miner().BuildPayload(ctx, &miner.BuildPayloadArgs{
		Parent:       parent.Hash(),
		Timestamp:    blockTimestamp(parent, when),
		FeeRecipient: fees,
		Random:       randao(parent),
		Withdrawals:  types.Withdrawals{},
		BeaconRoot:   new(common.Hash),
		Version:      engine.PayloadV3,
	}, false)
	if err != nil {
		return nil, fmt.Errorf("build on block %d: %w", parent.Number, err)
	}
	// geth first has an empty block and fills another in the background.
	// ResolveFull would wait for it for ever if geth can't build it; asking
	// until it is there ends in any case.
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(limit)
	for full := false; !full && time.Now().Before(deadline); {
		block, _, _, _ := job.FullBlockAndReceipts()
		if full = block != nil; !full {
			<-tick.C
		}
	}
	return payloadFromEngine(job.Resolve())
}

// execute makes geth run the block and store it with its state, without making
// it the head. It is idempotent. An error of type *invalidError says the block
// is bad; any other that it could not be checked.
func (e *execution) execute(ctx context.Context, p *payload) error {
	// The engine would answer VALID as well for a block it knows, with a
	// warning each time, and even if its state is gone; that is commit's to mend.
	if e.eth.BlockChain().HasBlockAndState(p.Block.Hash(), p.Block.NumberU64()) {
		return nil
	}
	data, blobs, requests := p.executable()
	status, err := e.api.NewPayloadV4(ctx, data, blobs, new(common.Hash), requests)
	switch {
	case err != nil:
		return &invalidError{err.Error()} // an engine error is about the parameters
	case status.Status == engine.VALID:
		return nil
	case status.Status == engine.INVALID && status.ValidationError != nil:
		return &invalidError{*status.ValidationError}
	default:
		return fmt.Errorf("geth answers %s to block %d", status.Status, p.Block.NumberU64())
	}
}

// invalidError is geth's reason for refusing a block.
type invalidError struct{ reason string }

func (e *invalidError) Error() string { return "geth refuses the block: " + e.reason }

// adopt makes an executed block the head, safe and final. If its state or that
// of its ancestors went missing in a crash, geth computes it again.
func (e *execution) adopt(ctx context.Context, hash common.Hash) error {
	s := engine.ForkchoiceStateV1{HeadBlockHash: hash, SafeBlockHash: hash, FinalizedBlockHash: hash}
	res, err := e.api.ForkchoiceUpdatedV3(ctx, s, nil)
	if err != nil {
		return fmt.Errorf("set the head to %x: %w", hash[:4], err)
	}
	if res.PayloadStatus.Status != engine.VALID {
		return fmt.Errorf("set the head to %x: geth answers %s", hash[:4], res.PayloadStatus.Status)
	}
	// VALID does not promise that the head moved.
	if head := e.head(); head.Hash() != hash {
		return fmt.Errorf("set the head to %x: geth stays at block %d, %x", hash[:4], head.Number, head.Hash().Bytes()[:4])
	}
	return nil
}

// prepare brings geth into the mode the driver needs, before anything of the
// node runs.
func (e *execution) prepare() error {
	chain := e.eth.BlockChain()
	// After a crash the state may have been rewound below the block last known
	// final. Until consensus has replayed there is no final head: readers must
	// see none rather than one without state, and geth ignores a head below
	// its final block.
	if final := chain.CurrentFinalBlock(); final != nil && final.Number.Uint64() > e.head().Number.Uint64() {
		chain.SetFinalized(nil)
		chain.SetSafe(nil)
	}
	if !chain.HasState(e.head().Root) {
		return errors.New("the state of the head block is missing in geth's database")
	}
	// geth takes transactions from peers only when it thinks it is synced,
	// which otherwise the first message of a consensus client makes it think.
	e.eth.SetSynced()
	return nil
}

// durable is the block whose state is on disk, below which nothing is replayed
// after a crash. It looks back only as far as that can usefully be.
func (e *execution) durable() (uint64, bool) {
	root := rawdb.ReadSnapshotRoot(e.eth.ChainDb())
	h := e.head()
	for range 4 * pruneMargin {
		if h.Root == root {
			return h.Number.Uint64(), true
		}
		if h.Number.Sign() == 0 {
			return 0, false
		}
		if h = e.eth.BlockChain().GetHeader(h.ParentHash, h.Number.Uint64()-1); h == nil {
			return 0, false
		}
	}
	return 0, false
}
