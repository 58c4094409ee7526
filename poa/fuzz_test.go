package poa

import (
	"bytes"
	"math/big"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// FuzzProcessProposal proposes payloads to a real geth: arbitrary bytes, and a
// good block of which one field, or the transactions, are replaced by what the
// bytes say. Whatever is proposed there is a verdict, the same when asked again,
// and the head stays; what is accepted can be executed by those who did not
// vote on it.
func FuzzProcessProposal(f *testing.F) {
	s := newSolo(f, f.TempDir())
	s.decide(f, s.propose(f))
	raw := s.propose(f)
	good, err := decodePayload(raw)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(0), raw)
	f.Add(uint8(0), raw[:len(raw)/2])
	for field := range uint8(headerFields) {
		f.Add(field+1, []byte{1})
		f.Add(field+1, bytes.Repeat([]byte{0xff}, 33))
	}
	f.Fuzz(func(t *testing.T, field uint8, data []byte) {
		proposed := data
		if field != 0 {
			forged, err := encodePayload(forge(good, field-1, data))
			if err != nil {
				return
			}
			proposed = forged
		}
		head := s.backend.BlockChain().CurrentBlock().Hash()
		yes := s.accepts(t, proposed)
		if again := s.accepts(t, proposed); again != yes {
			t.Fatalf("accepted: first %v, then %v", yes, again)
		}
		if s.backend.BlockChain().CurrentBlock().Hash() != head {
			t.Fatal("a proposal moved the head")
		}
		res, err := s.app.FinalizeBlock(ctx, &abci.RequestFinalizeBlock{Height: int64(s.height()) + 1, Time: s.time, Txs: [][]byte{proposed}})
		if yes && err != nil {
			t.Fatalf("accepted, but can't be finalized: %v", err)
		}
		if b, bad := decodePayload(proposed); yes && (bad != nil || common.BytesToHash(res.AppHash) != b.Hash() || b.ParentHash() != head) {
			t.Fatalf("accepted and finalized as %x, but it is %v", res.AppHash, bad)
		}
	})
}

const headerFields = 16

// forge replaces one field of a block.
func forge(good *types.Block, field uint8, data []byte) *types.Block {
	h, body := good.Header(), *good.Body()
	hash, number := common.BytesToHash(data), new(big.Int).SetBytes(data[:min(len(data), 32)])
	small := new(big.Int).SetBytes(data[:min(len(data), 8)]).Uint64()
	switch field % headerFields {
	case 0:
		h.ParentHash = hash
	case 1:
		h.Root = hash
	case 2:
		h.ReceiptHash = hash
	case 3:
		h.Number = number
	case 4:
		h.GasLimit = small
	case 5:
		h.GasUsed = small
	case 6:
		h.Time = small
	case 7:
		h.Extra = data
	case 8:
		h.BaseFee = number
	case 9:
		h.BlobGasUsed = &small
	case 10:
		h.ExcessBlobGas = &small
	case 11:
		h.Coinbase = common.BytesToAddress(data)
	case 12:
		h.MixDigest = hash
	case 13:
		h.RequestsHash = &hash
	case 14:
		h.TxHash = hash
	case 15:
		tx := new(types.Transaction)
		if tx.UnmarshalBinary(data) == nil {
			body.Transactions = types.Transactions{tx}
		}
	}
	return types.NewBlockWithHeader(h).WithBody(body)
}
