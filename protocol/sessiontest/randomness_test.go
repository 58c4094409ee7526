package sessiontest

import (
	"errors"
	"io"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A node that could not draw a random number says so, and goes on with none that it has not drawn.

// faltering is a source of random numbers that fails once: at this read, from 1.
type faltering struct {
	io.Reader
	at, reads int
}

func (f *faltering) Read(p []byte) (int, error) {
	if f.reads++; f.reads == f.at {
		return 0, errors.New("no random numbers")
	}
	return f.Reader.Read(p)
}

// drawing are the machines of one's own that draw random numbers: each of them has all it needs at its own node.
var drawing = map[string]func(w *world, env session.Env) (session.Machine, error){
	"looking up": func(w *world, env session.Env) (session.Machine, error) {
		return documents.NewLookup(env, w.Nodes[0].State(w.key), w.key, true)
	},
	"storing": func(w *world, env session.Env) (session.Machine, error) {
		w.Nodes[0].Forget(wire.RecordDocument, w.key)
		return documents.NewStoring(env, w.Nodes[0].State(w.key), w.record, w.author.Proof(w.key), w.doc.Common, w.doc.Encrypted)
	},
	"retrieving many": func(w *world, env session.Env) (session.Machine, error) {
		return gathering.NewBatch(env, []*session.State{w.Nodes[0].State(w.key)}, w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, w.key))
	},
	"explaining": func(w *world, env session.Env) (session.Machine, error) {
		return asking.NewExplaining(env, w.Nodes[0].State(w.key), w.alice.Address())
	},
	"asking for holdings": func(w *world, env session.Env) (session.Machine, error) {
		return asking.NewHoldings(env, []wire.KeyVersion{{Key: w.key}})
	},
	"gathering listings": func(w *world, env session.Env) (session.Machine, error) {
		env.Sets = w.followed().Nodes[0].Given
		return handover.NewGathering(env)
	},
	"asking who holds": func(w *world, env session.Env) (session.Machine, error) {
		return handover.NewHolding(env, env.Load, []*wire.KeyRecord{w.record})
	},
	"asking for receipts of erasure": func(w *world, env session.Env) (session.Machine, error) {
		env.Sets = w.followed().Nodes[0].Given
		return handover.NewReceipts(env, []wire.KeyVersion{{Key: w.key}})
	},
	"resolving": func(w *world, env session.Env) (session.Machine, error) {
		w.Nodes[0].Miss(w.record)
		return generation.NewResolution(env, w.Nodes[0].State(w.key), w.key, nil)
	},
}

// draw lets a machine begin whose random numbers fail, and gives the end.
func draw(t *testing.T, name string, source *faltering) (m session.Machine, end session.Effects, err error) {
	w := newWorld(t, 1, 0).withDocument()
	w.alice.Wallet = true
	env := w.Nodes[0].Env()
	source.Reader, env.Rand = env.Rand, source
	if m, err = drawing[name](w, env); err != nil {
		return nil, end, err
	}
	end = m.Step(session.Start{})
	for !end.Done && end.Ask != nil {
		end = m.Step(yes)
	}
	return m, end, end.Err
}

func TestRandomNumbersThatFail(t *testing.T) {
	for name := range drawing {
		all := &faltering{}
		m, end, err := draw(t, name, all)
		if err != nil || !end.Done || all.reads == 0 {
			t.Fatalf("%s: draws %d random numbers, and ends with %v", name, all.reads, err)
		}
		whole(t, name, m)
		for at := 1; at <= all.reads; at++ {
			if name == "resolving" && at == all.reads {
				break // it tells nobody of what is decided: they will ask
			}
			if _, end, err := draw(t, name, &faltering{at: at}); err == nil || len(end.Send) > 0 {
				t.Errorf("%s: without random number %d: %+v", name, at, end)
			}
		}
	}
}

// whole wants nothing to be missing in what a machine has made.
func whole(t *testing.T, name string, m session.Machine) {
	t.Helper()
	if b, ok := m.(*gathering.Batch); ok && b.Releases()[0] == nil {
		t.Errorf("%s: ends well, with nothing", name)
	}
}

// A holder without random numbers gives nothing away and says why.
func TestHolderWithoutRandomNumbers(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(t, 4, 1).withDocument()
		w.alice.Wallet = true
		m := &wire.RetrieveMany{Keys: []wire.BatchKey{{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted}},
			Proof: w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, w.key), Block: Block(1), Set: []uint32{1, 2}}
		from, env := w.Nodes[0].ID(), w.Nodes[1].Env()
		source := &faltering{Reader: env.Rand, at: at}
		env.Rand = source
		p := gathering.JoinBatch(env, from, m.Session(w.ID, from))
		p.Step(session.Received{From: from, Session: p.ID(), Msg: m})
		eff := p.Step(yes)
		if len(eff.Send) != 1 || !eff.Done {
			t.Fatalf("without random number %d: %+v", at, eff)
		}
		if _, gives := eff.Send[0].Msg.(*wire.Partials); gives == (source.reads >= at) || gives != (eff.Err == nil) {
			t.Errorf("without random number %d: %T, %v", at, eff.Send[0].Msg, eff.Err)
		}
		if source.reads < at {
			return
		}
	}
}
