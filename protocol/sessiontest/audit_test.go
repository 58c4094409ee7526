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
		if r.Kind == wire.RecordOutcome || r.Kind == wire.RecordAttempt || r.Kind == wire.RecordDealt {
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

// What an audit lets pass would be restored, and used: a share that is not this node's, a key of another id or cluster, a
// promise that its node never gave.
func TestAuditOfWhatIsNotWhole(t *testing.T) {
	for name, c := range map[string]struct {
		recs func(w *world) []wire.Record // of n2
		bad  bool
	}{
		"a key":          {func(w *world) []wire.Record { return w.Nodes[1].recordsOf(w.key) }, false},
		"a document key": {func(w *world) []wire.Record { w.withDocument(); return w.Nodes[1].recordsOf(w.key) }, false},
		"another id": {func(w *world) []wire.Record {
			recs := w.Nodes[1].recordsOf(w.key)
			w.key = KeyID(9)
			for i := range recs {
				recs[i].Key = w.key
			}
			return recs
		}, true},
		"another cluster": {func(w *world) []wire.Record { w.ID[0] ^= 1; return w.Nodes[1].recordsOf(w.key) }, true},
		"acknowledgements that are counted twice": {func(w *world) []wire.Record {
			r := *w.record
			r.Acks = append(r.Acks[:2:2], r.Acks[1])
			w.Nodes[1].Put(wire.NewRecord(wire.Put, wire.RecordKey, w.key, wire.SessionID{}, &r))
			return w.Nodes[1].recordsOf(w.key)
		}, true},
		"a damaged share of another version": {func(w *world) []wire.Record {
			return append(w.Nodes[1].recordsOf(w.key), wire.Record{Kind: wire.RecordShare, Key: w.key, Session: wire.SessionID{9}, Value: []byte{1}})
		}, true},
		"a share of another version": {func(w *world) []wire.Record {
			return append(w.Nodes[1].recordsOf(w.key), wire.Record{Kind: wire.RecordShare, Key: w.key, Session: wire.SessionID{9},
				Value: w.Nodes[1].State(w.key).Share.Encode()})
		}, false},
		"an attempt without a public key": {func(w *world) []wire.Record {
			w.Nodes[1].Miss(w.record)
			a := &session.Attempt{Setup: w.record.Setup, Commitments: make([]wire.Point, 1)}
			w.Nodes[1].Put(wire.NewRecord(wire.Put, wire.RecordAttempt, w.key, wire.SessionID{}, a))
			return w.Nodes[1].recordsOf(w.key)
		}, true},
		"a share of zero for an attempt without a public key": {func(w *world) []wire.Record {
			w.Nodes[1].Miss(w.record)
			a := &session.Attempt{Setup: w.record.Setup, Commitments: make([]wire.Point, 1)}
			zero := append([]byte{0, 0, 0, 2}, make([]byte, 32)...)
			w.Nodes[1].Put(wire.NewRecord(wire.Put, wire.RecordAttempt, w.key, wire.SessionID{}, a),
				wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: w.key, Session: a.Session(), Value: zero})
			return w.Nodes[1].recordsOf(w.key)
		}, true},
		"the secret key at who is no member": {func(w *world) []wire.Record {
			w.key = KeyID(9) // of threshold 0: each share is the secret
			r := w.Deal(w.key, 0, w.author, []*Node{w.Nodes[0], w.Nodes[2], w.Nodes[3]})
			share := *w.Nodes[0].State(w.key).Share
			share.Index = 0
			return []wire.Record{wire.NewRecord(wire.Put, wire.RecordKey, w.key, wire.SessionID{}, r),
				{Kind: wire.RecordShare, Key: w.key, Session: r.Version(), Value: share.Encode()}}
		}, true},
		"a document key without its server key": {func(w *world) []wire.Record {
			return []wire.Record{wire.NewRecord(wire.Put, wire.RecordDocument, w.key, wire.SessionID{}, w.Certify(w.record, w.doc))}
		}, true},
		"a promise": {func(w *world) []wire.Record { return w.promises(w.Certify(w.record, w.doc)) }, false},
		"a promise for another version": {func(w *world) []wire.Record {
			p := w.Certify(w.record, w.doc)
			p.Version[0] ^= 1
			return w.promises(p)
		}, true},
		"a promise of no pair": {func(w *world) []wire.Record {
			p := w.Certify(w.record, w.doc)
			p.Common[9] ^= 1
			return w.promises(p)
		}, true},
	} {
		w := newWorld(t, 4, 0)
		recs := c.recs(w)
		if err := session.Audit(w.ID, w.Nodes[1].ID(), w.key, recs); (err != nil) != c.bad {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// promises are n2's records when it has signed a pair.
func (w *world) promises(p *wire.DocumentRecord) []wire.Record {
	w.promise(p, 1)
	w.Nodes[1].Put(wire.NewRecord(wire.Put, wire.RecordPromise, w.key, wire.SessionID{}, p))
	return w.Nodes[1].recordsOf(w.key)
}
