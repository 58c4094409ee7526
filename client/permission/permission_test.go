package permission

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/chainrpc/chaintest"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	genesis     = common.HexToHash("0x6e")
	contract    = common.HexToAddress("0xc0")
	registrarAt = common.HexToAddress("0x5e")
	abi         = permissions.NewDocumentPermissions()
	someID      = wire.KeyID{5}
)

// desk is a chain with a permission contract, in which nobody has claimed anything but by what was sent.
type desk struct {
	*chaintest.Node
	lost bool                                          // claims come to nothing
	call func(input []byte) ([]byte, *chaintest.Error) // if not nil, answers what it knows
}

func newDesk(t *testing.T) *desk {
	d := &desk{Node: chaintest.New(t, 7, genesis)}
	d.Code[contract], d.Code[registrarAt] = []byte{1}, []byte{1}
	d.Contract = func(to common.Address, input []byte) ([]byte, *chaintest.Error) {
		if d.call != nil {
			if out, err := d.call(input); out != nil || err != nil {
				return out, err
			}
		}
		if to == registrarAt {
			return common.LeftPadBytes(contract[:], 32), nil
		}
		for _, tx := range d.SentLocked() {
			claim := bytes.Equal(tx.Data(), abi.PackClaim(common.BytesToHash(input[4:min(36, len(input))])))
			if claim && !d.lost && isCall(input, abi.PackPublisherOf(common.Hash{})) {
				from, err := types.Sender(types.LatestSignerForChainID(tx.ChainId()), tx)
				return common.LeftPadBytes(from[:], 32), asError(err)
			}
		}
		return make([]byte, 32), nil
	}
	return d
}

func asError(err error) *chaintest.Error {
	if err == nil {
		return nil
	}
	return &chaintest.Error{Message: err.Error()}
}

func isCall(input, like []byte) bool { return bytes.HasPrefix(input, like[:4]) }

// open opens the contract that is filed.
func (d *desk) open(t *testing.T) (*Book, error) {
	t.Helper()
	chain, err := chainrpc.Dial(t.Context(), chainrpc.Config{Endpoints: []string{d.URL}, Poll: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chain.Close)
	filed, err := Filed(t.Context(), chain, registrarAt)
	if err != nil {
		return nil, err
	}
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return Open(t.Context(), chain, filed, key)
}

func info(name string) *wire.ClusterInfo {
	return wire.NewClusterInfo(7, wire.MakeClusterID(genesis, name), name, nil, 0)
}

// TestClaim: an id is claimed once, is the account's when Claim succeeds, and nothing is sent where anything is not as it should be.
func TestClaim(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	b, err := d.open(t)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for range 2 {
		if err := b.Claim(t.Context(), someID, info("main"), func() error { told++; return nil }); err != nil || len(d.Sent()) != 1 || told != 1 {
			t.Fatalf("%v; %d sent, told %d times", err, len(d.Sent()), told)
		}
	}
	if owner, err := b.Publisher(t.Context(), someID); err != nil || owner != b.Account() {
		t.Errorf("the publisher is %v, %v", owner, err)
	}
	if err := b.Claim(t.Context(), wire.KeyID{6}, nil, nil); err != nil || len(d.Sent()) != 2 {
		t.Errorf("without a cluster: %v", err)
	}
	stop := errors.New("stop")
	if err := b.Claim(t.Context(), wire.KeyID{7}, nil, func() error { return stop }); !errors.Is(err, stop) || len(d.Sent()) != 2 {
		t.Errorf("%v; %d sent", err, len(d.Sent()))
	}
	if owner, err := b.Publisher(t.Context(), wire.KeyID{7}); err != nil || owner != (common.Address{}) {
		t.Errorf("the publisher of nothing is %v, %v", owner, err)
	}
	for what, change := range map[string]func() (*types.Receipt, error){
		"grant":  func() (*types.Receipt, error) { return b.Grant(t.Context(), someID, common.Address{1}) },
		"revoke": func() (*types.Receipt, error) { return b.Revoke(t.Context(), someID, common.Address{1}) },
	} {
		before := len(d.Sent())
		if r, err := change(); err != nil || r == nil || len(d.Sent()) != before+1 {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestNothingSent: what is wrong with contract, chain or cluster is noticed before a transaction.
func TestNothingSent(t *testing.T) {
	t.Parallel()
	reverts := &chaintest.Error{Code: 3, Message: "execution reverted", Data: "0x"}
	answers := func(like []byte, out []byte, failed *chaintest.Error) func(d *desk) {
		return func(d *desk) {
			d.call = func(input []byte) ([]byte, *chaintest.Error) {
				if isCall(input, like) {
					return out, failed
				}
				return nil, nil
			}
		}
	}
	publisher, check := abi.PackPublisherOf(common.Hash{}), abi.PackCheckPermissions(common.Address{}, common.Hash{})
	for name, c := range map[string]struct {
		spoil func(*desk)
		info  *wire.ClusterInfo
		claim bool // others are as good
	}{
		"another chain":        {func(*desk) {}, wire.NewClusterInfo(8, wire.MakeClusterID(genesis, "main"), "main", nil, 0), true},
		"another genesis":      {func(*desk) {}, wire.NewClusterInfo(7, wire.MakeClusterID(common.Hash{1}, "main"), "main", nil, 0), true},
		"another name":         {func(*desk) {}, wire.NewClusterInfo(7, wire.MakeClusterID(genesis, "other"), "main", nil, 0), true},
		"another's id":         {answers(publisher, common.LeftPadBytes([]byte{9}, 32), nil), info("main"), true},
		"no publishers":        {answers(publisher, []byte{}, nil), info("main"), true},
		"half a publisher":     {answers(publisher, make([]byte, 31), nil), info("main"), true},
		"more than one":        {answers(publisher, make([]byte, 64), nil), info("main"), true},
		"publishers revert":    {answers(publisher, nil, reverts), info("main"), true},
		"a node that can't":    {answers(publisher, nil, &chaintest.Error{Code: -32000, Message: "out of disk"}), info("main"), true},
		"no answer to checks":  {answers(check, []byte{}, nil), info("main"), false},
		"an odd answer":        {answers(check, append(make([]byte, 31), 2), nil), info("main"), false},
		"more than an answer":  {answers(check, make([]byte, 64), nil), info("main"), false},
		"no contract":          {func(d *desk) { d.Code[contract] = nil }, info("main"), false},
		"no registrar":         {func(d *desk) { d.Code[registrarAt] = nil }, info("main"), false},
		"nothing is filed":     {func(d *desk) { d.call = func(input []byte) ([]byte, *chaintest.Error) { return make([]byte, 32), nil } }, info("main"), false},
		"the registrar breaks": {func(d *desk) { d.call = func(input []byte) ([]byte, *chaintest.Error) { return nil, reverts } }, info("main"), false},
		"the registrar is odd": {func(d *desk) { d.call = func(input []byte) ([]byte, *chaintest.Error) { return []byte{1}, nil } }, info("main"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			c.spoil(d)
			b, err := d.open(t)
			if err == nil {
				err = b.Claim(t.Context(), someID, c.info, nil)
				if !c.claim {
					_, granted := b.Grant(t.Context(), someID, common.Address{1})
					_, revoked := b.Revoke(t.Context(), someID, common.Address{1})
					if granted == nil || revoked == nil {
						t.Errorf("grant: %v, revoke: %v", granted, revoked)
					}
				}
			}
			if err == nil || len(d.Sent()) > 0 {
				t.Errorf("%v; %d sent", err, len(d.Sent()))
			}
		})
	}
}

// TestOpen: what is not filed, or not there, is not opened.
func TestOpen(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*desk){
		"nothing is filed": func(d *desk) { d.call = func([]byte) ([]byte, *chaintest.Error) { return make([]byte, 32), nil } },
		"the registrar breaks": func(d *desk) {
			d.call = func([]byte) ([]byte, *chaintest.Error) { return nil, &chaintest.Error{Message: "no"} }
		},
		"no registrar": func(d *desk) { d.Code[registrarAt] = nil },
	} {
		d := newDesk(t)
		spoil(d)
		chain, err := chainrpc.Dial(t.Context(), chainrpc.Config{Endpoints: []string{d.URL}})
		if err != nil {
			t.Fatal(err)
		}
		if filed, err := Filed(t.Context(), chain, registrarAt); err == nil {
			t.Errorf("%s: %v", name, filed)
		}
		if _, err := Open(t.Context(), chain, common.Address{1}, nil); err == nil {
			t.Error("no contract is opened")
		}
		chain.Close()
	}
}

// TestLostClaim: a claim that is in a block, and after which the id is not the account's, is none.
func TestLostClaim(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.lost = true
	b, err := d.open(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Claim(t.Context(), someID, info("main"), nil); err == nil || len(d.Sent()) != 1 {
		t.Errorf("%v; %d sent", err, len(d.Sent()))
	}
}

// TestContractThatReverts: one that reverts when it is asked for a permission may be one all the same.
func TestContractThatReverts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.call = func(input []byte) ([]byte, *chaintest.Error) {
		if isCall(input, abi.PackCheckPermissions(common.Address{}, common.Hash{})) {
			return nil, &chaintest.Error{Code: 3, Message: "execution reverted", Data: "0x"}
		}
		return nil, nil
	}
	b, err := d.open(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Claim(t.Context(), someID, info("main"), nil); err != nil {
		t.Error(err)
	}
}

// saidError is a node's error as package rpc gives it.
type saidError struct{ data any }

func (e *saidError) Error() string  { return "execution reverted" }
func (e *saidError) ErrorData() any { return e.data }

// TestExplainRevert: what the permission contract says is told in words; what it can't say is told as it came.
func TestExplainRevert(t *testing.T) {
	word := func(n int) string { return fmt.Sprintf("%064x", n) }
	for data, want := range map[any]string{
		selectorOf("AlreadyClaimed") + word(1) + word(0xbb):                        "the document belongs to 0x00000000000000000000000000000000000000bb already",
		selectorOf("NotPublisher") + word(1) + word(0xbb):                          "only its publisher 0x00000000000000000000000000000000000000bb may do this",
		selectorOf("NotPublisher") + word(1) + word(0):                             "nobody has claimed",
		selectorOf("ZeroUser"):                                                     "zero address",
		"0x08c379a0" + word(32) + word(2) + "6e6f" + strings.Repeat("0", 60):       "execution reverted: no",
		"0x08c379a0" + strings.Repeat("f", 64) + word(2) + strings.Repeat("0", 64): "execution reverted",
		"": "execution reverted", "0x": "execution reverted", "0x12": "execution reverted", "0x123456": "execution reverted", "0x12345678": "execution reverted",
		"0xa8ca238e": "execution reverted", "0xa8ca238e12": "execution reverted", "0xzz": "execution reverted", 7.0: "execution reverted", true: "execution reverted", nil: "execution reverted",
	} {
		if got := explainRevert(fmt.Errorf("around: %w", &saidError{data})).Error(); !strings.Contains(got, want) {
			t.Errorf("%v: %q", data, got)
		}
		mined := &chainrpc.Failed{Hash: common.Hash{7}, Err: &saidError{data}}
		var failed *chainrpc.Failed
		if got := explainRevert(mined); !errors.As(got, &failed) || failed.Hash != mined.Hash || !strings.Contains(got.Error(), want) {
			t.Errorf("%v, in a block: %q", data, got)
		}
	}
	if err := error(&chainrpc.Failed{Hash: common.Hash{7}}); explainRevert(err) != err {
		t.Error("a failure without a reason is explained")
	}
	if err := errors.New("connection refused"); explainRevert(err) != err {
		t.Error("what no contract said is explained")
	}
}

// selectorOf is how the data of an error begins.
func selectorOf(name string) string {
	abi := permissions.NewDocumentPermissions().GetABI()
	id := abi.Errors[name].ID
	return hexutil.Encode(id[:4])
}

// FuzzExplainRevert: no data of a contract is a panic.
func FuzzExplainRevert(f *testing.F) {
	for _, name := range []string{"AlreadyClaimed", "NotPublisher", "ZeroUser"} {
		f.Add(selectorOf(name))
		f.Add(selectorOf(name) + strings.Repeat("f", 128))
	}
	f.Add("0x12")
	f.Add("")
	f.Fuzz(func(t *testing.T, data string) {
		if err := explainRevert(&saidError{data}); err == nil {
			t.Error("an error became none")
		}
	})
}
