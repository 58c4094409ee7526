package generation_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// traffic is what an honest generation sends.
func traffic(t testing.TB) (all []wire.Envelope) {
	c := sessiontest.New(4, 1)
	c.Spy = func(_ *sessiontest.Node, env wire.Envelope) { all = append(all, env) }
	c.Generate(c.Nodes[0], c.NewClient("author"), sessiontest.KeyID(1), 1)
	if err := c.Settle(); err != nil {
		t.Fatal(err)
	}
	return all
}

// injectInto runs a generation, and has one member say something in the midst of it: nothing
// panics, every session ends, nobody stores what is not certified, and the id keeps at most
// one key.
func injectInto(t *testing.T, steps, code, to uint8, body []byte) {
	g := &generating{Cluster: sessiontest.New(4, 1), t: t, key: sessiontest.KeyID(1)}
	g.author = g.NewClient("author")
	o := g.Generate(g.Nodes[0], g.author, g.key, 1)
	bad := g.Nodes[2]
	bad.Mutate = func(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env} }
	g.Steps(int(steps))
	payload, err := rlp.EncodeToBytes([]any{o.Run.Machine.ID(), rlp.RawValue(body)})
	if err != nil {
		return
	}
	id, msg, err := wire.Decode(wire.Code(code), payload)
	if err != nil {
		return
	}
	if target := g.Nodes[to%4]; target != bad {
		g.Inject(bad, wire.Envelope{To: target.ID(), Session: id, Msg: msg})
	}
	if err := g.Settle(); err != nil {
		t.Fatal(err)
	}
	g.oneKey()
	for _, blame := range g.Faults() {
		if blame.Node != bad {
			t.Fatalf("%s is blamed: %s", blame.Node.Name, blame.Detail)
		}
	}
}

// Some hundreds of bent messages, by seed. The fuzzers of machines are in sessiontest.
func TestBentMessages(t *testing.T) {
	all := traffic(t)
	for seed := range int64(400) {
		rnd := rand.New(rand.NewSource(seed))
		env := all[rnd.Intn(len(all))]
		body, err := rlp.EncodeToBytes(env.Msg)
		if err != nil {
			t.Fatal(err)
		}
		for range rnd.Intn(3) {
			body[rnd.Intn(len(body))] ^= 1 << rnd.Intn(8)
		}
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			injectInto(t, uint8(rnd.Intn(256)), uint8(env.Msg.Code()), uint8(rnd.Intn(4)), body)
		})
	}
}
