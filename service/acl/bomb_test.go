package acl_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/chain/chaintest"
)

// answerTrue ends a program with a yes.
const answerTrue = " 0x01 0x00 MSTORE 0x20 0x00 RETURN "

// fillMemory writes ones from byte 0x60 to 0x360.
const fillMemory = " 0x60 fill: 0x00 NOT DUP2 MSTORE 0x20 ADD DUP1 0x0360 GT @fill JUMPI POP "

// pair is the input of a pairing: the generators of both groups of bn254.
var pair = func() (text string) {
	for i, word := range []string{
		"01", "02",
		"198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
		"1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
		"090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
		"12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
	} {
		text += fmt.Sprintf(" 0x%s 0x%02x MSTORE ", word, 32*i)
	}
	return text
}()

// bombs are contracts that cost as much as a contract can. The names say how.
var bombs = []struct {
	name, code string
	want       session.Answer
	reason     string
}{
	{"endless loop", "loop: @loop JUMP", session.Refused, "out of gas"},
	{"endless hashing", "loop: 0x010000 0x00 KECCAK256 POP @loop JUMP", session.Refused, "out of gas"},
	{"revert with 2 MiB", "0x200000 0x00 REVERT", session.Refused, "execution reverted"},
	{"revert after all but all gas", "loop: GAS 0x1000 LT @loop JUMPI 0x00 0x00 REVERT", session.Refused, "execution reverted"},
	{"1 MiB of answer", "0x100000 0x00 RETURN", session.Refused, "1048576 bytes instead of a bool"},
	{"4 GiB of answer", "0xffffffff 0x00 RETURN", session.Refused, "out of gas"},
	{"calls itself as deep as can be", "0xc350 MLOAD POP 0x00 0x00 0x00 0x00 ADDRESS GAS STATICCALL POP" + answerTrue, session.Granted, ""},
	{"calls itself in turn", "loop: 0x00 0x00 0x00 0x00 ADDRESS GAS STATICCALL POP @loop JUMP", session.Refused, "out of gas"},
	{"modular powers", "0x0100 0x00 MSTORE 0x0100 0x20 MSTORE 0x0100 0x40 MSTORE" + fillMemory +
		"loop: 0x20 0x0400 0x0360 0x00 0x05 GAS STATICCALL POP @loop JUMP", session.Refused, "out of gas"},
	{"pairings", pair + "loop: 0x20 0x0400 0xc0 0x00 0x08 GAS STATICCALL POP @loop JUMP", session.Refused, "out of gas"},
	{"cold reads", "0x00 loop: 0x01 ADD DUP1 SLOAD POP @loop JUMP", session.Refused, "out of gas"},
	{"cold accounts", "0x00 loop: 0x01 ADD DUP1 BALANCE POP @loop JUMP", session.Refused, "out of gas"},
	{"block hashes", "NUMBER loop: DUP1 0x01 SWAP1 SUB BLOCKHASH POP @loop JUMP", session.Refused, "out of gas"},
	{"self-destruct", "CALLER SELFDESTRUCT", session.Refused, "write protection"},
	{"creates a contract", "0x00 0x00 0x00 CREATE" + answerTrue, session.Refused, "write protection"},
	{"creates a contract by salt", "0x00 0x00 0x00 0x00 CREATE2" + answerTrue, session.Refused, "write protection"},
	{"writes", "0x01 0x00 SSTORE" + answerTrue, session.Refused, "write protection"},
	{"writes what is forgotten", "0x01 0x00 TSTORE" + answerTrue, session.Refused, "write protection"},
	{"logs", "0x00 0x00 LOG0" + answerTrue, session.Refused, "write protection"},
	{"sends money", "0x00 0x00 0x00 0x00 0x01 0x00 GAS CALL" + answerTrue, session.Refused, "write protection"},
	{"stack underflow", "POP", session.Refused, "stack underflow"},
	{"no instruction", "INVALID", session.Refused, "invalid opcode"},
}

// TestBombs: the worst contracts are denied with a reason, or say what they have to say,
// in bounded time and memory.
func TestBombs(t *testing.T) {
	contracts := map[common.Address]string{}
	at := func(i int) common.Address { return common.Address{0: 0xb0, 19: byte(i)} }
	for i, b := range bombs {
		contracts[at(i)] = chaintest.Assemble(b.code)
	}
	net := chaintest.NewPath(t, contracts)
	net.Extend(300) // for the block hashes
	local := chain.New(net.BC, chain.Config{HeadIsFinal: true})
	for i, b := range bombs {
		o := acl.New(local, acl.Setting{Kind: acl.Address, Address: at(i)}, acl.Config{CallTimeout: time.Minute})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		v := ask(o, nil, t)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
		if v.Answer != b.want || !strings.Contains(v.Reason, b.reason) || len(v.Reason) > 512 {
			t.Errorf("%s: %v, %s", b.name, v.Answer, v.Reason)
		}
		if allocated > 512 {
			t.Errorf("%s: %d MiB", b.name, allocated)
		}
		t.Logf("%s: %v in %v, %d MiB: %s", b.name, v.Answer, took.Round(time.Millisecond), allocated, v.Reason)
	}
}

// TestBombRegistrar: the registrar is a contract too.
func TestBombRegistrar(t *testing.T) {
	contracts := map[common.Address]string{}
	at := func(i int) common.Address { return common.Address{0: 0xb0, 19: byte(i)} }
	for i, b := range bombs {
		contracts[at(i)] = chaintest.Assemble(b.code)
	}
	local := chain.New(chaintest.New(t, contracts).BC, chain.Config{HeadIsFinal: true})
	for i, b := range bombs {
		o := acl.New(local, acl.Setting{Kind: acl.Registry, Registrar: at(i)}, acl.Config{CallTimeout: time.Minute})
		// A registrar that answers 1 names the precompiled contract at address 1.
		if v := ask(o, nil, t); v.Answer != session.Refused || len(v.Reason) > 512 {
			t.Errorf("%s: %v, %s", b.name, v.Answer, v.Reason)
		}
	}
}

// TestBlockDependent: a contract that looks at its block says the same at every node that
// asks about that block, whenever it asks.
func TestBlockDependent(t *testing.T) {
	even, late := common.Address{0: 0xcc, 19: 1}, common.Address{0: 0xcc, 19: 2}
	net := chaintest.New(t, map[common.Address]string{
		even: chaintest.Assemble("0x01 0x02 NUMBER MOD XOR 0x00 MSTORE 0x20 0x00 RETURN"),
		late: chaintest.Assemble("0x04 CALLDATALOAD TIMESTAMP LT ISZERO 0x00 MSTORE 0x20 0x00 RETURN"), // not before a time
	})
	local := chain.New(net.BC, chain.Config{HeadIsFinal: true})
	for range 2 { // the second time long after
		for n := uint64(1); n <= 4; n++ {
			if net.Head().NumberU64() < n {
				net.Extend(1)
			}
			block := net.BC.GetBlockByNumber(n)
			input := make([]byte, 68)
			output, _, err := local.Call(t.Context(), chaintest.Ref(block), even, input, acl.CallGas)
			if err != nil || (output[31] == 1) != (n%2 == 0) {
				t.Errorf("block %d: %x %v", n, output, err)
			}
			for _, limit := range []uint64{block.Time(), block.Time() + 1} {
				copy(input[4:], common.BigToHash(common.Big0).Bytes())
				for i := range 8 {
					input[4+31-i] = byte(limit >> (8 * i))
				}
				output, _, err := local.Call(t.Context(), chaintest.Ref(block), late, input, acl.CallGas)
				if err != nil || (output[31] == 1) != (limit <= block.Time()) {
					t.Errorf("block %d, time %d: %x %v", n, limit, output, err)
				}
			}
		}
	}
}

// TestExpensiveKeyStarvesNobody: one contract serves all documents and runs for ever for
// some of them. While those are hammered by many at once, another document is read as if
// they were not there: for each of its reads a few of the others at most are done, not one
// for everybody who waits.
func TestExpensiveKeyStarvesNobody(t *testing.T) {
	net := chaintest.NewPath(t, map[common.Address]string{
		flag: chaintest.Assemble("0x24 CALLDATALOAD 0xff EQ @bomb JUMPI" + answerTrue + "bomb: @bomb JUMP"),
	})
	local := chain.New(net.BC, chain.Config{HeadIsFinal: true})
	o := acl.New(local, acl.Setting{Kind: acl.Address, Address: flag}, acl.Config{CallTimeout: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var bombs atomic.Int64
	const hammers = 64
	for i := range hammers {
		wg.Go(func() {
			for ctx.Err() == nil {
				v := o.Decide(ctx, session.Question{Requester: common.Address{0: 1, 19: byte(i)}, Key: wire.KeyID{31: 0xff}})
				if ctx.Err() == nil && v.Answer != session.Refused {
					t.Errorf("the bomb: %v, %s", v.Answer, v.Reason)
				}
				bombs.Add(1)
			}
		})
	}
	for bombs.Load() < 2 { // it is known to be expensive by now
		time.Sleep(time.Millisecond)
	}
	const reads = 200
	var during int64
	for range reads {
		before := bombs.Load()
		if v := o.Decide(t.Context(), session.Question{Requester: who, Key: key}); v.Answer != session.Granted {
			t.Errorf("%v, %s", v.Answer, v.Reason)
		}
		during += bombs.Load() - before // not what goes off while a busy machine lets this loop wait
	}
	cancel()
	wg.Wait()
	t.Logf("%d bombs went off during %d reads", during, reads)
	if during > 2*reads { // in order of arrival it would be 64 for each read
		t.Errorf("%d bombs went off during %d reads", during, reads)
	}
}
