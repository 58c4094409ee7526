package generation_test

import (
	"fmt"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// generating is a cluster without keys, and an author.
type generating struct {
	*sessiontest.Cluster
	t      *testing.T
	key    wire.KeyID
	author *sessiontest.Client
}

func newGenerating(t *testing.T, n int, seed uint64) *generating {
	t.Helper()
	g := &generating{Cluster: sessiontest.New(n, seed), t: t, key: sessiontest.KeyID(1)}
	g.author = g.NewClient("author")
	if testing.Verbose() {
		g.Log = func(line string) { t.Log(line) }
	}
	return g
}

// generate generates through a node and waits for the end.
func (g *generating) generate(n *sessiontest.Node, threshold int) *sessiontest.Outcome {
	g.t.Helper()
	o := g.Generate(n, g.author, g.key, threshold)
	if err := g.Settle(); err != nil {
		g.t.Fatal(err)
	}
	if !o.Done {
		g.t.Fatalf("generating through %s does not end", n.Name)
	}
	return o
}

// succeeds generates and checks the key.
func (g *generating) succeeds(n *sessiontest.Node, threshold int) *wire.KeyRecord {
	g.t.Helper()
	o := g.generate(n, threshold)
	if o.Err != nil {
		g.t.Fatalf("generating through %s: %v", n.Name, o.Err)
	}
	g.checkKey(o.Record, threshold)
	return o.Record
}

// fails generates and expects a reason.
func (g *generating) fails(n *sessiontest.Node, threshold int, want wire.Reason) {
	g.t.Helper()
	if o := g.generate(n, threshold); o.Reason() != want || o.Err == nil {
		g.t.Fatalf("generating through %s: %v, want %v", n.Name, o, want)
	}
}

// checkKey checks that the honest members hold the key, and that any t+1 of their
// shares interpolate to its secret.
func (g *generating) checkKey(r *wire.KeyRecord, t int) {
	g.t.Helper()
	if err := verify.Record(g.ID, g.Members(), r); err != nil || !r.Confirmed() {
		g.t.Fatalf("record: %v, confirmed %v", err, r.Confirmed())
	}
	var shares []*session.Share
	for _, m := range r.Setup.Members {
		n := g.Node(m)
		s := n.State(g.key)
		if n.Mutate != nil || !n.Up {
			continue
		}
		if s.Record == nil || s.Record.Version() != r.Version() || !s.Record.Confirmed() || s.Share == nil || s.Attempt != nil || s.Pending != nil {
			g.t.Fatalf("%s does not hold the key: %+v", n.Name, s)
		}
		public, err := verify.PublicShare(r, s.Share.Index)
		if err != nil || !secp256k1.BaseMul(s.Share.Value).Equal(public) {
			g.t.Fatalf("%s holds a share that does not fit its public share (%v)", n.Name, err)
		}
		shares = append(shares, s.Share)
	}
	if len(shares) <= t {
		return
	}
	public, err := secp256k1.ParsePoint(r.Commitments[0][:])
	must(g.t, err)
	for skip := range len(shares) - t {
		if got := interpolate(g.t, shares[skip:skip+t+1]); !got.Equal(public) {
			g.t.Fatalf("shares from the %dth on give another key", skip)
		}
	}
	if t > 0 && interpolate(g.t, shares[:t]).Equal(public) {
		g.t.Fatalf("%d shares are enough for threshold %d", t, t)
	}
}

// interpolate is the public key of what the shares give at 0.
func interpolate(t *testing.T, shares []*session.Share) *secp256k1.Point {
	var indices []threshold.Index
	var values []*secp256k1.Scalar
	for _, s := range shares {
		indices, values = append(indices, threshold.Index(s.Index)), append(values, s.Value)
	}
	set, err := threshold.NewSet(indices...)
	must(t, err)
	secret, err := set.CombineScalars(values)
	must(t, err)
	return secp256k1.BaseMul(secret)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestGenerate(t *testing.T) {
	for _, c := range []struct{ t, n int }{{0, 1}, {0, 2}, {1, 2}, {1, 3}, {2, 3}, {0, 4}, {1, 4}, {2, 4}, {3, 4}, {3, 7}, {5, 16}} {
		t.Run(fmt.Sprintf("t=%d,n=%d", c.t, c.n), func(t *testing.T) {
			g := newGenerating(t, c.n, 1)
			r := g.succeeds(g.Nodes[c.n-1], c.t)
			if len(r.Setup.Members) != c.n || int(r.Setup.Threshold) != c.t {
				t.Errorf("made by %d members with threshold %d", len(r.Setup.Members), r.Setup.Threshold)
			}
			if len(g.Faults()) > 0 {
				t.Errorf("blamed: %v", g.Faults())
			}
			g.fails(g.Nodes[0], c.t, wire.KeyExists)
		})
	}
}
