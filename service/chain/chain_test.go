package chain_test

import (
	"bytes"
	"context"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/chain/chaintest"
)

// Contracts in EVM code. Those that answer leave one word at memory 0 and return it.
const (
	returnWord = "60005260206000f3" // MSTORE(0, top) RETURN(0, 32)

	codeOne     = "6001" + returnWord
	codeEmpty   = "60006000f3"                                        // RETURN(0, 0)
	code33      = "60216000f3"                                        // RETURN(0, 33)
	codeRevert  = "60006000fd"                                        // REVERT(0, 0)
	codeLoop    = "5b600056"                                          // JUMPDEST PUSH 0 JUMP
	codeBomb    = "63ffffffff6000f3"                                  // RETURN(0, 4 GiB)
	codeInvalid = "fe"                                                // INVALID
	codeWrite   = "600160005500"                                      // SSTORE(0, 1): not in a static call
	codeSender  = "33" + returnWord                                   // CALLER
	codeNumber  = "43" + returnWord                                   // NUMBER
	codeTime    = "42" + returnWord                                   // TIMESTAMP
	codePrice   = "3a" + returnWord                                   // GASPRICE
	codeHash0   = "600040" + returnWord                               // BLOCKHASH(0)
	codeDenyAll = "60005415" + returnWord                             // ISZERO(SLOAD(0)): a deny list
	codeEcho    = "600435" + returnWord                               // CALLDATALOAD(4)
	codeDeep    = "6000600060006000305afa5060016000526020" + "6000f3" // STATICCALL itself for ever, then 1

	// codeSettable answers SLOAD(0) to 68 bytes of input, and otherwise SSTOREs its
	// first word.
	codeSettable = "36604414600e57" + "60003560005500" + "5b600054" + returnWord
)

var codes = map[common.Address]string{
	addr(1): codeOne, addr(2): codeEmpty, addr(3): code33, addr(4): codeRevert, addr(5): codeLoop, addr(6): codeBomb,
	addr(7): codeInvalid, addr(8): codeWrite, addr(9): codeSender, addr(10): codeNumber, addr(11): codeHash0,
	addr(12): codeDenyAll, addr(13): codeEcho, addr(14): codeDeep, addr(15): codeSettable, addr(16): codeTime, addr(17): codePrice,
}

func addr(n byte) common.Address { return common.Address{0: 0xc0, 19: n} }

const gas = 5_000_000

func TestCall(t *testing.T) {
	net := chaintest.New(t, codes)
	block := net.Extend(2)
	at := chaintest.Ref(block)
	c := chain.New(net.BC, chain.Config{})
	for _, test := range []struct {
		name   string
		to     common.Address
		want   []byte
		fails  bool // with a CallError
		absent bool // ErrNoCode
	}{
		{name: "one", to: addr(1), want: common.LeftPadBytes([]byte{1}, 32)},
		{name: "empty", to: addr(2), want: []byte{}},
		{name: "33 bytes", to: addr(3), want: make([]byte, 33)},
		{name: "revert", to: addr(4), fails: true},
		{name: "endless loop", to: addr(5), fails: true},
		{name: "gas bomb", to: addr(6), fails: true},
		{name: "invalid instruction", to: addr(7), fails: true},
		{name: "write", to: addr(8), fails: true},
		{name: "caller", to: addr(9), want: make([]byte, 32)},
		{name: "block number", to: addr(10), want: common.LeftPadBytes([]byte{2}, 32)},
		{name: "block hash", to: addr(11), want: net.BC.GetCanonicalHash(0).Bytes()},
		{name: "input", to: addr(13), want: bytes.Repeat([]byte{7}, 32)},
		{name: "calls itself", to: addr(14), want: common.LeftPadBytes([]byte{1}, 32)},
		{name: "time", to: addr(16), want: common.LeftPadBytes(new(big.Int).SetUint64(block.Time()).Bytes(), 32)},
		{name: "gas price", to: addr(17), want: make([]byte, 32)},
		{name: "no code", to: addr(99), absent: true},
		{name: "precompile", to: common.Address{19: 4}, absent: true},
		{name: "account without code", to: block.Coinbase(), absent: true},
	} {
		out, _, err := c.Call(t.Context(), at, test.to, append(make([]byte, 4), bytes.Repeat([]byte{7}, 64)...), gas)
		var failed *chain.CallError
		switch {
		case errors.As(err, &failed) != test.fails || errors.Is(err, chain.ErrNoCode) != test.absent || errors.Is(err, chain.ErrUnavailable):
			t.Errorf("%s: %v", test.name, err)
		case err == nil && !bytes.Equal(out, test.want):
			t.Errorf("%s: %x, want %x", test.name, out, test.want)
		}
		if code, err := c.HasCode(at, test.to); err != nil || code == test.absent {
			t.Errorf("%s: has code: %t, %v", test.name, code, err)
		}
	}
}

// TestCallReadsItsBlock: a call sees the state after its block, not the newest.
func TestCallReadsItsBlock(t *testing.T) {
	net := chaintest.New(t, codes)
	c := chain.New(net.BC, chain.Config{})
	var blocks []wire.BlockRef
	for i := range 4 {
		blocks = append(blocks, chaintest.Ref(net.Extend(1, chaintest.Call{To: addr(15), Input: common.LeftPadBytes([]byte{byte(i + 1)}, 32)})))
	}
	for i, at := range blocks {
		out, _, err := c.Call(t.Context(), at, addr(15), make([]byte, 68), gas)
		if err != nil || !bytes.Equal(out, common.LeftPadBytes([]byte{byte(i + 1)}, 32)) {
			t.Errorf("block %d: %x %v", at.Number, out, err)
		}
	}
}

// unavailable demands ErrUnavailable, and nothing that could be taken for an answer.
func unavailable(t *testing.T, c *chain.Chain, at wire.BlockRef, to common.Address) {
	t.Helper()
	out, _, err := c.Call(t.Context(), at, to, make([]byte, 68), gas)
	var failed *chain.CallError
	if !errors.Is(err, chain.ErrUnavailable) || errors.As(err, &failed) || out != nil {
		t.Errorf("%x %v, want ErrUnavailable", out, err)
	}
	// The damage may lie beside the code. It is never taken for none.
	if code, err := c.HasCode(at, to); !errors.Is(err, chain.ErrUnavailable) && (err != nil || !code) {
		t.Errorf("has code: %t %v", code, err)
	}
}

// TestUnavailable: what can't be read is neither a yes nor a failed contract.
func TestUnavailable(t *testing.T) {
	net := chaintest.New(t, codes)
	genesis := chaintest.Ref(net.Head())
	c := chain.New(net.BC, chain.Config{})

	t.Run("unknown block", func(t *testing.T) {
		unavailable(t, c, chaintest.Ref(net.Build(net.Head(), 1, 9)[0]), addr(1))
		unavailable(t, c, wire.BlockRef{Number: 1, Hash: genesis.Hash}, addr(1))
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		out, _, err := c.Call(ctx, genesis, addr(5), nil, 1<<50)
		if !errors.Is(err, chain.ErrUnavailable) || out != nil {
			t.Errorf("%x %v", out, err)
		}
	})
	t.Run("cancelled while running", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if out, _, err := c.Call(ctx, genesis, addr(5), nil, 1<<50); !errors.Is(err, chain.ErrUnavailable) || out != nil {
			t.Errorf("%x %v", out, err)
		}
	})
}

// TestPrunedState: geth keeps the state of the last 128 blocks.
func TestPrunedState(t *testing.T) {
	for name, newNet := range map[string]func(testing.TB, map[common.Address]string) *chaintest.Net{"hash": chaintest.New, "path": chaintest.NewPath} {
		t.Run(name, func(t *testing.T) {
			net := newNet(t, codes)
			c := chain.New(net.BC, chain.Config{})
			set := func(n byte) chaintest.Call {
				return chaintest.Call{To: addr(15), Input: common.LeftPadBytes([]byte{n}, 32)}
			}
			old := chaintest.Ref(net.Extend(1, set(1)))
			net.Extend(1, set(2))
			if out, _, err := c.Call(t.Context(), old, addr(15), make([]byte, 68), gas); err != nil || out[31] != 1 {
				t.Fatalf("before pruning: %x %v", out, err)
			}
			net.Extend(200)
			unavailable(t, c, old, addr(15))
			if out, _, err := c.Call(t.Context(), chaintest.Ref(net.Head()), addr(15), make([]byte, 68), gas); err != nil || out[31] != 2 {
				t.Errorf("at the head: %x %v", out, err)
			}
		})
	}
}

// TestDamagedDatabase: geth's EVM reads zero from a broken database, which would open a
// contract that lists whom it denies.
func TestDamagedDatabase(t *testing.T) {
	deny := map[common.Address]string{addr(12): codeDenyAll, addr(1): codeOne, addr(11): codeHash0, addr(15): codeSettable}
	t.Run("storage", func(t *testing.T) {
		net := chaintest.New(t, map[common.Address]string{addr(15): codeSettable})
		block := net.Extend(1, chaintest.Call{To: addr(15), Input: common.LeftPadBytes([]byte{1}, 32)})
		db, err := net.BC.StateAt(block.Root(), block.Number(), block.Time())
		if err != nil {
			t.Fatal(err)
		}
		root := db.GetStorageRoot(addr(15))
		net.Reopen(func(db ethdb.Database) {
			if !rawdb.HasLegacyTrieNode(db, root) {
				t.Fatal("no such trie node")
			}
			rawdb.DeleteLegacyTrieNode(db, root)
		})
		unavailable(t, chain.New(net.BC, chain.Config{}), chaintest.Ref(block), addr(15))
	})
	t.Run("code", func(t *testing.T) {
		net := chaintest.New(t, deny)
		net.Reopen(func(db ethdb.Database) { rawdb.DeleteCode(db, crypto.Keccak256Hash(common.FromHex(codeOne))) })
		unavailable(t, chain.New(net.BC, chain.Config{}), chaintest.Ref(net.Head()), addr(1))
	})
	t.Run("block hash", func(t *testing.T) {
		net := chaintest.New(t, deny)
		one := net.Extend(1)
		head := net.Extend(2)
		net.Reopen(func(db ethdb.Database) { rawdb.DeleteHeader(db, one.Hash(), 1) })
		if net.BC.GetHeader(head.Hash(), 3) == nil {
			t.Skip("the chain did not survive the damage")
		}
		unavailable(t, chain.New(net.BC, chain.Config{}), chaintest.Ref(head), addr(11))
	})
}

func TestFinal(t *testing.T) {
	net := chaintest.New(t, nil)
	c := chain.New(net.BC, chain.Config{})
	dev := chain.New(net.BC, chain.Config{HeadIsFinal: true})
	if _, ok := c.Final(); ok {
		t.Error("final before anything was")
	}
	if final, ok := dev.Final(); !ok || final.BlockRef != chaintest.Ref(net.Head()) {
		t.Errorf("the head is not final on a development chain: %v", final)
	}
	one := net.Extend(1)
	two := net.Extend(1)
	net.Finalize(one)
	final, ok := c.Final()
	if !ok || final.BlockRef != chaintest.Ref(one) || final.Time != one.Time() {
		t.Errorf("%v %v", final, ok)
	}
	if final, ok := dev.Final(); !ok || final.BlockRef != chaintest.Ref(two) {
		t.Errorf("%v %v", final, ok)
	}
	// After a crash the mark may lie above the head.
	net.BC.SetFinalized(types.NewBlockWithHeader(&types.Header{Number: common.Big32}).Header())
	if final, ok := c.Final(); ok {
		t.Errorf("final %d above the head", final.Number)
	}
}

func TestCanonical(t *testing.T) {
	net := chaintest.New(t, nil)
	c := chain.New(net.BC, chain.Config{})
	genesis := net.Head()
	fork := net.Build(genesis, 2, 7)
	one := net.Extend(1)
	if !c.Canonical(chaintest.Ref(one)) || c.Canonical(chaintest.Ref(fork[0])) || c.Canonical(wire.BlockRef{Number: 5}) || c.Canonical(wire.BlockRef{}) {
		t.Error("before the reorganisation")
	}
	net.Insert(fork)
	if _, err := net.BC.SetCanonical(fork[1]); err != nil {
		t.Fatal(err)
	}
	if c.Canonical(chaintest.Ref(one)) || !c.Canonical(chaintest.Ref(fork[0])) {
		t.Error("after the reorganisation")
	}
}

// TestWaitFinal: the wait ends when the block becomes final, with ctx, or with Stop.
func TestWaitFinal(t *testing.T) {
	net := chaintest.New(t, nil)
	c := chain.New(net.BC, chain.Config{})
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	one := net.Extend(1)
	found := make(chan chain.Block)
	go func() {
		final, _ := c.WaitFinal(context.Background(), 1)
		found <- final
	}()
	net.Finalize(one)
	if final := <-found; final.BlockRef != chaintest.Ref(one) {
		t.Error(final)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, ok := c.WaitFinal(ctx, 2); ok {
		t.Error("waited for nothing, successfully")
	}
	go func() {
		final, _ := c.WaitFinal(context.Background(), 2)
		found <- final
	}()
	c.Stop()
	<-found
}

// TestRecentlyFinal follows a watched chain.
func TestRecentlyFinal(t *testing.T) {
	net := chaintest.New(t, nil)
	c := chain.New(net.BC, chain.Config{})
	net.Finalize(net.Extend(1))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	net.Finalize(net.Extend(1))
	c.Final()
	if !c.RecentlyFinal(2, time.Hour) || !c.RecentlyFinal(1, time.Hour) || c.RecentlyFinal(0, time.Hour) {
		t.Error("right after")
	}
	for c.RecentlyFinal(1, 100*time.Millisecond) {
		time.Sleep(time.Millisecond)
	}
	if !c.RecentlyFinal(2, 5*time.Second) {
		t.Error("the present final head is not recent")
	}
}

// BenchmarkCall is a permission check's share of a request: one storage read.
func BenchmarkCall(b *testing.B) {
	net := chaintest.New(b, codes)
	at := chaintest.Ref(net.Extend(1, chaintest.Call{To: addr(15), Input: common.LeftPadBytes([]byte{1}, 32)}))
	c := chain.New(net.BC, chain.Config{})
	input := make([]byte, 68)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.Call(b.Context(), at, addr(15), input, gas); err != nil {
			b.Fatal(err)
		}
	}
}
