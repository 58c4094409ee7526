package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A node that was restored from an old backup has forgotten what it promised since. With
// n = 4 and t = 1, one such node and one malicious one are two that can be led to say
// anything: enough to join two majorities of three. Each attack is played twice: without the
// rule (the node is not told that it forgets) the cluster's invariants are violated, so
// the test would notice; with the rule they hold.

// without does something while a node can't be reached; what is on its disk stays.
func (w *world) without(n *Node, do func() *Outcome) (*Outcome, error) {
	w.Down(n)
	o := do()
	err := w.Settle()
	w.Restart(n)
	return o, err
}

// lies makes a node one that forgets on purpose.
func (n *Node) lies(b Backup) {
	n.Restore(b)
	n.Gap = false
	n.Mutate = func(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env} }
}

// forgetting lets something happen without n4, makes n1 a restored node that has
// forgotten it, and n2 a liar, and lets something else happen without n3.
func (w *world) forgetting(t *testing.T, told bool, first, second func() *Outcome) (*Outcome, error) {
	t.Helper()
	backups := []Backup{w.Nodes[0].Backup(), w.Nodes[1].Backup()}
	if o, err := w.without(w.Nodes[3], first); o.Err != nil || err != nil {
		t.Fatalf("before the restore: %v, %v", o, err)
	}
	w.Nodes[0].Restore(backups[0])
	w.Nodes[0].Gap = told
	w.Nodes[1].lies(backups[1])
	return w.without(w.Nodes[2], second)
}

func TestRestoredNodeMakesNoSecondKey(t *testing.T) {
	for _, through := range []int{0, 1, 3} {
		for _, told := range []bool{false, true} {
			w, id := newWorld(t, 4, 1), KeyID(9)
			generate := func(through int) func() *Outcome {
				return func() *Outcome { return w.Generate(w.Nodes[through], w.author, id, 1) }
			}
			o, err := w.forgetting(t, told, generate(2), generate(through))
			if !told && err == nil {
				t.Errorf("through n%d: without the rule there are not two keys, so this test shows nothing: %v", through+1, o)
			}
			if told && (err != nil || o.Reason() != wire.Unavailable) {
				t.Errorf("through n%d: %v, %v", through+1, o, err)
			}
		}
	}
}

func TestRestoredNodeSignsNoSecondPair(t *testing.T) {
	for _, through := range []int{0, 1, 3} {
		for _, told := range []bool{false, true} {
			w := newWorld(t, 4, 1)
			store := func(through int, d *Document) func() *Outcome {
				return func() *Outcome { return w.Store(w.Nodes[through], w.author, w.key, d) }
			}
			o, err := w.forgetting(t, told, store(2, w.doc), store(through, w.Encrypt(w.record, 2)))
			if !told && err == nil {
				t.Errorf("through n%d: without the rule there are not two document keys, so this test shows nothing: %v", through+1, o)
			}
			if told && (err != nil || o.Err == nil) {
				t.Errorf("through n%d: %v, %v", through+1, o, err)
			}
		}
	}
}

// With all key servers there, the ones that remember keep their key.
func TestRestoredNodeAmongAll(t *testing.T) {
	w, id := newWorld(t, 4, 1), KeyID(9)
	backups := []Backup{w.Nodes[0].Backup(), w.Nodes[1].Backup()}
	o, err := w.without(w.Nodes[3], func() *Outcome { return w.Generate(w.Nodes[2], w.author, id, 1) })
	if o.Err != nil || err != nil {
		t.Fatalf("%v, %v", o, err)
	}
	w.Nodes[0].Restore(backups[0])
	w.Nodes[1].lies(backups[1])
	o = w.Generate(w.Nodes[3], w.author, id, 1)
	if w.settle(); o.Reason() != wire.KeyExists {
		t.Errorf("generating again: %v", o)
	}
}

// An attempt that it may have acknowledged it does not abandon.
func TestRestoredNodeAbandonsNothingUnknown(t *testing.T) {
	for _, gap := range []bool{false, true} {
		w, id := newWorld(t, 4, 1), KeyID(9)
		n, initiator := w.Nodes[0], w.Nodes[1]
		n.Gap = gap
		setup := wire.Setup{Cluster: w.ID, Key: id, Threshold: 1, SetSize: 4, Members: w.Members(), Initiator: initiator.ID(), Proof: w.author.Proof(id)}
		abandoned, refused := 0, 0
		w.Spy = func(from *Node, env wire.Envelope) {
			if v, ok := env.Msg.(*wire.Vote); ok && from == n && v.Cast != nil {
				abandoned++
			}
			if r, ok := env.Msg.(*wire.Refuse); ok && from == n && r.Reason == wire.Unavailable {
				refused++
			}
		}
		poll := &wire.Poll{Setup: setup, Ask: new(wire.Motion)}
		w.Inject(initiator, wire.Envelope{To: n.ID(), Session: poll.Session(w.ID, initiator.ID()), Msg: poll})
		w.settle()
		if gap && (abandoned != 0 || refused == 0) || !gap && abandoned == 0 {
			t.Errorf("gap %v: %d abandoned, %d refused", gap, abandoned, refused)
		}
	}
}

// A restored node serves what it holds, does not deny what it may have known, takes part
// in new keys beside all others, and stores documents under those.
func TestRestoredNodeServes(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	n := w.Nodes[0]
	n.Restore(n.Backup())
	w.Down(w.Nodes[3]) // n is needed
	w.read(w.Nodes[1], true)
	w.read(n, false)
	w.Down(w.Nodes[2])
	if o := w.Lookup(w.Nodes[1], KeyID(77), false); o.Done && o.Reason() != wire.Unavailable {
		t.Errorf("a look-up of an unknown key: %v", o)
	}
	w.settle()
	w.Restart(w.Nodes[2])
	w.Restart(w.Nodes[3])
	o := w.Generate(n, w.author, KeyID(9), 2)
	if w.settle(); o.Err != nil {
		t.Fatalf("generating through a restored node: %v", o)
	}
	stored := w.Store(w.Nodes[2], w.author, KeyID(9), w.Encrypt(o.Record, 3))
	if w.settle(); stored.Err != nil {
		t.Errorf("storing under a key that was made since: %v", stored)
	}
}

// A pending share comes back too. It is worth something only if the others confirm the
// key; the restored node does not speak for it.
func TestRestoredNodeSpeaksForNoPendingShare(t *testing.T) {
	for _, gap := range []bool{false, true} {
		w, id := newWorld(t, 4, 1), KeyID(9)
		n := w.Nodes[0]
		var pending Backup
		w.Spy = func(from *Node, env wire.Envelope) {
			if _, ok := env.Msg.(*wire.Certify); ok && from == n && pending == nil && n.State(id).Attempt != nil {
				pending = n.Backup()
			}
		}
		made := w.Generate(w.Nodes[1], w.author, id, 1)
		if w.settle(); made.Err != nil || pending == nil {
			t.Fatalf("%v, promised: %v", made, pending != nil)
		}
		n.Restore(pending)
		n.Gap = gap
		acks := 0
		w.Spy = func(from *Node, env wire.Envelope) {
			if v, ok := env.Msg.(*wire.Vote); ok && from == n && v.Cast != nil {
				acks++
			}
		}
		bare := *made.Record
		bare.Acks = nil
		poll := &wire.Poll{Setup: bare.Setup, Record: &bare, Ask: &wire.Motion{Complete: true}}
		w.Inject(w.Nodes[2], wire.Envelope{To: n.ID(), Session: poll.Session(w.ID, w.Nodes[2].ID()), Msg: poll})
		w.settle()
		if want := 1; gap && acks != 0 || !gap && acks != want {
			t.Errorf("gap %v: %d acknowledgements", gap, acks)
		}
		w.Lookup(n, id, false)
		if w.settle(); gap && n.State(id).Share == nil {
			t.Error("the share of a confirmed key is lost")
		}
	}
}
