package poa

import (
	"bytes"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// samplePayload is a well-formed block on parent that geth has not seen.
func samplePayload(parent *types.Header, when time.Time, change func(*types.Header)) *payload {
	zero, empty := new(uint64), types.EmptyRequestsHash
	noWithdrawals := types.EmptyWithdrawalsHash
	h := &types.Header{
		ParentHash: parent.Hash(), UncleHash: types.EmptyUncleHash, TxHash: types.EmptyTxsHash, ReceiptHash: types.EmptyReceiptsHash,
		Difficulty: new(big.Int), Number: new(big.Int).Add(parent.Number, common.Big1), GasLimit: parent.GasLimit,
		Time: blockTimestamp(parent, when), BaseFee: big.NewInt(7), MixDigest: randao(parent), WithdrawalsHash: &noWithdrawals,
		BlobGasUsed: zero, ExcessBlobGas: zero, ParentBeaconRoot: new(common.Hash), RequestsHash: &empty,
	}
	if change != nil {
		change(h)
	}
	return &payload{Block: types.NewBlockWithHeader(h).WithBody(types.Body{Withdrawals: []*types.Withdrawal{}}), Requests: [][]byte{}}
}

var testParent = &types.Header{Number: big.NewInt(6), Time: 1000, GasLimit: 30_000_000, Difficulty: new(big.Int)}

func TestPayloadRoundTrip(t *testing.T) {
	p := samplePayload(testParent, time.Unix(1005, 0), nil)
	p.Requests = [][]byte{{0, 1, 2}, {1, 9}}
	raw, err := p.encode()
	if err != nil {
		t.Fatal(err)
	}
	q, err := decodePayload(raw)
	if err != nil {
		t.Fatal(err)
	}
	again, err := q.encode()
	if err != nil || !bytes.Equal(raw, again) || q.Block.Hash() != p.Block.Hash() {
		t.Fatalf("the payload changed on the way: %v", err)
	}
}

func TestPayloadRules(t *testing.T) {
	when := time.Unix(1005, 999)
	for _, c := range []struct {
		name   string
		change func(*types.Header)
		ok     bool
	}{
		{"as it must be", func(*types.Header) {}, true},
		{"other extra data and fee recipient", func(h *types.Header) { h.Extra, h.Coinbase = []byte("x"), common.Address{1} }, true},
		{"other parent", func(h *types.Header) { h.ParentHash[0]++ }, false},
		{"number skipped", func(h *types.Header) { h.Number = big.NewInt(8) }, false},
		{"a second late", func(h *types.Header) { h.Time++ }, false},
		{"a second early", func(h *types.Header) { h.Time-- }, false},
		{"chosen prevRandao", func(h *types.Header) { h.MixDigest[0]++ }, false},
		{"beacon root", func(h *types.Header) { h.ParentBeaconRoot = &common.Hash{1} }, false},
	} {
		if err := samplePayload(testParent, when, c.change).check(testParent, when); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	p := samplePayload(testParent, when, nil)
	p.Block = p.Block.WithBody(types.Body{Withdrawals: []*types.Withdrawal{{Address: common.Address{1}, Amount: 1}}})
	if err := p.check(testParent, when); err == nil {
		t.Error("a block with withdrawals passed, which would mint money")
	}
}

func TestBlockTimestamp(t *testing.T) {
	for _, c := range []struct{ when, want int64 }{
		{-5, 1001}, {0, 1001}, {999, 1001}, {1000, 1001}, {1001, 1001}, {1002, 1002}, {5000, 5000},
	} {
		if got := blockTimestamp(testParent, time.Unix(c.when, 999_999_999)); got != uint64(c.want) {
			t.Errorf("consensus time %d on parent 1000: %d, want %d", c.when, got, c.want)
		}
	}
}

func TestDecodePayloadRefuses(t *testing.T) {
	good, err := samplePayload(testParent, time.Unix(1005, 0), nil).encode()
	if err != nil {
		t.Fatal(err)
	}
	missing := func(f func(*types.Header)) []byte {
		raw, err := samplePayload(testParent, time.Unix(1005, 0), f).encode()
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	many := samplePayload(testParent, time.Unix(1005, 0), nil)
	many.Requests = make([][]byte, maxRequests+1)
	tooMany, err := many.encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"nothing":       {},
		"other version": append([]byte{2}, good[1:]...),
		"cut":           good[:len(good)-1],
		"trailing byte": append(bytes.Clone(good), 0),
		"too large":     make([]byte, maxPayloadBytes+1),
		"empty list":    {payloadVersion, 0xc0},
		"a string":      {payloadVersion, 0x80},
		"endless list":  {payloadVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"no base fee": missing(func(h *types.Header) {
			h.BaseFee, h.WithdrawalsHash, h.BlobGasUsed, h.ExcessBlobGas, h.ParentBeaconRoot, h.RequestsHash = nil, nil, nil, nil, nil, nil
		}),
		"no requests hash":  missing(func(h *types.Header) { h.RequestsHash = nil }),
		"number is 2^64":    missing(func(h *types.Header) { h.Number = new(big.Int).Lsh(common.Big1, 64) }),
		"too many requests": tooMany,
	} {
		if _, err := decodePayload(raw); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzDecodePayload(f *testing.F) {
	p := samplePayload(testParent, time.Unix(1005, 0), nil)
	plain, _ := p.encode()
	f.Add(plain)
	key, _ := crypto.GenerateKey()
	tx := types.MustSignNewTx(key, types.LatestSignerForChainID(common.Big1), &types.DynamicFeeTx{ChainID: common.Big1, Gas: 21000, To: &common.Address{}})
	p.Block = p.Block.WithBody(types.Body{Transactions: types.Transactions{tx}, Withdrawals: []*types.Withdrawal{{Index: 1}}})
	p.Requests = [][]byte{{1, 2}}
	rich, _ := p.encode()
	f.Add(rich)
	f.Add([]byte{payloadVersion, 0xc2, 0xc0, 0xc0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := decodePayload(raw)
		if err != nil {
			return
		}
		again, err := p.encode()
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("two encodings of one payload: %x and %x (%v)", raw, again, err)
		}
		p.check(testParent, time.Unix(1005, 0)) // must not panic, nor must what the engine is given
		data, blobs, requests := p.executable()
		if len(requests) != len(p.Requests) || blobs == nil || data.BlockHash != p.Block.Hash() {
			t.Fatal("the engine is given something else")
		}
		rlp.EncodeToBytes(p.Block)
	})
}
