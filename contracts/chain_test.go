package contracts

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"math/big"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/contracts/bindings/aclstorage"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
)

var (
	registrarAddress = common.HexToAddress("0x6e67746800000000000000000000000000000001")

	alice, bob, carol = account(1), account(2), account(3)

	registrarABI   = registrar.NewRegistrar()
	permissionsABI = permissions.NewDocumentPermissions()
)

// chain is a simulated chain on which everybody has an ether, with alice's registrar in its genesis.
type chain struct {
	*testing.T
	*simulated.Backend
	ctx context.Context
}

func newChain(t *testing.T) *chain {
	t.Helper()
	alloc := types.GenesisAlloc{registrarAddress: RegistrarAccount(addr(alice))}
	for _, key := range []*ecdsa.PrivateKey{alice, bob, carol} {
		alloc[addr(key)] = types.Account{Balance: big.NewInt(params.Ether)}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	backend := simulated.NewBackend(alloc)
	t.Cleanup(func() { cancel(); backend.Close() })
	return &chain{t, backend, ctx}
}

// send puts a transaction into a block of its own. A nil address deploys data.
func (c *chain) send(key *ecdsa.PrivateKey, to *common.Address, data []byte, value int64) *types.Receipt {
	c.Helper()
	return c.sendGas(key, to, data, value, 10_000_000)
}

func (c *chain) sendGas(key *ecdsa.PrivateKey, to *common.Address, data []byte, value int64, gas uint64) *types.Receipt {
	c.Helper()
	nonce, err := c.Client().PendingNonceAt(c.ctx, addr(key))
	if err != nil {
		c.Fatal(err)
	}
	tx := types.MustSignNewTx(key, types.LatestSignerForChainID(params.AllDevChainProtocolChanges.ChainID), &types.DynamicFeeTx{
		ChainID: params.AllDevChainProtocolChanges.ChainID, Nonce: nonce, To: to, Data: data, Value: big.NewInt(value),
		Gas: gas, GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(10 * params.GWei),
	})
	if err := c.Client().SendTransaction(c.ctx, tx); err != nil {
		c.Fatal(err)
	}
	c.Commit()
	receipt, err := c.Client().TransactionReceipt(c.ctx, tx.Hash())
	if err != nil {
		c.Fatal(err)
	}
	return receipt
}

// passes and refused send a transaction and expect the contract to let it through, or to revert.
func (c *chain) passes(key *ecdsa.PrivateKey, to common.Address, data []byte) {
	c.Helper()
	if c.send(key, &to, data, 0).Status != types.ReceiptStatusSuccessful {
		c.Errorf("a transaction of %s was refused", addr(key))
	}
}

func (c *chain) refused(key *ecdsa.PrivateKey, to common.Address, data []byte) {
	c.Helper()
	if c.send(key, &to, data, 0).Status == types.ReceiptStatusSuccessful {
		c.Errorf("a transaction of %s passed, want it refused", addr(key))
	}
}

// call reads from the head.
func call[T any](c *chain, to common.Address, data []byte, unpack func([]byte) (T, error)) T {
	c.Helper()
	out, err := c.Client().CallContract(c.ctx, ethereum.CallMsg{To: &to, Data: data}, nil)
	if err != nil {
		c.Fatal(err)
	}
	value, err := unpack(out)
	if err != nil {
		c.Fatal(err)
	}
	return value
}

func (c *chain) addressOf(name common.Hash) common.Address {
	c.Helper()
	return call(c, registrarAddress, registrarABI.PackGetAddress(name, AddressKey), registrarABI.UnpackGetAddress)
}

func (c *chain) nameOwner(name common.Hash) common.Address {
	c.Helper()
	return call(c, registrarAddress, registrarABI.PackGetOwner(name), registrarABI.UnpackGetOwner)
}

func (c *chain) reverse(who *ecdsa.PrivateKey) string {
	c.Helper()
	return call(c, registrarAddress, registrarABI.PackReverse(addr(who)), registrarABI.UnpackReverse)
}

func TestRegistrarInGenesis(t *testing.T) {
	c := newChain(t)
	if owner := call(c, registrarAddress, registrarABI.PackOwner(), registrarABI.UnpackOwner); owner != addr(alice) {
		t.Errorf("the registrar belongs to %s, want alice", owner)
	}
	if fee := call(c, registrarAddress, registrarABI.PackFee(), registrarABI.UnpackFee); fee.Sign() != 0 {
		t.Errorf("the fee is %s, want 0", fee)
	}
	for i, name := range Names() {
		target := common.BigToAddress(big.NewInt(int64(0xacc0 + i)))
		if got := c.nameOwner(NameHash(name)); got != addr(alice) {
			t.Errorf("%s belongs to %s, want alice", name, got)
		}
		if got := c.addressOf(NameHash(name)); got != (common.Address{}) {
			t.Errorf("%s is filed as %s before anyone set it", name, got)
		}
		c.refused(bob, registrarAddress, registrarABI.PackSetAddress(NameHash(name), AddressKey, target))
		c.refused(bob, registrarAddress, registrarABI.PackReserve(NameHash(name)))
		c.passes(alice, registrarAddress, registrarABI.PackSetAddress(NameHash(name), AddressKey, target))
		if got := c.addressOf(NameHash(name)); got != target {
			t.Errorf("%s is filed as %s, want %s", name, got, target)
		}
	}
	if got := c.nameOwner(NameHash("another name")); got != (common.Address{}) {
		t.Errorf("a name that isn't ours belongs to %s", got)
	}
}

func TestRegistrarAccountWithoutOwner(t *testing.T) {
	if n := len(RegistrarAccount(common.Address{}).Storage); n != 0 {
		t.Errorf("%d storage slots, want none: the names are free", n)
	}
}

func TestRegistrarNames(t *testing.T) {
	c := newChain(t)
	name := NameHash("a name")
	if call(c, registrarAddress, registrarABI.PackReserved(name), registrarABI.UnpackReserved) {
		t.Error("the name is taken before anyone reserved it")
	}
	c.refused(bob, registrarAddress, registrarABI.PackSetUint(name, "n", big.NewInt(7)))
	c.passes(bob, registrarAddress, registrarABI.PackReserve(name))
	c.refused(carol, registrarAddress, registrarABI.PackReserve(name))
	c.passes(bob, registrarAddress, registrarABI.PackSetUint(name, "n", big.NewInt(7)))
	c.passes(bob, registrarAddress, registrarABI.PackSet(name, "h", NameHash("h")))

	uintOf := func() uint64 {
		return call(c, registrarAddress, registrarABI.PackGetUint(name, "n"), registrarABI.UnpackGetUint).Uint64()
	}
	if got := uintOf(); got != 7 {
		t.Errorf("n is %d, want 7", got)
	}
	if got := call(c, registrarAddress, registrarABI.PackGet(name, "h"), registrarABI.UnpackGet); got != NameHash("h") {
		t.Errorf("h is %x", got)
	}

	// A name handed over keeps what is filed; the old owner has no more say.
	c.refused(carol, registrarAddress, registrarABI.PackTransfer(name, addr(carol)))
	c.refused(bob, registrarAddress, registrarABI.PackTransfer(name, common.Address{}))
	c.passes(bob, registrarAddress, registrarABI.PackTransfer(name, addr(carol)))
	c.refused(bob, registrarAddress, registrarABI.PackSetUint(name, "n", big.NewInt(8)))
	if got := uintOf(); got != 7 || c.nameOwner(name) != addr(carol) {
		t.Errorf("after the transfer n is %d, owner %s", got, c.nameOwner(name))
	}

	// A dropped name answers zero at once, and its next owner finds nothing of the last.
	c.refused(bob, registrarAddress, registrarABI.PackDrop(name))
	c.passes(carol, registrarAddress, registrarABI.PackDrop(name))
	if got := uintOf(); got != 0 || c.nameOwner(name) != (common.Address{}) {
		t.Errorf("after the drop n is %d, owner %s", got, c.nameOwner(name))
	}
	c.passes(bob, registrarAddress, registrarABI.PackReserve(name))
	if got := uintOf(); got != 0 {
		t.Errorf("the next owner inherits n = %d", got)
	}
}

func TestRegistrarReverse(t *testing.T) {
	c := newChain(t)
	for _, name := range []string{"first", "second"} {
		c.passes(alice, registrarAddress, registrarABI.PackReserve(NameHash(name)))
	}
	c.refused(bob, registrarAddress, registrarABI.PackProposeReverse("first", addr(bob)))
	c.passes(alice, registrarAddress, registrarABI.PackProposeReverse("first", addr(bob)))
	c.refused(carol, registrarAddress, registrarABI.PackConfirmReverse("first"))
	if got := c.reverse(bob); got != "" {
		t.Errorf("bob goes by %q before agreeing", got)
	}
	c.passes(bob, registrarAddress, registrarABI.PackConfirmReverse("first"))
	if got := c.reverse(bob); got != "first" {
		t.Errorf("bob goes by %q, want first", got)
	}

	// One account, one name: agreeing to the second gives the first up.
	c.passes(alice, registrarAddress, registrarABI.PackProposeReverse("second", addr(bob)))
	c.passes(bob, registrarAddress, registrarABI.PackConfirmReverse("second"))
	c.refused(bob, registrarAddress, registrarABI.PackConfirmReverse("first"))
	if got := c.reverse(bob); got != "second" {
		t.Errorf("bob goes by %q, want second", got)
	}

	// One name, one account: proposing it to carol takes it from bob, and dropping it takes it from carol.
	c.passes(alice, registrarAddress, registrarABI.PackProposeReverse("second", addr(carol)))
	c.passes(carol, registrarAddress, registrarABI.PackConfirmReverse("second"))
	if b, ca := c.reverse(bob), c.reverse(carol); b != "" || ca != "second" {
		t.Errorf("bob goes by %q and carol by %q, want nothing and second", b, ca)
	}
	c.passes(alice, registrarAddress, registrarABI.PackDrop(NameHash("second")))
	if got := c.reverse(carol); got != "" {
		t.Errorf("carol goes by %q, a name that was dropped", got)
	}

	c.passes(alice, registrarAddress, registrarABI.PackProposeReverse("first", addr(carol)))
	c.passes(carol, registrarAddress, registrarABI.PackConfirmReverse("first"))
	c.passes(carol, registrarAddress, registrarABI.PackRemoveReverse())
	c.refused(carol, registrarAddress, registrarABI.PackRemoveReverse())
	c.refused(carol, registrarAddress, registrarABI.PackConfirmReverse("first"))
	if got := c.reverse(carol); got != "" {
		t.Errorf("carol goes by %q after removing it", got)
	}
}

func TestRegistrarFee(t *testing.T) {
	c := newChain(t)
	c.refused(bob, registrarAddress, registrarABI.PackSetFee(big.NewInt(10)))
	c.passes(alice, registrarAddress, registrarABI.PackSetFee(big.NewInt(10)))
	reserve := registrarABI.PackReserve(NameHash("a name"))
	if c.send(bob, &registrarAddress, reserve, 9).Status == types.ReceiptStatusSuccessful {
		t.Error("a name was reserved for less than the fee")
	}
	if c.send(bob, &registrarAddress, reserve, 10).Status != types.ReceiptStatusSuccessful {
		t.Error("a name was refused though the fee was paid")
	}
	c.refused(bob, registrarAddress, registrarABI.PackDrain())
	c.refused(bob, registrarAddress, registrarABI.PackSetOwner(addr(bob)))
	c.passes(alice, registrarAddress, registrarABI.PackSetOwner(addr(carol)))
	c.refused(alice, registrarAddress, registrarABI.PackDrain())
	c.passes(carol, registrarAddress, registrarABI.PackDrain())
	if left, err := c.Client().BalanceAt(c.ctx, registrarAddress, nil); err != nil || left.Sign() != 0 {
		t.Errorf("%s wei are left after draining (%v)", left, err)
	}
}

func TestDocumentPermissions(t *testing.T) {
	c := newChain(t)
	receipt := c.send(alice, nil, common.FromHex(permissions.DocumentPermissionsMetaData.Bin), 0)
	if receipt.Status != types.ReceiptStatusSuccessful {
		t.Fatal("the contract was not deployed")
	}
	contract, document, other := receipt.ContractAddress, NameHash("document"), NameHash("other")

	// Asked through the binding of Parity's ABI, as key servers do.
	acl := aclstorage.NewACLStorage()
	check := func(what string, who common.Address, document common.Hash, want bool) {
		t.Helper()
		if got := call(c, contract, acl.PackCheckPermissions(who, document), acl.UnpackCheckPermissions); got != want {
			t.Errorf("%s: permission %t, want %t", what, got, want)
		}
	}
	check("nobody claimed it", addr(alice), document, false)
	check("the zero address of an unclaimed document", common.Address{}, document, false)
	c.refused(alice, contract, permissionsABI.PackRevoke(document, addr(bob)))

	c.passes(alice, contract, permissionsABI.PackClaim(document))
	c.refused(alice, contract, permissionsABI.PackClaim(document))
	c.refused(bob, contract, permissionsABI.PackClaim(document))
	c.refused(bob, contract, permissionsABI.PackGrant(document, addr(bob)))
	check("the publisher", addr(alice), document, true)
	check("a stranger", addr(bob), document, false)

	c.refused(alice, contract, permissionsABI.PackGrant(document, common.Address{}))
	c.passes(alice, contract, permissionsABI.PackGrant(document, addr(bob)))
	check("a reader", addr(bob), document, true)
	check("a reader of another document", addr(bob), other, false)
	check("a stranger beside a reader", addr(carol), document, false)
	c.refused(bob, contract, permissionsABI.PackGrant(document, addr(carol)))
	c.refused(bob, contract, permissionsABI.PackRevoke(document, addr(bob)))

	c.passes(alice, contract, permissionsABI.PackRevoke(document, addr(bob)))
	check("a reader revoked", addr(bob), document, false)

	// The first grant claims.
	c.passes(bob, contract, permissionsABI.PackGrant(other, addr(carol)))
	c.refused(alice, contract, permissionsABI.PackClaim(other))
	check("a reader of a document claimed by its first grant", addr(carol), other, true)
	publisher := call(c, contract, permissionsABI.PackPublisherOf(other), permissionsABI.UnpackPublisherOf)
	if publisher != addr(bob) {
		t.Errorf("its publisher is %s, want bob", publisher)
	}
}

func account(n int64) *ecdsa.PrivateKey {
	key, err := crypto.ToECDSA(common.BigToHash(big.NewInt(n)).Bytes())
	if err != nil {
		panic(err)
	}
	return key
}

func addr(key *ecdsa.PrivateKey) common.Address {
	return crypto.PubkeyToAddress(key.PublicKey)
}

// A permission contract that stands in the genesis block and is filed there is as one that was deployed and filed: also when
// something else is filed, or the name is dropped, later.
func TestPermissionsInGenesis(t *testing.T) {
	at := common.HexToAddress("0xacc")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	backend := simulated.NewBackend(types.GenesisAlloc{
		registrarAddress: RegistrarAccount(addr(alice), Filing{NameACL, at}),
		at:               PermissionsAccount(),
		addr(alice):      {Balance: big.NewInt(params.Ether)},
		addr(bob):        {Balance: big.NewInt(params.Ether)},
	})
	t.Cleanup(func() { cancel(); backend.Close() })
	c := &chain{t, backend, ctx}
	for _, name := range Names() {
		want := common.Address{}
		if name == NameACL {
			want = at
		}
		if got := c.addressOf(NameHash(name)); got != want {
			t.Errorf("%s is filed as %s, want %s", name, got, want)
		}
	}
	document := NameHash("document")
	check := func(who *ecdsa.PrivateKey, want bool) {
		t.Helper()
		if got := call(c, at, permissionsABI.PackCheckPermissions(addr(who), document), permissionsABI.UnpackCheckPermissions); got != want {
			t.Errorf("permission %t, want %t", got, want)
		}
	}
	c.passes(alice, at, permissionsABI.PackClaim(document))
	check(bob, false)
	c.passes(alice, at, permissionsABI.PackGrant(document, addr(bob)))
	check(bob, true)

	filed := func(what string, want common.Address) {
		t.Helper()
		stored := FiledAddress(func(slot common.Hash) common.Hash {
			word, err := c.Client().StorageAt(c.ctx, registrarAddress, slot, nil)
			if err != nil {
				t.Fatal(err)
			}
			return common.BytesToHash(word)
		}, NameACL)
		if got := c.addressOf(NameHash(NameACL)); got != want || stored != want {
			t.Errorf("%s: filed is %s, in storage %s, want %s", what, got, stored, want)
		}
	}
	filed("at first", at)
	c.passes(alice, registrarAddress, registrarABI.PackSetAddress(NameHash(NameACL), AddressKey, addr(bob)))
	filed("another one", addr(bob))
	c.passes(alice, registrarAddress, registrarABI.PackDrop(NameHash(NameACL)))
	filed("after the drop", common.Address{})
	c.passes(bob, registrarAddress, registrarABI.PackReserve(NameHash(NameACL)))
	c.passes(bob, registrarAddress, registrarABI.PackSetAddress(NameHash(NameACL), AddressKey, at))
	filed("of the next owner", at)
}

// What can be deployed has the code that was compiled, and a registrar stands as in a genesis block, its names its owner's from the
// first moment on.
func TestDeployables(t *testing.T) {
	c := newChain(t)
	seen := make(map[string]bool)
	for _, d := range Deployables() {
		receipt := c.send(bob, nil, d.Creation(addr(carol)), 0)
		if receipt.Status != types.ReceiptStatusSuccessful {
			t.Fatalf("%s was not deployed", d.Short)
		}
		code, err := c.Client().CodeAt(c.ctx, receipt.ContractAddress, nil)
		runtime, readErr := os.ReadFile("compiled/" + d.Name + ".bin-runtime")
		if err != nil || readErr != nil || !bytes.Equal(code, unhex(string(runtime))) {
			t.Errorf("%s has other code than was compiled: %d bytes (%v, %v)", d.Short, len(code), err, readErr)
		}
		if d.Short == "" || seen[d.Short] || d.File != "" && !slices.Contains(Names(), d.File) || d.Owned != (d.Short == "registrar") {
			t.Errorf("%+v", d)
		}
		seen[d.Short] = true
		if d.Short == "registrar" {
			testDeployedRegistrar(c, receipt.ContractAddress)
		}
	}
}

func testDeployedRegistrar(c *chain, at common.Address) {
	c.Helper()
	for key, want := range RegistrarAccount(addr(carol)).Storage {
		got, err := c.Client().StorageAt(c.ctx, at, key, nil)
		if err != nil || common.BytesToHash(got) != want {
			c.Errorf("at %s is %x, want %s (%v)", key, got, want, err)
		}
	}
	for _, name := range Names() {
		c.refused(bob, at, registrarABI.PackReserve(NameHash(name)))
		c.refused(bob, at, registrarABI.PackSetAddress(NameHash(name), AddressKey, addr(bob)))
		c.passes(carol, at, registrarABI.PackSetAddress(NameHash(name), AddressKey, addr(bob)))
	}
	if owner := call(c, at, registrarABI.PackOwner(), registrarABI.UnpackOwner); owner != addr(carol) {
		c.Errorf("it belongs to %s", owner)
	}
}

// later lets time pass on the chain, which it does once the pool has noticed that nothing is pending.
func (c *chain) later(d time.Duration) {
	c.Helper()
	var err error
	for range 100 {
		if err = c.AdjustTime(d); err == nil {
			c.Commit()
			return
		}
		c.Commit()
		time.Sleep(10 * time.Millisecond)
	}
	c.Fatal(err)
}
