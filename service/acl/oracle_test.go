package acl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
)

var (
	contract  = common.Address{19: 0xac}
	registrar = common.Address{19: 0x4e}
	alice     = common.Address{19: 0xa1}
	document  = wire.KeyID{31: 7}
)

// fakeChain is a chain whose contract answers by the number of the block.
type fakeChain struct {
	mu      sync.Mutex
	final   uint64 // 0: none
	time    uint64 // of every block
	recent  uint64 // the oldest number that is recently final
	forked  bool   // block refs of this test are not canonical
	answers map[uint64]func() ([]byte, error)
	calls   []string
	used    uint64 // gas of every call
}

func block(n uint64) wire.BlockRef {
	return wire.BlockRef{Number: n, Hash: common.Hash{0: 1, 31: byte(n)}}
}

func (f *fakeChain) Final() (chain.Block, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.final == 0 {
		return chain.Block{}, false
	}
	return chain.Block{BlockRef: block(f.final), Time: f.time}, true
}

func (f *fakeChain) BlockOf(ref wire.BlockRef) (chain.Block, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return chain.Block{BlockRef: ref, Time: f.time}, ref == block(ref.Number)
}

func (f *fakeChain) finalize(n uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.final = n
}

func (f *fakeChain) WaitFinal(ctx context.Context, number uint64) (chain.Block, bool) {
	for {
		if final, ok := f.Final(); ok && final.Number >= number {
			return final, true
		}
		select {
		case <-ctx.Done():
			return chain.Block{}, false
		case <-time.After(time.Millisecond):
		}
	}
}

func (f *fakeChain) Canonical(ref wire.BlockRef) bool { return !f.forked && ref == block(ref.Number) }

func (f *fakeChain) RecentlyFinal(number uint64, window time.Duration) bool {
	return number >= f.recent
}

func (f *fakeChain) Call(ctx context.Context, at wire.BlockRef, to common.Address, input []byte, gas uint64) ([]byte, uint64, error) {
	f.mu.Lock()
	f.calls = append(f.calls, fmt.Sprintf("%d %x", at.Number, to[19:]))
	answer := f.answers[at.Number]
	f.mu.Unlock()
	if gas != CallGas || len(input) != 68 || to != contract {
		return nil, 0, fmt.Errorf("unexpected call of %v with %x", to, input)
	}
	if answer == nil {
		return nil, 0, fmt.Errorf("%w: no state", chain.ErrUnavailable)
	}
	output, err := answer()
	return output, f.used, err
}

func says(output []byte, err error) func() ([]byte, error) {
	return func() ([]byte, error) { return output, err }
}

var (
	yes    = says(word(1), nil)
	no     = says(word(0), nil)
	broken = says(nil, fmt.Errorf("%w: disk", chain.ErrUnavailable))
	revert = says(nil, &chain.CallError{Err: errors.New("execution reverted")})
)

// TestDecisions has a row for each rule of docs/protocol.md section 7.3: which block is asked, and
// what comes of the answers.
func TestDecisions(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	at := func(n uint64) *wire.BlockRef { ref := block(n); return &ref }
	type answers = map[uint64]func() ([]byte, error)
	for _, c := range []struct {
		name    string
		chain   *fakeChain // nil: one that knows no state
		block   *wire.BlockRef
		atLeast uint64
		setting Setting
		who     common.Address
		want    session.Answer
		decided uint64 // number of Verdict.Block
		reason  string
		calls   string
	}{
		{name: "coordinator, yes", chain: &fakeChain{answers: answers{9: yes}}, want: session.Granted, decided: 9, calls: "9"},
		{name: "coordinator, no", chain: &fakeChain{answers: answers{9: no}}, want: session.Refused, decided: 9, reason: "denies", calls: "9"},
		{name: "coordinator, no state", chain: &fakeChain{}, want: session.Unreadable, decided: 9, reason: "no state", calls: "9"},
		{name: "same block, yes", chain: &fakeChain{answers: answers{9: yes}}, block: at(9), want: session.Granted, decided: 9, calls: "9"},
		{name: "same block, no", chain: &fakeChain{answers: answers{9: no}}, block: at(9), want: session.Refused, decided: 9, calls: "9"},
		{name: "same block, reverted", chain: &fakeChain{answers: answers{9: revert}}, block: at(9), want: session.Refused, decided: 9, reason: "reverted", calls: "9"},
		{name: "same block, database", chain: &fakeChain{answers: answers{9: broken}}, block: at(9), want: session.Unreadable, decided: 9, reason: "disk", calls: "9"},
		{name: "older, yes at both", chain: &fakeChain{answers: answers{8: yes, 9: yes}}, block: at(8), want: session.Granted, decided: 8, calls: "9 8"},
		{name: "older, revoked since", chain: &fakeChain{answers: answers{8: yes, 9: no}}, block: at(8), want: session.Newer, decided: 8, reason: "denies", calls: "9"},
		{name: "older, granted since", chain: &fakeChain{answers: answers{8: no, 9: yes}}, block: at(8), want: session.Newer, decided: 8, reason: "denies", calls: "9 8"},
		{name: "older, no at both", chain: &fakeChain{answers: answers{8: no, 9: no}}, block: at(8), want: session.Newer, decided: 8, calls: "9"},
		{name: "older, database at the head", chain: &fakeChain{answers: answers{8: yes, 9: broken}}, block: at(8), want: session.Unreadable, decided: 9, calls: "9"},
		{name: "older, database at the block", chain: &fakeChain{answers: answers{8: broken, 9: yes}}, block: at(8), want: session.Unreadable, decided: 9, calls: "9 8"},
		{name: "replaced too long ago", chain: &fakeChain{recent: 8, answers: answers{7: yes, 9: yes}}, block: at(7), want: session.Newer, decided: 7, reason: "replaced"},
		{name: "not canonical", chain: &fakeChain{forked: true, answers: answers{8: yes, 9: yes}}, block: at(8), want: session.Unreadable, decided: 9, reason: "not on this node's chain"},
		{name: "other block of the head's number", chain: &fakeChain{answers: answers{9: yes}}, block: &wire.BlockRef{Number: 9, Hash: common.Hash{9}}, want: session.Unreadable, decided: 9, reason: "not on this node's chain"},
		{name: "ahead", chain: &fakeChain{answers: answers{9: yes, 10: yes}}, block: at(10), want: session.Unreadable, decided: 9, reason: "behind"},
		{name: "not before, behind", chain: &fakeChain{answers: answers{9: yes}}, atLeast: 10, want: session.Unreadable, decided: 9, reason: "behind"},
		{name: "not before, there", chain: &fakeChain{answers: answers{9: yes}}, atLeast: 9, want: session.Granted, decided: 9, calls: "9"},
		{name: "no final block", chain: &fakeChain{final: 1 << 63, answers: answers{9: yes}}, want: session.Unreadable, reason: "no final block"},
		{name: "fresh enough", chain: &fakeChain{time: uint64(now.Unix()) - 60, answers: answers{9: yes}}, want: session.Granted, decided: 9, calls: "9"},
		{name: "stale", chain: &fakeChain{time: uint64(now.Unix()) - 61, answers: answers{9: yes}}, want: session.Unreadable, decided: 9, reason: "1m1s old"},
		{name: "stale, given block", chain: &fakeChain{time: uint64(now.Unix()) - 61, answers: answers{9: yes}}, block: at(9), want: session.Unreadable, decided: 9, reason: "old"},
		{name: "zero requester", chain: &fakeChain{answers: answers{9: yes}}, who: common.Address{19: 0xff}, want: session.Refused, reason: "zero"},
		{name: "zero requester, permissive", setting: Setting{Kind: Permissive}, who: common.Address{19: 0xff}, want: session.Refused, reason: "zero"},
		{name: "closed", setting: Setting{Kind: Closed}, chain: &fakeChain{answers: answers{9: yes}}, want: session.Refused, decided: 9, reason: "no ACL contract is configured"},
		{name: "permissive", setting: Setting{Kind: Permissive}, want: session.Granted, decided: 9},
		{name: "permissive, given block", setting: Setting{Kind: Permissive}, block: at(12), want: session.Granted, decided: 12},
		{name: "permissive, stale", setting: Setting{Kind: Permissive}, chain: &fakeChain{time: 1}, want: session.Granted, decided: 9},
	} {
		f := c.chain
		if f == nil {
			f = new(fakeChain)
		}
		switch f.final {
		case 0:
			f.final = 9
		case 1 << 63:
			f.final = 0
		}
		if f.time == 0 {
			f.time = uint64(now.Unix())
		}
		if c.setting == (Setting{}) && c.name != "closed" {
			c.setting = Setting{Kind: Address, Address: contract}
		}
		switch c.who {
		case common.Address{}:
			c.who = alice
		case common.Address{19: 0xff}:
			c.who = common.Address{}
		}
		o := New(f, c.setting, Config{MaxAge: time.Minute, WaitBehind: 20 * time.Millisecond, Now: func() time.Time { return now }})
		v := o.Decide(t.Context(), session.Question{Requester: c.who, Key: document, Block: c.block, NotBefore: c.atLeast})
		if v.Answer != c.want || v.Block.Number != c.decided || !strings.Contains(v.Reason, c.reason) || (v.Reason == "") != (v.Answer == session.Granted) {
			t.Errorf("%s: %v at %d, %q", c.name, v.Answer, v.Block.Number, v.Reason)
		}
		if c.who != (common.Address{}) && v.Head.Number != f.final {
			t.Errorf("%s: head %d", c.name, v.Head.Number)
		}
		var want string
		for _, n := range strings.Fields(c.calls) {
			want += n + " ac,"
		}
		if got := strings.Join(append(f.calls, ""), ","); got != want {
			t.Errorf("%s: calls %q, want %q", c.name, got, want)
		}
	}
}

// TestWaits: a little behind is no reason to refuse.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeChain{final: 9, answers: map[uint64]func() ([]byte, error){10: yes, 11: yes}}
		o := New(f, Setting{Kind: Address, Address: contract}, Config{})
		time.AfterFunc(500*time.Millisecond, func() { f.finalize(10) })
		ref := block(10)
		if v := o.Decide(t.Context(), session.Question{Requester: alice, Key: document, Block: &ref}); v.Answer != session.Granted || v.Block != ref {
			t.Errorf("participant: %+v", v)
		}
		time.AfterFunc(500*time.Millisecond, func() { f.finalize(11) })
		if v := o.Decide(t.Context(), session.Question{Requester: alice, Key: document, NotBefore: 11}); v.Answer != session.Granted || v.Block.Number != 11 {
			t.Errorf("coordinator: %+v", v)
		}
		start := time.Now()
		ref = block(50)
		if v := o.Decide(t.Context(), session.Question{Requester: alice, Key: document, Block: &ref}); v.Answer != session.Unreadable {
			t.Errorf("far ahead: %+v", v)
		}
		if waited := time.Since(start); waited < 2*time.Second || waited > 3*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

// TestCallsInFlight: no more contracts run at once than configured, and a full house is
// no answer.
func TestCallsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int32
		release := make(chan struct{})
		f := &fakeChain{final: 9, answers: map[uint64]func() ([]byte, error){9: func() ([]byte, error) {
			most.Store(max(most.Load(), running.Add(1)))
			<-release
			running.Add(-1)
			return word(1), nil
		}}}
		o := New(f, Setting{Kind: Address, Address: contract}, Config{Calls: 3})
		verdicts := make(chan session.Verdict, 10)
		for i := range 10 {
			go func() {
				verdicts <- o.Decide(context.Background(), session.Question{Requester: alice, Key: wire.KeyID{byte(i)}})
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("the client is gone"))
		if v := o.Decide(ctx, session.Question{Requester: alice, Key: document}); v.Answer != session.Unreadable {
			t.Errorf("cancelled while waiting: %+v", v)
		}
		time.Sleep(time.Minute) // the seven that wait give up
		close(release)
		counts := map[session.Answer]int{}
		for range 10 {
			counts[(<-verdicts).Answer]++
		}
		if most.Load() != 3 || counts[session.Granted] != 3 || counts[session.Unreadable] != 7 {
			t.Errorf("%d at once, %v", most.Load(), counts)
		}
	})
}

func TestABI(t *testing.T) {
	if got := fmt.Sprintf("%x", checkSelector); got != "b36a9a7c" {
		t.Error("checkPermissions:", got)
	}
	if got := fmt.Sprintf("%x", lookupSelector); got != "6795dbcd" {
		t.Error("getAddress:", got)
	}
	want := "b36a9a7c" + strings.Repeat("00", 31) + "a1" + strings.Repeat("00", 31) + "07"
	if got := fmt.Sprintf("%x", packCheck(alice, document)); got != want {
		t.Error(got)
	}
	if len(lookupInput) != 4+4*32 || fmt.Sprintf("%x", lookupInput[4:8]) != "7942baef" || lookupInput[4+32+31] != 64 || lookupInput[4+64+31] != 1 || lookupInput[4+96] != 'A' {
		t.Errorf("%x", lookupInput)
	}
	for _, c := range []struct {
		output []byte
		yes    bool
		bad    bool
	}{
		{word(1), true, false}, {word(0), false, false}, {word(2), false, true}, {word(256 + 1), false, true},
		{nil, false, true}, {word(1)[1:], false, true}, {append(word(1), 0), false, true}, {append([]byte{0}, word(1)...), false, true},
		{bytes.Repeat([]byte{0xff}, 32), false, true}, {append([]byte{1}, make([]byte, 31)...), false, true},
	} {
		if yes, err := unpackBool(c.output); yes != c.yes || (err != nil) != c.bad {
			t.Errorf("%x: %v %v", c.output, yes, err)
		}
	}
	if a, err := unpackAddress(common.LeftPadBytes(contract[:], 32)); err != nil || a != contract {
		t.Error(a, err)
	}
	for _, output := range [][]byte{nil, word(0), contract[:], append(word(1), 0), bytes.Repeat([]byte{1}, 32)} {
		if a, err := unpackAddress(output); err == nil {
			t.Errorf("%x is no address, got %v", output, a)
		}
	}
}

func TestParseSetting(t *testing.T) {
	for _, c := range []struct {
		acl, registrar string
		want           Setting
		fails          bool
	}{
		{"", "", Setting{}, false},
		{"none", "", Setting{Kind: Permissive}, false},
		{contract.Hex(), "", Setting{Kind: Address, Address: contract}, false},
		{contract.Hex()[2:], registrar.Hex(), Setting{Kind: Address, Address: contract}, false},
		{"registry", registrar.Hex(), Setting{Kind: Registry, Registrar: registrar}, false},
		{"registry", "", Setting{}, true},
		{"registry", "0x12", Setting{}, true},
		{"registry", common.Address{}.Hex(), Setting{}, true},
		{common.Address{}.Hex(), "", Setting{}, true},
		{"0x12", "", Setting{}, true},
		{"None", "", Setting{}, true},
	} {
		got, err := ParseSetting(c.acl, c.registrar)
		if (err != nil) != c.fails || !c.fails && got != c.want {
			t.Errorf("%q, %q: %v %v", c.acl, c.registrar, got, err)
		}
	}
	for _, s := range []Setting{{}, {Kind: Address, Address: contract}, {Kind: Registry, Registrar: registrar}, {Kind: Permissive}} {
		o := New(&fakeChain{}, s, Config{})
		if warned := o.Warning() != ""; warned != (s.Kind == Closed || s.Kind == Permissive) || o.Describe() == "" {
			t.Errorf("%v: %q %q", s.Kind, o.Describe(), o.Warning())
		}
	}
}
