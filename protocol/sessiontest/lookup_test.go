package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// knowing is a world in which only some nodes know the key and its document key.
func knowing(t *testing.T, knowers ...int) *world {
	w := newWorld(t, 5, 1)
	w.DealDocument(w.record, w.doc)
	known := make(map[*Node]bool)
	for _, i := range knowers {
		known[w.Nodes[i]] = true
	}
	for _, n := range w.Nodes {
		if !known[n] {
			for _, kind := range []wire.RecordKind{wire.RecordKey, wire.RecordShare, wire.RecordDocument} {
				n.Forget(kind, w.key)
			}
		}
	}
	return w
}

func (w *world) lookup(n *Node, document bool) *Outcome {
	w.t.Helper()
	o := w.Lookup(n, w.key, document)
	w.settle()
	if !o.Done {
		w.t.Fatal("the look-up does not end")
	}
	return o
}

func TestLookup(t *testing.T) {
	w := knowing(t, 3)
	if o := w.lookup(w.Nodes[0], true); o.Err != nil || o.Record.Version() != w.record.Version() {
		t.Fatalf("%v", o)
	}
	if s := w.Nodes[0].State(w.key); s.Record == nil || s.Document == nil {
		t.Error("the find is not saved")
	}
	for _, n := range w.Nodes[1:] { // from now on it is local
		w.Down(n)
	}
	if o := w.lookup(w.Nodes[0], true); o.Err != nil {
		t.Fatal(o.Err)
	}
}

func TestLookupNotFound(t *testing.T) {
	t.Run("nobody knows", func(t *testing.T) {
		w := knowing(t)
		if o := w.lookup(w.Nodes[0], false); o.Reason() != wire.KeyNotFound || w.ticks != 0 {
			t.Errorf("%v after %d ticks", o, w.ticks)
		}
	})
	t.Run("a majority is enough", func(t *testing.T) {
		w := knowing(t)
		w.Down(w.Nodes[3])
		w.Down(w.Nodes[4])
		if o := w.lookup(w.Nodes[0], false); o.Reason() != wire.KeyNotFound {
			t.Error(o)
		}
	})
	t.Run("less is not", func(t *testing.T) {
		w := knowing(t)
		for _, n := range w.Nodes[2:] {
			w.Down(n)
		}
		if o := w.lookup(w.Nodes[0], false); o.Reason() != wire.Unavailable {
			t.Error(o)
		}
	})
	t.Run("a silent node holds nothing up for long", func(t *testing.T) {
		w := knowing(t)
		w.Nodes[4].Mutate = Silent
		if o := w.lookup(w.Nodes[0], false); o.Reason() != wire.KeyNotFound || w.ticks > 2*session.TicksPerSecond {
			t.Errorf("%v after %d ticks", o, w.ticks)
		}
	})
	t.Run("a silent majority is no answer", func(t *testing.T) {
		w := knowing(t)
		for _, n := range w.Nodes[2:] {
			n.Mutate = Silent
		}
		if o := w.lookup(w.Nodes[0], false); o.Reason() != wire.Unavailable {
			t.Error(o)
		}
	})
	t.Run("the key without a document key", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		if o := w.lookup(w.Nodes[0], true); o.Reason() != wire.DocumentNotFound {
			t.Error(o)
		}
	})
}

// A find does not wait for slow nodes.
func TestLookupOfSilentCluster(t *testing.T) {
	w := knowing(t, 2)
	w.Nodes[1].Mutate, w.Nodes[3].Mutate, w.Nodes[4].Mutate = Silent, Silent, Silent
	if o := w.lookup(w.Nodes[0], true); o.Err != nil || w.ticks != 0 {
		t.Errorf("%v after %d ticks", o, w.ticks)
	}
}

// False records are refused, named and survived.
func TestLookupLies(t *testing.T) {
	for name, change := range map[string]func(w *world, m *wire.Known){
		"a false signature":         func(w *world, m *wire.Known) { m.Record.Signatures[2][3] ^= 1 },
		"another key":               func(w *world, m *wire.Known) { copy(m.Record.Commitments[0][:], someP()) },
		"a false acknowledgement":   func(w *world, m *wire.Known) { m.Record.Acks[1].Signature[3] ^= 1 },
		"the record of another id":  func(w *world, m *wire.Known) { m.Record = w.Deal(KeyID(5), 1, w.author, w.Nodes) },
		"another cluster":           func(w *world, m *wire.Known) { m.Record.Setup.Cluster[0] ^= 1 },
		"document without majority": func(w *world, m *wire.Known) { m.Document.Signatures = m.Document.Signatures[:1] },
		"promise of another": func(w *world, m *wire.Known) {
			m.Promise, m.Document = m.Document, nil
			m.Promise.Signatures = m.Promise.Signatures[4:]
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := knowing(t, 2, 3)
			w.Nodes[2].Mutate = Changing(func(m *wire.Known) { change(w, m) })
			if o := w.lookup(w.Nodes[0], true); o.Err != nil {
				t.Fatal(o.Err)
			}
			w.wantBlamed("n3")
		})
	}
}

// Nobody but the holders can make a key appear that was never generated.
func TestLookupOfInventedKey(t *testing.T) {
	w := knowing(t)
	evil := w.Nodes[2]
	forged := *w.record
	forged.Signatures = nil
	for range forged.Setup.Members {
		forged.Signatures = append(forged.Signatures, evil.nodeKey.Sign(wire.CertifyDigest(forged.Version(), forged.Transcript())))
	}
	evil.Mutate = Changing(func(m *wire.Known) { m.Record = &forged })
	if o := w.lookup(w.Nodes[0], false); o.Reason() != wire.KeyNotFound {
		t.Error(o)
	}
	w.wantBlamed("n3")
}

// Each member's record has its own acknowledgement; the initiator went down before it
// spread the rest. Together they confirm the key.
func TestLookupPutsAcksTogether(t *testing.T) {
	w := knowing(t, 1, 2, 3, 4)
	for i, n := range w.Nodes[1:] {
		part := *w.record
		part.Acks = part.Acks[i+1 : i+2]
		n.Put(wire.NewRecord(wire.Put, wire.RecordKey, w.key, wire.SessionID{}, &part))
	}
	o := w.lookup(w.Nodes[0], false)
	if o.Err != nil || !o.Record.Confirmed() {
		t.Fatal(o)
	}
	w.Nodes[0].Forget(wire.RecordKey, w.key)
	w.Down(w.Nodes[1])
	w.Down(w.Nodes[2])
	if o := w.lookup(w.Nodes[0], false); o.Reason() != wire.Unavailable {
		t.Errorf("two acknowledgements of %d: %v", wire.Majority(5, 1), o)
	}
}

// A store whose coordinator went down after the promises is completed by a reader.
func TestLookupPutsPromisesTogether(t *testing.T) {
	w := newWorld(t, 4, 2)
	w.Nodes[0].Mutate = func(env wire.Envelope) []wire.Envelope {
		if _, ok := env.Msg.(*wire.StoreCertificate); ok {
			return nil
		}
		return []wire.Envelope{env}
	}
	w.store(w.Nodes[0], w.doc)
	w.Nodes[0].Mutate = nil
	w.Nodes[0].Forget(wire.RecordDocument, w.key)
	w.grant(w.alice)
	w.read(w.Nodes[2], true)
	w.Down(w.Nodes[0])
	if o := w.lookup(w.Nodes[1], true); o.Err != nil { // n3 has it now
		t.Error(o)
	}
}
