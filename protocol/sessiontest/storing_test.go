package sessiontest

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func (w *world) storeFails(n *Node, d *Document, want wire.Reason) {
	w.t.Helper()
	if o := w.store(n, d); o.Err == nil || o.Reason() != want {
		w.t.Fatalf("storing through %s: %v, want %v", n.Name, o, want)
	}
}

func (w *world) stores(n *Node, d *Document) {
	w.t.Helper()
	if o := w.store(n, d); o.Err != nil {
		w.t.Fatalf("storing through %s: %v", n.Name, o)
	}
}

// holding counts the nodes that have a certified pair on disk.
func (w *world) holding(d *Document) (count int) {
	for _, n := range w.Nodes {
		if s := n.State(w.key); s.Document != nil && s.Document.Common == d.Common {
			if err := verify.Document(w.ID, w.record, nil, s.Document); err != nil {
				w.t.Errorf("%s holds a document key that is not certified: %v", n.Name, err)
			}
			count++
		}
	}
	return count
}

func TestStore(t *testing.T) {
	w := newWorld(t, 4, 2)
	w.stores(w.Nodes[1], w.doc)
	if got := w.holding(w.doc); got != 4 {
		t.Errorf("%d nodes hold the document key", got)
	}
	other := w.Encrypt(w.record, 2)
	for _, n := range w.Nodes { // by whom ever, also the same again, as in Parity
		w.storeFails(n, other, wire.DocumentExists)
		w.storeFails(n, w.doc, wire.DocumentExists)
	}
}

// showsStored checks that a client is shown that this pair is stored, by success or by the error.
func (w *world) showsStored(what string, o *Outcome, d *Document) {
	w.t.Helper()
	stored := o.Stored
	var exists *wire.Exists
	if errors.As(o.Err, &exists) {
		stored = exists.Stored
	}
	if stored == nil {
		w.t.Errorf("%s: nothing is shown: %v", what, o)
		return
	}
	if err := verify.Stored(stored); err != nil || stored.Certificate.Setup.Session() != w.record.Version() ||
		stored.Document.Common != d.Common || stored.Document.Encrypted != d.Encrypted {
		w.t.Errorf("%s: shown is %+v, %v", what, stored.Document, err)
	}
}

// TestStoreShows: a store shows which pair is stored: its own, or one that was stored before, whether its node or another
// one knows of that. Of a pair that is only promised there is nothing to show.
func TestStoreShows(t *testing.T) {
	for _, size := range []struct{ n, t int }{{1, 0}, {4, 1}, {4, 2}, {7, 2}} {
		w := newWorld(t, size.n, size.t)
		other := w.Encrypt(w.record, 2)
		o := w.store(w.Nodes[0], w.doc)
		if w.showsStored("stored", o, w.doc); o.Err != nil {
			t.Fatal(o)
		}
		for _, n := range w.Nodes {
			w.showsStored("again", w.store(n, w.doc), w.doc)
			w.showsStored("another", w.store(n, other), w.doc)
		}
	}
	t.Run("a node that was down", func(t *testing.T) {
		for _, again := range []bool{true, false} {
			w := newWorld(t, 4, 1)
			w.Down(w.Nodes[2])
			w.stores(w.Nodes[0], w.doc)
			w.Restart(w.Nodes[2])
			d := w.doc
			if !again {
				d = w.Encrypt(w.record, 2)
			}
			o := w.store(w.Nodes[2], d)
			if w.showsStored("by others", o, w.doc); o.Reason() != wire.DocumentExists {
				t.Error(o)
			}
		}
	})
	t.Run("promised", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		w.Nodes[1].Mutate = Silent
		if o := w.store(w.Nodes[0], w.doc); o.Stored != nil || o.Reason() != wire.Timeout {
			t.Errorf("shown is %+v, %v", o.Stored, o)
		}
		w.Nodes[1].Mutate = nil
		o := w.store(w.Nodes[0], w.Encrypt(w.record, 2))
		if errors.As(o.Err, new(*wire.Exists)) || o.Stored != nil || o.Reason() != wire.DocumentExists {
			t.Errorf("shown is %+v, %v", o.Stored, o)
		}
	})
}

func TestStoreRefusals(t *testing.T) {
	bad := func(change func(d *Document)) *Document {
		w := newWorld(t, 4, 2)
		d := *w.doc
		change(&d)
		return &d
	}
	for name, d := range map[string]*Document{
		"common point off the curve":    bad(func(d *Document) { d.Common[5] ^= 1 }),
		"common point is the identity":  bad(func(d *Document) { clear(d.Common[:]) }),
		"encrypted point off the curve": bad(func(d *Document) { d.Encrypted[5] ^= 1 }),
		"encrypted is the identity":     bad(func(d *Document) { clear(d.Encrypted[:]) }),
		"coordinate too big":            bad(func(d *Document) { copy(d.Common[:], bytes255(64)) }),
	} {
		t.Run(name, func(t *testing.T) { newWorld(t, 4, 2).storeFails(newWorld(t, 4, 2).Nodes[0], d, wire.Cryptographic) })
	}
	t.Run("not the author", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		w.author = w.NewClient("mallory")
		w.storeFails(w.Nodes[0], w.doc, wire.NotAuthor)
	})
	t.Run("too few holders", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		w.Down(w.Nodes[1])
		w.storeFails(w.Nodes[0], w.doc, wire.Disconnected)
		if w.Nodes[0].State(w.key).Promise != nil {
			t.Error("promised although it could lead nowhere")
		}
	})
	t.Run("unknown key", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		w.key = KeyID(77)
		w.storeFails(w.Nodes[0], w.doc, wire.KeyNotFound)
	})
}

// A coordinator that is Byzantine gets no promise for what is not the author's.
func TestHolderChecksForItself(t *testing.T) {
	for name, change := range map[string]func(w *world, m *wire.Store){
		"not the author":      func(w *world, m *wire.Store) { m.Proof = w.alice.Proof(w.key) },
		"no proof":            func(w *world, m *wire.Store) { m.Proof.Data = nil },
		"off the curve":       func(w *world, m *wire.Store) { m.Common[3] ^= 1 },
		"identity":            func(w *world, m *wire.Store) { clear(m.Encrypted[:]) },
		"another key version": func(w *world, m *wire.Store) { m.Version[3] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 2)
			m := w.storeMessage(w.doc)
			change(w, m)
			if got, ok := w.ask(w.Nodes[0], w.Nodes[1], m, m.Session(w.ID, w.Nodes[0].ID())).(*wire.Refuse); !ok {
				t.Fatalf("answered with %T", got)
			}
			if w.Nodes[1].State(w.key).Promise != nil {
				t.Error("promised")
			}
		})
	}
	t.Run("undisturbed", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		m := w.storeMessage(w.doc)
		if got, ok := w.ask(w.Nodes[0], w.Nodes[1], m, m.Session(w.ID, w.Nodes[0].ID())).(*wire.StorePromise); !ok {
			t.Fatalf("answered with %T", got)
		}
	})
}

func (w *world) storeMessage(d *Document) *wire.Store {
	return &wire.Store{Key: w.key, Version: w.record.Version(), Common: d.Common, Encrypted: d.Encrypted, Proof: w.author.Proof(w.key)}
}

// An author, or a coordinator with its proof, that gives different pairs to different
// holders gets at most one of them certified.
func TestTwoDocumentKeys(t *testing.T) {
	for split := range 5 {
		w := newWorld(t, 4, 2)
		second := w.Encrypt(w.record, 2)
		evil := w.Nodes[3]
		signed := map[*Document]int{}
		for i, n := range w.Nodes {
			d := w.doc
			if i >= split {
				d = second
			}
			if n == evil {
				signed[w.doc]++ // it signs both
				signed[second]++
				continue
			}
			m := w.storeMessage(d)
			if _, ok := w.ask(evil, n, m, m.Session(w.ID, evil.ID())).(*wire.StorePromise); ok {
				signed[d]++
			}
		}
		if q := wire.Majority(4, 2); signed[w.doc] >= q && signed[second] >= q {
			t.Errorf("split at %d: both are certified", split)
		}
	}
}

func TestTwoAuthorsRequestsAtOnce(t *testing.T) {
	for seed := range uint64(40) {
		w := &world{Cluster: New(4, seed), t: t, key: KeyID(1)}
		w.Chaos = &Chaos{Tick: 1}
		w.author = w.NewClient("author")
		w.record = w.Deal(w.key, 1, w.author, w.Nodes)
		a, b := w.Encrypt(w.record, 1), w.Encrypt(w.record, 2)
		oa, ob := w.Store(w.Nodes[0], w.author, w.key, a), w.Store(w.Nodes[2], w.author, w.key, b)
		if err := w.Settle(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if oa.Err == nil && ob.Err == nil {
			t.Fatalf("seed %d: two different document keys were stored", seed)
		}
		if w.holding(a) > 0 && w.holding(b) > 0 {
			t.Fatalf("seed %d: both are certified", seed)
		}
	}
}

// A holder that waits for the key record in two sessions at once still promises one
// pair: the record of the promise is created, not put.
func TestTwoStoresWaitForTheKey(t *testing.T) {
	w := newWorld(t, 4, 2)
	holder, promises := w.Nodes[1], 0
	holder.Miss(w.record)
	holder.Mutate = func(env wire.Envelope) []wire.Envelope {
		if _, ok := env.Msg.(*wire.StorePromise); ok {
			promises++
		}
		return nil
	}
	var supplies []wire.Envelope
	for i, from := range []*Node{w.Nodes[0], w.Nodes[2]} {
		m := w.storeMessage(w.Encrypt(w.record, i))
		id := m.Session(w.ID, from.ID())
		w.Inject(from, wire.Envelope{To: holder.ID(), Session: id, Msg: m})
		supplies = append(supplies, wire.Envelope{To: holder.ID(), Session: id, Msg: &wire.Supply{Record: w.record}})
	}
	w.Steps(2)
	w.Inject(w.Nodes[0], supplies[0])
	w.Inject(w.Nodes[2], supplies[1])
	w.settle()
	if promises != 1 {
		t.Errorf("%d promises", promises)
	}
}

// A certificate that is forged in any way is refused and its sender named.
func TestForgedCertificate(t *testing.T) {
	for name, change := range map[string]func(w *world, d *wire.DocumentRecord){
		"one signature too few":  func(w *world, d *wire.DocumentRecord) { d.Signatures = d.Signatures[:wire.Majority(4, 2)-1] },
		"one signature bad":      func(w *world, d *wire.DocumentRecord) { d.Signatures[0].Signature[7] ^= 1 },
		"another pair":           func(w *world, d *wire.DocumentRecord) { copy(d.Common[:], someP()) },
		"an index of nobody":     func(w *world, d *wire.DocumentRecord) { d.Signatures[3].Index = 9 },
		"a signature by another": func(w *world, d *wire.DocumentRecord) { d.Signatures[1].Signature = d.Signatures[0].Signature },
		"signed off the curve":   func(w *world, d *wire.DocumentRecord) { d.Encrypted[3] ^= 1; *d = *w.Certify(w.record, pairOf(d)) },
		"signed for another key": func(w *world, d *wire.DocumentRecord) { d.Version[0] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 2)
			d := w.Certify(w.record, w.doc)
			change(w, d)
			got := w.ask(w.Nodes[0], w.Nodes[1], &wire.StoreCertificate{Document: *d}, wire.SessionID{1})
			if _, ok := got.(*wire.Refuse); !ok {
				t.Fatalf("answered with %T", got)
			}
			if w.Nodes[1].State(w.key).Document != nil {
				t.Error("saved")
			}
			if name != "signed for another key" { // there the key itself is unknown, not the fault of the sender
				w.wantBlamed("n1")
			}
		})
	}
}

func pairOf(d *wire.DocumentRecord) *Document {
	return &Document{Common: d.Common, Encrypted: d.Encrypted}
}

func TestStoreWithFailures(t *testing.T) {
	t.Run("two down, one silent", func(t *testing.T) {
		w := newWorld(t, 7, 2) // majority 5
		w.Down(w.Nodes[5])
		w.Nodes[6].Mutate = Silent
		w.stores(w.Nodes[0], w.doc)
		if w.ticks != 0 {
			t.Errorf("the silent one cost %d ticks", w.ticks)
		}
	})
	t.Run("silence of too many", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		w.Nodes[1].Mutate = Silent
		w.storeFails(w.Nodes[0], w.doc, wire.Timeout)
		w.Nodes[1].Mutate = nil
		w.storeFails(w.Nodes[0], w.Encrypt(w.record, 2), wire.DocumentExists) // the first is promised
		w.stores(w.Nodes[2], w.doc)                                           // and can be completed, through any node
	})
	t.Run("a holder that missed the key", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		w.Nodes[2].Miss(w.record)
		w.stores(w.Nodes[0], w.doc)
		if w.Nodes[2].State(w.key).Record == nil {
			t.Error("it did not take the key over")
		}
	})
	t.Run("no acknowledgements", func(t *testing.T) {
		w := newWorld(t, 4, 2)
		for _, n := range w.Nodes[1:] {
			n.Mutate = func(env wire.Envelope) []wire.Envelope {
				if _, ok := env.Msg.(*wire.StoreAck); ok {
					return nil
				}
				return []wire.Envelope{env}
			}
		}
		w.storeFails(w.Nodes[0], w.doc, wire.Timeout)
	})
}

// A contacted node that is no holder coordinates as well.
func TestStoreThroughNonHolder(t *testing.T) {
	w := newWorld(t, 5, 2)
	w.key = KeyID(9)
	w.record = w.Deal(w.key, 2, w.author, w.Nodes[:4])
	w.doc = w.Encrypt(w.record, 3)
	w.stores(w.Nodes[4], w.doc)
	if w.Nodes[4].State(w.key).Promise != nil {
		t.Error("a node without a share promised")
	}
}

// kill -9 at every step that is persisted, before it, after it, and after telling of
// it: a store that failed can be completed by the same request, and what is certified
// stays.
func TestStoreCrashes(t *testing.T) {
	for where := range 3 {
		for save := 1; ; save++ {
			w := newWorld(t, 4, 1)
			w.CrashAt(save, where)
			first := w.Store(w.Nodes[0], w.author, w.key, w.doc)
			w.settle()
			if !w.Crashed() {
				if save < 5 {
					t.Errorf("only %d persisted steps", save-1)
				}
				break
			}
			for _, n := range w.Nodes {
				w.Restart(n)
			}
			w.stored(first, save, crashWhere(where))
		}
	}
}

// stored repeats a store after a crash: it succeeds, or was complete.
func (w *world) stored(first *Outcome, save int, where crashWhere) {
	w.t.Helper()
	again := w.store(w.Nodes[1], w.doc)
	if again.Err != nil && again.Reason() != wire.DocumentExists {
		w.t.Fatalf("crash %v save %d: first %v, again %v", where, save, first, again)
	}
	w.grant(w.alice)
	for _, n := range w.Nodes {
		w.read(n, true)
	}
}
