package registry

import (
	"crypto/ecdsa"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/chainrpc/chaintest"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/registrar"
)

var (
	alice, bob   = key(1), key(2)
	alices, free = common.HexToAddress("0x5e01"), common.HexToAddress("0x5e02") // registrars
	costly       = common.HexToAddress("0x5e03")                                // a free one, with a fee
	permissions  = common.HexToAddress("0xac")
	silent       = common.HexToAddress("0xee") // takes every call and answers nothing
	other        = common.HexToAddress("0xad")
	name         = contracts.NameACL
)

func key(n int64) *ecdsa.PrivateKey {
	k, err := crypto.ToECDSA(common.BigToHash(big.NewInt(n)).Bytes())
	if err != nil {
		panic(err)
	}
	return k
}

func account(k *ecdsa.PrivateKey) common.Address { return crypto.PubkeyToAddress(k.PublicKey) }

// newChain is a chain with registrars of several kinds.
func newChain(t *testing.T) (*chainrpc.Chain, *chaintest.Node) {
	t.Helper()
	rich := types.Account{Balance: big.NewInt(params.Ether)}
	withFee := contracts.RegistrarAccount(common.Address{})
	withFee.Storage = map[common.Hash]common.Hash{common.BigToHash(big.NewInt(1)): common.BigToHash(big.NewInt(7))}
	node := chaintest.Simulate(t, types.GenesisAlloc{
		account(alice): rich, account(bob): rich,
		alices:      contracts.RegistrarAccount(account(alice), contracts.Filing{Name: name, Address: permissions}),
		free:        contracts.RegistrarAccount(common.Address{}),
		costly:      withFee,
		permissions: contracts.PermissionsAccount(),
		silent:      {Code: common.FromHex("0x00")},
	})
	chain, err := chainrpc.Dial(t.Context(), chainrpc.Config{Endpoints: []string{node.URL}, Poll: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chain.Close)
	return chain, node
}

// TestFile: an address is filed by whose the name is, once; what was there before is told. A free name is reserved first.
func TestFile(t *testing.T) {
	t.Parallel()
	chain, node := newChain(t)
	reg, err := Open(t.Context(), chain, alices)
	if err != nil {
		t.Fatal(err)
	}
	owner, err := reg.Owner(t.Context(), name)
	if filed, e := reg.Filed(t.Context(), name); err != nil || e != nil || owner == nil || *owner != account(alice) || filed != permissions {
		t.Fatalf("owner %v, filed %v: %v %v", owner, filed, err, e)
	}
	f, err := reg.File(t.Context(), alice, name, permissions)
	if err != nil || f.Before != permissions || f.Receipt != nil || len(node.Sent()) != 0 {
		t.Errorf("what is filed already: %+v %v, %d sent", f, err, len(node.Sent()))
	}
	f, err = reg.File(t.Context(), alice, name, other)
	if err != nil || f.Before != permissions || f.Receipt == nil || f.Reserved || len(node.Sent()) != 1 {
		t.Errorf("another address: %+v %v, %d sent", f, err, len(node.Sent()))
	}
	if filed, err := reg.Filed(t.Context(), name); err != nil || filed != other {
		t.Errorf("filed is %v: %v", filed, err)
	}

	unowned, err := Open(t.Context(), chain, free)
	if err != nil {
		t.Fatal(err)
	}
	f, err = unowned.File(t.Context(), bob, name, permissions)
	if err != nil || f.Before != (common.Address{}) || !f.Reserved || f.Receipt == nil || len(node.Sent()) != 3 {
		t.Errorf("a free name: %+v %v, %d sent", f, err, len(node.Sent()))
	}
	if filed, err := unowned.Filed(t.Context(), name); err != nil || filed != permissions {
		t.Errorf("filed is %v: %v", filed, err)
	}
}

// TestNothingFiled: where it can be seen that an address could not be filed, nothing is sent, and the reason is told.
func TestNothingFiled(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		at   common.Address
		who  *ecdsa.PrivateKey
		want []string
	}{
		"no code":                         {common.HexToAddress("0x99"), alice, []string{"there is no contract at"}},
		"a contract that answers nothing": {silent, alice, []string{"is not a registrar", "getAddress(bytes32,string)"}},
		"a contract for something else":   {permissions, alice, []string{"is not a registrar", "getAddress(bytes32,string)"}},
		"another's name":                  {alices, bob, []string{"belongs to " + account(alice).Hex(), account(bob).Hex()}},
		"a name that costs":               {costly, bob, []string{"charges 7 wei", contracts.NameHash(name).Hex()}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			chain, node := newChain(t)
			reg, err := Open(t.Context(), chain, c.at)
			if err == nil {
				_, err = reg.File(t.Context(), c.who, name, other)
			}
			if err == nil || len(node.Sent()) > 0 {
				t.Fatalf("%v, %d sent", err, len(node.Sent()))
			}
			for _, want := range append(c.want, c.at.Hex()) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: without %q", err, want)
				}
			}
		})
	}
}

// TestOldRegistrar: one that does not tell whose a name is, and answers no instead of failing, is believed when it answers.
func TestOldRegistrar(t *testing.T) {
	t.Parallel()
	abi := registrar.NewRegistrar()
	selector := func(input []byte) string { return string(input[:4]) }
	for what, c := range map[string]struct {
		answers, honest bool
	}{"its own": {true, true}, "another's": {false, true}, "one that files nothing": {true, false}} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			node := chaintest.New(t, 7, common.Hash{1})
			node.Code[alices] = hexutil.Bytes{1}
			node.Contract = func(_ common.Address, input []byte) ([]byte, *chaintest.Error) {
				word := make([]byte, 32)
				switch selector(input) {
				case selector(abi.PackGetOwner(common.Hash{})):
					return nil, &chaintest.Error{Code: 3, Message: "execution reverted"}
				case selector(abi.PackReserved(common.Hash{})):
					word[31] = 1
				case selector(abi.PackSetAddress(common.Hash{}, "A", other)):
					if c.answers {
						word[31] = 1
					}
				case selector(abi.PackGetAddress(common.Hash{}, "A")):
					if c.honest && len(node.SentLocked()) > 0 {
						copy(word[12:], other[:])
					}
				}
				return word, nil
			}
			chain, err := chainrpc.Dial(t.Context(), chainrpc.Config{Endpoints: []string{node.URL}, Poll: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer chain.Close()
			reg, err := Open(t.Context(), chain, alices)
			if err != nil {
				t.Fatal(err)
			}
			_, err = reg.File(t.Context(), alice, name, other)
			sent := len(node.Sent())
			switch {
			case c.answers && c.honest && (err != nil || sent != 1):
				t.Errorf("%v, %d sent", err, sent)
			case !c.answers && (err == nil || sent != 0 || !strings.Contains(err.Error(), "does not let")):
				t.Errorf("%v, %d sent", err, sent)
			case !c.honest && (err == nil || sent != 1 || !strings.Contains(err.Error(), "still names")):
				t.Errorf("%v, %d sent", err, sent)
			}
		})
	}
}

// TestDeploy: what is deployed stands where it is said to, and is whose it should be.
func TestDeploy(t *testing.T) {
	t.Parallel()
	chain, node := newChain(t)
	for i, d := range contracts.Deployables() {
		at, receipt, err := Deploy(t.Context(), chain, bob, d, account(alice))
		if err != nil || receipt.ContractAddress != at || len(node.Sent()) != i+1 {
			t.Fatalf("%s: %v %+v %v", d.Name, at, receipt, err)
		}
		if !d.Owned {
			continue
		}
		reg, err := Open(t.Context(), chain, at)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range contracts.Names() {
			if owner, err := reg.Owner(t.Context(), n); err != nil || owner == nil || *owner != account(alice) {
				t.Errorf("%s is %v's, %v", n, owner, err)
			}
		}
	}
	poor := key(3)
	before := len(node.Sent())
	if _, _, err := Deploy(t.Context(), chain, poor, contracts.Deployables()[0], account(poor)); err == nil || !strings.Contains(err.Error(), "has no ether") || len(node.Sent()) != before {
		t.Errorf("without ether: %v", err)
	}
}
