package poa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/beacon/engine"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/miner"
)

// execution is geth as the driver needs it: build a block, check one, adopt one.
//
// It makes the calls beneath the engine API's methods, in the same order, as
// the API's object does not fit a consensus that replays:
//   - after a crash within the first 128 blocks geth's state is that of
//     genesis, geth takes this for an interrupted snap sync, and newPayload
//     refuses all blocks but the first;
//   - newPayload calls a block VALID which it knows, even if its state is gone,
//     and warns each time it is asked again, which here is at every block;
//   - forkchoiceUpdated answers VALID without moving the head in some cases;
//   - its watchdog warns of a missing consensus client, and can't be stopped.
//
// | engine API        | here    |
// | ----------------- | ------- |
// | forkchoiceUpdated with attributes, getPayload | build |
// | newPayload        | execute |
// | forkchoiceUpdated | adopt   |
type execution struct {
	eth     *eth.Ethereum
	freeGas bool // gas has no price: blocks use half of their gas limit at most
}

// gasLimit is what the blocks of the network are steered to: the genesis block's.
func (e *execution) gasLimit() uint64 { return e.eth.BlockChain().Genesis().GasLimit() }

// head is the newest block whose state is there.
func (e *execution) head() *types.Header { return e.eth.BlockChain().CurrentBlock() }

// build makes the next block from the pool. It returns what is ready after the
// given time: all transactions that could be executed until then, in the worst
// case none.
func (e *execution) build(ctx context.Context, when time.Time, fees common.Address, limit time.Duration) (*types.Block, error) {
	parent := e.head()
	// Here, as geth's RPC can change what the miner aims at.
	e.eth.Miner().SetGasCeil(e.gasLimit())
	args := &miner.BuildPayloadArgs{
		Parent:       parent.Hash(),
		Timestamp:    blockTimestamp(parent, when),
		FeeRecipient: fees,
		Random:       randao(parent),
		Withdrawals:  types.Withdrawals{},
		BeaconRoot:   new(common.Hash),
		Version:      engine.PayloadV3,
	}
	job, err := e.eth.Miner().BuildPayload(ctx, args, false)
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
	payload := job.Resolve()
	if full, receipts, _, _ := job.FullBlockAndReceipts(); e.freeGas && full != nil && full.GasUsed() > mostFreeGas(full.GasLimit()) {
		if payload, err = e.halve(args, full, receipts); err != nil {
			return nil, fmt.Errorf("build on block %d within half of the gas limit: %w", parent.Number, err)
		}
	}
	return assemble(payload)
}

// halve makes a block of the first transactions of another, as many as have room in
// half of the gas limit; alone they do what they did there. There is room for one at
// least, see checkFreeGas of NetworkGenesis. geth's miner knows no limit but the
// block's, so that of a full pool it executes all that half of a block has, and as
// much again.
func (e *execution) halve(args *miner.BuildPayloadArgs, full *types.Block, receipts []*types.Receipt) (*engine.ExecutionPayloadEnvelope, error) {
	most := mostFreeGas(full.GasLimit())
	var first []*types.Transaction
	for i, tx := range full.Transactions() {
		if receipts[i].CumulativeGasUsed > most {
			break
		}
		if tx.Type() == types.BlobTxType { // the miner wants its sidecar, which no block has
			if tx = e.eth.TxPool().Get(tx.Hash()); tx == nil || tx.BlobTxSidecar() == nil {
				break
			}
		}
		first = append(first, tx)
	}
	_, payload, err := e.eth.Miner().BuildTestingPayload(args, first, len(first) == 0, full.Extra())
	return payload, err
}

// assemble makes the block of a payload geth built.
func assemble(e *engine.ExecutionPayloadEnvelope) (*types.Block, error) {
	var blobs []common.Hash
	for _, raw := range e.ExecutionPayload.Transactions {
		tx := new(types.Transaction)
		if err := tx.UnmarshalBinary(raw); err != nil {
			return nil, fmt.Errorf("decode a transaction of the payload geth built: %w", err)
		}
		blobs = append(blobs, tx.BlobHashes()...)
	}
	requests := e.Requests
	if requests == nil {
		requests = [][]byte{} // nil would mean a block before Prague
	}
	b, err := engine.ExecutableDataToBlock(*e.ExecutionPayload, blobs, new(common.Hash), requests)
	if err != nil {
		return nil, fmt.Errorf("assemble the block of the payload geth built: %w", err)
	}
	return b, nil
}

// errInvalid is in the error for a block that is not what executing it yields.
var errInvalid = errors.New("invalid block")

// execute makes geth verify and run a block that passed decodePayload, and
// store it with its state, without making it the head. It is idempotent.
func (e *execution) execute(ctx context.Context, b *types.Block) error {
	chain := e.eth.BlockChain()
	if chain.HasBlockAndState(b.Hash(), b.NumberU64()) {
		return nil
	}
	if !chain.HasBlockAndState(b.ParentHash(), b.NumberU64()-1) {
		return fmt.Errorf("execute block %d: its parent's state is missing", b.NumberU64())
	}
	if _, err := chain.InsertBlockWithoutSetHead(ctx, b, false); err != nil {
		if strings.Contains(err.Error(), "invalid ") { // geth's validator has no types for what it finds
			err = fmt.Errorf("%w: %w", errInvalid, err)
		}
		return fmt.Errorf("execute block %d: %w", b.NumberU64(), err)
	}
	return nil
}

// adopt makes an executed block the head, safe and final.
func (e *execution) adopt(b *types.Block) error {
	chain := e.eth.BlockChain()
	if e.head().Hash() != b.Hash() {
		if _, err := chain.SetCanonical(b); err != nil {
			return fmt.Errorf("make block %d the head: %w", b.NumberU64(), err)
		}
	}
	chain.SetFinalized(b.Header())
	chain.SetSafe(b.Header())
	return nil
}

// prepare brings geth into the mode the driver needs, before anything of the
// node runs.
func (e *execution) prepare() error {
	chain := e.eth.BlockChain()
	// After a crash the state may have been rewound below the block last known
	// final. Until consensus has replayed there is no final head: readers must
	// see none rather than one without state.
	if final := chain.CurrentFinalBlock(); final != nil && final.Number.Uint64() > e.head().Number.Uint64() {
		chain.SetFinalized(nil)
		chain.SetSafe(nil)
	}
	if !chain.HasState(e.head().Root) {
		return errors.New("the state of the head block is missing in geth's database")
	}
	// geth takes transactions from peers only when it thinks it is synced,
	// which otherwise the first message of a consensus client tells it.
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
