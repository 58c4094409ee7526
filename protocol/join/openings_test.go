package join

import (
	"crypto/ecdsa"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// madeUp opens a session of a kind that there is not.
type madeUp struct{ Key wire.KeyID }

func (*madeUp) Code() wire.Code       { return 0x7e }
func (m *madeUp) Subject() wire.KeyID { return m.Key }
func (*madeUp) Opens(wire.ClusterID, wire.NodeID) (wire.SessionID, error) {
	return wire.SessionID{9}, nil
}

// leaving is a machine that can be given up.
type leaving struct{ heard }

func (*leaving) GivenUp() wire.NodeID { return wire.NodeID{} }

var (
	reads     = wire.Kind{Name: "madeup", Class: wire.Reads, Log: wire.LogDebug, Work: wire.Steps, Cost: wire.CostsNothing, Links: wire.Pairs, Leaves: wire.LeavesNothing}
	changes   = with(reads, func(k *wire.Kind) { k.Class = wire.Changes })
	generates = with(reads, func(k *wire.Kind) { k.Cost = wire.CostsGeneration })
	leaves    = with(reads, func(k *wire.Kind) { k.Leaves = wire.LeavesOpening })
	attempts  = with(reads, func(k *wire.Kind) { k.Leaves = wire.LeavesAttempt })
)

func with(k wire.Kind, change func(*wire.Kind)) wire.Kind { change(&k); return k }

// plus is the table with a row more.
func plus(more ...row) table {
	t := maps.Clone(openings)
	for _, r := range more {
		t[r.code] = r
	}
	return t
}

// kinds are those of all openings, and of one that is made up.
func kinds(of wire.Kind) map[wire.Code]wire.Kind {
	all := wire.OpeningKinds()
	all[0x7e] = of
	return all
}

func machineOf[P session.Machine](p P) func(*joiner, *madeUp) P {
	return func(*joiner, *madeUp) P { return p }
}

// An opening without its row, or with one that does not go with its kind of session, ends the program at start.
func TestOpeningsHaveRows(t *testing.T) {
	panics := func(name, says string, do func()) {
		t.Helper()
		defer func() {
			t.Helper()
			if told := fmt.Sprint(recover()); !strings.Contains(told, "internal error") || !strings.Contains(told, says) {
				t.Errorf("%s: panics with %q, want %q", name, told, says)
			}
		}()
		do()
	}
	for code, kind := range wire.OpeningKinds() {
		without := maps.Clone(openings)
		delete(without, code)
		panics(kind.Name, fmt.Sprintf("opening %#x of a session %q has no row", code, kind), func() { checked(without, wire.OpeningKinds()) })
	}
	panics("made up", `opening 0x7e of a session "madeup" has no row`, func() { checked(openings, kinds(reads)) })
	plain := opens(oneKey, nil, nil, machineOf(new(heard)))
	panics("opens nothing", "0x7e has a row, and opens nothing", func() { checked(plus(plain), wire.OpeningKinds()) })
	panics("two rows", "opening 0x7e has two rows", func() { tableOf(plain, plain) })
	nobody, room := nobody[*madeUp], func([]session.Machine, wire.NodeID, wire.SessionID, *madeUp) ([]session.Machine, error) {
		return nil, nil
	}
	for name, c := range map[string]struct {
		kind wire.Kind
		row  row
		says string
	}{
		"changes, and nobody is confirmed": {changes, plain, "who is confirmed"},
		"reads, and somebody is":           {reads, opens(oneKey, nobody, nil, machineOf(new(heard))), "who is confirmed"},
		"a generation without room":        {generates, plain, "who makes room"},
		"room for what is no generation":   {reads, opens(oneKey, nil, room, machineOf(new(heard))), "who makes room"},
		"a machine that does not tell":     {leaves, plain, "when it is left"},
		"an attempt without room":          {attempts, opens(oneKey, nil, nil, machineOf(new(leaving))), "who makes room"},
		"a machine that is no attempt":     {attempts, opens(oneKey, nil, room, machineOf(new(leaving))), "when it is left"},
		"a machine that tells of it":       {reads, opens(oneKey, nil, nil, machineOf(new(leaving))), "when it is left"},
	} {
		panics(name, c.says, func() { checked(plus(c.row), kinds(c.kind)) })
	}
	for name, c := range map[string]struct {
		kind wire.Kind
		row  row
	}{
		"reads":     {reads, plain},
		"changes":   {changes, opens(oneKey, nobody, nil, machineOf(new(heard)))},
		"generates": {generates, opens(oneKey, nil, room, machineOf(new(heard)))},
		"leaves":    {leaves, opens(oneKey, nil, nil, machineOf(new(leaving)))},
	} {
		t.Run(name, func(*testing.T) { checked(plus(c.row), kinds(c.kind)) })
	}
}

// One row more, and a made-up opening is joined: by its own machine, of what is known of its key, behind who has to be
// confirmed, and with the room that it makes.
func TestMadeUpOpening(t *testing.T) {
	self, from, key := session.NewNodeKey(testKey(t)), wire.NodeID{2}, wire.KeyID{3}
	env := session.Env{Self: self, Set: []wire.NodeID{self.ID(), from}}
	state := new(session.State)
	load := func(asked wire.KeyID) (*session.State, error) {
		if asked != key {
			t.Errorf("%v is read", asked)
		}
		return state, nil
	}
	var made *joiner
	machine := func(j *joiner, m *madeUp) *heard {
		if made = j; j.from != from || j.id != (wire.SessionID{9}) || m.Key != key {
			t.Errorf("made with %+v of %v", j, m.Key)
		}
		return new(heard)
	}
	joined := func(r row) (session.Machine, error) {
		made = nil
		return plus(r).machine(env, nil, load, from, wire.SessionID{9}, &madeUp{key})
	}

	if _, err := openings.machine(env, nil, load, from, wire.SessionID{9}, &madeUp{key}); wire.ReasonOf(err) != wire.Unsupported {
		t.Errorf("without a row: %v", err)
	}
	if m, err := joined(opens(oneKey, nil, nil, machine)); err != nil {
		t.Error(err)
	} else if _, ok := m.(*heard); !ok || made.state != state {
		t.Errorf("joined by %T, made with %+v", m, made)
	}
	account := func(*session.Env, *madeUp) (*wire.Requester, error) {
		return &wire.Requester{Check: new(wire.ChainCheck)}, nil
	}
	m, err := joined(opens(oneKey, account, nil, machine))
	if a, ok := m.(*Admission); err != nil || !ok || made != nil {
		t.Errorf("nobody is confirmed: %T, %v", m, err)
	} else {
		a.Step(session.Received{From: from, Msg: &madeUp{key}})
		a.Step(session.Verdict{Answer: session.Granted})
		if inner, ok := a.inner.(*heard); !ok || len(*inner) != 1 {
			t.Errorf("behind who is confirmed there is %T", a.inner)
		}
	}
	unread := func(wire.KeyID) (*session.State, error) {
		t.Error("is about many keys, and one is read")
		return nil, nil
	}
	if _, err := plus(opens(manyKeys, nil, nil, machine)).machine(env, nil, unread, from, wire.SessionID{9}, &madeUp{key}); err != nil {
		t.Error(err)
	}
	asked := false
	room := func([]session.Machine, wire.NodeID, wire.SessionID, *madeUp) ([]session.Machine, error) {
		asked = true
		return nil, nil
	}
	if _, err := plus(opens(oneKey, nil, room, machine)).makeRoom(nil, from, wire.SessionID{9}, &madeUp{key}); err != nil || !asked {
		t.Errorf("no room is made: %v", err)
	}
}

// What may come before the opening are the messages that generation's members send each other.
func TestWhatCanBeEarly(t *testing.T) {
	for code := range wire.Code(wire.ProtocolLength) {
		m := wire.New(code)
		if m == nil {
			continue
		}
		want := code >= wire.CodeCertify && code <= wire.CodeConflict || code >= wire.CodeCommit && code <= wire.CodeEvidence ||
			code == wire.CodeWaiver || code == wire.CodePairSettled
		if CanBeEarly(m) != want {
			t.Errorf("%T can be early: %t", m, !want)
		}
	}
}

func testKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}
