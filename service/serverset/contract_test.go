package serverset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/contracts/bindings/governedset"
	"github.com/geth-ss/geth-ss/contracts/bindings/keyserverset"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	setAt     = common.HexToAddress("0xc0")
	registrar = common.HexToAddress("0x4e9")
	parity    = keyserverset.NewKeyServerSet()
	ours      = governedset.NewGovernedSet()

	errNoState = errors.New("no state")
	errRevert  = errors.New("reverted")
)

func isNoState(err error) bool { return errors.Is(err, errNoState) }

// member is a key server of a fake contract.
type member struct {
	account common.Address
	public  []byte
	host    string
}

func memberOf(t testing.TB, n uint32) member {
	id := idOf(node(t, n))
	return member{id.Address(), id[:], fmt.Sprintf("node%d.example:30303", n)}
}

func membersOf(t testing.TB, numbers ...uint32) (all []member) {
	for _, n := range numbers {
		all = append(all, memberOf(t, n))
	}
	return all
}

func idsOf(t testing.TB, numbers ...uint32) (all []wire.NodeID) {
	for _, n := range numbers {
		all = append(all, idOf(node(t, n)))
	}
	wire.SortNodeIDs(all)
	return all
}

// fake is a contract that answers as it is told to, and a registrar.
type fake struct {
	plain                  bool // Parity's without migration
	current, wanted, moved []member
	id                     common.Hash
	filed                  common.Address
	answers                map[string][]byte // by the signature, in place of what it would say
	err                    error             // of each call
	gas                    uint64            // that each call takes
	calls                  int
}

func (f *fake) Call(_ context.Context, _ wire.BlockRef, to common.Address, input []byte, gas uint64) ([]byte, uint64, error) {
	f.calls++
	if f.err != nil {
		return nil, f.gas, f.err
	}
	for signature, answer := range f.answers {
		if bytes.Equal(input[:4], selector(signature)) {
			return answer, f.gas, nil
		}
	}
	if to == registrar {
		return common.LeftPadBytes(f.filed[:], 32), f.gas, nil
	}
	if to != setAt {
		return nil, 0, errRevert
	}
	for which, list := range map[string][]member{"Current": f.current, "New": f.wanted, "Migration": f.moved} {
		if f.plain && which != "Current" {
			continue
		}
		if bytes.Equal(input[:4], selector("get"+which+"KeyServers()")) {
			out := slices.Concat(word(32), word(uint64(len(list))))
			for _, m := range list {
				out = append(out, common.LeftPadBytes(m.account[:], 32)...)
			}
			return out, f.gas, nil
		}
		for _, m := range list {
			if len(input) != 36 || common.BytesToAddress(input[4:]) != m.account {
				continue
			}
			switch {
			case bytes.Equal(input[:4], selector("get"+which+"KeyServerPublic(address)")):
				return packBytes(m.public), f.gas, nil
			case bytes.Equal(input[:4], selector("get"+which+"KeyServerAddress(address)")):
				return packBytes([]byte(m.host)), f.gas, nil
			}
		}
	}
	if bytes.Equal(input[:4], selector("getMigrationId()")) && f.id != (common.Hash{}) {
		return f.id[:], f.gas, nil
	}
	return nil, f.gas, errRevert
}

func packBytes(b []byte) []byte {
	return slices.Concat(word(32), word(uint64(len(b))), common.RightPadBytes(b, (len(b)+31)/32*32))
}

func read(t testing.TB, f Caller, floor uint32) *Reading {
	t.Helper()
	got, err := NewReader(f, Source{Contract: setAt}, isNoState).Read(t.Context(), wire.BlockRef{Number: 7}, floor)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestParseSource: the setting is an address, the registrar, or nothing.
func TestParseSource(t *testing.T) {
	t.Parallel()
	some := common.HexToAddress("0xabc")
	for _, c := range []struct {
		set, registrar string
		want           Source
		bad            string
	}{
		{"", "", Source{}, ""},
		{"", some.Hex(), Source{}, ""},
		{some.Hex(), "", Source{Contract: some}, ""},
		{"registry", some.Hex(), Source{Registrar: some}, ""},
		{"registry", "", Source{}, "needs the address of the chain's registrar"},
		{"registry", "0x1", Source{}, "the registrar"},
		{"none", "", Source{}, `it can also be "registry"`},
		{common.Address{}.Hex(), "", Source{}, "is not the address of a contract"},
	} {
		got, err := ParseSource(c.set, c.registrar)
		if c.bad == "" && (err != nil || got != c.want) || c.bad != "" && (err == nil || !strings.Contains(err.Error(), c.bad)) {
			t.Errorf("%q, %q: %v, %v", c.set, c.registrar, got, err)
		}
		if err == nil && got.None() != (c.set == "") {
			t.Errorf("%v: none %t", got, got.None())
		}
	}
}

// TestBothInterfaces: a contract is read with and without migration, with host names, in the order in which sets are.
func TestBothInterfaces(t *testing.T) {
	t.Parallel()
	f := &fake{current: membersOf(t, 3, 1, 2), wanted: membersOf(t, 1, 2), moved: membersOf(t, 2, 4), id: common.Hash{1}}
	f.current[0].host = "10.0.0.3:8083"
	got := read(t, f, 0)
	if !got.Migrates || !got.Current.Same(idsOf(t, 1, 2, 3)) || !got.New.Same(idsOf(t, 1, 2)) || got.Migration == nil || !got.Migration.Same(idsOf(t, 2, 4)) || got.ID != f.id || got.Problem != "" {
		t.Errorf("%+v", got)
	}
	for i, id := range got.Current.Members {
		want := "node1.example:30303"
		switch id {
		case idOf(node(t, 2)):
			want = "node2.example:30303"
		case idOf(node(t, 3)):
			want = "10.0.0.3:8083"
		}
		if got.Current.Hosts[i] != want {
			t.Errorf("%v is at %s", id, got.Current.Hosts[i])
		}
	}
	f.id = common.Hash{} // as Parity: no migration without an id
	if got = read(t, f, 0); got.Migration != nil || got.Problem != "" {
		t.Errorf("%+v", got)
	}
	f.answers = map[string][]byte{"getMigrationId()": word(0)}
	if got = read(t, f, 0); got.Migration != nil || got.Problem != "" {
		t.Errorf("%+v", got)
	}
	f.plain = true
	if got = read(t, f, 0); got.Migrates || !got.Current.Same(idsOf(t, 1, 2, 3)) || got.Migration != nil || got.Problem != "" {
		t.Errorf("%+v", got)
	}
}

// TestBadLists: a list with an entry that can't be right is no list, and never one without that entry.
func TestBadLists(t *testing.T) {
	t.Parallel()
	off := slices.Clone(memberOf(t, 2).public)
	off[63] ^= 1
	for name, c := range map[string]struct {
		change func(*fake)
		why    string
	}{
		"nobody":                     {func(f *fake) { f.wanted = nil }, "it names nobody"},
		"256":                        {func(f *fake) { f.wanted = slices.Repeat(f.wanted[:1], 256) }, "a list has 255 at most"},
		"too few":                    {func(f *fake) { f.wanted = f.wanted[:2] }, "keys may have threshold 2"},
		"a short key":                {func(f *fake) { f.wanted[1].public = f.wanted[1].public[:63] }, "has 63 bytes"},
		"a long key":                 {func(f *fake) { f.wanted[1].public = append(slices.Clone(f.wanted[1].public), 0) }, "has 65 bytes"},
		"a key off":                  {func(f *fake) { f.wanted[1].public = off }, "not a point of the curve"},
		"another's key":              {func(f *fake) { f.wanted[1].public = f.wanted[0].public }, "its key is that of"},
		"one twice":                  {func(f *fake) { f.wanted = append(f.wanted, f.wanted[0]) }, "is named twice"},
		"no port":                    {func(f *fake) { f.wanted[1].host = "10.0.0.1" }, "is not HOST:PORT"},
		"port 0":                     {func(f *fake) { f.wanted[1].host = "10.0.0.1:0" }, "is not HOST:PORT"},
		"no host":                    {func(f *fake) { f.wanted[1].host = ":30303" }, "is not HOST:PORT"},
		"an empty address":           {func(f *fake) { f.wanted[1].host = "" }, "is not HOST:PORT"},
		"an address of none":         {func(f *fake) { f.wanted[1].host = "0.0.0.0:30303" }, "that can be dialled"},
		"a control":                  {func(f *fake) { f.wanted[1].host = "a\x1bb:1" }, "a character that is in none"},
		"a very long one":            {func(f *fake) { f.wanted[1].host = strings.Repeat("a", 1000) + ":1" }, "is not HOST:PORT"},
		"an entry that is not there": {func(f *fake) { f.answers = map[string][]byte{"getNewKeyServerPublic(address)": {}} }, errAnswer.Error()},
		"a key that is cut": {func(f *fake) {
			f.answers = map[string][]byte{"getNewKeyServerPublic(address)": slices.Concat(word(32), word(64))}
		}, errAnswer.Error()},
		"an address that is not one": {func(f *fake) { f.answers = map[string][]byte{"getNewKeyServerAddress(address)": word(32)} }, errAnswer.Error()},
	} {
		f := &fake{current: membersOf(t, 1, 2, 3), wanted: membersOf(t, 1, 2, 4)}
		c.change(f)
		got := read(t, f, 2)
		if got.Problem != "" || !got.Current.Same(idsOf(t, 1, 2, 3)) || !strings.Contains(got.New.Problem, c.why) || len(got.New.Members) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	f := &fake{current: membersOf(t, 1, 2, 3), wanted: membersOf(t, 1, 2, 4)}
	if got := read(t, f, 2); got.New.Problem != "" || len(got.New.Members) != 3 {
		t.Errorf("a list that is right: %+v", got)
	}
	var most []uint32
	for n := range uint32(MaxListed) {
		most = append(most, n+1)
	}
	if got := read(t, &fake{current: membersOf(t, most...), plain: true}, 0); got.Problem != "" || len(got.Current.Members) != MaxListed {
		t.Errorf("%d of %d: %s %s", len(got.Current.Members), MaxListed, got.Problem, got.Current.Problem)
	}
}

// TestOtherContracts: what is no such contract is told as that, and what can't be read is told as an error and as nothing else.
func TestOtherContracts(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*fake{
		"reverts":             {err: errRevert},
		"answers nothing":     {answers: map[string][]byte{"getCurrentKeyServers()": {}}},
		"answers a word":      {answers: map[string][]byte{"getCurrentKeyServers()": word(1)}},
		"lies of length":      {answers: map[string][]byte{"getCurrentKeyServers()": slices.Concat(word(32), word(1<<40))}},
		"lies of length more": {answers: map[string][]byte{"getCurrentKeyServers()": slices.Concat(word(32), bytes.Repeat([]byte{255}, 32))}},
		"no addresses":        {answers: map[string][]byte{"getCurrentKeyServers()": slices.Concat(word(32), word(1), bytes.Repeat([]byte{255}, 32))}},
	} {
		if got := read(t, f, 0); got.Problem == "" || len(got.Current.Members) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// The state can't be read: at each of the calls.
	f := &fake{current: membersOf(t, 1, 2), wanted: membersOf(t, 1), moved: membersOf(t, 2), id: common.Hash{1}}
	read(t, f, 0)
	for n := range f.calls {
		broken := &failing{fake: f, after: n}
		if got, err := NewReader(broken, Source{Contract: setAt}, isNoState).Read(t.Context(), wire.BlockRef{}, 0); !errors.Is(err, errNoState) {
			t.Errorf("call %d: %+v, %v", n, got, err)
		}
	}
	// A contract that takes all the gas there is ends.
	var many []uint32
	for n := range uint32(40) {
		many = append(many, n+1)
	}
	f = &fake{current: membersOf(t, 1, 2), wanted: membersOf(t, many...), gas: callGas}
	if got := read(t, f, 0); !strings.Contains(got.New.Problem+got.Problem, "gas") || f.calls > readGas/callGas {
		t.Errorf("%d calls: %+v", f.calls, got)
	}
	// So does one whose first list alone takes it: that there is a second one is not known then.
	f = &fake{current: membersOf(t, many[:9]...), wanted: membersOf(t, 1), gas: callGas, filed: setAt}
	got, err := NewReader(f, Source{Registrar: registrar}, isNoState).Read(t.Context(), wire.BlockRef{}, 0)
	if err != nil || got.Problem != errTooDear.Error() {
		t.Errorf("%+v, %v", got, err)
	}
}

// failing is a chain whose state goes after some calls.
type failing struct {
	*fake
	after int
}

func (f *failing) Call(ctx context.Context, at wire.BlockRef, to common.Address, input []byte, gas uint64) ([]byte, uint64, error) {
	if f.after--; f.after < 0 {
		return nil, 0, errNoState
	}
	return f.fake.Call(ctx, at, to, input, gas)
}

// TestWhichListCounts: the new one once it has stood, the one of a migration at once, the current one where there is no migration.
func TestWhichListCounts(t *testing.T) {
	t.Parallel()
	f := &fake{current: membersOf(t, 1, 2), wanted: membersOf(t, 1, 2), filed: setAt}
	w := NewWatch(NewReader(f, Source{Registrar: registrar}, isNoState))
	block := uint64(100)
	serving := idsOf(t, 1, 2)
	look := func(blocks uint64) *Named {
		t.Helper()
		block += blocks
		n, err := w.Look(t.Context(), wire.BlockRef{Number: block}, serving, 0)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := look(0); !n.Same || !n.Standing || n.From != "new" || n.Contract != setAt || n.Difference(serving) != "" || !n.Migrates {
		t.Errorf("%+v", n)
	}
	f.wanted = membersOf(t, 1, 3)
	if n := look(1); n.Same || n.Standing || n.Since != block || n.Difference(serving) != fmt.Sprintf("with %s, without %s", idOf(node(t, 3)).Short(), idOf(node(t, 2)).Short()) {
		t.Errorf("%+v: %s", n, n.Difference(serving))
	}
	if n := look(4); n.Standing {
		t.Errorf("after 4 blocks: %+v", n)
	}
	f.wanted[1].host = "moved.example:1" // nothing has to move for this
	if n := look(1); !n.Standing {
		t.Errorf("after 5 blocks: %+v", n)
	}
	// Back and forth in each block never counts.
	for i := range uint32(20) {
		f.wanted = membersOf(t, 1, 4+i%2)
		if n := look(1); n.Standing {
			t.Fatalf("%+v", n)
		}
	}
	// A migration counts at once, until its set serves: then the new list does again.
	f.moved, f.id = membersOf(t, 1, 2, 3), common.Hash{1}
	if n := look(1); n.From != "migration" || !n.Standing || n.Same || !slices.Equal(n.Members, idsOf(t, 1, 2, 3)) {
		t.Errorf("%+v", n)
	}
	serving = idsOf(t, 1, 2, 3)
	if n := look(1); n.From != "new" || n.Standing || !slices.Equal(n.Members, idsOf(t, 1, 5)) {
		t.Errorf("%+v", n)
	}
	if n := look(5); !n.Standing {
		t.Errorf("%+v", n)
	}
	// A list that can't be right is no order, whatever the others say.
	f.moved[0].host = "nowhere"
	serving = idsOf(t, 1, 2)
	if n := look(1); n.Standing || len(n.Members) > 0 || !strings.Contains(n.Problem, "its migration list is no order") {
		t.Errorf("%+v", n)
	}
	f.moved, f.id = nil, common.Hash{}
	// Another contract in the registrar, or none.
	f.filed = common.HexToAddress("0xdead")
	if n := look(1); n.Problem == "" || n.Contract != f.filed {
		t.Errorf("%+v", n)
	}
	f.filed = common.Address{}
	if n := look(1); !strings.Contains(n.Problem, "the registrar names no contract") {
		t.Errorf("%+v", n)
	}
	f.filed = setAt
	look(1)
	if n := look(5); !n.Standing {
		t.Errorf("%+v", n)
	}
	f.filed = common.Address{}
	look(1)
	f.filed = setAt
	if n := look(1); n.Standing {
		t.Errorf("a list that was away counts at once: %+v", n)
	}
	f.plain = true
	f.current = membersOf(t, 1, 3)
	if n := look(1); n.From != "current" || n.Standing || n.Migrates {
		t.Errorf("%+v", n)
	}
	if n := look(5); !n.Standing || !slices.Equal(n.Members, idsOf(t, 1, 3)) {
		t.Errorf("%+v", n)
	}
	last := w.Last()
	f.err = errNoState
	if n, err := w.Look(t.Context(), wire.BlockRef{Number: block + 1}, serving, 0); !errors.Is(err, errNoState) || w.Last() != last {
		t.Errorf("%+v, %v", n, err)
	}
}

// evm is a chain of contracts in memory.
type evm struct{ cfg *runtime.Config }

func (e *evm) Call(_ context.Context, _ wire.BlockRef, to common.Address, input []byte, gas uint64) ([]byte, uint64, error) {
	cfg := *e.cfg
	cfg.GasLimit = gas
	out, left, err := runtime.Call(to, input, &cfg)
	return out, gas - left, err
}

// TestOurContract: what KeyServerSet.sol says is read, by its bytecode, through a migration.
func TestOurContract(t *testing.T) {
	t.Parallel()
	db, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	if err != nil {
		t.Fatal(err)
	}
	e := &evm{&runtime.Config{State: db, GasLimit: 30_000_000, Time: 1}}
	server := func(n uint32) governedset.KeyServerSetServer {
		m := memberOf(t, n)
		return governedset.KeyServerSetServer{PublicKey: m.public, Host: m.host}
	}
	first := []governedset.KeyServerSetServer{server(1), server(2), server(3)}
	_, at, _, err := runtime.Create(append(common.FromHex(governedset.GovernedSetMetaData.Bin), ours.PackConstructor(first, nil, governedset.KeyServerSetRule{Whole: 2})...), e.cfg)
	if err != nil {
		t.Fatal(err)
	}
	send := func(by uint32, input []byte) {
		t.Helper()
		e.cfg.Origin = memberOf(t, by).account
		e.cfg.GasLimit = 30_000_000
		if _, _, err := runtime.Call(at, input, e.cfg); err != nil {
			t.Fatal(err)
		}
	}
	reader := NewReader(e, Source{Contract: at}, isNoState)
	look := func() *Reading {
		t.Helper()
		got, err := reader.Read(t.Context(), wire.BlockRef{}, 1)
		if err != nil || got.Problem != "" || !got.Migrates {
			t.Fatalf("%+v, %v", got, err)
		}
		return got
	}
	if got := look(); !got.Current.Same(idsOf(t, 1, 2, 3)) || !got.New.Same(idsOf(t, 1, 2, 3)) || got.Migration != nil {
		t.Errorf("%+v", got)
	}
	send(1, ours.PackPropose(governedset.KeyServerSetChange{Put: []governedset.KeyServerSetServer{server(4)}, Remove: []common.Address{memberOf(t, 2).account}}))
	send(4, ours.PackAccept(big.NewInt(1)))
	send(1, ours.PackCarryOut(big.NewInt(1)))
	if got := look(); !got.Current.Same(idsOf(t, 1, 2, 3)) || !got.New.Same(idsOf(t, 1, 3, 4)) || got.Migration != nil {
		t.Errorf("%+v", got)
	}
	id := common.Hash{5}
	send(4, parity.PackStartMigration(id))
	if got := look(); got.Migration == nil || !got.Migration.Same(idsOf(t, 1, 3, 4)) || got.ID != id {
		t.Errorf("%+v", got)
	}
	for _, n := range []uint32{1, 3, 4} {
		send(n, parity.PackConfirmMigration(id))
	}
	if got := look(); !got.Current.Same(idsOf(t, 1, 3, 4)) || got.Migration != nil || !slices.Contains(got.Current.Hosts, "node4.example:30303") {
		t.Errorf("%+v", got)
	}
}

// FuzzAnswers gives a contract's answers that are anything: nothing panics, and what is taken is a list as it has to be.
func FuzzAnswers(f *testing.F) {
	one := memberOf(f, 1)
	f.Add(slices.Concat(word(32), word(1), common.LeftPadBytes(one.account[:], 32)), packBytes(one.public), packBytes([]byte(one.host)))
	f.Add([]byte{}, []byte{}, []byte{})
	f.Add(slices.Concat(word(32), word(1<<62)), packBytes(nil), word(32))
	f.Fuzz(func(t *testing.T, accounts, public, host []byte) {
		c := &fake{answers: map[string][]byte{
			"getCurrentKeyServers()": accounts, "getCurrentKeyServerPublic(address)": public, "getCurrentKeyServerAddress(address)": host,
		}, plain: true}
		got, err := NewReader(c, Source{Contract: setAt}, isNoState).Read(context.Background(), wire.BlockRef{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		l := &got.Current
		if (got.Problem == "" && l.Problem == "") != (len(l.Members) > 0) || len(l.Members) != len(l.Hosts) || len(l.Members) > MaxListed {
			t.Fatalf("%+v", got)
		}
		for i, id := range l.Members {
			if _, err := ParseNode("enode://" + id.String() + "@" + l.Hosts[i]); err != nil {
				t.Errorf("%q is taken, and can't be dialled: %v", l.Hosts[i], err)
			}
			if crypto.Keccak256Hash(id[:]) == (common.Hash{}) || i > 0 && l.Members[i-1].Compare(id) >= 0 {
				t.Errorf("not in order: %v", l.Members)
			}
		}
	})
}
