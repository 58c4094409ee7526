package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// recordsOf are all that a node holds of a key, as a backup has them.
func (n *Node) recordsOf(key wire.KeyID) (recs []wire.Record) {
	for k, value := range n.records {
		if k.key == key {
			recs = append(recs, wire.Record{Op: wire.Put, Kind: k.kind, Key: key, Session: k.session, Value: append([]byte(nil), value...)})
		}
	}
	return recs
}

// What a node holds passes its audit at any moment of a key's life, and any change to it
// does not, whichever byte it is in.
func TestAudit(t *testing.T) {
	w, id := newWorld(t, 4, 2), KeyID(9)
	n := w.Nodes[0]
	var held [][]wire.Record
	w.Spy = func(*Node, wire.Envelope) {
		if recs := n.recordsOf(id); len(recs) > 0 {
			if err := session.Audit(w.ID, n.ID(), id, recs); err != nil {
				t.Errorf("%d records of an honest node: %v", len(recs), err)
			}
			held = append(held, recs)
		}
	}
	o := w.Generate(w.Nodes[1], w.author, id, 2)
	if w.settle(); o.Err != nil {
		t.Fatal(o)
	}
	w.Store(w.Nodes[2], w.author, id, w.Encrypt(o.Record, 1))
	w.settle()
	last := n.recordsOf(id)
	if err := session.Audit(w.ID, n.ID(), id, last); err != nil || len(held) == 0 {
		t.Fatalf("%v, %d moments", err, len(held))
	}
	if session.Audit(w.ID, w.Nodes[1].ID(), id, last) == nil {
		t.Error("a share passes for another node's")
	}
	if session.Audit(wire.ClusterID{1}, n.ID(), id, last) == nil {
		t.Error("a key passes for another cluster's")
	}
	for i := range last {
		r := &last[i]
		if r.Kind == wire.RecordFate || r.Kind == wire.RecordAttempt || r.Kind == wire.RecordDealt {
			continue // say nothing that could be checked
		}
		for at := range r.Value {
			if at%7 != 0 && r.Kind != wire.RecordShare { // each signature and point is hit several times
				continue
			}
			r.Value[at] ^= 1
			if err := session.Audit(w.ID, n.ID(), id, last); err == nil && !harmless(r, at) {
				t.Errorf("kind %d: a change of byte %d passes", r.Kind, at)
			}
			r.Value[at] ^= 1
		}
	}
}

// harmless: the last byte of a signature, 0 or 1, says how to recover its key, which
// nobody does.
func harmless(r *wire.Record, at int) bool { return r.Value[at] <= 1 }
