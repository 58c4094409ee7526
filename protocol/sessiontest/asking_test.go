package sessiontest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// explain asks through the first node and returns the rows in a short form:
// "granted h2" is a yes of a holder whose final head is 2, "denied -2" a no of a node
// that has no share; what is no verdict is told by its state.
func (w *world) explain() (rows []string, m *asking.Explaining) {
	w.t.Helper()
	m, run, err := w.Explain(w.Nodes[0], w.alice.Address(), w.key)
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	if !run.Ended || run.Err != nil {
		w.t.Fatalf("ended %t, %v", run.Ended, run.Err)
	}
	for i, row := range m.Rows() {
		if row.Node != w.Nodes[i].ID() {
			w.t.Fatalf("row %d is of %s", i, w.Name(row.Node))
		}
		text := row.State.String()
		if row.State == asking.Answered {
			text = fmt.Sprintf("%v -%d", row.Answer, row.Head.Number)
			if row.Holds {
				text = strings.Replace(text, "-", "h", 1)
			}
		}
		rows = append(rows, text)
	}
	return rows, m
}

func (w *world) wantExplained(want string, outcome session.Answer, granted int) *asking.Explaining {
	w.t.Helper()
	rows, m := w.explain()
	if got := strings.Join(rows, ", "); got != want {
		w.t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, yes := m.Outcome(); got != outcome || yes != granted || m.Needed() != int(w.record.Setup.Threshold)+1 {
		w.t.Errorf("outcome %v with %d of %d, want %v with %d", got, yes, m.Needed(), outcome, granted)
	}
	return m
}

// Every node tells its own verdict, and what a read would come to is told as the read
// itself would find it.
func TestExplain(t *testing.T) {
	t.Run("all say yes", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.wantExplained("granted h2, granted h2, granted h2, granted h2", session.Granted, 4)
		w.read(w.Nodes[0], true)
	})
	t.Run("all say no", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		m := w.wantExplained("denied h1, denied h1, denied h1, denied h1", session.Refused, 0)
		if row := m.Rows()[2]; row.Reason != "the contract says no" || row.Block != Block(1) {
			t.Errorf("%+v", row)
		}
	})
	t.Run("one down, one silent", func(t *testing.T) {
		w := newWorld(t, 4, 1).withDocument()
		w.Down(w.Nodes[1])
		w.Nodes[2].Mutate = Silent
		w.wantExplained("granted h2, not connected, no answer, granted h2", session.Granted, 2)
	})
	t.Run("too many are silent", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[1].Mutate, w.Nodes[2].Mutate = Silent, Silent
		w.wantExplained("granted h2, no answer, no answer, granted h2", session.Unreadable, 2)
		w.readFails(w.Nodes[0], true, wire.Timeout)
	})
	t.Run("one behind", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		block := w.Chain.Set(w.alice.Address(), w.key, true)
		for _, n := range w.Nodes[:3] {
			w.Follow(n, block)
		}
		m := w.wantExplained("granted h2, granted h2, granted h2, unavailable h1", session.Granted, 3)
		if row := m.Rows()[3]; row.Reason != "this node is behind" {
			t.Errorf("%+v", row)
		}
	})
	t.Run("one can't read its chain", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[3].Blind = true
		w.wantExplained("granted h2, granted h2, granted h2, unavailable h2", session.Granted, 3)
	})
	t.Run("this node can't read its chain", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		w.Nodes[0].Blind = true
		w.wantExplained("unavailable h2, not asked, not asked, not asked", session.Unreadable, 0)
		w.readFails(w.Nodes[0], true, wire.Unavailable)
	})
	t.Run("a lost share is no yes", func(t *testing.T) {
		w := newWorld(t, 4, 2).withDocument()
		for _, n := range w.Nodes[:2] {
			n.Forget(wire.RecordShare, w.key)
		}
		w.wantExplained("granted -2, granted -2, granted h2, granted h2", session.Unreadable, 2)
	})
	t.Run("a node that was not there when the key was made", func(t *testing.T) {
		w := &world{Cluster: New(4, 1), t: t, key: KeyID(1)}
		w.author, w.alice = w.NewClient("author"), w.NewClient("alice")
		w.record = w.Deal(w.key, 1, w.author, w.Nodes[:3])
		w.grant(w.alice)
		w.wantExplained("granted h2, granted h2, granted h2, granted -2", session.Granted, 3)
	})
}

// As a read does, the question moves on to a newer block that others have seen.
func TestExplainAtNewerHead(t *testing.T) {
	for _, granted := range []bool{true, false} {
		w := newWorld(t, 4, 2)
		if !granted {
			w.grant(w.alice)
		}
		block := w.Chain.Set(w.alice.Address(), w.key, granted)
		for _, n := range w.Nodes[1:] {
			w.Follow(n, block)
		}
		m, run, err := w.Explain(w.Nodes[0], w.alice.Address(), w.key)
		if err != nil {
			t.Fatal(err)
		}
		for !strings.Contains(m.String(), "asking the own chain") || run.asked == nil || run.asked.NotBefore == 0 {
			e, ok := w.next()
			if !ok {
				t.Fatalf("nobody tells of the newer head: %v", m)
			}
			w.happen(e)
		}
		w.Tick()
		w.Follow(w.Nodes[0], block)
		w.settle()
		want, count := session.Granted, 4
		if !granted {
			want, count = session.Refused, 0
		}
		if got, yes := m.Outcome(); got != want || yes != count {
			t.Errorf("granted %t: %v with %d", granted, got, yes)
		}
	}
}

// A head that nobody has seen costs a wait, and what was said before stands.
func TestExplainClaimedHead(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	w.Nodes[3].Mutate = Changing(func(m *wire.Explained) { m.Answer, m.Head = uint8(session.Newer), Block(1<<60) })
	w.wantExplained(fmt.Sprintf("granted h2, granted h2, granted h2, newer head h%d", 1<<60), session.Granted, 3)
}

// What no honest node answers is named and counts for nothing.
func TestExplainLies(t *testing.T) {
	for name, mutate := range map[string]func(wire.Envelope) []wire.Envelope{
		"a yes at another block": Changing(func(m *wire.Explained) { m.Block = Block(1) }),
		"a partial instead":      Answering[*wire.Explained](&wire.Partial{Sealed: make([]byte, wire.SealedShadowSize)}),
		"holdings instead":       Answering[*wire.Explained](&wire.Held{Bits: []byte{1}}),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 1).withDocument()
			w.Nodes[2].Mutate = mutate
			w.wantExplained("granted h2, granted h2, invalid answer, granted h2", session.Granted, 3)
			w.wantBlamed("n3")
		})
	}
	t.Run("a text that is no text", func(t *testing.T) {
		w := newWorld(t, 4, 1)
		w.Nodes[2].Mutate = Changing(func(m *wire.Explained) { m.Reason = []byte("\x1b[2Jall is well\xff") })
		_, m := w.explain()
		if got := m.Rows()[2].Reason; got != "·[2Jall is well·" {
			t.Errorf("%q", got)
		}
	})
	t.Run("a session id that is not its own", func(t *testing.T) {
		w := newWorld(t, 4, 1)
		w.Nodes[2].Mutate = Silent
		w.Inject(w.Nodes[2], wire.Envelope{To: w.Nodes[0].ID(), Session: wire.SessionID{7},
			Msg: &wire.Explain{Requester: w.alice.Address(), Key: w.key, Block: Block(1)}})
		w.settle()
		w.wantBlamed("n3")
	})
}

// The question gives nothing away but words: a yes of an unproven requester reaches no
// retrieval.
func TestExplainReleasesNothing(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	w.Spy = func(from *Node, env wire.Envelope) {
		switch env.Msg.(type) {
		case *wire.Explain, *wire.Explained:
		default:
			t.Errorf("%s sends a %T", from.Name, env.Msg)
		}
	}
	w.explain()
	if _, _, err := w.Explain(w.Nodes[0], common.Address{}, w.key); wire.ReasonOf(err) != wire.BadRequester {
		t.Errorf("the zero address: %v", err)
	}

	// In place of a partial it is no yes, and who sends it is blamed.
	w = newWorld(t, 4, 2).withDocument()
	yes := &wire.Explained{Answer: uint8(session.Granted), Block: Block(2), Head: Block(2), Holds: true}
	for _, n := range w.Nodes[1:3] {
		n.Mutate = Answering[*wire.Partial](yes)
	}
	w.readFails(w.Nodes[0], true, wire.Unavailable)
	w.wantBlamed("n2", "n3")
}

// Each node tells which shares it can still read.
func TestHoldings(t *testing.T) {
	w := newWorld(t, 5, 1)
	second := w.Deal(KeyID(2), 2, w.author, w.Nodes)
	unknown := wire.KeyVersion{Key: KeyID(3), Version: wire.SessionID{1}}
	otherVersion := wire.KeyVersion{Key: w.key, Version: second.Version()}
	w.Nodes[1].Forget(wire.RecordShare, w.key) // and has the other
	w.Down(w.Nodes[2])
	w.Nodes[3].Mutate = Silent
	m, run, err := w.Holdings(w.Nodes[0],
		wire.KeyVersion{Key: w.key, Version: w.record.Version()}, wire.KeyVersion{Key: KeyID(2), Version: second.Version()}, unknown, otherVersion)
	if err != nil {
		t.Fatal(err)
	}
	w.settle()
	if !run.Ended || run.Err != nil {
		t.Fatalf("%t %v", run.Ended, run.Err)
	}
	for i, want := range []string{"", "-h--", "", "", "hh--"} {
		held, why := m.Held(w.Nodes[i].ID())
		if wantWhy := map[int]string{3: "no answer"}[i]; why != wantWhy || (held == nil) != (want == "") {
			t.Errorf("%s: %v, %q", w.Nodes[i].Name, held, why)
			continue
		}
		got := ""
		for bit := range want {
			got += map[bool]string{true: "h", false: "-"}[held.Has(bit)]
		}
		if got != want {
			t.Errorf("%s has %s, want %s", w.Nodes[i].Name, got, want)
		}
	}
	for _, n := range []int{0, wire.MaxHoldings + 1} {
		if _, err := asking.NewHoldings(w.Nodes[0].Env(), make([]wire.KeyVersion, n)); err == nil {
			t.Errorf("a question about %d keys", n)
		}
	}
}

func TestHoldingsLies(t *testing.T) {
	w := newWorld(t, 4, 1)
	w.Nodes[1].Mutate = Answering[*wire.Held](&wire.Known{})
	w.Nodes[2].Mutate = Answering[*wire.Held](wire.RefuseWith(wire.Errorf(wire.Limit, "later")))
	w.Nodes[3].Mutate = Changing(func(m *wire.Held) { m.Bits = nil })
	m, _, err := w.Holdings(w.Nodes[0], wire.KeyVersion{Key: w.key, Version: w.record.Version()})
	if err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.wantBlamed("n2")
	for i, want := range map[int]string{1: "invalid answer", 2: "limit exceeded: later", 3: ""} {
		if held, why := m.Held(w.Nodes[i].ID()); why != want || held != nil && held.Has(0) {
			t.Errorf("%s: %v, %q, want %q", w.Nodes[i].Name, held, why, want)
		}
	}
	w.Inject(w.Nodes[2], wire.Envelope{To: w.Nodes[0].ID(), Session: wire.SessionID{7},
		Msg: &wire.Holdings{Keys: []wire.KeyVersion{{Key: w.key}}}})
	w.settle()
	w.wantBlamed("n2", "n3")
}
