package sessiontest

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A node that is out of random numbers says so, and uses none that it has not drawn.

// shortReader gives this many bytes and fails.
type shortReader struct{ left int }

func (r *shortReader) Read(p []byte) (int, error) {
	if r.left -= len(p); r.left < 0 {
		return 0, errors.New("no more random numbers")
	}
	for i := range p {
		p[i] = byte(r.left>>(i%8) + i)
	}
	return len(p), nil
}

// drawing are the machines of one's own that draw random numbers: each of them has all it needs at its own node.
var drawing = map[string]func(w *world, env session.Env) (session.Machine, error){
	"looking up": func(w *world, env session.Env) (session.Machine, error) {
		return session.NewLookup(env, w.Nodes[0].State(w.key), w.key, true)
	},
	"storing": func(w *world, env session.Env) (session.Machine, error) {
		w.Nodes[0].Forget(wire.RecordDocument, w.key)
		return session.NewStoring(env, w.Nodes[0].State(w.key), w.record, w.author.Proof(w.key), w.doc.Common, w.doc.Encrypted)
	},
	"retrieving many": func(w *world, env session.Env) (session.Machine, error) {
		return session.NewBatch(env, []*session.State{w.Nodes[0].State(w.key)}, w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, w.key))
	},
	"explaining": func(w *world, env session.Env) (session.Machine, error) {
		return session.NewExplaining(env, w.Nodes[0].State(w.key), w.alice.Address())
	},
	"asking for holdings": func(w *world, env session.Env) (session.Machine, error) {
		return session.NewHoldings(env, []wire.KeyVersion{{Key: w.key}})
	},
	"resolving": func(w *world, env session.Env) (session.Machine, error) {
		w.Nodes[0].Miss(w.record)
		return session.NewResolution(env, w.Nodes[0].State(w.key), w.key, nil)
	},
}

// draw lets a machine begin with so many random bytes, and gives the end.
func draw(t *testing.T, name string, bytes int) (m session.Machine, end session.Effects, err error) {
	w := newWorld(t, 1, 0).withDocument()
	w.alice.Wallet = true
	env := w.Nodes[0].Env()
	env.Rand = &shortReader{bytes}
	if m, err = drawing[name](w, env); err != nil {
		return nil, end, err
	}
	end = m.Step(session.Start{})
	for !end.Done && end.Ask != nil {
		end = m.Step(yes)
	}
	return m, end, end.Err
}

// enough is more than any of them draws.
const enough = 1 << 10

func TestTooFewRandomNumbers(t *testing.T) {
	for name := range drawing {
		if m, end, err := draw(t, name, enough); err != nil || !end.Done {
			t.Fatalf("%s: %v, %v", name, m, err)
		}
		for n := 0; n < enough; n += 8 {
			m, end, err := draw(t, name, n)
			if err == nil {
				if n < 32 {
					t.Errorf("%s: %d random bytes are enough", name, n)
				}
				whole(t, name, m)
				break
			}
			if len(end.Send) > 0 {
				t.Errorf("%s: with %d random bytes something is sent", name, n)
			}
		}
	}
}

// whole wants nothing to be missing in what a machine has made.
func whole(t *testing.T, name string, m session.Machine) {
	t.Helper()
	if b, ok := m.(*session.Batch); ok && b.Releases()[0] == nil {
		t.Errorf("%s: ends well, with nothing", name)
	}
}

// A holder without random numbers gives nothing away and says why.
func TestHolderWithoutRandomNumbers(t *testing.T) {
	for n := 0; n < enough; n += 8 {
		w := newWorld(t, 4, 1).withDocument()
		w.alice.Wallet = true
		m := &wire.RetrieveMany{Keys: []wire.BatchKey{{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted}},
			Proof: w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, w.key), Block: Block(1), Set: []uint32{1, 2}}
		from := w.Nodes[0].ID()
		env := w.Nodes[1].Env()
		env.Rand = &shortReader{n}
		p := session.JoinBatch(env, from, m.Session(w.ID, from))
		p.Step(session.Received{From: from, Session: p.ID(), Msg: m})
		eff := p.Step(yes)
		if len(eff.Send) != 1 || !eff.Done {
			t.Fatalf("with %d bytes: %+v", n, eff)
		}
		if _, gives := eff.Send[0].Msg.(*wire.Partials); gives != (eff.Err == nil) {
			t.Errorf("with %d bytes: %T, %v", n, eff.Send[0].Msg, eff.Err)
		} else if gives {
			if n < 64 {
				t.Errorf("%d random bytes are enough", n)
			}
			return
		}
	}
	t.Error("gives nothing at all")
}
