package items

import (
	"crypto/rand"
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a vault drops it erases: a nonce or an item that stays in memory tells the key share,
// together with what was said with it, or of it.

func newItem(t *testing.T, number uint32, members ...wire.NodeID) *Item {
	t.Helper()
	plan := threshold.ECDSAPlan(0, 1)
	all, err := plan.Draw(rand.Reader)
	check(t, err)
	var commitments []threshold.Commitments
	var column []*secp256k1.Scalar
	for _, f := range all {
		values, err := f.Eval(threshold.Index(1))
		check(t, err)
		commitments, column = append(commitments, f.Commit()), append(column, values...)
	}
	set, err := threshold.NewSet(1)
	check(t, err)
	i := &Item{ID: wire.Item{Number: number}, Dealt: &Dealt{Setup: &wire.DealSetup{Set: []uint32{1}, Members: members}}}
	i.Public, err = threshold.NewECDSAItem(set, commitments)
	check(t, err)
	i.Secret, err = threshold.NewECDSASecret(threshold.Index(1), column)
	check(t, err)
	return i
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newNonce(t *testing.T) *threshold.Nonce {
	t.Helper()
	n, err := threshold.NewNonce(rand.Reader, nil)
	check(t, err)
	return n
}

func spentItem(i *Item) bool { return courttest.Spent(rand.Reader, i.Public, i.Secret) }

// A node is told of what the coordinator keeps and it has a part in: the stock, and what sessions have in hand, be it
// being dealt or used. What they are done with, and what was dropped, is not named.
func TestVaultKept(t *testing.T) {
	a, b := peer(1), peer(2)
	v := NewVault()
	named := func(node wire.NodeID, want ...uint32) {
		t.Helper()
		kept := v.Kept(node)
		if kept.Bound() != nil || len(want) == 0 && len(kept.Dealings) > 0 {
			t.Errorf("%+v: %v", kept, kept.Bound())
		}
		for number := range uint32(wire.MaxItems) {
			if got := kept.Has(wire.Item{Number: number}); got != slices.Contains(want, number) {
				t.Errorf("item %d is named: %t", number, got)
			}
		}
	}
	named(a)
	items := []*Item{newItem(t, 0, a), newItem(t, 1, a, b), newItem(t, 2, b)}
	v.hand(items...) // as they are dealt
	named(a, 0, 1)
	named(b, 1, 2)
	v.Stock(items)
	named(a, 0, 1)
	used := v.Pick(func(i *Item) bool { return i == items[1] })
	named(a, 0, 1)
	named(b, 1, 2)
	v.Discard(used)
	named(a, 0)
	named(b, 2)
	v.DropStock(Group{Members: []wire.NodeID{a}})
	named(a)
	if !spentItem(items[0]) || !spentItem(items[1]) || spentItem(items[2]) {
		t.Error("what is kept no more is not erased, or something else is")
	}
	v.hand(newItem(t, 3, b))
	v.Clear()
	named(b)
}

// A node erases what a coordinator does not name, of that coordinator alone; who says nothing has nothing erased.
func TestVaultRetains(t *testing.T) {
	a, b := peer(1), peer(2)
	v := NewVault()
	kept, dropped, ofB := newItem(t, 1), newItem(t, 2), newItem(t, 2)
	v.Keep(a, []*Item{kept, dropped})
	v.Keep(b, []*Item{ofB})
	v.Retain(a, nil)
	if v.Sizes().LentItems != 3 || spentItem(dropped) {
		t.Error("what nobody has spoken of is gone")
	}
	v.Retain(peer(3), new(wire.Kept))
	v.Retain(a, wire.KeptOf([]wire.Item{kept.ID}))
	if spentItem(kept) || !spentItem(dropped) || spentItem(ofB) || v.Sizes().LentItems != 2 {
		t.Error("not what was named is left")
	}
	if i, again := v.Use(a, dropped.ID); i != nil || again {
		t.Error("what was erased can be used, or counts as used")
	}
	if i, _ := v.Use(a, kept.ID); i != kept {
		t.Error("what was named can't be used")
	}
}

func TestVaultErasesWhatItDrops(t *testing.T) {
	a, b := peer(1), peer(2)
	for name, drop := range map[string]func(*Vault){
		"forgets a":         func(v *Vault) { v.Forget(a) },
		"is cleared of all": func(v *Vault) { v.Clear() },
	} {
		v := NewVault()
		lent, kept := newNonce(t), newNonce(t)
		ofA, ofB := newItem(t, 1), newItem(t, 1)
		with, without := newItem(t, 1, a), newItem(t, 2, b)
		lentName, keptName := v.SendAhead(a, wire.Slot{}, lent), v.SendAhead(b, wire.Slot{}, kept)
		v.Keep(a, []*Item{ofA})
		v.Keep(b, []*Item{ofB})
		v.Stock([]*Item{with, without})
		v.Offer(a, wire.Slot{}, make([]wire.NonceBytes, 1))
		drop(v)
		all := name != "forgets a"
		if n, _ := v.Redeem(a, wire.Slot{}, lentName); n != nil || !courttest.NonceSpent(lent) {
			t.Errorf("%s: the nonce is still there", name)
		}
		if i, _ := v.Use(a, ofA.ID); i != nil || !spentItem(ofA) || !spentItem(with) {
			t.Errorf("%s: the items are still there", name)
		}
		if _, ok := v.Accept([]wire.NodeID{a}, wire.Slot{}); ok {
			t.Errorf("%s: counts on its nonces", name)
		}
		if spentItem(ofB) != all || spentItem(without) != all {
			t.Errorf("%s: the items of another are erased: %t", name, spentItem(ofB))
		}
		if n, _ := v.Redeem(b, wire.Slot{}, keptName); (n == nil) != all || courttest.NonceSpent(kept) != all {
			t.Errorf("%s: the nonce of another is there: %t", name, n != nil)
		}
	}
}

// The oldest go first, when there are too many.
func TestVaultErasesTheOldest(t *testing.T) {
	a := peer(1)
	v := NewVault()
	first, second := newNonce(t), newNonce(t)
	names := []wire.NonceBytes{v.SendAhead(a, wire.Slot{}, first), v.SendAhead(a, wire.Slot{}, second)}
	for range maxPromised - 1 {
		v.SendAhead(a, wire.Slot{}, newNonce(t))
	}
	if n, _ := v.Redeem(a, wire.Slot{}, names[0]); n != nil || !courttest.NonceSpent(first) {
		t.Error("the oldest nonce is still there")
	}
	if n, _ := v.Redeem(a, wire.Slot{}, names[1]); n != second {
		t.Error("the second one is gone")
	}
	if n, again := v.Redeem(a, wire.Slot{}, names[1]); n != nil || !again {
		t.Error("a nonce can be taken twice")
	}
	items := make([]*Item, MaxStock+1)
	for n := range items {
		items[n] = newItem(t, uint32(n), a)
	}
	v.Stock(items)
	if !spentItem(items[0]) || spentItem(items[1]) || v.Sizes().Items != MaxStock {
		t.Error("the stock does not drop its oldest item")
	}
	v.DropStock(Group{Members: []wire.NodeID{peer(2)}})
	if v.Sizes().Items != MaxStock {
		t.Error("the stock drops items of another group")
	}
	v.DropStock(Group{Members: []wire.NodeID{a}})
	if !spentItem(items[1]) || !spentItem(items[MaxStock]) || v.Sizes().Items != 0 {
		t.Error("the stock of a group is still there")
	}
}

func peer(i int) wire.NodeID { return wire.NodeID{byte(i + 1)} }
