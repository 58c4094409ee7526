package sessiontest

import (
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A record vouches for itself, by the signatures of the members that it names. So a
// server could certify a key that it alone holds, if others believed a record's word on
// who the key servers are. The author would encrypt to it.

// invented is a record by which one server claims an id for a key of its own, with the
// author's true proof.
func invented(w *world, key wire.KeyID, evil *Node) *wire.KeyRecord {
	r := w.Invent(key, w.author, 1, evil)
	if !r.Confirmed() || r.Bound() != nil {
		w.t.Fatal("the invented record is not even whole")
	}
	return r
}

// wantUnknown wants that nobody has taken a key over.
func (w *world) wantUnknown(key wire.KeyID) {
	w.t.Helper()
	for _, n := range w.Nodes {
		if n.State(key).Record != nil {
			w.t.Errorf("%s has taken the invented key over", n.Name)
		}
	}
}

func TestInventedKeyInLookup(t *testing.T) {
	w, id := newWorld(t, 4, 2), KeyID(9)
	evil := w.Nodes[2]
	forged := invented(w, id, evil)
	evil.Mutate = Changing(func(m *wire.Known) { m.Record = forged })
	o := w.Lookup(w.Nodes[0], id, false)
	w.settle()
	if o.Reason() != wire.KeyNotFound || !strings.Contains(o.String(), evil.ID().Address().Hex()) {
		t.Errorf("looking up: %v", o)
	}
	w.wantUnknown(id)
	w.wantBlamed() // an honest server may have been alone once, and have made it then
}

func TestInventedKeyInGeneration(t *testing.T) {
	w, id := newWorld(t, 4, 1), KeyID(9)
	evil := w.Nodes[2]
	forged := invented(w, id, evil)
	evil.Mutate = func(env wire.Envelope) []wire.Envelope {
		if _, ok := env.Msg.(*wire.Commit); ok && env.To == w.Nodes[0].ID() {
			env.Msg = &wire.Adopt{Record: *forged}
		}
		return []wire.Envelope{env}
	}
	o := w.Generate(w.Nodes[0], w.author, id, 1)
	w.settle()
	if o.Err != nil {
		t.Fatalf("generating beside a server that claims the id: %v", o)
	}
	for _, n := range w.Nodes {
		if r := n.State(id).Record; r != nil && r.Version() == forged.Version() {
			t.Errorf("%s has taken the invented key over", n.Name)
		}
	}
	w.wantBlamed()
}

// A coordinator can't bring its own key along either.
func TestInventedKeySupplied(t *testing.T) {
	for name, opening := range map[string]func(w *world, forged *wire.KeyRecord) (wire.Opening, wire.SessionID){
		"retrieve": func(w *world, forged *wire.KeyRecord) (wire.Opening, wire.SessionID) {
			m := &wire.Retrieve{Key: KeyID(9), Version: forged.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
				Proof: w.author.Proof(KeyID(9)), Shadow: true, Block: Block(w.Nodes[2].Head), Set: []uint32{1}}
			return m, m.Session(w.ID, w.Nodes[2].ID())
		},
		"store": func(w *world, forged *wire.KeyRecord) (wire.Opening, wire.SessionID) {
			m := &wire.Store{Key: KeyID(9), Version: forged.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
				Proof: w.author.Proof(KeyID(9))}
			return m, m.Session(w.ID, w.Nodes[2].ID())
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4, 2)
			evil := w.Nodes[2]
			forged := invented(w, KeyID(9), evil)
			m, id := opening(w, forged)
			w.Inject(evil, wire.Envelope{To: w.Nodes[0].ID(), Session: id, Msg: m})
			w.Inject(evil, wire.Envelope{To: w.Nodes[0].ID(), Session: id, Msg: &wire.Supply{Record: forged}})
			w.settle()
			w.wantUnknown(KeyID(9))
		})
	}
}

// A key of an earlier, shorter list is taken over when a majority of the present list tells of it, and
// so no minority can make one up: whoever it is, and however many they say that the list had.
func TestInventedOlderKey(t *testing.T) {
	for n := 1; n <= 6; n++ {
		for who := range uint(1) << n {
			evil := bits.OnesCount(who)
			for size := max(1, evil); size <= n; size++ {
				if evil == 0 || evil > n/2 || who&1 != 0 { // n1 is asked
					continue
				}
				t.Run(fmt.Sprintf("n=%d,evil=%b,size=%d", n, who, size), func(t *testing.T) {
					w, id := newWorld(t, n, 0), KeyID(9)
					var members []*Node
					for i, node := range w.Nodes {
						if who>>i&1 == 1 {
							members = append(members, node)
						}
					}
					forged := w.Invent(id, w.author, size, members...)
					for _, node := range members {
						node.Mutate = Changing(func(m *wire.Known) { m.Record = forged })
					}
					o := w.Lookup(w.Nodes[0], id, true)
					w.settle()
					if o.Reason() != wire.KeyNotFound && o.Reason() != wire.NotMember && o.Reason() != wire.Unavailable {
						t.Errorf("looking up: %v", o)
					}
					w.wantUnknown(id)
				})
			}
		}
	}
}
