package sessiontest

import (
	"fmt"
	"testing"
)

// The whole life of a document: generated, stored, granted, read through every node.
func TestGenerateStoreRetrieve(t *testing.T) {
	for _, c := range []struct{ n, t int }{{1, 0}, {2, 1}, {4, 2}, {5, 2}} {
		t.Run(fmt.Sprintf("n=%d,t=%d", c.n, c.t), func(t *testing.T) {
			w := &world{Cluster: New(c.n, 7), t: t, key: KeyID(1)}
			w.author, w.alice = w.NewClient("author"), w.NewClient("alice")
			o := w.Generate(w.Nodes[0], w.author, w.key, c.t)
			w.settle()
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			w.record = o.Record
			w.doc = w.Encrypt(w.record, 1)
			if o := w.store(w.Nodes[c.n-1], w.doc); o.Err != nil {
				t.Fatal(o.Err)
			}
			w.grant(w.alice)
			for _, n := range w.Nodes {
				w.read(n, true)
			}
		})
	}
}
