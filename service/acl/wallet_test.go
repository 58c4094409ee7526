package acl_test

import (
	"context"
	"crypto/ecdsa"
	"math/big"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/contracts/bindings/twoofthree"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/chain"
	"github.com/geth-ss/geth-ss/service/chain/chaintest"
)

// account is a contract account, TwoOfThree's.
var account = common.Address{0: 0xac, 19: 1}

// owner is the key of a number.
func owner(n byte) *ecdsa.PrivateKey {
	return crypto.ToECDSAUnsafe(common.LeftPadBytes([]byte{0x0e, n}, 32))
}

func addressOf(key *ecdsa.PrivateKey) common.Address { return crypto.PubkeyToAddress(key.PublicKey) }

// signedBy are the signatures of some keys, one after the other, as wallets write them.
func signedBy(t *testing.T, digest common.Hash, keys ...*ecdsa.PrivateKey) (signatures []byte) {
	t.Helper()
	for _, key := range keys {
		sig, err := crypto.Sign(digest[:], key)
		if err != nil {
			t.Fatal(err)
		}
		sig[64] += 27
		signatures = append(signatures, sig...)
	}
	return signatures
}

// accountNet is a chain with the account, whose owners are the first three keys, and a
// permission contract that lets everybody read.
type accountNet struct {
	*chaintest.Net
	t       *testing.T
	local   *chain.Chain
	oracle  *acl.Oracle
	cluster wire.ClusterID
}

func newAccountNet(t *testing.T) *accountNet {
	t.Helper()
	code, err := os.ReadFile("../../contracts/compiled/TwoOfThree.bin-runtime")
	if err != nil {
		t.Fatal(err)
	}
	net := chaintest.New(t, map[common.Address]string{account: strings.TrimSpace(string(code)), flag: "6001" + returnWord})
	n := &accountNet{Net: net, t: t, local: chain.New(net.BC, chain.Config{}), cluster: wire.ClusterID{7}}
	if err := n.local.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.local.Stop() })
	n.oracle = acl.New(n.local, acl.Setting{Kind: acl.Address, Address: flag}, acl.Config{Window: time.Minute, CallTimeout: time.Minute})
	return n
}

// final adds a block with these calls of the account and makes it final.
func (n *accountNet) final(inputs ...[]byte) wire.BlockRef {
	n.t.Helper()
	var calls []chaintest.Call
	for _, input := range inputs {
		calls = append(calls, chaintest.Call{To: account, Input: input})
	}
	block := n.Extend(1, calls...)
	n.Finalize(block)
	n.local.Final()
	return chaintest.Ref(block)
}

// request is the account's, for the key of these tests.
func (n *accountNet) request() wire.Request {
	reply := owner(9).PublicKey
	return wire.Request{Chain: 1, Cluster: n.cluster, Account: account, Operation: wire.OpRetrieve, Keys: []wire.KeyID{key},
		Arguments: wire.NoArguments, ReplyKey: wire.Point(wire.NodeIDOf(&reply)), Expiry: n.Head().Time() + 3600}
}

// decide asks about a signed request as a node does.
func (n *accountNet) decide(signed wire.SignedRequest, at *wire.BlockRef) session.Verdict {
	n.t.Helper()
	proof, err := signed.Proof()
	if err != nil {
		n.t.Fatal(err)
	}
	r, err := proof.Recover(wire.Act{Chain: 1, Cluster: n.cluster, Operation: wire.OpRetrieve, Key: key, Arguments: wire.NoArguments})
	if err != nil {
		n.t.Fatal(err)
	}
	if r.Address != account || r.Check == nil || r.Check.Contract == nil {
		n.t.Fatalf("recovered %+v", r)
	}
	return n.oracle.Decide(n.t.Context(), session.Question{Requester: r.Address, Key: key, Check: r.Check, Block: at})
}

// TestContractWallet: a contract account of three owners asks with the signatures of two, by
// the contract's own rule, in the state of the block of the decision.
func TestContractWallet(t *testing.T) {
	n := newAccountNet(t)
	wallet := twoofthree.NewTwoOfThree()
	r := n.request()
	expect := func(what string, at *wire.BlockRef, want session.Answer, signers ...*ecdsa.PrivateKey) {
		t.Helper()
		if v := n.decide(wire.SignedRequest{Request: r, Signature: signedBy(t, r.Digest(), signers...)}, at); v.Answer != want {
			t.Errorf("%s: %v, want %v: %s", what, v.Answer, want, v.Reason)
		}
	}
	a, b, c, d := owner(1), owner(2), owner(3), owner(4)
	n.final()
	expect("before it has owners", nil, session.Refused, a, b)
	before := n.final(wallet.PackSetUp([3]common.Address{addressOf(a), addressOf(b), addressOf(c)}))

	expect("first and second", nil, session.Granted, a, b)
	expect("first and third", nil, session.Granted, a, c)
	expect("second and third", nil, session.Granted, b, c)
	expect("one", nil, session.Refused, a)
	expect("none", nil, session.Refused)
	expect("one, twice", nil, session.Refused, a, a)
	expect("all three", nil, session.Refused, a, b, c)
	expect("a stranger", nil, session.Refused, a, d)
	expect("another order", nil, session.Refused, b, a)
	other := r
	other.Nonce[0]++
	if v := n.decide(wire.SignedRequest{Request: r, Signature: signedBy(t, other.Digest(), a, b)}, nil); v.Answer != session.Refused {
		t.Errorf("signatures on another request: %v", v.Answer)
	}

	// The second owner is replaced. What it has signed holds until that is final, and not after.
	output, _, err := n.local.Call(t.Context(), before, account, wallet.PackReplacement(big.NewInt(1), addressOf(d)), acl.CallGas)
	if err != nil {
		t.Fatal(err)
	}
	replace := wallet.PackReplace(big.NewInt(1), addressOf(d), signedBy(t, common.BytesToHash(output), a, b))
	head := n.Extend(1, chaintest.Call{To: account, Input: replace})
	expect("replaced in a block that is not final", nil, session.Granted, a, b)
	expect("its successor, not final", nil, session.Refused, a, d)
	n.Finalize(head)
	n.local.Final()
	expect("the replaced owner", nil, session.Refused, a, b)
	expect("the replaced owner, at the older block", &before, session.Newer, a, b)
	expect("its successor", nil, session.Granted, a, d)
	expect("its successor, at the older block", &before, session.Newer, a, d)
	expect("two that are left", &before, session.Granted, a, c)
}

// A contract account's permit, like its requests, holds as its contract says at the block.
func TestContractWalletPermit(t *testing.T) {
	n := newAccountNet(t)
	wallet := twoofthree.NewTwoOfThree()
	a, b, session1 := owner(1), owner(2), owner(8)
	n.final(wallet.PackSetUp([3]common.Address{addressOf(a), addressOf(b), addressOf(owner(3))}))
	r := n.request()
	permit := wire.Permit{Chain: 1, Cluster: n.cluster, Account: account, Delegate: addressOf(session1),
		Operations: []wire.Operation{wire.OpRetrieve}, Keys: []wire.KeyID{key}, Start: n.Head().Time(), Expiry: n.Head().Time() + 3600}
	for _, test := range []struct {
		name    string
		signers []*ecdsa.PrivateKey
		want    session.Answer
	}{{"two", []*ecdsa.PrivateKey{a, b}, session.Granted}, {"one", []*ecdsa.PrivateKey{a}, session.Refused}} {
		v := n.decide(wire.SignedRequest{Request: r, Signature: signedBy(t, r.Digest(), session1),
			Permit: &wire.SignedPermit{Permit: permit, Signature: signedBy(t, permit.Digest(), test.signers...)}}, nil)
		if v.Answer != test.want {
			t.Errorf("%s: %v, %s", test.name, v.Answer, v.Reason)
		}
	}
}

// takesAfter burns gas until some 1/13 of it is left, and then takes any signature.
const takesAfter = "loop: GAS 0x0c0000 LT @loop JUMPI 0x1626ba7e 0xe0 SHL 0x00 MSTORE 0x20 0x00 RETURN"

func checkOf(account common.Address) *wire.ChainCheck {
	return &wire.ChainCheck{Expiry: 1 << 40, Contract: &wire.ContractCheck{Account: account, Digest: common.Hash{1}, Signature: []byte("anything")}}
}

// TestWalletBombs: the worst contracts as accounts are nobody's yes, in bounded time and memory.
func TestWalletBombs(t *testing.T) {
	contracts := map[common.Address]string{flag: "6001" + returnWord}
	at := func(i int) common.Address { return common.Address{0: 0xb0, 19: byte(i)} }
	for i, b := range bombs {
		contracts[at(i)] = chaintest.Assemble(b.code)
	}
	patient := common.Address{0: 0xb1}
	contracts[patient] = chaintest.Assemble(takesAfter)
	net := chaintest.NewPath(t, contracts)
	net.Extend(300) // for the block hashes
	local := chain.New(net.BC, chain.Config{HeadIsFinal: true})
	o := acl.New(local, acl.Setting{Kind: acl.Address, Address: flag}, acl.Config{CallTimeout: time.Minute})
	decide := func(account common.Address) session.Verdict {
		return o.Decide(t.Context(), session.Question{Requester: account, Key: key, Check: checkOf(account)})
	}
	for i, b := range bombs {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		v := decide(at(i))
		runtime.ReadMemStats(&after)
		if v.Answer != session.Refused || len(v.Reason) > 512 {
			t.Errorf("%s: %v, %s", b.name, v.Answer, v.Reason)
		}
		if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; allocated > 512 {
			t.Errorf("%s: %d MiB", b.name, allocated)
		}
		if v := ask(o, nil, t); v.Answer != session.Granted {
			t.Errorf("after %s another reader is told: %v, %s", b.name, v.Answer, v.Reason)
		}
	}
	if v := decide(patient); v.Answer != session.Granted {
		t.Errorf("a contract that takes its time: %v, %s", v.Answer, v.Reason)
	}
}

// TestExpensiveWalletStarvesNobody: contract accounts that run for ever, hammered by many at
// once, cost the other readers of the same document nothing.
func TestExpensiveWalletStarvesNobody(t *testing.T) {
	accounts := []common.Address{{0: 0xb0, 19: 1}, {0: 0xb0, 19: 2}, {0: 0xb0, 19: 3}}
	contracts := map[common.Address]string{flag: "6001" + returnWord}
	for _, a := range accounts {
		contracts[a] = chaintest.Assemble("loop: @loop JUMP")
	}
	local := chain.New(chaintest.NewPath(t, contracts).BC, chain.Config{HeadIsFinal: true})
	o := acl.New(local, acl.Setting{Kind: acl.Address, Address: flag}, acl.Config{CallTimeout: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	var known sync.Map // accounts that are known to be expensive
	var went atomic.Int64
	for i := range 30 {
		bomb := accounts[i%len(accounts)]
		wg.Go(func() {
			for ctx.Err() == nil {
				v := o.Decide(ctx, session.Question{Requester: bomb, Key: key, Check: checkOf(bomb)})
				switch v.Answer {
				case session.Granted:
					t.Error("a bomb was taken for a yes")
				case session.Refused: // it went off
					known.Store(bomb, true)
					went.Add(1)
				default: // it was not let in line: on a slow machine its turn would come too late
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	all := func() bool {
		return !slices.ContainsFunc(accounts, func(a common.Address) bool { _, ok := known.Load(a); return !ok })
	}
	for !all() {
		time.Sleep(time.Millisecond)
	}
	const reads = 20
	var during int64
	for range reads {
		// Each read comes just after a bomb, whose costs must not be the document's.
		for before := went.Load(); went.Load() == before; {
			time.Sleep(time.Millisecond)
		}
		before := went.Load()
		if v := o.Decide(t.Context(), session.Question{Requester: who, Key: key}); v.Answer != session.Granted {
			t.Errorf("%v, %s", v.Answer, v.Reason)
		}
		during += went.Load() - before
	}
	t.Logf("%d bombs went off during %d reads", during, reads)
	if during > 5*reads { // in order of arrival it would be 30 for each read
		t.Errorf("%d bombs went off during %d reads", during, reads)
	}
}

// takesPacked takes any signature of 64 bytes.
const takesPacked = "0x44 CALLDATALOAD 0x40 EQ @yes JUMPI 0x00 0x00 REVERT yes: 0x1626ba7e 0xe0 SHL 0x00 MSTORE 0x20 0x00 RETURN"

// TestDelegatedAccount: an account that has a key, and code by EIP-7702, asks with either. Its code is given the bytes as they were sent.
func TestDelegatedAccount(t *testing.T) {
	account, code := owner(1), common.Address{0: 0xde, 19: 1}
	net := chaintest.New(t, map[common.Address]string{flag: "6001" + returnWord, code: chaintest.Assemble(takesPacked),
		addressOf(account): "ef0100" + common.Bytes2Hex(code[:])})
	local := chain.New(net.BC, chain.Config{HeadIsFinal: true})
	o := acl.New(local, acl.Setting{Kind: acl.Address, Address: flag}, acl.Config{CallTimeout: time.Minute})
	if has, err := local.HasCode(chaintest.Ref(net.Head()), addressOf(account)); err != nil || !has {
		t.Fatalf("has code: %t, %v", has, err)
	}
	reply := owner(9).PublicKey
	r := wire.Request{Chain: 1, Account: addressOf(account), Operation: wire.OpRetrieve, Keys: []wire.KeyID{key}, Arguments: wire.NoArguments,
		ReplyKey: wire.Point(wire.NodeIDOf(&reply)), Expiry: net.Head().Time() + 3600}
	own, others := signedBy(t, r.Digest(), account), signedBy(t, r.Digest(), owner(2))
	for _, test := range []struct {
		name      string
		signature []byte
		want      session.Answer
	}{
		{"of its key", own, session.Granted}, // the code would refuse it
		{"of another key", others, session.Refused},
		{"64 bytes of anything", others[:64], session.Granted},
		{"63 bytes", others[:63], session.Refused},
	} {
		proof, err := (&wire.SignedRequest{Request: r, Signature: test.signature}).Proof()
		if err != nil {
			t.Fatal(err)
		}
		who, err := proof.Recover(wire.Act{Chain: 1, Operation: wire.OpRetrieve, Key: key, Arguments: wire.NoArguments})
		if err != nil {
			t.Fatal(err)
		}
		if v := o.Decide(t.Context(), session.Question{Requester: who.Address, Key: key, Check: who.Check}); v.Answer != test.want {
			t.Errorf("%s: %v, %s", test.name, v.Answer, v.Reason)
		}
	}
}
