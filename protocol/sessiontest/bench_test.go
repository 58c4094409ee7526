package sessiontest

import (
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A whole shadow read of one cluster, all t+1 nodes and the codec on one core. The
// floor beside it is the arithmetic alone: BenchmarkArithmetic.
func BenchmarkShadowRead(b *testing.B) {
	for _, c := range []struct{ n, t int }{{4, 2}, {10, 4}} {
		for _, remembered := range []bool{false, true} {
			b.Run(fmt.Sprintf("n=%d,t=%d,remembered=%t", c.n, c.t, remembered), func(b *testing.B) {
				w := benchWorld(c.n, c.t, remembered)
				for b.Loop() {
					state := w.Nodes[0].State(w.key)
					o := w.Retrieve(w.Nodes[0], w.alice, w.key, true)
					if err := w.Settle(); err != nil || o.Err != nil || state.Share == nil {
						b.Fatal(err, o)
					}
				}
			})
		}
	}
}

func benchWorld(n, t int, remembered bool) *world {
	w := &world{Cluster: New(n, 1), key: KeyID(1)}
	w.author, w.alice = w.NewClient("author"), w.NewClient("alice")
	w.record = w.Deal(w.key, t, w.author, w.Nodes)
	w.doc = w.Encrypt(w.record, 1)
	w.withDocument()
	if remembered {
		known := make(map[string]*threshold.Quorum)
		w.Quorums = func(key *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error) {
			name := fmt.Sprint(set, own)
			if q := known[name]; q != nil {
				return q, nil
			}
			q, err := verify.KeyQuorum(key, set, own)
			known[name] = q
			return q, err
		}
	}
	return w
}

// BenchmarkArithmetic is what a shadow read of t+1 nodes can't do without: their
// partials, the coordinator's checks of all but its own, the sum, and the client's
// opening (which BenchmarkShadowRead does, too).
func BenchmarkArithmetic(b *testing.B) {
	for _, c := range []struct{ n, t int }{{4, 2}, {10, 4}} {
		b.Run(fmt.Sprintf("n=%d,t=%d", c.n, c.t), func(b *testing.B) {
			w := benchWorld(c.n, c.t, false)
			var set []uint32
			for i := range c.t + 1 {
				set = append(set, uint32(i+1))
			}
			quorum, err := verify.KeyQuorum(w.record, set, 0)
			check(err)
			pair, err := threshold.ParseCiphertext(append(w.doc.Common[:], w.doc.Encrypted[:]...))
			check(err)
			requester, err := w.alice.Proof(w.key).Recover(w.reading(w.key))
			check(err)
			random := reader(1, 1)
			var states []*session.State
			for _, n := range w.Nodes {
				states = append(states, n.State(w.key))
			}
			for b.Loop() {
				parts := make([]*threshold.Partial, len(set))
				shadow := &wire.Shadow{CommonPoint: wire.Point(quorum.CommonPoint(pair.Common).Bytes())}
				for i, index := range set {
					mask, err := quorum.NewMask(random)
					check(err)
					coefficient, err := mask.Coefficient()
					check(err)
					plain := coefficient.Bytes()
					sealed, err := gathering.Seal(random, requester.Public, plain[:])
					check(err)
					ctx := threshold.NewContext("bench", sealed)
					parts[i], err = quorum.Partial(random, threshold.Index(index), states[i].Share.Value, pair.Common, mask, ctx)
					check(err)
					if i > 0 {
						check(quorum.Verify(threshold.Index(index), pair.Common, parts[i], threshold.Shadow, ctx))
					}
					shadow.Shadows = append(shadow.Shadows, sealed)
				}
				d, err := quorum.Combine(pair.Encrypted, parts)
				check(err)
				shadow.DecryptedSecret = wire.Point(d.Bytes())
				if _, err := w.alice.Open(shadow); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
