package sessiontest

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What is said to who coordinates a batch, one by one.

// batcher is a batch of one key through n1, in a cluster of five with threshold 2, so two others are asked.
type batcher struct {
	*world
	m   *gathering.Batch
	ask wire.Envelope // of the present attempt, to n2
}

func newBatcher(t *testing.T, change func(*session.Env)) *batcher {
	b := &batcher{world: newWorld(t, 5, 2).withDocument()}
	b.alice.Wallet = true
	env := b.Nodes[0].Env()
	change(&env)
	m, err := gathering.NewBatch(env, []*session.State{b.Nodes[0].State(b.key)}, b.proof(b.alice, wire.OpRetrieve, wire.NoArguments, b.key))
	check(err)
	b.m = m
	return b
}

// begins asks others for their parts.
func (b *batcher) begins() session.Effects {
	b.m.Step(session.Start{})
	eff := b.m.Step(yes)
	if len(eff.Send) > 0 {
		b.ask = eff.Send[0]
	}
	return eff
}

// parts are what n2 gives.
func (b *batcher) parts() wire.Message {
	n, from := b.Node(b.ask.To), b.Nodes[0].ID()
	p := gathering.JoinBatch(n.Env(), from, b.ask.Session)
	p.Step(session.Received{From: from, Session: b.ask.Session, Msg: b.ask.Msg})
	return p.Step(yes).Send[0].Msg
}

func TestOutOfTurnToABatch(t *testing.T) {
	b := newBatcher(t, func(*session.Env) {})
	others := []session.Input{session.Tick{}, session.PeerLost{Node: b.Nodes[4].ID()}, yes,
		session.Received{From: b.Nodes[1].ID(), Session: wire.SessionID{}, Msg: new(wire.Partials)}}
	idle(t, b.m, "before the beginning", others...)
	b.m.Step(session.Start{})
	idle(t, b.m, "before its own chain has spoken", session.Tick{}, others[3])
	eff := b.m.Step(yes)
	b.ask = eff.Send[0]
	if len(eff.Send) != 2 {
		t.Fatalf("asks %+v", eff.Send)
	}
	idle(t, b.m, "a moment later", session.Tick{})
	said := session.Received{From: b.ask.To, Session: b.ask.Session, Msg: b.parts()}
	if eff := b.m.Step(said); len(eff.Faults) > 0 || eff.Done {
		t.Fatalf("parts: %+v", eff)
	}
	idle(t, b.m, "once more", said, session.Received{From: b.ask.To, Session: b.ask.Session, Msg: new(wire.Partials)})
	asked := 0
	for range session.TicksPerSecond / 5 {
		asked += len(b.m.Step(session.Tick{}).Send)
	}
	if asked == 0 {
		t.Error("who says nothing is waited for")
	}
}

// What a batch is made of has been checked; one that is wrong all the same is not begun.
func TestBatchesThatAreNotBegun(t *testing.T) {
	for name, change := range map[string]func(w *world, s *session.State, p *wire.Proof){
		"no pair": func(w *world, s *session.State, _ *wire.Proof) {
			d := *s.Document
			d.Common[9] ^= 1
			s.Document = &d
		},
		"a proof for something else": func(w *world, _ *session.State, p *wire.Proof) {
			*p = w.proof(w.alice, wire.OpSign, wire.NoArguments, w.key)
		},
		"a proof for another key": func(w *world, _ *session.State, p *wire.Proof) {
			*p = w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, KeyID(9))
		},
		"Parity's proof": func(w *world, _ *session.State, p *wire.Proof) { *p = w.alice.Proof(w.key) },
	} {
		w := newWorld(t, 4, 1).withDocument()
		w.alice.Wallet = true
		proof := w.proof(w.alice, wire.OpRetrieve, wire.NoArguments, w.key)
		s := w.Nodes[0].State(w.key)
		change(w, s, &proof)
		if _, err := gathering.NewBatch(w.Nodes[0].Env(), []*session.State{s}, proof); err == nil {
			t.Errorf("%s: begins", name)
		}
	}
}

// A set that can't be computed ends a batch, at whom it is to be computed.
func TestBatchWithoutAQuorum(t *testing.T) {
	failing := func(at func(own uint32) bool) func(*session.Env) {
		return func(env *session.Env) {
			env.Quorums = func(key *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error) {
				if at(own) {
					return nil, errors.New("no set")
				}
				return verify.KeyQuorum(key, set, own)
			}
		}
	}
	b := newBatcher(t, failing(func(own uint32) bool { return own == 0 }))
	if eff := b.begins(); !eff.Done || wire.ReasonOf(eff.Err) != wire.Internal || len(eff.Send) > 0 {
		t.Errorf("at the beginning: %+v", eff)
	}
	b = newBatcher(t, failing(func(own uint32) bool { return own != 0 }))
	var last session.Effects
	for _, env := range b.begins().Send {
		b.ask = env
		last = b.m.Step(session.Received{From: env.To, Session: env.Session, Msg: b.parts()})
	}
	if !last.Done || wire.ReasonOf(last.Err) != wire.Internal || b.m.Releases()[0] != nil {
		t.Errorf("at the end: %+v", last)
	}
	b = newBatcher(t, func(*session.Env) {})
	b.begins()
	b.Quorums = func(*wire.KeyRecord, []uint32, uint32) (*threshold.Quorum, error) { return nil, errors.New("no set") }
	if m, ok := b.parts().(*wire.Refuse); !ok || m.Reason != wire.Internal {
		t.Errorf("a holder answers %+v", b.parts())
	}
}

// A holder that can't read its store gives no part.
func TestBatchWithABrokenDisk(t *testing.T) {
	b := newBatcher(t, func(*session.Env) {})
	b.begins()
	n, from := b.Node(b.ask.To), b.Nodes[0].ID()
	env := n.Env()
	env.Load = func(wire.KeyID) (*session.State, error) { return nil, wire.Errorf(wire.Internal, "the disk is broken") }
	p := gathering.JoinBatch(env, from, b.ask.Session)
	eff := p.Step(session.Received{From: from, Session: b.ask.Session, Msg: b.ask.Msg})
	m, ok := eff.Send[0].Msg.(*wire.Partials)
	if !ok || eff.Ask != nil || m.Parts[0].Part != nil || m.Parts[0].Reason != wire.Internal {
		t.Errorf("%+v", eff)
	}
}
