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
