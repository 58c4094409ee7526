package service

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// deciding is a machine that has decided.
type deciding struct {
	session.Machine
	accesses []wire.Access
}

func (d *deciding) Accesses() []wire.Access { return d.accesses }

func read(key int, block uint64, granted bool) wire.Access {
	return wire.Access{Key: testKey(key), Block: wire.BlockRef{Number: block, Hash: common.BigToHash(new(big.Int).SetUint64(block))}, Granted: granted}
}

// Authors hear of their own keys, once of each access, and are cut off rather than left out.
func TestWatchers(t *testing.T) {
	w := newWatchers()
	w.tell(&deciding{accesses: []wire.Access{read(1, 1, true)}}) // before anybody watches
	one, err := w.add([]wire.KeyID{testKey(1), testKey(2)})
	if err != nil {
		t.Fatal(err)
	}
	other, _ := w.add([]wire.KeyID{testKey(3)})
	for range 2 { // two attempts of one request
		w.tell(&deciding{accesses: []wire.Access{read(1, 5, true), read(3, 5, false)}})
	}
	w.tell(&deciding{accesses: []wire.Access{read(1, 5, false), read(2, 6, true)}})
	for i, want := range []wire.Access{read(1, 5, true), read(1, 5, false), read(2, 6, true)} {
		if got := <-one.out; got != want {
			t.Errorf("access %d is %+v", i, got)
		}
	}
	if len(one.out) != 0 || len(other.out) != 1 || <-other.out != read(3, 5, false) {
		t.Error("somebody is told of what is not its business")
	}
	for block := range uint64(watchBacklog + 2) {
		w.tell(&deciding{accesses: []wire.Access{read(2, 1000+block, true)}})
	}
	for range watchBacklog {
		if _, open := <-one.out; !open {
			t.Fatal("accesses are lost")
		}
	}
	if _, open := <-one.out; open {
		t.Error("a slow watcher goes on with a gap")
	}
	if w.count.Load() != 1 {
		t.Errorf("%d watchers", w.count.Load())
	}
	w.remove(other)
	w.remove(other)
	for range maxWatchers {
		if _, err := w.add(nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.add(nil); wire.ReasonOf(err) != wire.Limit {
		t.Errorf("one more than the limit: %v", err)
	}
}

// Who watches a key hears that it could not be dealt to the newest set, and then that it was: once each, and nothing of keys that
// come there at the first tries.
func TestWatchersHearOfMoves(t *testing.T) {
	s := newStorelessService(t)
	s.blocks = new(madeUpChain)
	w, err := s.watchers.add([]wire.KeyID{testKey(1), testKey(2)})
	if err != nil {
		t.Fatal(err)
	}
	m := newMover(&wire.ServerSet{Epoch: 2, Members: []wire.NodeID{{1}}})
	before := func(key int) *wire.KeyRecord {
		return &wire.KeyRecord{Setup: wire.Setup{Key: testKey(key), Set: &wire.SetRef{Epoch: 1}}}
	}
	there := func(key int) *wire.KeyRecord {
		return &wire.KeyRecord{Setup: wire.Setup{Key: testKey(key), Set: &wire.SetRef{Epoch: 2}}, Acks: make([]wire.IndexedSign, 1)}
	}
	away := wire.Errorf(wire.Unavailable, "1 of 2 holders")
	for key := 1; key <= 2; key++ {
		s.succession.note(m, testKey(key), before(key))
	}
	s.succession.moved(m, testKey(2), away)
	s.succession.note(m, testKey(2), there(2))
	for range triesTold + 2 {
		s.succession.moved(m, testKey(1), away)
	}
	s.succession.note(m, testKey(1), there(1))
	s.succession.note(m, testKey(1), there(1))
	for _, want := range []wire.Access{
		{Key: testKey(1), Operation: wire.OpMove, Block: theBlock.BlockRef, Reason: away.Detail},
		{Key: testKey(1), Operation: wire.OpMove, Block: theBlock.BlockRef, Granted: true},
	} {
		if got := <-w.out; got != want {
			t.Errorf("told %+v, want %+v", got, want)
		}
	}
	if len(w.out) != 0 {
		t.Errorf("told %+v as well", <-w.out)
	}
	if m.left() != 0 {
		t.Error("a key is left that has moved")
	}
}
