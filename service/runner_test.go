package service

import (
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// promiser promises something, tells another node, and names one that cheated. Cancelled, it would still like to save.
type promiser struct{ promise wire.Record }

func (p *promiser) ID() wire.SessionID { return sid(1) }

func (p *promiser) String() string { return "promiser" }

func (p *promiser) Step(in session.Input) session.Effects {
	if c, cancelled := in.(session.Cancel); cancelled {
		late := p.promise
		late.Session = sid(9)
		return session.Effects{Save: []wire.Record{late}, Done: true, Err: c.Err}
	}
	return session.Effects{
		Save:   []wire.Record{p.promise},
		Send:   []wire.Envelope{{To: testNode(2), Session: sid(1), Msg: new(wire.Refuse)}},
		Faults: []session.Fault{{Node: testNode(3), Detail: "cheated"}},
		Done:   true,
	}
}

// TestNothingIsSentUnsaved: what could not be made durable has not happened, whatever else its step would do, and the
// machine is told why.
func TestNothingIsSentUnsaved(t *testing.T) {
	promise := wire.Record{Op: wire.Create, Kind: wire.RecordPromise, Key: wire.KeyID{1}, Value: []byte("one")}
	other := promise
	other.Value = []byte("another")
	for _, c := range []struct {
		name   string
		before func(*store.Store) error
		want   wire.Reason // 0: all goes well
	}{
		{"saved", func(*store.Store) error { return nil }, 0},
		{"closed", (*store.Store).Close, wire.Database},
		{"promised otherwise", func(db *store.Store) error { return db.Apply([]wire.Record{other}) }, wire.Busy},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newPromisingService(t)
			if err := c.before(s.states.db); err != nil {
				t.Fatal(err)
			}
			r := s.newRunner("store", promise.Key, testNode(2))
			r.setMachine(&promiser{promise})
			r.step(session.Start{})

			sent := len(r.inbox) > 0 // nobody is connected, so it comes back as a loss
			blamed, _ := s.faults.of(testNode(3))
			if well := c.want == 0; sent != well || (blamed > 0) != well || !r.over {
				t.Errorf("sent: %v, blamed: %d times, over: %v", sent, blamed, r.over)
			}
			if c.want == 0 && r.err != nil || c.want != 0 && wire.ReasonOf(r.err) != c.want {
				t.Errorf("ends with %v", r.err)
			}
			if _, err := s.states.db.Get(promise.Kind, promise.Key, sid(9)); err == nil {
				t.Error("a cancelled machine has saved something")
			}
		})
	}
}

// newPromisingService is one with a store, and without a network.
func newPromisingService(t *testing.T) *Service {
	t.Helper()
	db := openStore(t, t.TempDir())
	t.Cleanup(func() { db.Close() })
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	s := newTestService()
	s.states = newStates(db, 4)
	s.network = protocol.New(key, (*network)(s))
	return s
}
