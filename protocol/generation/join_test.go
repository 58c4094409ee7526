package generation_test

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Which messages may come before their session: only those that members of a generation send each other, and none that
// opens one itself.
func TestEarlyMessages(t *testing.T) {
	for _, m := range []wire.Message{new(wire.Commit), new(wire.Reveal), new(wire.Certify), new(wire.Complaint), new(wire.Evidence),
		new(wire.Ack), new(wire.Adopt), new(wire.Conflict)} {
		if !join.CanBeEarly(m) {
			t.Errorf("%T can't be early", m)
		}
	}
	for _, m := range []wire.Message{new(wire.Refuse), new(wire.Init), new(wire.Poll), new(wire.Vote), new(wire.Store), new(wire.StorePromise),
		new(wire.Retrieve), new(wire.Partial), new(wire.LookUp), new(wire.Known), new(wire.Explained), new(wire.Sign), new(wire.SchnorrShare)} {
		if join.CanBeEarly(m) {
			t.Errorf("%T can be early", m)
		}
	}
}

// A generation makes room for another of the same key id if that is of the same initiator, or if it has not promised
// itself and the other has the smaller session id.
func TestMakeRoom(t *testing.T) {
	low, high := wire.SessionID{}, wire.SessionID{0xff, 0xff}
	for name, c := range map[string]struct {
		at, from int // n1 has begun the one that is under way
		phase    string
		id       wire.SessionID
		other    bool // of another key id
		busy     bool
		aside    bool
	}{
		"a member, a third's smaller one":            {1, 2, "committing", low, false, false, true},
		"a member, a third's larger one":             {1, 2, "committing", high, false, true, false},
		"a member, its initiator's larger one":       {1, 0, "committing", high, false, false, true},
		"a member, its initiator's smaller one":      {1, 0, "committing", low, false, false, true},
		"promised, a third's smaller one":            {1, 2, "certifying", low, false, true, false},
		"promised, its initiator's larger one":       {1, 0, "certifying", high, false, false, true},
		"certified, a third's larger one":            {1, 2, "certified", high, false, false, false},
		"the initiator, another's smaller one":       {0, 2, "committing", low, false, false, true},
		"the initiator, another's larger one":        {0, 2, "committing", high, false, true, false},
		"the promised initiator, a smaller one":      {0, 2, "certifying", low, false, true, false},
		"a member, of another id":                    {1, 2, "committing", high, true, false, false},
		"the promised initiator, one of another id":  {0, 2, "certifying", high, true, false, false},
		"the certified initiator, another's smaller": {0, 2, "certified", low, false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGenerating(t, 4, 1)
			m := g.until(g.Nodes[c.at], g.Generate(g.Nodes[0], g.author, g.key, 1), c.phase)
			init := &wire.Init{Setup: *generation.SetupOf(m)}
			if c.other {
				init.Setup.Key[0] ^= 1
			}
			aside, err := join.MakeRoom([]session.Machine{m}, g.Nodes[c.from].ID(), c.id, init)
			if (err != nil) != c.busy || err != nil && wire.ReasonOf(err) != wire.Busy || (len(aside) == 1) != c.aside {
				t.Errorf("steps aside: %t, %v", len(aside) == 1, err)
			}
		})
	}
}

// What is known of a key can't be read: nobody takes part in anything about it, not after the chain's word either.
func TestJoinWithDamagedState(t *testing.T) {
	g := newGenerating(t, 4, 1)
	g.author.Wallet = true
	n1, n2 := g.Nodes[0], g.Nodes[1]
	r := g.Deal(g.key, 1, g.author, g.Nodes)
	d := g.Encrypt(r, 1)
	store := &wire.Store{Key: g.key, Version: r.Version(), Common: d.Common, Encrypted: d.Encrypted,
		Proof: g.Wallet(g.author, wire.OpStore, wire.StoreArguments(d.Common, d.Encrypted), g.key)}
	id := store.Session(g.ID, n1.ID())
	for readable := range 3 {
		left := readable
		load := func(key wire.KeyID) (*session.State, error) {
			if left--; left < 0 {
				return nil, errors.New("damaged")
			}
			return n2.State(key), nil
		}
		m, err := join.Machine(n2.Env(), n2.Lend, load, n1.ID(), id, store)
		if (err == nil) != (readable > 0) {
			t.Errorf("read %d times: %v", readable, err)
		}
		if err != nil {
			continue
		}
		eff := m.Step(session.Received{From: n1.ID(), Session: id, Msg: store})
		if eff.Ask == nil || len(eff.Send) > 0 {
			t.Fatalf("the opening has the effects %+v", eff)
		}
		eff = m.Step(session.Verdict{Answer: session.Granted, Block: sessiontest.Block(1), Head: sessiontest.Block(1)})
		if len(eff.Send) != 1 || (eff.Send[0].Msg.Code() == wire.CodeStorePromise) != (readable == 2) {
			t.Errorf("read %d times: %+v", readable, eff)
		}
	}
	look := &wire.LookUp{Key: g.key}
	_, err := join.Machine(n2.Env(), n2.Lend, func(wire.KeyID) (*session.State, error) { return nil, errors.New("damaged") }, n1.ID(), wire.SessionID{1}, look)
	if err == nil {
		t.Error("takes part in a look-up")
	}
}
