package gathering_test

import (
	"bytes"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// An item that was taken for a signature is never opened again, whatever came of that, and
// one that was not is as it was.
func TestItemsAreErased(t *testing.T) {
	for name, c := range map[string]struct {
		trouble func(c *sessiontest.Cluster, o *sessiontest.Outcome)
		fails   bool
	}{
		"signed": {func(*sessiontest.Cluster, *sessiontest.Outcome) {}, false},
		"cancelled": {func(c *sessiontest.Cluster, o *sessiontest.Outcome) {
			c.Steps(2)
			c.Cancel(o.Run)
		}, true},
		"too few answer": {func(c *sessiontest.Cluster, _ *sessiontest.Outcome) { c.Nodes[1].Mutate = sessiontest.Silent }, true},
		"one is lost": {func(c *sessiontest.Cluster, _ *sessiontest.Outcome) {
			c.Steps(3)
			c.Down(c.Nodes[2])
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := sessiontest.New(3, 1)
			author, key := cluster.NewClient("author"), sessiontest.KeyID(1)
			record := cluster.Deal(key, 1, author, cluster.Nodes)
			for _, n := range cluster.Nodes {
				cluster.Follow(n, cluster.Chain.Set(author.Address(), key, true))
			}
			n := cluster.Nodes[0]
			dealing, err := items.NewDealing(n.Env(), n.Lend, items.GroupOf(record), []uint32{1, 2, 3}, 2)
			if err != nil {
				t.Fatal(err)
			}
			cluster.Begin(n, wire.KindDeal, wire.KeyID{}, dealing, nil)
			if err := cluster.Settle(); err != nil {
				t.Fatal(err)
			}
			items := dealing.Items()
			n.Vault().Stock(items[1:])
			o := cluster.Signature(n, author, key, wire.ECDSA, common.Hash{1})
			c.trouble(cluster, o)
			if err := cluster.Settle(); err != nil || (o.Err != nil) != c.fails {
				t.Fatalf("%v, %v", o, err)
			}
			rand := bytes.NewReader(make([]byte, 1<<10))
			if !courttest.Spent(rand, items[1].Public, items[1].Secret) {
				t.Error("the item that was taken can be opened again")
			}
			if courttest.Spent(rand, items[0].Public, items[0].Secret) {
				t.Error("an item that was kept aside is spent")
			}
		})
	}
}

// signer is a holder, n2, that has been asked by n1 to sign, and has committed to a nonce or
// opened an item for it.
type signer struct {
	*sessiontest.Cluster
	m    *gathering.SigningMember
	id   wire.SessionID
	from wire.NodeID
}

func newSigner(t *testing.T, scheme wire.Scheme) *signer {
	c := sessiontest.New(3, 1)
	author, key := c.NewClient("author"), sessiontest.KeyID(1)
	record := c.Deal(key, 1, author, c.Nodes)
	n1, n2 := c.Nodes[0], c.Nodes[1]
	ask := &wire.Sign{Key: key, Version: record.Version(), Scheme: scheme, Hash: common.Hash{1}, Block: sessiontest.Block(1),
		Set: []uint32{1, 2, 3}[:scheme.Signers(1)], Proof: c.Wallet(author, wire.OpSign, wire.SignArguments(scheme, common.Hash{1}), key)}
	if scheme == wire.ECDSA {
		ask.Item = lent(t, c, n1, record)
	}
	s := &signer{Cluster: c, from: n1.ID(), id: ask.Session(c.ID, n1.ID())}
	s.m = gathering.JoinSigning(n2.Env(), n2.Lend, n2.State(key), s.from, s.id)
	s.m.Step(session.Received{From: s.from, Session: s.id, Msg: ask})
	eff := s.m.Step(session.Verdict{Answer: session.Granted, Block: ask.Block, Head: ask.Block})
	if eff.Done || len(eff.Send) != 1 {
		t.Fatalf("does not take part: %v", eff.Err)
	}
	return s
}

// lent has an item dealt for a coordinator, and names it.
func lent(t *testing.T, c *sessiontest.Cluster, n *sessiontest.Node, record *wire.KeyRecord) (item wire.Item) {
	c.Spy = func(_ *sessiontest.Node, env wire.Envelope) {
		if m, ok := env.Msg.(*wire.Certify); ok {
			item.Transcript = m.Transcript
		}
	}
	dealing, err := items.NewDealing(n.Env(), n.Lend, items.GroupOf(record), []uint32{1, 2, 3}, 1)
	must(t, err)
	c.Begin(n, wire.KindDeal, wire.KeyID{}, dealing, nil)
	must(t, c.Settle())
	c.Spy = nil
	return item
}

// However a signer's session ends, what was to be used in it is erased.
func TestSignersErase(t *testing.T) {
	for _, scheme := range []wire.Scheme{wire.Schnorr, wire.ECDSA} {
		for name, end := range map[string]func(s *signer) session.Effects{
			"its coordinator is gone": func(s *signer) session.Effects { return s.m.Step(session.PeerLost{Node: s.from}) },
			"it is cancelled": func(s *signer) session.Effects {
				return s.m.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "the node stops")})
			},
			"it is not needed": func(s *signer) session.Effects {
				return s.m.Step(session.Received{From: s.from, Session: s.id, Msg: &wire.Refuse{Reason: wire.Cancelled}})
			},
			"it is asked wrongly": func(s *signer) session.Effects {
				msg := wire.Message(&wire.Commitments{Nonces: make([]wire.NonceBytes, 2)})
				if scheme == wire.ECDSA {
					msg = &wire.Openings{Openings: make([]wire.Opened, 3)}
				}
				return s.m.Step(session.Received{From: s.from, Session: s.id, Msg: msg})
			},
			"nothing happens": func(s *signer) (eff session.Effects) {
				for !eff.Done {
					eff = s.m.Step(session.Tick{})
				}
				return eff
			},
		} {
			s := newSigner(t, scheme)
			if eff := end(s); !eff.Done {
				t.Fatalf("%v, %s: goes on", scheme, name)
			}
			if nonce := gathering.NonceOf(s.m); scheme == wire.Schnorr && !courttest.NonceSpent(nonce) {
				t.Errorf("%v, %s: the nonce is still there", scheme, name)
			}
			if item := gathering.ItemOf(s.m); scheme == wire.ECDSA && !courttest.Erased(item.Secret) {
				t.Errorf("%v, %s: the item is still there", scheme, name)
			}
		}
	}
}

// A coordinator that is one of the signers keeps none of its nonces after the end.
func TestCoordinatorsErase(t *testing.T) {
	c := sessiontest.New(3, 1)
	author, key := c.NewClient("author"), sessiontest.KeyID(1)
	c.Deal(key, 1, author, c.Nodes)
	n := c.Nodes[0]
	for _, node := range c.Nodes {
		c.Follow(node, c.Chain.Set(author.Address(), key, true))
		if node != n {
			node.Mutate = sessiontest.Silent
		}
	}
	o := c.Signature(n, author, key, wire.Schnorr, common.Hash{1})
	c.Steps(20)
	m := o.Run.Machine.(*gathering.Signing)
	nonces := gathering.OwnNonces(m)
	if o.Done || len(nonces) < 2 {
		t.Fatalf("%d attempts: %v", len(nonces), o)
	}
	c.Cancel(o.Run)
	for i, nonce := range nonces {
		if !courttest.NonceSpent(nonce) {
			t.Errorf("nonce %d of %d is still there", i, len(nonces))
		}
	}
}

// A session that can have no name of its own does not begin.
func TestSignaturesWithoutRandomness(t *testing.T) {
	c := sessiontest.New(3, 1)
	author, key := c.NewClient("author"), sessiontest.KeyID(1)
	record, n := c.Deal(key, 1, author, c.Nodes), c.Nodes[0]
	env, hash := n.Env(), common.Hash{1}
	env.Rand = new(bytes.Reader)
	proof := c.Wallet(author, wire.OpSign, wire.SignArguments(wire.Schnorr, hash), key)
	if s, err := gathering.NewSigning(env, n.Lend, n.State(key), record, proof, wire.Schnorr, hash); err == nil || s != nil {
		t.Errorf("begins as %v", s)
	}
}

// A request is for one hash and one scheme, and what can't be signed is not begun.
func TestSignaturesAtTheDoor(t *testing.T) {
	hash, other := common.Hash{1}, common.Hash{2}
	for name, c := range map[string]struct {
		nodes        int
		scheme       wire.Scheme
		asked, named common.Hash
		want         wire.Reason
		ok           bool
	}{
		"right":                       {3, wire.ECDSA, hash, hash, 0, true},
		"another hash":                {3, wire.Schnorr, hash, other, wire.BadRequester, false},
		"fewer holders than it takes": {2, wire.ECDSA, hash, hash, wire.TooFew, false},
		"two holders, Schnorr":        {2, wire.Schnorr, hash, hash, 0, true},
		"a hash of zero":              {3, wire.ECDSA, common.Hash{}, common.Hash{}, wire.Cryptographic, false},
		"a hash of zero, Schnorr":     {3, wire.Schnorr, common.Hash{}, common.Hash{}, 0, true},
	} {
		w := sessiontest.New(c.nodes, 1)
		author, key := w.NewClient("author"), sessiontest.KeyID(1)
		record, n := w.Deal(key, 1, author, w.Nodes), w.Nodes[0]
		proof := w.Wallet(author, wire.OpSign, wire.SignArguments(c.scheme, c.named), key)
		s, err := gathering.NewSigning(n.Env(), n.Lend, n.State(key), record, proof, c.scheme, c.asked)
		if (err == nil) != c.ok || (s != nil) != c.ok || !c.ok && wire.ReasonOf(err) != c.want {
			t.Errorf("%s: begins as %v: %v", name, s, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
