package sessiontest

import (
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// world is a cluster with one dealt key and what belongs to it.
type world struct {
	*Cluster
	t      testing.TB
	key    wire.KeyID
	record *wire.KeyRecord
	doc    *Document
	author *Client
	alice  *Client
	scheme wire.Scheme // of signatures, where a test has one
}

// newWorld deals one key with threshold t to all n nodes. Nothing is stored yet.
func newWorld(t *testing.T, n, threshold int) *world {
	t.Helper()
	w := &world{Cluster: New(n, 1), t: t, key: KeyID(1)}
	w.author, w.alice = w.NewClient("author"), w.NewClient("alice")
	w.record = w.Deal(w.key, threshold, w.author, w.Nodes)
	w.doc = w.Encrypt(w.record, 1)
	if testing.Verbose() {
		w.Log = func(line string) { t.Log(line) }
	}
	return w
}

// withDocument stores the pair everywhere and lets alice read.
func (w *world) withDocument() *world {
	w.DealDocument(w.record, w.doc)
	w.grant(w.alice)
	return w
}

// grant lets a client read, and all nodes know it.
func (w *world) grant(cl *Client) { w.permit(cl, w.key, true) }

func (w *world) revoke(cl *Client) { w.permit(cl, w.key, false) }

// permit sets a permission, and has all nodes see it.
func (w *world) permit(cl *Client, key wire.KeyID, granted bool) {
	block := w.Chain.Set(cl.Address(), key, granted)
	for _, n := range w.Nodes {
		w.Follow(n, block)
	}
}

func (w *world) settle() {
	w.t.Helper()
	if err := w.Settle(); err != nil {
		w.t.Fatal(err)
	}
}

// read retrieves through a node and expects the document key.
func (w *world) read(n *Node, shadow bool) *Outcome {
	w.t.Helper()
	o := w.Retrieve(n, w.alice, w.key, shadow)
	w.settle()
	if o.Err != nil || !o.Done {
		w.t.Fatalf("reading through %s: %v", n.Name, o)
	}
	if !o.Key.Equal(w.doc.Key) {
		w.t.Fatalf("reading through %s gives another document key", n.Name)
	}
	return o
}

// readFails retrieves and expects a reason.
func (w *world) readFails(n *Node, shadow bool, want wire.Reason) *Outcome {
	w.t.Helper()
	o := w.Retrieve(n, w.alice, w.key, shadow)
	w.settle()
	if !o.Done || o.Err == nil || o.Reason() != want {
		w.t.Fatalf("reading through %s: %v, want %v", n.Name, o, want)
	}
	return o
}

func (w *world) store(n *Node, d *Document) *Outcome {
	w.t.Helper()
	o := w.Store(n, w.author, w.key, d)
	w.settle()
	if !o.Done {
		w.t.Fatalf("storing through %s: %v", n.Name, o)
	}
	return o
}

func (w *world) wantBlamed(names ...string) {
	w.t.Helper()
	if got := fmt.Sprint(w.Blamed()); got != fmt.Sprint(names) {
		w.t.Fatalf("blamed %v, want %v; %v", got, names, w.Faults())
	}
}

func TestStoreAndRetrieve(t *testing.T) {
	for _, c := range []struct{ n, t int }{{1, 0}, {2, 0}, {2, 1}, {3, 1}, {4, 0}, {4, 1}, {4, 2}, {4, 3}, {7, 3}, {10, 4}} {
		t.Run(fmt.Sprintf("n=%d,t=%d", c.n, c.t), func(t *testing.T) {
			w := newWorld(t, c.n, c.t)
			if o := w.store(w.Nodes[c.n-1], w.doc); o.Err != nil {
				t.Fatal(o.Err)
			}
			w.grant(w.alice)
			for _, n := range w.Nodes {
				for _, shadow := range []bool{false, true} {
					o := w.read(n, shadow)
					if len(o.Res.Set) != c.t+1 {
						t.Errorf("decided by %d nodes, want %d", len(o.Res.Set), c.t+1)
					}
				}
			}
			if len(w.Blamed()) > 0 {
				t.Errorf("blamed: %v", w.Faults())
			}
			if w.ticks != 0 {
				t.Errorf("%d ticks have passed; nothing was slow", w.ticks)
			}
		})
	}
}
