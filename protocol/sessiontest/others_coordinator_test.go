package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// The same of those who begin sessions: what is said by who was not asked, in another session or
// after the end is nothing that was said.

// beginner is a machine of n1 that has begun, in a cluster of five of which n5 is no holder of
// the key, and what a node that was asked could answer.
type beginner struct {
	m       session.Machine
	asks    bool // its own chain, first
	answers []wire.Message
}

var beginners = map[string]func(w *world) *beginner{
	"retrieving": func(w *world) *beginner {
		n := w.Nodes[0]
		m, err := gathering.NewRetrieval(n.Env(), n.State(w.key), w.record, n.State(w.key).Document, w.alice.Proof(w.key), true)
		check(err)
		return &beginner{m, true, []wire.Message{&wire.Partial{Sealed: []byte{1}}, &wire.NewerHead{}, &wire.Need{Record: true}, &wire.Refuse{Reason: wire.Policy}}}
	},
	"retrieving many": func(w *world) *beginner {
		n := w.Nodes[0]
		w.alice.Wallet = true
		m, err := gathering.NewBatch(n.Env(), []*session.State{n.State(w.key)}, w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, w.key))
		check(err)
		return &beginner{m, true, []wire.Message{&wire.Partials{}, &wire.Refuse{Reason: wire.Policy}}}
	},
	"signing": func(w *world) *beginner {
		n := w.Nodes[0]
		w.alice.Wallet = true
		m, err := gathering.NewSigning(n.Env(), n.Lend, n.State(w.key), w.record, w.proof(w.alice, wire.OpSign, wire.SignArguments(wire.Schnorr, someHash(1)), w.key), wire.Schnorr, someHash(1))
		check(err)
		return &beginner{m, true, []wire.Message{&wire.Committed{}, &wire.SchnorrShare{}, &wire.Refuse{Reason: wire.Policy}}}
	},
	"storing": func(w *world) *beginner {
		n := w.Nodes[0]
		for _, n := range w.Nodes {
			n.Forget(wire.RecordDocument, w.key)
		}
		m, err := documents.NewStoring(n.Env(), n.State(w.key), w.record, w.author.Proof(w.key), w.doc.Common, w.doc.Encrypted)
		check(err)
		return &beginner{m, false, []wire.Message{&wire.StorePromise{}, &wire.StoreExists{}, &wire.StoreAck{}, &wire.Need{Record: true}, &wire.Refuse{Reason: wire.Policy}}}
	},
	"looking up": func(w *world) *beginner {
		m, err := documents.NewLookup(w.Nodes[0].Env(), w.Nodes[0].State(KeyID(9)), KeyID(9), true)
		check(err)
		return &beginner{m, false, []wire.Message{&wire.Known{}, &wire.Known{Record: w.record}, &wire.Refuse{Reason: wire.Policy}}}
	},
	"explaining": func(w *world) *beginner {
		m, err := asking.NewExplaining(w.Nodes[0].Env(), w.Nodes[0].State(w.key), w.alice.Address())
		check(err)
		return &beginner{m, true, []wire.Message{&wire.Explained{Answer: 1}, &wire.Refuse{Reason: wire.Policy}}}
	},
	"asking for holdings": func(w *world) *beginner {
		m, err := asking.NewHoldings(w.Nodes[0].Env(), []wire.KeyVersion{{Key: w.key}})
		check(err)
		return &beginner{m, false, []wire.Message{new(wire.Held), &wire.Refuse{Reason: wire.Policy}}}
	},
	"gathering listings": func(w *world) *beginner {
		m, err := handover.NewGathering(w.followed().Nodes[0].Env())
		check(err)
		return &beginner{m, false, []wire.Message{&wire.Listing{Last: true}, &wire.Refuse{Reason: wire.Policy}}}
	},
	"asking who holds": func(w *world) *beginner {
		env := w.Nodes[0].Env()
		m, err := handover.NewHolding(env, env.Load, []*wire.KeyRecord{w.record})
		check(err)
		return &beginner{m, false, []wire.Message{new(wire.Holds), &wire.Refuse{Reason: wire.Policy}}}
	},
	"rehearsing": func(w *world) *beginner {
		env := w.Nodes[0].Env()
		m, err := generation.NewRehearsing(env, env.Load, w.record, 1, w.Members(), nil)
		check(err)
		return &beginner{m, false, []wire.Message{new(wire.Commit), &wire.Refuse{Reason: wire.Policy}}}
	},
	"planning": func(w *world) *beginner {
		env := w.Nodes[0].Env()
		m, err := handover.NewPlanning(env, env.Load, w.Members(), wire.KeyID{})
		check(err)
		return &beginner{m, false, []wire.Message{&wire.ShareList{Last: true}, &wire.Refuse{Reason: wire.Policy}}}
	},
	"asking for receipts of erasure": func(w *world) *beginner {
		m, err := handover.NewReceipts(w.followed().Nodes[0].Env(), []wire.KeyVersion{{Key: w.key}})
		check(err)
		return &beginner{m, false, []wire.Message{new(wire.Erasures), &wire.Refuse{Reason: wire.Policy}}}
	},
	"dealing items": func(w *world) *beginner {
		m, err := items.NewDealing(w.Nodes[0].Env(), w.Nodes[0].Lend, items.GroupOf(w.record), []uint32{1, 2, 3}, 1)
		check(err)
		return &beginner{m, false, []wire.Message{&wire.Reveal{Index: 2}, new(wire.Certify), new(wire.Complaint), &wire.Refuse{Reason: wire.Policy}}}
	},
	"resolving": func(w *world) *beginner {
		w.Nodes[0].Miss(w.record)
		m, err := generation.NewResolution(w.Nodes[0].Env(), w.Nodes[0].State(w.key), w.key, nil)
		check(err)
		return &beginner{m, false, []wire.Message{new(wire.Vote), &wire.Vote{Record: w.record}, &wire.Refuse{Reason: wire.Policy}}}
	},
	"generating": func(w *world) *beginner {
		n := w.Nodes[0]
		m, err := generation.New(n.Env(), n.State(KeyID(9)), KeyID(9), 1, w.author.Proof(KeyID(9)))
		check(err)
		return &beginner{m, false, []wire.Message{new(wire.Commit), new(wire.Adopt), &wire.Refuse{Reason: wire.Policy}}}
	},
}

func newBeginner(t *testing.T, make func(*world) *beginner) (*beginner, *world, []wire.Envelope) {
	w := newWorld(t, 5, 1)
	w.record = w.Deal(KeyID(2), 1, w.author, w.Nodes[:4])
	w.key, w.doc = KeyID(2), w.Encrypt(w.record, 2)
	w.withDocument()
	b := make(w)
	eff := b.m.Step(session.Start{})
	if (eff.Ask != nil) != b.asks {
		t.Fatalf("begins with %+v", eff)
	}
	if b.asks {
		eff = b.m.Step(yes)
	}
	if len(eff.Send) == 0 || eff.Done {
		t.Fatalf("asks nobody: %+v", eff)
	}
	return b, w, eff.Send
}

func TestOthersToWhoBegins(t *testing.T) {
	for name, make := range beginners {
		t.Run(name, func(t *testing.T) {
			b, w, sent := newBeginner(t, make)
			asked := map[wire.NodeID]bool{}
			for _, env := range sent {
				asked[env.To] = true
			}
			stranger := newNode(w.Cluster, privateKey(77, 77)).ID()
			for _, msg := range b.answers {
				all := []session.Input{
					session.Received{From: stranger, Session: sent[0].Session, Msg: msg},
					session.Received{From: sent[0].To, Session: wire.SessionID{9}, Msg: msg},
				}
				if name != "resolving" { // where what anybody tells is believed by its signatures
					all = append(all, session.Received{From: w.Nodes[0].ID(), Session: sent[0].Session, Msg: msg})
				}
				for _, n := range w.Nodes[1:] {
					if _, tells := msg.(*wire.Need); !asked[n.ID()] && (!tells || n == w.Nodes[4]) { // a holder is told what it misses, once
						all = append(all, session.Received{From: n.ID(), Session: sent[0].Session, Msg: msg})
					}
				}
				idle(t, b.m, "while it lasts", all...)
			}
			idle(t, b.m, "while it lasts", session.PeerLost{Node: stranger})
			if b.asks {
				idle(t, b.m, "a verdict that was not asked for", yes)
			}
			if eff := b.m.Step(session.Cancel{Err: wire.Errorf(wire.Cancelled, "the client is gone")}); !eff.Done || eff.Err == nil {
				t.Fatalf("goes on when cancelled: %+v", eff)
			}
			for _, msg := range b.answers {
				idle(t, b.m, "after the end", session.Received{From: sent[0].To, Session: sent[0].Session, Msg: msg})
			}
			idle(t, b.m, "after the end", yes, session.Start{}, session.Tick{}, session.PeerLost{Node: sent[0].To})
		})
	}
}
