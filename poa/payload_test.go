package poa

import (
	"bytes"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/trie"
)

// sampleBlock is a well-formed block on parent that geth has not seen.
func sampleBlock(parent *types.Header, when time.Time, change func(*types.Header)) *types.Block {
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
	return types.NewBlockWithHeader(h).WithBody(types.Body{Withdrawals: []*types.Withdrawal{}})
}

var testParent = &types.Header{Number: big.NewInt(6), Time: 1000, GasLimit: 30_000_000, Difficulty: new(big.Int)}

func TestPayloadRoundTrip(t *testing.T) {
	b := sampleBlock(testParent, time.Unix(1005, 0), nil)
	raw, err := encodePayload(b)
	if err != nil {
		t.Fatal(err)
	}
	c, err := decodePayload(raw)
	if err != nil {
		t.Fatal(err)
	}
	again, err := encodePayload(c)
	if err != nil || !bytes.Equal(raw, again) || b.Hash() != c.Hash() {
		t.Fatalf("the block changed on the way: %v", err)
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
		if err := checkRules(sampleBlock(testParent, when, c.change).Header(), testParent, when); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
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
	good, err := encodePayload(sampleBlock(testParent, time.Unix(1005, 0), nil))
	if err != nil {
		t.Fatal(err)
	}
	missing := func(f func(*types.Header)) []byte {
		raw, err := encodePayload(sampleBlock(testParent, time.Unix(1005, 0), f))
		if err != nil {
			t.Fatal(err)
		}
		return raw
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
		"no requests hash": missing(func(h *types.Header) { h.RequestsHash = nil }),
		"number is 2^64":   missing(func(h *types.Header) { h.Number = new(big.Int).Lsh(common.Big1, 64) }),
	} {
		if _, err := decodePayload(raw); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzDecodePayload(f *testing.F) {
	plain, _ := encodePayload(sampleBlock(testParent, time.Unix(1005, 0), nil))
	f.Add(plain)
	key, _ := crypto.GenerateKey()
	txs := types.Transactions{types.MustSignNewTx(key, types.LatestSignerForChainID(common.Big1), &types.DynamicFeeTx{ChainID: common.Big1, Gas: 21000, To: &common.Address{}})}
	rich, _ := encodePayload(sampleBlock(testParent, time.Unix(1005, 0), func(h *types.Header) {
		h.TxHash = types.DeriveSha(txs, trie.NewStackTrie(nil))
	}).WithBody(types.Body{Transactions: txs, Withdrawals: []*types.Withdrawal{}}))
	if _, err := decodePayload(rich); err != nil {
		f.Fatal(err)
	}
	f.Add(rich)
	f.Add([]byte{payloadVersion, 0xc2, 0xc0, 0xc0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := decodePayload(raw)
		if err != nil {
			return
		}
		again, err := encodePayload(b)
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("two encodings of one block: %x and %x (%v)", raw, again, err)
		}
		checkRules(b.Header(), testParent, time.Unix(1005, 0)) // must not panic
	})
}
