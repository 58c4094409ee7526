package sessiontest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A rehearsal plays a redistribution to a set that is none yet. Nobody must learn anything of a share by it, and nothing of it
// may ever count.

// rehearsed is a cluster of five, whose key n1 to n4 have, and all that was sent in it.
type rehearsed struct {
	*world
	sent []wire.Envelope
}

func newRehearsed(t *testing.T) *rehearsed {
	r := &rehearsed{world: newWorld(t, 5, 1)}
	r.key = KeyID(2)
	r.record = r.Deal(r.key, 1, r.author, r.Nodes[:4])
	for _, n := range r.Nodes {
		n.Mutate = r.tape
	}
	return r
}

func (r *rehearsed) tape(env wire.Envelope) []wire.Envelope {
	r.sent = append(r.sent, env)
	return []wire.Envelope{env}
}

// rehearse has n1 rehearse that n2 to n5 are the set.
func (r *rehearsed) rehearse() (map[string]string, error) {
	r.t.Helper()
	m, run, err := r.Rehearse(r.Nodes[0], r.key, 1, r.Nodes[1:]...)
	check(err)
	r.settle()
	if !run.Ended {
		r.t.Fatal("no end", m)
	}
	failed := make(map[string]string)
	for node, why := range m.Failed() {
		failed[r.Name(node)] = why
	}
	return failed, run.Err
}

// All sign, what they were dealt is not made of shares, what they signed is no certificate, and nothing is written.
func TestRehearsalKeepsNothing(t *testing.T) {
	r := newRehearsed(t)
	var before []map[recordKey][]byte
	for _, n := range r.Nodes {
		before = append(before, maps.Clone(n.records))
	}
	if failed, err := r.rehearse(); err != nil || len(failed) != 0 {
		t.Fatal(failed, err)
	}
	for i, n := range r.Nodes {
		if !maps.EqualFunc(before[i], n.records, func(a, b []byte) bool { return slices.Equal(a, b) }) {
			t.Errorf("%s has written something", n.Name)
		}
	}
	var ask *wire.Rehearse
	for _, env := range r.sent {
		switch m := env.Msg.(type) {
		case *wire.Rehearse:
			ask = m
			for i := range m.Dealers {
				public, err := verify.PublicShare(r.record, m.Dealers[i].Index)
				check(err)
				if m.Dealers[i].Share == public.Bytes() {
					t.Error("a share is dealt")
				}
			}
			if m.Public == r.record.Public() {
				t.Error("the key is dealt")
			}
		case *wire.Reveal:
			if m.Dealing.Dealt.Commitments[0] != ask.Dealers[m.Index-1].Share { // the constant term
				t.Error("deals something else than the made-up share")
			}
		case *wire.Certify:
			terms := ask.Terms(r.ID, r.Nodes[0].ID())
			if ask.Members[m.Index-1].Signed(m.Digest(terms.Session()), &m.Signature) {
				t.Error("signs a certificate")
			}
			if !ask.Members[m.Index-1].Signed(m.Digest(env.Session), &m.Signature) {
				t.Error("signs something else")
			}
		}
	}
	r.wantBlamed()
}

// Who does not do its part is named, with what it says itself.
func TestRehearsalNames(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *rehearsed)
		want   map[string]string
	}{
		"a member that is silent": {func(r *rehearsed) { r.Nodes[4].Mutate = Silent }, map[string]string{"n5": "no answer"}},
		"a member that signs another transcript": {func(r *rehearsed) {
			r.Nodes[4].Mutate = func(env wire.Envelope) []wire.Envelope {
				if m, ok := env.Msg.(*wire.Certify); ok {
					m.Transcript[0] ^= 1
					m.Signature = r.Nodes[4].nodeKey.Sign(m.Digest(env.Session))
				}
				return []wire.Envelope{env}
			}
		}, map[string]string{"n5": "invalid answer"}},
		"a member whose signature is false": {func(r *rehearsed) {
			r.Nodes[4].Mutate = Changing(func(m *wire.Certify) { m.Signature[0] ^= 1 })
		}, map[string]string{"n5": "invalid answer"}},
		"a dealer that deals for others' keys": {func(r *rehearsed) {
			r.Nodes[1].Mutate = func(env wire.Envelope) []wire.Envelope {
				if m, ok := env.Msg.(*wire.Reveal); ok {
					m.View[0] ^= 1
					m.Signature = r.Nodes[1].nodeKey.Sign(m.Digest(env.Session))
				}
				return []wire.Envelope{env}
			}
		}, map[string]string{"n2": "invalid answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRehearsed(t)
			c.change(r)
			if failed, err := r.rehearse(); err == nil || !maps.Equal(failed, c.want) {
				t.Errorf("%v, want %v; %v", failed, c.want, err)
			}
		})
	}
}

// A holder that has lost its share, or has another one, says so before anything is dealt.
func TestRehearsalWithoutAShare(t *testing.T) {
	r := newRehearsed(t)
	unshare(r.Nodes[1], r.record)
	if failed, err := r.rehearse(); err == nil || len(failed) != 1 || failed["n2"] == "" || wire.ReasonOf(err) != wire.Unavailable {
		t.Errorf("%v, %v", failed, err)
	}
	r = newRehearsed(t)
	other := r.Nodes[2].State(r.key).Share
	r.Nodes[1].Put(wire.Record{Kind: wire.RecordShare, Key: r.key, Session: r.record.Version(), Value: (&session.Share{Index: 2, Value: other.Value}).Encode()})
	r.watch.checked[promiseKey{r.Nodes[1], r.key}] = r.record.Version()
	if failed, err := r.rehearse(); err == nil || len(failed) != 1 || failed["n2"] == "" {
		t.Errorf("with another's share: %v, %v", failed, err)
	}
}

// Whoever asks can't have shares dealt: an opening with their public counterparts, or any but the made-up ones, is refused. Nor
// can a stranger ask, nor anybody under another session id, nor a node that has no final block be told that it is ready.
func TestRehearsalRefuses(t *testing.T) {
	r := newRehearsed(t)
	if _, err := r.rehearse(); err != nil {
		t.Fatal(err)
	}
	ask := *r.sent[0].Msg.(*wire.Rehearse)
	from := r.Nodes[0].ID()
	real := ask
	real.Dealers, real.Public = slices.Clone(ask.Dealers), r.record.Public()
	for i := range real.Dealers {
		public, err := verify.PublicShare(r.record, real.Dealers[i].Index)
		check(err)
		real.Dealers[i].Share = public.Bytes()
	}
	stranger := session.NewNodeKey(privateKey(9, 9)).ID()
	for name, c := range map[string]struct {
		from   wire.NodeID
		id     wire.SessionID
		m      *wire.Rehearse
		change func(*session.Env)
		want   wire.Reason
	}{
		"as it was":         {from, ask.Session(r.ID, from), &ask, nil, 0},
		"real shares":       {from, real.Session(r.ID, from), &real, nil, wire.InvalidMessage},
		"of a stranger":     {stranger, ask.Session(r.ID, stranger), &ask, nil, wire.NotMember},
		"under another id":  {from, wire.SessionID{7}, &ask, nil, wire.InvalidMessage},
		"without the chain": {from, ask.Session(r.ID, from), &ask, func(e *session.Env) { e.FinalTime = func() (uint64, error) { return 0, errors.New("none") } }, wire.Unavailable},
	} {
		env := r.Nodes[1].Env()
		if c.change != nil {
			c.change(&env)
		}
		p := generation.JoinRehearsing(env, env.Load, c.from, c.id, c.m)
		eff := p.Step(session.Received{From: c.from, Session: c.id, Msg: c.m})
		if len(eff.Send) != 1 || (eff.Err == nil) != (c.want == 0) || eff.Err != nil && wire.ReasonOf(eff.Err) != c.want {
			t.Errorf("%s: %+v", name, eff)
		}
	}
}
