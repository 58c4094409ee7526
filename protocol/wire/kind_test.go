package wire

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// panicOf is what a function panics with.
func panicOf(do func()) (told string) {
	defer func() {
		if r := recover(); r != nil {
			told = fmt.Sprint(r)
		}
	}()
	do()
	return ""
}

// wantPanic wants a function to end the program with an internal error that says so.
func wantPanic(t *testing.T, name, says string, do func()) {
	t.Helper()
	if told := panicOf(do); !strings.Contains(told, "internal error") || !strings.Contains(told, says) {
		t.Errorf("%s: panics with %q, want %q", name, told, says)
	}
}

var madeUpKind = Kind{"madeup", Changes, LogInfo, Steps, CostsNothing, Pairs, LeavesNothing}

// A kind of session has all its columns, and a name that no other has.
func TestKindsAreWhole(t *testing.T) {
	new(table).addKind(madeUpKind)
	for i := range reflect.TypeFor[Kind]().NumField() {
		k := madeUpKind
		reflect.ValueOf(&k).Elem().Field(i).SetZero()
		wantPanic(t, "without "+reflect.TypeFor[Kind]().Field(i).Name, "lacks a column", func() { new(table).addKind(k) })
	}
	wantPanic(t, "a name twice", `two kinds of sessions are called "lookup"`, func() {
		k := madeUpKind
		k.Name = "lookup"
		(&table{kinds: Kinds()}).addKind(k)
	})
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.String())
	}
	want := []string{"generate", "resolve", "store", "retrieve", "lookup", "sign", "deal", "move", "explain", "holdings", "decide", "settle", "follow", "list", "hold", "receipts", "plan", "rehearse"}
	if !slices.Equal(names, want) { // which logs and metrics have
		t.Errorf("the kinds are %v, want %v", names, want)
	}
}

// madeUp opens a session of a kind that there is not.
type madeUp struct{ Key KeyID }

func (*madeUp) Code() Code                                 { return 0x7e }
func (m *madeUp) Subject() KeyID                           { return m.Key }
func (*madeUp) Opens(ClusterID, NodeID) (SessionID, error) { return SessionID{9}, nil }
func (t *table) with(kinds ...Kind) *table {
	return &table{append(Kinds(), kinds...), maps.Clone(t.messages)}
}
func (t *table) opening(traffic Traffic, kinds []Kind, o bool) {
	t.add(row{func() Message { return new(madeUp) }, traffic, kinds, o})
}

// costly says what it costs.
type costly struct{ madeUp }

func (*costly) Items() int { return 1 }

// One kind and one row more are a new kind of session: its opening is decoded, opens it and is counted. Without any of
// what a row says the program does not start.
func TestMadeUpOpening(t *testing.T) {
	payload, err := Encode(SessionID{9}, &madeUp{KeyID{1}})
	if err != nil {
		t.Fatal(err)
	}
	table := known.with(madeUpKind)
	if _, _, err := table.decode(0x7e, payload); err == nil {
		t.Error("it is decoded before it is in the table")
	}
	wantPanic(t, "before it is in the table", "0x7e has no row", func() { table.kindsOf(new(madeUp)) })
	table.opening("fresh", of(madeUpKind), true)
	id, m, err := table.decode(0x7e, payload)
	if got, ok := m.(*madeUp); err != nil || !ok || id != (SessionID{9}) || got.Key != (KeyID{1}) {
		t.Errorf("%v, %+v: %v", id, m, err)
	}
	if !slices.Equal(table.kindsOf(m), of(madeUpKind)) || table.openings()[0x7e] != madeUpKind || table.traffics()[0x7e] != "fresh" {
		t.Error("what is told of it is not what its row says")
	}
	if IsKnown(0x7e) || len(OpeningKinds())+1 != len(table.openings()) || len(Traffics())+1 != len(table.traffics()) {
		t.Error("the program's own table has changed")
	}

	for name, c := range map[string]struct {
		says string
		do   func()
	}{
		"twice":                       {"taken twice", func() { table.opening("fresh", of(madeUpKind), true) }},
		"counted as nothing":          {"as what it is counted", func() { known.with(madeUpKind).opening("", of(madeUpKind), true) }},
		"of no sessions":              {"of which sessions", func() { known.with(madeUpKind).opening("fresh", nil, true) }},
		"of a kind that is in no row": {`"madeup" that is not in the table`, func() { known.with().opening("fresh", of(madeUpKind), true) }},
		"costs credit, and does not say how much": {"how much credit", func() {
			k := madeUpKind
			k.Cost = CostsCredit
			known.with(k).opening("fresh", of(k), true)
		}},
		"says how much, and costs none": {"how much credit", func() {
			known.with(madeUpKind).add(row{func() Message { return new(costly) }, "fresh", of(madeUpKind), true})
		}},
		"opens, and does not say so": {"is an opening", func() { known.with(madeUpKind).opening("fresh", of(madeUpKind), false) }},
	} {
		wantPanic(t, name, c.says, c.do)
	}
}

// Dashboards have the counters of messages by these names. The code's range has them, but that signing has its own.
func TestTrafficIsNamedAsBefore(t *testing.T) {
	ranges := []Traffic{"connection", "generate", "store", "retrieve", "lookup", "ask", "sign", "other"}
	all := Traffics()
	for code := range Code(ProtocolLength) {
		want := ranges[code>>4]
		if code >= 0x28 && code < 0x50 && code&8 != 0 {
			want = "handover"
		}
		if known := IsKnown(code) || code == CodeHello; known != (all[code] != "") || known && all[code] != want {
			t.Errorf("message %#x is counted as %q", code, all[code])
		}
	}
}
