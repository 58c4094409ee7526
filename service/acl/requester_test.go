package acl

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
)

var safe = common.Address{19: 0x5a}

// accountChain has an account whose contract answers EIP-1271's question.
type accountChain struct {
	*fakeChain
	takes func(digest common.Hash, signature []byte) ([]byte, error)
}

const eip1271 = `[{"type":"function","name":"isValidSignature","inputs":[{"type":"bytes32"},{"type":"bytes"}],"outputs":[{"type":"bytes4"}]}]`

func (a *accountChain) Call(ctx context.Context, at wire.BlockRef, to common.Address, input []byte, gas uint64) ([]byte, uint64, error) {
	if to != safe {
		return a.fakeChain.Call(ctx, at, to, input, gas)
	}
	parsed, err := abi.JSON(strings.NewReader(eip1271))
	if err != nil {
		return nil, 0, err
	}
	method := parsed.Methods["isValidSignature"]
	if !bytes.Equal(input[:4], method.ID) || len(input)%32 != 4 {
		return nil, 0, fmt.Errorf("called with %x", input)
	}
	args, err := method.Inputs.Unpack(input[4:])
	if err != nil {
		return nil, 0, err
	}
	output, err := a.takes(args[0].([32]byte), args[1].([]byte))
	return output, 0, err
}

// TestClaims: the block's timestamp decides whether a request holds, and a contract account's
// contract whether it is its own.
func TestClaims(t *testing.T) {
	digest, signature := common.Hash{7}, bytes.Repeat([]byte{3}, 70)
	magic := append([]byte{0x16, 0x26, 0xba, 0x7e}, make([]byte, 28)...)
	takes := func(output []byte, err error) func(common.Hash, []byte) ([]byte, error) {
		return func(d common.Hash, s []byte) ([]byte, error) {
			if d != digest || !bytes.Equal(s, signature) {
				return nil, &chain.CallError{Err: errors.New("another question")}
			}
			return output, err
		}
	}
	contractCheck := &wire.ChainCheck{Start: 500, Expiry: 2000, Contract: &wire.ContractCheck{Account: safe, Digest: digest, Signature: signature}}
	for _, c := range []struct {
		name     string
		check    *wire.ChainCheck
		takes    func(common.Hash, []byte) ([]byte, error)
		setting  Setting
		identity bool
		want     session.Answer
		reason   string
	}{
		{name: "valid", check: &wire.ChainCheck{Start: 1000, Expiry: 1000}, want: session.Granted},
		{name: "expired", check: &wire.ChainCheck{Start: 0, Expiry: 999}, want: session.Refused, reason: "expired at block 9, by 1 seconds"},
		{name: "too early", check: &wire.ChainCheck{Start: 1001, Expiry: 2000}, want: session.Refused, reason: "not yet valid"},
		{name: "contract takes it", check: contractCheck, takes: takes(magic, nil), want: session.Granted},
		{name: "contract says nothing", check: contractCheck, takes: takes(nil, nil), want: session.Refused, reason: "does not accept the signature"},
		{name: "contract says another word", check: contractCheck, takes: takes(make([]byte, 32), nil), want: session.Refused},
		{name: "contract says more", check: contractCheck, takes: takes(append(magic, 0), nil), want: session.Refused},
		{name: "contract's word has a tail", check: contractCheck, takes: takes(append(magic[:31:31], 1), nil), want: session.Refused},
		{name: "contract reverts", check: contractCheck, takes: takes(nil, &chain.CallError{Err: errors.New("execution reverted")}), want: session.Refused},
		{name: "no contract", check: contractCheck, takes: takes(nil, chain.ErrNoCode), want: session.Refused},
		{name: "database", check: contractCheck, takes: takes(nil, fmt.Errorf("%w: disk", chain.ErrUnavailable)), want: session.Unreadable},
		{name: "permissive, valid", check: contractCheck, takes: takes(magic, nil), setting: Setting{Kind: Permissive}, want: session.Granted},
		{name: "permissive, not its own", check: contractCheck, takes: takes(nil, nil), setting: Setting{Kind: Permissive}, want: session.Refused},
		{name: "closed, identity alone", check: contractCheck, takes: takes(magic, nil), setting: Setting{Kind: Closed}, identity: true, want: session.Granted},
		{name: "closed, identity alone, expired", check: &wire.ChainCheck{Expiry: 1}, setting: Setting{Kind: Closed}, identity: true, want: session.Refused},
		{name: "closed", check: contractCheck, takes: takes(magic, nil), setting: Setting{Kind: Closed}, want: session.Refused, reason: "no ACL contract"},
	} {
		f := &accountChain{&fakeChain{final: 9, time: 1000, answers: map[uint64]func() ([]byte, error){9: yes}}, c.takes}
		if c.setting == (Setting{}) {
			c.setting = Setting{Kind: Address, Address: contract}
		}
		if c.name == "closed" || c.identity {
			c.setting = Setting{Kind: Closed}
		}
		o := New(f, c.setting, Config{Now: func() time.Time { return time.Unix(1000, 0) }})
		v := o.Decide(context.Background(), session.Question{Requester: safe, Key: wire.KeyID{1}, Check: c.check, RequesterOnly: c.identity})
		if v.Answer != c.want || !strings.Contains(v.Reason, c.reason) {
			t.Errorf("%s: %v, %q", c.name, v.Answer, v.Reason)
		}
	}
}

// changingChain has an account whose contract takes a signature at some blocks alone.
type changingChain struct {
	*fakeChain
	takes map[uint64]bool
	asked []uint64           // the contract, at these blocks
	after func(block uint64) // what happens when it was asked
}

func (c *changingChain) Call(ctx context.Context, at wire.BlockRef, to common.Address, input []byte, gas uint64) ([]byte, uint64, error) {
	if to != safe {
		return c.fakeChain.Call(ctx, at, to, input, gas)
	}
	c.asked = append(c.asked, at.Number)
	if c.after != nil {
		defer c.after(at.Number)
	}
	if !c.takes[at.Number] {
		return nil, 0, &chain.CallError{Err: errors.New("execution reverted")}
	}
	return common.RightPadBytes(isValidSignature, 32), 0, nil
}

// TestIdentityOfEachBlock: the keys of one request share what the account's contract said, but of one block alone. Nobody
// is let in at a block by what was true at another.
func TestIdentityOfEachBlock(t *testing.T) {
	older := block(8)
	for _, c := range []struct {
		name  string
		at    *wire.BlockRef
		takes map[uint64]bool
		grows bool // the head becomes 10 after the first key
		want  string
		asked string
	}{
		{"at the head", nil, map[uint64]bool{9: true}, false, "granted granted granted", "[9]"},
		{"below the head", &older, map[uint64]bool{8: true, 9: true}, false, "granted granted granted", "[9 8]"},
		{"not yet taken below", &older, map[uint64]bool{9: true}, false, "", "[9 8]"},
		{"no more taken at the head", &older, map[uint64]bool{8: true}, false, "", "[9]"},
		{"taken at a new head", nil, map[uint64]bool{9: true, 10: true}, true, "granted granted granted", "[9 10]"},
		{"revoked by a new head", nil, map[uint64]bool{9: true}, true, "granted newer head newer head", "[9 10 10]"},
	} {
		f := &changingChain{fakeChain: &fakeChain{final: 9, time: 1000, answers: map[uint64]func() ([]byte, error){8: yes, 9: yes, 10: yes}}, takes: c.takes}
		if c.grows {
			f.after = func(uint64) { f.finalize(10) }
		}
		o := New(f, Setting{Kind: Address, Address: contract}, Config{Now: func() time.Time { return time.Unix(1000, 0) }})
		check := &wire.ChainCheck{Expiry: 2000, Contract: &wire.ContractCheck{Account: safe}}
		v := o.Decide(t.Context(), session.Question{Requester: safe, Keys: []wire.KeyID{{1}, {2}, {3}}, Check: check, Block: c.at})
		var answers []string
		for _, each := range v.Each {
			answers = append(answers, each.Answer.String())
		}
		if got := strings.Join(answers, " "); got != c.want || c.want == "" && v.Answer != session.Newer {
			t.Errorf("%s: %v, %s", c.name, v.Answer, got)
		}
		if got := fmt.Sprint(f.asked); got != c.asked {
			t.Errorf("%s: the account's contract was asked at blocks %v, want %v", c.name, got, c.asked)
		}
	}
}

// An account whose contract is expensive makes itself expensive, not the keys it asks for.
func TestExpensiveAccount(t *testing.T) {
	q := session.Question{Key: wire.KeyID{1}, Check: &wire.ChainCheck{Contract: &wire.ContractCheck{Account: safe}}}
	if laneOf(q) == q.Key || laneOf(q) != laneOf(session.Question{Key: wire.KeyID{2}, Check: q.Check}) {
		t.Error("the costs of an account's contract are put down to a key")
	}
	q.Check = &wire.ChainCheck{}
	if laneOf(q) != q.Key {
		t.Error("the costs of a key are put down to somebody else")
	}
}

// TestWhoseSignature: where there is no contract, who is refused is told whose the signature is.
func TestWhoseSignature(t *testing.T) {
	account, other, digest := key(1), key(2), common.Hash{7}
	own, others := sign(t, account, digest), sign(t, other, digest)
	pack := func(sig []byte) []byte {
		out := bytes.Clone(sig[:64])
		out[32] |= (sig[64] - 27) << 7
		return out
	}
	theirs := "its signature is that of " + crypto.PubkeyToAddress(other.PublicKey).Hex() + ", or is on something else"
	for _, c := range []struct {
		name      string
		signature []byte
		want      string
	}{
		{"another's", others, theirs},
		{"another's, v of 0 and 1", append(bytes.Clone(others[:64]), others[64]-27), theirs},
		{"another's, packed", pack(others), theirs},
		{"its own, packed", pack(own), "64 bytes (EIP-2098), which the asked node should have expanded"},
		{"none", nil, "it has no signature"},
		{"zeros", make([]byte, 65), "of 65 bytes, is not in the form of a key's"},
		{"v of EIP-155", append(bytes.Clone(own[:64]), 37), "of 65 bytes, is not in the form of a key's"},
		{"of two", append(bytes.Clone(own), others...), "of 130 bytes, is not in the form of a key's"},
		{"cut", own[:63], "of 63 bytes, is not in the form of a key's"},
	} {
		for _, permit := range []bool{false, true} {
			check := &wire.ContractCheck{Account: crypto.PubkeyToAddress(account.PublicKey), Digest: digest, Signature: c.signature, Permit: permit}
			o := New(&emptyChain{&fakeChain{final: 9, time: 1000}}, Setting{Kind: Address, Address: contract}, Config{Now: func() time.Time { return time.Unix(1000, 0) }})
			v := o.Decide(t.Context(), session.Question{Requester: check.Account, Key: wire.KeyID{1}, Check: &wire.ChainCheck{Expiry: 2000, Contract: check}})
			what := map[bool]string{false: "the request is not signed by ", true: "the permit is not signed by "}[permit] + check.Account.Hex()
			if v.Answer != session.Refused || !strings.Contains(v.Reason, c.want) || !strings.HasPrefix(v.Reason, what) ||
				!strings.HasSuffix(v.Reason, "there is no contract at "+check.Account.Hex()+", at block 9, that could accept it") || len(v.Reason) > 512 {
				t.Errorf("%s: %v, %q", c.name, v.Answer, v.Reason)
			}
		}
	}
}

// emptyChain has no contracts.
type emptyChain struct{ *fakeChain }

func (emptyChain) Call(context.Context, wire.BlockRef, common.Address, []byte, uint64) ([]byte, uint64, error) {
	return nil, 0, chain.ErrNoCode
}

func key(n byte) *ecdsa.PrivateKey { return crypto.ToECDSAUnsafe(common.LeftPadBytes([]byte{n}, 32)) }

func sign(t *testing.T, key *ecdsa.PrivateKey, digest common.Hash) []byte {
	t.Helper()
	sig, err := crypto.Sign(digest[:], key)
	if err != nil {
		t.Fatal(err)
	}
	sig[64] += 27
	return sig
}
