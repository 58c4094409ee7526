package service

import (
	"bytes"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
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
			r := s.newRunner(wire.KindStore, promise.Key, testNode(2))
			r.setMachine(&promiser{promise})
			r.step(session.Start{}, func() {})

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

// sharer saves a share, and when it is cancelled another one that it would still like to save. It keeps the bytes of both.
type sharer struct{ first, last []byte }

func (s *sharer) ID() wire.SessionID { return sid(1) }

func (s *sharer) String() string { return "sharer" }

func (s *sharer) Step(in session.Input) session.Effects {
	value, kind := s.first, wire.RecordPending
	c, cancelled := in.(session.Cancel)
	if cancelled {
		value, kind = s.last, wire.RecordShare
	}
	eff := session.Effects{Save: []wire.Record{
		{Op: wire.Create, Kind: wire.RecordPromise, Key: wire.KeyID{1}, Value: []byte("one")},
		{Op: wire.Put, Kind: kind, Key: wire.KeyID{1}, Session: sid(1), Value: value},
	}, Done: true}
	if cancelled {
		eff.Err = c.Err
	}
	return eff
}

// TestSavedSharesAreErased: what a machine gives to be saved of a share is overwritten once it is on the disk, and also when it
// can't be; what is on the disk is the share.
func TestSavedSharesAreErased(t *testing.T) {
	share := bytes.Repeat([]byte{0x5e}, 36)
	other := wire.Record{Op: wire.Create, Kind: wire.RecordPromise, Key: wire.KeyID{1}, Value: []byte("another")}
	for _, c := range []struct {
		name   string
		before func(*store.Store) error
		saved  bool
	}{
		{"saved", func(*store.Store) error { return nil }, true},
		{"closed", (*store.Store).Close, false},
		{"promised otherwise", func(db *store.Store) error { return db.Apply([]wire.Record{other}) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newPromisingService(t)
			if err := c.before(s.states.db); err != nil {
				t.Fatal(err)
			}
			m := &sharer{first: bytes.Clone(share), last: bytes.Clone(share)}
			r := s.newRunner(wire.KindGenerate, wire.KeyID{1}, testNode(2))
			r.setMachine(m)
			r.step(session.Start{}, func() {})

			if !isZero(m.first) {
				t.Errorf("in memory there is still %x", m.first)
			}
			if got, err := s.states.db.Get(wire.RecordPending, wire.KeyID{1}, sid(1)); c.saved && (err != nil || !bytes.Equal(got, share)) {
				t.Errorf("on the disk there is %x, %v", got, err)
			}
			if erased := isZero(m.last); erased == c.saved {
				t.Errorf("what the cancelled machine would have saved is erased: %v", erased)
			}
		})
	}
}

func isZero(b []byte) bool { return bytes.Equal(b, make([]byte, len(b))) }

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
	s.network = protocol.New(key, s.backend)
	return s
}

// TestMachinesEndBefore: machines end by themselves before the service ends them, which says that there is a defect.
func TestMachinesEndBefore(t *testing.T) {
	for _, kind := range wire.Kinds() {
		if own := time.Duration(sessiontest.Longest(kind)) * time.Second; own > lifetime {
			t.Errorf("a session %q may take %v, and the service ends it after %v", kind, own, lifetime)
		}
	}
}
