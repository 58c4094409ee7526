package poa

import (
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/beacon/engine"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
)

// The one transaction of a consensus block:
//
//	┌─────────┬───────────────────────────────────────────────┐
//	│ version │ rlp [ block, [ request, … ] ]                 │
//	│ 1 byte  │ block = [ header, transactions, [], [] ]      │
//	└─────────┴───────────────────────────────────────────────┘
//
// The block is geth's own encoding and the requests are those of EIP-7685,
// type byte first, whose hash the header commits to. There is exactly one
// encoding of a block.
const (
	payloadVersion = 1

	// maxPayloadBytes holds every block geth accepts: EIP-7934 caps its
	// encoding at 8 MiB. The rest is for the requests, which the system
	// contracts bound to a few kilobytes a block, deposits to what the block's
	// gas buys in logs.
	maxPayloadBytes = params.MaxBlockSize + 1<<20

	// blockOverhead is room in a consensus block for its header and evidence,
	// beside the payload and the commit.
	blockOverhead = 1 << 20

	// maxRequests is the number of request types of EIP-7685 in one byte.
	// The engine wants each type at most once.
	maxRequests = 256
)

// payload is what a consensus block decides on.
type payload struct {
	Block    *types.Block
	Requests [][]byte
}

var errPayloadSize = errors.New("payload is too large")

func (p *payload) encode() ([]byte, error) {
	body, err := rlp.EncodeToBytes(p)
	if err != nil {
		return nil, fmt.Errorf("encode payload: %w", err)
	}
	if len(body)+1 > maxPayloadBytes {
		return nil, errPayloadSize
	}
	return append([]byte{payloadVersion}, body...), nil
}

// decodePayload parses what a proposer sent. It checks the form alone.
func decodePayload(raw []byte) (*payload, error) {
	switch {
	case len(raw) > maxPayloadBytes:
		return nil, errPayloadSize
	case len(raw) == 0 || raw[0] != payloadVersion:
		return nil, errors.New("payload has an unknown version")
	}
	p := new(payload)
	if err := rlp.DecodeBytes(raw[1:], p); err != nil {
		return nil, fmt.Errorf("decode payload: %w", err)
	}
	switch h := p.Block.Header(); {
	case h.Number == nil || !h.Number.IsUint64():
		return nil, errors.New("payload's block number is out of range")
	case h.BaseFee == nil || h.ParentBeaconRoot == nil || h.BlobGasUsed == nil || h.ExcessBlobGas == nil || h.RequestsHash == nil:
		return nil, errors.New("payload's header lacks fields of Prague")
	case len(p.Requests) > maxRequests:
		return nil, errors.New("payload has too many requests")
	case len(p.Block.Uncles()) != 0:
		return nil, errors.New("payload has uncles")
	}
	return p, nil
}

// check holds the payload against the rules that are ours rather than geth's:
// what a proposer may choose of a block is its transactions, extra data, fee
// recipient and, within geth's limits, the gas limit.
func (p *payload) check(parent *types.Header, when time.Time) error {
	h := p.Block.Header()
	switch {
	case h.ParentHash != parent.Hash() || h.Number.Uint64() != parent.Number.Uint64()+1:
		return fmt.Errorf("block %d builds on %x, want %x", h.Number, h.ParentHash[:4], parent.Hash().Bytes()[:4])
	case h.Time != blockTimestamp(parent, when):
		return fmt.Errorf("timestamp is %d, want %d", h.Time, blockTimestamp(parent, when))
	case *h.ParentBeaconRoot != common.Hash{}:
		return errors.New("beacon root is not zero")
	case h.MixDigest != randao(parent):
		return errors.New("prevRandao is not the one derived from the parent")
	case len(p.Block.Withdrawals()) != 0:
		// Withdrawals create money. There is no beacon chain to withdraw from.
		return errors.New("block has withdrawals")
	}
	return nil
}

// blockTimestamp is the only timestamp the child of parent may have: that of
// the consensus block, which is the median of what the validators' clocks said
// when they voted for parent, but at least one second after the parent. No
// clock is read here, so all nodes agree.
func blockTimestamp(parent *types.Header, when time.Time) uint64 {
	return max(parent.Time+1, uint64(max(when.Unix(), 0)))
}

// randao is what PREVRANDAO yields in the child of parent. It varies from block
// to block, and no proposer can choose it; but it is known one block ahead and
// is no randomness to bet on.
func randao(parent *types.Header) common.Hash {
	return crypto.Keccak256Hash([]byte("geth-ss/poa/prevrandao/v1"), parent.Hash().Bytes())
}

// executable is the payload in the engine API's form. The block hash in it is
// that of the header as received, so the engine, which computes the header
// again from the parts, refuses a header with anything else in it.
func (p *payload) executable() (data engine.ExecutableData, blobs []common.Hash, requests []hexutil.Bytes) {
	blobs, requests = []common.Hash{}, []hexutil.Bytes{}
	for _, tx := range p.Block.Transactions() {
		blobs = append(blobs, tx.BlobHashes()...)
	}
	for _, r := range p.Requests {
		requests = append(requests, r)
	}
	data = *engine.BlockToExecutableData(p.Block, nil, nil, p.Requests).ExecutionPayload
	if data.Withdrawals == nil {
		data.Withdrawals = []*types.Withdrawal{}
	}
	return data, blobs, requests
}

// payloadFromEngine is the reverse of executable, for a payload geth built.
func payloadFromEngine(e *engine.ExecutionPayloadEnvelope) (*payload, error) {
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
	block, err := engine.ExecutableDataToBlock(*e.ExecutionPayload, blobs, new(common.Hash), requests)
	if err != nil {
		return nil, fmt.Errorf("assemble the block of the payload geth built: %w", err)
	}
	return &payload{Block: block, Requests: requests}, nil
}
