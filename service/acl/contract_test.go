package acl_test

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/chain/chaintest"
)

const (
	returnWord = "60005260206000f3" // MSTORE(0, top) RETURN(0, 32)

	// settable answers SLOAD(0) to calls with a selector (more than 32 bytes), and
	// SSTOREs its first word otherwise. It stands for an ACL whose owner grants and
	// revokes, and for a registrar whose entry changes.
	settable = "6020361160" + "0f" + "57" + "6000356000550000" + "5b600054" + returnWord
)

var (
	who  = common.Address{0: 0x55, 19: 0x91}
	key  = wire.KeyID{31: 1}
	flag = common.Address{0: 0xc0, 19: 1}
	reg  = common.Address{0: 0xc0, 19: 2}
	one  = common.LeftPadBytes([]byte{1}, 32)
	zero = make([]byte, 32)
)

func ask(o *acl.Oracle, block *wire.BlockRef, t *testing.T) session.Verdict {
	return o.Decide(t.Context(), session.Question{Requester: who, Key: key, Block: block})
}

// TestContracts: what real bytecode may answer, and what it means.
func TestContracts(t *testing.T) {
	answers := []struct {
		name, code string
		want       session.Answer
	}{
		{"true", "6001" + returnWord, session.Granted},
		{"false", "6000" + returnWord, session.Refused},
		{"two", "6002" + returnWord, session.Refused},
		{"true in the highest byte", "7f01" + common.Bytes2Hex(make([]byte, 31)) + returnWord, session.Refused},
		{"nothing", "60006000f3", session.Refused},
		{"31 bytes", "6001600052601f6001f3", session.Refused},
		{"33 bytes", "6001600052602160" + "00f3", session.Refused},
		{"64 bytes of one", "6001600052604060" + "00f3", session.Refused},
		{"stop", "00", session.Refused},
		{"revert with true", "600160005260206000fd", session.Refused},
		{"endless loop", "5b600056", session.Refused},
		{"gas bomb", "63ffffffff6000f3", session.Refused},
		{"write, then true", "6001600055" + "6001" + returnWord, session.Refused},
		{"self-destruct", "33ff", session.Refused},
		{"this requester", "600435" + "73" + common.Bytes2Hex(who[:]) + "14" + returnWord, session.Granted},
		{"another requester", "60043533" + "14" + returnWord, session.Refused},
		{"this key", "602435" + "6001" + "14" + returnWord, session.Granted},
		{"selector", "60003560e01c63b36a9a7c14" + returnWord, session.Granted},
	}
	contracts := map[common.Address]string{}
	for i, c := range answers {
		contracts[common.Address{0: 0xcc, 19: byte(i + 1)}] = c.code
	}
	net := chaintest.New(t, contracts)
	net.Finalize(net.Extend(1))
	local := chain.New(net.BC, chain.Config{})
	for i, c := range answers {
		o := acl.New(local, acl.Setting{Kind: acl.Address, Address: common.Address{0: 0xcc, 19: byte(i + 1)}}, acl.Config{})
		if v := ask(o, nil, t); v.Answer != c.want || (v.Reason == "") != (c.want == session.Granted) {
			t.Errorf("%s: %v, %s", c.name, v.Answer, v.Reason)
		} else {
			t.Logf("%s: %v, %s", c.name, v.Answer, v.Reason)
		}
	}
	for name, to := range map[string]common.Address{"no contract": {0: 1}, "the identity precompile": {19: 4}} {
		if v := ask(acl.New(local, acl.Setting{Kind: acl.Address, Address: to}, acl.Config{}), nil, t); v.Answer != session.Refused {
			t.Errorf("%s: %v, %s", name, v.Answer, v.Reason)
		}
	}
}

// TestGrantAndRevoke follows a permission through blocks of a real chain.
func TestGrantAndRevoke(t *testing.T) {
	net := chaintest.New(t, map[common.Address]string{flag: settable})
	local := chain.New(net.BC, chain.Config{})
	if err := local.Start(); err != nil {
		t.Fatal(err)
	}
	defer local.Stop()
	o := acl.New(local, acl.Setting{Kind: acl.Address, Address: flag}, acl.Config{WaitBehind: 50 * time.Millisecond, Window: time.Minute})
	expect := func(what string, block *wire.BlockRef, want session.Answer) {
		t.Helper()
		if v := ask(o, block, t); v.Answer != want {
			t.Errorf("%s: %v, want %v: %s", what, v.Answer, want, v.Reason)
		}
	}
	final := func(calls ...chaintest.Call) *wire.BlockRef {
		block := net.Extend(1, calls...)
		net.Finalize(block)
		local.Final()
		ref := chaintest.Ref(block)
		return &ref
	}
	expect("nothing is final", nil, session.Unreadable)
	before := final()
	expect("before the grant", nil, session.Refused)

	head := net.Extend(1, chaintest.Call{To: flag, Input: one})
	pending := chaintest.Ref(head)
	expect("granted, not final", nil, session.Refused)
	expect("granted, not final, asked about", &pending, session.Unreadable)
	net.Finalize(head)
	local.Final()
	expect("granted", nil, session.Granted)
	expect("granted, by name", &pending, session.Granted)
	expect("granted since", before, session.Newer)

	next := final()
	expect("granted at both", &pending, session.Granted)
	revoked := final(chaintest.Call{To: flag, Input: zero})
	expect("revoked", nil, session.Refused)
	expect("revoked, by name", revoked, session.Refused)
	expect("an older block can't revive it", next, session.Newer)

	side := chaintest.Ref(net.Build(net.BC.GetBlockByHash(before.Hash), 1, 7)[0])
	expect("a block of another fork", &side, session.Unreadable)

	strict := acl.New(local, acl.Setting{Kind: acl.Address, Address: flag}, acl.Config{Window: time.Nanosecond})
	final(chaintest.Call{To: flag, Input: one})
	again := final()
	final()
	if v := ask(strict, again, t); v.Answer != session.Newer {
		t.Errorf("too old a block: %v %s", v.Answer, v.Reason)
	}
}

// TestRegistry: the contract may appear, change and go while we run.
func TestRegistry(t *testing.T) {
	open := common.Address{0: 0xcc, 19: 1}
	closed := common.Address{0: 0xcc, 19: 2}
	net := chaintest.New(t, map[common.Address]string{reg: settable, open: "6001" + returnWord, closed: "6000" + returnWord})
	local := chain.New(net.BC, chain.Config{HeadIsFinal: true})
	o := acl.New(local, acl.Setting{Kind: acl.Registry, Registrar: reg}, acl.Config{})
	for _, c := range []struct {
		name  string
		entry []byte
		want  session.Answer
	}{
		{"not yet registered", nil, session.Refused},
		{"registered", common.LeftPadBytes(open[:], 32), session.Granted},
		{"replaced", common.LeftPadBytes(closed[:], 32), session.Refused},
		{"no contract there", common.LeftPadBytes([]byte{9, 9}, 32), session.Refused},
		{"back", common.LeftPadBytes(open[:], 32), session.Granted},
		{"too long for an address", append([]byte{1}, common.LeftPadBytes(open[:], 31)...), session.Refused},
		{"withdrawn", zero, session.Refused},
	} {
		var calls []chaintest.Call
		if c.entry != nil {
			calls = append(calls, chaintest.Call{To: reg, Input: c.entry})
		}
		net.Extend(1, calls...)
		if v := ask(o, nil, t); v.Answer != c.want {
			t.Errorf("%s: %v, want %v: %s", c.name, v.Answer, c.want, v.Reason)
		}
	}
	missing := acl.New(local, acl.Setting{Kind: acl.Registry, Registrar: common.Address{1}}, acl.Config{})
	if v := ask(missing, nil, t); v.Answer != session.Refused {
		t.Errorf("no registrar: %v %s", v.Answer, v.Reason)
	}
}

// BenchmarkDecide is a whole decision at the own final head.
func BenchmarkDecide(b *testing.B) {
	net := chaintest.New(b, map[common.Address]string{flag: settable})
	net.Extend(1, chaintest.Call{To: flag, Input: one})
	o := acl.New(chain.New(net.BC, chain.Config{HeadIsFinal: true}), acl.Setting{Kind: acl.Address, Address: flag}, acl.Config{})
	for b.Loop() {
		if v := o.Decide(b.Context(), session.Question{Requester: who, Key: key}); v.Answer != session.Granted {
			b.Fatal(v)
		}
	}
}
