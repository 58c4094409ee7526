package acl

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
)

// answeringChain has a registrar, and contracts that say yes at every other address, the zero one included.
type answeringChain struct {
	*fakeChain
	entry   []byte // what the registrar answers
	err     error  // how it fails
	missing map[common.Address]error
	asked   []common.Address
}

func (c *answeringChain) Call(_ context.Context, _ wire.BlockRef, to common.Address, _ []byte, _ uint64) ([]byte, uint64, error) {
	c.asked = append(c.asked, to)
	if to == registrar {
		return c.entry, 0, c.err
	}
	return word(1), 0, c.missing[to]
}

// TestNoContractIsAskedInItsPlace: where the registrar names no contract, or can't be read, none is asked, whatever it
// would say; and that it can't be read is no no.
func TestNoContractIsAskedInItsPlace(t *testing.T) {
	for _, c := range []struct {
		name  string
		entry []byte
		err   error
		want  session.Answer
	}{
		{"registered", common.LeftPadBytes(contract[:], 32), nil, session.Granted},
		{"not registered", word(0), nil, session.Refused},
		{"no address", append([]byte{1}, common.LeftPadBytes(contract[:], 31)...), nil, session.Refused},
		{"nothing", nil, nil, session.Refused},
		{"no registrar", nil, chain.ErrNoCode, session.Refused},
		{"registrar fails", nil, &chain.CallError{Err: errors.New("execution reverted")}, session.Refused},
		{"no state", nil, fmt.Errorf("%w: pruned", chain.ErrUnavailable), session.Unreadable},
		{"no state for the half of a call", common.LeftPadBytes(contract[:], 32), fmt.Errorf("%w: pruned", chain.ErrUnavailable), session.Unreadable},
		{"out of time", nil, context.DeadlineExceeded, session.Unreadable},
	} {
		f := &answeringChain{fakeChain: &fakeChain{final: 9, time: 1000}, entry: c.entry, err: c.err}
		o := New(f, Setting{Kind: Registry, Registrar: registrar}, Config{})
		v := o.Decide(t.Context(), session.Question{Requester: alice, Key: document})
		if v.Answer != c.want {
			t.Errorf("%s: %v, %q", c.name, v.Answer, v.Reason)
		}
		if c.want != session.Granted && len(f.asked) != 1 {
			t.Errorf("%s: beside the registrar %v were asked", c.name, f.asked[1:])
		}
	}
}

// TestFind: an operator is told where the contract is, or why it can't be asked there.
func TestFind(t *testing.T) {
	at := Setting{Kind: Address, Address: contract}
	byName := Setting{Kind: Registry, Registrar: registrar}
	unreadable := fmt.Errorf("%w: pruned", chain.ErrUnavailable)
	for _, c := range []struct {
		name    string
		setting Setting
		chain   answeringChain
		want    common.Address
		bad     error // what it must be, if anything in particular
		found   bool
	}{
		{"by address", at, answeringChain{}, contract, nil, true},
		{"by name", byName, answeringChain{entry: common.LeftPadBytes(contract[:], 32)}, contract, nil, true},
		{"one that fails", at, answeringChain{missing: map[common.Address]error{contract: &chain.CallError{Err: errors.New("out of gas")}}}, contract, nil, true},
		{"everybody", Setting{Kind: Permissive}, answeringChain{}, common.Address{}, nil, true},
		{"nobody", Setting{}, answeringChain{}, common.Address{}, errDenied, false},
		{"no contract", at, answeringChain{missing: map[common.Address]error{contract: chain.ErrNoCode}}, contract, errDenied, false},
		{"no state", at, answeringChain{missing: map[common.Address]error{contract: unreadable}}, contract, chain.ErrUnavailable, false},
		{"no registrar", byName, answeringChain{err: chain.ErrNoCode}, common.Address{}, errDenied, false},
		{"no entry", byName, answeringChain{entry: word(0)}, common.Address{}, errDenied, false},
		{"no state of the registrar", byName, answeringChain{err: unreadable}, common.Address{}, chain.ErrUnavailable, false},
	} {
		c.chain.fakeChain = &fakeChain{final: 9}
		got, err := New(&c.chain, c.setting, Config{}).Find(t.Context(), block(9))
		if got != c.want || (err == nil) != c.found || c.bad != nil && !errors.Is(err, c.bad) {
			t.Errorf("%s: %v, %v", c.name, got.Hex(), err)
		}
		if Denies(err) != (c.bad == errDenied) {
			t.Errorf("%s: everybody is denied by %v: %t", c.name, err, Denies(err))
		}
	}
}

// headlessChain does not know the header of a block that was final a moment ago.
type headlessChain struct{ *fakeChain }

func (headlessChain) BlockOf(wire.BlockRef) (chain.Block, bool) { return chain.Block{}, false }

// TestNoHeader: without a clock no request is in its time, and none out of it.
func TestNoHeader(t *testing.T) {
	f := headlessChain{&fakeChain{final: 9, time: 1000, answers: map[uint64]func() ([]byte, error){9: yes}}}
	o := New(f, Setting{Kind: Address, Address: contract}, Config{Now: func() time.Time { return time.Unix(1000, 0) }})
	for _, check := range []wire.ChainCheck{{Start: 0, Expiry: 2000}, {Start: 500, Expiry: 2000}} {
		v := o.Decide(t.Context(), session.Question{Requester: alice, Key: document, Check: &check})
		if v.Answer != session.Unreadable {
			t.Errorf("from %d: %v, %q", check.Start, v.Answer, v.Reason)
		}
	}
}

// TestFailureOfTheDatabase: a contract that fails because the database does has not said no.
func TestFailureOfTheDatabase(t *testing.T) {
	broken := fmt.Errorf("%w: disk", chain.ErrUnavailable)
	for _, err := range []error{broken, errors.Join(broken, &chain.CallError{Err: errors.New("execution reverted")}), errors.Join(chain.ErrNoCode, broken)} {
		if got := answerOf(failure("contract", block(9), err)); got != session.Unreadable {
			t.Errorf("%v: %v", err, got)
		}
	}
}
