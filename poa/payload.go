package poa

import (
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// The one transaction of a consensus block:
//
//	┌─────────┬───────────────────────────────────────────┐
//	│ version │ rlp [ header, [ tx, … ], [], [] ]         │
//	│ 1 byte  │ geth's encoding of a block                │
//	└─────────┴───────────────────────────────────────────┘
//
// It says the same as the engine API's execution payload with its requests: the
// header commits to the requests, and executing the block yields them. There is
// exactly one encoding of a block. Sidecars of blob transactions are no part of
// a block; they stay in the pools of the nodes and are not kept for anyone.
const (
	payloadVersion = 1

	// maxPayloadBytes holds every block geth accepts; EIP-7934 caps its
	// encoding.
	maxPayloadBytes = params.MaxBlockSize + 1

	// blockOverhead is room in a consensus block for its header and evidence,
	// beside the payload and the commit.
	blockOverhead = 1 << 20
)

var errPayloadSize = errors.New("payload is too large")

func encodePayload(b *types.Block) ([]byte, error) {
	body, err := rlp.EncodeToBytes(b)
	if err != nil {
		return nil, fmt.Errorf("encode payload: %w", err)
	}
	if len(body)+1 > maxPayloadBytes {
		return nil, errPayloadSize
	}
	return append([]byte{payloadVersion}, body...), nil
}

// decodePayload parses what a proposer sent. It checks the form alone: that the
// header is of the fork the driver drives, and that the body is the header's.
// The latter counts because a block that geth knows by its header's hash is not
// executed again: a known header with another body would pass here, and stop
// those who come later and don't know it.
func decodePayload(raw []byte) (*types.Block, error) {
	switch {
	case len(raw) > maxPayloadBytes:
		return nil, errPayloadSize
	case len(raw) == 0 || raw[0] != payloadVersion:
		return nil, errors.New("payload has an unknown version")
	}
	b := new(types.Block)
	if err := rlp.DecodeBytes(raw[1:], b); err != nil {
		return nil, fmt.Errorf("decode payload: %w", err)
	}
	h := b.Header()
	switch {
	case !h.Number.IsUint64():
		return nil, errors.New("payload's block number is out of range")
	case h.BaseFee == nil || h.WithdrawalsHash == nil || h.BlobGasUsed == nil || h.ExcessBlobGas == nil || h.ParentBeaconRoot == nil || h.RequestsHash == nil:
		return nil, errors.New("payload's header lacks fields of Prague")
	case h.SlotNumber != nil || h.BlockAccessListHash != nil:
		return nil, errors.New("payload's header has fields of Amsterdam")
	case h.Difficulty.Sign() != 0:
		return nil, errors.New("payload is a block of proof of work")
	case h.UncleHash != types.EmptyUncleHash || len(b.Uncles()) != 0:
		return nil, errors.New("payload has uncles")
	case *h.WithdrawalsHash != types.EmptyWithdrawalsHash || b.Withdrawals() == nil || len(b.Withdrawals()) != 0:
		// Withdrawals create money. There is no beacon chain to withdraw from.
		return nil, errors.New("payload has withdrawals")
	}
	for _, tx := range b.Transactions() {
		if tx.BlobTxSidecar() != nil {
			return nil, errors.New("payload has a blob sidecar")
		}
	}
	if types.DeriveSha(b.Transactions(), trie.NewStackTrie(nil)) != h.TxHash {
		return nil, errors.New("payload's transactions are not those of its header")
	}
	return b, nil
}

// checkRules holds a block against the rules that are ours rather than geth's:
// what a proposer may choose of a block is its transactions, extra data, fee
// recipient and, within geth's limits, the gas limit.
func checkRules(h, parent *types.Header, when time.Time) error {
	switch {
	case h.ParentHash != parent.Hash() || h.Number.Uint64() != parent.Number.Uint64()+1:
		return fmt.Errorf("block %d builds on %x, want %x", h.Number, h.ParentHash[:4], parent.Hash().Bytes()[:4])
	case h.Time != blockTimestamp(parent, when):
		return fmt.Errorf("timestamp is %d, want %d", h.Time, blockTimestamp(parent, when))
	case *h.ParentBeaconRoot != common.Hash{}:
		return errors.New("beacon root is not zero")
	case h.MixDigest != randao(parent):
		return errors.New("prevRandao is not the one derived from the parent")
	}
	return nil
}

// checkGasLimit holds a block's gas limit against the network's: it may stay where it
// is or move towards it. A network that drifted from its file's limit, as networks
// did while every validator aimed where its own settings said, so comes back.
func checkGasLimit(h, parent *types.Header, want uint64) error {
	if h.GasLimit < min(parent.GasLimit, want) || h.GasLimit > max(parent.GasLimit, want) {
		return fmt.Errorf("gas limit moves from %d to %d, away from the network's %d", parent.GasLimit, h.GasLimit, want)
	}
	return nil
}

// checkFreeGas holds a block of a network without a price for gas against what
// keeps it so: the base fee stays 0 while no block uses more than half of its gas
// limit, and after one that did it would never be 0 again.
func checkFreeGas(h *types.Header) error {
	switch most := mostFreeGas(h.GasLimit); {
	case h.BaseFee.Sign() != 0:
		return fmt.Errorf("base fee is %v, but in this network gas has no price", h.BaseFee)
	case h.GasUsed > most:
		return fmt.Errorf("it uses %d gas, more than %d, half of its gas limit: in this network gas has no price, and the next block's would have one", h.GasUsed, most)
	}
	return nil
}

// mostFreeGas is what a block may use at most for the next to have no higher base
// fee, EIP-1559's target.
func mostFreeGas(limit uint64) uint64 { return limit / params.DefaultElasticityMultiplier }

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
