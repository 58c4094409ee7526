package sessiontest

import (
	"reflect"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Who is none of a session's can neither move it nor end it, and what has ended stays so.

// member is a machine of n2 in a session that n1 coordinates.
type member struct {
	m       session.Machine
	id      wire.SessionID
	opening wire.Message
	further []wire.Message // what n1 could say later
	asks    bool           // it answers when its own chain has
	stays   bool           // it then waits for more
}

// members are of all kinds that have one coordinator.
var members = map[string]func(w *world) *member{
	"retrieving": func(w *world) *member {
		w.withDocument()
		m := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
			Proof: w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, w.key), Shadow: true, Block: Block(1), Set: []uint32{1, 2}}
		id := m.Session(w.ID, w.Nodes[0].ID())
		return &member{m: gathering.JoinRetrieval(w.Nodes[1].Env(), w.Nodes[1].State(w.key), w.Nodes[0].ID(), id), id: id, opening: m,
			further: []wire.Message{m, &wire.Supply{Record: w.record}}, asks: true}
	},
	"retrieving many": func(w *world) *member {
		w.withDocument()
		m := &wire.RetrieveMany{Keys: []wire.BatchKey{{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted}},
			Proof: w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, w.key), Block: Block(1), Set: []uint32{1, 2}}
		id := m.Session(w.ID, w.Nodes[0].ID())
		return &member{m: gathering.JoinBatch(w.Nodes[1].Env(), w.Nodes[0].ID(), id), id: id, opening: m, further: []wire.Message{m}, asks: true}
	},
	"signing": func(w *world) *member {
		m := &wire.Sign{Key: w.key, Version: w.record.Version(), Scheme: wire.Schnorr, Hash: someHash(1), Block: Block(1), Set: []uint32{1, 2},
			Proof: w.proof(w.alice, wire.OpSign, wire.SignArguments(wire.Schnorr, someHash(1)), w.key)}
		id := m.Session(w.ID, w.Nodes[0].ID())
		return &member{m: gathering.JoinSigning(w.Nodes[1].Env(), w.Nodes[1].Lend, w.Nodes[1].State(w.key), w.Nodes[0].ID(), id), id: id, opening: m,
			further: []wire.Message{m, &wire.Commitments{Nonces: make([]wire.NonceBytes, 2)}}, asks: true, stays: true}
	},
	"telling a verdict": func(w *world) *member {
		m := &wire.Explain{Requester: w.alice.Address(), Key: w.key, Block: Block(1)}
		id := m.Session(w.ID, w.Nodes[0].ID())
		return &member{m: asking.JoinExplaining(w.Nodes[1].State(w.key), w.Nodes[0].ID(), id), id: id, opening: m,
			further: []wire.Message{m}, asks: true}
	},
	"keeping": func(w *world) *member {
		w.Nodes[1].Miss(w.record)
		m := w.storeMessage(w.doc)
		id := m.Session(w.ID, w.Nodes[0].ID())
		return &member{m: documents.JoinStoring(w.Nodes[1].Env(), w.Nodes[1].State(w.key), w.Nodes[0].ID(), id), id: id, opening: m,
			further: []wire.Message{&wire.Supply{Record: w.record}}, stays: true}
	},
	"dealing items": func(w *world) *member {
		m := &wire.Deal{Setup: wire.DealSetup{Cluster: w.ID, Coordinator: w.Nodes[0].ID(), Threshold: 1, Items: 1,
			Set: []uint32{1, 2, 3}, Members: w.Members()[:3]}}
		id := m.Setup.Session()
		return &member{m: items.JoinDealing(w.Nodes[1].Env(), w.Nodes[1].Lend, w.Nodes[0].ID(), id), id: id, opening: m,
			further: []wire.Message{m, &wire.Evidence{Commits: make([]wire.Commit, 1)}}, stays: true}
	},
	"telling what is known": func(w *world) *member {
		m := &wire.LookUp{Key: w.key}
		id := m.Session(w.ID, w.Nodes[0].ID())
		return &member{m: documents.JoinLookup(w.Nodes[1].Env(), w.Nodes[1].State(w.key), w.Nodes[0].ID(), id), id: id, opening: m}
	},
	"telling holdings": func(w *world) *member {
		m := &wire.Holdings{Keys: []wire.KeyVersion{{Key: w.key, Version: w.record.Version()}}}
		id := m.Session(w.ID, w.Nodes[0].ID())
		load := func(key wire.KeyID) (*session.State, error) { return w.Nodes[1].State(key), nil }
		return &member{m: asking.JoinHoldings(load, w.Nodes[0].ID(), id, m), id: id, opening: m}
	},
	"listing keys": func(w *world) *member {
		w.followed()
		m := &wire.ListKeys{Set: *w.Nodes[1].Given.Ref()}
		id := m.Session(w.ID, w.Nodes[0].ID())
		return &member{m: handover.JoinGathering(w.Nodes[1].Env(), w.Nodes[0].ID(), id, m), id: id, opening: m}
	},
	"telling what it holds": func(w *world) *member {
		m := &wire.AskHolds{Keys: []wire.KeyVersion{{Key: w.key, Version: w.record.Version()}}}
		id, env := m.Session(w.ID, w.Nodes[0].ID()), w.Nodes[1].Env()
		return &member{m: handover.JoinHolding(env, env.Load, w.Nodes[0].ID(), id, m), id: id, opening: m}
	},
	"rehearsing": func(w *world) *member {
		env := w.Nodes[0].Env()
		r, err := generation.NewRehearsing(env, env.Load, w.record, 1, w.Members(), nil)
		check(err)
		m := r.Step(session.Start{}).Send[0].Msg.(*wire.Rehearse)
		env = w.Nodes[1].Env()
		return &member{m: generation.JoinRehearsing(env, env.Load, w.Nodes[0].ID(), r.ID(), m), id: r.ID(), opening: m,
			further: []wire.Message{m, &wire.Evidence{Commits: make([]wire.Commit, 1)}}, stays: true}
	},
	"listing shares": func(w *world) *member {
		m := new(wire.ListShares)
		id, env := m.Session(w.ID, w.Nodes[0].ID()), w.Nodes[1].Env()
		return &member{m: handover.JoinPlanning(env, env.Load, w.Nodes[0].ID(), id, m), id: id, opening: m}
	},
	"showing receipts of erasure": func(w *world) *member {
		w.followed()
		m := &wire.AskErased{Keys: []wire.KeyVersion{{Key: w.key, Version: w.record.Version()}}}
		id := m.Session(w.ID, w.Nodes[0].ID())
		return &member{m: handover.JoinReceipts(w.Nodes[1].Env(), w.Nodes[0].ID(), id, m), id: id, opening: m}
	},
	"polled": func(w *world) *member {
		w.Nodes[1].Miss(w.record)
		m := &wire.Poll{Setup: w.record.Setup, Ask: new(wire.Motion)}
		id := m.Session(w.ID, w.Nodes[0].ID())
		return &member{m: generation.JoinResolution(w.Nodes[1].Env(), w.Nodes[1].State(w.key), w.Nodes[0].ID(), id), id: id, opening: m}
	},
	"admitting": func(w *world) *member {
		w.author.Wallet = true
		m := w.storeMessage(w.doc)
		m.Proof = w.proof(w.author, wire.OpStore, wire.StoreArguments(w.doc.Common, w.doc.Encrypted), w.key)
		id := m.Session(w.ID, w.Nodes[0].ID())
		load := func(key wire.KeyID) (*session.State, error) { return w.Nodes[1].State(key), nil }
		joined, err := join.Machine(w.Nodes[1].Env(), w.Nodes[1].Lend, load, w.Nodes[0].ID(), id, m)
		check(err)
		return &member{m: joined, id: id, opening: m, further: []wire.Message{m}, asks: true}
	},
}

// yes is what the own chain says to whatever a member has asked.
var yes = session.Verdict{Answer: session.Granted, Block: Block(1), Head: Block(1), Each: []session.Verdict{{Answer: session.Granted, Block: Block(1)}}}

// idle wants inputs to change nothing.
func idle(t *testing.T, m session.Machine, when string, inputs ...session.Input) {
	t.Helper()
	before := m.String()
	for _, in := range inputs {
		if eff := m.Step(in); !reflect.DeepEqual(eff, session.Effects{}) || m.String() != before {
			t.Errorf("%s, %T %+v has effects: %+v, %v", when, in, in, eff, m)
		}
	}
}

// newMember is one of a kind, in a cluster of four with threshold 1.
func newMember(t *testing.T, make func(*world) *member) (*member, *world) {
	w := newWorld(t, 4, 1)
	w.alice.Wallet = true
	return make(w), w
}

// others are inputs by which nothing of a session's is said.
func (p *member) others(w *world) (all []session.Input) {
	third, from := w.Nodes[2].ID(), w.Nodes[0].ID()
	for _, msg := range append([]wire.Message{p.opening, &wire.Refuse{Reason: wire.Cancelled}}, p.further...) {
		all = append(all, session.Received{From: third, Session: p.id, Msg: msg})
		if _, admitting := p.m.(*join.Admission); !admitting { // that keeps all for who is behind it
			all = append(all, session.Received{From: from, Session: wire.SessionID{9}, Msg: msg})
		}
	}
	return append(all, session.PeerLost{Node: third})
}

// open has n1 open the session.
func (p *member) open(t *testing.T, w *world) {
	t.Helper()
	eff := p.m.Step(session.Received{From: w.Nodes[0].ID(), Session: p.id, Msg: p.opening})
	if (eff.Ask != nil) != p.asks || eff.Err != nil || len(eff.Send) == 0 && !p.asks {
		t.Fatalf("the opening has the effects %+v", eff)
	}
}

func TestOthersInASession(t *testing.T) {
	for name, make := range members {
		t.Run(name, func(t *testing.T) {
			p, w := newMember(t, make)
			if _, admitting := p.m.(*join.Admission); !admitting { // that keeps all for who is behind it
				idle(t, p.m, "before the opening", p.others(w)...)
			}
			p.open(t, w)
			if !p.asks && !p.stays {
				return
			}
			idle(t, p.m, "while it lasts", p.others(w)...)
			if p.asks {
				if eff := p.m.Step(yes); len(eff.Send) != 1 || eff.Done == p.stays || eff.Err != nil {
					t.Fatalf("its chain says yes, with the effects %+v", eff)
				}
			}
			if p.stays {
				idle(t, p.m, "later", append(p.others(w), yes)...)
			}
		})
	}
}

// A session that has ended, in whatever way, says and gives nothing more; and if nothing else
// happens its time ends it.
func TestNothingAfterTheEnd(t *testing.T) {
	for name, make := range members {
		for how, end := range map[string]func(p *member, w *world) session.Effects{
			"its coordinator is gone": func(p *member, w *world) session.Effects {
				return p.m.Step(session.PeerLost{Node: w.Nodes[0].ID()})
			},
			"it is not needed": func(p *member, w *world) session.Effects {
				return p.m.Step(session.Received{From: w.Nodes[0].ID(), Session: p.id, Msg: &wire.Refuse{Reason: wire.Cancelled}})
			},
			"nothing happens": func(p *member, _ *world) (eff session.Effects) {
				for i := 0; i < patience && !eff.Done; i++ {
					eff = p.m.Step(session.Tick{})
				}
				return eff
			},
			"it is cancelled": func(p *member, _ *world) session.Effects {
				return p.m.Step(session.Cancel{Err: wire.Errorf(wire.Internal, "the disk is full")})
			},
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				p, w := newMember(t, make)
				p.open(t, w)
				if name == "telling a verdict" && how == "it is not needed" {
					return // what it tells is no secret
				}
				if eff := end(p, w); (p.asks || p.stays) && !eff.Done {
					t.Fatalf("goes on: %+v", eff)
				}
				from := w.Nodes[0].ID()
				after := []session.Input{yes, session.Verdict{Answer: session.Refused, Block: Block(1)},
					session.Received{From: from, Session: p.id, Msg: p.opening}, session.PeerLost{Node: from}}
				for _, msg := range p.further {
					after = append(after, session.Received{From: from, Session: p.id, Msg: msg})
				}
				if p.asks || p.stays {
					after = append(after, session.Tick{})
				}
				idle(t, p.m, "after the end", after...)
			})
		}
	}
}

// Before it was asked a member takes nobody's yes.
func TestVerdictBeforeTheQuestion(t *testing.T) {
	for name, make := range members {
		p, _ := newMember(t, make)
		if _, admitting := p.m.(*join.Admission); !admitting { // which a session's driver asks first
			idle(t, p.m, name, yes)
		}
	}
}
